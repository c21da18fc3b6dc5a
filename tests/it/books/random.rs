//! Random rounds with everything that can happen to an amount: paid, held, released, expired.

use std::fmt::Write as _;
use std::sync::Arc;

use meed::address::Address;
use meed::amount::Amount;
use meed::calculate::Results;
use meed::entries::{self, Entry, Sources, State};
use meed::error::Place;
use meed::ledger::Token;
use meed::payouts::books::{BookedRound, Books, beancount, hledger, unbooked};
use meed::statement::{AllocationRecord, Carry, Figure, HeldRecord, Sums};
use meed::tables::TableWriter;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{HOSTILE, Ours, beancount_agrees, hledger_agrees};

/// Reward columns and the allocation of each.
const REWARDS: [(&str, &str); 3] = [("alpha.best", "alpha"), ("second", "alpha"), ("be_ta.best", "be_ta")];
const PEOPLE: usize = 6;

/// What happens to one person in one round.
#[derive(Debug, Clone)]
struct Happening {
    amounts: [u128; 3],
    gets_address: bool,
    oldest_expires: bool,
}

/// The rounds of a ledger: decimals, and for each round what happens to each person.
type Story = (u8, Vec<Vec<Happening>>);

fn stories() -> impl Strategy<Value = Story> {
    let amount = prop_oneof![
        2 => Just(0_u128),
        2 => 1_u128..1000,
        1 => 0..10_u128.pow(28),
        1 => 0..10_u128.pow(35),
    ];
    let happening =
        (prop::array::uniform3(amount), prop::bool::weighted(0.15), prop::bool::weighted(0.2)).prop_map(
            |(amounts, gets_address, oldest_expires)| Happening { amounts, gets_address, oldest_expires },
        );
    let round = prop::collection::vec(happening, PEOPLE);
    (prop::sample::select(vec![0_u8, 2, 18, 36]), prop::collection::vec(round, 1..6))
}

/// A ledger that is told, round by round, as results of closings.
struct Told {
    decimals: u8,
    carry: Carry,
    has_address: [bool; PEOPLE],
    ours: Ours,
    rounds: Vec<BookedRound>,
}

