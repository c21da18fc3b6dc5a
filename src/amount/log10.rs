//! Decimal logarithms of whole numbers, correctly rounded, without a float.
//!
//! log2 by repeated squaring: with 1 <= m < 2 the next binary digit of log2(m) is 1 when m x m is
//! at least 2, which is then halved. Times log10(2), that is log10.
//!
//! Why the rounding is right: every step rounds down, so `digits_of_log2` gives a lower bound, and
//! the true value lies less than 2 units of its last place above it. Both bounds, times a lower and
//! an upper bound of log10(2), are rounded. Where they agree, that is the rounded logarithm. Where
//! they do not (one value in about eight thousand), the same is done with 440 binary digits in
//! place of 72. They must agree some time: 10^(p/q) is a whole number for whole p/q only, so but for
//! the powers of ten, which are looked at first, no logarithm is rational, none ends, and none is a
//! tie. Bounds that 440 digits leave apart need a logarithm with some 110 digits 0 or 9 in a row
//! behind the 5 that decides: of all 2^256 values one is expected with probability 2^-110. The lower
//! bound would then stand: still the same number on every machine.

use ruint::aliases::{U512, U1024};

use super::Weight;

/// Decimals of the logarithms that [`log10_scaled`] gives.
pub const LOG10_DECIMALS: u8 = 18;

/// floor(log10(2) x 10^18 x 2^424), the least significant 64 bits first.
const LOG10_OF_2: [u64; 8] = [
    0x98ea_46fa_697b_550d,
    0x0ad8_8f56_e469_0164,
    0x8ac1_dcc8_fe62_cfce,
    0x208d_0611_598b_f853,
    0x7e37_d683_b7db_648f,
    0x9207_7f9e_a842_8a88,
    0x49fa_8b36_b797_9ab9,
    0x0000_0004_2d79_2fa6,
];
/// The same times 2^104: the upper limbs.
const LOG10_OF_2_SHORT: Weight = Weight::from_limbs([LOG10_OF_2[5], LOG10_OF_2[6], LOG10_OF_2[7], 0]);
/// The scales of the two: powers of two.
const SCALE_BITS: usize = 424;
const SCALE_BITS_SHORT: usize = 104;
/// Binary digits of log2 behind the point: all that is computed, and what is tried first.
const DIGITS: usize = 440;
const DIGITS_SHORT: usize = 72;

/// log10(`value`) x 10^18, rounded to the nearest whole number, half to even; `None` for zero, which
/// has no logarithm. Exact for powers of ten, correctly rounded for all others.
///
/// log10(1 + v) of a v with d decimals is `log10_scaled`((1 + v) x 10^d) less d x 10^18, exactly.
///
/// ```
/// use meed::amount::{Weight, log10::log10_scaled};
/// let log10 = |value: u64| log10_scaled(Weight::from(value)).unwrap().to_string();
/// assert_eq!(log10(1), "0");
/// assert_eq!(log10(2), "301029995663981195"); // 0.30102999566398119521...
/// assert_eq!(log10(1000), "3000000000000000000");
/// assert_eq!(log10_scaled(Weight::ZERO), None);
/// ```
pub fn log10_scaled(value: Weight) -> Option<Weight> {
    if value.is_zero() {
        return None;
    }
    // 10^k ends in exactly k binary zeros.
    let zeros = Weight::from(value.trailing_zeros());
    if Weight::from(10_u8).checked_pow(zeros) == Some(value) {
        return Some(zeros * Weight::from(10_u64.pow(u32::from(LOG10_DECIMALS))));
    }
    Some(rounded_short(value).unwrap_or_else(|| rounded_long(value)))
}

/// The rounded logarithm where 72 binary digits of log2 decide it.
fn rounded_short(value: Weight) -> Option<Weight> {
    let whole = value.bit_len() - 1;
    let mut digits = whole as u128;
    // The value as 1 <= m < 2 with 127 binary digits; what does not fit is cut off, below 2^-127.
    let mut mantissa: u128 = if whole <= 127 {
        value.wrapping_to::<u128>() << (127 - whole)
    } else {
        (value >> (whole - 127)).wrapping_to()
    };
    for _ in 0..DIGITS_SHORT {
        let (square, below) = square(mantissa);
        let digit = square >> 127;
        mantissa = if digit == 1 { square } else { square << 1 | below };
        digits = digits << 1 | digit;
    }
    // Each cut lowers m by less than 2^-127 of itself, so log2 by less than 2^-126; the cut of step i
    // counts 2^-i, so all of them less than 2^-125, which with what stands behind the last digit is
    // less than 2 in the last place. The product has at most 80 + 163 bits.
    let digits = Weight::from(digits);
    let lower = digits * LOG10_OF_2_SHORT;
    let upper = (digits + Weight::from(2_u8)) * (LOG10_OF_2_SHORT + Weight::from(1_u8));
    let half = Weight::from(1_u8) << (DIGITS_SHORT + SCALE_BITS_SHORT - 1);
    let rounded = |bound: Weight| (bound + half) >> (DIGITS_SHORT + SCALE_BITS_SHORT);
    (rounded(lower) == rounded(upper)).then(|| rounded(lower))
}

