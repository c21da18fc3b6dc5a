//! How long a pool takes to divide among many: `cargo bench --bench apportion`.
//!
//! Three kinds of weights: scores as praise gives them, weights that need 512-bit products, and
//! equal ones, where nothing but the draw decides who gets the units that the floors leave.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use meed::amount::{Amount, Draw, Weight, apportion};
use meed::files::hex;

/// A recipient key and its weight.
type Share = (String, Weight);

/// The weight of the recipient with that number.
type WeightOf = fn(u64) -> Weight;

fn divide(criterion: &mut Criterion) {
    // A pool that no number of recipients below divides, so that units are left.
    let pool = Amount::from_units(852_375_345_361_493_877_427);
    let draw = Draw { round: "2024-03", reward: "praise" };
    let kinds: [(&str, WeightOf); 3] =
        [("scores", score), ("256-bit", wide), ("equal", |_| Weight::from(1_u8))];
    for (kind, weight_of) in kinds {
        let mut group = criterion.benchmark_group(format!("apportion/{kind}"));
        group.sample_size(10);
        for recipients in [1_000_u64, 100_000, 1_000_000] {
            let shares: Vec<Share> = (0..recipients).map(|number| (key(number), weight_of(number))).collect();
            let shares: Vec<(&str, Weight)> =
                shares.iter().map(|(key, weight)| (key.as_str(), *weight)).collect();
            group.throughput(Throughput::Elements(recipients));
            group.bench_function(BenchmarkId::from_parameter(recipients), |bencher| {
                bencher.iter(|| apportion(black_box(pool), black_box(&shares), draw));
            });
        }
        group.finish();
    }
}

/// A number that looks random and is the same in every run (the finalizer of SplitMix64).
fn scrambled(number: u64) -> u64 {
    let mut value = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A recipient key: an address in lower case.
fn key(number: u64) -> String {
    let mut address = [0; 20];
    for (index, bytes) in (0..).zip(address.chunks_mut(8)) {
        let word = scrambled(number * 3 + index).to_be_bytes();
        for (byte, random) in bytes.iter_mut().zip(word) {
            *byte = random;
        }
    }
    format!("0x{}", hex(&address))
}

/// A sum of average scores, as praise-v1 scales them: up to 10,000 points with two decimals.
fn score(number: u64) -> Weight {
    Weight::from(scrambled(number) % 1_000_000)
}

/// A weight of up to 236 bits: a million of them still sum to less than 256.
fn wide(number: u64) -> Weight {
    Weight::from_limbs([number, number * 3, number * 5, number * 7].map(scrambled)) >> 20
}

criterion_group!(benches, divide);
criterion_main!(benches);
