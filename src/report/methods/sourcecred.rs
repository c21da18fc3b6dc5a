//! The pages of sourcecred: amounts that another program computed.

use super::super::Share;
use super::super::page::{Block, Section};
use super::super::text::counted;
use super::pieces::{self, Listing, field, list};
use crate::error::Problems;
use crate::methods::sourcecred_v1::{Amounts, OverPool, Settings};
use crate::tables::Table;

/// The columns that name a recipient: the address where there is no name.
const NAMES: [&str; 2] = ["recipient", "address"];

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let mut sections = vec![pieces::section(share, "rule", "SourceCred", rule(share))];
    let table = share.table("sourcecred", &["recipient", "in_file", "amount"])?;
    if let Some(table) = table.filter(|table| !table.is_empty()) {
        sections.push(pieces::section(share, "amounts", "SourceCred amounts", amounts(share, &table)?));
    }
    Ok(sections)
}

/// The rule in words, and what became of a sum above the pool.
fn rule(share: &Share<'_>) -> Vec<Block> {
    let statistics = share.statistics;
    let about = Block::text(
        "SourceCred is a program that scores work in forums, chats and code. It gave a file of amounts, which this round takes over.",
    );
    let settings = pieces::settings::<Settings>(share).unwrap_or_default();
    let in_file = field(statistics, "sum_in_file");
    let (sum, declared) =
        (pieces::tokens(share, &in_file), pieces::tokens(share, &share.record.sums.declared.0));
    let mut items = vec![match settings.amounts {
        Amounts::Proportional => "The pool is divided in proportion to the amounts of the file.".to_owned(),
        Amounts::AsGiven => "The amounts of the file are paid as they stand.".to_owned(),
    }];
    items.extend(match field(statistics, "above_pool").as_str() {
        "recorded" => Some(format!(
            "The amounts of the file sum to {sum}, more than the {declared} that the round declares. They are paid all the same, because the ledger says so for this round (`over_pool` is `record`): it records what was paid then. The pool counts as {sum}."
        )),
        "dust" => Some(format!(
            "The amounts of the file sum to {sum}, above the declared {declared} by less than a millionth, as rounding leaves it. So the declared pool is divided in proportion to them."
        )),
        _ => None,
    });
    if settings.amounts == Amounts::AsGiven && settings.over_pool == OverPool::Refuse {
        items.push("If they came to more than the pool, the round would be refused.".to_owned());
    }
    let facts = Block::facts([
        ("rows of the file", field(statistics, "rows")),
        ("recipients", field(statistics, "recipients")),
        ("sum of the file", sum),
        ("declared", declared),
        ("pool", pieces::tokens(share, &share.record.sums.pool.0)),
    ]);
    vec![about, list(items), facts]
}

/// Who gets what.
fn amounts(share: &Share<'_>, table: &Table) -> Result<Vec<Block>, Problems> {
    let listing = Listing {
        what: "amounts-table",
        caption: "Recipients by what they get: the amount in the file, and the amount that is given.",
        titles: &["recipient", "#in the file", "#given"],
        has_amounts: true,
        csv: Some("sourcecred"),
    };
    let listed = listing.of_rows(share, table, |row| {
        let figures = ["in_file", "amount"].map(|column| pieces::amount(share, row.field(column)));
        [pieces::name_of(row, &NAMES)].into_iter().chain(figures).collect()
    });
    let lead = format!("{}; ", counted(table.len(), "recipient", "recipients"));
    let drawn = pieces::largest_amounts(share, table, &NAMES, &lead)?;
    Ok([drawn, listed].into_iter().flatten().collect())
}
