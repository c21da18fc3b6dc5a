//! What people should look at before they pay a praise round. None of it changes an amount.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{Praise, Slot};
use super::{Input, Quantifier, Settings, receiver_key};
use crate::amount::{Amount, Decimal, Weight, floor_of_fraction};
use crate::error::{Warning, counted};
use crate::methods::{Outcome, Request, Reward};
use crate::recipient::Key;
use crate::tables::{Table, compared};

/// All warnings of the allocation, in a fixed order.
pub(super) fn all(
    input: &Input<'_>,
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
    settings: &Settings,
    table: &Table,
    outcome: &Outcome,
    request: &Request<'_>,
) -> Vec<Warning> {
    let place = &input.table_place;
    let mut warnings = Vec::new();
    let mut warn =
        |message: Option<String>| warnings.extend(message.map(|text| Warning::new(place.clone(), text)));
    warn(more_slots(table, settings));
    warn(unlisted_scores(input, settings, request));
    warn(rows_outside_period(input, request));
    warn(averages_that_differ(input, settings, outcome, request));
    warn(unscored_slots(quantifiers, outcome, request));
    for message in names_with_two_accounts(input).into_iter().chain(addresses_with_two_names(input)) {
        warn(Some(message));
    }
    warn(zero_totals(outcome));
    for reward in &outcome.rewards {
        warn(nobody_rewarded(reward));
    }
    warnings
}

/// Lines of some rows, the first ten of them written out.
fn lines<'a>(praises: impl Iterator<Item = &'a Praise<'a>>) -> (usize, String) {
    let all: Vec<u64> = praises.filter_map(|praise| praise.place.line_number()).collect();
    let shown: Vec<String> = all.iter().take(10).map(u64::to_string).collect();
    let rest = if all.len() > 10 { ", ..." } else { "" };
    (all.len(), format!("line{} {}{rest}", if all.len() == 1 { "" } else { "s" }, shown.join(", ")))
}

/// `1 row`, `2 rows`.
fn rows(count: usize) -> String {
    counted(count, "row", "rows")
}

fn more_slots(table: &Table, settings: &Settings) -> Option<String> {
    let next = format!("SCORE {}", settings.quantifiers + 1);
    table.has_column(&next).then(|| {
        format!(
            "the table has more quantifier slots than the {} that are read; the rest is ignored",
            settings.quantifiers
        )
    })
}

fn unlisted_scores(input: &Input<'_>, settings: &Settings, request: &Request<'_>) -> Option<String> {
    let allowed = settings.allowed(request, &mut Vec::new());
    let unlisted = |praise: &&Praise<'_>| {
        praise.slots.iter().any(|slot| slot.score.is_some_and(|score| !allowed.contains(&score)))
    };
    let (count, lines) = lines(input.praises.iter().filter(unlisted));
    (count > 0).then(|| format!("scores that are not among the allowed values in {} ({lines})", rows(count)))
}

fn rows_outside_period(input: &Input<'_>, request: &Request<'_>) -> Option<String> {
    let period = request.plan.period;
    let outside =
        |praise: &&Praise<'_>| !period.contains(praise.date.to_zoned(jiff::tz::TimeZone::UTC).date());
    let (count, lines) = lines(input.praises.iter().filter(outside));
    (count > 0)
        .then(|| format!("{} outside the period {} to {} ({lines})", rows(count), period.start, period.end))
}

/// The mean that AVG SCORE should be, as a fraction: over slots that acted, which are those with a
/// score other than zero, those dismissed (0), and duplicates (a part of what the same quantifier
/// gave the original). `scale` is that of the numerator; `None` when the numbers are too large.
fn mean_of(
    praise: &Praise<'_>,
    by_id: &BTreeMap<&str, &Praise<'_>>,
    valuation: Decimal,
    scale: u8,
) -> Option<(Weight, u64)> {
    let mut sum = Weight::ZERO;
    let mut acted = 0;
    for slot in &praise.slots {
        let value = if slot.dismissed {
            Weight::ZERO
        } else if !slot.duplicate_of.is_empty() {
            let original = by_id.get(slot.duplicate_of).and_then(|original| same_quantifier(original, slot));
            let score = original.and_then(|original| original.score).unwrap_or(Decimal::ZERO);
            score
                .scaled(scale.checked_sub(valuation.scale())?)?
                .checked_mul(valuation.scaled(valuation.scale())?)?
        } else if slot.is_scored() {
            slot.score?.scaled(scale)?
        } else {
            continue;
        };
        sum = sum.checked_add(value)?;
        acted += 1;
    }
    Some((sum, acted.max(1)))
}

/// The slot of the same quantifier in another praise.
fn same_quantifier<'a>(original: &'a Praise<'_>, slot: &Slot<'_>) -> Option<&'a Slot<'a>> {
    original.slots.iter().find(|other| compared(other.quantifier) == compared(slot.quantifier))
}

