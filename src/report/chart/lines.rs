//! Lines over a sequence, and points with a straight line through them.

use std::collections::BTreeMap;

use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::plots::Plot as Drawn;

use super::axis::Scale;
use super::columns::{HEIGHT, HOVERS_MOST, Labels};
use super::sheet::{Sheet, numbers_below, numbers_beside, room_beside};
use super::svg::{Marks, Picture};
use super::words::{real, tenths};
use super::{Axes, Key, Value};

/// Most points of the lines that have no colour of their own.
const FAINT_POINTS_MOST: usize = 3_000;
/// The side of the squares of which each has one dot, where there are too many points, in tenths.
const SQUARE: i64 = 60;

/// A point, as the chart gets it: from the left, from below, what the reader is told.
type Point = (f64, f64, String);
/// Lines, as the chart gets them.
type Named = (String, Vec<Option<Value>>);

/// Draws lines over labels: up to eight in colours; of more the first seven, the others faint. None where
/// there is no value.
pub fn lines(labels: &[String], lines: &[Named], axes: &Axes) -> Option<Picture> {
    if lines.iter().all(|(_, values)| values.iter().all(Option::is_none)) {
        return None;
    }
    let coloured = if lines.len() > Key::MOST { Key::MOST - 1 } else { lines.len() };
    let (first, faint) = lines.split_at(coloured);
    let faint_most = FAINT_POINTS_MOST / labels.len().max(1);
    let names: Vec<String> = first.iter().map(|(name, _)| name.clone()).collect();
    let mut legend = if lines.len() > 1 { Key::all(&names, true) } else { Vec::new() };
    let mut note = String::new();
    if !faint.is_empty() {
        let name = format!("{} others", faint.len());
        legend.push(Key { name, class: "other".to_owned(), is_line: true });
    }
    if faint.len() > faint_most {
        note = format!("Of the {} other lines {faint_most} are drawn.", faint.len());
    }
    let drawn = || lines.iter().take(coloured + faint_most);
    let numbers = drawn().flat_map(|(_, values)| values.iter().flatten()).map(|value| value.number);
    let up = Scale::of(numbers.collect::<Vec<f64>>().into_iter(), axes.y_log);
    let places: Vec<&str> = labels.iter().map(String::as_str).collect();
    let below = Labels::new(&places, room_beside(&up));
    let sheet = Sheet {
        keys: &legend,
        above: &axes.y,
        below: &axes.x,
        left: below.left,
        right: 12.0,
        foot: below.foot,
        height: HEIGHT,
    };
    let mut marks = Marks::default();
    let mut plots = Vec::new();
    for (name, values) in faint.iter().take(faint_most) {
        let tag = marks.add("line faint other", name.clone());
        plots.extend(pieces(values, &up, axes.y_log).map(|piece| line_of(piece, &tag)));
    }
    for (index, (_, values)) in first.iter().enumerate() {
        let tag = format!("class:line {}", Key::class(&names, index));
        plots.extend(pieces(values, &up, axes.y_log).map(|piece| line_of(piece, &tag)));
    }
    let tagged = first.len() * labels.len() <= HOVERS_MOST;
    for (index, (name, values)) in first.iter().enumerate() {
        let alone = pieces(values, &up, axes.y_log).any(|piece| piece.len() == 1);
        if !tagged && !alone {
            continue;
        }
        let class = Key::class(&names, index);
        let mut tags = Vec::new();
        let mut points = Vec::new();
        for (place, value) in values.iter().enumerate() {
            let Some(value) = value.as_ref().filter(|value| !axes.y_log || value.number > 0.0) else {
                continue;
            };
            let label = labels.get(place).map_or("", String::as_str);
            let hover = format!("{name}, {label}: {}", value.text);
            tags.push(marks.add(&class, tagged.then_some(hover)));
            points.push((real(place) + 1.0, up.place(value.number)));
        }
        plots.push(dots(points, tags, 3.0));
    }
    let layout = sheet.layout((0.5, real(labels.len()) + 0.5), (up.low, up.high));
    let scene = sheet.draw(plots, below.below(numbers_beside(layout, &up)));
    Some(Picture { scene, marks, legend, note })
}

/// The stretches of a line between its gaps, as places.
fn pieces(values: &[Option<Value>], up: &Scale, logarithmic: bool) -> impl Iterator<Item = Vec<(f64, f64)>> {
    let mut pieces = vec![Vec::new()];
    for (place, value) in values.iter().enumerate() {
        match value.as_ref().filter(|value| !logarithmic || value.number > 0.0) {
            Some(value) => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push((real(place) + 1.0, up.place(value.number)));
                }
            }
            None => pieces.push(Vec::new()),
        }
    }
    pieces.into_iter().filter(|piece| !piece.is_empty())
}

/// A line through points.
pub fn line_of(points: Vec<(f64, f64)>, tag: &str) -> Drawn {
    LinePlot::new().with_data(points).with_color(tag).into()
}

