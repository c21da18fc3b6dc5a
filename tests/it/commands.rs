//! One story a command: what people do, with the real program on a real repository.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::package;
use crate::support::sandbox::{Run, SIGNER, Sandbox};

/// Output as JSON.
#[track_caller]
fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr))
}

/// The names of an object's fields, in their order.
#[track_caller]
fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// All files below a folder, with their bytes, by path.
fn folder(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(folder(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            files.push((name, fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn a_round_is_closed_and_verified() {
    let sandbox = Sandbox::closed(2);
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    assert_eq!(sandbox.git_ok(&["status", "--short"]), "");
    let _ = sandbox.git(&["fsck", "--strict"]).ok();
    let log = sandbox.meed(&["log"]).ok();
    assert_eq!(log.lines().count(), 3, "{log}");
    let distribution = fs::read_to_string(sandbox.at("rounds/2026-01/results/distribution.csv")).unwrap();
    assert!(distribution.contains("Bea,0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,,acc-bea,57.857142857142857143,0,0,57.857142857142857143\n"), "{distribution}");
}

/// Files that somebody left in results/ would be part of what the statement does not name.
#[test]
fn results_that_meed_did_not_write_are_in_the_way() {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-01");
    sandbox.write("rounds/2026-01/results/old.csv", "left\n");
    sandbox.commit("Inputs");
    let refused = sandbox.close(&[]).fails(2);
    assert!(refused.contains("rounds/2026-01/results: exists already"), "{refused}");
}

// ---- init

/// The usual arguments of `meed init`, in a folder.
fn init<'a>(folder: &'a str, public: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let named = ["--name", "Test Commons", "--token", "TOK", "--rounds", "rounds", "--signer", public];
    [&["init", folder], &named[..], more].concat()
}

#[test]
fn init_makes_a_repository() {
    let sandbox = Sandbox::new();
    let (ledger, public) = (sandbox.key("ledger"), sandbox.key("treasurer.pub"));
    let token =
        ["--decimals", "6", "--address", "0x5a175a175a175a175a175a175a175a175a175a17", "--chain-id", "100"];
    let text = sandbox.meed(&init(&ledger, &public, &token)).ok();
    let root = sandbox.git_ok(&["rev-parse", "HEAD"]);
    assert!(text.starts_with("made the ledger of Test Commons in "), "{text}");
    assert!(text.contains(&format!("  root    {root}\n  signer  {SIGNER} SHA256:")), "{text}");
    assert_eq!(sandbox.git_ok(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(sandbox.git_ok(&["ls-files"]), ".gitattributes\nallowed_signers\nledger.json");
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    assert_eq!(
        sandbox.git_ok(&["log", "--format=%an <%ae> %s"]),
        format!("Treasurer <{SIGNER}> Start the ledger of Test Commons")
    );

    let ledger_file: Value = serde_json::from_str(&sandbox.read("ledger.json")).unwrap();
    assert_eq!(ledger_file["id"].as_str().unwrap().len(), 32);
    assert_eq!(ledger_file["token"]["decimals"], 6);
    assert_eq!(ledger_file["token"]["chain_id"], 100);
    // The comment of the key names the signer.
    assert!(
        sandbox.read("allowed_signers").starts_with(&format!("{SIGNER} namespaces=\"git\" ssh-ed25519 "))
    );
    assert!(sandbox.read(".gitattributes").contains("/rounds/** -text\n"));
    assert_eq!(sandbox.failing(&["--root", &root]), [""; 0]);

    let before = sandbox.state();
    let error = sandbox.meed(&init(&ledger, &public, &[])).fails(2);
    assert!(error.contains("error: ledger.json: ") && error.contains("error: allowed_signers: "), "{error}");
    assert_eq!(sandbox.state(), before);
}

#[test]
fn init_adopts_a_repository_with_history() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("ledger")).unwrap();
    let _ = sandbox.git(&["init", "-q", "-b", "trunk"]).ok();
    sandbox.write(".gitattributes", "*.png binary");
    sandbox.write("README.md", "# Us\n");
    sandbox.write("rounds/old/notes.txt", "before meed\n");
    sandbox.commit("Before");
    let before = sandbox.git_ok(&["rev-parse", "HEAD"]);
    sandbox.write("README.md", "# Us, being edited\n");
    sandbox.write("untracked.txt", "mine\n");

    let public = sandbox.key("treasurer.pub");
    let _ = sandbox.meed(&init(".", &public, &["--principal", "rewards@example.org"])).ok();
    assert_eq!(sandbox.git_ok(&["rev-parse", "HEAD~1"]), before);
    assert_eq!(sandbox.git_ok(&["symbolic-ref", "HEAD"]), "refs/heads/trunk");
    assert!(sandbox.read(".gitattributes").starts_with("*.png binary\n/ledger.json -text\n"));
    assert!(sandbox.read("allowed_signers").starts_with("rewards@example.org "));
    // What was being edited is still being edited.
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), " M README.md\n?? untracked.txt");
    assert_eq!(sandbox.read("README.md"), "# Us, being edited\n");
    let root = sandbox.git_ok(&["rev-parse", "HEAD"]);
    assert_eq!(sandbox.failing(&["--root", &root]), [""; 0]);
}

#[test]
fn init_with_nonsense_makes_nothing() {
    let sandbox = Sandbox::new();
    let (ledger, public) = (sandbox.key("ledger"), sandbox.key("treasurer.pub"));
    for (more, expected) in [
        (&["--address", "0x12"][..], "address"),
        (&["--decimals", "37"], "decimals"),
        (&["--principal", ""], "principal"),
    ] {
        let error = sandbox.meed(&init(&ledger, &public, more)).fails(2);
        assert!(error.contains(expected), "{more:?}: {error}");
        assert!(!sandbox.path("ledger").exists(), "{more:?}");
    }
    let error = sandbox.meed(&init(&ledger, "/nowhere.pub", &[])).fails(3);
    assert!(error.contains("/nowhere.pub"), "{error}");
    let private = sandbox.key("treasurer");
    let error = sandbox.meed(&init(&ledger, &private, &[])).fails(2);
    assert!(error.contains("treasurer"), "{error}");
    assert!(!sandbox.path("ledger/.git").exists());
}

#[test]
fn init_inside_a_repository_is_refused() {
    let sandbox = Sandbox::closed(1);
    let public = sandbox.key("treasurer.pub");
    let before = sandbox.state();
    for dir in ["rounds", "new/er", ".git"] {
        let error = sandbox.meed(&init(dir, &public, &[])).fails(2);
        assert!(
            error.contains(": lies inside the repository ") && error.contains("hint: to make"),
            "{error}"
        );
    }
    assert_eq!(sandbox.state(), before);
    assert!(!sandbox.at("new/er").exists());
}

#[test]
fn the_ledger_is_found_from_elsewhere() {
    let sandbox = Sandbox::closed(1);
    let ledger = sandbox.key("ledger");
    let elsewhere = |args: &[&str]| Run::of_command(sandbox.meed_command(args).current_dir(sandbox.folder()));
    let error = elsewhere(&["log"]).fails(2);
    assert!(error.contains("is not inside a git repository\nhint: "), "{error}");
    assert!(elsewhere(&["--ledger", &ledger, "log"]).ok().contains("2026-01"));
    assert!(elsewhere(&["log", "--ledger", &ledger]).ok().contains("2026-01"));
    let inside = Run::of_command(sandbox.meed_command(&["log"]).current_dir(sandbox.at("rounds/2026-01")));
    assert!(inside.ok().contains("2026-01"));
}

// ---- check

#[test]
fn check_shows_what_would_be_distributed() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    let before = sandbox.state();
    let text = sandbox.meed(&["check"]).ok();
    let first = "2026-02 (2026-02-01 to 2026-02-28): 93.571428571428571429 TOK to 5 recipients
";
    assert!(text.starts_with(first), "{text}");
    for line in [
        "allocation",
        "praise",
        "held",
        "total",
        "Bea",
        "Quill",
        "pool + carried in + brought in = paid + held + kept + unallocated",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("held for id:acc-cid"), "{text}");

    let value = json(&sandbox.meed(&["check", "--format", "json"]));
    let round = &value[0];
    assert_eq!(value.as_array().unwrap().len(), 1);
    assert_eq!(
        fields(round),
        ["round", "revision", "totals", "allocations", "recipients", "statistics", "warnings", "changes"]
    );
    assert_eq!(fields(&round["recipients"][0]), ["recipient", "address", "key", "total"]);
    assert_eq!(round["round"], "2026-02");
    assert_eq!(round["recipients"][0]["recipient"], "Bea");
    assert_eq!(round["totals"]["pool"], "100");
    assert_eq!(sandbox.state(), before, "check writes nothing");

    // A name that is an address is shown whole: its last digits tell it from others.
    let address = format!("0x{}", "b".repeat(40));
    let named = sandbox.read("rounds/2026-02/praise.csv").replace(",Bea,", &format!(",{address},"));
    sandbox.write("rounds/2026-02/praise.csv", named);
    let text = sandbox.meed(&["check", "--worktree"]).ok();
    assert!(text.contains(&format!("\n{address}  {address}  ")), "{text}");
}

#[test]
fn check_names_rounds() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    sandbox.add_round("2026-03");
    let text = sandbox.meed(&["check"]).ok();
    assert!(text.contains("2026-02 (") && text.contains("2026-03 ("), "{text}");
    let text = sandbox.meed(&["check", "2026-03"]).ok();
    assert!(!text.contains("2026-02 (") && text.contains("2026-03 ("), "{text}");
    let error = sandbox.meed(&["check", "2026-03", "2026-09", "2026-01"]).fails(2);
    assert!(
        error.contains("there is no round `2026-09`\nhint: rounds here: 2026-01, 2026-02, 2026-03"),
        "{error}"
    );
    assert!(error.contains("round `2026-01` is closed already (sequence 1)"), "{error}");
}

