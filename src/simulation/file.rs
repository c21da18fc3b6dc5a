//! `simulation.json`: what is simulated, how often, from which seed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::random::Rng;
use crate::error::Error;
use crate::files;

/// `simulation.json` as it is written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "meed simulation",
    description = "A simulation: simulation.json in a folder below simulations/."
)]
pub struct SimulationFile {
    /// The schema of this file, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The model: `conviction`, `policy` or `work`.
    pub model: String,
    /// The generator of random numbers: `chacha` where none is named.
    #[serde(default)]
    pub rng: Rng,
    /// The seed: 0 where none is named.
    #[serde(default)]
    pub seed: i64,
    /// How many timesteps a run has; that of the model where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = super::TIMESTEPS_MOST))]
    pub timesteps: Option<u32>,
    /// How many runs each subset has: 1 where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = super::RUNS_MOST))]
    pub runs: Option<u32>,
    /// Which rows are written.
    #[serde(default)]
    pub rows: Rows,
    /// Whether the details of all rows are written too, where the model has some: `proposals.csv`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detail: bool,
    /// Parameters that are not as the model has them. A name of several parts, such as
    /// `settings.contributor_share`, reaches into a group.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// Parameters that are tried with several values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepFile>,
    /// Several configurations side by side (A/B); each has the parameters and the sweep from above, and
    /// its own on top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<ConfigurationFile>,
    /// A table of parameters that change over time: a column `timestep`, then one a parameter; a row
    /// holds from its timestep on. Relative to the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exogenous: Option<String>,
}

/// Which rows are written to rows.csv.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rows {
    /// Every substep.
    All,
    /// The last substep of every timestep.
    #[default]
    Last,
    /// None: the summary alone.
    Summary,
}

/// Parameters that are tried with several values.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepFile {
    /// How the values go together.
    #[serde(default)]
    pub mode: SweepMode,
    /// The values by parameter.
    pub parameters: Map<String, Value>,
}

/// How the values of several parameters go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SweepMode {
    /// The first of each, the second of each ...: lists of one length; a list of one value holds for all.
    #[default]
    Positional,
    /// Each with each; the last parameter changes fastest.
    Cartesian,
}

/// One of several configurations.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationFile {
    /// What the report calls it.
    pub name: String,
    /// Its own parameters.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// Its own sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepFile>,
}

impl SimulationFile {
    /// Reads `simulation.json` and checks its types.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Error> {
        files::read_json(path, bytes)
    }
}
