//! Words and numbers of charts: labels that fit, exact sums of texts, plain decimals.

use super::super::text;
use super::Value;
use crate::error::visible;

/// Most characters of a name beside a mark; the whole name stands in the hover text and the table.
const LABEL_CHARACTERS: usize = 22;
/// Most characters of a hover text.
pub const HOVER_CHARACTERS: usize = 400;
/// The height of all text, in units of the drawing.
pub const TEXT_HEIGHT: f64 = 14.0;

/// A text fit for a drawing: control and bidirectional characters, and the two characters that XML
/// forbids, read U+FFFD; what is longer than a hover text may be is cut.
pub fn clean(text: &str) -> String {
    shortened(text, HOVER_CHARACTERS)
}

/// A name as it stands beside a mark: cut behind 22 characters, or earlier where `room` is less.
pub fn label(name: &str, room: f64) -> String {
    let cleaned = shortened(name.trim(), LABEL_CHARACTERS);
    if cleaned.is_empty() {
        return "(no name)".to_owned();
    }
    let mut characters = LABEL_CHARACTERS;
    let mut label = cleaned;
    while width(&label) > room && characters > 2 {
        characters -= 1;
        label = shortened(name.trim(), characters);
    }
    label
}

/// A name with a number before it, as it stands beside a mark.
pub fn numbered_label(number: usize, name: &str, room: f64) -> String {
    label(&format!("{number} {}", label(name, f64::INFINITY)), room)
}

/// The text with at most `most` characters, an ellipsis at the end where some are missing. Marks that
/// belong to the character before them are never left alone at the end.
pub fn shortened(text: &str, most: usize) -> String {
    let shown = |character: char| match character {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        other => visible(other),
    };
    if text.chars().nth(most).is_none() {
        return text.chars().map(shown).collect();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).map(shown).collect();
    while cut.ends_with(['\u{200d}', '\u{fe0e}', '\u{fe0f}', ' ', '\u{200b}']) {
        cut.pop();
    }
    cut.push('…');
    cut
}

/// About how wide a text is, in units of the drawing: wide enough for the common fonts.
pub fn width(text: &str) -> f64 {
    let share = |character: char| match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '(' | ')' | 'I' => 0.36,
        'f' | 't' | 'r' | '-' | '"' | '/' => 0.44,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.98,
        'A'..='Z' => 0.74,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        '\u{1100}'..='\u{ffff}' if character >= '\u{2e80}' => 1.05,
        '\u{10000}'.. => 1.3,
        _ => 0.64,
    };
    text.chars().map(share).sum::<f64>() * TEXT_HEIGHT
}

/// The widest of the texts.
pub fn widest<'a>(texts: impl IntoIterator<Item = &'a str>) -> f64 {
    texts.into_iter().map(width).fold(0.0, f64::max)
}

/// The sum of values, and how it reads. Texts that are rounded numbers give the rounded sum of the
/// numbers, exact texts their exact sum; other texts only about the sum.
pub fn sum<'a>(values: impl IntoIterator<Item = &'a Value>) -> Value {
    let values: Vec<&Value> = values.into_iter().collect();
    if let [single] = values.as_slice() {
        return (*single).clone();
    }
    let number = values.iter().map(|value| value.number).sum();
    let text = sum_of_texts(&values, number);
    Value { number, text: text.unwrap_or_else(|| format!("about {}", decimal(number))) }
}

/// How the sum of decimals with the same unit behind them reads.
fn sum_of_texts(values: &[&Value], number: f64) -> Option<String> {
    let (mut total, mut decimals, mut unit) = (0_i128, 0_u32, "");
    let (mut is_rounded, mut has_bounds) = (number.abs() < 1e9, false);
    for value in values {
        let bounded = value.text.strip_prefix('<');
        let (units, own, suffix) = parts(bounded.unwrap_or(&value.text))?;
        // `<0.01` is less than one unit of its last decimal.
        let units = if bounded.is_some() { 0 } else { units };
        has_bounds |= bounded.is_some();
        let places = (0..own).fold(value.number, |number, _| number * 10.0);
        is_rounded &= (places - units as f64).abs() <= if bounded.is_some() { 1.0 } else { 0.501 };
        let common = decimals.max(own);
        let raised = |units: i128, by: u32| units.checked_mul(10_i128.checked_pow(by)?);
        total = raised(total, common - decimals)?.checked_add(raised(units, common - own)?)?;
        decimals = common;
        // `1 point` and `2 points` are of one unit.
        if suffix.starts_with(unit) {
            unit = suffix;
        } else if !unit.starts_with(suffix) {
            return None;
        }
    }
    if is_rounded && decimals <= ROUNDED_DECIMALS {
        let units = i128::from(whole((0..decimals).fold(number, |number, _| number * 10.0)));
        return Some(format!("{}{unit}", fixed(units, decimals)));
    }
    Some(format!("{}{}{unit}", if has_bounds { "about " } else { "" }, fixed(total, decimals)))
}

