//! meed: a git-backed reward ledger.

pub mod address;
pub mod error;
#[cfg(feature = "cli")]
pub mod signing;
