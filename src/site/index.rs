//! The first page: all rounds with their state, what came together, the search.

use serde::Serialize;

use super::directory::Directory;
use super::round;
use super::view::{Fact, Frame, Link, Money, value};
use crate::amount::{Amount, Balance};
use crate::entries::people::held_of;
use crate::entries::{Entry, State};
use crate::error::{Error, Place, Shown};
use crate::report::chart::{self, Axes, Chart, Data, Plot};
use crate::statement::{Figure, HELD, Sums};

/// How many members the first page names.
const TOP: usize = 10;

/// The places of two figures in those of a statement.
const PAID: usize = 4;
const HELD_NOW: usize = 5;

/// The first page.
#[derive(Debug, Serialize)]
pub struct IndexPage {
    site: Frame,
    facts: Vec<Fact>,
    /// The last round first.
    rounds: Vec<RoundRow>,
    /// Whether the states say what `verify` says.
    verified: bool,
    chart: Option<Chart>,
    top: Vec<TopRow>,
    members: usize,
    /// What is searched, as JSON that holds no `<`.
    search: String,
}

/// A round in a line.
#[derive(Debug, Serialize)]
struct RoundRow {
    link: Link,
    start: String,
    end: String,
    pool: Money,
    paid: Money,
    held: Money,
    open: Money,
    recipients: usize,
    state: String,
}

/// A member in a line.
#[derive(Debug, Serialize)]
struct TopRow {
    link: Link,
    received: Money,
}

/// Somebody or something that is found.
#[derive(Debug, Serialize)]
struct Found {
    /// What the reader sees.
    name: String,
    /// What is told besides.
    more: String,
    /// What is looked through, in lower case.
    text: String,
    /// The page.
    target: String,
}

/// The first page.
pub fn page(directory: &Directory<'_>) -> Result<IndexPage, Error> {
    let material = directory.material;
    let ranked = directory.ranked();
    let top = ranked.iter().take(TOP).map(|person| TopRow {
        link: directory.member_link(*person),
        received: Money::new(directory.received(*person), material),
    });
    Ok(IndexPage {
        site: Frame::new(material, "rounds", 0),
        facts: facts(directory),
        rounds: (0..material.rounds.len()).rev().filter_map(|at| round_row(directory, at)).collect(),
        verified: material.rounds.iter().any(|round| round.verified.is_some()),
        chart: paid_by_round(directory)?,
        top: top.collect(),
        members: ranked.len(),
        search: search(directory, &ranked),
    })
}

/// The sum of a figure of all rounds.
fn sum(directory: &Directory<'_>, figure: impl Fn(&super::Round<'_>) -> String) -> Amount {
    let place = Place::file("statement.json");
    let decimals = directory.material.ledger.token.decimals;
    let rounds = directory.material.rounds.iter();
    let amounts = rounds.filter_map(|round| Amount::parse(&figure(round), decimals, &place, "figure").ok());
    Amount::sum(amounts).unwrap_or_default() // far above any supply
}

/// What all rounds came to.
fn facts(directory: &Directory<'_>) -> Vec<Fact> {
    let material = directory.material;
    let symbol = Shown::from(&material.ledger.token.symbol);
    let tokens = |amount| format!("{} {symbol}", Money::new(amount, material).shown);
    let held = held_of(&material.carry.held, material.ledger.token.decimals);
    let [held, overpaid] = held.unwrap_or_default(); // read before
    let paid = sum(directory, |round| round.recorded.statement.predicate.totals.paid.0.clone());
    let open = sum(directory, |round| round.standing.open.clone());
    let closed = |at: &usize| directory.first_revision(*at) == *at;
    let closed = (0..material.rounds.len()).filter(closed).count();
    let mut facts = vec![
        Fact::new("Closed rounds", closed.to_string()),
        Fact::new("People and teams", material.people.len().to_string()),
        Fact::new("Given to addresses", tokens(paid)),
        Fact::new("Of it not recorded as paid", tokens(open)),
        Fact::new("Held for people without address", tokens(held)),
    ];
    if closed < material.rounds.len() {
        facts.insert(1, Fact::new("Amendments of them", (material.rounds.len() - closed).to_string()));
    }
    if overpaid != Amount::ZERO {
        facts.push(Fact::new("Paid too much, not taken off yet", tokens(overpaid)));
    }
    facts
}

