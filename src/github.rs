//! GitHub: what meed publishes there, and what it collects from there.
//!
//! Plan, show, apply: what is to be published is planned from what is there already, shown, and only then
//! done. Everything that meed writes carries a marker by which the next run finds it. All requests go
//! through [`Client`], which waits where GitHub asks for it and never repeats a write blindly.

mod access;
mod apply;
mod client;
pub mod collect;
mod found;
mod limits;
mod plan;
mod publication;
mod read;
mod targets;
mod text;

pub use access::{Access, Repository, Token};
pub use apply::{Published, publish};
pub use client::{Client, Page, segment};
pub use plan::{Action, Content, TargetName};
pub use publication::{Asset, Publication};
pub use targets::Targets;
