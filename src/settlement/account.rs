//! The account of a closed revision: who is owed what, and what settlements have paid of it.

use std::collections::BTreeMap;

use super::{PaymentRecord, SETTLEMENT_FORMAT, Settlement, Transaction, formats_written, is_claims, pays};
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::TokenFile;
use crate::ledger::payout_format::PayoutFormat;
use crate::statement::{Figure, Recorded, Statement};
use crate::tables::stream::for_each_row;

/// What a closed revision owes to whom, and what settlements have paid of it.
#[derive(Debug, Clone)]
pub struct Account {
    round: String,
    revision: u32,
    statement_sha256: String,
    token: TokenFile,
    debts: BTreeMap<Address, Debt>,
    /// How many debts are not paid in full.
    debts_open: usize,
    /// How many settlements were counted.
    settlements: u32,
    /// The format of the first settlement.
    payout: Option<PayoutFormat>,
}

/// What somebody is owed, and how much of it is not paid yet.
#[derive(Debug, Clone, Copy)]
struct Debt {
    owed: Amount,
    open: Amount,
}

/// What an account comes to, in token units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How many settlements there are.
    pub settlements: u32,
    /// What the revision owes to addresses.
    pub owed: String,
    /// What of it was paid.
    pub settled: String,
    /// What of it was not.
    pub open: String,
}

impl Standing {
    /// The standing of a statement that nobody has settled anything of.
    pub fn unsettled(statement: &Statement) -> Self {
        let owed = statement.predicate.totals.paid.0.clone();
        Self { settlements: 0, open: owed.clone(), settled: "0".to_owned(), owed }
    }
}

impl Account {
    /// The account of a statement: the table that says who is paid, whose bytes are given
    /// ([`Statement::table_of_payments`]), says who is owed what.
    pub fn read(recorded: &Recorded, mut table: &[u8]) -> Result<Self, Problems> {
        let predicate = &recorded.statement.predicate;
        let decimals = predicate.token.decimals;
        let mut debts: BTreeMap<Address, Debt> = BTreeMap::new();
        let (name, column) = recorded.statement.table_of_payments();
        let path = format!("{}/{name}", recorded.folder);
        let columns: [&[&str]; 2] = [&["address"], &[column]];
        let read = for_each_row(&path, &mut table, &columns, &mut |row| {
            let owed = Amount::parse(row.text(1), decimals, &row.place(), row.name(1))?;
            if row.text(0).is_empty() || owed == Amount::ZERO {
                return Ok(());
            }
            let address = Address::parse(row.text(0), &row.place(), row.name(0))?;
            if debts.insert(address, Debt { owed, open: owed }).is_some() {
                // Recipients are merged by their address when a round is closed.
                let reason = format!("{address} stands twice");
                return Err(Error::RecordInvalid { place: row.place(), reason });
            }
            Ok(())
        });
        let account = Self {
            round: predicate.round.clone(),
            revision: predicate.revision,
            statement_sha256: recorded.sha256.clone(),
            token: predicate.token.clone(),
            debts_open: debts.len(),
            debts,
            settlements: 0,
            payout: None,
        };
        Problems::unless_empty(read.err().unwrap_or_default(), account)
    }

