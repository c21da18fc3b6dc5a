//! The bytes of the pages are frozen under the number of their format: whoever changes them raises
//! `PAGES_FORMAT`, so that `verify` knows which pages it can compare. (Until release 0.1.0 the number
//! stays 1.) `MEED_BLESS=1 cargo test --test it frozen` writes tests/data/pages/ anew; read the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use meed::calculate::Results;
use meed::files::{Content, sha256_hex};
use meed::statement::PAGES_FORMAT;

use super::{address, ledger, weighted};
use crate::support::sandbox::praise_csv;
use crate::support::{package, results_after, results_of};

/// Three rounds of two methods, of which the last is frozen: with held amounts, a trend, a comparison.
fn results() -> Results {
    let mut files = ledger();
    for month in ["01", "02", "03"] {
        let id = format!("2026-{month}");
        let board = "ID\n0x3333333333333333333333333333333333333333\n";
        files.insert(format!("rounds/{id}/rewardboard.csv"), Content::File(board.into()));
        files.insert(format!("rounds/{id}/praise.csv"), Content::File(praise_csv(month).into_bytes()));
        let mut rows: String = (1..=40)
            .map(|person| format!("Person {person} & sons,{},,{}\n", address(person), 41 - person))
            .collect();
        writeln!(rows, "Waiting <b>W</b>,{},w-1,7", if month == "03" { address(99) } else { String::new() })
            .unwrap();
        weighted(&mut files, &id, month, &rows);
        let round =
            String::from_utf8(files.bytes(&format!("rounds/{id}/round.json")).unwrap().to_vec()).unwrap();
        let praise = r#""allocations": [
  {"name": "praise", "method": "praise-v1", "pool": "100",
   "inputs": {"praise": "praise.csv", "rewardboard": "rewardboard.csv"},
   "settings": {"contributor_share": "0.9", "quantifier_share": "0.07", "rewardboard_share": "0.03", "quantifiers": 2}},"#;
        let round = round.replace("\"allocations\": [", praise);
        files.insert(format!("rounds/{id}/round.json"), Content::File(round.into_bytes()));
    }
    let first = results_of(&files, "2026-01").unwrap_or_else(|problems| panic!("{problems}"));
    let second = results_after(&files, "2026-02", &[&first]).unwrap();
    results_after(&files, "2026-03", &[&first, &second]).unwrap()
}

#[test]
fn pages_are_frozen_under_their_number() {
    let results = results();
    let mut digests = String::new();
    let mut made: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, bytes) in results.files.iter().filter(|(name, _)| name.starts_with("report/")) {
        writeln!(digests, "{}  {name}", sha256_hex(bytes)).unwrap();
        // What a reviewer can read stands as it is.
        if std::path::Path::new(name).extension().is_some_and(|extension| extension == "md") {
            made.insert(name.trim_start_matches("report/").to_owned(), bytes.clone());
        }
    }
    made.insert("digests.txt".to_owned(), digests.into_bytes());
    let folder = package().join(format!("tests/data/pages/{PAGES_FORMAT}"));
    if std::env::var_os("MEED_BLESS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in &made {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    for (name, bytes) in made {
        let frozen = fs::read(folder.join(&name)).unwrap_or_default();
        assert!(
            frozen == bytes,
            "the pages of format {PAGES_FORMAT} have changed ({name}): raise PAGES_FORMAT, or, before release 0.1.0, MEED_BLESS=1 writes tests/data/pages/{PAGES_FORMAT} anew"
        );
    }
}
