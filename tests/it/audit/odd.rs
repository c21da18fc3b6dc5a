//! What is odd around rounds, hostile files, and what is no round at all.

use super::*;

#[test]
fn data_that_stands_in_two_rounds_is_named() {
    let rounds = Rounds::sound("round-9");
    rounds.inputs("round-10", "200");
    rounds.publish("round-10", [180.0, 14.0, 6.0]);
    let report = rounds.audit(0, &[]);
    assert_eq!(findings(&report, 0, "reused"), [""; 0]);
    let expected = "the data of `praise` is byte for byte that of round-9 (rounds/round-9/praise.csv), under another pool: here 200 TOK, there 100 TOK; was it paid twice?";
    assert_eq!(findings(&report, 1, "reused"), [expected]);
    assert!(rounds.text(0, &[]).contains(expected));
    // The board is the same in most rounds: that is nothing to look at.
    rounds.write("round-10/praise.csv", praise_csv("02"));
    assert_eq!(findings(&rounds.audit(0, &[]), 1, "reused"), [""; 0]);
}

/// Averages that follow another rule, and whatever else `check` warns of, stand in both outputs.
#[test]
fn warnings_of_check_are_findings() {
    let rounds = Rounds::sound("round-1");
    rounds.edit("round-1/praise.csv", |text| text.replace(",5,3,", ",5,5,"));
    let found = findings(&rounds.audit(0, &[]), 0, "check");
    let average = found.iter().find(|text| text.contains("AVG SCORE of 1 row differs")).unwrap();
    assert!(rounds.text(0, &[]).contains(average), "{found:?}");
    // Words that sort praises into categories concern no amount: with -v only.
    let words = "keywords of `type_keywords`";
    assert!(found.iter().any(|text| text.contains(words)));
    assert!(!rounds.text(0, &[]).contains(words) && rounds.text(0, &["-v"]).contains(words));
}

/// A repository in which the results were committed with the inputs, or behind them, or before them.
#[test]
fn inputs_newer_than_results_are_found_in_git() {
    let sandbox = Sandbox::ledger();
    let rounds = Rounds::new();
    rounds.inputs("round-1", "100");
    copy(&rounds.0.path("rounds"), &sandbox.at("history"));
    sandbox.commit("Inputs");
    rounds.publish("round-1", POOLS);
    copy(&rounds.0.path("rounds"), &sandbox.at("history"));
    sandbox.commit("Results");
    let newer = || -> Vec<String> {
        let run = sandbox.meed(&["audit", "history", "--format", "json"]);
        assert!(!run.stderr.contains("newer"), "{}", run.stderr);
        findings(&serde_json::from_str(&run.stdout).unwrap(), 0, "newer")
    };
    assert_eq!(newer(), [""; 0]);
    let results = sandbox.git_ok(&["rev-parse", "HEAD"]);

    sandbox.write("history/round-1/notes.md", "not read\n");
    sandbox.commit("Notes");
    assert_eq!(newer(), [""; 0]);

    let board = sandbox.read("history/round-1/rewardboard.csv");
    sandbox.write("history/round-1/rewardboard.csv", board.replace('\n', "\r\n"));
    assert_eq!(newer(), [""; 0], "git may convert line ends");
    sandbox.write("history/round-1/rewardboard.csv", format!("{board}\n"));
    let found = newer();
    assert!(
        found.len() == 1
            && found[0].starts_with("round-1/rewardboard.csv is newer than the results: it is not committed"),
        "{found:?}"
    );
    sandbox.commit("A line more");
    let changed = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let expected = format!(
        "round-1/rewardboard.csv is newer than the results: it was last changed in commit {}, they were before it, in commit {}",
        &changed[..10],
        &results[..10]
    );
    assert_eq!(newer(), [expected]);

    // Results that are published again behind it settle the matter; those on another branch do not count.
    let _ = sandbox.git(&["checkout", "-q", "-b", "side"]).ok();
    for file in [ALLOCATION, PAYMENTS] {
        let path = format!("history/{}/{file}", exports("round-1"));
        let text = sandbox.read(&path);
        sandbox.write(&path, text.replace('\n', "\r\n"));
    }
    sandbox.commit("Results again");
    assert_eq!(newer(), [""; 0]);
    let _ = sandbox.git(&["checkout", "-q", "-"]).ok();
    sandbox.write("other.txt", "x");
    sandbox.commit("Something else");
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
    assert_eq!(newer(), [""; 0]);

    // What was changed side by side tells nothing of which was there first.
    let _ = sandbox.git(&["checkout", "-q", "-b", "third"]).ok();
    for file in [ALLOCATION, PAYMENTS] {
        let path = format!("history/{}/{file}", exports("round-1"));
        sandbox.write(&path, sandbox.read(&path).replace("\r\n", "\n"));
    }
    sandbox.commit("Results a third time");
    let _ = sandbox.git(&["checkout", "-q", "-"]).ok();
    sandbox.write("history/round-1/rewardboard.csv", format!("{board}\n\n"));
    sandbox.commit("Two lines more");
    assert_eq!(newer().len(), 1);
    let _ = sandbox.git(&["checkout", "-q", "third"]).ok();
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "-"]).ok();
    assert_eq!(newer(), [""; 0]);

    // Outside git, and where history is cut off, the question is said to be open.
    let origin = format!("file://{}", sandbox.at("").display());
    let _ = sandbox.git(&["clone", "-q", "--depth", "1", &origin, &sandbox.key("shallow")]).ok();
    let shallow = sandbox.meed(&["audit", &sandbox.key("shallow/history")]);
    for (run, why) in [(rounds.run(&[]), "no git repository"), (shallow, "shallow")] {
        assert_eq!(run.status, 0, "{}", run.stdout);
        let note = "note: whether inputs are newer than results is not known: ";
        assert!(run.stderr.contains(note) && run.stderr.contains(why), "{}", run.stderr);
    }
}

