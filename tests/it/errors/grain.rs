//! Errors of grain-v1.

use super::{Example, Sandbox, edit, example};

const ROUND: &str = "rounds/2026-01/round.json";
const ACCOUNTS: &str = "rounds/2026-01/accounts.csv";
const CRED: &str = "rounds/2026-01/cred.csv";

/// The round becomes one of grain-v1.
fn grain(sandbox: &Sandbox) {
    let policies = r#"{"policy": "immediate", "budget": "30", "lookback": 1}, {"policy": "balanced", "budget": "50", "lookback": 4}, {"policy": "special", "budget": "20", "recipient": "Bea"}"#;
    let inputs = r#""inputs": {"accounts": "accounts.csv", "cred": "cred.csv"}"#;
    let allocation = format!(
        r#"{{"name": "grain", "method": "grain-v1", "pool": "100", {inputs}, "settings": {{"policies": [{policies}]}}}}"#
    );
    let period = r#""period": {"start": "2026-01-01", "end": "2026-01-28"}"#;
    sandbox.write(ROUND, format!("{{\"format\": 1, {period}, \"allocations\": [{allocation}]}}"));
    let address = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    sandbox.write(ACCOUNTS, format!("name,address,active\nBea,{address},true\nCid,,true\nDot,,false\n"));
    sandbox.write(CRED, "name,interval,cred\nBea,2026-01-05,3.5\nCid,2026-01-05,1\nBea,2026-01-12,2\n");
}

/// A round of grain-v1 in which a text of one of the files is replaced.
fn edited(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    grain(sandbox);
    edit(sandbox, path, from, to);
}

pub fn examples() -> Vec<Example> {
    vec![
        example("stands-twice--cred", |sandbox| edited(sandbox, CRED, "Bea,2026-01-12", "Bea,2026-01-05")),
        example("stands-twice--account", |sandbox| edited(sandbox, ACCOUNTS, "Cid,", "Bea,")),
        example("stands-twice--address", |sandbox| {
            edited(sandbox, ACCOUNTS, "Cid,", "Cid,0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
        }),
        example("account-unknown", |sandbox| edited(sandbox, CRED, "Cid", "Sid")),
        example("account-unknown--recipient", |sandbox| edited(sandbox, ROUND, "\"Bea\"", "\"Dot\"")),
        example("interval-invalid", |sandbox| edited(sandbox, CRED, "2026-01-12", "2026-W03")),
        example("interval-invalid--kind", |sandbox| edited(sandbox, CRED, "2026-01-12", "3")),
        example("intervals-too-many", |sandbox| {
            grain(sandbox);
            let rows: String = (1..=10_001).map(|interval| format!("Bea,{interval},1\n")).collect();
            sandbox.write(CRED, format!("name,interval,cred\n{rows}"));
            sandbox.commit("Add intervals");
        }),
        example("intervals-none", |sandbox| {
            grain(sandbox);
            sandbox.write(CRED, "name,interval,cred\n");
            sandbox.commit("Take the cred away");
        }),
        example("budgets-not-pool", |sandbox| {
            edited(sandbox, ROUND, "\"budget\": \"30\"", "\"budget\": \"3\"");
        }),
        example("reward-name", |sandbox| {
            edited(sandbox, ROUND, "\"lookback\": 1", "\"lookback\": 1, \"reward\": \"Grain, now\"");
        }),
        example("reward-name--column", |sandbox| {
            edited(sandbox, ROUND, "\"lookback\": 1", "\"lookback\": 1, \"reward\": \"name\"");
        }),
        example("reward-twice", |sandbox| {
            edited(sandbox, ROUND, "\"lookback\": 1", "\"lookback\": 1, \"reward\": \"balanced\"");
        }),
        example("setting-out-of-range--lookback", |sandbox| {
            edited(sandbox, ROUND, "\"lookback\": 1", "\"lookback\": 0");
        }),
    ]
}
