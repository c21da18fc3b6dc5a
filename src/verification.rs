//! Verification: recompute a record and compare. Every check has a name, stands on its own line,
//! and is meant for one kind of falsification.
//!
//! For each statement, in this order; after a failure the later ones read `not checked`:
//!
//! | check | what holds |
//! |---|---|
//! | `signature` | the closing commit carries one good SSH signature over its raw bytes |
//! | `signer` | the key was allowed in the parent's allowed_signers at the commit's date, and dates do not go back |
//! | `commit` | one parent; only results added; subject, body and trailers as this record makes them |
//! | `complete` | the results folder holds the statement's subject and nothing else |
//! | `inputs` | the inputs' digests are those of the parent, and the round's own inputs never changed since |
//! | `chain` | sequence, previous digest, ledger id; record commits form one line; the round was never listed as history |
//! | `sums` | the identity of money holds for every allocation and in total |
//! | `money` | distribution, carry and statement rebuilt byte for byte |
//! | `pages` | there are report files only if the statement says so; their digests are checked, nothing is rebuilt |
//! | `append-only` | nothing was added to, changed in or removed from the results since |
//! | `approvals` | whoever approved the round may, signed this statement, is not who closed it, and nothing of it ever changed |
//! | `settlements` | what is recorded as paid is owed, was recorded by signers in commits of their own, and never changed |
//!
//! Where an object of Git LFS is not on this machine, `money` and `pages` read `impossible`: nothing
//! is known to be wrong, and `verify` does not say that all holds.
//!
//! Where `review` of the ledger asked for more approvals than there are, `approvals` reads `pending`: the
//! record holds, and the round does not count yet.
//!
//! For each closed simulation those of [`simulations`], behind the statements.
//!
//! And for the ledger: `signers` (every change of allowed_signers was signed by a key allowed
//! before it) and `known` (the history contains what the auditor knows of it).

pub mod approvals;
pub mod beside;
mod checks;
pub mod history;
mod messages;
mod recorded;
pub mod reopened;
mod settlements;
mod signers;
pub mod simulations;
mod verified;

pub use signers::check_signers;
pub use verified::VerifiedRound;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use crate::error::{Error, Problems};
use crate::git::{ObjectId, Repository};
use crate::settlement::Standing;
use crate::signing::AllowedSigners;
use crate::snapshot::StatementCache;
use crate::statement::{Recorded, Statement};
use approvals::Approvals;
use history::{Closing, History};
use settlements::Transactions;
use simulations::SimulationReport;

/// What an auditor brings along.
#[derive(Debug, Default)]
pub struct Options {
    /// Rounds to check, and simulations as `simulations/NAME`; all when empty.
    pub rounds: Vec<String>,
    /// Whether simulations are left out.
    pub rounds_only: bool,
    /// The auditor's own signers; they replace those of the ledger.
    pub signers: Option<AllowedSigners>,
    /// The root of trust that the auditor expects.
    pub root: Option<ObjectId>,
    /// What the auditor knows must be contained.
    pub known: Option<Known>,
    /// A folder with objects of Git LFS, besides the repository's own.
    pub lfs_dir: Option<PathBuf>,
}

/// A commit or a statement that must be part of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// A commit id.
    Commit(ObjectId),
    /// The SHA-256 digest of a statement.
    Statement(String),
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// What the check is for holds.
    Holds,
    /// It does not.
    Fails,
    /// The check could not be made, because something is not on this machine; the detail says what.
    Impossible,
    /// Nothing is wrong, but something has to happen still; the detail says what.
    Pending,
    /// The check was not made; the detail says why.
    NotChecked,
}

impl State {
    /// The state as words: `holds`, `fails`, `impossible`, `pending`, `not checked`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Impossible => "impossible",
            Self::Pending => "pending",
            Self::NotChecked => "not checked",
        }
    }
}

