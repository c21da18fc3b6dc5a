//! A round against a prepared amendment: corrections in revisions/, praise files of later revisions.

use std::collections::BTreeMap;
use std::fs;

use meed::tables::Table;
use serde_json::Value;

use super::{check_laws, diff, list, text, units};
use crate::support;
use crate::support::sandbox::Sandbox;

/// What stands in revisions/2/ is taken instead of the round's own files, `revises` and all.
#[test]
fn a_prepared_amendment_is_looked_at() {
    let sandbox = Sandbox::closed(2);
    let folder = "rounds/2026-01";
    let round = sandbox.read(&format!("{folder}/round.json"));
    let round = round.replacen("\"format\": 1,", "\"format\": 1,\n  \"revises\": {\"revision\": 1},", 1);
    sandbox.write(&format!("{folder}/revisions/2/round.json"), &round);
    sandbox.write(&format!("{folder}/revisions/2/reason.md"), "A score was mistyped.\n");
    // Until something is corrected, only the file is another.
    let difference = diff(&sandbox, &["2026-01"]);
    assert_eq!(list(&difference["settings"]).len(), 0, "{difference}");
    assert_eq!(list(&difference["recipients"]["changed"]).len(), 0);
    let changed = list(&difference["inputs"]["changed"]);
    assert_eq!((changed.len(), &changed[0]["file"]), (1, &"round.json".into()));
    assert_eq!(changed[0]["after"]["path"], format!("{folder}/revisions/2/round.json"));
    assert_eq!(changed[0]["after"]["sha256"], meed::files::sha256_hex(round.as_bytes()));

    let praise = sandbox.read(&format!("{folder}/praise.csv"));
    let corrected = praise.replace(
        "0x2222222222222222222222222222222222222222,4",
        "0x2222222222222222222222222222222222222222,8",
    );
    assert_ne!(praise, corrected);
    sandbox.write(&format!("{folder}/revisions/2/praise.csv"), corrected);
    sandbox.write(&format!("{folder}/revisions/2/round.json"), round.replace("\"100\"", "\"110\""));
    for args in [&["2026-01"][..], &["2026-01@1", "2026-01@worktree"]] {
        let difference = diff(&sandbox, args);
        check_laws(&difference);
        let settings = list(&difference["settings"]);
        assert_eq!((settings.len(), &settings[0]["after"]), (1, &"110".into()));
        let praise = &list(&difference["inputs"]["changed"])[0];
        assert_eq!((&praise["file"], &praise["owner"]), (&"praise.csv".into(), &"round".into()));
        assert_eq!(praise["after"]["path"], format!("{folder}/revisions/2/praise.csv"));
        assert_eq!(praise["rows"]["changed"][0]["cells"][0]["after"], "8");
        assert!(!list(&difference["recipients"]["changed"]).is_empty());
    }
    // A later revision stands for the one before, file by file.
    sandbox.write(&format!("{folder}/revisions/3/praise.csv"), &praise);
    let difference = diff(&sandbox, &["2026-01"]);
    let files: Vec<&str> =
        list(&difference["inputs"]["changed"]).iter().map(|it| text(&it["file"])).collect();
    assert_eq!(files, ["round.json"]);
}

