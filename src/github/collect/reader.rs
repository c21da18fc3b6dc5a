//! One read after the other: from what was kept as long as it lasts, then from GitHub.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::answers::{Comment, Issue, Item, PullRequest, RepositoryAnswer, Review};
use crate::error::{Error, Place, Shown};
use crate::github::access::Repository;
use crate::github::client::Client;

/// The permission for pull requests, their reviews and comments.
const PULL_REQUESTS: &str = "pull-requests: read";
/// The permission for issues and comments on them.
const ISSUES: &str = "issues: read";

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// What was asked for.
    pub request: String,
    /// The next page, as GitHub names it.
    pub next: Option<String>,
    /// What the answer held.
    pub content: Content,
}

/// What an answer held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Content {
    /// The repository.
    Repository {
        /// Owner and name, as GitHub spells them.
        name: String,
        /// Whether it has issues.
        has_issues: bool,
    },
    /// A page of a list.
    Items(Vec<Item>),
}

/// The reads of a collection: those that were kept, and where the next ones go.
pub struct Journal<'a> {
    /// What it is called in messages.
    pub name: &'a str,
    /// What was read before an interruption, in its order.
    pub reads: Vec<Read>,
    /// Keeps a read. It is called once for each that `reads` does not hold.
    pub keep: &'a mut dyn FnMut(&Read) -> Result<(), Error>,
}

/// A list of GitHub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Repository,
    PullRequests,
    Reviews,
    Issues,
    IssueComments,
    ReviewComments,
}

/// Reads for one collection.
pub(super) struct Reader<'a> {
    client: &'a Client<'a>,
    name: &'a str,
    kept: std::vec::IntoIter<Read>,
    keep: &'a mut dyn FnMut(&Read) -> Result<(), Error>,
    progress: &'a dyn Fn(usize, usize),
    done: usize,
    /// How many requests are known to be needed; one at least, since nobody knows the length of a list.
    ahead: usize,
}

impl<'a> Reader<'a> {
    pub fn new(client: &'a Client<'a>, journal: Journal<'a>, progress: &'a dyn Fn(usize, usize)) -> Self {
        let Journal { name, reads, keep } = journal;
        Self { client, name, kept: reads.into_iter(), keep, progress, done: 0, ahead: 1 }
    }

    /// Says how many more requests are known to be needed.
    pub fn expect(&mut self, requests: usize) {
        self.ahead = requests.max(1);
    }

    /// All is read.
    pub fn finish(&self) {
        (self.progress)(self.done, self.done);
    }

    /// The repository's name as GitHub spells it, and whether it has issues.
    pub fn repository(&mut self, repository: &Repository) -> Result<(String, bool), Error> {
        let request = repository.path("");
        let request = request.trim_end_matches('/');
        match self.read(request, List::Repository)?.content {
            Content::Repository { name, has_issues } => Ok((name, has_issues)),
            Content::Items(_) => Err(self.damaged()),
        }
    }

    /// A page of a list, and the next one.
    pub fn page(&mut self, request: &str, list: List) -> Result<(Vec<Item>, Option<String>), Error> {
        let read = self.read(request, list)?;
        match read.content {
            Content::Items(items) => Ok((items, read.next)),
            Content::Repository { .. } => Err(self.damaged()),
        }
    }

    fn read(&mut self, request: &str, list: List) -> Result<Read, Error> {
        (self.progress)(self.done, self.done + self.ahead);
        let read = match self.kept.next() {
            Some(read) if read.request == request => read,
            Some(_) => return Err(self.damaged()),
            None => {
                let read = self.ask(request, list)?;
                (self.keep)(&read)?;
                read
            }
        };
        self.done += 1;
        Ok(read)
    }

    /// The answers that were kept are not those to the questions of this collection.
    fn damaged(&self) -> Error {
        Error::CollectionForeign {
            place: Place::file(self.name),
            reason: Shown::from("it holds other answers than those that were asked for"),
        }
    }

    fn ask(&self, request: &str, list: List) -> Result<Read, Error> {
        match list {
            List::Repository => {
                let page = self.client.get::<RepositoryAnswer>(request, "metadata: read")?;
                // A name that could be none is not repeated in files.
                let name = Repository::parse(&page.content.full_name)?.to_string();
                let content = Content::Repository { name, has_issues: page.content.has_issues };
                Ok(Read { request: request.to_owned(), next: None, content })
            }
            List::PullRequests => self.ask_for::<PullRequest>(request, PULL_REQUESTS),
            List::Reviews => self.ask_for::<Review>(request, PULL_REQUESTS),
            List::Issues => self.ask_for::<Issue>(request, ISSUES),
            List::IssueComments => self.ask_for::<Comment>(request, ISSUES),
            List::ReviewComments => self.ask_for::<Comment>(request, PULL_REQUESTS),
        }
    }

    fn ask_for<T: DeserializeOwned + Into<Item>>(
        &self,
        request: &str,
        permission: &'static str,
    ) -> Result<Read, Error> {
        let page = self.client.get::<Vec<T>>(request, permission)?;
        let content = Content::Items(page.content.into_iter().map(Into::into).collect());
        Ok(Read { request: request.to_owned(), next: page.next, content })
    }
}
