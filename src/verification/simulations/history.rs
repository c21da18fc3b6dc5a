//! Closed simulations over all commits: which commit added the statement of one, and which commits
//! touched what it froze. They are no record commits: nothing comes before or after them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::files::sha256_hex;
use crate::git::{Change, ObjectId, Repository};
use crate::simulation::SIMULATIONS_FOLDER;
use crate::simulation::results::{results_of, statement_of_simulation};
use crate::simulation::statement::SimulationStatement;
use crate::statement::STATEMENT_FILE;
use crate::verification::history::{History, Touch};

/// The closed simulations of a history.
#[derive(Debug, Default)]
pub struct Simulations {
    /// The closings, in the order of the commits; one a simulation.
    pub closings: Vec<SimulationClosing>,
    by_name: BTreeMap<String, usize>,
    /// The simulations whose statement a commit's tree holds, by the place of the commit.
    held: Vec<Arc<BTreeSet<String>>>,
}

/// A simulation that some commit closed.
#[derive(Debug, Clone)]
pub struct SimulationClosing {
    /// Its name: the folder below simulations/.
    pub name: String,
    /// The results folder.
    pub folder: String,
    /// The places of the commits that added its statement while no parent held it: several where it
    /// was closed on several lines, or removed and added again.
    pub commits: Vec<usize>,
    /// The statement of the first, or why it cannot be read.
    pub recorded: Result<RecordedSimulation, String>,
    /// Changes of its results, and of its own inputs, while it was closed.
    pub touches: Vec<Touch>,
}

/// A statement with its digest.
#[derive(Debug, Clone)]
pub struct RecordedSimulation {
    /// The statement.
    pub statement: Arc<SimulationStatement>,
    /// The digest of statement.json.
    pub sha256: String,
}

impl Simulations {
    /// The closing of the simulation of that name.
    pub fn find(&self, name: &str) -> Option<&SimulationClosing> {
        self.by_name.get(name).and_then(|index| self.closings.get(*index))
    }

    fn holds(&self, place: usize, name: &str) -> bool {
        self.held.get(place).is_some_and(|held| held.contains(name))
    }
}

impl History {
    /// Notes what the commit at `place` does to simulations; `changes` are those against each of its
    /// parents, which were noted before.
    pub(in crate::verification) fn note_simulations(
        &mut self,
        repository: &Repository,
        place: usize,
        parents: &[usize],
        changes: &[Vec<Change>],
    ) {
        let simulations = &mut self.simulations;
        for (parent, changes) in parents.iter().zip(changes) {
            for change in changes {
                simulations.note_touch(*parent, place, &change.path);
            }
        }
        let first = parents.first().and_then(|parent| simulations.held.get(*parent));
        let mut held = first.map_or_else(Arc::default, Arc::clone);
        let mut new: Vec<(String, ObjectId)> = Vec::new();
        for change in changes.first().map_or(&[][..], Vec::as_slice) {
            let Some(name) = statement_of_simulation(&change.path) else { continue };
            match change.after {
                None => _ = Arc::make_mut(&mut held).remove(name),
                Some((_, id)) => {
                    Arc::make_mut(&mut held).insert(name.to_owned());
                    if !parents.iter().any(|parent| simulations.holds(*parent, name)) {
                        new.push((name.to_owned(), id));
                    }
                }
            }
        }
        // Commits are noted in their order, so that this is the place of the commit.
        simulations.held.push(held);
        for (name, id) in new {
            simulations.note_closing(repository, place, name, id);
        }
    }
}

impl Simulations {
    /// Notes a statement that no parent holds.
    fn note_closing(&mut self, repository: &Repository, place: usize, name: String, id: ObjectId) {
        let known = self.by_name.get(&name).and_then(|index| self.closings.get_mut(*index));
        if let Some(closing) = known {
            closing.commits.push(place);
            return;
        }
        let folder = results_of(&name);
        let path = format!("{folder}/{STATEMENT_FILE}");
        let read = || {
            let bytes = repository.blob(id)?;
            let statement = Arc::new(SimulationStatement::read(&path, &bytes)?);
            Ok(RecordedSimulation { statement, sha256: sha256_hex(&bytes) })
        };
        let recorded = read().map_err(|error: crate::error::Error| error.to_string());
        self.by_name.insert(name.clone(), self.closings.len());
        let (commits, touches) = (vec![place], Vec::new());
        self.closings.push(SimulationClosing { name, folder, commits, recorded, touches });
    }

    /// Notes a change of a path that is frozen in the parent.
    fn note_touch(&mut self, parent: usize, place: usize, path: &str) {
        let inner = path.strip_prefix(SIMULATIONS_FOLDER).and_then(|rest| rest.strip_prefix('/'));
        let Some(name) = inner.and_then(|inner| inner.split('/').next()) else { return };
        if !self.holds(parent, name) {
            return;
        }
        let index = self.by_name.get(name).copied();
        let Some(closing) = index.and_then(|index| self.closings.get_mut(index)) else { return };
        let rest = path.strip_prefix(&closing.folder);
        let in_results = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let is_input = || {
            let recorded = closing.recorded.as_ref();
            recorded.is_ok_and(|it| it.statement.predicate.inputs.iter().any(|input| input.name == path))
        };
        if in_results || is_input() {
            closing.touches.push(Touch { path: path.to_owned(), commit: place, in_results });
        }
    }
}
