//! Simulations run through the library, and their rows.

use meed::error::{Place, Problems};
use meed::files::Files;
use meed::simulation::engine::{At, Cell};
use meed::simulation::execute::{Wanted, Watch};
use meed::simulation::plan::Plan;
use meed::simulation::{Outcome, simulate};
use serde_json::Value;

/// A row as it is handed on.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Configuration, subset, run.
    pub place: (u32, u32, u32),
    pub at: At,
    pub values: Vec<f64>,
    pub details: Vec<Vec<Cell>>,
}

/// What simulation.json asks for.
pub fn plan(simulation: &Value) -> Result<Plan, Problems> {
    let file = serde_json::from_value(simulation.clone()).unwrap();
    Plan::new(&file, &Place::file("simulation.json"), "", &Files::default())
}

/// The messages about a simulation that is refused.
pub fn refused(simulation: &Value) -> Vec<String> {
    let problems = plan(simulation).expect_err("it is not refused");
    problems.errors().iter().map(ToString::to_string).collect()
}

/// Runs a simulation; `each` sees every row.
pub fn run(simulation: &Value, wanted: Wanted, mut each: impl FnMut(Row)) -> Outcome {
    let watch = Watch { progress: &|_, _| (), is_interrupted: &|| false };
    let plan = plan(simulation).unwrap();
    simulate(&plan, wanted, &watch, &mut |line| {
        each(Row {
            place: (line.subset.simulation, line.subset.subset, line.run),
            at: line.at,
            values: line.row.to_vec(),
            details: line.details.to_vec(),
        });
        Ok(())
    })
    .unwrap()
}

/// All rows, with all details.
pub fn rows(simulation: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    run(simulation, Wanted { substeps: true, details: true }, |row| rows.push(row));
    rows
}

/// Whether two numbers are the same but for rounding.
pub fn is_near(one: f64, other: f64, relative: f64) -> bool {
    one == other || (one - other).abs() <= relative * one.abs().max(other.abs())
}
