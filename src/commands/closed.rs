//! The closed rounds of a commit with what each person got in them, for commands that report. They
//! read the committed results and compare their digests; whether the results are right is for
//! `meed verify` to say.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::adjustments::{self, Adjustment};
use crate::calculate::check_record;
use crate::entries::{self, Amended, EXPIRED_FILE, Entry, OPENING_FILE, Share, Sources};
use crate::error::{Error, Place, Problems};
use crate::files::Files;
use crate::git::{ObjectId, Repository};
use crate::ledger::{Ledger, Token};
use crate::members::{Members, Register};
use crate::payouts::books::{BookedRound, unbooked};
use crate::snapshot::{self, StatementCache, results};
use crate::statement::{ADJUSTMENTS_FILE, CARRY_FILE, Carry, DISTRIBUTION_FILE, Record, Recorded};
use crate::tables::{TableWriter, day};

/// The closed rounds of a commit.
pub struct ClosedRounds {
    /// The ledger.
    pub ledger: Ledger,
    /// The statements, first of the chain first.
    pub record: Record,
    /// What was paid and held, in the same order.
    pub rounds: Vec<BookedRound>,
    /// The state after the last one.
    pub carry: Carry,
    /// The members, whenever their rows count.
    pub members: Members,
}

impl ClosedRounds {
    /// Reads the closed rounds of the commit that `rev` names.
    pub fn read(repository: &Repository, rev: &str) -> Result<Self, Problems> {
        let tree = repository.tree_of(repository.commit_of(rev)?)?;
        let ledger = snapshot::read_ledger(repository, tree)?;
        let record = snapshot::read_record(repository, tree, &ledger, &StatementCache::default())?;
        check_record(&ledger, &record)?;
        let mut carry = Carry::default();
        let mut rounds = Vec::new();
        let mut previous: Option<&Recorded> = None;
        let mut came_to: BTreeMap<&str, CameTo<'_>> = BTreeMap::new();
        for recorded in record.statements() {
            check_chain(previous, recorded)?;
            let name = recorded.statement.predicate.round.as_str();
            let known = came_to.get(name);
            let (round, after, shares) = read_round(repository, tree, recorded, &carry, known)?;
            rounds.push(round);
            came_to.insert(name, CameTo { recorded, shares });
            (carry, previous) = (after, Some(recorded));
        }
        let mut files = Files::default();
        snapshot::insert_members(repository, tree, &mut files)?;
        let members = Register::read(&files, ledger.token.address)?.after_all();
        Ok(Self { ledger, record, rounds, carry, members })
    }

    /// The token: symbol and decimals are those of every statement.
    pub fn token(&self) -> &Token {
        &self.ledger.token
    }
}

/// Each statement names the digest of the one before.
fn check_chain(previous: Option<&Recorded>, recorded: &Recorded) -> Result<(), Error> {
    let named = recorded.statement.predicate.previous.as_ref().map(|previous| &previous.sha256);
    if named == previous.map(|previous| &previous.sha256) {
        return Ok(());
    }
    let reason = "does not name the statement before it".to_owned();
    Err(Error::RecordInvalid { place: Place::file(&recorded.path()), reason })
}

/// What a round came to with its last revision so far.
struct CameTo<'a> {
    recorded: &'a Recorded,
    shares: Vec<Share>,
}

