//! Errors of `meed audit`. What is wrong with a round is part of its report, not a refusal, so the program
//! never ends with the errors of published files.

use meed::audit::published::{Kind, read};
use meed::error::{Error, Problems};

use super::{Example, code, compare, example};

/// What the program tells as a part of its report.
pub const NAMES: [&str; 2] = ["published-number", "published-token"];

pub fn examples() -> Vec<Example> {
    vec![
        example("audit-folder-missing", |_| {}).args(&["audit", "TMP/nowhere"]),
        // The ledger's own rounds are not those of others.
        example("audit-no-rounds", |_| {}).args(&["audit", "."]),
        example("override-unknown--audit", |sandbox| {
            sandbox.write("history/round-1/parameters.json", "{\"employed_reward_systems\": []}");
            std::fs::write(sandbox.path("overrides.json"), "{\"round-2\": {}}").unwrap();
        })
        .args(&["audit", "history", "--overrides", "TMP/overrides.json"]),
        example("usage--audit-decimals", |sandbox| {
            sandbox.write("history/round-1/parameters.json", "{\"employed_reward_systems\": []}");
        })
        .args(&["audit", "history", "--decimals", "40"]),
    ]
}

#[test]
fn published_files_say_what_is_wrong_with_them() {
    let path = "round-1/distribution_results/raw_csv_exports/praise_aragon_distribution.csv";
    let row = |amount: &str, token: &str| format!("0x{},{amount},{token}\n", "1".repeat(40));
    for (name, text) in NAMES.into_iter().zip([row("1e400", "TOK"), row("1.5", "ROT")]) {
        let errors = read(Kind::Payments, path, text.as_bytes(), "TOK").unwrap_err();
        assert_eq!(errors.iter().map(Error::code).collect::<Vec<_>>(), [code(name)]);
        let problems = Problems::unless_empty(errors, ()).unwrap_err();
        compare(name, &format!("# meed::audit::published::read\n{problems}\n")).unwrap();
    }
}
