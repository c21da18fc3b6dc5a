//! What the quantifiers said of each praise: how far their scores lie apart, and whether they agree
//! on duplicates and dismissals.
//!
//! Source: RAD's praise_outliers, duplication_examination and dismissal_disagreed. Praises that all
//! quantifiers dismissed are left out. A slot that is marked as a duplicate counts with the integer
//! part of what the same slot gave the original; every other keeps its decimals. A slot whose integer
//! part is then 0 and that was not dismissed did not act, and has no score. SPREAD is the largest
//! less the smallest score that is left. Rows go by SPREAD, the largest first, those without at the
//! end, then by ID.
//!
//! RAD up to its round 18 counted a duplicate as 0 where a whole column of DUPLICATE ID was empty.
//! That is not done here.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::amount::{Weight, scaled_text};
use crate::methods::ReportTable;
use crate::methods::praise_v1::table::{Praise, Slot};
use crate::tables::{Cell, FIELD_LIMIT_BYTES};

/// A praise with what is left of its scores.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    /// The row of the praise file, counted from 0.
    pub(super) index: usize,
    /// The praise.
    pub(super) praise: &'a Praise<'a>,
    /// One score a slot, in units of the table's scale; `None` where the slot did not act.
    pub(super) scores: Vec<Option<Weight>>,
}

/// All judged praises, in the order of the tables.
#[derive(Debug)]
pub(super) struct All<'a> {
    /// The most decimals of any score.
    pub(super) scale: u8,
    /// The praises.
    pub(super) rows: Vec<Judged<'a>>,
}

impl<'a> Judged<'a> {
    /// The praises that not all quantifiers dismissed.
    pub(super) fn all(praises: &'a [Praise<'a>]) -> All<'a> {
        let scores = praises.iter().flat_map(|praise| praise.slots.iter().filter_map(|slot| slot.score));
        let scale = scores.map(crate::amount::Decimal::scale).max().unwrap_or(0);
        let by_id: BTreeMap<&str, &Praise<'_>> = praises.iter().map(|praise| (praise.id, praise)).collect();
        let is_judged = |praise: &Praise<'_>| praise.slots.iter().any(|slot| !slot.dismissed);
        let mut rows: Vec<Self> = praises
            .iter()
            .enumerate()
            .filter(|(_, praise)| is_judged(praise))
            .map(|(index, praise)| {
                let slots = praise.slots.iter().enumerate();
                let score = |(at, slot)| score_left(at, slot, &by_id, scale);
                Self { index, praise, scores: slots.map(score).collect() }
            })
            .collect();
        rows.sort_by(|left, right| {
            let order = |row: &Self| (row.spread().is_none(), Reverse(row.spread()));
            order(left).cmp(&order(right)).then_with(|| left.praise.id.cmp(right.praise.id))
        });
        All { scale, rows }
    }

    /// The largest score left.
    pub(super) fn highest(&self) -> Option<Weight> {
        self.scores.iter().flatten().max().copied()
    }

    /// The largest less the smallest score left.
    pub(super) fn spread(&self) -> Option<Weight> {
        let lowest = self.scores.iter().flatten().min()?;
        self.highest()?.checked_sub(*lowest)
    }

    /// Whether any quantifier marked the praise as a duplicate.
    pub(super) fn is_marked_duplicate(&self) -> bool {
        self.praise.slots.iter().any(|slot| !slot.duplicate_of.is_empty())
    }

    /// Whether all quantifiers took it for a duplicate of the same praise, or for none.
    pub(super) fn agrees_on_duplication(&self) -> bool {
        all_equal(self.praise.slots.iter().map(|slot| slot.duplicate_of))
    }

    /// Whether any quantifier dismissed the praise.
    pub(super) fn is_marked_dismissed(&self) -> bool {
        self.praise.slots.iter().any(|slot| slot.dismissed)
    }

    /// Whether all quantifiers dismissed it, or none.
    pub(super) fn agrees_on_dismissal(&self) -> bool {
        all_equal(self.praise.slots.iter().map(|slot| slot.dismissed))
    }
}

/// What is left of the score of a slot.
fn score_left(at: usize, slot: &Slot<'_>, by_id: &BTreeMap<&str, &Praise<'_>>, scale: u8) -> Option<Weight> {
    let one = Weight::from(10_u8).checked_pow(Weight::from(scale))?;
    let scaled = |slot: &Slot<'_>| slot.score.and_then(|score| score.scaled(scale)).unwrap_or(Weight::ZERO);
    let score = if slot.duplicate_of.is_empty() {
        scaled(slot)
    } else {
        let original = by_id.get(slot.duplicate_of).and_then(|original| original.slots.get(at));
        let given = original.map_or(Weight::ZERO, scaled);
        given.checked_sub(given.checked_rem(one)?)?
    };
    (score >= one || slot.dismissed).then_some(score)
}

fn all_equal<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    let first = values.next();
    first.is_none_or(|first| values.all(|value| value == first))
}

