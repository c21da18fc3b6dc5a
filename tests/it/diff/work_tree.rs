//! A round against what its changed files would give.

use std::fs;

use serde_json::Value;

use super::{check_laws, check_mirrored, diff, figure, list, text};
use crate::support::sandbox::Sandbox;
use crate::support::stage::{listing, replace};

fn rows<'a>(difference: &'a Value, file: &str) -> &'a Value {
    let is_it = |it: &&Value| it["file"] == file;
    &list(&difference["inputs"]["changed"]).iter().find(is_it).unwrap_or_else(|| panic!("{difference}"))["rows"]
}

/// Somebody for whom an amount was held gets an address, a score is corrected, a row is taken out, one
/// comes, the pool changes: each is told as what it is, of a closed round as of an open one.
#[test]
fn changed_files_are_told_row_by_row() {
    let closed = Sandbox::closed(2);
    let open = Sandbox::closed(1);
    open.add_round("2026-02");
    for (sandbox, state) in [(&closed, "closed"), (&open, "open")] {
        let praise = "rounds/2026-02/praise.csv";
        let address = "0xcccccccccccccccccccccccccccccccccccccccc";
        replace(sandbox, praise, "acc-cid,,", &format!("acc-cid,{address},"));
        replace(sandbox, praise, "13,5,", "13,8,");
        replace(
            sandbox,
            praise,
            "0x2222222222222222222222222222222222222222,9",
            "0x2222222222222222222222222222222222222222,10.5",
        );
        let first = sandbox.read(praise).lines().nth(1).unwrap().to_owned();
        let again = first.replace("p-02-1", "p-02-9").replace("Ada,acc-ada", "Eva,acc-eva");
        let again = again.replace(&"a".repeat(40), &"e".repeat(40));
        replace(sandbox, praise, &first, &again);
        replace(sandbox, "rounds/2026-02/round.json", "\"pool\": \"100\"", "\"pool\": \"120\"");
        let before = listing(sandbox);
        let difference = diff(sandbox, &["2026-02"]);
        assert_eq!(before, listing(sandbox), "something was written");
        check_laws(&difference);
        check_mirrored(&difference, &diff(sandbox, &["2026-02@worktree", "2026-02"]));
        assert_eq!(
            (&difference["before"]["state"], &difference["after"]["state"]),
            (&state.into(), &"worktree".into())
        );
        assert_eq!(difference["after"]["side"], "2026-02@worktree");
        assert_eq!(difference, diff(sandbox, &["2026-02", "2026-02@worktree"]));

        let settings = list(&difference["settings"]);
        assert_eq!(settings.len(), 1, "{settings:?}");
        assert_eq!(settings[0]["pointer"], "/allocations/praise/pool");
        let rows = rows(&difference, "praise.csv");
        assert_eq!((&rows["key"], &rows["unchanged"]), (&"ID".into(), &0.into()));
        assert_eq!(
            (&rows["added"][0]["key"], &rows["removed"][0]["key"]),
            (&"p-02-9".into(), &"p-02-1".into())
        );
        let changed: Vec<(&str, Vec<&str>)> = list(&rows["changed"])
            .iter()
            .map(|row| {
                (text(&row["key"]), list(&row["cells"]).iter().map(|cell| text(&cell["column"])).collect())
            })
            .collect();
        assert_eq!(changed, [("p-02-2", vec!["SCORE 2", "AVG SCORE"]), ("p-02-3", vec!["TO ETH ADDRESS"])]);
        let cell = &rows["changed"][0]["cells"][1];
        assert_eq!((&cell["before"], &cell["after"]), (&"9".into(), &"10.5".into()));

        let person = |name: &str| {
            let is_it = |it: &&Value| it["recipient"] == name;
            list(&difference["recipients"]["changed"]).iter().find(is_it).unwrap_or_else(|| panic!("{name}"))
        };
        let cid = person("Cid");
        assert_eq!(cid["change"], "changed");
        assert_eq!(cid["payees_before"][0]["key"], "id:acc-cid");
        assert_eq!(cid["payees_after"][0]["address"], address);
        assert!(figure(cid).2 > 0, "{cid}");
        assert_eq!(
            (&person("Ada")["change"], &person("Eva")["change"]),
            (&"removed".into(), &"added".into())
        );
        let (before, after, _) = figure(&difference["totals"]["total"]["pool"]);
        assert_eq!((before, after), (100 * 10_i128.pow(18), 120 * 10_i128.pow(18)));
        let told = sandbox.meed(&["diff", "2026-02"]).ok();
        for line in [
            "allocation praise  pool     100     120",
            "praise.csv: changed; rows by ID: 1 added, 1 removed, 2 changed, 0 the same",
            "  ~ p-02-2 (line 3): SCORE 2 5 -> 8, AVG SCORE 9 -> 10.5",
            "  ~ p-02-3 (line 4): TO ETH ADDRESS \"\" -> 0xcccccccccccccccccccccccccccccccccccccccc",
            "held for id:acc-cid -> 0xcccccccccccccccccccccccccccccccccccccccc",
        ] {
            assert!(told.contains(line), "{line}\n{told}");
        }
    }
}

