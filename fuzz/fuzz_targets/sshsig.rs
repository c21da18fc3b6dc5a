//! SSH signatures from hostile bytes: verifying never panics, and what verifies does so for one
//! text and one namespace only.
//!
//! The first byte says whether armor follows as it stands (`A`), or the binary content, which the
//! target armors itself, so that the fuzzer does not have to learn base64.
#![no_main]

use base64ct::{Base64, Encoding};
use libfuzzer_sys::fuzz_target;
use meed::signing::{PublicKey, verify};
use meed_fuzz::text_is_plain;

/// What the signatures among the seeds sign.
const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((form, content)) = bytes.split_first() else { return };
    let armored = match (form, std::str::from_utf8(content)) {
        (b'A', Ok(text)) => text.to_owned(),
        _ => armor(content),
    };
    match verify(&armored, PAYLOAD, "git") {
        Ok(key) => {
            assert_eq!(PublicKey::parse(&key.to_openssh()), Ok(key));
            assert!(verify(&armored, b"tree", "git").is_err(), "one signature for two texts");
            assert!(verify(&armored, PAYLOAD, "file").is_err(), "one signature in two namespaces");
        }
        Err(fault) => text_is_plain(&fault.to_string()),
    }
});

/// The armor that OpenSSH writes around a signature.
fn armor(content: &[u8]) -> String {
    let base64 = Base64::encode_string(content);
    let mut text = "-----BEGIN SSH SIGNATURE-----\n".to_owned();
    for line in base64.as_bytes().chunks(70) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text + "-----END SSH SIGNATURE-----\n"
}
