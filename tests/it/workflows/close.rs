//! The action `close`: close, verify, push, and everything that may come between.

use std::fs;
use std::process::Command;

use super::{Hosted, TOKEN, said};
use crate::support::sandbox::{Run, START_SECONDS, Sandbox};

/// A second pusher, who moves the branch before a push of the script while `pushes` counts above
/// zero. The script's push then finds a moved branch, and git's own message says so.
const RACE: &str = r#"
left=$(cat "$SANDBOX/pushes" 2>/dev/null || echo 0)
if [[ " $* " == *" push "* ]] && ((left > 0)); then
    echo $((left - 1)) >"$SANDBOX/pushes"
    (
        unset GIT_CONFIG_COUNT
        cd "$SANDBOX/ledger"
        REAL fetch -q origin
        REAL reset -q --hard origin/main
        eval "$(cat "$SANDBOX/other")"
        REAL push -q origin main
    ) >>"$SANDBOX/race" 2>&1
fi
exec REAL "$@"
"#;

/// What the second pusher does: a commit of an unrelated file.
const NOTE: &str = "echo note >>notes.txt; git add notes.txt; GIT_AUTHOR_NAME=Sanna GIT_AUTHOR_EMAIL=sanna@example.org \
GIT_COMMITTER_NAME=Sanna GIT_COMMITTER_EMAIL=sanna@example.org git commit -q -m 'A note'";

/// A ledger with an open round on the host.
fn hosted() -> Hosted {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    Hosted::new(sandbox)
}

/// meed as it is in Actions: a close gives outputs and a summary.
const IN_ACTIONS: &str = r#"
"$PROGRAM" "$@" || exit
if [[ $1 == close && $* != *--dry-run* ]]; then
    echo "statement-sha256=$(date +%N)" >>"$GITHUB_OUTPUT"
    echo "a summary" >>"$GITHUB_STEP_SUMMARY"
fi
"#;

/// The script with the first signer's key as a secret, and a token.
fn command(hosted: &Hosted) -> Command {
    hosted.program("meed-in-actions", IN_ACTIONS);
    let key = fs::read_to_string(hosted.sandbox.path("treasurer")).unwrap();
    let mut command = hosted.command("close/close.sh");
    command.env("MEED_SIGNING_KEY", key).env("CLOSE_TOKEN", TOKEN);
    command
        .env("MEED", hosted.sandbox.path("bin/meed-in-actions"))
        .env("PROGRAM", env!("CARGO_BIN_EXE_meed"));
    command
}

/// How often meed's own outputs and its summary were handed on.
fn handed_on(hosted: &Hosted) -> [usize; 2] {
    [("output", "statement-sha256="), ("summary", "a summary\n")]
        .map(|(file, text)| fs::read_to_string(hosted.sandbox.path(file)).unwrap().matches(text).count())
}

/// Runs the script; neither key nor token may be in what it says, nor in what it leaves behind.
fn close(hosted: &Hosted) -> Run {
    checked(hosted, command(hosted))
}

fn checked(hosted: &Hosted, mut command: Command) -> Run {
    let run = Run::of_command(&mut command);
    let key = fs::read_to_string(hosted.sandbox.path("treasurer")).unwrap();
    let secret = key.lines().nth(2).unwrap();
    let outputs =
        ["output", "summary", "runner/.git/config"].map(|name| fs::read_to_string(hosted.sandbox.path(name)));
    let text = outputs.into_iter().fold(said(&run), |text, output| text + &output.unwrap());
    assert!(!text.contains(TOKEN) && !text.contains(secret), "{text}");
    run
}

/// Puts a second pusher before the next pushes.
fn race(hosted: &Hosted, pushes: usize, other: &str) {
    hosted.program("git", RACE);
    fs::write(hosted.sandbox.path("pushes"), pushes.to_string()).unwrap();
    fs::write(hosted.sandbox.path("other"), other).unwrap();
}

