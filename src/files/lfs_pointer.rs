//! Pointers of Git LFS: the few lines that a commit holds in place of a large file.
//!
//! Format: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>. Read strictly, so that no
//! two programs see two different files: exactly the lines `version`, `oid` and `size`, each ended by
//! one LF, as git-lfs writes them. Extensions (`ext-0-...`), which may change the content on the way,
//! are refused.

/// How every pointer begins.
const VERSION: &str = "version https://git-lfs.github.com/spec/v1";
/// Most bytes of a pointer; the format says so.
pub const POINTER_LIMIT_BYTES: usize = 1024;

/// What a pointer says of the file that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LfsPointer {
    /// The SHA-256 digest of the content, in lower-case hexadecimal.
    pub sha256: String,
    /// The size of the content.
    pub bytes: u64,
}

impl LfsPointer {
    /// Whether bytes begin as a pointer does. Nothing else that meed reads begins so.
    pub fn is_begun_by(bytes: &[u8]) -> bool {
        bytes.starts_with(VERSION.as_bytes())
    }

    /// Reads a pointer. The error says what is wrong with it.
    ///
    /// ```
    /// use meed::files::LfsPointer;
    /// let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    /// let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
    /// assert_eq!(LfsPointer::parse(text.as_bytes()), Ok(LfsPointer { sha256: oid.into(), bytes: 12345 }));
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() > POINTER_LIMIT_BYTES {
            return Err("it is longer than 1024 bytes");
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
        if text.contains('\r') {
            return Err("its lines end with CR LF instead of LF");
        }
        let lines = text.strip_suffix('\n').ok_or("its last line has no line end")?;
        let lines: Vec<&str> = lines.split('\n').collect();
        let [VERSION, oid, size] = lines.as_slice() else {
            return Err("it does not have exactly the lines `version`, `oid` and `size`");
        };
        let sha256 = oid.strip_prefix("oid sha256:").ok_or("its second line is not `oid sha256:...`")?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if sha256.len() != 64 || !sha256.bytes().all(is_digit) {
            return Err("its oid is not 64 lower-case hexadecimal digits");
        }
        let size = size.strip_prefix("size ").ok_or("its third line is not `size ...`")?;
        let is_plain =
            size == "0" || !size.starts_with('0') && size.bytes().all(|byte| byte.is_ascii_digit());
        let bytes = size.parse().ok().filter(|_| is_plain).ok_or("its size is not a whole number")?;
        Ok(Self { sha256: sha256.to_owned(), bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_lines_are_a_pointer() {
        let oid = format!("oid sha256:{}", "0a".repeat(32));
        let good = format!("{VERSION}\n{oid}\nsize 0\n");
        assert_eq!(LfsPointer::parse(good.as_bytes()), Ok(LfsPointer { sha256: "0a".repeat(32), bytes: 0 }));
        let long = format!("{good}{}\n", "x".repeat(1024));
        for bad in [
            "",
            VERSION,
            &long,
            good.trim_end(),
            &good.replace('\n', "\r\n"),
            &format!("{good}\n"),
            &format!("{good}ext-0-a sha256:{}\n", "0a".repeat(32)),
            &format!("{VERSION}\next-0-a sha256:{}\n{oid}\nsize 0\n", "0a".repeat(32)),
            &format!("{VERSION}\nsize 0\n{oid}\n"),
            &good.replace("0a0a", "0A0A"),
            &good.replace("0a0a", "0a"),
            &good.replace("sha256:", "sha1:"),
            &good.replace("spec/v1", "spec/v2"),
            &good.replace("size 0", "size 00"),
            &good.replace("size 0", "size +1"),
            &good.replace("size 0", "size -1"),
            &good.replace("size 0", "size "),
            &good.replace("size 0", "size 18446744073709551616"),
            &good.replace("size", " size"),
        ] {
            assert!(LfsPointer::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(LfsPointer::parse(&[good.as_bytes(), b"\xff\n"].concat()).is_err());
    }
}
