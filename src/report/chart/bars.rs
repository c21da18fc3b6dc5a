//! Lying bars, the first on top: one part each, or one part a series.

use kuva::plot::BarPlot;
use kuva::plot::bar::{BarGroup, BarValue};
use kuva::render::render::TextAnchor;

use super::axis::Scale;
use super::sheet::{Sheet, foot_of_text, line, numbers_below, path, room_at_end, text};
use super::svg::{Marks, Picture};
use super::words::{label, real, sum, widest, width};
use super::{Axes, Key, Value};

/// Most bars; the rest is one bar.
const BARS_MOST: usize = 30;
/// The height of a bar with the gap to the next.
const ROW: f64 = 22.0;
/// The part of a row that its bar fills.
const FILLED: f64 = 0.74;
/// Most room for a name.
const NAME_ROOM: f64 = 172.0;
/// Most room for a value behind its bar; where one is longer, numbers stand below instead.
const VALUE_ROOM: f64 = 130.0;

/// A bar, ready to be drawn.
struct Bar {
    name: String,
    parts: Vec<Value>,
    total: Value,
    /// By how much it is shortened: 1 where it is not.
    shrink: f64,
}

/// Draws bars of parts; as many parts as series.
pub fn draw(series: &[String], bars: Vec<(String, Vec<Value>)>, axes: &Axes) -> Picture {
    let stacked = series.len() > 1;
    let legend: Vec<Key> = if stacked { Key::all(series, false) } else { Vec::new() };
    let (bars, others, note) = folded(bars);
    let shown: Vec<&str> = bars.iter().map(|bar| bar.total.text.as_str()).collect();
    let spelled = widest(shown) + 10.0 <= VALUE_ROOM;
    let names: Vec<String> = bars.iter().map(|bar| label(&bar.name, NAME_ROOM)).collect();
    let scale = Scale::from_zero(bars.iter().flat_map(reach));
    let sheet = Sheet {
        keys: &legend,
        above: &axes.y,
        below: &axes.x,
        left: widest(names.iter().map(String::as_str)) + 14.0,
        right: if spelled { room_behind(&bars, &scale) } else { room_at_end(&scale) },
        foot: if spelled { 2.0 } else { 22.0 },
        height: real(bars.len()) * ROW,
    };
    let mut marks = Marks::default();
    let groups = bars.iter().enumerate().rev();
    let groups = groups.map(|(index, bar)| group(bar, series, others == Some(index), &scale, &mut marks));
    let plot =
        BarPlot { groups: groups.collect(), width: FILLED, stacked, horizontal: true, ..BarPlot::new() };
    let mut layout = sheet.layout((scale.low, scale.high), (0.5, real(bars.len()) + 0.5));
    layout = numbers_below(layout, &scale).with_y_categories(names.iter().rev().cloned().collect());
    layout.suppress_x_ticks = spelled;
    let mut scene = sheet.draw(vec![plot.into()], layout);
    let place = |number: f64| sheet.left + (number - scale.low) / (scale.high - scale.low) * sheet.across();
    if !spelled {
        let ticks = scale.ticks().into_iter().map(|tick| {
            let x = place(tick);
            line((x, sheet.top()), (x, sheet.top() + sheet.height), "class:line grid")
        });
        scene.elements.splice(0..0, ticks);
    }
    for (index, bar) in bars.iter().enumerate() {
        let middle = sheet.top() + (real(index) + 0.5) * ROW;
        let end = reach(bar).map(|number| place(scale.place(number))).into_iter().fold(0.0, f64::max);
        if bar.shrink < 1.0 {
            let x = end - 16.0;
            let (top, foot) = (middle - 12.0, middle + 12.0);
            scene.add(path(
                format!(
                    "M {} {top} L {} {foot} L {} {foot} L {} {top} Z",
                    x + 4.0,
                    x - 4.0,
                    x + 1.0,
                    x + 9.0
                ),
                "class:paper",
            ));
        }
        if spelled {
            scene.add(text(
                (end + 6.0, middle + foot_of_text()),
                bar.total.text.clone(),
                TextAnchor::Start,
                "",
            ));
        }
    }
    Picture { scene, marks, legend, note }
}

/// The bars that are drawn: the first 30, and one for all others, which may be shortened. Which one that
/// is, and what the reader must know.
fn folded(mut bars: Vec<(String, Vec<Value>)>) -> (Vec<Bar>, Option<usize>, String) {
    let rest = if bars.len() > BARS_MOST + 1 { bars.split_off(BARS_MOST) } else { Vec::new() };
    let bar = |(name, parts): (String, Vec<Value>)| {
        let total = sum(&parts);
        Bar { name, parts, total, shrink: 1.0 }
    };
    let mut bars: Vec<Bar> = bars.into_iter().map(bar).collect();
    if rest.is_empty() {
        return (bars, None, String::new());
    }
    let mut note = format!("The other {} are one bar.", rest.len());
    let mut others = bar((format!("{} others", rest.len()), fold_parts(&rest)));
    let most = bars.iter().map(|bar| bar.total.number.abs()).fold(0.0, f64::max);
    if others.total.number.abs() > most && most > 0.0 {
        others.shrink = most / others.total.number.abs();
        note.push_str(" It is shortened.");
    }
    bars.push(others);
    let last = bars.len() - 1;
    (bars, Some(last), note)
}

/// The sums of the parts of bars, part by part.
pub fn fold_parts(bars: &[(String, Vec<Value>)]) -> Vec<Value> {
    let parts = bars.first().map_or(0, |(_, parts)| parts.len());
    (0..parts)
        .map(|part| sum(bars.iter().filter_map(move |(_, parts)| parts.get(part)).collect::<Vec<_>>()))
        .collect()
}

/// From where to where a bar goes, in numbers.
fn reach(bar: &Bar) -> [f64; 2] {
    let mut at = 0.0;
    let mut reach = [0.0_f64, 0.0];
    for part in &bar.parts {
        at += part.number * bar.shrink;
        reach = [reach[0].min(at), reach[1].max(at)];
    }
    reach
}

/// The room behind the longest bars for their values: a long value behind a short bar needs none.
fn room_behind(bars: &[Bar], scale: &Scale) -> f64 {
    let share = |bar: &Bar| (scale.place(reach(bar)[1]) - scale.low) / (scale.high - scale.low);
    // The marks are about half as wide as the drawing; what is free behind a bar holds a part of its value.
    let needed = |bar: &Bar| width(&bar.total.text) + 12.0 - (1.0 - share(bar)) * 120.0;
    bars.iter().map(needed).fold(16.0, f64::max)
}

/// A bar for kuva, its parts tagged.
fn group(bar: &Bar, series: &[String], is_rest: bool, scale: &Scale, marks: &mut Marks) -> BarGroup {
    let part = |(index, value): (usize, &Value)| {
        let (classes, hover) = match series.get(index).filter(|_| series.len() > 1) {
            Some(name) => (Key::class(series, index), format!("{}, {name}: {}", bar.name, value.text)),
            None => {
                (if is_rest { "other" } else { "s0" }.to_owned(), format!("{}: {}", bar.name, value.text))
            }
        };
        let drawn = value.number * bar.shrink;
        BarValue { value: scale.place(drawn), color: marks.add(&classes, hover) }
    };
    BarGroup { label: String::new(), bars: bar.parts.iter().enumerate().map(part).collect() }
}
