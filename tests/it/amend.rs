//! Amendments: whatever is closed and amended in whatever order, everybody gets what they are due, once.

mod commands;
mod entries;
mod rounds;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use meed::calculate::{Results, Snapshot, calculate_revision};
use meed::error::{Place, Problems};
use meed::files::{Content, Files};
use meed::ledger::round_id::RoundId;
use meed::statement::{Record, Recorded};
use meed::tables::Table;

use crate::support::{conformance, files_below, ledger_json};

/// A ledger in memory: the files of its tip, its results among them, and its record.
struct World {
    files: Files,
    record: Record,
}

impl World {
    fn new(ledger: &str) -> Self {
        let mut world = Self { files: Files::default(), record: Record::default() };
        world.write("ledger.json", ledger);
        world
    }

    fn write(&mut self, path: &str, bytes: impl AsRef<[u8]>) {
        self.files.insert(path.to_owned(), Content::File(bytes.as_ref().to_vec()));
    }

    fn compute(&self, round: &str, revision: u32) -> Result<Results, Problems> {
        let round = RoundId::parse(round, &Place::file("test")).unwrap();
        calculate_revision(Snapshot { files: &self.files, record: &self.record }, &round, revision)
    }

    /// Closes a revision: its results become part of the ledger.
    fn close(&mut self, round: &str, revision: u32) -> Result<Results, Problems> {
        let results = self.compute(round, revision)?;
        results.statement.check_sums().unwrap();
        for (name, bytes) in &results.files {
            self.write(&format!("{}/{name}", results.folder), bytes);
        }
        self.record.push(Recorded {
            folder: results.folder.clone(),
            sha256: results.statement_sha256(),
            statement: Arc::new(results.statement.clone()),
        });
        Ok(results)
    }

    fn amend(&mut self, round: &str, revision: u32) -> Result<Results, Problems> {
        self.write(&format!("rounds/{round}/revisions/{revision}/reason.md"), "A score was mistyped.\n");
        self.close(round, revision)
    }
}

/// Address and what is paid there now, from the table that says so.
fn paid_by(results: &Results) -> BTreeMap<String, String> {
    let (name, column) = results.statement.table_of_payments();
    let table = Table::read(name, &results.files[name], &["address", column]).unwrap();
    let rows = table.rows().filter(|row| !row.field("address").is_empty() && row.field(column) != "0");
    rows.map(|row| (row.field("address").to_owned(), row.field(column).to_owned())).collect()
}

/// The TEC's rounds 1 and 13, each with its two praise files; in `order` rounds are closed, and closed
/// again with their second file.
fn tec(tec: &Path, order: [(&str, u32); 4]) -> Vec<Results> {
    let mut world = World::new(&ledger_json("TEC", 18, "{}"));
    for round in ["round-1", "round-13"] {
        for (path, bytes) in files_below(&tec.join(round)) {
            if !path.starts_with("published/") {
                world.write(&format!("rounds/{round}/{path}"), bytes);
            }
        }
    }
    let close = |(round, revision)| {
        if revision == 1 { world.close(round, 1) } else { world.amend(round, revision) }
    };
    order
        .map(close)
        .into_iter()
        .map(|results| results.unwrap_or_else(|problems| panic!("{problems}")))
        .collect()
}

fn units(text: &str) -> i128 {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    sign * format!("{whole}{fraction:0<18}").parse::<i128>().unwrap()
}

#[test]
fn two_rounds_of_the_tec_are_amended_as_they_were() {
    let Some(folder) = conformance("2 amended rounds of the TEC, in two orders") else { return };
    let folder = folder.join("tec");
    let alternating = tec(&folder, [("round-1", 1), ("round-1", 2), ("round-13", 1), ("round-13", 2)]);
    for (round, results) in [("round-1", &alternating[1]), ("round-13", &alternating[3])] {
        let exact = fs::read(folder.join(round).join("exact-revision-2.csv")).unwrap();
        let columns = ["recipient", "address", "praise", "quantifier", "rewardboard", "total"];
        let cells = |bytes: &[u8]| -> Vec<Vec<String>> {
            let table = Table::read("table", bytes, &columns).unwrap();
            table.rows().map(|row| columns.map(|column| row.field(column).to_owned()).to_vec()).collect()
        };
        assert_eq!(cells(&results.files["distribution.csv"]), cells(&exact), "{round}");

        let published = folder.join(round).join("published/praise_aragon_distribution.diff-1-2.csv");
        let published = fs::read_to_string(published).unwrap();
        let theirs: BTreeMap<String, f64> = published
            .lines()
            .map(|line| line.split(',').collect::<Vec<_>>())
            .map(|fields| (fields[0].to_lowercase(), fields[1].parse().unwrap()))
            .collect();
        let ours = paid_by(results);
        assert!(ours.keys().eq(theirs.keys()) && theirs.len() >= 2, "{round}: addresses");
        for (address, amount) in &theirs {
            let paid: f64 = ours[address].parse().unwrap();
            assert!((paid - amount).abs() <= 1e-9, "{round}: {address}");
        }
        for row in results.adjustments.as_ref().unwrap() {
            assert!(row.due_after >= row.due_before, "{round}: somebody's due shrinks");
        }
    }
    // Both closed first: what the second close releases is not paid by the amendment again.
    let closed_first = tec(&folder, [("round-1", 1), ("round-13", 1), ("round-1", 2), ("round-13", 2)]);
    let sums = |results: &[Results]| {
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for (address, amount) in results.iter().flat_map(paid_by) {
            *sums.entry(address).or_default() += units(&amount);
        }
        sums
    };
    assert_eq!(sums(&alternating), sums(&closed_first));
    let carry = |results: &[Results]| results.last().unwrap().files["carry.json"].clone();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(text(carry(&alternating)), text(carry(&closed_first)));
}
