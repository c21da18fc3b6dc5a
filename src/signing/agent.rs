//! A minimal client of the ssh agent: which keys it holds, and a signature by one of them.
//!
//! The protocol is draft-ietf-sshm-ssh-agent: a message is its length (four bytes, big-endian),
//! a type (one byte) and its fields. Nothing an agent answers is trusted: lengths are limited,
//! and the caller verifies the signature.

use std::path::Path;

use ssh_encoding::{Decode, Encode, Reader};
use ssh_key::{Algorithm, Signature};

use super::PublicKey;
use crate::error::{Error, Shown};

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// Asks an RSA key for rsa-sha2-512; without it agents answer with SHA-1.
const FLAG_RSA_SHA2_512: u32 = 4;
/// OpenSSH's own limit.
const MESSAGE_BYTES_MOST: usize = 256 * 1024;
/// OpenSSH's own limit.
const KEYS_MOST: u32 = 2048;

/// The keys that the agent at `socket` holds, in its order; keys of kinds that cannot sign a
/// ledger, and certificates, are left out.
pub(super) fn list(socket: &Path) -> Result<Vec<PublicKey>, Error> {
    let answer = exchange(socket, &[REQUEST_IDENTITIES])?;
    let Some((&IDENTITIES_ANSWER, mut fields)) = answer.split_first() else {
        return Err(unreachable("it does not list its keys"));
    };
    let blobs = identities(&mut fields).map_err(|_| unreachable("its list of keys cannot be read"))?;
    Ok(blobs
        .iter()
        .filter_map(|blob| ssh_key::PublicKey::from_bytes(blob).ok())
        .filter_map(|key| PublicKey::from_data(key.key_data().clone()).ok())
        .collect())
}

/// The agent's signature over `data` by `key`, not verified yet.
///
/// The agent may ask its user to touch a token or to confirm, for which there are 60 seconds.
pub(super) fn sign(socket: &Path, key: &PublicKey, data: &[u8]) -> Result<Signature, Error> {
    let is_rsa = matches!(key.data().algorithm(), Algorithm::Rsa { .. });
    let flags = if is_rsa { FLAG_RSA_SHA2_512 } else { 0 };
    let mut request = vec![SIGN_REQUEST];
    let encoded = key
        .to_bytes()
        .encode(&mut request)
        .and_then(|()| data.encode(&mut request))
        .and_then(|()| flags.encode(&mut request));
    encoded.map_err(|_| unreachable("the request is too long for it"))?;
    let answer = exchange(socket, &request)?;
    let Some((&SIGN_RESPONSE, mut fields)) = answer.split_first() else {
        return Err(Error::AgentRefused { key: Shown::from(key.fingerprint()) });
    };
    let reader = &mut fields;
    let signature = Vec::<u8>::decode(reader)
        .ok()
        .filter(|_| reader.is_finished())
        .and_then(|blob| Signature::try_from(blob.as_slice()).ok());
    signature.ok_or_else(|| unreachable("its signature cannot be read"))
}

/// The public keys of a list, in binary form; their comments are dropped.
fn identities(reader: &mut &[u8]) -> ssh_encoding::Result<Vec<Vec<u8>>> {
    let count = u32::decode(reader)?;
    if count > KEYS_MOST {
        return Err(ssh_encoding::Error::Length);
    }
    let mut blobs = Vec::new();
    for _ in 0..count {
        blobs.push(Vec::<u8>::decode(reader)?);
        let _comment = Vec::<u8>::decode(reader)?;
    }
    reader.ensure_finished()?;
    Ok(blobs)
}

/// Sends one request and reads one answer, both without their length.
#[cfg(unix)]
fn exchange(socket: &Path, request: &[u8]) -> Result<Vec<u8>, Error> {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    let failed = |error: std::io::Error| {
        unreachable(format!("{}: {}", Shown::from(socket.to_string_lossy().as_ref()), error))
    };
    let length = u32::try_from(request.len()).ok().filter(|_| request.len() <= MESSAGE_BYTES_MOST);
    let length = length.ok_or_else(|| unreachable("the request is too long for it"))?;
    let mut stream = UnixStream::connect(socket).map_err(failed)?;
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).map_err(failed)?;
    stream.set_write_timeout(patience).map_err(failed)?;
    stream.write_all(&length.to_be_bytes()).map_err(failed)?;
    stream.write_all(request).map_err(failed)?;

    let mut length = [0_u8; 4];
    stream.read_exact(&mut length).map_err(failed)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length == 0 || length > MESSAGE_BYTES_MOST {
        return Err(unreachable(format!("it answers with a message of {length} bytes")));
    }
    let mut answer = vec![0_u8; length];
    stream.read_exact(&mut answer).map_err(failed)?;
    Ok(answer)
}

/// There is no agent socket to speak to on this system.
#[cfg(not(unix))]
fn exchange(_socket: &Path, _request: &[u8]) -> Result<Vec<u8>, Error> {
    Err(unreachable("not supported on this system"))
}

fn unreachable(message: impl Into<String>) -> Error {
    Error::AgentUnreachable { message: Shown::from(message.into()) }
}