/// The upper 128 bits of the square, and the bit below them.
fn square(mantissa: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (high, low) = (mantissa >> 64, mantissa & LOW);
    let cross = high * low;
    let carry = ((low * low) >> 64) + 2 * (cross & LOW); // below 2^66
    (high * high + 2 * (cross >> 64) + (carry >> 64), carry >> 63 & 1)
}

/// The same from 440 binary digits of log2 and a mantissa of 511, where the bounds leave less than
/// 2^-370 open.
fn rounded_long(value: Weight) -> Weight {
    let whole = value.bit_len() - 1;
    let mut digits = U512::from(whole);
    let mut mantissa = U512::from(value) << (511 - whole);
    for _ in 0..DIGITS {
        let square: U1024 = mantissa.widening_mul(mantissa);
        let digit = square.bit(1023);
        let shift: usize = if digit { 512 } else { 511 };
        mantissa = (square >> shift).wrapping_to::<U512>();
        digits = digits << 1 | U512::from(u8::from(digit));
    }
    // At most 448 + 483 bits.
    let lower: U1024 = digits.widening_mul(U512::from_limbs(LOG10_OF_2));
    let half = U1024::from(1_u8) << (DIGITS + SCALE_BITS - 1);
    ((lower + half) >> (DIGITS + SCALE_BITS)).wrapping_to()
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use dashu_float::DBig;

    use super::*;

    /// Fails unless log10 x 10^18 in 90 digits lies within half a unit.
    fn assert_nearest(value: Weight, rounded: Weight) {
        let number = |text: &str| DBig::from_str(text).unwrap().with_precision(90).value();
        let exact = number(&value.to_string()).log10() * number("1e18");
        let distance = exact - number(&rounded.to_string());
        let half = number("0.5");
        assert!(distance < half && distance > -half, "log10({value}) is not {rounded} by {distance}");
    }

    /// Values of all lengths up to `bits`, the same on every run.
    fn values(bits: usize) -> impl Iterator<Item = Weight> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        std::iter::repeat_with(move || {
            let limbs = Weight::from_limbs([next(), next(), next(), next()]);
            let length = usize::try_from(next() >> 32).unwrap() % bits + 1;
            (limbs >> (256 - length)).max(Weight::from(1_u8))
        })
    }

    #[test]
    fn powers_of_ten_are_exact() {
        for exponent in 0..=77_u64 {
            let power = Weight::from(10_u8).pow(Weight::from(exponent));
            let exact = Weight::from(exponent) * Weight::from(10_u64.pow(18));
            assert_eq!(log10_scaled(power), Some(exact));
            for near in [power - Weight::from(1_u8), power + Weight::from(1_u8)] {
                if let Some(rounded) = log10_scaled(near) {
                    assert_nearest(near, rounded);
                }
            }
        }
    }

    #[test]
    fn values_of_all_lengths_are_rounded_to_the_nearest() {
        for value in values(128).take(2_000).chain(values(256).take(300)).chain([Weight::MAX]) {
            assert_nearest(value, log10_scaled(value).unwrap());
        }
    }

    /// `cargo test --lib log10 -- --ignored`; `.ci/run` does it.
    #[test]
    #[ignore = "a minute and a half"]
    fn a_hundred_thousand_values_are_rounded_to_the_nearest() {
        for value in values(128).take(100_000) {
            assert_nearest(value, log10_scaled(value).unwrap());
        }
    }

    #[test]
    fn few_and_many_digits_agree_and_few_are_not_always_enough() {
        let mut undecided = 0;
        for value in values(256).take(40_000) {
            match rounded_short(value) {
                Some(rounded) if value.as_limbs()[0] & 31 == 1 => {
                    assert_eq!(rounded, rounded_long(value), "{value}");
                }
                Some(_) => {}
                None => {
                    undecided += 1;
                    assert_nearest(value, rounded_long(value));
                }
            }
        }
        assert!((1..40).contains(&undecided), "{undecided}");
    }

    #[test]
    fn a_larger_number_never_has_a_smaller_logarithm() {
        let mut values: Vec<Weight> =
            values(40).take(2_000).chain((1..2_000_u16).map(Weight::from)).collect();
        values.sort_unstable();
        assert!(values.iter().map(|value| log10_scaled(*value)).is_sorted());
    }
}
