//! The checks of closed simulations: like those of a round, but for the chain and for money, of which
//! they have none.
//!
//! | check | what holds |
//! |---|---|
//! | `signature` | the closing commit carries one good SSH signature over its raw bytes |
//! | `signer` | the key was allowed in the parent's allowed_signers at the commit's date, and dates do not go back |
//! | `commit` | one parent; only results added; subject, body and trailers as this record makes them |
//! | `complete` | the results folder holds the statement's subject and nothing else |
//! | `inputs` | the inputs' digests are those of the parent, and the simulation's own never changed since |
//! | `rows` | rows, summary, failures and statement rebuilt byte for byte |
//! | `pages` | report files, rebuilt where their format is the one that this meed writes |
//! | `append-only` | nothing was added to, changed in or removed from the results since |
//!
//! Where a simulation was closed on several lines that were merged, each of the commits is checked.

mod case;
mod history;

pub use history::{RecordedSimulation, SimulationClosing, Simulations};

use std::cell::OnceCell;
use std::sync::Arc;

use super::history::{History, check_date};
use super::recorded::{
    DIGESTS_ONLY, Finding, Rebuilt, SQUASHED, check_digests, check_untouched, make_checks, not_given,
    with_pages_of,
};
use super::{Check, Options, signers};
use crate::error::{Error, Place, Shown, counted};
use crate::git::{ObjectId, Repository};
use crate::signing::GIT_NAMESPACE;
use crate::simulation::SIMULATIONS_FOLDER;
use crate::simulation::results::{SimulationResults, folder_of};
use crate::simulation::statement::{PAGES_FORMAT, RECORD_FORMAT, SimulationStatement};
use crate::statement::STATEMENT_FILE;
use case::{Case, Closer};

/// A check of a simulation.
type Checker = fn(&mut Case<'_>) -> Finding;

/// The checks in their order.
const CHECKS: [(&str, Checker); 8] = [
    ("signature", check_signature),
    ("signer", check_signer),
    ("commit", check_commit),
    ("complete", check_complete),
    ("inputs", check_inputs),
    ("rows", check_rows),
    ("pages", check_pages),
    ("append-only", check_append_only),
];

/// The checks of one simulation.
#[derive(Debug, Clone)]
pub struct SimulationReport {
    /// Its name: the folder below simulations/.
    pub name: String,
    /// The closing commit.
    pub commit: ObjectId,
    /// Who signed, as allowed_signers names them; empty when nobody known did.
    pub signer: String,
    /// The statement, when it can be read.
    pub statement: Option<Arc<SimulationStatement>>,
    /// All checks, in the order of the table.
    pub checks: Vec<Check>,
}

/// The name of the simulation that an argument names: `simulations/NAME`.
pub fn name_in(argument: &str) -> Option<&str> {
    argument.strip_prefix(SIMULATIONS_FOLDER)?.strip_prefix('/').map(|name| name.trim_end_matches('/'))
}

/// The simulations that the options name; all where they name nothing.
pub(super) fn select<'a>(history: &'a History, options: &Options) -> Vec<&'a SimulationClosing> {
    if options.rounds_only {
        return Vec::new();
    }
    let is_wanted = |closing: &&SimulationClosing| {
        let mut named = options.rounds.iter().filter_map(|wanted| name_in(wanted));
        options.rounds.is_empty() || named.any(|name| name == closing.name)
    };
    history.simulations.closings.iter().filter(is_wanted).collect()
}

/// The error for a simulation that is not closed.
pub(super) fn not_closed(history: &History, wanted: &str) -> Error {
    let known: Vec<String> =
        history.simulations.closings.iter().map(|closing| format!("simulations/{}", closing.name)).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Error::SimulationNotClosed { place: Place::file(wanted), known: Shown::from(known) }
}

/// Makes all checks of a simulation.
pub(super) fn check_simulation(
    repository: &Repository,
    history: &History,
    closing: &SimulationClosing,
    options: &Options,
) -> Result<SimulationReport, Error> {
    let missing = || Error::GitFailed {
        doing: "read the history".to_owned(),
        message: Shown::from("a closing is missing"),
    };
    let first = closing.commits.first().copied().ok_or_else(missing)?;
    // What was removed and added again shows in `append-only`; here other lines count.
    let others = closing.commits.iter().copied().filter(|other| !history.is_ancestor(first, *other));
    let states = std::iter::once(first).chain(others).filter_map(|place| history.at(place));
    let closers: Vec<Closer<'_>> = states.map(|commit| Closer { commit, signed: None }).collect();
    let commit = closers.first().ok_or_else(missing)?.commit.node.id;
    let (signer, recalculated, impossible) = (String::new(), OnceCell::new(), OnceCell::new());
    let mut case = Case { repository, history, options, closing, closers, signer, recalculated, impossible };
    let checks = make_checks(&mut case, CHECKS);
    let statement = closing.recorded.as_ref().ok().map(|recorded| Arc::clone(&recorded.statement));
    Ok(SimulationReport { name: closing.name.clone(), commit, signer: case.signer, statement, checks })
}

