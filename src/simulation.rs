//! Simulations: rules tried before anybody votes on them. simulation.json says what is run; the results
//! are rows, their summary and a page, a pure function of the commit like everything that is recorded.
//!
//! Numbers are doubles here: + - x / and square root, and `libm` in a fixed order, never the platform's.
//! No amount of a round depends on them.

pub mod concentration;
pub mod engine;
pub mod execute;
pub mod file;
pub mod models;
#[cfg(feature = "pages")]
#[allow(clippy::cast_precision_loss)]
pub mod pages;
pub mod plan;
pub mod random;
pub mod replay;
pub mod results;
pub mod rows;
pub mod statement;
pub mod summary;

use crate::error::Error;
use engine::Cell;
use execute::{Failure, Line, Ran, Wanted, Watch};
use models::Ending;
use plan::Plan;
use summary::{Summaries, Summary};

/// The folder of simulations, from the ledger's root.
pub const SIMULATIONS_FOLDER: &str = "simulations";
/// The file that says what is simulated.
pub const SIMULATION_FILE: &str = "simulation.json";
/// The name of the table of rows.
pub const ROWS_FILE: &str = "rows.csv";
/// The name of the summary.
pub const SUMMARY_FILE: &str = "summary.csv";
/// The name of the table of failed runs; it is there only where a run failed.
pub const FAILURES_FILE: &str = "failures.csv";

/// Most timesteps of a run.
pub const TIMESTEPS_MOST: u32 = 1_000_000;
/// Most runs of a subset.
pub const RUNS_MOST: u32 = 10_000_000;
/// Most subsets of all configurations.
pub const SUBSETS_MOST: usize = 1_000;
/// Most cells of a summary: timesteps x variables x subsets.
pub const CELLS_MOST: u64 = 4_000_000;

/// What a simulation came to: everything but the rows of all runs.
#[derive(Debug)]
pub struct Outcome {
    /// The summary of each subset.
    pub summaries: Vec<Summary>,
    /// The first run of each subset.
    pub first_runs: Vec<FirstRun>,
    /// The runs that failed.
    pub failures: Vec<Failure>,
}

/// The first run of a subset: what the report draws.
#[derive(Debug)]
pub struct FirstRun {
    /// The configuration, from 0.
    pub simulation: u32,
    /// The subset, from 0.
    pub subset: u32,
    /// The row of each timestep.
    pub rows: Vec<Vec<f64>>,
    /// The details of each timestep.
    pub details: Vec<Vec<Vec<Cell>>>,
    /// The last state; none where the run failed.
    pub ending: Option<Ending>,
}

/// Runs a plan. `each` takes the rows that are wanted, in order: those of [`Wanted`], and always the last
/// substep of each timestep.
pub fn simulate(
    plan: &Plan,
    wanted: Wanted,
    watch: &Watch<'_>,
    each: &mut execute::Sink<'_>,
) -> Result<Outcome, Error> {
    let mut summaries = Summaries::new(plan);
    let mut first_runs: Vec<FirstRun> = Vec::new();
    let Ran { endings, failures } = plan.model.execute(plan, wanted, watch, &mut |line: Line<'_>| {
        summaries.add(&line);
        if line.run == 1 && line.at.is_last {
            if line.at.timestep == 0 {
                let (simulation, subset) = (line.subset.simulation, line.subset.subset);
                let (rows, details) = (Vec::new(), Vec::new());
                first_runs.push(FirstRun { simulation, subset, rows, details, ending: None });
            }
            if let Some(first) = first_runs.last_mut() {
                first.rows.push(line.row.to_vec());
                first.details.push(line.details.to_vec());
            }
        }
        each(line)
    })?;
    // A run that failed in the beginning has no row, and no place among the first ones.
    let subsets = plan.subsets.iter().zip(endings);
    for (subset, ending) in subsets {
        let is_its =
            |first: &&mut FirstRun| (first.simulation, first.subset) == (subset.simulation, subset.subset);
        if let Some(first) = first_runs.iter_mut().find(is_its) {
            first.ending = ending;
        }
    }
    Ok(Outcome { summaries: summaries.finish(), first_runs, failures })
}
