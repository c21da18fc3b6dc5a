//! What waits for people without an address: released now, waiting, expired.

use super::{amendment, figure, words};
use crate::amount::{Amount, Balance};
use crate::distribution::RELEASED;
use crate::entries::people::held_of;
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
    if let Some(section) = with_overpaid(material) {
        return section;
    }
    let decimals = material.plan.token.decimals;
    let Some(held) = material.allocations.iter().find(|record| record.name == HELD) else {
        return Section::new("held", "Held amounts", Vec::new());
    };
    let amount = |text| figure(text, decimals).unwrap_or_default();
    let [carried_in, opening, released, expired, waiting] = [
        &held.sums.carried_in,
        &held.sums.brought_in,
        &held.sums.paid,
        &held.sums.unallocated,
        &held.sums.held,
    ]
    .map(amount);
    // One of the two is zero: opening balances come in before anything else is held.
    let before = carried_in.checked_add(opening).unwrap_or_default();
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
        if opening == Amount::ZERO {
            format!("Before this round {} were held.", tokens(before))
        } else {
            format!(
                "This is the ledger's first round: {} were owed from before it, and come from opening.csv.",
                tokens(before)
            )
        },
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

/// After an amendment, and where amounts below zero are held: what was paid too much. None else.
fn with_overpaid(material: &Material<'_>) -> Option<Section> {
    let decimals = material.plan.token.decimals;
    let bytes = material.results.get(CARRY_FILE).map(Vec::as_slice).unwrap_or_default();
    let carry = Carry::read(CARRY_FILE, bytes).unwrap_or_default();
    let [waits, overpaid] = held_of(&carry.held, decimals).unwrap_or_default();
    let rewards = &material.recipients.rewards;
    let offset = rewards.iter().find(|reward| reward.is_offset()).map(|reward| reward.sum);
    if material.revision == 1 && overpaid == Amount::ZERO && offset.is_none() {
        return None;
    }
    let tokens = |amount| words::tokens(material, amount);
    let mut sentences = vec![
        "An amount for somebody whose address is not known is held: it waits, round after round, until the address is in the ledger. What somebody was paid too much, as an amendment found, is kept in the same list as an amount below zero."
            .to_owned(),
    ];
    if material.revision == 1 {
        let held = material.allocations.iter().find(|record| record.name == HELD);
        let before = held.and_then(|held| words::balance_of(&held.sums.carried_in, decimals));
        let before = words::balance(material, before.unwrap_or_default());
        sentences
            .push(format!("Before this round the list came to {before} {}.", material.plan.token.symbol));
        let released = rewards.iter().find(|reward| reward.name == RELEASED).map(|reward| reward.sum);
        sentences.extend(released.map(|released| {
            format!("{} of what waited are paid now, because addresses were found.", tokens(released))
        }));
        sentences.extend(offset.map(|offset| {
            format!("{} that were paid too much before are taken off what is paid now.", tokens(offset))
        }));
        let expired = held.and_then(|held| figure(&held.sums.unallocated, decimals)).unwrap_or_default();
        if expired != Amount::ZERO {
            sentences.push(format!(
                "{} waited too long and expired: they return to unallocated.",
                tokens(expired)
            ));
        }
    } else {
        let paid = material.adjustments.into_iter().flatten().map(|row| row.paid_now);
        let paid = Amount::sum(paid).unwrap_or_default();
        sentences.push(format!(
            "What this amendment adds went to this list, and {} of the list are paid now to people whose address is known.",
            tokens(paid)
        ));
    }
    sentences.push(match (waits, overpaid) {
        (Amount::ZERO, Amount::ZERO) => "Now nothing waits, and nothing paid too much is open.".to_owned(),
        (waits, Amount::ZERO) => format!("Now {} wait.", tokens(waits)),
        (waits, overpaid) => {
            format!("Now {} wait, and {} were paid too much.", tokens(waits), tokens(overpaid))
        }
    });
    let mut blocks = vec![Block::text(sentences.join(" "))];
    blocks.extend(list(material));
    Some(Section::new("held", "Held amounts", blocks))
}

/// Who was paid too much, the largest sums first; nothing where nobody was.
fn list_of_overpaid(material: &Material<'_>, carry: &Carry) -> Vec<Block> {
    let people = people(carry, material.plan.token.decimals, true);
    if people.is_empty() {
        return Vec::new();
    }
    let rows = people.iter().take(LISTED_MOST).map(|(name, sum, since)| {
        let sum = words::balance(material, Balance::minus(*sum));
        vec![text::name(name), text::name(since), sum]
    });
    let caption = format!("Who was paid too much, in {}", material.plan.token.symbol);
    let titles = ["recipient", "paid too much in round", "#amount"];
    let mut table = Table::new("overpaid-table", &caption, &titles, rows.collect());
    table.total = people.len();
    vec![Block::Table(table), Block::text(amendment::becomes_of_it(material))]
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
    let overpaid = list_of_overpaid(material, &carry);
    let people = people(&carry, material.plan.token.decimals, false);
    if people.is_empty() {
        return overpaid;
    }
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
    blocks.extend(overpaid);
    blocks
}

/// Everybody who waits, or who was paid too much, the largest sums first: name (without one the key), sum
/// without sign, the first round.
fn people(carry: &Carry, decimals: u8, is_overpaid: bool) -> Vec<(String, Amount, String)> {
    let balance = |record: &HeldRecord| words::balance_of(&record.amount, decimals).unwrap_or_default();
    let mut people: Vec<(String, Amount, String)> = Vec::new();
    // The records of a key follow one another, older ones first.
    for records in carry.held.chunk_by(|left, right| left.key == right.key) {
        let own = || records.iter().filter(|record| balance(record).is_negative() == is_overpaid);
        let Some(first) = own().next() else { continue };
        let name = if text::is_blank(&first.name) { &first.key } else { &first.name };
        let sum = Amount::sum(own().map(|record| balance(record).size()));
        people.push((name.clone(), sum.unwrap_or_default(), first.round.clone()));
    }
    people.sort_by_key(|(_, sum, _)| std::cmp::Reverse(*sum)); // stable: of equal sums by key
    people
}
