//! The pages of fractal: what the dashboard of the Genesis fractal shows, from the tables of the method.

mod charts;
mod rule;

use super::super::Share;
use super::super::page::{Block, Section};
use super::super::text;
use super::pieces::{self, Listing, rounded};
use crate::error::Problems;
use crate::tables::Table;

/// Digits of means, deviations and shares.
const DIGITS: usize = 2;

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let summary = Summary(share.table("summary", &["statistic", "value"])?);
    let section = |what, title, blocks: Vec<Block>| {
        (!blocks.is_empty()).then(|| pieces::section(share, what, title, blocks))
    };
    let sections = [
        section("rule", "Fractal", rule::blocks(share, &summary)),
        section("members", "Members", members(share)?),
        section("attendance", "Attendance", attendance(share)?),
        section("respect", "Respect by meeting", charts::respect(share)?),
        section("teams", "Teams", teams(share, &summary)?),
        section("ranks", "Ranks and attendance", ranks(share, &summary)?),
    ];
    Ok(sections.into_iter().flatten().collect())
}

/// The single figures.
pub(super) struct Summary(Option<Table>);

impl Summary {
    /// A figure as the table has it; empty where there is none.
    fn exact(&self, statistic: &str) -> &str {
        let mut rows = self.0.iter().flat_map(Table::rows);
        rows.find(|row| row.field("statistic") == statistic).map_or("", |row| row.field("value"))
    }

    /// Mean and deviation; the deviation of a single value does not exist.
    fn spread(&self, statistic: &str) -> String {
        let mean = self.exact(&format!("{statistic}.mean"));
        let deviation = self.exact(&format!("{statistic}.standard_deviation"));
        match (mean, deviation) {
            ("", _) => "none".to_owned(),
            (mean, "") => rounded(mean, DIGITS),
            (mean, deviation) => format!("{} ± {}", rounded(mean, DIGITS), rounded(deviation, DIGITS)),
        }
    }
}

/// The name that a row of members shows.
fn name_of(row: crate::tables::Row<'_>) -> String {
    let given = row.field("name");
    text::name(if given.is_empty() { row.field("memberid") } else { given })
}

/// The members' board, with mean and deviation of their ranks.
fn members(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let Some(board) = share.table("member_leader_board", &["MemberID"])? else { return Ok(Vec::new()) };
    let spreads = share.table("member_summary_stats", &["MemberID"])?;
    let spreads: std::collections::BTreeMap<&str, [&str; 2]> = spreads
        .iter()
        .flat_map(Table::rows)
        .map(|row| (row.field("memberid"), [row.field("mean"), row.field("standarddeviation")]))
        .collect();
    let listing = Listing {
        what: "member-board",
        caption: "Members of all meetings in the table of ranks, by the sum of their ranks, then by attendance.",
        titles: &["member", "#Respect", "#sum of ranks", "#meetings", "#mean rank", "#deviation of rank"],
        has_amounts: false,
        csv: Some("member_leader_board"),
    };
    let table = listing.of_rows(share, &board, |row| {
        let [mean, deviation] = spreads.get(row.field("memberid")).copied().unwrap_or_default();
        let figures =
            ["accumulatedrespect", "accumulatedrank", "attendancecount"].map(|name| row.field(name));
        [name_of(row)]
            .into_iter()
            .chain(figures.map(str::to_owned))
            .chain([mean, deviation].map(|real| rounded(real, DIGITS)))
            .collect()
    });
    let blocks = [charts::members(share, &board)?, table];
    Ok(blocks.into_iter().flatten().collect())
}

