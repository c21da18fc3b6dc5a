//! A closed round on GitHub: plan, show, apply. What is to be published is planned from what is there
//! already, shown, and only then done. Everything that meed writes carries a marker by which the next run
//! finds it.

mod apply;
mod found;
mod plan;
mod publication;
mod read;
mod targets;
mod text;

pub use apply::{Published, publish};
pub use plan::{Action, Content, TargetName};
pub use publication::{Asset, Publication};
pub use targets::Targets;
