//! The plan of a round: what its file asks for, checked, with all paths resolved. Everything
//! after this file is the same for meed's own rounds and for RAD folders.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::revision::{self, path_in_revision};
use super::round_file::{AllocationFile, InputFile, OneOrMany, Period, RoundFile};
use super::round_id::{RAD_FILE, ROUND_FILE, RoundId};
use super::{FORMAT, Ledger, Token, TokenFile, rad};
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown, Warning};
use crate::files::{self, Files};

/// Names that no allocation and no reward may have: they are columns or belong to meed.
pub(super) const RESERVED_NAMES: [&str; 8] =
    ["held", "released", "offset", "recipient", "address", "key", "accounts", "total"];

/// Most allocations of a round: each brings columns to distribution.csv, which must stay readable
/// ([`crate::tables::COLUMN_LIMIT`]).
const ALLOCATION_LIMIT: usize = 100;

/// What a round's file asks for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The round.
    pub round: RoundId,
    /// 1 for the first closing, 2 and up for amendments.
    pub revision: u32,
    /// The round's folder, from the ledger's root.
    pub folder: String,
    /// The round's file, from the ledger's root: the place of its problems.
    pub file: String,
    /// The reward period.
    pub period: Period,
    /// The token of the round; symbol and decimals are the ledger's.
    pub token: Token,
    /// The parts of the round, in the order of the file.
    pub allocations: Vec<Allocation>,
    /// Files that the plan itself was read from, from the ledger's root.
    pub read: BTreeSet<String>,
    /// What people should look at.
    pub warnings: Vec<Warning>,
}

/// A part of a round, given to one method.
#[derive(Debug, Clone)]
pub struct Allocation {
    /// The name, unique in the round.
    pub name: String,
    /// The method with its version, not yet checked.
    pub method: String,
    /// The amount that the file names, if it names one.
    pub declared: Option<Amount>,
    /// Input files by role, from the ledger's root.
    pub inputs: BTreeMap<String, Input>,
    /// The settings as the round's file gives them.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// Settings of `ledger.json` that replace them (RAD folders only).
    pub overrides: serde_json::Map<String, serde_json::Value>,
}

/// The files of one role, from the ledger's root; folders are resolved to their files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// One or several files in order.
    Files(Vec<String>),
    /// Several lists, each under a label.
    Labelled(Vec<(String, Vec<String>)>),
}

impl Input {
    /// All its files.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::Files(paths) => paths.iter().map(String::as_str).collect(),
            Self::Labelled(lists) => lists.iter().flat_map(|(_, paths)| paths).map(String::as_str).collect(),
        }
    }
}

impl Plan {
    /// Reads the file of a round. From revision 2 on corrected files stand for those of the round
    /// ([`revision`]), and a RAD folder reads the praise file of that number.
    pub fn read(files: &Files, ledger: &Ledger, round: &RoundId, revision: u32) -> Result<Self, Problems> {
        let (plan, problems) = Self::read_partly(files, ledger, round, revision)?;
        Problems::unless_empty(problems, ()).map(|()| plan)
    }

    /// The plan as far as it can be read, and what is wrong with it: so that the problems of the
    /// inputs show together with those of the round's file.
    pub fn read_partly(
        files: &Files,
        ledger: &Ledger,
        round: &RoundId,
        revision: u32,
    ) -> Result<(Self, Vec<Error>), Problems> {
        let folder = ledger.folder_of(round);
        let newest = |name: &str| path_in_revision(files, &folder, &format!("{folder}/{name}"), revision);
        let (native, foreign) = (newest(ROUND_FILE), newest(RAD_FILE));
        match (files.contains(&native), files.contains(&foreign)) {
            (true, true) => Err(Error::RoundFilesBoth { place: Place::file(&folder) }.into()),
            (false, false) => Err(Error::RoundFileMissing { place: Place::file(&folder) }.into()),
            (true, false) => {
                let native = format!("{}/{ROUND_FILE}", revision::folder_of(&folder, revision));
                if !files.contains(&native) {
                    return Err(Error::FileMissing { place: Place::file(&native) }.into());
                }
                let file: RoundFile = files::read_json(&native, files.bytes(&native)?)?;
                Self::check(files, ledger, (round, revision), native, file)
            }
            (false, true) => rad::read(files, ledger, round, foreign, revision),
        }
    }

