//! `meed init`: makes a ledger, in a new repository or in one that is there.

mod added;
mod github;

use std::path::{Path, PathBuf};

use clap::Args;

use super::disk::file_system;
use super::proposal::{Change, Proposal, check_key, new_line};
use super::{Output, Session};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::hex;
use crate::git::{ObjectId, Repository};
use crate::ledger::templates::path_of;
use crate::ledger::{FORMAT, LEDGER_FILE, Ledger, LedgerFile, TokenFile};
use crate::members::MEMBERS_FILE;
use crate::opening::OPENING_FILE;
use crate::report::render::TEMPLATES;
use crate::report::text::counted;
use crate::signing::{AllowedSigners, GIT_NAMESPACE, PublicKey, SigningKey};
use crate::snapshot::read_rounds;
use crate::statement::json_bytes;
use crate::verification::history::ALLOWED_SIGNERS_FILE;
use github::Actions;

/// Options of `meed init`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  meed init tidewater --name 'Tidewater Commons' --token TIDE --rounds rounds --signer ~/.ssh/id_ed25519.pub
  meed init --name Saltmarsh --token SALT --address 0x5a175a175a175a175a175a175a175a175a175a17 --chain-id 100 \\
      --rounds rounds --signer meed.pub --principal rewards@example.org --key meed
  meed init --adopt --name Saltmarsh --token SALT --rounds rounds --signer meed.pub
                             the rounds that are committed here were closed by other means: history
  meed init --templates      the built-in page templates, into templates/ of this ledger, to be changed
  meed init --github --actions OWNER/REPOSITORY@COMMIT
                             workflows for GitHub Actions, into .github/workflows/ of this ledger

The first commit is signed with the key that belongs to --signer. It is the root of trust: give its
id to auditors (`meed verify --root COMMIT`).")]
pub struct Options {
    /// The folder of the repository; made if it is not there [default: the current directory]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The community's name
    #[arg(long, required_unless_present_any = ["templates", "github"], requires_all = ["token", "signer"])]
    pub name: Option<String>,
    /// The token's symbol
    #[arg(long, value_name = "SYMBOL", required_unless_present_any = ["templates", "github"], requires = "name")]
    pub token: Option<String>,
    /// Decimals of the token
    #[arg(long, default_value_t = 18)]
    pub decimals: u8,
    /// The token's contract
    #[arg(long, value_name = "0x..")]
    pub address: Option<String>,
    /// The chain of the contract (EIP-155)
    #[arg(long, value_name = "N")]
    pub chain_id: Option<u64>,
    /// The folder of the rounds
    #[arg(long, value_name = "FOLDER", default_value = "rounds")]
    pub rounds: String,
    /// The public key of the first signer
    #[arg(long, value_name = "KEY.pub", required_unless_present_any = ["templates", "github"], requires = "name")]
    pub signer: Option<PathBuf>,
    /// The signer's name in allowed_signers [default: the key's comment, else git's user.email]
    #[arg(long, value_name = "MAIL")]
    pub principal: Option<String>,
    /// The private key [default: that of MEED_SIGNING_KEY, beside KEY.pub, or of the agent]
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// List the rounds that are committed here as history: closed before meed, never open
    #[arg(long, requires = "name")]
    pub adopt: bool,
    /// Write the built-in page templates too; without --name, into the ledger that is there
    #[arg(long)]
    pub templates: bool,
    /// Write workflows that verify, propose and close on GitHub; without --name, into the ledger that is there
    #[arg(long, requires = "actions")]
    pub github: bool,
    /// The repository on GitHub that holds meed's actions, at a commit in full
    #[arg(long, value_name = "OWNER/REPOSITORY@COMMIT", requires = "github")]
    pub actions: Option<String>,
}

/// Makes the ledger.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let dir = options.dir.clone().unwrap_or_else(|| session.ledger.clone());
    let (Some(name), Some(token), Some(signer)) = (&options.name, &options.token, &options.signer) else {
        return added::run(&dir, options);
    };
    let actions = options.actions.as_deref().map(Actions::parse).transpose()?;
    let ledger_file = ledger_file(options, name, token)?;
    let ledger = Ledger::check(ledger_file.clone())?;
    let public = read_public_key(signer)?;
    let source = options.key.clone().or_else(|| session.signing_key.clone());
    let key = session.load_key(&source.unwrap_or_else(|| signer.display().to_string()))?;
    if key.public_key() != &public {
        let shown = Shown::from(signer.display().to_string());
        let (fingerprint, expected) = (key.public_key().fingerprint(), public.fingerprint());
        return Err(Error::KeyMismatch { fingerprint, public: shown, expected }.into());
    }
    let was_there = dir.is_dir();
    let written = open_or_init(&dir).map_err(Problems::from).and_then(|(repository, made)| {
        let new = New { ledger: &ledger, ledger_file: &ledger_file, actions: actions.as_ref() };
        let written = write(options, session, &repository, &new, &public, &key);
        if written.is_err() && made {
            // What was made a moment ago and holds no commit is taken away again: nothing is written.
            let _ = std::fs::remove_dir_all(repository.git_folder());
        }
        written
    });
    if written.is_err() && !was_there {
        // Takes away an empty folder only.
        let _ = std::fs::remove_dir(&dir);
    }
    written
}

