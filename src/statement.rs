//! The record of a closed round: `statement.json`, `carry.json`, the message of the closing commit,
//! and the chain that statements form.
//!
//! A statement is an in-toto Statement v1: its subject are the files of `results/`, its predicate
//! says from which inputs they were computed, what every allocation came to, and which statement
//! went before. Figures are texts of token units, exact.

mod carry;
mod record;

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::{Amount, Balance};
use crate::error::{Error, Place, Shown, counted};
use crate::files;
use crate::ledger::round_file::PeriodFile;
use crate::ledger::round_id::ROUND_ID_PATTERN;
use crate::ledger::{JSON_INTEGER_LIMIT, TokenFile};

pub use carry::{Carry, HeldRecord, KeptRecord};
pub use record::{Record, Recorded};

/// The format of the record that this meed writes and rebuilds.
pub const RECORD_FORMAT: u32 = 1;
/// The format of report pages that this meed writes; a record without them states 0.
pub const PAGES_FORMAT: u32 = 1;
/// The start of the names of report files in a results folder.
pub const REPORT_FOLDER: &str = "report/";
/// The name of the statement in a results folder.
pub const STATEMENT_FILE: &str = "statement.json";
/// The name of the state after a statement.
pub const CARRY_FILE: &str = "carry.json";
/// The name of the table of recipients.
pub const DISTRIBUTION_FILE: &str = "distribution.csv";
/// The name of the table of what an amendment changes.
pub const ADJUSTMENTS_FILE: &str = "adjustments.csv";
/// The name of the allocation that holds what waits for an address.
pub const HELD: &str = "held";

/// The type of every statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE: &str = "urn:meed:round:v1";

/// `statement.json`: an in-toto Statement v1 about one closed revision of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "meed statement",
    description = "The record of a closed revision of a round: results/statement.json."
)]
pub struct Statement {
    /// The in-toto type: `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    #[schemars(extend("const" = STATEMENT_TYPE))]
    pub kind: String,
    /// Every file of the results folder except the statement, sorted by name.
    pub subject: Vec<Subject>,
    /// What the predicate is: `urn:meed:round:v1`.
    #[serde(rename = "predicateType")]
    #[schemars(extend("const" = PREDICATE_TYPE))]
    pub predicate_type: String,
    /// What is stated.
    pub predicate: Predicate,
}

/// A file of the results folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The path below the results folder.
    pub name: String,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// A SHA-256 digest in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// 64 hexadecimal digits.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
}

/// What a statement states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// The formats in which the results are written.
    pub formats: Formats,
    /// The ledger, so that a record cannot be replayed in another.
    pub ledger: LedgerReference,
    /// 1, 2, 3 ... over all statements of the ledger.
    #[schemars(range(min = 1, max = JSON_INTEGER_LIMIT))]
    pub sequence: u64,
    /// The round's id.
    #[schemars(regex(pattern = ROUND_ID_PATTERN))]
    pub round: String,
    /// 1 for the first closing, 2 and up for amendments.
    #[schemars(range(min = 1))]
    pub revision: u32,
    /// The reward period.
    pub period: PeriodFile,
    /// The token of the round.
    pub token: TokenFile,
    /// The files from which the results were computed, in byte order of their paths.
    pub inputs: Vec<InputRecord>,
    /// What every allocation came to; `held` stands last.
    pub allocations: Vec<AllocationRecord>,
    /// The sums over the allocations.
    pub totals: Sums,
    /// The statement before; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// The formats in which results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Formats {
    /// The format of the record.
    #[schemars(range(min = 1))]
    pub record: u32,
    /// The format of report pages; 0 where none are written.
    pub pages: u32,
}

/// The ledger that a statement belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerReference {
    /// The ledger's id.
    pub id: String,
    /// The community's name.
    pub name: String,
}

/// An input of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputRecord {
    /// The path from the ledger's root.
    pub name: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many bytes it has.
    #[schemars(range(max = JSON_INTEGER_LIMIT))]
    pub bytes: u64,
}

