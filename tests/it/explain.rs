//! `meed explain`: the parts of every explanation come to the amount that the method gives, for every
//! recipient and reward of all vectors, of the example, and of the published rounds; and what it says
//! to people.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use meed::calculate::{Results, Snapshot};
use meed::error::Place;
use meed::explain::{self, Explanation, Person};
use meed::files::{Content, Files};
use meed::ledger::round_id::RoundId;
use meed::methods::Method;
use meed::statement::{Record, Recorded};
use ruint::Uint;
use serde_json::Value;

use crate::support::sandbox::Sandbox;
use crate::support::stage::{Start, edit, run_all, stage};
use crate::support::{self, EXAMPLE_ROUNDS};

/// Wide enough for the common denominator of any section.
type Big = Uint<2048, 32>;

/// A fraction that the test adds up by itself.
#[derive(Debug, Clone, Copy)]
struct Fraction(Big, Big);

impl Fraction {
    fn parse(text: &str) -> Self {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        Self(numerator.parse().unwrap(), denominator.parse().unwrap())
    }

    /// A decimal as a fraction.
    fn decimal(text: &str) -> Self {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let scale = Big::from(10_u8).pow(Big::from(part.len()));
        Self(format!("{whole}{part}").parse().unwrap(), scale)
    }

    fn plus(self, other: Self) -> Self {
        let (left, right) = (self.1 / self.1.gcd(other.1), other.1 / self.1.gcd(other.1));
        Self(self.0 * right + other.0 * left, self.1 * right)
    }

    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1)
    }

    fn equals(self, other: Self) -> bool {
        self.0 * other.1 == other.0 * self.1
    }
}

/// One unit of a token of so many decimals.
fn unit(decimals: u8) -> Fraction {
    Fraction(Big::from(1_u8), Big::from(10_u8).pow(Big::from(decimals)))
}

/// Adds an explanation up again, from its texts alone: rows, division, sections, rewards.
fn check_arithmetic(explanation: &Value, decimals: u8, what: &str) {
    let zero = || Fraction(Big::ZERO, Big::from(1_u8));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut total = zero();
    for reward in explanation["rewards"].as_array().unwrap() {
        let mut amount = zero();
        for section in reward["sections"].as_array().unwrap() {
            let parts = section["parts"].as_array().unwrap();
            let of_section = Fraction::decimal(&text(&section["amount"]));
            amount = amount.plus(of_section);
            let Some(division) = section.get("division") else {
                let sum = parts
                    .iter()
                    .fold(zero(), |sum, part| sum.plus(Fraction::decimal(&text(&part["tokens"]))));
                assert!(sum.equals(of_section), "{what}: {section}");
                continue;
            };
            let sum = parts.iter().fold(zero(), |sum, part| sum.plus(Fraction::parse(&text(&part["exact"]))));
            let exact = Fraction::parse(&text(&division["exact"]));
            assert!(sum.equals(exact), "{what}: the rows are not the whole: {section}");
            let [pool, weight, weights] =
                ["pool", "weight", "sum"].map(|field| Fraction::decimal(&text(&division[field])));
            assert!(exact.times(weights).equals(pool.times(weight)), "{what}: {section}");
            assert!(
                Fraction::parse(&text(&division["share"])).times(weights).equals(weight),
                "{what}: the share: {section}"
            );
            let floor = Fraction::decimal(&text(&division["floor"]));
            let cut_off = Fraction::parse(&text(&division["remainder"]));
            assert!(cut_off.0 < cut_off.1, "{what}: {section}");
            assert!(floor.plus(cut_off.times(unit(decimals))).equals(exact), "{what}: the floor: {section}");
            let gained = Fraction(Big::from(division["units_gained"].as_u64().unwrap()), Big::from(1_u8));
            assert!(
                floor.plus(gained.times(unit(decimals))).equals(of_section),
                "{what}: the unit: {section}"
            );
        }
        assert!(amount.equals(Fraction::decimal(&text(&reward["amount"]))), "{what}: {reward}");
        total = total.plus(amount);
    }
    assert!(total.equals(Fraction::decimal(&text(&explanation["total"]))), "{what}: the total");
}

