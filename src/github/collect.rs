//! What people did in a repository during a period: pull requests that were merged, reviews, issues that
//! were closed, comments.
//!
//! A collection is a sequence of reads, and what is asked next depends on nothing but the answers before it.
//! So one that was interrupted is gone through again with the answers that were kept, and goes on behind
//! the last of them. What GitHub puts where in its lists does not matter: contributions are known by their
//! ids, and stand by time, kind and id.

mod answers;
mod lists;
mod reader;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::access::Repository;
use super::client::Client;
use crate::error::Error;
pub use answers::{Author, Item};
pub use reader::{Content, Journal, Read};
use reader::{List, Reader};
pub use table::{contributions_csv, praise_csv};

/// The name that GitHub gives to what deleted accounts left.
const GHOST: &str = "ghost";

/// A kind of contribution, in the order in which those of one second stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A pull request, at the second of its merge; its author's.
    PullRequest,
    /// A review that was submitted; its reviewer's.
    Review,
    /// An issue that is closed, at the second of that; the one's who opened it.
    Issue,
    /// A comment on an issue or pull request.
    IssueComment,
    /// A comment on a line of a pull request.
    ReviewComment,
}

impl Kind {
    /// What it is called in tables; both sorts of comments alike.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PullRequest => "pull-request",
            Self::Review => "review",
            Self::Issue => "issue",
            Self::IssueComment | Self::ReviewComment => "comment",
        }
    }

    /// What begins its ids: GitHub numbers each sort on its own.
    const fn id_prefix(self) -> &'static str {
        match self {
            Self::IssueComment => "issue-comment",
            Self::ReviewComment => "review-comment",
            _ => self.name(),
        }
    }
}

/// What is to be collected.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where.
    pub repository: Repository,
    /// The first day, in UTC.
    pub since: Date,
    /// The last day, in UTC; it is part of the period.
    pub until: Date,
    /// The kinds, at least one.
    pub kinds: BTreeSet<Kind>,
}

impl Wanted {
    /// The first second of the period, since 1970.
    pub fn begins(&self) -> i64 {
        first_second(self.since)
    }

    /// The first second behind the period, since 1970.
    pub fn ends(&self) -> i64 {
        self.until.tomorrow().map_or(i64::MAX, first_second)
    }
}

/// The first second of a day in UTC, since 1970.
fn first_second(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(i64::MIN, |zoned| zoned.timestamp().as_second())
}

/// Something that somebody did. They are ordered by time, kind and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contribution {
    /// When, in seconds since 1970.
    pub seconds: i64,
    /// What.
    pub kind: Kind,
    /// GitHub's id, unique among those of its kind.
    pub id: u64,
    /// The issue or pull request that it is or belongs to.
    pub number: Option<u64>,
    /// Who; none when the account was deleted.
    pub author: Option<Author>,
    /// Where people see it.
    pub url: String,
    /// The title of the issue or pull request, as far as it is known.
    pub title: String,
}

/// What was collected.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The repository as GitHub spells it.
    pub repository: String,
    /// Whether the repository has issues; without, none were asked for.
    pub has_issues: bool,
    /// All contributions of the period, of everybody, in their order.
    pub contributions: Vec<Contribution>,
}

/// Collects; what was read before is in `journal`, and what is read now goes into it. `progress` hears of
/// (requests done, requests known to be needed).
pub fn collect<'a>(
    client: &'a Client<'a>,
    wanted: &Wanted,
    journal: Journal<'a>,
    progress: &'a dyn Fn(usize, usize),
) -> Result<Collected, Error> {
    let mut reader = Reader::new(client, journal, progress);
    let (repository, has_issues) = reader.repository(&wanted.repository)?;
    let mut found = Found { wanted, contributions: BTreeMap::new() };
    let wants = |kind| wanted.kinds.contains(&kind);
    if wants(Kind::PullRequest) || wants(Kind::Review) {
        let pulls = reader.pulls(wanted)?;
        if wants(Kind::PullRequest) {
            for pull in pulls.values() {
                found.add(Kind::PullRequest, pull.clone());
            }
        }
        if wants(Kind::Review) {
            read_reviews(&mut reader, &pulls, &mut found)?;
        }
    }
    let lists = [
        (Kind::Issue, List::Issues),
        (Kind::IssueComment, List::IssueComments),
        (Kind::ReviewComment, List::ReviewComments),
    ];
    for (kind, list) in lists {
        if wants(kind) && (kind != Kind::Issue || has_issues) {
            let items = reader.ascending(list, &wanted.repository, wanted.begins())?;
            for item in items {
                found.add(kind, item);
            }
        }
    }
    reader.finish();
    let mut contributions: Vec<Contribution> = found.contributions.into_values().collect();
    contributions.sort_unstable();
    Ok(Collected { repository, has_issues, contributions })
}

/// Reads the reviews of all pull requests that can have some in the period: GitHub has no list of all.
fn read_reviews(
    reader: &mut Reader<'_>,
    pulls: &BTreeMap<u64, Item>,
    found: &mut Found<'_>,
) -> Result<(), Error> {
    let ends = found.wanted.ends();
    let reviewed: Vec<(&u64, &Item)> = pulls.iter().filter(|(_, pull)| pull.created < ends).collect();
    for (index, (number, pull)) in reviewed.iter().enumerate() {
        reader.expect(reviewed.len() - index);
        for mut review in reader.reviews(&found.wanted.repository, **number)? {
            review.number = Some(**number);
            review.title.clone_from(&pull.title);
            found.add(Kind::Review, review);
        }
    }
    Ok(())
}

/// The contributions of the period, each once.
struct Found<'a> {
    wanted: &'a Wanted,
    contributions: BTreeMap<(Kind, u64), Contribution>,
}

impl Found<'_> {
    /// Takes an item whose time lies in the period; what is read again replaces what was read before.
    fn add(&mut self, kind: Kind, item: Item) {
        let period = self.wanted.begins()..self.wanted.ends();
        let Some(seconds) = item.done.filter(|at| period.contains(at)) else {
            self.contributions.remove(&(kind, item.id));
            return;
        };
        let Item { id, number, author, url, title, .. } = item;
        let contribution = Contribution { seconds, kind, id, number, author, url, title };
        self.contributions.insert((kind, id), contribution);
    }
}

/// Whose contributions count.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    /// Whether those of bots do.
    pub bots: bool,
    /// Accounts whose do not, by login; letter case does not count, as at GitHub.
    pub without: Vec<String>,
}

/// How many contributions a rule left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// Of bots.
    pub bots: usize,
    /// Of accounts that were deleted: nobody is there to be rewarded.
    pub deleted: usize,
    /// Of accounts that the rule names.
    pub without: usize,
}

impl Rule {
    /// The contributions that count, in their order, and how many do not.
    pub fn sift(&self, contributions: Vec<Contribution>) -> (Vec<Contribution>, LeftOut) {
        let mut left_out = LeftOut::default();
        let mut kept = Vec::with_capacity(contributions.len());
        for contribution in contributions {
            match &contribution.author {
                None => left_out.deleted += 1,
                Some(author) if author.login == GHOST => left_out.deleted += 1,
                Some(author) if self.names(&author.login) => left_out.without += 1,
                Some(author) if author.is_bot && !self.bots => left_out.bots += 1,
                Some(_) => kept.push(contribution),
            }
        }
        (kept, left_out)
    }

    fn names(&self, login: &str) -> bool {
        self.without.iter().any(|named| named.trim_start_matches('@').eq_ignore_ascii_case(login))
    }
}
