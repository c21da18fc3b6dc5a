//! The statements of a commit, and the chain that they form.

use std::sync::Arc;

use super::{STATEMENT_FILE, Statement};
use crate::error::{Error, Place, Shown};

/// A statement as it stands in a commit.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its results folder, from the ledger's root.
    pub folder: String,
    /// The digest of its bytes.
    pub sha256: String,
    /// The statement.
    pub statement: Arc<Statement>,
}

impl Recorded {
    /// The path of the statement, from the ledger's root.
    pub fn path(&self) -> String {
        format!("{}/{STATEMENT_FILE}", self.folder)
    }

    /// The place of the statement in the chain.
    pub fn sequence(&self) -> u64 {
        self.statement.predicate.sequence
    }
}

/// The statements of a commit, in the order of the chain.
#[derive(Debug, Clone, Default)]
pub struct Record(Vec<Recorded>);

impl Record {
    /// Puts statements into the order of the chain. Sequence numbers must be 1, 2, 3 ... without
    /// gap or double.
    pub fn new(mut statements: Vec<Recorded>) -> Result<Self, Error> {
        statements
            .sort_by(|left, right| (left.sequence(), &left.folder).cmp(&(right.sequence(), &right.folder)));
        for (expected, recorded) in (1..).zip(&statements) {
            if recorded.sequence() > expected {
                return Err(Error::SequenceGap { place: Place::file(&recorded.path()), sequence: expected });
            }
            if recorded.sequence() < expected {
                let first = statements.iter().find(|other| other.sequence() == recorded.sequence());
                return Err(Error::SequenceTwice {
                    place: Place::file(&recorded.path()),
                    sequence: recorded.sequence(),
                    first: Shown::from(first.map_or("", |first| first.folder.as_str())),
                    second: Shown::from(&recorded.folder),
                });
            }
        }
        Ok(Self(statements))
    }

    /// Puts a statement behind the last one.
    pub fn push(&mut self, recorded: Recorded) {
        self.0.push(recorded);
    }

    /// The statements, first of the chain first.
    pub fn statements(&self) -> &[Recorded] {
        &self.0
    }

    /// The head of the chain.
    pub fn last(&self) -> Option<&Recorded> {
        self.0.last()
    }

    /// The statement of the round that was closed last, as it was closed first: amendments of older rounds
    /// stand behind it.
    pub fn last_closed(&self) -> Option<&Recorded> {
        self.0.iter().rev().find(|recorded| recorded.statement.predicate.revision == 1)
    }

    /// The statement of the last revision of a round.
    pub fn latest(&self, round: &str) -> Option<&Recorded> {
        self.0.iter().rev().find(|recorded| recorded.statement.predicate.round == round)
    }

    /// The statements of a round, the first closing first.
    pub fn revisions<'a>(&'a self, round: &'a str) -> impl DoubleEndedIterator<Item = &'a Recorded> {
        self.0.iter().filter(move |recorded| recorded.statement.predicate.round == round)
    }

    /// The record as it was before the round of a statement was closed first; all of it where it was not.
    #[must_use]
    pub fn before(&self, round: &str) -> Self {
        let first = self.0.iter().position(|recorded| recorded.statement.predicate.round == round);
        Self(self.0.get(..first.unwrap_or(self.0.len())).unwrap_or_default().to_vec())
    }

    /// The statement of a revision of a round.
    pub fn find(&self, round: &str, revision: u32) -> Option<&Recorded> {
        let is_it = |recorded: &&Recorded| {
            recorded.statement.predicate.round == round && recorded.statement.predicate.revision == revision
        };
        self.0.iter().find(is_it)
    }
}