/// The round of a statement, the state after it, and what its allocations come to with it. `known` is
/// what the round came to with the revision before.
fn read_round(
    repository: &Repository,
    tree: ObjectId,
    recorded: &Recorded,
    before: &Carry,
    known: Option<&CameTo<'_>>,
) -> Result<(BookedRound, Carry, Vec<Share>), Problems> {
    let predicate = &recorded.statement.predicate;
    let invalid = |reason: String| Error::RecordInvalid { place: Place::file(&recorded.path()), reason };
    let demanded = |name: &str| {
        let bytes = results::read(repository, tree, recorded, name)?;
        bytes.ok_or_else(|| invalid(format!("names no {name}")))
    };
    let after = Carry::read(&format!("{}/{CARRY_FILE}", recorded.folder), &demanded(CARRY_FILE)?)?;
    let distribution = demanded(DISTRIBUTION_FILE)?;
    let expired = results::read(repository, tree, recorded, EXPIRED_FILE)?;
    let opening = results::read(repository, tree, recorded, OPENING_FILE)?;
    let decimals = predicate.token.decimals;
    let known_shares = known.map_or(&[][..], |known| known.shares.as_slice());
    let shares = entries::shares_with(known_shares, &predicate.allocations, decimals).map_err(invalid)?;
    let mut adjusted: Option<(&CameTo<'_>, Vec<u8>, Vec<u8>)> = None;
    if predicate.revision > 1 {
        let known = known.ok_or_else(|| invalid("amends a round that was not closed before".to_owned()))?;
        let replaced =
            results::read(repository, tree, known.recorded, DISTRIBUTION_FILE)?.unwrap_or_default();
        adjusted = Some((known, demanded(ADJUSTMENTS_FILE)?, replaced));
    }
    let amended = adjusted.as_ref().map(|(known, adjustments, replaced)| Amended {
        adjustments,
        replaced_folder: &known.recorded.folder,
        replaced,
        shares: &known.shares,
    });
    let sources = Sources {
        folder: &recorded.folder,
        decimals,
        distribution: &distribution,
        expired: expired.as_deref(),
        opening: opening.as_deref(),
        before,
        after: &after,
        allocations: &predicate.allocations,
        amended,
    };
    let entries = entries::read(sources)?;
    let date = day(&predicate.period.end).ok_or_else(|| invalid("has no period".to_owned()))?;
    let round = BookedRound {
        round: predicate.round.clone(),
        revision: predicate.revision,
        date,
        sequence: predicate.sequence,
        statement: Some(recorded.sha256.clone()),
        unbooked: unbooked(&predicate.allocations, predicate.token.decimals).map_err(invalid)?,
        entries,
    };
    Ok((round, after, shares))
}

/// What an amendment changes, person by person; nothing for a first closing.
pub fn adjustments_of(
    repository: &Repository,
    tree: ObjectId,
    recorded: &Recorded,
) -> Result<Vec<Adjustment>, Problems> {
    let Some(bytes) = results::read(repository, tree, recorded, ADJUSTMENTS_FILE)? else {
        return Ok(Vec::new());
    };
    let path = format!("{}/{ADJUSTMENTS_FILE}", recorded.folder);
    adjustments::read(&path, &bytes, recorded.statement.predicate.token.decimals)
        .or_else(|problems| Problems::unless_empty(problems, Vec::new()))
}

/// An entry with its round, as JSON.
#[derive(Debug, Serialize)]
pub struct EntryJson<'a> {
    sequence: u64,
    round: &'a str,
    /// 1 for the first closing, 2 and up for amendments.
    revision: u32,
    date: String,
    allocation: &'a str,
    reward: &'a str,
    state: &'static str,
    recipient: &'a str,
    address: Option<String>,
    key: Option<&'a str>,
    /// Below zero what is taken away: `reduced`, `offset`.
    amount: String,
}

impl<'a> EntryJson<'a> {
    /// The entry of a round.
    pub fn new(round: &'a BookedRound, entry: &'a Entry, decimals: u8) -> Self {
        Self {
            sequence: round.sequence,
            round: &round.round,
            revision: round.revision,
            date: round.date.to_string(),
            allocation: &entry.allocation,
            reward: &entry.reward,
            state: entry.state.id(),
            recipient: &entry.recipient,
            address: entry.address.map(|address| address.to_string()),
            key: entry.holder.as_ref().map(|holder| holder.key.as_str()),
            amount: entry.balance().to_text(decimals),
        }
    }
}

/// Entries as CSV, a row each: text of people guarded, amounts exact.
pub fn to_csv<'a>(entries: impl Iterator<Item = (&'a BookedRound, &'a Entry)>, token: &Token) -> String {
    let mut table = TableWriter::new(&[
        "sequence",
        "round",
        "revision",
        "date",
        "allocation",
        "reward",
        "state",
        "recipient",
        "address",
        "key",
        "amount",
        "symbol",
    ]);
    for (round, entry) in entries {
        table.plain(&round.sequence.to_string());
        table.text(&round.round);
        table.plain(&round.revision.to_string());
        table.plain(&round.date.to_string());
        table.text(&entry.allocation);
        table.text(&entry.reward);
        table.plain(entry.state.id());
        table.text(&entry.recipient);
        match &entry.address {
            Some(address) => table.address(address),
            None => table.plain(""),
        }
        table.text(entry.holder.as_ref().map_or("", |holder| &holder.key));
        table.plain(&entry.balance().to_text(token.decimals));
        table.text(&token.symbol);
        table.end_row();
    }
    String::from_utf8_lossy(&table.into_bytes()).into_owned()
}
