//! `meed verify`: recompute the record and say what holds.

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::Args;
use serde::Serialize;

use super::disk::file_system;
use super::{Output, Session};
use crate::actions::Told;
use crate::error::{Error, Problems, Shown};
use crate::git::ObjectId;
use crate::report::text::counted;
use crate::signing::AllowedSigners;
use crate::verification::simulations::SimulationReport;
use crate::verification::{self, Check, Known, Report, State, StatementReport};

/// Options of `meed verify`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed verify                          all closed rounds
  meed verify 2026-03                  this round, and the ledger's signers
  meed verify simulations/funding      this simulation, and the ledger's signers
  meed verify --root COMMIT            the root of trust must be this commit (all 40 digits)
  meed verify --signers my_signers     trust this list instead of the ledger's
  meed verify --known SHA256           fail unless this statement (or commit) is contained
  meed verify --rev origin/main        the history of another commit

Exit status: 0 all hold, 1 something does not verify, 2 usage or bad input, 3 could not be done.")]
pub struct Options {
    /// The rounds, or simulations/NAME, to verify; without them, all closed ones
    #[arg(value_name = "ROUND")]
    pub rounds: Vec<String>,
    /// Your own list of signers, instead of the ledger's
    #[arg(long, value_name = "FILE")]
    pub signers: Option<PathBuf>,
    /// The commit that must be the root of trust
    #[arg(long, value_name = "COMMIT", conflicts_with = "signers")]
    pub root: Option<String>,
    /// A commit or the SHA-256 of a statement that must be part of the history
    #[arg(long, value_name = "COMMIT|SHA256")]
    pub known: Option<String>,
    /// The commit whose history is verified
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub rev: String,
}

/// Verifies the ledger.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    repository.demand_complete_history()?;
    let tip = repository.commit_of(&options.rev)?;
    let checked = read_options(options, session)?;
    let report = verification::verify(&repository, tip, &checked, &*session.progress)?;
    let status = exit_status(&report);
    let output = if session.json {
        Output::json(&ReportJson::new(&report))
    } else {
        Output::text(describe(&report, session))
    };
    Ok(Output { status, ..output }.telling(session, || Told::verified(&report, &verdict(&report))))
}

/// 1 when something does not verify, 3 when something could not be checked, else 0.
pub fn exit_status(report: &Report) -> u8 {
    match (report.fails(), report.is_incomplete()) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    }
}

/// Reads what the auditor brings along.
fn read_options(options: &Options, session: &Session) -> Result<verification::Options, Problems> {
    let signers = match &options.signers {
        None => None,
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| file_system(path, "read", &error))?;
            Some(AllowedSigners::parse(&path.display().to_string(), &bytes)?)
        }
    };
    Ok(verification::Options {
        rounds: options.rounds.clone(),
        rounds_only: false,
        signers,
        root: options.root.as_deref().map(|text| full_commit_id("--root", text)).transpose()?,
        known: options.known.as_deref().map(read_known).transpose()?,
        lfs_dir: session.lfs_dir.clone(),
    })
}

/// A commit id in full. Names and abbreviations are refused: the repository that is being audited
/// could give them another meaning.
fn full_commit_id(option: &str, text: &str) -> Result<ObjectId, Error> {
    ObjectId::parse(&text.to_lowercase()).ok_or_else(|| Error::Usage {
        message: format!("{option}: `{}` is not a commit id in full", Shown::from(text)),
        hint: "give all 40 digits, from your own notes: a name or an abbreviation can be made to mean another commit".to_owned(),
    })
}

/// What the auditor knows: a commit id or the digest of a statement, in full.
fn read_known(text: &str) -> Result<Known, Error> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest {
        return Ok(Known::Statement(text.to_lowercase()));
    }
    full_commit_id("--known", text).map(Known::Commit)
}

/// The report for people: a block a statement, then the simulations, the ledger, and what to keep.
fn describe(report: &Report, session: &Session) -> String {
    let mut text: String =
        report.statements.iter().map(|statement| of_statement(statement, session)).collect();
    text.extend(report.simulations.iter().map(|simulation| of_simulation(simulation, session)));
    text += "ledger\n";
    report.ledger.iter().for_each(|check| text += &line(check, session.colour));
    text += &format!("\n{}\n", verdict(report));
    if report.holds() {
        let head = &report.head;
        // A simulation may have been closed behind the last statement: the commit stands for both.
        let statement = head.sha256.clone().filter(|_| report.simulations.is_empty());
        let known = statement.unwrap_or_else(|| head.commit.to_string());
        text +=
            &format!("keep this to notice later that rounds were cut off:\n  meed verify --known {known}\n");
    }
    text
}

/// A statement for people.
fn of_statement(statement: &StatementReport, session: &Session) -> String {
    let StatementReport { sequence, revision, commit, signer, checks, .. } = statement;
    let revision = if *revision > 1 { format!(" revision {revision}") } else { String::new() };
    let title = format!("{sequence} {}{revision}", Shown::from(&statement.round));
    block(&title, *commit, signer, (checks, "money"), session)
}

/// A simulation for people.
fn of_simulation(simulation: &SimulationReport, session: &Session) -> String {
    let SimulationReport { name, commit, signer, checks, .. } = simulation;
    let title = format!("simulations/{}", Shown::from(name));
    block(&title, *commit, signer, (checks, "rows"), session)
}

