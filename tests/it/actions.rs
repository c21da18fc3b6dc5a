//! A step of GitHub Actions, as its runner sees it: annotations, the job summary, outputs, and that no text
//! of a ledger starts a workflow command.

use std::fs::{self, File};
use std::process::Command;

use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::{Start, edit, listing, stage};

/// The first line of names that runners would obey.
const HOSTILE: [&str; 4] = [
    "::add-mask::owned",
    "Eve\n::set-output name=round::owned",
    "##[add-mask]owned",
    "</td>[Eve](javascript:owned) `#1` ${{ github.token }} @everyone",
];
/// The commands that runners know (`ActionCommandManager.cs` of actions/runner), the harmful and the loud.
const COMMANDS: [&str; 16] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// `meed` in a step whose workspace is the sandbox.
fn step(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = sandbox.meed_command(args);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", sandbox.folder())
        .env("GITHUB_STEP_SUMMARY", sandbox.path("summary"))
        .env("GITHUB_OUTPUT", sandbox.path("output"));
    command
}

/// The same, run; every line of what it prints is a command only where meed writes one.
#[track_caller]
fn run(sandbox: &Sandbox, args: &[&str]) -> Run {
    let run = Run::of_command(&mut step(sandbox, args));
    assert_eq!(commands(&run.stdout), [""; 0], "{args:?}");
    for (name, properties) in
        commands(&run.stderr).iter().map(|line| line.split_once(' ').unwrap_or((line, "")))
    {
        assert!(
            ["error", "warning"].contains(&name) && properties.contains("title="),
            "{args:?}: {}",
            run.stderr
        );
    }
    run
}

/// What a runner takes for a command, by the rules of its `ActionCommand.cs`: name, then properties.
fn commands(text: &str) -> Vec<String> {
    let known = |command: &str| {
        let name = command.split(' ').next().unwrap().to_lowercase();
        COMMANDS.contains(&name.as_str()).then(|| command.to_owned())
    };
    let command = |line: &str| {
        let new = line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"));
        let old = line.split_once("##[").and_then(|(_, rest)| rest.split_once(']'));
        new.and_then(|(command, _)| known(command)).or_else(|| old.and_then(|(command, _)| known(command)))
    };
    text.split(['\n', '\r']).filter_map(command).collect()
}

/// The workflow commands of a run.
fn annotations(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter(|line| line.starts_with("::")).collect()
}

/// The file of outputs or of summaries; empty where there is none.
fn told(sandbox: &Sandbox, file: &str) -> String {
    fs::read_to_string(sandbox.path(file)).unwrap_or_default()
}

/// A ledger with an open round whose names are hostile.
fn hostile() -> Sandbox {
    let sandbox = stage(Start::Open);
    let mut praise = sandbox.read("rounds/2026-01/praise.csv");
    for (name, hostile) in ["Ada", "Bea", "Cid", "for work"].iter().zip(HOSTILE) {
        praise = praise.replace(&format!(",{name},"), &format!(",\"{hostile}\","));
    }
    assert!(HOSTILE.iter().all(|name| praise.contains(name)));
    sandbox.write("rounds/2026-01/praise.csv", praise);
    sandbox.commit("Names that somebody chose");
    sandbox
}

#[test]
fn nothing_happens_outside_and_results_are_the_same() {
    let inside = stage(Start::Open);
    let outside = inside.copy();
    let mut command = outside.meed_command(&["close", "--key", &inside.key("treasurer")]);
    // GITHUB_ACTIONS is what decides.
    command.env("GITHUB_OUTPUT", outside.path("output")).env("GITHUB_STEP_SUMMARY", outside.path("summary"));
    let before = listing(&outside);
    let run_outside = Run::of_command(&mut command);
    let run_inside = run(&inside, &["close", "--key", &inside.key("treasurer")]);
    assert_eq!((run_inside.status, &run_inside.stdout), (0, &run_outside.stdout));
    assert_eq!(inside.git_ok(&["rev-parse", "HEAD"]), outside.git_ok(&["rev-parse", "HEAD"]));
    let after = listing(&outside);
    assert!(!after.contains_key("output") && !after.contains_key("summary") && after.len() > before.len());
    // What a step prints besides is nothing but commands.
    let printed =
        run_inside.stderr.lines().filter(|line| !line.starts_with("::")).map(|line| format!("{line}\n"));
    assert_eq!(printed.collect::<String>(), run_outside.stderr);
    assert!(annotations(&run_outside).is_empty());
    let other = Run::of_command(outside.meed_command(&["check", "2026-09"]).env("GITHUB_ACTIONS", "false"));
    assert!(annotations(&other).is_empty());
}

