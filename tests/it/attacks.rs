//! Falsifications of a ledger, as a table: attack -> the one check that must fail; all others hold
//! or read `not checked`, and the exit status is 1.
//!
//! Every attack begins with a copy of one good ledger: three closed rounds, two signers
//! (`treasurer`, `steward`), and the key of a stranger (`mallory`). Many are the work of a signer
//! who refits digests, message and signature, so that only the check in question can see them;
//! `controls` shows that the same hands make a close that verifies when nothing is falsified.
// A row is one expression; speed of what it assigns or joins does not matter.
#![allow(clippy::semicolon_if_nothing_returned, clippy::assigning_clones, clippy::format_collect)]

mod approvals;
mod forge;
mod later;
mod money;
mod results;
mod revisions;
mod settlements;
mod simulations;
mod trust;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::sandbox::{Sandbox, praise_csv};
use forge::{Close, LAST, message_of, raw, resign};

/// A falsification.
pub struct Attack {
    /// What is done.
    name: &'static str,
    /// The one check that fails.
    fails: &'static str,
    /// What the check says, in part.
    says: &'static str,
    /// What the auditor gives to `meed verify`.
    args: &'static [&'static str],
    /// Falsifies the prepared ledger.
    falsify: fn(&Sandbox),
}

/// An attack that a plain `meed verify` must see.
const fn attack(name: &'static str, fails: &'static str, falsify: fn(&Sandbox)) -> Attack {
    Attack { name, fails, says: "", args: &[], falsify }
}

/// The same, where the check must see it for its own reason.
const fn attack_saying(
    name: &'static str,
    fails: &'static str,
    says: &'static str,
    falsify: fn(&Sandbox),
) -> Attack {
    Attack { name, fails, says, args: &[], falsify }
}

/// An attack that the auditor sees with something of their own.
const fn attack_with(
    name: &'static str,
    fails: &'static str,
    args: &'static [&'static str],
    falsify: fn(&Sandbox),
) -> Attack {
    Attack { name, fails, says: "", args, falsify }
}

/// All attacks.
fn all() -> impl Iterator<Item = &'static Attack> {
    let tables = [trust::ATTACKS, results::ATTACKS, money::ATTACKS, later::ATTACKS];
    tables
        .into_iter()
        .chain([approvals::ATTACKS, settlements::ATTACKS, revisions::ATTACKS, simulations::ATTACKS])
        .flatten()
}

/// The good ledger.
fn prepared() -> Sandbox {
    let sandbox = Sandbox::ledger();
    sandbox.new_key("steward", "ed25519", "steward@example.org");
    sandbox.new_key("mallory", "ed25519", "mallory@example.org");
    let key = sandbox.key("treasurer");
    let steward = sandbox.key("steward.pub");
    for month in 1..=3 {
        sandbox.add_round(&format!("2026-{month:02}"));
        let _ = sandbox.close(&[]).ok();
        if month == 1 {
            let _ = sandbox.meed(&["signers", "add", &steward, "--key", &key]).ok();
        }
    }
    sandbox
}

#[test]
fn every_attack_fails_its_one_check() {
    let attacks: Vec<&Attack> = all().collect();
    assert!(attacks.len() >= 35);
    let wanted = std::env::var("MEED_ATTACK").unwrap_or_default();
    let prepared = prepared();
    assert_eq!(prepared.failing(&[]), [""; 0]);
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(attack) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !attack.name.contains(&wanted) {
                        continue;
                    }
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        let sandbox = prepared.copy();
                        (attack.falsify)(&sandbox);
                        let failing = sandbox.failing(attack.args);
                        if !attack.says.is_empty() {
                            let told = sandbox.meed(&["verify"]).stdout;
                            assert!(told.contains(attack.says), "{}: {told}", attack.name);
                        }
                        failing
                    }));
                    let line = match outcome {
                        Ok(failing) if failing == [attack.fails] => continue,
                        Ok(failing) => {
                            format!("{}: {} expected, {failing:?} failed", attack.name, attack.fails)
                        }
                        Err(_) => format!("{}: could not be made, see above", attack.name),
                    };
                    wrong.lock().unwrap().push(line);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), attacks.len(), wrong.join("\n"));
}

