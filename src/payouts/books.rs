//! The books: rounds as transactions of double-entry bookkeeping, for beancount and hledger.
//!
//! Every entry of a round is a pair of postings of the same amount:
//!
//! | state | from | to |
//! |---|---|---|
//! | paid | `Assets:Treasury` | `Expenses:Rewards:<Allocation>` |
//! | held | `Liabilities:Held:<Name>` | `Expenses:Rewards:<Allocation>` |
//! | held, from opening.csv | `Liabilities:Held:<Name>` | `Equity:Opening-Balances` |
//! | released | `Assets:Treasury` | `Liabilities:Held:<Name>` |
//! | expired | `Expenses:Rewards:Held` | `Liabilities:Held:<Name>` |
//! | added | `Liabilities:Held:<Name>` | `Expenses:Rewards:<Allocation>` |
//! | reduced | `Expenses:Rewards:<Allocation>` | `Liabilities:Held:<Name>` |
//! | offset | `Liabilities:Held:<Name>` | `Assets:Treasury` |
//!
//! So over all rounds the treasury falls by what was paid, `Liabilities:Held` is what waits in
//! carry.json (the other way round what was paid too much, which is owed to the treasury), and the expenses are what was given, less what expired. What an allocation keeps
//! stays in the treasury: it is booked when it is paid or held. What it brings in from outside is for
//! whoever books the treasury. Comments tell of both.
//! Pairs, and not sums, because beancount rounds sums of more than 28 digits, as Python does.

pub mod beancount;
pub mod hledger;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::PayoutFiles;
use crate::address::Address;
use crate::amount::{Amount, Balance};
use crate::entries::{Entry, State};
use crate::error::{Place, visible};
use crate::files::sha256_hex;
use crate::ledger::Token;
use crate::ledger::payout_format::PayoutFormat;
use crate::statement::{AllocationRecord, HELD};

/// The account that pays.
const TREASURY: &str = "Assets:Treasury";
/// What is owed from before the ledger.
const OPENING_BALANCES: &str = "Equity:Opening-Balances";
/// Most characters of a name in the name of an account; a digest follows.
const NAME_CHARACTERS: usize = 40;
/// Hexadecimal digits of the digest behind a name: 48 bits, so that nobody shares an account.
const DIGEST_DIGITS: usize = 12;

/// Rounds to be booked.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    /// The community's name.
    pub ledger: &'a str,
    /// The token.
    pub token: &'a Token,
    /// The rounds.
    pub rounds: &'a [BookedRound],
}

/// A round as it is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedRound {
    /// The round's id.
    pub round: String,
    /// 1 for the first closing, 2 and up for amendments, which have transactions of their own.
    pub revision: u32,
    /// The last day of its period.
    pub date: Date,
    /// The place of its statement in the chain.
    pub sequence: u64,
    /// The digest of its statement; none in files that the statement itself covers.
    pub statement: Option<String>,
    /// What allocations bring in and keep, which is told and not booked.
    pub unbooked: Vec<Unbooked>,
    /// What was paid, held, released, and what expired; what an amendment changes.
    pub entries: Vec<Entry>,
}

/// What the file of a format pays: address and amount, in the order in which the addresses appear.
///
/// Errors: a payment without address, or an amount that does not read.
pub fn read(
    format: PayoutFormat,
    files: &PayoutFiles,
    token: &Token,
) -> Result<Vec<(Address, Amount)>, String> {
    let bytes = |name: &str| files.get(name).ok_or_else(|| format!("{name} is missing"));
    match format {
        PayoutFormat::Beancount => beancount::read(bytes(beancount::FILE)?, token),
        PayoutFormat::Hledger => hledger::read(bytes(hledger::FILE)?, token),
        _ => Err("it is no format of books".to_owned()),
    }
}

/// What allocations bring in and keep: those that do.
///
/// Errors: a figure of the statement that is no amount.
pub fn unbooked(allocations: &[AllocationRecord], decimals: u8) -> Result<Vec<Unbooked>, String> {
    let mut all = Vec::new();
    for allocation in allocations {
        let [_, _, _, brought_in, _, _, kept, _] = allocation.sums.balances(decimals)?;
        if allocation.name == HELD {
            continue; // what it brings in is booked, person by person
        }
        if brought_in != Balance::ZERO || kept != Balance::ZERO {
            all.push(Unbooked { allocation: allocation.name.clone(), brought_in, kept });
        }
    }
    Ok(all)
}

/// Money of an allocation that moves between nobody's accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbooked {
    /// The allocation's name.
    pub allocation: String,
    /// What came from outside the ledger.
    pub brought_in: Balance,
    /// What it keeps for its next round.
    pub kept: Balance,
}

/// A round with the accounts of its entries.
struct Transaction<'a> {
    round: &'a BookedRound,
    postings: Vec<Pair<'a>>,
}

/// An entry and the two accounts between which it moves.
struct Pair<'a> {
    entry: &'a Entry,
    from: String,
    to: String,
}

