//! What the method refuses, what it warns of, and what it takes with a shrug.

use meed::calculate::Results;
use serde_json::json;

use super::{Fund, rows, table};

const ADDRESS: &str = "0x1111111111111111111111111111111111111111";

/// A fund of 1000 in which two may be funded.
fn fund() -> Fund {
    Fund {
        settings: json!({
            "alpha": "0.5", "beta": "0.2", "rho": "0.0025", "supply": "holdings", "min_age": 1,
        }),
        proposals: "proposal,title,beneficiary,address,requested,step\na,A,Ada,,100,1\nb,B,Bea,,95,2\n"
            .into(),
        stakes: "step,participant,proposal,amount\n1,ada,a,100\n2,bea,b,50\n".into(),
        holdings: Some("participant,amount\nada,6000\nbea,4000\n".into()),
    }
}

/// The fund with one text replaced in the table that holds it, or in the settings.
fn edited(from: &str, to: &str) -> Fund {
    let mut fund = fund();
    let settings = fund.settings.to_string();
    let holdings = fund.holdings.as_mut().unwrap();
    if settings.contains(from) {
        fund.settings = serde_json::from_str(&settings.replacen(from, to, 1)).unwrap();
        return fund;
    }
    let tables = [&mut fund.proposals, &mut fund.stakes, holdings];
    let table = tables.into_iter().find(|table| table.contains(from)).unwrap();
    *table = table.replacen(from, to, 1);
    fund
}

fn refused(fund: &Fund, steps: u64) -> String {
    fund.rounds(&[("1000", steps)]).map(|_| ()).expect_err(&format!("{fund:?}")).to_string()
}

#[test]
fn settings_keep_to_their_bounds() {
    for (from, to, says) in [
        ("\"alpha\":\"0.5\"", "\"alpha\":\"1\"", "`alpha` is 1; it must be at least 0 and below 1"),
        ("\"alpha\":\"0.5\"", "\"alpha\":\"0.5000000000000000001\"", "has more than 18 decimals"),
        ("\"alpha\":\"0.5\"", "\"alpha\":\"-0.5\"", "alpha `-0.5` is below zero"),
        ("\"alpha\":\"0.5\"", "\"alpha\":1e400", "alpha `1e+400` is not a number"),
        ("\"alpha\":\"0.5\",", "", "exactly one of `alpha` and `half_life` must be given"),
        ("\"alpha\":\"0.5\",", "\"alpha\":\"0.5\",\"half_life\":\"1\",", "exactly one of"),
        ("\"alpha\":\"0.5\",", "\"half_life\":\"0\",", "`half_life` is 0; it must be above 0"),
        (
            "\"alpha\":\"0.5\",",
            "\"half_life\":\"2000000000000000000\",",
            "`half_life` is 2000000000000000000",
        ),
        ("\"beta\":\"0.2\"", "\"beta\":\"0\"", "`beta` is 0; it must be above 0 and at most 1"),
        ("\"beta\":\"0.2\"", "\"beta\":\"1.000000000000000001\"", "`beta` is 1.000000000000000001"),
        ("\"beta\":\"0.2\"", "\"beta\":\"99999999999999999999\"", "`beta` is 99999999999999999999"),
        ("\"rho\":\"0.0025\"", "\"rho\":\"0\"", "`rho` is 0"),
        ("\"rho\":\"0.0025\"", "\"rho\":\"2\"", "`rho` is 2"),
        ("\"supply\":\"holdings\"", "\"supply\":\"-1\"", "supply `-1` is below zero"),
        ("\"supply\":\"holdings\"", "\"supply\":\"all\"", "`supply` to be `staked`, `holdings` or an amount"),
        ("\"supply\":\"holdings\"", "\"supply\":null", "null"),
        (
            "\"min_age\":1",
            "\"min_age\":-1",
            "settings: `min_age`: found a number that is not a whole number of zero or more",
        ),
        ("\"min_age\":1", "\"min_age\":\"1\"", "settings: `min_age`: found the text \"1\", expected a whole"),
        ("\"rho\":\"0.0025\",", "", "settings: missing field `rho`"),
        ("\"min_age\":1", "\"inflow_per_step\":\"0.0000000000000000001\"", "has more than 18 decimals"),
        ("\"min_age\":1", "\"inflow_per_step\":\"340282366920938463463\"", "pool, inflow and funds"),
        ("\"min_age\":1", "\"min_stake\":\"NaN\"", "min_stake `NaN` is not a number"),
        ("\"min_age\":1", "\"order\":\"both\"", "settings: `order`: unknown variant"),
        ("\"min_age\":1", "\"ordre\":\"both\"", "settings: unknown field `ordre`"),
    ] {
        let error = refused(&edited(from, to), 5);
        assert!(error.contains(says), "{to}: {error}");
    }
    for steps in [0, 100_001, u64::MAX] {
        assert!(refused(&fund(), steps).contains("it must be 1 to 100000"), "{steps}");
    }
    let mut without = fund();
    without.holdings = None;
    assert!(refused(&without, 5).contains("has no input `holdings`"));
    without.settings["supply"] = json!("10000");
    without.rounds(&[("1000", 5)]).unwrap();
}

