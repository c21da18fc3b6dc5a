//! What praise was for: categories by keywords, their scores, the best of each.

use std::collections::BTreeMap;

use super::numbers::{count, figure, mean, millionths, reason, shown, thinned, total};
use super::{chart, link, table};
use crate::error::Problems;
use crate::report::Share;
use crate::report::chart::{Axes, Data, Plot};
use crate::report::page::Block;
use crate::report::text::name;

/// Best praises of each category.
const BEST: usize = 3;
/// Most categories in tables and charts.
const CATEGORIES_MOST: usize = 20;
/// Most values that a box is drawn from.
const VALUES_MOST: usize = 101;

/// A praise of a category.
struct Praised {
    score: i64,
    receiver: String,
    reason: String,
    day: String,
}

/// Count, mean, highest and lowest score of each category, and the three best praises.
pub(super) fn blocks(share: &Share<'_>) -> Result<Vec<Block>, Problems> {
    let categories = praised(share)?;
    if categories.is_empty() {
        return Ok(vec![Block::text("No reason holds a keyword of a category.")]);
    }
    let uncategorized = figure(share.statistics, "/uncategorized");
    let mut blocks = vec![Block::text(format!(
        "A praise belongs to a category when its reason holds one of the category's keywords; it may belong to \
         several. {uncategorized} praises with a reason belong to none."
    ))];
    let shown_most = categories.iter().take(CATEGORIES_MOST);
    let row = |(category, praises): &(String, Vec<Praised>)| {
        let scores = || praises.iter().map(|praise| praise.score);
        let number = |score: Option<i64>| score.map(shown).unwrap_or_default();
        vec![
            name(category),
            praises.len().to_string(),
            shown(mean(total(scores()), length(praises))),
            number(scores().max()),
            number(scores().min()),
        ]
    };
    let titles = ["category", "#praises", "#mean score", "#highest score", "#lowest score"];
    let caption = "The categories, those with most praises first.";
    let rows = shown_most.clone().map(row).collect();
    let all = ("categorized_praise", categories.len());
    blocks.push(table(share, "category-list", caption, &titles, rows, all));
    let bars = |(category, praises): &(String, Vec<Praised>)| {
        (name(category), count(length(praises), "praise", "praises"))
    };
    let most = categories.first().map(|(category, praises)| (name(category), praises.len()));
    let (most, praises) = most.unwrap_or_default();
    let plot = Plot {
        name: share.chart_name("categories"),
        title: "How many praises of each category".to_owned(),
        description: format!(
            "{} categories have praises; most belong to {most}, {praises}.",
            categories.len()
        ),
        axes: Axes { x: "praises".to_owned(), ..Axes::default() },
        data: Data::Bars(shown_most.clone().map(bars).collect()),
    };
    chart(&mut blocks, plot)?;
    let one_box = |(category, praises): &(String, Vec<Praised>)| {
        (name(category), thinned(praises.iter().map(|praise| praise.score).collect(), VALUES_MOST))
    };
    let plot = Plot {
        name: share.chart_name("category-scores"),
        title: "Scores of each category".to_owned(),
        description: "How high the praises of each category were scored; the table has mean, highest and \
                      lowest."
            .to_owned(),
        axes: Axes { y: "score".to_owned(), ..Axes::default() },
        data: Data::Boxes(shown_most.clone().map(one_box).collect()),
    };
    chart(&mut blocks, plot)?;
    blocks.push(best(share, &categories));
    blocks.extend(link(share, "categorized_praise", "All praise by category (CSV)"));
    Ok(blocks)
}

fn length(praises: &[Praised]) -> i64 {
    i64::try_from(praises.len()).unwrap_or(i64::MAX)
}

/// The praises of each category, the best first; categories with most praises first, then by name.
fn praised(share: &Share<'_>) -> Result<Vec<(String, Vec<Praised>)>, Problems> {
    let columns = ["DATE", "TO USER ACCOUNT", "REASON", "AVG SCORE", "CATEGORIES"];
    let Some(table) = share.table("categorized_praise", &columns)? else { return Ok(Vec::new()) };
    let mut categories: BTreeMap<String, Vec<Praised>> = BTreeMap::new();
    for row in table.rows() {
        for category in row.field("categories").split('|') {
            categories.entry(category.to_owned()).or_default().push(Praised {
                score: millionths(row.field("avg score")),
                receiver: name(row.field("to user account")),
                reason: reason(row.field("reason")),
                day: row.field("date").chars().take(10).collect(),
            });
        }
    }
    let mut categories: Vec<(String, Vec<Praised>)> = categories.into_iter().collect();
    categories.sort_by_key(|(_, praises)| std::cmp::Reverse(praises.len())); // stable: then by name
    Ok(categories)
}

/// The three best praises of each category; the table of the file is sorted by score.
fn best(share: &Share<'_>, categories: &[(String, Vec<Praised>)]) -> Block {
    let rows = categories.iter().take(CATEGORIES_MOST).flat_map(|(category, praises)| {
        praises.iter().take(BEST).map(|praise| {
            vec![
                name(category),
                shown(praise.score),
                praise.receiver.clone(),
                praise.reason.clone(),
                name(&praise.day),
            ]
        })
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let shown_rows = rows.len();
    let titles = ["category", "#score", "to", "for", "day"];
    let caption = "The three highest rated praises of each category; the file has all.";
    table(share, "category-best", caption, &titles, rows, ("", shown_rows))
}
