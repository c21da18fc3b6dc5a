//! meed: a git-backed reward ledger.

pub mod address;
pub mod amount;
pub mod calculate;
pub mod error;
pub mod files;
pub mod ledger;
pub mod methods;
pub mod statement;
pub mod tables;
