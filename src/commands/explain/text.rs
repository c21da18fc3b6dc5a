//! An explanation for people.

use std::collections::BTreeMap;

use super::super::table::render;
use super::{Adjusted, Told};
use crate::explain::RewardShape;
use crate::methods::explanation::{Details, DivisionShape, Shape};

/// What stands before the lines of a section.
const INDENT: &str = "  ";
/// Columns of texts; all others are figures.
const TEXTS: [&str; 14] = [
    "row",
    "praise",
    "quantifier",
    "list",
    "proposal",
    "title",
    "member",
    "group",
    "since",
    "key",
    "snapshot",
    "figure",
    "status",
    "limit",
];

/// The whole text: who, each reward, the sum, and whether it is what is committed.
pub(super) fn told(told: &Told) -> String {
    let (symbol, explanation) = (&told.token, &told.explanation);
    let name = if told.recipient.is_empty() { &told.key } else { &told.recipient };
    let revision = if told.revision > 1 { format!(", revision {}", told.revision) } else { String::new() };
    let mut text = format!("{name} in {}{revision}: {} {symbol}\n", told.round, explanation.total);
    text += &match &told.address {
        Some(address) => format!("{INDENT}address   {address}\n"),
        None => format!("{INDENT}held for  {}\n", told.key),
    };
    if !told.accounts.is_empty() {
        text += &format!("{INDENT}accounts  {}\n", told.accounts.join(" "));
    }
    for reward in &explanation.rewards {
        text += &of_reward(reward, symbol);
    }
    let amounts: Vec<&str> = explanation.rewards.iter().map(|reward| reward.amount.as_str()).collect();
    if amounts.len() > 1 {
        let sum = amounts.join(" + ").replace("+ -", "- ");
        text += &format!("\n{sum} = {} {symbol}\n", explanation.total);
    }
    if let Some(adjustments) = &told.adjustments {
        text += &adjusted(adjustments, told);
    }
    text + "\n" + &verdict(told)
}

/// What the amendment changes.
fn adjusted(adjustments: &[Adjusted], told: &Told) -> String {
    let symbol = &told.token;
    let mut text = format!("\nrevision {} of {} changes\n", told.revision, told.round);
    if adjustments.is_empty() {
        text += &format!("{INDENT}nothing for them\n");
    }
    for Adjusted { due_before, due_after, difference, paid_now, held_now } in adjustments {
        text += &format!(
            "{INDENT}due before  {due_before} {symbol}\n{INDENT}due after   {due_after} {symbol}\n{INDENT}difference  {difference} {symbol}\n{INDENT}paid now    {paid_now} {symbol}\n"
        );
        text += &match held_now.strip_prefix('-') {
            Some(overpaid) => {
                format!("{INDENT}held now    {held_now} {symbol}: {overpaid} were paid too much\n")
            }
            None => format!("{INDENT}held now    {held_now} {symbol}\n"),
        };
    }
    text
}

/// A reward with its sections.
fn of_reward(reward: &RewardShape, symbol: &str) -> String {
    let RewardShape { reward: name, allocation, method, amount, sections } = reward;
    let mut text = format!("\n{name}: {amount} {symbol} (allocation {allocation}, {method})\n");
    for section in sections {
        text += &of_section(section, sections.len() > 1, symbol);
    }
    text
}

/// A section: what it follows from, what adds up, and the division.
fn of_section(section: &Shape, is_one_of_several: bool, symbol: &str) -> String {
    let mut text = format!("{INDENT}{}", section.title);
    if is_one_of_several {
        text += &format!(": {} {symbol}", section.amount);
    }
    text.push('\n');
    for note in &section.notes {
        text += &format!("{INDENT}- {note}\n");
    }
    for Details { title, header, rows } in &section.details {
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        text += &format!("\n{INDENT}{title}\n{}", indented(&aligned(&header, rows.clone())));
    }
    let table = parts(section);
    if !table.is_empty() {
        text += &format!("\n{}", indented(&table));
    }
    if let Some(division) = &section.division {
        text.push('\n');
        for words in &division.words {
            text += &format!("{INDENT}{words}\n");
        }
        if division.units_gained > 0 {
            text += &format!("{INDENT}= {} {symbol}\n", section.amount);
        }
    }
    text
}

