//! The ledger's own page templates: which files of `templates/` are read, and which are not.

use crate::error::{Place, Warning};
use crate::files::Files;

/// The folder of the ledger's own templates.
pub const TEMPLATES_FOLDER: &str = "templates";

/// The files that may stand there, in byte order. Each wins over the built-in one of its name.
pub const TEMPLATE_FILES: [&str; 8] = [
    "blocks.html",
    "blocks.md",
    "forum-post.md",
    "page.css",
    "report.html",
    "report.md",
    "simulation.html",
    "simulation.md",
];

/// Those that pages of rounds and pages of simulations share.
pub const SHARED_TEMPLATES: [&str; 3] = ["blocks.html", "blocks.md", "page.css"];
/// Those of simulations alone: no page of a round reads them, so they are no inputs of rounds.
pub const SIMULATION_TEMPLATES: [&str; 2] = ["simulation.html", "simulation.md"];

/// What a file in the folder is that is no template: it is known, but not read.
pub const UNREAD_TEMPLATE: &str = "a file that no page reads";

/// Most bytes of a template.
pub const TEMPLATE_LIMIT_BYTES: u64 = 1024 * 1024;

/// The path of a template from the ledger's root.
pub fn path_of(name: &str) -> String {
    format!("{TEMPLATES_FOLDER}/{name}")
}

/// The ledger's own templates of rounds among the files of a commit, by path: inputs of every round.
pub fn own_templates(files: &Files) -> impl Iterator<Item = &str> {
    let is_read = |name: &str| TEMPLATE_FILES.contains(&name) && !SIMULATION_TEMPLATES.contains(&name);
    files.under(TEMPLATES_FOLDER).filter(move |path| name_of(path).is_some_and(is_read))
}

/// The ledger's own templates of simulations among the files of a commit, by path: inputs of every
/// simulation.
pub fn own_simulation_templates(files: &Files) -> impl Iterator<Item = &str> {
    let is_read = |name: &str| SHARED_TEMPLATES.contains(&name) || SIMULATION_TEMPLATES.contains(&name);
    files.under(TEMPLATES_FOLDER).filter(move |path| name_of(path).is_some_and(is_read))
}

/// Whether the path is that of a template.
pub fn is_template(path: &str) -> bool {
    name_of(path).is_some_and(|name| TEMPLATE_FILES.contains(&name))
}

/// The name of a file in the folder of templates.
fn name_of(path: &str) -> Option<&str> {
    path.strip_prefix(TEMPLATES_FOLDER).and_then(|rest| rest.strip_prefix('/'))
}

/// Warnings about files in the folder that no page reads: a misspelled name changes nothing, silently.
/// The folder `site/` belongs to the site, which is not a part of a round.
pub fn warnings(files: &Files) -> Vec<Warning> {
    let unread = files.under(TEMPLATES_FOLDER);
    let unread = unread.filter(|path| !is_template(path) && !path.starts_with("templates/site/"));
    let text = format!("no page reads it; templates are called {}", TEMPLATE_FILES.join(", "));
    unread.map(|path| Warning::new(Place::file(path), text.clone())).collect()
}