/// Rounds 1 and 13 of the TEC: `praise.2.csv` in the folder of the closed round gives the differences
/// that the TEC paid, and the exact results of revision 2.
#[test]
fn the_second_praise_files_of_the_tec_give_what_it_paid() {
    let Some(folder) = support::conformance("the differences that the TEC paid for rounds 1 and 13") else {
        return;
    };
    for round in ["round-1", "round-13"] {
        let from = folder.join("tec").join(round);
        let sandbox = Sandbox::ledger();
        sandbox.write("ledger.json", support::ledger_json("TEC", 18, "{}"));
        for entry in fs::read_dir(&from).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_file() && !name.starts_with("exact-") && name != "praise.2.csv" {
                sandbox.write(&format!("rounds/{round}/{name}"), fs::read(&path).unwrap());
            }
        }
        sandbox.commit("Inputs");
        let _ = sandbox.close(&[]).ok();
        assert_eq!(diff(&sandbox, &[round])["equal"], true);
        sandbox.write(&format!("rounds/{round}/praise.2.csv"), fs::read(from.join("praise.2.csv")).unwrap());
        let difference = diff(&sandbox, &[round]);
        check_laws(&difference);
        let praise = &list(&difference["inputs"]["changed"])[0];
        assert_eq!(praise["file"], "praise.csv");
        assert_eq!(praise["before"]["path"], format!("rounds/{round}/praise.1.csv"));
        assert_eq!(praise["after"]["path"], format!("rounds/{round}/praise.2.csv"));
        assert_eq!(praise["rows"]["key"], "ID");

        // To the unit what the exact results of both revisions say.
        let exact = |revision: u32| -> BTreeMap<String, i128> {
            let bytes = fs::read(from.join(format!("exact-revision-{revision}.csv"))).unwrap();
            let table = Table::read("exact", &bytes, &["address", "total"]).unwrap();
            let rows = table.rows().filter(|row| !row.field("address").is_empty());
            rows.map(|row| (row.field("address").to_lowercase(), units(row.field("total")))).collect()
        };
        let (first, second) = (exact(1), exact(2));
        let mut told: BTreeMap<String, i128> = BTreeMap::new();
        for change in list(&difference["recipients"]["changed"]) {
            for (side, sign) in [("payees_before", -1), ("payees_after", 1)] {
                for payee in list(&change[side]).iter().filter(|payee| !payee["address"].is_null()) {
                    *told.entry(text(&payee["address"]).to_owned()).or_default() +=
                        sign * units(text(&payee["amount"]));
                }
            }
        }
        for address in first.keys().chain(second.keys()).chain(told.keys()) {
            let of = |side: &BTreeMap<String, i128>| side.get(address).copied().unwrap_or_default();
            assert_eq!(of(&told), of(&second) - of(&first), "{round}: {address}");
        }
        // What was published as the difference: new lines of the payout file.
        let published = from.join("published/praise_aragon_distribution.diff-1-2.csv");
        for line in fs::read_to_string(published).unwrap().lines() {
            let address = line.split(',').next().unwrap().to_lowercase();
            assert!(told.get(&address).is_some_and(|difference| *difference > 0), "{round}: {address}");
        }
        // Somebody who got an address is one person with the one who waited.
        let joined = list(&difference["recipients"]["changed"]).iter().filter(|it| {
            it["change"] == "changed"
                && list(&it["payees_before"]).iter().any(|payee| payee["address"] == Value::Null)
        });
        assert!(joined.count() > 0, "{round}");
    }
}

