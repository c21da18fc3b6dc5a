//! The people of made-up rounds: who joins and leaves, who takes part, how much they tend to be given.
//!
//! All draws come from one number, the population's seed. Each member has streams of their own, by number
//! and timestep, so that nobody's luck depends on what happens to others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Parameters;
use crate::simulation::random::{Random, Rng};

/// The most that somebody may tend to be given: far above any sensible score.
const TENDENCY_MOST: f64 = 1e12;
/// The stream of a timestep that is nobody's: who joins.
const NOBODY: u32 = 0;

/// How much members tend to be given: a distribution.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scores {
    /// The kind of distribution.
    pub kind: Kind,
    /// Its mean; above 0.
    pub mean: f64,
    /// The shape of `gamma`, 1 or more: the larger, the more alike are the members.
    #[schemars(range(min = 1))]
    pub shape: f64,
    /// The exponent of `pareto`, above 1: the smaller, the more a few are given.
    pub alpha: f64,
    /// What `values` draws from, each as likely as the others; `mean` does not matter then.
    #[schemars(inner(range(min = 0)))]
    pub values: Vec<f64>,
}

/// The kinds of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Many are given little, few much.
    #[default]
    Exponential,
    /// Between exponential (shape 1) and all alike.
    Gamma,
    /// A few are given by far the most.
    Pareto,
    /// All alike.
    Equal,
    /// Drawn from a list.
    Values,
}

impl Default for Scores {
    fn default() -> Self {
        Self { kind: Kind::Exponential, mean: 10.0, shape: 2.0, alpha: 2.0, values: Vec::new() }
    }
}

impl Scores {
    /// What is wrong with it.
    pub fn fault(&self) -> Option<String> {
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        if !is_positive(self.mean) || self.mean > TENDENCY_MOST {
            return Some(format!(
                "has the mean {}, which is not above 0 and at most {TENDENCY_MOST}",
                self.mean
            ));
        }
        if self.kind == Kind::Gamma && !(self.shape.is_finite() && self.shape >= 1.0) {
            return Some(format!("has the shape {}, which is below 1", self.shape));
        }
        if self.kind == Kind::Pareto && !(self.alpha.is_finite() && self.alpha > 1.0) {
            return Some(format!(
                "has the alpha {}, which is not above 1: such a distribution has no mean",
                self.alpha
            ));
        }
        if self.kind == Kind::Values {
            let is_wrong = |value: &&f64| !(0.0..=TENDENCY_MOST).contains(*value);
            if self.values.is_empty() || self.values.len() > super::VALUES_MOST {
                return Some(format!(
                    "has {} values; there may be 1 to {}",
                    self.values.len(),
                    super::VALUES_MOST
                ));
            }
            if let Some(value) = self.values.iter().find(is_wrong) {
                return Some(format!("has the value {value}, which is not from 0 to {TENDENCY_MOST}"));
            }
        }
        None
    }

    /// A number of the distribution.
    fn draw(&self, random: &mut Random) -> f64 {
        let drawn = match self.kind {
            Kind::Exponential => self.mean * random.exponential(),
            Kind::Gamma => self.mean / self.shape * random.gamma(self.shape),
            Kind::Pareto => {
                // The least value times e to the power of an exponential number of mean 1 / alpha.
                let least = self.mean * (self.alpha - 1.0) / self.alpha;
                least * libm::exp(random.exponential() / self.alpha)
            }
            Kind::Equal => self.mean,
            Kind::Values => {
                let count = u32::try_from(self.values.len()).unwrap_or(1);
                self.values.get(random.choice(count.max(1)) as usize).copied().unwrap_or_default()
            }
        };
        drawn.min(TENDENCY_MOST)
    }
}

/// A member.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// How much they tend to be given for one contribution.
    pub tendency: f64,
    /// Whether they have an address.
    pub has_address: bool,
    /// The timestep in which they joined.
    pub joined: u32,
}

/// What a member does in a round.
#[derive(Debug, Clone)]
pub struct Contribution {
    /// The number of the member, from 1.
    pub member: u32,
    /// Who they are.
    pub who: Member,
    /// A number by which groups are made up, 0 to 1.
    pub lot: f64,
    /// How good each of their contributions is, in scores.
    pub qualities: Vec<f64>,
    /// Goes on with the member's stream, for scores of quantifiers.
    pub random: Random,
}

/// A population: its seed says everything that is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Population {
    seed: i64,
}

impl Population {
    /// The population of a run: one number of the run's stream.
    #[allow(clippy::cast_possible_truncation)] // below 2^53
    pub fn of_run(random: &mut Random) -> Self {
        const STEPS: f64 = 9_007_199_254_740_992.0; // 2^53
        Self { seed: (random.uniform() * STEPS) as i64 }
    }

    fn stream(self, timestep: u32, member: u32) -> Random {
        Random::new(Rng::ChaCha, self.seed, (0, timestep, member))
    }

    /// Who a member is, as they join.
    pub fn member(self, number: u32, joined: u32, parameters: &Parameters) -> Member {
        let mut random = self.stream(0, number);
        let has_address = random.uniform() < parameters.with_address;
        Member { tendency: parameters.scores.draw(&mut random), has_address, joined }
    }

    /// How many join: the whole part of `joining`, and one more with the chance of the rest.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked: at most MEMBERS_MOST
    pub fn newcomers(self, timestep: u32, parameters: &Parameters) -> u32 {
        let whole = libm::floor(parameters.joining);
        let one_more = self.stream(timestep, NOBODY).uniform() < parameters.joining - whole;
        whole as u32 + u32::from(one_more)
    }

    /// Whether a member leaves before the round.
    pub fn leaves(self, timestep: u32, member: u32, parameters: &Parameters) -> bool {
        self.stream(timestep, member).uniform() < parameters.leaving
    }

    /// What a member contributes to a round; nothing where they take no part.
    pub fn contribution(
        self,
        timestep: u32,
        (member, who): (u32, Member),
        parameters: &Parameters,
    ) -> Option<Contribution> {
        let mut random = self.stream(timestep, member);
        let _leaves = random.uniform();
        let takes_part = random.uniform() < parameters.active;
        let lot = random.uniform();
        let quality = |_| (who.tendency * random.exponential()).min(TENDENCY_MOST);
        let qualities = (0..parameters.praises).map(quality).collect();
        takes_part.then_some(Contribution { member, who, lot, qualities, random })
    }
}
