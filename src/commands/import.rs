//! `meed import`: a verified ledger out of a RAD repository. The rounds are committed, closed and amended
//! in their order, each as somebody would have done it by hand; then the whole is verified.

mod balance;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::disk::{file_system, refuse_if_not_empty};
use super::proposal::{Change, allowed_signers, write_on_tip};
use super::tip::Tip;
use super::verify::exit_status;
use super::{Output, Session, amend, close, init};
use crate::error::{Error, Place, Problems, Shown};
use crate::files;
use crate::git::Repository;
use crate::ledger::round_file::Period;
use crate::ledger::{LEDGER_FILE, Ledger, LedgerFile};
use crate::report::text::counted;
use crate::statement::json_bytes;
use crate::verification;
use balance::Balances;
use source::SourceRound;

/// Options of `meed import`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  meed import rewards --into ledger --key ~/.ssh/meed
  meed import rewards/data --into ledger --name 'Tidewater Commons' --token TIDE --overrides overrides.json --key meed

Every folder with parameters.json below PATH is a round, called as its folder is. Its inputs are committed
and it is closed, in the order of the periods; where praise.2.csv (3 ...) stands beside praise.1.csv it is
amended. What other programs computed is not taken over. Settings that a round needs besides stand in
--overrides, as in ledger.json: {\"round-20\": {\"sourcecred\": {\"over_pool\": \"record\"}}}. A round that cannot
be closed stays open, and the reason is told. The signer's public key is looked for beside --key.")]
pub struct Options {
    /// The folder with the rounds
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// The folder of the new ledger, which must be empty or new
    #[arg(long, value_name = "NEW")]
    pub into: PathBuf,
    /// The folder of the rounds in the new ledger
    #[arg(long, value_name = "FOLDER", default_value = "rounds")]
    pub rounds: String,
    /// Settings that replace those of the folders: a JSON file
    #[arg(long, value_name = "FILE")]
    pub overrides: Option<PathBuf>,
    /// The community's name [default: the name of the folder NEW]
    #[arg(long)]
    pub name: Option<String>,
    /// The token's symbol [default: that of the last round's parameters]
    #[arg(long, value_name = "SYMBOL")]
    pub token: Option<String>,
    /// Decimals of the token
    #[arg(long, default_value_t = 18)]
    pub decimals: u8,
    /// The signing key, a private key: the first signer's
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// Stop at the first round that cannot be closed, and leave nothing behind
    #[arg(long)]
    pub strict: bool,
}

/// An imported ledger, for `--format json`.
#[derive(Debug, Serialize)]
struct Imported {
    ledger: String,
    rounds: Vec<balance::RoundBalance>,
    totals: balance::Totals,
    /// What could not be closed or amended.
    open: Vec<StillOpen>,
    /// Whether the new ledger verifies.
    verified: bool,
    statements: usize,
    /// What to keep to notice later that rounds were cut off.
    known: String,
}

/// A round, or a revision of it, that could not be closed.
#[derive(Debug, Serialize)]
struct StillOpen {
    round: String,
    revision: u32,
    problems: Vec<String>,
}

/// Settings of a round by allocation.
type OverridesOfRound = BTreeMap<String, Map<String, Value>>;
/// The same by round.
type Overrides = BTreeMap<String, OverridesOfRound>;

/// Imports a repository.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let overrides = read_overrides(options)?;
    let mut rounds = source::read(&options.path)?;
    refuse_if_not_empty(&options.into)?;
    let was_there = options.into.is_dir();
    let imported = import(options, session, &mut rounds, &overrides);
    if imported.is_err() {
        clean_up(&options.into, was_there);
    }
    imported
}

/// Takes away what was made: the folder was empty or not there.
fn clean_up(into: &Path, was_there: bool) {
    if !was_there {
        let _ = std::fs::remove_dir_all(into);
        return;
    }
    for entry in std::fs::read_dir(into).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let _ = if is_folder {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
    }
}

