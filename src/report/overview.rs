//! What every page shows, whatever the methods: the sections before and behind theirs.

use super::Material;
use super::page::{Block, Section, Table};
use super::text;
use crate::error::Problems;

/// Headline, how to check, allocations and their rules, who gets what.
pub fn before(material: &Material<'_>) -> Result<Vec<Section>, Problems> {
    let sums = material.totals;
    let facts = [("pool", &sums.pool.0), ("paid", &sums.paid.0), ("held", &sums.held.0)];
    let shown = |amount| text::amount(amount, material.plan.token.decimals, material.ledger.display_decimals);
    let rows = material.recipients.listed.iter().map(|row| vec![row.name.clone(), shown(row.total)]);
    let mut table = Table::new("distribution", "Who gets what", &["recipient", "#total"], rows.collect());
    table.csv = Some("../distribution.csv".to_owned());
    table.total = material.recipients.count;
    table.interactive = true;
    Ok(vec![
        Section::new("headline", "The round", vec![Block::facts(facts)]),
        Section::new("distribution", "Distribution", vec![Block::Table(table)]),
    ])
}

/// Comparison with earlier rounds, warnings.
pub fn after(material: &Material<'_>) -> Result<Vec<Section>, Problems> {
    let warnings = material.warnings.iter().map(ToString::to_string).collect();
    Ok(vec![Section::new("warnings", "Warnings", vec![Block::List { items: warnings }])])
}
