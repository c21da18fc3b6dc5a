//! What happened to the record over all commits: which commit closed what, who changed the signers,
//! and which commits touched what was frozen. One walk from the root to the tip.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::beside::Beside;
use super::simulations::Simulations;
use crate::error::Error;
use crate::git::{Change, CommitNode, Kind, ObjectId, Repository};
use crate::ledger::revision::round_folder_of;
use crate::signing::CommitParts;
use crate::snapshot::{StatementCache, is_statement_path};
use crate::statement::{Recorded, STATEMENT_FILE};

/// The path of the list of signers, from the ledger's root.
pub const ALLOWED_SIGNERS_FILE: &str = "allowed_signers";

/// A commit and the record as it stands in it. Commits are named by their place in
/// [`History::commits`].
#[derive(Debug, Clone)]
pub struct CommitState {
    /// The commit, its parents and its tree.
    pub node: CommitNode,
    /// Places of the parents.
    pub parents: Vec<usize>,
    /// The statements of the commit's tree: path to blob.
    pub statements: Arc<BTreeMap<String, ObjectId>>,
    /// The blob of allowed_signers, if the tree has one.
    pub allowed_signers: Option<ObjectId>,
    /// The newest record commit among this commit and its ancestors.
    pub newest_record: Option<usize>,
    /// How many record commits lead up to this one, itself included, if it is a record commit.
    depth: usize,
}

/// A commit that holds a statement while no parent does.
#[derive(Debug, Clone)]
pub struct Closing {
    /// The path of the statement.
    pub path: String,
    /// The results folder.
    pub folder: String,
    /// The place of the commit.
    pub commit: usize,
    /// The statement, or why it cannot be read.
    pub recorded: Result<Recorded, String>,
    /// Other commits that add a statement at the same path.
    pub again: Vec<usize>,
}

/// A change of what was frozen: `commit` against one of its parents.
#[derive(Debug, Clone)]
pub struct Touch {
    /// The path that is not what it was.
    pub path: String,
    /// The place of the commit.
    pub commit: usize,
    /// Whether the path lies in the results folder; else it is an input.
    pub in_results: bool,
}

/// A file that a commit added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addition {
    /// The place of the commit.
    pub commit: usize,
    /// What was added.
    pub kind: Kind,
    /// Its object.
    pub id: ObjectId,
}

/// What a commit did to allowed_signers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignersChange {
    /// The file appears while no parent has it.
    Root,
    /// A commit with one parent changes or removes it.
    Changed,
    /// A merge does not have the file of the parent with the newest record commit.
    MergedWrong,
}

/// The history of a ledger up to a commit.
#[derive(Debug, Default)]
pub struct History {
    /// All commits, parents before children.
    pub commits: Vec<CommitState>,
    /// The closings, in the order of the commits.
    pub closings: Vec<Closing>,
    /// Changes of frozen paths, by the place of the closing in `closings`.
    pub touches: BTreeMap<usize, Vec<Touch>>,
    /// Changes of allowed_signers, in the order of the commits.
    pub signers_changes: Vec<(usize, SignersChange)>,
    /// Settlements and approvals, which are written once beside results.
    pub beside: Beside,
    /// Rounds that `history` of ledger.json listed where the ledger begins or where a statement was
    /// closed: by round, the places of the commits.
    pub(super) listings: BTreeMap<String, Vec<usize>>,
    /// The ledger.json of the newest commit that was looked at for them.
    pub(super) last_listing: Option<ObjectId>,
    /// Closed simulations, which stand outside the chain.
    pub simulations: Simulations,
    /// Pairs of record commits of which none is an ancestor of the other.
    pub forks: Vec<(usize, usize)>,
    places: BTreeMap<ObjectId, usize>,
    closing_by_path: BTreeMap<String, usize>,
    frozen_inputs: BTreeMap<String, Vec<usize>>,
}

impl History {
    /// Walks all ancestors of `tip`.
    pub fn read(repository: &Repository, tip: ObjectId, cache: &StatementCache) -> Result<Self, Error> {
        let mut history = Self::default();
        for node in repository.history(tip)? {
            history.add(repository, node, cache)?;
        }
        Ok(history)
    }

    /// Whether a commit is part of the history.
    pub fn contains(&self, commit: ObjectId) -> bool {
        self.places.contains_key(&commit)
    }

    /// The state at a commit.
    pub fn at(&self, place: usize) -> Option<&CommitState> {
        self.commits.get(place)
    }

    /// The id of a commit, as text.
    pub fn id(&self, place: usize) -> String {
        self.at(place).map_or_else(String::new, |commit| commit.node.id.to_string())
    }

    /// The newest record commit of the whole history.
    pub fn newest_record(&self) -> Option<&CommitState> {
        self.commits.last().and_then(|tip| tip.newest_record).and_then(|place| self.at(place))
    }

