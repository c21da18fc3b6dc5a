//! Rules that every workflow and action keeps, and what the linters say of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::init::written;
use crate::peers::installed;
use crate::support::sandbox::Run;
use crate::support::{files_below, package, skip};

/// Workflows and actions of this repository, and those that `meed init --github` writes, by path.
fn definitions() -> BTreeMap<String, String> {
    let own = files_below(&package().join(".github")).into_iter();
    let own = own.map(|(path, bytes)| (format!(".github/{path}"), bytes));
    let files = own.chain(written().into_iter().map(|(path, bytes)| (format!("ledger/{path}"), bytes)));
    let files = files.filter(|(path, _)| ends_in(path, "yml"));
    let files: BTreeMap<_, _> =
        files.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect();
    assert!(files.len() >= 11, "{:?}", files.keys());
    files
}

fn ends_in(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Scripts of the actions, and those that .ci runs.
fn scripts() -> Vec<String> {
    let below = |folder: &str| {
        let files = files_below(&package().join(folder)).into_keys();
        files.map(|path| format!("{folder}/{path}")).collect::<Vec<_>>()
    };
    let scripts = below(".github/actions").into_iter().filter(|path| ends_in(path, "sh"));
    scripts.chain([".ci/run".to_owned(), "tests/peers/install".to_owned()]).collect()
}

/// The lines of all `run:`, blocks too.
fn run_lines(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|outer| indent > outer || line.trim().is_empty()) {
            found.push(line.trim());
            continue;
        }
        block = None;
        let key = line.trim_start().trim_start_matches("- ");
        if let Some(script) = key.strip_prefix("run:") {
            found.push(script.trim());
            block = Some(line.find("run:").unwrap());
        }
    }
    found
}

#[test]
fn no_expression_stands_in_a_script() {
    let mut scripts = 0;
    for (path, text) in definitions() {
        for line in run_lines(&text) {
            scripts += 1;
            assert!(!line.contains("${{"), "{path}: {line}");
        }
    }
    assert!(scripts >= 7, "{scripts}");
    // And the test would see one.
    let bad =
        "steps:\n  - run: |\n      echo a\n\n      echo ${{ github.head_ref }}\n    env: {}\n  - run: b\n";
    assert_eq!(run_lines(bad), ["|", "echo a", "", "echo ${{ github.head_ref }}", "b"]);
}

#[test]
fn what_others_wrote_is_named_by_commit() {
    for (path, text) in definitions() {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            if action.starts_with("$/") {
                continue;
            }
            let (action, commit) = action.split_once('@').unwrap_or_else(|| panic!("{path}: {line}"));
            let (commit, version) = commit.split_once(" # ").unwrap_or((commit, ""));
            let is_full = commit.len() == 40 && commit.chars().all(|digit| digit.is_ascii_hexdigit());
            assert!(is_full, "{path}: {line}");
            let is_own = action.starts_with("tidewater/meed/");
            assert!(is_own || version.starts_with('v'), "{path}: {line}: which version is it?");
        }
    }
}

#[test]
fn no_checkout_keeps_the_token() {
    for (path, text) in definitions() {
        let checkouts = text.matches("uses: actions/checkout@").count();
        assert!(text.matches("persist-credentials: false").count() >= checkouts, "{path}");
    }
}

/// What can be pushed, signed or published with stands in jobs that need it, and nowhere above them.
#[test]
fn permissions_are_given_job_by_job() {
    let ledger = definitions().into_iter().filter(|(path, _)| path.starts_with("ledger/"));
    for (path, text) in ledger {
        assert!(text.contains("\npermissions: {}\n"), "{path}");
        let keys = text.matches("secrets.MEED_SIGNING_KEY").count();
        assert_eq!(keys, usize::from(path.ends_with("close-round.yml")), "{path}");
    }
    let close = written()[".github/workflows/close-round.yml"].clone();
    let close = String::from_utf8(close).unwrap();
    let jobs: Vec<&str> = close.split("\n  look:\n").nth(1).unwrap().split("\n  close:\n").collect();
    let (look, rest) = (jobs[0], jobs[1].split("\n  publish:\n").collect::<Vec<_>>());
    assert!(!look.contains("secrets.") && !look.contains("write"), "{look}");
    assert!(
        rest[0].contains("environment: meed-close") && rest[0].contains("cache: \"false\""),
        "{}",
        rest[0]
    );
    assert!(!rest[1].contains("secrets."), "{}", rest[1]);
}

