//! Charts, looked at from outside: golden files, well-formed XML, no traces of floats, of clocks, of
//! threads or of names that want to be more than names.
//!
//! `MEED_BLESS=1` writes the golden files. `MEED_GALLERY=FOLDER` writes pages with every kind of chart,
//! to be looked at in a browser.

// Drawings are real numbers.
#![allow(clippy::float_arithmetic)]

mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::process::Command;

use meed::report::chart::{Axes, Band, Chart, Data, Plot, Value, draw};
use proptest::prelude::*;

use self::samples::{COUNTS, Sample, hostile_names, sample, samples};
use crate::support::{package, skip};

/// Most bytes of a chart of an ordinary round.
const BYTES_USUAL: usize = 40_000;
/// Most bytes of any chart.
const BYTES_MOST: usize = 200_000;
/// The styles that pages and files share.
const STYLES: &str = include_str!("../../templates/chart.css");

fn drawn(plot: Plot) -> Chart {
    draw(plot).unwrap().unwrap()
}

/// All kinds, of five names, as they were when somebody looked at them; without the styles, which are
/// those of `templates/chart.css`.
#[test]
fn golden_files() {
    let folder = package().join("tests/data/charts");
    let bless = std::env::var_os("MEED_BLESS").is_some();
    let mut wrong = Vec::new();
    for Sample { plot, .. } in samples(5) {
        let chart = drawn(plot);
        let path = folder.join(format!("{}.svg", chart.name));
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &chart.inline).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != chart.inline {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "not as blessed: {wrong:#?}");
}

/// A folder of pages to look at, where one is asked for.
#[test]
fn gallery() {
    let Some(folder) = std::env::var_os("MEED_GALLERY") else { return };
    let folder = std::path::PathBuf::from(folder);
    fs::create_dir_all(folder.join("charts")).unwrap();
    for count in COUNTS {
        let mut body = String::new();
        for Sample { plot, .. } in samples(count) {
            let chart = drawn(plot);
            println!("{} {count}: {} bytes", chart.name, chart.svg.len());
            fs::write(folder.join("charts").join(format!("{count}-{}.svg", chart.name)), &chart.svg).unwrap();
            writeln!(body, "<figure><figcaption>{}</figcaption>{}</figure>", chart.name, chart.inline)
                .unwrap();
        }
        for (mode, condition) in [("light", "print and (width:0)"), ("dark", "screen")] {
            let styles = STYLES.replace("screen and (prefers-color-scheme:dark)", condition);
            let page = format!(
                "<!doctype html><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
                 <style>{styles}body{{margin:16px;font:16px sans-serif}}figure{{margin:0 0 16px;\
                 break-inside:avoid}}@media(min-width:800px){{body{{columns:2}}}}</style>{body}"
            );
            fs::write(folder.join(format!("{count}-{mode}.html")), page).unwrap();
        }
    }
}

