//! work-v1: minted, paid and kept over several rounds, and what is refused.

use meed::calculate::Results;
use meed::error::Problems;
use meed::files::{Content, Files};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support;

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A ledger with one allocation, `work`, over several rounds.
struct Ledger {
    files: Files,
    decimals: u8,
    closed: Vec<Results>,
}

impl Ledger {
    fn new(decimals: u8) -> Self {
        let mut files = Files::default();
        let ledger = support::ledger_json("TOK", decimals, "{}");
        files.insert("ledger.json".to_owned(), Content::File(ledger.into_bytes()));
        Self { files, decimals, closed: Vec::new() }
    }

    /// Closes the next round: rows without header, settings, and whatever else the allocation names.
    fn close(&mut self, rows: &str, settings: &Value, more: &Value) -> Result<&Results, Problems> {
        let id = format!("r{}", self.closed.len() + 1);
        let mut allocation = json!({
            "name": "fund", "method": "work-v1", "inputs": {"contributions": "contributions.csv"}, "settings": settings
        });
        allocation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let round = json!({
            "format": 1,
            "period": {"start": "2026-01-01", "end": "2026-01-31"},
            "allocations": [allocation]
        });
        let table = format!("contributor,address,week,impact\n{rows}");
        for (name, text) in [("round.json", round.to_string()), ("contributions.csv", table)] {
            self.files.insert(format!("rounds/{id}/{name}"), Content::File(text.into_bytes()));
        }
        let results = support::results_after(&self.files, &id, &self.closed.iter().collect::<Vec<_>>())?;
        self.closed.push(results);
        Ok(self.closed.last().unwrap())
    }

    /// The figures of the allocation in a round: declared, pool, carried_in, brought_in, paid, held,
    /// kept, unallocated.
    fn figures(&self, results: &Results) -> [u128; 8] {
        let sums = &results.statement.predicate.allocations[0].sums;
        crate::support::figures(sums, self.decimals).map(meed::amount::Amount::units)
    }
}

/// The only round of a ledger, with two decimals.
fn closed(rows: &str, settings: &Value) -> Result<Results, String> {
    let mut ledger = Ledger::new(2);
    ledger.close(rows, settings, &json!({})).cloned().map_err(|problems| problems.to_string())
}

fn file(results: &Results, name: &str) -> String {
    String::from_utf8(results.files[name].clone()).unwrap()
}

