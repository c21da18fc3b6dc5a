//! `meed simulate`: runs a model many times, or the ledger's own rounds under other settings.

mod replay;
mod source;
mod writers;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Output, Session, table};
use crate::error::{Error, Problems, Shown};
use crate::simulation::execute::{Failure, Wanted, Watch};
use crate::simulation::file::Rows;
use crate::simulation::plan::Plan;
use crate::simulation::rows::number;
use crate::simulation::summary::Statistics;
use crate::simulation::{Outcome, simulate};
use source::Source;
use writers::Writers;

/// Most failed runs that are told one by one.
const FAILURES_TOLD: usize = 10;
/// Most threads.
const JOBS_MOST: u16 = 1_024;

/// Options of `meed simulate`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  meed simulate funding                     simulations/funding/simulation.json
  meed simulate try.json --runs 1000        any file, with 1,000 runs
  meed simulate conviction --set alpha=0.9  a model as it is, with one other parameter
  meed simulate funding --out /tmp/funding  rows, summary and a page with figures
  meed simulate funding --rows all --format csv > rows.csv
  meed simulate --replay --set praise.contributor_share=0.85    all closed rounds once more

The same seed gives the same bytes on every machine. `meed close simulations/funding` records a
simulation of the ledger in a signed commit, which `meed verify` recomputes.")]
pub struct Options {
    /// A simulation of the ledger, a file, or the name of a model: conviction, policy, work; with --replay a
    /// round
    #[arg(value_name = "NAME|FILE", required_unless_present = "replay")]
    pub what: Option<String>,
    /// With --replay, more rounds
    #[arg(value_name = "ROUND", requires = "replay")]
    pub rounds: Vec<String>,
    /// Divide the ledger's closed rounds again with --set ALLOCATION.SETTING=VALUE: who would have got more
    /// or less. The change holds in the rounds that are named, else in all
    #[arg(long, requires = "set", conflicts_with_all = ["runs", "timesteps", "seed", "rows", "detail", "out", "jobs"])]
    pub replay: bool,
    /// How many runs each subset has
    #[arg(long, value_name = "N")]
    pub runs: Option<u32>,
    /// How many timesteps a run has
    #[arg(long, value_name = "N")]
    pub timesteps: Option<u32>,
    /// The seed
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub seed: Option<i64>,
    /// A parameter with another value, in all configurations; a sweep of it is left out
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Which rows are written
    #[arg(long, value_name = "ROWS")]
    pub rows: Option<RowsArgument>,
    /// Write the details of every row too, where the model has some: proposals.csv
    #[arg(long, requires = "out")]
    pub detail: bool,
    /// Write rows, summary and report into this folder, which must be empty or new
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How many threads work [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(JOBS_MOST)))]
    pub jobs: Option<u16>,
}

/// Which rows are written, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RowsArgument {
    /// Every substep
    All,
    /// The last substep of every timestep
    Last,
    /// None: the summary alone
    Summary,
}

impl From<RowsArgument> for Rows {
    fn from(argument: RowsArgument) -> Self {
        match argument {
            RowsArgument::All => Self::All,
            RowsArgument::Last => Self::Last,
            RowsArgument::Summary => Self::Summary,
        }
    }
}

/// A simulation, as JSON.
#[derive(Debug, Serialize)]
struct Simulated<'a> {
    model: &'static str,
    rng: &'static str,
    seed: i64,
    timesteps: u32,
    runs: u32,
    subsets: Vec<SubsetJson<'a>>,
    summary: Vec<SummaryJson>,
    failures: Vec<FailureJson>,
}

#[derive(Debug, Serialize)]
struct SubsetJson<'a> {
    simulation: u32,
    subset: u32,
    name: &'a str,
    parameters: &'a Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct SummaryJson {
    simulation: u32,
    subset: u32,
    timestep: usize,
    variable: &'static str,
    runs: u64,
    mean: f64,
    sd: f64,
    p5: f64,
    p50: f64,
    p95: f64,
}

#[derive(Debug, Serialize)]
struct FailureJson {
    simulation: u32,
    subset: u32,
    run: u32,
    timestep: u32,
    substep: u32,
    variable: &'static str,
    reason: String,
}

/// Runs a simulation.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    if options.replay {
        let rounds = options.what.iter().chain(&options.rounds).cloned().collect();
        let replayed = replay::Options { set: options.set.clone(), rounds };
        return replay::run(&replayed, session);
    }
    let mut source = Source::read(options.what.as_deref().unwrap_or_default(), session)?;
    source.change(options)?;
    let plan = Plan::new(&source.file, &source.place, &source.folder, &source.files)?;
    if let Some(jobs) = options.jobs {
        // It is built once; a second time, in a program that calls this twice, the first stands.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.into()).build_global();
    }
    let mut writers = Writers::new(&plan, options, session)?;
    let wanted = Wanted {
        substeps: plan.rows == Rows::All && writers.has_rows(),
        details: plan.detail && options.out.is_some(),
    };
    let watch = Watch { progress: &*session.progress, is_interrupted: &*session.is_interrupted };
    let outcome = match simulate(&plan, wanted, &watch, &mut |line| writers.add(&line)) {
        Err(_) if writers.is_closed() => return Ok(Output::default()),
        outcome => outcome?,
    };
    match writers.finish(&source, &plan, &outcome) {
        Err(_) if writers.is_closed() => return Ok(Output::default()),
        finished => finished?,
    }
    let mut output = if session.json {
        match writers.json(&told(&plan, &outcome)) {
            Err(_) if writers.is_closed() => return Ok(Output::default()),
            output => output?,
        }
    } else if session.csv {
        Output::default()
    } else {
        Output::text(text(&plan, &outcome, options))
    };
    output.notes.extend(failures(&outcome.failures, &plan));
    output.status = u8::from(!outcome.failures.is_empty());
    Ok(output)
}