#[test]
fn names_of_attacks_are_distinct() {
    let mut names: Vec<&str> = all().map(|attack| attack.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// The same hands without a falsification make what verifies.
#[test]
fn controls() {
    let prepared = prepared();
    let nothing = [""; 0];

    // Taken apart and committed again with `git commit -S`, by either signer.
    for key in ["treasurer", "steward"] {
        let sandbox = prepared.copy();
        let original = sandbox.git_ok(&["rev-parse", "HEAD^{tree}"]);
        let mut close = Close::take(&sandbox);
        let message = close.message.clone();
        close.refit_subject();
        close.refit();
        assert_eq!(close.message, message);
        close.commit(&sandbox, key);
        assert_eq!(sandbox.git_ok(&["rev-parse", "HEAD^{tree}"]), original);
        assert_eq!(message_of(&sandbox, "HEAD"), message);
        assert_eq!(sandbox.failing(&[]), nothing, "{key}");
        // The same, one byte off in the message.
        let mut close = Close::take(&sandbox);
        close.message.insert(0, ' ');
        close.commit(&sandbox, key);
        assert_eq!(sandbox.failing(&[]), ["commit"], "{key}");
    }

    // Computed by the pipeline, committed with `git commit -S`.
    let sandbox = prepared.copy();
    sandbox.add_round("2026-04");
    Close::compute(&sandbox, "2026-04").commit(&sandbox, "treasurer");
    assert_eq!(sandbox.failing(&[]), nothing);

    // Split, signed with ssh-keygen, stored as it is.
    let sandbox = prepared.copy();
    let before = raw(&sandbox, "HEAD");
    resign(&sandbox, "git", |header, message| format!("{header}\n{message}"));
    assert_eq!(raw(&sandbox, "HEAD"), before, "ed25519 signatures are deterministic");
    assert_eq!(sandbox.failing(&[]), nothing);

    // Honest history: merges, a tag, a change of signers, replace refs of no effect.
    let sandbox = prepared.copy();
    let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    sandbox.write("notes.md", "a note\n");
    sandbox.commit("A note");
    let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
    let _ =
        sandbox.meed(&["signers", "remove", "steward@example.org", "--key", &sandbox.key("treasurer")]).ok();
    let _ = sandbox.git(&["tag", "-a", "-m", "A tag", "kept"]).ok();
    assert_eq!(sandbox.failing(&["--rev", "kept", "--known", "kept", "--root", "HEAD"]), ["signers"]);
    assert_eq!(sandbox.failing(&["--rev", "kept", "--known", "kept"]), nothing);
}

/// A newline in a name tries to forge a trailer: nothing fails, the message knows no names.
#[test]
fn names_do_not_reach_the_trailers() {
    let sandbox = Sandbox::ledger();
    sandbox.write_round("2026-01");
    let table = praise_csv("01").replace(",Ada,", ",\"Ada\nSequence: 99\nRound: forged\",");
    sandbox.write("rounds/2026-01/praise.csv", table);
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    assert!(sandbox.read("rounds/2026-01/results/distribution.csv").contains("Sequence: 99"));
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let message = message_of(&sandbox, "HEAD");
    let trailers = sandbox.git_with(&["interpret-trailers", "--parse"], message.as_bytes());
    let of = |name: &str| -> Vec<String> {
        trailers.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
    };
    assert_eq!(of("Sequence:"), ["Sequence: 1"]);
    assert_eq!(of("Round:"), ["Round: 2026-01"]);
}

/// The last rounds cut off, seen by the digest of their statement.
#[test]
fn known_statements_must_be_contained() {
    let sandbox = prepared();
    let close = Close::read(&sandbox, LAST);
    let digest = meed::files::sha256_hex(&close.bytes);
    assert_eq!(sandbox.failing(&["--known", &digest]), [""; 0]);
    let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]).ok();
    assert_eq!(sandbox.failing(&["--known", &digest]), ["known"]);
    assert_eq!(sandbox.failing(&[]), [""; 0], "which nobody can see otherwise");
}

/// Report files of a format that this meed does not write cannot be computed again. Nothing fails,
/// but nobody is told that they hold.
#[test]
fn pages_of_another_format_are_shown_as_not_checked() {
    let sandbox = prepared();
    forge::repay(&sandbox, |close| {
        close.statement.predicate.formats.pages = 9;
        close.files.insert("report/report.md".to_owned(), b"somebody else gets it all\n".to_vec());
    });
    let text = sandbox.meed(&["verify"]).ok();
    assert!(text.contains("  holds  11 checks: "), "{text}");
    assert!(text.contains("  pages        not checked  digests only, not recomputed\n"), "{text}");
}
