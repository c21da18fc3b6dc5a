//! The key that signs: found from what the user gave, read, and used.
//!
//! A key may be given as a file, as the text of a file, or by its public half, as git's
//! `user.signingkey` allows; the private half is then a file beside it or lives in an ssh agent.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ssh_key::{HashAlg, LineEnding, PrivateKey, SshSig};

use super::agent;
use super::public_key::begins_like_a_key;
use super::{PublicKey, verify};
use crate::error::{Error, Shown};

/// Most bytes of a key file that are read; a real one has at most a few thousand.
const KEY_BYTES_MOST: u64 = 64 * 1024;

/// What the machine offers around a key: nothing here is read from the environment.
#[derive(Clone, Copy)]
pub struct KeyAccess<'a> {
    /// The socket of the ssh agent (`SSH_AUTH_SOCK`), if there is one.
    pub agent_socket: Option<&'a Path>,
    /// The home folder, for paths that begin with `~/`.
    pub home: Option<&'a Path>,
    /// Asks for the passphrase of the named key; `None` when nobody can be asked.
    pub passphrase: &'a dyn Fn(&str) -> Option<String>,
}

/// A key that can sign.
pub struct SigningKey {
    key: PublicKey,
    private: PrivateHalf,
}

/// Where the private half of a key is.
enum PrivateHalf {
    /// Here, decrypted.
    Here(Box<PrivateKey>),
    /// In the ssh agent behind this socket.
    Agent(PathBuf),
}

impl SigningKey {
    /// Finds and reads the key that `given` describes, in one of these forms:
    ///
    /// * the text of a private key (`-----BEGIN OPENSSH PRIVATE KEY-----` ...);
    /// * a public key, `ssh-ed25519 AAAA...` or `key::ssh-ed25519 AAAA...`: the agent signs;
    /// * the path of a private key, `~/` allowed;
    /// * the path of a public key: the private key is the same path without `.pub`, else the agent.
    ///
    /// An encrypted key that the agent holds too is used there, else its passphrase is asked for.
    /// Hardware keys (`sk-`) always sign through the agent.
    pub fn load(given: &str, access: KeyAccess<'_>) -> Result<Self, Error> {
        let given = given.trim();
        if given.is_empty() {
            return Err(Error::KeyMissing);
        }
        if given.starts_with("-----BEGIN") {
            return from_private_text(given, "the key given as text", access);
        }
        let is_literal = begins_like_a_key(given) && given.contains([' ', '\t']);
        if let Some(literal) = given.strip_prefix("key::").or(is_literal.then_some(given)) {
            let shown: String = literal.chars().take(60).collect();
            let key = PublicKey::parse(literal).map_err(|reason| unreadable(&shown, reason))?;
            return from_agent(&key, &key.fingerprint(), access);
        }
        if is_secret(given) {
            let message = "it is no path, and has no BEGIN line as a key has";
            return Err(unreadable("the key given as text", message));
        }
        from_file(&path_of(given, access.home), access)
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// Signs `message` in `namespace` (SSHSIG over SHA-512) and returns the armored signature,
    /// LF line ends, last line ended. The signature is verified before it is handed out, so that
    /// a damaged key or a confused agent is found here and not by the first reader.
    pub fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, Error> {
        let shown = self.key.fingerprint();
        let signature = match &self.private {
            PrivateHalf::Here(private) => private
                .sign(namespace, HashAlg::Sha512, message)
                .map_err(|error| unreadable(&shown, error))?,
            PrivateHalf::Agent(socket) => {
                let data = SshSig::signed_data(namespace, HashAlg::Sha512, message)
                    .map_err(|error| unreadable(&shown, error))?;
                let signature = agent::sign(socket, &self.key, &data)?;
                SshSig::new(self.key.data().clone(), namespace, HashAlg::Sha512, signature)
                    .map_err(|error| unreadable(&shown, error))?
            }
        };
        let mut armored = signature.to_pem(LineEnding::LF).map_err(|error| unreadable(&shown, error))?;
        if !armored.ends_with('\n') {
            armored.push('\n');
        }
        if verify(&armored, message, namespace).as_ref() == Ok(&self.key) {
            return Ok(armored);
        }
        let message = Shown::from("the signature that was made does not verify");
        Err(match self.private {
            PrivateHalf::Here(_) => Error::KeyUnreadable { key: Shown::from(shown), message },
            PrivateHalf::Agent(_) => Error::AgentUnreachable { message },
        })
    }
}

/// Whether what should be a path may be a key whose first line was lost: nothing of it may be shown.
fn is_secret(given: &str) -> bool {
    let is_path = Path::new(given).exists() || given.starts_with(['/', '.', '~']);
    let is_base64 = given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    !is_path && (given.contains('\n') || given.len() > 200 || (given.len() >= 40 && is_base64))
}

/// Never shows the private key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if matches!(self.private, PrivateHalf::Here(_)) { "private" } else { "agent" };
        write!(formatter, "SigningKey({place}, {})", self.key.fingerprint())
    }
}

