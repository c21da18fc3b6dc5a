//! What the sections of a simulation's page are put together from: charts over timesteps, the sets of
//! parameters that are drawn.

use super::super::engine::Variable;
use super::super::summary::Statistics;
use super::{Scene, Set, text};
use crate::error::Problems;
use crate::report::chart::{Axes, Band, Data, Plot, Value, draw};
use crate::report::page::Block;

/// Most timesteps that a chart has a place for; of more, evenly chosen ones.
pub const PLACES_MOST: usize = 101;
/// Numbers further from zero are not drawn: sums of some of them would be no numbers.
const DRAWN_MOST: f64 = 1e290;
/// The title of the axis of all charts over time.
pub const TIME: &str = "timestep";

/// Which of `count` timesteps are drawn: all, or evenly chosen ones, the first and the last always.
pub fn places(count: usize) -> Vec<usize> {
    if count <= PLACES_MOST {
        return (0..count).collect();
    }
    let (last, steps) = (count - 1, PLACES_MOST - 1);
    (0..PLACES_MOST).map(|place| last / steps * place + last % steps * place / steps).collect()
}

/// Places as numbers.
pub fn numbers(places: &[usize]) -> Vec<f64> {
    places.iter().map(|place| *place as f64).collect()
}

/// How many timesteps the page has to show: those of the set that came furthest.
pub fn timesteps(sets: &[&Set<'_>]) -> usize {
    sets.iter().map(|set| set.timesteps().len()).max().unwrap_or(0)
}

/// A number, and how it reads; none where it cannot be drawn.
pub fn value(number: f64) -> Option<Value> {
    let is_drawn = number.is_finite() && number.abs() <= DRAWN_MOST;
    is_drawn.then(|| Value { number: number + 0.0, text: text::number(number) })
}

/// A share between 0 and 1 as percent.
pub fn percent(share: f64) -> Option<Value> {
    let number = share * 100.0;
    value(number).map(|value| Value { text: format!("{} %", value.text), ..value })
}

/// A band of quantiles; none where one cannot be drawn.
pub fn band(quantiles: [f64; 3], value: fn(f64) -> Option<Value>) -> Option<Band> {
    let [low, middle, high] = quantiles;
    Some(Band { low: value(low)?, middle: value(middle)?, high: value(high)? })
}

/// A line as a band that does not vary.
pub fn flat(value: Value) -> Band {
    Band { low: value.clone(), middle: value.clone(), high: value }
}

/// The statistics of a variable of a set at some timesteps.
pub fn statistics<'a>(set: &Set<'a>, places: &[usize], variable: usize) -> Vec<Option<&'a Statistics>> {
    let of = |place: &usize| set.timesteps().get(*place).and_then(|all| all.get(variable));
    places.iter().map(of).collect()
}

/// A variable of a set over time.
pub fn course(set: &Set<'_>, places: &[usize], variable: usize) -> Vec<Option<Band>> {
    let of = |of: Option<&Statistics>| of.and_then(|statistics| band(statistics.quantiles, value));
    statistics(set, places, variable).into_iter().map(of).collect()
}

/// The title of a variable: what it says.
pub fn title(variable: &Variable) -> String {
    text::capital(variable.meaning)
}

/// The axes of a chart over time.
pub fn axes(y: impl Into<String>) -> Axes {
    Axes { x: TIME.to_owned(), y: y.into(), ..Axes::default() }
}

/// What a chart is called and what it says.
pub struct Said {
    /// The name of its file.
    pub name: String,
    /// The title.
    pub title: String,
    /// One sentence with the main numbers.
    pub description: String,
}

/// Draws a chart; none where there is nothing to draw.
pub fn chart(said: Said, axes: Axes, data: Data) -> Result<Option<Block>, Problems> {
    let Said { name, title, description } = said;
    Ok(draw(Plot { name, title, description, axes, data })?.map(Block::Chart))
}

/// The sets whose first run is drawn: all of two, the first and the last of more.
pub fn drawn<'s, 'a>(scene: &'s Scene<'a>) -> Vec<&'s Set<'a>> {
    let runs: Vec<&Set<'a>> = scene.sets.iter().filter(|set| set.first.is_some()).collect();
    match runs.as_slice() {
        [] => Vec::new(),
        [only] => vec![only],
        [first, .., last] => vec![first, last],
    }
}

/// What the reader must know of the sets that are not drawn one by one.
pub fn left_out(scene: &Scene<'_>, drawn: &[&Set<'_>]) -> Option<Block> {
    let is_some = scene.sets.len() > drawn.len() && !drawn.is_empty();
    is_some.then(|| {
        Block::text(format!(
            "Of the {} sets of parameters the first and the last are drawn here.",
            scene.sets.len()
        ))
    })
}

/// `: name of the set`, where there is more than one.
pub fn of_set(scene: &Scene<'_>, set: &Set<'_>) -> String {
    if scene.sets.len() > 1 { format!(": {}", set.label) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_timestep_are_drawn() {
        assert_eq!(places(0), Vec::<usize>::new());
        assert_eq!(places(101), (0..101).collect::<Vec<_>>());
        for count in [102, 1_001, 1_000_001] {
            let places = places(count);
            assert_eq!((places.len(), places[0], places[100]), (PLACES_MOST, 0, count - 1));
            assert!(places.is_sorted_by(|left, right| left < right));
        }
    }

    #[test]
    fn what_is_no_number_is_not_drawn() {
        for number in [f64::NAN, f64::INFINITY, -1e300] {
            assert!(value(number).is_none());
        }
        assert_eq!(value(-0.0).unwrap().text, "0");
    }
}
