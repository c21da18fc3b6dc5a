//! What every page shows: figures that agree with the record, comparison and trends with the rounds
//! before, the forum post, many recipients and none; and that the pages' bytes are frozen.

mod frozen;
mod published;

use std::fmt::Write as _;

use meed::calculate::Results;
use meed::files::{Content, Files};
use meed::report::page::{Block, Section, Table};
use meed::tables;

use crate::support::sandbox::{Sandbox, praise_csv, round_json};
use crate::support::{ledger_json, results_after, results_of, round_files};

/// The files of a weighted round: `round.json` and a table of recipient, address, account, points.
fn weighted(files: &mut Files, id: &str, month: &str, rows: &str) {
    let round = format!(
        r#"{{"format": 1, "period": {{"start": "2026-{month}-01", "end": "2026-{month}-28"}}, "allocations": [
  {{"name": "pool", "method": "weighted-v1", "pool": "1000", "inputs": {{"table": "table.csv"}},
    "settings": {{"weights": [{{"column": "points"}}], "account": "handle", "rows": "add"}}}}]}}"#
    );
    files.insert(format!("rounds/{id}/round.json"), Content::File(round.into_bytes()));
    let table = format!("recipient,address,handle,points\n{rows}");
    files.insert(format!("rounds/{id}/table.csv"), Content::File(table.into_bytes()));
}

/// A ledger with two shown decimals and nothing else.
fn ledger() -> Files {
    let mut files = Files::default();
    let text = ledger_json("TOK", 18, "{}").replace("\"display_decimals\": 0", "\"display_decimals\": 2");
    files.insert("ledger.json".to_owned(), Content::File(text.into_bytes()));
    files
}

/// The results of one weighted round.
fn weighted_results(rows: &str) -> Results {
    let mut files = ledger();
    weighted(&mut files, "2026-01", "01", rows);
    results_of(&files, "2026-01").unwrap_or_else(|problems| panic!("{problems}"))
}

fn address(digit: usize) -> String {
    format!("0x{digit:040x}")
}

fn text_of<'a>(results: &'a Results, name: &str) -> &'a str {
    std::str::from_utf8(&results.files[&format!("report/{name}")]).unwrap()
}

fn section<'a>(results: &'a Results, id: &str) -> &'a Section {
    let sections: Vec<&Section> = results.page.sections.iter().filter(|section| section.id == id).collect();
    assert_eq!(sections.len(), 1, "section {id}");
    sections[0]
}

/// All texts, list items and facts of a section, one a line.
fn words(results: &Results, id: &str) -> String {
    let mut words = String::new();
    for block in &section(results, id).blocks {
        match block {
            Block::Text { text } | Block::Code { text } | Block::Heading { text } => {
                writeln!(words, "{text}").unwrap();
            }
            Block::List { items } => {
                for item in items {
                    writeln!(words, "{item}").unwrap();
                }
            }
            Block::Facts { facts } => {
                for fact in facts {
                    writeln!(words, "{}: {}", fact.label, fact.value).unwrap();
                }
            }
            Block::Link { text, target } => writeln!(words, "{text} -> {target}").unwrap(),
            Block::Table(_) | Block::Chart(_) => {}
        }
    }
    words
}

fn table<'a>(results: &'a Results, section_id: &str, id: &str) -> &'a Table {
    let mut tables = section(results, section_id).blocks.iter().filter_map(|block| match block {
        Block::Table(table) if table.id == id => Some(table),
        _ => None,
    });
    tables.next().unwrap_or_else(|| panic!("no table {id} in {section_id}"))
}

/// The one row of report/tables/round.csv: the cell of a column.
fn round_cell(results: &Results, column: &str) -> String {
    let bytes = &results.files["report/tables/round.csv"];
    let table = tables::Table::read("round.csv", bytes, &[column]).unwrap();
    assert_eq!(table.len(), 1);
    table.rows().next().unwrap().field(column).to_owned()
}

