//! A statement under examination: what the checks look at, and what they find out about it.

use std::cell::OnceCell;

use super::APPROVALS;
use crate::calculate::{Results, Snapshot, calculate_revision};
use crate::error::{Error, Place};
use crate::git::{ObjectId, Repository};
use crate::ledger::Ledger;
use crate::ledger::round_id::RoundId;
use crate::settlement::Standing;
use crate::signing::{CommitParts, PublicKey};
use crate::snapshot::{self, LfsFolders, StatementCache};
use crate::statement::{Predicate, Record, Recorded, Statement};
use crate::verification::approvals::Approvals;
use crate::verification::history::{Closing, CommitState, History, Touch};
use crate::verification::recorded::{ClosedResults, Examined, file_at, not_computed};
use crate::verification::settlements::Transactions;
use crate::verification::{Options, first_of};

/// A statement under examination, and what earlier checks established about it.
pub(super) struct Case<'a> {
    pub(super) repository: &'a Repository,
    pub(super) history: &'a History,
    pub(super) options: &'a Options,
    pub(super) cache: &'a StatementCache,
    pub(super) transactions: &'a Transactions,
    pub(super) index: usize,
    pub(super) closing: &'a Closing,
    pub(super) commit: &'a CommitState,
    pub(super) parts: Option<CommitParts>,
    pub(super) key: Option<PublicKey>,
    pub(super) signer: String,
    pub(super) approvals: Option<Approvals>,
    pub(super) standing: Option<Standing>,
    pub(super) ledger: OnceCell<Result<Ledger, String>>,
    pub(super) record: OnceCell<Result<Record, String>>,
    pub(super) recalculated: OnceCell<Result<Results, String>>,
    /// Why the results cannot be computed again here, although nothing is known to be wrong.
    pub(super) impossible: OnceCell<String>,
}

impl<'a> Case<'a> {
    /// The state before the close: the first parent.
    pub(super) fn parent(&self) -> Option<&'a CommitState> {
        self.commit.parents.first().and_then(|parent| self.history.at(*parent))
    }

    pub(super) fn recorded(&self) -> Result<&'a Recorded, String> {
        let recorded = self.closing.recorded.as_ref();
        recorded.map_err(|reason| format!("the statement cannot be read: {reason}"))
    }

    pub(super) fn statement(&self) -> Result<&'a Statement, String> {
        self.recorded().map(|recorded| &*recorded.statement)
    }

    pub(super) fn predicate(&self) -> Result<&'a Predicate, String> {
        self.statement().map(|statement| &statement.predicate)
    }

    /// The results as the commit closed them.
    pub(super) fn results(&self) -> Result<ClosedResults<'a>, String> {
        let (repository, folder, tree) = (self.repository, &self.closing.folder, self.commit.node.tree);
        Ok(ClosedResults { repository, folder, tree, subject: &self.statement()?.subject })
    }

    /// The bytes of a regular file as it was closed.
    pub(super) fn file(&self, path: &str) -> Result<Vec<u8>, String> {
        file_at(self.repository, self.commit.node.tree, path)
    }

    /// The record as it stood in the parent.
    pub(super) fn record_before(&self) -> Result<&Record, String> {
        let read = || -> Result<Record, String> {
            let parent = self.parent().ok_or("it has no parent")?;
            let recorded = |(path, id): (&String, &ObjectId)| self.cache.read(self.repository, path, *id);
            let statements: Result<Vec<Recorded>, Error> = parent.statements.iter().map(recorded).collect();
            statements.and_then(Record::new).map_err(|error| error.to_string())
        };
        self.record.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// The ledger as it stood in the parent; read once, for the checks that ask.
    pub(super) fn ledger_before(&self) -> Result<&Ledger, String> {
        let read = || -> Result<Ledger, String> {
            let parent = self.parent().ok_or("it has no parent")?;
            snapshot::read_ledger(self.repository, parent.node.tree).map_err(|problems| first_of(&problems))
        };
        self.ledger.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// The results, computed again from the parent; once, for the checks that ask.
    pub(super) fn recalculated(&self) -> Result<&Results, String> {
        self.recalculated.get_or_init(|| self.recalculate()).as_ref().map_err(Clone::clone)
    }

    fn recalculate(&self) -> Result<Results, String> {
        let parent = self.parent().ok_or("it has no parent")?;
        let record = self.record_before()?;
        let ledger = self.ledger_before()?;
        let place = Place::file(&self.closing.path);
        let predicate = self.predicate()?;
        let (round, revision) = (RoundId::parse(&predicate.round, &place), predicate.revision);
        let round = round.map_err(|error| error.to_string())?;
        // What close would not have found to be an open round has no results.
        let rounds = snapshot::read_rounds(self.repository, parent.node.tree, ledger)
            .map_err(|problems| first_of(&problems))?;
        if !rounds.contains(&round) || ledger.history.contains(&round) {
            return Err(format!("`{round}` is no round that could be closed"));
        }
        let lfs = LfsFolders::of(self.repository, self.options.lfs_dir.as_deref());
        let files =
            snapshot::read_files(self.repository, parent.node.tree, ledger, (&round, revision), record, &lfs)
                .map_err(|error| error.to_string())?;
        calculate_revision(Snapshot { files: &files, record }, &round, revision)
            .map_err(|problems| not_computed("round", &problems, &self.impossible))
    }

    /// What later commits touched of this statement's results and inputs.
    pub(super) fn touches(&self) -> &'a [Touch] {
        self.history.touches.get(&self.index).map_or(&[], Vec::as_slice)
    }
}

impl Examined for Case<'_> {
    fn impossible(&self) -> Option<&String> {
        self.impossible.get()
    }

    fn is_waiting(&self, check: &str) -> bool {
        check == APPROVALS && self.approvals.as_ref().is_some_and(|approvals| approvals.missing() > 0)
    }
}
