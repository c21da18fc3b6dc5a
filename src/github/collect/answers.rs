//! What GitHub answers, cut down to what a collection needs.
//!
//! Every field that is read must be there and be what it should: an answer that lies is an error, never
//! a contribution that is silently missing.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Shown;
use crate::tables::NAME_LIMIT_BYTES;

/// Most characters of a title that are kept; GitHub allows 256.
const TITLE_CHARACTERS: usize = 1_000;
/// Most bytes of an address.
const URL_LIMIT_BYTES: usize = 2_000;

/// One entry of a list. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// GitHub's id.
    pub id: u64,
    /// The number of the issue or pull request that it is or belongs to.
    pub number: Option<u64>,
    /// When it was made.
    pub created: i64,
    /// When it was changed last; what lists are ordered by.
    pub updated: i64,
    /// When it became a contribution: merged, submitted, closed, written. None if it is none.
    pub done: Option<i64>,
    /// Whose it is; none when the account was deleted.
    pub author: Option<Author>,
    /// Where people see it.
    pub url: String,
    /// Its title; empty where it has none.
    pub title: String,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Author {
    /// GitHub's id, which stays when the account is renamed.
    pub id: u64,
    /// The name of the account.
    pub login: String,
    /// Whether GitHub says that it is a bot.
    pub is_bot: bool,
}

/// The repository.
#[derive(Debug, Deserialize)]
pub(super) struct RepositoryAnswer {
    pub full_name: String,
    pub has_issues: bool,
}

/// A pull request of a list.
#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    id: u64,
    number: u64,
    #[serde(deserialize_with = "seconds")]
    created_at: i64,
    #[serde(deserialize_with = "seconds")]
    updated_at: i64,
    #[serde(deserialize_with = "seconds_or_null")]
    merged_at: Option<i64>,
    #[serde(deserialize_with = "author")]
    user: Option<Author>,
    #[serde(deserialize_with = "address")]
    html_url: String,
    #[serde(deserialize_with = "title")]
    title: String,
}

impl From<PullRequest> for Item {
    fn from(pull: PullRequest) -> Self {
        Self {
            id: pull.id,
            number: Some(pull.number),
            created: pull.created_at,
            updated: pull.updated_at,
            done: pull.merged_at,
            author: pull.user,
            url: pull.html_url,
            title: pull.title,
        }
    }
}

/// A review.
#[derive(Debug, Deserialize)]
pub(super) struct Review {
    id: u64,
    /// Not there as long as the review is not submitted: only its author sees such a one.
    #[serde(default, deserialize_with = "seconds_or_null")]
    submitted_at: Option<i64>,
    #[serde(deserialize_with = "author")]
    user: Option<Author>,
    #[serde(deserialize_with = "address")]
    html_url: String,
    state: String,
}

impl From<Review> for Item {
    fn from(review: Review) -> Self {
        let done = review.submitted_at.filter(|_| review.state != "PENDING");
        let at = review.submitted_at.unwrap_or_default();
        Self {
            id: review.id,
            number: None,
            created: at,
            updated: at,
            done,
            author: review.user,
            url: review.html_url,
            title: String::new(),
        }
    }
}

/// An issue of a list, in which pull requests stand as well.
#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    id: u64,
    number: u64,
    #[serde(deserialize_with = "seconds")]
    created_at: i64,
    #[serde(deserialize_with = "seconds")]
    updated_at: i64,
    #[serde(deserialize_with = "seconds_or_null")]
    closed_at: Option<i64>,
    #[serde(deserialize_with = "author")]
    user: Option<Author>,
    #[serde(deserialize_with = "address")]
    html_url: String,
    #[serde(deserialize_with = "title")]
    title: String,
    pull_request: Option<serde::de::IgnoredAny>,
}

impl From<Issue> for Item {
    fn from(issue: Issue) -> Self {
        Self {
            id: issue.id,
            number: Some(issue.number),
            created: issue.created_at,
            updated: issue.updated_at,
            done: issue.closed_at.filter(|_| issue.pull_request.is_none()),
            author: issue.user,
            url: issue.html_url,
            title: issue.title,
        }
    }
}

/// A comment, of either sort.
#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    id: u64,
    #[serde(deserialize_with = "seconds")]
    created_at: i64,
    #[serde(deserialize_with = "seconds")]
    updated_at: i64,
    #[serde(deserialize_with = "author")]
    user: Option<Author>,
    #[serde(deserialize_with = "address")]
    html_url: String,
    /// Of the issue or pull request, in the API.
    #[serde(alias = "pull_request_url")]
    issue_url: String,
}

impl From<Comment> for Item {
    fn from(comment: Comment) -> Self {
        Self {
            id: comment.id,
            number: comment.issue_url.rsplit('/').next().and_then(|number| number.parse().ok()),
            created: comment.created_at,
            updated: comment.updated_at,
            done: Some(comment.created_at),
            author: comment.user,
            url: comment.html_url,
            title: String::new(),
        }
    }
}

/// An account as GitHub gives it.
#[derive(Debug, Deserialize)]
struct User {
    id: u64,
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

/// An account, or null when it was deleted. (With a function of its own a field has to be there.)
fn author<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Author>, D::Error> {
    let Some(User { id, login, kind }) = Option::<User>::deserialize(deserializer)? else { return Ok(None) };
    if login.trim().is_empty() || login.len() > NAME_LIMIT_BYTES {
        return Err(D::Error::custom(format!("a login has 1 to {NAME_LIMIT_BYTES} bytes")));
    }
    let is_bot = kind == "Bot" || login.ends_with("[bot]");
    Ok(Some(Author { id, login: without_nul(&login), is_bot }))
}

/// An instant, in seconds since 1970.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    instant(&String::deserialize(deserializer)?)
}

/// An instant or null.
fn seconds_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Option::<String>::deserialize(deserializer)?.as_deref().map(instant).transpose()
}

fn instant<E: serde::de::Error>(text: &str) -> Result<i64, E> {
    let instant = text.parse::<Timestamp>();
    let instant = instant.map_err(|_| E::custom(format!("`{}` is not an instant", Shown::from(text))))?;
    Ok(instant.as_second())
}

/// An address for people.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let address = String::deserialize(deserializer)?;
    if address.len() > URL_LIMIT_BYTES {
        return Err(D::Error::custom(format!("an address has at most {URL_LIMIT_BYTES} bytes")));
    }
    Ok(without_nul(&address))
}

/// A title, cut behind [`TITLE_CHARACTERS`].
fn title<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let title = String::deserialize(deserializer)?;
    let mut cut: String = title.chars().take(TITLE_CHARACTERS).collect();
    if cut.len() < title.len() {
        cut.push('…');
    }
    Ok(without_nul(&cut))
}

/// No input of a round may hold a NUL.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
