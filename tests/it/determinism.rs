//! The same inputs give the same bytes: whoever closes, wherever, whenever, with whatever build, and in
//! whatever order the rows stand where order has no meaning.

// The figures of a run are worth seeing: `--nocapture` shows them.
#![allow(clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use meed::calculate::Results;
use meed::files::{Content, Files};
use meed::tables::Table;

use crate::support::sandbox::Sandbox;
use crate::support::{self, EXAMPLE_ROUNDS, files_below, package, said};

/// Tables of which the order of the rows means something: later steps stand later.
const ORDERED: [&str; 3] = ["2026-05/stakes.csv", "2026-06/stakes.csv", "2026-06/holdings.csv"];
/// The clock of all closes here, so that even their commits are equal.
const CLOCK: &str = "1790000000";

/// A ledger with the example's rounds, open.
struct Example {
    sandbox: Sandbox,
}

impl Example {
    fn new() -> Self {
        let sandbox = Sandbox::ledger();
        let example = package().join("ledger-example");
        for name in ["ledger.json", "members.csv"] {
            sandbox.write(name, fs::read(example.join(name)).unwrap());
        }
        for round in EXAMPLE_ROUNDS {
            for (name, bytes) in inputs(round) {
                sandbox.write(&format!("rounds/{round}/{name}"), bytes);
            }
        }
        sandbox.commit("Inputs");
        Self { sandbox }
    }

    /// A clone in a folder of that name, with these settings of its repository.
    fn clone(&self, name: &str, settings: &[&str]) -> PathBuf {
        let path = self.sandbox.path(name);
        let settings = settings.iter().flat_map(|setting| ["-c", setting]);
        let mut args = vec!["clone", "-q"];
        args.extend(settings);
        args.extend([".", path.to_str().unwrap()]);
        let _ = self.sandbox.git(&args).ok();
        path
    }

    /// A build of `meed` in a folder, the umask set first.
    fn meed(&self, program: &str, folder: &Path, args: &[&str], umask: &str) -> Command {
        let mut command = self.sandbox.command("sh");
        command.current_dir(folder).env("SOURCE_DATE_EPOCH", CLOCK);
        command.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\""), program]).args(args);
        command
    }

    fn close(&self, folder: &Path) -> Command {
        let key = self.sandbox.key("treasurer");
        self.meed(env!("CARGO_BIN_EXE_meed"), folder, &["close", "--all", "--key", &key], "022")
    }

    fn verify(&self, folder: &Path) -> Command {
        self.meed(env!("CARGO_BIN_EXE_meed"), folder, &["verify"], "022")
    }

    fn rev(&self, folder: &Path, rev: &str) -> String {
        text(&self.sandbox.command("git").current_dir(folder).args(["rev-parse", rev]).output().unwrap())
    }
}

/// Standard output of a run that must have succeeded.
#[track_caller]
fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{errors}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout.clone()).unwrap().trim_end().to_owned()
}

/// The arguments that amend the example's amended round, whose revision is committed with the inputs.
fn amend_args(key: &str) -> [&str; 4] {
    let [(round, _)] = support::EXAMPLE_REVISIONS;
    ["amend", round, "--key", key]
}

/// The input files of a round of the example.
fn inputs(round: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = files_below(&package().join("ledger-example/rounds").join(round));
    files.retain(|path, _| !path.split('/').any(|folder| ["results", "settlements"].contains(&folder)));
    files
}

/// Other surroundings: settings of the clone, umask, environment, and whether the commit is equal too.
struct Surroundings {
    name: &'static str,
    settings: &'static [&'static str],
    umask: &'static str,
    environment: &'static [(&'static str, &'static str)],
    same_commit: bool,
}

const fn environment(
    name: &'static str,
    environment: &'static [(&'static str, &'static str)],
) -> Surroundings {
    Surroundings { name, settings: &[], umask: "022", environment, same_commit: true }
}

