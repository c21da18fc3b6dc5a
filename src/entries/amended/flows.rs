//! The entries of people who belong together: what each reward adds or takes, and how it goes through what
//! is held for them. All sums agree before it comes here.

use std::collections::BTreeMap;

use super::super::{Entry, Holder, OFFSET, State};
use super::{PAID_NOW, Row};
use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::statement::HELD;

/// People who belong together: mostly one.
#[derive(Default)]
pub(super) struct Group<'a> {
    /// With their places in adjustments.csv.
    pub rows: Vec<(usize, Row)>,
    /// Key, column, and how much more it has.
    pub cells: Vec<(&'a str, usize, Balance)>,
    /// Keys, and how what is held under them changes.
    pub held: Vec<(&'a str, Balance)>,
    /// Whether it is not certain whose amounts these are.
    pub is_uncertain: bool,
}

/// An amount that goes to what is held, or is taken from it.
struct Flow {
    /// The place of the row.
    row: usize,
    state: State,
    /// Allocation and reward.
    of: (String, String),
    amount: Amount,
}

/// A flow with the key under which it is held.
type Kept = (Flow, String);

impl Group<'_> {
    /// The entries with the places of their rows. `None` where a sum is too large, or nobody is there whose
    /// they could be.
    pub fn entries(
        mut self,
        columns: &[(String, String)],
        names: &BTreeMap<&str, &str>,
        known: &BTreeMap<String, (String, Vec<String>)>,
    ) -> Option<Vec<(usize, Entry)>> {
        self.add_row(known);
        self.divide_cells()?;
        let mut flows = self.flows(columns);
        let mut done: Vec<Kept> = Vec::new();
        let mut held: Vec<(String, Balance)> =
            self.held.iter().map(|(key, balance)| ((*key).to_owned(), *balance)).collect();
        for flow in &mut flows {
            let (_, row) = self.rows.get(flow.row)?;
            // First what is held under the own key.
            held.sort_by_key(|(key, _)| *key != row.key); // stable
            for (key, left) in &mut held {
                let fits = flow.raises() != left.is_negative();
                let part = if fits { left.size().min(flow.amount) } else { Amount::ZERO };
                if part != Amount::ZERO {
                    let moved = if flow.raises() { part.into() } else { Balance::minus(part) };
                    *left = left.checked_sub(moved)?;
                    done.push((flow.take(part)?, key.clone()));
                }
            }
        }
        self.pass_through(flows, &mut done)?;
        self.set_off(&held, &mut done);
        done.sort_by_key(|(flow, _)| (flow.row, flow.order())); // stable
        merged(done)?.into_iter().map(|(flow, key)| self.entry(flow, key, names)).collect()
    }

    /// Where only columns or held amounts of people changed who have no row, they get one.
    fn add_row(&mut self, known: &BTreeMap<String, (String, Vec<String>)>) {
        if !self.rows.is_empty() {
            return;
        }
        let keys = self.cells.iter().map(|(key, ..)| *key).chain(self.held.iter().map(|(key, _)| *key));
        let keys: Vec<&str> = keys.collect();
        let address = |key: &str| Address::parse_lower_case(key);
        let Some(key) = keys.iter().find(|key| address(key).is_some()).or(keys.first()) else { return };
        let (recipient, accounts) = known.get(*key).cloned().unwrap_or_default();
        let row = Row {
            key: (*key).to_owned(),
            recipient,
            address: address(key),
            accounts,
            difference: Balance::ZERO,
            paid: Amount::ZERO,
            parts: Vec::new(),
        };
        self.rows.push((usize::MAX, row));
    }

    /// Gives every row its part of each column, so that its parts are its difference: first what its own
    /// key has more or less, then what is left where it is missing; the first row takes the rest.
    fn divide_cells(&mut self) -> Option<()> {
        let mut left: BTreeMap<usize, Balance> = BTreeMap::new();
        let mut given: Vec<BTreeMap<usize, Balance>> = vec![BTreeMap::new(); self.rows.len()];
        for (key, column, balance) in &self.cells {
            let own = self.rows.iter().position(|(_, row)| row.key == *key);
            let to = match own.and_then(|own| given.get_mut(own)) {
                Some(given) => given.entry(*column).or_default(),
                None => left.entry(*column).or_default(),
            };
            *to = to.checked_add(*balance)?;
        }
        for ((_, row), given) in self.rows.iter().zip(&mut given).skip(1) {
            let own = Balance::sum(given.values().copied())?;
            let mut missing = row.difference.checked_sub(own)?;
            for (column, left) in &mut left {
                let fits = left.is_negative() == missing.is_negative();
                let part = if fits { left.size().min(missing.size()) } else { Amount::ZERO };
                let part = if missing.is_negative() { Balance::minus(part) } else { part.into() };
                move_part(part, left, given.entry(*column).or_default(), &mut missing)?;
            }
            if missing != Balance::ZERO {
                let column = self.cells.first().map_or(0, |(_, column, _)| *column);
                let (left, part) = (left.entry(column).or_default(), missing);
                move_part(part, left, given.entry(column).or_default(), &mut missing)?;
            }
        }
        for (column, left) in left {
            let to = given.first_mut()?.entry(column).or_default();
            *to = to.checked_add(left)?;
        }
        for ((_, row), given) in self.rows.iter_mut().zip(given) {
            row.parts = given.into_iter().filter(|(_, balance)| *balance != Balance::ZERO).collect();
        }
        Some(())
    }

    /// What the rows add, take and pay.
    fn flows(&self, columns: &[(String, String)]) -> Vec<Flow> {
        let mut flows = Vec::new();
        for (at, (_, row)) in self.rows.iter().enumerate() {
            let part = |(column, balance): &(usize, Balance)| Flow {
                row: at,
                state: if balance.is_negative() { State::Reduced } else { State::Added },
                of: columns.get(*column).cloned().unwrap_or_default(),
                amount: balance.size(),
            };
            flows.extend(row.parts.iter().map(part));
            let of = (HELD.to_owned(), PAID_NOW.to_owned());
            let paid = Flow { row: at, state: State::Released, of, amount: row.paid };
            flows.extend((row.paid != Amount::ZERO).then_some(paid));
        }
        flows
    }

    /// What is added and is taken or paid again at once: it goes through what is held under the key of the
    /// row that adds it.
    fn pass_through(&self, flows: Vec<Flow>, done: &mut Vec<Kept>) -> Option<()> {
        let (mut raising, mut lowering): (Vec<Flow>, Vec<Flow>) = flows.into_iter().partition(Flow::raises);
        for raise in &mut raising {
            let (_, row) = self.rows.get(raise.row)?;
            // Those of the same row first.
            lowering.sort_by_key(|lower| lower.row != raise.row); // stable
            for lower in &mut lowering {
                let part = raise.amount.min(lower.amount);
                if part != Amount::ZERO {
                    done.push((raise.take(part)?, row.key.clone()));
                    done.push((lower.take(part)?, row.key.clone()));
                }
            }
        }
        raising.iter().chain(&lowering).all(|flow| flow.amount == Amount::ZERO).then_some(())
    }

    /// What is paid of one balance and taken off for another: only held amounts changed by it.
    fn set_off(&self, held: &[(String, Balance)], done: &mut Vec<Kept>) {
        let paid = self.rows.iter().position(|(_, row)| row.paid != Amount::ZERO);
        let named = || self.rows.iter().position(|(_, row)| row.address.is_some());
        let row = paid.or_else(named).unwrap_or(0);
        for (key, left) in held.iter().filter(|(_, left)| *left != Balance::ZERO) {
            let (state, reward) =
                if left.is_negative() { (State::Released, PAID_NOW) } else { (State::Offset, OFFSET) };
            let of = (HELD.to_owned(), reward.to_owned());
            done.push((Flow { row, state, of, amount: left.size() }, key.clone()));
        }
    }

    fn entry(&self, flow: Flow, key: String, names: &BTreeMap<&str, &str>) -> Option<(usize, Entry)> {
        let (at, row) = self.rows.get(flow.row)?;
        let name = names.get(key.as_str()).copied().unwrap_or(&row.recipient).to_owned();
        // Whoever has no address is known by the key alone.
        let is_certain = !self.is_uncertain || key == row.key || row.address.is_none();
        let (allocation, reward) = flow.of;
        let entry = Entry {
            allocation,
            reward,
            state: flow.state,
            recipient: row.recipient.clone(),
            address: row.address,
            holder: Some(Holder { key, name, is_certain }),
            accounts: row.accounts.clone(),
            amount: flow.amount,
        };
        Some((*at, entry))
    }
}

