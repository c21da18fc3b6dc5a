//! Boxes, one a name: the middle half of the values, the median, whiskers, and what lies outside.

use kuva::plot::boxplot::{BoxGroup, BoxPlot};
use kuva::plot::scatter::ScatterPlot;

use super::Axes;
use super::axis::Scale;
use super::sheet::{Sheet, line, numbers_below, room_at_end};
use super::svg::{Marks, Picture};
use super::words::{decimal, label, real, widest};

/// Most boxes.
pub const NAMES_MOST: usize = 40;
/// Most outliers with a hover text each.
const OUTLIERS_MOST: usize = 300;

/// What a box shows: the same quartiles as kuva's, between neighbours in proportion.
#[derive(Debug, Clone)]
pub struct Five {
    /// The values in ascending order.
    pub sorted: Vec<f64>,
    /// A quarter of the values is not above it.
    pub lower: f64,
    /// Half of the values are not above it.
    pub median: f64,
    /// Three quarters of the values are not above it.
    pub upper: f64,
}

impl Five {
    /// The five numbers of values; none where there are no values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |quarters: usize| {
            let rank = quarters * (sorted.len() - 1);
            let (low, rest) = (rank / 4, real(rank % 4) / 4.0);
            let low_value = sorted.get(low)?;
            let high_value = sorted.get(low + 1).unwrap_or(low_value);
            Some(low_value * (1.0 - rest) + high_value * rest)
        };
        if sorted.is_empty() {
            return None;
        }
        let (lower, median, upper) = (at(1)?, at(2)?, at(3)?);
        Some(Self { sorted, lower, median, upper })
    }

    /// The values that lie more than one and a half boxes outside the box.
    fn outliers(&self) -> impl Iterator<Item = f64> {
        let reach = 1.5 * (self.upper - self.lower);
        let (low, high) = (self.lower - reach, self.upper + reach);
        self.sorted.iter().copied().filter(move |value| *value < low || *value > high)
    }
}

/// Draws boxes, the first on top. None where there are no values.
pub fn draw(boxes: &[(String, Vec<f64>)], axes: &Axes) -> Option<Picture> {
    let all: Vec<(&str, Five)> =
        boxes.iter().filter_map(|(name, values)| Some((name.as_str(), Five::of(values)?))).collect();
    let shown = all.get(..all.len().min(NAMES_MOST)).unwrap_or_default();
    if shown.is_empty() {
        return None;
    }
    let note = if all.len() > shown.len() {
        format!("The first {} of {} are drawn.", shown.len(), all.len())
    } else {
        String::new()
    };
    let names: Vec<String> = shown.iter().map(|(name, _)| label(name, 172.0)).collect();
    let values = shown.iter().flat_map(|(_, five)| five.sorted.iter().copied());
    let scale = Scale::from_zero(values);
    let sheet = Sheet {
        above: &axes.y,
        below: &axes.x,
        left: widest(names.iter().map(String::as_str)) + 14.0,
        right: room_at_end(&scale),
        foot: 22.0,
        height: real(shown.len()) * 24.0,
        ..Sheet::default()
    };
    let mut marks = Marks::default();
    let (mut groups, mut colors) = (Vec::new(), Vec::new());
    for (name, five) in shown.iter().rev() {
        colors.push(marks.add("s0 box", told(name, five)));
        let values = five.sorted.iter().map(|value| scale.place(*value)).collect();
        groups.push(BoxGroup { label: String::new(), values });
    }
    let plot = BoxPlot { groups, group_colors: Some(colors), width: 0.6, horizontal: true, ..BoxPlot::new() };
    let (points, tags) = outliers(shown, &scale, &mut marks);
    let dots = ScatterPlot::new().with_data(points).with_colors(tags).with_size(3.0);
    let layout = sheet.layout((scale.low, scale.high), (0.5, real(shown.len()) + 0.5));
    let layout = numbers_below(layout, &scale).with_y_categories(names.iter().rev().cloned().collect());
    let mut scene = sheet.draw(vec![plot.into(), dots.into()], layout);
    let ticks = scale.ticks().into_iter().map(|tick| {
        let x = sheet.left + (tick - scale.low) / (scale.high - scale.low) * sheet.across();
        line((x, sheet.top()), (x, sheet.top() + sheet.height), "class:line grid")
    });
    scene.elements.splice(0..0, ticks);
    Some(Picture { scene, marks, legend: Vec::new(), note })
}

/// What the reader is told of a box.
fn told(name: &str, five: &Five) -> String {
    let Five { sorted, lower, median, upper } = five;
    let (least, most) = (sorted.first().copied().unwrap_or(0.0), sorted.last().copied().unwrap_or(0.0));
    format!(
        "{name}: median {}, the middle half from {} to {}, all {} from {} to {}",
        decimal(*median),
        decimal(*lower),
        decimal(*upper),
        sorted.len(),
        decimal(least),
        decimal(most)
    )
}

/// The dots of the values outside, each value of a box once.
fn outliers(shown: &[(&str, Five)], scale: &Scale, marks: &mut Marks) -> (Vec<(f64, f64)>, Vec<String>) {
    let (mut points, mut hovers) = (Vec::new(), Vec::new());
    for (row, (name, five)) in shown.iter().rev().enumerate() {
        let values: Vec<f64> = five.outliers().collect();
        for run in values.chunk_by(|left, right| left.total_cmp(right).is_eq()) {
            let Some(value) = run.first() else { continue };
            points.push((scale.place(*value), real(row) + 1.0));
            let times = if run.len() > 1 { format!(", {} times", run.len()) } else { String::new() };
            hovers.push(format!("{name}: {}{times}", decimal(*value)));
        }
    }
    let tagged = points.len() <= OUTLIERS_MOST;
    let tags = hovers.into_iter().map(|hover| marks.add("s1 point", tagged.then_some(hover))).collect();
    (points, tags)
}