impl All<'_> {
    /// `praise_outliers.csv`: every judged praise with its scores.
    pub(super) fn outliers(&self, slots: usize) -> ReportTable {
        let mut header = start_of_header();
        header.extend(columns("SCORE {}", slots));
        header.extend(columns("DUPLICATE ID {}", slots));
        header.extend(columns("DISMISSED {}", slots));
        header.extend(columns("QUANTIFIER {} USERNAME", slots));
        header.extend(["AVG SCORE".to_owned(), "SPREAD".to_owned()]);
        let rows = self.rows.iter().map(|row| {
            let mut cells = start_of_row(row);
            cells.extend(row.scores.iter().map(|score| self.number(*score)));
            cells.extend(row.praise.slots.iter().map(|slot| text(slot.duplicate_of)));
            cells.extend(row.praise.slots.iter().map(|slot| truth(slot.dismissed)));
            cells.extend(row.praise.slots.iter().map(|slot| text(slot.quantifier)));
            cells.push(Cell::Plain(row.praise.average.to_string()));
            cells.push(self.number(row.spread()));
            cells
        });
        table("praise_outliers", &header, rows)
    }

    /// `duplication_examination.csv`: the praises on whose originals the quantifiers do not agree.
    pub(super) fn duplication_examination(&self, slots: usize) -> ReportTable {
        let disagreed = |row: &Judged<'_>| !row.agrees_on_duplication();
        let said = |slot: &Slot<'_>| match slot.duplicate_of {
            "" => Cell::Plain("0".to_owned()),
            original => text(original),
        };
        let titles = ("DUPLICATE ID {}", "DUPLICATION AGREED");
        table("duplication_examination", &examined_header(titles, slots), self.examined(&disagreed, &said))
    }

    /// `dismissal_disagreed.csv`: the praises that some quantifiers dismissed and others did not.
    pub(super) fn dismissal_disagreed(&self, slots: usize) -> ReportTable {
        let disagreed = |row: &Judged<'_>| !row.agrees_on_dismissal();
        let said = |slot: &Slot<'_>| truth(slot.dismissed);
        let titles = ("DISMISSED {}", "DISMISSAL AGREED");
        table("dismissal_disagreed", &examined_header(titles, slots), self.examined(&disagreed, &said))
    }

    /// The rows of praises on which quantifiers do not agree: position in `praise_outliers.csv` first.
    fn examined(
        &self,
        disagreed: &dyn Fn(&Judged<'_>) -> bool,
        said: &dyn Fn(&Slot<'_>) -> Cell,
    ) -> Vec<Vec<Cell>> {
        let rows = self.rows.iter().enumerate().filter(|(_, row)| disagreed(row));
        rows.map(|(position, row)| {
            let mut cells = vec![Cell::Plain(position.to_string())];
            cells.extend(start_of_row(row));
            cells.extend(row.praise.slots.iter().map(said));
            cells.extend(row.praise.slots.iter().map(|slot| text(slot.quantifier)));
            cells.push(Cell::Plain(row.praise.average.to_string()));
            cells.push(self.number(row.highest()));
            cells.push(truth(false));
            cells.push(text(row.praise.reason));
            cells
        })
        .collect()
    }

    /// A score, empty where there is none.
    fn number(&self, score: Option<Weight>) -> Cell {
        Cell::Plain(score.map_or_else(String::new, |score| scaled_text(score, self.scale)))
    }
}

/// The header of the tables of disagreement. RAD's first column has no name.
fn examined_header((said, agreed): (&str, &str), slots: usize) -> Vec<String> {
    let mut header = vec![String::new()];
    header.extend(start_of_header());
    header.extend(columns(said, slots));
    header.extend(columns("QUANTIFIER {} USERNAME", slots));
    header.extend(["AVG SCORE", "MAX SCORE", agreed, "ORIGINAL MSG"].map(str::to_owned));
    header
}

fn start_of_header() -> Vec<String> {
    ["index", "ID", "DATE", "TO USER ACCOUNT", "FROM USER ACCOUNT", "REASON"].map(str::to_owned).into()
}

fn start_of_row(row: &Judged<'_>) -> Vec<Cell> {
    let praise = row.praise;
    vec![
        Cell::Plain(row.index.to_string()),
        text(praise.id),
        text(praise.date_text),
        text(praise.receiver.0),
        text(praise.giver),
        text(praise.reason),
    ]
}

/// The columns of the slots, k = 1 first.
fn columns(title: &str, slots: usize) -> impl Iterator<Item = String> {
    (1..=slots).map(move |k| title.replace("{}", &k.to_string()))
}

fn table(name: &str, header: &[String], rows: impl IntoIterator<Item = Vec<Cell>>) -> ReportTable {
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    ReportTable::new(name, &header, rows)
}

/// A cell of a text that people wrote; guarded, and cut so that with its guard it is a field still.
pub(super) fn text(text: &str) -> Cell {
    let mut end = text.len().min(FIELD_LIMIT_BYTES - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cell::Text(text.get(..end).unwrap_or_default().to_owned())
}

/// As RAD spells it.
fn truth(value: bool) -> Cell {
    Cell::Plain(if value { "True" } else { "False" }.to_owned())
}
