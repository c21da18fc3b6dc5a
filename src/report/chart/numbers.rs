//! The numbers of a chart as a table, for who reads rather than looks.

use super::bars::fold_parts;
use super::boxes::Five;
use super::words::{decimal, sum};
use super::{Band, Data, Plot, Table, Value};
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
        Data::Bands { at, bands } | Data::Panels { at, panels: bands } => {
            of_bands(at, bands, or(&plot.axes.x, "Place"))
        }
        Data::Areas { at, areas, lines } => of_areas(at, (areas, lines), or(&plot.axes.x, "Place")),
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
    let mut caption = format!("The numbers of the chart: {}", plot.title);
    let is_chosen = matches!(plot.data, Data::Bands { .. } | Data::Panels { .. } | Data::Areas { .. });
    let mut total = total;
    if is_chosen && total > rows.len() {
        caption.push_str(&format!(", at {} of {total} places", rows.len()));
        total = rows.len();
    }
    Table { id: anchor(&plot.name), caption, columns, rows, total, csv: None, interactive: false }
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

/// Which of `count` places have a row: all, or evenly chosen ones, the first and the last always.
fn chosen(count: usize) -> Vec<usize> {
    if count <= ROWS_MOST {
        return (0..count).collect();
    }
    (0..ROWS_MOST).map(|row| row * (count - 1) / (ROWS_MOST - 1)).collect()
}

/// Of bands that vary the three quantiles, or the medians alone where these are many.
fn of_bands(at: &[f64], bands: &[(String, Vec<Option<Band>>)], place: &str) -> Parts {
    let is_flat = |values: &[Option<Band>]| values.iter().flatten().all(Band::is_flat);
    let only_medians = 3 * bands.len() > COLUMNS_MOST;
    let mut columns = vec![number(place)];
    let mut cells: Vec<Box<dyn Fn(usize) -> String + '_>> = Vec::new();
    for (name, values) in bands.iter().take(COLUMNS_MOST) {
        let of = |part: fn(&Band) -> &Value| {
            let cell = move |at: usize| {
                let band = values.get(at).and_then(Option::as_ref);
                band.map(|band| part(band).text.clone()).unwrap_or_default()
            };
            Box::new(cell) as Box<dyn Fn(usize) -> String + '_>
        };
        if only_medians || is_flat(values) {
            columns.push(number(name));
            cells.push(of(|band| &band.middle));
            continue;
        }
        let title = |part: &str| if bands.len() == 1 { part.to_owned() } else { format!("{name}: {part}") };
        columns.extend(["5 %", "Median", "95 %"].map(|part| number(&title(part))));
        cells.extend([of(|band| &band.low), of(|band| &band.middle), of(|band| &band.high)]);
    }
    let row = |place: usize| {
        let first = at.get(place).copied().map(decimal).unwrap_or_default();
        [first].into_iter().chain(cells.iter().map(|cell| cell(place))).collect()
    };
    let rows = chosen(at.len()).into_iter().map(row).collect();
    (columns, rows, at.len())
}

/// Areas, then the lines over them.
type Stack<'a> = (&'a [(String, Vec<Value>)], &'a [(String, Vec<Option<Value>>)]);

fn of_areas(at: &[f64], (areas, lines): Stack<'_>, place: &str) -> Parts {
    let names = areas.iter().map(|(name, _)| name).chain(lines.iter().map(|(name, _)| name));
    let columns = [number(place)].into_iter().chain(names.take(COLUMNS_MOST).map(|name| number(name)));
    let row = |place: usize| {
        let first = at.get(place).copied().map(decimal).unwrap_or_default();
        let areas = areas.iter().map(|(_, values)| values.get(place));
        let lines = lines.iter().map(|(_, values)| values.get(place).and_then(Option::as_ref));
        let text = |value: Option<&Value>| value.map(|value| value.text.clone()).unwrap_or_default();
        [first].into_iter().chain(areas.chain(lines).take(COLUMNS_MOST).map(text)).collect()
    };
    let rows = chosen(at.len()).into_iter().map(row).collect();
    (columns.collect(), rows, at.len())
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
