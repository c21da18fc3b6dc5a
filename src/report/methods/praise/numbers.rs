//! Scores as integers of a millionth, and how numbers and texts read in the pages of praise.

use serde_json::Value as Json;

use crate::error::visible;
use crate::report::chart::Value;
use crate::report::ratio::Ratio;

/// One in millionths.
pub(super) const ONE: i64 = 1_000_000;
/// The highest score that statistics count, so that sums of a million rows fit: ten million.
const MOST: i64 = 10_000_000;

/// A plain decimal of a table in millionths, cut behind the sixth decimal, at most [`MOST`]. Negative
/// ones do not stand in the tables.
pub(super) fn millionths(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() {
        return 0;
    }
    let whole = whole.parse::<i64>().unwrap_or(MOST);
    if !(0..MOST).contains(&whole) {
        return MOST * ONE;
    }
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
    whole * ONE + fraction.parse::<i64>().unwrap_or(0)
}

/// Millionths for a drawing.
pub(super) fn real(millionths: i64) -> f64 {
    millionths as f64 / ONE as f64
}

/// Millionths with two decimals, rounded to the nearest.
pub(super) fn shown(millionths: i64) -> String {
    let hundredths = (millionths.unsigned_abs() + 5_000) / 10_000;
    let sign = if millionths < 0 && hundredths > 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A real number with two decimals.
pub(super) fn shown_real(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

/// The mean of `count` scores, rounded down to a millionth.
pub(super) fn mean(sum: i64, count: i64) -> i64 {
    sum.checked_div(count).unwrap_or(0)
}

/// A sum of scores.
pub(super) fn total(scores: impl Iterator<Item = i64>) -> i64 {
    scores.fold(0, i64::saturating_add)
}

/// `part` of `whole` in percent with one decimal; nothing of nothing is 0.
pub(super) fn percent(part: usize, whole: usize) -> String {
    Ratio::of_counts(part, whole).map_or_else(|| "0.0 %".to_owned(), |ratio| ratio.percent(1))
}

/// A count for a chart.
pub(super) fn count(count: i64, one: &str, several: &str) -> Value {
    Value { number: count as f64, text: format!("{count} {}", if count == 1 { one } else { several }) }
}

/// A reason in at most 200 characters, on one line.
pub(super) fn reason(text: &str) -> String {
    const CHARACTERS: usize = 200;
    let one_line = |letter: char| if letter.is_whitespace() { ' ' } else { visible(letter) };
    let mut brief: String = text.trim().chars().take(CHARACTERS).map(one_line).collect();
    if text.trim().chars().nth(CHARACTERS).is_some() {
        brief.push('…');
    }
    brief
}

/// A figure of the statistics.
pub(super) fn figure(statistics: &Json, path: &str) -> usize {
    let figure = statistics.pointer(path).and_then(Json::as_u64);
    figure.and_then(|figure| usize::try_from(figure).ok()).unwrap_or(0)
}

/// A text of the statistics.
pub(super) fn word<'a>(statistics: &'a Json, path: &str) -> &'a str {
    statistics.pointer(path).and_then(Json::as_str).unwrap_or("")
}

/// At most `most` values that lie as all of them do: every n-th of the sorted ones, the ends among
/// them. A box of a hundred thousand scores need not be drawn from each.
pub(super) fn thinned(mut values: Vec<i64>, most: usize) -> Vec<f64> {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    let kept = values.len().min(most);
    let place = |at: usize| if kept < 2 { 0 } else { at * last / (kept - 1) };
    (0..kept).filter_map(|at| values.get(place(at))).map(|value| real(*value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_as_millionths() {
        for (text, expected) in [
            ("13.7", 13_700_000),
            ("0.3333339", 333_333),
            ("", 0),
            ("5", 5_000_000),
            ("10000000", MOST * ONE),
            ("99999999999999999999999999999999999999", MOST * ONE),
        ] {
            assert_eq!(millionths(text), expected, "{text}");
        }
        assert_eq!(
            (shown(13_704_999), shown(-5_000), shown(-4_999)),
            ("13.70".into(), "-0.01".into(), "0.00".into())
        );
    }

    #[test]
    fn percents_are_exact() {
        assert_eq!(
            (percent(1, 8), percent(2, 3), percent(0, 0)),
            ("12.5 %".into(), "66.7 %".into(), "0.0 %".into())
        );
    }

    #[test]
    fn thinning_keeps_ends_and_middle() {
        let all: Vec<i64> = (0..=1000).map(|value| value * ONE).collect();
        let kept = thinned(all, 101);
        assert_eq!((kept.len(), kept[0], kept[50], kept[100]), (101, 0.0, 500.0, 1000.0));
        assert_eq!(thinned(vec![3 * ONE, ONE], 100), [1.0, 3.0]);
        assert_eq!(thinned(vec![], 100), [0.0; 0]);
    }
}