/// The inputs that an action's script reads are those that its action.yml hands over.
#[test]
fn scripts_read_what_actions_hand_over() {
    for (action, prefix) in
        [("close", "CLOSE_"), ("verify", "VERIFY_"), ("publish", "PUBLISH_"), ("propose", "PROPOSE_")]
    {
        let folder = package().join(".github/actions").join(action);
        let script = fs::read_to_string(folder.join(format!("{action}.sh"))).unwrap();
        let definition = fs::read_to_string(folder.join("action.yml")).unwrap();
        let handed: Vec<&str> = definition
            .lines()
            .filter_map(|line| line.trim().split_once(": ${{ inputs."))
            .map(|(name, _)| name)
            .filter(|name| name.starts_with(prefix))
            .collect();
        assert!(!handed.is_empty());
        for name in &handed {
            assert!(script.contains(&format!("${{{name}:")), "{action}: {name} is not read");
        }
        let code = script.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
        for word in code.split(|letter: char| !(letter.is_ascii_uppercase() || letter == '_')) {
            // Remotes have another name in tests only.
            let is_ours = word.starts_with(prefix) && word != prefix && !word.ends_with("_REMOTE");
            assert!(!is_ours || handed.contains(&word), "{action}: nobody hands {word} over");
        }
        for name in definition.split("${{ inputs.").skip(1).filter_map(|rest| rest.split(" }}").next()) {
            assert!(
                definition.contains(&format!("\n  {name}:\n    description: ")),
                "{action}: {name} is not described"
            );
        }
    }
}

/// Names of the entries of a section of an action.yml.
fn entries<'a>(definition: &'a str, section: &str) -> Vec<&'a str> {
    let lines = definition.lines().skip_while(|line| *line != format!("{section}:")).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    lines
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .collect()
}

#[test]
fn the_readme_names_all_inputs_and_outputs() {
    let readme = fs::read_to_string(package().join("README.md")).unwrap();
    let table = readme.split("\n### The actions\n").nth(1).unwrap();
    let mut named = 0;
    for action in ["setup", "close", "verify", "propose", "publish"] {
        let definition =
            fs::read_to_string(package().join(format!(".github/actions/{action}/action.yml"))).unwrap();
        let row = table.lines().find(|line| line.starts_with(&format!("| `{action}` |"))).unwrap();
        for name in [entries(&definition, "inputs"), entries(&definition, "outputs")].concat() {
            named += 1;
            assert!(row.contains(&format!("`{name}`")), "{action}: {name}");
        }
    }
    assert!(named > 30, "{named}");
}

/// A linter that tests/peers/install put there.
fn linter(name: &str) -> Option<Command> {
    let folder = installed().join("linters/bin");
    let program = folder.join(name);
    if !program.exists() {
        skip(&format!("{name}: not installed; tests/peers/install does it"));
        return None;
    }
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command.current_dir(package()).env("PATH", format!("{}:{path}", folder.display()));
    Some(command)
}

/// The files that `meed init --github` writes, in a folder of their own.
fn written_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in written() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn workflows_in(folder: &Path) -> Vec<String> {
    let folder = folder.join(".github/workflows");
    files_below(&folder).into_keys().map(|name| folder.join(name).to_str().unwrap().to_owned()).collect()
}

#[test]
fn actionlint_finds_nothing() {
    let Some(mut command) = linter("actionlint") else { return };
    let folder = written_folder();
    let workflows = [workflows_in(&package()), workflows_in(folder.path())].concat();
    let run = Run::of_command(command.args(&workflows));
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
}

#[test]
fn zizmor_finds_nothing() {
    let Some(mut command) = linter("zizmor") else { return };
    let folder = written_folder();
    let command =
        command.args(["--offline", "--no-progress", "--persona=auditor", "--strict-collection", ".github"]);
    let run = Run::of_command(command.arg(folder.path().join(".github")));
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("close-round.yml") && run.stderr.contains("propose/action.yml"),
        "{}",
        run.stderr
    );
}

#[test]
fn shellcheck_finds_nothing() {
    let Some(mut command) = linter("shellcheck") else { return };
    let run = Run::of_command(command.args(["--external-sources", "--severity=style"]).args(scripts()));
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
}
