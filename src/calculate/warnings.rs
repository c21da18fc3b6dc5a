//! What people should look at before they pay, beyond what the methods saw.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Place, Shown, Warning};
use crate::ledger::plan::{Allocation, Input, Plan};
use crate::methods::{Method, Outcome};
use crate::statement::{Carry, InputRecord, Record, Recorded};
use crate::tables;

/// Bytes of a file of the results above which people are warned.
const RESULT_WARNING_BYTES: usize = 50 * 1024 * 1024;

/// The warnings of the plan, of the methods, and about the round as a whole.
pub(super) fn of(
    plan: &Plan,
    outcomes: &[Outcome],
    before: &Carry,
    folder: &str,
    results: &BTreeMap<String, Vec<u8>>,
) -> Vec<Warning> {
    let mut warnings = plan.warnings.clone();
    warnings.extend(outcomes.iter().flat_map(|outcome| outcome.warnings.iter().cloned()));
    warnings.extend(begun_anew(plan, before));
    warnings.extend(low_decimals(plan));
    warnings.extend(name_against_period(plan));
    warnings.extend(large_files(folder, results));
    warnings
}

/// What the inputs of a round alone give rise to: the warnings of the plan, of the methods, and about the
/// round as a whole, when no round stands before it.
pub fn of_inputs(plan: &Plan, outcomes: &[Outcome]) -> Vec<Warning> {
    of(plan, outcomes, &Carry::default(), "", &BTreeMap::new())
}

/// Allocations that begin without what rounds before left, while some of their method stands under names
/// that the round does not use: perhaps they were renamed, and would pay again what is paid.
fn begun_anew(plan: &Plan, before: &Carry) -> Vec<Warning> {
    let is_named = |name: &str| plan.allocations.iter().any(|allocation| allocation.name == name);
    let begins = |name: &str| before.allocations.iter().all(|kept| kept.name != name);
    let warning = |allocation: &Allocation| {
        let kept = before.allocations.iter().filter(|kept| kept.method == allocation.method);
        let left: Vec<String> =
            kept.filter(|kept| !is_named(&kept.name)).map(|kept| format!("`{}`", kept.name)).collect();
        let text = format!(
            "allocation `{}` begins anew: what earlier rounds of {} left stands under {}, which this round does not name",
            Shown::from(&allocation.name),
            Shown::from(&allocation.method),
            left.join(", ")
        );
        (!left.is_empty()).then(|| Warning::new(Place::file(&plan.file), text))
    };
    plan.allocations.iter().filter(|allocation| begins(&allocation.name)).filter_map(warning).collect()
}

/// Allocations that read the same data as a closed round: its files copied, or paid a second time.
/// The data are the files that the method must have; a list of what is unclaimed stands for itself.
pub(super) fn read_before(plan: &Plan, inputs: &[InputRecord], record: &Record) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for allocation in &plan.allocations {
        let roles = match Method::parse(&allocation.method) {
            // Its rows carry their step: those of earlier rounds are skipped.
            None | Some(Method::ConvictionV1) => continue,
            Some(method) => method.roles(),
        };
        let needed = roles.iter().filter(|(_, is_needed)| *is_needed).map(|(role, _)| *role).collect();
        for roles in [needed, vec!["unclaimed"]] {
            let paths: BTreeSet<&str> =
                roles.iter().filter_map(|role| allocation.inputs.get(*role)).flat_map(Input::paths).collect();
            let read: Vec<&InputRecord> =
                inputs.iter().filter(|input| paths.contains(input.name.as_str())).collect();
            let is_there = |input: &&InputRecord, recorded: &Recorded| {
                recorded.statement.predicate.inputs.iter().any(|other| other.digest == input.digest)
            };
            let has_all = |recorded: &&Recorded| read.iter().all(|input| is_there(input, recorded));
            let (Some(first), Some(before)) = (read.first(), record.statements().iter().rev().find(has_all))
            else {
                continue;
            };
            let text = format!(
                "allocation `{}` reads the same {} as in round {}: the bytes are equal",
                Shown::from(&allocation.name),
                roles.join(" and "),
                Shown::from(&before.statement.predicate.round)
            );
            warnings.push(Warning::new(Place::file(&first.name), text));
        }
    }
    warnings
}

/// Results that GitHub would warn of, or refuse.
fn large_files(folder: &str, results: &BTreeMap<String, Vec<u8>>) -> Vec<Warning> {
    let large = results.iter().filter(|(_, bytes)| bytes.len() > RESULT_WARNING_BYTES);
    let warning = |(name, bytes): (&String, &Vec<u8>)| {
        let text = format!("has {} MiB: GitHub refuses files above 100 MiB", bytes.len() / 1024 / 1024);
        Warning::new(Place::file(&format!("{folder}/{name}")), text)
    };
    large.map(warning).collect()
}

/// With few decimals one unit is worth something, and who chooses their key can win one.
fn low_decimals(plan: &Plan) -> Option<Warning> {
    (plan.token.decimals < 6).then(|| {
        let text = "the token has less than 6 decimals: who chooses their own name may win one of its units in the draw";
        Warning::new(Place::file(&plan.file), text)
    })
}

/// A round called after a month (`2026-03`, `round-2026-03-b`) in which no day of its period lies.
fn name_against_period(plan: &Plan) -> Option<Warning> {
    let name = plan.round.as_str().rsplit('/').next().unwrap_or_default();
    let month = |start: usize| {
        let (before, after) = (name.get(..start)?, name.get(start + 7..)?);
        let alone = !before.ends_with(|near: char| near.is_ascii_digit())
            && !after.starts_with(|near: char| near.is_ascii_digit());
        tables::day(&format!("{}-01", name.get(start..start + 7)?)).filter(|_| alone)
    };
    let first = (0..name.len()).find_map(month)?;
    let (start, end) = (plan.period.start, plan.period.end);
    (end < first || start > first.last_of_month()).then(|| {
        let text = format!("the round is called {name}, but its period is {start} to {end}");
        Warning::new(Place::file(&plan.file), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_results_are_a_warning() {
        let results = BTreeMap::from([
            ("carry.json".to_owned(), vec![0; RESULT_WARNING_BYTES]),
            ("distribution.csv".to_owned(), vec![0; RESULT_WARNING_BYTES + 1]),
        ]);
        let warnings: Vec<String> =
            large_files("rounds/a/results", &results).iter().map(ToString::to_string).collect();
        let expected = "rounds/a/results/distribution.csv: has 50 MiB: GitHub refuses files above 100 MiB";
        assert_eq!(warnings, [expected]);
    }
}
