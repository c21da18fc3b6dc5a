//! The files of the two sides: which were added, removed or changed, and of tables which rows.
//!
//! Files are matched by their place in the round: a correction in `revisions/2/` is the same input as
//! the file that it corrects, `praise.2.csv` of a RAD folder the same as `praise.1.csv`, and the file of
//! one round the same as that of another. Files of the ledger are matched by their path.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::{self, RowChanges};
use super::{Change, Side};
use crate::error::Shown;
use crate::ledger::LEDGER_FILE;
use crate::ledger::round_id::{RAD_FILE, ROUND_FILE};
use crate::statement::InputRecord;

/// Most bytes of a table whose rows are compared.
pub const ROWS_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// The folder of a round's revisions.
const REVISIONS_FOLDER: &str = "revisions/";

/// A file that a side read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// What it is matched by.
    pub name: InputName,
    /// The path from the ledger's root.
    pub path: String,
    /// The SHA-256 digest.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// What a file is matched by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputName {
    /// Whose it is.
    pub owner: Owner,
    /// The path: of a round's file from its folder, else from the ledger's root.
    pub path: String,
}

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The round's own.
    Round,
    /// The ledger's: ledger.json, members.csv, templates, rounds before meed.
    Ledger,
}

/// The files of both sides.
#[derive(Debug, Clone, Serialize)]
pub struct Inputs {
    /// How many are the same.
    pub unchanged: usize,
    /// Those that differ.
    pub changed: Vec<InputChange>,
}

/// A file that differs.
#[derive(Debug, Clone, Serialize)]
pub struct InputChange {
    /// The path: of a round's file from its folder, else from the ledger's root.
    pub file: String,
    /// Whose it is.
    pub owner: Owner,
    /// What became of it.
    pub change: Change,
    /// The file of the first side.
    pub before: Option<FileRecord>,
    /// The file of the second side.
    pub after: Option<FileRecord>,
    /// Of a table that both sides have: its rows.
    pub rows: Option<RowChanges>,
    /// Why there is no more to tell of it, or that there is none.
    pub note: Option<String>,
}

/// A file of one side.
#[derive(Debug, Clone, Serialize)]
pub struct FileRecord {
    /// The path from the ledger's root.
    pub path: String,
    /// The SHA-256 digest.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
}

impl InputFile {
    /// An input of a round, whose folder is `folder` from the ledger's root. `is_rad` says that the round
    /// is a RAD folder.
    pub fn new(record: &InputRecord, folder: &str, is_rad: bool) -> Self {
        let own = record.name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let name = match own {
            None => InputName { owner: Owner::Ledger, path: record.name.clone() },
            Some(path) => {
                let path = without_revision(path);
                let is_praise = is_rad && praise_revision(path).is_some();
                let path = if is_praise { "praise.csv" } else { path };
                InputName { owner: Owner::Round, path: path.to_owned() }
            }
        };
        Self { name, path: record.name.clone(), sha256: record.digest.sha256.clone(), bytes: record.bytes }
    }

    fn record(&self) -> FileRecord {
        FileRecord { path: self.path.clone(), sha256: self.sha256.clone(), bytes: self.bytes }
    }
}

/// A path in a round folder without `revisions/<n>/` before it.
fn without_revision(path: &str) -> &str {
    let inner = path.strip_prefix(REVISIONS_FOLDER).and_then(|rest| rest.split_once('/'));
    match inner {
        Some((number, rest)) if is_number(number) => rest,
        _ => path,
    }
}

