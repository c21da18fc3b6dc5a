//! The real numbers of the table of quantifiers. They change no amount. Only + - * / and the square
//! root, each rounded as IEEE 754 says, in the order of the judged praises: the same everywhere.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // statistics only; counts of rows

/// A real number of the statistics.
pub(super) type Real = f64;

/// Digits behind the point in tables.
const DIGITS: usize = 6;

/// The number that a plain decimal writes.
pub(super) fn real(text: &str) -> Real {
    text.parse().unwrap_or_default()
}

/// The mean, if there is a value.
pub(super) fn mean(values: &[Real]) -> Option<Real> {
    (!values.is_empty()).then(|| values.iter().sum::<Real>() / values.len() as Real)
}

/// The mean of how far the first of each pair lies above the second.
pub(super) fn mean_difference(pairs: &[(Real, Real)]) -> Option<Real> {
    mean(&pairs.iter().map(|(own, others)| own - others).collect::<Vec<_>>())
}

/// Pearson's correlation, where both sides vary.
pub(super) fn correlation(pairs: &[(Real, Real)]) -> Option<Real> {
    let (own, others): (Vec<Real>, Vec<Real>) = pairs.iter().copied().unzip();
    let (own_mean, others_mean) = (mean(&own)?, mean(&others)?);
    let (mut own_square, mut others_square, mut product) = (0.0, 0.0, 0.0);
    for (own, others) in pairs {
        own_square += (own - own_mean) * (own - own_mean);
        others_square += (others - others_mean) * (others - others_mean);
        product += (own - own_mean) * (others - others_mean);
    }
    (own_square > 0.0 && others_square > 0.0).then(|| product / (own_square.sqrt() * others_square.sqrt()))
}

/// The number with a fixed count of digits; empty where there is none.
pub(super) fn text(value: Option<Real>) -> String {
    let text = value.map_or_else(String::new, |value| format!("{value:.DIGITS$}"));
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_need_values_that_vary() {
        assert_eq!(text(correlation(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)])), "1.000000");
        assert_eq!(text(correlation(&[(1.0, 6.0), (2.0, 4.0), (3.0, 2.0)])), "-1.000000");
        assert_eq!(correlation(&[(1.0, 2.0), (1.0, 4.0)]), None);
        assert_eq!((correlation(&[]), mean(&[]), mean_difference(&[])), (None, None, None));
        assert_eq!(mean_difference(&[(3.0, 1.0), (5.0, 8.0)]), Some(-0.5));
    }

    #[test]
    fn no_minus_before_nothing() {
        assert_eq!(
            (text(Some(-0.000_000_1)), text(Some(-0.5)), text(None)),
            ("0.000000".into(), "-0.500000".into(), String::new())
        );
    }
}
