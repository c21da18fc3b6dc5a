//! `meed held`: who waits for how much, since when, and what to do about it.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::table::{render, shown};
use super::tip::Tip;
use super::{Output, Session};
use crate::amount::Amount;
use crate::calculate::{Snapshot, read_carry};
use crate::error::{Error, Place, Problems};
use crate::files::{Content, Files};
use crate::git::Repository;
use crate::members::{COLUMNS, MEMBERS_FILE, Members, Register};
use crate::recipient::{Key, accounts_text};
use crate::snapshot;
use crate::statement::{CARRY_FILE, Carry, HeldRecord};
use crate::tables::TableWriter;

/// Options of `meed held`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed held                 who waits for an address, for how much, since which round
  meed held --format csv    the same, one row an amount, for a spreadsheet
  meed held --format json   the same for programs

Somebody is paid with the next closing when members.csv gives their key an address, or when the
inputs of that round give one to the same account id.")]
pub struct Options {
    /// The branch to look at [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
}

/// What is held, for `--format json`.
#[derive(Debug, Serialize)]
struct Report {
    symbol: String,
    total: String,
    held: Vec<Waiting>,
}

/// Somebody who waits.
#[derive(Debug, Serialize)]
struct Waiting {
    key: String,
    name: String,
    accounts: Vec<String>,
    amount: String,
    /// The round that gave the first of the amounts.
    since: String,
    /// Where members.csv gives the key an address: what is held goes there with the next closing.
    address: Option<String>,
    /// All addresses that members.csv gives to the key and the account ids. What is held for somebody
    /// with several goes nowhere.
    addresses: Vec<String>,
    amounts: Vec<Part>,
}

/// What one round gave.
#[derive(Debug, Serialize)]
struct Part {
    round: String,
    amount: String,
    /// The statement with which the amount expires, if it waits until then.
    expires_with: Option<u64>,
}

/// Lists what is held.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tip = Tip::read(&repository, options.branch.as_deref())?;
    let (carry, members) = read(&repository, &tip)?;
    let report = report(&tip, &carry, &members)?;
    if session.csv {
        return Ok(Output::text(String::from_utf8_lossy(&table_of(&carry, &members)).into_owned()));
    }
    if session.json {
        return Ok(Output::json(&report));
    }
    if report.held.is_empty() {
        return Ok(Output::default().with_notes(vec!["nothing is held".to_owned()]));
    }
    Ok(describe(&report))
}

/// The state after the last statement of a tip, and the members as the first open round sees them, or
/// after all rows of the register where none is open.
pub fn read(repository: &Repository, tip: &Tip) -> Result<(Carry, Members), Problems> {
    let mut files = Files::default();
    snapshot::insert_members(repository, tip.tree, &mut files)?;
    if let Some(last) = tip.record.last() {
        let path = format!("{}/{CARRY_FILE}", last.folder);
        if let Some(entry) = repository.entry(tip.tree, &path)? {
            files.insert(path, Content::File(repository.blob(entry.id)?));
        }
    }
    let carry = read_carry(Snapshot { files: &files, record: &tip.record })?;
    let register = Register::read(&files, tip.ledger.token.address)?;
    let next = tip.open().first().map(|round| register.at(round));
    Ok((carry, next.unwrap_or_else(|| register.after_all())))
}

