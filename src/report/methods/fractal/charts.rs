//! The charts of fractal.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::Share;
use super::super::super::chart::{self, Data, Plot};
use super::super::super::page::Block;
use super::super::super::text;
use super::super::pieces::{self, BARS_MOST, SERIES_MOST, axes, rounded, value};
use super::{DIGITS, Summary, name_of, respect_of};
use crate::error::Problems;
use crate::tables::{Row, Table};

/// The label of a meeting: its day, else its number.
fn label(row: Row<'_>) -> String {
    match row.field("meetingdate") {
        "" => format!("meeting {}", row.field("meetingid")),
        date => date.to_owned(),
    }
}

/// A figure of Respect, or of members.
fn figure(count: &str, unit: &str) -> chart::Value {
    value(count, format!("{count} {unit}"))
}

/// Who has most Respect.
pub fn members(share: &Share<'_>, board: &Table) -> Result<Option<Block>, Problems> {
    let mut rows: Vec<(String, &str)> =
        board.rows().map(|row| (name_of(row), row.field("accumulatedrespect"))).collect();
    // Respect as text: longer is more, then in the order of digits; the sort keeps the board's order.
    rows.sort_by(|(_, left), (_, right)| (right.len(), *right).cmp(&(left.len(), *left)));
    let Some((first, most)) = rows.first() else { return Ok(None) };
    let description = format!("{first} has most Respect: {most}. {} members have Respect.", rows.len());
    let title = if rows.len() > BARS_MOST {
        format!("The {BARS_MOST} members with most Respect")
    } else {
        "Respect of the members".to_owned()
    };
    let bars = rows.iter().take(BARS_MOST).map(|(name, respect)| (name.clone(), figure(respect, "Respect")));
    let data = Data::Bars(bars.collect());
    pieces::chart(Plot {
        name: share.chart_name("member-respect"),
        title,
        description,
        axes: axes("Respect", ""),
        data,
    })
}

/// New and returning members at each meeting.
pub fn attendance(share: &Share<'_>, meetings: &Table) -> Result<Option<Block>, Problems> {
    let rows: Vec<Row<'_>> = meetings.rows().collect();
    let columns = pieces::places(rows.len()).into_iter().filter_map(|place| rows.get(place)).map(|row| {
        let parts = [("newmembercount", "new"), ("returningmembercount", "returning")];
        (label(*row), parts.map(|(column, unit)| figure(row.field(column), unit)).to_vec())
    });
    let columns: Vec<_> = columns.collect();
    if columns.is_empty() {
        return Ok(None);
    }
    let sum = |column: &str| rows.iter().filter_map(|row| row.field(column).parse::<u64>().ok()).sum::<u64>();
    let description = format!(
        "{} meetings; {} members came for the first time, and members came back {} times.",
        rows.len(),
        sum("newmembercount"),
        sum("returningmembercount")
    );
    pieces::chart(Plot {
        name: share.chart_name("attendance"),
        title: "Members at each meeting".to_owned(),
        description,
        axes: axes("meeting", "members"),
        data: Data::Columns { series: vec!["new".to_owned(), "returning".to_owned()], columns },
    })
}

/// How many members came to so many meetings.
pub fn consistency(share: &Share<'_>) -> Result<Option<Block>, Problems> {
    let Some(table) = share.table("attendance_consistency_histogram", &["AttendanceCount"])? else {
        return Ok(None);
    };
    let bars: Vec<_> = table
        .rows()
        .map(|row| {
            let (count, members) = (row.field("attendancecount"), row.field("membercount"));
            let middle = pieces::float(count);
            let text = format!("{members} members came to {count} meetings");
            (middle - 0.5, middle + 0.5, value(members, text))
        })
        .collect();
    let most = table.rows().max_by_key(|row| row.field("membercount").parse::<u64>().unwrap_or_default());
    let Some(most) = most else { return Ok(None) };
    let description = format!(
        "The most frequent count is {} meetings, of {} members.",
        most.field("attendancecount"),
        most.field("membercount")
    );
    pieces::chart(Plot {
        name: share.chart_name("attendance-consistency"),
        title: "How often members came".to_owned(),
        description,
        axes: axes("meetings", "members"),
        data: Data::Histogram(bars),
    })
}

