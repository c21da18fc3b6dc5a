//! A simulation under examination: what the checks look at, and what they find out about it.

use std::cell::OnceCell;

use super::SimulationClosing;
use crate::error::Shown;
use crate::git::Repository;
use crate::signing::{CommitParts, PublicKey};
use crate::simulation::execute::Watch;
use crate::simulation::results::{SimulationResults, results};
use crate::simulation::statement::SimulationStatement;
use crate::snapshot::{self, LfsFolders};
use crate::verification::Options;
use crate::verification::history::{CommitState, History};
use crate::verification::messages::{check_equal, engine_of};
use crate::verification::recorded::{ClosedResults, Examined, not_computed};

/// A commit that closes, with its parent: what the checks of a commit look at.
pub(super) struct Closer<'a> {
    pub(super) commit: &'a CommitState,
    pub(super) signed: Option<(CommitParts, PublicKey)>,
}

/// A simulation under examination, and what earlier checks established about it.
pub(super) struct Case<'a> {
    pub(super) repository: &'a Repository,
    pub(super) history: &'a History,
    pub(super) options: &'a Options,
    pub(super) closing: &'a SimulationClosing,
    /// The first commit that closes it, and those on other lines.
    pub(super) closers: Vec<Closer<'a>>,
    pub(super) signer: String,
    pub(super) recalculated: OnceCell<Result<SimulationResults, String>>,
    /// Why the results cannot be computed again here, although nothing is known to be wrong.
    pub(super) impossible: OnceCell<String>,
}

impl<'a> Closer<'a> {
    /// The state before the close: the first parent.
    pub(super) fn parent(&self, history: &'a History) -> Option<&'a CommitState> {
        self.commit.parents.first().and_then(|parent| history.at(*parent))
    }
}

impl<'a> Case<'a> {
    pub(super) fn statement(&self) -> Result<&'a SimulationStatement, String> {
        let recorded = self.closing.recorded.as_ref();
        let recorded = recorded.map_err(|reason| format!("the statement cannot be read: {reason}"))?;
        Ok(&recorded.statement)
    }

    /// A commit that closes: one parent, results added and nothing else, the message.
    pub(super) fn check_closer(
        &self,
        closer: &Closer<'_>,
        statement: &SimulationStatement,
    ) -> Result<(), String> {
        let commit = closer.commit;
        let [parent] = commit.parents.as_slice() else {
            return Err(format!("it has {} parents; a close has one", commit.parents.len()));
        };
        let parent = self.history.at(*parent).ok_or("its parent is missing")?;
        let results = self.results_of(closer)?;
        results.check_changes(parent.node.tree)?;
        if let Some(name) = results.named_before(parent.node.tree)? {
            return Err(format!("it does not add {}, which was there before", Shown::from(name)));
        }
        let (parts, _) = closer.signed.as_ref().ok_or("there is no message")?;
        let sha256 = self.closing.recorded.as_ref().map_or("", |recorded| recorded.sha256.as_str());
        let expected = statement.commit_message(sha256, engine_of(&parts.message)?);
        check_equal(&parts.message, &expected, "statement")
    }

    /// The results as a commit closed them.
    pub(super) fn results_of(&self, closer: &Closer<'_>) -> Result<ClosedResults<'a>, String> {
        let (repository, folder, tree) = (self.repository, &self.closing.folder, closer.commit.node.tree);
        Ok(ClosedResults { repository, folder, tree, subject: &self.statement()?.subject })
    }

    /// The results as they were closed first.
    pub(super) fn results(&self) -> Result<ClosedResults<'a>, String> {
        self.results_of(self.closers.first().ok_or("nobody closed it")?)
    }

    /// The results, computed again from the parent; once, for the checks that ask.
    pub(super) fn recalculated(&self) -> Result<&SimulationResults, String> {
        self.recalculated.get_or_init(|| self.recalculate()).as_ref().map_err(Clone::clone)
    }

    fn recalculate(&self) -> Result<SimulationResults, String> {
        let parent = self.closers.first().and_then(|closer| closer.parent(self.history));
        let tree = parent.ok_or("it has no parent")?.node.tree;
        let lfs = LfsFolders::of(self.repository, self.options.lfs_dir.as_deref());
        let name = &self.closing.name;
        let watch = Watch { progress: &|_, _| {}, is_interrupted: &|| false };
        let made = snapshot::simulations::read(self.repository, tree, name, &lfs)
            .and_then(|(ledger, files)| results(&ledger, &files, name, &watch));
        made.map_err(|problems| not_computed("simulation", &problems, &self.impossible))
    }
}

impl Examined for Case<'_> {
    fn impossible(&self) -> Option<&String> {
        self.impossible.get()
    }
}
