//! `ledger.beancount`: the books, for beancount.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;

use super::{
    Books, Pair, TREASURY, Totals, Transaction, first_uses, fixed, head, one_line, title, unbooked_lines,
};
use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::Token;

/// The name of the file.
pub const FILE: &str = "ledger.beancount";
/// Most characters of a commodity.
const COMMODITY_CHARACTERS: usize = 24;
/// Digits that Python's decimals keep.
const PYTHON_DIGITS: u32 = 28;
/// Words that beancount takes for something else.
const RESERVED: [&str; 3] = ["TRUE", "FALSE", "NULL"];

/// The books as a file for beancount.
pub fn write(books: &Books<'_>) -> Vec<u8> {
    let commodity = commodity(&books.token.symbol);
    let transactions = books.transactions();
    let mut text = head(books, "beancount");
    if commodity != books.token.symbol {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "; The commodity {commodity} stands for {}.", books.token.symbol);
    }
    let _ = writeln!(text, "\noption \"title\" {}", quoted(books.ledger));
    let _ = writeln!(text, "option \"operating_currency\" \"{commodity}\"\n");
    tolerance(&transactions, books.token, &commodity, &mut text);
    let first = transactions.iter().map(|transaction| transaction.round.date).min();
    if let Some(first) = first {
        let _ = writeln!(text, "{first} commodity {commodity}\n  precision: {}", books.token.decimals);
    }
    opened(&first_uses(&transactions), &commodity, &mut text);
    for transaction in &transactions {
        push(transaction, books.token, &commodity, &mut text);
    }
    text.into_bytes()
}

/// What a file pays: address and amount, in the order in which the addresses appear.
///
/// Errors: a payment without address, or an amount that does not read.
pub fn read(bytes: &[u8], token: &Token) -> Result<Vec<(Address, Amount)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut totals = Totals::default();
    let mut lines = text.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        let Some(posting) = line.strip_prefix(TREASURY).filter(|rest| rest.starts_with(' ')) else {
            continue;
        };
        let amount = posting.split_whitespace().next().unwrap_or_default();
        let address = lines.next().and_then(|line| line.strip_prefix("address: \""));
        let address = address.and_then(|rest| rest.strip_suffix('"'));
        totals.add(amount, address.ok_or("a payment has no address")?, token.decimals)?;
    }
    totals.into_payments()
}

/// The directives that open the accounts, each on the day of its first use.
fn opened(accounts: &BTreeMap<String, Date>, commodity: &str, text: &mut String) {
    for (account, day) in accounts {
        let _ = writeln!(text, "{day} open {account} {commodity}");
    }
}

/// Python's decimals round a negative number of more than 28 digits when it is read. Where a round has
/// such amounts, beancount is told how far its pairs may be apart.
fn tolerance(transactions: &[Transaction<'_>], token: &Token, commodity: &str, text: &mut String) {
    let digits = |pair: &Pair<'_>| pair.entry.amount.units().checked_ilog10().map_or(0, |log| log + 1);
    let most = transactions.iter().flat_map(|transaction| &transaction.postings).map(digits).max();
    let pairs = transactions.iter().map(|transaction| transaction.postings.len()).max().unwrap_or(0);
    let Some(above) = most.and_then(|most| most.checked_sub(PYTHON_DIGITS)).filter(|above| *above > 0) else {
        return;
    };
    // Each pair is off by half of the last digit that is kept, at most.
    let units = 10_u128.saturating_pow(above).saturating_mul(u128::try_from(pairs).unwrap_or(u128::MAX));
    let tolerance = fixed(Amount::from_units(units), token.decimals);
    let _ = writeln!(text, "; Some amounts have more than the {PYTHON_DIGITS} digits that beancount keeps.");
    let _ = writeln!(text, "option \"inferred_tolerance_default\" \"{commodity}:{tolerance}\"\n");
}

/// A round as a transaction.
fn push(transaction: &Transaction<'_>, token: &Token, commodity: &str, text: &mut String) {
    let round = transaction.round;
    let _ = write!(text, "\n{}", unbooked_lines(round, token));
    let _ = writeln!(text, "{} * \"{}\"", round.date, title(round));
    let _ = writeln!(text, "  sequence: {}", round.sequence);
    if let Some(statement) = &round.statement {
        let _ = writeln!(text, "  statement: \"{statement}\"");
    }
    for Pair { entry, from, to } in &transaction.postings {
        let amount = fixed(entry.amount, token.decimals);
        // The reader looks for the address below the treasury.
        let address = |account: &String| {
            let is_there = account == TREASURY || to != TREASURY && account == from;
            let address = entry.address.filter(|_| is_there);
            address.map(|address| format!("    address: \"{}\"\n", address.checksummed())).unwrap_or_default()
        };
        let _ = write!(text, "  {to}  {amount} {commodity}\n{}", address(to));
        let _ = writeln!(text, "    reward: {}", quoted(&entry.reward));
        let _ = write!(text, "  {from}  -{amount} {commodity}\n{}", address(from));
        let _ = writeln!(text, "    recipient: {}", quoted(&entry.recipient));
        if let Some(holder) = &entry.holder {
            let _ = writeln!(text, "    key: {}", quoted(&holder.key));
        }
    }
}

/// A text in quotes, on one line.
fn quoted(text: &str) -> String {
    format!("\"{}\"", one_line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// The token's symbol as beancount can write it: 2 to 24 of A-Z, 0-9, `'._-`, first a letter, last
/// a letter or digit.
fn commodity(symbol: &str) -> String {
    let is_alphanumeric = |character: char| character.is_ascii_alphanumeric();
    let plain = symbol
        .to_ascii_uppercase()
        .replace(|character: char| !character.is_ascii_alphanumeric() && !"._-".contains(character), "-");
    let plain = plain.trim_matches(|character| !is_alphanumeric(character));
    let is_word = plain.len() > 1
        && plain.starts_with(|first: char| first.is_ascii_uppercase())
        && !RESERVED.contains(&plain);
    let prefix = if is_word { "" } else { "X" };
    let text: String = prefix.chars().chain(plain.chars()).take(COMMODITY_CHARACTERS).collect();
    let text = text.trim_end_matches(|character| !is_alphanumeric(character));
    if text.len() > 1 { text.to_owned() } else { "XX".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commodities_are_words_of_beancount() {
        for (symbol, expected) in [
            ("TIDE", "TIDE"),
            ("tec", "TEC"),
            ("T", "XT"),
            ("$", "XX"),
            ("$-._", "XX"),
            ("1inch", "X1INCH"),
            ("stkd-SCRT", "STKD-SCRT"),
            ("a$b.", "A-B"),
            ("true", "XTRUE"),
            ("ABCDEFGHIJKLMNOPQRSTUVW-YZABCDEF", "ABCDEFGHIJKLMNOPQRSTUVW"),
        ] {
            assert_eq!(commodity(symbol), expected, "{symbol}");
        }
    }
}
