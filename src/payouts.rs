//! Payout files: what a round pays, in the formats of the tools that people pay with.
//!
//! Each format is a file of its own below, with two functions: one writes the files, the other reads
//! them back. Before a round is written, every file is read back and what it pays compared with what
//! the statement says is paid.

mod aragon;
pub mod books;

use std::collections::BTreeMap;

use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::payout_format::PayoutFormat;
use crate::ledger::plan::Plan;

/// An amount that goes to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// Who is paid.
    pub address: Address,
    /// How much, above zero.
    pub amount: Amount,
}

/// What a round pays.
#[derive(Debug, Clone, Copy)]
pub struct Payouts<'a> {
    /// The round: its id, period and token.
    pub plan: &'a Plan,
    /// One payment an address, in the order of distribution.csv.
    pub payments: &'a [Payment],
}

/// The files of a format, by name.
pub type PayoutFiles = BTreeMap<String, Vec<u8>>;

impl Payouts<'_> {
    /// The files of a format.
    pub fn files(&self, format: PayoutFormat) -> PayoutFiles {
        match format {
            PayoutFormat::AragonCsv => aragon::write(self),
            _ => BTreeMap::new(),
        }
    }
}
