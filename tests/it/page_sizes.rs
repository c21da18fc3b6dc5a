//! Pages of 1 to 100,000 recipients: they list at most 2,000 and say where the others are, charts group,
//! and files stay small enough for a phone.

use meed::calculate::Results;
use meed::files::{Content, Files};
use meed::report::page::{Block, Page, Table};
use serde_json::{Value, json};

use crate::support;

/// How many get something.
const SIZES: [usize; 4] = [1, 40, 300, 5_000];
/// And once very many.
const MOST: usize = 100_000;
/// Most rows that a page lists.
const LISTED_MOST: usize = 2_000;
/// Most bytes of report.html for 300 recipients, and for as many as are listed.
const HTML_MOST: [(usize, usize); 2] = [(300, 400_000), (100_000, 1_100_000)];
/// Most bytes of a chart.
const CHART_MOST: usize = 40_960;

fn address(number: usize) -> String {
    // Spread, as real ones are, so that their order says nothing.
    format!("0x71de{:036x}", (number as u128 + 1) * 0x9e37_79b9_7f4a_7c15)
}

/// A round of one allocation, 18 decimals, the ledger showing two.
fn results(allocation: &Value, path: &str, text: String) -> Results {
    let round = json!({"format": 1, "period": {"start": "2026-01-01", "end": "2026-01-31"},
        "allocations": [allocation]});
    let ledger =
        support::ledger_json("TOK", 18, "{}").replace("\"display_decimals\": 0", "\"display_decimals\": 2");
    let mut files = Files::default();
    files.insert("ledger.json".to_owned(), Content::File(ledger.into_bytes()));
    files.insert("rounds/r/round.json".to_owned(), Content::File(round.to_string().into_bytes()));
    files.insert(format!("rounds/r/{path}"), Content::File(text.into_bytes()));
    support::results_of(&files, "r").unwrap_or_else(|problems| panic!("{problems}"))
}

fn weighted(count: usize) -> Results {
    let rows: String = (0..count)
        .map(|number| format!("Member number {number},{},{}\n", address(number), 1 + number * 7 % 1000))
        .collect();
    let allocation = json!({"name": "part", "method": "weighted-v1", "pool": "100000",
        "inputs": {"table": "table.csv"},
        "settings": {"weights": [{"column": "hours"}], "cap": {"share": if count < 100 { "1" } else { "0.02" }}}});
    results(&allocation, "table.csv", format!("recipient,address,hours\n{rows}"))
}

fn airdrop(count: usize) -> Results {
    // Balances over seven powers of ten.
    let balance = |number: usize| 1000 + (number % 1000) * 10_usize.pow(u32::try_from(number % 7).unwrap());
    let rows: String =
        (0..count).map(|number| format!("{},{}\n", address(number), balance(number))).collect();
    let allocation = json!({"name": "part", "method": "airdrop-v1", "pool": "100000",
        "inputs": {"snapshots": {"holders": ["holders.csv"]}},
        "settings": {"pools": [{"reward": "holder", "amount": "100000", "categories": ["holders"], "weight": "balance"}]}});
    results(&allocation, "holders.csv", format!("HolderAddress,Balance\n{rows}"))
}

#[test]
fn pages_of_a_weighted_round_stay_small() {
    for count in SIZES {
        check_weighted(count);
    }
}

#[test]
fn pages_of_a_very_large_weighted_round_stay_small() {
    check_weighted(MOST);
}

fn check_weighted(count: usize) {
    let results = weighted(count);
    check("weighted", count, &results);
    let table = tables(&results.page).find(|table| table.id.ends_with("weights-table")).unwrap();
    assert_eq!((table.rows.len(), table.total), (count.min(LISTED_MOST), count));
    assert_eq!(table.csv.as_deref(), Some("tables/weights.csv"));
}

#[test]
fn pages_of_an_airdrop_stay_small() {
    for count in SIZES.into_iter().chain([MOST]) {
        let results = airdrop(count);
        check("airdrop", count, &results);
        let figures = &results.statistics[0].statistics["rewards"][0];
        let length = |what: &str| figures[what].as_array().unwrap().len();
        let counted: u64 =
            figures["histogram"].as_array().unwrap().iter().map(|bin| bin[2].as_u64().unwrap()).sum();
        assert_eq!(counted, count as u64);
        assert!(length("sample") <= 300 && length("largest") == count.min(10));
        let text = results.statistics[0].statistics.to_string();
        assert!(text.len() < 100_000, "{count}: {} bytes of statistics", text.len());
    }
}

/// The tables of a page.
fn tables(page: &Page) -> impl Iterator<Item = &Table> {
    page.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    })
}

fn check(kind: &str, count: usize, results: &Results) {
    for (name, bytes) in &results.files {
        if let Some(chart) = name.strip_prefix("report/charts/") {
            assert!(bytes.len() <= CHART_MOST, "{kind} {count}: {chart} has {} bytes", bytes.len());
        }
    }
    for table in tables(&results.page) {
        assert!(table.rows.len() <= LISTED_MOST, "{kind} {count}: {} lists {}", table.id, table.rows.len());
        let has_rest = table.rows.len() < table.total;
        assert!(
            !has_rest || table.csv.is_some(),
            "{kind} {count}: {} does not say where the rest is",
            table.id
        );
    }
    let html = results.files["report/report.html"].len();
    let most = HTML_MOST.into_iter().find(|(up_to, _)| count <= *up_to).unwrap().1;
    assert!(html <= most, "{kind} {count}: report.html has {html} bytes");
}
