//! Rounds that continue one another give what one long round gives.

use std::collections::BTreeMap;

use meed::amount::Amount;
use meed::calculate::Results;
use meed::error::{Error, Place};
use proptest::prelude::*;
use serde_json::json;

use super::{Fund, carried, rows, table};

/// The lines of a table, its header apart.
fn lines(results: &Results, name: &str) -> Vec<String> {
    table(results, name).lines().skip(1).map(str::to_owned).collect()
}

/// What everybody was granted.
fn granted(results: &[&Results]) -> BTreeMap<String, Amount> {
    let mut amounts = BTreeMap::new();
    for results in results {
        let distribution = String::from_utf8(results.files["distribution.csv"].clone()).unwrap();
        for row in rows(&distribution, &["address", "key", "grant"]) {
            let amount = Amount::parse(&row[2], 18, &Place::file("distribution.csv"), "grant").unwrap();
            let sum: &mut Amount = amounts.entry(row[..2].concat()).or_default();
            *sum = sum.checked_add(amount).unwrap();
        }
    }
    amounts
}

/// Holds that the fund cut in two behind step `cut` gives rows, grants and carry of the fund in one
/// piece; whether anything was granted.
pub fn assert_cut(fund: &Fund, pool: &str, steps: u64, cut: u64) -> bool {
    let whole = fund.rounds(&[(pool, steps)]).unwrap_or_else(|problems| panic!("{problems}\n{fund:?}"));
    let parts = fund.rounds(&[(pool, cut), ("0", steps - cut)]);
    let parts = parts.unwrap_or_else(|problems| panic!("{problems}\n{fund:?}"));
    for name in ["conviction", "funds"] {
        let together: Vec<String> = parts.iter().flat_map(|part| lines(part, name)).collect();
        assert_eq!(together, lines(&whole[0], name), "{name} cut behind step {cut}: {fund:?}");
    }
    assert_eq!(granted(&parts.iter().collect::<Vec<_>>()), granted(&[&whole[0]]), "cut behind step {cut}");
    assert_eq!(carried(&parts[1]), carried(&whole[0]), "cut behind step {cut}");
    for results in parts.iter().chain(&whole) {
        results.statement.check_sums().unwrap();
    }
    !granted(&[&whole[0]]).is_empty()
}

/// Takes out the rows that name proposals which are closed by then or not there yet.
fn without_closed(mut fund: Fund, pool: &str, steps: u64) -> Fund {
    loop {
        let Err(problems) = fund.rounds(&[(pool, steps)]) else { return fund };
        let wrong: Vec<u64> = problems
            .errors()
            .iter()
            .map(|error| match error {
                Error::ProposalNotOpen { place, .. } => place.line_number().unwrap(),
                other => panic!("{other}\n{fund:?}"),
            })
            .collect();
        let lines = fund.stakes.lines().zip(1_u64..).filter(|(_, number)| !wrong.contains(number));
        fund.stakes = lines.map(|(line, _)| format!("{line}\n")).collect();
    }
}

