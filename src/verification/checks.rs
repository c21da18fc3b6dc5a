//! The checks of one statement, in the order of the table in [`super`].

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::approvals::{self, Approvals};
use super::history::{Closing, CommitState, History, check_date};
use super::messages::{check_equal, engine_of};
use super::settlements::{Question, Transactions};
use super::{Check, Options, State, StatementReport, first_of};
use crate::calculate::{Results, Snapshot, calculate_revision, check_record};
use crate::error::{Error, Place, Shown};
use crate::files::sha256_hex;
use crate::git::{Change, Entry, Kind, ObjectId, Repository};
use crate::ledger::Ledger;
use crate::ledger::round_id::RoundId;
use crate::settlement::Standing;
use crate::signing::{self, CommitParts, GIT_NAMESPACE, PublicKey};
use crate::snapshot::{self, LfsFolders, StatementCache};
use crate::statement::{
    PAGES_FORMAT, Predicate, RECORD_FORMAT, REPORT_FOLDER, Record, Recorded, STATEMENT_FILE, Statement,
    Subject,
};
use crate::tables::Table;

/// What a check gives: a detail when it holds, the reason when it does not.
pub(super) type Finding = Result<String, String>;
/// A check of a statement.
type Checker = fn(&mut Case<'_>) -> Finding;

/// The name of the check of approvals.
const APPROVALS: &str = "approvals";

/// The checks in their order. After a failure the later ones are not made.
const CHECKS: [(&str, Checker); 12] = [
    ("signature", check_signature),
    ("signer", check_signer),
    ("commit", check_commit),
    ("complete", check_complete),
    ("inputs", check_inputs),
    ("chain", check_chain),
    ("sums", check_sums),
    ("money", check_money),
    ("pages", check_pages),
    ("append-only", check_append_only),
    (APPROVALS, check_approvals),
    ("settlements", check_settlements),
];

/// A statement under examination, and what earlier checks established about it.
struct Case<'a> {
    repository: &'a Repository,
    history: &'a History,
    options: &'a Options,
    cache: &'a StatementCache,
    transactions: &'a Transactions,
    index: usize,
    closing: &'a Closing,
    commit: &'a CommitState,
    parts: Option<CommitParts>,
    key: Option<PublicKey>,
    signer: String,
    approvals: Option<Approvals>,
    standing: Option<Standing>,
    ledger: OnceCell<Result<Ledger, String>>,
    record: OnceCell<Result<Record, String>>,
    results: OnceCell<Result<Results, String>>,
    /// Why the results cannot be computed again here, although nothing is known to be wrong.
    impossible: OnceCell<String>,
}

/// Makes all checks of the closing at `index`.
pub(super) fn check_statement(
    repository: &Repository,
    history: &History,
    index: usize,
    options: &Options,
    cache: &StatementCache,
    transactions: &Transactions,
) -> Result<StatementReport, Error> {
    let missing = || Error::GitFailed {
        doing: "read the history".to_owned(),
        message: Shown::from("a closing is missing"),
    };
    let closing = history.closings.get(index).ok_or_else(missing)?;
    let commit = history.at(closing.commit).ok_or_else(missing)?;
    let mut case = Case {
        repository,
        history,
        options,
        cache,
        transactions,
        index,
        closing,
        commit,
        parts: None,
        key: None,
        signer: String::new(),
        approvals: None,
        standing: None,
        ledger: OnceCell::new(),
        record: OnceCell::new(),
        results: OnceCell::new(),
        impossible: OnceCell::new(),
    };
    let mut checks = Vec::with_capacity(CHECKS.len());
    let mut failed = false;
    for (name, checker) in CHECKS {
        let (state, detail) = if failed {
            (State::NotChecked, String::new())
        } else {
            match checker(&mut case) {
                Ok(detail) if detail == DIGESTS_ONLY => (State::NotChecked, detail),
                Ok(detail) if case.is_waiting(name) => (State::Pending, detail),
                Ok(detail) => (State::Holds, detail),
                Err(reason) if case.impossible.get() == Some(&reason) => (State::Impossible, reason),
                Err(reason) => (State::Fails, reason),
            }
        };
        failed |= state == State::Fails;
        checks.push(Check { name, state, detail });
    }
    let predicate = closing.recorded.as_ref().ok().map(|recorded| &recorded.statement.predicate);
    let recipients_paid = recipients_paid(&case).unwrap_or(0);
    Ok(StatementReport {
        committed_at: case.parts.as_ref().map(|parts| parts.committer_seconds),
        statement: closing.recorded.as_ref().ok().map(|recorded| Arc::clone(&recorded.statement)),
        recipients_paid,
        approvals: case.approvals,
        standing: case.standing,
        sequence: predicate.map_or(0, |predicate| predicate.sequence),
        round: predicate
            .map_or_else(|| closing.folder.clone(), |predicate| Shown::from(&predicate.round).to_string()),
        revision: predicate.map_or(0, |predicate| predicate.revision),
        commit: commit.node.id,
        signer: case.signer,
        checks,
    })
}

