//! The pages of praise: the rule in words, how praises were rated, who gave and who got, how the
//! quantifiers scored, what praise was for, and how all of it went over the rounds.
//!
//! Everything is read from the tables that praise-v1 wrote for this round and, for the trends, for
//! earlier ones.

mod categories;
mod giving;
mod numbers;
mod parameters;
mod quantifiers;
mod ratings;
mod rows;
mod stats;
mod trends;

use super::super::Share;
use super::super::chart::{self, Plot};
use super::super::page::{Block, Section, Table};
use crate::error::Problems;

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let judged = rows::judged(share)?;
    let days = rows::days(share)?;
    Ok(vec![
        section(share, "rule", "How praise is rewarded", parameters::blocks(share)),
        section(share, "ratings", "How praise was rated", ratings::blocks(share, &judged)?),
        section(share, "giving", "Who gave praise to whom", giving::blocks(share, &days)?),
        section(share, "quantifiers", "How quantifiers scored", quantifiers::blocks(share, &judged)?),
        section(
            share,
            "agreement",
            "Where quantifiers did not agree",
            quantifiers::agreement(share, &judged),
        ),
        section(share, "categories", "What praise was for", categories::blocks(share)?),
        section(share, "trends", "Praise over time", trends::blocks(share, &days)?),
    ])
}

/// A section; where the allocation is not called praise, its name stands in the title.
fn section(share: &Share<'_>, id: &str, title: &str, blocks: Vec<Block>) -> Section {
    let name = &share.allocation.name;
    let title = if name == "praise" { title.to_owned() } else { format!("{title} ({name})") };
    Section::new(anchor(share, id), title, blocks)
}

/// An anchor that no other allocation has: their names are distinct.
fn anchor(share: &Share<'_>, id: &str) -> String {
    format!("{}-{id}", share.allocation.name.replace('_', "--"))
}

/// A link to a table of the method, where it wrote one.
fn link(share: &Share<'_>, name: &str, text: &str) -> Option<Block> {
    let target = share.table_target(name)?;
    Some(Block::Link { text: text.to_owned(), target })
}

/// A table that links the file with all rows; without the name of a file it links none.
fn table(
    share: &Share<'_>,
    id: &str,
    caption: &str,
    titles: &[&str],
    rows: Vec<Vec<String>>,
    all: (&str, usize),
) -> Block {
    let mut table = Table::new(&anchor(share, id), caption, titles, rows);
    table.csv = share.table_target(all.0);
    table.total = all.1;
    Block::Table(table)
}

/// A chart, where there is something to draw.
fn chart(blocks: &mut Vec<Block>, plot: Plot) -> Result<(), Problems> {
    blocks.extend(chart::draw(plot)?.map(Block::Chart));
    Ok(())
}
