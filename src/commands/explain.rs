//! `meed explain`: how an amount came about, recomputed from the inputs and held against the record.

mod text;

use clap::Args;
use serde::Serialize;

use super::tip::Tip;
use super::{Output, Session};
use crate::calculate::{Results, Snapshot, calculate};
use crate::error::{Error, Place, Problems, Shown};
use crate::explain::{self, Distribution, Explanation, Person};
use crate::files::Files;
use crate::git::{ObjectId, Repository};
use crate::ledger::round_id::RoundId;
use crate::snapshot::{self, StatementCache};
use crate::statement::{DISTRIBUTION_FILE, Record};
use crate::verification::history::{Closing, History};

/// Options of `meed explain`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed explain 2026-03 heron#0001        by name
  meed explain 2026-03 0x71De0101...     by address, in any letter case
  meed explain 2026-03 id:964cf751ea     by a recipient key, in results, inputs or members.csv
  meed explain 2026-03 heron#0001 --format json

A closed round is recomputed from the commit before it was closed, as `verify` does, and the amount is
compared with the committed one: exit status 1 when they differ. An open round is computed as it is
committed now.")]
pub struct Options {
    /// The round
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// Who: an address, a recipient key, a name or an account id
    #[arg(value_name = "WHO")]
    pub who: String,
}

/// All that is told.
#[derive(Debug, Serialize)]
struct Told {
    round: String,
    /// The commit whose inputs were read.
    inputs: String,
    recipient: String,
    address: Option<String>,
    key: String,
    accounts: Vec<String>,
    token: String,
    #[serde(flatten)]
    explanation: Explanation,
    /// What is committed; null while the round is open.
    committed: Option<Committed>,
    /// Whether all that is explained is what is committed; true while the round is open and all adds up.
    holds: bool,
}

/// What the record says.
#[derive(Debug, Serialize)]
struct Committed {
    /// The file.
    path: String,
    /// The closing commit.
    commit: String,
    /// The total; empty where the recipient is not in the file.
    total: String,
    /// The columns in which the committed amount is not the recomputed one.
    differences: Vec<Difference>,
    /// Whether a later commit changed the file.
    changed_since: bool,
}

/// An amount that is not what the inputs give.
#[derive(Debug, Serialize)]
struct Difference {
    reward: String,
    committed: String,
    recomputed: String,
}

/// Explains an amount.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    repository.demand_complete_history()?;
    let tip = Tip::read(&repository, None)?;
    let history = History::read(&repository, tip.commit, &StatementCache::default())?;
    let is_it = |closing: &&Closing| {
        closing.recorded.as_ref().is_ok_and(|recorded| {
            let predicate = &recorded.statement.predicate;
            predicate.round == options.round && predicate.revision == 1
        })
    };
    let told = match history.closings.iter().find(is_it) {
        Some(closing) => explain_closed(options, session, &repository, &history, closing, &tip)?,
        None => explain_open(options, session, &repository, &tip)?,
    };
    let status = u8::from(!told.holds);
    if session.json {
        return Ok(Output { status, ..Output::json(&told) });
    }
    Ok(Output { status, ..Output::text(text::told(&told)) })
}

/// What a round was computed from, and what came of it.
struct Computed {
    round: RoundId,
    commit: ObjectId,
    files: Files,
    record: Record,
    results: Results,
}

impl Computed {
    /// The one person whom `who` means.
    fn find(&self, people: impl Iterator<Item = Person>, who: &str) -> Result<Person, Problems> {
        let snapshot = Snapshot { files: &self.files, record: &self.record };
        let key = explain::key_meant(snapshot, &self.round, &self.results, who)?;
        let who = key.map_or_else(|| who.to_owned(), |key| key.to_string());
        Ok(explain::find(people, &who, self.round.as_str())?)
    }

    /// Explains what the results give to a person.
    fn told(&self, person: &Person) -> Result<Told, Problems> {
        let snapshot = Snapshot { files: &self.files, record: &self.record };
        let explanation = explain::explain(snapshot, &self.round, &self.results, person)?;
        let shown = |text: &str| Shown::from(text).to_string();
        Ok(Told {
            round: self.round.as_str().to_owned(),
            inputs: self.commit.to_string(),
            recipient: shown(&person.name),
            address: person.key.address().map(|address| address.to_string()),
            key: shown(&person.key.to_string()),
            accounts: person.accounts.iter().map(|account| shown(account)).collect(),
            token: self.results.token.symbol.clone(),
            holds: explanation.adds_up,
            explanation,
            committed: None,
        })
    }
}