#[test]
fn a_due_round_is_closed_and_pushed() {
    let hosted = hosted();
    let before = hosted.tip();
    let run = close(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    let tip = hosted.tip();
    assert_eq!(hosted.host(&["rev-parse", "main^"]), before);
    assert_eq!(hosted.runner(&["rev-parse", "HEAD"]), tip);
    assert_eq!(hosted.runner(&["status", "--porcelain"]), "");
    for (name, value) in [("closed", "true"), ("rounds", "2026-01"), ("commit", tip.as_str())] {
        assert_eq!(hosted.output(name).as_deref(), Some(value), "{name}");
    }
    let committer = hosted.host(&["log", "-1", "--format=%cn <%ce>", "main"]);
    assert_eq!(committer, "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>");
    // Once before the push and once behind it, the second time with the close as known.
    assert_eq!(run.stdout.matches("1 statement verified").count(), 2, "{}", run.stdout);
    let _ = hosted.verify(&["--known", &tip]).ok();
}

#[test]
fn nothing_open_is_success_and_says_so() {
    let hosted = Hosted::new(Sandbox::closed(1));
    let before = hosted.tip();
    for _ in 0..2 {
        let run = close(&hosted);
        assert_eq!(run.status, 0, "{}", said(&run));
        assert!(said(&run).contains("nothing to close: no round is open"), "{}", said(&run));
        assert_eq!(hosted.output("closed").as_deref(), Some("false"));
        assert_eq!(hosted.output("rounds"), None);
        assert_eq!(hosted.tip(), before);
    }
}

#[test]
fn the_period_decides_not_the_day_of_the_run() {
    let hosted = hosted();
    // The end of the period is 2026-01-28: that day is part of it.
    let [last, next] = [28, 29].map(|day| (START_SECONDS - (151 - day + 1) * 86_400).to_string());
    for args in [&[][..], &["CLOSE_DRY_RUN"][..]] {
        let mut command = command(&hosted);
        command.env("SOURCE_DATE_EPOCH", &last).envs(args.iter().map(|name| (name, "true")));
        let run = checked(&hosted, command);
        assert_eq!(run.status, 0, "{}", said(&run));
        assert!(said(&run).contains("2026-01 is not due: its period ends on 2026-01-28"), "{}", said(&run));
        assert_eq!(hosted.output("closed").as_deref(), Some("false"));
        assert_eq!(hosted.output("due").as_deref(), (!args.is_empty()).then_some(""));
    }
    let mut look = command(&hosted);
    look.env("SOURCE_DATE_EPOCH", next).env("CLOSE_DRY_RUN", "true").env_remove("MEED_SIGNING_KEY");
    let before = hosted.tip();
    let run = checked(&hosted, look);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert_eq!(hosted.output("due").as_deref(), Some("2026-01"));
    assert_eq!((hosted.tip(), hosted.runner(&["rev-parse", "HEAD"])), (before.clone(), before));
}

#[test]
fn a_moved_branch_is_read_again_and_closed_again() {
    let hosted = hosted();
    race(&hosted, 1, NOTE);
    let before = hosted.tip();
    // In one stream, in the order in which a reader of the log sees it.
    let script = command(&hosted);
    let mut command = hosted.sandbox.command("bash");
    command
        .current_dir(hosted.sandbox.path("runner"))
        .args(["-c", "exec \"$0\" 2>&1"])
        .arg(script.get_program());
    for (name, value) in script.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let run = checked(&hosted, command);
    if let Some(file) = std::env::var_os("MEED_TRANSCRIPT") {
        fs::write(file, said(&run)).unwrap();
    }
    assert_eq!(run.status, 0, "{}", said(&run));
    // The first close was thrown away: the second one stands on the other's commit.
    let subjects = hosted.host(&["log", "--format=%s", &format!("{before}..main")]);
    let subjects: Vec<&str> = subjects.lines().collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects[0].starts_with("Close 2026-01: ") && subjects[1] == "A note", "{subjects:?}");
    for said_once in ["push 1 of 5", "push 2 of 5", "is thrown away", "[rejected]"] {
        assert_eq!(said(&run).matches(said_once).count(), 1, "{said_once}: {}", said(&run));
    }
    assert_eq!(hosted.output("commit"), Some(hosted.tip()));
    assert_eq!(handed_on(&hosted), [1, 1], "of the close that was thrown away nothing");
    let _ = hosted.verify(&["--known", &hosted.tip()]).ok();
}

