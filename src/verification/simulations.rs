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

mod history;

pub use history::{RecordedSimulation, SimulationClosing, Simulations};

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::checks::{DIGESTS_ONLY, Finding, SQUASHED, check_added, first_line_that_differs, is_page};
use super::history::{CommitState, History, check_date};
use super::messages::{check_equal, engine_of};
use super::{Check, Options, State, first_of, signers};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::sha256_hex;
use crate::git::{Kind, ObjectId, Repository};
use crate::signing::{CommitParts, GIT_NAMESPACE, PublicKey};
use crate::simulation::SIMULATIONS_FOLDER;
use crate::simulation::execute::Watch;
use crate::simulation::results::{SimulationResults, folder_of, results};
use crate::simulation::statement::{PAGES_FORMAT, RECORD_FORMAT, SimulationStatement};
use crate::snapshot::{self, LfsFolders};
use crate::statement::{STATEMENT_FILE, Subject};

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

/// A commit that closes, with its parent: what the checks of a commit look at.
struct Closer<'a> {
    commit: &'a CommitState,
    signed: Option<(CommitParts, PublicKey)>,
}

/// A simulation under examination, and what earlier checks established about it.
struct Case<'a> {
    repository: &'a Repository,
    history: &'a History,
    options: &'a Options,
    closing: &'a SimulationClosing,
    /// The first commit that closes it, and those on other lines.
    closers: Vec<Closer<'a>>,
    signer: String,
    results: OnceCell<Result<SimulationResults, String>>,
    /// Why the results cannot be computed again here, although nothing is known to be wrong.
    impossible: OnceCell<String>,
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

impl<'a> Closer<'a> {
    /// The state before the close: the first parent.
    fn parent(&self, history: &'a History) -> Option<&'a CommitState> {
        self.commit.parents.first().and_then(|parent| history.at(*parent))
    }
}

impl<'a> Case<'a> {
    fn statement(&self) -> Result<&'a SimulationStatement, String> {
        let recorded = self.closing.recorded.as_ref();
        let recorded = recorded.map_err(|reason| format!("the statement cannot be read: {reason}"))?;
        Ok(&recorded.statement)
    }

    /// A commit that closes: one parent, results added and nothing else, the message.
    fn check_closer(&self, closer: &Closer<'_>, statement: &SimulationStatement) -> Result<(), String> {
        let commit = closer.commit;
        let [parent] = commit.parents.as_slice() else {
            return Err(format!("it has {} parents; a close has one", commit.parents.len()));
        };
        let parent = self.history.at(*parent).ok_or("its parent is missing")?;
        let changes = self.repository.changes(Some(parent.node.tree), commit.node.tree);
        for change in changes.map_err(|error| error.to_string())? {
            check_added(&change, &self.closing.folder)?;
        }
        let names = || statement.subject.iter().map(|subject| subject.name.as_str());
        let before = self.results_in(parent.node.tree)?;
        if let Some((name, _)) = before.iter().find(|(before, _)| names().any(|name| name == before)) {
            return Err(format!("it does not add {}, which was there before", Shown::from(name)));
        }
        let (parts, _) = closer.signed.as_ref().ok_or("there is no message")?;
        let sha256 = self.closing.recorded.as_ref().map_or("", |recorded| recorded.sha256.as_str());
        let expected = statement.commit_message(sha256, engine_of(&parts.message)?);
        check_equal(&parts.message, &expected, "statement")
    }

    /// The files of the results folder in a tree: name and blob.
    fn results_in(&self, tree: ObjectId) -> Result<Vec<(String, ObjectId)>, String> {
        let prefix = format!("{}/", self.closing.folder);
        let entries = self.repository.entries(tree, &self.closing.folder, &|_| true);
        let entries = entries.map_err(|error| error.to_string())?;
        let name = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
        Ok(entries.iter().map(|entry| (name(&entry.path), entry.id)).collect())
    }

    /// The bytes of a file of the results as they were closed.
    fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        let tree = self.closers.first().map(|closer| closer.commit.node.tree).ok_or("nobody closed it")?;
        let blob = self.blob_at(tree, &format!("{}/{name}", self.closing.folder))?;
        self.repository.blob(blob).map_err(|error| error.to_string())
    }

    /// The blob of a regular file of a tree.
    fn blob_at(&self, tree: ObjectId, path: &str) -> Result<ObjectId, String> {
        let entry = self.repository.entry(tree, path).map_err(|error| error.to_string())?;
        let shown = Shown::from(path);
        let entry = entry.ok_or_else(|| format!("{shown} is not there"))?;
        match entry.kind {
            Kind::File | Kind::Executable => Ok(entry.id),
            _ => Err(format!("{shown} is not a regular file")),
        }
    }

    /// The results, computed again from the parent; once, for the checks that ask.
    fn recalculated(&self) -> Result<&SimulationResults, String> {
        self.results.get_or_init(|| self.recalculate()).as_ref().map_err(Clone::clone)
    }

    fn recalculate(&self) -> Result<SimulationResults, String> {
        let parent = self.closers.first().and_then(|closer| closer.parent(self.history));
        let tree = parent.ok_or("it has no parent")?.node.tree;
        let lfs = LfsFolders::of(self.repository, self.options.lfs_dir.as_deref());
        let name = &self.closing.name;
        let watch = Watch { progress: &|_, _| {}, is_interrupted: &|| false };
        let made = snapshot::simulations::read(self.repository, tree, name, &lfs)
            .and_then(|(ledger, files)| results(&ledger, &files, name, &watch));
        made.map_err(|problems: Problems| {
            let not_here = |error: &&Error| {
                matches!(error, Error::LfsObjectMissing { .. } | Error::LfsObjectDamaged { .. })
            };
            if let Some(error) = problems.errors().iter().find(not_here) {
                return self.impossible.get_or_init(|| error.to_string()).clone();
            }
            format!("the simulation cannot be computed: {}", first_of(&problems))
        })
    }

    /// How a committed file differs from the recalculated one.
    fn difference(&self, name: &str, results: &SimulationResults) -> String {
        let rebuilt: &[u8] = results.files.get(name).map_or(&[], Vec::as_slice);
        match self.file(name) {
            Ok(committed) => format!(
                "{} is not what the inputs give: {}",
                Shown::from(name),
                first_line_that_differs(rebuilt, &committed)
            ),
            Err(reason) => reason,
        }
    }

    /// The first later commit that touched the results, or the inputs, of this simulation.
    fn touch(&self, in_results: bool) -> Option<String> {
        let touches = || self.closing.touches.iter().filter(|touch| touch.in_results == in_results);
        let first = touches().next()?;
        let paths: BTreeSet<&str> =
            touches().filter(|touch| touch.commit == first.commit).map(|touch| touch.path.as_str()).collect();
        let more =
            if paths.len() > 1 { format!(" (and {} more files)", paths.len() - 1) } else { String::new() };
        Some(format!("commit {} changes {}{more}", self.history.id(first.commit), Shown::from(&first.path)))
    }
}