impl<'a> Books<'a> {
    /// Whether nothing was paid, held or released, and nothing expired.
    pub fn is_empty(&self) -> bool {
        self.rounds.iter().all(|round| round.entries.is_empty())
    }

    /// The file of a format; none for formats that are no books.
    pub fn files(&self, format: PayoutFormat) -> PayoutFiles {
        match format {
            PayoutFormat::Beancount => {
                PayoutFiles::from([(beancount::FILE.to_owned(), beancount::write(self))])
            }
            PayoutFormat::Hledger => PayoutFiles::from([(hledger::FILE.to_owned(), hledger::write(self))]),
            _ => PayoutFiles::new(),
        }
    }

    /// The rounds by date, then in the order of the chain.
    fn transactions(&self) -> Vec<Transaction<'a>> {
        let mut rounds: Vec<&BookedRound> = self.rounds.iter().collect();
        rounds.sort_by_key(|round| (round.date, round.sequence));
        let names = self.names();
        let pair = |entry: &'a Entry| {
            let (from, to) = accounts_of(entry, &names);
            Pair { entry, from, to }
        };
        rounds
            .into_iter()
            .map(|round| Transaction { round, postings: round.entries.iter().map(pair).collect() })
            .collect()
    }

    /// The name of each holder: the first that the rounds know, so that a key has one account.
    fn names(&self) -> BTreeMap<&'a str, &'a str> {
        let mut rounds: Vec<&BookedRound> = self.rounds.iter().collect();
        rounds.sort_by_key(|round| round.sequence);
        let mut names = BTreeMap::new();
        for holder in rounds.into_iter().flat_map(|round| &round.entries).filter_map(|e| e.holder.as_ref()) {
            names.entry(holder.key.as_str()).or_insert(holder.name.as_str());
        }
        names
    }
}

/// The accounts of transactions, each with the day of its first use.
fn first_uses(transactions: &[Transaction<'_>]) -> BTreeMap<String, Date> {
    let mut first = BTreeMap::new();
    for transaction in transactions {
        for account in transaction.postings.iter().flat_map(|pair| [&pair.from, &pair.to]) {
            first.entry(account.clone()).or_insert(transaction.round.date);
        }
    }
    first
}

/// The accounts from which and to which an entry's amount moves.
fn accounts_of(entry: &Entry, names: &BTreeMap<&str, &str>) -> (String, String) {
    let expense = || format!("Expenses:Rewards:{}", allocation_part(&entry.allocation));
    let liability = || {
        let key = entry.holder.as_ref().map_or("", |holder| &holder.key);
        format!("Liabilities:Held:{}", holder_part(key, names.get(key).copied().unwrap_or_default()))
    };
    match entry.state {
        State::Paid => (TREASURY.to_owned(), expense()),
        State::Held if entry.allocation == HELD => (liability(), OPENING_BALANCES.to_owned()),
        State::Held | State::Added => (liability(), expense()),
        State::Released => (TREASURY.to_owned(), liability()),
        State::Expired | State::Reduced => (expense(), liability()),
        State::Offset => (liability(), TREASURY.to_owned()),
    }
}

/// An allocation's name as a part of an account: with a capital letter; with a digest where more
/// than that must change.
fn allocation_part(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.bytes().all(is_plain) && name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        capitalised(name)
    } else {
        format!("{}-{}", plain_part(name), digest(name))
    }
}

/// A holder as a part of an account: what can be written of the name, and a digest of the key, so
/// that no two keys have one account whatever people call themselves.
fn holder_part(key: &str, name: &str) -> String {
    format!("{}-{}", plain_part(if name.is_empty() { key } else { name }), digest(key))
}

/// The first digits of a text's digest.
fn digest(text: &str) -> String {
    sha256_hex(text.as_bytes()).chars().take(DIGEST_DIGITS).collect()
}

/// Letters and digits of ASCII, hyphens for everything else: what both programs take.
fn plain_part(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric());
    let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let text: String = text.chars().take(NAME_CHARACTERS).collect();
    let text = text.trim_end_matches('-');
    if text.is_empty() { "X".to_owned() } else { capitalised(text) }
}

/// The text with a capital letter first.
fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}

/// An amount with all decimals of the token.
fn fixed(amount: Amount, decimals: u8) -> String {
    let mut text = amount.to_text(decimals);
    if decimals > 0 {
        let written = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        if written == 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n('0', usize::from(decimals).saturating_sub(written)));
    }
    text
}