/// Computes a round behind others and explains it to everybody; gives the results and how many
/// explanations there were.
fn explain_all(files: &Files, id: &str, before: &[&Results]) -> (Results, usize) {
    explain_some(files, id, before, usize::MAX)
}

/// The same for at most so many people, spread evenly from the largest amount to the smallest.
fn explain_some(files: &Files, id: &str, before: &[&Results], most: usize) -> (Results, usize) {
    let results =
        support::results_after(files, id, before).unwrap_or_else(|problems| panic!("{id}: {problems}"));
    let mut files = files.clone();
    if let Some(last) = before.last() {
        files.insert(format!("{}/carry.json", last.folder), Content::File(last.files["carry.json"].clone()));
    }
    let recorded = |results: &&Results| Recorded {
        folder: results.folder.clone(),
        sha256: results.statement_sha256(),
        statement: Arc::new(results.statement.clone()),
    };
    let record = Record::new(before.iter().map(recorded).collect()).unwrap();
    let round = RoundId::parse(id, &Place::file("test")).unwrap();
    let snapshot = Snapshot { files: &files, record: &record };
    let distribution = explain::distribution_of(&results).unwrap();
    let people: Vec<Person> = distribution.people().collect();
    let amounts = support::amounts_of(&results);
    assert_eq!(people.len(), amounts.len());
    let decimals = results.token.decimals;
    let every = people.len().div_ceil(most).max(1);
    let given = explain::Given {
        revision: 1,
        rewards: &results.rewards,
        token: &results.token,
        releases: &results.releases,
        distribution: &distribution,
    };
    // All at once is the same as one by one.
    let together = explain::explain_each(snapshot, &round, given, &people).unwrap();
    assert_eq!(together.len(), people.len());
    for ((person, amounts), together) in people.iter().zip(amounts).zip(together).step_by(every) {
        let what = format!("{id}: {}", person.key);
        let explanation: Explanation = explain::explain(snapshot, &round, &results, person)
            .unwrap_or_else(|problems| panic!("{what}: {problems}"));
        let json = |explanation: &Explanation| serde_json::to_value(explanation).unwrap();
        assert_eq!(json(&together), json(&explanation), "{what}");
        assert!(explanation.adds_up, "{what}: {explanation:#?}");
        // What is given is explained, reward by reward.
        let explained: BTreeMap<&str, &str> =
            explanation.rewards.iter().map(|reward| (&*reward.reward, &*reward.amount)).collect();
        for (reward, amount) in results.rewards.iter().zip(amounts) {
            let text = amount.to_text(decimals);
            assert_eq!(explained.get(reward.as_str()).copied().unwrap_or("0"), text, "{what}: {reward}");
        }
        assert!(!explanation.rewards.is_empty(), "{what}: nothing is explained");
        check_arithmetic(&serde_json::to_value(&explanation).unwrap(), decimals, &what);
    }
    (results, people.len().div_ceil(every))
}

/// All rounds of a vector; how many explanations.
fn explain_case(folder: &Path) -> usize {
    let case = folder.file_name().unwrap().to_str().unwrap();
    let ledger = support::ledger_of_vector(folder);
    if !folder.join("1").is_dir() {
        return explain_all(&support::round_files(folder, case, &ledger), case, &[]).1;
    }
    let (mut before, mut count) = (Vec::new(), 0);
    for number in (1..).take_while(|number: &u32| folder.join(number.to_string()).is_dir()) {
        let id = format!("{case}-{number}");
        let files = support::round_files(&folder.join(number.to_string()), &id, &ledger);
        let (results, explained) = explain_all(&files, &id, &before.iter().collect::<Vec<_>>());
        before.push(results);
        count += explained;
    }
    count
}

