//! Errors about keys, agents, authors and signers.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

use ssh_key::private::{KeypairData, SkEd25519};
use ssh_key::{LineEnding, PrivateKey};

use super::{Example, Sandbox, Start, edit, example};

pub fn examples() -> Vec<Example> {
    let with_key = |name, prepare| example(name, prepare).args(&["close", "--key", "TMP/other"]);
    vec![
        example("key-missing", |_| {}).args(&["close"]),
        with_key("key-unreadable", |_| {}),
        with_key("key-unreadable--not-a-key", |sandbox| {
            fs::write(sandbox.path("other"), "secret\n").unwrap();
        }),
        with_key("key-is-pem", |sandbox| {
            let pem = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
            fs::write(sandbox.path("other"), pem).unwrap();
        }),
        example("key-is-public", |sandbox| {
            fs::rename(sandbox.path("treasurer"), sandbox.path("away")).unwrap();
        })
        .args(&["close", "--key", "TMP/treasurer.pub"]),
        example("key-needs-passphrase", encrypt),
        example("key-passphrase-wrong", encrypt).env(&[("MEED_KEY_PASSPHRASE", "swordfish")]),
        with_key("key-unsupported", |sandbox| {
            fs::write(sandbox.path("other"), hardware_key(sandbox)).unwrap();
        }),
        example("key-not-allowed", |sandbox| sandbox.new_key("other", "ed25519", "mallory@example.org"))
            .args(&["close", "--key", "TMP/other"]),
        example("agent-unreachable", |_| {})
            .args(&[
                "close",
                "--key",
                "key::ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAtiVJ9F6Dvs2B7mPTbhSnkC9EnOk1jD9vEbMnPz4FtR",
            ])
            .env(&[("SSH_AUTH_SOCK", "TMP/nothing")]),
        example("agent-refused", |sandbox| {
            let public = fs::read_to_string(sandbox.path("treasurer.pub")).unwrap();
            let key = ssh_key::PublicKey::from_openssh(&public).unwrap().to_bytes().unwrap();
            let listener = UnixListener::bind(sandbox.path("agent")).unwrap();
            fs::rename(sandbox.path("treasurer"), sandbox.path("away")).unwrap();
            std::thread::spawn(move || {
                listener.incoming().for_each(|stream| refuse(&mut stream.unwrap(), &key));
            });
        })
        .args(&["close", "--key", "TMP/treasurer.pub"])
        .env(&[("SSH_AUTH_SOCK", "TMP/agent")]),
        example("author-missing", |_| {}).env(&[("MEED_AUTHOR", "")]),
        example("author-invalid", |_| {}).env(&[("MEED_AUTHOR", "Treasurer")]),
        example("allowed-signers-invalid", |sandbox| {
            edit(sandbox, "allowed_signers", "namespaces=\"git\"", "namespace=\"git\"");
        }),
        example("allowed-signers-missing", |sandbox| {
            fs::remove_file(sandbox.at("allowed_signers")).unwrap();
            sandbox.commit("Remove the signers");
        }),
    ]
}

/// Gives the treasurer's key a passphrase.
fn encrypt(sandbox: &Sandbox) {
    let mut keygen = sandbox.command("ssh-keygen");
    let output =
        keygen.args(["-q", "-p", "-P", "", "-N", "correct horse", "-f", &sandbox.key("treasurer")]).output();
    assert!(output.unwrap().status.success());
}

/// The file of a hardware key: it holds a handle, not a private half.
fn hardware_key(sandbox: &Sandbox) -> String {
    let text = fs::read_to_string(sandbox.path("treasurer")).unwrap();
    let public = PrivateKey::from_openssh(&text).unwrap().key_data().ed25519().unwrap().public;
    let public = ssh_key::public::SkEd25519::new(public, "ssh:");
    let key = SkEd25519::new(public, 1, vec![7; 32]).unwrap();
    let key = PrivateKey::new(KeypairData::SkEd25519(key), "").unwrap();
    key.to_openssh(LineEnding::LF).unwrap().to_string()
}

/// An agent that lists a key and does not sign with it.
fn refuse(stream: &mut UnixStream, key: &[u8]) {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut request = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut request).unwrap();
    let text = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let answer = match request[0] {
        11 => [&[12, 0, 0, 0, 1][..], &text(key), &text(b"")].concat(),
        _ => vec![5],
    };
    stream.write_all(&text(&answer)).unwrap();
}

pub fn signers() -> Vec<Example> {
    vec![
        example("key-mismatch", |sandbox| sandbox.new_key("other", "ed25519", ""))
            .start(Start::Nothing)
            .args(&[
                "init",
                "TMP/new",
                "--name",
                "New",
                "--token",
                "TOK",
                "--signer",
                "TMP/treasurer.pub",
                "--key",
                "TMP/other",
            ]),
        example("public-key-invalid", |_| {}).args(&[
            "signers",
            "add",
            "ledger.json",
            "--key",
            "TMP/treasurer",
        ]),
        example("principal-invalid", |sandbox| sandbox.new_key("other", "ed25519", "")).args(&[
            "signers",
            "add",
            "TMP/other.pub",
            "--principal",
            "!ada@example.org",
            "--key",
            "TMP/treasurer",
        ]),
        example("signer-unknown", |_| {}).args(&[
            "signers",
            "remove",
            "nobody@example.org",
            "--key",
            "TMP/treasurer",
        ]),
        example("signer-last", |_| {}).args(&[
            "signers",
            "remove",
            "treasurer@example.org",
            "--key",
            "TMP/treasurer",
        ]),
        example("signer-twice", |_| {}).args(&[
            "signers",
            "add",
            "TMP/treasurer.pub",
            "--key",
            "TMP/treasurer",
        ]),
    ]
}