/// What a destroyed signature usually means.
pub(super) const SQUASHED: &str = "if the close was squashed or rebased, restore the original commit (.github/SECURITY.md, \"A squashed close\")";

/// One good SSH signature over the raw bytes, in a strict header.
fn check_signature(case: &mut Case<'_>) -> Finding {
    let raw = case.repository.raw_commit(case.commit.node.id).map_err(|error| error.to_string())?;
    let parts = CommitParts::split(&raw)?;
    let signature =
        parts.signature.as_deref().ok_or_else(|| format!("the commit is not signed; {SQUASHED}"))?;
    let key = signing::verify(signature, &parts.signed_payload, GIT_NAMESPACE)
        .map_err(|fault| fault.to_string())?;
    let detail = key.fingerprint();
    case.key = Some(key);
    case.parts = Some(parts);
    Ok(detail)
}

/// The key was allowed when it signed, and dates do not go back.
fn check_signer(case: &mut Case<'_>) -> Finding {
    let (Some(key), Some(parts)) = (&case.key, &case.parts) else {
        return Err("there is no signature".to_owned());
    };
    let at = parts.committer_seconds;
    let principal = match &case.options.signers {
        Some(own) => own
            .check(key, GIT_NAMESPACE, at)
            .map(|signer| signer.principals().to_owned())
            .map_err(|refusal| refusal.to_string())?,
        None => {
            let blob = case.parent().and_then(|parent| parent.allowed_signers);
            let blob = blob.ok_or("the parent has no allowed_signers: nobody was allowed to sign")?;
            let allowed = super::signers::read(case.repository, blob)?;
            allowed.check(key, GIT_NAMESPACE, at).map(|signer| signer.principals().to_owned()).map_err(
                |refusal| {
                    format!("{} is not allowed by the parent's allowed_signers: {refusal}", key.fingerprint())
                },
            )?
        }
    };
    check_date(case.repository, case.history, case.commit, at)?;
    case.signer.clone_from(&principal);
    Ok(principal)
}

/// One parent, only results added, message as this record makes it.
fn check_commit(case: &mut Case<'_>) -> Finding {
    let [parent] = case.commit.parents.as_slice() else {
        return Err(format!("it has {} parents; a close or an amendment has one", case.commit.parents.len()));
    };
    let recorded = case.recorded()?;
    let predicate = &recorded.statement.predicate;
    let tree = case.history.at(*parent).map(|parent| parent.node.tree).ok_or("its parent is missing")?;
    let ledger = case.ledger_before()?;
    let round = RoundId::parse(&predicate.round, &Place::file(&case.closing.path))
        .map_err(|error| error.to_string())?;
    let revision = predicate.revision;
    let expected = ledger.results_of(&round, revision);
    if case.closing.folder != expected {
        return Err(format!(
            "it states revision {revision} of round `{round}`, whose results folder is {expected}"
        ));
    }
    for change in case.changes()? {
        check_added(&change, &case.closing.folder)?;
    }
    let names = recorded.statement.subject.iter().map(|subject| subject.name.as_str());
    for entry in case.results_in(tree)? {
        let name = entry.path.strip_prefix(&format!("{expected}/")).unwrap_or(&entry.path);
        if names.clone().any(|other| other == name) {
            return Err(format!("it does not add {}, which was there before", Shown::from(&entry.path)));
        }
    }
    let Some(parts) = &case.parts else { return Err("there is no message".to_owned()) };
    check_message(case, recorded, &parts.message)?;
    Ok(String::new())
}

