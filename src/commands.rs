//! The commands, one file each: straight-line programs that return what `main.rs` prints.

pub mod amend;
pub mod approve;
pub mod audit;
pub mod check;
pub mod close;
pub mod collect;
pub mod demo;
pub mod diff;
pub mod disk;
pub mod explain;
pub mod export;
pub mod held;
pub mod import;
pub mod init;
pub mod log;
pub mod members;
pub mod prove;
pub mod publish;
pub mod report;
pub mod round;
pub mod settle;
pub mod signers;
pub mod simulate;
pub mod site;
pub mod statement;
pub mod verify;

mod changes;
mod claims;
mod close_simulation;
mod closed;
mod computed;
mod due;
mod inputs;
mod proposal;
mod reopened;
mod table;
mod tip;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Serialize;

use crate::actions::{Form, Told};
use crate::error::{Error, Shown};
use crate::git::{Person, Repository};
use crate::github::Access;
use crate::signing::{AllowedSigners, KeyAccess, SigningKey};
use crate::snapshot::LfsFolders;
use crate::statement::json_bytes;

/// Gives the passphrase of the key with that name, or `None` when nobody can be asked.
pub type Passphrase = Box<dyn Fn(&str) -> Option<String>>;

/// Shows a file in the browser, and says whether one was started.
pub type Browser = Box<dyn Fn(&Path) -> bool>;

/// Prints bytes on standard output at once.
pub type Printer = Box<dyn Fn(&[u8]) -> std::io::Result<()>>;

/// What `main.rs` knows of the world. Commands ask nothing else: no environment, no clock, no
/// terminal.
pub struct Session {
    /// The ledger's folder: `--ledger`.
    pub ledger: PathBuf,
    /// A folder with objects of Git LFS, besides the repository's own: `--lfs-dir`.
    pub lfs_dir: Option<PathBuf>,
    /// Seconds since 1970, from the clock or `SOURCE_DATE_EPOCH`.
    pub now_seconds: i64,
    /// Whether data is printed as JSON.
    pub json: bool,
    /// Whether a table is printed as CSV, where a command has one to give.
    pub csv: bool,
    /// Whether Markdown is printed, where a command has some to give.
    pub markdown: bool,
    /// Whether tables and states may be coloured.
    pub colour: bool,
    /// Whether this is a step of GitHub Actions, whose runner is told more than is printed.
    pub in_actions: bool,
    /// Whether details are printed that most people do not need: `-v`.
    pub verbose: bool,
    /// `MEED_SIGNING_KEY`: a path, or the key itself.
    pub signing_key: Option<String>,
    /// `MEED_AUTHOR`: `Name <mail>`.
    pub author: Option<String>,
    /// The socket of the ssh agent.
    pub agent: Option<PathBuf>,
    /// The home folder, for `~/` in git's `user.signingkey`.
    pub home: Option<PathBuf>,
    /// Gives the passphrase of an encrypted key, from the environment or the terminal.
    pub passphrase: Passphrase,
    /// Called after every [`Step`]: `-vv` prints them, and tests let the program die there.
    pub step: Box<dyn Fn(Step)>,
    /// Shows a file in the browser; none without a terminal.
    pub open: Option<Browser>,
    /// Called with (done, all) in long work, from several threads.
    pub progress: Box<dyn Fn(usize, usize) + Sync>,
    /// Whether somebody wants a long work to end; asked often, from several threads.
    pub is_interrupted: Box<dyn Fn() -> bool + Sync>,
    /// Prints data that is too much to be held until the end.
    pub print: Printer,
    /// Tells the user at once why nothing seems to happen.
    pub say: Box<dyn Fn(&str)>,
    /// What the environment says of GitHub.
    pub github: Access,
}

/// The steps of a command that writes, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Everything is computed; nothing is written.
    Computed,
    /// Blobs and trees are written.
    ObjectsWritten,
    /// The commits are signed and written.
    CommitsWritten,
    /// The work tree can follow.
    Preflighted,
    /// The branch has moved.
    BranchMoved,
    /// The work tree has followed.
    WorkTreeFollowed,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 6] = [
        Self::Computed,
        Self::ObjectsWritten,
        Self::CommitsWritten,
        Self::Preflighted,
        Self::BranchMoved,
        Self::WorkTreeFollowed,
    ];

    /// The name of the step, as tests and `-vv` write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::ObjectsWritten => "objects-written",
            Self::CommitsWritten => "commits-written",
            Self::Preflighted => "preflighted",
            Self::BranchMoved => "branch-moved",
            Self::WorkTreeFollowed => "work-tree-followed",
        }
    }
}

