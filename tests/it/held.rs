//! Held balances and members over sequences of rounds: nothing is lost, nothing is paid twice, and
//! everybody gets what was held under their keys and no other amount. The model below keeps its own
//! books from distribution.csv alone and decides by itself whose address is known.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use meed::amount::Amount;
use meed::calculate::Results;
use meed::error::{Problems, Warning};
use meed::files::{Content, Files};
use meed::statement::{Carry, Sums};
use meed::tables::Table;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::{ledger_json, results_after};

/// People of the property.
const PEOPLE: usize = 4;

fn id_of(round: usize) -> String {
    format!("round-{}", round + 1)
}

/// The address of a person; `other` is one that somebody else gives for them.
fn address(person: usize, other: bool) -> String {
    format!("0x{}", if other { "b" } else { "a" }.repeat(39)) + &person.to_string()
}

/// How a table names a person.
#[derive(Debug, Clone)]
struct Entry {
    person: usize,
    has_account: bool,
    /// None, their own, or another one.
    address: u8,
    weight: u8,
}

impl Entry {
    fn address(&self) -> Option<String> {
        (self.address > 0).then(|| address(self.person, self.address == 2))
    }

    fn account(&self) -> Option<String> {
        self.has_account.then(|| format!("acc-{}", self.person))
    }
}

/// A row of members.csv that appears with a round.
#[derive(Debug, Clone)]
struct Edit {
    person: usize,
    /// Whose account the row adds.
    account: usize,
    by_name: bool,
    has_address: bool,
    /// Counts from the round after the next one on.
    later: bool,
}

/// A round: the tables of its two weighted allocations, edits of members.csv before it, and whether
/// a treasury is minted in it too.
#[derive(Debug, Clone)]
struct Round {
    tables: [Vec<Entry>; 2],
    edits: Vec<Edit>,
    has_treasury: bool,
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry =
        (0..PEOPLE, any::<bool>(), 0_u8..12, 0_u8..5).prop_map(|(person, has_account, address, weight)| {
            // Most come without address, few with one that is not theirs.
            let address = match address {
                0 | 1 => 2,
                2..=5 => 1,
                _ => 0,
            };
            Entry { person, has_account, address, weight }
        });
    prop::collection::vec(entry, 0..5).prop_map(|mut entries: Vec<Entry>| {
        let mut people = BTreeSet::new();
        entries.retain(|entry| people.insert(entry.person));
        entries
    })
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let edit = (0..PEOPLE, 0..PEOPLE, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(person, other, own, by_name, has_address, later)| Edit {
            person,
            account: if own { person } else { other },
            by_name,
            has_address,
            later,
        },
    );
    let round = ([entries(), entries()], prop::collection::vec(edit, 0..2), any::<bool>())
        .prop_map(|(tables, edits, has_treasury)| Round { tables, edits, has_treasury });
    prop::collection::vec(round, 1..7)
}

/// The model of members.csv: who owns a key, and whose address is known, from which round on.
#[derive(Debug, Clone, Default)]
struct Book {
    rows: Vec<String>,
    /// Key, person, first round.
    keys: Vec<(String, usize, usize)>,
    /// Person, first round.
    addresses: Vec<(usize, usize)>,
}

impl Book {
    /// Adds an edit before round `number`; one that the register would refuse is left out.
    fn edit(&mut self, edit: &Edit, number: usize) {
        let from = if edit.later { number + 2 } else { 0 };
        let key =
            if edit.by_name { format!("name:p{}", edit.account) } else { format!("id:acc-{}", edit.account) };
        let late = |(_, _, first): &(String, usize, usize)| *first > from;
        let taken = self.keys.iter().any(|(other, owner, _)| *other == key && *owner != edit.person);
        let out_of_order = self.keys.iter().filter(|(_, owner, _)| *owner == edit.person).any(late);
        if taken
            || out_of_order
            || self.addresses.iter().any(|(person, first)| *person == edit.person && *first > from)
        {
            return;
        }
        let place = if edit.has_address { address(edit.person, false) } else { String::new() };
        let round = if edit.later { id_of(from) } else { String::new() };
        self.rows.push(format!("member {},{key},{place},{round}\n", edit.person));
        self.keys.push((key, edit.person, from));
        self.addresses.extend(edit.has_address.then_some((edit.person, from)));
    }

