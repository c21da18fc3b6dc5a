//! `meed demo`: a whole ledger from the built-in example, closed and verified with a throwaway key.

use std::path::{Path, PathBuf};

use clap::Args;
use include_dir::{Dir, DirEntry, include_dir};

use super::disk::{file_system, refuse_if_not_empty};
use super::proposal::{Change, Proposal, new_line};
use super::{Output, Session, Step, amend, close, settle, verify};
use crate::error::{Error, Problems, Shown};
use crate::git::{ObjectId, Repository};
use crate::github::Access;
use crate::ledger::LEDGER_FILE;
use crate::ledger::revision::REVISIONS_FOLDER;
use crate::ledger::round_id::RESERVED;
use crate::members::MEMBERS_FILE;
use crate::signing::{GIT_NAMESPACE, SigningKey};
use crate::simulation::SIMULATIONS_FOLDER;
use crate::verification::history::ALLOWED_SIGNERS_FILE;

/// The example as it stands in the repository, results included.
static EXAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/ledger-example");

/// Who stands as author in the demonstration.
const AUTHOR: &str = "Tidewater Treasurer <treasurer@tidewater.example>";
const PRINCIPAL: &str = "treasurer@tidewater.example";

/// Options of `meed demo`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed demo               in a new temporary folder
  meed demo /tmp/tide     in this folder, which must be empty or new")]
pub struct Options {
    /// The folder of the new ledger [default: a temporary one, which stays]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Builds, closes and verifies the example.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let folder = folder(options)?;
    let repository = Repository::init(&folder, "main")?;
    let key_path = repository.git_folder().join("meed-demo-key");
    let key = SigningKey::generate(&key_path)?;
    let session = demo_session(session, &folder, &key_path);
    let mut text = format!("a ledger of the made-up community Tidewater Commons in {}\n\n", folder.display());
    let mut tip = start(&repository, &session, &key)?;
    for round in rounds() {
        tip = commit_inputs(&repository, &session, &key, tip, &round)?;
        text += &format!("committed the inputs of {round}\n");
        // The example's months do not wait for the clock of whoever looks at it.
        let closing = close::Options { round: Some(round), early: true, ..close::Options::default() };
        let closed = close::run(&closing, &session)?;
        text += &closed.text;
        tip = repository.branch_tip("main")?.unwrap_or(tip);
    }
    text += &settle(&session)?;
    for (round, folder) in revisions() {
        text += &amend(&repository, &session, &key, &round, folder)?;
    }
    for name in simulations() {
        let files = simulation_files(&name);
        let tip = repository.branch_tip("main")?;
        let _commit = commit(&repository, &session, &key, tip, files, &format!("Simulation {name}\n"))?;
        let round = Some(format!("{SIMULATIONS_FOLDER}/{name}"));
        text += &close::run(&close::Options { round, ..close::Options::default() }, &session)?.text;
    }
    let verified =
        verify::run(&verify::Options { rev: "HEAD".to_owned(), ..verify::Options::default() }, &session)?;
    text += &format!("\n{}\n{}", verified.text, look(&folder));
    Ok(Output { status: verified.status, ..Output::text(text) })
}

/// The given folder, which must be empty or new, or a temporary one.
fn folder(options: &Options) -> Result<PathBuf, Error> {
    if let Some(dir) = &options.dir {
        refuse_if_not_empty(dir)?;
        std::fs::create_dir_all(dir).map_err(|error| file_system(dir, "created", &error))?;
        return std::fs::canonicalize(dir).map_err(|error| file_system(dir, "read", &error));
    }
    let temporary = tempfile::Builder::new().prefix("meed-demo-").tempdir();
    let temporary = temporary.map_err(|error| file_system(&std::env::temp_dir(), "written", &error))?;
    Ok(temporary.keep())
}

/// A session that works in the demonstration's folder with its key and author.
fn demo_session(session: &Session, folder: &Path, key: &Path) -> Session {
    Session {
        ledger: folder.to_owned(),
        lfs_dir: None,
        now_seconds: session.now_seconds,
        json: false,
        csv: false,
        markdown: false,
        colour: session.colour,
        in_actions: false,
        verbose: session.verbose,
        signing_key: Some(key.display().to_string()),
        author: Some(AUTHOR.to_owned()),
        agent: None,
        home: None,
        passphrase: Box::new(|_| None),
        step: Box::new(|_: Step| {}),
        open: None,
        progress: Box::new(|_, _| {}),
        is_interrupted: Box::new(|| false),
        print: Box::new(|_| Ok(())),
        say: Box::new(|_| {}),
        github: Access::default(),
    }
}

/// Records a made-up transaction that paid the whole first round.
fn settle(session: &Session) -> Result<String, Problems> {
    let Some(round) = rounds().into_iter().next() else { return Ok(String::new()) };
    let paid = settle::Options {
        round,
        tx: Some(format!("0x{}", "71de".repeat(16))),
        payout: Some("safe-csv".to_owned()),
        date: Some("2026-02-05".to_owned()),
        ..settle::Options::default()
    };
    Ok(settle::run(&paid, session)?.text)
}

