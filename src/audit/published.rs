//! What was published of a round: the three files in which RAD wrote who got what.

use std::collections::BTreeMap;

use super::Exact;
use crate::address::Address;
use crate::error::{Error, Shown};
use crate::recipient::Key;
use crate::tables::{Row, Table, compared};

/// A file in which a round's amounts were published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Everybody's praise rewards, those of people without an address too.
    Allocation,
    /// What is paid of the praise rewards, by address.
    Payments,
    /// The amounts of SourceCred.
    Sourcecred,
}

impl Kind {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 3] = [Self::Allocation, Self::Payments, Self::Sourcecred];

    /// The name of the file.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Allocation => "final_praise_token_allocation.csv",
            Self::Payments => "praise_aragon_distribution.csv",
            Self::Sourcecred => "sourcecred_allocation.csv",
        }
    }

    /// The reward system whose amounts it holds: the name of the allocation.
    pub const fn system(self) -> &'static str {
        match self {
            Self::Allocation | Self::Payments => "praise",
            Self::Sourcecred => "sourcecred",
        }
    }

    /// What is compared, for people.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Allocation => "praise: amounts",
            Self::Payments => "praise: payments",
            Self::Sourcecred => "sourcecred: amounts",
        }
    }
}

/// Columns of the allocation file and the rewards of praise-v1 that they hold.
const REWARD_COLUMNS: [(&str, &str); 3] =
    [("PRAISE_REWARD", "praise"), ("QUANT_REWARD", "quantifier"), ("REWARDBOARD_REWARD", "rewardboard")];
/// The column of everybody's sum.
const TOTAL_COLUMN: &str = "TOTAL TO RECEIVE";
/// What RAD wrote in place of an address.
const NO_ADDRESS: &str = "missing user address";

/// Somebody as published files know people: by address, else by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Somebody whose address is known.
    Address(Address),
    /// Somebody without address: the name, in the form in which names are compared.
    Name(String),
}

impl Who {
    /// The person behind a recipient key, whose name is `name`.
    pub fn of(key: &Key, name: &str) -> Self {
        key.address().map_or_else(|| Self::Name(compared(name)), Self::Address)
    }
}

/// What was published of one person; several rows of one are added.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The name, as the file spells it; may be empty.
    pub name: String,
    /// The amount.
    pub total: Exact,
    /// The parts of the amount by reward, where the file has them.
    pub rewards: BTreeMap<&'static str, Exact>,
}

/// What a published file says, by person.
pub type Published = BTreeMap<Who, Entry>;

/// Reads a published file of a round in the token `symbol`. All problems at once.
pub fn read(kind: Kind, path: &str, bytes: &[u8], symbol: &str) -> Result<Published, Vec<Error>> {
    match kind {
        Kind::Allocation => read_allocation(path, bytes),
        Kind::Payments => read_payments(path, bytes, symbol),
        Kind::Sourcecred => read_sourcecred(path, bytes),
    }
}

fn read_allocation(path: &str, bytes: &[u8]) -> Result<Published, Vec<Error>> {
    let table = Table::read(path, bytes, &["USER IDENTITY", "USER ADDRESS", TOTAL_COLUMN])?;
    let rewards: Vec<_> = REWARD_COLUMNS.into_iter().filter(|(column, _)| table.has_column(column)).collect();
    let mut reader = Reader::default();
    for row in table.rows() {
        let who = reader.who(row, "USER IDENTITY", "USER ADDRESS");
        let total = reader.number(row, TOTAL_COLUMN);
        let parts: Vec<_> =
            rewards.iter().map(|(column, reward)| (*reward, reader.number(row, column))).collect();
        reader.add(who, row.field("USER IDENTITY"), total, parts);
    }
    reader.finish()
}

fn read_payments(path: &str, bytes: &[u8], symbol: &str) -> Result<Published, Vec<Error>> {
    let table = Table::read_bare(path, bytes, &["address", "amount", "token"])?;
    let mut reader = Reader::default();
    for row in table.rows() {
        let who = reader.who(row, "", "address");
        let total = reader.number(row, "amount");
        let token = row.field("token").trim();
        if token != symbol {
            let (found, expected) = (Shown::from(token), Shown::from(symbol));
            reader.problems.push(Error::PublishedToken { place: row.place(), found, expected });
        }
        reader.add(who, "", total, Vec::new());
    }
    reader.finish()
}

fn read_sourcecred(path: &str, bytes: &[u8]) -> Result<Published, Vec<Error>> {
    let columns = crate::methods::sourcecred_v1::COLUMNS;
    let table = Table::read_bare(path, bytes, &columns)?;
    // RAD wrote it without header; who kept the input's header meant the same.
    let is_header =
        |row: &Row<'_>| columns.iter().all(|column| row.field(column).trim().eq_ignore_ascii_case(column));
    let headers = usize::from(table.rows().next().is_some_and(|row| is_header(&row)));
    let mut reader = Reader::default();
    for row in table.rows().skip(headers) {
        let who = reader.who(row, "name", "address");
        let total = reader.number(row, "vested_amount");
        reader.add(who, row.field("name"), total, Vec::new());
    }
    reader.finish()
}

/// The people of a file as far as it is read, and what is wrong with it.
#[derive(Default)]
struct Reader {
    people: Published,
    problems: Vec<Error>,
}

impl Reader {
    /// The person of a row. Letter case of the address does not matter: what was published is compared,
    /// not paid.
    fn who(&mut self, row: Row<'_>, name: &str, address: &str) -> Option<Who> {
        let text = row.field(address).trim();
        if !name.is_empty() && (text.is_empty() || text.eq_ignore_ascii_case(NO_ADDRESS)) {
            return Some(Who::Name(compared(row.field(name))));
        }
        let parsed = Address::parse(&text.to_ascii_lowercase(), &row.place(), &row.spelled(address));
        parsed.map(Who::Address).map_err(|error| self.problems.push(error)).ok()
    }

    fn number(&mut self, row: Row<'_>, column: &str) -> Option<Exact> {
        let text = row.field(column);
        let fault = |reason| Error::PublishedNumber {
            place: row.place(),
            what: Shown::from(column),
            value: Shown::from(text),
            reason,
        };
        Exact::parse(text).map_err(|reason| self.problems.push(fault(reason))).ok()
    }

    fn add(
        &mut self,
        who: Option<Who>,
        name: &str,
        total: Option<Exact>,
        parts: Vec<(&'static str, Option<Exact>)>,
    ) {
        let (Some(who), Some(total)) = (who, total) else { return };
        let entry = self.people.entry(who).or_default();
        if entry.name.is_empty() {
            name.trim().clone_into(&mut entry.name);
        }
        entry.total = entry.total.plus(total);
        for (reward, part) in parts {
            let sum = entry.rewards.entry(reward).or_default();
            *sum = sum.plus(part.unwrap_or_default());
        }
    }

    fn finish(self) -> Result<Published, Vec<Error>> {
        if self.problems.is_empty() { Ok(self.people) } else { Err(self.problems) }
    }
}
