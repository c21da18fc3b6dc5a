//! `meed settle`: from a transaction that paid a closed round to one signed commit that says so.

mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::claims;
use super::disk::file_system;
use super::proposal::{Change, ENGINE, allowed_signers, write_on_tip};
use super::tip::Tip;
use super::{Output, Session};
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::git::{ObjectId, Repository};
use crate::ledger::JSON_INTEGER_LIMIT;
use crate::ledger::payout_format::PayoutFormat;
use crate::settlement::{
    Account, SETTLEMENT_LIMIT_BYTES, Settlement, Transaction, formats_written, is_claims, transaction_hash,
};
use crate::snapshot::{read_settlements, settlements_folder};
use crate::statement::Recorded;
use crate::tables::{Table, day};
use crate::verification::VerifiedRound;
use text::{Done, list, report};

/// Options of `meed settle`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed settle 2026-03 --tx 0x5f1c...                 this transaction paid all that is open
  meed settle 2026-03 --tx 0x5f1c... --file paid.csv it paid these: columns address, amount
  meed settle 2026-03 --tx 0x5f1c... --file rounds/2026-03/results/payouts/safe-airdrop-1.csv
                                                     it paid the first part of a split file
  meed settle 2026-03 --tx 0x5f1c... --payout merkle it funded the claims contract
  meed settle 2026-03 --tx 0x5f1c... --dry-run       show it, write nothing
  meed settle 2026-03 --revision 2 --tx 0x5f1c...    it paid what the amendment pays
  meed settle 2026-03 --list                         what was recorded so far

An amended round is settled revision by revision: without --revision the oldest that owes something
still, else the newest. One settlement a transaction. A ledger with `review` is settled when the round is
approved (`meed approve`) and its window has passed. The key comes from --key, MEED_SIGNING_KEY (a path or the key itself),
git's user.signingkey or the ssh agent; its passphrase from MEED_KEY_PASSPHRASE or the terminal.")]
pub struct Options {
    /// The closed round that was paid
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// The revision that was paid: 1 for the first closing [default: the oldest with something open]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub revision: Option<u32>,
    /// The hash of the transaction that paid
    #[arg(long, value_name = "HASH", required_unless_present = "list")]
    pub tx: Option<String>,
    /// Whom it paid how much: a CSV file with the columns address (or receiver) and amount [default:
    /// all that is open]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The payout format that was paid [default: that of the settlements before, or the one that the
    /// round wrote]
    #[arg(long, value_name = "FORMAT")]
    pub payout: Option<String>,
    /// The day of the transaction
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<String>,
    /// The chain of the transaction [default: that of the round's token]
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(..=JSON_INTEGER_LIMIT))]
    pub chain: Option<u64>,
    /// The signing key: a private key, or the public half of one that the agent holds
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// The branch to settle on [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Check and show everything, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Show the settlements of the round instead
    #[arg(long, conflicts_with_all = ["tx", "file", "payout", "date", "chain", "key", "dry_run"])]
    pub list: bool,
}

/// The payments of a file: amounts by address, and the line of each.
#[derive(Default)]
struct Payments {
    amounts: BTreeMap<Address, Amount>,
    places: BTreeMap<Address, Place>,
}

/// Records a settlement, or lists those of a round.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tip = Tip::read(&repository, options.branch.as_deref())?;
    let revisions = revisions(&tip, &options.round, options.revision)?;
    let all = read_settlements(&repository, tip.tree, &tip.record)?;
    if options.list {
        return Ok(list(&all, &revisions, session));
    }
    let (recorded, mut account) = to_settle(&repository, &tip, &revisions, &all)?;
    let folder = settlements_folder(recorded);
    let lfs_dir = session.lfs_dir.as_deref();
    let verified = VerifiedRound::verify(&repository, tip.commit, recorded, lfs_dir, &*session.progress)?;
    verified.demand_reviewed(session.now_seconds)?;
    let path = format!("{folder}/{}.json", account.next_number());
    let (settlement, recipients) = settlement(options, recorded, &mut account, &all, &path)?;
    let lfs = session.lfs_folders(&repository);
    let mut warnings = warnings(&settlement, recorded);
    warnings.extend(claims::warning_of_sent(&repository, &tip, &lfs, recorded, &settlement)?);
    let bytes = settlement.to_bytes();
    if bytes.len() as u64 > SETTLEMENT_LIMIT_BYTES {
        let (place, bytes) = (Place::file(&path), bytes.len() as u64);
        return Err(Error::FileTooLarge { place, bytes, limit: SETTLEMENT_LIMIT_BYTES }.into());
    }
    let _readable = Settlement::read(&path, &bytes)?; // what nobody can read is never written
    let symbol = &recorded.statement.predicate.token.symbol;
    let mut notes: Vec<String> = warnings.iter().map(|warning| format!("warning: {warning}")).collect();
    let mut commit = None;
    if options.dry_run {
        notes.push("dry run: the repository is untouched".to_owned());
    } else {
        let (_, allowed) = allowed_signers(&repository, tip.tree)?;
        let message = settlement.commit_message(symbol, recipients, ENGINE);
        let commits = vec![Change { files: vec![(path.clone(), bytes.into())], message }];
        let written = write_on_tip(&tip, &repository, session, &allowed, options.key.as_deref(), commits)?;
        notes.extend(written.notes);
        commit = written.commits.first().copied();
    }
    let recipients_open = account.recipients_open();
    let done = Done {
        settlement: &settlement,
        path: &path,
        commit,
        recipients,
        recipients_open,
        warnings: &warnings,
    };
    if revisions.len() > 1 {
        let revision = recorded.statement.predicate.revision;
        notes.insert(0, format!("revision {revision} of {}: the oldest that owes something", options.round));
    }
    Ok(report(&done, &account.standing(), symbol, session).with_notes(notes))
}

