//! Attacks by a signer who refits everything else: `chain`, `sums`, `money`, `pages`.

use meed::statement::{Carry, Figure};

use super::forge::{Close, DISTRIBUTION, LAST, repay, replay, restate};
use super::{Attack, attack, attack_saying};
use crate::support::sandbox::Sandbox;

/// The payout file of the prepared ledger.
const ARAGON: &str = "payouts/aragon.csv";
/// Somebody whom nobody owes anything, with the checksum.
const EVE: &str = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC";

/// Closes again after a change of the chain's fields.
fn rechain(sandbox: &Sandbox, sequence: u64, previous: &str) {
    restate(sandbox, |statement| {
        let predicate = &mut statement.predicate;
        predicate.sequence = sequence;
        let before = predicate.previous.as_mut().unwrap();
        before.sequence = sequence - 1;
        if !previous.is_empty() {
            previous.clone_into(&mut before.sha256);
        }
    });
}

/// Closes the same round, or another, on a second branch, and merges both.
fn fork(sandbox: &Sandbox, round: &str) {
    let close = Close::read(sandbox, LAST);
    let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    if round == LAST {
        close.commit(sandbox, "steward");
    } else {
        sandbox.add_round("2026-04");
        let _ = sandbox.close(&["2026-04"]).ok();
    }
    let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
    let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
}

/// The last round is closed again, behind a register that gives Cid an address.
fn close_with_release(sandbox: &Sandbox) {
    let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    let address = "0xcccccccccccccccccccccccccccccccccccccccc";
    sandbox.write("members.csv", format!("name,keys,address\nCid,id:acc-cid,{address}\n"));
    sandbox.commit("Cid has an address");
    let _ = sandbox.close(&[]).ok();
    assert!(sandbox.read(&format!("{LAST}/results/{DISTRIBUTION}")).contains(",released,total"));
}