#[test]
fn problems_are_annotated_where_they_are() {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "rounds/2026-01/praise.csv", ",13,5,", ",17,5,");
    edit(&sandbox, "rounds/2026-01/praise.csv", ",1,1,", ",x,1,");
    for args in [&["check"][..], &["check", "--format", "json"], &["check", "-q"]] {
        let run = run(&sandbox, args);
        assert_eq!(run.status, 2);
        let lines = annotations(&run);
        let start = "::error file=ledger/rounds/2026-01/praise.csv,line=3,title=score-not-allowed::rounds/2026-01/praise.csv:3: score `17`";
        assert!(lines.iter().any(|line| line.starts_with(start) && line.contains("%0Ahint: ")), "{lines:#?}");
        assert_eq!(lines.len(), 2, "{lines:#?}");
    }
    let summary = told(&sandbox, "summary");
    assert!(
        summary.contains("## meed: 2 problems, nothing done\n\n- rounds/2026-01/praise.csv:3: "),
        "{summary}"
    );
    assert_eq!(told(&sandbox, "output"), "");
    // A ledger outside of the workspace: the message names the file, the annotation has none.
    let elsewhere = sandbox.path("home");
    for workspace in [elsewhere.to_str().unwrap(), "/nowhere", ""] {
        let run = Run::of_command(step(&sandbox, &["check"]).env("GITHUB_WORKSPACE", workspace));
        let lines = annotations(&run);
        assert!(lines.iter().all(|line| line.starts_with("::error title=")), "{lines:#?}");
    }
    // The ledger is the workspace.
    let run = Run::of_command(step(&sandbox, &["check"]).env("GITHUB_WORKSPACE", sandbox.path("ledger")));
    assert!(run.stderr.contains("\n::error file=rounds/2026-01/praise.csv,line=3,"), "{}", run.stderr);
}

#[test]
fn more_problems_than_github_shows_are_counted() {
    let sandbox = stage(Start::Open);
    let praise = sandbox.read("rounds/2026-01/praise.csv");
    let row = praise.lines().nth(1).unwrap().replace(",5,3,", ",17,3,");
    let rows: String =
        (0..40).map(|number| row.replacen("p-01-1", &format!("p-{number}"), 1) + "\n").collect();
    sandbox.write("rounds/2026-01/praise.csv", praise + &rows);
    sandbox.commit("Forty scores");
    let run = run(&sandbox, &["check"]);
    assert_eq!(run.stderr.matches("error: ").count(), 40, "{}", run.stderr);
    let lines = annotations(&run);
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[9], "::error title=40 errors::31 more errors stand in the log of this step");
}

#[test]
fn warnings_are_annotated_once() {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "rounds/2026-01/praise.csv", "2026-01-01T", "2025-01-01T");
    let found = |args: &[&str]| {
        let run = run(&sandbox, args);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let all: Vec<String> = annotations(&run).iter().map(|line| (*line).to_owned()).collect();
        all.into_iter().filter(|line| line.contains("outside the period")).collect::<Vec<String>>()
    };
    let checked = found(&["check"]);
    assert_eq!(checked.len(), 1, "{checked:#?}");
    assert!(checked[0].starts_with("::warning file=ledger/rounds/2026-01/praise.csv,"), "{checked:#?}");
    assert_eq!(found(&["check", "--format", "json"]), checked);
    assert_eq!(found(&["check", "-q"]), checked);
    assert_eq!(found(&["close", "--dry-run"]), checked);
    assert_eq!(found(&["close", "--key", &sandbox.key("treasurer")]), checked);
}