impl Options {
    /// What `--set` asks for: names and values. A value that reads as JSON is what it reads as, else a
    /// text.
    fn settings(&self) -> Result<Vec<(String, Value)>, Problems> {
        let mut problems = Vec::new();
        let mut settings = Vec::new();
        for text in &self.set {
            match text.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
                    settings.push((name.trim().to_owned(), value));
                }
                _ => problems.push(Error::Usage {
                    message: format!("--set `{}`: is not KEY=VALUE", Shown::from(text)),
                    hint: "write the parameter, `=` and its value: --set alpha=0.9".to_owned(),
                }),
            }
        }
        Problems::unless_empty(problems, settings)
    }
}

/// Everything that is told as JSON.
fn told<'a>(plan: &'a Plan, outcome: &Outcome) -> Simulated<'a> {
    let subset = |subset: &'a crate::simulation::plan::Subset| SubsetJson {
        simulation: subset.simulation,
        subset: subset.subset,
        name: &subset.name,
        parameters: &subset.parameters,
    };
    let mut summary = Vec::new();
    for of in &outcome.summaries {
        for (timestep, statistics) in of.timesteps.iter().enumerate() {
            for (variable, statistics) in plan.model.variables().iter().zip(statistics) {
                let Statistics { runs, mean, deviation: sd, quantiles: [p5, p50, p95] } = *statistics;
                let (simulation, subset, variable) = (of.simulation, of.subset, variable.name);
                let row =
                    SummaryJson { simulation, subset, timestep, variable, runs, mean, sd, p5, p50, p95 };
                summary.push(row);
            }
        }
    }
    let failure = |failure: &Failure| FailureJson {
        simulation: failure.simulation,
        subset: failure.subset,
        run: failure.run,
        timestep: failure.timestep,
        substep: failure.substep,
        variable: failure.fault.variable,
        reason: failure.fault.reason.clone(),
    };
    Simulated {
        model: plan.model.as_str(),
        rng: plan.rng.as_str(),
        seed: plan.seed,
        timesteps: plan.timesteps,
        runs: plan.runs,
        subsets: plan.subsets.iter().map(subset).collect(),
        summary,
        failures: outcome.failures.iter().map(failure).collect(),
    }
}

/// The last timestep of every subset, for people.
fn text(plan: &Plan, outcome: &Outcome, options: &Options) -> String {
    let runs = crate::report::text::counted(plan.runs, "run", "runs");
    let mut text = format!(
        "{}: {}, {}, seed {} ({})\n",
        plan.model.as_str(),
        crate::report::text::counted(plan.timesteps, "timestep", "timesteps"),
        if plan.subsets.len() > 1 { format!("{runs} of each subset") } else { runs },
        plan.seed,
        plan.rng.as_str(),
    );
    for summary in &outcome.summaries {
        let is_its = |subset: &&crate::simulation::plan::Subset| {
            (subset.simulation, subset.subset) == (summary.simulation, summary.subset)
        };
        let Some(last) = summary.timesteps.last() else { continue };
        text.push('\n');
        if plan.subsets.len() > 1
            && let Some(subset) = plan.subsets.iter().find(is_its)
        {
            let place = format!("simulation {}, subset {}", summary.simulation, summary.subset);
            let line = format!("{place}: {}\n", subset.label());
            text.push_str(&table::shown(line.trim_end_matches('\n')));
            text.push('\n');
        }
        let row = |(variable, of): (&crate::simulation::engine::Variable, &Statistics)| {
            let [p5, p50, p95] = of.quantiles.map(rounded);
            vec![variable.name.to_owned(), rounded(of.mean), rounded(of.deviation), p5, p50, p95]
        };
        let rows = plan.model.variables().iter().zip(last).map(row).collect();
        let last_timestep = format!("at timestep {}", summary.timesteps.len() - 1);
        let header = [last_timestep.as_str(), "mean", "sd", "5 %", "50 %", "95 %"];
        text.push_str(&table::render(&header, rows, header.get(1..).unwrap_or_default()));
    }
    match &options.out {
        Some(out) => text.push_str(&format!("\nwrote {}\n", table::shown(&out.display().to_string()))),
        None => text.push_str("\n--out DIR writes rows, summary and a page with figures\n"),
    }
    text
}

/// A number for people: two decimals, more of what is small.
fn rounded(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if size >= 1e15 => return format!("{value:.3e}"),
        _ if size >= 1.0 || size == 0.0 => format!("{value:.2}"),
        _ if size >= 1e-4 => format!("{value:.6}"),
        _ => return format!("{value:.3e}"),
    };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// What is said of failed runs.
fn failures(failures: &[Failure], plan: &Plan) -> Vec<String> {
    let told = failures.iter().take(FAILURES_TOLD).map(|failure| {
        format!(
            "warning: simulation {}, subset {}, run {} ended at timestep {}, substep {}: {} {}",
            failure.simulation,
            failure.subset,
            failure.run,
            failure.timestep,
            failure.substep,
            failure.fault.variable,
            failure.fault.reason
        )
    });
    let mut notes: Vec<String> = told.collect();
    if !failures.is_empty() {
        let (failed, all) = (number_of(failures.len()), number_of(plan.all_runs()));
        notes.push(format!(
            "{failed} of {all} runs could not go on; their timesteps before that count in the figures"
        ));
    }
    notes
}

#[allow(clippy::cast_precision_loss)] // numbers of runs
fn number_of(count: usize) -> String {
    number(count as f64)
}
