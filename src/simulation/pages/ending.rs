//! Where the runs end: each variable at the last timestep, set by set; and the runs that failed.

use super::super::engine::Variable;
use super::super::execute::Failure;
use super::super::summary::Statistics;
use super::{Scene, Set, pieces, text};
use crate::report::page::{Block, Section, Table};

/// Most rows of a table.
const ROWS_MOST: usize = 400;
/// Most failed runs that are listed.
const FAILURES_MOST: usize = 50;
/// From how many rows on a table can be searched and sorted.
const INTERACTIVE_FROM: usize = 8;

/// The section of the last timestep.
pub fn section(scene: &Scene<'_>) -> Section {
    let one = scene.plan().runs == 1;
    let explained = if one {
        "There is one run of each set of parameters: it shows what can happen, not how likely it is."
            .to_owned()
    } else {
        format!(
            "Each set of parameters has {}. The mean is what they come to on average. The standard deviation \
             is about how far a run lies from it. Of a hundred runs five end below the column 5 %, fifty below \
             the median, five above the column 95 %.",
            scene.runs()
        )
    };
    let mut blocks = vec![Block::text(explained)];
    if scene.sets.iter().all(|set| set.timesteps().is_empty()) {
        blocks.push(Block::text("No run came to its first timestep: there is nothing to show."));
    } else if scene.sets.len() == 1 {
        blocks.extend(scene.sets.first().map(|set| of_one(scene, set)));
    } else {
        blocks.push(of_several(scene));
    }
    Section::new("end", "At the end", blocks)
}

/// The last timestep of a set: its number and what it came to.
fn last<'a>(set: &Set<'a>) -> Option<(usize, &'a [Statistics])> {
    let timesteps = set.timesteps();
    Some((timesteps.len().checked_sub(1)?, timesteps.last()?))
}

/// The cells of a variable: one value of one run, else mean, deviation, quantiles.
fn cells(scene: &Scene<'_>, statistics: &Statistics) -> Vec<String> {
    let [low, middle, high] = statistics.quantiles;
    let all = [statistics.mean, statistics.deviation, low, middle, high];
    let shown = if scene.plan().runs == 1 { all.get(..1) } else { all.get(..) };
    shown.unwrap_or_default().iter().map(|number| text::number(*number)).collect()
}

/// The titles of those cells.
fn titles(scene: &Scene<'_>) -> &'static [&'static str] {
    if scene.plan().runs == 1 {
        &["#Value"]
    } else {
        &["#Mean", "#Standard deviation", "#5 %", "#Median", "#95 %"]
    }
}

fn of_one(scene: &Scene<'_>, set: &Set<'_>) -> Block {
    let (timestep, statistics) = last(set).unwrap_or((0, &[]));
    let row = |(variable, of): (&Variable, &Statistics)| {
        let names = [pieces::title(variable), variable.name.to_owned()];
        names.into_iter().chain(cells(scene, of)).collect()
    };
    let rows = scene.variables.iter().zip(statistics).map(row).collect();
    let titles: Vec<&str> = ["What", "Column"].into_iter().chain(titles(scene).iter().copied()).collect();
    let caption = format!("All variables at timestep {timestep}.{}", runs_left(scene, &[set]));
    Block::Table(Table::new("end-table", &caption, &titles, rows))
}

fn of_several(scene: &Scene<'_>) -> Block {
    let first = scene.sets.first().and_then(last);
    let mut rows = Vec::new();
    for (place, variable) in scene.variables.iter().enumerate() {
        let reference = first.and_then(|(_, all)| all.get(place)).map(|of| of.mean);
        for (index, set) in scene.sets.iter().enumerate() {
            let Some((timestep, of)) = last(set).and_then(|(at, all)| Some((at, all.get(place)?))) else {
                continue;
            };
            if rows.len() < ROWS_MOST {
                let difference = reference.filter(|_| index > 0).map(|reference| of.mean - reference);
                let difference = difference.map(text::signed).unwrap_or_default();
                let names = [pieces::title(variable), set.label.clone(), timestep.to_string()];
                rows.push(names.into_iter().chain(cells(scene, of)).chain([difference]).collect());
            }
        }
    }
    let titles: Vec<&str> = ["What", "Set", "#Timestep"]
        .into_iter()
        .chain(titles(scene).iter().copied())
        .chain(["#Against the first set"])
        .collect();
    let sets: Vec<&Set<'_>> = scene.sets.iter().collect();
    let what = if scene.plan().runs == 1 { "value" } else { "mean" };
    let caption = format!(
        "All variables at the last timestep. The last column is how far the {what} lies above or below that of \
         the first set.{}",
        runs_left(scene, &sets)
    );
    let total = scene.variables.len() * scene.sets.iter().filter(|set| last(set).is_some()).count();
    let mut table = Table::new("end-table", &caption, &titles, rows);
    (table.total, table.interactive) = (total, total > INTERACTIVE_FROM);
    Block::Table(table)
}

/// That runs which failed do not count.
fn runs_left(scene: &Scene<'_>, sets: &[&Set<'_>]) -> String {
    let least = sets.iter().filter_map(|set| last(set)?.1.first()).map(|of| of.runs).min();
    match least {
        Some(least) if least < u64::from(scene.plan().runs) => {
            " Runs that failed before do not count.".to_owned()
        }
        _ => String::new(),
    }
}

/// The section of the runs that failed; none where all went on to their end.
pub fn failures(scene: &Scene<'_>) -> Option<Section> {
    let failures = &scene.material.outcome.failures;
    let label = |failure: &Failure| {
        let is_its = |set: &&Set<'_>| {
            (set.subset.simulation, set.subset.subset) == (failure.simulation, failure.subset)
        };
        scene.sets.iter().find(is_its).map(|set| set.label.clone()).unwrap_or_default()
    };
    let row = |failure: &Failure| {
        vec![
            label(failure),
            failure.run.to_string(),
            failure.timestep.to_string(),
            failure.substep.to_string(),
            crate::report::text::name(&format!("`{}` {}", failure.fault.variable, failure.fault.reason)),
        ]
    };
    let rows = failures.iter().take(FAILURES_MOST).map(row).collect();
    let titles = ["Set", "#Run", "#Timestep", "#Substep", "Why it could not go on"];
    let mut table = Table::new("failed-table", "Runs that could not go on.", &titles, rows);
    table.total = failures.len();
    let text = "A run fails where a variable is no number any more or grows too large. Its timesteps before \
                that count, the later ones do not. The other runs went on.";
    let blocks = vec![Block::text(text), Block::Table(table)];
    (!failures.is_empty()).then(|| Section::new("failed", "Runs that failed", blocks))
}
