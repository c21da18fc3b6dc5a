//! fractal-v1: small groups rank their members by consensus, ranks become Respect, and Respect tokens.
//!
//! Source: the Genesis fractal's data set and analysis (fractal_governance). Frozen as version 1.
//!
//! 1. Members meet weekly in groups of about six and agree on a rank for each. A rank earns
//!    Respect(rank) = Fibonacci(rank + `respect_offset`), F(1) = F(2) = 1. With offset 2 ranks 1 to 6
//!    earn 2, 3, 5, 8, 13, 21 (the published figures); with offset 1 they earn 1, 2, 3, 5, 8, 13 (the
//!    rule after the correction of May 2022).
//! 2. A round pays the meetings of `meetings`: a list, `all`, or else those whose date lies in its
//!    period. Dates stand in the table `meetings`, or follow from `first_meeting`: meeting n is n - 1
//!    intervals after it, and one interval later for each entry of `skipped_weeks` below n.
//! 3. Reward `member`: Respect x `tokens_per_respect`, or the pool apportioned by Respect, which what
//!    the input `claimed` brings in joins; beside `tokens_per_respect` that input is an error.
//! 4. A team earns the Respect of its members in the rows that name it. Reward `team`, only with
//!    `team_reward`, pays it as members are paid; members and teams then share one pool, in whose draw
//!    the keys are `<key>/member` and `<key>/team` and the reward is `member`.
//! 5. A member's key is the address of the table `members`, else `name:<MemberID>`; the name shown is
//!    their Name of the earliest meeting that gives one, else the MemberID. A team's key is
//!    `team:<TeamName>`: team ids of one name are one team.
//!
//! Member ids, team names and groups are compared after NFC and trimming; a TeamID or Group `3.0` is
//! `3`. Errors look at the whole table, warnings at what the round pays, statistics (which change no
//! amount) at the whole table again, as the fractal's history.
//!
//! A worked example: offset 2 and 3 tokens for each Respect. Heron took rank 6 in meeting 1 and
//! rank 2 in meeting 2, which is 21 + 3 = 24 Respect and 72 tokens. Wren took rank 1 for the team
//! Marsh: 2 Respect and 6 tokens; with `team_reward` Marsh gets 6 tokens as well.
//!
//! ```
//! use meed::methods::fractal_v1::respect;
//! assert_eq!([1, 2, 3, 4, 5, 6].map(|rank| respect(rank, 2)), [2, 3, 5, 8, 13, 21]);
//! assert_eq!([1, 2, 3, 4, 5, 6].map(|rank| respect(rank, 1)), [1, 2, 3, 5, 8, 13]);
//! ```

mod explain;
pub(crate) mod meetings;
pub(crate) mod ranks;
mod statistics;
mod tables;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Method, Outcome, Request, Reward, collected, json_value};
use crate::address::Address;
use crate::amount::{Amount, Division, Weight};
use crate::error::{Error, Place};
use crate::ledger::round_file::DecimalText;
use crate::recipient::{Key, Recipient};
use crate::tables::Table;
pub(super) use explain::explain_each;
use meetings::Meetings;
use ranks::Entry;

/// The largest `respect_offset`: Fibonacci(92 + 10) and sums of it are far inside 128 bits.
const OFFSET_LIMIT: u8 = 10;
/// Most days between two meetings.
const INTERVAL_LIMIT_DAYS: u64 = 366;
/// The reward of members, and that of the draw.
const MEMBER: &str = "member";
/// The reward of teams.
const TEAM: &str = "team";
/// The inputs, in the order in which they are read.
const ROLES: [&str; 3] = ["ranks", "meetings", "members"];

/// The settings of fractal-v1.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of fractal-v1")]
pub struct Settings {
    /// Respect(rank) = Fibonacci(rank + this), 0 to 10.
    #[serde(default = "published_offset")]
    #[schemars(range(min = 0, max = 10))]
    pub respect_offset: u64,
    /// The meetings that the round pays; without it those whose date lies in the round's period.
    #[serde(default)]
    pub meetings: Option<PaidMeetings>,
    /// What one Respect pays, in token units. Exactly one of this and the allocation's pool is given.
    #[serde(default)]
    pub tokens_per_respect: Option<DecimalText>,
    /// Whether teams are paid for the Respect of their members.
    #[serde(default)]
    pub team_reward: bool,
    /// The day of meeting 1, `YYYY-MM-DD`, where there is no table of meetings.
    #[serde(default)]
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub first_meeting: Option<String>,
    /// Days from one meeting to the next, 1 to 366.
    #[serde(default = "weekly")]
    #[schemars(range(min = 1, max = 366))]
    pub interval_days: u64,
    /// Numbers of meetings after which one interval passed without a meeting; twice for two intervals.
    #[serde(default)]
    #[schemars(inner(range(min = 1, max = 999_999_999)))]
    pub skipped_weeks: Vec<u64>,
}

