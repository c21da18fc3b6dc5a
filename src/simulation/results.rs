//! The results of a simulation of a ledger: a pure function of the files of a commit. `meed close` writes
//! them, `meed verify` computes them again.

use std::collections::{BTreeMap, BTreeSet};

use super::execute::{Failure, Line, Wanted, Watch};
use super::file::{Rows, SimulationFile};
use super::plan::Plan;
use super::statement::{PAGES_FORMAT, RECORD_FORMAT, SimulationPredicate, SimulationStatement};
use super::{
    FAILURES_FILE, Outcome, ROWS_FILE, SIMULATION_FILE, SIMULATIONS_FOLDER, SUMMARY_FILE, rows, simulate,
    summary,
};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, Files};
use crate::ledger::round_id::fault_of_segment;
use crate::ledger::templates::own_simulation_templates;
use crate::ledger::{LEDGER_FILE, Ledger};
use crate::statement::{
    Digest, Formats, InputRecord, LedgerReference, REPORT_FOLDER, STATEMENT_FILE, Subject,
};
use crate::tables::TableWriter;

/// Most bytes of one table of the results: they are kept in the ledger for ever.
pub const TABLE_LIMIT_BYTES: usize = 20_000_000;

/// The results of a simulation.
#[derive(Debug, Clone)]
pub struct SimulationResults {
    /// The results folder, from the ledger's root.
    pub folder: String,
    /// All files by their names in that folder, statement.json too.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What statement.json says.
    pub statement: SimulationStatement,
}

impl SimulationResults {
    /// The digest of statement.json, in lower-case hexadecimal.
    pub fn statement_sha256(&self) -> String {
        files::sha256_hex(&self.statement.to_bytes())
    }
}

/// Runs the simulation `name` on the files of a commit: ledger.json, the ledger's own templates, and the
/// files of `simulations/<name>/`.
///
/// Errors: what is wrong with the name, with simulation.json or a table that it names, tables of more
/// than [`TABLE_LIMIT_BYTES`], templates that cannot be filled in, and an interruption.
pub fn results(
    ledger: &Ledger,
    files: &Files,
    name: &str,
    watch: &Watch<'_>,
) -> Result<SimulationResults, Problems> {
    let folder = folder_of(name)?;
    let path = format!("{folder}/{SIMULATION_FILE}");
    let place = Place::file(&path);
    let file = SimulationFile::read(&path, files.bytes(&path)?)?;
    let plan = Plan::new(&file, &place, &folder, files)?;
    let mut tables = Tables::new(&plan);
    let wanted = Wanted { substeps: plan.rows == Rows::All, details: plan.detail };
    let outcome = simulate(&plan, wanted, watch, &mut |line| tables.add(&line))?;
    let mut made = tables.finish(&outcome)?;
    made.extend(pages(ledger, files, name, &plan, &outcome)?);
    let inputs = inputs_of(&file, &path, &folder, files)?;
    let statement = statement_of(ledger, name, &plan, &outcome, inputs, &made);
    made.insert(STATEMENT_FILE.to_owned(), statement.to_bytes());
    Ok(SimulationResults { folder: results_of(name), files: made, statement })
}

/// The folder of a simulation, from the ledger's root. Its name follows the rule of one segment of a
/// round id.
pub fn folder_of(name: &str) -> Result<String, Error> {
    match fault_of_segment(name) {
        None => Ok(format!("{SIMULATIONS_FOLDER}/{name}")),
        Some(reason) => {
            let place = Place::file(SIMULATIONS_FOLDER);
            Err(Error::SimulationNameInvalid { place, name: Shown::from(name), reason })
        }
    }
}

/// The results folder of a simulation, from the ledger's root.
pub fn results_of(name: &str) -> String {
    format!("{SIMULATIONS_FOLDER}/{name}/results")
}

/// The name of the simulation whose statement would stand at a path, if it is such a path.
pub fn statement_of_simulation(path: &str) -> Option<&str> {
    let inner = path.strip_prefix(SIMULATIONS_FOLDER)?.strip_prefix('/')?;
    let name = inner.strip_suffix(STATEMENT_FILE)?.strip_suffix("/results/")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// The tables of the results while rows come in.
struct Tables<'a> {
    plan: &'a Plan,
    rows: Option<String>,
    /// The name of the table of details, and what is written of it.
    details: Option<(String, String)>,
}

impl<'a> Tables<'a> {
    fn new(plan: &'a Plan) -> Self {
        let rows = (plan.rows != Rows::Summary).then(|| rows::header(plan.model.variables()));
        let details = plan.model.details().filter(|_| plan.detail);
        let details = details.map(|(name, columns)| (format!("{name}.csv"), rows::details_header(columns)));
        Self { plan, rows, details }
    }

    fn add(&mut self, line: &Line<'_>) -> Result<(), Error> {
        if let Some(text) = &mut self.rows {
            rows::write(line, text);
            check_size(self.plan, ROWS_FILE, text.len())?;
        }
        if let Some((name, text)) = &mut self.details {
            rows::write_details(line, text);
            check_size(self.plan, name, text.len())?;
        }
        Ok(())
    }

