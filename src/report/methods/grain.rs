//! The pages of grain: policies, cred, who got what by which policy, and who is below their share.

use std::collections::BTreeMap;

use super::super::Share;
use super::super::chart::{self, Data, Plot};
use super::super::page::{Block, Section};
use super::super::text::{self, counted, percent_of};
use super::pieces::{
    self, BARS_MOST, Listing, POINTS_MOST, SERIES_MOST, axes, entries, field, list, rounded,
};
use crate::error::Problems;
use crate::methods::grain_v1::{Policy, Settings};
use crate::tables::{Row, Table};

/// Digits of cred and of percentages.
const DIGITS: usize = 2;

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let table = share.table("grain", &["name", "total"])?;
    let mut sections = vec![pieces::section(share, "rule", "Grain", rule(share))];
    let Some(table) = table else { return Ok(sections) };
    sections.push(pieces::section(share, "accounts", "Accounts", accounts(share, &table)?));
    sections.push(pieces::section(share, "balance", "Earned and deserved", balance(share, &table)?));
    Ok(sections)
}

/// The rule in words, and what became of the policies.
fn rule(share: &Share<'_>) -> Vec<Block> {
    let statistics = share.statistics;
    let about = Block::text(
        "Cred is a score for contributions, given for each interval of time, a week for example. Policies are rules that turn cred into tokens; each has a budget of its own. Only active accounts take part.",
    );
    let settings = pieces::settings::<Settings>(share);
    let items = settings.iter().flat_map(|settings| &settings.policies).map(|policy| told(share, policy));
    let interval = |name| field(statistics, name);
    let facts = Block::facts([
        ("accounts", interval("accounts")),
        ("active accounts", interval("active")),
        ("intervals", interval("intervals")),
        ("first interval", interval("first_interval")),
        ("last interval", interval("last_interval")),
        ("cred of the active accounts", rounded(&interval("cred"), DIGITS)),
        ("earned by them before this round", pieces::tokens(share, &interval("earned_before"))),
    ]);
    let listing = Listing {
        what: "policies",
        caption: "Policies: what they divide, what they gave, and to how many.",
        titles: &["reward", "policy", "#budget", "#given", "#recipients", "what for"],
        has_amounts: true,
        csv: None,
    };
    let policies = entries(statistics, "policies");
    let rows = policies.iter().map(|policy| {
        let amount = |name| pieces::amount(share, &field(policy, name));
        vec![
            field(policy, "reward"),
            field(policy, "policy"),
            amount("budget"),
            amount("given"),
            field(policy, "recipients"),
            field(policy, "memo"),
        ]
    });
    let table = listing.block(share, rows.collect(), policies.len());
    vec![about, list(items.collect()), table, facts]
}

/// A policy in words.
fn told(share: &Share<'_>, policy: &Policy) -> String {
    let budget = |budget: &crate::ledger::round_file::DecimalText| pieces::tokens(share, &budget.0);
    let reward = |reward: &Option<String>, name: &str| reward.clone().unwrap_or_else(|| name.to_owned());
    match policy {
        Policy::Immediate { budget: amount, lookback, reward: name } => format!(
            "{}: {} by the cred of the last {}.",
            reward(name, "immediate"),
            budget(amount),
            intervals(*lookback)
        ),
        Policy::Recent { budget: amount, discount, exclude, reward: name } => {
            let without = if exclude.is_empty() {
                String::new()
            } else {
                let count = counted(exclude.len(), "account is", "accounts are");
                format!(" {count} excluded.")
            };
            format!(
                "{}: {} by the cred of all intervals, of which older ones count less: with every interval that goes by, cred loses {} of its weight.{without}",
                reward(name, "recent"),
                budget(amount),
                percent_of(&discount.0)
            )
        }
        Policy::Balanced { budget: amount, lookback, reward: name } => {
            let window = if *lookback == 0 {
                "all intervals".to_owned()
            } else {
                format!("the last {}", intervals(*lookback))
            };
            format!(
                "{}: {} to those who earned less, in {window}, than their part of the cred; who is furthest below gets most. Nobody gives back.",
                reward(name, "balanced"),
                budget(amount)
            )
        }
        Policy::Special { budget: amount, recipient, reward: name, .. } => {
            format!("{}: {} to {}.", reward(name, "special"), budget(amount), text::name(recipient))
        }
    }
}

