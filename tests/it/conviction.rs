//! conviction-v1: the conformance cases, rounds that continue one another, and what the method
//! refuses and warns of.

mod cases;
mod rounds;
mod words;

use std::fs;

use meed::calculate::Results;
use meed::error::Problems;
use meed::files::{Content, Files};
use meed::tables::Table;
use serde_json::{Value, json};

use crate::support;

/// The conformance cases, a copy of the published file.
fn core() -> Value {
    serde_json::from_slice(&fs::read(support::package().join("tests/data/conviction-core.json")).unwrap())
        .unwrap()
}

/// A fund: settings without `steps`, and the tables of all its rounds.
#[derive(Debug, Clone)]
struct Fund {
    settings: Value,
    proposals: String,
    stakes: String,
    holdings: Option<String>,
}

impl Fund {
    /// The results of rounds that continue one another; each is given as its pool and its steps.
    fn rounds(&self, rounds: &[(&str, u64)]) -> Result<Vec<Results>, Problems> {
        let mut results: Vec<Results> = Vec::new();
        for (index, (pool, steps)) in rounds.iter().enumerate() {
            let before: Vec<&Results> = results.iter().collect();
            results.push(self.round(index, pool, *steps, &before)?);
        }
        Ok(results)
    }

    /// The results of the round behind others.
    fn round(&self, index: usize, pool: &str, steps: u64, before: &[&Results]) -> Result<Results, Problems> {
        let mut settings = self.settings.clone();
        settings["steps"] = json!(steps);
        let mut inputs = json!({"proposals": "proposals.csv", "stakes": "stakes.csv"});
        if self.holdings.is_some() {
            inputs["holdings"] = json!("holdings.csv");
        }
        let round = json!({
            "format": 1,
            "period": {"start": format!("2026-{:02}-01", index + 1), "end": format!("2026-{:02}-28", index + 1)},
            "allocations": [{
                "name": "fund", "method": "conviction-v1", "pool": pool, "inputs": inputs, "settings": settings,
            }],
        });
        let id = format!("r-{index}");
        let mut files = Files::default();
        let mut insert = |path: &str, text: &str| {
            files.insert(path.to_owned(), Content::File(text.as_bytes().to_vec()));
        };
        insert("ledger.json", &support::ledger_json("TOK", 18, "{}"));
        insert(&format!("rounds/{id}/round.json"), &round.to_string());
        insert(&format!("rounds/{id}/proposals.csv"), &self.proposals);
        insert(&format!("rounds/{id}/stakes.csv"), &self.stakes);
        if let Some(holdings) = &self.holdings {
            insert(&format!("rounds/{id}/holdings.csv"), holdings);
        }
        support::results_after(&files, &id, before)
    }
}

/// A table of the report.
fn table(results: &Results, name: &str) -> String {
    String::from_utf8(results.files[&format!("report/tables/{name}.csv")].clone()).unwrap()
}

/// The rows of a table by column.
fn rows(table: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let table = Table::read("table.csv", table.as_bytes(), columns).unwrap();
    table.rows().map(|row| columns.iter().map(|column| row.field(column).to_owned()).collect()).collect()
}

/// What carry.json says about allocations.
fn carried(results: &Results) -> Value {
    serde_json::from_slice::<Value>(&results.files["carry.json"]).unwrap()["allocations"].clone()
}
