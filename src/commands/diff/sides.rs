//! The sides of `meed diff`: how they are written, and where they are read from.

use std::collections::BTreeMap;
use std::path::Path;

use super::overlay::{Overlay, corrected};
use crate::calculate::Results;
use crate::commands::Session;
use crate::commands::changes::closing_commit;
use crate::commands::check::{calculate_work_tree, read_round, read_work_tree, work_tree};
use crate::commands::claims::refuse_sent;
use crate::commands::tip::{OpenRound, Tip};
use crate::diff::inputs::{InputFile, ROWS_LIMIT_BYTES};
use crate::diff::{Side, SideName, State, recipients, sums};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{Content, Files};
use crate::git::{ObjectId, Repository};
use crate::ledger::revision::REASON_FILE;
use crate::ledger::round_id::{RAD_FILE, RoundId};
use crate::snapshot::{self, LfsFolders, results};
use crate::statement::{DISTRIBUTION_FILE, Recorded, Statement};

/// What stands between a round and its revision. No round id can hold it.
const SIGN: char = '@';
/// The revision that stands for the files of the work tree.
const WORK_TREE: &str = "worktree";

/// A side as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    round: String,
    which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// The last closed revision, or the open round.
    Last,
    Revision(u32),
    WorkTree,
}

impl Sought {
    /// Reads `ROUND`, `ROUND@REVISION` or `ROUND@worktree`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::SideInvalid { given: Shown::from(text), reason };
        let (round, which) = match text.split_once(SIGN) {
            None => (text, Which::Last),
            Some((round, WORK_TREE)) => (round, Which::WorkTree),
            Some((round, number)) => {
                let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
                let revision = number.parse().ok().filter(|_| is_number);
                let fault = "behind the `@` stands a revision (1, 2, 3 ...) or `worktree`";
                (round, Which::Revision(revision.ok_or_else(|| invalid(fault))?))
            }
        };
        if round.is_empty() {
            return Err(invalid("it names no round"));
        }
        Ok(Self { round: round.to_owned(), which })
    }

    /// The side, and the work tree of its round.
    pub fn and_work_tree(self) -> (Self, Self) {
        let now = Self { round: self.round.clone(), which: Which::WorkTree };
        let which = if self.which == Which::WorkTree { Which::Last } else { self.which };
        (Self { which, ..self }, now)
    }
}

/// The error for a side that is none.
pub fn no_side(text: &str) -> Error {
    Error::SideInvalid { given: Shown::from(text), reason: "it names no round" }
}

/// A side that was read, and from where its files come.
pub struct Read {
    /// The side.
    pub side: Side,
    source: Source,
}

enum Source {
    /// Inputs as the commit holds them.
    Closed(Recorded),
    /// The files that the side was computed from, and those of them that stand elsewhere.
    Computed(Files, Overlay),
}

/// Reads sides at a commit.
pub struct Reader<'a> {
    repository: &'a Repository,
    lfs: LfsFolders,
    tip: Tip,
}

impl<'a> Reader<'a> {
    /// A reader of the commit that `rev` names.
    pub fn new(session: &Session, repository: &'a Repository, rev: &str) -> Result<Self, Problems> {
        let tip = Tip::at(repository, rev.to_owned(), repository.commit_of(rev)?)?;
        Ok(Self { repository, lfs: session.lfs_folders(repository), tip })
    }

    /// Both sides. All problems at once.
    pub fn read_both(&self, before: &Sought, after: &Sought) -> Result<(Read, Read), Problems> {
        match (self.read(before), self.read(after)) {
            (Ok(before), Ok(after)) => Ok((before, after)),
            (Err(first), Err(second)) => {
                // One fault of the repository or of the ledger is a fault of both.
                let new =
                    second.into_iter().filter(|error| !first.errors().contains(error)).collect::<Vec<_>>();
                let all: Vec<Error> = first.into_iter().chain(new).collect();
                Problems::unless_empty(all, ()).and(Err(no_side(&before.round).into()))
            }
            (Err(problems), _) | (_, Err(problems)) => Err(problems),
        }
    }

    fn read(&self, sought: &Sought) -> Result<Read, Problems> {
        let statements: Vec<&Recorded> = self.tip.record.revisions(&sought.round).collect();
        match (sought.which, statements.last()) {
            (Which::WorkTree, _) => self.read_work_tree(sought, statements.first().copied()),
            (Which::Last, Some(last)) => self.read_closed(last, &statements),
            (Which::Last, None) => self.read_open(sought),
            (Which::Revision(revision), last) => match self.tip.record.find(&sought.round, revision) {
                Some(recorded) => self.read_closed(recorded, &statements),
                None => Err(self.no_revision(sought, revision, last.copied())?.into()),
            },
        }
    }