/// Text of people, one line of it: control and bidirectional characters replaced.
fn one_line(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// The head of both files, as comments.
fn head(books: &Books<'_>, command: &str) -> String {
    let symbol = &books.token.symbol;
    let has_amendments = books.rounds.iter().any(|round| round.revision > 1);
    let what = match (books.rounds, books.rounds.first().filter(|round| round.statement.is_none())) {
        ([_], Some(round)) => title(round),
        _ => "All closed rounds".to_owned(),
    };
    format!(
        "; {what} of {name}, in {symbol}, written by meed.{more}\n\
         ; Assets:Treasury             falls by what is paid to addresses\n\
         ; Expenses:Rewards:ALLOCATION what was given, paid or held; Expenses:Rewards:Held takes back what expired\n\
         ; Liabilities:Held:NAME       what waits for an address{overpaid}\n\
         ; What allocations keep for later rounds stays in the treasury and is booked when it is paid or held;\n\
         ; what they bring in from outside the ledger (unclaimed payouts) is not booked here.\n",
        name = one_line(books.ledger),
        overpaid =
            if has_amendments { "; above zero what an amendment found to be paid too much" } else { "" },
        more = if what.starts_with("Round") {
            format!(" All rounds in one file: meed export {command}")
        } else {
            String::new()
        },
    )
}

/// What a transaction is called: no text that people chose freely.
fn title(round: &BookedRound) -> String {
    match round.revision {
        1 => format!("Round {}", round.round),
        revision => format!("Round {}, revision {revision}", round.round),
    }
}

/// What allocations bring in and keep, as comments before a transaction.
fn unbooked_lines(round: &BookedRound, token: &Token) -> String {
    let line = |allocation: &str, does: &str, amount: Balance| {
        let amount = amount.to_text(token.decimals);
        format!("; {} {does} {amount} {}\n", one_line(allocation), token.symbol)
    };
    let mut lines = String::new();
    for Unbooked { allocation, brought_in, kept } in &round.unbooked {
        for (does, amount) in [("brings in", *brought_in), ("keeps", *kept)] {
            if amount != Balance::ZERO {
                lines += &line(allocation, does, amount);
            }
        }
    }
    lines
}

/// Adds up what a file pays, in the order in which the addresses appear.
#[derive(Default)]
struct Totals {
    order: Vec<Address>,
    sums: BTreeMap<Address, Balance>,
}

impl Totals {
    /// Adds a payment: the amount as the file writes it, below zero, and the address. Above zero it was
    /// taken off a payment.
    fn add(&mut self, amount: &str, address: &str, decimals: u8) -> Result<(), String> {
        let place = Place::file("books");
        let falls = Balance::parse(amount, decimals, &place, "amount").map_err(|error| error.to_string())?;
        let address = Address::parse(address, &place, "address").map_err(|error| error.to_string())?;
        let order = &mut self.order;
        let sum = self.sums.entry(address).or_insert_with(|| {
            order.push(address);
            Balance::ZERO
        });
        *sum = sum.checked_sub(falls).ok_or("the sum of an address is too large")?;
        Ok(())
    }

    /// The payments; who is paid nothing in the end is none of them.
    fn into_payments(self) -> Result<Vec<(Address, Amount)>, String> {
        let sum = |address: &Address| (*address, self.sums.get(address).copied().unwrap_or_default());
        let paid = self.order.iter().map(sum).filter(|(_, sum)| *sum != Balance::ZERO);
        let amount = |(address, sum): (Address, Balance)| {
            let amount = sum.amount().ok_or_else(|| format!("{address} is paid less than nothing"))?;
            Ok((address, amount))
        };
        paid.map(amount).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_of_accounts_are_plain_and_distinct() {
        assert_eq!(allocation_part("praise"), "Praise");
        assert_eq!(allocation_part("2x-"), "2x-");
        assert!(allocation_part("a_b").starts_with("A-b-"));
        assert_ne!(allocation_part("a_b"), allocation_part("a-b"));
        assert_eq!(plain_part("mudskipper#0019"), "Mudskipper-0019");
        assert_eq!(plain_part("\u{202e};\n\"🌾"), "X");
        assert_ne!(holder_part("name:a b", "a b"), holder_part("name:a:b", "a:b"));
        assert_eq!(fixed(Amount::from_units(5), 0), "5");
        assert_eq!(fixed(Amount::from_units(500), 2), "5.00");
        assert_eq!(fixed(Amount::from_units(1), 3), "0.001");
    }

    proptest! {
        #[test]
        fn any_name_makes_an_account(name in any::<String>(), key in any::<String>()) {
            for part in [holder_part(&key, &name), allocation_part(&name)] {
                prop_assert!(part.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()), "{}", part);
                prop_assert!(part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{}", part);
                prop_assert!(part.len() <= NAME_CHARACTERS + DIGEST_DIGITS + 1 || name.len() == part.len());
            }
        }

        #[test]
        fn fixed_amounts_read_back(units: u128, decimals in 0_u8..=36) {
            let text = fixed(Amount::from_units(units), decimals);
            let read = Amount::parse(&text, decimals, &Place::file("test"), "amount");
            prop_assert_eq!(read, Ok(Amount::from_units(units)));
            prop_assert_eq!(text.split_once('.').map_or(0, |(_, fraction)| fraction.len()), usize::from(decimals));
        }
    }
}
