//! CSV in and out.
//!
//! In: commas only, UTF-8 with or without byte-order mark, LF or CRLF, quoted newlines, header in
//! any letter case; unnamed columns and blank lines are skipped, further named columns ignored.
//! Out: RFC 4180 quoting, LF, no byte-order mark. A text cell that a spreadsheet would take for a
//! formula gets one leading `'` on the way out, which the reader takes off again.

pub mod stream;
pub mod writer;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use unicode_normalization::UnicodeNormalization;

use crate::address::Address;
use crate::amount::Decimal;
use crate::error::{Error, Place, Shown};
use crate::files;
pub use writer::{Cell, TableWriter, write};

/// Most bytes of one field.
pub const FIELD_LIMIT_BYTES: usize = 1024 * 1024;
/// Most columns of a table.
pub const COLUMN_LIMIT: usize = 1000;
/// Most bytes of a name or an account id.
pub const NAME_LIMIT_BYTES: usize = 200;

/// A table of an input: its rows, with columns by lower-case name.
#[derive(Debug, Clone)]
pub struct Table {
    path: String,
    header: csv::StringRecord,
    columns: BTreeMap<String, usize>,
    records: Vec<Record>,
}

/// The fields of a row and the line on which it starts.
#[derive(Debug, Clone)]
struct Record {
    line: u64,
    fields: csv::StringRecord,
}

impl Table {
    /// Reads a table and demands the columns `required` (in any letter case). All ragged rows are
    /// reported at once.
    pub fn read(path: &str, bytes: &[u8], required: &[&str]) -> Result<Self, Vec<Error>> {
        let text = files::text_of(path, bytes).map_err(|error| vec![error])?;
        check_quotes(path, text).map_err(|error| vec![error])?;
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text.as_bytes());
        let header =
            reader.headers().map_err(|_| vec![Error::TableEmpty { place: Place::line(path, 1) }])?.clone();
        let columns = columns_of(path, &header, required)?;
        let records = records_of(path, text, reader, header.len())?;
        Ok(Self { path: path.to_owned(), header, columns, records })
    }

    /// Reads a table that has no header: exactly the columns `columns`, at least one row.
    pub fn read_bare(path: &str, bytes: &[u8], columns: &[&str]) -> Result<Self, Vec<Error>> {
        let text = files::text_of(path, bytes).map_err(|error| vec![error])?;
        check_quotes(path, text).map_err(|error| vec![error])?;
        let reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
        let header = csv::StringRecord::from(columns.to_vec());
        let records = records_of(path, text, reader, header.len())?;
        if records.is_empty() {
            return Err(vec![Error::TableEmpty { place: Place::line(path, 1) }]);
        }
        let columns = columns_of(path, &header, columns)?;
        Ok(Self { path: path.to_owned(), header, columns, records })
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row { table: self, record })
    }

    /// How many rows the table has.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether the header names the column (in any letter case).
    pub fn has_column(&self, column: &str) -> bool {
        self.columns.contains_key(&column.to_lowercase())
    }

    /// The named columns as the header spells them, in its order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.header.iter().map(str::trim).filter(|name| !name.is_empty())
    }

    /// The path of the table, from the ledger's root.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// The records of a table, each with `width` fields; all that have not are reported at once.
fn records_of(
    path: &str,
    text: &str,
    reader: csv::Reader<&[u8]>,
    width: usize,
) -> Result<Vec<Record>, Vec<Error>> {
    let mut records = Vec::new();
    let mut problems = Vec::new();
    let mut lines = LineCounter { text: text.as_bytes(), position: 0, line: 1 };
    for record in reader.into_records() {
        let Ok(fields) = record else {
            // The text is UTF-8 and the reader flexible, so only damage of memory ends here.
            return Err(vec![Error::TableEmpty { place: Place::file(path) }]);
        };
        let line = lines.line_at(&fields);
        let place = Place::line(path, line);
        if fields.len() != width {
            problems.push(Error::TableRagged { place, found: fields.len(), expected: width });
        } else if let Some(field) = fields.iter().find(|field| field.len() > FIELD_LIMIT_BYTES) {
            problems.push(Error::TableFieldTooLong { place, bytes: field.len(), limit: FIELD_LIMIT_BYTES });
        }
        records.push(Record { line, fields });
    }
    if problems.is_empty() { Ok(records) } else { Err(problems) }
}

