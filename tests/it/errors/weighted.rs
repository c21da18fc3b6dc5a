//! Errors of weighted-v1.

use super::{Example, Sandbox, example};

const ROUND: &str = "rounds/2026-01/round.json";
const TABLE: &str = "recipient,address,hours,rank\nAda,,120,1\nBea,,60,2\n";

pub fn examples() -> Vec<Example> {
    vec![
        example("column-unknown", |sandbox| {
            weighted(sandbox, TABLE, r#""weights": [{"column": "hour"}]"#);
        }),
        example("table-columns-missing--recipient", |sandbox| {
            weighted(sandbox, "member,hours\nAda,120\n", r#""weights": [{"column": "hours"}]"#);
        }),
        example("settings-invalid--filter", |sandbox| {
            let settings = r#""weights": [{"transform": "equal"}],
      "filters": [{"column": "hours"}, {"column": "hours", "minimum": "5", "maximum": "3"}]"#;
            weighted(sandbox, TABLE, settings);
        }),
        example("settings-invalid--weights", |sandbox| {
            let settings =
                r#""reward": "Hours", "weights": [{"transform": "sqrt"}, {"column": "hours", "offset": 1}]"#;
            weighted(sandbox, TABLE, settings);
        }),
        example("settings-invalid--floor-above-cap", |sandbox| {
            let settings =
                r#""weights": [{"column": "hours"}], "cap": {"share": "0.5"}, "floor": {"amount": "50.1"}"#;
            weighted(sandbox, TABLE, settings);
        }),
        example("setting-out-of-range--share", |sandbox| {
            let settings = r#""weights": [{"column": "hours"}], "cap": {"share": "5"}"#;
            weighted(sandbox, TABLE, settings);
        }),
        example("floors-above-pool", |sandbox| {
            let settings = r#""weights": [{"column": "hours"}], "floor": {"amount": "50.1"}"#;
            weighted(sandbox, TABLE, settings);
        }),
        example("rank-invalid", |sandbox| {
            let settings = r#""weights": [{"column": "rank", "transform": "fibonacci"}]"#;
            weighted(sandbox, &TABLE.replace("120,1", "120,1.5"), settings);
        }),
        example("recipient-twice", |sandbox| {
            let table = format!("{TABLE}Ada,,5,3\n");
            weighted(sandbox, &table, r#""weights": [{"column": "hours"}]"#);
        }),
        example("recipient-two-addresses", |sandbox| {
            let table =
                format!("recipient,address,hours\nAda,0x{},1\nAda,0x{},2\n", "1".repeat(40), "2".repeat(40));
            weighted(sandbox, &table, r#""weights": [{"column": "hours"}], "rows": "add""#);
        }),
        example("weight-too-large", |sandbox| {
            let large = "9".repeat(20);
            let terms = [r#"{"column": "hours"}"#; 4].join(", ");
            let settings = format!(r#""weights": [{terms}], "combine": "product""#);
            weighted(sandbox, &TABLE.replace("120", &large), &settings);
        }),
    ]
}

/// Makes the round one of weighted-v1 that reads table.csv.
fn weighted(sandbox: &Sandbox, table: &str, settings: &str) {
    sandbox.write("rounds/2026-01/table.csv", table);
    sandbox.write(
        ROUND,
        format!(
            r#"{{
  "format": 1,
  "period": {{"start": "2026-01-01", "end": "2026-01-31"}},
  "allocations": [{{
    "name": "hours", "method": "weighted-v1", "pool": "100",
    "inputs": {{"table": "table.csv"}},
    "settings": {{
      {settings}
    }}
  }}]
}}
"#
        ),
    );
    sandbox.commit("Change to weighted");
}
