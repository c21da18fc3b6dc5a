//! `meed export`: the whole ledger in one file, for accountants and programs.

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::closed::{ClosedRounds, EntryJson, to_csv};
use super::{Output, Session};
use crate::error::{Error, Place, Problems};
use crate::ledger::TokenFile;
use crate::ledger::round_file::PeriodFile;
use crate::payouts::books::{BookedRound, Books, beancount, hledger};
use crate::statement::{AllocationRecord, HeldRecord, LedgerReference, Predicate, Recorded, Sums};

/// Options of `meed export`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  meed export hledger > rewards.journal      then: hledger -f rewards.journal balance
  meed export beancount > rewards.beancount  then: bean-check rewards.beancount
  meed export csv > rewards.csv              a row a round, reward and recipient
  meed export json --rev v1                  the same with sums and digests, of another commit

It reads the committed results of all closed rounds; `meed verify` says whether they are right.")]
pub struct Options {
    /// The format
    #[arg(value_name = "FORMAT")]
    pub to: ExportFormat,
    /// The commit whose closed rounds are exported
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub rev: String,
}

/// A format of the whole ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Double-entry books for beancount
    Beancount,
    /// Double-entry books for hledger
    Hledger,
    /// A row a round, reward and recipient
    Csv,
    /// The same for programs, with the sums and digests of the statements
    Json,
}

/// The whole ledger, as JSON.
#[derive(Debug, Serialize)]
struct LedgerJson<'a> {
    ledger: LedgerReference,
    token: TokenFile,
    rounds: Vec<RoundJson<'a>>,
    /// What waits for an address after the last round.
    held: &'a [HeldRecord],
}

/// A closed round, as JSON.
#[derive(Debug, Serialize)]
struct RoundJson<'a> {
    sequence: u64,
    round: &'a str,
    revision: u32,
    period: &'a PeriodFile,
    statement: &'a str,
    allocations: &'a [AllocationRecord],
    totals: &'a Sums,
    entries: Vec<EntryJson<'a>>,
}

/// Exports the ledger.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let closed = ClosedRounds::read(&session.repository()?, &options.rev)?;
    if closed.rounds.is_empty() {
        return Err(Error::RoundsClosedNone { place: Place::file(&closed.ledger.rounds) }.into());
    }
    let books = Books { ledger: &closed.ledger.name, token: closed.token(), rounds: &closed.rounds };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(match options.to {
        ExportFormat::Beancount => Output::data(text(beancount::write(&books))),
        ExportFormat::Hledger => Output::data(text(hledger::write(&books))),
        ExportFormat::Csv => {
            let rounds = closed.rounds.iter();
            let entries = rounds.flat_map(|round| round.entries.iter().map(move |entry| (round, entry)));
            Output::data(to_csv(entries, closed.token()))
        }
        ExportFormat::Json => Output::json(&ledger_json(&closed)),
    })
}

/// The ledger for programs.
fn ledger_json(closed: &ClosedRounds) -> LedgerJson<'_> {
    let rounds = closed.record.statements().iter().zip(&closed.rounds);
    LedgerJson {
        ledger: LedgerReference { id: closed.ledger.id.clone(), name: closed.ledger.name.clone() },
        token: closed.token().to_file(),
        rounds: rounds.map(|(recorded, round)| round_json(recorded, round)).collect(),
        held: &closed.carry.held,
    }
}

fn round_json<'a>(recorded: &'a Recorded, booked: &'a BookedRound) -> RoundJson<'a> {
    let Predicate { sequence, round, revision, period, token, allocations, totals, .. } =
        &recorded.statement.predicate;
    RoundJson {
        sequence: *sequence,
        round,
        revision: *revision,
        period,
        statement: &recorded.sha256,
        allocations,
        totals,
        entries: booked.entries.iter().map(|entry| EntryJson::new(booked, entry, token.decimals)).collect(),
    }
}
