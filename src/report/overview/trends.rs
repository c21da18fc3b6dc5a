//! All rounds so far, from the one-row table that each of them committed. Nothing is computed again.

use super::figures::Figures;
use super::{Overview, words};
use crate::amount::Amount;
use crate::error::{Error, Problems};
use crate::report::Material;
use crate::report::chart::{self, Axes, Data, Plot, Value};
use crate::report::page::{Block, Section, Table};
use crate::report::ratio::Ratio;
use crate::report::stats;

/// Most rounds that a page shows, the last ones.
const ROUNDS_MOST: usize = 60;

/// What is counted in a round: name, count.
type Counted = (&'static str, fn(&Figures) -> Option<usize>);

/// Pool, paid, recipients, Gini and Nakamoto of every round.
pub fn section(overview: &Overview<'_>) -> Result<Section, Problems> {
    let title = "All rounds so far";
    if overview.earlier.is_empty() {
        let text = "From the second round on, this place shows how the rounds develop.";
        return Ok(Section::new("trends", title, vec![Block::text(text)]));
    }
    let material = overview.material;
    let mut all: Vec<&Figures> = overview.earlier.iter().chain([&overview.figures]).collect();
    // Stable, and days are written so that they sort as texts.
    all.sort_by(|left, right| left.period.cmp(&right.period));
    let rounds = all.get(all.len().saturating_sub(ROUNDS_MOST)..).unwrap_or_default();
    let mut text = format!("{} rounds, in the order of their periods.", all.len());
    if all.len() > rounds.len() {
        text.push_str(&format!(" The last {} are shown.", rounds.len()));
    }
    let is_history = |round: &&Figures| material.ledger.history.iter().any(|id| id.as_str() == round.round);
    let history = rounds.iter().copied().filter(is_history).count();
    if history > 0 {
        text.push_str(&format!(
            " {} from before this ledger: computed from the inputs, not from what was paid then.",
            crate::report::text::counted(history, "round is", "rounds are")
        ));
    }
    let mut blocks = vec![Block::text(text)];
    for plot in plots(material, rounds, &overview.figures.over) {
        blocks.extend(chart::draw(plot)?.map(Block::Chart));
    }
    blocks.push(Block::Table(spans(&all, &overview.figures.over)?));
    let caption = format!("Every round in figures, amounts in {}", material.plan.token.symbol);
    let titles =
        ["round", "start", "end", "#pool", "#paid", "#recipients", "#new", "#left", "#Gini", "#Nakamoto"];
    let rows: Vec<Vec<String>> =
        rounds.iter().rev().map(|round| row(material, round, &overview.figures.over)).collect();
    let mut table = Table::new("trends-table", &caption, &titles, rows);
    table.total = all.len();
    table.interactive = true;
    blocks.push(Block::Table(table));
    Ok(Section::new("trends", title, blocks))
}

/// A round in the table. Concentration of other rewards than those of this round (`over`) is not comparable
/// and left out.
fn row(material: &Material<'_>, round: &Figures, over: &str) -> Vec<String> {
    let [pool, paid, ..] = round.sums;
    let amount =
        |amount: Option<Amount>| amount.map(|amount| words::amount(material, amount)).unwrap_or_default();
    let count = |count: Option<usize>| count.map(|count| count.to_string()).unwrap_or_default();
    let [start, end] = round.period.clone();
    let is_alike = round.over == over;
    vec![
        round.round.clone(),
        start,
        end,
        amount(pool),
        amount(paid),
        count(round.recipients),
        count(round.new_and_left.map(|[new, _]| new)),
        count(round.new_and_left.map(|[_, left]| left)),
        round.gini().filter(|_| is_alike).map(|gini| format!("{gini:.4}")).unwrap_or_default(),
        count(round.measured.filter(|_| is_alike).map(|[_, nakamoto]| nakamoto)),
    ]
}

/// Whether concentration is comparable: of the same rewards (`over`) wherever it was measured.
fn is_alike(rounds: &[&Figures], over: &str) -> bool {
    rounds.iter().all(|round| round.measured.is_none() || round.over == over)
}

/// The charts, each over all rounds that are shown.
fn plots(material: &Material<'_>, rounds: &[&Figures], over: &str) -> Vec<Plot> {
    let labels: Vec<String> = rounds.iter().map(|round| round.round.clone()).collect();
    let line = |name: &str, value: &dyn Fn(&Figures) -> Option<Value>| {
        (name.to_owned(), rounds.iter().map(|round| value(round)).collect::<Vec<Option<Value>>>())
    };
    let lines = |lines| Data::Lines { labels: labels.clone(), lines };
    let amount = |at: usize| {
        move |round: &Figures| {
            let sum = round.sums.get(at).copied().flatten()?;
            Some(words::value(material, sum))
        }
    };
    let people = |round: &Figures| {
        round.recipients.map(|count| words::counted_value(count, "recipient", "recipients"))
    };
    let gini = |round: &Figures| round.gini().map(|gini| Value { number: gini, text: format!("{gini:.4}") });
    let nakamoto = |round: &Figures| {
        let [_, nakamoto] = round.measured?;
        Some(words::counted_value(nakamoto, "recipient", "recipients"))
    };
    let plot = |name: &str, title: &str, unit: &str, data: Data, description: String| Plot {
        name: name.to_owned(),
        title: title.to_owned(),
        description,
        axes: Axes { x: "rounds".to_owned(), y: unit.to_owned(), ..Axes::default() },
        data,
    };
    let said = |what: &str, value: &dyn Fn(&Figures) -> Option<Value>| said(rounds, what, value);
    let symbol = &material.plan.token.symbol;
    let amounts = lines(vec![line("pool", &amount(0)), line("paid", &amount(1))]);
    let mut plots = vec![
        plot("trend-amounts", "Pool and paid, round by round", symbol, amounts, said("Paid", &amount(1))),
        plot(
            "trend-recipients",
            "Recipients, round by round",
            "recipients",
            lines(vec![line("recipients", &people)]),
            said("In all", &people),
        ),
    ];
    let new_and_left: Vec<(String, [usize; 2])> =
        rounds.iter().filter_map(|round| Some((round.round.clone(), round.new_and_left?))).collect();
    plots.extend(came_and_left(&new_and_left));
    if is_alike(rounds, over) {
        plots.push(plot(
            "trend-gini",
            "Gini coefficient, round by round (0: all get the same; 1: one gets everything)",
            "Gini coefficient",
            lines(vec![line("Gini", &gini)]),
            said("Gini coefficient", &gini),
        ));
        plots.push(plot(
            "trend-nakamoto",
            "Nakamoto coefficient, round by round (how many together get more than half)",
            "recipients",
            lines(vec![line("Nakamoto", &nakamoto)]),
            said("More than half went to", &nakamoto),
        ));
    }
    plots
}

/// Who came and left, and the difference, where rounds were compared.
fn came_and_left(rounds: &[(String, [usize; 2])]) -> Option<Plot> {
    let (last, [new, left]) = rounds.last()?;
    let counts = |name: &str, count: &dyn Fn(&[usize; 2]) -> Value| {
        (name.to_owned(), rounds.iter().map(|(_, counts)| Some(count(counts))).collect())
    };
    let people = |count: usize| words::counted_value(count, "recipient", "recipients");
    let net = |[new, left]: &[usize; 2]| {
        let difference = people(new.abs_diff(*left));
        if new < left {
            Value { number: -difference.number, text: format!("-{}", difference.text) }
        } else {
            difference
        }
    };
    Some(Plot {
        name: "trend-people".to_owned(),
        title: "Recipients who came and left, round by round".to_owned(),
        description: format!(
            "In {last}, {new} were new and {left} of the round before were not there any more."
        ),
        axes: Axes { x: "rounds".to_owned(), y: "recipients".to_owned(), ..Axes::default() },
        data: Data::Lines {
            labels: rounds.iter().map(|(round, _)| round.clone()).collect(),
            lines: vec![
                counts("new", &|[new, _]| people(*new)),
                counts("left", &|[_, left]| people(*left)),
                counts("net", &net),
            ],
        },
    })
}

/// The first and the last value, in one sentence.
fn said(rounds: &[&Figures], what: &str, value: &dyn Fn(&Figures) -> Option<Value>) -> String {
    let known: Vec<(&str, Value)> =
        rounds.iter().filter_map(|round| Some((round.round.as_str(), value(round)?))).collect();
    match (known.first(), known.last()) {
        (Some((first, from)), Some((last, to))) => {
            format!("{what}: {} in {first}, {} in {last}.", from.text, to.text)
        }
        _ => String::new(),
    }
}

/// Lowest, mean and highest over all rounds, of what is counted.
fn spans(rounds: &[&Figures], over: &str) -> Result<Table, Error> {
    let mut rows = Vec::new();
    let mut kinds: Vec<Counted> = vec![
        ("Recipients", |round| round.recipients),
        ("Recipients paid", |round| round.paid),
        ("New recipients", |round| round.new_and_left.map(|[new, _]| new)),
        ("Recipients who left", |round| round.new_and_left.map(|[_, left]| left)),
    ];
    if is_alike(rounds, over) {
        kinds.push(("Nakamoto coefficient", |round| round.measured.map(|[_, nakamoto]| nakamoto)));
    }
    for (name, count) in kinds {
        let counts = rounds.iter().filter_map(|round| count(round));
        let counts: Vec<i64> = counts.filter_map(|count| i64::try_from(count).ok()).collect();
        let Some(span) = stats::spanned(&counts)? else { continue };
        let mean = usize::try_from(span.sum).ok().zip(usize::try_from(span.count).ok());
        let mean = mean.and_then(|(sum, count)| Ratio::of_counts(sum, count));
        rows.push(vec![
            name.to_owned(),
            span.count.to_string(),
            span.lowest.to_string(),
            mean.map(|mean| mean.text(1)).unwrap_or_default(),
            span.highest.to_string(),
        ]);
    }
    let titles = ["", "#rounds", "#lowest", "#mean", "#highest"];
    Ok(Table::new("spans-table", "Lowest, mean and highest of all rounds", &titles, rows))
}
