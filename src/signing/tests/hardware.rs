//! Signatures of hardware keys, made by hand from ordinary ones: no token is needed.

use sha2::{Digest, Sha256};
use ssh_key::private::EcdsaKeypair;
use ssh_key::public::{SkEcdsaSha2NistP256, SkEd25519};

use super::*;

/// The hardware key that a token with this private key would have.
fn token_key(private: &PrivateKey) -> KeyData {
    match private.key_data().ecdsa() {
        Some(EcdsaKeypair::NistP256 { public, .. }) => {
            KeyData::SkEcdsaSha2NistP256(SkEcdsaSha2NistP256::new(*public, "ssh:"))
        }
        _ => KeyData::SkEd25519(SkEd25519::new(private.key_data().ed25519().unwrap().public, "ssh:")),
    }
}

/// A signature as a token makes it: over the digest of the application, flags, a counter, and the
/// digest of the message. `shown_flags` are those the signature claims.
fn hardware_signature(
    private: &PrivateKey,
    text: &[u8],
    flags: u8,
    counter: u32,
    shown_flags: u8,
) -> (PublicKey, String) {
    let key = token_key(private);
    let blob = SshSig::signed_data("git", HashAlg::Sha512, text).unwrap();
    let mut signed = Sha256::digest(b"ssh:").to_vec();
    signed.push(flags);
    signed.extend(counter.to_be_bytes());
    signed.extend(Sha256::digest(&blob));
    let mut data = bare_signature(private, &signed).as_bytes().to_vec();
    data.push(shown_flags);
    data.extend(counter.to_be_bytes());
    let signature = Signature::new(key.algorithm(), data).unwrap();
    let signature = SshSig::new(key.clone(), "git", HashAlg::Sha512, signature).unwrap();
    (PublicKey::from_data(key).unwrap(), signature.to_pem(LineEnding::LF).unwrap())
}

/// A signature over the bytes themselves, without SSHSIG.
fn bare_signature(key: &impl ssh_key::SigningKey, data: &[u8]) -> Signature {
    key.try_sign(data).unwrap()
}

#[test]
fn hardware_signatures_need_somebody_present() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (kind, arguments) in &KINDS[..2] {
        let path = new_key(folder.path(), kind, arguments, "");
        let private = PrivateKey::from_openssh(fs::read_to_string(path).unwrap()).unwrap();
        a_token_is_believed_when_touched(folder.path(), &private);
    }
}

fn a_token_is_believed_when_touched(folder: &Path, private: &PrivateKey) {
    for (flags, counter) in [(1, 0), (1, 7), (5, u32::MAX)] {
        let (key, armored) = hardware_signature(private, b"text", flags, counter, flags);
        assert!(key.is_hardware());
        assert_eq!(verify(&armored, b"text", "git").as_ref(), Ok(&key));
        assert_eq!(verify(&armored, b"other", "git"), Err(SignatureFault::Invalid));
        assert!(openssh_accepts(folder, &key, &armored, b"text"));
    }
    let absent = hardware_signature(private, b"text", 0, 7, 0).1;
    assert_eq!(
        verify(&absent, b"text", "git"),
        Err(SignatureFault::UnsupportedKey(Shown::from("nobody touched the hardware key")))
    );
    let (key, flipped) = hardware_signature(private, b"text", 0, 7, 1);
    assert_eq!(verify(&flipped, b"text", "git"), Err(SignatureFault::Invalid));
    assert!(!openssh_accepts(folder, &key, &flipped, b"text"));
    let good = decode(&hardware_signature(private, b"text", 1, 7, 1).1).unwrap();
    let mut data = good.signature_bytes().to_vec();
    *data.last_mut().unwrap() = 8;
    let counted = Signature::new(good.public_key().algorithm(), data).unwrap();
    let counted = SshSig::new(good.public_key().clone(), "git", HashAlg::Sha512, counted).unwrap();
    let counted = counted.to_pem(LineEnding::LF).unwrap();
    assert_eq!(verify(&counted, b"text", "git"), Err(SignatureFault::Invalid));
    // An ordinary signature by the same key is not one by the token.
    let blob = SshSig::signed_data("git", HashAlg::Sha512, b"text").unwrap();
    let ordinary = bare_signature(private, &blob);
    let ordinary = SshSig::new(good.public_key().clone(), "git", HashAlg::Sha512, ordinary).unwrap();
    let fault = verify(&ordinary.to_pem(LineEnding::LF).unwrap(), b"text", "git").unwrap_err();
    assert!(matches!(fault, SignatureFault::UnsupportedKey(_)), "{fault}");
}
