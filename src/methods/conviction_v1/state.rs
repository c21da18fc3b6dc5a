//! What conviction-v1 carries from round to round, and how it meets the next round's proposals.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::input::{ProposalRow, STEP_LIMIT};
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Shown, Warning};
use crate::methods::Request;
use crate::recipient::Key;
use crate::statement::{CARRY_FILE, Figure};
use crate::tables::compared;

/// The state after a round. The funds are what the allocation keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The last step that was computed.
    pub step: u64,
    /// Every proposal that has existed, in the byte order of the ids.
    pub proposals: Vec<ProposalState>,
}

/// A proposal after a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalState {
    /// Its id.
    pub proposal: String,
    /// Whether it is open.
    pub status: Status,
    /// In how many steps it has existed.
    pub age: u64,
    /// What it asks for, in token units.
    pub requested: Figure,
    /// Who gets it; may be empty where there is an address.
    pub beneficiary: String,
    /// The beneficiary's address; empty if none.
    pub address: String,
    /// Its conviction in token units; that of a killed one is the last, that of an active one 0.
    pub conviction: Figure,
    /// The stakes on it by participant, in byte order, none of them zero.
    pub stakes: Vec<StakeState>,
}

/// A stake after a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StakeState {
    /// Who stakes.
    pub participant: String,
    /// How much, in token units.
    pub amount: Figure,
}

/// What has become of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Open for stakes.
    Candidate,
    /// Funded.
    Active,
    /// Closed for want of stakes.
    Killed,
}

impl Status {
    /// The status as tables write it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Active => "active",
            Self::Killed => "killed",
        }
    }
}

/// A proposal while a round is computed; amounts in the smallest unit.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    pub title: String,
    pub beneficiary: String,
    pub address: Option<Address>,
    pub requested: u128,
    pub status: Status,
    pub age: u64,
    pub conviction: u128,
    pub stakes: BTreeMap<Rc<str>, u128>,
    /// The sum of the stakes.
    pub staked: u128,
}

impl Proposal {
    /// Who gets what it asks for.
    pub fn key(&self) -> Key {
        Key::of(self.address, "", &self.beneficiary)
    }
}

/// The proposals at the beginning of a round.
#[derive(Debug, Default)]
pub(super) struct Proposals {
    /// Those that exist.
    pub existing: BTreeMap<Rc<str>, Proposal>,
    /// Those to come, with the step in which they come.
    pub waiting: BTreeMap<Rc<str>, (u64, Proposal)>,
}

impl State {
    /// The state after a round.
    pub(super) fn of(step: u64, proposals: &BTreeMap<Rc<str>, Proposal>, decimals: u8) -> Self {
        let text = |units: u128| Figure(Amount::from_units(units).to_text(decimals));
        let stakes = |proposal: &Proposal| {
            let stakes = proposal.stakes.iter();
            stakes
                .map(|(who, units)| StakeState { participant: who.to_string(), amount: text(*units) })
                .collect()
        };
        let proposals = proposals.iter().map(|(id, proposal)| ProposalState {
            proposal: id.to_string(),
            status: proposal.status,
            age: proposal.age,
            requested: text(proposal.requested),
            beneficiary: proposal.beneficiary.clone(),
            address: proposal.address.map(|address| address.to_string()).unwrap_or_default(),
            conviction: text(proposal.conviction),
            stakes: stakes(proposal),
        });
        Self { step, proposals: proposals.collect() }
    }

    /// The last step of a round of so many steps behind this state.
    pub(super) fn last_step(&self, steps: u64) -> Result<u64, Error> {
        let last = self.step.checked_add(steps).filter(|last| *last <= STEP_LIMIT);
        last.ok_or_else(|| Error::Overflow { place: Place::file(CARRY_FILE), what: "steps".to_owned() })
    }

