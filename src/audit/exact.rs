//! Published numbers, exactly. Programs that compute with floating point numbers write up to 20 digits
//! and exponents (`1e-07`); read as decimals they can be compared without any float here.

use crate::amount::{Amount, Wide, power_of_ten, scaled_text};

/// Decimals that are kept. More than any token has, and than a float of a payable amount shows.
const DECIMALS: u8 = 60;
/// Most digits in front of the point.
const WHOLE_DIGITS_LIMIT: usize = 40;
/// Most characters of a number.
const TEXT_LIMIT: usize = 100;

/// A non-negative number of tokens, exact: below 10^40, at most 60 decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(Wide);

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(Wide::ZERO);

    /// An amount of a token with that many decimals, at most 36.
    pub fn of(amount: Amount, decimals: u8) -> Self {
        Self(
            Wide::from(amount.units()).saturating_mul(ten_to(usize::from(DECIMALS.saturating_sub(decimals)))),
        )
    }

    /// Reads a number as programs print floats: digits, a point and digits, an exponent. The error says
    /// why it is not an amount.
    ///
    /// ```
    /// use meed::audit::Exact;
    /// assert_eq!(Exact::parse("1e-07").unwrap().to_text(), "0.0000001");
    /// assert_eq!(Exact::parse("21.105000").unwrap().to_text(), "21.105");
    /// assert!(Exact::parse("1e400").is_err() && Exact::parse("NaN").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const NO_NUMBER: &str = "it is not a decimal number";
        const TOO_LARGE: &str = "it is 10^40 or more, which no token has";
        const TOO_FINE: &str = "it has more than 60 decimals";
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty");
        }
        if text.len() > TEXT_LIMIT {
            return Err("it is longer than 100 characters");
        }
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent).ok_or(NO_NUMBER)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
            return Err(NO_NUMBER);
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        if digits.is_empty() {
            return Ok(Self::ZERO); // `-0.0` too: floats have it
        }
        if is_negative {
            return Err("it is below zero");
        }
        // The number is digits x 10^last: how many zeros follow its last digit, or decimals if negative.
        let zeros = all.len() - all.trim_end_matches('0').len();
        let last = exponent + i64::try_from(zeros).unwrap_or(0) - i64::try_from(fraction.len()).unwrap_or(0);
        let before_point = last + i64::try_from(digits.len()).unwrap_or(0);
        if before_point > i64::try_from(WHOLE_DIGITS_LIMIT).unwrap_or(0) {
            return Err(TOO_LARGE);
        }
        let shift = usize::try_from(i64::from(DECIMALS) + last).map_err(|_| TOO_FINE)?;
        let digits = Wide::from_str_radix(digits, 10).map_err(|_| NO_NUMBER)?;
        digits.checked_mul(ten_to(shift)).map(Self).ok_or(TOO_LARGE)
    }

    /// The number as a plain decimal: exact, no trailing zeros.
    pub fn to_text(self) -> String {
        scaled_text(self.0, DECIMALS)
    }

    /// The sum. Numbers are below 10^40, so that no file has rows enough to fill 1024 bits.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// How far two numbers are apart.
    #[must_use]
    pub fn distance(self, other: Self) -> Self {
        Self(self.0.abs_diff(other.0))
    }

    /// One part in `parts` of the number, rounded down at the last of the 60 decimals.
    #[must_use]
    pub fn part(self, parts: u64) -> Self {
        Self(self.0.checked_div(Wide::from(parts)).unwrap_or_default())
    }

    /// `self` x `share` / `whole`, rounded up at the last of the 60 decimals; zero where `whole` is.
    #[must_use]
    pub fn share_of(self, share: Self, whole: Self) -> Self {
        if whole == Self::ZERO {
            return Self::ZERO;
        }
        // Below 10^100 each: the product is below 10^200, and 1024 bits hold 10^308.
        let product = self.0.saturating_mul(share.0);
        Self(product.div_ceil(whole.0))
    }

    /// How much more (or, with `-`, less) the first number is than the second, as a plain decimal.
    pub fn difference_text(first: Self, second: Self) -> String {
        let sign = match first.cmp(&second) {
            std::cmp::Ordering::Less => "-",
            std::cmp::Ordering::Equal => "",
            std::cmp::Ordering::Greater => "+",
        };
        format!("{sign}{}", first.distance(second).to_text())
    }
}

/// The exponent of a float; those beyond any amount are cut, so that nothing overflows.
fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size: i64 = digits.parse().unwrap_or(i64::MAX).min(1_000_000);
    Some(if text.starts_with('-') { -size } else { size })
}

/// 10^`exponent`, at most 10^200.
fn ten_to(exponent: usize) -> Wide {
    let step = u8::try_from(exponent.min(200)).unwrap_or(200);
    let mut power = Wide::from(1_u8);
    for _ in 0..step / 38 {
        power = power.saturating_mul(Wide::from(power_of_ten(38).unwrap_or(1)));
    }
    power.saturating_mul(Wide::from(power_of_ten(step % 38).unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn floats_as_programs_print_them() {
        for (text, plain) in [
            ("0", "0"),
            ("0.0", "0"),
            ("-0.0", "0"),
            ("215.39624975327328", "215.39624975327328"),
            ("1e-07", "0.0000001"),
            ("1.5E+3", "1500"),
            (" 12.50 ", "12.5"),
            ("0e999999999999999999999", "0"),
            ("100e-2", "1"),
            ("5e-60", "0.000000000000000000000000000000000000000000000000000000000005"),
            ("1e39", "1000000000000000000000000000000000000000"),
        ] {
            assert_eq!(Exact::parse(text).map(Exact::to_text), Ok(plain.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let long = "1".repeat(101);
        for text in [
            "",
            "nan",
            "NaN",
            "inf",
            "-inf",
            "-1",
            "-1e-30",
            "+1",
            "1e",
            "e5",
            "1e5.0",
            "1,5",
            "0x10",
            ".5",
            "1.2.3",
            "1e40",
            "1e400",
            "1e-61",
            "1e-400",
            "1e99999999999999999999",
            "1_000",
            "١",
            "1 2",
            &long,
        ] {
            assert!(Exact::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn amounts_are_the_numbers_that_they_print(units: u128, decimals in 0_u8..=36) {
            let amount = Amount::from_units(units);
            let exact = Exact::of(amount, decimals);
            prop_assert_eq!(Exact::parse(&amount.to_text(decimals)), Ok(exact));
            prop_assert_eq!(exact.to_text(), amount.to_text(decimals));
        }

        #[test]
        fn floats_read_as_what_they_are_nearest_to(float in 1e-40_f64..1e30) {
            // Rust prints the shortest decimal that reads back, as Python does.
            for text in [format!("{float}"), format!("{float:e}")] {
                let exact = Exact::parse(&text).unwrap();
                prop_assert_eq!(exact.to_text().parse::<f64>().unwrap().to_bits(), float.to_bits());
            }
        }
    }
}