/// Every kind, of few names and of many, in every form that the rules ask for.
#[test]
fn all_kinds_keep_the_rules() {
    let styles = format!("<style>\n{STYLES}</style>\n");
    for (count, Sample { plot, is_usual }) in
        COUNTS.into_iter().flat_map(|count| samples(count).map(move |sample| (count, sample)))
    {
        let chart = drawn(plot);
        let (name, svg) = (&chart.name, &chart.svg);
        let what = format!("{name} of {count}");
        let most = if is_usual { BYTES_USUAL } else { BYTES_MOST };
        assert!(svg.len() <= most, "{what}: {} bytes", svg.len());
        assert_eq!(chart.file, format!("charts/{name}.svg"));
        // The two forms differ in the styles only.
        assert_eq!(svg.replace(&styles, ""), chart.inline, "{what}");
        assert_eq!(chart.inline.len() + styles.len(), svg.len(), "{what}");
        for part in [
            " viewBox=\"0 0 480 ",
            " role=\"img\"",
            " class=\"chart\"",
            "<path class=\"paper\" d=\"M0 0h480v",
        ] {
            assert_eq!(chart.inline.matches(part).count(), 1, "{what}: {part}");
        }
        for line in chart.inline.lines() {
            assert!(line.matches('<').count() <= 4, "{what}: more than one mark on a line: {line}");
        }
        numbers_are_short(&chart.inline, &what);
        ids_are_prefixed(&chart, &what);
        nothing_is_active(svg, &what);
        let table = chart.table.unwrap();
        assert!(table.rows.len() <= 60 && table.total >= table.rows.len(), "{what}");
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{what}");
        assert!(table.id.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9' | '-')));
        let classes: BTreeSet<&str> = chart.legend.iter().map(|key| key.class.as_str()).collect();
        assert_eq!(classes.len(), chart.legend.len(), "{what}: two series of one colour");
        assert!(classes.len() <= 8, "{what}");
    }
}

/// The attributes of an element, in a text of elements: name and value.
fn attributes(svg: &str) -> impl Iterator<Item = (&str, &str)> {
    let tags = svg.split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    tags.flat_map(|tag| {
        let mut parts = tag.split('"');
        std::iter::from_fn(move || {
            let name = parts.next()?.trim().trim_end_matches('=');
            let name = name.rsplit(' ').next().unwrap_or(name);
            Some((name, parts.next()?))
        })
    })
}

/// Coordinates have one decimal at the most: nothing like 12.300000000000001 or 1e-7.
fn numbers_are_short(svg: &str, what: &str) {
    let mut seen = 0;
    for (name, value) in attributes(svg) {
        if !["d", "x", "y", "cx", "cy", "r", "viewBox", "width", "height", "transform"].contains(&name) {
            continue;
        }
        let is_number = |character: char| character.is_ascii_digit() || matches!(character, '.' | '-' | 'e');
        for number in value.split(|character| !is_number(character)).filter(|number| !number.is_empty()) {
            // Two numbers may stand together where a sign parts them.
            for number in number.split('-').filter(|number| !number.is_empty()) {
                if number == "e" {
                    continue; // of the word `rotate`
                }
                let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
                let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                let short = digits(whole) && whole.len() <= 4 && digits(tenth) && tenth.len() == 1;
                assert!(short, "{what}: {name}=\"{value}\"");
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{what}: no numbers were found");
}

/// Ids begin with the chart's name, and each is there once.
fn ids_are_prefixed(chart: &Chart, what: &str) {
    let ids: Vec<&str> =
        attributes(&chart.inline).filter(|(name, _)| *name == "id").map(|(_, id)| id).collect();
    assert!(ids.len() >= 2, "{what}: {ids:?}");
    assert!(ids.iter().all(|id| id.starts_with(&chart.name)), "{what}: {ids:?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{what}: {ids:?}");
}

/// No script, no style in an attribute, no address, no colour, and no character that hides.
fn nothing_is_active(svg: &str, what: &str) {
    for (name, value) in attributes(svg) {
        let known = [
            "xmlns",
            "class",
            "width",
            "height",
            "viewBox",
            "role",
            "aria-labelledby",
            "id",
            "d",
            "x",
            "y",
            "cx",
            "cy",
            "r",
            "transform",
        ];
        assert!(known.contains(&name), "{what}: an attribute {name}=\"{value}\"");
        assert!(name == "xmlns" || !value.contains("//"), "{what}: {name}=\"{value}\"");
    }
    let elements = svg.split('<').skip(1).filter(|tag| !tag.starts_with('/'));
    for element in elements.map(|tag| tag.split([' ', '>', '\n']).next().unwrap()) {
        let known = ["svg", "title", "desc", "style", "path", "circle", "text", "g"];
        assert!(known.contains(&element), "{what}: an element <{element}>");
    }
    let hides = |character: char| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    assert!(!svg.contains(hides), "{what}: a character that hides");
    assert!(!svg.contains("url(") && !svg.contains("@import"), "{what}: something is fetched");
}

/// Python's XML parser reads every file, and finds the names in it as they are.
#[test]
fn files_are_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    for count in COUNTS {
        for Sample { plot, .. } in samples(count) {
            let chart = drawn(plot);
            fs::write(folder.path().join(format!("{count}-{}.svg", chart.name)), chart.svg).unwrap();
        }
    }
    let program = "import sys, pathlib, xml.etree.ElementTree as tree\n\
        for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n\
        \x20   root = tree.fromstring(path.read_bytes())\n\
        \x20   print(path.name, root.tag, len(list(root.iter())))\n\
        \x20   if path.name == '40-flow.svg':\n\
        \x20       print(' '.join(root.itertext()))\n";
    let Ok(output) = Command::new("python3").arg("-c").arg(program).arg(folder.path()).output() else {
        skip("charts as another XML parser reads them: python3 is not here");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let files = text.lines().filter(|line| line.contains("{http://www.w3.org/2000/svg}svg")).count();
    assert_eq!(files, COUNTS.iter().map(|count| samples(*count).count()).sum::<usize>());
    for name in ["<script>alert(1)</script>", "$TEC$ & \"friends\"", "O'Hara"] {
        assert!(text.contains(name), "{name} is not in the chart of flows");
    }
}

/// The same bytes again, and from many threads at once: kuva counts what it draws, and no trace of
/// that may stay.
#[test]
fn the_same_bytes_each_time() {
    let all = || -> BTreeMap<String, String> {
        samples(5).map(|Sample { plot, .. }| drawn(plot)).map(|chart| (chart.name, chart.svg)).collect()
    };
    let first = all();
    assert_eq!(first, all());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(all)).collect();
        for thread in threads {
            assert_eq!(first, thread.join().unwrap());
        }
    });
}

/// Names stand whole in the hover texts, and short beside the marks.
#[test]
fn names_are_cut_and_kept() {
    let long = "A name that goes on and on and never ends";
    let chart = drawn(sample("bars", Data::Bars(vec![(long.to_owned(), samples::count(3.0))])));
    assert!(chart.inline.contains(&format!("<title>{long}: 3</title>")), "{}", chart.inline);
    assert!(!chart.inline.contains(&format!(">{long}</text>")));
    let label =
        chart.inline.lines().find(|line| line.contains("A name that") && line.contains("<text")).unwrap();
    let label = label.split(['>', '<']).nth(2).unwrap();
    assert!(label.ends_with('…') && (12..=22).contains(&label.chars().count()), "{label}");
    assert_eq!(chart.table.unwrap().rows, [[long, "3"]]);
}

/// A person who gives and receives is two names in a flow.
#[test]
fn givers_and_receivers_are_kept_apart() {
    let (both, other) = ("Alice Example".to_owned(), "Bob Example".to_owned());
    let links = vec![(0, 1, samples::count(2.0)), (1, 0, samples::count(3.0))];
    let names = vec![both, other];
    let chart = drawn(sample("flow", Data::Flow { from: names.clone(), to: names, links }));
    for told in ["Alice Example gives 2", "Alice Example receives 3", "Alice Example → Bob Example: 2"] {
        assert!(chart.inline.contains(&format!("<title>{told}</title>")), "{told}: {}", chart.inline);
    }
}

/// What is grouped is added up exactly, and said.
#[test]
fn the_rest_is_one_bar() {
    let bars =
        (0..45).map(|bar| (format!("Member {bar}"), Value { number: 0.1, text: "0.10 TEC".to_owned() }));
    let chart = drawn(sample("bars", Data::Bars(bars.collect())));
    assert!(chart.inline.contains("<title>15 others: 1.50 TEC</title>"), "{}", chart.inline);
    assert!(!chart.inline.contains("Member 30"));
    assert!(
        chart.description.ends_with("The other 15 are one bar. It is shortened."),
        "{}",
        chart.description
    );
    assert_eq!(chart.table.unwrap().rows.len(), 45);
    let bars = (0..100).map(|bar| (format!("Member {bar}"), samples::count(2.0)));
    let table = drawn(sample("bars", Data::Bars(bars.collect()))).table.unwrap();
    assert_eq!((table.rows.len(), table.total), (60, 100));
    assert_eq!(table.rows[59], ["41 others", "82"]);
}

/// Of eleven series seven are themselves, and the rest is `Other` with its own colour.
#[test]
fn the_rest_is_one_series() {
    let series: Vec<String> = (0..11).map(|series| format!("reward {series}")).collect();
    let parts = (0..11).map(|_| samples::count(2.0)).collect();
    let chart =
        drawn(sample("stacked", Data::Stacked { series, bars: vec![("Alice Example".to_owned(), parts)] }));
    assert_eq!(chart.legend.len(), 8);
    assert_eq!((chart.legend[7].name.as_str(), chart.legend[7].class.as_str()), ("Other", "other"));
    assert!(chart.inline.contains("<title>Alice Example, Other: 8</title>"), "{}", chart.inline);
}

fn band(low: f64, middle: f64, high: f64) -> Band {
    let [low, middle, high] = [low, middle, high].map(samples::count);
    Band { low, middle, high }
}

/// A band that varies has an area; one that does not is a line, and a column of the table instead of three.
#[test]
fn bands_have_areas_where_they_vary() {
    let wide = [Some((0.0, 1.0, 2.0)), None, Some((3.0, 5.0, 9.0)), Some((4.0, 6.0, 9.0))];
    let wide = wide.map(|at| at.map(|(low, middle, high)| band(low, middle, high))).to_vec();
    let flat = vec![Some(band(7.0, 7.0, 7.0)); 4];
    let bands = vec![("funds".to_owned(), wide), ("needed".to_owned(), flat)];
    let chart = drawn(sample("bands", Data::Bands { at: vec![0.0, 1.0, 2.0, 3.0], bands }));
    let areas: Vec<&str> = chart.inline.lines().filter(|line| line.contains("flow")).collect();
    assert!(matches!(areas.as_slice(), [one] if one.contains("flow k2 s0")), "{areas:?}");
    assert!(chart.inline.contains("<title>funds,  2: 5 (3 to 9)</title>"), "{}", chart.inline);
    assert!(chart.inline.contains("<title>needed,  2: 7</title>"), "{}", chart.inline);
    let table = chart.table.unwrap();
    let titles: Vec<&str> = table.columns.iter().map(|column| column.title.as_str()).collect();
    assert_eq!(titles, ["Place", "funds: 5 %", "funds: Median", "funds: 95 %", "needed"]);
    assert_eq!(table.rows[1], ["1", "", "", "", "7"]);
    assert_eq!(table.rows[2], ["2", "3", "5", "9", "7"]);
}

/// All panels have the same axes: what stands higher is larger, in whichever panel.
#[test]
fn panels_have_the_same_axes() {
    let panel = |name: &str, middle: f64| (name.to_owned(), vec![Some(band(middle, middle, middle)); 2]);
    let panels = (0..14).map(|index| panel(&format!("set {index}"), f64::from(index)));
    let chart = drawn(sample("panels", Data::Panels { at: vec![0.0, 10.0], panels: panels.collect() }));
    assert!(chart.description.ends_with("The first 12 of 14 are drawn."), "{}", chart.description);
    let line = |index: usize| {
        let told = format!("<title>set {index}: {index} at the end</title>");
        let mark = chart.inline.lines().find(|line| line.contains(&told)).unwrap();
        let data = mark.split("d=\"M").nth(1).unwrap();
        let mut numbers = data.split(['L', ' ', '"']).map(|number| number.parse::<f64>().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    };
    // Two beside each other, the smaller number lower; the next row is further down by what a row takes.
    let ((left, low), (right, high), (below, next)) = (line(0), line(1), line(2));
    assert!(left < right && low > high && (left - below).abs() < 0.05, "{:?}", (left, right, below));
    let (step, row) = (low - high, line(4).1 - next);
    assert!((next - (low - 2.0 * step) - (row + 2.0 * step)).abs() < 0.5, "{step} {row}");
    let titles: Vec<String> = chart.table.unwrap().columns.into_iter().map(|column| column.title).collect();
    assert_eq!((titles.len(), titles[12].as_str()), (13, "set 11"));
}

/// Areas lie on each other, and what is nothing has no name above the marks.
#[test]
fn areas_lie_on_each_other() {
    let area = |name: &str, values: [f64; 2]| (name.to_owned(), values.map(samples::count).to_vec());
    let areas = vec![area("active", [1.0, 2.0]), area("failed", [0.0, 0.0]), area("killed", [3.0, 4.0])];
    let lines = vec![("common funds".to_owned(), vec![Some(samples::count(5.0)), None])];
    let chart = drawn(sample("areas", Data::Areas { at: vec![0.0, 1.0], areas, lines }));
    let names: Vec<&str> = chart.legend.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["active", "killed", "common funds"]);
    let path = |name: &str| {
        let mark = chart.inline.lines().find(|line| line.contains(&format!("<title>{name}: "))).unwrap();
        mark.split('"').find(|part| part.starts_with('M')).unwrap().to_owned()
    };
    let corners = |name: &str| -> Vec<String> {
        path(name).trim_matches(['M', 'Z']).split('L').map(str::to_owned).collect()
    };
    // Forth above and back below: the area above begins where the lower one ends.
    let (lower, upper) = (corners("active"), corners("killed"));
    assert_eq!((&lower[0], &lower[1]), (&upper[3], &upper[2]));
    assert_eq!(chart.table.unwrap().rows, [["0", "1", "0", "3", "5"], ["1", "2", "0", "4", ""]]);
}

/// Nothing makes no chart, of whatever kind.
#[test]
fn nothing_is_not_drawn() {
    let none = [
        Data::Bars(Vec::new()),
        Data::Stacked { series: vec!["praise".to_owned()], bars: Vec::new() },
        Data::Stacked { series: Vec::new(), bars: vec![("Alice Example".to_owned(), Vec::new())] },
        Data::Histogram(Vec::new()),
        Data::Columns { series: vec!["new".to_owned()], columns: Vec::new() },
        Data::Groups { series: Vec::new(), columns: vec![("week 1".to_owned(), Vec::new())] },
        Data::Lines { labels: Vec::new(), lines: Vec::new() },
        Data::Lines { labels: vec!["week 1".to_owned()], lines: vec![("Gini".to_owned(), vec![None])] },
        Data::Bands { at: vec![0.0, 1.0], bands: vec![("funds".to_owned(), vec![None, None])] },
        Data::Panels { at: Vec::new(), panels: Vec::new() },
        Data::Areas {
            at: vec![0.0, 1.0],
            areas: vec![("active".to_owned(), vec![samples::count(0.0), samples::count(0.0)])],
            lines: Vec::new(),
        },
        Data::Scatter { points: Vec::new(), line: Some((1.0, 0.0)) },
        Data::Boxes(vec![("Alice Example".to_owned(), Vec::new())]),
        Data::HeatMap { rows: Vec::new(), columns: Vec::new(), cells: Vec::new(), range: (0.0, 1.0) },
        Data::Flow { from: vec!["a".to_owned()], to: vec!["b".to_owned()], links: Vec::new() },
        Data::Flow {
            from: vec!["a".to_owned()],
            to: vec!["b".to_owned()],
            links: vec![(0, 0, samples::count(0.0))],
        },
    ];
    for data in none {
        assert!(draw(sample("none", data.clone())).unwrap().is_none(), "{data:?}");
    }
}

/// Names of 200 letters that XML must spell with five, in every cell: the hover texts go, the chart
/// stays.
#[test]
fn names_cannot_make_a_chart_too_large() {
    let names: Vec<String> = (0..20).map(|_| "&".repeat(200)).collect();
    let cells = vec![vec![Some(samples::count(1.0)); 20]; 20];
    let chart = drawn(sample(
        "heat",
        Data::HeatMap { rows: names.clone(), columns: names, cells, range: (0.0, 1.0) },
    ));
    assert!(chart.svg.len() < BYTES_USUAL, "{} bytes", chart.svg.len());
}

/// Numbers as hostile inputs have them: none ends the program, and all that is drawn keeps the rules.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => -1000.0..1000.0_f64,
        1 => prop::sample::select(vec![0.0, -0.0, 1e-300, 5e-324, 1e-17, 1e15, 1e30, 1e300, -1e300, f64::MIN_POSITIVE]),
        1 => prop::num::f64::ANY,
    ]
}