    /// The error for a revision that is not closed, or the one for a round that is not there.
    fn no_revision(&self, sought: &Sought, revision: u32, last: Option<&Recorded>) -> Result<Error, Error> {
        let known = match last.map(|last| last.statement.predicate.revision) {
            None => {
                self.tip.open_round(&sought.round)?;
                "none, it is open".to_owned()
            }
            Some(1) => "1".to_owned(),
            Some(last) => format!("1 to {last}"),
        };
        let place = Place::file(&format!("{}/{}", self.tip.ledger.rounds, sought.round));
        Ok(Error::RevisionUnknown { place, round: Shown::from(&sought.round), revision, known })
    }

    /// A closed revision, from its committed results.
    fn read_closed(&self, recorded: &Recorded, revisions: &[&Recorded]) -> Result<Read, Problems> {
        let predicate = &recorded.statement.predicate;
        let bytes = results::read(self.repository, self.tip.tree, recorded, DISTRIBUTION_FILE)?;
        let bytes = bytes.ok_or_else(|| {
            let reason = format!("names no {DISTRIBUTION_FILE}");
            Error::RecordInvalid { place: Place::file(&recorded.path()), reason }
        })?;
        let name = SideName {
            side: format!("{}{SIGN}{}", predicate.round, predicate.revision),
            round: predicate.round.clone(),
            revision: Some(predicate.revision),
            state: State::Closed,
        };
        let up_to: Vec<&Statement> = revisions
            .iter()
            .map(|other| &*other.statement)
            .filter(|other| other.predicate.revision <= predicate.revision)
            .collect();
        let path = format!("{}/{DISTRIBUTION_FILE}", recorded.folder);
        let folder = format!("{}/{}", self.tip.ledger.rounds, predicate.round);
        let mut side = side_of(name, &up_to, &folder, (&path, &bytes))?;
        side.statement = Some(recorded.sha256.clone());
        Ok(Read { side, source: Source::Closed(recorded.clone()) })
    }

    /// An open round, computed as `check` does.
    fn read_open(&self, sought: &Sought) -> Result<Read, Problems> {
        let round = self.tip.open_round(&sought.round)?;
        let mut open = self.tip.prepare(self.repository, &self.lfs, &[round])?;
        refuse_sent(self.repository, &self.tip, &open)?;
        let results = self.tip.calculate(&mut open)?;
        Self::computed(sought, State::Open, (open, results), Overlay::default())
    }

    /// A round as the files of the work tree give it: on the tip while it is open; else on the commit
    /// before its first closing, with the corrections that its revisions hold.
    fn read_work_tree(&self, sought: &Sought, closed: Option<&Recorded>) -> Result<Read, Problems> {
        let (asked, hint) =
            ("the files of the work tree", "give two sides that are committed: `meed diff A B`");
        let root = work_tree(self.repository, asked, hint)?;
        let mut tip = match closed {
            Some(first) => self.tip_before(first)?,
            None => Tip::at(self.repository, self.tip.branch.clone(), self.tip.commit)?,
        };
        (tip.ledger, tip.rounds) = read_work_tree(&root)?;
        let round = tip.open_round(&sought.round)?;
        let overlay = match closed {
            Some(_) => Overlay::of_revisions(&root, &tip.ledger.folder_of(round), &self.lfs)?,
            None => Overlay::default(),
        };
        let read = |round: &RoundId| self.read_corrected(&root, &tip, round, &overlay);
        let computed = calculate_work_tree(self.repository, &tip, &[round], &read)?;
        Self::computed(sought, State::WorkTree, computed, overlay)
    }

    fn read_corrected(
        &self,
        root: &Path,
        tip: &Tip,
        round: &RoundId,
        overlay: &Overlay,
    ) -> Result<Files, Error> {
        let mut files = read_round(root, self.repository, tip, round, &self.lfs)?;
        for (path, correction) in overlay.corrections() {
            files.insert(path.clone(), corrected(path, correction));
        }
        Ok(files)
    }

    /// The commit before a round was closed: its record is the one that the round was closed on.
    fn tip_before(&self, first: &Recorded) -> Result<Tip, Problems> {
        self.repository.demand_complete_history()?;
        let no_inputs = || {
            let reason = "the commit before its own does not hold the record that it names: was the close squashed or rebased?";
            Error::RecordInvalid { place: Place::file(&first.path()), reason: reason.to_owned() }
        };
        let closing = closing_commit(self.repository, self.tip.commit, first)?;
        let parent = self.repository.commit_node(closing)?.parents.first().copied().ok_or_else(no_inputs)?;
        let tip = Tip::at(self.repository, self.tip.branch.clone(), parent)?;
        let named = first.statement.predicate.previous.as_ref().map(|previous| &previous.sha256);
        if named == tip.record.last().map(|last| &last.sha256) { Ok(tip) } else { Err(no_inputs().into()) }
    }

