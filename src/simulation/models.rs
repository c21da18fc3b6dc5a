//! The table of models. A model is one file: a struct of parameters, a struct of state, its blocks; and
//! one row in each `match` here.

pub mod conviction;
pub mod policy;
pub mod work;

use std::fmt::Debug;
use std::ops::AddAssign;

use schemars::{JsonSchema, Schema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::engine::{Model, Variable};
use super::execute::{Ran, Sink, Wanted, Watch, execute};
use super::plan::{Plan, Subset};
use crate::error::{Error, Shown};
use crate::methods;

/// The models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelId {
    /// Conviction voting: participants, proposals, funds.
    Conviction,
    /// A method of the ledger over made-up rounds.
    Policy,
    /// Tokens minted and earned week by week.
    Work,
}

/// What the report draws of the last state of a run.
#[derive(Debug, Clone)]
pub enum Ending {
    /// Of `conviction`.
    Conviction(conviction::Ending),
    /// Of `policy`.
    Policy(policy::Ending),
    /// Of `work`: the rows say it all.
    Work,
}

impl ModelId {
    /// All models, by name.
    pub const ALL: [Self; 3] = [Self::Conviction, Self::Policy, Self::Work];

    /// The model of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.as_str() == name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conviction => "conviction",
            Self::Policy => "policy",
            Self::Work => "work",
        }
    }

    /// What it is, in one sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Conviction => "proposals compete for common funds by conviction that grows with time",
            Self::Policy => "a method of the ledger divides the pools of made-up rounds",
            Self::Work => "tokens are minted and earned week by week",
        }
    }

    /// How many timesteps a run has where nobody says.
    pub const fn timesteps(self) -> u32 {
        match self {
            Self::Conviction => 100,
            Self::Policy => 12,
            Self::Work => 52,
        }
    }

    /// The columns of its rows.
    pub fn variables(self) -> &'static [Variable] {
        match self {
            Self::Conviction => conviction::MODEL.variables,
            Self::Policy => policy::MODEL.variables,
            Self::Work => work::MODEL.variables,
        }
    }

    /// Whether all its subsets draw from the stream of their run alone, with `chacha`.
    pub const fn is_paired(self) -> bool {
        match self {
            Self::Conviction => conviction::MODEL.is_paired,
            Self::Policy => policy::MODEL.is_paired,
            Self::Work => work::MODEL.is_paired,
        }
    }

    /// Its table of details: name and columns.
    pub fn details(self) -> Option<(&'static str, &'static [&'static str])> {
        fn of<S>(details: &super::engine::Details<S>) -> (&'static str, &'static [&'static str]) {
            (details.name, details.columns)
        }
        match self {
            Self::Conviction => conviction::MODEL.details.as_ref().map(of),
            Self::Policy => policy::MODEL.details.as_ref().map(of),
            Self::Work => work::MODEL.details.as_ref().map(of),
        }
    }

    /// The schema of its parameters.
    pub fn parameters_schema(self) -> Schema {
        match self {
            Self::Conviction => schema_for!(conviction::Parameters),
            Self::Policy => schema_for!(policy::Parameters),
            Self::Work => schema_for!(work::Parameters),
        }
    }

    /// The names of its parameters.
    pub fn parameters(self) -> Vec<String> {
        match self {
            Self::Conviction => names::<conviction::Parameters>(),
            Self::Policy => names::<policy::Parameters>(),
            Self::Work => names::<work::Parameters>(),
        }
    }

    /// What is wrong with the parameters of a subset.
    pub fn problems(self, plan: &Plan, subset: &Subset) -> Vec<Error> {
        match self {
            Self::Conviction => problems(&conviction::MODEL, plan, subset),
            Self::Policy => problems(&policy::MODEL, plan, subset),
            Self::Work => problems(&work::MODEL, plan, subset),
        }
    }

    /// Runs a plan of this model.
    pub(super) fn execute(
        self,
        plan: &Plan,
        wanted: Wanted,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<Ran, Error> {
        match self {
            Self::Conviction => execute(&conviction::MODEL, plan, wanted, watch, sink),
            Self::Policy => execute(&policy::MODEL, plan, wanted, watch, sink),
            Self::Work => execute(&work::MODEL, plan, wanted, watch, sink),
        }
    }
}

/// The names of the parameters of a model.
fn names<P: JsonSchema>() -> Vec<String> {
    let schema = schema_for!(P);
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map_or_else(Vec::new, |all| all.keys().cloned().collect())
}

/// The parameters of a subset; what is wrong with their types.
pub(super) fn read<P: DeserializeOwned>(parameters: &Map<String, Value>) -> Result<P, String> {
    if let Some((name, _)) = parameters.iter().find(|(_, value)| is_too_large(value)) {
        return Err(format!("`{name}`: holds a number that is too large to compute with"));
    }
    serde_json::from_value(Value::Object(parameters.clone()))
        .map_err(|error| methods::fault_of::<P>(parameters, &error.to_string()))
}

/// Whether a number in a value is beyond those that a double holds.
fn is_too_large(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.as_f64().is_some_and(f64::is_finite),
        Value::Array(values) => values.iter().any(is_too_large),
        Value::Object(values) => values.values().any(is_too_large),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// What is wrong with the parameters of a subset: names, types, ranges, and what changes over time
/// though the model looks at it only in the beginning.
fn problems<P, S: Clone, G: Default + AddAssign>(
    model: &Model<P, S, G>,
    plan: &Plan,
    subset: &Subset,
) -> Vec<Error>
where
    P: DeserializeOwned + JsonSchema + Debug,
{
    let mut found = Vec::new();
    let known = names::<P>();
    let later = subset.later.iter().zip(&plan.later_places).map(|((_, later), place)| (later, place));
    for (parameters, place) in [(&subset.parameters, &plan.place)].into_iter().chain(later) {
        let place = || place.clone();
        let unknown: Vec<&String> = parameters.keys().filter(|name| !known.contains(name)).collect();
        for name in &unknown {
            found.push(Error::SimulationParameterUnknown {
                place: place(),
                model: plan.model.as_str(),
                name: Shown::from(name.as_str()),
                known: known.join(", "),
            });
        }
        if !unknown.is_empty() {
            continue;
        }
        match read::<P>(parameters) {
            Err(reason) => {
                let reason = Shown::sentence(&reason);
                found.push(Error::SimulationParameters { place: place(), reason });
            }
            Ok(parameters) => found.extend((model.check)(&parameters).into_iter().map(|(name, reason)| {
                Error::SimulationParameter { place: place(), name, reason: Shown::sentence(&reason) }
            })),
        }
    }
    for ((_, later), place) in subset.later.iter().zip(&plan.later_places) {
        let is_late = |name: &&&str| later.get(**name) != subset.parameters.get(**name);
        for name in model.genesis_parameters.iter().filter(is_late) {
            let reason = Shown::from("matters at timestep 0 only, and cannot change over time");
            found.push(Error::SimulationParameter { place: place.clone(), name, reason });
        }
    }
    found
}
