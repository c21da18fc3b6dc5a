//! Payout files: every format pays what the round pays, whatever that is; a changed file is noticed;
//! and through the program: what ledger.json chooses, and who is never paid.

use std::collections::BTreeMap;

use jiff::civil::date;
use meed::address::Address;
use meed::amount::Amount;
use meed::error::Place;
use meed::ledger::Token;
use meed::ledger::payout_format::PayoutFormat;
use meed::ledger::plan::Plan;
use meed::ledger::round_file::Period;
use meed::ledger::round_id::RoundId;
use meed::payouts::{Payment, PayoutFiles, Payouts, read};
use meed::statement::Figure;
use proptest::prelude::*;

use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::{Start, edit, stage};

/// The formats that pay by rows and calls.
const FORMATS: [PayoutFormat; 4] =
    [PayoutFormat::AragonCsv, PayoutFormat::SafeCsv, PayoutFormat::SafeBatch, PayoutFormat::Disperse];
/// The formats that people claim from.
const TREES: [PayoutFormat; 2] = [PayoutFormat::Merkle, PayoutFormat::MerkleDistributor];
const PAYOUTS: &str = "rounds/2026-01/results/payouts";
const CONTRACT: &str = "0x71DE71De71de71dE71dE71DE71de71De71De71de";

/// An address of a number, spread over the whole space.
pub fn address(number: u64) -> Address {
    let text = format!("0x71de{}", &meed::files::sha256_hex(&number.to_be_bytes())[..36]);
    Address::parse(&text, &Place::file("test"), "address").unwrap()
}

/// A plan of a round without allocations, for a token of so many decimals.
pub fn plan(symbol: &str, decimals: u8) -> Plan {
    let contract = Address::parse(CONTRACT, &Place::file("test"), "address").unwrap();
    Plan {
        round: RoundId::parse("2026-01", &Place::file("test")).unwrap(),
        revision: 1,
        folder: "rounds/2026-01".to_owned(),
        file: "rounds/2026-01/round.json".to_owned(),
        period: Period { start: date(2026, 1, 1), end: date(2026, 1, 31) },
        token: Token { symbol: symbol.to_owned(), decimals, address: Some(contract), chain_id: Some(100) },
        allocations: Vec::new(),
        read: std::collections::BTreeSet::new(),
        warnings: Vec::new(),
    }
}

/// Payments of these units, each to an address of its own.
pub fn payments(units: &[u128]) -> Vec<Payment> {
    let payment = |(units, number): (&u128, u64)| Payment {
        address: address(number),
        amount: Amount::from_units(*units),
    };
    units.iter().zip(0..).map(payment).collect()
}

/// What the payments sum to, as a statement says it.
fn paid(payments: &[Payment], decimals: u8) -> Figure {
    let sum = Amount::sum(payments.iter().map(|payment| payment.amount)).unwrap();
    Figure(sum.to_text(decimals))
}

