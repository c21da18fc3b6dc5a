//! `meed site`: a static site of the whole ledger, from what a commit holds.

mod folder;
mod gather;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::verify::exit_status;
use super::{Output, Session};
use crate::error::{Error, Problems, Shown};
use crate::git::Repository;
use crate::site::{self, Directory};
use crate::verification::{self, Report};
use folder::Folder;
use gather::Gathered;

/// Options of `meed site`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  meed site /tmp/site                 then open /tmp/site/index.html
  meed site public --rev origin/main  of another commit
  meed site public --verify           with the result of `meed verify` beside each round
  meed site public --format json      how many pages and files were written

The folder must be empty, new, or a site that meed wrote before: files that somebody else put there stay,
and a page that somebody changed is not overwritten. The site needs no server: open it from the folder,
or let GitHub Pages or any other host serve it. Without --verify nothing is recomputed but the
explanations of amounts.")]
pub struct Options {
    /// The folder for the site
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// The commit whose closed rounds are shown
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub rev: String,
    /// Verify all rounds and show what came of it
    #[arg(long)]
    pub verify: bool,
}

/// What was written, as JSON.
#[derive(Debug, Serialize)]
struct Written {
    folder: String,
    commit: String,
    rounds: usize,
    amendments: usize,
    members: usize,
    people: usize,
    pages: usize,
    files: usize,
    bytes: u64,
    /// Rounds whose amounts could not be explained, with the reason.
    unexplained: Vec<Unexplained>,
    /// Whether all rounds verify; null where it was not asked.
    verifies: Option<bool>,
}

/// A round whose amounts could not be explained.
#[derive(Debug, Serialize)]
struct Unexplained {
    round: String,
    reason: String,
}

/// Writes the site.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    repository.demand_complete_history()?;
    refuse_ledger_folder(&options.out, &repository)?;
    let tip = repository.commit_of(&options.rev)?;
    let report = options.verify.then(|| {
        let lfs_dir = session.lfs_dir.clone();
        let checked = verification::Options { lfs_dir, rounds_only: true, ..Default::default() };
        verification::verify(&repository, tip, &checked, &*session.progress)
    });
    let report = report.transpose()?;
    let gathered = Gathered::read(session, &repository, tip, report.as_ref())?;
    let mut folder = Folder::open(&options.out, &gathered.closed.ledger.id)?;
    let rounds = gathered.rounds(session, &repository)?;
    let material = gathered.material(&rounds);
    let pages = site::write(material)?;
    let count = pages.len();
    for (path, bytes) in pages {
        folder.add(path, bytes);
    }
    for (path, bytes) in gathered.files(&repository, &rounds)? {
        folder.add(path, bytes);
    }
    let (files, bytes) = folder.write(material.commit)?;
    let directory = Directory::new(material);
    let unexplained = rounds.iter().filter_map(|round| {
        let reason = round.explained.problem.clone()?;
        Some(Unexplained { round: round.booked.round.clone(), reason })
    });
    let amendments = rounds.iter().filter(|round| round.booked.revision > 1).count();
    let written = Written {
        folder: options.out.display().to_string(),
        commit: material.commit.to_owned(),
        rounds: rounds.len() - amendments,
        amendments,
        members: directory.members(),
        people: material.people.len(),
        pages: count - 1, // without .nojekyll
        files,
        bytes,
        unexplained: unexplained.collect(),
        verifies: report.as_ref().map(Report::holds),
    };
    let status = report.as_ref().map_or(0, exit_status);
    if session.json {
        return Ok(Output { status, ..Output::json(&written) });
    }
    Ok(Output { status, ..described(&written) })
}

/// What was written, for people.
fn described(written: &Written) -> Output {
    let Written { folder, rounds, members, pages, files, bytes, .. } = written;
    let mut text = format!(
        "wrote a site of {rounds} rounds and {members} members to {folder}: {pages} pages, {files} files, {} kB\n",
        bytes.div_ceil(1000)
    );
    match written.verifies {
        Some(true) => text += "all rounds verify\n",
        Some(false) => text += "not all rounds verify: the pages say which\n",
        None => {}
    }
    text += &format!("\nnext: open {}\n", Path::new(folder).join("index.html").display());
    let notes = written.unexplained.iter().map(|round| {
        format!("{}: the amounts are not explained on the members' pages: {}", round.round, round.reason)
    });
    Output::text(text).with_notes(notes.collect())
}

/// Refuses the ledger's own folders: what is written there would become a part of the record's tree.
fn refuse_ledger_folder(out: &Path, repository: &Repository) -> Result<(), Error> {
    let Some(root) = repository.work_tree() else { return Ok(()) };
    let out = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    // The folder may not be there yet; what is above it may be reached through a link.
    let known = out.ancestors().find_map(|above| {
        let rest = out.strip_prefix(above).ok()?;
        above.canonicalize().ok().map(|above| if rest == Path::new("") { above } else { above.join(rest) })
    });
    let out = known.unwrap_or(out);
    let root = root.canonicalize().unwrap_or(root);
    let holds_ledger = root.starts_with(&out);
    let in_parts = out.strip_prefix(&root).is_ok_and(|inner| {
        ["rounds", "simulations", "templates", ".git"].iter().any(|part| inner.starts_with(part))
    });
    if holds_ledger || in_parts {
        return Err(Error::Usage {
            message: format!("{}: belongs to the ledger itself", Shown::from(out.display().to_string())),
            hint: "give a folder of its own for the site, such as `public`, outside of the ledger's files"
                .to_owned(),
        });
    }
    Ok(())
}
