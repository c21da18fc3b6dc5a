//! A table read row by row, for tables that are too large to hold.
//!
//! The same tables are read as by [`Table`](super::Table), and what that refuses is refused here with
//! the same errors and lines; but only the first [`PROBLEM_LIMIT`] problems of a file are told.

use std::io::{self, Read};
use std::ops::Range;

use super::{FIELD_LIMIT_BYTES, columns_of, unguarded};
use crate::error::{Error, Place, Shown};
use crate::files;

/// Most problems of one file that are told: of ten million rows all may be wrong.
pub const PROBLEM_LIMIT: usize = 100;
/// Bytes that are read at once; a row may be longer.
const BLOCK_BYTES: usize = 256 * 1024;

/// A row of a table that is read as a stream.
#[derive(Debug, Clone, Copy)]
pub struct StreamRow<'a> {
    path: &'a str,
    line: u64,
    record: &'a str,
    fields: &'a [Field],
    columns: &'a [Column],
}

/// Where a field stands in its record, quotes taken off.
#[derive(Debug, Clone)]
struct Field {
    range: Range<usize>,
    /// Whether quotes stand in it, each written twice.
    has_quotes: bool,
}

/// A column that is read: its index, and its name as the header spells it.
#[derive(Debug)]
struct Column {
    index: usize,
    name: String,
}

impl<'a> StreamRow<'a> {
    /// Path and line of the row.
    pub fn place(&self) -> Place {
        Place::line(self.path, self.line)
    }

    /// The line on which the row starts, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The field in the wanted column of that number, as it stands; see [`StreamRow::text`].
    pub fn field(&self, column: usize) -> &'a str {
        let field = self.columns.get(column).and_then(|column| self.fields.get(column.index));
        field.and_then(|field| self.record.get(field.range.clone())).unwrap_or("")
    }

    /// The field without spaces around it and without the guard against formulas.
    pub fn text(&self, column: usize) -> &'a str {
        unguarded(self.field(column)).trim()
    }

    /// The column as the header spells it.
    pub fn name(&self, column: usize) -> &'a str {
        self.columns.get(column).map_or("", |column| &column.name)
    }
}

/// Reads a table and hands each of its rows to `each`, whose errors are collected as those of the
/// table are. `wanted` gives for each column that is read the names it may have, in any letter case;
/// the first that the header has is read.
pub fn for_each_row(
    path: &str,
    input: &mut dyn Read,
    wanted: &[&[&str]],
    each: &mut dyn FnMut(StreamRow<'_>) -> Result<(), Error>,
) -> Result<(), Vec<Error>> {
    let mut source = Source::new(path, input);
    let one = |error| vec![error];
    source.begin().map_err(one)?;
    let header = source.next_record().map_err(one)?;
    let header = header.ok_or_else(|| vec![Error::TableEmpty { place: Place::line(path, 1) }])?;
    let columns = columns_read(path, &header, wanted)?;
    let width = header.fields.len();
    let mut problems = Vec::new();
    while problems.len() < PROBLEM_LIMIT {
        let record = match source.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(error) => {
                problems.push(error);
                break;
            }
        };
        let Record { line, text, fields } = record;
        let place = || Place::line(path, line);
        if fields.len() != width {
            problems.push(Error::TableRagged { place: place(), found: fields.len(), expected: width });
        } else if let Some(bytes) =
            fields.iter().map(|field| field.range.len()).find(|bytes| *bytes > FIELD_LIMIT_BYTES)
        {
            problems.push(Error::TableFieldTooLong { place: place(), bytes, limit: FIELD_LIMIT_BYTES });
        } else if let Err(error) = each(StreamRow { path, line, record: text, fields, columns: &columns }) {
            problems.push(error);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The columns that are read, in the order in which they are wanted.
fn columns_read(path: &str, header: &Record<'_>, wanted: &[&[&str]]) -> Result<Vec<Column>, Vec<Error>> {
    let names: csv::StringRecord =
        header.fields.iter().map(|field| header.text.get(field.range.clone()).unwrap_or("")).collect();
    let known = columns_of(path, &names, &[])?;
    let index_of = |names: &&[&str]| names.iter().find_map(|name| known.get(&name.to_lowercase())).copied();
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|names| index_of(names).is_none())
        .filter_map(|names| names.first().copied())
        .collect();
    if !missing.is_empty() {
        let place = Place::line(path, 1);
        return Err(vec![Error::TableColumnsMissing { place, columns: missing.join(", ") }]);
    }
    let column =
        |index: usize| Column { index, name: Shown::from(names.get(index).unwrap_or("").trim()).to_string() };
    Ok(wanted.iter().filter_map(index_of).map(column).collect())
}

/// The bytes of a table, cut into records.
struct Source<'a> {
    path: &'a str,
    input: &'a mut dyn Read,
    /// What was read and not yet handed on, from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Whether the input has no more.
    is_ended: bool,
    /// Bytes of the text before the buffer.
    bytes_before: usize,
    /// The line that begins or goes on at `start`.
    line: u64,
    /// The fields of the record that was cut last.
    fields: Vec<Field>,
}

/// A record and the line on which it starts.
struct Record<'a> {
    line: u64,
    text: &'a str,
    fields: &'a [Field],
}