/// What files pay, sorted.
fn pays(format: PayoutFormat, files: &PayoutFiles, token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    read(format, files, token).map(|mut pays| {
        pays.sort();
        pays
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_format_pays_what_the_round_pays(
        units in prop::collection::vec(prop_oneof![1_u128..100, 1..=u128::MAX / 256], 1..250),
        decimals in prop_oneof![Just(0_u8), Just(36), 0_u8..=36],
        symbol in "[A-Za-z0-9._$-]{1,32}",
    ) {
        let (plan, payments) = (plan(&symbol, decimals), payments(&units));
        let payouts = Payouts { plan: &plan, payments: &payments };
        let mut expected: Vec<(Address, Amount)> =
            payments.iter().map(|payment| (payment.address, payment.amount)).collect();
        expected.sort();
        for format in FORMATS {
            let files = payouts.files(format);
            prop_assert_eq!(pays(format, &files, &plan.token), Ok(expected.clone()));
            prop_assert!(payouts.check(format, &files, &paid(&payments, decimals)).is_ok());
        }
        // Nothing but the payments decides the bytes.
        let again = Payouts { plan: &plan, payments: &payments };
        prop_assert_eq!(
            payouts.write(&FORMATS, &paid(&payments, decimals), None).unwrap(),
            again.write(&FORMATS, &paid(&payments, decimals), None).unwrap()
        );
    }
}

#[test]
fn the_largest_amount_of_all_is_paid() {
    for decimals in [0, 18, 36] {
        let (plan, payments) = (plan("TOK", decimals), payments(&[u128::MAX]));
        let payouts = Payouts { plan: &plan, payments: &payments };
        let files = payouts.write(&FORMATS, &paid(&payments, decimals), None).unwrap();
        assert_eq!(files.len(), FORMATS.len() + 1);
        let files = payouts.write(&TREES, &paid(&payments, decimals), None).unwrap();
        assert_eq!(files.len(), 4, "the tree, its proofs, the distributor, README.txt");
    }
}

/// One row more than a file takes makes two files, each with its own header or checksum.
#[test]
fn files_are_split_where_the_tools_demand_it() {
    let plan = plan("TOK", 18);
    for (format, stem, ending, limit) in [
        (PayoutFormat::SafeCsv, "safe-airdrop", "csv", 200),
        (PayoutFormat::SafeBatch, "safe-batch", "json", 100),
    ] {
        for (count, files) in
            [(1, 1), (limit - 1, 1), (limit, 1), (limit + 1, 2), (2 * limit, 2), (2 * limit + 1, 3)]
        {
            let payments = payments(&(1..=count).map(|number| number as u128).collect::<Vec<_>>());
            let written = Payouts { plan: &plan, payments: &payments }.files(format);
            let name = |number| format!("{stem}-{number}.{ending}");
            let names: Vec<String> =
                if files == 1 { vec![format!("{stem}.{ending}")] } else { (1..=files).map(name).collect() };
            assert_eq!(written.keys().cloned().collect::<Vec<_>>(), names);
            for (index, name) in names.iter().enumerate() {
                let file = PayoutFiles::from([(name.clone(), written[name].clone())]);
                let read = read(format, &file, &plan.token).unwrap();
                let expected = payments.chunks(limit).nth(index).unwrap();
                let expected: Vec<_> =
                    expected.iter().map(|payment| (payment.address, payment.amount)).collect();
                assert_eq!(read, expected, "{name}: in the order of the distribution");
            }
        }
    }
}

/// What another distribution would pay is not taken for this one's: more, less, somebody else, nobody,
/// twice, and two amounts exchanged, which no sum shows.
#[test]
fn files_that_pay_otherwise_are_noticed() {
    let plan = plan("TOK", 18);
    let right = payments(&[5_000_000_000_000_000_000, 30, 2]);
    let paid = paid(&right, 18);
    let mut wrong: Vec<(&str, Vec<Payment>)> = Vec::new();
    let mut change = |name, change: fn(&mut Vec<Payment>)| {
        let mut changed = right.clone();
        change(&mut changed);
        wrong.push((name, changed));
    };
    change("a unit more", |payments| payments[2].amount = Amount::from_units(3));
    change("another address", |payments| payments[1].address = address(99));
    change("a row missing", |payments| _ = payments.pop());
    change("a row twice", |payments| payments.push(payments[2]));
    change("two amounts exchanged", |payments| {
        (payments[1].amount, payments[2].amount) = (payments[2].amount, payments[1].amount);
    });
    change("one unit from one to the other", |payments| {
        payments[1].amount = Amount::from_units(31);
        payments[2].amount = Amount::from_units(1);
    });
    let payouts = Payouts { plan: &plan, payments: &right };
    for format in FORMATS {
        assert_eq!(payouts.check(format, &payouts.files(format), &paid), Ok(()));
        for (name, payments) in &wrong {
            let files = Payouts { plan: &plan, payments }.files(format);
            assert!(read(format, &files, &plan.token).is_ok(), "{}: {name}", format.id());
            assert!(payouts.check(format, &files, &paid).is_err(), "{}: {name}", format.id());
        }
        // The statement's figure is held against the files, not against the payments alone.
        let other = Figure("5.000000000000000033".to_owned());
        assert!(payouts.check(format, &payouts.files(format), &other).is_err(), "{}", format.id());
        // A file for another token pays nothing of this one.
        let mut elsewhere = plan.token.clone();
        elsewhere.symbol = "TOO".to_owned();
        elsewhere.address = Some(address(100));
        let knows_token = format != PayoutFormat::Disperse; // disperse.app asks for it
        assert_eq!(read(format, &payouts.files(format), &elsewhere).is_err(), knows_token, "{}", format.id());
    }
    let mut chain = plan.token.clone();
    chain.chain_id = Some(1);
    assert!(read(PayoutFormat::SafeBatch, &payouts.files(PayoutFormat::SafeBatch), &chain).is_err());
}

/// Every byte of every file counts, but for the free text of a batch.
#[test]
fn a_changed_byte_is_noticed() {
    let plan = plan("TOK", 6);
    let payments = payments(&[1_234_567, 89]);
    let payouts = Payouts { plan: &plan, payments: &payments };
    let paid = paid(&payments, 6);
    for format in FORMATS {
        let (name, right) = payouts.files(format).pop_first().unwrap();
        let text = String::from_utf8(right.clone()).unwrap();
        // The name of a batch is no part of its checksum.
        let free = text.find("\"name\": \"2026-01\"").map_or(0..0, |at| at..at + 17);
        for position in (0..right.len()).filter(|position| !free.contains(position)) {
            for other in [b'0', b'1', b'a', b'A', b' ', b',', b'\n'] {
                let mut bytes = right.clone();
                bytes[position] = other;
                let blank =
                    |bytes: &[u8]| format == PayoutFormat::SafeBatch && bytes[position].is_ascii_whitespace();
                if bytes == right || blank(&bytes) && blank(&right) {
                    continue;
                }
                let files = PayoutFiles::from([(name.clone(), bytes)]);
                let place = text[position..].chars().take(12).collect::<String>();
                assert!(
                    payouts.check(format, &files, &paid).is_err(),
                    "{name}: {other} at {position}: {place}"
                );
            }
        }
    }
}

/// The period's last day is part of it: a batch is made when the next day begins.
#[test]
fn batches_are_made_at_the_end_of_the_period() {
    let mut plan = plan("TOK", 18);
    let payments = payments(&[1]);
    for (end, milliseconds) in [
        (date(2026, 1, 31), 1_769_904_000_000_i64), // date -u -d 2026-02-01 +%s
        (date(1970, 1, 1), 86_400_000),
        (date(9999, 12, 31), 253_402_300_800_000),
    ] {
        plan.period.end = end;
        let files = Payouts { plan: &plan, payments: &payments }.files(PayoutFormat::SafeBatch);
        let batch: serde_json::Value = serde_json::from_slice(&files["safe-batch.json"]).unwrap();
        assert_eq!(batch["createdAt"].as_i64(), Some(milliseconds));
    }
}

/// Chooses payout formats in ledger.json, and commits.
fn choose(sandbox: &Sandbox, token: &str, payouts: &str) {
    edit(sandbox, "ledger.json", "\"decimals\": 18", &format!("\"decimals\": 18{token}"));
    if !payouts.is_empty() {
        edit(
            sandbox,
            "ledger.json",
            "\"rounds\": \"rounds\"",
            &format!("\"rounds\": \"rounds\", \"payouts\": {payouts}"),
        );
    }
}

/// The payout files of the closed round by name.
fn closed(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let _ = sandbox.close(&[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    crate::support::files_below(&sandbox.at(PAYOUTS))
}

#[test]
fn formats_are_chosen_in_ledger_json() {
    let token = format!(", \"address\": \"{CONTRACT}\", \"chain_id\": 100");
    let readme = "README.txt";
    for (token, payouts, expected) in [
        ("", "", vec![readme, "aragon.csv"]),
        (&token, "", vec![readme, "aragon.csv", "safe-airdrop.csv"]),
        (&token, "[]", vec![]),
        (&token, "[\"disperse\"]", vec![readme, "disperse.txt"]),
        (&token, "[\"safe-batch\", \"aragon-csv\"]", vec![readme, "aragon.csv", "safe-batch.json"]),
    ] {
        let sandbox = stage(Start::Open);
        choose(&sandbox, token, payouts);
        let files = closed(&sandbox);
        assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), expected, "{payouts}");
    }
}

/// Held amounts are in no file, zero amounts neither; the order is that of the distribution.
#[test]
fn paid_amounts_are_written_and_nothing_else() {
    let sandbox = stage(Start::Open);
    let token = format!(", \"address\": \"{CONTRACT}\", \"chain_id\": 100");
    choose(&sandbox, &token, "[\"aragon-csv\", \"disperse\"]");
    let files = closed(&sandbox);
    let table = sandbox.read("rounds/2026-01/results/distribution.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let paid = rows.iter().filter(|row| !row[1].is_empty() && *row.last().unwrap() != "0");
    let expected: Vec<String> = paid.map(|row| format!("{},{}", row[1], row.last().unwrap())).collect();
    assert!(expected.len() + 1 == rows.len(), "one waits for an address: {table}");
    let text = String::from_utf8(files["disperse.txt"].clone()).unwrap();
    assert_eq!(text.to_lowercase().lines().collect::<Vec<_>>(), expected);
    let aragon = String::from_utf8(files["aragon.csv"].clone()).unwrap();
    assert_eq!(aragon, text.replace('\n', ",TOK\n"));
    let readme = String::from_utf8(files["README.txt"].clone()).unwrap();
    let statement: serde_json::Value =
        serde_json::from_str(&sandbox.read("rounds/2026-01/results/statement.json")).unwrap();
    let sum = statement["predicate"]["totals"]["paid"].as_str().unwrap();
    assert!(readme.contains(&format!("paid   {sum} TOK to {} addresses", expected.len())), "{readme}");
    for words in ["Pay ONE", "2026-01-01 to 2026-01-28", CONTRACT, "chain 100", "aragon.csv", "disperse.txt"]
    {
        assert!(readme.contains(words), "{words}: {readme}");
    }
}

#[test]
fn where_nothing_is_paid_nothing_is_written() {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "rounds/2026-01/round.json", "\"pool\": \"100\"", "\"pool\": \"0\"");
    assert_eq!(closed(&sandbox).len(), 0);
    let Run { stdout, .. } = sandbox.meed(&["log"]);
    assert!(stdout.contains("2026-01"), "{stdout}");
}

/// `meed close` says where to go on.
#[test]
fn close_names_the_payouts() {
    let sandbox = stage(Start::Open);
    let text = sandbox.close(&[]).ok();
    assert!(text.contains(&format!("  payouts    {PAYOUTS}/README.txt")), "{text}");
}

/// The zero address and the token's contract are refused whatever method names them; without an
/// amount they are nobody's loss.
#[test]
fn addresses_without_an_owner_are_not_paid() {
    let weighted = |address: &str, score: u64| {
        let sandbox = stage(Start::Open);
        edit(
            &sandbox,
            "ledger.json",
            "\"decimals\": 18",
            &format!("\"decimals\": 18, \"address\": \"{CONTRACT}\""),
        );
        let round = r#"{"format": 1, "period": {"start": "2026-01-01", "end": "2026-01-28"}, "allocations": [
            {"name": "work", "method": "weighted-v1", "pool": "10", "inputs": {"table": "work.csv"},
             "settings": {"recipient": "name", "address": "address", "reward": "work", "weights": [{"column": "points"}]}}]}"#;
        sandbox.write("rounds/2026-01/round.json", round);
        let table = format!("name,address,points\nAda,{address},{score}\nBea,0x{},1\n", "b".repeat(40));
        sandbox.write("rounds/2026-01/work.csv", table);
        sandbox.commit("Another round");
        sandbox
    };
    let zero = format!("0x{}", "0".repeat(40));
    for (address, what) in [(zero.as_str(), "the zero address"), (CONTRACT, "the token's own contract")] {
        let refused = weighted(address, 1).close(&[]).fails(2);
        let expected = format!("rounds/2026-01: 5 TOK would go to `Ada` at {address}, which is {what}");
        assert!(refused.contains(&expected), "{refused}");
        assert!(!weighted(address, 0).close(&[]).ok().is_empty());
    }
}
