//! What is checked of any record, of a round or of a simulation: how the checks are made one after
//! another, and what the results that a commit closed have to be.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::history::{History, Touch};
use super::{Check, State, first_of};
use crate::error::{Error, Problems, Shown};
use crate::files::sha256_hex;
use crate::git::{Change, Kind, ObjectId, Repository};
use crate::snapshot;
use crate::statement::{InputRecord, REPORT_FOLDER, STATEMENT_FILE, Subject};

/// What a check gives: a detail when it holds, the reason when it does not.
pub(super) type Finding = Result<String, String>;
/// A check and its name.
pub(super) type Named<C> = (&'static str, fn(&mut C) -> Finding);

/// What a destroyed signature usually means.
pub(super) const SQUASHED: &str = "if the close was squashed or rebased, restore the original commit (.github/SECURITY.md, \"A squashed close\")";

/// What `pages` says of report files in a format that this meed does not write: their digests are
/// right, but nobody has computed them again.
pub(super) const DIGESTS_ONLY: &str = "digests only, not recomputed";

/// A record under examination.
pub(super) trait Examined {
    /// Why its results cannot be computed again here, although nothing is known to be wrong.
    fn impossible(&self) -> Option<&String>;

    /// Whether a check that found nothing wrong waits for something still.
    fn is_waiting(&self, _check: &str) -> bool {
        false
    }
}

/// Makes the checks in their order. After a failure the later ones are not made.
pub(super) fn make_checks<C: Examined, const COUNT: usize>(
    case: &mut C,
    checks: [Named<C>; COUNT],
) -> Vec<Check> {
    let mut failed = false;
    let mut report = Vec::with_capacity(COUNT);
    for (name, checker) in checks {
        let (state, detail) = if failed {
            (State::NotChecked, String::new())
        } else {
            match checker(case) {
                Ok(detail) if detail == DIGESTS_ONLY => (State::NotChecked, detail),
                Ok(detail) if case.is_waiting(name) => (State::Pending, detail),
                Ok(detail) => (State::Holds, detail),
                Err(reason) if case.impossible() == Some(&reason) => (State::Impossible, reason),
                Err(reason) => (State::Fails, reason),
            }
        };
        failed |= state == State::Fails;
        report.push(Check { name, state, detail });
    }
    report
}

/// The results as a commit closed them, beside what their statement names.
pub(super) struct ClosedResults<'a> {
    pub(super) repository: &'a Repository,
    /// The results folder.
    pub(super) folder: &'a str,
    /// The tree of the closing commit.
    pub(super) tree: ObjectId,
    /// The subject of the statement.
    pub(super) subject: &'a [Subject],
}

/// Results that were computed again.
#[derive(Clone, Copy)]
pub(super) struct Rebuilt<'a> {
    /// All files by their names in the results folder.
    pub(super) files: &'a BTreeMap<String, Vec<u8>>,
    /// The subject of the statement.
    pub(super) subject: &'a [Subject],
}

