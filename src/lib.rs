//! meed: a git-backed reward ledger.
//!
//! A ledger is a git repository. Each reward round is a folder of inputs that people commit;
//! `meed close` turns the inputs into results and records both in one signed commit; `meed verify`
//! recomputes any past round and compares.
//!
//! # The one idea
//!
//! **The results of a round are a pure function of a commit's tree.**
//!
//! ```text
//! close    tip    -> snapshot -> calculate -> results -> objects -> sign -> move the branch
//! verify   parent -> snapshot -> calculate -> results -> compare with the commit,
//!                                                         its signature, its place in the chain
//! ```
//!
//! Both share [`calculate`]; they differ only in what they do with its bytes. Nothing in results
//! depends on the clock, the machine, the locale, the user, threads or the order of a hash map.
//! Inputs are read from the commit, never from the work tree.
//!
//! # Layers
//!
//! Arrows only point down. The table is held against the source by a test (`tests/it/layers.rs`),
//! which reads it here.
//!
//! ```text
//! main          arguments, environment, clock, terminal; prints what a command returns    clap clap_complete clap_mangen ctrlc indicatif rpassword
//! arguments     the command line                            clap clap_complete
//! commands      one file a command, straight-line           clap anstyle comfy_table include_dir getrandom rayon tempfile unicode_security
//! github        what is published on GitHub and collected from it    octocrab tokio http
//! actions       what a step of GitHub Actions tells its runner
//! verification  the checks, the history of the record       rayon
//! snapshot      commit -> files and record
//! git           objects, branches, work tree                git2 tempfile
//! signing       SSH signatures, allowed_signers             ssh_key ssh_encoding getrandom
//! schemas       JSON Schemas of all files
//! site          the whole ledger as a static site           minijinja
//! simulation    rules tried over time: models, random numbers, summaries    libm rand_chacha
//! explain       how an amount came about
//! audit         rounds closed by other means, against what was published
//! calculate     the pipeline: files -> results
//! report        pages and charts                            minijinja kuva polars libm base64ct
//! methods       the table of methods, one file a version    stop_words
//! payouts       what a round pays, one file a format
//! entries       what each person got, read from results
//! diff          what differs between two sides of rounds
//! distribution  the rows of distribution.csv
//! settlement    what was paid of a round, and what is open
//! adjustments   what an amendment changes, person by person
//! statement     the record and its chain
//! opening       opening.csv: what is owed from before the ledger
//! members       members.csv: whose keys are whose, and where they are paid
//! ledger        ledger.json, round ids, the plan of a round
//! recipient     recipient keys, and who stands behind them
//! tables        CSV in and out                              csv unicode_normalization
//! files         bytes by path, text, JSON                   sha2
//! amount        money and apportionment                     ruint sha2
//! address       20-byte addresses                           tiny_keccak
//! error         every way to refuse                         thiserror strum
//! parallel      work that several processors share          rayon
//! anywhere      records, schemas from types, days           serde serde_json schemars jiff
//! linked        zlib, into libgit2; never called from here  libz_sys
//! ```
//!
//! From `calculate` down nothing knows of git, the file system, the network, clocks, the
//! environment, printing or randomness. That pure part, with `schemas`, builds for
//! `wasm32-unknown-unknown` with `--no-default-features`, so that a page can one day verify a
//! round's money in its reader's browser.
//!
//! # Where to start reading
//!
//! * [`calculate::calculate`]: the pipeline, one screen.
//! * [`amount::apportion`]: the only place where a pool is divided.
//! * [`methods::praise_v1`]: a rule in words, with its code.
#![cfg_attr(feature = "cli", doc = "* [`verification`]: the table of checks.")]
#![cfg_attr(feature = "cli", doc = "* [`commands::close`]: how a round is closed.")]
//!
//! Decisions stand in `.github/DECISIONS.md`, the threat model in `.github/SECURITY.md`, recipes
//! for changes in `.github/CONTRIBUTING.md`.

#[cfg(feature = "cli")]
pub mod actions;
pub mod address;
pub mod adjustments;
pub mod amount;
#[cfg(feature = "cli")]
pub mod arguments;
pub mod audit;
pub mod calculate;
#[cfg(feature = "cli")]
pub mod commands;
pub mod diff;
pub mod distribution;
pub mod entries;
pub mod error;
pub mod explain;
pub mod files;
#[cfg(feature = "cli")]
pub mod git;
#[cfg(feature = "cli")]
pub mod github;
pub mod ledger;
pub mod members;
pub mod methods;
pub mod opening;
mod parallel;
pub mod payouts;
pub mod recipient;
// Statistics and drawings are real numbers; no amount depends on them.
#[cfg(feature = "pages")]
#[allow(clippy::float_arithmetic, clippy::cast_precision_loss, clippy::unnecessary_wraps)]
pub mod report;
pub mod schemas;
pub mod settlement;
// Simulated figures are real numbers; no amount depends on them.
#[cfg(feature = "cli")]
pub mod signing;
#[allow(clippy::float_arithmetic, clippy::unnecessary_wraps)]
pub mod simulation;
#[cfg(feature = "pages")]
#[allow(clippy::float_arithmetic, clippy::cast_precision_loss)]
pub mod site;
#[cfg(feature = "cli")]
pub mod snapshot;
pub mod statement;
pub mod tables;
#[cfg(feature = "cli")]
pub mod verification;
