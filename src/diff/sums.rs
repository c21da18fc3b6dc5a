//! What the allocations of a side came to, and how the two sides differ there.

use std::collections::BTreeMap;

use serde::Serialize;

use super::overflow;
use super::{Change, Compared};
use crate::amount::Balance;
use crate::error::{Error, Place};
use crate::statement::{HELD, STATEMENT_FILE, Statement, Sums};

/// The figures of an allocation, in the order of [`Sums`].
type BalanceFigures = [Balance; 8];

/// An allocation of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllocationSums {
    /// The allocation's name.
    pub name: String,
    /// Its method with version.
    pub method: String,
    /// Its figures.
    figures: BalanceFigures,
}

/// The sums of both sides.
#[derive(Debug, Clone, Serialize)]
pub struct Totals {
    /// Whether any of them differs.
    pub change: Change,
    /// Each allocation, `held` last.
    pub allocations: Vec<AllocationDifference>,
    /// All together.
    pub total: Figures,
}

/// An allocation on both sides.
#[derive(Debug, Clone, Serialize)]
pub struct AllocationDifference {
    /// The allocation's name.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of both sides.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// What the round file names.
    pub declared: Compared,
    /// What the method may divide.
    pub pool: Compared,
    /// What was there from rounds before.
    pub carried_in: Compared,
    /// Money that the ledger did not hold before.
    pub brought_in: Compared,
    /// What goes to addresses.
    pub paid: Compared,
    /// What waits for an address.
    pub held: Compared,
    /// What continues in the allocation.
    pub kept: Compared,
    /// What was never divided.
    pub unallocated: Compared,
}

/// The sums of a round at a revision, from its statements up to that one. Those of the first are the
/// round's, those of an amendment are differences to the revision before (design: the statement);
/// the allocation `held` says what is held of all rounds, which does not add up over statements
/// ([`as_due`]).
///
/// Errors: a figure is not an amount, a sum is too large.
pub fn of_statements(statements: &[&Statement]) -> Result<Vec<AllocationSums>, Error> {
    let mut sums: Vec<AllocationSums> = Vec::new();
    let mut held = None;
    for statement in statements {
        let predicate = &statement.predicate;
        for allocation in &predicate.allocations {
            let figures = read(&allocation.sums, predicate.token.decimals)?;
            let own =
                AllocationSums { name: allocation.name.clone(), method: allocation.method.clone(), figures };
            if allocation.name == HELD {
                held = Some(own);
                continue;
            }
            match sums.iter_mut().find(|sums| sums.name == own.name) {
                Some(before) => {
                    before.figures = added(&before.figures, &own.figures)?;
                    before.method = own.method;
                }
                None => sums.push(own),
            }
        }
    }
    sums.extend(held);
    Ok(sums)
}

/// The figures of a statement.
fn read(sums: &Sums, decimals: u8) -> Result<BalanceFigures, Error> {
    sums.balances(decimals)
        .map_err(|reason| Error::RecordInvalid { place: Place::file(STATEMENT_FILE), reason })
}

fn added(left: &BalanceFigures, right: &BalanceFigures) -> Result<BalanceFigures, Error> {
    let mut sums = *left;
    for (sum, figure) in sums.iter_mut().zip(right) {
        *sum = sum.checked_add(*figure).ok_or_else(|| overflow("an allocation's amounts"))?;
    }
    Ok(sums)
}

/// Sums in which all that is due stands under `paid`: an amendment says what is due, and pays it out of
/// what is held of all rounds. Of the allocation `held` what the round released, or let expire, is left:
/// of an amended round nothing, since its people are due that beside.
pub fn as_due(sums: &[AllocationSums], is_amended: bool) -> Result<Vec<AllocationSums>, Error> {
    let overflow = || overflow("an allocation's amounts");
    let due = |own: &AllocationSums| {
        let [declared, pool, carried_in, brought_in, paid, held, kept, unallocated] = own.figures;
        let zero = Balance::ZERO;
        let figures = if own.name == HELD && is_amended {
            [zero; 8]
        } else if own.name == HELD {
            let left = paid.checked_add(unallocated).ok_or_else(overflow)?;
            [zero, zero, left, zero, paid, zero, zero, unallocated]
        } else {
            let due = paid.checked_add(held).ok_or_else(overflow)?;
            [declared, pool, carried_in, brought_in, due, zero, kept, unallocated]
        };
        Ok(AllocationSums { figures, ..own.clone() })
    };
    sums.iter().map(due).collect()
}

/// Compares the sums of two sides, allocation by allocation.
pub fn compare(before: &[AllocationSums], after: &[AllocationSums], decimals: u8) -> Result<Totals, Error> {
    let mut names: Vec<&str> = after.iter().map(|sums| sums.name.as_str()).collect();
    for sums in before.iter().filter(|sums| !after.iter().any(|other| other.name == sums.name)) {
        names.push(&sums.name);
    }
    names.sort_by_key(|name| *name == HELD); // stable: only `held` moves
    let index = |side: &[AllocationSums]| -> BTreeMap<String, AllocationSums> {
        side.iter().map(|sums| (sums.name.clone(), sums.clone())).collect()
    };
    let (by_name_before, by_name_after) = (index(before), index(after));
    let none = [Balance::ZERO; 8];
    let mut allocations = Vec::new();
    for name in names {
        let (old, new) = (by_name_before.get(name), by_name_after.get(name));
        let is_same_method = old.map(|sums| &sums.method) == new.map(|sums| &sums.method);
        let figures_of = |sums: Option<&AllocationSums>| sums.map_or(none, |sums| sums.figures);
        let (old_figures, new_figures) = (figures_of(old), figures_of(new));
        let is_same = is_same_method && old_figures == new_figures;
        allocations.push(AllocationDifference {
            name: name.to_owned(),
            change: Change::of(old.is_some(), new.is_some(), is_same),
            figures: Figures::new(&old_figures, &new_figures, decimals)?,
        });
    }
    let total = |side: &[AllocationSums]| side.iter().try_fold(none, |sum, sums| added(&sum, &sums.figures));
    let is_same = allocations.iter().all(|allocation| allocation.change == Change::Same);
    Ok(Totals {
        change: if is_same { Change::Same } else { Change::Changed },
        allocations,
        total: Figures::new(&total(before)?, &total(after)?, decimals)?,
    })
}

impl Figures {
    fn new(before: &BalanceFigures, after: &BalanceFigures, decimals: u8) -> Result<Self, Error> {
        let mut pairs = before.iter().zip(after);
        let mut next = || {
            let (before, after) = pairs.next().unwrap_or((&Balance::ZERO, &Balance::ZERO));
            Compared::new(*before, *after, decimals)
        };
        Ok(Self {
            declared: next()?,
            pool: next()?,
            carried_in: next()?,
            brought_in: next()?,
            paid: next()?,
            held: next()?,
            kept: next()?,
            unallocated: next()?,
        })
    }

    /// The figures that people read, with their names: those of the sum pool + carried in + brought in
    /// = paid + held + kept + unallocated.
    pub fn named(&self) -> [(&'static str, &Compared); 7] {
        [
            ("pool", &self.pool),
            ("carried in", &self.carried_in),
            ("brought in", &self.brought_in),
            ("paid", &self.paid),
            ("held", &self.held),
            ("kept", &self.kept),
            ("unallocated", &self.unallocated),
        ]
    }
}