    fn owner(&self, key: &str, number: usize) -> Option<usize> {
        self.keys.iter().find(|(other, _, from)| other == key && *from <= number).map(|(_, owner, _)| *owner)
    }

    /// The address that the register gives to a key.
    fn address_of(&self, key: &str, number: usize) -> Option<String> {
        let owner = self.owner(key, number)?;
        let known = self.addresses.iter().any(|(person, from)| *person == owner && *from <= number);
        known.then(|| address(owner, false))
    }

    fn csv(&self) -> String {
        format!("name,keys,address,from_round\n{}", self.rows.concat())
    }
}

/// The files of a round of the property.
fn files_of(round: &Round, number: usize, ledger: &str, members: Option<&str>) -> Files {
    let mut files = Files::default();
    let mut insert = |path: &str, text: &str| {
        files.insert(path.to_owned(), Content::File(text.as_bytes().to_vec()));
    };
    insert("ledger.json", ledger);
    if let Some(members) = members {
        insert("members.csv", members);
    }
    let folder = format!("rounds/{}", id_of(number));
    let mut allocations = Vec::new();
    for (index, table) in round.tables.iter().enumerate() {
        let rows = table.iter().map(|entry| {
            let Entry { person, weight, .. } = entry;
            let (address, account) =
                (entry.address().unwrap_or_default(), entry.account().unwrap_or_default());
            format!("p{person},{address},{account},{weight}\n")
        });
        insert(
            &format!("{folder}/{index}.csv"),
            &format!("recipient,address,account,w\n{}", rows.collect::<String>()),
        );
        allocations.push(format!(
            r#"{{"name": "pool-{index}", "method": "weighted-v1", "pool": "{}", "inputs": {{"table": "{index}.csv"}}, "settings": {{"weights": [{{"column": "w"}}], "account": "account"}}}}"#,
            101 + index * 12
        ));
    }
    if round.has_treasury {
        insert(&format!("{folder}/work.csv"), "contributor,address,week,impact\nw,,1,3\n");
        allocations.push(
            r#"{"name": "treasury", "method": "work-v1", "inputs": {"contributions": "work.csv"}, "settings": {"weeks": 4, "tokens_per_impact": "1"}}"#.to_owned(),
        );
    }
    let allocations = allocations.join(", ");
    insert(
        &format!("{folder}/round.json"),
        &format!(
            r#"{{"format": 1, "period": {{"start": "2026-01-01", "end": "2026-01-28"}}, "allocations": [{allocations}]}}"#
        ),
    );
    files
}

/// An amount of the model's books.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    key: String,
    accounts: Vec<String>,
    amount: u128,
    round: String,
    /// The sequence of its statement.
    sequence: u64,
}

/// What the model says of a closing: released by address, and what waits and what expired.
fn expected(
    waiting: &[Waiting],
    book: &Book,
    round: &Round,
    number: usize,
    sequence: u64,
    expiry: Option<u64>,
) -> (BTreeMap<String, u128>, Vec<Waiting>, Vec<Waiting>) {
    let (mut released, mut waits, mut expired) = (BTreeMap::new(), Vec::new(), Vec::new());
    for held in waiting {
        let accounts: BTreeSet<&str> = held
            .key
            .strip_prefix("id:")
            .into_iter()
            .chain(held.accounts.iter().map(String::as_str))
            .collect();
        let keys = accounts.iter().map(|account| format!("id:{account}")).chain([held.key.clone()]);
        let mut found: BTreeSet<String> = keys.filter_map(|key| book.address_of(&key, number)).collect();
        for entry in round.tables.iter().flatten() {
            if entry.account().is_some_and(|account| accounts.contains(account.as_str())) {
                found.extend(entry.address());
            }
        }
        match (found.len(), found.into_iter().next()) {
            (1, Some(address)) => *released.entry(address).or_insert(0) += held.amount,
            (0, _) if expiry.is_some_and(|rounds| sequence >= held.sequence + rounds) => {
                expired.push(held.clone());
            }
            _ => waits.push(held.clone()),
        }
    }
    (released, waits, expired)
}

