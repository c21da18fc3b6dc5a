//! From a commit to what the pipeline reads: the files of a round and the record, as they stand in
//! the commit's tree. The one bridge between git and the pure part.
//!
//! Where the tree holds a pointer of Git LFS in place of an input, the object stands for it ([`lfs`]).

pub mod lfs;
pub mod results;
pub mod simulations;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::calculate::{earlier_results, recorded_results};
use crate::error::{Error, Place, Problems};
use crate::files::lfs_pointer::POINTER_LIMIT_BYTES;
use crate::files::streamed::Opener;
use crate::files::{Content, Files, LfsPointer, STREAM_LIMIT_BYTES, Streamed, sha256_hex};
use crate::git::{Entry, Kind, ObjectId, Repository};
use crate::ledger::review::APPROVALS_FOLDER;
use crate::ledger::revision::REVISIONS_FOLDER;
use crate::ledger::round_id::{RESERVED, RoundId, find_rounds};
use crate::ledger::templates::{TEMPLATES_FOLDER, UNREAD_TEMPLATE, is_template};
use crate::ledger::{LEDGER_FILE, Ledger};
use crate::members::MEMBERS_FILE;
use crate::opening::OPENING_FILE;
use crate::settlement::{SETTLEMENT_LIMIT_BYTES, SETTLEMENTS_FOLDER, Settlement};
use crate::statement::{Record, Recorded, STATEMENT_FILE, Statement};
pub use lfs::LfsFolders;

/// Files up to this size are read at once and held; larger ones when they are needed.
pub const HELD_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

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

/// The settlements in a tree of the statements of `record`, by their paths.
///
/// Errors: a file beside results that is no settlement, or a larger one than is read.
pub fn read_settlements(
    repository: &Repository,
    tree: ObjectId,
    record: &Record,
) -> Result<BTreeMap<String, Settlement>, Error> {
    let mut settlements = BTreeMap::new();
    for folder in record.statements().iter().map(settlements_folder) {
        for entry in repository.entries(tree, &folder, &|_| true)? {
            let settlement = read_settlement(repository, &entry)?;
            settlements.insert(entry.path, settlement);
        }
    }
    Ok(settlements)
}

/// The folder for the settlements of a statement: beside its results.
pub fn settlements_folder(recorded: &Recorded) -> String {
    beside(recorded, SETTLEMENTS_FOLDER)
}

/// The folder for the approvals of a statement: beside its results.
pub fn approvals_folder(recorded: &Recorded) -> String {
    beside(recorded, APPROVALS_FOLDER)
}

/// A folder beside the results of a statement.
fn beside(recorded: &Recorded, name: &str) -> String {
    let above = recorded.folder.strip_suffix("results").unwrap_or(&recorded.folder);
    format!("{above}{name}")
}

/// One settlement.
pub fn read_settlement(repository: &Repository, entry: &Entry) -> Result<Settlement, Error> {
    let place = || Place::file(&entry.path);
    if entry.kind != Kind::File {
        return Err(Error::NotARegularFile {
            place: place(),
            kind: "a link, a submodule or an executable file",
        });
    }
    let bytes = repository.blob_size(entry.id)?;
    if bytes > SETTLEMENT_LIMIT_BYTES {
        return Err(Error::FileTooLarge { place: place(), bytes, limit: SETTLEMENT_LIMIT_BYTES });
    }
    Settlement::read(&entry.path, &repository.blob(entry.id)?)
}

/// The files that the pipeline reads for a revision of a round: the ledger's, the round folder's, the state
/// after the last statement of `record`, and the results of earlier rounds that the round's file asks for;
/// for an amendment those of its revisions too, and what the round was closed on and came to before. Only
/// files of the round's folder may be pointers of Git LFS.
pub fn read_files(
    repository: &Repository,
    tree: ObjectId,
    ledger: &Ledger,
    (round, revision): (&RoundId, u32),
    record: &Record,
    lfs: &LfsFolders,
) -> Result<Files, Error> {
    let mut files = Files::default();
    insert_file(repository, tree, LEDGER_FILE, &mut files)?;
    insert_members(repository, tree, &mut files)?;
    insert_file(repository, tree, OPENING_FILE, &mut files)?;
    insert_templates(repository, tree, &mut files)?;
    let folder = ledger.folder_of(round);
    let revisions = format!("{folder}/{REVISIONS_FOLDER}");
    let enter = |folder: &str| !is_round_part(folder) || (revision > 1 && folder == revisions);
    let entries = repository.entries(tree, &folder, &enter)?;
    check_letter_case(&entries)?;
    for entry in entries {
        let content = content(repository, &entry)?;
        files.insert(entry.path.clone(), through_pointer(&entry.path, content, lfs));
    }
    insert_record(repository, tree, ledger, (round, revision), record, &mut files)?;
    Ok(files)
}

/// Adds what the pipeline reads of the past: results that are recorded ([`recorded_results`] and
/// [`earlier_results`]), and the inputs of rounds of history.
pub fn insert_record(
    repository: &Repository,
    tree: ObjectId,
    ledger: &Ledger,
    (round, revision): (&RoundId, u32),
    record: &Record,
    files: &mut Files,
) -> Result<(), Error> {
    for path in recorded_results(record, round, revision) {
        insert_file(repository, tree, &path, files)?;
    }
    for earlier in ledger.history.iter().filter(|earlier| *earlier != round) {
        insert_history(repository, tree, &ledger.folder_of(earlier), files)?;
    }
    let earlier = if revision == 1 { record } else { &record.before(round.as_str()) };
    insert_earlier_results(repository, tree, ledger, (round, revision), earlier, files)
}

