//! `meed audit`: rounds that were closed by other means, computed again and compared with what was
//! published of them. Writes nothing, and needs neither a ledger nor git.

mod find;
mod order;
mod report;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use super::disk::file_system;
use super::{Output, Session};
use crate::amount::DECIMALS_LIMIT;
use crate::audit::{self, Audited, Data, Source};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, Files};
use crate::ledger::round_id::RAD_FILE;
use crate::ledger::{FORMAT, LEDGER_FILE, Ledger, LedgerFile, Token, TokenFile};
use crate::report::text::counted;
use find::{Found, Search, find};
use order::Order;
use report::Report;

/// Decimals of a token about which nothing is said.
const DECIMALS: u8 = 18;
/// The symbol where a round names none that can be one.
const NO_SYMBOL: &str = "tokens";

/// Options of `meed audit`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Rounds are folders with `parameters.json` of the rewards dashboard RAD. Each is computed again from its \
inputs, alone, and compared with what was published: final_praise_token_allocation.csv, \
praise_aragon_distribution.csv and sourcecred_allocation.csv in distribution_results*/raw_csv_exports/ (or in \
published/revision-N/). Nothing is written.

Outcomes: equal (to a billionth of every amount: published numbers are floating point numbers), differs by \
rounding, differs, cannot be read, cannot be recomputed, nothing published.

Examples:
  meed audit .                          all rounds of a repository
  meed audit rounds/round-20            one round
  meed -v audit rounds                  every difference, not only the five largest
  meed audit . --overrides fixed.json   with {\"round-20\": {\"sourcecred\": {\"over_pool\": \"record\"}}}

Exit status: 1 when anything differs, cannot be read or cannot be recomputed; 0 otherwise, also where inputs \
look odd; 2 for bad input, such as a path without rounds.")]
pub struct Options {
    /// A folder that holds rounds at any depth, or one round
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Settings that replace those of rounds: JSON as `overrides` in ledger.json
    #[arg(long, value_name = "FILE")]
    pub overrides: Option<PathBuf>,
    /// How many decimals the token has [default: those in PATH/ledger.json, else 18]
    #[arg(long, value_name = "N")]
    pub decimals: Option<u8>,
}

/// Settings by round, allocation and name.
type Overrides = BTreeMap<String, BTreeMap<String, Map<String, Value>>>;

/// A revision of a round that was audited.
pub(super) struct Revision<'a> {
    found: &'a Found,
    number: u32,
    symbol: String,
    audited: Audited,
    /// What was published, from the round's folder.
    published: Vec<String>,
    /// Data that stands in a round before, told in a sentence each.
    reused: Vec<String>,
    /// Inputs that are newer than the results, told in a sentence each.
    newer: Vec<String>,
}

/// Audits the rounds below a path.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let root = options.path.as_path();
    if !root.is_dir() {
        return Err(Error::AuditFolderMissing { path: shown_path(root) }.into());
    }
    let ledger = read_ledger(root)?;
    let search = find(root, ledger.as_ref().map(|ledger| ledger.rounds.as_str()))?;
    if search.rounds.is_empty() {
        return Err(Error::AuditNoRounds { path: shown_path(root) }.into());
    }
    let policy = Policy::read(options, ledger.as_ref(), &search)?;
    let mut revisions = Vec::new();
    let mut before: Vec<(String, Data)> = Vec::new();
    for (done, found) in search.rounds.iter().enumerate() {
        (session.progress)(done, search.rounds.len());
        let audited = audit_round(found, &policy, &before)?;
        for revision in &audited {
            let data = revision.audited.data.iter();
            before.extend(data.map(|data| (found.name.clone(), data.clone())));
        }
        revisions.extend(audited);
    }
    let mut notes = notes_of(&search);
    notes.extend(mark_newer(root, &mut revisions));
    (session.progress)(search.rounds.len(), search.rounds.len());
    let report = Report::of(&shown_path(root).to_string(), search.rounds.len(), &revisions);
    let status = u8::from(revisions.iter().any(|revision| revision.audited.grade().is_fault()));
    let output =
        if session.json { Output::json(&report) } else { Output::text(text::text(&report, session.verbose)) };
    Ok(Output { status, ..output }.with_notes(notes))
}

/// Audits all revisions of a round. `before` are the data of the rounds before it.
fn audit_round<'a>(
    found: &'a Found,
    policy: &Policy,
    before: &[(String, Data)],
) -> Result<Vec<Revision<'a>>, Problems> {
    let files = found.files()?;
    let ledger = policy.ledger_of(found, &files)?;
    let audit_revision = |number: u32| {
        let published = found.published(&files, number);
        let source = Source {
            files: &files,
            ledger: &ledger,
            round: &found.id,
            revision: number,
            published: &published,
        };
        let audited = audit::audit(source);
        let reused = audit::reused(&audited.data, before);
        let reused = reused.iter().map(|reused| reused.sentence(&ledger.token.symbol)).collect();
        let published = published.values().filter_map(|path| found.relative_of(path)).map(str::to_owned);
        Revision {
            found,
            number,
            symbol: ledger.token.symbol.clone(),
            reused,
            newer: Vec::new(),
            published: published.collect(),
            audited,
        }
    };
    Ok(found.revisions(&files).into_iter().map(audit_revision).collect())
}

