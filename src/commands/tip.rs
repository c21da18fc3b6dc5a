//! The tip of a branch as `check` and `close` see it: ledger, record, rounds, and which are open.

use std::sync::Arc;

use crate::calculate::{Results, Snapshot, calculate, check_record, earlier_results};
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{Content, Files};
use crate::git::{ObjectId, Repository};
use crate::ledger::Ledger;
use crate::ledger::plan::Plan;
use crate::ledger::review::APPROVALS_FOLDER;
use crate::ledger::round_file::Period;
use crate::ledger::round_id::RoundId;
use crate::settlement::SETTLEMENTS_FOLDER;
use crate::snapshot::{self, LfsFolders, StatementCache};
use crate::statement::{CARRY_FILE, Record, Recorded};

/// The tip of a branch.
pub struct Tip {
    /// The branch, without `refs/heads/`.
    pub branch: String,
    /// The commit that the branch names.
    pub commit: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
    /// The ledger.
    pub ledger: Ledger,
    /// The statements.
    pub record: Record,
    /// All rounds, in natural order.
    pub rounds: Vec<RoundId>,
}

/// A round with its period and the files that the pipeline reads for it.
pub struct OpenRound {
    /// The round.
    pub id: RoundId,
    /// Its period.
    pub period: Period,
    /// Its files.
    pub files: Files,
}

impl Tip {
    /// Reads the tip of `branch`, or of the branch that is checked out.
    pub fn read(repository: &Repository, branch: Option<&str>) -> Result<Self, Problems> {
        let branch = match branch {
            Some(branch) => branch.to_owned(),
            None => repository.head_branch()?,
        };
        let commit = match repository.branch_tip(&branch)? {
            Some(commit) => commit,
            None if repository.head_branch().is_ok_and(|head| head == branch) => {
                return Err(Error::RepositoryUnborn {
                    path: Shown::from(repository.path().to_string_lossy().trim_end_matches('/')),
                }
                .into());
            }
            None => return Err(Error::BranchUnknown { name: Shown::from(&branch) }.into()),
        };
        Self::at(repository, branch, commit)
    }

    /// Reads any commit as if `branch` named it.
    pub fn at(repository: &Repository, branch: String, commit: ObjectId) -> Result<Self, Problems> {
        let tree = repository.tree_of(commit)?;
        let ledger = snapshot::read_ledger(repository, tree)?;
        let record = snapshot::read_record(repository, tree, &ledger, &StatementCache::default())?;
        check_record(&ledger, &record)?;
        let rounds = snapshot::read_rounds(repository, tree, &ledger)?;
        Ok(Self { branch, commit, tree, ledger, record, rounds })
    }

    /// The rounds that are open: not closed, and not history.
    pub fn open(&self) -> Vec<&RoundId> {
        let is_open = |round: &&RoundId| {
            self.record.find(round.as_str(), 1).is_none() && !self.ledger.history.contains(round)
        };
        self.rounds.iter().filter(is_open).collect()
    }

