//! weighted-v1: the examples of README.md, laws of caps and floors, what is refused and warned of,
//! hostile settings and tables, and many recipients.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use meed::amount::Amount;
use meed::calculate::Results;
use meed::error::{Place, Problems};
use meed::files::{Content, Files};
use meed::tables::Table;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support;

const ID: &str = "2026-01";

/// A round of one allocation over `table.csv`.
fn round(pool: &str, decimals: u8, settings: &Value, table: &str) -> Files {
    let allocation = json!({
        "name": "share", "method": "weighted-v1", "pool": pool,
        "inputs": {"table": "table.csv"}, "settings": settings,
    });
    files(decimals, &allocation, &[("table.csv", table)])
}

fn files(decimals: u8, allocation: &Value, tables: &[(&str, &str)]) -> Files {
    let period = json!({"start": "2026-01-01", "end": "2026-01-31"});
    let round = json!({"format": 1, "period": period, "allocations": [allocation]});
    let mut files = Files::default();
    let mut insert = |path: String, text: &str| files.insert(path, Content::File(text.as_bytes().to_vec()));
    insert("ledger.json".to_owned(), &support::ledger_json("TOK", decimals, "{}"));
    insert(format!("rounds/{ID}/round.json"), &round.to_string());
    for (name, text) in tables {
        insert(format!("rounds/{ID}/{name}"), text);
    }
    files
}

fn run(pool: &str, settings: &Value, table: &str) -> Result<Results, Problems> {
    support::results_of(&round(pool, 18, settings, table), ID)
}

/// Amounts as text by the recipient's name.
fn amounts(results: &Results) -> BTreeMap<String, String> {
    let decimals = results.token.decimals;
    results.recipients.iter().map(|line| (line.name(), line.total.to_text(decimals))).collect()
}

fn unallocated(results: &Results) -> Amount {
    let sums = &results.statement.predicate.allocations[0].sums;
    crate::support::figures(sums, results.token.decimals)[7]
}

fn warnings(results: &Results) -> Vec<String> {
    results.warnings.iter().map(ToString::to_string).filter(|text| !text.contains("6 decimals")).collect()
}

/// The examples of README.md: each has a table (or says it in words), an allocation, and a sentence
/// `gives Ada 600, Bea 300`.
#[test]
fn the_examples_of_the_readme_are_what_it_says() {
    let readme = std::fs::read_to_string(support::package().join("README.md")).unwrap();
    let section = readme.split("### weighted-v1 by example").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks: Vec<&str> = section.split("```json\n").skip(1).collect();
    assert_eq!(blocks.len(), 3);
    let mut votes = "recipient,votes\nLantern,900\nWeir,300\n".to_owned();
    for number in 1..=20 {
        writeln!(votes, "Other {number},40").unwrap();
    }
    votes += "Not enough,9\n";
    let tables = [
        "recipient,hours\nAda,120\nBea,60\nCyd,20\n",
        &votes,
        "recipient,gift\nLantern,400\nWeir,25\nWeir,25\nWeir,25\nWeir,25\n",
    ];
    for (block, table) in blocks.into_iter().zip(tables) {
        let (allocation, after) = block.split_once("```").unwrap();
        let allocation: Value = serde_json::from_str(allocation).unwrap();
        let path = allocation["inputs"]["table"].as_str().unwrap();
        let results = support::results_of(&files(18, &allocation, &[(path, table)]), ID).unwrap();
        let found = amounts(&results);
        let (_, gives) = after.split_once("gives ").unwrap();
        for part in gives.split('.').next().unwrap().split(", ") {
            let (name, amount) = part.rsplit_once(' ').unwrap();
            let name = if name == "each of the others" { "Other 7" } else { name };
            assert_eq!(found.get(name).map(String::as_str), Some(amount), "{part}: {found:?}");
        }
        assert_eq!(unallocated(&results), Amount::ZERO);
        assert_eq!(warnings(&results), [""; 0]);
    }
}

