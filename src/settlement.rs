//! Settlements: what was paid of a closed round, one file a transaction.
//!
//! meed sends no tokens. A settlement says that people did: in which transaction, by which payout
//! format, to whom how much, and of which statement. [`Account`] holds what a round owes and counts
//! settlements against it; `meed settle` asks it before it writes, `meed verify` when it looks back.

mod account;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::error::{Error, Place, Shown, counted};
use crate::files;
use crate::ledger::JSON_INTEGER_LIMIT;
use crate::ledger::payout_format::PayoutFormat;
use crate::ledger::round_id::{ROUND_ID_PATTERN, RoundId};
use crate::statement::{Figure, Statement, json_bytes};
use crate::tables::day;
pub use account::{Account, Standing};

/// The format of the settlements that this meed writes and reads.
pub const SETTLEMENT_FORMAT: u32 = 1;
/// The folder of settlements, beside the results that they settle.
pub const SETTLEMENTS_FOLDER: &str = "settlements";
/// Most bytes of a settlement: about half a million payments.
pub const SETTLEMENT_LIMIT_BYTES: u64 = 64 * 1024 * 1024;
/// Most digits of a transaction's hash.
const HASH_DIGITS: usize = 64;

/// `settlements/<n>.json`: what one transaction paid of a closed revision of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "meed settlement",
    description = "What one transaction paid of a closed round: settlements/<n>.json."
)]
pub struct Settlement {
    /// The format of this file: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// The round's id.
    #[schemars(regex(pattern = ROUND_ID_PATTERN))]
    pub round: String,
    /// The revision of the round that is settled.
    #[schemars(range(min = 1))]
    pub revision: u32,
    /// The number of the settlement: 1, 2, 3 ... among those of the revision.
    #[schemars(range(min = 1))]
    pub settlement: u32,
    /// The digest of the statement.json that is settled.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub statement_sha256: String,
    /// The payout format that was paid, the same in all settlements of a revision; absent when no
    /// payout file was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<PayoutFormat>,
    /// The chain of the transaction (EIP-155).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = JSON_INTEGER_LIMIT))]
    pub chain_id: Option<u64>,
    /// The hash of the transaction.
    #[schemars(regex(pattern = "^0x[0-9a-f]{64}$"))]
    pub transaction: String,
    /// The day of the transaction, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub date: Option<String>,
    /// The sum of what was paid, in token units.
    pub total: Figure,
    /// Who got how much, by address; absent where a claims contract was funded, which owes each
    /// recipient what distribution.csv says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub payments: Option<Vec<PaymentRecord>>,
}

/// An amount that an address got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRecord {
    /// Who got it.
    #[schemars(regex(pattern = "^0x[0-9a-f]{40}$"))]
    pub address: String,
    /// How much, above zero, in token units.
    pub amount: Figure,
}

/// What the user says of a transaction: what a settlement holds besides its payments.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    /// Its hash, as [`transaction_hash`] gives it.
    pub hash: String,
    /// Its chain, where it was given; else that of the round's token.
    pub chain_id: Option<u64>,
    /// Its day, `YYYY-MM-DD`, where it was given.
    pub date: Option<String>,
    /// The payout format that was paid.
    pub payout: Option<PayoutFormat>,
}

