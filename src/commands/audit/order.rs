//! Whether inputs are newer than the results that were made of them, by the history of git.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::Error;
use crate::files::{LfsPointer, sha256_hex};
use crate::git::{CommitNode, Kind, ObjectId, Repository};

/// When files were changed last.
pub struct Order {
    history: Vec<CommitNode>,
    places: BTreeMap<ObjectId, usize>,
    /// By path from the folder that is audited; those that are not committed as they are, without place.
    last: BTreeMap<String, Option<usize>>,
}

impl Order {
    /// Looks up when the files at `paths` (from the folder `root`) were changed last. `None` where `root`
    /// lies in no work tree of git, or nothing is committed there.
    pub fn read(root: &Path, paths: &BTreeSet<String>) -> Result<Option<Self>, Error> {
        let repository = match Repository::open(root) {
            Ok(repository) => repository,
            Err(Error::NotARepository { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(prefix) = prefix_of(&repository, root) else { return Ok(None) };
        let tip = match repository.commit_of("HEAD") {
            Ok(tip) => tip,
            Err(Error::RepositoryUnborn { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        repository.demand_complete_history()?;
        let history = repository.history(tip)?;
        let places: BTreeMap<ObjectId, usize> =
            history.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
        let tree = repository.tree_of(tip)?;
        let mut committed = BTreeMap::new();
        for path in paths {
            let stored = format!("{prefix}{path}");
            if is_committed(&repository, tree, &stored, &root.join(path))? {
                committed.insert(stored, path);
            }
        }
        let changed = repository.last_changes(&history, &committed.keys().cloned().collect())?;
        let mut last: BTreeMap<String, Option<usize>> =
            paths.iter().map(|path| (path.clone(), None)).collect();
        for (stored, path) in committed {
            let place = changed.get(&stored).and_then(|commit| places.get(commit));
            last.insert(path.clone(), place.copied());
        }
        Ok(Some(Self { history, places, last }))
    }

    /// The inputs that are newer than every one of the results, each with a sentence that says so. None
    /// where results are not committed themselves.
    pub fn newer(&self, inputs: &[String], results: &[String]) -> Vec<String> {
        let places: Option<Vec<usize>> =
            results.iter().map(|path| self.last.get(path).copied().flatten()).collect();
        let Some(places) = places.filter(|places| !places.is_empty()) else { return Vec::new() };
        let newest = places.iter().max().map_or_else(String::new, |place| self.short_id(*place));
        let sentence = |path: &String| {
            match self.last.get(path)? {
            None => Some(format!(
                "{path} is newer than the results: it is not committed as it is now, and they are (commit {newest})"
            )),
            Some(place) => places.iter().all(|result| self.is_before(*result, *place)).then(|| {
                let commit = self.short_id(*place);
                format!(
                    "{path} is newer than the results: it was last changed in commit {commit}, they were before it, in commit {newest}"
                )
            }),
        }
        };
        inputs.iter().filter_map(sentence).collect()
    }

    /// Whether the first commit is an ancestor of the second, and not the same.
    fn is_before(&self, first: usize, second: usize) -> bool {
        let (mut waiting, mut seen) = (vec![second], BTreeSet::new());
        while let Some(place) = waiting.pop() {
            // Parents stand before children, so nothing before the first can lead to it.
            let parents = self.history.get(place).into_iter().flat_map(|node| &node.parents);
            let parents = parents.filter_map(|parent| self.places.get(parent).copied());
            waiting.extend(parents.filter(|parent| *parent >= first && seen.insert(*parent)));
        }
        seen.contains(&first)
    }

    fn short_id(&self, place: usize) -> String {
        let id = self.history.get(place).map_or_else(String::new, |node| node.id.to_string());
        id.chars().take(10).collect()
    }
}

/// The path of `root` in the repository, with a `/` behind it; `None` where there is no work tree.
fn prefix_of(repository: &Repository, root: &Path) -> Option<String> {
    let work_tree = repository.work_tree()?.canonicalize().ok()?;
    let root = root.canonicalize().ok()?;
    let parts = root.strip_prefix(work_tree).ok()?.components();
    let mut parts: Vec<&str> = parts.map(|part| part.as_os_str().to_str()).collect::<Option<_>>()?;
    parts.push(""); // what stands behind the last `/`
    Some(parts.join("/"))
}

/// Whether a file on the disk is the one that is committed. Line ends may differ, which git converts.
fn is_committed(repository: &Repository, tree: ObjectId, path: &str, on_disk: &Path) -> Result<bool, Error> {
    let entry = repository.entry(tree, path)?;
    let Some(entry) = entry.filter(|entry| matches!(entry.kind, Kind::File | Kind::Executable)) else {
        return Ok(false);
    };
    let Ok(now) = std::fs::read(on_disk) else { return Ok(false) };
    let stored = repository.blob(entry.id)?;
    let is_object = || LfsPointer::parse(&stored).is_ok_and(|pointer| pointer.sha256 == sha256_hex(&now));
    Ok(stored == now || is_object() || without_returns(&stored) == without_returns(&now))
}

fn without_returns(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}
