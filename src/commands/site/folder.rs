//! The folder of a site: nothing of somebody else's is overwritten, and what an earlier site left behind
//! goes.
//!
//! A marker, `meed-site.json`, names the ledger and every file with its digest. A file is written over or
//! removed only if it is still as the marker says. While files are written the marker says `unfinished`;
//! then digests do not count, so that a run that was cut off can be repeated.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::disk::{file_system, write_file};
use crate::error::{Error, Problems, Shown};
use crate::files::sha256_hex;
use crate::parallel;
use crate::statement::json_bytes;

/// The name of the marker.
pub const MARKER: &str = "meed-site.json";
/// The format of the marker.
const FORMAT: u32 = 1;

/// What stands in the marker.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marker {
    /// The format.
    format: u32,
    /// The ledger's id.
    ledger: String,
    /// The commit from which the site was made.
    commit: String,
    /// Whether files are being written.
    #[serde(default, skip_serializing_if = "is_false")]
    unfinished: bool,
    /// The files with their SHA-256 digests.
    files: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A folder into which a site is written.
pub struct Folder {
    root: PathBuf,
    ledger: String,
    /// The site that is there.
    before: Marker,
    files: BTreeMap<String, Vec<u8>>,
}

impl Folder {
    /// Opens a folder that is new, empty, or has a site of the ledger.
    pub fn open(root: &Path, ledger: &str) -> Result<Self, Error> {
        let foreign =
            |reason| Error::SiteFolderForeign { path: Shown::from(root.display().to_string()), reason };
        let files = BTreeMap::new();
        let (root_owned, ledger_owned) = (root.to_owned(), ledger.to_owned());
        let of = |before| Self { root: root_owned, ledger: ledger_owned, before, files };
        let mut entries = match std::fs::read_dir(root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(of(Marker::default())),
            Err(error) => return Err(file_system(root, "read", &error)),
        };
        let path = root.join(MARKER);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let marker: Marker =
                    serde_json::from_slice(&bytes).map_err(|_| foreign("meed-site.json does not read"))?;
                if marker.format != FORMAT || !marker.files.keys().all(|name| is_inner(name)) {
                    return Err(foreign("meed-site.json does not read"));
                }
                if marker.ledger != ledger {
                    return Err(foreign("the site there is of another ledger"));
                }
                Ok(of(marker))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => match entries.next() {
                None => Ok(of(Marker::default())),
                Some(_) => Err(foreign("there is no meed-site.json")),
            },
            Err(error) => Err(file_system(&path, "read", &error)),
        }
    }

    /// Adds a file of the site.
    pub fn add(&mut self, path: String, bytes: Vec<u8>) {
        self.files.insert(path, bytes);
    }

    /// Writes the site; gives the number of its files and their bytes.
    ///
    /// Errors, before anything is written and all at once: files in the way that meed did not write so.
    pub fn write(self, commit: &str) -> Result<(usize, u64), Problems> {
        self.check()?;
        let listed: Vec<(&String, &Vec<u8>)> = self.files.iter().collect();
        let digests = parallel::map(&listed, |(_, bytes)| sha256_hex(bytes));
        let digests = listed.iter().map(|(path, _)| (*path).clone()).zip(digests).collect();
        let mut marker = Marker {
            format: FORMAT,
            ledger: self.ledger.clone(),
            commit: commit.to_owned(),
            unfinished: true,
            files: digests,
        };
        let mut both = self.before.files.clone();
        both.extend(marker.files.clone());
        let finished = std::mem::replace(&mut marker.files, both);
        write_file(&self.root.join(MARKER), &json_bytes(&marker))?;
        for path in self.before.files.keys().filter(|path| !self.files.contains_key(*path)) {
            self.remove(path)?;
        }
        let mut bytes = 0;
        for (path, content) in &self.files {
            write_file(&self.root.join(path), content)?;
            bytes += content.len() as u64;
        }
        (marker.unfinished, marker.files) = (false, finished);
        write_file(&self.root.join(MARKER), &json_bytes(&marker))?;
        Ok((self.files.len() + 1, bytes))
    }

    /// Refuses to write over or to remove what meed did not write.
    fn check(&self) -> Result<(), Problems> {
        let left = self.before.files.keys().filter(|path| !self.files.contains_key(*path));
        let mut problems = Vec::new();
        for path in self.files.keys().chain(left) {
            if !self.is_own(path)? {
                let path = self.root.join(path).display().to_string();
                problems.push(Error::SiteFileChanged { path: Shown::from(path) });
            }
        }
        Problems::unless_empty(problems, ())
    }

    /// Whether nothing stands at a path, or what an earlier run wrote there, in real folders.
    fn is_own(&self, path: &str) -> Result<bool, Error> {
        let mut above = self.root.clone();
        let mut names = Path::new(path).components().peekable();
        while let Some(name) = names.next() {
            above.push(name);
            let found = match above.symlink_metadata() {
                Ok(found) => found,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
                Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(false),
                Err(error) => return Err(file_system(&above, "read", &error)),
            };
            if names.peek().is_some() && !found.is_dir() {
                return Ok(false);
            }
            if names.peek().is_none() && !found.is_file() {
                return Ok(false);
            }
        }
        let Some(digest) = self.before.files.get(path) else { return Ok(false) };
        if self.before.unfinished {
            return Ok(true);
        }
        let bytes = std::fs::read(&above).map_err(|error| file_system(&above, "read", &error))?;
        Ok(sha256_hex(&bytes) == *digest)
    }

    /// Removes a file of an earlier site, and the folders above it that are empty then.
    fn remove(&self, path: &str) -> Result<(), Error> {
        let file = self.root.join(path);
        match std::fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(file_system(&file, "removed", &error)),
        }
        let folders = file.ancestors().skip(1).take_while(|folder| *folder != self.root);
        // A folder that holds something stays, and so do those above it.
        for folder in folders {
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a path of a marker stays in the folder.
fn is_inner(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
