//! Errors about payouts: the formats that ledger.json chooses, and who is never paid.

use super::{Example, Sandbox, edit, example};

const PRAISE: &str = "rounds/2026-01/praise.csv";
/// The token of these ledgers.
const CONTRACT: &str = "0x71DE71De71de71dE71dE71DE71de71De71De71de";

pub fn examples() -> Vec<Example> {
    vec![
        example("payout-unknown", |sandbox| choose(sandbox, r#"["aragon-csv", "gnosis"]"#)),
        example("payout-needs-token", |sandbox| choose(sandbox, r#"["safe-csv"]"#)),
        example("payout-needs-token--chain", |sandbox| {
            with_contract(sandbox);
            choose(sandbox, r#"["safe-csv", "safe-batch"]"#);
        }),
        example("ledger-value--payout-twice", |sandbox| {
            choose(sandbox, r#"["aragon-csv", "disperse", "aragon-csv"]"#);
        }),
        example("payee-refused", |sandbox| pay_ada_at(sandbox, &format!("0x{}", "0".repeat(40)))),
        example("payee-refused--contract", |sandbox| {
            with_contract(sandbox);
            pay_ada_at(sandbox, CONTRACT);
        }),
    ]
}

fn choose(sandbox: &Sandbox, payouts: &str) {
    let formats = format!("\"rounds\": \"rounds\", \"payouts\": {payouts}");
    edit(sandbox, "ledger.json", "\"rounds\": \"rounds\"", &formats);
}

fn with_contract(sandbox: &Sandbox) {
    let token = format!("\"decimals\": 18, \"address\": \"{CONTRACT}\"");
    edit(sandbox, "ledger.json", "\"decimals\": 18", &token);
}

fn pay_ada_at(sandbox: &Sandbox, address: &str) {
    edit(sandbox, PRAISE, &format!("0x{}", "a".repeat(40)), address);
}