#[test]
fn published_files_that_are_broken_are_said_to_be() {
    let file = format!("{}/{PAYMENTS}", exports("round-1"));
    let amount = "25.714285714285715";
    // Exponents are how floats are printed.
    for same in
        ["2.5714285714285715e1", "2.5714285714285715E+01", "257142857.14285715e-7", " 25.714285714285714 "]
    {
        let rounds = Rounds::sound("round-1");
        rounds.edit(&file, |text| text.replace(amount, same));
        assert_eq!(outcomes(&rounds.audit(0, &[]), 0)[1], "praise: payments equal", "{same}");
    }
    let eighty = "9".repeat(80);
    for (value, reason) in [
        ("NaN", "it is not a decimal number"),
        ("inf", "it is not a decimal number"),
        ("", "it is empty"),
        ("1e400", "it is 10^40 or more, which no token has"),
        ("1e-400", "it has more than 60 decimals"),
        ("-5", "it is below zero"),
        (&eighty, "it is 10^40 or more, which no token has"),
        ("=1+1", "it is not a decimal number"),
    ] {
        let rounds = Rounds::sound("round-1");
        rounds.edit(&file, |text| text.replace(amount, value));
        let report = rounds.audit(1, &[]);
        assert_eq!(outcomes(&report, 0), ["praise: amounts equal", "praise: payments unreadable"], "{value}");
        let expected = format!("rounds/{file}:2: amount `{value}` is not an amount: {reason}");
        assert_eq!(reasons(&report, 1), [expected]);
        let text = rounds.text(1, &[]);
        assert!(text.contains(reason) && text.ends_with("1 cannot be read (in part)\nIn part: something of the round could not be compared; the table shows what, and what could.\n"), "{text}");
    }
    let whole = Rounds::sound("round-1").read(&file);
    let ragged = format!("{whole}{ADA}\n");
    let other_token = whole.replacen("TOK", "ROT", 1);
    let no_address = whole.replace(ADA, "ada.eth");
    let cases: [(&[u8], &str); 7] = [
        (b"", "table-empty"),
        (b"\n\n", "table-empty"),
        (b"\xff\xfe\x00", "text-is-utf16"),
        (b"a\"b\",\"", "table-quote-open"),
        (ragged.as_bytes(), "table-ragged"),
        (other_token.as_bytes(), "published-token"),
        (no_address.as_bytes(), "address-invalid"),
    ];
    for (bytes, code) in cases {
        let rounds = Rounds::sound("round-1");
        rounds.write(&file, bytes);
        let report = rounds.audit(1, &[]);
        let found = &report["revisions"][0]["comparisons"][1];
        assert_eq!(found["outcome"], "unreadable", "{code}");
        assert_eq!(found["reasons"][0]["code"], code, "{found}");
    }
    let rounds = Rounds::sound("round-1");
    rounds.edit(&format!("{}/{ALLOCATION}", exports("round-1")), |text| {
        text.replace("TOTAL TO RECEIVE", "SUM")
    });
    assert_eq!(
        rounds.audit(1, &[])["revisions"][0]["comparisons"][0]["reasons"][0]["code"],
        "table-columns-missing"
    );
}

