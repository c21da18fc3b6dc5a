//! The options of a line of `allowed_signers`: namespaces and times of validity.

use crate::error::Shown;

/// What a line allows its key; nothing given allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Patterns of namespaces, separated by commas.
    pub(super) namespaces: Option<String>,
    /// First second of validity since 1970-01-01T00:00:00Z.
    pub(super) valid_after: Option<i64>,
    /// Last second of validity since 1970-01-01T00:00:00Z.
    pub(super) valid_before: Option<i64>,
}

impl Options {
    /// Reads the options at the start of `text`; gives the rest without leading blanks too.
    ///
    /// As in OpenSSH, names are read in any letter case and values stand in double quotes.
    pub(super) fn parse(mut text: &str) -> Result<(Self, &str), String> {
        let mut options = Self::default();
        loop {
            let end = text.find([',', '=', ' ', '\t']).unwrap_or(text.len());
            let (name, after_name) = text.split_at(end);
            let (value, after_value) = value_of(name, after_name)?;
            options.set(&name.to_ascii_lowercase(), name, value)?;
            if let Some(next) = after_value.strip_prefix(',') {
                text = next;
                continue;
            }
            if !after_value.is_empty() && !after_value.starts_with([' ', '\t']) {
                return Err(format!("no comma follows the value of `{}`", name.to_ascii_lowercase()));
            }
            if let (Some(after), Some(before)) = (options.valid_after, options.valid_before)
                && before < after
            {
                return Err("the key would stop being valid before it starts".to_owned());
            }
            return Ok((options, after_value.trim_start_matches([' ', '\t'])));
        }
    }

    /// Takes one option over.
    fn set(&mut self, name: &str, given: &str, value: Option<&str>) -> Result<(), String> {
        let needed = || value.ok_or_else(|| format!("option `{name}` has no value"));
        let once = |is_set: bool| if is_set { Err(format!("option `{name}` stands twice")) } else { Ok(()) };
        match name {
            "" => Err("an option is empty".to_owned()),
            "cert-authority" => {
                Err("`cert-authority` is not supported: list the signers' own keys".to_owned())
            }
            "namespaces" => {
                once(self.namespaces.is_some())?;
                self.namespaces = Some(namespaces(needed()?)?);
                Ok(())
            }
            "valid-after" => {
                once(self.valid_after.is_some())?;
                self.valid_after = Some(seconds(name, needed()?)?);
                Ok(())
            }
            "valid-before" => {
                once(self.valid_before.is_some())?;
                self.valid_before = Some(seconds(name, needed()?)?);
                Ok(())
            }
            _ => {
                let given: String = given.chars().take(40).collect();
                Err(format!("option `{}` is not known", Shown::from(given)))
            }
        }
    }
}

/// Whether `text` matches a list of patterns separated by commas: one of them must match, and none
/// that is negated with `!`. `*` stands for any characters, `?` for one.
pub(super) fn matches_list(text: &str, patterns: &str) -> bool {
    let (negated, positive): (Vec<&str>, Vec<&str>) =
        patterns.split(',').partition(|pattern| pattern.starts_with('!'));
    !negated.iter().any(|pattern| matches(text.as_bytes(), pattern.trim_start_matches('!').as_bytes()))
        && positive.iter().any(|pattern| matches(text.as_bytes(), pattern.as_bytes()))
}

/// Whether `text` matches one pattern. Only the last star is ever tried again, so the time is at
/// most the product of both lengths.
fn matches(text: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut wanted) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(at) {
        match pattern.get(wanted) {
            Some(b'*') => {
                last_star = Some((wanted, at));
                wanted += 1;
            }
            Some(expected) if *expected == b'?' || expected == byte => {
                at += 1;
                wanted += 1;
            }
            _ => {
                let Some((star, covered)) = last_star else { return false };
                last_star = Some((star, covered + 1));
                wanted = star + 1;
                at = covered + 1;
            }
        }
    }
    pattern.iter().skip(wanted).all(|byte| *byte == b'*')
}

/// The quoted value behind an option's name, if there is one, and what follows.
fn value_of<'a>(name: &str, after_name: &'a str) -> Result<(Option<&'a str>, &'a str), String> {
    let Some(value) = after_name.strip_prefix('=') else { return Ok((None, after_name)) };
    let name = Shown::from(name.to_ascii_lowercase());
    let quoted =
        value.strip_prefix('"').ok_or_else(|| format!("the value of `{name}` is not in double quotes"))?;
    let (value, after) = quoted
        .split_once('"')
        .ok_or_else(|| format!("the quote around the value of `{name}` is not closed"))?;
    if value.contains('\\') {
        return Err(format!("the value of `{name}` holds a backslash"));
    }
    Ok((Some(value), after))
}

/// A list of patterns of namespaces, checked.
fn namespaces(value: &str) -> Result<String, String> {
    for pattern in value.split(',') {
        if pattern.trim_start_matches('!').trim().is_empty() {
            return Err("a namespace is empty".to_owned());
        }
        if pattern.contains([' ', '\t']) {
            return Err("a namespace holds a blank".to_owned());
        }
    }
    Ok(value.to_owned())
}

/// A time in UTC, in seconds since 1970-01-01T00:00:00Z.
fn seconds(name: &str, value: &str) -> Result<i64, String> {
    let digits = value.strip_suffix('Z').ok_or_else(|| {
        format!(
            "the time of `{name}` does not end in Z: without it, it would be the local time of whoever verifies"
        )
    })?;
    let lengths_fit = matches!(digits.len(), 8 | 12 | 14);
    if !lengths_fit || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "the time of `{name}` does not read YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ"
        ));
    }
    let field =
        |from: usize, to: usize| digits.get(from..to).unwrap_or_default().parse::<i16>().unwrap_or_default();
    let small = |from: usize| i8::try_from(field(from, from + 2)).unwrap_or(i8::MAX);
    let time = jiff::civil::DateTime::new(field(0, 4), small(4), small(6), small(8), small(10), small(12), 0)
        .and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC))
        .map_err(|_| format!("the time of `{name}` does not exist"))?;
    let seconds = time.timestamp().as_second();
    if seconds > 0 { Ok(seconds) } else { Err(format!("the time of `{name}` is not after 1970-01-01")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_openssh() {
        for (text, patterns, expected) in [
            ("git", "git", true),
            ("git", "Git", false),
            ("git", "*", true),
            ("git", "g?t", true),
            ("git", "g?", false),
            ("git", "file,git", true),
            ("git", "*,!git", false),
            ("git", "!git,*", false),
            ("git", "*,!file", true),
            ("git", "!file", false),
            ("git@meed", "git@*", true),
            ("abcbd", "a*b?", true),
            ("abcb", "a*b?", false),
            ("", "*", true),
            ("git", "g**t*", true),
            ("git", "", false),
        ] {
            assert_eq!(matches_list(text, patterns), expected, "{text} {patterns}");
        }
    }
}
