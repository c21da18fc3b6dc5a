//! What the forum post says: the round in a few sentences, and the table of who gets what.
//!
//! Like the posts that RAD made for the TEC: title, period, tokens and their split between the systems,
//! shares of the rewards, how to object, the report, the table.

use serde::Serialize;

use super::Material;
use super::overview::{adjusted_name, becomes_of_it, day_in_words, figure, reason, recipient};
use super::ratio::Ratio;
use super::recipients::RewardColumn;
use super::text;
use crate::adjustments::Adjustment;
use crate::amount::Amount;
use crate::distribution::RELEASED;
use crate::statement::{AllocationRecord, Figure, HELD, REPORT_FOLDER};

/// Most bytes of the table, about: Discourse takes posts of 32,000 characters where nobody changed that.
const TABLE_BYTES_MOST: usize = 28_000;
/// Most people paid too much whom a post names.
const OVERPAID_MOST: usize = 50;
/// Bytes of a row of the table besides name and amount.
const ROW_BYTES: usize = 8;

/// The values of a forum post, ready to be shown.
#[derive(Debug, Clone, Serialize)]
pub struct Forum {
    /// The first day of the period: `30 May 2022`.
    pub start: String,
    /// The last day of the period.
    pub end: String,
    /// The pools of all allocations together, exact, in token units.
    pub pool: String,
    /// What is paid now, exact.
    pub paid: String,
    /// What people without an address wait for since this round, exact; none where it is nothing.
    pub held: Option<String>,
    /// What was held before and is paid now, exact; none where it is nothing.
    pub released: Option<String>,
    /// What was paid too much before and is taken off now, exact; none where it is nothing.
    pub offset: Option<String>,
    /// What earlier rounds kept for this one, exact; none where it is nothing.
    pub carried_in: Option<String>,
    /// What came in from outside the ledger besides the pool, exact; none where it is nothing.
    pub brought_in: Option<String>,
    /// What stays for later rounds, exact; none where it is nothing.
    pub kept: Option<String>,
    /// What nobody gets, exact; none where it is nothing.
    pub unallocated: Option<String>,
    /// The allocations with their parts of the pool.
    pub systems: Vec<Portion>,
    /// The rewards with their parts of everything that this round gives.
    pub rewards: Vec<Portion>,
    /// Who gets what with the ledger's decimals, the largest first: name, amount.
    pub rows: Vec<(String, String)>,
    /// How many recipients there are in all.
    pub recipients: usize,
    /// How many of them are not in `rows`.
    pub more: usize,
    /// Of an amendment: what it changes.
    pub amendment: Option<Amendment>,
    /// The path of the report, from the ledger's root.
    pub report: String,
    /// The path of the exact table, from the ledger's root.
    pub table: String,
}

/// What an amendment changes, ready to be shown.
#[derive(Debug, Clone, Serialize)]
pub struct Amendment {
    /// Why it was made, a text a paragraph.
    pub reason: Vec<String>,
    /// What is paid now, exact.
    pub paid: String,
    /// How many people are paid now.
    pub payees: usize,
    /// Who is due more or less, or is paid now: name, due before, due now, paid now; with the ledger's
    /// decimals.
    pub rows: Vec<[String; 4]>,
    /// How many of them are not in `rows`.
    pub more: usize,
    /// Who was paid too much: name, amount.
    pub overpaid: Vec<(String, String)>,
    /// What becomes of that.
    pub then: String,
}

/// A part of a sum.
#[derive(Debug, Clone, Serialize)]
pub struct Portion {
    /// Of what.
    pub name: String,
    /// How much, exact, in token units.
    pub amount: String,
    /// How much of the whole: `90 %`.
    pub percent: String,
}

