//! `aragon.csv`: for Aragon's Finance and Token Manager. No header; address, amount, symbol.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{PayoutFiles, Payouts, rows};
use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::Token;

/// The file.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    let token = &payouts.plan.token;
    let mut text = String::new();
    for payment in payouts.payments {
        let amount = payment.amount.to_text(token.decimals);
        let _ = writeln!(text, "{},{amount},{}", payment.address.checksummed(), token.symbol); // cannot fail
    }
    BTreeMap::from([("aragon.csv".to_owned(), text.into_bytes())])
}

/// What the file pays.
pub fn read(files: &PayoutFiles, token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let payment = |(place, row): (String, Vec<&str>)| {
        let fault = |reason| format!("{place}: {reason}");
        let [address, amount, symbol] = row.as_slice() else {
            return Err(fault("it does not have three fields".to_owned()));
        };
        if *symbol != token.symbol {
            return Err(fault(format!("the symbol is not {}", token.symbol)));
        }
        Ok((rows::address(address).map_err(fault)?, rows::amount(amount, token.decimals).map_err(fault)?))
    };
    rows::of(files)?.into_iter().map(payment).collect()
}