    fn finish(self, outcome: &Outcome) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let summary = summary::csv(self.plan.model.variables(), &outcome.summaries).into_bytes();
        let mut made = BTreeMap::from([(SUMMARY_FILE.to_owned(), summary)]);
        if !outcome.failures.is_empty() {
            made.insert(FAILURES_FILE.to_owned(), failures_csv(&outcome.failures));
        }
        made.extend(self.rows.map(|rows| (ROWS_FILE.to_owned(), rows.into_bytes())));
        made.extend(self.details.map(|(name, details)| (name, details.into_bytes())));
        made.iter().try_for_each(|(name, bytes)| check_size(self.plan, name, bytes.len()))?;
        Ok(made)
    }
}

/// Refuses a table that is too large to be recorded.
fn check_size(plan: &Plan, name: &str, bytes: usize) -> Result<(), Error> {
    if bytes <= TABLE_LIMIT_BYTES {
        return Ok(());
    }
    let (place, table) = (plan.place.clone(), name.to_owned());
    Err(Error::SimulationTableLarge { place, table, limit: TABLE_LIMIT_BYTES })
}

/// failures.csv: the runs that could not go on, and why.
pub fn failures_csv(failures: &[Failure]) -> Vec<u8> {
    let header = ["simulation", "subset", "run", "timestep", "substep", "variable", "reason"];
    let mut table = TableWriter::new(&header);
    for failure in failures {
        let Failure { simulation, subset, run, timestep, substep, fault } = failure;
        for number in [simulation, subset, run, timestep, substep] {
            table.plain(&number.to_string());
        }
        table.plain(fault.variable);
        table.text(&fault.reason);
        table.end_row();
    }
    table.into_bytes()
}

/// The report, where meed is built with it.
#[cfg(feature = "pages")]
fn pages(
    ledger: &Ledger,
    files: &Files,
    name: &str,
    plan: &Plan,
    outcome: &Outcome,
) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    super::pages::write(&super::pages::Material { name, ledger: &ledger.name, plan, outcome, files })
}

#[cfg(not(feature = "pages"))]
fn pages(
    _: &Ledger,
    _: &Files,
    _: &str,
    _: &Plan,
    _: &Outcome,
) -> Result<BTreeMap<String, Vec<u8>>, Problems> {
    Ok(BTreeMap::new())
}

/// The files from which the results were computed.
fn inputs_of(
    file: &SimulationFile,
    path: &str,
    folder: &str,
    files: &Files,
) -> Result<Vec<InputRecord>, Error> {
    let mut read: BTreeSet<String> = BTreeSet::from([LEDGER_FILE.to_owned(), path.to_owned()]);
    read.extend(own_simulation_templates(files).map(str::to_owned));
    if let Some(table) = &file.exogenous {
        read.insert(files::path_within(folder, table, &Place::file(path))?);
    }
    let record = |name: String| {
        let (sha256, bytes) = files.digest(&name)?;
        Ok(InputRecord { name, digest: Digest { sha256 }, bytes })
    };
    read.into_iter().map(record).collect()
}

fn statement_of(
    ledger: &Ledger,
    name: &str,
    plan: &Plan,
    outcome: &Outcome,
    inputs: Vec<InputRecord>,
    made: &BTreeMap<String, Vec<u8>>,
) -> SimulationStatement {
    let subject = |(name, bytes): (&String, &Vec<u8>)| Subject {
        name: name.clone(),
        digest: Digest { sha256: files::sha256_hex(bytes) },
    };
    let has_pages = made.keys().any(|name| name.starts_with(REPORT_FOLDER));
    let predicate = SimulationPredicate {
        formats: Formats { record: RECORD_FORMAT, pages: if has_pages { PAGES_FORMAT } else { 0 } },
        ledger: LedgerReference { id: ledger.id.clone(), name: ledger.name.clone() },
        simulation: name.to_owned(),
        model: plan.model.as_str().to_owned(),
        rng: plan.rng.as_str().to_owned(),
        seed: plan.seed,
        timesteps: plan.timesteps,
        runs: plan.runs,
        subsets: plan.subsets.len() as u64,
        failed: outcome.failures.len() as u64,
        inputs,
    };
    SimulationStatement::new(made.iter().map(subject).collect(), predicate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::engine::Fault;

    #[test]
    fn failures_are_a_table() {
        let fault = Fault::new("funds", "is \"too\" large,\nand =1+1");
        let failure = Failure { simulation: 0, subset: 1, run: 2, timestep: 3, substep: 4, fault };
        let text = String::from_utf8(failures_csv(&[failure])).unwrap();
        assert_eq!(
            text,
            "simulation,subset,run,timestep,substep,variable,reason\n\
             0,1,2,3,4,funds,\"is \"\"too\"\" large,\nand =1+1\"\n"
        );
    }

    #[test]
    fn paths_of_statements() {
        assert_eq!(statement_of_simulation("simulations/a/results/statement.json"), Some("a"));
        for path in [
            "simulations/a/b/results/statement.json",
            "simulations//results/statement.json",
            "simulations/results/statement.json",
            "rounds/simulations/a/results/statement.json",
            "simulations/a/results/statement.json/x",
            "simulationsa/results/statement.json",
        ] {
            assert_eq!(statement_of_simulation(path), None, "{path}");
        }
    }
}
