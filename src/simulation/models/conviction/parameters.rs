//! The parameters of `conviction` and what they must be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most pairs of a participant and a proposal at the beginning.
pub const PAIRS_AT_FIRST_MOST: u64 = 1_000_000;
/// The least of the two base rates: ln(.001), of the smallest request, is -6.9, and 1 / (rate + ln
/// requested) is a probability.
const RATE_LEAST: f64 = 8.0;

/// The parameters. Amounts are in token units.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "meed model conviction", description = "Parameters of the model `conviction`.")]
pub struct Parameters {
    /// Participants at the beginning.
    #[schemars(range(min = 1, max = PAIRS_AT_FIRST_MOST))]
    pub n: u32,
    /// Proposals at the beginning; n x m is at most 1000000.
    #[schemars(range(min = 1, max = PAIRS_AT_FIRST_MOST))]
    pub m: u32,
    /// Common funds at the beginning.
    #[schemars(range(min = 0))]
    pub funds: f64,
    /// What the participants at the beginning hold together, on average.
    #[schemars(range(min = 0))]
    pub expected_supply: f64,
    /// The supply that triggers and the holdings of newcomers are measured by.
    #[schemars(range(min = 0))]
    pub supply: f64,
    /// The share of the funds that no request may reach.
    #[schemars(range(min = 0, max = 1))]
    pub beta: f64,
    /// The weight of triggers at timestep 0, where the supply is what the participants hold.
    #[schemars(range(min = 0))]
    pub rho_genesis: f64,
    /// The weight of triggers from timestep 1 on: rho x supply / (beta - requested / funds)^2.
    #[schemars(range(min = 0))]
    pub rho: f64,
    /// What is left of conviction after a timestep.
    #[schemars(range(min = 0, max = 1))]
    pub alpha: f64,
    /// How well things go: more newcomers, more funds, more holdings.
    #[schemars(range(min = 0, max = 1))]
    pub sentiment: f64,
    /// The sentiment above which holdings grow; the part of the highest affinity that support takes.
    #[schemars(range(min = 0, max = 1))]
    pub sensitivity: f64,
    /// The age, in timesteps, above which a candidate may be funded.
    pub tmin: u32,
    /// The tokens below which a candidate is killed.
    #[schemars(range(min = 0))]
    pub min_supp: f64,
    /// How much the holdings of who decides change: by gain x (sentiment - sensitivity).
    #[schemars(range(min = 0))]
    pub gain: f64,
    /// The probability that a participant decides anew in a timestep.
    #[schemars(range(min = 0, max = 1))]
    pub engagement: f64,
    /// An active proposal completes with the probability 1 / (this + ln requested).
    #[schemars(range(min = 8))]
    pub base_completion_rate: f64,
    /// One that did not complete fails with the probability 1 / (this + ln requested).
    #[schemars(range(min = 8))]
    pub base_failure_rate: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            n: 60,
            m: 3,
            funds: 40_781.42,
            expected_supply: 1_000_000.0,
            supply: 1_231_286.81,
            beta: 0.2,
            rho_genesis: 0.001,
            rho: 0.02,
            alpha: 0.5,
            sentiment: 0.6,
            sensitivity: 0.75,
            tmin: 7,
            min_supp: 50.0,
            gain: 0.01,
            engagement: 0.18,
            base_completion_rate: 100.0,
            base_failure_rate: 200.0,
        }
    }
}

impl Parameters {
    /// What holdings are multiplied by when a participant decides.
    pub fn holdings_factor(&self) -> f64 {
        1.0 + self.gain * (self.sentiment - self.sensitivity)
    }

    /// The conviction that a request needs; infinite where it asks for too much of the funds.
    pub fn trigger(&self, requested: f64, funds: f64) -> f64 {
        trigger(self.rho, self.supply, self.beta - requested / funds)
    }

    /// The same at timestep 0.
    pub fn genesis_trigger(&self, requested: f64, supply: f64) -> f64 {
        trigger(self.rho_genesis, supply, self.beta - requested / self.funds)
    }
}

/// `room` is how far the request stays below `beta`.
fn trigger(rho: f64, supply: f64, room: f64) -> f64 {
    if room > 0.0 { rho * supply / (room * room) } else { f64::INFINITY }
}

/// What is wrong with parameters.
pub fn check(parameters: &Parameters) -> Vec<(&'static str, String)> {
    let Parameters { n, m, .. } = *parameters;
    let mut wrong = Vec::new();
    for (name, count) in [("n", n), ("m", m)] {
        if count == 0 {
            wrong.push((name, "is 0, but must be 1 or more".to_owned()));
        }
    }
    if u64::from(n) * u64::from(m) > PAIRS_AT_FIRST_MOST {
        wrong.push(("n", format!("is {n}: n x m is above {PAIRS_AT_FIRST_MOST}")));
    }
    for (name, value, least, most) in ranges(parameters) {
        // Also what is not a number at all.
        if !(least..=most).contains(&value) {
            let range = match most {
                f64::MAX => format!("must be {least} or more, and a double"),
                _ => format!("must be from {least} to {most}"),
            };
            wrong.push((name, format!("is {value:?}, but {range}")));
        }
    }
    if wrong.is_empty() && parameters.holdings_factor() < 0.0 {
        let reason = "is so large that holdings would fall below zero: 1 + gain x (sentiment - sensitivity)";
        wrong.push(("gain", reason.to_owned()));
    }
    wrong
}

/// Name, value, least and most of each number.
fn ranges(parameters: &Parameters) -> [(&'static str, f64, f64, f64); 14] {
    const MOST: f64 = f64::MAX;
    [
        ("funds", parameters.funds, 0.0, MOST),
        ("expected_supply", parameters.expected_supply, 0.0, MOST),
        ("supply", parameters.supply, 0.0, MOST),
        ("beta", parameters.beta, 0.0, 1.0),
        ("rho_genesis", parameters.rho_genesis, 0.0, MOST),
        ("rho", parameters.rho, 0.0, MOST),
        ("alpha", parameters.alpha, 0.0, 1.0),
        ("sentiment", parameters.sentiment, 0.0, 1.0),
        ("sensitivity", parameters.sensitivity, 0.0, 1.0),
        ("min_supp", parameters.min_supp, 0.0, MOST),
        ("gain", parameters.gain, 0.0, MOST),
        ("engagement", parameters.engagement, 0.0, 1.0),
        ("base_completion_rate", parameters.base_completion_rate, RATE_LEAST, MOST),
        ("base_failure_rate", parameters.base_failure_rate, RATE_LEAST, MOST),
    ]
}
