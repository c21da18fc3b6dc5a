//! What `meed diff` prints for people: the first rows of each table, all with `-v`.

use crate::commands::table::{render, shown};
use crate::diff::inputs::{InputChange, Inputs, Owner};
use crate::diff::recipients::{Payee, RecipientChange, Recipients};
use crate::diff::rows::{ChangedRow, RowChanges, TableRow};
use crate::diff::settings::SettingChange;
use crate::diff::sums::Totals;
use crate::diff::{Change, Difference, SideName};
use crate::report::text::counted;

/// Recipients and settings that are shown without `-v`.
const TOP: usize = 20;
/// Rows of a table that are shown without `-v`.
const ROWS: usize = 10;
/// Characters of a text from an input that are shown.
const TEXT_CHARACTERS: usize = 100;
/// Characters of a whole row behind which no further cell is shown; JSON has all.
const ROW_CHARACTERS: usize = 120;
/// Stands where a side has nothing.
pub const NOTHING: &str = "-";

/// The difference in words and tables.
pub fn told(difference: &Difference, all: bool) -> String {
    if difference.equal {
        return equal(difference) + "\n";
    }
    let Difference { before, after, symbol, .. } = difference;
    let mut text = format!("{} -> {}\n", before.title(), after.title());
    text += &settings(&difference.settings, all);
    text += &inputs(&difference.inputs, all);
    text += &recipients(&difference.recipients, symbol, all);
    text += &totals(&difference.totals, symbol);
    text
}

/// The one sentence for sides without a difference.
pub fn equal(difference: &Difference) -> String {
    let Difference { before, after, .. } = difference;
    let [before, after] = [before, after].map(SideName::title);
    format!("{before} and {after} are equal: settings, inputs, recipients and sums")
}

fn settings(settings: &[SettingChange], all: bool) -> String {
    if settings.is_empty() {
        return "\nsettings: the same\n".to_owned();
    }
    let rows = settings.iter().take(shown_of(settings.len(), TOP, all)).map(|change| {
        let side = |text: &Option<String>| text.as_deref().map_or_else(|| NOTHING.to_owned(), clipped);
        vec![clipped(&change.subject), clipped(&change.field), side(&change.before), side(&change.after)]
    });
    let table = render(&["of", "setting", "before", "after"], rows.collect(), &[]);
    format!(
        "\nsettings: {}\n{table}{}",
        counted(settings.len(), "differs", "differ"),
        more(settings.len(), TOP, all)
    )
}

fn inputs(inputs: &Inputs, all: bool) -> String {
    let same = counted(inputs.unchanged, "file is the same", "files are the same");
    if inputs.changed.is_empty() {
        return format!("\ninputs: {same}\n");
    }
    let mut text = format!("\ninputs: {}, {same}\n", counted(inputs.changed.len(), "differs", "differ"));
    for input in &inputs.changed {
        text += &format!("{}\n", headline(input));
        if let Some(rows) = &input.rows {
            text += &row_lines(rows, all);
        }
    }
    text
}

/// What became of a file, in a line.
pub fn headline(input: &InputChange) -> String {
    let whose = if input.owner == Owner::Ledger { " (of the ledger)" } else { "" };
    let mut line = format!("{}{whose}: {}", clipped(&input.file), input.change.id());
    let parts = [input.rows.as_ref().map(counts), input.note.as_deref().map(shown)];
    for part in parts.into_iter().flatten() {
        line += &format!("; {part}");
    }
    line
}

/// How many rows of a table differ.
fn counts(rows: &RowChanges) -> String {
    let known = match &rows.key {
        Some(key) => format!("rows by {}", clipped(key)),
        None => "whole rows".to_owned(),
    };
    let numbers = [
        (rows.added.len(), "added"),
        (rows.removed.len(), "removed"),
        (rows.changed.len(), "changed"),
        (rows.unchanged, "the same"),
    ];
    let numbers: Vec<String> = numbers.iter().map(|(count, what)| format!("{count} {what}")).collect();
    let mut text = format!("{known}: {}", numbers.join(", "));
    for (columns, what) in [(&rows.columns_added, "new"), (&rows.columns_removed, "missing")] {
        if !columns.is_empty() {
            let names: Vec<String> = columns.iter().map(|name| clipped(name)).collect();
            text += &format!("; columns that are {what}: {}", clipped(&names.join(", ")));
        }
    }
    text
}

fn row_lines(rows: &RowChanges, all: bool) -> String {
    let changed = rows.changed.iter().map(|row| format!("  ~ {}", changed_row(row)));
    let removed = rows.removed.iter().map(|row| format!("  - {}", whole_row(row)));
    let added = rows.added.iter().map(|row| format!("  + {}", whole_row(row)));
    let count = rows.changed.len() + rows.removed.len() + rows.added.len();
    let mut text: String = changed
        .chain(removed)
        .chain(added)
        .take(shown_of(count, ROWS, all))
        .map(|line| line + "\n")
        .collect();
    if !more(count, ROWS, all).is_empty() {
        text += &format!("  {}", more(count, ROWS, all));
    }
    text
}

