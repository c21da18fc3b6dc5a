//! Reviews through the program: signers approve what another closed, and nobody pays before they did.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::{Start, edit, listing, stage};

const STATEMENT: &str = "rounds/2026-01/results/statement.json";
const TX: &str = "0xabababababababababababababababababababababababababababababababab";

/// A ledger with the review that is given, the approvers `wren` and `linnet`, and a closed round.
fn reviewed(review: &str) -> Sandbox {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "ledger.json", "{", &format!("{{\n  \"review\": {review},"));
    for name in ["wren", "linnet"] {
        sandbox.new_key(name, "ed25519", &format!("{name}@example.org"));
        add_signer(&sandbox, name, &["--may", "approve"]);
    }
    let _ = sandbox.close(&[]).ok();
    sandbox
}

#[track_caller]
fn add_signer(sandbox: &Sandbox, name: &str, more: &[&str]) {
    let (public, key) = (sandbox.key(&format!("{name}.pub")), sandbox.key("treasurer"));
    let _ = sandbox.meed(&[&["signers", "add", &public, "--key", &key], more].concat()).ok();
}

fn approve(sandbox: &Sandbox, key: &str, more: &[&str]) -> Run {
    let key = sandbox.key(key);
    sandbox.meed(&[&["approve", "2026-01", "--key", &key], more].concat())
}

fn settle(sandbox: &Sandbox, more: &[&str]) -> Run {
    let key = sandbox.key("treasurer");
    sandbox.meed(&[&["settle", "2026-01", "--tx", TX, "--key", &key], more].concat())
}