/// Everybody who waits, in the order of their keys.
fn report(tip: &Tip, carry: &Carry, members: &Members) -> Result<Report, Problems> {
    let decimals = tip.ledger.token.decimals;
    let place = Place::file(CARRY_FILE);
    let overflow = || Error::Overflow { place: place.clone(), what: "held amounts".to_owned() };
    let sum_of = |records: &[&HeldRecord]| -> Result<Amount, Error> {
        let amounts: Result<Vec<Amount>, Error> = records
            .iter()
            .map(|record| Amount::parse(&record.amount.0, decimals, &place, "amount"))
            .collect();
        Amount::sum(amounts?).ok_or_else(overflow)
    };
    let mut by_key: BTreeMap<&str, Vec<&HeldRecord>> = BTreeMap::new();
    for record in &carry.held {
        by_key.entry(&record.key).or_default().push(record);
    }
    let mut held = Vec::new();
    for (key, records) in by_key {
        let Some(first) = records.first() else { continue };
        let addresses = addresses_of(&records, members);
        held.push(Waiting {
            key: key.to_owned(),
            name: first.name.clone(),
            accounts: first.accounts.clone(),
            amount: sum_of(&records)?.to_text(decimals),
            since: first.round.clone(),
            address: only(&addresses),
            addresses,
            amounts: records.iter().map(|record| part(record, tip)).collect(),
        });
    }
    let total = sum_of(&carry.held.iter().collect::<Vec<_>>())?.to_text(decimals);
    Ok(Report { symbol: tip.ledger.token.symbol.clone(), total, held })
}

fn part(record: &HeldRecord, tip: &Tip) -> Part {
    let closed = tip.record.find(&record.round, 1).map(crate::statement::Recorded::sequence);
    Part {
        round: record.round.clone(),
        amount: record.amount.0.clone(),
        expires_with: closed
            .zip(tip.ledger.held_expiry_rounds)
            .map(|(closed, rounds)| closed + u64::from(rounds)),
    }
}

/// The addresses that the register gives to records of one key.
fn addresses_of(records: &[&HeldRecord], members: &Members) -> Vec<String> {
    let Some(first) = records.first() else { return Vec::new() };
    let key = Key::Text(first.key.as_str().into());
    let accounts = records.iter().flat_map(|record| &record.accounts).map(String::as_str);
    members.addresses_of(&key, accounts).keys().map(ToString::to_string).collect()
}

/// The one address of somebody who has one.
fn only(addresses: &[String]) -> Option<String> {
    if let [address] = addresses { Some(address.clone()) } else { None }
}

/// One row an amount.
fn table_of(carry: &Carry, members: &Members) -> Vec<u8> {
    let mut table = TableWriter::new(&["name", "key", "accounts", "amount", "round", "address"]);
    for record in &carry.held {
        table.text(&record.name);
        table.text(&record.key);
        table.text(&accounts_text(record.accounts.iter().map(String::as_str)));
        table.plain(&record.amount.0);
        table.plain(&record.round);
        table.plain(&only(&addresses_of(&[record], members)).unwrap_or_default());
        table.end_row();
    }
    table.into_bytes()
}

/// The same for people, with what to do.
fn describe(report: &Report) -> Output {
    let rows = report.held.iter().map(|waiting| {
        let expires = waiting.amounts.iter().filter_map(|part| part.expires_with).min();
        let next = match (waiting.addresses.as_slice(), expires) {
            ([address], _) => format!("paid to {address} with the next closing"),
            ([first, second, ..], _) => format!("waits: {MEMBERS_FILE} gives {first} and {second}"),
            ([], Some(statement)) => format!("waits; expires from statement {statement} on"),
            ([], None) => "waits".to_owned(),
        };
        vec![waiting.name.clone(), waiting.key.clone(), waiting.amount.clone(), waiting.since.clone(), next]
    });
    let symbol = report.symbol.as_str();
    let mut text = render(&["name", "key", symbol, "since", "next"], rows.collect(), &[symbol]);
    let plural = if report.held.len() == 1 { "" } else { "s" };
    text += &format!("\n{} {symbol} held under {} key{plural}\n", report.total, report.held.len());
    let mut notes = Vec::new();
    if let Some(waiting) = report.held.iter().find(|waiting| waiting.addresses.is_empty()) {
        let mut table = TableWriter::new(&COLUMNS);
        table.text(&shown(&waiting.name));
        table.text(&shown(&waiting.key.replace('|', "\\|")));
        table.plain("0x...");
        table.plain("");
        table.end_row();
        notes.push(
            "to pay somebody, add a row to members.csv, commit it, and close the next round:".to_owned(),
        );
        let rows = String::from_utf8_lossy(&table.into_bytes()).into_owned();
        notes.extend(rows.lines().map(|row| format!("  {row}")));
    }
    Output::text(text).with_notes(notes)
}