#[test]
fn check_without_an_open_round_says_so() {
    let sandbox = Sandbox::closed(1);
    let run = sandbox.meed(&["check"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    assert_eq!(run.stderr, "nothing to check: no round is open\n");
    assert_eq!(json(&sandbox.meed(&["check", "--format", "json"])), serde_json::json!([]));
}

#[test]
fn check_looks_at_the_work_tree_when_asked() {
    let sandbox = Sandbox::closed(1);
    sandbox.write_round("2026-02");
    assert_eq!(sandbox.meed(&["check"]).stderr, "nothing to check: no round is open\n");
    let error = sandbox.meed(&["check", "2026-02"]).fails(2);
    assert!(error.contains("there is no round `2026-02`"), "{error}");
    let text = sandbox.meed(&["check", "--worktree"]).ok();
    assert!(text.starts_with("2026-02 ("), "{text}");

    sandbox.write(
        "rounds/2026-02/praise.csv",
        sandbox.read("rounds/2026-02/praise.csv").replace("13,5", "12,5"),
    );
    let error = sandbox.meed(&["check", "--worktree"]).fails(2);
    assert!(
        error.contains("rounds/2026-02/praise.csv:3: score `12` is not one of the allowed values"),
        "{error}"
    );
}

#[test]
fn check_and_close_warn() {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-02");
    // A praise of January in the round of February.
    sandbox.write(
        "rounds/2026-02/praise.csv",
        sandbox.read("rounds/2026-02/praise.csv").replacen("2026-02-01T", "2026-01-01T", 1),
    );
    sandbox.commit("Inputs");
    let text = sandbox.meed(&["check"]).ok();
    assert!(text.contains("\nwarning: rounds/2026-02/praise.csv: 1 "), "{text}");
    let value = json(&sandbox.meed(&["check", "--format", "json"]));
    assert!(
        value[0]["warnings"][0].as_str().unwrap().starts_with("rounds/2026-02/praise.csv: 1 "),
        "{value}"
    );
    let run = sandbox.close(&[]);
    assert!(run.stderr.contains("warning: rounds/2026-02/praise.csv: 1 "), "{}", run.stderr);
    assert_eq!(run.status, 0);
}

// ---- close

#[test]
fn close_names_a_round_and_speaks_json() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    sandbox.add_round("2026-02");
    let error = sandbox.close(&[]).fails(2);
    assert!(error.contains("2 rounds are open: 2026-01, 2026-02\nhint: name the round"), "{error}");
    let value = json(&sandbox.close(&["2026-02", "--format", "json"]));
    let closed = &value[0];
    let figures = ["round", "commit", "sequence", "statement_sha256", "paid", "held", "recipients"];
    assert_eq!(fields(closed), [&figures[..], &["payouts", "warnings", "changes"]].concat());
    assert_eq!(closed["round"], "2026-02");
    assert_eq!(closed["sequence"], 1);
    assert_eq!(closed["commit"], sandbox.git_ok(&["rev-parse", "HEAD"]));
    let digest = closed["statement_sha256"].as_str().unwrap();
    assert!(sandbox.git_ok(&["log", "-1", "--format=%B"]).contains(&format!("Statement-SHA256: {digest}")));
    assert_eq!(sandbox.failing(&["--known", digest]), [""; 0]);

    let error = sandbox.close(&["2026-02"]).fails(2);
    assert!(error.contains("round `2026-02` is closed already (sequence 1)"), "{error}");
    let error = json(&sandbox.close(&["2026-09", "--format", "json"]));
    assert_eq!(fields(&error["errors"][0]), ["code", "message", "hint"]);
    assert_eq!(error["errors"][0]["code"], "round-unknown");
}

#[test]
fn close_without_an_open_round() {
    let sandbox = Sandbox::closed(1);
    let before = sandbox.state();
    let error = sandbox.close(&[]).fails(2);
    assert!(error.contains("no round is open\nhint: "), "{error}");
    let run = sandbox.close(&["--all"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    assert_eq!(run.stderr, "nothing to close: no round is open\n");
    assert_eq!(json(&sandbox.close(&["--all", "--format", "json"])), serde_json::json!([]));
    assert_eq!(sandbox.state(), before);
}

#[test]
fn close_all_goes_by_period_and_is_all_or_none() {
    let sandbox = Sandbox::ledger();
    for id in ["a-03", "b-02", "c-01"] {
        sandbox.write_round(id);
    }
    sandbox.write("rounds/a-03/praise.csv", sandbox.read("rounds/a-03/praise.csv").replace("13,5", "12,5"));
    sandbox.commit("Inputs of three rounds");
    let before = sandbox.state();
    let error = sandbox.close(&["--all"]).fails(2);
    assert!(error.contains("rounds/a-03/praise.csv:3: score `12`"), "{error}");
    assert_eq!(sandbox.state(), before, "none");

    sandbox.write("rounds/a-03/praise.csv", sandbox.read("rounds/a-03/praise.csv").replace("12,5", "13,5"));
    sandbox.commit("Correct a score");
    let inputs = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let text = sandbox.close(&["--all"]).ok();
    let order: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("closed ")?.split(' ').next()).collect();
    assert_eq!(order, ["c-01", "b-02", "a-03"]);
    let log = sandbox.git_ok(&["log", "--reverse", "--format=%s", &format!("{inputs}..HEAD")]);
    let rounds: Vec<&str> = log.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(rounds, ["Close c-01", "Close b-02", "Close a-03"]);
    assert_eq!(sandbox.git_ok(&["reflog", "-1", "--format=%gs"]).split(':').next().unwrap(), "meed");
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn a_dry_run_writes_exactly_what_close_writes() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    sandbox.add_round("2026-03");
    let (out, before) = (sandbox.path("out"), sandbox.state());
    let run = sandbox.meed(&["close", "--all", "--dry-run", "--out", out.to_str().unwrap()]);
    assert_eq!(run.stderr, "dry run: the repository is untouched\n");
    let text = run.ok();
    assert!(text.contains("2026-02 (") && text.contains("2026-03 ("), "{text}");
    assert_eq!(sandbox.state(), before, "a dry run touches no repository");
    let error = sandbox.meed(&["close", "--all", "--dry-run", "--out", out.to_str().unwrap()]).fails(2);
    assert!(error.contains("hint: give an empty or a new folder"), "{error}");

    let _ = sandbox.close(&["--all"]).ok();
    for round in ["2026-02", "2026-03"] {
        let proposed = folder(&out.join(round));
        for name in
            ["distribution.csv", "carry.json", "statement.json", "payouts/aragon.csv", "report/report.md"]
        {
            assert!(proposed.iter().any(|(path, _)| path == name), "{round}: {name}");
        }
        assert_eq!(proposed, folder(&sandbox.at(&format!("rounds/{round}/results"))), "{round}");
    }
    let _ = sandbox.meed(&["close", "--out", "x"]).fails(2);
}

#[test]
fn early_and_late_closes_are_asked_for() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-06");
    let before = sandbox.state();
    let error = sandbox.close(&[]).fails(2);
    assert!(
        error.contains("the period of round `2026-06` ends on 2026-06-28; today is 2026-06-01\nhint: "),
        "{error}"
    );
    assert_eq!(sandbox.state(), before);
    let _ = sandbox.close(&["--early"]).ok();

    sandbox.add_round("2026-05");
    let before = sandbox.state();
    let error = sandbox.close(&[]).fails(2);
    assert!(error.contains("before that of the last closed round `2026-06` (2026-06-01)\nhint: "), "{error}");
    assert_eq!(sandbox.state(), before);
    let _ = sandbox.close(&["--late"]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn a_changed_work_tree_stops_a_close_unless_committed_is_asked_for() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let committed = sandbox.read("rounds/2026-01/praise.csv");
    let edited = committed.replace("13,5", "144,144");
    sandbox.write("rounds/2026-01/praise.csv", &edited);
    sandbox.write("notes.txt", "not of the round\n");
    let before = sandbox.state();
    let error = sandbox.close(&[]).fails(2);
    assert!(error.contains("error: rounds/2026-01/praise.csv: differs from the commit\nhint: "), "{error}");
    assert!(!error.contains("notes.txt"), "{error}");
    assert_eq!(sandbox.state(), before);

    let _ = sandbox.close(&["--committed"]).ok();
    assert_eq!(sandbox.read("rounds/2026-01/praise.csv"), edited, "the edit stays");
    assert!(sandbox.read("rounds/2026-01/results/distribution.csv").contains("57.857142857142857143"));
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), " M rounds/2026-01/praise.csv\n?? notes.txt");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn another_branch_is_closed_without_touching_the_work_tree() {
    let sandbox = Sandbox::closed(1);
    let _ = sandbox.git(&["checkout", "-q", "-b", "drafts"]).ok();
    sandbox.add_round("2026-02");
    let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
    sandbox.write("notes.txt", "mine\n");
    let main = sandbox.git_ok(&["rev-parse", "main"]);
    assert!(sandbox.meed(&["check", "--branch", "drafts"]).ok().starts_with("2026-02 ("));
    let text = sandbox.close(&["--branch", "drafts"]).ok();
    assert!(text.starts_with("closed 2026-02 on drafts: "), "{text}");
    assert_eq!(sandbox.git_ok(&["rev-parse", "main"]), main);
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "?? notes.txt");
    assert!(!sandbox.at("rounds/2026-02").exists());
    assert_eq!(sandbox.failing(&["--rev", "drafts"]), [""; 0]);
    let error = sandbox.close(&["--branch", "nowhere"]).fails(2);
    assert!(error.contains("`nowhere` is not a branch\nhint: "), "{error}");
}

