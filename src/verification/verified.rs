//! A round that has just verified, as a type: what pays for a round or publishes it takes one, so that
//! it cannot forget to look.

use std::path::Path;

use super::approvals::{Approvals, instant};
use super::{Options, Report, State, StatementReport, verify};
use crate::error::{Error, Place, Problems, Shown};
use crate::git::{ObjectId, Repository};
use crate::statement::Recorded;

/// A closed revision of a round of which every check holds, and those of the round's other revisions and
/// of the signers. Only [`VerifiedRound::verify`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedRound {
    recorded: Recorded,
    report: StatementReport,
    approvals: Approvals,
}

impl VerifiedRound {
    /// Verifies the round of a statement, in the history of `tip`. A round that waits for approvals
    /// verifies; [`demand_reviewed`](Self::demand_reviewed) asks for them.
    ///
    /// Errors: a check fails or cannot be made, an incomplete clone.
    pub fn verify(
        repository: &Repository,
        tip: ObjectId,
        recorded: &Recorded,
        lfs_dir: Option<&Path>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, Problems> {
        let predicate = &recorded.statement.predicate;
        let options = Options {
            rounds: vec![predicate.round.clone()],
            rounds_only: true,
            lfs_dir: lfs_dir.map(Path::to_owned),
            ..Options::default()
        };
        let report = verify(repository, tip, &options, progress)?;
        refuse_unverified(&report, &predicate.round)?;
        let mut statements = report.statements.into_iter();
        let own = statements.find(|statement| statement.revision == predicate.revision);
        let own = own.and_then(|own| own.approvals.clone().map(|approvals| (own, approvals)));
        let (report, approvals) = own.ok_or_else(|| Error::RecordInvalid {
            place: Place::file(&recorded.path()),
            reason: "is not the statement that the history closes".to_owned(),
        })?;
        Ok(Self { recorded: recorded.clone(), report, approvals })
    }

    /// The statement.
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// What the checks said.
    pub fn report(&self) -> &StatementReport {
        &self.report
    }

    /// Who approved it, and what was asked for.
    pub fn approvals(&self) -> &Approvals {
        &self.approvals
    }

    /// Refuses a round that its ledger wants to be reviewed first, as long as approvals are missing or
    /// its window is open at `now_seconds` since 1970; both at once.
    ///
    /// The window is a courtesy to reviewers and no control: it begins with a date that the closer
    /// claims, and ends by the clock of whoever asks. The approvals are signatures.
    pub fn demand_reviewed(&self, now_seconds: i64) -> Result<(), Problems> {
        let mut problems = Vec::new();
        let predicate = &self.recorded.statement.predicate;
        let round = || Shown::from(&predicate.round);
        if self.approvals.missing() > 0 {
            problems.push(Error::ApprovalsMissing {
                round: round(),
                revision: predicate.revision,
                given: self.approvals.people,
                needed: self.approvals.needed(),
            });
        }
        if let Some(end) = self.approvals.ends_at().filter(|end| now_seconds < *end) {
            problems.push(Error::ReviewOpen { round: round(), until: instant(end) });
        }
        Problems::unless_empty(problems, ())
    }
}

/// Refuses when a check failed or could not be made.
fn refuse_unverified(report: &Report, round: &str) -> Result<(), Error> {
    let bad = |state: State| report.checks().find(|check| check.state == state);
    let Some(check) = bad(State::Fails).or_else(|| bad(State::Impossible)) else { return Ok(()) };
    Err(Error::RoundUnverified {
        round: Shown::from(round),
        check: check.name,
        detail: Shown::sentence(&check.detail),
        impossible: check.state == State::Impossible,
    })
}
