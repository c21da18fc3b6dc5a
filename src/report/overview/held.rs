//! What waits for people without an address: released now, waiting, expired.

use super::{figure, words};
use crate::amount::Amount;
use crate::report::Material;
use crate::report::page::{Block, Section, Table};
use crate::report::text;
use crate::statement::{CARRY_FILE, Carry, HELD, HeldRecord};

/// Most waiting people that a page lists.
const LISTED_MOST: usize = 50;
/// A larger carry.json is not read again for the list.
const READ_BYTES: usize = 4 * 1024 * 1024;

/// In words, and who waits.
pub fn section(material: &Material<'_>) -> Section {
    let decimals = material.plan.token.decimals;
    let Some(held) = material.allocations.iter().find(|record| record.name == HELD) else {
        return Section::new("held", "Held amounts", Vec::new());
    };
    let amount = |text| figure(text, decimals).unwrap_or_default();
    let [before, released, expired, waiting] =
        [&held.sums.carried_in, &held.sums.paid, &held.sums.unallocated, &held.sums.held].map(amount);
    let all = amount(&material.totals.held);
    let new = all.checked_sub(waiting).unwrap_or_default();
    let tokens = |amount| words::tokens(material, amount);
    if before == Amount::ZERO && all == Amount::ZERO {
        let text =
            "Nobody waits for an address: nothing was held before this round, and nothing is held now.";
        return Section::new("held", "Held amounts", vec![Block::text(text)]);
    }
    let mut sentences = vec![
        "An amount for somebody whose address is not known is held: it waits, round after round, until the address is in the ledger."
            .to_owned(),
        format!("Before this round {} were held.", tokens(before)),
    ];
    if before != Amount::ZERO {
        sentences.push(if released == Amount::ZERO {
            "None of that is paid now.".to_owned()
        } else {
            format!("Of that {} are paid now, because addresses were found.", tokens(released))
        });
        let rounds = material.ledger.held_expiry_rounds;
        if expired != Amount::ZERO {
            sentences.push(format!(
                "{} waited for {} closings and expired: they return to unallocated.",
                tokens(expired),
                rounds.unwrap_or_default()
            ));
        } else if rounds.is_some() {
            sentences.push("None of it has expired.".to_owned());
        }
    }
    sentences.push(if new == Amount::ZERO {
        "This round adds nothing.".to_owned()
    } else {
        format!("This round adds {}.", tokens(new))
    });
    sentences.push(format!("Now {} are held.", tokens(all)));
    let mut blocks = vec![Block::text(sentences.join(" "))];
    blocks.extend(list(material));
    Section::new("held", "Held amounts", blocks)
}

/// Who waits now, the largest sums first.
fn list(material: &Material<'_>) -> Vec<Block> {
    let bytes = material.results.get(CARRY_FILE).map(Vec::as_slice).unwrap_or_default();
    if bytes.len() > READ_BYTES {
        return vec![Block::Link { text: "Who waits: carry.json".into(), target: "../carry.json".into() }];
    }
    let carry = Carry::read(CARRY_FILE, bytes).unwrap_or_default();
    if carry.held.is_empty() {
        return Vec::new();
    }
    let people = people(&carry, material.plan.token.decimals);
    let rows = people
        .iter()
        .take(LISTED_MOST)
        .map(|(name, sum, since)| vec![text::name(name), text::name(since), words::amount(material, *sum)]);
    let caption = format!("Who waits for an address, in {}", material.plan.token.symbol);
    let titles = ["recipient", "waits since round", "#amount"];
    let mut table = Table::new("held-table", &caption, &titles, rows.collect());
    table.total = people.len();
    let mut blocks = vec![Block::Table(table)];
    if people.len() > LISTED_MOST {
        blocks.push(Block::Link { text: "All of them: carry.json".into(), target: "../carry.json".into() });
    }
    blocks.push(Block::text(
        "Are you one of them? Give your address to the people who keep this ledger. They add it to members.csv or to the next round's inputs, and the next closing pays you.",
    ));
    blocks
}

/// Everybody who waits, the largest sums first: name (without one the key), sum, the first round.
fn people(carry: &Carry, decimals: u8) -> Vec<(String, Amount, String)> {
    // The records of a key follow one another, older ones first.
    let person = |records: &[HeldRecord]| {
        let [first, ..] = records else { return None };
        let sum = records.iter().filter_map(|record| figure(&record.amount, decimals));
        let name = if text::is_blank(&first.name) { &first.key } else { &first.name };
        Some((name.clone(), Amount::sum(sum).unwrap_or_default(), first.round.clone()))
    };
    let mut people: Vec<(String, Amount, String)> =
        carry.held.chunk_by(|left, right| left.key == right.key).filter_map(person).collect();
    people.sort_by_key(|(_, sum, _)| std::cmp::Reverse(*sum)); // stable: of equal sums by key
    people
}
