//! The `settlements` check: what is recorded as paid was recorded by signers, once, and is owed.
//!
//! A settlement counts when the commit that added it was signed by a key allowed in its parent, added
//! that file and nothing else to a round closed before, and has the message that the settlement makes;
//! when nobody changed or removed it since; when the numbers run from 1 without gap; and when
//! [`Account::record`] takes it. The same transaction twice fails the round that names it later.

use std::collections::BTreeMap;

use super::beside::Written;
use super::history::{Addition, CommitState, History, check_date};
use super::messages::{check_equal, engine_of};
use super::{Options, first_of, signers};
use crate::error::{Place, Shown};
use crate::git::{Entry, Repository};
use crate::settlement::{Account, SETTLEMENTS_FOLDER, Settlement, Standing};
use crate::snapshot::{read_settlement, settlements_folder};
use crate::statement::Recorded;

/// Where each transaction of the ledger stands first: read once, for the checks of all statements.
#[derive(Debug, Default)]
pub struct Transactions(BTreeMap<String, String>);

/// A settlement under examination.
struct Candidate<'a> {
    number: u32,
    path: &'a str,
    /// The commits that added it while its round was closed; several when the same file was added on
    /// several lines.
    additions: Vec<Addition>,
}

/// What the check of a statement looks at.
pub(super) struct Question<'a> {
    pub repository: &'a Repository,
    pub history: &'a History,
    pub options: &'a Options,
    pub transactions: &'a Transactions,
    pub recorded: &'a Recorded,
    /// Gives the bytes of a file as it was closed.
    pub file: &'a dyn Fn(&str) -> Result<Vec<u8>, String>,
}

impl Transactions {
    /// Reads the transactions of all settlements that were ever added, in the order of the commits.
    pub fn read(repository: &Repository, history: &History) -> Self {
        let added = history.beside.all(SETTLEMENTS_FOLDER);
        let mut added: Vec<(usize, &String, Addition)> =
            added.map(|(path, addition)| (addition.commit, path, addition)).collect();
        added.sort_by_key(|(commit, path, _)| (*commit, *path));
        let mut first = BTreeMap::new();
        for (_, path, addition) in added {
            // What cannot be read fails where it stands.
            if let Ok(settlement) = read_at(repository, path, addition) {
                first.entry(settlement.transaction).or_insert_with(|| path.clone());
            }
        }
        Self(first)
    }
}

impl Question<'_> {
    /// What the round's account comes to, or the first thing that does not hold.
    pub(super) fn answer(&self) -> Result<Standing, String> {
        let folder = settlements_folder(self.recorded);
        let candidates = self.candidates(&folder)?;
        if candidates.is_empty() {
            return Ok(Standing::unsettled(&self.recorded.statement));
        }
        let (name, _) = self.recorded.statement.table_of_payments();
        let table = (self.file)(&format!("{}/{name}", self.recorded.folder))?;
        let mut account = Account::read(self.recorded, &table).map_err(|problems| first_of(&problems))?;
        for candidate in candidates {
            if candidate.number != account.next_number() {
                return Err(format!("{folder}/{}.json is missing", account.next_number()));
            }
            self.check(&candidate, &mut account)
                .map_err(|reason| format!("{}: {reason}", Shown::from(candidate.path)))?;
        }
        Ok(account.standing())
    }

    /// The settlements, by their numbers.
    fn candidates(&self, folder: &str) -> Result<Vec<Candidate<'_>>, String> {
        let mut candidates = Vec::new();
        for Written { path, additions } in
            self.history.written_beside(self.repository, self.recorded, folder)?
        {
            let number = number_of(path, folder).ok_or_else(|| {
                format!("{} is no settlement: they are called 1.json, 2.json ...", Shown::from(path))
            })?;
            candidates.push(Candidate { number, path, additions });
        }
        candidates.sort_by_key(|candidate| candidate.number);
        Ok(candidates)
    }

    /// One settlement, and the commits that added it.
    fn check(&self, candidate: &Candidate<'_>, account: &mut Account) -> Result<(), String> {
        let first = candidate.additions.first().ok_or("nobody added it")?;
        let settlement = read_at(self.repository, candidate.path, *first)?;
        let place = Place::file("the settlement");
        let recipients =
            account.record(&settlement, &|_| place.clone()).map_err(|problems| first_of(&problems))?;
        let earlier = self.transactions.0.get(&settlement.transaction);
        if let Some(earlier) = earlier.filter(|earlier| *earlier != candidate.path) {
            return Err(format!("its transaction stands already in {}", Shown::from(earlier)));
        }
        for addition in &candidate.additions {
            let commit = self.history.at(addition.commit).ok_or("its commit is missing")?;
            self.check_commit(commit, candidate, &settlement, recipients)
                .map_err(|reason| format!("commit {}: {reason}", commit.node.id))?;
        }
        Ok(())
    }

    /// A commit that adds a settlement: one parent, that file alone, the message, the signature.
    fn check_commit(
        &self,
        commit: &CommitState,
        candidate: &Candidate<'_>,
        settlement: &Settlement,
        recipients: usize,
    ) -> Result<(), String> {
        let [parent] = commit.parents.as_slice() else {
            return Err(format!("it has {} parents; a settlement has one", commit.parents.len()));
        };
        let parent = self.history.at(*parent).ok_or("its parent is missing")?;
        let changes = self.repository.changes(Some(parent.node.tree), commit.node.tree);
        let changes = changes.map_err(|error| error.to_string())?;
        if let Some(other) = changes.iter().find(|change| change.path != candidate.path) {
            return Err(format!(
                "it also changes {}; it may add the settlement only",
                Shown::from(&other.path)
            ));
        }
        if candidate.number > 1 {
            let before = candidate.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let before = format!("{before}/{}.json", candidate.number - 1);
            let entry =
                self.repository.entry(parent.node.tree, &before).map_err(|error| error.to_string())?;
            entry.ok_or_else(|| format!("{} was not there before it", Shown::from(&before)))?;
        }
        let blob = parent.allowed_signers;
        let allowed = signers::allowed(self.repository, self.options, blob, "nobody was allowed to sign")?;
        let parts = signers::signed_by(self.repository, commit, &allowed)?;
        check_date(self.repository, self.history, commit, parts.committer_seconds)?;
        let symbol = &self.recorded.statement.predicate.token.symbol;
        let expected = settlement.commit_message(symbol, recipients, engine_of(&parts.message)?);
        check_equal(&parts.message, &expected, "settlement")
    }
}

/// The settlement that a commit added.
fn read_at(repository: &Repository, path: &str, addition: Addition) -> Result<Settlement, String> {
    let Addition { kind, id, .. } = addition;
    read_settlement(repository, &Entry { path: path.to_owned(), kind, id }).map_err(|error| error.to_string())
}

/// The number in the name of a settlement, spelled the one way.
fn number_of(path: &str, folder: &str) -> Option<u32> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".json")?;
    name.parse().ok().filter(|number: &u32| *number > 0 && number.to_string() == name)
}