#[test]
fn rows_that_make_no_sense_are_named() {
    for (from, to, says) in [
        ("2,bea,b", "2,bea,c", "stakes.csv:3: nobody can stake on proposal `c` in step 2: there is no such"),
        (
            "2,bea,b",
            "1,bea,b",
            "stakes.csv:3: nobody can stake on proposal `b` in step 1: it exists from step 2 on",
        ),
        (
            "2,bea,b,50",
            "2,bea,b,4000.1",
            "stakes.csv:3: `bea` stakes 4000.1 in all after step 2 and holds 4000",
        ),
        ("2,bea,b", "2,eve,b", "`eve` stakes 50 in all after step 2 and holds 0"),
        ("1,ada,a", "3,ada,a", "stakes.csv:3: step 2 stands behind step 3"),
        ("2,bea,b", "0,bea,b", "stakes.csv:3: step is 0"),
        ("2,bea,b", "2.5,bea,b", "step `2.5` has more than 0 decimals"),
        ("2,bea,b", "9007199254740992,bea,b", "step `9007199254740992` is too large"),
        ("2,bea,b", ",bea,b", "step is empty"),
        ("2,bea,b", "2,,b", "participant is empty"),
        ("2,bea,b", "2,bea,", "proposal is empty"),
        ("b,50", "b,", "amount is empty"),
        ("b,50", "b,-50", "amount `-50` is below zero"),
        ("b,50", "b,-0", "amount `-0` is below zero"),
        ("b,50", "b,1e400", "amount `1e400` is not a number"),
        ("b,B,Bea,,95", "b,B,Bea,,0", "proposals.csv:3: requested is 0"),
        ("b,B,Bea,,95", "b,B,,,95", "beneficiary is empty"),
        ("b,B,Bea,,95", "b,B,Bea,0x11,95", "is not an address"),
        (
            "b,B,Bea,,95",
            " a ,B,Bea,,95",
            "proposals.csv:3: proposal `a` stands already at rounds/r-0/proposals.csv:2",
        ),
        (
            "bea,4000",
            "ada,4000",
            "holdings.csv:3: participant `ada` stands already at rounds/r-0/holdings.csv:2",
        ),
        ("bea,4000", "bea,", "amount is empty"),
        (
            "b,50\n",
            "b,340282366920938463463\n2,bea,a,340282366920938463463\n",
            "the sum of all stakes is too large",
        ),
    ] {
        let error = refused(&edited(from, to), 5);
        assert!(error.contains(says), "{to}: {error}");
    }
    // All at once, in the order of the file.
    let mut fund = fund();
    fund.stakes += "2,bea,c,1\n3,bea,b,5000\n4,bea,,1\n";
    let error = refused(&fund, 5);
    assert!(error.contains("proposal is empty") && !error.contains("`c`"), "{error}");
    fund.stakes = fund.stakes.replace("4,bea,,1\n", "5,ada,d,1\n");
    let error = refused(&fund, 5);
    assert!(["`c`", "`d`", "5000"].iter().all(|text| error.contains(text)), "{error}");
}

/// Rows of holdings stand in the order of their steps, those without step first.
#[test]
fn holdings_do_not_go_backwards() {
    let mut fund = fund();
    fund.holdings = Some("participant,amount,step\nada,6000,2\nbea,4000,\n".into());
    assert!(refused(&fund, 5).contains("holdings.csv:3: step 0 stands behind step 2"));
    fund.holdings = Some("participant,amount,step\nbea,4000,\nada,6000,2\n".into());
    let error = refused(&fund, 5);
    assert!(error.contains("stakes.csv:2: `ada` stakes 100 in all after step 1 and holds 0"), "{error}");
}

