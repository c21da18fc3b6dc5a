//! The pages of a round: what members read. report.md, report.html, forum-post.md, charts.
//!
//! Everything is a pure function of the [`Material`], byte for byte. First the sections say what is to
//! be shown as a [`Page`] of blocks, then templates lay the blocks out; what stands in a page is
//! decided here, how it looks in `templates/`.
//!
//! A section reads what methods tell about a round: their tables, which stand in the results too, and
//! their statistics. Floats are allowed here: no amount depends on a page.

pub mod chart;
pub mod concentration;
pub mod earlier;
mod forum;
mod methods;
mod overview;
pub mod page;
pub mod ratio;
pub mod recipients;
pub mod render;
pub mod stats;
pub mod text;

use std::collections::BTreeMap;

use serde_json::Value;

pub use earlier::{Earlier, earlier_tables};
pub use forum::Forum;
use overview::Overview;
pub use page::Page;
pub use recipients::Recipients;

use crate::adjustments::Adjustment;
use crate::error::{Problems, Warning};
use crate::files::Files;
use crate::ledger::Ledger;
use crate::ledger::plan::{Allocation, Plan};
use crate::methods::{Method, Statistics, TablePath};
use crate::statement::{AllocationRecord, InputRecord, REPORT_FOLDER, Record, Sums};
use crate::tables::Table;

/// What the pages of a round are made from: the inputs, and everything that the round came to.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// What the round's file asks for.
    pub plan: &'a Plan,
    /// The files of the commit: inputs, the ledger's own templates, and [`earlier_tables`].
    pub files: &'a Files,
    /// The statements before this round's.
    pub record: &'a Record,
    /// 1 for the first closing, 2 and up for amendments.
    pub revision: u32,
    /// Of an amendment: what it changes, person by person.
    pub adjustments: Option<&'a [Adjustment]>,
    /// Of an amendment: why it was made, as people wrote it.
    pub reason: Option<&'a str>,
    /// What every allocation came to; `held` stands last. Of an amendment what the allocations give as
    /// they stand now, without `held`: what is paid goes to people with an address, what is held to people
    /// without, whether it was paid before or not.
    pub allocations: &'a [AllocationRecord],
    /// The sums over the allocations.
    pub totals: &'a Sums,
    /// The files from which the results were computed.
    pub inputs: &'a [InputRecord],
    /// The statistics of the methods, in the order of the plan's allocations.
    pub statistics: &'a [Statistics],
    /// Whose table stands where in the results.
    pub tables: &'a [TablePath],
    /// The files of the results by name: distribution.csv, carry.json, payouts, tables.
    pub results: &'a BTreeMap<String, Vec<u8>>,
    /// Who gets what.
    pub recipients: &'a Recipients,
    /// What people should look at before they pay.
    pub warnings: &'a [Warning],
}

/// An allocation of the round with everything that is known of it, for the section of its method.
#[derive(Debug, Clone, Copy)]
pub struct Share<'a> {
    /// The whole round.
    pub material: &'a Material<'a>,
    /// What the round's file asks for.
    pub allocation: &'a Allocation,
    /// Its method.
    pub method: Method,
    /// What it came to.
    pub record: &'a AllocationRecord,
    /// The statistics of its method; null where it has none.
    pub statistics: &'a Value,
}

impl<'a> Material<'a> {
    /// The allocations of the plan, in its order.
    pub fn shares(&'a self) -> impl Iterator<Item = Share<'a>> {
        let pairs = self.plan.allocations.iter().zip(self.statistics);
        pairs.filter_map(|(allocation, statistics)| {
            let record = self.allocations.iter().find(|record| record.name == allocation.name)?;
            let method = Method::parse(&allocation.method)?;
            Some(Share { material: self, allocation, method, record, statistics: &statistics.statistics })
        })
    }
}

impl<'a> Share<'a> {
    /// The path in the results folder of a table of the method, by the name that the method gave it.
    fn table_path(&self, name: &str) -> Option<&'a str> {
        let tables = self.material.tables.iter();
        let mut own = tables.filter(|table| table.allocation == self.allocation.name && table.name == name);
        own.next().map(|table| table.path.as_str())
    }

    /// The path of such a table from the report folder, for links.
    pub fn table_target(&self, name: &str) -> Option<String> {
        self.table_path(name)?.strip_prefix(REPORT_FOLDER).map(str::to_owned)
    }

    /// A table of the method, read again; `None` where it wrote none of that name.
    pub fn table(&self, name: &str, columns: &[&str]) -> Result<Option<Table>, Problems> {
        let Some(path) = self.table_path(name) else { return Ok(None) };
        let bytes = self.material.results.get(path).map(Vec::as_slice).unwrap_or_default();
        match Table::read(path, bytes, columns) {
            Ok(table) => Ok(Some(table)),
            Err(problems) => Problems::unless_empty(problems, None),
        }
    }

    /// The name of a chart of this allocation: unique in the round, since names of allocations hold no
    /// point.
    pub fn chart_name(&self, name: &str) -> String {
        format!("{}.{name}", self.allocation.name)
    }
}

/// The page of a round and its files, by their names in the results folder.
pub fn write(material: &Material<'_>) -> Result<(Page, BTreeMap<String, Vec<u8>>), Problems> {
    let overview = Overview::of(material)?;
    let page = compose(material, &overview)?;
    let mut files = render::all(&page, material)?;
    for chart in page.charts() {
        files.insert(format!("{REPORT_FOLDER}{}", chart.file), chart.svg.clone().into_bytes());
    }
    files.extend(overview.tables());
    Ok((page, files))
}

/// The tables of a round that pages of later rounds read, without its pages.
pub fn figures(material: &Material<'_>) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    Ok(Overview::of(material)?.tables())
}

/// What the page says, section by section.
fn compose(material: &Material<'_>, overview: &Overview<'_>) -> Result<Page, Problems> {
    let mut sections = overview.before()?;
    for share in material.shares() {
        sections.extend(methods::sections(&share)?);
    }
    sections.extend(overview.after()?);
    Ok(Page::new(material, sections))
}
