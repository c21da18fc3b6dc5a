//! airdrop-v1 through the whole pipeline: the published small airdrop to the unit, a large made-up one,
//! what is refused and what is warned of.

use std::collections::BTreeMap;
use std::fmt::Write;

use meed::amount::Amount;
use meed::calculate::Results;
use meed::files::{Content, Files};
use meed::tables::Table;
use serde_json::{Value, json};

use crate::support::{amounts_of, conformance, insert_folder, ledger_json, results_of};

/// The pools of SingularityDAO.
fn settings() -> Value {
    json!({"balance_decimals": 8, "threshold": "1000", "balance": "minimum", "pools": [
        {"reward": "staker_equal", "amount": "275000", "categories": ["stakers"], "weight": "equal"},
        {"reward": "staker_stake", "amount": "275000", "categories": ["stakers"], "weight": "balance"},
        {"reward": "balance", "amount": "825000", "weight": "log10", "categories": [
            {"category": "holders", "reward": "holder"}, {"category": "lp", "reward": "lp"}]}]})
}

/// A round `id` of one airdrop: its pool, the files of its categories (and lists) in the round's folder.
fn round(id: &str, pool: &str, settings: &Value, inputs: &Value, files: &[(&str, String)]) -> Files {
    let mut all = Files::default();
    all.insert("ledger.json".to_owned(), Content::File(ledger_json("TOK", 18, "{}").into_bytes()));
    let round = json!({
        "format": 1, "period": {"start": "2021-05-01", "end": "2021-05-31"},
        "allocations": [{"name": "airdrop", "method": "airdrop-v1", "pool": pool, "inputs": inputs, "settings": settings}]
    });
    all.insert(format!("rounds/{id}/round.json"), Content::File(round.to_string().into_bytes()));
    for (name, text) in files {
        all.insert(format!("rounds/{id}/{name}"), Content::File(text.clone().into_bytes()));
    }
    all
}

fn address(number: u64) -> String {
    // Spread over the whole space, so that the order of addresses is not that of the rows.
    let spread = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    format!("0x{spread:032x}{number:08x}")
}

/// The amounts of each reward, by address.
fn amounts(results: &Results) -> BTreeMap<String, BTreeMap<String, Amount>> {
    let lines = results.recipients.iter().zip(amounts_of(results)).map(|(line, amounts)| {
        let amounts = results.rewards.iter().cloned().zip(amounts).collect();
        (line.key.to_string(), amounts)
    });
    lines.collect()
}

fn table(results: &Results, name: &str) -> String {
    String::from_utf8(results.files[&format!("report/tables/{name}.csv")].clone()).unwrap()
}

fn refused(files: &Files, id: &str) -> String {
    results_of(files, id).map(|_| ()).expect_err("should be refused").to_string()
}

#[test]
fn the_published_small_airdrop_holds_to_the_unit() {
    let Some(folder) = conformance("the small airdrop") else { return };
    let folder = folder.join("airdrop");
    let inputs = json!({"snapshots": {"holders": "holders", "lp": "lp", "stakers": "stakers"}});
    for balance in ["minimum", "initial"] {
        let mut settings = settings();
        settings["balance"] = balance.into();
        let mut files = round("airdrop-small", "1375000", &settings, &inputs, &[]);
        insert_folder(&folder.join("small"), "rounds/airdrop-small", &mut files);
        let results = results_of(&files, "airdrop-small").unwrap();
        let path = format!("expected-small-{balance}.csv");
        let expected = std::fs::read(folder.join(&path)).unwrap();
        let expected = Table::read(&path, &expected, &["address", "total"]).unwrap();
        let found = &results.files["distribution.csv"];
        let found = Table::read("distribution.csv", found, &["address", "total"]).unwrap();
        let columns = ["address", "staker_equal", "staker_stake", "holder", "lp", "total"];
        let cells = |table: &Table| -> Vec<Vec<String>> {
            table.rows().map(|row| columns.map(|column| row.field(column).to_owned()).to_vec()).collect()
        };
        assert_eq!(cells(&found), cells(&expected), "{balance}");
        check_balances(&results, &expected);
        let eligible: Vec<u64> = results.statistics[0].statistics["eligibility"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["still_eligible"].as_u64().unwrap())
            .collect();
        assert_eq!(eligible, [189, 170, 158, 146, 24, 24, 25, 25]);
        assert!(results.warnings.is_empty(), "{:?}", results.warnings);
    }
}

