//! The difference as Markdown, for the comment of a pull request: sums first, long tables folded, and
//! never longer than what GitHub takes. What is left out is counted at the end.

use super::text::{clipped, equal, first_cells, headline, payees, side_text, total_rows};
use crate::diff::inputs::InputChange;
use crate::diff::rows::{ChangedCell, RowChanges, TableRow};
use crate::diff::{Change, Difference};
use crate::report::render::markdown::escape;
use crate::report::text::counted;

/// Most bytes that are written. GitHub takes 65,536 characters; a byte is never more than one.
pub const LIMIT_BYTES: usize = 65_536;
/// Room for the line that says what is left out.
const RESERVED_BYTES: usize = 1_024;
/// Tables with more rows are folded.
const OPEN_ROWS: usize = 20;

/// The difference as Markdown.
pub fn written(difference: &Difference) -> String {
    if difference.equal {
        return format!("{}.\n", text(&equal(difference)));
    }
    let Difference { before, after, symbol, .. } = difference;
    let mut post = Post::default();
    post.add(&format!("### {} → {}\n\n", text(&before.title()), text(&after.title())));
    for note in &difference.notes {
        post.add(&format!("> {}\n\n", text(note)));
    }
    let figures = |rows: Vec<Vec<String>>| rows.into_iter().map(|row| cells(&row)).collect::<Vec<_>>();
    if difference.totals.change == Change::Same {
        post.add("Sums: the same.\n\n");
    } else {
        let head = ["allocation", "figure", "before", "after", "difference"];
        post.table(
            (&format!("Sums in {}", text(symbol)), "sums"),
            &head,
            2,
            &figures(total_rows(&difference.totals)),
        );
    }
    settings(difference, &mut post);
    recipients(difference, &mut post);
    inputs(difference, &mut post);
    post.finish()
}

fn settings(difference: &Difference, post: &mut Post) {
    if difference.settings.is_empty() {
        return post.add("Settings: the same.\n\n");
    }
    let side = |text: &Option<String>| text.as_deref().map_or_else(String::new, clipped);
    let row = |change: &crate::diff::settings::SettingChange| {
        let subject = clipped(&change.subject);
        cells(&[subject, clipped(&change.field), side(&change.before), side(&change.after)])
    };
    let rows: Vec<String> = difference.settings.iter().map(row).collect();
    let title = format!("Settings: {}", counted(rows.len(), "differs", "differ"));
    post.table((&title, "settings"), &["of", "setting", "before", "after"], 4, &rows);
}

fn recipients(difference: &Difference, post: &mut Post) {
    let recipients = &difference.recipients;
    let same = counted(recipients.unchanged, "is the same", "are the same");
    if recipients.changed.is_empty() {
        return post.add(&format!("Recipients: {same}.\n\n"));
    }
    let rows = recipients.changed.iter().map(|change| {
        cells(&[
            clipped(&change.recipient),
            payees(change),
            side_text(change.change == Change::Added, &change.amount.before),
            side_text(change.change == Change::Removed, &change.amount.after),
            change.amount.signed_difference(),
        ])
    });
    let rows: Vec<String> = rows.collect();
    let title = format!(
        "Recipients: {}, {same}; together {} → {} {} ({})",
        counted(rows.len(), "differs", "differ"),
        recipients.total.before,
        recipients.total.after,
        text(&difference.symbol),
        recipients.total.signed_difference()
    );
    post.table(
        (&title, "recipients"),
        &["recipient", "paid to, or held for", "before", "after", "difference"],
        2,
        &rows,
    );
}

fn inputs(difference: &Difference, post: &mut Post) {
    let inputs = &difference.inputs;
    let same = counted(inputs.unchanged, "file is the same", "files are the same");
    if inputs.changed.is_empty() {
        return post.add(&format!("Inputs: {same}.\n\n"));
    }
    let head = format!("#### Inputs: {}, {same}\n\n", counted(inputs.changed.len(), "differs", "differ"));
    post.add(&head);
    for input in &inputs.changed {
        post.item(&format!("- {}\n", text(&headline(input))), "files");
    }
    post.add("\n");
    for input in &inputs.changed {
        if let Some(rows) = &input.rows {
            rows_of(input, rows, post);
        }
    }
}

/// The rows of a table that differ.
fn rows_of(input: &InputChange, rows: &RowChanges, post: &mut Post) {
    let whole = |sign: &str, row: &TableRow| {
        cells(&[sign.to_owned(), clipped(&row.key), row.line.to_string(), first_cells(row)])
    };
    let cell = |cell: &ChangedCell| {
        let side = |text: &str| if text.trim().is_empty() { "empty".to_owned() } else { clipped(text) };
        format!("{}: {} → {}", clipped(&cell.column), side(&cell.before), side(&cell.after))
    };
    let mut lines: Vec<String> = Vec::new();
    for row in &rows.changed {
        let texts: Vec<String> = row.cells.iter().map(cell).collect();
        lines.push(cells(&["changed".to_owned(), clipped(&row.key), row.line.to_string(), texts.join("; ")]));
    }
    lines.extend(rows.removed.iter().map(|row| whole("removed", row)));
    lines.extend(rows.added.iter().map(|row| whole("added", row)));
    if !lines.is_empty() {
        let file = text(&clipped(&input.file));
        let (title, what) = (format!("Rows of {file}"), format!("rows of {file}"));
        post.table((&title, &what), &["row", "known by", "line", "cells"], 4, &lines);
    }
}

