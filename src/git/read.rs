//! Reading branches, commits, folders and files, exactly as they are stored: no filters, no line
//! end conversion, no grafts.

use git2::{ErrorCode, ObjectType, Oid, ReferenceType};

use super::open::shown_path;
use super::{ObjectId, Repository, damaged, failed, join};
use crate::error::{Error, Place, Shown};

/// A file (or what stands in its place) in the tree of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path from the root of the tree, with `/` between folders.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// The blob; of a folder the tree; of a submodule the commit there.
    pub id: ObjectId,
}

/// What stands at a path of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A plain file.
    File,
    /// A file with the executable bit.
    Executable,
    /// A symbolic link.
    Link,
    /// A commit of another repository.
    Submodule,
    /// A folder.
    Folder,
}

/// One line of a stored tree. Names are bytes here: git allows any but NUL and `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TreeLine {
    pub(super) name: Vec<u8>,
    pub(super) mode: i32,
    pub(super) kind: Kind,
    pub(super) id: ObjectId,
}

/// Most files that one listing returns; trees that name each other can describe billions in a
/// kilobyte.
pub(super) const MOST_FILES: usize = 1_000_000;

/// Longest path that is followed, in bytes.
pub(super) const LONGEST_PATH: usize = 4096;

impl Repository {
    /// All files at or below the folder `under` (empty for the root) of a tree, in byte order of
    /// the whole path; links and submodules too, folders not. `enter` is asked for each folder
    /// below `under`, by its path from the root, whether to look into it. Nothing at `under`, or
    /// no folder: an empty list.
    ///
    /// Errors: names that are not UTF-8, damaged trees, more than a million files.
    pub fn entries(
        &self,
        tree: ObjectId,
        under: &str,
        enter: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Entry>, Error> {
        let Some(start) = self.folder_at(tree, under)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut open_folders = vec![(under.to_owned(), start)];
        while let Some((folder, id)) = open_folders.pop() {
            for entry in self.children_of(&folder, id)? {
                match entry.kind {
                    Kind::Folder if enter(&entry.path) => open_folders.push((entry.path, entry.id)),
                    Kind::Folder => {}
                    _ => found.push(entry),
                }
            }
            if found.len().max(open_folders.len()) > MOST_FILES {
                return Err(damaged(format!("reading tree {tree}"), "it has more than a million files"));
            }
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    /// What stands at a path of a tree; `None` when nothing does.
    pub fn entry(&self, tree: ObjectId, path: &str) -> Result<Option<Entry>, Error> {
        let mut id = tree;
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            let stored = self.find_tree(id)?;
            let Some(line) = stored.get_name_bytes(name.as_bytes()) else { return Ok(None) };
            let kind = kind_of(line.filemode_raw(), id)?;
            id = ObjectId(line.id());
            match (names.peek(), kind) {
                (None, _) => return Ok(Some(Entry { path: path.to_owned(), kind, id })),
                (Some(_), Kind::Folder) => {}
                (Some(_), _) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The bytes of a file as stored.
    pub fn blob(&self, id: ObjectId) -> Result<Vec<u8>, Error> {
        self.stored(id, ObjectType::Blob)
    }

    /// The size of a file in bytes, without reading all of it.
    pub fn blob_size(&self, id: ObjectId) -> Result<u64, Error> {
        let store = self.inner.odb().map_err(|error| failed("opening the objects", &error))?;
        let (size, kind) = store.read_header(id.0).map_err(|error| self.unreadable(id, &error))?;
        if kind != ObjectType::Blob {
            return Err(damaged(format!("reading object {id}"), &format!("it is a {kind}, not a blob")));
        }
        u64::try_from(size).map_err(|_| damaged(format!("reading object {id}"), "it is too large"))
    }

    /// The commit object as stored, whose SHA-1 was computed again and is `id`.
    pub fn raw_commit(&self, id: ObjectId) -> Result<Vec<u8>, Error> {
        let bytes = self.stored(id, ObjectType::Commit)?;
        let doing = || format!("reading commit {id}");
        let digest = Oid::hash_object(ObjectType::Commit, &bytes).map_err(|error| failed(doing(), &error))?;
        if digest != id.0 {
            return Err(damaged(doing(), &format!("its bytes have the SHA-1 {digest}")));
        }
        Ok(bytes)
    }

    /// The tree of a commit.
    pub fn tree_of(&self, commit: ObjectId) -> Result<ObjectId, Error> {
        Ok(self.commit_node(commit)?.tree)
    }

    /// The branch that is checked out, without `refs/heads/`; it may have no commits yet.
    /// Error: HEAD is detached.
    pub fn head_branch(&self) -> Result<String, Error> {
        let detached = || Error::HeadDetached { path: shown_path(self.path()) };
        let head = self.inner.find_reference("HEAD").map_err(|error| failed("reading HEAD", &error))?;
        let target =
            head.symbolic_target().map_err(|error| failed("reading HEAD", &error))?.ok_or_else(detached)?;
        target.strip_prefix("refs/heads/").map(str::to_owned).ok_or_else(detached)
    }

    /// The commit that a branch names; `None` when the branch does not exist (yet).
    /// Errors: not a possible name; a symbolic ref, which moving would overwrite.
    pub fn branch_tip(&self, branch: &str) -> Result<Option<ObjectId>, Error> {
        let name = branch_ref(branch)?;
        let doing = || format!("reading branch {}", Shown::from(branch));
        match self.inner.find_reference(&name) {
            Ok(found) if found.kind() == Some(ReferenceType::Symbolic) => {
                Err(damaged(doing(), "it is a symbolic ref to another branch: name that one"))
            }
            Ok(found) => Ok(found.target().map(ObjectId)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(doing(), &error)),
        }
    }

    /// The commit that a text names as git understands it: an id or its beginning, a branch, a
    /// tag, `HEAD`, `HEAD~2`. Errors: it names none, or there are no commits yet.
    pub fn commit_of(&self, rev: &str) -> Result<ObjectId, Error> {
        let unknown = |_| Error::CommitUnknown { name: Shown::from(rev) };
        let object = self.inner.revparse_single(rev).map_err(|error| {
            if rev == "HEAD" && self.is_unborn() {
                return Error::RepositoryUnborn { path: shown_path(self.path()) };
            }
            unknown(error)
        })?;
        object.peel(ObjectType::Commit).map(|commit| ObjectId(commit.id())).map_err(unknown)
    }

    fn is_unborn(&self) -> bool {
        self.head_branch().and_then(|branch| self.branch_tip(&branch)).is_ok_and(|tip| tip.is_none())
    }

    /// The lines of a stored tree, in its order, checked: names are plain and strictly ascending.
    pub(super) fn tree_lines(&self, id: ObjectId) -> Result<Vec<TreeLine>, Error> {
        let tree = self.find_tree(id)?;
        let mut lines: Vec<TreeLine> = Vec::with_capacity(tree.len());
        let mut last_key = Vec::new();
        for stored in &tree {
            let mode = stored.filemode_raw();
            let name = stored.name_bytes().to_vec();
            let line = TreeLine { kind: kind_of(mode, id)?, id: ObjectId(stored.id()), mode, name };
            if !is_plain_name(&line.name) {
                let shown = String::from_utf8_lossy(&line.name);
                return Err(damaged(format!("reading tree {id}"), &format!("`{shown}` cannot be a name")));
            }
            let mut key = line.name.clone();
            if line.kind == Kind::Folder {
                key.push(b'/');
            }
            if key <= last_key {
                return Err(damaged(format!("reading tree {id}"), "its names are out of order"));
            }
            last_key = key;
            lines.push(line);
        }
        names_are_distinct(id, &lines)?;
        Ok(lines)
    }

    fn children_of(&self, folder: &str, id: ObjectId) -> Result<Vec<Entry>, Error> {
        let mut children = Vec::new();
        for line in self.tree_lines(id)? {
            let name = std::str::from_utf8(&line.name).map_err(|_| Error::PathInvalid {
                place: Place::file(if folder.is_empty() { "." } else { folder }),
                path: Shown::from(String::from_utf8_lossy(&line.name).as_ref()),
                reason: "the name is not UTF-8",
            })?;
            let path = join(folder, name);
            if path.len() > LONGEST_PATH {
                return Err(damaged(format!("reading tree {id}"), "a path is longer than 4096 bytes"));
            }
            children.push(Entry { path, kind: line.kind, id: line.id });
        }
        Ok(children)
    }

    fn folder_at(&self, tree: ObjectId, path: &str) -> Result<Option<ObjectId>, Error> {
        if path.is_empty() {
            return Ok(Some(tree));
        }
        Ok(self.entry(tree, path)?.filter(|entry| entry.kind == Kind::Folder).map(|entry| entry.id))
    }

    fn find_tree(&self, id: ObjectId) -> Result<git2::Tree<'_>, Error> {
        self.inner.find_tree(id.0).map_err(|error| self.unreadable(id, &error))
    }

    /// The bytes of a stored object, which must be of the given kind.
    pub(super) fn stored(&self, id: ObjectId, expected: ObjectType) -> Result<Vec<u8>, Error> {
        let store = self.inner.odb().map_err(|error| failed("opening the objects", &error))?;
        let object = store.read(id.0).map_err(|error| self.unreadable(id, &error))?;
        let kind = object.kind();
        if kind != expected {
            let message = format!("it is a {kind}, not a {expected}");
            return Err(damaged(format!("reading object {id}"), &message));
        }
        Ok(object.data().to_vec())
    }

    /// Why an object cannot be read: in a clone that is not complete, because it is not there.
    fn unreadable(&self, id: ObjectId, error: &git2::Error) -> Error {
        let incomplete = self.demand_complete_history().err();
        match incomplete {
            Some(reason) if error.code() == ErrorCode::NotFound => reason,
            _ => failed(format!("reading object {id}"), error),
        }
    }
}

/// The full name of a branch's ref. Error: no branch can have this name.
pub(super) fn branch_ref(branch: &str) -> Result<String, Error> {
    let name = format!("refs/heads/{branch}");
    let possible = !branch.starts_with('-') && git2::Reference::is_valid_name(&name);
    if possible { Ok(name) } else { Err(Error::BranchUnknown { name: Shown::from(branch) }) }
}

fn kind_of(mode: i32, tree: ObjectId) -> Result<Kind, Error> {
    match mode {
        // Early versions of git also stored group-writable files.
        0o100_644 | 0o100_664 => Ok(Kind::File),
        0o100_755 => Ok(Kind::Executable),
        0o120_000 => Ok(Kind::Link),
        0o160_000 => Ok(Kind::Submodule),
        0o040_000 => Ok(Kind::Folder),
        _ => Err(damaged(format!("reading tree {tree}"), &format!("{mode:o} is not a mode of git's"))),
    }
}

fn is_plain_name(name: &[u8]) -> bool {
    !name.is_empty()
        && !name.contains(&b'/')
        && name != b"."
        && name != b".."
        && !name.eq_ignore_ascii_case(b".git")
}

/// Order alone does not see a file and a folder of one name with another name between them.
fn names_are_distinct(tree: ObjectId, lines: &[TreeLine]) -> Result<(), Error> {
    let mut names: Vec<&[u8]> = lines.iter().map(|line| line.name.as_slice()).collect();
    names.sort_unstable();
    if names.iter().zip(names.iter().skip(1)).any(|(left, right)| left == right) {
        return Err(damaged(format!("reading tree {tree}"), "a name stands twice"));
    }
    Ok(())
}