    /// Checks a round file and resolves its paths; all problems at once.
    fn check(
        files: &Files,
        ledger: &Ledger,
        (round, revision): (&RoundId, u32),
        path: String,
        file: RoundFile,
    ) -> Result<(Self, Vec<Error>), Problems> {
        let place = Place::file(&path);
        if file.format != FORMAT {
            let found = Shown::from(file.format.to_string());
            return Err(Error::FormatUnknown { place, found, known: FORMAT }.into());
        }
        if file.allocations.len() > ALLOCATION_LIMIT {
            let (found, limit) = (file.allocations.len(), ALLOCATION_LIMIT);
            return Err(Error::AllocationsTooMany { place, found, limit }.into());
        }
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        problems.extend(fault_of_revises(&file, revision, &place));
        let period = Period::check(&file.period, &place, &mut problems);
        let token = file.token.as_ref().map_or_else(
            || ledger.token.clone(),
            |token| check_token(token, ledger, &place, &mut problems, &mut warnings),
        );
        let folder = ledger.folder_of(round);
        let mut allocations = Vec::new();
        for allocation in file.allocations {
            let paths = Paths { files, folder: &folder, revision, place: &place };
            match Allocation::check(allocation, paths, ledger.token.decimals) {
                Ok(allocation) => allocations.push(allocation),
                Err(found) => problems.extend(found),
            }
        }
        if ledger.overrides_of(round).is_some() {
            problems.push(Error::OverrideUnknown {
                place: Place::file(super::LEDGER_FILE),
                what: "RAD folder",
                name: Shown::from(round.as_str()),
                round: Shown::from("the ledger"),
            });
        }
        // Stands in for one that is wrong, so that the inputs are read and their problems show too.
        let period = period.unwrap_or(Period { start: Date::MIN, end: Date::MAX });
        let read = BTreeSet::from([path.clone()]);
        let round = round.clone();
        let plan = Self { round, revision, folder, file: path, period, token, allocations, read, warnings };
        Ok(plan.checked(problems))
    }

    /// The checks that both formats share; `problems` are those found before.
    pub(super) fn checked(self, mut problems: Vec<Error>) -> (Self, Vec<Error>) {
        let place = Place::file(&self.file);
        if self.allocations.is_empty() && problems.is_empty() {
            problems.push(Error::AllocationsNone { place: place.clone() });
        }
        let mut names = BTreeSet::new();
        for allocation in &self.allocations {
            let name = allocation.name.as_str();
            if let Some(reason) = fault_of_name(name) {
                problems.push(Error::AllocationName {
                    place: place.clone(),
                    name: Shown::from(name),
                    reason,
                });
            }
            if !names.insert(name) {
                problems.push(Error::AllocationTwice { place: place.clone(), name: Shown::from(name) });
            }
        }
        if Amount::sum(self.allocations.iter().filter_map(|allocation| allocation.declared)).is_none() {
            problems.push(Error::PoolsTooLarge { place });
        }
        (self, problems)
    }
}

/// Why a name cannot be an allocation's or a reward's.
pub fn fault_of_name(name: &str) -> Option<&'static str> {
    let first = name.bytes().next();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if !first.is_some_and(plain)
        || !name.bytes().all(|byte| plain(byte) || byte == b'_' || byte == b'-')
        || name.len() > 64
    {
        Some("a name has 1 to 64 of a-z, 0-9, `_` and `-`, and starts with a letter or digit")
    } else if RESERVED_NAMES.contains(&name) {
        Some("the name is a column of distribution.csv or belongs to meed")
    } else {
        None
    }
}

/// Checks a round's own token against the ledger's: another symbol or other decimals are an
/// error, another contract or chain a warning.
pub(super) fn check_token(
    file: &TokenFile,
    ledger: &Ledger,
    place: &Place,
    problems: &mut Vec<Error>,
    warnings: &mut Vec<Warning>,
) -> Token {
    let token = Token::check(file, place, problems);
    let mut differs = |what, found: &str, expected: &str| {
        let (found, expected) = (Shown::from(found), Shown::from(expected));
        problems.push(Error::TokenDiffers { place: place.clone(), what, found, expected });
    };
    if token.symbol != ledger.token.symbol {
        differs("symbol", &token.symbol, &ledger.token.symbol);
    }
    if token.decimals != ledger.token.decimals {
        differs("decimals", &token.decimals.to_string(), &ledger.token.decimals.to_string());
    }
    if token.address.is_some() && ledger.token.address.is_some() && token.address != ledger.token.address {
        let both = [token.address, ledger.token.address]
            .map(|address| address.map_or_else(String::new, |a| a.to_string()));
        warnings.push(Warning::new(
            place.clone(),
            format!("the round's token is at {}, the ledger's at {}", both[0], both[1]),
        ));
    }
    if token.chain_id.is_some() && ledger.token.chain_id.is_some() && token.chain_id != ledger.token.chain_id
    {
        warnings.push(Warning::new(place.clone(), "the round's token is on another chain than the ledger's"));
    }
    token
}

