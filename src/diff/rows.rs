//! The rows of two tables: which were added, removed or changed.
//!
//! A row is known by its key: the column `ID`; of exports of SourceCred the address, else the name;
//! else the first column whose values are unique in both tables. Without any of these whole rows are
//! compared, each as often as it stands there. The order of rows means nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::tables::{Table, compared};

/// Columns of an export of SourceCred: people are known by their address, else by their name.
const SOURCECRED: [&str; 3] = ["address", "name", "vested_amount"];

/// What differs between the rows of two tables.
#[derive(Debug, Clone, Serialize)]
pub struct RowChanges {
    /// What rows are known by; none where whole rows are compared.
    pub key: Option<String>,
    /// Columns that only the second table has.
    pub columns_added: Vec<String>,
    /// Columns that only the first table has.
    pub columns_removed: Vec<String>,
    /// Rows that are the same.
    pub unchanged: usize,
    /// Rows that only the second table has.
    pub added: Vec<TableRow>,
    /// Rows that only the first table has.
    pub removed: Vec<TableRow>,
    /// Rows that both have, with other cells.
    pub changed: Vec<ChangedRow>,
}

/// A row that one table has; empty cells are left out.
#[derive(Debug, Clone, Serialize)]
pub struct TableRow {
    /// What it is known by; empty where whole rows are compared.
    pub key: String,
    /// The line on which it starts.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// The column as the header spells it.
    pub column: String,
    /// What stands in it.
    pub value: String,
}

/// A row that both tables have, with other cells.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedRow {
    /// What it is known by.
    pub key: String,
    /// The line on which it starts in the second table.
    pub line: u64,
    /// The cells that differ.
    pub cells: Vec<ChangedCell>,
}

/// A cell that differs.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedCell {
    /// The column as the header spells it.
    pub column: String,
    /// What stood in it.
    pub before: String,
    /// What stands in it.
    pub after: String,
}

impl RowChanges {
    /// Whether no row and no column differs.
    pub fn is_empty(&self) -> bool {
        self.columns_added.is_empty()
            && self.columns_removed.is_empty()
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
    }
}

/// A table with its rows over the columns of both.
struct Rows<'a> {
    rows: Vec<Row<'a>>,
}

/// A row over the columns of both tables; a column that its table does not have reads as empty.
#[derive(Clone, Copy)]
struct Row<'a> {
    line: u64,
    cells: &'a [&'a str],
}

/// What rows are known by: places in the columns of both.
enum Key {
    Column(usize),
    AddressOrName(usize, usize),
    Whole,
}

/// Compares two tables, each with its path. The error says which of them is no table and why.
pub fn compare(before: (&str, &[u8]), after: (&str, &[u8])) -> Result<RowChanges, String> {
    let read = |(path, bytes): (&str, &[u8])| {
        Table::read(path, bytes, &[]).map_err(|problems| {
            problems.first().map_or_else(|| format!("{path}: is no table"), ToString::to_string)
        })
    };
    let (old, new) = (read(before)?, read(after)?);
    let columns = columns_of(&old, &new);
    let [old_cells, new_cells] = [&old, &new].map(|table| cells_of(table, &columns));
    let (old_rows, new_rows) = (Rows::of(&old, &old_cells), Rows::of(&new, &new_cells));
    let key = key_of(&columns, &old_rows, &new_rows);
    let only = |table: &Table, other: &Table| -> Vec<String> {
        table.column_names().filter(|name| !other.has_column(name)).map(str::to_owned).collect()
    };
    let mut changes = RowChanges {
        key: key.title(&columns),
        columns_added: only(&new, &old),
        columns_removed: only(&old, &new),
        unchanged: 0,
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
    };
    let mut groups: BTreeMap<Vec<String>, (Vec<Row<'_>>, Vec<Row<'_>>)> = BTreeMap::new();
    for row in &old_rows.rows {
        groups.entry(key.value(*row)).or_default().0.push(*row);
    }
    for row in &new_rows.rows {
        groups.entry(key.value(*row)).or_default().1.push(*row);
    }
    for (old, new) in groups.values() {
        let (old, new, same) = without_common(old, new);
        changes.unchanged += same;
        if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
            changes.changed.push(changed_row(&key, &columns, *old, *new));
            continue;
        }
        changes.removed.extend(old.iter().map(|row| table_row(&key, &columns, *row)));
        changes.added.extend(new.iter().map(|row| table_row(&key, &columns, *row)));
    }
    changes.added.sort_by_key(|row| row.line);
    changes.removed.sort_by_key(|row| row.line);
    changes.changed.sort_by_key(|row| row.line);
    Ok(changes)
}

