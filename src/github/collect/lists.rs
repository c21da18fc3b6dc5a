//! How lists are read to their end while people go on working in the repository.
//!
//! GitHub numbers pages anew for every request. Who asks for page 2 after something moved from page 2 to
//! page 1 (or was deleted from it) never sees what moved. So no list is trusted to stand still.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Wanted;
use super::answers::Item;
use super::reader::{List, Reader};
use crate::error::{Error, Shown};
use crate::github::access::Repository;
use crate::github::client::segment;

/// Most pages of one list: a million entries.
const PAGES_MOST: usize = 10_000;
/// Most times that the list of pull requests is gone through.
const PASSES_MOST: usize = 100;

impl Reader<'_> {
    /// All pull requests that were changed since the period began, by number; a merge and a review both are
    /// changes. When only merges are wanted, those that are open are left out.
    ///
    /// GitHub lists them by their last change, the newest first. One that is changed while the list is read
    /// comes to its head and may be missed further down; it was changed no earlier than the list's first
    /// entry then. So the list is read again, back to that entry, until that took a single page or brought
    /// nothing new.
    pub fn pulls(&mut self, wanted: &Wanted) -> Result<BTreeMap<u64, Item>, Error> {
        let state = if wanted.kinds.contains(&super::Kind::Review) { "all" } else { "closed" };
        let query = format!("pulls?state={state}&sort=updated&direction=desc&per_page=100");
        let first = wanted.repository.path(&query);
        let mut pulls = BTreeMap::new();
        let mut back_to = wanted.begins();
        for _ in 0..PASSES_MOST {
            let pass = self.pass(&first, back_to, &mut pulls)?;
            if pass.pages == 1 || !pass.brought_something {
                return Ok(pulls);
            }
            back_to = pass.newest.unwrap_or(back_to);
        }
        Err(endless(&first, &format!("the list still changes after it was read {PASSES_MOST} times")))
    }

    /// Reads the list of pull requests once, back to those that were changed at `back_to`.
    fn pass(&mut self, first: &str, back_to: i64, pulls: &mut BTreeMap<u64, Item>) -> Result<Pass, Error> {
        let mut pass = Pass { pages: 0, newest: None, brought_something: false };
        let mut asked = BTreeSet::new();
        let mut request = first.to_owned();
        loop {
            ask_once(&request, &mut asked)?;
            let (items, next) = self.page(&request, List::PullRequests)?;
            pass.pages += 1;
            if pass.pages == 1 {
                pass.newest = items.iter().map(|item| item.updated).max();
            }
            let in_order = items.is_sorted_by_key(|item| std::cmp::Reverse(item.updated));
            let is_older = |item: &Item| item.updated < back_to;
            // Out of order, an old entry says nothing of those behind it.
            let is_end = if in_order { items.iter().any(is_older) } else { items.iter().all(is_older) };
            for item in items {
                let is_new = |known: &Item| known.updated != item.updated;
                if let Some(number) = item.number.filter(|_| !is_older(&item)) {
                    pass.brought_something |= pulls.get(&number).is_none_or(is_new);
                    pulls.insert(number, item);
                }
            }
            match next {
                Some(next) if !is_end => request = next,
                _ => return Ok(pass),
            }
        }
    }

    /// The reviews of a pull request. New ones come at the end, and none goes away: pages do not move.
    pub fn reviews(&mut self, repository: &Repository, number: u64) -> Result<Vec<Item>, Error> {
        let mut reviews = Vec::new();
        let mut asked = BTreeSet::new();
        let mut request = repository.path(&format!("pulls/{number}/reviews?per_page=100"));
        loop {
            ask_once(&request, &mut asked)?;
            let (items, next) = self.page(&request, List::Reviews)?;
            reviews.extend(items);
            let Some(next) = next else { return Ok(reviews) };
            request = next;
        }
    }

    /// Everything in a list that was changed since the second `begins`; some of it several times.
    ///
    /// GitHub lists it by the last change, the oldest first. What is changed meanwhile moves to the end, and
    /// all behind it one place to the front. So the next request is not for the next page but for what was
    /// changed since the last entry: nothing that was not seen yet is older. Where a whole page is of one
    /// second, or out of order, the next page has to do. (It also is the only way through lists of which
    /// GitHub gives no page behind the hundredth.)
    pub fn ascending(
        &mut self,
        list: List,
        repository: &Repository,
        begins: i64,
    ) -> Result<Vec<Item>, Error> {
        // A second earlier, as GitHub does not say whether that second itself belongs to it.
        let mut since = begins.saturating_sub(1).max(0);
        let mut all = Vec::new();
        let mut asked = BTreeSet::new();
        let mut request = changed_since(list, repository, since);
        loop {
            ask_once(&request, &mut asked)?;
            let (items, next) = self.page(&request, list)?;
            let in_order = items.is_sorted_by_key(|item| item.updated);
            let passed = items.last().map(|item| item.updated.saturating_sub(1));
            all.extend(items);
            let Some(next) = next else { return Ok(all) };
            request = match passed.filter(|passed| in_order && *passed > since) {
                Some(passed) => {
                    since = passed;
                    changed_since(list, repository, since)
                }
                None => next,
            };
        }
    }
}

/// What one way through the list of pull requests brought.
struct Pass {
    pages: usize,
    /// When the newest of the first page was changed.
    newest: Option<i64>,
    /// Whether something was not known before, or not so.
    brought_something: bool,
}

/// The request for what was changed since a second.
fn changed_since(list: List, repository: &Repository, since: i64) -> String {
    let path = match list {
        List::IssueComments => "issues/comments?",
        List::ReviewComments => "pulls/comments?",
        _ => "issues?state=closed&",
    };
    let since = Timestamp::from_second(since).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let query = format!("since={}&sort=updated&direction=asc&per_page=100", segment(&since));
    repository.path(&format!("{path}{query}"))
}

/// Refuses what would never end: a page that was asked for before, and too many pages.
fn ask_once(request: &str, asked: &mut BTreeSet<String>) -> Result<(), Error> {
    if !asked.insert(request.to_owned()) {
        return Err(endless(request, "its next pages lead back to it"));
    }
    if asked.len() > PAGES_MOST {
        return Err(endless(request, &format!("the list has more than {PAGES_MOST} pages")));
    }
    Ok(())
}

fn endless(request: &str, message: &str) -> Error {
    Error::GithubAnswer { request: Shown::from(format!("GET {request}")), message: Shown::from(message) }
}
