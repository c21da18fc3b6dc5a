//! What the input `claimed` brings into an allocation: methods divide it together with what the
//! round's file declares.

use super::Request;
use crate::amount::{Amount, Draw, Weight, apportion};
use crate::error::Error;

/// The role of the table of what was claimed. Every method that divides a pool takes it.
pub const CLAIMED: &str = "claimed";

impl Request<'_> {
    /// An amount with what is brought in. Error: the sum is too large.
    pub fn with_brought_in(&self, amount: Amount) -> Result<Amount, Error> {
        amount.checked_add(self.brought_in).ok_or_else(|| self.too_much_brought_in())
    }

    /// Amounts that the settings name, each with its part of what is brought in, which is apportioned
    /// by them; in the draw the reward is `claimed` and the keys are the names. Where all are zero
    /// nothing is added. Error: a sum is too large.
    pub fn with_parts_of_brought_in(&self, named: &[(&str, Amount)]) -> Result<Vec<Amount>, Error> {
        let weights: Vec<(&str, Weight)> =
            named.iter().map(|(name, amount)| (*name, Weight::from(amount.units()))).collect();
        let draw = Draw { round: self.plan.round.as_str(), reward: CLAIMED };
        let parts = apportion(self.brought_in, &weights, draw).map_err(|_| self.too_much_brought_in())?;
        let parts = parts.unwrap_or_else(|| vec![Amount::ZERO; named.len()]);
        let sums = named.iter().zip(parts).map(|((_, amount), part)| amount.checked_add(part));
        sums.collect::<Option<_>>().ok_or_else(|| self.too_much_brought_in())
    }

    /// Reports an input `claimed` where amounts are fixed, so that nothing more can be divided.
    pub fn refuse_claimed(&self, reason: &str, problems: &mut Vec<Error>) {
        if self.allocation.inputs.contains_key(CLAIMED) {
            let (place, allocation) = (self.place(), self.name());
            problems.push(Error::ClaimedImpossible { place, allocation, reason: reason.to_owned() });
        }
    }

    fn too_much_brought_in(&self) -> Error {
        Error::Overflow { place: self.place(), what: "the pool and what was not claimed".to_owned() }
    }
}
