//! Contributions as inputs of a round.

use jiff::Timestamp;

use super::{Contribution, Kind};
use crate::methods::praise_v1::table::SLOT_COLUMNS;
use crate::tables::TableWriter;

/// Columns of the table for weighted-v1. The last four are numbers: 1 in the column of the row's kind.
const CONTRIBUTIONS: [&str; 9] =
    ["recipient", "account", "time", "kind", "url", "pull_requests", "reviews", "issues", "comments"];

/// Columns of a praise table before those of its slots.
const PRAISE: [&str; 11] = [
    "ID",
    "DATE",
    "TO USER ACCOUNT",
    "TO USER ACCOUNT ID",
    "TO ETH ADDRESS",
    "FROM USER ACCOUNT",
    "FROM USER ACCOUNT ID",
    "FROM ETH ADDRESS",
    "REASON",
    "SOURCE ID",
    "SOURCE NAME",
];

/// A table for `weighted-v1`: a row a contribution.
pub fn contributions_csv(contributions: &[Contribution]) -> Vec<u8> {
    let mut table = TableWriter::new(&CONTRIBUTIONS);
    for contribution in contributions {
        let (login, account) = person(contribution);
        table.text(login);
        table.plain(&account);
        table.plain(&time(contribution));
        table.plain(contribution.kind.name());
        table.text(&contribution.url);
        for kind in [Kind::PullRequest, Kind::Review, Kind::Issue, Kind::IssueComment] {
            table.plain(if kind.name() == contribution.kind.name() { "1" } else { "0" });
        }
        table.end_row();
    }
    table.into_bytes()
}

/// A praise table for `praise-v1` with `quantifiers` empty slots: a row a contribution, given by the
/// repository. AVG SCORE is 0 until somebody has scored the row.
pub fn praise_csv(contributions: &[Contribution], repository: &str, quantifiers: u8) -> Vec<u8> {
    let slots =
        (1..=quantifiers).flat_map(|k| SLOT_COLUMNS.map(|column| column.replace("{}", &k.to_string())));
    let header = PRAISE.map(str::to_owned).into_iter().chain(slots).chain(["AVG SCORE".to_owned()]);
    let header: Vec<String> = header.collect();
    let mut table = TableWriter::new(&header);
    for contribution in contributions {
        let (login, account) = person(contribution);
        table.plain(&format!("github-{}-{}", contribution.kind.id_prefix(), contribution.id));
        table.plain(&time(contribution));
        table.text(login);
        table.plain(&account);
        table.plain("");
        table.text(repository);
        table.plain("");
        table.plain("");
        table.text(&reason(contribution));
        table.text(&contribution.url);
        table.text(repository);
        (0..usize::from(quantifiers) * SLOT_COLUMNS.len()).for_each(|_| table.plain(""));
        table.plain("0");
        table.end_row();
    }
    table.into_bytes()
}

/// The name and the account id of whose it is.
fn person(contribution: &Contribution) -> (&str, String) {
    let author = contribution.author.as_ref();
    author.map_or(("", String::new()), |author| (author.login.as_str(), format!("github:{}", author.id)))
}

/// When it was, in UTC.
fn time(contribution: &Contribution) -> String {
    Timestamp::from_second(contribution.seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// What for: `review of #12: its title`.
fn reason(contribution: &Contribution) -> String {
    let what = match contribution.kind {
        Kind::PullRequest => "merged pull request",
        Kind::Review => "review of",
        Kind::Issue => "closed issue",
        Kind::IssueComment | Kind::ReviewComment => "comment on",
    };
    let number = contribution.number.map_or_else(|| "something".to_owned(), |number| format!("#{number}"));
    let title = if contribution.title.is_empty() { "" } else { ": " };
    format!("{what} {number}{title}{}", contribution.title)
}