/// Holdings that fall below the stakes, also without a row of that step.
#[test]
fn holdings_may_not_fall_below_the_stakes() {
    let mut fund = fund();
    fund.holdings = Some("participant,amount,step\nada,6000,\nbea,4000,\nada,99.5,4\n".into());
    let error = refused(&fund, 5);
    assert!(error.contains("holdings.csv:4: `ada` stakes 100 in all after step 4 and holds 99.5"), "{error}");
    fund.rounds(&[("1000", 3)]).unwrap();
    // The stake is withdrawn in the same step, whatever the order of the files.
    fund.stakes += "4,ada,a,99\n";
    fund.rounds(&[("1000", 5)]).unwrap();
    // The next round is told of other holdings.
    let first = fund.rounds(&[("1000", 3)]).unwrap();
    fund.holdings = Some("participant,amount\nada,6000\nbea,49\n".into());
    let error = fund.round(1, "0", 2, &[&first[0]]).unwrap_err().to_string();
    assert!(error.contains("holdings.csv: `bea` stakes 50 in all after step 4 and holds 49"), "{error}");
}

/// A stake on what was funded or killed, also of nothing, also in a later round.
#[test]
fn closed_proposals_take_no_stakes() {
    let mut fund = fund();
    fund.stakes = "step,participant,proposal,amount\n1,ada,a,6000\n2,bea,b,50\n3,ada,a,0\n".into();
    let error = refused(&fund, 5);
    assert!(
        error.contains("stakes.csv:4: nobody can stake on proposal `a` in step 3: it was funded"),
        "{error}"
    );
    let first = fund.rounds(&[("1000", 2)]).unwrap();
    let error = fund.round(1, "0", 2, &[&first[0]]).unwrap_err().to_string();
    assert!(
        error.contains("stakes.csv:4: nobody can stake on proposal `a` in step 3: it was funded"),
        "{error}"
    );
    fund.settings["min_stake"] = json!("51");
    fund.stakes = "step,participant,proposal,amount\n1,ada,a,100\n2,bea,b,50\n3,bea,b,60\n".into();
    let error = refused(&fund, 5);
    assert!(
        error.contains("stakes.csv:4: nobody can stake on proposal `b` in step 3: it was killed"),
        "{error}"
    );
}

/// A killed proposal keeps its last conviction, and its stakes are free for others.
#[test]
fn poor_proposals_are_killed() {
    let mut fund = fund();
    fund.settings["min_stake"] = json!("50.5");
    fund.settings["supply"] = json!("10000");
    fund.holdings = Some("participant,amount\nada,100\nbea,50\n".into());
    fund.stakes += "3,bea,a,50\n";
    let results = fund.rounds(&[("1000", 3)]).unwrap();
    let columns = ["step", "proposal", "status", "age", "staked", "conviction", "threshold"];
    let seen = rows(&table(&results[0], "conviction"), &columns);
    let killed: Vec<&[String]> = seen.iter().filter(|row| row[2] == "killed").map(|row| &row[3..6]).collect();
    assert_eq!(killed, [["1", "0", "50"], ["2", "0", "50"]]);
    // In the step of its end it was a candidate at the check.
    let thresholds: Vec<bool> =
        seen.iter().filter(|row| row[2] == "killed").map(|row| row[6].is_empty()).collect();
    assert_eq!(thresholds, [false, true]);
    let counts = rows(&table(&results[0], "funds"), &["candidate", "active", "killed"]);
    assert_eq!(counts, [["1", "0", "0"], ["1", "0", "1"], ["1", "0", "1"]]);
    fund.settings["order"] = json!("stake-then-check");
    let results = fund.rounds(&[("1000", 3)]).unwrap();
    let seen = rows(&table(&results[0], "conviction"), &columns);
    assert!(seen.iter().filter(|row| row[2] == "killed").all(|row| row[6].is_empty()));
}

