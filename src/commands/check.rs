//! `meed check`: what would be distributed, and everything that is wrong or odd. Writes nothing.

use std::path::{Path, PathBuf};

use clap::Args;

use super::changes::{Changes, Now};
use super::disk::file_system;
use super::tip::{OpenRound, Tip};
use super::{Output, Session, amend, claims, computed, reopened};
use crate::actions::Told;
use crate::calculate::Results;
use crate::error::{Error, Problems};
use crate::files::streamed::Opener;
use crate::files::{Content, Files, STREAM_LIMIT_BYTES, Streamed};
use crate::git::Repository;
use crate::ledger::round_id::{RESERVED, RoundId, find_rounds};
use crate::ledger::templates::{TEMPLATES_FOLDER, UNREAD_TEMPLATE, is_template};
use crate::ledger::{LEDGER_FILE, Ledger};
use crate::members::MEMBERS_FILE;
use crate::opening::OPENING_FILE;
use crate::snapshot::lfs::{LfsFolders, open_file};
use crate::snapshot::{HELD_LIMIT_BYTES, insert_record, through_pointer};

/// Options of `meed check`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed check                     all open rounds, as they are committed
  meed check 2026-03             this round
  meed check 2026-03 --worktree  as its files are now, before they are committed
  meed -v check                  all recipients, not only the first ten")]
pub struct Options {
    /// The rounds to check; without them, all that are open
    #[arg(value_name = "ROUND")]
    pub rounds: Vec<String>,
    /// Look at the files of the work tree instead of those of the commit
    #[arg(long)]
    pub worktree: bool,
    /// The branch to look at [default: the one that is checked out]
    #[arg(long, value_name = "NAME", conflicts_with = "worktree")]
    pub branch: Option<String>,
}

/// Checks rounds.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let mut tip = Tip::read(&repository, options.branch.as_deref())?;
    let hint = "leave --worktree out to check what is committed";
    let root = if options.worktree { Some(work_tree(&repository, "--worktree", hint)?) } else { None };
    if let Some(root) = &root {
        (tip.ledger, tip.rounds) = read_work_tree(root)?;
    }
    let rounds = select(&tip, options)?;
    let begun = if options.rounds.is_empty() { amend::begun(&repository, &tip)? } else { Vec::new() };
    if rounds.is_empty() {
        let mut notes = begun;
        let note = "nothing to check: no round is open";
        notes.push(note.to_owned());
        let told = || Told::nothing(note);
        return Ok(if session.json {
            Output::json::<[u8; 0]>(&[]).telling(session, told)
        } else {
            Output::default().telling(session, told).with_notes(notes)
        });
    }
    let mut output = checked_rounds(&rounds, &repository, &tip, root.as_deref(), session)?;
    output.notes.extend(begun);
    Ok(output)
}

/// What is found in these rounds, as they are in the commit or in the work tree.
fn checked_rounds(
    rounds: &[&RoundId],
    repository: &Repository,
    tip: &Tip,
    root: Option<&Path>,
    session: &Session,
) -> Result<Output, Problems> {
    let lfs = session.lfs_folders(repository);
    let changes = Changes::read(repository, tip, root.map_or(Now::Committed, Now::WorkTree));
    let Some(root) = root else {
        let mut open = tip.prepare(repository, &lfs, rounds)?;
        claims::refuse_sent(repository, tip, &open)?;
        reopened::refuse(repository, tip, &open)?;
        let results = tip.calculate(&mut open)?;
        return Ok(computed::report(&results, changes, session));
    };
    let read = |round: &RoundId| read_round(root, repository, tip, round, &lfs);
    let (_, results) = calculate_work_tree(repository, tip, rounds, &read)?;
    Ok(computed::report(&results, changes, session))
}

/// Computes rounds from files of the work tree, one on the other, on the record of `tip`. Gives the files
/// that were read, too.
pub(super) fn calculate_work_tree(
    repository: &Repository,
    tip: &Tip,
    rounds: &[&RoundId],
    read: &dyn Fn(&RoundId) -> Result<Files, Error>,
) -> Result<(Vec<OpenRound>, Vec<Results>), Problems> {
    let computed = tip.prepare_with(rounds, read).and_then(|mut open| {
        claims::refuse_sent(repository, tip, &open)?;
        reopened::refuse(repository, tip, &open)?;
        let results = tip.calculate(&mut open)?;
        Ok((open, results))
    });
    computed.or_else(|problems| {
        let told = problems.into_iter().map(of_work_tree).collect();
        Problems::unless_empty(told, (Vec::new(), Vec::new()))
    })
}

/// The rounds that are asked for, else all that are open.
fn select<'a>(tip: &'a Tip, options: &Options) -> Result<Vec<&'a RoundId>, Problems> {
    if options.rounds.is_empty() {
        return Ok(tip.open());
    }
    let mut problems = Vec::new();
    let names = options.rounds.iter();
    let found = names.filter_map(|name| tip.open_round(name).map_err(|error| problems.push(error)).ok());
    let found = found.collect();
    Problems::unless_empty(problems, found)
}