/// The columns of both tables: those of the second as it spells them, then those that only the first
/// has.
fn columns_of(old: &Table, new: &Table) -> Vec<String> {
    let gone = old.column_names().filter(|name| !new.has_column(name));
    new.column_names().chain(gone).map(str::to_owned).collect()
}

/// The cells of all rows, row after row.
fn cells_of<'a>(table: &'a Table, columns: &[String]) -> Vec<&'a str> {
    let lower: Vec<String> = columns.iter().map(|column| column.to_lowercase()).collect();
    table
        .rows()
        .flat_map(|row| lower.iter().map(move |column| row.field(column)).collect::<Vec<_>>())
        .collect()
}

impl<'a> Rows<'a> {
    fn of(table: &Table, cells: &'a [&'a str]) -> Self {
        let width = cells.len().checked_div(table.len()).unwrap_or(0).max(1);
        let lines = table.rows().map(|row| row.place().line_number().unwrap_or_default());
        Self { rows: lines.zip(cells.chunks(width)).map(|(line, cells)| Row { line, cells }).collect() }
    }
}

impl<'a> Row<'a> {
    fn cell(self, place: usize) -> &'a str {
        self.cells.get(place).copied().unwrap_or_default()
    }
}

/// What the rows of these tables are known by.
fn key_of(columns: &[String], old: &Rows<'_>, new: &Rows<'_>) -> Key {
    let place = |name: &str| columns.iter().position(|column| column.eq_ignore_ascii_case(name));
    let is_key = |place: usize| is_unique(old, place) && is_unique(new, place);
    if let Some(id) = place("ID").filter(|id| is_key(*id)) {
        return Key::Column(id);
    }
    if let [Some(address), Some(name), Some(_)] = SOURCECRED.map(place) {
        return Key::AddressOrName(address, name);
    }
    (0..columns.len()).find(|place| is_key(*place)).map_or(Key::Whole, Key::Column)
}

/// Whether no value of a column is empty or stands twice.
fn is_unique(rows: &Rows<'_>, place: usize) -> bool {
    let mut seen = BTreeSet::new();
    rows.rows
        .iter()
        .map(|row| normalised(row.cell(place)))
        .all(|value| !value.is_empty() && seen.insert(value))
}

/// A key as it is compared: names as names are, addresses in lower case.
fn normalised(text: &str) -> String {
    spelled_once(&compared(text)).into_owned()
}

/// A cell as it is compared: the letter case of an address is but its checksum.
fn spelled_once(text: &str) -> Cow<'_, str> {
    let is_address = text.len() == 42 && (text.starts_with("0x") || text.starts_with("0X"));
    if is_address { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) }
}

impl Key {
    /// What tells rows apart, for people.
    fn title(&self, columns: &[String]) -> Option<String> {
        let column = |place: usize| columns.get(place).cloned().unwrap_or_default();
        match self {
            Self::Column(place) => Some(column(*place)),
            Self::AddressOrName(address, name) => {
                Some(format!("{}, else {}", column(*address), column(*name)))
            }
            Self::Whole => None,
        }
    }

    /// The key of a row, as it is shown.
    fn text<'a>(&self, row: Row<'a>) -> &'a str {
        match self {
            Self::Column(place) => row.cell(*place),
            Self::AddressOrName(address, name) => match row.cell(*address).trim() {
                "" => row.cell(*name),
                address => address,
            },
            Self::Whole => "",
        }
    }

    /// The key of a row, as it is compared.
    fn value(&self, row: Row<'_>) -> Vec<String> {
        match self {
            Self::Whole => row.cells.iter().map(|cell| (*cell).to_owned()).collect(),
            _ => vec![normalised(self.text(row))],
        }
    }
}

