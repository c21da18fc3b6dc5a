//! The settings of conviction-v1, as files write them and as the rule uses them.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::arithmetic::{Alpha, DECIMALS, ONE, Trigger};
use crate::amount::{Amount, Decimal};
use crate::error::{Error, Shown};
use crate::ledger::round_file::DecimalText;
use crate::methods::{Request, collected};

/// Most steps of a round.
const STEPS_LIMIT: u64 = 100_000;

/// The settings of conviction-v1. Exactly one of `alpha` and `half_life` is given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Settings of conviction-v1")]
#[schemars(extend("oneOf" = [{"required": ["alpha"]}, {"required": ["half_life"]}]))]
pub struct Settings {
    /// What is left of conviction after a step: 0 <= alpha < 1, at most 18 decimals.
    #[serde(default)]
    pub alpha: Option<DecimalText>,
    /// In place of alpha: the steps after which half of the conviction is left, above 0.
    #[serde(default)]
    pub half_life: Option<DecimalText>,
    /// The share of the funds that a request must stay below: 0 < beta <= 1, at most 18 decimals.
    pub beta: DecimalText,
    /// The weight of the threshold: 0 < rho <= 1, at most 18 decimals.
    pub rho: DecimalText,
    /// The form of the threshold.
    #[serde(default)]
    pub threshold: ThresholdForm,
    /// What the threshold is measured by: an amount, or what is staked, or what is held.
    pub supply: SupplyText,
    /// A proposal passes when it has existed for more than so many steps.
    #[serde(default)]
    pub min_age: u64,
    /// A proposal on which less than this is staked after a step is killed.
    #[serde(default = "zero")]
    pub min_stake: DecimalText,
    /// What is added to the funds at the beginning of each step.
    #[serde(default = "zero")]
    pub inflow_per_step: DecimalText,
    /// How many steps the round covers.
    #[schemars(range(min = 1, max = 100_000))]
    pub steps: u64,
    /// Whether proposals are checked before the stakes of the step count, or after.
    #[serde(default)]
    pub order: CheckOrder,
    /// Whether proposals of one step are judged one after the other, or all at once.
    #[serde(default)]
    pub release: Release,
}

/// The form of the threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdForm {
    /// rho x supply / ((1 - alpha) (beta - share)^2), version 3 of the model.
    #[default]
    Normalised,
    /// rho x supply / (beta - share)^2, version 1 of the model.
    Plain,
}

/// Whether proposals are checked before the stakes of the step count, or after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOrder {
    /// With the conviction of the step before.
    #[default]
    CheckThenStake,
    /// With the conviction of the step.
    StakeThenCheck,
}

/// Whether proposals of one step are judged one after the other, or all at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    /// Each on the funds that the one before left.
    #[default]
    Sequential,
    /// All on the same funds, then paid until the first that does not fit.
    Simultaneous,
}

/// What the threshold is measured by, as the file writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupplyText {
    /// `staked`: all stakes on open proposals.
    Staked,
    /// `holdings`: the sum of the holdings.
    Holdings,
    /// An amount in token units.
    Amount(DecimalText),
}

impl<'de> Deserialize<'de> for SupplyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = DecimalText::deserialize(deserializer)?;
        match text.0.as_str() {
            "staked" => Ok(Self::Staked),
            "holdings" => Ok(Self::Holdings),
            other if other.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                Ok(Self::Amount(text))
            }
            other => Err(de::Error::invalid_value(
                de::Unexpected::Str(other),
                &"`supply` to be `staked`, `holdings` or an amount",
            )),
        }
    }
}

impl JsonSchema for SupplyText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ThresholdSupply".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let amount = generator.subschema_for::<DecimalText>();
        schemars::json_schema!({
            "description": "`staked`, `holdings`, or an amount in token units.",
            "anyOf": [{"type": "string", "enum": ["staked", "holdings"]}, amount]
        })
    }
}

/// Nothing.
fn zero() -> DecimalText {
    DecimalText("0".to_owned())
}

/// What the threshold is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supply {
    Staked,
    Holdings,
    /// So many units.
    Fixed(u128),
}

