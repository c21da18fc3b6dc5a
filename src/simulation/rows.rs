//! Rows as CSV: rows.csv, and the table of details of a model.

use super::engine::{Cell, Variable};
use super::execute::Line;

/// The columns that say the place of a row.
const PLACE: &str = "simulation,subset,run,substep,timestep";

/// The header of rows.csv.
pub fn header(variables: &[Variable]) -> String {
    let names = variables.iter().map(|variable| variable.name);
    format!("{PLACE},{}\n", names.collect::<Vec<_>>().join(","))
}

/// The header of a table of details.
pub fn details_header(columns: &[&str]) -> String {
    format!("{PLACE},{}\n", columns.join(","))
}

/// Appends the line of a row.
pub fn write(line: &Line<'_>, text: &mut String) {
    text.push_str(&place(line));
    for value in line.row {
        text.push(',');
        text.push_str(&number(*value));
    }
    text.push('\n');
}

/// Appends the lines of its details.
pub fn write_details(line: &Line<'_>, text: &mut String) {
    for row in line.details {
        text.push_str(&place(line));
        for cell in row {
            text.push(',');
            match cell {
                Cell::Integer(integer) => text.push_str(&integer.to_string()),
                Cell::Real(value) => text.push_str(&number(*value)),
                Cell::Word(word) => text.push_str(word),
            }
        }
        text.push('\n');
    }
}

fn place(line: &Line<'_>) -> String {
    let (subset, at) = (line.subset, line.at);
    format!("{},{},{},{},{}", subset.simulation, subset.subset, line.run, at.substep, at.timestep)
}

/// A number as text: the shortest decimal that reads back as the same double, without exponent. What is
/// no number is empty; infinity is `inf`.
pub fn number(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    // Adding zero takes the sign off zero.
    format!("{}", value + 0.0)
}
