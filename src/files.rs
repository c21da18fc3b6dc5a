//! The files of a commit, as far as the pipeline reads them: bytes by path, and the first checks
//! that make hostile bytes into text and JSON.
//!
//! Small files are held in memory. Large ones, and objects of Git LFS, are [`Streamed`]: opened when
//! a method reads them, checked to their end, and dropped.

pub mod lfs_pointer;
pub mod streamed;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;

use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use sha2::{Digest, Sha256};

use crate::error::{Error, Place, Shown};
pub use lfs_pointer::LfsPointer;
pub use streamed::{Streamed, read_failed};

/// Most bytes of one file that is held in memory.
pub const FILE_LIMIT_BYTES: u64 = 256 * 1024 * 1024;
/// Most bytes of one file that is read as a stream.
pub const STREAM_LIMIT_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// What stands at a path of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A regular file, held in memory.
    File(Vec<u8>),
    /// A regular file that is opened when it is needed.
    Streamed(Streamed),
    /// A regular file of more than [`STREAM_LIMIT_BYTES`], which is not read.
    TooLarge(u64),
    /// Something else: `a symbolic link`, `a submodule`.
    Other(&'static str),
}

/// Files of one commit by path from the ledger's root, in byte order of the paths.
#[derive(Debug, Clone, Default)]
pub struct Files(BTreeMap<String, Content>);

impl Files {
    /// Adds (or replaces) what stands at a path.
    pub fn insert(&mut self, path: String, content: Content) {
        self.0.insert(path, content);
    }

    /// The same files without those at `paths`.
    #[must_use]
    pub fn without(&self, paths: &[String]) -> Self {
        let kept = self.0.iter().filter(|(path, _)| !paths.contains(path));
        Self(kept.map(|(path, content)| (path.clone(), content.clone())).collect())
    }

    /// The bytes of a regular file, held in memory from now on. Errors: missing, a link, a submodule
    /// or a folder, more than [`FILE_LIMIT_BYTES`], an object of Git LFS that is missing or damaged.
    pub fn bytes(&self, path: &str) -> Result<&[u8], Error> {
        match self.regular(path)? {
            Regular::Held(bytes) => Ok(bytes),
            Regular::Streamed(file) => file.bytes(),
        }
    }

    /// The bytes of a regular file as a stream, for files that need not be held as a whole. Whoever
    /// reads must read to the end: that is where a damaged file shows, and [`read_failed`] says what
    /// an error of the reader means. Errors as [`Files::bytes`], with [`STREAM_LIMIT_BYTES`].
    pub fn open(&self, path: &str) -> Result<Box<dyn Read + Send + '_>, Error> {
        match self.regular(path)? {
            Regular::Held(bytes) if LfsPointer::is_begun_by(bytes) => Err(pointer_in_place(path, bytes)),
            Regular::Held(bytes) => Ok(Box::new(bytes)),
            Regular::Streamed(file) => Ok(file.open()?),
        }
    }

    /// The SHA-256 digest, in lower-case hexadecimal, and the size of a regular file. Errors as
    /// [`Files::open`].
    pub fn digest(&self, path: &str) -> Result<(String, u64), Error> {
        match self.regular(path)? {
            Regular::Held(bytes) => Ok((sha256_hex(bytes), bytes.len() as u64)),
            Regular::Streamed(file) => Ok((file.sha256()?, file.size_bytes())),
        }
    }

    fn regular(&self, path: &str) -> Result<Regular<'_>, Error> {
        match self.0.get(path) {
            Some(Content::File(bytes)) => Ok(Regular::Held(bytes)),
            Some(Content::Streamed(file)) => Ok(Regular::Streamed(file)),
            Some(Content::TooLarge(bytes)) => Err(Error::FileTooLarge {
                place: Place::file(path),
                bytes: *bytes,
                limit: STREAM_LIMIT_BYTES,
            }),
            Some(Content::Other(kind)) => Err(Error::NotARegularFile { place: Place::file(path), kind }),
            None if self.under(path).next().is_some() => {
                Err(Error::NotARegularFile { place: Place::file(path), kind: "a folder" })
            }
            None => Err(Error::FileMissing { place: Place::file(path) }),
        }
    }

    /// Whether anything stands at the path itself.
    pub fn contains(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The paths below a folder, in byte order.
    pub fn under<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = format!("{folder}/");
        let start = prefix.clone();
        self.0.range(start..).map(|(path, _)| path.as_str()).take_while(move |path| path.starts_with(&prefix))
    }
}

