//! What was not claimed of an allocation's last round is brought into its next: the same division as
//! with a larger pool, for every method; and through the program, from the first close to `verify`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use meed::amount::Amount;
use meed::calculate::Results;
use meed::error::Problems;
use meed::files::{Content, Files};
use meed::statement::Sums;
use meed::tables::Table;
use serde_json::{Value, json};

use crate::support;
use crate::support::sandbox::Sandbox;

const ADA: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
/// Ada got 60 and claimed 50, Bea got 40 and claimed 10: 40 were not claimed.
const TABLE: &str = "recipient,address,hours\nAda,0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,6\nBea,0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,4\n";
const CLAIMED: &str = "address,amount\n0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,50\n0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,10\n";
/// The rest.
const REST: u32 = 40;

fn hours(name: &str, pool: &str, claimed: bool) -> Value {
    let mut inputs = json!({"table": "table.csv"});
    if claimed {
        inputs["claimed"] = json!("claimed.csv");
    }
    json!({
        "name": name, "method": "weighted-v1", "pool": pool, "inputs": inputs,
        "settings": {"weights": [{"column": "hours"}]},
    })
}

fn round_json(month: u32, allocations: &[Value]) -> String {
    let period = json!({"start": format!("2026-{month:02}-01"), "end": format!("2026-{month:02}-28")});
    json!({"format": 1, "period": period, "allocations": allocations}).to_string()
}

fn ledger(token: &Value, payouts: &[&str]) -> String {
    let (symbol, decimals) = (token["symbol"].as_str().unwrap(), token["decimals"].as_u64().unwrap());
    let text = support::ledger_json(symbol, u8::try_from(decimals).unwrap(), "{}");
    let mut ledger: Value = serde_json::from_str(&text).unwrap();
    ledger["payouts"] = json!(payouts);
    ledger.to_string()
}

fn token() -> Value {
    json!({"symbol": "TOK", "decimals": 18})
}

fn files(id: &str, ledger: &str, named: &[(&str, &str)]) -> Files {
    let mut files = Files::default();
    files.insert("ledger.json".to_owned(), Content::File(ledger.as_bytes().to_vec()));
    for (name, text) in named {
        files.insert(format!("rounds/{id}/{name}"), Content::File(text.as_bytes().to_vec()));
    }
    files
}

/// The round `2026-01`, paid by claims: 100 to Ada and Bea, in an allocation of this name.
fn first(name: &str, token: &Value) -> Results {
    let round = round_json(1, &[hours(name, "100", false)]);
    let named = [("round.json", round.as_str()), ("table.csv", TABLE)];
    support::results_of(&files("2026-01", &ledger(token, &["merkle"]), &named), "2026-01").unwrap()
}

/// A round of `hours`, behind others, that names this table of what was claimed.
fn hours_after(month: u32, pool: &str, claimed: &str, before: &[&Results]) -> Result<Results, Problems> {
    let round = round_json(month, &[hours("hours", pool, true)]);
    let named = [("round.json", round.as_str()), ("table.csv", TABLE), ("claimed.csv", claimed)];
    let id = format!("2026-{month:02}");
    support::results_after(&files(&id, &ledger(&token(), &["merkle"]), &named), &id, before)
}

fn sums<'a>(results: &'a Results, name: &str) -> &'a Sums {
    let allocations = &results.statement.predicate.allocations;
    &allocations.iter().find(|allocation| allocation.name == name).unwrap().sums
}

fn codes(result: Result<Results, Problems>) -> Vec<&'static str> {
    result.unwrap_err().errors().iter().map(meed::error::Error::code).collect()
}

fn totals(results: &Results) -> BTreeMap<String, String> {
    results.recipients.iter().map(|line| (line.name(), line.total.to_text(results.token.decimals))).collect()
}

/// A change of an allocation's settings.
type Change = Box<dyn Fn(&mut Value)>;

/// A round of the vectors, as the second round of a ledger in which its allocation paid 100 by claims
/// and 40 were not claimed: with `claimed`, and (for comparison) with a pool that is larger by 40.
struct Pair {
    with_claimed: Results,
    with_larger_pool: Results,
}