impl Allocation {
    /// Checks one allocation of a round file and resolves its paths.
    fn check(file: AllocationFile, paths: Paths<'_>, decimals: u8) -> Result<Self, Vec<Error>> {
        let place = paths.place;
        let mut problems = Vec::new();
        let mut inputs = BTreeMap::new();
        for (role, input) in &file.inputs {
            match paths.resolve(input) {
                Ok(input) => _ = inputs.insert(role.clone(), input),
                Err(error) => problems.push(error),
            }
        }
        let what = format!("pool of `{}`", Shown::from(&file.name));
        let declared = file.pool.as_ref().and_then(|pool| {
            Amount::parse(&pool.0, decimals, place, &what).map_err(|error| problems.push(error)).ok()
        });
        let allocation = Self {
            name: file.name,
            method: file.method,
            declared,
            inputs,
            settings: file.settings,
            overrides: serde_json::Map::new(),
        };
        if problems.is_empty() { Ok(allocation) } else { Err(problems) }
    }
}

/// Where the paths of a round file are looked up.
#[derive(Clone, Copy)]
struct Paths<'a> {
    files: &'a Files,
    folder: &'a str,
    revision: u32,
    /// The round file, which names them.
    place: &'a Place,
}

impl Paths<'_> {
    /// Resolves the paths of one role.
    fn resolve(self, input: &InputFile) -> Result<Input, Error> {
        let list = |paths: &[String]| -> Result<Vec<String>, Error> {
            let found: Result<Vec<_>, _> = paths.iter().map(|path| self.files_of(path)).collect();
            found.map(|lists| lists.into_iter().flatten().collect())
        };
        match input {
            InputFile::One(path) => list(std::slice::from_ref(path)).map(Input::Files),
            InputFile::Many(paths) => list(paths).map(Input::Files),
            InputFile::Labelled(labelled) => {
                let lists: Result<Vec<_>, _> = labelled
                    .iter()
                    .map(|(label, paths)| match paths {
                        OneOrMany::One(path) => {
                            list(std::slice::from_ref(path)).map(|found| (label.clone(), found))
                        }
                        OneOrMany::Many(paths) => list(paths).map(|found| (label.clone(), found)),
                    })
                    .collect();
                lists.map(Input::Labelled)
            }
        }
    }

    /// A path from the ledger's root; a folder stands for the files directly in it, in byte order.
    fn files_of(self, path: &str) -> Result<Vec<String>, Error> {
        let path = files::path_within(self.folder, path, self.place)?;
        let path = path_in_revision(self.files, self.folder, &path, self.revision);
        if self.files.contains(&path) {
            return Ok(vec![path]);
        }
        let depth = path.len() + 1;
        let inside: Vec<String> = self
            .files
            .under(&path)
            .filter(|found| found.get(depth..).is_some_and(|rest| !rest.contains('/')))
            .map(str::to_owned)
            .collect();
        if inside.is_empty() { Err(Error::FileMissing { place: Place::file(&path) }) } else { Ok(inside) }
    }
}

/// `revises` stands in the round files of revisions, and there it names the revision before.
fn fault_of_revises(file: &RoundFile, revision: u32, place: &Place) -> Option<Error> {
    let named = file.revises.as_ref().map(|revises| revises.revision);
    let place = place.clone();
    match named {
        None if revision == 1 => None,
        Some(before) if before.checked_add(1) == Some(revision) => None,
        Some(_) if revision == 1 => Some(Error::RevisesOutsideRevision { place }),
        named => {
            let found = named.map_or_else(
                || Shown::from("`revises` is missing"),
                |named| Shown::from(format!("`revises` names revision {named}")),
            );
            Some(Error::RevisesWrong { place, found, before: revision - 1 })
        }
    }
}
