//! The page of a round: what it came to, who got what, what was paid of it, and its files.

use std::collections::BTreeMap;

use serde::Serialize;

use super::directory::{Directory, key_of, name_of};
use super::view::{Fact, Frame, Link, Money};
use super::{Material, Round};
use crate::adjustments::Adjustment;
use crate::amount::Balance;
use crate::entries::{Entry, State};
use crate::error::{Place, Shown, visible};
use crate::ledger::payout_format::PayoutFormat;
use crate::recipient::Key;
use crate::report::recipients::LISTED_MOST;
use crate::statement::{Figure, STATEMENT_FILE};

/// The page of a round.
#[derive(Debug, Serialize)]
pub struct RoundPage {
    site: Frame,
    title: String,
    /// The round's id, for commands.
    round: String,
    /// 1 for the first closing, 2 and up for amendments.
    revision: u32,
    /// The other revisions of the round.
    revisions: Vec<Link>,
    /// Why the amendment was made, a text a paragraph.
    reason: Vec<String>,
    adjustments: Vec<AdjustmentView>,
    start: String,
    end: String,
    facts: Vec<Fact>,
    state: Vec<String>,
    report: Option<&'static str>,
    allocations: Vec<AllocationView>,
    rewards: Vec<String>,
    recipients: Vec<RecipientView>,
    /// How many recipients got something.
    total: usize,
    settlements: Vec<SettlementView>,
    files: Vec<FileView>,
    left_out: Vec<String>,
    sequence: u64,
    statement_sha256: String,
    commit: String,
    problem: Option<String>,
}

/// What an allocation came to.
#[derive(Debug, Serialize)]
struct AllocationView {
    name: String,
    method: String,
    figures: Vec<String>,
}

/// Who got what.
#[derive(Debug, Serialize)]
struct RecipientView {
    link: Link,
    fate: String,
    amounts: Vec<String>,
    total: Money,
}

/// What an amendment changes for somebody.
#[derive(Debug, Serialize)]
struct AdjustmentView {
    link: Link,
    due_before: String,
    due_after: String,
    difference: Money,
    paid_now: String,
    held_now: String,
}

/// What a transaction paid.
#[derive(Debug, Serialize)]
struct SettlementView {
    number: u32,
    date: String,
    payout: String,
    total: Money,
    transaction: String,
}

/// A file of the results.
#[derive(Debug, Serialize)]
struct FileView {
    name: String,
    sha256: String,
}

/// Somebody's amounts in a round.
#[derive(Debug)]
struct Row<'a> {
    person: Option<usize>,
    first: &'a Entry,
    amounts: BTreeMap<usize, Balance>,
}

/// The page of the round at a place in the chain.
pub fn page(directory: &Directory<'_>, at: usize) -> Option<RoundPage> {
    let material = directory.material;
    let round = material.rounds.get(at)?;
    let predicate = &round.recorded.statement.predicate;
    let depth = directory.round_folder(at)?.matches('/').count();
    let site = Frame::new(material, "rounds", depth);
    let is_amendment = predicate.revision > 1;
    let (rewards, rows) = if is_amendment { (Vec::new(), Vec::new()) } else { rows(directory, at, round) };
    let total = if is_amendment { round.adjustments.len() } else { rows.len() };
    let others = directory.revisions(at).filter(|other| *other != at);
    let adjustments = round.adjustments.iter().take(LISTED_MOST);
    let recipients = rows.iter().take(LISTED_MOST);
    let subject = &round.recorded.statement.subject;
    let has_report = subject.iter().any(|file| file.name == "report/report.html");
    let file = |name: &str, sha256: &str| FileView { name: name.to_owned(), sha256: sha256.to_owned() };
    let mut files = vec![file(STATEMENT_FILE, &round.recorded.sha256)];
    let kept = subject.iter().filter(|subject| !round.left_out.contains(&subject.name));
    files.extend(kept.map(|subject| file(&subject.name, &subject.digest.sha256)));
    Some(RoundPage {
        title: directory.round_title(at),
        round: predicate.round.clone(),
        revision: predicate.revision,
        revisions: others.map(|other| directory.round_link(other, &site.root)).collect(),
        reason: round.reason.iter().flat_map(|reason| paragraphs(reason)).collect(),
        adjustments: adjustments.map(|row| adjustment(directory, (at, round), row, &site.root)).collect(),
        start: predicate.period.start.clone(),
        end: predicate.period.end.clone(),
        facts: facts(material, round, total),
        state: state(material, round),
        report: has_report.then_some("report/report.html"),
        allocations: allocations(material, round),
        recipients: recipients.map(|row| recipient(directory, row, rewards.len(), &site.root)).collect(),
        rewards,
        total,
        settlements: round
            .settlements
            .iter()
            .map(|settlement| SettlementView {
                number: settlement.settlement,
                date: settlement.date.clone().unwrap_or_default(),
                payout: settlement.payout.map_or("", PayoutFormat::id).to_owned(),
                total: money(&settlement.total, material),
                transaction: settlement.transaction.clone(),
            })
            .collect(),
        files,
        left_out: round.left_out.iter().cloned().collect(),
        sequence: predicate.sequence,
        statement_sha256: round.recorded.sha256.clone(),
        commit: round.commit.clone(),
        problem: round.explained.problem.clone(),
        site,
    })
}

