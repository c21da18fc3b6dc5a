//! GitHub: what meed publishes there, and what it collects from there.
//!
//! All requests go through [`Client`], which waits where GitHub asks for it and never repeats a write
//! blindly.

mod access;
mod client;
pub mod collect;
mod limits;
pub mod publish;

pub use access::{Access, Repository, Token};
pub use client::{Client, Page, segment};