impl ClosedResults<'_> {
    /// Refuses a close that does more to the tree before it than to add plain files to its results.
    pub(super) fn check_changes(&self, before: ObjectId) -> Result<(), String> {
        let changes = self.repository.changes(Some(before), self.tree).map_err(|error| error.to_string())?;
        changes.iter().try_for_each(|change| check_added(change, self.folder))
    }

    /// The first file of the subject that the tree before the close held already.
    pub(super) fn named_before(&self, before: ObjectId) -> Result<Option<String>, String> {
        let is_named = |name: &str| self.subject.iter().any(|subject| subject.name == name);
        Ok(self.files_in(before)?.into_iter().map(|(name, _)| name).find(|name| is_named(name)))
    }

    /// The results folder holds exactly the subject, beside the statement. A name that the subject gives
    /// twice is for others to refuse.
    pub(super) fn check_complete(&self) -> Result<(), String> {
        let digest = |subject: &'_ Subject| (subject.name.clone(), subject.digest.sha256.clone());
        let mut stated: BTreeMap<String, String> = self.subject.iter().map(digest).collect();
        // The folder, not the commit's changes: what lay there before the close counts too.
        for (name, id) in self.files_in(self.tree)? {
            if name == STATEMENT_FILE {
                continue;
            }
            let shown = Shown::from(&name);
            let digest = stated.remove(&name);
            let digest = digest.ok_or_else(|| format!("the statement does not name {shown}"))?;
            let bytes = self.repository.blob(id).map_err(|error| error.to_string())?;
            if sha256_hex(&bytes) != digest {
                return Err(format!("{shown} does not have the digest that the statement gives"));
            }
        }
        match stated.keys().next() {
            Some(name) => Err(format!("{} is named in the statement but is not there", Shown::from(name))),
            None => Ok(()),
        }
    }

    /// Everything of the subject that is no report file is what the inputs give.
    pub(super) fn check_tables(&self, rebuilt: Rebuilt<'_>) -> Result<(), String> {
        for subject in rebuilt.subject.iter().filter(|subject| !is_page(subject)) {
            let committed = self.subject.iter().find(|other| other.name == subject.name);
            if committed.is_none_or(|committed| committed.digest != subject.digest) {
                return Err(self.difference(&subject.name, rebuilt));
            }
        }
        Ok(())
    }

    /// Report files are what the inputs give, where they are in the format that is `written` now: how
    /// many there are, and nothing where they are in another.
    pub(super) fn check_pages<'b>(
        &self,
        (stated, written): (u32, u32),
        recalculated: impl FnOnce() -> Result<Rebuilt<'b>, String>,
    ) -> Result<Option<usize>, String> {
        let pages: Vec<&Subject> = self.subject.iter().filter(|subject| is_page(subject)).collect();
        if stated == 0 && !pages.is_empty() {
            return Err("it holds report files, but states that it has none".to_owned());
        }
        if stated != 0 && stated != written {
            return Ok(None);
        }
        let results = recalculated()?;
        let rebuilt: Vec<&Subject> = results.subject.iter().filter(|subject| is_page(subject)).collect();
        for subject in &rebuilt {
            match pages.iter().find(|page| page.name == subject.name) {
                None => return Err(format!("{} is missing", Shown::from(&subject.name))),
                Some(page) if page.digest == subject.digest => {}
                Some(_) => return Err(self.difference(&subject.name, results)),
            }
        }
        match pages.iter().find(|page| !rebuilt.iter().any(|subject| subject.name == page.name)) {
            Some(extra) => Err(format!("{} is no file that the inputs give", Shown::from(&extra.name))),
            None => Ok(Some(rebuilt.len())),
        }
    }

    /// The bytes of a file of the results.
    pub(super) fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        file_at(self.repository, self.tree, &format!("{}/{name}", self.folder))
    }

    /// The files of the results folder in a tree: name and blob.
    fn files_in(&self, tree: ObjectId) -> Result<Vec<(String, ObjectId)>, String> {
        let prefix = format!("{}/", self.folder);
        let entries = self.repository.entries(tree, self.folder, &|_| true);
        let entries = entries.map_err(|error| error.to_string())?;
        let name = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
        Ok(entries.iter().map(|entry| (name(&entry.path), entry.id)).collect())
    }

    /// How a committed file differs from the recalculated one.
    fn difference(&self, name: &str, rebuilt: Rebuilt<'_>) -> String {
        let rebuilt: &[u8] = rebuilt.files.get(name).map_or(&[], Vec::as_slice);
        self.file(name).map_or_else(|reason| reason, |committed| not_given(name, rebuilt, &committed))
    }
}

/// A change that a close makes: a plain file added in its results folder.
fn check_added(change: &Change, folder: &str) -> Result<(), String> {
    let path = Shown::from(&change.path);
    if !change.path.starts_with(&format!("{folder}/")) {
        return Err(format!("it also changes {path}; a close adds its results and nothing else; {SQUASHED}"));
    }
    match (change.before, change.after) {
        (None, Some((Kind::File, _))) => Ok(()),
        (None, Some(_)) => Err(format!("it adds {path}, which is not a plain file")),
        _ => Err(format!("it changes {path}, which was there before")),
    }
}

/// Whether a subject is a report file.
fn is_page(subject: &Subject) -> bool {
    subject.name.starts_with(REPORT_FOLDER)
}

