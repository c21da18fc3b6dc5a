//! What a forger has: the files of a real close, everything about them refitted at will, signed
//! with any key, and commits written byte by byte.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use meed::calculate::{Snapshot, calculate};
use meed::error::Place;
use meed::files::{Content, Files, sha256_hex};
use meed::ledger::round_id::RoundId;
use meed::statement::{Digest, Record, Recorded, Statement, Subject};

use crate::support::files_below;
use crate::support::sandbox::Sandbox;

/// The round that the last commit of the prepared ledger closes.
pub const LAST: &str = "rounds/2026-03";
/// The table of payouts.
pub const DISTRIBUTION: &str = "distribution.csv";
/// The record.
pub const STATEMENT: &str = "statement.json";

/// A close taken out of its commit.
pub struct Close {
    /// The round's folder.
    pub round: String,
    /// The files of the results by name, without the statement.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The statement, as read.
    pub statement: Statement,
    /// The bytes of statement.json.
    pub bytes: Vec<u8>,
    /// The commit's message.
    pub message: String,
}

impl Close {
    /// The close that the last commit of the ledger is; the commit is taken off the branch.
    pub fn take(sandbox: &Sandbox) -> Self {
        Self::take_of(sandbox, LAST)
    }

    /// The same for another round folder.
    pub fn take_of(sandbox: &Sandbox, round: &str) -> Self {
        let close = Self::read(sandbox, round);
        let _ = sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
        close
    }

    /// The last commit's close of a round folder.
    pub fn read(sandbox: &Sandbox, round: &str) -> Self {
        let mut files = files_below(&sandbox.at(&format!("{round}/results")));
        let bytes = files.remove(STATEMENT).unwrap();
        let statement = Statement::read(STATEMENT, &bytes).unwrap();
        Self { round: round.to_owned(), files, statement, bytes, message: message_of(sandbox, "HEAD") }
    }

    /// The close of a round that the program itself does not close, as the pipeline computes it
    /// on the files of the work tree.
    pub fn compute(sandbox: &Sandbox, id: &str) -> Self {
        let round = format!("rounds/{id}");
        let mut files = Files::default();
        let names = ["round.json", "praise.csv", "rewardboard.csv"].map(|name| format!("{round}/{name}"));
        let carry = format!("{LAST}/results/carry.json");
        for path in names.into_iter().chain(["ledger.json".to_owned(), carry]) {
            files.insert(path.clone(), Content::File(sandbox.read(&path).into_bytes()));
        }
        let recorded = |month: u32| {
            let folder = format!("rounds/2026-{month:02}/results");
            let bytes = sandbox.read(&format!("{folder}/{STATEMENT}")).into_bytes();
            let statement = Arc::new(Statement::read(STATEMENT, &bytes).unwrap());
            Recorded { folder, sha256: sha256_hex(&bytes), statement }
        };
        let record = Record::new((1..=3).map(recorded).collect()).unwrap();
        for path in meed::report::earlier_tables(&record) {
            files.insert(path.clone(), Content::File(sandbox.read(&path).into_bytes()));
        }
        let id = RoundId::parse(id, &Place::file("test")).unwrap();
        let results = calculate(Snapshot { files: &files, record: &record }, &id).unwrap();
        let mut files = results.files;
        let bytes = files.remove(STATEMENT).unwrap();
        let mut close = Self { round, files, statement: results.statement, bytes, message: String::new() };
        close.refit_message();
        close
    }

