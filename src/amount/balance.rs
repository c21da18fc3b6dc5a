//! Amounts that may lie below zero: differences between revisions, and what a person is still owed.

use std::cmp::Ordering;

use super::Amount;
use crate::error::{Error, Place};

/// An amount with a sign, in the token's smallest unit. Zero has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    is_negative: bool,
    size: Amount,
}

impl Balance {
    /// No tokens at all.
    pub const ZERO: Self = Self { is_negative: false, size: Amount::ZERO };

    /// That amount, below zero.
    pub fn minus(amount: Amount) -> Self {
        Self { is_negative: amount != Amount::ZERO, size: amount }
    }

    /// What is more in `after` than in `before`.
    pub fn between(before: Amount, after: Amount) -> Self {
        match after.checked_sub(before) {
            Some(more) => more.into(),
            None => Self::minus(before.checked_sub(after).unwrap_or_default()),
        }
    }

    /// Whether it lies below zero.
    pub const fn is_negative(self) -> bool {
        self.is_negative
    }

    /// How far it lies from zero.
    pub const fn size(self) -> Amount {
        self.size
    }

    /// The balance as an amount, or `None` below zero.
    pub fn amount(self) -> Option<Amount> {
        (!self.is_negative).then_some(self.size)
    }

    /// The same with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { is_negative: !self.is_negative && self.size != Amount::ZERO, size: self.size }
    }

    /// The sum, or `None` beyond 2^128 - 1 units.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.is_negative == other.is_negative {
            let size = self.size.checked_add(other.size)?;
            return Some(Self { is_negative: self.is_negative, size });
        }
        let (below, above) = if self.is_negative { (self, other) } else { (other, self) };
        Some(Self::between(below.size, above.size))
    }

    /// The difference, or `None` beyond 2^128 - 1 units.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    /// The sum of all, or `None` beyond 2^128 - 1 units on the way.
    pub fn sum(balances: impl IntoIterator<Item = Self>) -> Option<Self> {
        balances.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads a plain decimal of token units exactly; one `-` may stand before it. Errors as those of
    /// [`Amount::parse`], and for `-0`, which nothing writes.
    pub fn parse(text: &str, decimals: u8, place: &Place, what: &str) -> Result<Self, Error> {
        let Some(below) = text.strip_prefix('-') else {
            return Amount::parse(text, decimals, place, what).map(Self::from);
        };
        match Amount::parse(below, decimals, place, what) {
            Ok(size) if size != Amount::ZERO => Ok(Self::minus(size)),
            // The text as it stands is no amount, whatever follows the sign.
            Ok(_) => Amount::parse(text, decimals, place, what).map(Self::from),
            Err(error) => Err(error),
        }
    }

    /// The balance in token units as a plain decimal: exact, no trailing zeros.
    ///
    /// ```
    /// use meed::amount::{Amount, Balance};
    /// assert_eq!(Balance::minus(Amount::from_units(215_390)).to_text(3), "-215.39");
    /// assert_eq!(Balance::minus(Amount::ZERO).to_text(3), "0");
    /// ```
    pub fn to_text(self, decimals: u8) -> String {
        let mut text = if self.is_negative { "-".to_owned() } else { String::new() };
        self.size.push_text(decimals, &mut text);
        text
    }
}

impl From<Amount> for Balance {
    fn from(size: Amount) -> Self {
        Self { is_negative: false, size }
    }
}

impl PartialOrd for Balance {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Balance {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size.cmp(&other.size),
            (true, true) => other.size.cmp(&self.size),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn balance(units: i128) -> Balance {
        let size = Amount::from_units(units.unsigned_abs());
        if units < 0 { Balance::minus(size) } else { size.into() }
    }

    proptest! {
        #[test]
        fn it_adds_and_orders_as_integers_do(left: i64, right: i64) {
            let (left, right) = (i128::from(left), i128::from(right));
            prop_assert_eq!(balance(left).checked_add(balance(right)), Some(balance(left + right)));
            prop_assert_eq!(balance(left).checked_sub(balance(right)), Some(balance(left - right)));
            prop_assert_eq!(balance(left).cmp(&balance(right)), left.cmp(&right));
        }

        #[test]
        fn it_reads_back(units: i128, decimals in 0_u8..=36) {
            let place = Place::file("test");
            let text = balance(units).to_text(decimals);
            prop_assert_eq!(Balance::parse(&text, decimals, &place, "amount"), Ok(balance(units)));
        }
    }

    #[test]
    fn only_plain_decimals_are_read() {
        for text in ["-0", "-", "--1", "+1", "-1e3", "-0.0", "- 1", "1-"] {
            assert!(Balance::parse(text, 2, &Place::file("test"), "amount").is_err(), "{text}");
        }
        let most = Balance::from(Amount::from_units(u128::MAX));
        assert_eq!(most.checked_add(balance(1)), None);
        assert_eq!(most.negated().checked_sub(balance(1)), None);
        assert_eq!(most.checked_add(most.negated()), Some(Balance::ZERO));
    }
}
