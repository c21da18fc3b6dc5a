//! What a round pays: one payment an address, in the order of distribution.csv.

use super::Line;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::members::fault_of_payee;
use crate::payouts::Payment;

/// The payments of the rows: all that have an address and get something. Refused are addresses to
/// which nobody has the key: all of them at once, whatever method or input named them.
pub(super) fn of(plan: &Plan, ledger: &Ledger, lines: &[Line]) -> Result<Vec<Payment>, Problems> {
    let contracts = [plan.token.address, ledger.token.address];
    let (mut payments, mut problems) = (Vec::new(), Vec::new());
    for line in lines.iter().filter(|line| line.total != Amount::ZERO) {
        let Some(address) = line.key.address() else { continue };
        payments.push(Payment { address, amount: line.total });
        let Some(what) = fault_of_payee(address, &contracts) else { continue };
        problems.push(Error::PayeeRefused {
            place: Place::file(&plan.folder),
            recipient: Shown::from(line.name()),
            address: address.checksummed(),
            amount: format!("{} {}", line.total.to_text(plan.token.decimals), plan.token.symbol),
            what,
        });
    }
    Problems::unless_empty(problems, payments)
}
