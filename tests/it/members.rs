//! members.csv, `meed held`, `meed members check`, and what `check` and `close` say has changed, with
//! the real program on a real repository. The laws of held balances stand in `held.rs`.

use serde_json::{Value, json};

use crate::support::sandbox::{Run, Sandbox};

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const CID: &str = "0xcccccccccccccccccccccccccccccccccccccccc";
const DAN: &str = "0xdddddddddddddddddddddddddddddddddddddddd";

#[track_caller]
fn json_of(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr))
}

/// Writes members.csv and commits it.
#[track_caller]
fn register(sandbox: &Sandbox, rows: &str) {
    sandbox.write("members.csv", format!("name,keys,address,from_round\n{rows}"));
    sandbox.commit("Change the members");
}

fn distribution(sandbox: &Sandbox, round: &str) -> String {
    sandbox.read(&format!("rounds/{round}/results/distribution.csv"))
}

/// What Cid waits for after one round, as carry.json has it.
#[track_caller]
fn held_of(sandbox: &Sandbox, round: &str) -> Vec<(String, String)> {
    let carry: Value =
        serde_json::from_str(&sandbox.read(&format!("rounds/{round}/results/carry.json"))).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    carry["held"].as_array().unwrap().iter().map(|held| (text(&held["key"]), text(&held["amount"]))).collect()
}

