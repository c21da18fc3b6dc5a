//! `carry.json`: the state that one statement hands to the next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CARRY_FILE, Figure, json_bytes};
use crate::amount::Balance;
use crate::error::{Error, Place};
use crate::files;
use crate::ledger::round_id::ROUND_ID_PATTERN;

/// `carry.json`: the whole state after a statement that the next close needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "meed carry",
    description = "The state of a ledger after a statement: results/carry.json."
)]
pub struct Carry {
    /// Amounts that wait for an address: by key, then in the order in which they came.
    pub held: Vec<HeldRecord>,
    /// What allocations keep, in the order of their names.
    pub allocations: Vec<KeptRecord>,
}

/// An amount that waits for an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldRecord {
    /// The recipient key: `id:...`, `name:...`, `team:...`; an address for what was paid too much.
    pub key: String,
    /// The name under which inputs know the recipient; may be empty.
    pub name: String,
    /// The account ids that inputs tie to the recipient, sorted.
    pub accounts: Vec<String>,
    /// The amount in token units; below zero what an amendment found to be paid too much.
    pub amount: Figure,
    /// The round that gave it.
    #[schemars(regex(pattern = ROUND_ID_PATTERN))]
    pub round: String,
}

/// What an allocation keeps for its next round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptRecord {
    /// The allocation's name.
    pub name: String,
    /// Its method with version.
    pub method: String,
    /// Funds that continue in it, in token units.
    pub kept: Figure,
    /// What the method needs to go on; its shape is the method's.
    pub state: serde_json::Value,
}

impl HeldRecord {
    /// The amount; below zero what was paid too much. Error: the text is none.
    pub fn balance(&self, decimals: u8) -> Result<Balance, Error> {
        Balance::parse(&self.amount.0, decimals, &Place::file(CARRY_FILE), "amount")
    }
}

impl Carry {
    /// Reads `carry.json`.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Error> {
        files::read_json(path, bytes)
    }

    /// The bytes of `carry.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        json_bytes(self)
    }
}