impl Forum {
    /// The values of a round.
    pub fn of(material: &Material<'_>) -> Self {
        let (plan, recipients) = (material.plan, material.recipients);
        let decimals = plan.token.decimals;
        let portion = |name: &str, part: Amount, whole: Amount| Portion {
            name: name.to_owned(),
            amount: part.to_text(decimals),
            percent: Ratio::of_amounts(part, whole).map_or_else(|| "0 %".into(), |part| part.short_percent()),
        };
        let amount = |text| figure(text, decimals).unwrap_or_default();
        let pool = amount(&material.totals.pool);
        let systems = material.allocations.iter().filter(|record| record.name != HELD);
        let systems = systems.map(|record| portion(&record.name, amount(&record.sums.pool), pool));
        let is_of_this_round = |reward: &&RewardColumn| {
            reward.sum != Amount::ZERO && reward.name != RELEASED && !reward.is_offset()
        };
        let rewards = recipients.rewards.iter().filter(is_of_this_round);
        let given = Amount::sum(rewards.clone().map(|reward| reward.sum)).unwrap_or_default();
        // What the allocations of the round hold and bring along, without what all others left in `held`.
        let own = |figure: fn(&AllocationRecord) -> &Figure| {
            let own = material.allocations.iter().filter(|record| record.name != HELD);
            Amount::sum(own.map(|record| amount(figure(record)))).unwrap_or_default()
        };
        let reward = |is_it: &dyn Fn(&RewardColumn) -> bool| {
            recipients.rewards.iter().find(|reward| is_it(reward)).map_or(Amount::ZERO, |reward| reward.sum)
        };
        let above_zero = |amount: Amount| (amount != Amount::ZERO).then(|| amount.to_text(decimals));
        let shown = |amount| text::amount(amount, decimals, material.ledger.display_decimals);
        let mut bytes = 0;
        // An amendment has more to tell: its reason and a table of its own.
        let table_bytes = if material.revision > 1 { TABLE_BYTES_MOST / 4 } else { TABLE_BYTES_MOST };
        let rows: Vec<(String, String)> = recipients
            .listed
            .iter()
            .map(|row| (recipient(row), shown(row.total)))
            .take_while(|(name, amount)| {
                bytes += name.len() + amount.len() + ROW_BYTES;
                bytes <= table_bytes
            })
            .collect();
        let results = super::overview::results_folder(material);
        Self {
            start: day_in_words(plan.period.start),
            end: day_in_words(plan.period.end),
            pool: material.totals.pool.0.clone(),
            paid: material.totals.paid.0.clone(),
            held: above_zero(own(|record| &record.sums.held)),
            released: above_zero(reward(&|reward| reward.name == RELEASED)),
            offset: above_zero(reward(&RewardColumn::is_offset)),
            carried_in: above_zero(own(|record| &record.sums.carried_in)),
            brought_in: above_zero(own(|record| &record.sums.brought_in)),
            kept: above_zero(amount(&material.totals.kept)),
            unallocated: above_zero(amount(&material.totals.unallocated)),
            systems: systems.collect(),
            rewards: rewards.map(|reward| portion(&reward.name, reward.sum, given)).collect(),
            more: recipients.count.saturating_sub(rows.len()),
            rows,
            recipients: recipients.count,
            amendment: material.adjustments.map(|adjustments| amendment(material, adjustments)),
            report: format!("{results}/{REPORT_FOLDER}report.md"),
            table: format!("{results}/distribution.csv"),
        }
    }
}

/// What an amendment changes. Half of the room of the table is enough for it.
fn amendment(material: &Material<'_>, adjustments: &[Adjustment]) -> Amendment {
    let decimals = material.plan.token.decimals;
    let shown = |amount| text::amount(amount, decimals, material.ledger.display_decimals);
    let mut bytes = 0;
    let row = |row: &Adjustment| {
        [adjusted_name(row), shown(row.due_before), shown(row.due_after), shown(row.paid_now)]
    };
    let rows: Vec<[String; 4]> = adjustments
        .iter()
        .map(row)
        .take_while(|cells| {
            bytes += cells.iter().map(String::len).sum::<usize>() + 2 * ROW_BYTES;
            bytes <= TABLE_BYTES_MOST / 4
        })
        .collect();
    let overpaid = adjustments.iter().filter(|row| row.held_now.is_negative());
    let overpaid = overpaid.map(|row| (adjusted_name(row), shown(row.held_now.size())));
    Amendment {
        reason: reason(material),
        paid: Amount::sum(adjustments.iter().map(|row| row.paid_now)).unwrap_or_default().to_text(decimals),
        payees: adjustments.iter().filter(|row| row.paid_now != Amount::ZERO).count(),
        more: adjustments.len() - rows.len(),
        rows,
        overpaid: overpaid.take(OVERPAID_MOST).collect(),
        then: becomes_of_it(material).to_owned(),
    }
}
