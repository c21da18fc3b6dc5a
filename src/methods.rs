//! The table of methods, and what every method takes and gives.
//!
//! A method is a versioned rule that divides a pool. A published version is frozen: a changed rule
//! is a new file and a new variant, and the old one stays, so that old rounds can be recomputed.

pub mod airdrop_v1;
mod brought_in;
pub mod conviction_v1;
pub mod explanation;
pub mod fractal_v1;
pub mod grain_v1;
mod outcome;
pub mod praise_v1;
mod reals;
pub mod sourcecred_v1;
pub mod weighted_v1;
pub mod work_v1;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use brought_in::CLAIMED;
pub use outcome::{Outcome, ReportTable, Reward, Statistics, TablePath};

use crate::amount::{Amount, ApportionFault, Division, Draw, Weight};
use crate::error::{Error, Place, Shown};
use crate::files::{self, Files};
use crate::ledger::LEDGER_FILE;
use crate::ledger::plan::{Allocation, Input, Plan};
use crate::recipient::Key;
use crate::statement::{CARRY_FILE, KeptRecord};
use explanation::Section;

/// The methods that this meed knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Praise: rated contributions, their quantifiers, and a reward board.
    PraiseV1,
    /// SourceCred: amounts that another program computed.
    SourcecredV1,
    /// Fractal: ranks by consensus in weekly meetings.
    FractalV1,
    /// Airdrop: who held enough of a token at every snapshot.
    AirdropV1,
    /// Conviction voting: proposals that enough stake stood behind for long enough.
    ConvictionV1,
    /// Work: impact of contributions, paid from a minted treasury.
    WorkV1,
    /// Grain: SourceCred's allocation policies over cred.
    GrainV1,
    /// Weighted: any table, with transforms, filters, caps and floors.
    WeightedV1,
}

impl Method {
    /// All methods, in the order of the README's table.
    pub const ALL: [Self; 8] = [
        Self::PraiseV1,
        Self::SourcecredV1,
        Self::FractalV1,
        Self::AirdropV1,
        Self::ConvictionV1,
        Self::WorkV1,
        Self::GrainV1,
        Self::WeightedV1,
    ];

    /// The one spelling of the method: in round files, statements, schemas and vectors.
    pub const fn id(self) -> &'static str {
        match self {
            Self::PraiseV1 => "praise-v1",
            Self::SourcecredV1 => "sourcecred-v1",
            Self::FractalV1 => "fractal-v1",
            Self::AirdropV1 => "airdrop-v1",
            Self::ConvictionV1 => "conviction-v1",
            Self::WorkV1 => "work-v1",
            Self::GrainV1 => "grain-v1",
            Self::WeightedV1 => "weighted-v1",
        }
    }

    /// The method with that id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.id() == id)
    }

    /// Divides the pool of an allocation. All problems at once.
    pub fn run(self, request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
        match self {
            Self::PraiseV1 => praise_v1::run(request),
            Self::SourcecredV1 => sourcecred_v1::run(request),
            Self::FractalV1 => fractal_v1::run(request),
            Self::AirdropV1 => airdrop_v1::run(request),
            Self::ConvictionV1 => conviction_v1::run(request),
            Self::WorkV1 => work_v1::run(request),
            Self::GrainV1 => grain_v1::run(request),
            Self::WeightedV1 => weighted_v1::run(request),
        }
    }

    /// How what a recipient key gets from an allocation came about, read again from its inputs: the
    /// sections of a reward come to the amount that [`Method::run`] gives. All problems at once.
    pub fn explain(self, request: &Request<'_>, key: &Key) -> Result<Vec<Section>, Vec<Error>> {
        let sections = self.explain_each(request, std::slice::from_ref(key))?;
        Ok(sections.into_iter().flatten().collect())
    }

    /// The same for many keys, the inputs read once: the sections of each, in the order of the keys.
    pub fn explain_each(self, request: &Request<'_>, keys: &[Key]) -> Result<Vec<Vec<Section>>, Vec<Error>> {
        match self {
            Self::PraiseV1 => praise_v1::explain_each(request, keys),
            Self::SourcecredV1 => sourcecred_v1::explain_each(request, keys),
            Self::FractalV1 => fractal_v1::explain_each(request, keys),
            Self::AirdropV1 => airdrop_v1::explain_each(request, keys),
            Self::ConvictionV1 => conviction_v1::explain_each(request, keys),
            Self::WorkV1 => work_v1::explain_each(request, keys),
            Self::GrainV1 => grain_v1::explain_each(request, keys),
            Self::WeightedV1 => weighted_v1::explain_each(request, keys),
        }
    }

    /// The roles of the method's inputs, and whether each must be there in every round. Besides these,
    /// every allocation may have [`CLAIMED`].
    pub const fn roles(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::PraiseV1 => &[("praise", true), ("rewardboard", false)],
            Self::SourcecredV1 => &[("sourcecred", true)],
            Self::FractalV1 => &[("ranks", true), ("meetings", false), ("members", false)],
            Self::AirdropV1 => &[("snapshots", true), ("unclaimed", false), ("excluded", false)],
            Self::ConvictionV1 => &[("proposals", true), ("stakes", true), ("holdings", false)],
            Self::WorkV1 => &[("contributions", true)],
            Self::GrainV1 => &[("cred", true), ("accounts", true), ("earned", false)],
            Self::WeightedV1 => &[("table", true)],
        }
    }

    /// Whether an allocation must name its pool. Where it need not, the method says what the pool is.
    pub const fn needs_pool(self) -> bool {
        !matches!(self, Self::FractalV1 | Self::WorkV1)
    }

    /// Whether the names of this method's inputs are the community's own names for its members.
    /// They win over names of methods of which it is not so.
    pub const fn names_members(self) -> bool {
        match self {
            Self::PraiseV1
            | Self::FractalV1
            | Self::ConvictionV1
            | Self::WorkV1
            | Self::GrainV1
            | Self::WeightedV1 => true,
            Self::SourcecredV1 | Self::AirdropV1 => false,
        }
    }

    /// The JSON Schema of the method's settings.
    pub fn settings_schema(self) -> schemars::Schema {
        match self {
            Self::PraiseV1 => schemars::schema_for!(praise_v1::Settings),
            Self::SourcecredV1 => schemars::schema_for!(sourcecred_v1::Settings),
            Self::FractalV1 => schemars::schema_for!(fractal_v1::Settings),
            Self::AirdropV1 => schemars::schema_for!(airdrop_v1::Settings),
            Self::ConvictionV1 => schemars::schema_for!(conviction_v1::Settings),
            Self::WorkV1 => schemars::schema_for!(work_v1::Settings),
            Self::GrainV1 => schemars::schema_for!(grain_v1::Settings),
            Self::WeightedV1 => schemars::schema_for!(weighted_v1::Settings),
        }
    }
}

