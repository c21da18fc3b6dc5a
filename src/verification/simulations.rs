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
use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks::{DIGESTS_ONLY, Finding, SQUASHED, first_line_that_differs, is_page};
use super::history::{History, check_date};
use super::{Check, Options, State, signers};
use crate::error::{Error, Place, Shown};
use crate::files::sha256_hex;
use crate::git::{ObjectId, Repository};
use crate::signing::GIT_NAMESPACE;
use crate::simulation::SIMULATIONS_FOLDER;
use crate::simulation::results::{SimulationResults, folder_of};
use crate::simulation::statement::{PAGES_FORMAT, RECORD_FORMAT, SimulationStatement};
use crate::snapshot;
use crate::statement::{STATEMENT_FILE, Subject};
use case::{Case, Closer};

/// A check of a simulation.
type Checker = fn(&mut Case<'_>) -> Finding;

/// The checks in their order. After a failure the later ones are not made.
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
    let (signer, results, impossible) = (String::new(), OnceCell::new(), OnceCell::new());
    let mut case = Case { repository, history, options, closing, closers, signer, results, impossible };
    let mut checks = Vec::with_capacity(CHECKS.len());
    let mut failed = false;
    for (name, checker) in CHECKS {
        let (state, detail) = if failed {
            (State::NotChecked, String::new())
        } else {
            match checker(&mut case) {
                Ok(detail) if detail == DIGESTS_ONLY => (State::NotChecked, detail),
                Ok(detail) => (State::Holds, detail),
                Err(reason) if case.impossible.get() == Some(&reason) => (State::Impossible, reason),
                Err(reason) => (State::Fails, reason),
            }
        };
        failed |= state == State::Fails;
        checks.push(Check { name, state, detail });
    }
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
        let own = match &case.options.signers {
            Some(_) => None,
            None => {
                let parent = closer.parent(case.history);
                let blob = parent.and_then(|parent| parent.allowed_signers);
                let blob = blob.ok_or("the parent has no allowed_signers: nobody was allowed to sign")?;
                Some(signers::read(case.repository, blob)?)
            }
        };
        let Some(allowed) = own.as_ref().or(case.options.signers.as_ref()) else { continue };
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
    for closer in &case.closers {
        let mut stated: BTreeMap<&str, &str> = statement
            .subject
            .iter()
            .map(|subject| (subject.name.as_str(), subject.digest.sha256.as_str()))
            .collect();
        // The folder, not the commit's changes: what lay there before the close counts too.
        for (name, id) in case.results_in(closer.commit.node.tree)? {
            if name == STATEMENT_FILE {
                continue;
            }
            let shown = Shown::from(&name);
            let digest = stated.remove(name.as_str());
            let digest = digest.ok_or_else(|| format!("the statement does not name {shown}"))?;
            let bytes = case.repository.blob(id).map_err(|error| error.to_string())?;
            if sha256_hex(&bytes) != digest {
                return Err(format!("{shown} does not have the digest that the statement gives"));
            }
        }
        if let Some(name) = stated.keys().next() {
            return Err(format!("{} is named in the statement but is not there", Shown::from(*name)));
        }
    }
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
        for input in inputs {
            let blob = case.blob_at(tree, &input.name)?;
            let (sha256, bytes) =
                snapshot::digest_of(case.repository, blob).map_err(|error| error.to_string())?;
            if sha256 != input.digest.sha256 || bytes != input.bytes {
                return Err(format!("{} is not what the statement says was read", Shown::from(&input.name)));
            }
        }
    }
    case.touch(false).map_or_else(|| Ok(format!("{} files", inputs.len())), Err)
}

/// Everything but the report, rebuilt byte for byte.
fn check_rows(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let format = statement.predicate.formats.record;
    if format != RECORD_FORMAT {
        return Err(format!("record format {format} is not one that this meed can rebuild"));
    }
    let rebuilt = case.recalculated()?;
    let expected = with_pages_of(rebuilt, statement);
    for subject in expected.subject.iter().filter(|subject| !is_page(subject)) {
        let committed = statement.subject.iter().find(|other| other.name == subject.name);
        if committed.is_none_or(|committed| committed.digest != subject.digest) {
            return Err(case.difference(&subject.name, rebuilt));
        }
    }
    let committed = case.file(STATEMENT_FILE)?;
    if expected.to_bytes() != committed {
        return Err(format!(
            "statement.json is not what the inputs give: {}",
            first_line_that_differs(&expected.to_bytes(), &committed)
        ));
    }
    let predicate = &statement.predicate;
    let failed = if predicate.failed > 0 { format!(", {} failed", predicate.failed) } else { String::new() };
    let runs = if predicate.all_runs() == 1 { "run" } else { "runs" };
    Ok(format!("{} {runs} of {}{failed}", predicate.all_runs(), predicate.model))
}

/// Report files, rebuilt byte for byte where their format is the one that this meed writes.
fn check_pages(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let names = |statement: &'_ SimulationStatement| -> BTreeMap<String, Subject> {
        let pages = statement.subject.iter().filter(|subject| is_page(subject));
        pages.map(|subject| (subject.name.clone(), subject.clone())).collect()
    };
    let committed = names(statement);
    match (statement.predicate.formats.pages, committed.is_empty()) {
        (0, false) => return Err("it holds report files, but states that it has none".to_owned()),
        (0 | PAGES_FORMAT, _) => {}
        _ => return Ok(DIGESTS_ONLY.to_owned()),
    }
    let results = case.recalculated()?;
    let rebuilt = names(&results.statement);
    for (name, subject) in &rebuilt {
        match committed.get(name) {
            None => return Err(format!("{} is missing", Shown::from(name))),
            Some(other) if other.digest == subject.digest => {}
            Some(_) => return Err(case.difference(name, results)),
        }
    }
    match committed.keys().find(|name| !rebuilt.contains_key(*name)) {
        Some(extra) => Err(format!("{} is no file that the inputs give", Shown::from(extra))),
        None => Ok(format!("{} files", rebuilt.len())),
    }
}

/// Nothing was added to, changed in or removed from the results since.
fn check_append_only(case: &mut Case<'_>) -> Finding {
    case.touch(true).map_or_else(|| Ok(String::new()), Err)
}

/// The recalculated statement with the pages that the record states, which have a check of their own.
fn with_pages_of(results: &SimulationResults, recorded: &SimulationStatement) -> SimulationStatement {
    let mut statement = results.statement.clone();
    statement.predicate.formats.pages = recorded.predicate.formats.pages;
    statement.subject.retain(|subject| !is_page(subject));
    statement.subject.extend(recorded.subject.iter().filter(|subject| is_page(subject)).cloned());
    statement.subject.sort_by(|left, right| left.name.cmp(&right.name));
    statement
}