impl Told {
    fn name(person: usize) -> &'static str {
        HOSTILE[person * 3 % HOSTILE.len()]
    }

    /// What somebody with an address is called: two go by an alias that only the register ties to the
    /// name under which they waited.
    fn known_as(person: usize) -> &'static str {
        match person {
            3 => "alias of three",
            5 => "alias of five",
            _ => Self::name(person),
        }
    }

    /// Every second person has an account id; the others wait under their name.
    fn key(person: usize) -> (String, Vec<String>) {
        if person.is_multiple_of(2) {
            (format!("id:acc-{person}"), vec![format!("acc-{person}")])
        } else {
            (format!("name:{}", Self::name(person).trim()), Vec::new())
        }
    }

    /// Closes a round, as the pipeline does; gives what was released and what expired.
    fn close(&mut self, happenings: &[Happening]) -> (Amount, Amount) {
        let number = self.rounds.len() + 1;
        let before = self.carry.clone();
        let text = |units: u128| Amount::from_units(units).to_text(self.decimals);
        let units = |figure: &Figure| {
            Amount::parse(&figure.0, self.decimals, &Place::file("test"), "a").unwrap().units()
        };
        let header = [
            "recipient",
            "address",
            "key",
            "accounts",
            "alpha.best",
            "second",
            "be_ta.best",
            "released",
            "total",
        ];
        let mut table = TableWriter::new(&header);
        let mut expired_table = "name,key,amount,round\n".to_owned();
        let (mut paid, mut held) = ([0_u128; 2], [0_u128; 2]);
        let (mut released, mut expired) = (0_u128, 0_u128);
        for (person, happening) in happenings.iter().enumerate() {
            let (key, accounts) = Self::key(person);
            self.has_address[person] |= happening.gets_address;
            let mut mine = 0;
            if self.has_address[person] {
                mine = self
                    .carry
                    .held
                    .iter()
                    .filter(|held| held.key == key)
                    .map(|held| units(&held.amount))
                    .sum();
                self.carry.held.retain(|held| held.key != key);
                released += mine;
            } else if let Some(at) =
                self.carry.held.iter().position(|held| held.key == key && happening.oldest_expires)
            {
                let gone = self.carry.held.remove(at);
                expired += units(&gone.amount);
                let quoted = format!("\"{}\"", key.replace('"', "\"\""));
                let _ = writeln!(expired_table, ",{quoted},{},{}", gone.amount.0, gone.round);
            }
            table.text(if self.has_address[person] { Self::known_as(person) } else { Self::name(person) });
            if self.has_address[person] {
                table.plain(&format!("0x{:040x}", person + 1));
                table.plain("");
            } else {
                table.plain("");
                table.text(&key);
            }
            table.text(&accounts.join(" "));
            let sum: u128 = happening.amounts.iter().sum();
            for (amount, (_, allocation)) in happening.amounts.iter().zip(REWARDS) {
                let side = if self.has_address[person] { &mut paid } else { &mut held };
                side[usize::from(allocation == "be_ta")] += amount;
                table.plain(&text(*amount));
            }
            table.plain(&text(mine));
            table.plain(&text(sum + mine));
            table.end_row();
            if !self.has_address[person] && sum > 0 {
                self.carry.held.push(HeldRecord {
                    key,
                    name: Self::name(person).to_owned(),
                    accounts,
                    amount: Figure(text(sum)),
                    round: format!("r{number}"),
                });
            }
        }
        self.carry.held.sort_by(|left, right| left.key.cmp(&right.key));
        let waiting: u128 = before.held.iter().map(|held| units(&held.amount)).sum();
        let record = |name: &str, [pool, carried, paid, held, unallocated]: [u128; 5]| AllocationRecord {
            name: name.to_owned(),
            method: "weighted-v1".to_owned(),
            sums: Sums::new(
                [pool, pool, carried, 0, paid, held, 0, unallocated].map(Amount::from_units),
                self.decimals,
            ),
        };
        let allocations = [
            record("alpha", [paid[0] + held[0], 0, paid[0], held[0], 0]),
            record("be_ta", [paid[1] + held[1], 0, paid[1], held[1], 0]),
            record("held", [0, waiting, released, waiting - released - expired, expired]),
        ];
        let sources = Sources {
            folder: "rounds/r/results",
            decimals: self.decimals,
            distribution: &table.into_bytes(),
            expired: Some(expired_table.as_bytes()),
            opening: None,
            before: &before,
            after: &self.carry,
            allocations: &allocations,
            amended: None,
        };
        let entries = entries::read(sources).unwrap();
        self.ours.add(&allocations, &self.carry);
        self.rounds.push(BookedRound {
            round: format!("r{number}"),
            date: jiff::civil::date(2026, 1, 28)
                .saturating_add(jiff::Span::new().months(i64::try_from(number).unwrap())),
            revision: 1,
            sequence: u64::try_from(number).unwrap(),
            statement: Some("00".repeat(32)),
            unbooked: Vec::new(),
            entries,
        });
        (Amount::from_units(released), Amount::from_units(expired))
    }
}

fn sum_of(entries: &[Entry], state: State) -> Amount {
    Amount::sum(entries.iter().filter(|entry| entry.state == state).map(|entry| entry.amount)).unwrap()
}

#[test]
fn random_rounds_are_booked() {
    let mut runner = TestRunner::deterministic();
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let (mut with_release, mut with_expiry, mut uncertain) = (0, 0, 0);
    for case in 0..24 {
        let (decimals, rounds) = stories().new_tree(&mut runner).unwrap().current();
        let mut told = Told {
            decimals,
            carry: Carry::default(),
            has_address: [false; PEOPLE],
            ours: Ours::new(decimals),
            rounds: Vec::new(),
        };
        for happenings in &rounds {
            let (released, expired) = told.close(happenings);
            let entries = &told.rounds.last().unwrap().entries;
            assert_eq!(sum_of(entries, State::Released), released);
            assert_eq!(sum_of(entries, State::Expired), expired);
            // Whoever is paid what waited, it is what waited for them.
            for entry in entries.iter().filter(|entry| entry.state == State::Released) {
                let address = entry.address.unwrap();
                let person = (0..PEOPLE).find(|person| of(*person) == address).unwrap();
                let holder = entry.holder.as_ref().unwrap();
                uncertain += usize::from(!holder.is_certain);
                assert!(!holder.is_certain || holder.key == Told::key(person).0, "{entry:?}");
                assert!(holder.is_certain || [3, 5].contains(&person), "{entry:?}");
            }
            with_release += usize::from(released != Amount::ZERO);
            with_expiry += usize::from(expired != Amount::ZERO);
        }
        let token = Token { symbol: "tok.$".to_owned(), decimals, address: None, chain_id: None };
        let books = Books { ledger: "Random \"Commons\" \\ ;", token: &token, rounds: &told.rounds };
        let journal = folder.path().join(format!("{case}.journal"));
        std::fs::write(&journal, hledger::write(&books)).unwrap();
        hledger_agrees(&journal, &told.ours);
        let file = folder.path().join(format!("{case}.beancount"));
        std::fs::write(&file, beancount::write(&books)).unwrap();
        files.push((file, told.ours));
    }
    assert!(
        with_release > 10 && with_expiry > 10 && uncertain > 0,
        "{with_release} {with_expiry} {uncertain}"
    );
    beancount_agrees(&files);
}

