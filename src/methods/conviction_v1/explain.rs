//! Why a beneficiary got a grant: every step of their proposals, up to the check that they passed.

use std::rc::Rc;

use super::fund::Fund;
use super::history::{Grant, Measure, ProposalStep};
use super::state::{Proposal, Status};
use super::{Prepared, REWARD, prepare};
use crate::amount::{Amount, Weight};
use crate::error::{Error, Shown};
use crate::methods::Request;
use crate::methods::explanation::{Basis, Details, Section, cell};
use crate::recipient::Key;

/// The columns of the steps.
const STEPS: [&str; 7] =
    ["step", "status", "age", "staked", "conviction", "threshold", "conviction / threshold"];

/// One section for each proposal of a beneficiary: those that were funded come to what they asked
/// for, the others to nothing.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let Prepared { rule, round, proposals, funds, .. } = prepare(request)?;
    let mut fund = Fund::new(&rule, funds.units(), proposals);
    fund.run(round.first, round.last, round.events())?;
    let sections_of = |key: &Key| -> Vec<Section> {
        let own = fund.proposals.iter().filter(|(_, proposal)| proposal.key() == *key);
        // What was decided in earlier rounds has no step in this one to be told.
        let own = own.filter_map(|(id, proposal)| {
            let grant = fund.grants.iter().find(|grant| grant.proposal == *id);
            let is_told = grant.is_some() || proposal.status == Status::Candidate;
            is_told.then(|| section(&fund, id, proposal, grant, request))
        });
        own.collect()
    };
    Ok(keys.iter().map(sections_of).collect())
}

/// A proposal with its steps.
fn section(
    fund: &Fund<'_>,
    id: &Rc<str>,
    proposal: &Proposal,
    grant: Option<&Grant>,
    request: &Request<'_>,
) -> Section {
    let tokens = |units| request.tokens(Amount::from_units(units));
    let last = grant.map_or(u64::MAX, |grant| grant.step);
    let steps = fund.steps.iter().filter(|step| step.number <= last).filter_map(|step| {
        let row = step.proposals.iter().find(|row| row.proposal == *id)?;
        Some(step_cells(step.number, row, request))
    });
    let steps =
        Details::new("steps; threshold and quotient are those of the step's check", &STEPS, steps.collect());
    let note = match grant {
        Some(grant) => format!(
            "passed in the check of step {}: its conviction {} is above the threshold {} {}; {} are left in the fund",
            grant.step,
            tokens(grant.conviction),
            grant.threshold,
            Shown::from(&request.plan.token.symbol),
            tokens(grant.funds_after)
        ),
        None => format!("still open after the last step: it asks for {}", tokens(proposal.requested)),
    };
    let rows = grant.map(|grant| (vec![cell(id), cell(&proposal.title)], Weight::from(grant.requested)));
    Section::new(REWARD, format!("proposal {}", cell(id)), vec!["proposal", "title"], Basis::Amounts)
        .with_notes([note])
        .with_details(steps)
        .with_rows(rows)
}

/// The cells of a step.
fn step_cells(number: u64, row: &ProposalStep, request: &Request<'_>) -> Vec<String> {
    let amount = |units| Amount::from_units(units).to_text(request.decimals());
    let (threshold, share) = match &row.measure {
        None => (String::new(), String::new()),
        Some(Measure::Infinite) => ("inf".to_owned(), String::new()),
        Some(Measure::Finite { threshold, share }) => (threshold.clone(), share.clone().unwrap_or_default()),
    };
    // The conviction of what is funded is spent.
    let conviction = if row.status == Status::Active { String::new() } else { amount(row.conviction) };
    vec![
        number.to_string(),
        row.status.text().to_owned(),
        row.age.to_string(),
        amount(row.staked),
        conviction,
        threshold,
        share,
    ]
}
