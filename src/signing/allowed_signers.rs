//! `allowed_signers`: who may close, amend and approve, in OpenSSH's format.
//!
//! A line reads `principals [options] kind key [comment]`; see ssh-keygen(1), ALLOWED SIGNERS.
//! OpenSSH skips a line that it cannot read and takes times without `Z` as local time. Here every
//! such line is an error, because the file decides who may move money: what stands in it must
//! mean the same to everybody. Certificate authorities are not supported.

use std::fmt;

use super::PublicKey;
use super::options::{Options, matches_list};
use super::public_key::begins_like_a_key;
use crate::error::{Error, Place, Problems, Shown, visible};

/// Most bytes of an `allowed_signers` file that are read.
const FILE_BYTES_MOST: usize = 256 * 1024;

/// The entries of an `allowed_signers` file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedSigners {
    signers: Vec<Signer>,
}

impl AllowedSigners {
    /// The entry that lets `key` sign in `namespace` at the time `at_seconds` (since
    /// 1970-01-01T00:00:00Z; both ends of a validity belong to it, as in OpenSSH).
    ///
    /// A key may stand on several lines: the first that allows is given, and if none does, the
    /// reason of the first.
    pub fn check(&self, key: &PublicKey, namespace: &str, at_seconds: i64) -> Result<&Signer, Refusal> {
        let mut refusal = None;
        for signer in self.signers.iter().filter(|signer| signer.key == *key) {
            match signer.refusal(namespace, at_seconds) {
                None => return Ok(signer),
                Some(reason) => refusal = refusal.or(Some(reason)),
            }
        }
        Err(refusal.unwrap_or(Refusal::NotListed))
    }

    /// Reads the file; `path` stands in errors. All bad lines are reported, each with its number.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, Problems> {
        if bytes.len() > FILE_BYTES_MOST {
            let place = Place::file(path);
            let (bytes, limit) = (as_u64(bytes.len()), as_u64(FILE_BYTES_MOST));
            return Err(Error::FileTooLarge { place, bytes, limit }.into());
        }
        let mut signers = Vec::new();
        let mut errors = Vec::new();
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            match parse_line(line, number) {
                Ok(signer) => signers.extend(signer),
                Err(reason) => {
                    let place = Place::line(path, number);
                    errors.push(Error::AllowedSignersInvalid { place, reason });
                }
            }
        }
        Problems::unless_empty(errors, Self { signers })
    }

    /// The entries, in the order of the file.
    pub fn signers(&self) -> impl ExactSizeIterator<Item = &Signer> {
        self.signers.iter()
    }
}

/// The line for a new entry, without its line end: `principal namespaces="git" kind key`.
///
/// The error says what `principal` may not hold; a principal with spaces is quoted.
pub fn render_line(principal: &str, namespaces: &[&str], key: &PublicKey) -> Result<String, String> {
    let quote = if principal.contains([' ', '\t']) { "\"" } else { "" };
    let line = format!("{quote}{principal}{quote} namespaces=\"{}\" {key}", namespaces.join(","));
    match parse_line(line.as_bytes(), 1)? {
        Some(signer) if signer.principals == principal => Ok(line),
        _ => Err(format!("`{}` cannot be a principal", Shown::from(principal))),
    }
}

/// One entry: a key, to whom it belongs, and what it may be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    principals: String,
    key: PublicKey,
    options: Options,
    line: u64,
}

impl Signer {
    /// To whom the key belongs, as it stands in the file: mail addresses or patterns, separated
    /// by commas.
    pub fn principals(&self) -> &str {
        &self.principals
    }

    /// The key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key's fingerprint, `SHA256:...`.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint()
    }

    /// The namespaces in which the key may sign, as it stands in the file (patterns, separated by
    /// commas); `None` allows all.
    pub fn namespaces(&self) -> Option<&str> {
        self.options.namespaces.as_deref()
    }

    /// Whether the key may sign in a namespace; without the option it may in all, as in OpenSSH.
    pub fn allows(&self, namespace: &str) -> bool {
        self.namespaces().is_none_or(|patterns| matches_list(namespace, patterns))
    }

    /// The first second in which the key may sign, since 1970-01-01T00:00:00Z.
    pub fn valid_after(&self) -> Option<i64> {
        self.options.valid_after
    }

    /// The last second in which the key may sign, since 1970-01-01T00:00:00Z.
    pub fn valid_before(&self) -> Option<i64> {
        self.options.valid_before
    }

    /// The line of the entry in the file, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Why this entry does not allow a signature, if it does not.
    fn refusal(&self, namespace: &str, at_seconds: i64) -> Option<Refusal> {
        if !self.allows(namespace) {
            return Some(Refusal::NamespaceNotAllowed(Shown::from(namespace)));
        }
        if let Some(after) = self.valid_after().filter(|after| at_seconds < *after) {
            return Some(Refusal::NotYetValid(date_text(after)));
        }
        let before = self.valid_before().filter(|before| at_seconds > *before)?;
        Some(Refusal::NoLongerValid(date_text(before)))
    }
}