const fn settings(name: &'static str, settings: &'static [&'static str]) -> Surroundings {
    Surroundings { name, settings, umask: "022", environment: &[], same_commit: true }
}

const SURROUNDINGS: &[Surroundings] = &[
    environment("the same again", &[]),
    environment("Kathmandu", &[("TZ", "Asia/Kathmandu")]),
    environment("Newfoundland", &[("TZ", "America/St_Johns")]),
    environment("a zone by rule", &[("TZ", "XXX-14")]),
    environment("Turkish", &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")]),
    environment("German", &[("LC_ALL", "de_DE.UTF-8"), ("LANGUAGE", "de")]),
    environment("one thread", &[("RAYON_NUM_THREADS", "1")]),
    environment("eight threads", &[("RAYON_NUM_THREADS", "8")]),
    environment("another home and user", &[("HOME", "/nowhere"), ("USER", "wren"), ("LOGNAME", "wren")]),
    environment("a terminal", &[("TERM", "xterm-256color"), ("COLUMNS", "40"), ("CLICOLOR_FORCE", "1")]),
    Surroundings { umask: "077", ..environment("nobody else may read", &[]) },
    Surroundings { umask: "000", ..environment("everybody may write", &[]) },
    Surroundings {
        same_commit: false,
        ..environment("another clock", &[("SOURCE_DATE_EPOCH", "1893456000")])
    },
    Surroundings {
        same_commit: false,
        ..environment("another author", &[("MEED_AUTHOR", "Wren <wren@example.org>")])
    },
    settings("line ends converted", &["core.autocrlf=true"]),
    settings("line ends converted by eol", &["core.eol=crlf", "core.autocrlf=input"]),
    settings(
        "commits signed by OpenPGP",
        &["commit.gpgsign=true", "gpg.format=openpgp", "user.signingkey=NONE"],
    ),
    settings(
        "commits in another encoding",
        &["i18n.commitEncoding=ISO-8859-1", "i18n.logOutputEncoding=ISO-8859-1"],
    ),
    settings(
        "other settings of files",
        &["core.fileMode=false", "core.ignoreCase=true", "core.precomposeUnicode=true"],
    ),
    settings("strong compression", &["core.compression=9", "core.looseCompression=9"]),
];

#[test]
fn a_close_gives_the_same_tree_in_all_surroundings() {
    let example = Example::new();
    let first = example.clone("first", &[]);
    let _ = text(&example.close(&first).output().unwrap());
    let key = example.sandbox.key("treasurer");
    let amend = example.meed(env!("CARGO_BIN_EXE_meed"), &first, &amend_args(&key), "022").output();
    let _ = text(&amend.unwrap());
    let (tree, commit) = (example.rev(&first, "main^{tree}"), example.rev(&first, "main"));
    let verified = text(&example.verify(&first).output().unwrap());
    assert_eq!(verified, text(&example.verify(&first).output().unwrap()), "verify twice");
    for (number, surroundings) in SURROUNDINGS.iter().enumerate() {
        let name = surroundings.name;
        let folder = example.clone(&format!("Kopie №{number}"), surroundings.settings);
        let program = env!("CARGO_BIN_EXE_meed");
        for args in [["close", "--all", "--key", &key], amend_args(&key)] {
            let mut command = example.meed(program, &folder, &args, surroundings.umask);
            let _ = text(&command.envs(surroundings.environment.iter().copied()).output().unwrap());
        }
        assert_eq!(example.rev(&folder, "main^{tree}"), tree, "{name}");
        assert_eq!(example.rev(&folder, "main") == commit, surroundings.same_commit, "{name}");
        let mut verify = example.meed(program, &first, &["verify"], surroundings.umask);
        let verify = verify.envs(surroundings.environment.iter().copied()).output().unwrap();
        assert_eq!(text(&verify), verified, "{name}: verify");
        fs::remove_dir_all(folder).unwrap();
    }
    eprintln!("{} surroundings, one tree: {tree}", SURROUNDINGS.len());
}

#[test]
fn one_by_one_is_as_all_at_once_and_two_at_a_time() {
    let example = Example::new();
    let (left, right, slow) =
        (example.clone("left", &[]), example.clone("right", &[]), example.clone("slow", &[]));
    let spawn =
        |folder: &Path| example.close(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let both = [spawn(&left), spawn(&right)];
    let key = example.sandbox.key("treasurer");
    for round in EXAMPLE_ROUNDS {
        let args = ["close", round, "--key", &key];
        let mut close = example.meed(env!("CARGO_BIN_EXE_meed"), &slow, &args, "022");
        let _ = text(&close.output().unwrap());
    }
    for closer in both {
        let _ = text(&closer.wait_with_output().unwrap());
    }
    let commit = example.rev(&left, "main");
    assert_eq!(example.rev(&right, "main"), commit);
    assert_eq!(example.rev(&slow, "main"), commit);
}

/// The results that a dry run writes to a folder, and the tree of a close, by a build of `meed`.
fn by_build(example: &Example, program: &str, name: &str) -> (BTreeMap<String, Vec<u8>>, String, String) {
    let folder = example.clone(name, &[]);
    let out = example.sandbox.path(&format!("{name}-out"));
    let dry_run = ["close", "--all", "--dry-run", "--out", out.to_str().unwrap()];
    let shown = text(&example.meed(program, &folder, &dry_run, "022").output().unwrap());
    let key = example.sandbox.key("treasurer");
    let close = ["close", "--all", "--key", &key];
    let _ = text(&example.meed(program, &folder, &close, "022").output().unwrap());
    let mut files = BTreeMap::new();
    for round in EXAMPLE_ROUNDS {
        let written = files_below(&out.join(round)).into_iter();
        files.extend(written.map(|(name, bytes)| (format!("{round}/{name}"), bytes)));
    }
    (files, shown, example.rev(&folder, "main"))
}

#[test]
fn a_dry_run_writes_what_a_close_commits() {
    let example = Example::new();
    let (files, ..) = by_build(&example, env!("CARGO_BIN_EXE_meed"), "dry");
    let folder = example.sandbox.path("dry");
    for round in EXAMPLE_ROUNDS {
        let listed = example
            .sandbox
            .command("git")
            .current_dir(&folder)
            .args(["ls-tree", "-r", "--name-only", "--full-tree"])
            .arg(format!("main:rounds/{round}/results"))
            .output()
            .unwrap();
        let dry: Vec<&str> =
            files.keys().filter_map(|path| path.strip_prefix(&format!("{round}/"))).collect();
        assert_eq!(text(&listed).lines().collect::<Vec<_>>(), dry);
        for name in dry {
            let blob = format!("main:rounds/{round}/results/{name}");
            let blob = example
                .sandbox
                .command("git")
                .current_dir(&folder)
                .args(["cat-file", "blob", &blob])
                .output()
                .unwrap();
            assert!(files[&format!("{round}/{name}")] == blob.stdout, "{round}/{name}");
        }
    }
}

/// `.ci/run` names the release build in MEED_OTHER_BINARY.
#[test]
fn another_build_gives_the_same_bytes() {
    let Ok(other) = std::env::var("MEED_OTHER_BINARY") else {
        crate::support::skip("the comparison with another build: MEED_OTHER_BINARY names none");
        return;
    };
    let other = fs::canonicalize(package().join(&other)).unwrap();
    let example = Example::new();
    let ours = by_build(&example, env!("CARGO_BIN_EXE_meed"), "ours");
    let theirs = by_build(&example, other.to_str().unwrap(), "theirs");
    assert!(ours == theirs, "{} differs", other.display());
    let verify = |program: &str| {
        text(&example.meed(program, &example.sandbox.path("ours"), &["verify"], "022").output().unwrap())
    };
    assert_eq!(verify(env!("CARGO_BIN_EXE_meed")), verify(other.to_str().unwrap()));
    eprintln!("{} gives the same {} files and the same commit", other.display(), ours.0.len());
}

/// The results of a round of the example with changed inputs, behind the results of those before it.
fn results(round: &str, inputs: &BTreeMap<String, Vec<u8>>, before: &[Results]) -> Results {
    let mut files = Files::default();
    let ledger = fs::read(package().join("ledger-example/ledger.json")).unwrap();
    files.insert("ledger.json".to_owned(), Content::File(ledger));
    support::insert_example_members(&mut files);
    for (name, bytes) in inputs {
        files.insert(format!("rounds/{round}/{name}"), Content::File(bytes.clone()));
    }
    let before: Vec<&Results> = before.iter().collect();
    support::results_after(&files, round, &before).unwrap_or_else(|problems| panic!("{round}: {problems}"))
}

/// A table with its rows in another order.
fn shuffled(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut rows: Vec<csv::ByteRecord> = reader.byte_records().map(Result::unwrap).collect();
    let mut state = seed;
    // From the last row down to the second: the first is the header.
    for index in (2..rows.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap() % index + 1;
        rows.swap(index, other);
    }
    if rows[1..].is_sorted_by_key(|row| row.position().map(csv::Position::line)) {
        rows[1..].rotate_left(1);
    }
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in &rows {
        writer.write_byte_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Tables whose column `index` says where a row stands in the praise file.
const NUMBERED: [&str; 3] = ["praise_outliers.csv", "duplication_examination.csv", "dismissal_disagreed.csv"];

/// The rows of a table without that column.
fn without_index(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let index = rows[0].iter().position(|name| name == "index").unwrap();
    let kept = |row: &csv::StringRecord| {
        row.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, field)| field.to_owned()).collect()
    };
    rows.iter().map(kept).collect()
}

#[test]
fn the_order_of_rows_has_no_meaning() {
    let mut cases = 0;
    let mut before: Vec<Results> = Vec::new();
    for round in EXAMPLE_ROUNDS {
        let inputs = inputs(round);
        let ordered = results(round, &inputs, &before);
        for (seed, name) in (1..=5).flat_map(|seed| inputs.keys().map(move |name| (seed, name))) {
            // The files of a revision are none of the round's.
            if name == "round.json"
                || name.starts_with("revisions/")
                || ORDERED.contains(&format!("{round}/{name}").as_str())
            {
                continue;
            }
            let mut changed = inputs.clone();
            changed.insert(name.clone(), shuffled(&inputs[name], seed));
            assert!(changed[name] != inputs[name], "{round}/{name}, seed {seed}: nothing shuffled");
            let results = results(round, &changed, &before);
            for file in ["distribution.csv", "carry.json"] {
                assert!(results.files[file] == ordered.files[file], "{round}/{name}, seed {seed}: {file}");
            }
            let mut statement = results.statement.clone();
            assert_ne!(statement.predicate.inputs, ordered.statement.predicate.inputs);
            statement.predicate.inputs.clone_from(&ordered.statement.predicate.inputs);
            for (subject, other) in statement.subject.iter_mut().zip(&ordered.statement.subject) {
                if NUMBERED.iter().any(|table| subject.name.ends_with(table)) {
                    let rows = |results: &Results| without_index(&results.files[&other.name]);
                    assert_eq!(rows(&results), rows(&ordered), "{round}/{name}, seed {seed}: {}", other.name);
                    subject.clone_from(other);
                }
                if ["report/report.html", "report/report.md"].contains(&subject.name.as_str()) {
                    subject.clone_from(other);
                }
            }
            assert_eq!(said(&results), said(&ordered), "{round}/{name}, seed {seed}");
            assert_eq!(statement, ordered.statement, "{round}/{name}, seed {seed}");
            cases += 1;
        }
        before.push(ordered);
    }
    eprintln!("{cases} tables with their rows in another order");
}

#[test]
fn the_order_of_allocations_is_the_order_of_columns() {
    let mut before: Vec<Results> = Vec::new();
    for round in EXAMPLE_ROUNDS {
        let mut inputs = inputs(round);
        let ordered = results(round, &inputs, &before);
        let mut file: serde_json::Value = serde_json::from_slice(&inputs["round.json"]).unwrap();
        file["allocations"].as_array_mut().unwrap().reverse();
        inputs.insert("round.json".to_owned(), serde_json::to_vec(&file).unwrap());
        let reversed = results(round, &inputs, &before);
        let rows = |results: &Results| -> Vec<BTreeMap<String, String>> {
            let bytes = &results.files["distribution.csv"];
            let header = String::from_utf8(bytes.clone()).unwrap();
            let columns: Vec<String> = header.lines().next().unwrap().split(',').map(str::to_owned).collect();
            let table = Table::read("d", bytes, &["recipient", "total"]).unwrap();
            let row = |column: &String, field: &str| (column.clone(), field.to_owned());
            table
                .rows()
                .map(|fields| columns.iter().map(|column| row(column, fields.field(column))).collect())
                .collect()
        };
        assert_eq!(rows(&ordered), rows(&reversed), "{round}: rows, their order and their amounts");
        assert_ne!(ordered.files["distribution.csv"], reversed.files["distribution.csv"], "{round}");
        assert_eq!(ordered.statement.predicate.totals, reversed.statement.predicate.totals, "{round}");
        let sums = |results: &Results| -> BTreeSet<String> {
            results
                .statement
                .predicate
                .allocations
                .iter()
                .map(|allocation| format!("{allocation:?}"))
                .collect()
        };
        assert_eq!(sums(&ordered), sums(&reversed), "{round}");
        before.push(ordered);
    }
}
