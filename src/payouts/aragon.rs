//! `aragon.csv`: for Aragon's Finance and Token Manager. No header; address, amount, symbol.

use std::collections::BTreeMap;

use super::{PayoutFiles, Payouts, rows};
use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::Token;

const FILE: &str = "aragon.csv";

/// The file.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    let token = &payouts.plan.token;
    let rows = rows::write(payouts.payments, &|payment| {
        let amount = payment.amount.to_text(token.decimals);
        format!("{},{amount},{}\n", payment.address.checksummed(), token.symbol)
    });
    BTreeMap::from([(FILE.to_owned(), rows)])
}

/// What the file pays.
pub fn read(files: &PayoutFiles, token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let bytes = files.get(FILE).ok_or_else(|| format!("{FILE} is missing"))?;
    rows::read(FILE, bytes, &|fields| {
        let [address, amount, symbol] = fields else {
            return Err("it does not have three fields".to_owned());
        };
        if *symbol != token.symbol {
            return Err(format!("the symbol is not {}", token.symbol));
        }
        Ok((rows::address(address)?, rows::amount(amount, token.decimals)?))
    })
}
