//! Errors of airdrop-v1.

use super::{Example, Sandbox, edit, example};

const ROUND: &str = "rounds/2026-01/round.json";
const SNAPSHOT: &str = "rounds/2026-01/holders.csv";

/// Makes the round an airdrop of 100 to the holders of one snapshot.
fn airdrop(sandbox: &Sandbox) {
    sandbox.write(
        SNAPSHOT,
        "HolderAddress,Balance\n0x00000000000000000000000000000000000000aa,1500\n0x00000000000000000000000000000000000000bb,\"1,000.5\"\n",
    );
    sandbox.write(
        ROUND,
        r#"{
  "format": 1,
  "period": {"start": "2026-01-01", "end": "2026-01-31"},
  "allocations": [{
    "name": "airdrop", "method": "airdrop-v1", "pool": "100",
    "inputs": {"snapshots": {"holders": "holders.csv"}},
    "settings": {"pools": [
      {"reward": "holder", "amount": "60", "categories": ["holders"], "weight": "log10"},
      {"reward": "equal", "amount": "40", "categories": ["holders"], "weight": "equal"}
    ]}
  }]
}
"#,
    );
    sandbox.commit("Change to an airdrop");
}

/// The airdrop with a text of its round file replaced.
fn changed(sandbox: &Sandbox, from: &str, to: &str) {
    airdrop(sandbox);
    edit(sandbox, ROUND, from, to);
}

pub fn examples() -> Vec<Example> {
    vec![
        example("stands-twice--snapshot", |sandbox| {
            airdrop(sandbox);
            edit(sandbox, SNAPSHOT, "bb,", "AA,");
        }),
        example("not-a-number--thousands", |sandbox| {
            airdrop(sandbox);
            edit(sandbox, SNAPSHOT, "1,000.5", "1,00.5");
        }),
        example("too-many-decimals--threshold", |sandbox| {
            changed(sandbox, "{\"pools\"", "{\"threshold\": \"0.123456789\", \"pools\"");
        }),
        example("snapshots-invalid", |sandbox| {
            changed(sandbox, "{\"holders\": \"holders.csv\"}", "\"holders.csv\"");
        }),
        example("snapshots-invalid--empty", |sandbox| changed(sandbox, "\"holders.csv\"", "[]")),
        example("settings-invalid--category", |sandbox| changed(sandbox, "[\"holders\"]", "[\"stakers\"]")),
        example("pools-not-pool", |sandbox| changed(sandbox, "\"60\"", "\"60.5\"")),
        example("reward-name--airdrop", |sandbox| {
            changed(sandbox, "\"equal\", \"amount\"", "\"total\", \"amount\"");
        }),
        example("reward-twice--airdrop", |sandbox| {
            changed(sandbox, "\"equal\", \"amount\"", "\"holder\", \"amount\"");
        }),
    ]
}
