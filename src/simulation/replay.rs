//! The closed rounds of a ledger once more, with other settings: who would have got more, who less.
//!
//! Every closed round is divided again, in the order of closing, from the inputs of its latest revision, as
//! if it had been closed once and right. Each goes on from what the one before left, on both sides: so what
//! a method keeps, what is held, and what follows from a change in later rounds is that of its own history.
//! Both sides are computed in this way, so that nothing but the change can differ between them.
//!
//! What somebody gets of a round is what its methods give them, whether it is paid or held. What was held
//! and is released later is not counted again, and nothing is taken off for what was paid too much.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::concentration::Concentration;
use super::plan;
use crate::amount::{Amount, Balance};
use crate::calculate::{Money, Snapshot, earlier_results, money};
use crate::diff::recipients::Recipient;
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{Content, Files};
use crate::ledger::Ledger;
use crate::ledger::plan::{Allocation, Plan};
use crate::ledger::round_id::RoundId;
use crate::methods::Method;
use crate::recipient::Key;
use crate::statement::{CARRY_FILE, DISTRIBUTION_FILE, Record};

/// What stands for the amount of an allocation, beside the settings of its method.
const POOL: &str = "pool";

/// A closed round, as it was before its latest revision was closed.
#[derive(Debug)]
pub struct ClosedRound {
    /// The round.
    pub round: RoundId,
    /// The latest revision.
    pub revision: u32,
    /// The ledger as it stood then.
    pub ledger: Ledger,
    /// The files as they stood then.
    pub files: Files,
}

/// A change of all allocations of a name or of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// As it is given: `praise.contributor_share=0.85`.
    pub given: String,
    /// The name of an allocation, or the id of a method.
    allocation: String,
    /// The setting, with dots into groups; or `pool`.
    setting: String,
    value: Value,
}

/// What a round comes to on one side.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The round.
    pub round: RoundId,
    /// The bytes of distribution.csv.
    pub distribution: Vec<u8>,
    /// What the methods give to people, paid or held.
    pub due: Amount,
    /// What the allocations keep for later rounds.
    pub kept: Balance,
    /// What nobody gets.
    pub unallocated: Balance,
    /// How concentrated it is.
    pub concentration: Concentration,
}

/// All rounds of one side.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// The rounds, in the order of closing.
    pub rounds: Vec<Replayed>,
    /// What everybody is due of all rounds, by address or key.
    due: BTreeMap<String, Recipient>,
    /// Under which address somebody is known whose held amounts were released.
    released: BTreeMap<String, Key>,
}

impl Change {
    /// Reads `ALLOCATION.SETTING=VALUE`. A value that reads as JSON is what it reads as, else a text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid =
            |reason: &str| Error::ReplayChange { given: Shown::from(text), reason: Shown::sentence(reason) };
        let (name, value) = text.split_once('=').ok_or_else(|| invalid("there is no `=` with a value"))?;
        let (allocation, setting) = name
            .trim()
            .split_once('.')
            .ok_or_else(|| invalid("there is no `.` between allocation and setting"))?;
        if allocation.is_empty() || setting.split('.').any(str::is_empty) {
            return Err(invalid("the name of the allocation or of the setting is empty"));
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        Ok(Self {
            given: text.to_owned(),
            allocation: allocation.to_owned(),
            setting: setting.to_owned(),
            value,
        })
    }

    fn refused(&self, reason: &str) -> Error {
        Error::ReplayChange { given: Shown::from(&self.given), reason: Shown::sentence(reason) }
    }

