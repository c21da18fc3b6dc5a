//! The model `conviction` beside the original: row for row with its own random numbers, on average with
//! ours; and what must hold in every run.

use std::fs;

use meed::simulation::engine::Cell;
use meed::simulation::execute::Wanted;
use meed::simulation::models::Ending;
use meed::simulation::models::conviction::MODEL;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::library::{Row, is_near, refused, rows, run};
use crate::support;

const STATUSES: [(&str, char); 5] =
    [("candidate", 'c'), ("active", 'a'), ("completed", 'C'), ("failed", 'f'), ("killed", 'k')];

/// A file of the published runs of the original.
fn published(name: &str) -> Option<Value> {
    let folder = support::conformance(&format!("the model conviction beside {name}"))?;
    Some(serde_json::from_slice(&fs::read(folder.join("simulation").join(name)).unwrap()).unwrap())
}

fn variable(name: &str) -> usize {
    MODEL.variables.iter().position(|variable| variable.name == name).unwrap()
}

/// A cell as the published rows have it: null for NaN, "inf" for infinity.
fn is_cell(value: f64, published: &Value) -> bool {
    match published {
        Value::Null => value.is_nan(),
        Value::String(text) => text == "inf" && value == f64::INFINITY,
        number => is_near(value, number.as_f64().unwrap(), 1e-9),
    }
}

/// What a row of details says: id, letter of the status, age, requested, conviction, trigger.
fn proposal(cells: &[Cell]) -> (u64, char, u64, f64, f64, f64) {
    let [
        Cell::Integer(id),
        Cell::Word(status),
        Cell::Integer(age),
        Cell::Real(requested),
        Cell::Real(conviction),
        Cell::Real(trigger),
    ] = cells
    else {
        panic!("{cells:?} is not a row of details");
    };
    let letter = STATUSES.iter().find(|(word, _)| word == status).unwrap().1;
    (*id, letter, *age, *requested, *conviction, *trigger)
}

#[test]
fn rows_are_those_of_the_original() {
    let Some(published) = published("conviction_replay_seed0.json") else { return };
    let runs = published["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for expected in runs {
        let simulation = json!({
            "model": "conviction", "rng": "numpy-legacy", "seed": expected["seed"],
            "parameters": {"rho": expected["rho"]},
        });
        let rows = rows(&simulation);
        let expected = expected["rows"].as_array().unwrap();
        assert_eq!((rows.len(), expected.len()), (401, 104));
        let mut whole = 0;
        for expected in expected {
            let at = |row: &&Row| {
                json!(row.at.timestep) == expected["t"] && json!(row.at.substep) == expected["ss"]
            };
            whole += usize::from(row_is(rows.iter().find(at).unwrap(), expected));
        }
        assert_eq!(whole, 12);
    }
}

/// Holds a row against a published one; whether that says all of the proposals.
fn row_is(row: &Row, expected: &Value) -> bool {
    let at = &row.at;
    for (name, published) in
        [("funds", "funds"), ("participants", "n_participants"), ("holdings", "holdings_total")]
    {
        let value = row.values[variable(name)];
        assert!(is_cell(value, &expected[published]), "{at:?} {name}: {value}, not {}", expected[published]);
    }
    let proposals: Vec<_> = row.details.iter().map(|cells| proposal(cells)).collect();
    let ids: Vec<u64> = proposals.iter().map(|proposal| proposal.0).collect();
    let statuses: String = proposals.iter().map(|proposal| proposal.1).collect();
    assert_eq!(json!([ids, statuses]), json!([expected["proposal_ids"], expected["status"]]), "{at:?}");
    let conviction: f64 =
        proposals.iter().filter(|proposal| proposal.1 == 'c').map(|proposal| proposal.4).sum();
    assert!(is_near(conviction, row.values[variable("candidate_conviction")], 1e-12), "{at:?}");
    // The rest is published of some rows.
    if expected.get("age").is_none() {
        return false;
    }
    let ages: Vec<u64> = proposals.iter().map(|proposal| proposal.2).collect();
    assert_eq!(json!(ages), expected["age"], "{at:?}");
    for (index, proposal) in proposals.iter().enumerate() {
        for (name, value) in
            [("funds_requested", proposal.3), ("conviction", proposal.4), ("trigger", proposal.5)]
        {
            let published = &expected[name][index];
            assert!(is_cell(value, published), "{at:?} {name} of {}: {value}, not {published}", proposal.0);
        }
    }
    true
}

