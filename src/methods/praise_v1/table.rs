//! The praise table and the reward board, read and checked.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Settings;
use crate::address::Address;
use crate::amount::Decimal;
use crate::error::{Error, Place, Shown};
use crate::methods::{Request, collected};
use crate::tables::{Row, Table};

/// Columns every praise table has, besides those of the slots.
pub(crate) const COLUMNS: [&str; 8] = [
    "ID",
    "DATE",
    "TO USER ACCOUNT",
    "TO USER ACCOUNT ID",
    "TO ETH ADDRESS",
    "FROM USER ACCOUNT",
    "REASON",
    "AVG SCORE",
];
/// Columns of slot k, which stands for `{}`.
pub(crate) const SLOT_COLUMNS: [&str; 5] =
    ["SCORE {}", "DUPLICATE ID {}", "DISMISSED {}", "QUANTIFIER {} USERNAME", "QUANTIFIER {} ETH ADDRESS"];

/// Columns of the reward board.
pub(crate) const BOARD_COLUMNS: [&str; 1] = ["ID"];

/// One praise: somebody thanked somebody, and quantifiers rated it.
#[derive(Debug, Clone)]
pub struct Praise<'a> {
    /// Path and line of the row.
    pub place: Place,
    /// The praise's id, unique in the table.
    pub id: &'a str,
    /// When it was given.
    pub date: Timestamp,
    /// When it was given, as the table has it.
    pub date_text: &'a str,
    /// Who gave it; may be empty.
    pub giver: &'a str,
    /// What for; may be empty, and of any length.
    pub reason: &'a str,
    /// The receiver's name, account id and address; name and id may be empty.
    pub receiver: (&'a str, &'a str, Option<Address>),
    /// The average score, an input: it is not recomputed.
    pub average: Decimal,
    /// One entry a slot, k = 1 first.
    pub slots: Vec<Slot<'a>>,
}

/// What one quantifier did with a praise.
#[derive(Debug, Clone)]
pub struct Slot<'a> {
    /// The score; `None` where the field is empty.
    pub score: Option<Decimal>,
    /// The praise of which the quantifier found this one to be a duplicate; empty if none.
    pub duplicate_of: &'a str,
    /// Whether the quantifier dismissed the praise.
    pub dismissed: bool,
    /// The quantifier's name; empty where the slot is not assigned.
    pub quantifier: &'a str,
    /// The quantifier's address, if given.
    pub address: Option<Address>,
}

impl Slot<'_> {
    /// Whether the quantifier gave a score other than zero.
    pub fn is_scored(&self) -> bool {
        self.score.is_some_and(|score| !score.is_zero())
    }
}

/// Reads the table for `settings.quantifiers` slots.
pub fn read_table(path: &str, bytes: &[u8], settings: &Settings) -> Result<Table, Vec<Error>> {
    let slots = (1..=settings.quantifiers)
        .flat_map(|k| SLOT_COLUMNS.map(|column| column.replace("{}", &k.to_string())));
    let required: Vec<String> = COLUMNS.map(str::to_owned).into_iter().chain(slots).collect();
    Table::read(path, bytes, &required.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Reads the rows of the praise table; all problems at once.
pub fn read_praises<'a>(
    table: &'a Table,
    settings: &Settings,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) -> Vec<Praise<'a>> {
    let allowed: Vec<Decimal> = settings.allowed(request, problems);
    // Cut, and made once: a long list must not stand in the message of each of many wrong scores.
    let allowed_text = Shown::from(allowed.iter().map(Decimal::to_string).collect::<Vec<_>>().join(", "));
    let columns: Vec<[String; 5]> = (1..=settings.quantifiers)
        .map(|k| SLOT_COLUMNS.map(|column| column.replace("{}", &k.to_string()).to_lowercase()))
        .collect();
    let mut praises = Vec::with_capacity(table.len());
    let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
    for row in table.rows() {
        let Some(praise) = read_praise(row, &columns, problems) else { continue };
        if let Some(first) = seen.insert(praise.id, praise.place.clone()) {
            let (place, id) = (praise.place.clone(), Shown::from(praise.id));
            problems.push(Error::PraiseTwice { place, id, first });
        }
        if settings.refuses_unlisted_scores() {
            check_scores(&praise, &allowed, &allowed_text, request, problems);
        }
        praises.push(praise);
    }
    praises
}

