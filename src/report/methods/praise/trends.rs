//! Praise over time: this round and those before it, in steps of some weeks, from the tables that were
//! committed with each round.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::chart;
use super::numbers::{count, figure, mean, millionths, percent, real, shown};
use super::rows::{DAY_COLUMNS, Day, days_of};
use crate::error::Problems;
use crate::report::Share;
use crate::report::chart::{Axes, Data, Plot, Value};
use crate::report::earlier::Earlier;
use crate::report::page::{Block, Table as Listed};
use crate::report::text::name;
use crate::tables::{Table, day};

/// Most categories that are followed.
const CATEGORIES_MOST: usize = 8;

/// What happened in a step of time.
#[derive(Debug, Default)]
struct Step {
    praises: i64,
    givers: BTreeSet<String>,
    receivers: BTreeSet<String>,
    quantifiers: BTreeSet<String>,
    /// Reward by receiver, in millionths of a token.
    rewards: BTreeMap<String, i64>,
    /// Praises and score by category.
    categories: BTreeMap<String, (i64, i64)>,
}

/// The steps that have a praise in or before them, the oldest first, with their first days.
type Steps = Vec<(Date, Step)>;

/// The trends; a sentence where there is nothing to compare.
pub(super) fn blocks(share: &Share<'_>, days: &[Day]) -> Result<Vec<Block>, Problems> {
    let weeks = figure(share.statistics, "/parameters/cross_period_weeks").max(1);
    let length = figure(share.statistics, "/parameters/cross_period_step_weeks").clamp(1, weeks);
    let steps = steps(share, days, weeks, length)?;
    if steps.len() < 2 {
        return Ok(vec![Block::text("There is not enough praise yet to show how it goes over time.")]);
    }
    let every = if length == 1 { "each week".to_owned() } else { format!("each {length} weeks") };
    let mut blocks = vec![Block::text(format!(
        "At most {weeks} weeks up to the last praise of this round, {every} added up. A date is the first day of \
         its step. Rounds that were closed before are read as they were recorded."
    ))];
    let listed = listed(&steps);
    charts(share, &steps, &listed, &mut blocks)?;
    categories(share, &steps, &mut blocks)?;
    let row = |figures: &Figures| {
        let optional = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        vec![
            figures.label.clone(),
            figures.praises.to_string(),
            figures.givers.to_string(),
            figures.receivers.to_string(),
            figures.quantifiers.to_string(),
            optional(figures.new),
            optional(figures.left),
            optional(figures.new.zip(figures.left).map(|(new, left)| new - left)),
            figures.nakamoto.map(|(number, _)| number.to_string()).unwrap_or_default(),
            figures.nakamoto.map(|(number, of)| percent(number, of)).unwrap_or_default(),
        ]
    };
    blocks.push(Block::text(
        "New members are those who gave or got praise and had not in the step before; members left when it is the \
         other way round. The Nakamoto coefficient is the smallest number of receivers who together got more than \
         half of the praise rewards, the ratio is that number in percent of all receivers with a reward.",
    ));
    blocks.push(Block::Table(Listed::new(
        &super::anchor(share, "steps"),
        "The figures of the charts above.",
        &[
            "from",
            "#praises",
            "#givers",
            "#receivers",
            "#quantifiers",
            "#new members",
            "#members left",
            "#net",
            "#Nakamoto coefficient",
            "#Nakamoto ratio",
        ],
        listed.iter().map(row).collect(),
    )));
    Ok(blocks)
}

/// The tables of a name, of this round and the earlier ones that belong to an allocation of this name.
fn tables(share: &Share<'_>, name: &str, columns: &[&str]) -> Result<Vec<Table>, Problems> {
    let material = share.material;
    let own = format!("{}.{name}", share.allocation.name);
    let mut tables = Vec::new();
    for earlier in Earlier::rounds(material.record, material.files, material.plan) {
        for (file, bytes) in earlier.tables(name) {
            if file == name || file == own {
                match Table::read(file, bytes, columns) {
                    Ok(table) => tables.push(table),
                    Err(found) => Problems::unless_empty(found, ())?,
                }
            }
        }
    }
    tables.extend(share.table(name, columns)?);
    Ok(tables)
}