/// The ledger that is made.
struct New<'a> {
    /// Its description, checked.
    ledger: &'a Ledger,
    /// The same as it is written.
    ledger_file: &'a LedgerFile,
    /// Where the actions of its workflows are, where it gets some.
    actions: Option<&'a Actions>,
}

/// Writes the first commit of the ledger.
fn write(
    options: &Options,
    session: &Session,
    repository: &Repository,
    new: &New<'_>,
    public: &PublicKey,
    key: &SigningKey,
) -> Result<Output, Problems> {
    let ledger = new.ledger;
    let branch = repository.head_branch()?;
    let parent = repository.branch_tip(&branch)?;
    let tree = parent.map(|parent| repository.tree_of(parent)).transpose()?;
    refuse_existing(repository, tree)?;
    let history = if options.adopt { rounds_to_adopt(repository, tree, ledger)? } else { Vec::new() };
    let ledger_file = LedgerFile { history, ..new.ledger_file.clone() };
    let principal = principal(options, session, repository, public)?;
    let line = new_line(&principal, &[GIT_NAMESPACE], public)?;
    let allowed = AllowedSigners::parse(ALLOWED_SIGNERS_FILE, line.as_bytes())?;
    check_key(&allowed, key, session.now_seconds)?;
    let mut files = vec![
        (LEDGER_FILE.to_owned(), json_bytes(&ledger_file).into()),
        (ALLOWED_SIGNERS_FILE.to_owned(), line.into_bytes().into()),
        (".gitattributes".to_owned(), attributes(repository, tree, &ledger.rounds)?.into()),
    ];
    if options.templates {
        files.extend(TEMPLATES.map(|(name, source)| (path_of(name), source.as_bytes().to_vec().into())));
    }
    if let Some(actions) = new.actions {
        let workflows = github::workflows(actions, &branch, &ledger.rounds)?;
        refuse_workflows_in_the_way(repository, tree, &workflows)?;
        files.extend(workflows.into_iter().map(|(path, bytes)| (path, bytes.into())));
    }
    let message = format!("Start the ledger of {}\n", ledger.name);
    let commits = vec![Change { files, message }];
    let proposal = Proposal { branch: &branch, parent, newest_record: None, key, commits };
    let written = proposal.write(session, repository)?;
    let root = written.commits.first().map(ObjectId::to_string).unwrap_or_default();
    let folder = repository.path().display().to_string();
    let text = format!(
        "made the ledger of {} in {}\n  root    {root}\n  signer  {principal} {}\n{}\nnext: {}meed round new ID, put the round's inputs beside it, commit, meed close\n{}",
        ledger.name,
        folder.trim_end_matches('/'),
        public.fingerprint(),
        if options.adopt { adopted(&ledger_file.history) } else { String::new() },
        if options.adopt { OWED } else { "" },
        if new.actions.is_some() { github::NEXT } else { "" },
    );
    Ok(Output::text(text).with_notes(written.notes))
}

/// What to do first about balances that were owed before.
const OWED: &str = "is anything still owed? Write opening.csv (key,name,amount) and commit it: the first closing reads it. Then ";

/// The rounds of the newest commit, which were closed before the ledger began, in natural order.
fn rounds_to_adopt(
    repository: &Repository,
    tree: Option<ObjectId>,
    ledger: &Ledger,
) -> Result<Vec<String>, Problems> {
    let rounds = tree.map(|tree| read_rounds(repository, tree, ledger)).transpose()?.unwrap_or_default();
    if rounds.is_empty() {
        return Err(Error::RoundsToAdoptNone { place: Place::file(&ledger.rounds) }.into());
    }
    Ok(rounds.iter().map(ToString::to_string).collect())
}

/// The line that names the adopted rounds.
fn adopted(history: &[String]) -> String {
    let count = counted(history.len(), "round", "rounds");
    format!("  adopted {count}, never to be opened: {}\n", history.join(", "))
}

