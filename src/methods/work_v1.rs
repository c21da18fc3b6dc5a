//! work-v1: impact of contributions, paid from a minted treasury.
//!
//! Source: the sketch of a WORK token, which mints tokens to a community's treasury each week while
//! contributors earn by impact. The sketch pays them from nowhere; a ledger must conserve, so here
//! the treasury pays. Frozen as version 1.
//!
//! 1. The round covers `weeks` weeks. Supply and treasury grow by `weekly_mint` x `weeks`: that is
//!    the pool. A round file may leave `pool` out; one that it names must be this amount. Before the
//!    first round the supply is `initial_supply`, which lies elsewhere, and the treasury is empty;
//!    in later rounds both are what the round before left, and `initial_supply` is not used.
//! 2. A row of `contributions` has an impact from `impact_min` to `impact_max`, both included, and
//!    earns impact x `tokens_per_impact`, exactly: what the token's decimals cannot hold is an error.
//! 3. Reward `work`: everybody gets what their rows earn, from the treasury, this round's mint
//!    included. If it cannot pay all, the round is refused; with `shortfall: scale` the whole
//!    treasury is apportioned by what is owed.
//! 4. What is left is kept: the treasury of the next round. What the input `claimed` brings in joins
//!    the treasury before the round; the supply does not change, it was minted before.
//! 5. The recipient key is the row's address, else its name, row by row: what a row without address
//!    earns is held, also where another row gives that name an address (a warning says so). One name
//!    with two addresses is an error. Of several names of one address the smallest in bytes is shown.
//! 6. `week` counts from the first round of the allocation. Rows of other weeks than the round's
//!    count all the same, with a warning: late reports are paid, not lost.
//!
//! A worked example, with the defaults: the first round covers one week. 100 are minted, so supply
//! is 101 and the treasury 100. Ada's impacts of 8 and 4 earn 12, Bea's 9.5 earns 9.5. Both are
//! paid, and the treasury keeps 78.5. Had they earned 150 and 50, the round would be refused; scaled
//! they would get 75 and 25, and the treasury would be empty.

pub(crate) mod contributions;
mod explain;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Method, Outcome, ReportTable, Request, Reward, collected, json_value};
use crate::amount::{Amount, DECIMALS_LIMIT, Decimal, Weight, scaled_text};
use crate::error::{Error, Place, Warning};
use crate::ledger::round_file::DecimalText;
use crate::recipient::{Key, Recipient};
use crate::tables::Cell;
use contributions::{Contributions, Rate};
pub(super) use explain::explain_each;

/// The reward's name.
const REWARD: &str = "work";
/// Most weeks of a round.
const WEEKS_LIMIT: u64 = 1000;

/// The settings of work-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of work-v1")]
pub struct Settings {
    /// How many weeks the round covers.
    #[schemars(range(min = 1, max = WEEKS_LIMIT))]
    pub weeks: u64,
    /// What is minted to the treasury each week, in token units.
    #[serde(default = "hundred")]
    pub weekly_mint: DecimalText,
    /// The least impact that a contribution may have.
    #[serde(default = "one")]
    pub impact_min: DecimalText,
    /// The most impact that a contribution may have.
    #[serde(default = "ten")]
    pub impact_max: DecimalText,
    /// What a contribution earns for an impact of 1, in token units.
    #[serde(default = "one")]
    pub tokens_per_impact: DecimalText,
    /// The supply before the first round, outside the treasury; later rounds do not use it.
    #[serde(default = "one")]
    pub initial_supply: DecimalText,
    /// What to do when the treasury cannot pay all that is owed.
    #[serde(default)]
    pub shortfall: Shortfall,
}

/// What to do when the treasury cannot pay all that is owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shortfall {
    /// The round is refused.
    #[default]
    Refuse,
    /// The whole treasury is divided by what is owed.
    Scale,
}

fn one() -> DecimalText {
    DecimalText("1".to_owned())
}

fn ten() -> DecimalText {
    DecimalText("10".to_owned())
}

