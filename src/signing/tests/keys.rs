//! Keys in every form in which they may be given, and keys in an agent.

use std::io::Write;
use std::process::Child;
use std::time::Duration;

use super::*;
use crate::error::Error;

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
    succeed(
        "ssh-keygen",
        folder.path(),
        &["-p", "-P", "", "-N", "secret", "-a", "1", "-f", "encrypted"],
        b"",
    );
    assert!(SigningKey::load(path.to_str().unwrap(), access).is_ok());

    let public = fs::read_to_string(folder.path().join("encrypted.pub")).unwrap();
    let key = SigningKey::load(&public, access).unwrap();
    let removed =
        program("ssh-add", folder.path(), &["-q", "-D"]).env("SSH_AUTH_SOCK", &agent.socket).status();
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
fn a_hardware_key_file_signs_through_the_agent_only() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_key(folder.path(), "key", KINDS[0].1, "");
    let private = PrivateKey::from_openssh(fs::read_to_string(path).unwrap()).unwrap();
    let public = ssh_key::public::SkEd25519::new(private.key_data().ed25519().unwrap().public, "ssh:");
    let handle = ssh_key::private::SkEd25519::new(public, 1, vec![1, 2, 3]).unwrap();
    let text = PrivateKey::from(handle).to_openssh(LineEnding::LF).unwrap();
    assert_eq!(SigningKey::load(&text, NOBODY).unwrap_err().code(), "key-unsupported");
}