    /// Changes an allocation.
    fn apply(&self, allocation: &mut Allocation, decimals: u8) -> Result<(), Error> {
        if self.setting == POOL {
            let text = self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned);
            let amount = Amount::parse(&text, decimals, &Place::file("--set"), POOL);
            let reason = format!("the pool must be a plain number of at most {decimals} decimals");
            allocation.declared = Some(amount.map_err(|_| self.refused(&reason))?);
            return Ok(());
        }
        let method = Method::parse(&allocation.method);
        let first = self.setting.split('.').next().unwrap_or_default();
        if let Some(method) = method {
            let known = settings_of(method);
            if !known.iter().any(|name| name == first) {
                return Err(Error::ReplaySettingUnknown {
                    method: method.id(),
                    name: Shown::from(first),
                    known: known.join(", "),
                });
            }
        }
        // Where ledger.json overrides the setting of a RAD folder, that is what counts.
        let overridden: Option<&mut Map<String, Value>> =
            Some(&mut allocation.overrides).filter(|overrides| overrides.contains_key(first));
        for settings in [Some(&mut allocation.settings), overridden].into_iter().flatten() {
            plan::set(settings, &self.setting, &self.value);
        }
        Ok(())
    }
}

/// The names of the settings of a method.
fn settings_of(method: Method) -> Vec<String> {
    let schema = method.settings_schema();
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map_or_else(Vec::new, |all| all.keys().cloned().collect())
}

/// The plans of the rounds, and what they become with the changes. These hold in the rounds `only`, or in
/// all where none is named. All that is wrong with the changes at once.
pub fn changed_plans(
    rounds: &[ClosedRound],
    changes: &[Change],
    only: &[String],
) -> Result<(Vec<Plan>, Vec<Plan>), Problems> {
    let plans = rounds.iter().map(|it| Plan::read(&it.files, &it.ledger, &it.round, it.revision));
    let before: Vec<Plan> = plans.collect::<Result<_, _>>()?;
    let mut after = before.clone();
    let is_changed =
        |plan: &&mut Plan| only.is_empty() || only.iter().any(|round| round == plan.round.as_str());
    let mut problems: Vec<Error> = Vec::new();
    for change in changes {
        let mut allocations: Vec<(&mut Allocation, u8)> = Vec::new();
        for plan in after.iter_mut().filter(is_changed) {
            let decimals = plan.token.decimals;
            allocations.extend(plan.allocations.iter_mut().map(|allocation| (allocation, decimals)));
        }
        // A name comes before a method of that name.
        let is_name = allocations.iter().any(|(allocation, _)| allocation.name == change.allocation);
        let is_meant = |it: &Allocation| if is_name { &it.name } else { &it.method } == &change.allocation;
        if !allocations.iter().any(|(allocation, _)| is_meant(allocation)) {
            let known: BTreeSet<&str> =
                allocations.iter().flat_map(|(it, _)| [it.name.as_str(), it.method.as_str()]).collect();
            problems.push(Error::ReplayAllocationUnknown {
                name: Shown::from(&change.allocation),
                known: Shown::from(known.into_iter().collect::<Vec<_>>().join(", ")),
            });
        }
        for (allocation, decimals) in allocations.into_iter().filter(|(allocation, _)| is_meant(allocation)) {
            if let Err(problem) = change.apply(allocation, decimals)
                && !problems.contains(&problem)
            {
                problems.push(problem);
            }
        }
    }
    Problems::unless_empty(problems, (before, after))
}

/// Divides the rounds by these plans, one on the other. Where it fails, the round and all its problems.
pub fn replay(rounds: &mut [ClosedRound], plans: &[Plan]) -> Result<Side, (RoundId, Problems)> {
    let mut record = Record::default();
    let mut done: Vec<Money> = Vec::new();
    let mut side = Side::default();
    for (closed, plan) in rounds.iter_mut().zip(plans) {
        if let Some(last) = done.last() {
            let path = format!("{}/{CARRY_FILE}", last.recorded.folder);
            closed.files.insert(path, Content::File(last.carry.clone()));
        }
        let round = (&closed.round, closed.revision);
        let earlier = earlier_results(&closed.files, &closed.ledger, round, &record);
        for money in &done {
            let path = format!("{}/{DISTRIBUTION_FILE}", money.recorded.folder);
            if earlier.contains(&path) {
                closed.files.insert(path, Content::File(money.distribution.clone()));
            }
        }
        let snapshot = Snapshot { files: &closed.files, record: &record };
        let failed = |problems: Problems| (closed.round.clone(), problems);
        let money = money(snapshot, &closed.ledger, plan).map_err(failed)?;
        side.add(&money, plan).map_err(|error| failed(error.into()))?;
        record.push(money.recorded.clone());
        done.push(money);
    }
    Ok(side)
}

