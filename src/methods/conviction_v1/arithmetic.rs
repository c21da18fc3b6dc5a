//! The arithmetic of conviction: how it charges up, what it has to pass, how far it can get.
//!
//! Everything is an integer. Stakes, funds and conviction are in the token's smallest unit, at most
//! 2^128 - 1; `alpha`, `beta` and `rho` are integers of 10^-18, below 2^60. A threshold is held as an
//! exact fraction. Its largest products are
//!
//! * rho x supply x funds^2 x 10^36: 60 + 128 + 256 + 120 = 564 bits, and 60 more when it is printed;
//! * conviction x (1 - alpha) x (beta x funds - requested)^2: 128 + 60 + 2 x 188 = 564 bits, and 120
//!   instead of the 128 when it is printed,
//!
//! so that 1024 bits never overflow.

use crate::amount::{Decimal, Wide, scaled_text};

/// The number one, as `alpha`, `beta` and `rho` write it.
pub const ONE: u64 = 1_000_000_000_000_000_000;
/// Decimals of `alpha`, `beta`, `rho`, and of thresholds as text.
pub const DECIMALS: u8 = 18;
/// Bits behind the point of powers and roots.
const FRACTION_BITS: usize = 256;
/// Bits of an exponent that are looked at: what is left out changes a power of two by less than 2^-160.
const EXPONENT_BITS: usize = 160;
/// Bits of a logarithm.
const LOGARITHM_BITS: usize = 200;
/// Steps beyond which nobody waits: 2^40.
const STEPS_LIMIT: u64 = 1 << 40;

/// What is left of conviction after a step: 0 <= alpha < 1, an integer of 10^-18.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alpha(u64);

impl Alpha {
    /// From an integer of 10^-18; `None` from 1 on.
    pub const fn new(units: u64) -> Option<Self> {
        if units < ONE { Some(Self(units)) } else { None }
    }

    /// 2^(-1 / half-life), rounded half to even at 18 decimals; `None` for a half-life of 0, and for
    /// one so long (about 1.4 x 10^18 steps) that alpha rounds to 1.
    ///
    /// 1 / half-life is an integer and a binary fraction; the power is the product of the square roots
    /// of roots of 1/2 at the fraction's ones. The error is below 2^-150, and half a unit of 10^-18 is
    /// never hit: a power of two with a whole exponent is exact and no tie, all others are irrational.
    ///
    /// ```
    /// use meed::{amount::Decimal, error::Place, methods::conviction_v1::arithmetic::Alpha};
    /// let half_life = Decimal::parse("3", &Place::file("doc"), "half_life").unwrap();
    /// assert_eq!(Alpha::of_half_life(half_life).unwrap().units(), 793_700_525_984_099_737);
    /// ```
    pub fn of_half_life(half_life: Decimal) -> Option<Self> {
        let (digits, scale) = half_life.fraction();
        if digits == 0 {
            return None;
        }
        let divisor = Wide::from(digits);
        let (whole, mut rest) = Wide::from(10_u128.checked_pow(u32::from(scale))?).div_rem(divisor);
        // From 2^-61 on all powers round to zero.
        let whole = usize::try_from(whole).unwrap_or(usize::MAX).min(64);
        let (mut power, mut root) = (Wide::ONE << FRACTION_BITS, Wide::ONE << (FRACTION_BITS - 1));
        for _ in 0..EXPONENT_BITS {
            root = floor_sqrt(root << FRACTION_BITS);
            rest <<= 1;
            if rest >= divisor {
                rest -= divisor;
                power = (power * root) >> FRACTION_BITS;
            }
        }
        let units = rounded(power * Wide::from(ONE), Wide::ONE << (FRACTION_BITS + whole));
        Self::new(u64::try_from(units).ok()?)
    }

    /// The integer of 10^-18.
    pub const fn units(self) -> u64 {
        self.0
    }

    /// 1 - alpha, never zero.
    fn rest(self) -> Wide {
        Wide::from(ONE - self.0)
    }

