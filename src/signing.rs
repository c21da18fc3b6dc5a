//! SSH signatures: who signed a commit, and whether that key was allowed to.
//!
//! Signing and verifying follow OpenSSH's SSHSIG (`ssh-keygen -Y`), as git does with
//! `gpg.format = ssh`, so that `git verify-commit` and meed agree. Reading is stricter than
//! OpenSSH and git are: a commit, a signature or a line of `allowed_signers` that could be read in
//! two ways is refused with the reason. This is the only module that uses the SSH crates; nothing
//! here reads the environment or the clock, or knows of repositories.
//!
//! * [`CommitParts::split`] takes a raw commit apart: payload and signature;
//! * [`verify`] says which key signed the payload;
//! * [`AllowedSigners::check`] says whether that key may, at that time;
//! * [`SigningKey::load`] and [`SigningKey::sign`] make a signature.

mod agent;
mod allowed_signers;
mod commit;
mod generate;
mod key;
mod options;
mod principals;
mod public_key;
#[cfg(test)]
mod tests;

pub use allowed_signers::{AllowedSigners, Refusal, Signer, render_line};
pub use commit::CommitParts;
pub use key::{KeyAccess, SigningKey};
pub use principals::Principals;
pub use public_key::PublicKey;

use std::fmt;

use ssh_encoding::{Base64Reader, Decode, Reader};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, LineEnding, Signature, SshSig};

use crate::error::Shown;

/// The namespace in which git signs commits and tags.
pub const GIT_NAMESPACE: &str = "git";
/// The namespace in which people sign that they approve a closed round.
pub const APPROVAL_NAMESPACE: &str = "meed-approval";

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// Most characters of an armored signature that are read; one by an RSA key of 8192 bits has 3,000.
pub const ARMOR_CHARACTERS_MOST: usize = 16 * 1024;
/// Most characters of a line of armor; OpenSSH writes 70, other tools 64 or 76.
const ARMOR_WIDTH_MOST: usize = 76;
/// Bit of a hardware signature's flags: somebody touched the token.
const USER_PRESENT: u8 = 1;

/// The key whose signature `armored` is, after checking that it signs exactly `payload` in
/// `namespace`. Whether that key may sign is another question: [`AllowedSigners::check`].
pub fn verify(armored: &str, payload: &[u8], namespace: &str) -> Result<PublicKey, SignatureFault> {
    let signature = decode(armored)?;
    if signature.version() != SshSig::VERSION {
        return Err(SignatureFault::Malformed("its version is not 1".to_owned()));
    }
    if !signature.reserved().is_empty() {
        return Err(SignatureFault::Malformed("its reserved field is not empty".to_owned()));
    }
    if signature.public_key().is_certificate() {
        return Err(SignatureFault::UnsupportedKind("certificate"));
    }
    if signature.namespace() != namespace {
        return Err(SignatureFault::WrongNamespace { found: Shown::from(signature.namespace()) });
    }
    let key = PublicKey::from_data(signature.public_key().clone())
        .map_err(|reason| SignatureFault::UnsupportedKey(Shown::from(reason)))?;
    algorithm_fits(signature.public_key(), signature.signature())?;
    ssh_key::PublicKey::from(signature.public_key().clone())
        .verify(namespace, payload, &signature)
        .map_err(|_| SignatureFault::Invalid)?;
    Ok(key)
}

/// Why a signature proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureFault {
    /// A kind of signature that meed does not verify: `OpenPGP`, `X.509`, `certificate`.
    UnsupportedKind(&'static str),
    /// Not a well-formed SSH signature; says what is wrong.
    Malformed(String),
    /// Made for another purpose.
    WrongNamespace {
        /// The namespace it was made in.
        found: Shown,
    },
    /// Made by a key, or with an algorithm, that is not accepted; says which.
    UnsupportedKey(Shown),
    /// The signature is not one of this key over this text.
    Invalid,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedKind(kind) => write!(formatter, "unsupported kind of signature: {kind}"),
            Self::Malformed(what) => write!(formatter, "the signature is malformed: {what}"),
            Self::WrongNamespace { found } => {
                write!(formatter, "the signature was made in the namespace `{found}`")
            }
            Self::UnsupportedKey(what) => write!(formatter, "the signature cannot be accepted: {what}"),
            Self::Invalid => formatter.write_str("the signature does not fit the text and its key"),
        }
    }
}