fn any_fund() -> impl Strategy<Value = Fund> {
    let proposals = prop::collection::vec((1_u32..150, 1_u64..20, any::<bool>()), 1..5);
    let stakes = prop::collection::vec((1_u64..31, 0_usize..4, 0_usize..5, 0_u32..2000), 1..40);
    let holdings = prop::collection::vec((1_u64..31, 0_usize..4, 10_000_u32..20_000), 0..6);
    let alpha = prop_oneof![
        Just(("alpha", "0.9")),
        Just(("alpha", "0")),
        Just(("half_life", "3")),
        Just(("half_life", "17.123")),
    ];
    let choices = (
        alpha,
        prop_oneof![Just("staked"), Just("holdings"), Just("4321.000000000000000007")],
        prop_oneof![Just("check-then-stake"), Just("stake-then-check")],
        prop_oneof![Just("sequential"), Just("simultaneous")],
        prop_oneof![Just("normalised"), Just("plain")],
        (0_u64..5, prop_oneof![4 => Just("0"), 1 => Just("0.5")], prop_oneof![Just("0"), Just("3.3")]),
    );
    (proposals, stakes, holdings, choices).prop_map(|(proposals, mut stakes, holdings, choices)| {
        let ((decay, value), supply, order, release, threshold, (min_age, min_stake, inflow)) = choices;
        let mut settings = json!({
            "beta": "0.2", "rho": "0.002", "threshold": threshold, "supply": supply, "min_age": min_age,
            "min_stake": min_stake, "inflow_per_step": inflow, "order": order, "release": release,
        });
        settings[decay] = json!(value);
        let mut table = "proposal,title,beneficiary,address,requested,step\n".to_owned();
        for (index, (requested, step, has_address)) in proposals.iter().enumerate() {
            let address = if *has_address { format!("0x1{index:0>39}") } else { String::new() };
            table += &format!("p{index},,team {},{address},{requested}.25,{step}\n", index % 2);
        }
        stakes.sort_by_key(|(step, ..)| *step);
        let mut rows = "step,participant,proposal,amount\n".to_owned();
        for (step, who, proposal, amount) in stakes {
            rows += &format!("{step},m{who},p{proposal},{amount}.000000000000000001\n");
        }
        let mut held = "participant,amount,step\nm0,10000,\nm1,10001,\nm2,10002,\nm3,10003,\n".to_owned();
        let rows_held: BTreeMap<(u64, usize), u32> =
            holdings.into_iter().map(|(step, who, amount)| ((step, who), amount)).collect();
        for ((step, who), amount) in rows_held {
            held += &format!("m{who},{amount},{step}\n");
        }
        Fund { settings, proposals: table, stakes: rows, holdings: Some(held) }
    })
}

#[test]
fn two_rounds_are_one_cut_in_two() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(96));
    let granted = std::cell::Cell::new(0);
    let outcome = runner.run(&(any_fund(), 1_u64..30), |(fund, cut)| {
        let fund = without_closed(fund, "1000", 30);
        granted.set(granted.get() + usize::from(assert_cut(&fund, "1000", 30, cut)));
        Ok(())
    });
    outcome.unwrap();
    assert!(granted.get() > 20, "only {} of the funds granted anything", granted.get());
}

/// Three rounds with deposits of their own: the deposit comes at the beginning, and the state is that
/// of the last.
#[test]
fn deposits_and_inflow_join_what_was_kept() {
    let fund = Fund {
        settings: json!({
            "alpha": "0.5", "beta": "0.5", "rho": "0.01", "supply": "100", "inflow_per_step": "1",
        }),
        proposals: "proposal,title,beneficiary,address,requested,step\np,,team p,,40,1\n".to_owned(),
        stakes: "step,participant,proposal,amount\n1,ada,p,100\n".to_owned(),
        holdings: None,
    };
    // 50, 51 ... are too little for 40; from step 5 on the fund holds 1000 more.
    let results = fund.rounds(&[("50", 2), ("0", 2), ("1000", 2)]).unwrap();
    let sums: Vec<[String; 5]> = results
        .iter()
        .map(|results| {
            let sums = &results.statement.predicate.allocations[0].sums;
            [&sums.declared, &sums.pool, &sums.carried_in, &sums.held, &sums.kept].map(|sum| sum.0.clone())
        })
        .collect();
    let expected =
        [["50", "52", "0", "0", "52"], ["0", "2", "52", "0", "54"], ["1000", "1002", "54", "40", "1016"]];
    assert_eq!(sums, expected.map(|sums| sums.map(str::to_owned)));
    assert_eq!(
        carried(&results[1])[0]["state"],
        json!({"step": 4, "proposals": [{
            "proposal": "p", "status": "candidate", "age": 4, "requested": "40", "beneficiary": "team p",
            "address": "", "conviction": "187.5", "stakes": [{"participant": "ada", "amount": "100"}],
        }]})
    );
    assert_eq!(
        carried(&results[2])[0]["state"],
        json!({"step": 6, "proposals": [{
            "proposal": "p", "status": "active", "age": 6, "requested": "40", "beneficiary": "team p",
            "address": "", "conviction": "0", "stakes": [],
        }]})
    );
}
