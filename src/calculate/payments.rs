//! What a round pays: one payment an address, in the order of distribution.csv.

use super::Line;
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::members::fault_of_payee;
use crate::payouts::Payment;

/// The payments of the rows of a distribution: all that have an address and get something.
pub(super) fn of(plan: &Plan, ledger: &Ledger, lines: &[Line]) -> Result<Vec<Payment>, Problems> {
    let payment = |line: &Line| Some(Payment { address: line.key.address()?, amount: line.total });
    let payments: Vec<Payment> =
        lines.iter().filter(|line| line.total != Amount::ZERO).filter_map(payment).collect();
    let name = |address| lines.iter().find(|line| line.key.address() == Some(address)).map(Line::name);
    check(plan, ledger, &payments, &name).map(|()| payments)
}

/// Refuses addresses to which nobody has the key: all of them at once, whatever method or input named
/// them. `name` gives the name of who is paid at an address.
pub(super) fn check(
    plan: &Plan,
    ledger: &Ledger,
    payments: &[Payment],
    name: &dyn Fn(Address) -> Option<String>,
) -> Result<(), Problems> {
    let contracts = [plan.token.address, ledger.token.address];
    let mut problems = Vec::new();
    for Payment { address, amount } in payments {
        let Some(what) = fault_of_payee(*address, &contracts) else { continue };
        problems.push(Error::PayeeRefused {
            place: Place::file(&plan.folder),
            recipient: Shown::from(name(*address).unwrap_or_default()),
            address: address.checksummed(),
            amount: format!("{} {}", amount.to_text(plan.token.decimals), plan.token.symbol),
            what,
        });
    }
    Problems::unless_empty(problems, ())
}
