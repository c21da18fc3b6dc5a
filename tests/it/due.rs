//! `meed close --due`: the rounds whose period is over, by what their round files say.

use crate::support::sandbox::{Sandbox, round_json};

/// A ledger with an open round of January and one of July, of which only the round file is there. The
/// clock of the sandbox is at the beginning of June.
fn ledger() -> Sandbox {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    sandbox.write("rounds/2026-07/round.json", round_json("07"));
    sandbox.commit("July begins");
    sandbox
}

fn close(sandbox: &Sandbox, args: &[&str]) -> crate::support::sandbox::Run {
    sandbox.close(&[&["--due"], args].concat())
}

#[test]
fn what_is_due_is_closed_and_the_rest_is_named() {
    let sandbox = ledger();
    let not_due = "2026-07 is not due: its period ends on 2026-07-28";
    let dry = close(&sandbox, &["--dry-run"]);
    assert!(dry.stderr.lines().any(|line| line == not_due), "{}", dry.stderr);
    let _ = dry.ok();
    // All that are open cannot be closed: July is not over, and its inputs are not there.
    let _ = sandbox.close(&["--all"]).fails(2);

    let run = close(&sandbox, &[]);
    assert!(run.stdout.starts_with("closed 2026-01 on main: "), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.lines().any(|line| line == not_due), "{}", run.stderr);
    assert_eq!(run.stdout.matches("closed ").count(), 1);
    assert_eq!(sandbox.failing(&[]), Vec::<String>::new());

    let before = sandbox.state();
    let run = close(&sandbox, &[]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    assert_eq!(run.stderr, format!("nothing to close: no round is due\n{not_due}\n"));
    assert_eq!(close(&sandbox, &["--format", "json"]).ok(), "[]\n");
    assert_eq!(sandbox.state(), before);
}

/// A period includes its last day, in UTC.
#[test]
fn a_round_is_due_on_the_day_after_its_period() {
    let sandbox = ledger();
    for (day, expected) in [("2026-07-28T23:59:59Z", "2026-01"), ("2026-07-29T00:00:00Z", "2026-01, 2026-07")]
    {
        let seconds = day.parse::<jiff::Timestamp>().unwrap().as_second().to_string();
        let mut command = sandbox.meed_command(&["close", "--due", "--dry-run", "--format", "json"]);
        let run = crate::support::sandbox::Run::of_command(command.env("SOURCE_DATE_EPOCH", seconds));
        // July has no inputs: where it is due, the close says so.
        assert_eq!(run.status == 2, expected.ends_with("07"), "{day}: {}{}", run.stdout, run.stderr);
        assert_eq!(
            run.stdout.contains("rounds/2026-07/praise.csv"),
            expected.ends_with("07"),
            "{}",
            run.stdout
        );
    }
}

/// What nobody can read is not passed over in silence.
#[test]
fn a_round_without_a_period_counts_as_due() {
    let broken = round_json("07").replace("2026-07-28", "2026-07-99");
    let damaged = ["{", broken.as_str(), &"x".repeat(2 << 20)];
    for text in damaged {
        let sandbox = ledger();
        sandbox.write("rounds/2026-07/round.json", text);
        sandbox.commit("Damage");
        let before = sandbox.state();
        let error = close(&sandbox, &[]).fails(2);
        assert!(error.contains("rounds/2026-07/round.json"), "{error}");
        assert_eq!(sandbox.state(), before, "nothing is closed when anything that is due is wrong");
    }
}

#[test]
fn due_goes_with_no_other_choice() {
    let sandbox = ledger();
    for args in [&["2026-01"][..], &["--all"], &["--early"]] {
        let error = close(&sandbox, args).fails(2);
        assert!(error.contains("cannot be used with"), "{error}");
    }
}