/// A change that a close makes: a plain file added in its results folder.
pub(super) fn check_added(change: &Change, folder: &str) -> Result<(), String> {
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

/// Rebuilds the message from the statement and compares.
fn check_message(case: &Case<'_>, recorded: &Recorded, message: &str) -> Result<(), String> {
    let engine = engine_of(message)?;
    let trailer = message.lines().find_map(|line| line.strip_prefix("Statement-SHA256: ")).unwrap_or("");
    if trailer != recorded.sha256 {
        return Err("the trailer Statement-SHA256 is not the digest of statement.json".to_owned());
    }
    let paid = recipients_paid(case)?;
    let expected = recorded.statement.commit_message(&recorded.sha256, engine, paid);
    check_equal(message, &expected, "statement")
}

/// How many rows of the table that says who is paid have an address and an amount above zero.
fn recipients_paid(case: &Case<'_>) -> Result<usize, String> {
    let (name, column) = case.statement()?.table_of_payments();
    let path = format!("{}/{name}", case.closing.folder);
    let bytes = case.file(case.commit.node.tree, &path)?;
    let table = Table::read(&path, &bytes, &["address", column])
        .map_err(|errors| errors.first().map_or_else(String::new, ToString::to_string))?;
    Ok(table.rows().filter(|row| !row.field("address").is_empty() && row.field(column) != "0").count())
}

/// The results folder holds exactly the subject.
fn check_complete(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let mut stated: BTreeMap<&str, &str> = BTreeMap::new();
    let mut names = statement.subject.iter().map(|subject| subject.name.as_str());
    if !names.clone().is_sorted() || names.any(|name| name == STATEMENT_FILE) {
        return Err("the subject is not sorted by name, or names the statement itself".to_owned());
    }
    for Subject { name, digest } in &statement.subject {
        if stated.insert(name, &digest.sha256).is_some() {
            return Err(format!("the subject names {} twice", Shown::from(name)));
        }
    }
    let prefix = format!("{}/", case.closing.folder);
    // The folder, not the commit's changes: what lay there before the close counts too.
    for entry in case.results_in(case.commit.node.tree)? {
        let name = entry.path.strip_prefix(&prefix).unwrap_or(&entry.path);
        if name == STATEMENT_FILE {
            continue;
        }
        let digest = stated
            .remove(name)
            .ok_or_else(|| format!("the statement does not name {}", Shown::from(name)))?;
        let bytes = case.repository.blob(entry.id).map_err(|error| error.to_string())?;
        if sha256_hex(&bytes) != digest {
            return Err(format!("{} does not have the digest that the statement gives", Shown::from(name)));
        }
    }
    match stated.keys().next() {
        Some(name) => Err(format!("{} is named in the statement but is not there", Shown::from(*name))),
        None => Ok(format!("{} files", statement.subject.len())),
    }
}

/// The inputs' digests are those of the parent, and the round's own inputs never changed since.
fn check_inputs(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let inputs = &statement.predicate.inputs;
    if !inputs.iter().map(|input| &input.name).is_sorted() {
        return Err("the inputs are not sorted by name".to_owned());
    }
    let tree = case.parent().map(|parent| parent.node.tree).ok_or("it has no parent")?;
    for input in inputs {
        let blob = case.blob_at(tree, &input.name)?;
        let (sha256, bytes) =
            snapshot::digest_of(case.repository, blob).map_err(|error| error.to_string())?;
        if sha256 != input.digest.sha256 || bytes != input.bytes {
            return Err(format!("{} is not what the statement says was read", Shown::from(&input.name)));
        }
    }
    match case.touch(false) {
        Some(reason) => Err(reason),
        None => Ok(format!("{} files", inputs.len())),
    }
}

/// Sequence, previous digest, ledger id, one line of record commits.
fn check_chain(case: &mut Case<'_>) -> Finding {
    let mine = case.closing.commit;
    let fork = case.history.forks.iter().find(|fork| !case.history.is_before_fork(mine, **fork));
    if let Some((left, right)) = fork {
        return Err(format!("fork at {}, {}", case.history.id(*left), case.history.id(*right)));
    }
    if let Some(again) =
        case.closing.again.iter().find(|again| !case.history.is_ancestor(case.closing.commit, **again))
    {
        return Err(format!(
            "fork at {}, {}: both close this round",
            case.commit.node.id,
            case.history.id(*again)
        ));
    }
    let predicate = case.predicate()?;
    let ledger = case.ledger_before()?;
    if predicate.ledger.id != ledger.id {
        return Err(format!(
            "it belongs to the ledger `{}`, this one is `{}`",
            Shown::from(&predicate.ledger.id),
            ledger.id
        ));
    }
    if let Some(listed) = case.history.listed_before(&predicate.round, mine) {
        return Err(format!("its round was closed before meed: `history` of ledger.json listed it {listed}"));
    }
    let record = case.record_before()?;
    check_record(ledger, record).map_err(|problems| first_of(&problems))?;
    let expected = record.last().map_or(0, Recorded::sequence) + 1;
    if predicate.sequence != expected {
        return Err(format!("its sequence is {}, the one before it is {}", predicate.sequence, expected - 1));
    }
    let stated = predicate.previous.as_ref().map(|previous| {
        (previous.sequence, previous.round.as_str(), previous.revision, previous.sha256.as_str())
    });
    let actual = record.last().map(|last| {
        let before = &last.statement.predicate;
        (before.sequence, before.round.as_str(), before.revision, last.sha256.as_str())
    });
    if stated == actual {
        Ok(format!("statement {expected}"))
    } else {
        Err("`previous` is not the statement before it".to_owned())
    }
}

/// The identity of money.
fn check_sums(case: &mut Case<'_>) -> Finding {
    case.statement()?.check_sums().map(|()| String::new())
}

/// Everything that is money rebuilt byte for byte.
fn check_money(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let formats = statement.predicate.formats;
    if formats.record != RECORD_FORMAT {
        return Err(format!("record format {} is not one that this meed can rebuild", formats.record));
    }
    let results = case.recalculated()?;
    let rebuilt = with_pages_of(results, statement);
    for subject in rebuilt.subject.iter().filter(|subject| !is_page(subject)) {
        let committed = statement.subject.iter().find(|other| other.name == subject.name);
        if committed.is_none_or(|committed| committed.digest != subject.digest) {
            return Err(case.difference(&subject.name, results));
        }
    }
    if rebuilt.to_bytes() != case.file(case.commit.node.tree, &case.closing.path)? {
        return Err(format!(
            "statement.json is not what the inputs give: {}",
            first_line_that_differs(&rebuilt.to_bytes(), &statement.to_bytes())
        ));
    }
    let totals = &statement.predicate.totals;
    Ok(format!("{} {} paid, {} held", totals.paid.0, statement.predicate.token.symbol, totals.held.0))
}

/// What `pages` says of report files in a format that this meed does not write: their digests are
/// right, but nobody has computed them again.
pub(super) const DIGESTS_ONLY: &str = "digests only, not recomputed";

/// Report files, rebuilt byte for byte where their format is the one that this meed writes.
fn check_pages(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let pages: Vec<&Subject> = statement.subject.iter().filter(|subject| is_page(subject)).collect();
    match (statement.predicate.formats.pages, pages.is_empty()) {
        (0, false) => return Err("it holds report files, but states that it has none".to_owned()),
        (0 | PAGES_FORMAT, _) => {}
        _ => return Ok(DIGESTS_ONLY.to_owned()),
    }
    let results = case.recalculated()?;
    let rebuilt: Vec<&Subject> =
        results.statement.subject.iter().filter(|subject| is_page(subject)).collect();
    for subject in &rebuilt {
        let committed = pages.iter().find(|other| other.name == subject.name);
        match committed {
            None => return Err(format!("{} is missing", Shown::from(&subject.name))),
            Some(committed) if committed.digest == subject.digest => {}
            Some(_) => return Err(case.difference(&subject.name, results)),
        }
    }
    let extra = pages.iter().find(|page| !rebuilt.iter().any(|subject| subject.name == page.name));
    match (extra, rebuilt.len()) {
        (Some(extra), _) => Err(format!("{} is no file that the inputs give", Shown::from(&extra.name))),
        (None, 0) => Ok("none".to_owned()),
        (None, count) => Ok(format!("{count} files")),
    }
}

/// Nothing was added to, changed in or removed from the results since.
fn check_append_only(case: &mut Case<'_>) -> Finding {
    match case.touch(true) {
        Some(reason) => Err(reason),
        None => Ok(String::new()),
    }
}

/// Who approved: those who may, this statement, and not the closer.
fn check_approvals(case: &mut Case<'_>) -> Finding {
    let recorded = case.recorded()?;
    let statement = case.file(case.commit.node.tree, &case.closing.path)?;
    let (Some(closer), Some(parts)) = (&case.key, &case.parts) else {
        return Err("nobody is known to have closed it".to_owned());
    };
    let question = approvals::Question {
        repository: case.repository,
        history: case.history,
        options: case.options,
        recorded,
        statement: &statement,
        review: case.ledger_before()?.review,
        closer,
        closed_at: parts.committer_seconds,
        signers_at_close: case.parent().and_then(|parent| parent.allowed_signers),
    };
    let approvals = question.answer()?;
    let detail = approvals.detail();
    case.approvals = Some(approvals);
    Ok(detail)
}

/// What was recorded as paid: by signers, once, and no more than is owed.
fn check_settlements(case: &mut Case<'_>) -> Finding {
    let question = Question {
        repository: case.repository,
        history: case.history,
        options: case.options,
        transactions: case.transactions,
        recorded: case.recorded()?,
        file: &|path| case.file(case.commit.node.tree, path),
    };
    let standing = question.answer()?;
    let detail = match standing.settlements {
        0 => "none".to_owned(),
        count => {
            format!("{count}: {} of {} settled, {} open", standing.settled, standing.owed, standing.open)
        }
    };
    case.standing = Some(standing);
    Ok(detail)
}

/// Whether a subject is a report file.
pub(super) fn is_page(subject: &Subject) -> bool {
    subject.name.starts_with(REPORT_FOLDER)
}

/// The recalculated statement with the pages that the record states: they are not money, and have
/// a check of their own.
fn with_pages_of(results: &Results, recorded: &Statement) -> Statement {
    let mut statement = results.statement.clone();
    statement.predicate.formats.pages = recorded.predicate.formats.pages;
    statement.subject.retain(|subject| !is_page(subject));
    statement.subject.extend(recorded.subject.iter().filter(|subject| is_page(subject)).cloned());
    statement.subject.sort_by(|left, right| left.name.cmp(&right.name));
    statement
}

/// The first line in which two texts differ, as a sentence.
pub(super) fn first_line_that_differs(rebuilt: &[u8], committed: &[u8]) -> String {
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

impl<'a> Case<'a> {
    /// The state before the close: the first parent.
    fn parent(&self) -> Option<&'a CommitState> {
        self.commit.parents.first().and_then(|parent| self.history.at(*parent))
    }

    fn recorded(&self) -> Result<&'a Recorded, String> {
        let recorded = self.closing.recorded.as_ref();
        recorded.map_err(|reason| format!("the statement cannot be read: {reason}"))
    }

    fn statement(&self) -> Result<&'a Statement, String> {
        self.recorded().map(|recorded| &*recorded.statement)
    }

    fn predicate(&self) -> Result<&'a Predicate, String> {
        self.statement().map(|statement| &statement.predicate)
    }

    /// What the closing commit changes against its parent.
    fn changes(&self) -> Result<Vec<Change>, String> {
        let before = self.parent().map(|parent| parent.node.tree);
        self.repository.changes(before, self.commit.node.tree).map_err(|error| error.to_string())
    }

    /// All files of the results folder in a tree.
    fn results_in(&self, tree: ObjectId) -> Result<Vec<Entry>, String> {
        self.repository.entries(tree, &self.closing.folder, &|_| true).map_err(|error| error.to_string())
    }

    /// The bytes of a regular file of a tree.
    fn file(&self, tree: ObjectId, path: &str) -> Result<Vec<u8>, String> {
        self.repository.blob(self.blob_at(tree, path)?).map_err(|error| error.to_string())
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

    /// The record as it stood in the parent.
    fn record_before(&self) -> Result<&Record, String> {
        let read = || -> Result<Record, String> {
            let parent = self.parent().ok_or("it has no parent")?;
            let recorded = |(path, id): (&String, &ObjectId)| self.cache.read(self.repository, path, *id);
            let statements: Result<Vec<Recorded>, Error> = parent.statements.iter().map(recorded).collect();
            statements.and_then(Record::new).map_err(|error| error.to_string())
        };
        self.record.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// The ledger as it stood in the parent; read once, for the checks that ask.
    fn ledger_before(&self) -> Result<&Ledger, String> {
        let read = || -> Result<Ledger, String> {
            let parent = self.parent().ok_or("it has no parent")?;
            snapshot::read_ledger(self.repository, parent.node.tree).map_err(|problems| first_of(&problems))
        };
        self.ledger.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    /// Whether a check that found nothing wrong waits for something still.
    fn is_waiting(&self, name: &str) -> bool {
        name == APPROVALS && self.approvals.as_ref().is_some_and(|approvals| approvals.missing() > 0)
    }

    /// The results, computed again from the parent; once, for the checks that ask.
    fn recalculated(&self) -> Result<&Results, String> {
        self.results.get_or_init(|| self.recalculate()).as_ref().map_err(Clone::clone)
    }

    fn recalculate(&self) -> Result<Results, String> {
        let parent = self.parent().ok_or("it has no parent")?;
        let record = self.record_before()?;
        let ledger = self.ledger_before()?;
        let place = Place::file(&self.closing.path);
        let predicate = self.predicate()?;
        let (round, revision) = (RoundId::parse(&predicate.round, &place), predicate.revision);
        let round = round.map_err(|error| error.to_string())?;
        // What close would not have found to be an open round has no results.
        let rounds = snapshot::read_rounds(self.repository, parent.node.tree, ledger)
            .map_err(|problems| first_of(&problems))?;
        if !rounds.contains(&round) || ledger.history.contains(&round) {
            return Err(format!("`{round}` is no round that could be closed"));
        }
        let lfs = LfsFolders::of(self.repository, self.options.lfs_dir.as_deref());
        let files =
            snapshot::read_files(self.repository, parent.node.tree, ledger, (&round, revision), record, &lfs)
                .map_err(|error| error.to_string())?;
        calculate_revision(Snapshot { files: &files, record }, &round, revision).map_err(|problems| {
            let not_here = |error: &&Error| {
                matches!(error, Error::LfsObjectMissing { .. } | Error::LfsObjectDamaged { .. })
            };
            if let Some(error) = problems.errors().iter().find(not_here) {
                return self.impossible.get_or_init(|| error.to_string()).clone();
            }
            format!("the round cannot be computed: {}", first_of(&problems))
        })
    }

    /// How a committed file differs from the recalculated one.
    fn difference(&self, name: &str, results: &Results) -> String {
        let committed = self.file(self.commit.node.tree, &format!("{}/{name}", self.closing.folder));
        let rebuilt: &[u8] = results.files.get(name).map_or(&[], Vec::as_slice);
        match committed {
            Ok(committed) => format!(
                "{} is not what the inputs give: {}",
                Shown::from(name),
                first_line_that_differs(rebuilt, &committed)
            ),
            Err(reason) => reason,
        }
    }

    /// The first later commit that touched the results, or the inputs, of this statement.
    fn touch(&self, in_results: bool) -> Option<String> {
        let touches = self.history.touches.get(&self.index).map_or(&[][..], Vec::as_slice);
        let first = touches.iter().find(|touch| touch.in_results == in_results)?;
        let paths: BTreeSet<&str> = touches
            .iter()
            .filter(|touch| touch.in_results == in_results && touch.commit == first.commit)
            .map(|touch| touch.path.as_str())
            .collect();
        let more =
            if paths.len() > 1 { format!(" (and {} more files)", paths.len() - 1) } else { String::new() };
        Some(format!("commit {} changes {}{more}", self.history.id(first.commit), Shown::from(&first.path)))
    }
}
