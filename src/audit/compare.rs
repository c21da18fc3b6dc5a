//! What was published of a round against what its rules give, person by person.
//!
//! *Equal* means to a billionth of the amount: the published numbers are floats of some 16 digits.
//! *Differs by rounding* is what RAD's own rounding explains, and no more:
//! * it cut the pools of the praise rewards at 6 decimals in floats, so that 124.62 became 124.619999:
//!   then nobody differs by more than their part of a millionth of a token of each reward;
//! * a token of few decimals: at most one of its smallest units a reward;
//! * sums of SourceCred above their pool by a millionth at most, which RAD paid as they were, and which are
//!   divided here: everybody's amount is the same part larger.

use std::collections::{BTreeMap, BTreeSet};

use super::published::{Entry, Kind, Published, Who};
use super::{Exact, Grade};
use crate::amount::Amount;
use crate::methods::Outcome;

/// Amounts that differ by less than one part in this many are equal.
const EQUAL_PARTS: u64 = 1_000_000_000;
/// One part in this many of a sum above its pool is the exporter's dust (sourcecred-v1).
const DUST_PARTS: u64 = 1_000_000;
/// Decimals at which RAD cut the pools of the praise rewards.
const POOL_DECIMALS: u8 = 6;

/// A published file compared with what is computed.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The worst of all people.
    pub grade: Grade,
    /// How many people were compared: all of the file, and all to whom the rules give something.
    pub people: usize,
    /// The sum of the published amounts.
    pub published: Exact,
    /// The sum of the computed amounts.
    pub recomputed: Exact,
    /// Everybody whose amounts are not the same to the last digit: the largest difference first.
    pub differences: Vec<Difference>,
    /// People to whom the rules give something and who do not stand in the file.
    pub not_published: usize,
    /// People of the file to whom the rules give nothing and who are not known to them.
    pub not_recomputed: usize,
    /// Why the amounts differ by rounding; `None` where they do not.
    pub rounding: Option<Rounding>,
}

impl Comparison {
    /// The published sum less the computed one, with its sign.
    pub fn sum_difference(&self) -> String {
        Exact::difference_text(self.published, self.recomputed)
    }
}

/// What explains differences by rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// The token has few decimals.
    SmallestUnit,
    /// RAD cut its pools at 6 decimals.
    Pools,
    /// SourceCred's amounts came to a little more than the pool.
    Dust,
}

/// A person whose published amount is not the computed one.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Who it is.
    pub who: Who,
    /// The name; may be empty.
    pub name: String,
    /// What differs: `total`, or the reward where only the parts of the total differ.
    pub column: &'static str,
    /// The published amount; `None` where the person does not stand in the file.
    pub published: Option<Exact>,
    /// The computed amount; `None` where the rules do not know the person.
    pub recomputed: Option<Exact>,
    /// How bad it is.
    pub grade: Grade,
}

impl Difference {
    /// How far the amounts are apart.
    pub fn size(&self) -> Exact {
        self.published.unwrap_or_default().distance(self.recomputed.unwrap_or_default())
    }

    /// Published less computed, with its sign.
    pub fn to_text(&self) -> String {
        Exact::difference_text(self.published.unwrap_or_default(), self.recomputed.unwrap_or_default())
    }
}

/// What the rules give to one person.
#[derive(Debug, Clone, Default)]
struct Due {
    name: String,
    total: Exact,
    rewards: BTreeMap<&'static str, Exact>,
}

/// What the rules give, and how far rounding may move it.
struct Expected {
    people: BTreeMap<Who, Due>,
    /// The sum of each reward.
    pools: BTreeMap<&'static str, Exact>,
    /// The smallest unit of the token.
    unit: Exact,
    /// What the pools were cut at.
    quantum: Exact,
    is_sourcecred: bool,
    /// The pool of SourceCred, where all of it is divided.
    divided: Option<Exact>,
}

/// Compares a published file with the outcome of its allocation; `None` where the round allocates
/// nothing to it.
pub fn compare(kind: Kind, published: &Published, outcome: Option<&Outcome>, decimals: u8) -> Comparison {
    let expected = Expected::of(kind, outcome, decimals);
    let known: BTreeSet<&Who> = published.keys().chain(expected.people.keys()).collect();
    let mut comparison = Comparison {
        grade: Grade::Equal,
        people: 0,
        published: Exact::ZERO,
        recomputed: Exact::ZERO,
        differences: Vec::new(),
        not_published: 0,
        not_recomputed: 0,
        rounding: None,
    };
    let dust = expected.dust(published);
    for who in known {
        let (entry, due) = (published.get(who), expected.people.get(who));
        let (paid, owed) = (total_of(entry), due.map_or(Exact::ZERO, |due| due.total));
        if entry.is_none() && owed == Exact::ZERO {
            continue; // files leave people out who get nothing
        }
        comparison.people += 1;
        comparison.published = comparison.published.plus(paid);
        comparison.recomputed = comparison.recomputed.plus(owed);
        comparison.not_published += usize::from(entry.is_none());
        comparison.not_recomputed += usize::from(due.is_none() && paid != Exact::ZERO);
        if let Some(found) = expected.difference(who, entry, due, dust.as_ref()) {
            comparison.grade = comparison.grade.max(found.grade);
            comparison.differences.push(found);
        }
    }
    if comparison.grade == Grade::Rounding {
        comparison.rounding = Some(expected.rounding(&comparison.differences));
    }
    comparison.differences.sort_by(|left, right| {
        right.size().cmp(&left.size()).then_with(|| left.who.cmp(&right.who)) // who is distinct
    });
    comparison
}

fn total_of(entry: Option<&Entry>) -> Exact {
    entry.map_or(Exact::ZERO, |entry| entry.total)
}

