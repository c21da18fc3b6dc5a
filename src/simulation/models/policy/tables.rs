//! The inputs of a made-up round: the tables that each method reads, and the settings where nobody gives
//! others.

use serde_json::{Map, Value, json};

use super::Parameters;
use super::population::{Contribution, Member};
use crate::methods::Method;
use crate::simulation::random::Random;
use crate::tables::TableWriter;

/// How many meet in a group of fractal-v1, at most.
const GROUP_SIZE: usize = 6;
/// The scores of praise-v1 where the settings name none.
const SCORES: [u32; 11] = [0, 1, 3, 5, 8, 13, 21, 34, 55, 89, 144];
/// Most slots of a praise that the method reads.
const SLOTS_MOST: usize = 20;
/// The day and hour of everything.
pub const DAY: &str = "2000-01-01";
const INSTANT: &str = "2000-01-01T00:00:00Z";

/// What a table of cred remembers of a round: member and cred.
pub type Cred = Vec<(u32, f64)>;

/// A round before it is divided.
pub struct Round<'a> {
    /// The timestep.
    pub timestep: u32,
    /// The parameters.
    pub parameters: &'a Parameters,
    /// The members that are there, with their numbers.
    pub members: &'a [(u32, Member)],
    /// Who takes part, in the order of the members.
    pub contributions: &'a [Contribution],
    /// Cred of the rounds before, with their timesteps.
    pub cred: &'a [(u32, std::sync::Arc<Cred>)],
}

/// An input: role, and the bytes of its table.
pub type Input = (&'static str, Vec<u8>);

/// The name, and account id, of a member.
pub fn name(member: u32) -> String {
    format!("member-{member}")
}

/// The address of a member with that number, in lower case.
pub fn address(member: u32) -> String {
    format!("0x5157{member:036x}")
}

fn address_of(member: u32, who: Member) -> String {
    if who.has_address { address(member) } else { String::new() }
}

/// Why rounds of a method cannot be made up.
pub const fn fault_of(method: Method) -> Option<&'static str> {
    match method {
        Method::PraiseV1
        | Method::SourcecredV1
        | Method::FractalV1
        | Method::GrainV1
        | Method::WeightedV1 => None,
        Method::AirdropV1 => Some("divides by what people hold, and no score changes that"),
        Method::ConvictionV1 => Some("is what the model `conviction` simulates"),
        Method::WorkV1 => Some("is what the model `work` simulates"),
    }
}

/// The settings where nobody gives others, with those that are given on top.
pub fn settings(method: Method, parameters: &Parameters) -> Map<String, Value> {
    let base = match method {
        Method::PraiseV1 => json!({
            "contributor_share": "0.9", "quantifier_share": "0.07", "rewardboard_share": "0.03",
            "quantifiers": 4, "allowed_values": SCORES.map(|score| score.to_string()),
        }),
        Method::WeightedV1 => json!({"weights": [{"column": "score"}]}),
        Method::FractalV1 => json!({"meetings": "all"}),
        Method::GrainV1 => {
            json!({"policies": [{"policy": "balanced", "budget": parameters.pool.to_string(), "lookback": 0}]})
        }
        Method::SourcecredV1 | Method::AirdropV1 | Method::ConvictionV1 | Method::WorkV1 => json!({}),
    };
    let mut settings = if let Value::Object(base) = base { base } else { Map::new() };
    settings.extend(parameters.settings.clone());
    settings
}

/// The inputs of a round, by role.
pub fn inputs(method: Method, round: &Round<'_>, settings: &Map<String, Value>) -> Vec<Input> {
    match method {
        Method::PraiseV1 => vec![("praise", praises(round, settings)), ("rewardboard", board(round))],
        Method::SourcecredV1 => vec![("sourcecred", amounts(round))],
        Method::WeightedV1 => vec![("table", scores(round))],
        Method::FractalV1 => vec![("ranks", ranks(round)), ("members", addresses(round))],
        Method::GrainV1 => vec![("cred", cred(round)), ("accounts", accounts(round))],
        Method::AirdropV1 | Method::ConvictionV1 | Method::WorkV1 => Vec::new(),
    }
}

