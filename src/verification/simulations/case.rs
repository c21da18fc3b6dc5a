//! A simulation under examination: what the checks look at, and what they find out about it.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::SimulationClosing;
use crate::error::{Error, Problems, Shown};
use crate::git::{Kind, ObjectId, Repository};
use crate::signing::{CommitParts, PublicKey};
use crate::simulation::execute::Watch;
use crate::simulation::results::{SimulationResults, results};
use crate::simulation::statement::SimulationStatement;
use crate::snapshot::{self, LfsFolders};
use crate::verification::checks::{check_added, first_line_that_differs};
use crate::verification::history::{CommitState, History};
use crate::verification::messages::{check_equal, engine_of};
use crate::verification::{Options, first_of};

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
    pub(super) results: OnceCell<Result<SimulationResults, String>>,
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
        let changes = self.repository.changes(Some(parent.node.tree), commit.node.tree);
        for change in changes.map_err(|error| error.to_string())? {
            check_added(&change, &self.closing.folder)?;
        }
        let names = || statement.subject.iter().map(|subject| subject.name.as_str());
        let before = self.results_in(parent.node.tree)?;
        if let Some((name, _)) = before.iter().find(|(before, _)| names().any(|name| name == before)) {
            return Err(format!("it does not add {}, which was there before", Shown::from(name)));
        }
        let (parts, _) = closer.signed.as_ref().ok_or("there is no message")?;
        let sha256 = self.closing.recorded.as_ref().map_or("", |recorded| recorded.sha256.as_str());
        let expected = statement.commit_message(sha256, engine_of(&parts.message)?);
        check_equal(&parts.message, &expected, "statement")
    }

    /// The files of the results folder in a tree: name and blob.
    pub(super) fn results_in(&self, tree: ObjectId) -> Result<Vec<(String, ObjectId)>, String> {
        let prefix = format!("{}/", self.closing.folder);
        let entries = self.repository.entries(tree, &self.closing.folder, &|_| true);
        let entries = entries.map_err(|error| error.to_string())?;
        let name = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
        Ok(entries.iter().map(|entry| (name(&entry.path), entry.id)).collect())
    }

    /// The bytes of a file of the results as they were closed.
    pub(super) fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        let tree = self.closers.first().map(|closer| closer.commit.node.tree).ok_or("nobody closed it")?;
        let blob = self.blob_at(tree, &format!("{}/{name}", self.closing.folder))?;
        self.repository.blob(blob).map_err(|error| error.to_string())
    }

    /// The blob of a regular file of a tree.
    pub(super) fn blob_at(&self, tree: ObjectId, path: &str) -> Result<ObjectId, String> {
        let entry = self.repository.entry(tree, path).map_err(|error| error.to_string())?;
        let shown = Shown::from(path);
        let entry = entry.ok_or_else(|| format!("{shown} is not there"))?;
        match entry.kind {
            Kind::File | Kind::Executable => Ok(entry.id),
            _ => Err(format!("{shown} is not a regular file")),
        }
    }

    /// The results, computed again from the parent; once, for the checks that ask.
    pub(super) fn recalculated(&self) -> Result<&SimulationResults, String> {
        self.results.get_or_init(|| self.recalculate()).as_ref().map_err(Clone::clone)
    }

    pub(super) fn recalculate(&self) -> Result<SimulationResults, String> {
        let parent = self.closers.first().and_then(|closer| closer.parent(self.history));
        let tree = parent.ok_or("it has no parent")?.node.tree;
        let lfs = LfsFolders::of(self.repository, self.options.lfs_dir.as_deref());
        let name = &self.closing.name;
        let watch = Watch { progress: &|_, _| {}, is_interrupted: &|| false };
        let made = snapshot::simulations::read(self.repository, tree, name, &lfs)
            .and_then(|(ledger, files)| results(&ledger, &files, name, &watch));
        made.map_err(|problems: Problems| {
            let not_here = |error: &&Error| {
                matches!(error, Error::LfsObjectMissing { .. } | Error::LfsObjectDamaged { .. })
            };
            if let Some(error) = problems.errors().iter().find(not_here) {
                return self.impossible.get_or_init(|| error.to_string()).clone();
            }
            format!("the simulation cannot be computed: {}", first_of(&problems))
        })
    }

    /// How a committed file differs from the recalculated one.
    pub(super) fn difference(&self, name: &str, results: &SimulationResults) -> String {
        let rebuilt: &[u8] = results.files.get(name).map_or(&[], Vec::as_slice);
        match self.file(name) {
            Ok(committed) => format!(
                "{} is not what the inputs give: {}",
                Shown::from(name),
                first_line_that_differs(rebuilt, &committed)
            ),
            Err(reason) => reason,
        }
    }

    /// The first later commit that touched the results, or the inputs, of this simulation.
    pub(super) fn touch(&self, in_results: bool) -> Option<String> {
        let touches = || self.closing.touches.iter().filter(|touch| touch.in_results == in_results);
        let first = touches().next()?;
        let paths: BTreeSet<&str> =
            touches().filter(|touch| touch.commit == first.commit).map(|touch| touch.path.as_str()).collect();
        let more =
            if paths.len() > 1 { format!(" (and {} more files)", paths.len() - 1) } else { String::new() };
        Some(format!("commit {} changes {}{more}", self.history.id(first.commit), Shown::from(&first.path)))
    }
}