/// Whether the register ties somebody to another address than the one that the inputs give.
fn is_contradicted(book: &Book, round: &Round, number: usize) -> bool {
    round.tables.iter().flatten().any(|entry| {
        let key = entry
            .account()
            .map_or_else(|| format!("name:p{}", entry.person), |account| format!("id:{account}"));
        entry.address().zip(book.address_of(&key, number)).is_some_and(|(given, listed)| given != listed)
    })
}

fn units(sums: &Sums) -> [u128; 8] {
    crate::support::figures(sums, 0).map(Amount::units)
}

fn column(row: meed::tables::Row<'_>, name: &str) -> u128 {
    let text = row.field(name);
    if text.is_empty() { 0 } else { text.parse().unwrap() }
}

/// What the sequences of the property came to, so that it is seen to reach what it is about.
#[derive(Debug, Default)]
struct Seen {
    rounds: usize,
    releases: usize,
    expiries: usize,
    undecided: usize,
    contradictions: usize,
}

#[test]
fn nothing_is_lost_and_nothing_is_paid_twice() {
    let cases = ProptestConfig::default().cases.max(300);
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) });
    let seen = RefCell::new(Seen::default());
    let sequences = (rounds(), prop::option::of(1_u64..4), any::<bool>());
    runner
        .run(&sequences, |(rounds, expiry, has_register)| {
            close_all(&rounds, expiry, has_register, &mut seen.borrow_mut())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.into_inner();
    eprintln!("{cases} sequences of rounds: {seen:?}");
    let reached = [seen.releases, seen.expiries, seen.contradictions];
    assert!(reached.into_iter().all(|count| count > 10), "{seen:?}");
}

/// Closes rounds one behind the other and holds each against the model.
fn close_all(
    rounds: &[Round],
    expiry: Option<u64>,
    has_register: bool,
    seen: &mut Seen,
) -> Result<(), TestCaseError> {
    let ledger = ledger_json("TOK", 0, "{}");
    let ledger = expiry.map_or(ledger.clone(), |rounds| {
        ledger.replacen('{', &format!("{{\"held_expiry_rounds\": {rounds}, "), 1)
    });
    let mut book = Book::default();
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut closed: Vec<Results> = Vec::new();
    let mut totals = [0_u128; 8];
    for (number, round) in rounds.iter().enumerate() {
        if has_register {
            round.edits.iter().for_each(|edit| book.edit(edit, number));
        }
        let members = book.csv();
        let files = files_of(round, number, &ledger, has_register.then_some(members.as_str()));
        let before: Vec<&Results> = closed.iter().collect();
        let results = results_after(&files, &id_of(number), &before);
        if is_contradicted(&book, round, number) {
            let problems = results.map(|_| ()).unwrap_err();
            prop_assert!(problems.errors().iter().all(|error| error.code() == "member-address-differs"));
            seen.contradictions += 1;
            continue; // not closed: the next round is
        }
        let results = results.unwrap();
        let sequence = closed.len() as u64 + 1;
        let (released, waits, expired) = expected(&waiting, &book, round, number, sequence, expiry);
        seen.rounds += 1;
        seen.releases += released.len();
        seen.expiries += expired.len();
        let warned = |warning: &Warning| warning.to_string().contains("two addresses");
        seen.undecided += results.warnings.iter().filter(|warning| warned(warning)).count();
        let predicate = &results.statement.predicate;
        let held_record = units(&predicate.allocations.last().unwrap().sums);
        let sum = |held: &[Waiting]| held.iter().map(|held| held.amount).sum::<u128>();
        let paid: u128 = released.values().sum();
        prop_assert_eq!(held_record, [0, 0, sum(&waiting), 0, paid, sum(&waits), 0, sum(&expired)]);

        // What is released is what the books say, to the right address, and to nobody else.
        let bytes = &results.files["distribution.csv"];
        let table = Table::read("distribution.csv", bytes, &["total"]).unwrap();
        prop_assert_eq!(table.has_column("released"), !released.is_empty());
        let given: BTreeMap<String, u128> = table
            .rows()
            .map(|row| (row.field("address").to_owned(), column(row, "released")))
            .filter(|(_, amount)| *amount > 0)
            .collect();
        prop_assert_eq!(
            given,
            released.into_iter().filter(|(_, amount)| *amount > 0).collect::<BTreeMap<_, _>>()
        );
        let stated_inputs = predicate.inputs.iter().any(|input| input.name == "members.csv");
        prop_assert_eq!(stated_inputs, has_register);

        // The books go on from distribution.csv.
        waiting = waits;
        for row in table.rows().filter(|row| row.field("address").is_empty() && column(*row, "total") > 0) {
            waiting.push(Waiting {
                key: row.field("key").to_owned(),
                accounts: row.field("accounts").split_whitespace().map(str::to_owned).collect(),
                amount: column(row, "total"),
                round: id_of(number),
                sequence,
            });
        }
        let carry = Carry::read("carry.json", &results.files["carry.json"]).unwrap();
        let mut carried: Vec<(String, Vec<String>, u128, String)> = carry
            .held
            .iter()
            .map(|held| {
                (held.key.clone(), held.accounts.clone(), held.amount.0.parse().unwrap(), held.round.clone())
            })
            .collect();
        let mut books: Vec<(String, Vec<String>, u128, String)> = waiting
            .iter()
            .map(|held| (held.key.clone(), held.accounts.clone(), held.amount, held.round.clone()))
            .collect();
        carried.sort();
        books.sort();
        prop_assert_eq!(carried, books);

        // All that ever came in is paid, held, kept or unallocated.
        for (total, figure) in totals.iter_mut().zip(units(&predicate.totals)) {
            *total += figure;
        }
        let [_, pools, _, brought_in, paid, _, _, unallocated] = totals;
        let kept: u128 = carry.allocations.iter().map(|kept| kept.kept.0.parse::<u128>().unwrap()).sum();
        prop_assert_eq!(pools + brought_in, paid + sum(&waiting) + kept + unallocated);
        closed.push(results);
    }
    Ok(())
}

// ---- cases that the property does not reach

const A: &str = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A round of weighted tables with the columns recipient, address, account, w.
fn round_of(
    number: usize,
    ledger: &str,
    members: &str,
    tables: [&str; 2],
    before: &[&Results],
) -> Result<Results, Problems> {
    let empty = Round { tables: [Vec::new(), Vec::new()], edits: Vec::new(), has_treasury: false };
    let mut files = files_of(&empty, number, ledger, (!members.is_empty()).then_some(members));
    for (index, rows) in tables.iter().enumerate() {
        let table = format!("recipient,address,account,w\n{rows}");
        files.insert(format!("rounds/{}/{index}.csv", id_of(number)), Content::File(table.into_bytes()));
    }
    results_after(&files, &id_of(number), before)
}

/// The same with rows in the first table alone, whose pool is 101.
fn round(
    number: usize,
    ledger: &str,
    members: &str,
    rows: &str,
    before: &[&Results],
) -> Result<Results, Problems> {
    round_of(number, ledger, members, [rows, ""], before)
}

fn held_keys(results: &Results) -> Vec<(String, String)> {
    let carry = Carry::read("carry.json", &results.files["carry.json"]).unwrap();
    carry.held.into_iter().map(|held| (held.key, held.amount.0)).collect()
}

fn distribution(results: &Results) -> String {
    String::from_utf8(results.files["distribution.csv"].clone()).unwrap()
}

/// Somebody takes the name of a person who waits and comes with an address of their own.
#[test]
fn a_name_that_somebody_else_takes_releases_nothing() {
    let ledger = ledger_json("TOK", 0, "{}");
    let first = round(0, &ledger, "", "heron,,,1\n", &[]).unwrap();
    assert_eq!(held_keys(&first), [("name:heron".to_owned(), "101".to_owned())]);
    let thief = format!("heron,{B},,1\n");
    let second = round(1, &ledger, "", &thief, &[&first]).unwrap();
    assert!(!distribution(&second).contains("released"), "{}", distribution(&second));
    assert_eq!(held_keys(&second), held_keys(&first));
    // A register that names a member so, without the key, releases nothing either.
    let unlisted = format!("name,keys,address\nheron,,{A}\n");
    let third = round(1, &ledger, &unlisted, &thief, &[&first]).unwrap();
    assert_eq!(held_keys(&third), held_keys(&first));
    // With the key it does, to the address of the register alone: the thief is refused.
    let listed = format!("name,keys,address\nheron,name:heron,{A}\n");
    let refused = round(1, &ledger, &listed, &thief, &[&first]).unwrap_err();
    assert_eq!(refused.errors()[0].code(), "member-address-differs");
    let paid = round(1, &ledger, &listed, "wren,,,1\n", &[&first]).unwrap();
    assert!(distribution(&paid).contains(&format!("heron,{A},,,0,0,101,101\n")), "{}", distribution(&paid));
    assert_eq!(held_keys(&paid), [("name:wren".to_owned(), "101".to_owned())]);
}

/// Who waits under an account id is not the member who owns the name that is shown.
#[test]
fn a_listed_name_releases_nothing_of_an_account_that_shows_it() {
    let ledger = ledger_json("TOK", 0, "{}");
    let first = round(0, &ledger, "", "heron,,h,1\n", &[]).unwrap();
    let listed = format!("name,keys,address\nheron,name:heron,{A}\n");
    let second = round(1, &ledger, &listed, "wren,,,0\n", &[&first]).unwrap();
    assert_eq!(held_keys(&second), held_keys(&first));
    assert!(!distribution(&second).contains("released"), "{}", distribution(&second));
}

/// Account ids are compared exactly: `ABC` is not `abc`.
#[test]
fn ids_that_differ_by_case_are_different_people() {
    let ledger = ledger_json("TOK", 0, "{}");
    let first = round(0, &ledger, "", "heron,,ABC,1\nwren,,abc,1\n", &[]).unwrap();
    assert_eq!(held_keys(&first).len(), 2);
    let second = round(1, &ledger, "", &format!("wren,{B},abc,1\n"), &[&first]).unwrap();
    assert!(
        distribution(&second).contains(&format!("wren,{B},,abc,101,0,51,152\n")),
        "{}",
        distribution(&second)
    );
    assert_eq!(held_keys(&second), [("id:ABC".to_owned(), "50".to_owned())]);
    let register = format!("name,keys,address\nheron,id:aBC,{A}\n");
    let third = round(1, &ledger, &register, "rail,,r,1\n", &[&first]).unwrap();
    assert_eq!(held_keys(&third).len(), 3);
}

/// Two keys of one member: with an address in one row, without one under the first key.
#[test]
fn keys_of_one_member_are_added() {
    let ledger = ledger_json("TOK", 0, "{}");
    let rows = "heron#1,,h1,1\nHeron,,,1\nwren,,,2\n";
    let with =
        round(0, &ledger, &format!("name,keys,address\nheron,name:Heron|id:h1,{A}\n"), rows, &[]).unwrap();
    assert_eq!(
        distribution(&with),
        format!(
            "recipient,address,key,accounts,pool-0.weighted,pool-1.weighted,total\nwren,,name:wren,,51,0,51\nheron,{A},,h1,50,0,50\n"
        )
    );
    let without =
        round(0, &ledger, "name,keys,address\nheron,id:other|name:Heron|id:h1,\n", rows, &[]).unwrap();
    assert!(distribution(&without).contains("heron,,id:other,h1,50,0,50\n"), "{}", distribution(&without));
    // What was held under the first key goes with any of them.
    let later = round(1, &ledger, "", &format!("h,{A},h1,1\n"), &[&without]).unwrap();
    assert!(distribution(&later).contains(&format!("h,{A},,h1,101,0,50,151\n")), "{}", distribution(&later));
}

#[test]
fn two_addresses_release_nothing_and_warn() {
    let ledger = ledger_json("TOK", 0, "{}");
    let first = round(0, &ledger, "", "heron,,h,1\n", &[]).unwrap();
    let rows = [format!("heron,{A},h,1\n"), format!("heron too,{B},h,1\n")];
    let second = round_of(1, &ledger, "", [&rows[0], &rows[1]], &[&first]).unwrap();
    assert_eq!(held_keys(&second), held_keys(&first));
    let warnings: Vec<String> = second.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings.iter().any(|warning| warning.contains(&format!("two addresses are found, {A} and {B}"))),
        "{warnings:?}"
    );
}

