//! `ledger.journal`: the books, for hledger.

use std::fmt::Write as _;

use super::{
    Books, Pair, TREASURY, Totals, Transaction, first_uses, fixed, head, one_line, title, unbooked_lines,
};
use crate::address::Address;
use crate::amount::Amount;
use crate::ledger::Token;

/// The name of the file.
pub const FILE: &str = "ledger.journal";

/// The books as a journal of hledger.
pub fn write(books: &Books<'_>) -> Vec<u8> {
    let commodity = commodity(&books.token.symbol);
    let transactions = books.transactions();
    let mut text = head(books, "hledger");
    let fraction = "0".repeat(usize::from(books.token.decimals));
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(text, "\ndecimal-mark .\ncommodity 1000.{fraction} {commodity}\n");
    for account in first_uses(&transactions).keys() {
        let _ = writeln!(text, "account {account}");
    }
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
    for line in text.lines() {
        let posting = line.strip_prefix("    ").and_then(|line| line.strip_prefix(TREASURY));
        let Some(posting) = posting.filter(|rest| rest.starts_with(' ')) else { continue };
        let amount = posting.split_whitespace().next().unwrap_or_default();
        let tag = posting.split_once("; address:").ok_or("a payment has no address")?.1;
        totals.add(amount, tag.split(',').next().unwrap_or_default(), token.decimals)?;
    }
    totals.into_payments()
}

/// A round as a transaction.
fn push(transaction: &Transaction<'_>, token: &Token, commodity: &str, text: &mut String) {
    let round = transaction.round;
    let _ = write!(text, "\n{}", unbooked_lines(round, token));
    let _ = writeln!(text, "{} * ({}) {}", round.date, round.sequence, title(round));
    if let Some(statement) = &round.statement {
        let _ = writeln!(text, "    ; statement:{statement}");
    }
    for Pair { entry, from, to } in &transaction.postings {
        let amount = fixed(entry.amount, token.decimals);
        // The reader looks for the address beside the treasury.
        let (mut first, mut tags): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let of_address = if to == TREASURY { &mut first } else { &mut tags };
        of_address.extend(entry.address.map(|address| format!("address:{}", address.checksummed())));
        first.push(format!("reward:{}", comment(&entry.reward)));
        let _ = writeln!(text, "    {to}  {amount} {commodity}  ; {}", first.join(", "));
        tags.extend(entry.holder.as_ref().map(|holder| format!("key:{}", comment(&holder.key))));
        tags.push(format!("recipient:{}", comment(&entry.recipient)));
        let _ = writeln!(text, "    {from}  -{amount} {commodity}  ; {}", tags.join(", "));
    }
}

/// Text of people in a comment: one line, and nothing that hledger takes for a tag (`name:`), the
/// end of one (`,`) or a date (`[2026-01-31]`).
fn comment(text: &str) -> String {
    one_line(text).replace([':', ',', '[', ']', ';'], "_").trim().to_owned()
}

/// The token's symbol, in quotes where it holds anything but letters.
fn commodity(symbol: &str) -> String {
    let is_word = symbol.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_word { symbol.to_owned() } else { format!("\"{symbol}\"") }
}
