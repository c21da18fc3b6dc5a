//! adjustments.csv: what an amendment changes, one row a person.
//!
//! Only those stand here whose due changes, or who are paid now. `difference` is posted to what is held
//! for the person; then everything held is paid whose address is known. In every row
//! due_after = due_before + difference, and what is held afterwards may lie below zero: that was paid too
//! much.

use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::error::{Error, Place};
use crate::recipient::{Key, Recipient, accounts_in, accounts_text};
use crate::tables::{Row, Table, TableWriter};

/// The columns, in their order.
pub const COLUMNS: [&str; 9] = [
    "recipient",
    "address",
    "key",
    "accounts",
    "due_before",
    "due_after",
    "difference",
    "paid_now",
    "held_now",
];

/// What an amendment changes for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// The recipient key in the round.
    pub key: Key,
    /// What inputs say about the person.
    pub person: Recipient,
    /// Where the person is paid now; where nothing is paid, the address of the key.
    pub address: Option<Address>,
    /// What the round gave before, paid or held.
    pub due_before: Amount,
    /// What it gives as amended.
    pub due_after: Amount,
    /// What is paid now.
    pub paid_now: Amount,
    /// What is held for the person afterwards, of this and of all other rounds; below zero what was paid
    /// too much.
    pub held_now: Balance,
}

impl Adjustment {
    /// What is due more than before.
    pub fn difference(&self) -> Balance {
        Balance::between(self.due_before, self.due_after)
    }

    /// The name to show: for a mere address the address.
    pub fn name(&self) -> String {
        if self.person.name.is_empty() { self.key.to_string() } else { self.person.name.clone() }
    }
}

/// The bytes of adjustments.csv.
pub fn to_csv(adjustments: &[Adjustment], decimals: u8) -> Vec<u8> {
    let mut table = TableWriter::new(&COLUMNS);
    for row in adjustments {
        table.text(&row.name());
        match &row.address {
            Some(address) => table.address(address),
            None => table.plain(""),
        }
        match &row.key {
            Key::Address(address) if row.address == Some(*address) => table.plain(""),
            key => table.text(&key.to_string()),
        }
        table.text(&accounts_text(row.person.accounts.iter().map(String::as_str)));
        table.amount(row.due_before, decimals);
        table.amount(row.due_after, decimals);
        table.plain(&row.difference().to_text(decimals));
        table.amount(row.paid_now, decimals);
        table.plain(&row.held_now.to_text(decimals));
        table.end_row();
    }
    table.into_bytes()
}

/// Reads adjustments.csv again.
pub fn read(path: &str, bytes: &[u8], decimals: u8) -> Result<Vec<Adjustment>, Vec<Error>> {
    let table = Table::read(path, bytes, &COLUMNS)?;
    let rows: Result<Vec<Adjustment>, Error> = table.rows().map(|row| read_row(row, decimals)).collect();
    rows.map_err(|error| vec![error])
}

fn read_row(row: Row<'_>, decimals: u8) -> Result<Adjustment, Error> {
    let place = row.place();
    let amount = |column: &str| Amount::parse(row.field(column), decimals, &place, column);
    let address = row.address("address")?;
    let key = match (row.field("key"), address) {
        ("", Some(address)) => Key::Address(address),
        ("", None) => return Err(Error::ValueMissing { place, what: "key".to_owned() }),
        (text, _) => Address::parse_lower_case(text).map_or_else(|| Key::Text(text.into()), Key::Address),
    };
    let adjustment = Adjustment {
        person: Recipient {
            name: row.field("recipient").to_owned(),
            accounts: accounts_in(row.field("accounts")).into_iter().collect(),
        },
        key,
        address,
        due_before: amount("due_before")?,
        due_after: amount("due_after")?,
        paid_now: amount("paid_now")?,
        held_now: Balance::parse(row.field("held_now"), decimals, &place, "held_now")?,
    };
    let stated = Balance::parse(row.field("difference"), decimals, &place, "difference")?;
    if stated == adjustment.difference() {
        Ok(adjustment)
    } else {
        let reason = "`difference` is not due_after - due_before".to_owned();
        Err(Error::RecordInvalid { place: Place::file(place.path()), reason })
    }
}