impl Flow {
    /// Whether it raises what is held.
    fn raises(&self) -> bool {
        matches!(self.state, State::Added | State::Offset)
    }

    /// What changes what is due stands before what is paid, and that before what is taken off.
    fn order(&self) -> u8 {
        match self.state {
            State::Released => 1,
            State::Offset => 2,
            _ => 0,
        }
    }

    /// A part of it; the rest stays.
    fn take(&mut self, part: Amount) -> Option<Self> {
        self.amount = self.amount.checked_sub(part)?;
        Some(Self { row: self.row, state: self.state, of: self.of.clone(), amount: part })
    }
}

/// Several flows of one kind under one key are one.
fn merged(flows: Vec<Kept>) -> Option<Vec<Kept>> {
    let mut merged: Vec<Kept> = Vec::new();
    for (flow, key) in flows {
        let is_same = |(other, known): &&mut Kept| {
            (other.row, other.state, &other.of) == (flow.row, flow.state, &flow.of) && *known == key
        };
        match merged.iter_mut().find(is_same) {
            Some((other, _)) => other.amount = other.amount.checked_add(flow.amount)?,
            None => merged.push((flow, key)),
        }
    }
    Some(merged)
}

/// Moves a part from what is left to what is given; so much less is missing.
fn move_part(part: Balance, left: &mut Balance, given: &mut Balance, missing: &mut Balance) -> Option<()> {
    *left = left.checked_sub(part)?;
    *given = given.checked_add(part)?;
    *missing = missing.checked_sub(part)?;
    Some(())
}
