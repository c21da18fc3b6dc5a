//! Simulations in the tree of a commit: which there are, and the files that one is computed from.

use super::{
    LfsFolders, check_letter_case, content, insert_file, insert_templates, read_ledger, through_pointer,
};
use crate::error::{Error, Problems};
use crate::files::Files;
use crate::git::{ObjectId, Repository};
use crate::ledger::{LEDGER_FILE, Ledger};
use crate::simulation::results::{folder_of, results_of};
use crate::simulation::{SIMULATION_FILE, SIMULATIONS_FOLDER};

/// The names of the simulations of a tree, in byte order: folders with simulation.json.
pub fn names(repository: &Repository, tree: ObjectId) -> Result<Vec<String>, Error> {
    // Only the folders themselves are looked into.
    let enter = |folder: &str| folder.matches('/').count() == 1;
    let entries = repository.entries(tree, SIMULATIONS_FOLDER, &enter)?;
    let name = |path: &str| {
        let inner = path.strip_prefix(SIMULATIONS_FOLDER)?.strip_prefix('/')?;
        Some(inner.strip_suffix(SIMULATION_FILE)?.strip_suffix('/')?.to_owned())
    };
    Ok(entries.iter().filter_map(|entry| name(&entry.path)).collect())
}

/// The files from which a simulation is computed: ledger.json, the ledger's own templates, and those of
/// its folder but for its results. Files of the folder may be pointers of Git LFS.
pub fn read(
    repository: &Repository,
    tree: ObjectId,
    name: &str,
    lfs: &LfsFolders,
) -> Result<(Ledger, Files), Problems> {
    let ledger = read_ledger(repository, tree)?;
    let mut files = Files::default();
    insert_file(repository, tree, LEDGER_FILE, &mut files)?;
    insert_templates(repository, tree, &mut files)?;
    let results = results_of(name);
    let entries = repository.entries(tree, &folder_of(name)?, &|folder| folder != results)?;
    check_letter_case(&entries)?;
    for entry in entries {
        let content = content(repository, &entry)?;
        files.insert(entry.path.clone(), through_pointer(&entry.path, content, lfs));
    }
    Ok((ledger, files))
}
