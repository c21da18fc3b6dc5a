//! Tables for people: columns padded to one width, numbers to the right, no frames.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// A table of texts; the columns named in `right` are aligned to the right.
pub fn render(header: &[&str], rows: Vec<Vec<String>>, right: &[&str]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table.add_rows(rows.into_iter().map(|row| row.into_iter().map(|text| shown(&text)).collect::<Vec<_>>()));
    for (index, name) in header.iter().enumerate() {
        if let Some(column) = table.column_mut(index) {
            column.set_padding((0, 2));
            if right.contains(name) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

/// Text that is safe on a terminal.
pub fn shown(text: &str) -> String {
    text.chars().map(crate::error::visible).collect()
}
