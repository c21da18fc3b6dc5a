//! Attacks on the closing commit and on what its results hold: `commit`, `complete`, `inputs`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::forge::{Close, DISTRIBUTION, LAST, STATEMENT, reclose, replay, resign, restate};
use super::{Attack, attack};
use crate::support::sandbox::Sandbox;

/// A file of the last close.
fn result(name: &str) -> String {
    format!("{LAST}/results/{name}")
}

/// Closes again with the message changed.
fn say(sandbox: &Sandbox, from: &str, to: &str) {
    reclose(sandbox, |close| {
        assert!(close.message.contains(from), "{}", close.message);
        close.message = close.message.replacen(from, to, 1);
    });
}

/// Closes again with something else in the same commit.
fn close_with(sandbox: &Sandbox, change: fn(&Sandbox)) {
    let close = Close::take(sandbox);
    close.write(sandbox);
    change(sandbox);
    sandbox.commit_signed("treasurer", &close.message, &[]);
}

/// Changes what lies under the close before it is committed again.
fn close_after(sandbox: &Sandbox, change: fn(&Sandbox)) {
    let close = Close::take(sandbox);
    change(sandbox);
    close.commit(sandbox, "treasurer");
}

fn halve_the_inputs(sandbox: &Sandbox) {
    let path = format!("{LAST}/praise.csv");
    sandbox.write(&path, sandbox.read(&path).replacen(",13,5,", ",1,1,", 1));
}

