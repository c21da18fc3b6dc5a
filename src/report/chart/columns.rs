//! Standing bars: histograms, and parts of one series each over a sequence.

use kuva::plot::bar::{BarGroup, BarValue};
use kuva::plot::{BarPlot, Histogram};
use kuva::render::layout::Layout;

use super::axis::Scale;
use super::sheet::{Sheet, numbers_below, numbers_beside, room_beside};
use super::svg::{Marks, Picture};
use super::words::{decimal, label, real, widest};
use super::{Axes, Key, Value};

/// The height of the marks of a chart with numbers on its vertical axis.
pub const HEIGHT: f64 = 240.0;
/// Most marks with a hover text each.
pub const HOVERS_MOST: usize = 300;

/// Draws a histogram: lower bound, upper bound, count.
pub fn histogram(bins: &[(f64, f64, Value)], axes: &Axes) -> Picture {
    let edges = bins.iter().flat_map(|(low, high, _)| [*low, *high]);
    let across = Scale::exact(edges, axes.x_log);
    let up = Scale::from_zero(bins.iter().map(|(_, _, count)| count.number));
    let sheet = Sheet::of_numbers(axes, &across, &up, HEIGHT);
    let mut marks = Marks::default();
    let tagged = bins.len() <= HOVERS_MOST;
    // One histogram a bin: bins may be of any width, with gaps between them.
    let plots = bins.iter().map(|(low, high, count)| {
        let hover = format!("{} to {}: {}", decimal(*low), decimal(*high), count.text);
        let edges = vec![across.place(*low), across.place(*high)];
        let color = marks.add("s0 bin", tagged.then_some(hover));
        Histogram::from_bins(edges, vec![up.place(count.number)]).with_color(color).into()
    });
    let plots = plots.collect();
    let layout = sheet.layout((across.low, across.high), (up.low, up.high));
    let scene = sheet.draw(plots, numbers_below(numbers_beside(layout, &up), &across));
    Picture { scene, marks, legend: Vec::new(), note: String::new() }
}

/// Draws columns of parts: on top of each other, or side by side where `apart` or where a part is
/// negative.
pub fn columns(series: &[String], columns: &[(String, Vec<Value>)], apart: bool, axes: &Axes) -> Picture {
    let parts = || columns.iter().flat_map(|(_, parts)| parts);
    let apart = apart || parts().any(|part| part.number < 0.0);
    let legend = if series.len() > 1 { Key::all(series, false) } else { Vec::new() };
    let sums = columns.iter().map(|(_, parts)| parts.iter().map(|part| part.number).sum());
    let up = if apart {
        Scale::from_zero(parts().map(|part| part.number))
    } else {
        Scale::from_zero(sums.collect::<Vec<f64>>().into_iter())
    };
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let labels = Labels::new(&names, room_beside(&up));
    let sheet = Sheet {
        keys: &legend,
        above: &axes.y,
        below: &axes.x,
        left: labels.left,
        right: 12.0,
        foot: labels.foot,
        height: HEIGHT,
    };
    let tagged = columns.len() * series.len() <= HOVERS_MOST;
    let mut marks = Marks::default();
    let mut group = |(name, parts): &(String, Vec<Value>)| {
        let bar = |(index, part): (usize, &Value)| {
            let hover = match series.get(index).filter(|_| series.len() > 1) {
                Some(series) => format!("{name}, {series}: {}", part.text),
                None => format!("{name}: {}", part.text),
            };
            let classes = Key::class(series, index);
            BarValue { value: up.place(part.number), color: marks.add(&classes, tagged.then_some(hover)) }
        };
        BarGroup { label: String::new(), bars: parts.iter().enumerate().map(bar).collect() }
    };
    let groups = columns.iter().map(&mut group).collect();
    let plot = BarPlot { groups, width: 0.8, stacked: !apart, ..BarPlot::new() };
    // Few columns stand in the middle rather than be as wide as walls.
    let beside = 0.5 + (4.0 - real(columns.len())).max(0.0) / 2.0;
    let layout = sheet.layout((1.0 - beside, real(columns.len()) + beside), (up.low, up.high));
    let layout = labels.below(numbers_beside(layout, &up));
    let scene = sheet.draw(vec![plot.into()], layout);
    Picture { scene, marks, legend, note: String::new() }
}

/// The labels of a sequence below its places: level where they fit, else aslant, and not all of them
/// where there are many.
pub struct Labels {
    /// The labels; empty where there is no room for one.
    pub texts: Vec<String>,
    /// The angle, in degrees, where they are aslant.
    pub angle: Option<f64>,
    /// Room left of the marks.
    pub left: f64,
    /// Room below the marks.
    pub foot: f64,
}

/// From one label aslant to the next, at the least.
const ASLANT: f64 = 22.0;
/// Sine and cosine of the angle of labels aslant, 40 degrees.
const SLOPE: (f64, f64) = (0.6428, 0.766);

impl Labels {
    /// Labels right of a vertical axis that needs `left`.
    pub fn new(names: &[&str], left: f64) -> Self {
        let step = (super::sheet::WIDTH - left - 12.0) / real(names.len().max(1));
        let level: Vec<String> = names.iter().map(|name| label(name, 400.0)).collect();
        // Short labels stay level, even where not all have room.
        let longest = widest(level.iter().map(String::as_str)) + 10.0;
        let every = (longest / step).ceil().max(1.0);
        if every <= 1.0 || longest <= 50.0 {
            let texts = level.into_iter().enumerate();
            let texts =
                texts.map(|(index, text)| if real(index) % every == 0.0 { text } else { String::new() });
            return Self { texts: texts.collect(), angle: None, left, foot: 22.0 };
        }
        let every = (1..=names.len()).find(|every| real(*every) * step >= ASLANT).unwrap_or(1);
        let cut = |(index, name): (usize, &&str)| {
            if index % every == 0 { label(name, 110.0) } else { String::new() }
        };
        let texts: Vec<String> = names.iter().enumerate().map(cut).collect();
        let longest = widest(texts.iter().map(String::as_str));
        // The first label goes back below the vertical axis.
        let first = texts.first().map_or(0.0, |text| super::words::width(text)) * SLOPE.1 - step / 2.0 + 14.0;
        Self { angle: Some(-40.0), left: left.max(first), foot: longest * SLOPE.0 + 22.0, texts }
    }

    /// The layout with these labels below.
    pub fn below(&self, layout: Layout) -> Layout {
        let layout = layout.with_x_categories(self.texts.clone());
        match self.angle {
            Some(angle) => layout.with_x_tick_rotate(angle),
            None => layout,
        }
    }
}
