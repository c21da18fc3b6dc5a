//! Held balances: what waits for an address is released, waits on, or expires.
//!
//! An amount is released when an address is found for its record in carry.json: the register gives one
//! to its key or to one of its account ids, or this round's inputs give one to one of these account ids.
//! Never because of a display name, which anybody can take. Where several addresses are found nobody is
//! paid, and a warning names them.
//!
//! A record below zero is what an amendment found to be paid too much: it waits, and where the ledger
//! says so it is taken off what its person is paid ([`super::offset`]).

use std::collections::{BTreeMap, BTreeSet};

use super::{Snapshot, offset};
use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::error::{Error, Place, Problems, Shown, Warning};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::members::{MEMBERS_FILE, Members};
use crate::methods::{Outcome, ReportTable};
use crate::recipient::{Key, Recipient};
use crate::statement::{AllocationRecord, Carry, Figure, HELD, HeldRecord, Recorded, Sums};
use crate::tables::{Cell, compared};

/// Most warnings of one kind: thousands may wait.
const WARNING_LIMIT: usize = 10;
/// The table of what expired.
const EXPIRED_TABLE: &str = "held_expired";

/// What becomes of all that was held before a round.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// What is paid now, by address.
    pub released: BTreeMap<Key, Amount>,
    /// Who is paid so.
    pub people: BTreeMap<Key, Recipient>,
    /// The records that are paid so, each with the recipient's key.
    pub releases: Vec<(Key, HeldRecord)>,
    /// The records that wait on, in their order.
    pub waiting: Vec<HeldRecord>,
    /// The records that return to `unallocated`.
    pub expired: Vec<HeldRecord>,
    /// What is taken off payments, by address.
    pub offset: BTreeMap<Key, Amount>,
    /// What people should look at.
    pub warnings: Vec<Warning>,
    /// Sums: of all that was held, of what is paid, of what waits, of what expired.
    sums: [Balance; 4],
}

/// What held balances are settled with.
#[derive(Clone, Copy)]
pub(super) struct Round<'a> {
    /// The plan of the round.
    pub plan: &'a Plan,
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The files and the record.
    pub snapshot: Snapshot<'a>,
    /// The members whose addresses count.
    pub members: &'a Members,
    /// What the methods give, members resolved.
    pub outcomes: &'a [Outcome],
}

/// Settles every record of `carry`. The amounts of the round's outcomes are paid beside; those of an
/// amendment stand in `carry` already.
pub(super) fn settle(carry: &Carry, round: Round<'_>) -> Result<Settled, Problems> {
    let Round { plan, ledger, snapshot, members, outcomes } = round;
    let mut settled = Settled::default();
    let addresses = Addresses { members, of_accounts: addresses_of_accounts(carry, outcomes) };
    let expiry = Expiry::of(ledger, plan, snapshot);
    let (mut before, mut undecided, mut expiring) = (Vec::new(), Vec::new(), Vec::new());
    let mut overpaid = Vec::new();
    for record in &carry.held {
        let balance = record.balance(plan.token.decimals)?;
        before.push(balance);
        let Some(amount) = balance.amount() else {
            overpaid.push((record.clone(), balance.size()));
            continue;
        };
        let found = addresses.of(record);
        let mut found = found.iter();
        match (found.next(), found.next()) {
            (Some((address, name)), None) => {
                settled.releases.push((Key::Address(*address), record.clone()));
                settled.release(record, amount, *address, name).ok_or_else(|| overflow(plan))?;
            }
            (Some((first, _)), Some((second, _))) => {
                undecided.push(two_addresses(record, *first, *second, plan));
                settled.waiting.push(record.clone());
            }
            (None, _) if expiry.is_over(record, 0) => settled.expired.push(record.clone()),
            (None, _) => {
                if expiry.is_over(record, 1) {
                    expiring.push(expires_next(record, plan));
                }
                settled.waiting.push(record.clone());
            }
        }
    }
    settled.warnings.extend(first_of(undecided, plan));
    settled.warnings.extend(first_of(expiring, plan));
    settled.warnings.extend(has_expired(&settled.expired, plan));
    if ledger.offset_overpayments {
        let gross = offset::payments(plan, outcomes, &settled.released).ok_or_else(|| overflow(plan))?;
        let payees = |record: &HeldRecord| addresses.payees_of(record);
        settled.offset = offset::take_off(&mut overpaid, gross, &payees);
    }
    let decimals = plan.token.decimals;
    let left = overpaid.into_iter().filter(|(_, size)| *size != Amount::ZERO);
    settled.waiting.extend(left.map(|(record, size)| HeldRecord {
        amount: Figure(Balance::minus(size).to_text(decimals)),
        ..record
    }));
    settled.sums = settled.sums_of(before, decimals).ok_or_else(|| overflow(plan))?;
    Ok(settled)
}