fn pair(vector: &str, settings: impl Fn(&mut Value)) -> Pair {
    let folder: PathBuf = support::package().join("tests/vectors").join(vector);
    let token = std::fs::read(folder.join("token.json"))
        .map_or_else(|_| token(), |bytes| serde_json::from_slice(&bytes).unwrap());
    let ledger = ledger(&token, &["merkle"]);
    let files = support::round_files(&folder, "second", &ledger);
    let round: Value = serde_json::from_slice(&std::fs::read(folder.join("round.json")).unwrap()).unwrap();
    let name = round["allocations"][0]["name"].as_str().unwrap();
    let before = first(name, &token);
    let run = |change: &dyn Fn(&mut Value)| {
        let (mut files, mut round) = (files.clone(), round.clone());
        change(&mut round["allocations"][0]);
        files.insert("rounds/second/round.json".to_owned(), Content::File(round.to_string().into_bytes()));
        files.insert("rounds/second/claimed.csv".to_owned(), Content::File(CLAIMED.as_bytes().to_vec()));
        support::results_after(&files, "second", &[&before]).unwrap_or_else(|it| panic!("{vector}: {it}"))
    };
    let with_claimed = run(&|allocation| allocation["inputs"]["claimed"] = json!("claimed.csv"));
    let with_larger_pool = run(&|allocation| {
        if let Some(pool) = allocation["pool"].as_str() {
            allocation["pool"] = json!(larger(pool));
        }
        settings(&mut allocation["settings"]);
    });
    assert_eq!(sums(&with_claimed, name).brought_in.0, REST.to_string(), "{vector}");
    assert_eq!(sums(&with_larger_pool, name).brought_in.0, "0", "{vector}");
    with_claimed.statement.check_sums().unwrap();
    let inputs = &with_claimed.statement.predicate.inputs;
    assert!(inputs.iter().any(|input| input.name == "rounds/second/claimed.csv"), "{vector}");
    Pair { with_claimed, with_larger_pool }
}

/// An amount, larger by the rest.
fn larger(amount: &str) -> String {
    let [amount, rest] = [amount, &REST.to_string()]
        .map(|text| Amount::parse(text, 18, &meed::error::Place::file("test"), "amount").unwrap());
    amount.checked_add(rest).unwrap().to_text(18)
}

#[test]
fn what_is_brought_in_is_divided_as_a_larger_pool_is() {
    let one_of = |list: &'static str, amount: &'static str| {
        move |settings: &mut Value| {
            let entry = &mut settings[list][0][amount];
            *entry = json!(larger(entry.as_str().unwrap()));
        }
    };
    let cases: [(&str, Change); 9] = [
        ("praise-v1/quantifiers-4", Box::new(|_| {})),
        ("praise-v1/no-address", Box::new(|_| {})),
        ("weighted-v1/retroactive-cap", Box::new(|_| {})),
        ("weighted-v1/cap-and-floor", Box::new(|_| {})),
        ("sourcecred-v1/proportional", Box::new(|_| {})),
        ("fractal-v1/pool-tie", Box::new(|_| {})),
        ("airdrop-v1/balance-minimum", Box::new(one_of("pools", "amount"))),
        ("grain-v1/recent", Box::new(one_of("policies", "budget"))),
        ("conviction-v1/release-sequential", Box::new(|_| {})),
    ];
    for (vector, settings) in &cases {
        let Pair { with_claimed, with_larger_pool } = pair(vector, settings);
        for file in ["distribution.csv", "carry.json"] {
            let text = |results: &Results| String::from_utf8(results.files[file].clone()).unwrap();
            assert_eq!(text(&with_claimed), text(&with_larger_pool), "{vector}: {file}");
        }
        let [claimed, larger] = [&with_claimed, &with_larger_pool]
            .map(|results| results.statement.predicate.allocations[0].sums.clone());
        assert_eq!(
            (&claimed.paid, &claimed.held, &claimed.kept, &claimed.unallocated),
            (&larger.paid, &larger.held, &larger.kept, &larger.unallocated),
            "{vector}"
        );
        assert_ne!((claimed.paid.0.as_str(), claimed.kept.0.as_str()), ("0", "0"), "{vector}");
    }
}

