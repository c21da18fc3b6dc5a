//! How numbers read in pages.

use crate::amount::{Amount, power_of_ten};

/// An amount in token units with `shown` decimals, rounded to the nearest (halves up): always as many
/// decimals, so that columns line up. What is not zero and would show as zero reads `<0.01`.
pub fn amount(amount: Amount, decimals: u8, shown: u8) -> String {
    let shown = shown.min(decimals);
    let unit = power_of_ten(decimals - shown).unwrap_or(1);
    let rounded = amount.units() / unit + u128::from(amount.units() % unit >= unit.div_ceil(2) && unit > 1);
    if rounded == 0 && amount != Amount::ZERO {
        return format!("<{}", fixed(1, shown));
    }
    fixed(rounded, shown)
}

/// `units` of the last of `decimals` decimals, all of them written.
fn fixed(units: u128, decimals: u8) -> String {
    let digits = format!("{units:0>width$}", width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// `count` with the word for one or for several.
pub fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
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
}
