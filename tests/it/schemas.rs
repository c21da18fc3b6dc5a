//! The schemas: `schemas/` holds what `meed::schemas` makes, they take every file that is right,
//! and what they refuse, meed refuses too. After a change to the types that they describe, run
//! `MEED_BLESS=1 cargo test --test it schemas` and look at the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use meed::calculate::Results;
use meed::ledger::Ledger;
use meed::methods::Method;
use meed::settlement::Settlement;
use meed::statement::{Carry, Statement, json_bytes};
use serde_json::{Value, json};

use crate::support::{self, files_below};

#[test]
fn the_folder_holds_what_the_types_say() {
    let folder = support::package().join("schemas");
    let made: BTreeMap<String, Vec<u8>> = meed::schemas::all().into_iter().collect();
    if std::env::var_os("MEED_BLESS").is_some_and(|value| value == "1") {
        for (path, bytes) in &made {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let there = files_below(&folder);
    assert!(there.keys().eq(made.keys()), "MEED_BLESS=1 writes missing files: {:?}", there.keys());
    for (path, bytes) in &made {
        let found = &there[path];
        assert!(found == bytes, "schemas/{path} is not what the types say: run with MEED_BLESS=1");
    }
}

#[test]
fn schemas_are_schemas_and_close_every_object() {
    for (path, bytes) in meed::schemas::all() {
        let schema: Value = serde_json::from_slice(&bytes).unwrap();
        if path.starts_with("tables/") {
            continue;
        }
        jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("}\n") && !text.contains("uint") && !text.contains("null"), "{path}");
        assert_closed(&schema, &path);
    }
}

/// Every object with named properties refuses others; the parts of a rule only add to one.
fn assert_closed(schema: &Value, path: &str) {
    match schema {
        Value::Object(members) => {
            if members.get("type") == Some(&json!("object")) && members.contains_key("properties") {
                assert_eq!(members.get("additionalProperties"), Some(&json!(false)), "{path}");
            }
            members.iter().for_each(|(key, value)| assert_closed(value, &format!("{path}/{key}")));
        }
        Value::Array(items) => items.iter().for_each(|item| assert_closed(item, path)),
        _ => {}
    }
}

#[test]
fn files_that_are_right_are_taken() {
    let (ledger, round) = (validator("ledger.schema.json"), validator("round.schema.json"));
    let example = support::package().join("ledger-example");
    assert_taken(&ledger, &example.join("ledger.json"));
    let mut rounds = 0;
    for folder in [example, support::package().join("tests/vectors")] {
        for path in files_below(&folder).keys().filter(|path| path.ends_with("round.json")) {
            assert_taken(&round, &folder.join(path));
            rounds += 1;
        }
    }
    assert!(rounds > 20, "{rounds}");
    let minimal = serde_json::from_str(&support::ledger_json("TEC", 18, "{}")).unwrap();
    assert!(ledger.is_valid(&minimal));
}

#[test]
fn what_meed_writes_is_taken() {
    let (statement, carry) = (validator("statement.schema.json"), validator("carry.schema.json"));
    for case in ["praise-v1/no-address", "praise-v1/rad-folder", "sourcecred-v1/proportional"] {
        let results = vector_results(case);
        assert_eq!(faults(&statement, &json_of(&results, "statement.json")), "", "{case}");
        assert_eq!(faults(&carry, &json_of(&results, "carry.json")), "", "{case}");
    }
}

/// What is put where: a JSON pointer, and the value (`null` takes the member away).
type Change = (&'static str, fn() -> Value);

#[test]
fn wrong_ledgers_are_refused() {
    let right = read_json(&support::package().join("ledger-example/ledger.json"));
    let changes: [Change; 15] = [
        ("/colour", || json!("blue")),
        ("/token/colour", || json!("blue")),
        ("/format", || json!(2)),
        ("/id", || json!("short")),
        ("/id", || Value::Null),
        ("/name", || json!(" ")),
        ("/rounds", || json!("../rounds")),
        ("/token/symbol", || json!("T E C")),
        ("/token/decimals", || json!(37)),
        ("/token/decimals", || json!("18")),
        ("/token/address", || json!("0x71de")),
        ("/token/chain_id", || json!(-1)),
        ("/token/chain_id", || json!(9_007_199_254_740_992_u64)),
        ("/history", || json!(["round 1"])),
        ("/overrides", || json!({"round-1": {"sourcecred": "record"}})),
    ];
    let refuses = |ledger: &Value| {
        let mut files = meed::files::Files::default();
        files.insert("ledger.json".to_owned(), meed::files::Content::File(json_bytes(ledger)));
        Ledger::read(&files).is_err()
    };
    assert_refused("ledger.schema.json", &right, &changes, refuses);
}

#[test]
fn wrong_rounds_are_refused() {
    let case = "praise-v1/no-address";
    let right = read_json(&vector(case).join("round.json"));
    let changes: [Change; 29] = [
        ("/colour", || json!("blue")),
        ("/format", || json!(0)),
        ("/period", || Value::Null),
        ("/period/start", || json!("2026-1-1")),
        ("/period/end", || json!("31.01.2026")),
        ("/period/zone", || json!("UTC")),
        ("/token", || json!({"symbol": "TOK", "decimals": 18, "chain_id": -1})),
        ("/allocations", || json!([])),
        ("/allocations/0/name", || json!("Praise")),
        ("/allocations/0/name", || json!("held")),
        ("/allocations/0/name", || Value::Null),
        ("/allocations/0/method", || json!("praise-v9")),
        ("/allocations/0/pool", || Value::Null),
        ("/allocations/0/pool", || json!("1e3")),
        ("/allocations/0/pool", || json!("-1")),
        ("/allocations/0/pool", || json!(["100"])),
        ("/allocations/0/color", || json!("blue")),
        ("/allocations/0/inputs", || Value::Null),
        ("/allocations/0/inputs/praise", || json!(7)),
        ("/allocations/0/inputs/praise", || Value::Null),
        ("/allocations/0/inputs/sourcecred", || json!("praise.csv")),
        ("/allocations/0/settings", || Value::Null),
        ("/allocations/0/settings/amounts", || json!("proportional")),
        ("/allocations/0/settings/contributor_share", || json!(true)),
        ("/allocations/0/settings/contributor_share", || Value::Null),
        ("/allocations/0/settings/quantifiers", || json!(0)),
        ("/allocations/0/settings/ceiling_cutoff", || json!(0)),
        ("/allocations/0/settings/unlisted_scores", || json!("ignore")),
        ("/allocations/0/method", || json!("sourcecred-v1")),
    ];
    let refuses = |round: &Value| calculated(case, Some(round)).is_err();
    assert_refused("round.schema.json", &right, &changes, refuses);
}

#[test]
fn wrong_statements_are_refused() {
    let right = json_of(&vector_results("praise-v1/no-address"), "statement.json");
    let changes: [Change; 8] = [
        ("/_type", || json!("https://in-toto.io/Statement/v0.1")),
        ("/predicateType", || json!("urn:meed:round:v2")),
        ("/predicate/sequence", || json!(-1)),
        ("/predicate/engine", || json!("meed 1")),
        ("/predicate/allocations/0/bonus", || json!("1")),
        ("/predicate/allocations/0/paid", || json!(1)),
        ("/predicate/totals/bonus", || json!("1")),
        ("/predicate/totals/kept", || Value::Null),
    ];
    let refuses = |statement: &Value| Statement::read("statement.json", &json_bytes(statement)).is_err();
    assert_refused("statement.schema.json", &right, &changes, refuses);
}

#[test]
fn wrong_carries_are_refused() {
    let right = json_of(&vector_results("praise-v1/no-address"), "carry.json");
    let changes: [Change; 4] = [
        ("/debts", || json!([])),
        ("/held", || Value::Null),
        ("/held/0/amount", || json!(5)),
        ("/held/0/since", || json!("2026")),
    ];
    let refuses = |carry: &Value| Carry::read("carry.json", &json_bytes(carry)).is_err();
    assert_refused("carry.schema.json", &right, &changes, refuses);
}

#[test]
fn wrong_settlements_are_refused() {
    let right = json!({
        "format": 1, "round": "2026-01", "revision": 1, "settlement": 1,
        "statement_sha256": "5".repeat(64), "payout": "safe-csv", "chain_id": 100,
        "transaction": format!("0x{}", "a".repeat(64)), "date": "2026-02-05", "total": "3",
        "payments": [
            {"address": format!("0x{}", "1".repeat(40)), "amount": "1"},
            {"address": format!("0x{}", "2".repeat(40)), "amount": "2"}
        ]
    });
    let changes: [Change; 21] = [
        ("/format", || json!(2)),
        ("/round", || json!("../2026-01")),
        ("/revision", || json!(0)),
        ("/settlement", || json!(0)),
        ("/settlement", || json!("1")),
        ("/statement_sha256", || json!("5")),
        ("/payout", || json!("paper")),
        ("/chain_id", || json!(9_007_199_254_740_992_u64)),
        ("/transaction", || json!("0x12")),
        ("/transaction", || json!(format!("0x{}", "A".repeat(64)))),
        ("/transaction", || Value::Null),
        ("/date", || json!("5.2.2026")),
        ("/total", || json!(3)),
        ("/payments", || json!([])),
        ("/payments/0/address", || json!("0x1")),
        ("/payments/0/amount", || json!(1)),
        ("/payments/0/amount", || json!("1.0")),
        ("/total", || json!("3.")),
        ("/total", || json!("1e3")),
        ("/payments/0/name", || json!("Ada")),
        ("/paid", || json!("3")),
    ];
    let refuses = |settlement: &Value| Settlement::read("1.json", &json_bytes(settlement)).is_err();
    assert_refused("settlement.schema.json", &right, &changes, refuses);
}

/// Holds that the schema and meed take the document, and refuse it after each change.
fn assert_refused(schema: &str, right: &Value, changes: &[Change], refuses: impl Fn(&Value) -> bool) {
    let validator = validator(schema);
    assert_eq!(faults(&validator, right), "", "{schema}");
    assert!(!refuses(right), "{schema}: meed refuses the document without a change");
    for (pointer, value) in changes {
        let wrong = changed(right, pointer, value());
        assert!(!validator.is_valid(&wrong), "{schema} takes {pointer} = {}", value());
        assert!(refuses(&wrong), "meed takes {pointer} = {} in a document of {schema}", value());
    }
}

/// The document with the member at the pointer replaced, added, or (by `null`) taken away.
fn changed(document: &Value, pointer: &str, value: Value) -> Value {
    let mut document = document.clone();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        assert!(parent.shift_remove(member).is_some(), "{pointer} is not there");
    } else {
        parent.insert(member.to_owned(), value);
    }
    document
}

/// Every method's own schema is the one that round files are held against.
#[test]
fn settings_are_checked_by_their_method() {
    let round = made("round.schema.json");
    for method in Method::ALL {
        let mut own = made(&format!("methods/{}.schema.json", method.id()));
        let own = own.as_object_mut().unwrap();
        own.shift_remove("$schema");
        if let Some(Value::Object(definitions)) = own.shift_remove("$defs") {
            for (name, definition) in definitions {
                assert_eq!(round["$defs"][&name], definition, "{name} of {}", method.id());
            }
        }
        assert_eq!(round["$defs"][method.id()], Value::Object(own.clone()));
    }
}

/// A schema as `meed::schemas` makes it (the files may be written anew beside this test).
fn made(name: &str) -> Value {
    let (_, bytes) = meed::schemas::all().into_iter().find(|(path, _)| path == name).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn validator(name: &str) -> Validator {
    let schema = made(name);
    jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn assert_taken(validator: &Validator, path: &Path) {
    assert_eq!(faults(validator, &read_json(path)), "", "{}", path.display());
}

/// All that the schema finds wrong, a line each.
fn faults(validator: &Validator, document: &Value) -> String {
    let faults = validator.iter_errors(document);
    let lines: Vec<String> = faults.map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    lines.join("\n")
}

fn vector(case: &str) -> PathBuf {
    support::package().join("tests/vectors").join(case)
}

fn vector_results(case: &str) -> Results {
    calculated(case, None).unwrap_or_else(|problems| panic!("{case}: {problems}"))
}

/// The results of a vector, with another round file if one is given.
fn calculated(case: &str, round: Option<&Value>) -> Result<Results, meed::error::Problems> {
    let mut files = support::round_files(&vector(case), "r1", &support::ledger_json("TOK", 18, "{}"));
    if let Some(round) = round {
        let content = meed::files::Content::File(json_bytes(round));
        files.insert("rounds/r1/round.json".to_owned(), content);
    }
    support::results_of(&files, "r1")
}

fn json_of(results: &Results, name: &str) -> Value {
    serde_json::from_slice(&results.files[name]).unwrap()
}

fn read_json(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap()
}
