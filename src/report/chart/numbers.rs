//! The numbers of a chart as a table, for who reads rather than looks.

use super::bars::fold_parts;
use super::boxes::Five;
use super::words::{decimal, sum};
use super::{Data, Plot, Table, Value};
use crate::report::page::Column;

/// Most rows of the table of a chart.
const ROWS_MOST: usize = 60;
/// Most columns of numbers.
const COLUMNS_MOST: usize = 12;

/// The table of what is to be drawn.
pub fn table(plot: &Plot) -> Table {
    let (columns, rows, total) = match &plot.data {
        Data::Bars(bars) => {
            let bars: Vec<_> = bars.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
            let amount = [or(&plot.axes.x, "Amount").to_owned()];
            of_parts(&amount, &bars, or(&plot.axes.y, "Name"))
        }
        Data::Stacked { series, bars } => of_parts(series, bars, or(&plot.axes.y, "Name")),
        Data::Columns { series, columns } | Data::Groups { series, columns } => {
            // Of a long sequence the end is what counts, and sums of its places say nothing.
            let last = columns.get(columns.len().saturating_sub(ROWS_MOST)..).unwrap_or_default();
            let (titles, rows, _) = of_parts(series, last, or(&plot.axes.x, "Place"));
            (titles, rows, columns.len())
        }
        Data::Histogram(bins) => of_bins(bins, or(&plot.axes.y, "Count")),
        Data::Lines { labels, lines } => of_lines(labels, lines, or(&plot.axes.x, "Place")),
        Data::Scatter { points, .. } => {
            let columns =
                vec![text("Point"), number(or(&plot.axes.x, "Across")), number(or(&plot.axes.y, "Up"))];
            let row = |(x, y, told): &(f64, f64, String)| vec![told.clone(), decimal(*x), decimal(*y)];
            (columns, points.iter().take(ROWS_MOST).map(row).collect(), points.len())
        }
        Data::Boxes(boxes) => of_boxes(boxes, or(&plot.axes.y, "Name")),
        Data::HeatMap { rows, columns, cells, .. } => of_cells(rows, columns, cells),
        Data::Flow { from, to, links } => of_links(from, to, links, or(&plot.axes.x, "Amount")),
    };
    Table {
        id: anchor(&plot.name),
        caption: format!("The numbers of the chart: {}", plot.title),
        columns,
        rows,
        total,
        csv: None,
        interactive: false,
    }
}

/// The parts of a table: columns, rows, how many rows there are in all.
type Parts = (Vec<Column>, Vec<Vec<String>>, usize);

/// The anchor of the table of a chart: only `a-z`, `0-9` and `-`, different for different names.
fn anchor(name: &str) -> String {
    let letter = |character: char| match character {
        '-' => "--".to_owned(),
        'a'..='z' | '0'..='9' => character.to_string(),
        '.' => "-".to_owned(),
        '_' => "-u-".to_owned(),
        other => format!("-{:x}-", u32::from(other)),
    };
    format!("chart-{}", name.chars().map(letter).collect::<String>())
}

fn or<'a>(title: &'a str, otherwise: &'a str) -> &'a str {
    if title.is_empty() { otherwise } else { title }
}

fn text(title: &str) -> Column {
    Column { title: title.to_owned(), wide: false, number: false }
}

fn number(title: &str) -> Column {
    Column { title: title.to_owned(), wide: false, number: true }
}

/// Names with one value a series; behind 60 rows the rest is summed.
fn of_parts(series: &[String], bars: &[(String, Vec<Value>)], name: &str) -> Parts {
    let columns = [text(name)].into_iter().chain(series.iter().map(|series| number(series)));
    let row = |(name, parts): &(String, Vec<Value>)| {
        [name.clone()].into_iter().chain(parts.iter().map(|part| part.text.clone())).collect()
    };
    let (shown, rest) = bars.split_at(if bars.len() > ROWS_MOST { ROWS_MOST - 1 } else { bars.len() });
    let mut rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    if !rest.is_empty() {
        rows.push(row(&(format!("{} others", rest.len()), fold_parts(rest))));
    }
    (columns.collect(), rows, bars.len())
}