/// Adds the tables and parameters of a round that was closed before meed, for trends.
fn insert_history(
    repository: &Repository,
    tree: ObjectId,
    folder: &str,
    files: &mut Files,
) -> Result<(), Error> {
    for entry in repository.entries(tree, folder, &|folder| !is_round_part(folder))? {
        if [".csv", ".json"].iter().any(|ending| entry.path.ends_with(ending)) {
            files.insert(entry.path.clone(), content(repository, &entry)?);
        }
    }
    Ok(())
}

/// Adds the results of earlier rounds that the round in `files` reads: see [`earlier_results`].
fn insert_earlier_results(
    repository: &Repository,
    tree: ObjectId,
    ledger: &Ledger,
    (round, revision): (&RoundId, u32),
    record: &Record,
    files: &mut Files,
) -> Result<(), Error> {
    let paths = earlier_results(files, ledger, (round, revision), record);
    paths.iter().try_for_each(|path| insert_file(repository, tree, path, files))
}

/// Adds members.csv, if the tree has one.
pub fn insert_members(repository: &Repository, tree: ObjectId, files: &mut Files) -> Result<(), Error> {
    insert_file(repository, tree, MEMBERS_FILE, files)
}

/// Adds the ledger's own templates. What else lies in their folder is known by its path only.
fn insert_templates(repository: &Repository, tree: ObjectId, files: &mut Files) -> Result<(), Error> {
    for entry in repository.entries(tree, TEMPLATES_FOLDER, &|_| true)? {
        let unread = Content::Other(UNREAD_TEMPLATE);
        let content = if is_template(&entry.path) { content(repository, &entry)? } else { unread };
        files.insert(entry.path, content);
    }
    Ok(())
}

/// An input at a path of a tree, the object of Git LFS in place of a pointer; `None` where nothing is.
pub fn read_input(
    repository: &Repository,
    tree: ObjectId,
    path: &str,
    lfs: &LfsFolders,
) -> Result<Option<Content>, Error> {
    let Some(entry) = repository.entry(tree, path)? else { return Ok(None) };
    Ok(Some(through_pointer(path, content(repository, &entry)?, lfs)))
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
    if let Some(entry) = repository.entry(tree, path)? {
        files.insert(entry.path.clone(), content(repository, &entry)?);
    }
    Ok(())
}

/// What stands at an entry: small files as bytes, large ones to be opened, the kind of others.
fn content(repository: &Repository, entry: &Entry) -> Result<Content, Error> {
    let kind = match entry.kind {
        Kind::File | Kind::Executable => return file_content(repository, entry),
        Kind::Link => "a symbolic link",
        Kind::Submodule => "a submodule",
        Kind::Folder => "a folder",
    };
    Ok(Content::Other(kind))
}

fn file_content(repository: &Repository, entry: &Entry) -> Result<Content, Error> {
    let bytes = repository.blob_size(entry.id)?;
    if bytes > STREAM_LIMIT_BYTES {
        return Ok(Content::TooLarge(bytes));
    }
    if bytes <= HELD_LIMIT_BYTES {
        return Ok(Content::File(repository.blob(entry.id)?));
    }
    let (folder, id) = (repository.git_folder().to_owned(), entry.id);
    // libgit2 checks the SHA-1 of a blob that it reads as a whole, and streams no packed ones: so it
    // is held while somebody reads it.
    let open: Opener = Box::new(move || {
        let bytes = Repository::open(&folder)?.blob(id)?;
        Ok(Box::new(std::io::Cursor::new(bytes)))
    });
    Ok(Content::Streamed(Streamed::new(&entry.path, bytes, open)))
}

/// The object of Git LFS in place of a pointer to it; anything else as it is.
pub fn through_pointer(path: &str, content: Content, lfs: &LfsFolders) -> Content {
    match &content {
        Content::File(bytes) => match LfsPointer::parse(bytes) {
            Ok(pointer) => lfs.object(path, pointer),
            Err(_) => content,
        },
        _ => content,
    }
}

/// SHA-256 digest and size of a file of a tree as a statement gives them: of a pointer of Git LFS,
/// those of its object, which need not be here.
pub fn digest_of(repository: &Repository, id: ObjectId) -> Result<(String, u64), Error> {
    let bytes = repository.blob(id)?;
    Ok(LfsPointer::parse(&bytes)
        .map_or_else(|_| (sha256_hex(&bytes), bytes.len() as u64), |pointer| (pointer.sha256, pointer.bytes)))
}

/// Whether the file at `path` of the work tree is what the tree holds there a pointer of Git LFS to.
/// libgit2 knows nothing of LFS and takes the two for different.
pub fn is_object_of_pointer(
    repository: &Repository,
    tree: ObjectId,
    path: &str,
    on_disk: &Path,
) -> Result<bool, Error> {
    let Some(entry) = repository.entry(tree, path)? else { return Ok(false) };
    let is_small = |size: u64| size <= POINTER_LIMIT_BYTES as u64;
    if !matches!(entry.kind, Kind::File | Kind::Executable) || !is_small(repository.blob_size(entry.id)?) {
        return Ok(false);
    }
    let Ok(pointer) = LfsPointer::parse(&repository.blob(entry.id)?) else { return Ok(false) };
    let Ok(metadata) = on_disk.symlink_metadata() else { return Ok(false) };
    if !metadata.is_file() || metadata.len() != pointer.bytes {
        return Ok(false);
    }
    let on_disk = on_disk.to_owned();
    let open: Opener = Box::new(move || Ok(Box::new(lfs::open_file(&on_disk)?)));
    Ok(Streamed::new(path, pointer.bytes, open).sha256()? == pointer.sha256)
}
