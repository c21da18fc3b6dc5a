//! The balance of a whole history: what each round divided, paid, held and corrected, and that over all
//! rounds nothing was lost.

use serde::Serialize;

use crate::amount::Balance;
use crate::commands::table::render;
use crate::commands::tip::Tip;
use crate::error::{Error, Place, Problems};
use crate::git::Repository;
use crate::snapshot::results;
use crate::statement::{CARRY_FILE, Carry, HELD, Recorded, Sums};

/// The rounds and their totals.
pub struct Balances {
    /// One row a closed round, in the order in which they were closed.
    pub rounds: Vec<RoundBalance>,
    /// Over all rounds.
    pub totals: Totals,
}

/// A round: figures in token units.
#[derive(Debug, Serialize)]
pub struct RoundBalance {
    /// Its id.
    pub round: String,
    /// How many revisions there are.
    pub revisions: usize,
    /// What could be divided, as the last revision says.
    pub pool: String,
    /// What the first closing paid, released amounts among it.
    pub paid: String,
    /// What it held for people without address.
    pub held: String,
    /// What amendments paid besides.
    pub adjusted: String,
    /// What was paid too much and not taken off yet.
    pub overpaid: String,
}

/// All rounds together: pools + brought in = paid + held + kept + unallocated.
#[derive(Debug, Serialize)]
pub struct Totals {
    /// What could be divided.
    pub pool: String,
    /// What came in besides.
    pub brought_in: String,
    /// What closings and amendments paid.
    pub paid: String,
    /// The part of it that amendments paid.
    pub adjusted: String,
    /// What waits at the end, less what was paid too much.
    pub held: String,
    /// What was paid too much and not taken off yet.
    pub overpaid: String,
    /// What allocations keep at the end.
    pub kept: String,
    /// What nobody got.
    pub unallocated: String,
}

/// The columns of the table.
const COLUMNS: [&str; 7] = ["round", "revisions", "pool", "paid", "held", "adjusted", "overpaid"];

impl Balances {
    /// Reads the record of a tip.
    pub fn read(repository: &Repository, tip: &Tip) -> Result<Self, Problems> {
        let decimals = tip.ledger.token.decimals;
        let carry = match tip.record.last() {
            Some(last) => {
                let path = format!("{}/{CARRY_FILE}", last.folder);
                let bytes = results::read(repository, tip.tree, last, CARRY_FILE)?.unwrap_or_default();
                Carry::read(&path, &bytes)?
            }
            None => Carry::default(),
        };
        let first = tip.record.statements().iter().filter(|it| it.statement.predicate.revision == 1);
        let rounds: Option<Vec<RoundBalance>> =
            first.map(|recorded| round_balance(tip, recorded, &carry, decimals)).collect();
        let rounds = rounds.ok_or_else(|| too_large(tip))?;
        let totals = totals_of(tip, &carry, decimals).ok_or_else(|| too_large(tip))?;
        Ok(Self { rounds, totals })
    }

    /// For people: the table, and the sums as an equation.
    pub fn to_text(&self, tip: &Tip) -> String {
        let cells = |round: &RoundBalance| {
            let RoundBalance { round, revisions, pool, paid, held, adjusted, overpaid } = round;
            let figures = [pool, paid, held, adjusted, overpaid].map(Clone::clone);
            [round.clone(), revisions.to_string()].into_iter().chain(figures).collect()
        };
        let rows = self.rounds.iter().map(cells).collect();
        let totals = &self.totals;
        let symbol = &tip.ledger.token.symbol;
        let mut text = render(&COLUMNS, rows, COLUMNS.get(1..).unwrap_or_default());
        text += &format!(
            "\nall in all, in {symbol}: pools {} + brought in {} = paid {} + held {} + kept {} + unallocated {}\n",
            totals.pool, totals.brought_in, totals.paid, totals.held, totals.kept, totals.unallocated
        );
        if totals.adjusted != "0" {
            text += &format!("of what was paid, amendments paid {} {symbol}\n", totals.adjusted);
        }
        if totals.overpaid != "0" {
            text += &format!("paid too much: {} {symbol}; it counts as held below zero\n", totals.overpaid);
        }
        text
    }
}