/// What an allocation came to. Always:
/// pool + carried_in + brought_in = paid + held + kept + unallocated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationRecord {
    /// The allocation's name.
    pub name: String,
    /// The method with its version; `held` for the reserved allocation.
    pub method: String,
    /// The sums of the allocation.
    #[serde(flatten)]
    pub sums: Sums,
}

/// The figures of an allocation, or of all, in token units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// What the round file names.
    pub declared: Figure,
    /// What the method may divide.
    pub pool: Figure,
    /// What the last round kept (for `held`: all that was held).
    pub carried_in: Figure,
    /// Money that the ledger did not hold before.
    pub brought_in: Figure,
    /// What goes to addresses now.
    pub paid: Figure,
    /// What waits for recipients without address.
    pub held: Figure,
    /// What continues in the allocation.
    pub kept: Figure,
    /// What was never divided.
    pub unallocated: Figure,
}

/// An amount as text of token units: exact, no trailing zeros.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Figure(#[schemars(regex(pattern = "^-?[0-9]+(\\.[0-9]*[1-9])?$"))] pub String);

/// The statement before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Its sequence number.
    #[schemars(range(min = 1, max = JSON_INTEGER_LIMIT))]
    pub sequence: u64,
    /// Its round.
    #[schemars(regex(pattern = ROUND_ID_PATTERN))]
    pub round: String,
    /// Its revision.
    #[schemars(range(min = 1))]
    pub revision: u32,
    /// The digest of its statement.json.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
}

/// Refuses what is no in-toto Statement, or not one with the predicate that is expected.
pub fn check_types(path: &str, kind: &str, (predicate_type, expected): (&str, &str)) -> Result<(), Error> {
    for (found, expected) in [(kind, STATEMENT_TYPE), (predicate_type, expected)] {
        if found != expected {
            let reason = format!("type `{}` is not `{expected}`", Shown::from(found));
            return Err(Error::RecordInvalid { place: Place::file(path), reason });
        }
    }
    Ok(())
}

impl Statement {
    /// A statement about files that were just computed.
    pub fn new(subject: Vec<Subject>, predicate: Predicate) -> Self {
        Self {
            kind: STATEMENT_TYPE.to_owned(),
            subject,
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate,
        }
    }

    /// Reads `statement.json` and checks its types.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Error> {
        let statement: Self = files::read_json(path, bytes)?;
        check_types(path, &statement.kind, (&statement.predicate_type, PREDICATE_TYPE))?;
        Ok(statement)
    }

    /// The table of the results that says who is paid, and its column of amounts: an amendment pays what
    /// it adjusts.
    pub fn table_of_payments(&self) -> (&'static str, &'static str) {
        if self.predicate.revision == 1 {
            (DISTRIBUTION_FILE, "total")
        } else {
            (ADJUSTMENTS_FILE, "paid_now")
        }
    }

    /// The bytes of `statement.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        json_bytes(self)
    }

    /// The message of the closing commit: subject line, what the allocations came to, trailers.
    /// `sha256` is the digest of the statement's bytes, `engine` the trailer `Engine:`. Everything
    /// in it is checked text or a number: nothing that an input chose freely.
    pub fn commit_message(&self, sha256: &str, engine: &str, recipients_paid: usize) -> String {
        let predicate = &self.predicate;
        let symbol = &predicate.token.symbol;
        let recipients = counted(recipients_paid, "recipient", "recipients");
        let verb = if predicate.revision == 1 { "Close" } else { "Amend" };
        let mut message =
            format!("{verb} {}: {} {symbol} to {recipients}\n\n", predicate.round, predicate.totals.paid.0);
        for allocation in &predicate.allocations {
            let sums = &allocation.sums;
            let _ = writeln!(
                message,
                "{} ({}): pool {}, paid {}, held {}, kept {}, unallocated {}",
                allocation.name,
                allocation.method,
                sums.pool.0,
                sums.paid.0,
                sums.held.0,
                sums.kept.0,
                sums.unallocated.0
            ); // writing to a String cannot fail
        }
        let _ = write!(
            message,
            "\nRound: {}\nRevision: {}\nSequence: {}\nStatement-SHA256: {sha256}\n",
            predicate.round, predicate.revision, predicate.sequence
        );
        if let Some(previous) = &predicate.previous {
            let _ = writeln!(message, "Previous-SHA256: {}", previous.sha256);
        }
        let _ = writeln!(message, "Engine: {engine}");
        message
    }

    /// Checks the identity of every allocation and of the totals, and that the totals are the sums.
    /// The error says which figures do not agree.
    pub fn check_sums(&self) -> Result<(), String> {
        let decimals = self.predicate.token.decimals;
        let mut sums = [Balance::ZERO; 8];
        for allocation in &self.predicate.allocations {
            let figures = allocation.sums.balances(decimals)?;
            check_identity(&figures)
                .map_err(|()| format!("allocation `{}` does not add up", Shown::from(&allocation.name)))?;
            for (sum, figure) in sums.iter_mut().zip(figures) {
                *sum = sum.checked_add(figure).ok_or("the sums are too large")?;
            }
        }
        let totals = self.predicate.totals.balances(decimals)?;
        check_identity(&totals).map_err(|()| "the totals do not add up".to_owned())?;
        if totals == sums { Ok(()) } else { Err("the totals are not the sums of the allocations".to_owned()) }
    }
}