/// The settings, checked; amounts in the smallest unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub trigger: Trigger,
    pub supply: Supply,
    pub min_age: u64,
    pub min_stake: u128,
    pub inflow: u128,
    pub steps: u64,
    pub order: CheckOrder,
    pub release: Release,
}

impl Rule {
    /// Checks the settings; all problems at once.
    pub fn check(settings: &Settings, request: &Request<'_>, problems: &mut Vec<Error>) -> Option<Self> {
        let alpha = collected(alpha(settings, request), problems);
        let beta = collected(part(request, "beta", &settings.beta), problems);
        let rho = collected(part(request, "rho", &settings.rho), problems);
        let mut amount = |what, text: &DecimalText| {
            collected(Amount::parse(&text.0, request.decimals(), &request.place(), what), problems)
        };
        let min_stake = amount("min_stake", &settings.min_stake);
        let inflow = amount("inflow_per_step", &settings.inflow_per_step);
        let supply = match &settings.supply {
            SupplyText::Staked => Some(Supply::Staked),
            SupplyText::Holdings => Some(Supply::Holdings),
            SupplyText::Amount(text) => amount("supply", text).map(|amount| Supply::Fixed(amount.units())),
        };
        if supply == Some(Supply::Holdings) && !request.allocation.inputs.contains_key("holdings") {
            let (place, allocation) = (request.place(), request.name());
            problems.push(Error::InputMissing { place, allocation, role: "holdings" });
        }
        if !(1..=STEPS_LIMIT).contains(&settings.steps) {
            problems.push(request.out_of_range("steps", settings.steps, "1 to 100000"));
        }
        let normalised = settings.threshold == ThresholdForm::Normalised;
        Some(Self {
            trigger: Trigger { alpha: alpha?, beta: beta?, rho: rho?, normalised },
            supply: supply?,
            min_age: settings.min_age,
            min_stake: min_stake?.units(),
            inflow: inflow?.units(),
            steps: settings.steps,
            order: settings.order,
            release: settings.release,
        })
    }
}

/// The decay, given as such or by its half-life.
fn alpha(settings: &Settings, request: &Request<'_>) -> Result<Alpha, Error> {
    match (&settings.alpha, &settings.half_life) {
        (Some(text), None) => {
            let (value, units) = scaled(request, "alpha", text)?;
            let range = "at least 0 and below 1";
            units.and_then(Alpha::new).ok_or_else(|| request.out_of_range("alpha", value, range))
        }
        (None, Some(text)) => {
            let value = Decimal::parse(&text.0, &request.place(), "half_life")?;
            let range = "above 0 and short enough that a step takes at least 10^-18 of the conviction";
            Alpha::of_half_life(value).ok_or_else(|| request.out_of_range("half_life", value, range))
        }
        _ => Err(Error::SettingsInvalid {
            place: request.place(),
            allocation: request.name(),
            message: Shown::from("exactly one of `alpha` and `half_life` must be given"),
        }),
    }
}

/// A setting above 0 and up to 1, as an integer of 10^-18.
fn part(request: &Request<'_>, setting: &'static str, text: &DecimalText) -> Result<u64, Error> {
    let (value, units) = scaled(request, setting, text)?;
    let fits = |units: &u64| (1..=ONE).contains(units);
    units.filter(fits).ok_or_else(|| request.out_of_range(setting, value, "above 0 and at most 1"))
}

/// A setting of at most 18 decimals, and as an integer of 10^-18 where it fits into 64 bits.
fn scaled(request: &Request<'_>, setting: &str, text: &DecimalText) -> Result<(Decimal, Option<u64>), Error> {
    let value = Decimal::parse(&text.0, &request.place(), setting)?;
    let too_many = || Error::TooManyDecimals {
        place: request.place(),
        what: setting.to_owned(),
        value: Shown::from(&text.0),
        decimals: DECIMALS,
    };
    let units = value.scaled(DECIMALS).ok_or_else(too_many)?;
    Ok((value, u64::try_from(units).ok()))
}
