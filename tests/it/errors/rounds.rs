//! Errors about the files of a round, its round file, RAD folders and methods' settings.

use std::fs;

use super::{Example, Sandbox, Start, edit, example};
use crate::support::package;

const PRAISE: &str = "rounds/2026-01/praise.csv";
const ROUND: &str = "rounds/2026-01/round.json";

pub fn files() -> Vec<Example> {
    vec![
        example("file-missing", |sandbox| edit(sandbox, ROUND, "praise.csv", "prase.csv")),
        #[cfg(unix)]
        example("not-a-regular-file", |sandbox| {
            fs::remove_file(sandbox.at(PRAISE)).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", sandbox.at(PRAISE)).unwrap();
            sandbox.commit("Link to a file of the machine");
        }),
        example("path-leaves-folder", |sandbox| edit(sandbox, ROUND, "praise.csv", "../2026-02/praise.csv")),
        example("path-invalid", |sandbox| edit(sandbox, ROUND, "praise.csv", "tables\\\\praise.csv")),
        example("paths-differ-by-case", |sandbox| {
            sandbox.write("rounds/2026-01/Praise.csv", "");
            sandbox.commit("Add a twin");
        }),
        example("file-too-large", |sandbox| {
            sandbox.write("allowed_signers", "#".repeat(300 * 1024));
            sandbox.commit("Blow up the list of signers");
        }),
    ]
}

pub fn round_files() -> Vec<Example> {
    vec![
        example("round-unknown", |_| {}).args(&["check", "2026-09"]),
        example("round-id-invalid", |sandbox| {
            sandbox.write("rounds/2026 02/round.json", "{}");
            sandbox.commit("Add a folder with a space");
        }),
        example("round-ids-differ-by-case", |sandbox| {
            sandbox.write("rounds/March/round.json", "{}");
            sandbox.write("rounds/march/round.json", "{}");
            sandbox.commit("Add twins");
        }),
        example("round-files-both", |sandbox| {
            sandbox.write("rounds/2026-01/parameters.json", "{}");
            sandbox.commit("Add another round file");
        }),
        example("period-reversed", |sandbox| edit(sandbox, ROUND, "2026-01-01", "2026-02-01")),
        example("allocations-none", |sandbox| {
            let period = r#""period": {"start": "2026-01-01", "end": "2026-01-31"}"#;
            sandbox.write(ROUND, format!("{{\"format\": 1, {period}, \"allocations\": []}}"));
            sandbox.commit("Take the allocations away");
        }),
        example("allocations-too-many", |sandbox| {
            let mut round: serde_json::Value = serde_json::from_str(&sandbox.read(ROUND)).unwrap();
            let allocations = round["allocations"].as_array_mut().unwrap();
            allocations.resize(101, allocations[0].clone());
            sandbox.write(ROUND, serde_json::to_string_pretty(&round).unwrap());
            sandbox.commit("Add allocations");
        }),
        example("allocation-twice", |sandbox| two_allocations(sandbox, "praise", "50")),
        example("allocation-name", |sandbox| {
            edit(sandbox, ROUND, "\"name\": \"praise\"", "\"name\": \"total\"");
        }),
        example("allocation-name--letters", |sandbox| {
            edit(sandbox, ROUND, "\"name\": \"praise\"", "\"name\": \"Praise!\"");
        }),
        example("method-unknown", |sandbox| edit(sandbox, ROUND, "praise-v1", "praise-v9")),
        example("pool-missing", |sandbox| edit(sandbox, ROUND, "\"pool\": \"100\",", "")),
        example("input-missing", |sandbox| {
            edit(sandbox, ROUND, ", \"rewardboard\": \"rewardboard.csv\"", "");
        }),
        example("input-unknown", |sandbox| edit(sandbox, ROUND, "\"rewardboard\":", "\"rewardbord\":")),
        example("input-not-one-file", |sandbox| {
            edit(
                sandbox,
                ROUND,
                "\"praise\": \"praise.csv\"",
                "\"praise\": [\"praise.csv\", \"rewardboard.csv\"]",
            );
        }),
        example("token-differs", |sandbox| {
            edit(
                sandbox,
                ROUND,
                "\"allocations\"",
                "\"token\": {\"symbol\": \"TIDE\", \"decimals\": 18}, \"allocations\"",
            );
        }),
        example("pools-too-large", |sandbox| {
            two_allocations(sandbox, "more", "300000000000000000000");
            edit(sandbox, ROUND, "\"100\"", "\"300000000000000000000\"");
        }),
        example("revises-outside-revision", |sandbox| {
            edit(sandbox, ROUND, "\"allocations\"", "\"revises\": {\"revision\": 1}, \"allocations\"");
        }),
        example("round-is-history", |sandbox| {
            edit(
                sandbox,
                "ledger.json",
                "\"display_decimals\"",
                "\"history\": [\"2026-01\"], \"display_decimals\"",
            );
        })
        .args(&["check", "2026-01"]),
    ]
}