/// used_balances.csv gives what the published columns give.
fn check_balances(results: &Results, expected: &Table) {
    let used = table(results, "used_balances");
    assert!(used.starts_with("address,holders,lp,stakers\n"));
    let used = Table::read("used_balances.csv", used.as_bytes(), &["address"]).unwrap();
    let cells = |table: &Table, columns: [&str; 3]| -> BTreeMap<String, [String; 3]> {
        let balance = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
        let row = |row: meed::tables::Row<'_>| {
            (row.field("address").to_owned(), columns.map(|column| balance(row.field(column))))
        };
        table.rows().map(row).collect()
    };
    let published = ["used_holder_balance", "used_lp_balance", "used_staker_balance"];
    assert_eq!(cells(&used, ["holders", "lp", "stakers"]), cells(expected, published));
    let addresses: Vec<&str> = used.rows().map(|row| row.field("address")).collect();
    assert!(addresses.is_sorted());
}

/// A snapshot of `count` holders: some leave, some hold little, all hold something else each time.
fn snapshot(count: u64, number: u64) -> String {
    let mut text = String::from("\"HolderAddress\",\"Balance\",\"PendingBalanceUpdate\"\r\n");
    let mut state = 0x2545_f491_4f6c_dd1d_u64.wrapping_mul(number + 1);
    for holder in 0..count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if state.is_multiple_of(50) {
            continue;
        }
        let whole = (state >> 8) % 10_u64.pow(u32::try_from(holder % 6).unwrap() + 2) + 990;
        let address = address(holder + 1); // nobody is paid at the zero address
        writeln!(text, "\"{address}\",\"{whole}.{:08}\",\"No\"\r", (state >> 20) % 100_000_000).unwrap();
    }
    text
}

/// A round of the size of SingularityDAO's, times `factor`.
fn large(holders: u64) -> Files {
    let stakers = holders / 40;
    let mut files = Vec::new();
    for number in 0..4_u64 {
        files.push((format!("holders/{number}.csv"), snapshot(holders, number)));
        if number < 2 {
            files.push((format!("lp/{number}.csv"), snapshot(holders / 100, number + 4)));
            files.push((format!("stakers/{number}.csv"), snapshot(stakers, number + 6)));
        }
    }
    let inputs = json!({"snapshots": {"holders": "holders", "lp": "lp", "stakers": "stakers"}});
    let mut all = round("large", "1375000", &settings(), &inputs, &[]);
    for (name, text) in files {
        all.insert(format!("rounds/large/{name}"), Content::File(text.into_bytes()));
    }
    all
}

#[test]
fn the_parts_of_a_large_airdrop_sum_to_the_last_unit() {
    let results = results_of(&large(25_979), "large").unwrap();
    let mut sums: BTreeMap<&str, u128> = BTreeMap::new();
    for amounts in amounts_of(&results) {
        for (reward, amount) in results.rewards.iter().zip(amounts) {
            *sums.entry(reward).or_default() += amount.units();
        }
    }
    let tokens = |tokens: u128| tokens * 10_u128.pow(18);
    assert_eq!(sums["staker_equal"], tokens(275_000));
    assert_eq!(sums["staker_stake"], tokens(275_000));
    assert_eq!(sums["holder"] + sums["lp"], tokens(825_000));
    assert!(results.recipients.len() > 5_000, "{}", results.recipients.len());
    assert!(sums["lp"] > 0);
}

