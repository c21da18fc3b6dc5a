//! What a page says, before it has a form: sections of blocks. Templates see exactly this, as JSON;
//! `meed report ROUND --context` prints it.
//!
//! All values are texts that are ready to be shown; templates escape them. Names from inputs may hold
//! anything but control and bidirectional characters.

use serde::Serialize;

use super::Material;
use super::chart::Chart;
use super::forum::Forum;

/// The page of a round.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// The community's name.
    pub ledger: String,
    /// The round's id.
    pub round: String,
    /// 1 for the first closing, 2 and up for amendments.
    pub revision: u32,
    /// The first day of the period, `YYYY-MM-DD`.
    pub start: String,
    /// The last day of the period, `YYYY-MM-DD`.
    pub end: String,
    /// The token's symbol.
    pub symbol: String,
    /// The sections in their order.
    pub sections: Vec<Section>,
    /// What the forum post says.
    pub forum: Forum,
}

/// A part of a page with a heading of its own.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// The anchor: `a-z`, `0-9`, `-`, unique in the page.
    pub id: String,
    /// The heading.
    pub title: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Block {
    /// A heading below that of the section.
    Heading {
        /// The heading.
        text: String,
    },
    /// A paragraph.
    Text {
        /// The text.
        text: String,
    },
    /// Names with values.
    Facts {
        /// One fact a row.
        facts: Vec<Fact>,
    },
    /// A list.
    List {
        /// One text an entry.
        items: Vec<String>,
    },
    /// Commands or digests, to be copied.
    Code {
        /// The text, of one line or several.
        text: String,
    },
    /// A link to a file of the results or to another page.
    Link {
        /// What the reader sees.
        text: String,
        /// The path relative to the report folder, or an address on the web.
        target: String,
    },
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
}

/// A name with a value.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// How much or which.
    pub value: String,
}

/// From how many bytes on a cell of several words is a sentence.
const SENTENCE_BYTES: usize = 50;

/// A table. All rows have as many cells as there are columns.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// The anchor: `a-z`, `0-9`, `-`, unique in the page.
    pub id: String,
    /// What the table shows, in one sentence.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows that the page shows.
    pub rows: Vec<Vec<String>>,
    /// How many rows there are in all.
    pub total: usize,
    /// The file with all rows, relative to the report folder.
    pub csv: Option<String>,
    /// Whether readers can search and sort it where scripts run.
    pub interactive: bool,
}

/// A column of a table.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// The heading.
    pub title: String,
    /// Whether cells hold sentences, for which a narrow screen has to keep some room.
    pub wide: bool,
    /// Whether its cells are numbers, which stand right and sort as numbers. A cell may be empty.
    pub number: bool,
}

impl Page {
    /// The page of a round with these sections.
    pub(super) fn new(material: &Material<'_>, sections: Vec<Section>) -> Self {
        let Material { ledger, plan, revision, .. } = *material;
        Self {
            ledger: ledger.name.clone(),
            round: plan.round.as_str().to_owned(),
            revision,
            start: plan.period.start.to_string(),
            end: plan.period.end.to_string(),
            symbol: plan.token.symbol.clone(),
            sections,
            forum: Forum::of(material),
        }
    }

    /// All charts, in the order of the page.
    pub fn charts(&self) -> impl Iterator<Item = &Chart> {
        self.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
            Block::Chart(chart) => Some(chart),
            _ => None,
        })
    }
}

impl Section {
    /// A section.
    pub fn new(id: impl Into<String>, title: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { id: id.into(), title: title.into(), blocks }
    }
}

impl Block {
    /// A heading below that of the section.
    pub fn heading(text: impl Into<String>) -> Self {
        Self::Heading { text: text.into() }
    }

    /// A paragraph.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// Names with values.
    pub fn facts<L: Into<String>, V: Into<String>>(facts: impl IntoIterator<Item = (L, V)>) -> Self {
        let fact = |(label, value): (L, V)| Fact { label: label.into(), value: value.into() };
        Self::Facts { facts: facts.into_iter().map(fact).collect() }
    }
}

impl Table {
    /// A table that shows all its rows; a title that begins with `#` makes a column of numbers.
    pub fn new(id: &str, caption: &str, titles: &[&str], rows: Vec<Vec<String>>) -> Self {
        let is_long = |row: &Vec<String>, at: usize| {
            row.get(at).is_some_and(|cell| cell.contains(' ') && cell.len() > SENTENCE_BYTES)
        };
        let column = |(at, title): (usize, &&str)| Column {
            title: title.trim_start_matches('#').to_owned(),
            wide: rows.iter().any(|row| is_long(row, at)),
            number: title.starts_with('#'),
        };
        Self {
            id: id.to_owned(),
            caption: caption.to_owned(),
            columns: titles.iter().enumerate().map(column).collect(),
            total: rows.len(),
            rows,
            csv: None,
            interactive: false,
        }
    }
}