/// A regular file, as it is kept.
enum Regular<'a> {
    Held(&'a [u8]),
    Streamed(&'a Streamed),
}

/// The SHA-256 digest.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The SHA-256 digest in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use fmt::Write as _;
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

/// The text of a file: UTF-8 with or without byte-order mark, no NUL. UTF-16 is named as such.
pub fn text_of<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Error::TextIsUtf16 { place: Place::file(path) });
    }
    if LfsPointer::is_begun_by(bytes) {
        return Err(pointer_in_place(path, bytes));
    }
    if let Some(position) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Error::TextHoldsNul { place: Place::line(path, line_of(bytes, position)) });
    }
    std::str::from_utf8(bytes).map_err(|error| Error::TextNotUtf8 {
        place: Place::line(path, line_of(bytes, error.valid_up_to())),
        byte: error.valid_up_to(),
    })
}

/// The error for a pointer of Git LFS that nobody replaced by its object: a damaged one, or one where
/// the file itself must stand.
fn pointer_in_place(path: &str, bytes: &[u8]) -> Error {
    let place = Place::file(path);
    match LfsPointer::parse(bytes) {
        Ok(_) => Error::TextIsLfsPointer { place },
        Err(reason) => Error::LfsPointerInvalid { place, reason },
    }
}

/// The line, counted from 1, in which the byte at `position` stands.
fn line_of(bytes: &[u8], position: usize) -> u64 {
    let newlines = bytes.iter().take(position).filter(|byte| **byte == b'\n').count();
    1 + newlines as u64
}

/// Reads a JSON file into `T`: UTF-8, no key twice in any object (also inside free-form values),
/// fields as `T` says. Numbers keep their decimal text.
pub fn read_json<T: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, Error> {
    let text = text_of(path, bytes)?;
    let mut strict = serde_json::Deserializer::from_str(text);
    DistinctKeys
        .deserialize(&mut strict)
        .and_then(|()| strict.end())
        .map_err(|error| json_error(path, &error))?;
    serde_json::from_str(text).map_err(|error| json_error(path, &error))
}

/// serde's text in words for people who do not know its types.
pub fn plain_words(message: &str) -> String {
    const WORDS: [(&str, &str); 16] = [
        ("EOF while parsing a value", "the file ends where a value should be"),
        ("EOF while parsing", "the file ends inside"),
        ("invalid type: sequence", "found a list"),
        ("invalid type: map", "found an object"),
        ("invalid type: string", "found the text"),
        ("invalid type: integer", "found the number"),
        ("invalid type: floating point", "found the number"),
        ("invalid type: number", "found a number"),
        ("invalid type: boolean", "found"),
        ("invalid type: null", "found null"),
        ("invalid type: unit value", "found null"),
        ("expected a string", "expected a text"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected an object"),
        ("expected struct", "expected an object,"),
        ("recursion limit exceeded", "it is nested too deeply"),
    ];
    let mut words = message.to_owned();
    for whole_number in ["usize", "u64", "u32", "u8"] {
        words = words.replace(&format!("expected {whole_number}"), "expected a whole number");
    }
    WORDS.iter().fold(words, |words, (from, to)| words.replacen(from, to, 1))
}

/// Marks the error of a key that stands twice among serde's texts.
const KEY_TWICE: &str = "key stands twice: ";

/// Turns serde's error into ours, with the line it names.
fn json_error(path: &str, error: &serde_json::Error) -> Error {
    let place = Place::line(path, error.line().max(1) as u64);
    let whole = error.to_string();
    let message = whole.split(" at line ").next().unwrap_or(&whole);
    let message = &plain_words(message);
    if let Some(key) = message.strip_prefix(KEY_TWICE) {
        return Error::JsonKeyTwice { place, key: Shown::from(key) };
    }
    match error.classify() {
        serde_json::error::Category::Data => Error::JsonUnexpected { place, message: Shown::from(message) },
        _ => Error::JsonInvalid { place, message: Shown::from(message) },
    }
}

/// Walks a JSON value and refuses an object in which a key stands twice. serde's own maps keep
/// the last of the two, so that two readers could see two different files.
#[derive(Clone, Copy)]
struct DistinctKeys;

impl<'de> DeserializeSeed<'de> for DistinctKeys {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DistinctKeys {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(de::Error::custom(format!("{KEY_TWICE}{key}")));
            }
            seen.insert(key);
            map.next_value_seed(self)?;
        }
        Ok(())
    }
}