/// The meetings that a round pays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`meetings` must be \"all\" or a list of meeting numbers")]
pub enum PaidMeetings {
    /// All meetings of the table of ranks.
    All(AllMeetings),
    /// These.
    List(#[schemars(inner(range(min = 1, max = 999_999_999)))] Vec<u64>),
}

/// The word `all`.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AllMeetings {
    /// All of them.
    All,
}

/// The offset of the published figures.
fn published_offset() -> u64 {
    2
}

/// Seven days.
fn weekly() -> u64 {
    7
}

impl Settings {
    /// The `respect_offset`, if it is in its range.
    fn offset(&self) -> Option<u8> {
        u8::try_from(self.respect_offset).ok().filter(|offset| *offset <= OFFSET_LIMIT)
    }

    /// Reports numbers outside their ranges.
    fn check_ranges(&self, request: &Request<'_>, problems: &mut Vec<Error>) {
        if self.offset().is_none() {
            problems.push(request.out_of_range("respect_offset", self.respect_offset, "0 to 10"));
        }
        if !(1..=INTERVAL_LIMIT_DAYS).contains(&self.interval_days) {
            problems.push(request.out_of_range("interval_days", self.interval_days, "1 to 366"));
        }
    }
}

/// What Respect is turned into tokens by.
#[derive(Debug, Clone, Copy)]
enum Basis {
    /// A pool that is divided in proportion.
    Pool(Amount),
    /// So much for each.
    Rate(Amount),
}

impl Basis {
    /// The one of pool and `tokens_per_respect` that is given.
    fn of(settings: &Settings, request: &Request<'_>) -> Result<Self, Error> {
        let fault = |found| Error::PoolOrRate { place: request.place(), allocation: request.name(), found };
        match (request.allocation.declared, &settings.tokens_per_respect) {
            (Some(pool), None) => Ok(Self::Pool(pool)),
            (None, Some(rate)) => {
                let rate =
                    Amount::parse(&rate.0, request.decimals(), &request.place(), "tokens_per_respect")?;
                Ok(Self::Rate(rate))
            }
            (Some(_), Some(_)) => Err(fault("both `pool` and `tokens_per_respect` are")),
            (None, None) => Err(fault("neither `pool` nor `tokens_per_respect` is")),
        }
    }
}

/// Respect for a rank: Fibonacci(rank + offset), F(0) = 0, F(1) = F(2) = 1. Exact up to F(186), far
/// behind the largest rank and offset.
pub fn respect(rank: u8, offset: u8) -> u128 {
    let last = u16::from(rank) + u16::from(offset);
    let (value, _) = (0..last).fold((0_u128, 1_u128), |(this, next), _| (next, this.saturating_add(next)));
    value
}

/// Reads the inputs of an allocation and divides its pool.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Error>> {
    let mut problems = Vec::new();
    let Some(sources) = read_sources(request, &mut problems) else { return Err(problems) };
    let sound = sources.rows(request, problems)?;
    let (settings, round) = (&sources.settings, sound.round(&sources));
    let mut outcome = round.pay(settings, sound.basis, request).map_err(|error| vec![error])?;
    let statistics = statistics::of(&sound.entries, &sound.meetings);
    outcome.tables = tables::of(&statistics);
    outcome.statistics = json_value(&statistics);
    outcome.warnings = warnings::of(&round, settings, sound.basis, request);
    Ok(outcome)
}

/// What the allocation's files and settings hold, before the rows are read.
struct Sources {
    settings: Settings,
    basis: Option<Basis>,
    ranks: Option<Table>,
    dated: Option<Table>,
    addresses: BTreeMap<String, Address>,
}

/// What was read, sound.
struct Sound<'a> {
    basis: Basis,
    entries: Vec<Entry<'a>>,
    meetings: Meetings,
    place: Place,
}