/// The subject that was computed again with the pages that the record states: they have a check of
/// their own.
pub(super) fn with_pages_of(rebuilt: &[Subject], recorded: &[Subject]) -> Vec<Subject> {
    let tables = rebuilt.iter().filter(|subject| !is_page(subject));
    let pages = recorded.iter().filter(|subject| is_page(subject));
    let mut subject: Vec<Subject> = tables.chain(pages).cloned().collect();
    subject.sort_by(|left, right| left.name.cmp(&right.name));
    subject
}

/// A committed file that is not what the inputs give, and the first line that differs.
pub(super) fn not_given(name: &str, rebuilt: &[u8], committed: &[u8]) -> String {
    let differs = first_line_that_differs(rebuilt, committed);
    format!("{} is not what the inputs give: {differs}", Shown::from(name))
}

/// The first line in which two texts differ, as a sentence.
fn first_line_that_differs(rebuilt: &[u8], committed: &[u8]) -> String {
    let (rebuilt, committed) = (String::from_utf8_lossy(rebuilt), String::from_utf8_lossy(committed));
    let pairs = (1_u64..).zip(rebuilt.lines().zip(committed.lines()));
    let differs = pairs.into_iter().find(|(_, (rebuilt, committed))| rebuilt != committed);
    differs.map_or_else(
        || "one is longer than the other, or the bytes between the lines differ".to_owned(),
        |(line, (rebuilt, committed))| {
            format!(
                "line {line} reads `{}`, the inputs give `{}`",
                Shown::from(committed.trim()),
                Shown::from(rebuilt.trim())
            )
        },
    )
}

/// The inputs as a tree holds them are those that the statement names.
pub(super) fn check_digests(
    repository: &Repository,
    tree: ObjectId,
    inputs: &[InputRecord],
) -> Result<(), String> {
    for input in inputs {
        let blob = blob_at(repository, tree, &input.name)?;
        let (sha256, bytes) = snapshot::digest_of(repository, blob).map_err(|error| error.to_string())?;
        if sha256 != input.digest.sha256 || bytes != input.bytes {
            return Err(format!("{} is not what the statement says was read", Shown::from(&input.name)));
        }
    }
    Ok(())
}

/// No later commit touched the results of a statement, or its inputs; else the first that did.
pub(super) fn check_untouched(history: &History, touches: &[Touch], in_results: bool) -> Result<(), String> {
    let touches = || touches.iter().filter(|touch| touch.in_results == in_results);
    let Some(first) = touches().next() else { return Ok(()) };
    let paths: BTreeSet<&str> =
        touches().filter(|touch| touch.commit == first.commit).map(|touch| touch.path.as_str()).collect();
    let more = if paths.len() > 1 { format!(" (and {} more files)", paths.len() - 1) } else { String::new() };
    Err(format!("commit {} changes {}{more}", history.id(first.commit), Shown::from(&first.path)))
}

/// Why results could not be computed again. An object of Git LFS that is not on this machine makes it
/// `impossible`: nothing is known to be wrong then.
pub(super) fn not_computed(what: &str, problems: &Problems, impossible: &OnceCell<String>) -> String {
    let is_not_here =
        |error: &&Error| matches!(error, Error::LfsObjectMissing { .. } | Error::LfsObjectDamaged { .. });
    match problems.errors().iter().find(is_not_here) {
        Some(error) => impossible.get_or_init(|| error.to_string()).clone(),
        None => format!("the {what} cannot be computed: {}", first_of(problems)),
    }
}

/// The bytes of a regular file of a tree.
pub(super) fn file_at(repository: &Repository, tree: ObjectId, path: &str) -> Result<Vec<u8>, String> {
    repository.blob(blob_at(repository, tree, path)?).map_err(|error| error.to_string())
}

/// The blob of a regular file of a tree.
fn blob_at(repository: &Repository, tree: ObjectId, path: &str) -> Result<ObjectId, String> {
    let entry = repository.entry(tree, path).map_err(|error| error.to_string())?;
    let shown = Shown::from(path);
    let entry = entry.ok_or_else(|| format!("{shown} is not there"))?;
    match entry.kind {
        Kind::File | Kind::Executable => Ok(entry.id),
        _ => Err(format!("{shown} is not a regular file")),
    }
}