#[test]
fn work_adds_it_to_the_treasury() {
    let Pair { with_claimed, with_larger_pool } = pair("work-v1/first-week", |_| {});
    assert_eq!(totals(&with_claimed), totals(&with_larger_pool));
    let [with, without] =
        [&with_claimed, &with_larger_pool].map(|it| crate::support::figures(sums(it, "work"), 18));
    let rest = Amount::parse("40", 18, &meed::error::Place::file("test"), "rest").unwrap();
    assert_eq!(with[6], without[6].checked_add(rest).unwrap());
    assert_eq!(with[2], Amount::ZERO, "nothing is carried in: the treasury was empty");
}

/// 40 over budgets of 10, 20, 30, 5 and 5 of 70, to the unit: the largest remainder.
#[test]
fn named_amounts_grow_in_proportion() {
    let Pair { with_claimed, .. } = pair("grain-v1/several", |settings| {
        settings["policies"][0]["budget"] = json!("50");
    });
    let decimals = with_claimed.token.decimals;
    let unit = 1.0 / 10_f64.powi(i32::from(decimals));
    let table = Table::read("d", &with_claimed.files["distribution.csv"], &["total"]).unwrap();
    let mut sum_of_all = 0.0;
    for (column, budget) in
        [("immediate", 10.0), ("recent", 20.0), ("balanced", 30.0), ("special", 5.0), ("treat", 5.0)]
    {
        let sum: f64 = table.rows().map(|row| row.field(column).parse::<f64>().unwrap()).sum();
        assert!((sum - budget * 110.0 / 70.0).abs() <= unit, "{column} {sum}");
        sum_of_all += sum;
    }
    assert!((sum_of_all - 110.0).abs() < unit / 2.0, "{sum_of_all}");
}

/// 100 x 3 / 7 + 40 = 580 / 7: by hand, 0.9, 0.07 and 0.03 of it cut at 6 decimals.
#[test]
fn the_cutoff_of_praise_does_not_shrink_it() {
    let Pair { with_claimed, .. } = pair("praise-v1/cutoff", |_| {});
    let totals = totals(&with_claimed);
    assert_eq!((totals["Ada"].as_str(), totals["Bo"].as_str()), ("55.928571", "18.642857"));
    let sums = sums(&with_claimed, "praise");
    let figures = [&sums.declared, &sums.pool, &sums.brought_in, &sums.paid, &sums.unallocated];
    let expected = ["100", "42.857142857142857142", "40", "82.857142", "0.000000857142857142"];
    assert_eq!(figures.map(|figure| figure.0.as_str()), expected);
}

#[test]
fn amounts_that_are_fixed_take_nothing_more() {
    for vector in ["sourcecred-v1/as-given-exact", "fractal-v1/all-meetings"] {
        let folder = support::package().join("tests/vectors").join(vector);
        let text = std::fs::read_to_string(folder.join("round.json")).unwrap();
        let mut round: Value = serde_json::from_str(&text).unwrap();
        let name = round["allocations"][0]["name"].as_str().unwrap().to_owned();
        round["allocations"][0]["inputs"]["claimed"] = json!("claimed.csv");
        let token = std::fs::read(folder.join("token.json"))
            .map_or_else(|_| token(), |bytes| serde_json::from_slice(&bytes).unwrap());
        let mut files = support::round_files(&folder, "second", &ledger(&token, &["merkle"]));
        files.insert("rounds/second/round.json".to_owned(), Content::File(round.to_string().into_bytes()));
        files.insert("rounds/second/claimed.csv".to_owned(), Content::File(CLAIMED.into()));
        let result = support::results_after(&files, "second", &[&first(&name, &token)]);
        assert_eq!(codes(result), ["claimed-impossible"], "{vector}");
    }
}

