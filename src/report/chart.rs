//! Charts: what is drawn, said in numbers and names; and the drawing, as SVG.
//!
//! [`draw`] checks the numbers, folds what is too much for a drawing, lets kuva lay the marks out on a
//! `sheet`, and writes them with our own `svg`. Colours, light and dark, are those of
//! `templates/chart.css`; the titles of charts stand outside of them, in the page.

mod axis;
mod bars;
mod boxes;
mod columns;
mod flow;
mod heat_map;
mod lines;
mod numbers;
mod panels;
mod sheet;
mod steps;
mod svg;
mod words;

use serde::Serialize;

use self::svg::{Picture, Words};
use super::page::Table;
use crate::error::{Error, Place};

/// A chart, drawn.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    /// The name, unique in the page.
    pub name: String,
    /// What the chart shows, in a few words.
    pub title: String,
    /// One sentence with the main numbers, for who cannot see the chart.
    pub description: String,
    /// The file, relative to the report folder: `charts/<name>.svg`.
    pub file: String,
    /// The whole SVG file, with its own styles.
    #[serde(skip)]
    pub svg: String,
    /// The SVG element to stand in a page whose styles know the classes of charts.
    pub inline: String,
    /// The series and their classes, where there are several: marks with such a class belong to the
    /// series.
    pub legend: Vec<Key>,
    /// The numbers of the chart, for who reads rather than looks; none where a table of the page has
    /// them.
    pub table: Option<Table>,
}

/// A series of a chart, as it is named above the marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// The name, in full.
    pub name: String,
    /// The class of its marks: `s0` to `s7`, or `other`.
    pub class: String,
    /// Whether its marks are lines.
    pub is_line: bool,
}

impl Key {
    /// Most series with a colour of their own.
    const MOST: usize = 8;

    /// The series by their names.
    fn all(names: &[String], is_line: bool) -> Vec<Self> {
        let key = |(index, name): (usize, &String)| Self {
            name: name.clone(),
            class: Self::class(names, index),
            is_line,
        };
        names.iter().enumerate().map(key).collect()
    }

    /// The class of a series by its place.
    fn class(names: &[String], index: usize) -> String {
        let is_rest = index + 1 == Self::MOST && names.get(index).is_some_and(|name| name == OTHER);
        if is_rest { "other".to_owned() } else { format!("s{}", index.min(Self::MOST - 1)) }
    }
}

/// What is to be drawn.
#[derive(Debug, Clone)]
pub struct Plot {
    /// The name: `<allocation>.<what>` (see [`super::Share::chart_name`]) or a name of the overview.
    pub name: String,
    /// What the chart shows, in a few words.
    pub title: String,
    /// One sentence with the main numbers.
    pub description: String,
    /// What is on the axes, where there are axes.
    pub axes: Axes,
    /// The data.
    pub data: Data,
}

/// The titles of the axes, units included, such as `TEC` or `praises`.
#[derive(Debug, Clone, Default)]
pub struct Axes {
    /// What goes from left to right.
    pub x: String,
    /// What goes from the bottom up.
    pub y: String,
    /// Whether the horizontal axis is logarithmic (positive values only): histograms, points.
    pub x_log: bool,
    /// Whether the vertical axis is logarithmic (positive values only): lines, points.
    pub y_log: bool,
}

/// A value and how it reads: the text may be exact where the float is not.
#[derive(Debug, Clone)]
pub struct Value {
    /// For the drawing.
    pub number: f64,
    /// For the reader, unit included where one is needed.
    pub text: String,
}

/// A quantity that varies, by its quantiles of 5, 50 and 95 percent; all of them the same where it does
/// not vary.
#[derive(Debug, Clone)]
pub struct Band {
    /// Five percent lie below.
    pub low: Value,
    /// The median.
    pub middle: Value,
    /// Five percent lie above.
    pub high: Value,
}

