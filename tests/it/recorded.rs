//! Simulations that are closed and verified: what `meed close simulations/NAME` writes and refuses, what
//! `meed verify` says of it, and that rounds are closed as if no simulation were there.

use std::fs;

use serde_json::Value;

use crate::support::files_below;
use crate::support::sandbox::Sandbox;

const RESULTS: &str = "simulations/funding/results";

/// A ledger with a simulation that is not closed.
fn open() -> Sandbox {
    let sandbox = Sandbox::ledger();
    sandbox.add_simulation("funding");
    sandbox
}

#[test]
fn a_close_is_one_signed_commit_with_the_results() {
    let sandbox = open();
    let before = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let text = sandbox.close(&["simulations/funding"]).ok();
    assert!(text.starts_with("closed simulations/funding on main: 3 runs of work, 0 failed\n"), "{text}");
    assert_eq!(sandbox.git_ok(&["rev-parse", "HEAD~1"]), before);
    assert_eq!(sandbox.git_ok(&["status", "--porcelain"]), "");
    let changed = sandbox.git_ok(&["diff", "--name-status", "--no-renames", "HEAD~1", "HEAD"]);
    assert!(changed.lines().all(|line| line.starts_with(&format!("A\t{RESULTS}/"))), "{changed}");

    // The statement names every file, with the digest that another program computes.
    let statement: Value = serde_json::from_str(&sandbox.read(&format!("{RESULTS}/statement.json"))).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "urn:meed:simulation:v1");
    let subject = statement["subject"].as_array().unwrap();
    assert_eq!(subject.len() + 1, changed.lines().count());
    for file in subject {
        let path = sandbox.at(&format!("{RESULTS}/{}", file["name"].as_str().unwrap()));
        let sum = std::process::Command::new("sha256sum").arg(path).output().unwrap().stdout;
        assert_eq!(String::from_utf8(sum).unwrap().split(' ').next(), file["digest"]["sha256"].as_str());
    }
    let predicate = &statement["predicate"];
    for (field, expected) in [("timesteps", 52), ("runs", 3), ("subsets", 1), ("failed", 0), ("seed", 1)] {
        assert_eq!(predicate[field], expected, "{field}");
    }
    for (field, expected) in [("simulation", "funding"), ("model", "work"), ("rng", "cpython")] {
        assert_eq!(predicate[field], expected, "{field}");
    }
    assert!(predicate.get("sequence").is_none() && predicate.get("previous").is_none());
    let inputs: Vec<&str> =
        predicate["inputs"].as_array().unwrap().iter().map(|input| input["name"].as_str().unwrap()).collect();
    let folder = "simulations/funding";
    let expected = ["ledger.json", &format!("{folder}/minting.csv"), &format!("{folder}/simulation.json")];
    assert_eq!(inputs, expected);

    // The draws of Python's `random.seed(1)`, and less minted from week 10 on.
    let rows = sandbox.read(&format!("{RESULTS}/rows.csv"));
    let last: Vec<&str> = rows.lines().filter(|line| line.split(',').nth(4) == Some("52")).collect();
    assert_eq!(
        last,
        ["0,0,1,2,52,3051,50,3050,273", "0,0,2,2,52,3051,50,3050,328", "0,0,3,2,52,3051,50,3050,308"]
    );

    let message = sandbox.git_ok(&["log", "-1", "--format=%B"]);
    assert!(message.starts_with("Close simulations/funding: 3 runs of work\n"), "{message}");
    let trailers = sandbox.git_ok(&["log", "-1", "--format=%(trailers:only)"]);
    let names: Vec<&str> = trailers.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(names, ["Simulation", "Statement-SHA256", "Engine"]);
    let allowed = format!("gpg.ssh.allowedSignersFile={}", sandbox.at("allowed_signers").display());
    let _ = sandbox.git(&["-c", &allowed, "verify-commit", "HEAD"]).ok();
}

