//! The rule of fractal in words, and the summary.

use super::super::super::Share;
use super::super::super::page::Block;
use super::super::pieces::{self, and_list, list, rounded};
use super::Summary;
use crate::methods::fractal_v1::{PaidMeetings, Settings, respect};

/// The ranks whose Respect is named.
const NAMED_RANKS: u8 = 6;
/// Most meetings that the rule names.
const NAMED_MEETINGS: usize = 30;

/// The rule with the figures of this round, and what the whole history comes to.
pub fn blocks(share: &Share<'_>, summary: &Summary) -> Vec<Block> {
    let mut blocks = vec![Block::text(
        "Members meet in small groups, and each group agrees on a rank for everybody in it. A rank earns Respect, and Respect earns tokens.",
    )];
    blocks.extend(pieces::settings::<Settings>(share).map(|settings| list(rule(share, &settings))));
    let exact = |statistic| summary.exact(statistic).to_owned();
    let facts = [
        ("Respect from all sources", exact("total_respect")),
        ("Respect of members", exact("total_member_respect")),
        ("Respect of teams", exact("total_team_respect")),
        ("meetings", exact("total_meetings")),
        ("last meeting", exact("last_meeting_date")),
        ("different members", exact("total_unique_members")),
        ("members at a meeting (mean ± standard deviation)", summary.spread("attendance_stats")),
        ("meetings of a member (mean ± standard deviation)", summary.spread("attendance_consistency_stats")),
        ("team representation (mean ± standard deviation)", summary.spread("team_representation_stats")),
        (
            "correlation of attendance and mean rank",
            rounded(&exact("attendance_vs_mean_rank_correlation"), 3),
        ),
    ];
    blocks.push(Block::text(
        "The figures, boards and charts below look at the whole table of ranks, also at meetings that earlier rounds paid. A standard deviation says how far single values usually lie from the mean.",
    ));
    let facts = facts
        .into_iter()
        .map(|(label, value)| (label, if value.is_empty() { "none".to_owned() } else { value }));
    blocks.push(Block::facts(facts));
    blocks
}

/// The rule as a list.
fn rule(share: &Share<'_>, settings: &Settings) -> Vec<String> {
    let mut items = vec![ranks(settings), meetings(settings)];
    items.push(match &settings.tokens_per_respect {
        Some(rate) => format!("One Respect pays {rate} {}.", pieces::symbol(share)),
        None => format!(
            "The pool of {} is divided in proportion to Respect.",
            pieces::tokens(share, &share.record.sums.pool.0)
        ),
    });
    items.push(if settings.team_reward {
        "A team earns the Respect of the members who came for it, and is paid for it like a member."
            .to_owned()
    } else {
        "Teams are not paid; their Respect is shown only.".to_owned()
    });
    items
}

/// What ranks earn.
fn ranks(settings: &Settings) -> String {
    let offset = u8::try_from(settings.respect_offset).unwrap_or_default();
    let earned: Vec<String> = (1..=NAMED_RANKS).map(|rank| respect(rank, offset).to_string()).collect();
    format!(
        "Ranks 1 to {NAMED_RANKS} earn {} Respect: the Fibonacci numbers, of which each is the sum of the two before it, from the {} on.",
        and_list(&earned),
        ordinal(offset + 1)
    )
}

/// `1st`, `2nd`, `3rd`, `4th` ... up to `11th`.
fn ordinal(number: u8) -> String {
    let ending = match number {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Which meetings are paid.
fn meetings(settings: &Settings) -> String {
    match &settings.meetings {
        Some(PaidMeetings::All(_)) => "All meetings of the table of ranks are paid.".to_owned(),
        Some(PaidMeetings::List(list)) => {
            let named: Vec<String> = list.iter().take(NAMED_MEETINGS).map(ToString::to_string).collect();
            match list.len() - named.len() {
                0 if named.len() == 1 => format!("Meeting {} is paid.", and_list(&named)),
                0 => format!("Meetings {} are paid.", and_list(&named)),
                more => format!("Meetings {} and {more} more are paid.", named.join(", ")),
            }
        }
        None => "The meetings whose date lies in the period of the round are paid.".to_owned(),
    }
}

/// What the correlation says, in words.
pub fn correlation(summary: &Summary) -> String {
    let exact = summary.exact("attendance_vs_mean_rank_correlation");
    let about = "Each point is a group of members who came to the same number of meetings.";
    if exact.is_empty() {
        return format!(
            "{about} There are too few groups to say whether who comes more often is ranked higher."
        );
    }
    let shown = rounded(exact, 3);
    let found = match pieces::float(exact) {
        some if some >= 0.5 => "who comes more often tends to be ranked higher",
        none if none > -0.5 => "attendance and rank have little to do with each other",
        _ => "who comes more often tends to be ranked lower",
    };
    let slope = rounded(summary.exact("attendance_vs_mean_rank_line.slope"), 3);
    let intercept = rounded(summary.exact("attendance_vs_mean_rank_line.intercept"), 3);
    format!(
        "{about} The correlation is {shown} (1: they rise together; 0: no connection; -1: one falls as the other rises): {found}. The line through the points is mean rank = {intercept} + {slope} x meetings."
    )
}
