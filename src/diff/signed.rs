//! Amounts with a sign: differences, and the figures of amendments, which may be below zero.

use crate::amount::Amount;
use crate::error::{Error, Place};
use crate::statement::DISTRIBUTION_FILE;

/// An amount above, at or below zero, in the token's smallest unit. Zero has no sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signed {
    is_negative: bool,
    magnitude: Amount,
}

impl Signed {
    /// Nothing.
    pub const ZERO: Self = Self { is_negative: false, magnitude: Amount::ZERO };

    fn new(is_negative: bool, magnitude: Amount) -> Self {
        Self { is_negative: is_negative && magnitude != Amount::ZERO, magnitude }
    }

    /// Reads a plain decimal of token units, with `-` before it below zero. `place` and `what` go into
    /// the error.
    pub fn parse(text: &str, decimals: u8, place: &Place, what: &str) -> Result<Self, Error> {
        let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        Ok(Self::new(is_negative, Amount::parse(digits, decimals, place, what)?))
    }

    /// The amount without its sign.
    pub const fn magnitude(self) -> Amount {
        self.magnitude
    }

    /// The sum, or `None` outside of 128 bits and a sign.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.is_negative == other.is_negative {
            return Some(Self::new(self.is_negative, self.magnitude.checked_add(other.magnitude)?));
        }
        // One of the two is not below the other.
        self.magnitude
            .checked_sub(other.magnitude)
            .map(|rest| Self::new(self.is_negative, rest))
            .or_else(|| Some(Self::new(other.is_negative, other.magnitude.checked_sub(self.magnitude)?)))
    }

    /// The difference, or `None` outside of 128 bits and a sign.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self::new(!other.is_negative, other.magnitude))
    }

    /// The amount in token units: exact, no trailing zeros, `-` below zero.
    pub fn to_text(self, decimals: u8) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}{}", self.magnitude.to_text(decimals))
    }
}

impl From<Amount> for Signed {
    fn from(amount: Amount) -> Self {
        Self::new(false, amount)
    }
}

/// The error for a sum that is too large.
pub(super) fn overflow(what: &str) -> Error {
    Error::Overflow { place: Place::file(DISTRIBUTION_FILE), what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed(value: i64) -> Signed {
        Signed::new(value < 0, Amount::from_units(u128::from(value.unsigned_abs())))
    }

    proptest! {
        #[test]
        fn sums_and_differences_are_those_of_integers(left: i32, right: i32) {
            let (left, right) = (i64::from(left), i64::from(right));
            prop_assert_eq!(signed(left).checked_add(signed(right)), Some(signed(left + right)));
            prop_assert_eq!(signed(left).checked_sub(signed(right)), Some(signed(left - right)));
        }

        #[test]
        fn texts_read_back(value: i64, decimals in 0_u8..=36) {
            let text = signed(value).to_text(decimals);
            prop_assert_eq!(Signed::parse(&text, decimals, &Place::file("test"), "amount").unwrap(), signed(value));
        }
    }

    #[test]
    fn zero_has_no_sign_and_the_ends_are_refused() {
        assert_eq!(Signed::parse("-0", 2, &Place::file("test"), "amount"), Ok(Signed::ZERO));
        let most = Signed::from(Amount::from_units(u128::MAX));
        assert_eq!(most.checked_add(signed(1)), None);
        assert_eq!(most.checked_sub(most), Some(Signed::ZERO));
        assert!(Signed::parse("--1", 2, &Place::file("test"), "amount").is_err());
    }
}
