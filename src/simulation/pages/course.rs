//! Each variable over time, as bands of quantiles over the runs: one chart a variable. A few sets of
//! parameters stand in one chart, several in small ones side by side.

use super::super::engine::Variable;
use super::super::models::ModelId;
use super::pieces::{PLACES_MOST, Said, axes, chart, course, numbers, places, timesteps, title};
use super::{Scene, Set, text};
use crate::error::Problems;
use crate::report::chart::{Band, Data};
use crate::report::page::{Block, Section};

/// Most sets of parameters in one chart.
const TOGETHER_MOST: usize = 3;
/// Most small charts of a variable.
const PANELS_MOST: usize = 12;
/// Most sets that a description names.
const NAMED_MOST: usize = 4;

/// The section: all variables but those that `is_left_out`. None where nothing changes.
pub fn section(scene: &Scene<'_>, is_left_out: fn(&str) -> bool) -> Result<Option<Section>, Problems> {
    let sets = chosen(scene);
    let mut places = places(timesteps(&sets));
    // A policy has divided nothing at timestep 0, and its figures of that are no beginning.
    places.retain(|place| *place > 0 || scene.plan().model != ModelId::Policy);
    let mut blocks = vec![Block::text(explained(scene, &sets, places.len()))];
    let mut constant = Vec::new();
    for (index, variable) in scene.variables.iter().enumerate() {
        if is_left_out(variable.name) {
            continue;
        }
        let bands: Vec<(String, Vec<Option<Band>>)> =
            sets.iter().map(|set| (set.label.clone(), course(set, &places, index))).collect();
        let (bands, is_same) = unless_the_same(bands);
        if let Some(value) = constant_of(&bands) {
            constant.push(format!("{} ({}): {value}", title(variable), text::words(variable.name)));
            continue;
        }
        let drawn = if is_same { sets.get(..1).unwrap_or_default() } else { &sets };
        let description = at_the_end(scene, drawn, &bands, index);
        blocks.extend(of_variable(variable, description, &places, bands)?);
    }
    if !constant.is_empty() {
        blocks.push(Block::text("What never changes, in no run:"));
        blocks.push(Block::List { items: constant });
    }
    Ok((!places.is_empty()).then(|| Section::new("course", "Over time", blocks)))
}

/// The sets that are drawn: all, or evenly chosen ones.
fn chosen<'s, 'a>(scene: &'s Scene<'a>) -> Vec<&'s Set<'a>> {
    let sets: Vec<&Set<'a>> = scene.sets.iter().filter(|set| !set.timesteps().is_empty()).collect();
    if sets.len() <= PANELS_MOST {
        return sets;
    }
    let last = sets.len() - 1;
    let at = |place: usize| sets.get(place * last / (PANELS_MOST - 1)).copied();
    (0..PANELS_MOST).filter_map(at).collect()
}

fn explained(scene: &Scene<'_>, sets: &[&Set<'_>], places: usize) -> String {
    let mut sentences = vec![if scene.plan().runs == 1 {
        "Each line is one run.".to_owned()
    } else {
        let area = if scene.plan().runs < text::MANY_RUNS {
            format!("estimated from {}, nine of ten runs lie in the shaded area", scene.runs())
        } else {
            "the shaded area holds nine of ten runs".to_owned()
        };
        format!(
            "The line is the median of {}: half of them lie above it, half below. {}: between 5 % and 95 %.",
            scene.runs(),
            text::capital(&area)
        )
    }];
    if sets.len() > TOGETHER_MOST {
        sentences
            .push("Each set of parameters has a small chart of its own; all have the same axes.".to_owned());
    }
    if sets.len() < scene.sets.len() {
        sentences.push(format!("{} of {} sets are drawn.", sets.len(), scene.sets.len()));
    }
    if timesteps(sets) > PLACES_MOST {
        sentences.push(format!("Of {} timesteps {places} are drawn.", timesteps(sets)));
    }
    sentences.join(" ")
}

/// Names with bands.
type Bands = Vec<(String, Vec<Option<Band>>)>;

/// One band in place of several that are all the same; whether they are.
fn unless_the_same(mut bands: Bands) -> (Bands, bool) {
    let bits = |band: &Option<Band>| {
        let numbers = band.as_ref().map(|band| [band.low.number, band.middle.number, band.high.number]);
        numbers.map(|numbers| numbers.map(f64::to_bits))
    };
    let is_same = bands.windows(2).all(|pair| match pair {
        [(_, left), (_, right)] => left.iter().map(bits).eq(right.iter().map(bits)),
        _ => false,
    });
    if let Some((name, _)) = bands.first_mut().filter(|_| is_same) {
        "the same in all sets".clone_into(name);
        bands.truncate(1);
    }
    (bands, is_same)
}

/// The value that all bands have everywhere.
fn constant_of(bands: &[(String, Vec<Option<Band>>)]) -> Option<String> {
    let values = || bands.iter().flat_map(|(_, values)| values);
    let first = values().flatten().next()?;
    let is_same = |band: &Option<Band>| {
        let Some(band) = band else { return true };
        let numbers = [band.low.number, band.middle.number, band.high.number];
        numbers.into_iter().all(|number| number.total_cmp(&first.middle.number).is_eq())
    };
    values().all(is_same).then(|| first.middle.text.clone())
}

fn of_variable(
    variable: &Variable,
    description: String,
    places: &[usize],
    bands: Bands,
) -> Result<Option<Block>, Problems> {
    let said = Said { name: format!("course.{}", variable.name), title: title(variable), description };
    let at = numbers(places);
    let data = if bands.len() > TOGETHER_MOST {
        Data::Panels { at, panels: bands }
    } else {
        Data::Bands { at, bands }
    };
    chart(said, axes(text::words(variable.name)), data)
}

/// What the drawn sets come to at the end, as a sentence: numbers that are too large to be drawn too.
fn at_the_end(scene: &Scene<'_>, sets: &[&Set<'_>], bands: &Bands, variable: usize) -> String {
    let is_one = scene.sets.len() == 1;
    let told = |(set, (name, _)): (&&Set<'_>, &(String, _))| {
        let [low, middle, high] = set.timesteps().last()?.get(variable)?.quantiles.map(text::number);
        let range = if low == high { String::new() } else { format!(" (from {low} to {high})") };
        let value = format!("{middle}{range}");
        Some(if is_one { value } else { format!("{name}: {value}") })
    };
    let all: Vec<String> = sets.iter().zip(bands).take(NAMED_MOST).filter_map(told).collect();
    let more = if bands.len() > NAMED_MOST { " …" } else { "." };
    format!("At the end: {}{more}", all.join("; "))
}
