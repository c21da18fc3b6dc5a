//! Rounds that were closed by other means, computed again and compared with what was published.
//!
//! For folders of the TEC's Rewards Analysis and Distribution dashboard (RAD): `parameters.json` and the
//! tables beside it go through the same plan and the same methods as in `close`; the amounts are held
//! against the files that the dashboard wrote. Every round stands alone: nothing is carried from one to
//! the next, and nobody's held amounts are released. Pure, as the pipeline below it.

mod compare;
mod exact;
pub mod published;
mod recompute;
mod reused;

use std::collections::{BTreeMap, BTreeSet};

use crate::amount::Amount;
use crate::error::{Error, Warning};
use crate::files::Files;
use crate::ledger::Ledger;
use crate::ledger::round_id::RoundId;
use crate::methods::Outcome;
pub use compare::{Comparison, Difference, Rounding};
pub use exact::Exact;
use published::Kind;
pub use recompute::Data;
use recompute::{Recomputed, recompute};
pub use reused::{Reused, reused};

/// How what was published stands to what is computed, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Nothing was published: there is nothing to compare.
    NothingPublished,
    /// The amounts are equal, as far as floats go.
    Equal,
    /// The amounts differ by what the rounding of the program that published them explains.
    Rounding,
    /// The amounts differ.
    Differs,
    /// The published file cannot be read.
    Unreadable,
    /// The inputs cannot be computed again.
    Impossible,
}

impl Grade {
    /// All grades, from the best to the worst.
    pub const ALL: [Self; 6] = [
        Self::NothingPublished,
        Self::Equal,
        Self::Rounding,
        Self::Differs,
        Self::Unreadable,
        Self::Impossible,
    ];

    /// The name in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NothingPublished => "nothing-published",
            Self::Equal => "equal",
            Self::Rounding => "rounding",
            Self::Differs => "differs",
            Self::Unreadable => "unreadable",
            Self::Impossible => "impossible",
        }
    }

    /// The words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NothingPublished => "nothing published",
            Self::Equal => "equal",
            Self::Rounding => "differs by rounding",
            Self::Differs => "differs",
            Self::Unreadable => "cannot be read",
            Self::Impossible => "cannot be recomputed",
        }
    }

    /// Whether somebody has to look into it.
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::Differs | Self::Unreadable | Self::Impossible)
    }
}

/// A revision of a round, as the audit reads it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The files of the round, those published too.
    pub files: &'a Files,
    /// The ledger that the round would have.
    pub ledger: &'a Ledger,
    /// The round.
    pub round: &'a RoundId,
    /// The revision.
    pub revision: u32,
    /// The paths of what was published, those that are there.
    pub published: &'a BTreeMap<Kind, String>,
}

/// A revision that was audited.
#[derive(Debug)]
pub struct Audited {
    /// What was compared, or could not be.
    pub rows: Vec<Compared>,
    /// What people should look at in the inputs, as `check` tells it.
    pub warnings: Vec<Warning>,
    /// How many people without address were given something, and what it comes to.
    pub nobody: Option<(usize, Exact)>,
    /// The data of the round.
    pub data: Vec<Data>,
    /// The input files that were read, from the ledger's root.
    pub inputs: BTreeSet<String>,
}

/// One comparison, or why there is none.
#[derive(Debug)]
pub struct Compared {
    /// The published file; `None` where the row stands for a whole reward system, or the round.
    pub kind: Option<Kind>,
    /// What is compared, for people.
    pub what: String,
    /// The outcome.
    pub grade: Grade,
    /// Why nothing could be compared.
    pub reasons: Vec<Error>,
    /// The comparison, where there is one.
    pub comparison: Option<Comparison>,
}

impl Compared {
    fn without(kind: Option<Kind>, what: &str, grade: Grade, reasons: Vec<Error>) -> Self {
        Self { kind, what: what.to_owned(), grade, reasons, comparison: None }
    }
}

impl Audited {
    /// The worst of all that was compared.
    pub fn grade(&self) -> Grade {
        self.rows.iter().map(|row| row.grade).max().unwrap_or(Grade::NothingPublished)
    }