/// One allocation of a round, as a method sees it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The round.
    pub plan: &'a Plan,
    /// The part of the round that the method divides.
    pub allocation: &'a Allocation,
    /// The files of the commit.
    pub files: &'a Files,
    /// What the allocation of this name kept after the last statement; its method is this one.
    pub carried: Option<&'a KeptRecord>,
    /// What its input `claimed` brings in, to be divided together with its pool.
    pub brought_in: Amount,
}

impl<'a> Request<'a> {
    /// The place of problems with the round's file.
    pub fn place(&self) -> Place {
        Place::file(&self.plan.file)
    }

    /// Decimals of the token.
    pub fn decimals(&self) -> u8 {
        self.plan.token.decimals
    }

    /// The allocation's name, fit for messages.
    pub fn name(&self) -> Shown {
        Shown::from(&self.allocation.name)
    }

    /// The amount that the round's file declares.
    pub fn declared(&self) -> Result<Amount, Error> {
        let missing = || Error::PoolMissing { place: self.place(), allocation: self.name() };
        self.allocation.declared.ok_or_else(missing)
    }

    /// What the allocation kept and the state its method left, when there was a round of it before.
    /// Errors: a state that the method cannot read.
    pub fn carried<T: DeserializeOwned>(&self) -> Result<Option<(Amount, T)>, Error> {
        let Some(carried) = self.carried else { return Ok(None) };
        let place = Place::file(CARRY_FILE);
        let kept = Amount::parse(&carried.kept.0, self.decimals(), &place, "kept")?;
        let state = serde_json::from_value(carried.state.clone()).map_err(|error| Error::RecordInvalid {
            place,
            reason: format!("the state of allocation `{}`: {error}", self.name()),
        })?;
        Ok(Some((kept, state)))
    }

