//! What many runs come to: mean, standard deviation and quantiles of each variable at each timestep.
//!
//! Memory does not grow with the number of runs. Means and deviations are kept as sums, taken in the
//! order of the runs. Quantiles need the values themselves: while these are few, all are kept and the
//! quantiles are exact; else values are counted after rounding to eleven significant bits, which is
//! exact for whole numbers up to 2,048 and off by less than 0.05 % for others.

use std::collections::BTreeMap;

use super::engine::Variable;
use super::execute::Line;
use super::plan::{Plan, Subset};
use super::rows::number;

/// Most values of a subset that are kept as they are.
const VALUES_KEPT: u64 = 1 << 22;
/// Significant bits of a value that is counted, the first one not included.
const BITS_COUNTED: u32 = 10;
/// The quantiles of the summary.
pub const QUANTILES: [f64; 3] = [0.05, 0.5, 0.95];

/// A variable at a timestep over all runs of a subset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// How many runs came to this timestep.
    pub runs: u64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of the runs as a sample (n - 1); 0 of one run.
    pub deviation: f64,
    /// The quantiles of 5, 50 and 95 percent, interpolated between neighbours.
    pub quantiles: [f64; 3],
}

/// The summary of a subset.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The configuration, from 0.
    pub simulation: u32,
    /// The subset, from 0.
    pub subset: u32,
    /// For each timestep that a run came to, the statistics of each variable.
    pub timesteps: Vec<Vec<Statistics>>,
}

/// Takes rows, gives summaries.
#[derive(Debug)]
pub struct Summaries {
    variables: usize,
    keeps_values: bool,
    open: Option<(u32, u32, Vec<Vec<Collected>>)>,
    done: Vec<Summary>,
}

/// A variable at a timestep while runs come in.
#[derive(Debug, Clone)]
struct Collected {
    runs: u64,
    mean: f64,
    /// The sum of squared distances from the mean.
    squares: f64,
    values: Values,
}

#[derive(Debug, Clone)]
enum Values {
    Kept(Vec<f64>),
    /// Counts of rounded values, by their bits in the order of the numbers.
    Counted(BTreeMap<u64, u64>),
}

impl Summaries {
    /// Summaries of the runs of a plan.
    pub fn new(plan: &Plan) -> Self {
        let variables = plan.model.variables().len();
        let values = (u64::from(plan.timesteps) + 1) * u64::from(plan.runs) * variables as u64;
        Self { variables, keeps_values: values <= VALUES_KEPT, open: None, done: Vec::new() }
    }

    /// Takes a row; only the last substep of a timestep counts.
    pub fn add(&mut self, line: &Line<'_>) {
        if !line.at.is_last {
            return;
        }
        let Subset { simulation, subset, .. } = *line.subset;
        if self.open.as_ref().is_none_or(|(first, second, _)| (*first, *second) != (simulation, subset)) {
            self.close();
            self.open = Some((simulation, subset, Vec::new()));
        }
        let empty = Collected::new(self.keeps_values);
        let Some((_, _, timesteps)) = &mut self.open else { return };
        let place = line.at.timestep as usize;
        if timesteps.len() == place {
            timesteps.push(vec![empty; self.variables]);
        }
        for (collected, value) in timesteps.get_mut(place).into_iter().flatten().zip(line.row) {
            collected.add(*value);
        }
    }

    /// The summaries of all subsets, in order.
    pub fn finish(mut self) -> Vec<Summary> {
        self.close();
        self.done
    }

    fn close(&mut self) {
        let Some((simulation, subset, timesteps)) = self.open.take() else { return };
        let finished = |all: Vec<Collected>| all.into_iter().map(Collected::finish).collect();
        let timesteps = timesteps.into_iter().map(finished).collect();
        self.done.push(Summary { simulation, subset, timesteps });
    }
}

#[allow(clippy::cast_precision_loss)] // numbers of runs
impl Collected {
    fn new(keeps_values: bool) -> Self {
        let values = if keeps_values { Values::Kept(Vec::new()) } else { Values::Counted(BTreeMap::new()) };
        Self { runs: 0, mean: 0.0, squares: 0.0, values }
    }

    /// Takes a value, after Welford (1962).
    fn add(&mut self, value: f64) {
        self.runs += 1;
        let distance = value - self.mean;
        self.mean += distance / self.runs as f64;
        self.squares += distance * (value - self.mean);
        match &mut self.values {
            Values::Kept(values) => values.push(value),
            Values::Counted(counts) => *counts.entry(ordered(rounded(value))).or_default() += 1,
        }
    }

