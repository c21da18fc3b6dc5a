//! Errors about the record: which rounds are open, in which order they close, damaged statements.

use std::fs;

use super::{Example, Sandbox, Start, edit, example};

const STATEMENT: &str = "rounds/2026-02/results/statement.json";

pub fn examples() -> Vec<Example> {
    let closed = |name, prepare| example(name, prepare).start(Start::Closed);
    vec![
        closed("round-closed", |_| {}).args(&["close", "2026-01", "--key", "TMP/treasurer"]),
        example("rounds-open-several", |sandbox| sandbox.add_round("2026-02")),
        closed("round-not-closed", |_| {}).args(&["verify", "2026-09"]),
        closed("rounds-open-none", |_| {}),
        example("rounds-closed-none", |_| {}).args(&["export", "csv"]),
        closed("person-unknown", |_| {}).args(&["statement", "Dee"]),
        closed("person-several", |sandbox| {
            sandbox.write_round("2026-03");
            let praise = "rounds/2026-03/praise.csv";
            let other = "acc-other,0xcccccccccccccccccccccccccccccccccccccccc";
            let text =
                sandbox.read(praise).replace("acc-ada,0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", other);
            sandbox.write(praise, text);
            sandbox.commit("Somebody else is called Ada");
            let _ = sandbox.close(&[]).ok();
        })
        .args(&["statement", "Ada"]),
        closed("record-invalid--export", |sandbox| {
            edit(sandbox, "rounds/2026-01/results/distribution.csv", "Ada", "Eve");
        })
        .args(&["export", "hledger"]),
        closed("recipient-unknown", |_| {}).args(&["explain", "2026-01", "Adda"]),
        closed("recipient-unknown--nobody-near", |_| {}).args(&["explain", "2026-01", "0xabc"]),
        example("recipient-ambiguous", |sandbox| {
            edit(sandbox, "rounds/2026-01/praise.csv", ",Cid,", ",Bea,");
        })
        .args(&["explain", "2026-01", "Bea"]),
        example("period-not-over", |sandbox| {
            edit(sandbox, "rounds/2026-01/round.json", "2026-01-28", "2026-12-31");
        }),
        closed("period-out-of-order", |sandbox| {
            sandbox.write_round("2025-12");
            let file = "rounds/2025-12/round.json";
            sandbox.write(file, sandbox.read(file).replace("2026-", "2025-"));
            sandbox.commit("Add a forgotten round");
        }),
        closed("record-invalid", |sandbox| {
            edit(sandbox, STATEMENT, "in-toto.io/Statement/v1", "example.org/v1");
        }),
        closed("record-invalid--signers", |sandbox| {
            sandbox.new_key("other", "ed25519", "other@example.org");
            let line =
                format!("other@example.org {}", fs::read_to_string(sandbox.path("other.pub")).unwrap());
            sandbox.write("allowed_signers", sandbox.read("allowed_signers") + &line);
            sandbox.add_round("2026-03");
        }),
        example("results-in-the-way", |sandbox| {
            sandbox.write("rounds/2026-01/results/old.csv", "left\n");
            sandbox.commit("Leave something");
        }),
        closed("results-differ", |sandbox| {
            sandbox.add_round("2026-03");
            fs::remove_file(sandbox.at("rounds/2026-02/results/carry.json")).unwrap();
        }),
        closed("sequence-gap", |sandbox| {
            fs::remove_dir_all(sandbox.at("rounds/2026-01")).unwrap();
            sandbox.commit("Remove the first round");
        }),
        closed("sequence-twice", |sandbox| {
            sandbox.write("rounds/2026-03/results/statement.json", sandbox.read(STATEMENT));
            sandbox.commit("Copy a statement");
        }),
        closed("carry-digest", |sandbox| {
            sandbox.add_round("2026-03");
            hold_more(sandbox);
        }),
    ]
}

/// Adds a zero to what is held.
fn hold_more(sandbox: &Sandbox) {
    let carry = "rounds/2026-02/results/carry.json";
    edit(sandbox, carry, "\"amount\": \"", "\"amount\": \"1");
}