/// A row of a table.
fn cells(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| text(cell)).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A text as it stands, whatever GitHub would make of it. Issues are looked for behind Markdown, as
/// people are: only a comment between keeps `heron#12` from being one.
fn text(plain: &str) -> String {
    const COMMENT: &str = "<!-- -->";
    // Our own figures begin no list within a table.
    if plain.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte)) {
        return plain.to_owned();
    }
    let escaped = escape(plain);
    let mut result = String::with_capacity(escaped.len());
    let mut characters = escaped.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        result.push(character);
        let is_before_digit = characters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        let ends_gh = || {
            let head = at.checked_sub(2).and_then(|start| escaped.get(start..at));
            head.is_some_and(|head| head.eq_ignore_ascii_case("gh"))
        };
        if is_before_digit && (character == '#' || (character == '-' && ends_gh())) {
            result.push_str(COMMENT);
        }
    }
    result
}

/// Markdown up to its limit.
#[derive(Default)]
struct Post {
    text: String,
    /// What did not fit: how many of what.
    left_out: Vec<(usize, String)>,
}

impl Post {
    /// Whether so many bytes still fit.
    fn has_room(&self, bytes: usize) -> bool {
        self.text.len() + bytes + RESERVED_BYTES <= LIMIT_BYTES
    }

    /// A piece that is left out without a word where it does not fit.
    fn add(&mut self, piece: &str) {
        if self.has_room(piece.len()) {
            self.text.push_str(piece);
        }
    }

    /// A piece that is counted among `what` where it does not fit.
    fn item(&mut self, piece: &str, what: &str) {
        if self.has_room(piece.len()) {
            self.text.push_str(piece);
        } else {
            self.leave_out(1, what);
        }
    }

    /// A table with as many rows as fit; a long one is folded. Columns from `numbers` on stand right.
    fn table(&mut self, (title, what): (&str, &str), head: &[&str], numbers: usize, rows: &[String]) {
        let (open, close) = if rows.len() > OPEN_ROWS {
            (format!("<details><summary>{} rows</summary>\n\n", rows.len()), "\n</details>\n\n")
        } else {
            (String::new(), "\n")
        };
        let rule: Vec<&str> =
            head.iter().enumerate().map(|(at, _)| if at < numbers { "---" } else { "---:" }).collect();
        let begin = format!("#### {title}\n\n{open}| {} |\n| {} |\n", head.join(" | "), rule.join(" | "));
        if !self.has_room(begin.len() + close.len() + rows.first().map_or(0, String::len)) {
            return self.leave_out(rows.len(), what);
        }
        self.text.push_str(&begin);
        let mut shown = 0;
        for row in rows {
            if !self.has_room(row.len() + close.len()) {
                break;
            }
            self.text.push_str(row);
            shown += 1;
        }
        self.text.push_str(close);
        if shown < rows.len() {
            self.leave_out(rows.len() - shown, what);
        }
    }

    fn leave_out(&mut self, count: usize, what: &str) {
        match self.left_out.iter_mut().find(|(_, other)| other == what) {
            Some((all, _)) => *all += count,
            None => self.left_out.push((count, what.to_owned())),
        }
    }

    /// The whole text, with what is left out in its last line.
    fn finish(self) -> String {
        if self.left_out.is_empty() {
            return self.text.trim_end().to_owned() + "\n";
        }
        let all: usize = self.left_out.iter().map(|(count, _)| count).sum();
        let mut line = format!("Left out, since GitHub takes no more than 65,536 characters: {all} in all");
        let mut separator = " (";
        for (count, what) in &self.left_out {
            let part = format!("{separator}{count} {what}");
            // Half a kilobyte stays for what stands behind.
            if line.len() + part.len() > RESERVED_BYTES / 2 {
                break;
            }
            line += &part;
            separator = "; ";
        }
        if separator == "; " {
            line.push(')');
        }
        line += ". `meed -v diff` and `--format json` show everything.\n";
        self.text + &line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called_or_linked() {
        assert_eq!(
            text("heron#0001 GH-12 gh-3 a-4 #x"),
            "heron#<!-- -->0001 GH-<!-- -->12 gh-<!-- -->3 a-4 \\#x"
        );
        assert_eq!(text("@wren <b>|"), "@<!-- -->wren \\<b\\>\\|");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut post = Post::default();
        let rows: Vec<String> = (0..5_000).map(|row| format!("| {row} | {} |\n", "x".repeat(40))).collect();
        post.table(("Rows of a", "rows of a"), &["a", "b"], 2, &rows);
        post.table(("Rows of b", "rows of b"), &["a", "b"], 2, &rows);
        (0..9).for_each(|_| post.item(&"x".repeat(5_000), "files"));
        let shown = post.text.lines().filter(|line| line.ends_with("x |")).count();
        let text = post.finish();
        assert!(text.len() <= LIMIT_BYTES && text.len() > LIMIT_BYTES - 2 * RESERVED_BYTES, "{}", text.len());
        let expected = format!("{} rows of a; 5000 rows of b; 9 files", 5_000 - shown);
        assert!(text.lines().last().unwrap().contains(&expected), "{text}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}
