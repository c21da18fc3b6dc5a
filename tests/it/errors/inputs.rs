//! Errors about the bytes, tables, values and JSON of inputs.

use super::{Example, Sandbox, edit, example};
use crate::large_inputs::{point, pointer};

const PRAISE: &str = "rounds/2026-01/praise.csv";
const BOARD: &str = "rounds/2026-01/rewardboard.csv";
const ROUND: &str = "rounds/2026-01/round.json";

/// Replaces the praise table.
fn praise(sandbox: &Sandbox, bytes: impl AsRef<[u8]>) {
    sandbox.write(PRAISE, bytes);
    sandbox.commit("Change the praise");
}

pub fn tables() -> Vec<Example> {
    vec![
        example("text-is-utf16", |sandbox| {
            let text = sandbox.read(PRAISE);
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            praise(sandbox, b"\xff\xfe".iter().copied().chain(units).collect::<Vec<u8>>());
        }),
        example("text-not-utf8", |sandbox| {
            let mut bytes = sandbox.read(PRAISE).into_bytes();
            let ada = bytes.windows(3).position(|name| name == b"Ada").unwrap();
            bytes[ada + 2] = 0xe4;
            praise(sandbox, bytes);
        }),
        example("text-is-lfs-pointer", |sandbox| {
            let inner = pointer(sandbox.read(PRAISE).as_bytes());
            point(sandbox, ".git/lfs/objects", inner.as_bytes());
        }),
        example("text-is-lfs-pointer--ledger", |sandbox| {
            sandbox.write("ledger.json", pointer(sandbox.read("ledger.json").as_bytes()));
            sandbox.commit("The ledger in LFS");
        }),
        example("lfs-pointer-invalid", |sandbox| {
            praise(sandbox, pointer(sandbox.read(PRAISE).as_bytes()).replace("sha256:", "sha512:"));
        }),
        example("lfs-object-missing", |sandbox| praise(sandbox, pointer(b"a table that nobody fetched"))),
        example("lfs-object-damaged", |sandbox| {
            let text = sandbox.read(PRAISE);
            let object = point(sandbox, ".git/lfs/objects", text.as_bytes());
            std::fs::write(object, text.replace("5,3,", "3,5,")).unwrap();
        }),
        example("lfs-object-damaged--size", |sandbox| {
            let text = sandbox.read(PRAISE);
            let object = point(sandbox, ".git/lfs/objects", text.as_bytes());
            std::fs::write(object, text + "\n").unwrap();
        }),
        example("text-holds-nul", |sandbox| edit(sandbox, PRAISE, "Bea", "B\0a")),
        example("table-separator--semicolons", |sandbox| {
            praise(sandbox, sandbox.read(PRAISE).replace(',', ";"));
        }),
        example("table-separator--tabs", |sandbox| praise(sandbox, sandbox.read(PRAISE).replace(',', "\t"))),
        example("table-empty", |sandbox| praise(sandbox, "")),
        example("table-quote-open", |sandbox| edit(sandbox, PRAISE, "for work", "\"for work")),
        example("table-quote-stray", |sandbox| edit(sandbox, PRAISE, "for work", "\"for\" work")),
        example("table-column-twice", |sandbox| edit(sandbox, PRAISE, "AVG SCORE", "AVG SCORE,Date")),
        example("table-columns-missing--one", |sandbox| edit(sandbox, PRAISE, "AVG SCORE", "AVERAGE")),
        example("table-columns-missing--two", |sandbox| edit(sandbox, PRAISE, "ID,DATE", "PRAISE,DAY")),
        example("table-ragged", |sandbox| edit(sandbox, PRAISE, "for work", "for work, and more")),
        example("table-field-too-long", |sandbox| {
            edit(sandbox, PRAISE, "for work", &"x".repeat(meed::tables::FIELD_LIMIT_BYTES + 1));
        }),
        example("table-too-wide", |sandbox| praise(sandbox, vec!["c"; 1001].join(",") + "\n")),
    ]
}

