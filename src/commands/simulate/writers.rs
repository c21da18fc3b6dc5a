//! Where rows go while a simulation runs: into a folder, to standard output, or nowhere. A folder is
//! written beside its place and moved there at the end, so that one that is there is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Options, Simulated, Source};
use crate::commands::disk::{file_system, refuse_if_not_empty, write_file};
use crate::commands::{Output, Session};
use crate::error::{Error, Problems, Shown};
use crate::simulation::execute::Line;
use crate::simulation::file::Rows;
use crate::simulation::plan::Plan;
use crate::simulation::{Outcome, ROWS_FILE, SUMMARY_FILE, pages, rows, summary};
use crate::statement::json_bytes;

/// Bytes after which text for standard output is handed on.
const HANDED_ON_BYTES: usize = 1 << 16;

/// Takes the rows of a simulation.
pub struct Writers<'a> {
    session: &'a Session,
    kind: Kind,
    text: String,
    names: Vec<&'static str>,
    has_json_rows: bool,
}

enum Kind {
    Nowhere,
    /// To standard output: rows as CSV.
    Csv,
    /// To standard output: rows as JSON.
    Json,
    /// The summary alone, as CSV.
    SummaryCsv,
    Folder(Box<Folder>),
}

/// A folder that is being written.
struct Folder {
    /// Where it will stand.
    out: PathBuf,
    /// Where it stands until then; goes away when it is dropped.
    beside: TempDir,
    rows: Option<BufWriter<File>>,
    details: Option<BufWriter<File>>,
}

impl<'a> Writers<'a> {
    /// Opens what the options ask for.
    pub fn new(plan: &Plan, options: &Options, session: &'a Session) -> Result<Self, Problems> {
        let variables = plan.model.variables();
        let mut text = String::new();
        let wants_rows = plan.rows != Rows::Summary;
        let kind = match &options.out {
            Some(out) => Kind::Folder(Box::new(Folder::new(out, plan)?)),
            None if session.csv && wants_rows => {
                text = rows::header(variables);
                Kind::Csv
            }
            None if session.csv => Kind::SummaryCsv,
            // As JSON rows are printed where somebody asks for them.
            None if session.json && options.rows.is_some() && wants_rows => {
                text.push_str("{\n  \"rows\": [");
                Kind::Json
            }
            None => Kind::Nowhere,
        };
        let names = variables.iter().map(|variable| variable.name).collect();
        Ok(Self { session, kind, text, names, has_json_rows: false })
    }

    /// Whether rows go anywhere.
    pub fn has_rows(&self) -> bool {
        match &self.kind {
            Kind::Csv | Kind::Json => true,
            Kind::Folder(folder) => folder.rows.is_some() || folder.details.is_some(),
            Kind::Nowhere | Kind::SummaryCsv => false,
        }
    }

    /// Takes a row.
    pub fn add(&mut self, line: &Line<'_>) -> Result<(), Error> {
        match &mut self.kind {
            Kind::Nowhere | Kind::SummaryCsv => Ok(()),
            Kind::Folder(folder) => folder.add(line, &mut self.text),
            Kind::Csv => {
                rows::write(line, &mut self.text);
                self.hand_on(HANDED_ON_BYTES)
            }
            Kind::Json => {
                let before = if self.has_json_rows { ",\n    " } else { "\n    " };
                self.has_json_rows = true;
                self.text.push_str(before);
                write_json(line, &self.names, &mut self.text);
                self.hand_on(HANDED_ON_BYTES)
            }
        }
    }

    /// Writes what stands behind the rows.
    pub fn finish(&mut self, source: &Source, plan: &Plan, outcome: &Outcome) -> Result<(), Problems> {
        let variables = plan.model.variables();
        match &mut self.kind {
            Kind::Nowhere | Kind::Json => {}
            Kind::Csv => self.hand_on(0)?,
            Kind::SummaryCsv => {
                self.text = summary::csv(variables, &outcome.summaries);
                self.hand_on(0)?;
            }
            Kind::Folder(folder) => {
                let summary = summary::csv(variables, &outcome.summaries);
                write_file(&folder.path(SUMMARY_FILE), summary.as_bytes())?;
                let Source { name, ledger, files, .. } = source;
                let material = pages::Material { name, ledger, plan, outcome, files };
                for (name, bytes) in pages::write(&material)? {
                    write_file(&folder.path(&name), &bytes)?;
                }
                folder.finish()?;
            }
        }
        Ok(())
    }

