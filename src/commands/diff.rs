//! `meed diff`: what differs between two rounds, two revisions, or a round and its changed files.

mod markdown;
mod overlay;
mod sides;
mod text;

use clap::Args;

use super::{Output, Session};
use crate::diff::{compare, inputs};
use crate::error::Problems;
use sides::{Reader, Sought};

/// Options of `meed diff`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed diff 2026-01 2026-02              two rounds
  meed diff 2026-01@1 2026-01@2          two revisions of a round
  meed diff 2026-03                      a round, and what its changed files would give now
  meed diff 2026-03 2026-03@worktree     the same
  meed diff 2026-03 --format markdown    for a pull request
  meed diff 2026-03 --rev main           against the files of another commit

A side is a round: `2026-01` is its last closed revision, or what `meed check` computes while it is
open; `2026-01@2` is revision 2; `2026-01@worktree` is computed from the files of the work tree, with
the corrections in revisions/, on the state on which the round was closed. Closed sides are read from
the committed results; `meed verify` says whether these are right. Rows are compared of tables up to
16 MiB. Tables show the first rows, `-v` and --format json all, --format markdown as many as GitHub
takes in a comment.")]
pub struct Options {
    /// The first side: ROUND, ROUND@REVISION or ROUND@worktree
    #[arg(value_name = "A")]
    pub before: String,
    /// The second side; without it, the files of the work tree
    #[arg(value_name = "B")]
    pub after: Option<String>,
    /// The commit whose rounds are read
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub rev: String,
    /// Exit with status 1 when the sides differ, as `git diff` does
    #[arg(long)]
    pub exit_code: bool,
}

/// Compares two sides.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let (before, after) = sought(options)?;
    let repository = session.repository()?;
    let reader = Reader::new(session, &repository, &options.rev)?;
    let (mut before, mut after) = reader.read_both(&before, &after)?;
    let (paths_before, paths_after) = inputs::differing(&before.side, &after.side);
    reader.load(&mut before, &paths_before);
    reader.load(&mut after, &paths_after);
    let difference = compare(&before.side, &after.side)?;
    let output = if session.json {
        Output::json(&difference)
    } else if session.markdown {
        Output::text(markdown::written(&difference))
    } else {
        Output::text(text::told(&difference, session.verbose)).with_notes(difference.notes.clone())
    };
    Ok(Output { status: u8::from(options.exit_code && !difference.equal), ..output })
}

/// The two sides that are asked for. All that is wrong with their names at once.
fn sought(options: &Options) -> Result<(Sought, Sought), Problems> {
    let mut problems = Vec::new();
    let mut parse = |text: &str| Sought::parse(text).map_err(|error| problems.push(error)).ok();
    let before = parse(&options.before);
    let sides = match &options.after {
        Some(after) => before.zip(parse(after)),
        None => before.map(Sought::and_work_tree),
    };
    sides.ok_or_else(|| {
        let whole = Problems::unless_empty(problems, ()).err();
        whole.unwrap_or_else(|| sides::no_side(&options.before).into())
    })
}
