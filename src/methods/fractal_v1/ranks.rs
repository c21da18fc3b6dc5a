//! The table of ranks, one row a member a meeting, and the table of members' addresses.

use std::collections::BTreeMap;

use super::meetings::{Meetings, meeting_of};
use super::{Settings, respect};
use crate::address::Address;
use crate::amount::{Decimal, Weight};
use crate::error::{Error, Shown};
use crate::methods::collected;
use crate::tables::{Row, Table, compared};

/// The columns of the table of ranks.
pub(crate) const COLUMNS: [&str; 7] =
    ["MemberID", "Name", "MeetingID", "Group", "Rank", "TeamID", "TeamName"];
/// The columns of the table of members.
pub(crate) const MEMBER_COLUMNS: [&str; 2] = ["MemberID", "Address"];
/// The highest rank: no group of any fractal comes near it, and Fibonacci stays small behind it.
const RANK_LIMIT: u64 = 92;

/// A row of the table of ranks.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// Where it stands.
    pub(super) row: Row<'a>,
    /// The member's id, in the form in which ids are compared.
    pub(super) member: String,
    /// The member's name; may be empty.
    pub(super) name: &'a str,
    /// The meeting's number.
    pub(super) meeting: u64,
    /// The group, `3` for `3.0`; may be empty.
    pub(super) group: String,
    /// The rank, 1 to 92.
    pub(super) rank: u8,
    /// The name of the team that the row names.
    pub(super) team: Option<String>,
    /// What the rank earns.
    pub(super) respect: u128,
}

/// Reads the rows; a member meets once, and a team has one name.
pub(super) fn read<'a>(table: &'a Table, settings: &Settings, problems: &mut Vec<Error>) -> Vec<Entry<'a>> {
    let entries: Vec<Entry<'a>> =
        table.rows().filter_map(|row| read_entry(row, settings, problems)).collect();
    check_meet_once(&entries, problems);
    check_team_names(&entries, problems);
    entries
}

/// Reads one row.
fn read_entry<'a>(row: Row<'a>, settings: &Settings, problems: &mut Vec<Error>) -> Option<Entry<'a>> {
    let member = collected(filled(row, "MemberID"), problems);
    let name = collected(row.name("Name"), problems);
    let meeting = collected(meeting_of(row), problems);
    let group = collected(row.name("Group"), problems);
    let rank = collected(whole_number(row, "Rank", RANK_LIMIT, "a whole number from 1 to 92"), problems);
    let team = collected(team_of(row), problems);
    let rank = u8::try_from(rank?).ok()?;
    Some(Entry {
        row,
        member: compared(member?),
        name: name?,
        meeting: meeting?,
        group: label(group?),
        rank,
        team: team?,
        respect: respect(rank, settings.offset().unwrap_or_default()), // without one nothing is paid
    })
}

/// The name of the team that a row names. An id alone names nobody who could be paid.
fn team_of(row: Row<'_>) -> Result<Option<String>, Error> {
    let (id, name) = (row.name("TeamID")?, row.name("TeamName")?);
    match (id.is_empty(), name.is_empty()) {
        (false, true) => Err(Error::ValueMissing { place: row.place(), what: "TeamName".to_owned() }),
        (true, true) => Ok(None),
        (_, false) => Ok(Some(compared(name))),
    }
}

/// A name or id that must be there.
fn filled<'a>(row: Row<'a>, column: &str) -> Result<&'a str, Error> {
    let text = row.name(column)?;
    let missing = || Error::ValueMissing { place: row.place(), what: column.to_owned() };
    if text.is_empty() { Err(missing()) } else { Ok(text) }
}

