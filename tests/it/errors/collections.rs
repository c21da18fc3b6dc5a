//! Errors of `meed collect`.

use super::{Example, Sandbox, Start, example};

const COLLECT: &[&str] = &[
    "collect",
    "github",
    "acme/ledger",
    "--since",
    "2026-03-01",
    "--until",
    "2026-03-31",
    "--out",
    "TMP/march.csv",
];
/// What an interrupted collection of another month and repository left.
const OTHER: &str = r#"{"meed_collection":1,"server":"https://api.github.com","repository":"acme/garden","since":"2026-02-01","until":"2026-03-31","kinds":["comment","issue","pull-request","review"],"begun":1780272000}"#;

pub fn examples() -> Vec<Example> {
    let begun = |name, prepare| example(name, prepare).start(Start::Nothing).args(COLLECT);
    vec![
        begun("collection-foreign", |sandbox| partial(sandbox, &format!("{OTHER}\n"))),
        begun("collection-foreign--damaged", |sandbox| partial(sandbox, "id,name\n1,Ada\n")),
    ]
}

fn partial(sandbox: &Sandbox, text: &str) {
    std::fs::write(sandbox.path("march.csv.partial"), text).unwrap();
}
