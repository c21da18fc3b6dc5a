//! What a round of conviction-v1 shows: its tables, its statistics, and what people should look at.
//! None of it changes an amount.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Round;
use super::fund::Fund;
use super::history::{Measure, ProposalStep};
use super::input::StakeRow;
use super::settings::{Rule, Supply};
use super::state::{Proposal, Status};
use crate::amount::{Amount, Wide, scaled_text};
use crate::error::{Place, Shown, Warning};
use crate::methods::{ReportTable, json_value};
use crate::tables::Cell;

/// The columns of conviction.csv.
const CONVICTION: [&str; 9] =
    ["step", "proposal", "status", "age", "staked", "conviction", "threshold", "funds", "supply"];
/// The columns of funds.csv.
const FUNDS: [&str; 6] = ["step", "funds", "supply", "candidate", "active", "killed"];

/// `conviction.csv`: every proposal in every step in which it exists. `funds.csv`: every step.
pub(super) fn tables(fund: &Fund<'_>, decimals: u8) -> Vec<ReportTable> {
    let plain = |text: String| Cell::Plain(text);
    let amount = |units| plain(Amount::from_units(units).to_text(decimals));
    let rows = fund.steps.iter().flat_map(|step| {
        step.proposals.iter().map(move |row| {
            vec![
                plain(step.number.to_string()),
                Cell::Text(row.proposal.to_string()),
                plain(row.status.text().to_owned()),
                plain(row.age.to_string()),
                amount(row.staked),
                conviction(row).map_or_else(|| plain(String::new()), amount),
                plain(threshold(row).unwrap_or_default()),
                amount(step.funds),
                amount(step.supply),
            ]
        })
    });
    let funds = fund.steps.iter().map(|step| {
        let counts = step.counts.iter().map(|count| plain(count.to_string()));
        let row = [plain(step.number.to_string()), amount(step.funds), amount(step.supply)];
        row.into_iter().chain(counts).collect()
    });
    vec![ReportTable::new("conviction", &CONVICTION, rows), ReportTable::new("funds", &FUNDS, funds)]
}

/// The conviction of a proposal that has not been funded.
fn conviction(row: &ProposalStep) -> Option<u128> {
    (row.status != Status::Active).then_some(row.conviction)
}

/// The threshold as text, `inf` where nothing passes it.
fn threshold(row: &ProposalStep) -> Option<String> {
    row.measure.as_ref().map(|measure| match measure {
        Measure::Infinite => "inf".to_owned(),
        Measure::Finite { threshold, .. } => threshold.clone(),
    })
}

/// The statistics of a round: series have one entry a step.
#[derive(Debug, Serialize)]
struct Statistics {
    /// The share of conviction that a step leaves.
    alpha: String,
    /// The steps that leave half of it; null for alpha 0.
    half_life: Option<String>,
    first_step: u64,
    last_step: u64,
    funds: Vec<String>,
    supply: Vec<String>,
    candidates: Vec<usize>,
    active: Vec<usize>,
    killed: Vec<usize>,
    /// The largest request that could pass if the whole supply stood behind it.
    largest_request: String,
    proposals: Vec<ProposalStatistics>,
    grants: Vec<GrantStatistics>,
}

/// A proposal; its series begin with `first_step`, the first of the round in which it exists.
#[derive(Debug, Serialize)]
struct ProposalStatistics {
    proposal: String,
    title: String,
    beneficiary: String,
    requested: String,
    status: Status,
    first_step: u64,
    staked: Vec<String>,
    /// Null once it is funded.
    conviction: Vec<Option<String>>,
    /// `inf` where nothing passes; null where it is no candidate at the step's check.
    threshold: Vec<Option<String>>,
    /// Conviction / threshold at the step's check.
    share_of_trigger: Vec<Option<String>>,
    /// For candidates: what the stakes of the last step come near to in time.
    maximum_conviction: Option<String>,
    /// For candidates: the steps in which they would pass, stakes, funds and supply staying as they
    /// are; null for never.
    steps_to_pass: Option<u64>,
}

