//! The integration tests, one binary. `files_are_listed` below sees to it that none is forgotten.
#![allow(missing_docs)]
// A test that panics has said what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// One line of a table may build a text the short way.
#![allow(clippy::format_collect)]

mod actions;
mod adopt;
mod airdrop;
mod amend;
mod amend_readers;
mod approve;
mod attacks;
mod audit;
mod books;
mod browser;
mod charts;
mod claimed;
mod commands;
mod conformance;
mod conviction;
mod crash;
mod determinism;
mod diff;
mod due;
mod errors;
mod example;
mod explain;
mod fractal;
mod github;
mod grain;
mod held;
mod hostile;
mod import;
mod keys;
mod large_inputs;
mod layers;
mod members;
mod merkle;
mod mutations;
mod old_ledgers;
mod overview;
mod page_sizes;
mod pages_methods;
mod payouts;
mod peers;
mod policy;
mod praise;
mod prove;
mod recorded;
mod releases;
mod replay;
mod report;
mod schemas;
mod settle;
mod simulation;
mod site;
mod support;
mod vectors;
mod weighted;
mod work;
mod workflows;

/// A test file that is not named above would never run.
#[test]
fn files_are_listed() {
    let folder = support::package().join("tests/it");
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "{name} is not listed in main.rs");
    }
}
