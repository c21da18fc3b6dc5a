//! grain-v1 over several rounds: earned grain from the ledger's own history. And what is refused.

use meed::amount::{Amount, Draw, Weight, apportion};
use meed::calculate::Results;
use meed::error::Problems;
use meed::files::{Content, Files};
use meed::methods::grain_v1::{balanced, discounted};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support;

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const ACCOUNTS: &str = "Ada,ADA,true\nBea,BEA,true\nCid,,true\nDot,,false\n";

/// A ledger with one allocation, `grain`, of a token without decimals, over several rounds.
struct Ledger {
    files: Files,
    closed: Vec<Results>,
}

impl Ledger {
    fn new() -> Self {
        let mut files = Files::default();
        let ledger = support::ledger_json("TOK", 0, "{}");
        files.insert("ledger.json".to_owned(), Content::File(ledger.into_bytes()));
        Self { files, closed: Vec::new() }
    }

    /// Closes the next round: rows without headers (ADA and BEA stand for addresses), and policies.
    fn close(
        &mut self,
        pool: &str,
        policies: &Value,
        accounts: &str,
        cred: &str,
        earned: Option<&str>,
    ) -> Result<&Results, Problems> {
        let id = format!("r{}", self.closed.len() + 1);
        let mut inputs = json!({"accounts": "accounts.csv", "cred": "cred.csv"});
        let mut files = vec![
            (
                "accounts.csv",
                "name,address,active\n".to_owned() + &accounts.replace("ADA", ADA).replace("BEA", BEA),
            ),
            ("cred.csv", format!("name,interval,cred\n{cred}")),
        ];
        if let Some(earned) = earned {
            inputs["earned"] = "earned.csv".into();
            files.push(("earned.csv", format!("name,interval,amount\n{earned}")));
        }
        let round = json!({
            "format": 1,
            "period": {"start": "2026-01-01", "end": "2026-01-31"},
            "allocations": [{
                "name": "grain", "method": "grain-v1", "pool": pool, "inputs": inputs, "settings": {"policies": policies}
            }]
        });
        files.push(("round.json", round.to_string()));
        for (name, text) in files {
            self.files.insert(format!("rounds/{id}/{name}"), Content::File(text.into_bytes()));
        }
        let results = support::results_after(&self.files, &id, &self.closed.iter().collect::<Vec<_>>())?;
        self.closed.push(results);
        Ok(self.closed.last().unwrap())
    }
}

/// The only round of a ledger.
fn closed(pool: &str, policies: &Value, cred: &str, earned: Option<&str>) -> Result<Results, String> {
    let mut ledger = Ledger::new();
    ledger.close(pool, policies, ACCOUNTS, cred, earned).cloned().map_err(|problems| problems.to_string())
}

fn file(results: &Results, name: &str) -> String {
    String::from_utf8(results.files[name].clone()).unwrap()
}

