//! What every page shows, whatever the methods: the sections before and behind theirs.

mod allocations;
mod amendment;
mod check;
mod comparison;
mod distribution;
mod figures;
mod headline;
mod held;
mod people;
mod rewards;
mod trends;
mod words;

use std::collections::BTreeMap;

use super::Material;
use super::page::{Block, Section};
use crate::amount::Amount;
use crate::error::Problems;
use crate::statement::REPORT_FOLDER;
pub use amendment::{becomes_of_it, name as adjusted_name, reason};
pub use check::results_folder;
pub use figures::ROUND_TABLE;
use figures::{Compared, Figures};
pub use words::{day_in_words, figure, recipient};

/// Most warnings that a page lists.
const WARNINGS_MOST: usize = 100;

/// What the overview knows of a round and of those before it.
#[derive(Debug)]
pub struct Overview<'a> {
    material: &'a Material<'a>,
    /// This round.
    figures: Figures,
    /// The round that was closed before it.
    previous: Option<Compared>,
    /// All rounds that were closed before, by their periods.
    earlier: Vec<Figures>,
}

impl<'a> Overview<'a> {
    /// Reads what was committed with earlier rounds, and measures this one.
    pub fn of(material: &'a Material<'a>) -> Result<Self, Problems> {
        let previous = Compared::with_previous(material)?;
        let figures = Figures::of(material, previous.as_ref());
        Ok(Self { material, figures, previous, earlier: Figures::earlier(material) })
    }

    /// Headline, what an amendment changes, how to check, allocations and their rules, who gets what.
    pub fn before(&self) -> Result<Vec<Section>, Problems> {
        let mut sections = vec![headline::section(self)];
        sections.extend(amendment::section(self.material));
        sections.extend([
            check::section(self.material),
            allocations::section(self.material),
            distribution::section(self.material),
        ]);
        sections.extend(distribution::payouts(self.material));
        sections.extend(rewards::sections(self)?);
        Ok(sections)
    }

    /// Held balances, comparison with earlier rounds, warnings.
    pub fn after(&self) -> Result<Vec<Section>, Problems> {
        let mut sections = vec![held::section(self.material), comparison::section(self)];
        sections.push(trends::section(self)?);
        sections.push(warnings(self.material));
        Ok(sections)
    }

    /// The tables that the overview writes, by their names in the results folder.
    pub fn tables(&self) -> BTreeMap<String, Vec<u8>> {
        let path = format!("{REPORT_FOLDER}tables/{ROUND_TABLE}.csv");
        BTreeMap::from([(path, self.figures.to_csv(self.material.plan.token.decimals))])
    }

    /// An amount as pages show it, with the token's symbol.
    fn tokens(&self, amount: Amount) -> String {
        words::tokens(self.material, amount)
    }
}

/// What people should look at.
fn warnings(material: &Material<'_>) -> Section {
    let count = material.warnings.len();
    let mut items: Vec<String> =
        material.warnings.iter().take(WARNINGS_MOST).map(ToString::to_string).collect();
    if count > WARNINGS_MOST {
        items.push(format!("... and {} more of them.", count - WARNINGS_MOST));
    }
    let mut blocks = Vec::new();
    if items.is_empty() {
        blocks.push(Block::text("Nothing stood out while this round was computed."));
    } else {
        blocks.push(Block::text(
            "These stood out while the round was computed. They stopped nothing; look at them before anybody is paid. Each names the file and, where there is one, the line.",
        ));
        blocks.push(Block::List { items });
    }
    Section::new("warnings", "Warnings", blocks)
}
