//! Files that are not held in memory: how large they are, how to open them, and a reader that
//! lets nothing through to its end which is not what it should be.

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::{FILE_LIMIT_BYTES, hex};
use crate::error::{Error, Place, Shown};

/// Opens a file at its beginning. It is made above the pure part, which knows of no file system.
pub type Opener = Box<dyn Fn() -> Result<Box<dyn Read + Send>, Error> + Send + Sync>;

/// A regular file that is opened when it is needed, and dropped afterwards.
///
/// Every reading of it is checked at its end: it has the size, and the SHA-256 digest that was
/// known beforehand (of a Git LFS object) or that the first whole reading found.
#[derive(Clone)]
pub struct Streamed(Arc<Source>);

struct Source {
    path: String,
    bytes: u64,
    lfs_object: Option<String>,
    open: Opener,
    /// The digest of the first whole reading.
    read: OnceLock<String>,
    /// The bytes, where something asked for all of them at once.
    held: OnceLock<Result<Vec<u8>, Error>>,
}

impl Streamed {
    /// A file of `bytes` bytes at `path` of the ledger.
    pub fn new(path: &str, bytes: u64, open: Opener) -> Self {
        Self::of(path, bytes, None, open)
    }

    /// The Git LFS object with that SHA-256 digest, which stands for the file at `path`.
    pub fn lfs_object(path: &str, bytes: u64, sha256: String, open: Opener) -> Self {
        Self::of(path, bytes, Some(sha256), open)
    }

    fn of(path: &str, bytes: u64, lfs_object: Option<String>, open: Opener) -> Self {
        let (read, held) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Source { path: path.to_owned(), bytes, lfs_object, open, read, held }))
    }

    /// The size that the file should have, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.0.bytes
    }

    /// The file from its beginning. What the reader's errors mean: [`read_failed`].
    pub fn open(&self) -> Result<Box<dyn Read + Send>, Error> {
        let inner = (self.0.open)()?;
        Ok(Box::new(Checked {
            inner,
            source: Arc::clone(&self.0),
            bytes: 0,
            hasher: Sha256::new(),
            outcome: None,
        }))
    }

    /// The SHA-256 digest of a whole reading, which is made now where there was none.
    pub fn sha256(&self) -> Result<String, Error> {
        if self.0.read.get().is_none() {
            let read = io::copy(&mut self.open()?, &mut io::sink());
            read.map_err(|error| read_failed(&self.0.path, &error))?;
        }
        self.0.read.get().cloned().ok_or_else(|| self.0.changed())
    }

    /// All bytes, kept from now on. Error: more than [`FILE_LIMIT_BYTES`].
    pub fn bytes(&self) -> Result<&[u8], Error> {
        let held = self.0.held.get_or_init(|| {
            if self.0.bytes > FILE_LIMIT_BYTES {
                let place = Place::file(&self.0.path);
                return Err(Error::FileTooLarge { place, bytes: self.0.bytes, limit: FILE_LIMIT_BYTES });
            }
            let mut bytes = Vec::with_capacity(usize::try_from(self.0.bytes).unwrap_or_default());
            let read = self.open()?.read_to_end(&mut bytes);
            read.map_err(|error| read_failed(&self.0.path, &error))?;
            Ok(bytes)
        });
        held.as_deref().map_err(Clone::clone)
    }
}

impl Source {
    /// The error for bytes that are not what they should be.
    fn differs(&self, what: &'static str, expected: String, found: String) -> Error {
        match &self.lfs_object {
            Some(sha256) => Error::LfsObjectDamaged {
                place: Place::file(&self.path),
                sha256: sha256.clone(),
                what,
                expected,
                found,
            },
            None => self.changed(),
        }
    }

    /// The error for a file that is not twice the same.
    fn changed(&self) -> Error {
        let message = Shown::from("it changed while it was being read");
        Error::FileSystem { path: Shown::from(&self.path), doing: "read", message }
    }

    /// Checks the end of a reading.
    fn check(&self, bytes: u64, found: String) -> Result<(), Error> {
        if bytes != self.bytes {
            return Err(self.differs("its size in bytes", self.bytes.to_string(), bytes.to_string()));
        }
        let expected = self.lfs_object.as_ref().unwrap_or_else(|| self.read.get_or_init(|| found.clone()));
        if *expected != found {
            return Err(self.differs("its SHA-256", expected.clone(), found));
        }
        self.read.get_or_init(|| found);
        Ok(())
    }
}

