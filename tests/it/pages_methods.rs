//! What pages show of fractal, airdrop, conviction, work, grain, weighted and sourcecred: every section
//! is there for whatever inputs, and the numbers that members read are those of the tables.
#![allow(clippy::float_arithmetic)] // statistics are compared

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use meed::calculate::Results;
use meed::files::{Content, Files};
use meed::methods::Method;
use meed::report::chart::Chart;
use meed::report::page::{Block, Page, Section, Table};
use serde_json::{Value, json};

use crate::support;
use crate::support::sandbox::Sandbox;

// ---- looking into a page

/// The section of the first allocation whose anchor ends so.
#[track_caller]
fn section<'a>(page: &'a Page, what: &str) -> &'a Section {
    let found = page.sections.iter().find(|section| section.id == format!("allocation-1-{what}"));
    found.unwrap_or_else(|| panic!("no section {what}: {:?}", ids(page)))
}

fn ids(page: &Page) -> Vec<&str> {
    page.sections.iter().map(|section| section.id.as_str()).collect()
}

/// The value of a fact of the first allocation.
#[track_caller]
fn fact<'a>(page: &'a Page, label: &str) -> &'a str {
    let facts = own_blocks(page).filter_map(|block| match block {
        Block::Facts { facts } => Some(facts),
        _ => None,
    });
    let found = facts.flatten().find(|fact| fact.label == label);
    found.map_or_else(|| panic!("no fact {label}"), |fact| fact.value.as_str())
}

/// The blocks of the sections of methods.
fn own_blocks(page: &Page) -> impl Iterator<Item = &Block> {
    page.sections
        .iter()
        .filter(|section| section.id.starts_with("allocation-"))
        .flat_map(|section| &section.blocks)
}

/// A table of the first allocation.
#[track_caller]
fn table<'a>(page: &'a Page, what: &str) -> &'a Table {
    let tables = own_blocks(page).filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    let id = format!("allocation-1-{what}");
    tables.into_iter().find(|table| table.id == id).unwrap_or_else(|| panic!("no table {what}"))
}

/// A chart by the end of its name.
fn chart<'a>(page: &'a Page, name: &str) -> Option<&'a Chart> {
    page.charts().find(|chart| chart.name == name)
}