/// Rows of one key without those that are on both sides, and how many those are.
fn without_common<'a>(old: &[Row<'a>], new: &[Row<'a>]) -> (Vec<Row<'a>>, Vec<Row<'a>>, usize) {
    let cells = |row: &Row<'a>| row.cells.iter().map(|cell| spelled_once(cell)).collect::<Vec<_>>();
    let mut counts: BTreeMap<Vec<Cow<'a, str>>, usize> = BTreeMap::new();
    for row in new {
        *counts.entry(cells(row)).or_default() += 1;
    }
    let mut take = |row: &Row<'a>| match counts.get_mut(&cells(row)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let left_old: Vec<Row<'a>> = old.iter().filter(|row| !take(row)).copied().collect();
    // What is still counted has no match; the first rows of each kind were taken.
    let mut left_new: Vec<Row<'a>> = Vec::new();
    for row in new.iter().rev() {
        if take(row) {
            left_new.push(*row);
        }
    }
    left_new.reverse();
    let same = old.len() - left_old.len();
    (left_old, left_new, same)
}

fn table_row(key: &Key, columns: &[String], row: Row<'_>) -> TableRow {
    let cells = columns.iter().zip(row.cells).filter(|(_, value)| !value.is_empty());
    let cell =
        |(column, value): (&String, &&str)| Cell { column: column.clone(), value: (*value).to_owned() };
    TableRow { key: key.text(row).to_owned(), line: row.line, cells: cells.map(cell).collect() }
}

fn changed_row(key: &Key, columns: &[String], old: Row<'_>, new: Row<'_>) -> ChangedRow {
    let differ = |old: &str, new: &str| spelled_once(old) != spelled_once(new);
    let pairs =
        columns.iter().zip(old.cells.iter().zip(new.cells)).filter(|(_, (old, new))| differ(old, new));
    let cell = |(column, (old, new)): (&String, (&&str, &&str))| ChangedCell {
        column: column.clone(),
        before: (*old).to_owned(),
        after: (*new).to_owned(),
    };
    ChangedRow { key: key.text(new).to_owned(), line: new.line, cells: pairs.map(cell).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, then counts of unchanged, added, removed and changed rows.
    fn counts(old: &str, new: &str) -> (Option<String>, [usize; 4]) {
        let changes = compare(("a.csv", old.as_bytes()), ("b.csv", new.as_bytes())).unwrap();
        let counts = [changes.unchanged, changes.added.len(), changes.removed.len(), changes.changed.len()];
        let back = compare(("b.csv", new.as_bytes()), ("a.csv", old.as_bytes())).unwrap();
        let mirrored = [back.unchanged, back.removed.len(), back.added.len(), back.changed.len()];
        assert_eq!(counts, mirrored, "{old} {new}");
        (changes.key, counts)
    }

    #[test]
    fn rows_are_known_by_their_key() {
        let key = |name: &str| Some(name.to_owned());
        // The order means nothing; `ID` is the key though another column is unique, too.
        assert_eq!(counts("n,ID\nx,1\ny,2\n", "n,id\ny,2\nz,1\nw,3\n"), (key("id"), [1, 1, 0, 1]));
        // People of SourceCred: by address in any letter case, else by name; one may stand twice.
        let address = "0xAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAbAb";
        let old = format!("name,address,vested_amount\nheron,{address},1\nheron,{address},2\nwren,,3\n");
        let new = format!(
            "name,address,vested_amount\nheron,{},2\nheron,{address},1\nwren,,4\n",
            address.to_lowercase()
        );
        assert_eq!(counts(&old, &new), (key("address, else name"), [2, 0, 0, 1]));
        assert_eq!(counts("a,b\nx,1\nx,2\n", "a,b\nx,3\nx,2\n"), (key("b"), [1, 1, 1, 0]));
        assert_eq!(counts("a,b\nx,1\nx,1\ny,1\n", "a,b\nx,1\ny,1\ny,1\n"), (None, [2, 1, 1, 0]));
        assert_eq!(counts("ID\n1\n", "ID,more\n1,\n2,x\n"), (key("ID"), [1, 1, 0, 0]));
    }

    #[test]
    fn cells_and_columns_are_told() {
        let (old, new) = ("ID,name,old\n1,heron,\n2,wren,\n", "ID,Name\n1,Heron\n2,wren\n");
        let changes = compare(("a.csv", old.as_bytes()), ("b.csv", new.as_bytes())).unwrap();
        assert_eq!(
            (changes.columns_added.len(), changes.columns_removed.as_slice()),
            (0, &["old".to_owned()][..])
        );
        let cell = &changes.changed[0].cells[0];
        assert_eq!(
            (cell.column.as_str(), cell.before.as_str(), cell.after.as_str()),
            ("Name", "heron", "Heron")
        );
        assert!(compare(("a.csv", b"a\n\"x"), ("b.csv", b"a\n")).is_err());
    }
}
