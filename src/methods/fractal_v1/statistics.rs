//! The statistics of the whole table of ranks, under the names of the Genesis analysis. They change no
//! amount.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::super::reals::{Real, Trend, combined_deviation, deviation, mean, ratio, real, trend};
use super::meetings::Meetings;
use super::ranks::{Entry, names_of};

/// Mean and sample standard deviation.
pub(super) type Spread = [Option<Real>; 2];

/// What the pages show. An empty name and a figure that does not exist are null.
#[derive(Debug, Serialize)]
pub(super) struct Statistics {
    #[serde(serialize_with = "exact")]
    pub(super) total_respect: u128,
    #[serde(serialize_with = "exact")]
    pub(super) total_member_respect: u128,
    #[serde(serialize_with = "exact")]
    pub(super) total_team_respect: u128,
    pub(super) total_unique_members: usize,
    pub(super) total_meetings: usize,
    pub(super) last_meeting_date: Option<String>,
    /// Over the rows of each meeting.
    pub(super) attendance_stats: Spread,
    /// Over the meetings of each member.
    pub(super) attendance_consistency_stats: Spread,
    /// Over the days on which a team was there.
    pub(super) team_representation_stats: Spread,
    pub(super) member_leader_board: Vec<Leader>,
    pub(super) team_leader_board: Vec<Team>,
    pub(super) attendance_new_and_returning: Vec<Attendance>,
    pub(super) respect_new_and_returning: Vec<Earned>,
    pub(super) team_respect_by_meeting_date: Vec<TeamDay>,
    #[serde(serialize_with = "as_map")]
    pub(super) team_representation_by_date: Vec<(String, Option<Real>)>,
    pub(super) member_summary_stats: Vec<Member>,
    pub(super) rank_by_attendance_count: Vec<Attended>,
    pub(super) attendance_vs_mean_rank_correlation: Option<Real>,
    /// The least-squares line of `rank_by_attendance_count`; the Genesis analysis only draws it.
    #[serde(rename = "attendance_vs_mean_rank_line", serialize_with = "as_line")]
    pub(super) trend: Trend,
    /// Count of meetings, and how many members attended so many; drawn there too.
    #[serde(rename = "attendance_consistency_histogram", serialize_with = "as_histogram")]
    pub(super) consistency_histogram: Vec<(u64, usize)>,
}

/// Slope and intercept of a trend.
fn as_line<S: Serializer>(trend: &Trend, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([("slope", trend.slope), ("intercept", trend.intercept)])
}

/// A row for each count of meetings.
fn as_histogram<S: Serializer>(counts: &[(u64, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(counts.iter().map(|(count, members)| {
        BTreeMap::from([("AttendanceCount", *count), ("MemberCount", *members as u64)])
    }))
}

/// A row of the members' board.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Leader {
    #[serde(rename = "MemberID")]
    pub(super) member_id: String,
    pub(super) name: Option<String>,
    pub(super) accumulated_rank: u64,
    #[serde(serialize_with = "exact")]
    pub(super) accumulated_respect: u128,
    pub(super) attendance_count: u64,
}

/// A row of the teams' board.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Team {
    pub(super) team_name: String,
    #[serde(serialize_with = "exact")]
    pub(super) accumulated_respect: u128,
}

/// Who came to a meeting.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attendance {
    pub(super) meeting_date: Option<String>,
    #[serde(rename = "MeetingID")]
    pub(super) meeting_id: u64,
    pub(super) new_member_count: u64,
    pub(super) returning_member_count: u64,
}

/// What was earned in a meeting.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Earned {
    pub(super) meeting_date: Option<String>,
    #[serde(rename = "MeetingID")]
    pub(super) meeting_id: u64,
    #[serde(serialize_with = "exact")]
    pub(super) accumulated_respect: u128,
    #[serde(serialize_with = "exact")]
    pub(super) accumulated_respect_new_member: u128,
    #[serde(serialize_with = "exact")]
    pub(super) accumulated_respect_returning_member: u128,
}

/// What a team earned on a day.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TeamDay {
    pub(super) team_name: String,
    pub(super) meeting_date: Option<String>,
    #[serde(serialize_with = "exact")]
    pub(super) accumulated_respect: u128,
}

/// The ranks of a member.
#[allow(clippy::struct_field_names)] // the column's name
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Member {
    #[serde(rename = "MemberID")]
    pub(super) member_id: String,
    pub(super) attendance_count: u64,
    pub(super) accumulated_rank: u64,
    #[serde(serialize_with = "exact")]
    pub(super) accumulated_respect: u128,
    pub(super) mean: Option<Real>,
    pub(super) standard_deviation: Option<Real>,
}

/// The ranks of all members who attended so many meetings; the mean is that of their means.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attended {
    pub(super) attendance_count: u64,
    pub(super) mean: Option<Real>,
    pub(super) standard_deviation: Option<Real>,
}