/// What is wrong with a record as a whole, and where in it the field begins that has the fault.
enum Fault {
    QuoteOpen(usize),
    QuoteStray(usize),
    FieldTooLong(usize),
}

impl<'a> Source<'a> {
    fn new(path: &'a str, input: &'a mut dyn Read) -> Self {
        let buffer = vec![0; BLOCK_BYTES];
        Self {
            path,
            input,
            buffer,
            start: 0,
            end: 0,
            is_ended: false,
            bytes_before: 0,
            line: 1,
            fields: Vec::new(),
        }
    }

    /// Looks at the first bytes: the byte-order mark is skipped, what is no table is named.
    fn begin(&mut self) -> Result<(), Error> {
        self.fill()?;
        let place = || Place::file(self.path);
        if self.rest().starts_with(b"\xff\xfe") || self.rest().starts_with(b"\xfe\xff") {
            return Err(Error::TextIsUtf16 { place: place() });
        }
        if self.rest().starts_with(b"version https://git-lfs.github.com/spec/v1") {
            return Err(Error::TextIsLfsPointer { place: place() });
        }
        if self.rest().starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
            self.fill()?;
            self.bytes_before = 0; // as if the mark had not been there
        }
        Ok(())
    }

    /// What was read and not yet handed on.
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads on until the buffer is full. Where a record fills it already, it is doubled, so that
    /// looking for the record's end again costs no more than the record is long.
    fn fill(&mut self) -> Result<(), Error> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.bytes_before += self.start;
        self.end -= self.start;
        self.start = 0;
        if self.end * 2 > self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while let Some(room) = self.buffer.get_mut(self.end..).filter(|room| !room.is_empty()) {
            match self.input.read(room) {
                Ok(0) => {
                    self.is_ended = true;
                    break;
                }
                Ok(bytes) => self.end += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(files::read_failed(self.path, &error)),
            }
        }
        Ok(())
    }

    /// The next record, blank lines skipped; `None` at the end.
    fn next_record(&mut self) -> Result<Option<Record<'_>>, Error> {
        let length = loop {
            while let Some(b'\n' | b'\r') = self.rest().first() {
                self.line += u64::from(self.rest().first() == Some(&b'\n'));
                self.start += 1;
            }
            if self.start < self.end {
                let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
                match cut(bytes, self.is_ended, &mut self.fields) {
                    Ok(Some(length)) => break length,
                    Ok(None) => {}
                    Err(fault) => return Err(self.fault(&fault)),
                }
            } else if self.is_ended {
                return Ok(None);
            }
            self.fill()?;
        };
        let (line, start, end) = (self.line, self.start, self.start + length);
        let bytes = self.buffer.get(start..end).unwrap_or_default();
        self.line += newlines(bytes);
        self.start = end;
        let faulty = |at: usize| Place::line(self.path, line + newlines(bytes.get(..at).unwrap_or_default()));
        if bytes.contains(&0) {
            let at = bytes.iter().position(|byte| *byte == 0).unwrap_or_default();
            return Err(Error::TextHoldsNul { place: faulty(at) });
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            return Err(Error::TextNotUtf8 { place: faulty(at), byte: self.bytes_before + start + at });
        }
        let bytes = self.buffer.get_mut(start..end).unwrap_or_default();
        for field in self.fields.iter_mut().filter(|field| field.has_quotes) {
            unescape(bytes, field);
        }
        let text = std::str::from_utf8(bytes).unwrap_or_default(); // looked at above
        Ok(Some(Record { line, text, fields: &self.fields }))
    }

    fn fault(&self, fault: &Fault) -> Error {
        let (Fault::QuoteOpen(at) | Fault::QuoteStray(at) | Fault::FieldTooLong(at)) = *fault;
        let place = Place::line(self.path, self.line + newlines(self.rest().get(..at).unwrap_or_default()));
        match fault {
            Fault::QuoteOpen(_) => Error::TableQuoteOpen { place },
            Fault::QuoteStray(_) => Error::TableQuoteStray { place },
            Fault::FieldTooLong(_) => {
                let bytes = self.rest().len() - at;
                Error::TableFieldTooLong { place, bytes, limit: FIELD_LIMIT_BYTES }
            }
        }
    }
}

