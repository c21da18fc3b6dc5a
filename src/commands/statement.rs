//! `meed statement`: what one person got over all closed rounds.

use clap::Args;
use serde::Serialize;

use super::closed::{ClosedRounds, EntryJson, to_csv};
use super::table::{render, shown};
use super::{Output, Session};
use crate::amount::Amount;
use crate::entries::people::{self, Person};
use crate::entries::{Entry, State};
use crate::error::{Error, Place, Problems, Shown};
use crate::members::Member;
use crate::payouts::books::BookedRound;
use crate::statement::CARRY_FILE;

/// Most people that a message lists.
const LISTED: usize = 10;

/// Options of `meed statement`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  meed statement 0x71de010101010101010101010101010101010101
  meed statement 'heron#0001' --format csv > heron.csv
  meed statement id:964cf751eaac51aebabdb898 --format json

It reads the committed results of all closed rounds; `meed verify` says whether they are right.")]
pub struct Options {
    /// An address, a recipient key (`id:...`, `name:...`), an account id or a name
    #[arg(value_name = "WHO")]
    pub who: String,
    /// The commit whose closed rounds are read
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub rev: String,
}

/// A person's amounts over all rounds.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    paid: Amount,
    held: Amount,
    released: Amount,
    expired: Amount,
    waiting: Amount,
}

/// What one person got, as JSON.
#[derive(Debug, Serialize)]
struct StatementJson<'a> {
    names: Vec<&'a str>,
    addresses: Vec<String>,
    keys: Vec<&'a str>,
    accounts: Vec<&'a str>,
    symbol: &'a str,
    entries: Vec<EntryJson<'a>>,
    totals: TotalsJson,
}

/// The totals, as JSON: texts of token units.
#[derive(Debug, Serialize)]
struct TotalsJson {
    paid: String,
    released: String,
    received: String,
    held: String,
    expired: String,
    waiting: String,
}

/// The keys and the address that members.csv gives one member.
pub(super) fn identities(member: &Member) -> Vec<String> {
    let address = member.address.map(|(address, _)| address.to_string());
    member.keys.iter().map(ToString::to_string).chain(address).collect()
}

/// Shows what somebody got.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let closed = ClosedRounds::read(&session.repository()?, &options.rev)?;
    let rounds: Vec<&[Entry]> = closed.rounds.iter().map(|round| round.entries.as_slice()).collect();
    let aliases: Vec<Vec<String>> = closed.members.iter().map(identities).collect();
    let person = find(people::of(&rounds, &aliases), &options.who)?;
    let entries: Vec<(&BookedRound, &Entry)> = person
        .entries
        .iter()
        .filter_map(|(round, entry)| {
            let round = closed.rounds.get(*round)?;
            Some((round, round.entries.get(*entry)?))
        })
        .collect();
    if session.csv {
        return Ok(Output::text(to_csv(entries.into_iter(), closed.token())));
    }
    let decimals = closed.token().decimals;
    let totals = totals(&person, &entries, &closed)?;
    if session.json {
        return Ok(Output::json(&StatementJson {
            names: person.names.iter().map(String::as_str).collect(),
            addresses: person.addresses.iter().map(ToString::to_string).collect(),
            keys: person.keys.iter().map(String::as_str).collect(),
            accounts: person.accounts.iter().map(String::as_str).collect(),
            symbol: &closed.token().symbol,
            entries: entries.iter().map(|(round, entry)| EntryJson::new(round, entry, decimals)).collect(),
            totals: totals.to_json(decimals)?,
        }));
    }
    Ok(Output::text(describe(&person, &entries, &totals.to_json(decimals)?, &closed)))
}

