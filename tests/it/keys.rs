//! Every kind of key, and every way to give one: what meed signs, git accepts; what git signs, meed
//! accepts. And the ways in which a key does not serve, which leave everything as it was.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::support::sandbox::{Run, SIGNER, Sandbox};

/// The passphrase of encrypted keys.
const PASSPHRASE: &str = "correct horse";

/// How a key reaches the program: arguments and environment.
#[derive(Default, Clone)]
struct Way {
    args: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

impl Way {
    /// `--key` with this text.
    fn key(given: impl Into<String>) -> Self {
        Self { args: vec!["--key".to_owned(), given.into()], environment: Vec::new() }
    }

    /// A variable of the environment.
    fn variable(name: &'static str, value: impl Into<String>) -> Self {
        Self::default().with(name, value)
    }

    /// The same with one more variable.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Runs a command of meed with the key.
    fn meed(&self, sandbox: &Sandbox, args: &[&str]) -> Run {
        let mut command = sandbox.meed_command(args);
        Run::of_command(command.args(&self.args).envs(self.environment.clone()))
    }
}

/// `meed init` in `ledger/` with this public key.
fn init(sandbox: &Sandbox, public: &str, way: &Way) -> Run {
    let ledger = sandbox.key("ledger");
    let named = ["--name", "Test Commons", "--token", "TOK", "--rounds", "rounds"];
    way.meed(sandbox, &[&["init", &ledger], &named[..], &["--signer", public]].concat())
}

/// Init, a round, close: meed and git both accept what was signed.
#[track_caller]
fn meed_signs(sandbox: &Sandbox, public: &str, way: &Way) {
    let _ = init(sandbox, public, way).ok();
    sandbox.add_round("2026-01");
    let closed = way.meed(sandbox, &["close"]).ok();
    assert!(
        closed.starts_with("closed 2026-01 on main: 93.571428571428571429 TOK to 5 recipients"),
        "{closed}"
    );
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    git_accepts(sandbox, "HEAD");
    git_accepts(sandbox, "HEAD~2");
    let fsck = sandbox.git(&["fsck", "--strict", "--no-dangling"]);
    assert_eq!((fsck.status, fsck.stdout.as_str()), (0, ""), "{}", fsck.stderr);
}

/// git's own checks of a commit, against the ledger's allowed_signers.
#[track_caller]
fn git_accepts(sandbox: &Sandbox, commit: &str) {
    let allowed = format!("gpg.ssh.allowedSignersFile={}", sandbox.at("allowed_signers").display());
    let _ = sandbox.git(&["-c", &allowed, "verify-commit", commit]).ok();
    let letter = sandbox.git_ok(&["-c", &allowed, "log", "-1", "--format=%G?", commit]);
    assert_eq!(letter, "G", "{commit}");
    let shown = sandbox.git_ok(&["-c", &allowed, "log", "-1", "--show-signature", commit]);
    assert!(shown.contains(&format!("Good \"git\" signature for {SIGNER} with ")), "{shown}");
}

/// The close at HEAD, made again by hand: same results, same message, signed by git. meed accepts it.
#[track_caller]
fn git_signs(sandbox: &Sandbox, signing_key: &str, environment: &[(&str, String)]) {
    let original = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let raw = sandbox.git(&["cat-file", "commit", "HEAD"]).ok();
    let message = sandbox.path("message");
    fs::write(&message, raw.split_once("\n\n").unwrap().1).unwrap();
    let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    let results = sandbox.at("rounds/2026-01/results");
    assert!(!results.exists(), "the results are gone");
    let _ = sandbox.git(&["checkout", "-q", &original, "--", "rounds/2026-01/results"]).ok();
    let _ = sandbox.git(&["add", "rounds/2026-01/results"]).ok();
    let key = format!("user.signingkey={signing_key}");
    let mut commit = sandbox.command("git");
    commit.args(["-c", "gpg.format=ssh", "-c", &key, "commit", "-q", "-S", "--cleanup=verbatim", "-F"]);
    let _ = Run::of_command(commit.arg(message).envs(environment.iter().cloned())).ok();
    assert_ne!(sandbox.git_ok(&["rev-parse", "HEAD"]), original);
    assert_eq!(
        sandbox.git_ok(&["rev-parse", "HEAD^{tree}"]),
        sandbox.git_ok(&["rev-parse", &format!("{original}^{{tree}}")])
    );
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    git_accepts(sandbox, "HEAD");
}

/// What git signs is refused when it is not exactly what close makes.
#[test]
fn a_close_by_hand_is_refused_when_anything_differs() {
    let sandbox = Sandbox::closed(1);
    sandbox.new_key_with("stranger", &["-t", "ed25519"], "");
    let original = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let message = sandbox.git(&["cat-file", "commit", "HEAD"]).ok().split_once("\n\n").unwrap().1.to_owned();
    let again = |key: &str, message: &str, edit: &dyn Fn()| {
        let _ = sandbox.git(&["reset", "-q", "--hard", &original]).ok();
        let _ = sandbox.git(&["reset", "-q", "--soft", "HEAD~1"]).ok();
        edit();
        sandbox.commit_signed(key, message, &[]);
        sandbox.failing(&[])
    };
    let nothing = || ();
    assert_eq!(again("treasurer", &message, &nothing), [""; 0]);
    assert_eq!(again("stranger", &message, &nothing), ["signer"]);
    assert_eq!(again("treasurer", &(message.clone() + "\n"), &nothing), ["commit"]);
    assert_eq!(again("treasurer", &message.replacen("Close", "Closed", 1), &nothing), ["commit"]);
    assert_eq!(
        again("treasurer", &(message.clone() + "Signed-off-by: T <t@example.org>\n"), &nothing),
        ["commit"]
    );
    assert_eq!(again("treasurer", &message, &|| sandbox.write("notes.txt", "by the way\n")), ["commit"]);
    let pay = || {
        let path = "rounds/2026-01/results/distribution.csv";
        sandbox.write(path, sandbox.read(path).replace("57.857142857142857143", "57.857142857142857144"));
    };
    assert_eq!(again("treasurer", &message, &pay).len(), 1);
}

/// A key file of this kind: meed signs and git accepts, git signs and meed accepts.
#[track_caller]
fn both_ways(options: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.new_key_with("key", options, "");
    let key = sandbox.key("key");
    meed_signs(&sandbox, &format!("{key}.pub"), &Way::key(&key));
    git_signs(&sandbox, &key, &[]);
}

#[test]
fn ed25519() {
    both_ways(&["-t", "ed25519"]);
}

#[test]
fn ecdsa_p256() {
    both_ways(&["-t", "ecdsa", "-b", "256"]);
}

#[test]
fn ecdsa_p384() {
    both_ways(&["-t", "ecdsa", "-b", "384"]);
}

#[test]
fn ecdsa_p521() {
    both_ways(&["-t", "ecdsa", "-b", "521"]);
}

#[test]
fn rsa_3072() {
    both_ways(&["-t", "rsa", "-b", "3072"]);
}

#[test]
fn an_encrypted_key_with_its_passphrase_in_the_environment() {
    let sandbox = Sandbox::new();
    sandbox.new_key_with("key", &["-t", "ed25519"], PASSPHRASE);
    let key = sandbox.key("key");
    let way = Way::key(&key).with("MEED_KEY_PASSPHRASE", PASSPHRASE);
    meed_signs(&sandbox, &format!("{key}.pub"), &way);

    // git asks a program for the passphrase.
    let ask = sandbox.path("ask");
    fs::write(&ask, format!("#!/bin/sh\necho '{PASSPHRASE}'\n")).unwrap();
    let _ = Run::of_command(sandbox.command("chmod").args(["+x", ask.to_str().unwrap()])).ok();
    let asked = [
        ("SSH_ASKPASS", ask.to_str().unwrap().to_owned()),
        ("SSH_ASKPASS_REQUIRE", "force".to_owned()),
        ("DISPLAY", "none".to_owned()),
    ];
    git_signs(&sandbox, &key, &asked);
}

#[test]
fn an_encrypted_key_with_its_passphrase_typed_on_a_terminal() {
    let sandbox = Sandbox::new();
    sandbox.new_key_with("key", &["-t", "ed25519"], PASSPHRASE);
    let key = sandbox.key("key");
    let _ =
        init(&sandbox, &format!("{key}.pub"), &Way::key(&key).with("MEED_KEY_PASSPHRASE", PASSPHRASE)).ok();
    sandbox.add_round("2026-01");
    let before = sandbox.state();

    let Some((status, screen)) = on_terminal(&sandbox, &["close", "--key", &key], "wrong") else {
        eprintln!(
            "SKIPPED: a passphrase typed on a terminal: no program `script` (apt-get install bsdutils)"
        );
        return;
    };
    assert_eq!(status, 3, "{screen}");
    assert!(screen.contains("the passphrase is wrong"), "{screen}");
    assert_eq!(sandbox.state(), before);

    let (status, screen) = on_terminal(&sandbox, &["close", "--key", &key], PASSPHRASE).unwrap();
    assert_eq!(status, 0, "{screen}");
    assert!(!screen.contains(PASSPHRASE), "the passphrase is shown: {screen}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    git_accepts(&sandbox, "HEAD");
}

/// Runs meed on a pseudo terminal and types `typed` when a passphrase is asked for. Gives the exit
/// status and what stood on the screen; `None` where there is no program `script`.
fn on_terminal(sandbox: &Sandbox, args: &[&str], typed: &str) -> Option<(i32, String)> {
    if !has_program("script") {
        return None;
    }
    let quoted: Vec<String> =
        [&[env!("CARGO_BIN_EXE_meed")], args].concat().iter().map(|arg| format!("'{arg}'")).collect();
    let mut script = sandbox.command("script");
    script.args(["--quiet", "--return", "--flush", "--command", &quoted.join(" "), "/dev/null"]);
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keyboard, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut screen = Vec::new();
    let mut byte = [0_u8];
    while output.read(&mut byte).unwrap() == 1 {
        screen.push(byte[0]);
        if screen.ends_with(b"Passphrase of ") {
            // The program switches off the echo after it has asked.
            std::thread::sleep(std::time::Duration::from_millis(500));
            writeln!(keyboard, "{typed}").unwrap();
        }
    }
    let status = child.wait().unwrap().code().unwrap_or(-1);
    Some((status, String::from_utf8_lossy(&screen).into_owned()))
}

/// Whether a program of that name is there.
fn has_program(name: &str) -> bool {
    let silent = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    silent(Command::new(name).arg("--version")).is_ok()
}

/// The agent holds the private half, and nobody else.
#[track_caller]
fn through_the_agent(options: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.new_key_with("key", options, "");
    let agent = sandbox.agent(&["key"]);
    fs::remove_file(sandbox.path("key")).unwrap();
    let public = sandbox.key("key.pub");
    let way = Way::key(&public).with("SSH_AUTH_SOCK", &agent.socket);
    meed_signs(&sandbox, &public, &way);
    git_signs(&sandbox, &public, &[("SSH_AUTH_SOCK", agent.socket.clone())]);
}

#[test]
fn the_agent_with_ed25519() {
    through_the_agent(&["-t", "ed25519"]);
}

#[test]
fn the_agent_with_ecdsa() {
    through_the_agent(&["-t", "ecdsa", "-b", "256"]);
}

#[test]
fn the_agent_with_rsa() {
    through_the_agent(&["-t", "rsa", "-b", "3072"]);
}

#[test]
fn the_agent_holds_several_keys() {
    let sandbox = Sandbox::ledger();
    sandbox.new_key_with("stranger", &["-t", "ed25519"], "");
    sandbox.new_key_with("locked", &["-t", "ed25519"], PASSPHRASE);
    let agent = sandbox.agent(&["stranger", "treasurer"]);
    // Of several keys the one is taken that may sign.
    sandbox.add_round("2026-01");
    let _ = Way::variable("SSH_AUTH_SOCK", &agent.socket).meed(&sandbox, &["close"]).ok();
    git_accepts(&sandbox, "HEAD");
    // An encrypted key that the agent does not hold is asked for its passphrase all the same.
    let way = Way::key(sandbox.key("locked")).with("SSH_AUTH_SOCK", &agent.socket);
    sandbox.add_round("2026-02");
    let error = way.meed(&sandbox, &["close"]).fails(3);
    assert!(error.contains("locked: the key is encrypted and there is no passphrase"), "{error}");
    assert_eq!(sandbox.failing(&[]), [""; 0]);
}

/// A hardware key needs its token; the signatures themselves are verified in the unit tests.
#[test]
fn hardware_keys() {
    crate::support::skip(
        "signing with an sk- key: it needs a token; src/signing verifies recorded signatures",
    );
}

#[test]
fn a_key_is_found_in_every_place_where_it_may_be_given() {
    let sandbox = Sandbox::new();
    sandbox.new_key_with("key", &["-t", "ed25519"], "");
    let (key, public) = (sandbox.key("key"), sandbox.key("key.pub"));
    let text = fs::read_to_string(&key).unwrap();
    let public_text = fs::read_to_string(&public).unwrap();
    let literal = public_text.trim().to_owned();
    let agent = sandbox.agent(&["key"]);
    let with_agent = |way: Way| way.with("SSH_AUTH_SOCK", &agent.socket);
    let git = |value: &str| {
        let pairs = [("gpg.format", "ssh"), ("user.signingkey", value)];
        fs::write(sandbox.path("home/.gitconfig"), "").unwrap();
        for (name, value) in pairs {
            let _ = sandbox.git(&["config", "--global", name, value]).ok();
        }
    };
    let _ = init(&sandbox, &public, &Way::default()).ok();
    let home = sandbox.path("home");
    fs::copy(&key, home.join("at-home")).unwrap();

    let mut rounds = 0_u8;
    let mut closes = |what: &str, way: &Way| {
        rounds += 1;
        // There are more places than months: what is closed does not matter here.
        sandbox.write_round(&format!("{rounds:02}-06"));
        sandbox.commit(what);
        let run = way.meed(&sandbox, &["close", "--early"]);
        assert_eq!(run.status, 0, "{what}: {}{}", run.stdout, run.stderr);
    };
    closes("MEED_SIGNING_KEY, a path", &Way::variable("MEED_SIGNING_KEY", &key));
    closes("MEED_SIGNING_KEY, the key itself", &Way::variable("MEED_SIGNING_KEY", &text));
    closes(
        "MEED_SIGNING_KEY, CRLF from a web form",
        &Way::variable("MEED_SIGNING_KEY", text.replace('\n', "\r\n")),
    );
    closes("--key KEY.pub with KEY beside it", &Way::key(&public));
    closes("--key ~/KEY", &Way::key("~/at-home"));
    closes("--key before MEED_SIGNING_KEY", &Way::key(&key).with("MEED_SIGNING_KEY", "/nowhere"));
    closes("key:: and the agent", &with_agent(Way::key(format!("key::{literal}"))));
    closes("the public key's text and the agent", &with_agent(Way::key(&literal)));
    closes("the agent alone", &with_agent(Way::default()));
    git(&key);
    closes("user.signingkey, a path", &Way::default());
    git(&format!("key::{literal}"));
    closes("user.signingkey, key:: and the agent", &with_agent(Way::default()));
    git(&public);
    closes("user.signingkey, KEY.pub", &Way::default());
    git("~/at-home");
    closes("user.signingkey, ~/KEY", &Way::default());
    // Without gpg.format = ssh the setting names an OpenPGP key, which is none of ours.
    fs::write(home.join(".gitconfig"), "[user]\n\tsigningkey = 0123ABCD\n").unwrap();
    closes("user.signingkey of OpenPGP, and the agent", &with_agent(Way::default()));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let letters = sandbox.git_ok(&[
        "-c",
        &format!("gpg.ssh.allowedSignersFile={}", sandbox.at("allowed_signers").display()),
        "log",
        "--format=%G?",
        "--grep=^Close ",
    ]);
    assert_eq!(letters, vec!["G"; usize::from(rounds)].join("\n"));
}

/// What each key that does not serve says; the exit status is 3 and nothing is written.
#[test]
fn a_key_that_does_not_serve_is_refused_and_nothing_is_written() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    sandbox.new_key_with("stranger", &["-t", "ed25519"], "");
    sandbox.new_key_with("locked", &["-t", "ed25519"], PASSPHRASE);
    sandbox.new_key_with("pem", &["-t", "ecdsa", "-m", "PEM"], "");
    sandbox.new_key_with("pkcs8", &["-t", "ecdsa", "-m", "PKCS8"], "");
    sandbox.new_key_with("pkcs8-locked", &["-t", "ecdsa", "-m", "PKCS8"], PASSPHRASE);
    sandbox.new_key_with("halved", &["-t", "ed25519"], "");
    sandbox.new_key_with("swapped", &["-t", "ed25519"], "");
    let empty_agent = sandbox.agent(&[]);
    fs::remove_file(sandbox.path("halved")).unwrap();
    fs::copy(sandbox.path("stranger"), sandbox.path("swapped")).unwrap();
    fs::write(sandbox.path("garbage"), "not a key\n").unwrap();
    let treasurer = fs::read_to_string(sandbox.path("treasurer")).unwrap();
    let literal = fs::read_to_string(sandbox.path("treasurer.pub")).unwrap().trim().to_owned();
    let damaged = treasurer.replacen("AAAA", "AAAB", 1);
    let key = |name: &str| Way::key(sandbox.key(name));
    let cases: Vec<(&str, Way, &str)> = vec![
        ("no key", Way::default(), "error: no signing key was given"),
        ("an empty key", Way::key(""), "error: no signing key was given"),
        ("no such file", key("nowhere"), "nowhere: cannot be read as an SSH private key: No such file"),
        ("a folder", key("home"), "home: cannot be read as an SSH private key: Is a directory"),
        ("garbage", key("garbage"), "garbage: cannot be read as an SSH private key: it does not begin with"),
        (
            "a damaged key",
            Way::variable("MEED_SIGNING_KEY", damaged),
            "the key given as text: cannot be read",
        ),
        (
            "PEM",
            key("pem"),
            "pem: is a PEM key, not in OpenSSH's format\nhint: rewrite it: `ssh-keygen -p -f ",
        ),
        ("PKCS#8", key("pkcs8"), "pkcs8: is a PEM key, not in OpenSSH's format"),
        ("PKCS#8, encrypted", key("pkcs8-locked"), "pkcs8-locked: is a PEM key, not in OpenSSH's format"),
        ("a stranger", key("stranger"), "this key may not sign here: "),
        ("the public half alone", key("halved.pub"), "halved.pub: is a public key of which neither"),
        (
            "another key's private half",
            key("swapped.pub"),
            "swapped: cannot be read as an SSH private key: it is not the private half of",
        ),
        ("key:: without agent", Way::key(format!("key::{literal}")), "is a public key of which neither"),
        (
            "key:: and an agent that does not hold it",
            Way::key(format!("key::{literal}")).with("SSH_AUTH_SOCK", &empty_agent.socket),
            "is a public key of which neither",
        ),
        (
            "an agent that is gone",
            Way::key(format!("key::{literal}")).with("SSH_AUTH_SOCK", sandbox.key("gone.sock")),
            "the ssh agent cannot be reached: ",
        ),
        (
            "an agent without keys",
            Way::variable("SSH_AUTH_SOCK", &empty_agent.socket),
            "no signing key was given",
        ),
        ("no passphrase", key("locked"), "locked: the key is encrypted and there is no passphrase"),
        (
            "a wrong passphrase",
            key("locked").with("MEED_KEY_PASSPHRASE", "wrong"),
            "locked: the passphrase is wrong",
        ),
        (
            "an empty passphrase",
            key("locked").with("MEED_KEY_PASSPHRASE", ""),
            "locked: the passphrase is wrong",
        ),
    ];
    let before = sandbox.state();
    for (what, way, expected) in cases {
        let run = way.meed(&sandbox, &["close"]);
        assert_eq!(run.status, 3, "{what}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(expected), "{what}: {}", run.stderr);
        assert!(run.stderr.contains("\nhint: "), "{what}: {}", run.stderr);
        assert!(!run.stderr.contains("b3BlbnNza"), "{what}: a private key is shown: {}", run.stderr);
        assert_eq!(run.stdout, "", "{what}");
        assert_eq!(sandbox.state(), before, "{what}");
    }
    let _ = sandbox.close(&[]).ok();
}

/// A key that is listed, but not for this time or this purpose.
/// A secret that lost its first line on the way is no path, and is not shown.
#[test]
fn a_damaged_secret_is_not_printed() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let text = std::fs::read_to_string(sandbox.path("treasurer")).unwrap();
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with("-----")).collect();
    for given in [body.join("\n"), body.concat(), body[1].to_owned(), format!("x{text}")] {
        let run = Run::of_command(sandbox.meed_command(&["close"]).env("MEED_SIGNING_KEY", &given));
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(body.iter().all(|line| !said.contains(&line[..16])), "{said}");
        assert!(run.fails(3).contains("the key given as text: cannot be read"), "{said}");
    }
}