#[test]
fn every_amount_of_the_vectors_is_the_sum_of_its_parts() {
    let mut count = 0;
    for method in Method::ALL {
        let folder = support::package().join("tests/vectors").join(method.id());
        for entry in fs::read_dir(&folder).unwrap() {
            count += explain_case(&entry.unwrap().path());
        }
    }
    assert!(count >= 300, "only {count} explanations");
}

#[test]
fn every_amount_of_the_published_rounds_is_the_sum_of_its_parts() {
    let Some(folder) = support::conformance("the explanations of 7 TEC rounds") else { return };
    // Each explanation reads the round again, so only some people of each; with MEED_ALL, everybody.
    let most = if std::env::var_os("MEED_ALL").is_some() { usize::MAX } else { 25 };
    for round in ["round-1", "round-13", "round-17", "round-20", "round-21", "round-25", "round-33"] {
        let overrides = if round == "round-20" {
            r#"{"round-20": {"sourcecred": {"over_pool": "record"}}}"#
        } else {
            "{}"
        };
        let ledger = support::ledger_json("TEC", 18, overrides);
        let files = support::round_files(&folder.join("tec").join(round), round, &ledger);
        // That the results are the published ones is held by `conformance`.
        let (_, count) = explain_some(&files, round, &[], most);
        assert!(count > 5, "{round}: {count}");
    }
}

#[test]
fn every_recipient_of_the_example_reads_the_committed_amount() {
    let (sandbox, _) = Sandbox::example();
    let ledger = sandbox.key("ledger");
    let mut cases = Vec::new();
    for round in EXAMPLE_ROUNDS {
        let path = format!("{ledger}/rounds/{round}/results/distribution.csv");
        let table = meed::tables::Table::read(&path, &fs::read(&path).unwrap(), &["total"]).unwrap();
        let row = |row: meed::tables::Row<'_>| {
            let who = [row.field("address"), row.field("key")].concat();
            (round, who, row.field("total").to_owned())
        };
        cases.extend(table.rows().map(row));
    }
    assert!(cases.len() > 100, "{}", cases.len());
    run_all(&cases, |(round, who, total)| {
        let run = sandbox.meed(&[
            "--ledger",
            &ledger,
            "explain",
            round,
            &who.to_uppercase().replace("NAME:", "name:"),
            "--revision",
            "1",
            "--format",
            "json",
        ]);
        // Only addresses are the same in any letter case.
        let run = if who.starts_with("0x") {
            run
        } else {
            sandbox.meed(&["--ledger", &ledger, "explain", round, who, "--revision", "1", "--format", "json"])
        };
        let told: Value = serde_json::from_str(&run.stdout)
            .map_err(|error| format!("{round} {who}: {error} {}", run.stderr))?;
        check_arithmetic(&told, 18, &format!("{round} {who}"));
        let committed = &told["committed"];
        let holds = run.status == 0
            && told["holds"] == true
            && committed["total"] == **total
            && told["total"] == **total
            && committed["differences"].as_array().is_some_and(Vec::is_empty);
        if holds { Ok(()) } else { Err(format!("{round} {who}: {}{}", run.stdout, run.stderr)) }
    });
}