/// Why a key may not sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The key stands on no line.
    NotListed,
    /// The key may not sign in this namespace.
    NamespaceNotAllowed(Shown),
    /// The key may sign from this time on: `2024-01-31T00:00:00Z`.
    NotYetValid(String),
    /// The key could sign until this time: `2024-01-31T00:00:00Z`.
    NoLongerValid(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotListed => formatter.write_str("the key is not in allowed_signers"),
            Self::NamespaceNotAllowed(namespace) => {
                write!(formatter, "the key may not sign in the namespace `{namespace}`")
            }
            Self::NotYetValid(date) => write!(formatter, "the key is not valid before {date}"),
            Self::NoLongerValid(date) => write!(formatter, "the key is not valid after {date}"),
        }
    }
}

/// The entry on a line; `None` for blank lines and comments.
fn parse_line(line: &[u8], number: u64) -> Result<Option<Signer>, String> {
    let line = std::str::from_utf8(line)
        .map_err(|error| format!("byte {} of the line is not valid UTF-8", error.valid_up_to()))?;
    if line.ends_with('\r') {
        return Err("the line ends with CRLF; LF is needed".to_owned());
    }
    if line.starts_with('\u{feff}') {
        return Err("the line begins with a byte order mark".to_owned());
    }
    if line.chars().any(|character| character != '\t' && visible(character) != character) {
        return Err("the line holds a control or bidirectional character".to_owned());
    }
    let line = line.trim_matches(BLANKS);
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (principals, rest) = parse_principals(line)?;
    if rest.is_empty() {
        return Err("the key is missing".to_owned());
    }
    let (options, rest) =
        if begins_like_a_key(rest) { (Options::default(), rest) } else { Options::parse(rest)? };
    if rest.is_empty() {
        return Err("the key is missing".to_owned());
    }
    let key = PublicKey::parse(rest)?;
    Ok(Some(Signer { principals: principals.to_owned(), key, options, line: number }))
}

/// What separates the words of a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// The principals, and the rest of the line without leading blanks.
fn parse_principals(line: &str) -> Result<(&str, &str), String> {
    let (principals, rest) = if let Some(quoted) = line.strip_prefix('"') {
        let (principals, rest) =
            quoted.split_once('"').ok_or("the quote around the principals is not closed")?;
        if !rest.is_empty() && !rest.starts_with(BLANKS) {
            return Err("no blank follows the quoted principals".to_owned());
        }
        (principals, rest)
    } else {
        line.split_once(BLANKS).unwrap_or((line, ""))
    };
    if principals.contains(['"', '\\']) {
        return Err("the principals hold a quote or a backslash".to_owned());
    }
    for principal in principals.split(',') {
        if principal.trim().is_empty() {
            return Err("a principal is empty".to_owned());
        }
        if principal.starts_with('!') {
            return Err("a principal is negated with `!`: name those who may sign instead".to_owned());
        }
    }
    Ok((principals, rest.trim_start_matches(BLANKS)))
}

