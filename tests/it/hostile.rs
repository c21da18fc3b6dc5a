//! Hostile inputs, a table of cases: each is refused with a named error and nothing written, or is
//! closed with the right bytes. Nothing panics, hangs, or sends a control character to a terminal.

mod airdrops;
mod cases;
mod conviction;
mod cred_and_work;
mod members;
mod names;
mod values;

use std::fs;

use meed::tables::Table;

use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::{Start, listing, replace, run_all, stage};

const PRAISE: &str = "rounds/2026-01/praise.csv";
const ROUND: &str = "rounds/2026-01/round.json";
const DISTRIBUTION: &str = "rounds/2026-01/results/distribution.csv";
/// Seconds after which a command counts as hung: far above what any takes, also on a busy machine.
const PATIENCE_SECONDS: &str = "120";

/// What becomes of a case.
enum Expected {
    /// Exit status 2 with this code among the errors.
    Refused(&'static str),
    /// The distribution is that of the undamaged round.
    Same,
    /// The round closes and verifies.
    Closes,
    /// The recipient with address 0xbb.. stands in distribution.csv with exactly this cell, and
    /// reads back as this name.
    Named { cell: String, name: String },
    /// distribution.csv has so many rows with this text.
    Rows(&'static str, usize),
}

/// A hostile input.
struct Case {
    name: &'static str,
    prepare: Box<dyn Fn(&Sandbox) + Sync>,
    expected: Expected,
}

/// A case that changes files; what `prepare` leaves is committed.
fn case(name: &'static str, expected: Expected, prepare: impl Fn(&Sandbox) + Sync + 'static) -> Case {
    Case { name, prepare: Box::new(prepare), expected }
}

/// A case in which a text of a file is replaced.
fn replaced(
    name: &'static str,
    expected: Expected,
    path: &'static str,
    from: &'static str,
    to: impl Into<String>,
) -> Case {
    let to = to.into();
    case(name, expected, move |sandbox| replace(sandbox, path, from, &to))
}

#[test]
fn hostile_inputs_are_refused_or_escaped() {
    let cases: Vec<Case> = [
        cases::bytes(),
        values::numbers(),
        cases::json(),
        cases::paths(),
        cases::rounds(),
        values::dates(),
        values::ranks(),
        names::names(),
        cred_and_work::cases(),
        airdrops::snapshots(),
        conviction::funds(),
        members::registers(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(cases.len() >= 100, "{}", cases.len());
    let plain = {
        let sandbox = stage(Start::Open);
        let _ = sandbox.close(&[]).ok();
        sandbox.read(DISTRIBUTION)
    };
    run_all(&cases, |case| check(case, &plain).map_err(|fault| format!("{}: {fault}", case.name)));
}

/// Runs `meed` for a limited time; the time over is exit status 124.
fn meed(sandbox: &Sandbox, args: &[&str]) -> Result<Run, String> {
    let output = sandbox
        .command("timeout")
        .args([PATIENCE_SECONDS, env!("CARGO_BIN_EXE_meed")])
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let run = Run {
        status: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    if ![0, 1, 2, 3].contains(&run.status) {
        return Err(format!("{args:?} ended with {}: {}", run.status, run.stderr));
    }
    let hidden = |character: char| character != '\n' && meed::error::visible(character) != character;
    if run.stdout.contains(hidden) || run.stderr.contains(hidden) {
        return Err(format!("{args:?} printed a control character: {:?}{:?}", run.stdout, run.stderr));
    }
    if run.stderr.len() > 100_000 {
        return Err(format!("{args:?} printed {} bytes of errors", run.stderr.len()));
    }
    Ok(run)
}

/// Checks one case.
fn check(case: &Case, plain: &str) -> Result<(), String> {
    let sandbox = stage(Start::Open);
    (case.prepare)(&sandbox);
    sandbox.commit("Hostile inputs");
    let key = sandbox.key("treasurer");
    let close = ["close", "2026-01", "--key", &key];
    let before = listing(&sandbox);
    if matches!(case.expected, Expected::Named { .. } | Expected::Rows(..)) {
        let checked = meed(&sandbox, &["-v", "check"])?;
        assert_eq!(checked.status, 0, "{}", checked.stderr);
    }
    let closed = meed(&sandbox, &close)?;
    if let Expected::Refused(code) = case.expected {
        let json = meed(&sandbox, &[&close[..], &["--format", "json"]].concat())?;
        if before != listing(&sandbox) {
            return Err("something was written".to_owned());
        }
        if closed.status != 2 || !closed.stderr.starts_with("error: ") || !closed.stderr.contains("\nhint: ")
        {
            return Err(format!("not refused as it should be: {closed:?}"));
        }
        let report: serde_json::Value =
            serde_json::from_str(&json.stdout).map_err(|error| error.to_string())?;
        let found = report["errors"].as_array().unwrap().iter().any(|error| error["code"] == code);
        return if found { Ok(()) } else { Err(format!("not {code}: {}", closed.stderr)) };
    }
    if closed.status != 0 {
        return Err(format!("not closed: {}", closed.stderr));
    }
    let verified = meed(&sandbox, &["verify"])?;
    if verified.status != 0 {
        return Err(format!("not verified: {}", verified.stdout));
    }
    let bytes = fs::read(sandbox.at(DISTRIBUTION)).unwrap();
    accepted(&case.expected, &String::from_utf8(bytes).unwrap(), plain)
}

/// Compares the distribution of a closed case.
fn accepted(expected: &Expected, distribution: &str, plain: &str) -> Result<(), String> {
    let holds = match expected {
        Expected::Refused(_) | Expected::Closes => true,
        Expected::Same => distribution == plain,
        Expected::Rows(text, count) => {
            distribution.lines().filter(|line| line.contains(text)).count() == *count
        }
        Expected::Named { cell, name } => {
            let address = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
            let table =
                Table::read("distribution.csv", distribution.as_bytes(), &["recipient", "address"]).unwrap();
            let row = table.rows().find(|row| row.field("address") == address).unwrap();
            distribution.contains(&format!("\n{cell},{address},,acc-bea,")) && row.field("recipient") == name
        }
    };
    if holds { Ok(()) } else { Err(format!("the distribution is not as it should be:\n{distribution:?}")) }
}
