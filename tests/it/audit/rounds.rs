//! Each outcome, on rounds that are made up for it.

use proptest::prelude::*;

use super::*;

#[test]
fn what_was_published_right_is_equal() {
    let rounds = Rounds::sound("round-1");
    let report = rounds.audit(0, &[]);
    assert_eq!(outcomes(&report, 0), ["praise: amounts equal", "praise: payments equal"]);
    let [amounts, payments] = [0, 1].map(|index| &report["revisions"][0]["comparisons"][index]);
    assert_eq!((&amounts["recipients"], &payments["recipients"]), (&Value::from(7), &Value::from(6)));
    assert_eq!(amounts["recomputed_sum"], "100");
    assert_eq!(payments["recomputed_sum"], "93.571428571428571429");
    let nobody = findings(&report, 0, "nobody");
    let expected =
        "1 person has no address: 6.428571428571428571 TOK were computed for them, and nobody was paid";
    assert_eq!(nobody, [expected]);
    let text = rounds.text(0, &[]);
    assert!(text.ends_with("\n1 round, 1 revision: 1 equal\n"), "{text}");
    assert!(text.contains(expected), "{text}");
}

/// Rule 2 of praise-v1: 4154 x 0.03 is 124.62, and in floats 124.61999999999999, cut to 124.619999.
#[test]
fn a_pool_cut_in_floats_is_rounding() {
    let rounds = Rounds::new();
    rounds.inputs("round-4", "4154");
    let cut = |share: f64| (4154.0 * share * 1e6).trunc() / 1e6;
    let pools = [cut(0.9), cut(0.07), (4154.0_f64 * 0.03 * 1e6).floor() / 1e6];
    assert_eq!(format!("{pools:?}"), "[3738.6, 290.78, 124.619999]", "floats are what they were");
    rounds.publish("round-4", pools);
    let report = rounds.audit(0, &[]);
    assert_eq!(outcomes(&report, 0), ["praise: amounts rounding", "praise: payments rounding"]);
    let row = &report["revisions"][0]["comparisons"][0];
    let sum: f64 = row["sum_difference"].as_str().unwrap().parse().unwrap();
    assert!((sum + 1e-6).abs() < 1e-11, "{sum}");
    let graded: Vec<(&str, &str)> = row["differences"].as_array().unwrap()[..2]
        .iter()
        .map(|found| (found["address"].as_str().unwrap(), found["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(graded, [(BOARD[0], "rounding"), (BOARD[1], "rounding")], "{row}");
    let text = rounds.text(0, &[]);
    let lost = text.lines().find(|line| line.contains("why: RAD cut its pools at 6 decimals")).unwrap();
    let together = lost.rsplit("together ").next().unwrap().strip_suffix(" TOK").unwrap();
    assert!((together.parse::<f64>().unwrap() + 1e-6).abs() < 1e-11, "{lost}");
    assert!(text.ends_with("1 round, 1 revision: 1 differs by rounding\n"), "{text}");

    // Twice as much is no rounding.
    rounds.publish("round-4", [3738.6, 290.78, 124.619_998]);
    assert_eq!(outcomes(&rounds.audit(1, &[]), 0), ["praise: amounts differs", "praise: payments differs"]);
}

/// A token of 2 decimals is divided to its cents; RAD wrote more digits.
#[test]
fn a_token_of_few_decimals_is_rounding() {
    let rounds = Rounds::sound("round-1");
    let report = rounds.audit(0, &["--decimals", "2"]);
    assert_eq!(outcomes(&report, 0), ["praise: amounts rounding", "praise: payments rounding"]);
    let explanation = report["revisions"][0]["comparisons"][0]["explanation"].as_str().unwrap();
    assert!(explanation.starts_with("the token cannot be divided further"), "{explanation}");
}

#[test]
fn an_amount_that_was_changed_differs() {
    let rounds = Rounds::sound("round-1");
    let payments = format!("{}/{PAYMENTS}", exports("round-1"));
    rounds.edit(&payments, |text| text.replace("25.714285714285715", "26.714285714285715"));
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 0), ["praise: amounts equal", "praise: payments differs"]);
    assert_eq!(report["revisions"][0]["outcome"], "differs");
    let found = &report["revisions"][0]["comparisons"][1]["differences"][0];
    assert_eq!((found["name"].as_str(), found["address"].as_str()), (Some("Ada"), Some(ADA)));
    assert_eq!(found["published"], "26.714285714285715");
    assert_eq!(found["recomputed"], "25.714285714285714286");
    assert_eq!(found["difference"], "+1.000000000000000714");
    let text = rounds.text(1, &[]);
    let line = format!(
        "    Ada ({ADA}): published 26.714285714285715, recomputed 25.714285714285714286: +1.000000000000000714 TOK\n"
    );
    assert!(text.contains(&line), "{text}");
    // The last digits of floats are told with -v only.
    let differences = |args: &[&str]| rounds.text(1, args).matches(", recomputed ").count();
    assert!(differences(&["-v"]) > differences(&[]) + 1, "{text}");
}

/// A reward that is wrong while the total is right is found too.
#[test]
fn parts_of_a_total_are_compared() {
    let rounds = Rounds::sound("round-1");
    let file = format!("{}/{ALLOCATION}", exports("round-1"));
    rounds.edit(&file, |text| {
        text.replace(&format!("Quill,{QUILL},0.0,3.5,"), &format!("Quill,{QUILL},3.5,0.0,"))
    });
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 0), ["praise: amounts differs", "praise: payments equal"]);
    let found = &report["revisions"][0]["comparisons"][0]["differences"][0];
    assert_eq!((found["column"].as_str(), found["difference"].as_str()), (Some("praise"), Some("+3.5")));
}

