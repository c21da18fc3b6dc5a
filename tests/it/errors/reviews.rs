//! Errors of reviews: what is not approved yet, and who may not approve.

use super::{Example, Sandbox, Start, edit, example};

const APPROVE: &[&str] = &["approve", "2026-01", "--key", "TMP/wren"];
const SETTLE: &[&str] = &[
    "settle",
    "2026-01",
    "--tx",
    "0xabababababababababababababababababababababababababababababababab",
    "--key",
    "TMP/treasurer",
];

pub fn examples() -> Vec<Example> {
    let refused = |name, prepare| example(name, prepare).start(Start::Closed).args(APPROVE);
    vec![
        example("approvals-missing", |sandbox| close_with(sandbox, "{\"days\": 0, \"approvals\": 2}"))
            .args(SETTLE),
        example("review-open", |sandbox| close_with(sandbox, "{\"days\": 7, \"approvals\": 0}")).args(SETTLE),
        refused("approval-of-own-close", |sandbox| enrol(sandbox, "treasurer@example.org", "approve")),
        refused("approved-already", |sandbox| {
            enrol(sandbox, "wren@example.org", "approve");
            let _ = sandbox.meed(&["approve", "2026-01", "--key", &sandbox.key("wren")]).ok();
        }),
        refused("key-may-not-approve", |sandbox| enrol(sandbox, "wren@example.org", "close")),
        example("ledger-value--review", |sandbox| {
            edit(sandbox, "ledger.json", "{", "{\n  \"review\": {\"days\": 1000, \"approvals\": 1000},");
        }),
        example("ledger-value--no-review", |sandbox| {
            edit(sandbox, "ledger.json", "{", "{\n  \"review\": {\"days\": 0, \"approvals\": 0},");
        }),
        example("results-in-the-way--approvals", |sandbox| {
            sandbox.write("rounds/2026-01/approvals/early.sig", "x\n");
            sandbox.commit("Too early");
        }),
        example("json-unexpected--review", |sandbox| {
            edit(sandbox, "ledger.json", "{", "{\n  \"review\": {\"days\": 1.5, \"approvals\": 1},");
        }),
    ]
}

/// Closes the round in a ledger with this review.
fn close_with(sandbox: &Sandbox, review: &str) {
    edit(sandbox, "ledger.json", "{", &format!("{{\n  \"review\": {review},"));
    let _ = sandbox.close(&[]).ok();
}

/// Lists the key `wren` under a principal.
fn enrol(sandbox: &Sandbox, principal: &str, may: &str) {
    sandbox.new_key("wren", "ed25519", principal);
    let (public, key) = (sandbox.key("wren.pub"), sandbox.key("treasurer"));
    let _ = sandbox.meed(&["signers", "add", &public, "--may", may, "--key", &key]).ok();
}