/// Time and memory: `cargo test --release --test it a_million_holders -- --ignored --nocapture`, and
/// HOLDERS for another number of them.
#[test]
#[ignore = "a measurement, for an optimised build"]
fn a_million_holders() {
    let holders = std::env::var("HOLDERS").map_or(1_000_000, |text| text.parse().unwrap());
    let files = large(holders);
    let memory = |name: &str| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let start = std::time::Instant::now();
    let (million, digits) =
        (1_000_000_u64, meed::amount::Weight::from(10_u8).pow(meed::amount::Weight::from(11)));
    let logarithm = |number: u64| {
        let value = digits * meed::amount::Weight::from(number + 1) + meed::amount::Weight::from(1_u8);
        meed::amount::log10::log10_scaled(value).unwrap()
    };
    let sum: meed::amount::Weight = (0..million).map(logarithm).sum();
    println!("{:.2} s for a million logarithms in one thread (sum {sum})", start.elapsed().as_secs_f64());
    let before = memory("VmRSS");
    let ledger = meed::ledger::Ledger::read(&files).unwrap();
    let place = meed::error::Place::file("test");
    let id = meed::ledger::round_id::RoundId::parse("large", &place).unwrap();
    let plan = meed::ledger::plan::Plan::read(&files, &ledger, &id, 1).unwrap();
    let start = std::time::Instant::now();
    let request = meed::methods::Request {
        plan: &plan,
        allocation: &plan.allocations[0],
        files: &files,
        carried: None,
    };
    let outcome = meed::methods::Method::AirdropV1.run(&request).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let rows: usize = outcome.rewards.iter().map(|reward| reward.amounts.len()).sum();
    println!(
        "{holders} holders: {seconds:.2} s for the method, {rows} amounts; before {before}, then {}, peak {}",
        memory("VmRSS"),
        memory("VmHWM")
    );
    drop(outcome);
    let start = std::time::Instant::now();
    let results = results_of(&files, "large").unwrap();
    println!(
        "{:.2} s for all, {} recipients, peak {}",
        start.elapsed().as_secs_f64(),
        results.recipients.len(),
        memory("VmHWM")
    );
}