/// Any kind of data with these numbers.
fn data_of(kind: usize, numbers: &[f64], names: &[String]) -> Data {
    let name = |index: usize| names[index % names.len()].clone();
    let value = |number: f64| Value { number, text: format!("{number}") };
    let pairs = || {
        numbers
            .chunks(2)
            .enumerate()
            .map(|(index, pair)| (name(index), pair.iter().copied().map(value).collect::<Vec<_>>()))
    };
    let even = || pairs().filter(|(_, parts)| parts.len() == 2).collect::<Vec<_>>();
    let series = || vec![name(1), name(2)];
    match kind {
        0 => Data::Bars(
            numbers.iter().enumerate().map(|(index, number)| (name(index), value(*number))).collect(),
        ),
        1 => Data::Stacked { series: series(), bars: even() },
        2 => Data::Columns { series: series(), columns: even() },
        3 => Data::Groups { series: series(), columns: even() },
        4 => Data::Histogram(numbers.windows(3).map(|three| (three[0], three[1], value(three[2]))).collect()),
        5 => {
            let lines = pairs().map(|(name, values)| (name, values.into_iter().map(Some).collect()));
            Data::Lines { labels: series(), lines: lines.collect() }
        }
        6 => {
            let points = numbers.windows(2).enumerate().map(|(index, pair)| (pair[0], pair[1], name(index)));
            Data::Scatter {
                points: points.collect(),
                line: numbers.first().map(|first| (*first, numbers[numbers.len() - 1])),
            }
        }
        7 => Data::Boxes(
            numbers.chunks(7).enumerate().map(|(index, values)| (name(index), values.to_vec())).collect(),
        ),
        8 => {
            let cells = numbers
                .chunks(2)
                .map(|row| row.iter().map(|number| Some(value(*number))).collect())
                .collect();
            let rows = (0..numbers.len().div_ceil(2)).map(name).collect();
            Data::HeatMap {
                rows,
                columns: series(),
                cells,
                range: (numbers.first().copied().unwrap_or(0.0), 1.0),
            }
        }
        9..=11 => {
            let band = |three: &[f64]| match three {
                [low, middle, high] => {
                    Some(Band { low: value(*low), middle: value(*middle), high: value(*high) })
                }
                _ => None,
            };
            let at: Vec<f64> = numbers.chunks(3).map(|three| three[0]).collect();
            let bands = vec![(name(0), numbers.chunks(3).map(band).collect()); 1 + numbers.len() % 14];
            match kind {
                9 => Data::Bands { at, bands },
                10 => Data::Panels { at, panels: bands },
                _ => {
                    let areas = numbers
                        .chunks(9)
                        .map(|values| (name(1), values.iter().copied().map(value).collect()));
                    let line = numbers.iter().map(|number| Some(value(*number))).collect();
                    Data::Areas { at, areas: areas.collect(), lines: vec![(name(2), line)] }
                }
            }
        }
        _ => {
            let from: Vec<String> = (0..5).map(name).collect();
            let links =
                numbers.iter().enumerate().map(|(index, number)| (index % 5, index % 3, value(*number)));
            Data::Flow { to: from.clone(), from, links: links.collect() }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any numbers, any names: an error that says what is wrong, nothing, or a chart that keeps the rules.
    #[test]
    fn any_data_is_drawn_or_refused(
        kind in 0..13_usize,
        values in prop::collection::vec(numbers(), 0..90),
        written in prop::collection::vec(".{0,40}", 1..9),
        logarithmic in any::<(bool, bool)>(),
    ) {
        let names: Vec<String> = written.into_iter().chain(hostile_names()).collect();
        let mut plot = sample("any", data_of(kind, &values, &names));
        plot.axes = Axes { x: names[0].clone(), y: names[names.len() - 1].clone(), x_log: logarithmic.0, y_log: logarithmic.1 };
        let finite = values.iter().all(|number| number.is_finite());
        match draw(plot) {
            Ok(Some(chart)) => {
                numbers_are_short(&chart.inline, "any");
                ids_are_prefixed(&chart, "any");
                nothing_is_active(&chart.svg, "any");
                prop_assert!(chart.svg.len() < BYTES_MOST);
            }
            Ok(None) => {}
            Err(error) => prop_assert!(!finite || values.iter().map(|number| number.abs()).sum::<f64>() > 1e300, "{error}"),
        }
    }
}