#[test]
fn filters_rows_and_keys_are_as_the_rule_says() {
    let address = format!("0x{}", "ab".repeat(20));
    let table = format!(
        "Member,Wallet,Id,Kind,Score\nAda,{address},a,member,4\n,{address},a2,Member,9\nZoë ,,z,member,1\nZoë,,,guest,100\n,,q,member,\nBo,,b,member,0.5\nCy,,,member,11\n"
    );
    let settings = json!({
        "recipient": "member", "address": "wallet", "account": "ID", "rows": "each",
        "filters": [
            {"column": "kind", "in": ["member ", "Member"]},
            {"column": "score", "minimum": "0.5", "maximum": "10.0"}
        ],
        "weights": [{"column": "SCORE", "transform": "sqrt"}],
    });
    let results = run("60", &settings, &table).unwrap();
    let text = String::from_utf8_lossy(&results.files["distribution.csv"]).into_owned();
    // Ada: 2 + 3 = 5, Zoë 1, Bo sqrt(0.5); guests, empty cells and 11 do not pass.
    assert!(
        text.starts_with(&format!("recipient,address,key,accounts,weighted,total\nAda,{address},,a a2,")),
        "{text}"
    );
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("Zoë,,id:z,z,") && text.contains("Bo,,id:b,b,"), "{text}");
    let weights = String::from_utf8_lossy(&results.files["report/tables/weights.csv"]).into_owned();
    assert!(
        weights.starts_with(&format!(
            "recipient,address,key,1 sqrt(SCORE),weight,percent,amount,limit\nAda,{address},,5,5,74.547791,44.72867508856438712,\n"
        )),
        "{weights}"
    );
}

#[test]
fn several_rows_are_added_before_or_after_the_transform() {
    let table = "recipient,points\nAda,9\nAda,16\nBea,25\n";
    let settings = |rows: &str| json!({"rows": rows, "weights": [{"column": "points", "transform": "sqrt"}]});
    let given = |rows: &str| amounts(&run("12", &settings(rows), table).unwrap());
    assert_eq!(given("add"), BTreeMap::from([("Ada".into(), "6".into()), ("Bea".into(), "6".into())]));
    assert_eq!(given("each"), BTreeMap::from([("Ada".into(), "7".into()), ("Bea".into(), "5".into())]));
}

#[test]
fn products_and_sums_are_rounded_down_step_by_step() {
    let table = "recipient,a,b\nAda,0.000000001,0.0000000015\nBea,0.000000001,0.000000001\n";
    let weights = json!([{"column": "a"}, {"column": "b"}]);
    let report = |combine: &str| {
        let results = run("10", &json!({"combine": combine, "weights": weights}), table).unwrap();
        String::from_utf8_lossy(&results.files["report/tables/weights.csv"]).into_owned()
    };
    // 1.5e-18 is cut to 1e-18: equal weights.
    let product = report("product");
    assert!(
        product.contains("name:Ada,0.000000001,0.0000000015,0.000000000000000001,50.000000,5,"),
        "{product}"
    );
    let sum = report("sum");
    assert!(
        sum.contains("name:Ada,0.000000001,0.0000000015,0.0000000025,55.555555,5.555555555555555556,"),
        "{sum}"
    );
}

