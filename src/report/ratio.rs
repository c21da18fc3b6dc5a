//! Ratios of integers: exact until they are shown, then rounded once.

use super::text;
use crate::amount::{Amount, Weight, power_of_ten};

/// Most digits behind the point that are shown.
const DIGITS_MOST: u8 = 12;

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// Below 2^200, so that it can be scaled.
    part: Weight,
    /// Above zero.
    whole: Weight,
}

impl Ratio {
    /// `part` of `whole`; `None` where there is no whole, or the part is too large to be scaled.
    pub fn of(part: Weight, whole: Weight) -> Option<Self> {
        (!whole.is_zero() && part.bit_len() <= 200).then_some(Self { part, whole })
    }

    /// The same for numbers of things.
    pub fn of_counts(part: usize, whole: usize) -> Option<Self> {
        Self::of(Weight::from(part), Weight::from(whole))
    }

    /// The same for amounts.
    pub fn of_amounts(part: Amount, whole: Amount) -> Option<Self> {
        Self::of(Weight::from(part.units()), Weight::from(whole.units()))
    }

    /// With `digits` behind the point, rounded to the nearest, halves up: `0.6734`.
    pub fn text(&self, digits: u8) -> String {
        spelled(self.scaled(digits, 0), digits)
    }

    /// In percent with `digits` behind the point: `47.1 %`.
    pub fn percent(&self, digits: u8) -> String {
        format!("{} %", spelled(self.scaled(digits, 2), digits))
    }

    /// In percent without digits where it is a whole number, else with one: `90 %`, `46.5 %`. What is not
    /// zero and would show as zero reads `<0.1 %`.
    pub fn short_percent(&self) -> String {
        let tenths = self.percent(1);
        if tenths == "0.0 %" && !self.part.is_zero() {
            return "<0.1 %".to_owned();
        }
        tenths.strip_suffix(".0 %").map_or_else(|| tenths.clone(), |whole| format!("{whole} %"))
    }

    /// For drawings only.
    pub fn number(&self) -> f64 {
        let billionths = u128::try_from(self.scaled(9, 0)).unwrap_or(u128::MAX);
        billionths as f64 / 1e9
    }

    /// The ratio in units of 10^-(`digits` + `further`), rounded.
    fn scaled(&self, digits: u8, further: u8) -> Weight {
        let factor = power_of_ten(digits.min(DIGITS_MOST) + further).unwrap_or(1);
        let scaled = self.part * Weight::from(factor);
        let (quotient, remainder) = scaled.div_rem(self.whole);
        // The whole may be as large as the type: the remainder is not doubled.
        let is_up = remainder >= self.whole - remainder;
        quotient + Weight::from(u8::from(is_up))
    }
}

/// `value` units of the last of `digits` digits.
fn spelled(value: Weight, digits: u8) -> String {
    text::fixed(value, usize::from(digits.min(DIGITS_MOST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_rounded_once() {
        let ratio = |part: usize, whole: usize| Ratio::of_counts(part, whole).unwrap();
        assert_eq!(ratio(1, 3).text(4), "0.3333");
        assert_eq!(ratio(2, 3).text(4), "0.6667");
        assert_eq!(ratio(1, 8).text(2), "0.13");
        assert_eq!(ratio(5, 2).text(0), "3");
        assert_eq!(ratio(0, 7).text(2), "0.00");
        assert_eq!(ratio(1, 1).percent(1), "100.0 %");
        assert_eq!(ratio(9, 10).short_percent(), "90 %");
        assert_eq!(ratio(465, 1000).short_percent(), "46.5 %");
        assert_eq!(
            (ratio(1, 9_999).short_percent(), ratio(0, 9).short_percent()),
            ("<0.1 %".into(), "0 %".into())
        );
        // Rounding to six digits first would give 0.6735.
        assert_eq!(ratio(67_344_999, 100_000_000).text(4), "0.6734");
        assert!(Ratio::of_counts(1, 0).is_none());
        let largest = Ratio::of(Weight::from(1), Weight::MAX).unwrap();
        assert_eq!(largest.text(12), "0.000000000000");
        let most = Amount::from_units(u128::MAX);
        assert_eq!(Ratio::of_amounts(most, most).unwrap().text(12), "1.000000000000");
    }
}