/// Gives the round a second allocation, like the first but for name and pool.
fn two_allocations(sandbox: &Sandbox, name: &str, pool: &str) {
    let mut round: serde_json::Value = serde_json::from_str(&sandbox.read(ROUND)).unwrap();
    let mut second = round["allocations"][0].clone();
    second["name"] = name.into();
    second["pool"] = pool.into();
    round["allocations"].as_array_mut().unwrap().push(second);
    sandbox.write(ROUND, serde_json::to_string_pretty(&round).unwrap());
    sandbox.commit("Add an allocation");
}

const RAD: &str = "rounds/round-1/parameters.json";

/// Puts the RAD folder of the vectors in place of the round and changes its parameters.
fn rad(sandbox: &Sandbox, from: &str, to: &str) {
    fs::remove_dir_all(sandbox.at("rounds/2026-01")).unwrap();
    let vector = package().join("tests/vectors/praise-v1/rad-folder");
    for name in ["parameters.json", "praise.1.csv", "praise.2.csv", "rewardboard.csv"] {
        sandbox.write(&format!("rounds/round-1/{name}"), fs::read(vector.join(name)).unwrap());
    }
    edit(sandbox, RAD, from, to);
}

pub fn rad_folders() -> Vec<Example> {
    vec![
        example("rad-lengths-differ", |sandbox| rad(sandbox, "[\"4154\", \"0\"]", "[\"4154\"]")),
        example("rad-system-unknown", |sandbox| {
            rad(sandbox, "[\"praise\", \"sourcecred\"]", "[\"praise\", \"karma\"]");
        }),
        example("rad-settings-missing", |sandbox| {
            rad(sandbox, "\"4154\", \"0\"", "\"4154\", \"100\"");
            edit(sandbox, RAD, "    \"sourcecred\": {", "    \"cred\": {");
        }),
        example("rad-tokens-differ", |sandbox| {
            rad(
                sandbox,
                "\"0x0000000000000000000000000000000000000001\"",
                "\"0x0000000000000000000000000000000000000002\"",
            );
        }),
        example("rad-period-unknown", |sandbox| {
            rad(sandbox, "4154", "4155");
            let table = sandbox.read("rounds/round-1/praise.1.csv");
            sandbox.write("rounds/round-1/praise.1.csv", table.lines().next().unwrap());
            sandbox.commit("Take the rows away");
        }),
        example("override-unknown", |sandbox| {
            let overrides = r#""overrides": {"2025-12": {"praise": {}}}, "display_decimals""#;
            edit(sandbox, "ledger.json", "\"display_decimals\"", overrides);
        }),
        example("override-unknown--allocation", |sandbox| {
            rad(sandbox, "4154", "4155");
            let overrides =
                r#""overrides": {"round-1": {"sorcecred": {"over_pool": "record"}}}, "display_decimals""#;
            edit(sandbox, "ledger.json", "\"display_decimals\"", overrides);
        }),
        example("override-unknown--not-rad", |sandbox| {
            let overrides = r#""overrides": {"2026-01": {"praise": {"quantifiers": 3}}}, "display_decimals""#;
            edit(sandbox, "ledger.json", "\"display_decimals\"", overrides);
        }),
    ]
}