    /// The steps after which half of the conviction is left, as an integer of 10^-18, rounded half to
    /// even: -1 / log2(alpha), the logarithm to 200 bits. `None` for alpha 0.
    pub fn half_life(self) -> Option<u128> {
        if self.0 == 0 {
            return None;
        }
        let one = Wide::ONE << FRACTION_BITS;
        let mut mantissa = (Wide::from(self.0) << FRACTION_BITS) / Wide::from(ONE);
        let mut exponent = 0_usize;
        while mantissa < one {
            mantissa <<= 1;
            exponent += 1;
        }
        let mut logarithm = Wide::ZERO;
        for _ in 0..LOGARITHM_BITS {
            mantissa = (mantissa * mantissa) >> FRACTION_BITS;
            logarithm <<= 1;
            if mantissa >= one << 1 {
                mantissa >>= 1;
                logarithm += Wide::ONE;
            }
        }
        let negative = (Wide::from(exponent) << LOGARITHM_BITS) - logarithm;
        u128::try_from(rounded(Wide::from(ONE) << LOGARITHM_BITS, negative)).ok()
    }

    /// The conviction one step later: floor(alpha x conviction) + stake. `None` above 2^128 - 1 units.
    ///
    /// ```
    /// use meed::methods::conviction_v1::arithmetic::Alpha;
    /// let alpha = Alpha::new(900_000_000_000_000_000).unwrap();
    /// assert_eq!(alpha.next(1900, 1000), Some(2710));
    /// assert_eq!(alpha.next(19, 0), Some(17)); // 17.1 rounded down
    /// ```
    pub fn next(self, conviction: u128, stake: u128) -> Option<u128> {
        let decayed = Wide::from(conviction) * Wide::from(self.0) / Wide::from(ONE);
        u128::try_from(decayed).ok()?.checked_add(stake)
    }

    /// The conviction after so many steps with the same stake, by the closed form alpha^k y +
    /// x (1 - alpha^k) / (1 - alpha), rounded down once: what [`Alpha::next`] gives, but for what its
    /// roundings lose. The power is wrong by less than k x 2^-255.
    pub fn after(self, conviction: u128, stake: u128, steps: u64) -> Option<u128> {
        let one = Wide::ONE << FRACTION_BITS;
        let power = self.power(steps);
        let grown = (one - power) * Wide::from(stake) * Wide::from(ONE) / self.rest();
        u128::try_from((power * Wide::from(conviction) + grown) >> FRACTION_BITS).ok()
    }

    /// alpha^steps with 256 bits behind the point.
    fn power(self, mut steps: u64) -> Wide {
        let mut square = (Wide::from(self.0) << FRACTION_BITS) / Wide::from(ONE);
        let mut power = Wide::ONE << FRACTION_BITS;
        while steps > 0 {
            if !steps.is_multiple_of(2) {
                power = (power * square) >> FRACTION_BITS;
            }
            square = (square * square) >> FRACTION_BITS;
            steps /= 2;
        }
        power
    }

    /// The conviction that a stake comes near to and never passes: floor(stake / (1 - alpha)). `None`
    /// above 2^128 - 1 units.
    pub fn maximum(self, stake: u128) -> Option<u128> {
        u128::try_from(Wide::from(stake) * Wide::from(ONE) / self.rest()).ok()
    }

    /// The smallest number of steps, at least 1, after which conviction under an unchanged stake is
    /// above `threshold` units, by the closed form. `None`: never, or not within 2^40 steps.
    pub fn steps_to_pass(self, conviction: u128, stake: u128, threshold: u128) -> Option<u64> {
        let passes = |steps| self.after(conviction, stake, steps).is_none_or(|reached| reached > threshold);
        if passes(1) {
            return Some(1);
        }
        // Conviction moves towards stake / (1 - alpha) from one side: below the threshold now, it
        // passes it only on the way up.
        if Wide::from(stake) * Wide::from(ONE) <= Wide::from(threshold) * self.rest() {
            return None;
        }
        let (mut below, mut above) = (1, 2);
        while !passes(above) {
            (below, above) = (above, above.checked_mul(2).filter(|steps| *steps <= STEPS_LIMIT)?);
        }
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if passes(middle) { above = middle } else { below = middle }
        }
        Some(above)
    }
}

/// The rule by which conviction is measured against what a proposal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// What is left of conviction after a step.
    pub alpha: Alpha,
    /// The share of the funds that no proposal reaches, 0 < beta <= 1, in 10^-18.
    pub beta: u64,
    /// The weight of the threshold, 0 < rho <= 1, in 10^-18.
    pub rho: u64,
    /// Whether the threshold is divided by 1 - alpha.
    pub normalised: bool,
}