fn warnings(results: &Results) -> String {
    results.warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

/// What carry.json lists as earned: name, interval and amount of each entry, separated by spaces.
fn earned(results: &Results) -> Vec<String> {
    let carry: Value = serde_json::from_slice(&results.files["carry.json"]).unwrap();
    let entries = carry["allocations"][0]["state"]["earned"].as_array().unwrap().clone();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    entries
        .iter()
        .map(|entry| ["name", "interval", "amount"].map(|field| text(entry, field)).join(" "))
        .collect()
}

/// The totals of distribution.csv by name.
fn total_of(results: &Results, name: &str) -> u128 {
    let line = results.recipients.iter().find(|line| line.name() == name);
    line.unwrap_or_else(|| panic!("{name} has no row")).total.units()
}

fn one_balanced(lookback: u64, budget: &str) -> Value {
    json!([{"policy": "balanced", "budget": budget, "lookback": lookback}])
}

/// Every policy is a column; the table shows all accounts.
#[test]
fn policies_are_columns() {
    let policies = json!([
        {"policy": "immediate", "budget": "10", "lookback": 1},
        {"policy": "recent", "budget": 10, "discount": 0.5, "exclude": ["Bea", "Eve"], "reward": "lately"},
        {"policy": "special", "budget": "4", "recipient": " Cid ", "memo": "for \u{202e}the roof"},
        {"policy": "special", "budget": "0", "recipient": "Ada", "reward": "roof"}
    ]);
    let cred = "Ada,1,2\nBea,1,2\nAda,2,3\nCid,2,1\nBea,2,1\nDot,2,50\n";
    let results = closed("24", &policies, cred, Some("Ada,1,7\nZoe,1,1\n")).unwrap();
    let table = format!(
        "name,address,active,cred_total,cred_last_interval,earned_before,immediate,lately,special,roof,total\n\
         Ada,{ADA},true,5,3,7,6,8,0,0,14\nBea,{BEA},true,3,1,0,2,0,0,0,2\nCid,,true,1,1,0,2,2,4,0,8\nDot,,false,50,50,0,0,0,0,0,0\n"
    );
    assert_eq!(file(&results, "report/tables/grain.csv"), table);
    assert_eq!(earned(&results), ["Ada 1 7", "Zoe 1 1", "Ada 2 14", "Bea 2 2", "Cid 2 8"]);
    let told = warnings(&results);
    assert!(told.contains("`lately` excludes `Eve`, who has no account"), "{told}");
    assert!(told.contains("table of accounts, so that counts nowhere (1): Zoe"), "{told}");
    let statistics = &results.statistics[0].statistics;
    assert_eq!((&statistics["cred"], &statistics["active"]), (&json!("9"), &json!(3)));
    assert_eq!(statistics["policies"][2]["memo"], "for \u{fffd}the roof");
}

/// What earlier rounds gave counts in later ones, and an input replaces it.
#[test]
fn earned_is_carried_from_round_to_round() {
    let mut ledger = Ledger::new();
    let accounts = "Ada,ADA,true\nBea,BEA,true\n";
    let first = ledger.close("10", &one_balanced(0, "10"), accounts, "Ada,1,1\n", None).unwrap();
    assert_eq!(earned(first), ["Ada 1 10"]);
    // Bea catches up: 20 in all by 1 : 1 is 10 each.
    let cred = "Ada,1,1\nBea,2,1\n";
    let second = ledger.close("10", &one_balanced(0, "10"), accounts, cred, None).unwrap();
    assert_eq!(earned(second), ["Ada 1 10", "Bea 2 10"]);
    // A round of intervals of another kind cannot be compared with them.
    let days = "Ada,2026-01-05,1\n";
    let error = ledger.close("10", &one_balanced(0, "10"), accounts, days, None).unwrap_err().to_string();
    assert!(error.contains("carry.json: interval `1` is a number, and those before it are days"), "{error}");
    let third = ledger.close("10", &one_balanced(0, "10"), accounts, days, Some("")).unwrap();
    assert_eq!(earned(third), ["Ada 2026-01-05 10"]);
    let says = "rounds/r3/earned.csv: earlier rounds gave more than the table says, which counts all the same, in later rounds too (2): Ada, Bea\n";
    assert!(warnings(third).contains(says), "{}", warnings(third));
    // A table that has it all, under whatever intervals, is none to warn of.
    let all = Some("Ada,2025-12-01,4\nAda,2026-01-05,6\n");
    let fourth = ledger.close("10", &one_balanced(0, "10"), accounts, days, all).unwrap();
    assert!(!warnings(fourth).contains("earlier rounds gave more"), "{}", warnings(fourth));
}

/// A window reaches from its first interval to now; lookbacks beyond the first interval are all.
#[test]
fn windows_count_what_was_earned_in_them() {
    let cred = "Ada,3,1\nBea,3,1\nAda,5,1\nBea,5,1\n";
    let ada_of = |lookback, interval: u64| {
        let results =
            closed("10", &one_balanced(lookback, "10"), cred, Some(&format!("Ada,{interval},4\n"))).unwrap();
        total_of(&results, "Ada")
    };
    // Ada earned 4: of 14 by 1 : 1 she lacks 3. Where that does not count, she gets 5.
    for (lookback, interval, expected) in [
        (0, 1, 3),
        (0, 3, 3),
        (0, 9, 3),
        (1, 3, 5),
        (1, 4, 5),
        (1, 5, 3),
        (1, 9, 3),
        (2, 1, 5),
        (2, 3, 3),
        (2, 4, 3),
        (3, 1, 3),
        (u64::MAX, 1, 3),
    ] {
        assert_eq!(ada_of(lookback, interval), expected, "lookback {lookback}, earned in {interval}");
    }
}

/// Decimals behind the 18th are cut; intervals are compared as numbers, and zeros in front fall away.
#[test]
fn numbers_are_read_as_the_rule_says() {
    let cred = "Ada,007,0.0000000000000000019\nBea,7,0.000000000000000001\nBea,10,0\n";
    let immediate = json!([{"policy": "immediate", "budget": "2", "lookback": 2}]);
    let results = closed("2", &immediate, cred, Some("Ada,0007,1\nAda,7,2\n")).unwrap();
    assert_eq!((total_of(&results, "Ada"), total_of(&results, "Bea")), (1, 1));
    assert_eq!(earned(&results), ["Ada 7 3", "Ada 10 1", "Bea 10 1"]);
}

/// Without weights a budget stays unallocated, and somebody looks at it.
#[test]
fn budgets_without_weights_stay() {
    let immediate = json!([{"policy": "immediate", "budget": "5", "lookback": 1}]);
    for cred in ["", "Ada,1,0\n", "Dot,1,9\n"] {
        let results = closed("5", &immediate, cred, None).unwrap();
        assert_eq!(results.statement.predicate.allocations[0].sums.unallocated.0, "5");
        assert!(warnings(&results).contains("all weights of `immediate` are zero"), "{cred}");
        assert!(earned(&results).is_empty());
    }
    let mut ledger = Ledger::new();
    let results = ledger.close("5", &immediate, "Dot,,false\n", "Dot,1,9\n", None).unwrap();
    assert!(warnings(results).contains("no account is active"));
    assert!(results.recipients.is_empty());
}

/// What is refused, each with the place and the words that say why.
#[test]
fn faults_are_told() {
    let immediate = json!([{"policy": "immediate", "budget": "5", "lookback": 1}]);
    for (cred, says) in [
        ("Ada,1,-1", "cred.csv:2: cred `-1` is below zero"),
        ("Ada,1,NaN", "cred `NaN` is not a number"),
        ("Ada,1,1e-7", "cred `1e-7` is not a number: it has an exponent"),
        ("Ada,1,", "cred is empty"),
        ("Ada,,1", "interval is empty"),
        ("Ada,1.5,1", "interval `1.5` is neither a whole number nor a day"),
        ("Ada,2026-02-30,1", "is neither a whole number nor a day"),
        ("Ada,18446744073709551616,1", "interval `18446744073709551616` is too large"),
        ("Ada,2026-01-05,1\nAda,1,1", "cred.csv:3: interval `1` is a number, and those before it are days"),
        (
            "Ada,1,1\nAda,2026-01-05,1",
            "cred.csv:3: interval `2026-01-05` is a day, and those before it are numbers",
        ),
        (
            "Ada,1,1\n Ada ,01,1",
            "cred.csv:3: cred of `Ada` in interval 1 stands already at rounds/r1/cred.csv:2",
        ),
        (",1,1", "name is empty"),
        ("Eve,1,1", "account `Eve` has cred, and the table of accounts does not list it"),
    ] {
        let error = closed("5", &immediate, &(cred.to_owned() + "\n"), None).expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
    for (row, says) in [
        ("Ada,,true", "accounts.csv:6: account `Ada` stands already at rounds/r1/accounts.csv:2"),
        ("Eve,ADA,true", "address 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa stands already at"),
        ("Eve,,", "active is empty"),
        ("Eve,,yes", "active `yes` is neither `true` nor `false`"),
        (",ADA,true", "name is empty"),
        ("Eve,eve.eth,true", "is not an address"),
    ] {
        let mut ledger = Ledger::new();
        let result = ledger.close("5", &immediate, &format!("{ACCOUNTS}{row}\n"), "Ada,1,1\n", None);
        let error = result.expect_err(says).to_string();
        assert!(error.contains(says), "{says}: {error}");
    }
    for (row, says) in [
        ("Ada,1,1.5", "amount `1.5` has more than 0 decimals"),
        ("Ada,1,", "amount is empty"),
        ("Ada,2026-01-05,1", "earned.csv:2: interval `2026-01-05` is a day"),
    ] {
        let error = closed("5", &immediate, "Ada,1,1\n", Some(&format!("{row}\n"))).expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
}

/// What settings are refused.
#[test]
fn settings_are_checked() {
    let immediate = json!({"policy": "immediate", "budget": "5", "lookback": 1});
    let with = |field: &str, value: Value| {
        let mut policy = immediate.clone();
        policy[field] = value;
        json!([policy])
    };
    let recent = |discount: Value| json!([{"policy": "recent", "budget": "5", "discount": discount}]);
    let special = |recipient: &str| json!([{"policy": "special", "budget": "5", "recipient": recipient}]);
    for (policies, says) in [
        (json!([]), "`policies` is a list of 0; it must be a list of 1 to 100"),
        (json!(vec![immediate.clone(); 101]), "`policies` is a list of 101"),
        (json!([immediate, immediate]), "two rewards are called `immediate`"),
        (with("lookback", json!(0)), "`lookback` is 0; it must be 1 or more for `immediate`"),
        (with("lookback", json!(1.5)), "settings: "),
        (with("lookback", json!("1")), "settings: "),
        (with("lookback", json!(-1)), "settings: "),
        (with("lookback", Value::Null), "settings: "),
        (with("colour", json!("blue")), "unknown field"),
        (with("policy", json!("generous")), "unknown variant"),
        (with("budget", json!("4")), "the budgets sum to 4 TOK, and the pool is 5 TOK"),
        (with("budget", json!("5.5")), "budget of `immediate` `5.5` has more than 0 decimals"),
        (with("reward", json!("total")), "`total` cannot be the name of a reward"),
        (with("reward", json!("active")), "the name is a column of grain.csv"),
        (with("reward", json!("")), "cannot be the name of a reward"),
        (recent(json!("1.000000000000000001")), "`discount` is 1.000000000000000001; it must be 0 to 1"),
        (
            recent(json!("0.0000000000000000001")),
            "discount `0.0000000000000000001` has more than 18 decimals",
        ),
        (recent(json!("-0.5")), "discount `-0.5` is below zero"),
        (special("Eve"), "recipient `Eve` is not in the table of accounts"),
        (special("Dot"), "recipient `Dot` is not an active account"),
        (
            json!([{"policy": "special", "budget": "5", "recipient": "Ada", "memo": "x".repeat(1001)}]),
            "`memo` is 1001 bytes long; it must be at most 1000 bytes long",
        ),
        (json!([{"policy": "recent", "budget": "5"}]), "missing field `discount`"),
    ] {
        let error = closed("5", &policies, "Ada,1,1\n", None).expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
    for discount in [json!(0), json!(1), json!("1.0"), json!(0.07)] {
        assert!(closed("5", &recent(discount), "Ada,1,1\n", None).is_ok());
    }
    let error = closed("5", &special("Ada"), "", None).unwrap_err();
    assert!(error.contains("cred.csv: has no interval in which what is given now was earned"), "{error}");
}

/// Every text in every column ends in an error or in sums that hold, never in a panic.
#[test]
fn hostile_cells_are_refused_or_add_up() {
    let policies = json!([
        {"policy": "immediate", "budget": "5", "lookback": 1},
        {"policy": "recent", "budget": "5", "discount": "0.000000000000000001"},
        {"policy": "balanced", "budget": "5", "lookback": 0}
    ]);
    let mut divided = 0;
    for cell in &support::hostile_cells() {
        for column in 0..9 {
            let mut rows = [["Ada", ADA, "true"], ["Ada", "2", "1"], ["Ada", "2", "3"]];
            rows[column / 3][column % 3] = cell;
            let [account, cred, earned] = rows.map(|row| row.join(",") + "\n");
            let accounts = format!("Bea,BEA,true\n{account}");
            let mut ledger = Ledger::new();
            match ledger.close("15", &policies, &accounts, &format!("Bea,1,2\n{cred}"), Some(&earned)) {
                Ok(results) => {
                    results.statement.check_sums().unwrap();
                    divided += 1;
                }
                Err(problems) => assert!(problems.to_string().contains(".csv"), "{problems}"),
            }
        }
    }
    assert!(divided > 10, "{divided}");
}

/// The largest numbers that are read: the weights of `balanced` do not fit, and it is said of what.
#[test]
fn weights_beyond_256_bits_are_named() {
    let most = "340282366920938463463374607431768211455";
    let cred = format!("Ada,1,{most}\nBea,1,1\n");
    let error = closed(most, &one_balanced(0, most), &cred, None).unwrap_err();
    assert!(error.contains("cred.csv: the sum of the weights of `balanced` is too large"), "{error}");
    let earned = format!("Ada,1,{most}\n");
    let error =
        closed("5", &one_balanced(0, "5"), "Ada,1,0\n", Some(&format!("{earned}{earned}"))).unwrap_err();
    assert!(
        error.contains("earned.csv:3: the sum of what `Ada` earned in interval 1 is too large"),
        "{error}"
    );
}

#[test]
fn there_is_a_limit_of_intervals() {
    let cred: String = (1..=10_001).map(|interval| format!("Ada,{interval},1\n")).collect();
    let immediate = json!([{"policy": "immediate", "budget": "5", "lookback": 1}]);
    let error = closed("5", &immediate, &cred, None).unwrap_err();
    assert!(error.contains("cred.csv: 10001 intervals; at most 10000 are read"), "{error}");
}

fn pairs() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((0..1_000_000_u64, 0..1_000_000_u64), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Where nobody is above their share, `balanced` brings everybody to it: what was earned and what
    /// is given together are in proportion to cred, within a unit. And the weights sum to B C.
    #[test]
    fn balanced_brings_everybody_to_their_share(pairs in pairs(), budget in 1..1_000_000_u64) {
        let cred: Vec<Weight> = pairs.iter().map(|(cred, _)| Weight::from(*cred)).collect();
        let earned: Vec<Weight> = pairs.iter().map(|(_, earned)| Weight::from(*earned)).collect();
        let weights = balanced(Amount::from_units(budget.into()), &cred, &earned).unwrap();
        let (all_cred, all_earned) = pairs.iter().fold((0, 0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
        let over = pairs.iter().any(|(cred, earned)| {
            u128::from(all_earned + budget) * u128::from(*cred) < u128::from(*earned) * u128::from(all_cred)
        });
        let sum = weights.iter().fold(Weight::ZERO, |sum, weight| sum + *weight);
        let expected = Weight::from(budget) * Weight::from(all_cred);
        prop_assert!(if over { sum > expected } else { sum == expected }, "{sum} {expected}");
        let keys: Vec<String> = (0..weights.len()).map(|key| key.to_string()).collect();
        let shares: Vec<(&str, Weight)> = keys.iter().map(String::as_str).zip(weights).collect();
        let draw = Draw { round: "r", reward: "balanced" };
        let Some(parts) = apportion(Amount::from_units(budget.into()), &shares, draw).unwrap() else {
            prop_assert_eq!(all_cred, 0);
            return Ok(());
        };
        for ((cred, earned), part) in pairs.iter().zip(&parts).filter(|_| !over) {
            let (has, share) = (
                (u128::from(*earned) + part.units()) * u128::from(all_cred),
                u128::from(all_earned + budget) * u128::from(*cred),
            );
            prop_assert!(has.abs_diff(share) < u128::from(all_cred), "{has} {share}");
        }
    }

    /// Without discount all cred counts, with a full one that of the last interval; and nobody has
    /// less for more cred.
    #[test]
    fn discounts_have_their_ends(cred in prop::collection::vec(0..u64::MAX, 1..20), kept in 0..=1_000_000_000_000_000_000_u64) {
        let weights = |more: u64| cred.clone().into_iter().map(move |cred| Weight::from(cred) + Weight::from(more));
        let all = weights(0).fold(Weight::ZERO, |sum, cred| sum + cred);
        prop_assert_eq!(discounted(weights(0), 1_000_000_000_000_000_000), Some(all));
        prop_assert_eq!(discounted(weights(0), 0), weights(0).next_back());
        prop_assert!(discounted(weights(1), kept) >= discounted(weights(0), kept));
    }

    /// The order of rows changes nothing.
    #[test]
    fn the_order_of_rows_does_not_matter(
        (rows, shuffled) in prop::collection::btree_map((0..3_usize, 1..4_u8), 0..100_u8, 1..9)
            .prop_map(|rows| rows.into_iter().collect::<Vec<_>>())
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        let policies = json!([
            {"policy": "immediate", "budget": "100", "lookback": 2},
            {"policy": "recent", "budget": "100", "discount": "0.3"},
            {"policy": "balanced", "budget": "100", "lookback": 0}
        ]);
        let cred = |rows: &[((usize, u8), u8)]| -> String {
            rows.iter().map(|((who, when), cred)| format!("{},{when},{cred}\n", ["Ada", "Bea", "Cid"][*who])).collect()
        };
        let results = closed("300", &policies, &cred(&rows), Some("Ada,1,30\n")).unwrap();
        let again = closed("300", &policies, &cred(&shuffled), Some("Ada,1,30\n")).unwrap();
        prop_assert_eq!(file(&results, "distribution.csv"), file(&again, "distribution.csv"));
        prop_assert_eq!(file(&results, "carry.json"), file(&again, "carry.json"));
        prop_assert_eq!(file(&results, "report/tables/grain.csv"), file(&again, "report/tables/grain.csv"));
    }
}