    /// The round of that name, open or not.
    pub fn round(&self, name: &str) -> Result<&RoundId, Error> {
        self.rounds.iter().find(|round| round.as_str() == name).ok_or_else(|| {
            let known: Vec<&str> = self.rounds.iter().map(RoundId::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Error::RoundUnknown { place: Place::file(&self.ledger.rounds), round: Shown::from(name), known }
        })
    }

    /// The open round of that name, or why there is none.
    pub fn open_round(&self, name: &str) -> Result<&RoundId, Error> {
        let round = self.round(name)?;
        let place = Place::file(&self.ledger.folder_of(round));
        if let Some(closed) = self.record.find(name, 1) {
            return Err(Error::RoundClosed { place, round: Shown::from(name), sequence: closed.sequence() });
        }
        if self.ledger.history.contains(round) {
            return Err(Error::RoundIsHistory { place });
        }
        Ok(round)
    }

    /// Reads the files of rounds and puts the rounds into the order of closing: by the start of
    /// the period, then naturally. Problems of all of them at once.
    pub fn prepare(
        &self,
        repository: &Repository,
        lfs: &LfsFolders,
        rounds: &[&RoundId],
    ) -> Result<Vec<OpenRound>, Problems> {
        let read = |round: &RoundId| {
            // A settlement or an approval that was there before would fail the round's check for ever.
            for part in ["results", SETTLEMENTS_FOLDER, APPROVALS_FOLDER] {
                let folder = format!("{}/{part}", self.ledger.folder_of(round));
                if repository.entry(self.tree, &folder)?.is_some() {
                    return Err(Error::ResultsInTheWay { place: Place::file(&folder) });
                }
            }
            snapshot::read_files(repository, self.tree, &self.ledger, (round, 1), &self.record, lfs)
        };
        self.prepare_with(rounds, &read)
    }

    /// The same with files from elsewhere.
    pub fn prepare_with(
        &self,
        rounds: &[&RoundId],
        read: &dyn Fn(&RoundId) -> Result<Files, Error>,
    ) -> Result<Vec<OpenRound>, Problems> {
        let mut problems = Vec::new();
        let mut open = Vec::new();
        for round in rounds {
            let files = match read(round) {
                Ok(files) => files,
                Err(error) => {
                    problems.push(error);
                    continue;
                }
            };
            match Plan::read(&files, &self.ledger, round, 1) {
                Ok(plan) => open.push(OpenRound { id: (*round).clone(), period: plan.period, files }),
                Err(_) => {
                    let snapshot = Snapshot { files: &files, record: &self.record };
                    problems.extend(calculate(snapshot, round).err().into_iter().flatten());
                }
            }
        }
        // Every round is computed on the tip alone first, so that all problems show at once.
        if rounds.len() > 1 || !problems.is_empty() {
            for round in &open {
                let snapshot = Snapshot { files: &round.files, record: &self.record };
                problems.extend(calculate(snapshot, &round.id).err().into_iter().flatten());
            }
        }
        open.sort_by(|left, right| (left.period.start, &left.id).cmp(&(right.period.start, &right.id)));
        Problems::unless_empty(problems, open)
    }

    /// Reads the files of rounds without computing anything. Problems of all of them at once.
    pub fn read_open(
        &self,
        repository: &Repository,
        lfs: &LfsFolders,
        rounds: &[&RoundId],
    ) -> Result<Vec<OpenRound>, Problems> {
        let (mut problems, mut open) = (Vec::new(), Vec::new());
        for round in rounds {
            let files =
                snapshot::read_files(repository, self.tree, &self.ledger, (round, 1), &self.record, lfs);
            let read = files.map_err(Problems::from).and_then(|files| {
                let plan = Plan::read(&files, &self.ledger, round, 1)?;
                Ok(OpenRound { id: (*round).clone(), period: plan.period, files })
            });
            match read {
                Ok(round) => open.push(round),
                Err(found) => problems.extend(found),
            }
        }
        Problems::unless_empty(problems, open)
    }

    /// Computes rounds one on the other, as if each were closed before the next.
    pub fn calculate(&self, rounds: &mut [OpenRound]) -> Result<Vec<Results>, Problems> {
        let mut record = self.record.clone();
        let mut done: Vec<Results> = Vec::new();
        for round in rounds {
            if let Some(last) = done.last() {
                let carry = last.files.get(CARRY_FILE).cloned().unwrap_or_default();
                round.files.insert(format!("{}/{CARRY_FILE}", last.folder), Content::File(carry));
            }
            let earlier = earlier_results(&round.files, &self.ledger, (&round.id, 1), &record);
            for results in &done {
                for (name, bytes) in &results.files {
                    let path = format!("{}/{name}", results.folder);
                    if earlier.contains(&path) {
                        round.files.insert(path, Content::File(bytes.clone()));
                    }
                }
            }
            let results = calculate(Snapshot { files: &round.files, record: &record }, &round.id)?;
            record.push(Recorded {
                folder: results.folder.clone(),
                sha256: results.statement_sha256(),
                statement: Arc::new(results.statement.clone()),
            });
            done.push(results);
        }
        Ok(done)
    }
}
