//! Random numbers, all from the seed in simulation.json: the same on every machine, whatever the
//! number of threads.
//!
//! | `rng` | bits | streams |
//! |---|---|---|
//! | `chacha` | ChaCha20 | one for each (simulation, subset, run), by index |
//! | `numpy-legacy` | MT19937, as `numpy.random.seed` and `numpy.random.*` draw | one for the whole file |
//! | `cpython` | MT19937, as Python's `random.seed` and `random.*` draw | one for the whole file |
//!
//! `chacha` draws by the algorithms of `numpy-legacy` from other bits: a double of 53 bits is the upper
//! part of 64 bits of the stream, a whole number takes 32.

mod mersenne_twister;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use mersenne_twister::MersenneTwister;

/// Which generator draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rng {
    /// ChaCha20, a stream for each run: runs do not depend on each other.
    #[default]
    #[serde(rename = "chacha")]
    ChaCha,
    /// The draws of `numpy.random` after `numpy.random.seed(seed)`.
    NumpyLegacy,
    /// The draws of Python's `random` after `random.seed(seed)`.
    Cpython,
}

impl Rng {
    /// Whether all runs draw from one stream, one after another.
    pub const fn is_one_stream(self) -> bool {
        !matches!(self, Self::ChaCha)
    }

    /// The smallest and the largest seed.
    pub const fn seeds(self) -> (i64, i64) {
        const LIMIT: i64 = (1 << 53) - 1;
        match self {
            Self::ChaCha => (0, LIMIT),
            Self::NumpyLegacy => (0, u32::MAX as i64),
            Self::Cpython => (-LIMIT, LIMIT),
        }
    }

    /// The name in simulation.json.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChaCha => "chacha",
            Self::NumpyLegacy => "numpy-legacy",
            Self::Cpython => "cpython",
        }
    }
}

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Random {
    rng: Rng,
    bits: Bits,
    /// The second of the two normal numbers that are made at once, until it is asked for.
    kept_normal: Option<f64>,
}

#[derive(Debug, Clone)]
enum Bits {
    ChaCha(Box<ChaCha20Rng>),
    MersenneTwister(Box<MersenneTwister>),
}

impl Random {
    /// The stream of a run. With `chacha` its number is made of the indices (run from 1); the other two
    /// have one stream, and the indices do not matter.
    pub fn new(rng: Rng, seed: i64, (simulation, subset, run): (u32, u32, u32)) -> Self {
        let bits = match rng {
            Rng::ChaCha => {
                let mut key = [0; 32];
                for (byte, of_seed) in key.iter_mut().zip(seed.to_le_bytes()) {
                    *byte = of_seed;
                }
                let mut bits = ChaCha20Rng::from_seed(key);
                bits.set_stream(u64::from(simulation) << 48 | u64::from(subset) << 32 | u64::from(run));
                Bits::ChaCha(Box::new(bits))
            }
            // A seed is in `seeds`: nothing is cut off.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Rng::NumpyLegacy => Bits::MersenneTwister(Box::new(MersenneTwister::from_number(seed as u32))),
            Rng::Cpython => {
                let size = seed.unsigned_abs();
                #[allow(clippy::cast_possible_truncation)]
                let words = [size as u32, (size >> 32) as u32];
                let used = if size >> 32 == 0 { 1 } else { 2 };
                let words = words.get(..used).unwrap_or_default();
                Bits::MersenneTwister(Box::new(MersenneTwister::from_words(words)))
            }
        };
        Self { rng, bits, kept_normal: None }
    }

    /// 32 random bits.
    fn word(&mut self) -> u32 {
        match &mut self.bits {
            Bits::ChaCha(bits) => bits.next_u32(),
            Bits::MersenneTwister(bits) => bits.word(),
        }
    }

    /// A number from 0 up to, but not including, 1; of 53 bits.
    #[allow(clippy::cast_precision_loss)] // 53 bits fit
    pub fn uniform(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        let bits = match &mut self.bits {
            Bits::ChaCha(bits) => bits.next_u64() >> 11,
            Bits::MersenneTwister(bits) => {
                let (high, low) = (bits.word() >> 5, bits.word() >> 6);
                u64::from(high) << 26 | u64::from(low)
            }
        };
        bits as f64 * UNIT
    }

    /// An exponential number of mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// A normal number of mean 0 and standard deviation 1. Two are made at once: by the polar method, the
    /// second of which is given first; with `cpython` from an angle and a radius, the cosine first.
    pub fn normal(&mut self) -> f64 {
        if let Some(kept) = self.kept_normal.take() {
            return kept;
        }
        if self.rng == Rng::Cpython {
            let angle = self.uniform() * std::f64::consts::TAU;
            let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
            self.kept_normal = Some(libm::sin(angle) * radius);
            return libm::cos(angle) * radius;
        }
        loop {
            let first = 2.0 * self.uniform() - 1.0;
            let second = 2.0 * self.uniform() - 1.0;
            let square = first * first + second * second;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * libm::log(square) / square).sqrt();
                self.kept_normal = Some(factor * first);
                return factor * second;
            }
        }
    }

    /// A gamma number of this shape (above 1) and scale 1, after Marsaglia and Tsang (2000); with
    /// `cpython` after Cheng (1977).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if self.rng == Rng::Cpython {
            return self.gamma_of_cheng(shape);
        }
        let base = shape - 1.0 / 3.0;
        let slope = 1.0 / (9.0 * base).sqrt();
        loop {
            let (normal, cube) = loop {
                let normal = self.normal();
                let root = 1.0 + slope * normal;
                if root > 0.0 {
                    break (normal, root * root * root);
                }
            };
            let drawn = self.uniform();
            if drawn < 1.0 - 0.0331 * (normal * normal) * (normal * normal)
                || libm::log(drawn) < 0.5 * normal * normal + base * (1.0 - cube + libm::log(cube))
            {
                return base * cube;
            }
        }
    }

    fn gamma_of_cheng(&mut self, shape: f64) -> f64 {
        let spread = (2.0 * shape - 1.0).sqrt();
        let (base, slope) = (shape - libm::log(4.0), shape + spread);
        loop {
            let first = self.uniform();
            // Nearer to 0 or 1 the logarithm below is too large.
            if !(1e-7 < first && first < 0.999_999_9) {
                continue;
            }
            let second = 1.0 - self.uniform();
            let log = libm::log(first / (1.0 - first)) / spread;
            let drawn = shape * libm::exp(log);
            let product = first * first * second;
            let excess = base + slope * log - drawn;
            if excess + (1.0 + libm::log(4.5)) - 4.5 * product >= 0.0 || excess >= libm::log(product) {
                return drawn;
            }
        }
    }

    /// A whole number from 0 up to, but not including, `count`; 0 where that is 0. One of one takes no
    /// draw, except with `cpython`.
    pub fn choice(&mut self, count: u32) -> u32 {
        let count = count.max(1);
        if self.rng == Rng::Cpython {
            let bits = u32::BITS - count.leading_zeros();
            loop {
                let drawn = self.word() >> (u32::BITS - bits);
                if drawn < count {
                    return drawn;
                }
            }
        }
        let most = count.saturating_sub(1);
        if most == 0 {
            return 0;
        }
        let mask = u32::MAX >> most.leading_zeros();
        loop {
            let drawn = self.word() & mask;
            if drawn <= most {
                return drawn;
            }
        }
    }

    /// A whole number from `low` to `high`, both included; `high` is below 2^32 - 1.
    pub fn integer(&mut self, low: u32, high: u32) -> u32 {
        low.saturating_add(self.choice(high.saturating_sub(low).saturating_add(1)))
    }
}
