//! Errors of conviction-v1, and of an allocation that continues under another method.

use super::{Example, Sandbox, edit, example};

const PROPOSALS: &str = "rounds/2026-01/proposals.csv";
const STAKES: &str = "rounds/2026-01/stakes.csv";
const ROUND: &str = "rounds/2026-01/round.json";

/// Writes a round of a fund with one open proposal, in the place of a round of praise.
fn fund(sandbox: &Sandbox, id: &str) {
    let folder = format!("rounds/{id}");
    let _ = std::fs::remove_dir_all(sandbox.at(&folder));
    sandbox.write(
        &format!("{folder}/round.json"),
        format!(
            r#"{{
  "format": 1,
  "period": {{"start": "{id}-01", "end": "{id}-28"}},
  "allocations": [{{
    "name": "fund", "method": "conviction-v1", "pool": "1000",
    "inputs": {{"proposals": "proposals.csv", "stakes": "stakes.csv", "holdings": "holdings.csv"}},
    "settings": {{"alpha": "0.9", "beta": "0.2", "rho": "0.0025", "supply": "holdings", "steps": 4}}
  }}]
}}
"#
        ),
    );
    sandbox.write(
        &format!("{folder}/proposals.csv"),
        "proposal,title,beneficiary,address,requested,step\nwell,A well,Ada,,100,1\nroof,A roof,Bea,,150,3\n",
    );
    sandbox.write(
        &format!("{folder}/stakes.csv"),
        "step,participant,proposal,amount\n1,Cid,well,50\n3,Dot,roof,70\n",
    );
    sandbox.write(&format!("{folder}/holdings.csv"), "participant,amount\nCid,60000\nDot,70000\n");
    sandbox.commit("Inputs of a fund");
}

/// The open round is one of the fund, with a text of a file replaced.
fn edited(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    fund(sandbox, "2026-01");
    edit(sandbox, path, from, to);
}

/// The first round of the fund is closed, and the second lies open.
fn second(sandbox: &Sandbox) {
    fund(sandbox, "2026-01");
    let _ = sandbox.close(&[]).ok();
    fund(sandbox, "2026-02");
}

pub fn examples() -> Vec<Example> {
    vec![
        example("number-zero", |sandbox| edited(sandbox, PROPOSALS, ",100,1", ",0,1")),
        example("number-zero--step", |sandbox| edited(sandbox, STAKES, "1,Cid", "0,Cid")),
        example("value-twice", |sandbox| edited(sandbox, PROPOSALS, "roof,A", "well,A")),
        example("step-backwards", |sandbox| edited(sandbox, STAKES, "1,Cid,well", "4,Cid,well")),
        example("proposal-not-open", |sandbox| edited(sandbox, STAKES, "3,Dot,roof", "2,Dot,roof")),
        example("proposal-not-open--unknown", |sandbox| edited(sandbox, STAKES, "roof", "rof")),
        example("stakes-above-holdings", |sandbox| edited(sandbox, STAKES, "roof,70", "roof,70000.5")),
        example("steps-too-many", |sandbox| {
            fund(sandbox, "2026-01");
            sandbox.write(PROPOSALS, sandbox.read(PROPOSALS) + "door,A door,Cid,,1,1\n");
            edit(sandbox, ROUND, "\"steps\": 4", "\"steps\": 100000");
        }),
        example("setting-out-of-range--decimal", |sandbox| {
            edited(sandbox, ROUND, "\"0.9\"", "\"1\"");
        }),
        example("settings-invalid--alpha", |sandbox| {
            edited(sandbox, ROUND, "\"alpha\": \"0.9\"", "\"alpha\": \"0.9\", \"half_life\": \"7\"");
        }),
        example("proposal-missing", |sandbox| {
            second(sandbox);
            edit(sandbox, "rounds/2026-02/proposals.csv", "well,A well,Ada,,100,1\n", "");
        }),
        example("proposal-changed", |sandbox| {
            second(sandbox);
            edit(sandbox, "rounds/2026-02/proposals.csv", "Bea,,150", "Bea,,151");
        }),
        example("carried-method-differs", |sandbox| {
            second(sandbox);
            sandbox.write_round("2026-02");
            let file = "rounds/2026-02/round.json";
            edit(sandbox, file, "\"name\": \"praise\"", "\"name\": \"fund\"");
        }),
    ]
}