#[test]
fn what_people_should_look_at_is_warned_of() {
    let table = "recipient,address,hours\nAda,,4\nBea,,0\n";
    let hours = json!([{"column": "hours"}]);
    let two = format!("recipient,address,hours\nAda,,4\nBea,,1\nAda,0x{},2\n", "1".repeat(40));
    for (settings, table, says) in [
        (
            json!({"weights": [{"column": "hours", "factor": "0"}]}),
            table,
            "all weights are zero: the pool stays unallocated",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "hours", "minimum": "5"}]}),
            table,
            "filter on `hours` never matches",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "recipient", "in": ["Ada", "bea", "Cyd"]}]}),
            table,
            "filter on `recipient`: no row has `Cyd`, `bea`",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "hours", "minimum": "5"}]}),
            table,
            "nobody is eligible: the pool stays unallocated",
        ),
        (json!({"weights": hours}), "recipient,hours\n", "the table has no rows: the pool stays unallocated"),
        (
            json!({"weights": hours, "cap": {"share": "0.4"}}),
            table,
            "all 1 recipients with a weight get the cap of 4 TOK: 6 TOK stays unallocated",
        ),
        (
            json!({"weights": hours}),
            two.as_str(),
            "table.csv:2: `Ada` has no address here but one in another row: two recipients",
        ),
    ] {
        let results = run("10", &settings, table).unwrap();
        assert!(
            warnings(&results).iter().any(|text| text.ends_with(says)),
            "{says}: {:?}",
            warnings(&results)
        );
    }
    let results = run("10", &json!({"weights": hours}), table).unwrap();
    assert_eq!(warnings(&results), [""; 0]);
    assert_eq!(amounts(&results), BTreeMap::from([("Ada".into(), "10".into()), ("Bea".into(), "0".into())]));
}