#[test]
fn what_expires_is_announced_listed_and_returned() {
    let ledger = ledger_json("TOK", 0, "{}").replacen('{', "{\"held_expiry_rounds\": 2, ", 1);
    let first = round(0, &ledger, "", "=heron,,h,1\n", &[]).unwrap();
    let second = round(1, &ledger, "", "wren,,,0\n", &[&first]).unwrap();
    let announced = |results: &Results| {
        results.warnings.iter().any(|warning| {
            warning
                .to_string()
                .contains("101 TOK held for =heron (id:h) since round-1: it expires with the next closing")
        })
    };
    assert!(announced(&second) && !announced(&first));
    let third = round(2, &ledger, "", "wren,,,0\n", &[&first, &second]).unwrap();
    let table = String::from_utf8(third.files["report/tables/held_expired.csv"].clone()).unwrap();
    assert_eq!(table, "name,key,amount,round\n'=heron,id:h,101,round-1\n");
    assert_eq!(held_keys(&third), []);
    let held = third.statement.predicate.allocations.last().unwrap();
    assert_eq!((held.sums.unallocated.0.as_str(), held.sums.carried_in.0.as_str()), ("101", "101"));
    // An address that comes with the last closing still counts.
    let saved = round(2, &ledger, "", &format!("heron,{A},h,0\n"), &[&first, &second]).unwrap();
    assert!(
        distribution(&saved).contains(&format!("heron,{A},,h,0,0,101,101\n")),
        "{}",
        distribution(&saved)
    );
    assert!(!saved.files.contains_key("report/tables/held_expired.csv"));
}

