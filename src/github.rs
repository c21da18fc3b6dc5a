//! GitHub: what meed publishes there, and what it collects from there.
//!
//! Plan, show, apply: what is to be published is planned from what is there already, shown, and only then
//! done. Everything that meed writes carries a marker by which the next run finds it. All requests go
//! through [`Client`], which waits where GitHub asks for it and never repeats a write blindly.

mod access;
mod client;
pub mod collect;
mod limits;

pub use access::{Access, Repository, Token};
pub use client::{Client, Page, segment};