/// A proposal that was funded.
#[derive(Debug, Serialize)]
struct GrantStatistics {
    step: u64,
    proposal: String,
    requested: String,
    conviction: String,
    threshold: String,
    funds_after: String,
}

/// The statistics for the pages.
pub(super) fn statistics(fund: &Fund<'_>, rule: &Rule, decimals: u8) -> Value {
    let text = |units| Amount::from_units(units).to_text(decimals);
    let count = |index: usize| {
        let counts = fund.steps.iter().map(|step| step.counts.get(index).copied().unwrap_or(0));
        counts.collect::<Vec<usize>>()
    };
    let alpha = rule.trigger.alpha;
    let grants = fund.grants.iter().map(|grant| GrantStatistics {
        step: grant.step,
        proposal: grant.proposal.to_string(),
        requested: text(grant.requested),
        conviction: text(grant.conviction),
        threshold: grant.threshold.clone(),
        funds_after: text(grant.funds_after),
    });
    json_value(&Statistics {
        alpha: scaled_text(Wide::from(alpha.units()), 18),
        half_life: alpha.half_life().map(|steps| scaled_text(Wide::from(steps), 18)),
        first_step: fund.steps.first().map_or(0, |step| step.number),
        last_step: fund.steps.last().map_or(0, |step| step.number),
        funds: fund.steps.iter().map(|step| text(step.funds)).collect(),
        supply: fund.steps.iter().map(|step| text(step.supply)).collect(),
        candidates: count(0),
        active: count(1),
        killed: count(2),
        largest_request: text(rule.trigger.largest_request(fund.funds)),
        proposals: proposals(fund, rule, decimals),
        grants: grants.collect(),
    })
}

/// The series of every proposal.
fn proposals(fund: &Fund<'_>, rule: &Rule, decimals: u8) -> Vec<ProposalStatistics> {
    let text = |units| Amount::from_units(units).to_text(decimals);
    let mut series: BTreeMap<&str, ProposalStatistics> = BTreeMap::new();
    for (id, proposal) in &fund.proposals {
        let forecast = forecast(fund, rule, proposal);
        let statistics = ProposalStatistics {
            proposal: id.to_string(),
            title: proposal.title.clone(),
            beneficiary: proposal.beneficiary.clone(),
            requested: text(proposal.requested),
            status: proposal.status,
            first_step: 0,
            staked: Vec::new(),
            conviction: Vec::new(),
            threshold: Vec::new(),
            share_of_trigger: Vec::new(),
            maximum_conviction: forecast.0.map(text),
            steps_to_pass: forecast.1,
        };
        series.insert(id, statistics);
    }
    for (step, row) in
        fund.steps.iter().flat_map(|step| step.proposals.iter().map(move |row| (step.number, row)))
    {
        let Some(statistics) = series.get_mut(&*row.proposal) else { continue };
        if statistics.staked.is_empty() {
            statistics.first_step = step;
        }
        statistics.staked.push(text(row.staked));
        statistics.conviction.push(conviction(row).map(text));
        statistics.threshold.push(threshold(row));
        statistics.share_of_trigger.push(match &row.measure {
            Some(Measure::Finite { share, .. }) => share.clone(),
            _ => None,
        });
    }
    series.into_values().collect()
}

/// How far a candidate's conviction can get, and in how many steps it passes, as things are.
fn forecast(fund: &Fund<'_>, rule: &Rule, proposal: &Proposal) -> (Option<u128>, Option<u64>) {
    let supply = fund.steps.last().map_or(0, |step| step.supply);
    if proposal.status != Status::Candidate {
        return (None, None);
    }
    let threshold = rule.trigger.threshold(proposal.requested, fund.funds, supply);
    let alpha = rule.trigger.alpha;
    let steps = threshold
        .and_then(|threshold| threshold.floor())
        .and_then(|threshold| alpha.steps_to_pass(proposal.conviction, proposal.staked, threshold));
    (alpha.maximum(proposal.staked), steps)
}