/// Respect of new and returning members at each meeting, and what it adds up to.
pub fn respect(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let Some(table) = share.table("respect_new_and_returning", &["MeetingID"])? else {
        return Ok(Vec::new());
    };
    let rows: Vec<Row<'_>> = table.rows().collect();
    let chosen = pieces::places(rows.len());
    let earned = |row: &Row<'_>| respect_of(*row).map(|text| text.parse::<u128>().unwrap_or_default());
    let sums: Vec<u128> = rows
        .iter()
        .scan(0_u128, |sum, row| {
            let [all, ..] = earned(row);
            *sum = sum.saturating_add(all);
            Some(*sum)
        })
        .collect();
    let Some(total) = sums.last() else { return Ok(Vec::new()) };
    let columns = chosen.iter().filter_map(|place| rows.get(*place)).map(|row| {
        let [_, new, returning] = respect_of(*row);
        (label(*row), vec![figure(new, "Respect of new"), figure(returning, "Respect of returning")])
    });
    let by_meeting = pieces::chart(Plot {
        name: share.chart_name("respect"),
        title: "Respect of members at each meeting".to_owned(),
        description: format!("{} meetings; members earned {total} Respect in all.", rows.len()),
        axes: axes("meeting", "Respect"),
        data: Data::Columns {
            series: vec!["new".to_owned(), "returning".to_owned()],
            columns: columns.collect(),
        },
    })?;
    let line = chosen.iter().filter_map(|place| sums.get(*place));
    let line = line.map(|sum| Some(figure(&sum.to_string(), "Respect"))).collect();
    let labels = chosen.iter().filter_map(|place| rows.get(*place)).map(|row| label(*row)).collect();
    let accumulated = pieces::chart(Plot {
        name: share.chart_name("accumulated-respect"),
        title: "Respect of all members, added up".to_owned(),
        description: format!("It grows to {total} Respect over {} meetings.", rows.len()),
        axes: axes("meeting", "Respect"),
        data: Data::Lines { labels, lines: vec![("members".to_owned(), line)] },
    })?;
    Ok([by_meeting, accumulated].into_iter().flatten().collect())
}

/// Respect of teams added up over the days on which there were teams: the teams with most of it, and
/// all others together.
pub fn teams(share: &Share<'_>, board: &Table) -> Result<Option<Block>, Problems> {
    let Some(table) = share.table("team_respect_by_meeting_date", &["TeamName"])? else { return Ok(None) };
    let named = if board.len() > SERIES_MOST { SERIES_MOST - 1 } else { SERIES_MOST };
    let mut series: Vec<&str> = board.rows().take(named).map(|row| row.field("teamname")).collect();
    let others = board.len() > series.len();
    let days: BTreeSet<&str> = table.rows().map(|row| row.field("meetingdate")).collect();
    let mut earned: BTreeMap<(usize, &str), u128> = BTreeMap::new();
    for row in table.rows() {
        let place = series.iter().position(|team| *team == row.field("teamname")).unwrap_or(series.len());
        let respect: u128 = row.field("accumulatedrespect").parse().unwrap_or_default();
        let sum = earned.entry((place, row.field("meetingdate"))).or_default();
        *sum = sum.saturating_add(respect);
    }
    let titles: Vec<String> = series.iter().map(|team| text::name(team)).collect();
    series.extend(others.then_some(""));
    let days: Vec<&str> = days.into_iter().collect();
    let chosen = pieces::places(days.len());
    let lines = (0..series.len()).map(|place| {
        let mut sum = 0_u128;
        let all: Vec<u128> = days
            .iter()
            .map(|day| {
                sum = sum.saturating_add(earned.get(&(place, *day)).copied().unwrap_or_default());
                sum
            })
            .collect();
        let points = chosen.iter().filter_map(|place| all.get(*place));
        let points = points.map(|sum| Some(figure(&sum.to_string(), "Respect"))).collect();
        (titles.get(place).cloned().unwrap_or_else(|| chart::OTHER.to_owned()), points)
    });
    let lines: Vec<_> = lines.collect();
    let Some(first) = board.rows().next() else { return Ok(None) };
    let description = format!(
        "{} teams; {} has most Respect: {}.",
        board.len(),
        text::name(first.field("teamname")),
        first.field("accumulatedrespect")
    );
    let labels = chosen.iter().filter_map(|place| days.get(*place)).map(|day| day_label(day)).collect();
    pieces::chart(Plot {
        name: share.chart_name("team-respect"),
        title: "Respect of teams, added up".to_owned(),
        description,
        axes: axes("meeting", "Respect"),
        data: Data::Lines { labels, lines },
    })
}

