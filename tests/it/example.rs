//! ledger-example/: its committed results are what its inputs give, byte for byte. Closed in a new
//! ledger round by round, as `meed demo` does. `MEED_BLESS=1` writes them anew.

use std::collections::BTreeMap;
use std::fs;

use meed::calculate::{Snapshot, calculate_revision, recorded_results};
use meed::error::Place;
use meed::files::{Content, Files};
use meed::ledger::Ledger;
use meed::ledger::round_id::RoundId;
use meed::report::earlier_tables;
use meed::simulation::execute::Watch;
use meed::simulation::results::results;
use meed::statement::{CARRY_FILE, Record, Recorded};

use crate::support::sandbox::Sandbox;
use crate::support::{self, EXAMPLE_REVISIONS, EXAMPLE_ROUNDS, files_below};

/// The results of all rounds, each closed on the one before, and of the amendments behind them, by the
/// folder of the results.
fn computed() -> Vec<(String, BTreeMap<String, Vec<u8>>)> {
    let example = support::package().join("ledger-example");
    let ledger = fs::read_to_string(example.join("ledger.json")).unwrap();
    let mut record = Record::default();
    let mut before: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut all = Vec::new();
    let closings = EXAMPLE_ROUNDS.map(|round| (round, 1)).into_iter().chain(EXAMPLE_REVISIONS);
    for (round, revision) in closings {
        let mut files: Files = support::round_files(&example.join("rounds").join(round), round, &ledger);
        support::insert_example_members(&mut files);
        // What a round reads of those before it: carry.json, and tables for trends.
        let id = RoundId::parse(round, &Place::file("example")).unwrap();
        let earlier = earlier_tables(&record.before(round)).into_iter();
        for path in earlier.chain(recorded_results(&record, &id, revision)) {
            files.insert(path.clone(), Content::File(before[&path].clone()));
        }
        let results = calculate_revision(Snapshot { files: &files, record: &record }, &id, revision)
            .unwrap_or_else(|problems| panic!("{problems}"));
        let paths =
            results.files.iter().map(|(name, bytes)| (format!("{}/{name}", results.folder), bytes.clone()));
        before.extend(paths);
        record.push(Recorded {
            folder: results.folder.clone(),
            sha256: results.statement_sha256(),
            statement: std::sync::Arc::new(results.statement.clone()),
        });
        all.push((results.folder, results.files));
    }
    all
}

/// The simulations of ledger-example/, in the order in which they are closed.
const SIMULATIONS: [&str; 3] = ["funding", "praise-shares", "work"];

/// The results of all simulations, by the folder of the results.
fn simulated() -> Vec<(String, BTreeMap<String, Vec<u8>>)> {
    let example = support::package().join("ledger-example");
    let watch = Watch { progress: &|_, _| {}, is_interrupted: &|| false };
    let made = SIMULATIONS.map(|name| {
        let mut files = Files::default();
        let ledger = fs::read(example.join("ledger.json")).unwrap();
        files.insert("ledger.json".to_owned(), Content::File(ledger));
        let folder = format!("simulations/{name}");
        let own = files_below(&example.join(&folder)).into_iter();
        for (path, bytes) in own.filter(|(path, _)| !path.starts_with("results/")) {
            files.insert(format!("{folder}/{path}"), Content::File(bytes));
        }
        let ledger = Ledger::read(&files).unwrap();
        let made = results(&ledger, &files, name, &watch).unwrap_or_else(|problems| panic!("{problems}"));
        (made.folder, made.files)
    });
    made.into()
}