/// Cuts the record at the beginning of `bytes` into its fields, and gives its length with the line
/// end; `None` when it does not end there and more is to come.
fn cut(bytes: &[u8], is_ended: bool, fields: &mut Vec<Field>) -> Result<Option<usize>, Fault> {
    fields.clear();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let field = if rest.first() == Some(&b'"') {
            quoted(bytes, at, is_ended)?
        } else {
            let end = rest.iter().position(|byte| matches!(byte, b',' | b'\n' | b'\r'));
            let end = end.or(is_ended.then_some(rest.len()));
            end.map(|length| Field { range: at..at + length, has_quotes: false })
        };
        let Some(field) = field else {
            let too_long = bytes.len() - at > FIELD_LIMIT_BYTES + 2;
            return if too_long { Err(Fault::FieldTooLong(at)) } else { Ok(None) };
        };
        let end = field.range.end + usize::from(rest.first() == Some(&b'"'));
        fields.push(field);
        match bytes.get(end) {
            Some(b',') => at = end + 1,
            Some(b'\n' | b'\r') => return Ok(Some(end + 1)),
            None => return Ok(Some(end)),
            Some(_) => return Err(Fault::QuoteStray(at)),
        }
    }
}

/// The quoted field that begins at `at`; `None` when more is to come before its end is known.
fn quoted(bytes: &[u8], at: usize, is_ended: bool) -> Result<Option<Field>, Fault> {
    let mut has_quotes = false;
    let mut from = at + 1;
    loop {
        let rest = bytes.get(from..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == b'"') else {
            return if is_ended { Err(Fault::QuoteOpen(at)) } else { Ok(None) };
        };
        match rest.get(length + 1) {
            Some(b'"') => {
                has_quotes = true;
                from += length + 2;
            }
            None if !is_ended => return Ok(None),
            _ => return Ok(Some(Field { range: at + 1..from + length, has_quotes })),
        }
    }
}

/// Makes one quote of each two in a field.
fn unescape(record: &mut [u8], field: &mut Field) {
    let Some(bytes) = record.get_mut(field.range.clone()) else { return };
    let single = String::from_utf8_lossy(bytes).replace("\"\"", "\"");
    for (byte, single) in bytes.iter_mut().zip(single.bytes()) {
        *byte = single;
    }
    // What is left behind the shorter text belongs to no field; it must still be text.
    bytes.iter_mut().skip(single.len()).for_each(|byte| *byte = b' ');
    field.range.end = field.range.start + single.len();
}

