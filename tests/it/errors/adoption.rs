//! Errors of coming aboard: adoption, opening balances, history.

use super::{Example, Sandbox, Start, edit, example};

/// The ledger gets opening balances.
fn opening(sandbox: &Sandbox, rows: &str) {
    sandbox.write("opening.csv", rows);
    sandbox.commit("What is still owed");
}

pub fn examples() -> Vec<Example> {
    vec![
        example("exists-already--adopt", |_| {}).args(&[
            "init",
            "--adopt",
            "--name",
            "Again",
            "--token",
            "TOK",
            "--signer",
            "TMP/treasurer.pub",
            "--key",
            "TMP/treasurer",
        ]),
        example("rounds-to-adopt-none", |_| {}).start(Start::Nothing).args(&[
            "init",
            "TMP/commons",
            "--adopt",
            "--name",
            "Commons",
            "--token",
            "TOK",
            "--signer",
            "TMP/treasurer.pub",
            "--key",
            "TMP/treasurer",
        ]),
        example("history-reopened", |sandbox| {
            sandbox.add_round("2026-03");
            let ledger = sandbox.read("ledger.json");
            sandbox.write("ledger.json", ledger.replacen('{', "{\n  \"history\": [\"2026-03\"],", 1));
            sandbox.add_round("2026-04");
            let _ = sandbox.close(&["2026-04"]).ok();
            edit(sandbox, "ledger.json", "\n  \"history\": [\"2026-03\"],", "");
        })
        .start(Start::Closed)
        .args(&["close", "--late", "--key", "TMP/treasurer"]),
        example("rad-rounds-none", |_| {}).start(Start::Nothing).args(&[
            "import",
            "TMP/home",
            "--into",
            "TMP/new",
            "--key",
            "TMP/treasurer",
        ]),
        // Everything that can be wrong with opening balances, told at once.
        example("opening-key-invalid", |sandbox| {
            opening(
                sandbox,
                "key,name,amount\ncid#1,Cid,3\nid:acc-cid,Cid,0\n0x12,Ada,1\nname:Eve,Eve,-4\nname:Eve,Eve,4\nname:Eve,Eve,1e3\n",
            );
        }),
        example("value-twice--opening", |sandbox| {
            opening(sandbox, "key,name,amount\nname:Eve,Eve,4\nname:Eve,Eve,5\n");
        }),
        example("table-columns-missing--opening", |sandbox| opening(sandbox, "who,amount\nEve,4\n")),
    ]
}
