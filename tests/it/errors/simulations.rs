//! Errors of simulations.

use super::{Example, Sandbox, example};

const FILE: &str = "simulations/try/simulation.json";
const SIMULATE: &[&str] = &["simulate", "try"];

/// A simulation of the ledger with this text.
fn simulation(sandbox: &Sandbox, text: &str) {
    sandbox.write(FILE, text);
}

fn refused(name: &'static str, prepare: fn(&Sandbox)) -> Example {
    example(name, prepare).args(SIMULATE)
}

pub fn examples() -> Vec<Example> {
    vec![
        example("simulation-unknown", |_| {}).args(&["simulate", "tyr"]),
        refused("simulation-model-unknown", |sandbox| simulation(sandbox, r#"{"model": "weather"}"#)),
        refused("simulation-parameter-unknown", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "parameters": {"weekly_minting": 100}}"#);
        }),
        refused("simulation-parameters", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "parameters": {"earned_most": -10}}"#);
        }),
        refused("simulation-parameters--too-large", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "parameters": {"tokens": 1e400}}"#);
        }),
        refused("simulation-parameter", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "parameters": {"tokens": -1, "earned_least": 11}}"#);
        }),
        refused("simulation-parameter--over-time", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "exogenous": "table.csv"}"#);
            sandbox.write("simulations/try/table.csv", "timestep,tokens\n3,5\n");
        }),
        refused("simulation-sweep", |sandbox| {
            simulation(
                sandbox,
                r#"{"model": "work", "sweep": {"parameters": {"tokens": [1, 2], "earned_most": [10, 20, 30]}}}"#,
            );
        }),
        refused("simulation-sweep--empty", |sandbox| {
            simulation(
                sandbox,
                r#"{"model": "work", "sweep": {"mode": "cartesian", "parameters": {"tokens": [1], "earned_most": []}}}"#,
            );
        }),
        refused("simulation-seed", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "rng": "numpy-legacy", "seed": 4294967296}"#);
        }),
        refused("simulation-count", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "timesteps": 1000001, "runs": 0}"#);
        }),
        refused("simulation-configuration", |sandbox| {
            let names = ["", "B", "B"].map(|name| format!("{{\"name\": \"{name}\"}}")).join(", ");
            simulation(sandbox, &format!("{{\"model\": \"work\", \"configurations\": [{names}]}}"));
        }),
        example("simulation-failed", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "parameters": {"weekly_token_minting": 1e308}}"#);
            sandbox.commit("A simulation");
        })
        .args(&["close", "simulations/try", "--key", "TMP/treasurer"]),
        refused("simulation-parameter-unknown--table", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "exogenous": "table.csv"}"#);
            sandbox.write("simulations/try/table.csv", "timestep,weather\n3,5\n");
        }),
        refused("simulation-parameters--table", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "exogenous": "table.csv"}"#);
            sandbox.write("simulations/try/table.csv", "timestep,earned_most\n3,5\n4,many\n");
        }),
        example("usage--simulate-swept-group", |sandbox| {
            let sweep = r#"{"parameters": {"settings": [{"contributor_share": "0.8"}]}}"#;
            simulation(sandbox, &format!("{{\"model\": \"policy\", \"sweep\": {sweep}}}"));
        })
        .args(&["simulate", "try", "--set", "settings.contributor_share=0.5"]),
        refused("simulation-timestep", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "exogenous": "table.csv"}"#);
            sandbox
                .write("simulations/try/table.csv", "timestep,earned_most\n0,10\nlater,20\n20,30\n10,40\n");
        }),
        refused("file-missing--exogenous", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "exogenous": "table.csv"}"#);
        }),
        refused("json-unexpected--simulation", |sandbox| {
            simulation(sandbox, r#"{"model": "work", "seed": 0.5}"#);
        }),
        example("usage--simulate-set", |_| {}).args(&["simulate", "work", "--set", "tokens"]),
    ]
}
