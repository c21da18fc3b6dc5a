//! Public keys: the kinds that may sign a ledger, their spelling and their fingerprints.

use std::fmt;

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg};

use crate::error::Shown;
use crate::files::{hex, sha256_hex};

/// Fewest bits of an RSA key that is accepted.
const RSA_BITS_LEAST: usize = 2048;
/// Most bits of an RSA key that is accepted; larger ones only cost time.
const RSA_BITS_MOST: usize = 8192;

/// An SSH public key of a kind that may sign: ed25519, ECDSA (P-256, P-384, P-521), RSA of 2048
/// to 8192 bits, or one of the two hardware kinds (`sk-`).
///
/// Two keys are equal when they are the same key; the comment does not count.
#[derive(Debug, Clone)]
pub struct PublicKey {
    data: KeyData,
    comment: String,
}

impl PublicKey {
    /// Reads one line as in a `.pub` file: kind, key in base64, and an optional comment.
    ///
    /// The key must be spelled exactly as OpenSSH spells it. The error is a reason without the
    /// line itself.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim_matches([' ', '\t', '\n', '\r']);
        if line.chars().any(|character| character != '\t' && crate::error::visible(character) != character) {
            return Err("the key line holds a control character".to_owned());
        }
        let (kind, rest) = line.split_once([' ', '\t']).ok_or("the key is missing after its kind")?;
        if kind.contains("-cert-v01@") {
            return Err("certificates are not supported: give the key itself".to_owned());
        }
        let rest = rest.trim_start_matches([' ', '\t']);
        let (base64, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let spelled = format!("{kind} {base64}");
        let key = ssh_key::PublicKey::from_openssh(&spelled)
            .map_err(|error| format!("the key cannot be read: {}", Shown::from(error.to_string())))?;
        if key.to_openssh().ok().as_ref() != Some(&spelled) {
            return Err("the key is not spelled as OpenSSH spells it".to_owned());
        }
        let mut key = Self::from_data(key.key_data().clone())?;
        comment.trim().clone_into(&mut key.comment);
        Ok(key)
    }

    /// The key's fingerprint as `ssh-keygen -l` shows it: `SHA256:` and 43 characters.
    pub fn fingerprint(&self) -> String {
        self.data.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The digest of the fingerprint in hexadecimal: 64 lower-case digits, a name for files.
    pub fn sha256_hex(&self) -> String {
        sha256_hex(&self.to_bytes())
    }

    /// The kind as the first word of a key line: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` ...
    pub(super) fn kind(&self) -> String {
        self.data.algorithm().to_string()
    }

    /// The comment of the line it was read from, often a mail address; empty if there was none.
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Kind and base64, without comment: what stands in `allowed_signers`.
    pub fn to_openssh(&self) -> String {
        ssh_key::PublicKey::from(self.data.clone()).to_openssh().unwrap_or_default()
    }

    /// The crate's own form, checked to be of a supported kind; the error names what is not.
    pub(super) fn from_data(data: KeyData) -> Result<Self, String> {
        match &data {
            KeyData::Ed25519(key) => refuse_small_order(key.as_ref())?,
            KeyData::SkEd25519(key) => refuse_small_order(key.public_key().as_ref())?,
            KeyData::Ecdsa(_) | KeyData::SkEcdsaSha2NistP256(_) => {}
            KeyData::Rsa(key) => {
                let bits = key.n().as_positive_bytes().map_or(0, bit_length);
                if bits < RSA_BITS_LEAST {
                    return Err(format!("RSA keys need at least {RSA_BITS_LEAST} bits; this has {bits}"));
                }
                if bits > RSA_BITS_MOST {
                    return Err(format!("RSA keys may have at most {RSA_BITS_MOST} bits; this has {bits}"));
                }
            }
            KeyData::Certificate(_) => return Err("certificates are not supported".to_owned()),
            other => {
                let kind = Shown::from(other.algorithm().as_str());
                return Err(format!("keys of kind {kind} are not supported"));
            }
        }
        Ok(Self { data, comment: String::new() })
    }

    /// The crate's own form.
    pub(super) fn data(&self) -> &KeyData {
        &self.data
    }

    /// The key in SSH's binary form, as agents and signatures hold it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        ssh_key::PublicKey::from(self.data.clone()).to_bytes().unwrap_or_default()
    }

