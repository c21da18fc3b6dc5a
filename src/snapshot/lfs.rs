//! Git LFS: from the pointer in a commit to the object on this machine. Nothing is fetched.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Shown};
use crate::files::streamed::Opener;
use crate::files::{Content, LfsPointer, STREAM_LIMIT_BYTES, Streamed};
use crate::git::Repository;

/// The folders in which objects of Git LFS are looked for, in their order. An object `4d7a21...` is
/// the file `4d/7a/4d7a21...` of such a folder.
#[derive(Debug, Clone, Default)]
pub struct LfsFolders(Vec<PathBuf>);

impl LfsFolders {
    /// The folder `given` (of objects, or one that holds `objects`), then the repository's own: that
    /// of `lfs.storage`, or `lfs` in its common folder.
    pub fn of(repository: &Repository, given: Option<&Path>) -> Self {
        let common = repository.common_folder();
        let storage = repository.config_text("lfs.storage").filter(|storage| !storage.is_empty());
        let own = common.join(storage.as_deref().unwrap_or("lfs")).join("objects");
        let given = given.into_iter().flat_map(|given| [given.join("objects"), given.to_owned()]);
        Self(given.chain([own]).collect())
    }

    /// The object that a pointer at `path` of the ledger stands for. Whether it is there, and is
    /// what the pointer says, shows when it is read.
    pub fn object(&self, path: &str, pointer: LfsPointer) -> Content {
        let LfsPointer { sha256, bytes } = pointer;
        if bytes > STREAM_LIMIT_BYTES {
            return Content::TooLarge(bytes);
        }
        let (folders, place, oid) = (self.clone(), Place::file(path), sha256.clone());
        let open: Opener = Box::new(move || folders.open(&place, &oid, bytes));
        Content::Streamed(Streamed::lfs_object(path, bytes, sha256, open))
    }

    /// Opens an object that should have `bytes` bytes.
    fn open(&self, place: &Place, sha256: &str, bytes: u64) -> Result<Box<dyn Read + Send>, Error> {
        let (first, rest) = sha256.split_at_checked(2).unwrap_or_default();
        let second = rest.get(..2).unwrap_or_default();
        let places = self.0.iter().map(|folder| folder.join(first).join(second).join(sha256));
        let found = places.into_iter().find(|path| path.is_file());
        let Some(path) = found else {
            let folders: Vec<String> = self.0.iter().map(|folder| folder.display().to_string()).collect();
            return Err(Error::LfsObjectMissing {
                place: place.clone(),
                sha256: sha256.to_owned(),
                folders: Shown::from(folders.join(", ")),
            });
        };
        let file = open_file(&path)?;
        match file.metadata() {
            Ok(metadata) if metadata.len() != bytes => Err(Error::LfsObjectDamaged {
                place: place.clone(),
                sha256: sha256.to_owned(),
                what: "its size in bytes",
                expected: bytes.to_string(),
                found: metadata.len().to_string(),
            }),
            _ => Ok(Box::new(file)),
        }
    }
}

/// Opens a file of this machine.
pub fn open_file(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(|error| Error::FileSystem {
        path: Shown::from(path.display().to_string()),
        doing: "read",
        message: Shown::from(error.to_string()),
    })
}