#[test]
fn the_end_of_seed_0_is_that_of_the_original() {
    let simulation = json!({"model": "conviction", "rng": "numpy-legacy", "seed": 0});
    let outcome = run(&simulation, Wanted { substeps: false, details: false }, |_| ());
    let first = &outcome.first_runs[0];
    let last = &first.rows[100];
    assert_eq!((last[variable("participants")], last[variable("proposals")]), (76.0, 12.0));
    assert!(is_near(last[variable("funds")], 40_947.289_948_087_82, 1e-9));
    assert!(is_near(last[variable("candidate_conviction")], 2_000_614.052_362_203, 1e-9));
    let Some(Ending::Conviction(ending)) = &first.ending else {
        panic!("the first run has no ending");
    };
    // Nodes share one counter: every id stands once.
    let mut ids: Vec<u64> = ending.participants.iter().map(|participant| participant.0).collect();
    ids.extend(ending.proposals.iter().map(|proposal| proposal.id));
    ids.sort_unstable();
    assert_eq!(ids, (0..88).collect::<Vec<u64>>());
    if let Some(published) = published("conviction_replay_seed0.json") {
        let last = ending.participants.last().unwrap().0;
        assert_eq!(json!(last), published["runs"][0]["rows"][103]["participant_ids_last"]);
    }
    assert!(ending.proposals.iter().all(|proposal| proposal.support.len() == 76));
    for proposal in ending.proposals.iter().filter(|proposal| proposal.status == "candidate") {
        let conviction: f64 = proposal.support.iter().map(|support| support[2]).sum();
        assert!(is_near(conviction, proposal.conviction, 1e-12));
    }
}

/// Means over runs with our own random numbers, beside means over seeds of the original: apart by at
/// most four of their standard errors.
#[test]
fn means_are_those_of_the_original() {
    let Some(published) = published("conviction_monte_carlo.json") else { return };
    // Without optimisation the second comparison takes fewer runs, as it is slow.
    let fewer = if cfg!(debug_assertions) { 300 } else { 1000 };
    for (part, seed, runs) in [("as_written", 11, 1000_u32), ("rho_0_001", 12, fewer)] {
        let original = &published[part];
        let simulation = json!({
            "model": "conviction", "seed": seed, "runs": runs, "parameters": {"rho": original["rho"]},
        });
        let mut passed = 0_u32;
        let outcome = run(&simulation, Wanted { substeps: false, details: false }, |row| {
            let funded = ["active", "completed", "failed"].map(|name| row.values[variable(name)]);
            passed += u32::from(row.at.timestep == 100 && funded.iter().sum::<f64>() > 0.0);
        });
        assert!(outcome.failures.is_empty());
        for timestep in [25, 50, 75, 100] {
            let original = &original["by_t"][timestep.to_string()];
            for (name, theirs) in [
                ("funds", "funds"),
                ("participants", "participants"),
                ("proposals", "proposals"),
                ("candidates", "candidate_count"),
                ("active", "active_count"),
                ("completed", "completed_count"),
                ("failed", "failed_count"),
                ("killed", "killed_count"),
                ("candidate_conviction", "candidate_conviction"),
                ("holdings", "holdings_total"),
                ("requested_candidate", "candidate_funds"),
                ("requested_active", "active_funds"),
                ("requested_completed", "completed_funds"),
                ("requested_failed", "failed_funds"),
                ("requested_killed", "killed_funds"),
            ] {
                let ours = &outcome.summaries[0].timesteps[timestep][variable(name)];
                assert_eq!(ours.runs, u64::from(runs));
                let figure = |figure: &str| original[theirs][figure].as_f64().unwrap();
                let squares = ours.deviation * ours.deviation / f64::from(runs) + figure("se").powi(2);
                let off = (ours.mean - figure("mean")).abs();
                assert!(
                    off <= 4.0 * squares.sqrt(),
                    "{part} {timestep} {name}: {}, not {}; {:.1} standard errors",
                    ours.mean,
                    figure("mean"),
                    off / squares.sqrt(),
                );
            }
        }
        let share = |passed: f64, runs: f64| (passed / runs, passed * (runs - passed) / runs.powi(3));
        let (ours, our_variance) = share(passed.into(), runs.into());
        let counts = ["runs_with_any_pass", "runs"].map(|name| original[name].as_f64().unwrap());
        let (theirs, their_variance) = share(counts[0], counts[1]);
        // Where nearly all pass none of ours may have failed to: one run is then within the error.
        let error = (our_variance + their_variance).sqrt().max(1.0 / f64::from(runs));
        assert!((ours - theirs).abs() <= 4.0 * error, "{part}: {ours} of runs pass, not {theirs}");
    }
}