/// How many different recipients a round has.
pub fn recipients(entries: &[Entry]) -> usize {
    let keys = entries.iter().filter(|entry| entry.state != State::Expired).map(super::directory::key_of);
    keys.collect::<std::collections::BTreeSet<_>>().len()
}

fn round_row(directory: &Directory<'_>, at: usize) -> Option<RoundRow> {
    let material = directory.material;
    let round = material.rounds.get(at)?;
    let predicate = &round.recorded.statement.predicate;
    let sums = &predicate.totals;
    let [pool, paid, held] =
        [&sums.pool, &sums.paid, &sums.held].map(|figure| round::money(figure, material));
    Some(RoundRow {
        link: directory.round_link(at, ""),
        start: predicate.period.start.clone(),
        end: predicate.period.end.clone(),
        pool,
        paid,
        held,
        open: round::money(&Figure(round.standing.open.clone()), material),
        recipients: recipients(&round.booked.entries),
        state: round::short_state(round),
    })
}

/// What each round gave to addresses and held.
fn paid_by_round(directory: &Directory<'_>) -> Result<Option<Chart>, Error> {
    let material = directory.material;
    let symbol = Shown::from(&material.ledger.token.symbol).to_string();
    let decimals = material.ledger.token.decimals;
    let figure = |sums: &Sums, at: usize| {
        let figures = sums.balances(decimals).unwrap_or_default();
        figures.get(at).copied().unwrap_or_default()
    };
    let predicates = |at: usize| {
        let rounds = directory.revisions(at).filter_map(|at| material.rounds.get(at));
        rounds.map(|round| &round.recorded.statement.predicate)
    };
    // A round with its amendments, which hold what they add, and pay of it.
    let column = |at: usize| {
        let paid = Balance::sum(predicates(at).map(|predicate| figure(&predicate.totals, PAID)));
        let paid_later = predicates(at).skip(1).map(|predicate| figure(&predicate.totals, PAID));
        // What the round itself gave to people without an address; `held` is all that waits.
        let own = predicates(at).flat_map(|predicate| &predicate.allocations);
        let own = own.filter(|allocation| allocation.name != HELD);
        let held = Balance::sum(own.map(|own| figure(&own.sums, HELD_NOW)));
        let held = held.zip(Balance::sum(paid_later)).and_then(|(held, paid)| held.checked_sub(paid));
        let amounts = [paid, held].map(|sum| sum.and_then(Balance::amount).unwrap_or_default());
        (directory.round_title(at), amounts.map(|amount| value(amount, material)).into())
    };
    let closed: Vec<usize> =
        (0..material.rounds.len()).filter(|at| directory.first_revision(*at) == *at).collect();
    chart::draw(Plot {
        name: "rounds".to_owned(),
        title: "What each round gave".to_owned(),
        description: format!(
            "{} closed rounds, the first on the left: what goes to addresses, and what is held for people without one.",
            closed.len()
        ),
        axes: Axes { y: symbol.clone(), ..Axes::default() },
        data: Data::Columns {
            series: vec!["to addresses".to_owned(), "held".to_owned()],
            columns: closed.into_iter().map(column).collect(),
        },
    })
}

/// What is searched: all members who have a page, and all rounds.
fn search(directory: &Directory<'_>, ranked: &[usize]) -> String {
    let material = directory.material;
    let rounds = (0..material.rounds.len()).rev().filter_map(|at| {
        let predicate = &material.rounds.get(at)?.recorded.statement.predicate;
        let Link { text, target } = directory.round_link(at, "");
        let more = format!("round, {} to {}", predicate.period.start, predicate.period.end);
        Some(Found { text: format!("{text} {more}").to_lowercase(), name: text, more, target })
    });
    let symbol = Shown::from(&material.ledger.token.symbol);
    let members = ranked.iter().filter_map(|at| {
        let person = material.people.get(*at)?;
        let Link { text, target } = directory.member_link(*at);
        let addresses = person.addresses.iter().map(ToString::to_string);
        let texts = person.names.iter().chain(&person.keys).chain(&person.accounts);
        let texts: Vec<String> = addresses.chain(texts.map(|text| Shown::from(text).to_string())).collect();
        let received = Money::new(directory.received(*at), material).shown;
        let more = format!("received {received} {symbol}");
        Some(Found { text: texts.join(" ").to_lowercase(), name: text, more, target })
    });
    let found: Vec<Found> = members.chain(rounds).collect();
    // Texts and lists cannot fail. Without `<` and `&` nothing of it can end the element it stands in.
    let json = serde_json::to_string(&found).unwrap_or_default();
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