fn too_large(tip: &Tip) -> Error {
    Error::Overflow { place: Place::file(&tip.ledger.rounds), what: "all rounds' amounts".to_owned() }
}

/// The row of a round, from its first statement.
fn round_balance(tip: &Tip, first: &Recorded, carry: &Carry, decimals: u8) -> Option<RoundBalance> {
    let predicate = &first.statement.predicate;
    let revisions: Vec<&Recorded> = tip.record.revisions(&predicate.round).collect();
    let all = |of: fn(&Recorded) -> Vec<&Sums>, figure: usize| {
        sum(revisions.iter().flat_map(|recorded| of(recorded)), figure, decimals)
    };
    let amended = revisions.iter().filter(|recorded| recorded.statement.predicate.revision > 1);
    let own = predicate.allocations.iter().filter(|allocation| allocation.name != HELD);
    let text = |balance: Balance| balance.to_text(decimals);
    Some(RoundBalance {
        round: predicate.round.clone(),
        revisions: revisions.len(),
        pool: text(all(|recorded| vec![&recorded.statement.predicate.totals], POOL)?),
        paid: text(sum([&predicate.totals].into_iter(), PAID, decimals)?),
        held: text(sum(own.map(|allocation| &allocation.sums), HELD_FIGURE, decimals)?),
        adjusted: text(sum(amended.map(|recorded| &recorded.statement.predicate.totals), PAID, decimals)?),
        overpaid: text(overpaid(carry, Some(&predicate.round), decimals)?),
    })
}

// The places of the figures in `Sums::balances`.
const POOL: usize = 1;
const BROUGHT_IN: usize = 3;
const PAID: usize = 4;
const HELD_FIGURE: usize = 5;
const UNALLOCATED: usize = 7;

/// The sum of one figure.
fn sum<'a>(mut sums: impl Iterator<Item = &'a Sums>, figure: usize, decimals: u8) -> Option<Balance> {
    sums.try_fold(Balance::ZERO, |total, sums| total.checked_add(*sums.balances(decimals).ok()?.get(figure)?))
}

/// What was paid too much: of one round, or of all.
fn overpaid(carry: &Carry, round: Option<&str>, decimals: u8) -> Option<Balance> {
    let mut total = Balance::ZERO;
    for record in carry.held.iter().filter(|record| round.is_none_or(|round| record.round == round)) {
        let balance = record.balance(decimals).ok()?;
        if balance.is_negative() {
            total = total.checked_add(balance.negated())?;
        }
    }
    Some(total)
}

/// The sums over all statements, with the state at the end.
fn totals_of(tip: &Tip, carry: &Carry, decimals: u8) -> Option<Totals> {
    let statements = tip.record.statements();
    let all = |figure| sum(statements.iter().map(|it| &it.statement.predicate.totals), figure, decimals);
    let amended = statements.iter().filter(|recorded| recorded.statement.predicate.revision > 1);
    let place = Place::file(CARRY_FILE);
    let balance = |text: &str| Balance::parse(text, decimals, &place, "amount").ok();
    let held: Option<Vec<Balance>> = carry.held.iter().map(|record| balance(&record.amount.0)).collect();
    let kept: Option<Vec<Balance>> = carry.allocations.iter().map(|kept| balance(&kept.kept.0)).collect();
    let text = |balance: Balance| balance.to_text(decimals);
    Some(Totals {
        pool: text(all(POOL)?),
        brought_in: text(all(BROUGHT_IN)?),
        paid: text(all(PAID)?),
        adjusted: text(sum(amended.map(|it| &it.statement.predicate.totals), PAID, decimals)?),
        held: text(Balance::sum(held?)?),
        overpaid: text(overpaid(carry, None, decimals)?),
        kept: text(Balance::sum(kept?)?),
        unallocated: text(all(UNALLOCATED)?),
    })
}