/// The address of a person.
fn of(person: usize) -> Address {
    Address::parse(&format!("0x{:040x}", person + 1), &Place::file("test"), "address").unwrap()
}

/// Results as they are booked, read from their files.
pub fn booked(results: &[Results]) -> Vec<BookedRound> {
    let mut before = Carry::default();
    let mut rounds = Vec::new();
    for results in results {
        let statement = Arc::new(results.statement.clone());
        let predicate = &statement.predicate;
        let after = Carry::read("carry.json", &results.files["carry.json"]).unwrap();
        let sources = Sources {
            folder: &results.folder,
            decimals: results.token.decimals,
            distribution: &results.files["distribution.csv"],
            expired: None,
            opening: None,
            before: &before,
            after: &after,
            allocations: &predicate.allocations,
            amended: None,
        };
        rounds.push(BookedRound {
            round: predicate.round.clone(),
            date: meed::tables::day(&predicate.period.end).unwrap(),
            revision: 1,
            sequence: predicate.sequence,
            statement: Some(results.statement_sha256()),
            unbooked: unbooked(&predicate.allocations, results.token.decimals).unwrap(),
            entries: entries::read(sources).unwrap(),
        });
        before = after;
    }
    rounds
}

/// Whatever a damaged distribution holds, reading it ends with an answer; and where it is accepted its
/// entries still sum to what the statement says.
#[test]
fn damaged_results_never_panic() {
    let results = super::closed_in_memory("TOK", 18, "1000", 1);
    let after = Carry::read("carry.json", &results[0].files["carry.json"]).unwrap();
    let before = Carry::default();
    let predicate = &results[0].statement.predicate;
    let whole = &results[0].files["distribution.csv"];
    let (mut accepted, mut refused) = (0, 0);
    for at in (0..whole.len()).step_by(3) {
        for byte in [b'9', b',', b'"', b'\n', b'x'] {
            let mut damaged = whole.clone();
            damaged[at] = byte;
            let read = entries::read(Sources {
                folder: "r",
                decimals: 18,
                distribution: &damaged,
                expired: None,
                opening: None,
                before: &before,
                after: &after,
                allocations: &predicate.allocations,
                amended: None,
            });
            let Ok(entries) = read else {
                refused += 1;
                continue;
            };
            accepted += 1;
            assert_eq!(sum_of(&entries, State::Paid).to_text(18), predicate.totals.paid.0);
            assert_eq!(sum_of(&entries, State::Held).to_text(18), predicate.totals.held.0);
        }
    }
    assert!(accepted > 10 && refused > 100, "{accepted} {refused}");
}

/// Results that contradict one another are refused, whichever of them was changed.
#[test]
fn results_that_disagree_are_refused() {
    let results = super::closed_in_memory("TOK", 18, "1000", 2);
    let before = Carry::read("carry.json", &results[0].files["carry.json"]).unwrap();
    let after = Carry::read("carry.json", &results[1].files["carry.json"]).unwrap();
    let allocations = &results[1].statement.predicate.allocations;
    let distribution = results[1].files["distribution.csv"].clone();
    let sources = Sources {
        folder: "r",
        decimals: 18,
        distribution: &distribution,
        expired: None,
        opening: None,
        before: &before,
        after: &after,
        allocations,
        amended: None,
    };
    assert!(entries::read(sources).is_ok());
    let refused = |sources: Sources<'_>| {
        let error = entries::read(sources).unwrap_err().to_string();
        assert!(error.contains("do not agree"), "{error}");
    };
    refused(Sources { before: &Carry::default(), ..sources });
    refused(Sources { after: &before, ..sources });
    refused(Sources { allocations: &allocations[1..], ..sources });
    refused(Sources { allocations: &results[0].statement.predicate.allocations[..1], ..sources });
    let text = String::from_utf8(distribution.clone()).unwrap();
    let without_last = text.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
    refused(Sources { distribution: without_last.as_bytes(), ..sources });
    let expired = b"name,key,amount,round\nx,name:nobody,1,r1\n";
    refused(Sources { expired: Some(expired), ..sources });
}
