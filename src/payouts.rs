//! Payout files: what a round pays, in the formats of the tools that people pay with.
//!
//! Each format is a file of its own below, with two functions: one writes the files, the other reads
//! them back, strictly. Before a round is written, every file is read back and what it pays compared
//! with the payments, and their sum with what the statement says is paid ([`Payouts::check`]).

mod aragon;
pub mod books;
mod disperse;
pub mod merkle;
pub mod merkle_distributor;
pub mod merkle_tree;
mod readme;
mod rows;
mod safe_batch;
mod safe_csv;

use std::collections::BTreeMap;

use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::ledger::payout_format::PayoutFormat;
use crate::ledger::plan::Plan;
use crate::ledger::revision::folder_of;
use crate::ledger::{LEDGER_FILE, Ledger, Token};
use crate::statement::Figure;
use books::Books;

/// The folder of payout files below a results folder.
pub const PAYOUTS_FOLDER: &str = "payouts/";
/// The file that says which file is for what, and to pay one of them.
pub const README_FILE: &str = "README.txt";
/// What is written where `ledger.json` does not choose, as far as the token is known well enough.
const DEFAULT: [PayoutFormat; 2] = [PayoutFormat::AragonCsv, PayoutFormat::SafeCsv];

/// An amount that goes to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// Who is paid.
    pub address: Address,
    /// How much, above zero.
    pub amount: Amount,
}

/// What a round pays.
#[derive(Debug, Clone, Copy)]
pub struct Payouts<'a> {
    /// The round: its id, period and token.
    pub plan: &'a Plan,
    /// One payment an address, in the order of distribution.csv.
    pub payments: &'a [Payment],
}

/// The files of a format, by name.
pub type PayoutFiles = BTreeMap<String, Vec<u8>>;

/// The formats in which a round is paid: those of `ledger.json`, else the default ones. Only a format
/// that is named is an error where the round's token lacks what it needs.
pub fn formats(ledger: &Ledger, plan: &Plan, problems: &mut Vec<Error>) -> Vec<PayoutFormat> {
    let Some(chosen) = &ledger.payouts else {
        return DEFAULT.into_iter().filter(|format| format.lacks(&plan.token).is_none()).collect();
    };
    problems.extend(chosen.iter().filter_map(|format| {
        let (place, format, field) = (Place::file(LEDGER_FILE), format.id(), format.lacks(&plan.token)?);
        let round = Shown::from(plan.round.as_str());
        Some(Error::PayoutNeedsToken { place, format, field, round })
    }));
    chosen.clone()
}

impl Payouts<'_> {
    /// All payout files, by their names in the results folder, read back and compared with the
    /// payments and with what the statement says is `paid`. None where nothing is paid; but `books`
    /// are written where something is held, too.
    pub fn write(
        &self,
        formats: &[PayoutFormat],
        paid: &Figure,
        books: Option<Books<'_>>,
    ) -> Result<PayoutFiles, Problems> {
        let mut all = PayoutFiles::new();
        let (mut problems, mut names) = (Vec::new(), Vec::new());
        for format in formats {
            let files = match books {
                Some(books) if format.is_book() => books.files(*format),
                _ if self.payments.is_empty() => continue,
                _ => self.files(*format),
            };
            problems.extend(self.check(*format, &files, paid).err());
            names.push((*format, files.keys().cloned().collect()));
            all.extend(files.into_iter().map(|(name, bytes)| (format!("{PAYOUTS_FOLDER}{name}"), bytes)));
        }
        if !names.is_empty() {
            all.insert(format!("{PAYOUTS_FOLDER}{README_FILE}"), readme::write(self, paid, &names));
        }
        Problems::unless_empty(problems, all)
    }

    /// The files of a format.
    pub fn files(&self, format: PayoutFormat) -> PayoutFiles {
        match format {
            PayoutFormat::AragonCsv => aragon::write(self),
            PayoutFormat::SafeCsv => safe_csv::write(self),
            PayoutFormat::SafeBatch => safe_batch::write(self),
            PayoutFormat::Disperse => disperse::write(self),
            PayoutFormat::Merkle => merkle::write(self),
            PayoutFormat::MerkleDistributor => merkle_distributor::write(self),
            _ => PayoutFiles::new(),
        }
    }

    /// Reads the files of a format back: they must pay exactly the payments, in any order, and sum to
    /// what the statement says is `paid`.
    pub fn check(&self, format: PayoutFormat, files: &PayoutFiles, paid: &Figure) -> Result<(), Error> {
        let name = files.keys().next().map_or_else(|| format.id(), String::as_str);
        let differs = |reason| Error::PayoutDiffers {
            place: Place::file(&format!(
                "{}/results/{PAYOUTS_FOLDER}{name}",
                folder_of(&self.plan.folder, self.plan.revision)
            )),
            format: format.id(),
            reason,
        };
        let mut read = read(format, files, &self.plan.token).map_err(differs)?;
        let sum = Amount::sum(read.iter().map(|(_, amount)| *amount))
            .map(|sum| sum.to_text(self.plan.token.decimals));
        if sum.as_ref() != Some(&paid.0) {
            let sum = sum.unwrap_or_else(|| "more than can be computed with".to_owned());
            return Err(differs(format!("it pays {sum} in all, and the statement {}", paid.0)));
        }
        let payments = self.payments.iter().map(|payment| (payment.address, payment.amount));
        if payments.clone().eq(read.iter().copied()) {
            return Ok(());
        }
        // Some formats have an order of their own.
        let mut expected: Vec<(Address, Amount)> = payments.collect();
        read.sort_unstable();
        expected.sort_unstable();
        if read == expected {
            return Ok(());
        }
        let missing = expected.iter().find(|payment| read.binary_search(payment).is_err());
        let reason = missing.map_or_else(
            || "it pays somebody twice".to_owned(),
            |(address, amount)| {
                let amount = amount.to_text(self.plan.token.decimals);
                format!("it does not pay {amount} to {}", address.checksummed())
            },
        );
        Err(differs(reason))
    }
}

/// What the files of a format pay, as the format's own reader understands them: in any order.
pub fn read(
    format: PayoutFormat,
    files: &PayoutFiles,
    token: &Token,
) -> Result<Vec<(Address, Amount)>, String> {
    match format {
        PayoutFormat::AragonCsv => aragon::read(files, token),
        PayoutFormat::SafeCsv => safe_csv::read(files, token),
        PayoutFormat::SafeBatch => safe_batch::read(files, token),
        PayoutFormat::Disperse => disperse::read(files, token),
        PayoutFormat::Merkle => merkle::read(files).map(pairs_of),
        PayoutFormat::MerkleDistributor => merkle_distributor::read(files).map(pairs_of),
        PayoutFormat::Beancount | PayoutFormat::Hledger => books::read(format, files, token),
    }
}

/// Payments as the readers give them.
fn pairs_of(payments: Vec<Payment>) -> Vec<(Address, Amount)> {
    payments.into_iter().map(|payment| (payment.address, payment.amount)).collect()
}

/// The payments in files of at most `limit`, each with its name: `<stem>.<ending>` where one file is
/// enough, else `<stem>-1.<ending>` and so on.
fn parts<'a>(
    payments: &'a [Payment],
    limit: usize,
    stem: &'a str,
    ending: &'a str,
) -> impl Iterator<Item = (String, &'a [Payment])> {
    let is_split = payments.len() > limit;
    payments.chunks(limit).zip(1_usize..).map(move |(part, number)| {
        let number = if is_split { format!("-{number}") } else { String::new() };
        (format!("{stem}{number}.{ending}"), part)
    })
}