    /// Whether the grade does not stand for all of the revision.
    pub fn is_partial(&self) -> bool {
        let was_compared = |row: &Compared| row.comparison.is_some();
        self.rows.iter().any(was_compared) && !self.rows.iter().all(was_compared)
    }
}

/// Computes a revision again and compares it with what was published.
pub fn audit(source: Source<'_>) -> Audited {
    let recomputed = match recompute(source.files, source.ledger, source.round, source.revision) {
        Ok(recomputed) => recomputed,
        Err(reasons) => {
            let row = Compared::without(None, "the whole round", Grade::Impossible, reasons);
            return Audited {
                rows: vec![row],
                warnings: Vec::new(),
                nobody: None,
                data: Vec::new(),
                inputs: BTreeSet::new(),
            };
        }
    };
    let mut rows = Vec::new();
    for system in ["praise", "sourcecred"] {
        rows.extend(compare_system(system, &recomputed, source));
    }
    let mut inputs = recomputed.plan.read.clone();
    inputs.extend(recomputed.parts.values().flat_map(|outcome| outcome.read.iter().cloned()));
    inputs.extend(recomputed.data.iter().map(|data| data.path.clone()));
    let nobody = nobody(recomputed.parts.values(), recomputed.plan.token.decimals);
    Audited { rows, nobody, warnings: recomputed.warnings, data: recomputed.data, inputs }
}

/// The rows of one reward system.
fn compare_system(system: &str, recomputed: &Recomputed, source: Source<'_>) -> Vec<Compared> {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.system() == system);
    let (there, absent): (Vec<Kind>, Vec<Kind>) = kinds.partition(|kind| source.published.contains_key(kind));
    if let Some(reasons) = recomputed.failures.get(system) {
        return vec![Compared::without(None, system, Grade::Impossible, reasons.clone())];
    }
    let outcome = recomputed.parts.get(system);
    if there.is_empty() {
        let row = || Compared::without(None, system, Grade::NothingPublished, Vec::new());
        return outcome.map(|_| row()).into_iter().collect();
    }
    let absent = absent.into_iter().filter(|_| outcome.is_some());
    let absent =
        absent.map(|kind| Compared::without(Some(kind), kind.what(), Grade::NothingPublished, Vec::new()));
    there.into_iter().map(|kind| compare_file(kind, outcome, recomputed, source)).chain(absent).collect()
}

/// The row of one published file.
fn compare_file(
    kind: Kind,
    outcome: Option<&Outcome>,
    recomputed: &Recomputed,
    source: Source<'_>,
) -> Compared {
    let path = source.published.get(&kind).map_or("", String::as_str);
    let token = &recomputed.plan.token;
    let bytes = source.files.bytes(path).map_err(|error| vec![error]);
    match bytes.and_then(|bytes| published::read(kind, path, bytes, &token.symbol)) {
        Err(reasons) => Compared::without(Some(kind), kind.what(), Grade::Unreadable, reasons),
        Ok(published) => {
            let comparison = compare::compare(kind, &published, outcome, token.decimals);
            let (grade, what) = (comparison.grade, kind.what().to_owned());
            Compared { kind: Some(kind), what, grade, reasons: Vec::new(), comparison: Some(comparison) }
        }
    }
}

/// People without address who are given something, and what it comes to.
fn nobody<'a>(outcomes: impl Iterator<Item = &'a Outcome>, decimals: u8) -> Option<(usize, Exact)> {
    let mut people = BTreeSet::new();
    let mut sum = Exact::ZERO;
    for reward in outcomes.flat_map(|outcome| &outcome.rewards) {
        let unpaid = |(key, amount): &(&crate::recipient::Key, &Amount)| {
            key.address().is_none() && **amount != Amount::ZERO
        };
        for (key, amount) in reward.amounts.iter().filter(unpaid) {
            people.insert(key);
            sum = sum.plus(Exact::of(*amount, decimals));
        }
    }
    (!people.is_empty()).then_some((people.len(), sum))
}
