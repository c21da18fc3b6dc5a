//! The meetings: their dates, their order, and which of them the round pays.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;

use super::ranks::{Entry, whole_number};
use super::{PaidMeetings, Settings};
use crate::error::{Error, Place, Shown};
use crate::methods::{Request, collected};
use crate::tables::{self, Row, Table};

/// The columns of the table of meetings.
pub(crate) const COLUMNS: [&str; 2] = ["MeetingID", "MeetingDate"];
/// The highest number of a meeting.
const MEETING_LIMIT: u64 = 999_999_999;
/// The range of the numbers of meetings, for messages.
const MEETING_RANGE: &str = "a whole number from 1 to 999999999";

/// The meetings of the table of ranks.
#[derive(Debug)]
pub(super) struct Meetings {
    /// Their dates: all of them have one, or none has.
    pub(super) dates: BTreeMap<u64, Option<Date>>,
    /// Those that the round pays.
    pub(super) paid: BTreeSet<u64>,
    /// Meetings of the table of meetings that lie in the period and of which nobody has a rank.
    pub(super) without_ranks: BTreeSet<u64>,
}

/// Where the dates come from.
enum Calendar {
    /// The table of meetings, of this path.
    Table(BTreeMap<u64, Date>),
    /// The settings.
    Regular { first: Date, interval_days: u64, skipped: Vec<u64> },
    /// Nowhere.
    Unknown,
}

/// The number of the meeting that a row belongs to.
pub(super) fn meeting_of(row: Row<'_>) -> Result<u64, Error> {
    whole_number(row, "MeetingID", MEETING_LIMIT, MEETING_RANGE)
}

