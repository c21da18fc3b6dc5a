//! fractal-v1: ranks by consensus in weekly meetings become Respect, and Respect tokens.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Outcome, Request};
use crate::error::Error;

/// The settings of fractal-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of fractal-v1")]
pub struct Settings {}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let _: Settings = request.settings().map_err(|error| vec![error])?;
    Err(Vec::new())
}