#[test]
fn people_read_words_and_arithmetic() {
    let (sandbox, _) = Sandbox::example();
    let ledger = sandbox.key("ledger");
    // As the rounds were closed first; what amendments change is for tests of their own.
    let explained = |round: &str, who: &str| {
        sandbox.meed(&["--ledger", &ledger, "explain", round, who, "--revision", "1"]).ok()
    };
    let text = explained("2026-01", "heron#0001");
    for line in [
        "heron#0001 in 2026-01: 312.726641472531927425 TIDE",
        "  - the pool is 0.9 of 2400 TIDE, rounded down at 6 decimals: 2160 TIDE",
        "1605/149576 of 2160",
        "  floor(2160 x 177.55 / 1495.76) = 256.396748141413060918 TIDE, remainder 16154/18697 of a unit",
        "  one unit is added: the floors of all leave 9 units of 0.000000000000000001 TIDE, which go to the 9 largest remainders, and this one is among them",
        "256.396748141413060919 + 25.617021276595744681 + 30.712872054523121825 = 312.726641472531927425 TIDE",
        "equals the committed amount in rounds/2026-01/results/distribution.csv",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // The example of the README is real, but for the commits.
    let readme = fs::read_to_string(support::package().join("README.md")).unwrap();
    let shown = readme
        .split("    $ meed explain 2026-02 samphire#0013 --revision 1\n")
        .nth(1)
        .unwrap()
        .split("\n\nThe ")
        .next()
        .unwrap();
    let shown: Vec<&str> = shown.lines().map(str::trim).collect();
    let text = explained("2026-02", "samphire#0013");
    let text: Vec<&str> = text.lines().map(str::trim).collect();
    let last = text.len() - 1;
    assert_eq!(shown[..last], text[..last]);
    assert!(shown[last].starts_with("recomputed from the inputs of commit ") && shown.len() == text.len());
    assert!(explained("2026-01", "mudskipper#0019").contains("  held for  id:964cf751eaac51aebabdb898\n"));
    for (round, who, word) in [
        ("2026-02", "heron#0001", "praise received"),
        ("2026-04", "Tansy", "passes of cap and floor"),
        (
            "2026-05",
            "Mira Mudflat",
            "passed in the check of step 8: its conviction 9725.5465 TIDE is above the threshold",
        ),
        ("2026-05", "curlew", "rounds/2026-05/holders/1-block-1050000.csv  1054.32544"),
        ("2026-06", "curlew", "cred by interval"),
        ("2026-06", "Visiting Vole", "an impact of 1 earns"),
        // Keys of members, who stand in no row under them.
        ("2026-06", "name:oystercatcher", "in the inputs as name:oystercatcher"),
        ("2026-03", "name:pull-request-pelican", "held since round 2026-01  name:pull-request-pelican"),
    ] {
        let text = explained(round, who);
        assert!(text.contains(word), "{round} {who}: {text}");
    }
}

#[test]
fn an_open_round_is_explained_as_it_stands() {
    let sandbox = stage(Start::Open);
    let text = sandbox.meed(&["explain", "2026-01", "acc-cid"]).ok();
    assert!(
        text.contains("Cid in 2026-01: ") && text.contains("the round is open, nothing is committed yet"),
        "{text}"
    );
    let told: Value =
        serde_json::from_str(&sandbox.meed(&["explain", "2026-01", "Cid", "--format", "json"]).ok()).unwrap();
    assert_eq!((&told["committed"], &told["holds"]), (&Value::Null, &Value::Bool(true)));
    check_arithmetic(&told, 18, "open");
    // What is not committed does not count.
    let praise = sandbox.read("rounds/2026-01/praise.csv");
    sandbox.write("rounds/2026-01/praise.csv", praise.replace("Cid", "Sid"));
    assert_eq!(sandbox.meed(&["explain", "2026-01", "acc-cid"]).ok(), text);
    let _ = sandbox.meed(&["explain", "2026-01", "Sid"]).fails(2);
}

/// Who is first of the round, and their amount in the file.
fn first_amount(sandbox: &Sandbox, path: &str) -> (String, String) {
    let text = sandbox.read(path);
    let row = text.lines().nth(1).unwrap();
    (row.split(',').next().unwrap().to_owned(), row.rsplit(',').next().unwrap().to_owned())
}

#[test]
fn what_was_committed_wrong_is_told() {
    let sandbox = stage(Start::Closed);
    let path = "rounds/2026-02/results/distribution.csv";
    let (name, amount) = first_amount(&sandbox, path);
    // In the closing commit itself.
    let text = sandbox.read(path);
    sandbox.write(path, text.replacen(&format!(",{amount}\n"), ",99\n", 1));
    let _ = sandbox.git(&["commit", "-q", "-a", "--amend", "--no-edit", "--no-gpg-sign"]).ok();
    let run = sandbox.meed(&["explain", "2026-02", &name]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("NOT what is committed in rounds/2026-02/results/distribution.csv"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains(&format!("total: committed 99, the inputs give {amount}")), "{}", run.stdout);
    // Somebody who is only in the committed file is found, and gets nothing.
    let stranger = "0x4444444444444444444444444444444444444444";
    let row = sandbox.read(path).lines().nth(1).unwrap().replace(&name, "Mallory");
    let columns: Vec<&str> = row.split(',').collect();
    let row = row.replace(columns[1], stranger);
    sandbox.write(path, sandbox.read(path) + &row + "\n");
    let _ = sandbox.git(&["commit", "-q", "-a", "--amend", "--no-edit", "--no-gpg-sign"]).ok();
    let run = sandbox.meed(&["explain", "2026-02", "Mallory"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("total: committed 99, the inputs give 0"), "{}", run.stdout);
    // The round before is untouched.
    let _ = sandbox.meed(&["explain", "2026-01", &name]).ok();
}

#[test]
fn a_squashed_close_cannot_be_recomputed() {
    let sandbox = stage(Start::Closed);
    let root = sandbox.git_ok(&["rev-list", "--max-parents=0", "HEAD"]);
    let _ = sandbox.git(&["reset", "-q", "--soft", &root]).ok();
    let _ = sandbox.git(&["commit", "-q", "--no-gpg-sign", "-m", "All in one"]).ok();
    let error = sandbox.meed(&["explain", "2026-01", "Ada"]).fails(2);
    assert!(
        error.contains("was the close squashed or rebased?") && error.contains("`meed verify`"),
        "{error}"
    );
}

#[test]
fn a_later_change_of_the_file_is_told() {
    let sandbox = stage(Start::Closed);
    let path = "rounds/2026-01/results/distribution.csv";
    let (name, amount) = first_amount(&sandbox, path);
    edit(&sandbox, path, &amount, "1000");
    let run = sandbox.meed(&["explain", "2026-01", &name]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("a later commit CHANGED or removed that file"), "{}", run.stdout);
    assert!(run.stdout.contains("equals the committed amount"), "{}", run.stdout);
    let run = sandbox.meed(&["explain", "2026-01", &name, "--format", "json"]);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (run.status, &told["holds"], &told["committed"]["changed_since"]),
        (1, &false.into(), &true.into())
    );
}

#[test]
fn hostile_names_and_questions_reach_no_terminal() {
    let sandbox = stage(Start::Open);
    let praise = sandbox.read("rounds/2026-01/praise.csv");
    let name = "=HYPERLINK(1)\u{202e}\u{1b}[31m<script>";
    sandbox.write("rounds/2026-01/praise.csv", praise.replace(",Bea,", &format!(",{name},")));
    sandbox.commit("A name");
    let address = format!("0x{}", "bb".repeat(20));
    let mut runs = vec![
        sandbox.meed(&["explain", "2026-01", &address]),
        sandbox.meed(&["explain", "2026-01", name]),
        sandbox.meed(&["explain", "2026-01", &address, "--format", "json"]),
    ];
    assert!(runs.iter().all(|run| run.status == 0), "{runs:?}");
    assert!(runs[0].stdout.contains("=HYPERLINK(1)\u{fffd}\u{fffd}[31m<script>"), "{}", runs[0].stdout);
    let long = "x".repeat(100_000);
    for who in ["", " ", "\u{1b}[2J", "0x", "id:", "name:", "=cmd", "\u{202e}", "1e400", "-0", &long] {
        let run = sandbox.meed(&["explain", "2026-01", "--", who]);
        assert_eq!(run.status, 2, "{}{}", run.stdout, run.stderr);
        assert!(run.stderr.len() < 3000, "{} bytes", run.stderr.len());
        runs.push(run);
    }
    for run in runs {
        for text in [&run.stdout, &run.stderr] {
            let shown = text
                .chars()
                .all(|character| character == '\n' || meed::error::visible(character) == character);
            assert!(shown && !text.contains("panicked"), "{text:?}");
        }
    }
}