/// The settings of `--overrides`.
fn read_overrides(options: &Options) -> Result<Overrides, Error> {
    let Some(path) = &options.overrides else { return Ok(Overrides::new()) };
    let bytes = std::fs::read(path).map_err(|error| file_system(path, "read", &error))?;
    files::read_json(&path.display().to_string(), &bytes)
}

fn import(
    options: &Options,
    session: &Session,
    rounds: &mut [SourceRound],
    overrides: &Overrides,
) -> Result<Output, Problems> {
    let token = rounds.iter().rev().find_map(SourceRound::token);
    start(options, session, token)?;
    let repository = session.repository()?;
    let tip = Tip::read(&repository, None)?;
    let ledger_file: LedgerFile =
        files::read_json(LEDGER_FILE, &json_bytes(&read_ledger_file(&repository, &tip)?))?;
    let with_all = Ledger::check(LedgerFile { overrides: overrides.clone(), ..ledger_file })?;
    source::check_overrides(&with_all, rounds)?;
    let start_of = |round: &SourceRound| round.period(&with_all).map(|Period { start, .. }| start);
    // Without a period a round cannot be closed; it comes last.
    rounds.sort_by_cached_key(|round| {
        let start = start_of(round);
        (start.is_none(), start, round.id.clone())
    });
    let mut open = Vec::new();
    for (done, round) in rounds.iter().enumerate() {
        (session.progress)(done, rounds.len());
        let settings = overrides.get(round.id.as_str());
        commit_inputs(options, session, &repository, round, settings)?;
        let Err((revision, problems)) = close_round(options, session, &repository, round) else { continue };
        if options.strict {
            return Err(problems);
        }
        let problems = problems.errors().iter().map(ToString::to_string).collect();
        open.push(StillOpen { round: round.id.to_string(), revision, problems });
    }
    (session.progress)(rounds.len(), rounds.len());
    conclude(options, session, &repository, open)
}

/// Makes the ledger.
fn start(options: &Options, session: &Session, token: Option<source::Token>) -> Result<(), Problems> {
    let (symbol, address) = token.unzip();
    let symbol = options.token.clone().or(symbol).ok_or_else(|| Error::Usage {
        message: "the rounds name no token".to_owned(),
        hint: "give its symbol: --token SYMBOL".to_owned(),
    })?;
    let key = options.key.clone().or_else(|| session.signing_key.clone()).ok_or(Error::KeyMissing)?;
    let is_public = Path::new(&key).extension().is_some_and(|extension| extension == "pub");
    let public = if is_public { key.clone() } else { format!("{key}.pub") };
    let folder = options.into.file_name().map(|name| name.to_string_lossy().into_owned());
    let init = init::Options {
        dir: Some(options.into.clone()),
        name: options.name.clone().or(folder),
        token: Some(symbol),
        decimals: options.decimals,
        address: address.flatten(),
        chain_id: None,
        rounds: options.rounds.clone(),
        signer: Some(PathBuf::from(public)),
        principal: None,
        key: Some(key),
        adopt: false,
        templates: false,
        github: false,
        actions: None,
    };
    init::run(&init, session).map(|_| ())
}

/// ledger.json of a commit.
fn read_ledger_file(repository: &Repository, tip: &Tip) -> Result<LedgerFile, Error> {
    let entry = repository.entry(tip.tree, LEDGER_FILE)?;
    let entry = entry.ok_or_else(|| Error::LedgerMissing { place: Place::file(LEDGER_FILE) })?;
    files::read_json(LEDGER_FILE, &repository.blob(entry.id)?)
}

/// Commits the inputs of a round, and its overrides with them.
fn commit_inputs(
    options: &Options,
    session: &Session,
    repository: &Repository,
    round: &SourceRound,
    overrides: Option<&OverridesOfRound>,
) -> Result<(), Problems> {
    let tip = Tip::read(repository, None)?;
    let folder = tip.ledger.folder_of(&round.id);
    let mut files: Vec<(String, Vec<u8>)> =
        round.files.iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes.clone())).collect();
    if let Some(settings) = overrides {
        let mut ledger = read_ledger_file(repository, &tip)?;
        ledger.overrides.insert(round.id.to_string(), settings.clone());
        files.push((LEDGER_FILE.to_owned(), json_bytes(&ledger)));
    }
    commit(options, session, repository, &tip, files, format!("Inputs of {}\n", round.id))
}

