//! Files that are written once beside the results that they concern: settlements and approvals. Which
//! commits added them, and which touched them while their round was closed.

use std::collections::BTreeMap;

use super::history::{Addition, History};
use crate::error::Shown;
use crate::git::{Change, Repository};
use crate::ledger::review::APPROVALS_FOLDER;
use crate::settlement::SETTLEMENTS_FOLDER;
use crate::statement::{Recorded, STATEMENT_FILE};

/// The names of the folders.
const FOLDERS: [&str; 2] = [SETTLEMENTS_FOLDER, APPROVALS_FOLDER];

/// What happened to such files over all commits.
#[derive(Debug, Default)]
pub struct Beside {
    /// By path, the commits that added the file while no parent had it.
    additions: BTreeMap<String, Vec<Addition>>,
    /// Commits that changed or removed such a file while its round was closed.
    touches: Vec<(String, usize)>,
}

/// A file beside the results of a closed round.
pub(super) struct Written<'a> {
    pub path: &'a str,
    /// The commits that added it while its round was closed; several when the same file was added on
    /// several lines.
    pub additions: Vec<Addition>,
}

impl Beside {
    /// All additions to folders of that name, with their paths.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = (&String, Addition)> {
        self.additions
            .iter()
            .filter(move |(path, _)| folder_in(path).is_some_and(|(_, found)| found == name))
            .flat_map(|(path, additions)| additions.iter().map(move |addition| (path, *addition)))
    }
}

impl History {
    /// Notes files below such folders that none of the parents has.
    pub(super) fn note_beside(&mut self, place: usize, changes: &[Vec<Change>]) {
        let Some((first, others)) = changes.split_first() else { return };
        for change in first.iter().filter(|change| folder_in(&change.path).is_some()) {
            let (None, Some((kind, id))) = (change.before, change.after) else { continue };
            // What does not differ from another parent came from there.
            let is_new = |other: &Vec<Change>| {
                other.iter().any(|other| other.path == change.path && other.before.is_none())
            };
            if others.iter().all(is_new) {
                let addition = Addition { commit: place, kind, id };
                self.beside.additions.entry(change.path.clone()).or_default().push(addition);
            }
        }
    }

    /// Notes changes of such files of rounds that are closed in the parent.
    pub(super) fn note_beside_touches(&mut self, parent: usize, place: usize, changes: &[Change]) {
        for change in changes.iter().filter(|change| change.before.is_some()) {
            if statement_beside(&change.path).is_some_and(|statement| self.holds(parent, &statement)) {
                self.beside.touches.push((change.path.clone(), place));
            }
        }
    }

    /// The files in a folder beside the results of a statement, in byte order: those that stand in the
    /// tip or were added after the close; or the first that was touched, or was there before.
    pub(super) fn written_beside(
        &self,
        repository: &Repository,
        recorded: &Recorded,
        folder: &str,
    ) -> Result<Vec<Written<'_>>, String> {
        let is_here = |path: &str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some((path, commit)) = self.beside.touches.iter().find(|(path, _)| is_here(path)) {
            let commit = self.id(*commit);
            return Err(format!("commit {commit} changes {}, which was written once", Shown::from(path)));
        }
        let statement = format!("{}/{STATEMENT_FILE}", recorded.folder);
        let tip = self.commits.last().ok_or("there are no commits")?.node.tree;
        let mut written = Vec::new();
        for (path, additions) in self.beside.additions.range(folder.to_owned()..) {
            if !path.starts_with(folder) {
                break;
            }
            if !is_here(path) {
                continue;
            }
            let is_after = |addition: &&Addition| {
                let parents = self.at(addition.commit).map_or(&[][..], |commit| &commit.parents);
                parents.iter().any(|parent| self.holds(*parent, &statement))
            };
            let after: Vec<Addition> = additions.iter().filter(is_after).copied().collect();
            let stands = repository.entry(tip, path).map_err(|error| error.to_string())?.is_some();
            if after.is_empty() && !stands {
                continue; // somebody's draft, taken away again before the close
            }
            if after.is_empty() {
                return Err(format!("{} was not added after the round was closed", Shown::from(path)));
            }
            written.push(Written { path, additions: after });
        }
        Ok(written)
    }
}

/// The folder above the first such folder of a path (with its `/`), and that folder's name.
fn folder_in(path: &str) -> Option<(&str, &str)> {
    let mut start = 0;
    for name in path.split('/') {
        if FOLDERS.contains(&name) {
            return Some((path.get(..start)?, name));
        }
        start += name.len() + 1;
    }
    None
}

/// The path of the statement beside such a folder, for a path in that folder or the folder itself. No
/// part of a round's id is called so.
fn statement_beside(path: &str) -> Option<String> {
    folder_in(path).map(|(above, _)| format!("{above}results/{STATEMENT_FILE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_found_in_paths() {
        for (path, statement) in [
            ("rounds/a/settlements/1.json", Some("rounds/a/results/statement.json")),
            ("rounds/a/approvals", Some("rounds/a/results/statement.json")),
            ("rounds/a/revisions/2/approvals/x.sig", Some("rounds/a/revisions/2/results/statement.json")),
            ("rounds/a/approvals/settlements/1.json", Some("rounds/a/results/statement.json")),
            ("settlements/1.json", Some("results/statement.json")),
            ("rounds/a/results/statement.json", None),
            ("rounds/approvals.csv", None),
        ] {
            assert_eq!(statement_beside(path).as_deref(), statement, "{path}");
        }
    }
}
