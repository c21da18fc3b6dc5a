//! The model `policy` from outside: the money of made-up rounds adds up whatever the method, and where
//! chance has a known law, the figures follow it.

// Figures of simulations are real numbers; those that are compared are exact.
#![allow(clippy::float_arithmetic, clippy::float_cmp, clippy::cast_precision_loss)]

use meed::tables::Table;

use crate::support::sandbox::Sandbox;

/// Rows of `meed simulate --format csv`, with the cells by name.
struct Rows(Table);

impl Rows {
    fn of(sandbox: &Sandbox, json: &str) -> Self {
        let path = sandbox.path("policy.json");
        std::fs::write(&path, json).unwrap();
        let text = sandbox.meed(&["simulate", path.to_str().unwrap(), "--format", "csv"]).ok();
        Self(Table::read("rows.csv", text.as_bytes(), &["members", "paid"]).unwrap())
    }

    /// The cells of some columns in the rows that have these cells.
    fn select<const N: usize>(&self, having: &[(&str, &str)], columns: [&str; N]) -> Vec<[f64; N]> {
        let rows = self.0.rows().filter(|row| having.iter().all(|(column, cell)| row.field(column) == *cell));
        rows.map(|row| columns.map(|column| row.field(column).parse().unwrap())).collect()
    }
}

/// Mean and standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

#[test]
fn every_method_divides_the_whole_pool() {
    let sandbox = Sandbox::new();
    let methods = ["praise-v1", "sourcecred-v1", "weighted-v1", "fractal-v1", "grain-v1"];
    for method in methods {
        let json = format!(
            r#"{{"model": "policy", "seed": 3, "timesteps": 4, "runs": 2, "parameters":
            {{"method": "{method}", "pool": "777.25", "members": 20, "joining": 1.5, "leaving": 0.1}}}}"#
        );
        let rows = Rows::of(&sandbox, &json);
        let columns =
            ["timestep", "paid", "held", "unallocated", "rewarded", "members", "gini", "half_count"];
        let all = rows.select(&[], columns);
        assert_eq!(all.len(), 10, "{method}");
        for [timestep, paid, held, unallocated, rewarded, members, gini, half_count] in all {
            let pool = if timestep == 0.0 { 0.0 } else { 777.25 };
            assert!((paid + held + unallocated - pool).abs() < 1e-9, "{method}: {paid} {held} {unallocated}");
            assert!(rewarded <= members && half_count <= rewarded && (0.0..1.0).contains(&gini), "{method}");
            assert!(timestep == 0.0 || rewarded > 0.0, "{method}");
        }
    }
}

#[test]
fn two_settings_meet_the_same_people() {
    let sandbox = Sandbox::new();
    let rows = Rows::of(
        &sandbox,
        r#"{"model": "policy", "seed": 8, "timesteps": 5, "runs": 3, "parameters": {"members": 25},
        "sweep": {"parameters": {"settings.duplicate_valuation": ["0.1", "0.2"]}},
        "configurations": [{"name": "as it is"},
            {"name": "more for quantifiers", "parameters": {"settings.contributor_share": "0.8", "settings.quantifier_share": "0.17"}}]}"#,
    );
    let figures = ["run", "timestep", "members", "rewarded", "paid", "gini", "largest_share"];
    let of = |simulation, subset| rows.select(&[("simulation", simulation), ("subset", subset)], figures);
    let (first, other) = (of("0", "0"), of("1", "0"));
    assert_eq!(first.len(), 18);
    // What only serves a check changes nothing at all.
    assert_eq!(first, of("0", "1"));
    assert_eq!(other, of("1", "1"));
    let people = |rows: &[[f64; 7]]| rows.iter().map(|row| [row[0], row[1], row[2]]).collect::<Vec<_>>();
    assert_eq!(people(&first), people(&other));
    assert_ne!(first, other);
    // Runs are not each other's copies.
    let ginis = |run: f64| first.iter().filter(|row| row[0] == run).map(|row| row[5]).collect::<Vec<_>>();
    assert_ne!(ginis(1.0), ginis(2.0));
}

#[test]
fn numbers_of_members_follow_their_law() {
    let sandbox = Sandbox::new();
    let rows = Rows::of(
        &sandbox,
        r#"{"model": "policy", "seed": 5, "timesteps": 6, "runs": 200, "parameters":
        {"method": "weighted-v1", "members": 30, "joining": 2.5, "leaving": 0.2, "active": 0.5, "with_address": 0.75}}"#,
    );
    let mut expected = 30.0;
    for timestep in 1..=6 {
        expected = expected * 0.8 + 2.5;
        let of = |columns| rows.select(&[("timestep", &timestep.to_string())], columns);
        let (members, error) = mean(&of(["members"]).concat());
        assert!((members - expected).abs() < 4.0 * error, "{timestep}: {members}, not {expected} ({error})");
        let (active, error) = mean(&of(["rewarded"]).concat());
        assert!((active - expected / 2.0).abs() < 4.0 * error, "{timestep}: {active} active ({error})");
        let (held, error) = mean(&of(["held"]).concat());
        assert!((held - 250.0).abs() < 4.0 * error, "{timestep}: {held} held ({error})");
    }
}

