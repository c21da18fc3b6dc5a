//! What was read before a collection was finished: `FILE.partial`, a line of JSON a request.
//!
//! The first line says of what. Each answer is added when it is there, so that nothing but the request
//! under way is lost, whatever ends the program.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{GithubOptions, file_system};
use crate::commands::Session;
use crate::error::{Error, Place, Shown};
use crate::github::collect::{Read, Wanted};

/// The format of the file; another number when the requests of a collection change.
pub(super) const FORMAT: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// [`FORMAT`].
    pub meed_collection: u32,
    /// The API that is asked.
    pub server: String,
    /// In lower case: GitHub does not tell the cases apart.
    pub repository: String,
    pub since: String,
    pub until: String,
    pub kinds: Vec<String>,
    /// When it was begun, in seconds since 1970.
    pub begun: i64,
}

/// A partial file that is open, and locked for others.
pub(super) struct Partial {
    path: PathBuf,
    file: File,
    reads: Vec<Read>,
    /// How many requests the file holds.
    kept: usize,
}

/// The folder in which a file is or will be.
pub(super) fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Partial {
    /// Opens the file of a collection, or makes it.
    ///
    /// Errors: it is of another collection, it is damaged, somebody else has it open.
    pub fn open(options: &GithubOptions, wanted: &Wanted, session: &Session) -> Result<Self, Error> {
        let head = Head::of(wanted, session)?;
        let mut path = options.out.clone().into_os_string();
        path.push(".partial");
        let path = PathBuf::from(path);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| file_system(&path, "opened", &error))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => foreign(&path, "another run is writing it"),
            TryLockError::Error(error) => file_system(&path, "locked", &error),
        })?;
        let mut partial = Self { path, file, reads: Vec::new(), kept: 0 };
        let found = partial.load()?;
        match found {
            Some(found) => {
                let different = found.differences(&head);
                if !different.is_empty() {
                    return Err(foreign(&partial.path, &different.join("; ")));
                }
                // Of a period that was not over, the first requests did not see the last days.
                if found.begun < wanted.ends() && partial.kept > 0 {
                    (session.say)(&format!(
                        "{} was begun before the period was over: beginning anew",
                        partial.name()
                    ));
                    partial.begin(&head)?;
                }
            }
            None => partial.begin(&head)?,
        }
        Ok(partial)
    }

    /// What it is called in messages, and the requests that it holds.
    pub fn reads(&mut self) -> (String, Vec<Read>) {
        (self.name(), std::mem::take(&mut self.reads))
    }

    /// Adds a request.
    pub fn keep(&mut self, read: &Read) -> Result<(), Error> {
        self.add(read)?;
        self.kept += 1;
        Ok(())
    }

    /// Closes it and says how many requests it holds; without any it is removed.
    pub fn close(self) -> Result<usize, Error> {
        let kept = self.kept;
        if kept == 0 {
            self.remove()?;
        }
        Ok(kept)
    }

    /// Removes the file.
    pub fn remove(self) -> Result<(), Error> {
        let Self { path, file, .. } = self;
        // Some systems do not remove what is open.
        drop(file);
        std::fs::remove_file(&path).map_err(|error| file_system(&path, "removed", &error))
    }

    fn name(&self) -> String {
        Shown::from(self.path.display().to_string()).to_string()
    }

    /// Reads the file: its head, if it has one. Half a line at its end, where the program was killed while it
    /// wrote it, is cut off.
    fn load(&mut self) -> Result<Option<Head>, Error> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).map_err(|error| file_system(&self.path, "read", &error))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(whole);
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1_u64..);
        let Some((first, _)) = lines.next() else { return Ok(None) };
        let head: Head = self.parse(first, 1)?;
        self.reads = lines.map(|(line, number)| self.parse(line, number)).collect::<Result<_, Error>>()?;
        self.kept = self.reads.len();
        self.cut(whole as u64)?;
        Ok(Some(head))
    }

    fn parse<T: for<'de> Deserialize<'de>>(&self, line: &[u8], number: u64) -> Result<T, Error> {
        serde_json::from_slice(line).map_err(|error| Error::CollectionForeign {
            place: Place::line(&self.path.display().to_string(), number),
            reason: Shown::from(error.to_string()),
        })
    }

    /// Empties the file and writes its head.
    fn begin(&mut self, head: &Head) -> Result<(), Error> {
        self.cut(0)?;
        self.reads.clear();
        self.kept = 0;
        self.add(head)
    }

    fn cut(&mut self, length: u64) -> Result<(), Error> {
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        cut.map(|_| ()).map_err(|error| file_system(&self.path, "written", &error))
    }

    /// Adds a line, in one piece.
    fn add<T: Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let mut line = serde_json::to_vec(value).unwrap_or_default();
        line.push(b'\n');
        self.file.write_all(&line).map_err(|error| file_system(&self.path, "written", &error))
    }
}

impl Head {
    /// What differs from the collection that is wanted, each in words.
    fn differences(&self, wanted: &Self) -> Vec<String> {
        let pair = |what: &str, found: &str, wanted: &str| {
            (found != wanted).then(|| format!("{what} {}, not {wanted}", Shown::from(found)))
        };
        let format = pair("format", &self.meed_collection.to_string(), &wanted.meed_collection.to_string());
        let differences = [
            format,
            pair("from", &self.server, &wanted.server),
            pair("of", &self.repository, &wanted.repository),
            pair("since", &self.since, &wanted.since),
            pair("until", &self.until, &wanted.until),
            pair("kinds", &self.kinds.join(","), &wanted.kinds.join(",")),
        ];
        differences.into_iter().flatten().collect()
    }
}

fn foreign(path: &Path, reason: &str) -> Error {
    Error::CollectionForeign {
        place: Place::file(&path.display().to_string()),
        reason: Shown::sentence(reason),
    }
}
