//! A new key, for the demonstration ledger.

use std::path::Path;

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};

use super::{KeyAccess, SigningKey};
use crate::error::{Error, Shown};

impl SigningKey {
    /// Makes an ed25519 key at random, writes it to `path` in OpenSSH's format, readable by its
    /// owner only, and loads it.
    pub fn generate(path: &Path) -> Result<Self, Error> {
        let shown = || Shown::from(path.display().to_string());
        let failed = |message: String| Error::FileSystem {
            path: shown(),
            doing: "written",
            message: Shown::from(message),
        };
        let mut seed = [0_u8; 32];
        getrandom::fill(&mut seed).map_err(|error| failed(error.to_string()))?;
        let pair = KeypairData::from(Ed25519Keypair::from_seed(&seed));
        let key = PrivateKey::new(pair, "").map_err(|error| failed(error.to_string()))?;
        key.write_openssh_file(path, LineEnding::LF).map_err(|error| failed(error.to_string()))?;
        let access = KeyAccess { agent_socket: None, home: None, passphrase: &|_| None };
        Self::load(&path.display().to_string(), access)
    }
}