#[test]
fn people_who_are_missing_or_too_many_are_named() {
    let rounds = Rounds::sound("round-1");
    let file = format!("{}/{PAYMENTS}", exports("round-1"));
    let whole = rounds.read(&file);
    let without: String =
        whole.lines().filter(|line| !line.starts_with(ADA)).map(|line| format!("{line}\n")).collect();
    rounds.write(&file, without);
    let report = rounds.audit(1, &[]);
    let row = &report["revisions"][0]["comparisons"][1];
    assert_eq!((&row["not_published"], &row["not_recomputed"]), (&Value::from(1), &Value::from(0)));
    assert_eq!((&row["recipients"], &row["differences"][0]["published"]), (&Value::from(6), &Value::Null));
    assert!(rounds.text(1, &[]).contains("not published, recomputed 25.714285714285714286"));

    // Whoever is in two rows is paid twice.
    rounds.write(&file, format!("{whole}{ADA},1.5,TOK\n0x{},12.25,TOK\n", "E".repeat(40)));
    let report = rounds.audit(1, &[]);
    let row = &report["revisions"][0]["comparisons"][1];
    assert_eq!((&row["not_published"], &row["not_recomputed"]), (&Value::from(0), &Value::from(1)));
    let found: Vec<&str> = row["differences"].as_array().unwrap()[..2]
        .iter()
        .map(|found| found["difference"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["+12.25", "+1.500000000000000714"]);
    assert!(rounds.text(1, &[]).contains("published 12.25, not known to the rules"));

    // A row of nothing for a stranger is nothing.
    rounds.write(&file, format!("{whole}0x{},0.0,TOK\n", "e".repeat(40)));
    assert_eq!(outcomes(&rounds.audit(0, &[]), 0)[1], "praise: payments equal");
}

#[test]
fn inputs_that_are_broken_cannot_be_recomputed() {
    let rounds = Rounds::sound("round-1");
    rounds.edit("round-1/praise.csv", |text| text.replace(",4\n", ",four\n").replace(",9\n", ",\n"));
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 0), ["praise impossible"]);
    assert_eq!(report["revisions"][0]["comparisons"][0]["reasons"].as_array().unwrap().len(), 2, "{report}");
    assert!(rounds.text(1, &[]).ends_with("1 round, 1 revision: 1 cannot be recomputed\n"));

    fs::remove_file(rounds.0.path("rounds/round-1/praise.csv")).unwrap();
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 0), ["the whole round impossible"]);
    assert_eq!(reasons(&report, 0), ["rounds/round-1/praise.csv: is not there"]);

    rounds.write("round-1/parameters.json", "{\"employed");
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 0), ["the whole round impossible"]);
}

