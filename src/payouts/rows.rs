//! Rows of tables that payment tools read: plain fields, commas, LF. Read strictly: what is not
//! exactly as meed writes it is a fault.

use super::Payment;
use crate::address::Address;
use crate::amount::Amount;
use crate::error::Place;
use crate::parallel;

/// Rows that are made or read at once: checksums take their time, and texts of all would take memory.
const BLOCK: usize = 1 << 16;

/// What the fields of a row pay, or why they are no payment.
type PaymentOf<'a> = &'a (dyn Fn(&[&str]) -> Result<(Address, Amount), String> + Sync);

/// The rows of payments, one after another; `row` gives one with its line end.
pub(super) fn write(payments: &[Payment], row: &(dyn Fn(&Payment) -> String + Sync)) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in payments.chunks(BLOCK) {
        for row in parallel::map(block, row) {
            bytes.extend_from_slice(row.as_bytes());
        }
    }
    bytes
}

/// What the rows of a text pay, one after another; `name` and the line go into what is wrong.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    payment: PaymentOf<'_>,
) -> Result<Vec<(Address, Amount)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))?;
    let text = text.strip_suffix('\n').ok_or_else(|| format!("{name} does not end with a line end"))?;
    let row = |(line, number): &(&str, usize)| {
        let fields: Vec<&str> = line.split(',').collect();
        payment(&fields).map_err(|reason| format!("{name}:{number}: {reason}"))
    };
    let mut lines = text.split('\n').zip(1..);
    let mut payments = Vec::new();
    loop {
        let block: Vec<(&str, usize)> = lines.by_ref().take(BLOCK).collect();
        if block.is_empty() {
            return Ok(payments);
        }
        for payment in parallel::map(&block, row) {
            payments.push(payment?);
        }
    }
}

/// An address as payout files spell it: with its EIP-55 checksum.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let wrong = || format!("`{text}` is not an address with its checksum");
    let address = Address::parse(text, &Place::file("payouts"), "address").map_err(|_| wrong())?;
    let digits = text.get(2..).unwrap_or_default();
    // In mixed case the parser has held it against the checksum already.
    let is_mixed = digits.bytes().any(|digit| digit.is_ascii_lowercase())
        && digits.bytes().any(|digit| digit.is_ascii_uppercase());
    let is_spelled = text.starts_with("0x") && (is_mixed || address.checksummed() == text);
    if is_spelled { Ok(address) } else { Err(wrong()) }
}

/// An amount in token units: plain, exact, without trailing zeros, above zero.
pub(super) fn amount(text: &str, decimals: u8) -> Result<Amount, String> {
    let amount = Amount::parse(text, decimals, &Place::file("payouts"), "amount").unwrap_or_default();
    let is_plain = amount != Amount::ZERO && amount.to_text(decimals) == text;
    if is_plain { Ok(amount) } else { Err(format!("`{text}` is not an amount of the token")) }
}