    /// The settings of the method: the file's, with those of `ledger.json` laid over them. A fault
    /// that only the overrides bring is reported at `ledger.json`.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let read = |settings: &Map<String, Value>, place: Place| {
            serde_json::from_value(settings.clone().into()).map_err(|error| Error::SettingsInvalid {
                place,
                allocation: self.name(),
                message: Shown::sentence(&fault_of::<T>(settings, &error.to_string())),
            })
        };
        let own = &self.allocation.settings;
        let settings = read(own, self.place())?;
        if self.allocation.overrides.is_empty() {
            return Ok(settings);
        }
        let mut merged = own.clone();
        merged.extend(self.allocation.overrides.clone());
        read(&merged, Place::file(LEDGER_FILE))
    }

    /// The error of a setting whose value is out of its range.
    pub fn out_of_range(
        &self,
        setting: &'static str,
        value: impl fmt::Display,
        range: &'static str,
    ) -> Error {
        Error::SettingOutOfRange {
            place: self.place(),
            allocation: self.name(),
            setting,
            value: value.to_string(),
            range,
        }
    }

    /// Reports inputs under roles that the method does not read.
    pub fn check_roles(&self, method: Method, problems: &mut Vec<Error>) {
        let known =
            |role: &&String| *role == CLAIMED || method.roles().iter().any(|(known, _)| known == role);
        for role in self.allocation.inputs.keys().filter(|role| !known(role)) {
            problems.push(Error::InputUnknown {
                place: self.place(),
                allocation: self.name(),
                role: Shown::from(role),
                method: method.id(),
            });
        }
    }

    /// Path and bytes of the one file of a role that may be absent.
    pub fn optional_input(&self, role: &'static str) -> Result<Option<(&'a str, &'a [u8])>, Error> {
        let path = match self.allocation.inputs.get(role) {
            None => return Ok(None),
            Some(Input::Files(paths)) => match paths.as_slice() {
                [path] => path,
                _ => return Err(self.not_one_file(role)),
            },
            Some(Input::Labelled(_)) => return Err(self.not_one_file(role)),
        };
        Ok(Some((path, self.files.bytes(path)?)))
    }

    /// Path and bytes of the one file of a role.
    pub fn input(&self, role: &'static str) -> Result<(&'a str, &'a [u8]), Error> {
        let missing = || Error::InputMissing { place: self.place(), allocation: self.name(), role };
        self.optional_input(role)?.ok_or_else(missing)
    }

    fn not_one_file(&self, role: &str) -> Error {
        Error::InputNotOneFile { place: self.place(), allocation: self.name(), role: Shown::from(role) }
    }

    /// The lists of files under the labels of a role, in the order of the round's file; one list
    /// without labels stands under the empty label.
    pub fn labelled_input(&self, role: &'static str) -> Result<Vec<(&'a str, &'a [String])>, Error> {
        match self.allocation.inputs.get(role) {
            None => Err(Error::InputMissing { place: self.place(), allocation: self.name(), role }),
            Some(Input::Files(paths)) => Ok(vec![("", paths)]),
            Some(Input::Labelled(lists)) => {
                Ok(lists.iter().map(|(label, paths)| (label.as_str(), paths.as_slice())).collect())
            }
        }
    }

    /// Divides the pool of one reward; see [`crate::amount::apportion`]. `place` is the table whose
    /// weights are too large, if they are. `Ok(None)` when all weights are zero.
    pub fn apportion(
        &self,
        reward: &str,
        pool: Amount,
        weights: &BTreeMap<Key, Weight>,
        place: &Place,
    ) -> Result<Option<BTreeMap<Key, Amount>>, Error> {
        let keys: Vec<&Key> = weights.keys().collect();
        let values: Vec<Weight> = weights.values().copied().collect();
        let key_of = |index: usize| keys.get(index).map_or_else(String::new, ToString::to_string);
        let parts = self.apportion_by(reward, pool, &values, &key_of, place)?;
        Ok(parts.map(|parts| weights.keys().cloned().zip(parts).collect()))
    }

    /// The same for weights without a map: `key_of` gives the key of the weight at an index.
    pub fn apportion_by(
        &self,
        reward: &str,
        pool: Amount,
        weights: &[Weight],
        key_of: &dyn Fn(usize) -> String,
        place: &Place,
    ) -> Result<Option<Vec<Amount>>, Error> {
        let division = self.division(reward, pool, weights, key_of, place)?;
        Ok(division.map(Division::into_parts))
    }

    /// The division itself: what explains the parts.
    pub fn division(
        &self,
        reward: &str,
        pool: Amount,
        weights: &[Weight],
        key_of: &dyn Fn(usize) -> String,
        place: &Place,
    ) -> Result<Option<Division>, Error> {
        let draw = Draw { round: self.plan.round.as_str(), reward };
        Division::of(pool, weights, draw, key_of).map_err(|ApportionFault::SumTooLarge(_)| Error::Overflow {
            place: place.clone(),
            what: format!("the weights of `{reward}`"),
        })
    }
}

/// A struct of ours as a JSON value. Texts, numbers, lists and maps with text keys cannot fail.
pub fn json_value<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Whether a name is to be shown rather than another of the same recipient, where nothing else
/// orders them: the smallest in bytes, so that the order of rows has no say. Empty ones do not count.
pub fn is_shown_before(name: &str, other: &str) -> bool {
    !name.is_empty() && (other.is_empty() || name < other)
}

/// What serde says of settings, in plain words, behind the name of the setting at which it stopped: the
/// last one of the shortest beginning of the settings that has the same fault.
pub(crate) fn fault_of<T: DeserializeOwned>(settings: &Map<String, Value>, fault: &str) -> String {
    // Settings that serde read from values are whole numbers or texts of our own.
    let words = fault.replace("invalid number", "found a number that is not a whole number of zero or more");
    let words = files::plain_words(&words);
    let has_fault = |count: &usize| {
        let beginning: Map<String, Value> =
            settings.iter().take(*count).map(|(name, value)| (name.clone(), value.clone())).collect();
        serde_json::from_value::<T>(beginning.into()).is_err_and(|error| error.to_string() == fault)
    };
    let names_its_own =
        |name: &str| fault.starts_with("missing field") || fault.contains(&format!("`{name}`"));
    let first = (1..=settings.len()).find(has_fault);
    match first.and_then(|count| settings.keys().nth(count - 1)) {
        Some(name) if !names_its_own(name) => format!("`{name}`: {words}"),
        _ => words,
    }
}

/// Adds the value to `problems` when it is an error, else gives it.
pub fn collected<T>(result: Result<T, Error>, problems: &mut Vec<Error>) -> Option<T> {
    result.map_err(|error| problems.push(error)).ok()
}