fn overflow(plan: &Plan) -> Error {
    Error::Overflow { place: Place::file(&plan.file), what: "held amounts".to_owned() }
}

impl Settled {
    /// The sums, from all balances that were held before; `None` where one is too large.
    fn sums_of(&self, before: Vec<Balance>, decimals: u8) -> Option<[Balance; 4]> {
        let balances = |records: &[HeldRecord]| sum_of(records, decimals);
        let sum = |amounts: &BTreeMap<Key, Amount>| Amount::sum(amounts.values().copied());
        let paid = Balance::between(sum(&self.offset)?, sum(&self.released)?);
        Some([Balance::sum(before)?, paid, balances(&self.waiting)?, balances(&self.expired)?])
    }

    /// Adds a record to what its address is paid; `None` when the sum is too large.
    fn release(&mut self, record: &HeldRecord, amount: Amount, address: Address, name: &str) -> Option<()> {
        let key = Key::Address(address);
        let sum = self.released.entry(key.clone()).or_insert(Amount::ZERO);
        *sum = sum.checked_add(amount)?;
        let person = self.people.entry(key).or_default();
        if person.name.is_empty() {
            name.clone_into(&mut person.name);
        }
        person.accounts.extend(record.accounts.iter().cloned());
        Some(())
    }

    /// The reserved allocation `held` of the statement: all that was held comes in, what is released
    /// is paid, what expired is unallocated, the rest is held on.
    pub fn record(&self, decimals: u8) -> AllocationRecord {
        let [before, paid, waiting, expired] = self.sums;
        let zero = Balance::ZERO;
        AllocationRecord {
            name: HELD.to_owned(),
            method: HELD.to_owned(),
            sums: Sums::of_balances([zero, zero, before, zero, paid, waiting, zero, expired], decimals),
        }
    }

    /// The same for an amendment, whose allocations post differences: `carry` is the state before them.
    pub fn record_of_amendment(&self, carry: &Carry, decimals: u8) -> Option<AllocationRecord> {
        let before = sum_of(&carry.held, decimals)?;
        let [_, paid, _, _] = self.sums;
        let zero = Balance::ZERO;
        let held = before.checked_sub(paid)?;
        let sums = Sums::of_balances([zero, zero, before, zero, paid, held, zero, zero], decimals);
        Some(AllocationRecord { name: HELD.to_owned(), method: HELD.to_owned(), sums })
    }

    /// What is paid of held balances, by address: what is released, less what is taken off.
    pub fn payments(&self) -> BTreeMap<Key, Amount> {
        let less = |(key, amount): (&Key, &Amount)| {
            let offset = self.offset.get(key).copied().unwrap_or_default();
            let left = amount.checked_sub(offset).unwrap_or_default();
            (left != Amount::ZERO).then(|| (key.clone(), left))
        };
        self.released.iter().filter_map(less).collect()
    }

    /// The table of what expired; none when nothing did.
    pub fn table(&self) -> Option<ReportTable> {
        let row = |record: &HeldRecord| {
            vec![
                Cell::Text(record.name.clone()),
                Cell::Text(record.key.clone()),
                Cell::Plain(record.amount.0.clone()),
                Cell::Plain(record.round.clone()),
            ]
        };
        let rows = self.expired.iter().map(row);
        (!self.expired.is_empty())
            .then(|| ReportTable::new(EXPIRED_TABLE, &["name", "key", "amount", "round"], rows))
    }
}

/// The sum of held records; `None` where one is no amount, or the sum is too large.
fn sum_of(records: &[HeldRecord], decimals: u8) -> Option<Balance> {
    records.iter().try_fold(Balance::ZERO, |sum, record| sum.checked_add(record.balance(decimals).ok()?))
}

/// Where an address may be found for somebody who waits.
struct Addresses<'a> {
    members: &'a Members,
    of_accounts: BTreeMap<String, BTreeSet<Address>>,
}

impl Addresses<'_> {
    /// All addresses that are found for a record, with the name to show beside each.
    fn of(&self, record: &HeldRecord) -> BTreeMap<Address, String> {
        let own = Address::parse_lower_case(&record.key);
        let key = own.map_or_else(|| Key::Text(record.key.as_str().into()), Key::Address);
        let listed = self.members.addresses_of(&key, accounts_of(record)).into_iter();
        let mut found: BTreeMap<Address, String> =
            listed.map(|(address, name)| (address, name.to_owned())).collect();
        if let Some(own) = own {
            // Nobody but members is paid elsewhere than at the address of the record.
            if found.is_empty() {
                found.insert(own, record.name.clone());
            }
            return found;
        }
        for address in
            accounts_of(record).filter_map(|account| self.of_accounts.get(&compared(account))).flatten()
        {
            let name = || self.members.of_key(&Key::Address(*address)).map(|member| member.name.clone());
            found.entry(*address).or_insert_with(|| name().unwrap_or_else(|| record.name.clone()));
        }
        found
    }
}

