//! `meed diff` from outside: two rounds, two states of a round, and the laws that differences of money
//! keep, held against the committed files as another reader finds them.

mod comments;
mod revisions;
mod work_tree;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use meed::tables::Table;
use serde_json::Value;

use crate::support::sandbox::Sandbox;
use crate::support::stage::listing;
use crate::support::{EXAMPLE_REVISIONS, EXAMPLE_ROUNDS};

/// Decimals of the tokens in these tests.
const DECIMALS: usize = 18;
/// The figures of an allocation.
const FIGURES: [&str; 8] =
    ["declared", "pool", "carried_in", "brought_in", "paid", "held", "kept", "unallocated"];

/// `meed diff --format json` with these arguments.
#[track_caller]
fn diff(sandbox: &Sandbox, args: &[&str]) -> Value {
    let text = sandbox.meed(&[&["diff", "--format", "json"], args].concat()).ok();
    serde_json::from_str(&text).unwrap()
}

/// A decimal of token units in smallest units, sign and all.
#[track_caller]
fn units(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(fraction.len() <= DECIMALS && !digits.starts_with(['+', '-']), "{text}");
    sign * format!("{whole}{fraction:0<DECIMALS$}").parse::<i128>().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// Before, after and difference of a figure, which must add up.
#[track_caller]
fn figure(value: &Value) -> (i128, i128, i128) {
    let [before, after, difference] = ["before", "after", "difference"].map(|side| units(text(&value[side])));
    assert_eq!(after - before, difference, "{value}");
    (before, after, difference)
}

/// What each payee (address, else key) gets in a committed distribution.
fn committed(folder: &Path, round: &str) -> BTreeMap<String, i128> {
    let revision = EXAMPLE_REVISIONS.iter().find(|(amended, _)| *amended == round);
    let beside = revision.map_or(String::new(), |(_, number)| format!("revisions/{number}/"));
    let path = folder.join(format!("rounds/{round}/{beside}results/distribution.csv"));
    let bytes = fs::read(path).unwrap();
    let table = Table::read("d", &bytes, &["address", "key", "total"]).unwrap();
    let payee =
        |address: &str, key: &str| if address.is_empty() { key.to_owned() } else { address.to_owned() };
    table
        .rows()
        .map(|row| (payee(row.field("address"), row.field("key")), units(row.field("total"))))
        .collect()
}

/// The laws that hold for any two sides.
#[track_caller]
fn check_laws(difference: &Value) {
    let recipients = &difference["recipients"];
    let changed = list(&recipients["changed"]);
    let (_, _, all) = figure(&recipients["total"]);
    let sum: i128 = changed.iter().map(|change| figure(change).2).sum();
    assert_eq!(sum, all, "the recipients' differences are the difference of their sums");
    let sizes: Vec<i128> = changed.iter().map(|change| figure(change).2.abs()).collect();
    assert!(sizes.is_sorted_by(|left, right| left >= right), "{sizes:?}");
    for change in changed {
        let (before, after, _) = figure(change);
        for (side, amount) in [("payees_before", before), ("payees_after", after)] {
            let payees = list(&change[side]);
            let sum: i128 = payees.iter().map(|payee| units(text(&payee["amount"]))).sum();
            assert_eq!(sum, amount, "{change}");
            assert!(payees.iter().all(|payee| payee["address"].is_null() != payee["key"].is_null()));
        }
        let is_there = |side: &str| !list(&change[side]).is_empty();
        let expected = match (is_there("payees_before"), is_there("payees_after")) {
            (true, true) => "changed",
            (true, false) => "removed",
            _ => "added",
        };
        assert_eq!(change["change"], expected);
    }
    let is_first = |side: &str| difference[side]["revision"].as_u64().is_none_or(|revision| revision == 1);
    let released = |side: &str, paid: i128| if is_first(side) { paid } else { 0 };
    // Recipients get what is paid and what is newly held: all but what the row `held` holds.
    let totals = &difference["totals"];
    let mut sums = BTreeMap::new();
    let mut got = 0;
    for allocation in list(&totals["allocations"]) {
        for name in FIGURES {
            *sums.entry(name).or_insert(0) += figure(&allocation[name]).2;
        }
        let (before, after, difference) = figure(&allocation["paid"]);
        got += match allocation["name"].as_str() {
            // What a revision releases stands in its adjustments.
            Some("held") => released("after", after) - released("before", before),
            _ => difference + figure(&allocation["held"]).2,
        };
    }
    assert_eq!(got, all, "recipients and allocations differ alike");
    for name in FIGURES {
        assert_eq!(figure(&totals["total"][name]).2, sums[name], "{name}");
    }
    // pool + carried in + brought in = paid + held + kept + unallocated, of differences too.
    let left = sums["pool"] + sums["carried_in"] + sums["brought_in"];
    assert_eq!(left, sums["paid"] + sums["held"] + sums["kept"] + sums["unallocated"]);
    let is_empty = list(&difference["settings"]).is_empty()
        && list(&difference["inputs"]["changed"]).is_empty()
        && changed.is_empty()
        && totals["change"] == "same";
    assert_eq!(difference["equal"], is_empty);
}

/// One difference is the other seen from behind.
#[track_caller]
fn check_mirrored(forth: &Value, back: &Value) {
    let negated = |text: &str| match text.strip_prefix('-') {
        Some(digits) => digits.to_owned(),
        None if text == "0" => text.to_owned(),
        None => format!("-{text}"),
    };
    let turned = |figure: &Value| {
        [
            text(&figure["after"]).to_owned(),
            text(&figure["before"]).to_owned(),
            negated(text(&figure["difference"])),
        ]
    };
    let straight =
        |figure: &Value| ["before", "after", "difference"].map(|side| text(&figure[side]).to_owned());
    let people = |difference: &Value| list(&difference["recipients"]["changed"]).clone();
    assert_eq!(people(forth).len(), people(back).len());
    for (one, other) in people(forth).iter().zip(people(back)) {
        assert_eq!(turned(one), straight(&other));
        assert_eq!(
            (&one["payees_before"], &one["payees_after"]),
            (&other["payees_after"], &other["payees_before"])
        );
    }
    let sums = |difference: &Value| -> BTreeMap<String, Value> {
        let allocations = list(&difference["totals"]["allocations"]).iter();
        allocations.map(|it| (text(&it["name"]).to_owned(), it.clone())).collect()
    };
    let (one, other) = (sums(forth), sums(back));
    assert!(one.keys().eq(other.keys()));
    for (name, allocation) in &one {
        for figure in FIGURES {
            assert_eq!(turned(&allocation[figure]), straight(&other[name][figure]), "{name}: {figure}");
        }
    }
    let settings = |difference: &Value, sides: [&str; 2]| -> BTreeMap<(String, String), [Value; 2]> {
        let name = |it: &Value| (text(&it["subject"]).to_owned(), text(&it["field"]).to_owned());
        let changes = list(&difference["settings"]).iter();
        changes.map(|it| (name(it), sides.map(|side| it[side].clone()))).collect()
    };
    assert_eq!(settings(forth, ["before", "after"]), settings(back, ["after", "before"]));
    let files = |difference: &Value, sides: [&str; 2]| -> Vec<[Value; 3]> {
        let changes = list(&difference["inputs"]["changed"]).iter();
        changes.map(|it| [it["file"].clone(), it[sides[0]].clone(), it[sides[1]].clone()]).collect()
    };
    assert_eq!(files(forth, ["before", "after"]), files(back, ["after", "before"]));
    let rows = |difference: &Value, kinds: [&str; 2]| -> Vec<[usize; 3]> {
        let tables = list(&difference["inputs"]["changed"]).iter().filter(|it| !it["rows"].is_null());
        let count = |it: &Value, kind: &str| list(&it["rows"][kind]).len();
        tables.map(|it| [count(it, kinds[0]), count(it, kinds[1]), count(it, "changed")]).collect()
    };
    assert_eq!(rows(forth, ["added", "removed"]), rows(back, ["removed", "added"]));
}

/// All pairs of the example's rounds: what is told is what the committed distributions say, and the laws
/// hold.
#[test]
fn closed_rounds_differ_as_their_results_do() {
    let (sandbox, folder) = Sandbox::example();
    let before = listing(&sandbox);
    for (place, first) in EXAMPLE_ROUNDS.iter().enumerate() {
        for second in &EXAMPLE_ROUNDS[place..] {
            let forth = diff(&sandbox, &[first, second]);
            check_laws(&forth);
            check_mirrored(&forth, &diff(&sandbox, &[second, first]));
            let (old, new) = (committed(&folder, first), committed(&folder, second));
            let mut told: BTreeMap<String, i128> = BTreeMap::new();
            for change in list(&forth["recipients"]["changed"]) {
                for (side, sign) in [("payees_before", -1), ("payees_after", 1)] {
                    for payee in list(&change[side]) {
                        let name = payee["address"].as_str().or(payee["key"].as_str()).unwrap();
                        *told.entry(name.to_owned()).or_default() += sign * units(text(&payee["amount"]));
                    }
                }
            }
            let payees = old.keys().chain(new.keys());
            for payee in payees {
                let of = |side: &BTreeMap<String, i128>| side.get(payee).copied().unwrap_or_default();
                assert_eq!(told.get(payee).copied().unwrap_or_default(), of(&new) - of(&old), "{payee}");
            }
            assert_eq!(forth["equal"], first == second);
        }
    }
    assert_eq!(before, listing(&sandbox), "something was written");
    settings_and_rows_of_the_example(&sandbox);
}

/// May and June of the example: an allocation comes, one goes, a pool changes, rows come.
fn settings_and_rows_of_the_example(sandbox: &Sandbox) {
    let difference = diff(sandbox, &["2026-05", "2026-06"]);
    let setting = |subject: &str, field: &str| -> [Option<&str>; 2] {
        let is_it = |it: &&Value| it["subject"] == subject && it["field"] == field;
        let found =
            list(&difference["settings"]).iter().find(is_it).unwrap_or_else(|| panic!("{subject} {field}"));
        [found["before"].as_str(), found["after"].as_str()]
    };
    assert_eq!(setting("allocation fund", "pool"), [Some("5000"), Some("0")]);
    assert_eq!(setting("the round", "first day of the period"), [Some("2026-05-01"), Some("2026-06-01")]);
    assert_eq!(setting("allocation grain", "the allocation itself"), [None, Some("there")]);
    assert_eq!(setting("allocation drop", "method"), [Some("airdrop-v1"), None]);
    assert_eq!(setting("allocation drop", "setting pools 2 categories 1 reward"), [Some("holder"), None]);
    let input = |file: &str| {
        let is_it = |it: &&Value| it["file"] == file;
        list(&difference["inputs"]["changed"]).iter().find(is_it).unwrap_or_else(|| panic!("{file}"))
    };
    assert_eq!(input("holders/0-block-1000000.csv")["change"], "removed");
    assert_eq!(input("cred.csv")["change"], "added");
    let rows = &input("proposals.csv")["rows"];
    assert_eq!((&rows["key"], &rows["unchanged"]), (&"proposal".into(), &3.into()));
    assert_eq!((&rows["removed"][0]["key"], &rows["added"][0]["key"]), (&"signs".into(), &"hut".into()));
    // A table without a key: whole rows.
    assert!(input("holdings.csv")["rows"]["key"].is_null());
    assert_eq!(list(&input("holdings.csv")["rows"]["added"]).len(), 1);
    let allocation = |name: &str| {
        let is_it = |it: &&Value| it["name"] == name;
        list(&difference["totals"]["allocations"]).iter().find(is_it).unwrap()
    };
    assert_eq!(
        (&allocation("drop")["change"], &allocation("grain")["change"]),
        (&"removed".into(), &"added".into())
    );
    assert_eq!(list(&difference["totals"]["allocations"]).last().unwrap()["name"], "held");
    // ledger.json is a file of the ledger, and the round's own members.csv is not the ledger's.
    let april = diff(sandbox, &["2026-03", "2026-04"]);
    let own = list(&april["inputs"]["changed"]).iter().find(|it| it["file"] == "members.csv").unwrap();
    assert_eq!((&own["owner"], &own["change"]), (&"round".into(), &"added".into()));
}

/// Keys and kinds of values, for programs.
#[test]
fn the_json_has_its_shape() {
    let sandbox = Sandbox::closed(2);
    let difference = diff(&sandbox, &["2026-01", "2026-02@1"]);
    let keys = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        keys(&difference),
        ["before", "after", "symbol", "equal", "settings", "inputs", "recipients", "totals", "notes"]
    );
    assert_eq!(
        difference["after"],
        serde_json::json!({"side": "2026-02@1", "round": "2026-02", "revision": 1, "state": "closed"})
    );
    assert_eq!(difference["symbol"], "TOK");
    let settings = list(&difference["settings"]);
    assert_eq!(settings.len(), 2);
    assert_eq!(
        settings[0],
        serde_json::json!({
            "file": "round.json", "subject": "the round", "field": "first day of the period",
            "pointer": "/period/start", "before": "2026-01-01", "after": "2026-02-01"
        })
    );
    let praise = &difference["inputs"]["changed"][0];
    assert_eq!(keys(praise), ["file", "owner", "change", "before", "after", "rows", "note"]);
    assert_eq!(praise["before"]["path"], "rounds/2026-01/praise.csv");
    let bytes = sandbox.read("rounds/2026-01/praise.csv");
    assert_eq!(praise["before"]["sha256"], meed::files::sha256_hex(bytes.as_bytes()));
    assert_eq!(praise["before"]["bytes"], bytes.len());
    let rows = &praise["rows"];
    assert_eq!(
        keys(rows),
        ["key", "columns_added", "columns_removed", "unchanged", "added", "removed", "changed"]
    );
    assert_eq!(rows["key"], "ID");
    assert_eq!(rows["added"][0]["cells"][0], serde_json::json!({"column": "ID", "value": "p-02-1"}));
    // The same scores, so everybody gets the same again, but a unit may fall elsewhere.
    assert_eq!(difference["recipients"]["before"], 6);
    let (_, after, all) = figure(&difference["recipients"]["total"]);
    assert_eq!((after, all), (100 * 10_i128.pow(18), 0));
    check_laws(&difference);
}

