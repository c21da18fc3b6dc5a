//! sourcecred-v1: amounts that another program (SourceCred) computed, as weights or as they stand.
//!
//! Source: the TEC's Rewards Analysis and Distribution dashboard (RAD), which paid the amounts as they
//! stand. Frozen as version 1.
//!
//! With `amounts: proportional` the pool is apportioned by the file's amounts. With `as-given` the
//! file's amounts are paid as they stand:
//! * a sum up to the pool pays the amounts; the rest is unallocated;
//! * a sum above the pool by at most one millionth of it is exporter dust: the pool is apportioned;
//! * more is an error, unless `over_pool: record`, which sets the pool to the file's sum.
//!
//! What the input `claimed` brings in joins the pool of `proportional`; with `as-given` it is an error.
//!
//! Rows of one address are added, and the name smallest in bytes is shown. Without an address the
//! amount is held for the name.
//!
//! A worked example: pool 10, as given, amounts 6 and 3. They are paid, and 1 is unallocated. With
//! amounts 6 and 4.00001 the sum is above the pool by one part in a million, so 10 is apportioned
//! as 6 : 4.00001.

mod explain;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Method, Outcome, Request, Reward, collected, is_shown_before};
use crate::amount::{Amount, Weight};
use crate::error::{Error, Place, Warning};
use crate::recipient::{Key, Recipient};
use crate::tables::Table;
pub(super) use explain::explain_each;

/// The reward's name.
const REWARD: &str = "sourcecred";
/// The columns of the file.
pub(crate) const COLUMNS: [&str; 3] = ["name", "address", "vested_amount"];
/// A sum above the pool by at most one part in this many is exporter dust.
const DUST_PARTS: u128 = 1_000_000;

/// The settings of sourcecred-v1.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of sourcecred-v1")]
pub struct Settings {
    /// Whether the file's amounts are weights or amounts.
    #[serde(default)]
    pub amounts: Amounts,
    /// What to do when amounts as given sum to more than the pool.
    #[serde(default)]
    pub over_pool: OverPool,
}

/// Whether the file's amounts are weights or amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Amounts {
    /// The pool is divided in proportion to them.
    #[default]
    Proportional,
    /// They are paid as they stand (RAD rounds).
    AsGiven,
}

/// What to do when amounts as given sum to more than the pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OverPool {
    /// The round is refused.
    #[default]
    Refuse,
    /// The round is taken with a warning, and the pool is the file's sum.
    Record,
}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let sound = read(request)?;
    let statistics = report::statistics(&sound, request.decimals());
    let Sound { path, declared, pool, divisible, settings, vested, warnings } = sound;
    let amounts =
        divided(divisible, &vested, &settings, request, &Place::file(path)).map_err(|error| vec![error])?;
    let tables = vec![report::table(&vested, &amounts, request.decimals())];
    let recipients = vested.people;
    Ok(Outcome {
        declared,
        pool,
        rewards: vec![Reward { name: REWARD.to_owned(), pool: divisible, amounts }],
        recipients,
        read: BTreeSet::from([path.to_owned()]),
        tables,
        statistics,
        warnings,
        ..Outcome::default()
    })
}

/// What was read, sound.
struct Sound<'a> {
    path: &'a str,
    declared: Amount,
    pool: Amount,
    /// The pool with what is brought in.
    divisible: Amount,
    settings: Settings,
    vested: Vested,
    warnings: Vec<Warning>,
}

/// Reads and checks everything.
fn read<'a>(request: &Request<'a>) -> Result<Sound<'a>, Vec<Error>> {
    let settings: Settings = request.settings().map_err(|error| vec![error])?;
    let mut problems = Vec::new();
    request.check_roles(Method::SourcecredV1, &mut problems);
    let declared = collected(request.declared(), &mut problems);
    if settings.amounts == Amounts::AsGiven {
        request.refuse_claimed("`amounts` is `as-given`: another program gave them", &mut problems);
    }
    let Some((path, bytes)) = collected(request.input("sourcecred"), &mut problems) else {
        return Err(problems);
    };
    let table = Table::read(path, bytes, &COLUMNS).map_err(|found| problems.extend(found)).ok();
    let Some(table) = table else { return Err(problems) };
    let vested = read_vested(&table, request, &mut problems);
    let (Some(vested), Some(declared)) = (vested, declared) else { return Err(problems) };
    if !problems.is_empty() {
        return Err(problems);
    }
    let (pool, warnings) =
        pool_of(declared, &vested, &settings, request, path).map_err(|error| vec![error])?;
    let divisible = request.with_brought_in(pool).map_err(|error| vec![error])?;
    Ok(Sound { path, declared, pool, divisible, settings, vested, warnings })
}

/// The file's amounts by recipient key, and who they are.
struct Vested {
    amounts: BTreeMap<Key, Amount>,
    sum: Amount,
    people: BTreeMap<Key, Recipient>,
    /// The rows of each: where they stand, and their amounts.
    rows: BTreeMap<Key, Vec<(Place, Amount)>>,
}

