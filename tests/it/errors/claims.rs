//! Errors about claims: what was not claimed, and proofs.

use super::{Example, Sandbox, edit, example};
use crate::claimed::{add_second, close_first};

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

pub fn examples() -> Vec<Example> {
    vec![
        example("claimed-above-total", |sandbox| second(sandbox, &format!("{ADA},60.1\n"))),
        example("claimed-above-paid", |sandbox| {
            close_first(sandbox, &["hours", "other"], "merkle");
            add_second(sandbox, &format!("address,amount\n{ADA},120\n{BEA},80\n"));
        }),
        example("nothing-paid", |sandbox| {
            second(sandbox, "0xcccccccccccccccccccccccccccccccccccccccc,1\n");
        }),
        example("value-twice--claimed", |sandbox| {
            second(sandbox, &format!("{ADA},1\n0xAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,2\n"));
        }),
        example("claimed-impossible", |sandbox| add_second(sandbox, "address,amount\n"))
            .args(&["check", "2026-02"]),
        example("claimed-impossible--not-by-claims", |sandbox| {
            close_first(sandbox, &["hours"], "disperse");
            add_second(sandbox, "address,amount\n");
        }),
        example("carry-digest--distribution", |sandbox| {
            second(sandbox, &format!("{ADA},1\n"));
            edit(sandbox, "rounds/2026-01/results/distribution.csv", "60,60", "61,61");
        })
        .args(&["check", "2026-02"]),
        example("nothing-paid--prove", |sandbox| close_first(sandbox, &["hours"], "merkle")).args(&[
            "prove",
            "2026-01",
            "0xcccccccccccccccccccccccccccccccccccccccc",
        ]),
        example("round-not-closed--prove", |_| {}).args(&["prove", "2026-01", ADA]),
        example("usage--proof", |sandbox| {
            close_first(sandbox, &["hours"], "merkle");
            let proofs = format!("{{\"{BEA}\": {{\"amount\": \"1\", \"proof\": []}}}}\n");
            std::fs::write(sandbox.path("proof.json"), proofs).unwrap();
        })
        .args(&["prove", "2026-01", ADA, "--check", "--file", "TMP/proof.json"]),
    ]
}

/// A second round that names these rows of what was claimed, behind a first that was paid by claims.
fn second(sandbox: &Sandbox, rows: &str) {
    close_first(sandbox, &["hours"], "merkle");
    add_second(sandbox, &format!("address,amount\n{rows}"));
}