#[test]
fn the_headline_agrees_with_the_statement() {
    let results = weighted_results(&format!("Ada,{},,3\nBea,,bea-1,1\nCid,{},,0\n", address(1), address(3)));
    let headline = words(&results, "headline");
    for expected in [
        "Period: 1 January 2026 to 28 January 2026 (28 days, both days included)",
        "Pool (what was to be divided): 1000.00 TOK",
        "Paid (goes to addresses now): 750.00 TOK",
        "Held (waits for people without an address): 250.00 TOK",
        "Recipients: 3, 1 of them paid now, 1 waits for an address, 1 with an amount of zero",
        "  pool        1000\n+ carried in     0\n+ brought in     0\n= paid         750\n+ held         250\n",
    ] {
        assert!(headline.contains(expected), "{expected}\nin\n{headline}");
    }
    assert!(!headline.contains("Carried in"), "what is zero and rare is left out: {headline}");
    let allocations = table(&results, "allocations", "allocations-table");
    let titles: Vec<&str> = allocations.columns.iter().map(|column| column.title.as_str()).collect();
    assert_eq!(titles, ["allocation", "method", "pool", "paid", "held", "unallocated"]);
    assert_eq!(allocations.rows[0], ["pool", "weighted-v1", "1000.00", "750.00", "250.00", "0.00"]);
    assert_eq!(allocations.rows.last().unwrap()[..3], ["all", "", "1000.00"]);
    let distribution = table(&results, "distribution", "distribution-table");
    assert_eq!(distribution.rows[1], ["Bea", "250.00", "250.00", "held: no address yet"]);
    assert_eq!(distribution.rows[0], ["Ada", "750.00", "750.00", "0x000000...0001"]);
}

