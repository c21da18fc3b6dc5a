//! What the tests share: where things are, and a round folder as the pipeline reads it.

pub mod sandbox;
pub mod stage;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use meed::amount::Amount;
use meed::calculate::{Results, Snapshot, calculate};
use meed::error::{Place, Problems};
use meed::files::{Content, Files};
use meed::ledger::round_id::RoundId;
use meed::statement::{Record, Recorded, Sums};
use meed::tables::{Row, Table};

/// The root of the package.
pub fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Says loudly that something is not tested. Written past the test runner, which would swallow what
/// a passing test prints.
pub fn skip(what: &str) {
    // In one piece: tests run side by side.
    let _ = std::io::stderr().write_all(format!("SKIPPED: {what}\n").as_bytes());
}

/// The conformance data beside the project, or `None` with a loud line that names what is skipped.
pub fn conformance(what: &str) -> Option<PathBuf> {
    let folder = package().join("../shared/conformance");
    if folder.is_dir() {
        return Some(folder);
    }
    skip(&format!("{what}: ../shared/conformance is not here"));
    None
}

/// Cells of tables that no honest hand would write.
pub fn hostile_cells() -> Vec<String> {
    let cells = [
        "",
        "-0",
        "-1",
        "NaN",
        "1e400",
        "0x1",
        "\u{661}",
        "=1+1",
        "\u{1b}[31m",
        "\u{202e}x",
        "<b>",
        "\"\"\"\"",
        "9999-12-31",
        "18446744073709551615",
        "340282366920938463463374607431768211455",
        "0.000000000000000000000000000000000001",
        "99999999999999999999999999999999999999",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999999",
    ];
    cells.map(str::to_owned).into_iter().chain(["9".repeat(1024 * 1024)]).collect()
}

/// A ledger.json for tests: id, token and `overrides` as JSON text.
pub fn ledger_json(symbol: &str, decimals: u8, overrides: &str) -> String {
    format!(
        r#"{{"format": 1, "id": "0123456789abcdef", "name": "Test Commons", "token": {{"symbol": "{symbol}", "decimals": {decimals}}}, "rounds": "rounds", "display_decimals": 0, "overrides": {overrides}}}"#
    )
}

/// The ledger.json of a vector: its token is the one of token.json, else TOK with 18 decimals.
pub fn ledger_of_vector(folder: &Path) -> String {
    let token: serde_json::Value = fs::read(folder.join("token.json")).map_or_else(
        |_| serde_json::json!({"symbol": "TOK", "decimals": 18}),
        |bytes| serde_json::from_slice(&bytes).unwrap(),
    );
    let decimals = u8::try_from(token["decimals"].as_u64().unwrap()).unwrap();
    ledger_json(token["symbol"].as_str().unwrap(), decimals, "{}")
}

/// The files of a folder on disk, those in folders below it too, as files of a commit, below
/// `rounds/<id>`.
pub fn round_files(folder: &Path, id: &str, ledger: &str) -> Files {
    let mut files = Files::default();
    files.insert("ledger.json".to_owned(), Content::File(ledger.as_bytes().to_vec()));
    insert_folder(folder, &format!("rounds/{id}"), &mut files);
    files
}

/// The rounds of ledger-example/, in the order in which they are closed.
pub const EXAMPLE_ROUNDS: [&str; 6] = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"];

/// The amendments of ledger-example/, in the order in which they are made, behind all rounds.
pub const EXAMPLE_REVISIONS: [(&str, u32); 1] = [("2026-02", 2)];

/// Adds members.csv of ledger-example/.
pub fn insert_example_members(files: &mut Files) {
    let bytes = fs::read(package().join("ledger-example/members.csv")).unwrap();
    files.insert("members.csv".to_owned(), Content::File(bytes));
}

/// Adds the files below a folder on disk below `prefix`.
pub fn insert_folder(folder: &Path, prefix: &str, files: &mut Files) {
    for (path, bytes) in files_below(folder) {
        files.insert(format!("{prefix}/{path}"), Content::File(bytes));
    }
}

/// The files below a folder on disk, by their path from it; none where there is no folder.
pub fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let below = files_below(&path).into_iter();
            files.extend(below.map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

/// The results of a round that is closed behind others, whose results are given in their order.
pub fn results_after(files: &Files, id: &str, before: &[&Results]) -> Result<Results, Problems> {
    let mut files = files.clone();
    let recorded = |results: &&Results| Recorded {
        folder: results.folder.clone(),
        sha256: results.statement_sha256(),
        statement: Arc::new(results.statement.clone()),
    };
    let record = Record::new(before.iter().map(recorded).collect()).unwrap();
    if let Some(last) = before.last() {
        let carry = last.files["carry.json"].clone();
        files.insert(format!("{}/carry.json", last.folder), Content::File(carry));
    }
    for results in before {
        let distribution = results.files["distribution.csv"].clone();
        files.insert(format!("{}/distribution.csv", results.folder), Content::File(distribution));
        let tables = results.files.iter().filter(|(name, _)| name.starts_with("report/tables/"));
        for (name, bytes) in tables {
            files.insert(format!("{}/{name}", results.folder), Content::File(bytes.clone()));
        }
    }
    let round = RoundId::parse(id, &Place::file("test")).unwrap();
    calculate(Snapshot { files: &files, record: &record }, &round)
}

/// The reward amounts of each recipient, in the order of `results.recipients`, as distribution.csv
/// has them.
pub fn amounts_of(results: &Results) -> Vec<Vec<Amount>> {
    let table = Table::read("distribution.csv", &results.files["distribution.csv"], &["total"]).unwrap();
    let decimals = results.token.decimals;
    let amount = |row: Row<'_>, reward: &String| {
        Amount::parse(row.field(reward), decimals, &row.place(), reward).unwrap()
    };
    table.rows().map(|row| results.rewards.iter().map(|reward| amount(row, reward)).collect()).collect()
}

/// The figures of an allocation or of all, in their order, none of them below zero.
pub fn figures(sums: &Sums, decimals: u8) -> [Amount; 8] {
    sums.balances(decimals).unwrap().map(|balance| balance.amount().unwrap())
}

/// The results of a round in a ledger without record.
pub fn results_of(files: &Files, id: &str) -> Result<Results, Problems> {
    results_after(files, id, &[])
}

/// What the pages of a round say but for what depends on the bytes of its inputs: their digests, and
/// warnings, which name lines. And the charts and the forum post, which say nothing of that.
pub fn said(results: &Results) -> String {
    let mut page = serde_json::to_value(&results.page).unwrap();
    let sections = page["sections"].as_array_mut().unwrap();
    let before = sections.len();
    sections.retain(|section| !["check", "warnings"].contains(&section["id"].as_str().unwrap()));
    assert!(sections.len() < before);
    let is_same = |name: &str| name.contains("/charts/") || name.ends_with("/forum-post.md");
    let files = results.files.iter().filter(|(name, _)| is_same(name));
    files.fold(page.to_string(), |said, (name, bytes)| {
        format!("{said}\n{name}\n{}", String::from_utf8(bytes.clone()).unwrap())
    })
}
