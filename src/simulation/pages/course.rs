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
        let bands = unless_the_same(bands);
        if let Some(value) = constant_of(&bands) {
            constant.push(format!("{} ({}): {value}", title(variable), text::words(variable.name)));
            continue;
        }
        blocks.extend(of_variable(scene, variable, &places, bands)?);
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
        format!(
            "The line is the median of {}: half of them lie above it, half below. The shaded area holds nine of \
             ten runs: those between 5 % and 95 %.",
            scene.runs()
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

/// One band in place of several that are all the same.
fn unless_the_same(mut bands: Vec<(String, Vec<Option<Band>>)>) -> Vec<(String, Vec<Option<Band>>)> {
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
    bands
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
    scene: &Scene<'_>,
    variable: &Variable,
    places: &[usize],
    bands: Vec<(String, Vec<Option<Band>>)>,
) -> Result<Option<Block>, Problems> {
    let said = Said {
        name: format!("course.{}", variable.name),
        title: title(variable),
        description: at_the_end(scene, &bands),
    };
    let at = numbers(places);
    let data = if bands.len() > TOGETHER_MOST {
        Data::Panels { at, panels: bands }
    } else {
        Data::Bands { at, bands }
    };
    chart(said, axes(text::words(variable.name)), data)
}

/// What the bands come to at the end, as a sentence.
fn at_the_end(scene: &Scene<'_>, bands: &[(String, Vec<Option<Band>>)]) -> String {
    let is_one = scene.sets.len() == 1;
    let told = |(name, values): &(String, Vec<Option<Band>>)| {
        let last = values.iter().rev().flatten().next()?;
        let range = if last.low.text == last.high.text {
            String::new()
        } else {
            format!(" (from {} to {})", last.low.text, last.high.text)
        };
        let value = format!("{}{range}", last.middle.text);
        Some(if is_one { value } else { format!("{name}: {value}") })
    };
    let all: Vec<String> = bands.iter().take(NAMED_MOST).filter_map(told).collect();
    let more = if bands.len() > NAMED_MOST { " …" } else { "." };
    format!("At the end: {}{more}", all.join("; "))
}
