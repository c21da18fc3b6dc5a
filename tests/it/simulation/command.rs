//! `meed simulate`, from outside.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::files_below;
use crate::support::sandbox::Sandbox;

/// A folder that is no ledger, with files in it.
fn folder(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, text) in files {
        sandbox.write(name, text);
    }
    sandbox
}

/// The rows of a CSV text as maps.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

const SWEEP: &str = r#"{"model": "work", "seed": 7, "timesteps": 20, "runs": 40, "rows": "all",
    "sweep": {"mode": "cartesian", "parameters": {"earned_most": [10, 20], "weekly_token_minting": [100, 50, 0]}}}"#;

#[test]
fn rows_stand_in_the_order_of_cadcad() {
    let sandbox = folder(&[("sweep.json", SWEEP)]);
    let text = sandbox.meed(&["simulate", "sweep.json", "--format", "csv"]).ok();
    assert!(text.starts_with(
        "simulation,subset,run,substep,timestep,tokens,weekly_token_minting,community_treasury,contributors_token_balance\n\
         0,0,1,0,0,1,100,0,0\n0,0,1,1,1,101,100,100,0\n0,0,1,2,1,101,100,100,"
    ));
    let rows = rows(&text);
    assert_eq!(rows.len(), 6 * 40 * (1 + 20 * 2));
    let place = |row: &BTreeMap<String, String>| {
        ["simulation", "subset", "run", "timestep", "substep"].map(|name| row[name].parse::<u32>().unwrap())
    };
    assert!(rows.iter().map(place).is_sorted());
    let last = |subset: &str, name: &str| {
        rows.iter().rfind(|row| row["subset"] == subset).unwrap()[name].parse::<f64>().unwrap()
    };
    // The last parameter changes fastest.
    let minted: Vec<f64> = (0..6).map(|subset| last(&subset.to_string(), "tokens")).collect();
    assert_eq!(minted, [2001.0, 1001.0, 1.0, 2001.0, 1001.0, 1.0]);
}

#[test]
fn threads_do_not_matter() {
    let sandbox = folder(&[("sweep.json", SWEEP)]);
    let with = |jobs: &str| {
        let args = ["simulate", "sweep.json", "--jobs", jobs, "--format"];
        let rows = sandbox.meed(&[&args[..], &["csv"]].concat()).ok();
        let out = format!("out-{jobs}");
        let _ = sandbox.meed(&["simulate", "sweep.json", "--jobs", jobs, "--out", &out]).ok();
        (rows, files_below(&sandbox.at(&out)))
    };
    let one = with("1");
    assert_eq!(String::from_utf8_lossy(&one.1["rows.csv"]), one.0);
    assert!(one == with("2"));
    assert!(one == with("8"));
}