/// A figure of the record.
pub fn money(figure: &Figure, material: Material<'_>) -> Money {
    let place = Place::file(STATEMENT_FILE);
    match Balance::parse(&figure.0, material.ledger.token.decimals, &place, "figure") {
        Ok(balance) => Money::of_balance(balance, material),
        Err(_) => Money { shown: figure.0.clone(), exact: figure.0.clone() },
    }
}

/// The main numbers.
fn facts(material: Material<'_>, round: &Round<'_>, recipients: usize) -> Vec<Fact> {
    let predicate = &round.recorded.statement.predicate;
    let symbol = Shown::from(&predicate.token.symbol);
    let tokens = |figure: &Figure| format!("{} {symbol}", money(figure, material).shown);
    let sums = &predicate.totals;
    if predicate.revision > 1 {
        return facts_of_amendment(material, round);
    }
    let mut facts = vec![
        Fact::new("Pool", tokens(&sums.pool)),
        Fact::new("Goes to addresses", tokens(&sums.paid)),
        Fact::new("Recipients", recipients.to_string()),
    ];
    for (label, figure) in [
        ("Held for people without address", &sums.held),
        ("Kept for the next round", &sums.kept),
        ("Never divided", &sums.unallocated),
    ] {
        if figure.0 != "0" {
            facts.push(Fact::new(label, tokens(figure)));
        }
    }
    facts
}

/// The main numbers of an amendment.
fn facts_of_amendment(material: Material<'_>, round: &Round<'_>) -> Vec<Fact> {
    let symbol = Shown::from(&round.recorded.statement.predicate.token.symbol);
    let sums = &round.recorded.statement.predicate.totals;
    let tokens = |balance: Balance| format!("{} {symbol}", Money::of_balance(balance, material).shown);
    let sum = |part: fn(&Adjustment) -> Balance| {
        Balance::sum(round.adjustments.iter().map(part)).unwrap_or_default()
    };
    let more = |row: &Adjustment| row.difference().amount().unwrap_or_default().into();
    let less = |row: &Adjustment| row.difference().negated().amount().unwrap_or_default().into();
    let overpaid = |row: &Adjustment| row.held_now.negated().amount().unwrap_or_default().into();
    let mut facts = vec![
        Fact::new("Goes to addresses now", format!("{} {symbol}", money(&sums.paid, material).shown)),
        Fact::new("People with a change", round.adjustments.len().to_string()),
        Fact::new("Due more than before", tokens(sum(more))),
        Fact::new("Due less than before", tokens(sum(less))),
    ];
    let overpaid = sum(overpaid);
    if overpaid != Balance::ZERO {
        facts.push(Fact::new("Paid too much to these people", tokens(overpaid)));
    }
    facts
}

/// The paragraphs of a text that people wrote.
fn paragraphs(text: &str) -> impl Iterator<Item = String> {
    let lines = text.split('\n').map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.chars().map(visible).collect())
}

