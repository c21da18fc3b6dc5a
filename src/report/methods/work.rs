//! The pages of work: supply and treasury over the rounds, and who contributed what in which week.

use std::collections::{BTreeMap, BTreeSet};

use super::super::chart::{self, Data, Plot};
use super::super::earlier::Earlier;
use super::super::page::{Block, Section};
use super::super::text::{self, counted, plain};
use super::super::{Material, Share};
use super::pieces::{self, BARS_MOST, Listing, SERIES_MOST, axes, field, list, rounded};
use crate::error::Problems;
use crate::methods::Method;
use crate::methods::work_v1::{Settings, Shortfall};
use crate::tables::{Row, Table};

/// Digits of impacts.
const DIGITS: usize = 2;
/// The columns of treasury.csv.
const TREASURY: [&str; 5] = ["supply", "treasury_before", "minted", "paid", "treasury_after"];

/// The sections of an allocation of this method.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    let sections = [
        ("rule", "Work", rule(share)),
        ("treasury", "Supply and treasury", treasury(share)?),
        ("contributions", "Contributions", contributions(share)?),
    ];
    Ok(sections.map(|(what, title, blocks)| pieces::section(share, what, title, blocks)).into())
}

/// The rule in words.
fn rule(share: &Share<'_>) -> Vec<Block> {
    let about = Block::text(
        "New tokens are minted (made) every week and go into a treasury. Contributions get an impact, a number for what they changed, and are paid from the treasury by it. What is left stays in the treasury for the next round.",
    );
    let Some(settings) = pieces::settings::<Settings>(share) else { return vec![about] };
    let statistics = share.statistics;
    let (first, last) = (field(statistics, "first_week"), field(statistics, "last_week"));
    let weeks = if first == last { format!("week {first}") } else { format!("the weeks {first} to {last}") };
    let items = vec![
        format!(
            "The round covers {weeks}, counted from the first round. Each week mints {}.",
            pieces::tokens(share, &settings.weekly_mint.0)
        ),
        format!(
            "A contribution has an impact of {} to {}; an impact of 1 earns {} {}.",
            plain(&settings.impact_min.0),
            plain(&settings.impact_max.0),
            plain(&settings.tokens_per_impact.0),
            pieces::symbol(share)
        ),
        match settings.shortfall {
            Shortfall::Refuse => "If the treasury could not pay all, the round would be refused.".to_owned(),
            Shortfall::Scale => {
                "If the treasury cannot pay all, all of it is divided in proportion to what is owed."
                    .to_owned()
            }
        },
    ];
    let tokens = |name| pieces::tokens(share, &field(statistics, name));
    let facts = Block::facts([
        ("contributors", field(statistics, "contributors")),
        ("contributions", field(statistics, "contributions")),
        ("impact of all", rounded(&field(statistics, "impact"), DIGITS)),
        ("owed for it", tokens("owed")),
        ("paid or held for it", tokens("paid")),
        ("treasury before the round", tokens("treasury_before")),
        ("minted in the round", tokens("minted")),
        ("treasury after the round", tokens("treasury_after")),
        ("supply after the round", tokens("supply")),
    ]);
    vec![about, list(items), facts]
}

/// The treasury after a round.
struct Past {
    round: String,
    figures: [String; 5],
}

/// The figures of the treasury's one row.
fn figures_of(row: Row<'_>) -> [String; 5] {
    TREASURY.map(|column| row.field(column).to_owned())
}

/// This allocation's treasury in earlier rounds, from their committed tables, and in this one.
fn history(share: &Share<'_>) -> Result<Vec<Past>, Problems> {
    let Material { record, files, plan, .. } = *share.material;
    let mut past = Vec::new();
    for earlier in Earlier::rounds(record, files, plan) {
        let works: Vec<&str> = earlier
            .statement
            .allocations
            .iter()
            .filter(|allocation| allocation.method == Method::WorkV1.id())
            .map(|allocation| allocation.name.as_str())
            .collect();
        if !works.contains(&share.allocation.name.as_str()) {
            continue;
        }
        // A round with one treasury has it under its bare name.
        let qualified = format!("{}.treasury", share.allocation.name);
        let mine = |file: &str| file == qualified || (file == "treasury" && works.len() == 1);
        for (file, bytes) in earlier.tables("treasury").into_iter().filter(|(file, _)| mine(file)) {
            // What was committed is no fault of this round: a table that cannot be read is left out.
            let Ok(table) = Table::read(file, bytes, &TREASURY) else { continue };
            let round = earlier.statement.round.clone();
            past.extend(table.rows().next().map(|row| Past { round, figures: figures_of(row) }));
        }
    }
    let table = share.table("treasury", &TREASURY)?;
    let row = table.iter().flat_map(Table::rows).next();
    past.extend(row.map(|row| Past { round: plan.round.as_str().to_owned(), figures: figures_of(row) }));
    Ok(past)
}