/// The revision of a RAD folder that reads this praise file: 2 for `praise.2.csv`.
pub fn praise_revision(path: &str) -> Option<u32> {
    let number = path.strip_prefix("praise.")?.strip_suffix(".csv")?;
    if is_number(number) { number.parse().ok() } else { None }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The inputs that differ, of each side where it has them: their paths.
pub fn differing(before: &Side, after: &Side) -> (Vec<String>, Vec<String>) {
    let mut paths = (Vec::new(), Vec::new());
    for (_, old, new) in pairs(before, after) {
        let is_same = old.map(|file| &file.sha256) == new.map(|file| &file.sha256);
        // The round's file may have another name: RAD's on one side, meed's on the other.
        let is_settings = old.or(new).is_some_and(is_settings);
        if (!is_same && old.is_some() && new.is_some()) || is_settings {
            paths.0.extend(old.map(|file| file.path.clone()));
            paths.1.extend(new.map(|file| file.path.clone()));
        }
    }
    paths
}

/// Whether a file is told field by field.
fn is_settings(file: &InputFile) -> bool {
    is_round_file(&file.name) || (file.name.owner == Owner::Ledger && file.name.path == LEDGER_FILE)
}

/// Whether a file is the file of the round.
pub(super) fn is_round_file(name: &InputName) -> bool {
    name.owner == Owner::Round && [ROUND_FILE, RAD_FILE].contains(&name.path.as_str())
}

/// The files of both sides by name.
fn pairs<'a>(
    before: &'a Side,
    after: &'a Side,
) -> impl Iterator<Item = (&'a InputName, Option<&'a InputFile>, Option<&'a InputFile>)> {
    let mut pairs: BTreeMap<&InputName, (Option<&InputFile>, Option<&InputFile>)> = BTreeMap::new();
    for file in &before.inputs {
        pairs.entry(&file.name).or_default().0 = Some(file);
    }
    for file in &after.inputs {
        pairs.entry(&file.name).or_default().1 = Some(file);
    }
    pairs.into_iter().map(|(name, (old, new))| (name, old, new))
}

/// Compares the files of two sides.
pub fn compare(before: &Side, after: &Side) -> Inputs {
    let mut inputs = Inputs { unchanged: 0, changed: Vec::new() };
    for (name, old, new) in pairs(before, after) {
        let is_same = old.map(|file| &file.sha256) == new.map(|file| &file.sha256);
        if is_same {
            inputs.unchanged += 1;
            continue;
        }
        let (rows, note) = match (old, new) {
            (Some(old), Some(new)) => detail((before, old), (after, new)),
            _ => (None, None),
        };
        inputs.changed.push(InputChange {
            file: name.path.clone(),
            owner: name.owner,
            change: Change::of(old.is_some(), new.is_some(), false),
            before: old.map(InputFile::record),
            after: new.map(InputFile::record),
            rows,
            note,
        });
    }
    inputs
}

/// What differs in a file that both sides have, and why no more is told.
fn detail(before: (&Side, &InputFile), after: (&Side, &InputFile)) -> (Option<RowChanges>, Option<String>) {
    let (_, file) = after;
    if is_settings(file) {
        let reason = [before, after].into_iter().find_map(|(side, file)| content(side, file).err());
        return (None, Some(reason.unwrap_or_else(|| "its fields stand among the settings".to_owned())));
    }
    if !file.name.path.to_lowercase().ends_with(".csv") {
        return (None, None);
    }
    if [before, after].iter().any(|(_, file)| file.bytes > ROWS_LIMIT_BYTES) {
        let limit = ROWS_LIMIT_BYTES / 1024 / 1024;
        return (None, Some(format!("rows are compared of tables up to {limit} MiB")));
    }
    let [old, new] =
        [before, after].map(|(side, file)| content(side, file).map(|bytes| (file.path.as_str(), bytes)));
    let compared = old.and_then(|old| rows::compare(old, new?));
    match compared {
        Ok(rows) if rows.is_empty() => {
            (Some(rows), Some("the same rows, in another order or spelling".to_owned()))
        }
        Ok(rows) => (Some(rows), None),
        Err(reason) => (None, Some(reason)),
    }
}

/// The bytes of an input, or why they are not here.
pub(super) fn content<'a>(side: &'a Side, file: &InputFile) -> Result<&'a [u8], String> {
    match side.contents.get(&file.path) {
        Some(Ok(bytes)) => Ok(bytes.as_slice()),
        Some(Err(reason)) => Err(reason.clone()),
        None => Err(format!("{}: its content is not here", Shown::from(&file.path))),
    }
}
