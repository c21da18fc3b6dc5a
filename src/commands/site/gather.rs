//! Everything that a site shows, read from a commit.

use std::collections::{BTreeMap, BTreeSet};

use super::super::closed::{ClosedRounds, adjustments_of};
use super::super::inputs::RoundInputs;
use super::super::statement::identities;
use super::super::{Session, settle};
use crate::amount::Amount;
use crate::entries::people::{self, Person};
use crate::entries::{Entry, State};
use crate::error::{Error, Place, Problems, Shown};
use crate::explain::{self, Given, Person as Recipient};
use crate::files;
use crate::git::{Kind, ObjectId, Repository};
use crate::ledger::revision::check_reason;
use crate::ledger::round_id::RoundId;
use crate::ledger::templates::{TEMPLATE_LIMIT_BYTES, path_of};
use crate::parallel;
use crate::recipient::Key;
use crate::settlement::Settlement;
use crate::site::{Directory, Explained, Material, Round, TEMPLATE_NAMES};
use crate::snapshot::{LfsFolders, StatementCache, read_settlements, results, settlements_folder};
use crate::statement::{CARRY_FILE, Carry, DISTRIBUTION_FILE, Figure, HeldRecord, Recorded, STATEMENT_FILE};
use crate::verification::history::History;
use crate::verification::{Report, State as CheckState, StatementReport};

/// Larger files of the results are not copied: hosts of sites refuse them.
const COPY_LIMIT_BYTES: u64 = 50 * 1024 * 1024;

/// What was read of a commit.
pub struct Gathered {
    /// The closed rounds.
    pub closed: ClosedRounds,
    commit: String,
    tree: ObjectId,
    people: Vec<Person>,
    history: History,
    settlements: BTreeMap<String, Settlement>,
    /// The ledger's own templates, by name.
    templates: BTreeMap<String, String>,
    /// By sequence.
    verified: BTreeMap<u64, String>,
}

impl Gathered {
    /// Reads a commit.
    pub fn read(
        session: &Session,
        repository: &Repository,
        tip: ObjectId,
        report: Option<&Report>,
    ) -> Result<Self, Problems> {
        (session.progress)(0, 1);
        let commit = tip.to_string();
        let tree = repository.tree_of(tip)?;
        let closed = ClosedRounds::read(repository, &commit)?;
        if closed.rounds.is_empty() {
            return Err(Error::RoundsClosedNone { place: Place::file(&closed.ledger.rounds) }.into());
        }
        let rounds: Vec<&[Entry]> = closed.rounds.iter().map(|round| round.entries.as_slice()).collect();
        let aliases: Vec<Vec<String>> = closed.members.iter().map(identities).collect();
        let people = people::of(&rounds, &aliases);
        Ok(Self {
            history: History::read(repository, tip, &StatementCache::default())?,
            settlements: read_settlements(repository, tree, &closed.record)?,
            templates: own_templates(repository, tree)?,
            verified: report.map(states).unwrap_or_default(),
            commit,
            tree,
            people,
            closed,
        })
    }

