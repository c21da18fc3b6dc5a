//! Where the runs end: each variable at the last timestep, set by set; and the runs that failed.

use super::super::engine::Variable;
use super::super::execute::Failure;
use super::super::summary::{Statistics, is_exact};
use super::{Scene, Set, pieces, text};
use crate::report::page::{Block, Section, Table};

/// Most failed runs that are listed.
const FAILURES_MOST: usize = 50;
/// From how many rows on a table can be searched and sorted.
const INTERACTIVE_FROM: usize = 8;

/// The section of the last timestep.
pub fn section(scene: &Scene<'_>) -> Section {
    let explained = explained(scene);
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
    if scene.plan().runs == 1 { &["#Value"] } else { &["#Mean", "#Spread (sd)", "#5 %", "#Median", "#95 %"] }
}

fn of_one(scene: &Scene<'_>, set: &Set<'_>) -> Block {
    let (timestep, statistics) = last(set).unwrap_or((0, &[]));
    let row = |(variable, of): (&Variable, &Statistics)| {
        let cells = [pieces::title(variable)].into_iter().chain(cells(scene, of));
        cells.chain([variable.name.to_owned()]).collect()
    };
    let rows = scene.variables.iter().zip(statistics).map(row).collect();
    let titles: Vec<&str> =
        ["What"].into_iter().chain(titles(scene).iter().copied()).chain(["Column"]).collect();
    let caption = format!("All variables at timestep {timestep}.{}", runs_left(scene));
    Block::Table(narrow(Table::new("end-table", &caption, &titles, rows)))
}

/// A table whose numbers have to be in sight on a narrow screen: its names are broken.
fn narrow(mut table: Table) -> Table {
    table.columns.iter_mut().for_each(|column| column.wide = false);
    table
}

/// How far a mean lies from another one; the standard error of that where runs differ by chance.
struct Difference {
    of_means: f64,
    error: Option<f64>,
}

impl Difference {
    fn new(scene: &Scene<'_>, first: &Statistics, of: &Statistics) -> Self {
        // The error of the mean of independent runs.
        let error = |of: &Statistics| of.deviation / (of.runs as f64).sqrt();
        let (left, right) = (error(first), error(of));
        let is_estimated = !scene.is_paired() && first.runs > 1 && of.runs > 1;
        let error = is_estimated.then(|| (left * left + right * right).sqrt());
        Self { of_means: of.mean - first.mean, error }
    }
}

fn of_several(scene: &Scene<'_>) -> Block {
    let (is_one, is_paired) = (scene.plan().runs == 1, scene.is_paired());
    let sets = || scene.sets.iter().enumerate().filter_map(|(index, set)| Some((index, set, last(set)?)));
    let first = scene.sets.first().and_then(last);
    let timestep = sets().map(|(.., (timestep, _))| timestep).next().unwrap_or(0);
    let is_same = sets().all(|(.., (other, _))| other == timestep);
    let is_short = text::name_of_value(scene.plan()).is_some();
    let label = |set: &Set<'_>| text::value_label(set.subset).filter(|_| is_short);
    let label = |set: &Set<'_>| label(set).unwrap_or_else(|| set.label.clone());
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (place, variable) in scene.variables.iter().enumerate() {
        for (index, set, (at, all)) in sets().take(pieces::SETS_MOST) {
            let Some(of) = all.get(place) else { continue };
            let reference = first.filter(|(timestep, _)| index > 0 && *timestep == at);
            let reference = reference.and_then(|(_, all)| all.get(place));
            let difference = reference.map(|first| Difference::new(scene, first, of));
            let mut row = vec![pieces::title(variable), label(set)];
            row.extend((!is_same).then(|| at.to_string()));
            row.extend(cells(scene, of));
            row.push(difference.as_ref().map(|all| text::signed(all.of_means)).unwrap_or_default());
            if !is_one && !is_paired {
                row.push(difference.and_then(|all| all.error).map(text::number).unwrap_or_default());
            }
            rows.push(row);
        }
    }
    let mut titles_of_all = vec!["What", "Set"];
    titles_of_all.extend((!is_same).then_some("#Timestep"));
    titles_of_all.extend(titles(scene));
    titles_of_all.push("#Difference");
    titles_of_all.extend((!is_one && !is_paired).then_some("#Its error"));
    let caption = caption(scene, is_same.then_some(timestep), sets().count());
    let mut table = narrow(Table::new("end-table", &caption, &titles_of_all, rows));
    table.interactive = table.total > INTERACTIVE_FROM;
    Block::Table(table)
}

