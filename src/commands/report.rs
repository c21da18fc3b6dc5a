//! `meed report`: the pages of a round, made again without committing anything.

use std::path::{Path, PathBuf};

use clap::Args;

use super::check::content;
use super::disk::{file_system, refuse_if_not_empty, write_file};
use super::inputs::RoundInputs;
use super::{Output, Session};
use crate::calculate::{Results, calculate_revision};
use crate::error::{Error, Problems, Shown};
use crate::files::Files;
use crate::ledger::templates::{TEMPLATE_FILES, own_templates, path_of};
use crate::statement::REPORT_FOLDER;

/// Options of `meed report`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  meed report 2026-03                           the report as Markdown
  meed report 2026-03 --open                    the report in the browser
  meed report 2026-03 --html > 2026-03.html     one file that needs nothing else
  meed report 2026-03 --forum                   the post for the forum
  meed report 2026-03 --out /tmp/2026-03        all results, with charts and tables
  meed report 2026-03 --open --templates templates   with templates that are not committed yet
  meed report 2026-03 --context                 what templates see, as JSON
  meed report 2026-03 --revision 1              of an amended round: as it was closed first

A closed round is computed from the commit before it was closed, as `verify` does; an open one as a
close would write it now. Nothing in the ledger changes.")]
pub struct Options {
    /// The round
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// The revision of an amended round: 1 for the first closing [default: the newest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub revision: Option<u32>,
    /// Print report.md: the default
    #[arg(long, group = "page")]
    pub md: bool,
    /// Print report.html
    #[arg(long, group = "page")]
    pub html: bool,
    /// Print forum-post.md
    #[arg(long, group = "page")]
    pub forum: bool,
    /// Print what templates see, as JSON
    #[arg(long, group = "page")]
    pub context: bool,
    /// Show report.html in the browser
    #[arg(long, group = "page")]
    pub open: bool,
    /// Write the results with the report into this folder, which must be empty or new
    #[arg(long, value_name = "DIR", conflicts_with_all = ["md", "html", "forum", "context"])]
    pub out: Option<PathBuf>,
    /// Use the templates of this folder instead of the committed ones
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
}

/// Makes the pages.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    if options.open && session.open.is_none() {
        return Err(Error::Usage {
            message: "--open: there is no terminal, so perhaps nobody to look at a browser".to_owned(),
            hint: "write the page with `--out DIR` or `--html > FILE`, and open it yourself".to_owned(),
        }
        .into());
    }
    options.out.as_deref().map_or(Ok(()), refuse_if_not_empty)?;
    let repository = session.repository()?;
    let mut inputs = RoundInputs::read(session, &repository, &options.round, options.revision)?;
    if let Some(folder) = &options.templates {
        inputs.files = with_templates(&inputs.files, folder)?;
    }
    let results = calculate_revision(inputs.snapshot(), &inputs.round, inputs.revision)?;
    if options.open || options.out.is_some() {
        return write(options, session, &results);
    }
    if options.context || session.json {
        return Ok(Output::json(&results.page));
    }
    let name = match (options.html, options.forum) {
        (true, _) => "report.html",
        (_, true) => "forum-post.md",
        _ => "report.md",
    };
    Ok(Output::data(page(&results, name)))
}

/// A page as text.
fn page(results: &Results, name: &str) -> String {
    let bytes = results.files.get(&format!("{REPORT_FOLDER}{name}"));
    String::from_utf8_lossy(bytes.map(Vec::as_slice).unwrap_or_default()).into_owned()
}

/// Writes the report into the folder, or into one that the system may clean up, and shows it.
fn write(options: &Options, session: &Session, results: &Results) -> Result<Output, Problems> {
    let folder = match &options.out {
        Some(folder) => folder.clone(),
        None => temporary()?,
    };
    // All results, since pages link to the files beside them.
    for (name, bytes) in &results.files {
        write_file(&folder.join(name), bytes)?;
    }
    let shown = folder.join(REPORT_FOLDER).join("report.html");
    let text = format!("wrote the results of {}, with {}\n", options.round, shown.display());
    if let Some(open) = session.open.as_ref().filter(|_| options.open)
        && !open(&shown)
    {
        let note = format!("no browser could be started: open {} yourself", shown.display());
        return Ok(Output::text(text).with_notes(vec![note]));
    }
    Ok(Output::text(text))
}

/// A folder that stays, for a browser that looks at it later.
fn temporary() -> Result<PathBuf, Error> {
    let made = tempfile::Builder::new().prefix("meed-report-").tempdir();
    made.map(tempfile::TempDir::keep).map_err(|error| file_system(&std::env::temp_dir(), "written", &error))
}

/// The files with the templates of a folder instead of the committed ones.
fn with_templates(files: &Files, folder: &Path) -> Result<Files, Error> {
    if !folder.is_dir() {
        return Err(Error::Usage {
            message: format!("--templates: there is no folder {}", Shown::from(folder.display().to_string())),
            hint: "`meed init --templates` writes the built-in ones into templates/".to_owned(),
        });
    }
    let committed: Vec<String> = own_templates(files).map(str::to_owned).collect();
    let mut files = files.without(&committed);
    for name in TEMPLATE_FILES {
        if let Some(content) = content(folder, name)? {
            files.insert(path_of(name), content);
        }
    }
    Ok(files)
}