/// A time as `2024-01-31T00:00:00Z`.
fn date_text(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

fn as_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO4yVk/Ll2d7b3Uy6Tns2LukIP9zolhYpeWkRxhK5L/s";
    const START_2024: i64 = 1_704_067_200;

    fn parse(text: &str) -> Result<AllowedSigners, Problems> {
        AllowedSigners::parse("allowed_signers", text.as_bytes())
    }

    fn reason(line: &str) -> String {
        let problems = parse(line).map(|_| line.to_owned()).unwrap_err();
        let [Error::AllowedSignersInvalid { reason, .. }] = problems.errors() else { panic!("{problems:?}") };
        reason.clone()
    }

    #[test]
    fn good_lines() {
        for (line, principals, namespaces, after, before) in [
            (format!("a@b {KEY}"), "a@b", None, None, None),
            (format!("  a@b\t{KEY}\tAda of Example "), "a@b", None, None, None),
            (format!("a@b,*@c {KEY}"), "a@b,*@c", None, None, None),
            (format!("\"Ada L.,a@b\" {KEY}"), "Ada L.,a@b", None, None, None),
            (format!("a@b namespaces=\"git\" {KEY}"), "a@b", Some("git"), None, None),
            (format!("a@b NameSpaces=\"git,file\"  {KEY}"), "a@b", Some("git,file"), None, None),
            (format!("a@b valid-after=\"20240101Z\" {KEY}"), "a@b", None, Some(START_2024), None),
            (
                format!("a@b valid-after=\"202401010001Z\",valid-before=\"20240101000130Z\" {KEY}"),
                "a@b",
                None,
                Some(START_2024 + 60),
                Some(START_2024 + 90),
            ),
            (
                format!("a@b VALID-BEFORE=\"20240101Z\",namespaces=\"*\" {KEY}"),
                "a@b",
                Some("*"),
                None,
                Some(START_2024),
            ),
        ] {
            let allowed = parse(&line).unwrap();
            let signer = allowed.signers().next().unwrap();
            let read =
                (signer.principals(), signer.namespaces(), signer.valid_after(), signer.valid_before());
            assert_eq!(read, (principals, namespaces, after, before), "{line}");
            assert_eq!((signer.key().to_openssh().as_str(), signer.line()), (KEY, 1), "{line}");
        }
    }

    #[test]
    fn bad_lines() {
        for (line, expected) in [
            ("a@b".to_owned(), "the key is missing"),
            ("a@b namespaces=\"git\"".to_owned(), "the key is missing"),
            (KEY.to_owned(), "option `AAAAC3NzaC1lZDI1NTE5AAAAIO4yVk/Ll2d7b3Uy` is not known"),
            (format!("\"a@b {KEY}"), "the quote around the principals is not closed"),
            (format!("\"a@b\"{KEY}"), "no blank follows the quoted principals"),
            (format!("a\"b {KEY}"), "the principals hold a quote or a backslash"),
            (format!("a@b,,c {KEY}"), "a principal is empty"),
            (format!("\"\" {KEY}"), "a principal is empty"),
            (format!("!a@b {KEY}"), "a principal is negated with `!`: name those who may sign instead"),
            (
                format!("a@b cert-authority {KEY}"),
                "`cert-authority` is not supported: list the signers' own keys",
            ),
            (
                format!("a@b CERT-authority,namespaces=\"git\" {KEY}"),
                "`cert-authority` is not supported: list the signers' own keys",
            ),
            (format!("a@b no-touch-required {KEY}"), "option `no-touch-required` is not known"),
            (format!("a@b namespaces {KEY}"), "option `namespaces` has no value"),
            (format!("a@b namespaces=git {KEY}"), "the value of `namespaces` is not in double quotes"),
            (
                format!("a@b namespaces=\"git {KEY}"),
                "the quote around the value of `namespaces` is not closed",
            ),
            (format!("a@b namespaces=\"g\\\"it\" {KEY}"), "the value of `namespaces` holds a backslash"),
            (format!("a@b namespaces=\"git\"x {KEY}"), "no comma follows the value of `namespaces`"),
            (format!("a@b namespaces=\"git\", {KEY}"), "an option is empty"),
            (format!("a@b ,namespaces=\"git\" {KEY}"), "an option is empty"),
            (format!("a@b namespaces=\"\" {KEY}"), "a namespace is empty"),
            (format!("a@b namespaces=\"git,\" {KEY}"), "a namespace is empty"),
            (format!("a@b namespaces=\"git, file\" {KEY}"), "a namespace holds a blank"),
            (format!("a@b namespaces=\"a\",Namespaces=\"b\" {KEY}"), "option `namespaces` stands twice"),
            (
                format!("a@b valid-after=\"20240101Z\",valid-after=\"20240101Z\" {KEY}"),
                "option `valid-after` stands twice",
            ),
            (
                format!("a@b valid-after=20240101Z {KEY}"),
                "the value of `valid-after` is not in double quotes",
            ),
            (
                format!("a@b valid-after=\"20240101\" {KEY}"),
                "the time of `valid-after` does not end in Z: without it, it would be the local time of whoever verifies",
            ),
            (
                format!("a@b valid-after=\"2024-01-01Z\" {KEY}"),
                "the time of `valid-after` does not read YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ",
            ),
            (
                format!("a@b valid-after=\"2024010112Z\" {KEY}"),
                "the time of `valid-after` does not read YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ",
            ),
            (
                format!("a@b valid-after=\"\" {KEY}"),
                "the time of `valid-after` does not end in Z: without it, it would be the local time of whoever verifies",
            ),
            (format!("a@b valid-before=\"20230229Z\" {KEY}"), "the time of `valid-before` does not exist"),
            (
                format!("a@b valid-before=\"202401012400Z\" {KEY}"),
                "the time of `valid-before` does not exist",
            ),
            (
                format!("a@b valid-before=\"20240101235960Z\" {KEY}"),
                "the time of `valid-before` does not exist",
            ),
            (
                format!("a@b valid-before=\"19700101Z\" {KEY}"),
                "the time of `valid-before` is not after 1970-01-01",
            ),
            (
                format!("a@b valid-after=\"20240102Z\",valid-before=\"20240101Z\" {KEY}"),
                "the key would stop being valid before it starts",
            ),
            (format!("a@b {KEY}\r"), "the line ends with CRLF; LF is needed"),
            (format!("a@b\0 {KEY}"), "the line holds a control or bidirectional character"),
            ("# \u{202e}\n".to_owned(), "the line holds a control or bidirectional character"),
            (format!("\u{feff}a@b {KEY}"), "the line begins with a byte order mark"),
            (format!("a@b {KEY}AAAA"), "the key cannot be read: "),
            ("a@b ssh-ed25519 AAAA".to_owned(), "the key cannot be read: "),
            ("a@b ssh-ed25519".to_owned(), "the key is missing after its kind"),
            (
                "a@b ssh-ed25519-cert-v01@openssh.com AAAA".to_owned(),
                "certificates are not supported: give the key itself",
            ),
        ] {
            let found = reason(&line);
            assert!(
                found == expected || (expected.ends_with(": ") && found.starts_with(expected)),
                "{line}\n{found}"
            );
        }
    }

    #[test]
    fn all_bad_lines_are_reported_with_their_numbers() {
        let problems = parse(&format!("# who\n\nx\n  # indented\na@b {KEY}\ny\n")).unwrap_err();
        let shown: Vec<String> = problems.errors().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["allowed_signers:3: the key is missing", "allowed_signers:6: the key is missing"]);
        assert!(AllowedSigners::parse("x", b"\xff\n").is_err());
        assert!(AllowedSigners::parse("x", &vec![b'\n'; FILE_BYTES_MOST + 1]).is_err());
        assert_eq!(parse("").unwrap().signers().len(), 0);
    }

    #[test]
    fn a_key_is_checked_against_all_its_lines() {
        let allowed = parse(&format!(
            "a@b namespaces=\"file\" {KEY}\na@b valid-after=\"20240101Z\",valid-before=\"20240102Z\" {KEY}\n"
        ))
        .unwrap();
        let key = PublicKey::parse(KEY).unwrap();
        let line = |namespace, at| allowed.check(&key, namespace, at).map(Signer::line);
        assert_eq!(line("file", 5), Ok(1));
        assert_eq!(line("git", START_2024), Ok(2));
        assert_eq!(line("git", START_2024 + 86_400), Ok(2));
        assert_eq!(line("git", START_2024 + 86_401), Err(Refusal::NamespaceNotAllowed(Shown::from("git"))));

        let allowed =
            parse(&format!("a@b valid-after=\"20240101Z\",valid-before=\"20240102Z\" {KEY}")).unwrap();
        let text =
            |at| allowed.check(&key, "git", at).map_err(|refusal| refusal.to_string()).map(Signer::line);
        assert_eq!(text(START_2024), Ok(1));
        assert_eq!(text(START_2024 - 1), Err("the key is not valid before 2024-01-01T00:00:00Z".to_owned()));
        assert_eq!(
            text(START_2024 + 86_401),
            Err("the key is not valid after 2024-01-02T00:00:00Z".to_owned())
        );
        let nobody = parse("# empty\n").unwrap();
        assert_eq!(nobody.check(&key, "git", 5), Err(Refusal::NotListed));
    }

    #[test]
    fn new_lines_read_back() {
        let key = PublicKey::parse(&format!("{KEY} comment")).unwrap();
        assert_eq!(render_line("a@b", &["git"], &key).unwrap(), format!("a@b namespaces=\"git\" {KEY}"));
        let both = render_line("a@b", &["git", "meed-approval"], &key).unwrap();
        assert_eq!(both, format!("a@b namespaces=\"git,meed-approval\" {KEY}"));
        assert_eq!(
            render_line("Ada L.", &["git"], &key).unwrap(),
            format!("\"Ada L.\" namespaces=\"git\" {KEY}")
        );
        for bad in ["", " ", "# x", "#x", "a\"b", "a\nb x", "!a", "a,,b", "a\u{202e}b", " a"] {
            let rendered = render_line(bad, &["git"], &key);
            if bad == " a" || bad == "# x" {
                assert!(rendered.is_ok(), "quoted: {bad}");
            } else {
                assert!(rendered.is_err(), "{bad}");
            }
        }
    }
}
