//! distribution.csv: who gets what, one row a recipient, one column a reward.
//!
//! Ten million recipients must fit: the amounts of all rows stand in one list.

use std::mem;

use crate::amount::{Amount, Balance};
use crate::recipient::{Key, Recipient, accounts_text};
use crate::tables::TableWriter;

/// The reward of what was held before and is paid now: behind the rewards of the round, where anything is.
pub const RELEASED: &str = "released";
/// The reward of what is taken off, because it was paid too much before: the last column, where anything
/// is. Its amounts are the only ones below zero.
pub const OFFSET: &str = "offset";

/// A row of distribution.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The recipient key.
    pub key: Key,
    /// What inputs say about the recipient; `None` for a mere address.
    pub person: Option<Box<Recipient>>,
    /// The sum of the reward columns.
    pub total: Amount,
    /// The place of the row's amounts among those of all rows.
    pub(crate) place: usize,
}

impl Line {
    /// The name to show: the one of the inputs, or for a mere address the address.
    pub fn name(&self) -> String {
        self.person.as_ref().map_or_else(|| self.key.to_string(), |person| person.name.clone())
    }

    /// The account ids that inputs tie to the recipient, sorted.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.person.iter().flat_map(|person| person.accounts.iter().map(String::as_str))
    }
}

/// The recipients of all allocations together, one row a key.
#[derive(Debug)]
pub struct Distribution {
    /// The reward columns.
    pub rewards: Vec<String>,
    /// The rows: by total descending, address, name, key.
    pub lines: Vec<Line>,
    /// One amount a row and reward, that of [`OFFSET`] without its sign; where those of a row begin, the
    /// row says.
    pub(crate) amounts: Vec<Amount>,
}

impl Distribution {
    /// The amounts of a row, in the order of the reward columns. Empty behind
    /// [`Distribution::take_csv`].
    pub fn amounts(&self, line: &Line) -> &[Amount] {
        self.amounts.get(line.place..line.place + self.rewards.len()).unwrap_or_default()
    }

    /// The bytes of distribution.csv. The amounts are not needed behind it, and are dropped: they may be
    /// as large as the file.
    pub fn take_csv(&mut self, decimals: u8) -> Vec<u8> {
        let fixed = ["recipient", "address", "key", "accounts"];
        let rewards = self.rewards.iter().map(String::as_str);
        let header: Vec<&str> = fixed.into_iter().chain(rewards).chain(["total"]).collect();
        let mut table = TableWriter::new(&header);
        for line in &self.lines {
            match (&line.key, &line.person) {
                (Key::Address(address), None) => table.address(address),
                _ => table.text(&line.name()),
            }
            match &line.key {
                Key::Address(address) => {
                    table.address(address);
                    table.plain("");
                }
                Key::Text(key) => {
                    table.plain("");
                    table.text(key);
                }
            }
            table.text(&accounts_text(line.accounts()));
            for (reward, amount) in self.rewards.iter().zip(self.amounts(line)) {
                if reward == OFFSET {
                    table.plain(&Balance::minus(*amount).to_text(decimals));
                } else {
                    table.amount(*amount, decimals);
                }
            }
            table.amount(line.total, decimals);
            table.end_row();
        }
        mem::take(&mut self.amounts);
        table.into_bytes()
    }
}
