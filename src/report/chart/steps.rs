//! Quantities over a number that goes from left to right, such as timesteps: bands of quantiles, and
//! areas on top of each other.

use super::axis::Scale;
use super::columns::HEIGHT;
use super::lines::{dots, line_of};
use super::sheet::{Sheet, path};
use super::svg::{Marks, Picture};
use super::words::{decimal, real};
use super::{Axes, Band, Key, Value};

/// Most areas; behind them come the classes of the lines.
pub const AREAS_MOST: usize = 6;
/// Most lines over areas.
pub const LINES_MOST: usize = 2;
/// Most places of a line that tell their value.
const TOLD_MOST: usize = 24;
/// How many places tell their value where there are more.
const TOLD: usize = 11;

/// A named band, as the chart gets it.
pub type NamedBand = (String, Vec<Option<Band>>);
/// A named line, as the chart gets it.
pub type NamedLine = (String, Vec<Option<Value>>);

/// Draws up to eight bands: an area from the low to the high value, a line through the middle ones.
/// None where there is no value.
pub fn bands(at: &[f64], bands: &[NamedBand], axes: &Axes) -> Option<Picture> {
    let shown = bands.get(..Key::MOST).unwrap_or(bands);
    let numbers: Vec<f64> = numbers(shown).collect();
    if numbers.is_empty() {
        return None;
    }
    let (across, up) = (Scale::exact(at.iter().copied(), false), Scale::of(numbers.into_iter(), false));
    let names: Vec<String> = shown.iter().map(|(name, _)| name.clone()).collect();
    let legend = if shown.len() > 1 { Key::all(&names, true) } else { Vec::new() };
    let sheet = Sheet { keys: &legend, ..Sheet::of_numbers(axes, &across, &up, HEIGHT) };
    let ground = Ground { frame: sheet.frame(), across: &across, up: &up };
    let mut marks = Marks::default();
    let (mut areas, mut lines, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (name, band)) in shown.iter().enumerate() {
        let class = Key::class(&names, index);
        for piece in pieces(at, band) {
            areas.extend(ground.area(&piece).map(|data| path(data, &format!("class:flow k2 {class}"))));
            let line: Vec<(f64, f64)> =
                piece.iter().map(|(x, band)| (across.place(*x), up.place(band.middle.number))).collect();
            lines.push(line_of(line, &format!("class:line {class}")));
        }
        let (mut places, mut tags) = (Vec::new(), Vec::new());
        for place in told(at.len()) {
            let (Some(x), Some(Some(band))) = (at.get(place), band.get(place)) else { continue };
            let hover = format!("{name}, {} {}: {}", axes.x, decimal(*x), band.told());
            tags.push(marks.add(&class, hover));
            places.push((across.place(*x), up.place(band.middle.number)));
        }
        if !places.is_empty() {
            points.push(dots(places, tags, 3.0));
        }
    }
    lines.extend(points);
    let mut scene = sheet.draw_on(lines, &across, &up);
    scene.elements.splice(0..0, areas);
    let note = match bands.len() - shown.len() {
        0 => String::new(),
        _ => format!("The first {} of {} are drawn.", shown.len(), bands.len()),
    };
    Some(Picture { scene, marks, legend, note })
}

/// Draws areas on top of each other, the first at the bottom, and lines over them. None where there are
/// fewer than two places or nothing above zero.
pub fn areas(
    at: &[f64],
    areas: &[(String, Vec<Value>)],
    lines: &[NamedLine],
    axes: &Axes,
) -> Option<Picture> {
    let areas = areas.get(..AREAS_MOST).unwrap_or(areas);
    let lines = lines.get(..LINES_MOST).unwrap_or(lines);
    let number =
        |values: &[Value], place: usize| values.get(place).map_or(0.0, |value| value.number.max(0.0));
    let sums = (0..at.len()).map(|place| areas.iter().map(|(_, values)| number(values, place)).sum::<f64>());
    let over = lines.iter().flat_map(|(_, values)| values.iter().flatten()).map(|value| value.number);
    let numbers: Vec<f64> = sums.chain(over).collect();
    if at.len() < 2 || numbers.iter().all(|number| *number <= 0.0) {
        return None;
    }
    let (across, up) = (Scale::exact(at.iter().copied(), false), Scale::from_zero(numbers.into_iter()));
    let key = |(index, name): (usize, &String), first: usize, is_line: bool| Key {
        name: name.clone(),
        class: format!("s{}", first + index),
        is_line,
    };
    // What is nothing everywhere is not seen, and needs no name.
    let is_seen =
        |(_, (_, values)): &(usize, &(String, Vec<Value>))| values.iter().any(|value| value.number > 0.0);
    let legend: Vec<Key> = areas
        .iter()
        .enumerate()
        .filter(is_seen)
        .map(|(index, (name, _))| key((index, name), 0, false))
        .chain(lines.iter().enumerate().map(|(index, (name, _))| key((index, name), AREAS_MOST, true)))
        .collect();
    let sheet = Sheet { keys: &legend, ..Sheet::of_numbers(axes, &across, &up, HEIGHT) };
    let ground = Ground { frame: sheet.frame(), across: &across, up: &up };
    let mut marks = Marks::default();
    let mut below = vec![0.0; at.len()];
    let mut drawn = Vec::new();
    for (index, (name, values)) in areas.iter().enumerate() {
        let above: Vec<f64> =
            below.iter().enumerate().map(|(place, low)| low + number(values, place)).collect();
        if above != below {
            let last = values.last().map_or("", |value| value.text.as_str());
            let tag = marks.add(&format!("bin s{index}"), format!("{name}: {last} at the end"));
            drawn.push(path(ground.between(at, &below, &above), &tag));
        }
        below = above;
    }
    // kuva draws axes beside a plot only: a line that is not seen is one.
    let mut plots = vec![line_of(vec![(across.low, up.low), (across.high, up.low)], "class:none")];
    for (index, (name, values)) in lines.iter().enumerate() {
        let class = format!("s{}", AREAS_MOST + index);
        for piece in pieces(at, values) {
            let line = piece.iter().map(|(x, value)| (across.place(*x), up.place(value.number))).collect();
            plots.push(line_of(line, &format!("class:line {class}")));
        }
        let told = told(at.len()).filter_map(|place| Some((at.get(place)?, values.get(place)?.as_ref()?)));
        let (places, tags): (Vec<(f64, f64)>, Vec<String>) = told
            .map(|(x, value)| {
                let hover = format!("{name}, {} {}: {}", axes.x, decimal(*x), value.text);
                ((across.place(*x), up.place(value.number)), marks.add(&class, hover))
            })
            .unzip();
        if !places.is_empty() {
            plots.push(dots(places, tags, 3.0));
        }
    }
    let mut scene = sheet.draw_on(plots, &across, &up);
    scene.elements.splice(0..0, drawn);
    Some(Picture { scene, marks, legend, note: String::new() })
}