#[test]
fn outputs_name_what_was_done() {
    let sandbox = Sandbox::closed(0);
    let key = sandbox.key("treasurer");
    let outputs = |args: &[&str]| {
        fs::write(sandbox.path("output"), "").unwrap();
        assert_eq!(run(&sandbox, args).status, 0, "{args:?}");
        told(&sandbox, "output")
    };
    let empty = "round=\ncommit=\nstatement-sha256=\npaid=\n";
    assert_eq!(outputs(&["close", "--all", "--key", &key]), empty);
    assert_eq!(outputs(&["check"]), empty);
    sandbox.add_round("2026-01");
    let closed = |json: &str| -> [String; 3] {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let value = if value.is_array() { value[0].clone() } else { value };
        ["commit", "statement_sha256", "paid"].map(|name| value[name].as_str().unwrap().to_owned())
    };
    let dry = outputs(&["close", "--dry-run"]);
    let run_json = Run::of_command(
        step(&sandbox, &["close", "--key", &key, "--format", "json"]).env("GITHUB_OUTPUT", ""),
    );
    let [commit, sha256, paid] = closed(&run_json.ok());
    assert_eq!(dry, format!("round=2026-01\ncommit=\nstatement-sha256={sha256}\npaid={paid}\n"));
    let verified = outputs(&["verify"]);
    assert_eq!(
        verified,
        format!("verified=true\nround=2026-01\ncommit={commit}\nstatement-sha256={sha256}\n")
    );
    // Several rounds: as many values, in their order.
    sandbox.add_round("2026-02");
    sandbox.add_round("2026-03");
    let both = outputs(&["close", "--all", "--key", &key]);
    let tip = sandbox.git_ok(&["rev-parse", "HEAD~1", "HEAD"]).replace('\n', " ");
    assert!(both.starts_with(&format!("round=2026-02 2026-03\ncommit={tip}\nstatement-sha256=")), "{both}");
    assert_eq!(both.lines().count(), 4);
    // The commit of an amendment, not the one before it that says why.
    sandbox.correct("2026-02", 2);
    let amended = outputs(&["amend", "2026-02", "--reason", "A score was mistyped.", "--key", &key]);
    let tip = sandbox.git_ok(&["rev-parse", "HEAD"]);
    assert!(amended.starts_with(&format!("round=2026-02\ncommit={tip}\nstatement-sha256=")), "{amended}");
    sandbox.add_simulation("minting");
    let simulated = outputs(&["close", "simulations/minting", "--key", &key]);
    let tip = sandbox.git_ok(&["rev-parse", "HEAD"]);
    assert!(
        simulated.starts_with(&format!("round=simulations/minting\ncommit={tip}\nstatement-sha256=")),
        "{simulated}"
    );
    assert!(simulated.ends_with("\npaid=\n"), "{simulated}");
    // What does not verify names nothing.
    edit(&sandbox, "rounds/2026-01/results/distribution.csv", "0xaa", "0xab");
    fs::write(sandbox.path("output"), "before=1\n").unwrap();
    let run = run(&sandbox, &["verify"]);
    assert_eq!(run.status, 1);
    assert_eq!(told(&sandbox, "output"), "before=1\nverified=false\n");
    let lines = annotations(&run);
    let append_only = lines.iter().find(|line| line.starts_with("::error title=2026-01%3A append-only::"));
    assert!(append_only.is_some(), "{lines:#?}");
    assert!(told(&sandbox, "summary").contains("## Does not verify\n"));
}

#[test]
fn a_summary_says_what_was_closed() {
    let sandbox = hostile();
    let key = sandbox.key("treasurer");
    let json = run(&sandbox, &["close", "--key", &key, "--format", "json"]).ok();
    let closed = serde_json::from_str::<serde_json::Value>(&json).unwrap()[0].clone();
    let summary = told(&sandbox, "summary");
    for name in ["commit", "statement_sha256"] {
        assert!(summary.contains(&format!("`{}`", closed[name].as_str().unwrap())), "{summary}");
    }
    let id = "0123456789abcdef0123456789abcdef";
    for text in [
        "\n## Closed: 2026-01\n",
        &format!("| ledger | Test Commons (`{id}`) |"),
        "| sequence | 1 |",
        "| signed by | treasurer@<!-- -->example.org |",
        &format!("| paid | **{} TOK** to ", closed["paid"].as_str().unwrap()),
        "= paid",
        "### Who gets most, in TOK\n\n```text\n",
        "█",
        "### Charts of the report, in words\n",
        " to look at\n",
    ] {
        assert!(summary.contains(text), "{text}: {summary}");
    }
    // Names stay text: in Markdown they are escaped, within fences nothing has a meaning.
    assert!(summary.contains("owned"));
    let outside: String = summary.split("```").step_by(2).collect();
    for text in ["</td>", "[Eve]", "${{", "@everyone", "\n::"] {
        assert!(!outside.contains(text), "{text}: {outside}");
    }
    let verified = run(&sandbox, &["verify"]).ok();
    assert!(verified.contains("1 statement verified"), "{verified}");
    let summary = told(&sandbox, "summary");
    let (_, summary) = summary.split_once("\n## Verified\n").unwrap();
    assert!(
        summary.contains("| 1 | 2026-01 | 1 | `") && summary.contains("Keep this to notice"),
        "{summary}"
    );
}

/// Above 1 MiB GitHub shows nothing of a summary, whoever wrote the rest of it.
#[test]
fn a_summary_stays_below_the_limit() {
    let sandbox = stage(Start::Closed);
    let limit = 1024 * 1024;
    for (before, is_cut, is_written) in
        [(1000, false, true), (limit - 200, true, true), (limit - 10, true, false), (limit + 9, true, false)]
    {
        fs::write(sandbox.path("summary"), "x".repeat(before)).unwrap();
        assert_eq!(run(&sandbox, &["verify"]).status, 0);
        let summary = told(&sandbox, "summary");
        assert!(summary.len() <= limit.max(before), "{before}: {}", summary.len());
        assert_eq!(
            summary.contains("**Cut here: GitHub shows at most 1 MiB"),
            is_cut && is_written,
            "{before}"
        );
        assert_eq!(summary.len() > before, is_written, "{before}");
    }
}

