//! What is done to a closed round afterwards: `append-only`, and `inputs` for what it was made of.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::forge::{DISTRIBUTION, STATEMENT};
use super::{Attack, attack};
use crate::support::sandbox::Sandbox;

const ROUND: &str = "rounds/2026-02";

/// Replaces text in a file of a closed round.
fn edit(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let path = format!("{ROUND}/{path}");
    let text = sandbox.read(&path);
    assert!(text.contains(from), "{text}");
    sandbox.write(&path, text.replace(from, to));
}

/// Changes files and commits them, signed by a signer: nobody may.
fn commit(sandbox: &Sandbox, change: fn(&Sandbox)) {
    change(sandbox);
    sandbox.commit_signed("treasurer", "Corrections\n", &[]);
}

/// Changes files in a merge only; no side holds the change.
fn merge(sandbox: &Sandbox, change: fn(&Sandbox)) {
    let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    sandbox.write("notes.md", "a note\n");
    sandbox.commit("A note");
    let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
    commit(sandbox, change);
}

fn alter_payout(sandbox: &Sandbox) {
    edit(sandbox, "results/distribution.csv", ",57.857142857142857143", ",67.857142857142857143");
}

fn alter_input(sandbox: &Sandbox) {
    edit(sandbox, "praise.csv", ",13,5,", ",1,1,");
}

pub const ATTACKS: &[Attack] = &[
    attack("payout altered in a later commit", "append-only", |sandbox| commit(sandbox, alter_payout)),
    attack("payout altered in a merge", "append-only", |sandbox| merge(sandbox, alter_payout)),
    attack("payout altered and put back", "append-only", |sandbox| {
        commit(sandbox, alter_payout);
        let _ = sandbox.git(&["revert", "--no-edit", "HEAD"]).ok();
    }),
    attack("payout altered, hidden by a replacement", "append-only", |sandbox| {
        let good = sandbox.git_ok(&["rev-parse", "HEAD"]);
        commit(sandbox, alter_payout);
        let bad = sandbox.git_ok(&["rev-parse", "HEAD"]);
        let _ = sandbox.git(&["replace", &bad, &good]).ok();
    }),
    attack("payout altered on a side, merged", "append-only", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~2"]).ok();
        commit(sandbox, alter_payout);
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
    }),
    attack("payout altered on a side, the merge takes ours", "append-only", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~2"]).ok();
        commit(sandbox, alter_payout);
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge", "side"]).ok();
    }),
    attack("statement altered in a later commit", "append-only", |sandbox| {
        commit(sandbox, |sandbox| edit(sandbox, "results/statement.json", "Test Commons", "Other Commons"));
    }),
    attack("carry altered in a later commit", "append-only", |sandbox| {
        commit(sandbox, |sandbox| edit(sandbox, "results/carry.json", "acc-cid", "acc-eve"));
    }),
    attack("payout file altered in a later commit", "append-only", |sandbox| {
        commit(sandbox, |sandbox| edit(sandbox, "results/payouts/aragon.csv", ",57.857", ",67.857"));
    }),
    attack("a file added to closed results", "append-only", |sandbox| {
        commit(sandbox, |sandbox| sandbox.write(&format!("{ROUND}/results/payouts/safe.csv"), "a\n"));
    }),
    attack("a file of closed results removed", "append-only", |sandbox| {
        commit(sandbox, |sandbox| {
            fs::remove_file(sandbox.at(&format!("{ROUND}/results/carry.json"))).unwrap()
        });
    }),
    attack("a file of closed results renamed", "append-only", |sandbox| {
        commit(sandbox, |sandbox| {
            let folder = sandbox.at(&format!("{ROUND}/results"));
            fs::rename(folder.join(DISTRIBUTION), folder.join("Distribution.csv")).unwrap();
        });
    }),
    attack("closed payouts made executable", "append-only", |sandbox| {
        commit(sandbox, |sandbox| {
            let path = sandbox.at(&format!("{ROUND}/results/{DISTRIBUTION}"));
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        });
    }),
    attack("closed payouts made a link", "append-only", |sandbox| {
        commit(sandbox, |sandbox| {
            let path = sandbox.at(&format!("{ROUND}/results/{DISTRIBUTION}"));
            fs::remove_file(&path).unwrap();
            symlink("/tmp/payouts.csv", path).unwrap();
        });
    }),
    attack("closed results made a link to another round's", "append-only", |sandbox| {
        commit(sandbox, |sandbox| {
            let folder = sandbox.at(&format!("{ROUND}/results"));
            fs::remove_dir_all(&folder).unwrap();
            symlink("../2026-01/results", folder).unwrap();
        });
    }),
    attack("CRLF conversion of closed results", "append-only", |sandbox| {
        commit(sandbox, |sandbox| edit(sandbox, "results/distribution.csv", "\n", "\r\n"));
    }),
    attack("closed results removed", "append-only", |sandbox| {
        commit(sandbox, |sandbox| fs::remove_dir_all(sandbox.at(&format!("{ROUND}/results"))).unwrap());
    }),
    attack("closed results removed and put back", "append-only", |sandbox| {
        commit(sandbox, |sandbox| fs::remove_dir_all(sandbox.at(&format!("{ROUND}/results"))).unwrap());
        let _ = sandbox.git(&["revert", "--no-edit", "HEAD"]).ok();
    }),
    attack("a close reverted", "append-only", |sandbox| {
        let _ = sandbox.git(&["revert", "--no-edit", "HEAD"]).ok();
    }),
    attack("a close reverted and closed again", "append-only", |sandbox| {
        let _ = sandbox.git(&["revert", "--no-edit", "HEAD"]).ok();
        let _ = sandbox.close(&[]).ok();
    }),
    attack("a close dropped by a merge", "append-only", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge", "main"]).ok();
    }),
    attack("statement of a closed round removed", "append-only", |sandbox| {
        commit(sandbox, |sandbox| {
            fs::remove_file(sandbox.at(&format!("{ROUND}/results/{STATEMENT}"))).unwrap()
        });
    }),
    // A round's folder that goes takes its inputs along, and that check comes first.
    attack("a middle round removed", "inputs", |sandbox| {
        commit(sandbox, |sandbox| fs::remove_dir_all(sandbox.at(ROUND)).unwrap());
    }),
    attack("input altered after the close", "inputs", |sandbox| commit(sandbox, alter_input)),
    attack("input altered in a merge", "inputs", |sandbox| merge(sandbox, alter_input)),
    attack("input altered and put back", "inputs", |sandbox| {
        commit(sandbox, alter_input);
        let _ = sandbox.git(&["revert", "--no-edit", "HEAD"]).ok();
    }),
    attack("round file altered after the close", "inputs", |sandbox| {
        commit(sandbox, |sandbox| edit(sandbox, "round.json", "\"100\"", "\"1000\""));
    }),
    attack("input removed after the close", "inputs", |sandbox| {
        commit(sandbox, |sandbox| fs::remove_file(sandbox.at(&format!("{ROUND}/praise.csv"))).unwrap());
    }),
    attack("input made a link after the close", "inputs", |sandbox| {
        commit(sandbox, |sandbox| {
            let path = sandbox.at(&format!("{ROUND}/praise.csv"));
            fs::remove_file(&path).unwrap();
            symlink("../2026-01/praise.csv", path).unwrap();
        });
    }),
    attack("CRLF conversion of inputs after the close", "inputs", |sandbox| {
        commit(sandbox, |sandbox| edit(sandbox, "praise.csv", "\n", "\r\n"));
    }),
];