/// Settings and tables; `None` where the settings cannot be read.
fn read_sources(request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Sources> {
    let settings: Settings = collected(request.settings(), problems)?;
    request.check_roles(Method::FractalV1, problems);
    settings.check_ranges(request, problems);
    let basis = collected(Basis::of(&settings, request), problems);
    if settings.tokens_per_respect.is_some() {
        request.refuse_claimed("`tokens_per_respect` fixes what is paid", problems);
    }
    let ranks = table_of(request.input("ranks").map(Some), &ranks::COLUMNS, problems);
    let dated = table_of(request.optional_input("meetings"), &meetings::COLUMNS, problems);
    let listed = table_of(request.optional_input("members"), &ranks::MEMBER_COLUMNS, problems);
    let addresses = ranks::read_addresses(listed.as_ref(), problems);
    Some(Sources { settings, basis, ranks, dated, addresses })
}

impl Sources {
    /// The rows and the meetings; `problems` are those found before.
    fn rows(&self, request: &Request<'_>, mut problems: Vec<Error>) -> Result<Sound<'_>, Vec<Error>> {
        let (settings, dated) = (&self.settings, self.dated.as_ref());
        let found = problems.len();
        let entries = self.ranks.as_ref().map(|table| ranks::read(table, settings, &mut problems));
        // Where rows are damaged, a meeting might seem to be missing that is not.
        let entries = entries.filter(|_| problems.len() == found);
        let meetings = Meetings::read(entries.as_deref(), dated, settings, request, &mut problems);
        match (self.basis, &self.ranks, entries, meetings) {
            (Some(basis), Some(table), Some(entries), Some(meetings)) if problems.is_empty() => {
                Ok(Sound { basis, entries, meetings, place: Place::file(table.path()) })
            }
            _ => Err(problems),
        }
    }
}

impl<'a> Sound<'a> {
    /// All that the rule goes by.
    fn round(&'a self, sources: &'a Sources) -> Round<'a> {
        let Self { entries, meetings, place, .. } = self;
        Round { entries, meetings, addresses: &sources.addresses, place: place.clone() }
    }
}

/// The table of an input, where it is given and sound.
fn table_of(
    input: Result<Option<(&str, &[u8])>, Error>,
    columns: &[&str],
    problems: &mut Vec<Error>,
) -> Option<Table> {
    let (path, bytes) = collected(input, problems)??;
    Table::read(path, bytes, columns).map_err(|found| problems.extend(found)).ok()
}

/// What was read, sound.
struct Round<'a> {
    entries: &'a [Entry<'a>],
    meetings: &'a Meetings,
    addresses: &'a BTreeMap<String, Address>,
    /// The table of ranks.
    place: Place,
}

impl<'a> Round<'a> {
    /// The rows of the meetings that are paid.
    fn paid(&self) -> impl Iterator<Item = &'a Entry<'a>> {
        self.entries.iter().filter(|entry| self.meetings.paid.contains(&entry.meeting))
    }

    /// The key of a member.
    fn key_of(&self, member: &str) -> Key {
        Key::of(self.addresses.get(member).copied(), "", member)
    }

    /// The Respect of members and of teams that are paid.
    fn earned(&self, settings: &Settings) -> [BTreeMap<Key, Weight>; 2] {
        let mut members: BTreeMap<Key, Weight> = BTreeMap::new();
        let mut teams: BTreeMap<Key, Weight> = BTreeMap::new();
        for entry in self.paid() {
            *members.entry(self.key_of(&entry.member)).or_default() += Weight::from(entry.respect);
            if let Some(team) = entry.team.as_ref().filter(|_| settings.team_reward) {
                *teams.entry(Key::of_team(team)).or_default() += Weight::from(entry.respect);
            }
        }
        [members, teams]
    }

    /// Pool, rewards and recipients.
    fn pay(&self, settings: &Settings, basis: Basis, request: &Request<'_>) -> Result<Outcome, Error> {
        let [members, teams] = self.earned(settings);
        let (pool, amounts) = match basis {
            Basis::Rate(rate) => self.multiplied(rate, &members, &teams, settings)?,
            Basis::Pool(pool) => {
                let divisible = request.with_brought_in(pool)?;
                (pool, self.divided(divisible, &members, &teams, settings, request)?)
            }
        };
        let [member, team] = amounts;
        let mut rewards = vec![reward(MEMBER, member)];
        if settings.team_reward {
            rewards.push(reward(TEAM, team));
        }
        let input = |role| request.optional_input(role).ok().flatten();
        Ok(Outcome {
            declared: pool,
            pool,
            rewards,
            recipients: self.recipients(settings),
            read: ROLES.into_iter().filter_map(input).map(|(path, _)| path.to_owned()).collect(),
            ..Outcome::default()
        })
    }

