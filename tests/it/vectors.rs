//! The frozen vectors of the methods: made-up rounds whose results were computed by an independent
//! program (`tests/oracle/`) and checked by hand. Added to, never edited.
//!
//! A case is a folder with `WHY.md` and a round: `round.json`, inputs, `expected.csv` (the
//! distribution), `expected.json` (figures of the allocations; optionally what carry.json keeps),
//! and where wanted `expected-tables/*.csv` (tables of the report). A case whose rounds continue one
//! another holds them in folders `1`, `2` ... with the round ids `<case>-1`, `<case>-2` ...

use std::fs;
use std::path::Path;

use meed::calculate::Results;
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

/// Computes one case, round by round.
fn check_case(folder: &Path) {
    let case = folder.file_name().unwrap().to_str().unwrap();
    assert!(folder.join("WHY.md").exists(), "{case} does not say why it is there");
    let ledger = support::ledger_of_vector(folder);
    if !folder.join("1").is_dir() {
        check_round(folder, case, &ledger, &[]);
        return;
    }
    let mut before: Vec<Results> = Vec::new();
    for number in 1.. {
        let round = folder.join(number.to_string());
        if !round.is_dir() {
            break;
        }
        let results =
            check_round(&round, &format!("{case}-{number}"), &ledger, &before.iter().collect::<Vec<_>>());
        before.push(results);
    }
}

/// Computes one round and compares distribution.csv, the allocations' figures, and what else the
/// case expects.
fn check_round(folder: &Path, id: &str, ledger: &str, before: &[&Results]) -> Results {
    let files = support::round_files(folder, id, ledger);
    let results =
        support::results_after(&files, id, before).unwrap_or_else(|problems| panic!("{id}: {problems}"));
    let expected = fs::read_to_string(folder.join("expected.csv")).unwrap();
    assert_eq!(String::from_utf8_lossy(&results.files["distribution.csv"]), expected, "{id}");
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let stated = serde_json::to_value(&results.statement.predicate.allocations).unwrap();
    let stated = stated.as_array().unwrap();
    for (expected, stated) in expected["allocations"].as_array().unwrap().iter().zip(stated) {
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&stated[field], value, "{id}: {field} of {}", expected["name"]);
        }
    }
    if let Some(expected) = expected.get("carry") {
        let carry: Value = serde_json::from_slice(&results.files["carry.json"]).unwrap();
        assert_eq!(&carry["allocations"], expected, "{id}: what carry.json keeps");
    }
    for table in fs::read_dir(folder.join("expected-tables")).into_iter().flatten() {
        let path = table.unwrap().path();
        let name = format!("report/tables/{}", path.file_name().unwrap().to_str().unwrap());
        let table = String::from_utf8_lossy(&results.files[&name]);
        assert_eq!(table, fs::read_to_string(&path).unwrap(), "{id}: {name}");
    }
    results.statement.check_sums().unwrap();
    results
}

/// The praise-v1 case `rad-folder` or `praise-name-wins-rad` with one text of one file replaced, and
/// what the pipeline says.
fn edited(case: &str, file: &str, from: &str, to: &str, overrides: &str) -> Result<String, String> {
    let folder =
        Method::ALL.map(|method| support::package().join("tests/vectors").join(method.id()).join(case));
    let folder = folder.into_iter().find(|folder| folder.is_dir()).unwrap();
    let mut files = support::round_files(&folder, case, &support::ledger_json("TOK", 18, overrides));
    let path = format!("rounds/{case}/{file}");
    let text = String::from_utf8(files.bytes(&path).unwrap().to_vec()).unwrap();
    assert!(text.contains(from), "{file} does not hold {from}");
    files.insert(path, meed::files::Content::File(text.replacen(from, to, 1).into_bytes()));
    let results = support::results_of(&files, case).map_err(|problems| problems.to_string())?;
    Ok(String::from_utf8(results.files["distribution.csv"].clone()).unwrap())
}

/// What the methods refuse, each with the place and the words that say why.
#[test]
fn methods_refuse_what_they_cannot_divide() {
    for (case, file, from, to, says) in [
        (
            "ties",
            "round.json",
            "\"quantifiers\": 3",
            "\"quantifiers\": 3, \"ceiling_cutoff\": 0",
            "`ceiling_cutoff` is 0",
        ),
        ("ties", "round.json", "\"quantifiers\": 3", "\"quantifiers\": 21", "`quantifiers` is 21"),
        ("ties", "round.json", "\"0.9\"", "\"0.95\"", "the shares sum to 1.05"),
        ("ties", "round.json", "\"praise.csv\"", "{\"a\": \"praise.csv\"}", "`praise` must be one file"),
        (
            "ties",
            "praise.csv",
            "Ada,ada-1,0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
            ",,",
            "TO USER ACCOUNT is empty",
        ),
        ("proportional", "sourcecred.csv", "\n", "\nNobody,,\n", "vested_amount is empty"),
        ("proportional", "sourcecred.csv", "\n", "\n,,5\n", "name is empty"),
        ("proportional", "sourcecred.csv", "name", "nom", "column missing: name"),
        (
            "proportional",
            "round.json",
            "\"sourcecred.csv\"",
            "\"none.csv\"",
            "none.csv: is not in the commit",
        ),
    ] {
        let error = edited(case, file, from, to, "{}").expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
}

/// Overrides of ledger.json reach the method, in RAD folders only, and a fault that they bring is
/// told at ledger.json.
#[test]
fn overrides_reach_the_method() {
    let case = "praise-name-wins-rad";
    let amounts = |mode: &str| format!(r#"{{"{case}": {{"sourcecred": {{"amounts": "{mode}"}}}}}}"#);
    let as_given = edited(case, "rewardboard.csv", "ID", "ID", "{}").unwrap();
    assert_eq!(edited(case, "rewardboard.csv", "ID", "ID", &amounts("as-given")), Ok(as_given.clone()));
    assert_ne!(edited(case, "rewardboard.csv", "ID", "ID", &amounts("proportional")), Ok(as_given));
    let error = edited(case, "rewardboard.csv", "ID", "ID", &amounts("guessed")).unwrap_err();
    assert!(error.starts_with("error: ledger.json: allocation `sourcecred`: settings: "), "{error}");
}