#[test]
fn concentration_follows_its_law() {
    let sandbox = Sandbox::new();
    // One contribution of all alike is exponential: its Gini coefficient is (n - 1) / 2 n on average. With
    // equal weights everybody gets the same, and n / 2 + 1 people get more than half.
    let rows = Rows::of(
        &sandbox,
        r#"{"model": "policy", "seed": 11, "timesteps": 1, "runs": 150, "parameters":
        {"method": "weighted-v1", "members": 40, "joining": 0, "leaving": 0, "active": 1, "praises": 1, "scores": {"kind": "equal"}},
        "configurations": [{"name": "by score"},
            {"name": "equal", "parameters": {"settings.weights": [{"column": "score", "transform": "equal"}]}}]}"#,
    );
    let of = |simulation| {
        rows.select(
            &[("simulation", simulation), ("timestep", "1")],
            ["gini", "gini_total", "rewarded", "half_count", "largest_share", "top10_share"],
        )
    };
    let by_score = of("0");
    let (gini, error) = mean(&by_score.iter().map(|row| row[0]).collect::<Vec<_>>());
    assert!((gini - 39.0 / 80.0).abs() < 4.0 * error, "{gini} ({error})");
    for [gini, gini_total, ..] in by_score {
        assert!((gini - gini_total).abs() < 1e-12, "after one round all rounds are that one");
    }
    for [gini, _, rewarded, half_count, largest_share, top10_share] in of("1") {
        assert!(gini < 1e-12 && (largest_share - 0.025).abs() < 1e-12 && (top10_share - 0.1).abs() < 1e-12);
        assert_eq!((rewarded, half_count), (40.0, 21.0));
    }
}

#[test]
fn what_cannot_be_simulated_says_why() {
    let sandbox = Sandbox::new();
    for (set, said) in [
        ("method=airdrop-v1", "divides by what people hold"),
        ("method=work-v1", "is what the model `work` simulates"),
        ("method=weather-v1", "praise-v1, sourcecred-v1, fractal-v1, grain-v1, weighted-v1"),
        ("settings.contributor_share=2", "the shares sum to"),
        ("settings.contributor_shar=1", "unknown field"),
        ("pool=-1", "pool"),
        ("pool=1e400", "pool"),
        ("scores.kind=pareto", "has no mean"),
        ("leaving=1.5", "is not from 0 to 1"),
        ("active=NaN", "active"),
        ("joining=1e9", "is not from 0 to 10000"),
        ("members=1000000", "is not from 0 to 10000"),
        ("decimals=37", "is not from 0 to 36"),
        ("praises=0", "is not from 1 to 50"),
    ] {
        let more: &[&str] = if set.ends_with("pareto") { &["--set", "scores.alpha=1"] } else { &[] };
        let told = sandbox.meed(&[&["simulate", "policy", "--set", set], more].concat()).fails(2);
        assert!(told.starts_with("error: ") && told.contains(said), "{set}: {told}");
    }
}

#[test]
fn extremes_come_to_an_end() {
    let sandbox = Sandbox::new();
    for (parameters, members) in [
        (r#"{"members": 0, "joining": 0}"#, 0.0),
        (r#"{"members": 0, "joining": 0, "method": "grain-v1"}"#, 0.0),
        (r#"{"members": 0, "joining": 0, "method": "fractal-v1"}"#, 0.0),
        (r#"{"members": 3, "joining": 0, "leaving": 0, "active": 0, "method": "grain-v1"}"#, 3.0),
        (r#"{"members": 2, "joining": 0, "leaving": 0, "with_address": 0, "quantifying": 0}"#, 2.0),
        (r#"{"members": 2, "joining": 0, "leaving": 0, "pool": 0, "decimals": 0}"#, 2.0),
        (
            r#"{"members": 2, "joining": 0, "leaving": 0, "scores": {"kind": "pareto", "alpha": 1.0000001, "mean": 1e12}}"#,
            2.0,
        ),
        (
            r#"{"members": 2, "joining": 0, "leaving": 0, "scores": {"kind": "values", "values": [0, 0.000000001]}, "method": "sourcecred-v1"}"#,
            2.0,
        ),
    ] {
        let json = format!(r#"{{"model": "policy", "timesteps": 2, "parameters": {parameters}}}"#);
        let rows = Rows::of(&sandbox, &json);
        let last = rows.select(&[("timestep", "2")], ["members", "paid", "held", "unallocated"]);
        assert_eq!(last.len(), 1, "{parameters}");
        assert!((last[0][0] - members).abs() < 1e-9, "{parameters}");
        let pool = if parameters.contains("\"pool\": 0") { 0.0 } else { 1000.0 };
        assert!((last[0][1] + last[0][2] + last[0][3] - pool).abs() < 1e-6, "{parameters}: {last:?}");
    }
}