/// A day, which the table of ranks may not know.
fn day_label(day: &str) -> String {
    if day.is_empty() { "no date".to_owned() } else { day.to_owned() }
}

/// The part of the members who came for a team.
pub fn representation(share: &Share<'_>) -> Result<Option<Block>, Problems> {
    let Some(table) = share.table("team_representation_by_date", &["MeetingDate"])? else { return Ok(None) };
    let rows: Vec<Row<'_>> = table.rows().collect();
    let chosen: Vec<&Row<'_>> =
        pieces::places(rows.len()).into_iter().filter_map(|place| rows.get(place)).collect();
    let part = |row: &Row<'_>| row.field("teamrepresentation").to_owned();
    let points: Vec<_> = chosen
        .iter()
        .map(|row| part(row))
        .map(|part| (!part.is_empty()).then(|| value(&part, rounded(&part, DIGITS))))
        .collect();
    let last = rows.iter().rev().find(|row| !part(row).is_empty());
    let Some(last) = last else { return Ok(None) };
    let description = format!(
        "At the last meeting with a team, on {}, the part was {}.",
        day_label(last.field("meetingdate")),
        rounded(&part(last), DIGITS)
    );
    let labels = chosen.iter().map(|row| day_label(row.field("meetingdate"))).collect();
    pieces::chart(Plot {
        name: share.chart_name("team-representation"),
        title: "Part of the members who came for a team".to_owned(),
        description,
        axes: axes("meeting", "part, 0 to 1"),
        data: Data::Lines { labels, lines: vec![("team representation".to_owned(), points)] },
    })
}

/// Mean rank against attendance, with the line through the points.
pub fn ranks(share: &Share<'_>, counts: &Table, summary: &Summary) -> Result<Option<Block>, Problems> {
    let points: Vec<_> = counts
        .rows()
        .filter(|row| !row.field("mean").is_empty())
        .map(|row| {
            let (count, mean) = (row.field("attendancecount"), row.field("mean"));
            let deviation = match row.field("standarddeviation") {
                "" => String::new(),
                deviation => format!(" ± {}", rounded(deviation, DIGITS)),
            };
            let told = format!("{count} meetings: mean rank {}{deviation}", rounded(mean, DIGITS));
            (pieces::float(count), pieces::float(mean), told)
        })
        .collect();
    if points.is_empty() {
        return Ok(None);
    }
    let [slope, intercept] = ["slope", "intercept"]
        .map(|part| summary.exact(&format!("attendance_vs_mean_rank_line.{part}")))
        .map(|text| (!text.is_empty()).then(|| pieces::float(text)));
    let correlation = match summary.exact("attendance_vs_mean_rank_correlation") {
        "" => "There are too few points for a correlation.".to_owned(),
        exact => format!("The correlation is {}.", rounded(exact, 3)),
    };
    pieces::chart(Plot {
        name: share.chart_name("rank-by-attendance"),
        title: "Mean rank by attendance".to_owned(),
        description: format!("{} groups of members. {correlation}", points.len()),
        axes: axes("meetings", "mean rank"),
        data: Data::Scatter { points, line: slope.zip(intercept) },
    })
}