    /// Whether `ancestor` is `descendant` or one of its ancestors.
    pub fn is_ancestor(&self, ancestor: usize, descendant: usize) -> bool {
        let mut waiting = vec![descendant];
        let mut seen = BTreeSet::new();
        while let Some(place) = waiting.pop() {
            if place == ancestor {
                return true;
            }
            // Parents stand before children, so nothing before the ancestor can lead to it.
            let parents = self.at(place).map_or(&[][..], |commit| &commit.parents);
            waiting.extend(parents.iter().filter(|parent| **parent >= ancestor && seen.insert(**parent)));
        }
        false
    }

    /// Adds a commit whose parents were added before.
    fn add(
        &mut self,
        repository: &Repository,
        node: CommitNode,
        cache: &StatementCache,
    ) -> Result<(), Error> {
        let place = self.commits.len();
        let parents: Vec<usize> =
            node.parents.iter().filter_map(|parent| self.places.get(parent).copied()).collect();
        let changes: Vec<Vec<Change>> = if parents.is_empty() {
            vec![repository.changes(None, node.tree)?]
        } else {
            let trees = parents.iter().filter_map(|parent| self.at(*parent)).map(|parent| parent.node.tree);
            trees.map(|tree| repository.changes(Some(tree), node.tree)).collect::<Result<_, _>>()?
        };
        for (parent, changes) in parents.iter().zip(&changes) {
            self.note_touches(*parent, place, changes);
            self.note_beside_touches(*parent, place, changes);
        }
        self.note_beside(place, &changes);
        self.note_simulations(repository, place, &parents, &changes);
        let first = parents.first().and_then(|parent| self.at(*parent));
        let first_changes = changes.first().map_or(&[][..], Vec::as_slice);
        let statements = statements_after(first.map(|first| &first.statements), first_changes);
        let allowed_signers = signers_after(first.and_then(|first| first.allowed_signers), first_changes);
        let is_held = |path: &str| {
            parents
                .iter()
                .any(|parent| self.at(*parent).is_some_and(|parent| parent.statements.contains_key(path)))
        };
        let new: Vec<(String, ObjectId)> = first_changes
            .iter()
            .filter(|change| is_statement_path(&change.path) && !is_held(&change.path))
            .filter_map(|change| change.after.map(|(_, id)| (change.path.clone(), id)))
            .collect();
        let (newest_before, is_fork) = self.newest_of(&parents);
        let change = self.signers_change(&parents, allowed_signers, newest_before, is_fork);
        self.signers_changes.extend(change.map(|change| (place, change)));
        let is_record = !new.is_empty() || change.is_some_and(|change| change != SignersChange::MergedWrong);
        let depth = newest_before.and_then(|newest| self.at(newest)).map_or(0, |newest| newest.depth)
            + usize::from(is_record);
        let newest_record = if is_record { Some(place) } else { newest_before };
        if !new.is_empty() || change == Some(SignersChange::Root) {
            self.note_listings(repository, place, node.tree)?;
        }
        self.places.insert(node.id, place);
        self.commits.push(CommitState { node, parents, statements, allowed_signers, newest_record, depth });
        for (path, id) in new {
            self.note_closing(repository, place, path, id, cache);
        }
        Ok(())
    }

    /// The newest record commit of several parents, and whether they are the ends of a fork:
    /// record commits must form one line. A root of trust is no end of one: a second root is what
    /// the check `signers` refuses.
    fn newest_of(&mut self, parents: &[usize]) -> (Option<usize>, bool) {
        let newest = |parent: &usize| self.at(*parent).and_then(|parent| parent.newest_record);
        let mut candidates: Vec<usize> = parents.iter().filter_map(newest).collect();
        candidates
            .sort_by_key(|place| std::cmp::Reverse((self.at(*place).map(|commit| commit.depth), *place)));
        candidates.dedup();
        let Some(chosen) = candidates.first().copied() else { return (None, false) };
        let mut is_fork = false;
        for other in candidates.into_iter().skip(1) {
            if self.is_root(other) || self.is_root(chosen) || self.is_ancestor(other, chosen) {
                continue;
            }
            is_fork = true;
            if !self.forks.contains(&(other, chosen)) {
                self.forks.push((other, chosen));
            }
        }
        (Some(chosen), is_fork)
    }

    /// Whether allowed_signers begins with a commit.
    fn is_root(&self, place: usize) -> bool {
        self.signers_changes.contains(&(place, SignersChange::Root))
    }

    /// Whether a commit lies before both ends of a fork, so that the fork does not concern it.
    pub fn is_before_fork(&self, place: usize, (left, right): (usize, usize)) -> bool {
        [left, right].into_iter().all(|end| end != place && self.is_ancestor(place, end))
    }

    /// What a commit with these parents did to allowed_signers.
    fn signers_change(
        &self,
        parents: &[usize],
        after: Option<ObjectId>,
        newest: Option<usize>,
        is_fork: bool,
    ) -> Option<SignersChange> {
        let before: Vec<Option<ObjectId>> = parents
            .iter()
            .filter_map(|parent| self.at(*parent))
            .map(|parent| parent.allowed_signers)
            .collect();
        if before.iter().all(Option::is_none) {
            return after.map(|_| SignersChange::Root);
        }
        if let [before] = before.as_slice() {
            return (*before != after).then_some(SignersChange::Changed);
        }
        if is_fork && before.contains(&after) {
            return None; // neither side is the newer one; the fork itself is what fails
        }
        let has_newest =
            |parent: &&usize| self.at(**parent).is_some_and(|parent| parent.newest_record == newest);
        let expected = parents.iter().find(has_newest).and_then(|parent| self.at(*parent)?.allowed_signers);
        (expected != after).then_some(SignersChange::MergedWrong)
    }