/// Only the next round of the allocation brings the rest in: the round behind it asks what was claimed
/// of that one. A round that does not name the allocation is not its next.
#[test]
fn a_rest_is_brought_in_once() {
    let one = first("hours", &token());
    let elsewhere = round_json(2, &[hours("other", "7", false)]);
    let named = [("round.json", elsewhere.as_str()), ("table.csv", TABLE)];
    let two =
        support::results_after(&files("2026-02", &ledger(&token(), &["merkle"]), &named), "2026-02", &[&one])
            .unwrap();
    let three = hours_after(3, "10", CLAIMED, &[&one, &two]).unwrap();
    assert_eq!(
        (sums(&three, "hours").brought_in.0.as_str(), sums(&three, "hours").paid.0.as_str()),
        ("40", "50")
    );
    assert_eq!(
        totals(&three),
        BTreeMap::from([("Ada", "30"), ("Bea", "20")].map(|(a, b)| (a.into(), b.into())))
    );
    // The same table again means round 3, which paid 50 in all and Ada 30.
    assert_eq!(codes(hours_after(4, "10", CLAIMED, &[&one, &two, &three])), ["claimed-above-total"]);
    let again = format!("address,amount\n{ADA},30\n{BEA},19.5\n");
    let four = hours_after(4, "0", &again, &[&one, &two, &three]).unwrap();
    assert_eq!(sums(&four, "hours").brought_in.0, "0.5");
    // Round 4 paid 0.5; in round 5 all is claimed, so that nothing is brought in.
    let all = format!("address,amount\n{ADA},0.3\n{BEA},0.2\n");
    let five = hours_after(5, "1", &all, &[&one, &two, &three, &four]).unwrap();
    assert_eq!(sums(&five, "hours").brought_in.0, "0");
    // Nobody claimed: the table is a header alone.
    let five = hours_after(5, "1", "address,amount\n", &[&one, &two, &three, &four]).unwrap();
    assert_eq!(sums(&five, "hours").brought_in.0, "0.5");
}

#[test]
fn all_problems_of_the_table_show_at_once() {
    let one = first("hours", &token());
    let nobody = "0xcccccccccccccccccccccccccccccccccccccccc";
    let table = format!("address,amount\n{ADA},60.1\n{nobody},1\n,1\n{BEA},\n{BEA},1\n{BEA},2\n");
    assert_eq!(
        codes(hours_after(2, "10", &table, &[&one])),
        ["value-missing", "value-missing", "value-twice", "claimed-above-total", "nothing-paid"]
    );
    let huge = format!("address,amount\n{ADA},{}\n", "9".repeat(80));
    assert_eq!(codes(hours_after(2, "10", &huge, &[&one])), ["number-too-large"]);
}

#[test]
fn people_are_told_what_to_look_at() {
    let one = first("hours", &token());
    let two = hours_after(2, "10", CLAIMED, &[&one]).unwrap();
    let warnings: Vec<String> = two.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "rounds/2026-02/claimed.csv: 40 TOK of round `2026-01` were not claimed and are brought in: end the claims of that round before this one is paid",
            "rounds/2026-02/table.csv: allocation `hours` reads the same table as in round 2026-01: the bytes are equal",
        ]
    );
    let round = round_json(1, &[hours("hours", "100", false), hours("other", "5", false)]);
    let named = [("round.json", round.as_str()), ("table.csv", TABLE)];
    let both = files("2026-01", &ledger(&token(), &["merkle-distributor"]), &named);
    let one = support::results_of(&both, "2026-01").unwrap();
    let two = hours_after(2, "10", CLAIMED, &[&one]).unwrap();
    assert!(two.warnings[1].to_string().contains("paid other allocations in the same claims"));
}

/// Closes the round 2026-01 with these allocations of 100 each, paid in this format.
pub fn close_first(sandbox: &Sandbox, names: &[&str], payout: &str) {
    let ledger = sandbox.read("ledger.json");
    let mut ledger: Value = serde_json::from_str(&ledger).unwrap();
    ledger["payouts"] = json!([payout]);
    sandbox.write("ledger.json", ledger.to_string());
    let allocations: Vec<Value> = names.iter().map(|name| hours(name, "100", false)).collect();
    sandbox.write("rounds/2026-01/round.json", round_json(1, &allocations));
    sandbox.write("rounds/2026-01/table.csv", TABLE);
    sandbox.commit("Inputs of 2026-01");
    let _ = sandbox.close(&["2026-01"]).ok();
}

