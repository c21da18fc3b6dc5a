//! What was simulated: the model, the parameters, how often, from which seed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::random::Rng;
use super::{Scene, Set, pieces, text};
use crate::report::page::{Block, Section, Table};
use crate::report::text::counted;

/// Most rows of a table of parameters.
const ROWS_MOST: usize = 100;
/// Most parameters that the table of sets has a column for.
const COLUMNS_MOST: usize = 8;

/// What was run, in one sentence.
pub fn summary(scene: &Scene<'_>) -> String {
    let plan = scene.plan();
    let timesteps = counted(plan.timesteps, "timestep", "timesteps");
    let runs = text::capital(&scene.runs());
    match scene.sets.len() {
        1 => format!("{runs} of the model {}, {timesteps} each.", plan.model.as_str()),
        sets => {
            let model = plan.model.as_str();
            format!("{runs} of the model {model} for each of {sets} sets of parameters, {timesteps} each.")
        }
    }
}

/// The section.
pub fn section(scene: &Scene<'_>) -> Section {
    let plan = scene.plan();
    let failed = scene.material.outcome.failures.len();
    let model = format!(
        "The model {}: {}. A run begins with the same rules and other random numbers each time, and goes \
         step by step through time.",
        plan.model.as_str(),
        plan.model.meaning(),
    );
    let mut facts = vec![
        ("Model", plan.model.as_str().to_owned()),
        ("Timesteps of a run", plan.timesteps.to_string()),
        (if scene.sets.len() > 1 { "Runs of each set of parameters" } else { "Runs" }, plan.runs.to_string()),
        ("Sets of parameters", scene.sets.len().to_string()),
        ("Seed", plan.seed.to_string()),
        ("Random numbers", generator(plan.rng).to_owned()),
    ];
    if failed > 0 {
        facts.push(("Runs that failed", format!("{failed} of {}", plan.all_runs())));
    }
    let mut blocks = vec![Block::text(model), Block::facts(facts)];
    let columns = columns(&scene.sets);
    let meanings = Meanings::of(scene);
    blocks.push(common(scene, &columns, &meanings));
    if scene.sets.len() > 1 {
        blocks.push(sets(scene, &columns));
    }
    blocks.extend(later(scene));
    Section::new("setup", "What was simulated", blocks)
}

fn generator(rng: Rng) -> &'static str {
    match rng {
        Rng::ChaCha => "chacha: each run has its own",
        Rng::NumpyLegacy => "numpy-legacy: as numpy draws them",
        Rng::Cpython => "cpython: as Python draws them",
    }
}

/// What a model's schema says of its parameters.
struct Meanings(Map<String, Value>);

impl Meanings {
    fn of(scene: &Scene<'_>) -> Self {
        let schema = scene.plan().model.parameters_schema();
        Self(schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default())
    }

    /// What a parameter is.
    fn meaning(&self, name: &str) -> String {
        let of = self.0.get(name).and_then(|schema| schema.get("description"));
        // The schema marks names of code as Markdown does; a page shows texts as they are.
        of.and_then(Value::as_str).unwrap_or_default().replace('\n', " ").replace('`', "")
    }

    /// What the model has where nobody says.
    fn default(&self, name: &str) -> Option<&Value> {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        let mut found = self.0.get(first).and_then(|schema| schema.get("default"));
        for part in rest.split('.').filter(|part| !part.is_empty()) {
            found = found.and_then(|value| value.get(part));
        }
        found
    }
}

/// The parameters of a set that are not as the model has them, groups taken apart.
fn flat(parameters: &Map<String, Value>) -> BTreeMap<String, Value> {
    fn add(prefix: &str, parameters: &Map<String, Value>, all: &mut BTreeMap<String, Value>) {
        for (name, value) in parameters {
            let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value {
                Value::Object(group) => add(&name, group, all),
                value => _ = all.insert(name, value.clone()),
            }
        }
    }
    let mut all = BTreeMap::new();
    add("", parameters, &mut all);
    all
}

/// For each parameter that a set names, its value in each set.
fn columns(sets: &[Set<'_>]) -> BTreeMap<String, Vec<Option<Value>>> {
    let mut columns: BTreeMap<String, Vec<Option<Value>>> = BTreeMap::new();
    for (index, set) in sets.iter().enumerate() {
        for (name, value) in flat(&set.subset.parameters) {
            let column = columns.entry(name).or_insert_with(|| vec![None; sets.len()]);
            if let Some(place) = column.get_mut(index) {
                *place = Some(value);
            }
        }
    }
    columns
}

/// Whether two values are the same: 1 is 1.0.
fn is_equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right).is_eq(),
        _ => left == right,
    }
}

