//! `meed explain`: how an amount came about, recomputed from the inputs and held against the record.

mod text;

use clap::Args;
use serde::Serialize;

use super::inputs::{RoundInputs, closing_of};
use super::tip::Tip;
use super::{Output, Session};
use crate::adjustments::Adjustment;
use crate::calculate::{Results, calculate_revision};
use crate::error::{Error, Place, Problems, Shown};
use crate::explain::{self, Distribution, Explanation, Person};
use crate::git::Repository;
use crate::snapshot::StatementCache;
use crate::statement::DISTRIBUTION_FILE;
use crate::verification::history::{Closing, History};

/// Options of `meed explain`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed explain 2026-03 heron#0001        by name
  meed explain 2026-03 0x71De0101...     by address, in any letter case
  meed explain 2026-03 id:964cf751ea     by a recipient key, in results, inputs or members.csv
  meed explain 2026-03 heron#0001 --revision 1
  meed explain 2026-03 heron#0001 --format json

Of an amended round the newest revision is explained, with what it changed. A closed round is recomputed from the commit before it was closed, as `verify` does, and the amount is
compared with the committed one: exit status 1 when they differ. An open round is computed as it is
committed now.")]
pub struct Options {
    /// The round
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// Who: an address, a recipient key, a name or an account id
    #[arg(value_name = "WHO")]
    pub who: String,
    /// The revision of an amended round: 1 for the first closing [default: the newest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub revision: Option<u32>,
}

/// All that is told.
#[derive(Debug, Serialize)]
struct Told {
    round: String,
    revision: u32,
    /// The commit whose inputs were read.
    inputs: String,
    recipient: String,
    address: Option<String>,
    key: String,
    accounts: Vec<String>,
    token: String,
    #[serde(flatten)]
    explanation: Explanation,
    /// What the amendment changes for them, each row of adjustments.csv that is theirs; null for a first
    /// closing.
    adjustments: Option<Vec<Adjusted>>,
    /// What is committed; null while the round is open.
    committed: Option<Committed>,
    /// Whether all that is explained is what is committed; true while the round is open and all adds up.
    holds: bool,
}

/// What an amendment changes for somebody, in token units.
#[derive(Debug, Serialize)]
struct Adjusted {
    due_before: String,
    due_after: String,
    /// Below zero where less is due than before.
    difference: String,
    paid_now: String,
    /// What is held for them afterwards, of all rounds; below zero what was paid too much.
    held_now: String,
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
    let told = match closing_of(&history, &options.round, options.revision)? {
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
    inputs: RoundInputs,
    results: Results,
}

impl Computed {
    /// The one person whom `who` means.
    fn find(&self, people: impl Iterator<Item = Person>, who: &str) -> Result<Person, Problems> {
        let round = &self.inputs.round;
        let key = explain::key_meant(self.inputs.snapshot(), round, &self.results, who)?;
        let who = key.map_or_else(|| who.to_owned(), |key| key.to_string());
        Ok(explain::find(people, &who, round.as_str())?)
    }

    /// Explains what the results give to a person.
    fn told(&self, person: &Person) -> Result<Told, Problems> {
        let round = &self.inputs.round;
        let explanation = explain::explain(self.inputs.snapshot(), round, &self.results, person)?;
        let shown = |text: &str| Shown::from(text).to_string();
        Ok(Told {
            round: round.as_str().to_owned(),
            revision: self.inputs.revision,
            adjustments: self.adjusted(person),
            inputs: self.inputs.commit.to_string(),
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

impl Computed {
    fn of(inputs: RoundInputs) -> Result<Self, Problems> {
        let results = calculate_revision(inputs.snapshot(), &inputs.round, inputs.revision)?;
        Ok(Self { inputs, results })
    }

    /// Whom the amendment names; nobody for a first closing.
    fn adjusted_people(&self) -> impl Iterator<Item = Person> {
        self.results.adjustments.iter().flatten().map(|row| Person {
            key: row.key.clone(),
            name: row.name(),
            accounts: row.person.accounts.iter().cloned().collect(),
        })
    }

    /// What the amendment changes for a person.
    fn adjusted(&self, person: &Person) -> Option<Vec<Adjusted>> {
        let decimals = self.results.token.decimals;
        let is_theirs = |row: &&Adjustment| {
            row.key == person.key || row.address.is_some_and(|address| Some(address) == person.key.address())
        };
        let adjusted = |row: &Adjustment| Adjusted {
            due_before: row.due_before.to_text(decimals),
            due_after: row.due_after.to_text(decimals),
            difference: row.difference().to_text(decimals),
            paid_now: row.paid_now.to_text(decimals),
            held_now: row.held_now.to_text(decimals),
        };
        let rows = self.results.adjustments.as_ref()?;
        Some(rows.iter().filter(is_theirs).map(adjusted).collect())
    }
}

/// A round that is not closed: as the tip has it.
fn explain_open(
    options: &Options,
    session: &Session,
    repository: &Repository,
    tip: &Tip,
) -> Result<Told, Problems> {
    let inputs = RoundInputs::of_open(session, repository, tip, &options.round)?;
    let computed = Computed::of(inputs)?;
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
    let inputs = RoundInputs::of_closed(session, repository, history, closing)?;
    let computed = Computed::of(inputs)?;
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
    let people = committed.people().chain(recomputed.people()).chain(computed.adjusted_people());
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