/// What is refused, with the words that say why.
#[test]
fn faults_are_told_with_their_place() {
    let table = "recipient,address,hours,rank\nAda,,4,1\nBea,,2,2\n";
    let hours = json!([{"column": "hours"}]);
    let ranks = json!([{"column": "rank", "transform": "fibonacci"}]);
    let (one, two) = (format!("0x{}", "1".repeat(40)), format!("0x{}", "2".repeat(40)));
    let (large, factor) = ("9".repeat(20), "9".repeat(21));
    let cases: Vec<(Value, String, &str)> = vec![
        (json!({"weights": []}), table.into(), "`weights` is a list of 0; it must be a list of 1 to 100"),
        (
            json!({"weights": vec![json!({"transform": "equal"}); 101]}),
            table.into(),
            "`weights` is a list of 101",
        ),
        (json!({"weights": hours, "colour": 1}), table.into(), "unknown field `colour`"),
        (
            json!({"weights": hours, "account": "id"}),
            table.into(),
            "`account` names the column `id`, which rounds/2026-01/table.csv does not have\nhint: the columns of rounds/2026-01/table.csv: recipient, address, hours, rank",
        ),
        (json!({"weights": hours, "recipient": "who"}), table.into(), "`recipient` names the column `who`"),
        (
            json!({"weights": hours, "filters": [{"column": "x", "minimum": "1"}]}),
            table.into(),
            "filter 1 names the column `x`",
        ),
        (
            json!({"weights": [{"transform": "equal", "column": "x"}]}),
            table.into(),
            "weight 1 names the column `x`",
        ),
        (
            json!({"weights": hours}),
            "who,hours\nAda,1\n".into(),
            "table.csv:1: column missing: recipient or address",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "hours"}]}),
            table.into(),
            "filter 1 has none of `minimum`, `maximum` and `in`",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "hours", "in": []}]}),
            table.into(),
            "filter 1: `in` is an empty list",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "hours", "minimum": "2", "maximum": "1.9"}]}),
            table.into(),
            "filter 1: `minimum` 2 is above `maximum` 1.9",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "hours", "minimum": "-2"}]}),
            table.into(),
            "filter 1: minimum `-2` is below zero",
        ),
        (
            json!({"weights": hours, "filters": [{"column": "recipient", "minimum": "1"}]}),
            table.into(),
            "table.csv:2: recipient `Ada` is not a number",
        ),
        (
            json!({"weights": hours, "reward": "total"}),
            table.into(),
            "`reward` cannot be `total`: the name is a column",
        ),
        (
            json!({"weights": hours, "cap": {"share": "1.000001"}}),
            table.into(),
            "`cap.share` is 1.000001; it must be 0 to 1",
        ),
        (
            json!({"weights": hours, "floor": {"share": "2"}}),
            table.into(),
            "`floor.share` is 2; it must be 0 to 1",
        ),
        (json!({"weights": hours, "cap": {"share": "0.1", "amount": "5"}}), table.into(), "settings: "),
        (
            json!({"weights": hours, "cap": {"amount": "4"}, "floor": {"amount": "4.5"}}),
            table.into(),
            "`floor` is 4.5 TOK, above `cap`, which is 4 TOK",
        ),
        (
            json!({"weights": hours, "floor": {"amount": "6"}}),
            table.into(),
            "the floor of 6 TOK for 2 recipients comes to 12 TOK, more than the pool of 10 TOK",
        ),
        (
            json!({"weights": [{"column": "hours", "factor": "0.0000000000000000001"}]}),
            table.into(),
            "weight 1: factor `0.0000000000000000001` has more than 18 decimals",
        ),
        (
            json!({"weights": [{"column": "hours", "offset": 2}]}),
            table.into(),
            "`offset` is for `fibonacci` alone, not for `linear`",
        ),
        (
            json!({"weights": [{"column": "rank", "transform": "fibonacci", "offset": 11}]}),
            table.into(),
            "`offset` is 11; it must be 0 to 10",
        ),
        (json!({"weights": [{"transform": "log10"}]}), table.into(), "weight 1: `log10` needs a `column`"),
        (
            json!({"weights": hours}),
            "recipient,address,hours\n ,,4\n".into(),
            "table.csv:2: recipient is empty",
        ),
        (
            json!({"weights": hours}),
            format!("{table}ADA,,1,1\nAda,,1,1\n"),
            "table.csv:5: `Ada` stands already at rounds/2026-01/table.csv:2\nhint: remove one of the rows, or say with the setting `rows` of `share`",
        ),
        (json!({"weights": hours}), format!("address,hours\n{one},1\n{one},2\n"), "stands already at"),
        (
            json!({"weights": hours, "rows": "each"}),
            format!("recipient,address,hours\nAda,{one},1\nAda,{two},2\n"),
            "table.csv:3: `Ada` has address 0x2222",
        ),
        (
            json!({"weights": hours, "rows": "each", "account": "id"}),
            format!("address,id,hours\n{one},a,1\n{two},a,2\n"),
            "table.csv:3: `a` has address 0x2222",
        ),
        (
            json!({"weights": hours}),
            "recipient,hours\nAda,0.0000000000000000001\n".into(),
            "table.csv:2: hours `0.0000000000000000001` has more than 18 decimals",
        ),
        (json!({"weights": ranks}), "recipient,rank\nAda,\n".into(), "table.csv:2: rank is empty"),
        (
            json!({"weights": ranks}),
            "recipient,rank\nAda,0\n".into(),
            "rank `0` is not a rank: a whole number from 1 to 92",
        ),
        (json!({"weights": ranks}), "recipient,rank\nAda,93\n".into(), "rank `93` is not a rank"),
        (
            json!({"weights": ranks, "rows": "add"}),
            "recipient,rank\nAda,1\nAda,1\n".into(),
            "several rows of one recipient mean: \"each\"\n",
        ),
        (
            json!({"weights": vec![json!({"column": "hours"}); 4], "combine": "product"}),
            format!("recipient,hours\nAda,1\nBea,{large}\n"),
            "table.csv:3: the product of the terms does not fit into 256 bits",
        ),
        (
            json!({"weights": [{"column": "hours", "factor": factor}, {"column": "hours", "factor": factor}]}),
            format!("recipient,hours\nAda,{large}\nBea,{large}{}\n", "9".repeat(18)),
            "table.csv:3: the sum of the terms does not fit into 256 bits",
        ),
    ];
    for (settings, table, says) in cases {
        let problems = run("10", &settings, &table).map(|_| ()).expect_err(says).to_string() + "\n";
        assert!(problems.contains(says), "{says}:\n{problems}");
    }
}

/// Faults of settings and rows show together where they can.
#[test]
fn all_faults_of_a_table_show_at_once() {
    let table = "recipient,hours\nAda,x\nBea,-1\n,3\nAda,1e400\nCy,NaN\n";
    let problems = run("10", &json!({"weights": [{"column": "hours"}]}), table).unwrap_err();
    let lines: Vec<String> = problems
        .errors()
        .iter()
        .map(|error| error.to_string().split(' ').next().unwrap().to_owned())
        .collect();
    let expected = [2, 3, 4, 5, 5, 6].map(|line| format!("rounds/2026-01/table.csv:{line}:"));
    assert_eq!(lines, expected, "{problems}");
}