/// The kinds of charts, with their data. Names are full names; the drawing shortens them.
#[derive(Debug, Clone)]
pub enum Data {
    /// One bar a name, lying, the first on top.
    Bars(Vec<(String, Value)>),
    /// One bar a name, lying, the first on top, of one part a series.
    Stacked {
        /// The series, in the order of the parts.
        series: Vec<String>,
        /// Name and parts; as many parts as series.
        bars: Vec<(String, Vec<Value>)>,
    },
    /// Standing bars that touch: lower bound, upper bound, count.
    Histogram(Vec<(f64, f64, Value)>),
    /// Standing bars over a sequence (periods, meetings), of one part a series: the parts on top of each
    /// other, so that they should add up to something; side by side where one is negative.
    Columns {
        /// The series, in the order of the parts.
        series: Vec<String>,
        /// Label of the place and parts; as many parts as series.
        columns: Vec<(String, Vec<Value>)>,
    },
    /// Standing bars over a sequence (periods, meetings), of one part a series, side by side.
    Groups {
        /// The series, in the order of the parts.
        series: Vec<String>,
        /// Label of the place and parts; as many parts as series.
        columns: Vec<(String, Vec<Value>)>,
    },
    /// Lines over a sequence of labels (periods, meetings, steps).
    Lines {
        /// The labels from left to right.
        labels: Vec<String>,
        /// Name of the line and one value a label; `None` where there is none.
        lines: Vec<(String, Vec<Option<Value>>)>,
    },
    /// Quantities that vary, over a number that goes from left to right (timesteps), one over the other: an
    /// area each, and a line through the medians.
    Bands {
        /// The numbers from left to right, ascending.
        at: Vec<f64>,
        /// Name and one band a number; `None` where there is none.
        bands: Vec<(String, Vec<Option<Band>>)>,
    },
    /// The same as small drawings side by side, all with the same axes: small multiples.
    Panels {
        /// The numbers from left to right, ascending.
        at: Vec<f64>,
        /// Name and one band a number; `None` where there is none.
        panels: Vec<(String, Vec<Option<Band>>)>,
    },
    /// Areas on top of each other over a number that goes from left to right, so that they should add up
    /// to something, and lines over them. At most six areas and two lines.
    Areas {
        /// The numbers from left to right, ascending.
        at: Vec<f64>,
        /// Name and one value a number, none below zero; the first lies at the bottom.
        areas: Vec<(String, Vec<Value>)>,
        /// Name and one value a number; `None` where there is none.
        lines: Vec<(String, Vec<Option<Value>>)>,
    },
    /// Points, with a straight line through them if there is one.
    Scatter {
        /// Horizontal value, vertical value, what the reader is told of the point.
        points: Vec<(f64, f64, String)>,
        /// Slope and intercept.
        line: Option<(f64, f64)>,
    },
    /// One box a name over its values: median, quartiles, whiskers, outliers.
    Boxes(Vec<(String, Vec<f64>)>),
    /// A field of coloured cells.
    HeatMap {
        /// Names of the rows, from the top.
        rows: Vec<String>,
        /// Names of the columns, from the left.
        columns: Vec<String>,
        /// One value a row and column; `None` where there is none.
        cells: Vec<Vec<Option<Value>>>,
        /// The values that the two ends of the colours stand for.
        range: (f64, f64),
    },
    /// Flows from names on the left to names on the right: a Sankey diagram.
    Flow {
        /// Who gives, from the top.
        from: Vec<String>,
        /// Who receives, from the top.
        to: Vec<String>,
        /// Index of the giver, index of the receiver, how much.
        links: Vec<(usize, usize, Value)>,
    },
}

/// Draws a chart. An empty one cannot be drawn: `None`.
///
/// The names that do not fit are one bar, one flow, or are left out, and the description says so; the
/// table has more of them.
///
/// Errors: a value that is no finite number, a drawing that is too large.
pub fn draw(mut plot: Plot) -> Result<Option<Chart>, Error> {
    plot.name = plot.name.chars().map(fit_for_a_name).collect();
    plot.axes = Axes { x: words::clean(&plot.axes.x), y: words::clean(&plot.axes.y), ..plot.axes };
    let mut numbers = plot.data.numbers();
    if !numbers.all(f64::is_finite) || !plot.data.sum().is_finite() {
        return Err(Error::ChartNotFinite {
            place: Place::file(&format!("report/charts/{}.svg", plot.name)),
        });
    }
    drop(numbers);
    plot.data.fold_series();
    let table = numbers::table(&plot);
    let note = plot.data.keep_the_last_places();
    let Some(mut picture) = picture(plot.data, &plot.axes) else { return Ok(None) };
    if let Some(note) = note {
        picture.note.insert_str(0, &format!("{note} "));
    }
    let words = Words { name: plot.name, title: plot.title, description: plot.description };
    svg::chart(words, picture, table).map(Some)
}

