//! Snapshots of airdrop-v1, which are read as a stream, by a reader of their own.

use super::Expected::{self, Closes, Refused, Rows};
use super::{Case, ROUND, case};

const SNAPSHOT: &str = "rounds/2026-01/holders.csv";
const AA: &str = "0x00000000000000000000000000000000000000aa";
const BB: &str = "0x00000000000000000000000000000000000000bb";

/// An airdrop by one snapshot of two holders, with a text of its round file replaced.
fn round(from: &str, to: &str) -> String {
    let round = r#"{
  "format": 1,
  "period": {"start": "2026-01-01", "end": "2026-01-31"},
  "allocations": [{
    "name": "airdrop", "method": "airdrop-v1", "pool": "100",
    "inputs": {"snapshots": {"holders": "holders.csv"}},
    "settings": {"pools": [
      {"reward": "holder", "amount": "100", "categories": ["holders"], "weight": "log10"}
    ]}
  }]
}
"#;
    assert!(round.contains(from), "the round does not hold {from}");
    round.replacen(from, to, 1)
}

fn honest() -> String {
    format!("HolderAddress,Balance\n{AA},1000\n{BB},1000\n")
}

/// A case with these bytes as the snapshot.
fn snapshot(name: &'static str, expected: Expected, bytes: impl Into<Vec<u8>>) -> Case {
    let bytes = bytes.into();
    case(name, expected, move |sandbox| {
        sandbox.write(ROUND, round("100", "100"));
        sandbox.write(SNAPSHOT, &bytes);
    })
}

/// A case with a balance in place of an honest one.
fn balance(name: &'static str, expected: Expected, balance: &str) -> Case {
    snapshot(name, expected, honest().replacen("1000", balance, 1))
}

/// A case with a text of the round file replaced.
fn settings(name: &'static str, expected: Expected, from: &'static str, to: &'static str) -> Case {
    case(name, expected, move |sandbox| {
        sandbox.write(ROUND, round(from, to));
        sandbox.write(SNAPSHOT, honest());
    })
}

pub fn snapshots() -> Vec<Case> {
    let quoted = honest().replace(',', "\",\"").replace('\n', "\"\r\n\"");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(honest().encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let mut bad_utf8 = honest().into_bytes();
    bad_utf8.push(0xc3);
    vec![
        snapshot("snapshot: honest", Rows("0x", 2), honest()),
        snapshot(
            "snapshot: mark, quotes, line ends of another system",
            Rows("0x", 2),
            format!("\u{feff}\"{}", quoted.trim_end_matches('"')),
        ),
        snapshot("snapshot: empty", Refused("table-empty"), ""),
        snapshot("snapshot: header alone", Closes, "address,balance"),
        snapshot("snapshot: UTF-16", Refused("text-is-utf16"), utf16),
        snapshot("snapshot: damaged UTF-8", Refused("text-not-utf8"), bad_utf8),
        snapshot("snapshot: NUL", Refused("text-holds-nul"), honest() + "\0,1\n"),
        snapshot("snapshot: semicolons", Refused("table-separator"), honest().replace(',', ";")),
        snapshot("snapshot: open quote", Refused("table-quote-open"), honest() + "\"" + AA),
        snapshot("snapshot: stray quote", Refused("table-quote-stray"), honest() + "\"a\"b,1\n"),
        snapshot("snapshot: column twice", Refused("table-column-twice"), "Balance,balance,address\n"),
        snapshot("snapshot: no balances", Refused("table-columns-missing"), "address\n"),
        snapshot("snapshot: 1001 columns", Refused("table-too-wide"), vec!["c"; 1001].join(",")),
        snapshot(
            "snapshot: a hundred thousand ragged rows",
            Refused("table-ragged"),
            honest() + &"1\n".repeat(100_000),
        ),
        snapshot(
            "snapshot: an address a hundred thousand times",
            Refused("stands-twice"),
            honest() + &format!("{AA},1\n").repeat(100_000),
        ),
        snapshot("snapshot: address in capitals again", Refused("stands-twice"), {
            honest() + &AA.to_uppercase().replace("0X", "0x") + ",1\n"
        }),
        snapshot("snapshot: field of two megabytes", Refused("table-field-too-long"), {
            honest() + &"x".repeat(2 * 1024 * 1024) + ",1\n"
        }),
        snapshot(
            "snapshot: escape sequence as address",
            Refused("address-invalid"),
            honest() + "\u{1b}[2J,1\n",
        ),
        snapshot("snapshot: wrong checksum", Refused("address-checksum"), {
            honest() + "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed,1\n"
        }),
        balance("snapshot: balance 1e18", Refused("not-a-number"), "1e18"),
        balance("snapshot: balance NaN", Refused("not-a-number"), "NaN"),
        balance("snapshot: balance -0", Refused("number-negative"), "-0"),
        balance("snapshot: balance formula", Refused("not-a-number"), "=1000"),
        balance("snapshot: balance of 80 digits", Refused("number-too-large"), &"9".repeat(80)),
        balance(
            "snapshot: balance of 2^128 units",
            Refused("number-too-large"),
            "3402823669209384634633746074317.68211456",
        ),
        balance("snapshot: the largest balance", Rows("0x", 2), "3402823669209384634633746074317.68211455"),
        balance("snapshot: ungrouped thousands", Refused("not-a-number"), "\"10,00\""),
        balance("snapshot: grouped thousands", Rows("0x", 2), "\"1,000\""),
        settings(
            "airdrop: category with an escape sequence",
            Refused("snapshots-invalid"),
            "{\"holders\"",
            "{\"\\u001b[2J\"",
        ),
        settings("airdrop: reward with a formula", Refused("reward-name"), "\"holder\"", "\"=cmd()\""),
        settings(
            "airdrop: amount 1e400",
            Refused("not-a-number"),
            "\"amount\": \"100\"",
            "\"amount\": 1e400",
        ),
        settings(
            "airdrop: threshold 1e400",
            Refused("not-a-number"),
            "\"pools\"",
            "\"threshold\": 1e400, \"pools\"",
        ),
        settings(
            "airdrop: 256 decimals",
            Refused("setting-out-of-range"),
            "\"pools\"",
            "\"balance_decimals\": 256, \"pools\"",
        ),
    ]
}
