//! opening.csv: what is still owed from before the ledger. A community that comes aboard with balances
//! that it never paid lists them here, once: the first statement takes them over as held amounts, and
//! whoever has an address is paid with it.
//!
//! ```text
//! key,name,amount
//! id:15a7156a,heron,12.5
//! 0x71de010101010101010101010101010101010101,curlew,3
//! ```

use std::collections::BTreeMap;

use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::files::Files;
use crate::ledger::Token;
use crate::members::{fault_of_payee, parse_key};
use crate::recipient::Key;
use crate::tables::{Row, Table};

/// The path of the opening balances, from the ledger's root.
pub const OPENING_FILE: &str = "opening.csv";
/// The columns of the opening balances.
pub const COLUMNS: [&str; 3] = ["key", "name", "amount"];

/// A balance that is owed from before the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningBalance {
    /// Whose it is: an address, or a key as inputs give it.
    pub key: Key,
    /// The name to show; may be empty.
    pub name: String,
    /// What is owed, above zero, in units.
    pub amount: Amount,
}

/// Reads and checks `opening.csv`, all its problems at once; none where the ledger has no such file.
///
/// Errors: the table is none, a key is none or stands twice, an amount is not above zero, somebody would
/// be paid where nobody can be.
pub fn read(files: &Files, token: &Token) -> Result<Vec<OpeningBalance>, Problems> {
    if !files.contains(OPENING_FILE) {
        return Ok(Vec::new());
    }
    let bytes = files.bytes(OPENING_FILE)?;
    let table = match Table::read(OPENING_FILE, bytes, &COLUMNS) {
        Ok(table) => table,
        Err(problems) => return Problems::unless_empty(problems, Vec::new()),
    };
    let mut problems = Vec::new();
    let mut first: BTreeMap<Key, Place> = BTreeMap::new();
    let mut balances = Vec::new();
    for row in table.rows() {
        let Some(balance) = read_row(row, token, &mut problems) else { continue };
        match first.get(&balance.key) {
            Some(first) => {
                let (value, first) = (Shown::from(balance.key.to_string()), first.clone());
                problems.push(Error::ValueTwice { place: row.place(), what: "key", value, first });
            }
            None => {
                first.insert(balance.key.clone(), row.place());
                balances.push(balance);
            }
        }
    }
    Problems::unless_empty(problems, balances)
}

/// Reads a row; its problems are added to `problems`.
fn read_row(row: Row<'_>, token: &Token, problems: &mut Vec<Error>) -> Option<OpeningBalance> {
    let (before, place) = (problems.len(), row.place());
    let name = collected(row.name("name"), problems);
    let key = collected(read_key(row.field("key").trim(), &place), problems);
    let amount = collected(read_amount(row.field("amount").trim(), token.decimals, &place), problems);
    let fault = |address| fault_of_payee(address, &[token.address]);
    if let Some(Key::Address(address)) = key
        && let Some(what) = fault(address)
    {
        let name = Shown::from(row.field("name").trim());
        problems.push(Error::MemberAddressRefused { place, name, address: address.checksummed(), what });
    }
    let (name, is_right) = (name?.to_owned(), problems.len() == before);
    Some(OpeningBalance { key: key?, name, amount: amount? }).filter(|_| is_right)
}

/// The value, or none where the problem is added to `problems`.
fn collected<T>(value: Result<T, Error>, problems: &mut Vec<Error>) -> Option<T> {
    value.map_err(|error| problems.push(error)).ok()
}

/// Reads an address, or `id:<account id>`, `name:<name>`, `team:<id>`.
fn read_key(text: &str, place: &Place) -> Result<Key, Error> {
    if text.starts_with("0x") || text.starts_with("0X") {
        return Address::parse(text, place, "key").map(Key::Address);
    }
    parse_key(text, place).map_err(|error| match error {
        Error::MemberKeyInvalid { place, key, reason } => Error::OpeningKeyInvalid { place, key, reason },
        other => other,
    })
}

/// Reads an amount above zero.
fn read_amount(text: &str, decimals: u8, place: &Place) -> Result<Amount, Error> {
    let what = || "amount".to_owned();
    if text.is_empty() {
        return Err(Error::ValueMissing { place: place.clone(), what: what() });
    }
    match Amount::parse(text, decimals, place, "amount")? {
        Amount::ZERO => Err(Error::NumberZero { place: place.clone(), what: what() }),
        amount => Ok(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Content;

    const A: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn balances(rows: &str) -> Result<Vec<OpeningBalance>, Problems> {
        let token = Token { symbol: "TOK".into(), decimals: 2, address: None, chain_id: None };
        let mut files = Files::default();
        let bytes = format!("key,name,amount\n{rows}").into_bytes();
        files.insert(OPENING_FILE.to_owned(), Content::File(bytes));
        read(&files, &token)
    }

    #[test]
    fn keys_and_amounts_are_read() {
        let rows = format!("{A},Ada,1.5\nid:7 , Bea ,2\nname:Ce\u{301},,0.01\nteam:x,X,3\n");
        let read = balances(&rows).unwrap();
        let shown: Vec<String> = read
            .iter()
            .map(|balance| format!("{} {} {}", balance.key, balance.name, balance.amount.to_text(2)))
            .collect();
        assert_eq!(shown, [&format!("{A} Ada 1.5"), "id:7 Bea 2", "name:C\u{e9}  0.01", "team:x X 3"]);
    }

    #[test]
    fn all_problems_are_told_with_their_lines() {
        let zero = format!("0x{}", "0".repeat(40));
        let rows = format!(
            "nick:x,,1\n,,1\nid:,,1\n-id:7,,1\n0x12,,1\nid:1,,0\nid:2,,\nid:3,,-1\nid:4,,0.001\n{zero},,1\nid:5,,1\nid:5,,1\nid:6,{},1\n",
            "x".repeat(300)
        );
        let problems = balances(&rows).unwrap_err();
        let codes: Vec<String> = problems
            .errors()
            .iter()
            .map(|error| {
                format!("{} {}", error.to_string().split(':').nth(1).unwrap_or_default(), error.code())
            })
            .collect();
        let expected = [
            "2 opening-key-invalid",
            "3 opening-key-invalid",
            "4 opening-key-invalid",
            "5 opening-key-invalid",
            "6 address-invalid",
            "7 number-zero",
            "8 value-missing",
            "9 number-negative",
            "10 too-many-decimals",
            "11 member-address-refused",
            "13 value-twice",
            "14 name-too-long",
        ];
        assert_eq!(codes, expected);
    }
}