    fn finish(self) -> Statistics {
        let deviation = if self.runs > 1 { (self.squares / (self.runs - 1) as f64).sqrt() } else { 0.0 };
        let quantiles = match self.values {
            Values::Kept(mut values) => quantiles(&mut values),
            Values::Counted(counts) => {
                let at = |rank: u64| {
                    let mut below = 0;
                    let found = counts.iter().find(|(_, count)| {
                        below += **count;
                        below > rank
                    });
                    found.map(|(bits, _)| unordered(*bits))
                };
                QUANTILES.map(|share| quantile(share, self.runs, &at))
            }
        };
        Statistics { runs: self.runs, mean: self.mean, deviation, quantiles }
    }
}

/// The [`QUANTILES`] of values, which are sorted for it; 0 of none.
pub fn quantiles(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let at = |rank: u64| usize::try_from(rank).ok().and_then(|rank| values.get(rank).copied());
    QUANTILES.map(|share| quantile(share, values.len() as u64, &at))
}

/// A quantile of `count` values, of which `at` gives those of a rank: between the two neighbours of its
/// place, in proportion.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(share: f64, count: u64, at: &dyn Fn(u64) -> Option<f64>) -> f64 {
    let place = share * count.saturating_sub(1) as f64;
    let rank = place as u64;
    let low = at(rank).unwrap_or_default();
    let high = at(rank + 1).unwrap_or(low);
    low + (high - low) * (place - rank as f64)
}

/// The nearest number of eleven significant bits.
fn rounded(value: f64) -> f64 {
    const CUT: u32 = f64::MANTISSA_DIGITS - 1 - BITS_COUNTED;
    // The largest numbers would round up to infinity, and are cut.
    let bits = value.to_bits();
    let up = f64::from_bits((bits + (1 << (CUT - 1))) >> CUT << CUT);
    if up.is_finite() { up } else { f64::from_bits(bits >> CUT << CUT) }
}

/// Bits that are ordered as the numbers are.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn unordered(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 1 { bits & !(1 << 63) } else { !bits })
}

/// The header of summary.csv.
pub const HEADER: &str = "simulation,subset,timestep,variable,runs,mean,sd,p5,p50,p95\n";

/// summary.csv: a row a variable and timestep.
pub fn csv(variables: &[Variable], summaries: &[Summary]) -> String {
    let mut text = HEADER.to_owned();
    for summary in summaries {
        for (timestep, statistics) in summary.timesteps.iter().enumerate() {
            for (variable, of) in variables.iter().zip(statistics) {
                let place = format!("{},{},{timestep},{}", summary.simulation, summary.subset, variable.name);
                let [p5, p50, p95] = of.quantiles.map(number);
                let (mean, sd) = (number(of.mean), number(of.deviation));
                text.push_str(&format!("{place},{},{mean},{sd},{p5},{p50},{p95}\n", of.runs));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Collected, ordered, rounded, unordered};

    fn of(values: impl IntoIterator<Item = f64>, keeps_values: bool) -> super::Statistics {
        let mut collected = Collected::new(keeps_values);
        values.into_iter().for_each(|value| collected.add(value));
        collected.finish()
    }

    #[test]
    fn figures_of_a_few_values() {
        for keeps_values in [true, false] {
            let statistics = of([4.0, 1.0, 3.0, 2.0], keeps_values);
            assert_eq!(statistics.runs, 4);
            assert!((statistics.mean - 2.5).abs() < 1e-15);
            assert!((statistics.deviation - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
            let [low, middle, high] = statistics.quantiles;
            assert!(
                (low - 1.15).abs() < 1e-12 && (middle - 2.5).abs() < 1e-12 && (high - 3.85).abs() < 1e-12
            );
            let alone = of([7.0], keeps_values).quantiles;
            assert!(alone.iter().all(|quantile| (quantile - 7.0).abs() == 0.0));
        }
    }

    #[test]
    fn counted_quantiles_are_close_to_kept_ones() {
        let values: Vec<f64> = (1..=5000).map(|value| f64::from(value) * 1.37 - 900.0).collect();
        let (kept, counted) = (of(values.clone(), true), of(values, false));
        for (kept, counted) in kept.quantiles.into_iter().zip(counted.quantiles) {
            assert!((kept - counted).abs() <= kept.abs() * 0.0005, "{kept} {counted}");
        }
        assert!((kept.mean - counted.mean).abs() == 0.0);
    }

    #[test]
    fn rounding_keeps_whole_numbers_and_order() {
        for value in 0..=2048 {
            assert!((rounded(f64::from(value)) - f64::from(value)).abs() == 0.0);
        }
        assert!(rounded(f64::MAX).is_finite() && rounded(f64::MIN).is_finite());
        let values = [f64::MIN, -2.5, -0.0, 0.0, 1e-300, 2.5, f64::MAX];
        assert!(values.is_sorted_by_key(|value| ordered(*value)));
        assert!(values.iter().all(|value| unordered(ordered(*value)).to_bits() == value.to_bits()));
    }
}
