//! The frozen vectors of the methods: made-up rounds whose results were computed by an independent
//! program (`tests/oracle/praise.py`) and checked by hand. Added to, never edited.

use std::fs;

use meed::methods::Method;
use serde_json::Value;

use crate::support;

#[test]
fn every_vector_gives_its_expected_distribution() {
    let mut count = 0;
    for method in Method::ALL {
        let folder = support::package().join("tests/vectors").join(method.id());
        for entry in fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} has no vectors", method.id())) {
            check_case(&entry.unwrap().path());
            count += 1;
        }
    }
    assert!(count >= 30, "{count}");
}

/// Computes one case and compares distribution.csv and the allocations' figures.
fn check_case(folder: &std::path::Path) {
    let case = folder.file_name().unwrap().to_str().unwrap();
    assert!(folder.join("WHY.md").exists(), "{case} does not say why it is there");
    let token: Value = fs::read(folder.join("token.json")).map_or_else(
        |_| serde_json::json!({"symbol": "TOK", "decimals": 18}),
        |bytes| serde_json::from_slice(&bytes).unwrap(),
    );
    let decimals = u8::try_from(token["decimals"].as_u64().unwrap()).unwrap();
    let ledger = support::ledger_json(token["symbol"].as_str().unwrap(), decimals, "{}");
    let files = support::round_files(folder, case, &ledger);
    let results = support::results_of(&files, case).unwrap_or_else(|problems| panic!("{case}: {problems}"));
    let expected = fs::read_to_string(folder.join("expected.csv")).unwrap();
    assert_eq!(String::from_utf8_lossy(&results.files["distribution.csv"]), expected, "{case}");
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let stated = serde_json::to_value(&results.statement.predicate.allocations).unwrap();
    for (expected, stated) in
        expected["allocations"].as_array().unwrap().iter().zip(stated.as_array().unwrap())
    {
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&stated[field], value, "{case}: {field} of {}", expected["name"]);
        }
    }
    results.statement.check_sums().unwrap();
}
