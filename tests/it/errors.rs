//! The gallery of errors: every variant of [`Error`] has an example that is executed, with its full
//! text in `tests/errors/<code>.txt` or `<code>--<case>.txt`.
//!
//! `MEED_BLESS=1` writes the texts anew; a reviewer reads the difference.

mod actions;
mod adoption;
mod airdrops;
mod amendments;
mod audits;
mod claims;
mod collections;
mod conviction;
mod diffs;
mod github;
mod grain;
mod inputs;
mod keys;
mod library;
mod members;
mod pages;
mod payouts;
mod record;
mod recorded;
mod replays;
mod repository;
mod reviews;
mod rounds;
mod settlements;
mod simulations;
mod sites;
mod weighted;
mod work;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use meed::error::Error;
use strum::VariantNames;

use crate::support::package;
use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::{Start, edit, listing, run_all, stage};

/// `meed close` with the first signer's key.
const CLOSE: &[&str] = &["close", "--key", "TMP/treasurer"];

/// A situation and what meed says to it.
struct Example {
    /// The code of the error, with `--case` where there are several examples.
    name: &'static str,
    start: Start,
    prepare: fn(&Sandbox),
    /// The arguments; `TMP` stands for the temporary folder.
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    /// Paths that somebody else changes while meed runs.
    elsewhere: &'static [&'static str],
}

/// A round is closed after `prepare` has damaged the ledger.
fn example(name: &'static str, prepare: fn(&Sandbox)) -> Example {
    Example { name, start: Start::Open, prepare, args: CLOSE, env: &[], elsewhere: &[] }
}

