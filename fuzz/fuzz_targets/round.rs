//! A whole round from hostile files: the pipeline never panics, and when it divides, the record
//! adds up, everything written reads back, and the order of rows does not matter.
//!
//! The input is up to seven files parted by lines of `%%`, in the order of [`PATHS`]; an empty one is
//! absent, but for ledger.json, which then is [`LEDGER`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use meed_fuzz::rounds::{RoundFiles, rules_hold};

const PATHS: [&str; 7] = [
    "ledger.json",
    "rounds/r-1/round.json",
    "rounds/r-1/parameters.json",
    "rounds/r-1/praise.csv",
    "rounds/r-1/rewardboard.csv",
    "rounds/r-1/sourcecred.csv",
    "members.csv",
];
const LEDGER: &str = r#"{"format": 1, "id": "fuzz-fuzz", "name": "Fuzz", "rounds": "rounds",
    "token": {"symbol": "TOK", "decimals": 18}}"#;

fuzz_target!(|bytes: &[u8]| {
    let files = files_of(bytes);
    let shuffled = files.iter().map(|(path, bytes)| (path.clone(), rows_reversed(path, bytes))).collect();
    rules_hold(&files, &shuffled);
});

/// The files that the input stands for.
fn files_of(bytes: &[u8]) -> RoundFiles {
    let mut files = RoundFiles::from([(PATHS[0].to_owned(), LEDGER.into())]);
    let mut paths = PATHS.into_iter();
    let mut path = paths.next();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match path {
            None => break,
            Some(_) if line == b"%%\n" => path = paths.next(),
            // The first line of a ledger.json replaces the usual one.
            Some(path) if path == PATHS[0] && files[path] == LEDGER.as_bytes() => {
                files.insert(path.to_owned(), line.to_vec());
            }
            Some(path) => files.entry(path.to_owned()).or_default().extend(line),
        }
    }
    files
}

/// A table with its rows backwards, where a line is a row for sure; else as it is. Rows of members.csv
/// have an order.
fn rows_reversed(path: &str, bytes: &[u8]) -> Vec<u8> {
    if !path.ends_with(".csv") || path == "members.csv" || bytes.contains(&b'"') || bytes.contains(&b'\r') {
        return bytes.to_vec();
    }
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // Blank lines may stand before the header.
    let header = lines.iter().position(|line| !line.is_empty() && *line != b"\xef\xbb\xbf").unwrap_or(0);
    if let Some(rows) = lines.get_mut(header + 1..) {
        rows.reverse();
    }
    lines.join(&b'\n')
}
