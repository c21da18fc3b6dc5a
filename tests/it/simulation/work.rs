//! The model `work` beside its closed forms and what CPython draws.

use meed::simulation::execute::Wanted;
use serde_json::json;

use super::library::{Row, refused, rows, run};

const LAST: Wanted = Wanted { substeps: false, details: false };

/// Seed 1, three runs one after another on one stream.
#[test]
fn final_balances_are_those_of_the_original() {
    let simulation = json!({"model": "work", "rng": "cpython", "seed": 1, "timesteps": 52, "runs": 3});
    let rows = rows(&simulation);
    assert_eq!(rows.len(), 3 * (1 + 2 * 52));
    let finals: Vec<f64> =
        rows.iter().filter(|row| row.at.timestep == 52 && row.at.is_last).map(|row| row.values[3]).collect();
    assert_eq!(finals, [273.0, 328.0, 308.0]);
    // The balance is earned in the second block: the first row of a timestep does not know it.
    assert_eq!((rows[1].at.timestep, rows[1].at.substep, rows[1].values[3]), (1, 1, 0.0));
    assert_eq!(rows[0].values, [1.0, 100.0, 0.0, 0.0]);
}

#[test]
fn tokens_and_treasury_are_exact_and_the_balance_has_its_mean_and_variance() {
    for rng in ["chacha", "cpython", "numpy-legacy"] {
        let simulation = json!({"model": "work", "rng": rng, "seed": 5, "timesteps": 52, "runs": 1000});
        let outcome = run(&simulation, LAST, |row: Row| {
            let weeks = f64::from(row.at.timestep);
            assert_eq!(row.values[..3], [1.0 + 100.0 * weeks, 100.0, 100.0 * weeks]);
        });
        assert!(outcome.failures.is_empty());
        let summary = &outcome.summaries[0].timesteps;
        for weeks in [1_u32, 2, 3, 10, 26, 52] {
            let balance = &summary[weeks as usize][3];
            let (mean, variance) = (5.5 * f64::from(weeks), 8.25 * f64::from(weeks));
            assert_eq!(balance.runs, 1000);
            // Four standard errors: of a mean sd / sqrt(n); of a variance about variance x sqrt(2 / n),
            // less for what is flatter than a normal distribution.
            let error_of_mean = (variance / 1000.0).sqrt();
            assert!((balance.mean - mean).abs() <= 4.0 * error_of_mean, "{rng} {weeks}: {balance:?}");
            let error_of_variance = variance * (2.0_f64 / 1000.0).sqrt();
            let off = balance.deviation * balance.deviation - variance;
            assert!(off.abs() <= 4.0 * error_of_variance, "{rng} {weeks}: {balance:?}");
        }
    }
}

#[test]
fn a_range_that_is_none_is_refused() {
    let parameters = json!({"earned_least": 11, "weekly_token_minting": -1});
    let messages = refused(&json!({"model": "work", "parameters": parameters}));
    assert_eq!(messages.len(), 2, "{messages:?}");
    let parameters = json!({"earned_least": 0, "earned_most": 4_294_967_295_u32});
    let messages = refused(&json!({"model": "work", "parameters": parameters}));
    assert!(messages[0].contains("`earned_most` is above 1000000000"), "{messages:?}");
}