#[test]
fn committed_results_are_what_the_inputs_give() {
    for (folder, files) in computed().into_iter().chain(simulated()) {
        let (round, folder) = (folder.clone(), support::package().join("ledger-example").join(folder));
        if std::env::var_os("MEED_BLESS").is_some() {
            let _ = fs::remove_dir_all(&folder);
            for (name, bytes) in &files {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
        let committed = files_below(&folder);
        assert_eq!(
            committed.keys().collect::<Vec<_>>(),
            files.keys().collect::<Vec<_>>(),
            "{round}: MEED_BLESS=1 writes them"
        );
        for (name, bytes) in files {
            assert!(
                committed[&name] == bytes,
                "{round}/{name} is not what the inputs give; MEED_BLESS=1 writes it"
            );
        }
    }
}

#[test]
fn the_demonstration_makes_the_committed_results() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("demo");
    let text = sandbox.meed(&["demo", folder.to_str().unwrap()]).ok();
    assert!(text.contains("7 statements and 3 simulations verified"), "{text}");
    for name in SIMULATIONS {
        let folder = format!("simulations/{name}");
        let example = support::package().join("ledger-example").join(&folder);
        assert!(files_below(&folder_in(&sandbox, &folder)) == files_below(&example), "{folder}");
    }
    for round in EXAMPLE_ROUNDS {
        let example = support::package().join("ledger-example/rounds").join(round);
        let made = files_below(&folder.join("rounds").join(round));
        assert!(without_settlements(&made) == without_settlements(&files_below(&example)), "{round}");
    }
}

/// A folder of the demonstration.
fn folder_in(sandbox: &Sandbox, folder: &str) -> std::path::PathBuf {
    sandbox.path("demo").join(folder)
}

/// All simulations that stand there are closed, and none is large.
#[test]
fn simulations_of_the_example_are_small() {
    let folder = support::package().join("ledger-example/simulations");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, SIMULATIONS);
    for name in names {
        let files = files_below(&folder.join(&name).join("results"));
        let bytes: usize = files.values().map(Vec::len).sum();
        assert!((1..=600_000).contains(&bytes), "{name}: {bytes} bytes");
    }
}

/// The files of a round but its settlements.
fn without_settlements(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&String, &Vec<u8>> {
    files.iter().filter(|(path, _)| !path.starts_with("settlements/")).collect()
}

/// The demonstration records that the first round was paid; `MEED_BLESS=1` writes the settlement.
#[test]
fn the_demonstration_settles_the_first_round() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("demo");
    let text = sandbox.meed(&["demo", folder.to_str().unwrap()]).ok();
    assert!(text.contains("settled 2026-01: "), "{text}");
    for round in EXAMPLE_ROUNDS {
        let settlements = format!("rounds/{round}/settlements");
        let made = files_below(&folder.join(&settlements));
        assert_eq!(made.keys().collect::<Vec<_>>(), if round == "2026-01" { vec!["1.json"] } else { vec![] });
        let example = support::package().join("ledger-example").join(&settlements);
        if std::env::var_os("MEED_BLESS").is_some() {
            for (name, bytes) in &made {
                fs::create_dir_all(&example).unwrap();
                fs::write(example.join(name), bytes).unwrap();
            }
        }
        if !made.is_empty() && !example.exists() {
            support::skip("the example's settlement: ledger-example has none yet, MEED_BLESS=1 writes it");
            continue;
        }
        assert!(files_below(&example) == made, "{settlements}: MEED_BLESS=1 writes it");
    }
}

/// The example shows what the issue of a community is: held amounts that are carried and released, a
/// cutoff, a quantifier who took no part, one average that is warned about.
#[test]
fn the_example_shows_what_it_promises() {
    let all = computed();
    let carry: serde_json::Value = serde_json::from_slice(&all[1].1[CARRY_FILE]).unwrap();
    let rounds: Vec<&str> =
        carry["held"].as_array().unwrap().iter().map(|held| held["round"].as_str().unwrap()).collect();
    assert!(EXAMPLE_ROUNDS[..2].iter().all(|round| rounds.contains(round)), "{rounds:?}");
    // In March the praise table gives one of them an address, members.csv the other.
    let distribution = String::from_utf8(all[2].1["distribution.csv"].clone()).unwrap();
    assert!(distribution.lines().next().unwrap().ends_with(",released,total"), "{distribution}");
    let released = |line: &&str| !line.rsplit(',').nth(1).unwrap().trim_matches('0').is_empty();
    let names: Vec<&str> =
        distribution.lines().skip(1).filter(released).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names.len(), 2, "{distribution}");
    assert!(names.contains(&"pelican"), "{names:?}");
    // In June the alias puts the grain of `oystercatcher` beside what comes with the address.
    let distribution = String::from_utf8(all[5].1["distribution.csv"].clone()).unwrap();
    assert_eq!(distribution.matches("oystercatcher").count(), 1, "{distribution}");
    let statement: serde_json::Value = serde_json::from_slice(&all[2].1["statement.json"]).unwrap();
    let praise = &statement["predicate"]["allocations"][0];
    assert_eq!((praise["declared"].as_str(), praise["pool"].as_str()), (Some("1800"), Some("1464")));
}