/// Dots, each with its tag.
pub fn dots(points: Vec<(f64, f64)>, tags: Vec<String>, radius: f64) -> Drawn {
    ScatterPlot::new().with_data(points).with_colors(tags).with_size(radius).into()
}

/// Draws points: horizontal value, vertical value, hover text; and a line: slope and intercept.
/// None where there is no point.
pub fn scatter(points: &[Point], line: Option<(f64, f64)>, axes: &Axes) -> Option<Picture> {
    let shown = |(x, y, _): &&Point| !(axes.x_log && *x <= 0.0 || axes.y_log && *y <= 0.0);
    let across = Scale::of(points.iter().filter(shown).map(|point| point.0), axes.x_log);
    let up = Scale::of(points.iter().filter(shown).map(|point| point.1), axes.y_log);
    let hidden = points.len() - points.iter().filter(shown).count();
    if hidden == points.len() {
        return None;
    }
    let note = match hidden {
        0 => String::new(),
        1 => "One point at zero is not drawn: the scale has no zero.".to_owned(),
        _ => format!("{hidden} points at zero are not drawn: the scale has no zero."),
    };
    let sheet = Sheet::of_numbers(axes, &across, &up, HEIGHT);
    let mut marks = Marks::default();
    let mut plots = Vec::new();
    if let Some(ends) =
        line.filter(|_| !axes.x_log && !axes.y_log).and_then(|line| within(line, &across, &up, points))
    {
        plots.push(line_of(ends.to_vec(), "class:line trend"));
    }
    let place = |(x, y, _): &Point| (across.place(*x), up.place(*y));
    if points.len() - hidden <= HOVERS_MOST {
        // Points on one spot are one mark that tells of all of them.
        let mut spots: BTreeMap<(i64, i64), Vec<&Point>> = BTreeMap::new();
        for point in points.iter().filter(shown) {
            spots.entry(spot(place(point), (&across, &up), &sheet)).or_default().push(point);
        }
        let told = |point: &Vec<&Point>| {
            let first: Vec<&str> = point.iter().take(5).map(|point| point.2.as_str()).collect();
            let more = point.len() - first.len();
            if more > 0 { format!("{}; {more} more", first.join("; ")) } else { first.join("; ") }
        };
        let tags = spots.values().map(|point| marks.add("s0 point", told(point))).collect();
        let places = spots.values().filter_map(|point| point.first().map(|point| place(point))).collect();
        plots.push(dots(places, tags, 4.0));
    } else {
        let mut squares: BTreeMap<(i64, i64), (f64, f64)> = BTreeMap::new();
        for point in points.iter().filter(shown) {
            let (x, y) = spot(place(point), (&across, &up), &sheet);
            squares.entry((x.div_euclid(SQUARE), y.div_euclid(SQUARE))).or_insert_with(|| place(point));
        }
        let tag = marks.add("s0 point", None);
        plots.push(
            ScatterPlot::new().with_data(squares.into_values().collect::<Vec<_>>()).with_color(tag).into(),
        );
    }
    let layout = sheet.layout((across.low, across.high), (up.low, up.high));
    let scene = sheet.draw(plots, numbers_below(numbers_beside(layout, &up), &across));
    Some(Picture { scene, marks, legend: Vec::new(), note })
}

/// Where a place stands in the drawing, in tenths.
fn spot((x, y): (f64, f64), (across, up): (&Scale, &Scale), sheet: &Sheet<'_>) -> (i64, i64) {
    let share = |at: f64, scale: &Scale| (at - scale.low) / (scale.high - scale.low);
    (tenths(share(x, across) * sheet.across()), tenths(share(y, up) * sheet.height))
}

/// The part of a line that stands over the points and on the axes: its two ends.
fn within(
    (slope, intercept): (f64, f64),
    across: &Scale,
    up: &Scale,
    points: &[Point],
) -> Option<[(f64, f64); 2]> {
    let least = points.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
    let at = |x: f64| (across.place(x), up.place(slope * x + intercept));
    let ends = [at(least), at(most)];
    let ends = cut(ends, up.low, |y| y < up.low)?;
    cut(ends, up.high, |y| y > up.high)
}

/// The part of a line on one side of a bound.
fn cut(ends: [(f64, f64); 2], bound: f64, is_outside: impl Fn(f64) -> bool) -> Option<[(f64, f64); 2]> {
    let [from, to] = ends;
    if !from.1.is_finite() || !to.1.is_finite() {
        return None;
    }
    let crossing = (from.0 + (bound - from.1) / (to.1 - from.1) * (to.0 - from.0), bound);
    match (is_outside(from.1), is_outside(to.1)) {
        (false, false) => Some(ends),
        (true, false) => Some([crossing, to]),
        (false, true) => Some([from, crossing]),
        (true, true) => None,
    }
}
