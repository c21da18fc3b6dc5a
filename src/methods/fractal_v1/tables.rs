//! The tables of the report: one for each list of the statistics, and `summary` for single figures.

use super::super::reals::{Real, text};
use super::statistics::{Spread, Statistics};
use crate::methods::ReportTable;
use crate::tables::Cell;

/// The tables, named and headed like the keys of the statistics.
pub(super) fn of(statistics: &Statistics) -> Vec<ReportTable> {
    vec![
        summary(statistics),
        member_leader_board(statistics),
        team_leader_board(statistics),
        attendance_new_and_returning(statistics),
        respect_new_and_returning(statistics),
        team_respect_by_meeting_date(statistics),
        team_representation_by_date(statistics),
        member_summary_stats(statistics),
        rank_by_attendance_count(statistics),
        attendance_consistency_histogram(statistics),
    ]
}

/// Digits behind the point of real numbers.
const DIGITS: usize = 15;

/// A cell of a figure.
#[allow(clippy::needless_pass_by_value)] // figures are copied
fn figure(value: impl ToString) -> Cell {
    Cell::Plain(value.to_string())
}

/// A cell of a real number; empty where there is none.
fn real(value: Option<Real>) -> Cell {
    Cell::Plain(text(value, DIGITS))
}

/// A cell of a date, empty where there is none.
fn date(value: Option<&String>) -> Cell {
    Cell::Plain(value.cloned().unwrap_or_default())
}

/// A cell of a name; guarded, because people choose it.
fn name(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

/// Every single figure, and mean and deviation of those that have both.
fn summary(statistics: &Statistics) -> ReportTable {
    let spread = |name: &str, [mean, deviation]: Spread| {
        [(format!("{name}.mean"), real(mean)), (format!("{name}.standard_deviation"), real(deviation))]
    };
    let single = |name: &str, cell: Cell| [(name.to_owned(), cell)];
    let slope = "attendance_vs_mean_rank_line.slope";
    let intercept = "attendance_vs_mean_rank_line.intercept";
    let rows = single("total_respect", figure(statistics.total_respect))
        .into_iter()
        .chain(single("total_member_respect", figure(statistics.total_member_respect)))
        .chain(single("total_team_respect", figure(statistics.total_team_respect)))
        .chain(single("total_unique_members", figure(statistics.total_unique_members)))
        .chain(single("total_meetings", figure(statistics.total_meetings)))
        .chain(single("last_meeting_date", date(statistics.last_meeting_date.as_ref())))
        .chain(spread("attendance_stats", statistics.attendance_stats))
        .chain(spread("attendance_consistency_stats", statistics.attendance_consistency_stats))
        .chain(spread("team_representation_stats", statistics.team_representation_stats))
        .chain(single(
            "attendance_vs_mean_rank_correlation",
            real(statistics.attendance_vs_mean_rank_correlation),
        ))
        .chain(single(slope, real(statistics.trend.slope)))
        .chain(single(intercept, real(statistics.trend.intercept)));
    ReportTable::new(
        "summary",
        &["statistic", "value"],
        rows.map(|(name, cell)| vec![Cell::Plain(name), cell]),
    )
}

fn member_leader_board(statistics: &Statistics) -> ReportTable {
    let header = ["MemberID", "Name", "AccumulatedRank", "AccumulatedRespect", "AttendanceCount"];
    let rows = statistics.member_leader_board.iter().map(|row| {
        vec![
            name(&row.member_id),
            name(row.name.as_deref().unwrap_or_default()),
            figure(row.accumulated_rank),
            figure(row.accumulated_respect),
            figure(row.attendance_count),
        ]
    });
    ReportTable::new("member_leader_board", &header, rows)
}

fn team_leader_board(statistics: &Statistics) -> ReportTable {
    let rows = statistics
        .team_leader_board
        .iter()
        .map(|row| vec![name(&row.team_name), figure(row.accumulated_respect)]);
    ReportTable::new("team_leader_board", &["TeamName", "AccumulatedRespect"], rows)
}

fn attendance_new_and_returning(statistics: &Statistics) -> ReportTable {
    let header = ["MeetingDate", "MeetingID", "NewMemberCount", "ReturningMemberCount"];
    let rows = statistics.attendance_new_and_returning.iter().map(|row| {
        vec![
            date(row.meeting_date.as_ref()),
            figure(row.meeting_id),
            figure(row.new_member_count),
            figure(row.returning_member_count),
        ]
    });
    ReportTable::new("attendance_new_and_returning", &header, rows)
}

fn respect_new_and_returning(statistics: &Statistics) -> ReportTable {
    let header = [
        "MeetingDate",
        "MeetingID",
        "AccumulatedRespect",
        "AccumulatedRespectNewMember",
        "AccumulatedRespectReturningMember",
    ];
    let rows = statistics.respect_new_and_returning.iter().map(|row| {
        vec![
            date(row.meeting_date.as_ref()),
            figure(row.meeting_id),
            figure(row.accumulated_respect),
            figure(row.accumulated_respect_new_member),
            figure(row.accumulated_respect_returning_member),
        ]
    });
    ReportTable::new("respect_new_and_returning", &header, rows)
}

fn team_respect_by_meeting_date(statistics: &Statistics) -> ReportTable {
    let rows = statistics.team_respect_by_meeting_date.iter().map(|row| {
        vec![name(&row.team_name), date(row.meeting_date.as_ref()), figure(row.accumulated_respect)]
    });
    let header = ["TeamName", "MeetingDate", "AccumulatedRespect"];
    ReportTable::new("team_respect_by_meeting_date", &header, rows)
}

fn team_representation_by_date(statistics: &Statistics) -> ReportTable {
    let rows = statistics
        .team_representation_by_date
        .iter()
        .map(|(day, share)| vec![Cell::Plain(day.clone()), real(*share)]);
    ReportTable::new("team_representation_by_date", &["MeetingDate", "TeamRepresentation"], rows)
}

fn member_summary_stats(statistics: &Statistics) -> ReportTable {
    let header =
        ["MemberID", "AttendanceCount", "AccumulatedRank", "AccumulatedRespect", "Mean", "StandardDeviation"];
    let rows = statistics.member_summary_stats.iter().map(|row| {
        vec![
            name(&row.member_id),
            figure(row.attendance_count),
            figure(row.accumulated_rank),
            figure(row.accumulated_respect),
            real(row.mean),
            real(row.standard_deviation),
        ]
    });
    ReportTable::new("member_summary_stats", &header, rows)
}

fn rank_by_attendance_count(statistics: &Statistics) -> ReportTable {
    let rows = statistics
        .rank_by_attendance_count
        .iter()
        .map(|row| vec![figure(row.attendance_count), real(row.mean), real(row.standard_deviation)]);
    ReportTable::new("rank_by_attendance_count", &["AttendanceCount", "Mean", "StandardDeviation"], rows)
}

fn attendance_consistency_histogram(statistics: &Statistics) -> ReportTable {
    let rows =
        statistics.consistency_histogram.iter().map(|(count, members)| vec![figure(count), figure(members)]);
    ReportTable::new("attendance_consistency_histogram", &["AttendanceCount", "MemberCount"], rows)
}
