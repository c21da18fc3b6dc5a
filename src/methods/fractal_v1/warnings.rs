//! What people should look at before they pay a fractal's round. None of it changes an amount.

use std::collections::{BTreeMap, BTreeSet};

use super::ranks::{Entry, names_of};
use super::{Basis, Round, Settings};
use crate::amount::Amount;
use crate::error::Warning;
use crate::methods::Request;
use crate::tables::compared;

/// All warnings of the allocation, in a fixed order.
pub(super) fn of(
    round: &Round<'_>,
    settings: &Settings,
    basis: Basis,
    request: &Request<'_>,
) -> Vec<Warning> {
    let mut warnings = equal_ranks(round);
    warnings.extend(two_names(round));
    warnings.extend(meetings_without_ranks(round));
    warnings.extend(nobody_paid(round, settings, basis, request));
    warnings.extend(addresses_of_others(round));
    warnings
}

/// Members of one group and meeting with one rank: consensus gives each rank once.
fn equal_ranks(round: &Round<'_>) -> Vec<Warning> {
    let mut seen: BTreeMap<(u64, &str, u8), Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in round.paid().filter(|entry| !entry.group.is_empty()) {
        seen.entry((entry.meeting, &entry.group, entry.rank)).or_default().push(entry);
    }
    let warning = |((meeting, group, rank), rows): ((u64, &str, u8), Vec<&Entry<'_>>)| {
        let [.., last] = rows.as_slice() else { return None };
        let (count, lines) = (rows.len(), lines(&rows));
        let text = format!("meeting {meeting}, group {group}: {count} members have rank {rank} ({lines})");
        (count > 1).then(|| Warning::new(last.row.place(), text))
    };
    seen.into_iter().filter_map(warning).collect()
}

/// `lines 3, 8`, at most ten of them.
fn lines(rows: &[&Entry<'_>]) -> String {
    let numbers = rows.iter().filter_map(|entry| entry.row.place().line_number());
    let shown: Vec<String> = numbers.take(10).map(|line| line.to_string()).collect();
    format!("lines {}{}", shown.join(", "), if rows.len() > 10 { ", ..." } else { "" })
}

/// Members who are paid and have several names in the table.
fn two_names(round: &Round<'_>) -> Vec<Warning> {
    let names = names_of(round.entries, round.meetings);
    let paid: BTreeSet<&str> = round.paid().map(|entry| entry.member.as_str()).collect();
    let mut told = BTreeSet::new();
    let mut warnings = Vec::new();
    for entry in round.entries.iter().filter(|entry| !entry.name.is_empty()) {
        let member = entry.member.as_str();
        let Some(name) = names.get(member).filter(|_| paid.contains(member)) else { continue };
        if compared(name) != compared(entry.name) && told.insert(member) {
            let text = format!(
                "member `{member}` is called `{}` here and `{name}` in an earlier meeting, which counts",
                entry.name
            );
            warnings.push(Warning::new(entry.row.place(), text));
        }
    }
    warnings
}

/// Meetings of the period that the table of ranks does not know.
fn meetings_without_ranks(round: &Round<'_>) -> Option<Warning> {
    let numbers: Vec<String> = round.meetings.without_ranks.iter().map(u64::to_string).collect();
    (!numbers.is_empty()).then(|| {
        let text = format!("no rows of meetings that lie in the period: {}", numbers.join(", "));
        Warning::new(round.place.clone(), text)
    })
}

/// A table of members of whom none is paid: ids that differ in form, `3` and `3.0`, are those of two.
fn addresses_of_others(round: &Round<'_>) -> Option<Warning> {
    let is_known = |entry: &Entry<'_>| round.addresses.contains_key(&entry.member);
    let is_odd = !round.addresses.is_empty() && round.paid().next().is_some() && !round.paid().any(is_known);
    is_odd.then(|| {
        let text =
            "nobody who is paid has an address in the table of members: do both tables write ids alike?";
        Warning::new(round.place.clone(), text)
    })
}

/// A round that pays nothing.
fn nobody_paid(
    round: &Round<'_>,
    settings: &Settings,
    basis: Basis,
    request: &Request<'_>,
) -> Option<Warning> {
    let left = match basis {
        Basis::Pool(_) => "the pool stays unallocated",
        Basis::Rate(_) => "nothing is paid",
    };
    if round.paid().next().is_none() {
        let (start, end) = (request.plan.period.start, request.plan.period.end);
        let text = match &settings.meetings {
            None => format!("no meeting lies in the period {start} to {end}: {left}"),
            Some(_) => format!("the round has no meeting: {left}"),
        };
        return Some(Warning::new(round.place.clone(), text));
    }
    let is_free = matches!(basis, Basis::Rate(Amount::ZERO));
    is_free.then(|| Warning::new(request.place(), format!("`tokens_per_respect` is 0: {left}")))
}
