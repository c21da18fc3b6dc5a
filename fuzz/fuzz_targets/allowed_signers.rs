//! `allowed_signers` from hostile bytes: who may sign is never more than what the lines say, and
//! lines that meed writes read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meed::signing::{AllowedSigners, PublicKey, Signer, render_line};
use meed_fuzz::{error_is_plain, text_is_plain};

/// Times at which keys are tried: the ends of the range, of 2024, and around the epoch.
const TIMES: [i64; 7] = [i64::MIN, -1, 0, 1_704_067_200, 1_735_689_599, 4_102_444_800, i64::MAX];

fuzz_target!(|bytes: &[u8]| {
    if let Ok(line) = std::str::from_utf8(bytes) {
        match PublicKey::parse(line) {
            Ok(key) => key_reads_back(&key),
            Err(reason) => text_is_plain(&reason),
        }
    }
    match AllowedSigners::parse("allowed_signers", bytes) {
        Ok(allowed) => {
            let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            let mut last = 0;
            for signer in allowed.signers() {
                assert!(last < signer.line() && signer.line() <= lines);
                last = signer.line();
                key_reads_back(signer.key());
                new_line_reads_back(signer);
                try_key(&allowed, signer.key());
            }
        }
        Err(problems) => problems.errors().iter().for_each(error_is_plain),
    }
});

/// Tries a key in several namespaces and times: an entry that allows it is for this key and now.
fn try_key(allowed: &AllowedSigners, key: &PublicKey) {
    let long = "git".repeat(100);
    for namespace in ["git", "file", "", "*", "!git", &long] {
        for at in TIMES {
            match allowed.check(key, namespace, at) {
                Ok(signer) => {
                    assert_eq!(signer.key(), key);
                    assert!(signer.valid_after().is_none_or(|after| after <= at));
                    assert!(signer.valid_before().is_none_or(|before| at <= before));
                    let listed = |listed: &str| listed.contains(namespace) || listed.contains(['*', '?']);
                    assert!(signer.namespaces().is_none_or(listed));
                }
                Err(refusal) => text_is_plain(&refusal.to_string()),
            }
        }
    }
}

fn key_reads_back(key: &PublicKey) {
    assert_eq!(PublicKey::parse(&key.to_openssh()).as_ref(), Ok(key));
    assert!(key.fingerprint().starts_with("SHA256:"));
}

/// A line written for the same principals is one entry of the same key for git.
fn new_line_reads_back(signer: &Signer) {
    let Ok(line) = render_line(signer.principals(), &["git"], signer.key()) else { return };
    let again = AllowedSigners::parse("again", line.as_bytes()).expect("our own line is readable");
    assert_eq!(again.signers().len(), 1);
    for written in again.signers() {
        assert_eq!((written.principals(), written.key()), (signer.principals(), signer.key()));
        assert_eq!(written.namespaces(), Some("git"));
    }
}