#[test]
fn rounds_of_which_nothing_was_published_are_told() {
    let rounds = Rounds::new();
    rounds.inputs("round-1", "100");
    let report = rounds.audit(0, &[]);
    assert_eq!(outcomes(&report, 0), ["praise nothing-published"]);
    let text = rounds.text(0, &[]);
    assert!(text.ends_with("1 round, 1 revision: 1 nothing published\n"), "{text}");
    // One file of two.
    rounds.write(&format!("{}/{PAYMENTS}", exports("round-1")), payments(POOLS, "TOK"));
    let report = rounds.audit(0, &[]);
    assert_eq!(outcomes(&report, 0), ["praise: payments equal", "praise: amounts nothing-published"]);
    assert_eq!(report["revisions"][0]["in_part"], true);
}

/// SourceCred: as given; a little above its pool; far above it; to people without address.
#[test]
fn sourcecred_is_compared_as_it_was_given() {
    let rounds = Rounds::new();
    let given = format!("kelp,{ADA},60\nlimpet,,30.5\n");
    let with_pool = |pool: &str| rounds.write("round-1/parameters.json", parameters("0", pool, "TOK"));
    rounds.write("round-1/sourcecred.csv", format!("name,address,vested_amount\n{given}"));
    rounds.write("round-1/praise.csv", praise_csv("01")); // gives the days of the round
    rounds.write(&format!("{}/{SOURCECRED}", exports("round-1")), &given);
    with_pool("100");
    assert_eq!(outcomes(&rounds.audit(0, &[]), 0), ["sourcecred: amounts equal"]);
    let nobody = findings(&rounds.audit(0, &[]), 0, "nobody");
    assert!(nobody[0].starts_with("1 person has no address: 30.5 TOK"), "{nobody:?}");

    with_pool("90.49995"); // dust: 0.00005 above
    let report = rounds.audit(0, &[]);
    assert_eq!(outcomes(&report, 0), ["sourcecred: amounts rounding"]);
    let row = &report["revisions"][0]["comparisons"][0];
    assert_eq!(row["sum_difference"], "+0.00005");
    assert!(
        row["explanation"].as_str().unwrap().starts_with("the amounts of SourceCred came to a little more")
    );

    // A millionth is dust where the sum is above the pool and nobody gets less, and only there.
    let published = format!("{}/{SOURCECRED}", exports("round-1"));
    for (pool, kelp, limpet) in [("100", "60.00003", "30.5"), ("90.49995", "60.00004", "30.49996")] {
        with_pool(pool);
        rounds.write(&published, format!("kelp,{ADA},{kelp}\nlimpet,,{limpet}\n"));
        assert_eq!(outcomes(&rounds.audit(1, &[]), 0), ["sourcecred: amounts differs"], "{pool}");
    }
    // With the header of the input it is the same file.
    rounds.write(&published, format!("name,address,vested_amount\n{given}"));
    with_pool("100");
    assert_eq!(outcomes(&rounds.audit(0, &[]), 0), ["sourcecred: amounts equal"]);

    with_pool("30");
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 0), ["sourcecred impossible"]);
    assert!(
        reasons(&report, 0)[0].contains("90.5 TOK") && reasons(&report, 0)[0].contains("30 TOK"),
        "{report}"
    );
    let overrides = rounds.0.path("overrides.json");
    fs::write(&overrides, r#"{"round-1": {"sourcecred": {"over_pool": "record"}}}"#).unwrap();
    let report = rounds.audit(0, &["--overrides", overrides.to_str().unwrap()]);
    assert_eq!(outcomes(&report, 0), ["sourcecred: amounts equal"]);

    with_pool("0"); // published, and nothing was to be given
    rounds.edit("round-1/parameters.json", |text| text.replace("[\"0\", \"0\"]", "[\"100\", \"0\"]"));
    rounds.write("round-1/rewardboard.csv", format!("ID\n{}\n", BOARD[0]));
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 0), ["praise nothing-published", "sourcecred: amounts differs"]);
}

