//! Files and folders that commands read and write past the repository.

use std::path::Path;

use crate::error::{Error, Shown};

/// Refuses a folder that holds something.
pub fn refuse_if_not_empty(folder: &Path) -> Result<(), Error> {
    let mut entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_system(folder, "read", &error)),
    };
    if entries.next().is_some() {
        return Err(Error::FolderNotEmpty { path: Shown::from(folder.display().to_string()) });
    }
    Ok(())
}

/// Writes a file and the folders above it.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| file_system(folder, "created", &error))?;
    }
    std::fs::write(path, bytes).map_err(|error| file_system(path, "written", &error))
}

/// The error of the file system at a path.
pub fn file_system(path: &Path, doing: &'static str, error: &std::io::Error) -> Error {
    Error::FileSystem {
        path: Shown::from(path.display().to_string()),
        doing,
        message: Shown::from(error.to_string()),
    }
}