/// One sentence for equal sides; `--exit-code` is that of `git diff`; tables show the first rows.
#[test]
fn equal_sides_are_one_sentence_and_the_status_can_tell() {
    let sandbox = Sandbox::closed(2);
    for args in [&["2026-01", "2026-01"][..], &["2026-01", "2026-01@1"], &["2026-02"], &["2026-02@worktree"]]
    {
        let text = sandbox.meed(&[&["diff", "--exit-code"], args].concat()).ok();
        assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
        assert!(text.contains(" are equal: "), "{args:?}: {text}");
        assert_eq!(diff(&sandbox, args)["equal"], true);
        let markdown = sandbox.meed(&[&["diff", "--format", "markdown"], args].concat()).ok();
        assert_eq!(markdown.lines().count(), 1, "{args:?}: {markdown}");
    }
    let text = sandbox.meed(&["diff", "2026-01", "2026-02"]).ok();
    assert!(text.starts_with("2026-01 (closed, revision 1) -> 2026-02 (closed, revision 1)\n"), "{text}");
    let run = sandbox.meed(&["diff", "--exit-code", "2026-01", "2026-02"]);
    assert_eq!((run.status, run.stdout, run.stderr.as_str()), (1, text, ""));
    for format in ["json", "markdown"] {
        let run = sandbox.meed(&["diff", "--exit-code", "2026-01", "2026-02", "--format", format]);
        assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    }
    // Only this command prints Markdown so, and no CSV.
    let error = sandbox.meed(&["check", "--format", "markdown"]).fails(2);
    assert!(error.contains("--format markdown: this command prints no Markdown so"), "{error}");
    assert!(sandbox.meed(&["diff", "2026-01", "--format", "csv"]).fails(2).contains("--format csv"));
    // An older commit knows nothing of the second round.
    let error = sandbox.meed(&["diff", "2026-01", "2026-02", "--rev", "HEAD~2"]).fails(2);
    assert!(error.contains("there is no round `2026-02`"), "{error}");
}