/// The closed revisions of a round, the oldest first: the one that is named, or all.
pub(super) fn revisions<'a>(
    tip: &'a Tip,
    round: &'a str,
    revision: Option<u32>,
) -> Result<Vec<&'a Recorded>, Error> {
    let statements = tip.record.statements();
    let of_round: Vec<&Recorded> = tip.record.revisions(round).collect();
    if of_round.is_empty() {
        let mut known: Vec<&str> =
            statements.iter().map(|recorded| recorded.statement.predicate.round.as_str()).collect();
        known.dedup();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Error::RoundNotClosed { round: Shown::from(round), known });
    }
    let Some(revision) = revision else { return Ok(of_round) };
    tip.record.find(round, revision).map(|recorded| vec![recorded]).ok_or_else(|| Error::Usage {
        message: format!("--revision: {} has no revision {revision}", Shown::from(round)),
        hint: format!("its newest is {}", of_round.len()),
    })
}

/// The revision that is settled, with its account: the oldest that owes something still, else the newest.
fn to_settle<'a>(
    repository: &Repository,
    tip: &Tip,
    revisions: &[&'a Recorded],
    all: &BTreeMap<String, Settlement>,
) -> Result<(&'a Recorded, Account), Problems> {
    let mut newest = None;
    for recorded in revisions {
        let account = account(repository, tip.tree, recorded, all, &settlements_folder(recorded))?;
        let owes = account.recipients_open() > 0;
        newest = Some((*recorded, account));
        if owes {
            break;
        }
    }
    newest.ok_or_else(|| Error::RoundsClosedNone { place: Place::file(&tip.ledger.rounds) }.into())
}

/// What the round owes, with the settlements that it has counted.
pub(super) fn account(
    repository: &Repository,
    tree: ObjectId,
    recorded: &Recorded,
    all: &BTreeMap<String, Settlement>,
    folder: &str,
) -> Result<Account, Problems> {
    let (name, _) = recorded.statement.table_of_payments();
    let path = format!("{}/{name}", recorded.folder);
    let missing = || Error::FileMissing { place: Place::file(&path) };
    let entry = repository.entry(tree, &path)?.ok_or_else(missing)?;
    let mut account = Account::read(recorded, &repository.blob(entry.id)?)?;
    for (path, settlement) in of_folder(all, folder) {
        let _recipients = account.record(settlement, &|_| Place::file(path))?;
    }
    Ok(account)
}

/// The settlements in a folder, in the order of their numbers.
pub fn of_folder<'a>(all: &'a BTreeMap<String, Settlement>, folder: &str) -> Vec<(&'a str, &'a Settlement)> {
    let inside = format!("{folder}/");
    let here = all.iter().filter(|(path, _)| path.starts_with(&inside));
    let mut here: Vec<(&str, &Settlement)> =
        here.map(|(path, settlement)| (path.as_str(), settlement)).collect();
    here.sort_by_key(|(_, settlement)| settlement.settlement);
    here
}

