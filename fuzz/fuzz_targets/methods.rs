//! A round of any method from hostile files: the pipeline never panics, and when it divides, the
//! record adds up and everything written reads back.
//!
//! The input is a list of files: a line `%% name` begins one, `name` being a path from the round's
//! folder of a-z, 0-9, `_`, `-`, `.` and `/`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meed_fuzz::rounds::{RoundFiles, record_holds};

const LEDGER: &[u8] = br#"{"format": 1, "id": "fuzz-fuzz", "name": "Fuzz", "rounds": "rounds",
    "token": {"symbol": "TOK", "decimals": 18}}"#;

fuzz_target!(|bytes: &[u8]| {
    let _ = record_holds(&files_of(bytes));
});

/// The files that the input stands for.
fn files_of(bytes: &[u8]) -> RoundFiles {
    let mut files = RoundFiles::from([("ledger.json".to_owned(), LEDGER.to_vec())]);
    let mut path = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match name_of(line) {
            Some(name) => path = Some(format!("rounds/r-1/{name}")),
            None if let Some(path) = &path => files.entry(path.clone()).or_default().extend(line),
            None => {}
        }
    }
    files
}

/// The name on a line that begins a file.
fn name_of(line: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(line.strip_prefix(b"%% ")?.strip_suffix(b"\n")?).ok()?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-./".contains(&byte);
    (name.bytes().all(plain) && !name.is_empty()).then_some(name)
}
