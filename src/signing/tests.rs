//! Signatures against the real programs: what ssh-keygen, git and ssh-agent make is read here,
//! and what is made here is read by them. A program that is missing skips its tests loudly.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};
use ssh_key::public::SkEd25519;
use ssh_key::{HashAlg, PrivateKey};

use super::*;
use crate::error::Error;

/// Kind, its `-t` and `-b` arguments; one key each.
const KINDS: [(&str, &[&str]); 5] = [
    ("ssh-ed25519", &["-t", "ed25519"]),
    ("ecdsa-sha2-nistp256", &["-t", "ecdsa", "-b", "256"]),
    ("ecdsa-sha2-nistp384", &["-t", "ecdsa", "-b", "384"]),
    ("ecdsa-sha2-nistp521", &["-t", "ecdsa", "-b", "521"]),
    ("ssh-rsa", &["-t", "rsa", "-b", "3072"]),
];

const NOBODY: KeyAccess<'static> = KeyAccess { agent_socket: None, home: None, passphrase: &|_| None };

/// Whether a program runs; says so loudly when it does not.
fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("-?")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        eprintln!("SKIPPED: {program} is not on this machine");
    }
    found
}

/// A program in a folder, without the user's configuration or agent.
fn program(name: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder).args(arguments).env_remove("SSH_AUTH_SOCK").env_remove("SSH_ASKPASS");
    command.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