#[test]
fn what_is_in_the_way_stops_a_close() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    // Without --committed a difference in the round's folder is named first.
    let close = |expected: &str| {
        let refs = sandbox.git_ok(&["for-each-ref"]);
        let error = sandbox.close(&["--committed"]).fails(3);
        assert!(error.contains(expected) && error.contains("\nhint: "), "{expected}: {error}");
        assert_eq!(sandbox.git_ok(&["for-each-ref"]), refs);
    };
    sandbox.write("rounds/2026-02/results", "a file of mine\n");
    assert!(sandbox.close(&[]).fails(2).contains("rounds/2026-02/results: differs from the commit"));
    close("rounds/2026-02/results: is in the way");
    assert_eq!(sandbox.read("rounds/2026-02/results"), "a file of mine\n");
    fs::remove_file(sandbox.at("rounds/2026-02/results")).unwrap();

    sandbox.write("rounds/2026-02/results/carry.json", "mine too\n");
    close("rounds/2026-02/results/carry.json: is in the way");
    assert_eq!(sandbox.read("rounds/2026-02/results/carry.json"), "mine too\n");
    fs::remove_dir_all(sandbox.at("rounds/2026-02/results")).unwrap();

    let lock = sandbox.at(".git/index.lock");
    fs::write(&lock, "").unwrap();
    close("index.lock");
    fs::remove_file(&lock).unwrap();

    fs::write(sandbox.at(".git/MERGE_HEAD"), sandbox.git_ok(&["rev-parse", "HEAD~1"]) + "\n").unwrap();
    close("the work tree is in the middle of ");
    fs::remove_file(sandbox.at(".git/MERGE_HEAD")).unwrap();

    let _ = sandbox.git(&["checkout", "-q", "--detach"]).ok();
    assert!(sandbox.close(&[]).fails(2).contains("HEAD is detached\nhint: "));
    let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
    let _ = sandbox.close(&[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn a_commit_has_an_author() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let key = sandbox.key("treasurer");
    let close = |author: Option<&str>| {
        let mut command = sandbox.meed_command(&["close", "--key", &key]);
        match author {
            Some(author) => command.env("MEED_AUTHOR", author),
            None => command.env_remove("MEED_AUTHOR"),
        };
        Run::of_command(&mut command)
    };
    let before = sandbox.state();
    assert!(close(None).fails(3).contains("nobody is named as the author of the commit\nhint: "));
    for wrong in ["Wren", "<wren@example.org>", "Wren <>", "Wren <a> b", "Wr\nen <wren@example.org>"] {
        let error = close(Some(wrong)).fails(2);
        assert!(error.contains("does not read `Name <mail>`\nhint: "), "{wrong}: {error}");
    }
    assert_eq!(sandbox.state(), before);
    let config = "[user]\n\tname = Wren Example\n\temail = wren@example.org\n";
    fs::write(sandbox.path("home/.gitconfig"), config).unwrap();
    let _ = close(None).ok();
    let people = sandbox.git_ok(&["log", "-1", "--format=%an <%ae> %cn <%ce>"]);
    assert_eq!(people, "Wren Example <wren@example.org> Wren Example <wren@example.org>");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

// ---- verify

#[test]
fn verify_reports_to_people_and_programs() {
    let sandbox = Sandbox::closed(2);
    let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let run = sandbox.meed(&["verify"]);
    assert_eq!(run.stderr, "", "no progress bar where nobody looks");
    let text = run.ok();
    assert!(
        text.contains("1 2026-01 (commit ") && text.contains(&format!(", signed by {SIGNER})")),
        "{text}"
    );
    assert!(text.contains(&format!("2 statements verified, head {head}")), "{text}");
    assert!(text.contains("trust on first use"), "{text}");

    let value = json(&sandbox.meed(&["verify", "--format", "json"]));
    assert_eq!(fields(&value), ["holds", "statements", "ledger", "head"]);
    assert_eq!(value["holds"], true);
    let statement = &value["statements"][0];
    assert_eq!(fields(statement), ["sequence", "round", "revision", "commit", "signer", "checks"]);
    assert_eq!(fields(&statement["checks"][0]), ["name", "state", "detail"]);
    let names = |checks: &Value| -> Vec<String> {
        checks.as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap().to_owned()).collect()
    };
    let expected = [
        "signature",
        "signer",
        "commit",
        "complete",
        "inputs",
        "chain",
        "sums",
        "money",
        "pages",
        "append-only",
        "approvals",
        "settlements",
    ];
    assert_eq!(names(&statement["checks"]), expected);
    assert_eq!(names(&value["ledger"]), ["signers", "known"]);
    assert_eq!(fields(&value["head"]), ["commit", "sequence", "sha256"]);

    // The printed head is what a later verification wants.
    let keep = text.lines().find_map(|line| line.trim().strip_prefix("meed verify --known ")).unwrap();
    assert_eq!(value["head"]["sha256"], keep);
    assert_eq!(sandbox.failing(&["--known", keep]), [""; 0]);
    let verbose = sandbox.meed(&["-v", "verify", "2026-02"]).ok();
    assert!(verbose.contains("append-only  holds"), "{verbose}");
    assert!(!verbose.contains("1 2026-01"), "only the round that was named: {verbose}");
}

#[test]
fn verify_holds_what_the_auditor_knows_against_the_ledger() {
    let sandbox = Sandbox::closed(2);
    let root = sandbox.git_ok(&["rev-list", "--max-parents=0", "HEAD"]);
    let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let inputs = sandbox.git_ok(&["rev-parse", "HEAD~1"]);
    assert_eq!(sandbox.failing(&["--root", &root]), [""; 0]);
    assert_eq!(sandbox.failing(&["--root", &head]), ["signers"]);
    let run = sandbox.meed(&["verify", "--root", &root]).ok();
    assert!(!run.contains("trust on first use"), "{run}");

    assert_eq!(sandbox.failing(&["--known", &head]), [""; 0]);
    assert_eq!(sandbox.failing(&["--known", &"ab".repeat(20)]), ["known"]);
    assert_eq!(sandbox.failing(&["--known", &"ab".repeat(32)]), ["known"]);
    assert_eq!(sandbox.failing(&["--rev", &inputs, "--known", &head]), ["known"]);
    assert_eq!(sandbox.failing(&["--rev", &inputs]), [""; 0]);
    let error = sandbox.meed(&["verify", "--rev", "no-such-branch"]).fails(2);
    assert!(error.contains("`no-such-branch` does not name a commit"), "{error}");
    let error = sandbox.meed(&["verify", "2026-09"]).fails(2);
    assert!(
        error.contains("no closed round is called `2026-09`\nhint: closed rounds: 2026-01, 2026-02"),
        "{error}"
    );

    fs::copy(sandbox.at("allowed_signers"), sandbox.path("mine")).unwrap();
    assert_eq!(sandbox.failing(&["--signers", &sandbox.key("mine")]), [""; 0]);
    sandbox.new_key("stranger", "ed25519", "stranger@example.org");
    let stranger = fs::read_to_string(sandbox.path("stranger.pub")).unwrap();
    fs::write(sandbox.path("others"), format!("stranger@example.org namespaces=\"git\" {stranger}")).unwrap();
    assert_eq!(sandbox.failing(&["--signers", &sandbox.key("others")]), ["signer"]);
    let error = sandbox.meed(&["verify", "--signers", &sandbox.key("nowhere")]).fails(3);
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn log_shows_the_chain() {
    let sandbox = Sandbox::closed(2);
    let text = sandbox.meed(&["log"]).ok();
    let header: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        header,
        [
            "seq",
            "round",
            "rev",
            "date",
            "pool",
            "owed",
            "settled",
            "open",
            "held",
            "recipients",
            "signer",
            "state"
        ]
    );
    let line: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(line[..5], ["1", "2026-01", "1", "2026-06-01", "100"], "{text}");
    assert_eq!(line[10..], [SIGNER, "verifies"], "{text}");
    let value = json(&sandbox.meed(&["log", "--format", "json"]));
    let expected = [
        "sequence",
        "round",
        "revision",
        "date",
        "pool",
        "paid",
        "owed",
        "settled",
        "open",
        "held",
        "approvals",
        "recipients",
        "signer",
        "state",
        "commit",
    ];
    assert_eq!(fields(&value[1]), expected);
    assert_eq!(value[1]["commit"], sandbox.git_ok(&["rev-parse", "HEAD"]));

    let empty = Sandbox::ledger();
    let run = empty.meed(&["log"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", "no round is closed yet\n"));
}

// ---- signers

#[test]
fn signers_come_and_go() {
    let sandbox = Sandbox::closed(1);
    sandbox.new_key("wren", "ed25519", "wren@example.org");
    let (wren, public, treasurer) = (sandbox.key("wren"), sandbox.key("wren.pub"), sandbox.key("treasurer"));
    let signers = |args: &[&str]| sandbox.meed(&[&["signers"], args].concat());
    let error = signers(&["add", &public, "--key", &wren]).fails(3);
    assert!(error.contains("this key may not sign here"), "nobody adds themselves: {error}");
    let error = signers(&["remove", SIGNER, "--key", &treasurer]).fails(2);
    assert!(error.contains("hint: add another signer first"), "{error}");

    let text = signers(&["add", &public, "--key", &treasurer]).ok();
    let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
    assert!(
        text.starts_with("Add signer SHA256:") && text.ends_with(&format!("\n  commit  {head}\n")),
        "{text}"
    );
    let error = signers(&["add", &public, "--key", &treasurer]).fails(2);
    assert!(error.contains("`meed signers list` shows it"), "{error}");
    let list = signers(&["list"]).ok();
    assert_eq!(list.lines().count(), 3, "{list}");
    let value = json(&signers(&["list", "--format", "json"]));
    assert_eq!(fields(&value[1]), ["principal", "fingerprint", "namespaces", "valid"]);
    assert_eq!(value[1]["principal"], "wren@example.org");
    assert_eq!((&value[1]["namespaces"], &value[1]["valid"]), (&"git".into(), &"always".into()));

    sandbox.add_round("2026-02");
    let _ = sandbox.meed(&["close", "--key", &wren]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);

    // Wren takes the treasurer off: what the treasurer closed stays valid, nothing new does.
    let _ = signers(&["remove", SIGNER, "--key", &wren]).ok();
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    sandbox.add_round("2026-03");
    let error = sandbox.close(&[]).fails(3);
    assert!(error.contains("this key may not sign here"), "{error}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let _ = sandbox.meed(&["close", "--key", &wren]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let error = signers(&["remove", "nobody@example.org", "--key", &wren]).fails(2);
    assert!(error.contains("`meed signers list` shows principals"), "{error}");
}

// ---- round new

#[test]
fn round_new_goes_on_from_the_last_round() {
    let sandbox = Sandbox::ledger();
    let text = sandbox.meed(&["round", "new", "2026-01"]).ok();
    assert!(text.starts_with("wrote rounds/2026-01/round.json with example settings"), "{text}");
    let first: Value = serde_json::from_str(&sandbox.read("rounds/2026-01/round.json")).unwrap();
    assert_eq!(first["period"], serde_json::json!({"start": "2026-01-01", "end": "2026-01-31"}));
    let error = sandbox.meed(&["round", "new", "2026-01"]).fails(2);
    assert!(error.contains("rounds/2026-01/round.json"), "{error}");

    let settings = |path: &str| -> Value {
        serde_json::from_str::<Value>(&sandbox.read(path)).unwrap()["allocations"].clone()
    };
    sandbox.write_round("2026-01");
    sandbox.write(
        "rounds/2026-01/round.json",
        sandbox.read("rounds/2026-01/round.json").replace("01-28", "01-31"),
    );
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    let text = sandbox.meed(&["round", "new", "2026-02"]).ok();
    assert!(text.starts_with("wrote rounds/2026-02/round.json with the settings of 2026-01"), "{text}");
    assert!(text.contains("put praise.csv, rewardboard.csv beside it"), "{text}");
    let second: Value = serde_json::from_str(&sandbox.read("rounds/2026-02/round.json")).unwrap();
    assert_eq!(second["period"], serde_json::json!({"start": "2026-02-01", "end": "2026-02-28"}));
    assert_eq!(settings("rounds/2026-01/round.json"), settings("rounds/2026-02/round.json"));

    let _ = sandbox.meed(&["round", "new", "2026-03", "--from", "2026-01"]).ok();
    // Inputs in every form are told as paths.
    let inputs = r#""inputs": {"a": ["one.csv", "two.csv"], "b": {"holders": "holders", "lp": ["lp.csv"]}}"#;
    let first = sandbox.read("rounds/2026-01/round.json");
    let (head, _) = first.split_once("\"inputs\"").unwrap();
    sandbox.write("rounds/2027-01/round.json", format!("{head}{inputs}}}]}}"));
    sandbox.commit("A round with lists");
    let text = sandbox.meed(&["round", "new", "2027-02", "--from", "2027-01"]).ok();
    assert!(text.contains("put holders, lp.csv, one.csv, two.csv beside it"), "{text}");
    for id in ["2027-01", "2027-02"] {
        fs::remove_dir_all(sandbox.at(&format!("rounds/{id}"))).unwrap();
    }
    sandbox.commit("Without it");
    let error = sandbox.meed(&["round", "new", "2026-04", "--from", "2025-01"]).fails(2);
    assert!(error.contains("there is no round `2025-01`"), "{error}");
    for id in ["../out", "results", "a b", "/abs", ""] {
        let _ = sandbox.meed(&["round", "new", id]).fails(2);
    }
    assert!(!sandbox.path("out").exists());
    // The file that was written closes, with inputs beside it.
    sandbox.write("rounds/2026-02/praise.csv", crate::support::sandbox::praise_csv("02"));
    fs::copy(sandbox.at("rounds/2026-01/rewardboard.csv"), sandbox.at("rounds/2026-02/rewardboard.csv"))
        .unwrap();
    fs::remove_dir_all(sandbox.at("rounds/2026-03")).unwrap();
    sandbox.commit("Inputs of 2026-02");
    let _ = sandbox.close(&[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn a_rad_folder_closes_and_is_followed_by_another() {
    let sandbox = Sandbox::ledger();
    let from = package().join("tests/vectors/praise-v1/rad-folder");
    fs::create_dir_all(sandbox.at("rounds/round-21")).unwrap();
    for name in ["parameters.json", "praise.1.csv", "praise.2.csv", "rewardboard.csv"] {
        fs::copy(from.join(name), sandbox.at(&format!("rounds/round-21/{name}"))).unwrap();
    }
    sandbox.commit("Round 21, as RAD left it");
    let text = sandbox.close(&["round-21"]).ok();
    assert!(text.starts_with("closed round-21 on main: 4154 TOK to "), "{text}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);

    let text = sandbox.meed(&["round", "new", "round-22"]).ok();
    assert!(
        text.starts_with("wrote rounds/round-22/parameters.json with the settings of round-21"),
        "{text}"
    );
    let next: Value = serde_json::from_str(&sandbox.read("rounds/round-22/parameters.json")).unwrap();
    assert_eq!(next["distribution_name"], "round-22");
    assert_eq!(next["token_allocation_per_reward_system"], serde_json::json!(["4154", "0"]));
    let error = sandbox.meed(&["round", "new", "round-22"]).fails(2);
    assert!(error.contains("rounds/round-22/parameters.json"), "{error}");
}

// ---- demo, completions, manual

#[test]
fn the_demo_closes_the_example() {
    let sandbox = Sandbox::new();
    let dir = sandbox.key("demo");
    let text = sandbox.meed(&["demo", &dir]).ok();
    assert!(
        text.contains("7 statements and 3 simulations verified") && text.contains("where to look:"),
        "{text}"
    );
    let _ = Run::of_command(sandbox.command("git").args(["-C", &dir, "fsck", "--strict"])).ok();
    let status = Run::of_command(sandbox.command("git").args(["-C", &dir, "status", "--porcelain"])).ok();
    assert_eq!(status, "");
    assert_eq!(sandbox.meed(&["--ledger", &dir, "log"]).ok().lines().count(), 8);
    let rounds = package().join("ledger-example/rounds");
    for entry in fs::read_dir(&rounds).unwrap() {
        let round = entry.unwrap().path();
        let name = round.file_name().unwrap().to_str().unwrap().to_owned();
        if !round.join("results").is_dir() {
            crate::support::skip(&format!("the demo's results of {name}: ledger-example has no results yet"));
            continue;
        }
        let made = folder(&sandbox.path("demo/rounds").join(&name).join("results"));
        assert_eq!(made, folder(&round.join("results")), "{name}");
    }
    let error = sandbox.meed(&["demo", &dir]).fails(2);
    assert!(error.contains("hint: give an empty or a new folder"), "{error}");
}

#[test]
fn completions_and_manual_pages_are_written() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = sandbox.meed(&["completions", shell]).ok();
        assert!(
            text.contains("meed")
                && text.contains("explain")
                && text.contains("signers")
                && text.len() > 1000,
            "{shell}"
        );
        if shell == "bash" {
            let file = sandbox.path("completions");
            fs::write(&file, text).unwrap();
            let _ = Run::of_command(sandbox.command("bash").arg("-n").arg(&file)).ok();
        }
    }
    let pages = sandbox.path("man/new");
    let _ = sandbox.meed(&["man", pages.to_str().unwrap()]).ok();
    let pages = folder(&pages);
    for page in [
        "meed.1",
        "meed-close.1",
        "meed-verify.1",
        "meed-explain.1",
        "meed-signers-add.1",
        "meed-round-new.1",
    ] {
        let (_, text) = pages.iter().find(|(name, _)| name == page).unwrap_or_else(|| panic!("no {page}"));
        assert!(text.len() > 500, "{page}");
    }
}

#[test]
fn every_command_has_examples_in_its_help() {
    let sandbox = Sandbox::new();
    let commands: [&[&str]; 36] = [
        &[],
        &["init"],
        &["import"],
        &["check"],
        &["audit"],
        &["close"],
        &["amend"],
        &["verify"],
        &["prove"],
        &["approve"],
        &["settle"],
        &["publish"],
        &["collect"],
        &["collect", "github"],
        &["log"],
        &["statement"],
        &["export"],
        &["explain"],
        &["diff"],
        &["held"],
        &["members"],
        &["members", "check"],
        &["round"],
        &["round", "new"],
        &["report"],
        &["simulate"],
        &["site"],
        &["signers"],
        &["signers", "list"],
        &["signers", "add"],
        &["signers", "remove"],
        &["demo"],
        &["completions"],
        &["man"],
        &["schemas"],
        &["help", "close"],
    ];
    for command in commands {
        let args =
            if command.first() == Some(&"help") { command.to_vec() } else { [command, &["--help"]].concat() };
        let text = sandbox.meed(&args).ok();
        assert!(text.contains("Examples:\n  meed "), "{command:?}: {text}");
    }
    // What `meed --help` lists is what was asked above.
    let text = sandbox.meed(&["--help"]).ok();
    let listed = text.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for line in listed.lines() {
        let name = line.split_whitespace().next().unwrap();
        assert!(commands.iter().any(|command| command.first() == Some(&name)), "{name} is not tested here");
    }
    let _ = sandbox.meed(&[]).fails(2);
    let _ = sandbox.meed(&["clsoe"]).fails(2);
    assert!(sandbox.meed(&["--version"]).ok().starts_with("meed 0."));
}

// ---- other repositories

#[test]
fn a_bare_repository_is_closed_and_verified() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    let bare = sandbox.key("bare.git");
    let _ = sandbox.git(&["clone", "-q", "--bare", ".", &bare]).ok();
    let _ = sandbox.close(&["--ledger", &bare, "--branch", "main"]).ok();
    assert_eq!(sandbox.failing(&["--ledger", &bare]), [""; 0]);
    assert_eq!(sandbox.meed(&["--ledger", &bare, "log"]).ok().lines().count(), 3);
    assert_eq!(sandbox.failing(&["--ledger", &bare, "--rev", "main"]), [""; 0]);
    let error = sandbox.meed(&["--ledger", &bare, "check", "--worktree"]).fails(2);
    assert!(error.contains("bare"), "{error}");
    let error = sandbox.meed(&["--ledger", &bare, "round", "new", "2026-03"]).fails(2);
    assert!(error.contains("bare"), "{error}");
}

#[test]
fn a_linked_work_tree_is_closed_where_it_is() {
    let sandbox = Sandbox::closed(1);
    let linked = sandbox.key("linked");
    let _ = sandbox.git(&["worktree", "add", "-q", "-b", "side", &linked]).ok();
    sandbox.add_round("2026-02");
    let _ = sandbox.git(&["-C", &linked, "merge", "-q", "--ff-only", "main"]).ok();
    let error = sandbox.close(&["--ledger", &linked, "--branch", "main"]).fails(3);
    assert!(error.contains("branch `main` is checked out in another work tree: "), "{error}");

    let text = sandbox.close(&["--ledger", &linked]).ok();
    assert!(text.starts_with("closed 2026-02 on side: "), "{text}");
    assert!(sandbox.path("linked/rounds/2026-02/results/statement.json").exists());
    assert!(!sandbox.at("rounds/2026-02/results").exists());
    assert_eq!(sandbox.git_ok(&["-C", &linked, "status", "--porcelain"]), "");
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.failing(&["--ledger", &linked]), [""; 0]);
}

#[test]
fn a_shallow_clone_is_refused() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    let shallow = sandbox.key("shallow");
    let source = format!("file://{}", sandbox.key("ledger"));
    let _ = sandbox.git(&["clone", "-q", "--depth", "1", &source, &shallow]).ok();
    for command in [&["verify"][..], &["log"], &["close", "--key", &sandbox.key("treasurer")]] {
        let error = sandbox.meed(&[&["--ledger", &shallow], command].concat()).fails(3);
        assert!(error.contains("the clone is shallow: its history is cut off"), "{error}");
        assert!(error.contains("`git fetch --unshallow`, in GitHub Actions `fetch-depth: 0`"), "{error}");
    }
}

// ---- terminals and pipes

#[test]
fn colours_are_for_terminals_that_want_them() {
    let sandbox = Sandbox::closed(1);
    for args in [&["verify"][..], &["check"], &["log"], &["signers", "list"], &["--help"], &["nonsense"]] {
        let run = sandbox.meed(args);
        assert!(!(run.stdout + &run.stderr).contains('\u{1b}'), "{args:?}");
    }
    let verify = [env!("CARGO_BIN_EXE_meed"), "verify"].join(" ");
    let on_terminal = |variable: &str, value: &str| {
        let mut script = sandbox.command("script");
        script.args(["--quiet", "--return", "--command", &verify, "/dev/null"]).env(variable, value);
        script.output().ok().map(|output| Run::of(output).ok())
    };
    let Some(plain) = on_terminal("NO_COLOR", "1") else {
        crate::support::skip("colours on a terminal: no program `script` (apt-get install bsdutils)");
        return;
    };
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert!(!on_terminal("TERM", "dumb").unwrap().contains('\u{1b}'));
    assert!(on_terminal("TERM", "xterm").unwrap().contains('\u{1b}'));
}

#[test]
fn quiet_leaves_results_and_errors() {
    let sandbox = Sandbox::closed(1);
    let run = sandbox.meed(&["-q", "check"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let run = sandbox.meed(&["close", "-q", "--all"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert!(sandbox.meed(&["-q", "verify"]).ok().contains("1 statement verified"));
    assert!(sandbox.meed(&["-q", "close"]).fails(2).starts_with("error: "));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::closed(1);
    let cases: [(&[&str], i32); 5] = [
        (&["verify"], 0),
        (&["log", "--format", "json"], 0),
        (&["completions", "bash"], 0),
        (&["close", "--format", "json"], 2),
        (&["--help"], 0),
    ];
    for (args, status) in cases {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = sandbox.meed_command(args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let run = Run::of(output);
        assert!(!run.stderr.contains("panicked"), "{args:?}: {}", run.stderr);
        assert_eq!(run.status, status, "{args:?}: {}", run.stderr);
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = sandbox.meed_command(&["close"]).stderr(writer).output().unwrap();
    assert_eq!(Run::of(output).status, 2, "standard error is closed");
}

/// A name or an abbreviation could be made to mean another commit by whoever made the repository.
#[test]
fn what_auditors_bring_is_given_in_full() {
    let sandbox = Sandbox::closed(1);
    let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
    for option in ["--known", "--root"] {
        for text in ["HEAD", "main", &head[..12], "", &head.replace(char::is_alphanumeric, "g")] {
            let error = sandbox.meed(&["verify", option, text]).fails(2);
            assert!(error.contains("is not a commit id in full"), "{error}");
        }
    }
    assert_eq!(sandbox.failing(&["--known", &head.to_uppercase()]), [""; 0]);
}

#[test]
fn schemas_are_written() {
    let sandbox = Sandbox::ledger();
    let _ = sandbox.meed(&["schemas", "schemas"]).ok();
    let committed = fs::read_to_string(crate::support::package().join("schemas/round.schema.json")).unwrap();
    assert_eq!(sandbox.read("schemas/round.schema.json"), committed);
    assert!(sandbox.at("schemas/methods/praise-v1.schema.json").exists());
}
