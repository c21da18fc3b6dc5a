//! Where rounds are: the RAD folders below a path, their revisions, and what was published of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::audit::published::Kind;
use crate::commands::disk::file_system;
use crate::error::{Error, Place, Shown};
use crate::files::streamed::Opener;
use crate::files::{self, Content, Files, Streamed};
use crate::ledger::round_id::{RAD_FILE, ROUND_FILE, RoundId};
use crate::snapshot::lfs::open_file;

/// Most bytes of a `parameters.json` that is looked into.
const PARAMETERS_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// Keys of which RAD's `parameters.json` has one at least.
const RAD_KEYS: [&str; 3] =
    ["employed_reward_systems", "token_allocation_per_reward_system", "system_settings"];

/// A round folder.
#[derive(Debug, Clone)]
pub struct Found {
    /// The folder.
    pub folder: PathBuf,
    /// The folders that lead there from the path that is audited.
    pub relative: String,
    /// What the folder above is called in messages: the ledger's rounds folder.
    pub rounds: String,
    /// The round's id.
    pub id: RoundId,
    /// The id where no other round has it, else the folder.
    pub name: String,
}

/// What stands below the path.
#[derive(Debug, Default)]
pub struct Search {
    /// The rounds in RAD's format, in natural order.
    pub rounds: Vec<Found>,
    /// How many folders hold a round.json, which meed closes and verifies.
    pub native: usize,
    /// How many folders hold a `parameters.json` of another program.
    pub foreign: usize,
}

/// Finds the rounds below `root`. `rounds` is the rounds folder of a ledger at `root`, if there is one.
pub fn find(root: &Path, rounds: Option<&str>) -> Result<Search, Error> {
    let mut search = Search::default();
    let root = root.canonicalize().map_err(|error| file_system(root, "read", &error))?;
    let mut waiting = vec![(root.clone(), String::new())];
    while let Some((folder, relative)) = waiting.pop() {
        let inside = children(&folder)?;
        let is_file = |name: &str| inside.iter().any(|(other, kind)| other == name && *kind == Inside::File);
        if is_file(RAD_FILE) {
            if is_rad(&folder.join(RAD_FILE))? {
                search.rounds.push(found(&root, folder, relative, rounds)?);
                continue; // a round is not searched further
            }
            search.foreign += 1;
        }
        search.native += usize::from(is_file(ROUND_FILE));
        for (name, _) in inside.iter().filter(|(name, kind)| *kind == Inside::Folder && name != ".git") {
            waiting.push((folder.join(name), join(&relative, name)));
        }
    }
    search.rounds.sort_by(|left, right| (&left.id, &left.relative).cmp(&(&right.id, &right.relative)));
    let ids: Vec<String> = search.rounds.iter().map(|round| round.id.as_str().to_owned()).collect();
    for round in &mut search.rounds {
        let is_alone = ids.iter().filter(|id| *id == round.id.as_str()).count() == 1;
        round.name = if is_alone { round.id.to_string() } else { Shown::from(&round.relative).to_string() };
    }
    Ok(search)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// What stands in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    File,
    Folder,
    Link,
}

/// The names in a folder, sorted; those that are not UTF-8 cannot be named by a round and are left out.
fn children(folder: &Path) -> Result<Vec<(String, Inside)>, Error> {
    let failed = |error: &std::io::Error| file_system(folder, "read", error);
    let mut children = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let kind = entry.file_type().map_err(|error| failed(&error))?;
        let kind = match (kind.is_dir(), kind.is_file()) {
            (true, _) => Inside::Folder,
            (_, true) => Inside::File,
            _ => Inside::Link,
        };
        children.extend(entry.file_name().to_str().map(|name| (name.to_owned(), kind)));
    }
    children.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(children)
}

/// Whether a `parameters.json` is RAD's, or broken JSON, which must not go unnoticed.
fn is_rad(path: &Path) -> Result<bool, Error> {
    let bytes = std::fs::metadata(path).map_err(|error| file_system(path, "read", &error))?.len();
    if bytes > PARAMETERS_LIMIT_BYTES {
        return Ok(false);
    }
    let bytes = std::fs::read(path).map_err(|error| file_system(path, "read", &error))?;
    let value: Result<Map<String, Value>, _> = files::read_json(RAD_FILE, &bytes);
    Ok(value.map_or(true, |value| RAD_KEYS.iter().any(|key| value.contains_key(*key))))
}

/// A round folder with its id: its name, or in a ledger its path below the rounds folder.
fn found(root: &Path, folder: PathBuf, relative: String, rounds: Option<&str>) -> Result<Found, Error> {
    let place = Place::file(&relative);
    let below = rounds.and_then(|rounds| relative.strip_prefix(rounds)?.strip_prefix('/'));
    let in_ledger = below.and_then(|below| RoundId::parse(below, &place).ok());
    let named =
        |path: Option<&Path>| path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let (rounds, id) = match (in_ledger, rounds) {
        (Some(id), Some(rounds)) => (rounds.to_owned(), id),
        _ => {
            let above = match relative.rsplit_once('/') {
                Some((above, _)) => Some(above.to_owned()),
                None if relative.is_empty() => named(root.parent()),
                None => named(Some(root)),
            };
            let is_plain = |above: &String| {
                let first = above.split('/').next().unwrap_or_default();
                !["simulations", "templates"].contains(&first) && RoundId::parse(above, &place).is_ok()
            };
            (above.filter(is_plain).unwrap_or_else(|| "rounds".to_owned()), id_of(named(Some(&folder)))?)
        }
    };
    Ok(Found { folder, relative, rounds, id, name: String::new() })
}

