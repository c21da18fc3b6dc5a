//! What is done to a closed simulation, by a stranger or by a signer who refits digests, message and
//! signature: each fails its one check.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use meed::files::sha256_hex;
use meed::simulation::statement::SimulationStatement;
use meed::statement::{Digest, Subject};

use super::forge::message_of;
use super::{Attack, attack, attack_saying};
use crate::support::files_below;
use crate::support::sandbox::Sandbox;

const FOLDER: &str = "simulations/funding";
const STATEMENT: &str = "statement.json";

/// A simulation taken out of the commit that closed it.
struct Closed {
    files: BTreeMap<String, Vec<u8>>,
    statement: SimulationStatement,
    message: String,
}

impl Closed {
    /// Closes a simulation in the ledger and takes the commit off again.
    fn take(sandbox: &Sandbox) -> Self {
        close(sandbox);
        let mut files = files_below(&sandbox.at(&format!("{FOLDER}/results")));
        let bytes = files.remove(STATEMENT).unwrap();
        let statement = SimulationStatement::read(STATEMENT, &bytes).unwrap();
        let message = message_of(sandbox, "HEAD");
        let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
        Self { files, statement, message }
    }

    /// Replaces text in a file of the results.
    fn edit(&mut self, name: &str, from: &str, to: &str) {
        let file = self.files.get_mut(name).unwrap();
        let text = String::from_utf8(file.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *file = text.replacen(from, to, 1).into_bytes();
    }

    /// Digests of the results as they are now into the statement.
    fn refit_subject(&mut self) {
        let subject = |(name, bytes): (&String, &Vec<u8>)| Subject {
            name: name.clone(),
            digest: Digest { sha256: sha256_hex(bytes) },
        };
        self.statement.subject = self.files.iter().map(subject).collect();
    }

    /// The message that belongs to the statement as it is now.
    fn refit_message(&mut self) {
        let engine = format!("meed {}", env!("CARGO_PKG_VERSION"));
        self.message = self.statement.commit_message(&sha256_hex(&self.statement.to_bytes()), &engine);
    }

    /// Writes the results into the work tree.
    fn write(&self, sandbox: &Sandbox, folder: &str) {
        for (name, bytes) in &self.files {
            sandbox.write(&format!("{folder}/results/{name}"), bytes);
        }
        sandbox.write(&format!("{folder}/results/{STATEMENT}"), self.statement.to_bytes());
    }
}

/// Adds a simulation and closes it.
fn close(sandbox: &Sandbox) {
    sandbox.add_simulation("funding");
    let _ = sandbox.close(&[FOLDER]).ok();
}

/// Closes with changed results; digests and message fit.
fn rerun(sandbox: &Sandbox, change: impl FnOnce(&mut Closed)) {
    reclose(sandbox, |closed| {
        change(closed);
        closed.refit_subject();
        closed.refit_message();
    });
}

/// Closes with a changed statement; the message fits.
fn restate(sandbox: &Sandbox, change: impl FnOnce(&mut SimulationStatement)) {
    reclose(sandbox, |closed| {
        change(&mut closed.statement);
        closed.refit_message();
    });
}

fn reclose(sandbox: &Sandbox, change: impl FnOnce(&mut Closed)) {
    let mut closed = Closed::take(sandbox);
    change(&mut closed);
    closed.write(sandbox, FOLDER);
    sandbox.commit_signed("treasurer", &closed.message, &[]);
}

/// Closes, and commits a change behind it, signed by a signer: nobody may.
fn later(sandbox: &Sandbox, change: impl FnOnce(&Sandbox)) {
    close(sandbox);
    change(sandbox);
    sandbox.commit_signed("treasurer", "Corrections\n", &[]);
}

fn edit(sandbox: &Sandbox, name: &str, from: &str, to: &str) {
    let path = format!("{FOLDER}/{name}");
    let text = sandbox.read(&path);
    assert!(text.contains(from), "{text}");
    sandbox.write(&path, text.replacen(from, to, 1));
}

fn remove(sandbox: &Sandbox, name: &str) {
    let path = sandbox.at(&format!("{FOLDER}/{name}"));
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
}

fn revert(sandbox: &Sandbox) {
    let _ = sandbox.git(&["revert", "--no-edit", "HEAD"]).ok();
}

pub const ATTACKS: &[Attack] = &[
    attack_saying("simulation: a row altered, digests fit", "rows", "rows.csv is not what", |sandbox| {
        rerun(sandbox, |closed| closed.edit("rows.csv", ",273\n", ",373\n"))
    }),
    attack_saying("simulation: its summary altered, digests fit", "rows", "summary.csv", |sandbox| {
        rerun(sandbox, |closed| closed.edit("summary.csv", "0,0,1,tokens,3,", "0,0,1,tokens,4,"))
    }),
    attack("simulation: a table added and named", "rows", |sandbox| {
        rerun(sandbox, |closed| _ = closed.files.insert("failures.csv".to_owned(), b"none\n".to_vec()))
    }),
    attack("simulation: its rows left out", "rows", |sandbox| {
        rerun(sandbox, |closed| _ = closed.files.remove("rows.csv"))
    }),
    attack_saying("simulation: another seed stated", "rows", "statement.json is not what", |sandbox| {
        restate(sandbox, |statement| statement.predicate.seed = 2)
    }),
    attack("simulation: more runs stated", "rows", |sandbox| {
        restate(sandbox, |statement| statement.predicate.runs = 3000)
    }),
    attack("simulation: failures concealed", "rows", |sandbox| {
        restate(sandbox, |statement| statement.predicate.failed = 1)
    }),
    attack("simulation: the statement of another ledger", "rows", |sandbox| {
        restate(sandbox, |statement| statement.predicate.ledger.id = "fedcba9876543210".to_owned())
    }),
    attack("simulation: a model that is not known", "rows", |sandbox| {
        restate(sandbox, |statement| statement.predicate.model = "work\nRound: 2026-09".to_owned())
    }),
    attack_saying("simulation: another record format", "rows", "record format 2", |sandbox| {
        restate(sandbox, |statement| statement.predicate.formats.record = 2)
    }),
    attack("simulation: an input left out of the statement", "rows", |sandbox| {
        restate(sandbox, |statement| _ = statement.predicate.inputs.remove(1))
    }),
    attack("simulation: its report altered, digests fit", "pages", |sandbox| {
        rerun(sandbox, |closed| {
            let page = closed.files.keys().find(|name| name.ends_with("report.md")).unwrap().clone();
            closed.files.get_mut(&page).unwrap().extend(b"All is well.\n");
        })
    }),
    attack("simulation: a page added and named", "pages", |sandbox| {
        rerun(sandbox, |closed| _ = closed.files.insert("report/more.md".to_owned(), b"More\n".to_vec()))
    }),
    attack("simulation: a page left out", "pages", |sandbox| {
        rerun(sandbox, |closed| _ = closed.files.remove("report/report.md"))
    }),
    attack("simulation: pages, and none stated", "pages", |sandbox| {
        restate(sandbox, |statement| statement.predicate.formats.pages = 0)
    }),
    attack("simulation: an input of another digest", "inputs", |sandbox| {
        restate(sandbox, |statement| statement.predicate.inputs[1].digest.sha256 = "0".repeat(64))
    }),
    attack("simulation: an input of another size", "inputs", |sandbox| {
        restate(sandbox, |statement| statement.predicate.inputs[1].bytes += 1)
    }),
    attack("simulation: inputs out of order", "inputs", |sandbox| {
        restate(sandbox, |statement| statement.predicate.inputs.reverse())
    }),
    attack("simulation: a file that the statement does not name", "complete", |sandbox| {
        reclose(sandbox, |closed| _ = closed.files.insert("more.csv".to_owned(), b"a\n".to_vec()))
    }),
    attack("simulation: a file that is named and not there", "complete", |sandbox| {
        reclose(sandbox, |closed| _ = closed.files.remove("rows.csv"))
    }),
    attack("simulation: a row altered, digests as they were", "complete", |sandbox| {
        reclose(sandbox, |closed| closed.edit("rows.csv", ",273\n", ",373\n"))
    }),
    attack("simulation: a file named twice", "complete", |sandbox| {
        restate(sandbox, |statement| {
            let first = statement.subject[0].clone();
            statement.subject.insert(0, first);
        })
    }),
    attack("simulation: a file left there before the close", "complete", |sandbox| {
        let closed = Closed::take(sandbox);
        sandbox.write(&format!("{FOLDER}/results/aside.csv"), "a\n");
        sandbox.commit("Aside");
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack_saying("simulation: results there before the close", "commit", "does not add", |sandbox| {
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        remove(sandbox, &format!("results/{STATEMENT}"));
        sandbox.commit("Results");
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack("simulation: its close also touches a round", "commit", |sandbox| {
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        sandbox.write("rounds/2026-04/round.json", "{}\n");
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack("simulation: its close also adds signers", "commit", |sandbox| {
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        sandbox.write("allowed_signers", super::forge::with_signer(sandbox, "mallory", ""));
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack("simulation: closed in one commit with its inputs", "commit", |sandbox| {
        let closed = Closed::take(sandbox);
        let _ = sandbox.git(&["reset", "-q", "--soft", "HEAD~1"]).ok();
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack("simulation: two closed in one commit", "commit", |sandbox| {
        sandbox.add_simulation("other");
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        closed.write(sandbox, "simulations/other");
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack_saying(
        "simulation: closed in the folder of another",
        "commit",
        "stands in simulations/other",
        |sandbox| {
            sandbox.add_simulation("other");
            let closed = Closed::take(sandbox);
            closed.write(sandbox, "simulations/other");
            sandbox.commit_signed("treasurer", &closed.message, &[]);
        },
    ),
    attack("simulation: in a folder that cannot be one", "commit", |sandbox| {
        let mut closed = Closed::take(sandbox);
        closed.statement.predicate.simulation = "-all".to_owned();
        closed.refit_message();
        closed.write(sandbox, "simulations/-all");
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack("simulation: another message", "commit", |sandbox| {
        reclose(sandbox, |closed| closed.message = closed.message.replacen("3 runs", "3000 runs", 1))
    }),
    attack("simulation: a statement that cannot be read", "commit", |sandbox| {
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        edit(sandbox, "results/statement.json", "urn:meed:simulation:v1", "urn:meed:round:v1");
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack("simulation: closed in a merge", "commit", |sandbox| {
        let closed = Closed::take(sandbox);
        let _ = sandbox.git(&["checkout", "-q", "-b", "side"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("treasurer", &closed.message, &[]);
    }),
    attack("simulation: not signed", "signature", |sandbox| {
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        sandbox.commit(&closed.message);
    }),
    attack("simulation: signed by a stranger", "signer", |sandbox| {
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("mallory", &closed.message, &[]);
    }),
    attack("simulation: closed on a side by a stranger, merged", "signer", |sandbox| {
        let closed = Closed::take(sandbox);
        let _ = sandbox.git(&["branch", "side"]).ok();
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("treasurer", &closed.message, &[]);
        let _ = sandbox.git(&["checkout", "-q", "side"]).ok();
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("mallory", &closed.message, &[]);
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]).ok();
    }),
    attack("simulation: dated before the record", "signer", |sandbox| {
        let closed = Closed::take(sandbox);
        closed.write(sandbox, FOLDER);
        sandbox.commit_signed("treasurer", &closed.message, &[]);
        super::forge::resign(sandbox, "git", |header, message| {
            let header: String = header
                .lines()
                .map(|line| {
                    let person = line.strip_prefix("committer ").and_then(|rest| rest.split("> ").next());
                    let dated = person.map(|person| format!("committer {person}> 1780000000 +0000\n"));
                    dated.unwrap_or_else(|| format!("{line}\n"))
                })
                .collect();
            format!("{header}\n{message}")
        });
    }),
    attack("simulation: a row altered later", "append-only", |sandbox| {
        later(sandbox, |sandbox| edit(sandbox, "results/rows.csv", ",273\n", ",373\n"))
    }),
    attack("simulation: a row altered later and put back", "append-only", |sandbox| {
        later(sandbox, |sandbox| edit(sandbox, "results/rows.csv", ",273\n", ",373\n"));
        revert(sandbox);
    }),
    attack("simulation: a row altered on a side, the merge takes ours", "append-only", |sandbox| {
        close(sandbox);
        let _ = sandbox.git(&["checkout", "-q", "-b", "side"]).ok();
        edit(sandbox, "results/rows.csv", ",273\n", ",373\n");
        sandbox.commit("Corrections");
        let _ = sandbox.git(&["checkout", "-q", "main"]).ok();
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge", "side"]).ok();
    }),
    attack("simulation: a file added to its results", "append-only", |sandbox| {
        later(sandbox, |sandbox| sandbox.write(&format!("{FOLDER}/results/more.csv"), "a\n"))
    }),
    attack("simulation: its results removed", "append-only", |sandbox| {
        later(sandbox, |sandbox| remove(sandbox, "results"))
    }),
    attack("simulation: its results removed and put back", "append-only", |sandbox| {
        later(sandbox, |sandbox| remove(sandbox, "results"));
        revert(sandbox);
    }),
    attack("simulation: its results made a link", "append-only", |sandbox| {
        later(sandbox, |sandbox| {
            remove(sandbox, "results");
            symlink("../other", sandbox.at(&format!("{FOLDER}/results"))).unwrap();
        })
    }),
    attack("simulation: its statement removed and closed again", "append-only", |sandbox| {
        later(sandbox, |sandbox| remove(sandbox, "results"));
        let _ = sandbox.close(&[FOLDER]).ok();
    }),
    attack("simulation: its close dropped by a merge", "append-only", |sandbox| {
        close(sandbox);
        let _ = sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
        sandbox.write("notes.md", "a note\n");
        sandbox.commit("A note");
        let _ = sandbox.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge", "main"]).ok();
    }),
    attack("simulation: what it ran altered later", "inputs", |sandbox| {
        later(sandbox, |sandbox| edit(sandbox, "simulation.json", "\"seed\": 1", "\"seed\": 2"))
    }),
    attack("simulation: its table altered later and put back", "inputs", |sandbox| {
        later(sandbox, |sandbox| edit(sandbox, "minting.csv", "10,50", "10,60"));
        revert(sandbox);
    }),
    attack("simulation: its table made a link later", "inputs", |sandbox| {
        later(sandbox, |sandbox| {
            remove(sandbox, "minting.csv");
            symlink("/etc/passwd", sandbox.at(&format!("{FOLDER}/minting.csv"))).unwrap();
        })
    }),
    // The folder takes its inputs along, and that check comes first.
    attack("simulation: removed", "inputs", |sandbox| {
        close(sandbox);
        fs::remove_dir_all(sandbox.at(FOLDER)).unwrap();
        sandbox.commit_signed("treasurer", "Corrections\n", &[]);
    }),
    attack("simulation: renamed", "inputs", |sandbox| {
        later(sandbox, |sandbox| {
            fs::rename(sandbox.at(FOLDER), sandbox.at("simulations/other")).unwrap();
            fs::remove_dir_all(sandbox.at("simulations/other/results")).unwrap();
        })
    }),
];

/// The same hands without a falsification make what verifies; files that the statement does not name and
/// files of the ledger may change later.
#[test]
fn controls_of_simulations() {
    let prepared = super::prepared();
    for key in ["treasurer", "steward"] {
        let sandbox = prepared.copy();
        let mut closed = Closed::take(&sandbox);
        let message = closed.message.clone();
        closed.refit_subject();
        closed.refit_message();
        assert_eq!(closed.message, message);
        closed.write(&sandbox, FOLDER);
        sandbox.commit_signed(key, &closed.message, &[]);
        sandbox.write(&format!("{FOLDER}/notes.md"), "what we learned\n");
        sandbox.write("ledger.json", sandbox.read("ledger.json").replace("Test Commons", "Best Commons"));
        sandbox.write("templates/page.css", "p { margin: 0 }\n");
        sandbox.commit("Notes");
        assert_eq!(sandbox.failing(&[]), [""; 0], "{key}");
    }
}

/// Report files of a format that this meed does not write are not computed again.
#[test]
fn pages_of_simulations_in_another_format() {
    let sandbox = super::prepared();
    rerun(&sandbox, |closed| {
        closed.statement.predicate.formats.pages = 9;
        closed.files.insert("report/report.md".to_owned(), b"All is well\n".to_vec());
    });
    let text = sandbox.meed(&["verify", FOLDER]).ok();
    assert!(text.contains("  holds  7 checks: 3 runs of work\n"), "{text}");
    assert!(text.contains("  pages        not checked  digests only, not recomputed\n"), "{text}");
}