    /// Whether the private half lives in a hardware token.
    pub(super) fn is_hardware(&self) -> bool {
        matches!(self.data.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl Eq for PublicKey {}

/// Kind and base64, as in `allowed_signers`.
impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_openssh())
    }
}

/// Whether a text begins like a key line of any kind, supported or not.
pub(super) fn begins_like_a_key(text: &str) -> bool {
    let kind = text.split([' ', '\t']).next().unwrap_or_default();
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "rsa-sha2-", "webauthn-sk-"]
        .iter()
        .any(|prefix| kind.starts_with(prefix))
}

/// The points of ed25519 whose order divides 8, as little-endian y without the sign of x: those of
/// order 4, 1, 8, 8, 2, and other spellings of order 4 and 1.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// Refuses ed25519 keys for which one signature fits many texts, so that everybody can sign for
/// them. OpenSSH and git accept such a key.
fn refuse_small_order(key: &[u8; 32]) -> Result<(), String> {
    let mut y = *key;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    let weak = SMALL_ORDER.contains(&hex(&y).as_str());
    if weak {
        Err("everybody can sign for this key: it is a point of small order".to_owned())
    } else {
        Ok(())
    }
}

/// The number of bits of a positive number in big-endian bytes.
fn bit_length(bytes: &[u8]) -> usize {
    let mut significant = bytes.iter().skip_while(|byte| **byte == 0);
    let Some(first) = significant.next() else { return 0 };
    let first_bits = 8 - usize::try_from(first.leading_zeros()).unwrap_or_default();
    first_bits + 8 * significant.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO4yVk/Ll2d7b3Uy6Tns2LukIP9zolhYpeWkRxhK5L/s";

    #[test]
    fn a_key_line_is_read_and_written() {
        let key = PublicKey::parse(&format!("{KEY} Ada  L. \n")).unwrap();
        assert_eq!(key.to_openssh(), KEY);
        assert_eq!(key.comment(), "Ada  L.");
        assert_eq!(key.kind(), "ssh-ed25519");
        assert_eq!(key.fingerprint(), "SHA256:D928O/WxAfLcDbaBt/4YE7G11/5jClhBxrcecbFaoio");
        assert_eq!(key, PublicKey::parse(KEY).unwrap());
        // The same digest as in the fingerprint, in other digits.
        assert_eq!(key.sha256_hex(), "0fddbc3bf5b101f2dc0db681b7fe1813b1b5d7fe630a5841c6b71e71b15aa22a");
    }

    #[test]
    fn bad_key_lines_are_refused() {
        let (kind, base64) = KEY.split_once(' ').unwrap();
        for bad in [
            String::new(),
            kind.to_owned(),
            format!("ssh-rsa {base64}"),
            format!("{kind} {base64}AAAA"),
            format!("{kind} {base64}="),
            format!("{kind} {}", &base64[..60]),
            format!("{kind}\u{1b} {base64}"),
            format!("{KEY} a\nb"),
            format!("ssh-ed25519-cert-v01@openssh.com {base64}"),
            "ssh-dss AAAA".to_owned(),
            "ssh-what AAAACHNzaC13aGF0".to_owned(),
        ] {
            assert!(PublicKey::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_inside_a_key_are_shown_safely() {
        // Base64 hides the name from the check of the line: `x` ESC `@y` and, shorter, `x` ESC `y`.
        for base64 in ["AAAABHgbQHkAAAAA", "AAAAA3gbeQ=="] {
            let reason = PublicKey::parse(&format!("ssh-ed25519 {base64}")).unwrap_err();
            assert!(!reason.contains('\u{1b}'), "{reason:?}");
        }
    }

    #[test]
    fn keys_for_which_everybody_can_sign_are_refused() {
        // The neutral point: R = that point and s = 0 is its signature over every text.
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let reason = PublicKey::parse(&format!("ssh-ed25519 {key}")).unwrap_err();
        assert_eq!(reason, "everybody can sign for this key: it is a point of small order");
    }

    #[test]
    fn bits_are_counted_exactly() {
        assert_eq!(bit_length(&[]), 0);
        assert_eq!(bit_length(&[0, 1]), 1);
        assert_eq!(bit_length(&[0x7f, 0xff]), 15);
        assert_eq!(bit_length(&[0x80, 0]), 16);
    }
}
