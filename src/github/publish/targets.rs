//! Where a round can be published, and what a token must be allowed to do there.

/// Where a round is to be published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a target of its own
pub struct Targets {
    /// As a release.
    pub release: bool,
    /// As a comment on the issue or pull request of that number.
    pub comment: Option<u64>,
    /// As a discussion in that category.
    pub discussion: Option<String>,
    /// As a check run on the closing commit.
    pub check: bool,
    /// As a status of the closing commit.
    pub status: bool,
}

/// The permissions by GitHub's names.
pub struct Permission;

impl Permission {
    /// To read commits, tags, releases.
    pub const CONTENTS_READ: &'static str = "contents: read";
    /// To make tags and releases.
    pub const CONTENTS: &'static str = "contents: write";
    /// To comment.
    pub const ISSUES: &'static str = "issues: write (on a pull request: pull-requests: write)";
    /// To read and make discussions.
    pub const DISCUSSIONS: &'static str = "discussions: write";
    /// To read and make check runs.
    pub const CHECKS: &'static str = "checks: write";
    /// To read and make statuses.
    pub const STATUSES: &'static str = "statuses: write";
    /// What every token may.
    pub const METADATA: &'static str = "metadata: read";
}