impl Settlement {
    /// Reads a settlement: its types, and that its bytes are those which meed writes.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Error> {
        let place = || Place::file(path);
        let settlement: Self = files::read_json(path, bytes)?;
        if settlement.format != SETTLEMENT_FORMAT {
            let found = Shown::from(settlement.format.to_string());
            return Err(Error::FormatUnknown { place: place(), found, known: SETTLEMENT_FORMAT });
        }
        let fault = settlement.fault().map(str::to_owned);
        let rewritten = || settlement.to_bytes() != bytes;
        match fault.or_else(|| rewritten().then(|| "it is not written as meed writes it".to_owned())) {
            None => Ok(settlement),
            Some(reason) => Err(Error::RecordInvalid { place: place(), reason }),
        }
    }

    /// What is wrong with the values, taken by themselves.
    fn fault(&self) -> Option<&'static str> {
        let is_digest =
            |text: &str| text.len() == 64 && text.bytes().all(|digit| b"0123456789abcdef".contains(&digit));
        if RoundId::parse(&self.round, &Place::file("")).is_err() {
            return Some("`round` is no round id");
        }
        if self.revision == 0 || self.settlement == 0 {
            return Some("`revision` and `settlement` count from 1");
        }
        if !is_digest(&self.statement_sha256) {
            return Some("`statement_sha256` is no digest");
        }
        if transaction_hash(&self.transaction).as_ref() != Ok(&self.transaction) {
            return Some("`transaction` is no hash of a transaction in lower case");
        }
        if self.chain_id.is_some_and(|chain| chain > JSON_INTEGER_LIMIT) {
            return Some("`chain_id` is above 2^53 - 1");
        }
        if self.date.as_ref().is_some_and(|date| day(date).is_none()) {
            return Some("`date` is no day");
        }
        if self.payout.is_some_and(|payout| !pays(payout)) {
            return Some("`payout` names a format of books, which pays nobody");
        }
        let amounts = self.payments.iter().flatten().map(|payment| &payment.amount);
        if !amounts.chain([&self.total]).all(is_exact) {
            return Some("an amount is not written exactly, without zeros at its end");
        }
        let Some(payments) = &self.payments else {
            return (!self.is_claims()).then_some("it has no `payments`");
        };
        let addresses: Vec<Option<Address>> =
            payments.iter().map(|payment| Address::parse_lower_case(&payment.address)).collect();
        if self.is_claims() || payments.is_empty() || addresses.contains(&None) {
            return Some("its `payments` are none, no addresses, or those of a claims contract");
        }
        let ascends = addresses.iter().zip(addresses.iter().skip(1)).all(|(left, right)| left < right);
        (!ascends).then_some("its `payments` are not in the order of the addresses")
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        json_bytes(self)
    }

    /// Whether a claims contract was funded.
    fn is_claims(&self) -> bool {
        self.payout.is_some_and(is_claims)
    }

    /// The message of the settling commit: checked texts and numbers, nothing that anybody chose
    /// freely. `engine` is the trailer `Engine:`.
    pub fn commit_message(&self, symbol: &str, recipients: usize, engine: &str) -> String {
        let Self { round, revision, settlement, statement_sha256, transaction, .. } = self;
        let recipients = counted(recipients, "recipient", "recipients");
        let short = transaction.get(..10).unwrap_or(transaction);
        format!(
            "Settle {round}: {} {symbol} to {recipients} in {short}...\n\n\
             Round: {round}\nRevision: {revision}\nSettlement: {settlement}\n\
             Statement-SHA256: {statement_sha256}\nTransaction: {transaction}\nEngine: {engine}\n",
            self.total.0
        )
    }
}

/// The hash of a transaction in lower case, or why the text is none.
pub fn transaction_hash(text: &str) -> Result<String, &'static str> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.strip_prefix("0x").ok_or("it does not start with 0x")?;
    if digits.len() != HASH_DIGITS {
        return Err("it does not have 64 digits");
    }
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err("a character is not a hexadecimal digit");
    }
    Ok(lower)
}

/// Whether a figure is a plain decimal spelled the one way: no sign, no zeros in front or at the end.
fn is_exact(figure: &Figure) -> bool {
    let (whole, fraction) = match figure.0.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (figure.0.as_str(), None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(|fraction| digits(fraction) && !fraction.ends_with('0'))
}

/// Whether a format pays somebody; the others are books.
pub const fn pays(format: PayoutFormat) -> bool {
    !matches!(format, PayoutFormat::Beancount | PayoutFormat::Hledger)
}

/// Whether a format is paid by funding a contract once, from which recipients claim.
pub const fn is_claims(format: PayoutFormat) -> bool {
    matches!(format, PayoutFormat::Merkle | PayoutFormat::MerkleDistributor)
}

/// The formats of which the results of a statement hold files, those of books left out.
pub fn formats_written(statement: &Statement) -> Vec<PayoutFormat> {
    let start = |format: PayoutFormat| match format {
        PayoutFormat::AragonCsv => "aragon",
        PayoutFormat::SafeCsv => "safe-airdrop",
        PayoutFormat::SafeBatch => "safe-batch",
        PayoutFormat::Disperse => "disperse",
        PayoutFormat::Merkle => "merkle.json",
        PayoutFormat::MerkleDistributor => "merkle-distributor",
        PayoutFormat::Beancount => "ledger.beancount",
        PayoutFormat::Hledger => "ledger.journal",
    };
    let names = || statement.subject.iter().filter_map(|subject| subject.name.strip_prefix("payouts/"));
    let is_written = |format: &PayoutFormat| names().any(|name| name.starts_with(start(*format)));
    PayoutFormat::ALL.into_iter().filter(|format| pays(*format)).filter(is_written).collect()
}
