//! The real numbers of methods' statistics. They change no amount. Only + - * / and the square root, each
//! rounded as IEEE 754 says, in an order that the rows' order does not change: the same everywhere.
#![allow(clippy::float_arithmetic)] // statistics only

/// A real number of the statistics.
pub(super) type Real = f64;

/// A count or a sum of counts as a real number.
#[allow(clippy::cast_precision_loss)] // counts of rows and sums of ranks are far below 2^53
pub(super) fn real(count: u64) -> Real {
    count as Real
}

/// The number that a plain decimal of ours writes.
pub(super) fn parsed(decimal: &str) -> Real {
    decimal.parse().unwrap_or_default()
}

/// One number divided by another.
pub(super) fn ratio(part: u64, whole: u64) -> Option<Real> {
    (whole > 0).then(|| real(part) / real(whole))
}

/// The mean, if there is a value.
pub(super) fn mean(values: &[Real]) -> Option<Real> {
    (!values.is_empty()).then(|| values.iter().sum::<Real>() / real(values.len() as u64))
}

/// The mean of how far the first of each pair lies above the second.
pub(super) fn mean_difference(pairs: &[(Real, Real)]) -> Option<Real> {
    mean(&pairs.iter().map(|(first, second)| first - second).collect::<Vec<_>>())
}

/// The sample standard deviation, if there are two values.
pub(super) fn deviation(values: &[Real]) -> Option<Real> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares: Real = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((squares / real(values.len() as u64 - 1)).sqrt())
}

/// The standard deviation of all values together, from count, mean and deviation of each group:
/// sqrt((sum (n - 1) s^2 + sum n (m - mean of m)^2) / (sum n - 1)). A missing s counts nothing.
pub(super) fn combined_deviation(groups: &[(u64, Real, Option<Real>)]) -> Option<Real> {
    let means: Vec<Real> = groups.iter().map(|(_, mean, _)| *mean).collect();
    let middle = mean(&means)?;
    let count: u64 = groups.iter().map(|(count, _, _)| count).sum();
    let within: Real = groups
        .iter()
        .filter_map(|(count, _, deviation)| deviation.map(|s| real(count.saturating_sub(1)) * (s * s)))
        .sum();
    let between: Real =
        groups.iter().map(|(count, mean, _)| real(*count) * ((mean - middle) * (mean - middle))).sum();
    (count > 1).then(|| ((within + between) / real(count - 1)).sqrt())
}

/// How one column of numbers follows another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Trend {
    /// Pearson's correlation, where both columns vary.
    pub(super) correlation: Option<Real>,
    /// Slope of the least-squares line, where the first column varies.
    pub(super) slope: Option<Real>,
    /// Where that line meets zero of the first column.
    pub(super) intercept: Option<Real>,
}

/// The trend of points.
pub(super) fn trend(points: &[(Real, Real)]) -> Trend {
    let (across, up): (Vec<Real>, Vec<Real>) = points.iter().copied().unzip();
    let (Some(middle), Some(height)) = (mean(&across), mean(&up)) else { return Trend::default() };
    let (mut square_across, mut square_up, mut product) = (0.0, 0.0, 0.0);
    for (x, y) in points {
        square_across += (x - middle) * (x - middle);
        square_up += (y - height) * (y - height);
        product += (x - middle) * (y - height);
    }
    let slope = (square_across > 0.0).then(|| product / square_across);
    let both = square_across > 0.0 && square_up > 0.0;
    let correlation = both.then(|| product / (square_across.sqrt() * square_up.sqrt()));
    Trend { correlation, slope, intercept: slope.map(|slope| height - slope * middle) }
}

/// The number with that many digits behind the point; empty where there is none.
pub(super) fn text(value: Option<Real>, digits: usize) -> String {
    let text = value.map_or_else(String::new, |value| format!("{value:.digits$}"));
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_deviations() {
        assert_eq!((mean(&[]), deviation(&[]), deviation(&[4.0])), (None, None, None));
        assert_eq!((mean(&[1.0, 2.0, 6.0]), deviation(&[2.0, 4.0, 6.0])), (Some(3.0), Some(2.0)));
        // Values 2, 4, 6 in one group and 3, 5, 7 in another: 8 + 8 within, 1.5 between, 5 degrees.
        let combined = combined_deviation(&[(3, 4.0, Some(2.0)), (3, 5.0, Some(2.0))]).unwrap();
        assert_eq!(text(Some(combined * combined), 15), "3.500000000000000");
        // Single values have no deviation of their own, but one from one another.
        assert_eq!(
            combined_deviation(&[(1, 4.0, None), (1, 6.0, None)]).map(|s| text(Some(s * s), 3)),
            Some(text(Some(2.0), 3))
        );
        assert_eq!(combined_deviation(&[(1, 4.0, None)]), None);
    }

    #[test]
    fn trends_need_points_that_vary() {
        let found = trend(&[(1.0, 3.0), (2.0, 5.0), (3.0, 7.0)]);
        assert_eq!(text(found.correlation, 15), "1.000000000000000");
        assert_eq!((found.slope, found.intercept), (Some(2.0), Some(1.0)));
        let level = trend(&[(1.0, 3.0), (2.0, 3.0)]);
        assert_eq!((level.correlation, level.slope, level.intercept), (None, Some(0.0), Some(3.0)));
        assert_eq!((trend(&[]), trend(&[(1.0, 3.0)]).slope), (Trend::default(), None));
    }

    #[test]
    fn differences_have_a_mean() {
        assert_eq!(mean_difference(&[(3.0, 1.0), (5.0, 8.0)]), Some(-0.5));
        assert_eq!((mean_difference(&[]), parsed("14.5")), (None, 14.5));
    }

    #[test]
    fn no_minus_before_nothing() {
        assert_eq!(text(Some(-0.0), 15), "0.000000000000000");
        assert_eq!(text(Some(-1e-20), 6), "0.000000");
        assert_eq!(text(Some(-0.5), 6), "-0.500000");
        assert_eq!(text(None, 6), "");
    }
}
