//! praise-v1: members thank each other, quantifiers score the thanks, and tokens follow the scores.
//!
//! Source: the TEC's Rewards Analysis and Distribution dashboard (RAD); the rule reproduces the
//! rounds it published. Frozen as version 1.
//!
//! 1. The allocation's tokens T are what the round declares; when there are fewer praises than
//!    `ceiling_cutoff`, T shrinks to T x praises / cutoff. The pool is T rounded down to a unit. What
//!    the input `claimed` brings in does not shrink: it joins T for the three pools.
//! 2. Three pools: contributors, quantifiers and reward board get `contributor_share`,
//!    `quantifier_share` and `rewardboard_share` of the exact T, each rounded down at 6 decimals
//!    (or the token's, if it has fewer). What the floors leave is unallocated.
//! 3. Reward `praise`: a receiver's weight is the sum of AVG SCORE over the praises they got. AVG
//!    SCORE is an input and is not recomputed.
//! 4. Reward `quantifier`: every slot whose DUPLICATE ID is empty counts one for its quantifier,
//!    scored or not. A quantifier whose scores sum to zero took no part.
//! 5. Reward `rewardboard`: equal parts for the distinct addresses of the board.
//! 6. Who has no address has their amount held under their account id, else their name. The name
//!    shown is the quantifier's, else the receiver's; of several that of the earliest praise.
//!
//! A worked example: 100 tokens, shares 0.9, 0.07, 0.03. Heron got praises averaging 5 and 3,
//! Wren one averaging 4, so `praise` divides 90 as 8 : 4, which is 60 and 30. Both quantifiers
//! scored all three praises: 3.5 each. The board's one address gets 3.

mod analysis;
mod explain;
mod quantifiers;
mod settings;
pub(crate) mod table;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Method, Outcome, Request, Reward, collected};
use crate::address::Address;
use crate::amount::{Amount, Decimal, Weight, floor_of_fraction, power_of_ten};
use crate::error::{Error, Place};
use crate::recipient::{Key, Recipient};
use crate::tables::Table;
pub(super) use explain::explain_each;
use quantifiers::{Quantifier, quantifiers_of};
use settings::check_settings;
pub use settings::{Settings, UnlistedScores};
use table::{Praise, read_board, read_praises, read_table};

/// The reward names, in the order of their columns.
const REWARDS: [&str; 3] = ["praise", "quantifier", "rewardboard"];
/// Most decimals at which the three pools are cut.
const POOL_DECIMALS: u8 = 6;
/// Most quantifier slots of a praise.
const QUANTIFIERS_LIMIT: usize = 20;
/// Most entries of `allowed_values`.
const ALLOWED_VALUES_LIMIT: usize = 1000;

/// Everything that the rule divides by, read and checked.
#[derive(Debug)]
struct Input<'a> {
    declared: Amount,
    brought_in: Amount,
    shares: [Decimal; 3],
    cutoff: Option<u64>,
    praises: Vec<Praise<'a>>,
    board: &'a [Address],
    table_place: Place,
}

/// What the allocation's files and settings hold, before the rows are read.
struct Sources {
    settings: Settings,
    declared: Option<Amount>,
    shares: Option<[Decimal; 3]>,
    board: Vec<Address>,
    table: Table,
    read: BTreeSet<String>,
}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read_sources(request, &mut problems) else { return Err(problems) };
    let (input, quantifiers) = sources.rows(request, problems)?;
    let mut outcome = distribute(&input, &quantifiers, request).map_err(|error| vec![error])?;
    outcome.warnings =
        warnings::all(&input, &quantifiers, &sources.settings, &sources.table, &outcome, request);
    analysis::analyse(&input, &quantifiers, &sources.settings, &mut outcome, request);
    outcome.read = sources.read;
    Ok(outcome)
}

