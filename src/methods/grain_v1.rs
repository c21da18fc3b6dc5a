//! grain-v1: SourceCred's allocation policies over cred.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Outcome, Request};
use crate::error::Error;

/// The settings of grain-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of grain-v1")]
pub struct Settings {}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let _: Settings = request.settings().map_err(|error| vec![error])?;
    Err(Vec::new())
}
