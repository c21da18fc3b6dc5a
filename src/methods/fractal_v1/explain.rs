//! Why somebody got what they got of a fractal: the rank and the Respect of every meeting.

use super::ranks::Entry;
use super::{Basis, MEMBER, Round, Settings, TEAM, read_sources, shares_of};
use crate::amount::Weight;
use crate::error::Error;
use crate::methods::Request;
use crate::methods::explanation::{self, Section, cell, part_at};
use crate::recipient::Key;

/// The section of a member or a team that is paid.
pub(in crate::methods) fn explain(request: &Request<'_>, key: &Key) -> Result<Vec<Section>, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read_sources(request, &mut problems) else { return Err(problems) };
    let sound = sources.rows(request, problems)?;
    let (settings, round) = (&sources.settings, sound.round(&sources));
    let mut sections = Vec::new();
    let [members, teams] = round.earned(settings);
    for (reward, side) in [(MEMBER, &members), (TEAM, &teams)] {
        if side.contains_key(key) {
            let basis = basis_of(&round, settings, sound.basis, (reward, key), request);
            let basis = basis.map_err(|error| vec![error])?;
            sections.push(section(&round, settings, (sound.basis, basis), (reward, key), request));
        }
    }
    Ok(sections)
}

/// Whether Respect is multiplied or divides a pool.
fn basis_of(
    round: &Round<'_>,
    settings: &Settings,
    basis: Basis,
    (reward, key): (&str, &Key),
    request: &Request<'_>,
) -> Result<explanation::Basis, Error> {
    let Basis::Pool(pool) = basis else { return Ok(explanation::Basis::Amounts) };
    let pool = request.with_brought_in(pool)?;
    let [members, teams] = round.earned(settings);
    let shares = shares_of(&members, &teams);
    let weights: Vec<Weight> = shares.iter().map(|share| share.respect).collect();
    let division = round.division(pool, &shares, settings, request)?;
    let index = shares.iter().position(|share| share.key == key && share.reward == reward);
    let part = division.zip(index).and_then(|(division, index)| part_at(&division, &weights, index));
    Ok(explanation::Basis::Weights { unit: "Respect", scale: 0, part })
}

/// Every meeting with its rank.
fn section(
    round: &Round<'_>,
    settings: &Settings,
    (paid_by, basis): (Basis, explanation::Basis),
    (reward, key): (&'static str, &Key),
    request: &Request<'_>,
) -> Section {
    let is_own = |entry: &&Entry<'_>| match reward {
        MEMBER => round.key_of(&entry.member) == *key,
        _ => entry.team.as_ref().is_some_and(|team| Key::of_team(team) == *key),
    };
    let rows = round.paid().filter(is_own).map(|entry| {
        let date = round.meetings.dates.get(&entry.meeting).copied().flatten();
        let mut cells = vec![
            entry.row.place().to_string(),
            entry.meeting.to_string(),
            date.map_or_else(String::new, |date| date.to_string()),
            cell(&entry.group),
            cell(&entry.member),
            entry.rank.to_string(),
        ];
        let respect = Weight::from(entry.respect);
        let Basis::Rate(rate) = paid_by else { return (cells, respect) };
        cells.push(entry.respect.to_string());
        (cells, respect.saturating_mul(Weight::from(rate.units()))) // the sum of all fits
    });
    let offset = settings.respect_offset;
    let mut notes =
        vec![format!("Respect of a rank is the Fibonacci number of rank + {offset}, F(1) = F(2) = 1")];
    let mut header = vec!["row", "meeting", "date", "group", "member", "rank"];
    match paid_by {
        Basis::Rate(rate) => {
            header.push("Respect");
            notes.push(format!("each Respect is {}", request.tokens(rate)));
        }
        Basis::Pool(pool) => {
            let divisible = request.with_brought_in(pool).unwrap_or(pool); // it was divided before
            notes.push(format!("the pool is {}", request.tokens(divisible)));
        }
    }
    let title = if reward == MEMBER { "meetings" } else { "meetings of the team's members" };
    Section::new(reward, title, header, basis).with_notes(notes).with_rows(rows)
}
