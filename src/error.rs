//! Every way in which meed refuses to go on, one variant a situation.
//!
//! A message says first the place, then what is wrong; [`Error::hint`] says what to do. Text that
//! comes from inputs is held as [`Shown`], which cannot carry control or bidirectional characters
//! to a terminal. Functions that check one thing return an [`Error`]; functions that check many
//! things collect them in [`Problems`], so that a user sees all problems of a round at once.

mod exit;
mod hints;
mod place;
mod problems;
mod words;

pub use place::{Place, Shown, visible};
pub use problems::{Problems, Warning};
pub use words::counted;

/// One problem. The name of a variant is its code in `--format json` (`score-not-allowed`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // each variant is documented by its message and its hint
pub enum Error {
    // ---- usage
    #[error("{message}")]
    Usage { message: String, hint: String },
    #[error("{place}: would start a command of the workflow that reads this log")]
    DataHoldsCommand { place: Place },

    // ---- files of the commit
    #[error("{place}: is not in the commit")]
    FileMissing { place: Place },
    #[error("{place}: is {kind}, not a regular file")]
    NotARegularFile { place: Place, kind: &'static str },
    #[error("{place}: path `{path}` leaves the folder")]
    PathLeavesFolder { place: Place, path: Shown },
    #[error("{place}: path `{path}` is not a plain path: {reason}")]
    PathInvalid { place: Place, path: Shown, reason: &'static str },
    #[error("{place}: {bytes} bytes; at most {limit} are read")]
    FileTooLarge { place: Place, bytes: u64, limit: u64 },
    #[error("{place}: differs only in letter case from `{other}`")]
    PathsDifferByCase { place: Place, other: Shown },

    // ---- pages
    #[error("{place}: {message}")]
    TemplateBroken { place: Place, message: Shown },
    #[error("{place}: the template takes more than {limit} steps")]
    TemplateEndless { place: Place, limit: u64 },
    #[error("{place}: the template puts out more than {limit} bytes")]
    TemplateOutput { place: Place, limit: usize },
    #[error("{place}: a value is not a finite number")]
    ChartNotFinite { place: Place },
    #[error("{place}: would have more than {bytes_limit} bytes or {marks_limit} marks")]
    ChartTooLarge { place: Place, bytes_limit: usize, marks_limit: usize },

    // ---- text
    #[error("{place}: is UTF-16 text")]
    TextIsUtf16 { place: Place },
    #[error("{place}: byte {byte} is not valid UTF-8")]
    TextNotUtf8 { place: Place, byte: usize },
    #[error("{place}: holds a NUL byte")]
    TextHoldsNul { place: Place },
    #[error("{place}: is a pointer of Git LFS, not the file itself")]
    TextIsLfsPointer { place: Place },
    #[error("{place}: is not a pointer of Git LFS as git-lfs writes it: {reason}")]
    LfsPointerInvalid { place: Place, reason: &'static str },
    #[error("{place}: its Git LFS object {sha256} is not here; looked in {folders}")]
    LfsObjectMissing { place: Place, sha256: String, folders: Shown },
    #[error("{place}: its Git LFS object {sha256} is damaged: {what} is {found}, not {expected}")]
    LfsObjectDamaged { place: Place, sha256: String, what: &'static str, expected: String, found: String },

    // ---- JSON
    #[error("{place}: not valid JSON: {message}")]
    JsonInvalid { place: Place, message: Shown },
    #[error("{place}: key `{key}` stands twice in one object")]
    JsonKeyTwice { place: Place, key: Shown },
    #[error("{place}: {message}")]
    JsonUnexpected { place: Place, message: Shown },
    #[error("{place}: format {found} is not known; this meed reads format {known}")]
    FormatUnknown { place: Place, found: Shown, known: u32 },

    // ---- CSV
    #[error("{place}: columns are separated by {separator}")]
    TableSeparator { place: Place, separator: &'static str },
    #[error("{place}: has no header row")]
    TableEmpty { place: Place },
    #[error("{place}: a quoted field is never closed")]
    TableQuoteOpen { place: Place },
    #[error("{place}: text follows the closing quote of a field")]
    TableQuoteStray { place: Place },
    #[error("{place}: column `{column}` stands twice in the header")]
    TableColumnTwice { place: Place, column: Shown },
    #[error("{place}: column{s} missing: {columns}", s = if columns.contains(", ") { "s" } else { "" })]
    TableColumnsMissing { place: Place, columns: String },
    #[error("{place}: {found} fields; the header has {expected}")]
    TableRagged { place: Place, found: usize, expected: usize },
    #[error("{place}: a field has {bytes} bytes; at most {limit} are read")]
    TableFieldTooLong { place: Place, bytes: usize, limit: usize },
    #[error("{place}: {found} columns; at most {limit} are read")]
    TableTooWide { place: Place, found: usize, limit: usize },

    // ---- values
    #[error("{place}: {what} `{value}` is not a number: {reason}")]
    NotANumber { place: Place, what: String, value: Shown, reason: String },
    #[error("{place}: {what} `{value}` is below zero")]
    NumberNegative { place: Place, what: String, value: Shown },
    #[error("{place}: {what} is empty")]
    ValueMissing { place: Place, what: String },
    #[error("{place}: {what} `{value}` has more than {decimals} decimals")]
    TooManyDecimals { place: Place, what: String, value: Shown, decimals: u8 },
    #[error("{place}: {what} `{value}` is too large")]
    NumberTooLarge { place: Place, what: String, value: Shown },
    #[error("{place}: {what} `{value}` is neither `true` nor `false`")]
    NotABoolean { place: Place, what: String, value: Shown },
    #[error("{place}: {what} `{value}` is not a date: {reason}")]
    NotADate { place: Place, what: String, value: Shown, reason: &'static str },
    #[error("{place}: {what} `{value}` is not an address: {reason}")]
    AddressInvalid { place: Place, what: String, value: Shown, reason: &'static str },
    #[error("{place}: address `{value}` fails its EIP-55 checksum")]
    AddressChecksum { place: Place, value: Shown, expected: String },
    #[error("{place}: {what} has {bytes} bytes; at most {limit} are read")]
    NameTooLong { place: Place, what: String, bytes: usize, limit: usize },
    #[error("{place}: the sum of {what} is too large to compute with")]
    Overflow { place: Place, what: String },

    // ---- ledger.json
    #[error("{place}: is missing: this is not a ledger")]
    LedgerMissing { place: Place },
    #[error("{place}: `{field}` is `{value}`: {reason}")]
    LedgerValue { place: Place, field: String, value: Shown, reason: &'static str },
    #[error("{place}: overrides name {what} `{name}`, which {round} does not have")]
    OverrideUnknown { place: Place, what: &'static str, name: Shown, round: Shown },
    #[error("{place}: `{field}` was `{before}` when statement 1 was written and is `{now}`")]
    LedgerChanged { place: Place, field: &'static str, before: Shown, now: Shown },
    #[error("{place}: `payouts` names the unknown format `{format}`")]
    PayoutUnknown { place: Place, format: Shown, known: String },
    #[error("{place}: payout format `{format}` needs `{field}`, which the token of `{round}` does not have")]
    PayoutNeedsToken { place: Place, format: &'static str, field: &'static str, round: Shown },

    // ---- rounds
    #[error("{place}: there is no round `{round}`")]
    RoundUnknown { place: Place, round: Shown, known: String },
    #[error("{place}: `{round}` is not a round id: {reason}")]
    RoundIdInvalid { place: Place, round: Shown, reason: &'static str },
    #[error("{place}: rounds `{round}` and `{other}` differ only in letter case")]
    RoundIdsDifferByCase { place: Place, round: Shown, other: Shown },
    #[error("{place}: both round.json and parameters.json are present")]
    RoundFilesBoth { place: Place },
    #[error("{place}: neither round.json nor parameters.json is present")]
    RoundFileMissing { place: Place },
    #[error("{place}: the period ends on {end}, before it starts on {start}")]
    PeriodReversed { place: Place, start: String, end: String },
    #[error("{place}: the round has no allocations")]
    AllocationsNone { place: Place },
    #[error("{place}: {found} allocations; at most {limit} are read")]
    AllocationsTooMany { place: Place, found: usize, limit: usize },
    #[error("{place}: allocation `{name}` stands twice")]
    AllocationTwice { place: Place, name: Shown },
    #[error("{place}: `{name}` cannot be the name of an allocation: {reason}")]
    AllocationName { place: Place, name: Shown, reason: &'static str },
    #[error("{place}: allocation `{allocation}` names the unknown method `{method}`")]
    MethodUnknown { place: Place, allocation: Shown, method: Shown, known: String },
    #[error("{place}: allocation `{allocation}` has no pool")]
    PoolMissing { place: Place, allocation: Shown },
    #[error("{place}: allocation `{allocation}` has no input `{role}`")]
    InputMissing { place: Place, allocation: Shown, role: &'static str },
    #[error("{place}: allocation `{allocation}` has an input `{role}` that {method} does not read")]
    InputUnknown { place: Place, allocation: Shown, role: Shown, method: &'static str },
    #[error("{place}: allocation `{allocation}`: input `{role}` must be one file")]
    InputNotOneFile { place: Place, allocation: Shown, role: Shown },
    #[error("{place}: allocation `{allocation}`: settings: {message}")]
    SettingsInvalid { place: Place, allocation: Shown, message: Shown },
    #[error("{place}: the round's token has {what} {found}, the ledger's {expected}")]
    TokenDiffers { place: Place, what: &'static str, found: Shown, expected: Shown },
    #[error("{place}: the pools of all allocations together are too large")]
    PoolsTooLarge { place: Place },
    #[error("`{given}` names no side to compare: {reason}")]
    SideInvalid { given: Shown, reason: &'static str },
    #[error("{place}: round `{round}` has no closed revision {revision}")]
    RevisionUnknown { place: Place, round: Shown, revision: u32, known: String },
    #[error("the two sides count in different tokens: {first}, and {second}")]
    SidesTokensDiffer { first: Shown, second: Shown },
    #[error("{place}: the round was closed before meed: ledger.json lists it in `history`")]
    RoundIsHistory { place: Place },
    #[error("{place}: the round was closed before meed: `history` of ledger.json listed it {listed}")]
    HistoryReopened { place: Place, listed: Shown },
    #[error("{place}: holds no round in the newest commit, so there is nothing to adopt")]
    RoundsToAdoptNone { place: Place },
    #[error("{place}: a round file cannot name `revises` outside revisions/")]
    RevisesOutsideRevision { place: Place },
    #[error("{place}: {amount} would go to `{recipient}` at {address}, which is {what}")]
    PayeeRefused { place: Place, recipient: Shown, address: String, amount: String, what: &'static str },

    // ---- amendments
    #[error("{place}: the round is not closed: there is nothing to amend")]
    AmendOpenRound { place: Place },
    #[error("{place}: nothing is prepared for revision {revision}")]
    RevisionUnprepared { place: Place, round: Shown, revision: u32 },
    #[error("{place}: the next revision is {next}")]
    RevisionSkipped { place: Place, next: u32 },
    #[error("{place}: {found}, but this revision replaces revision {before}")]
    RevisesWrong { place: Place, found: Shown, before: u32 },
    #[error("{place}: an amendment has a reason, and there is none")]
    ReasonMissing { place: Place },
    #[error("{place}: the reason {fault}")]
    ReasonInvalid { place: Place, fault: &'static str },
    #[error("{place}: revision {revision} changes nothing: everybody is due what they were due before")]
    AmendmentEmpty { place: Place, revision: u32 },
    #[error(
        "{place}: allocation `{allocation}` goes on from round to round, and its later round `{later}` is closed"
    )]
    AllocationMovedOn { place: Place, allocation: Shown, later: Shown },

    // ---- RAD folders
    #[error("{place}: {systems} reward systems and {allocations} token allocations")]
    RadLengthsDiffer { place: Place, systems: usize, allocations: usize },
    #[error("{place}: reward system `{system}` is not known")]
    RadSystemUnknown { place: Place, system: Shown },
    #[error("{place}: reward system `{system}` has no entry in `system_settings`")]
    RadSettingsMissing { place: Place, system: Shown },
    #[error("{place}: the reward systems name two tokens: {first} and {second}")]
    RadTokensDiffer { place: Place, first: Shown, second: Shown },
    #[error("{place}: no folder below holds parameters.json, so there is no round to import")]
    RadRoundsNone { place: Place },
    #[error("{place}: gives no dates, so the round has no period")]
    RadPeriodUnknown { place: Place },

    // ---- praise-v1
    #[error("{place}: score `{value}` is not one of the allowed values {allowed}")]
    ScoreNotAllowed { place: Place, value: Shown, allowed: String, round_file: Shown },
    #[error("{place}: quantifier `{name}` has address {second} here and {first} at {first_place}")]
    QuantifierTwoAddresses { place: Place, name: Shown, first: String, second: String, first_place: Place },
    #[error("{place}: praise `{id}` is marked as a duplicate of itself")]
    DuplicateOfItself { place: Place, id: Shown },
    #[error("{place}: praise `{id}` stands already at {first}")]
    PraiseTwice { place: Place, id: Shown, first: Place },
    #[error("{place}: allocation `{allocation}`: the shares sum to {sum}, more than 1")]
    SharesAboveOne { place: Place, allocation: Shown, sum: String },
    #[error("{place}: allocation `{allocation}`: `{setting}` is {value}; it must be {range}")]
    SettingOutOfRange {
        place: Place,
        allocation: Shown,
        setting: &'static str,
        value: String,
        range: &'static str,
    },

    // ---- sourcecred-v1
    #[error("{place}: the amounts sum to {sum} {symbol}, more than the pool of {pool} {symbol}")]
    AmountsAbovePool { place: Place, sum: String, pool: String, symbol: Shown, allocation: Shown },

    // ---- fractal-v1
    #[error("{place}: {what} `{value}` is not {range}")]
    NumberOutOfRange { place: Place, what: &'static str, value: Shown, range: &'static str },
    #[error("{place}: {what} stands already at {first}")]
    StandsTwice { place: Place, what: Shown, first: Place },
    #[error("{place}: team `{team}` is called `{name}` here and `{first_name}` at {first}")]
    TeamTwoNames { place: Place, team: Shown, name: Shown, first_name: Shown, first: Place },
    #[error("{place}: allocation `{allocation}` pays meeting {meeting}, of which `ranks` has no row")]
    MeetingUnknown { place: Place, allocation: Shown, meeting: u64 },
    #[error("{place}: meeting {meeting} has no date in the table of meetings")]
    MeetingWithoutDate { place: Place, meeting: u64 },
    #[error(
        "{place}: allocation `{allocation}`: the meetings have no dates, so those of the period are not known"
    )]
    MeetingDatesMissing { place: Place, allocation: Shown },
    #[error("{place}: allocation `{allocation}`: {found} given")]
    PoolOrRate { place: Place, allocation: Shown, found: &'static str },

    // ---- work-v1
    #[error("{place}: impact `{value}` is not from {least} to {most}")]
    ImpactOutOfRange { place: Place, value: String, least: String, most: String },
    #[error("{place}: `{name}` has address {second} here and {first} at {first_place}")]
    NameTwoAddresses { place: Place, name: Shown, first: String, second: String, first_place: Place },
    #[error(
        "{place}: allocation `{allocation}` has a pool of {pool} {symbol}, and {minted} {symbol} are minted"
    )]
    PoolNotMinted { place: Place, allocation: Shown, pool: String, minted: String, symbol: Shown },
    #[error(
        "{place}: {owed} {symbol} are owed, and the treasury of `{allocation}` holds {treasury} {symbol}"
    )]
    TreasuryShort { place: Place, allocation: Shown, owed: String, treasury: String, symbol: Shown },

    // ---- grain-v1
    #[error("{place}: {what} `{name}` {reason}")]
    AccountUnknown { place: Place, what: &'static str, name: Shown, reason: &'static str },
    #[error("{place}: interval `{value}` {reason}")]
    IntervalInvalid { place: Place, value: Shown, reason: &'static str },
    #[error("{place}: {found} intervals; at most {limit} are read")]
    IntervalsTooMany { place: Place, found: usize, limit: usize },
    #[error("{place}: has no interval in which what is given now was earned")]
    IntervalsNone { place: Place },
    #[error(
        "{place}: allocation `{allocation}`: the budgets sum to {sum} {symbol}, and the pool is {pool} {symbol}"
    )]
    BudgetsNotPool { place: Place, allocation: Shown, sum: String, pool: String, symbol: Shown },
    #[error("{place}: allocation `{allocation}`: `{name}` cannot be the name of a reward: {reason}")]
    RewardName { place: Place, allocation: Shown, name: Shown, reason: &'static str },
    // ---- airdrop-v1
    #[error("{place}: allocation `{allocation}`: input `snapshots`: {reason}")]
    SnapshotsInvalid { place: Place, allocation: Shown, reason: Shown },
    #[error(
        "{place}: allocation `{allocation}`: its pools sum to {sum} {symbol}, and its own pool is {pool} {symbol}"
    )]
    PoolsNotPool { place: Place, allocation: Shown, sum: String, pool: String, symbol: Shown },
    #[error("{place}: allocation `{allocation}`: two rewards are called `{name}`")]
    RewardTwice { place: Place, allocation: Shown, name: Shown },
    // ---- conviction-v1
    #[error("{place}: {what} is 0")]
    NumberZero { place: Place, what: String },
    #[error("{place}: {what} `{value}` stands already at {first}")]
    ValueTwice { place: Place, what: &'static str, value: Shown, first: Place },
    #[error("{place}: step {step} stands behind step {before}")]
    StepBackwards { place: Place, step: u64, before: u64 },
    #[error("{place}: nobody can stake on proposal `{proposal}` in step {step}: {reason}")]
    ProposalNotOpen { place: Place, proposal: Shown, step: u64, reason: String },
    #[error("{place}: `{participant}` stakes {staked} in all after step {step} and holds {holdings}")]
    StakesAboveHoldings { place: Place, participant: Shown, step: u64, staked: String, holdings: String },
    #[error("{place}: proposal `{proposal}` is open for stakes since an earlier round and is missing")]
    ProposalMissing { place: Place, proposal: Shown },
    #[error("{place}: {what} of proposal `{proposal}` was `{before}` in the round before and is `{now}`")]
    ProposalChanged { place: Place, proposal: Shown, what: &'static str, before: Shown, now: Shown },
    #[error(
        "{place}: allocation `{allocation}`: {steps} steps of {proposals} proposals are {} rows; at most {limit} are computed",
        steps.saturating_mul(*proposals)
    )]
    StepsTooMany { place: Place, allocation: Shown, steps: u64, proposals: u64, limit: u64 },
    // ---- weighted-v1
    #[error(
        "{place}: allocation `{allocation}`: {setting} names the column `{column}`, which {table} does not have"
    )]
    ColumnUnknown {
        place: Place,
        allocation: Shown,
        setting: String,
        column: Shown,
        table: Shown,
        known: Shown,
    },
    #[error("{place}: {what} `{value}` is not a rank: a whole number from 1 to {most}")]
    RankInvalid { place: Place, what: String, value: Shown, most: u64 },
    #[error("{place}: `{recipient}` stands already at {first}")]
    RecipientTwice { place: Place, recipient: Shown, first: Place, allocation: Shown, choices: &'static str },
    #[error("{place}: `{recipient}` has address {second} here and {first} at {first_place}")]
    RecipientTwoAddresses {
        place: Place,
        recipient: Shown,
        first: String,
        second: String,
        first_place: Place,
    },
    #[error("{place}: {what} does not fit into 256 bits")]
    WeightTooLarge { place: Place, what: String },
    #[error(
        "{place}: allocation `{allocation}`: the floor of {floor} {symbol} for {recipients} recipients comes to {sum} {symbol}, more than the pool of {pool} {symbol}"
    )]
    FloorsAbovePool {
        place: Place,
        allocation: Shown,
        floor: String,
        recipients: usize,
        sum: String,
        pool: String,
        symbol: Shown,
    },

    // ---- claims
    #[error("{place}: allocation `{allocation}` cannot bring in what was not claimed: {reason}")]
    ClaimedImpossible { place: Place, allocation: Shown, reason: String },
    #[error("{place}: {address} was paid nothing in round `{round}`")]
    NothingPaid { place: Place, address: String, round: Shown },
    #[error("{place}: {address} claimed {claimed} {symbol}; round `{round}` paid it {total} {symbol}")]
    ClaimedAboveTotal {
        place: Place,
        address: String,
        claimed: String,
        total: String,
        symbol: Shown,
        round: Shown,
    },
    #[error(
        "{place}: {claimed} {symbol} were claimed; allocation `{allocation}` paid {paid} {symbol} in round `{round}`"
    )]
    ClaimedAbovePaid {
        place: Place,
        allocation: Shown,
        claimed: String,
        paid: String,
        symbol: Shown,
        round: Shown,
    },
    // ---- members.csv
    #[error("{place}: key `{key}` is not one: {reason}")]
    MemberKeyInvalid { place: Place, key: Shown, reason: &'static str },
    #[error("{place}: key `{key}` of `{name}` belongs to `{first_name}` at the same time ({first})")]
    MemberKeyTwice { place: Place, key: Shown, name: Shown, first_name: Shown, first: Place },
    #[error("{place}: `{name}` has no key `{key}` here that could be taken back")]
    MemberKeyAbsent { place: Place, name: Shown, key: Shown },
    #[error("{place}: address {address} of `{name}` is that of `{first_name}` at the same time ({first})")]
    MemberAddressTwice { place: Place, address: String, name: Shown, first_name: Shown, first: Place },
    #[error(
        "{place}: this row of `{name}` counts from {from} on, the one before it ({before_place}) from {before}"
    )]
    MemberRowsOrder { place: Place, name: Shown, from: Shown, before: Shown, before_place: Place },
    #[error(
        "{place}: allocation `{allocation}`: `{name}` comes with address {found}, and {register} ties `{key}` to {listed}"
    )]
    MemberAddressDiffers {
        place: Place,
        allocation: Shown,
        name: Shown,
        key: Shown,
        found: String,
        listed: String,
        register: Place,
    },
    #[error("{place}: `{name}` would be paid at {address}, which is {what}")]
    MemberAddressRefused { place: Place, name: Shown, address: String, what: &'static str },

    // ---- opening.csv
    #[error("{place}: key `{key}` is not one: {reason}")]
    OpeningKeyInvalid { place: Place, key: Shown, reason: &'static str },

    // ---- the record
    #[error("{place}: round `{round}` is closed already (sequence {sequence})")]
    RoundClosed { place: Place, round: Shown, sequence: u64 },
    #[error("{place}: exists already, without a statement")]
    ResultsInTheWay { place: Place },
    #[error("{place}: {count} rounds are open: {rounds}")]
    RoundsOpenSeveral { place: Place, count: usize, rounds: String },
    #[error("no closed round is called `{round}`")]
    RoundNotClosed { round: Shown, known: String },
    #[error("{place}: no round is open")]
    RoundsOpenNone { place: Place },
    #[error("{place}: no round is closed yet")]
    RoundsClosedNone { place: Place },
    #[error("nobody in the closed rounds is called `{given}`")]
    PersonUnknown { given: Shown },
    #[error("{count} people are called `{given}`: {people}")]
    PersonSeveral { given: Shown, count: usize, people: Shown },
    #[error("round `{round}` has no recipient `{who}`: no address, key, name or account id reads so")]
    RecipientUnknown { round: Shown, who: Shown, nearest: Shown },
    #[error("`{who}` is {count} recipients of round `{round}`")]
    RecipientAmbiguous { round: Shown, who: Shown, count: usize, candidates: Shown },
    #[error("{place}: the period of round `{round}` ends on {end}; today is {today}")]
    PeriodNotOver { place: Place, round: Shown, end: String, today: String },
    #[error(
        "{place}: the period of round `{round}` starts on {start}, before that of the last closed round `{last}` ({last_start})"
    )]
    PeriodOutOfOrder { place: Place, round: Shown, start: String, last: Shown, last_start: String },
    #[error("{place}: {reason}")]
    RecordInvalid { place: Place, reason: String },
    #[error("{place}: statement {sequence} is missing: the record has a gap")]
    SequenceGap { place: Place, sequence: u64 },
    #[error("{place}: statement {sequence} stands twice: {first} and {second}")]
    SequenceTwice { place: Place, sequence: u64, first: Shown, second: Shown },
    #[error("{place}: does not have the digest that its statement gives")]
    CarryDigest { place: Place },
    #[error("{place}: read back, {format} does not pay what the round pays: {reason}")]
    PayoutDiffers { place: Place, format: &'static str, reason: String },
    #[error(
        "{place}: allocation `{allocation}` was divided by {carried} before and keeps what that left, but names {method} now"
    )]
    CarriedMethodDiffers { place: Place, allocation: Shown, carried: Shown, method: Shown },

