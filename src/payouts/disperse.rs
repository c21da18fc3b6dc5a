//! `disperse.txt`: what is pasted into disperse.app, which asks for the token itself. One line an
//! address: `address,amount`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{PayoutFiles, Payouts, rows};
use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::Token;

/// The file.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    let mut text = String::new();
    for payment in payouts.payments {
        let amount = payment.amount.to_text(payouts.plan.token.decimals);
        let _ = writeln!(text, "{},{amount}", payment.address.checksummed()); // cannot fail
    }
    BTreeMap::from([("disperse.txt".to_owned(), text.into_bytes())])
}

/// What the file pays.
pub fn read(files: &PayoutFiles, token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let payment = |(place, row): (String, Vec<&str>)| {
        let fault = |reason| format!("{place}: {reason}");
        let [address, amount] = row.as_slice() else {
            return Err(fault("it does not have two fields".to_owned()));
        };
        Ok((rows::address(address).map_err(fault)?, rows::amount(amount, token.decimals).map_err(fault)?))
    };
    rows::of(files)?.into_iter().map(payment).collect()
}
