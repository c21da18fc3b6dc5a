//! Scales: where a number stands on an axis, and the numbers that are written beside it.
//!
//! The drawing works in steps of the axis, not in the numbers themselves: places are quotients, labels
//! are integers times a power of ten, so that no binary fraction ever shows.

use super::words::{fixed, trimmed, whole};

/// About how many numbers stand beside an axis.
const TICKS: f64 = 5.0;
/// The powers of ten that a scale may have as its step.
const EXPONENTS: std::ops::RangeInclusive<i32> = -290..=290;

/// An axis with numbers.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// The place of the lower end.
    pub low: f64,
    /// The place of the upper end.
    pub high: f64,
    /// How many places there are from one label to the next.
    pub every: f64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// One place is `mantissa` times `power`, which is ten to the `exponent`.
    Linear { mantissa: i64, exponent: i32, power: f64 },
    /// One place is a power of ten.
    Logarithmic,
}

impl Scale {
    /// A scale from label to label that holds all numbers, and zero if they are not far from it.
    pub fn of(numbers: impl Iterator<Item = f64> + Clone, logarithmic: bool) -> Self {
        if logarithmic {
            return Self::powers(numbers.filter(|number| *number > 0.0));
        }
        let (low, high) = ends(numbers.clone());
        let far = low > 0.0 && low > high * 0.6 || high < 0.0 && high < low * 0.6;
        let (low, high) = if far && low < high { (low, high) } else { (low.min(0.0), high.max(0.0)) };
        let scale = Self::linear(low, high, numbers.clone().all(is_whole));
        Self { low: (scale.low + 1e-9).floor(), high: (scale.high - 1e-9).ceil(), ..scale }
    }

    /// A scale with zero at one end or between.
    pub fn from_zero(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        Self::of(numbers.chain([0.0]), false)
    }

    /// A scale that begins and ends exactly with the first and the last number.
    pub fn exact(numbers: impl Iterator<Item = f64> + Clone, logarithmic: bool) -> Self {
        if logarithmic {
            return Self::powers(numbers.filter(|number| *number > 0.0));
        }
        let (low, high) = ends(numbers.clone());
        Self::linear(low, high, numbers.clone().all(is_whole))
    }

    fn linear(low: f64, high: f64, only_integers: bool) -> Self {
        let span = if high > low { high - low } else { low.abs().max(1.0) };
        let rough = span / TICKS;
        let (mut power, mut exponent) = (1.0, 0);
        while power * 10.0 <= rough && exponent < *EXPONENTS.end() {
            (power, exponent) = (power * 10.0, exponent + 1);
        }
        while power > rough && exponent > *EXPONENTS.start() {
            (power, exponent) = (power / 10.0, exponent - 1);
        }
        let mut mantissa = [1_i32, 2, 5].into_iter().find(|m| f64::from(*m) * power >= rough).unwrap_or(10);
        if only_integers && exponent < 0 {
            (mantissa, power, exponent) = (1, 1.0, 0);
        }
        let mantissa = i64::from(mantissa);
        let mut scale =
            Self { low: 0.0, high: 1.0, every: 1.0, kind: Kind::Linear { mantissa, exponent, power } };
        let (low, high) = (scale.place(low), scale.place(high));
        (scale.low, scale.high) = if high > low { (low, high) } else { (low, low + 1.0) };
        scale
    }

