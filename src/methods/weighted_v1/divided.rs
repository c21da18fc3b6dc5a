//! The division: who is settled at cap or floor, and what the others share.

use super::Sources;
use super::limits::{self, Limit, Settlement};
use super::terms::Weighed;
use crate::amount::{Amount, Division, Weight, scaled_text};
use crate::error::{Error, Place, Shown};
use crate::methods::Request;

/// What everyone gets, in the order of the weights, and why.
pub(super) struct Divided {
    pub parts: Vec<Amount>,
    pub settlement: Settlement,
}

/// Divides the pool within cap and floor.
pub(super) fn divide(
    request: &Request<'_>,
    sources: &Sources,
    weighed: &[Weighed<'_>],
) -> Result<Divided, Error> {
    let (cap, floor) = sources.cap_and_floor();
    let (settlement, open) = settle(request, sources, weighed)?;
    let division = open.division(request, sources, weighed, settlement.left)?;
    let mut open_parts = division.map(Division::into_parts).unwrap_or_default().into_iter();
    let part = |limit: &Option<Limit>| match limit {
        Some(Limit::Cap) => cap,
        Some(Limit::Floor) => floor,
        None => open_parts.next().unwrap_or_default(),
    };
    Ok(Divided { parts: settlement.limits.iter().map(part).collect(), settlement })
}

/// Who is settled at cap or floor, and who shares the rest.
pub(super) fn settle(
    request: &Request<'_>,
    sources: &Sources,
    weighed: &[Weighed<'_>],
) -> Result<(Settlement, Open), Error> {
    let weights: Vec<Weight> = weighed.iter().map(|weighed| weighed.weight).collect();
    let (cap, floor) = sources.cap_and_floor();
    check_floors(request, sources.pool, floor, &weights)?;
    let settlement = limits::settle(sources.pool, &weights, cap, floor);
    let is_open = |index: &usize| settlement.limits.get(*index).is_some_and(Option::is_none);
    let indices: Vec<usize> = (0..weights.len()).filter(is_open).collect();
    let weights = indices.iter().filter_map(|index| weights.get(*index)).copied().collect();
    Ok((settlement, Open { indices, weights }))
}

/// Those who share what cap and floor leave.
pub(super) struct Open {
    /// Their places among all.
    pub indices: Vec<usize>,
    /// Their weights.
    pub weights: Vec<Weight>,
}

impl Open {
    /// The division of what is left.
    pub fn division(
        &self,
        request: &Request<'_>,
        sources: &Sources,
        weighed: &[Weighed<'_>],
        left: Amount,
    ) -> Result<Option<Division>, Error> {
        let key_of = |at: usize| {
            let weighed = self.indices.get(at).and_then(|index| weighed.get(*index));
            weighed.map_or_else(String::new, |weighed| weighed.key.to_string())
        };
        let place = Place::file(sources.table.path());
        request.division(&sources.rule.reward, left, &self.weights, &key_of, &place)
    }
}

/// The floors of all who have a weight must fit into the pool.
fn check_floors(request: &Request<'_>, pool: Amount, floor: Amount, weights: &[Weight]) -> Result<(), Error> {
    let recipients = weights.iter().filter(|weight| !weight.is_zero()).count();
    let sum = Weight::from(floor.units()) * Weight::from(recipients); // 128 bits and 64
    if sum <= Weight::from(pool.units()) {
        return Ok(());
    }
    let decimals = request.decimals();
    Err(Error::FloorsAbovePool {
        place: request.place(),
        allocation: request.name(),
        floor: floor.to_text(decimals),
        recipients,
        sum: scaled_text(sum, decimals),
        pool: pool.to_text(decimals),
        symbol: Shown::from(&request.plan.token.symbol),
    })
}