/// All texts and list entries of the methods' sections.
fn told(page: &Page) -> String {
    let texts = own_blocks(page).flat_map(|block| match block {
        Block::Text { text } => vec![text.as_str()],
        Block::List { items } => items.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// What must hold of every page: anchors and charts are unique, rows as wide as their heads, nothing is
/// empty, no number is none.
#[track_caller]
fn check(page: &Page, case: &str) {
    let mut anchors = BTreeSet::new();
    let mut charts = BTreeSet::new();
    for section in page.sections.iter().filter(|section| section.id.starts_with("allocation-")) {
        assert!(anchors.insert(section.id.clone()), "{case}: {} twice", section.id);
        assert!(!section.blocks.is_empty(), "{case}: {} is empty", section.id);
        for block in &section.blocks {
            match block {
                Block::Table(table) => {
                    assert!(anchors.insert(table.id.clone()), "{case}: {} twice", table.id);
                    assert!(
                        table.rows.len() <= 2_000 && table.rows.len() <= table.total,
                        "{case}: {}",
                        table.id
                    );
                    let width = table.columns.len();
                    assert!(table.rows.iter().all(|row| row.len() == width), "{case}: {}", table.id);
                }
                Block::Chart(chart) => {
                    assert!(charts.insert(chart.name.clone()), "{case}: {} twice", chart.name);
                    assert!(!chart.description.is_empty(), "{case}: {}", chart.name);
                    assert!(chart.svg.len() < 41_000, "{case}: {} has {} bytes", chart.name, chart.svg.len());
                }
                _ => {}
            }
        }
    }
    let texts = told(page);
    for sign in ["NaN", "inf ", "-0.00", "{", "}", "None"] {
        assert!(!texts.contains(sign), "{case}: {sign} in {texts}");
    }
}

// ---- rounds

/// A round of one allocation over January 2026, 18 decimals, the ledger showing two.
fn calculated(method: &str, pool: Option<&str>, inputs: &[(&str, &str)], settings: &Value) -> Results {
    let names = inputs.iter().map(|(name, _)| ((*name).to_owned(), json!(format!("{name}.csv"))));
    let mut allocation = json!({"name": "part", "method": method,
        "inputs": names.collect::<serde_json::Map<_, _>>(), "settings": settings});
    if let Some(pool) = pool {
        allocation["pool"] = json!(pool);
    }
    round_of(&allocation, inputs)
}

fn round_of(allocation: &Value, inputs: &[(&str, &str)]) -> Results {
    let round = json!({"format": 1, "period": {"start": "2026-01-01", "end": "2026-01-31"},
        "allocations": [allocation]});
    let mut files = Files::default();
    let mut insert = |path: &str, text: &str| {
        files.insert(path.to_owned(), Content::File(text.as_bytes().to_vec()));
    };
    let ledger =
        support::ledger_json("TOK", 18, "{}").replace("\"display_decimals\": 0", "\"display_decimals\": 2");
    insert("ledger.json", &ledger);
    insert("rounds/r/round.json", &round.to_string());
    for (name, text) in inputs {
        insert(&format!("rounds/r/{name}.csv"), text);
    }
    support::results_of(&files, "r").unwrap_or_else(|problems| panic!("{problems}"))
}

/// A table of the results.
fn rows_of(results: &Results, name: &str) -> Vec<Vec<String>> {
    let bytes = &results.files[&format!("report/tables/{name}.csv")];
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The sections that each method has whenever it has inputs.
fn expected_sections(method: Method) -> &'static [&'static str] {
    match method {
        Method::PraiseV1 => &[],
        Method::FractalV1 => &["rule", "members", "attendance", "respect", "teams", "ranks"],
        Method::AirdropV1 => &["rule", "eligibility", "rewards"],
        Method::ConvictionV1 => &["rule", "proposals", "fund"],
        Method::WorkV1 => &["rule", "treasury", "contributions"],
        Method::GrainV1 => &["rule", "accounts", "balance"],
        Method::WeightedV1 => &["rule", "weights", "limits"],
        Method::SourcecredV1 => &["rule", "amounts"],
    }
}

/// Rounds whose tables are empty, so that only the rule is left of the sections.
const EMPTY: [&str; 3] = ["filtered-away", "nobody-active", "nothing-to-go-by"];

// ---- every method, whatever the inputs

#[test]
fn every_section_is_there_for_all_vectors() {
    let mut pages = 0;
    for method in Method::ALL.into_iter().filter(|method| *method != Method::PraiseV1) {
        let folder = support::package().join("tests/vectors").join(method.id());
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let case = path.file_name().unwrap().to_str().unwrap().to_owned();
            for results in rounds_of(&path, &case) {
                check(&results.page, &case);
                sections_are_there(&results, method, &case);
                pages += 1;
            }
        }
    }
    assert!(pages > 60, "{pages}");
}

/// The rounds of a case, each behind the others.
fn rounds_of(folder: &Path, case: &str) -> Vec<Results> {
    let token = fs::read_to_string(folder.join("token.json")).unwrap_or_else(|_| "{}".to_owned());
    let token: Value = serde_json::from_str(&token).unwrap();
    let decimals = token["decimals"].as_u64().and_then(|it| u8::try_from(it).ok()).unwrap_or(18);
    let ledger = support::ledger_json(token["symbol"].as_str().unwrap_or("TOK"), decimals, "{}");
    if !folder.join("1").is_dir() {
        let files = support::round_files(folder, case, &ledger);
        return support::results_of(&files, case).into_iter().collect();
    }
    let mut all: Vec<Results> = Vec::new();
    for number in 1.. {
        let round = folder.join(number.to_string());
        if !round.is_dir() {
            break;
        }
        let id = format!("{case}-{number}");
        let files = support::round_files(&round, &id, &ledger);
        let before: Vec<&Results> = all.iter().collect();
        let results =
            support::results_after(&files, &id, &before).unwrap_or_else(|it| panic!("{case}: {it}"));
        all.push(results);
    }
    all
}

/// The sections of the allocations of a method are there, and what is divided is told in them.
fn sections_are_there(results: &Results, method: Method, case: &str) {
    let page = &results.page;
    for (index, statistics) in results.statistics.iter().enumerate() {
        if statistics.method != method.id() {
            continue;
        }
        let ids = ids(page);
        for what in expected_sections(method) {
            let id = format!("allocation-{}-{what}", index + 1);
            let is_there = ids.contains(&id.as_str());
            assert!(is_there || EMPTY.contains(&case) && *what != "rule", "{case}: no {id} in {ids:?}");
        }
    }
}

// ---- fractal

const RANKS: &str = "MemberID,Name,MeetingID,Group,Rank,TeamID,TeamName\n";

#[test]
fn the_genesis_page_shows_the_published_figures() {
    let Some(folder) = support::conformance("the pages of the Genesis fractal") else { return };
    let ranks = fs::read_to_string(folder.join("fractal/genesis-weekly_rank.csv")).unwrap();
    let expected: Value =
        serde_json::from_slice(&fs::read(folder.join("fractal/expected-offset-2.json")).unwrap()).unwrap();
    let settings = json!({"meetings": "all", "tokens_per_respect": "1", "respect_offset": 2,
        "first_meeting": "2022-02-26", "interval_days": 7, "skipped_weeks": [7]});
    let results = calculated("fractal-v1", None, &[("ranks", &ranks)], &settings);
    let page = &results.page;
    check(page, "genesis");
    let shown = [
        ("Respect from all sources", "4494"),
        ("Respect of members", "3627"),
        ("Respect of teams", "867"),
        ("different members", "99"),
        ("meetings", "12"),
        ("correlation of attendance and mean rank", "0.671"),
    ];
    for (label, value) in shown {
        assert_eq!(fact(page, label), value, "{label}");
    }
    let pair = |key: &str| {
        let part = |index: usize| expected[key][index].as_f64().unwrap();
        format!("{:.2} ± {:.2}", part(0), part(1))
    };
    for (label, key) in [
        ("members at a meeting (mean ± standard deviation)", "attendance_stats"),
        ("meetings of a member (mean ± standard deviation)", "attendance_consistency_stats"),
        ("team representation (mean ± standard deviation)", "team_representation_stats"),
    ] {
        assert_eq!(fact(page, label), pair(key), "{label}");
    }
    assert!(told(page).contains("The correlation is 0.671"), "{}", told(page));
    same_board(table(page, "member-board"), &expected["member_leader_board"], "AccumulatedRespect");
    same_board(table(page, "team-board"), &expected["team_leader_board"], "AccumulatedRespect");
    let meetings = table(page, "meetings");
    let published = expected["attendance_new_and_returning"].as_array().unwrap();
    assert_eq!(meetings.rows.len(), published.len());
    for (row, meeting) in meetings.rows.iter().zip(published) {
        assert_eq!(row[2], meeting["NewMemberCount"].to_string());
        assert_eq!(row[3], meeting["ReturningMemberCount"].to_string());
    }
    for name in [
        "member-respect",
        "attendance",
        "attendance-consistency",
        "respect",
        "accumulated-respect",
        "team-respect",
        "team-representation",
        "rank-by-attendance",
    ] {
        assert!(chart(page, &format!("part.{name}")).is_some(), "{name}");
    }
}

/// The second column of a board has the published figures in their order.
#[track_caller]
fn same_board(board: &Table, published: &Value, key: &str) {
    let ours: Vec<&str> = board.rows.iter().map(|row| row[1].as_str()).collect();
    let theirs: Vec<String> = published.as_array().unwrap().iter().map(|row| row[key].to_string()).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn one_meeting_without_teams_has_a_page() {
    let ranks = format!("{RANKS}heron,Heron,1,1,2,,\nwren,,1,1,1,,\n");
    let settings = json!({"meetings": "all", "tokens_per_respect": "1"});
    let results = calculated("fractal-v1", None, &[("ranks", &ranks)], &settings);
    let page = &results.page;
    check(page, "one meeting");
    assert_eq!(fact(page, "correlation of attendance and mean rank"), "none");
    assert!(told(page).contains("No row of the table of ranks names a team."));
    assert!(told(page).contains("Ranks 1 to 6 earn 2, 3, 5, 8, 13 and 21 Respect"), "{}", told(page));
    assert_eq!(table(page, "member-board").rows[0][..4], ["Heron", "3", "2", "1"]);
}

#[test]
fn hostile_names_are_shown_as_text() {
    let name = "<b>\u{202e}=1+1\u{7}</b>";
    let ranks = format!("{RANKS}{name},{name},1,1,2,7,{name}\nwren,,1,1,1,,\n");
    let settings = json!({"meetings": "all", "tokens_per_respect": "1"});
    let results = calculated("fractal-v1", None, &[("ranks", &ranks)], &settings);
    let shown = &table(&results.page, "member-board").rows[0][0];
    assert_eq!(shown, "<b>\u{fffd}=1+1\u{fffd}</b>");
    assert_eq!(&table(&results.page, "team-board").rows[0][0], shown);
    for chart in results.page.charts() {
        let bare =
            |text: &str| !text.contains("<b>") && !text.contains('\u{202e}') && !text.contains('\u{7}');
        assert!(bare(&chart.svg) && bare(&chart.inline), "{}", chart.name);
    }
}

// ---- airdrop

#[test]
fn an_airdrops_figures_are_those_of_its_distribution() {
    let address = |number: usize| format!("0x71de{number:036x}");
    let rows = |times: usize| -> String {
        let lines = (1..=700).map(|number| format!("{},{}\n", address(number), number * number * times));
        format!("HolderAddress,Balance\n{}", lines.collect::<String>())
    };
    let (first, second) = (rows(2), rows(1));
    let allocation = json!({"name": "part", "method": "airdrop-v1", "pool": "1000",
        "inputs": {"snapshots": {"holders": ["first.csv", "second.csv"]}},
        "settings": {"threshold": "100", "balance_decimals": 2, "pools": [
            {"reward": "holder", "amount": "1000", "categories": ["holders"], "weight": "balance"}]}});
    let results = round_of(&allocation, &[("first", &first), ("second", &second)]);
    let page = &results.page;
    check(page, "airdrop");
    // Whose square is 100 or more: 10 to 700.
    assert_eq!(fact(page, "eligible addresses"), "691");
    assert_eq!(fact(page, "they got"), "1000.00 TOK");
    assert_eq!(
        table(page, "snapshots").rows,
        [["holders", "first.csv", "700", "693", "693"], ["holders", "second.csv", "700", "691", "691"]]
    );
    let figures = &results.statistics[0].statistics["rewards"][0];
    let bins = figures["histogram"].as_array().unwrap();
    let counts: u64 = bins.iter().map(|bin| bin[2].as_u64().unwrap()).sum();
    assert_eq!(counts, 691);
    let distribution = String::from_utf8(results.files["distribution.csv"].clone()).unwrap();
    let rewards: Vec<(String, String)> = distribution
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            (fields[1].to_owned(), (*fields.last().unwrap()).to_owned())
        })
        .collect();
    let extremes = |what: &str| -> Vec<(String, String)> {
        let rows = figures[what].as_array().unwrap().iter();
        rows.map(|row| (row[0].as_str().unwrap().to_owned(), row[2].as_str().unwrap().to_owned())).collect()
    };
    assert_eq!(extremes("largest"), rewards[..10]);
    let smallest: Vec<_> = rewards.iter().rev().take(10).cloned().collect();
    assert_eq!(extremes("smallest"), smallest);
    // Every reward lies in a bin that is there, by floats of the text.
    for (_, reward) in &rewards {
        let reward: f64 = reward.parse().unwrap();
        let bound = |bin: &Value, index: usize| bin[index].as_str().unwrap().parse::<f64>().unwrap();
        assert!(bins.iter().any(|bin| bound(bin, 0) <= reward && reward <= bound(bin, 1)), "{reward}");
    }
    let sample = figures["sample"].as_array().unwrap();
    assert!(sample.len() <= 300 && sample.len() > 200, "{}", sample.len());
    for name in ["eligible-holders", "rewards-holders", "balances-holders"] {
        assert!(chart(page, &format!("part.{name}")).is_some(), "{name}");
    }
}

// ---- conviction

#[test]
fn one_proposal_is_followed_to_its_grant() {
    let proposals = "proposal,title,beneficiary,address,requested,step\nbench,A bench,Mira,,100,1\n";
    let stakes = "step,participant,proposal,amount\n1,ada,bench,3000\n";
    let settings = json!({"alpha": "0.5", "beta": "0.2", "rho": "0.0025", "supply": "10000", "steps": 5,
        "min_age": 0});
    let inputs = [("proposals", proposals), ("stakes", stakes)];
    let results = calculated("conviction-v1", Some("1000"), &inputs, &settings);
    let page = &results.page;
    check(page, "one proposal");
    // The worked example of the method: 3000, 4500, 5250; funded in the check of step 4.
    let grants = table(page, "grants");
    assert_eq!(grants.rows, [["4", "bench", "100.00", "5250.00", "5000.00", "900.00"]]);
    assert_eq!(table(page, "proposals-table").rows[0][..4], ["A bench", "Mira", "funded", "100.00"]);
    assert_eq!(table(page, "proposals-table").rows[0][7], "105.0");
    assert_eq!(fact(page, "left in the fund"), "900.00 TOK");
    for name in ["proposal-1", "share-of-threshold", "funds", "statuses"] {
        assert!(chart(page, &format!("part.{name}")).is_some(), "{name}");
    }
    assert!(told(page).contains("After each step 50 % of the conviction is left (alpha)"), "{}", told(page));
}

#[test]
fn many_steps_and_proposals_give_small_charts() {
    let title = "A very long title ".repeat(5_000);
    let rows = (1..=12).map(|number| format!("p{number},{title},Mira,,{number}0,1\n"));
    let proposals =
        format!("proposal,title,beneficiary,address,requested,step\n{}", rows.collect::<String>());
    let rows = (1..=12).map(|number| format!("{number},ada,p{number},{}\n", number * 3));
    let stakes = format!("step,participant,proposal,amount\n{}", rows.collect::<String>());
    let settings = json!({"alpha": "0.999", "beta": "0.2", "rho": "1", "supply": "100000", "steps": 1000});
    let inputs = [("proposals", proposals.as_str()), ("stakes", stakes.as_str())];
    let results = calculated("conviction-v1", Some("1000"), &inputs, &settings);
    let page = &results.page;
    check(page, "many steps");
    assert_eq!(table(page, "proposals-table").rows.len(), 12);
    assert!(told(page).contains("Charts show 6 of 12 proposals"), "{}", told(page));
    assert!(results.files["report/report.md"].len() < 200_000);
}

// ---- work

#[test]
fn the_treasury_is_followed_through_earlier_rounds() {
    let sandbox = Sandbox::ledger();
    for month in ["01", "02"] {
        let round = json!({"format": 1, "period": {"start": format!("2026-{month}-01"), "end": format!("2026-{month}-28")},
            "allocations": [{"name": "work", "method": "work-v1", "inputs": {"contributions": "done.csv"},
                "settings": {"weeks": 4}}]});
        sandbox.write(&format!("rounds/2026-{month}/round.json"), round.to_string());
        let rows = "contributor,address,week,impact\nAda,,1,8\nAda,,2,4\nBea,,2,9.5\n";
        sandbox.write(&format!("rounds/2026-{month}/done.csv"), rows);
        sandbox.commit("Inputs");
        let _ = sandbox.close(&[]).ok();
    }
    let table = sandbox.read("rounds/2026-02/results/report/tables/contributions_by_week.csv");
    assert_eq!(
        table,
        "contributor,address,week,contributions,impact,owed\nAda,,1,1,8,8\nAda,,2,1,4,4\nBea,,2,1,9.5,9.5\n"
    );
    // The chart's labels are the rounds, the earlier one from its committed table.
    let drawn = sandbox.read("rounds/2026-02/results/report/charts/work.treasury.svg");
    assert!(drawn.contains("2026-01") && drawn.contains("2026-02"), "{drawn}");
    let before = sandbox.read("rounds/2026-01/results/report/charts/work.treasury.svg");
    assert!(!before.contains("2026-02"));
    let failing = sandbox.failing(&[]);
    assert!(failing.is_empty(), "{failing:?}");
}

// ---- grain

#[test]
fn policies_and_parts_are_those_of_the_table() {
    let cred = "name,interval,cred\nAda,1,30\nBea,1,10\n";
    let accounts = "name,address,active\nAda,,true\nBea,,true\nCyd,,false\n";
    let settings = json!({"policies": [
        {"policy": "immediate", "budget": "40", "lookback": 1},
        {"policy": "special", "budget": "10", "recipient": "Bea", "memo": "for <b>cleaning</b>"}]});
    let inputs = [("cred", cred), ("accounts", accounts)];
    let results = calculated("grain-v1", Some("50"), &inputs, &settings);
    let page = &results.page;
    check(page, "grain");
    assert_eq!(
        table(page, "accounts-table").rows[0],
        ["Ada", "yes", "30.00", "30.00", "30.00", "0.00", "30.00"]
    );
    assert_eq!(
        table(page, "balance-table").rows,
        [["Ada", "75.00", "60.00", "-15.00"], ["Bea", "25.00", "40.00", "15.00"]]
    );
    assert_eq!(
        table(page, "policies").rows[1],
        ["special", "special", "10.00", "10.00", "1", "for <b>cleaning</b>"]
    );
    assert_eq!(rows_of(&results, "grain").len(), 4);
    for name in ["grain", "cred", "earned-and-deserved"] {
        assert!(chart(page, &format!("part.{name}")).is_some(), "{name}");
    }
}

// ---- weighted

#[test]
fn caps_are_told_and_listed() {
    let people: String = (1..=20).map(|number| format!("Member {number},40\n")).collect();
    let table_text = format!(
        "recipient,votes,kind\nLantern,900,a\nWeir,300,a\nGone,5,b\n{}",
        people.replace('\n', ",a\n")
    );
    let settings = json!({"weights": [{"column": "votes"}], "cap": {"share": "0.05"},
        "filters": [{"column": "kind", "in": ["a"]}]});
    let results = calculated("weighted-v1", Some("100000"), &[("table", &table_text)], &settings);
    let page = &results.page;
    check(page, "weighted");
    let texts = told(page);
    for part in [
        "Only rows count whose kind is a: 22 of 23 that were looked at.",
        "The weight is votes.",
        "Nobody gets more than 5 % of the pool (5000.00 TOK).",
    ] {
        assert!(texts.contains(part), "{part}: {texts}");
    }
    assert_eq!(fact(page, "recipients at the cap"), "2");
    let limited: Vec<&str> = table(page, "limited").rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(limited, ["Lantern", "Weir"]);
    assert_eq!(table(page, "weights-table").rows.len(), 22);
    assert_eq!(section(page, "weights").title, "Who weighs what", "alone with its method, it needs no name");
    let drawn = chart(page, "part.weights").unwrap();
    assert!(drawn.description.contains("the largest weight is 45.00 % of all"), "{}", drawn.description);
}

#[test]
fn weights_of_zero_have_a_page() {
    let settings = json!({"weights": [{"column": "votes"}]});
    let results =
        calculated("weighted-v1", Some("10"), &[("table", "recipient,votes\nAda,0\nBea,0\n")], &settings);
    check(&results.page, "zero weights");
    assert_eq!(fact(&results.page, "not divided"), "10.00 TOK");
    assert!(chart(&results.page, "part.weights").is_none());
}

// ---- sourcecred

#[test]
fn amounts_as_given_are_told() {
    let file = "name,address,vested_amount\nAda,,6\nBea,,3\nCyd,,0\n";
    let settings = json!({"amounts": "as-given"});
    let results = calculated("sourcecred-v1", Some("10"), &[("sourcecred", file)], &settings);
    let page = &results.page;
    check(page, "sourcecred");
    assert!(told(page).contains("The amounts of the file are paid as they stand."));
    assert_eq!(
        table(page, "amounts-table").rows,
        [["Ada", "6.00", "6.00"], ["Bea", "3.00", "3.00"], ["Cyd", "0.00", "0.00"]]
    );
    let settings = json!({"amounts": "as-given", "over_pool": "record"});
    let results = calculated("sourcecred-v1", Some("8"), &[("sourcecred", file)], &settings);
    let texts = told(&results.page);
    assert!(texts.contains("The amounts of the file sum to 9.00 TOK, more than the 8.00 TOK"), "{texts}");
}
