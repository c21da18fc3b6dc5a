//! `meed close simulations/NAME`: from the tip of a branch to one signed commit that adds the results of
//! a simulation. It stands outside the chain: it pays nobody, and the next round is closed as if it were
//! not there.

use std::path::Path;

use serde::Serialize;

use super::close::Options;
use super::disk::{refuse_if_not_empty, write_file};
use super::proposal::{Change, ENGINE, allowed_signers, branch_moved, write_on_tip};
use super::tip::Tip;
use super::{Output, Session};
use crate::actions::Told;
use crate::error::{Error, Place, Problems, Shown};
use crate::git::Repository;
use crate::ledger::LEDGER_FILE;
use crate::report::text::counted;
use crate::simulation::execute::Watch;
use crate::simulation::results::{SimulationResults, folder_of, results, results_of};
use crate::simulation::{FAILURES_FILE, SIMULATION_FILE};
use crate::snapshot::{self, is_object_of_pointer};
use crate::statement::STATEMENT_FILE;
use crate::verification::simulations::name_in;

/// A closed simulation, for `--format json`.
#[derive(Debug, Serialize)]
struct Closed<'a> {
    simulation: &'a str,
    /// Absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    statement_sha256: String,
    model: &'a str,
    timesteps: u32,
    runs: u32,
    subsets: u64,
    failed: u64,
    files: Vec<&'a str>,
}

/// The name of the simulation that the options ask for. A round that is called so comes first.
pub fn named<'a>(tip: &Tip, options: &'a Options) -> Option<&'a str> {
    let wanted = options.round.as_deref()?;
    let is_round = tip.rounds.iter().any(|round| round.as_str() == wanted);
    name_in(wanted).filter(|_| !is_round)
}

/// Closes a simulation.
pub fn run(
    repository: &Repository,
    tip: &Tip,
    name: &str,
    options: &Options,
    session: &Session,
) -> Result<Output, Problems> {
    if options.early || options.late {
        let message = format!("simulations/{}: a simulation has no period", Shown::from(name));
        let hint = "leave out --early and --late: they are for rounds".to_owned();
        return Err(Error::Usage { message, hint }.into());
    }
    check_open(repository, tip, name)?;
    if !options.committed && repository.head_branch().is_ok_and(|head| head == tip.branch) {
        check_work_tree(repository, tip, name).map_err(|problems| {
            branch_moved(repository, &tip.branch, Some(tip.commit)).map_or(problems, Problems::from)
        })?;
    }
    let lfs = session.lfs_folders(repository);
    let (ledger, files) = snapshot::simulations::read(repository, tip.tree, name, &lfs)?;
    let watch = Watch { progress: &*session.progress, is_interrupted: &*session.is_interrupted };
    let results = results(&ledger, &files, name, &watch)?;
    let mut notes = warnings(&results);
    if options.dry_run {
        if let Some(out) = &options.out {
            write_out(&results, out)?;
        }
        notes.push("dry run: the repository is untouched".to_owned());
        return Ok(report(&results, None, tip, session).with_notes(notes));
    }
    let (_, allowed) = allowed_signers(repository, tip.tree)?;
    let commits = vec![change_of(&results)];
    let written = write_on_tip(tip, repository, session, &allowed, options.key.as_deref(), commits)?;
    notes.extend(written.notes);
    let commit = written.commits.first().map(ToString::to_string);
    let id = commit.clone().unwrap_or_default();
    let told = || Told::simulated(name, &id, &results.statement_sha256());
    Ok(report(&results, commit, tip, session).telling(session, told).with_notes(notes))
}

