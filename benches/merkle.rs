//! How long the trees of both Merkle formats take, from the payments to the root.
//!
//!     cargo bench --bench merkle
#![allow(missing_docs)]
#![allow(clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use meed::address::Address;
use meed::amount::Amount;
use meed::error::Place;
use meed::files::sha256_hex;
use meed::payouts::{Payment, merkle, merkle_distributor};

/// Payments to made-up addresses, no two alike.
fn payments(count: u128) -> Vec<Payment> {
    let payment = |number: u128| {
        let digest = sha256_hex(format!("made up {number}").as_bytes());
        let text = format!("0x{}", digest.get(..40).unwrap());
        let address = Address::parse(&text, &Place::file("bench"), "address").unwrap();
        Payment { address, amount: Amount::from_units(number * 1_000_000_007 + 1) }
    };
    (0..count).map(payment).collect()
}

fn trees(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("merkle-root");
    group.sample_size(10);
    for count in [1_000, 10_000, 100_000, 1_000_000] {
        let payments = payments(count);
        group.throughput(Throughput::Elements(payments.len() as u64));
        group.bench_with_input(BenchmarkId::new("merkle", count), &payments, |bencher, payments| {
            bencher.iter(|| merkle::Tree::of(payments).root());
        });
        group.bench_with_input(
            BenchmarkId::new("merkle-distributor", count),
            &payments,
            |bencher, payments| {
                bencher.iter(|| merkle_distributor::Tree::of(payments).root());
            },
        );
    }
    group.finish();
}

criterion_group!(benches, trees);
criterion_main!(benches);