/// `1 interval`, `4 intervals`.
fn intervals(count: u64) -> String {
    if count == 1 { "interval".to_owned() } else { format!("{count} intervals") }
}

/// The reward columns of the table, in their order.
fn rewards(share: &Share<'_>) -> Vec<String> {
    entries(share.statistics, "policies").iter().map(|policy| field(policy, "reward")).collect()
}

/// Who got what by which policy.
fn accounts(share: &Share<'_>, table: &Table) -> Result<Vec<Block>, Problems> {
    let rewards = rewards(share);
    let mut titles = vec![
        "name".to_owned(),
        "active".to_owned(),
        "#cred".to_owned(),
        "#cred of the last interval".to_owned(),
    ];
    titles.extend(rewards.iter().map(|reward| format!("#{reward}")));
    titles.push("#total".to_owned());
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let listing = Listing {
        what: "accounts-table",
        caption: "Accounts by name: their cred, and what each policy gives them.",
        titles: &titles,
        has_amounts: true,
        csv: Some("grain"),
    };
    let listed = listing.of_rows(share, table, |row| {
        let active = if row.field("active") == "true" { "yes" } else { "no" };
        let cred = ["cred_total", "cred_last_interval"].map(|column| rounded(row.field(column), DIGITS));
        let amounts = rewards.iter().map(String::as_str).chain(["total"]);
        let amounts = amounts.map(|column| pieces::amount(share, row.field(column)));
        [text::name(row.field("name")), active.to_owned()].into_iter().chain(cred).chain(amounts).collect()
    });
    let blocks = [stacked(share, table, &rewards)?, cred(share, table)?, listed];
    Ok(blocks.into_iter().flatten().collect())
}

/// Rows by a column of decimals, largest first; equal ones as the table has them.
fn largest<'a>(table: &'a Table, column: &str) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = table.rows().filter(|row| row.field(column) != "0").collect();
    rows.sort_by(|left, right| {
        pieces::float(right.field(column)).total_cmp(&pieces::float(left.field(column)))
    });
    rows
}

/// Who got most, and by which policy.
fn stacked(share: &Share<'_>, table: &Table, rewards: &[String]) -> Result<Option<Block>, Problems> {
    let rows = largest(table, "total");
    let Some(first) = rows.first() else { return Ok(None) };
    let drawn = if rewards.len() > SERIES_MOST { SERIES_MOST - 1 } else { rewards.len() };
    let (own, joined) = rewards.split_at_checked(drawn).unwrap_or((rewards, &[]));
    let mut series = own.to_vec();
    series.extend((!joined.is_empty()).then(|| chart::OTHER.to_owned()));
    let bars = rows.iter().take(BARS_MOST).map(|row| {
        let mut parts: Vec<_> =
            own.iter().map(|reward| pieces::token_value(share, row.field(reward))).collect();
        if !joined.is_empty() {
            let number = joined.iter().map(|reward| pieces::float(row.field(reward))).sum::<f64>();
            parts.push(pieces::value(
                &format!("{number:.6}"),
                format!("{number:.2} {}", pieces::symbol(share)),
            ));
        }
        (text::name(row.field("name")), parts)
    });
    let bars: Vec<_> = bars.collect();
    pieces::chart(Plot {
        name: share.chart_name("grain"),
        title: if rows.len() > BARS_MOST {
            format!("The {BARS_MOST} largest totals by policy")
        } else {
            "Totals by policy".to_owned()
        },
        description: format!(
            "{} get something; {} gets most: {}.",
            counted(rows.len(), "account", "accounts"),
            text::name(first.field("name")),
            pieces::tokens(share, first.field("total"))
        ),
        axes: axes(pieces::symbol(share), ""),
        data: Data::Stacked { series, bars },
    })
}

