//! What is done to say that somebody was paid who was not: the check `settlements`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use meed::settlement::Settlement;
use meed::statement::Figure;

use super::forge::{store, with_signer};
use super::{Attack, attack_saying};
use crate::support::sandbox::Sandbox;

const FIRST: &str = "rounds/2026-02/settlements/1.json";
const SECOND: &str = "rounds/2026-02/settlements/2.json";
const BOARD: &str = "0x3333333333333333333333333333333333333333";

/// Records a transaction with the program.
#[track_caller]
fn settle(sandbox: &Sandbox, round: &str, digit: char, more: &[&str]) {
    let (hash, key) = (format!("0x{}", digit.to_string().repeat(64)), sandbox.key("treasurer"));
    let _ = sandbox.meed(&[&["settle", round, "--tx", &hash, "--key", &key], more].concat()).ok();
}

/// Records that the board got 1 TOK.
#[track_caller]
fn settle_part(sandbox: &Sandbox, digit: char, more: &[&str]) {
    fs::write(sandbox.path("paid.csv"), format!("address,amount\n{BOARD},1\n")).unwrap();
    let file = sandbox.key("paid.csv");
    settle(sandbox, "2026-02", digit, &[&["--file", &file], more].concat());
}

/// The settlement that the program would write next; the commit is taken off again.
#[track_caller]
fn taken(sandbox: &Sandbox, digit: char) -> Settlement {
    settle_part(sandbox, digit, &[]);
    let path = if sandbox.at(SECOND).exists() { SECOND } else { FIRST };
    let settlement = Settlement::read(path, sandbox.read(path).as_bytes()).unwrap();
    let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    settlement
}

/// The message that belongs to a settlement.
fn message(settlement: &Settlement) -> String {
    let recipients = settlement.payments.as_ref().map_or(0, Vec::len);
    settlement.commit_message("TOK", recipients, &format!("meed {}", env!("CARGO_PKG_VERSION")))
}

/// Commits a settlement as the program does, signed by a key of the sandbox.
#[track_caller]
fn commit(sandbox: &Sandbox, key: &str, path: &str, settlement: &Settlement) {
    sandbox.write(path, settlement.to_bytes());
    sandbox.commit_signed(key, &message(settlement), &[]);
}

/// A settlement of a signer who changed it, everything else refitted.
#[track_caller]
fn forge(sandbox: &Sandbox, change: impl FnOnce(&mut Settlement)) {
    let mut settlement = taken(sandbox, 'a');
    change(&mut settlement);
    commit(sandbox, "treasurer", FIRST, &settlement);
}

/// Gives the first payee another amount.
fn pay(settlement: &mut Settlement, amount: &str) {
    settlement.payments.as_mut().unwrap()[0].amount = Figure(amount.to_owned());
    settlement.total = Figure(amount.to_owned());
}

/// A falsification that the check sees for this reason.
const fn seen(name: &'static str, says: &'static str, falsify: fn(&Sandbox)) -> Attack {
    attack_saying(name, "settlements", says, falsify)
}

