//! meed: a git-backed reward ledger.

pub mod address;
pub mod amount;
pub mod error;
pub mod files;
pub mod tables;