/// The statistics of all rows. Sums of Respect fit: 2^128 holds more than 10^17 of the largest.
pub(super) fn of(entries: &[Entry<'_>], meetings: &Meetings) -> Statistics {
    let members = members(entries);
    let rows = rows_by_meeting(entries);
    let (attendance, earned) = new_and_returning(&rows, meetings);
    let representation = team_representation(&rows, meetings);
    let by_count = rank_by_attendance_count(&members);
    let trend = trend(&points(&by_count));
    let total_member_respect = entries.iter().map(|entry| entry.respect).sum();
    let total_team_respect = entries.iter().filter(|entry| entry.team.is_some()).map(|row| row.respect).sum();
    let last = meetings.dates.values().flatten().max();
    let rows_of_meetings: Vec<Real> = rows.values().map(|rows| real(rows.len() as u64)).collect();
    let meetings_of_members: Vec<Real> = members.iter().map(|member| real(member.attendance_count)).collect();
    let shares: Vec<Real> = representation.iter().filter_map(|(_, share)| *share).collect();
    Statistics {
        total_respect: total_member_respect + total_team_respect,
        total_member_respect,
        total_team_respect,
        total_unique_members: members.len(),
        total_meetings: rows.len(),
        last_meeting_date: last.map(ToString::to_string),
        attendance_stats: spread(&rows_of_meetings),
        attendance_consistency_stats: spread(&meetings_of_members),
        team_representation_stats: spread(&shares),
        member_leader_board: member_leader_board(&members, entries, meetings),
        team_leader_board: team_leader_board(entries),
        attendance_new_and_returning: attendance,
        respect_new_and_returning: earned,
        team_respect_by_meeting_date: team_respect(entries, meetings),
        team_representation_by_date: representation,
        consistency_histogram: histogram(&members),
        member_summary_stats: members,
        attendance_vs_mean_rank_correlation: trend.correlation,
        trend,
        rank_by_attendance_count: by_count,
    }
}

/// Mean and sample standard deviation.
fn spread(values: &[Real]) -> Spread {
    [mean(values), deviation(values)]
}

/// Respect as a JSON number, from 2^53 on as text: readers of JSON hold larger numbers as floats.
#[allow(clippy::trivially_copy_pass_by_ref)] // the signature is serde's
fn exact<S: Serializer>(respect: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    match u64::try_from(*respect) {
        Ok(small) if small < 1 << 53 => serializer.serialize_u64(small),
        _ => serializer.collect_str(respect),
    }
}

/// Pairs as a JSON object that keeps their order.
fn as_map<S: Serializer>(pairs: &[(String, Option<Real>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// The rows of each meeting.
fn rows_by_meeting<'a>(entries: &'a [Entry<'a>]) -> BTreeMap<u64, Vec<&'a Entry<'a>>> {
    let mut rows: BTreeMap<u64, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in entries {
        rows.entry(entry.meeting).or_default().push(entry);
    }
    rows
}

/// Each member's ranks, by id.
fn members(entries: &[Entry<'_>]) -> Vec<Member> {
    let mut by_id: BTreeMap<&str, (Vec<u64>, u128)> = BTreeMap::new();
    for entry in entries {
        let (ranks, respect) = by_id.entry(&entry.member).or_default();
        ranks.push(u64::from(entry.rank));
        *respect += entry.respect;
    }
    let summary = |(id, (mut ranks, respect)): (&str, (Vec<u64>, u128))| {
        ranks.sort_unstable(); // so that the deviation does not depend on the order of the rows
        let reals: Vec<Real> = ranks.iter().copied().map(real).collect();
        let [mean, standard_deviation] = spread(&reals);
        Member {
            member_id: id.to_owned(),
            attendance_count: ranks.len() as u64,
            accumulated_rank: ranks.iter().sum(),
            accumulated_respect: respect,
            mean,
            standard_deviation,
        }
    };
    by_id.into_iter().map(summary).collect()
}

/// Members by accumulated rank and attendance descending, then id.
fn member_leader_board(members: &[Member], entries: &[Entry<'_>], meetings: &Meetings) -> Vec<Leader> {
    let names = names_of(entries, meetings);
    let leader = |member: &Member| Leader {
        member_id: member.member_id.clone(),
        name: names.get(member.member_id.as_str()).map(|name| (*name).to_owned()),
        accumulated_rank: member.accumulated_rank,
        accumulated_respect: member.accumulated_respect,
        attendance_count: member.attendance_count,
    };
    let mut board: Vec<Leader> = members.iter().map(leader).collect();
    board.sort_by(|left, right| {
        let descending = (right.accumulated_rank, right.attendance_count);
        descending
            .cmp(&(left.accumulated_rank, left.attendance_count))
            .then_with(|| left.member_id.cmp(&right.member_id))
    });
    board
}

/// Teams by Respect descending, then name.
fn team_leader_board(entries: &[Entry<'_>]) -> Vec<Team> {
    let mut by_name: BTreeMap<&str, u128> = BTreeMap::new();
    for entry in entries {
        if let Some(team) = &entry.team {
            *by_name.entry(team).or_default() += entry.respect;
        }
    }
    let team =
        |(name, respect): (&str, u128)| Team { team_name: name.to_owned(), accumulated_respect: respect };
    let mut board: Vec<Team> = by_name.into_iter().map(team).collect();
    board.sort_by_key(|team| std::cmp::Reverse(team.accumulated_respect)); // stable: names stay ordered
    board
}

/// Who came to each meeting for the first time, who came again, and what they earned.
fn new_and_returning(
    rows: &BTreeMap<u64, Vec<&Entry<'_>>>,
    meetings: &Meetings,
) -> (Vec<Attendance>, Vec<Earned>) {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let (mut attendance, mut earned) = (Vec::new(), Vec::new());
    for meeting_id in meetings.in_order() {
        let (mut counts, mut sums) = ([0_u64; 2], [0_u128; 2]);
        for entry in rows.get(&meeting_id).into_iter().flatten() {
            let [new, returning] = if known.insert(&entry.member) { [1, 0] } else { [0, 1] };
            counts = [counts[0] + new, counts[1] + returning];
            sums =
                [sums[0] + u128::from(new) * entry.respect, sums[1] + u128::from(returning) * entry.respect];
        }
        let meeting_date = date_text(meetings, meeting_id);
        attendance.push(Attendance {
            meeting_date: meeting_date.clone(),
            meeting_id,
            new_member_count: counts[0],
            returning_member_count: counts[1],
        });
        earned.push(Earned {
            meeting_date,
            meeting_id,
            accumulated_respect: sums[0] + sums[1],
            accumulated_respect_new_member: sums[0],
            accumulated_respect_returning_member: sums[1],
        });
    }
    (attendance, earned)
}

/// The date of a meeting, where dates are known.
fn date_text(meetings: &Meetings, meeting: u64) -> Option<String> {
    meetings.dates.get(&meeting).copied().flatten().map(|date| date.to_string())
}

/// What each team earned on each day: by name, then day. Without dates each meeting is a day.
fn team_respect(entries: &[Entry<'_>], meetings: &Meetings) -> Vec<TeamDay> {
    let mut by_day = BTreeMap::new();
    for entry in entries {
        if let Some(team) = &entry.team {
            let (date, meeting) = meetings.day_of(entry.meeting);
            *by_day.entry((team, date, meeting)).or_insert(0_u128) += entry.respect;
        }
    }
    let day = |((team, date, _), respect): ((&String, Option<jiff::civil::Date>, u64), u128)| TeamDay {
        team_name: team.clone(),
        meeting_date: date.map(|date| date.to_string()),
        accumulated_respect: respect,
    };
    by_day.into_iter().map(day).collect()
}

/// The part of each day's rows that name a team, none where no row does. Without dates each meeting
/// is a day, called by its number.
fn team_representation(
    rows: &BTreeMap<u64, Vec<&Entry<'_>>>,
    meetings: &Meetings,
) -> Vec<(String, Option<Real>)> {
    let mut by_day = BTreeMap::new();
    for (meeting, rows) in rows {
        let with_team = rows.iter().filter(|entry| entry.team.is_some()).count() as u64;
        let day = by_day.entry(meetings.day_of(*meeting)).or_insert([0_u64; 2]);
        *day = [day[0] + with_team, day[1] + rows.len() as u64];
    }
    let share = |((date, meeting), [with_team, all]): ((Option<jiff::civil::Date>, u64), [u64; 2])| {
        let name = date.map_or_else(|| meeting.to_string(), |date| date.to_string());
        (name, ratio(with_team, all).filter(|_| with_team > 0))
    };
    by_day.into_iter().map(share).collect()
}

/// Mean rank and combined deviation of the members of each attendance count.
fn rank_by_attendance_count(members: &[Member]) -> Vec<Attended> {
    let mut by_count: BTreeMap<u64, Vec<(u64, Real, Option<Real>)>> = BTreeMap::new();
    for member in members {
        let group = by_count.entry(member.attendance_count).or_default();
        group.extend(member.mean.map(|mean| (member.attendance_count, mean, member.standard_deviation)));
    }
    let attended = |(attendance_count, group): (u64, Vec<(u64, Real, Option<Real>)>)| {
        let means: Vec<Real> = group.iter().map(|(_, mean, _)| *mean).collect();
        Attended { attendance_count, mean: mean(&means), standard_deviation: combined_deviation(&group) }
    };
    by_count.into_iter().map(attended).collect()
}

/// Attendance count and mean rank.
fn points(by_count: &[Attended]) -> Vec<(Real, Real)> {
    by_count.iter().filter_map(|row| row.mean.map(|mean| (real(row.attendance_count), mean))).collect()
}

/// How many members attended once, twice ... up to the most faithful; counts without members stay.
fn histogram(members: &[Member]) -> Vec<(u64, usize)> {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for member in members {
        *counts.entry(member.attendance_count).or_default() += 1;
    }
    let most = counts.keys().next_back().copied().unwrap_or(0);
    (1..=most).map(|count| (count, counts.get(&count).copied().unwrap_or(0))).collect()
}