pub fn methods() -> Vec<Example> {
    vec![
        example("settings-invalid", |sandbox| edit(sandbox, ROUND, "\"quantifiers\"", "\"quantifers\"")),
        example("settings-invalid--kind", |sandbox| {
            edit(sandbox, ROUND, "\"quantifiers\": 2", "\"quantifiers\": \"two\"");
        }),
        example("setting-out-of-range", |sandbox| {
            edit(sandbox, ROUND, "\"quantifiers\": 2", "\"quantifiers\": 21");
        }),
        example("shares-above-one", |sandbox| edit(sandbox, ROUND, "\"0.9\"", "\"0.95\"")),
        example("score-not-allowed", |sandbox| edit(sandbox, PRAISE, "5,3,", "12,3,")),
        example("quantifier-two-addresses", |sandbox| {
            let table = sandbox.read(PRAISE);
            let at = table.rfind("0x1111").unwrap();
            let changed = format!("{}0x9999{}", &table[..at], &table[at + 6..]);
            sandbox.write(PRAISE, changed);
            sandbox.commit("Change an address");
        }),
        example("duplicate-of-itself", |sandbox| edit(sandbox, PRAISE, "5,3,,,", "5,3,p-01-1,,")),
        example("praise-twice", |sandbox| edit(sandbox, PRAISE, "p-01-3", "p-01-1")),
        example("ledger-missing", |sandbox| {
            fs::remove_file(sandbox.at("ledger.json")).unwrap();
            sandbox.commit("Remove the ledger");
        }),
        example("ledger-value", |sandbox| edit(sandbox, "ledger.json", "\"TOK\"", "\"TO K\"")),
        example("ledger-value--rounds", |sandbox| {
            edit(sandbox, "ledger.json", "\"rounds\": \"rounds\"", "\"rounds\": \"../rounds\"");
        }),
        example("ledger-changed", |sandbox| {
            edit(sandbox, "ledger.json", "0123456789abcdef0123456789abcdef", "fedcba9876543210");
        })
        .start(Start::Closed)
        .args(&["check"]),
    ]
}

/// Makes the round one of fractal-v1 with these rows, settings and further fields.
fn fractal(sandbox: &Sandbox, rows: &str, settings: &str, more: &str) {
    sandbox.write(
        "rounds/2026-01/ranks.csv",
        format!("MemberID,Name,MeetingID,Group,Rank,TeamID,TeamName\n{rows}"),
    );
    sandbox.write("rounds/2026-01/meetings.csv", "MeetingID,MeetingDate\n1,2026-01-07\n");
    sandbox.write(
        ROUND,
        format!(
            r#"{{
  "format": 1,
  "period": {{"start": "2026-01-01", "end": "2026-01-31"}},
  "allocations": [{{
    "name": "fractal", "method": "fractal-v1"{more},
    "inputs": {{"ranks": "ranks.csv", "meetings": "meetings.csv"}}, "settings": {{{settings}}}
  }}]
}}
"#
        ),
    );
    sandbox.commit("Change to fractal");
}

pub fn fractals() -> Vec<Example> {
    const RATE: &str = r#""tokens_per_respect": "10""#;
    vec![
        example("number-out-of-range", |sandbox| fractal(sandbox, "heron,,1,1,0,,\n", RATE, "")),
        example("number-out-of-range--meeting", |sandbox| fractal(sandbox, "heron,,1.5,1,1,,\n", RATE, "")),
        example("stands-twice", |sandbox| {
            fractal(sandbox, "heron,Heron,1,1,4,,\nwren,,1,1,3,,\nheron,Heron,1,2,4,,\n", RATE, "");
        }),
        example("team-two-names", |sandbox| {
            fractal(sandbox, "heron,,1,1,4,7,Team Marsh\nwren,,1,1,3,7,Team Moor\n", RATE, "");
        }),
        example("meeting-unknown", |sandbox| {
            fractal(sandbox, "heron,,1,1,4,,\n", &format!("{RATE}, \"meetings\": [1, 2]"), "");
        }),
        example("meeting-without-date", |sandbox| {
            fractal(sandbox, "heron,,1,1,4,,\nheron,,2,1,4,,\n", RATE, "");
        }),
        example("meeting-dates-missing", |sandbox| {
            fractal(sandbox, "heron,,1,1,4,,\n", RATE, "");
            edit(sandbox, ROUND, r#", "meetings": "meetings.csv""#, "");
        }),
        example("pool-or-rate", |sandbox| fractal(sandbox, "heron,,1,1,4,,\n", "", "")),
        example("pool-or-rate--both", |sandbox| {
            fractal(sandbox, "heron,,1,1,4,,\n", RATE, r#", "pool": "100""#);
        }),
    ]
}
