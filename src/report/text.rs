//! How numbers and names read in pages, and what makes them fit to stand there.

use std::fmt;

use crate::amount::{Amount, Balance, power_of_ten};
use crate::error::Shown;
pub use crate::error::counted;

/// An amount in token units with `shown` decimals, rounded to the nearest (halves up): always as many
/// decimals, so that columns line up. What is not zero and would show as zero reads `<0.01`.
pub fn amount(amount: Amount, decimals: u8, shown: u8) -> String {
    let shown = shown.min(decimals);
    let unit = power_of_ten(decimals - shown).unwrap_or(1);
    let rounded = amount.units() / unit + u128::from(amount.units() % unit >= unit.div_ceil(2) && unit > 1);
    if rounded == 0 && amount != Amount::ZERO {
        return format!("<{}", fixed(1, usize::from(shown)));
    }
    fixed(rounded, usize::from(shown))
}

/// The size of a balance, as it is shown, with the sign of the balance. A size that is too small to be shown
/// (`<0.01`) and lies below zero reads `>-0.01`.
pub fn signed(balance: Balance, shown: String) -> String {
    match (balance.is_negative(), shown.strip_prefix('<')) {
        (false, _) => shown,
        (true, Some(limit)) => format!(">-{limit}"),
        (true, None) => format!("-{shown}"),
    }
}

/// `units` of the last of `decimals` decimals, all of them written. Units have no sign.
pub fn fixed(units: impl fmt::Display, decimals: usize) -> String {
    let digits = format!("{:0>width$}", units.to_string(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// An amount in token units, for drawings only.
pub fn number(amount: Amount, decimals: u8) -> f64 {
    amount.units() as f64 / power_of_ten(decimals).unwrap_or(1) as f64
}

/// A share between 0 and 1 in percent, exact: the point moves two places. What is no plain decimal is
/// not for here.
pub fn percent_of(decimal: &str) -> String {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let mut digits: String = fraction.to_owned();
    while digits.len() < 2 {
        digits.push('0');
    }
    let (two, rest) = digits.split_at_checked(2).unwrap_or((&digits, ""));
    let all = format!("{whole}{two}");
    let whole = all.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    format!("{} %", plain(&format!("{whole}.{rest}")))
}

/// Whether nothing of a name can be seen: it is empty, or holds but space and characters without width.
pub fn is_blank(name: &str) -> bool {
    let has_no_width = |character: char| {
        matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
        )
    };
    name.chars().all(|character| character.is_whitespace() || has_no_width(character))
}

/// A decimal without zeros at its end, as settings are quoted.
pub fn plain(decimal: &str) -> String {
    match decimal.split_once('.') {
        Some((whole, fraction)) => {
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
        }
        None => decimal.to_owned(),
    }
}

/// A name from inputs, fit to be shown: trimmed, cut as [`Shown`] cuts, never empty.
pub fn name(name: &str) -> String {
    let shown = Shown::from(name.trim()).to_string();
    if is_blank(&shown) { "(no name)".to_owned() } else { shown }
}

/// A text fit to stand in HTML and XML, between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            other => result.push(other),
        }
    }
    result
}

/// An address with its middle left out, for tables: its beginning can be searched for. No line breaks
/// within three points. Anything else as it is.
pub fn short_address(address: &str) -> String {
    match (address.get(..8), address.get(address.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if address.len() == 42 => format!("{head}...{tail}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_the_ledgers_decimals() {
        let shown = |units, decimals, shown| amount(Amount::from_units(units), decimals, shown);
        assert_eq!(shown(852_375, 3, 2), "852.38");
        assert_eq!(shown(852_374, 3, 2), "852.37");
        assert_eq!(shown(5, 3, 2), "0.01");
        assert_eq!(shown(4, 3, 2), "<0.01");
        assert_eq!(shown(0, 3, 2), "0.00");
        assert_eq!(shown(12, 0, 2), "12");
        assert_eq!(shown(1_999, 3, 0), "2");
        assert_eq!(shown(u128::MAX, 36, 36), "340.282366920938463463374607431768211455");
    }

    #[test]
    fn balances_show_their_sign() {
        let shown = |balance: Balance| signed(balance, amount(balance.size(), 3, 2));
        let minus = |units| Balance::minus(Amount::from_units(units));
        assert_eq!(shown(minus(852_375)), "-852.38");
        assert_eq!(shown(minus(4)), ">-0.01");
        assert_eq!(shown(Amount::from_units(4).into()), "<0.01");
        assert_eq!(shown(Balance::ZERO), "0.00");
    }

    #[test]
    fn shares_are_shown_in_percent() {
        for (share, shown) in [
            ("0.07", "7 %"),
            ("0.9", "90 %"),
            ("1", "100 %"),
            ("0", "0 %"),
            ("0.0025", "0.25 %"),
            ("0.871067", "87.1067 %"),
        ] {
            assert_eq!(percent_of(share), shown);
        }
    }

    #[test]
    fn numbers_of_drawings_are_token_units() {
        assert!((number(Amount::from_units(1_500), 3) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn names_that_show_nothing_are_told() {
        assert_eq!((name(" heron "), name("\u{200b}\u{feff} ")), ("heron".into(), "(no name)".into()));
        assert_eq!(name("a\u{202e}b"), "a\u{fffd}b");
    }
}