/// Who came, meeting by meeting, and how often people come.
fn attendance(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let Some(meetings) = share.table("attendance_new_and_returning", &["MeetingID"])? else {
        return Ok(Vec::new());
    };
    let earned = share.table("respect_new_and_returning", &["MeetingID"])?;
    let earned: Vec<[&str; 3]> = earned.iter().flat_map(Table::rows).map(respect_of).collect();
    let listing = Listing {
        what: "meetings",
        caption: "Meetings, the first on top: who came for the first time, who had been there before, and the Respect that both earned.",
        titles: &[
            "date",
            "#meeting",
            "#new members",
            "#returning members",
            "#members",
            "#Respect of new members",
            "#Respect of returning members",
            "#Respect",
        ],
        has_amounts: false,
        csv: Some("attendance_new_and_returning"),
    };
    let rows = meetings.rows().zip(earned.iter().copied().chain(std::iter::repeat([""; 3])));
    let rows: Vec<Vec<String>> = rows
        .map(|(row, [all, new, returning])| {
            let counts = ["newmembercount", "returningmembercount"].map(|name| row.field(name));
            let members: u64 = counts.iter().filter_map(|count| count.parse::<u64>().ok()).sum();
            let members = members.to_string();
            [
                row.field("meetingdate"),
                row.field("meetingid"),
                counts[0],
                counts[1],
                &members,
                new,
                returning,
                all,
            ]
            .map(str::to_owned)
            .to_vec()
        })
        .collect();
    let table = (!rows.is_empty()).then(|| listing.block(share, rows, meetings.len()));
    let blocks = [charts::attendance(share, &meetings)?, charts::consistency(share)?, table];
    Ok(blocks.into_iter().flatten().collect())
}

/// Respect of all, of new and of returning members.
fn respect_of(row: crate::tables::Row<'_>) -> [&str; 3] {
    ["accumulatedrespect", "accumulatedrespectnewmember", "accumulatedrespectreturningmember"]
        .map(|name| row.field(name))
}

/// The teams' board, and how many came for a team.
fn teams(share: &Share<'_>, summary: &Summary) -> Result<Vec<Block>, Problems> {
    let Some(board) = share.table("team_leader_board", &["TeamName"])? else { return Ok(Vec::new()) };
    if board.is_empty() {
        return Ok(vec![Block::text("No row of the table of ranks names a team.")]);
    }
    let listing = Listing {
        what: "team-board",
        caption: "Teams by the Respect that their members earned for them.",
        titles: &["team", "#Respect"],
        has_amounts: false,
        csv: Some("team_leader_board"),
    };
    let table = listing.of_rows(share, &board, |row| {
        vec![text::name(row.field("teamname")), row.field("accumulatedrespect").to_owned()]
    });
    let told = Block::text(format!(
        "Team representation is the part of the members at a meeting who came for a team. Over the meetings with a team it is {} (mean ± standard deviation).",
        summary.spread("team_representation_stats")
    ));
    let blocks = [table, charts::teams(share, &board)?, Some(told), charts::representation(share)?];
    Ok(blocks.into_iter().flatten().collect())
}

/// Mean rank against attendance, with the line through the points.
fn ranks(share: &Share<'_>, summary: &Summary) -> Result<Vec<Block>, Problems> {
    let Some(counts) = share.table("rank_by_attendance_count", &["AttendanceCount"])? else {
        return Ok(Vec::new());
    };
    let listing = Listing {
        what: "rank-by-attendance",
        caption: "Members grouped by how many meetings they came to: mean of their mean ranks, and standard deviation of their ranks.",
        titles: &["#meetings", "#mean rank", "#standard deviation"],
        has_amounts: false,
        csv: Some("rank_by_attendance_count"),
    };
    let table = listing.of_rows(share, &counts, |row| {
        let count = row.field("attendancecount").to_owned();
        [count]
            .into_iter()
            .chain(["mean", "standarddeviation"].map(|name| rounded(row.field(name), DIGITS)))
            .collect()
    });
    let told = Block::text(rule::correlation(summary));
    let blocks = [Some(told), charts::ranks(share, &counts, summary)?, table];
    Ok(blocks.into_iter().flatten().collect())
}