/// What the table of `count` sets shows, at a timestep where all ended at the same one.
fn caption(scene: &Scene<'_>, timestep: Option<usize>, count: usize) -> String {
    let at = timestep.map_or_else(
        || "the last timestep of each set".to_owned(),
        |timestep| format!("timestep {timestep}"),
    );
    let is_one = scene.plan().runs == 1;
    let what = if is_one { "value" } else { "mean" };
    let error = if is_one || scene.is_paired() { "" } else { "; its error: the standard error of that" };
    format!(
        "All variables at {at}.{} Difference: how far the {what} lies above or below that of the first \
         set{error}.{}{}",
        text::name_of_value(scene.plan())
            .map(|name| format!(" A set is called by its value of {name}."))
            .unwrap_or_default(),
        pieces::sets_left(count).unwrap_or_default(),
        runs_left(scene)
    )
}

/// That runs failed, behind another sentence.
fn runs_left(scene: &Scene<'_>) -> String {
    pieces::failed(scene).map(|told| format!(" {told}")).unwrap_or_default()
}

/// How the figures are to be read.
fn explained(scene: &Scene<'_>) -> String {
    let (runs, is_alone) = (scene.plan().runs, scene.sets.len() == 1);
    let mut sentences = Vec::new();
    let of = if is_alone { "" } else { " of each set of parameters" };
    if runs == 1 {
        sentences.push(format!(
            "There is one run{of}: it shows what can happen, not how likely it is. One run says nothing of chance."
        ));
    } else {
        sentences.push(format!(
            "There are {}{of}. The mean is what they come to on average. The spread, their standard deviation \
             (sd), is about how far a run lies from it.",
            scene.runs()
        ));
        let estimated = if runs < text::MANY_RUNS {
            format!("Estimated from {}: of", scene.runs())
        } else {
            "Of".to_owned()
        };
        sentences.push(format!(
            "{estimated} a hundred runs five end below the column 5 %, fifty below the median, five above the \
             column 95 %."
        ));
        if !is_exact(scene.plan()) {
            sentences.push(
                "These three may be off by up to 0.05 %: there are too many values to keep them all."
                    .to_owned(),
            );
        }
    }
    sentences.extend((!is_alone).then(|| of_chance(scene).to_owned()));
    sentences.join(" ")
}

/// What chance has to do with the differences between sets.
fn of_chance(scene: &Scene<'_>) -> &'static str {
    match (scene.is_paired(), scene.plan().runs) {
        (true, _) => {
            "All sets have the same random numbers, run by run: what differs between them comes from their \
             parameters, not from other luck."
        }
        (false, 1) => {
            "Each set has random numbers of its own: even two sets that are the same differ by chance, and from \
             one run nobody can tell by how much."
        }
        (false, _) => {
            "Each set has random numbers of its own: even two sets that are the same differ by chance. A \
             difference of less than about two times its error (the last column) says nothing."
        }
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
            crate::report::text::name(
                &format!("{} {}", failure.fault.variable, failure.fault.reason).replace('`', ""),
            ),
        ]
    };
    let rows = failures.iter().take(FAILURES_MOST).map(row).collect();
    let titles = ["Set", "#Run", "#Timestep", "#Substep", "Why it could not go on"];
    let mut table = Table::new("failed-table", "Runs that could not go on.", &titles, rows);
    table.total = failures.len();
    let text = format!(
        "{} A run fails where a variable is no number any more or grows too large.",
        pieces::failed(scene).unwrap_or_default()
    );
    let blocks = vec![Block::text(text), Block::Table(table)];
    (!failures.is_empty()).then(|| Section::new("failed", "Runs that failed", blocks))
}
