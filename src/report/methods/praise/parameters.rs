//! The rule with the round's parameters, in words.

use serde_json::Value;

use super::numbers::{figure, millionths, shown, word};
use crate::report::Share;
use crate::report::page::Block;
use crate::report::text::percent_of;

/// What the rule says, and the round in figures.
pub(super) fn blocks(share: &Share<'_>) -> Vec<Block> {
    let told = share.statistics;
    let symbol = &share.material.plan.token.symbol;
    let part = |name: &str| percent_of(word(told, &format!("/parameters/{name}")));
    let mut rules = vec![
        format!(
            "{} of the {symbol} go to members who were praised: who has twice the score gets twice as much. A \
             member's score is the sum over all praises that the member got.",
            part("contributor_share")
        ),
        format!(
            "{} go to the quantifiers, the members who score praises: the same for every praise that they \
             were asked about and did not find to be a duplicate.",
            part("quantifier_share")
        ),
        format!(
            "{} go to the reward board in equal parts; it has {} addresses.",
            part("rewardboard_share"),
            figure(told, "/parameters/rewardboard_members")
        ),
        scoring(told),
    ];
    rules.extend(cutoff(told, symbol));
    let facts = [
        ("praises", figure(told, "/praises").to_string()),
        ("members who gave praise", figure(told, "/givers").to_string()),
        ("members who got praise", figure(told, "/receivers").to_string()),
        ("quantifiers who took part", figure(told, "/quantifiers").to_string()),
        ("sum of all scores", shown(millionths(word(told, "/score")))),
    ];
    vec![
        Block::text(
            "Members thank each other for what they did: that is a praise. Other members, the quantifiers, \
             score each praise, and the mean of their scores is what the praise is worth.",
        ),
        Block::List { items: rules },
        Block::facts(facts),
    ]
}

/// Who scores, with which numbers.
fn scoring(told: &Value) -> String {
    let values = told.pointer("/parameters/allowed_values").and_then(Value::as_array);
    let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).take(30).collect();
    format!(
        "Each praise is given to {} quantifiers. They may give {}. A praise that repeats another (a \
         duplicate) is worth {} of the other's score; one that is no praise at all is dismissed and is worth \
         nothing.",
        figure(told, "/parameters/quantifiers_per_praise"),
        values.join(", "),
        percent_of(word(told, "/parameters/duplicate_valuation"))
    )
}

/// When fewer tokens are given, and whether that came about.
fn cutoff(told: &Value, symbol: &str) -> Option<String> {
    let cutoff = told.pointer("/parameters/ceiling_cutoff").and_then(Value::as_u64)?;
    let praises = figure(told, "/praises");
    let came_about = if (praises as u64) < cutoff {
        format!("There were {praises}, so {praises} of {cutoff} parts are given.")
    } else {
        format!("There were {praises}, so all is given.")
    };
    Some(format!("With fewer than {cutoff} praises, fewer {symbol} are given, in proportion. {came_about}"))
}
