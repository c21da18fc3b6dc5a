//! `policy`.

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::simulation::engine::Model;

/// The parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "meed model policy", description = "Parameters of the model `policy`.")]
pub struct Parameters {}

/// The state.
#[derive(Debug, Clone)]
pub struct State {}

/// What policies tell.
#[derive(Debug, Default)]
pub struct Signals {}

impl AddAssign for Signals {
    fn add_assign(&mut self, _: Self) {}
}

/// What the report draws.
#[derive(Debug, Clone)]
pub struct Ending {
    /// What each member received over all rounds, in token units, by name.
    pub received: Vec<(String, f64)>,
    /// The same of the last round alone.
    pub last: Vec<(String, f64)>,
}

/// The model.
pub const MODEL: Model<Parameters, State, Signals> = Model {
    variables: &[],
    details: None,
    check: |_| Vec::new(),
    genesis_parameters: &[],
    genesis: |_, _| Ok(State {}),
    blocks: &[],
    row: |_| Vec::new(),
    ending: |_| super::Ending::Policy(Ending { received: Vec::new(), last: Vec::new() }),
};