/// The rows of a subset, without its number.
fn rows_of_subset(rows: &[Row], subset: u32) -> Vec<(u32, String)> {
    let of_subset = rows.iter().filter(|row| row.place.1 == subset);
    of_subset.map(|row| (row.place.2, format!("{:?} {:?} {:?}", row.at, row.values, row.details))).collect()
}

#[test]
fn a_run_does_not_depend_on_other_runs_and_subsets() {
    let simulation = |runs: u32, sweep: Value| {
        json!({"model": "conviction", "seed": 4, "timesteps": 12, "runs": runs,
            "sweep": {"parameters": {"rho": sweep}}})
    };
    let alone = rows(&simulation(2, json!([0.001])));
    let beside = rows(&simulation(5, json!([0.001, 0.02, 0.3])));
    let of_runs = |rows: Vec<(u32, String)>| rows.into_iter().filter(|row| row.0 <= 2).collect::<Vec<_>>();
    assert_eq!(rows_of_subset(&alone, 0).len(), 2 * 49);
    assert_eq!(of_runs(rows_of_subset(&beside, 0)), rows_of_subset(&alone, 0));
    // Other subsets draw other numbers, and runs of one subset differ.
    let first = |rows: &[Row], place| rows.iter().find(|row| row.place == place).unwrap().values.clone();
    assert_ne!(first(&beside, (0, 0, 1)), first(&beside, (0, 1, 1)));
    assert_ne!(first(&beside, (0, 0, 1)), first(&beside, (0, 0, 2)));
    // On one stream a run depends on those before it, and on nothing behind it.
    let mut on_one_stream = simulation(1, json!([0.001]));
    on_one_stream["rng"] = json!("cpython");
    let mut with_more = simulation(1, json!([0.001, 0.02]));
    with_more["rng"] = json!("cpython");
    let (one, more) = (rows(&on_one_stream), rows(&with_more));
    assert_eq!(rows_of_subset(&more, 0), rows_of_subset(&one, 0));
}

/// Where a status may go from another.
fn may_follow(before: char, after: char) -> bool {
    matches!((before, after), ('c', 'c' | 'a' | 'k') | ('a', 'a' | 'C' | 'f'))
        || before == after && "Cfk".contains(before)
}