/// The ids of the example's rounds, in order.
fn rounds() -> Vec<String> {
    let rounds = EXAMPLE.get_dir("rounds").map(Dir::dirs).into_iter().flatten();
    let mut ids: Vec<String> =
        rounds.filter_map(|round| Some(round.path().file_name()?.to_str()?.to_owned())).collect();
    ids.sort();
    ids
}

/// The revisions of the example's rounds, in order: round, and the folder of the revision.
fn revisions() -> Vec<(String, &'static Dir<'static>)> {
    let revisions = |round: &String| EXAMPLE.get_dir(format!("rounds/{round}/{REVISIONS_FOLDER}"));
    let folders = |round: String| {
        let folders = revisions(&round).map(Dir::dirs).into_iter().flatten();
        folders.map(move |folder| (round.clone(), folder))
    };
    rounds().into_iter().flat_map(folders).collect()
}

/// The names of the example's simulations, in order.
fn simulations() -> Vec<String> {
    let folders = EXAMPLE.get_dir(SIMULATIONS_FOLDER).map(Dir::dirs).into_iter().flatten();
    let mut names: Vec<String> =
        folders.filter_map(|folder| Some(folder.path().file_name()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// The files of a simulation but its results.
fn simulation_files(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    if let Some(folder) = EXAMPLE.get_dir(format!("{SIMULATIONS_FOLDER}/{name}")) {
        collect(folder, &mut files);
    }
    files
}

/// Commits the corrected files of a revision with its reason, and amends the round.
fn amend(
    repository: &Repository,
    session: &Session,
    key: &SigningKey,
    round: &str,
    folder: &Dir<'_>,
) -> Result<String, Problems> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    let tip = repository.branch_tip("main")?;
    let _commit = commit(repository, session, key, tip, files, &format!("Correct {round}\n"))?;
    let amending = amend::Options { round: round.to_owned(), ..amend::Options::default() };
    Ok(format!("committed a correction of {round}\n{}", amend::run(&amending, session)?.text))
}

/// The root commit: the example's ledger.json, and allowed_signers for the throwaway key.
fn start(repository: &Repository, session: &Session, key: &SigningKey) -> Result<ObjectId, Problems> {
    let ledger = EXAMPLE.get_file(LEDGER_FILE).map_or(&[][..], include_dir::File::contents);
    let mut files = vec![
        (LEDGER_FILE.to_owned(), ledger.to_vec()),
        (
            ALLOWED_SIGNERS_FILE.to_owned(),
            new_line(PRINCIPAL, &[GIT_NAMESPACE], key.public_key())?.into_bytes(),
        ),
        (".gitattributes".to_owned(), b"* -text\n".to_vec()),
    ];
    files.extend(
        EXAMPLE.get_file(MEMBERS_FILE).map(|file| (MEMBERS_FILE.to_owned(), file.contents().to_vec())),
    );
    commit(repository, session, key, None, files, "Start the ledger of Tidewater Commons\n")
}

/// Commits the inputs of a round.
fn commit_inputs(
    repository: &Repository,
    session: &Session,
    key: &SigningKey,
    parent: ObjectId,
    round: &str,
) -> Result<ObjectId, Problems> {
    let mut files = Vec::new();
    if let Some(folder) = EXAMPLE.get_dir(format!("rounds/{round}")) {
        collect(folder, &mut files);
    }
    commit(repository, session, key, Some(parent), files, &format!("Inputs of {round}\n"))
}

/// The input files of a round folder: everything but results, revisions and so on.
fn collect(folder: &Dir<'_>, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in folder.entries() {
        let name = entry.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match entry {
            DirEntry::File(file) => {
                files.push((file.path().to_string_lossy().replace('\\', "/"), file.contents().to_vec()));
            }
            DirEntry::Dir(inner) if !RESERVED.contains(&name) => collect(inner, files),
            DirEntry::Dir(_) => {}
        }
    }
}

/// One signed commit.
fn commit(
    repository: &Repository,
    session: &Session,
    key: &SigningKey,
    parent: Option<ObjectId>,
    files: Vec<(String, Vec<u8>)>,
    message: &str,
) -> Result<ObjectId, Problems> {
    let files = files.into_iter().map(|(path, bytes)| (path, bytes.into())).collect();
    let commits = vec![Change { files, message: message.to_owned() }];
    let proposal = Proposal { branch: "main", parent, newest_record: None, key, commits };
    let written = proposal.write(session, repository)?;
    let nothing =
        || Error::GitFailed { doing: "commit".to_owned(), message: Shown::from("no commit was made") };
    Ok(written.commits.first().copied().ok_or_else(nothing)?)
}

/// Where to look now.
fn look(folder: &Path) -> String {
    let at = folder.display();
    format!(
        "where to look:\n  \
         {at}/rounds/2026-06/results/distribution.csv   who got what, and for what\n  \
         {at}/rounds/2026-06/results/statement.json     the record\n  \
         meed --ledger {at} log                         the chain\n  \
         git -C {at} log --stat                         the commits\n\
         change a byte of a results folder, commit it, and `meed --ledger {at} verify` says which check fails\n"
    )
}