#[test]
fn files_that_cannot_be_written_undo_nothing() {
    let sandbox = stage(Start::Open);
    let key = sandbox.key("treasurer");
    fs::create_dir(sandbox.path("summary")).unwrap();
    let mut command = step(&sandbox, &["close", "--key", &key]);
    let run = Run::of_command(command.env("GITHUB_OUTPUT", sandbox.path("no/such/folder/output")));
    for variable in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
        assert!(run.stderr.contains(&format!("warning: {variable}: ")), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("::warning title=warning::{variable}: ")), "{}", run.stderr);
    }
    assert!(run.ok().starts_with("closed 2026-01 "));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

#[test]
fn no_text_of_a_ledger_is_a_command() {
    let sandbox = hostile();
    let key = sandbox.key("treasurer");
    edit(&sandbox, "ledger.json", "Test Commons", "##[group]Test ::debug::Commons");
    // Outside, the same names are printed as they are.
    let raw = sandbox.meed(&["check", "--format", "json"]).ok();
    assert!(raw.contains("##[add-mask]"));
    let checked = run(&sandbox, &["check", "--format", "json"]).ok();
    assert!(checked.contains("##\\u005badd-mask]"));
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(value(&checked), value(&raw));
    assert_eq!(run(&sandbox, &["close", "--key", &key]).status, 0);
    sandbox.add_round("2026-02");
    assert_eq!(run(&sandbox, &["close", "--key", &key]).status, 0);
    for args in [
        &["verify"][..],
        &["log"],
        &["held"],
        &["held", "--format", "json"],
        &["statement", "::add-mask::owned"],
        &["statement", "::add-mask::owned", "--format", "json"],
        &["export", "json"],
        &["diff", "2026-01", "2026-02"],
        &["diff", "2026-01", "2026-02", "--format", "markdown"],
        &["diff", "2026-01", "2026-02", "--format", "json"],
        &["explain", "2026-01", "::add-mask::owned"],
        &["explain", "2026-01", "##[add-mask]owned", "--format", "json"],
        &["report", "2026-01", "--context"],
        &["signers", "list"],
        &["members", "check"],
    ] {
        let run = run(&sandbox, args);
        assert_eq!(run.status, 0, "{args:?}: {}{}", run.stdout, run.stderr);
        assert!(!run.stdout.is_empty(), "{args:?}");
    }
    // Arguments, and what is refused of them.
    for args in [
        &["explain", "2026-01", "\n::add-mask::nobody"][..],
        &["close", "\n::add-mask::owned"],
        &["check", "##[add-mask]owned"],
        &["verify", "x\n::add-mask::owned"],
        &["::add-mask::owned"],
        &["close", "a", "\n::add-mask::owned"],
        &["--format", "\n::add-mask::owned"],
        &["verify", "--root", "\r::add-mask::owned"],
        &["--ledger", "\n::add-mask::owned", "check"],
        &["explain", "2026-01", "##[add-mask]owned", "--x##[add-mask]owned"],
    ] {
        let run = run(&sandbox, args);
        assert!([2, 3].contains(&run.status), "{args:?}: {}{}", run.stdout, run.stderr);
        let json = [args, &["--format", "json"]].concat();
        let _ = Run::of_command(&mut step(&sandbox, &json));
    }
}

/// Data has no second way to write a name: it goes to files as it is, and to a log not at all.
#[test]
fn data_is_printed_as_it_is_or_not_at_all() {
    let sandbox = hostile();
    let _ = sandbox.close(&[]).ok();
    for args in [
        &["export", "csv"][..],
        &["export", "beancount"],
        &["report", "2026-01"],
        &["held", "--format", "csv"],
    ] {
        let raw = sandbox.meed(args).ok();
        assert!(raw.contains("owned"), "{args:?}: {raw}");
        let piped = run(&sandbox, args);
        if commands(&raw).is_empty() && !raw.contains("##[") {
            assert_eq!(piped.ok(), raw);
        } else {
            let error = piped.fails(3);
            assert!(error.contains("error: standard output:"), "{args:?}: {error}");
        }
        let file = sandbox.path("data");
        let status = step(&sandbox, args).stdout(File::create(&file).unwrap()).status().unwrap();
        assert!(status.success());
        assert_eq!(fs::read_to_string(file).unwrap(), raw, "{args:?}");
    }
    let _ = run(&sandbox, &["export", "csv"]).fails(3);
}