impl Addresses<'_> {
    /// The addresses at which the person of a record may be paid.
    fn payees_of(&self, record: &HeldRecord) -> BTreeSet<Address> {
        let tied = accounts_of(record).filter_map(|account| self.of_accounts.get(&compared(account)));
        self.of(record).into_keys().chain(tied.flatten().copied()).collect()
    }
}

/// The account ids of a record, that of its key first.
fn accounts_of(record: &HeldRecord) -> impl Iterator<Item = &str> {
    record.key.strip_prefix("id:").into_iter().chain(record.accounts.iter().map(String::as_str))
}

/// The addresses that this round's inputs give to the account ids of those who wait.
fn addresses_of_accounts(carry: &Carry, outcomes: &[Outcome]) -> BTreeMap<String, BTreeSet<Address>> {
    let mut addresses: BTreeMap<String, BTreeSet<Address>> =
        carry.held.iter().flat_map(accounts_of).map(|account| (compared(account), BTreeSet::new())).collect();
    if addresses.is_empty() {
        return addresses;
    }
    for (key, person) in outcomes.iter().flat_map(|outcome| &outcome.recipients) {
        let Some(address) = key.address() else { continue };
        for account in &person.accounts {
            if let Some(found) = addresses.get_mut(&compared(account)) {
                found.insert(address);
            }
        }
    }
    addresses
}

/// When held amounts expire.
struct Expiry<'a> {
    /// After how many statements.
    rounds: Option<u64>,
    /// The sequence of the statement that is computed.
    sequence: u64,
    /// The sequence of a round's last statement: what an amendment adds waits from then on.
    closed: BTreeMap<&'a str, u64>,
}

impl<'a> Expiry<'a> {
    fn of(ledger: &Ledger, plan: &Plan, snapshot: Snapshot<'a>) -> Self {
        // Nothing expires by an amendment: who waits may be the one whom it is for.
        let rounds = ledger.held_expiry_rounds.map(u64::from).filter(|_| plan.revision == 1);
        let mut closed = BTreeMap::new();
        for recorded in snapshot.record.statements().iter().filter(|_| rounds.is_some()) {
            closed.insert(recorded.statement.predicate.round.as_str(), recorded.sequence());
        }
        Self { rounds, sequence: snapshot.record.last().map_or(0, Recorded::sequence) + 1, closed }
    }

    /// Whether a record expires `later` statements behind the one that is computed, or sooner.
    fn is_over(&self, record: &HeldRecord, later: u64) -> bool {
        let since = self.closed.get(record.round.as_str());
        self.rounds.zip(since).is_some_and(|(rounds, since)| self.sequence + later >= since + rounds)
    }
}

/// The sentence's start: how much waits for whom since when.
fn waits(record: &HeldRecord, plan: &Plan) -> String {
    let (name, key) = (Shown::from(&record.name), Shown::from(&record.key));
    format!("{} {} held for {name} ({key}) since {}", record.amount.0, plan.token.symbol, record.round)
}

fn two_addresses(record: &HeldRecord, first: Address, second: Address, plan: &Plan) -> Warning {
    let text = format!(
        "{}: two addresses are found, {first} and {second}, so it is not released: give all keys one address in {MEMBERS_FILE}, or correct the inputs",
        waits(record, plan)
    );
    Warning::new(Place::file(&plan.file), text)
}

fn expires_next(record: &HeldRecord, plan: &Plan) -> Warning {
    let text = format!(
        "{}: it expires with the next closing unless an address is found: add a row to {MEMBERS_FILE}",
        waits(record, plan)
    );
    Warning::new(Place::file(&plan.file), text)
}

/// The first warnings of a kind, and how many more there are.
fn first_of(mut warnings: Vec<Warning>, plan: &Plan) -> Vec<Warning> {
    let rest = warnings.len().saturating_sub(WARNING_LIMIT);
    if rest > 0 {
        warnings.truncate(WARNING_LIMIT);
        let text = format!("the same is so for {rest} more held amounts: `meed held` lists them");
        warnings.push(Warning::new(Place::file(&plan.file), text));
    }
    warnings
}

fn has_expired(expired: &[HeldRecord], plan: &Plan) -> Option<Warning> {
    let text = format!(
        "{} held amounts expire now and return to unallocated: report/tables/{EXPIRED_TABLE}.csv",
        expired.len()
    );
    (!expired.is_empty()).then(|| Warning::new(Place::file(&plan.file), text))
}