/// The settlement that the options describe, counted on the account, and how many it pays. All
/// problems at once.
fn settlement(
    options: &Options,
    recorded: &Recorded,
    account: &mut Account,
    all: &BTreeMap<String, Settlement>,
    path: &str,
) -> Result<(Settlement, usize), Problems> {
    let mut problems = Vec::new();
    let hash = hash_of(options, all, path).map_err(|error| problems.push(error)).unwrap_or_default();
    let payout = account.choose_payout(options.payout.as_deref(), &recorded.statement);
    let payout = payout.unwrap_or_else(|error| {
        problems.push(error);
        account.choose_payout(None, &recorded.statement).unwrap_or_default()
    });
    let date = options.date.clone();
    if let Some(date) = date.as_ref().filter(|date| day(date).is_none()) {
        problems.push(Error::NotADate {
            place: Place::file("--date"),
            what: "date".to_owned(),
            value: Shown::from(date),
            reason: "it is no day",
        });
    }
    let payments = match &options.file {
        None => None,
        Some(file) => {
            if let Some(payout) = payout.filter(|payout| is_claims(*payout)) {
                let place = Place::file(&file.display().to_string());
                problems.push(Error::ClaimsInParts { place, payout: payout.id() });
            }
            let decimals = recorded.statement.predicate.token.decimals;
            Some(read_payments(file, decimals, &mut problems)?)
        }
    };
    let transaction = Transaction { hash, chain_id: options.chain, date, payout };
    let named = payments.as_ref().filter(|_| !payout.is_some_and(is_claims));
    let settlement = account.settlement(transaction, named.map(|payments| &payments.amounts));
    let place = |address: Option<Address>| {
        let places = payments.as_ref().map(|payments| &payments.places);
        let line = places.zip(address).and_then(|(places, address)| places.get(&address));
        line.cloned().unwrap_or_else(|| Place::file(path))
    };
    let recipients = account.record(&settlement, &place);
    let recipients = recipients.map_err(|found| problems.extend(found)).unwrap_or_default();
    Problems::unless_empty(problems, (settlement, recipients))
}

/// The hash of the transaction, which no settlement of the ledger may name already.
fn hash_of(options: &Options, all: &BTreeMap<String, Settlement>, path: &str) -> Result<String, Error> {
    let given = options.tx.as_deref().unwrap_or_default();
    let hash = transaction_hash(given)
        .map_err(|reason| Error::TransactionInvalid { value: Shown::from(given), reason })?;
    match all.iter().find(|(_, settlement)| settlement.transaction == hash) {
        None => Ok(hash),
        Some((first, _)) => Err(Error::TransactionTwice {
            place: Place::file(path),
            transaction: hash,
            first: Shown::from(first),
        }),
    }
}

/// Reads the table of `--file`. A problem of a row is noted and the row left out; a file that is no
/// such table ends it.
fn read_payments(file: &Path, decimals: u8, problems: &mut Vec<Error>) -> Result<Payments, Problems> {
    let path = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| file_system(file, "read", &error))?;
    let mut payments = Payments::default();
    let table = match Table::read(&path, &bytes, &["amount"]) {
        Ok(table) => table,
        Err(errors) => return Problems::unless_empty(errors, payments),
    };
    // The column of the CSV files for Safe.
    let column = ["address", "receiver"].into_iter().find(|column| table.has_column(column));
    let Some(column) = column else {
        let place = Place::line(&path, 1);
        return Err(Error::TableColumnsMissing { place, columns: "address".to_owned() }.into());
    };
    if table.is_empty() {
        problems.push(Error::PaymentsNone { place: Place::file(&path) });
    }
    for row in table.rows() {
        let place = row.place();
        let missing = |what: &str| Error::ValueMissing { place: place.clone(), what: what.to_owned() };
        let address = row.address(column).and_then(|address| address.ok_or_else(|| missing(column)));
        let amount = match row.field("amount").trim() {
            "" => Err(missing("amount")),
            text => Amount::parse(text, decimals, &place, "amount"),
        };
        match (address, amount) {
            (Ok(address), Ok(amount)) => {
                if let Some(first) = payments.places.get(&address).cloned() {
                    let value = Shown::from(address.to_string());
                    problems.push(Error::ValueTwice { place, what: "address", value, first });
                } else {
                    payments.amounts.insert(address, amount);
                    payments.places.insert(address, place);
                }
            }
            (address, amount) => {
                problems.extend(address.err());
                problems.extend(amount.err());
            }
        }
    }
    Ok(payments)
}

/// What people should look at.
fn warnings(settlement: &Settlement, recorded: &Recorded) -> Vec<String> {
    let written = formats_written(&recorded.statement);
    let payout = settlement.payout.filter(|payout| !written.contains(payout));
    let warning = |payout: PayoutFormat| {
        format!("{}/payouts: the round wrote no file of the format {}", recorded.folder, payout.id())
    };
    payout.map(warning).into_iter().collect()
}
