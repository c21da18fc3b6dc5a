//! What all targets hold of everything that meed says about hostile bytes.

pub mod rounds;

use meed::error::{Error, visible};

/// A message and its hint are there, and carry nothing from the input that a terminal would act on.
pub fn error_is_plain(error: &Error) {
    text_is_plain(&error.to_string());
    text_is_plain(&error.hint());
}

/// A text is there and holds no control or bidirectional characters.
pub fn text_is_plain(text: &str) {
    assert!(!text.is_empty(), "no text");
    let plain = text.chars().all(|character| visible(character) == character);
    assert!(plain, "hostile text is shown as it stands: {text:?}");
}