/// Equal conviction: the smaller id is judged first.
#[test]
fn ties_go_by_id() {
    let mut fund = fund();
    fund.proposals =
        "proposal,title,beneficiary,address,requested,step\nz,,Zoe,,100,1\nb,,Bea,,100,1\n".into();
    fund.stakes = "step,participant,proposal,amount\n1,ada,z,3500\n1,bea,b,3500\n".into();
    for (release, active) in [("sequential", vec!["b"]), ("simultaneous", vec!["b", "z"])] {
        fund.settings["release"] = json!(release);
        let results = fund.rounds(&[("1000", 3)]).unwrap();
        let seen = rows(&table(&results[0], "conviction"), &["step", "proposal", "status"]);
        let seen: Vec<&str> = seen
            .iter()
            .filter(|row| row[0] == "3" && row[2] == "active")
            .map(|row| row[1].as_str())
            .collect();
        assert_eq!(seen, active, "{release}");
    }
}

/// Two grants of one beneficiary add up; a beneficiary with an address is paid, one without held.
#[test]
fn grants_go_to_their_beneficiaries() {
    let mut fund = fund();
    fund.proposals = format!(
        "proposal,title,beneficiary,address,requested,step\na,,Ada,{ADDRESS},10,1\nb,,Ada B.,{ADDRESS},20,1\nc,,Ada,,5,1\n"
    );
    fund.stakes = "step,participant,proposal,amount\n1,ada,a,2000\n1,ada,b,2000\n1,ada,c,2000\n".into();
    let results = fund.rounds(&[("1000", 6)]).unwrap();
    let distribution = String::from_utf8(results[0].files["distribution.csv"].clone()).unwrap();
    assert_eq!(
        distribution,
        format!("recipient,address,key,accounts,grant,total\nAda,{ADDRESS},,,30,30\nAda,,name:Ada,,5,5\n")
    );
}

/// Terms of an open proposal stay; its address may come, and another one is worth a look.
#[test]
fn terms_stay_while_people_stake() {
    let fund = fund();
    let first = fund.rounds(&[("1000", 3)]).unwrap();
    let next = |change: &dyn Fn(&mut Fund)| {
        let mut fund = fund.clone();
        change(&mut fund);
        fund.round(1, "0", 2, &[&first[0]]).map_err(|problems| problems.to_string())
    };
    let replaced = |from: &'static str, to: &'static str| {
        next(&move |fund| fund.proposals = fund.proposals.replacen(from, to, 1))
    };
    for (from, to, says) in [
        (
            "95,2",
            "96,2",
            "proposals.csv:3: requested of proposal `b` was `95` in the round before and is `96`",
        ),
        (
            "Bea",
            "Eve",
            "proposals.csv:3: beneficiary of proposal `b` was `Bea` in the round before and is `Eve`",
        ),
        (
            "b,B,Bea,,95,2\n",
            "",
            "proposals.csv: proposal `b` is open for stakes since an earlier round and is missing",
        ),
    ] {
        assert!(replaced(from, to).unwrap_err().contains(says), "{to}");
    }
    let skipped = "stakes.csv: rows of stakes that are not of this round are skipped: 2 up to step 3";
    let plain = warnings(&next(&|_| {}).unwrap());
    assert!(plain.contains(skipped) && plain.lines().count() == 1, "{plain}");
    // Titles and steps may be corrected; an address may come.
    for (from, to) in
        [("b,B,Bea,,95,2", "b,New,Bea,,95,7"), ("Bea,,", "Bea,0x1111111111111111111111111111111111111111,")]
    {
        assert_eq!(warnings(&replaced(from, to).unwrap()), plain, "{to}");
    }
    let late = replaced("95,2\n", "95,2\nc,,Cid,,7,2\n").unwrap();
    assert!(
        warnings(&late)
            .contains("proposals.csv:4: proposal `c` names step 2, which is over: it exists from step 4")
    );
    let seen = rows(&table(&late, "conviction"), &["step", "proposal", "age"]);
    assert!(seen.contains(&vec!["4".to_owned(), "c".to_owned(), "1".to_owned()]), "{seen:?}");
}

/// An address that changes or goes is taken over, with a warning.
#[test]
fn addresses_that_move_are_worth_a_look() {
    let mut fund = fund();
    fund.proposals = fund.proposals.replace("Bea,,", &format!("Bea,{ADDRESS},"));
    let first = fund.rounds(&[("1000", 3)]).unwrap();
    for (address, now) in [
        ("0x2222222222222222222222222222222222222222", "0x2222222222222222222222222222222222222222"),
        ("", "none"),
    ] {
        let mut moved = fund.clone();
        moved.proposals = moved.proposals.replace(ADDRESS, address);
        let results = moved.round(1, "0", 2, &[&first[0]]).unwrap();
        let says =
            format!("the address of proposal `b` was {ADDRESS} in the round before and is {now}: check it");
        assert!(warnings(&results).contains(&says), "{}", warnings(&results));
        assert_eq!(super::carried(&results)[0]["state"]["proposals"][1]["address"], address);
    }
}

