//! From a commit to what the pipeline reads: the files of a round and the record, as they stand in
//! the commit's tree. The one bridge between git and the pure part.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::error::{Error, Place, Problems};
use crate::files::{Content, FILE_LIMIT_BYTES, Files, sha256_hex};
use crate::git::{Entry, Kind, ObjectId, Repository};
use crate::ledger::round_id::{RESERVED, RoundId, find_rounds};
use crate::ledger::{LEDGER_FILE, Ledger};
use crate::statement::{CARRY_FILE, Record, Recorded, STATEMENT_FILE, Statement};

/// The folder whose statements stand outside the chain.
const SIMULATIONS: &str = "simulations/";

/// Statements that were read already, by the id of their blob: in a long history every statement
/// stands in many trees.
#[derive(Debug, Default)]
pub struct StatementCache(Mutex<BTreeMap<ObjectId, (String, Arc<Statement>)>>);

impl StatementCache {
    /// The statement at `path` whose blob is `id`.
    pub fn read(&self, repository: &Repository, path: &str, id: ObjectId) -> Result<Recorded, Error> {
        let folder = path.strip_suffix(STATEMENT_FILE).unwrap_or(path).trim_end_matches('/').to_owned();
        let known = self.0.lock().ok().and_then(|known| known.get(&id).cloned());
        if let Some((sha256, statement)) = known {
            return Ok(Recorded { folder, sha256, statement });
        }
        let bytes = repository.blob(id)?;
        let statement = Arc::new(Statement::read(path, &bytes)?);
        let sha256 = sha256_hex(&bytes);
        if let Ok(mut known) = self.0.lock() {
            known.insert(id, (sha256.clone(), Arc::clone(&statement)));
        }
        Ok(Recorded { folder, sha256, statement })
    }
}

/// Whether a path of a tree is that of a statement of the chain.
pub fn is_statement_path(path: &str) -> bool {
    path.strip_suffix(STATEMENT_FILE).is_some_and(|folder| folder.ends_with("/results/"))
        && !path.starts_with(SIMULATIONS)
}

/// The ledger of a tree.
pub fn read_ledger(repository: &Repository, tree: ObjectId) -> Result<Ledger, Problems> {
    let mut files = Files::default();
    insert_file(repository, tree, LEDGER_FILE, &mut files)?;
    Ledger::read(&files)
}

/// The rounds of a tree, in natural order.
pub fn read_rounds(
    repository: &Repository,
    tree: ObjectId,
    ledger: &Ledger,
) -> Result<Vec<RoundId>, Problems> {
    let entries = repository.entries(tree, &ledger.rounds, &|folder| !is_round_part(folder))?;
    let rounds = find_rounds(&ledger.rounds, entries.iter().map(|entry| entry.path.as_str()));
    let rounds = match rounds {
        Ok(rounds) => rounds,
        Err(problems) => return Problems::unless_empty(problems, Vec::new()),
    };
    ledger.check_rounds(&rounds)?;
    Ok(rounds)
}

/// The record of a tree: its statements in the order of the chain.
pub fn read_record(
    repository: &Repository,
    tree: ObjectId,
    ledger: &Ledger,
    cache: &StatementCache,
) -> Result<Record, Error> {
    let enter = |folder: &str| {
        !["payouts", "report"].iter().any(|part| folder.ends_with(&format!("/results/{part}")))
    };
    let entries = repository.entries(tree, &ledger.rounds, &enter)?;
    let statements: Result<Vec<Recorded>, Error> = entries
        .iter()
        .filter(|entry| is_statement_path(&entry.path))
        .map(|entry| cache.read(repository, &entry.path, entry.id))
        .collect();
    Record::new(statements?)
}

/// The files that the pipeline reads for a round: the ledger's, the round folder's, and the state
/// after the last statement of `record`.
pub fn read_files(
    repository: &Repository,
    tree: ObjectId,
    ledger: &Ledger,
    round: &RoundId,
    record: &Record,
) -> Result<Files, Error> {
    let mut files = Files::default();
    insert_file(repository, tree, LEDGER_FILE, &mut files)?;
    let folder = ledger.folder_of(round);
    let entries = repository.entries(tree, &folder, &|folder| !is_round_part(folder))?;
    check_letter_case(&entries)?;
    for entry in entries {
        insert_entry(repository, &entry, &mut files)?;
    }
    if let Some(last) = record.last() {
        insert_file(repository, tree, &format!("{}/{CARRY_FILE}", last.folder), &mut files)?;
    }
    Ok(files)
}

/// Whether a folder holds results, revisions and so on, which are no inputs.
fn is_round_part(folder: &str) -> bool {
    folder.rsplit('/').next().is_some_and(|name| RESERVED.contains(&name))
}

/// Refuses two paths that differ only in letter case: on some systems they are one file.
fn check_letter_case(entries: &[Entry]) -> Result<(), Error> {
    let mut spelled: BTreeMap<String, &str> = BTreeMap::new();
    for entry in entries {
        if let Some(other) = spelled.insert(entry.path.to_lowercase(), &entry.path) {
            return Err(Error::PathsDifferByCase { place: Place::file(&entry.path), other: other.into() });
        }
    }
    Ok(())
}

/// Adds the file at `path`, if the tree has it.
fn insert_file(repository: &Repository, tree: ObjectId, path: &str, files: &mut Files) -> Result<(), Error> {
    match repository.entry(tree, path)? {
        Some(entry) => insert_entry(repository, &entry, files),
        None => Ok(()),
    }
}

/// Adds what stands at an entry: bytes of regular files, the kind of others.
fn insert_entry(repository: &Repository, entry: &Entry, files: &mut Files) -> Result<(), Error> {
    let content = match entry.kind {
        Kind::File | Kind::Executable => {
            let bytes = repository.blob_size(entry.id)?;
            if bytes > FILE_LIMIT_BYTES {
                Content::TooLarge(bytes)
            } else {
                Content::File(repository.blob(entry.id)?)
            }
        }
        Kind::Link => Content::Other("a symbolic link"),
        Kind::Submodule => Content::Other("a submodule"),
        Kind::Folder => Content::Other("a folder"),
    };
    files.insert(entry.path.clone(), content);
    Ok(())
}