    /// The payout format of the next settlement: the given one, else that of the settlements before,
    /// else the only one of which the round wrote files, if it wrote any.
    ///
    /// Errors: no format that pays; several were written.
    pub fn choose_payout(
        &self,
        given: Option<&str>,
        statement: &Statement,
    ) -> Result<Option<PayoutFormat>, Error> {
        let ids = |formats: &[PayoutFormat]| {
            let paying = formats.iter().filter(|format| pays(**format)).map(|format| format.id());
            paying.collect::<Vec<_>>().join(", ")
        };
        if let Some(given) = given {
            let format = PayoutFormat::parse(given).filter(|format| pays(*format));
            let unknown = || Error::SettlementFormatUnknown {
                value: Shown::from(given),
                known: ids(&PayoutFormat::ALL),
            };
            return format.map(Some).ok_or_else(unknown);
        }
        if self.settlements > 0 {
            return Ok(self.payout);
        }
        match formats_written(statement).as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            several => Err(Error::PayoutsSeveral { round: Shown::from(&self.round), written: ids(several) }),
        }
    }

    /// The number of the next settlement.
    pub fn next_number(&self) -> u32 {
        self.settlements + 1
    }

    /// How many recipients are owed something still.
    pub fn recipients_open(&self) -> usize {
        self.debts_open
    }

    /// What the account comes to.
    pub fn standing(&self) -> Standing {
        let sum = |part: fn(&Debt) -> Amount| {
            Amount::sum(self.debts.values().map(part)).unwrap_or_default() // no more than the pools
        };
        let (owed, open) = (sum(|debt| debt.owed), sum(|debt| debt.open));
        let text = |amount: Amount| amount.to_text(self.token.decimals);
        Standing {
            settlements: self.settlements,
            owed: text(owed),
            settled: text(owed.checked_sub(open).unwrap_or_default()),
            open: text(open),
        }
    }

    /// What is not paid yet.
    fn open(&self) -> BTreeMap<Address, Amount> {
        let open = self.debts.iter().filter(|(_, debt)| debt.open != Amount::ZERO);
        open.map(|(address, debt)| (*address, debt.open)).collect()
    }

    /// The next settlement: `payments`, or without them all that is open. Nothing is checked yet:
    /// [`Account::record`] does.
    pub fn settlement(
        &self,
        transaction: Transaction,
        payments: Option<&BTreeMap<Address, Amount>>,
    ) -> Settlement {
        let Transaction { hash, chain_id, date, payout } = transaction;
        let decimals = self.token.decimals;
        let open = if payments.is_none() { self.open() } else { BTreeMap::new() };
        let paid = payments.unwrap_or(&open);
        let total = Amount::sum(paid.values().copied()).unwrap_or_default();
        let record = |(address, amount): (&Address, &Amount)| PaymentRecord {
            address: address.to_string(),
            amount: Figure(amount.to_text(decimals)),
        };
        let is_claims = payout.is_some_and(is_claims);
        Settlement {
            format: SETTLEMENT_FORMAT,
            round: self.round.clone(),
            revision: self.revision,
            settlement: self.next_number(),
            statement_sha256: self.statement_sha256.clone(),
            payout,
            chain_id: chain_id.or(self.token.chain_id),
            transaction: hash,
            date,
            total: Figure(total.to_text(decimals)),
            payments: (!is_claims).then(|| paid.iter().map(record).collect()),
        }
    }

    /// Counts a settlement and gives how many recipients it pays. Refused, all problems at once, and
    /// not counted: another statement or number, another payout format or chain, somebody to whom
    /// nothing is owed, more than is open, a total that is no sum. `place` says where the payment to
    /// an address stands, or the whole.
    pub fn record(
        &mut self,
        settlement: &Settlement,
        place: &dyn Fn(Option<Address>) -> Place,
    ) -> Result<usize, Problems> {
        if self.debts_open == 0 {
            return Err(Error::RoundSettled { place: place(None), round: Shown::from(&self.round) }.into());
        }
        let mut problems = self.problems_of_terms(settlement, &place(None));
        let mut paid = BTreeMap::new();
        match &settlement.payments {
            None => paid = self.open(),
            Some(payments) => {
                for payment in payments {
                    match self.payment(payment, place) {
                        Ok((address, amount)) => _ = paid.insert(address, amount),
                        Err(error) => problems.push(error),
                    }
                }
            }
        }
        let total = Amount::sum(paid.values().copied()).map(|total| total.to_text(self.token.decimals));
        if problems.is_empty() && total.as_ref() != Some(&settlement.total.0) {
            let reason = "`total` is not the sum of the payments".to_owned();
            problems.push(Error::RecordInvalid { place: place(None), reason });
        }
        Problems::unless_empty(problems, ())?;
        for (address, amount) in &paid {
            if let Some(debt) = self.debts.get_mut(address) {
                debt.open = debt.open.checked_sub(*amount).unwrap_or_default();
                self.debts_open -= usize::from(debt.open == Amount::ZERO);
            }
        }
        self.settlements += 1;
        self.payout = settlement.payout;
        Ok(paid.len())
    }

    /// What is wrong with a settlement beside its payments.
    fn problems_of_terms(&self, settlement: &Settlement, place: &Place) -> Vec<Error> {
        let mut problems = Vec::new();
        let mut invalid =
            |reason: String| problems.push(Error::RecordInvalid { place: place.clone(), reason });
        if settlement.settlement != self.next_number() {
            invalid(format!("it is number {}, not {}", settlement.settlement, self.next_number()));
        }
        if (settlement.round.as_str(), settlement.revision) != (self.round.as_str(), self.revision)
            || settlement.statement_sha256 != self.statement_sha256
        {
            invalid("it settles another statement".to_owned());
        }
        if self.settlements > 0 && self.payout != settlement.payout {
            let named = |payout: Option<PayoutFormat>| payout.map_or("none", PayoutFormat::id);
            let (before, found) = (named(self.payout), named(settlement.payout));
            problems.push(Error::SettlementFormatDiffers { place: place.clone(), before, found });
        }
        if let Some(expected) = self.token.chain_id.filter(|expected| settlement.chain_id != Some(*expected))
        {
            let found = settlement.chain_id.unwrap_or_default();
            problems.push(Error::ChainDiffers { place: place.clone(), found, expected });
        }
        problems
    }

    /// A payment that is owed.
    fn payment(
        &self,
        payment: &PaymentRecord,
        place: &dyn Fn(Option<Address>) -> Place,
    ) -> Result<(Address, Amount), Error> {
        let address = Address::parse(&payment.address, &place(None), "address")?;
        let place = place(Some(address));
        let amount = Amount::parse(&payment.amount.0, self.token.decimals, &place, "amount")?;
        if amount == Amount::ZERO {
            return Err(Error::NumberZero { place, what: "amount".to_owned() });
        }
        let unknown = || Error::PayeeUnknown {
            place: place.clone(),
            address: address.to_string(),
            round: Shown::from(&self.round),
        };
        let Debt { open, .. } = *self.debts.get(&address).ok_or_else(unknown)?;
        if amount > open {
            return Err(Error::PaidTooMuch {
                place,
                address: address.to_string(),
                amount: payment.amount.0.clone(),
                open: open.to_text(self.token.decimals),
                symbol: Shown::from(&self.token.symbol),
            });
        }
        Ok((address, amount))
    }
}
