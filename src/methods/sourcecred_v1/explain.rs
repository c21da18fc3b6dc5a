//! Why somebody got what they got of sourcecred: the rows of the file, as they stand or as weights.

use super::{Amounts, REWARD, Sound, is_as_given, read};
use crate::amount::Weight;
use crate::error::{Error, Place};
use crate::methods::Request;
use crate::methods::explanation::{Basis, Section};
use crate::recipient::Key;

/// The section of each recipient whom the file names.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let Sound { path, declared, pool, divisible, settings, vested, .. } = read(request)?;
    let tokens = |amount| request.tokens(amount);
    let (sum, shown_pool) = (tokens(vested.sum), tokens(divisible));
    let weights = vested.weights();
    let (divided, note) = if is_as_given(divisible, &vested, &settings) {
        (None, format!("the amounts of {path} are paid as they stand: {sum} of the pool of {shown_pool}"))
    } else {
        let divided = request.divided(REWARD, divisible, &weights, &Place::file(path));
        let why = match settings.amounts {
            Amounts::Proportional => "the pool is divided in proportion",
            Amounts::AsGiven => "they are above the pool by dust, so it is divided in proportion",
        };
        let note = format!("the amounts of {path} sum to {sum}; {why}: {shown_pool}");
        (Some(divided.map_err(|error| vec![error])?), note)
    };
    let recorded = (pool != declared).then(|| {
        format!(
            "the declared pool of {} is replaced by the file's sum (`over_pool` is `record`)",
            tokens(declared)
        )
    });
    let section_of = |key: &Key| -> Option<Section> {
        let rows = vested.rows.get(key)?;
        let rows = rows.iter().map(|(place, amount)| (vec![place.to_string()], Weight::from(amount.units())));
        let basis = divided.as_ref().map_or(Basis::Amounts, |divided| Basis::Weights {
            unit: "vested_amount",
            scale: request.decimals(),
            part: divided.part(key),
        });
        let section = Section::new(REWARD, "rows of the file", vec!["row"], basis);
        Some(section.with_notes([note.clone()]).with_notes(recorded.clone()).with_rows(rows))
    };
    Ok(keys.iter().map(|key| section_of(key).into_iter().collect()).collect())
}
