//! `aragon.csv`: for Aragon's Finance and Token Manager. No header; address, amount, symbol.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{PayoutFiles, Payouts};

/// The file.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    let token = &payouts.plan.token;
    let mut text = String::new();
    for payment in payouts.payments {
        let amount = payment.amount.to_text(token.decimals);
        let _ = writeln!(text, "{},{amount},{}", payment.address, token.symbol); // cannot fail
    }
    BTreeMap::from([("aragon.csv".to_owned(), text.into_bytes())])
}