/// One good SSH signature over the raw bytes, in a strict header.
fn check_signature(case: &mut Case<'_>) -> Finding {
    let mut fingerprint = String::new();
    for closer in case.closers.iter_mut().rev() {
        let signed = signers::signature_of(case.repository, closer.commit)
            .map_err(|reason| format!("commit {}: {reason}; {SQUASHED}", closer.commit.node.id))?;
        fingerprint = signed.1.fingerprint();
        closer.signed = Some(signed);
    }
    Ok(fingerprint)
}

/// The key was allowed when it signed, and dates do not go back.
fn check_signer(case: &mut Case<'_>) -> Finding {
    let mut principals = String::new();
    for closer in case.closers.iter().rev() {
        let (parts, key) = closer.signed.as_ref().ok_or("there is no signature")?;
        let at = parts.committer_seconds;
        let blob = closer.parent(case.history).and_then(|parent| parent.allowed_signers);
        let nobody = "the parent has no allowed_signers: nobody was allowed to sign";
        let allowed = signers::allowed(case.repository, case.options, blob, nobody)?;
        let signer = allowed
            .check(key, GIT_NAMESPACE, at)
            .map_err(|refusal| format!("{} was not allowed to sign: {refusal}", key.fingerprint()))?;
        signer.principals().clone_into(&mut principals);
        check_date(case.repository, case.history, closer.commit, at)?;
    }
    case.signer.clone_from(&principals);
    Ok(principals)
}

/// One parent, only results added, message as this record makes it.
fn check_commit(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let name = &case.closing.name;
    folder_of(name).map_err(|error| error.to_string())?;
    if statement.predicate.simulation != *name {
        return Err(format!(
            "it states the simulation `{}`, and stands in {}",
            Shown::from(&statement.predicate.simulation),
            Shown::from(&case.closing.folder)
        ));
    }
    case.closers.iter().try_for_each(|closer| case.check_closer(closer, statement))?;
    Ok(String::new())
}

/// The results folder holds exactly the subject.
fn check_complete(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let names: Vec<&str> = statement.subject.iter().map(|subject| subject.name.as_str()).collect();
    if !names.is_sorted_by(|left, right| left < right) || names.contains(&STATEMENT_FILE) {
        return Err("the subject is not sorted by name, or names a file twice or the statement".to_owned());
    }
    case.closers.iter().try_for_each(|closer| case.results_of(closer)?.check_complete())?;
    Ok(format!("{} files", names.len()))
}

/// The inputs' digests are those of the parent, and the simulation's own inputs never changed since.
fn check_inputs(case: &mut Case<'_>) -> Finding {
    let inputs = &case.statement()?.predicate.inputs;
    if !inputs.is_sorted_by(|left, right| left.name < right.name) {
        return Err("the inputs are not sorted by name, or one stands twice".to_owned());
    }
    for closer in &case.closers {
        let tree = closer.parent(case.history).map(|parent| parent.node.tree).ok_or("it has no parent")?;
        check_digests(case.repository, tree, inputs)?;
    }
    check_untouched(case.history, &case.closing.touches, false)?;
    Ok(format!("{} files", inputs.len()))
}

/// Everything but the report, rebuilt byte for byte.
fn check_rows(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let format = statement.predicate.formats.record;
    if format != RECORD_FORMAT {
        return Err(format!("record format {format} is not one that this meed can rebuild"));
    }
    let (closed, results) = (case.results()?, case.recalculated()?);
    closed.check_tables(rebuilt(results))?;
    let mut expected = results.statement.clone();
    expected.predicate.formats.pages = statement.predicate.formats.pages;
    expected.subject = with_pages_of(&expected.subject, &statement.subject);
    let committed = closed.file(STATEMENT_FILE)?;
    if expected.to_bytes() != committed {
        return Err(not_given(STATEMENT_FILE, &expected.to_bytes(), &committed));
    }
    let predicate = &statement.predicate;
    let failed = if predicate.failed > 0 { format!(", {} failed", predicate.failed) } else { String::new() };
    let runs = counted(predicate.all_runs(), "run", "runs");
    Ok(format!("{runs} of {}{failed}", predicate.model))
}

/// Report files, rebuilt byte for byte where their format is the one that this meed writes.
fn check_pages(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let formats = (statement.predicate.formats.pages, PAGES_FORMAT);
    let count = case.results()?.check_pages(formats, || case.recalculated().map(rebuilt))?;
    Ok(count.map_or_else(|| DIGESTS_ONLY.to_owned(), |count| format!("{count} files")))
}

/// Nothing was added to, changed in or removed from the results since.
fn check_append_only(case: &mut Case<'_>) -> Finding {
    check_untouched(case.history, &case.closing.touches, true).map(|()| String::new())
}

/// What there is to compare of results that were computed again.
fn rebuilt(results: &SimulationResults) -> Rebuilt<'_> {
    Rebuilt { files: &results.files, subject: &results.statement.subject }
}