fn of_bins(bins: &[(f64, f64, Value)], count: &str) -> Parts {
    let row =
        |(low, high, count): &(f64, f64, Value)| vec![decimal(*low), decimal(*high), count.text.clone()];
    let (shown, rest) = bins.split_at(if bins.len() > ROWS_MOST { ROWS_MOST - 1 } else { bins.len() });
    let mut rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
        let all = sum(rest.iter().map(|(_, _, count)| count).collect::<Vec<_>>());
        rows.push(row(&(first.0, last.1, all)));
    }
    (vec![number("From"), number("To"), number(count)], rows, bins.len())
}

fn of_lines(labels: &[String], lines: &[(String, Vec<Option<Value>>)], place: &str) -> Parts {
    let shown = lines.get(..COLUMNS_MOST).unwrap_or(lines);
    let columns = [text(place)].into_iter().chain(shown.iter().map(|(name, _)| number(name))).collect();
    let skipped = labels.len().saturating_sub(ROWS_MOST);
    let row = |(index, label): (usize, &String)| {
        let value = |(_, values): &(String, Vec<Option<Value>>)| {
            values.get(index).and_then(Option::as_ref).map(|value| value.text.clone()).unwrap_or_default()
        };
        [label.clone()].into_iter().chain(shown.iter().map(value)).collect()
    };
    (columns, labels.iter().enumerate().skip(skipped).map(row).collect(), labels.len())
}

fn of_boxes(boxes: &[(String, Vec<f64>)], name: &str) -> Parts {
    let titles = ["Count", "Lowest", "A quarter below", "Median", "Three quarters below", "Highest"];
    let columns = [text(name)].into_iter().chain(titles.map(number)).collect();
    let rows = boxes.iter().take(ROWS_MOST).filter_map(|(name, values)| {
        let Five { sorted, lower, median, upper } = Five::of(values)?;
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let numbers = [least, lower, median, upper, most].map(decimal);
        Some([name.clone(), sorted.len().to_string()].into_iter().chain(numbers).collect())
    });
    (columns, rows.collect(), boxes.len())
}

/// The field as it is where it is narrow; else what each row ranges over.
fn of_cells(rows: &[String], columns: &[String], cells: &[Vec<Option<Value>>]) -> Parts {
    let shown = rows.iter().zip(cells).take(ROWS_MOST);
    if columns.len() <= COLUMNS_MOST {
        let titles = [text("")].into_iter().chain(columns.iter().map(|column| number(column))).collect();
        let cell = |cell: &Option<Value>| cell.as_ref().map(|value| value.text.clone()).unwrap_or_default();
        let row = |(name, cells): (&String, &Vec<Option<Value>>)| {
            [name.clone()].into_iter().chain(cells.iter().map(cell)).collect()
        };
        return (titles, shown.map(row).collect(), rows.len());
    }
    let row = |(name, cells): (&String, &Vec<Option<Value>>)| {
        let values = || cells.iter().zip(columns).filter_map(|(cell, column)| Some((cell.as_ref()?, column)));
        let by_number =
            |left: &(&Value, &String), right: &(&Value, &String)| left.0.number.total_cmp(&right.0.number);
        let end = |end: Option<(&Value, &String)>| {
            end.map(|(value, column)| format!("{} ({column})", value.text)).unwrap_or_default()
        };
        let (least, most) = (values().min_by(by_number), values().max_by(by_number));
        vec![name.clone(), values().count().to_string(), end(least), end(most)]
    };
    let titles = vec![text(""), number("Values"), text("Lowest"), text("Highest")];
    (titles, shown.map(row).collect(), rows.len())
}

/// The largest flows first.
fn of_links(from: &[String], to: &[String], links: &[super::flow::Link], amount: &str) -> Parts {
    let mut sorted: Vec<&super::flow::Link> = links.iter().collect();
    sorted.sort_by(|left, right| right.2.number.total_cmp(&left.2.number));
    let name = |names: &[String], index: usize| names.get(index).cloned().unwrap_or_default();
    let row = |link: &&super::flow::Link| vec![name(from, link.0), name(to, link.1), link.2.text.clone()];
    let rows = sorted.iter().take(ROWS_MOST).map(row).collect();
    (vec![text("From"), text("To"), number(amount)], rows, links.len())
}