impl Expected {
    fn of(kind: Kind, outcome: Option<&Outcome>, decimals: u8) -> Self {
        let exact = |amount| Exact::of(amount, decimals);
        let is_sourcecred = kind == Kind::Sourcecred;
        let unit = exact(Amount::from_units(1));
        let quantum = Exact::of(Amount::from_units(1), decimals.min(POOL_DECIMALS));
        let (people, pools) = (BTreeMap::new(), BTreeMap::new());
        let mut expected = Self { people, pools, unit, quantum, is_sourcecred, divided: None };
        let Some(outcome) = outcome else { return expected };
        for reward in &outcome.rewards {
            let Some(name) = reward_name(&reward.name) else { continue };
            for (key, amount) in &reward.amounts {
                let amount = exact(*amount);
                let pool = expected.pools.entry(name).or_default();
                *pool = pool.plus(amount);
                if kind == Kind::Payments && key.address().is_none() {
                    continue; // nobody can be paid without an address
                }
                let person = outcome.recipients.get(key).map_or("", |person| &person.name);
                let due = expected.people.entry(Who::of(key, person)).or_default();
                person.clone_into(&mut due.name);
                due.total = due.total.plus(amount);
                let part = due.rewards.entry(name).or_default();
                *part = part.plus(amount);
            }
        }
        let sum = expected.pools.values().fold(Exact::ZERO, |sum, pool| sum.plus(*pool));
        expected.divided = Some(exact(outcome.pool)).filter(|pool| is_sourcecred && *pool == sum);
        expected
    }

    /// The difference of one person, if there is any.
    fn difference(
        &self,
        who: &Who,
        entry: Option<&Entry>,
        due: Option<&Due>,
        dust: Option<&(Exact, Exact)>,
    ) -> Option<Difference> {
        let (paid, owed) = (total_of(entry), due.map_or(Exact::ZERO, |due| due.total));
        let mut found = [("total", paid, owed)].to_vec();
        found.extend(entry.iter().flat_map(|entry| &entry.rewards).map(|(reward, paid)| {
            let owed = due.and_then(|due| due.rewards.get(reward)).copied().unwrap_or_default();
            (*reward, *paid, owed)
        }));
        let graded = found.into_iter().filter(|(_, paid, owed)| paid != owed).map(|(column, paid, owed)| {
            let enlarged = dust.map(|(sum, pool)| owed.share_of(*sum, *pool));
            (grade(paid, owed, self.slack(due, column), enlarged), column, paid, owed)
        });
        // The total stands first, and tells of its parts where they are no worse.
        let worst = graded.reduce(|worst, next| if next.0 > worst.0 { next } else { worst });
        let (grade, column, paid, owed) = worst?;
        let given = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        let name =
            due.and_then(|due| given(&due.name)).or_else(|| entry.and_then(|entry| given(&entry.name)));
        let is_gap = entry.is_none() || due.is_none() && paid != Exact::ZERO;
        Some(Difference {
            who: who.clone(),
            name: name.unwrap_or_default(),
            column,
            published: entry.map(|_| paid),
            recomputed: due.map(|_| owed),
            grade: if is_gap { Grade::Differs } else { grade },
        })
    }

    /// How far the smallest units and the cut pools can move what a person gets.
    fn slack(&self, due: Option<&Due>, column: &str) -> Exact {
        let rewards = due.iter().flat_map(|due| &due.rewards);
        let rewards = rewards.filter(|(reward, _)| column == "total" || **reward == column);
        rewards.fold(Exact::ZERO, |slack, (reward, amount)| {
            let pool = self.pools.get(reward).copied().unwrap_or_default();
            let part = if self.is_sourcecred { Exact::ZERO } else { amount.share_of(self.quantum, pool) };
            slack.plus(self.unit).plus(part)
        })
    }

    /// The published sum of SourceCred and the pool, where the whole pool is divided and the sum is above
    /// it by the dust of an exporter: what was published is then larger in this proportion.
    fn dust(&self, published: &Published) -> Option<(Exact, Exact)> {
        let pool = self.divided?;
        let sum = published.values().fold(Exact::ZERO, |sum, entry| sum.plus(entry.total));
        (sum > pool && sum.distance(pool) <= pool.part(DUST_PARTS)).then_some((sum, pool))
    }

    /// What explains all of these differences.
    fn rounding(&self, differences: &[Difference]) -> Rounding {
        let is_unit = |difference: &Difference| {
            let rewards = if difference.column == "total" { self.pools.len() } else { 1 };
            let units = (0..rewards).fold(Exact::ZERO, |units, _| units.plus(self.unit));
            difference.grade != Grade::Rounding || difference.size() <= units
        };
        if differences.iter().all(is_unit) {
            Rounding::SmallestUnit
        } else if self.is_sourcecred {
            Rounding::Dust
        } else {
            Rounding::Pools
        }
    }
}

/// How bad it is that `paid` was published where `owed` is due. Rounding may move it by `slack`, or make it
/// `enlarged`.
fn grade(paid: Exact, owed: Exact, slack: Exact, enlarged: Option<Exact>) -> Grade {
    let float = paid.max(owed).part(EQUAL_PARTS);
    let is_near = |expected: Exact, slack: Exact| paid.distance(expected) <= float.plus(slack);
    if is_near(owed, Exact::ZERO) {
        Grade::Equal
    } else if is_near(owed, slack) || enlarged.is_some_and(|enlarged| is_near(enlarged, slack)) {
        Grade::Rounding
    } else {
        Grade::Differs
    }
}

/// The rewards of RAD's systems.
fn reward_name(name: &str) -> Option<&'static str> {
    ["praise", "quantifier", "rewardboard", "sourcecred"].into_iter().find(|known| *known == name)
}