/// Counts lines up to the start of each record. (The csv crate's own count is late by one behind
/// a CRLF.)
struct LineCounter<'a> {
    text: &'a [u8],
    position: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line, counted from 1, on which the record starts, line breaks before it skipped.
    fn line_at(&mut self, record: &csv::StringRecord) -> u64 {
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.position) {
            if self.position >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.position += 1;
        }
        self.line
    }
}

/// Refuses a quote that is never closed and text behind a closing quote: the csv crate reads both
/// somehow, and another reader differently.
fn check_quotes(path: &str, text: &str) -> Result<(), Error> {
    enum At {
        FieldStart,
        Plain,
        Quoted { since_line: u64 },
        QuoteClosed { since_line: u64 },
    }
    let mut at = At::FieldStart;
    let mut line = 1;
    for byte in text.bytes() {
        at = match (at, byte) {
            (At::FieldStart, b'"') => At::Quoted { since_line: line },
            (At::Quoted { since_line }, b'"') => At::QuoteClosed { since_line },
            (At::QuoteClosed { since_line }, b'"') => At::Quoted { since_line },
            (quoted @ At::Quoted { .. }, _) => quoted,
            (_, b',' | b'\n' | b'\r') => At::FieldStart,
            (At::QuoteClosed { since_line }, _) => {
                return Err(Error::TableQuoteStray { place: Place::line(path, since_line) });
            }
            (At::FieldStart | At::Plain, _) => At::Plain,
        };
        if byte == b'\n' {
            line += 1;
        }
    }
    match at {
        At::Quoted { since_line } => Err(Error::TableQuoteOpen { place: Place::line(path, since_line) }),
        _ => Ok(()),
    }
}

/// The columns of a header by lower-case name: unnamed ones skipped, `required` ones present.
fn columns_of(
    path: &str,
    header: &csv::StringRecord,
    required: &[&str],
) -> Result<BTreeMap<String, usize>, Vec<Error>> {
    let place = Place::line(path, 1);
    if header.iter().all(|name| name.trim().is_empty()) {
        return Err(vec![Error::TableEmpty { place }]);
    }
    if header.len() > COLUMN_LIMIT {
        return Err(vec![Error::TableTooWide { place, found: header.len(), limit: COLUMN_LIMIT }]);
    }
    let only = if header.len() == 1 { header.get(0).unwrap_or("") } else { "" };
    for (separator, name) in [(';', "semicolons"), ('\t', "tabs")] {
        if only.contains(separator) {
            return Err(vec![Error::TableSeparator { place, separator: name }]);
        }
    }
    let mut problems = Vec::new();
    let mut columns = BTreeMap::new();
    for (index, name) in header.iter().enumerate().filter(|(_, name)| !name.trim().is_empty()) {
        if columns.insert(name.trim().to_lowercase(), index).is_some() {
            problems.push(Error::TableColumnTwice { place: place.clone(), column: Shown::from(name) });
        }
    }
    let missing: Vec<&str> =
        required.iter().copied().filter(|column| !columns.contains_key(&column.to_lowercase())).collect();
    if !missing.is_empty() {
        problems.push(Error::TableColumnsMissing { place, columns: missing.join(", ") });
    }
    if problems.is_empty() { Ok(columns) } else { Err(problems) }
}

/// A row of a table. Columns are named in lower case; a column that the table does not have reads
/// as empty.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    record: &'a Record,
}