#[test]
fn runs_do_not_depend_on_each_other() {
    let sandbox = folder(&[("sweep.json", SWEEP)]);
    let rows = |args: &[&str]| {
        let all = sandbox.meed(&[&["simulate", "sweep.json", "--format", "csv"], args].concat()).ok();
        all.lines().filter(|line| line.starts_with("0,0,")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (few, many) = (rows(&["--runs", "3"]), rows(&["--runs", "50"]));
    assert_eq!(few.len(), 3 * 41);
    assert_eq!(few, many[..few.len()]);
    // Nor on the other subsets.
    let alone = rows(&["--runs", "3", "--set", "earned_most=10"]);
    assert_eq!(few, alone);
    assert_ne!(few, rows(&["--runs", "3", "--seed", "8"]));
}

#[test]
fn a_generator_of_one_stream_goes_on_from_run_to_run() {
    let sandbox = folder(&[("work.json", r#"{"model": "work", "rng": "cpython", "seed": 1, "runs": 3}"#)]);
    let text = sandbox.meed(&["simulate", "work.json", "--format", "csv"]).ok();
    let last: Vec<String> = rows(&text)
        .iter()
        .filter(|row| row["timestep"] == "52")
        .map(|row| row["contributors_token_balance"].clone())
        .collect();
    assert_eq!(last, ["273", "328", "308"]);
}

#[test]
fn formats_say_the_same() {
    let sandbox = folder(&[("sweep.json", SWEEP)]);
    let _ = sandbox.meed(&["simulate", "sweep.json", "--out", "out"]).ok();
    let summary = rows(&sandbox.read("out/summary.csv"));
    let printed = sandbox.meed(&["simulate", "sweep.json", "--rows", "summary", "--format", "csv"]).ok();
    assert_eq!(printed, sandbox.read("out/summary.csv"));
    let json = |args: &[&str]| -> Value {
        let args = [&["simulate", "sweep.json", "--format", "json"], args].concat();
        serde_json::from_str(&sandbox.meed(&args).ok()).unwrap()
    };
    let plain = json(&[]);
    assert_eq!(plain["summary"].as_array().unwrap().len(), summary.len());
    for (row, value) in summary.iter().zip(plain["summary"].as_array().unwrap()) {
        for name in ["mean", "sd", "p5", "p50", "p95"] {
            assert_eq!(row[name].parse::<f64>().unwrap(), value[name].as_f64().unwrap(), "{row:?}");
        }
        assert_eq!(row["variable"], value["variable"].as_str().unwrap());
    }
    let with_rows = json(&["--rows", "last"]);
    assert_eq!(with_rows["summary"], plain["summary"]);
    assert_eq!(with_rows["rows"].as_array().unwrap().len(), 6 * 40 * 21);
    let table = sandbox.meed(&["simulate", "sweep.json"]).ok();
    assert!(table.contains("simulation 0, subset 5: earned_most = 20, weekly_token_minting = 0"), "{table}");
    assert!(table.contains("at timestep 20"), "{table}");
}

/// The figures of the summary are those that an independent program finds in the rows.
#[test]
fn summaries_are_those_of_the_rows() {
    let sandbox = folder(&[("sweep.json", SWEEP)]);
    let _ = sandbox.meed(&["simulate", "sweep.json", "--out", "out"]).ok();
    let script = "import csv, statistics, collections
values = collections.defaultdict(list)
for row in csv.DictReader(open('out/rows.csv')):
    if row['substep'] in ('0', '2'):
        for name in list(row)[5:]:
            values[row['subset'], row['timestep'], name].append(float(row[name]))
def quantile(values, share):
    values = sorted(values); place = share * (len(values) - 1); low = int(place)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (place - low)
count = 0
for row in csv.DictReader(open('out/summary.csv')):
    of = values[row['subset'], row['timestep'], row['variable']]
    expected = [len(of), statistics.fmean(of), statistics.stdev(of)] + [quantile(of, share) for share in (.05, .5, .95)]
    found = [float(row[name]) for name in ('runs', 'mean', 'sd', 'p5', 'p50', 'p95')]
    assert all(abs(a - b) <= 1e-9 * max(1, abs(a)) for a, b in zip(expected, found)), (row, expected)
    count += 1
print(count)";
    let output = sandbox.command("python3").args(["-c", script]).output();
    let Ok(output) = output else {
        crate::support::skip("figures of summary.csv against Python's: no python3");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.trim(), (6 * 21 * 4).to_string(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn parameters_may_change_over_time() {
    let file = r#"{"model": "work", "timesteps": 4, "exogenous": "table.csv"}"#;
    let table = "timestep,weekly_token_minting,earned_least\n2,10,\n4,,9\n";
    let sandbox = folder(&[("here/work.json", file), ("here/table.csv", table)]);
    let text = sandbox.meed(&["simulate", "here/work.json", "--format", "csv"]).ok();
    let minted: Vec<String> = rows(&text).iter().map(|row| row["tokens"].clone()).collect();
    assert_eq!(minted, ["1", "101", "111", "121", "131"]);
}

#[test]
fn configurations_stand_side_by_side() {
    let file = r#"{"model": "work", "timesteps": 1, "parameters": {"tokens": 5},
        "configurations": [{"name": "A"}, {"name": "B", "parameters": {"tokens": 7},
            "sweep": {"parameters": {"weekly_token_minting": [1, 2]}}}]}"#;
    let sandbox = folder(&[("ab.json", file)]);
    let text = sandbox.meed(&["simulate", "ab.json", "--format", "csv"]).ok();
    let last: Vec<[String; 3]> = rows(&text)
        .iter()
        .filter(|row| row["timestep"] == "1")
        .map(|row| ["simulation", "subset", "tokens"].map(|name| row[name].clone()))
        .collect();
    assert_eq!(last, [["0", "0", "105"], ["1", "0", "8"], ["1", "1", "9"]]);
    // What --set names holds for both, and for what was swept.
    let args =
        ["simulate", "ab.json", "--set", "tokens=1", "--set", "weekly_token_minting=4", "--format", "csv"];
    let text = sandbox.meed(&args).ok();
    let last: Vec<String> =
        rows(&text).iter().filter(|row| row["timestep"] == "1").map(|row| row["tokens"].clone()).collect();
    assert_eq!(last, ["5", "5"]);
}

#[test]
fn failed_runs_are_told_and_the_others_finish() {
    let file = r#"{"model": "work", "timesteps": 3, "runs": 2,
        "sweep": {"parameters": {"weekly_token_minting": [1, 1e308]}}}"#;
    let sandbox = folder(&[("large.json", file)]);
    let run = sandbox.meed(&["simulate", "large.json", "--format", "csv"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(
        run.stderr.contains(
            "warning: simulation 0, subset 1, run 2 ended at timestep 2, substep 1: tokens is too large"
        ),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("2 of 4 runs failed"), "{}", run.stderr);
    let of = |subset: &str| rows(&run.stdout).iter().filter(|row| row["subset"] == subset).count();
    assert_eq!((of("0"), of("1")), (2 * 4, 2 * 2));
}

#[test]
fn a_folder_that_holds_something_is_not_touched() {
    let sandbox = folder(&[("out/mine.txt", "mine")]);
    let text = sandbox.meed(&["simulate", "work", "--out", "out"]).fails(2);
    assert!(text.contains("out"), "{text}");
    assert_eq!(files_below(&sandbox.at("out")).keys().collect::<Vec<_>>(), ["mine.txt"]);
    fs::create_dir(sandbox.at("empty")).unwrap();
    let _ = sandbox.meed(&["simulate", "work", "--out", "empty"]).ok();
    assert!(files_below(&sandbox.at("empty")).contains_key("summary.csv"));
}

/// A process that ends with the test, whatever comes of it.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended by itself
        let _ = self.0.wait();
    }
}

/// Ctrl-C in the middle: no folder, nothing beside it.
#[test]
#[cfg(unix)]
fn an_interruption_leaves_nothing_behind() {
    let sandbox = folder(&[("mine.txt", "mine")]);
    let before = files_below(&sandbox.at("."));
    let args = ["simulate", "work", "--runs", "10000000", "--rows", "all", "--out", "out"];
    let mut command = sandbox.meed_command(&args);
    let mut child = Killed(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let is_writing = || {
        let entries = fs::read_dir(sandbox.at(".")).unwrap();
        let mut rows = entries.map(|entry| entry.unwrap().path().join("rows.csv"));
        rows.any(|path| fs::metadata(path).is_ok_and(|data| data.len() > 1_000_000))
    };
    while !is_writing() {
        assert!(child.0.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = sandbox.command("kill").args(["-INT", &child.0.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.0.wait().unwrap().code(), Some(3));
    let mut said = String::new();
    let _ = child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.starts_with("error: the simulation was interrupted\n"), "{said}");
    assert_eq!(files_below(&sandbox.at(".")), before);
}

/// A million rows: the most memory that is used is that of a few thousand.
#[test]
#[cfg(target_os = "linux")]
fn rows_stream() {
    let sandbox = folder(&[("mine.txt", "mine")]);
    let peak = |args: &[&str]| {
        let args = [&["simulate", "work", "--format", "csv"], args].concat();
        let script = "import resource, subprocess, sys
process = subprocess.run(sys.argv[1:], stdout=open('rows.csv', 'w'))
print(process.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let mut command = sandbox.command("python3");
        let output = command.args(["-c", script, env!("CARGO_BIN_EXE_meed")]).args(args).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (status, kilobytes) = text.trim().split_once(' ').unwrap();
        assert_eq!(status, "0", "{}", String::from_utf8_lossy(&output.stderr));
        let rows = fs::read_to_string(sandbox.at("rows.csv")).unwrap().lines().count() - 1;
        (rows, kilobytes.parse::<u64>().unwrap())
    };
    let (few, small) = peak(&["--rows", "all", "--runs", "1000"]);
    let (many, large) = peak(&["--rows", "all", "--runs", "10000"]);
    assert_eq!((few, many), (105_000, 1_050_000));
    // The values of which the quantiles are made are kept up to a limit: 10,000 runs are below it.
    assert!(large < small + 60_000, "{small} kB, {large} kB");
    let (_, summary) = peak(&["--rows", "summary", "--runs", "30000"]);
    assert!(summary < large + 40_000, "{large} kB, {summary} kB");
}