impl Example {
    fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }

    fn elsewhere(self, elsewhere: &'static [&'static str]) -> Self {
        Self { elsewhere, ..self }
    }

    /// Runs the example and compares everything.
    fn check(&self) -> Result<(), String> {
        if self.name == "repository-not-owned" && !repository::may_give_away() {
            crate::support::skip(&format!("{}: only root can give a repository to another user", self.name));
            return Ok(());
        }
        let sandbox = stage(self.start);
        (self.prepare)(&sandbox);
        let before = listing(&sandbox);
        let run = self.run(&sandbox);
        let mut after = listing(&sandbox);
        for path in self.elsewhere {
            after.remove(*path);
            after.extend(before.get_key_value(*path).map(|(path, what)| (path.clone(), what.clone())));
        }
        if before != after {
            return Err(format!("{}: something was written:\n{before:#?}\n{after:#?}", self.name));
        }
        let text = format!(
            "$ {}\nexit status {}\n{}{}",
            self.command_line(),
            run.status,
            normalised(&run.stdout, &sandbox),
            normalised(&run.stderr, &sandbox)
        );
        let expected_status = if run.stderr.starts_with("error: ") && [2, 3].contains(&run.status) {
            Ok(())
        } else {
            Err(format!("{}: not refused as it should be:\n{text}", self.name))
        };
        expected_status.and_then(|()| compare(self.name, &text)).and_then(|()| self.check_code(&sandbox))
    }

    fn run(&self, sandbox: &Sandbox) -> Run {
        self.run_with(sandbox, &[])
    }

    fn run_with(&self, sandbox: &Sandbox, more: &[&str]) -> Run {
        let args: Vec<String> = self.args.iter().map(|arg| filled(arg, sandbox)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let mut command = sandbox.meed_command(&args);
        command.envs(self.env.iter().map(|(name, value)| (*name, filled(value, sandbox))));
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let status = output.status.code().unwrap_or(-1);
        Run { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The same with `--format json`: the code is that of the example's name.
    fn check_code(&self, sandbox: &Sandbox) -> Result<(), String> {
        if !self.elsewhere.is_empty() {
            return Ok(()); // what somebody else does, they do once
        }
        let run = self.run_with(sandbox, &["--format", "json"]);
        let errors: serde_json::Value =
            serde_json::from_str(&run.stdout).map_err(|error| format!("{}: {error}", self.name))?;
        let codes: Vec<&str> = errors["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["code"].as_str().unwrap())
            .collect();
        if codes.contains(&code(self.name)) {
            return Ok(());
        }
        Err(format!("{}: the codes are {codes:?}", self.name))
    }

    fn command_line(&self) -> String {
        let env = self.env.iter().map(|(name, value)| format!("{name}='{value}' "));
        let quoted = |arg: &&str| if arg.contains(' ') { format!("'{arg}'") } else { (*arg).to_owned() };
        env.collect::<String>() + "meed " + &self.args.iter().map(quoted).collect::<Vec<_>>().join(" ")
    }
}

/// All examples that run the program.
fn examples() -> Vec<Example> {
    [
        inputs::tables(),
        inputs::values(),
        inputs::json(),
        rounds::files(),
        rounds::round_files(),
        rounds::rad_folders(),
        rounds::methods(),
        rounds::fractals(),
        work::examples(),
        grain::examples(),
        airdrops::examples(),
        conviction::examples(),
        weighted::examples(),
        claims::examples(),
        collections::examples(),
        diffs::examples(),
        payouts::examples(),
        members::examples(),
        actions::examples(),
        adoption::examples(),
        pages::examples(),
        record::examples(),
        recorded::examples(),
        replays::examples(),
        settlements::examples(),
        reviews::examples(),
        github::examples(),
        amendments::examples(),
        sites::examples(),
        simulations::examples(),
        audits::examples(),
        repository::opening(),
        repository::writing(),
        keys::examples(),
        keys::signers(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_error_has_an_example() {
    let examples = examples();
    let mut names: Vec<&str> = examples.iter().map(|example| example.name).collect();
    names.extend(library::NAMES);
    names.extend(settlements::NAMES);
    names.extend(audits::NAMES);
    names.extend(github::NAMES);
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len(), "an example stands twice");
    let codes: BTreeSet<&str> = names.iter().map(|name| code(name)).collect();
    let variants: BTreeSet<&str> = Error::VARIANTS.iter().copied().collect();
    assert_eq!(variants.difference(&codes).collect::<Vec<_>>(), [&""; 0], "errors without example");
    assert_eq!(codes.difference(&variants).collect::<Vec<_>>(), [&""; 0], "examples of no error");
    let files: BTreeSet<String> = fs::read_dir(folder())
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let stale: Vec<&String> = files.iter().filter(|file| !distinct.contains(file.as_str())).collect();
    assert!(stale.is_empty(), "texts without example: {stale:?}");
}

#[test]
fn every_example_says_what_it_said() {
    run_all(&examples(), Example::check);
}

#[test]
fn all_problems_of_a_round_are_told_at_once() {
    let sandbox = stage(Start::Open);
    let folder = "rounds/2026-01";
    let praise = sandbox.read(&format!("{folder}/praise.csv"));
    let praise = praise
        .replace("5,3,", "5,4,")
        .replace("2026-01-02T12:00:00Z", "2026-01-02 12:00")
        .replace("0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "bea.eth")
        .replace("1,1,,,false", "-1,one,,,no");
    let again = praise.lines().nth(1).unwrap().replace("5,4,", "5,3,");
    let praise = format!("{praise}{again}\n");
    sandbox.write(&format!("{folder}/praise.csv"), praise);
    sandbox.write(&format!("{folder}/rewardboard.csv"), "ID\n0x33\n\"\"\n");
    let round = sandbox
        .read(&format!("{folder}/round.json"))
        .replace(
            "\"rewardboard\": \"rewardboard.csv\"",
            "\"rewardboard\": \"rewardboard.csv\", \"sheet\": \"praise.csv\"",
        )
        .replace("      \"pool\": \"100\",\n", "")
        .replace("2026-01-01", "2026-02-01");
    sandbox.write(&format!("{folder}/round.json"), round);
    sandbox.commit("Many faults");
    let run = sandbox.meed(&["close", "--key", &sandbox.key("treasurer"), "--format", "json"]);
    assert_eq!(run.status, 2, "{}{}", run.stdout, run.stderr);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let codes: BTreeSet<&str> =
        report["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    let expected = [
        "address-invalid",
        "input-unknown",
        "not-a-boolean",
        "not-a-date",
        "not-a-number",
        "number-negative",
        "period-reversed",
        "pool-missing",
        "praise-twice",
        "score-not-allowed",
        "value-missing",
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected, "{}", run.stdout);
    let text = sandbox.close(&[]).fails(2);
    compare_problems(&text, &sandbox);
}

/// The text of many problems stands beside the examples, in a file of its own.
fn compare_problems(text: &str, sandbox: &Sandbox) {
    let path = package().join("tests/errors-at-once.txt");
    compare_file(&path, &normalised(text, sandbox)).unwrap();
}

#[test]
fn json_errors_carry_code_message_and_hint() {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "rounds/2026-01/praise.csv", "5,3,", "5,4,");
    let run = sandbox.meed(&["close", "--format", "json"]);
    assert_eq!((run.status, run.stderr.as_str()), (2, ""));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        report,
        serde_json::json!({"errors": [{
            "code": "score-not-allowed",
            "message": "rounds/2026-01/praise.csv:2: score `4` is not one of the allowed values 0, 1, 3, 5, 8, 13, 21, 34, 55, 89, 144",
            "hint": "correct the row, or add 4 to `allowed_values` in rounds/2026-01/round.json"
        }]})
    );
}

/// The code in the name of an example.
fn code(name: &str) -> &str {
    name.split("--").next().unwrap()
}

/// The folder of the texts.
fn folder() -> PathBuf {
    package().join("tests/errors")
}

/// Compares with the text of an example, or writes it.
fn compare(name: &str, text: &str) -> Result<(), String> {
    compare_file(&folder().join(format!("{name}.txt")), text)
}

fn compare_file(path: &std::path::Path, text: &str) -> Result<(), String> {
    if std::env::var_os("MEED_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == text {
        return Ok(());
    }
    Err(format!("{} (MEED_BLESS=1 writes it anew):\nexpected\n{expected}\nfound\n{text}", path.display()))
}

/// `TMP` replaced by the temporary folder.
fn filled(text: &str, sandbox: &Sandbox) -> String {
    text.replace("TMP", sandbox.folder().to_str().unwrap())
}

/// A text without what differs from run to run: paths, commits and fingerprints.
fn normalised(text: &str, sandbox: &Sandbox) -> String {
    let ledger = sandbox.path("ledger");
    let text =
        text.replace(ledger.to_str().unwrap(), "LEDGER").replace(sandbox.folder().to_str().unwrap(), "TMP");
    let mut result = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let in_fingerprint = rest.starts_with("SHA256:");
        let is_part = |character: char| {
            character.is_ascii_alphanumeric() || (in_fingerprint && "+/:".contains(character))
        };
        let end = if is_part(first) {
            rest.find(|character: char| !is_part(character)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, next) = rest.split_at(end);
        let is_hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        result += if word.starts_with("SHA256:") {
            if word.ends_with(':') { "FINGERPRINT:" } else { "FINGERPRINT" }
        } else if is_hexadecimal && word.len() == 40 {
            "COMMIT"
        } else if is_hexadecimal && word.len() == 64 && next.starts_with(".sig") {
            "KEY"
        } else {
            word
        };
        rest = next;
    }
    result
}