#[test]
fn hostile_names_columns_and_numbers_do_no_harm() {
    let escape = "\u{1b}[31m\u{202e}<script>";
    let long = "9".repeat(80);
    let huge = "x".repeat(2_000_000);
    let hours = json!([{"column": "hours"}]);
    let refused = [
        (json!({"weights": [{"column": escape}]}), "recipient,hours\nA,1\n".to_owned(), "column-unknown"),
        (json!({"weights": [{"column": huge}]}), "recipient,hours\nA,1\n".to_owned(), "column-unknown"),
        (json!({"weights": hours, "reward": huge}), "recipient,hours\nA,1\n".to_owned(), "settings-invalid"),
        (
            json!({"weights": hours, "reward": escape}),
            "recipient,hours\nA,1\n".to_owned(),
            "settings-invalid",
        ),
        (
            json!({"weights": [{"column": "hours", "factor": escape}]}),
            "recipient,hours\nA,1\n".to_owned(),
            "not-a-number",
        ),
        (
            json!({"weights": hours, "cap": {"share": "1e400"}}),
            "recipient,hours\nA,1\n".to_owned(),
            "not-a-number",
        ),
        (
            json!({"weights": hours, "cap": {"share": long}}),
            "recipient,hours\nA,1\n".to_owned(),
            "number-too-large",
        ),
        (
            json!({"weights": hours, "floor": {"amount": "0.0000000000000000001"}}),
            "recipient,hours\nA,1\n".to_owned(),
            "too-many-decimals",
        ),
        (
            json!({"weights": hours, "floor": {"amount": "340282366920938463463"}}),
            "recipient,hours\nA,1\nB,1\n".to_owned(),
            "floors-above-pool",
        ),
        (json!({"weights": hours}), format!("recipient,hours\n{},1\n", "n".repeat(201)), "name-too-long"),
        (json!({"weights": hours}), format!("recipient,hours\nA,{long}\n"), "number-too-large"),
        (json!({"weights": hours}), "recipient,hours\nA,-0\n".to_owned(), "number-negative"),
        (json!({"weights": hours}), format!("recipient,hours\nA,{escape}\n"), "not-a-number"),
    ];
    for (settings, table, code) in refused {
        let problems = run("10", &settings, &table).map(|_| ()).expect_err(code);
        assert!(problems.errors().iter().any(|error| error.code() == code), "{code}: {problems}");
        let text = problems.to_string();
        let hidden = |character: char| character != '\n' && meed::error::visible(character) != character;
        assert!(text.len() < 10_000 && !text.contains(hidden), "{code}");
    }
    // A column may be called anything; the report stays a table that reads back.
    let column = "=1+1|<b>\u{202e},\"x\"";
    let table = format!("recipient,\"{}\"\n\"'=cmd()\",3\n@b,1\n", column.replace('"', "\"\""));
    let results = run("8", &json!({"weights": [{"column": column}]}), &table).unwrap();
    let weights =
        Table::read("weights.csv", &results.files["report/tables/weights.csv"], &["weight"]).unwrap();
    let rows: Vec<(&str, &str)> =
        weights.rows().map(|row| (row.field("recipient"), row.field("amount"))).collect();
    assert_eq!(rows, [("=cmd()", "6"), ("@b", "2")]);
}

/// One value of a made-up table: often equal ones, sometimes zero, sometimes very large.
fn weight() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0_u64..4, 3 => 1_u64..1000, 1 => any::<u64>()]
}

