//! The review of closed rounds: what `review` of ledger.json asks for before a round counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The folder of approvals, beside the results that they approve.
pub const APPROVALS_FOLDER: &str = "approvals";

/// The longest window: a year.
const DAYS_LIMIT: u32 = 366;
/// The most approvals that a ledger may ask for.
const APPROVALS_LIMIT: u32 = 100;

/// What has to happen between the close of a round and its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// How many days after the closing commit's date a round is open to objections; 0 for no window.
    #[schemars(range(max = 366))]
    pub days: u32,
    /// How many people, none of them the closer, approve a round before it counts.
    #[schemars(range(max = 100))]
    pub approvals: u32,
}

impl Review {
    /// What is wrong with the values: field, value and reason of each.
    pub fn faults(self) -> Vec<(&'static str, String, &'static str)> {
        let mut faults = Vec::new();
        if self.days > DAYS_LIMIT {
            faults.push(("review.days", self.days.to_string(), "it is a whole number from 0 to 366"));
        }
        if self.approvals > APPROVALS_LIMIT {
            faults.push((
                "review.approvals",
                self.approvals.to_string(),
                "it is a whole number from 0 to 100",
            ));
        }
        if self.days == 0 && self.approvals == 0 {
            let value = "0 days, 0 approvals".to_owned();
            faults.push(("review", value, "it asks for nothing; leave it out for no review"));
        }
        faults
    }

    /// The end of the window of a round that was closed at `closed_at`, both in seconds since 1970.
    pub fn ends_at(self, closed_at: i64) -> i64 {
        closed_at.saturating_add(i64::from(self.days) * 86_400)
    }
}