/// Settings, reward board and praise table; `None` where no rows can be read.
fn read_sources(request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Sources> {
    let settings: Settings = collected(request.settings(), problems)?;
    request.check_roles(Method::PraiseV1, problems);
    let declared = collected(request.declared(), problems);
    let shares = check_settings(&settings, request, problems);
    let mut read = BTreeSet::new();
    let board = match collected(request.optional_input("rewardboard"), problems).flatten() {
        Some((path, bytes)) => {
            read.insert(path.to_owned());
            read_board(path, bytes, problems)
        }
        None => Vec::new(),
    };
    let board_wanted = shares.is_some_and(|shares| !shares[2].is_zero());
    if board_wanted && !request.allocation.inputs.contains_key("rewardboard") {
        let (place, allocation) = (request.place(), request.name());
        problems.push(Error::InputMissing { place, allocation, role: "rewardboard" });
    }
    let table = read_praise_table(request, &settings, &mut read, problems)?;
    Some(Sources { settings, declared, shares, board, table, read })
}

impl Sources {
    /// The rows, and the quantifiers over all of them. They are read although the settings are wrong,
    /// so that all problems show at once; `problems` are those found before.
    fn rows(
        &self,
        request: &Request<'_>,
        mut problems: Vec<Error>,
    ) -> Result<(Input<'_>, BTreeMap<String, Quantifier<'_>>), Vec<Error>> {
        let praises = read_praises(&self.table, &self.settings, request, &mut problems);
        let (Some(declared), Some(shares)) = (self.declared, self.shares) else { return Err(problems) };
        let quantifiers = quantifiers_of(&praises, &mut problems);
        let input = Input {
            declared,
            brought_in: request.brought_in,
            shares,
            cutoff: self.settings.ceiling_cutoff,
            praises,
            board: &self.board,
            table_place: Place::file(self.table.path()),
        };
        if problems.is_empty() { Ok((input, quantifiers)) } else { Err(problems) }
    }
}

/// The praise table, its path noted in `read`.
fn read_praise_table(
    request: &Request<'_>,
    settings: &Settings,
    read: &mut BTreeSet<String>,
    problems: &mut Vec<Error>,
) -> Option<Table> {
    if settings.allowed_values.len() > ALLOWED_VALUES_LIMIT {
        return None; // reported already; every score would be compared with all of them
    }
    if !(1..=QUANTIFIERS_LIMIT).contains(&settings.quantifiers) {
        problems.push(request.out_of_range("quantifiers", settings.quantifiers as u64, "1 to 20"));
        return None;
    }
    let (path, bytes) = collected(request.input("praise"), problems)?;
    read.insert(path.to_owned());
    read_table(path, bytes, settings).map_err(|found| problems.extend(found)).ok()
}

/// A pool and the weights that divide it.
struct Pool {
    reward: &'static str,
    amount: Amount,
    weights: BTreeMap<Key, Weight>,
}

/// The three pools, in the order of their columns.
fn pools_of(
    input: &Input<'_>,
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
    request: &Request<'_>,
) -> Result<Vec<Pool>, Error> {
    let weights =
        [received_weights(&input.praises)?, quantified_weights(quantifiers), board_weights(input.board)];
    let pools = REWARDS.into_iter().zip(input.shares).zip(weights);
    let pool = |((reward, share), weights)| {
        Ok(Pool { reward, amount: pool_of(input, Some(share), request)?, weights })
    };
    pools.map(pool).collect()
}

/// The rule: three pools, each apportioned.
fn distribute(
    input: &Input<'_>,
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
    request: &Request<'_>,
) -> Result<Outcome, Error> {
    let mut rewards = Vec::new();
    for Pool { reward, amount, weights } in pools_of(input, quantifiers, request)? {
        let zero = || weights.keys().map(|key| (key.clone(), Amount::ZERO)).collect();
        let parts = request.apportion(reward, amount, &weights, &input.table_place)?;
        rewards.push(Reward { name: reward.to_owned(), pool: amount, amounts: parts.unwrap_or_else(zero) });
    }
    Ok(Outcome {
        declared: input.declared,
        pool: pool_of(input, None, request)?,
        rewards,
        recipients: recipients_of(input, quantifiers),
        ..Outcome::default()
    })
}

/// The allocation's pool, or with a share that reward's pool, which is cut at
/// [`POOL_DECIMALS`]: the floor of (declared x praises / cutoff + brought in) x share, exact until the
/// one floor.
fn pool_of(input: &Input<'_>, share: Option<Decimal>, request: &Request<'_>) -> Result<Amount, Error> {
    let rows = input.praises.len() as u128;
    let cutoff = input.cutoff.map(u128::from).filter(|cutoff| rows < *cutoff);
    let (praises, cutoff) = cutoff.map_or((1, 1), |cutoff| (rows, cutoff));
    let quantum = if share.is_some() {
        power_of_ten(request.decimals().saturating_sub(POOL_DECIMALS))
    } else {
        Some(1)
    };
    let (digits, scale) = share.map_or((1, 0), Decimal::fraction);
    let brought_in = share.map_or(Amount::ZERO, |_| input.brought_in).units();
    let units = power_of_ten(scale).zip(quantum).and_then(|(scale, quantum)| {
        let parts = if brought_in == 0 {
            [input.declared.units(), praises]
        } else {
            let shrunk = input.declared.units().checked_mul(praises)?;
            [shrunk.checked_add(brought_in.checked_mul(cutoff)?)?, 1]
        };
        let steps = floor_of_fraction(&[parts[0], parts[1], digits], &[cutoff, scale, quantum])?;
        steps.checked_mul(quantum)
    });
    let overflow = || Error::Overflow { place: request.place(), what: "the pool".to_owned() };
    units.map(Amount::from_units).ok_or_else(overflow)
}

/// The key of a praise's receiver.
fn receiver_key(praise: &Praise<'_>) -> Key {
    let (name, account, address) = praise.receiver;
    Key::of(address, account, name)
}

/// The most decimals that any average score has.
fn scale_of(praises: &[Praise<'_>]) -> u8 {
    praises.iter().map(|praise| praise.average.scale()).max().unwrap_or(0)
}

/// Weight by receiver: the sum of average scores, scaled to the most decimals any of them has.
/// An overflow names the row that brings it about.
fn received_weights(praises: &[Praise<'_>]) -> Result<BTreeMap<Key, Weight>, Error> {
    let scale = scale_of(praises);
    let mut weights: BTreeMap<Key, Weight> = BTreeMap::new();
    let mut total = Weight::ZERO;
    for praise in praises {
        let overflow =
            || Error::Overflow { place: praise.place.clone(), what: "AVG SCORE up to this row".to_owned() };
        let score = praise.average.scaled(scale).ok_or_else(overflow)?;
        total = total.checked_add(score).ok_or_else(overflow)?;
        *weights.entry(receiver_key(praise)).or_default() += score;
    }
    Ok(weights)
}

/// Weight by quantifier: the slots that count, of those who took part.
fn quantified_weights(quantifiers: &BTreeMap<String, Quantifier<'_>>) -> BTreeMap<Key, Weight> {
    let mut weights: BTreeMap<Key, Weight> = BTreeMap::new();
    for quantifier in quantifiers.values().filter(|quantifier| quantifier.took_part) {
        *weights.entry(quantifier.key()).or_default() += Weight::from(quantifier.count);
    }
    weights
}

/// Weight by board member: one each.
fn board_weights(board: &[Address]) -> BTreeMap<Key, Weight> {
    board.iter().map(|address| (Key::from(*address), Weight::from(1_u8))).collect()
}

/// A name and where it was used: the smallest (date, praise id, slot) wins.
type NameSeen<'a> = ((Timestamp, &'a str, usize), &'a str);

/// Who the keys are: names of quantifiers before those of receivers, account ids of receivers.
fn recipients_of(
    input: &Input<'_>,
    quantifiers: &BTreeMap<String, Quantifier<'_>>,
) -> BTreeMap<Key, Recipient> {
    let mut recipients: BTreeMap<Key, Recipient> = BTreeMap::new();
    let mut receiver_names: BTreeMap<Key, NameSeen<'_>> = BTreeMap::new();
    for praise in &input.praises {
        let (name, account, _) = praise.receiver;
        let key = receiver_key(praise);
        let recipient = recipients.entry(key.clone()).or_default();
        if !account.is_empty() {
            recipient.accounts.insert(account.to_owned());
        }
        note_name(&mut receiver_names, key, ((praise.date, praise.id, 0), name));
    }
    let mut quantifier_names: BTreeMap<Key, NameSeen<'_>> = BTreeMap::new();
    for quantifier in quantifiers.values().filter(|quantifier| quantifier.took_part) {
        let key = quantifier.key();
        recipients.entry(key.clone()).or_default();
        note_name(&mut quantifier_names, key, (quantifier.first, quantifier.name));
    }
    for address in input.board {
        recipients.entry(Key::from(*address)).or_default();
    }
    for (key, (_, name)) in receiver_names.into_iter().chain(quantifier_names) {
        if let Some(recipient) = recipients.get_mut(&key) {
            name.clone_into(&mut recipient.name);
        }
    }
    recipients
}

/// Keeps the earliest use of a name; empty names do not count.
fn note_name<'a>(names: &mut BTreeMap<Key, NameSeen<'a>>, key: Key, seen: NameSeen<'a>) {
    if seen.1.is_empty() {
        return;
    }
    let known = names.entry(key).or_insert(seen);
    if seen.0 < known.0 {
        *known = seen;
    }
}
