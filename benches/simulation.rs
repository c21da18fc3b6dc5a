//! How long models take to run, without the start of a command: `cargo bench --bench simulation`.
//!
//! Beside cadCAD, as whole commands: `benches/cadcad.sh`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use meed::error::Place;
use meed::files::Files;
use meed::simulation::execute::{Wanted, Watch};
use meed::simulation::plan::Plan;
use meed::simulation::simulate;
use serde_json::json;

/// A model, its timesteps and its runs.
const CASES: [(&str, u32, u32); 4] =
    [("conviction", 100, 1), ("conviction", 400, 1), ("conviction", 100, 1000), ("work", 52, 1000)];

fn models(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulation");
    group.sample_size(10);
    for (model, timesteps, runs) in CASES {
        let simulation = json!({"model": model, "timesteps": timesteps, "runs": runs});
        let file = serde_json::from_value(simulation).unwrap();
        let plan = Plan::new(&file, &Place::file("simulation.json"), "", &Files::default()).unwrap();
        let wanted = Wanted { substeps: false, details: false };
        let watch = Watch { progress: &|_, _| (), is_interrupted: &|| false };
        group.throughput(Throughput::Elements(u64::from(timesteps) * u64::from(runs)));
        let name = BenchmarkId::new(model, format!("{timesteps} steps x {runs}"));
        group.bench_function(name, |bencher| {
            bencher.iter(|| simulate(black_box(&plan), wanted, &watch, &mut |_| Ok(())).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, models);
criterion_main!(benches);