/// The description of the new ledger, with a random id.
fn ledger_file(options: &Options, name: &str, token: &str) -> Result<LedgerFile, Error> {
    let mut id = [0_u8; 16];
    getrandom::fill(&mut id).map_err(|error| Error::FileSystem {
        path: Shown::from("the system's random source"),
        doing: "read",
        message: Shown::from(error.to_string()),
    })?;
    Ok(LedgerFile {
        schema: None,
        format: FORMAT,
        id: hex(&id),
        name: name.to_owned(),
        token: TokenFile {
            symbol: token.to_owned(),
            decimals: options.decimals,
            address: options.address.clone(),
            chain_id: options.chain_id,
        },
        rounds: options.rounds.clone(),
        display_decimals: options.decimals.min(2),
        payouts: None,
        history: Vec::new(),
        held_expiry_rounds: None,
        offset_overpayments: false,
        review: None,
        overrides: std::collections::BTreeMap::new(),
    })
}

/// Reads a public key file.
pub fn read_public_key(path: &Path) -> Result<PublicKey, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| file_system(path, "read", &error))?;
    let unreadable = |message: String| Error::PublicKeyInvalid {
        path: Shown::from(path.display().to_string()),
        message: Shown::from(message),
    };
    PublicKey::parse(&text).map_err(unreadable)
}

/// The repository of a folder, made if there is none; and whether it was made.
fn open_or_init(dir: &Path) -> Result<(Repository, bool), Error> {
    std::fs::create_dir_all(dir).map_err(|error| file_system(dir, "created", &error))?;
    match Repository::open(dir) {
        Ok(repository) => refuse_inner_folder(dir, &repository).map(|()| (repository, false)),
        Err(Error::NotARepository { .. }) => {
            Repository::init(dir, "main").map(|repository| (repository, true))
        }
        Err(error) => Err(error),
    }
}

/// Refuses a folder inside a repository: the ledger would come to lie at that repository's root,
/// which nobody asked for.
fn refuse_inner_folder(dir: &Path, repository: &Repository) -> Result<(), Error> {
    let same = |left: &Path, right: &Path| {
        left.canonicalize().is_ok_and(|left| right.canonicalize().is_ok_and(|right| left == right))
    };
    if same(dir, repository.path()) {
        return Ok(());
    }
    let (dir, root) = (dir.display().to_string(), repository.path().display().to_string());
    let root = Shown::from(root.trim_end_matches('/'));
    Err(Error::Usage {
        message: format!("{}: lies inside the repository {root}", Shown::from(dir)),
        hint: format!(
            "to make that repository a ledger, `meed init {root}`; else choose a folder outside of it"
        ),
    })
}

/// Refuses to make a second ledger.
fn refuse_existing(repository: &Repository, tree: Option<ObjectId>) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for path in [LEDGER_FILE, ALLOWED_SIGNERS_FILE] {
        let in_commit = match tree {
            Some(tree) => repository.entry(tree, path)?.is_some(),
            None => false,
        };
        let on_disk = repository.work_tree().is_some_and(|root| root.join(path).symlink_metadata().is_ok());
        if in_commit || on_disk {
            problems.push(Error::ExistsAlready { place: Place::file(path) });
        }
    }
    Problems::unless_empty(problems, ())
}

/// Refuses to write over workflows of the same names.
fn refuse_workflows_in_the_way(
    repository: &Repository,
    tree: Option<ObjectId>,
    workflows: &[(String, Vec<u8>)],
) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for (path, _) in workflows {
        if tree.map(|tree| repository.entry(tree, path)).transpose()?.flatten().is_some() {
            problems.push(github::in_the_way(path));
        }
    }
    Problems::unless_empty(problems, ())
}

/// The name of the first signer.
fn principal(
    options: &Options,
    session: &Session,
    repository: &Repository,
    public: &PublicKey,
) -> Result<String, Error> {
    if let Some(principal) = &options.principal {
        return Ok(principal.clone());
    }
    let comment = public.comment().trim();
    if !comment.is_empty() && !comment.contains(char::is_whitespace) {
        return Ok(comment.to_owned());
    }
    session.person(repository).map(|person| person.email)
}

/// .gitattributes with lines that keep git from converting line ends of the ledger's files.
fn attributes(repository: &Repository, tree: Option<ObjectId>, rounds: &str) -> Result<Vec<u8>, Error> {
    let before = match tree.map(|tree| repository.entry(tree, ".gitattributes")).transpose()?.flatten() {
        Some(entry) => repository.blob(entry.id)?,
        None => Vec::new(),
    };
    let mut text = before;
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    for pattern in
        [LEDGER_FILE, ALLOWED_SIGNERS_FILE, MEMBERS_FILE, OPENING_FILE, "templates/**", "simulations/**"]
    {
        text.extend_from_slice(format!("/{pattern} -text\n").as_bytes());
    }
    text.extend_from_slice(format!("/{rounds}/** -text\n").as_bytes());
    Ok(text)
}