/// Texts of so few decimals are taken for rounded numbers.
const ROUNDED_DECIMALS: u32 = 6;

/// A plain decimal with its unit: units of the last decimal, count of decimals, what follows.
fn parts(text: &str) -> Option<(i128, u32, &str)> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (number, unit) = rest.split_at(end.unwrap_or(rest.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_unit = unit.is_empty() || unit.starts_with([' ', '%']);
    // `3 of 10` is no number with a unit.
    let is_number = !whole.is_empty() && !fraction.contains('.') && !number.ends_with('.');
    if !is_number || !is_unit || unit.contains(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let units: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some((if negative { -units } else { units }, u32::try_from(fraction.len()).ok()?, unit))
}

/// `units` of the last of `decimals` decimals.
pub fn fixed(units: i128, decimals: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{}", text::fixed(units.unsigned_abs(), usize::try_from(decimals).unwrap_or(0)))
}

/// A number for readers: at most two decimals, no zeros at the end.
pub fn decimal(number: f64) -> String {
    if number.abs() >= 1e15 {
        return format!("{number:.3e}");
    }
    trimmed(fixed(i128::from(whole(number * 100.0)), 2))
}

/// A coordinate: one decimal, rounded as an integer.
pub fn tenths(number: f64) -> i64 {
    whole(number.clamp(-100_000.0, 100_000.0) * 10.0)
}

/// Tenths as they stand in a drawing.
pub fn coordinate(tenths: i64) -> String {
    trimmed(fixed(i128::from(tenths), 1))
}

/// Without zeros behind the point.
pub fn trimmed(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The nearest integer.
#[allow(clippy::cast_possible_truncation)] // saturates, which is what a drawing wants
pub fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// A place in a list as a number; lists of charts are far below 2^53.
pub fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value { number: 0.5, text: text.to_owned() }
    }

    #[test]
    fn sums_of_texts_are_exact() {
        let sum = |texts: &[&str]| {
            let values: Vec<Value> = texts.iter().copied().map(value).collect();
            sum(&values).text
        };
        assert_eq!(sum(&["0.1", "0.2"]), "0.3");
        assert_eq!(sum(&["1.50 TEC", "2.25 TEC"]), "3.75 TEC");
        assert_eq!(sum(&["1 point", "2 points"]), "3 points");
        assert_eq!(sum(&["-1.5", "1.0"]), "-0.5");
        assert_eq!(sum(&["<0.01 TEC", "1.00 TEC"]), "about 1.00 TEC");
        assert_eq!(sum(&["1,500", "1,500"]), "about 1");
        assert_eq!(sum(&["3 of 10", "3 of 10"]), "about 1");
        assert_eq!(sum(&["3 of 10"]), "3 of 10");
        assert_eq!(sum(&["1 TEC", "1 DAI"]), "about 1");
        assert_eq!(sum(&["9".repeat(60).as_str(), "1"]), "about 1");
        assert_eq!(sum(&["1..2", "1"]), "about 1");
    }

    #[test]
    fn sums_of_rounded_texts_are_rounded_sums() {
        let rounded = |number: f64| Value { number, text: format!("{number:.2} TEC") };
        assert_eq!(sum(&[rounded(0.004), rounded(0.004), rounded(0.004)]).text, "0.01 TEC");
        let tiny = Value { number: 0.004, text: "<0.01 TEC".to_owned() };
        assert_eq!(sum(&[tiny.clone(), tiny.clone(), rounded(1.0)]).text, "1.01 TEC");
        // Texts in other units than the numbers are added up as they are.
        let share = Value { number: 0.125, text: "12.5%".to_owned() };
        assert_eq!(sum(&[share.clone(), share]).text, "25.0%");
    }

    #[test]
    fn coordinates_have_one_decimal() {
        let shown = |number| coordinate(tenths(number));
        assert_eq!(shown(0.04), "0");
        assert_eq!(shown(-0.04), "0");
        assert_eq!(shown(0.1 + 0.2), "0.3");
        assert_eq!(shown(-12.55), "-12.6");
        assert_eq!(shown(1e300), "100000");
    }

    #[test]
    fn labels_are_cut_and_made_visible() {
        assert_eq!(label("  ", 900.0), "(no name)");
        assert_eq!(label("a\u{202e}b", 900.0), "a\u{fffd}b");
        assert_eq!(label(&"x".repeat(40), 900.0), format!("{}…", "x".repeat(21)));
        assert_eq!(label("Mississippi", 30.0).chars().last(), Some('…'));
        assert!(!shortened("ab\u{200d}cd", 4).contains('\u{200d}'));
    }
}
