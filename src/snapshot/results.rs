//! Files of a closed round's results, as the tree of a commit holds them and the statement names them.

use crate::error::{Error, Place};
use crate::files::sha256_hex;
use crate::git::{Kind, ObjectId, Repository};
use crate::statement::Recorded;

/// A file of the results of a statement; `None` where the statement names no such file.
///
/// Errors: the file is missing, or does not have the digest that the statement gives.
pub fn read(
    repository: &Repository,
    tree: ObjectId,
    recorded: &Recorded,
    name: &str,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(subject) = recorded.statement.subject.iter().find(|subject| subject.name == name) else {
        return Ok(None);
    };
    let path = format!("{}/{name}", recorded.folder);
    let entry = repository.entry(tree, &path)?.filter(|entry| entry.kind == Kind::File);
    let entry = entry.ok_or_else(|| Error::FileMissing { place: Place::file(&path) })?;
    let bytes = repository.blob(entry.id)?;
    if sha256_hex(&bytes) == subject.digest.sha256 {
        return Ok(Some(bytes));
    }
    let reason = "does not have the digest that its statement gives".to_owned();
    Err(Error::RecordInvalid { place: Place::file(&path), reason })
}