impl<'a> Row<'a> {
    /// Path and line of the row.
    pub fn place(&self) -> Place {
        Place::line(&self.table.path, self.record.line)
    }

    /// The field as it stands, without the guard against formulas.
    pub fn field(&self, column: &str) -> &'a str {
        let index = self.table.columns.get(column).or_else(|| self.table.columns.get(&column.to_lowercase()));
        unguarded(index.and_then(|index| self.record.fields.get(*index)).unwrap_or(""))
    }

    /// The column as the header spells it, fit for messages.
    pub fn spelled(&self, column: &str) -> String {
        let index = self.table.columns.get(&column.to_lowercase());
        let spelled = index.and_then(|index| self.table.header.get(*index)).unwrap_or(column);
        Shown::from(spelled.trim()).to_string()
    }

    /// A name or an id: trimmed, at most [`NAME_LIMIT_BYTES`]. May be empty.
    pub fn name(&self, column: &str) -> Result<&'a str, Error> {
        let name = self.field(column).trim();
        if name.len() > NAME_LIMIT_BYTES {
            return Err(Error::NameTooLong {
                place: self.place(),
                what: self.spelled(column),
                bytes: name.len(),
                limit: NAME_LIMIT_BYTES,
            });
        }
        Ok(name)
    }

    /// A non-negative decimal, or `None` where the field is empty.
    pub fn decimal(&self, column: &str) -> Result<Option<Decimal>, Error> {
        match self.field(column).trim() {
            "" => Ok(None),
            text => Decimal::parse(text, &self.place(), &self.spelled(column)).map(Some),
        }
    }

    /// An address, or `None` where the field is empty.
    pub fn address(&self, column: &str) -> Result<Option<Address>, Error> {
        match self.field(column).trim() {
            "" => Ok(None),
            text => Address::parse(text, &self.place(), &self.spelled(column)).map(Some),
        }
    }

    /// `true` or `false` in any letter case; empty is false.
    pub fn boolean(&self, column: &str) -> Result<bool, Error> {
        let text = self.field(column).trim();
        if text.eq_ignore_ascii_case("true") {
            Ok(true)
        } else if text.is_empty() || text.eq_ignore_ascii_case("false") {
            Ok(false)
        } else {
            Err(Error::NotABoolean {
                place: self.place(),
                what: self.spelled(column),
                value: Shown::from(text),
            })
        }
    }

    /// An instant with its offset (`2024-03-31T22:00:00.000Z`), or a day, which counts from its
    /// first moment in UTC.
    pub fn instant(&self, column: &str) -> Result<Timestamp, Error> {
        let text = self.field(column).trim();
        if text.is_empty() {
            return Err(Error::ValueMissing { place: self.place(), what: self.spelled(column) });
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(instant);
        }
        let not_a_date = |reason| Error::NotADate {
            place: self.place(),
            what: self.spelled(column),
            value: Shown::from(text),
            reason,
        };
        let day = day(text).ok_or_else(|| {
            not_a_date(if text.parse::<jiff::civil::DateTime>().is_ok() {
                "a time of day needs its offset from UTC, such as `Z`"
            } else {
                "it is neither a day nor an instant"
            })
        })?;
        day.to_zoned(TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
            .map_err(|_| not_a_date("it is out of range"))
    }
}

/// Reads a day written as `YYYY-MM-DD`, and nothing else.
pub fn day(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shape { text.parse().ok() } else { None }
}

/// The form in which two names are compared: Unicode NFC, trimmed.
pub fn compared(name: &str) -> String {
    name.trim().nfc().collect()
}

/// Whether a spreadsheet would take a cell that starts so for a formula (or the guard itself).
fn needs_guard(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\'', '\t', '\r'])
}

