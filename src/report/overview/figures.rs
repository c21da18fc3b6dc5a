//! A round in one row: what later rounds read of it, and what this one reads of earlier ones.

use super::check::results_folder;
use super::people::People;
use super::{figure, words};
use crate::amount::Amount;
use crate::error::Problems;
use crate::report::recipients::Measured;
use crate::report::{Earlier, Material};
use crate::statement::{Predicate, Sums};
use crate::tables::{Cell, Row, Table, write};

/// The name of the one-row table that every round writes.
pub const ROUND_TABLE: &str = "round";

/// The columns of the table, in their order. Amounts are exact; a cell is empty where there is no figure.
const COLUMNS: [&str; 19] = [
    "round",
    "start",
    "end",
    "pool",
    "paid",
    "held",
    "unallocated",
    "recipients",
    "recipients_paid",
    "recipients_waiting",
    "recipients_new",
    "recipients_left",
    "measured_over",
    "measured_recipients",
    "gini",
    "nakamoto",
    "nakamoto_ratio",
    "entropy_bits",
    "top_tenth_share",
];

/// The largest count that is believed of an earlier table: whatever stands there, sums of counts fit.
const COUNT_MOST: usize = 1_000_000_000_000;

/// A round in figures.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The round's id.
    pub round: String,
    /// Its first and its last day, `YYYY-MM-DD`.
    pub period: [String; 2],
    /// How many days it has; 0 where it was read from a table.
    pub days: usize,
    /// Pool, paid, held, unallocated; none below zero. Of an amended round, as it stands now: what is due to
    /// people with an address counts as paid, what is due to people without as held.
    pub sums: [Option<Amount>; 4],
    /// How many rows distribution.csv has.
    pub recipients: Option<usize>,
    /// How many are paid.
    pub paid: Option<usize>,
    /// How many wait for an address.
    pub waiting: usize,
    /// How many were not in the round before, and how many of that are not in this one.
    pub new_and_left: Option<[usize; 2]>,
    /// What concentration was measured over: `praise` or `total`.
    pub over: String,
    /// Measured recipients, Nakamoto coefficient.
    pub measured: Option<[usize; 2]>,
    /// Gini, Nakamoto ratio, entropy, share of the top tenth, as texts of fixed digits.
    pub ratios: [String; 4],
}

/// This round beside the one that was closed before it.
#[derive(Debug)]
pub struct Compared {
    /// That round.
    pub figures: Figures,
    /// Who came, left and stayed; none where the tables are not there or too large.
    pub people: Option<People>,
}

impl Figures {
    /// The round that is computed.
    pub fn of(material: &Material<'_>, previous: Option<&Compared>) -> Self {
        let (plan, recipients) = (material.plan, material.recipients);
        let hours = plan.period.start.duration_until(plan.period.end).as_hours();
        let measured = &recipients.measured;
        let new_and_left = previous.and_then(|previous| previous.people.as_ref());
        Self {
            round: plan.round.as_str().to_owned(),
            period: [plan.period.start.to_string(), plan.period.end.to_string()],
            days: usize::try_from(hours / 24 + 1).unwrap_or_default(),
            sums: sums_of(material.totals, plan.token.decimals),
            recipients: Some(recipients.count),
            paid: Some(recipients.paid),
            waiting: recipients.waiting,
            new_and_left: new_and_left.map(|people| [people.new.len(), people.left.len()]),
            over: if measured.is_praise { "praise" } else { "total" }.to_owned(),
            measured: measured.concentration.as_ref().map(|found| [found.recipients, found.nakamoto]),
            ratios: ratios_of(measured),
        }
    }

    /// The rounds that were closed before and have figures, by their periods.
    pub fn earlier(material: &Material<'_>) -> Vec<Self> {
        let rounds = Earlier::rounds(material.record, material.files, material.plan);
        rounds.iter().filter_map(|round| Self::read(round, material)).collect()
    }

    /// The figures of an earlier round, from its table; without one from its statement. None where
    /// neither can be read: nothing that is wrong with a page of long ago stops a round.
    fn read(earlier: &Earlier<'_>, material: &Material<'_>) -> Option<Self> {
        let table = earlier.tables(ROUND_TABLE).into_iter().find(|(file, _)| *file == ROUND_TABLE);
        let table = table.and_then(|(file, bytes)| Table::read(file, bytes, &COLUMNS).ok());
        match table {
            Some(table) => Some(Self::of_row(table.rows().next()?, material.plan.token.decimals)),
            None => Some(Self::of_statement(earlier.statement)),
        }
    }