/// All days of this round and the earlier ones, put into steps that end with this round's last praise.
fn steps(share: &Share<'_>, days: &[Day], weeks: usize, length: usize) -> Result<Steps, Problems> {
    let Some(end) = days.iter().filter_map(|praise| day(&praise.day)).max() else { return Ok(Vec::new()) };
    let count = weeks.div_ceil(length);
    let mut steps: Vec<Step> = (0..count).map(|_| Step::default()).collect();
    let place = |text: &str| place(day(text)?, end, length, count);
    for table in tables(share, "praise_days", &DAY_COLUMNS)? {
        for praise in days_of(&table) {
            let Some(step) = place(&praise.day).and_then(|at| steps.get_mut(at)) else { continue };
            step.praises += praise.praises;
            let reward = step.rewards.entry(praise.receiver.clone()).or_default();
            *reward = reward.saturating_add(praise.reward);
            step.givers.insert(praise.giver);
            step.receivers.insert(praise.receiver);
        }
    }
    for table in tables(share, "praise_quantifier_days", &["day", "quantifier"])? {
        for row in table.rows() {
            let Some(step) = place(row.field("day")).and_then(|at| steps.get_mut(at)) else { continue };
            step.quantifiers.insert(row.field("quantifier").to_owned());
        }
    }
    for table in tables(share, "praise_category_days", &["day", "category", "praises", "score"])? {
        for row in table.rows() {
            let Some(step) = place(row.field("day")).and_then(|at| steps.get_mut(at)) else { continue };
            let sums = step.categories.entry(row.field("category").to_owned()).or_default();
            sums.0 += row.field("praises").parse::<i64>().unwrap_or(0);
            sums.1 = sums.1.saturating_add(millionths(row.field("score")));
        }
    }
    let first = |at: usize| {
        let days = i64::try_from((count - at) * length * 7).ok()?;
        end.checked_sub(jiff::Span::new().try_days(days).ok()?).ok()?.tomorrow().ok()
    };
    let dated = steps.into_iter().enumerate().filter_map(|(at, step)| Some((first(at)?, step)));
    Ok(dated.skip_while(|(_, step)| step.praises == 0).collect())
}

/// The step of a day, counted from the oldest; `None` outside all.
fn place(day: Date, end: Date, length: usize, count: usize) -> Option<usize> {
    let seconds = day.duration_until(end).as_secs();
    let ago = usize::try_from(seconds.checked_div(24 * 60 * 60)?).ok()?;
    count.checked_sub(1 + ago / (length * 7))
}

/// The figures of a step.
struct Figures {
    label: String,
    praises: i64,
    givers: usize,
    receivers: usize,
    quantifiers: usize,
    /// Members who were not there in the step before; none for the first.
    new: Option<i64>,
    /// Members who were there in the step before, and are not now.
    left: Option<i64>,
    /// The Nakamoto coefficient, and how many receivers have a reward.
    nakamoto: Option<(usize, usize)>,
}

fn listed(steps: &Steps) -> Vec<Figures> {
    let members = |step: &Step| -> BTreeSet<String> { step.givers.union(&step.receivers).cloned().collect() };
    let mut before: Option<BTreeSet<String>> = None;
    let mut listed = Vec::new();
    for (date, step) in steps {
        let now = members(step);
        let counted = |set: usize| i64::try_from(set).unwrap_or(i64::MAX);
        listed.push(Figures {
            label: date.to_string(),
            praises: step.praises,
            givers: step.givers.len(),
            receivers: step.receivers.len(),
            quantifiers: step.quantifiers.len(),
            new: before.as_ref().map(|before| counted(now.difference(before).count())),
            left: before.as_ref().map(|before| counted(before.difference(&now).count())),
            nakamoto: nakamoto(step.rewards.values().copied()),
        });
        before = Some(now);
    }
    listed
}

/// How few receivers have more than half of all, and how many there are.
fn nakamoto(rewards: impl Iterator<Item = i64>) -> Option<(usize, usize)> {
    let mut rewards: Vec<i128> = rewards.filter(|reward| *reward > 0).map(i128::from).collect();
    rewards.sort_unstable_by(|left, right| right.cmp(left));
    let all: i128 = rewards.iter().sum();
    let mut reached = 0;
    let few = rewards.iter().position(|reward| {
        reached += reward;
        reached * 2 > all
    })?;
    Some((few + 1, rewards.len()))
}

