//! What a ledger is: `ledger.json`, round ids, and the file of a round as one [`plan::Plan`],
//! whether the round folder holds meed's `round.json` or RAD's `parameters.json`.

pub mod payout_format;
pub mod plan;
pub mod rad;
pub mod review;
pub mod revision;
pub mod round_file;
pub mod round_id;
pub mod templates;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::amount::DECIMALS_LIMIT;
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, Files};
use payout_format::PayoutFormat;
use review::Review;
use round_id::{ROUND_ID_PATTERN, RoundId};

/// The path of the ledger's description, from the root of the repository.
pub const LEDGER_FILE: &str = "ledger.json";
/// The format of `ledger.json` and `round.json` that this meed reads.
pub const FORMAT: u32 = 1;
/// The largest integer that every JSON reader keeps exactly: 2^53 - 1.
pub const JSON_INTEGER_LIMIT: u64 = (1 << 53) - 1;

/// The largest `held_expiry_rounds`.
const HELD_EXPIRY_LIMIT: u32 = 1_000_000;

/// `ledger.json` as it is written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "meed ledger",
    description = "The description of a ledger: ledger.json at the root of the repository."
)]
pub struct LedgerFile {
    /// The schema of this file, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The format of this file: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// The identity of the ledger: made at random by `meed init`, part of every statement. It may
    /// not change after the first statement.
    #[schemars(regex(pattern = "^[A-Za-z0-9-]{8,64}$"))]
    pub id: String,
    /// The community's name.
    #[schemars(length(max = 200), regex(pattern = "\\S"))]
    pub name: String,
    /// The token that rounds divide.
    pub token: TokenFile,
    /// The folder that holds the rounds. It may not change after the first statement.
    #[schemars(regex(pattern = ROUND_ID_PATTERN))]
    pub rounds: String,
    /// Decimals of amounts in pages and tables for people; files for machines are exact.
    #[serde(default = "default_display_decimals")]
    #[schemars(range(max = 36))]
    pub display_decimals: u8,
    /// Payout formats to write at close; left out, `aragon-csv` and, where the token has an address,
    /// `safe-csv`; `[]` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeSet<PayoutFormat>>")]
    pub payouts: Option<Vec<String>>,
    /// Ids of rounds that were closed before meed: never open. Trends are computed from their inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(regex(pattern = ROUND_ID_PATTERN)))]
    pub history: Vec<String>,
    /// After how many statements an amount that is held for somebody without address returns to
    /// `unallocated`; without it, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub held_expiry_rounds: Option<u32>,
    /// Whether what somebody was paid too much, as an amendment found, is taken off what later rounds pay
    /// them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offset_overpayments: bool,
    /// What has to happen after a close before the round counts: `settle` and `publish` wait for it. A
    /// round goes by what stood here when it was closed; left out, nothing is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Settings that replace those of RAD folders: round id, allocation, setting.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<String, BTreeMap<String, serde_json::Map<String, serde_json::Value>>>,
}

/// A token as a file writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenFile {
    /// The symbol, such as `TEC`.
    #[schemars(regex(pattern = "^[A-Za-z0-9._$-]{1,32}$"))]
    pub symbol: String,
    /// How many decimals a token unit has.
    #[schemars(range(max = 36))]
    pub decimals: u8,
    /// The token's contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^0x[0-9a-fA-F]{40}$"))]
    pub address: Option<String>,
    /// The chain on which the contract lives (EIP-155).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = JSON_INTEGER_LIMIT))]
    pub chain_id: Option<u64>,
}

/// Two decimals unless the ledger says otherwise.
fn default_display_decimals() -> u8 {
    2
}

/// A checked `ledger.json`.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The identity of the ledger.
    pub id: String,
    /// The community's name, without control or bidirectional characters.
    pub name: String,
    /// The token that rounds divide.
    pub token: Token,
    /// The folder that holds the rounds, from the ledger's root.
    pub rounds: String,
    /// Decimals of amounts in pages and tables for people.
    pub display_decimals: u8,
    /// The payout formats that it chooses, each once; `None` where it leaves the choice to
    /// [`crate::payouts::formats`].
    pub payouts: Option<Vec<PayoutFormat>>,
    /// Rounds that were closed before meed.
    pub history: BTreeSet<RoundId>,
    /// After how many statements a held amount returns to `unallocated`, at least 1; `None` is never.
    pub held_expiry_rounds: Option<u32>,
    /// Whether what was paid too much is taken off later payouts to the same person.
    pub offset_overpayments: bool,
    /// What has to happen between the close of a round and its payment; `None` for nothing.
    pub review: Option<Review>,
    overrides: BTreeMap<String, BTreeMap<String, serde_json::Map<String, serde_json::Value>>>,
}