#[test]
fn a_key_serves_only_as_its_line_says() {
    let sandbox = Sandbox::ledger();
    let line = sandbox.read("allowed_signers");
    for (options, expected) in [
        ("valid-after=\"20300101Z\"", "2030-01-01"),
        ("valid-before=\"20200101Z\"", "2020-01-01"),
        ("namespaces=\"file\"", "the namespace `git`"),
    ] {
        sandbox.write("allowed_signers", line.replacen("namespaces=\"git\"", options, 1));
        sandbox.write_round("2026-01");
        sandbox.commit(options);
        let before = sandbox.state();
        let error = sandbox.close(&[]).fails(3);
        assert!(error.contains("this key may not sign here: "), "{options}: {error}");
        assert!(error.contains(expected), "{options}: {error}");
        assert_eq!(sandbox.state(), before, "{options}");
    }
}

#[test]
fn init_refuses_a_key_that_does_not_belong_to_the_signer() {
    let sandbox = Sandbox::new();
    sandbox.new_key_with("stranger", &["-t", "ed25519"], "");
    let public = sandbox.key("treasurer.pub");
    let error = init(&sandbox, &public, &Way::key(sandbox.key("stranger"))).fails(3);
    assert!(error.contains("is not the private half of"), "{error}");
    assert!(!sandbox.path("ledger").exists(), "nothing is made");

    fs::remove_file(sandbox.path("treasurer")).unwrap();
    let error = init(&sandbox, &public, &Way::default()).fails(3);
    assert!(error.contains("treasurer.pub: is a public key of which neither"), "{error}");
    assert!(!sandbox.path("ledger").exists(), "nothing is made");
}

