//! The table of methods, and what every method takes and gives.
//!
//! A method is a versioned rule that divides a pool. A published version is frozen: a changed rule
//! is a new file and a new variant, and the old one stays, so that old rounds can be recomputed.

pub mod praise_v1;
pub mod sourcecred_v1;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use crate::address::Address;
use crate::amount::{Amount, ApportionFault, Draw, Weight, apportion};
use crate::error::{Error, Place, Shown, Warning};
use crate::files::{self, Files};
use crate::ledger::LEDGER_FILE;
use crate::ledger::plan::{Allocation, Input, Plan};
use crate::tables::compared;

/// The methods that this meed knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Praise: rated contributions, their quantifiers, and a reward board.
    PraiseV1,
    /// SourceCred: amounts that another program computed.
    SourcecredV1,
}

impl Method {
    /// All methods, in the order of the README's table.
    pub const ALL: [Self; 2] = [Self::PraiseV1, Self::SourcecredV1];

    /// The one spelling of the method: in round files, statements, schemas and vectors.
    pub const fn id(self) -> &'static str {
        match self {
            Self::PraiseV1 => "praise-v1",
            Self::SourcecredV1 => "sourcecred-v1",
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
        }
    }

    /// The reward names of the method, in the order of their columns.
    pub const fn rewards(self) -> &'static [&'static str] {
        match self {
            Self::PraiseV1 => &["praise", "quantifier", "rewardboard"],
            Self::SourcecredV1 => &["sourcecred"],
        }
    }

    /// The roles of the method's inputs, and whether each must be there in every round.
    pub const fn roles(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::PraiseV1 => &[("praise", true), ("rewardboard", false)],
            Self::SourcecredV1 => &[("sourcecred", true)],
        }
    }

    /// Whether the names of this method's inputs are the community's own names for its members.
    /// They win over names of methods of which it is not so.
    pub const fn names_members(self) -> bool {
        match self {
            Self::PraiseV1 => true,
            Self::SourcecredV1 => false,
        }
    }

    /// The JSON Schema of the method's settings.
    pub fn settings_schema(self) -> schemars::Schema {
        match self {
            Self::PraiseV1 => schemars::schema_for!(praise_v1::Settings),
            Self::SourcecredV1 => schemars::schema_for!(sourcecred_v1::Settings),
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

    /// The settings of the method: the file's, with those of `ledger.json` laid over them. A fault
    /// that only the overrides bring is reported at `ledger.json`.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let invalid = |place: Place| {
            move |error: serde_json::Error| Error::SettingsInvalid {
                place,
                allocation: self.name(),
                message: Shown::sentence(&files::plain_words(&error.to_string())),
            }
        };
        let own = self.allocation.settings.clone();
        let settings = serde_json::from_value(own.clone().into()).map_err(invalid(self.place()))?;
        if self.allocation.overrides.is_empty() {
            return Ok(settings);
        }
        let mut merged = own;
        merged.extend(self.allocation.overrides.clone());
        serde_json::from_value(merged.into()).map_err(invalid(Place::file(LEDGER_FILE)))
    }

    /// The error of a setting whose value is out of its range.
    pub fn out_of_range(&self, setting: &'static str, value: u64, range: &'static str) -> Error {
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
        let known = |role: &&String| method.roles().iter().any(|(known, _)| known == role);
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

    /// Divides the pool of one reward; see [`apportion`]. `place` is the table whose weights are
    /// too large, if they are. `Ok(None)` when all weights are zero.
    pub fn apportion(
        &self,
        reward: &'static str,
        pool: Amount,
        weights: &BTreeMap<String, Weight>,
        place: &Place,
    ) -> Result<Option<BTreeMap<String, Amount>>, Error> {
        let shares: Vec<(&str, Weight)> =
            weights.iter().map(|(key, weight)| (key.as_str(), *weight)).collect();
        let draw = Draw { round: self.plan.round.as_str(), reward };
        match apportion(pool, &shares, draw) {
            Ok(parts) => Ok(parts.map(|parts| weights.keys().cloned().zip(parts).collect())),
            Err(ApportionFault::SumTooLarge(_)) => {
                Err(Error::Overflow { place: place.clone(), what: format!("the weights of `{reward}`") })
            }
        }
    }
}

/// What a method gives back.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The amount that the round's file names.
    pub declared: Amount,
    /// The amount that the method may divide.
    pub pool: Amount,
    /// One entry a reward, in the order of the columns.
    pub rewards: Vec<Reward>,
    /// Who the keys of the rewards are.
    pub recipients: BTreeMap<String, Recipient>,
    /// The input files that were read, from the ledger's root.
    pub read: BTreeSet<String>,
    /// What people should look at.
    pub warnings: Vec<Warning>,
}

/// A reward: a reason for which recipients get amounts.
#[derive(Debug, Clone)]
pub struct Reward {
    /// The name, a column of distribution.csv.
    pub name: &'static str,
    /// What the reward divides.
    pub pool: Amount,
    /// Amount by recipient key; zero amounts stay.
    pub amounts: BTreeMap<String, Amount>,
}

/// Who gets something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The name as inputs give it; may be empty.
    pub name: String,
    /// The address, if inputs give one.
    pub address: Option<Address>,
    /// The account ids that inputs tie to the recipient.
    pub accounts: BTreeSet<String>,
}

/// The recipient key: the address in lower case, else the account id, else the name.
///
/// ```
/// use meed::methods::recipient_key;
/// assert_eq!(recipient_key(None, "621f79", "heron"), "id:621f79");
/// assert_eq!(recipient_key(None, "", " heron "), "name:heron");
/// ```
pub fn recipient_key(address: Option<Address>, account: &str, name: &str) -> String {
    match address {
        Some(address) => address.to_string(),
        None if !account.is_empty() => format!("id:{}", compared(account)),
        None => format!("name:{}", compared(name)),
    }
}

/// Adds the value to `problems` when it is an error, else gives it.
pub fn collected<T>(result: Result<T, Error>, problems: &mut Vec<Error>) -> Option<T> {
    result.map_err(|error| problems.push(error)).ok()
}