    /// Notes a statement that no parent holds.
    fn note_closing(
        &mut self,
        repository: &Repository,
        place: usize,
        path: String,
        id: ObjectId,
        cache: &StatementCache,
    ) {
        if let Some(first) = self.closing_by_path.get(&path).copied() {
            if let Some(closing) = self.closings.get_mut(first) {
                closing.again.push(place);
            }
            return;
        }
        let index = self.closings.len();
        let recorded = cache.read(repository, &path, id).map_err(|error| error.to_string());
        let folder = path.strip_suffix(STATEMENT_FILE).unwrap_or(&path).trim_end_matches('/').to_owned();
        let beside = folder.strip_suffix("/results").unwrap_or(&folder);
        let round_folder = format!("{}/", round_folder_of(beside));
        let inputs = recorded.iter().flat_map(|recorded| &recorded.statement.predicate.inputs);
        for input in inputs.filter(|input| input.name.starts_with(&round_folder)) {
            self.frozen_inputs.entry(input.name.clone()).or_default().push(index);
        }
        self.closing_by_path.insert(path.clone(), index);
        self.closings.push(Closing { path, folder, commit: place, recorded, again: Vec::new() });
    }

    /// Notes changes of paths that are frozen in the parent.
    fn note_touches(&mut self, parent: usize, place: usize, changes: &[Change]) {
        let Some(held) = self.at(parent).map(|parent| Arc::clone(&parent.statements)) else { return };
        let is_held = |history: &Self, closing: usize| {
            history.closings.get(closing).is_some_and(|closing| held.contains_key(&closing.path))
        };
        for change in changes {
            let inputs = self.frozen_inputs.get(&change.path).cloned().unwrap_or_default();
            let results = results_folders(&change.path).filter_map(|folder| {
                self.closing_by_path.get(&format!("{folder}/{STATEMENT_FILE}")).copied()
            });
            let touched: Vec<(usize, bool)> = results
                .map(|closing| (closing, true))
                .chain(inputs.into_iter().map(|closing| (closing, false)))
                .collect();
            for (closing, in_results) in touched {
                if is_held(self, closing) {
                    let touch = Touch { path: change.path.clone(), commit: place, in_results };
                    self.touches.entry(closing).or_default().push(touch);
                }
            }
        }
    }
}

impl History {
    /// Whether a commit's tree has the statement at that path.
    pub fn holds(&self, place: usize, statement: &str) -> bool {
        self.at(place).is_some_and(|commit| commit.statements.contains_key(statement))
    }
}

/// The folders called `results` above a path.
fn results_folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices("/results/").filter_map(|(start, found)| path.get(..start + found.len() - 1))
}

/// The statements of a tree: those of the first parent, with the changes against it.
fn statements_after(
    before: Option<&Arc<BTreeMap<String, ObjectId>>>,
    changes: &[Change],
) -> Arc<BTreeMap<String, ObjectId>> {
    let mut statements = before.map_or_else(Arc::default, Arc::clone);
    for change in changes.iter().filter(|change| is_statement_path(&change.path)) {
        let map = Arc::make_mut(&mut statements);
        match change.after {
            Some((_, id)) => _ = map.insert(change.path.clone(), id),
            None => _ = map.remove(&change.path),
        }
    }
    statements
}

/// The blob of allowed_signers in a tree: that of the first parent, unless the changes touch it.
fn signers_after(before: Option<ObjectId>, changes: &[Change]) -> Option<ObjectId> {
    let Some(change) = changes.iter().find(|change| change.path == ALLOWED_SIGNERS_FILE) else {
        return before;
    };
    // A link or a submodule is not a list: the file goes when it becomes one.
    let is_list = |(kind, _): &(Kind, ObjectId)| matches!(kind, Kind::File | Kind::Executable);
    change.after.filter(is_list).map(|(_, id)| id)
}

/// Refuses a record commit dated before the record commit before it. `at` is its committer's date.
pub fn check_date(
    repository: &Repository,
    history: &History,
    commit: &CommitState,
    at: i64,
) -> Result<(), String> {
    let parent = commit.parents.first().and_then(|parent| history.at(*parent));
    let before = parent.and_then(|parent| parent.newest_record).and_then(|place| history.at(place));
    let Some(before) = before else { return Ok(()) };
    let previous = committed_at(repository, before.node.id)?;
    if at < previous {
        return Err(format!(
            "its date lies {} seconds before that of the record commit {}",
            previous - at,
            before.node.id
        ));
    }
    Ok(())
}

/// The committer's date of a commit in seconds since 1970.
pub fn committed_at(repository: &Repository, commit: ObjectId) -> Result<i64, String> {
    let raw = repository.raw_commit(commit).map_err(|error| error.to_string())?;
    CommitParts::split(&raw).map(|parts| parts.committer_seconds)
}
