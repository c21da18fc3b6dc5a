//! The state of `conviction`: participants, proposals, and the pairs of them.
//!
//! A block changes few parts of a state. What is long stands behind `Arc`, so that the copy that the
//! engine makes of a state for each block is short, and a block replaces what it changes.

use std::sync::Arc;

use crate::simulation::engine::Fault;
use crate::simulation::random::Random;

/// Most pairs of a participant and a proposal in a run.
pub const PAIRS_MOST: usize = 4_000_000;

/// Where a proposal stands. It never goes back to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waits for conviction.
    Candidate,
    /// Was funded and is worked on.
    Active,
    /// Was funded and is done.
    Completed,
    /// Was funded and came to nothing.
    Failed,
    /// Had too little support.
    Killed,
}

impl Status {
    /// All of them, in the order of the columns of a row.
    pub const ALL: [Self; 5] = [Self::Candidate, Self::Active, Self::Completed, Self::Failed, Self::Killed];

    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Killed => "killed",
        }
    }
}

/// The state. Participants are in the order of their ids, proposals too.
#[derive(Debug, Clone)]
pub struct State {
    /// Common funds.
    pub funds: f64,
    /// The ids of the participants.
    pub participants: Arc<Vec<u64>>,
    /// What each of them holds.
    pub holdings: Arc<Vec<f64>>,
    /// The proposals.
    pub proposals: Vec<Proposal>,
    /// The affinities of all pairs, ascending.
    pub affinities: Arc<Vec<f64>>,
}

/// A proposal; its pairs are in the order of the participants.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// From the counter that participants share.
    pub id: u64,
    /// Where it stands.
    pub status: Status,
    /// In timesteps.
    pub age: u64,
    /// What it asks for.
    pub requested: f64,
    /// Its conviction; NaN from when it is funded.
    pub conviction: f64,
    /// The conviction that it needs; infinite where none is enough, NaN where it is no candidate.
    pub trigger: f64,
    /// How much each participant likes it: 0 to 1.
    pub affinities: Arc<Vec<f64>>,
    /// What each participant has staked on it.
    pub tokens: Arc<Vec<f64>>,
    /// The conviction of each participant; NaN from when it is funded.
    pub convictions: Arc<Vec<f64>>,
}

impl Proposal {
    /// A candidate that nobody stands behind yet.
    pub fn new(id: u64, requested: f64, affinities: Vec<f64>) -> Self {
        let nothing = Arc::new(vec![0.0; affinities.len()]);
        Self {
            id,
            status: Status::Candidate,
            age: 0,
            requested,
            conviction: 0.0,
            trigger: f64::NAN,
            affinities: Arc::new(affinities),
            tokens: Arc::clone(&nothing),
            convictions: nothing,
        }
    }

    /// Whether it waits for conviction.
    pub fn is_candidate(&self) -> bool {
        self.status == Status::Candidate
    }
}

impl State {
    /// The id that comes next.
    pub fn next_id(&self) -> u64 {
        (self.participants.len() + self.proposals.len()) as u64
    }

    /// The proposals that wait for conviction.
    pub fn candidates(&self) -> impl Iterator<Item = &Proposal> {
        self.proposals.iter().filter(|proposal| proposal.is_candidate())
    }

    /// The median of all affinities, of the mean of the middle two where their count is even.
    pub fn median_affinity(&self) -> f64 {
        let middle = self.affinities.len() / 2;
        let at = |index: usize| self.affinities.get(index).copied().unwrap_or(f64::NAN);
        if self.affinities.len() % 2 == 1 {
            at(middle)
        } else {
            0.5 * (at(middle.wrapping_sub(1)) + at(middle))
        }
    }

    /// Adds a participant who has been drawn: `holdings`, and an affinity for each proposal.
    pub fn join(&mut self, holdings: f64, random: &mut Random) -> Result<(), Fault> {
        let id = self.next_id();
        // Drawn and never looked at, as in the original.
        random.uniform();
        for proposal in &mut self.proposals {
            let affinity = affinity(random);
            Arc::make_mut(&mut proposal.affinities).push(affinity);
            Arc::make_mut(&mut proposal.tokens).push(affinity * holdings);
            Arc::make_mut(&mut proposal.convictions).push(0.0);
            Arc::make_mut(&mut self.affinities).push(affinity);
        }
        Arc::make_mut(&mut self.participants).push(id);
        Arc::make_mut(&mut self.holdings).push(holdings);
        self.sort_affinities()
    }

    /// Adds a proposal.
    pub fn propose(&mut self, requested: f64, affinities: Vec<f64>) -> Result<(), Fault> {
        Arc::make_mut(&mut self.affinities).extend_from_slice(&affinities);
        self.proposals.push(Proposal::new(self.next_id(), requested, affinities));
        self.sort_affinities()
    }

    /// Puts what was added at the end in its place: a merge of two parts, as the first is sorted.
    fn sort_affinities(&mut self) -> Result<(), Fault> {
        if self.affinities.len() > PAIRS_MOST {
            let reason = format!("has more than {PAIRS_MOST} pairs of a participant and a proposal");
            return Err(Fault::new("proposals", reason));
        }
        Arc::make_mut(&mut self.affinities).sort_by(f64::total_cmp);
        Ok(())
    }
}

/// How much somebody likes a proposal: near 0 or 1 rather than between.
pub fn affinity(random: &mut Random) -> f64 {
    let drawn = random.uniform();
    1.0 - 4.0 * (1.0 - drawn) * drawn
}

/// A sum in the order given; 0, without a sign, of nothing.
pub fn total(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |sum, value| sum + value)
}