    /// What is printed at the end as JSON: behind the rows, or alone.
    pub fn json(&mut self, told: &Simulated<'_>) -> Result<Output, Problems> {
        if !matches!(self.kind, Kind::Json) {
            return Ok(Output::json(told));
        }
        let rest = String::from_utf8_lossy(&json_bytes(told)).into_owned();
        let rest = rest.strip_prefix('{').unwrap_or(&rest);
        self.text.push_str(&format!("\n  ],{rest}"));
        self.hand_on(0)?;
        Ok(Output::default())
    }

    /// Hands text on to standard output where it is longer than this.
    fn hand_on(&mut self, bytes: usize) -> Result<(), Error> {
        if self.text.len() <= bytes {
            return Ok(());
        }
        let text = std::mem::take(&mut self.text);
        (self.session.print)(text.as_bytes()).map_err(|error| Error::FileSystem {
            path: Shown::from("standard output"),
            doing: "written",
            message: Shown::from(error.to_string()),
        })
    }
}

impl Folder {
    fn new(out: &Path, plan: &Plan) -> Result<Self, Problems> {
        refuse_if_not_empty(out)?;
        let above = match out.parent() {
            Some(above) if !above.as_os_str().is_empty() => above,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(above).map_err(|error| file_system(above, "created", &error))?;
        let beside = tempfile::Builder::new().prefix(".meed-").tempdir_in(above);
        let beside = beside.map_err(|error| file_system(above, "written", &error))?;
        let open = |name: &str, header: &str| {
            let path = beside.path().join(name);
            let mut file =
                BufWriter::new(File::create(&path).map_err(|error| file_system(&path, "written", &error))?);
            file.write_all(header.as_bytes()).map_err(|error| file_system(&path, "written", &error))?;
            Ok::<_, Error>(file)
        };
        let rows = match plan.rows {
            Rows::Summary => None,
            _ => Some(open(ROWS_FILE, &rows::header(plan.model.variables()))?),
        };
        let details = match plan.model.details() {
            Some((name, columns)) if plan.detail => {
                Some(open(&format!("{name}.csv"), &rows::details_header(columns))?)
            }
            _ => None,
        };
        Ok(Self { out: out.to_owned(), rows, details, beside })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.beside.path().join(name)
    }

    fn add(&mut self, line: &Line<'_>, text: &mut String) -> Result<(), Error> {
        let out = &self.out;
        let mut write = |file: &mut Option<BufWriter<File>>, written: fn(&Line<'_>, &mut String)| {
            let Some(file) = file else { return Ok(()) };
            text.clear();
            written(line, text);
            file.write_all(text.as_bytes()).map_err(|error| file_system(out, "written", &error))
        };
        write(&mut self.rows, rows::write)?;
        write(&mut self.details, rows::write_details)
    }

    /// Moves the folder to its place.
    fn finish(&mut self) -> Result<(), Error> {
        let failed = |error: &std::io::Error| file_system(&self.out, "written", error);
        for mut file in [self.rows.take(), self.details.take()].into_iter().flatten() {
            file.flush().map_err(|error| failed(&error))?;
        }
        // An empty folder that is there gives way.
        if self.out.is_dir() {
            std::fs::remove_dir(&self.out).map_err(|error| failed(&error))?;
        }
        std::fs::rename(self.beside.path(), &self.out).map_err(|error| failed(&error))
    }
}

/// A row as a JSON object.
fn write_json(line: &Line<'_>, names: &[&str], text: &mut String) {
    let (subset, at) = (line.subset, line.at);
    text.push_str(&format!(
        "{{\"simulation\": {}, \"subset\": {}, \"run\": {}, \"substep\": {}, \"timestep\": {}",
        subset.simulation, subset.subset, line.run, at.substep, at.timestep
    ));
    for (name, value) in names.iter().zip(line.row) {
        // Rows hold finite numbers only, and names of variables are plain words.
        text.push_str(&format!(", \"{name}\": {}", rows::number(*value)));
    }
    text.push('}');
}
