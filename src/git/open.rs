//! Opening and making repositories, and saying plainly which ones cannot be used.
//!
//! libgit2 writes without fsync unless `core.fsyncObjectFiles` is set. Setting it in the
//! repository would make git print a deprecation warning to everybody, so it is laid over the
//! repository's own settings for this process only, before the first object is touched.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, ErrorCode, RepositoryInitOptions, RepositoryOpenFlags};

use super::{Repository, failed};
use crate::error::{Error, Place, Shown};

impl Repository {
    /// Opens the repository that `path` lies in, looking upward as git does: bare, with a work
    /// tree, or a linked work tree. No environment variables are read.
    ///
    /// Errors: no repository there, owned by somebody else, SHA-256 objects, reftable, a partial
    /// clone that libgit2 refuses, or unreadable. A shallow clone opens; see
    /// [`Repository::demand_complete_history`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, RepositoryOpenFlags::empty())
    }

    /// Makes an empty repository with a work tree in `path` (made if need be), whose first
    /// commit will be on `branch`. Errors: a repository is there already, or it cannot be made.
    pub fn init(path: &Path, branch: &str) -> Result<Self, Error> {
        let mut options = RepositoryInitOptions::new();
        // Templates of the machine could bring hooks and settings that nobody asked for.
        options.no_reinit(true).mkpath(true).external_template(false).initial_head(branch);
        git2::Repository::init_opts(path, &options).map_err(|error| match error.code() {
            ErrorCode::Exists => {
                Error::ExistsAlready { place: Place::file(&path.join(".git").to_string_lossy()) }
            }
            _ => failed(format!("making a repository in {}", shown_path(path)), &error),
        })?;
        Self::open_with(path, RepositoryOpenFlags::NO_SEARCH)
    }

    /// The work tree's folder, or the repository's own where there is none: for messages.
    pub fn path(&self) -> &Path {
        self.inner.workdir().unwrap_or_else(|| self.inner.path())
    }

    /// The repository's own folder (`.git`), which [`Repository::open`] opens again; of a linked
    /// work tree its folder in the main repository.
    pub fn git_folder(&self) -> &Path {
        self.inner.path()
    }

    /// The folder that all linked work trees share; the `.git` of the main one.
    pub fn common_folder(&self) -> &Path {
        self.inner.commondir()
    }

    /// The folder of the work tree, where there is one.
    pub fn work_tree(&self) -> Option<PathBuf> {
        self.inner.workdir().map(Path::to_path_buf)
    }

    /// The text of a setting (`user.name`, `user.signingkey` ...) from the repository's or the
    /// user's configuration, as it stands: `~` is not expanded. `None` when unset.
    pub fn config_text(&self, key: &str) -> Option<String> {
        self.inner.config().ok()?.get_string(key).ok()
    }

    /// Refuses clones that do not hold the whole history or all objects, naming the repair.
    pub fn demand_complete_history(&self) -> Result<(), Error> {
        let path = shown_path(self.path());
        if self.inner.is_shallow() {
            return Err(Error::RepositoryShallow { path });
        }
        if self.inner.config().is_ok_and(|config| is_partial(&config)) {
            return Err(Error::RepositoryPartial { path });
        }
        Ok(())
    }

    fn open_with(path: &Path, flags: RepositoryOpenFlags) -> Result<Self, Error> {
        let no_ceiling: [&OsStr; 0] = [];
        let inner = git2::Repository::open_ext(path, flags, no_ceiling)
            .map_err(|error| why_not_opened(path, &error))?;
        sync_writes(&inner)?;
        Ok(Self { inner })
    }
}

/// Lays `core.fsyncObjectFiles` over the settings of this open repository.
fn sync_writes(repository: &git2::Repository) -> Result<(), Error> {
    let doing = "switching on fsync";
    let unwritable = |error: &std::io::Error| Error::FileSystem {
        path: Shown::from("temporary file"),
        doing: "written",
        message: Shown::from(error.to_string()),
    };
    let mut file = tempfile::NamedTempFile::new().map_err(|error| unwritable(&error))?;
    file.write_all(b"[core]\n\tfsyncObjectFiles = true\n").map_err(|error| unwritable(&error))?;
    file.flush().map_err(|error| unwritable(&error))?;

    let mut config = repository.config().map_err(|error| failed(doing, &error))?;
    config.add_file(file.path(), ConfigLevel::App, true).map_err(|error| failed(doing, &error))?;
    repository.set_config(&config).map_err(|error| failed(doing, &error))?;
    // Both stores take over the setting when they are made; afterwards the file may vanish.
    repository.odb().map_err(|error| failed(doing, &error))?;
    repository.refdb().map_err(|error| failed(doing, &error))?;
    Ok(())
}

/// The situation behind a failure to open.
fn why_not_opened(path: &Path, error: &git2::Error) -> Error {
    match error.code() {
        ErrorCode::NotFound => return Error::NotARepository { path: shown_path(path) },
        ErrorCode::Owner => return Error::RepositoryNotOwned { path: shown_path(&owner_checked(path)) },
        _ => {}
    }
    unsupported_format(path).unwrap_or_else(|| Error::RepositoryUnreadable {
        path: shown_path(path),
        message: Shown::from(error.message()),
    })
}

/// The folder that `safe.directory` has to name: the work tree, or the bare repository.
fn owner_checked(path: &Path) -> PathBuf {
    let Ok(found) = git2::Repository::discover_path(path, [] as [&OsStr; 0]) else {
        return path.to_path_buf();
    };
    let has_work_tree = found.file_name().is_some_and(|name| name == ".git");
    match found.parent() {
        Some(parent) if has_work_tree => parent.to_path_buf(),
        _ => found,
    }
}

/// The error for a repository whose own settings name a format that libgit2 does not know.
fn unsupported_format(path: &Path) -> Option<Error> {
    let git_folder = git2::Repository::discover_path(path, [] as [&OsStr; 0]).ok()?;
    let common = std::fs::read_to_string(git_folder.join("commondir"))
        .map_or_else(|_| git_folder.clone(), |relative| git_folder.join(relative.trim_end()));
    let config = Config::open(&common.join("config")).ok()?;
    let differs = |key: &str, usual: &str| {
        config.get_string(key).ok().filter(|value| !value.eq_ignore_ascii_case(usual))
    };
    let unusable = |what, format: &str| Error::RepositoryFormat {
        path: shown_path(path),
        what,
        format: Shown::from(format),
    };
    if let Some(format) = differs("extensions.objectformat", "sha1") {
        return Some(unusable("objects", &format));
    }
    if let Some(format) = differs("extensions.refstorage", "files") {
        return Some(unusable("refs", &format));
    }
    is_partial(&config).then(|| Error::RepositoryPartial { path: shown_path(path) })
}

/// Whether the settings tell of objects left on a server.
pub(super) fn is_partial(config: &Config) -> bool {
    let has_promisor = || {
        let mut entries = config.entries(Some("^remote\\..*\\.promisor$")).ok()?;
        while let Some(entry) = entries.next() {
            let value = entry.ok()?.value().unwrap_or("true").to_owned();
            if Config::parse_bool(value).unwrap_or(true) {
                return Some(());
            }
        }
        None
    };
    config.get_string("extensions.partialclone").is_ok() || has_promisor().is_some()
}

/// A path, safe to show, without the slash that libgit2 leaves at the end of folders.
pub(super) fn shown_path(path: &Path) -> Shown {
    let text = path.to_string_lossy();
    let trimmed = text.trim_end_matches('/');
    Shown::from(if trimmed.is_empty() { text.as_ref() } else { trimmed })
}
