//! Errors about simulations that are closed.

use super::{Example, Sandbox, example};

/// The first signer closes the simulation `funding`.
const CLOSE: &[&str] = &["close", "simulations/funding", "--key", "TMP/treasurer"];

pub fn examples() -> Vec<Example> {
    let closing = |name, prepare| example(name, prepare).args(CLOSE);
    vec![
        closing("simulation-missing", |sandbox| sandbox.add_simulation("other")),
        example("simulation-name-invalid", |_| {}).args(&["close", "simulations/a b"]),
        closing("simulation-closed", closed),
        example("simulation-not-closed", closed).args(&["verify", "simulations/other"]),
        closing("simulation-table-large", |sandbox| {
            sandbox.write(
                "simulations/funding/simulation.json",
                "{\"model\": \"work\", \"rows\": \"all\", \"timesteps\": 500000}\n",
            );
            sandbox.commit("A long run");
        }),
    ]
}

fn closed(sandbox: &Sandbox) {
    sandbox.add_simulation("funding");
    let _ = sandbox.close(&["simulations/funding"]).ok();
}