    /// From a row of the table.
    fn of_row(row: Row<'_>, decimals: u8) -> Self {
        let amount = |column| Amount::parse(row.field(column), decimals, &row.place(), column).ok();
        let count = |column| row.field(column).parse::<usize>().ok().filter(|count| *count <= COUNT_MOST);
        let text = |column: &str| words::short(row.field(column));
        Self {
            round: text("round"),
            period: ["start", "end"].map(text),
            days: 0,
            sums: ["pool", "paid", "held", "unallocated"].map(amount),
            recipients: count("recipients"),
            paid: count("recipients_paid"),
            waiting: count("recipients_waiting").unwrap_or_default(),
            new_and_left: count("recipients_new").zip(count("recipients_left")).map(<[usize; 2]>::from),
            over: text("measured_over"),
            measured: count("measured_recipients").zip(count("nakamoto")).map(<[usize; 2]>::from),
            ratios: ["gini", "nakamoto_ratio", "entropy_bits", "top_tenth_share"].map(text),
        }
    }

    /// From a statement that was written without pages: the sums alone.
    fn of_statement(statement: &Predicate) -> Self {
        Self {
            round: words::short(&statement.round),
            period: [&statement.period.start, &statement.period.end].map(|day| words::short(day)),
            days: 0,
            sums: sums_of(&statement.totals, statement.token.decimals),
            recipients: None,
            paid: None,
            waiting: 0,
            new_and_left: None,
            over: String::new(),
            measured: None,
            ratios: Default::default(),
        }
    }

    /// The table: header and one row.
    pub fn to_csv(&self, decimals: u8) -> Vec<u8> {
        let count = |count: Option<usize>| count.map(|count| count.to_string()).unwrap_or_default();
        let second = |pair: Option<[usize; 2]>| count(pair.map(|[_, second]| second));
        let first = |pair: Option<[usize; 2]>| count(pair.map(|[first, _]| first));
        let [gini, nakamoto_ratio, entropy, top_tenth] = self.ratios.clone();
        let amounts = self.sums.map(|sum| sum.map(|sum| sum.to_text(decimals)).unwrap_or_default());
        let mut cells = vec![self.round.clone()];
        cells.extend(self.period.clone());
        cells.extend(amounts);
        cells.extend([count(self.recipients), count(self.paid), self.waiting.to_string()]);
        cells.extend([first(self.new_and_left), second(self.new_and_left), self.over.clone()]);
        cells.extend([first(self.measured), gini, second(self.measured), nakamoto_ratio, entropy, top_tenth]);
        write(&COLUMNS.map(str::to_owned), [cells.into_iter().map(Cell::Plain).collect::<Vec<Cell>>()])
    }

    /// Gini as a number, for drawings.
    pub fn gini(&self) -> Option<f64> {
        let [gini, ..] = &self.ratios;
        gini.parse::<f64>().ok().filter(|gini| (0.0..=1.0).contains(gini))
    }
}

impl Compared {
    /// With the round that was closed last before this one; none for the first.
    pub fn with_previous(material: &Material<'_>) -> Result<Option<Self>, Problems> {
        let rounds = Earlier::rounds(material.record, material.files, material.plan);
        let closed = material.record.last_closed().map(|last| &last.statement.predicate.round);
        let last = rounds.iter().find(|round| Some(&round.statement.round) == closed);
        let Some(last) = last else { return Ok(None) };
        let Some(figures) = Figures::read(last, material) else { return Ok(None) };
        let place = format!("{}/distribution.csv", results_folder(material));
        let people = match last.distribution() {
            Some(before) => People::compare(material, &place, before)?,
            None => None,
        };
        Ok(Some(Self { figures, people }))
    }
}

/// Pool, paid, held, unallocated.
fn sums_of(sums: &Sums, decimals: u8) -> [Option<Amount>; 4] {
    [&sums.pool, &sums.paid, &sums.held, &sums.unallocated].map(|text| figure(text, decimals))
}

/// Gini, Nakamoto ratio, entropy, share of the top tenth: six digits, empty where nothing is measured.
fn ratios_of(measured: &Measured) -> [String; 4] {
    let Some(found) = &measured.concentration else { return Default::default() };
    [
        found.gini.text(6),
        found.nakamoto_ratio.text(6),
        format!("{:.6}", found.entropy_bits),
        found.top_tenth.text(6),
    ]
}
