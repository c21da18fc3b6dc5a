//! CSV out: RFC 4180 quoting, LF, no byte-order mark, guards before what a spreadsheet would compute.

use std::fmt::Write as _;

use super::needs_guard;
use crate::address::Address;
use crate::amount::Amount;

/// A cell of a table that meed writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text from people: guarded against spreadsheet formulas.
    Text(String),
    /// Text that meed made (amounts, addresses): written as it is.
    Plain(String),
}

/// Writes a table: header, then rows, RFC 4180 quoting, LF, no byte-order mark.
pub fn write(header: &[String], rows: impl IntoIterator<Item = Vec<Cell>>) -> Vec<u8> {
    let mut table = TableWriter::new(header);
    for row in rows {
        for cell in row {
            match cell {
                Cell::Text(text) => table.text(&text),
                Cell::Plain(text) => table.plain(&text),
            }
        }
        table.end_row();
    }
    table.into_bytes()
}

/// A table that is written cell by cell, without a text of its own for each: for tables of millions
/// of rows. The same bytes as [`write()`]'s.
#[derive(Debug)]
pub struct TableWriter {
    written: String,
    is_row_begun: bool,
}

impl TableWriter {
    /// A table with this header and no rows yet.
    pub fn new<T: AsRef<str>>(header: &[T]) -> Self {
        let mut table = Self { written: String::new(), is_row_begun: false };
        for name in header {
            table.plain(name.as_ref());
        }
        table.end_row();
        table
    }

    /// A cell with text from people: guarded against spreadsheet formulas.
    pub fn text(&mut self, text: &str) {
        self.cell(text, needs_guard(text));
    }

    /// A cell with text that meed made: written as it is.
    pub fn plain(&mut self, text: &str) {
        self.cell(text, false);
    }

    /// A cell with an address.
    pub fn address(&mut self, address: &Address) {
        self.begin_cell();
        let _ = write!(self.written, "{address}"); // writing to a String cannot fail
    }

    /// A cell with an amount in token units.
    pub fn amount(&mut self, amount: Amount, decimals: u8) {
        self.begin_cell();
        amount.push_text(decimals, &mut self.written);
    }

    /// Ends a row.
    pub fn end_row(&mut self) {
        self.written.push('\n');
        self.is_row_begun = false;
    }

    /// The bytes of the table.
    pub fn into_bytes(self) -> Vec<u8> {
        self.written.into_bytes()
    }

    fn begin_cell(&mut self) {
        if self.is_row_begun {
            self.written.push(',');
        }
        self.is_row_begun = true;
    }

    /// A field with a comma, quote or line break is quoted.
    fn cell(&mut self, text: &str, guarded: bool) {
        self.begin_cell();
        let quoted = text.contains([',', '"', '\n', '\r']);
        let guard = if guarded { "'" } else { "" };
        if quoted {
            self.written.extend(["\"", guard, &text.replace('"', "\"\""), "\""]);
        } else {
            self.written.extend([guard, text]);
        }
    }
}