/// Adds what git tells about the order of inputs and results; a note where it tells nothing.
fn mark_newer(root: &Path, revisions: &mut [Revision<'_>]) -> Option<String> {
    let inputs_of = |revision: &Revision<'_>| -> Vec<String> {
        let inputs = revision.audited.inputs.iter();
        let inputs = inputs.filter_map(|path| revision.found.relative_of(path));
        inputs.map(|path| in_root(revision.found, path)).collect()
    };
    let results_of = |revision: &Revision<'_>| -> Vec<String> {
        revision.published.iter().map(|path| in_root(revision.found, path)).collect()
    };
    let paths: BTreeSet<String> = revisions
        .iter()
        .flat_map(|revision| inputs_of(revision).into_iter().chain(results_of(revision)))
        .collect();
    let why = match Order::read(root, &paths) {
        Ok(Some(order)) => {
            for revision in revisions {
                revision.newer = order.newer(&inputs_of(revision), &results_of(revision));
            }
            return None;
        }
        Ok(None) => "the folder is in no git repository with commits".to_owned(),
        Err(error) => error.to_string(),
    };
    Some(format!("note: whether inputs are newer than results is not known: {why}"))
}

/// A path of a round's folder, from the folder that is audited.
fn in_root(found: &Found, path: &str) -> String {
    if found.relative.is_empty() { path.to_owned() } else { format!("{}/{path}", found.relative) }
}

/// What stands below the path and is not audited.
fn notes_of(search: &Search) -> Vec<String> {
    let mut notes = Vec::new();
    if search.native > 0 {
        let rounds = counted(search.native, "round", "rounds");
        notes.push(format!(
            "note: {rounds} with round.json left out: `meed verify` recomputes what meed closed"
        ));
    }
    if search.foreign > 0 {
        let folders = counted(search.foreign, "folder", "folders");
        notes.push(format!("note: {folders} left out whose parameters.json is not of RAD"));
    }
    notes
}

/// What the rounds are computed under, whichever they are.
struct Policy {
    token: Option<TokenFile>,
    decimals: u8,
    overrides: Overrides,
}

/// ledger.json in the folder that is audited, if there is one.
fn read_ledger(root: &Path) -> Result<Option<LedgerFile>, Problems> {
    let path = root.join(LEDGER_FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let file: LedgerFile = files::read_json(LEDGER_FILE, &read(&path)?)?;
    Ledger::check(file.clone())?;
    Ok(Some(file))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| file_system(path, "read", &error))
}

impl Policy {
    /// The ledger's policy, under what the options say. All problems at once.
    fn read(options: &Options, ledger: Option<&LedgerFile>, search: &Search) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut overrides = Overrides::new();
        let mut add = |place: &str, more: &Overrides| {
            for (name, settings) in more {
                if !search.rounds.iter().any(|round| round.name == *name) {
                    problems.push(Error::OverrideUnknown {
                        place: Place::file(place),
                        what: "round",
                        name: Shown::from(name),
                        round: shown_path(&options.path),
                    });
                }
                overrides.insert(name.clone(), settings.clone());
            }
        };
        if let Some(ledger) = ledger {
            add(LEDGER_FILE, &ledger.overrides);
        }
        if let Some(path) = &options.overrides {
            let place = path.display().to_string();
            add(&place, &files::read_json::<Overrides>(&place, &read(path)?)?);
        }
        let token = ledger.map(|ledger| ledger.token.clone());
        let decimals = options.decimals.or(token.as_ref().map(|token| token.decimals)).unwrap_or(DECIMALS);
        if decimals > DECIMALS_LIMIT {
            problems.push(Error::Usage {
                message: format!("--decimals {decimals}: at most {DECIMALS_LIMIT} are computed with"),
                hint: "give the number of decimals that the token's contract states; most have 18".to_owned(),
            });
        }
        Problems::unless_empty(problems, Self { token, decimals, overrides })
    }

    /// The ledger that a round would have: nothing of it is written anywhere.
    fn ledger_of(&self, found: &Found, files: &Files) -> Result<Ledger, Problems> {
        let own = TokenFile { symbol: symbol_of(found, files), decimals: 0, address: None, chain_id: None };
        let token = TokenFile { decimals: self.decimals, ..self.token.clone().unwrap_or(own) };
        let overrides = self.overrides.get(&found.name).cloned();
        Ledger::check(LedgerFile {
            schema: None,
            format: FORMAT,
            id: "audit-of-others".to_owned(),
            name: "Audit".to_owned(),
            token,
            rounds: found.rounds.clone(),
            display_decimals: 0,
            payouts: Some(Vec::new()),
            history: Vec::new(),
            held_expiry_rounds: None,
            offset_overpayments: false,
            review: None,
            overrides: overrides.into_iter().map(|settings| (found.id.to_string(), settings)).collect(),
        })
    }
}

/// The symbol of the token in which a round pays: the first that its file names.
fn symbol_of(found: &Found, files: &Files) -> String {
    let path = found.path_of(RAD_FILE);
    let named = || -> Option<String> {
        let value: Map<String, Value> = files::read_json(&path, files.bytes(&path).ok()?).ok()?;
        let systems = value.get("system_settings")?.as_object()?;
        let symbol =
            |system: &Value| Some(system.get("payout_token")?.get("token_name")?.as_str()?.to_owned());
        systems.values().find_map(symbol)
    };
    let is_symbol = |symbol: &String| {
        let mut problems = Vec::new();
        let token = TokenFile { symbol: symbol.clone(), decimals: 0, address: None, chain_id: None };
        Token::check(&token, &Place::file(&path), &mut problems);
        problems.is_empty()
    };
    named().filter(is_symbol).unwrap_or_else(|| NO_SYMBOL.to_owned())
}

fn shown_path(path: &Path) -> Shown {
    Shown::from(path.display().to_string())
}
