//! All ancestors of a commit, and what changed between two trees.

use std::collections::{BTreeMap, BTreeSet};

use git2::ObjectType;

use super::read::{Kind, LONGEST_PATH, MOST_FILES, TreeLine};
use super::{ObjectId, Repository, damaged, join};
use crate::error::{Error, Shown};

/// A commit's place in history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitNode {
    /// The commit.
    pub id: ObjectId,
    /// Its parents, in its order.
    pub parents: Vec<ObjectId>,
    /// Its tree.
    pub tree: ObjectId,
}

/// A file that is not the same in two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path from the root; bytes that are not UTF-8 read U+FFFD.
    pub path: String,
    /// What it was before; `None` if it was not there.
    pub before: Option<(Kind, ObjectId)>,
    /// What it is after; `None` if it is not there.
    pub after: Option<(Kind, ObjectId)>,
}

/// Two folders at one path, of which either may be missing.
type FolderPair = (String, Option<ObjectId>, Option<ObjectId>);

impl Repository {
    /// All ancestors of `tip` and itself, each after all of its parents; of several parents the
    /// first one's line comes first. The order depends on nothing but the commits.
    ///
    /// Errors: a commit is missing (a shallow clone says so) or damaged.
    pub fn history(&self, tip: ObjectId) -> Result<Vec<CommitNode>, Error> {
        let mut ordered = Vec::new();
        let mut done = BTreeSet::new();
        let mut visited = BTreeMap::new();
        let mut waiting = vec![tip];
        while let Some(id) = waiting.last().copied() {
            if done.contains(&id) {
                waiting.pop();
            } else if let Some(node) = visited.remove(&id) {
                // Second visit: all parents have been emitted since the first.
                ordered.push(node);
                done.insert(id);
                waiting.pop();
            } else {
                let node = self.commit_node(id)?;
                waiting.extend(node.parents.iter().rev().filter(|parent| !done.contains(parent)));
                visited.insert(id, node);
            }
        }
        Ok(ordered)
    }

    /// The files in which two trees differ, in byte order of the path; folders that are equal by
    /// id are not read. `before` is `None` for the tree of a commit without parents.
    ///
    /// Errors: damaged trees, more than a million changes.
    pub fn changes(&self, before: Option<ObjectId>, after: ObjectId) -> Result<Vec<Change>, Error> {
        let mut found = Vec::new();
        let mut open_folders: Vec<FolderPair> = vec![(String::new(), before, Some(after))];
        while let Some((folder, before, after)) = open_folders.pop() {
            if before == after {
                continue;
            }
            self.compare_folders(&folder, before, after, &mut open_folders, &mut found)?;
            if found.len().max(open_folders.len()) > MOST_FILES {
                let doing = format!("comparing folder {}", Shown::from(&folder));
                return Err(damaged(doing, "more than a million files differ"));
            }
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    /// The last commit that changed each of `paths`, among `history`, which is [`Repository::history`]
    /// of a tip: the first commit, from the tip backwards, in which the file is not as in any parent.
    /// Paths that no commit changed are left out.
    ///
    /// Errors: as [`Repository::changes`].
    pub fn last_changes(
        &self,
        history: &[CommitNode],
        paths: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, ObjectId>, Error> {
        let trees: BTreeMap<ObjectId, ObjectId> = history.iter().map(|node| (node.id, node.tree)).collect();
        let mut wanted: BTreeSet<&String> = paths.iter().collect();
        let mut found = BTreeMap::new();
        for node in history.iter().rev() {
            if wanted.is_empty() {
                break;
            }
            let parents: Vec<Option<ObjectId>> = match node.parents.as_slice() {
                [] => vec![None],
                parents => parents.iter().map(|parent| trees.get(parent).copied()).collect(),
            };
            let mut changed: Option<BTreeSet<String>> = None;
            for parent in parents {
                let here: BTreeSet<String> =
                    self.changes(parent, node.tree)?.into_iter().map(|change| change.path).collect();
                changed = Some(changed.map_or_else(|| here.clone(), |all| &all & &here));
            }
            for path in changed.unwrap_or_default() {
                if wanted.remove(&path) {
                    found.insert(path, node.id);
                }
            }
        }
        Ok(found)
    }

    /// Compares two folders line by line: files go to `found`, pairs of folders to `open_folders`.
    fn compare_folders(
        &self,
        folder: &str,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        open_folders: &mut Vec<FolderPair>,
        found: &mut Vec<Change>,
    ) -> Result<(), Error> {
        let mut names: BTreeMap<Vec<u8>, (Option<TreeLine>, Option<TreeLine>)> = BTreeMap::new();
        for line in self.lines_or_none(before)? {
            let name = line.name.clone();
            names.entry(name).or_default().0 = Some(line);
        }
        for line in self.lines_or_none(after)? {
            let name = line.name.clone();
            names.entry(name).or_default().1 = Some(line);
        }
        for (name, (old, new)) in names {
            let path = join(folder, &String::from_utf8_lossy(&name));
            if path.len() > LONGEST_PATH {
                return Err(damaged("comparing two trees", "a path is longer than 4096 bytes"));
            }
            let (old_folder, old_file) = split(old);
            let (new_folder, new_file) = split(new);
            if old_folder != new_folder {
                open_folders.push((path.clone(), old_folder, new_folder));
            }
            if old_file != new_file {
                let shown = |line: TreeLine| (line.kind, line.id);
                found.push(Change { path, before: old_file.map(shown), after: new_file.map(shown) });
            }
        }
        Ok(())
    }

    fn lines_or_none(&self, tree: Option<ObjectId>) -> Result<Vec<TreeLine>, Error> {
        tree.map_or_else(|| Ok(Vec::new()), |id| self.tree_lines(id))
    }

    /// A commit's tree and parents, from the first lines of the stored object.
    pub fn commit_node(&self, id: ObjectId) -> Result<CommitNode, Error> {
        let bytes = self.stored(id, ObjectType::Commit)?;
        let invalid = || damaged(format!("reading commit {id}"), "its header is damaged");
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let tree = lines.next().and_then(|line| id_after(line, b"tree ")).ok_or_else(invalid)?;
        let parents = lines
            .take_while(|line| line.starts_with(b"parent "))
            .map(|line| id_after(line, b"parent ").ok_or_else(invalid))
            .collect::<Result<_, _>>()?;
        Ok(CommitNode { id, parents, tree })
    }
}

/// A line of a tree as a folder or as anything else.
fn split(line: Option<TreeLine>) -> (Option<ObjectId>, Option<TreeLine>) {
    match line {
        Some(line) if line.kind == Kind::Folder => (Some(line.id), None),
        other => (None, other),
    }
}

fn id_after(line: &[u8], key: &[u8]) -> Option<ObjectId> {
    ObjectId::parse(std::str::from_utf8(line.strip_prefix(key)?).ok()?)
}
