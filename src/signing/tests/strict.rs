//! What is refused: armor, kinds and algorithms that OpenSSH may accept and meed does not, and any
//! changed byte.

use super::*;

#[test]
fn armor_is_read_strictly() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = load(&new_key(folder.path(), "key", KINDS[0].1, ""));
    let good = key.sign("git", b"text").unwrap();
    let body: String = good.lines().filter(|line| !line.starts_with('-')).collect();
    let wrapped = |width: usize| {
        let characters: Vec<char> = body.chars().collect();
        let lines: Vec<String> = characters.chunks(width).map(|line| line.iter().collect()).collect();
        format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"))
    };
    assert_eq!(wrapped(70), good);
    for accepted in [good.clone(), good.trim_end().to_owned(), wrapped(64), wrapped(76)] {
        assert_eq!(verify(&accepted, b"text", "git").as_ref(), Ok(key.public_key()), "{accepted}");
    }
    let truncated: String = body.chars().take(body.len() - 4).collect();
    for refused in [
        String::new(),
        "\n".to_owned(),
        format!("{BEGIN}\n{END}\n"),
        format!("{BEGIN}\n\n{END}\n"),
        wrapped(77),
        good.replace('\n', "\r\n"),
        good.replace('\n', "\n\n"),
        format!(" {good}"),
        format!("\n{good}"),
        format!("{good}\n"),
        format!("{good}x"),
        format!("{good}{good}"),
        good.replace("END SSH", "END  SSH"),
        good.replace(BEGIN, "-----BEGIN SSH2 SIGNATURE-----"),
        good.replacen('U', "-", 1),
        good.replacen(&body[..10], &format!("{}\n{}", &body[..5], &body[5..10]), 1),
        good.replace(&body[body.len() - 8..], ""),
        wrapped(70).replace('=', ""),
        format!("{BEGIN}\n{}\n{END}\n", "A".repeat(70)),
        format!("{BEGIN}\n{}{END}\n", format!("{}\n", "A".repeat(70)).repeat(1000)),
        wrapped(70).replace(&body[..70], &truncated[truncated.len() - 70..]),
    ] {
        let fault = verify(&refused, b"text", "git").unwrap_err();
        assert!(matches!(fault, SignatureFault::Malformed(_)), "{refused}\n{fault}");
    }
    for (begin, kind) in [("PGP SIGNATURE", "OpenPGP"), ("SIGNED MESSAGE", "X.509")] {
        let fault = verify(&format!("-----BEGIN {begin}-----\n"), b"text", "git").unwrap_err();
        assert_eq!(fault.to_string(), format!("unsupported kind of signature: {kind}"));
    }
}

#[test]
fn certificates_old_algorithms_and_small_keys_are_refused() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    new_key(folder, "authority", KINDS[0].1, "");
    new_key(folder, "key", KINDS[0].1, "");
    succeed("ssh-keygen", folder, &["-q", "-s", "authority", "-I", "id", "-n", "ada", "key.pub"], b"");
    let certified =
        succeed("ssh-keygen", folder, &["-Y", "sign", "-n", "git", "-f", "key-cert.pub"], b"text");
    let fault = verify(&String::from_utf8(certified).unwrap(), b"text", "git").unwrap_err();
    assert_eq!(fault.to_string(), "unsupported kind of signature: certificate");

    new_key(folder, "small", &["-t", "rsa", "-b", "1024"], "");
    let small = succeed("ssh-keygen", folder, &["-Y", "sign", "-n", "git", "-f", "small"], b"text");
    let fault = verify(&String::from_utf8(small).unwrap(), b"text", "git").unwrap_err();
    let reason = "the signature cannot be accepted: RSA keys need at least 2048 bits; this has 1024";
    assert_eq!(fault.to_string(), reason);

    let rsa = load(&new_key(folder, "rsa", &["-t", "rsa", "-b", "2048"], ""));
    let made = decode(&rsa.sign("git", b"text").unwrap()).unwrap();
    let sha1 = Signature::new(Algorithm::Rsa { hash: None }, made.signature_bytes()).unwrap();
    let sha1 = SshSig::new(made.public_key().clone(), "git", HashAlg::Sha512, sha1).unwrap();
    let fault = verify(&sha1.to_pem(LineEnding::LF).unwrap(), b"text", "git").unwrap_err();
    assert!(matches!(fault, SignatureFault::UnsupportedKey(_)), "{fault}");
}

#[test]
fn no_byte_of_a_signed_commit_can_be_changed() {
    if !has("ssh-keygen") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = load(&new_key(folder.path(), "key", KINDS[0].1, ""));
    let header =
        "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 5 +0000\ncommitter A <a@b> 5 +0000\n";
    let signature = key.sign("git", format!("{header}\nSubject\n").as_bytes()).unwrap();
    let armored = signature.trim_end().replace('\n', "\n ");
    let commit = format!("{header}gpgsig {armored}\n\nSubject\n").into_bytes();
    let accepted = |raw: &[u8]| {
        let Ok(parts) = CommitParts::split(raw) else { return false };
        let signature = parts.signature.unwrap_or_default();
        verify(&signature, &parts.signed_payload, "git").as_ref() == Ok(key.public_key())
    };
    assert!(accepted(&commit));
    for position in 0..commit.len() {
        let mut changed = commit.clone();
        changed[position] ^= 1;
        assert!(!accepted(&changed), "byte {position} changed");
        changed.truncate(position);
        assert!(!accepted(&changed), "cut off at byte {position}");
    }
    assert!(!accepted(&[commit.as_slice(), b"\0"].concat()));
    assert!(!accepted(&[commit.as_slice(), b"\n"].concat()));
}