    /// The proposals as the state holds them.
    fn read(&self, decimals: u8) -> Result<BTreeMap<Rc<str>, Proposal>, Error> {
        let place = Place::file(CARRY_FILE);
        let units =
            |figure: &Figure, what| Amount::parse(&figure.0, decimals, &place, what).map(Amount::units);
        let mut proposals = BTreeMap::new();
        for carried in &self.proposals {
            let address = match carried.address.as_str() {
                "" => None,
                text => Some(Address::parse(text, &place, "address")?),
            };
            let mut proposal = Proposal {
                title: String::new(),
                beneficiary: carried.beneficiary.clone(),
                address,
                requested: units(&carried.requested, "requested")?,
                status: carried.status,
                age: carried.age,
                conviction: units(&carried.conviction, "conviction")?,
                stakes: BTreeMap::new(),
                staked: 0,
            };
            for stake in &carried.stakes {
                let amount = units(&stake.amount, "amount")?;
                proposal.stakes.insert(stake.participant.as_str().into(), amount);
            }
            let total = proposal.stakes.values().try_fold(0_u128, |sum, stake| sum.checked_add(*stake));
            let overflow = || Error::Overflow { place: place.clone(), what: "stakes".to_owned() };
            proposal.staked = total.ok_or_else(overflow)?;
            proposals.insert(carried.proposal.as_str().into(), proposal);
        }
        Ok(proposals)
    }
}

/// Brings the state and the table of proposals together. What is open stands in the table with the
/// same terms; what is closed may; what is new waits for its step.
pub(super) fn meet(
    state: &State,
    rows: &[ProposalRow],
    table: &str,
    request: &Request<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Proposals, Vec<Error>> {
    let mut existing = state.read(request.decimals()).map_err(|error| vec![error])?;
    let mut waiting = BTreeMap::new();
    let mut problems = Vec::new();
    let first_step = state.step.saturating_add(1);
    let listed: BTreeMap<&str, &ProposalRow> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    for (id, proposal) in &existing {
        if proposal.status == Status::Candidate && !listed.contains_key(&**id) {
            problems.push(Error::ProposalMissing { place: Place::file(table), proposal: Shown::from(&**id) });
        }
    }
    for row in rows {
        if let Some(proposal) = existing.get_mut(row.id.as_str()) {
            proposal.title.clone_from(&row.title);
            if proposal.status == Status::Candidate {
                check_terms(proposal, row, request.decimals(), &mut problems);
                take_address(proposal, row, warnings);
            }
            continue;
        }
        if row.step < first_step {
            let text = format!(
                "proposal `{}` names step {}, which is over: it exists from step {first_step}",
                Shown::from(&row.id),
                row.step
            );
            warnings.push(Warning::new(row.place.clone(), text));
        }
        let proposal = Proposal {
            title: row.title.clone(),
            beneficiary: row.beneficiary.clone(),
            address: row.address,
            requested: row.requested.units(),
            status: Status::Candidate,
            age: 0,
            conviction: 0,
            stakes: BTreeMap::new(),
            staked: 0,
        };
        waiting.insert(row.id.as_str().into(), (row.step.max(first_step), proposal));
    }
    if problems.is_empty() { Ok(Proposals { existing, waiting }) } else { Err(problems) }
}

/// Reports terms that changed while people stake on them.
fn check_terms(proposal: &Proposal, row: &ProposalRow, decimals: u8, problems: &mut Vec<Error>) {
    let mut differ = |what, before: String, now: String| {
        if before != now {
            let (place, proposal) = (row.place.clone(), Shown::from(&row.id));
            let (before, now) = (Shown::from(before), Shown::from(now));
            problems.push(Error::ProposalChanged { place, proposal, what, before, now });
        }
    };
    let before = Amount::from_units(proposal.requested).to_text(decimals);
    differ("requested", before, row.requested.to_text(decimals));
    differ("beneficiary", compared(&proposal.beneficiary), row.beneficiary.clone());
}

/// Takes over the address of the table: people move. Another one than before is worth a look.
fn take_address(proposal: &mut Proposal, row: &ProposalRow, warnings: &mut Vec<Warning>) {
    if let Some(before) = proposal.address.filter(|before| row.address != Some(*before)) {
        let now = row.address.map_or_else(|| "none".to_owned(), |address| address.to_string());
        let text = format!(
            "the address of proposal `{}` was {before} in the round before and is {now}: check it with its owner",
            Shown::from(&row.id)
        );
        warnings.push(Warning::new(row.place.clone(), text));
    }
    proposal.address = row.address;
}