/// The id of a folder: its name, as far as an id may hold it. The id decides nothing but who gets the
/// last unit of a division.
fn id_of(name: Option<String>) -> Result<RoundId, Error> {
    let place = Place::file("");
    let name = name.unwrap_or_default();
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let made = || {
        let name: String =
            name.chars().map(|found| if plain(found) { found } else { '-' }).take(58).collect();
        format!("round-{name}")
    };
    RoundId::parse(&name, &place).or_else(|_| RoundId::parse(&made(), &place))
}

impl Found {
    /// The path of a file of the round as the pipeline and messages have it.
    pub fn path_of(&self, relative: &str) -> String {
        format!("{}/{}/{relative}", self.rounds, self.id)
    }

    /// The same back: the path from the round's folder.
    pub fn relative_of<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.rounds.as_str())?
            .strip_prefix('/')?
            .strip_prefix(self.id.as_str())?
            .strip_prefix('/')
    }

    /// The files of the folder and below, each opened when it is read.
    pub fn files(&self) -> Result<Files, Error> {
        let mut files = Files::default();
        let mut waiting = vec![(self.folder.clone(), String::new())];
        while let Some((folder, relative)) = waiting.pop() {
            for (name, kind) in children(&folder)? {
                let (on_disk, relative) = (folder.join(&name), join(&relative, &name));
                let content = match kind {
                    Inside::Folder => {
                        waiting.push((on_disk, relative));
                        continue;
                    }
                    Inside::Link => Content::Other("a symbolic link, or no file at all"),
                    Inside::File => {
                        let metadata = std::fs::symlink_metadata(&on_disk);
                        let metadata = metadata.map_err(|error| file_system(&on_disk, "read", &error))?;
                        let open: Opener = Box::new(move || Ok(Box::new(open_file(&on_disk)?)));
                        Content::Streamed(Streamed::new(&self.path_of(&relative), metadata.len(), open))
                    }
                };
                files.insert(self.path_of(&relative), content);
            }
        }
        Ok(files)
    }

    /// The revisions of the round: those that have a praise file, and where `praise.1.csv` tells that
    /// there are several, those that only have results.
    pub fn revisions(&self, files: &Files) -> Vec<u32> {
        if !files.contains(&self.path_of("praise.1.csv")) {
            return vec![1];
        }
        let folder = self.path_of("");
        let number = |path: &str| -> Option<u32> {
            let path = path.strip_prefix(&folder)?;
            let first = path.split('/').next().unwrap_or_default();
            let text = match path.strip_prefix("published/revision-") {
                Some(rest) => rest.split_once('/')?.0,
                None if first == path => path.strip_prefix("praise.")?.strip_suffix(".csv")?,
                None => first.strip_prefix("distribution_results.")?,
            };
            text.parse().ok().filter(|number: &u32| number.to_string() == text && *number > 0)
        };
        let numbers: BTreeSet<u32> = files.under(folder.trim_end_matches('/')).filter_map(number).collect();
        numbers.into_iter().collect()
    }

    /// What was published of a revision, by the folders in which RAD and those who copied its files put
    /// it: the first that holds any of the files.
    pub fn published(&self, files: &Files, revision: u32) -> BTreeMap<Kind, String> {
        let is_several = files.contains(&self.path_of("praise.1.csv"));
        let mut folders = Vec::new();
        if is_several || revision > 1 {
            folders.extend(with_exports(&format!("distribution_results.{revision}")));
            folders.push(format!("published/revision-{revision}/"));
        }
        if revision == 1 {
            folders.extend(with_exports("distribution_results"));
            folders.push("raw_csv_exports/".to_owned());
            folders.extend(with_exports("distribution_results.1"));
            folders.push("published/revision-1/".to_owned());
            let output = self.output_folder(files).filter(|_| !is_several);
            folders.extend(output.iter().flat_map(|output| with_exports(output)));
            folders.push(String::new());
        }
        let inside = |folder: &String| -> BTreeMap<Kind, String> {
            let path = |kind: Kind| self.path_of(&format!("{folder}{}", kind.file_name()));
            Kind::ALL
                .into_iter()
                .map(|kind| (kind, path(kind)))
                .filter(|(_, path)| files.contains(path))
                .collect()
        };
        folders.iter().map(inside).find(|there| !there.is_empty()).unwrap_or_default()
    }

    /// The folder that `parameters.json` names for its results.
    fn output_folder(&self, files: &Files) -> Option<String> {
        let path = self.path_of(RAD_FILE);
        let value: Map<String, Value> = files::read_json(&path, files.bytes(&path).ok()?).ok()?;
        let output = value.get("results_output_folder")?.as_str()?;
        files::path_within("", output, &Place::file(&path)).ok()
    }
}

/// A folder of results, and the one in it where RAD put its tables.
fn with_exports(folder: &str) -> [String; 2] {
    [format!("{folder}/raw_csv_exports/"), format!("{folder}/")]
}