/// What somebody's contributions come to.
pub fn score(contribution: &Contribution) -> f64 {
    contribution.qualities.iter().fold(0.0, |sum, quality| sum + quality)
}

/// A score as tables have it: six decimals.
fn decimal(value: f64) -> String {
    format!("{value:.6}")
}

/// A table of rows of plain cells.
fn table<T: AsRef<str>>(header: &[T], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut table = TableWriter::new(header);
    for row in rows {
        for cell in &row {
            table.plain(cell);
        }
        table.end_row();
    }
    table.into_bytes()
}

/// The praise table: each contribution is a praise, which the quantifiers score in turn.
fn praises(round: &Round<'_>, settings: &Map<String, Value>) -> Vec<u8> {
    let slots = settings.get("quantifiers").and_then(Value::as_u64).unwrap_or(0);
    let slots = usize::try_from(slots).unwrap_or(SLOTS_MOST).min(SLOTS_MOST);
    let allowed = allowed_values(settings);
    let quantifiers: Vec<&Contribution> =
        round.contributions.iter().take(round.parameters.quantifying as usize).collect();
    let mut header =
        ["ID", "DATE", "TO USER ACCOUNT", "TO USER ACCOUNT ID", "TO ETH ADDRESS"].map(str::to_owned).to_vec();
    header.extend(["FROM USER ACCOUNT", "REASON", "AVG SCORE"].map(str::to_owned));
    for slot in 1..=slots {
        let columns = ["SCORE", "DUPLICATE ID", "DISMISSED"].map(|column| format!("{column} {slot}"));
        header.extend(columns);
        header.extend(["USERNAME", "ETH ADDRESS"].map(|column| format!("QUANTIFIER {slot} {column}")));
    }
    let mut rows = Vec::new();
    for contribution in round.contributions {
        let (to, mut random) = (name(contribution.member), contribution.random.clone());
        for quality in &contribution.qualities {
            let number = rows.len() + 1;
            let mut cells = Vec::with_capacity(slots * 5);
            let (mut sum, mut count) = (0.0, 0_u32);
            for slot in 0..slots {
                let scored = scored(*quality, &allowed, &mut random);
                let turn =
                    (number - 1 + slot).checked_rem(quantifiers.len()).filter(|_| slot < quantifiers.len());
                let Some(quantifier) = turn.and_then(|turn| quantifiers.get(turn)) else {
                    cells.extend(["", "", "false", "", ""].map(str::to_owned));
                    continue;
                };
                (sum, count) = (sum + scored, count + 1);
                cells.extend([scored.to_string(), String::new(), "false".to_owned()]);
                cells.extend([name(quantifier.member), address_of(quantifier.member, quantifier.who)]);
            }
            let average = if count == 0 { 0.0 } else { sum / f64::from(count) };
            let mut row = vec![format!("praise-{number}"), INSTANT.to_owned(), to.clone(), to.clone()];
            row.push(address_of(contribution.member, contribution.who));
            row.extend(["somebody".to_owned(), String::new(), decimal(average)]);
            row.append(&mut cells);
            rows.push(row);
        }
    }
    table(&header, rows)
}

/// The scores that a quantifier may give, as numbers: in the settings' order.
fn allowed_values(settings: &Map<String, Value>) -> Vec<f64> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<f64>().ok(),
        other => other.as_f64(),
    };
    let given = settings.get("allowed_values").and_then(Value::as_array);
    let given: Vec<f64> = given.into_iter().flatten().filter_map(number).collect();
    if given.is_empty() { SCORES.map(f64::from).to_vec() } else { given }
}

/// What a quantifier says to a contribution: half as much to half as much again, and then the nearest of
/// the allowed values.
fn scored(quality: f64, allowed: &[f64], random: &mut Random) -> f64 {
    let seen = quality * (0.5 + random.uniform());
    let distance = |value: f64| if value > seen { value - seen } else { seen - value };
    let nearer =
        |nearest: f64, value: &f64| if distance(*value) < distance(nearest) { *value } else { nearest };
    allowed.iter().fold(allowed.first().copied().unwrap_or_default(), nearer)
}