#[test]
fn revisions_are_compared_with_their_own_results() {
    let rounds = Rounds::new();
    rounds.inputs("round-1", "100");
    let first = praise_csv("01");
    rounds.write("round-1/praise.1.csv", &first);
    // In the second revision Cid has an address.
    let cid = format!("0x{}", "c".repeat(40));
    rounds.write("round-1/praise.2.csv", first.replace("Cid,acc-cid,,", &format!("Cid,acc-cid,{cid},")));
    for revision in [1, 2] {
        let folder = format!("round-1/distribution_results.{revision}/raw_csv_exports");
        let with_address =
            |text: String| if revision == 2 { text.replace("missing user address", &cid) } else { text };
        rounds.write(&format!("{folder}/{ALLOCATION}"), with_address(allocation(POOLS)));
        let more = if revision == 2 { format!("{cid},6.428571428571429,TOK\n") } else { String::new() };
        rounds.write(&format!("{folder}/{PAYMENTS}"), payments(POOLS, "TOK") + &more);
    }
    let report = rounds.audit(0, &[]);
    let of_revision = |index: usize| report["revisions"][index]["comparisons"][1]["recipients"].clone();
    assert_eq!((of_revision(0), of_revision(1)), (Value::from(6), Value::from(7)));
    assert_eq!(report["totals"]["outcomes"]["equal"], 2);
    assert!(rounds.text(0, &[]).ends_with("1 round, 2 revisions: 2 equal\n"));

    // Results of a revision whose inputs are not there.
    rounds.write(
        "round-1/distribution_results.3/raw_csv_exports/praise_aragon_distribution.csv",
        payments(POOLS, "TOK"),
    );
    let report = rounds.audit(1, &[]);
    assert_eq!(outcomes(&report, 2), ["the whole round impossible"]);
    assert!(
        report["revisions"][2]["comparisons"][0]["reasons"][0]["message"]
            .as_str()
            .unwrap()
            .contains("praise.3.csv")
    );
}

/// A ledger.json in the folder gives token, overrides and the folder of the rounds.
#[test]
fn a_ledger_lends_its_policy() {
    let rounds = Rounds::new();
    rounds.inputs("2026/one", "100");
    rounds.publish("2026/one", POOLS);
    rounds.write("2026/one/sourcecred.csv", format!("name,address,vested_amount\nkelp,{ADA},60\n"));
    rounds.write("2026/one/parameters.json", parameters("100", "20", "TOK"));
    let overrides = r#"{"2026/one": {"sourcecred": {"over_pool": "record"}}}"#;
    rounds.0.write("x", ""); // makes the folder `ledger`
    let ledger = |symbol: &str| {
        fs::write(rounds.0.path("ledger.json"), support::ledger_json(symbol, 18, overrides)).unwrap();
        rounds.0.meed(&["audit", &rounds.0.key("."), "--format", "json"])
    };
    let report: Value = serde_json::from_str(&ledger("TOK").ok()).unwrap();
    assert_eq!(report["revisions"][0]["round"], "2026/one");
    assert_eq!(outcomes(&report, 0)[2], "sourcecred nothing-published");
    let report = ledger("OTHER");
    assert!(report.status == 1 && report.stdout.contains("token-differs"), "{}", report.stdout);
    fs::write(rounds.0.path("ledger.json"), "{}").unwrap();
    let refused = rounds.0.meed(&["audit", &rounds.0.key(".")]).fails(2);
    assert!(refused.starts_with("error: ledger.json"), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is changed in one payment by more than a millionth of a token is found, and nothing else.
    #[test]
    fn what_is_moved_is_found(who in 0_usize..6, parts in 1e-6_f64..1e3, up: bool) {
        let rounds = Rounds::sound("round-1");
        let file = format!("{}/{PAYMENTS}", exports("round-1"));
        let mut lines: Vec<String> = rounds.read(&file).lines().map(str::to_owned).collect();
        let fields: Vec<&str> = lines[who].split(',').collect();
        let amount: f64 = fields[1].parse().unwrap();
        let moved = if up { amount * (1.0 + parts) } else { amount / (1.0 + parts) };
        let address = fields[0].to_owned();
        lines[who] = format!("{address},{moved:e},TOK");
        rounds.write(&file, lines.join("\n"));
        let report = rounds.audit(1, &[]);
        let row = &report["revisions"][0]["comparisons"][1];
        prop_assert_eq!(&row["outcome"], "differs");
        let differing: Vec<&Value> =
            row["differences"].as_array().unwrap().iter().filter(|found| found["outcome"] != "equal").collect();
        prop_assert_eq!(differing.len(), 1);
        prop_assert_eq!(differing[0]["address"].as_str().unwrap(), address);
    }
}
