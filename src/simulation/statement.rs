//! The record of a closed simulation: `results/statement.json` in its folder, and the message of the
//! commit that closes it. It stands outside the chain of statements: it pays nobody and carries nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, counted};
use crate::files;
use crate::ledger::JSON_INTEGER_LIMIT;
use crate::statement::{
    Formats, InputRecord, LedgerReference, STATEMENT_TYPE, Subject, check_types, json_bytes,
};

/// The format of the record of simulations that this meed writes and rebuilds.
pub const RECORD_FORMAT: u32 = 1;
/// The format of the report of simulations that this meed writes; a record without one states 0.
pub const PAGES_FORMAT: u32 = 1;

const PREDICATE_TYPE: &str = "urn:meed:simulation:v1";
/// Names of simulations as a regular expression, for the schema.
const NAME_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
/// The smallest seed of any generator; the largest is [`JSON_INTEGER_LIMIT`].
const SEED_LEAST: i64 = -((1 << 53) - 1);

/// `statement.json`: an in-toto Statement v1 about one closed simulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "meed simulation statement",
    description = "The record of a closed simulation: results/statement.json in its folder."
)]
pub struct SimulationStatement {
    /// The in-toto type: `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    #[schemars(extend("const" = STATEMENT_TYPE))]
    pub kind: String,
    /// Every file of the results folder except the statement, sorted by name.
    pub subject: Vec<Subject>,
    /// What the predicate is: `urn:meed:simulation:v1`.
    #[serde(rename = "predicateType")]
    #[schemars(extend("const" = PREDICATE_TYPE))]
    pub predicate_type: String,
    /// What is stated.
    pub predicate: SimulationPredicate,
}

/// What the statement of a simulation states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationPredicate {
    /// The formats in which the results are written.
    pub formats: Formats,
    /// The ledger, so that a record cannot be replayed in another.
    pub ledger: LedgerReference,
    /// The name of the simulation: its folder below simulations/.
    #[schemars(regex(pattern = NAME_PATTERN))]
    pub simulation: String,
    /// The model.
    pub model: String,
    /// The generator of random numbers.
    pub rng: String,
    /// The seed.
    #[schemars(range(min = SEED_LEAST, max = JSON_INTEGER_LIMIT))]
    pub seed: i64,
    /// How many timesteps a run has.
    #[schemars(range(max = super::TIMESTEPS_MOST))]
    pub timesteps: u32,
    /// How many runs each subset has.
    #[schemars(range(min = 1, max = super::RUNS_MOST))]
    pub runs: u32,
    /// How many sets of parameters were run, over all configurations.
    #[schemars(range(min = 1, max = super::SUBSETS_MOST))]
    pub subsets: u64,
    /// How many runs failed, of all subsets together.
    #[schemars(range(max = JSON_INTEGER_LIMIT))]
    pub failed: u64,
    /// The files from which the results were computed, in byte order of their paths.
    pub inputs: Vec<InputRecord>,
}

impl SimulationPredicate {
    /// How many runs there are in all.
    pub fn all_runs(&self) -> u64 {
        self.subsets.saturating_mul(self.runs.into())
    }
}

impl SimulationStatement {
    /// A statement about files that were just computed.
    pub fn new(subject: Vec<Subject>, predicate: SimulationPredicate) -> Self {
        let (kind, predicate_type) = (STATEMENT_TYPE.to_owned(), PREDICATE_TYPE.to_owned());
        Self { kind, subject, predicate_type, predicate }
    }

    /// Reads `statement.json` and checks its types.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Error> {
        let statement: Self = files::read_json(path, bytes)?;
        check_types(path, &statement.kind, (&statement.predicate_type, PREDICATE_TYPE))?;
        Ok(statement)
    }

    /// The bytes of `statement.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        json_bytes(self)
    }

    /// The message of the closing commit: subject line, what was run, trailers. `sha256` is the digest of
    /// the statement's bytes, `engine` the trailer `Engine:`. Everything in it is checked text or a
    /// number: nothing that an input chose freely.
    pub fn commit_message(&self, sha256: &str, engine: &str) -> String {
        let SimulationPredicate { simulation, model, rng, seed, .. } = &self.predicate;
        let SimulationPredicate { timesteps, runs, subsets, failed, .. } = self.predicate;
        let all = counted(self.predicate.all_runs(), "run", "runs");
        let (steps, each) = (counted(timesteps, "timestep", "timesteps"), counted(runs, "run", "runs"));
        let subsets = counted(subsets, "subset", "subsets");
        format!(
            "Close simulations/{simulation}: {all} of {model}\n\n\
             {steps}, {each} of {subsets}, rng {rng}, seed {seed}: {failed} failed\n\n\
             Simulation: {simulation}\nStatement-SHA256: {sha256}\nEngine: {engine}\n"
        )
    }
}