/// An airdrop of 100 by one pool to the holders of one snapshot, and how it differs.
fn simple(change: impl FnOnce(&mut Value, &mut Value, &mut Vec<(&'static str, String)>)) -> Files {
    let mut settings = json!({"balance_decimals": 2, "threshold": "10", "pools": [
        {"reward": "holder", "amount": "100", "categories": ["holders"], "weight": "balance"}]});
    let mut inputs = json!({"snapshots": {"holders": ["a.csv"]}});
    let table = format!("address,balance\n{},30\n{},10\n{},9.99\n", address(1), address(2), address(3));
    let mut files = vec![("a.csv", table)];
    change(&mut settings, &mut inputs, &mut files);
    round("r", "100", &settings, &inputs, &files)
}

#[test]
fn a_simple_airdrop_is_divided_by_balance() {
    let results = results_of(&simple(|_, _, _| ()), "r").unwrap();
    let holder = |number: u64| amounts(&results)[&address(number)]["holder"].to_text(18);
    assert_eq!((holder(1), holder(2)), ("75".to_owned(), "25".to_owned()));
    assert_eq!(results.recipients.len(), 2);
    assert_eq!(
        table(&results, "eligibility"),
        "category,snapshot,rows,at_or_above_threshold,still_eligible\nholders,a.csv,3,2,2\n"
    );
}

#[test]
fn what_an_airdrop_refuses() {
    type Change = fn(&mut Value, &mut Value, &mut Vec<(&'static str, String)>);
    let cases: [(Change, &str); 25] = [
        (
            |settings, _, _| settings["balance_decimals"] = 37.into(),
            "`balance_decimals` is 37; it must be from 0 to 36",
        ),
        (
            |settings, _, _| settings["threshold"] = "10.001".into(),
            "threshold `10.001` has more than 2 decimals",
        ),
        (|settings, _, _| settings["threshold"] = "-1".into(), "threshold `-1` is below zero"),
        (|settings, _, _| settings["threshold"] = json!(1e300), "threshold `1e+300` is not a number"),
        (|settings, _, _| settings["pools"] = json!([]), "`pools` is 0; it must be a list of 1 to 100"),
        (
            |settings, _, _| settings["pools"][0]["amount"] = "99.5".into(),
            "its pools sum to 99.5 TOK, and its own pool is 100 TOK",
        ),
        (
            |settings, _, _| settings["pools"][0]["amount"] = "1e18".into(),
            "amount of pool `holder` `1e18` is not a number",
        ),
        (
            |settings, _, _| settings["pools"][0]["categories"] = json!(["lp"]),
            "pool `holder` names the category `lp`; the categories of `snapshots` are: holders",
        ),
        (
            |settings, _, _| settings["pools"][0]["categories"] = json!(["holders", "holders"]),
            "pool `holder` names the category `holders` twice",
        ),
        (|settings, _, _| settings["pools"][0]["categories"] = json!([]), "pool `holder` names no category"),
        (
            |settings, _, _| {
                settings["pools"][0]["categories"] = json!([{"category": "holders", "reward": "x"}]);
            },
            "leave its own `reward` out",
        ),
        (
            |settings, _, _| settings["pools"][0]["categories"] = json!([1]),
            "expected a category: its name, or an object",
        ),
        (
            |settings, _, _| settings["pools"][0]["reward"] = "unclaimed".into(),
            "`unclaimed` cannot be the name of a reward: it is the column",
        ),
        (
            |settings, _, _| settings["pools"][0]["reward"] = "=cmd()".into(),
            "`=cmd()` cannot be the name of a reward",
        ),
        (|settings, _, _| settings["pools"][0]["weight"] = "log2".into(), "log2"),
        (
            |settings, _, _| {
                settings["pools"][0]["amount"] = "50".into();
                let pool = settings["pools"][0].clone();
                settings["pools"].as_array_mut().unwrap().push(pool);
            },
            "two rewards are called `holder`",
        ),
        (
            |_, inputs, _| inputs["snapshots"] = "a.csv".into(),
            "input `snapshots`: the files stand under no category",
        ),
        (|_, inputs, _| inputs["snapshots"] = json!({}), "input `snapshots`: there is no category"),
        (|_, inputs, _| inputs["snapshots"] = json!({"holders": []}), "category `holders` has no files"),
        (
            |_, inputs, _| inputs["snapshots"] = json!({"LP": "a.csv"}),
            "`LP` cannot be the name of a category",
        ),
        (|_, inputs, _| _ = inputs.as_object_mut().unwrap().remove("snapshots"), "has no input `snapshots`"),
        (|_, _, files| files[0].1 = "address,balance\n,5\n".to_owned(), "a.csv:2: address is empty"),
        (|_, _, files| files[0].1 = "holderaddress\n".to_owned(), "a.csv:1: column missing: Balance"),
        (
            |_, inputs, files| {
                inputs["unclaimed"] = "u.csv".into();
                files.push(("u.csv", format!("address,amount\n,5\n{},x\n", address(1))));
            },
            "u.csv:2: address is empty",
        ),
        (
            |_, inputs, files| {
                inputs["excluded"] = "e.csv".into();
                files.push(("e.csv", "address,reason\nuniswap,exchange\n".to_owned()));
            },
            "e.csv:2: address `uniswap` is not an address",
        ),
    ];
    for (change, says) in cases {
        let error = refused(&simple(change), "r");
        assert!(error.contains(says), "{says}: {error}");
    }
}

#[test]
fn ten_thousand_bad_rows_are_told_a_hundred_times() {
    let files = simple(|_, _, files| files[0].1 += &"0xzz,1\n".repeat(10_000));
    assert_eq!(results_of(&files, "r").map(|_| ()).unwrap_err().errors().len(), 100);
    let files = simple(|_, _, files| files[0].1 += &format!("{},11\n", address(1)).repeat(10_000));
    assert_eq!(results_of(&files, "r").map(|_| ()).unwrap_err().errors().len(), 100);
}

#[test]
fn who_is_excluded_gets_nothing_but_what_was_left_unclaimed() {
    let files = simple(|_, inputs, files| {
        inputs["excluded"] = "e.csv".into();
        inputs["unclaimed"] = "u.csv".into();
        files.push(("e.csv", format!("address,reason\n{},exchange\n", address(1))));
        let unclaimed = format!("address,amount\n{},2.5\n{},1\n{},0.5\n", address(1), address(9), address(9));
        files.push(("u.csv", unclaimed));
    });
    let results = results_of(&files, "r").unwrap();
    assert_eq!(results.rewards, ["holder", "unclaimed"]);
    let lines: Vec<(String, [String; 3])> = results
        .recipients
        .iter()
        .zip(amounts_of(&results))
        .map(|(line, amounts)| {
            let figures = [amounts[0], amounts[1], line.total];
            (line.name(), figures.map(|amount| amount.to_text(18)))
        })
        .collect();
    let line = |number: u64, holder: &str, unclaimed: &str, total: &str| {
        (address(number), [holder, unclaimed, total].map(str::to_owned))
    };
    assert_eq!(lines, [line(2, "100", "0", "100"), line(1, "0", "2.5", "2.5"), line(9, "0", "1.5", "1.5")]);
    let stated = serde_json::to_value(&results.statement.predicate.allocations[0]).unwrap();
    assert_eq!(
        (&stated["pool"], &stated["brought_in"], &stated["paid"]),
        (&json!("100"), &json!("4"), &json!("104"))
    );
    assert!(table(&results, "eligibility").ends_with("holders,a.csv,3,2,1\n"));
    let warnings: Vec<String> = results.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [format!(
            "rounds/r/u.csv: 1 of the excluded addresses left amounts unclaimed, which stay theirs: {}",
            address(1)
        )]
    );
}

#[test]
fn what_an_airdrop_warns_of() {
    let nobody = simple(|settings, _, _| settings["threshold"] = "31".into());
    let zero = simple(|settings, _, files| {
        settings["threshold"] = "0".into();
        files[0].1 = format!("address,balance\n{},0\n0x{:040},0\n", address(1), 0);
    });
    let unused = simple(|_, inputs, _| inputs["snapshots"]["lp"] = json!(["a.csv"]));
    for (files, recipients, says) in [
        (
            nobody,
            0,
            vec!["rounds/r/round.json: pool `holder`: nobody is eligible; its 100 TOK stay unallocated"],
        ),
        (
            zero,
            2,
            vec![
                "rounds/r/round.json: pool `holder`: all weights are zero; its 100 TOK stay unallocated",
                "rounds/r/a.csv: the zero address is eligible in `holders`: what it gets is lost; put it into `excluded`",
            ],
        ),
        (
            unused,
            2,
            vec!["rounds/r/round.json: category `lp` is in no pool: its addresses get nothing for it"],
        ),
    ] {
        let results = results_of(&files, "r").unwrap();
        let warnings: Vec<String> = results.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            (results.recipients.len(), warnings),
            (recipients, says.iter().map(ToString::to_string).collect())
        );
        let unallocated = if recipients == 2 && says[0].contains("lp") { "0" } else { "100" };
        assert_eq!(results.statement.predicate.totals.unallocated.0, unallocated);
    }
}

/// Two equal weights and an odd unit: the draw takes the pool's reward and `<address>/<column>`.
#[test]
fn ties_are_drawn_with_the_columns_of_the_pool() {
    let files = simple(|settings, inputs, files| {
        inputs["snapshots"]["lp"] = json!(["a.csv"]);
        settings["pools"][0]["categories"] = json!(["holders", {"category": "lp", "reward": "provider"}]);
        settings["pools"][0]["weight"] = "equal".into();
        settings["pools"][0]["reward"] = "both".into();
        settings["pools"][0]["amount"] = "0.000000000000000001".into();
        settings["pools"].as_array_mut().unwrap().push(
            json!({"reward": "rest", "amount": "99.999999999999999999", "categories": ["lp"], "weight": "sqrt"}),
        );
        files[0].1 = format!("address,balance\n{},30\n", address(1));
    });
    let results = results_of(&files, "r").unwrap();
    assert_eq!(results.rewards, ["holders", "provider", "rest"]);
    let draw = meed::amount::Draw { round: "r", reward: "both" };
    let lot = |column: &str| draw.lot(&format!("{}/{column}", address(1)));
    let units = amounts_of(&results)[0].clone().into_iter().map(meed::amount::Amount::units).take(2);
    let units: Vec<u128> = units.collect();
    assert_eq!(units, if lot("holders") < lot("provider") { [1, 0] } else { [0, 1] });
}