/// Runs it with something on its standard input.
fn run(name: &str, folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = program(name, folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that fails early does not read its input.
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

#[track_caller]
fn succeed(name: &str, folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run(name, folder, arguments, input);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {complaint}");
    output.stdout
}

/// A new key in the folder; its path.
fn new_key(folder: &Path, name: &str, kind: &[&str], passphrase: &str) -> PathBuf {
    let arguments = [kind, &["-q", "-N", passphrase, "-C", "ada@example.org", "-f", name]].concat();
    succeed("ssh-keygen", folder, &arguments, b"");
    folder.join(name)
}

fn load(path: &Path) -> SigningKey {
    SigningKey::load(path.to_str().unwrap(), NOBODY).unwrap()
}

/// Whether `ssh-keygen -Y verify` accepts a signature by a key over a text.
fn openssh_accepts(folder: &Path, key: &PublicKey, armored: &str, text: &[u8]) -> bool {
    let line = render_line("ada@example.org", key).unwrap();
    fs::write(folder.join("allowed"), format!("{line}\n")).unwrap();
    fs::write(folder.join("signature"), armored).unwrap();
    let arguments = ["-Y", "verify", "-f", "allowed", "-I", "ada@example.org", "-n", "git", "-s", "signature"];
    run("ssh-keygen", folder, &arguments, text).status.success()
}

#[test]
fn every_kind_is_signed_and_verified_both_ways() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (kind, arguments) in KINDS {
        let path = new_key(folder.path(), kind, arguments, "");
        let key = load(&path);
        assert_eq!(key.public_key().kind(), kind);
        assert_eq!(key.public_key(), load(&path.with_extension("pub")).public_key());
        let listed = succeed("ssh-keygen", folder.path(), &["-l", "-f", kind], b"");
        assert!(String::from_utf8(listed).unwrap().contains(&key.public_key().fingerprint()));
        // Several texts: the length of ECDSA signatures varies.
        for text in ["", "one", "two\n", "three\n\0x", "four", "five"].map(str::as_bytes) {
            let ours = key.sign("git", text).unwrap();
            assert!(openssh_accepts(folder.path(), key.public_key(), &ours, text), "{kind}");
            assert!(!openssh_accepts(folder.path(), key.public_key(), &ours, b"other"), "{kind}");

            let theirs = succeed("ssh-keygen", folder.path(), &["-Y", "sign", "-n", "git", "-f", kind], text);
            let theirs = String::from_utf8(theirs).unwrap();
            assert_eq!(verify(&theirs, text, "git").as_ref(), Ok(key.public_key()), "{kind}");
            assert_eq!(verify(&theirs, b"other", "git"), Err(SignatureFault::Invalid), "{kind}");
            assert_eq!(
                verify(&theirs, text, "file").unwrap_err().to_string(),
                "the signature was made in the namespace `git`"
            );
        }
        let sha256 = ["-Y", "sign", "-O", "hashalg=sha256", "-n", "git", "-f", kind];
        let theirs = String::from_utf8(succeed("ssh-keygen", folder.path(), &sha256, b"text")).unwrap();
        assert_eq!(verify(&theirs, b"text", "git").as_ref(), Ok(key.public_key()), "{kind}");
    }
}

#[test]
fn keys_are_found_in_every_form() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_key(folder.path(), "key", KINDS[0].1, "");
    let fingerprint = load(&path).public_key().fingerprint();
    let text = fs::read_to_string(&path).unwrap();
    let access = KeyAccess { home: Some(folder.path()), ..NOBODY };
    for given in [
        path.to_str().unwrap().to_owned(),
        format!("{}.pub", path.to_str().unwrap()),
        "~/key".to_owned(),
        "~/key.pub".to_owned(),
        text.clone(),
        text.trim().to_owned(),
        text.replace('\n', "\r\n"),
    ] {
        let key = SigningKey::load(&given, access).unwrap();
        assert_eq!(key.public_key().fingerprint(), fingerprint, "{given}");
        assert!(!format!("{key:?}").contains("OPENSSH"));
    }

    let code = |given: &str| SigningKey::load(given, access).unwrap_err().code();
    let public = fs::read_to_string(folder.path().join("key.pub")).unwrap();
    assert_eq!(code(""), "key-missing");
    assert_eq!(code("~/nothing"), "key-unreadable");
    assert_eq!(code("~/"), "key-unreadable");
    assert_eq!(code(&public), "key-is-public");
    assert_eq!(code(&format!("key::{public}")), "key-is-public");
    assert_eq!(code("key::nonsense"), "key-unreadable");
    assert_eq!(code(&text.replace('a', "b")), "key-unreadable");
    fs::write(folder.path().join("other.pub"), &public).unwrap();
    assert_eq!(code("~/other.pub"), "key-is-public");
    new_key(folder.path(), "stranger", KINDS[0].1, "");
    fs::write(folder.path().join("stranger.pub"), &public).unwrap();
    assert_eq!(code("~/stranger.pub"), "key-unreadable");
    for kind in ["RSA", "EC", "DSA", "ENCRYPTED"] {
        let pem = format!("-----BEGIN {kind} PRIVATE KEY-----\nAAAA\n-----END {kind} PRIVATE KEY-----\n");
        assert_eq!(code(&pem), "key-is-pem");
    }
    assert_eq!(code("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "key-is-pem");
    new_key(folder.path(), "pem", &["-t", "rsa", "-b", "2048", "-m", "PEM"], "");
    assert_eq!(code("~/pem"), "key-is-pem");
    new_key(folder.path(), "small", &["-t", "rsa", "-b", "1024"], "");
    assert_eq!(code("~/small"), "key-unsupported");
}

#[test]
fn encrypted_keys_ask_for_their_passphrase() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_key(folder.path(), "key", &["-t", "ed25519", "-a", "1"], "pass phrase");
    let shown = path.to_str().unwrap();
    let with = |passphrase: Option<&str>| {
        let ask = |key: &str| {
            assert_eq!(key, shown);
            passphrase.map(str::to_owned)
        };
        SigningKey::load(shown, KeyAccess { passphrase: &ask, ..NOBODY })
    };
    assert_eq!(with(None).unwrap_err().code(), "key-needs-passphrase");
    assert_eq!(with(Some("wrong")).unwrap_err().code(), "key-passphrase-wrong");
    let key = with(Some("pass phrase")).unwrap();
    let signature = key.sign("git", b"text").unwrap();
    assert!(openssh_accepts(folder.path(), key.public_key(), &signature, b"text"));
}

/// A running agent, ended when it is dropped.
struct RunningAgent {
    child: Child,
    socket: PathBuf,
}

impl RunningAgent {
    fn start(folder: &Path) -> Self {
        let socket = folder.join("agent");
        let child = program("ssh-agent", folder, &["-D", "-a", "agent"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..200 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, socket }
    }

    fn add(&self, folder: &Path, key: &str) {
        let status = program("ssh-add", folder, &["-q", key])
            .env("SSH_AUTH_SOCK", &self.socket)
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for RunningAgent {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn an_agent_signs_for_every_kind() {
    if !has("ssh-keygen") || !has("ssh-agent") || !has("ssh-add") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let agent = RunningAgent::start(folder.path());
    let access = KeyAccess { agent_socket: Some(&agent.socket), ..NOBODY };
    for (kind, arguments) in KINDS {
        let path = new_key(folder.path(), kind, arguments, "");
        let public = fs::read_to_string(path.with_extension("pub")).unwrap();
        let missing = SigningKey::load(&public, access).unwrap_err();
        assert_eq!(missing.code(), "key-is-public");
        agent.add(folder.path(), kind);
        let key = SigningKey::load(&public, access).unwrap();
        let signature = key.sign("git", b"text").unwrap();
        assert!(openssh_accepts(folder.path(), key.public_key(), &signature, b"text"), "{kind}");
        fs::remove_file(&path).unwrap();
        let by_file = SigningKey::load(path.with_extension("pub").to_str().unwrap(), access).unwrap();
        assert!(by_file.sign("git", b"text").is_ok());
    }
    // An encrypted key that the agent holds is not asked for.
    let path = new_key(folder.path(), "encrypted", &["-t", "ed25519", "-a", "1"], "");
    agent.add(folder.path(), "encrypted");
    succeed("ssh-keygen", folder.path(), &["-p", "-P", "", "-N", "secret", "-a", "1", "-f", "encrypted"], b"");
    assert!(SigningKey::load(path.to_str().unwrap(), access).is_ok());

    let public = fs::read_to_string(folder.path().join("encrypted.pub")).unwrap();
    let key = SigningKey::load(&public, access).unwrap();
    let removed = program("ssh-add", folder.path(), &["-q", "-D"]).env("SSH_AUTH_SOCK", &agent.socket).status();
    assert!(removed.unwrap().success());
    assert_eq!(key.sign("git", b"text").unwrap_err().code(), "agent-refused");
    let socket = agent.socket.clone();
    drop(agent);
    let access = KeyAccess { agent_socket: Some(&socket), ..NOBODY };
    assert_eq!(SigningKey::load(&public, access).unwrap_err().code(), "agent-unreachable");
}

#[test]
#[cfg(unix)]
fn an_agent_that_answers_nonsense_is_an_error() {
    use std::io::Read;
    use std::os::unix::net::UnixListener;
    let folder = tempfile::tempdir().unwrap();
    let answers: [&[u8]; 6] = [
        b"",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x01\x05",
        b"\0\0\0\x05\x0c\xff\xff\xff\xff",
        b"\0\0\0\x06\x0c\0\0\0\0\0",
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let socket = folder.path().join(number.to_string());
        let listener = UnixListener::bind(&socket).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 5];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(answer).unwrap();
        });
        assert!(matches!(agent::list(&socket), Err(Error::AgentUnreachable { .. })), "{answer:?}");
        server.join().unwrap();
    }
}

#[test]
fn what_git_signs_is_split_and_verified() {
    if !has("ssh-keygen") || !has("git") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = load(&new_key(folder, "key", KINDS[0].1, ""));
    let git = |arguments: &[&str], input: &[u8]| {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "gpg.format=ssh"];
        let key = ["-c", "user.signingkey=key.pub", "-c", "gpg.ssh.allowedSignersFile=allowed"];
        succeed("git", folder, &[&identity[..], &key, arguments].concat(), input)
    };
    git(&["init", "-q"], b"");
    fs::write(folder.join("allowed"), render_line("ada@example.org", key.public_key()).unwrap() + "\n").unwrap();
    git(&["commit", "-q", "--allow-empty", "-m", "unsigned"], b"");
    git(&["commit", "-q", "-S", "--allow-empty", "-m", "signed", "-m", "body"], b"");
    let latin = ["-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "-S", "--allow-empty", "-m", "latin"];
    git(&latin, b"");
    for (name, signed, message) in
        [("HEAD", true, "latin\n"), ("HEAD~1", true, "signed\n\nbody\n"), ("HEAD~2", false, "unsigned\n")]
    {
        let raw = git(&["cat-file", "commit", name], b"");
        let parts = CommitParts::split(&raw).unwrap();
        assert_eq!((parts.message.as_str(), parts.signature.is_some()), (message, signed));
        let Some(signature) = parts.signature else { continue };
        assert_eq!(verify(&signature, &parts.signed_payload, GIT_NAMESPACE).as_ref(), Ok(key.public_key()));
        let line = String::from_utf8_lossy(&raw).replace("Ada", "Eve");
        let forged = CommitParts::split(line.as_bytes()).unwrap();
        assert_eq!(verify(&signature, &forged.signed_payload, GIT_NAMESPACE), Err(SignatureFault::Invalid));
    }

    // A commit that is signed here: git accepts it, and cuts out the same payload.
    let raw = git(&["cat-file", "commit", "HEAD~2"], b"");
    let signature = key.sign(GIT_NAMESPACE, &raw).unwrap();
    let header = format!("gpgsig {}\n\n", signature.trim_end().replace('\n', "\n "));
    let text = String::from_utf8(raw.clone()).unwrap().replacen("\n\n", &format!("\n{header}"), 1);
    let id = git(&["hash-object", "-t", "commit", "-w", "--stdin"], text.as_bytes());
    git(&["verify-commit", String::from_utf8(id).unwrap().trim()], b"");
    let parts = CommitParts::split(text.as_bytes()).unwrap();
    assert_eq!((parts.signed_payload, parts.signature), (raw.clone(), Some(signature.clone())));

    // The signature in the message instead of the header, and one behind a NUL byte.
    let moved = [raw.as_slice(), b"\n", header.as_bytes()].concat();
    assert_eq!(CommitParts::split(&moved).unwrap().signature, None);
    let hidden = [text.as_bytes(), b"\0other"].concat();
    assert!(CommitParts::split(&hidden).is_err());
    let twice = text.replacen("gpgsig ", &format!("{}gpgsig ", header.trim_end_matches('\n').to_owned() + "\n"), 1);
    assert!(CommitParts::split(twice.as_bytes()).is_err());
}

/// A signature as a hardware ed25519 key makes it: the token signs the digest of the application,
/// flags and a counter, and the digest of the message.
fn hardware_signature(private: &PrivateKey, text: &[u8], flags: u8, counter: u32, signed_flags: u8) -> (PublicKey, String) {
    let pair = private.key_data().ed25519().unwrap();
    let key = KeyData::SkEd25519(SkEd25519::new(pair.public, "ssh:"));
    let blob = SshSig::signed_data("git", HashAlg::Sha512, text).unwrap();
    let mut signed = Sha256::digest(b"ssh:").to_vec();
    signed.push(signed_flags);
    signed.extend(counter.to_be_bytes());
    signed.extend(Sha256::digest(&blob));
    let signature = ssh_key::SigningKey::public_key(private)
        .ed25519()
        .map(|_| signature_of(private, &signed))
        .unwrap();
    let mut data = signature.as_bytes().to_vec();
    data.push(flags);
    data.extend(counter.to_be_bytes());
    let signature = Signature::new(Algorithm::SkEd25519, data).unwrap();
    let armored = SshSig::new(key.clone(), "git", HashAlg::Sha512, signature).unwrap().to_pem(LineEnding::LF).unwrap();
    (PublicKey::from_data(key).unwrap(), armored)
}
