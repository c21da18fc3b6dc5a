//! From simulation.json to what is run: configurations, subsets of sweeps, parameters at each timestep.

use serde_json::{Map, Value};

use super::file::{Rows, SimulationFile, SweepFile, SweepMode};
use super::models::ModelId;
use super::random::Rng;
use super::{CELLS_MOST, RUNS_MOST, SUBSETS_MOST, TIMESTEPS_MOST};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, Files};
use crate::tables::Table;

/// Most configurations side by side.
const CONFIGURATIONS_MOST: usize = 100;

/// Parameters that hold from a timestep on.
pub type Later = (u32, Map<String, Value>);

/// A simulation, checked: it can be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// simulation.json, or the file that stands for it.
    pub place: Place,
    /// The model.
    pub model: ModelId,
    /// The generator of random numbers.
    pub rng: Rng,
    /// The seed.
    pub seed: i64,
    /// How many timesteps a run has.
    pub timesteps: u32,
    /// How many runs each subset has.
    pub runs: u32,
    /// Which rows are written.
    pub rows: Rows,
    /// Whether the details of all rows are written too.
    pub detail: bool,
    /// What is run, in order: all subsets of the first configuration, then those of the second ...
    pub subsets: Vec<Subset>,
}

/// One set of parameters: a subset of the sweep of a configuration.
#[derive(Debug, Clone)]
pub struct Subset {
    /// The configuration, from 0.
    pub simulation: u32,
    /// The subset of its sweep, from 0.
    pub subset: u32,
    /// What the configuration is called; empty where there is one.
    pub name: String,
    /// What is swept, with the value of this subset.
    pub swept: Vec<(String, Value)>,
    /// The parameters that are not as the model has them.
    pub parameters: Map<String, Value>,
    /// Those that hold from a timestep on, ascending; none where nothing changes over time.
    pub later: Vec<Later>,
}

impl Subset {
    /// How a reader tells this subset from the others: the configuration and what is swept.
    pub fn label(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let swept = self.swept.iter().map(|(name, value)| format!("{name} = {}", text(value)));
        let name = (!self.name.is_empty()).then(|| self.name.clone());
        name.into_iter().chain(swept).collect::<Vec<_>>().join(", ")
    }
}

impl Plan {
    /// Checks a simulation; `files` holds the table that it may name, `folder` is where it stands.
    pub fn new(file: &SimulationFile, place: &Place, folder: &str, files: &Files) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let Some(model) = ModelId::parse(&file.model) else {
            let known = ModelId::ALL.map(ModelId::as_str).join(", ");
            let model = Shown::from(&file.model);
            return Err(Error::SimulationModelUnknown { place: place.clone(), model, known }.into());
        };
        let (least, most) = file.rng.seeds();
        if !(least..=most).contains(&file.seed) {
            let (rng, seed) = (file.rng.as_str(), file.seed);
            problems.push(Error::SimulationSeed { place: place.clone(), rng, seed, least, most });
        }
        let timesteps = file.timesteps.unwrap_or(model.timesteps());
        let runs = file.runs.unwrap_or(1);
        let mut limited = |what: &'static str, found: u64, least: u64, most: u64| {
            if !(least..=most).contains(&found) {
                problems.push(Error::SimulationCount { place: place.clone(), what, found, least, most });
            }
        };
        limited("timesteps", timesteps.into(), 0, TIMESTEPS_MOST.into());
        limited("runs", runs.into(), 1, RUNS_MOST.into());
        limited("configurations", file.configurations.len() as u64, 0, CONFIGURATIONS_MOST as u64);
        let later = match &file.exogenous {
            None => Vec::new(),
            Some(path) => exogenous(path, (place, folder), files).unwrap_or_else(|found| {
                problems.extend(found);
                Vec::new()
            }),
        };
        let subsets = subsets(file, place, &later, &mut problems);
        let cells = (u64::from(timesteps) + 1) * subsets.len() as u64 * model.variables().len() as u64;
        if subsets.len() > SUBSETS_MOST {
            let (what, found) = ("subsets of the sweep", subsets.len() as u64);
            let most = SUBSETS_MOST as u64;
            problems.push(Error::SimulationCount { place: place.clone(), what, found, least: 1, most });
        } else if cells > CELLS_MOST {
            let (what, most) = ("cells of the summary (timesteps x variables x subsets)", CELLS_MOST);
            problems.push(Error::SimulationCount {
                place: place.clone(),
                what,
                found: cells,
                least: 1,
                most,
            });
        }
        Problems::unless_empty(problems, ())?;
        let plan = Self {
            place: place.clone(),
            model,
            rng: file.rng,
            seed: file.seed,
            timesteps,
            runs,
            rows: file.rows,
            detail: file.detail,
            subsets,
        };
        let mut problems: Vec<Error> = Vec::new();
        for problem in plan.subsets.iter().flat_map(|subset| model.problems(&plan, subset)) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        Problems::unless_empty(problems, plan)
    }

    /// How many runs there are in all.
    pub fn all_runs(&self) -> usize {
        self.subsets.len() * self.runs as usize
    }
}

