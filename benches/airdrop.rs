//! `calculate` for an airdrop: files to results, 26 thousand and 1 million made-up holders in four
//! snapshots. Whole commands, up to 10 million holders: `benches/airdrop.sh`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "airdrop/holders.rs"]
mod holders;

use criterion::{Criterion, criterion_group, criterion_main};
use meed::calculate::{Snapshot, calculate};
use meed::error::Place;
use meed::files::{Content, Files};
use meed::ledger::round_id::RoundId;
use meed::statement::Record;

/// The files of the commit.
fn files(holders: u64) -> Files {
    let mut files = Files::default();
    let mut insert = |path: &str, bytes: Vec<u8>| files.insert(path.to_owned(), Content::File(bytes));
    insert("ledger.json", holders::ledger_json().into());
    insert("rounds/airdrop/round.json", holders::round_json("1000").into());
    for snapshot in 0..holders::SNAPSHOTS {
        let mut bytes = Vec::new();
        holders::write_snapshot(&mut bytes, snapshot, holders).unwrap();
        insert(&format!("rounds/airdrop/holders/{}", holders::file_name(snapshot)), bytes);
    }
    files
}

fn airdrop(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("airdrop");
    group.sample_size(10);
    let round = RoundId::parse("airdrop", &Place::file("bench")).unwrap();
    for holders in [26_000, 1_000_000] {
        let (files, record) = (files(holders), Record::default());
        group.bench_function(format!("{holders} holders x 4 snapshots"), |bencher| {
            bencher.iter(|| calculate(Snapshot { files: &files, record: &record }, &round).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, airdrop);
criterion_main!(benches);
