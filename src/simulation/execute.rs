//! All runs of a simulation, in the order of rows: simulation, subset, run, timestep, substep.
//!
//! With `chacha` runs do not depend on each other: several are run at once and handed on in order. With
//! a generator of one stream, or where the rows of a single run are many, one is run after another and
//! each row is handed on at once. What comes out is the same.

use std::fmt::Debug;
use std::ops::AddAssign;

use serde::de::DeserializeOwned;

use super::engine::{At, Cell, Details, Fault, Model, Stop, run};
use super::models::{self, Ending};
use super::plan::{Plan, Subset};
use super::random::Random;
use crate::error::{Error, Shown};
use crate::parallel;

/// Most rows that wait to be handed on.
const ROWS_WAITING: usize = 1 << 17;
/// Most runs that are run at once.
const RUNS_AT_ONCE: usize = 64;

/// What of a simulation is handed on besides the last substep of each timestep.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// All substeps.
    pub substeps: bool,
    /// The details of all runs; those of the first run of a subset always are.
    pub details: bool,
}

/// Who looks on while a simulation runs.
pub struct Watch<'a> {
    /// Called with (done, all) runs.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Whether somebody wants it to end.
    pub is_interrupted: &'a (dyn Fn() -> bool + Sync),
}

/// A row, with its place.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The set of parameters.
    pub subset: &'a Subset,
    /// The run, from 1.
    pub run: u32,
    /// Timestep and substep.
    pub at: At,
    /// One number a variable.
    pub row: &'a [f64],
    /// The rows of details; empty where they are not wanted.
    pub details: &'a [Vec<Cell>],
}

/// Takes the rows, in order.
pub type Sink<'a> = dyn FnMut(Line<'_>) -> Result<(), Error> + 'a;

/// A run that could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The configuration, from 0.
    pub simulation: u32,
    /// The subset, from 0.
    pub subset: u32,
    /// The run, from 1.
    pub run: u32,
    /// Where it ended.
    pub timestep: u32,
    /// The substep.
    pub substep: u32,
    /// What is at fault.
    pub fault: Fault,
}

/// What came of all runs besides their rows.
#[derive(Debug, Default)]
pub struct Ran {
    /// The last state of the first run of each subset, in order; none where it failed.
    pub endings: Vec<Option<Ending>>,
    /// The runs that failed, in order.
    pub failures: Vec<Failure>,
}

/// The rows of a run, and how it ended.
struct Run {
    rows: Vec<(At, Vec<f64>, Vec<Vec<Cell>>)>,
    end: Result<Option<Ending>, Stop<Error>>,
}

/// The parameters of a subset: those of timestep 0, and those from a timestep on.
struct Prepared<'a, P> {
    subset: &'a Subset,
    first: P,
    later: Vec<(u32, P)>,
}

impl<P> Prepared<'_, P> {
    fn at(&self, timestep: u32) -> &P {
        let past = self.later.partition_point(|(from, _)| *from <= timestep);
        past.checked_sub(1).and_then(|index| self.later.get(index)).map_or(&self.first, |(_, held)| held)
    }
}