/// What was closed, for people: its checks in one line with the detail of the `main` one, or each in its
/// own where one fails or with `-v`.
fn block(
    title: &str,
    commit: ObjectId,
    signer: &str,
    (checks, main): (&[Check], &str),
    session: &Session,
) -> String {
    let signer =
        if signer.is_empty() { String::new() } else { format!(", signed by {}", Shown::from(signer)) };
    let mut text = format!("{title} (commit {}{signer})\n", short(&commit.to_string()));
    if session.verbose || checks.iter().any(|check| matches!(check.state, State::Fails | State::Impossible)) {
        for check in checks {
            text += &line(check, session.colour);
        }
    } else {
        let main = checks.iter().find(|check| check.name == main);
        let main = main.map_or("", |check| check.detail.as_str());
        let holds = painted("holds", State::Holds, session.colour);
        let count = checks.iter().filter(|check| check.state == State::Holds).count();
        text += &format!("  {holds}  {count} checks: {main}\n");
        for check in checks.iter().filter(|check| matches!(check.state, State::Pending | State::NotChecked)) {
            text += &line(check, session.colour);
        }
    }
    text
}

/// One sentence.
fn verdict(report: &Report) -> String {
    let count = |state| report.checks().filter(|check| check.state == state).count();
    let (failed, impossible) = (count(State::Fails), count(State::Impossible));
    let checks = |count: usize| counted(count, "check", "checks");
    if failed == 0 && impossible > 0 {
        format!(
            "{} could not be made: `git lfs pull`, or name the folder of the objects with --lfs-dir DIR",
            checks(impossible)
        )
    } else if failed == 0 {
        format!("{} verified, head {}", verified(report), report.head.commit)
    } else {
        format!("{} failed: this ledger does not verify at {}", checks(failed), report.head.commit)
    }
}

/// What was verified, counted.
fn verified(report: &Report) -> String {
    let statements = counted(report.statements.len(), "statement", "statements");
    let simulations = counted(report.simulations.len(), "simulation", "simulations");
    match (report.statements.len(), report.simulations.len()) {
        (_, 0) => statements,
        (0, _) => simulations,
        _ => format!("{statements} and {simulations}"),
    }
}

/// A check as a line.
fn line(check: &Check, colour: bool) -> String {
    let state = painted(&format!("{:<11}", check.state.as_str()), check.state, colour);
    format!("  {:<12} {state}  {}", check.name, check.detail).trim_end().to_owned() + "\n"
}

/// Text in the colour of a state.
fn painted(text: &str, state: State, colour: bool) -> String {
    if !colour {
        return text.to_owned();
    }
    let style = match state {
        State::Holds => Style::new().fg_color(Some(AnsiColor::Green.into())),
        State::Fails => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        State::Impossible => Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
        State::Pending => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        State::NotChecked => Style::new().dimmed(),
    };
    format!("{style}{text}{style:#}")
}

/// The first digits of a commit id.
fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// The report for programs.
#[derive(Debug, Serialize)]
struct ReportJson<'a> {
    holds: bool,
    statements: Vec<StatementJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    simulations: Vec<SimulationJson<'a>>,
    ledger: Vec<CheckJson<'a>>,
    head: HeadJson<'a>,
}

#[derive(Debug, Serialize)]
struct StatementJson<'a> {
    sequence: u64,
    round: &'a str,
    revision: u32,
    commit: String,
    signer: &'a str,
    checks: Vec<CheckJson<'a>>,
}

#[derive(Debug, Serialize)]
struct SimulationJson<'a> {
    simulation: &'a str,
    commit: String,
    signer: &'a str,
    checks: Vec<CheckJson<'a>>,
}

#[derive(Debug, Serialize)]
struct CheckJson<'a> {
    name: &'a str,
    state: &'a str,
    detail: &'a str,
}

#[derive(Debug, Serialize)]
struct HeadJson<'a> {
    commit: String,
    sequence: u64,
    sha256: Option<&'a str>,
}

impl<'a> ReportJson<'a> {
    fn new(report: &'a Report) -> Self {
        let checks = |checks: &'a [Check]| checks.iter().map(CheckJson::new).collect();
        let statements = report.statements.iter().map(|statement| StatementJson {
            sequence: statement.sequence,
            round: &statement.round,
            revision: statement.revision,
            commit: statement.commit.to_string(),
            signer: &statement.signer,
            checks: checks(&statement.checks),
        });
        let simulations = report.simulations.iter().map(|simulation| SimulationJson {
            simulation: &simulation.name,
            commit: simulation.commit.to_string(),
            signer: &simulation.signer,
            checks: checks(&simulation.checks),
        });
        let head = HeadJson {
            commit: report.head.commit.to_string(),
            sequence: report.head.sequence,
            sha256: report.head.sha256.as_deref(),
        };
        Self {
            holds: report.holds(),
            statements: statements.collect(),
            simulations: simulations.collect(),
            ledger: checks(&report.ledger),
            head,
        }
    }
}

impl<'a> CheckJson<'a> {
    fn new(check: &'a Check) -> Self {
        Self { name: check.name, state: check.state.as_str(), detail: &check.detail }
    }
}
