//! `meed members`: what members.csv does not say yet, or says otherwise than the inputs.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, Subcommand};
use serde::Serialize;
use unicode_security::confusable_detection::skeleton;

use super::held;
use super::table::render;
use super::tip::{OpenRound, Tip};
use super::{Output, Session};
use crate::calculate::{Snapshot, input_recipients};
use crate::error::{Problems, counted};
use crate::members::{MEMBERS_FILE, Member, Members, Register};
use crate::recipient::{Key, Recipient};
use crate::tables::compared;

/// Subcommands of `meed members`.
#[derive(Debug, Clone, Subcommand)]
pub enum Options {
    /// Compare members.csv with the inputs of open rounds and with what is held
    #[command(after_help = "\
Examples:
  meed members check                 keys that nobody owns, names that look alike, addresses that differ
  meed members check --format json   the same for programs

Findings are things to look at: the exit status is 0. What would stop a close is an error.")]
    Check(CheckOptions),
}

/// Options of `meed members check`.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckOptions {
    /// The branch to look at [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Finding {
    kind: Kind,
    /// Whom it is about: a name, or several.
    names: Vec<String>,
    /// Their keys, in the order of the names.
    keys: Vec<String>,
    /// Where they stand: `<round> <allocation>`, `held` or members.csv.
    places: Vec<String>,
    message: String,
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// The inputs give another address than the register.
    AddressDiffers,
    /// One address under two names.
    AddressTwoNames,
    /// Names of different people that look alike.
    NearDuplicate,
    /// A row of the register counts from a round that the ledger does not have.
    RoundUnknown,
    /// A key that no member owns.
    Unowned,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::AddressDiffers => "address differs",
            Self::AddressTwoNames => "one address, two names",
            Self::NearDuplicate => "look alike",
            Self::RoundUnknown => "unknown round",
            Self::Unowned => "nobody's",
        }
    }
}

/// Somebody as one place names them.
struct Seen {
    /// The name that the place gives.
    name: String,
    key: Key,
    /// The member's name, where one owns the key.
    owner: Option<String>,
    place: String,
}

impl Seen {
    /// Who it is: the member, else the key.
    fn identity(&self) -> String {
        self.owner.clone().unwrap_or_else(|| self.key.to_string())
    }
}

/// Runs a subcommand.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    match options {
        Options::Check(options) => check(options, session),
    }
}

/// Compares the register with the inputs of all open rounds and with what is held.
fn check(options: &CheckOptions, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tip = Tip::read(&repository, options.branch.as_deref())?;
    let (carry, members) = held::read(&repository, &tip)?;
    let mut files = crate::files::Files::default();
    crate::snapshot::insert_members(&repository, tip.tree, &mut files)?;
    let register = Register::read(&files, tip.ledger.token.address)?;
    let rounds = tip.open();
    let (seen, mut findings) = see_rounds(
        &tip.read_open(&repository, &session.lfs_folders(&repository), &rounds)?,
        &tip,
        &register,
    )?;
    let mut seen = seen;
    for record in &carry.held {
        let person =
            Recipient { name: record.name.clone(), accounts: record.accounts.iter().cloned().collect() };
        let key = held::key_of(record);
        let owner = members.of(&key, &person).map(|member| member.name.clone());
        seen.push(Seen { name: person.name, key, owner, place: "held".to_owned() });
    }
    findings.extend(unknown_rounds(&register, &tip));
    findings.extend(unowned(&seen));
    findings.extend(addresses_with_two_names(&seen));
    findings.extend(near_duplicates(&seen, &register.after_all()));
    findings.sort();
    findings.dedup();
    Ok(report(&findings, session))
}

/// Everybody in the inputs of open rounds, and whose address differs there from the register's.
fn see_rounds(
    rounds: &[OpenRound],
    tip: &Tip,
    register: &Register,
) -> Result<(Vec<Seen>, Vec<Finding>), Problems> {
    let (mut seen, mut findings, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for round in rounds {
        let members = register.at(&round.id);
        let snapshot = Snapshot { files: &round.files, record: &tip.record };
        let recipients = input_recipients(snapshot, &round.id, 1);
        for found in recipients.map_err(|found| problems.extend(found)).unwrap_or_default() {
            let place = format!("{} {}", round.id, found.allocation);
            findings.extend(address_differs(&members, &found.key, &found.person, &place));
            let owner = members.of(&found.key, &found.person).map(|member| member.name.clone());
            let name = found.person.name.clone();
            seen.push(Seen { name, key: found.key, owner, place });
        }
    }
    Problems::unless_empty(problems, (seen, findings))
}

fn address_differs(members: &Members, key: &Key, person: &Recipient, place: &str) -> Option<Finding> {
    let found = key.address()?;
    let (tied, member) = members.contradiction(found, person)?;
    let (listed, line) = member.address?;
    Some(Finding {
        kind: Kind::AddressDiffers,
        names: vec![person.name.clone(), member.name.clone()],
        keys: vec![key.to_string(), tied.to_string()],
        places: vec![place.to_owned(), format!("{MEMBERS_FILE}:{line}")],
        message: format!(
            "the inputs give {found}, {MEMBERS_FILE} gives {listed}: the round cannot be closed so"
        ),
    })
}

/// Rows that count from a round that there is not: a slip, or a round to come.
fn unknown_rounds<'a>(register: &'a Register, tip: &'a Tip) -> impl Iterator<Item = Finding> + 'a {
    let unknown = register.rows().iter().filter_map(|row| Some((row, row.from.as_ref()?)));
    let unknown = unknown.filter(|(_, from)| !tip.rounds.contains(from));
    unknown.map(|(row, from)| Finding {
        kind: Kind::RoundUnknown,
        names: vec![row.name.clone()],
        keys: Vec::new(),
        places: vec![format!("{MEMBERS_FILE}:{}", row.line)],
        message: format!("counts from round {from} on, which the ledger does not have"),
    })
}

/// Keys that no member owns, each once with all its places.
fn unowned(seen: &[Seen]) -> Vec<Finding> {
    let mut places: BTreeMap<(&Key, &str), BTreeSet<&str>> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.owner.is_none()) {
        places.entry((&seen.key, &seen.name)).or_default().insert(&seen.place);
    }
    let message = |key: &Key| match key.address() {
        Some(_) => "comes with an address; add a row to members.csv to give them one name",
        None => "waits for an address: add a row to members.csv",
    };
    let found = places.into_iter().map(|((key, name), places)| Finding {
        kind: Kind::Unowned,
        names: vec![name.to_owned()],
        keys: vec![key.to_string()],
        places: places.into_iter().map(str::to_owned).collect(),
        message: message(key).to_owned(),
    });
    found.collect()
}

