//! Every way in which meed refuses to go on, one variant a situation.
//!
//! A message says first the place, then what is wrong; [`Error::hint`] says what to do. Text that
//! comes from inputs is held as [`Shown`], which cannot carry control or bidirectional characters
//! to a terminal. Functions that check one thing return an [`Error`]; functions that check many
//! things collect them in [`Problems`], so that a user sees all problems of a round at once.

mod place;
mod problems;

pub use place::{Place, Shown, visible};
pub use problems::{Problems, Warning};

/// One problem. The name of a variant is its code in `--format json` (`score-not-allowed`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // each variant is documented by its message and its hint
pub enum Error {
    // ---- usage
    #[error("{message}")]
    Usage { message: String, hint: String },

    // ---- files of the commit
    #[error("{place}: is not in the commit")]
    FileMissing { place: Place },
    #[error("{place}: is {kind}, not a regular file")]
    NotARegularFile { place: Place, kind: &'static str },
    #[error("{place}: path `{path}` leaves the round's folder")]
    PathLeavesFolder { place: Place, path: Shown },
    #[error("{place}: path `{path}` is not a plain path: {reason}")]
    PathInvalid { place: Place, path: Shown, reason: &'static str },
    #[error("{place}: {bytes} bytes; at most {limit} are read")]
    FileTooLarge { place: Place, bytes: u64, limit: u64 },
    #[error("{place}: differs only in letter case from `{other}`")]
    PathsDifferByCase { place: Place, other: Shown },

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
    #[error("{place}: the round was closed before meed: ledger.json lists it in `history`")]
    RoundIsHistory { place: Place },
    #[error("{place}: a round file cannot name `revises` outside revisions/")]
    RevisesOutsideRevision { place: Place },
    #[error("{place}: {amount} would go to `{recipient}` at {address}, which is {what}")]
    PayeeRefused { place: Place, recipient: Shown, address: String, amount: String, what: &'static str },

    // ---- RAD folders
    #[error("{place}: {systems} reward systems and {allocations} token allocations")]
    RadLengthsDiffer { place: Place, systems: usize, allocations: usize },
    #[error("{place}: reward system `{system}` is not known")]
    RadSystemUnknown { place: Place, system: Shown },
    #[error("{place}: reward system `{system}` has no entry in `system_settings`")]
    RadSettingsMissing { place: Place, system: Shown },
    #[error("{place}: the reward systems name two tokens: {first} and {second}")]
    RadTokensDiffer { place: Place, first: Shown, second: Shown },
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

    // ---- the machine
    #[error("{path}: cannot be {doing}: {message}")]
    FileSystem { path: Shown, doing: &'static str, message: Shown },
}

impl Error {
    /// The code of the situation, as `--format json` gives it: `score-not-allowed`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// 2 for bad usage or input; 3 for what could not be done: no key, branch moved, locked,
    /// unreadable clone, full disk.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::RepositoryUnreadable { .. }
            | Self::RepositoryNotOwned { .. }
            | Self::RepositoryShallow { .. }
            | Self::RepositoryPartial { .. }
            | Self::RepositoryFormat { .. }
            | Self::BranchMoved { .. }
            | Self::BranchLocked { .. }
            | Self::BranchElsewhere { .. }
            | Self::WorkTreeBusy { .. }
            | Self::IndexLocked { .. }
            | Self::PathInTheWay { .. }
            | Self::GitFailed { .. }
            | Self::KeyMissing
            | Self::KeyUnreadable { .. }
            | Self::KeyIsPem { .. }
            | Self::KeyIsPublic { .. }
            | Self::KeyNeedsPassphrase { .. }
            | Self::KeyPassphraseWrong { .. }
            | Self::KeyUnsupported { .. }
            | Self::AgentUnreachable { .. }
            | Self::AgentRefused { .. }
            | Self::KeyNotAllowed { .. }
            | Self::KeyMismatch { .. }
            | Self::AuthorMissing
            | Self::RoundUnverified { impossible: true, .. }
            | Self::LfsObjectMissing { .. }
            | Self::LfsObjectDamaged { .. }
            | Self::PayoutDiffers { .. }
            | Self::FileSystem { .. } => 3,
            _ => 2,
        }
    }

    /// What to do next: one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Usage { hint, .. } => hint.clone(),
            Self::FileMissing { .. } => "correct the path, or add and commit the file: meed reads the commit, not the work tree (`meed check --worktree` looks at files not yet committed)".into(),
            Self::NotARegularFile { .. } => "put the file itself there: links, folders and submodules are not read".into(),
            Self::PathLeavesFolder { .. } => "put the file into the round's folder and name it relative to that folder".into(),
            Self::PathInvalid { .. } => "name a file relative to the round's folder, with `/` between folders".into(),
            Self::FileTooLarge { .. } => "remove what does not belong there; a table may be split into several files".into(),
            Self::PathsDifferByCase { .. } => "rename one of them: on macOS and Windows they are one file".into(),
            Self::TextIsUtf16 { .. } => "save the file again as UTF-8".into(),
            Self::TextNotUtf8 { .. } => "save the file again as UTF-8, or correct the damaged character".into(),
            Self::TextIsLfsPointer { .. } => "put the file itself there: pointers stand for inputs of rounds only, and never for one another".into(),
            Self::LfsPointerInvalid { .. } => "let git-lfs write it: `git lfs track` its path, then add the file again".into(),
            Self::LfsObjectMissing { .. } => "fetch it with `git lfs pull`, or name the folder that holds it with --lfs-dir DIR".into(),
            Self::LfsObjectDamaged { .. } => "`git lfs fsck` finds damaged objects, `git lfs pull` fetches them again".into(),
            Self::TextHoldsNul { .. } => "remove the NUL byte; the file may be damaged or not be text".into(),
            Self::JsonInvalid { .. } => "correct the JSON; an editor that knows `$schema` shows the place".into(),
            Self::JsonKeyTwice { .. } => "keep one of the two".into(),
            Self::JsonUnexpected { .. } => "compare with the schema that the file's `$schema` names; schemas/ of meed holds them".into(),
            Self::FormatUnknown { .. } => "use a newer meed, or correct `format`".into(),
            Self::TableSeparator { .. } => "save the table again as CSV with commas".into(),
            Self::TableEmpty { .. } => "give the table a header row; a table without rows is a header alone".into(),
            Self::TableQuoteOpen { .. } | Self::TableQuoteStray { .. } => {
                "close the quote before the comma; a quote inside a quoted field is written twice".into()
            }
            Self::TableColumnTwice { .. } => "remove or rename one of the two columns".into(),
            Self::TableColumnsMissing { .. } => "add the columns to the header; letter case does not matter".into(),
            Self::TableRagged { .. } => "give each row as many fields as the header; a text with commas is written in quotes".into(),
            Self::TableFieldTooLong { .. } => "shorten the field, or look for a quote that is not closed".into(),
            Self::TableTooWide { .. } => "remove the columns that the method does not read".into(),
            Self::NotANumber { .. } => "write a plain decimal such as `12` or `0.25`: a point, no thousands mark, no exponent".into(),
            Self::NumberNegative { .. } => "write a number of zero or more".into(),
            Self::ValueMissing { what, .. } => format!("fill in {what}"),
            Self::TooManyDecimals { decimals, .. } => format!("round the number to {decimals} decimals"),
            Self::NumberTooLarge { .. } => "use a smaller number: 38 digits are kept exactly, amounts hold 2^128 - 1 of the smallest unit".into(),
            Self::NotABoolean { .. } => "write `true` or `false`".into(),
            Self::NotADate { .. } => "write a day as `2024-03-31`, or an instant with its offset as `2024-03-31T22:00:00Z`".into(),
            Self::AddressInvalid { .. } => "write `0x` and 40 hexadecimal digits".into(),
            Self::AddressChecksum { expected, .. } => format!("if the address is right, write it as {expected} or in lower case; check it with its owner first"),
            Self::NameTooLong { .. } => "shorten it".into(),
            Self::Overflow { .. } => "the numbers are far beyond any token's supply: check them for missing decimal points".into(),
            Self::LedgerMissing { .. } => "run `meed init`, or give the ledger's folder with `--ledger DIR`".into(),
            Self::LedgerValue { .. } => "correct ledger.json; schemas/ledger.schema.json describes each field".into(),
            Self::OverrideUnknown { .. } => "correct the name, or remove the override; a round.json holds its own settings and takes none".into(),
            Self::LedgerChanged { field, .. } => format!("set `{field}` back: what the record was written under may not change"),
            Self::PayoutUnknown { known, .. } => format!("formats of this meed: {known}"),
            Self::PayoutNeedsToken { format, field, .. } => format!("add `{field}` to ledger.json, or to the round's own token, or take `{format}` out of `payouts`"),
            Self::RoundUnknown { known, .. } => format!("rounds here: {known}"),
            Self::RoundIdInvalid { .. } => "name the folder with letters, digits, `.`, `_` and `-`, starting with a letter or digit".into(),
            Self::RoundIdsDifferByCase { .. } => "rename one of the two folders".into(),
            Self::RoundFilesBoth { .. } => "keep one of them: which of the two is meant cannot be guessed".into(),
            Self::RoundFileMissing { .. } => "write a round.json (`meed round new ID`), or commit it if it is there".into(),
            Self::PeriodReversed { .. } => "exchange `start` and `end`".into(),
            Self::AllocationsNone { .. } => "name at least one allocation with a method and a pool".into(),
            Self::AllocationsTooMany { .. } => "split the round into several".into(),
            Self::AllocationTwice { .. } => "give each allocation a name of its own".into(),
            Self::AllocationName { .. } => "choose another name: lower-case letters, digits, `_` and `-`, at most 64".into(),
            Self::MethodUnknown { known, .. } => format!("methods of this meed: {known}"),
            Self::PoolMissing { .. } => "add `pool`, the amount to divide in token units, as text: \"1000\"".into(),
            Self::InputMissing { role, .. } => format!("add `\"{role}\": \"file.csv\"` to the allocation's `inputs`"),
            Self::InputUnknown { .. } => "remove it, or correct its name".into(),
            Self::InputNotOneFile { .. } => "name one file, as text".into(),
            Self::SettingsInvalid { .. } => "compare with schemas/methods/ of meed, which describes each method's settings".into(),
            Self::TokenDiffers { .. } => "a ledger has one token: correct the round file, or open another ledger".into(),
            Self::PoolsTooLarge { .. } => "correct the pools: all amounts of a round fit into 2^128 of the smallest unit".into(),
            Self::RoundIsHistory { .. } => "take it out of `history` if it was not closed before".into(),
            Self::RevisesOutsideRevision { .. } => "remove `revises`; corrections go to revisions/<n>/".into(),
            Self::PayeeRefused { .. } => "correct the address, or leave it empty and the amount is held; in an airdrop, list it under `excluded`: what is sent there is lost".into(),
            Self::RadLengthsDiffer { .. } => "give `token_allocation_per_reward_system` one entry for each of `employed_reward_systems`".into(),
            Self::RadSystemUnknown { .. } => "the systems are `praise` and `sourcecred`".into(),
            Self::RadSettingsMissing { .. } => "add the system's settings, or set its allocation to \"0\"".into(),
            Self::RadTokensDiffer { .. } => "a round pays one token: correct `payout_token`, or make two rounds".into(),
            Self::RadPeriodUnknown { .. } => "a RAD round's period is the first to the last DATE of its praise file: give it rows, or write a round.json with a period".into(),
            Self::ScoreNotAllowed { value, round_file, .. } => format!("correct the row, or add {value} to `allowed_values` in {round_file}"),
            Self::QuantifierTwoAddresses { .. } => "correct one of the rows: one quantifier is paid at one address".into(),
            Self::DuplicateOfItself { .. } => "name the earlier praise, or leave the DUPLICATE ID empty".into(),
            Self::PraiseTwice { .. } => "remove one of the rows, or give it an id of its own".into(),
            Self::SharesAboveOne { .. } => "lower the shares of contributors, quantifiers and reward board".into(),
            Self::SettingOutOfRange { setting, .. } => format!("correct `{setting}`"),
            Self::AmountsAbovePool { allocation, .. } => format!("correct the pool or the file; a file used under a wrong pool cannot be told from this. If the file is right, set `over_pool` of `{allocation}` to \"record\" (for a RAD folder in ledger.json: \"overrides\": {{\"ROUND\": {{\"{allocation}\": {{\"over_pool\": \"record\"}}}}}})"),
            Self::NumberOutOfRange { what, .. } => format!("correct {what}"),
            Self::StandsTwice { .. } => "remove or correct one of the two rows".into(),
            Self::TeamTwoNames { .. } => "correct the name, or give the other team an id of its own".into(),
            Self::MeetingUnknown { .. } => "correct `meetings`, or add the meeting's rows to the table of ranks".into(),
            Self::MeetingWithoutDate { .. } => "add a row with the meeting and its date to the table of meetings".into(),
            Self::MeetingDatesMissing { .. } => "add the input `meetings`, or the setting `first_meeting`; or name the meetings in the setting `meetings`, or set it to \"all\"".into(),
            Self::PoolOrRate { .. } => "give `pool` to divide it by Respect, or `tokens_per_respect` to pay a fixed amount for each, not both".into(),
            Self::ImpactOutOfRange { .. } => "correct the row, or `impact_min` and `impact_max` of the allocation".into(),
            Self::NameTwoAddresses { .. } => "correct one of the rows, or give the two people names of their own".into(),
            Self::PoolNotMinted { .. } => "leave `pool` out, or correct it, `weekly_mint` or `weeks`: the pool is weekly_mint x weeks".into(),
            Self::TreasuryShort { .. } => "lower `tokens_per_impact`, or set `shortfall` to \"scale\" to divide what there is in proportion".into(),
            Self::AccountUnknown { .. } => "correct the name, or the table of accounts".into(),
            Self::IntervalInvalid { .. } => "write all intervals as whole numbers or all as days such as `2024-03-31`, those of `earned` too; without that table they are those of the rounds before".into(),
            Self::IntervalsTooMany { .. } => "leave the oldest intervals out, or add several up into one".into(),
            Self::IntervalsNone { .. } => "give cred of at least one interval".into(),
            Self::BudgetsNotPool { .. } => "correct the budgets or the pool: the policies divide all of it".into(),
            Self::SnapshotsInvalid { .. } => "name each category, with a folder or a list of files: {\"holders\": \"holders\", \"lp\": [\"lp-1.csv\", \"lp-2.csv\"]}".into(),
            Self::PoolsNotPool { .. } => "correct the `amount` of a pool or the allocation's `pool`: the pools divide all of it".into(),
            Self::RewardName { .. } => "choose another `reward`: lower-case letters, digits, `_` and `-`, at most 64".into(),
            Self::RewardTwice { .. } => "give each a `reward` of its own".into(),
            Self::NumberZero { .. } => "write a number above zero".into(),
            Self::ValueTwice { .. } => "keep one of the rows".into(),
            Self::StepBackwards { .. } => "sort the rows by step, those without step first: a later row replaces an earlier one".into(),
            Self::ProposalNotOpen { .. } => "correct the row or remove it; when a proposal closes, the stakes on it are free without a row".into(),
            Self::StakesAboveHoldings { .. } => "correct the stake or the holdings; who sells what they staked first withdraws the stake (amount 0)".into(),
            Self::ProposalMissing { .. } => "put the row back: a proposal stays in the table until it is funded or killed".into(),
            Self::ProposalChanged { .. } => "set it back, or make another proposal: terms cannot change while people stake on them".into(),
            Self::StepsTooMany { .. } => "make more rounds of fewer steps".into(),
            Self::ColumnUnknown { table, known, .. } => format!("the columns of {table}: {known}"),
            Self::RankInvalid { .. } => "write the rank as a whole number, 1 for the first; `linear` takes any number".into(),
            Self::RecipientTwice { allocation, choices, .. } => format!("remove one of the rows, or say with the setting `rows` of `{allocation}` what several rows of one recipient mean: {choices}"),
            Self::RecipientTwoAddresses { .. } => "correct one of the rows: one person is paid at one address; for two people of one name, name a column of account ids with `account`".into(),
            Self::WeightTooLarge { .. } => "check the row for missing decimal points, and the `factor` of each weight".into(),
            Self::FloorsAbovePool { .. } => "lower `floor`, raise the pool, or leave recipients out with `filters`".into(),
            Self::ClaimedImpossible { .. } => "remove the input `claimed`; it belongs in the first round of an allocation behind one that was paid by claims (`merkle` or `merkle-distributor` in `payouts` of ledger.json)".into(),
            Self::NothingPaid { .. } => "check the address: distribution.csv of that round lists who was paid".into(),
            Self::ClaimedAboveTotal { .. } => "correct the row: nobody can claim more than the tree gives them; amounts are in token units".into(),
            Self::ClaimedAbovePaid { .. } => "list only what was claimed of this allocation; where a round paid several, a claim is divided among them by the columns of its distribution.csv".into(),
            Self::MemberKeyInvalid { .. } => "write `id:<account id>`, `name:<name>` or `team:<id>`, `-` before one takes it back, `|` between them (`\\|` inside one)".into(),
            Self::MemberKeyTwice { .. } => "take it back from one of them in a row of theirs: `-` before the key".into(),
            Self::MemberKeyAbsent { .. } => "correct the key, its letter case counts; or remove it here".into(),
            Self::MemberAddressTwice { .. } => "give the keys of both to one name if they are one person, else correct an address".into(),
            Self::MemberRowsOrder { .. } => "put the rows of a name into the order of their rounds".into(),
            Self::MemberAddressDiffers { .. } => "ask the person which address is theirs, then correct the input or add a row to members.csv".into(),
            Self::MemberAddressRefused { .. } => "correct the address, or leave it empty: what is sent there is lost".into(),
            Self::RoundClosed { .. } => "a closed round is never closed again: `meed verify` recomputes it".into(),
            Self::ResultsInTheWay { .. } => {
                "results/ and settlements/ are written by meed only: remove the folder and commit, then close".into()
            }
            Self::RoundsOpenSeveral { .. } => "name the round, or close all with `--all`".into(),
            Self::RoundNotClosed { known, .. } => format!("closed rounds: {known}"),
            Self::RecipientUnknown { nearest, .. } if nearest.to_string().is_empty() => "the file distribution.csv of a closed round, or `meed -v check`, lists all recipients".into(),
            Self::RecipientUnknown { nearest, .. } => format!("names that are near: {nearest}"),
            Self::RecipientAmbiguous { candidates, .. } => format!("give the address or the key of one of them: {candidates}"),
            Self::RoundsOpenNone { .. } => "commit a new round folder first (`meed round new ID` writes its round file)".into(),
            Self::RoundsClosedNone { .. } => "close one first: `meed close`; `--rev COMMIT` looks at another commit".into(),
            Self::PersonUnknown { .. } => "give an address, a key such as `id:...`, an account id or the name as results write it; `meed export csv` lists everybody".into(),
            Self::PersonSeveral { .. } => "give the address or the key of the one you mean".into(),
            Self::PeriodNotOver { .. } => "wait until the period is over, or close it now with `--early`".into(),
            Self::PeriodOutOfOrder { .. } => "check the dates; `--late` closes it all the same".into(),
            Self::RecordInvalid { .. } | Self::SequenceGap { .. } | Self::SequenceTwice { .. } | Self::CarryDigest { .. } => "the record was changed by hand or by a merge: `meed verify` says where; restore it before closing".into(),
            Self::PayoutDiffers { .. } => "nothing was written; this is a fault of meed: take the format out of `payouts`, and report it with the round".into(),
            Self::CarriedMethodDiffers { .. } => "give the new allocation another name; what the old one keeps stays listed under its own".into(),
            Self::TransactionInvalid { .. } => "write `0x` and 64 hexadecimal digits, as explorers of the chain show it".into(),
            Self::TransactionTwice { .. } => "a transaction is recorded once; `meed settle ROUND --list` shows those of a round".into(),
            Self::ChainDiffers { .. } => "leave `--chain` out, or look for the transaction on the token's chain: another token there may have the same name".into(),
            Self::SettlementFormatUnknown { known, .. } => format!("formats that pay: {known}"),
            Self::SettlementFormatDiffers { .. } => "a round is paid by one of its payout files: check that nobody is paid twice; without `--payout` the format of the settlements before is taken".into(),
            Self::PayoutsSeveral { .. } => "name the one that was paid with `--payout FORMAT`".into(),
            Self::ClaimsInParts { .. } => "leave `--file` out: the transaction that funded the contract settles the round".into(),
            Self::PaymentsNone { .. } => "give it a row a payment, or leave `--file` out to settle all that is open".into(),
            Self::PayeeUnknown { .. } => "check the address with the round's results/distribution.csv; a payment of something else is no part of the round".into(),
            Self::PaidTooMuch { .. } => "correct the amount; `meed settle ROUND --list` shows what was settled before".into(),
            Self::RoundSettled { .. } => "nothing is left to record; `meed settle ROUND --list` shows what was settled".into(),
            Self::RoundUnverified { impossible: true, .. } => "fetch what is missing: `git lfs pull`, or name the folder of the objects with --lfs-dir DIR".into(),
            Self::RoundUnverified { .. } => "do not pay by it: `meed verify ROUND` shows the checks, .github/SECURITY.md says what to do".into(),
            Self::NotARepository { .. } => "give the ledger's folder with `--ledger DIR`, or make one with `meed init`".into(),
            Self::RepositoryUnreadable { .. } => "check the path and its permissions; `git fsck` tells of damage".into(),
            Self::RepositoryNotOwned { path } => format!("if you trust it: `git config --global --add safe.directory {path}` (usual in containers)"),
            Self::RepositoryShallow { .. } => "fetch the whole history: `git fetch --unshallow`, in GitHub Actions `fetch-depth: 0`".into(),
            Self::RepositoryPartial { .. } => "clone again without `--filter`".into(),
            Self::RepositoryFormat { .. } => "ledgers use SHA-1 objects and plain refs: `git clone` into a repository made with git's defaults".into(),
            Self::RepositoryUnborn { .. } => "commit first; `meed init` makes a ledger with its first commit".into(),
            Self::HeadDetached { .. } => "check out a branch, or name one with `--branch NAME`".into(),
            Self::BranchUnknown { .. } => "`git branch` lists the branches".into(),
            Self::CommitUnknown { .. } => "give a commit id, a branch or a tag that this repository holds; fetch it first if need be".into(),
            Self::BranchMoved { .. } => "nothing was written; look at what came in, then try again".into(),
            Self::BranchLocked { .. } | Self::IndexLocked { .. } => "try again; if no git program is running, remove the lock file".into(),
            Self::BranchElsewhere { .. } => "close from that work tree: `meed --ledger THERE close`".into(),
            Self::WorkTreeBusy { .. } => "finish or abort it first: `git status` says how".into(),
            Self::PathInTheWay { .. } => "move it away; nothing was written".into(),
            Self::WorkTreeDiffers { .. } => "commit the change or set it back; `--committed` closes what is committed all the same".into(),
            Self::ResultsDiffer { path } => {
                format!("set it back (after a crash the work tree may lag behind): git restore --staged --worktree -- {path}")
            }
            Self::GitFailed { .. } => "`git fsck` tells of damage; a full disk and missing permissions are other causes".into(),
            Self::KeyMissing => "give a key with `--key FILE` or MEED_SIGNING_KEY, or set git's `user.signingkey`".into(),
            Self::KeyUnreadable { .. } => "give the path of an OpenSSH private key (`ssh-keygen -t ed25519 -f KEY` makes one)".into(),
            Self::KeyIsPem { key } => format!("rewrite it: `ssh-keygen -p -f {key}`"),
            Self::KeyIsPublic { .. } => "give the private key, or load it into the agent: `ssh-add KEY`".into(),
            Self::KeyNeedsPassphrase { .. } => "set MEED_KEY_PASSPHRASE, run on a terminal, or load the key into the agent: `ssh-add KEY`".into(),
            Self::KeyPassphraseWrong { .. } => "try again; MEED_KEY_PASSPHRASE is used when it is set".into(),
            Self::KeyUnsupported { .. } => "use an ed25519, ECDSA (P-256, P-384, P-521) or RSA key; a hardware key signs through the agent: `ssh-add KEY`".into(),
            Self::AgentUnreachable { .. } => "start one: `eval \"$(ssh-agent)\"; ssh-add KEY`".into(),
            Self::AgentRefused { .. } => "unlock or touch the key when it asks, and try again".into(),
            Self::KeyNotAllowed { .. } => "a signer adds it with `meed signers add KEY.pub`; then close again".into(),
            Self::AllowedSignersInvalid { .. } => "a line reads `mail@example.org namespaces=\"git\" ssh-ed25519 AAAA...`; see ssh-keygen(1), ALLOWED SIGNERS".into(),
            Self::AllowedSignersMissing { .. } => "`meed init` writes it; an auditor gives their own with `--signers FILE`".into(),
            Self::AuthorMissing => "set git's `user.name` and `user.email`, or MEED_AUTHOR to `Name <mail>`".into(),
            Self::AuthorInvalid { .. } => "write it as `Ada Example <ada@example.org>`".into(),
            Self::KeyMismatch { .. } => "give the private key that belongs to the public one with `--key FILE`".into(),
            Self::ExistsAlready { .. } => "nothing was written: keep what is there, or choose another name".into(),
            Self::FolderNotEmpty { .. } => "give an empty or a new folder".into(),
            Self::PublicKeyInvalid { .. } => "give the file that `ssh-keygen` wrote with the ending .pub".into(),
            Self::PrincipalInvalid { .. } => "give a mail address with `--principal`".into(),
            Self::SignerUnknown { .. } => "`meed signers list` shows principals and fingerprints".into(),
            Self::SignerLast { .. } => "add another signer first; of several keys of one principal, name the one to remove by its fingerprint".into(),
            Self::SignerTwice { .. } => "nothing to do; `meed signers list` shows it".into(),
            Self::FileSystem { .. } => "check the path, its permissions and the space on the disk".into(),
        }
    }
}
