//! What an import reads: the rounds of a RAD repository, as they lie in a folder. Nothing is computed
//! here; names of files are those that parameters.json gives.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::commands::check::walk;
use crate::commands::disk::file_system;
use crate::error::{Error, Place, Problems};
use crate::files::{Content, Files, path_within};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::ledger::round_file::Period;
use crate::ledger::round_id::{RAD_FILE, RoundId, find_rounds};

/// A round of the source.
pub struct SourceRound {
    /// Its id in the new ledger: the name of its folder.
    pub id: RoundId,
    /// Its files that are inputs of the first revision: name in the round's folder, and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    /// The praise files of later revisions, 2 first, without gap.
    pub revisions: Vec<(String, Vec<u8>)>,
}

/// The tokens that a folder's parameters name: symbol, and address if one is given.
pub type Token = (String, Option<String>);

/// The rounds below a folder.
///
/// Errors: there are none, their folders' names cannot be ids, a file cannot be read.
pub fn read(path: &Path) -> Result<Vec<SourceRound>, Problems> {
    let root = std::fs::canonicalize(path).map_err(|error| file_system(path, "read", &error))?;
    let (above, name) = split(&root);
    let mut paths = Vec::new();
    walk(&above, &name, &mut |path| paths.push(path))?;
    paths.retain(|path| path.rsplit('/').next() == Some(RAD_FILE));
    let place = || Place::file(&path.display().to_string());
    let prefix = common_folder(&paths);
    let mut folders: Vec<&str> = paths.iter().filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
    folders.sort_unstable();
    let below = folders.iter().filter_map(|folder| folder.strip_prefix(&prefix));
    let below: Vec<String> = below.map(|id| format!("x/{id}/{RAD_FILE}")).collect();
    let rounds = match find_rounds("x", below.iter().map(String::as_str)) {
        Ok(rounds) => rounds,
        Err(problems) => return Problems::unless_empty(problems, Vec::new()),
    };
    if rounds.is_empty() {
        return Err(Error::RadRoundsNone { place: place() }.into());
    }
    let read = |id: RoundId| -> Result<SourceRound, Error> {
        let folder = above.join(format!("{prefix}{id}"));
        let parameters = read_file(&folder.join(RAD_FILE))?.unwrap_or_default();
        let mut names = input_names(&parameters);
        let mut files = vec![(RAD_FILE.to_owned(), parameters)];
        names.insert("praise.1.csv".to_owned());
        for name in names {
            if let Some(bytes) = read_file(&folder.join(&name))? {
                files.push((name, bytes));
            }
        }
        let mut revisions = Vec::new();
        for revision in 2_u32.. {
            let name = format!("praise.{revision}.csv");
            let Some(bytes) = read_file(&folder.join(&name))? else { break };
            files.retain(|(other, _)| *other != name);
            revisions.push((name, bytes));
        }
        Ok(SourceRound { id, files, revisions })
    };
    Ok(rounds.into_iter().map(read).collect::<Result<_, _>>()?)
}

/// The folder above, and the name below it.
fn split(root: &Path) -> (PathBuf, String) {
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned());
    match (root.parent(), name) {
        (Some(above), Some(name)) => (above.to_owned(), name),
        _ => (root.to_owned(), ".".to_owned()),
    }
}

/// The deepest folder that holds the folders of all rounds, with a slash behind it; empty where that is
/// above the source, which is a round itself.
fn common_folder(paths: &[String]) -> String {
    let mut common: Option<Vec<&str>> = None;
    for path in paths {
        // The last two are the round's folder and the file.
        let segments: Vec<&str> = path.split('/').collect();
        let above = segments.get(..segments.len().saturating_sub(2)).unwrap_or_default();
        common = Some(match common {
            None => above.to_vec(),
            Some(before) => before
                .iter()
                .zip(above)
                .take_while(|(left, right)| left == right)
                .map(|(it, _)| *it)
                .collect(),
        });
    }
    let common = common.unwrap_or_default();
    if common.is_empty() { String::new() } else { common.join("/") + "/" }
}

/// The input files that parameters.json names, of all systems: plain paths in the round's folder.
fn input_names(parameters: &[u8]) -> BTreeSet<String> {
    let value: Value = serde_json::from_slice(parameters).unwrap_or_default();
    let systems = value.get("system_settings").and_then(Value::as_object);
    let files = systems.into_iter().flat_map(|systems| systems.values());
    let files = files.filter_map(|system| system.get("input_files")?.as_object());
    let named = files.flatten().filter(|(role, _)| *role != "cross_period_root");
    let place = Place::file(RAD_FILE);
    named.filter_map(|(_, name)| path_within("", name.as_str()?, &place).ok()).collect()
}

/// The bytes of a regular file; none where there is none. Links are not followed: they may lead anywhere.
fn read_file(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {
            std::fs::read(path).map(Some).map_err(|error| file_system(path, "read", &error))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_system(path, "read", &error)),
    }
}

impl SourceRound {
    /// The period, as the new ledger will read it; none where the files give none.
    pub fn period(&self, ledger: &Ledger) -> Option<Period> {
        let folder = ledger.folder_of(&self.id);
        let mut files = Files::default();
        for (name, bytes) in &self.files {
            files.insert(format!("{folder}/{name}"), Content::File(bytes.clone()));
        }
        Plan::read_partly(&files, ledger, &self.id, 1).ok().map(|(plan, _)| plan.period)
    }

    /// The token that its parameters name first.
    pub fn token(&self) -> Option<Token> {
        let (_, parameters) = self.files.first()?;
        let value: Value = serde_json::from_slice(parameters).ok()?;
        let systems = value.get("system_settings")?.as_object()?;
        let token = systems.values().find_map(|system| system.get("payout_token"))?;
        let text = |name: &str| token.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("token_name")?, text("token_address")))
    }
}

/// Refuses overrides of rounds that are not there.
pub fn check_overrides(ledger: &Ledger, rounds: &[SourceRound]) -> Result<(), Problems> {
    let ids: Vec<RoundId> = rounds.iter().map(|round| round.id.clone()).collect();
    ledger.check_rounds(&ids)
}