/// Two are equal when they are the same one, or Git LFS objects of one content.
impl PartialEq for Streamed {
    fn eq(&self, other: &Self) -> bool {
        let same_object = self.0.lfs_object.is_some() && self.0.lfs_object == other.0.lfs_object;
        same_object || Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Streamed {}

impl fmt::Debug for Streamed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source { path, bytes, lfs_object, .. } = &*self.0;
        write!(formatter, "Streamed({path:?}, {bytes} bytes, object {lfs_object:?})")
    }
}

/// A reading that is checked at its end.
struct Checked {
    inner: Box<dyn Read + Send>,
    source: Arc<Source>,
    bytes: u64,
    hasher: Sha256,
    /// How the check came out, once the end was reached.
    outcome: Option<Result<(), Error>>,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.outcome.is_none() {
            let count = self.inner.read(buffer)?;
            self.bytes += count as u64;
            if count > 0 && self.bytes <= self.source.bytes {
                self.hasher.update(buffer.get(..count).unwrap_or_default());
                return Ok(count);
            }
            let found = hex(&std::mem::take(&mut self.hasher).finalize());
            self.outcome = Some(self.source.check(self.bytes, found));
        }
        match &self.outcome {
            Some(Err(error)) => Err(io::Error::other(error.clone())),
            _ => Ok(0),
        }
    }
}

/// What a failed reading of the file at `path` means: the error that the reader gave along, else
/// what the system said.
pub fn read_failed(path: &str, error: &io::Error) -> Error {
    let told = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    told.cloned().unwrap_or_else(|| Error::FileSystem {
        path: Shown::from(path),
        doing: "read",
        message: Shown::from(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::sha256_hex;

    fn opener(bytes: &'static [u8]) -> Opener {
        Box::new(move || Ok(Box::new(bytes)))
    }

    #[test]
    fn the_right_object_is_read_as_often_as_wanted() {
        let object = Streamed::lfs_object("a.csv", 3, sha256_hex(b"abc"), opener(b"abc"));
        for _ in 0..2 {
            let mut reader = object.open().unwrap();
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!((text.as_str(), reader.read(&mut [0; 9]).unwrap()), ("abc", 0));
        }
        assert_eq!(object.bytes().unwrap(), b"abc");
        assert_eq!(object.sha256().unwrap(), sha256_hex(b"abc"));
    }

    #[test]
    fn a_tampered_object_never_counts() {
        for content in [&b"abd"[..], b"ab", b"abcd", b""] {
            let object = Streamed::lfs_object("a.csv", 3, sha256_hex(b"abc"), opener(content));
            assert_eq!(
                object.sha256().map_err(|error| error.code()),
                Err("lfs-object-damaged"),
                "{content:?}"
            );
            assert_eq!(
                object.bytes().map_err(|error| error.code()),
                Err("lfs-object-damaged"),
                "{content:?}"
            );
            let mut reader = object.open().unwrap();
            let mut bytes = Vec::new();
            let error = reader.read_to_end(&mut bytes).unwrap_err();
            assert_eq!(read_failed("a.csv", &error).code(), "lfs-object-damaged", "{content:?}");
            assert!(reader.read(&mut [0; 9]).is_err(), "the error does not go away: {content:?}");
        }
    }

    #[test]
    fn a_file_that_changes_between_readings_is_refused() {
        let times = OnceLock::new();
        let second: Opener = Box::new(move || {
            let bytes: &[u8] = if times.set(()).is_ok() { b"abc" } else { b"abd" };
            Ok(Box::new(bytes))
        });
        let file = Streamed::new("a.csv", 3, second);
        assert_eq!(file.sha256().unwrap(), sha256_hex(b"abc"));
        assert_eq!(file.bytes().map_err(|error| error.code()), Err("file-system"));
    }

    #[test]
    fn bytes_are_held_up_to_a_limit() {
        let file = Streamed::new("a.csv", FILE_LIMIT_BYTES + 1, opener(b""));
        assert_eq!(file.bytes().map_err(|error| error.code()), Err("file-too-large"));
    }
}
