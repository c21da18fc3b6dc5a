//! What an amendment changes: why it was made, who is due more or less than before, who is paid now, and
//! who was paid too much.

use super::words;
use crate::adjustments::Adjustment;
use crate::amount::{Amount, Balance};
use crate::error::visible;
use crate::report::Material;
use crate::report::page::{Block, Section, Table};
use crate::report::text::{self, counted};

/// Most people whose changes a page lists; the rest stand in adjustments.csv only.
const LISTED_MOST: usize = 500;

/// The section; none for a round that is closed first.
pub fn section(material: &Material<'_>) -> Option<Section> {
    let adjustments = material.adjustments?;
    let mut blocks = vec![
        Block::text(format!(
            "This round was closed before; this is its revision {}. The inputs were corrected and the whole round was computed again. Every other amount on this page is that of the corrected round. Nothing that was recorded before is changed: what people were due before is compared with what they are due now, paid or held, and only the difference counts. So nobody is paid twice.",
            material.revision
        )),
        Block::heading("Why"),
    ];
    blocks.extend(reason(material).into_iter().map(Block::text));
    blocks.push(Block::heading("What changes"));
    blocks.push(facts(material, adjustments));
    if adjustments.is_empty() {
        blocks.push(Block::text("Nobody is due more or less than before, and nobody is paid now."));
    } else {
        blocks.push(Block::text(
            "Due is what the round gives to a person, paid or held. Paid now goes to the person's address with this amendment; it may hold more than the difference, where an amount waited and the address is known now. Held now is what waits for the person from all rounds; below zero it was paid too much.",
        ));
        blocks.push(table(material, adjustments));
    }
    blocks.extend(overpaid(material, adjustments));
    Some(Section::new("amendment", "What this amendment changes", blocks))
}

/// The paragraphs of the reason, as people wrote it; what cannot be seen is replaced.
pub fn reason(material: &Material<'_>) -> Vec<String> {
    let lines = material.reason.unwrap_or_default().split('\n').map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    lines.map(|line| line.chars().map(visible).collect()).collect()
}

/// Whom a row is for: the name; without one the address, shortened, or the key.
pub fn name(row: &Adjustment) -> String {
    let name = row.name();
    match row.key.address() {
        Some(address) if text::is_blank(&name) || name == address.to_string() => {
            text::short_address(&address.checksummed())
        }
        None if text::is_blank(&name) => text::name(&row.key.to_string()),
        _ => text::name(&name),
    }
}

/// Sums of a part of all rows.
fn sum(adjustments: &[Adjustment], part: impl Fn(&Adjustment) -> Balance) -> Amount {
    // What lies below zero does not count; what is summed up is part of sums that fit.
    Amount::sum(adjustments.iter().filter_map(|row| part(row).amount())).unwrap_or_default()
}

/// The main numbers.
fn facts(material: &Material<'_>, adjustments: &[Adjustment]) -> Block {
    let tokens = |amount| words::tokens(material, amount);
    let count = |is_it: &dyn Fn(&Adjustment) -> bool| {
        counted(adjustments.iter().filter(|row| is_it(row)).count(), "person", "people")
    };
    let more = |row: &Adjustment| row.due_after > row.due_before;
    let less = |row: &Adjustment| row.due_after < row.due_before;
    let paid = |row: &Adjustment| row.paid_now != Amount::ZERO;
    let mut facts = vec![
        (
            "Due more than before",
            format!("{} to {}", tokens(sum(adjustments, Adjustment::difference)), count(&more)),
        ),
        (
            "Due less than before",
            format!("{}, {}", tokens(sum(adjustments, |row| row.difference().negated())), count(&less)),
        ),
        ("Paid now", format!("{} to {}", tokens(sum(adjustments, |row| row.paid_now.into())), count(&paid))),
    ];
    let too_much = sum(adjustments, |row| row.held_now.negated());
    if too_much != Amount::ZERO {
        let overpaid = count(&|row: &Adjustment| row.held_now.is_negative());
        facts.push(("Paid too much", format!("{} to {overpaid}", tokens(too_much))));
    }
    Block::facts(facts)
}

/// Who is due more or less, and who is paid now.
fn table(material: &Material<'_>, adjustments: &[Adjustment]) -> Block {
    let row = |row: &Adjustment| {
        vec![
            name(row),
            words::change(material, row.due_before, row.due_after),
            words::amount(material, row.due_before),
            words::amount(material, row.due_after),
            words::amount(material, row.paid_now),
            words::balance(material, row.held_now),
        ]
    };
    let titles = ["recipient", "#difference", "#due before", "#due now", "#paid now", "#held now"];
    let caption = format!("What changes for whom, in {}", material.plan.token.symbol);
    let rows = adjustments.iter().take(LISTED_MOST).map(row).collect();
    let mut table = Table::new("adjustments-table", &caption, &titles, rows);
    table.csv = Some("../adjustments.csv".to_owned());
    table.total = adjustments.len();
    table.interactive = true;
    Block::Table(table)
}

/// Who was paid too much, and what becomes of it; nothing where nobody was.
fn overpaid(material: &Material<'_>, adjustments: &[Adjustment]) -> Vec<Block> {
    let people: Vec<&Adjustment> = adjustments.iter().filter(|row| row.held_now.is_negative()).collect();
    if people.is_empty() {
        return Vec::new();
    }
    let item = |row: &&Adjustment| format!("{}: {}", name(row), words::tokens(material, row.held_now.size()));
    let mut items: Vec<String> = people.iter().take(LISTED_MOST).map(item).collect();
    if people.len() > items.len() {
        items.push(format!("... and {} more, in adjustments.csv", people.len() - items.len()));
    }
    vec![Block::heading("Who was paid too much"), Block::text(becomes_of_it(material)), Block::List { items }]
}

/// What becomes of what was paid too much.
pub fn becomes_of_it(material: &Material<'_>) -> &'static str {
    if material.ledger.offset_overpayments {
        "What was paid too much is taken off what the same people are paid in later rounds, and never more than they are paid. Nobody has to send anything back."
    } else {
        "What was paid too much stays listed. This ledger takes nothing off later payments by itself; how it is settled is for the community to decide."
    }
}