/// What a command gives back to be printed.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// For standard output: text, JSON or other data.
    pub text: String,
    /// What the text is.
    pub form: Form,
    /// For standard error: what people should know besides, unless `-q`.
    pub notes: Vec<String>,
    /// The exit status: 0, or 1 when something does not verify.
    pub status: u8,
    /// What the runner is told in GitHub Actions; empty outside.
    pub told: Told,
}

impl Output {
    /// Text for standard output, status 0.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A value as JSON, status 0.
    pub fn json<T: Serialize>(value: &T) -> Self {
        let text = String::from_utf8_lossy(&json_bytes(value)).into_owned();
        Self { form: Form::Json, ..Self::text(text) }
    }

    /// Data of another form, status 0.
    pub fn data(text: impl Into<String>) -> Self {
        Self { form: Form::Data, ..Self::text(text) }
    }

    /// The same with notes for standard error.
    #[must_use]
    pub fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    /// The same with what the runner is told, in GitHub Actions only.
    #[must_use]
    pub fn telling(mut self, session: &Session, told: impl FnOnce() -> Told) -> Self {
        if session.in_actions {
            self.told = told();
        }
        self
    }
}

impl Session {
    /// The repository of the ledger.
    pub fn repository(&self) -> Result<Repository, Error> {
        Repository::open(&self.ledger)
    }

    /// Where objects of Git LFS are looked for.
    pub fn lfs_folders(&self, repository: &Repository) -> LfsFolders {
        LfsFolders::of(repository, self.lfs_dir.as_deref())
    }

    /// The day of the clock, in UTC.
    fn today(&self) -> Date {
        let now = jiff::Timestamp::from_second(self.now_seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// Who stands as author and committer in a commit.
    fn person(&self, repository: &Repository) -> Result<Person, Error> {
        if let Some(author) = &self.author {
            return parse_person(author).ok_or_else(|| Error::AuthorInvalid { value: Shown::from(author) });
        }
        let text = |key| repository.config_text(key).filter(|text| !text.trim().is_empty());
        let person = text("user.name").zip(text("user.email")).map(|(name, email)| Person { name, email });
        person.ok_or(Error::AuthorMissing)
    }

    /// The key that signs: `--key`, `MEED_SIGNING_KEY`, git's `user.signingkey`, else the first key
    /// of the agent that `allowed` lists.
    fn key(
        &self,
        repository: &Repository,
        given: Option<&str>,
        allowed: &AllowedSigners,
    ) -> Result<SigningKey, Error> {
        let ssh = repository.config_text("gpg.format").is_some_and(|format| format == "ssh");
        let configured = repository.config_text("user.signingkey").filter(|_| ssh);
        if let Some(source) = given.map(str::to_owned).or_else(|| self.signing_key.clone()).or(configured) {
            return self.load_key(&source);
        }
        let held = allowed.signers().filter(|_| self.agent.is_some());
        let mut held = held.filter_map(|signer| self.load_key(&signer.key().to_openssh()).ok());
        held.next().ok_or(Error::KeyMissing)
    }

    /// Loads a key from a path, its text, or the agent.
    fn load_key(&self, source: &str) -> Result<SigningKey, Error> {
        let access = KeyAccess {
            agent_socket: self.agent.as_deref(),
            home: self.home.as_deref(),
            passphrase: &*self.passphrase,
        };
        SigningKey::load(source, access)
    }
}

/// Reads `Name <mail>`.
fn parse_person(text: &str) -> Option<Person> {
    let (name, rest) = text.split_once('<')?;
    let (email, end) = rest.split_once('>')?;
    let (name, email) = (name.trim(), email.trim());
    let plain = |text: &str| !text.is_empty() && !text.contains(['<', '>', '\n', '\0']);
    (plain(name) && plain(email) && end.trim().is_empty())
        .then(|| Person { name: name.to_owned(), email: email.to_owned() })
}