pub const ATTACKS: &[Attack] = &[
    // commit
    attack("statement altered, the trailer left", "commit", |sandbox| {
        reclose(sandbox, |close| {
            close.statement.predicate.ledger.name = "Other Commons".to_owned();
            close.bytes = close.statement.to_bytes();
        });
    }),
    attack("signer added in the closing commit", "commit", |sandbox| {
        close_with(sandbox, |sandbox| {
            sandbox.write(
                "allowed_signers",
                super::forge::with_signer(sandbox, "mallory", "namespaces=\"git\""),
            );
        });
    }),
    attack("input altered in the close", "commit", |sandbox| close_with(sandbox, halve_the_inputs)),
    attack("input added in the close", "commit", |sandbox| {
        close_with(sandbox, |sandbox| sandbox.write(&format!("{LAST}/more.csv"), "a\n"));
    }),
    attack("unrelated file in the close", "commit", |sandbox| {
        close_with(sandbox, |sandbox| sandbox.write("README.md", "hello\n"));
    }),
    attack("inputs and close squashed, signed", "commit", |sandbox| {
        let close = Close::take(sandbox);
        let _ = sandbox.git(&["reset", "-q", "--soft", "HEAD~1"]).ok();
        close.commit(sandbox, "treasurer");
    }),
    attack("amount in the subject line", "commit", |sandbox| say(sandbox, " TOK to ", "0 TOK to ")),
    attack("number of recipients in the subject line", "commit", |sandbox| {
        say(sandbox, "recipients\n", "recipients (final)\n");
    }),
    attack("another sequence in the trailers", "commit", |sandbox| {
        say(sandbox, "Sequence: 3", "Sequence: 4")
    }),
    attack("a trailer more", "commit", |sandbox| say(sandbox, "Engine:", "Approved-By: Everybody\nEngine:")),
    attack("a trailer twice", "commit", |sandbox| {
        say(sandbox, "Revision: 1\n", "Revision: 1\nRevision: 1\n")
    }),
    attack("a trailer less", "commit", |sandbox| say(sandbox, "Revision: 1\n", "")),
    attack("text behind the trailers", "commit", |sandbox| {
        reclose(sandbox, |close| close.message.push_str("\nNote: paid\n"));
    }),
    attack("an engine that is none", "commit", |sandbox| say(sandbox, "Engine: meed ", "Engine: meed v")),
    attack("no line end behind the trailers", "commit", |sandbox| {
        let message = Close::read(sandbox, LAST).message.trim_end().to_owned();
        resign(sandbox, "git", |header, _| format!("{header}\n{message}"));
    }),
    attack("CRLF in the message", "commit", |sandbox| {
        reclose(sandbox, |close| close.message = close.message.replace('\n', "\r\n"));
    }),
    attack("payouts as an executable", "commit", |sandbox| {
        close_with(sandbox, |sandbox| {
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(sandbox.at(&result(DISTRIBUTION)), mode).unwrap();
        });
    }),
    attack("carry as a symbolic link", "commit", |sandbox| {
        close_with(sandbox, |sandbox| {
            let carry = sandbox.at(&result("carry.json"));
            fs::remove_file(&carry).unwrap();
            symlink("../../2026-02/results/carry.json", carry).unwrap();
        });
    }),
    attack("statement as a symbolic link", "commit", |sandbox| {
        // The text of the link is the statement, so that its blob is unchanged.
        let _ = Close::read(sandbox, LAST);
        let id = sandbox.git_ok(&["rev-parse", &format!("HEAD:{}", result(STATEMENT))]);
        let close = Close::take(sandbox);
        close.write(sandbox);
        let _ = sandbox.git(&["add", "-A"]).ok();
        let entry = format!("120000,{id},{}", result(STATEMENT));
        let _ = sandbox.git(&["update-index", "--cacheinfo", &entry]).ok();
        commit_index(sandbox, &close.message);
    }),
    attack("submodule in the results", "commit", |sandbox| {
        let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
        let close = Close::take(sandbox);
        close.write(sandbox);
        let _ = sandbox.git(&["add", "-A"]).ok();
        let entry = format!("160000,{head},{}", result("module"));
        let _ = sandbox.git(&["update-index", "--add", "--cacheinfo", &entry]).ok();
        commit_index(sandbox, &close.message);
    }),
    attack("a merge that adds the results", "commit", |sandbox| {
        let close = Close::take(sandbox);
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
        close.commit(sandbox, "treasurer");
    }),
    attack("a close that names its parent twice", "commit", |sandbox| {
        resign(sandbox, "git", |header, message| {
            let parent = header.lines().find(|line| line.starts_with("parent ")).unwrap();
            format!("{}\n{message}", header.replacen("author ", &format!("{parent}\nauthor "), 1))
        });
    }),
    attack("statement in another round's folder", "commit", |sandbox| {
        let mut close = Close::take(sandbox);
        sandbox.add_round("2026-04");
        close.round = "rounds/2026-04".to_owned();
        close.commit(sandbox, "treasurer");
    }),
    attack("statement outside of the rounds", "commit", |sandbox| {
        let mut close = Close::take(sandbox);
        close.round = "elsewhere/2026-03".to_owned();
        close.commit(sandbox, "treasurer");
    }),
    attack("first closing stated as a revision", "commit", |sandbox| {
        restate(sandbox, |statement| statement.predicate.revision = 2);
    }),
    attack("round id that leaves the folder", "commit", |sandbox| {
        restate(sandbox, |statement| statement.predicate.round = "../2026-03".to_owned());
    }),
    attack("two fields of one name in the statement", "commit", |sandbox| {
        reclose(sandbox, |close| {
            let text = String::from_utf8(close.bytes.clone()).unwrap();
            close.bytes = text.replacen("{\n", "{\n  \"subject\": [],\n", 1).into_bytes();
            close.refit_message();
        });
    }),
    attack("another type of predicate", "commit", |sandbox| {
        restate(sandbox, |statement| statement.predicate_type = "urn:meed:round:v0".to_owned());
    }),
    attack("payouts there before the close", "commit", |sandbox| {
        close_after(sandbox, |sandbox| {
            let payouts = sandbox.git(&["show", &format!("ORIG_HEAD:{}", result(DISTRIBUTION))]).ok();
            sandbox.write(&result(DISTRIBUTION), payouts);
            sandbox.commit("Prepare");
        });
    }),
    attack("other payouts there before the close", "commit", |sandbox| {
        close_after(sandbox, |sandbox| {
            sandbox.write(&result(DISTRIBUTION), "recipient\n");
            sandbox.commit("Prepare");
        });
    }),
    attack("two rounds in one commit", "commit", |sandbox| {
        let last = Close::take(sandbox);
        let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
        let before = Close::take_of(sandbox, "rounds/2026-02");
        sandbox.write_round("2026-03");
        sandbox.commit("Inputs");
        before.write(sandbox);
        last.commit(sandbox, "treasurer");
    }),
    // complete
    attack("payout altered by a signer", "complete", |sandbox| {
        reclose(sandbox, |close| close.edit(DISTRIBUTION, ",57.857", ",67.857"));
    }),
    attack("payout file altered by a signer", "complete", |sandbox| {
        reclose(sandbox, |close| close.edit("payouts/aragon.csv", ",57.857", ",67.857"));
    }),
    attack("a file more in the results", "complete", |sandbox| {
        reclose(sandbox, |close| _ = close.files.insert("payouts.csv".to_owned(), b"a\n".to_vec()));
    }),
    attack("a folder more in the results", "complete", |sandbox| {
        reclose(sandbox, |close| _ = close.files.insert("payouts/safe.csv".to_owned(), b"a\n".to_vec()));
    }),
    attack("a file less in the results", "complete", |sandbox| {
        reclose(sandbox, |close| _ = close.files.remove("carry.json"));
    }),
    attack("a file of the results renamed", "complete", |sandbox| {
        reclose(sandbox, |close| {
            let carry = close.files.remove("carry.json").unwrap();
            close.files.insert("Carry.json".to_owned(), carry);
        });
    }),
    attack("digests of two files swapped", "complete", |sandbox| {
        restate(sandbox, |statement| {
            let (left, right) = statement.subject.split_at_mut(1);
            std::mem::swap(&mut left[0].digest, &mut right[0].digest);
        });
    }),
    attack("a digest in capital letters", "complete", |sandbox| {
        restate(sandbox, |statement| {
            let digest = &mut statement.subject[0].digest.sha256;
            *digest = digest.to_uppercase();
        });
    }),
    attack("subject out of order", "complete", |sandbox| {
        restate(sandbox, |statement| statement.subject.reverse());
    }),
    attack("a file twice in the subject", "complete", |sandbox| {
        restate(sandbox, |statement| statement.subject.insert(0, statement.subject[0].clone()));
    }),
    attack("statement names itself", "complete", |sandbox| {
        restate(sandbox, |statement| {
            let mut itself = statement.subject[0].clone();
            itself.name = STATEMENT.to_owned();
            statement.subject.push(itself);
        });
    }),
    attack("statement names a file outside of the results", "complete", |sandbox| {
        restate(sandbox, |statement| {
            let mut outside = statement.subject[0].clone();
            outside.name = "../praise.csv".to_owned();
            statement.subject.insert(0, outside);
        });
    }),
    attack("CRLF conversion in the close", "complete", |sandbox| {
        reclose(sandbox, |close| {
            let table = String::from_utf8(close.files[DISTRIBUTION].clone()).unwrap();
            close.files.insert(DISTRIBUTION.to_owned(), table.replace('\n', "\r\n").into_bytes());
        });
    }),
    attack("a stray file in the results before the close", "complete", |sandbox| {
        close_after(sandbox, |sandbox| {
            sandbox.write(&result("payouts/safe.csv"), "0x1,1000000\n");
            sandbox.commit("Prepare");
        });
    }),
    // inputs
    attack("inputs altered between reading and closing", "inputs", |sandbox| {
        close_after(sandbox, |sandbox| {
            halve_the_inputs(sandbox);
            sandbox.commit("Corrections");
        });
    }),
    attack("digest of an input swapped", "inputs", |sandbox| {
        restate(sandbox, |statement| {
            let other = statement.predicate.inputs[0].digest.clone();
            statement.predicate.inputs[1].digest = other;
        });
    }),
    attack("size of an input", "inputs", |sandbox| {
        restate(sandbox, |statement| statement.predicate.inputs[0].bytes += 1);
    }),
    attack("inputs out of order", "inputs", |sandbox| {
        restate(sandbox, |statement| statement.predicate.inputs.reverse());
    }),
    attack("an input that is not there", "inputs", |sandbox| {
        restate(sandbox, |statement| {
            let inputs = &mut statement.predicate.inputs;
            let mut missing = inputs[inputs.len() - 1].clone();
            missing.name = format!("{LAST}/z.csv");
            inputs.push(missing);
        });
    }),
    attack("symbolic link among the inputs", "inputs", |sandbox| {
        close_after(sandbox, |sandbox| {
            let board = sandbox.at(&format!("{LAST}/rewardboard.csv"));
            fs::remove_file(&board).unwrap();
            symlink("../2026-02/rewardboard.csv", board).unwrap();
            sandbox.commit("Link");
        });
    }),
    attack("submodule among the inputs", "inputs", |sandbox| {
        close_after(sandbox, |sandbox| {
            let head = sandbox.git_ok(&["rev-parse", "HEAD"]);
            let path = format!("{LAST}/rewardboard.csv");
            let _ = sandbox.git(&["rm", "-q", "--cached", &path]).ok();
            let _ =
                sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},{path}")]).ok();
            let _ = sandbox.git(&["commit", "-q", "-m", "Module"]).ok();
            let _ = sandbox.git(&["reset", "-q", "--hard"]).ok();
        });
    }),
    attack("input removed before the close", "inputs", |sandbox| {
        close_after(sandbox, |sandbox| {
            fs::remove_file(sandbox.at(&format!("{LAST}/rewardboard.csv"))).unwrap();
            sandbox.commit("Tidy");
        });
    }),
    attack("record replayed from another ledger", "inputs", |sandbox| {
        // ledger.json with its id is an input of every statement.
        replay(sandbox, |_, _| {});
    }),
];

/// Commits the index, signed.
fn commit_index(sandbox: &Sandbox, message: &str) {
    let key = format!("user.signingkey={}", sandbox.key("treasurer"));
    let commit = ["commit", "-q", "--cleanup=verbatim", "-S", "-m", message];
    let _ = sandbox.git(&[&["-c", "gpg.format=ssh", "-c", &key][..], &commit].concat()).ok();
}
