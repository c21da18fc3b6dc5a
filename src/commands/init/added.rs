//! What `meed init` adds to a ledger that is there: the built-in templates, workflows.

use std::path::Path;

use super::{Options, github};
use crate::commands::Output;
use crate::commands::disk::write_file;
use crate::commands::tip::Tip;
use crate::error::{Error, Place, Problems};
use crate::git::Repository;
use crate::ledger::LEDGER_FILE;
use crate::ledger::templates::{TEMPLATES_FOLDER, path_of};
use crate::report::render::TEMPLATES;
use crate::report::text::counted;
use github::Actions;

/// Writes what is asked for into the work tree of a ledger that is there: templates, of which none may
/// be there yet, and workflows, of which none may be there with other bytes.
pub fn run(dir: &Path, options: &Options) -> Result<Output, Problems> {
    let repository = Repository::open(dir)?;
    let asked = if options.templates { "--templates" } else { "--github" };
    let root = repository.work_tree().ok_or_else(|| Error::Usage {
        message: format!("{asked}: this repository is bare and has no work tree"),
        hint: "clone it, and write the files there".to_owned(),
    })?;
    if !root.join(LEDGER_FILE).is_file() {
        return Err(Error::LedgerMissing { place: Place::file(LEDGER_FILE) }.into());
    }
    let mut problems = Vec::new();
    if options.templates {
        let paths = TEMPLATES.map(|(name, _)| path_of(name));
        let there = paths.into_iter().filter(|path| root.join(path).symlink_metadata().is_ok());
        problems.extend(there.map(|path| Error::ExistsAlready { place: Place::file(&path) }));
    }
    let workflows = options.actions.as_deref().map(|actions| missing_workflows(actions, &repository, &root));
    let workflows = workflows.transpose().unwrap_or_else(|faults| {
        problems.extend(faults);
        None
    });
    Problems::unless_empty(problems, ())?;
    let templates = if options.templates { &TEMPLATES[..] } else { &[] };
    for (name, source) in templates {
        write_file(&root.join(path_of(name)), source.as_bytes())?;
    }
    for (path, bytes) in workflows.iter().flatten() {
        write_file(&root.join(path), bytes)?;
    }
    Ok(told(&root, templates.len(), workflows.map(|workflows| workflows.len())))
}

/// The workflows that are not in the work tree yet, for the ledger as it is committed.
fn missing_workflows(
    actions: &str,
    repository: &Repository,
    root: &Path,
) -> Result<Vec<(String, Vec<u8>)>, Problems> {
    let actions = Actions::parse(actions)?;
    let tip = Tip::read(repository, None)?;
    github::missing(root, github::workflows(&actions, &tip.branch, &tip.ledger.rounds)?)
}

/// What was written into a ledger, and what to do with it.
fn told(root: &Path, templates: usize, workflows: Option<usize>) -> Output {
    let mut text = String::new();
    if templates > 0 {
        let folder = root.join(TEMPLATES_FOLDER);
        text += &format!(
            "wrote {templates} templates to {}\n\nnext: change what should look different and delete the rest, \
             `meed report ROUND --open --templates {TEMPLATES_FOLDER}`, commit\n",
            folder.display()
        );
    }
    if let Some(count) = workflows {
        let folder = root.join(".github/workflows");
        text += &match count {
            0 => format!("the workflows are in {} already\n", folder.display()),
            _ => format!(
                "wrote {} to {}\n\nnext: read them, commit, push\n{}",
                counted(count, "workflow", "workflows"),
                folder.display(),
                github::NEXT
            ),
        };
    }
    Output::text(text)
}
