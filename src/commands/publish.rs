//! `meed publish`: a closed round on GitHub, as a release, a comment, a discussion; and that it verifies.

mod text;

use clap::Args;

use super::settle;
use super::tip::Tip;
use super::{Output, Session};
use crate::error::{Error, Place, Problems};
use crate::github::Client;
use crate::github::publish::{Publication, Targets, publish};
use crate::verification::VerifiedRound;
use text::report;

/// Options of `meed publish`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed publish 2026-03                        a release with its files, and the check `ledger verified`
  meed publish 2026-03 --dry-run              show every request that would write, send none
  meed publish 2026-03 --release --status     with a token of your own, which may make no check run
  meed publish 2026-03 --comment 12           as a comment on issue or pull request 12
  meed publish 2026-03 --discussion rewards   as a discussion in the category `rewards`

The round is verified first, and published only if all holds; in a ledger with `review`, when it is
approved and its window has passed. What was published before is found by a marker and updated, never
published twice; where nothing differs, nothing is sent. The token comes from GITHUB_TOKEN or GH_TOKEN,
the repository from --repository, GITHUB_REPOSITORY or the remote `origin`, the server from
GITHUB_API_URL.")]
#[allow(clippy::struct_excessive_bools)] // each is an option of its own
pub struct Options {
    /// The closed round
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// The revision: 1 for the first closing [default: the newest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub revision: Option<u32>,
    /// The repository on GitHub [default: GITHUB_REPOSITORY, else that of the remote `origin`]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repository: Option<String>,
    /// As a release with report, statement and payout files [default, with --check]
    #[arg(long)]
    pub release: bool,
    /// As a comment on the issue or pull request of that number
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=i64::MAX as u64))]
    pub comment: Option<u64>,
    /// As a discussion in that category, by its name or as its address spells it
    #[arg(long, value_name = "CATEGORY")]
    pub discussion: Option<String>,
    /// As a check run `ledger verified` on the closing commit; in workflows and apps only
    #[arg(long)]
    pub check: bool,
    /// As a commit status `ledger verified` on the closing commit; with any token
    #[arg(long)]
    pub status: bool,
    /// The branch that holds the round [default: the one that is checked out]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Show every request that would write, send none
    #[arg(long)]
    pub dry_run: bool,
}

/// Publishes a round.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let git = session.repository()?;
    let access = &session.github;
    let mut problems = Vec::new();
    let remote = git.config_text("remote.origin.url");
    let repository = access.repository(options.repository.as_deref(), remote.as_deref());
    let repository = repository.map_err(|error| problems.push(error)).ok();
    problems.extend(access.demand_token().err());
    problems.extend(access.api_url().and_then(|_| access.graphql_url()).err());
    let Some(repository) = Problems::unless_empty(problems, repository)? else {
        return Err(Error::GithubTokenMissing.into());
    };

    let tip = Tip::read(&git, options.branch.as_deref())?;
    let revisions = settle::revisions(&tip, &options.round, options.revision)?;
    let none = || Error::RoundsClosedNone { place: Place::file(&tip.ledger.rounds) };
    let recorded = revisions.last().ok_or_else(none)?;
    let lfs_dir = session.lfs_dir.as_deref();
    let round = VerifiedRound::verify(&git, tip.commit, recorded, lfs_dir, &*session.progress)?;
    round.demand_reviewed(session.now_seconds)?;

    let publication = Publication::read(&git, &round, repository)?;
    let client = Client::connect(access, &*session.say)?;
    let published = publish(&client, &publication, &targets(options), options.dry_run)?;
    Ok(report(&publication, &published, options.dry_run, session))
}

/// What is asked for; the release and the check where nothing is.
fn targets(options: &Options) -> Targets {
    let targets = Targets {
        release: options.release,
        comment: options.comment,
        discussion: options.discussion.clone(),
        check: options.check,
        status: options.status,
    };
    if targets == Targets::default() {
        return Targets { release: true, check: true, ..targets };
    }
    targets
}
