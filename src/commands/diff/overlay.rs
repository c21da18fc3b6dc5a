//! Corrections in the work tree: files in `revisions/<n>/` that stand for those of the round, and the
//! praise files of later revisions in a RAD folder. So a prepared amendment can be looked at before it
//! is closed.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::commands::check::{content, walk};
use crate::commands::disk::file_system;
use crate::diff::inputs::{InputFile, praise_revision};
use crate::error::Error;
use crate::files::{Content, Files, read_json, sha256_hex};
use crate::ledger::round_id::ROUND_FILE;
use crate::snapshot::{LfsFolders, through_pointer};
use crate::statement::json_bytes;

/// The field of a round file that says which revision it corrects; the round itself has none.
const REVISES: &str = "revises";

/// The files that stand for others, by the path of the other.
#[derive(Debug, Default)]
pub struct Overlay(BTreeMap<String, Correction>);

/// A file that stands for another.
#[derive(Debug)]
pub struct Correction {
    /// Where it is, from the ledger's root.
    path: String,
    content: Content,
}

impl Overlay {
    /// What the revisions in a round's folder correct, the latest of them first asked.
    pub fn of_revisions(root: &Path, folder: &str, lfs: &LfsFolders) -> Result<Self, Error> {
        let mut overlay = Self::default();
        for revision in revisions(root, folder)? {
            let below = format!("{folder}/revisions/{revision}");
            let mut paths = Vec::new();
            walk(root, &below, &mut |path| paths.push(path))?;
            for path in paths {
                if let Some(own) = path.strip_prefix(&below) {
                    overlay.add(root, format!("{folder}{own}"), path.clone(), lfs)?;
                }
            }
        }
        let first = format!("{folder}/praise.1.csv");
        if content(root, &first)?.is_some()
            && let Some(latest) = latest_praise(root, folder)?
        {
            overlay.add(root, first, latest, lfs)?;
        }
        Ok(overlay)
    }

    fn add(&mut self, root: &Path, of: String, path: String, lfs: &LfsFolders) -> Result<(), Error> {
        if let Some(content) = content(root, &path)? {
            let content = through_pointer(&path, content, lfs);
            self.0.insert(of, Correction { path, content });
        }
        Ok(())
    }

    /// The corrections by the path of what they correct.
    pub fn corrections(&self) -> impl Iterator<Item = (&String, &Correction)> {
        self.0.iter()
    }

    /// Gives an input the path from which it really comes, and its digest there: of a round file that
    /// was read without `revises`.
    pub fn name_source(&self, input: &mut InputFile) {
        let Some(correction) = self.0.get(&input.path) else { return };
        input.path.clone_from(&correction.path);
        if let Content::File(bytes) = &correction.content {
            (input.sha256, input.bytes) = (sha256_hex(bytes), bytes.len() as u64);
        }
    }

    /// The bytes of an input by the path from which it comes.
    pub fn bytes(&self, files: &Files, path: &str) -> Result<Vec<u8>, Error> {
        let own = self.0.values().find(|correction| correction.path == path);
        match own.map(|correction| (&correction.content, correction)) {
            Some((Content::File(bytes), _)) => Ok(bytes.clone()),
            Some((content, correction)) => {
                let mut alone = Files::default();
                alone.insert(correction.path.clone(), content.clone());
                Ok(alone.bytes(path)?.to_vec())
            }
            None => Ok(files.bytes(path)?.to_vec()),
        }
    }
}

/// What a correction puts in place of the file at `path`: the round file without `revises`, all else as
/// it is.
pub fn corrected(path: &str, correction: &Correction) -> Content {
    let Content::File(bytes) = &correction.content else { return correction.content.clone() };
    if path.rsplit('/').next() != Some(ROUND_FILE) {
        return correction.content.clone();
    }
    // What is no JSON is told of by whoever reads it.
    let mut file = read_json::<Map<String, Value>>(path, bytes).unwrap_or_default();
    if file.shift_remove(REVISES).is_some() {
        return Content::File(json_bytes(&file));
    }
    correction.content.clone()
}

/// The numbers of the revisions that stand in a round's folder, ascending.
fn revisions(root: &Path, folder: &str) -> Result<Vec<u32>, Error> {
    let mut numbers: Vec<u32> = names(root, &format!("{folder}/revisions"))?
        .iter()
        .filter_map(|name| name.parse().ok().filter(|number: &u32| number.to_string() == *name))
        .filter(|number| *number > 1)
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The praise file of the latest revision in a RAD folder.
fn latest_praise(root: &Path, folder: &str) -> Result<Option<String>, Error> {
    let names = names(root, folder)?;
    let latest = names.iter().filter_map(|name| Some((praise_revision(name)?, name))).max();
    Ok(latest.map(|(_, name)| format!("{folder}/{name}")))
}

/// The names in a folder of the work tree; none where there is no folder.
fn names(root: &Path, folder: &str) -> Result<Vec<String>, Error> {
    let on_disk = root.join(folder);
    let entries = match std::fs::read_dir(&on_disk) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file_system(&on_disk, "read", &error)),
    };
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.map_err(|error| file_system(&on_disk, "read", &error))?;
        Ok(entry.file_name().to_string_lossy().into_owned())
    };
    entries.map(name).collect()
}