    // ---- settlements
    #[error("--tx: `{value}` is not the hash of a transaction: {reason}")]
    TransactionInvalid { value: Shown, reason: &'static str },
    #[error("{place}: transaction {transaction} stands already in {first}")]
    TransactionTwice { place: Place, transaction: String, first: Shown },
    #[error("{place}: the round's token lives on chain {expected}, the transaction is on {found}")]
    ChainDiffers { place: Place, found: u64, expected: u64 },
    #[error("--payout: `{value}` is not a format that pays")]
    SettlementFormatUnknown { value: Shown, known: String },
    #[error("{place}: the settlements before it name the payout format {before}, this one {found}")]
    SettlementFormatDiffers { place: Place, before: &'static str, found: &'static str },
    #[error("round `{round}` was written in several payout formats: {written}")]
    PayoutsSeveral { round: Shown, written: String },
    #[error("{place}: {payout} is a contract that is funded once with everything, not in parts")]
    ClaimsInParts { place: Place, payout: &'static str },
    #[error("{place}: has no payments")]
    PaymentsNone { place: Place },
    #[error("{place}: round `{round}` owes nothing to {address}")]
    PayeeUnknown { place: Place, address: String, round: Shown },
    #[error("{place}: pays {amount} {symbol} to {address}, to whom {open} {symbol} are open")]
    PaidTooMuch { place: Place, address: String, amount: String, open: String, symbol: Shown },
    #[error("{place}: round `{round}` owes nothing any more")]
    RoundSettled { place: Place, round: Shown },
    #[error("round `{round}` {}: {check}: {detail}", if *impossible { "cannot be verified here" } else { "does not verify" })]
    RoundUnverified { round: Shown, check: &'static str, detail: Shown, impossible: bool },

    // ---- review
    #[error("round `{round}`{} has {given} of {needed} approvals", if *revision > 1 { format!(" revision {revision}") } else { String::new() })]
    ApprovalsMissing { round: Shown, revision: u32, given: usize, needed: usize },
    #[error("round `{round}` is under review until {until}")]
    ReviewOpen { round: Shown, until: String },
    #[error("round `{round}` was closed by {principal}, who cannot approve it too")]
    ApprovalOfOwnClose { round: Shown, principal: Shown },
    #[error("{place}: {principal} has approved this already")]
    ApprovedAlready { place: Place, principal: Shown },
    #[error("{fingerprint} may not approve here: {reason}")]
    KeyMayNotApprove { fingerprint: String, reason: String },

    // ---- git
    #[error("{path}: is not inside a git repository")]
    NotARepository { path: Shown },
    #[error("{path}: the repository cannot be opened: {message}")]
    RepositoryUnreadable { path: Shown, message: Shown },
    #[error("{path}: the repository belongs to another user")]
    RepositoryNotOwned { path: Shown },
    #[error("{path}: the clone is shallow: its history is cut off")]
    RepositoryShallow { path: Shown },
    #[error("{path}: the clone is partial: some objects were left on the server")]
    RepositoryPartial { path: Shown },
    #[error("{path}: the repository keeps its {what} in a format that libgit2 cannot open: {format}")]
    RepositoryFormat { path: Shown, what: &'static str, format: Shown },
    #[error("{path}: the repository has no commits yet")]
    RepositoryUnborn { path: Shown },
    #[error("{path}: HEAD is detached")]
    HeadDetached { path: Shown },
    #[error("`{name}` is not a branch")]
    BranchUnknown { name: Shown },
    #[error("`{name}` does not name a commit")]
    CommitUnknown { name: Shown },
    #[error("branch `{branch}` moved while the commit was being made")]
    BranchMoved { branch: Shown },
    #[error("branch `{branch}` is locked by another program: {lock}")]
    BranchLocked { branch: Shown, lock: Shown },
    #[error("branch `{branch}` is checked out in another work tree: {path}")]
    BranchElsewhere { branch: Shown, path: Shown },
    #[error("the work tree is in the middle of {operation}")]
    WorkTreeBusy { operation: &'static str },
    #[error("the index is locked by another program: {lock}")]
    IndexLocked { lock: Shown },
    #[error("{path}: is in the way in the work tree: {what}")]
    PathInTheWay { path: Shown, what: &'static str },
    #[error("{path}: differs from the commit")]
    WorkTreeDiffers { path: Shown },
    #[error("{path}: differs from the commit, and results never change")]
    ResultsDiffer { path: Shown },
    #[error("{doing}: {message}")]
    GitFailed { doing: String, message: Shown },

    // ---- keys and signatures
    #[error("no signing key was given")]
    KeyMissing,
    #[error("{key}: cannot be read as an SSH private key: {message}")]
    KeyUnreadable { key: Shown, message: Shown },
    #[error("{key}: is a PEM key, not in OpenSSH's format")]
    KeyIsPem { key: Shown },
    #[error("{key}: is a public key of which neither the private half nor an agent that holds it was found")]
    KeyIsPublic { key: Shown },
    #[error("{key}: the key is encrypted and there is no passphrase")]
    KeyNeedsPassphrase { key: Shown },
    #[error("{key}: the passphrase is wrong")]
    KeyPassphraseWrong { key: Shown },
    #[error("{key}: keys of kind {kind} cannot sign here")]
    KeyUnsupported { key: Shown, kind: Shown },
    #[error("the ssh agent cannot be reached: {message}")]
    AgentUnreachable { message: Shown },
    #[error("the ssh agent refused to sign with {key}")]
    AgentRefused { key: Shown },
    #[error("{fingerprint}: this key may not sign here: {reason}")]
    KeyNotAllowed { fingerprint: String, reason: String },
    #[error("{place}: {reason}")]
    AllowedSignersInvalid { place: Place, reason: String },
    #[error("{place}: is missing: nobody may sign")]
    AllowedSignersMissing { place: Place },

    #[error("nobody is named as the author of the commit")]
    AuthorMissing,
    #[error("author `{value}` does not read `Name <mail>`")]
    AuthorInvalid { value: Shown },
    #[error("the key {fingerprint} is not the private half of {public}, which is {expected}")]
    KeyMismatch { fingerprint: String, public: Shown, expected: String },

    // ---- init and signers
    #[error("{place}: exists already")]
    ExistsAlready { place: Place },
    #[error("{path}: the folder is not empty")]
    FolderNotEmpty { path: Shown },
    #[error("{path}: the folder holds something that is no site of this ledger: {reason}")]
    SiteFolderForeign { path: Shown, reason: &'static str },
    #[error("{path}: was not written by meed as it stands here, and the site has a file of that name")]
    SiteFileChanged { path: Shown },
    #[error("{path}: cannot be read as an SSH public key: {message}")]
    PublicKeyInvalid { path: Shown, message: Shown },
    #[error("`{principal}` cannot be the name of a signer: {reason}")]
    PrincipalInvalid { principal: Shown, reason: String },
    #[error("no signer in allowed_signers matches `{given}`")]
    SignerUnknown { given: Shown },
    #[error("`{principal}` is the last signer: nobody could close a round any more")]
    SignerLast { principal: Shown },
    #[error("{fingerprint} is listed already")]
    SignerTwice { fingerprint: String },

    // ---- rounds closed by other means
    #[error("{path}: there is no such folder")]
    AuditFolderMissing { path: Shown },
    #[error("{path}: holds no round in the folder format of RAD")]
    AuditNoRounds { path: Shown },
    #[error("{place}: {what} `{value}` is not an amount: {reason}")]
    PublishedNumber { place: Place, what: Shown, value: Shown, reason: &'static str },
    #[error("{place}: the row pays in `{found}`, and the round in `{expected}`")]
    PublishedToken { place: Place, found: Shown, expected: Shown },

    // ---- simulations
    #[error("{place}: is no simulation in the commit; there are: {known}")]
    SimulationMissing { place: Place, known: Shown },
    #[error("{place}: a simulation cannot be called `{name}`: {reason}")]
    SimulationNameInvalid { place: Place, name: Shown, reason: &'static str },
    #[error("{place}: is closed already")]
    SimulationClosed { place: Place },
    #[error("{place}: is not closed in this history; closed: {known}")]
    SimulationNotClosed { place: Place, known: Shown },
    #[error("{place}: {table} would have more than {limit} bytes")]
    SimulationTableLarge { place: Place, table: String, limit: usize },
    #[error("`{name}` is no simulation of the ledger, no file and no model; simulations: {known}")]
    SimulationUnknown { name: Shown, known: Shown },
    #[error("{place}: model `{model}` is not known; there are {known}")]
    SimulationModelUnknown { place: Place, model: Shown, known: String },
    #[error("{place}: the model `{model}` has no parameter `{name}`; it has {known}")]
    SimulationParameterUnknown { place: Place, model: &'static str, name: Shown, known: String },
    #[error("{place}: parameter {reason}")]
    SimulationParameters { place: Place, reason: Shown },
    #[error("{place}: parameter `{name}` {reason}")]
    SimulationParameter { place: Place, name: &'static str, reason: Shown },
    #[error("{place}: the lists of the sweep do not go together: {lengths}")]
    SimulationSweep { place: Place, lengths: Shown },
    #[error("{place}: seed {seed} is not from {least} to {most}, the seeds of `{rng}`")]
    SimulationSeed { place: Place, rng: &'static str, seed: i64, least: i64, most: i64 },
    #[error("{place}: {found} {what}; there may be from {least} to {most}")]
    SimulationCount { place: Place, what: &'static str, found: u64, least: u64, most: u64 },
    #[error("{place}: timestep `{value}` is not a whole number above that of the row before")]
    SimulationTimestep { place: Place, value: Shown },
    #[error("{place}: the name `{name}` of a configuration {reason}")]
    SimulationConfiguration { place: Place, name: Shown, reason: &'static str },
    #[error("{place}: all {runs} runs failed; the first at timestep {timestep}: {variable} {reason}")]
    SimulationFailed { place: Place, runs: u64, timestep: u32, variable: &'static str, reason: Shown },
    #[error("the simulation was interrupted")]
    SimulationInterrupted,
    #[error("--set `{given}`: {reason}")]
    ReplayChange { given: Shown, reason: Shown },
    #[error("no replayed round has an allocation or a method called `{name}`; there are {known}")]
    ReplayAllocationUnknown { name: Shown, known: Shown },
    #[error("{method} has no setting `{name}`; it has {known}")]
    ReplaySettingUnknown { method: &'static str, name: Shown, known: String },
    #[error("with --set, round `{round}` cannot be divided: {reason}")]
    ReplayRefused { round: Shown, reason: Shown },

    // ---- GitHub
    #[error("no token for GitHub: GITHUB_TOKEN is not set")]
    GithubTokenMissing,
    #[error("which repository on GitHub is meant is not known: {reason}")]
    GithubRepositoryUnknown { reason: Shown },
    #[error("`{value}` is not a repository on GitHub: {reason}")]
    GithubRepositoryInvalid { value: Shown, reason: &'static str },
    #[error("{variable} `{value}` is not an address that a token may be sent to: {reason}")]
    GithubAddressInvalid { variable: &'static str, value: Shown, reason: &'static str },
    #[error("{request}: GitHub cannot be reached: {message}{unknown}", unknown = if *is_write { "; whether it was done is not known" } else { "" })]
    GithubUnreachable { request: Shown, message: Shown, is_write: bool },
    #[error("{request}: GitHub does not accept the token (401): {message}")]
    GithubUnauthorized { request: Shown, message: Shown },
    #[error("{request}: GitHub refuses (403): {message}; it needs the permission {permission}")]
    GithubForbidden { request: Shown, message: Shown, permission: Shown },
    #[error("{request}: GitHub does not find it (404): {message}")]
    GithubNotFound { request: Shown, message: Shown, permission: &'static str },
    #[error("{request}: GitHub does not accept what was sent (422): {message}")]
    GithubUnprocessable { request: Shown, message: Shown },
    #[error("{request}: GitHub answers {status}: {message}{unknown}", unknown = if *is_write { "; whether it was done is not known" } else { "" })]
    GithubFailing { request: Shown, status: u16, message: Shown, is_write: bool },
    #[error("{request}: GitHub wants no more requests for {seconds} s")]
    GithubLimited { request: Shown, seconds: u64 },
    #[error("{request}: GitHub's answer is not understood: {message}")]
    GithubAnswer { request: Shown, message: Shown },
    #[error("{repository} on GitHub does not have commit {commit}, which closed {round}")]
    GithubCommitUnknown { repository: Shown, commit: String, round: Shown },
    #[error("tag {tag} on GitHub points to {found}, not to {expected}, which closed the round")]
    GithubTagElsewhere { tag: Shown, found: Shown, expected: String },
    #[error(
        "the release {tag} on GitHub was not made by meed for this round: its notes do not begin with the line `{marker}`"
    )]
    GithubReleaseForeign { tag: Shown, marker: String },
    #[error("{repository} on GitHub has no category of discussions `{category}`")]
    GithubCategoryUnknown { repository: Shown, category: Shown, known: Shown },
    #[error(
        "{request}: GitHub refuses (403): {message}; check runs are made with tokens of workflows and apps only"
    )]
    GithubChecksForbidden { request: Shown, message: Shown },
    #[error("published in part; done: {done}; not done: {left}")]
    GithubInterrupted { done: Shown, left: Shown },
    #[error("{place}: is not the beginning of this collection: {reason}")]
    CollectionForeign { place: Place, reason: Shown },

    // ---- the machine
    #[error("{path}: cannot be {doing}: {message}")]
    FileSystem { path: Shown, doing: &'static str, message: Shown },
}

impl Error {
    /// The code of the situation, as `--format json` gives it: `score-not-allowed`.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