/// Names that would take over a terminal, a page or a spreadsheet, in inputs, results and folders.
#[test]
fn hostile_names_do_no_harm() {
    let name = "\u{202e}<script>\u{1b}[31m=cmd|' /C calc'!A0";
    let folder = "round\u{1b}[2J \u{202e}#1";
    let rounds = Rounds::sound(folder);
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    rounds.edit(&format!("{folder}/praise.csv"), |text| text.replace("Cid", &quoted));
    let file = format!("{}/{ALLOCATION}", exports(folder));
    rounds.edit(&file, |text| text.replace("Cid", &quoted));
    let report = rounds.audit(0, &[]);
    assert_eq!(outcomes(&report, 0), ["praise: amounts equal", "praise: payments equal"]);
    assert!(report["revisions"][0]["round"].as_str().unwrap().starts_with("round-round-"), "{report}");
    for args in [&["-v"][..], &["-v", "--format", "json"]] {
        let text = rounds.text(0, args);
        let harmful = |found: char| found != '\n' && found.is_control() || "\u{202e}\u{202d}".contains(found);
        assert!(!text.contains(harmful), "{text:?}");
    }
    // A megabyte of a name in the results is somebody whom the rules do not know, and a short line.
    let rounds = Rounds::sound("round-1");
    let file = format!("{}/{ALLOCATION}", exports("round-1"));
    rounds.edit(&file, |text| format!("{text}{},missing user address,1,0,0,0,1\n", "x".repeat(1024 * 1024)));
    let text = rounds.text(1, &[]);
    assert!(text.contains("not known to the rules") && text.lines().all(|line| line.len() < 1000));
}

#[test]
fn links_are_not_followed() {
    let rounds = Rounds::sound("round-1");
    std::os::unix::fs::symlink(rounds.0.path("rounds/round-1"), rounds.0.path("rounds/round-2")).unwrap();
    std::os::unix::fs::symlink(rounds.0.path("rounds"), rounds.0.path("rounds/loop")).unwrap();
    let audit = || {
        let run = rounds.0.meed(&["audit", &rounds.0.key("rounds"), "--format", "json"]);
        serde_json::from_str::<Value>(&run.stdout).unwrap()
    };
    assert_eq!(audit()["totals"]["revisions"], 1);
    let file = rounds.0.path("rounds").join(exports("round-1")).join(PAYMENTS);
    fs::rename(&file, rounds.0.path("payments.csv")).unwrap();
    std::os::unix::fs::symlink(rounds.0.path("payments.csv"), &file).unwrap();
    assert_eq!(audit()["revisions"][0]["comparisons"][1]["reasons"][0]["code"], "not-a-regular-file");
}

#[test]
fn folders_of_others_are_left_out_and_told() {
    let rounds = Rounds::sound("round-1");
    rounds.write("model/parameters.json", r#"{"learning_rate": 0.1}"#);
    rounds.write("2026-02/round.json", "{}");
    let run = rounds.run(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("note: 1 round with round.json left out"), "{}", run.stderr);
    assert!(
        run.stderr.contains("note: 1 folder left out whose parameters.json is not of RAD"),
        "{}",
        run.stderr
    );
}

/// Two folders of one name are told apart by where they stand.
#[test]
fn rounds_of_one_name_are_told_apart() {
    let rounds = Rounds::sound("a/round-1");
    rounds.inputs("b/round-1", "100");
    let report = rounds.audit(0, &[]);
    let names = [0, 1].map(|index| report["revisions"][index]["round"].as_str().unwrap());
    assert_eq!(names, ["a/round-1", "b/round-1"]);
    assert_eq!(findings(&report, 1, "reused").len(), 1);
}

#[test]
fn bad_input_is_refused() {
    let rounds = Rounds::sound("round-1");
    let overrides = rounds.0.path("overrides.json");
    for (text, expected) in [
        (r#"{"round-2": {"praise": {}}}"#, "overrides name round `round-2`"),
        ("[]", "overrides.json"),
        (r#"{"round-1": {}, "round-1": {}}"#, "overrides.json"),
    ] {
        fs::write(&overrides, text).unwrap();
        let run = rounds.run(&["--overrides", overrides.to_str().unwrap()]);
        assert!(run.status == 2 && run.stdout.is_empty() && run.stderr.contains(expected), "{}", run.stderr);
    }
    assert!(rounds.run(&["--decimals", "37"]).fails(2).contains("at most 36"));
    assert!(rounds.run(&["--format", "csv"]).fails(2).contains("--format csv"));
}
