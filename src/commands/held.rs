//! `meed held`: who waits for how much, since when, and what to do about it; and who was paid too much.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::table::{render, shown};
use super::tip::Tip;
use super::{Output, Session};
use crate::address::Address;
use crate::amount::Balance;
use crate::calculate::{Snapshot, read_carry};
use crate::entries::people::held_of;
use crate::error::Problems;
use crate::files::{Content, Files};
use crate::git::Repository;
use crate::members::{COLUMNS, MEMBERS_FILE, Members, Register};
use crate::recipient::{Key, accounts_text};
use crate::report::text::counted;
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

Who was paid too much, as an amendment found, is listed below them with amounts below zero.
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
    /// What waits in all.
    total: String,
    held: Vec<Waiting>,
    /// What was paid too much in all, below zero.
    total_overpaid: String,
    /// Who was paid too much, as amendments found.
    overpaid: Vec<Overpaid>,
    /// Whether what was paid too much is taken off later payments.
    offset_overpayments: bool,
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

/// Somebody who was paid too much.
#[derive(Debug, Serialize)]
struct Overpaid {
    /// The recipient key; an address where they were paid.
    key: String,
    name: String,
    accounts: Vec<String>,
    /// Below zero.
    amount: String,
    /// The round that paid it first.
    since: String,
    /// One a round, each below zero.
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
        return Ok(Output::data(String::from_utf8_lossy(&table_of(&carry, &members)).into_owned()));
    }
    if session.json {
        return Ok(Output::json(&report));
    }
    if report.held.is_empty() && report.overpaid.is_empty() {
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

/// Everybody who waits or was paid too much, in the order of their keys.
fn report(tip: &Tip, carry: &Carry, members: &Members) -> Result<Report, Problems> {
    let decimals = tip.ledger.token.decimals;
    let is_overpaid = |record: &&HeldRecord| record.amount.0.starts_with('-');
    let mut held = Vec::new();
    for (key, records) in by_key(carry.held.iter().filter(|record| !is_overpaid(record))) {
        let Some(first) = records.first() else { continue };
        let addresses = addresses_of(&records, members);
        let [waits, _] = held_of(records.iter().copied(), decimals)?;
        held.push(Waiting {
            key: key.to_owned(),
            name: first.name.clone(),
            accounts: first.accounts.clone(),
            amount: waits.to_text(decimals),
            since: first.round.clone(),
            address: only(&addresses),
            addresses,
            amounts: records.iter().map(|record| part(record, tip)).collect(),
        });
    }
    let mut overpaid = Vec::new();
    for (key, records) in by_key(carry.held.iter().filter(is_overpaid)) {
        let Some(first) = records.first() else { continue };
        let [_, too_much] = held_of(records.iter().copied(), decimals)?;
        overpaid.push(Overpaid {
            key: key.to_owned(),
            name: first.name.clone(),
            accounts: first.accounts.clone(),
            amount: Balance::minus(too_much).to_text(decimals),
            since: first.round.clone(),
            amounts: records.iter().map(|record| part(record, tip)).collect(),
        });
    }
    let [waits, too_much] = held_of(&carry.held, decimals)?;
    Ok(Report {
        symbol: tip.ledger.token.symbol.clone(),
        total: waits.to_text(decimals),
        held,
        total_overpaid: Balance::minus(too_much).to_text(decimals),
        overpaid,
        offset_overpayments: tip.ledger.offset_overpayments,
    })
}

/// Records by their keys.
fn by_key<'a>(records: impl Iterator<Item = &'a HeldRecord>) -> BTreeMap<&'a str, Vec<&'a HeldRecord>> {
    let mut by_key: BTreeMap<&str, Vec<&HeldRecord>> = BTreeMap::new();
    for record in records {
        by_key.entry(&record.key).or_default().push(record);
    }
    by_key
}

fn part(record: &HeldRecord, tip: &Tip) -> Part {
    // What an amendment adds waits from then on.
    let closed = tip.record.latest(&record.round).map(crate::statement::Recorded::sequence);
    let closed = closed.filter(|_| !record.amount.0.starts_with('-')); // a debt does not expire
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
    let key = key_of(first);
    let accounts = records.iter().flat_map(|record| &record.accounts).map(String::as_str);
    members.addresses_of(&key, accounts).keys().map(ToString::to_string).collect()
}

/// The recipient key of a held amount.
pub fn key_of(record: &HeldRecord) -> Key {
    Address::parse_lower_case(&record.key).map_or_else(|| Key::Text(record.key.as_str().into()), Key::Address)
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
    let mut text = String::new();
    if !report.held.is_empty() {
        text += &render(&["name", "key", symbol, "since", "next"], rows.collect(), &[symbol]);
        let keys = counted(report.held.len(), "key", "keys");
        text += &format!("\n{} {symbol} held under {keys}\n", report.total);
    }
    text += &describe_overpaid(report);
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

/// Who was paid too much, for people; empty where nobody was.
fn describe_overpaid(report: &Report) -> String {
    if report.overpaid.is_empty() {
        return String::new();
    }
    let symbol = report.symbol.as_str();
    let next = if report.offset_overpayments {
        "taken off what they are paid next"
    } else {
        "stays open: ledger.json does not set `offset_overpayments`"
    };
    let rows = report.overpaid.iter().map(|person| {
        let Overpaid { name, key, amount, since, .. } = person;
        vec![name.clone(), key.clone(), amount.clone(), since.clone(), next.to_owned()]
    });
    let table = render(&["paid too much", "key", symbol, "since", "next"], rows.collect(), &[symbol]);
    let before = if report.held.is_empty() { "" } else { "\n" };
    let count = counted(report.overpaid.len(), "key", "keys");
    format!("{before}{table}\n{} {symbol}: paid too much under {count}\n", report.total_overpaid)
}