    /// Respect times a rate, for members and teams, and the sum of all.
    fn multiplied(
        &self,
        rate: Amount,
        members: &BTreeMap<Key, Weight>,
        teams: &BTreeMap<Key, Weight>,
        settings: &Settings,
    ) -> Result<(Amount, [BTreeMap<Key, Amount>; 2]), Error> {
        let mut sum = Amount::ZERO;
        for entry in self.paid() {
            let times = if settings.team_reward && entry.team.is_some() { 2 } else { 1 };
            let earned = rate.units().checked_mul(entry.respect).and_then(|units| units.checked_mul(times));
            sum = earned.and_then(|units| sum.checked_add(Amount::from_units(units))).ok_or_else(|| {
                Error::Overflow { place: entry.row.place(), what: "the tokens up to this row".to_owned() }
            })?;
        }
        // No amount is above the sum, so each fits.
        let amount = |respect: &Weight| {
            let units = respect.saturating_mul(Weight::from(rate.units()));
            Amount::from_units(units.saturating_to())
        };
        let amounts = [members, teams]
            .map(|side| side.iter().map(|(key, respect)| (key.clone(), amount(respect))).collect());
        Ok((sum, amounts))
    }

    /// A pool apportioned by Respect, among members and teams together where there are teams.
    fn divided(
        &self,
        pool: Amount,
        members: &BTreeMap<Key, Weight>,
        teams: &BTreeMap<Key, Weight>,
        settings: &Settings,
        request: &Request<'_>,
    ) -> Result<[BTreeMap<Key, Amount>; 2], Error> {
        let division = self.division(pool, &shares_of(members, teams), settings, request)?;
        let mut parts = division.map(Division::into_parts).unwrap_or_default().into_iter();
        Ok([members, teams].map(|side| side.keys().cloned().zip(parts.by_ref()).collect()))
    }

    /// The division of the pool; the draw tells members from teams.
    fn division(
        &self,
        pool: Amount,
        shares: &[Share<'_>],
        settings: &Settings,
        request: &Request<'_>,
    ) -> Result<Option<Division>, Error> {
        let weights: Vec<Weight> = shares.iter().map(|share| share.respect).collect();
        let key_of = |index: usize| match shares.get(index) {
            Some(share) if settings.team_reward => format!("{}/{}", share.key, share.reward),
            share => share.map_or_else(String::new, |share| share.key.to_string()),
        };
        request.division(MEMBER, pool, &weights, &key_of, &self.place)
    }

    /// Names of everybody who is paid.
    fn recipients(&self, settings: &Settings) -> BTreeMap<Key, Recipient> {
        let recipient = |name: &str| Recipient { name: name.to_owned(), accounts: BTreeSet::new() };
        let names = ranks::names_of(self.entries, self.meetings);
        let mut recipients = BTreeMap::new();
        let members: BTreeSet<&str> = self.paid().map(|entry| entry.member.as_str()).collect();
        for member in members {
            let name = names.get(member).copied().unwrap_or(member);
            // Two members may share an address: the first in the order of ids is shown.
            recipients.entry(self.key_of(member)).or_insert_with(|| recipient(name));
        }
        let teams = self.paid().filter_map(|entry| entry.team.as_ref()).filter(|_| settings.team_reward);
        recipients.extend(teams.map(|team| (Key::of_team(team), recipient(team))));
        recipients
    }
}

/// A member's or a team's Respect, for which a pool is divided.
struct Share<'a> {
    key: &'a Key,
    reward: &'static str,
    respect: Weight,
}

/// Members, then teams.
fn shares_of<'a>(members: &'a BTreeMap<Key, Weight>, teams: &'a BTreeMap<Key, Weight>) -> Vec<Share<'a>> {
    let side = |side: &'a BTreeMap<Key, Weight>, reward: &'static str| {
        side.iter().map(move |(key, respect)| Share { key, reward, respect: *respect })
    };
    side(members, MEMBER).chain(side(teams, TEAM)).collect()
}

/// A reward that divides what its amounts sum to.
fn reward(name: &str, amounts: BTreeMap<Key, Amount>) -> Reward {
    // The amounts were parts of one sum, so they fit.
    let pool = Amount::sum(amounts.values().copied()).unwrap_or_default();
    Reward { name: name.to_owned(), pool, amounts }
}
