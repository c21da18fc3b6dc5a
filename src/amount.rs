//! Money: amounts as integers of the token's smallest unit, and the one place where a pool is
//! divided.
//!
//! [`apportion`] is the largest-remainder method: everyone gets the floor of their exact part, and
//! the units that the floors leave go one each to the largest remainders. Which of several equal
//! remainders comes first is decided by a hash that nobody can choose freely ([`Draw`]).
//! Nothing in this file is a float.

mod balance;
mod division;
pub mod log10;

use std::fmt;

use ruint::Uint;
use ruint::aliases::{U256, U512};
use sha2::{Digest, Sha256};

use crate::error::{Error, Place, Shown};
pub use balance::Balance;
pub use division::{Division, Part};

/// A weight of apportionment: non-negative, up to 256 bits.
pub type Weight = U256;

/// An integer of up to 1024 bits, for products of many factors that must stay exact.
pub type Wide = Uint<1024, 16>;

/// An integer of up to 512 bits, for products of weights and amounts that must stay exact.
pub type Product = U512;

/// Most decimals a token may have: 10^36 units still leave 92 token units in 128 bits.
pub const DECIMALS_LIMIT: u8 = 36;

/// An amount of tokens in the token's smallest unit. It cannot be negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u128);

impl Amount {
    /// No tokens at all.
    pub const ZERO: Self = Self(0);

    /// An amount of that many smallest units.
    pub const fn from_units(units: u128) -> Self {
        Self(units)
    }

    /// The amount in smallest units.
    pub const fn units(self) -> u128 {
        self.0
    }

    /// The sum, or `None` above 2^128 - 1 units.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum of all, or `None` above 2^128 - 1 units.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads a plain decimal of token units (`215.39`) exactly.
    ///
    /// `place` and `what` go into the error: not a number, below zero, more decimals than the
    /// token has, above 2^128 - 1 units.
    pub fn parse(text: &str, decimals: u8, place: &Place, what: &str) -> Result<Self, Error> {
        let decimal = Decimal::parse(text, place, what)?;
        let too_large = || Error::NumberTooLarge {
            place: place.clone(),
            what: what.to_owned(),
            value: Shown::from(text),
        };
        let missing = decimals.checked_sub(decimal.scale).ok_or_else(|| Error::TooManyDecimals {
            place: place.clone(),
            what: what.to_owned(),
            value: Shown::from(text),
            decimals,
        })?;
        let factor = power_of_ten(missing).ok_or_else(too_large)?;
        decimal.digits.checked_mul(factor).map(Self).ok_or_else(too_large)
    }

    /// The amount in token units as a plain decimal: exact, no trailing zeros.
    ///
    /// ```
    /// use meed::amount::Amount;
    /// assert_eq!(Amount::from_units(215_390).to_text(3), "215.39");
    /// assert_eq!(Amount::from_units(5).to_text(18), "0.000000000000000005");
    /// ```
    pub fn to_text(self, decimals: u8) -> String {
        let mut text = String::new();
        self.push_text(decimals, &mut text);
        text
    }

    /// The same behind what stands in `text`: tables have tens of millions of amounts.
    pub fn push_text(self, decimals: u8, text: &mut String) {
        use fmt::Write as _;
        let decimals = usize::from(decimals);
        let _ = write!(text, "{:0>width$}", self.0, width = decimals + 1); // writing to a String cannot fail
        text.insert(text.len().saturating_sub(decimals), '.');
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
}

/// An exact non-negative decimal as an input writes it: `digits` / 10^`scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    digits: u128,
    scale: u8,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { digits: 0, scale: 0 };

