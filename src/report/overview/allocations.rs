//! What each part of the round came to.

use super::words::shown_figure;
use crate::report::Material;
use crate::report::page::{Block, Section, Table};
use crate::statement::{Figure, HELD, Sums};

/// A column: title, figure, whether it is shown where it is zero throughout.
type SumColumn = (&'static str, fn(&Sums) -> &Figure, bool);

/// The columns, in their order.
const COLUMNS: [SumColumn; 8] = [
    ("#declared", |sums| &sums.declared, false),
    ("#pool", |sums| &sums.pool, true),
    ("#carried in", |sums| &sums.carried_in, false),
    ("#brought in", |sums| &sums.brought_in, false),
    ("#paid", |sums| &sums.paid, true),
    ("#held", |sums| &sums.held, true),
    ("#kept", |sums| &sums.kept, false),
    ("#unallocated", |sums| &sums.unallocated, true),
];

/// The sums of all allocations, `held` last, then all together.
pub fn section(material: &Material<'_>) -> Section {
    let all = || material.allocations.iter().map(|record| &record.sums);
    let declares_more = all().any(|sums| sums.declared != sums.pool);
    let columns: Vec<_> = COLUMNS
        .into_iter()
        .filter(|(title, figure, always)| match *title {
            "#declared" => declares_more,
            _ => *always || all().any(|sums| figure(sums).0 != "0"),
        })
        .collect();
    let row = |name: String, method: String, sums: &Sums| -> Vec<String> {
        let figures = columns.iter().map(|(_, figure, _)| shown_figure(material, figure(sums)));
        [name, method].into_iter().chain(figures).collect()
    };
    let mut rows: Vec<Vec<String>> = material
        .allocations
        .iter()
        .map(|record| {
            let method =
                if record.method == HELD { "waiting for an address" } else { record.method.as_str() };
            row(record.name.clone(), method.to_owned(), &record.sums)
        })
        .collect();
    rows.push(row("all".to_owned(), String::new(), material.totals));
    let is_amendment = material.revision > 1;
    let shown = |title: &'static str| match title {
        "#paid" if is_amendment => "#with an address",
        "#held" if is_amendment => "#without one",
        title => title,
    };
    let titles: Vec<&str> = ["allocation", "method"]
        .into_iter()
        .chain(columns.iter().map(|(title, _, _)| shown(title)))
        .collect();
    let caption = format!("What each part of the round came to, in {}", material.plan.token.symbol);
    let table = Table::new("allocations-table", &caption, &titles, rows);
    let mut text = "A round is divided in parts, called allocations. Each has a method: a fixed rule that turns the inputs into amounts. How each method worked here is told below, in its own section.".to_owned();
    text.push_str(if is_amendment {
        " The figures are those of the corrected round; the statement has the differences to before."
    } else {
        " The last one, held, is what earlier rounds gave to people without an address."
    });
    let blocks = vec![
        Block::text(text),
        Block::Table(table),
        Block::text("Amounts are rounded for reading; the exact ones stand in statement.json."),
    ];
    Section::new("allocations", "Allocations", blocks)
}
