//! This round beside the one that was closed before it.

use super::figures::{Compared, Figures};
use super::people::People;
use super::{Overview, words};
use crate::amount::Amount;
use crate::report::Material;
use crate::report::page::{Block, Section, Table};
use crate::report::text::{self, counted};

/// Most names that a page lists of those who came or left.
const NAMES_MOST: usize = 30;
/// Most changes that a page lists.
const CHANGES_MOST: usize = 10;

/// Figures side by side, who is new, who left, whose amount changed most.
pub fn section(overview: &Overview<'_>) -> Section {
    let title = "Compared with the round before";
    let Some(previous) = &overview.previous else {
        let text =
            "This is the first round that was closed in this ledger: there is none to compare it with.";
        return Section::new("comparison", title, vec![Block::text(text)]);
    };
    let material = overview.material;
    let before = &previous.figures;
    let [start, end] = &before.period;
    let titles = ["", "#this round", "#round before", "#change"];
    let caption = format!("This round and {}", before.round);
    let table = Table::new("comparison-table", &caption, &titles, rows(material, &overview.figures, before));
    let mut blocks = vec![
        Block::text(format!("The round closed before this one is {} ({start} to {end}).", before.round)),
        Block::Table(table),
    ];
    blocks.extend(people(material, previous));
    Section::new("comparison", title, blocks)
}

/// One row a figure: now, before, change.
fn rows(material: &Material<'_>, now: &Figures, before: &Figures) -> Vec<Vec<String>> {
    let symbol = &material.plan.token.symbol;
    let mut rows = Vec::new();
    let names = ["Pool", "Paid", "Held", "Unallocated"];
    for (name, (now, before)) in names.into_iter().zip(now.sums.into_iter().zip(before.sums)) {
        let shown =
            |amount: Option<Amount>| amount.map(|amount| words::amount(material, amount)).unwrap_or_default();
        let change = now.zip(before).map(|(now, before)| words::change(material, before, now));
        rows.push(vec![format!("{name} ({symbol})"), shown(now), shown(before), change.unwrap_or_default()]);
    }
    rows.push(count_row("Recipients", now.recipients, before.recipients));
    // Measures over different things are not to be compared.
    let is_same = now.over == before.over;
    let over = if now.over == "praise" { "praise rewards" } else { "totals" };
    let [gini, _, entropy, top] = &now.ratios;
    let [gini_before, _, entropy_before, top_before] = &before.ratios;
    for (name, now, before) in [
        ("Gini coefficient", gini, gini_before),
        ("Shannon entropy (bits)", entropy, entropy_before),
        ("Share of the top 10 % (1: all)", top, top_before),
    ] {
        let before = if is_same { before.as_str() } else { "" };
        rows.push(ratio_row(&format!("{name}, {over}"), now, before));
    }
    let nakamoto = |figures: &Figures| figures.measured.map(|[_, nakamoto]| nakamoto);
    let before = if is_same { nakamoto(before) } else { None };
    rows.push(count_row(&format!("Nakamoto coefficient, {over}"), nakamoto(now), before));
    rows
}

/// A row of counts.
fn count_row(name: &str, now: Option<usize>, before: Option<usize>) -> Vec<String> {
    let shown = |count: Option<usize>| count.map(|count| count.to_string()).unwrap_or_default();
    let change = now.zip(before).map(|(now, before)| {
        let sign = match now.cmp(&before) {
            std::cmp::Ordering::Less => "-",
            std::cmp::Ordering::Equal => "",
            std::cmp::Ordering::Greater => "+",
        };
        format!("{sign}{}", now.abs_diff(before))
    });
    vec![name.to_owned(), shown(now), shown(before), change.unwrap_or_default()]
}

/// A row of texts with six digits, of which four are shown.
fn ratio_row(name: &str, now: &str, before: &str) -> Vec<String> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let shown = |text: &str| number(text).map(|number| format!("{number:.4}")).unwrap_or_default();
    let change = number(now).zip(number(before)).map(|(now, before)| {
        let difference = format!("{:+.4}", now - before);
        if ["+0.0000", "-0.0000"].contains(&difference.as_str()) { "0.0000".to_owned() } else { difference }
    });
    vec![name.to_owned(), shown(now), shown(before), change.unwrap_or_default()]
}

/// Who came, who left, and the largest changes.
fn people(material: &Material<'_>, previous: &Compared) -> Vec<Block> {
    let Some(people) = &previous.people else {
        let text = "Who is new and who left is not listed: one of the two tables is too large to be compared row by row, or is not there.";
        return vec![Block::text(text)];
    };
    let stayed = counted(people.stayed, "recipient was", "recipients were");
    let mut blocks = vec![
        Block::text(format!("{stayed} in both rounds.")),
        Block::text(names_of("New", &people.new)),
        Block::text(names_of("Not in this round any more", &people.left)),
    ];
    let rows = changes(material, people);
    if !rows.is_empty() {
        let symbol = &material.plan.token.symbol;
        let caption = format!("The largest changes among those who were in both, in {symbol}");
        let titles = ["recipient", "#this round", "#round before", "#change"];
        blocks.push(Block::Table(Table::new("changes-table", &caption, &titles, rows)));
    }
    blocks
}

/// `New (3): Ada, Bea, Cid`.
fn names_of(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        return format!("{what}: nobody.");
    }
    let listed: Vec<String> = names.iter().take(NAMES_MOST).map(|name| text::name(name)).collect();
    let mut text = format!("{what} ({}): {}", names.len(), listed.join(", "));
    if names.len() > NAMES_MOST {
        text.push_str(&format!(", and {} more", names.len() - NAMES_MOST));
    }
    text.push('.');
    text
}

/// The largest changes, whichever their sign; of equal ones the first in the table first.
fn changes(material: &Material<'_>, people: &People) -> Vec<Vec<String>> {
    let difference = |before: &Amount, now: &Amount| before.units().abs_diff(now.units());
    let mut changed: Vec<&(String, Amount, Amount)> =
        people.changes.iter().filter(|(_, before, now)| before != now).collect();
    changed.sort_by_key(|(_, before, now)| std::cmp::Reverse(difference(before, now))); // stable
    let row = |(name, before, now): &(String, Amount, Amount)| {
        vec![
            text::name(name),
            words::amount(material, *now),
            words::amount(material, *before),
            words::change(material, *before, *now),
        ]
    };
    changed.into_iter().take(CHANGES_MOST).map(row).collect()
}
