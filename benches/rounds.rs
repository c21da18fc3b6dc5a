//! Closing and verifying rounds of the size of the TEC's, on made-up data: 38 rounds of 400 praises,
//! 4 quantifiers, 90 receivers, in a repository on disk.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::Command;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const PRAISES: usize = 400;
const RECEIVERS: usize = 90;

/// The praise table of a round.
fn praise_csv(round: usize) -> String {
    let slots =
        |column: &str| (1..=4).map(|k| column.replace('#', &k.to_string())).collect::<Vec<_>>().join(",");
    let mut text = format!(
        "ID,DATE,TO USER ACCOUNT,TO USER ACCOUNT ID,TO ETH ADDRESS,FROM USER ACCOUNT,REASON,{},{},{},{},AVG SCORE\n",
        slots("SCORE #"),
        slots("DUPLICATE ID #"),
        slots("DISMISSED #"),
        slots("QUANTIFIER # USERNAME,QUANTIFIER # ETH ADDRESS")
    );
    let scores = [0, 1, 3, 5, 8, 13, 21, 34, 55, 89, 144];
    for row in 0..PRAISES {
        let receiver = (row * 7 + round) % RECEIVERS;
        let given: Vec<usize> = (0..4).map(|k| scores[(row * 5 + k * 3 + round) % scores.len()]).collect();
        let acted = given.iter().filter(|score| **score > 0).count().max(1);
        let hundredths = given.iter().sum::<usize>() * 100 / acted;
        let quantifiers: Vec<String> =
            (0..4).map(|k| (row + k) % 12).map(|q| format!("quantifier-{q},0x{:040x}", 1_000 + q)).collect();
        text += &format!(
            "p-{round}-{row},2023-01-{:02}T12:00:00Z,member-{receiver},account-{receiver},0x{:040x},giver,\"for a contribution that somebody described in a sentence of usual length, number {row}\",{},,,,,false,false,false,false,{},{}.{:02}\n",
            row % 28 + 1,
            receiver + 1,
            given.iter().map(usize::to_string).collect::<Vec<_>>().join(","),
            quantifiers.join(","),
            hundredths / 100,
            hundredths % 100
        );
    }
    text
}

/// A new ledger with that many open rounds.
fn ledger(rounds: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("ledger");
    let key = folder.path().join("key");
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program)
            .args(args)
            .env("MEED_AUTHOR", "Bench <bench@example.org>")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let (root_text, key_text) = (root.to_str().unwrap(), key.to_str().unwrap());
    run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "bench@example.org", "-f", key_text]);
    let public = format!("{key_text}.pub");
    run(
        meed(),
        &["init", root_text, "--name", "Bench", "--token", "TOK", "--signer", &public, "--key", key_text],
    );
    for round in 0..rounds {
        let round_folder = root.join(format!("rounds/round-{round}"));
        std::fs::create_dir_all(&round_folder).unwrap();
        std::fs::write(round_folder.join("round.json"), round_json()).unwrap();
        std::fs::write(round_folder.join("praise.csv"), praise_csv(round)).unwrap();
        std::fs::write(
            round_folder.join("rewardboard.csv"),
            "ID\n0x00000000000000000000000000000000000000ff\n",
        )
        .unwrap();
    }
    let git = ["-C", root_text, "-c", "user.name=Bench", "-c", "user.email=bench@example.org"];
    run("git", &[&git[..], &["add", "-A"]].concat());
    run("git", &[&git[..], &["commit", "-q", "-m", "Inputs"]].concat());
    (folder, root)
}

fn round_json() -> &'static str {
    r#"{"format": 1, "period": {"start": "2023-01-01", "end": "2023-01-28"}, "allocations": [{"name": "praise", "method": "praise-v1",
"pool": "1874", "inputs": {"praise": "praise.csv", "rewardboard": "rewardboard.csv"}, "settings": {"contributor_share": "0.9",
"quantifier_share": "0.07", "rewardboard_share": "0.03", "quantifiers": 4}}]}"#
}

/// The program under test, built with the same profile as the bench.
fn meed() -> &'static str {
    env!("CARGO_BIN_EXE_meed")
}

/// `meed` as a whole command.
fn run_meed(root: &Path, args: &[&str]) {
    let key = root.parent().unwrap().join("key");
    let output = Command::new(meed())
        .args(["--ledger", root.to_str().unwrap()])
        .args(args)
        .env("MEED_AUTHOR", "Bench <bench@example.org>")
        .env("MEED_SIGNING_KEY", key)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `sha256sum` of all files of the rounds: the floor under any verification.
fn sha256sum(root: &Path) {
    let script = "find rounds -type f -not -path '*/results/*' -print0 | xargs -0 sha256sum > /dev/null";
    assert!(Command::new("sh").args(["-c", script]).current_dir(root).status().unwrap().success());
}

fn rounds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rounds");
    group.sample_size(10);
    group.bench_function("close one round", |bencher| {
        bencher.iter_batched(
            || ledger(1),
            |(_folder, root)| run_meed(&root, &["close"]),
            BatchSize::PerIteration,
        );
    });
    for count in [1, 10, 38, 152] {
        let (_folder, root) = ledger(count);
        run_meed(&root, &["close", "--all"]);
        group.bench_function(format!("verify {count} rounds"), |bencher| {
            bencher.iter(|| run_meed(&root, &["verify"]));
        });
        group.bench_function(format!("sha256sum of the inputs of {count} rounds"), |bencher| {
            bencher.iter(|| sha256sum(&root));
        });
    }
    group.finish();
}

criterion_group!(benches, rounds);
criterion_main!(benches);
