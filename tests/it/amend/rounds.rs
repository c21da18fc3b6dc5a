//! Any sequence of closes and amendments: what everybody was ever due is what they were paid and what is
//! held for them, below zero where they were paid too much.

use std::cell::RefCell;
use std::collections::BTreeMap;

use meed::calculate::Results;
use meed::statement::Carry;
use meed::tables::Table;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::World;
use crate::support::ledger_json;

/// People of the property.
pub(super) const PEOPLE: usize = 4;

/// The table of one round or revision: for each person a weight and which address is known (0 is none:
/// everybody has two), or nothing.
type Rows = [Option<(u8, u8)>; PEOPLE];

/// What happens next in a ledger.
#[derive(Debug, Clone)]
enum Step {
    /// A new round is closed.
    Close { pool: u16, rows: Rows },
    /// A closed round, chosen among those there are, is amended.
    Amend { which: usize, pool: u16, rows: Rows },
    /// The same with the files that it has.
    AmendNothing { which: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let row = prop::option::weighted(0.8, (0_u8..4, 0_u8..3));
    let rows = [row.clone(), row.clone(), row.clone(), row];
    let step = (0_u8..9, 0_usize..8, 0_u16..300, rows).prop_map(|(kind, which, pool, rows)| match kind {
        0..=3 => Step::Close { pool, rows },
        4 => Step::AmendNothing { which },
        _ => Step::Amend { which, pool, rows },
    });
    prop::collection::vec(step, 1..9)
}

fn address(person: usize, which: u8) -> String {
    format!("0x{}{person}{which}", "a".repeat(38))
}

fn table(rows: &Rows) -> String {
    let mut text = "recipient,address,account,w\n".to_owned();
    for (person, row) in rows.iter().enumerate() {
        if let Some((weight, which)) = row {
            let place = if *which > 0 { address(person, *which) } else { String::new() };
            text += &format!("p{person},{place},acc-{person},{weight}\n");
        }
    }
    text
}

fn round_json(pool: u16, revises: Option<u32>) -> String {
    let revises = revises.map(|it| format!(r#", "revises": {{"revision": {it}}}"#)).unwrap_or_default();
    format!(
        r#"{{"format": 1, "period": {{"start": "2026-01-01", "end": "2026-01-28"}}, "allocations": [
            {{"name": "pool", "method": "weighted-v1", "pool": "{pool}", "inputs": {{"table": "t.csv"}},
              "settings": {{"weights": [{{"column": "w"}}], "account": "account"}}}}]{revises}}}"#
    )
}

/// The person of a row: all have an account id.
fn person_of(accounts: &str) -> usize {
    accounts.strip_prefix("acc-").unwrap().parse().unwrap()
}

/// What each person is due of a round, paid or held, as its distribution says.
fn dues(results: &Results) -> [i128; PEOPLE] {
    let table = Table::read("d", &results.files["distribution.csv"], &["accounts", "weighted"]).unwrap();
    let mut dues = [0; PEOPLE];
    for row in table.rows().filter(|row| !row.field("accounts").is_empty()) {
        dues[person_of(row.field("accounts"))] += row.field("weighted").parse::<i128>().unwrap();
    }
    dues
}

/// What is paid to each person now.
fn paid(results: &Results) -> [i128; PEOPLE] {
    let mut paid = [0; PEOPLE];
    for (to, amount) in super::paid_by(results) {
        let is_own = |person: &usize| [1, 2].iter().any(|which| address(*person, *which) == to);
        let person = (0..PEOPLE).find(is_own).unwrap();
        paid[person] += amount.parse::<i128>().unwrap();
    }
    paid
}

/// What is held for each person afterwards: the sum, and whether any of it lies above zero.
fn held(results: &Results) -> [(i128, bool); PEOPLE] {
    let carry = Carry::read("carry.json", &results.files["carry.json"]).unwrap();
    let mut held = [(0, false); PEOPLE];
    for record in carry.held {
        let amount: i128 = record.amount.0.parse().unwrap();
        let [account] = record.accounts.as_slice() else { panic!("{record:?}") };
        let (sum, is_above) = &mut held[person_of(account)];
        *sum += amount;
        *is_above |= amount > 0;
    }
    held
}

/// What the sequences came to, so that they are seen to reach what they are about.
#[derive(Debug, Default)]
struct Seen {
    closed: usize,
    amended: usize,
    empty: usize,
    released: usize,
    overpaid: usize,
    offset: usize,
}

#[test]
fn everybody_gets_what_they_are_due_once() {
    let cases = ProptestConfig::default().cases.max(300);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let seen = RefCell::new(Seen::default());
    TestRunner::new(config)
        .run(&(steps(), any::<bool>()), |(steps, offsets)| play(&steps, offsets, &mut seen.borrow_mut()))
        .unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.into_inner();
    eprintln!("{cases} sequences of closes and amendments: {seen:?}");
    let reached = [seen.amended, seen.released, seen.overpaid, seen.offset, seen.empty];
    assert!(reached.into_iter().all(|count| count > 10), "{seen:?}");
}