#[test]
fn held_amounts_are_released_to_the_address_of_the_register() {
    let sandbox = Sandbox::closed(2);
    let [(key, first), (_, second)] = &held_of(&sandbox, "2026-02")[..] else { panic!("two records") };
    assert_eq!(key, "id:acc-cid");
    register(&sandbox, &format!("Cid C.,id:acc-cid,{CID},2026-03\n"));
    sandbox.add_round("2026-03");
    let checked = sandbox.meed(&["check"]).ok();
    assert!(checked.contains("Cid C."), "{checked}");
    let _ = sandbox.close(&[]).ok();
    let table = distribution(&sandbox, "2026-03");
    let header = table.lines().next().unwrap();
    assert!(header.ends_with(",released,total"), "{header}");
    let row = table.lines().find(|line| line.starts_with("Cid C.,")).unwrap();
    let cells: Vec<&str> = row.split(',').collect();
    assert_eq!(&cells[1..4], [CID, "", "acc-cid"]);
    let units = |text: &str| {
        meed::amount::Amount::parse(text, 18, &meed::error::Place::file("t"), "a").unwrap().units()
    };
    assert_eq!(units(cells[cells.len() - 2]), units(first) + units(second));
    assert_eq!(held_of(&sandbox, "2026-03"), []);
    // The register is an input of this round, and of no round before it; changes of it later break nothing.
    let statement = sandbox.read("rounds/2026-03/results/statement.json");
    assert!(statement.contains("\"members.csv\""), "{statement}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    register(&sandbox, &format!("Cid C.,id:acc-cid,{DAN},\n"));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    sandbox.add_round("2026-04");
    let _ = sandbox.close(&[]).ok();
    let _ = sandbox.git(&["rm", "-q", "members.csv"]).ok();
    sandbox.commit("No members any more");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    assert!(distribution(&sandbox, "2026-04").contains(&format!("Cid C.,{DAN},,acc-cid,")));
    assert!(!distribution(&sandbox, "2026-04").contains("released"));
}

#[test]
fn held_amounts_are_released_to_the_address_that_inputs_give_to_the_account() {
    let sandbox = Sandbox::closed(1);
    sandbox.write_round("2026-02");
    let praise =
        sandbox.read("rounds/2026-02/praise.csv").replace("Cid,acc-cid,,", &format!("Cid,acc-cid,{CID},"));
    sandbox.write("rounds/2026-02/praise.csv", praise);
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    let table = distribution(&sandbox, "2026-02");
    assert!(table.contains(&format!("Cid,{CID},,acc-cid,")) && table.contains(",released,total"), "{table}");
    assert_eq!(held_of(&sandbox, "2026-02"), []);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn held_lists_who_waits_and_what_to_do() {
    let sandbox = Sandbox::closed(2);
    let run = sandbox.meed(&["held"]);
    let text = run.clone().ok();
    assert!(text.contains("Cid") && text.contains("id:acc-cid") && text.contains("2026-01  waits"), "{text}");
    assert!(text.contains("TOK held under 1 key\n"), "{text}");
    assert!(
        run.stderr.contains("add a row to members.csv") && run.stderr.contains("  Cid,id:acc-cid,0x...,"),
        "{}",
        run.stderr
    );
    let value = json_of(&sandbox.meed(&["held", "--format", "json"]));
    assert_eq!(value["symbol"], "TOK");
    let cid = &value["held"][0];
    assert_eq!(
        (&cid["key"], &cid["since"], &cid["address"]),
        (&json!("id:acc-cid"), &json!("2026-01"), &Value::Null)
    );
    assert_eq!(cid["amounts"].as_array().unwrap().len(), 2);
    assert_eq!(cid["amount"], value["total"]);
    assert_eq!(cid["amounts"][0]["expires_with"], Value::Null);
    let table = sandbox.meed(&["held", "--format", "csv"]).ok();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["name", "key", "accounts", "amount", "round", "address"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!([&rows[1][0], &rows[1][1], &rows[1][4]], ["Cid", "id:acc-cid", "2026-02"]);
    // With an address the next closing pays.
    let mut ledger = sandbox.read("ledger.json");
    ledger = ledger.replacen('{', "{\n  \"held_expiry_rounds\": 3,", 1);
    sandbox.write("ledger.json", &ledger);
    sandbox.commit("Amounts expire");
    let text = sandbox.meed(&["held"]).ok();
    assert!(text.contains("waits; expires from statement 4 on"), "{text}");
    register(&sandbox, &format!("Cid,id:acc-cid,{CID},\n"));
    let run = sandbox.meed(&["held"]);
    assert!(
        run.stdout.contains(&format!("paid to {CID} with the next closing")) && run.stderr.is_empty(),
        "{run:?}"
    );
    assert!(
        sandbox
            .meed(&["check", "--format", "csv"])
            .fails(2)
            .contains("--format csv: this command has no table")
    );
    // Nothing held is said as such.
    let empty = Sandbox::ledger();
    let run = empty.meed(&["held"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", "nothing is held\n"));
    assert_eq!(json_of(&empty.meed(&["held", "--format", "json"]))["held"], json!([]));
}

/// What a closing will not release is not announced as paid.
#[test]
fn held_announces_no_payment_to_one_of_two_addresses() {
    let sandbox = Sandbox::ledger();
    register(&sandbox, "Cid,id:1|id:2,,\n");
    let round = json!({
        "format": 1, "period": {"start": "2026-01-01", "end": "2026-01-31"},
        "allocations": [{
            "name": "hours", "method": "weighted-v1", "pool": "9", "inputs": {"table": "hours.csv"},
            "settings": {"account": "account", "weights": [{"column": "w"}]},
        }],
    });
    sandbox.write("rounds/2026-01/round.json", round.to_string());
    sandbox.write("rounds/2026-01/hours.csv", "recipient,account,w\nCid,1,1\nDan,2,2\n");
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    assert_eq!(held_of(&sandbox, "2026-01"), [("id:1".to_owned(), "9".to_owned())]);
    register(&sandbox, &format!("Cid,id:1|id:2,,\nCid,-id:2,{CID},2026-02\nDan,id:2,{DAN},2026-02\n"));
    let text = sandbox.meed(&["held"]).ok();
    assert!(text.contains(&format!("waits: members.csv gives {CID} and {DAN}")), "{text}");
    let held = &json_of(&sandbox.meed(&["held", "--format", "json"]))["held"][0];
    assert_eq!((&held["address"], &held["addresses"]), (&Value::Null, &json!([CID, DAN])));
    let table = sandbox.meed(&["held", "--format", "csv"]).ok();
    assert!(table.ends_with(",1 2,9,2026-01,\n"), "{table}");
}

#[test]
fn expiry_returns_what_nobody_came_for() {
    let sandbox = Sandbox::ledger();
    let ledger = sandbox.read("ledger.json").replacen('{', "{\n  \"held_expiry_rounds\": 2,", 1);
    sandbox.write("ledger.json", ledger);
    for month in 1..=3 {
        sandbox.add_round(&format!("2026-0{month}"));
        let run = sandbox.close(&[]);
        assert_eq!(run.stderr.contains("it expires with the next closing"), month > 1, "{}", run.stderr);
        assert_eq!(run.status, 0);
    }
    let expired = sandbox.read("rounds/2026-03/results/report/tables/held_expired.csv");
    assert_eq!(expired.lines().count(), 2, "{expired}");
    assert!(expired.contains("Cid,id:acc-cid,") && expired.ends_with(",2026-01\n"), "{expired}");
    let rounds: Vec<(String, String)> = held_of(&sandbox, "2026-03");
    assert_eq!(rounds.len(), 2);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    for wrong in ["0", "-1", "1.5", "\"2\"", "1000001"] {
        let text = sandbox.read("ledger.json").replacen(
            "\"held_expiry_rounds\": 2",
            &format!("\"held_expiry_rounds\": {wrong}"),
            1,
        );
        let copy = sandbox.copy();
        copy.write("ledger.json", text);
        copy.commit("Wrong expiry");
        assert!(copy.meed(&["held"]).fails(2).starts_with("error: ledger.json"), "{wrong}");
    }
}

/// The work tree's register counts as the round's files do: not before it is committed.
#[test]
fn close_refuses_a_register_that_is_not_committed() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    sandbox.write("members.csv", format!("name,keys,address\nCid,id:acc-cid,{CID}\n"));
    let error = sandbox.close(&[]).fails(2);
    assert!(error.starts_with("error: members.csv: differs from the commit"), "{error}");
    let checked = sandbox.meed(&["check", "--worktree"]).ok();
    assert!(checked.contains("members.csv: Cid: address 0xcc") && checked.contains(CID), "{checked}");
    assert!(!sandbox.meed(&["check"]).ok().contains("0xcc"));
    let _ = sandbox.close(&["--committed"]).ok();
    assert!(!distribution(&sandbox, "2026-02").contains("released"));
}

/// The cheapest theft is an address edited just before a close.
#[test]
fn what_changed_since_the_last_statement_is_told() {
    let sandbox = Sandbox::ledger();
    register(&sandbox, &format!("heron,id:h|name:heron,{ADA},\nwren,id:w,,\n"));
    sandbox.write("templates/page.html", "<p>one</p>");
    sandbox.write("templates/old.html", "<p>old</p>");
    sandbox.add_round("2026-01");
    assert!(!sandbox.meed(&["check"]).ok().contains("changed since"), "before the first statement");
    let _ = sandbox.close(&[]).ok();
    sandbox.add_round("2026-02");
    let quiet = sandbox.meed(&["check"]);
    assert!(!quiet.stdout.contains("changed since") && quiet.stderr.is_empty(), "{quiet:?}");
    let value = json_of(&sandbox.meed(&["check", "--format", "json"]));
    assert_eq!(value[0]["changes"]["changes"], json!([]));
    assert_eq!(value[0]["changes"]["since"]["round"], "2026-01");

    register(&sandbox, &format!("heron,id:h|id:x,{DAN},\nwren,id:w,,\nrail,name:rail,,2026-02\n"));
    sandbox.write("templates/page.html", "<p>two</p>");
    let _ = sandbox.git(&["rm", "-q", "templates/old.html"]).ok();
    let ledger = sandbox.read("ledger.json").replacen('{', "{\n  \"held_expiry_rounds\": 9,", 1);
    sandbox.write("ledger.json", ledger);
    sandbox.commit("Changes");
    sandbox.new_key("steward", "ed25519", "steward@example.org");
    let (public, key) = (sandbox.key("steward.pub"), sandbox.key("treasurer"));
    let _ = sandbox.meed(&["signers", "add", &public, "--key", &key]).ok();
    let commit = sandbox.git_ok(&["log", "--format=%h", "--abbrev=10", "--grep=^Close 2026-01"]);
    let lines = [
        format!("changed since statement 1 (2026-01, commit {commit}):"),
        format!("  members.csv: heron: address {ADA} -> {DAN}"),
        "  members.csv: heron: key id:x added".to_owned(),
        "  members.csv: heron: key name:heron removed".to_owned(),
        "  members.csv: rail from 2026-02 on: key name:rail added".to_owned(),
        "  templates: templates/old.html: content ".to_owned(),
        "  templates: templates/page.html: content ".to_owned(),
        "  ledger.json: held_expiry_rounds: value 9 added".to_owned(),
        "  allowed_signers: steward@example.org: key SHA256:".to_owned(),
    ];
    let starts = |text: &str| {
        let told: Vec<&str> =
            text.lines().skip_while(|line| !line.starts_with("changed since")).take(lines.len()).collect();
        told.len() == lines.len()
            && told.iter().zip(&lines).all(|(told, line)| told.starts_with(line.as_str()))
    };
    let checked = sandbox.meed(&["check"]).ok();
    assert!(starts(&checked), "{checked}");
    let worktree = sandbox.meed(&["check", "--worktree"]).ok();
    assert!(starts(&worktree), "{worktree}");
    let dry = sandbox.close(&["--dry-run"]).ok();
    assert!(starts(&dry), "{dry}");
    let value = json_of(&sandbox.meed(&["check", "--format", "json"]));
    let expected =
        json!({"file": "members.csv", "subject": "heron", "field": "address", "before": ADA, "after": DAN});
    assert_eq!(value[0]["changes"]["changes"][0], expected);
    let closed = sandbox.close(&["--format", "json"]);
    assert_eq!(json_of(&closed)[0]["changes"]["changes"][0], expected);
    assert!(starts(&closed.stderr), "{}", closed.stderr);
    sandbox.add_round("2026-03");
    assert!(!sandbox.meed(&["check"]).ok().contains("changed since"));
}

/// A change that leaves every row as it was, and one that nobody can read, are told as a whole.
#[test]
fn a_change_is_never_silent() {
    let sandbox = Sandbox::ledger();
    register(&sandbox, &format!("heron,id:h,{ADA},\n"));
    sandbox.add_round("2026-01");
    let _ = sandbox.close(&[]).ok();
    sandbox.add_round("2026-02");
    sandbox.write(
        "members.csv",
        format!("name,keys,address\n\nheron,id:h,{}\n", ADA.to_uppercase().replace("0X", "0x")),
    );
    sandbox.commit("Spelled otherwise");
    let text = sandbox.meed(&["check"]).ok();
    assert!(text.contains("  members.csv: the file: content "), "{text}");
    let _ = sandbox.git(&["rm", "-q", "members.csv"]).ok();
    sandbox.commit("No members");
    let text = sandbox.meed(&["check"]).ok();
    assert!(text.contains(&format!("  members.csv: heron: address {ADA} removed\n")), "{text}");
    // A clone that is cut off before the last close says what it cannot tell.
    let shallow = sandbox.path("shallow");
    let url = format!("file://{}", sandbox.at("").display());
    let _ = sandbox.git(&["clone", "-q", "--depth", "1", &url, shallow.to_str().unwrap()]).ok();
    let run = sandbox.meed(&["--ledger", shallow.to_str().unwrap(), "check"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("since statement 1 cannot be told"), "{}", run.stderr);
}

#[test]
fn members_check_finds_what_to_look_at() {
    let sandbox = Sandbox::closed(1);
    register(&sandbox, &format!("Quill,name:Quill,,\nheron,id:h,{DAN},2026-12\n"));
    sandbox.write_round("2026-02");
    let folder = "rounds/2026-02";
    let round = sandbox.read(&format!("{folder}/round.json")).replacen(
        "\"allocations\": [",
        r#""allocations": [{"name": "hours", "method": "weighted-v1", "pool": "9", "inputs": {"table": "hours.csv"}, "settings": {"weights": [{"column": "w"}]}},"#,
        1,
    );
    sandbox.write(&format!("{folder}/round.json"), round);
    let hours = format!(
        "recipient,address,w\nH\u{435}ron#0042,,1\nBeatrix,{},1\ncid,,1\nqu\u{1d0}ll,,1\n",
        "0x".to_owned() + &"b".repeat(40)
    );
    sandbox.write(&format!("{folder}/hours.csv"), hours);
    sandbox.commit("Inputs");
    let run = sandbox.meed(&["members", "check", "--format", "json"]);
    assert_eq!(run.status, 0, "{run:?}");
    let value = json_of(&run);
    let of = |kind: &str| -> Vec<&Value> {
        value.as_array().unwrap().iter().filter(|finding| finding["kind"] == kind).collect()
    };
    let unowned: Vec<(&str, usize)> = of("unowned")
        .iter()
        .map(|found| (found["keys"][0].as_str().unwrap(), found["places"].as_array().unwrap().len()))
        .collect();
    assert!(unowned.contains(&("id:acc-cid", 2)) && unowned.contains(&("name:cid", 1)), "{unowned:?}");
    assert!(!unowned.contains(&("name:Quill", 1)));
    let alike: Vec<&Value> = of("near-duplicate").iter().map(|found| &found["names"]).collect();
    assert!(alike.contains(&&json!(["Cid", "cid"])), "{alike:?}");
    assert!(alike.contains(&&json!(["H\u{435}ron#0042", "heron"])), "{alike:?}");
    let two = of("address-two-names");
    assert_eq!(two.len(), 1, "{value}");
    assert_eq!(two[0]["names"], json!(["Bea", "Beatrix"]));
    assert_eq!(of("round-unknown")[0]["places"], json!(["members.csv:3"]));
    assert_eq!(of("address-differs").len(), 0);
    let text = sandbox.meed(&["members", "check"]).ok();
    assert!(
        text.contains("look alike") && text.contains("nobody's") && text.ends_with(" findings\n"),
        "{text}"
    );

    register(&sandbox, &format!("Ada,id:acc-ada,{DAN},\n"));
    let value = json_of(&sandbox.meed(&["members", "check", "--format", "json"]));
    let differs: Vec<&Value> =
        value.as_array().unwrap().iter().filter(|finding| finding["kind"] == "address-differs").collect();
    assert_eq!(differs.len(), 1, "{value}");
    assert!(
        differs[0]["message"]
            .as_str()
            .unwrap()
            .starts_with(&format!("the inputs give {ADA}, members.csv gives {DAN}"))
    );
    assert!(sandbox.meed(&["check"]).fails(2).contains("comes with address"));
    // What cannot be read is an error.
    register(&sandbox, "heron,h,,\n");
    assert!(sandbox.meed(&["members", "check"]).fails(2).starts_with("error: members.csv:2: "));
    let empty = Sandbox::ledger();
    let run = empty.meed(&["members", "check"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
}

/// Names that would play with a terminal or a spreadsheet.
#[test]
fn hostile_names_are_shown_safely() {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-01");
    let evil = "=HYPERLINK(1)\u{202e}\u{7}<b>";
    let praise = sandbox
        .read("rounds/2026-01/praise.csv")
        .replace(",Cid,acc-cid,", &format!(",{evil},acc-\u{202e}cid,"));
    sandbox.write("rounds/2026-01/praise.csv", praise);
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    for args in [&["held"][..], &["members", "check"]] {
        let run = sandbox.meed(args);
        assert_eq!(run.status, 0, "{run:?}");
        let hidden = |character: char| character != '\n' && meed::error::visible(character) != character;
        assert!(!run.stdout.contains(hidden) && !run.stderr.contains(hidden), "{run:?}");
    }
    let table = sandbox.meed(&["held", "--format", "csv"]).ok();
    assert!(table.contains("\n'=HYPERLINK"), "{table}");
}