/// A row that changed: its key, and each cell that differs.
fn changed_row(row: &ChangedRow) -> String {
    let cells = row.cells.iter().map(|cell| {
        let [before, after] = [&cell.before, &cell.after].map(|text| quoted(text));
        format!("{} {before} -> {after}", clipped(&cell.column))
    });
    format!("{}: {}", row_name(&row.key, row.line), cells.collect::<Vec<_>>().join(", "))
}

/// A row that one side has: its key, and its first cells.
fn whole_row(row: &TableRow) -> String {
    let name = row_name(&row.key, row.line);
    let cells = first_cells(row);
    if cells.is_empty() { name } else { format!("{name}: {cells}") }
}

/// The cells of a row but its key, as many as make a line.
pub fn first_cells(row: &TableRow) -> String {
    let mut text = String::new();
    for cell in row.cells.iter().filter(|cell| cell.value != row.key) {
        if text.chars().count() > ROW_CHARACTERS {
            return text + ", …";
        }
        let separator = if text.is_empty() { "" } else { ", " };
        text += &format!("{separator}{} {}", clipped(&cell.column), quoted(&cell.value));
    }
    text
}

fn row_name(key: &str, line: u64) -> String {
    if key.trim().is_empty() { format!("line {line}") } else { format!("{} (line {line})", clipped(key)) }
}

/// A cell: an empty one must be seen.
fn quoted(text: &str) -> String {
    if text.trim().is_empty() { "\"\"".to_owned() } else { clipped(text) }
}

fn recipients(recipients: &Recipients, symbol: &str, all: bool) -> String {
    let changed = &recipients.changed;
    let same = counted(recipients.unchanged, "is the same", "are the same");
    if changed.is_empty() {
        return format!("\nrecipients: {same}\n");
    }
    let rows = changed.iter().take(shown_of(changed.len(), TOP, all)).map(|change| {
        let amount = &change.amount;
        vec![
            clipped(&change.recipient),
            payees(change),
            side_text(change.change == Change::Added, &amount.before),
            side_text(change.change == Change::Removed, &amount.after),
            amount.signed_difference(),
        ]
    });
    let header = ["recipient", "paid to, or held for", "before", "after", "difference"];
    let mut text = format!(
        "\nrecipients: {}, {same}; together {} {symbol} -> {} {symbol} ({})\n",
        counted(changed.len(), "differs", "differ"),
        recipients.total.before,
        recipients.total.after,
        recipients.total.signed_difference()
    );
    text += &render(&header, rows.collect(), &header[2..]);
    text + &more(changed.len(), TOP, all)
}

/// A figure, or that there is none.
pub fn side_text(is_missing: bool, figure: &str) -> String {
    if is_missing { NOTHING.to_owned() } else { figure.to_owned() }
}

/// Where the amounts go; where that differs, before and after.
pub fn payees(change: &RecipientChange) -> String {
    let names = |payees: &[Payee]| -> Vec<String> {
        let mut names: Vec<String> = payees.iter().map(payee).collect();
        names.sort();
        names
    };
    let (before, after) = (names(&change.payees_before), names(&change.payees_after));
    match change.change {
        Change::Added => after.join(", "),
        Change::Removed => before.join(", "),
        _ if before == after => after.join(", "),
        _ => format!("{} -> {}", before.join(", "), after.join(", ")),
    }
}

fn payee(payee: &Payee) -> String {
    let key = payee.key.as_deref().unwrap_or_default();
    payee.address.clone().unwrap_or_else(|| format!("held for {}", clipped(key)))
}

fn totals(totals: &Totals, symbol: &str) -> String {
    if totals.change == Change::Same {
        return "\nsums: the same\n".to_owned();
    }
    let header = ["allocation", "figure", "before", "after", "difference"];
    let table = render(&header, total_rows(totals), &header[2..]);
    format!("\nsums in {symbol}\n{table}")
}

/// The figures of each allocation and in total, but those that are zero on both sides.
pub fn total_rows(totals: &Totals) -> Vec<Vec<String>> {
    let allocations = totals.allocations.iter().map(|allocation| {
        let note = match allocation.change {
            Change::Added => " (added)",
            Change::Removed => " (removed)",
            _ => "",
        };
        (format!("{}{note}", allocation.name), &allocation.figures)
    });
    let mut rows = Vec::new();
    for (name, figures) in allocations.chain([("total".to_owned(), &totals.total)]) {
        for (figure, sides) in figures.named() {
            if sides.before == "0" && sides.after == "0" {
                continue;
            }
            rows.push(vec![
                name.clone(),
                figure.to_owned(),
                sides.before.clone(),
                sides.after.clone(),
                sides.signed_difference(),
            ]);
        }
    }
    rows
}

/// A text from an input, cut where it is long.
pub fn clipped(text: &str) -> String {
    let mut clipped = shown(&text.chars().take(TEXT_CHARACTERS).collect::<String>());
    if text.chars().nth(TEXT_CHARACTERS).is_some() {
        clipped.push('…');
    }
    clipped
}

/// How many of `count` rows are shown.
fn shown_of(count: usize, most: usize, all: bool) -> usize {
    if all { count } else { count.min(most) }
}

/// The line that tells of rows that are not shown.
fn more(count: usize, most: usize, all: bool) -> String {
    let rest = count - shown_of(count, most, all);
    if rest == 0 { String::new() } else { format!("... and {rest} more (`meed -v diff` shows all)\n") }
}
