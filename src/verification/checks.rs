//! The checks of one statement, in the order of the table in [`super`].

mod case;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::approvals;
use super::history::{History, check_date};
use super::messages::{check_equal, engine_of};
use super::recorded::{
    DIGESTS_ONLY, Finding, Rebuilt, SQUASHED, check_digests, check_untouched, make_checks, not_given,
    with_pages_of,
};
use super::settlements::{Question, Transactions};
use super::{Options, StatementReport, first_of, signers};
use crate::calculate::{Results, check_record};
use crate::error::{Error, Place, Shown};
use crate::git::Repository;
use crate::ledger::round_id::RoundId;
use crate::signing::GIT_NAMESPACE;
use crate::snapshot::StatementCache;
use crate::statement::{PAGES_FORMAT, RECORD_FORMAT, Recorded, STATEMENT_FILE};
use crate::tables::Table;
use case::Case;

/// A check of a statement.
type Checker = fn(&mut Case<'_>) -> Finding;

/// The name of the check of approvals.
const APPROVALS: &str = "approvals";

/// The checks in their order.
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
        recalculated: OnceCell::new(),
        impossible: OnceCell::new(),
    };
    let checks = make_checks(&mut case, CHECKS);
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

/// One good SSH signature over the raw bytes, in a strict header.
fn check_signature(case: &mut Case<'_>) -> Finding {
    let unsigned = format!("the commit is not signed; {SQUASHED}");
    let (parts, key) = signers::signature_or(case.repository, case.commit, &unsigned)?;
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
    let blob = case.parent().and_then(|parent| parent.allowed_signers);
    let nobody = "the parent has no allowed_signers: nobody was allowed to sign";
    let allowed = signers::allowed(case.repository, case.options, blob, nobody)?;
    let signer = allowed.check(key, GIT_NAMESPACE, at).map_err(|refusal| match case.options.signers {
        Some(_) => refusal.to_string(),
        None => format!("{} is not allowed by the parent's allowed_signers: {refusal}", key.fingerprint()),
    })?;
    let principal = signer.principals().to_owned();
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
    let results = case.results()?;
    results.check_changes(tree)?;
    if let Some(name) = results.named_before(tree)? {
        let path = Shown::from(format!("{expected}/{name}"));
        return Err(format!("it does not add {path}, which was there before"));
    }
    let Some(parts) = &case.parts else { return Err("there is no message".to_owned()) };
    check_message(case, recorded, &parts.message)?;
    Ok(String::new())
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
    let bytes = case.file(&path)?;
    let table = Table::read(&path, &bytes, &["address", column])
        .map_err(|errors| errors.first().map_or_else(String::new, ToString::to_string))?;
    Ok(table.rows().filter(|row| !row.field("address").is_empty() && row.field(column) != "0").count())
}

/// The results folder holds exactly the subject.
fn check_complete(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let mut names = statement.subject.iter().map(|subject| subject.name.as_str());
    if !names.clone().is_sorted() || names.clone().any(|name| name == STATEMENT_FILE) {
        return Err("the subject is not sorted by name, or names the statement itself".to_owned());
    }
    let mut seen = BTreeSet::new();
    if let Some(again) = names.find(|name| !seen.insert(*name)) {
        return Err(format!("the subject names {} twice", Shown::from(again)));
    }
    case.results()?.check_complete()?;
    Ok(format!("{} files", statement.subject.len()))
}

/// The inputs' digests are those of the parent, and the round's own inputs never changed since.
fn check_inputs(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let inputs = &statement.predicate.inputs;
    if !inputs.iter().map(|input| &input.name).is_sorted() {
        return Err("the inputs are not sorted by name".to_owned());
    }
    let tree = case.parent().map(|parent| parent.node.tree).ok_or("it has no parent")?;
    check_digests(case.repository, tree, inputs)?;
    check_untouched(case.history, case.touches(), false)?;
    Ok(format!("{} files", inputs.len()))
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
    let (closed, results) = (case.results()?, case.recalculated()?);
    closed.check_tables(rebuilt(results))?;
    let mut expected = results.statement.clone();
    expected.predicate.formats.pages = formats.pages;
    expected.subject = with_pages_of(&expected.subject, &statement.subject);
    if expected.to_bytes() != case.file(&case.closing.path)? {
        return Err(not_given(STATEMENT_FILE, &expected.to_bytes(), &statement.to_bytes()));
    }
    let totals = &statement.predicate.totals;
    Ok(format!("{} {} paid, {} held", totals.paid.0, statement.predicate.token.symbol, totals.held.0))
}

/// Report files, rebuilt byte for byte where their format is the one that this meed writes.
fn check_pages(case: &mut Case<'_>) -> Finding {
    let statement = case.statement()?;
    let formats = (statement.predicate.formats.pages, PAGES_FORMAT);
    Ok(match case.results()?.check_pages(formats, || case.recalculated().map(rebuilt))? {
        None => DIGESTS_ONLY.to_owned(),
        Some(0) => "none".to_owned(),
        Some(count) => format!("{count} files"),
    })
}

/// Nothing was added to, changed in or removed from the results since.
fn check_append_only(case: &mut Case<'_>) -> Finding {
    check_untouched(case.history, case.touches(), true).map(|()| String::new())
}

/// Who approved: those who may, this statement, and not the closer.
fn check_approvals(case: &mut Case<'_>) -> Finding {
    let recorded = case.recorded()?;
    let statement = case.file(&case.closing.path)?;
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
        file: &|path| case.file(path),
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

/// What there is to compare of results that were computed again.
fn rebuilt(results: &Results) -> Rebuilt<'_> {
    Rebuilt { files: &results.files, subject: &results.statement.subject }
}
