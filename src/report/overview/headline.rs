//! The round in figures, and that they add up.

use super::{Overview, day_in_words, words};
use crate::report::page::{Block, Section};
use crate::report::text::counted;

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
        let revision = format!("{}: it replaces the ones before it", material.revision);
        facts.push(("Revision".to_owned(), revision));
    }
    facts.push(("Pool (what was to be divided)".to_owned(), tokens(&sums.pool)));
    let optional = [
        ("Declared (what the round's file names)", &sums.declared, sums.declared != sums.pool),
        ("Carried in (left from earlier rounds)", &sums.carried_in, sums.carried_in.0 != "0"),
        ("Brought in (new to this ledger)", &sums.brought_in, sums.brought_in.0 != "0"),
        ("Paid (goes to addresses now)", &sums.paid, true),
        ("Held (waits for people without an address)", &sums.held, true),
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
    let identity = format!(
        "pool {} + carried in {} + brought in {} = paid {} + held {} + kept {} + unallocated {}",
        sums.pool.0,
        sums.carried_in.0,
        sums.brought_in.0,
        sums.paid.0,
        sums.held.0,
        sums.kept.0,
        sums.unallocated.0
    );
    let blocks = vec![
        Block::facts(facts),
        Block::text(format!("Nothing is lost and nothing appears from nowhere. In {symbol}, exactly:")),
        Block::Code { text: identity },
    ];
    Section::new("headline", "The round", blocks)
}

/// How many there are, and how many of them are paid.
fn recipients(overview: &Overview<'_>) -> String {
    let recipients = overview.material.recipients;
    let waiting = overview.figures.waiting;
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
