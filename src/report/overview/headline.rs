//! The round in figures, and that they add up.

use super::{Overview, day_in_words, words};
use crate::report::page::{Block, Section};
use crate::report::text::counted;
use crate::statement::{Figure, Sums};

/// Period, sums, recipients, and the identity in numbers.
pub fn section(overview: &Overview<'_>) -> Section {
    let material = overview.material;
    let (sums, symbol) = (material.totals, &material.plan.token.symbol);
    let period = material.plan.period;
    let tokens = |figure| format!("{} {symbol}", words::shown_figure(material, figure));
    let mut facts = vec![(
        "Period".to_owned(),
        format!(
            "{} to {} ({}, both days included)",
            day_in_words(period.start),
            day_in_words(period.end),
            counted(overview.figures.days, "day", "days")
        ),
    )];
    if material.revision > 1 {
        let revision = format!(
            "{}: it corrects the ones before it. The figures below are those of the corrected round; what it changes is told in the next section",
            material.revision
        );
        facts.push(("Revision".to_owned(), revision));
    }
    let words = words_of(material.revision);
    facts.push(("Pool (what was to be divided)".to_owned(), tokens(&sums.pool)));
    let optional = [
        ("Declared (what the round's file names)", &sums.declared, sums.declared != sums.pool),
        ("Carried in (left from earlier rounds)", &sums.carried_in, sums.carried_in.0 != "0"),
        ("Brought in (new to this ledger)", &sums.brought_in, sums.brought_in.0 != "0"),
        (words.paid, &sums.paid, true),
        (words.held, &sums.held, true),
        ("Kept (stays in its allocation for the next round)", &sums.kept, sums.kept.0 != "0"),
        ("Unallocated (given to nobody)", &sums.unallocated, true),
    ];
    let listed = optional.into_iter().filter(|(_, _, is_listed)| *is_listed);
    facts.extend(listed.map(|(label, figure, _)| (label.to_owned(), tokens(figure))));
    facts.push(("Recipients".to_owned(), recipients(overview)));
    if !material.warnings.is_empty() {
        let count = counted(material.warnings.len(), "warning", "warnings");
        facts.push(("To look at".to_owned(), format!("{count}, listed at the end of this page")));
    }
    let blocks = vec![
        Block::facts(facts),
        Block::text(format!("Nothing is lost and nothing appears from nowhere. In {symbol}, exactly:")),
        Block::Code { text: identity(sums, material.revision) },
    ];
    Section::new("headline", "The round", blocks)
}

/// How the figures are called. Those of an amendment are what the round gives in all, paid now or before.
struct Words {
    paid: &'static str,
    held: &'static str,
    equals_paid: &'static str,
    and_held: &'static str,
}

fn words_of(revision: u32) -> Words {
    if revision > 1 {
        Words {
            paid: "Due to people with an address (paid before, or now)",
            held: "Due to people without an address (held until there is one)",
            equals_paid: "= with an address",
            and_held: "+ without an address",
        }
    } else {
        Words {
            paid: "Paid (goes to addresses now)",
            held: "Held (waits for people without an address)",
            equals_paid: "= paid",
            and_held: "+ held",
        }
    }
}

/// pool + carried in + brought in = paid + held + kept + unallocated, one figure a line, point below point.
fn identity(sums: &Sums, revision: u32) -> String {
    let words = words_of(revision);
    let lines = [
        ("  pool", &sums.pool),
        ("+ carried in", &sums.carried_in),
        ("+ brought in", &sums.brought_in),
        (words.equals_paid, &sums.paid),
        (words.and_held, &sums.held),
        ("+ kept", &sums.kept),
        ("+ unallocated", &sums.unallocated),
    ];
    let whole = |figure: &Figure| figure.0.split('.').next().map_or(0, str::len);
    let width = lines.iter().map(|(_, figure)| whole(figure)).max().unwrap_or(0);
    let width_of_label = if revision > 1 { 23 } else { 14 };
    let line = |(label, figure): (&str, &Figure)| {
        format!("{label:<width_of_label$}{}{}", " ".repeat(width - whole(figure)), figure.0)
    };
    lines.map(line).join("\n")
}

/// How many there are, and how many of them are paid.
fn recipients(overview: &Overview<'_>) -> String {
    let recipients = overview.material.recipients;
    let waiting = overview.figures.waiting;
    if overview.material.revision > 1 {
        return format!(
            "{}, {} of them with an address, {waiting} without",
            recipients.count, recipients.paid
        );
    }
    let mut text = format!("{}, {} of them paid now", recipients.count, recipients.paid);
    if waiting > 0 {
        let wait = if waiting == 1 { "waits" } else { "wait" };
        text.push_str(&format!(", {waiting} {wait} for an address"));
    }
    let rest = recipients.count.saturating_sub(recipients.paid + waiting);
    if rest > 0 {
        text.push_str(&format!(", {rest} with an amount of zero"));
    }
    text
}
