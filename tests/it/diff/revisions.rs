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