impl Meetings {
    /// The meetings of the rows, dated and chosen; without sound rows only what the settings and the
    /// table of meetings say is checked.
    pub(super) fn read(
        entries: Option<&[Entry<'_>]>,
        table: Option<&Table>,
        settings: &Settings,
        request: &Request<'_>,
        problems: &mut Vec<Error>,
    ) -> Option<Self> {
        let calendar = Calendar::read(table, settings, request, problems)?;
        if matches!(calendar, Calendar::Unknown) && settings.meetings.is_none() {
            problems.push(Error::MeetingDatesMissing { place: request.place(), allocation: request.name() });
            return None;
        }
        let mut dates: BTreeMap<u64, Option<Date>> = BTreeMap::new();
        for entry in entries? {
            dates.entry(entry.meeting).or_insert_with(|| {
                collected(calendar.date_of(entry.meeting, &entry.row.place()), problems).flatten()
            });
        }
        let lies_in_period = |date: Option<Date>| date.is_some_and(|date| request.plan.period.contains(date));
        let mut without_ranks = BTreeSet::new();
        let paid = match &settings.meetings {
            Some(PaidMeetings::All(_)) => dates.keys().copied().collect(),
            Some(PaidMeetings::List(list)) => listed(list, &dates, request, problems),
            None => {
                let planned = calendar.planned().filter(|(_, date)| lies_in_period(Some(*date)));
                without_ranks = planned.map(|(meeting, _)| meeting).collect();
                without_ranks.retain(|meeting| !dates.contains_key(meeting));
                dates.iter().filter(|(_, date)| lies_in_period(**date)).map(|(meeting, _)| *meeting).collect()
            }
        };
        Some(Self { dates, paid, without_ranks })
    }

    /// When a meeting was, compared with others: by date, then number.
    pub(super) fn order_of(&self, meeting: u64) -> (Option<Date>, u64) {
        (self.dates.get(&meeting).copied().flatten(), meeting)
    }

    /// The day of a meeting: its date, or where dates are not known its number.
    pub(super) fn day_of(&self, meeting: u64) -> (Option<Date>, u64) {
        match self.dates.get(&meeting).copied().flatten() {
            Some(date) => (Some(date), 0),
            None => (None, meeting),
        }
    }

    /// The meetings from the first to the last.
    pub(super) fn in_order(&self) -> Vec<u64> {
        let mut meetings: Vec<u64> = self.dates.keys().copied().collect();
        meetings.sort_by_key(|meeting| self.order_of(*meeting));
        meetings
    }
}

/// The meetings of the list; each must have rows.
fn listed(
    list: &[u64],
    dates: &BTreeMap<u64, Option<Date>>,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> BTreeSet<u64> {
    let list: BTreeSet<u64> = list.iter().copied().collect();
    let unknown = list.iter().filter(|meeting| !dates.contains_key(meeting));
    problems.extend(unknown.map(|meeting| Error::MeetingUnknown {
        place: request.place(),
        allocation: request.name(),
        meeting: *meeting,
    }));
    list
}

impl Calendar {
    /// The calendar of the table of meetings, or of the settings.
    fn read(
        table: Option<&Table>,
        settings: &Settings,
        request: &Request<'_>,
        problems: &mut Vec<Error>,
    ) -> Option<Self> {
        let has_table = request.allocation.inputs.contains_key("meetings");
        match &settings.first_meeting {
            Some(_) if has_table => {
                let message = "`first_meeting` is for rounds without the input `meetings`";
                problems.push(Error::SettingsInvalid {
                    place: request.place(),
                    allocation: request.name(),
                    message: Shown::from(message),
                });
                None
            }
            Some(first) => Self::regular(first, settings, request, problems),
            None if has_table => read_dates(table?, problems).map(Self::Table),
            None => Some(Self::Unknown),
        }
    }

    /// The calendar of the settings.
    fn regular(
        first: &str,
        settings: &Settings,
        request: &Request<'_>,
        problems: &mut Vec<Error>,
    ) -> Option<Self> {
        let mut skipped = settings.skipped_weeks.clone();
        skipped.sort_unstable();
        if let Some(number) = skipped.iter().find(|number| !(1..=MEETING_LIMIT).contains(number)) {
            problems.push(request.out_of_range("skipped_weeks", *number, "1 to 999999999"));
        }
        let day = tables::day(first).ok_or_else(|| Error::NotADate {
            place: request.place(),
            what: "first_meeting".to_owned(),
            value: Shown::from(first),
            reason: "it is not a day of the calendar",
        });
        let first = collected(day, problems)?;
        Some(Self::Regular { first, interval_days: settings.interval_days, skipped })
    }

    /// The date of a meeting of the table of ranks, which first stands at `place`.
    fn date_of(&self, meeting: u64, place: &Place) -> Result<Option<Date>, Error> {
        match self {
            Self::Unknown => Ok(None),
            Self::Table(dates) => {
                let missing = || Error::MeetingWithoutDate { place: place.clone(), meeting };
                dates.get(&meeting).copied().map(Some).ok_or_else(missing)
            }
            Self::Regular { first, interval_days, skipped } => {
                let skips = skipped.partition_point(|skipped| *skipped < meeting) as u64;
                let date = day_after(*first, *interval_days, meeting.saturating_sub(1).saturating_add(skips));
                date.map(Some).ok_or_else(|| Error::NumberOutOfRange {
                    place: place.clone(),
                    what: "MeetingID",
                    value: Shown::from(meeting.to_string()),
                    range: "a meeting before the year 10000",
                })
            }
        }
    }

    /// The meetings of the table of meetings.
    fn planned(&self) -> impl Iterator<Item = (u64, Date)> {
        let dates = if let Self::Table(dates) = self { Some(dates) } else { None };
        dates.into_iter().flatten().map(|(meeting, date)| (*meeting, *date))
    }
}

/// The day so many intervals after another, up to the end of the calendar.
fn day_after(first: Date, interval_days: u64, intervals: u64) -> Option<Date> {
    let days = i64::try_from(interval_days.checked_mul(intervals)?).ok()?;
    first.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// The dates of the table of meetings, if it is sound: a damaged row is not a missing date as well.
fn read_dates(table: &Table, problems: &mut Vec<Error>) -> Option<BTreeMap<u64, Date>> {
    let found = problems.len();
    let mut dates = BTreeMap::new();
    let mut seen: BTreeMap<u64, Row<'_>> = BTreeMap::new();
    for row in table.rows() {
        let meeting = collected(meeting_of(row), problems);
        let date = collected(date_of(row), problems);
        let (Some(meeting), Some(date)) = (meeting, date) else { continue };
        if let Some(first) = seen.get(&meeting) {
            let what = Shown::from(format!("meeting {meeting}"));
            problems.push(Error::StandsTwice { place: row.place(), what, first: first.place() });
            continue;
        }
        seen.insert(meeting, row);
        dates.insert(meeting, date);
    }
    (problems.len() == found).then_some(dates)
}

/// The date of a row of the table of meetings.
fn date_of(row: Row<'_>) -> Result<Date, Error> {
    let text = row.field("MeetingDate").trim();
    let what = || "MeetingDate".to_owned();
    if text.is_empty() {
        return Err(Error::ValueMissing { place: row.place(), what: what() });
    }
    tables::day(text).ok_or_else(|| Error::NotADate {
        place: row.place(),
        what: what(),
        value: Shown::from(text),
        reason: "it is not a day of the calendar",
    })
}
