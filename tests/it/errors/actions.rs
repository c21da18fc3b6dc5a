//! Errors in a step of GitHub Actions.

use super::{Example, edit, example};

pub fn examples() -> Vec<Example> {
    vec![
        example("data-holds-command", |sandbox| {
            edit(sandbox, "rounds/2026-01/praise.csv", ",Ada,", ",##[add-mask]Ada,");
            let _ = sandbox.close(&[]).ok();
        })
        .args(&["export", "csv"])
        .env(&[("GITHUB_ACTIONS", "true")]),
    ]
}