/// The one person whom a text names.
fn find(people: Vec<Person>, who: &str) -> Result<Person, Error> {
    let mut found: Vec<Person> = people.into_iter().filter(|person| person.is_called(who)).collect();
    match (found.len(), found.pop()) {
        (1, Some(person)) => Ok(person),
        (0, _) | (_, None) => Err(Error::PersonUnknown { given: Shown::from(who) }),
        (count, Some(last)) => {
            found.push(last);
            let listed: Vec<String> = found.iter().take(LISTED).map(title).collect();
            let more = if count > LISTED { format!("; and {} more", count - LISTED) } else { String::new() };
            Err(Error::PersonSeveral {
                given: Shown::from(who),
                count,
                people: Shown::sentence(&(listed.join("; ") + &more)),
            })
        }
    }
}

/// A person in a line: the name, then what tells them from others of that name.
fn title(person: &Person) -> String {
    let addresses = person.addresses.iter().map(ToString::to_string);
    let keys = person.keys.iter().map(|key| Shown::from(key).to_string());
    let identities: Vec<String> = addresses.chain(keys).collect();
    let name = person.names.first().map_or("without a name", String::as_str);
    format!("{} ({})", Shown::from(name), identities.join(", "))
}

/// Sums the entries; what waits is what the last state holds under the person's keys.
fn totals(
    person: &Person,
    entries: &[(&BookedRound, &Entry)],
    closed: &ClosedRounds,
) -> Result<Totals, Error> {
    let mut totals = Totals::default();
    for (_, entry) in entries {
        let total = match entry.state {
            State::Paid => &mut totals.paid,
            State::Held => &mut totals.held,
            State::Released => &mut totals.released,
            State::Expired => &mut totals.expired,
        };
        *total = total.checked_add(entry.amount).ok_or_else(overflow)?;
    }
    for held in closed.carry.held.iter().filter(|held| person.keys.contains(&held.key)) {
        let decimals = closed.token().decimals;
        let amount = Amount::parse(&held.amount.0, decimals, &Place::file(CARRY_FILE), "amount")?;
        totals.waiting = totals.waiting.checked_add(amount).ok_or_else(overflow)?;
    }
    Ok(totals)
}

fn overflow() -> Error {
    Error::Overflow { place: Place::file(CARRY_FILE), what: "what one person got".to_owned() }
}

impl Totals {
    fn to_json(self, decimals: u8) -> Result<TotalsJson, Error> {
        let received = self.paid.checked_add(self.released).ok_or_else(overflow)?;
        let [paid, released, received, held, expired, waiting] =
            [self.paid, self.released, received, self.held, self.expired, self.waiting]
                .map(|amount| amount.to_text(decimals));
        Ok(TotalsJson { paid, released, received, held, expired, waiting })
    }
}

/// The statement for people: who it is, a line an entry, the totals.
fn describe(
    person: &Person,
    entries: &[(&BookedRound, &Entry)],
    totals: &TotalsJson,
    closed: &ClosedRounds,
) -> String {
    let token = closed.token();
    let symbol = token.symbol.as_str();
    let mut text =
        format!("{}\n", person.names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", "));
    let addresses = person.addresses.iter().map(|address| format!("  address  {address}\n"));
    let keys = person.keys.iter().map(|key| format!("  key      {}\n", shown(key)));
    text.extend(addresses.chain(keys));
    let rows = entries.iter().map(|(round, entry)| {
        vec![
            round.round.clone(),
            round.date.to_string(),
            entry.allocation.clone(),
            entry.reward.clone(),
            entry.state.id().to_owned(),
            entry.amount.to_text(token.decimals),
        ]
    });
    let header = ["round", "period ends", "allocation", "reward", "state", symbol];
    text += "\n";
    text += &render(&header, rows.collect(), &[symbol]);
    let sums = [
        ("received", &totals.received, "paid and released: went to addresses"),
        ("  paid", &totals.paid, "to an address at once"),
        ("  released", &totals.released, "held before, then paid"),
        ("held", &totals.held, "given without an address"),
        ("expired", &totals.expired, "held for too long"),
        ("waiting", &totals.waiting, "held now"),
    ];
    let rows = sums.map(|(name, sum, what)| vec![name.to_owned(), sum.clone(), what.to_owned()]);
    text += "\n";
    text += &render(&["total", symbol, "what"], rows.to_vec(), &[symbol]);
    text
}
