//! Errors about the sides of `meed diff`.

use super::{Example, Start, edit, example};

pub fn examples() -> Vec<Example> {
    vec![
        example("side-invalid", |_| {}).start(Start::Closed).args(&["diff", "2026-01@first", "@2"]),
        example("revision-unknown", |_| {}).start(Start::Closed).args(&["diff", "2026-01@1", "2026-01@2"]),
        example("revision-unknown--open", |_| {}).args(&["diff", "2026-01@1", "2026-01"]),
        example("round-unknown--diff", |_| {}).start(Start::Closed).args(&["diff", "2026-01", "2026-10"]),
        example("usage--diff-bare", |sandbox| {
            let _ = sandbox.git(&["clone", "-q", "--bare", ".", &sandbox.key("other")]).ok();
        })
        .args(&["diff", "2026-01", "--ledger", "TMP/other"]),
        example("record-invalid--diff-squashed", |sandbox| {
            let root = sandbox.git_ok(&["rev-list", "--max-parents=0", "HEAD"]);
            sandbox.git_ok(&["reset", "-q", "--soft", &root]);
            sandbox.commit("Two rounds in one commit");
        })
        .start(Start::Closed)
        .args(&["diff", "2026-02"]),
        example("sides-tokens-differ", |sandbox| {
            let ledger = sandbox.read("ledger.json");
            sandbox.write("ledger.json", ledger.replace("\"TOK\"", "\"TIK\""));
        })
        .args(&["diff", "2026-01"]),
        example("record-invalid--diff", |sandbox| {
            edit(sandbox, "rounds/2026-02/results/distribution.csv", "Ada", "Eve");
        })
        .start(Start::Closed)
        .args(&["diff", "2026-01", "2026-02"]),
    ]
}