    /// The side of a round that was computed.
    fn computed(
        sought: &Sought,
        state: State,
        (open, results): (Vec<OpenRound>, Vec<Results>),
        overlay: Overlay,
    ) -> Result<Read, Problems> {
        let both = open.into_iter().next().zip(results.into_iter().next());
        let (open, results) = both.ok_or_else(|| no_side(&sought.round))?;
        let suffix = if state == State::WorkTree { format!("{SIGN}{WORK_TREE}") } else { String::new() };
        let name = SideName {
            side: format!("{}{suffix}", sought.round),
            round: sought.round.clone(),
            revision: None,
            state,
        };
        let path = format!("{}/{DISTRIBUTION_FILE}", results.folder);
        let bytes = results.files.get(DISTRIBUTION_FILE).map_or(&[][..], Vec::as_slice);
        let folder = results.folder.strip_suffix("/results").unwrap_or(&results.folder);
        let mut side = side_of(name, &[&results.statement], folder, (&path, bytes))?;
        for input in &mut side.inputs {
            overlay.name_source(input);
        }
        Ok(Read { side, source: Source::Computed(open.files, overlay) })
    }

    /// Puts the contents of these inputs into a side. One that cannot be had is no problem: there is
    /// less to tell then.
    pub fn load(&self, read: &mut Read, paths: &[String]) {
        // Found when a file is not any more what it was.
        let mut closing: Option<Result<ObjectId, Error>> = None;
        for path in paths {
            let Some(input) = read.side.inputs.iter().find(|input| input.path == *path) else { continue };
            if input.bytes > ROWS_LIMIT_BYTES {
                continue;
            }
            let content = match &read.source {
                Source::Computed(files, overlay) => overlay.bytes(files, path),
                Source::Closed(recorded) => match self.committed(self.tip.tree, input) {
                    Ok(bytes) => Ok(bytes),
                    Err(_) => {
                        let find = || self.tree_of_closing(recorded);
                        let tree = closing.get_or_insert_with(find).clone();
                        tree.and_then(|tree| self.committed(tree, input))
                    }
                },
            };
            read.side.contents.insert(path.clone(), content.map_err(|error| error.to_string()));
        }
    }

    /// The tree of the commit that closed a revision, which still holds all its inputs.
    fn tree_of_closing(&self, recorded: &Recorded) -> Result<ObjectId, Error> {
        self.repository.demand_complete_history()?;
        self.repository.tree_of(closing_commit(self.repository, self.tip.commit, recorded)?)
    }

    /// An input as a tree holds it. Error: it is not there, or not what the statement names.
    fn committed(&self, tree: ObjectId, input: &InputFile) -> Result<Vec<u8>, Error> {
        let missing = || Error::FileMissing { place: Place::file(&input.path) };
        let content: Content =
            snapshot::read_input(self.repository, tree, &input.path, &self.lfs)?.ok_or_else(missing)?;
        let mut files = Files::default();
        files.insert(input.path.clone(), content);
        if files.digest(&input.path)?.0 != input.sha256 {
            let reason = "does not have the digest that the statement gives".to_owned();
            return Err(Error::RecordInvalid { place: Place::file(&input.path), reason });
        }
        Ok(files.bytes(&input.path)?.to_vec())
    }
}

/// A side from the statements of a round up to the one that is meant, and the distribution beside that.
fn side_of(
    name: SideName,
    statements: &[&Statement],
    folder: &str,
    (path, distribution): (&str, &[u8]),
) -> Result<Side, Problems> {
    let predicate = &statements.last().ok_or_else(|| no_side(&name.side))?.predicate;
    let is_rad = predicate.inputs.iter().any(|input| input.name == format!("{folder}/{RAD_FILE}"));
    // Why a revision was made is no input that gives anybody anything.
    let is_reason = |path: &str| path.starts_with(folder) && path.ends_with(&format!("/{REASON_FILE}"));
    let inputs = predicate.inputs.iter().filter(|input| !is_reason(&input.name));
    Ok(Side {
        name,
        statement: None,
        period: predicate.period.clone(),
        token: predicate.token.clone(),
        inputs: inputs.map(|input| InputFile::new(input, folder, is_rad)).collect(),
        contents: BTreeMap::new(),
        recipients: recipients::read(path, distribution, predicate.token.decimals)?,
        sums: sums::of_statements(statements)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_rounds_with_what_is_meant_of_them() {
        for (text, round, which) in [
            ("2026-01", "2026-01", Which::Last),
            ("a/b.2@2", "a/b.2", Which::Revision(2)),
            ("2026-01@4294967295", "2026-01", Which::Revision(u32::MAX)),
            ("2026-01@worktree", "2026-01", Which::WorkTree),
        ] {
            assert_eq!(Sought::parse(text), Ok(Sought { round: round.to_owned(), which }), "{text}");
        }
        for text in
            ["", "@", "@2", "a@", "a@0", "a@01", "a@+1", "a@-1", "a@2@3", "a@Worktree", "a@4294967296"]
        {
            assert!(Sought::parse(text).is_err(), "{text}");
        }
    }
}