/// Averages that differ by more than 0.01 from what they should be, and how many tokens would move.
fn averages_that_differ(
    input: &Input<'_>,
    settings: &Settings,
    outcome: &Outcome,
    request: &Request<'_>,
) -> Option<String> {
    let valuation = Decimal::parse(&settings.duplicate_valuation.0, &input.table_place, "").ok()?;
    let by_id: BTreeMap<&str, &Praise<'_>> = input.praises.iter().map(|praise| (praise.id, praise)).collect();
    let scores = input.praises.iter().flat_map(|praise| praise.slots.iter().filter_map(|slot| slot.score));
    let finest = scores.map(Decimal::scale).max().unwrap_or(0) + valuation.scale();
    let averages = input.praises.iter().map(|praise| praise.average.scale()).max().unwrap_or(0);
    let scale = finest.max(averages).max(2);
    let hundredth = Decimal::parse("0.01", &input.table_place, "").ok()?.scaled(scale)?;
    let mut differing = Vec::new();
    let mut expected: BTreeMap<Key, Weight> = BTreeMap::new();
    let common: u64 = (1..=settings.quantifiers as u64).fold(1, least_common_multiple);
    for praise in &input.praises {
        let (sum, acted) = mean_of(praise, &by_id, valuation, scale)?;
        let given = praise.average.scaled(scale)?.checked_mul(Weight::from(acted))?;
        if given.abs_diff(sum) > hundredth.checked_mul(Weight::from(acted))? {
            differing.push(praise);
        }
        let weight = sum.checked_mul(Weight::from(common / acted))?;
        let entry = expected.entry(receiver_key(praise)).or_default();
        *entry = entry.checked_add(weight)?;
    }
    let (count, lines) = lines(differing.into_iter());
    if count == 0 {
        return None;
    }
    let reward = outcome.rewards.first()?;
    let moved = moved_tokens(reward, &expected, input, request)?;
    Some(format!(
        "AVG SCORE of {} differs by more than 0.01 from the mean of the slots that acted ({lines}); with those means {} {} would go to others",
        rows(count),
        moved.to_text(request.decimals()),
        request.plan.token.symbol
    ))
}

/// How much of the reward would go to others if the weights were `expected`.
fn moved_tokens(
    reward: &Reward,
    expected: &BTreeMap<Key, Weight>,
    input: &Input<'_>,
    request: &Request<'_>,
) -> Option<Amount> {
    let pool = Amount::sum(reward.amounts.values().copied())?;
    let parts = request.apportion(&reward.name, pool, expected, &input.table_place).ok()??;
    let gains = parts.iter().map(|(key, part)| {
        part.checked_sub(reward.amounts.get(key).copied().unwrap_or_default()).unwrap_or_default()
    });
    Amount::sum(gains)
}

fn least_common_multiple(left: u64, right: u64) -> u64 {
    let (mut divisor, mut rest) = (left, right);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    left / divisor * right
}

/// Quantifiers that are paid for slots they did not act on.
fn unscored_slots(
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
    outcome: &Outcome,
    request: &Request<'_>,
) -> Option<String> {
    let paid = || quantifiers.values().filter(|quantifier| quantifier.took_part);
    let unscored: u64 = paid().map(|quantifier| quantifier.unscored).sum();
    let total: u64 = paid().map(|quantifier| quantifier.count).sum();
    let reward = outcome.rewards.get(1)?;
    let pool = Amount::sum(reward.amounts.values().copied())?;
    let tokens = floor_of_fraction(&[pool.units(), u128::from(unscored)], &[u128::from(total)])?;
    (unscored > 0 && pool != Amount::ZERO).then(|| {
        format!(
            "quantifiers are paid for slots that they did not score ({unscored}): {} {}",
            Amount::from_units(tokens).to_text(request.decimals()),
            request.plan.token.symbol
        )
    })
}

fn names_with_two_accounts(input: &Input<'_>) -> Vec<String> {
    let mut accounts: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for praise in &input.praises {
        let (name, account, _) = praise.receiver;
        if !name.is_empty() && !account.is_empty() {
            accounts.entry(compared(name)).or_default().insert(account);
        }
    }
    let several = accounts.into_iter().filter(|(_, accounts)| accounts.len() > 1);
    several
        .map(|(name, accounts)| {
            format!(
                "`{name}` has {} accounts: {}",
                accounts.len(),
                accounts.iter().copied().collect::<Vec<_>>().join(", ")
            )
        })
        .collect()
}

fn addresses_with_two_names(input: &Input<'_>) -> Vec<String> {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |address: Option<crate::address::Address>, name| {
        if let Some(address) = address.filter(|_| !str::is_empty(name)) {
            names.entry(address.to_string()).or_default().insert(compared(name));
        }
    };
    for praise in &input.praises {
        note(praise.receiver.2, praise.receiver.0);
        praise.slots.iter().for_each(|slot| note(slot.address, slot.quantifier));
    }
    let several = names.into_iter().filter(|(_, names)| names.len() > 1);
    several
        .map(|(address, names)| {
            format!(
                "{address} has {} names: {}",
                names.len(),
                names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            )
        })
        .collect()
}

fn zero_totals(outcome: &Outcome) -> Option<String> {
    let gets_something = |key: &Key| {
        outcome
            .rewards
            .iter()
            .any(|reward| reward.amounts.get(key).is_some_and(|amount| *amount != Amount::ZERO))
    };
    let count = outcome.recipients.keys().filter(|key| !gets_something(key)).count();
    (count > 0).then(|| format!("recipients who get nothing: {count}"))
}

/// A reward of which nothing could be given although its pool is not empty.
fn nobody_rewarded(reward: &Reward) -> Option<String> {
    let nothing = reward.amounts.values().all(|amount| *amount == Amount::ZERO);
    let why = if reward.amounts.is_empty() { "nobody can get it" } else { "all its weights are zero" };
    (nothing && reward.pool != Amount::ZERO).then(|| {
        format!("nothing of `{}` is given: {why}, and its part of the pool stays unallocated", reward.name)
    })
}