/// All subsets of all configurations.
fn subsets(file: &SimulationFile, place: &Place, later: &[Later], problems: &mut Vec<Error>) -> Vec<Subset> {
    let own = |configuration: usize| file.configurations.get(configuration);
    let mut all = Vec::new();
    for (configuration, simulation) in (0..file.configurations.len().max(1)).zip(0..) {
        let mut base = Map::new();
        let mut sweep: Option<SweepFile> = file.sweep.clone();
        set_all(&mut base, &file.parameters);
        if let Some(own) = own(configuration) {
            set_all(&mut base, &own.parameters);
            sweep = own.sweep.clone().or(sweep);
        }
        let combinations = match sweep.map(|sweep| combinations(&sweep, place)).transpose() {
            Ok(combinations) => combinations.unwrap_or_else(|| vec![Vec::new()]),
            Err(problem) => {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
                continue;
            }
        };
        for (swept, subset) in combinations.into_iter().zip(0..) {
            let mut parameters = base.clone();
            for (name, value) in &swept {
                set(&mut parameters, name, value);
            }
            let name = own(configuration).map_or_else(String::new, |own| own.name.clone());
            let at = |changes: &Map<String, Value>| {
                let mut then = parameters.clone();
                set_all(&mut then, changes);
                then
            };
            let later = later.iter().map(|(timestep, changes)| (*timestep, at(changes))).collect();
            all.push(Subset { simulation, subset, name, swept, parameters, later });
        }
    }
    all
}

/// Sets a parameter; a name of several parts reaches into a group.
pub fn set(parameters: &mut Map<String, Value>, name: &str, value: &Value) {
    match name.split_once('.') {
        None => _ = parameters.insert(name.to_owned(), value.clone()),
        Some((group, rest)) => {
            let group = parameters.entry(group).or_insert_with(|| Value::Object(Map::new()));
            match group {
                Value::Object(group) => set(group, rest, value),
                other => *other = value.clone(), // refused by its type
            }
        }
    }
}

fn set_all(parameters: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, value) in changes {
        set(parameters, name, value);
    }
}

/// What a sweep tries, one after another.
fn combinations(sweep: &SweepFile, place: &Place) -> Result<Vec<Vec<(String, Value)>>, Error> {
    let lists: Vec<(&String, Vec<Value>)> = sweep
        .parameters
        .iter()
        .map(|(name, values)| match values {
            Value::Array(values) => (name, values.clone()),
            single => (name, vec![single.clone()]),
        })
        .collect();
    let longest = lists.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let is_wrong = |length: usize| match sweep.mode {
        SweepMode::Positional => length != 1 && length != longest || length == 0,
        SweepMode::Cartesian => length == 0,
    };
    if lists.is_empty() || lists.iter().any(|(_, values)| is_wrong(values.len())) {
        let length = |(name, values): &(&String, Vec<Value>)| format!("{name} {}", values.len());
        let lengths = lists.iter().map(length).collect::<Vec<_>>().join(", ");
        let lengths = Shown::sentence(if lengths.is_empty() { "no list at all" } else { &lengths });
        return Err(Error::SimulationSweep { place: place.clone(), lengths });
    }
    let one = |name: &String, value: &Value| (name.clone(), value.clone());
    if sweep.mode == SweepMode::Positional {
        let at = |index: usize| {
            let value = |values: &[Value]| values.get(index).or_else(|| values.first()).cloned();
            lists.iter().filter_map(|(name, values)| Some(one(name, &value(values)?))).collect()
        };
        return Ok((0..longest).map(at).collect());
    }
    let count = lists.iter().try_fold(1_usize, |count, (_, values)| count.checked_mul(values.len()));
    if count.is_none_or(|count| count > SUBSETS_MOST) {
        let (what, most) = ("subsets of the sweep", SUBSETS_MOST as u64);
        let found = count.map_or(u64::MAX, |count| count as u64);
        return Err(Error::SimulationCount { place: place.clone(), what, found, least: 1, most });
    }
    let mut all = vec![Vec::new()];
    for (name, values) in &lists {
        let extended = |so_far: &Vec<(String, Value)>| {
            let with = |value: &Value| so_far.iter().cloned().chain([one(name, value)]).collect();
            values.iter().map(with).collect::<Vec<Vec<_>>>()
        };
        all = all.iter().flat_map(extended).collect();
    }
    Ok(all)
}

/// The table of parameters that change over time: those that hold from a timestep on.
fn exogenous(path: &str, (place, folder): (&Place, &str), files: &Files) -> Result<Vec<Later>, Problems> {
    let path = files::path_within(folder, path, place)?;
    let table = match Table::read(&path, files.bytes(&path)?, &["timestep"]) {
        Ok(table) => table,
        Err(problems) => return Problems::unless_empty(problems, Vec::new()),
    };
    let names: Vec<String> =
        table.column_names().filter(|name| *name != "timestep").map(str::to_owned).collect();
    let (mut all, mut problems): (Vec<Later>, Vec<Error>) = (Vec::new(), Vec::new());
    let mut held = Map::new();
    for row in table.rows() {
        let timestep = row.field("timestep").parse::<u32>().ok();
        let is_next = |timestep: &u32| all.last().is_none_or(|(before, _)| before < timestep);
        let Some(timestep) = timestep.filter(is_next) else {
            let value = Shown::from(row.field("timestep"));
            problems.push(Error::SimulationTimestep { place: row.place(), value });
            continue;
        };
        for name in &names {
            let cell = row.field(name);
            if !cell.is_empty() {
                // A number where it reads as one, else a text: the model says what it must be.
                let value = serde_json::from_str::<serde_json::Number>(cell)
                    .map_or_else(|_| Value::String(cell.to_owned()), Value::Number);
                held.insert(name.clone(), value);
            }
        }
        all.push((timestep, held.clone()));
    }
    Problems::unless_empty(problems, all)
}
