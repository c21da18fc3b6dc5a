//! Why somebody got what they got of sourcecred: the rows of the file, as they stand or as weights.

use super::{Amounts, REWARD, Sound, is_as_given, read};
use crate::amount::Weight;
use crate::error::{Error, Place};
use crate::methods::Request;
use crate::methods::explanation::{Basis, Section};
use crate::recipient::Key;

/// The section of a recipient, if the file names them.
pub(in crate::methods) fn explain(request: &Request<'_>, key: &Key) -> Result<Vec<Section>, Vec<Error>> {
    let Sound { path, declared, pool, divisible, settings, vested, .. } = read(request)?;
    let Some(rows) = vested.rows.get(key) else { return Ok(Vec::new()) };
    let tokens = |amount| request.tokens(amount);
    let (sum, shown_pool) = (tokens(vested.sum), tokens(divisible));
    let (basis, note) = if is_as_given(divisible, &vested, &settings) {
        (
            Basis::Amounts,
            format!("the amounts of {path} are paid as they stand: {sum} of the pool of {shown_pool}"),
        )
    } else {
        let part = request.part(REWARD, divisible, &vested.weights(), key, &Place::file(path));
        let part = part.map_err(|error| vec![error])?;
        let why = match settings.amounts {
            Amounts::Proportional => "the pool is divided in proportion",
            Amounts::AsGiven => "they are above the pool by dust, so it is divided in proportion",
        };
        let note = format!("the amounts of {path} sum to {sum}; {why}: {shown_pool}");
        (Basis::Weights { unit: "vested_amount", scale: request.decimals(), part }, note)
    };
    let recorded = (pool != declared).then(|| {
        format!(
            "the declared pool of {} is replaced by the file's sum (`over_pool` is `record`)",
            tokens(declared)
        )
    });
    let rows = rows.iter().map(|(place, amount)| (vec![place.to_string()], Weight::from(amount.units())));
    let section = Section::new(REWARD, "rows of the file", vec!["row"], basis);
    Ok(vec![section.with_notes([note]).with_notes(recorded).with_rows(rows)])
}
