//! Charts: what is drawn, said in numbers and names; and the drawing, as SVG.

use serde::Serialize;

use super::page::Table;
use crate::error::Error;

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
    /// The numbers of the chart, for who reads rather than looks; none where a table of the page has
    /// them.
    pub table: Option<Table>,
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
    /// Whether the horizontal axis is logarithmic (positive values only).
    pub x_log: bool,
    /// Whether the vertical axis is logarithmic (positive values only).
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
    /// Standing bars in groups or stacks over a sequence (periods, meetings), of one part a series.
    Columns {
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
/// Errors: a value that is no finite number, a drawing that is too large.
pub fn draw(plot: Plot) -> Result<Option<Chart>, Error> {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\"></svg>\n".to_owned();
    Ok(Some(Chart {
        file: format!("charts/{}.svg", plot.name),
        name: plot.name,
        title: plot.title,
        description: plot.description,
        inline: svg.clone(),
        svg,
        table: None,
    }))
}