/// The digests are those that `sha256sum -c` accepts in the ledger that was closed, and no page names the
/// statement's digest.
#[test]
fn digests_on_the_page_are_right() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let ledger = sandbox.read("ledger.json");
    let results = results_of(&round_files(&sandbox.at("rounds/2026-01"), "2026-01", &ledger), "2026-01");
    let results = results.unwrap_or_else(|problems| panic!("{problems}"));
    let _ = sandbox.close(&[]).ok();
    let words = words(&results, "check");
    let digests = results_digests(&words);
    assert_eq!(digests.len(), 1 + results.statement.predicate.inputs.len(), "{words}");
    sandbox.write("../digests", digests.join("\n") + "\n");
    let checked = sandbox.command("sha256sum").args(["-c", "../digests"]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    assert!(words.contains("meed verify 2026-01"), "{words}");
    let own = results.statement_sha256();
    let is_named = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains(&own);
    assert!(!results.files.values().any(is_named));
    let committed = sandbox.read("rounds/2026-01/results/report/forum-post.md");
    assert_eq!(committed, text_of(&results, "forum-post.md"));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// The lines of a page that are digests with their paths.
fn results_digests(page: &str) -> Vec<String> {
    let is_digest = |line: &&str| {
        line.split_once("  ").is_some_and(|(digest, _)| {
            digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    page.lines().filter(is_digest).map(str::to_owned).collect()
}

#[test]
fn rounds_are_compared_and_add_up_to_trends() {
    let mut files = ledger();
    weighted(
        &mut files,
        "2026-01",
        "01",
        &format!("Ada,{},,6\nBea,{},,2\nCid,,cid-1,2\n", address(1), address(2)),
    );
    weighted(
        &mut files,
        "2026-02",
        "02",
        &format!("Ada,{},,1\nCid,{},cid-1,4\nDot,{},,5\n", address(1), address(3), address(4)),
    );
    weighted(&mut files, "2026-03", "03", &format!("Ada,{},,5\nDot,{},,5\n", address(1), address(4)));
    let results = |id: &str, before: &[&Results]| {
        results_after(&files, id, before).unwrap_or_else(|problems| panic!("{id}: {problems}"))
    };
    let first = results("2026-01", &[]);
    assert!(words(&first, "comparison").contains("first round"));
    assert!(words(&first, "trends").contains("From the second round on"));
    assert_eq!(
        (round_cell(&first, "recipients_new"), round_cell(&first, "gini")),
        (String::new(), "0.266667".into())
    );

    // Cid waited as `id:cid-1` and has an address now: neither new nor gone.
    let second = results("2026-02", &[&first]);
    let compared = words(&second, "comparison");
    for expected in
        ["2 recipients were in both rounds.", "New (1): Dot.", "Not in this round any more (1): Bea."]
    {
        assert!(compared.contains(expected), "{expected}\nin\n{compared}");
    }
    assert_eq!(
        (round_cell(&second, "recipients_new"), round_cell(&second, "recipients_left")),
        ("1".into(), "1".into())
    );
    let changes = &table(&second, "comparison", "changes-table").rows;
    assert_eq!(changes[0], ["Ada", "100.00", "600.00", "-500.00"]);
    // 400 of this round and the 200 that were held.
    assert_eq!(changes[1], ["Cid", "600.00", "200.00", "+400.00"]);
    let figures = &table(&second, "comparison", "comparison-table").rows;
    assert_eq!(figures[1], ["Paid (TOK)", "1200.00", "800.00", "+400.00"]);
    assert_eq!(figures[4], ["Recipients", "3", "3", "0"]);
    let held = words(&second, "held");
    assert!(
        held.contains("Of that 200.00 TOK are paid now") && held.contains("Now 0.00 TOK are held"),
        "{held}"
    );

    let third = results("2026-03", &[&first, &second]);
    let trends = table(&third, "trends", "trends-table");
    let rounds: Vec<[&str; 6]> =
        trends.rows.iter().map(|row| [0, 4, 5, 6, 7, 9].map(|column: usize| row[column].as_str())).collect();
    assert_eq!(
        rounds,
        [
            ["2026-03", "1000.00", "2", "0", "1", "2"],
            ["2026-02", "1200.00", "3", "1", "1", "2"],
            ["2026-01", "800.00", "3", "", "", "1"],
        ]
    );
    assert_eq!(table(&third, "trends", "spans-table").rows[0], ["Recipients", "3", "2", "2.7", "3"]);
    assert!(third.files.contains_key("report/charts/trend-gini.svg"));
    assert!(words(&third, "comparison").contains("New: nobody."));

    // A round without figures was measured over nothing: it hides no concentration of the others.
    let mut bare = first.clone();
    bare.files.remove("report/tables/round.csv");
    let third = results("2026-03", &[&bare, &second]);
    let spans = &table(&third, "trends", "spans-table").rows;
    assert_eq!(spans.last().unwrap()[..], ["Nakamoto coefficient", "2", "2", "2.0", "2"]);
    assert!(third.files.contains_key("report/charts/trend-gini.svg"));
}

/// What earlier rounds committed is read, whatever is wrong with it: a page never stops a round.
#[test]
fn damaged_tables_of_earlier_rounds_stop_nothing() {
    let mut files = ledger();
    for month in ["01", "02"] {
        weighted(&mut files, &format!("2026-{month}"), month, &format!("Ada,{},,6\n", address(1)));
    }
    let first = results_of(&files, "2026-01").unwrap();
    let good = String::from_utf8(first.files["report/tables/round.csv"].clone()).unwrap();
    for bad in [
        String::new(),
        "round\n".to_owned(),
        good.lines().next().unwrap().to_owned() + "\n",
        good.replace("1000", "1e400").replace("0.000000", "NaN"),
        good.replace("1000", "-1000").replace("0.000000", "inf"),
        good.replace("0.000000", "1e300"),
        good.replace(",1,1,", &format!(",{0},{0},", u64::MAX)),
        good.replace("2026-01,", &format!("{},", "<b>\u{202e}".repeat(10_000))),
        "\u{0}".to_owned(),
    ] {
        let mut damaged = first.clone();
        damaged.files.insert("report/tables/round.csv".to_owned(), bad.into_bytes());
        let second =
            results_after(&files, "2026-02", &[&damaged]).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(!text_of(&second, "report.md").contains('\u{202e}'));
        assert!(text_of(&second, "report.md").len() < 100_000);
    }
}

#[test]
fn nobody_one_and_thousands() {
    let none = weighted_results("");
    assert!(words(&none, "distribution").contains("Nobody gets anything"));
    assert!(
        none.page.sections.iter().all(|section| section.id != "concentration" && section.id != "rewards")
    );
    assert_eq!((round_cell(&none, "gini"), round_cell(&none, "recipients")), (String::new(), "0".into()));
    assert!(text_of(&none, "forum-post.md").contains("Nobody gets anything in this round."));

    let one = weighted_results(&format!("Ada,{},,1\n", address(1)));
    assert!(words(&one, "concentration").contains("one recipient, who gets all"));
    assert_eq!((round_cell(&one, "gini"), round_cell(&one, "nakamoto")), ("0.000000".into(), "1".into()));

    let rows: String =
        (1..=2_500).map(|person| format!("Person {person},{},,{person}\n", address(person))).collect();
    let many = weighted_results(&rows);
    let listed = table(&many, "distribution", "distribution-table");
    assert_eq!((listed.rows.len(), listed.total), (2_000, 2_500));
    assert!(words(&many, "distribution").contains("The first 2000 of 2500"));
    let post = text_of(&many, "forum-post.md");
    // A post must fit where posts are limited; the rest is counted.
    let shown = post.lines().filter(|line| line.starts_with("| Person")).count();
    let rest = format!("{} more recipients stand in the exact table", 2_500 - shown);
    assert!(
        shown > 1_000 && post.contains(&rest) && post.len() < 32_000,
        "{rest}: {}",
        &post[post.len() - 200..]
    );
    assert_eq!(round_cell(&many, "gini"), "0.333200");
    // The smallest n with 2500 + 2499 + ... above half of 3126250.
    assert_eq!(round_cell(&many, "nakamoto"), "733");
}

/// Every string of the page is fit to be shown, and ids are unique, with the names that hurt most.
#[test]
fn hostile_names_are_shown_as_names() {
    let hostile = "\"=cmd|<script>\u{202e}\u{7}\n| x |\"";
    let rows =
        format!("{hostile},{},,3\n{},,{hostile},1\n   ,{},,2\n", address(1), "L".repeat(200), address(2));
    let results = weighted_results(&rows);
    let page = serde_json::to_string(&results.page).unwrap();
    for bad in ['\u{202e}', '\u{7}'] {
        let escaped = format!("\\u{:04x}", u32::from(bad));
        assert!(!page.contains(bad) && !page.contains(&escaped), "{bad:?}");
    }
    let mut ids: Vec<&str> = results.page.sections.iter().map(|section| section.id.as_str()).collect();
    let tables = results.page.sections.iter().flat_map(|section| &section.blocks);
    ids.extend(tables.filter_map(|block| match block {
        Block::Table(table) => Some(table.id.as_str()),
        _ => None,
    }));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
    for section in &results.page.sections {
        for block in &section.blocks {
            if let Block::Table(table) = block {
                assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.id);
            }
        }
    }
}

/// A round of praise: concentration is over the praise rewards, and the payout files are named.
#[test]
fn praise_is_measured_by_itself() {
    let mut files = ledger();
    files.insert("rounds/2026-01/round.json".into(), Content::File(round_json("01").into_bytes()));
    files.insert("rounds/2026-01/praise.csv".into(), Content::File(praise_csv("01").into_bytes()));
    let board = "ID\n0x3333333333333333333333333333333333333333\n";
    files.insert("rounds/2026-01/rewardboard.csv".into(), Content::File(board.into()));
    let results = results_of(&files, "2026-01").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(round_cell(&results, "measured_over"), "praise");
    assert_eq!(round_cell(&results, "measured_recipients"), "3");
    assert!(words(&results, "concentration").contains("the 3 recipients who get praise rewards"));
    assert!(words(&results, "payouts").contains("aragon.csv: upload it to Aragon"));
    // Parts of bars are rounded together: the chart says what the table says.
    let chart = text_of(&results, "charts/rewards.svg");
    for row in &table(&results, "distribution", "distribution-table").rows {
        let total = format!(">{} TOK<", row[1]);
        assert!(chart.contains(&total), "{total}: {chart}");
    }
    let post = text_of(&results, "forum-post.md");
    assert!(post.contains("* 90 % for praise (90 TOK)") && post.contains("all of it for praise"), "{post}");
}

/// Of many rewards a chart shows the largest seven and the rest together; the table shows totals.
#[test]
fn many_rewards_stay_readable() {
    let mut files = ledger();
    let allocation = |number: usize| {
        format!(
            r#"{{"name": "a{number:02}", "method": "weighted-v1", "pool": "{}", "inputs": {{"table": "table.csv"}},
  "settings": {{"weights": [{{"column": "points"}}], "account": "handle", "rows": "add"}}}}"#,
            number * 10
        )
    };
    let allocations: Vec<String> = (1..=40).map(allocation).collect();
    let rows: String =
        (1..=40).map(|person| format!("Person {person},{},,{person}\n", address(person))).collect();
    weighted(&mut files, "2026-01", "01", &rows);
    let round = format!(
        r#"{{"format": 1, "period": {{"start": "2026-01-01", "end": "2026-01-31"}}, "allocations": [{}]}}"#,
        allocations.join(",")
    );
    files.insert("rounds/2026-01/round.json".into(), Content::File(round.into_bytes()));
    let results = results_of(&files, "2026-01").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(results.rewards.len(), 40);
    let chart = text_of(&results, "charts/rewards.svg");
    assert!(chart.contains("33 other rewards") && chart.contains("a34.weighted"), "{chart}");
    assert!(!chart.contains("a33.weighted"), "{chart}");
    let distribution = table(&results, "distribution", "distribution-table");
    assert_eq!(distribution.columns.len(), 3);
    assert_eq!(distribution.rows[0][1], "400.00");
}
