//! Made-up data for every kind of chart, of a few names or of many, some of them hostile.

// Drawings are real numbers.
#![allow(clippy::float_arithmetic)]

use meed::report::chart::{Axes, Band, Data, Plot, Value};

/// How many names a sample may have.
pub const COUNTS: [usize; 4] = [1, 5, 40, 300];

/// A chart to be drawn.
pub struct Sample {
    /// What is drawn.
    pub plot: Plot,
    /// Whether a round may well have it: such a chart is small.
    pub is_usual: bool,
}

/// A count of things.
pub fn count(number: f64) -> Value {
    Value { number: number.round(), text: format!("{number:.0}") }
}

/// An amount of money.
fn money(number: f64) -> Value {
    Value { number, text: format!("{number:.2} TEC") }
}

/// A share of a whole.
fn ratio(number: f64) -> Value {
    Value { number, text: format!("{number:.4}") }
}

/// Numbers from 0 to 1 that look drawn by lot and are the same each time.
fn lot(seed: usize) -> impl FnMut() -> f64 {
    let mut state = u64::try_from(seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// Names that want to be more than names.
pub fn hostile_names() -> Vec<String> {
    [
        "<script>alert(1)</script>",
        "$TEC$ & \"friends\"",
        "\u{202e}gnp.exe\u{202c} from right to left",
        "🦄🦄🦄 unicorns and a family 👩\u{200d}👩\u{200d}👧 of emoji",
        &"W".repeat(200),
        "Zoë O'Hara",
        "とても長い名前の人はここにいますよ、ほんとうに長い",
        "",
        "0x00000000000000000000000000000000000000a1",
        "line\nfeed, bell\u{7}, nothing\u{0}",
        "]]> --> ]]&gt; &#0;",
        "\u{fffe}\u{ffff}",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The name of a made-up person; some of the first are hostile.
fn name(index: usize) -> String {
    let hostile = hostile_names();
    match index.checked_sub(2).and_then(|index| hostile.get(index)) {
        Some(name) => name.clone(),
        None => format!("{} Example {index}", ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank"][index % 6]),
    }
}

/// A plot without titles of axes.
pub fn sample(name: &str, data: Data) -> Plot {
    let title = format!("The chart of {name}");
    Plot {
        name: name.to_owned(),
        title,
        description: "A made-up chart.".to_owned(),
        axes: Axes::default(),
        data,
    }
}

/// The axes of a chart.
fn axes(x: &str, y: &str, x_log: bool, y_log: bool) -> Axes {
    Axes { x: x.to_owned(), y: y.to_owned(), x_log, y_log }
}

/// All kinds of charts, of `size` names, periods or steps.
pub fn samples(size: usize) -> impl Iterator<Item = Sample> {
    let all = [bars(size), standing(size), lines(size), points(size), fields(size), flows(size), steps(size)];
    all.into_iter().flatten()
}

fn named(name: &str, axes: Axes, data: Data, is_usual: bool) -> Sample {
    Sample { plot: Plot { axes, ..sample(name, data) }, is_usual }
}

/// Amounts of many people, the largest first.
fn amounts(size: usize) -> Vec<f64> {
    let mut lot = lot(size);
    let mut amounts: Vec<f64> = (0..size).map(|_| 800.0 * lot().powi(4) + 1.0).collect();
    amounts.sort_by(|left, right| right.total_cmp(left));
    amounts
}

fn bars(size: usize) -> Vec<Sample> {
    let amounts = amounts(size);
    let series = |names: &[&str]| names.iter().copied().map(str::to_owned).collect::<Vec<String>>();
    let people = || amounts.iter().enumerate().map(|(index, amount)| (name(index), *amount));
    let parts = |amount: f64| vec![money(amount * 0.6), money(amount * 0.3), money(amount * 0.1)];
    let exact = |amount: f64| -> Vec<Value> {
        let part = |number: f64| Value { number, text: format!("{number:.18} LONGTOKEN") };
        (1..=11).map(|share| part(amount / f64::from(share))).collect()
    };
    let eleven: Vec<String> = (1..=11).map(|number| format!("reward number {number}")).collect();
    let tec = || axes("TEC", "", false, false);
    vec![
        named(
            "bars",
            tec(),
            Data::Bars(people().map(|(name, amount)| (name, money(amount))).collect()),
            true,
        ),
        named(
            "stacked",
            tec(),
            Data::Stacked {
                series: series(&["praise", "quantifier", "holder"]),
                bars: people().map(|(name, amount)| (name, parts(amount))).collect(),
            },
            true,
        ),
        named(
            "stacked.many-series",
            axes("LONGTOKEN", "Who", false, false),
            Data::Stacked {
                series: eleven,
                bars: people().map(|(name, amount)| (name, exact(amount))).collect(),
            },
            false,
        ),
    ]
}

fn standing(size: usize) -> Vec<Sample> {
    let mut lot = lot(size + 1);
    let place = |index: usize| f64::from(u32::try_from(index).unwrap());
    let bins = (0..size.min(60))
        .map(|bin| (place(bin) * 10.0, place(bin) * 10.0 + 10.0, count(200.0 / (place(bin) + 1.0))));
    let bins = bins.collect();
    let edge = |bin: usize| 10_f64.powf(place(bin) / 5.0 - 2.0);
    let powers = (0..size.min(30)).map(|bin| (edge(bin), edge(bin + 1), count(40.0 * lot()))).collect();
    let days = (0..size).map(|day| {
        (
            format!("2026-{:02}-{:02}", day / 28 % 12 + 1, day % 28 + 1),
            vec![count(9.0 * lot()), count(30.0 * lot())],
        )
    });
    let days = days.collect();
    let periods = (0..size).map(|period| {
        let (new, left) = ((9.0 * lot()).round(), (9.0 * lot()).round());
        (format!("round-{}", period + 1), vec![count(new), count(left), count(new - left)])
    });
    let columns = Data::Columns { series: vec!["new".to_owned(), "returning".to_owned()], columns: days };
    let groups = Data::Groups {
        series: ["new", "left", "net"].map(str::to_owned).to_vec(),
        columns: periods.collect(),
    };
    vec![
        named("histogram", axes("score", "praises", false, false), Data::Histogram(bins), true),
        named(
            "histogram.powers",
            axes("TEC, each step ten times the one before", "recipients", true, false),
            Data::Histogram(powers),
            true,
        ),
        named("columns", axes("meeting", "people", false, false), columns, true),
        named("groups", axes("period", "people", false, false), groups, true),
    ]
}

fn lines(size: usize) -> Vec<Sample> {
    let mut lot = lot(size + 2);
    let labels = |size: usize| (1..=size).map(|place| format!("round-{place}")).collect::<Vec<String>>();
    let gaps = (0..size).map(|place| (place % 9 != 7).then(|| ratio(0.4 + 0.3 * lot()))).collect();
    let rising = |index: usize, lot: &mut dyn FnMut() -> f64| {
        let speed = 21.0 / f64::from(u32::try_from(index + 1).unwrap());
        let mut sum = 1.0;
        let mut step = |place: usize| {
            sum += speed * lot();
            (place >= index % 20).then(|| count(sum))
        };
        (name(index), (0..40).map(&mut step).collect::<Vec<_>>())
    };
    let many = (0..size).map(|index| rising(index, &mut lot)).collect();
    let eight = (0..8).map(|index| {
        (format!("team {index}"), (0..size).map(|_| Some(count(1.0 + 500.0 * lot().powi(5)))).collect())
    });
    let eight = eight.collect();
    vec![
        named(
            "lines",
            axes("round", "Gini coefficient", false, false),
            Data::Lines { labels: labels(size), lines: vec![("praise".to_owned(), gaps)] },
            true,
        ),
        named(
            "lines.many",
            axes("meeting", "Respect", false, false),
            Data::Lines { labels: (1..=40).map(|place| place.to_string()).collect(), lines: many },
            size <= 5,
        ),
        named(
            "lines.eight",
            axes("round", "Respect", false, true),
            Data::Lines { labels: labels(size), lines: eight },
            true,
        ),
    ]
}

fn points(size: usize) -> Vec<Sample> {
    let mut lot = lot(size + 3);
    let people = (0..size).map(|index| {
        let meetings = (40.0 * lot()).round();
        let rank = 1.0 + meetings / 10.0 + 2.0 * lot();
        (meetings, rank, format!("{}: {meetings:.0} meetings, mean rank {rank:.2}", name(index)))
    });
    let people = people.collect();
    let balances = (0..size * 10).map(|index| {
        let balance = 10_f64.powf(6.0 * lot() - 1.0);
        (balance, balance * (0.1 + lot()) / 9.0, name(index))
    });
    let balances = balances.collect();
    let scores = [0.0, 1.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0, 144.0];
    let mut score = || scores[usize::try_from((lot() * lot() * 9.0).round().to_bits() % 10).unwrap()];
    let boxes = (0..size).map(|index| (name(index), (0..30).map(|_| score()).collect())).collect();
    let line = (size > 1).then_some((0.1, 2.0));
    vec![
        named(
            "scatter",
            axes("meetings attended", "mean rank", false, false),
            Data::Scatter { points: people, line },
            size <= 40,
        ),
        named(
            "scatter.powers",
            axes("balance (TEC)", "reward (TEC)", true, true),
            Data::Scatter { points: balances, line: None },
            true,
        ),
        named("boxes", axes("score", "", false, false), Data::Boxes(boxes), true),
    ]
}

fn fields(size: usize) -> Vec<Sample> {
    let mut lot = lot(size + 4);
    let names: Vec<String> = (0..size).map(name).collect();
    let cell = |row: usize, column: usize, lot: &mut dyn FnMut() -> f64| {
        let number = if row == column { 1.0 } else { 2.0 * lot() - 1.0 };
        (row % 7 != 5 || column == row).then(|| ratio(number))
    };
    let cells = (0..size).map(|row| (0..size).map(|column| cell(row, column, &mut lot)).collect()).collect();
    let weeks: Vec<String> = (1..=size.min(12)).map(|week| format!("week {week}")).collect();
    let counts = (0..size).map(|_| weeks.iter().map(|_| Some(count(20.0 * lot()))).collect()).collect();
    vec![
        named(
            "heat",
            axes("", "", false, false),
            Data::HeatMap { rows: names.clone(), columns: names.clone(), cells, range: (-1.0, 1.0) },
            size <= 20,
        ),
        named(
            "heat.counts",
            axes("week", "team", false, false),
            Data::HeatMap { rows: names, columns: weeks, cells: counts, range: (0.0, 20.0) },
            true,
        ),
    ]
}

fn flows(size: usize) -> Vec<Sample> {
    let mut lot = lot(size + 5);
    let (givers, receivers) = (size.min(16), size.min(26));
    let links = (0..givers * receivers).filter_map(|link| {
        let (chosen, share) = (lot() < 0.6, lot());
        let (giver, receiver) = (link / receivers, link % receivers);
        let part = share * share / f64::from(u32::try_from(receiver + 1).unwrap());
        chosen.then(|| (giver, receiver, count(1.0 + 30.0 * part)))
    });
    let links: Vec<_> = links.chain([(0, 0, count(5.0))]).collect();
    let from: Vec<String> = (0..givers).map(name).collect();
    let to = (0..receivers).map(|index| name(index + 2)).collect();
    let all: Vec<String> = (0..size).map(name).collect();
    let each = (0..size * 5).map(|link| (link / 5, link * 7 % size, count(1.0 + 9.0 * lot()))).collect();
    vec![
        named("flow", axes("", "", false, false), Data::Flow { from, to, links }, size <= 5),
        named(
            "flow.ungrouped",
            axes("praise points", "", false, false),
            Data::Flow { from: all.clone(), to: all, links: each },
            true,
        ),
    ]
}

/// Quantities over 30 steps: `size` settings of a simulation, or one of more steps.
fn steps(size: usize) -> Vec<Sample> {
    let mut lot = lot(size + 7);
    let place = |index: usize| f64::from(u32::try_from(index).unwrap());
    let at = |count: usize| (0..count).map(place).collect::<Vec<f64>>();
    let mut walk = |count: usize, gap: usize| {
        let mut middle = 100.0;
        let step = |step: usize| {
            middle += 9.0 * (lot() - 0.45);
            let width = 1.0 + place(step) / 2.0;
            let band =
                Band { low: money(middle - width), middle: money(middle), high: money(middle + width) };
            (step % 17 != gap).then_some(band)
        };
        (0..count).map(step).collect::<Vec<_>>()
    };
    let two = vec![("as it is".to_owned(), walk(100, 99)), (name(2), walk(100, 16))];
    let many: Vec<_> = (0..size).map(|index| (name(index), walk(30, 99))).collect();
    let statuses = ["candidate", "active", "completed", "failed", "killed"];
    let area = |(index, status): (usize, &str)| {
        let height = |step: usize| count(place(step % 13) * place(4 - index) + 1.0);
        (status.to_owned(), (0..size).map(height).collect::<Vec<_>>())
    };
    let areas = statuses.into_iter().enumerate().map(area).collect();
    let over = (0..size).map(|step| (step != 3).then(|| count(20.0 + place(step % 5)))).collect();
    let named = |name: &str, y: &str, data: Data| {
        // Pages draw at most 101 places.
        named(name, axes("timestep", y, false, false), data, size <= 101)
    };
    let mut all = vec![
        named("bands", "TEC", Data::Bands { at: at(100), bands: two }),
        named("panels", "TEC", Data::Panels { at: at(30), panels: many.clone() }),
        named("bands.many", "TEC", Data::Bands { at: at(30), bands: many }),
    ];
    if size > 1 {
        let lines = vec![("common funds".to_owned(), over)];
        all.push(named("areas", "funds", Data::Areas { at: at(size), areas, lines }));
    }
    all
}