/// One line of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The name of the check.
    pub name: &'static str,
    /// How it came out.
    pub state: State,
    /// What was seen; empty where there is nothing to add.
    pub detail: String,
}

/// The checks of one statement.
#[derive(Debug, Clone)]
pub struct StatementReport {
    /// Its place in the chain, 0 when the statement cannot be read.
    pub sequence: u64,
    /// Its round; its folder when the statement cannot be read.
    pub round: String,
    /// Its revision, 0 when the statement cannot be read.
    pub revision: u32,
    /// The closing commit.
    pub commit: ObjectId,
    /// Who signed, as allowed_signers names them; empty when nobody known did.
    pub signer: String,
    /// The committer's date in seconds since 1970, when the commit can be read.
    pub committed_at: Option<i64>,
    /// The statement, when it can be read.
    pub statement: Option<Arc<Statement>>,
    /// How many recipients distribution.csv pays; 0 when it cannot be read.
    pub recipients_paid: usize,
    /// Who approved it, and what was asked for, when the approvals hold.
    pub approvals: Option<Approvals>,
    /// What is owed, settled and open, when the settlements hold.
    pub standing: Option<Standing>,
    /// All checks, in the order of the table.
    pub checks: Vec<Check>,
}

/// What an auditor keeps to notice later that rounds were cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The commit that was verified.
    pub commit: ObjectId,
    /// The place of the last statement in the chain; 0 without statements.
    pub sequence: u64,
    /// The digest of the last statement, if there is one.
    pub sha256: Option<String>,
}

/// The outcome of a verification.
#[derive(Debug, Clone)]
pub struct Report {
    /// The statements, in the order of the chain.
    pub statements: Vec<StatementReport>,
    /// The simulations, in the order of their closing.
    pub simulations: Vec<SimulationReport>,
    /// The checks of the whole ledger.
    pub ledger: Vec<Check>,
    /// What to keep.
    pub head: Head,
}

impl Report {
    /// Whether nothing fails, and nothing stood in the way of a check.
    pub fn holds(&self) -> bool {
        !self.fails() && !self.is_incomplete()
    }

    /// Whether something does not verify.
    pub fn fails(&self) -> bool {
        self.checks().any(|check| check.state == State::Fails)
    }

    /// Whether a check could not be made.
    pub fn is_incomplete(&self) -> bool {
        self.checks().any(|check| check.state == State::Impossible)
    }

    /// The checks of all statements, of simulations and of the ledger.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        let simulations = self.simulations.iter().flat_map(|simulation| &simulation.checks);
        self.statements.iter().flat_map(|statement| &statement.checks).chain(simulations).chain(&self.ledger)
    }
}