/// Whether a parameter is the same in all sets.
fn is_common(values: &[Option<Value>]) -> bool {
    values.windows(2).all(|pair| matches!(pair, [left, right] if left == right))
}

/// The parameters that are the same in all sets, and not as the model has them.
fn common(scene: &Scene<'_>, columns: &BTreeMap<String, Vec<Option<Value>>>, meanings: &Meanings) -> Block {
    let common = columns.iter().filter(|(_, values)| is_common(values));
    let rows: Vec<Vec<String>> = common
        .filter_map(|(name, values)| {
            let (value, default) = (values.first()?.as_ref()?, meanings.default(name));
            let shown = default.map(text::value).unwrap_or_default();
            let cells =
                || vec![crate::report::text::name(name), text::value(value), shown, meanings.meaning(name)];
            (!default.is_some_and(|default| is_equal(value, default))).then(cells)
        })
        .collect();
    if rows.is_empty() {
        let rest =
            if scene.sets.len() > 1 { "All parameters that are not named below" } else { "All parameters" };
        return Block::text(format!("{rest} are as the model has them."));
    }
    let titles = ["Parameter", "Value", "Of the model", "What it is"];
    let caption = "Parameters that are not as the model has them. All others are.";
    Block::Table(cut("parameters", caption, &titles, rows))
}

/// The sets of parameters, with what differs between them.
fn sets(scene: &Scene<'_>, columns: &BTreeMap<String, Vec<Option<Value>>>) -> Block {
    let differing: Vec<_> = columns.iter().filter(|(_, values)| !is_common(values)).collect();
    let shown = differing.get(..COLUMNS_MOST).unwrap_or(&differing);
    let names: Vec<String> = shown.iter().map(|(name, _)| crate::report::text::name(name)).collect();
    let titles: Vec<&str> = ["Set"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let value = |values: &[Option<Value>], index: usize| {
        let value = values.get(index).and_then(Option::as_ref);
        value.map_or_else(|| "as the model".to_owned(), text::value)
    };
    let rows = scene.sets.iter().enumerate().take(pieces::SETS_MOST).map(|(index, set)| {
        let cells = shown.iter().map(|(_, values)| value(values, index));
        [set.label.clone()].into_iter().chain(cells).collect()
    });
    let mut caption = "The sets of parameters, and what differs between them.".to_owned();
    if let Some(names) = text::names_of_values(scene.plan()) {
        caption.push_str(&format!(" A set is called by its values of {names}."));
    }
    if differing.len() > shown.len() {
        caption.push_str(&format!(" The first {} of {} parameters.", shown.len(), differing.len()));
    }
    let count = scene.sets.len();
    if count > pieces::SETS_MOST {
        caption.push_str(&format!(" The first {} of {count} sets.", pieces::SETS_MOST));
    }
    Block::Table(Table::new("sets", &caption, &titles, rows.collect()))
}

/// Parameters that change while a run goes on.
fn later(scene: &Scene<'_>) -> Option<Block> {
    let set = scene.sets.iter().find(|set| !set.subset.later.is_empty())?;
    let mut before = flat(&set.subset.parameters);
    let mut rows = Vec::new();
    for (timestep, parameters) in &set.subset.later {
        let then = flat(parameters);
        for (name, value) in then.iter().filter(|(name, value)| before.get(*name) != Some(value)) {
            let cells = [timestep.to_string(), crate::report::text::name(name), text::value(value)];
            rows.push(cells.to_vec());
        }
        before = then;
    }
    let caption = if scene.sets.len() > 1 {
        format!("Parameters that change while a run goes on, in {}.", set.label)
    } else {
        "Parameters that change while a run goes on.".to_owned()
    };
    let titles = ["#From timestep", "Parameter", "Value"];
    (!rows.is_empty()).then(|| Block::Table(cut("later", &caption, &titles, rows)))
}

/// A table of the first rows.
fn cut(id: &str, caption: &str, titles: &[&str], mut rows: Vec<Vec<String>>) -> Table {
    let total = rows.len();
    rows.truncate(ROWS_MOST);
    let mut table = Table::new(id, caption, titles, rows);
    table.total = total;
    table
}