impl Band {
    /// Whether it is no more than a line.
    pub(super) fn is_flat(&self) -> bool {
        self.high.number - self.low.number <= 0.0
    }

    /// How it reads.
    pub(super) fn told(&self) -> String {
        if self.is_flat() {
            return self.middle.text.clone();
        }
        format!("{} ({} to {})", self.middle.text, self.low.text, self.high.text)
    }
}

/// All numbers of bands.
pub fn numbers(bands: &[NamedBand]) -> impl Iterator<Item = f64> {
    let all = bands.iter().flat_map(|(_, values)| values.iter().flatten());
    all.flat_map(|band| [band.low.number, band.middle.number, band.high.number])
}

/// The places that tell their value.
fn told(count: usize) -> impl Iterator<Item = usize> {
    let many = count > TOLD_MOST;
    let steps = if many { TOLD } else { count };
    (0..steps).map(move |step| if many { step * (count - 1) / (TOLD - 1) } else { step })
}

/// The stretches of a sequence between its gaps, with their places from left to right.
pub fn pieces<'a, T>(at: &[f64], values: &'a [Option<T>]) -> Vec<Vec<(f64, &'a T)>> {
    let mut pieces = vec![Vec::new()];
    for (x, value) in at.iter().zip(values) {
        match (value, pieces.last_mut()) {
            (Some(value), Some(piece)) => piece.push((*x, value)),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Where numbers stand in the drawing.
pub struct Ground<'a> {
    /// Left, top, width and height of the marks.
    pub frame: [f64; 4],
    /// The scale from left to right.
    pub across: &'a Scale,
    /// The scale from the bottom up.
    pub up: &'a Scale,
}

impl Ground<'_> {
    /// From left to right.
    pub fn x(&self, number: f64) -> f64 {
        let [left, _, width, _] = self.frame;
        left + (self.across.place(number) - self.across.low) / (self.across.high - self.across.low) * width
    }

    /// From the top down.
    pub fn y(&self, number: f64) -> f64 {
        let [_, top, _, height] = self.frame;
        top + (self.up.high - self.up.place(number)) / (self.up.high - self.up.low) * height
    }

    /// A line through points.
    pub fn line(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut data = String::new();
        for (x, y) in points {
            let command = if data.is_empty() { "M" } else { " L" };
            data.push_str(&format!("{command} {} {}", self.x(x), self.y(y)));
        }
        data
    }

    /// The area of a stretch of a band; none where it is no more than a line.
    pub fn area(&self, piece: &[(f64, &Band)]) -> Option<String> {
        if piece.iter().all(|(_, band)| band.is_flat()) {
            return None;
        }
        let high = piece.iter().map(|(x, band)| (*x, band.high.number));
        let low = piece.iter().rev().map(|(x, band)| (*x, band.low.number));
        Some(self.line(high.chain(low)) + " Z")
    }

    /// The area between two sequences.
    fn between(&self, at: &[f64], below: &[f64], above: &[f64]) -> String {
        let high = at.iter().copied().zip(above.iter().copied());
        let low = at.iter().copied().zip(below.iter().copied()).rev();
        self.line(high.chain(low)) + " Z"
    }
}

/// How many places of an axis are so far from each other that labels of `widest` fit.
pub fn every(count: usize, room: f64, widest: f64) -> usize {
    (1..=count.max(1)).find(|every| real(*every) * room / real(count.max(2) - 1) >= widest).unwrap_or(1)
}
