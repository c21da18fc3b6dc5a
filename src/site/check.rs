//! How anybody checks the record: commands, and the digests to compare.

use serde::Serialize;

use super::directory::Directory;
use super::view::{Frame, Link};
use crate::statement::DISTRIBUTION_FILE;

/// The page.
#[derive(Debug, Serialize)]
pub struct CheckPage {
    site: Frame,
    statements: Vec<StatementRow>,
    /// The digest of the last statement.
    last: String,
    /// The last round, for examples.
    round: String,
    /// The ledger's id.
    id: String,
    verified: bool,
}

/// A statement in a line.
#[derive(Debug, Serialize)]
struct StatementRow {
    sequence: u64,
    link: Link,
    statement: String,
    distribution: String,
    commit: String,
    state: String,
}

/// How to check.
pub fn page(directory: &Directory<'_>) -> CheckPage {
    let material = directory.material;
    let rows = material.rounds.iter().enumerate().map(|(at, round)| {
        let statement = &round.recorded.statement;
        let distribution = statement.subject.iter().find(|subject| subject.name == DISTRIBUTION_FILE);
        StatementRow {
            sequence: round.recorded.sequence(),
            link: directory.round_link(at, ""),
            statement: round.recorded.sha256.clone(),
            distribution: distribution.map_or_else(String::new, |subject| subject.digest.sha256.clone()),
            commit: round.commit.clone(),
            state: round.verified.clone().unwrap_or_default(),
        }
    });
    let last = material.rounds.last();
    CheckPage {
        site: Frame::new(material, "check", 0),
        statements: rows.collect(),
        last: last.map_or_else(String::new, |round| round.recorded.sha256.clone()),
        round: last.map_or_else(String::new, |round| round.booked.round.clone()),
        id: material.ledger.id.clone(),
        verified: material.rounds.iter().any(|round| round.verified.is_some()),
    }
}
