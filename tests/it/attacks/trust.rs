//! Attacks on who signed and on who may: `signature`, `signer`, `signers`, `known`.

use std::fs;

use super::forge::{
    Close, DISTRIBUTION, LAST, as_header, message_of, raw, resign, split, store, with_signer, without_signer,
};
use super::{Attack, attack, attack_with};
use crate::support::sandbox::{START_SECONDS, Sandbox};

/// What a line of allowed_signers must say.
const GIT: &str = "namespaces=\"git\"";

/// Commits allowed_signers, signed by the first signer.
fn set_signers(sandbox: &Sandbox, lines: &str) {
    sandbox.write("allowed_signers", lines);
    sandbox.commit_signed("treasurer", "Signers\n", &[]);
}

/// A signer enrols mallory with options; mallory closes.
fn close_by_enrolled(sandbox: &Sandbox, options: &str) {
    let close = Close::take(sandbox);
    set_signers(sandbox, &with_signer(sandbox, "mallory", options));
    close.commit(sandbox, "mallory");
}

/// Merges a branch with the files of a commit, whatever the sides hold.
fn merge_as(sandbox: &Sandbox, other: &str, tree: &str) {
    let _ = sandbox
        .git(&["merge", "-q", "--no-ff", "--no-commit", "-s", "ours", "--allow-unrelated-histories", other])
        .ok();
    let _ = sandbox.git(&["rm", "-q", "-r", "--cached", "."]).ok();
    let _ = sandbox.git(&["read-tree", tree]).ok();
    let _ = sandbox.git(&["commit", "-q", "-m", "Merge"]).ok();
    let _ = sandbox.git(&["reset", "-q", "--hard"]).ok();
}

/// Begins a history without parent that holds only allowed_signers, and comes back.
fn unrelated_signers(sandbox: &Sandbox) {
    let lines = with_signer(sandbox, "mallory", GIT);
    let _ = sandbox.git(&["checkout", "-q", "--orphan", "other"]).ok();
    let _ = sandbox.git(&["rm", "-q", "-rf", "."]).ok();
    sandbox.write("allowed_signers", lines);
    sandbox.commit_signed("mallory", "Start\n", &[]);
    let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
}