/// Supply and treasury round by round.
fn treasury(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let past = history(share)?;
    let listing = Listing {
        what: "treasury-table",
        caption: "The treasury round by round.",
        titles: &[
            "round",
            "#supply after it",
            "#treasury before",
            "#minted",
            "#paid or held",
            "#treasury after",
        ],
        has_amounts: true,
        csv: None,
    };
    let rows: Vec<Vec<String>> = past
        .iter()
        .map(|past| {
            let amounts = past.figures.iter().map(|figure| pieces::amount(share, figure));
            [past.round.clone()].into_iter().chain(amounts).collect()
        })
        .collect();
    let table = listing.block(share, rows, past.len());
    let chosen: Vec<&Past> =
        pieces::places(past.len()).into_iter().filter_map(|place| past.get(place)).collect();
    let line = |name: &str, figure: fn(&[String; 5]) -> &String| {
        let points = chosen.iter().map(|past| Some(pieces::token_value(share, figure(&past.figures))));
        (name.to_owned(), points.collect())
    };
    let lines = vec![
        line("supply", |[supply, ..]| supply),
        line("treasury", |[.., after]| after),
        line("paid in the round", |[_, _, _, paid, _]| paid),
    ];
    let last = past.last().map(|past| &past.figures);
    let description = last.map_or_else(String::new, |[supply, .., after]| {
        format!(
            "After {} the supply is {} and the treasury holds {}.",
            counted(past.len(), "round", "rounds"),
            pieces::tokens(share, supply),
            pieces::tokens(share, after)
        )
    });
    let labels: Vec<String> = chosen.iter().map(|past| past.round.clone()).collect();
    let drawn = (!labels.is_empty()).then(|| {
        pieces::chart(Plot {
            name: share.chart_name("treasury"),
            title: "Supply and treasury over the rounds".to_owned(),
            description,
            axes: axes("round", pieces::symbol(share)),
            data: Data::Lines { labels, lines },
        })
    });
    Ok([drawn.transpose()?.flatten(), Some(table)].into_iter().flatten().collect())
}

/// Who contributed, in all and week by week.
fn contributions(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let Some(table) = share.table("contributions", &["contributor", "impact"])? else {
        return Ok(Vec::new());
    };
    let listing = Listing {
        what: "contributors",
        caption: "Contributors by name: weeks in which they contributed, impact, what is owed for it and what they get.",
        titles: &["contributor", "#weeks", "#impact", "#owed", "#paid or held"],
        has_amounts: true,
        csv: Some("contributions"),
    };
    let listed = listing.of_rows(share, &table, |row| {
        let amounts = ["owed", "paid"].map(|column| pieces::amount(share, row.field(column)));
        let figures = [row.field("weeks").to_owned(), rounded(row.field("impact"), DIGITS)];
        [text::name(row.field("contributor"))].into_iter().chain(figures).chain(amounts).collect()
    });
    let Some(listed) = listed else { return Ok(vec![Block::text("Nobody contributed in this round.")]) };
    let weeks = share.table("contributions_by_week", &["contributor", "week"])?;
    let mut rows: Vec<Row<'_>> = table.rows().collect();
    rows.sort_by(|left, right| {
        pieces::float(right.field("impact")).total_cmp(&pieces::float(left.field("impact")))
    });
    let bars = rows.iter().take(BARS_MOST).map(|row| {
        let impact = row.field("impact");
        (text::name(row.field("contributor")), pieces::value(impact, rounded(impact, DIGITS)))
    });
    let first = rows.first().map_or_else(String::new, |row| {
        format!(
            "{} has the largest impact: {}.",
            text::name(row.field("contributor")),
            rounded(row.field("impact"), DIGITS)
        )
    });
    let impacts = pieces::chart(Plot {
        name: share.chart_name("impact"),
        title: if rows.len() > BARS_MOST {
            format!("The {BARS_MOST} largest impacts")
        } else {
            "Impact by contributor".to_owned()
        },
        description: first,
        axes: axes("impact", ""),
        data: Data::Bars(bars.collect()),
    })?;
    let by_week = match &weeks {
        Some(weeks) => by_week(share, weeks, &rows)?,
        None => None,
    };
    Ok([impacts, by_week, Some(listed)].into_iter().flatten().collect())
}

/// Impact of each week by contributor: those with most impact, and all others together.
fn by_week(share: &Share<'_>, weeks: &Table, contributors: &[Row<'_>]) -> Result<Option<Block>, Problems> {
    let named = if contributors.len() > SERIES_MOST { SERIES_MOST - 1 } else { SERIES_MOST };
    let who = |row: &Row<'_>| (row.field("contributor").to_owned(), row.field("address").to_owned());
    let drawn: Vec<(String, String)> = contributors.iter().take(named).map(who).collect();
    let mut series: Vec<String> = drawn.iter().map(|(name, _)| text::name(name)).collect();
    series.extend((contributors.len() > drawn.len()).then(|| chart::OTHER.to_owned()));
    let mut impacts: BTreeMap<(u64, usize), f64> = BTreeMap::new();
    for row in weeks.rows() {
        let place = drawn.iter().position(|drawn| *drawn == who(&row)).unwrap_or(drawn.len());
        let week = row.field("week").parse().unwrap_or_default();
        *impacts.entry((week, place)).or_default() += pieces::float(row.field("impact"));
    }
    let all: BTreeSet<u64> = impacts.keys().map(|(week, _)| *week).collect();
    let all: Vec<u64> = all.into_iter().collect();
    let columns = pieces::places(all.len()).into_iter().filter_map(|place| all.get(place)).map(|week| {
        let parts = series.iter().enumerate().map(|(place, name)| {
            let impact = impacts.get(&(*week, place)).copied().unwrap_or_default();
            pieces::value(&format!("{impact:.6}"), format!("{name}: impact {impact:.2}"))
        });
        (format!("week {week}"), parts.collect())
    });
    let columns: Vec<_> = columns.collect();
    if columns.is_empty() {
        return Ok(None);
    }
    pieces::chart(Plot {
        name: share.chart_name("impact-by-week"),
        title: "Impact by week and contributor".to_owned(),
        description: format!(
            "{} with contributions, {}.",
            counted(all.len(), "week", "weeks"),
            counted(contributors.len(), "contributor", "contributors")
        ),
        axes: axes("week", "impact"),
        data: Data::Columns { series, columns },
    })
}