/// Refuses what is no simulation, and what is closed already.
fn check_open(repository: &Repository, tip: &Tip, name: &str) -> Result<(), Error> {
    let folder = folder_of(name)?;
    if repository.entry(tip.tree, &format!("{folder}/{SIMULATION_FILE}"))?.is_none() {
        let known = snapshot::simulations::names(repository, tip.tree)?.join(", ");
        let known = Shown::from(if known.is_empty() { "none" } else { &known });
        return Err(Error::SimulationMissing { place: Place::file(&folder), known });
    }
    let results = results_of(name);
    if repository.entry(tip.tree, &format!("{results}/{STATEMENT_FILE}"))?.is_some() {
        return Err(Error::SimulationClosed { place: Place::file(&folder) });
    }
    if repository.entry(tip.tree, &results)?.is_some() {
        return Err(Error::ResultsInTheWay { place: Place::file(&results) });
    }
    Ok(())
}

/// Refuses when ledger.json or files of the simulation are not in the work tree what they are in the
/// commit.
fn check_work_tree(repository: &Repository, tip: &Tip, name: &str) -> Result<(), Problems> {
    let root = repository.work_tree().unwrap_or_default();
    let mut paths = repository.differs_from_commit(tip.commit, LEDGER_FILE)?;
    paths.extend(repository.differs_from_commit(tip.commit, &folder_of(name)?)?);
    let mut problems = Vec::new();
    for path in paths {
        if !is_object_of_pointer(repository, tip.tree, &path, &root.join(&path))? {
            problems.push(Error::WorkTreeDiffers { path: Shown::from(path) });
        }
    }
    Problems::unless_empty(problems, ())
}

/// What the commit does: it adds the results, and its message says what was run.
fn change_of(results: &SimulationResults) -> Change<'_> {
    let message = results.statement.commit_message(&results.statement_sha256(), ENGINE);
    Change::of_results(&results.folder, &results.files, message)
}

/// Writes the results below `--out`, which must be empty or new.
fn write_out(results: &SimulationResults, out: &Path) -> Result<(), Error> {
    refuse_if_not_empty(out)?;
    let folder = out.join(folder_of(&results.statement.predicate.simulation)?);
    results.files.iter().try_for_each(|(name, bytes)| write_file(&folder.join(name), bytes))
}

/// What was closed, or would be.
fn report(results: &SimulationResults, commit: Option<String>, tip: &Tip, session: &Session) -> Output {
    let predicate = &results.statement.predicate;
    let closed = Closed {
        simulation: &predicate.simulation,
        commit,
        statement_sha256: results.statement_sha256(),
        model: &predicate.model,
        timesteps: predicate.timesteps,
        runs: predicate.runs,
        subsets: predicate.subsets,
        failed: predicate.failed,
        files: results.files.keys().map(String::as_str).collect(),
    };
    if session.json {
        return Output::json(&[closed]);
    }
    let all = counted(predicate.all_runs(), "run", "runs");
    let place = closed.commit.as_ref().map(|_| format!(" on {}", tip.branch)).unwrap_or_default();
    let verb = if closed.commit.is_some() { "closed" } else { "would close" };
    let mut text = format!(
        "{verb} simulations/{}{place}: {all} of {}, {} failed\n",
        closed.simulation, closed.model, closed.failed
    );
    if let Some(commit) = &closed.commit {
        text += &format!("  commit     {commit}\n");
    }
    text += &format!("  statement  {}\n", closed.statement_sha256);
    let bytes: usize = results.files.values().map(Vec::len).sum();
    let files = counted(results.files.len(), "file", "files");
    text += &format!("  results    {}: {files}, {} kB\n", results.folder, bytes.div_ceil(1000));
    Output::text(text)
}

/// What people should look at.
fn warnings(results: &SimulationResults) -> Vec<String> {
    let predicate = &results.statement.predicate;
    let (failed, all) = (predicate.failed, predicate.all_runs());
    let warning = || {
        let table = format!("{}/{}", results.folder, FAILURES_FILE);
        format!(
            "warning: {failed} of {all} runs could not go on; their timesteps before that count in the figures: {table}"
        )
    };
    (failed > 0).then(warning).into_iter().collect()
}
