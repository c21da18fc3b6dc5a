//! What is done to make it seem that a round was reviewed: the check `approvals`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::forge::with_signer;
use super::{Attack, attack_saying};
use crate::support::sandbox::Sandbox;

const ROUND: &str = "rounds/2026-02";
const APPROVAL: &str = "meed-approval";

/// Lists a key of the sandbox with these options, in a commit of the first signer.
fn enrol(sandbox: &Sandbox, key: &str, options: &str) {
    let list = with_signer(sandbox, key, options);
    sandbox.write("allowed_signers", list);
    sandbox.commit_signed("treasurer", "Add a signer\n", &[]);
}

/// Lists a new key under a principal, to approve.
fn enrol_as(sandbox: &Sandbox, key: &str, principal: &str) {
    sandbox.new_key(key, "ed25519", principal);
    let list = with_signer(sandbox, key, "namespaces=\"meed-approval\"");
    sandbox.write("allowed_signers", list.replace(&format!("{key}@example.org"), principal));
    sandbox.commit_signed("treasurer", "Add a signer\n", &[]);
}

/// A signer `wren` who may approve.
fn enrol_wren(sandbox: &Sandbox) {
    sandbox.new_key("wren", "ed25519", "wren@example.org");
    enrol(sandbox, "wren", "namespaces=\"git,meed-approval\"");
}

/// The name of a key's approval of a round, made with other tools.
pub fn path_of(sandbox: &Sandbox, round: &str, key: &str) -> String {
    let text = fs::read_to_string(sandbox.path(&format!("{key}.pub"))).unwrap();
    let blob = ssh_key::PublicKey::from_openssh(&text).unwrap().to_bytes().unwrap();
    format!("{round}/approvals/{}.sig", meed::files::sha256_hex(&blob))
}

/// The signature by a key over the statement of a round, by ssh-keygen.
fn signature(sandbox: &Sandbox, key: &str, namespace: &str, round: &str) -> String {
    let statement = sandbox.read(&format!("{round}/results/statement.json"));
    sandbox.sign(key, namespace, statement.as_bytes()) + "\n"
}

/// Writes an approval of the second round and commits it.
fn approve(sandbox: &Sandbox, key: &str) {
    sandbox.write(&path_of(sandbox, ROUND, key), signature(sandbox, key, APPROVAL, ROUND));
    sandbox.commit("Approve");
}

/// A falsification that the check sees for this reason.
const fn seen(name: &'static str, says: &'static str, falsify: fn(&Sandbox)) -> Attack {
    attack_saying(name, "approvals", says, falsify)
}