/// Addresses that come under several names and are no member's.
fn addresses_with_two_names(seen: &[Seen]) -> Vec<Finding> {
    let mut names: BTreeMap<&Key, BTreeMap<String, &str>> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.owner.is_none() && seen.key.address().is_some()) {
        let name = compared(&seen.name);
        if !name.is_empty() && name != seen.key.to_string() {
            names.entry(&seen.key).or_default().entry(name).or_insert(&seen.place);
        }
    }
    let found = names.into_iter().filter(|(_, names)| names.len() > 1).map(|(key, names)| Finding {
        kind: Kind::AddressTwoNames,
        keys: vec![key.to_string(); names.len()],
        places: names.values().map(|place| (*place).to_owned()).collect(),
        message: "one person with two names, or an address that somebody else put in".to_owned(),
        names: names.into_keys().collect(),
    });
    found.collect()
}

/// Different people whose names look alike: in letter case, in letters that are easily confused
/// (Unicode's skeletons), or but for a `#1234` at the end; and the same name under two keys.
fn near_duplicates(seen: &[Seen], members: &Members) -> Vec<Finding> {
    type Somebody = (String, String, String); // name, identity, place
    let registered = |member: &Member| (member.name.clone(), member.name.clone(), MEMBERS_FILE.to_owned());
    let everybody: BTreeSet<Somebody> = seen
        .iter()
        .filter(|seen| !seen.name.is_empty() && seen.name != seen.key.to_string())
        .map(|seen| (compared(&seen.name), seen.identity(), seen.place.clone()))
        .chain(members.iter().map(registered))
        .collect();
    let mut alike: BTreeMap<String, BTreeMap<(&str, &str), &str>> = BTreeMap::new();
    for (name, identity, place) in &everybody {
        for look in looks(name) {
            alike.entry(look).or_default().entry((name, identity)).or_insert(place);
        }
    }
    let several = |group: &BTreeMap<(&str, &str), &str>| {
        group.keys().map(|(_, identity)| identity).collect::<BTreeSet<_>>().len() > 1
    };
    let found = alike.into_values().filter(several).map(|group| Finding {
        kind: Kind::NearDuplicate,
        names: group.keys().map(|(name, _)| (*name).to_owned()).collect(),
        keys: group.keys().map(|(_, identity)| (*identity).to_owned()).collect(),
        places: group.values().map(|place| (*place).to_owned()).collect(),
        message: "if they are one person, give all keys to one name; if not, beware of the lookalike"
            .to_owned(),
    });
    found.collect()
}

/// What a name looks like, in both orders of folding: `Iris` looks like `lris`, and `IRIS` like `iris`.
fn looks(name: &str) -> [String; 2] {
    let base = match name.rsplit_once('#') {
        Some((base, digits))
            if !base.trim().is_empty()
                && !digits.is_empty()
                && digits.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            base.trim_end()
        }
        _ => name,
    };
    let folded: String = skeleton(&base.to_lowercase()).collect();
    let seen: String = skeleton(base).collect();
    [format!("a{folded}"), format!("b{}", seen.to_lowercase())]
}

/// The findings.
fn report(findings: &[Finding], session: &Session) -> Output {
    if session.json {
        return Output::json(&findings);
    }
    if findings.is_empty() {
        return Output::default().with_notes(vec!["nothing to look at: every key is a member's".to_owned()]);
    }
    let short = |texts: &[String]| -> String {
        let shown: Vec<&str> = texts.iter().take(3).map(String::as_str).collect();
        let rest = if texts.len() > 3 { format!(" and {} more", texts.len() - 3) } else { String::new() };
        shown.join(", ") + &rest
    };
    let rows = findings.iter().map(|finding| {
        vec![
            finding.kind.name().to_owned(),
            short(&finding.names),
            short(&finding.keys),
            short(&finding.places),
            finding.message.clone(),
        ]
    });
    let text = render(&["finding", "who", "keys", "where", "what"], rows.collect(), &[]);
    Output::text(format!("{text}\n{}\n", counted(findings.len(), "finding", "findings")))
}
