//! What is simulated: a simulation of the ledger, a file, or a model as it is.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Options;
use crate::commands::Session;
use crate::commands::disk::file_system;
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, Content, Files};
use crate::ledger::templates::path_of;
use crate::ledger::{LEDGER_FILE, LedgerFile};
use crate::report::render::TEMPLATES;
use crate::simulation::file::{ConfigurationFile, Rows, SimulationFile, SweepFile};
use crate::simulation::models::ModelId;
use crate::simulation::plan;
use crate::simulation::random::Rng;
use crate::simulation::{SIMULATION_FILE, SIMULATIONS_FOLDER};

/// Where a simulation comes from, read from the work tree.
pub struct Source {
    /// What the page calls it.
    pub name: String,
    /// The community's name; empty outside a ledger.
    pub ledger: String,
    /// The file, for messages.
    pub place: Place,
    /// Its folder: the start of the paths in `files`.
    pub folder: String,
    /// What the file asks for.
    pub file: SimulationFile,
    /// The table that it may name, and the ledger's own templates.
    pub files: Files,
}

impl Source {
    /// Finds and reads what `what` names.
    pub fn read(what: &str, session: &Session) -> Result<Self, Problems> {
        let root = &session.ledger;
        let within = |name: &str| format!("{SIMULATIONS_FOLDER}/{name}/{SIMULATION_FILE}");
        let name = what.strip_prefix("simulations/").unwrap_or(what).trim_end_matches('/');
        let own = within(name);
        let found = if Path::new(what).is_file() {
            Some((PathBuf::from(what), what.replace('\\', "/")))
        } else if !name.is_empty() && files::path_within("", &own, &Place::file(&own)).is_ok() {
            Some((root.join(&own), own)).filter(|(path, _)| path.is_file())
        } else {
            None
        };
        let Some((path, shown)) = found else {
            return match ModelId::parse(what) {
                Some(model) => Ok(Self::of_model(model, session)),
                None => Err(unknown(what, root).into()),
            };
        };
        let folder = shown.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned());
        let bytes = std::fs::read(&path).map_err(|error| file_system(&path, "read", &error))?;
        let file = SimulationFile::read(&shown, &bytes)?;
        let mut files = templates(root);
        let place = Place::file(&shown);
        if let Some(table) = &file.exogenous {
            let inner = files::path_within(&folder, table, &place)?;
            let on_disk = path.parent().unwrap_or(root).join(table);
            if on_disk.is_file() {
                let bytes = std::fs::read(&on_disk).map_err(|error| file_system(&on_disk, "read", &error))?;
                files.insert(inner, Content::File(bytes));
            }
        }
        let name = if shown == within(name) { name.to_owned() } else { file_name(&path) };
        Ok(Self { name, ledger: community(root), place, folder, file, files })
    }

    /// A model with nothing changed.
    fn of_model(model: ModelId, session: &Session) -> Self {
        let file = SimulationFile {
            schema: None,
            model: model.as_str().to_owned(),
            rng: Rng::default(),
            seed: 0,
            timesteps: None,
            runs: None,
            rows: Rows::default(),
            detail: false,
            parameters: Map::new(),
            sweep: None,
            configurations: Vec::new(),
            exogenous: None,
        };
        Self {
            name: model.as_str().to_owned(),
            ledger: community(&session.ledger),
            place: Place::file(model.as_str()),
            folder: String::new(),
            file,
            files: templates(&session.ledger),
        }
    }

    /// Changes what the options name.
    pub fn change(&mut self, options: &Options) -> Result<(), Problems> {
        let file = &mut self.file;
        file.runs = options.runs.or(file.runs);
        file.timesteps = options.timesteps.or(file.timesteps);
        file.seed = options.seed.unwrap_or(file.seed);
        file.rows = options.rows.map_or(file.rows, Into::into);
        file.detail |= options.detail;
        for (name, value) in options.settings()? {
            set(file, &name, &value);
        }
        Ok(())
    }
}

/// Sets a parameter in all configurations, and takes it out of all sweeps.
fn set(file: &mut SimulationFile, name: &str, value: &Value) {
    let without = |sweep: &mut Option<SweepFile>| {
        if let Some(inner) = sweep {
            inner.parameters.shift_remove(name);
            if inner.parameters.is_empty() {
                *sweep = None;
            }
        }
    };
    plan::set(&mut file.parameters, name, value);
    without(&mut file.sweep);
    for ConfigurationFile { parameters, sweep, .. } in &mut file.configurations {
        plan::set(parameters, name, value);
        without(sweep);
    }
}

/// The ledger's own templates, as the work tree has them.
fn templates(root: &Path) -> Files {
    let mut files = Files::default();
    for (name, _) in TEMPLATES {
        let path = path_of(name);
        if let Ok(bytes) = std::fs::read(root.join(&path)) {
            files.insert(path, Content::File(bytes));
        }
    }
    files
}

/// The name of the community whose ledger this is; empty where it is none.
fn community(root: &Path) -> String {
    let bytes = std::fs::read(root.join(LEDGER_FILE)).unwrap_or_default();
    files::read_json::<LedgerFile>(LEDGER_FILE, &bytes).map_or_else(|_| String::new(), |ledger| ledger.name)
}

/// The name of a file without its ending.
fn file_name(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Neither a simulation nor a file nor a model.
fn unknown(what: &str, root: &Path) -> Error {
    let folders = std::fs::read_dir(root.join(SIMULATIONS_FOLDER)).into_iter().flatten().flatten();
    let has_file = |entry: &std::fs::DirEntry| entry.path().join(SIMULATION_FILE).is_file();
    let mut known: Vec<String> =
        folders.filter(has_file).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    known.sort();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Error::SimulationUnknown { name: Shown::from(what), known: Shown::from(known) }
}
