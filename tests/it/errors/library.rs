//! Errors that only the library can meet, because the program looks before it asks.

use meed::error::{Error, Problems};
use meed::files::{Content, Files};

use super::{code, compare};
use crate::support::{ledger_json, results_of};

/// The examples of this file.
pub const NAMES: [&str; 1] = ["round-file-missing"];

/// The program finds rounds by their round files, so it never asks for one without.
#[test]
fn a_folder_without_round_file_is_no_round() {
    let mut files = Files::default();
    files.insert("ledger.json".to_owned(), Content::File(ledger_json("TOK", 18, "{}").into_bytes()));
    files.insert("rounds/2026-01/praise.csv".to_owned(), Content::File(Vec::new()));
    told("round-file-missing", &results_of(&files, "2026-01").unwrap_err());
}

/// Compares the text of problems with the example's.
fn told(name: &str, problems: &Problems) {
    let text = format!("# meed::calculate::calculate\nexit status {}\n{problems}\n", problems.exit_status());
    compare(name, &text).unwrap();
    assert!(problems.errors().iter().map(Error::code).any(|found| found == code(name)));
}
