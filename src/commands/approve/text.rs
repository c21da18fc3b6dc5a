//! What `meed approve` says: of an approval that was made, and of those that there are.

use serde::Serialize;

use super::super::table::render;
use super::super::{Output, Session};
use crate::error::Shown;
use crate::git::ObjectId;
use crate::report::text::counted;
use crate::signing::PublicKey;
use crate::verification::VerifiedRound;
use crate::verification::approvals::{Approval, Approvals, instant};

/// An approval that was made.
pub(super) struct Done<'a> {
    pub path: &'a str,
    pub commit: Option<ObjectId>,
    pub principals: &'a str,
    pub key: &'a PublicKey,
}

/// An approval that was made, for `--format json`.
#[derive(Debug, Serialize)]
struct Made<'a> {
    path: &'a str,
    commit: Option<String>,
    principal: &'a str,
    fingerprint: String,
    given: usize,
    needed: usize,
    missing: usize,
    review_until: Option<String>,
}

/// The review of a round, for `--format json`.
#[derive(Debug, Serialize)]
struct ReviewJson<'a> {
    round: &'a str,
    revision: u32,
    given: usize,
    needed: usize,
    missing: usize,
    closed: String,
    review_until: Option<String>,
    approvals: Vec<ApprovalJson<'a>>,
}

#[derive(Debug, Serialize)]
struct ApprovalJson<'a> {
    principal: &'a str,
    fingerprint: &'a str,
    date: String,
    commit: String,
    path: &'a str,
}

/// What was approved, and what is missing still.
pub(super) fn report(done: &Done<'_>, round: &VerifiedRound, session: &Session) -> Output {
    let before = round.approvals();
    // Nobody of that name had approved before.
    let mut now = before.clone();
    now.people += 1;
    let review_until = now.ends_at().map(instant);
    if session.json {
        return Output::json(&Made {
            path: done.path,
            commit: done.commit.map(|commit| commit.to_string()),
            principal: done.principals,
            fingerprint: done.key.fingerprint(),
            given: now.people,
            needed: now.needed(),
            missing: now.missing(),
            review_until,
        });
    }
    let commit = done.commit.map_or_else(String::new, |commit| commit.to_string());
    Output::text(format!(
        "approved {}: {}\n  commit    {commit}\n  approval  {}\n  by        {}, {}\n{}",
        name(round),
        now.in_words(),
        done.path,
        Shown::from(done.principals),
        done.key.fingerprint(),
        still(&now, session.now_seconds).map_or_else(String::new, |still| format!("  still     {still}\n"))
    ))
}

/// Who approved, and what is missing still.
pub(super) fn list(round: &VerifiedRound, session: &Session) -> Output {
    let approvals = round.approvals();
    let predicate = &round.recorded().statement.predicate;
    if session.json {
        return Output::json(&ReviewJson {
            round: &predicate.round,
            revision: predicate.revision,
            given: approvals.people,
            needed: approvals.needed(),
            missing: approvals.missing(),
            closed: instant(approvals.closed_at),
            review_until: approvals.ends_at().map(instant),
            approvals: approvals.given.iter().map(of_approval).collect(),
        });
    }
    let mut text = String::new();
    if !approvals.given.is_empty() {
        let rows = approvals.given.iter().map(|approval| {
            let Approval { principals, fingerprint, commit, .. } = approval;
            let date = instant(approval.approved_at);
            vec![principals.clone(), date, fingerprint.clone(), commit.to_string()]
        });
        text = render(&["by", "date", "key", "commit"], rows.collect(), &[]) + "\n";
    }
    text += &format!("{}: {}", name(round), approvals.in_words());
    text += &still(approvals, session.now_seconds).map_or_else(String::new, |still| format!("; {still}"));
    Output::text(text + "\n")
}

/// What is missing before the round counts; nothing where nothing is.
fn still(approvals: &Approvals, now_seconds: i64) -> Option<String> {
    let missing = approvals.missing();
    let missing = (missing > 0).then(|| format!("{} missing", counted(missing, "approval", "approvals")));
    let window = approvals.ends_at().map(|end| {
        let verb = if now_seconds < end { "ends" } else { "ended" };
        format!("the review {verb} {}", instant(end))
    });
    match (missing, window) {
        (None, window) => window,
        (Some(missing), None) => Some(missing),
        (Some(missing), Some(window)) => Some(format!("{missing}; {window}")),
    }
}

/// The round with its revision.
fn name(round: &VerifiedRound) -> String {
    let predicate = &round.recorded().statement.predicate;
    match predicate.revision {
        1 => predicate.round.clone(),
        revision => format!("{} revision {revision}", predicate.round),
    }
}

fn of_approval(approval: &Approval) -> ApprovalJson<'_> {
    ApprovalJson {
        principal: &approval.principals,
        fingerprint: &approval.fingerprint,
        date: instant(approval.approved_at),
        commit: approval.commit.to_string(),
        path: &approval.path,
    }
}