/// The key in a file: a private key, or a public key whose private half is looked for.
fn from_file(path: &Path, access: KeyAccess<'_>) -> Result<SigningKey, Error> {
    let shown = path.to_string_lossy();
    let text = read_text(path)?;
    if !begins_like_a_key(text.trim_start()) {
        return from_private_text(&text, &shown, access);
    }
    let key = PublicKey::parse(&text).map_err(|reason| unreadable(&shown, reason))?;
    let beside = path.with_extension("");
    if path.extension().is_some_and(|extension| extension == "pub") && beside.is_file() {
        let reason = format!("it is not the private half of {shown}");
        let found = read_text(&beside)
            .and_then(|text| from_private_text(&text, &beside.to_string_lossy(), access))
            .and_then(|found| {
                let fits = found.public_key() == &key;
                if fits { Ok(found) } else { Err(unreadable(&beside.to_string_lossy(), reason)) }
            });
        // The agent may hold a key whose file cannot be used; if not, the file's problem is told.
        return found.or_else(|error| from_agent(&key, &shown, access).map_err(|_| error));
    }
    from_agent(&key, &shown, access)
}

/// A private key from its text; `shown` names it in errors and to whoever is asked for the
/// passphrase.
fn from_private_text(text: &str, shown: &str, access: KeyAccess<'_>) -> Result<SigningKey, Error> {
    // Text that came through a variable or a web form often has CRLF and no last line end.
    let text = format!("{}\n", text.trim().replace("\r\n", "\n"));
    if !text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
        let is_pem = text.starts_with("-----BEGIN ")
            && text.lines().next().is_some_and(|line| line.ends_with("PRIVATE KEY-----"));
        return Err(if is_pem {
            Error::KeyIsPem { key: Shown::from(shown) }
        } else {
            unreadable(shown, "it does not begin with -----BEGIN OPENSSH PRIVATE KEY-----")
        });
    }
    let private = PrivateKey::from_openssh(&text).map_err(|error| unreadable(shown, error))?;
    let key = PublicKey::from_data(private.public_key().key_data().clone())
        .map_err(|kind| Error::KeyUnsupported { key: Shown::from(shown), kind: Shown::from(kind) })?;
    if key.is_hardware() {
        let kind = Shown::from(key.kind());
        return from_agent(&key, shown, access).map_err(|error| match error {
            Error::KeyIsPublic { key } => Error::KeyUnsupported { key, kind },
            other => other,
        });
    }
    if !private.is_encrypted() {
        return Ok(SigningKey { key, private: PrivateHalf::Here(Box::new(private)) });
    }
    // Like ssh itself: whoever loaded the key into the agent does not want to be asked again.
    if let Ok(signing_key) = from_agent(&key, shown, access) {
        return Ok(signing_key);
    }
    let passphrase = (access.passphrase)(&Shown::from(shown).to_string())
        .ok_or_else(|| Error::KeyNeedsPassphrase { key: Shown::from(shown) })?;
    let private = private.decrypt(passphrase.as_bytes()).map_err(|error| match error {
        ssh_key::Error::Crypto => Error::KeyPassphraseWrong { key: Shown::from(shown) },
        other => unreadable(shown, other),
    })?;
    Ok(SigningKey { key, private: PrivateHalf::Here(Box::new(private)) })
}

/// The key in the agent, when the agent holds it.
fn from_agent(key: &PublicKey, shown: &str, access: KeyAccess<'_>) -> Result<SigningKey, Error> {
    let missing = || Error::KeyIsPublic { key: Shown::from(shown) };
    let socket = access.agent_socket.ok_or_else(missing)?;
    let held = agent::list(socket)?;
    let key = held.into_iter().find(|held| held == key).ok_or_else(missing)?;
    Ok(SigningKey { key, private: PrivateHalf::Agent(socket.to_owned()) })
}

/// The text of a key file.
fn read_text(path: &Path) -> Result<String, Error> {
    let shown = path.to_string_lossy();
    let mut text = String::new();
    let bytes = File::open(path)
        .and_then(|file| file.take(KEY_BYTES_MOST + 1).read_to_string(&mut text))
        .map_err(|error| unreadable(&shown, error))?;
    if u64::try_from(bytes).unwrap_or(u64::MAX) > KEY_BYTES_MOST {
        return Err(unreadable(&shown, format!("it is longer than {KEY_BYTES_MOST} bytes")));
    }
    Ok(text)
}

/// The path, with a leading `~/` replaced by the home folder where there is one.
fn path_of(given: &str, home: Option<&Path>) -> PathBuf {
    match (given.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(given),
    }
}

fn unreadable(shown: &str, reason: impl fmt::Display) -> Error {
    Error::KeyUnreadable { key: Shown::from(shown), message: Shown::from(reason.to_string()) }
}
