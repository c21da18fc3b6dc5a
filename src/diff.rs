//! What differs between two sides: two rounds, two revisions of one, or a round and what its files
//! would give now.
//!
//! A side is what a statement says with the rows of its distribution, wherever both come from. Four
//! things are compared, each in a file of its own: settings field by field, inputs file by file and
//! row by row, recipients person by person, and the sums of the allocations. Differences of money
//! are exact and signed: after less before.

pub mod inputs;
pub mod recipients;
pub mod rows;
pub mod settings;
pub mod sums;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::amount::Balance;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::TokenFile;
use crate::ledger::round_file::PeriodFile;
use crate::statement::DISTRIBUTION_FILE;
use inputs::{InputFile, Inputs};
use recipients::{Recipient, Recipients};
use settings::SettingChange;
use sums::{AllocationSums, Totals};

/// One of the two sides.
#[derive(Debug, Clone)]
pub struct Side {
    /// What tells people which side it is.
    pub name: SideName,
    /// The digest of the statement that was read; none where the side was computed.
    pub statement: Option<String>,
    /// The reward period.
    pub period: PeriodFile,
    /// The token.
    pub token: TokenFile,
    /// The files that were read.
    pub inputs: Vec<InputFile>,
    /// The bytes of the inputs that differ, by path, or why they are not here.
    pub contents: BTreeMap<String, Result<Vec<u8>, String>>,
    /// The rows of the distribution.
    pub recipients: Vec<Recipient>,
    /// What the allocations came to.
    pub sums: Vec<AllocationSums>,
}

/// Which side it is.
#[derive(Debug, Clone, Serialize)]
pub struct SideName {
    /// As `meed diff` takes it: `2026-01@2`.
    pub side: String,
    /// The round.
    pub round: String,
    /// The revision; none where the side was computed.
    pub revision: Option<u32>,
    /// Where the side comes from.
    pub state: State,
}

/// Where a side comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Read from committed results.
    Closed,
    /// Computed from the commit.
    Open,
    /// Computed from the files of the work tree.
    WorkTree,
}

/// What became of something from one side to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the side after has it.
    Added,
    /// Only the side before has it.
    Removed,
    /// Both have it, and it differs.
    Changed,
    /// Both have it, and it is the same.
    Same,
}

/// A figure on both sides, as texts of token units: exact, a difference below zero with `-`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The figure of the first side.
    pub before: String,
    /// The figure of the second side.
    pub after: String,
    /// After less before.
    pub difference: String,
}

/// All that differs.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// The first side.
    pub before: SideName,
    /// The second side.
    pub after: SideName,
    /// What amounts are counted in.
    pub symbol: String,
    /// Whether nothing differs.
    pub equal: bool,
    /// Fields of the round's file and of ledger.json that differ.
    pub settings: Vec<SettingChange>,
    /// Files that differ.
    pub inputs: Inputs,
    /// People who get something else.
    pub recipients: Recipients,
    /// The sums of the allocations.
    pub totals: Totals,
    /// What people should know besides.
    pub notes: Vec<String>,
}

/// Compares two sides. The contents of the inputs that [`inputs::differing`] names are in the sides,
/// or the reason why not.
///
/// Errors: the sides count in two tokens, a file of a side cannot be read as what it is, a sum is too
/// large.
pub fn compare(before: &Side, after: &Side) -> Result<Difference, Problems> {
    let tokens = [&before.token, &after.token].map(|token| (&token.symbol, token.decimals));
    let [first, second] = tokens.map(|(symbol, decimals)| format!("{symbol} with {decimals} decimals"));
    if first != second {
        return Err(
            Error::SidesTokensDiffer { first: Shown::from(first), second: Shown::from(second) }.into()
        );
    }
    let decimals = after.token.decimals;
    let settings = settings::compare(before, after)?;
    let inputs = inputs::compare(before, after);
    let recipients = recipients::compare(&before.recipients, &after.recipients, decimals)?;
    let is_amended = |side: &Side| side.name.revision.is_some_and(|revision| revision > 1);
    let totals = if is_amended(before) || is_amended(after) {
        let dues = |side: &Side| sums::as_due(&side.sums, is_amended(side));
        sums::compare(&dues(before)?, &dues(after)?, decimals)?
    } else {
        sums::compare(&before.sums, &after.sums, decimals)?
    };
    let equal = settings.is_empty()
        && inputs.changed.is_empty()
        && recipients.changed.is_empty()
        && totals.change == Change::Same;
    let mut difference = Difference {
        before: before.name.clone(),
        after: after.name.clone(),
        symbol: after.token.symbol.clone(),
        equal,
        settings,
        inputs,
        recipients,
        totals,
        notes: Vec::new(),
    };
    difference.notes = notes(&difference);
    Ok(difference)
}

/// What the figures alone would not tell.
fn notes(difference: &Difference) -> Vec<String> {
    let mut notes = Vec::new();
    let Difference { before, after, .. } = difference;
    let has_same_round = before.round == after.round;
    let is_about_money =
        difference.totals.change != Change::Same || !difference.recipients.changed.is_empty();
    if has_same_round
        && is_about_money
        && difference.settings.is_empty()
        && difference.inputs.changed.is_empty()
    {
        notes.push(format!(
            "the sides differ though all inputs are the same: `meed verify {}` says whether the committed results are right",
            before.round
        ));
    }
    if [before, after].into_iter().any(|side| side.revision.is_some_and(|revision| revision > 1)) {
        notes.push(
            "a side is an amended round: figures are those of all its revisions, `paid` is all that is due, paid or held, and the row `held` is what a round released that was not amended"
                .to_owned(),
        );
    }
    notes
}

impl Compared {
    /// A figure of both sides.
    fn new(before: Balance, after: Balance, decimals: u8) -> Result<Self, Error> {
        let difference = after.checked_sub(before).ok_or_else(|| overflow("a difference"))?;
        Ok(Self {
            before: before.to_text(decimals),
            after: after.to_text(decimals),
            difference: difference.to_text(decimals),
        })
    }

    /// Whether both sides are the same.
    pub fn is_same(&self) -> bool {
        self.before == self.after
    }

    /// The difference with its sign, also above zero.
    pub fn signed_difference(&self) -> String {
        let is_plain = self.difference == "0" || self.difference.starts_with('-');
        if is_plain { self.difference.clone() } else { format!("+{}", self.difference) }
    }
}

impl Change {
    /// What became of something that is or is not on each side.
    pub const fn of(is_before: bool, is_after: bool, is_same: bool) -> Self {
        match (is_before, is_after) {
            (false, true) => Self::Added,
            (true, false) => Self::Removed,
            _ if is_same => Self::Same,
            _ => Self::Changed,
        }
    }

    /// The word for it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

impl SideName {
    /// The side for people: `2026-01 (closed, revision 1)`.
    pub fn title(&self) -> String {
        let what = match (self.state, self.revision) {
            (State::Closed, Some(revision)) => format!("closed, revision {revision}"),
            (State::Closed, None) => "closed".to_owned(),
            (State::Open, _) => "open, as it is committed".to_owned(),
            (State::WorkTree, _) => "files of the work tree".to_owned(),
        };
        format!("{} ({what})", self.round)
    }
}

/// The error for a sum that is too large.
fn overflow(what: &str) -> Error {
    Error::Overflow { place: Place::file(DISTRIBUTION_FILE), what: what.to_owned() }
}