/// A ledger with three closed rounds, and an amendment of the first between the second and the third, put
/// there by hand: ten tokens less for Ada, from a pool of ten less.
fn amended() -> Sandbox {
    let sandbox = Sandbox::closed(3);
    let (first, second) = ("rounds/2026-01", "rounds/2026-01/revisions/2");
    let distribution = sandbox.read(&format!("{first}/results/distribution.csv"));
    let row = distribution.lines().find(|line| line.starts_with("Ada,")).unwrap();
    let total = row.rsplit(',').next().unwrap();
    let (whole, fraction) = total.split_once('.').unwrap();
    let less = format!("{}.{fraction}", whole.parse::<u32>().unwrap() - 10);
    let distribution = distribution.replace(row, &row.replace(total, &less));
    sandbox.write(&format!("{second}/results/distribution.csv"), &distribution);
    let praise = sandbox.read(&format!("{first}/praise.csv")).replace(",for work,5,3,", ",for work,3,3,");
    sandbox.write(&format!("{second}/praise.csv"), &praise);
    let round = sandbox.read(&format!("{first}/round.json")).replace("\"pool\": \"100\"", "\"pool\": \"90\"");
    let round = round.replacen("\"format\": 1,", "\"format\": 1, \"revises\": {\"revision\": 1},", 1);
    sandbox.write(&format!("{second}/round.json"), &round);

    let mut statement: Value =
        serde_json::from_str(&sandbox.read(&format!("{first}/results/statement.json"))).unwrap();
    let sha256 = |text: &str| Value::from(meed::files::sha256_hex(text.as_bytes()));
    for subject in statement["subject"].as_array_mut().unwrap() {
        if subject["name"] == "distribution.csv" {
            subject["digest"]["sha256"] = sha256(&distribution);
        }
    }
    let predicate = &mut statement["predicate"];
    (predicate["sequence"], predicate["revision"]) = (3.into(), 2.into());
    for input in predicate["inputs"].as_array_mut().unwrap() {
        for (name, content) in [("praise.csv", &praise), ("round.json", &round)] {
            if text(&input["name"]) == format!("{first}/{name}") {
                input["name"] = format!("{second}/{name}").into();
                input["digest"]["sha256"] = sha256(content);
                input["bytes"] = content.len().into();
            }
        }
    }
    // Differences: of the pool, and of what people are due. What waits of all rounds waits on.
    let waits = predicate["allocations"][0]["held"].clone();
    let figures = [
        [("declared", "-10"), ("pool", "-10"), ("held", "-10")],
        [("carried_in", ""), ("held", ""), ("pool", "0")],
    ];
    for (allocation, figures) in predicate["allocations"].as_array_mut().unwrap().iter_mut().zip(figures) {
        for name in super::FIGURES {
            allocation[name] = "0".into();
        }
        for (name, figure) in figures {
            allocation[name] = if figure.is_empty() { waits.clone() } else { figure.into() };
        }
    }
    sandbox.write(&format!("{second}/results/statement.json"), statement.to_string());
    let third = "rounds/2026-03/results/statement.json";
    sandbox.write(third, sandbox.read(third).replace("\"sequence\": 3,", "\"sequence\": 4,"));
    sandbox.commit("Amend by hand");
    sandbox
}

/// Two closed revisions: files are matched without the folder of the revision, the figures of the
/// amendment are added to those of the round, and the round alone is its last revision.
#[test]
fn closed_revisions_are_compared() {
    let sandbox = amended();
    let difference = diff(&sandbox, &["2026-01@1", "2026-01@2"]);
    check_laws(&difference);
    super::check_mirrored(&difference, &diff(&sandbox, &["2026-01", "2026-01@1"]));
    assert_eq!(difference["after"]["revision"], 2);
    let settings = list(&difference["settings"]);
    assert_eq!(
        (settings.len(), &settings[0]["before"], &settings[0]["after"]),
        (1, &"100".into(), &"90".into())
    );
    let inputs = list(&difference["inputs"]["changed"]);
    let files: Vec<&str> = inputs.iter().map(|it| text(&it["file"])).collect();
    assert_eq!(files, ["praise.csv", "round.json"]);
    assert_eq!(inputs[0]["after"]["path"], "rounds/2026-01/revisions/2/praise.csv");
    let cell = &inputs[0]["rows"]["changed"][0]["cells"][0];
    assert_eq!(
        (&cell["column"], &cell["before"], &cell["after"]),
        (&"SCORE 1".into(), &"5".into(), &"3".into())
    );
    let changed = list(&difference["recipients"]["changed"]);
    assert_eq!(
        (changed.len(), &changed[0]["recipient"], &changed[0]["difference"]),
        (1, &"Ada".into(), &"-10".into())
    );
    let praise = &difference["totals"]["allocations"][0];
    assert_eq!(praise["pool"], serde_json::json!({"before": "100", "after": "90", "difference": "-10"}));
    assert!(text(&difference["notes"][0]).contains("those of all its revisions"), "{difference}");
    // The work tree of an amended round has its corrections: the files of revision 2.
    let now = diff(&sandbox, &["2026-01"]);
    assert_eq!((&now["before"]["side"], list(&now["inputs"]["changed"]).len()), (&"2026-01@2".into(), 0));
    let error = sandbox.meed(&["diff", "2026-01@3"]).fails(2);
    assert!(error.contains("closed revisions of the round: 1 to 2"), "{error}");
}