/// pool + carried_in + brought_in = paid + held + kept + unallocated, figures in the order of
/// [`Sums::balances`].
fn check_identity(figures: &[Balance; 8]) -> Result<(), ()> {
    let [_, pool, carried_in, brought_in, paid, held, kept, unallocated] = *figures;
    let left = Balance::sum([pool, carried_in, brought_in]);
    let right = Balance::sum([paid, held, kept, unallocated]);
    if left.is_some() && left == right { Ok(()) } else { Err(()) }
}

impl Sums {
    /// The figures from amounts, in the order of the fields.
    pub fn new(amounts: [Amount; 8], decimals: u8) -> Self {
        Self::of_balances(amounts.map(Balance::from), decimals)
    }

    /// The figures from what may lie below zero, in the order of the fields.
    pub fn of_balances(balances: [Balance; 8], decimals: u8) -> Self {
        let [declared, pool, carried_in, brought_in, paid, held, kept, unallocated] =
            balances.map(|balance| Figure(balance.to_text(decimals)));
        Self { declared, pool, carried_in, brought_in, paid, held, kept, unallocated }
    }

    /// The figures of the identity, in its order: pool, carried in, brought in, paid, held, kept,
    /// unallocated.
    pub fn identity(&self) -> [&Figure; 7] {
        let Self { declared: _, pool, carried_in, brought_in, paid, held, kept, unallocated } = self;
        [pool, carried_in, brought_in, paid, held, kept, unallocated]
    }

    /// The figures as balances, in the order of the fields: those of amendments are differences, and
    /// what is held may lie below zero.
    pub fn balances(&self, decimals: u8) -> Result<[Balance; 8], String> {
        let place = Place::file(STATEMENT_FILE);
        let read = |figure: &Figure| {
            Balance::parse(&figure.0, decimals, &place, "figure")
                .map_err(|_| format!("`{}` is not an amount", Shown::from(&figure.0)))
        };
        Ok([
            read(&self.declared)?,
            read(&self.pool)?,
            read(&self.carried_in)?,
            read(&self.brought_in)?,
            read(&self.paid)?,
            read(&self.held)?,
            read(&self.kept)?,
            read(&self.unallocated)?,
        ])
    }
}

/// Whether an `Engine:` trailer has the form `meed <version>`.
pub fn is_engine(text: &str) -> bool {
    text.strip_prefix("meed ").is_some_and(|version| {
        (1..=64).contains(&version.len())
            && version.starts_with(|first: char| first.is_ascii_digit())
            && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte))
    })
}

/// JSON as meed writes it: two-space indent, UTF-8, final newline, keys in the order of the struct.
pub fn json_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    // Serialising our own structs into memory has no way to fail: texts, numbers and lists only.
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