/// Verifies the history of `tip`. `progress` is called once for each statement and simulation that is
/// done, from several threads. What does not verify is in the report; an error means that it could not be
/// done: an unreadable or incomplete clone, an unknown round.
pub fn verify(
    repository: &Repository,
    tip: ObjectId,
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report, Problems> {
    repository.demand_complete_history()?;
    let cache = StatementCache::default();
    let history = History::read(repository, tip, &cache)?;
    let selected = select(&history, options)?;
    let transactions = Transactions::read(repository, &history);
    let git_folder = repository.git_folder().to_owned();
    let wanted = simulations::select(&history, options);
    let count = selected.len() + wanted.len();
    let done = Mutex::new(0_usize);
    let is_done = || {
        if let Ok(mut done) = done.lock() {
            *done += 1;
            progress(*done, count);
        }
    };
    let mut statements = selected
        .par_iter()
        .map_init(
            || Repository::open(&git_folder),
            |repository, index| {
                let repository = repository.as_ref().map_err(Clone::clone)?;
                let report =
                    checks::check_statement(repository, &history, *index, options, &cache, &transactions)?;
                is_done();
                Ok(report)
            },
        )
        .collect::<Result<Vec<StatementReport>, Error>>()?;
    // One after another: each runs its own work on all processors.
    let check = |closing: &&simulations::SimulationClosing| {
        let report = simulations::check_simulation(repository, &history, closing, options)?;
        is_done();
        Ok(report)
    };
    let simulations = wanted.iter().map(check).collect::<Result<Vec<SimulationReport>, Error>>()?;
    statements.sort_by_key(|statement| statement.sequence); // stable: history order among equals
    let ledger =
        vec![check_signers(repository, &history, options, &selected), check_known(&history, options)];
    Ok(Report { statements, simulations, ledger, head: head_of(&history, tip) })
}

/// The first problem, and how many there are.
fn first_of(problems: &Problems) -> String {
    let first = problems.errors().first().map_or_else(String::new, ToString::to_string);
    match problems.errors().len() {
        1 => first,
        count => format!("{first} (and {} more problems)", count - 1),
    }
}

/// The closings that the options name, by their places.
fn select(history: &History, options: &Options) -> Result<Vec<usize>, Problems> {
    let round_of = |closing: &Closing| {
        closing.recorded.as_ref().ok().map(|recorded| recorded.statement.predicate.round.clone())
    };
    let rounds: Vec<Option<String>> = history.closings.iter().map(round_of).collect();
    let mut problems = Vec::new();
    for wanted in
        options.rounds.iter().filter(|wanted| !rounds.iter().flatten().any(|round| round == *wanted))
    {
        if let Some(name) = simulations::name_in(wanted) {
            let is_closed = history.simulations.find(name).is_some();
            problems.extend((!is_closed).then(|| simulations::not_closed(history, wanted)));
            continue;
        }
        let known: Vec<&str> = rounds.iter().flatten().map(String::as_str).collect();
        problems.push(Error::RoundNotClosed {
            round: wanted.into(),
            known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
        });
    }
    let is_wanted = |round: &Option<String>| {
        options.rounds.is_empty() || round.as_ref().is_some_and(|round| options.rounds.contains(round))
    };
    let selected =
        rounds.iter().enumerate().filter(|(_, round)| is_wanted(round)).map(|(index, _)| index).collect();
    Problems::unless_empty(problems, selected)
}

/// What the auditor should keep.
fn head_of(history: &History, tip: ObjectId) -> Head {
    let present = history.commits.last().map(|tip| &tip.statements);
    let last = history
        .closings
        .iter()
        .filter(|closing| present.is_some_and(|present| present.contains_key(&closing.path)))
        .filter_map(|closing| closing.recorded.as_ref().ok())
        .max_by_key(|recorded| recorded.sequence());
    Head {
        commit: tip,
        sequence: last.map_or(0, Recorded::sequence),
        sha256: last.map(|last| last.sha256.clone()),
    }
}

/// `known`: the history contains what the auditor knows of it.
fn check_known(history: &History, options: &Options) -> Check {
    let name = "known";
    let Some(known) = &options.known else {
        let detail = "without --known nobody can see whether the last rounds were cut off".to_owned();
        return Check { name, state: State::NotChecked, detail };
    };
    let contained =
        match known {
            Known::Commit(commit) => history.contains(*commit),
            Known::Statement(sha256) => {
                history
                    .closings
                    .iter()
                    .filter_map(|closing| closing.recorded.as_ref().ok().map(|recorded| &recorded.sha256))
                    .chain(history.simulations.closings.iter().filter_map(|closing| {
                        closing.recorded.as_ref().ok().map(|recorded| &recorded.sha256)
                    }))
                    .any(|known| known == sha256)
            }
        };
    let shown = match known {
        Known::Commit(commit) => format!("commit {commit}"),
        Known::Statement(sha256) => format!("statement {sha256}"),
    };
    if contained {
        Check { name, state: State::Holds, detail: format!("{shown} is contained") }
    } else {
        Check {
            name,
            state: State::Fails,
            detail: format!("{shown} is not part of this history: rounds may have been cut off or replaced"),
        }
    }
}
