//! Why somebody got what they got of work: the impacts, what they earn, and the treasury that pays.

use super::{REWARD, Sound, owed_weights, read};
use crate::amount::{Amount, Weight};
use crate::error::{Error, Place, Shown};
use crate::methods::Request;
use crate::methods::explanation::{Basis, Section};
use crate::recipient::Key;

/// The section of each recipient who contributed.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let Sound { rate, treasury, contributions, .. } = read(request)?;
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
    let weights = owed_weights(&contributions);
    let divided = if contributions.owed <= treasury.available {
        notes.push(format!("{owed} are owed to all, which the treasury can pay"));
        None
    } else {
        notes.push(format!(
            "{owed} are owed to all, more than the treasury holds: it is divided by what is owed"
        ));
        let place = Place::file(&contributions.path);
        let divided = request.divided(REWARD, treasury.available, &weights, &place);
        Some(divided.map_err(|error| vec![error])?)
    };
    let section_of = |key: &Key| -> Option<Section> {
        let contributor = contributions.by_key.get(key)?;
        let rows = contributor.rows.iter().map(|row| {
            let cells = vec![row.place.to_string(), row.week.to_string(), row.impact.to_string()];
            (cells, Weight::from(row.owed.units()))
        });
        let basis = divided.as_ref().map_or(Basis::Amounts, |divided| Basis::Weights {
            unit: "owed",
            scale: request.decimals(),
            part: divided.part(key),
        });
        let section = Section::new(REWARD, "contributions", vec!["row", "week", "impact"], basis);
        Some(section.with_notes(notes.clone()).with_rows(rows))
    };
    Ok(keys.iter().map(|key| section_of(key).into_iter().collect()).collect())
}