/// A path that an input names, relative to `folder`, as a path from the ledger's root.
///
/// Refused: absolute paths, `..` and `.`, empty segments, backslashes and drive letters, control
/// characters. `named_in` is the place of the file that names it.
pub fn path_within(folder: &str, path: &str, named_in: &Place) -> Result<String, Error> {
    let leaves = || Error::PathLeavesFolder { place: named_in.clone(), path: Shown::from(path) };
    let invalid = |reason| Error::PathInvalid { place: named_in.clone(), path: Shown::from(path), reason };
    if path.starts_with('/') || path.split('/').any(|segment| segment == "..") {
        return Err(leaves());
    }
    if path.contains('\\') || path.contains(':') {
        return Err(invalid("`\\` and `:` mean different things on different systems"));
    }
    if path.chars().any(char::is_control) {
        return Err(invalid("it holds a control character"));
    }
    if path.split('/').any(|segment| segment.is_empty() || segment == ".") {
        return Err(invalid("a segment is empty or `.`"));
    }
    if folder.is_empty() { Ok(path.to_owned()) } else { Ok(format!("{folder}/{path}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_stand_twice_are_refused_at_any_depth() {
        for (text, line) in [("{\"a\": 1,\n \"a\": 2}", 2), ("[{\"b\": {\"c\": 1, \"c\": 1.5e3}}]", 1)] {
            let error = read_json::<serde_json::Value>("round.json", text.as_bytes()).unwrap_err();
            let Error::JsonKeyTwice { place, .. } = error else { panic!("{error:?}") };
            assert_eq!(place.line_number(), Some(line));
        }
    }

    #[test]
    fn numbers_keep_their_text() {
        let value: serde_json::Value = read_json("x.json", b"{\"share\": 0.070000000000000000001}").unwrap();
        assert_eq!(value["share"].to_string(), "0.070000000000000000001");
    }

    #[test]
    fn paths_stay_inside() {
        let place = Place::file("round.json");
        assert_eq!(path_within("rounds/a", "b/c.csv", &place), Ok("rounds/a/b/c.csv".to_owned()));
        for path in ["/etc/passwd", "../x", "a/../../x", "a//b", "./a", "", "a\\b", "C:x", "a\nb"] {
            assert!(path_within("rounds/a", path, &place).is_err(), "{path:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_named() {
        assert_eq!(text_of("f", b"\xef\xbb\xbfa"), Ok("a"));
        assert!(matches!(text_of("f", b"\xff\xfea\0"), Err(Error::TextIsUtf16 { .. })));
        assert!(matches!(text_of("f", b"a\0"), Err(Error::TextHoldsNul { .. })));
        let Err(Error::TextNotUtf8 { place, byte }) = text_of("f", b"a\n\xc3\x28") else { panic!() };
        assert_eq!((place.line_number(), byte), (Some(2), 2));
    }
}
