//! The exit status of each error.

use super::Error;

impl Error {
    /// 2 for bad usage or input; 3 for what could not be done: no key, branch moved, locked,
    /// unreadable clone, full disk.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::RepositoryUnreadable { .. }
            | Self::RepositoryNotOwned { .. }
            | Self::RepositoryShallow { .. }
            | Self::RepositoryPartial { .. }
            | Self::RepositoryFormat { .. }
            | Self::BranchMoved { .. }
            | Self::BranchLocked { .. }
            | Self::BranchElsewhere { .. }
            | Self::WorkTreeBusy { .. }
            | Self::IndexLocked { .. }
            | Self::PathInTheWay { .. }
            | Self::GitFailed { .. }
            | Self::KeyMissing
            | Self::KeyUnreadable { .. }
            | Self::KeyIsPem { .. }
            | Self::KeyIsPublic { .. }
            | Self::KeyNeedsPassphrase { .. }
            | Self::KeyPassphraseWrong { .. }
            | Self::KeyUnsupported { .. }
            | Self::AgentUnreachable { .. }
            | Self::AgentRefused { .. }
            | Self::KeyNotAllowed { .. }
            | Self::KeyMismatch { .. }
            | Self::AuthorMissing
            | Self::RoundUnverified { impossible: true, .. }
            | Self::ApprovalsMissing { .. }
            | Self::ReviewOpen { .. }
            | Self::KeyMayNotApprove { .. }
            | Self::LfsObjectMissing { .. }
            | Self::LfsObjectDamaged { .. }
            | Self::PayoutDiffers { .. }
            | Self::ChartNotFinite { .. }
            | Self::ChartTooLarge { .. }
            | Self::SimulationInterrupted
            | Self::DataHoldsCommand { .. }
            | Self::GithubTokenMissing
            | Self::GithubUnreachable { .. }
            | Self::GithubUnauthorized { .. }
            | Self::GithubForbidden { .. }
            | Self::GithubNotFound { .. }
            | Self::GithubUnprocessable { .. }
            | Self::GithubFailing { .. }
            | Self::GithubLimited { .. }
            | Self::GithubAnswer { .. }
            | Self::GithubCommitUnknown { .. }
            | Self::GithubTagElsewhere { .. }
            | Self::GithubReleaseForeign { .. }
            | Self::GithubChecksForbidden { .. }
            | Self::GithubInterrupted { .. }
            | Self::FileSystem { .. } => 3,
            _ => 2,
        }
    }
}