impl Trigger {
    /// The threshold for `requested` out of `funds`: rho x supply / (beta - requested / funds)^2, where
    /// normalised divided by 1 - alpha. `None`, infinite: the share is beta or more, or nothing is there.
    ///
    /// ```
    /// use meed::methods::conviction_v1::arithmetic::{Alpha, Trigger};
    /// let alpha = Alpha::new(500_000_000_000_000_000).unwrap();
    /// let (beta, rho) = (200_000_000_000_000_000, 2_500_000_000_000_000);
    /// let trigger = Trigger { alpha, beta, rho, normalised: true };
    /// assert_eq!(trigger.threshold(100, 1000, 10_000).unwrap().floor(), Some(5000));
    /// assert!(trigger.threshold(200, 1000, 10_000).is_none());
    /// ```
    pub fn threshold(&self, requested: u128, funds: u128, supply: u128) -> Option<Threshold> {
        let (one, funds) = (Wide::from(ONE), Wide::from(funds));
        let distance = (Wide::from(self.beta) * funds).checked_sub(one * Wide::from(requested))?;
        if distance.is_zero() {
            return None;
        }
        let scaled = Wide::from(self.rho) * Wide::from(supply) * funds * funds * one;
        Some(if self.normalised {
            Threshold { numerator: scaled * one, denominator: self.alpha.rest() * distance * distance }
        } else {
            Threshold { numerator: scaled, denominator: distance * distance }
        })
    }

    /// The largest request that could ever pass if the whole supply stood behind it for ever:
    /// (beta - sqrt(rho)) x funds, for the plain threshold (beta - sqrt(rho (1 - alpha))) x funds,
    /// rounded down; zero where that is below zero.
    pub fn largest_request(&self, funds: u128) -> u128 {
        let one = Wide::from(ONE);
        let factor = if self.normalised { one } else { self.alpha.rest() };
        let square = Wide::from(funds) * Wide::from(funds) * Wide::from(self.rho) * factor;
        let floor = floor_sqrt(square);
        let root = if floor * floor == square { floor } else { floor + Wide::ONE };
        let largest = (Wide::from(funds) * Wide::from(self.beta)).checked_sub(root).unwrap_or_default() / one;
        u128::try_from(largest).unwrap_or(u128::MAX) // at most the funds
    }
}

/// A threshold, exact: units of the token as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    numerator: Wide,
    denominator: Wide,
}

impl Threshold {
    /// Whether the conviction is above the threshold, strictly.
    pub fn is_passed_by(&self, conviction: u128) -> bool {
        Wide::from(conviction) * self.denominator > self.numerator
    }

    /// The threshold in whole units, rounded down. An integer above this is above the threshold.
    /// `None` above 2^128 - 1.
    pub fn floor(&self) -> Option<u128> {
        u128::try_from(self.numerator / self.denominator).ok()
    }

    /// The threshold in units of a token of so many decimals, rounded half to even at 18 decimals,
    /// without trailing zeros.
    pub fn to_text(&self, token_decimals: u8) -> String {
        let token = Wide::from(10_u8).pow(Wide::from(token_decimals));
        scaled_text(rounded(self.numerator * Wide::from(ONE), self.denominator * token), DECIMALS)
    }

    /// The conviction as a part of the threshold, rounded half to even at 6 decimals; `None` for a
    /// threshold of zero.
    pub fn share_text(&self, conviction: u128) -> Option<String> {
        if self.numerator.is_zero() {
            return None;
        }
        let millions = Wide::from(conviction) * self.denominator * Wide::from(1_000_000);
        Some(scaled_text(rounded(millions, self.numerator), 6))
    }
}

/// The quotient, rounded half to even. The denominator is not zero.
fn rounded(numerator: Wide, denominator: Wide) -> Wide {
    let (floor, rest): (Wide, Wide) = numerator.div_rem(denominator);
    let up = match rest.wrapping_shl(1).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => floor.bit(0),
        std::cmp::Ordering::Greater => true,
    };
    if up { floor + Wide::ONE } else { floor }
}