/// A closed round is computed on the state on which it was closed: what is held of later rounds, and what
/// later rounds released, changes nothing. Of every round of the example, stateful methods too.
#[test]
fn rounds_that_nobody_changed_are_equal() {
    let (sandbox, folder) = Sandbox::example();
    for round in crate::support::EXAMPLE_ROUNDS {
        let text = sandbox.meed(&["diff", round, "--exit-code"]).ok();
        assert!(text.contains("are equal"), "{text}");
    }
    // Lines in another order change a digest and nothing else.
    let path = folder.join("rounds/2026-02/sourcecred.csv");
    let table = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let difference = diff(&sandbox, &["2026-02"]);
    assert_eq!((&difference["equal"], list(&difference["recipients"]["changed"]).len()), (&false.into(), 0));
    let note = text(&difference["inputs"]["changed"][0]["note"]);
    assert_eq!(note, "the same rows, in another order or spelling");
    check_laws(&difference);
}

/// Any correction of scores, addresses and rows keeps the laws, whichever side stands first.
#[test]
fn random_corrections_keep_the_laws() {
    let sandbox = Sandbox::closed(1);
    let path = "rounds/2026-01/praise.csv";
    let table = sandbox.read(path);
    let mut seed = 0x5eed_u64;
    let mut next = |below: usize| {
        // Knuth's MMIX constants; the upper bits are good enough here.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut compared = 0;
    for _ in 0..12 {
        let mut lines: Vec<String> = vec![table.lines().next().unwrap().to_owned()];
        for line in table.lines().skip(1) {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            let last = cells.len() - 1;
            match next(6) {
                0 => continue,
                1 => cells[4] = String::new(),
                2 => cells[4] = format!("0x{}", ["a", "b", "d", "e"][next(4)].repeat(40)),
                3 => cells[3] = format!("acc-{}", next(3)),
                4 => cells[last] = format!("{}.{}", next(90), next(100)),
                _ => {}
            }
            lines.push(cells.join(","));
        }
        // Somebody must have been praised.
        if lines.len() == 1 {
            continue;
        }
        sandbox.write(path, lines.join("\n") + "\n");
        let run = sandbox.meed(&["diff", "2026-01", "--format", "json"]);
        if run.status == 2 {
            assert!(run.stdout.contains("\"errors\""), "{}", run.stdout);
            continue;
        }
        let forth: Value = serde_json::from_str(&run.ok()).unwrap();
        check_laws(&forth);
        check_mirrored(&forth, &diff(&sandbox, &["2026-01@worktree", "2026-01"]));
        compared += 1;
    }
    assert!(compared > 6, "{compared} were compared");
}

/// Problems of the files are those that `check --worktree` has.
#[test]
fn wrong_files_are_refused_as_check_does() {
    let sandbox = Sandbox::closed(1);
    replace(&sandbox, "rounds/2026-01/praise.csv", "5,3,", "5,4,");
    fs::remove_file(sandbox.at("rounds/2026-01/rewardboard.csv")).unwrap();
    let error = sandbox.meed(&["diff", "2026-01"]).fails(2);
    assert!(error.contains("rounds/2026-01/rewardboard.csv: is not in the work tree"), "{error}");
    sandbox.write("rounds/2026-01/rewardboard.csv", "ID\n0x3333333333333333333333333333333333333333\n");
    let error = sandbox.meed(&["diff", "2026-01"]).fails(2);
    assert!(error.contains("rounds/2026-01/praise.csv:2: score `4` is not one of"), "{error}");
    // A round that is only in the work tree can be compared with a closed one.
    let sandbox = Sandbox::closed(1);
    sandbox.write_round("2026-02");
    let difference = diff(&sandbox, &["2026-01", "2026-02@worktree"]);
    assert_eq!(difference["after"]["revision"], Value::Null);
    check_laws(&difference);
    let error = sandbox.meed(&["diff", "2026-02"]).fails(2);
    assert!(error.contains("there is no round `2026-02`"), "{error}");
}

/// A table that is too large for its rows to be compared is told as a whole, with the limit.
#[test]
fn rows_of_large_tables_are_not_compared() {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-01");
    let board = |last: &str| {
        format!("ID,note\n0x{},{}\n0x{},{last}\n", "3".repeat(40), "x".repeat(900_000), "4".repeat(40))
    };
    sandbox.write("rounds/2026-01/rewardboard.csv", board("a"));
    sandbox.commit("A note of a megabyte");
    sandbox.write("rounds/2026-01/rewardboard.csv", board("b"));
    let text = sandbox.meed(&["diff", "2026-01"]).ok();
    assert!(text.contains("1 changed, 1 the same") && text.len() < 10_000, "{text}");
    let many = |last: &str| {
        let rows = (0..19).map(|row| format!("0x{row:040x},{}\n", "x".repeat(900_000)));
        format!("ID,note\n{}0x{},{last}\n", rows.collect::<String>(), "5".repeat(40))
    };
    sandbox.write("rounds/2026-01/rewardboard.csv", many("a").replace(&"0".repeat(40), &"9".repeat(40)));
    sandbox.commit("Many such notes");
    sandbox.write("rounds/2026-01/rewardboard.csv", many("b").replace(&"0".repeat(40), &"9".repeat(40)));
    let text = sandbox.meed(&["diff", "2026-01"]).ok();
    assert!(text.contains("rewardboard.csv: changed; rows are compared of tables up to 16 MiB"), "{text}");
}

/// Closed sides need no history; where it is cut off, what changed since is told with less detail.
#[test]
fn a_shallow_clone_compares_what_it_has() {
    let sandbox = Sandbox::closed(2);
    sandbox.write("ledger.json", sandbox.read("ledger.json").replace("Test Commons", "Test Common"));
    sandbox.commit("Change the ledger");
    sandbox.add_round("2026-03");
    let _ = sandbox.close(&[]).ok();
    let shallow = sandbox.key("shallow");
    let from = format!("file://{}", sandbox.at("").display());
    let _ = sandbox.git(&["clone", "-q", "--depth", "1", &from, &shallow]).ok();
    let whole = diff(&sandbox, &["2026-01", "2026-03"]);
    let cut = diff(&sandbox, &["--ledger", &shallow, "2026-01", "2026-03"]);
    assert_eq!((&whole["recipients"], &whole["totals"]), (&cut["recipients"], &cut["totals"]));
    let ledger = |difference: &Value| {
        let found = list(&difference["inputs"]["changed"]).iter().find(|it| it["file"] == "ledger.json");
        text(&found.unwrap()["note"]).to_owned()
    };
    assert_eq!(ledger(&whole), "its fields stand among the settings");
    assert!(ledger(&cut).contains("shallow"), "{}", ledger(&cut));
    // The work tree is computed on the state before the closing, which is not here.
    let error = sandbox.meed(&["--ledger", &shallow, "diff", "2026-03"]).fails(3);
    assert!(error.contains("git fetch --unshallow"), "{error}");
}
