//! `conviction`: participants put their tokens behind proposals; conviction grows with time, and what
//! has enough of it is paid from common funds.
//!
//! Source of the rule: BlockScience's cadCAD model of Aragon conviction voting, version 1, draw for
//! draw: with `numpy-legacy` a run gives the rows of the original with the same seed.
//!
//! A timestep has four substeps:
//!
//! 1. With probability (1 + sentiment) / 10 somebody joins, with holdings Exp(.1 supply / participants).
//!    With probability a / (1 + r), a the median of all affinities, r what candidates ask for as a
//!    multiple of the funds, something is proposed: it asks for gamma(3) x 1 % of the funds + .001, and
//!    one participant drawn by lot likes it fully. Exp(max(1, funds x sentiment^2 / 10000)) comes to the
//!    funds. Ages grow by 1; triggers are rho x supply / (beta - requested / funds)^2, infinite from the
//!    share `beta` on, with the funds as they were before.
//! 2. An active proposal completes with probability 1 / (`base_completion_rate` + ln requested), else
//!    fails with 1 / (`base_failure_rate` + ln requested).
//! 3. A candidate older than `tmin` whose conviction is above the trigger, with the funds of now, is
//!    active: it is paid, its support is free. Where the funds are too small for all, the highest
//!    conviction comes first, until one does not fit.
//! 4. With probability `engagement` a participant decides anew: holdings x (1 + gain x (sentiment -
//!    sensitivity)), support for candidates with an affinity above .5 and above sensitivity x the
//!    highest one; else support stays. Holdings are split by affinity; conviction of a pair = tokens +
//!    alpha x conviction; a candidate with less than `min_supp` tokens is killed.
//!
//! The cost of a step grows with the pairs of a participant and a candidate.

mod blocks;
mod parameters;
mod state;

pub use blocks::Signals;
pub use parameters::Parameters;
pub use state::State;

use crate::simulation::engine::{Cell, Details, Model, Variable};
use state::{Proposal, Status, total};

/// What the report draws of the last state.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Participants in the order of their ids: id and holdings.
    pub participants: Vec<(u64, f64)>,
    /// Proposals in the order of their ids.
    pub proposals: Vec<EndingProposal>,
}

/// A proposal of the last state.
#[derive(Debug, Clone)]
pub struct EndingProposal {
    /// The id, from the counter that participants share.
    pub id: u64,
    /// `candidate`, `active`, `completed`, `failed` or `killed`.
    pub status: &'static str,
    /// The funds that it asks for.
    pub requested: f64,
    /// Its conviction; NaN where it has none any more.
    pub conviction: f64,
    /// The conviction that it needs; infinite where no conviction is enough, NaN where it has none.
    pub trigger: f64,
    /// For each participant, in their order: affinity, tokens, conviction (NaN where there is none).
    pub support: Vec<[f64; 3]>,
}

/// The model.
pub const MODEL: Model<Parameters, State, Signals> = Model {
    variables: &[
        Variable::real("funds", "common funds"),
        Variable::count("participants", "participants"),
        Variable::count("proposals", "proposals, whatever their status"),
        Variable::count("candidates", "proposals that wait for conviction"),
        Variable::count("active", "proposals that were funded and are worked on"),
        Variable::count("completed", "proposals that were funded and are done"),
        Variable::count("failed", "proposals that were funded and came to nothing"),
        Variable::count("killed", "proposals that had too little support"),
        Variable::real("candidate_conviction", "the conviction of all candidates"),
        Variable::real("holdings", "what all participants hold"),
        Variable::real("requested_candidate", "what candidates ask for"),
        Variable::real("requested_active", "what active proposals were paid"),
        Variable::real("requested_completed", "what completed proposals were paid"),
        Variable::real("requested_failed", "what failed proposals were paid"),
        Variable::real("requested_killed", "what killed proposals asked for"),
    ],
    details: Some(Details {
        name: "proposals",
        columns: &["id", "status", "age", "requested", "conviction", "trigger"],
        rows: details,
    }),
    check: parameters::check,
    genesis_parameters: &["n", "m", "funds", "expected_supply", "rho_genesis"],
    is_paired: false,
    genesis: blocks::genesis,
    blocks: blocks::BLOCKS,
    row,
    ending,
};

#[allow(clippy::cast_precision_loss)] // counts are below 2^53
fn row(state: &State) -> Vec<f64> {
    let mut row = Vec::with_capacity(MODEL.variables.len());
    row.extend([state.funds, state.participants.len() as f64, state.proposals.len() as f64]);
    let of = |status: Status| state.proposals.iter().filter(move |proposal| proposal.status == status);
    row.extend(Status::ALL.map(|status| of(status).count() as f64));
    row.push(total(state.candidates().map(|proposal| proposal.conviction)));
    row.push(total(state.holdings.iter().copied()));
    row.extend(Status::ALL.map(|status| total(of(status).map(|proposal| proposal.requested))));
    row
}

fn details(state: &State) -> Vec<Vec<Cell>> {
    let cells = |proposal: &Proposal| {
        vec![
            Cell::Integer(proposal.id),
            Cell::Word(proposal.status.as_str()),
            Cell::Integer(proposal.age),
            Cell::Real(proposal.requested),
            Cell::Real(proposal.conviction),
            Cell::Real(proposal.trigger),
        ]
    };
    state.proposals.iter().map(cells).collect()
}

fn ending(state: &State) -> super::Ending {
    let proposal = |proposal: &Proposal| {
        let pairs = proposal.affinities.iter().zip(proposal.tokens.iter()).zip(proposal.convictions.iter());
        EndingProposal {
            id: proposal.id,
            status: proposal.status.as_str(),
            requested: proposal.requested,
            conviction: proposal.conviction,
            trigger: proposal.trigger,
            support: pairs
                .map(|((affinity, tokens), conviction)| [*affinity, *tokens, *conviction])
                .collect(),
        }
    };
    let participants = state.participants.iter().copied().zip(state.holdings.iter().copied()).collect();
    super::Ending::Conviction(Ending {
        participants,
        proposals: state.proposals.iter().map(proposal).collect(),
    })
}