pub const ATTACKS: &[Attack] = &[
    // chain
    attack("previous digest broken", "chain", |sandbox| rechain(sandbox, 3, &"0".repeat(64))),
    attack("a gap in the sequence", "chain", |sandbox| rechain(sandbox, 5, "")),
    attack("a sequence number twice", "chain", |sandbox| rechain(sandbox, 2, "")),
    attack("a statement that says it is the first", "chain", |sandbox| {
        restate(sandbox, |statement| {
            statement.predicate.sequence = 1;
            statement.predicate.previous = None;
        });
    }),
    attack("previous left out", "chain", |sandbox| {
        restate(sandbox, |statement| statement.predicate.previous = None);
    }),
    attack("previous names another round", "chain", |sandbox| {
        restate(sandbox, |statement| {
            statement.predicate.previous.as_mut().unwrap().round = "2026-01".to_owned();
        });
    }),
    attack("two closes of one round, merged", "chain", |sandbox| fork(sandbox, LAST)),
    attack("a fork merged", "chain", |sandbox| fork(sandbox, "rounds/2026-04")),
    attack("a fork of a close and a change of signers, merged", "chain", |sandbox| {
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
        let steward = sandbox.key("treasurer");
        let _ = sandbox.meed(&["signers", "remove", "steward@example.org", "--key", &steward]).ok();
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "-s", "ours", "--no-ff", "-m", "Merge", "side"]).ok();
    }),
    attack("a middle round removed from history", "chain", |sandbox| {
        let close = Close::take(sandbox);
        let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]).ok();
        sandbox.add_round("2026-03");
        close.commit(sandbox, "treasurer");
    }),
    attack("record replayed from another ledger, its inputs refitted", "chain", |sandbox| {
        replay(sandbox, |sandbox, close| {
            let bytes = sandbox.read("ledger.json").into_bytes();
            let input = close.statement.predicate.inputs.iter_mut().find(|input| input.name == "ledger.json");
            input.unwrap().digest.sha256 = meed::files::sha256_hex(&bytes);
            close.refit();
        });
    }),
    attack("the ledger's id changed between rounds", "chain", |sandbox| {
        change_ledger(
            sandbox,
            LAST,
            |json| json.replace("0123456789abcdef", "fedcba9876543210"),
            |close| {
                let id = &mut close.statement.predicate.ledger.id;
                *id = id.replace("0123456789abcdef", "fedcba9876543210");
            },
        );
    }),
    attack("the rounds folder changed, a round closed again there", "chain", |sandbox| {
        change_ledger(
            sandbox,
            "again/2026-03",
            |json| json.replace("\"rounds\": \"rounds\"", "\"rounds\": \"again\""),
            |close| {
                let predicate = &mut close.statement.predicate;
                for input in &mut predicate.inputs {
                    input.name = input.name.replace("rounds/", "again/");
                }
                predicate.inputs.sort_by(|left, right| left.name.cmp(&right.name));
            },
        );
    }),
    // sums
    attack("an allocation that does not add up", "sums", |sandbox| {
        restate(sandbox, |statement| {
            statement.predicate.allocations[0].sums.paid = Figure("99".to_owned());
        });
    }),
    attack("totals that do not add up", "sums", |sandbox| {
        restate(sandbox, |statement| statement.predicate.totals.paid = Figure("99".to_owned()));
    }),
    attack("totals that add up to something else", "sums", |sandbox| {
        restate(sandbox, |statement| {
            let totals = &mut statement.predicate.totals;
            totals.declared = Figure("100.5".to_owned());
        });
    }),
    attack("an amount that is none", "sums", |sandbox| {
        restate(sandbox, |statement| statement.predicate.totals.kept = Figure("1e3".to_owned()));
    }),
    attack("an amount beyond all limits", "sums", |sandbox| {
        restate(sandbox, |statement| statement.predicate.totals.pool = Figure("9".repeat(80)));
    }),
    // money
    attack("payout altered, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| {
            close.edit(
                DISTRIBUTION,
                ",57.857142857142857143,0,0,57.857142857142857143",
                ",67.857142857142857143,0,0,67.857142857142857143",
            )
        });
    }),
    attack("one unit altered, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| {
            close.edit(
                DISTRIBUTION,
                ",57.857142857142857143,0,0,57.857142857142857143",
                ",57.857142857142857142,0,0,57.857142857142857142",
            )
        });
    }),
    attack("another address, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| close.edit(DISTRIBUTION, "0xbbbbbbbb", "0xcccccccc"));
    }),
    attack("payout file for another address, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| {
            close.edit(ARAGON, "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB", EVE);
        });
    }),
    attack("payout file with another amount, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| close.edit(ARAGON, ",57.857", ",67.857"));
    }),
    attack("payout file with a row more, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| {
            let row = format!("{EVE},1,TOK\n");
            close.files.get_mut(ARAGON).unwrap().extend(row.into_bytes());
        });
    }),
    attack("payout file in another order, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| {
            let text = String::from_utf8(close.files[ARAGON].clone()).unwrap();
            let lines: Vec<&str> = text.lines().rev().collect();
            close.files.insert(ARAGON.to_owned(), (lines.join("\n") + "\n").into_bytes());
        });
    }),
    attack("payout file left out, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| _ = close.files.remove(ARAGON));
    }),
    attack(
        "payout file of a format that the ledger does not choose, everything refitted",
        "money",
        |sandbox| {
            repay(sandbox, |close| {
                let file = format!("{EVE},1\n").into_bytes();
                close.files.insert("payouts/disperse.txt".to_owned(), file);
            });
        },
    ),
    attack("advice to pay another file, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| close.edit("payouts/README.txt", "aragon.csv", "eve.csv"));
    }),
    attack("rows in another order", "money", |sandbox| {
        repay(sandbox, |close| {
            let table = String::from_utf8(close.files[DISTRIBUTION].clone()).unwrap();
            let mut lines: Vec<&str> = table.lines().collect();
            lines.swap(1, 2);
            close.files.insert(DISTRIBUTION.to_owned(), (lines.join("\n") + "\n").into_bytes());
        });
    }),
    attack("byte order mark in the payouts", "money", |sandbox| {
        repay(sandbox, |close| {
            let bytes = [b"\xef\xbb\xbf", close.files[DISTRIBUTION].as_slice()].concat();
            close.files.insert(DISTRIBUTION.to_owned(), bytes);
        });
    }),
    attack("CRLF conversion in the close, refitted", "money", |sandbox| {
        repay(sandbox, |close| {
            let table = String::from_utf8(close.files["carry.json"].clone()).unwrap();
            close.files.insert("carry.json".to_owned(), table.replace('\n', "\r\n").into_bytes());
        });
    }),
    attack("carry altered, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| {
            let mut carry = Carry::read("carry.json", &close.files["carry.json"]).unwrap();
            carry.held[0].amount = Figure("1000".to_owned());
            close.files.insert("carry.json".to_owned(), carry.to_bytes());
        });
    }),
    attack("held balance handed to another key", "money", |sandbox| {
        repay(sandbox, |close| close.edit("carry.json", "id:acc-cid", "id:acc-eve"));
    }),
    attack("a held balance released to another address, everything refitted", "money", |sandbox| {
        close_with_release(sandbox);
        repay(sandbox, |close| close.edit(DISTRIBUTION, "0xcccccccc", "0xdddddddd"));
    }),
    attack("a held balance released and still held, everything refitted", "money", |sandbox| {
        let before = Close::read(sandbox, "rounds/2026-02").files["carry.json"].clone();
        close_with_release(sandbox);
        repay(sandbox, |close| _ = close.files.insert("carry.json".to_owned(), before));
    }),
    attack("carry left out, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| _ = close.files.remove("carry.json"));
    }),
    attack("a file more, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| _ = close.files.insert("payouts.csv".to_owned(), b"a\n".to_vec()));
    }),
    attack("results in results, everything refitted", "money", |sandbox| {
        repay(sandbox, |close| _ = close.files.insert("results/payouts.csv".to_owned(), b"a\n".to_vec()));
    }),
    attack("method swapped", "money", |sandbox| {
        restate(sandbox, |statement| {
            "sourcecred-v1".clone_into(&mut statement.predicate.allocations[0].method)
        });
    }),
    attack("method that does not exist", "money", |sandbox| {
        restate(sandbox, |statement| "praise-v9".clone_into(&mut statement.predicate.allocations[0].method));
    }),
    attack("format lowered", "money", |sandbox| {
        restate(sandbox, |statement| statement.predicate.formats.record = 0)
    }),
    attack("format raised", "money", |sandbox| {
        restate(sandbox, |statement| statement.predicate.formats.record = 2)
    }),
    attack("format of pages raised", "money", |sandbox| {
        // Pages of a format that this meed does not know cannot be rebuilt, but nothing else may
        // hide behind that number.
        repay(sandbox, |close| {
            close.statement.predicate.formats.pages = 9;
            close.files.insert("payouts.csv".to_owned(), b"a\n".to_vec());
        });
    }),
    attack("an input not listed", "money", |sandbox| {
        restate(sandbox, |statement| _ = statement.predicate.inputs.pop());
    }),
    attack("an input too many listed", "money", |sandbox| {
        restate(sandbox, |statement| {
            let inputs = &mut statement.predicate.inputs;
            let again = inputs[inputs.len() - 1].clone();
            inputs.push(again);
        });
    }),
    attack("another period", "money", |sandbox| {
        restate(sandbox, |statement| statement.predicate.period.end = "2026-03-31".to_owned());
    }),
    attack("another token", "money", |sandbox| {
        restate(sandbox, |statement| statement.predicate.token.symbol = "OTHER".to_owned());
    }),
    attack("another contract of the token", "money", |sandbox| {
        restate(sandbox, |statement| {
            statement.predicate.token.address = Some("0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".to_owned());
        });
    }),
    attack("another name of the ledger", "money", |sandbox| {
        restate(sandbox, |statement| statement.predicate.ledger.name = "Other Commons".to_owned());
    }),
    attack("amounts that add up but are not those", "money", |sandbox| {
        restate(sandbox, |statement| {
            let predicate = &mut statement.predicate;
            for sums in [&mut predicate.allocations[0].sums, &mut predicate.totals] {
                std::mem::swap(&mut sums.paid, &mut sums.unallocated);
            }
        });
    }),
    attack("statement written in another form", "money", |sandbox| {
        super::forge::reclose(sandbox, |close| {
            close.bytes = serde_json::to_vec(&close.statement).unwrap();
            close.refit_message();
        });
    }),
    attack("two inputs that differ by case", "money", |sandbox| {
        let close = Close::take(sandbox);
        sandbox.write(&format!("{LAST}/Praise.csv"), sandbox.read(&format!("{LAST}/praise.csv")));
        sandbox.commit("More");
        close.commit(sandbox, "treasurer");
    }),
    attack("a round inside of a round", "money", |sandbox| {
        sandbox.add_round("2026-04/2026-05");
        sandbox.write_round("2026-04");
        sandbox.commit("Inputs");
        Close::compute(sandbox, "2026-04/2026-05").commit(sandbox, "treasurer");
    }),
    attack("a round that differs from another by case", "money", |sandbox| {
        sandbox.add_round("q-04");
        sandbox.add_round("Q-04");
        Close::compute(sandbox, "q-04").commit(sandbox, "treasurer");
    }),
    attack("a round of the time before meed", "money", |sandbox| {
        sandbox.add_round("2026-04");
        let ledger = sandbox.read("ledger.json").replacen('{', "{\"history\": [\"2026-04\"],", 1);
        sandbox.write("ledger.json", ledger);
        sandbox.commit("Settings");
        Close::compute(sandbox, "2026-04").commit(sandbox, "treasurer");
    }),
    attack_saying(
        "a round of history taken out of the list and closed",
        "chain",
        "listed it when statement 3 (2026-03) was closed",
        |sandbox| {
            let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
            sandbox.add_round("2026-04");
            let ledger = sandbox.read("ledger.json");
            sandbox.write("ledger.json", ledger.replacen('{', "{\"history\": [\"2026-04\"],", 1));
            sandbox.commit("Settings");
            let _ = sandbox.close(&["2026-03"]).ok();
            sandbox.write("ledger.json", ledger);
            sandbox.commit("Settings");
            Close::compute(sandbox, "2026-04").commit(sandbox, "treasurer");
        },
    ),
    attack("a round in two forms", "money", |sandbox| {
        sandbox.add_round("2026-04");
        let close = Close::compute(sandbox, "2026-04");
        sandbox.write("rounds/2026-04/parameters.json", "{}\n");
        sandbox.commit("Settings");
        close.commit(sandbox, "treasurer");
    }),
    // pages
    attack("a report of our own format that nobody made", "pages", |sandbox| {
        repay(sandbox, |close| {
            _ = close.files.insert("report/report.md".to_owned(), b"all is well\n".to_vec())
        });
    }),
];

/// Closes the last round again after a change of ledger.json, in a round folder that may be new.
fn change_ledger(sandbox: &Sandbox, round: &str, change: fn(String) -> String, fit: fn(&mut Close)) {
    let mut close = Close::take(sandbox);
    let before = sandbox.read("ledger.json");
    let ledger = change(before.clone());
    assert_ne!(ledger, before);
    sandbox.write("ledger.json", &ledger);
    if round != LAST {
        for file in ["round.json", "praise.csv", "rewardboard.csv"] {
            sandbox.write(&format!("{round}/{file}"), sandbox.read(&format!("{LAST}/{file}")));
        }
    }
    sandbox.commit("Settings");
    fit(&mut close);
    let inputs = &mut close.statement.predicate.inputs;
    let input = inputs.iter_mut().find(|input| input.name == "ledger.json").unwrap();
    input.digest.sha256 = meed::files::sha256_hex(ledger.as_bytes());
    input.bytes = ledger.len() as u64;
    round.clone_into(&mut close.round);
    close.refit();
    close.commit(sandbox, "treasurer");
}