fn play(steps: &[Step], offsets: bool, seen: &mut Seen) -> Result<(), TestCaseError> {
    let ledger = ledger_json("TOK", 0, "{}");
    // With books every statement's entries are read while it is computed.
    let settings =
        format!(r#"{{"offset_overpayments": {offsets}, "payouts": ["aragon-csv", "beancount", "hledger"], "#);
    let ledger = ledger.replacen('{', &settings, 1);
    let mut world = World::new(&ledger);
    // The last revision of each round and what it makes everybody's due, and its files.
    let mut rounds: Vec<(u32, [i128; PEOPLE])> = Vec::new();
    let mut tables: Vec<(u16, Rows)> = Vec::new();
    let mut paid_ever = [0; PEOPLE];
    let mut all: Vec<Results> = Vec::new();
    for step in steps {
        let (which, pool, rows) = match step {
            Step::Close { pool, rows } => (rounds.len(), *pool, *rows),
            Step::Amend { .. } | Step::AmendNothing { .. } if rounds.is_empty() => continue,
            Step::Amend { which, pool, rows } => (which % rounds.len(), *pool, *rows),
            Step::AmendNothing { which } => {
                let (pool, rows) = tables[which % rounds.len()];
                (which % rounds.len(), pool, rows)
            }
        };
        let round = format!("round-{}", which + 1);
        let revision = rounds.get(which).map_or(1, |(revision, _)| revision + 1);
        let (folder, revises) = match revision {
            1 => (format!("rounds/{round}"), None),
            _ => (format!("rounds/{round}/revisions/{revision}"), Some(revision - 1)),
        };
        world.write(&format!("{folder}/round.json"), round_json(pool, revises));
        world.write(&format!("{folder}/t.csv"), table(&rows));
        let before = world.record.statements().len();
        let results = if revision == 1 { world.close(&round, 1) } else { world.amend(&round, revision) };
        let results = match results {
            Ok(results) => results,
            Err(problems) => {
                prop_assert_eq!(problems.errors()[0].code(), "amendment-empty", "{}", problems);
                prop_assert_eq!(world.record.statements().len(), before);
                seen.empty += 1;
                // The same number is tried again with other files.
                continue;
            }
        };
        let now = dues(&results);
        if revision == 1 {
            rounds.push((1, now));
            tables.push((pool, rows));
            seen.closed += 1;
        } else {
            seen.amended += 1;
            check_adjustments(&results, rounds[which].1, now)?;
            rounds[which] = (revision, now);
            tables[which] = (pool, rows);
        }
        let paid_now = paid(&results);
        for (sum, more) in paid_ever.iter_mut().zip(paid_now) {
            *sum += more;
        }
        let held = held(&results);
        for person in 0..PEOPLE {
            let due: i128 = rounds.iter().map(|(_, dues)| dues[person]).sum();
            let (balance, has_waiting) = held[person];
            prop_assert_eq!(due, paid_ever[person] + balance, "person {} after {}", person, round);
            if rows[person].is_some_and(|(_, which)| which > 0) {
                prop_assert!(!has_waiting, "person {} waits although the address is known", person);
            }
            if offsets && paid_now[person] > 0 {
                prop_assert!(balance >= 0, "person {} is paid and owes", person);
            }
            seen.overpaid += usize::from(balance < 0);
        }
        let has = |name: &str| {
            Table::read("d", &results.files["distribution.csv"], &["total"]).unwrap().has_column(name)
        };
        seen.released += usize::from(has("released"));
        seen.offset += usize::from(has("offset"));
        prop_assert!(revision == 1 || !(has("released") || has("offset")));
        all.push(results);
    }
    let dues = std::array::from_fn(|person| rounds.iter().map(|(_, dues)| dues[person]).sum());
    super::entries::check(&all, dues, paid_ever)
}

/// The rows of adjustments.csv are those whose due changes, with both dues, and those who are paid.
fn check_adjustments(
    results: &Results,
    before: [i128; PEOPLE],
    after: [i128; PEOPLE],
) -> Result<(), TestCaseError> {
    let columns = ["accounts", "address", "due_before", "due_after", "difference", "paid_now", "held_now"];
    let table = Table::read("a", &results.files["adjustments.csv"], &columns).unwrap();
    let number = |text: &str| text.parse::<i128>().unwrap();
    let mut listed: BTreeMap<usize, (i128, i128)> = BTreeMap::new();
    let held = held(results);
    for row in table.rows() {
        let person = person_of(row.field("accounts"));
        let [due_before, due_after, difference, paid_now, held_now] =
            ["due_before", "due_after", "difference", "paid_now", "held_now"].map(|it| number(row.field(it)));
        prop_assert_eq!(due_after - due_before, difference);
        prop_assert!(difference != 0 || paid_now != 0);
        prop_assert_eq!(held_now, held[person].0);
        prop_assert!(listed.insert(person, (due_before, due_after)).is_none(), "a person stands twice");
    }
    for person in 0..PEOPLE {
        match listed.get(&person) {
            Some(dues) => prop_assert_eq!(*dues, (before[person], after[person])),
            None => prop_assert_eq!(before[person], after[person]),
        }
    }
    Ok(())
}