    /// Reads digits, optionally a point and digits. No exponent, no sign, no thousands mark; at
    /// most 38 significant digits and 36 decimals. `place` and `what` go into the error.
    pub fn parse(text: &str, place: &Place, what: &str) -> Result<Self, Error> {
        let unsigned = text.strip_prefix('-');
        let (whole, fraction) = match unsigned.unwrap_or(text).split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (unsigned.unwrap_or(text), None),
        };
        if let Some(reason) = fault_of_decimal(whole, fraction) {
            return Err(Error::NotANumber {
                place: place.clone(),
                what: what.to_owned(),
                value: Shown::from(text),
                reason: reason.to_owned(),
            });
        }
        if unsigned.is_some() {
            return Err(Error::NumberNegative {
                place: place.clone(),
                what: what.to_owned(),
                value: Shown::from(text),
            });
        }
        let fraction = fraction.unwrap_or("").trim_end_matches('0');
        let too_large = || Error::NumberTooLarge {
            place: place.clone(),
            what: what.to_owned(),
            value: Shown::from(text),
        };
        let scale = u8::try_from(fraction.len())
            .ok()
            .filter(|scale| *scale <= DECIMALS_LIMIT)
            .ok_or_else(too_large)?;
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .try_fold(0_u128, |value, digit| value.checked_mul(10)?.checked_add(u128::from(digit - b'0')))
            .ok_or_else(too_large)?;
        Ok(Self { digits, scale })
    }

    /// How many decimals the number has (trailing zeros do not count).
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Whether the number is zero.
    pub const fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The number times 10^`scale`, an integer; `None` when it has more decimals than `scale` or
    /// `scale` is above 76, the largest power of ten in 256 bits.
    pub fn scaled(self, scale: u8) -> Option<Weight> {
        let missing = scale.checked_sub(self.scale)?;
        let factor = Weight::from(10_u8).checked_pow(Weight::from(missing))?;
        Weight::from(self.digits).checked_mul(factor)
    }

    /// The parts of the fraction `digits / 10^scale`, for exact products.
    pub(crate) const fn fraction(self) -> (u128, u8) {
        (self.digits, self.scale)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!("{:0>width$}", self.digits, width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        formatter.write_str(whole)?;
        if scale > 0 { write!(formatter, ".{fraction}") } else { Ok(()) }
    }
}

/// An integer of 10^-`scale` as a plain decimal: exact, no trailing zeros.
pub fn scaled_text(value: impl fmt::Display, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", value.to_string(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// Why the two sides of the point are not a plain decimal.
fn fault_of_decimal(whole: &str, fraction: Option<&str>) -> Option<&'static str> {
    let digits_only = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let has = |found: &dyn Fn(char) -> bool| whole.chars().chain(fraction.unwrap_or("").chars()).any(found);
    if digits_only(whole) && fraction.is_none_or(digits_only) {
        None
    } else if whole.is_empty() && fraction.is_none() {
        Some("it is empty")
    } else if has(&|character| character == ',') {
        Some("it has a comma")
    } else if whole.starts_with("0x") || whole.starts_with("0X") {
        Some("it is hexadecimal")
    } else if whole.starts_with(|first: char| first.is_ascii_digit())
        && has(&|character| matches!(character, 'e' | 'E'))
    {
        Some("it has an exponent")
    } else {
        Some("only digits and one point are read")
    }
}

/// 10^`exponent` in 128 bits, or `None` above 10^38.
pub fn power_of_ten(exponent: u8) -> Option<u128> {
    10_u128.checked_pow(u32::from(exponent))
}

/// The floor of the product of `numerator` divided by the product of `denominator`, all exact in
/// 512 bits. `None` when a product does not fit, the result is above 2^128 - 1, or the
/// denominator is zero.
pub fn floor_of_fraction(numerator: &[u128], denominator: &[u128]) -> Option<u128> {
    let product = |factors: &[u128]| {
        factors.iter().try_fold(U512::from(1_u8), |product, factor| product.checked_mul(U512::from(*factor)))
    };
    let quotient = product(numerator)?.checked_div(product(denominator)?)?;
    u128::try_from(quotient).ok()
}

/// The lot that orders equal remainders: SHA-256 of `<round>\n<reward>\n<key>` in lower-case hex,
/// ascending. It depends on nothing a single recipient controls but the key, and who grinds
/// keys wins one unit at most.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'a> {
    /// The round's id.
    pub round: &'a str,
    /// The bare name of the pool's reward, never qualified by the allocation.
    pub reward: &'a str,
}