impl Side {
    fn add(&mut self, money: &Money, plan: &Plan) -> Result<(), Error> {
        let overflow =
            || Error::Overflow { place: Place::file(&plan.file), what: "what all rounds give".to_owned() };
        for (line, amount) in &money.due {
            let payee = line.key.to_string();
            let row = self.due.entry(payee).or_insert_with(|| Recipient {
                name: String::new(),
                address: line.key.address(),
                key: if line.key.address().is_some() { String::new() } else { line.key.to_string() },
                accounts: Vec::new(),
                total: Amount::ZERO,
            });
            let accounts = line.accounts().map(str::to_owned).collect();
            add(row, &line.name(), accounts, *amount).ok_or_else(overflow)?;
        }
        for (key, held) in &money.releases {
            self.released.insert(held.key.clone(), key.clone());
        }
        let predicate = &money.recorded.statement.predicate;
        let (mut kept, mut unallocated) = (Balance::ZERO, Balance::ZERO);
        for allocation in predicate.allocations.iter().filter(|it| it.name != crate::statement::HELD) {
            let invalid = |reason| Error::RecordInvalid { place: Place::file(&plan.file), reason };
            let [.., own_kept, own_unallocated] =
                allocation.sums.balances(plan.token.decimals).map_err(invalid)?;
            kept = kept.checked_add(own_kept).ok_or_else(overflow)?;
            unallocated = unallocated.checked_add(own_unallocated).ok_or_else(overflow)?;
        }
        let due = Amount::sum(money.due.iter().map(|(_, amount)| *amount)).ok_or_else(overflow)?;
        self.rounds.push(Replayed {
            round: plan.round.clone(),
            distribution: money.distribution.clone(),
            due,
            kept,
            unallocated,
            concentration: Concentration::of(money.due.iter().map(|(_, amount)| amount.units())),
        });
        Ok(())
    }

    /// What everybody is due of all rounds. Whose held amounts are released to an address, on this side or
    /// on the other, stands under that address.
    pub fn recipients(&self, other: &Self) -> Result<Vec<Recipient>, Error> {
        let overflow =
            || Error::Overflow { place: Place::file("--replay"), what: "what all rounds give".to_owned() };
        let mut joined: BTreeMap<String, Recipient> = BTreeMap::new();
        for (payee, row) in &self.due {
            let released = self.released.get(payee).or_else(|| other.released.get(payee));
            let Some(key) = released else {
                merge(&mut joined, payee.clone(), row.clone()).ok_or_else(overflow)?;
                continue;
            };
            let row = Recipient { address: key.address(), key: String::new(), ..row.clone() };
            merge(&mut joined, key.to_string(), row).ok_or_else(overflow)?;
        }
        Ok(joined.into_values().collect())
    }

    /// What all rounds give together.
    pub fn concentration(&self, recipients: &[Recipient]) -> Concentration {
        Concentration::of(recipients.iter().map(|row| row.total.units()))
    }
}

fn merge(joined: &mut BTreeMap<String, Recipient>, payee: String, row: Recipient) -> Option<()> {
    match joined.get_mut(&payee) {
        Some(known) => add(known, &row.name, row.accounts, row.total),
        None => {
            joined.insert(payee, row);
            Some(())
        }
    }
}

/// Adds what the same recipient is due of another round; `None` where the sum is too large. The latest name
/// is shown; what is a mere address has none.
fn add(row: &mut Recipient, name: &str, accounts: Vec<String>, amount: Amount) -> Option<()> {
    let is_mere_address = row.address.is_some_and(|address| address.to_string() == name);
    if !name.is_empty() && (!is_mere_address || row.name.is_empty()) {
        name.clone_into(&mut row.name);
    }
    row.accounts.extend(accounts);
    row.accounts.sort();
    row.accounts.dedup();
    row.total = row.total.checked_add(amount)?;
    Some(())
}