fn table_of(weights: &[(usize, u64)]) -> String {
    let rows = weights.iter().map(|(index, weight)| format!("r{index},{weight}\n"));
    format!("recipient,w\n{}", rows.collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn caps_and_floors_keep_their_laws(
        weights in prop::collection::vec(weight(), 1..40),
        pool in prop_oneof![0_u64..200, any::<u64>()],
        cap_millionths in 1_u64..=1_000_000,
        floor_parts in prop::option::of(1_u64..5),
        has_cap in any::<bool>(),
    ) {
        let positive = weights.iter().filter(|weight| **weight > 0).count() as u64;
        let cap = u64::try_from(u128::from(pool) * u128::from(cap_millionths) / 1_000_000).unwrap();
        let cap = if has_cap { cap } else { pool };
        let floor = floor_parts.map_or(0, |parts| (pool / positive.max(1) / parts).min(cap));
        let mut settings = json!({"weights": [{"column": "w"}], "floor": {"amount": floor.to_string()}});
        if has_cap {
            let share = format!("{}.{:06}", cap_millionths / 1_000_000, cap_millionths % 1_000_000);
            settings["cap"] = json!({"share": share});
        }
        let numbered: Vec<(usize, u64)> = weights.iter().copied().enumerate().collect();
        let results = support::results_of(&round(&pool.to_string(), 0, &settings, &table_of(&numbered)), ID).unwrap();
        let given: BTreeMap<String, u128> = results.recipients.iter().map(|line| (line.name(), line.total.units())).collect();
        let of = |index: usize| given[&format!("r{index}")];
        let left = unallocated(&results).units();
        prop_assert_eq!(given.values().sum::<u128>() + left, u128::from(pool));
        for (index, weight) in weights.iter().enumerate() {
            prop_assert!(of(index) <= u128::from(cap), "above the cap");
            prop_assert!(*weight > 0 || of(index) == 0, "money without weight");
            prop_assert!(*weight == 0 || of(index) >= u128::from(floor), "below the floor");
            for (other, larger) in weights.iter().enumerate().filter(|(_, larger)| *larger > weight) {
                prop_assert!(of(other) >= of(index), "{} has less than {}", larger, weight);
            }
        }
        // Money stays only where nobody may get more of it.
        let all_at_cap = weights.iter().enumerate().all(|(index, weight)| *weight == 0 || of(index) == u128::from(cap));
        prop_assert!(left == 0 || all_at_cap);
        let mut shuffled = numbered;
        shuffled.reverse();
        shuffled.rotate_left(weights.len() / 3);
        let again = support::results_of(&round(&pool.to_string(), 0, &settings, &table_of(&shuffled)), ID).unwrap();
        prop_assert_eq!(&again.files["distribution.csv"], &results.files["distribution.csv"]);
        prop_assert_eq!(&again.files["report/tables/weights.csv"], &results.files["report/tables/weights.csv"]);
    }
}

/// A cap and a floor that settle most recipients cost little beside the rest of the round.
#[test]
fn many_recipients_with_a_cap_take_no_time_of_note() {
    let count = 100_000_usize;
    let numbered: Vec<(usize, u64)> = (0..count).map(|index| (index, 1_000_000 + index as u64)).collect();
    let table = table_of(&numbered);
    let timed = |settings: &Value| {
        let files = round("1000000", 18, settings, &table);
        let started = std::time::Instant::now();
        let results = support::results_of(&files, ID).unwrap();
        println!("{count} recipients, {settings}: {:?}", started.elapsed());
        assert!(started.elapsed().as_secs() < 100, "{:?}", started.elapsed());
        results
    };
    timed(&json!({"weights": [{"column": "w"}]}));
    let limits = [("cap", "0.0000101"), ("floor", "0.0000099")];
    let [cap, floor] = limits.map(|(limit, share)| (limit, json!({"share": share})));
    let results = timed(&json!({"weights": [{"column": "w"}], cap.0: cap.1, floor.0: floor.1}));
    assert_eq!(unallocated(&results), Amount::ZERO);
    let units = |text: &str| Amount::parse(text, 18, &Place::file("test"), "limit").unwrap();
    let (cap, floor) = (units("10.1"), units("9.9"));
    assert!(results.recipients.iter().all(|line| line.total <= cap && line.total >= floor));
    let settled = results.recipients.iter().filter(|line| line.total == cap || line.total == floor).count();
    assert!(settled > 70_000, "{settled}");
}