/// The drawing of the data; none of nothing.
fn picture(data: Data, axes: &Axes) -> Option<Picture> {
    match data {
        Data::Bars(bars) if !bars.is_empty() => {
            let bars = bars.into_iter().map(|(name, value)| (name, vec![value])).collect();
            Some(bars::draw(&[], bars, axes))
        }
        Data::Stacked { series, bars } if !bars.is_empty() && !series.is_empty() => {
            Some(bars::draw(&series, bars, axes))
        }
        Data::Histogram(bins) if !bins.is_empty() => Some(columns::histogram(&bins, axes)),
        Data::Columns { series, columns } if !columns.is_empty() && !series.is_empty() => {
            Some(columns::columns(&series, &columns, false, axes))
        }
        Data::Groups { series, columns } if !columns.is_empty() && !series.is_empty() => {
            Some(columns::columns(&series, &columns, true, axes))
        }
        Data::Lines { labels, lines } if !labels.is_empty() && !lines.is_empty() => {
            lines::lines(&labels, &lines, axes)
        }
        Data::Bands { at, bands } => steps::bands(&at, &bands, axes),
        Data::Panels { at, panels } => panels::draw(&at, &panels, axes),
        Data::Areas { at, areas, lines } => steps::areas(&at, &areas, &lines, axes),
        Data::Scatter { points, line } => lines::scatter(&points, line, axes),
        Data::Boxes(boxes) => boxes::draw(&boxes, axes),
        Data::HeatMap { rows, columns, cells, range } if !rows.is_empty() && !columns.is_empty() => {
            Some(heat_map::draw(&rows, &columns, &cells, range, axes))
        }
        Data::Flow { from, to, links } => flow::draw(&from, &to, &links, axes),
        _ => None,
    }
}

impl Data {
    /// All numbers of the data.
    fn numbers(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        let of_parts = |places: &'_ [(String, Vec<Value>)]| {
            places.iter().flat_map(|(_, parts)| parts).map(|part| part.number).collect::<Vec<f64>>()
        };
        match self {
            Self::Bars(bars) => Box::new(bars.iter().map(|(_, value)| value.number)),
            Self::Stacked { bars: places, .. }
            | Self::Columns { columns: places, .. }
            | Self::Groups { columns: places, .. } => Box::new(of_parts(places).into_iter()),
            Self::Histogram(bins) => {
                Box::new(bins.iter().flat_map(|(low, high, count)| [*low, *high, count.number]))
            }
            Self::Lines { lines, .. } => Box::new(
                lines.iter().flat_map(|(_, values)| values.iter().flatten()).map(|value| value.number),
            ),
            Self::Bands { at, bands } | Self::Panels { at, panels: bands } => {
                Box::new(at.iter().copied().chain(steps::numbers(bands)))
            }
            Self::Areas { at, areas, lines } => {
                let over = lines.iter().flat_map(|(_, values)| values.iter().flatten());
                let areas = of_parts(areas).into_iter().chain(over.map(|value| value.number));
                Box::new(at.iter().copied().chain(areas))
            }
            Self::Scatter { points, line } => {
                let line = line.iter().flat_map(|(slope, intercept)| [*slope, *intercept]);
                Box::new(points.iter().flat_map(|(x, y, _)| [*x, *y]).chain(line))
            }
            Self::Boxes(boxes) => Box::new(boxes.iter().flat_map(|(_, values)| values.iter().copied())),
            Self::HeatMap { cells, range, .. } => {
                let values = cells.iter().flatten().flatten().map(|value| value.number);
                Box::new(values.chain([range.0, range.1]))
            }
            Self::Flow { links, .. } => Box::new(links.iter().map(|(_, _, value)| value.number)),
        }
    }

    /// The sum of all numbers, signs aside: no sum of some of them is further from zero.
    fn sum(&self) -> f64 {
        self.numbers().map(f64::abs).sum()
    }

    /// Of a long sequence its end; what to tell of it.
    fn keep_the_last_places(&mut self) -> Option<String> {
        let all = match self {
            Self::Columns { columns, .. } | Self::Groups { columns, .. } => {
                let all = columns.len();
                keep_last(columns);
                all
            }
            Self::Lines { labels, lines } => {
                let all = labels.len();
                for (_, values) in lines {
                    values.resize(all, None);
                    keep_last(values);
                }
                keep_last(labels);
                all
            }
            _ => return None,
        };
        (all > PLACES_MOST).then(|| format!("The last {PLACES_MOST} of {all} are drawn."))
    }

    /// Of more than eight series, the first seven, and the rest as one.
    fn fold_series(&mut self) {
        let (series, places) = match self {
            Self::Stacked { series, bars: places } => (series, places),
            Self::Columns { series, columns: places } | Self::Groups { series, columns: places } => {
                (series, places)
            }
            _ => return,
        };
        if series.len() <= Key::MOST {
            return;
        }
        series.truncate(Key::MOST - 1);
        series.push(OTHER.to_owned());
        for (_, parts) in places {
            let rest = parts.split_off(parts.len().min(Key::MOST - 1));
            parts.push(words::sum(&rest));
        }
    }
}

/// The last places of a sequence, where there are more than a drawing has room for.
fn keep_last<T>(places: &mut Vec<T>) {
    places.drain(..places.len().saturating_sub(PLACES_MOST));
}

/// Most places of a sequence.
const PLACES_MOST: usize = 200;
/// The last series, where it stands for several.
pub const OTHER: &str = "Other";

/// Names of charts stand in names of files and in ids.
fn fit_for_a_name(character: char) -> char {
    if character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-') { character } else { '-' }
}
