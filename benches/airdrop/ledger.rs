//! Writes the files of a ledger with one airdrop over made-up holders:
//!
//!     cargo run --release --example airdrop-ledger -- FOLDER HOLDERS plain|lfs THRESHOLD
//!
//! With `lfs` the snapshots go to `.git/lfs/objects`, and pointers stand in the work tree.
//! `benches/airdrop.sh` makes a repository of it and measures.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod holders;

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use meed::files::hex;
use sha2::{Digest, Sha256};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, holders, storage, threshold] = arguments.as_slice() else {
        panic!("FOLDER HOLDERS plain|lfs THRESHOLD")
    };
    let root = PathBuf::from(folder);
    let round = root.join("rounds/airdrop");
    fs::create_dir_all(round.join("holders")).unwrap();
    fs::write(root.join("ledger.json"), holders::ledger_json()).unwrap();
    fs::write(round.join("round.json"), holders::round_json(threshold)).unwrap();
    for snapshot in 0..holders::SNAPSHOTS {
        let path = round.join("holders").join(holders::file_name(snapshot));
        let mut out = BufWriter::new(File::create(&path).unwrap());
        holders::write_snapshot(&mut out, snapshot, holders.parse().unwrap()).unwrap();
        out.into_inner().unwrap();
        if storage == "lfs" {
            move_to_lfs(&root, &path);
        }
    }
}

/// Puts a file where git-lfs keeps objects, and a pointer into its place.
fn move_to_lfs(root: &Path, path: &Path) {
    let oid = sha256_of(path);
    let size = fs::metadata(path).unwrap().len();
    let object = root.join(".git/lfs/objects").join(&oid[..2]).join(&oid[2..4]).join(&oid);
    fs::create_dir_all(object.parent().unwrap()).unwrap();
    fs::rename(path, object).unwrap();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n");
    File::create(path).unwrap().write_all(pointer.as_bytes()).unwrap();
}

fn sha256_of(path: &Path) -> String {
    let mut file = File::open(path).unwrap();
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block).unwrap() {
            0 => return hex(&hasher.finalize()),
            count => hasher.update(&block[..count]),
        }
    }
}