impl std::error::Error for SignatureFault {}

/// Reads the armor and what is in it; the only spelling accepted is the one that the content has
/// when it is written again, whatever the width of the lines.
fn decode(armored: &str) -> Result<SshSig, SignatureFault> {
    let base64 = base64_of(armored)?;
    // The crate's errors repeat names from the signature as they stand there.
    let malformed =
        |error: &dyn fmt::Display| SignatureFault::Malformed(Shown::from(error.to_string()).to_string());
    let mut reader = Base64Reader::new(base64.as_bytes()).map_err(|error| malformed(&error))?;
    let signature = SshSig::decode(&mut reader).map_err(|error| malformed(&error))?;
    reader.ensure_finished().map_err(|error| malformed(&error))?;
    let again = signature.to_pem(LineEnding::LF).map_err(|error| malformed(&error))?;
    if base64_of(&again)? != base64 {
        return Err(SignatureFault::Malformed("it is not in canonical form".to_owned()));
    }
    Ok(signature)
}

/// The base64 between the first and the last line of the armor, joined. Lines are of one width
/// (the last may be shorter), ended by LF; nothing may stand before or behind.
fn base64_of(armored: &str) -> Result<String, SignatureFault> {
    let malformed = |what: &str| Err(SignatureFault::Malformed(what.to_owned()));
    if armored.starts_with("-----BEGIN PGP ") {
        return Err(SignatureFault::UnsupportedKind("OpenPGP"));
    }
    let x509 = ["-----BEGIN SIGNED MESSAGE-----", "-----BEGIN PKCS7-----", "-----BEGIN CMS-----"];
    if x509.iter().any(|begin| armored.starts_with(begin)) {
        return Err(SignatureFault::UnsupportedKind("X.509"));
    }
    if armored.len() > ARMOR_CHARACTERS_MOST {
        return malformed("it is too long");
    }
    let lines: Vec<&str> = armored.strip_suffix('\n').unwrap_or(armored).split('\n').collect();
    let [first, body @ .., end] = lines.as_slice() else {
        return malformed("it does not have three lines");
    };
    if *first != BEGIN {
        return malformed("its first line is not -----BEGIN SSH SIGNATURE-----");
    }
    if *end != END {
        return malformed("its last line is not -----END SSH SIGNATURE-----");
    }
    let width = body.first().map_or(0, |line| line.len());
    let full_lines = body.len().saturating_sub(1);
    let even = body.iter().take(full_lines).all(|line| line.len() == width)
        && body.last().is_some_and(|line| !line.is_empty() && line.len() <= width);
    if !even || width > ARMOR_WIDTH_MOST {
        return malformed("its lines are not of one width of at most 76 characters");
    }
    let base64 = body.concat();
    if base64.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        Ok(base64)
    } else {
        malformed("a character is not base64")
    }
}

/// Whether the algorithm of the signature is one that this kind of key makes: RSA with SHA-2
/// only, and from a hardware key only with somebody present, as OpenSSH demands.
fn algorithm_fits(key: &KeyData, signature: &Signature) -> Result<(), SignatureFault> {
    let algorithm = signature.algorithm();
    let fits = match &algorithm {
        Algorithm::Rsa { hash } => key.is_rsa() && hash.is_some(),
        other => *other == key.algorithm(),
    };
    if !fits {
        let what =
            format!("algorithm {} with a key of kind {}", algorithm.as_str(), key.algorithm().as_str());
        return Err(SignatureFault::UnsupportedKey(Shown::from(what)));
    }
    if matches!(algorithm, Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256) {
        // The trailer of a hardware signature: one byte of flags, four of a counter.
        let flags = signature.as_bytes().iter().rev().nth(4).copied().unwrap_or_default();
        if flags & USER_PRESENT == 0 {
            return Err(SignatureFault::UnsupportedKey(Shown::from("nobody touched the hardware key")));
        }
    }
    Ok(())
}