/// What an amendment changes for somebody, as it is shown.
fn adjustment(
    directory: &Directory<'_>,
    (at, round): (usize, &Round<'_>),
    row: &Adjustment,
    root: &str,
) -> AdjustmentView {
    let material = directory.material;
    let key = row.address.map_or_else(|| row.key.clone(), Key::Address);
    let entries = round.booked.entries.iter().enumerate();
    let person =
        entries.filter(|(_, entry)| key_of(entry) == key).find_map(|(place, _)| directory.owner(at, place));
    let file = person.and_then(|person| directory.member_file(person));
    let shown = |balance: Balance| Money::of_balance(balance, material).shown;
    AdjustmentView {
        link: Link {
            text: Shown::from(row.name()).to_string(),
            target: file.map_or_else(String::new, |file| format!("{root}{file}")),
        },
        due_before: shown(row.due_before.into()),
        due_after: shown(row.due_after.into()),
        difference: Money::of_balance(row.difference(), material),
        paid_now: shown(row.paid_now.into()),
        held_now: shown(row.held_now),
    }
}

/// Closed, settled, verified: in words.
pub fn state(material: Material<'_>, round: &Round<'_>) -> Vec<String> {
    let symbol = Shown::from(&round.recorded.statement.predicate.token.symbol);
    let standing = &round.standing;
    let tokens = |text: &String| format!("{} {symbol}", money(&Figure(text.clone()), material).shown);
    let settled = if standing.owed == "0" {
        "nothing to pay".to_owned()
    } else if standing.open == "0" {
        "paid".to_owned()
    } else if standing.settlements == 0 {
        format!("closed, {} to be paid", tokens(&standing.open))
    } else {
        format!("paid in part, {} open", tokens(&standing.open))
    };
    [settled].into_iter().chain(round.verified.clone()).collect()
}

/// The same in a word or two.
pub fn short_state(round: &Round<'_>) -> String {
    let standing = &round.standing;
    let settled = match (standing.owed.as_str(), standing.open.as_str(), standing.settlements) {
        ("0", ..) => "nothing to pay",
        (_, "0", _) => "paid",
        (_, _, 0) => "to be paid",
        _ => "paid in part",
    };
    match &round.verified {
        None => settled.to_owned(),
        Some(verified) => format!("{settled}; {verified}"),
    }
}

/// The sums of the allocations and their total.
fn allocations(material: Material<'_>, round: &Round<'_>) -> Vec<AllocationView> {
    let predicate = &round.recorded.statement.predicate;
    let rows = predicate
        .allocations
        .iter()
        .map(|allocation| (allocation.name.as_str(), allocation.method.as_str(), &allocation.sums));
    rows.chain([("total", "", &predicate.totals)])
        .map(|(name, method, sums)| AllocationView {
            name: name.to_owned(),
            method: method.to_owned(),
            figures: sums.identity().map(|figure| money(figure, material).shown).into(),
        })
        .collect()
}

/// The reward columns and the rows, in the order of distribution.csv; what expired is in none.
fn rows<'a>(directory: &Directory<'_>, at: usize, round: &'a Round<'_>) -> (Vec<String>, Vec<Row<'a>>) {
    let mut columns: Vec<(&str, &str)> = Vec::new();
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut last: Option<Key> = None;
    for (place, entry) in round.booked.entries.iter().enumerate() {
        if entry.state == State::Expired {
            continue;
        }
        let column = (entry.allocation.as_str(), entry.reward.as_str());
        let index = columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            columns.push(column);
            columns.len() - 1
        });
        let key = key_of(entry);
        if last.as_ref() != Some(&key) {
            let person = directory.owner(at, place);
            rows.push(Row { person, first: entry, amounts: BTreeMap::new() });
            last = Some(key);
        }
        if let Some(row) = rows.last_mut() {
            let sum = row.amounts.entry(index).or_default();
            *sum = sum.checked_add(entry.balance()).unwrap_or(*sum); // at most the pools
        }
    }
    let is_twice = |reward: &str| columns.iter().filter(|(_, other)| *other == reward).count() > 1;
    let names = columns.iter().map(|(allocation, reward)| {
        if is_twice(reward) { format!("{allocation}.{reward}") } else { (*reward).to_owned() }
    });
    (names.collect(), rows)
}

/// A row as it is shown.
fn recipient(directory: &Directory<'_>, row: &Row<'_>, columns: usize, root: &str) -> RecipientView {
    let material = directory.material;
    let total = Balance::sum(row.amounts.values().copied()).unwrap_or_default();
    let amount = |column: usize| {
        row.amounts.get(&column).map_or_else(String::new, |amount| Money::of_balance(*amount, material).shown)
    };
    let file = row.person.and_then(|person| directory.member_file(person));
    RecipientView {
        link: Link {
            text: name_of(row.first), // as the results of this round name them
            target: file.map_or_else(String::new, |file| format!("{root}{file}")),
        },
        fate: match row.first.address {
            Some(address) => address.to_string(),
            None => "held".to_owned(),
        },
        amounts: (0..columns).map(amount).collect(),
        total: Money::of_balance(total, material),
    }
}