impl Draw<'_> {
    /// The lot of a recipient key. The bytes order as their lower-case hexadecimal text does.
    pub fn lot(&self, key: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [self.round, "\n", self.reward, "\n", key] {
            hasher.update(part.as_bytes());
        }
        hasher.finalize().into()
    }
}

/// What [`apportion`] could not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApportionFault {
    /// The weights sum to more than 256 bits hold; the index is that of the weight that did it.
    SumTooLarge(usize),
}

/// Divides `pool` among `shares` (recipient key and weight) in proportion to the weights.
///
/// Returns one amount a share, in the same order; they sum to the pool exactly. When all weights
/// are zero nobody can get anything: `Ok(None)`, and the pool stays unallocated. Keys must be
/// distinct. The result of a share does not depend on the order of the shares.
///
/// Source: the largest-remainder method, also called Hamilton's, with the [`Draw`] for ties.
///
/// ```
/// use meed::amount::{apportion, Amount, Draw, Weight};
/// let shares = [("a", Weight::from(1)), ("b", Weight::from(1)), ("c", Weight::from(2))];
/// let draw = Draw { round: "round-1", reward: "praise" };
/// // 10 units: exact parts 2.5, 2.5 and 5; one unit is left, and the draw gives it to b.
/// let parts = apportion(Amount::from_units(10), &shares, draw).unwrap().unwrap();
/// assert_eq!(parts.iter().map(|part| part.units()).collect::<Vec<_>>(), [2, 3, 5]);
/// ```
pub fn apportion(
    pool: Amount,
    shares: &[(&str, Weight)],
    draw: Draw<'_>,
) -> Result<Option<Vec<Amount>>, ApportionFault> {
    let weights: Vec<Weight> = shares.iter().map(|(_, weight)| *weight).collect();
    let key_of = |index: usize| shares.get(index).map_or("", |(key, _)| key).to_owned();
    Ok(Division::of(pool, &weights, draw, &key_of)?.map(Division::into_parts))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str, decimals: u8) -> Result<Amount, Error> {
        Amount::parse(text, decimals, &Place::file("test"), "pool")
    }

    #[test]
    fn amounts_read_and_print_exactly() {
        for (text, decimals, units, printed) in [
            ("0", 18, 0, "0"),
            ("1", 0, 1, "1"),
            ("007.50", 2, 750, "7.5"),
            ("0.000000000000000001", 18, 1, "0.000000000000000001"),
            ("1.10000000000000000000000000", 1, 11, "1.1"),
            (
                "340282366920938463463.374607431768211455",
                18,
                u128::MAX,
                "340282366920938463463.374607431768211455",
            ),
        ] {
            let amount = parse(text, decimals).unwrap();
            assert_eq!((amount.units(), amount.to_text(decimals).as_str()), (units, printed));
        }
    }

    #[test]
    fn amounts_refuse_everything_else() {
        for (text, reason) in [
            ("", "it is empty"),
            ("-", "it is empty"),
            ("1,5", "it has a comma"),
            ("1e400", "it has an exponent"),
            ("0x10", "it is hexadecimal"),
            ("NaN", "only digits and one point are read"),
            ("+1", "only digits and one point are read"),
            (" 1", "only digits and one point are read"),
            ("1.", "only digits and one point are read"),
            (".5", "only digits and one point are read"),
            ("1.2.3", "only digits and one point are read"),
            ("١", "only digits and one point are read"),
        ] {
            let Err(Error::NotANumber { reason: found, .. }) = parse(text, 18) else { panic!("{text}") };
            assert_eq!(found, reason, "{text}");
        }
        assert!(matches!(parse("-0", 18), Err(Error::NumberNegative { .. })));
        assert!(matches!(parse("0.001", 2), Err(Error::TooManyDecimals { decimals: 2, .. })));
        assert!(matches!(parse(&"9".repeat(80), 18), Err(Error::NumberTooLarge { .. })));
        assert!(matches!(
            parse("340282366920938463463.374607431768211456", 18),
            Err(Error::NumberTooLarge { .. })
        ));
        assert!(matches!(parse(&format!("0.{}1", "0".repeat(36)), 18), Err(Error::NumberTooLarge { .. })));
    }

    #[test]
    fn weights_may_fill_256_bits_but_their_sum_may_not_overflow() {
        let draw = Draw { round: "r", reward: "w" };
        let huge = Weight::MAX >> 1;
        let parts =
            apportion(Amount::from_units(u128::MAX), &[("a", huge), ("b", huge)], draw).unwrap().unwrap();
        assert_eq!(Amount::sum(parts), Some(Amount::from_units(u128::MAX)));
        let overflow = apportion(Amount::from_units(1), &[("a", Weight::MAX), ("b", Weight::from(1))], draw);
        assert_eq!(overflow, Err(ApportionFault::SumTooLarge(1)));
    }

    #[test]
    fn nobody_to_give_to_leaves_the_pool() {
        let draw = Draw { round: "r", reward: "w" };
        assert_eq!(apportion(Amount::from_units(5), &[], draw), Ok(None));
        assert_eq!(apportion(Amount::from_units(5), &[("a", Weight::ZERO)], draw), Ok(None));
    }

    /// A second way to the same parts: repeatedly give one unit to the best remainder, all hashed.
    fn slow_apportion(pool: u128, weights: &[u128], draw: Draw<'_>) -> Vec<u128> {
        let sum: U512 = weights.iter().map(|weight| U512::from(*weight)).sum();
        let mut order: Vec<(U512, [u8; 32], usize)> = Vec::new();
        let mut parts = Vec::new();
        for (index, weight) in weights.iter().enumerate() {
            let product = U512::from(pool) * U512::from(*weight);
            parts.push(u128::try_from(product / sum).unwrap());
            order.push((sum - product % sum, draw.lot(&format!("key-{index}")), index));
        }
        order.sort();
        let left = pool - parts.iter().sum::<u128>();
        for (_, _, index) in order.into_iter().take(usize::try_from(left).unwrap()) {
            parts[index] += 1;
        }
        parts
    }

    proptest! {
        #[test]
        fn parsing_undoes_printing(units: u128, decimals in 0..=DECIMALS_LIMIT) {
            let text = Amount::from_units(units).to_text(decimals);
            prop_assert!(!text.contains('.') || !text.ends_with('0'));
            let parsed = parse(&text, decimals);
            prop_assert_eq!(parsed, Ok(Amount::from_units(units)));
        }

        #[test]
        fn parts_sum_to_the_pool_and_follow_the_weights(
            pool in prop_oneof![0_u128..100, any::<u128>()],
            weights in prop::collection::vec(prop_oneof![0_u128..4, any::<u128>()], 1..40),
        ) {
            let keys: Vec<String> = (0..weights.len()).map(|index| format!("key-{index}")).collect();
            let shares: Vec<(&str, Weight)> = keys.iter().map(String::as_str).zip(weights.iter().copied().map(Weight::from)).collect();
            let draw = Draw { round: "round-1", reward: "praise" };
            let Some(parts) = apportion(Amount::from_units(pool), &shares, draw).unwrap() else {
                prop_assert!(weights.iter().all(|weight| *weight == 0));
                return Ok(());
            };
            prop_assert_eq!(Amount::sum(parts.iter().copied()), Some(Amount::from_units(pool)));
            for (left, left_part) in weights.iter().zip(&parts) {
                for (right, right_part) in weights.iter().zip(&parts) {
                    prop_assert!(left <= right || left_part >= right_part, "more weight, less money");
                }
                prop_assert!(*left > 0 || left_part.units() == 0, "money without weight");
            }
            let units: Vec<u128> = parts.iter().map(|part| part.units()).collect();
            prop_assert_eq!(&units, &slow_apportion(pool, &weights, draw));
            let mut shuffled = shares.clone();
            shuffled.reverse();
            let mut reversed = apportion(Amount::from_units(pool), &shuffled, draw).unwrap().unwrap();
            reversed.reverse();
            prop_assert_eq!(reversed, parts);
        }
    }
}
