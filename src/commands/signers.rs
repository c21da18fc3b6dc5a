//! `meed signers`: who may close rounds. Every change is a commit signed by somebody who may.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::init::read_public_key;
use super::proposal::{Change, allowed_signers, new_line, write_on_tip};
use super::table::render;
use super::tip::Tip;
use super::{Output, Session};
use crate::error::{Error, Problems, Shown};
use crate::git::{ObjectId, Repository};
use crate::signing::{APPROVAL_NAMESPACE, AllowedSigners, GIT_NAMESPACE, Signer};
use crate::verification::history::ALLOWED_SIGNERS_FILE;

/// Subcommands of `meed signers`.
#[derive(Debug, Clone, Subcommand)]
pub enum Options {
    /// Show who may sign
    #[command(after_help = "Examples:\n  meed signers list\n  meed signers list --format json")]
    List,
    /// Let another key sign
    #[command(
        after_help = "Examples:\n  meed signers add wren.pub --principal wren@example.org\n  meed signers add wren.pub --may both     close, and approve what others closed"
    )]
    Add(AddOptions),
    /// Take a key off the list; what it signed before stays valid
    #[command(
        after_help = "Examples:\n  meed signers remove wren@example.org\n  meed signers remove SHA256:abc..."
    )]
    Remove(RemoveOptions),
}

/// Options of `meed signers add`.
#[derive(Debug, Clone, Args)]
pub struct AddOptions {
    /// The public key to add
    #[arg(value_name = "KEY.pub")]
    pub public: PathBuf,
    /// The signer's name in allowed_signers [default: the key's comment]
    #[arg(long, value_name = "MAIL")]
    pub principal: Option<String>,
    /// What the key may sign
    #[arg(long, value_name = "WHAT", default_value = "close")]
    pub may: May,
    /// The key that signs the change
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
}

/// What a new signer may sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum May {
    /// Commits: close, amend, settle, change the signers
    #[default]
    Close,
    /// Approvals of what others closed
    Approve,
    /// Both
    Both,
}

impl May {
    /// The namespaces that allowed_signers names for it.
    const fn namespaces(self) -> &'static [&'static str] {
        match self {
            Self::Close => &[GIT_NAMESPACE],
            Self::Approve => &[APPROVAL_NAMESPACE],
            Self::Both => &[GIT_NAMESPACE, APPROVAL_NAMESPACE],
        }
    }
}

/// Options of `meed signers remove`.
#[derive(Debug, Clone, Args)]
pub struct RemoveOptions {
    /// A principal, or the fingerprint of a key
    #[arg(value_name = "SIGNER")]
    pub signer: String,
    /// The key that signs the change
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
}

/// A signer, for `--format json`.
#[derive(Debug, Serialize)]
struct SignerJson {
    principal: String,
    fingerprint: String,
    namespaces: String,
    valid: String,
}

/// Lists or changes the signers.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tip = Tip::read(&repository, None)?;
    let (bytes, allowed) = allowed_signers(&repository, tip.tree)?;
    match options {
        Options::List => Ok(list(&allowed, session)),
        Options::Add(add) => {
            let (after, message) = added(add, bytes, &allowed)?;
            write(&repository, &tip, &allowed, after, message, add.key.as_deref(), session)
        }
        Options::Remove(remove) => {
            let (after, message) = removed(remove, &bytes, &allowed)?;
            write(&repository, &tip, &allowed, after, message, remove.key.as_deref(), session)
        }
    }
}

/// Who may sign.
fn list(allowed: &AllowedSigners, session: &Session) -> Output {
    let signers: Vec<SignerJson> = allowed
        .signers()
        .map(|signer| SignerJson {
            principal: signer.principals().to_owned(),
            fingerprint: signer.fingerprint(),
            namespaces: signer.namespaces().map_or_else(|| "all".to_owned(), str::to_owned),
            valid: validity(signer),
        })
        .collect();
    if session.json {
        return Output::json(&signers);
    }
    let rows = signers
        .into_iter()
        .map(|signer| vec![signer.principal, signer.fingerprint, signer.namespaces, signer.valid]);
    Output::text(render(&["principal", "fingerprint", "namespaces", "valid"], rows.collect(), &[]))
}

