//! `disperse.txt`: what is pasted into disperse.app, which asks for the token itself. One line an
//! address: `address,amount`.

use std::collections::BTreeMap;

use super::{PayoutFiles, Payouts, rows};
use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::Token;

const FILE: &str = "disperse.txt";

/// The file.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    let rows = rows::write(payouts.payments, &|payment| {
        let amount = payment.amount.to_text(payouts.plan.token.decimals);
        format!("{},{amount}\n", payment.address.checksummed())
    });
    BTreeMap::from([(FILE.to_owned(), rows)])
}

/// What the file pays.
pub fn read(files: &PayoutFiles, token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let bytes = files.get(FILE).ok_or_else(|| format!("{FILE} is missing"))?;
    rows::read(FILE, bytes, &|fields| {
        let [address, amount] = fields else {
            return Err("it does not have two fields".to_owned());
        };
        Ok((rows::address(address)?, rows::amount(amount, token.decimals)?))
    })
}