/// A round that is not closed: as the tip has it.
fn explain_open(
    options: &Options,
    session: &Session,
    repository: &Repository,
    tip: &Tip,
) -> Result<Told, Problems> {
    let round = tip.open_round(&options.round)?;
    let lfs = session.lfs_folders(repository);
    let files = snapshot::read_files(repository, tip.tree, &tip.ledger, round, &tip.record, &lfs)?;
    let results = calculate(Snapshot { files: &files, record: &tip.record }, round)?;
    let computed =
        Computed { round: round.clone(), commit: tip.commit, files, record: tip.record.clone(), results };
    let distribution = explain::distribution_of(&computed.results)?;
    let person = computed.find(distribution.people(), &options.who)?;
    computed.told(&person)
}

/// A closed round: as the parent of its closing commit has it, and what was committed.
fn explain_closed(
    options: &Options,
    session: &Session,
    repository: &Repository,
    history: &History,
    closing: &Closing,
    tip: &Tip,
) -> Result<Told, Problems> {
    let computed = recompute(options, session, repository, history, closing)?;
    let path = format!("{}/{DISTRIBUTION_FILE}", closing.folder);
    let closed = history.at(closing.commit).map_or(tip.tree, |commit| commit.node.tree);
    let missing = || Error::FileMissing { place: Place::file(&path) };
    let entry = repository.entry(closed, &path)?.ok_or_else(missing)?;
    let committed = match Distribution::read(&path, &repository.blob(entry.id)?) {
        Ok(committed) => committed,
        Err(problems) => {
            return Err(Problems::unless_empty(problems, ()).err().unwrap_or_else(|| missing().into()));
        }
    };
    let recomputed = explain::distribution_of(&computed.results)?;
    // Who was put into the committed file by hand is to be found too.
    let people = committed.people().chain(recomputed.people());
    let person = computed.find(people, &options.who)?;
    let mut told = computed.told(&person)?;
    let [given, computed] = [&committed, &recomputed].map(|distribution| distribution.amounts(&person.key));
    let total = given.iter().find(|(column, _)| column == "total").map_or("", |(_, total)| total);
    let committed = Committed {
        changed_since: repository.entry(tip.tree, &path)?.is_none_or(|now| now.id != entry.id),
        commit: history.id(closing.commit),
        total: Shown::from(total).to_string(),
        differences: differences(&given, &computed),
        path,
    };
    told.holds = told.explanation.adds_up && committed.differences.is_empty() && !committed.changed_since;
    told.committed = Some(committed);
    Ok(told)
}

/// The results of a closed round, computed again from the parent of its closing commit.
fn recompute(
    options: &Options,
    session: &Session,
    repository: &Repository,
    history: &History,
    closing: &Closing,
) -> Result<Computed, Problems> {
    let place = Place::file(&closing.path);
    let no_inputs = || Error::RecordInvalid {
        place: place.clone(),
        reason: "the commit before its own does not hold the inputs: was the close squashed or rebased?"
            .to_owned(),
    };
    let parent = history.at(closing.commit).and_then(|commit| commit.parents.first());
    let parent = parent.and_then(|place| history.at(*place)).ok_or_else(no_inputs)?;
    let (commit, tree) = (parent.node.id, parent.node.tree);
    let round = RoundId::parse(&options.round, &place)?;
    let ledger = snapshot::read_ledger(repository, tree)?;
    if !snapshot::read_rounds(repository, tree, &ledger)?.contains(&round) {
        return Err(no_inputs().into());
    }
    let record = snapshot::read_record(repository, tree, &ledger, &StatementCache::default())?;
    let lfs = session.lfs_folders(repository);
    let files = snapshot::read_files(repository, tree, &ledger, &round, &record, &lfs)?;
    let results = calculate(Snapshot { files: &files, record: &record }, &round)?;
    Ok(Computed { round, commit, files, record, results })
}

/// Columns that are not the same on both sides; one that is missing counts as 0.
fn differences(committed: &[(String, String)], recomputed: &[(String, String)]) -> Vec<Difference> {
    let of = |side: &[(String, String)], reward: &str| {
        side.iter()
            .find(|(column, _)| column == reward)
            .map_or_else(|| "0".to_owned(), |(_, text)| text.clone())
    };
    let only_committed =
        committed.iter().filter(|(reward, _)| !recomputed.iter().any(|(other, _)| other == reward));
    let rewards = recomputed.iter().chain(only_committed);
    let pairs = rewards.map(|(reward, _)| (reward, of(committed, reward), of(recomputed, reward)));
    let differ = pairs.filter(|(_, committed, recomputed)| committed != recomputed);
    differ
        .map(|(reward, committed, recomputed)| Difference {
            reward: Shown::from(reward).to_string(),
            committed: Shown::from(committed).to_string(),
            recomputed,
        })
        .collect()
}