#[test]
fn a_round_that_somebody_else_closes_meanwhile_is_closed_once() {
    let hosted = hosted();
    race(
        &hosted,
        1,
        "MEED_AUTHOR='Sanna <sanna@example.org>' \"$PROGRAM\" close --key \"$SANDBOX/treasurer\"",
    );
    let run = close(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert!(said(&run).contains("nothing to close: no round is open"), "{}", said(&run));
    assert_eq!(hosted.output("closed").as_deref(), Some("false"));
    assert_eq!(handed_on(&hosted), [1, 1], "of the last run, which found nothing, and of no other");
    let closes = hosted.host(&["log", "--format=%cn", "--grep", "^Close ", "main"]);
    assert_eq!(closes, "Sanna");
    let _ = hosted.verify(&[]).ok();
}

#[test]
fn five_refusals_end_it_with_nothing_half_done() {
    let hosted = hosted();
    race(&hosted, 99, NOTE);
    let run = close(&hosted);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(
        run.stderr
            .contains("error: somebody else moved main before each of 5 pushes: nothing was closed\nhint: "),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read_to_string(hosted.sandbox.path("pushes")).unwrap().trim(), "94");
    // The clone is where the branch is, without a close of its own, and so is the host.
    let tip = hosted.tip();
    assert_eq!(hosted.runner(&["rev-parse", "HEAD"]), tip);
    assert_eq!(hosted.runner(&["status", "--porcelain"]), "");
    assert_eq!(hosted.host(&["log", "--format=%s", "--grep", "^Close ", "main"]), "");
    assert_eq!([hosted.output("closed"), hosted.output("commit")], [None, None]);
    assert_eq!(handed_on(&hosted), [0, 0]);
}

#[test]
fn a_push_that_the_host_refuses_is_not_tried_again() {
    let hosted = hosted();
    let before = hosted.tip();
    let hook = hosted.sandbox.path("host.git/hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho '::error::this branch is protected'\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = close(&hosted);
    assert_eq!(run.status, 3, "{}", said(&run));
    assert!(
        run.stderr.contains("the push to main was refused although nobody moved it\nhint: "),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("this branch is protected"), "{}", run.stderr);
    assert_eq!(said(&run).matches("push 1 of 5").count(), 1);
    assert_eq!((hosted.tip(), hosted.runner(&["rev-parse", "HEAD"])), (before.clone(), before));
}

#[test]
fn a_push_whose_answer_was_lost_counts() {
    let hosted = hosted();
    hosted.program(
        "git",
        "REAL \"$@\"\nstatus=$?\n[[ \" $* \" != *\" push \"* ]] || status=128\nexit $status\n",
    );
    let run = close(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert_eq!(hosted.output("closed").as_deref(), Some("true"));
    assert_eq!(hosted.output("commit"), Some(hosted.tip()));
    let _ = hosted.verify(&[]).ok();
}

#[test]
fn a_rewritten_history_is_not_closed_on() {
    let hosted = hosted();
    race(
        &hosted,
        1,
        "git -c user.name=Sanna -c user.email=sanna@example.org commit -q --amend -m 'Another past'; git push -q -f origin main",
    );
    let run = close(&hosted);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(
        run.stderr.contains("its history was rewritten, or this clone has commits of its own"),
        "{}",
        run.stderr
    );
    assert_eq!(hosted.host(&["log", "--format=%s", "--grep", "^Close ", "main"]), "");
}

#[test]
fn nothing_is_built_on_a_record_that_does_not_hold() {
    let sandbox = Sandbox::closed(1);
    sandbox.add_round("2026-02");
    let name = "rounds/2026-01/results/distribution.csv";
    let forged = sandbox.read(name).replacen("Bea", "Eve", 1);
    sandbox.write(name, forged);
    sandbox.commit("A better distribution");
    let hosted = Hosted::new(sandbox);
    let before = hosted.tip();
    let run = close(&hosted);
    assert_eq!(run.status, 1, "{}", said(&run));
    assert!(
        run.stderr.contains("the ledger does not verify with the new close: nothing was pushed"),
        "{}",
        run.stderr
    );
    assert_eq!((hosted.tip(), hosted.runner(&["rev-parse", "HEAD"])), (before.clone(), before));
}

/// Who may push a tag stops no close: not with one that is called as the branch.
#[test]
fn a_tag_called_as_the_branch_changes_nothing() {
    let hosted = hosted();
    let _ = hosted.runner(&["tag", "main"]);
    let mut same = command(&hosted);
    same.env("CLOSE_BRANCH", "main");
    let run = checked(&hosted, same);
    assert_eq!(run.status, 0, "{}", said(&run));
    assert_eq!(hosted.output("closed").as_deref(), Some("true"));
}

/// A wrong input ends it before anything is signed.
#[test]
fn what_must_be_contained_is_an_id() {
    for (name, value) in [("CLOSE_ROOT", "main"), ("CLOSE_KNOWN", "abc")] {
        let hosted = hosted();
        let mut wrong = command(&hosted);
        wrong.env(name, value);
        let _ = checked(&hosted, wrong).fails(2);
        assert_eq!(hosted.runner(&["rev-parse", "HEAD"]), hosted.tip());
    }
}

#[test]
fn the_branch_that_is_meant_is_the_one_that_is_checked_out() {
    let hosted = hosted();
    let mut other = command(&hosted);
    other.env("CLOSE_BRANCH", "release; touch pwned");
    let error = checked(&hosted, other).fails(2);
    assert!(error.starts_with("error: main is checked out, not release; touch pwned\nhint: "), "{error}");
    let _ = hosted.runner(&["checkout", "-q", "--detach"]);
    assert!(close(&hosted).fails(2).starts_with("error: no branch is checked out\n"));
    assert!(!hosted.sandbox.path("runner/pwned").exists());
}

/// In Actions every line of a step may be a command to the runner. What git and the host say is fenced
/// in; what the script says itself keeps to its line.
#[test]
fn what_git_says_commands_nobody() {
    let hosted = hosted();
    let hook = hosted.sandbox.path("host.git/hooks/pre-receive");
    fs::write(
        &hook,
        "#!/bin/sh\nprintf '\\n::set-output name=closed::yes\\n##[set-env name=A]b\\n'\nexit 1\n",
    )
    .unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = command(&hosted);
    command.env("GITHUB_ACTIONS", "true");
    let run = checked(&hosted, command);
    assert_eq!(run.status, 3, "{}", said(&run));
    let mut fence: Option<String> = None;
    let mut fenced = 0;
    for line in run.stdout.lines() {
        match (&fence, line.strip_prefix("::stop-commands::")) {
            (None, Some(word)) => fence = Some(word.to_owned()),
            (Some(word), _) if *line == format!("::{word}::") => fence = None,
            (Some(_), _) => fenced += usize::from(line.contains("::set-output") || line.contains("##[")),
            (None, None) => assert!(!line.contains("set-output") && !line.contains("##["), "{line}"),
        }
    }
    assert_eq!((fence, fenced), (None, 2), "{}", run.stdout);
    assert!(!run.stderr.contains("set-output"), "{}", run.stderr);
}

/// The key is for meed alone, and the token for git alone, and neither is an argument of anything.
#[test]
fn secrets_reach_only_who_needs_them() {
    let hosted = hosted();
    let spy = r#"{ printf '%s\n' "$0 $*"; env; } >>"$SANDBOX/seen"; exec REAL "$@""#;
    for name in ["git", "base64", "mktemp", "sed", "rm", "cat", "tr"] {
        hosted.program(name, spy);
    }
    let run = close(&hosted);
    assert_eq!(run.status, 0, "{}", said(&run));
    let seen = fs::read_to_string(hosted.sandbox.path("seen")).unwrap();
    let key = fs::read_to_string(hosted.sandbox.path("treasurer")).unwrap();
    assert!(
        seen.contains("push --quiet") && seen.contains("GIT_CONFIG_VALUE_0=AUTHORIZATION: basic "),
        "{seen}"
    );
    for secret in [TOKEN, "MEED_SIGNING_KEY", "CLOSE_TOKEN", key.lines().nth(2).unwrap()] {
        assert!(!seen.contains(secret), "{secret}");
    }
}
