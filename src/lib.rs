//! meed: a git-backed reward ledger.

pub mod address;
pub mod amount;
pub mod calculate;
pub mod error;
pub mod files;
#[cfg(feature = "cli")]
pub mod git;
pub mod ledger;
pub mod methods;
#[cfg(feature = "cli")]
pub mod signing;
pub mod statement;
pub mod tables;
