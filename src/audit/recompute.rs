//! A round computed again from its inputs, by the same plan and methods as `close`. Each part alone: one
//! that cannot be computed does not hide the others.

use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::calculate::input_warnings;
use crate::error::{Error, Place, Shown, Warning};
use crate::files::Files;
use crate::ledger::Ledger;
use crate::ledger::plan::{Allocation, Input, Plan};
use crate::ledger::round_id::RoundId;
use crate::methods::{Method, Outcome, Request};

/// A round computed again.
#[derive(Debug)]
pub struct Recomputed {
    /// What the round's file asks for.
    pub plan: Plan,
    /// The parts that could be computed, by allocation.
    pub parts: BTreeMap<String, Outcome>,
    /// Why the others could not, by allocation.
    pub failures: BTreeMap<String, Vec<Error>>,
    /// What people should look at.
    pub warnings: Vec<Warning>,
    /// The files with the data that the parts divide by.
    pub data: Vec<Data>,
}

/// A file that a part of a round divides by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// The allocation.
    pub allocation: String,
    /// The tokens that the round's file gives to it, in token units.
    pub declared: String,
    /// The path, from the ledger's root.
    pub path: String,
    /// The SHA-256 digest of its bytes.
    pub sha256: String,
}

/// Computes a revision of a round. Errors: the round's file cannot be read.
pub fn recompute(
    files: &Files,
    ledger: &Ledger,
    round: &RoundId,
    revision: u32,
) -> Result<Recomputed, Vec<Error>> {
    let plan = Plan::read(files, ledger, round, revision).map_err(|problems| problems.errors().to_vec())?;
    let (mut names, mut outcomes) = (Vec::new(), Vec::new());
    let mut failures = BTreeMap::new();
    for allocation in &plan.allocations {
        match run(&plan, allocation, files) {
            Ok(outcome) => {
                names.push(allocation.name.clone());
                outcomes.push(outcome);
            }
            Err(found) => _ = failures.insert(allocation.name.clone(), found),
        }
    }
    let warnings = input_warnings(&plan, &outcomes);
    let data = plan.allocations.iter().flat_map(|allocation| data_of(allocation, &plan, files)).collect();
    let parts = names.into_iter().zip(outcomes).collect();
    Ok(Recomputed { plan, parts, failures, warnings, data })
}

fn run(plan: &Plan, allocation: &Allocation, files: &Files) -> Result<Outcome, Vec<Error>> {
    let unknown = || Error::MethodUnknown {
        place: Place::file(&plan.file),
        allocation: Shown::from(&allocation.name),
        method: Shown::from(&allocation.method),
        known: Method::ALL.map(Method::id).join(", "),
    };
    let method = Method::parse(&allocation.method).ok_or_else(|| vec![unknown()])?;
    method.run(&Request { plan, allocation, files, carried: None, brought_in: Amount::ZERO })
}

/// The files that the allocation's method must have, those that can be read.
fn data_of(allocation: &Allocation, plan: &Plan, files: &Files) -> Vec<Data> {
    let roles = Method::parse(&allocation.method).map_or(&[][..], Method::roles);
    let needed = roles.iter().filter(|(_, is_needed)| *is_needed);
    let paths = needed.filter_map(|(role, _)| allocation.inputs.get(*role)).flat_map(Input::paths);
    let data = |path: &str| {
        let (sha256, _) = files.digest(path).ok()?;
        let declared = allocation.declared.unwrap_or_default().to_text(plan.token.decimals);
        Some(Data { allocation: allocation.name.clone(), declared, path: path.to_owned(), sha256 })
    };
    paths.filter_map(data).collect()
}
