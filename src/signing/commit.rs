//! A commit object taken apart, strictly: what was signed, by which signature, and what it says.
//!
//! Git and libgit2 both search a commit for its signature more freely than a verifier may: one of
//! them goes on into the message, both stop at a NUL byte, so that a text can be signed and
//! another one shown. Here a commit is split by one rule instead: the header lines that git
//! itself writes, in git's order, each at most once, and nothing else. A commit that does not
//! follow it is refused with the reason; it is never read in two ways.

/// A commit object, split. All text is as it stands in the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitParts {
    /// The tree's object id, 40 lower-case hexadecimal digits.
    pub tree: String,
    /// The parents' object ids, in order; empty for a root.
    pub parents: Vec<String>,
    /// The author line without its keyword: `Name <mail> seconds +zone`.
    pub author: String,
    /// The committer line without its keyword: `Name <mail> seconds +zone`.
    pub committer: String,
    /// The committer's time in seconds since 1970-01-01T00:00:00Z.
    pub committer_seconds: i64,
    /// The name of the message's encoding, where the commit gives one (git does for all but UTF-8).
    pub encoding: Option<String>,
    /// The armored signature with LF line ends, where there is one.
    pub signature: Option<String>,
    /// The message, without the empty line that separates it from the header.
    pub message: String,
    /// What a signature must cover: the object without its `gpgsig` header.
    pub signed_payload: Vec<u8>,
}

impl CommitParts {
    /// Splits the bytes of a commit object (without git's `commit <size>` prefix).
    ///
    /// The error says what is wrong, for a sentence such as `commit 1234: <error>`; it holds no
    /// text of the commit other than the name of an unknown header, shortened and made safe.
    pub fn split(raw: &[u8]) -> Result<Self, String> {
        if raw.contains(&0) {
            return Err("it holds a NUL byte".to_owned());
        }
        let text = std::str::from_utf8(raw)
            .map_err(|error| format!("byte {} is not valid UTF-8", error.valid_up_to()))?;
        let (header, message) =
            text.split_once("\n\n").ok_or("no empty line separates the header from the message")?;
        if header.contains('\r') {
            return Err("the header holds a carriage return".to_owned());
        }
        let mut lines = Lines { rest: header.split('\n').collect::<Vec<_>>().into_iter().peekable() };

        let tree = object_id("tree", lines.take("tree").ok_or("it does not begin with a tree")?)?;
        let mut parents = Vec::new();
        while let Some(parent) = lines.take("parent") {
            parents.push(object_id("parent", parent)?);
        }
        let author = lines.take("author").ok_or_else(|| lines.unexpected("an author"))?.to_owned();
        seconds_of("author", &author)?;
        let committer = lines.take("committer").ok_or_else(|| lines.unexpected("a committer"))?.to_owned();
        let committer_seconds = seconds_of("committer", &committer)?;
        let encoding = lines.take("encoding").map(str::to_owned);
        let signature = lines.take("gpgsig").map(|first| lines.signature(first));
        if lines.rest.peek().is_some() {
            return Err(lines.unexpected("the end of the header"));
        }
        let signed_payload = payload(header, message);
        let message = message.to_owned();
        Ok(Self {
            tree,
            parents,
            author,
            committer,
            committer_seconds,
            encoding,
            signature,
            message,
            signed_payload,
        })
    }
}

/// The lines of the header that were not read yet.
struct Lines<'a> {
    rest: std::iter::Peekable<std::vec::IntoIter<&'a str>>,
}

impl<'a> Lines<'a> {
    /// The value of the next line when that line is a `keyword`, which is then used up.
    fn take(&mut self, keyword: &str) -> Option<&'a str> {
        let value = self.rest.peek()?.strip_prefix(keyword)?.strip_prefix(' ')?;
        self.rest.next();
        Some(value)
    }

    /// The signature that begins with `first` and goes on in lines that begin with a space.
    fn signature(&mut self, first: &str) -> String {
        let mut armored = format!("{first}\n");
        while let Some(line) = self.rest.peek().and_then(|line| line.strip_prefix(' ')) {
            armored.push_str(line);
            armored.push('\n');
            self.rest.next();
        }
        armored
    }

    /// Why the next line cannot stand where something else was expected.
    fn unexpected(&mut self, expected: &str) -> String {
        let Some(line) = self.rest.peek() else {
            return format!("the header ends where {expected} was expected");
        };
        let keyword = line.split(' ').next().unwrap_or_default();
        match keyword {
            "" => "a line of the header continues nothing".to_owned(),
            "tree" | "parent" | "author" | "committer" | "encoding" | "gpgsig" => {
                format!("header `{keyword}` stands twice or out of order")
            }
            _ => {
                let keyword: String = keyword.chars().take(40).map(crate::error::visible).collect();
                format!("header `{keyword}` is not allowed")
            }
        }
    }
}

