//! weighted-v1: any table, with transforms, filters, caps and floors.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Outcome, Request};
use crate::error::Error;

/// The settings of weighted-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of weighted-v1")]
pub struct Settings {}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let _: Settings = request.settings().map_err(|error| vec![error])?;
    Err(Vec::new())
}