/// A token: what amounts are counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The symbol, `[A-Za-z0-9._$-]{1,32}`.
    pub symbol: String,
    /// Decimals of a token unit, 0 to 36.
    pub decimals: u8,
    /// The token's contract, if it has one.
    pub address: Option<Address>,
    /// The chain of the contract (EIP-155), if given.
    pub chain_id: Option<u64>,
}

impl Ledger {
    /// Reads and checks `ledger.json`; all its problems at once.
    pub fn read(files: &Files) -> Result<Self, Problems> {
        if !files.contains(LEDGER_FILE) {
            return Err(Error::LedgerMissing { place: Place::file(LEDGER_FILE) }.into());
        }
        let file: LedgerFile = files::read_json(LEDGER_FILE, files.bytes(LEDGER_FILE)?)?;
        Self::check(file)
    }

    /// Checks the values of a ledger file.
    pub fn check(file: LedgerFile) -> Result<Self, Problems> {
        let place = Place::file(LEDGER_FILE);
        if file.format != FORMAT {
            let found = Shown::from(file.format.to_string());
            return Err(Error::FormatUnknown { place, found, known: FORMAT }.into());
        }
        let mut problems = Vec::new();
        for (field, value, fault) in [
            ("id", &file.id, fault_of_id(&file.id)),
            ("name", &file.name, fault_of_name(&file.name)),
            ("rounds", &file.rounds, fault_of_rounds_folder(&file.rounds)),
        ] {
            if let Some(reason) = fault {
                problems.push(ledger_value(field, value, reason));
            }
        }
        let payouts = file.payouts.map(|chosen| check_payouts(&chosen, &place, &mut problems));
        let token = Token::check(&file.token, &place, &mut problems);
        if file.display_decimals > file.token.decimals {
            let value = file.display_decimals.to_string();
            problems.push(ledger_value("display_decimals", &value, "it is more than the token has"));
        }
        if file.held_expiry_rounds.is_some_and(|rounds| !(1..=HELD_EXPIRY_LIMIT).contains(&rounds)) {
            let value = file.held_expiry_rounds.unwrap_or_default().to_string();
            problems.push(ledger_value(
                "held_expiry_rounds",
                &value,
                "it is a whole number from 1 to 1000000",
            ));
        }
        for (field, value, reason) in file.review.map(Review::faults).unwrap_or_default() {
            problems.push(ledger_value(field, &value, reason));
        }
        let mut history = BTreeSet::new();
        for id in &file.history {
            match RoundId::parse(id, &place) {
                Ok(id) => _ = history.insert(id),
                Err(error) => problems.push(error),
            }
        }
        let ledger = Self {
            id: file.id,
            name: file.name,
            token,
            rounds: file.rounds,
            display_decimals: file.display_decimals,
            payouts,
            history,
            held_expiry_rounds: file.held_expiry_rounds,
            offset_overpayments: file.offset_overpayments,
            review: file.review,
            overrides: file.overrides,
        };
        Problems::unless_empty(problems, ledger)
    }

    /// The folder of a round, from the ledger's root.
    pub fn folder_of(&self, round: &RoundId) -> String {
        format!("{}/{round}", self.rounds)
    }

    /// The settings that `overrides` give for an allocation of a round.
    pub fn overrides_of(
        &self,
        round: &RoundId,
    ) -> Option<&BTreeMap<String, serde_json::Map<String, serde_json::Value>>> {
        self.overrides.get(round.as_str())
    }

