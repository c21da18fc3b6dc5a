//! Runs the simulation on standard input and prints rows.csv, the table of details if the model has one,
//! and summary.csv, one after another. Built for wasm32-wasip1; `check` compares with the program.

use std::io::{self, Read, Write};

use meed::error::{Error, Place, Problems};
use meed::files::Files;
use meed::simulation::execute::{Wanted, Watch};
use meed::simulation::file::SimulationFile;
use meed::simulation::plan::Plan;
use meed::simulation::{rows, simulate, summary};

fn main() {
    let mut text = Vec::new();
    if let Err(error) = io::stdin().read_to_end(&mut text) {
        eprintln!("error: standard input: {error}");
        std::process::exit(3);
    }
    match all(&text) {
        Ok(text) => {
            if let Err(error) = io::stdout().write_all(text.as_bytes()) {
                eprintln!("error: standard output: {error}");
                std::process::exit(3);
            }
        }
        Err(problems) => {
            eprintln!("{problems}");
            std::process::exit(2);
        }
    }
}

fn all(text: &[u8]) -> Result<String, Problems> {
    let file = SimulationFile::read("simulation.json", text)?;
    let plan = Plan::new(&file, &Place::file("simulation.json"), "", &Files::default())?;
    let mut of_rows = rows::header(plan.model.variables());
    let mut of_details = match plan.model.details() {
        Some((_, columns)) => rows::details_header(columns),
        None => String::new(),
    };
    let wanted = Wanted { substeps: true, details: true };
    let watch = Watch { progress: &|_, _| {}, is_interrupted: &|| false };
    let outcome = simulate(&plan, wanted, &watch, &mut |line| {
        rows::write(&line, &mut of_rows);
        rows::write_details(&line, &mut of_details);
        Ok::<(), Error>(())
    })?;
    Ok(of_rows + &of_details + &summary::csv(plan.model.variables(), &outcome.summaries))
}
