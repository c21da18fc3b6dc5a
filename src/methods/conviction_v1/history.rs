//! What a round of conviction-v1 was like, step by step.

use std::rc::Rc;

use super::arithmetic::Threshold;
use super::state::Status;

/// The end of a step.
#[derive(Debug)]
pub(super) struct Step {
    pub number: u64,
    pub funds: u128,
    pub supply: u128,
    /// Candidates, active and killed proposals.
    pub counts: [usize; 3],
    pub proposals: Vec<ProposalStep>,
}

/// A proposal at the end of a step.
#[derive(Debug)]
pub(super) struct ProposalStep {
    pub proposal: Rc<str>,
    pub status: Status,
    pub age: u64,
    pub staked: u128,
    pub conviction: u128,
    /// At the start of the step's check; `None` for what was no candidate then.
    pub measure: Option<Measure>,
}

/// The threshold of a proposal and how much of it its conviction was at a check.
#[derive(Debug, Clone)]
pub(super) enum Measure {
    /// The share of the funds is beta or more.
    Infinite,
    /// Threshold in token units; the conviction's part of it, `None` for a threshold of zero.
    Finite { threshold: String, share: Option<String> },
}

impl Measure {
    /// What is shown of a threshold and the conviction at its check.
    pub fn of(threshold: Option<&Threshold>, conviction: u128, decimals: u8) -> Self {
        threshold.map_or(Self::Infinite, |threshold| Self::Finite {
            threshold: threshold.to_text(decimals),
            share: threshold.share_text(conviction),
        })
    }
}

/// A proposal that was funded.
#[derive(Debug)]
pub(super) struct Grant {
    pub step: u64,
    pub proposal: Rc<str>,
    pub requested: u128,
    pub conviction: u128,
    /// What it was judged by.
    pub threshold: String,
    pub funds_after: u128,
}