/// Reads one row, or reports everything that is wrong with it.
fn read_praise<'a>(row: Row<'a>, columns: &[[String; 5]], problems: &mut Vec<Error>) -> Option<Praise<'a>> {
    let id = collected(row.name("id"), problems);
    if id == Some("") {
        problems.push(Error::ValueMissing { place: row.place(), what: "ID".to_owned() });
    }
    let date = collected(row.instant("date"), problems);
    let name = collected(row.name("to user account"), problems);
    let account = collected(row.name("to user account id"), problems);
    let address = collected(row.address("to eth address"), problems);
    let average = collected(read_average(row), problems);
    let slots: Vec<Option<Slot<'a>>> =
        columns.iter().map(|columns| read_slot(row, columns, problems)).collect();
    if let (Some(""), Some(""), Some(None)) = (name, account, address) {
        problems.push(Error::ValueMissing { place: row.place(), what: "TO USER ACCOUNT".to_owned() });
    }
    let praise = Praise {
        place: row.place(),
        id: id?,
        date: date?,
        date_text: row.field("date").trim(),
        giver: row.field("from user account").trim(),
        reason: row.field("reason"),
        receiver: (name?, account?, address?),
        average: average?,
        slots: slots.into_iter().collect::<Option<_>>()?,
    };
    if praise.slots.iter().any(|slot| !praise.id.is_empty() && slot.duplicate_of == praise.id) {
        problems.push(Error::DuplicateOfItself { place: praise.place.clone(), id: Shown::from(praise.id) });
    }
    Some(praise)
}

/// The average score, which must be there.
fn read_average(row: Row<'_>) -> Result<Decimal, Error> {
    let missing = || Error::ValueMissing { place: row.place(), what: "AVG SCORE".to_owned() };
    row.decimal("AVG SCORE")?.ok_or_else(missing)
}

/// Reads the five columns of a slot.
fn read_slot<'a>(row: Row<'a>, columns: &[String; 5], problems: &mut Vec<Error>) -> Option<Slot<'a>> {
    let [score, duplicate, dismissed, quantifier, address] = columns;
    let score = collected(row.decimal(score), problems);
    let duplicate_of = collected(row.name(duplicate), problems);
    let dismissed = collected(row.boolean(dismissed), problems);
    let quantifier = collected(row.name(quantifier), problems);
    let address = collected(row.address(address), problems);
    Some(Slot {
        score: score?,
        duplicate_of: duplicate_of?,
        dismissed: dismissed?,
        quantifier: quantifier?,
        address: address?,
    })
}

/// Reports scores that are not among the allowed values.
fn check_scores(
    praise: &Praise<'_>,
    allowed: &[Decimal],
    allowed_text: &Shown,
    request: &Request<'_>,
    problems: &mut Vec<Error>,
) {
    for score in praise.slots.iter().filter_map(|slot| slot.score) {
        if !allowed.contains(&score) {
            problems.push(Error::ScoreNotAllowed {
                place: praise.place.clone(),
                value: Shown::from(score.to_string()),
                allowed: allowed_text.to_string(),
                round_file: Shown::from(&request.plan.file),
            });
        }
    }
}

/// The distinct addresses of the reward board.
pub fn read_board(path: &str, bytes: &[u8], problems: &mut Vec<Error>) -> Vec<Address> {
    let table = match Table::read(path, bytes, &BOARD_COLUMNS) {
        Ok(table) => table,
        Err(found) => {
            problems.extend(found);
            return Vec::new();
        }
    };
    let mut addresses = Vec::new();
    for row in table.rows() {
        match row.address("ID") {
            Ok(Some(address)) => addresses.push(address),
            Ok(None) => problems.push(Error::ValueMissing { place: row.place(), what: "ID".to_owned() }),
            Err(error) => problems.push(error),
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