/// The register changes who is paid, never how much there is: parts and draws stay as they were.
#[test]
fn the_register_has_no_say_in_the_division() {
    let ledger = ledger_json("TOK", 0, "{}");
    let rows = (0..7).map(|index| format!("p{index},,a{index},1\n")).collect::<String>();
    let without = round(0, &ledger, "", &rows, &[]).unwrap();
    let with = round(0, &ledger, &format!("name,keys,address\nm,id:a3|id:a5,{A}\n"), &rows, &[]).unwrap();
    let of = |results: &Results, key: &str| {
        results
            .recipients
            .iter()
            .find(|line| line.key.to_string() == key)
            .map_or(0, |line| line.total.units())
    };
    for index in [0, 1, 2, 4, 6] {
        let key = format!("id:a{index}");
        assert_eq!(of(&with, &key), of(&without, &key), "{key}");
    }
    assert_eq!(of(&with, A), of(&without, "id:a3") + of(&without, "id:a5"));
}

#[test]
fn nobody_is_paid_where_it_is_lost() {
    let zero = format!("0x{}", "0".repeat(40));
    let ledger = ledger_json("TOK", 0, "{}")
        .replace("\"decimals\": 0}", &format!("\"decimals\": 0, \"address\": \"{B}\"}}"));
    for lost in [zero.as_str(), B] {
        let problems = round(0, &ledger, "", &format!("heron,{lost},,1\n"), &[]).unwrap_err();
        assert_eq!(problems.errors()[0].code(), "payee-refused");
        let problems =
            round(0, &ledger, &format!("name,keys,address\nheron,,{lost}\n"), "wren,,,1\n", &[]).unwrap_err();
        assert!(
            problems.errors()[0].to_string().starts_with("members.csv:2: `heron` would be paid at 0x"),
            "{problems}"
        );
        // Who gets nothing is no matter.
        assert!(round(0, &ledger, "", &format!("heron,{lost},,0\n"), &[]).is_ok());
    }
}