/// What holds between a row and the one before.
fn rows_follow(before: &Row, row: &Row) {
    let value = |row: &Row, name: &str| row.values[variable(name)];
    let at = &row.at;
    let by_status: f64 =
        ["candidates", "active", "completed", "failed", "killed"].map(|name| value(row, name)).iter().sum();
    assert_eq!(by_status, value(row, "proposals"), "{at:?}");
    assert!(value(row, "funds") >= 0.0, "{at:?}");
    let proposals = |row: &Row| row.details.iter().map(|cells| proposal(cells)).collect::<Vec<_>>();
    let (earlier, now) = (proposals(before), proposals(row));
    assert!(now.len() >= earlier.len() && now.len() <= earlier.len() + 1);
    for (before, after) in earlier.iter().zip(&now) {
        assert_eq!((before.0, before.3), (after.0, after.3), "{at:?}: another proposal");
        assert!(may_follow(before.1, after.1), "{at:?}: from {} to {}", before.1, after.1);
        assert_eq!(after.2 - before.2, u64::from(at.substep == 1), "{at:?}: age");
        assert_eq!("aCf".contains(after.1), after.4.is_nan(), "{at:?}: conviction");
    }
    assert!(now.windows(2).all(|pair| pair[0].0 < pair[1].0));
    // What is paid out leaves the funds in substep 3; what comes in comes in substep 1. Nothing is lost.
    let released = |row: &Row| {
        value(row, "requested_active") + value(row, "requested_completed") + value(row, "requested_failed")
    };
    let (had, has) = (value(before, "funds") + released(before), value(row, "funds") + released(row));
    if at.substep == 1 {
        assert!(has > had, "{at:?}");
    } else {
        assert!(is_near(has, had, 1e-9), "{at:?}: {had} became {has}");
    }
    if at.substep != 1 {
        assert_eq!(value(row, "participants"), value(before, "participants"), "{at:?}");
    }
    if at.substep != 4 && value(row, "participants") == value(before, "participants") {
        assert_eq!(value(row, "holdings"), value(before, "holdings"), "{at:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the parameters: statuses go forward, funds and what was released are conserved.
    #[test]
    fn every_run_keeps_to_the_rules(
        seed in 0_u32..1_000_000,
        rng in prop::sample::select(vec!["chacha", "numpy-legacy", "cpython"]),
        (n, m) in (1_u32..30, 1_u32..6),
        (funds, beta, rho) in (0.0..50_000.0, 0.0..1.0, 0.0..0.002),
        (sentiment, sensitivity, engagement) in (0.0..=1.0, 0.0..=1.0, 0.0..=1.0),
        (tmin, min_supp, rate) in (0_u32..9, 0.0..3000.0, 8.0..60.0),
    ) {
        let simulation = json!({
            "model": "conviction", "rng": rng, "seed": seed, "timesteps": 30,
            "parameters": {
                "n": n, "m": m, "funds": funds, "beta": beta, "rho": rho, "sentiment": sentiment,
                "sensitivity": sensitivity, "engagement": engagement, "tmin": tmin, "min_supp": min_supp,
                "base_completion_rate": rate, "base_failure_rate": rate,
            },
        });
        let rows = rows(&simulation);
        prop_assert_eq!(rows.len(), 121);
        for pair in rows.windows(2) {
            rows_follow(&pair[0], &pair[1]);
        }
    }
}

/// All at once would take more than there is: the highest conviction comes first, until one does not
/// fit. The original runs past its list here.
#[test]
fn what_does_not_fit_into_the_funds_waits() {
    let simulation = json!({
        "model": "conviction", "seed": 1, "timesteps": 8, "runs": 40,
        "parameters": {"m": 8, "funds": 100_000, "beta": 1, "rho": 0.000_01, "min_supp": 0},
    });
    let rows = rows(&simulation);
    let mut seen = 0;
    for pair in rows.windows(2).filter(|pair| pair[1].at.substep == 3 && pair[1].at.timestep == 8) {
        let funds = pair[0].values[variable("funds")];
        let proposals = |row: &Row| row.details.iter().map(|cells| proposal(cells)).collect::<Vec<_>>();
        // Written anew: rho x supply / (beta - share)^2.
        let mut able: Vec<_> = proposals(&pair[0])
            .into_iter()
            .filter(|(_, _, age, requested, conviction, _)| {
                let room = 1.0 - requested / funds;
                *age > 7 && room > 0.0 && *conviction > 0.000_01 * 1_231_286.81 / (room * room)
            })
            .collect();
        able.sort_by(|one, other| other.4.total_cmp(&one.4));
        let mut left = funds;
        let mut expected: Vec<u64> = able
            .iter()
            .take_while(|proposal| {
                left -= proposal.3;
                left >= 0.0
            })
            .map(|proposal| proposal.0)
            .collect();
        expected.sort_unstable();
        seen += usize::from(expected.len() < able.len());
        let active: Vec<u64> = proposals(&pair[1])
            .into_iter()
            .filter(|proposal| proposal.1 == 'a')
            .map(|proposal| proposal.0)
            .collect();
        assert_eq!(active, expected);
    }
    assert!(seen > 10, "only {seen} of 40 runs ask for more than there is");
}

#[test]
fn a_run_that_overflows_fails_alone_and_says_where() {
    let simulation = json!({
        "model": "conviction", "seed": 2, "timesteps": 60, "runs": 3,
        "parameters": {"gain": 1e100, "sentiment": 1, "sensitivity": 0, "engagement": 0.5},
    });
    let outcome = run(&simulation, Wanted { substeps: false, details: false }, |row| {
        assert!(row.values.iter().all(|value| value.is_finite()));
    });
    assert_eq!(outcome.failures.len(), 3);
    for (failure, run) in outcome.failures.iter().zip(1..) {
        assert_eq!((failure.run, failure.substep), (run, 4));
        assert!(failure.timestep > 1);
        assert!(["candidate_conviction", "holdings"].contains(&failure.fault.variable), "{failure:?}");
        assert_eq!(failure.fault.reason, "is too large");
    }
}

/// A million pairs may be at the beginning; four million are the most.
#[test]
fn a_run_that_grows_too_large_fails() {
    let simulation = json!({
        "model": "conviction", "seed": 1, "timesteps": 30,
        "parameters": {"n": 1_000_000, "m": 1, "funds": 1e12, "expected_supply": 1e9, "min_supp": 0},
    });
    let mut most = 0.0_f64;
    let outcome = run(&simulation, Wanted { substeps: false, details: false }, |row| {
        most = most.max(row.values[variable("participants")] * row.values[variable("proposals")]);
    });
    let failure = &outcome.failures[0];
    assert_eq!((failure.substep, failure.fault.variable), (1, "proposals"));
    assert!(failure.fault.reason.starts_with("has more than 4000000 pairs"), "{failure:?}");
    assert!((1e6..4e6).contains(&most), "{most}");
}

#[test]
fn parameters_that_make_no_sense_are_refused_all_at_once() {
    let of = |parameters: Value| refused(&json!({"model": "conviction", "parameters": parameters}));
    let all = of(json!({
        "n": 0, "m": 0, "funds": -1, "supply": -1, "beta": 1.5, "rho": -0.1, "alpha": 2, "engagement": -0.5,
        "base_completion_rate": 7, "min_supp": -1,
    }));
    assert_eq!(all.len(), 10, "{all:#?}");
    assert!(all.iter().any(|message| message.ends_with("`engagement` is -0.5, but must be from 0 to 1")));
    assert!(of(json!({"n": 1001, "m": 1000}))[0].contains("n x m is above 1000000"));
    assert!(of(json!({"n": 4_294_967_295_u32, "m": 4_294_967_295_u32}))[0].contains("above 1000000"));
    let huge: Value = serde_json::from_str("1e400").unwrap();
    assert!(of(json!({"supply": huge}))[0].contains("too large"));
    assert!(of(json!({"gain": 7}))[0].contains("fall below zero"));
    for wrong in [json!({"n": -1}), json!({"n": 1.5}), json!({"funds": "many"}), json!({"tmin": -7})] {
        assert_eq!(of(wrong.clone()).len(), 1, "{wrong}");
    }
    assert!(of(json!({"rho\u{202e}=1": 1}))[0].contains("has no parameter"));
}

#[test]
fn where_there_is_nothing_nothing_is_divided_by_zero() {
    let simulation = json!({
        "model": "conviction", "seed": 3, "timesteps": 2, "runs": 1,
        "parameters": {"n": 1, "m": 1, "funds": 0, "expected_supply": 0, "supply": 0, "rho": 0},
    });
    // Nothing to hold, nothing to pay, no funds to ask for: the candidate is killed.
    let rows = rows(&simulation);
    assert_eq!(rows.len(), 9);
    assert_eq!(rows[4].values[variable("killed")], 1.0);
}