/// A committed result that somebody changed is not compared as if nothing were.
#[test]
fn changed_results_are_refused() {
    let sandbox = Sandbox::closed(2);
    let path = "rounds/2026-01/results/distribution.csv";
    sandbox.write(path, sandbox.read(path).replacen("Ada", "Eve", 1));
    sandbox.commit("Change a result");
    let error = sandbox.meed(&["diff", "2026-01", "2026-02"]).fails(2);
    assert!(error.contains("does not have the digest that its statement gives"), "{error}");
}

/// Files of the ledger may change after a round: compared is what was read then.
#[test]
fn inputs_are_those_of_the_closing() {
    let sandbox = Sandbox::closed(1);
    let ledger = sandbox.read("ledger.json").replace("\"display_decimals\": 2", "\"display_decimals\": 4");
    assert_ne!(ledger, sandbox.read("ledger.json"));
    sandbox.write("ledger.json", ledger);
    sandbox.write("members.csv", "name,keys,address\nCid,id:acc-cid,\n");
    sandbox.add_round("2026-02");
    let _ = sandbox.close(&[]).ok();
    sandbox.write("members.csv", "name,keys,address\n");
    sandbox.write(
        "ledger.json",
        sandbox.read("ledger.json").replace("\"display_decimals\": 4", "\"display_decimals\": 6"),
    );
    sandbox.commit("Change the ledger again");
    let difference = diff(&sandbox, &["2026-01", "2026-02"]);
    let display = list(&difference["settings"]).iter().find(|it| it["subject"] == "the ledger").unwrap();
    assert_eq!(
        (&display["field"], &display["pointer"]),
        (&"display_decimals".into(), &"/display_decimals".into())
    );
    assert_eq!((&display["before"], &display["after"]), (&"2".into(), &"4".into()));
    let members =
        list(&difference["inputs"]["changed"]).iter().find(|it| it["file"] == "members.csv").unwrap();
    assert_eq!((&members["owner"], &members["change"]), (&"ledger".into(), &"added".into()));
    check_laws(&difference);
}