/// The square root, rounded down, by Newton's iteration from above.
fn floor_sqrt(value: Wide) -> Wide {
    if value.is_zero() {
        return value;
    }
    let mut root = Wide::ONE << value.bit_len().div_ceil(2);
    loop {
        let next = (root + value / root) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Place;

    fn half_life(text: &str) -> Option<u64> {
        Alpha::of_half_life(Decimal::parse(text, &Place::file("test"), "half_life").unwrap())
            .map(Alpha::units)
    }

    #[test]
    fn half_lives_at_the_edges() {
        assert_eq!(half_life("0"), None);
        assert_eq!(half_life("0.000000000000000000000000000000000001"), Some(0));
        assert_eq!(half_life("0.05"), Some(953_674_316_406)); // 2^-20 = 0.00000095367431640625
        assert_eq!(half_life("0.016"), Some(0)); // 2^-62.5
        assert_eq!(half_life("1000000000000000000"), Some(ONE - 1));
        assert_eq!(half_life("1500000000000000000"), None);
        assert_eq!(half_life("99999999999999999999999999999999999999"), None);
        assert_eq!(Alpha::new(0).unwrap().half_life(), None);
        assert_eq!(
            Alpha::new(ONE - 1).unwrap().half_life(),
            Some(693_147_180_559_945_309_070_658_531_178_203_913)
        );
        assert_eq!(Alpha::new(ONE), None);
    }

    #[test]
    fn the_largest_numbers_do_not_wrap() {
        let alpha = Alpha::new(0).unwrap();
        let trigger = Trigger { alpha, beta: ONE, rho: ONE, normalised: true };
        let most = u128::MAX;
        let threshold = trigger.threshold(most - 1, most, most).unwrap();
        assert!(threshold.numerator.bit_len() <= 564 && threshold.denominator.bit_len() <= 436);
        assert!(!threshold.is_passed_by(most) && threshold.floor().is_none());
        // rho S F^2 / (F - r)^2 = (2^128 - 1)^3 units.
        let cube = Wide::from(most) * Wide::from(most) * Wide::from(most);
        assert_eq!(threshold.to_text(18), scaled_text(cube, 18));
        assert_eq!(threshold.to_text(0), cube.to_string());
        assert_eq!(threshold.share_text(most).unwrap(), "0");
        assert_eq!(trigger.largest_request(most), 0);
        assert!(trigger.threshold(0, most, most).unwrap().to_text(36).contains('.'));
        let slowest = Alpha::new(ONE - 1).unwrap();
        assert_eq!(slowest.next(most, 0), Some(most - most / u128::from(ONE) - 1));
        assert_eq!(
            (slowest.next(most, most), slowest.maximum(most), slowest.after(most, most, 9)),
            (None, None, None)
        );
        assert_eq!(slowest.steps_to_pass(0, 1, u128::from(ONE) - 1), None);
        assert_eq!(slowest.steps_to_pass(0, most, most), Some(2));
    }

    #[test]
    fn rounding_is_half_to_even() {
        let rounded =
            |numerator: u8, denominator: u8| rounded(Wide::from(numerator), Wide::from(denominator));
        assert_eq!([1, 2, 3, 5, 6, 7].map(|n| rounded(n, 4)), [0, 0, 1, 1, 2, 2].map(|n: u8| Wide::from(n)));
    }

    proptest! {
        #[test]
        fn the_closed_form_is_the_recursion(
            alpha in 0..ONE, conviction in 0..u128::pow(10, 30), stake in 0..u128::pow(10, 20), steps in 0_u64..50,
        ) {
            let alpha = Alpha::new(alpha).unwrap();
            let walked = (0..steps).fold(conviction, |conviction, _| alpha.next(conviction, stake).unwrap());
            let jumped = alpha.after(conviction, stake, steps).unwrap();
            // Each step rounds down by less than one unit.
            prop_assert!(walked <= jumped && jumped - walked <= u128::from(steps), "{walked} {jumped}");
        }

        #[test]
        fn the_first_step_that_passes_is_found(
            alpha in 0..ONE, conviction in 0_u128..1_000_000, stake in 0_u128..1_000_000, threshold in 0_u128..20_000_000,
        ) {
            let alpha = Alpha::new(alpha).unwrap();
            let passes = |steps| alpha.after(conviction, stake, steps).unwrap() > threshold;
            match alpha.steps_to_pass(conviction, stake, threshold) {
                Some(steps) => prop_assert!(passes(steps) && (steps == 1 || !passes(steps - 1))),
                None => prop_assert!(!passes(1) && !passes(2) && !passes(STEPS_LIMIT)),
            }
        }

        #[test]
        fn a_half_life_and_its_alpha_fit(units in 1..ONE) {
            // At 18 decimals of the half-life, alpha comes back but for what its own last digit hides.
            let found = Alpha::new(units).unwrap().half_life().unwrap();
            let text = scaled_text(Wide::from(found), 18);
            let back = half_life(&text).unwrap();
            let apart = back.abs_diff(units);
            prop_assert!(apart <= 1 || found < u128::from(ONE) / 10, "{units} {text} {back}");
        }

        #[test]
        fn roots_are_exact(value: u128) {
            let root = floor_sqrt(Wide::from(value));
            prop_assert!(root * root <= Wide::from(value) && (root + Wide::ONE) * (root + Wide::ONE) > Wide::from(value));
        }
    }
}