pub const ATTACKS: &[Attack] = &[
    // who
    seen("an approval by the closer", "by the key that closed the round", |sandbox| {
        enrol(sandbox, "treasurer", "namespaces=\"meed-approval\"");
        approve(sandbox, "treasurer");
    }),
    seen("an approval by the closer under another key", "who closed the round", |sandbox| {
        enrol_as(sandbox, "second", "treasurer@example.org");
        approve(sandbox, "second");
    }),
    seen("an approval by the closer, whose name changes in between", "who closed the round", |sandbox| {
        enrol_as(sandbox, "second", "treasurer@example.org");
        let list = sandbox.read("allowed_signers");
        sandbox.write("allowed_signers", list.replacen("treasurer@example.org ", "board@example.org ", 1));
        sandbox.commit_signed("treasurer", "Another name\n", &[]);
        approve(sandbox, "second");
    }),
    seen("an approval under a pattern that fits the closer", "who closed the round", |sandbox| {
        enrol_as(sandbox, "any", "*@example.org");
        approve(sandbox, "any");
    }),
    seen(
        "an approval by a signer whose namespaces do not allow it",
        "the namespace `meed-approval`",
        |sandbox| {
            approve(sandbox, "steward");
        },
    ),
    seen("an approval by a stranger", "the key is not in allowed_signers", |sandbox| {
        approve(sandbox, "mallory");
    }),
    seen(
        "an approval by a stranger who lists themselves in the same commit",
        "not in allowed_signers",
        |sandbox| {
            sandbox
                .write(&path_of(sandbox, ROUND, "mallory"), signature(sandbox, "mallory", APPROVAL, ROUND));
            let list = with_signer(sandbox, "mallory", "");
            sandbox.write("allowed_signers", list);
            sandbox.commit_signed("treasurer", "Approve\n", &[]);
        },
    ),
    seen("an approval by a key that is listed later", "the key is not in allowed_signers", |sandbox| {
        approve(sandbox, "mallory");
        enrol(sandbox, "mallory", "");
    }),
    seen(
        "an approval by somebody who is no signer any more",
        "the key is not in allowed_signers",
        |sandbox| {
            enrol_wren(sandbox);
            let key = sandbox.key("treasurer");
            let _ = sandbox.meed(&["signers", "remove", "wren@example.org", "--key", &key]).ok();
            approve(sandbox, "wren");
        },
    ),
    seen("an approval by an expired key", "the key is not valid after", |sandbox| {
        sandbox.new_key("wren", "ed25519", "wren@example.org");
        enrol(sandbox, "wren", "namespaces=\"meed-approval\",valid-before=\"20260101Z\"");
        approve(sandbox, "wren");
    }),
    seen("an approval dated back to when the key was valid", "before that of the record commit", |sandbox| {
        sandbox.new_key("wren", "ed25519", "wren@example.org");
        enrol(sandbox, "wren", "namespaces=\"meed-approval\",valid-before=\"20260101Z\"");
        sandbox.write(&path_of(sandbox, ROUND, "wren"), signature(sandbox, "wren", APPROVAL, ROUND));
        let _ = sandbox.git(&["add", "-A"]).ok();
        let mut command = sandbox.command("git");
        command.args(["commit", "-q", "-m", "Approve"]).env("GIT_COMMITTER_DATE", "1760000000 +0000");
        assert!(command.status().unwrap().success());
    }),
    // what
    seen("an approval in the namespace of commits", "in the namespace `git`", |sandbox| {
        enrol_wren(sandbox);
        sandbox.write(&path_of(sandbox, ROUND, "wren"), signature(sandbox, "wren", "git", ROUND));
        sandbox.commit("Approve");
    }),
    seen("an approval of another statement", "the signature does not fit", |sandbox| {
        enrol_wren(sandbox);
        let statement = sandbox.read(&format!("{ROUND}/results/statement.json"));
        let other = statement.replacen("\"100\"", "\"101\"", 1);
        assert_ne!(statement, other);
        let signature = sandbox.sign("wren", APPROVAL, other.as_bytes()) + "\n";
        sandbox.write(&path_of(sandbox, ROUND, "wren"), signature);
        sandbox.commit("Approve");
    }),
    seen("an approval copied from another round", "the signature does not fit", |sandbox| {
        enrol_wren(sandbox);
        let _ = sandbox.meed(&["approve", "2026-01", "--key", &sandbox.key("wren")]).ok();
        let copied = sandbox.read(&path_of(sandbox, "rounds/2026-01", "wren"));
        sandbox.write(&path_of(sandbox, ROUND, "wren"), copied);
        sandbox.commit("Approve");
    }),
    seen("an approval copied to a revision", "the signature does not fit", |sandbox| {
        enrol_wren(sandbox);
        let _ = sandbox.meed(&["approve", "2026-02", "--key", &sandbox.key("wren")]).ok();
        let copied = sandbox.read(&path_of(sandbox, ROUND, "wren"));
        sandbox.correct("2026-02", 2);
        let _ = sandbox.amend("2026-02", &[]).ok();
        sandbox.write(&path_of(sandbox, &format!("{ROUND}/revisions/2"), "wren"), copied);
        sandbox.commit("Approve");
    }),
    seen("an approval under another key's name", "not by the key that its name says", |sandbox| {
        enrol_wren(sandbox);
        sandbox.write(&path_of(sandbox, ROUND, "mallory"), signature(sandbox, "wren", APPROVAL, ROUND));
        sandbox.commit("Approve");
    }),
    seen("an approval in which a character differs", "the signature", |sandbox| {
        enrol_wren(sandbox);
        let good = signature(sandbox, "wren", APPROVAL, ROUND);
        let line = good.lines().nth(3).unwrap();
        let other: String = line.chars().rev().collect();
        sandbox.write(&path_of(sandbox, ROUND, "wren"), good.replacen(line, &other, 1));
        sandbox.commit("Approve");
    }),
    seen("an approval that is too long to be one", "a signature has at most 16384", |sandbox| {
        enrol_wren(sandbox);
        sandbox.write(&path_of(sandbox, ROUND, "wren"), "A".repeat(20_000));
        sandbox.commit("Approve");
    }),
    seen("an approval that is not text", "it is not text", |sandbox| {
        enrol_wren(sandbox);
        sandbox.write(&path_of(sandbox, ROUND, "wren"), [0xff, 0xfe, 0]);
        sandbox.commit("Approve");
    }),
    seen("an approval that is a link", "it is not a regular file", |sandbox| {
        enrol_wren(sandbox);
        let path = path_of(sandbox, ROUND, "wren");
        sandbox.write("wren.sig", signature(sandbox, "wren", APPROVAL, ROUND));
        fs::create_dir_all(sandbox.at(&path).parent().unwrap()).unwrap();
        symlink("../../../wren.sig", sandbox.at(&path)).unwrap();
        sandbox.commit("Approve");
    }),
    seen("an approval that is executable", "it is not a regular file", |sandbox| {
        enrol_wren(sandbox);
        let path = path_of(sandbox, ROUND, "wren");
        sandbox.write(&path, signature(sandbox, "wren", APPROVAL, ROUND));
        fs::set_permissions(sandbox.at(&path), fs::Permissions::from_mode(0o755)).unwrap();
        sandbox.commit("Approve");
    }),
    seen("something else beside approvals", "it is no approval", |sandbox| {
        sandbox.write(&format!("{ROUND}/approvals/README.md"), "All fine, says the board\n");
        sandbox.commit("A note");
    }),
    seen("an approval in a folder below", "it is no approval", |sandbox| {
        enrol_wren(sandbox);
        let path = path_of(sandbox, ROUND, "wren").replace("approvals/", "approvals/more/");
        sandbox.write(&path, signature(sandbox, "wren", APPROVAL, ROUND));
        sandbox.commit("Approve");
    }),
    seen("an approval with an upper-case name", "it is no approval", |sandbox| {
        enrol_wren(sandbox);
        let path = path_of(sandbox, ROUND, "wren");
        let name = path.rsplit('/').next().unwrap().trim_end_matches(".sig");
        let path = path.replace(name, &name.to_uppercase());
        sandbox.write(&path, signature(sandbox, "wren", APPROVAL, ROUND));
        sandbox.commit("Approve");
    }),
    seen("a folder of approvals that is a link", "it is no approval", |sandbox| {
        symlink("../2026-01", sandbox.at(&format!("{ROUND}/approvals"))).unwrap();
        sandbox.commit("A link");
    }),
    // how
    seen("an approval that a merge brings along", "it has 2 parents", |sandbox| {
        enrol_wren(sandbox);
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
        approve(sandbox, "wren");
    }),
    seen(
        "an approval from before the close, merged",
        "was not added after the round was closed",
        |sandbox| {
            enrol_wren(sandbox);
            let signature = signature(sandbox, "wren", APPROVAL, ROUND);
            let first = sandbox.git_ok(&["log", "--format=%H", "--grep=^Inputs of 2026-02"]);
            let _ = sandbox.git(&["checkout", "-q", "-b", "side", &first]).ok();
            sandbox.write(&path_of(sandbox, ROUND, "wren"), signature);
            sandbox.commit("Approve");
            let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
            let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
        },
    ),
    // afterwards
    seen("an approval changed later", "which was written once", |sandbox| {
        enrol_wren(sandbox);
        approve(sandbox, "wren");
        let path = path_of(sandbox, ROUND, "wren");
        let text = sandbox.read(&path);
        sandbox.write(&path, text.trim_end()); // the signature is as good as before
        sandbox.commit("No line end");
    }),
    seen("an approval removed", "which was written once", |sandbox| {
        enrol_wren(sandbox);
        approve(sandbox, "wren");
        fs::remove_file(sandbox.at(&path_of(sandbox, ROUND, "wren"))).unwrap();
        sandbox.commit("Never approved");
    }),
    seen("an approval removed and put back", "which was written once", |sandbox| {
        enrol_wren(sandbox);
        approve(sandbox, "wren");
        fs::remove_file(sandbox.at(&path_of(sandbox, ROUND, "wren"))).unwrap();
        sandbox.commit("Never approved");
        approve(sandbox, "wren");
    }),
    seen("an approval dropped by a merge", "which was written once", |sandbox| {
        enrol_wren(sandbox);
        let _ = sandbox.git(&["checkout", "-q", "-b", "side"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        approve(sandbox, "wren");
        let _ = sandbox.git(&["checkout", "-q", "side"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge", "main"]).ok();
    }),
];