#[test]
fn it_is_verified_behind_the_statements() {
    let sandbox = Sandbox::closed(1);
    let before = sandbox.meed(&["verify", "--format", "json"]).ok();
    assert!(!before.contains("simulation"), "{before}");
    sandbox.add_simulation("funding");
    let unclosed = sandbox.meed(&["verify"]).ok();
    assert!(!unclosed.contains("simulation"), "{unclosed}");
    let _ = sandbox.close(&["simulations/funding"]).ok();
    let text = sandbox.meed(&["verify"]).ok();
    let (round, simulation) = (text.find("1 2026-01 ").unwrap(), text.find("simulations/funding ").unwrap());
    assert!(round < simulation && simulation < text.find("\nledger\n").unwrap(), "{text}");
    assert!(text.contains("  holds  8 checks: 3 runs of work\n"), "{text}");
    let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
    assert!(text.contains(&format!("1 statement and 1 simulation verified, head {head}\n")), "{text}");
    assert!(text.contains(&format!("meed verify --known {head}\n")), "{text}");

    let json: Value = serde_json::from_str(&sandbox.meed(&["verify", "--format", "json"]).ok()).unwrap();
    let of = &json["simulations"][0];
    assert_eq!(of["simulation"], "funding");
    assert_eq!(of["commit"], head.as_str());
    let names: Vec<&str> =
        of["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    let all = ["signature", "signer", "commit", "complete", "inputs", "rows", "pages", "append-only"];
    assert_eq!(names, all);

    // One of them alone, with the slash that a shell adds; a round alone; what is not closed.
    let text = sandbox.meed(&["verify", "simulations/funding/"]).ok();
    assert!(text.contains("1 simulation verified") && !text.contains("2026-01"), "{text}");
    let text = sandbox.meed(&["verify", "2026-01"]).ok();
    assert!(text.contains("1 statement verified") && !text.contains("funding"), "{text}");
    let digest =
        meed::files::sha256_hex(&fs::read(sandbox.at(&format!("{RESULTS}/statement.json"))).unwrap());
    assert_eq!(sandbox.failing(&["--known", &digest]), [""; 0]);
    // `log` shows rounds, and judges rounds.
    assert!(!sandbox.meed(&["log"]).ok().contains("funding"));
}

/// Its commits do not enter the chain: the statements of rounds are what they would be without it.
#[test]
fn rounds_are_closed_as_if_it_were_not_there() {
    let (with, without) = (Sandbox::ledger(), Sandbox::ledger());
    for (sandbox, has_simulations) in [(&with, true), (&without, false)] {
        for month in ["01", "02"] {
            if has_simulations {
                with.add_simulation(&format!("before-{month}"));
                let _ = with.close(&[&format!("simulations/before-{month}")]).ok();
            }
            sandbox.add_round(&format!("2026-{month}"));
            let _ = sandbox.close(&["--all"]).ok();
        }
    }
    with.add_simulation("after");
    let _ = with.close(&["simulations/after"]).ok();
    assert!(files_below(&with.at("rounds")) == files_below(&without.at("rounds")));
    let text = with.meed(&["verify"]).ok();
    assert!(text.contains("2 statements and 3 simulations verified"), "{text}");
    // And its own results do not depend on the rounds.
    let table = |name: &str| with.read(&format!("simulations/{name}/results/rows.csv"));
    assert_eq!(table("before-01"), table("after"));
}

#[test]
fn a_dry_run_writes_what_a_close_would() {
    let sandbox = open();
    let (state, out) = (sandbox.state(), sandbox.key("out"));
    let text = sandbox.close(&["simulations/funding", "--dry-run", "--out", &out]).ok();
    assert!(text.starts_with("would close simulations/funding: 3 runs of work"), "{text}");
    assert_eq!(sandbox.state(), state);
    let json = sandbox.close(&["simulations/funding", "--dry-run", "--format", "json"]).ok();
    let dry: Value = serde_json::from_str(&json).unwrap();
    let json = sandbox.close(&["simulations/funding", "--format", "json"]).ok();
    let closed: Value = serde_json::from_str(&json).unwrap();
    assert!(dry[0].get("commit").is_none());
    assert_eq!(closed[0]["commit"], sandbox.git_ok(&["rev-parse", "HEAD"]).as_str());
    assert_eq!(closed[0]["statement_sha256"], dry[0]["statement_sha256"]);
    let written = files_below(&sandbox.path("out/simulations/funding"));
    assert!(!written.is_empty() && written == files_below(&sandbox.at(RESULTS)));
}

/// Everything that is refused leaves branch, objects, index and work tree as they were.
#[test]
fn what_is_refused_writes_nothing() {
    type Case = (&'static str, fn(&Sandbox), &'static [&'static str], &'static str);
    let cases: [Case; 12] = [
        ("unknown", |_| {}, &["simulations/other"], "there are: funding"),
        ("no name", |_| {}, &["simulations/"], "a segment is empty"),
        ("two segments", |_| {}, &["simulations/a/b"], "cannot be called"),
        ("above", |_| {}, &["simulations/.."], "cannot be called"),
        ("a period", |_| {}, &["simulations/funding", "--late"], "has no period"),
        (
            "closed",
            |sandbox| _ = sandbox.close(&["simulations/funding"]).ok(),
            &["simulations/funding"],
            "is closed already",
        ),
        (
            "results there",
            |sandbox| {
                sandbox.write(&format!("{RESULTS}/old.csv"), "old\n");
                sandbox.commit("Leave something");
            },
            &["simulations/funding"],
            "exists already, without a statement",
        ),
        (
            "work tree",
            |sandbox| sandbox.write("simulations/funding/minting.csv", "timestep\n"),
            &["simulations/funding"],
            "minting.csv",
        ),
        (
            "an untracked file",
            |sandbox| sandbox.write("simulations/funding/notes.md", "new\n"),
            &["simulations/funding"],
            "notes.md",
        ),
        (
            "the ledger's file",
            |sandbox| sandbox.write("ledger.json", sandbox.read("ledger.json").replace("Test", "Best")),
            &["simulations/funding"],
            "ledger.json",
        ),
        (
            "a table that leaves",
            |sandbox| {
                let file = "simulations/funding/simulation.json";
                sandbox.write(file, sandbox.read(file).replace("minting.csv", "../../ledger.json"));
                sandbox.commit("Out");
            },
            &["simulations/funding"],
            "ledger.json` leaves the round's folder",
        ),
        (
            "a link",
            |sandbox| {
                let path = sandbox.at("simulations/funding/minting.csv");
                fs::remove_file(&path).unwrap();
                std::os::unix::fs::symlink("/etc/passwd", path).unwrap();
                sandbox.commit("Link");
            },
            &["simulations/funding"],
            "is a symbolic link",
        ),
    ];
    for (name, prepare, args, says) in cases {
        let sandbox = open();
        prepare(&sandbox);
        let state = sandbox.state();
        let told = sandbox.close(args).fails(2);
        assert!(told.contains(says), "{name}: {told}");
        assert_eq!(sandbox.state(), state, "{name}");
    }
}

#[test]
fn what_is_committed_can_be_closed_although_the_work_tree_differs() {
    let sandbox = open();
    let table = "simulations/funding/minting.csv";
    sandbox.write(table, "timestep,weekly_token_minting\n1,7\n");
    let _ = sandbox.close(&["simulations/funding", "--committed"]).ok();
    assert!(sandbox.read(&format!("{RESULTS}/rows.csv")).contains(",3051,50,3050,273\n"));
    assert!(sandbox.read(table).ends_with("1,7\n"), "the work tree's own change stays");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// A key that nobody listed cannot close, and a stranger's key is told at once.
#[test]
fn a_key_that_is_not_allowed_closes_nothing() {
    let sandbox = open();
    sandbox.new_key("mallory", "ed25519", "mallory@example.org");
    let state = sandbox.state();
    let told = sandbox.meed(&["close", "simulations/funding", "--key", &sandbox.key("mallory")]).fails(3);
    assert!(told.contains("allowed_signers"), "{told}");
    assert_eq!(sandbox.state(), state);
}

/// Runs that fail are recorded with their place, and the close says so.
#[test]
fn failed_runs_are_recorded() {
    let sandbox = Sandbox::ledger();
    let file = r#"{"model": "work", "runs": 2, "timesteps": 3, "parameters": {"tokens": 1.7e308, "weekly_token_minting": 1e308}}"#;
    sandbox.write("simulations/funding/simulation.json", file);
    sandbox.commit("Too much");
    let run = sandbox.close(&["simulations/funding"]);
    assert!(run.stderr.contains("warning: 2 of 2 runs failed"), "{}", run.stderr);
    assert!(run.ok().contains("2 runs of work, 2 failed"));
    assert_eq!(
        sandbox.read(&format!("{RESULTS}/failures.csv")),
        "simulation,subset,run,timestep,substep,variable,reason\n\
         0,0,1,1,1,tokens,is too large\n0,0,2,1,1,tokens,is too large\n"
    );
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// Which tables there are is for simulation.json to say.
#[test]
fn tables_are_those_that_are_asked_for() {
    let names = |rows: &str, detail: bool| -> Vec<String> {
        let sandbox = Sandbox::ledger();
        let file =
            format!("{{\"model\": \"work\", \"rows\": \"{rows}\", \"detail\": {detail}, \"timesteps\": 2}}");
        sandbox.write("simulations/funding/simulation.json", file);
        sandbox.commit("Ask");
        let _ = sandbox.close(&["simulations/funding"]).ok();
        assert_eq!(sandbox.failing(&[]), [""; 0], "{rows}");
        let files = files_below(&sandbox.at(RESULTS));
        let lines = files.get("rows.csv").map(|rows| String::from_utf8_lossy(rows).lines().count());
        let expected = match rows {
            "all" => Some(1 + 5),
            "last" => Some(1 + 3),
            _ => None,
        };
        assert_eq!(lines, expected, "{rows}");
        files.into_keys().filter(|name| !name.starts_with("report/")).collect()
    };
    assert_eq!(names("all", true), ["rows.csv", "statement.json", "summary.csv"]);
    assert_eq!(names("last", false), ["rows.csv", "statement.json", "summary.csv"]);
    assert_eq!(names("summary", false), ["statement.json", "summary.csv"]);
}

/// A round may be called so too; its name goes first, as it did before there were simulations.
#[test]
fn a_round_called_like_a_simulation_is_closed() {
    let sandbox = open();
    sandbox.write_round("2026-01");
    fs::create_dir_all(sandbox.at("rounds/simulations")).unwrap();
    fs::rename(sandbox.at("rounds/2026-01"), sandbox.at("rounds/simulations/funding")).unwrap();
    sandbox.commit("A round");
    let text = sandbox.close(&["simulations/funding"]).ok();
    assert!(text.contains("TOK to"), "{text}");
    assert!(sandbox.at("rounds/simulations/funding/results/statement.json").exists());
    assert!(!sandbox.at(RESULTS).exists());
    assert_eq!(sandbox.failing(&["simulations/funding"]), [""; 0]);
}

/// The same simulation closed on two branches is one: the bytes are the same, and a merge keeps both
/// commits.
#[test]
fn closed_on_two_lines_it_is_the_same() {
    let sandbox = open();
    let _ = sandbox.git(&["branch", "side"]).ok();
    let _ = sandbox.close(&["simulations/funding"]).ok();
    let _ = sandbox.git(&["checkout", "-q", "side"]).ok();
    let _ = sandbox.close(&["simulations/funding"]).ok();
    assert_eq!(sandbox.git_ok(&["rev-parse", "main^{tree}"]), sandbox.git_ok(&["rev-parse", "side^{tree}"]));
    assert_ne!(sandbox.git_ok(&["rev-parse", "main"]), sandbox.git_ok(&["rev-parse", "side"]));
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "main"]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    // A simulation on one line and a round on the other do not fork the record.
    let _ = sandbox.git(&["checkout", "-q", "-b", "left"]).ok();
    sandbox.add_simulation("other");
    let _ = sandbox.close(&["simulations/other"]).ok();
    let _ = sandbox.git(&["checkout", "-q", "side"]).ok();
    sandbox.add_round("2026-01");
    let _ = sandbox.close(&[]).ok();
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "left"]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// A pointer of Git LFS stands for its table; where the object is missing nothing is known to be wrong.
#[test]
fn a_table_in_git_lfs_is_read_through_its_pointer() {
    let sandbox = open();
    let table = "simulations/funding/minting.csv";
    let bytes = fs::read(sandbox.at(table)).unwrap();
    let digest = meed::files::sha256_hex(&bytes);
    let object = sandbox.at(&format!(".git/lfs/objects/{}/{}/{digest}", &digest[..2], &digest[2..4]));
    fs::create_dir_all(object.parent().unwrap()).unwrap();
    fs::write(&object, &bytes).unwrap();
    let size = bytes.len();
    sandbox.write(
        table,
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n"),
    );
    sandbox.commit("Pointer");
    let _ = sandbox.close(&["simulations/funding"]).ok();
    assert!(sandbox.read(&format!("{RESULTS}/rows.csv")).contains(",3051,50,3050,273\n"));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    fs::remove_file(object).unwrap();
    let run = sandbox.meed(&["verify"]);
    assert!(run.stdout.contains("rows         impossible"), "{}", run.stdout);
    assert_eq!(run.status, 3, "{}", run.stdout);
}
