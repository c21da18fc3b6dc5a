//! A made-up round, divided: the files of a ledger as a commit would hold them, and the method's own
//! arithmetic on them. Amounts are integers of the token's smallest unit, as in every round.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Parameters;
use super::tables::{DAY, Round, inputs, settings};
use crate::address::Address;
use crate::amount::Amount;
use crate::calculate::{Money, Snapshot, money};
use crate::error::{Error, Place, Problems};
use crate::files::{Content, Files};
use crate::ledger::plan::Plan;
use crate::ledger::round_id::{ROUND_FILE, RoundId};
use crate::ledger::{LEDGER_FILE, Ledger};
use crate::methods::Method;
use crate::recipient::Key;
use crate::statement::{CARRY_FILE, Record, Recorded};

/// The folder of the made-up rounds.
const ROUNDS: &str = "rounds";

/// What a round hands on to the next.
#[derive(Debug, Clone)]
pub struct After {
    recorded: Recorded,
    carry: Arc<[u8]>,
}

/// What a round came to.
#[derive(Debug, Clone)]
pub struct Played {
    /// What each recipient is due of the round, by number of the member.
    pub due: Vec<(u32, Amount)>,
    /// Units that are paid, held and never divided.
    pub sums: [u128; 3],
    /// The state for the next round.
    pub after: After,
}

/// Divides a round on what the one before left.
pub fn play(method: Method, round: &Round<'_>, before: Option<&After>) -> Result<Played, Problems> {
    let parameters = round.parameters;
    let ledger_file = Place::file(LEDGER_FILE);
    let id = RoundId::parse(&format!("round-{}", round.timestep), &ledger_file)?;
    let mut files = Files::default();
    let mut insert = |path: String, bytes: Vec<u8>| files.insert(path, Content::File(bytes));
    insert(LEDGER_FILE.to_owned(), ledger(parameters).to_string().into_bytes());
    let settings = settings(method, parameters);
    let mut paths = serde_json::Map::new();
    for (role, bytes) in inputs(method, round, &settings) {
        let name = format!("{role}.csv");
        insert(format!("{ROUNDS}/{id}/{name}"), bytes);
        paths.insert(role.to_owned(), Value::String(name));
    }
    let mut allocation = json!({
        "name": method.id(), "method": method.id(), "inputs": paths, "settings": settings,
    });
    // Where each point of a rank has its price, that is the pool.
    if let Some(allocation) =
        allocation.as_object_mut().filter(|_| !settings.contains_key("tokens_per_respect"))
    {
        allocation.insert("pool".to_owned(), Value::String(parameters.pool.to_string()));
    }
    let file = json!({"format": 1, "period": {"start": DAY, "end": DAY}, "allocations": [allocation]});
    insert(format!("{ROUNDS}/{id}/{ROUND_FILE}"), file.to_string().into_bytes());
    let mut record = Record::default();
    if let Some(After { recorded, carry }) = before {
        insert(format!("{}/{CARRY_FILE}", recorded.folder), carry.to_vec());
        record.push(recorded.clone());
    }
    let ledger = Ledger::read(&files)?;
    let plan = Plan::read(&files, &ledger, &id, 1)?;
    let money = money(Snapshot { files: &files, record: &record }, &ledger, &plan)?;
    Ok(played(money, parameters.decimals)?)
}

/// The ledger of the made-up rounds.
fn ledger(parameters: &Parameters) -> Value {
    json!({
        "format": 1, "id": "simulated", "name": "simulated", "rounds": ROUNDS, "payouts": [],
        "token": {"symbol": "TOKEN", "decimals": parameters.decimals}, "display_decimals": 0,
    })
}

fn played(money: Money, decimals: u8) -> Result<Played, Error> {
    let Money { due, carry, recorded, .. } = money;
    let invalid = |reason: String| Error::RecordInvalid { place: Place::file(&recorded.path()), reason };
    let units = |key: &Key| member_of(key).ok_or_else(|| invalid(format!("`{key}` is nobody's key")));
    let due =
        due.iter().map(|(line, amount)| Ok((units(&line.key)?, *amount))).collect::<Result<_, Error>>()?;
    let own = recorded.statement.predicate.allocations.first();
    let own = own.ok_or_else(|| invalid("has no allocation".to_owned()))?;
    let [_, _, _, _, paid, held, _, unallocated] = own.sums.balances(decimals).map_err(invalid)?;
    let sums = [paid, held, unallocated].map(|balance| balance.size().units());
    Ok(Played { due, sums, after: After { recorded, carry: carry.into() } })
}

/// The number of the member with that key: an address, an account id or a name.
fn member_of(key: &Key) -> Option<u32> {
    let of_address = |address: &Address| {
        let last = address.bytes().last_chunk::<4>()?;
        Some(u32::from_be_bytes(*last))
    };
    match key {
        Key::Address(address) => of_address(address),
        Key::Text(text) => text.rsplit_once('-').and_then(|(_, number)| number.parse().ok()),
    }
}
