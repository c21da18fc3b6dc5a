//! `round.json`: the parameters of a round in meed's own format.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::TokenFile;
use super::plan::RESERVED_NAMES;
use crate::error::{Error, Place, Shown};
use crate::tables;

/// `round.json` as it is written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "meed round",
    description = "The parameters of a round: round.json in the round's folder."
)]
pub struct RoundFile {
    /// The schema of this file, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The format of this file: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// The reward period.
    pub period: PeriodFile,
    /// The token, where it must be told apart from the ledger's (another contract, say).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenFile>,
    /// The parts of the round, each given to one method.
    #[schemars(length(min = 1))]
    pub allocations: Vec<AllocationFile>,
    /// In revisions/ only: what is revised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revises: Option<Revises>,
}

/// What a revision revises.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revises {
    /// The revision before this one.
    #[schemars(range(min = 1))]
    pub revision: u32,
}

/// A reward period as it is written: both days included, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodFile {
    /// The first day, `YYYY-MM-DD`.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub start: String,
    /// The last day, `YYYY-MM-DD`.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub end: String,
}

/// A part of a round, given to one method.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationFile {
    /// The name of the allocation; the same name in the next round continues it.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
    #[schemars(extend("not" = {"enum": RESERVED_NAMES}))]
    pub name: String,
    /// The method with its version, such as `praise-v1`.
    pub method: String,
    /// The amount to divide, in token units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<DecimalText>,
    /// The input files by role, relative to the round's folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, InputFile>,
    /// The settings of the method; schemas/methods/ describes them.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// The files of one role. A folder stands for its files in byte order.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "an input is a path, a list of paths, or paths under labels")]
pub enum InputFile {
    /// One file or folder.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
    /// Several lists, each under a label, in the order of the file.
    Labelled(
        #[serde(deserialize_with = "read_in_order", serialize_with = "write_in_order")]
        #[schemars(with = "BTreeMap<String, OneOrMany>")]
        Vec<(String, OneOrMany)>,
    ),
}

/// Lists under labels as they stand: columns and tables of a method come in this order.
fn read_in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, OneOrMany)>, D::Error> {
    let lists = serde_json::Map::deserialize(deserializer)?;
    let list = |value| serde_json::from_value(value).map_err(de::Error::custom);
    lists.into_iter().map(|(label, value)| Ok((label, list(value)?))).collect()
}

fn write_in_order<S: Serializer>(lists: &[(String, OneOrMany)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(lists.iter().map(|(label, list)| (label, list)))
}

/// One path or several.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One file or folder.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

/// A decimal that keeps its text: `"0.07"`, or the JSON number `0.07`, which never becomes a float.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecimalText(pub String);

impl<'de> Deserialize<'de> for DecimalText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Number(number) => Ok(Self(number.to_string())),
            other => Err(de::Error::invalid_type(unexpected(&other), &"a decimal, as text or number")),
        }
    }
}

/// What serde calls a JSON value in its errors.
fn unexpected(value: &serde_json::Value) -> de::Unexpected<'static> {
    match value {
        serde_json::Value::Null => de::Unexpected::Unit,
        serde_json::Value::Bool(value) => de::Unexpected::Bool(*value),
        serde_json::Value::Array(_) => de::Unexpected::Seq,
        _ => de::Unexpected::Map,
    }
}

impl JsonSchema for DecimalText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A plain non-negative decimal, best as text: exact, no exponent.",
            "anyOf": [
                {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"},
                {"type": "number", "minimum": 0}
            ]
        })
    }
}

impl fmt::Display for DecimalText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A reward period: both days included, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub start: Date,
    /// The last day.
    pub end: Date,
}

impl Period {
    /// Checks the days of a period.
    pub fn check(file: &PeriodFile, place: &Place, problems: &mut Vec<Error>) -> Option<Self> {
        let mut day = |what: &str, text: &str| {
            tables::day(text).or_else(|| {
                problems.push(Error::NotADate {
                    place: place.clone(),
                    what: format!("period.{what}"),
                    value: Shown::from(text),
                    reason: "it is not a day of the calendar",
                });
                None
            })
        };
        let (start, end) = (day("start", &file.start), day("end", &file.end));
        let period = Self { start: start?, end: end? };
        if period.end < period.start {
            let (start, end) = (file.start.clone(), file.end.clone());
            problems.push(Error::PeriodReversed { place: place.clone(), start, end });
            return None;
        }
        Some(period)
    }

    /// The period as files write it.
    pub fn to_file(self) -> PeriodFile {
        PeriodFile { start: self.start.to_string(), end: self.end.to_string() }
    }

    /// Whether a day lies in the period.
    pub fn contains(&self, day: Date) -> bool {
        self.start <= day && day <= self.end
    }
}
