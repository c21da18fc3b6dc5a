//! What a method gives back.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::amount::Amount;
use crate::error::Warning;
use crate::recipient::{Key, Recipient};
use crate::tables::{self, Cell};

/// What a method gives back. Always, for what its amounts, `kept` and the rest come to:
/// pool + carried_in + brought_in = paid + held + kept + unallocated.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The amount that the round's file names.
    pub declared: Amount,
    /// The amount that the method may divide.
    pub pool: Amount,
    /// What the allocation kept from the round before, and goes on with.
    pub carried_in: Amount,
    /// Money that the ledger did not hold before (unclaimed lists, initial supplies). What the input
    /// `claimed` brings in is added to it behind the method.
    pub brought_in: Amount,
    /// What continues in the allocation.
    pub kept: Amount,
    /// What the method needs to go on in the next round; `None` for methods without memory.
    pub state: Option<Value>,
    /// One entry a reward, in the order of the columns.
    pub rewards: Vec<Reward>,
    /// Who the keys of the rewards are. An address of which nothing more is known need not stand
    /// here: its name is the address.
    pub recipients: BTreeMap<Key, Recipient>,
    /// The input files that were read, from the ledger's root.
    pub read: BTreeSet<String>,
    /// The tables of the report.
    pub tables: Vec<ReportTable>,
    /// The method's statistics for the pages, from a struct in fixed order; null where it has none.
    pub statistics: Value,
    /// What people should look at.
    pub warnings: Vec<Warning>,
}

/// A reward: a reason for which recipients get amounts.
#[derive(Debug, Clone)]
pub struct Reward {
    /// The name, a column of distribution.csv.
    pub name: String,
    /// What the reward divides.
    pub pool: Amount,
    /// Amount by recipient key; zero amounts stay.
    pub amounts: BTreeMap<Key, Amount>,
}

/// The statistics of an allocation, as pages and `check --format json` show them.
#[derive(Debug, Clone, Serialize)]
pub struct Statistics {
    /// The allocation's name.
    pub allocation: String,
    /// Its method with version.
    pub method: String,
    /// What the method tells; null where it has nothing to tell. The shape is the method's.
    pub statistics: Value,
}

/// A table of the report: `report/tables/<name>.csv`.
#[derive(Debug, Clone)]
pub struct ReportTable {
    /// The name, without `.csv`; `a-z`, `0-9`, `_` and `-`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Whose table stands where in the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePath {
    /// The allocation whose method wrote it.
    pub allocation: String,
    /// The name that the method gave it.
    pub name: String,
    /// Its path in the results folder.
    pub path: String,
}

impl ReportTable {
    /// A table from its rows.
    pub fn new(name: &str, header: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        let header: Vec<String> = header.iter().map(|&column| column.to_owned()).collect();
        Self { name: name.to_owned(), bytes: tables::write(&header, rows) }
    }
}