/// Reads the rows; rows of one address are added.
fn read_vested(table: &Table, request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Vested> {
    let mut amounts: BTreeMap<Key, Amount> = BTreeMap::new();
    let mut people: BTreeMap<Key, Recipient> = BTreeMap::new();
    let mut rows: BTreeMap<Key, Vec<(Place, Amount)>> = BTreeMap::new();
    let mut sum = Some(Amount::ZERO);
    for row in table.rows() {
        let text = row.field("vested_amount").trim();
        let amount = if text.is_empty() {
            Err(Error::ValueMissing { place: row.place(), what: "vested_amount".to_owned() })
        } else {
            Amount::parse(text, request.decimals(), &row.place(), "vested_amount")
        };
        let amount = collected(amount, problems);
        let name = collected(row.name("name"), problems);
        let address = collected(row.address("address"), problems);
        let (Some(amount), Some(name), Some(address)) = (amount, name, address) else { continue };
        if name.is_empty() && address.is_none() {
            problems.push(Error::ValueMissing { place: row.place(), what: "name".to_owned() });
            continue;
        }
        sum = sum.and_then(|sum| sum.checked_add(amount));
        if sum.is_none() {
            problems.push(Error::Overflow {
                place: row.place(),
                what: "vested_amount up to this row".to_owned(),
            });
            return None;
        }
        let key = Key::of(address, "", name);
        let entry = amounts.entry(key.clone()).or_default();
        *entry = entry.checked_add(amount)?; // at most the sum, which fits
        rows.entry(key.clone()).or_default().push((row.place(), amount));
        let person = people
            .entry(key)
            .or_insert_with(|| Recipient { name: name.to_owned(), accounts: BTreeSet::new() });
        if is_shown_before(name, &person.name) {
            name.clone_into(&mut person.name);
        }
    }
    Some(Vested { amounts, sum: sum?, people, rows })
}

/// The pool: what is declared, or the file's sum where it is above and recorded.
fn pool_of(
    declared: Amount,
    vested: &Vested,
    settings: &Settings,
    request: &Request<'_>,
    path: &str,
) -> Result<(Amount, Vec<Warning>), Error> {
    let decimals = request.decimals();
    let place = Place::file(path);
    let symbol = &request.plan.token.symbol;
    let as_given = settings.amounts == Amounts::AsGiven;
    let Some(excess) = vested.sum.checked_sub(declared).filter(|excess| as_given && *excess != Amount::ZERO)
    else {
        let nothing = vested.sum == Amount::ZERO && declared != Amount::ZERO;
        let warning = || Warning::new(place.clone(), "all amounts are zero: the pool stays unallocated");
        return Ok((declared, if nothing { vec![warning()] } else { Vec::new() }));
    };
    let (sum, pool) = (vested.sum.to_text(decimals), declared.to_text(decimals));
    if is_dust(excess, declared) {
        let text = format!(
            "the amounts sum to {sum} {symbol}, {} above the pool of {pool}: exporter dust, the pool is divided in proportion",
            excess.to_text(decimals)
        );
        return Ok((declared, vec![Warning::new(place, text)]));
    }
    if settings.over_pool == OverPool::Record {
        let text = format!(
            "the amounts sum to {sum} {symbol}, more than the pool of {pool}: the file's sum is paid, because `over_pool` is `record`"
        );
        return Ok((vested.sum, vec![Warning::new(place, text)]));
    }
    let allocation = request.name();
    Err(Error::AmountsAbovePool { place, sum, pool, symbol: symbol.as_str().into(), allocation })
}

/// Whether (sum - pool) x 10^6 <= pool.
fn is_dust(excess: Amount, pool: Amount) -> bool {
    excess.units().checked_mul(DUST_PARTS).is_some_and(|parts| parts <= pool.units())
}

/// What everyone gets of the pool.
fn divided(
    pool: Amount,
    vested: &Vested,
    settings: &Settings,
    request: &Request<'_>,
    place: &Place,
) -> Result<BTreeMap<Key, Amount>, Error> {
    if is_as_given(pool, vested, settings) {
        return Ok(vested.amounts.clone());
    }
    let zero = || vested.amounts.keys().map(|key| (key.clone(), Amount::ZERO)).collect();
    Ok(request.apportion(REWARD, pool, &vested.weights(), place)?.unwrap_or_else(zero))
}

/// Whether the file's amounts are paid as they stand.
fn is_as_given(pool: Amount, vested: &Vested, settings: &Settings) -> bool {
    settings.amounts == Amounts::AsGiven && vested.sum <= pool
}

impl Vested {
    /// The amounts as weights.
    fn weights(&self) -> BTreeMap<Key, Weight> {
        self.amounts.iter().map(|(key, amount)| (key.clone(), Weight::from(amount.units()))).collect()
    }
}
