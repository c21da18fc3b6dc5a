//! Errors of `meed amend`.

use super::{Example, Start, edit, example};

const AMEND: &[&str] = &["amend", "2026-01", "--reason", "A score was mistyped.", "--key", "TMP/treasurer"];
const REVISION: &str = "rounds/2026-01/revisions/2";

pub fn examples() -> Vec<Example> {
    let amend = |name, prepare| example(name, prepare).start(Start::Closed).args(AMEND);
    vec![
        amend("amend-open-round", |_| {}).start(Start::Open),
        amend("round-unknown--amend", |_| {}).args(&["amend", "2026-09", "--prepare"]),
        amend("revision-unprepared", |_| {}),
        amend("revision-unprepared--reason", |sandbox| {
            sandbox.write(&format!("{REVISION}/reason.md"), "A score was mistyped.\n");
            sandbox.commit("Say why");
        })
        .args(&["amend", "2026-01", "--key", "TMP/treasurer"]),
        amend("revision-skipped", |sandbox| {
            sandbox.correct("2026-01", 2);
            sandbox.write("rounds/2026-01/revisions/3/praise.csv", "ID\n");
            sandbox.commit("Prepare one more");
        }),
        amend("revises-wrong", |sandbox| {
            sandbox.correct("2026-01", 2);
            edit(sandbox, &format!("{REVISION}/round.json"), "\"revision\": 1", "\"revision\": 2");
        }),
        amend("revises-wrong--missing", |sandbox| {
            sandbox.correct("2026-01", 2);
            let round = sandbox.read("rounds/2026-01/round.json");
            sandbox.write(&format!("{REVISION}/round.json"), round);
            sandbox.commit("Copy the round file");
        }),
        amend("file-missing--revision", |sandbox| {
            sandbox.correct("2026-01", 2);
            let _ = sandbox.git_ok(&["rm", "-q", &format!("{REVISION}/round.json")]);
            sandbox.commit("Remove the round file");
        }),
        amend("reason-missing", |sandbox| sandbox.correct("2026-01", 2))
            .args(&["amend", "2026-01", "--key", "TMP/treasurer"]),
        amend("reason-invalid", |sandbox| sandbox.correct("2026-01", 2))
            .args(&["amend", "2026-01", "--reason", " ", "--key", "TMP/treasurer"]),
        amend("usage--reason-committed", |sandbox| {
            sandbox.correct("2026-01", 2);
            sandbox.write(&format!("{REVISION}/reason.md"), "A score was mistyped.\n");
            sandbox.commit("Say why");
        }),
        amend("amendment-empty", |sandbox| {
            let _ = sandbox.meed(&["amend", "2026-01", "--prepare"]).ok();
            sandbox.commit("Correct nothing");
        }),
        amend("exists-already--revision", |sandbox| sandbox.correct("2026-01", 2))
            .args(&["amend", "2026-01", "--prepare"]),
        amend("path-leaves-folder--revision", |sandbox| {
            sandbox.correct("2026-01", 2);
            edit(sandbox, &format!("{REVISION}/round.json"), "\"praise.csv\"", "\"../2026-02/praise.csv\"");
        }),
        amend("results-in-the-way--revision", |sandbox| {
            sandbox.correct("2026-01", 2);
            sandbox.write(&format!("{REVISION}/results/notes.txt"), "mine\n");
            sandbox.commit("Put notes there");
        }),
        amend("allocation-moved-on", |sandbox| {
            for month in ["03", "04"] {
                let folder = format!("rounds/2026-{month}");
                sandbox.write(&format!("{folder}/work.csv"), "contributor,address,week,impact\nw,,1,3\n");
                sandbox.write(
                    &format!("{folder}/round.json"),
                    format!(
                        r#"{{"format": 1, "period": {{"start": "2026-{month}-01", "end": "2026-{month}-28"}}, "allocations": [{{"name": "treasury", "method": "work-v1", "inputs": {{"contributions": "work.csv"}}, "settings": {{"weeks": 4, "tokens_per_impact": "1"}}}}]}}"#
                    ),
                );
                sandbox.commit("Inputs");
                let _ = sandbox.close(&[]).ok();
            }
            let _ = sandbox.meed(&["amend", "2026-03", "--prepare"]).ok();
            sandbox.write("rounds/2026-03/revisions/2/work.csv", "contributor,address,week,impact\nw,,1,2\n");
            sandbox.commit("Correct the impact");
        })
        .args(&["amend", "2026-03", "--reason", "Too much.", "--key", "TMP/treasurer"]),
    ]
}