/// Takes the guard off a cell.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if needs_guard(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Table, Vec<Error>> {
        Table::read("t.csv", text.as_bytes(), &["a", "B"])
    }

    #[test]
    fn header_case_blank_lines_and_unnamed_columns_do_not_matter() {
        let table = read("\u{feff}A,b,,\r\n1,\"x\r\ny\",,\r\n\r\n2,,,\r\n").unwrap();
        let rows: Vec<_> =
            table.rows().map(|row| (row.field("a"), row.field("B"), row.place().line_number())).collect();
        assert_eq!(rows, [("1", "x\r\ny", Some(2)), ("2", "", Some(5))]);
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let line = |error: &Error| error.to_string().split(':').nth(1).and_then(|line| line.parse().ok());
        let codes = |text: &str| -> Vec<(&'static str, Option<u64>)> {
            let errors = read(text).unwrap_err();
            errors.iter().map(|error| (error.code(), line(error))).collect()
        };
        assert_eq!(codes(""), [("table-empty", Some(1))]);
        assert_eq!(codes("a;b\n1;2\n"), [("table-separator", Some(1))]);
        assert_eq!(codes("a\tb\n"), [("table-separator", Some(1))]);
        assert_eq!(codes("a,b,A\n"), [("table-column-twice", Some(1))]);
        assert_eq!(codes("a\n"), [("table-columns-missing", Some(1))]);
        assert_eq!(codes("a,b\n1\n1,2\n1,2,3\n"), [("table-ragged", Some(2)), ("table-ragged", Some(4))]);
        assert_eq!(codes("a,b\n1,\"2\n3\n"), [("table-quote-open", Some(2))]);
        assert_eq!(codes("a,b\n1,\"2\"3\n"), [("table-quote-stray", Some(2))]);
        assert_eq!(
            codes(&format!("a,b\n1,{}\n", "x".repeat(FIELD_LIMIT_BYTES + 1))),
            [("table-field-too-long", Some(2))]
        );
        assert_eq!(
            codes(&format!("{}\n", vec!["c"; COLUMN_LIMIT + 1].join(","))),
            [("table-too-wide", Some(1))]
        );
    }

    #[test]
    fn instants_need_an_offset_and_days_are_utc() {
        let table = read("a,b\n2024-03-31T22:00:00.000Z,2024-04-01T00:00:00+02:00\n2024-03-31,\n").unwrap();
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(rows[0].instant("a"), rows[0].instant("b"));
        assert_eq!(rows[1].instant("a").unwrap().to_string(), "2024-03-31T00:00:00Z");
        for text in ["2024-03-31T22:00:00", "2024-3-31", "2024-02-30", "31.03.2024", "yesterday"] {
            let table = read(&format!("a,b\n{text},\n")).unwrap();
            assert!(
                matches!(table.rows().next().unwrap().instant("a"), Err(Error::NotADate { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn formulas_are_guarded_and_amounts_are_not() {
        let row = vec![
            Cell::Text("=1+1".to_owned()),
            Cell::Text("a, \"b\"".to_owned()),
            Cell::Plain("-5".to_owned()),
        ];
        let bytes = write(&["x".to_owned(), "y".to_owned(), "z".to_owned()], [row]);
        assert_eq!(String::from_utf8(bytes).unwrap(), "x,y,z\n'=1+1,\"a, \"\"b\"\"\",-5\n");
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(cells in prop::collection::vec("[^\0]{0,20}", 2..=2)) {
            let row: Vec<Cell> = cells.iter().cloned().map(Cell::Text).chain([Cell::Plain("1".to_owned())]).collect();
            let bytes = write(&["a".to_owned(), "b".to_owned(), "c".to_owned()], [row]);
            let table = Table::read("t.csv", &bytes, &["a", "b"]).unwrap();
            let read: Vec<_> = table.rows().map(|row| [row.field("a").to_owned(), row.field("b").to_owned()]).collect();
            prop_assert_eq!(read, vec![[cells[0].clone(), cells[1].clone()]]);
        }
    }
}