/// An OpenPGP signature, real where gpg is there, and the text of one.
#[test]
fn other_kinds_of_signatures_are_named() {
    let sandbox = Sandbox::closed(1);
    let raw = sandbox.git(&["cat-file", "commit", "HEAD"]).ok();
    let (header, message) = raw.split_once("\n\n").unwrap();
    let unsigned = header.split("\ngpgsig ").next().unwrap();
    for (begin, kind) in [("PGP SIGNATURE", "OpenPGP"), ("SIGNED MESSAGE", "X.509")] {
        let armor = format!("-----BEGIN {begin}-----\n \n iHUEABYKAB0WIQ\n -----END {begin}-----\n ");
        let forged = format!("{unsigned}\ngpgsig {armor}\n\n{message}");
        fs::write(sandbox.path("forged"), forged).unwrap();
        let forged = sandbox.key("forged");
        let commit = sandbox.git_ok(&["hash-object", "-t", "commit", "-w", "--literally", &forged]);
        let _ = sandbox.git(&["update-ref", "HEAD", &commit]).ok();
        refused_as(&sandbox, kind);
    }

    if !has_program("gpg") {
        crate::support::skip("a real OpenPGP signature: no program `gpg`");
        return;
    }
    let gpg_home = sandbox.path("gpg");
    fs::create_dir(&gpg_home).unwrap();
    let gpg = |program: &str, args: &[&str]| {
        let mut command = sandbox.command(program);
        Run::of_command(command.args(args).env("GNUPGHOME", &gpg_home))
    };
    let _ = gpg("chmod", &["700", gpg_home.to_str().unwrap()]).ok();
    let made =
        gpg("gpg", &["--batch", "--passphrase", "", "--quick-gen-key", SIGNER, "ed25519", "sign", "never"]);
    let signed = gpg(
        "git",
        &[
            "-c",
            "gpg.format=openpgp",
            "commit",
            "-q",
            "--amend",
            "--no-edit",
            "--cleanup=verbatim",
            &format!("-S{SIGNER}"),
        ],
    );
    let _ = gpg("gpgconf", &["--kill", "all"]);
    if made.status != 0 || signed.status != 0 {
        eprintln!(
            "SKIPPED: a real OpenPGP signature: gpg cannot sign here: {}{}",
            made.stderr, signed.stderr
        );
        return;
    }
    refused_as(&sandbox, "OpenPGP");
}

#[track_caller]
fn refused_as(sandbox: &Sandbox, kind: &str) {
    let run = sandbox.meed(&["verify"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    let expected = format!("signature    fails        unsupported kind of signature: {kind}");
    assert!(run.stdout.contains(&expected), "{}", run.stdout);
    assert_eq!(sandbox.failing(&[]), ["signature"]);
}