/// How many lines end in the bytes.
#[allow(clippy::naive_bytecount)] // rows are short
fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tables::Table;

    /// Gives few bytes at a time, so that every record straddles a border once.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(room.len());
            room[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    type Rows = Vec<(u64, String, String)>;

    fn streamed(bytes: &[u8], at_once: usize) -> Result<Rows, Vec<Error>> {
        let mut rows = Rows::new();
        for_each_row("t.csv", &mut Trickle(bytes, at_once), &[&["A"], &["B", "c"]], &mut |row| {
            rows.push((row.line(), row.text(0).to_owned(), row.text(1).to_owned()));
            Ok(())
        })?;
        Ok(rows)
    }

    fn held(bytes: &[u8]) -> Result<Rows, Vec<Error>> {
        let table = Table::read("t.csv", bytes, &["A", "B"])?;
        let row = |row: crate::tables::Row<'_>| {
            let line = row.place().line_number().unwrap();
            (line, row.field("a").trim().to_owned(), row.field("b").trim().to_owned())
        };
        Ok(table.rows().map(row).collect())
    }

    #[test]
    fn the_same_is_read_and_refused_as_of_a_table_that_is_held() {
        let long = format!("a,b\n1,{}\n", "x".repeat(FIELD_LIMIT_BYTES + 1));
        let most = format!("a,b\n1,\"{}\"\n", "x".repeat(FIELD_LIMIT_BYTES));
        for text in [
            "",
            "\n\r\n",
            "\u{feff}",
            "a;b\n1;2\n",
            "a\tb\n",
            "a,b,A\n",
            "a\n",
            "a,b",
            "a,b\n1\n1,2\n1,2,3\n",
            "a,b\n1,\"2\n3\n",
            "a,b\n\n1,\"2\"3\n",
            "a,b\n1,\"2\n\n3\"\n4,5,6\n7,8",
            "\u{feff}A,b,,\r\n1,\"x\r\ny\",,\r\n\r\n2,,,\r\n",
            "a,b\r1,2\r3,4\r",
            "a,b\n1,\"\"\"\"\n\"x\"\"y\"\"\",2\n",
            "a,b\n1,x\"y\"\n",
            "\"a\",\"b\"\n\"1\",\"2\"",
            "a,b\n1,2\n3,4\0\n",
            " a , B \n 1 ,' 2\n'=x,'y\n",
            "a,b\n,\n",
            "a,b\n1,\"\n\"\nx\n",
            &long,
            &most,
        ] {
            for at_once in [1, 7, usize::MAX] {
                assert_eq!(
                    streamed(text.as_bytes(), at_once),
                    held(text.as_bytes()),
                    "{text:.100} by {at_once}"
                );
            }
        }
        for bytes in [&b"\xff\xfea\0"[..], b"a,b\n1,\xc3\x28\n", b"\xef\xbb\xbfa,b\n\"\n\xff\",\n"] {
            assert_eq!(streamed(bytes, 1), held(bytes));
        }
    }

    #[test]
    fn either_name_of_a_column_serves_and_problems_are_limited() {
        assert_eq!(streamed(b"C,a\n1,2\n", 1), Ok(vec![(2, "2".to_owned(), "1".to_owned())]));
        assert_eq!(streamed(b"C,a,b\n1,2,3\n", 1), Ok(vec![(2, "2".to_owned(), "3".to_owned())]));
        let ragged = format!("a,b\n{}", "1\n".repeat(1000));
        assert_eq!(streamed(ragged.as_bytes(), usize::MAX).unwrap_err().len(), PROBLEM_LIMIT);
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_fill_the_memory() {
        let mut endless = io::repeat(b'x');
        let mut input = io::Cursor::new("a,b\n1,\"").chain(&mut endless);
        let Err(problems) = for_each_row("t.csv", &mut input, &[&["a"]], &mut |_| Ok(())) else { panic!() };
        assert!(matches!(problems[..], [Error::TableFieldTooLong { .. }]), "{problems:?}");
    }

    proptest! {
        #[test]
        fn whatever_bytes_come_both_readers_agree(text in "[ab,\"\n\r'é ]{0,40}", at_once in 1..9_usize) {
            let text = format!("a,b\n{text}");
            let (streamed, held) = (streamed(text.as_bytes(), at_once), held(text.as_bytes()));
            // A stream tells of ragged rows before it comes to a broken quote; both refuse.
            prop_assert_eq!(streamed.is_ok(), held.is_ok());
            if let (Ok(streamed), Ok(held)) = (streamed, held) {
                prop_assert_eq!(streamed, held);
            }
        }
    }
}