/// A ledger whose round 2026-01 is closed, and paid in this format.
pub fn paid_by(payout: &str) -> Sandbox {
    let sandbox = Sandbox::ledger();
    close_first(&sandbox, &["hours"], payout);
    sandbox
}

/// Commits the round 2026-02, which names this table of what was claimed.
pub fn add_second(sandbox: &Sandbox, claimed: &str) {
    sandbox.write("rounds/2026-02/round.json", round_json(2, &[hours("hours", "10", true)]));
    sandbox.write("rounds/2026-02/table.csv", TABLE);
    sandbox.write("rounds/2026-02/claimed.csv", claimed);
    sandbox.commit("Inputs of 2026-02");
}

#[test]
fn a_rest_goes_from_close_to_close() {
    let sandbox = paid_by("merkle-distributor");
    add_second(&sandbox, CLAIMED);
    for check in [&["check", "--format", "json"][..], &["check", "--worktree", "--format", "json"]] {
        let checked: Value = serde_json::from_str(&sandbox.meed(check).ok()).unwrap();
        assert_eq!(checked[0]["totals"]["brought_in"], "40", "{checked}");
    }
    let _ = sandbox.close(&[]).ok();
    let told = sandbox.meed(&["explain", "2026-02", "Ada"]).ok();
    assert!(told.contains("- 40 TOK that nobody claimed of the last round are brought in"), "{told}");
    let statement: Value =
        serde_json::from_str(&sandbox.read("rounds/2026-02/results/statement.json")).unwrap();
    let totals = &statement["predicate"]["totals"];
    let figures = ["declared", "pool", "carried_in", "brought_in", "paid", "unallocated"];
    assert_eq!(
        figures.map(|figure| totals[figure].as_str().unwrap().to_owned()),
        ["10", "10", "0", "40", "50", "0"]
    );
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    // The table is an input of the record: nobody changes it later.
    sandbox.write("rounds/2026-02/claimed.csv", CLAIMED.replace(",50", ",49"));
    sandbox.commit("Claim less");
    assert_eq!(sandbox.failing(&[]), ["inputs"]);
}

/// A round is paid by claims or sent, not both: whichever is recorded first is held against the other.
#[test]
fn what_was_sent_is_not_claimed_as_well() {
    let sent = |sandbox: &Sandbox, payout: &str| {
        let (hash, key) = (format!("0x{}", "1".repeat(64)), sandbox.key("treasurer"));
        sandbox.meed(&["settle", "2026-01", "--tx", &hash, "--payout", payout, "--key", &key])
    };
    let sandbox = paid_by("merkle");
    let _ = sent(&sandbox, "safe-csv").ok();
    add_second(&sandbox, CLAIMED);
    let reason = "rounds/2026-01/settlements/1.json says that its last round was paid by safe-csv";
    for run in [sandbox.meed(&["check"]), sandbox.meed(&["check", "--worktree"]), sandbox.close(&[])] {
        let error = run.fails(2);
        assert!(error.contains(reason), "{error}");
    }

    let sandbox = paid_by("merkle");
    let _ = sent(&sandbox, "merkle").ok();
    add_second(&sandbox, CLAIMED);
    let _ = sandbox.close(&[]).ok();

    let twice = "round 2026-02 brought in what was not claimed of this one";
    for (payout, is_twice) in [("safe-csv", true), ("merkle", false)] {
        let sandbox = paid_by("merkle");
        add_second(&sandbox, CLAIMED);
        let _ = sandbox.close(&[]).ok();
        let run = sent(&sandbox, payout);
        assert_eq!(run.stderr.contains(twice), is_twice, "{}", run.stderr);
        assert_eq!(sandbox.failing(&[]), [""; 0]);
    }
}