pub const ATTACKS: &[Attack] = &[
    // who
    seen("an unsigned settlement", "it is not signed", |sandbox| {
        let settlement = taken(sandbox, 'a');
        sandbox.write(FIRST, settlement.to_bytes());
        sandbox.commit(&message(&settlement));
    }),
    seen("a settlement by a stranger", "it is signed by SHA256:", |sandbox| {
        let settlement = taken(sandbox, 'a');
        commit(sandbox, "mallory", FIRST, &settlement);
    }),
    seen("a settlement by somebody who is no signer any more", "it is signed by SHA256:", |sandbox| {
        let settlement = taken(sandbox, 'a');
        let key = sandbox.key("treasurer");
        let _ = sandbox.meed(&["signers", "remove", "steward@example.org", "--key", &key]).ok();
        commit(sandbox, "steward", FIRST, &settlement);
    }),
    seen("a settlement by somebody whom a signer lists later", "it is signed by SHA256:", |sandbox| {
        let settlement = taken(sandbox, 'a');
        commit(sandbox, "mallory", FIRST, &settlement);
        let list = with_signer(sandbox, "mallory", "");
        sandbox.write("allowed_signers", list);
        sandbox.commit_signed("treasurer", "Add a signer\n", &[]);
    }),
    seen("a settlement whose signature is another commit's", "the signature does not fit", |sandbox| {
        settle_part(sandbox, 'a', &[]);
        let commit = super::forge::raw(sandbox, "HEAD");
        store(sandbox, &commit.replacen("Treasurer <", "Treasury <", 2));
    }),
    seen("a settlement dated before the record", "before that of the record commit", |sandbox| {
        let settlement = taken(sandbox, 'a');
        sandbox.write(FIRST, settlement.to_bytes());
        let _ = sandbox.git(&["add", "-A"]).ok();
        let signing = format!("user.signingkey={}", sandbox.key("treasurer"));
        let mut command = sandbox.command("git");
        command.args([
            "-c",
            "gpg.format=ssh",
            "-c",
            &signing,
            "commit",
            "-q",
            "--cleanup=verbatim",
            "-S",
            "-m",
        ]);
        command.arg(message(&settlement)).env("GIT_COMMITTER_DATE", "1780272060 +0000");
        assert!(command.status().unwrap().success());
    }),
    // what
    seen("a settlement that pays more than is owed", "to whom 3 TOK are open", |sandbox| {
        forge(sandbox, |settlement| pay(settlement, "3.000000000000000001"));
    }),
    seen("settlements that pay more than is owed together", "to whom 2 TOK are open", |sandbox| {
        settle_part(sandbox, 'b', &[]);
        let mut settlement = taken(sandbox, 'a');
        pay(&mut settlement, "2.1");
        commit(sandbox, "treasurer", SECOND, &settlement);
    }),
    seen("a settlement that pays somebody else", "owes nothing to 0x9999", |sandbox| {
        forge(sandbox, |settlement| {
            settlement.payments.as_mut().unwrap()[0].address = format!("0x{}", "9".repeat(40));
        });
    }),
    seen("a settlement that pays nothing", "amount is 0", |sandbox| {
        forge(sandbox, |settlement| pay(settlement, "0"));
    }),
    seen("a settlement whose total is no sum", "`total` is not the sum", |sandbox| {
        forge(sandbox, |settlement| settlement.total = Figure("2".to_owned()));
    }),
    seen("a settlement with an amount spelled another way", "not written exactly", |sandbox| {
        forge(sandbox, |settlement| pay(settlement, "1.0"));
    }),
    seen("a settlement of a settled round", "owes nothing any more", |sandbox| {
        let mut settlement = taken(sandbox, 'a');
        settle(sandbox, "2026-02", 'b', &[]);
        settlement.settlement = 2;
        commit(sandbox, "treasurer", SECOND, &settlement);
    }),
    seen("a settlement of another statement", "it settles another statement", |sandbox| {
        forge(sandbox, |settlement| settlement.statement_sha256 = "5".repeat(64));
    }),
    seen("a settlement copied to another round", "it settles another statement", |sandbox| {
        let settlement = taken(sandbox, 'a');
        commit(sandbox, "treasurer", "rounds/2026-01/settlements/1.json", &settlement);
    }),
    seen(
        "a transaction that settles two rounds",
        "its transaction stands already in rounds/2026-01/settlements/1.json",
        |sandbox| {
            let settlement = taken(sandbox, 'a');
            settle(sandbox, "2026-01", 'a', &[]);
            commit(sandbox, "treasurer", FIRST, &settlement);
        },
    ),
    seen("a second payout format", "name the payout format safe-csv, this one disperse", |sandbox| {
        settle_part(sandbox, 'b', &["--payout", "safe-csv"]);
        let mut settlement = taken(sandbox, 'a');
        settlement.payout = meed::ledger::payout_format::PayoutFormat::parse("disperse");
        commit(sandbox, "treasurer", SECOND, &settlement);
    }),
    seen("a settlement with a number left out", "settlements/1.json is missing", |sandbox| {
        let mut settlement = taken(sandbox, 'a');
        settlement.settlement = 2;
        commit(sandbox, "treasurer", SECOND, &settlement);
    }),
    seen("a number left out and filled in later", "settlements/1.json was not there before it", |sandbox| {
        let first = taken(sandbox, 'a');
        settle_part(sandbox, 'c', &[]);
        let second = taken(sandbox, 'b');
        let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
        commit(sandbox, "treasurer", SECOND, &second);
        commit(sandbox, "treasurer", FIRST, &first);
    }),
    seen("a settlement that says another number than its name", "it is number 2, not 1", |sandbox| {
        forge(sandbox, |settlement| settlement.settlement = 2);
    }),
    seen("a settlement that is written another way", "it is not written as meed writes it", |sandbox| {
        let settlement = taken(sandbox, 'a');
        let bytes = String::from_utf8(settlement.to_bytes()).unwrap().replace("  \"", "\t\"");
        sandbox.write(FIRST, bytes);
        sandbox.commit_signed("treasurer", &message(&settlement), &[]);
    }),
    seen("a settlement that cannot be read", "missing field", |sandbox| {
        sandbox.write(FIRST, "{\"format\": 1}\n");
        sandbox.commit_signed("treasurer", "Settle 2026-02\n", &[]);
    }),
    // how
    seen("a settlement with another message", "its message reads `Settle 2026-02: 100 TOK", |sandbox| {
        let settlement = taken(sandbox, 'a');
        sandbox.write(FIRST, settlement.to_bytes());
        sandbox.commit_signed("treasurer", &message(&settlement).replace("1 TOK", "100 TOK"), &[]);
    }),
    seen("a settlement that changes something else too", "it also changes notes.md", |sandbox| {
        let settlement = taken(sandbox, 'a');
        sandbox.write("notes.md", "a note\n");
        commit(sandbox, "treasurer", FIRST, &settlement);
    }),
    seen("a settlement that is a link", "not a regular file", |sandbox| {
        let settlement = taken(sandbox, 'a');
        fs::create_dir_all(sandbox.at("rounds/2026-02/settlements")).unwrap();
        symlink("../round.json", sandbox.at(FIRST)).unwrap();
        sandbox.commit_signed("treasurer", &message(&settlement), &[]);
    }),
    seen("a settlement that is executable", "not a regular file", |sandbox| {
        let settlement = taken(sandbox, 'a');
        sandbox.write(FIRST, settlement.to_bytes());
        fs::set_permissions(sandbox.at(FIRST), fs::Permissions::from_mode(0o755)).unwrap();
        sandbox.commit_signed("treasurer", &message(&settlement), &[]);
    }),
    seen("a folder of settlements that is a link", "is no settlement", |sandbox| {
        symlink("../2026-01", sandbox.at("rounds/2026-02/settlements")).unwrap();
        sandbox.commit_signed("treasurer", "A link\n", &[]);
    }),
    seen("something else beside settlements", "README.md is no settlement", |sandbox| {
        sandbox.write("rounds/2026-02/settlements/README.md", "Paid, trust me\n");
        sandbox.commit_signed("treasurer", "A note\n", &[]);
    }),
    seen("a settlement in a folder below", "more/1.json is no settlement", |sandbox| {
        let settlement = taken(sandbox, 'a');
        commit(sandbox, "treasurer", "rounds/2026-02/settlements/more/1.json", &settlement);
    }),
    seen("a settlement with zeros in its name", "01.json is no settlement", |sandbox| {
        let settlement = taken(sandbox, 'a');
        commit(sandbox, "treasurer", "rounds/2026-02/settlements/01.json", &settlement);
    }),
    seen("a settlement that a merge brings along", "it has 2 parents", |sandbox| {
        let settlement = taken(sandbox, 'a');
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
        commit(sandbox, "treasurer", FIRST, &settlement);
    }),
    seen(
        "a settlement made before its round was closed, merged",
        "was not added after the round was closed",
        |sandbox| {
            let settlement = taken(sandbox, 'a');
            let first = sandbox.git_ok(&["log", "--format=%H", "--grep=^Inputs of 2026-02"]);
            let _ = sandbox.git(&["checkout", "-q", "-b", "side", &first]).ok();
            commit(sandbox, "treasurer", FIRST, &settlement);
            let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
            let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
        },
    ),
    // afterwards
    seen("a settlement changed later", "which was written once", |sandbox| {
        settle_part(sandbox, 'a', &[]);
        let mut settlement = Settlement::read(FIRST, sandbox.read(FIRST).as_bytes()).unwrap();
        pay(&mut settlement, "2");
        commit(sandbox, "treasurer", FIRST, &settlement);
    }),
    seen("a settlement removed", "which was written once", |sandbox| {
        settle_part(sandbox, 'a', &[]);
        fs::remove_file(sandbox.at(FIRST)).unwrap();
        sandbox.commit_signed("treasurer", "Never paid\n", &[]);
    }),
    seen("a settlement removed and put back", "which was written once", |sandbox| {
        settle_part(sandbox, 'a', &[]);
        let settlement = Settlement::read(FIRST, sandbox.read(FIRST).as_bytes()).unwrap();
        fs::remove_file(sandbox.at(FIRST)).unwrap();
        sandbox.commit_signed("treasurer", "Never paid\n", &[]);
        commit(sandbox, "treasurer", FIRST, &settlement);
    }),
    seen("a settlement dropped by a merge", "which was written once", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "-b", "side"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        settle_part(sandbox, 'a', &[]);
        let _ = sandbox.git(&["checkout", "-q", "side"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge", "main"]).ok();
    }),
    seen("two settlements of one number, merged", "which was written once", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "-b", "side"]).ok();
        settle_part(sandbox, 'b', &[]);
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        settle_part(sandbox, 'a', &[]);
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge", "side"]).ok();
    }),
];