/// A problem in the words of `--worktree`: a file is missing there, not in the commit.
fn of_work_tree(error: Error) -> Error {
    match error {
        Error::FileMissing { place } => Error::Usage {
            message: format!("{place}: is not in the work tree"),
            hint: "put the file there, or correct its path in the round's file".to_owned(),
        },
        other => other,
    }
}

/// The work tree's folder; `asked` is what asks for it, `hint` says what to do without one.
pub(super) fn work_tree(repository: &Repository, asked: &str, hint: &str) -> Result<PathBuf, Error> {
    repository.work_tree().ok_or_else(|| Error::Usage {
        message: format!("{asked}: this repository is bare and has no work tree"),
        hint: hint.to_owned(),
    })
}

/// Ledger and rounds of the work tree.
pub(super) fn read_work_tree(root: &Path) -> Result<(Ledger, Vec<RoundId>), Problems> {
    let mut files = Files::default();
    insert(root, LEDGER_FILE, &mut files)?;
    let ledger = Ledger::read(&files)?;
    let mut paths = Vec::new();
    walk(root, &ledger.rounds, &mut |path| paths.push(path))?;
    let rounds = match find_rounds(&ledger.rounds, paths.iter().map(String::as_str)) {
        Ok(rounds) => rounds,
        Err(problems) => return Problems::unless_empty(problems, (ledger, Vec::new())),
    };
    ledger.check_rounds(&rounds)?;
    Ok((ledger, rounds))
}

/// The files of a round in the work tree, with the state after the last statement of the commit.
pub(super) fn read_round(
    root: &Path,
    repository: &Repository,
    tip: &Tip,
    round: &RoundId,
    lfs: &LfsFolders,
) -> Result<Files, Error> {
    let mut files = Files::default();
    insert(root, LEDGER_FILE, &mut files)?;
    insert(root, MEMBERS_FILE, &mut files)?;
    insert(root, OPENING_FILE, &mut files)?;
    let mut templates = Vec::new();
    walk(root, TEMPLATES_FOLDER, &mut |path| templates.push(path))?;
    for path in templates {
        let content = if is_template(&path) { content(root, &path)? } else { None };
        files.insert(path, content.unwrap_or(Content::Other(UNREAD_TEMPLATE)));
    }
    let mut paths = Vec::new();
    walk(root, &tip.ledger.folder_of(round), &mut |path| paths.push(path))?;
    for path in paths {
        if let Some(content) = content(root, &path)? {
            let content = through_pointer(&path, content, lfs);
            files.insert(path, content);
        }
    }
    insert_record(repository, tip.tree, &tip.ledger, (round, 1), &tip.record, &mut files)?;
    Ok(files)
}

/// Visits the files below a folder, without results, revisions and so on.
pub(super) fn walk(root: &Path, folder: &str, visit: &mut dyn FnMut(String)) -> Result<(), Error> {
    let on_disk = root.join(folder);
    let entries = match std::fs::read_dir(&on_disk) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_system(&on_disk, "read", &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| file_system(&on_disk, "read", &error))?;
        let is_folder =
            entry.file_type().map_err(|error| file_system(&entry.path(), "read", &error))?.is_dir();
        names.push((entry.file_name().to_string_lossy().into_owned(), is_folder));
    }
    names.sort();
    for (name, is_folder) in names {
        let path = format!("{folder}/{name}");
        if !is_folder {
            visit(path);
        } else if !RESERVED.contains(&name.as_str()) {
            walk(root, &path, visit)?;
        }
    }
    Ok(())
}

/// Adds a file of the work tree, if it is there.
fn insert(root: &Path, path: &str, files: &mut Files) -> Result<(), Error> {
    if let Some(content) = content(root, path)? {
        files.insert(path.to_owned(), content);
    }
    Ok(())
}

/// What stands at a path of the work tree, if anything does.
pub(super) fn content(root: &Path, path: &str) -> Result<Option<Content>, Error> {
    let on_disk = root.join(path);
    let metadata = match std::fs::symlink_metadata(&on_disk) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_system(&on_disk, "read", &error)),
    };
    let content = if metadata.is_symlink() {
        Content::Other("a symbolic link")
    } else if !metadata.is_file() {
        Content::Other("a folder")
    } else if metadata.len() > STREAM_LIMIT_BYTES {
        Content::TooLarge(metadata.len())
    } else if metadata.len() > HELD_LIMIT_BYTES {
        let open: Opener = Box::new(move || Ok(Box::new(open_file(&on_disk)?)));
        Content::Streamed(Streamed::new(path, metadata.len(), open))
    } else {
        Content::File(std::fs::read(&on_disk).map_err(|error| file_system(&on_disk, "read", &error))?)
    };
    Ok(Some(content))
}
