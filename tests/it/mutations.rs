//! Damaged inputs: every vector of every method with one thing changed at a time. A method may
//! refuse or divide, but it never panics, and whatever it divides adds up.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use meed::files::{Content, Files};
use meed::methods::Method;

use crate::support;

/// How often each file of a vector is changed.
const CHANGES: u64 = 24;
/// What a field or a value of a setting is replaced by.
const HOSTILE: [&str; 21] = [
    "",
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "1e400",
    "NaN",
    "0.000000000000000000000000000000000001",
    "340282366920938463463374607431768211455",
    "340282366920938463463374607431768211456",
    "99999999999999999999999999999999999999.999",
    "18446744073709551615",
    "93",
    "true",
    "0x0000000000000000000000000000000000000000",
    "0xffffffffffffffffffffffffffffffffffffffff",
    "=cmd()",
    "\u{202e}gnp",
    "2024-02-30",
    "9999-12-31",
];

/// Numbers that look random and are the same in every run (SplitMix64).
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((value ^ (value >> 31)) % limit.max(1) as u64).unwrap()
    }
}

/// The folders of all rounds of all vectors that stand alone or come first.
fn rounds() -> Vec<PathBuf> {
    let mut rounds = Vec::new();
    for method in Method::ALL {
        let folder = support::package().join("tests/vectors").join(method.id());
        let cases = fs::read_dir(folder).unwrap().map(|case| case.unwrap().path());
        rounds.extend(cases.map(|case| {
            let first = case.join("1");
            if first.is_dir() { first } else { case }
        }));
    }
    rounds.sort();
    rounds
}

/// The input files of a round by their path from its folder.
fn inputs_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut inputs = BTreeMap::new();
    read(folder, "", &mut inputs);
    inputs
}

fn read(folder: &Path, prefix: &str, inputs: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("expected") || name == "WHY.md" {
            continue;
        }
        if path.is_dir() {
            read(&path, &format!("{prefix}{name}/"), inputs);
        } else {
            inputs.insert(format!("{prefix}{name}"), fs::read(&path).unwrap());
        }
    }
}

/// A table with one row doubled, dropped or swapped, or one field replaced.
fn changed_table(bytes: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .filter(|row: &Vec<String>| !row.is_empty())
        .collect();
    let row = draws.below(rows.len());
    match draws.below(6) {
        0 => rows.push(rows[row].clone()),
        1 => _ = rows.remove(row),
        2 => {
            let other = draws.below(rows.len());
            rows.swap(row, other);
        }
        _ => {
            let column = draws.below(rows[row].len());
            HOSTILE[draws.below(HOSTILE.len())].clone_into(&mut rows[row][column]);
        }
    }
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in &rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

/// A JSON file with one of its values replaced, or one of its keys gone.
fn changed_json(bytes: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let mut pointers = Vec::new();
    pointers_below(&value, String::new(), &mut pointers);
    let pointer = &pointers[draws.below(pointers.len())];
    let hostile = HOSTILE[draws.below(HOSTILE.len())];
    let number = serde_json::from_str(hostile).unwrap_or(serde_json::Value::Null);
    let replacement = if draws.below(2) == 0 { hostile.into() } else { number };
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent) {
        Some(serde_json::Value::Object(object)) if draws.below(4) == 0 => _ = object.remove(key),
        _ => *value.pointer_mut(pointer).unwrap() = replacement,
    }
    serde_json::to_vec(&value).unwrap()
}

/// The places of all values below the root of a JSON file.
fn pointers_below(value: &serde_json::Value, at: String, pointers: &mut Vec<String>) {
    let children: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        serde_json::Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        pointers_below(child, format!("{at}/{key}"), pointers);
    }
    if !at.is_empty() {
        pointers.push(at);
    }
}

#[test]
fn damaged_inputs_are_refused_or_add_up() {
    let ledger = support::ledger_json("TOK", 18, "{}");
    let (mut refused, mut divided) = (0, 0);
    for round in rounds() {
        let inputs = inputs_of(&round);
        for (name, bytes) in &inputs {
            for seed in 0..CHANGES {
                let mut draws = Draws(seed + name.len() as u64 * 1000 + bytes.len() as u64);
                let changed = match name.rsplit_once('.').map(|(_, kind)| kind) {
                    Some("csv") => changed_table(bytes, &mut draws),
                    Some("json") => changed_json(bytes, &mut draws),
                    _ => continue,
                };
                let mut files = Files::default();
                files.insert("ledger.json".to_owned(), Content::File(ledger.clone().into_bytes()));
                for (other, bytes) in &inputs {
                    let bytes = if other == name { changed.clone() } else { bytes.clone() };
                    files.insert(format!("rounds/damaged/{other}"), Content::File(bytes));
                }
                match support::results_of(&files, "damaged") {
                    Ok(results) => {
                        let shown = round.display();
                        results
                            .statement
                            .check_sums()
                            .unwrap_or_else(|reason| panic!("{shown}/{name}, seed {seed}: {reason}"));
                        divided += 1;
                    }
                    Err(problems) => {
                        assert!(!problems.errors().is_empty());
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 500 && divided > 500, "{refused} refused, {divided} divided");
}