    fn powers(numbers: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(numbers.map(libm::log10));
        let (low, high) = ((low + 1e-9).floor(), (high - 1e-9).ceil());
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, every: ((high - low) / 6.0).ceil().max(1.0), kind: Kind::Logarithmic }
    }

    /// Where a number stands; below all labels where a logarithmic scale cannot show it.
    pub fn place(&self, number: f64) -> f64 {
        match self.kind {
            Kind::Linear { mantissa, power, .. } => number / power / mantissa as f64,
            Kind::Logarithmic if number > 0.0 => libm::log10(number),
            Kind::Logarithmic => self.low,
        }
    }

    /// The places of the labels, from the lower end up.
    pub fn ticks(&self) -> Vec<f64> {
        let mut places = Vec::new();
        let mut place = (self.low / self.every - 1e-9).ceil() * self.every;
        while place <= self.high + 1e-9 && places.len() < 40 {
            places.push(place);
            place += self.every;
        }
        places
    }

    /// The label of a place.
    pub fn label(&self, place: f64) -> String {
        let count = whole(place);
        match self.kind {
            Kind::Linear { mantissa, exponent, .. } => {
                let units = i128::from(count) * i128::from(mantissa);
                let most = i128::from(whole(self.low.abs().max(self.high.abs()))) * i128::from(mantissa);
                decimal(units, exponent, thousands(most, exponent))
            }
            Kind::Logarithmic => {
                let exponent = i32::try_from(count).unwrap_or(0);
                decimal(1, exponent, thousands(1, exponent))
            }
        }
    }
}

/// The least and the largest number; 0 and 1 where there is none.
fn ends(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = numbers.fold(None, |ends: Option<(f64, f64)>, number| match ends {
        Some((low, high)) => Some((low.min(number), high.max(number))),
        None => Some((number, number)),
    });
    ends.unwrap_or((0.0, 1.0))
}

/// Whether a number is an integer.
fn is_whole(number: f64) -> bool {
    number.fract() == 0.0
}

/// How many thousands are taken off the labels of an axis whose largest number is `units` times ten to
/// the `exponent`: none below 100,000.
fn thousands(units: i128, exponent: i32) -> i32 {
    let digits = i32::try_from(units.unsigned_abs().to_string().len()).unwrap_or(1) + exponent;
    if digits > 5 { (digits - 1) / 3 } else { 0 }
}

/// `units` times ten to the `exponent`, in thousands, millions ...
fn decimal(units: i128, exponent: i32, thousands: i32) -> String {
    let suffix = match thousands {
        0 => "",
        1 => "k",
        2 => "M",
        3 => "B",
        4 => "T",
        _ => return if units == 0 { "0".to_owned() } else { format!("{units}e{exponent}") },
    };
    let exponent = exponent - 3 * thousands;
    if units == 0 {
        return "0".to_owned();
    }
    if exponent < -6 {
        return format!("{units}e{exponent}");
    }
    let number = match u32::try_from(exponent) {
        Ok(zeros) => {
            10_i128.checked_pow(zeros).and_then(|power| units.checked_mul(power)).map(|n| fixed(n, 0))
        }
        Err(_) => Some(trimmed(fixed(units, exponent.unsigned_abs()))),
    };
    format!("{}{suffix}", number.unwrap_or_else(|| format!("{units}e{exponent}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(numbers: &[f64], logarithmic: bool) -> Vec<String> {
        let scale = Scale::of(numbers.iter().copied(), logarithmic);
        scale.ticks().iter().map(|place| scale.label(*place)).collect()
    }

    #[test]
    fn labels_are_round_numbers() {
        assert_eq!(labels(&[0.1, 0.2, 0.7], false), ["0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(labels(&[3.0], false), ["0", "1", "2", "3"]);
        assert_eq!(labels(&[9.0, 10.0], false), ["9", "10"]);
        assert_eq!(labels(&[-3.0, 4.0], false), ["-4", "-2", "0", "2", "4"]);
        assert_eq!(labels(&[1_234_567.0], false), ["0", "0.5M", "1M", "1.5M"]);
        assert_eq!(labels(&[], false), ["0", "1"]);
        assert_eq!(labels(&[0.0, 0.0], false), ["0", "1"]);
        assert_eq!(labels(&[4e-17], false), ["0", "1e-17", "2e-17", "3e-17", "4e-17"]);
    }

    #[test]
    fn powers_of_ten_stand_on_logarithmic_axes() {
        assert_eq!(labels(&[0.02, 300.0], true), ["0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(labels(&[1.0], true), ["1", "10"]);
        assert_eq!(labels(&[0.0, -1.0], true), ["1", "10"]);
        assert_eq!(labels(&[1.0, 1e9], true), ["1", "100", "10000", "1M", "100M"]);
    }
}