/// One signed commit.
fn commit(
    options: &Options,
    session: &Session,
    repository: &Repository,
    tip: &Tip,
    files: Vec<(String, Vec<u8>)>,
    message: String,
) -> Result<(), Problems> {
    let (_, allowed) = allowed_signers(repository, tip.tree)?;
    let files = files.into_iter().map(|(path, bytes)| (path, bytes.into())).collect();
    let change = vec![Change { files, message }];
    write_on_tip(tip, repository, session, &allowed, options.key.as_deref(), change).map(|_| ())
}

/// Closes a round and makes its amendments; else which revision could not be made, and why.
fn close_round(
    options: &Options,
    session: &Session,
    repository: &Repository,
    round: &SourceRound,
) -> Result<(), (u32, Problems)> {
    let (id, key) = (round.id.to_string(), options.key.clone());
    let closing = close::Options { round: Some(id.clone()), key: key.clone(), ..close::Options::default() };
    close::run(&closing, session).map_err(|problems| (1, problems))?;
    for (revision, (name, bytes)) in (2_u32..).zip(&round.revisions) {
        let amended = || -> Result<(), Problems> {
            let tip = Tip::read(repository, None)?;
            let path = format!("{}/{name}", tip.ledger.folder_of(&round.id));
            let message = format!("Corrected praise of {id}\n");
            commit(options, session, repository, &tip, vec![(path, bytes.clone())], message)?;
            let amendment = amend::Options {
                round: id.clone(),
                reason: Some(format!(
                    "{name} replaces the praise of this round. The correction was made before the round came into this ledger; why is not known here."
                )),
                prepare: false,
                key: key.clone(),
                branch: None,
                dry_run: false,
                out: None,
                committed: false,
            };
            amend::run(&amendment, session).map(|_| ())
        };
        amended().map_err(|problems| (revision, problems))?;
    }
    Ok(())
}

/// The balance of the whole history, and whether it verifies.
fn conclude(
    options: &Options,
    session: &Session,
    repository: &Repository,
    open: Vec<StillOpen>,
) -> Result<Output, Problems> {
    let tip = Tip::read(repository, None)?;
    let balances = Balances::read(repository, &tip)?;
    let checks = verification::Options { lfs_dir: session.lfs_dir.clone(), ..Default::default() };
    let report = verification::verify(repository, tip.commit, &checks, &*session.progress)?;
    let known = report.head.sha256.clone().unwrap_or_else(|| report.head.commit.to_string());
    let mut output = if session.json {
        let Balances { rounds, totals } = balances;
        let (ledger, statements) = (options.into.display().to_string(), report.statements.len());
        let verified = report.holds();
        Output::json(&Imported { ledger, rounds, totals, open, verified, statements, known })
    } else {
        let into = Shown::from(options.into.display().to_string());
        let mut text = format!("imported {} into {into}\n\n", counted(tip.rounds.len(), "round", "rounds"));
        text += &balances.to_text(&tip);
        for StillOpen { round, revision, problems } in &open {
            let what = if *revision == 1 { "stays open" } else { "is not amended" };
            text += &format!("\n{round} {what} (revision {revision}):\n");
            for problem in problems {
                text += &format!("  {problem}\n");
            }
        }
        let count = counted(report.statements.len(), "statement", "statements");
        text += &if report.holds() {
            format!(
                "\nverified: {count}, all checks hold\nkeep this to notice later that rounds were cut off:\n  meed verify --known {known}\n"
            )
        } else {
            format!("\nNOT verified ({count}): run meed --ledger {into} verify\n")
        };
        Output::text(text)
    };
    output.status = exit_status(&report);
    Ok(output)
}
