//! `meed amend` through the program: real commits, real signatures, nothing that was there touched.

use crate::support::sandbox::Sandbox;

const REVISION: &str = "rounds/2026-01/revisions/2";
const CID: &str = "0xcccccccccccccccccccccccccccccccccccccccc";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A ledger with two closed rounds and a prepared revision of the first.
fn prepared() -> Sandbox {
    let sandbox = Sandbox::closed(2);
    sandbox.correct("2026-01", 2);
    sandbox
}

fn json(sandbox: &Sandbox, args: &[&str]) -> serde_json::Value {
    let run = sandbox.meed(&[args, &["--format", "json"]].concat());
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn an_amendment_is_two_signed_commits_that_only_add() {
    let sandbox = prepared();
    let before = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let said = sandbox.amend("2026-01", &[]).ok();
    assert!(said.starts_with("amended 2026-01 (revision 2): "), "{said}");
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.git_ok(&["rev-list", "--count", &format!("{before}..HEAD")]), "2");
    for rev in ["HEAD", "HEAD~1"] {
        let allowed = format!("gpg.ssh.allowedSignersFile={}", sandbox.at("allowed_signers").display());
        let _ = sandbox.git(&["-c", &allowed, "verify-commit", rev]).ok();
    }
    let changes = sandbox.git_ok(&["diff", "--name-status", &before, "HEAD"]);
    let added = changes.lines().map(|line| line.strip_prefix("A\t").unwrap()).collect::<Vec<_>>();
    assert!(added.iter().all(|path| path.starts_with(&format!("{REVISION}/"))), "{changes}");
    assert_eq!(sandbox.read(&format!("{REVISION}/reason.md")), "A score was mistyped.\n");
    let message = sandbox.git_ok(&["log", "-1", "--format=%B"]);
    assert!(
        message.starts_with("Amend 2026-01: ") && message.contains("\nRevision: 2\nSequence: 3\n"),
        "{message}"
    );
    assert!(!message.contains("mistyped"), "a reason is text of people: {message}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let verified = json(&sandbox, &["verify"]);
    assert_eq!(verified["statements"][2]["revision"], 2);
    // The round stays closed, and a second time there is nothing prepared.
    let again = sandbox.amend("2026-01", &[]).fails(2);
    assert!(again.contains("nothing is prepared for revision 3"), "{again}");
    sandbox.correct("2026-01", 3);
    let _ = sandbox.amend("2026-01", &[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn adjustments_say_who_gets_more_who_got_too_much_and_who_is_paid() {
    let sandbox = prepared();
    let amended =
        json(&sandbox, &["amend", "2026-01", "--reason", "Why.", "--key", &sandbox.key("treasurer")]);
    let table = sandbox.read(&format!("{REVISION}/results/adjustments.csv"));
    let row = |name: &str| -> Vec<String> {
        let row = table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{table}"));
        row.split(',').map(str::to_owned).collect()
    };
    // Contributors divide 90: Ada 4, Bea 9, Cid 1 of 14 before, and 4, 5, 1 of 10 now.
    let (ada, bea, cid) = (row("Ada"), row("Bea"), row("Cid"));
    assert_eq!(
        ada[4..],
        ["25.714285714285714286", "36", "10.285714285714285714", "10.285714285714285714", "0"]
    );
    assert_eq!(
        bea[4..],
        ["57.857142857142857143", "45", "-12.857142857142857143", "0", "-12.857142857142857143"]
    );
    assert_eq!(bea[1], BEA);
    // Cid waits for both rounds' amounts, and is paid them all: the address is known now.
    assert_eq!(cid[1..4], [CID, "", "acc-cid"]);
    assert_eq!(cid[4..7], ["6.428571428571428571", "9", "2.571428571428571429"]);
    assert_eq!(cid[7..], ["15.428571428571428571", "0"]);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert_eq!(amended["overpaid"][0]["amount"], "12.857142857142857143");
    assert_eq!((&amended["recipients"], &amended["adjustments"]), (&2.into(), &3.into()));
    let payouts = sandbox.read(&format!("{REVISION}/results/payouts/aragon.csv")).to_lowercase();
    assert_eq!(payouts.lines().count(), 2, "{payouts}");
    assert!(
        payouts.contains(&format!("{CID},15.428571428571428571,tok")) && !payouts.contains(BEA),
        "{payouts}"
    );
}

#[test]
fn what_was_paid_too_much_is_taken_off_where_the_ledger_says_so() {
    for (offsets, paid) in [(false, "57.857142857142857143"), (true, "45")] {
        let sandbox = prepared();
        let ledger = sandbox.read("ledger.json").replacen(
            '{',
            &format!("{{\n  \"offset_overpayments\": {offsets},"),
            1,
        );
        sandbox.write("ledger.json", ledger);
        sandbox.commit("Say what becomes of overpayments");
        let _ = sandbox.amend("2026-01", &[]).ok();
        sandbox.add_round("2026-03");
        let _ = sandbox.close(&[]).ok();
        let table = sandbox.read("rounds/2026-03/results/distribution.csv");
        let header = table.lines().next().unwrap();
        assert_eq!(header.ends_with(",offset,total"), offsets, "{header}");
        let bea = table.lines().find(|line| line.contains(BEA)).unwrap();
        assert!(bea.ends_with(&format!(",{paid}")), "{bea}");
        assert_eq!(bea.contains(",-12.857142857142857143,45"), offsets, "{bea}");
        assert_eq!(sandbox.read("rounds/2026-03/results/carry.json").contains("\"-12.857"), !offsets);
        assert_eq!(sandbox.failing(&[]), [""; 0]);
    }
}

#[test]
fn a_dry_run_shows_the_same_and_writes_nothing() {
    let sandbox = prepared();
    let told = sandbox.meed(&["check"]);
    assert!(
        told.stderr.contains("corrects a closed round: `meed amend 2026-01 --dry-run`"),
        "{}",
        told.stderr
    );
    let state = sandbox.state();
    let out = sandbox.key("out");
    let said = sandbox.amend("2026-01", &["--dry-run", "--out", &out]).ok();
    assert!(said.contains("revision 2") && said.contains("-12.857142857142857143"), "{said}");
    assert_eq!(sandbox.state(), state);
    let computed = std::fs::read(sandbox.path("out/adjustments.csv")).unwrap();
    let _ = sandbox.amend("2026-01", &[]).ok();
    assert_eq!(
        String::from_utf8(computed).unwrap(),
        sandbox.read(&format!("{REVISION}/results/adjustments.csv"))
    );
}

#[test]
fn prepare_copies_the_round_file_and_names_the_inputs() {
    let sandbox = Sandbox::closed(1);
    let said = sandbox.meed(&["amend", "2026-01", "--prepare"]).ok();
    assert!(said.contains("praise.csv, rewardboard.csv"), "{said}");
    let file: serde_json::Value =
        serde_json::from_str(&sandbox.read(&format!("{REVISION}/round.json"))).unwrap();
    assert_eq!(file["revises"]["revision"], 1);
    // What is not in the revision's folder is read from the round.
    sandbox.write(&format!("{REVISION}/round.json"), file.to_string().replace("\"100\"", "\"140\""));
    sandbox.commit("More to divide");
    let _ = sandbox.amend("2026-01", &[]).ok();
    let statement = sandbox.read(&format!("{REVISION}/results/statement.json"));
    assert!(
        statement.contains("\"pool\": \"40\"") && statement.contains("\"rounds/2026-01/praise.csv\""),
        "{statement}"
    );
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn inputs_of_a_revision_are_frozen_and_those_it_did_not_correct_stay_so() {
    for path in [
        format!("{REVISION}/praise.csv"),
        format!("{REVISION}/reason.md"),
        "rounds/2026-01/rewardboard.csv".to_owned(),
    ] {
        let sandbox = prepared();
        let _ = sandbox.amend("2026-01", &[]).ok();
        sandbox.write(&path, "changed\n");
        sandbox.commit("Change the past");
        assert_eq!(sandbox.failing(&[]), ["inputs"], "{path}");
    }
}

#[test]
fn what_comes_next_follows_the_last_round_and_its_corrected_settings() {
    let sandbox = Sandbox::closed(2);
    for id in ["2026-01", "2026-02"] {
        let _ = sandbox.meed(&["amend", id, "--prepare"]).ok();
        let file = format!("rounds/{id}/revisions/2/round.json");
        sandbox.write(&file, sandbox.read(&file).replace("\"100\"", "\"140\""));
        sandbox.commit("More to divide");
    }
    // The newer one first: the last statement is that of the older round.
    for id in ["2026-02", "2026-01"] {
        let _ = sandbox.amend(id, &[]).ok();
    }
    let _ = sandbox.meed(&["round", "new", "2026-03"]).ok();
    let next = sandbox.read("rounds/2026-03/round.json");
    assert!(next.contains("2026-03-31") && next.contains("\"140\"") && !next.contains("revises"), "{next}");
    // A period before that of the last closed round needs --late, whatever was amended since.
    sandbox.write_round("2025-12");
    for file in ["rounds/2025-12/round.json", "rounds/2025-12/praise.csv"] {
        sandbox.write(file, sandbox.read(file).replace("2026-12-", "2025-12-"));
    }
    sandbox.commit("Late");
    let refused = sandbox.close(&["2025-12"]).fails(2);
    assert!(refused.contains("--late"), "{refused}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}
