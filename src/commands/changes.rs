//! What changed since the last statement outside the rounds: members.csv, templates/, ledger.json and
//! allowed_signers. An address edited just before a close is the cheapest theft, so `check` and `close`
//! print it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::check::{content, walk};
use super::tip::Tip;
use crate::error::{Error, Shown};
use crate::files::{Content, read_json, sha256_hex};
use crate::git::{ObjectId, Repository};
use crate::ledger::LEDGER_FILE;
use crate::members::{MEMBERS_FILE, Register};
use crate::signing::AllowedSigners;
use crate::statement::Recorded;
use crate::verification::history::ALLOWED_SIGNERS_FILE;

/// The folder of the ledger's own templates.
const TEMPLATES: &str = "templates";

/// What changed since the last statement.
#[derive(Debug, Clone, Serialize)]
pub struct Changes {
    since: Since,
    changes: Vec<Change>,
}

/// The last statement.
#[derive(Debug, Clone, Serialize)]
struct Since {
    sequence: u64,
    round: String,
    commit: String,
}

/// One difference: nothing before is something added, nothing after something removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Change {
    file: &'static str,
    /// Of whom or what: a member, a setting, a signer, a template.
    subject: String,
    field: &'static str,
    before: Option<String>,
    after: Option<String>,
}

/// Where the new files are.
#[derive(Debug, Clone, Copy)]
pub enum Now<'a> {
    /// In the tree of the tip.
    Committed,
    /// In the work tree, whose folder this is.
    WorkTree(&'a Path),
}

impl Changes {
    /// Compares with the tree of the commit that closed the last statement; `None` before the first.
    /// The second part is a note where the history does not reach so far.
    pub fn read(repository: &Repository, tip: &Tip, now: Now<'_>) -> (Option<Self>, Option<String>) {
        let Some(last) = tip.record.last() else { return (None, None) };
        match Self::since(repository, tip, last, now) {
            Ok(changes) => (Some(changes), None),
            Err(error) => {
                let note = format!(
                    "warning: what changed in members.csv, templates/, ledger.json and allowed_signers since statement {} cannot be told: {error}",
                    last.sequence()
                );
                (None, Some(note))
            }
        }
    }

    fn since(repository: &Repository, tip: &Tip, last: &Recorded, now: Now<'_>) -> Result<Self, Error> {
        let commit = closing_commit(repository, tip.commit, last)?;
        let sides = Sides { repository, before: repository.tree_of(commit)?, after: tip.tree, now };
        let mut changes = Vec::new();
        if sides.differs_from_statement(last, MEMBERS_FILE)? {
            changes.extend(sides.changes_of(MEMBERS_FILE, &members)?);
        }
        changes.extend(sides.changes_of_templates()?);
        if sides.differs_from_statement(last, LEDGER_FILE)? {
            changes.extend(sides.changes_of(LEDGER_FILE, &policy)?);
        }
        changes.extend(sides.changes_of(ALLOWED_SIGNERS_FILE, &signers)?);
        let round = last.statement.predicate.round.clone();
        Ok(Self { since: Since { sequence: last.sequence(), round, commit: commit.to_string() }, changes })
    }

    /// The lines for people; none when nothing changed.
    pub fn lines(&self) -> Vec<String> {
        if self.changes.is_empty() {
            return Vec::new();
        }
        let Since { sequence, round, commit } = &self.since;
        let short = commit.get(..10).unwrap_or(commit);
        let head = format!("changed since statement {sequence} ({round}, commit {short}):");
        std::iter::once(head)
            .chain(self.changes.iter().map(|change| format!("  {}", change.line())))
            .collect()
    }
}

impl Change {
    fn line(&self) -> String {
        let shown = |text: &Option<String>| text.as_deref().map(|text| Shown::from(text).to_string());
        let what = match (shown(&self.before), shown(&self.after)) {
            (Some(before), Some(after)) => format!("{} {before} -> {after}", self.field),
            (None, Some(after)) => format!("{} {after} added", self.field),
            (Some(before), None) => format!("{} {before} removed", self.field),
            (None, None) => self.field.to_owned(),
        };
        format!("{}: {}: {what}", self.file, Shown::from(&self.subject))
    }
}

/// The commit that holds a statement while no parent does, found from the tip backwards.
pub(super) fn closing_commit(
    repository: &Repository,
    tip: ObjectId,
    last: &Recorded,
) -> Result<ObjectId, Error> {
    let path = last.path();
    let mut commit = tip;
    loop {
        let mut older = None;
        for parent in repository.commit_node(commit)?.parents {
            if repository.entry(repository.tree_of(parent)?, &path)?.is_some() {
                older = Some(parent);
                break;
            }
        }
        match older {
            Some(parent) => commit = parent,
            None => return Ok(commit),
        }
    }
}

/// What a file says, by subject and field.
type Facts = BTreeMap<(String, &'static str, String), String>;

/// The two states that are compared.
struct Sides<'a> {
    repository: &'a Repository,
    before: ObjectId,
    after: ObjectId,
    now: Now<'a>,
}