fn warnings(results: &Results) -> String {
    results.warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

/// The example in the method's comment.
#[test]
fn the_worked_example_holds() {
    let rows = format!("Bea,,1,9.5\nAda,{ADA},1,8\nAda,{ADA},1,4\n");
    let mut ledger = Ledger::new(2);
    let results = ledger.close(&rows, &json!({"weeks": 1}), &json!({})).unwrap().clone();
    assert_eq!(ledger.figures(&results), [10000, 10000, 0, 0, 1200, 950, 7850, 0]);
    let carry: Value = serde_json::from_slice(&results.files["carry.json"]).unwrap();
    assert_eq!(
        carry["allocations"],
        json!([{"name": "fund", "method": "work-v1", "kept": "78.5", "state": {"supply": "101", "weeks": 1}}])
    );
    assert_eq!(
        file(&results, "report/tables/contributions.csv"),
        format!("contributor,address,weeks,impact,owed,paid\nAda,{ADA},1,12,12,12\nBea,,1,9.5,9.5,9.5\n")
    );
    assert_eq!(
        file(&results, "report/tables/treasury.csv"),
        "supply,treasury_before,minted,paid,treasury_after\n101,0,100,21.5,78.5\n"
    );
    let statistics = &results.statistics[0].statistics;
    assert_eq!((&statistics["contributors"], &statistics["contributions"]), (&json!(2), &json!(3)));

    let rows = format!("Ada,{ADA},1,150\nBea,{BEA},1,50\n");
    let error = closed(&rows, &json!({"weeks": 1, "impact_max": "150"})).unwrap_err();
    assert!(error.contains("200 TOK are owed, and the treasury of `fund` holds 100 TOK"), "{error}");
    let scaled = closed(&rows, &json!({"weeks": 1, "impact_max": 150, "shortfall": "scale"})).unwrap();
    assert!(file(&scaled, "distribution.csv").ends_with(&format!("Ada,{ADA},,,75,75\nBea,{BEA},,,25,25\n")));
    assert!(warnings(&scaled).contains("200 TOK are owed and the treasury holds 100"));
}

/// What is refused, each with the place and the words that say why.
#[test]
fn faults_are_told() {
    let row = |row: &str| row.replace("ADA", ADA).replace("BEA", BEA) + "\n";
    for (rows, says) in [
        ("Ada,ADA,1,11", "contributions.csv:2: impact `11` is not from 1 to 10"),
        ("Ada,ADA,1,0.999", "impact `0.999` is not from 1 to 10"),
        ("Ada,ADA,1,", "impact is empty"),
        ("Ada,ADA,1,-1", "impact `-1` is below zero"),
        ("Ada,ADA,1,1e400", "it has an exponent"),
        ("Ada,ADA,1,1.001", "impact x tokens_per_impact `1.001 x 1` has more than 2 decimals"),
        ("Ada,ADA,,1", "week is empty"),
        ("Ada,ADA,1.5,1", "a week is a whole number"),
        ("Ada,ADA,-1,1", "week `-1` is below zero"),
        ("Ada,ADA,18446744073709551616,1", "week `18446744073709551616` is too large"),
        (",,1,1", "contributor is empty"),
        ("Ada,ada.eth,1,1", "is not an address"),
        ("Ada,ADA,1,1\nBea,,1,1\n Ada ,BEA,1,1", "contributions.csv:4: `Ada` has address 0xbb"),
    ] {
        let error = closed(&row(rows), &json!({"weeks": 1})).expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
    for (settings, says) in [
        (json!({}), "missing field `weeks`"),
        (json!({"weeks": 0}), "`weeks` is 0; it must be 1 to 1000"),
        (json!({"weeks": 1001}), "`weeks` is 1001"),
        (json!({"weeks": "1"}), "settings: "),
        (json!({"weeks": 1, "impact_min": "10.5"}), "`impact_min` is 10.5; it must be at most `impact_max`"),
        (json!({"weeks": 1, "impact_max": "-1"}), "impact_max `-1` is below zero"),
        (json!({"weeks": 1, "weekly_mint": "1.001"}), "weekly_mint `1.001` has more than 2 decimals"),
        (json!({"weeks": 1, "tokens_per_impact": "x"}), "tokens_per_impact `x` is not a number"),
        (json!({"weeks": 1, "shortfall": "print"}), "unknown variant"),
        (json!({"weeks": 1, "mint": "1"}), "unknown field"),
        (
            json!({"weeks": 1000, "weekly_mint": "3402823669209384634633746074317682114"}),
            "the sum of supply and weekly_mint x weeks is too large",
        ),
    ] {
        let error = closed(&row("Ada,ADA,1,1"), &settings).expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
    let error = closed("Ada,,1,12\nBea,,x,0\n", &json!({"weeks": 0})).unwrap_err();
    let told = ["`weeks` is 0", ":2: impact `12`", ":3: week `x`", ":3: impact `0`"];
    assert!(told.iter().all(|says| error.contains(says)), "all at once: {error}");
}

/// The pool of the round file, if it names one, is what is minted.
#[test]
fn a_pool_that_is_named_is_what_is_minted() {
    let settings = json!({"weeks": 4, "weekly_mint": "2.5"});
    let mut ledger = Ledger::new(2);
    let error = ledger.close("", &settings, &json!({"pool": "100"})).unwrap_err().to_string();
    assert!(error.contains("allocation `fund` has a pool of 100 TOK, and 10 TOK are minted"), "{error}");
    assert!(ledger.close("", &settings, &json!({"pool": "10.00"})).is_ok());
}

/// People are told of weeks outside the round, of names of which some rows give no address, and of
/// rounds without contributions.
#[test]
fn odd_rows_are_shown() {
    let mut ledger = Ledger::new(2);
    let empty = warnings(ledger.close("", &json!({"weeks": 2}), &json!({})).unwrap());
    assert!(empty.contains("there are no contributions"), "{empty}");
    let nothing = json!({"weeks": 2, "impact_min": "0"});
    let nothing = warnings(Ledger::new(2).close("Ada,,1,0\n", &nothing, &json!({})).unwrap());
    assert!(nothing.contains("nobody earns anything: what is minted stays in the treasury"), "{nothing}");
    let rows = format!("Ada,{ADA},3,1\nAda,,4,1\nBea,,2,1\nBea,,6,1\n");
    let results = ledger.close(&rows, &json!({"weeks": 3}), &json!({})).unwrap();
    let told = warnings(results);
    let outside = "rows of other weeks than 3 to 5, which the round covers, count all the same (2, the first in line 4)";
    assert!(told.contains(outside), "{told}");
    assert!(told.contains("none in others, whose amount is held (1): Ada"), "{told}");
    let distribution = file(results, "distribution.csv");
    assert!(
        distribution.contains(&format!("Ada,{ADA},,,1,1\n")) && distribution.contains("Ada,,name:Ada,,1,1\n")
    );
}

/// An allocation under another name than before leaves behind what was kept, so people are told.
#[test]
fn another_name_begins_anew() {
    let mut ledger = Ledger::new(2);
    let settings = json!({"weeks": 1});
    let told = |results: &Results| warnings(results).contains("begins anew");
    assert!(!told(ledger.close("Ada,,1,5\n", &settings, &json!({})).unwrap()));
    let renamed = ledger.close("Ada,,1,5\n", &settings, &json!({"name": "purse"})).unwrap();
    let says = "rounds/r2/round.json: allocation `purse` begins anew: what earlier rounds of work-v1 left stands under `fund`, which this round does not name\n";
    assert!(warnings(renamed).contains(says), "{}", warnings(renamed));
    // From then on both names are known.
    assert!(!told(ledger.close("Ada,,2,5\n", &settings, &json!({"name": "purse"})).unwrap()));
    assert!(!told(ledger.close("Ada,,2,5\n", &settings, &json!({})).unwrap()));
}

/// A table of an earlier round, copied or forgotten, would be paid twice.
#[test]
fn the_table_of_an_earlier_round_is_told() {
    let mut ledger = Ledger::new(2);
    let settings = json!({"weeks": 1});
    let says = "rounds/r3/contributions.csv: allocation `fund` reads the same contributions as in round r1: the bytes are equal\n";
    for (rows, is_told) in [("Ada,,1,5\n", false), ("Ada,,2,5\n", false), ("Ada,,1,5\n", true)] {
        let told = warnings(ledger.close(rows, &settings, &json!({})).unwrap());
        assert_eq!(told.contains(says), is_told, "{rows}: {told}");
        assert_eq!(told.contains("bytes are equal"), is_told, "{rows}: {told}");
    }
}

/// Every text in every column ends in an error or in sums that hold, never in a panic.
#[test]
fn hostile_cells_are_refused_or_add_up() {
    let settings = json!({
        "weeks": 1, "impact_min": 0, "impact_max": "340282366920938463463374607431768211455", "shortfall": "scale"
    });
    let mut divided = 0;
    for cell in &support::hostile_cells() {
        for column in 0..4 {
            let mut row = ["Ada", ADA, "1", "3"];
            row[column] = cell;
            let rows = format!("{}\nBea,{BEA},1,2\n", row.join(","));
            match closed(&rows, &settings) {
                Ok(results) => {
                    results.statement.check_sums().unwrap();
                    divided += 1;
                }
                Err(error) => assert!(error.contains("contributions.csv:2: "), "{error}"),
            }
        }
    }
    assert!(divided > 5, "{divided}");
    // Many rows of the most that is read: the row that is too much is named.
    let huge = "340282366920938463463374607431768211455".to_owned();
    let settings = json!({"weeks": 1, "impact_max": huge, "tokens_per_impact": "0"});
    let error = closed(&format!("Ada,{ADA},1,{huge}\n").repeat(2000), &settings).unwrap_err();
    assert!(error.contains("the sum of impact, or of what is owed, up to this row is too large"), "{error}");
}

/// A made-up contribution: who, whether with address, and hundredths of impact.
type Contribution = (u8, bool, u32);
/// A made-up round: weeks, hundredths minted a week, contributions.
type Round = (u64, u64, Vec<Contribution>);

fn rows_of(contributions: &[Contribution]) -> String {
    let row = |(who, with_address, impact): &Contribution| {
        let address = if *with_address { format!("0x{:040x}", who + 1) } else { String::new() };
        format!("Member {who},{address},1,{}.{:02}\n", impact / 100, impact % 100)
    };
    contributions.iter().map(row).collect()
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let contribution = (0_u8..6, any::<bool>(), 0_u32..=10_000);
    let contributions = prop::collection::vec(contribution, 0..8);
    prop::collection::vec((1_u64..5, 0_u64..20_000, contributions), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// minted = paid + held + what the treasury grew by, in every round and over all; the supply
    /// grows by what is minted; nobody gets more than they are owed, and all of it where there is
    /// enough; the order of rows changes nothing.
    #[test]
    fn nothing_comes_from_nowhere(rounds in rounds()) {
        let (mut ledger, mut reversed) = (Ledger::new(2), Ledger::new(2));
        let (mut treasury, mut supply, mut weeks_so_far) = (0, 500, 0);
        for (weeks, mint, contributions) in rounds {
            let settings = json!({
                "weeks": weeks, "weekly_mint": format!("{}.{:02}", mint / 100, mint % 100), "impact_min": 0,
                "impact_max": 100, "initial_supply": "5", "shortfall": "scale"
            });
            let results = ledger.close(&rows_of(&contributions), &settings, &json!({})).unwrap().clone();
            let [declared, pool, carried_in, brought_in, paid, held, kept, unallocated] = ledger.figures(&results);
            let minted = u128::from(weeks * mint);
            prop_assert_eq!([declared, pool, carried_in, brought_in, unallocated], [minted, minted, treasury, 0, 0]);
            prop_assert_eq!(treasury + minted, paid + held + kept);
            let owed: u128 = contributions.iter().map(|(_, _, impact)| u128::from(*impact)).sum();
            prop_assert_eq!(paid + held, owed.min(treasury + minted));
            (treasury, supply, weeks_so_far) = (kept, supply + minted, weeks_so_far + weeks);
            let carry: Value = serde_json::from_slice(&results.files["carry.json"]).unwrap();
            let supply_text = meed::amount::Amount::from_units(supply).to_text(2);
            let state = json!({"supply": supply_text, "weeks": weeks_so_far});
            prop_assert_eq!(&carry["allocations"][0]["state"], &state);
            for line in file(&results, "report/tables/contributions.csv").lines().skip(1) {
                let fields: Vec<&str> = line.split(',').collect();
                let units = |text: &str| {
                    let place = meed::error::Place::file("test");
                    meed::amount::Amount::parse(text, 2, &place, "amount").unwrap()
                };
                prop_assert!(units(fields[5]) <= units(fields[4]), "{}", line);
            }
            let backwards: Vec<Contribution> = contributions.iter().rev().copied().collect();
            let again = reversed.close(&rows_of(&backwards), &settings, &json!({})).unwrap();
            prop_assert_eq!(file(&results, "distribution.csv"), file(again, "distribution.csv"));
            prop_assert_eq!(file(&results, "carry.json"), file(again, "carry.json"));
        }
    }
}