/// Runs everything that a plan asks for.
pub fn execute<P, S, G>(
    model: &Model<P, S, G>,
    plan: &Plan,
    wanted: Wanted,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<Ran, Error>
where
    P: DeserializeOwned + Debug + Sync,
    S: Clone,
    G: Default + AddAssign,
{
    let subsets: Vec<Prepared<'_, P>> =
        plan.subsets.iter().map(|subset| prepared(plan, subset)).collect::<Result<_, _>>()?;
    let job = |index: usize| {
        let run = u32::try_from(index % plan.runs as usize).ok()? + 1;
        Some((subsets.get(index / plan.runs as usize)?, run))
    };
    let rows_a_run =
        (plan.timesteps as usize).saturating_mul(if wanted.substeps { model.blocks.len() } else { 1 }) + 1;
    let at_once = if plan.rng.is_one_stream() { 1 } else { (ROWS_WAITING / rows_a_run).min(RUNS_AT_ONCE) };
    let mut all = Ran::default();
    let mut stream = Random::new(plan.rng, plan.seed, (0, 0, 0));
    for first in (0..plan.all_runs()).step_by(at_once.max(1)) {
        let end = (first + at_once.max(1)).min(plan.all_runs());
        let jobs: Vec<(&Prepared<'_, P>, u32)> = (first..end).filter_map(job).collect();
        if at_once > 1 {
            let runs =
                parallel::map(&jobs, |(subset, run)| waiting(model, plan, (*subset, *run), wanted, watch));
            for ((subset, run), made) in jobs.iter().zip(runs) {
                for (at, row, details) in &made.rows {
                    sink(Line { subset: subset.subset, run: *run, at: *at, row, details })?;
                }
                all.add(subset.subset, *run, made.end)?;
            }
        } else {
            for (subset, run) in &jobs {
                if !plan.rng.is_one_stream() {
                    stream = stream_of(model, plan, subset.subset, *run);
                }
                let end = one(model, plan, (subset, *run), &mut stream, watch, |at, row, state| {
                    if !wanted.substeps && !at.is_last {
                        return Ok(());
                    }
                    let details = details(model.details.as_ref(), state, at, *run, wanted);
                    sink(Line { subset: subset.subset, run: *run, at, row, details: &details })
                });
                all.add(subset.subset, *run, end)?;
            }
        }
        (watch.progress)(end, plan.all_runs());
    }
    Ok(all)
}

/// A run whose rows wait.
fn waiting<P, S: Clone, G: Default + AddAssign>(
    model: &Model<P, S, G>,
    plan: &Plan,
    (subset, number): (&Prepared<'_, P>, u32),
    wanted: Wanted,
    watch: &Watch<'_>,
) -> Run {
    let mut rows = Vec::new();
    let mut random = stream_of(model, plan, subset.subset, number);
    let end = one(model, plan, (subset, number), &mut random, watch, |at, row, state| {
        if wanted.substeps || at.is_last {
            rows.push((at, row.to_vec(), details(model.details.as_ref(), state, at, number, wanted)));
        }
        Ok(())
    });
    Run { rows, end }
}

/// A run; how it ended. Its last state is asked for where it is the first of its subset.
fn one<P, S: Clone, G: Default + AddAssign>(
    model: &Model<P, S, G>,
    plan: &Plan,
    (subset, number): (&Prepared<'_, P>, u32),
    random: &mut Random,
    watch: &Watch<'_>,
    mut each: impl FnMut(At, &[f64], &S) -> Result<(), Error>,
) -> Result<Option<Ending>, Stop<Error>> {
    let last = run(
        model,
        |timestep| subset.at(timestep),
        plan.timesteps,
        random,
        |at, row, state| {
            if at.is_last && (watch.is_interrupted)() {
                return Err(Error::SimulationInterrupted);
            }
            each(at, row, state)
        },
    )?;
    Ok((number == 1).then(|| (model.ending)(&last)))
}

fn stream_of<P, S, G>(model: &Model<P, S, G>, plan: &Plan, subset: &Subset, run: u32) -> Random {
    let (simulation, subset) = if model.is_paired { (0, 0) } else { (subset.simulation, subset.subset) };
    Random::new(plan.rng, plan.seed, (simulation, subset, run))
}

fn details<S>(of: Option<&Details<S>>, state: &S, at: At, run: u32, wanted: Wanted) -> Vec<Vec<Cell>> {
    let is_wanted = wanted.details || run == 1 && at.is_last;
    of.filter(|_| is_wanted).map_or_else(Vec::new, |details| (details.rows)(state))
}

fn prepared<'a, P: DeserializeOwned>(plan: &Plan, subset: &'a Subset) -> Result<Prepared<'a, P>, Error> {
    let read = |parameters| {
        models::read(parameters).map_err(|reason| Error::SimulationParameters {
            place: plan.place.clone(),
            reason: Shown::sentence(&reason),
        })
    };
    let later = subset.later.iter().map(|(from, parameters)| Ok((*from, read(parameters)?)));
    Ok(Prepared { subset, first: read(&subset.parameters)?, later: later.collect::<Result<_, Error>>()? })
}

impl Ran {
    /// Notes how a run ended.
    fn add(&mut self, of: &Subset, run: u32, end: Result<Option<Ending>, Stop<Error>>) -> Result<(), Error> {
        let ending = match end {
            Ok(ending) => ending,
            Err(Stop::Refused(error)) => return Err(error),
            Err(Stop::Failed(At { timestep, substep, .. }, fault)) => {
                let Subset { simulation, subset, .. } = *of;
                self.failures.push(Failure { simulation, subset, run, timestep, substep, fault });
                None
            }
        };
        if run == 1 {
            self.endings.push(ending);
        }
        Ok(())
    }
}
