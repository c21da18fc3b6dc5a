//! `safe-batch.json`: for the Transaction Builder of Safe, which loads batches of calls: files of at
//! most 100 transfers. Amounts in the token's smallest unit.
//!
//! The builder warns when a batch does not have the checksum that it computes itself: Keccak-256 of
//! the batch without `meta.checksum` and with `meta.name` null, in a form of its own ([`serialise`]).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Payment, PayoutFiles, Payouts, parts, rows};
use crate::address::{Address, keccak256};
use crate::amount::Amount;
use crate::files;
use crate::ledger::Token;
use crate::ledger::round_file::Period;
use crate::statement::json_bytes;

/// Most transactions of a file.
const TRANSACTION_LIMIT: usize = 100;
/// The format of the file.
const FORMAT_VERSION: &str = "1.0";
/// A version of the Transaction Builder that writes this format.
const BUILDER_VERSION: &str = "1.18.2";
const DAY_MILLISECONDS: i128 = 24 * 60 * 60 * 1000;

/// A batch as the Transaction Builder exports it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Batch {
    version: String,
    chain_id: String,
    created_at: i64,
    meta: Meta,
    transactions: Vec<Transaction>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Meta {
    name: Option<String>,
    description: String,
    tx_builder_version: String,
    created_from_safe_address: String,
    created_from_owner_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

/// A call of the token's `transfer`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Transaction {
    to: String,
    value: String,
    data: (),
    contract_method: ContractMethod,
    contract_inputs_values: Inputs,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContractMethod {
    inputs: [InputType; 2],
    name: String,
    payable: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InputType {
    internal_type: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    to: String,
    value: String,
}

/// The payments of each file, by its name.
pub(super) fn split(payments: &[Payment]) -> impl Iterator<Item = (String, &[Payment])> {
    parts(payments, TRANSACTION_LIMIT, "safe-batch", "json")
}

/// The files; none where the token's contract or chain is not known.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    let plan = payouts.plan;
    let (Some(contract), Some(chain)) = (plan.token.address, plan.token.chain_id) else {
        return PayoutFiles::new();
    };
    let count = split(payouts.payments).count();
    let file = |((name, payments), number): ((String, &[Payment]), usize)| {
        let part = if count > 1 { format!(", part {number} of {count}") } else { String::new() };
        let transaction = |payment: &Payment| Transaction::new(contract, payment.address, payment.amount);
        let mut batch = Batch {
            version: FORMAT_VERSION.to_owned(),
            chain_id: chain.to_string(),
            created_at: end_milliseconds(plan.period),
            meta: Meta {
                name: Some(format!("{}{part}", plan.round)),
                description: described(payments, &plan.token),
                tx_builder_version: BUILDER_VERSION.to_owned(),
                created_from_safe_address: String::new(),
                created_from_owner_address: String::new(),
                checksum: None,
            },
            transactions: payments.iter().map(transaction).collect(),
        };
        // Our own structs become a value without fail: texts, numbers and lists only.
        batch.meta.checksum = Some(checksum(serde_json::to_value(&batch).unwrap_or_default()));
        (name, json_bytes(&batch))
    };
    split(payouts.payments).zip(1..).map(file).collect()
}

impl Transaction {
    /// `transfer(to, value)` of the contract; no coins of the chain go with it.
    fn new(contract: Address, to: Address, amount: Amount) -> Self {
        let input = |kind: &str, name: &str| InputType {
            internal_type: kind.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
        };
        Self {
            to: contract.checksummed(),
            value: "0".to_owned(),
            data: (),
            contract_method: ContractMethod {
                inputs: [input("address", "to"), input("uint256", "value")],
                name: "transfer".to_owned(),
                payable: false,
            },
            contract_inputs_values: Inputs { to: to.checksummed(), value: amount.units().to_string() },
        }
    }
}

/// What a file pays, for those who sign it: `16 payments, 1423.47 TEC`.
fn described(payments: &[Payment], token: &Token) -> String {
    let sum = Amount::sum(payments.iter().map(|payment| payment.amount)).unwrap_or_default();
    format!("{} payments, {} {}", payments.len(), sum.to_text(token.decimals), token.symbol)
}

/// The end of a period in milliseconds since 1970: its last day is part of it, so it is over when the
/// next day begins, at 00:00 UTC.
fn end_milliseconds(period: Period) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    let end = period.end.duration_since(epoch).as_millis() + DAY_MILLISECONDS;
    i64::try_from(end).unwrap_or_default() // years have four digits
}

/// The checksum of a batch.
fn checksum(mut batch: Value) -> String {
    if let Some(Value::Object(meta)) = batch.get_mut("meta") {
        meta.shift_remove("checksum");
        meta.insert("name".to_owned(), Value::Null);
    }
    let mut text = String::new();
    serialise(&batch, &mut text);
    format!("0x{}", files::hex(&keccak256(text.as_bytes())))
}

/// The form that is hashed: an object is `{`, the JSON list of its keys in order, then each value
/// followed by a comma, `}`; a list is its values between `[` and `]`; all else is JSON.
fn serialise(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort();
            let list: Vec<String> = keys.iter().map(|key| Value::from(key.as_str()).to_string()).collect();
            text.extend(["{[", &list.join(","), "]"]);
            for value in keys.into_iter().filter_map(|key| object.get(key)) {
                serialise(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (position, value) in values.iter().enumerate() {
                text.push_str(if position > 0 { "," } else { "" });
                serialise(value, text);
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// What the files pay.
pub fn read(files: &PayoutFiles, token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let mut payments = Vec::new();
    for (name, bytes) in files {
        payments.extend(batch(bytes, token).map_err(|reason| format!("{name}: {reason}"))?);
    }
    Ok(payments)
}

fn batch(bytes: &[u8], token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let batch: Batch = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    if batch.meta.checksum != Some(checksum(value)) {
        return Err("the checksum is not that of the batch".to_owned());
    }
    if batch.version != FORMAT_VERSION || Some(batch.chain_id) != token.chain_id.map(|id| id.to_string()) {
        return Err("it is of another format or for another chain".to_owned());
    }
    if batch.transactions.len() > TRANSACTION_LIMIT {
        return Err(format!("it has more than {TRANSACTION_LIMIT} transactions"));
    }
    let contract = token.address.ok_or("the token has no address")?;
    let payment = |transaction: Transaction| {
        let Inputs { to, value } = &transaction.contract_inputs_values;
        let (to, amount) = (rows::address(to)?, rows::amount(value, 0)?);
        let is_transfer = transaction == Transaction::new(contract, to, amount);
        if is_transfer { Ok((to, amount)) } else { Err("it does more than transfer the token".to_owned()) }
    };
    batch.transactions.into_iter().map(payment).collect()
}
