//! Errors of work-v1.

use super::{Example, Sandbox, edit, example};

const ROUND: &str = "rounds/2026-01/round.json";
const CONTRIBUTIONS: &str = "rounds/2026-01/contributions.csv";

/// The round becomes one of work-v1 in which 150 are owed; then a text of one of its files is
/// replaced.
fn work(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let allocation = r#"{"name": "fund", "method": "work-v1", "pool": "400", "inputs": {"contributions": "contributions.csv"}, "settings": {"weeks": 4, "tokens_per_impact": "10"}}"#;
    let period = r#""period": {"start": "2026-01-01", "end": "2026-01-28"}"#;
    sandbox.write(ROUND, format!("{{\"format\": 1, {period}, \"allocations\": [{allocation}]}}"));
    let address = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    sandbox.write(
        CONTRIBUTIONS,
        format!("contributor,address,week,impact\nBea,{address},1,8\nCid,,3,4\nBea,{address},4,3\n"),
    );
    edit(sandbox, path, from, to);
}

pub fn examples() -> Vec<Example> {
    vec![
        example("impact-out-of-range", |sandbox| work(sandbox, CONTRIBUTIONS, ",1,8", ",1,80")),
        example("name-two-addresses", |sandbox| work(sandbox, CONTRIBUTIONS, "Bea,0xbb", "Bea,0x99")),
        example("pool-not-minted", |sandbox| work(sandbox, ROUND, "\"400\"", "\"500\"")),
        example("treasury-short", |sandbox| work(sandbox, ROUND, "\"10\"", "\"40\"")),
        example("too-many-decimals--impact", |sandbox| {
            work(sandbox, ROUND, "\"10\"", "\"0.0000000000000000005\"");
        }),
        example("setting-out-of-range--weeks", |sandbox| {
            work(sandbox, ROUND, "\"weeks\": 4", "\"weeks\": 0");
        }),
    ]
}