pub fn values() -> Vec<Example> {
    vec![
        example("not-a-number", |sandbox| edit(sandbox, PRAISE, "5,3,", "\"5,0\",3,")),
        example("not-a-number--exponent", |sandbox| edit(sandbox, PRAISE, "5,3,", "1e400,3,")),
        example("number-negative", |sandbox| edit(sandbox, PRAISE, "5,3,", "-5,3,")),
        example("number-too-large", |sandbox| edit(sandbox, ROUND, "\"100\"", "\"400000000000000000000\"")),
        example("too-many-decimals", |sandbox| edit(sandbox, ROUND, "\"100\"", "\"0.0000000000000000001\"")),
        example("value-missing", |sandbox| edit(sandbox, PRAISE, ",4\n", ",\n")),
        example("value-missing--id", |sandbox| edit(sandbox, PRAISE, "p-01-2", "")),
        example("not-a-boolean", |sandbox| edit(sandbox, PRAISE, "false,false", "0,false")),
        example("not-a-date", |sandbox| edit(sandbox, PRAISE, "2026-01-01T12:00:00Z", "01.01.2026")),
        example("not-a-date--offset", |sandbox| {
            edit(sandbox, PRAISE, "2026-01-01T12:00:00Z", "2026-01-01T12:00:00");
        }),
        example("address-invalid", |sandbox| {
            edit(sandbox, PRAISE, "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ada.eth");
        }),
        example("address-checksum", |sandbox| {
            edit(sandbox, BOARD, &"3".repeat(40), "5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
        }),
        example("name-too-long", |sandbox| edit(sandbox, PRAISE, "Ada", &"A".repeat(201))),
        example("overflow", |sandbox| {
            sandbox.write(
                "rounds/2026-01/cred.csv",
                "name,address,vested_amount\nAda,,300000000000000000000\nBea,,300000000000000000000\n",
            );
            sourcecred(sandbox, "as-given");
        }),
        example("amounts-above-pool", |sandbox| {
            sandbox.write("rounds/2026-01/cred.csv", "name,address,vested_amount\nAda,,60\nBea,,41\n");
            sourcecred(sandbox, "as-given");
        }),
    ]
}

/// Makes the round one of sourcecred-v1 that reads cred.csv.
fn sourcecred(sandbox: &Sandbox, amounts: &str) {
    sandbox.write(
        ROUND,
        format!(
            r#"{{
  "format": 1,
  "period": {{"start": "2026-01-01", "end": "2026-01-31"}},
  "allocations": [{{
    "name": "cred", "method": "sourcecred-v1", "pool": "100",
    "inputs": {{"sourcecred": "cred.csv"}}, "settings": {{"amounts": "{amounts}"}}
  }}]
}}
"#
        ),
    );
    sandbox.commit("Change to sourcecred");
}

pub fn json() -> Vec<Example> {
    vec![
        example("json-invalid", |sandbox| edit(sandbox, ROUND, "\"format\": 1,", "\"format\": 1")),
        example("json-invalid--empty", |sandbox| {
            sandbox.write(ROUND, "");
            sandbox.commit("Empty the round file");
        }),
        example("json-key-twice", |sandbox| {
            edit(sandbox, ROUND, "\"pool\": \"100\",", "\"pool\": \"100\", \"pool\": \"1000\",");
        }),
        example("json-unexpected", |sandbox| edit(sandbox, ROUND, "\"pool\"", "\"amount\"")),
        example("json-unexpected--missing", |sandbox| edit(sandbox, ROUND, "\"method\": \"praise-v1\",", "")),
        example("json-unexpected--kind", |sandbox| {
            edit(sandbox, ROUND, "\"pool\": \"100\"", "\"pool\": [100]");
        }),
        example("json-unexpected--input", |sandbox| edit(sandbox, ROUND, "\"praise.csv\"", "7")),
        example("format-unknown", |sandbox| edit(sandbox, ROUND, "\"format\": 1", "\"format\": 2")),
    ]
}
