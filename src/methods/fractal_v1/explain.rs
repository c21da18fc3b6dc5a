//! Why somebody got what they got of a fractal: the rank and the Respect of every meeting.

use std::collections::BTreeMap;

use super::ranks::Entry;
use super::{Basis, MEMBER, Round, Settings, Share, TEAM, read_sources, shares_of};
use crate::amount::{Division, Weight};
use crate::error::Error;
use crate::methods::Request;
use crate::methods::explanation::{self, Section, cell, part_at};
use crate::recipient::Key;

/// The sections of each member and team that are paid.
pub(in crate::methods) fn explain_each(
    request: &Request<'_>,
    keys: &[Key],
) -> Result<Vec<Vec<Section>>, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read_sources(request, &mut problems) else { return Err(problems) };
    let sound = sources.rows(request, problems)?;
    let (settings, round) = (&sources.settings, sound.round(&sources));
    let [members, teams] = round.earned(settings);
    let shares = shares_of(&members, &teams);
    let parts = Parts::of(&round, settings, sound.basis, &shares, request).map_err(|error| vec![error])?;
    let by_member = by_key(&round, |entry| Some(round.key_of(&entry.member)));
    let by_team = by_key(&round, |entry| entry.team.as_ref().map(|team| Key::of_team(team)));
    let sections_of = |key: &Key| -> Vec<Section> {
        let sides = [(MEMBER, &members, &by_member), (TEAM, &teams, &by_team)];
        let own = sides.into_iter().filter(|(_, side, _)| side.contains_key(key));
        let section = |(reward, _, entries): (&'static str, _, &BTreeMap<Key, Vec<&Entry<'_>>>)| {
            let entries = entries.get(key).map_or(&[][..], Vec::as_slice);
            section(&round, settings, (sound.basis, parts.basis(key, reward)), (reward, entries), request)
        };
        own.map(section).collect()
    };
    Ok(keys.iter().map(sections_of).collect())
}

/// The rows of the meetings that are paid, by the key of whom they count for.
fn by_key<'a>(
    round: &Round<'a>,
    key_of: impl Fn(&Entry<'a>) -> Option<Key>,
) -> BTreeMap<Key, Vec<&'a Entry<'a>>> {
    let mut entries: BTreeMap<Key, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in round.paid() {
        if let Some(key) = key_of(entry) {
            entries.entry(key).or_default().push(entry);
        }
    }
    entries
}

/// What Respect becomes: multiplied, or parts of a pool.
struct Parts<'a> {
    shares: &'a [Share<'a>],
    weights: Vec<Weight>,
    /// Whether a pool is divided; else Respect is multiplied.
    divides: bool,
    /// `None` where there is no Respect to divide by.
    division: Option<Division>,
}

impl<'a> Parts<'a> {
    fn of(
        round: &Round<'_>,
        settings: &Settings,
        basis: Basis,
        shares: &'a [Share<'a>],
        request: &Request<'_>,
    ) -> Result<Self, Error> {
        let (divides, division) = match basis {
            Basis::Rate(_) => (false, None),
            Basis::Pool(pool) => {
                (true, round.division(request.with_brought_in(pool)?, shares, settings, request)?)
            }
        };
        let weights = shares.iter().map(|share| share.respect).collect();
        Ok(Self { shares, weights, divides, division })
    }

    /// What the rows of a share are.
    fn basis(&self, key: &Key, reward: &str) -> explanation::Basis {
        if !self.divides {
            return explanation::Basis::Amounts;
        }
        let index = self.shares.iter().position(|share| share.key == key && share.reward == reward);
        let division = self.division.as_ref();
        let part = division.zip(index).and_then(|(division, index)| part_at(division, &self.weights, index));
        explanation::Basis::Weights { unit: "Respect", scale: 0, part }
    }
}

/// Every meeting with its rank.
fn section(
    round: &Round<'_>,
    settings: &Settings,
    (paid_by, basis): (Basis, explanation::Basis),
    (reward, entries): (&'static str, &[&Entry<'_>]),
    request: &Request<'_>,
) -> Section {
    let rows = entries.iter().map(|entry| {
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
