//! A step of GitHub Actions: what its runner reads besides a log.
//!
//! * [`annotation`]: problems and warnings at their file and line, as workflow commands;
//! * [`shield`]: no other line of the log is taken for such a command, whoever wrote the text in it;
//! * [`summary`]: Markdown for the page of the run;
//! * outputs: values that later steps use, by [`Told`].
//!
//! Source: "Workflow commands for GitHub Actions" and "Variables" in GitHub's documentation; how lines are
//! told apart is that of the runner (`ActionCommand.cs`, `OutputManager.cs` of actions/runner). Nothing
//! here changes a result, and nothing of it happens outside of Actions.

pub mod annotation;
pub mod shield;
pub mod summary;
mod told;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use annotation::{Level, Remark};
pub use shield::Form;
pub use summary::Summary;
pub use told::{Closing, Told};

use crate::error::Shown;

/// Most bytes of a job summary: above 1 MiB GitHub shows nothing of it.
pub const SUMMARY_LIMIT_BYTES: u64 = 1024 * 1024;

/// The runner that runs this step, as its variables describe it.
#[derive(Debug, Clone)]
pub struct Runner {
    /// `GITHUB_WORKSPACE`: the folder to which files of annotations are relative.
    workspace: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: the file that summaries are appended to.
    summary: Option<PathBuf>,
    /// `GITHUB_OUTPUT`: the file that outputs are appended to.
    outputs: Option<PathBuf>,
}

impl Runner {
    /// The runner, where `variable` says that there is one: `GITHUB_ACTIONS` is `true`.
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let path = |name: &str| variable(name).map(PathBuf::from);
        variable("GITHUB_ACTIONS").filter(|value| value == "true").map(|_| Self {
            workspace: path("GITHUB_WORKSPACE"),
            summary: path("GITHUB_STEP_SUMMARY"),
            outputs: path("GITHUB_OUTPUT"),
        })
    }

    /// The workflow commands for these remarks, a line each. Files that messages name are looked for in
    /// `root`, the work tree of the ledger.
    pub fn annotations(&self, remarks: &[Remark], root: &Path) -> String {
        annotation::commands(remarks, root, self.workspace.as_deref())
    }

    /// Appends outputs and summary to their files. What cannot be written is told in warnings: the work
    /// has been done, and a file of the runner undoes nothing.
    pub fn write(&self, told: &Told) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut lines = String::new();
        for (name, value) in &told.outputs {
            // A line break would make an output of its own.
            if value.chars().any(char::is_control) {
                warnings.push(format!("warning: GITHUB_OUTPUT: `{name}` would take several lines"));
            } else {
                lines.push_str(&format!("{name}={value}\n"));
            }
        }
        if let Some(path) = self.outputs.as_deref().filter(|_| !lines.is_empty()) {
            warnings.extend(append(path, &lines).err().map(|error| unwritten("GITHUB_OUTPUT", path, &error)));
        }
        if let Some(path) = self.summary.as_deref().filter(|_| !told.summary.is_empty()) {
            // The steps before this one, and other programs in it, may have written there.
            let written = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            let text = told.summary.within(SUMMARY_LIMIT_BYTES.saturating_sub(written));
            warnings.extend(
                append(path, &text).err().map(|error| unwritten("GITHUB_STEP_SUMMARY", path, &error)),
            );
        }
        warnings
    }
}

/// Appends text to a file.
fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

/// A warning about a file of the runner.
fn unwritten(variable: &str, path: &Path, error: &io::Error) -> String {
    format!("warning: {variable}: {} cannot be written: {error}", Shown::from(path.display().to_string()))
}
