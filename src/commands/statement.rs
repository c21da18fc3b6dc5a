//! `meed statement`: what one person got over all closed rounds.

use clap::Args;
use serde::Serialize;

use super::closed::{ClosedRounds, EntryJson, to_csv};
use super::table::{render, shown};
use super::{Output, Session};
use crate::amount::{Amount, Balance};
use crate::entries::people::{self, Person};
use crate::entries::{self, Entry, State};
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

/// What one person got, as JSON.
#[derive(Debug, Serialize)]
struct StatementJson<'a> {
    names: Vec<&'a str>,
    addresses: Vec<String>,
    keys: Vec<&'a str>,
    accounts: Vec<&'a str>,
    symbol: &'a str,
    entries: Vec<EntryJson<'a>>,
    totals: Totals,
}

/// The totals: texts of token units. Always given = received + expired + waiting - overpaid.
#[derive(Debug, Serialize)]
struct Totals {
    /// Paid at once, with a closing.
    paid: String,
    /// Held before, then paid; what amendments pay.
    released: String,
    /// Taken off payments, because it was paid too much before.
    offset: String,
    /// paid + released - offset: what went to addresses.
    received: String,
    /// Given without an address.
    held: String,
    /// What amendments gave beside.
    added: String,
    /// What amendments took back.
    reduced: String,
    /// paid + held + added - reduced: all that the rounds give as they stand now.
    given: String,
    expired: String,
    /// Held now.
    waiting: String,
    /// Paid too much, and not taken off yet.
    overpaid: String,
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
        return Ok(Output::data(to_csv(entries.into_iter(), closed.token())));
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
            totals,
        }));
    }
    Ok(Output::text(describe(&person, &entries, &totals, &closed)))
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
    let decimals = closed.token().decimals;
    let entries = || entries.iter().map(|(_, entry)| *entry);
    let text = |sum: Option<Balance>| sum.map(|sum| sum.to_text(decimals)).ok_or_else(overflow);
    let of = |state: State| {
        let amounts = entries().filter(|entry| entry.state == state).map(|entry| entry.amount);
        text(Amount::sum(amounts).map(Balance::from))
    };
    let [waiting, overpaid] = person.held_in(&closed.carry, decimals)?.map(|sum| sum.to_text(decimals));
    Ok(Totals {
        paid: of(State::Paid)?,
        released: of(State::Released)?,
        offset: of(State::Offset)?,
        received: text(entries::sum(entries(), State::pays))?,
        held: of(State::Held)?,
        added: of(State::Added)?,
        reduced: of(State::Reduced)?,
        given: text(entries::sum(entries(), State::gives))?,
        expired: of(State::Expired)?,
        waiting,
        overpaid,
    })
}

fn overflow() -> Error {
    Error::Overflow { place: Place::file(CARRY_FILE), what: "what one person got".to_owned() }
}

/// A round in a line: an amendment says so.
fn round_name(round: &BookedRound) -> String {
    match round.revision {
        1 => round.round.clone(),
        revision => format!("{} (revision {revision})", round.round),
    }
}

/// The statement for people: who it is, a line an entry, the totals.
fn describe(
    person: &Person,
    entries: &[(&BookedRound, &Entry)],
    totals: &Totals,
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
            round_name(round),
            round.date.to_string(),
            entry.allocation.clone(),
            entry.reward.clone(),
            entry.state.id().to_owned(),
            entry.balance().to_text(token.decimals),
        ]
    });
    let header = ["round", "period ends", "allocation", "reward", "state", symbol];
    text += "\n";
    text += &render(&header, rows.collect(), &[symbol]);
    let below_zero = |text: &String| if text == "0" { text.clone() } else { format!("-{text}") };
    let plain = String::clone;
    // What only amendments bring is shown where there is something of it.
    let sums = [
        ("received", plain(&totals.received), "paid and released: went to addresses", true),
        ("  paid", plain(&totals.paid), "to an address at once", true),
        ("  released", plain(&totals.released), "held before, then paid", true),
        ("  offset", below_zero(&totals.offset), "taken off: it was paid too much before", false),
        ("held", plain(&totals.held), "given without an address", true),
        ("added", plain(&totals.added), "given beside by amendments", false),
        ("reduced", below_zero(&totals.reduced), "taken back by amendments", false),
        ("expired", plain(&totals.expired), "held for too long", true),
        ("waiting", plain(&totals.waiting), "held now", true),
        ("overpaid", below_zero(&totals.overpaid), "paid too much, and not taken off yet", false),
    ];
    let shown = sums.into_iter().filter(|(_, sum, _, always)| *always || sum != "0");
    let rows: Vec<Vec<String>> =
        shown.map(|(name, sum, what, _)| vec![name.to_owned(), sum, what.to_owned()]).collect();
    text += "\n";
    text += &render(&["total", symbol, "what"], rows, &[symbol]);
    text
}