/// The object without its `gpgsig` header, exactly as git cuts it out.
fn payload(header: &str, message: &str) -> Vec<u8> {
    let mut payload = Vec::with_capacity(header.len() + message.len() + 2);
    let mut in_signature = false;
    for line in header.split('\n') {
        in_signature = line.starts_with("gpgsig ") || (in_signature && line.starts_with(' '));
        if !in_signature {
            payload.extend_from_slice(line.as_bytes());
            payload.push(b'\n');
        }
    }
    payload.push(b'\n');
    payload.extend_from_slice(message.as_bytes());
    payload
}

/// An object id of SHA-1 in the one spelling that git writes.
fn object_id(keyword: &str, value: &str) -> Result<String, String> {
    let digits = value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits && value.len() == 40 {
        Ok(value.to_owned())
    } else {
        Err(format!("`{keyword}` is not followed by 40 lower-case hexadecimal digits"))
    }
}

/// The time of an author or committer line: `Name <mail> seconds +zone`, with exactly one pair of
/// angle brackets, so that no two readers find two times in it.
fn seconds_of(keyword: &str, value: &str) -> Result<i64, String> {
    let invalid = || format!("the {keyword} line does not read `Name <mail> seconds +zone`");
    let (identity, time) = value.split_once("> ").ok_or_else(invalid)?;
    let brackets = |text: &str| text.bytes().filter(|byte| matches!(byte, b'<' | b'>')).count();
    if brackets(identity) != 1 || !(identity.starts_with('<') || identity.contains(" <")) {
        return Err(invalid());
    }
    let (seconds, zone) = time.split_once(' ').ok_or_else(invalid)?;
    let zone_digits = zone.strip_prefix(['+', '-']).ok_or_else(invalid)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = seconds == "0" || !seconds.starts_with('0');
    if !digits(zone_digits) || zone_digits.len() != 4 || !digits(seconds) || !canonical {
        return Err(invalid());
    }
    seconds.parse().map_err(|_| format!("the time of the {keyword} line is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const PARENT: &str = "parent aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
    const AUTHOR: &str = "author Ada <ada@example.org> 1700000000 +0100\n";
    const COMMITTER: &str = "committer Ada L. <ada@example.org> 1700000001 -0330\n";
    const SIGNATURE: &str = "gpgsig -----BEGIN SSH SIGNATURE-----\n QUJD\n -----END SSH SIGNATURE-----\n";

    #[test]
    fn a_signed_commit_is_split() {
        let raw = format!(
            "{TREE}{PARENT}{PARENT}{AUTHOR}{COMMITTER}encoding latin1\n{SIGNATURE}\nSubject\n\nBody\n"
        );
        let parts = CommitParts::split(raw.as_bytes()).unwrap();
        assert_eq!(parts.tree, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(parts.parents, ["a".repeat(40), "a".repeat(40)]);
        assert_eq!(parts.author, "Ada <ada@example.org> 1700000000 +0100");
        assert_eq!(parts.committer, "Ada L. <ada@example.org> 1700000001 -0330");
        assert_eq!(parts.committer_seconds, 1_700_000_001);
        assert_eq!(parts.encoding.as_deref(), Some("latin1"));
        assert_eq!(
            parts.signature.as_deref(),
            Some("-----BEGIN SSH SIGNATURE-----\nQUJD\n-----END SSH SIGNATURE-----\n")
        );
        assert_eq!(parts.message, "Subject\n\nBody\n");
        let unsigned = raw.replace(SIGNATURE, "");
        assert_eq!(parts.signed_payload, unsigned.as_bytes());
    }

    #[test]
    fn an_unsigned_commit_is_its_own_payload() {
        for message in ["", "\n", "gpgsig x\n y\n", "\n\ntree\n", "a\r\nb\n"] {
            let raw = format!("{TREE}{AUTHOR}{COMMITTER}\n{message}");
            let parts = CommitParts::split(raw.as_bytes()).unwrap();
            assert_eq!(parts.signature, None);
            assert_eq!(parts.signed_payload, raw.as_bytes());
            assert_eq!(parts.message, message);
        }
    }

    #[test]
    fn everything_else_is_refused_with_the_reason() {
        let base = format!("{TREE}{PARENT}{AUTHOR}{COMMITTER}{SIGNATURE}\nmessage\n");
        let insert = |after: &str, what: &str| base.replacen(after, &format!("{after}{what}"), 1);
        let cases = [
            (String::new(), "no empty line separates the header from the message"),
            (format!("{TREE}{AUTHOR}{COMMITTER}"), "no empty line separates the header from the message"),
            (base.replace("message", "mess\0age"), "it holds a NUL byte"),
            (base.replace("Ada L.", "Ada\0"), "it holds a NUL byte"),
            (base.replace("QUJD\n", "QUJD\r\n"), "the header holds a carriage return"),
            (base.replace(TREE, ""), "it does not begin with a tree"),
            (insert(TREE, TREE), "header `tree` stands twice or out of order"),
            (base.replace("4b82", "4B82"), "`tree` is not followed by 40 lower-case hexadecimal digits"),
            (
                base.replace("tree 4b82", "tree 4b8"),
                "`tree` is not followed by 40 lower-case hexadecimal digits",
            ),
            (
                base.replace("tree 4b82", "tree  4b82"),
                "`tree` is not followed by 40 lower-case hexadecimal digits",
            ),
            (
                base.replace("parent aaa", "parent gaa"),
                "`parent` is not followed by 40 lower-case hexadecimal digits",
            ),
            (insert(AUTHOR, PARENT), "header `parent` stands twice or out of order"),
            (insert(AUTHOR, AUTHOR), "header `author` stands twice or out of order"),
            (base.replace(COMMITTER, ""), "header `gpgsig` stands twice or out of order"),
            (format!("{TREE}{AUTHOR}\nmessage"), "the header ends where a committer was expected"),
            (insert(COMMITTER, COMMITTER), "header `committer` stands twice or out of order"),
            (insert(SIGNATURE, SIGNATURE), "header `gpgsig` stands twice or out of order"),
            (insert(TREE, SIGNATURE), "header `gpgsig` stands twice or out of order"),
            (insert(SIGNATURE, "encoding x\n"), "header `encoding` stands twice or out of order"),
            (base.replace("gpgsig ", "gpgsig-sha256 "), "header `gpgsig-sha256` is not allowed"),
            (insert(COMMITTER, "mergetag object\n x\n"), "header `mergetag` is not allowed"),
            (insert(COMMITTER, "HG:extra x\n"), "header `HG:extra` is not allowed"),
            (insert(COMMITTER, "a\u{202e}b\u{1b} x\n"), "header `a\u{fffd}b\u{fffd}` is not allowed"),
            (insert(COMMITTER, " more\n"), "a line of the header continues nothing"),
            (insert(TREE, " more\n"), "a line of the header continues nothing"),
            (
                base.replace("0001 -0330", "0001"),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (
                base.replace("0001 -0330", "0001 0330"),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (
                base.replace("0001 -0330", "0001 -033"),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (
                base.replace("0001 -0330", "0001 -0330 "),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (
                base.replace("1700000001", "-1700000001"),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (
                base.replace("1700000001", "01700000001"),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (
                base.replace("1700000001", "99999999999999999999"),
                "the time of the committer line is too large",
            ),
            (
                base.replace("L. <", "L. > 5 +0000 <"),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (
                base.replace("Ada L. <ada@example.org>", "Ada"),
                "the committer line does not read `Name <mail> seconds +zone`",
            ),
            (base.replace("Ada <", "Ada <<"), "the author line does not read `Name <mail> seconds +zone`"),
        ];
        for (raw, reason) in cases {
            assert_eq!(CommitParts::split(raw.as_bytes()), Err(reason.to_owned()), "{raw}");
        }
        let mut latin = base.into_bytes();
        latin.extend_from_slice(b"\xe9");
        assert!(CommitParts::split(&latin).unwrap_err().ends_with("is not valid UTF-8"));
    }

    #[test]
    fn a_name_may_be_empty() {
        let raw = format!("{TREE}author <> 0 +0000\ncommitter  <a@b> 0 +0000\n\n");
        assert_eq!(CommitParts::split(raw.as_bytes()).unwrap().committer_seconds, 0);
    }
}
