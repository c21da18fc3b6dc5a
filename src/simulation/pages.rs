//! The page of a simulation.

use std::collections::BTreeMap;

use super::Outcome;
use super::plan::Plan;
use crate::error::Problems;
use crate::files::Files;

/// What a page is made from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The name of the simulation.
    pub name: &'a str,
    /// The community's name; empty outside a ledger.
    pub ledger: &'a str,
    /// What was run.
    pub plan: &'a Plan,
    /// What it came to.
    pub outcome: &'a Outcome,
    /// The ledger's own templates.
    pub files: &'a Files,
}

/// The page and its files, by their names in a results folder.
pub fn write(_: &Material<'_>) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    Ok(BTreeMap::new())
}