fn hundred() -> DecimalText {
    DecimalText("100".to_owned())
}

/// What the allocation's next round needs beside the treasury, which is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// The supply in token units.
    supply: String,
    /// The weeks of all rounds so far.
    weeks: u64,
}

/// The treasury through the round.
#[derive(Debug, Clone, Copy)]
struct Treasury {
    /// Before the round: what the round before left, and what is brought in.
    before: Amount,
    /// What the round before left.
    carried_in: Amount,
    /// What the round mints: its pool.
    minted: Amount,
    /// Both together: what can be paid.
    available: Amount,
    /// The supply, this round's mint included.
    supply: Amount,
    /// The first week of the round and the last, counted from the allocation's first round.
    weeks: (u64, u64),
}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let Sound { settings, treasury, contributions, .. } = read(request)?;
    distribute(&settings, treasury, contributions, request).map_err(|error| vec![error])
}

/// What was read, sound.
struct Sound {
    settings: Settings,
    rate: Rate,
    treasury: Treasury,
    contributions: Contributions,
}

/// Reads and checks everything.
fn read(request: &Request<'_>) -> Result<Sound, Vec<Error>> {
    let settings: Settings = request.settings().map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    request.check_roles(Method::WorkV1, &mut problems);
    let rate = check_rate(&settings, request, &mut problems);
    let treasury = check_treasury(&settings, request, &mut problems);
    // Rows are read although the settings are wrong, so that all problems show at once.
    let contributions = contributions::read(request, rate.as_ref(), &mut problems);
    let (Some(rate), Some(treasury), Some(contributions)) = (rate, treasury, contributions) else {
        return Err(problems);
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Sound { settings, rate, treasury, contributions })
}