/// Lets the clock of the sandbox run on.
fn wait_days(sandbox: &Sandbox, days: u32) {
    (0..days * 24 * 60).for_each(|_| _ = sandbox.tick());
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// State and detail of the check, per statement.
fn checked(sandbox: &Sandbox, args: &[&str]) -> Vec<(String, String)> {
    let report = json(&sandbox.meed(&[&["verify", "--format", "json"], args].concat()).ok());
    assert_eq!(report["holds"], true);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let statements = report["statements"].as_array().unwrap().iter();
    let checks = statements.flat_map(|statement| statement["checks"].as_array().unwrap());
    let checks = checks.filter(|check| check["name"] == "approvals");
    checks.map(|check| (text(&check["state"]), text(&check["detail"]))).collect()
}

fn pair(state: &str, detail: &str) -> (String, String) {
    (state.to_owned(), detail.to_owned())
}

/// The name of a key's approval: the digest of its fingerprint, from ssh-keygen, in hexadecimal.
fn path_of(sandbox: &Sandbox, key: &str) -> String {
    let mut command = sandbox.command("ssh-keygen");
    let output = command.args(["-l", "-E", "sha256", "-f", &sandbox.key(key)]).output().unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    let base64 = line.split(' ').nth(1).unwrap().strip_prefix("SHA256:").unwrap();
    let mut decode = Command::new("sh");
    decode.args(["-c", "printf '%s=' \"$1\" | base64 -d | od -An -v -tx1 | tr -d ' \\n'", "sh", base64]);
    let hex = String::from_utf8(decode.output().unwrap().stdout).unwrap();
    assert_eq!(hex.len(), 64);
    format!("rounds/2026-01/approvals/{hex}.sig")
}

#[test]
fn a_round_counts_when_it_is_approved_and_its_window_has_passed() {
    let sandbox = reviewed("{\"days\": 3, \"approvals\": 2}");
    let closed = sandbox.git_ok(&["log", "-1", "--format=%ct"]).parse::<i64>().unwrap();
    let until = sandbox.git_ok(&["log", "-1", "--date=format:%Y-%m-%dT%H:%M:%SZ", "--format=%cd"]);
    let day: u32 = until[8..10].parse().unwrap();
    let until = format!("{}{:02}{}", &until[..8], day + 3, &until[10..]);
    assert!(closed > 0);

    // Under review: nothing is wrong, everybody sees it, nobody pays.
    let waiting = |given: usize| pair("pending", &format!("{given} of 2 approvals, review until {until}"));
    assert_eq!(checked(&sandbox, &[]), [waiting(0)]);
    let text = sandbox.meed(&["verify"]).ok();
    let line = format!("  approvals    pending      0 of 2 approvals, review until {until}\n");
    assert!(text.contains("  holds  11 checks: ") && text.contains(&line), "{text}");
    let before = listing(&sandbox);
    for more in [&[][..], &["--dry-run"]] {
        let error = settle(&sandbox, more).fails(3);
        assert!(error.contains("round `2026-01` has 0 of 2 approvals"), "{error}");
        assert!(error.contains(&format!("round `2026-01` is under review until {until}")), "{error}");
        assert!(error.contains("a courtesy to reviewers and no control"), "{error}");
    }
    assert_eq!(listing(&sandbox), before);

    // An approval: one commit, one parent, one file, a message that git reads as we do.
    let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let text = approve(&sandbox, "wren", &[]).ok();
    assert!(text.starts_with("approved 2026-01: 1 of 2 approvals\n"), "{text}");
    assert!(text.contains(&format!("  still     1 approval missing; the review ends {until}\n")), "{text}");
    let path = path_of(&sandbox, "wren");
    assert_eq!(sandbox.git_ok(&["rev-parse", "HEAD^@"]), head);
    assert_eq!(sandbox.git_ok(&["diff", "--name-status", "HEAD^", "HEAD"]), format!("A\t{path}"));
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    let fingerprint = ssh_fingerprint(&sandbox, "wren");
    assert_eq!(sandbox.git_ok(&["log", "-1", "--format=%s"]), format!("Approve 2026-01: {fingerprint}"));
    let digest = meed::files::sha256_hex(sandbox.read(STATEMENT).as_bytes());
    let trailers = sandbox.git_ok(&["log", "-1", "--format=%(trailers:only,unfold)"]);
    let expected = format!(
        "Round: 2026-01\nRevision: 1\nStatement-SHA256: {digest}\nApprover: {fingerprint}\nEngine: meed {}",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(trailers.trim_end(), expected);
    assert_eq!(checked(&sandbox, &[]), [waiting(1)]);

    // OpenSSH accepts the file, for its principal and over these bytes only.
    assert!(openssh_accepts(&sandbox, "wren@example.org", &path, &sandbox.read(STATEMENT)));
    assert!(!openssh_accepts(&sandbox, "linnet@example.org", &path, &sandbox.read(STATEMENT)));
    assert!(!openssh_accepts(&sandbox, "wren@example.org", &path, &(sandbox.read(STATEMENT) + " ")));

    // The second; then only the window is open.
    let made = json(&approve(&sandbox, "linnet", &["--format", "json"]).ok());
    assert_eq!((&made["given"], &made["needed"], &made["missing"]), (&2.into(), &2.into(), &0.into()));
    assert_eq!(
        (&made["path"], &made["review_until"]),
        (&path_of(&sandbox, "linnet").into(), &until.as_str().into())
    );
    assert_eq!(checked(&sandbox, &[]), [pair("holds", &format!("2 of 2 approvals, review until {until}"))]);
    let error = settle(&sandbox, &[]).fails(3);
    assert!(!error.contains("approvals\n") && error.contains("under review until"), "{error}");
    wait_days(&sandbox, 3);
    let _ = settle(&sandbox, &[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let log = json(&sandbox.meed(&["log", "--format", "json"]).ok());
    assert_eq!(log[0]["approvals"], "2 of 2");
    let log = sandbox.meed(&["log"]).ok();
    assert!(log.lines().next().unwrap().contains("signer") && log.contains("2 of 2"), "{log}");

    let list = json(&sandbox.meed(&["approve", "2026-01", "--list", "--format", "json"]).ok());
    let names: Vec<&str> =
        list["approvals"].as_array().unwrap().iter().map(|it| it["principal"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"wren@example.org") && names.contains(&"linnet@example.org"));
    assert_eq!((&list["missing"], &list["review_until"]), (&0.into(), &until.as_str().into()));
    let list = sandbox.meed(&["approve", "2026-01", "--list"]).ok();
    assert!(list.contains(&fingerprint) && list.contains(&format!("the review ended {until}")), "{list}");
}

/// The fingerprint of a key, by ssh-keygen.
fn ssh_fingerprint(sandbox: &Sandbox, key: &str) -> String {
    let output = sandbox.command("ssh-keygen").args(["-l", "-f", &sandbox.key(key)]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
}

/// Whether `ssh-keygen -Y verify` takes an approval of these bytes by a principal.
fn openssh_accepts(sandbox: &Sandbox, principal: &str, approval: &str, statement: &str) -> bool {
    fs::write(sandbox.path("approved"), statement).unwrap();
    let mut command = sandbox.command("ssh-keygen");
    command.args(["-q", "-Y", "verify", "-n", "meed-approval", "-I", principal]);
    command.args(["-f", "allowed_signers", "-s", approval]);
    command.stdin(fs::File::open(sandbox.path("approved")).unwrap());
    command.status().unwrap().success()
}

#[test]
fn who_may_not_approve_is_refused_and_nothing_is_written() {
    let sandbox = reviewed("{\"days\": 0, \"approvals\": 2}");
    sandbox.new_key("stranger", "ed25519", "stranger@example.org");
    sandbox.new_key("steward", "ed25519", "steward@example.org");
    sandbox.new_key("second", "ed25519", "treasurer@example.org");
    sandbox.new_key("wren2", "ed25519", "wren@example.org");
    add_signer(&sandbox, "steward", &[]);
    add_signer(&sandbox, "second", &["--may", "both"]);
    add_signer(&sandbox, "wren2", &["--may", "both"]);
    let _ = approve(&sandbox, "wren", &[]).ok();
    let before = listing(&sandbox);
    for (key, status, reason) in [
        ("stranger", 3, "the key is not in allowed_signers"),
        ("steward", 3, "the key may not sign in the namespace `meed-approval`"),
        ("treasurer", 3, "the key may not sign in the namespace `meed-approval`"),
        ("second", 2, "was closed by treasurer@example.org, who cannot approve it too"),
        ("wren", 2, "wren@example.org has approved this already"),
        ("wren2", 2, "wren@example.org has approved this already"),
    ] {
        let error = approve(&sandbox, key, &[]).fails(status);
        assert!(error.contains(reason), "{key}: {error}");
    }
    let error = sandbox.meed(&["approve", "2026-02", "--key", &sandbox.key("linnet")]).fails(2);
    assert!(error.contains("2026-02"), "{error}");
    let _ = approve(&sandbox, "linnet", &["--revision", "2"]).fails(2);
    assert_eq!(listing(&sandbox), before);
    // What stands in the way of the work tree.
    sandbox.write(&path_of(&sandbox, "linnet"), "something\n");
    let before = sandbox.state();
    let _ = approve(&sandbox, "linnet", &[]).fails(3);
    assert_eq!(sandbox.state().lines().next(), before.lines().next());
    fs::remove_file(sandbox.at(&path_of(&sandbox, "linnet"))).unwrap();
    // A record that does not verify is not approved.
    edit(&sandbox, "rounds/2026-01/results/carry.json", "acc-cid", "acc-eve");
    let error = approve(&sandbox, "linnet", &[]).fails(2);
    assert!(error.contains("round `2026-01` does not verify"), "{error}");
}

/// Two keys of one person, brought in by other tools, count once; a commit of anybody may bring an
/// approval, because its signature is what counts.
#[test]
fn a_person_counts_once_and_the_signature_counts() {
    let sandbox = reviewed("{\"days\": 0, \"approvals\": 2}");
    sandbox.new_key("wren2", "ed25519", "wren@example.org");
    add_signer(&sandbox, "wren2", &["--may", "approve", "--principal", "wren2@example.org,WREN@example.org"]);
    let statement = sandbox.read(STATEMENT);
    for key in ["wren", "wren2"] {
        let signature = sandbox.sign(key, "meed-approval", statement.as_bytes()) + "\n";
        sandbox.write(&path_of(&sandbox, key), signature);
        sandbox.commit("Approvals, by hand");
        assert_eq!(checked(&sandbox, &[]), [pair("pending", "1 of 2 approvals")]);
        let error = settle(&sandbox, &[]).fails(3);
        assert!(error.contains("round `2026-01` has 1 of 2 approvals"), "{error}");
    }
    let _ = approve(&sandbox, "linnet", &[]).ok();
    assert_eq!(checked(&sandbox, &[]), [pair("holds", "2 of 2 approvals")]);
    let _ = settle(&sandbox, &[]).ok();
    // With the auditor's own list, only whom they know.
    let list = sandbox.read("allowed_signers");
    let known: String =
        list.lines().filter(|line| !line.contains("linnet")).map(|line| line.to_owned() + "\n").collect();
    fs::write(sandbox.path("known"), known).unwrap();
    assert_eq!(sandbox.failing(&["--signers", &sandbox.key("known")]), ["approvals"]);
    fs::write(sandbox.path("known"), list).unwrap();
    assert_eq!(sandbox.failing(&["--signers", &sandbox.key("known")]), [""; 0]);
}

/// What ledger.json said when a round was closed counts, not what it says later.
#[test]
fn a_round_goes_by_the_review_of_its_close() {
    let sandbox = reviewed("{\"days\": 0, \"approvals\": 1}");
    edit(&sandbox, "ledger.json", "\"approvals\": 1", "\"approvals\": 2");
    sandbox.add_round("2026-02");
    let check = sandbox.meed(&["check"]).ok();
    assert!(check.contains("ledger.json: review.approvals: value 1 -> 2"), "{check}");
    let _ = sandbox.close(&[]).ok();
    let one = pair("pending", "0 of 1 approval");
    assert_eq!(checked(&sandbox, &[]), [one, pair("pending", "0 of 2 approvals")]);
    let _ = approve(&sandbox, "wren", &[]).ok();
    // Taken out of the file, it is not taken off the rounds that were closed with it.
    edit(&sandbox, "ledger.json", "\"review\": {\"days\": 0, \"approvals\": 2},", "");
    sandbox.add_round("2026-03");
    let _ = sandbox.close(&[]).ok();
    let (done, missing) = (pair("holds", "1 of 1 approval"), pair("pending", "0 of 2 approvals"));
    assert_eq!(checked(&sandbox, &[]), [done, missing, pair("holds", "not asked for")]);
    let _ = settle(&sandbox, &[]).ok();
    let key = sandbox.key("treasurer");
    let other = TX.replace('a', "c");
    let _ = sandbox.meed(&["settle", "2026-02", "--tx", &other, "--key", &key]).fails(3);
    let _ = sandbox.meed(&["settle", "2026-03", "--tx", &other, "--key", &key]).ok();
    // Nobody asked, somebody approved: it is checked, and shown.
    let wren = sandbox.key("wren");
    let text = sandbox.meed(&["approve", "2026-03", "--key", &wren]).ok();
    assert!(text.starts_with("approved 2026-03: 1 approval, none needed\n"), "{text}");
    assert_eq!(checked(&sandbox, &["2026-03"]), [pair("holds", "1 approval, none needed")]);
}

/// Days without approvals: a window and nothing else.
#[test]
fn a_window_alone_is_waited_for() {
    let sandbox = reviewed("{\"days\": 1, \"approvals\": 0}");
    let [(state, detail)] = checked(&sandbox, &[]).try_into().unwrap();
    assert!(state == "holds" && detail.starts_with("0 approvals, none needed, review until "), "{detail}");
    let error = settle(&sandbox, &[]).fails(3);
    assert!(error.contains("is under review until") && !error.contains("approvals`"), "{error}");
    wait_days(&sandbox, 1);
    let _ = settle(&sandbox, &[]).ok();
}

/// Revisions are approved one by one, beside their results; merges carry approvals in.
#[test]
fn revisions_are_approved_on_their_own() {
    let sandbox = reviewed("{\"days\": 0, \"approvals\": 1}");
    let _ = approve(&sandbox, "wren", &[]).ok();
    sandbox.correct("2026-01", 2);
    let _ = sandbox.amend("2026-01", &[]).ok();
    let (done, missing) = (pair("holds", "1 of 1 approval"), pair("pending", "0 of 1 approval"));
    assert_eq!(checked(&sandbox, &[]), [done.clone(), missing]);
    // The first revision is settled, the second refused.
    let _ = settle(&sandbox, &["--revision", "1"]).ok();
    let other = TX.replace('a', "c");
    let key = sandbox.key("treasurer");
    let error = sandbox.meed(&["settle", "2026-01", "--tx", &other, "--key", &key]).fails(3);
    assert!(error.contains("round `2026-01` revision 2 has 0 of 1 approvals"), "{error}");
    // Approved on another branch, the newest revision, and merged.
    let _ = sandbox.git(&["branch", "side"]).ok();
    let _ = approve(&sandbox, "wren", &["--branch", "side"]).ok();
    sandbox.write("notes.md", "a note\n");
    sandbox.commit("A note");
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
    let path = path_of(&sandbox, "wren").replace("/approvals/", "/revisions/2/approvals/");
    assert!(sandbox.at(&path).exists());
    assert_eq!(checked(&sandbox, &[]), [done.clone(), done]);
    let _ = sandbox.meed(&["settle", "2026-01", "--tx", &other, "--key", &key]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// A line without `namespaces` lets a key close and approve, as OpenSSH reads it; one that may close gets
/// a second line to approve.
#[test]
fn lines_say_what_a_key_may() {
    let sandbox = stage(Start::Closed);
    for name in ["wren", "linnet"] {
        sandbox.new_key(name, "ed25519", &format!("{name}@example.org"));
    }
    wait_days(&sandbox, 1); // a copied ledger begins with an earlier clock
    let public = fs::read_to_string(sandbox.path("wren.pub")).unwrap();
    let list = sandbox.read("allowed_signers");
    sandbox.write("allowed_signers", format!("{list}wren@example.org {public}"));
    sandbox.commit_signed("treasurer", "Add a signer\n", &[]);
    let _ = approve(&sandbox, "wren", &[]).ok();
    assert!(openssh_accepts(
        &sandbox,
        "wren@example.org",
        &path_of(&sandbox, "wren"),
        &sandbox.read(STATEMENT)
    ));

    add_signer(&sandbox, "linnet", &[]);
    let _ = approve(&sandbox, "linnet", &[]).fails(3);
    add_signer(&sandbox, "linnet", &["--may", "both"]);
    let list = sandbox.read("allowed_signers");
    assert!(
        list.lines().last().unwrap().starts_with("linnet@example.org namespaces=\"meed-approval\" ssh-"),
        "{list}"
    );
    let _ = approve(&sandbox, "linnet", &[]).ok();
    let (public, key) = (sandbox.key("linnet.pub"), sandbox.key("treasurer"));
    let error = sandbox.meed(&["signers", "add", &public, "--may", "both", "--key", &key]).fails(2);
    assert!(error.contains("is listed already"), "{error}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}