#[test]
fn funds_that_cannot_work_are_warned_of() {
    let warned = |fund: &Fund, pool: &str| warnings(&fund.rounds(&[(pool, 3)]).unwrap()[0]);
    assert_eq!(warned(&fund(), "1000"), "");
    // (0.2 - sqrt(0.0025)) x 600 = 90.
    let says = "with 600 TOK left in the fund no request above 90 TOK can ever pass; the cheapest open proposal, `b`, asks for 95";
    assert!(warned(&fund(), "600").contains(says));
    // A supply below what is staked: the conviction of step 3 passes in step 4.
    let mut small = edited("\"holdings\"", "\"1\"");
    small.stakes = "step,participant,proposal,amount\n3,ada,b,100\n".into();
    small.proposals = small.proposals.replace("a,A,Ada,,100,1\n", "");
    assert_eq!(warned(&small, "600"), "");
    let mut nobody = fund();
    nobody.stakes = "step,participant,proposal,amount\n9,ada,a,1\n".into();
    let text = warned(&nobody, "1000");
    assert!(text.contains("nobody stakes on any proposal") && text.contains("1 beyond step 3"), "{text}");
    let mut poor = fund();
    poor.settings["min_stake"] = json!("200");
    poor.stakes = "step,participant,proposal,amount\n1,ada,a,100\n".into();
    let text = warned(&poor, "1000");
    assert!(text.contains("all open proposals are killed: on each less than `min_stake`"), "{text}");
    assert!(!text.contains("nobody stakes"), "{text}");
    nobody.proposals = "proposal,title,beneficiary,address,requested,step\na,,Ada,,1,9\n".into();
    nobody.stakes = "step,participant,proposal,amount\n".into();
    assert!(warned(&nobody, "1000").contains("no proposal is open in any step of the round"));
    let mut free = fund();
    free.settings["supply"] = json!("0");
    assert!(
        warned(&free, "1000")
            .contains("the supply is zero when proposals are checked in 2 of the steps (first in step 2)")
    );
    free.stakes = "step,participant,proposal,amount\n".into();
    assert!(warned(&free, "1000").contains("the supply is zero in every step"));
}

/// A limit keeps the table of a round readable, and the program alive.
#[test]
fn rounds_have_a_size() {
    let mut fund = fund();
    fund.settings["supply"] = json!("staked");
    fund.rounds(&[("1000", 100_000)]).unwrap();
    fund.proposals += "c,,Cid,,1,100000\n";
    let error = refused(&fund, 100_000);
    assert!(
        error.contains("100000 steps of 3 proposals are 300000 rows; at most 250000 are computed"),
        "{error}"
    );
}

/// The largest amounts that are read do not wrap: they are told, or computed.
#[test]
fn the_largest_amounts_are_told_or_computed() {
    let most = "340282366920938463463.374607431768211455";
    let mut fund = Fund {
        settings: json!({"alpha": "0", "beta": "1", "rho": "1", "supply": most}),
        proposals: format!("proposal,title,beneficiary,address,requested,step\na,,Ada,,{most},1\n"),
        stakes: format!("step,participant,proposal,amount\n1,ada,a,{most}\n"),
        holdings: Some(format!("participant,amount\nada,{most}\n")),
    };
    let results = fund.rounds(&[(most, 3)]).unwrap();
    let seen = rows(&table(&results[0], "conviction"), &["conviction", "threshold"]);
    assert_eq!(seen[2], [most, "inf"]);
    fund.settings["alpha"] = json!("0.000000000000000001");
    let error = fund.rounds(&[(most, 3)]).map(|_| ()).unwrap_err().to_string();
    assert!(
        error.contains("the sum of the stakes on `a` over time, its conviction in step 2, is too large"),
        "{error}"
    );
    fund.settings["alpha"] = json!("0");
    fund.holdings = Some(format!("participant,amount\nada,{most}\nbea,1\n"));
    let error = fund.rounds(&[(most, 3)]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("holdings.csv:3: the sum of all holdings is too large"), "{error}");
}

fn warnings(results: &Results) -> String {
    results.warnings.iter().map(|warning| format!("{warning}\n")).collect()
}
