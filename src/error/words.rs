//! How numbers read in sentences.

use std::fmt;

/// `count` with the word for one or for several.
pub fn counted<N: fmt::Display + Copy + PartialEq + From<u8>>(count: N, one: &str, several: &str) -> String {
    let word = if count == N::from(1) { one } else { several };
    format!("{count} {word}")
}