    /// Replaces text in a file of the results.
    #[track_caller]
    pub fn edit(&mut self, name: &str, from: &str, to: &str) {
        let file = self.files.get_mut(name).unwrap();
        let text = String::from_utf8(file.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *file = text.replacen(from, to, 1).into_bytes();
    }

    /// Digests of the results as they are now into the statement.
    pub fn refit_subject(&mut self) {
        let subject = |(name, bytes): (&String, &Vec<u8>)| Subject {
            name: name.clone(),
            digest: Digest { sha256: sha256_hex(bytes) },
        };
        self.statement.subject = self.files.iter().map(subject).collect();
    }

    /// The statement as it is now into its bytes and the message.
    pub fn refit(&mut self) {
        self.bytes = self.statement.to_bytes();
        self.refit_message();
    }

    /// The message that belongs to the bytes of the statement.
    pub fn refit_message(&mut self) {
        let engine = format!("meed {}", env!("CARGO_PKG_VERSION"));
        let paid = self.recipients_paid();
        self.message = self.statement.commit_message(&sha256_hex(&self.bytes), &engine, paid);
    }

    fn recipients_paid(&self) -> usize {
        let (name, amount) = self.statement.table_of_payments();
        let table = self.files.get(name).map_or(&[][..], Vec::as_slice);
        let mut table = csv::Reader::from_reader(table);
        let names = table.headers().unwrap().clone();
        let column = |name: &str| names.iter().position(|other| other == name);
        let (Some(address), Some(total)) = (column("address"), column(amount)) else { return 0 };
        table
            .records()
            .map(|row| row.unwrap())
            .filter(|row| !row[address].is_empty() && &row[total] != "0")
            .count()
    }

    /// Writes the results into the work tree.
    pub fn write(&self, sandbox: &Sandbox) {
        for (name, bytes) in &self.files {
            sandbox.write(&format!("{}/results/{name}", self.round), bytes);
        }
        sandbox.write(&format!("{}/results/{STATEMENT}", self.round), &self.bytes);
    }

    /// Writes the results and commits them, signed, with the message.
    #[track_caller]
    pub fn commit(&self, sandbox: &Sandbox, key: &str) {
        self.write(sandbox);
        sandbox.commit_signed(key, &self.message, &[]);
    }
}

/// Takes the last close, changes it, and commits it again as the first signer.
#[track_caller]
pub fn reclose(sandbox: &Sandbox, change: impl FnOnce(&mut Close)) {
    let mut close = Close::take(sandbox);
    change(&mut close);
    close.commit(sandbox, "treasurer");
}

/// The same for a change of the statement; digest and message fit afterwards.
#[track_caller]
pub fn restate(sandbox: &Sandbox, change: impl FnOnce(&mut Statement)) {
    reclose(sandbox, |close| {
        change(&mut close.statement);
        close.refit();
    });
}

/// The same for a change of the results; all digests and the message fit afterwards.
#[track_caller]
pub fn repay(sandbox: &Sandbox, change: impl FnOnce(&mut Close)) {
    repay_of(sandbox, LAST, change);
}

/// [`repay`] for the last commit's close of another folder.
#[track_caller]
pub fn repay_of(sandbox: &Sandbox, round: &str, change: impl FnOnce(&mut Close)) {
    let mut close = Close::take_of(sandbox, round);
    change(&mut close);
    close.refit_subject();
    close.refit();
    close.commit(sandbox, "treasurer");
}

/// The bytes of a commit.
pub fn raw(sandbox: &Sandbox, rev: &str) -> String {
    sandbox.git(&["cat-file", "commit", rev]).ok()
}

/// The message of a commit, byte for byte.
pub fn message_of(sandbox: &Sandbox, rev: &str) -> String {
    raw(sandbox, rev).split_once("\n\n").unwrap().1.to_owned()
}

/// Stores a commit byte by byte and lets the branch name it.
#[track_caller]
pub fn store(sandbox: &Sandbox, commit: &str) {
    let args = ["hash-object", "-t", "commit", "-w", "--literally", "--stdin"];
    let id = sandbox.git_with(&args, commit.as_bytes());
    let _ = sandbox.git(&["update-ref", "HEAD", &id]).ok();
}

/// A commit in three parts: its header without signature, the signature header, the message.
pub fn split(commit: &str) -> (String, String, String) {
    let (header, message) = commit.split_once("\n\n").unwrap();
    let start = header.find("gpgsig ").unwrap();
    (header[..start].to_owned(), format!("{}\n", &header[start..]), message.to_owned())
}

/// An armored signature as a header.
pub fn as_header(signature: &str) -> String {
    format!("gpgsig {}\n", signature.trim_end().replace('\n', "\n "))
}

/// Stores the last commit again with another header or message, signed anew.
#[track_caller]
pub fn resign(sandbox: &Sandbox, namespace: &str, change: impl FnOnce(String, String) -> String) {
    let (header, _, message) = split(&raw(sandbox, "HEAD"));
    let payload = change(header, message);
    let signature = as_header(&sandbox.sign("treasurer", namespace, payload.as_bytes()));
    let (header, message) = payload.split_once("\n\n").unwrap();
    store(sandbox, &format!("{header}\n{signature}\n{message}"));
}

/// A public key as a line of allowed_signers with options.
pub fn signer_line(sandbox: &Sandbox, key: &str, options: &str) -> String {
    let public = fs::read_to_string(sandbox.path(&format!("{key}.pub"))).unwrap();
    let mut words = public.split(' ');
    format!("{key}@example.org {options} {} {}\n", words.next().unwrap(), words.next().unwrap())
}

/// allowed_signers with one more line.
pub fn with_signer(sandbox: &Sandbox, key: &str, options: &str) -> String {
    sandbox.read("allowed_signers") + &signer_line(sandbox, key, options)
}

/// allowed_signers without a key.
pub fn without_signer(sandbox: &Sandbox, key: &str) -> String {
    let line = signer_line(sandbox, key, "");
    let base64 = line.split(' ').next_back().unwrap().trim_end();
    let lines = sandbox.read("allowed_signers");
    lines.lines().filter(|line| !line.contains(base64)).map(|line| format!("{line}\n")).collect()
}

/// Begins another ledger with the same signers and inputs, and puts the first record into it.
#[track_caller]
pub fn replay(sandbox: &Sandbox, change: impl FnOnce(&Sandbox, &mut Close)) {
    let mut close = Close::read(sandbox, "rounds/2026-01");
    let _ = sandbox.git(&["checkout", "-q", "--orphan", "other"]).ok();
    fs::remove_dir_all(sandbox.at("rounds")).unwrap();
    let ledger = sandbox.read("ledger.json").replace("0123456789abcdef", "fedcba9876543210");
    sandbox.write("ledger.json", ledger);
    sandbox.commit_signed("treasurer", "Start\n", &[]);
    sandbox.add_round("2026-01");
    close.refit();
    change(sandbox, &mut close);
    close.commit(sandbox, "treasurer");
}
