//! What ssh-keygen and git make is read here, and what is made here is read by them.

use super::*;

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
    fs::write(
        folder.join("allowed"),
        render_line("ada@example.org", &["git"], key.public_key()).unwrap() + "\n",
    )
    .unwrap();
    git(&["commit", "-q", "--allow-empty", "-m", "unsigned"], b"");
    git(&["commit", "-q", "-S", "--allow-empty", "-m", "signed", "-m", "body"], b"");
    let latin =
        ["-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "-S", "--allow-empty", "-m", "latin"];
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
    let twice =
        text.replacen("gpgsig ", &format!("{}gpgsig ", header.trim_end_matches('\n').to_owned() + "\n"), 1);
    assert!(CommitParts::split(twice.as_bytes()).is_err());
}

#[test]
fn openssh_reads_the_lines_that_are_read_here() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = load(&new_key(folder, "key", KINDS[0].1, ""));
    fs::write(folder.join("signature"), key.sign("git", b"text").unwrap()).unwrap();
    for (options, allowed) in [
        ("", true),
        ("namespaces=\"git\" ", true),
        ("NAMESPACES=\"file,g?t\" ", true),
        ("namespaces=\"*,!git\" ", false),
        ("namespaces=\"Git\" ", false),
        ("valid-after=\"20240101Z\",valid-before=\"20240102Z\" ", true),
        ("valid-after=\"20240101120000Z\" ", true),
        ("valid-before=\"20240101120000Z\" ", true),
        ("valid-after=\"20240101120001Z\" ", false),
        ("valid-before=\"20240101115959Z\" ", false),
        ("valid-after=\"202401011201Z\",namespaces=\"git\" ", false),
    ] {
        let line = format!("ada@example.org {options}{}\n", key.public_key());
        fs::write(folder.join("allowed"), &line).unwrap();
        let arguments =
            ["-Y", "verify", "-f", "allowed", "-I", "ada@example.org", "-n", "git", "-s", "signature"];
        let at = ["-O", "verify-time=20240101120000Z"];
        let theirs = run("ssh-keygen", folder, &[&arguments[..], &at].concat(), b"text").status.success();
        let ours = AllowedSigners::parse("allowed", line.as_bytes()).unwrap();
        let ours = ours.check(key.public_key(), "git", 1_704_110_400).is_ok();
        assert_eq!((ours, theirs), (allowed, allowed), "{line}");
    }
}
