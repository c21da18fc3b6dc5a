//! Errors that only the library can meet, because the program looks before it asks.

use meed::error::{Error, Place, Problems};
use meed::files::{Content, Files};
use meed::ledger::payout_format::PayoutFormat;
use meed::payouts::Payouts;
use meed::report::chart::{Axes, Data, Plot, Value, draw};
use meed::simulation::execute::{Wanted, Watch};
use meed::simulation::file::SimulationFile;
use meed::simulation::plan::Plan;
use meed::simulation::simulate;
use meed::statement::Figure;

use super::{code, compare};
use crate::payouts::{payments, plan};
use crate::support::{ledger_json, results_of};

/// The examples of this file.
pub const NAMES: [&str; 5] =
    ["chart-not-finite", "chart-too-large", "payout-differs", "round-file-missing", "simulation-interrupted"];

/// The program finds rounds by their round files, so it never asks for one without.
#[test]
fn a_folder_without_round_file_is_no_round() {
    let mut files = Files::default();
    files.insert("ledger.json".to_owned(), Content::File(ledger_json("TOK", 18, "{}").into_bytes()));
    files.insert("rounds/2026-01/praise.csv".to_owned(), Content::File(Vec::new()));
    told("round-file-missing", &results_of(&files, "2026-01").unwrap_err());
}

/// A payout file that does not pay what it should is not written. Only a fault of meed makes one, so
/// here the writer is given another amount than the check.
#[test]
fn a_payout_file_that_pays_something_else_is_refused() {
    let (plan, right, wrong) = (plan("TOK", 18), payments(&[3, 2]), payments(&[4, 1]));
    let format = PayoutFormat::AragonCsv;
    let files = Payouts { plan: &plan, payments: &wrong }.files(format);
    let paid = Figure("0.000000000000000005".to_owned());
    let error = Payouts { plan: &plan, payments: &right }.check(format, &files, &paid).unwrap_err();
    told_by("meed::payouts::Payouts::check", "payout-differs", &error.into());
}

/// A chart of numbers that cannot be drawn is a fault of the section that asks for it.
#[test]
fn a_chart_needs_finite_numbers() {
    told_by("meed::report::chart::draw", "chart-not-finite", &drawn(vec![(0.0, f64::INFINITY)]).into());
}

/// Sections group what they show; here one asks for 20,000 bars.
#[test]
fn a_chart_has_an_end() {
    let bars = (0..20_000).map(|bar| (f64::from(bar), f64::from(bar) + 1.0));
    told_by("meed::report::chart::draw", "chart-too-large", &drawn(bars.collect()).into());
}

/// Somebody presses Ctrl-C; tests/it/simulation/command.rs does it to the program.
#[test]
fn a_simulation_can_be_interrupted() {
    let file = SimulationFile::read("simulation.json", br#"{"model": "work"}"#).unwrap();
    let plan = Plan::new(&file, &Place::file("simulation.json"), "", &Files::default()).unwrap();
    let wanted = Wanted { substeps: false, details: false };
    let watch = Watch { progress: &|_, _| {}, is_interrupted: &|| true };
    let error = simulate(&plan, wanted, &watch, &mut |_| Ok(())).unwrap_err();
    told_by("meed::simulation::simulate", "simulation-interrupted", &error.into());
}

/// What becomes of a histogram with these bars.
fn drawn(bars: Vec<(f64, f64)>) -> Error {
    let count = Value { number: 1.0, text: "1".to_owned() };
    let bars = bars.into_iter().map(|(low, high)| (low, high, count.clone()));
    let data = Data::Histogram(bars.collect());
    let (name, title) = ("praise.ratings".to_owned(), "Ratings".to_owned());
    draw(Plot { name, title, description: String::new(), axes: Axes::default(), data }).unwrap_err()
}

/// The same for the pipeline.
fn told(name: &str, problems: &Problems) {
    told_by("meed::calculate::calculate", name, problems);
}

/// Compares the text of problems of a function with the example's.
fn told_by(function: &str, name: &str, problems: &Problems) {
    let text = format!("# {function}\nexit status {}\n{problems}\n", problems.exit_status());
    compare(name, &text).unwrap();
    assert!(problems.errors().iter().map(Error::code).any(|found| found == code(name)));
}