/// Impact bounds and what an impact of 1 earns.
fn check_rate(settings: &Settings, request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Rate> {
    let mut read =
        |text: &DecimalText, what| collected(Decimal::parse(&text.0, &request.place(), what), problems);
    let least = read(&settings.impact_min, "impact_min");
    let most = read(&settings.impact_max, "impact_max");
    let tokens_per_impact = read(&settings.tokens_per_impact, "tokens_per_impact");
    let rate = Rate { least: least?, most: most?, tokens_per_impact: tokens_per_impact? };
    if rate.least.scaled(DECIMALS_LIMIT) > rate.most.scaled(DECIMALS_LIMIT) {
        problems.push(request.out_of_range("impact_min", rate.least, "at most `impact_max`"));
        return None;
    }
    Some(rate)
}

/// Mints: what the treasury holds before anybody is paid.
fn check_treasury(settings: &Settings, request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Treasury> {
    let (place, decimals) = (request.place(), request.decimals());
    let weekly = collected(Amount::parse(&settings.weekly_mint.0, decimals, &place, "weekly_mint"), problems);
    let initial =
        collected(Amount::parse(&settings.initial_supply.0, decimals, &place, "initial_supply"), problems);
    let carried = collected(carried(request), problems)?;
    if !(1..=WEEKS_LIMIT).contains(&settings.weeks) {
        problems.push(request.out_of_range("weeks", settings.weeks, "1 to 1000"));
        return None;
    }
    let (carried_in, supply, weeks) = carried.unwrap_or((Amount::ZERO, initial?, 0));
    let before = collected(request.with_brought_in(carried_in), problems)?;
    let treasury = treasury_of(weekly?, settings.weeks, before, supply, weeks);
    let treasury = treasury.map(|treasury| Treasury { carried_in, ..treasury });
    let Some(treasury) = treasury else {
        problems.push(Error::Overflow { place, what: "supply and weekly_mint x weeks".to_owned() });
        return None;
    };
    let declared = request.allocation.declared.unwrap_or(treasury.minted);
    if declared != treasury.minted {
        problems.push(Error::PoolNotMinted {
            place,
            allocation: request.name(),
            pool: declared.to_text(decimals),
            minted: treasury.minted.to_text(decimals),
            symbol: request.plan.token.symbol.as_str().into(),
        });
        return None;
    }
    Some(treasury)
}

/// Treasury, supply and weeks that the round before left; `None` in the first round.
fn carried(request: &Request<'_>) -> Result<Option<(Amount, Amount, u64)>, Error> {
    let Some((treasury, state)) = request.carried::<State>()? else { return Ok(None) };
    let place = Place::file(crate::statement::CARRY_FILE);
    let supply = Amount::parse(&state.supply, request.decimals(), &place, "supply")?;
    Ok(Some((treasury, supply, state.weeks)))
}

/// The treasury with this round's mint; `None` where a sum is too large.
fn treasury_of(
    weekly: Amount,
    weeks: u64,
    before: Amount,
    supply: Amount,
    past_weeks: u64,
) -> Option<Treasury> {
    let minted = Amount::from_units(weekly.units().checked_mul(u128::from(weeks))?);
    Some(Treasury {
        before,
        carried_in: before,
        minted,
        available: before.checked_add(minted)?,
        supply: supply.checked_add(minted)?,
        weeks: (past_weeks.checked_add(1)?, past_weeks.checked_add(weeks)?),
    })
}

/// The rule: pays what is owed, and keeps the rest.
fn distribute(
    settings: &Settings,
    treasury: Treasury,
    contributions: Contributions,
    request: &Request<'_>,
) -> Result<Outcome, Error> {
    let decimals = request.decimals();
    let place = Place::file(&contributions.path);
    let mut warnings = contributions.warnings(treasury.weeks);
    let amounts = paid_of(settings, treasury, &contributions, request, &mut warnings)?;
    let overflow = || Error::Overflow { place: place.clone(), what: "what is paid".to_owned() };
    let paid = Amount::sum(amounts.values().copied()).ok_or_else(overflow)?;
    let kept = treasury.available.checked_sub(paid).ok_or_else(overflow)?;
    let state = State { supply: treasury.supply.to_text(decimals), weeks: treasury.weeks.1 };
    Ok(Outcome {
        declared: treasury.minted,
        pool: treasury.minted,
        carried_in: treasury.carried_in,
        kept,
        state: Some(json_value(&state)),
        recipients: recipients_of(&contributions),
        tables: vec![
            contributions_table(&contributions, &amounts, decimals),
            weeks_table(&contributions, decimals),
            treasury_table(treasury, paid, kept, decimals),
        ],
        statistics: json_value(&Statistics::new(&contributions, treasury, paid, kept, decimals)),
        rewards: vec![Reward { name: REWARD.to_owned(), pool: paid, amounts }],
        read: BTreeSet::from([contributions.path]),
        warnings,
        ..Outcome::default()
    })
}

/// What everybody gets: what they are owed, or where the treasury is too small, their part of it.
fn paid_of(
    settings: &Settings,
    treasury: Treasury,
    contributions: &Contributions,
    request: &Request<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<BTreeMap<Key, Amount>, Error> {
    if contributions.owed <= treasury.available {
        return Ok(contributions.by_key.iter().map(|(key, entry)| (key.clone(), entry.owed)).collect());
    }
    let place = Place::file(&contributions.path);
    let [sum, available] = [contributions.owed, treasury.available].map(|it| it.to_text(request.decimals()));
    let symbol = &request.plan.token.symbol;
    if settings.shortfall == Shortfall::Refuse {
        let allocation = request.name();
        return Err(Error::TreasuryShort {
            place,
            allocation,
            owed: sum,
            treasury: available,
            symbol: symbol.into(),
        });
    }
    let text = format!(
        "{sum} {symbol} are owed and the treasury holds {available}: it is divided in proportion, because `shortfall` is `scale`"
    );
    warnings.push(Warning::new(place.clone(), text));
    Ok(request
        .apportion(REWARD, treasury.available, &owed_weights(contributions), &place)?
        .unwrap_or_default())
}

/// What is owed, as weights.
fn owed_weights(contributions: &Contributions) -> BTreeMap<Key, Weight> {
    contributions.by_key.iter().map(|(key, entry)| (key.clone(), Weight::from(entry.owed.units()))).collect()
}

/// Who the keys are.
fn recipients_of(contributions: &Contributions) -> BTreeMap<Key, Recipient> {
    let person = |name: &String| Recipient { name: name.clone(), accounts: BTreeSet::new() };
    contributions.by_key.iter().map(|(key, entry)| (key.clone(), person(&entry.name))).collect()
}

/// The table of contributors, by name and key.
fn contributions_table(
    contributions: &Contributions,
    paid: &BTreeMap<Key, Amount>,
    decimals: u8,
) -> ReportTable {
    let mut entries: Vec<_> = contributions.by_key.iter().collect();
    entries.sort_by(|(left_key, left), (right_key, right)| {
        (&left.name, left_key).cmp(&(&right.name, right_key))
    });
    let rows = entries.into_iter().map(|(key, entry)| {
        let paid = paid.get(key).copied().unwrap_or_default();
        vec![
            Cell::Text(entry.name.clone()),
            Cell::Plain(key.address().map_or_else(String::new, |address| address.to_string())),
            Cell::Plain(entry.weeks.len().to_string()),
            Cell::Plain(scaled_text(entry.impact, DECIMALS_LIMIT)),
            Cell::Plain(entry.owed.to_text(decimals)),
            Cell::Plain(paid.to_text(decimals)),
        ]
    });
    ReportTable::new("contributions", &["contributor", "address", "weeks", "impact", "owed", "paid"], rows)
}

/// The table of contributors and weeks, by name, key and week.
fn weeks_table(contributions: &Contributions, decimals: u8) -> ReportTable {
    let mut entries: Vec<_> = contributions.by_key.iter().collect();
    entries.sort_by_key(|(key, entry)| (&entry.name, *key));
    let rows = entries.into_iter().flat_map(|(key, entry)| {
        entry.by_week().into_iter().map(move |(week, done)| {
            vec![
                Cell::Text(entry.name.clone()),
                Cell::Plain(key.address().map_or_else(String::new, |address| address.to_string())),
                Cell::Plain(week.to_string()),
                Cell::Plain(done.rows.to_string()),
                Cell::Plain(scaled_text(done.impact, DECIMALS_LIMIT)),
                Cell::Plain(done.owed.to_text(decimals)),
            ]
        })
    });
    let header = ["contributor", "address", "week", "contributions", "impact", "owed"];
    ReportTable::new("contributions_by_week", &header, rows)
}

/// The table of the treasury: one row.
fn treasury_table(treasury: Treasury, paid: Amount, kept: Amount, decimals: u8) -> ReportTable {
    let figures = [treasury.supply, treasury.before, treasury.minted, paid, kept];
    let row = figures.map(|figure| Cell::Plain(figure.to_text(decimals))).into();
    let header = ["supply", "treasury_before", "minted", "paid", "treasury_after"];
    ReportTable::new("treasury", &header, [row])
}

/// Figures for the pages; amounts in token units. `paid` counts what is held too.
#[derive(Debug, Serialize)]
struct Statistics {
    first_week: u64,
    last_week: u64,
    contributors: usize,
    contributions: usize,
    impact: String,
    owed: String,
    paid: String,
    supply: String,
    treasury_before: String,
    minted: String,
    treasury_after: String,
}

impl Statistics {
    fn new(
        contributions: &Contributions,
        treasury: Treasury,
        paid: Amount,
        kept: Amount,
        decimals: u8,
    ) -> Self {
        let text = |amount: Amount| amount.to_text(decimals);
        Self {
            first_week: treasury.weeks.0,
            last_week: treasury.weeks.1,
            contributors: contributions.by_key.len(),
            contributions: contributions.rows,
            impact: scaled_text(contributions.impact, DECIMALS_LIMIT),
            owed: text(contributions.owed),
            paid: text(paid),
            supply: text(treasury.supply),
            treasury_before: text(treasury.before),
            minted: text(treasury.minted),
            treasury_after: text(kept),
        }
    }
}
