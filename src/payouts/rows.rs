//! Rows of tables that payment tools read: plain fields, commas, LF. Read strictly: what is not
//! exactly as meed writes it is a fault.

use super::PayoutFiles;
use crate::address::Address;
use crate::amount::Amount;
use crate::error::Place;

/// The fields of every row of every file, with the place of the row.
pub(super) fn of(files: &PayoutFiles) -> Result<Vec<(String, Vec<&str>)>, String> {
    let mut rows = Vec::new();
    for (name, bytes) in files {
        let text = std::str::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))?;
        let text = text.strip_suffix('\n').ok_or_else(|| format!("{name} does not end with a line end"))?;
        let lines = text.split('\n').zip(1_usize..);
        rows.extend(lines.map(|(line, number)| (format!("{name}:{number}"), line.split(',').collect())));
    }
    Ok(rows)
}

/// An address as payout files spell it: with its EIP-55 checksum.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let address = Address::parse(text, &Place::file("payouts"), "address").map_err(|_| wrong(text))?;
    if address.checksummed() == text { Ok(address) } else { Err(wrong(text)) }
}

fn wrong(text: &str) -> String {
    format!("`{text}` is not an address with its checksum")
}

/// An amount in token units: plain, exact, without trailing zeros, above zero.
pub(super) fn amount(text: &str, decimals: u8) -> Result<Amount, String> {
    let amount = Amount::parse(text, decimals, &Place::file("payouts"), "amount").unwrap_or_default();
    let is_plain = amount != Amount::ZERO && amount.to_text(decimals) == text;
    if is_plain { Ok(amount) } else { Err(format!("`{text}` is not an amount of the token")) }
}