/// The reward board: those with an address who have been members longest.
fn board(round: &Round<'_>) -> Vec<u8> {
    let with_address = round.members.iter().filter(|(_, who)| who.has_address);
    let rows = with_address.take(round.parameters.board as usize).map(|(member, _)| vec![address(*member)]);
    table(&["ID"], rows)
}

fn amounts(round: &Round<'_>) -> Vec<u8> {
    let row = |it: &Contribution| vec![name(it.member), address_of(it.member, it.who), decimal(score(it))];
    table(&["name", "address", "vested_amount"], round.contributions.iter().map(row))
}

fn scores(round: &Round<'_>) -> Vec<u8> {
    let row = |it: &Contribution| {
        let rounds = round.timestep.saturating_sub(it.who.joined) + 1;
        vec![name(it.member), address_of(it.member, it.who), decimal(score(it)), rounds.to_string()]
    };
    table(&["recipient", "address", "score", "rounds"], round.contributions.iter().map(row))
}

/// The table of ranks: one meeting for each of the contributions, with groups by lot. In a group the best
/// contribution gets the highest rank.
fn ranks(round: &Round<'_>) -> Vec<u8> {
    let mut by_lot: Vec<&Contribution> = round.contributions.iter().collect();
    by_lot.sort_by(|left, right| left.lot.total_cmp(&right.lot).then(left.member.cmp(&right.member)));
    let groups = by_lot.len().div_ceil(GROUP_SIZE);
    let mut rows = Vec::new();
    for meeting in 0..round.parameters.praises as usize {
        let number = u64::from(round.timestep - 1) * u64::from(round.parameters.praises) + meeting as u64 + 1;
        for group in 0..groups {
            let quality = |it: &Contribution| it.qualities.get(meeting).copied().unwrap_or_default();
            // Each meeting deals the members to the groups in another order.
            let mut dealt: Vec<&Contribution> = by_lot
                .iter()
                .enumerate()
                .filter(|(place, _)| (place + place / groups * meeting) % groups == group)
                .map(|(_, it)| *it)
                .collect();
            dealt.sort_by(|left, right| {
                quality(left).total_cmp(&quality(right)).then(left.member.cmp(&right.member))
            });
            for (it, rank) in dealt.iter().zip(1..) {
                let rank: u64 = rank;
                let own = name(it.member);
                rows.push(vec![
                    own.clone(),
                    own,
                    number.to_string(),
                    (group + 1).to_string(),
                    rank.to_string(),
                    String::new(),
                    String::new(),
                ]);
            }
        }
    }
    table(&["MemberID", "Name", "MeetingID", "Group", "Rank", "TeamID", "TeamName"], rows)
}

fn addresses(round: &Round<'_>) -> Vec<u8> {
    let with_address = round.members.iter().filter(|(_, who)| who.has_address);
    table(&["MemberID", "Address"], with_address.map(|(member, _)| vec![name(*member), address(*member)]))
}

/// The table of cred: of this round and of those before that are remembered, a timestep an interval.
fn cred(round: &Round<'_>) -> Vec<u8> {
    let row = |timestep: u32, member: u32, cred: f64| vec![name(member), timestep.to_string(), decimal(cred)];
    let is_here = |member: u32| round.members.binary_search_by_key(&member, |(number, _)| *number).is_ok();
    let before = round
        .cred
        .iter()
        .flat_map(|(timestep, cred)| cred.iter().map(move |(member, cred)| (*timestep, *member, *cred)));
    let rows = before
        .filter(|(_, member, _)| is_here(*member))
        .map(|(timestep, member, cred)| row(timestep, member, cred));
    // Who takes no part stands there with nothing: the round has an interval whoever takes part.
    let now = round.members.iter().map(|(member, _)| {
        let own = round.contributions.binary_search_by_key(member, |it| it.member).ok();
        let own = own.and_then(|place| round.contributions.get(place));
        row(round.timestep, *member, own.map_or(0.0, score))
    });
    table(&["name", "interval", "cred"], rows.chain(now))
}

fn accounts(round: &Round<'_>) -> Vec<u8> {
    let row =
        |(member, who): &(u32, Member)| vec![name(*member), address_of(*member, *who), "true".to_owned()];
    table(&["name", "address", "active"], round.members.iter().map(row))
}
