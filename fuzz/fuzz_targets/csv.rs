//! Tables from hostile bytes: reading never panics, every getter answers, and a table that meed
//! writes from what it read reads back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meed::tables::{Cell, Row, Table, write};
use meed_fuzz::error_is_plain;

/// Columns that the methods ask for; the seeds have them.
const COLUMNS: [&str; 8] =
    ["id", "name", "address", "vested_amount", "date", "avg score", "dismissed 1", "reason"];

fuzz_target!(|bytes: &[u8]| {
    // The first byte says which of the columns are demanded, so that every header is tried.
    let Some((demanded, bytes)) = bytes.split_first() else { return };
    let required: Vec<&str> = (0..COLUMNS.len())
        .filter(|column| demanded & (1 << column) != 0)
        .map(|column| COLUMNS[column])
        .collect();
    match Table::read("table.csv", bytes, &required) {
        Ok(table) => {
            assert!(required.iter().all(|column| table.has_column(column)));
            assert_eq!(table.rows().count(), table.len());
            lines_increase(&table, bytes);
            table.rows().for_each(touch_getters);
            reads_back(&table);
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            errors.iter().for_each(error_is_plain);
        }
    }
});

/// Rows stand on lines of the file, each behind the one before, unless a bare CR parts them.
fn lines_increase(table: &Table, bytes: &[u8]) {
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let mut last = 0;
    for line in table.rows().filter_map(|row| row.place().line_number()) {
        assert!(last <= line && line <= lines, "line {line} of {lines} behind line {last}");
        last = line;
    }
}

/// Asks a row for everything, in every form.
fn touch_getters(row: Row<'_>) {
    for column in COLUMNS.iter().copied().chain(["no such column", ""]) {
        let _ = row.field(column);
        let faults = [
            row.name(column).err(),
            row.boolean(column).err(),
            row.instant(column).err(),
            row.decimal(column).err(),
            row.address(column).err(),
        ];
        faults.iter().flatten().for_each(error_is_plain);
        if let Ok(Some(decimal)) = row.decimal(column) {
            assert!(!decimal.to_string().is_empty());
        }
        if let Ok(Some(address)) = row.address(column) {
            assert_eq!(address.to_string().len(), 42);
        }
    }
}

/// The fields, written as text cells, read back as they were.
fn reads_back(table: &Table) {
    let present: Vec<&str> = COLUMNS.into_iter().filter(|column| table.has_column(column)).collect();
    let header: Vec<String> = ["row"].into_iter().chain(present.iter().copied()).map(str::to_owned).collect();
    // The column of row numbers keeps a row of empty fields from being a blank line.
    let rows = table.rows().enumerate().map(|(number, row)| {
        let number = Cell::Plain(number.to_string());
        [number].into_iter().chain(fields(row, &present).map(Cell::Text)).collect()
    });
    let again = Table::read("again.csv", &write(&header, rows), &present).expect("our own table is readable");
    assert_eq!(table.len(), again.len());
    for (row, row_again) in table.rows().zip(again.rows()) {
        assert!(fields(row, &present).eq(fields(row_again, &present)));
    }
}

/// The fields of the named columns.
fn fields<'a>(row: Row<'a>, columns: &'a [&str]) -> impl Iterator<Item = String> + use<'a> {
    columns.iter().map(move |column| row.field(column).to_owned())
}
