//! Attacks on amendments: one that is no correction of what it says, stands elsewhere in the chain, or
//! touches what was there.

use super::forge::{Close, repay_of};
use super::{Attack, attack, attack_saying};
use crate::support::sandbox::Sandbox;

const ROUND: &str = "rounds/2026-01";
const REVISION: &str = "rounds/2026-01/revisions/2";
const BEA: &str = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Amends the first round with the program.
#[track_caller]
fn amend(sandbox: &Sandbox) {
    sandbox.correct("2026-01", 2);
    let _ = sandbox.amend("2026-01", &[]).ok();
}

/// Amends, and commits the amendment again with its results changed and everything else refitted.
#[track_caller]
fn reamend(sandbox: &Sandbox, change: impl FnOnce(&mut Close)) {
    amend(sandbox);
    repay_of(sandbox, REVISION, change);
}

pub const ATTACKS: &[Attack] = &[
    attack("adjustments altered, in favour of who was paid too much", "money", |sandbox| {
        reamend(sandbox, |close| close.edit("adjustments.csv", ",-12.857142857142857143\n", ",0\n"));
    }),
    attack("adjustments altered, to pay more", "money", |sandbox| {
        reamend(sandbox, |close| {
            close.edit("adjustments.csv", ",10.285714285714285714,0\n", ",20.285714285714285714,0\n");
        });
    }),
    attack("what is owed by somebody taken out of the state", "money", |sandbox| {
        reamend(sandbox, |close| close.edit("carry.json", "-12.857142857142857143", "-2.857142857142857143"));
    }),
    attack("a row more in the adjustments", "money", |sandbox| {
        reamend(sandbox, |close| {
            close.edit("adjustments.csv", "\nBea,", &format!("\nBea,{BEA},,acc-x,0,0,0,1,0\nBea,"));
        });
    }),
    attack("distribution of a revision altered", "money", |sandbox| {
        reamend(sandbox, |close| close.edit("distribution.csv", ",45,", ",46,"));
    }),
    attack("differences of a revision that do not add up", "sums", |sandbox| {
        reamend(sandbox, |close| {
            let sums = &mut close.statement.predicate.allocations[0].sums;
            sums.pool.0 = "1".to_owned();
        });
    }),
    attack("a revision that rewrites revision 1", "append-only", |sandbox| {
        amend(sandbox);
        for name in ["distribution.csv", "carry.json"] {
            let new = sandbox.read(&format!("{REVISION}/results/{name}"));
            sandbox.write(&format!("{ROUND}/results/{name}"), new);
        }
        sandbox.commit_signed("treasurer", "Put the correction where it belongs\n", &[]);
    }),
    attack("a revision closed together with a change of the round", "commit", |sandbox| {
        amend(sandbox);
        let close = Close::take_of(sandbox, REVISION);
        close.write(sandbox);
        sandbox.write(&format!("{ROUND}/notes.md"), "corrected\n");
        sandbox.commit_signed("treasurer", &close.message, &[]);
    }),
    attack_saying("a revision in the folder of another", "commit", "whose results folder is", |sandbox| {
        amend(sandbox);
        let mut close = Close::take_of(sandbox, REVISION);
        close.round = format!("{ROUND}/revisions/3");
        close.commit(sandbox, "treasurer");
    }),
    attack_saying("revision 3 without revision 2", "money", "the next revision is 2", |sandbox| {
        amend(sandbox);
        let mut close = Close::take_of(sandbox, REVISION);
        close.round = format!("{ROUND}/revisions/3");
        close.statement.predicate.revision = 3;
        close.refit();
        close.commit(sandbox, "treasurer");
    }),
    attack_saying("an amendment of a round that never was closed", "money", "is not closed", |sandbox| {
        amend(sandbox);
        let mut close = Close::take_of(sandbox, REVISION);
        sandbox.add_round("2026-09");
        close.round = "rounds/2026-09/revisions/2".to_owned();
        close.statement.predicate.round = "2026-09".to_owned();
        close.refit();
        close.commit(sandbox, "treasurer");
    }),
    attack_saying("an amendment put into the middle of the chain", "chain", "fork at", |sandbox| {
        let first = sandbox.git_ok(&["log", "--format=%H", "--grep=^Close 2026-01", "-1"]);
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", &first]).ok();
        amend(sandbox);
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
    }),
    attack("an amendment that says it stands earlier", "chain", |sandbox| {
        reamend(sandbox, |close| {
            close.statement.predicate.sequence = 2;
        });
    }),
    attack("an amendment by a stranger", "signer", |sandbox| {
        amend(sandbox);
        Close::take_of(sandbox, REVISION).commit(sandbox, "mallory");
    }),
    attack("the reason altered later", "inputs", |sandbox| {
        amend(sandbox);
        sandbox.write(&format!("{REVISION}/reason.md"), "Nobody knows.\n");
        sandbox.commit("Forget why");
    }),
    attack("the corrected file altered later", "inputs", |sandbox| {
        amend(sandbox);
        let path = format!("{REVISION}/praise.csv");
        sandbox.write(&path, sandbox.read(&path).replacen(",13,5,", ",1,1,", 1));
        sandbox.commit("Correct the correction");
    }),
    attack("a revision taken away again", "append-only", |sandbox| {
        amend(sandbox);
        let _ = sandbox.git_ok(&["rm", "-rq", &format!("{REVISION}/results")]);
        sandbox.commit("Take it back");
    }),
    attack("a file added to the results of a revision", "append-only", |sandbox| {
        amend(sandbox);
        sandbox.write(&format!("{REVISION}/results/more.csv"), "a\n");
        sandbox.commit("More");
    }),
];
