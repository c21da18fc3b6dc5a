//! Why somebody got what they got of work: the impacts, what they earn, and the treasury that pays.

use super::{REWARD, Sound, owed_weights, read};
use crate::amount::{Amount, Weight};
use crate::error::{Error, Place, Shown};
use crate::methods::Request;
use crate::methods::explanation::{Basis, Section};
use crate::recipient::Key;

/// The section of a recipient, if they contributed.
pub(in crate::methods) fn explain(request: &Request<'_>, key: &Key) -> Result<Vec<Section>, Vec<Error>> {
    let Sound { rate, treasury, contributions, .. } = read(request)?;
    let Some(contributor) = contributions.by_key.get(key) else { return Ok(Vec::new()) };
    let tokens = |amount: Amount| request.tokens(amount);
    let (first, last) = treasury.weeks;
    let mut notes = vec![
        format!(
            "weeks {first} to {last}: the treasury held {}, {} are minted, which makes {}",
            tokens(treasury.before),
            tokens(treasury.minted),
            tokens(treasury.available)
        ),
        format!(
            "an impact of 1 earns {} {}",
            rate.tokens_per_impact,
            Shown::from(&request.plan.token.symbol)
        ),
    ];
    let owed = tokens(contributions.owed);
    let basis = if contributions.owed <= treasury.available {
        notes.push(format!("{owed} are owed to all, which the treasury can pay"));
        Basis::Amounts
    } else {
        notes.push(format!(
            "{owed} are owed to all, more than the treasury holds: it is divided by what is owed"
        ));
        let place = Place::file(&contributions.path);
        let part = request.part(REWARD, treasury.available, &owed_weights(&contributions), key, &place);
        Basis::Weights { unit: "owed", scale: request.decimals(), part: part.map_err(|error| vec![error])? }
    };
    let rows = contributor.rows.iter().map(|row| {
        let cells = vec![row.place.to_string(), row.week.to_string(), row.impact.to_string()];
        (cells, Weight::from(row.owed.units()))
    });
    let section = Section::new(REWARD, "contributions", vec!["row", "week", "impact"], basis);
    Ok(vec![section.with_notes(notes).with_rows(rows)])
}