    /// Checks what `ledger.json` says of rounds against the rounds there are: overrides of unknown
    /// rounds, ids that differ only in letter case.
    pub fn check_rounds(&self, rounds: &[RoundId]) -> Result<(), Problems> {
        let mut problems = Vec::new();
        for name in self.overrides.keys().filter(|name| !rounds.iter().any(|round| round.as_str() == *name)) {
            problems.push(Error::OverrideUnknown {
                place: Place::file(LEDGER_FILE),
                what: "round",
                name: Shown::from(name),
                round: Shown::from("the ledger"),
            });
        }
        let mut spelled: BTreeMap<String, &RoundId> = BTreeMap::new();
        for round in rounds {
            if let Some(other) = spelled.insert(round.as_str().to_lowercase(), round) {
                problems.push(Error::RoundIdsDifferByCase {
                    place: Place::file(&self.rounds),
                    round: Shown::from(round.as_str()),
                    other: Shown::from(other.as_str()),
                });
            }
        }
        Problems::unless_empty(problems, ())
    }
}

impl Token {
    /// Checks a token of `ledger.json`; problems are added to `problems`.
    pub fn check(file: &TokenFile, place: &Place, problems: &mut Vec<Error>) -> Self {
        if !is_symbol(&file.symbol) {
            problems.push(ledger_value(
                "token.symbol",
                &file.symbol,
                "a symbol has 1 to 32 of A-Z a-z 0-9 . _ $ -",
            ));
        }
        if file.decimals > DECIMALS_LIMIT {
            problems.push(ledger_value(
                "token.decimals",
                &file.decimals.to_string(),
                "at most 36 are computed with",
            ));
        }
        if file.chain_id.is_some_and(|chain| chain > JSON_INTEGER_LIMIT) {
            let value = file.chain_id.unwrap_or_default().to_string();
            problems.push(ledger_value("token.chain_id", &value, "it is above 2^53 - 1"));
        }
        let address = file.address.as_deref().and_then(|text| {
            Address::parse(text, place, "token.address").map_err(|error| problems.push(error)).ok()
        });
        Self { symbol: file.symbol.clone(), decimals: file.decimals, address, chain_id: file.chain_id }
    }

    /// The token as statements write it: address in lower case.
    pub fn to_file(&self) -> TokenFile {
        TokenFile {
            symbol: self.symbol.clone(),
            decimals: self.decimals,
            address: self.address.map(|address| address.to_string()),
            chain_id: self.chain_id,
        }
    }
}

/// The payout formats that a ledger chooses; problems are added to `problems`.
fn check_payouts(chosen: &[String], place: &Place, problems: &mut Vec<Error>) -> Vec<PayoutFormat> {
    let mut formats = Vec::new();
    for id in chosen {
        match PayoutFormat::parse(id) {
            Some(format) if formats.contains(&format) => {
                problems.push(ledger_value("payouts", id, "the format is named twice"));
            }
            Some(format) => formats.push(format),
            None => problems.push(Error::PayoutUnknown {
                place: place.clone(),
                format: Shown::from(id),
                known: PayoutFormat::ALL.map(PayoutFormat::id).join(", "),
            }),
        }
    }
    formats
}

/// The error for a value of `ledger.json`.
fn ledger_value(field: &str, value: &str, reason: &'static str) -> Error {
    Error::LedgerValue {
        place: Place::file(LEDGER_FILE),
        field: field.to_owned(),
        value: Shown::from(value),
        reason,
    }
}

/// Whether a text is a token symbol: `[A-Za-z0-9._$-]{1,32}`.
fn is_symbol(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._$-".contains(&byte))
}

/// Why a text cannot be a ledger's id.
fn fault_of_id(id: &str) -> Option<&'static str> {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (!plain || !(8..=64).contains(&id.len())).then_some("an id has 8 to 64 letters, digits and `-`")
}

/// Why a text cannot be a ledger's name.
fn fault_of_name(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() || name.len() > 200 {
        Some("a name has 1 to 200 bytes")
    } else if name.chars().any(|character| crate::error::visible(character) != character) {
        Some("it holds control or bidirectional characters")
    } else {
        None
    }
}

/// Why a text cannot be the folder of the rounds.
fn fault_of_rounds_folder(folder: &str) -> Option<&'static str> {
    let place = Place::file(LEDGER_FILE);
    if RoundId::parse(folder, &place).is_err() {
        return Some("name a folder with letters, digits, `.`, `_` and `-`, `/` between folders");
    }
    let first = folder.split('/').next().unwrap_or("");
    ["simulations", "templates"].contains(&first).then_some("this folder has another use")
}
