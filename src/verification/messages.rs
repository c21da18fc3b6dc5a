//! Messages of commits that meed makes: rebuilt from what the commit records, and compared.

use crate::error::Shown;
use crate::statement::is_engine;

/// The `Engine:` trailer of a message: its last line. Which version wrote a commit cannot be rebuilt,
/// so it is checked by its form.
pub fn engine_of(message: &str) -> Result<&str, String> {
    let engine = message.lines().last().and_then(|line| line.strip_prefix("Engine: "));
    let engine = engine.filter(|engine| is_engine(engine));
    engine.ok_or_else(|| "its last trailer is not `Engine: meed <version>`".to_owned())
}

/// Whether a message is the expected one; else the first line that differs. `maker` is what makes it.
pub fn check_equal(found: &str, expected: &str, maker: &str) -> Result<(), String> {
    match expected.lines().zip(found.lines()).find(|(expected, found)| expected != found) {
        _ if expected == found => Ok(()),
        Some((expected, found)) => Err(format!(
            "its message reads `{}` where the {maker} makes `{}`",
            Shown::from(found),
            Shown::from(expected)
        )),
        None => Err(format!("its message is longer or shorter than the {maker} makes it")),
    }
}