/// A whole number from 1 to `limit`, also where a program wrote it as `3.0`.
pub(super) fn whole_number(
    row: Row<'_>,
    column: &'static str,
    limit: u64,
    range: &'static str,
) -> Result<u64, Error> {
    let missing = || Error::ValueMissing { place: row.place(), what: column.to_owned() };
    let number = row.decimal(column)?.ok_or_else(missing)?;
    whole(number).filter(|number| (1..=limit).contains(number)).ok_or_else(|| Error::NumberOutOfRange {
        place: row.place(),
        what: column,
        value: Shown::from(row.field(column).trim()),
        range,
    })
}

/// The number, if it is whole and fits.
fn whole(number: Decimal) -> Option<u64> {
    number.scaled(0).and_then(|whole: Weight| u64::try_from(whole).ok())
}

/// A label in the form in which labels are compared: `3.0`, as programs write whole numbers in a
/// column with gaps, is `3`.
fn label(text: &str) -> String {
    match text.strip_suffix(".0") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.to_owned()
        }
        _ => compared(text),
    }
}

/// Reports members with several rows in one meeting.
fn check_meet_once(entries: &[Entry<'_>], problems: &mut Vec<Error>) {
    let mut seen: BTreeMap<(u64, &str), Row<'_>> = BTreeMap::new();
    for entry in entries {
        if let Some(first) = seen.get(&(entry.meeting, &entry.member)) {
            problems.push(Error::StandsTwice {
                place: entry.row.place(),
                what: Shown::sentence(&format!("member `{}` in meeting {}", entry.member, entry.meeting)),
                first: first.place(),
            });
        } else {
            seen.insert((entry.meeting, &entry.member), entry.row);
        }
    }
}

/// Reports team ids with several names.
fn check_team_names(entries: &[Entry<'_>], problems: &mut Vec<Error>) {
    let mut seen: BTreeMap<String, (&str, Row<'_>)> = BTreeMap::new();
    for entry in entries {
        let (id, Some(name)) = (entry.row.field("TeamID").trim(), &entry.team) else { continue };
        if id.is_empty() {
            continue;
        }
        let (first_name, first) = seen.entry(label(id)).or_insert((name, entry.row));
        if *first_name != name {
            problems.push(Error::TeamTwoNames {
                place: entry.row.place(),
                team: Shown::from(id),
                name: Shown::from(name),
                first_name: Shown::from(*first_name),
                first: first.place(),
            });
        }
    }
}

/// The addresses of members by id, from the table of members.
pub(super) fn read_addresses(table: Option<&Table>, problems: &mut Vec<Error>) -> BTreeMap<String, Address> {
    let mut addresses = BTreeMap::new();
    let mut seen: BTreeMap<String, Row<'_>> = BTreeMap::new();
    for row in table.into_iter().flat_map(Table::rows) {
        let member = collected(filled(row, "MemberID"), problems).map(compared);
        let address = collected(row.address("Address"), problems);
        let (Some(member), Some(address)) = (member, address) else { continue };
        if let Some(first) = seen.get(&member) {
            problems.push(Error::StandsTwice {
                place: row.place(),
                what: Shown::sentence(&format!("member `{member}`")),
                first: first.place(),
            });
            continue;
        }
        seen.insert(member.clone(), row);
        addresses.extend(address.map(|address| (member, address)));
    }
    addresses
}

/// The name of each member who has one: that of the earliest meeting that gives one.
pub(super) fn names_of<'a>(entries: &'a [Entry<'a>], meetings: &Meetings) -> BTreeMap<&'a str, &'a str> {
    let mut earliest: BTreeMap<&str, &Entry<'_>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.name.is_empty()) {
        let kept = earliest.entry(&entry.member).or_insert(entry);
        if meetings.order_of(entry.meeting) < meetings.order_of(kept.meeting) {
            *kept = entry;
        }
    }
    earliest.into_iter().map(|(member, entry)| (member, entry.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_programs_are_labels_of_people() {
        for (text, expected) in
            [("3.0", "3"), ("3", "3"), ("", ""), (".0", ".0"), ("a.0", "a.0"), ("3.5", "3.5"), (" b ", "b")]
        {
            assert_eq!(label(text), expected);
        }
    }
}