/// From when to when a key may sign, as instants in UTC.
fn validity(signer: &Signer) -> String {
    let instant = |seconds: i64| {
        jiff::Timestamp::from_second(seconds).map_or_else(|_| String::new(), |instant| instant.to_string())
    };
    match (signer.valid_after(), signer.valid_before()) {
        (None, None) => "always".to_owned(),
        (Some(after), None) => format!("from {}", instant(after)),
        (None, Some(before)) => format!("until {}", instant(before)),
        (Some(after), Some(before)) => format!("from {} until {}", instant(after), instant(before)),
    }
}

/// The list with one more line, and the message of the commit.
fn added(
    options: &AddOptions,
    mut bytes: Vec<u8>,
    allowed: &AllowedSigners,
) -> Result<(Vec<u8>, String), Problems> {
    let public = read_public_key(&options.public)?;
    let fingerprint = public.fingerprint();
    // A signer who may close gets a second line to approve, and the other way round.
    let namespaces: Vec<&str> = options
        .may
        .namespaces()
        .iter()
        .copied()
        .filter(|namespace| {
            !allowed.signers().any(|signer| *signer.key() == public && signer.allows(namespace))
        })
        .collect();
    if namespaces.is_empty() {
        return Err(Error::SignerTwice { fingerprint }.into());
    }
    let principal = options.principal.clone().unwrap_or_else(|| public.comment().trim().to_owned());
    let line = new_line(&principal, &namespaces, &public)?;
    if bytes.last().is_some_and(|last| *last != b'\n') {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(line.as_bytes());
    Ok((bytes, format!("Add signer {fingerprint}\n")))
}

/// The list without a signer's lines, and the message of the commit.
fn removed(
    options: &RemoveOptions,
    bytes: &[u8],
    allowed: &AllowedSigners,
) -> Result<(Vec<u8>, String), Problems> {
    let wanted = options.signer.as_str();
    let is_wanted = |signer: &&Signer| signer.fingerprint() == wanted || signer.principals() == wanted;
    let gone: Vec<&Signer> = allowed.signers().filter(is_wanted).collect();
    if gone.is_empty() {
        return Err(Error::SignerUnknown { given: Shown::from(wanted) }.into());
    }
    if gone.len() == allowed.signers().count() {
        return Err(Error::SignerLast { principal: Shown::from(wanted) }.into());
    }
    let lines: Vec<u64> = gone.iter().map(|signer| signer.line()).collect();
    let text = String::from_utf8_lossy(bytes);
    let kept = (1_u64..)
        .zip(text.lines())
        .filter(|(number, _)| !lines.contains(number))
        .map(|(_, line)| format!("{line}\n"));
    let fingerprints: Vec<String> = gone.iter().map(|signer| signer.fingerprint()).collect();
    Ok((kept.collect::<String>().into_bytes(), format!("Remove signer {}\n", fingerprints.join(", "))))
}

/// Writes the list as a commit that a present signer signs.
fn write(
    repository: &Repository,
    tip: &Tip,
    allowed: &AllowedSigners,
    after: Vec<u8>,
    message: String,
    key: Option<&str>,
    session: &Session,
) -> Result<Output, Problems> {
    AllowedSigners::parse(ALLOWED_SIGNERS_FILE, &after)?;
    let subject = message.trim_end().to_owned();
    let files = vec![(ALLOWED_SIGNERS_FILE.to_owned(), after.into())];
    let commits = vec![Change { files, message }];
    let written = write_on_tip(tip, repository, session, allowed, key, commits)?;
    let commit = written.commits.first().map(ObjectId::to_string).unwrap_or_default();
    Ok(Output::text(format!("{subject}\n  commit  {commit}\n")).with_notes(written.notes))
}