impl Sides<'_> {
    /// A file of a tree; `None` where there is none.
    fn of_tree(&self, tree: ObjectId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.repository.entry(tree, path)?.map(|entry| self.repository.blob(entry.id)).transpose()
    }

    /// A file as it is now; `None` where there is none. What is no plain file reads as empty.
    fn after(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let Now::WorkTree(root) = self.now else { return self.of_tree(self.after, path) };
        Ok(content(root, path)?.map(|content| match content {
            Content::File(bytes) => bytes,
            _ => Vec::new(),
        }))
    }

    /// Whether a file is not what the last statement lists among its inputs.
    fn differs_from_statement(&self, last: &Recorded, path: &str) -> Result<bool, Error> {
        let inputs = &last.statement.predicate.inputs;
        let stated = inputs.iter().find(|input| input.name == path).map(|input| input.digest.sha256.clone());
        Ok(stated != self.after(path)?.map(|bytes| sha256_hex(&bytes)))
    }

    /// The differences of a file, as `facts` reads it. A file that cannot be read so, and one whose
    /// difference changes no fact, is told as a whole.
    fn changes_of(
        &self,
        file: &'static str,
        facts: &dyn Fn(&[u8]) -> Option<Facts>,
    ) -> Result<Vec<Change>, Error> {
        let before = self.of_tree(self.before, file)?;
        let after = self.after(file)?;
        if before == after {
            return Ok(Vec::new());
        }
        let read = |bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => facts(bytes),
            None => Some(Facts::new()),
        };
        let found = read(&before).zip(read(&after)).map(|(before, after)| differences(file, &before, &after));
        Ok(found.filter(|found| !found.is_empty()).unwrap_or_else(|| {
            let digest = |bytes: Option<Vec<u8>>| bytes.map(|bytes| short_digest(&bytes));
            let (before, after) = (digest(before), digest(after));
            vec![Change { file, subject: "the file".to_owned(), field: "content", before, after }]
        }))
    }

    fn changes_of_templates(&self) -> Result<Vec<Change>, Error> {
        let of_tree = |tree| -> Result<Facts, Error> {
            let entries = self.repository.entries(tree, TEMPLATES, &|_| true)?;
            let fact = |path: String, bytes: &[u8]| ((path, "content", String::new()), short_digest(bytes));
            entries.into_iter().map(|entry| Ok(fact(entry.path, &self.repository.blob(entry.id)?))).collect()
        };
        let before = of_tree(self.before)?;
        let after = match self.now {
            Now::Committed => of_tree(self.after)?,
            Now::WorkTree(root) => {
                let mut paths = Vec::new();
                walk(root, TEMPLATES, &mut |path| paths.push(path))?;
                let mut facts = Facts::new();
                for path in paths {
                    let bytes = self.after(&path)?.unwrap_or_default();
                    facts.insert((path, "content", String::new()), short_digest(&bytes));
                }
                facts
            }
        };
        Ok(differences(TEMPLATES, &before, &after))
    }
}

/// The facts that are not in both, or not the same.
fn differences(file: &'static str, before: &Facts, after: &Facts) -> Vec<Change> {
    let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    let differing = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    differing
        .map(|key| Change {
            file,
            subject: key.0.clone(),
            field: key.1,
            before: before.get(key).cloned(),
            after: after.get(key).cloned(),
        })
        .collect()
}

/// The first digits of a digest, enough to tell two files apart.
fn short_digest(bytes: &[u8]) -> String {
    sha256_hex(bytes).chars().take(12).collect()
}

/// What members.csv says: by name and round the address, and each key.
fn members(bytes: &[u8]) -> Option<Facts> {
    let register = Register::parse(bytes, None).ok()?;
    let mut facts = Facts::new();
    for row in register.rows() {
        let subject = match &row.from {
            Some(from) => format!("{} from {from} on", row.name),
            None => row.name.clone(),
        };
        if let Some(address) = row.address {
            facts.insert((subject.clone(), "address", String::new()), address.to_string());
        }
        for change in &row.keys {
            let sign = if change.taken_back { "-" } else { "" };
            let key = format!("{sign}{}", change.key);
            facts.insert((subject.clone(), "key", key.clone()), key);
        }
    }
    Some(facts)
}

/// What ledger.json says: every value by its path.
fn policy(bytes: &[u8]) -> Option<Facts> {
    fn collect(path: &str, value: &Value, facts: &mut Facts) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| collect(&below(name), value, facts));
            }
            Value::String(text) => {
                facts.insert((path.to_owned(), "value", String::new()), text.clone());
            }
            other => {
                facts.insert((path.to_owned(), "value", String::new()), other.to_string());
            }
        }
    }
    let value: Value = read_json(LEDGER_FILE, bytes).ok()?;
    let mut facts = Facts::new();
    collect("", &value, &mut facts);
    Some(facts)
}

/// What allowed_signers says: principals, key, and the limits of each.
fn signers(bytes: &[u8]) -> Option<Facts> {
    let allowed = AllowedSigners::parse(ALLOWED_SIGNERS_FILE, bytes).ok()?;
    let mut facts = Facts::new();
    for signer in allowed.signers() {
        let limit = |name: &str, value: Option<String>| value.map(|value| format!(" {name}={value}"));
        let limits = [
            limit("namespaces", signer.namespaces().map(str::to_owned)),
            limit("valid-after", signer.valid_after().map(|seconds| seconds.to_string())),
            limit("valid-before", signer.valid_before().map(|seconds| seconds.to_string())),
        ];
        let key = signer.fingerprint();
        let text = format!("{key}{}", limits.into_iter().flatten().collect::<String>());
        facts.insert((signer.principals().to_owned(), "key", key), text);
    }
    Some(facts)
}
