//! `safe-airdrop.csv`: for the app CSV Airdrop of Safe, which takes some hundred transfers at once:
//! files of at most 200. Amounts in token units; the column `id` is for NFTs.

use std::fmt::Write as _;

use super::{Payment, PayoutFiles, Payouts, parts, rows};
use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::Token;

/// Most payments of a file.
const PAYMENT_LIMIT: usize = 200;
const HEADER: &str = "token_type,token_address,receiver,amount,id";

/// The payments of each file, by its name.
pub(super) fn split(payments: &[Payment]) -> impl Iterator<Item = (String, &[Payment])> {
    parts(payments, PAYMENT_LIMIT, "safe-airdrop", "csv")
}

/// The files; none where the token's contract is not known.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    let token = &payouts.plan.token;
    let Some(contract) = token.address else { return PayoutFiles::new() };
    let contract = contract.checksummed();
    let file = |(name, payments): (String, &[Payment])| {
        let mut text = format!("{HEADER}\n");
        for payment in payments {
            let (receiver, amount) = (payment.address.checksummed(), payment.amount.to_text(token.decimals));
            let _ = writeln!(text, "erc20,{contract},{receiver},{amount},"); // cannot fail
        }
        (name, text.into_bytes())
    };
    split(payouts.payments).map(file).collect()
}

/// What the files pay.
pub fn read(files: &PayoutFiles, token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let header = format!("{HEADER}\n");
    let mut all = Vec::new();
    for (name, bytes) in files {
        let rows = bytes.strip_prefix(header.as_bytes()).ok_or_else(|| format!("{name}: another header"))?;
        let payments = rows::read(name, rows, &|fields| payment(fields, token))?;
        if payments.len() > PAYMENT_LIMIT {
            return Err(format!("{name} has more than {PAYMENT_LIMIT} rows"));
        }
        all.extend(payments);
    }
    Ok(all)
}

fn payment(row: &[&str], token: &Token) -> Result<(Address, Amount), String> {
    let ["erc20", contract, receiver, amount, ""] = row else {
        return Err("it is not a transfer of a token".to_owned());
    };
    if Some(rows::address(contract)?) != token.address {
        return Err(format!("{contract} is not the token"));
    }
    Ok((rows::address(receiver)?, rows::amount(amount, token.decimals)?))
}