/// Who has most cred.
fn cred(share: &Share<'_>, table: &Table) -> Result<Option<Block>, Problems> {
    let rows = largest(table, "cred_total");
    let Some(first) = rows.first() else { return Ok(None) };
    let shown = |row: &Row<'_>| format!("{} cred", rounded(row.field("cred_total"), DIGITS));
    let bars = rows.iter().take(BARS_MOST);
    let bars =
        bars.map(|row| (text::name(row.field("name")), pieces::value(row.field("cred_total"), shown(row))));
    pieces::chart(Plot {
        name: share.chart_name("cred"),
        title: "Cred of all intervals".to_owned(),
        description: format!("{} has most: {}.", text::name(first.field("name")), shown(first)),
        axes: axes("cred", ""),
        data: Data::Bars(bars.collect()),
    })
}

/// What part of all cred accounts have, and what part of all that was earned.
fn balance(share: &Share<'_>, table: &Table) -> Result<Vec<Block>, Problems> {
    let about = Block::text(
        "An account with 10 % of the cred of all active accounts deserves 10 % of what they earned, all rounds and this one together. Accounts above the line earned more than their part of the cred, accounts below it less. The policy `balanced` brings them nearer to the line.",
    );
    let active: Vec<Row<'_>> = table.rows().filter(|row| row.field("active") == "true").collect();
    let earned_of =
        |row: &Row<'_>| pieces::float(row.field("earned_before")) + pieces::float(row.field("total"));
    let cred: f64 = active.iter().map(|row| pieces::float(row.field("cred_total"))).sum();
    let earned: f64 = active.iter().map(earned_of).sum();
    if cred <= 0.0 || earned <= 0.0 {
        return Ok(vec![
            about,
            Block::text("There is no cred yet, or nothing was earned: there is nothing to compare."),
        ]);
    }
    let mut parts: BTreeMap<usize, (String, f64, f64)> = BTreeMap::new();
    for (place, row) in active.iter().enumerate() {
        let part = |value: f64, whole: f64| value / whole * 100.0;
        let deserved = part(pieces::float(row.field("cred_total")), cred);
        parts.insert(place, (text::name(row.field("name")), deserved, part(earned_of(row), earned)));
    }
    let listing = Listing {
        what: "balance-table",
        caption: "Active accounts: their part of all cred and of all that was earned, in percent.",
        titles: &["name", "#% of the cred", "#% of what was earned", "#difference"],
        has_amounts: false,
        csv: None,
    };
    let row = |(name, deserved, earned): &(String, f64, f64)| {
        vec![name.clone(), format!("{deserved:.2}"), format!("{earned:.2}"), signed(*earned - *deserved)]
    };
    let points = parts.values().take(POINTS_MOST).map(|(name, deserved, earned)| {
        let name = pieces::cut(name);
        (*deserved, *earned, format!("{name}: {deserved:.2} % of the cred, {earned:.2} % of what was earned"))
    });
    let plot = Plot {
        name: share.chart_name("earned-and-deserved"),
        title: "Part of the cred and part of what was earned".to_owned(),
        description: format!(
            "{} active accounts; on the line both parts are equal.{}",
            parts.len(),
            if parts.len() > POINTS_MOST {
                format!(" The first {POINTS_MOST} by name are drawn.")
            } else {
                String::new()
            }
        ),
        axes: axes("% of the cred", "% of what was earned"),
        data: Data::Scatter { points: points.collect(), line: Some((1.0, 0.0)) },
    };
    let drawn = pieces::chart(plot)?;
    let table = listing.block(share, parts.values().map(row).collect(), parts.len());
    Ok([Some(about), drawn, Some(table)].into_iter().flatten().collect())
}

/// With two digits, and a zero without sign.
fn signed(number: f64) -> String {
    rounded(&format!("{number:.6}"), DIGITS)
}