/// What people should look at before they pay, in a fixed order.
pub(super) fn warnings(fund: &Fund<'_>, rule: &Rule, round: &Round<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |place: &Place, text: Option<String>| {
        warnings.extend(text.map(|text| Warning::new(place.clone(), text)));
    };
    warn(&round.stakes_place, skipped_stakes(&round.stakes, round.first, round.last));
    // What is closed in the step in which it comes was open for a moment.
    let was_open =
        |row: &ProposalStep| row.status == Status::Candidate || row.measure.is_some() || row.age == 1;
    let anybody = fund.steps.iter().flat_map(|step| &step.proposals).any(was_open);
    // What is killed in the step of its first stake ends that step with nothing staked on it.
    let now = |row: &&StakeRow| (round.first..=round.last).contains(&row.step);
    let staked = round.stakes.iter().filter(now).any(|row| row.amount != Amount::ZERO)
        || fund.steps.iter().flat_map(|step| &step.proposals).any(|row| row.staked > 0);
    let nothing_staked = anybody && !staked && fund.grants.is_empty();
    let open = fund.proposals.values().any(|proposal| proposal.status == Status::Candidate);
    let all_killed = anybody && staked && !open && fund.grants.is_empty();
    warn(
        &round.proposals_place,
        (!anybody).then(|| "no proposal is open in any step of the round".to_owned()),
    );
    warn(
        &round.stakes_place,
        nothing_staked.then(|| "nobody stakes on any proposal in the round".to_owned()),
    );
    warn(
        &round.stakes_place,
        all_killed
            .then(|| "all open proposals are killed: on each less than `min_stake` is staked".to_owned()),
    );
    warn(&round.place, zero_supply(fund, rule));
    warn(&round.proposals_place, out_of_reach(fund, rule, round));
    warnings
}

/// Rows of other rounds.
fn skipped_stakes(stakes: &[StakeRow], first: u64, last: u64) -> Option<String> {
    let earlier = stakes.iter().filter(|row| row.step < first).count();
    let later = stakes.iter().filter(|row| row.step > last).count();
    let parts = [
        (earlier > 0).then(|| format!("{earlier} up to step {} (counted in earlier rounds)", first - 1)),
        (later > 0).then(|| format!("{later} beyond step {last}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty())
        .then(|| format!("rows of stakes that are not of this round are skipped: {}", parts.join(", ")))
}

/// A supply of zero makes thresholds of zero, which any conviction passes.
fn zero_supply(fund: &Fund<'_>, rule: &Rule) -> Option<String> {
    if let Some(first) = fund.free_steps.first() {
        return Some(format!(
            "the supply is zero when proposals are checked in {} of the steps (first in step {first}): any conviction passes then",
            fund.free_steps.len()
        ));
    }
    let never = fund.steps.iter().all(|step| step.supply == 0) && rule.supply != Supply::Staked;
    never.then(|| "the supply is zero in every step: thresholds are zero".to_owned())
}

/// Funds that cannot reach the cheapest open proposal, if the whole supply stakes on it. More than a supply
/// that is an amount may be staked, and then reach it.
fn out_of_reach(fund: &Fund<'_>, rule: &Rule, round: &Round<'_>) -> Option<String> {
    let candidates = fund.proposals.iter().filter(|(_, proposal)| proposal.status == Status::Candidate);
    let (id, cheapest) = candidates.min_by_key(|(_, proposal)| proposal.requested)?;
    let largest = rule.trigger.largest_request(fund.funds);
    let text = |units| Amount::from_units(units).to_text(round.decimals);
    let is_reached = forecast(fund, rule, cheapest).1.is_some();
    (largest < cheapest.requested && !is_reached).then(|| {
        format!(
            "with {} {symbol} left in the fund no request above {} {symbol} can ever pass; the cheapest open proposal, `{}`, asks for {}",
            text(fund.funds),
            text(largest),
            Shown::from(&**id),
            text(cheapest.requested),
            symbol = round.symbol
        )
    })
}