/// The charts of all but the categories.
fn charts(
    share: &Share<'_>,
    steps: &Steps,
    listed: &[Figures],
    blocks: &mut Vec<Block>,
) -> Result<(), Problems> {
    let labels = || listed.iter().map(|figures| figures.label.clone()).collect::<Vec<_>>();
    let all: i64 = listed.iter().map(|figures| figures.praises).sum();
    let column =
        |figures: &Figures| (figures.label.clone(), vec![count(figures.praises, "praise", "praises")]);
    let plot = Plot {
        name: share.chart_name("trend-praises"),
        title: "Praises over time".to_owned(),
        description: format!("{all} praises in {} steps.", steps.len()),
        axes: Axes { y: "praises".to_owned(), ..Axes::default() },
        data: Data::Columns {
            series: vec!["praises".to_owned()],
            columns: listed.iter().map(column).collect(),
        },
    };
    chart(blocks, plot)?;
    let line = |title: &str, value: &dyn Fn(&Figures) -> Option<i64>| {
        let point = |figures: &Figures| {
            value(figures).map(|number| Value { number: number as f64, text: format!("{title}: {number}") })
        };
        (title.to_owned(), listed.iter().map(point).collect::<Vec<_>>())
    };
    let some = |count: usize| i64::try_from(count).ok();
    let people = vec![
        line("givers", &|figures| some(figures.givers)),
        line("receivers", &|figures| some(figures.receivers)),
        line("quantifiers", &|figures| some(figures.quantifiers)),
    ];
    let moves = vec![
        line("new", &|figures| figures.new),
        line("left", &|figures| figures.left),
        line("net", &|figures| Some(figures.new? - figures.left?)),
    ];
    let nakamoto = vec![line("Nakamoto coefficient", &|figures| some(figures.nakamoto?.0))];
    let ratio = |figures: &Figures| {
        let (few, of) = figures.nakamoto?;
        Some(Value { number: few as f64 * 100.0 / of as f64, text: percent(few, of) })
    };
    let ratio = vec![("Nakamoto ratio".to_owned(), listed.iter().map(ratio).collect())];
    let last = |pick: &dyn Fn(&Figures) -> String| listed.last().map(pick).unwrap_or_default();
    let ends = |figures: &Figures| {
        let (few, of) = figures.nakamoto.unwrap_or_default();
        format!("In the last step {few} of {of} receivers got more than half of the praise rewards.")
    };
    for (id, title, axis, lines, description) in [
        (
            "trend-people",
            "Givers, receivers and quantifiers over time",
            "members",
            people,
            last(&|figures| {
                let Figures { givers, receivers, quantifiers, .. } = figures;
                format!(
                    "In the last step {givers} members gave praise, {receivers} got it, {quantifiers} scored it."
                )
            }),
        ),
        (
            "trend-members",
            "Members who are new, and who left",
            "members",
            moves,
            last(&|figures| {
                let (new, left) = (figures.new.unwrap_or(0), figures.left.unwrap_or(0));
                format!(
                    "In the last step {new} members are new and {left} left, compared with the step before."
                )
            }),
        ),
        ("trend-nakamoto", "Nakamoto coefficient over time", "receivers", nakamoto, last(&ends)),
        ("trend-nakamoto-ratio", "Nakamoto ratio over time", "percent of receivers", ratio, last(&ends)),
    ] {
        let plot = Plot {
            name: share.chart_name(id),
            title: title.to_owned(),
            description,
            axes: Axes { y: axis.to_owned(), ..Axes::default() },
            data: Data::Lines { labels: labels(), lines },
        };
        chart(blocks, plot)?;
    }
    Ok(())
}

/// Count and mean score of the categories over time.
fn categories(share: &Share<'_>, steps: &Steps, blocks: &mut Vec<Block>) -> Result<(), Problems> {
    let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, step) in steps {
        for (category, (praises, _)) in &step.categories {
            *totals.entry(category).or_default() += praises;
        }
    }
    let mut totals: Vec<(&str, i64)> = totals.into_iter().collect();
    totals.sort_by_key(|(_, praises)| std::cmp::Reverse(*praises)); // stable: then by name
    let Some((most, praises)) = totals.first().copied() else { return Ok(()) };
    let followed = totals.iter().take(CATEGORIES_MOST).map(|(category, _)| *category);
    let labels: Vec<String> = steps.iter().map(|(date, _)| date.to_string()).collect();
    let lines = |value: &dyn Fn((i64, i64)) -> Option<Value>| -> Vec<(String, Vec<Option<Value>>)> {
        let point =
            |category: &str, step: &Step| value(step.categories.get(category).copied().unwrap_or_default());
        followed
            .clone()
            .map(|category| (name(category), steps.iter().map(|(_, step)| point(category, step)).collect()))
            .collect()
    };
    let counts = lines(&|(praises, _)| Some(count(praises, "praise", "praises")));
    let means = lines(&|(praises, score)| {
        let mean = mean(score, praises);
        (praises > 0).then(|| Value { number: real(mean), text: format!("mean score {}", shown(mean)) })
    });
    for (id, title, axis, lines) in [
        ("trend-categories", "Praises of each category over time", "praises", counts),
        ("trend-category-scores", "Mean score of each category over time", "mean score", means),
    ] {
        let plot = Plot {
            name: share.chart_name(id),
            title: title.to_owned(),
            description: format!(
                "{} categories over {} steps; most praises belong to {}, {praises}.",
                lines.len(),
                steps.len(),
                name(most)
            ),
            axes: Axes { y: axis.to_owned(), ..Axes::default() },
            data: Data::Lines { labels: labels.clone(), lines },
        };
        chart(blocks, plot)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_into_steps_that_end_with_the_last_day() {
        let end = day("2026-02-28").unwrap();
        let at = |text: &str| place(day(text).unwrap(), end, 1, 4);
        assert_eq!((at("2026-02-28"), at("2026-02-22"), at("2026-02-21")), (Some(3), Some(3), Some(2)));
        assert_eq!((at("2026-02-01"), at("2026-01-31"), at("2026-03-01")), (Some(0), None, None));
    }

    #[test]
    fn the_coefficient_is_the_fewest_above_half() {
        assert_eq!(nakamoto([5, 5].into_iter()), Some((2, 2)));
        assert_eq!(nakamoto([6, 4, 0].into_iter()), Some((1, 2)));
        assert_eq!(nakamoto([i64::MAX, i64::MAX, 1].into_iter()), Some((2, 3)));
        assert_eq!(nakamoto([0].into_iter()), None);
    }
}