/// The rows that add up, and their sum where there are several.
fn parts(section: &Shape) -> String {
    // Shown with the share: `3/40 of 500`. The exact tokens are that; programs get them as well.
    let columns: Vec<&str> =
        section.columns.iter().copied().filter(|column| !["of", "exact"].contains(column)).collect();
    if section.parts.is_empty() {
        return String::new();
    }
    let share = |share: &str, of: &str| format!("{share} of {of}");
    let row = |(part, is_rounded): (&BTreeMap<&'static str, String>, &bool)| -> Vec<String> {
        let text = |column: &str| part.get(column).cloned().unwrap_or_default();
        let cell = |column: &&str| match *column {
            "share" => share(&text("share"), &text("of")),
            "tokens" if *is_rounded => format!("{}…", text("tokens")),
            column => text(column),
        };
        columns.iter().map(cell).collect()
    };
    let mut rows: Vec<Vec<String>> = section.parts.iter().zip(&section.is_rounded).map(row).collect();
    if rows.len() > 1 {
        rows.push(sum(section, &columns));
    }
    aligned(&columns, rows)
}

/// A table with its texts to the left and its figures to the right.
fn aligned(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    let right: Vec<&str> = columns.iter().copied().filter(|column| !TEXTS.contains(column)).collect();
    render(columns, rows, &right)
}

/// The last row: weight, share and tokens of all together.
fn sum(section: &Shape, columns: &[&str]) -> Vec<String> {
    let cell = |(index, column): (usize, &&str)| match (*column, &section.division) {
        ("tokens", None) => section.amount.clone(),
        ("tokens", Some(division)) => cut(division),
        ("share", Some(division)) => format!("{} of {}", division.share, division.pool),
        (_, Some(division)) if columns.get(index + 1) == Some(&"share") => division.weight.clone(),
        _ if index == 0 => "together".to_owned(),
        _ => String::new(),
    };
    columns.iter().enumerate().map(cell).collect()
}

/// The exact part as a decimal, with an ellipsis where the floor cut it.
fn cut(division: &DivisionShape) -> String {
    if division.remainder == "0" { division.floor.clone() } else { format!("{}…", division.floor) }
}

fn indented(table: &str) -> String {
    let lines: Vec<String> = table.lines().map(|line| format!("{INDENT}{INDENT}{line}\n")).collect();
    lines.concat()
}

/// Whether the explanation is what is committed.
fn verdict(told: &Told) -> String {
    let inputs = told.inputs.get(..10).unwrap_or(&told.inputs);
    let mut text = format!("recomputed from the inputs of commit {inputs}: ");
    let Some(committed) = &told.committed else {
        text += "the round is open, nothing is committed yet\n";
        return text + adds_up(told);
    };
    let commit = committed.commit.get(..10).unwrap_or(&committed.commit);
    let place = format!("{} (commit {commit})", committed.path);
    if committed.differences.is_empty() {
        text += &format!("equals the committed amount in {place}\n");
    } else {
        text += &format!("NOT what is committed in {place}\n");
    }
    for difference in &committed.differences {
        text += &format!(
            "{INDENT}{}: committed {}, the inputs give {}\n",
            difference.reward, difference.committed, difference.recomputed
        );
    }
    if committed.changed_since {
        text += "a later commit CHANGED or removed that file: `meed verify` names it\n";
    }
    text + adds_up(told)
}

/// A word on an explanation that does not come to the recomputed amount.
fn adds_up(told: &Told) -> &'static str {
    if told.explanation.adds_up {
        ""
    } else {
        "the parts above do NOT come to the recomputed amount: please report this as a fault of meed\n"
    }
}
