//! `conviction`.

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::simulation::engine::Model;

/// The parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "meed model conviction", description = "Parameters of the model `conviction`.")]
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

/// What the report draws of the last state.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Participants in the order of their ids: id and holdings.
    pub participants: Vec<(u64, f64)>,
    /// Proposals in the order of their ids.
    pub proposals: Vec<EndingProposal>,
}

/// A proposal of the last state.
#[derive(Debug, Clone)]
pub struct EndingProposal {
    /// The id, from the counter that participants share.
    pub id: u64,
    /// `candidate`, `active`, `completed`, `failed` or `killed`.
    pub status: &'static str,
    /// The funds that it asks for.
    pub requested: f64,
    /// Its conviction; NaN where it has none any more.
    pub conviction: f64,
    /// The conviction that it needs; infinite where no conviction is enough, NaN where it has none.
    pub trigger: f64,
    /// For each participant, in their order: affinity, tokens, conviction (NaN where there is none).
    pub support: Vec<[f64; 3]>,
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
    ending: |_| super::Ending::Conviction(Ending { participants: Vec::new(), proposals: Vec::new() }),
    is_paired: false,
};