    /// What the site is made from.
    pub fn material<'a>(&'a self, rounds: &'a [Round<'a>]) -> Material<'a> {
        Material {
            ledger: &self.closed.ledger,
            commit: &self.commit,
            rounds,
            people: &self.people,
            carry: &self.closed.carry,
            templates: &self.templates,
        }
    }

    /// The rounds, with everything that the pages tell of them.
    pub fn rounds(&self, session: &Session, repository: &Repository) -> Result<Vec<Round<'_>>, Problems> {
        let pairs = self.closed.record.statements().iter().zip(&self.closed.rounds);
        let mut rounds = Vec::new();
        for (recorded, booked) in pairs {
            let folder = settlements_folder(recorded);
            let own = settle::of_folder(&self.settlements, &folder);
            let account = settle::account(repository, self.tree, recorded, &self.settlements, &folder)?;
            let closing = self.history.closings.iter().find(|closing| closing.path == recorded.path());
            rounds.push(Round {
                recorded,
                booked,
                commit: closing.map_or_else(String::new, |closing| self.history.id(closing.commit)),
                adjustments: adjustments_of(repository, self.tree, recorded)?,
                reason: self.reason(repository, recorded)?,
                standing: account.standing(),
                settlements: own.into_iter().map(|(_, settlement)| settlement.clone()).collect(),
                verified: self.verified.get(&recorded.sequence()).cloned(),
                explained: Explained::default(),
                left_out: self.left_out(repository, recorded)?,
            });
        }
        self.explain(session, repository, &mut rounds);
        Ok(rounds)
    }

    /// Explains the amounts of all rounds to those who have a page.
    fn explain(&self, session: &Session, repository: &Repository, rounds: &mut [Round<'_>]) {
        let directory = Directory::new(self.material(rounds));
        let keys: Vec<BTreeSet<Key>> =
            (0..rounds.len()).map(|at| directory.keys(at).into_keys().collect()).collect();
        let places: Vec<usize> = (0..rounds.len()).collect();
        let git_folder = repository.git_folder().to_owned();
        let lfs = session.lfs_folders(repository);
        let progress = &*session.progress;
        let done = std::sync::atomic::AtomicUsize::new(0);
        let explained = parallel::map(&places, |at| {
            let keys = keys.get(*at)?;
            let repository = Repository::open(&git_folder).map_err(Problems::from);
            let explained =
                repository.and_then(|repository| self.explain_round(&lfs, &repository, *at, keys));
            let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            progress(count, places.len());
            Some(explained.unwrap_or_else(|problems| Explained {
                by_key: BTreeMap::new(),
                problem: Some(Shown::sentence(&first_of(&problems)).to_string()),
            }))
        });
        for (round, explained) in rounds.iter_mut().zip(explained) {
            round.explained = explained.unwrap_or_default();
        }
    }

    /// Explains what is committed of a round, from the inputs of the commit before it was closed.
    fn explain_round(
        &self,
        lfs: &LfsFolders,
        repository: &Repository,
        at: usize,
        keys: &BTreeSet<Key>,
    ) -> Result<Explained, Problems> {
        let Some(recorded) = self.closed.record.statements().get(at) else { return Ok(Explained::default()) };
        let invalid = |reason: &str| Error::RecordInvalid {
            place: Place::file(&recorded.path()),
            reason: reason.to_owned(),
        };
        let closing = self.history.closings.iter().find(|closing| closing.path == recorded.path());
        let closing = closing.ok_or_else(|| invalid("no commit of the history closes it"))?;
        let inputs = RoundInputs::of_closed_with(lfs, repository, &self.history, closing)?;
        let bytes = results::read(repository, self.tree, recorded, DISTRIBUTION_FILE)?.unwrap_or_default();
        let path = format!("{}/{DISTRIBUTION_FILE}", recorded.folder);
        let distribution = match explain::Distribution::read(&path, &bytes) {
            Ok(distribution) => distribution,
            Err(problems) => {
                Problems::unless_empty(problems, ())?;
                return Ok(Explained::default());
            }
        };
        let people: Vec<Recipient> =
            distribution.people().filter(|person| keys.contains(&person.key)).collect();
        let rewards: Vec<String> = distribution.rewards().map(str::to_owned).collect();
        let revision = recorded.statement.predicate.revision;
        let given = Given {
            revision,
            rewards: &rewards,
            token: self.closed.token(),
            // An amendment's distribution is that of the round alone.
            releases: &if revision == 1 { self.releases(repository, at)? } else { Vec::new() },
            distribution: &distribution,
        };
        let explanations = explain::explain_each(inputs.snapshot(), &inputs.round, given, &people)?;
        let by_key = people.into_iter().map(|person| person.key).zip(explanations).collect();
        Ok(Explained { by_key, problem: None })
    }

    /// What was held before a round and is paid in it, by whom it goes to: the balances that the state
    /// before the round had and the one after it has not, where they are what was released; else the
    /// released amounts as a whole.
    fn releases(&self, repository: &Repository, at: usize) -> Result<Vec<(Key, HeldRecord)>, Problems> {
        let statements = self.closed.record.statements();
        let entries = self.closed.rounds.get(at).map_or(&[][..], |round| round.entries.as_slice());
        let released: Vec<&Entry> = entries.iter().filter(|entry| entry.state == State::Released).collect();
        if released.is_empty() {
            return Ok(Vec::new());
        }
        let carry = |recorded: Option<&Recorded>| -> Result<Carry, Problems> {
            let Some(recorded) = recorded else { return Ok(Carry::default()) };
            let bytes = results::read(repository, self.tree, recorded, CARRY_FILE)?.unwrap_or_default();
            Ok(Carry::read(&format!("{}/{CARRY_FILE}", recorded.folder), &bytes)?)
        };
        let before = carry(at.checked_sub(1).and_then(|before| statements.get(before)))?;
        let after = carry(statements.get(at))?;
        let decimals = self.closed.token().decimals;
        let mut balances = Vec::new();
        for entry in released {
            let (Some(address), Some(holder)) = (entry.address, &entry.holder) else { continue };
            let gone: Vec<HeldRecord> = before
                .held
                .iter()
                .filter(|held| held.key == holder.key && !after.held.contains(held))
                .cloned()
                .collect();
            let place = Place::file(CARRY_FILE);
            let amounts =
                gone.iter().map(|held| Amount::parse(&held.amount.0, decimals, &place, "amount").ok());
            let sum = amounts.collect::<Option<Vec<_>>>().and_then(Amount::sum);
            if sum == Some(entry.amount) {
                balances.extend(gone.into_iter().map(|held| (Key::Address(address), held)));
            } else {
                let whole = HeldRecord {
                    key: holder.key.clone(),
                    name: holder.name.clone(),
                    accounts: Vec::new(),
                    amount: Figure(entry.amount.to_text(decimals)),
                    round: gone.first().map_or_else(String::new, |held| held.round.clone()),
                };
                balances.push((Key::Address(address), whole));
            }
        }
        Ok(balances)
    }

    /// Why an amendment was made; none for a first closing.
    fn reason(&self, repository: &Repository, recorded: &Recorded) -> Result<Option<String>, Error> {
        let predicate = &recorded.statement.predicate;
        if predicate.revision == 1 {
            return Ok(None);
        }
        let round = RoundId::parse(&predicate.round, &Place::file(&recorded.path()))?;
        let path = self.closed.ledger.reason_of(&round, predicate.revision);
        let missing = || Error::ReasonMissing { place: Place::file(&path) };
        let entry = repository.entry(self.tree, &path)?.ok_or_else(missing)?;
        let bytes = repository.blob(entry.id)?;
        check_reason(files::text_of(&path, &bytes)?, &Place::file(&path)).map(Some)
    }

    /// The files of a round's results that are too large to be copied.
    fn left_out(&self, repository: &Repository, recorded: &Recorded) -> Result<BTreeSet<String>, Error> {
        let mut left_out = BTreeSet::new();
        for subject in &recorded.statement.subject {
            let path = format!("{}/{}", recorded.folder, subject.name);
            let missing = || Error::FileMissing { place: Place::file(&path) };
            let entry = repository.entry(self.tree, &path)?.ok_or_else(missing)?;
            if entry.kind == Kind::File && repository.blob_size(entry.id)? > COPY_LIMIT_BYTES {
                left_out.insert(subject.name.clone());
            }
        }
        Ok(left_out)
    }

    /// The files of the results, by their paths in the site.
    pub fn files(
        &self,
        repository: &Repository,
        rounds: &[Round<'_>],
    ) -> Result<Vec<(String, Vec<u8>)>, Problems> {
        let directory = Directory::new(self.material(rounds));
        let mut files = Vec::new();
        for (at, round) in rounds.iter().enumerate() {
            let Some(folder) = directory.round_folder(at) else { continue };
            for subject in &round.recorded.statement.subject {
                if round.left_out.contains(&subject.name) {
                    continue;
                }
                if let Some(bytes) = results::read(repository, self.tree, round.recorded, &subject.name)? {
                    files.push((format!("{folder}{}", subject.name), bytes));
                }
            }
            files.push((format!("{folder}{STATEMENT_FILE}"), round.recorded.statement.to_bytes()));
        }
        Ok(files)
    }
}

/// What verification says of each statement, by its place in the chain.
fn states(report: &Report) -> BTreeMap<u64, String> {
    let state = |statement: &StatementReport| {
        let first = |state| statement.checks.iter().find(|check| check.state == state);
        match (first(CheckState::Fails), first(CheckState::Impossible)) {
            (Some(check), _) => format!("does not verify: {}", check.name),
            (None, Some(check)) => format!("could not be verified here: {}", check.name),
            (None, None) => "verifies".to_owned(),
        }
    };
    report.statements.iter().map(|statement| (statement.sequence, state(statement))).collect()
}

/// The templates of the ledger itself that the site reads, by name.
fn own_templates(repository: &Repository, tree: ObjectId) -> Result<BTreeMap<String, String>, Problems> {
    let mut templates = BTreeMap::new();
    for name in TEMPLATE_NAMES {
        let path = path_of(name);
        let Some(entry) = repository.entry(tree, &path)?.filter(|entry| entry.kind == Kind::File) else {
            continue;
        };
        let bytes = repository.blob_size(entry.id)?;
        if bytes > TEMPLATE_LIMIT_BYTES {
            let limit = TEMPLATE_LIMIT_BYTES;
            return Err(Error::FileTooLarge { place: Place::file(&path), bytes, limit }.into());
        }
        let bytes = repository.blob(entry.id)?;
        templates.insert(name.to_owned(), files::text_of(&path, &bytes)?.to_owned());
    }
    Ok(templates)
}

/// The first problem, and how many there are.
fn first_of(problems: &Problems) -> String {
    let first = problems.errors().first().map_or_else(String::new, ToString::to_string);
    match problems.errors().len() {
        0 | 1 => first,
        count => format!("{first} (and {} more problems)", count - 1),
    }
}