pub const ATTACKS: &[Attack] = &[
    // signature
    attack("unsigned", "signature", |sandbox| {
        let _ = sandbox.git(&["commit", "-q", "--amend", "--no-edit", "--no-gpg-sign"]).ok();
    }),
    attack("payout altered, the close amended", "signature", |sandbox| {
        let path = format!("{LAST}/results/{DISTRIBUTION}");
        sandbox.write(&path, sandbox.read(&path).replace(",57.857", ",67.857"));
        let _ = sandbox.git(&["commit", "-q", "-a", "--amend", "--no-edit", "--no-gpg-sign"]).ok();
    }),
    attack("inputs and close squashed", "signature", |sandbox| {
        let message = message_of(sandbox, "HEAD");
        let _ = sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]).ok();
        sandbox.commit(&message);
    }),
    attack("close rebased", "signature", |sandbox| {
        let _ = sandbox.git(&["branch", "old"]).ok();
        let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["cherry-pick", "old~1", "old"]).ok();
    }),
    attack("results committed by hand", "signature", |sandbox| {
        let close = Close::take(sandbox);
        close.write(sandbox);
        sandbox.commit("Results of March");
    }),
    attack("signature moved into the message", "signature", |sandbox| {
        let (header, signature, message) = split(&raw(sandbox, "HEAD"));
        store(sandbox, &format!("{header}\n{signature}\n{message}"));
    }),
    attack("another text behind a NUL in the message", "signature", |sandbox| {
        let commit = raw(sandbox, "HEAD");
        store(sandbox, &format!("{commit}\0paid twice\n"));
    }),
    attack("NUL in front of a forged message", "signature", |sandbox| {
        resign(sandbox, "git", |header, message| format!("{header}\nForged\n\0{message}"));
    }),
    attack("two signature headers", "signature", |sandbox| {
        let (header, signature, message) = split(&raw(sandbox, "HEAD"));
        let second = as_header(&sandbox.sign("mallory", "git", format!("{header}\n{message}").as_bytes()));
        store(sandbox, &format!("{header}{second}{signature}\n{message}"));
    }),
    attack("signature in front of the header", "signature", |sandbox| {
        let (header, signature, message) = split(&raw(sandbox, "HEAD"));
        let (tree, rest) = header.split_once('\n').unwrap();
        store(
            sandbox,
            &format!("{tree}\n{rest}{}\n{message}", signature.replacen("gpgsig ", "gpgsig-sha256 ", 1)),
        );
    }),
    attack("signature of another close", "signature", |sandbox| {
        let (header, _, message) = split(&raw(sandbox, "HEAD"));
        let (_, signature, _) = split(&raw(sandbox, "HEAD~2"));
        store(sandbox, &format!("{header}{signature}\n{message}"));
    }),
    attack("signature made for files", "signature", |sandbox| {
        resign(sandbox, "file", |header, message| format!("{header}\n{message}"));
    }),
    attack("signature of an unsupported kind", "signature", |sandbox| {
        let (header, _, message) = split(&raw(sandbox, "HEAD"));
        let pgp = as_header("-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n");
        store(sandbox, &format!("{header}{pgp}\n{message}"));
    }),
    attack("message altered under the signature", "signature", |sandbox| {
        store(sandbox, &raw(sandbox, "HEAD").replace("Close 2026-03: ", "Close 2026-03:  "));
    }),
    attack("date altered under the signature", "signature", |sandbox| {
        let commit = raw(sandbox, "HEAD");
        store(sandbox, &commit.replacen(" +0000\ncommitter", " +0100\ncommitter", 1));
    }),
    attack("a header that git does not know", "signature", |sandbox| {
        resign(sandbox, "git", |header, message| format!("{header}note hidden\n\n{message}"));
    }),
    attack("author twice", "signature", |sandbox| {
        resign(sandbox, "git", |header, message| {
            let author = header.lines().find(|line| line.starts_with("author ")).unwrap();
            format!("{}\n{message}", header.replacen("committer ", &format!("{author}\ncommitter "), 1))
        });
    }),
    // signer
    attack("stranger's signature", "signer", |sandbox| Close::take(sandbox).commit(sandbox, "mallory")),
    attack("signer not yet valid", "signer", |sandbox| {
        close_by_enrolled(sandbox, "namespaces=\"git\",valid-after=\"20270101Z\"");
    }),
    attack("signer no longer valid", "signer", |sandbox| {
        close_by_enrolled(sandbox, "namespaces=\"git\",valid-before=\"20260101Z\"");
    }),
    attack("signer for files only", "signer", |sandbox| close_by_enrolled(sandbox, "namespaces=\"file\"")),
    attack("signer removed before", "signer", |sandbox| {
        let close = Close::take(sandbox);
        set_signers(sandbox, &without_signer(sandbox, "steward"));
        close.commit(sandbox, "steward");
    }),
    attack("date before the previous record", "signer", |sandbox| {
        let close = Close::take(sandbox);
        close.write(sandbox);
        let _ = sandbox.git(&["add", "-A"]).ok();
        let tree = sandbox.git_ok(&["write-tree"]);
        let parent = sandbox.git_ok(&["rev-parse", "HEAD"]);
        let who = format!("Treasurer <treasurer@example.org> {} +0000", START_SECONDS + 1);
        let header = format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n");
        let payload = format!("{header}\n{}", close.message);
        let signature = as_header(&sandbox.sign("treasurer", "git", payload.as_bytes()));
        store(sandbox, &format!("{header}{signature}\n{}", close.message));
        let _ = sandbox.git(&["reset", "-q", "--hard"]).ok();
    }),
    attack("close without parent", "signer", |sandbox| {
        let close = Close::read(sandbox, "rounds/2026-01");
        let _ = sandbox.git(&["checkout", "-q", "--orphan", "other"]).ok();
        fs::remove_dir_all(sandbox.at("rounds")).unwrap();
        sandbox.write_round("2026-01");
        let mut close = close;
        close.refit();
        close.commit(sandbox, "treasurer");
    }),
    attack("allowed_signers removed, then closed", "signer", |sandbox| {
        let close = Close::take(sandbox);
        fs::remove_file(sandbox.at("allowed_signers")).unwrap();
        sandbox.commit_signed("treasurer", "Nobody\n", &[]);
        close.commit(sandbox, "treasurer");
    }),
    attack_with("not on the auditor's list", "signer", &["--signers", "../auditor"], |sandbox| {
        let close = Close::take(sandbox);
        fs::write(sandbox.path("auditor"), without_signer(sandbox, "steward")).unwrap();
        close.commit(sandbox, "steward");
    }),
    // signers
    attack("self-enrolment in an earlier unsigned commit", "signers", |sandbox| {
        let close = Close::take(sandbox);
        sandbox.write("allowed_signers", with_signer(sandbox, "mallory", GIT));
        sandbox.commit("Fix spelling");
        close.commit(sandbox, "mallory");
    }),
    attack("self-enrolment signed by oneself", "signers", |sandbox| {
        let close = Close::take(sandbox);
        sandbox.write("allowed_signers", with_signer(sandbox, "mallory", GIT));
        sandbox.commit_signed("mallory", "Enrol\n", &[]);
        close.commit(sandbox, "mallory");
    }),
    attack("self-enrolment taken back afterwards", "signers", |sandbox| {
        let close = Close::take(sandbox);
        let before = sandbox.read("allowed_signers");
        sandbox.write("allowed_signers", with_signer(sandbox, "mallory", GIT));
        sandbox.commit("Fix spelling");
        close.commit(sandbox, "mallory");
        set_signers(sandbox, &before);
    }),
    attack("self-enrolment hidden by a graft", "signers", |sandbox| {
        let close = Close::take(sandbox);
        let clean = sandbox.git_ok(&["rev-parse", "HEAD"]);
        sandbox.write("allowed_signers", with_signer(sandbox, "mallory", GIT));
        sandbox.commit("Fix spelling");
        close.commit(sandbox, "mallory");
        let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
        sandbox.write(".git/info/grafts", format!("{head} {clean}\n"));
    }),
    attack("unsigned removal of a signer", "signers", |sandbox| {
        sandbox.write("allowed_signers", without_signer(sandbox, "steward"));
        sandbox.commit("Tidy");
    }),
    attack("unsigned change of a validity", "signers", |sandbox| {
        let lines =
            sandbox.read("allowed_signers").replace(GIT, "namespaces=\"git\",valid-after=\"20200101Z\"");
        sandbox.write("allowed_signers", lines);
        sandbox.commit("Tidy");
    }),
    attack("allowed_signers removed, unsigned", "signers", |sandbox| {
        fs::remove_file(sandbox.at("allowed_signers")).unwrap();
        sandbox.commit("Tidy");
    }),
    attack("allowed_signers removed and added again, signed", "signers", |sandbox| {
        let lines = sandbox.read("allowed_signers");
        fs::remove_file(sandbox.at("allowed_signers")).unwrap();
        sandbox.commit_signed("treasurer", "Tidy\n", &[]);
        set_signers(sandbox, &lines);
    }),
    attack("allowed_signers made a link, unsigned", "signers", |sandbox| {
        // The text of the link is the list, so that its blob is unchanged.
        let id = sandbox.git_ok(&["rev-parse", "HEAD:allowed_signers"]);
        let _ = sandbox.git(&["update-index", "--cacheinfo", &format!("120000,{id},allowed_signers")]).ok();
        let _ = sandbox.git(&["commit", "-q", "-m", "Tidy"]).ok();
    }),
    attack("a merge that restores a removed key", "signers", |sandbox| {
        let _ = sandbox.git(&["branch", "side"]).ok();
        set_signers(sandbox, &without_signer(sandbox, "steward"));
        let _ = sandbox.git(&["checkout", "-q", "side"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        merge_as(sandbox, "side", "side");
    }),
    attack("a merge that restores a removed key, sides exchanged", "signers", |sandbox| {
        let _ = sandbox.git(&["branch", "side"]).ok();
        set_signers(sandbox, &without_signer(sandbox, "steward"));
        let _ = sandbox.git(&["branch", "removed"]).ok();
        let _ = sandbox.git(&["reset", "-q", "--hard", "side"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        merge_as(sandbox, "removed", "HEAD");
    }),
    attack("a merge that enrols", "signers", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
        sandbox.write("allowed_signers", with_signer(sandbox, "mallory", GIT));
        sandbox.commit_signed("treasurer", "Merge\n", &[]);
    }),
    attack("a removed key comes back by its own fork", "signers", |sandbox| {
        // Off the list, the steward goes back to where the key was listed, writes more changes
        // there than the ledger has, and merges: every change is signed by a key of its parent.
        let _ = sandbox.git(&["branch", "side"]).ok();
        set_signers(sandbox, &without_signer(sandbox, "steward"));
        let _ = sandbox.git(&["checkout", "-q", "side"]).ok();
        for comment in ["# one\n", "# two\n"] {
            sandbox.write("allowed_signers", sandbox.read("allowed_signers") + comment);
            sandbox.commit_signed("steward", "Comment\n", &[]);
        }
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        merge_as(sandbox, "side", "side");
    }),
    attack("a commit that names its parent twice", "signers", |sandbox| {
        sandbox.write("allowed_signers", with_signer(sandbox, "mallory", GIT));
        sandbox.commit_signed("treasurer", "Signers\n", &[]);
        resign(sandbox, "git", |header, message| {
            let parent = header.lines().find(|line| line.starts_with("parent ")).unwrap();
            format!("{}\n{message}", header.replacen("author ", &format!("{parent}\nauthor "), 1))
        });
    }),
    attack("a second root in an unrelated history", "signers", |sandbox| {
        unrelated_signers(sandbox);
        merge_as(sandbox, "other", "HEAD");
    }),
    attack("a second root, its list taken over", "signers", |sandbox| {
        unrelated_signers(sandbox);
        let _ = sandbox
            .git(&["merge", "-q", "-s", "ours", "-m", "Merge", "--allow-unrelated-histories", "other"])
            .ok();
        sandbox.write("allowed_signers", sandbox.git(&["show", "other:allowed_signers"]).ok());
        sandbox.commit_signed("mallory", "Signers\n", &[]);
    }),
    attack("an unsigned root", "signers", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "--orphan", "other"]).ok();
        let _ = sandbox.git(&["rm", "-q", "-rf", "rounds"]).ok();
        sandbox.commit("Start");
    }),
    attack("a root signed by a stranger", "signers", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "--orphan", "other"]).ok();
        let _ = sandbox.git(&["rm", "-q", "-rf", "rounds"]).ok();
        sandbox.commit_signed("mallory", "Start\n", &[]);
    }),
    attack("an expired key enrols with a date of the past", "signers", |sandbox| {
        // Listed until 2026-06-01T00:30:00Z; the change is dated before that, and so before the
        // last close, which lies later: the date that a signer chooses may not go back.
        let close = Close::take(sandbox);
        set_signers(
            sandbox,
            &with_signer(sandbox, "mallory", "namespaces=\"git\",valid-before=\"20260601003000Z\""),
        );
        for _ in 0..60 {
            let _ = sandbox.tick();
        }
        close.commit(sandbox, "treasurer");
        let lines = sandbox.read("allowed_signers").replace(",valid-before=\"20260601003000Z\"", "");
        sandbox.write("allowed_signers", lines);
        let _ = sandbox.git(&["add", "-A"]).ok();
        let tree = sandbox.git_ok(&["write-tree"]);
        let parent = sandbox.git_ok(&["rev-parse", "HEAD"]);
        let who = format!("Mallory <mallory@example.org> {} +0000", START_SECONDS + 60);
        let header = format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n");
        let signature = as_header(&sandbox.sign("mallory", "git", format!("{header}\nSigners\n").as_bytes()));
        store(sandbox, &format!("{header}{signature}\nSigners\n"));
    }),
    attack_with("another root than the auditor's", "signers", &["--root", "expected"], |sandbox| {
        let _ = sandbox.git(&["tag", "expected", "HEAD"]).ok();
    }),
    // known
    attack_with("the last rounds cut off", "known", &["--known", "seen"], |sandbox| {
        let _ = sandbox.git(&["tag", "seen"]).ok();
        let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]).ok();
    }),
    attack_with("the last round closed again", "known", &["--known", "seen"], |sandbox| {
        let _ = sandbox.git(&["tag", "seen"]).ok();
        Close::take(sandbox).commit(sandbox, "treasurer");
    }),
];
