//! A field of cells, the stronger coloured the further their value is from zero.

use std::sync::Arc;

use kuva::plot::{ColorMap, Heatmap};
use kuva::render::render::{Scene, TextAnchor};

use super::columns::Labels;
use super::sheet::{LINE, Sheet, WIDTH, foot_of_text, rectangle, text};
use super::svg::{Marks, Picture};
use super::words::{decimal, label, numbered_label, real, whole, widest, width};
use super::{Axes, Value};

/// Most rows, and most columns.
pub const NAMES_MOST: usize = 40;
/// Most cells with a hover text each.
const HOVERS_MOST: usize = 400;
/// Most columns whose names stand below them; of more, names that rows have too become numbers.
const NAMED_MOST: usize = 12;
/// The width of a cell at the most.
const CELL_MOST: f64 = 64.0;
/// How many strengths of colour there are.
const STRENGTHS: f64 = 8.0;

/// Rows of cells, as the chart gets them.
type Cells = [Vec<Option<Value>>];

/// Draws the field: names of the rows from the top, of the columns from the left.
pub fn draw(rows: &[String], columns: &[String], cells: &Cells, range: (f64, f64), axes: &Axes) -> Picture {
    let note = if rows.len() > NAMES_MOST || columns.len() > NAMES_MOST {
        format!("The first {NAMES_MOST} are drawn.")
    } else {
        String::new()
    };
    let numbered = columns.len() > NAMED_MOST && rows == columns;
    let (rows, columns) =
        (rows.get(..NAMES_MOST).unwrap_or(rows), columns.get(..NAMES_MOST).unwrap_or(columns));
    let label_of = |(index, name): (usize, &String)| {
        if numbered { numbered_label(index + 1, name, 172.0) } else { label(name, 172.0) }
    };
    let names: Vec<String> = rows.iter().enumerate().map(label_of).collect();
    let beside = widest(names.iter().map(String::as_str)) + 14.0;
    let numbers: Vec<String> = (1..=columns.len()).map(|number| number.to_string()).collect();
    let below: Vec<&str> = if numbered { &numbers } else { columns }.iter().map(String::as_str).collect();
    let below = if numbered { counted(&below, beside) } else { Labels::new(&below, beside) };
    let side = ((WIDTH - below.left - 12.0) / real(columns.len())).min(CELL_MOST);
    let sheet = Sheet {
        above: &axes.y,
        below: &axes.x,
        left: below.left,
        right: WIDTH - below.left - side * real(columns.len()),
        foot: below.foot + LINE + 6.0,
        height: real(rows.len()) * side.clamp(18.0, 34.0),
        ..Sheet::default()
    };
    let mut marks = Marks::default();
    let tagged = rows.len() * columns.len() <= HOVERS_MOST;
    let cell =
        |row: usize, column: usize| cells.get(row).and_then(|row| row.get(column)).and_then(Option::as_ref);
    let mut tags = Vec::new();
    for (row, row_name) in rows.iter().enumerate().rev() {
        for (column, column_name) in columns.iter().enumerate() {
            let value = cell(row, column);
            let told = value.map_or("no value", |value| value.text.as_str());
            let hover = format!("{row_name}, {column_name}: {told}");
            let class = value.map_or("empty".to_owned(), |value| strength(value.number, range));
            tags.push(marks.add(&class, tagged.then_some(hover)));
        }
    }
    // kuva colours by value: each cell's value is its number, which leads to its tag.
    let count = tags.len();
    let data =
        (0..rows.len()).map(|row| (0..columns.len()).map(move |column| real(row * columns.len() + column)));
    let by_number = move |share: f64| {
        let index = usize::try_from(whole(share * real(count.saturating_sub(1)))).unwrap_or(0);
        tags.get(index).cloned().unwrap_or_default()
    };
    let plot =
        Heatmap { color_map: ColorMap::Custom(Arc::new(by_number)), cell_size: 0.94, ..Heatmap::new() };
    let layout = sheet
        .layout((0.5, real(columns.len()) + 0.5), (0.5, real(rows.len()) + 0.5))
        .with_y_categories(names.iter().rev().cloned().collect())
        .with_show_grid(false);
    let mut scene = sheet.draw(vec![plot.with_data(data).into()], below.below(layout));
    if side >= 40.0 && rows.len() <= NAMED_MOST {
        let down = sheet.height / real(rows.len());
        for (row, column) in
            (0..rows.len()).flat_map(|row| (0..columns.len()).map(move |column| (row, column)))
        {
            let Some(value) = cell(row, column).filter(|value| width(&value.text) + 6.0 <= side) else {
                continue;
            };
            let x = sheet.left + (real(column) + 0.47) * side;
            let y = sheet.top() + (real(row) + 0.47) * down + foot_of_text();
            let strong = if is_strong(value.number, range) { "middle strong" } else { "middle" };
            scene.add(text((x, y), value.text.clone(), TextAnchor::Start, strong));
        }
    }
    key(&mut scene, &sheet, below.foot, range);
    Picture { scene, marks, legend: Vec::new(), note }
}

/// Labels of columns that are numbers.
fn counted(numbers: &[&str], left: f64) -> Labels {
    let step = (WIDTH - left - 12.0) / real(numbers.len().max(1));
    let every = (1..=numbers.len()).find(|every| real(*every) * step >= 22.0).unwrap_or(1);
    let shown = |(index, number): (usize, &&str)| {
        if index % every == 0 { (*number).to_owned() } else { String::new() }
    };
    Labels { texts: numbers.iter().enumerate().map(shown).collect(), angle: None, left, foot: 22.0 }
}

/// What the colours stand for, in a row below the field.
fn key(scene: &mut Scene, sheet: &Sheet<'_>, foot: f64, range: (f64, f64)) {
    let y = sheet.top() + sheet.height + foot + 4.0;
    let steps = 9;
    let (low, high) = (decimal(range.0), decimal(range.1));
    let mut x = sheet.left + width(&low) + 6.0;
    scene.add(text((sheet.left, y + 11.0), low, TextAnchor::Start, ""));
    for step in 0..steps {
        let number = range.0 + (range.1 - range.0) * real(step) / real(steps - 1);
        scene.add(rectangle([x, y, 16.0, 13.0], &format!("class:{}", strength(number, range))));
        x += 16.0;
    }
    scene.add(text((x + 6.0, y + 11.0), high, TextAnchor::Start, ""));
}

/// The share of the way from zero (or from the lower end, where that is not below zero) to the end of
/// the range.
fn share(number: f64, (low, high): (f64, f64)) -> f64 {
    let share = if low < 0.0 && high > 0.0 {
        if number < 0.0 { number / low } else { number / high }
    } else {
        (number - low) / (high - low)
    };
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

/// The class of a cell: `below` for values below zero where both are possible, and how strong it is.
fn strength(number: f64, range: (f64, f64)) -> String {
    let side = if range.0 < 0.0 && number < 0.0 { "below" } else { "over" };
    format!("cell {side} k{}", whole(share(number, range) * STRENGTHS))
}

/// Whether text on the cell must be light.
fn is_strong(number: f64, range: (f64, f64)) -> bool {
    share(number, range) * STRENGTHS >= 5.5
}
