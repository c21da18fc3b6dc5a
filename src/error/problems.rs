//! Several errors at once, and warnings, which stop nobody.

use std::fmt;

use super::{Error, Place, Shown};

/// All problems that were found, in the order in which they were found; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Error>);

impl Problems {
    /// The problems, at least one.
    pub fn errors(&self) -> &[Error] {
        &self.0
    }

    /// `Ok(value)` when nothing was found, else all of `errors`.
    pub fn unless_empty<T>(errors: Vec<Error>, value: T) -> Result<T, Self> {
        if errors.is_empty() { Ok(value) } else { Err(Self(errors)) }
    }

    /// The exit status of the program: 3 when any of the problems is one of the machine or the
    /// repository (could not be done), else 2 (bad input).
    pub fn exit_status(&self) -> u8 {
        self.0.iter().map(Error::exit_status).max().unwrap_or(2)
    }
}

impl From<Error> for Problems {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

impl IntoIterator for Problems {
    type Item = Error;
    type IntoIter = std::vec::IntoIter<Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}error: {error}\nhint: {}", error.hint())?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Something that does not stop a round but that people should look at before they pay it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it is.
    pub place: Place,
    /// What it is, in one sentence.
    pub message: Shown,
}

impl Warning {
    /// A warning about a place.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: Shown::sentence(&message.into()) }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}
