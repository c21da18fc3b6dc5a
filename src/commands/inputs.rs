//! What a round is computed from: for a closed one the commit before it was closed, as `verify` reads it,
//! for an open one the tip.

use super::Session;
use super::tip::Tip;
use crate::calculate::Snapshot;
use crate::error::{Error, Place, Problems, Shown};
use crate::files::Files;
use crate::git::{ObjectId, Repository};
use crate::ledger::round_id::RoundId;
use crate::snapshot::{self, LfsFolders, StatementCache};
use crate::statement::Record;
use crate::verification::history::{Closing, History};

/// The inputs of a round.
pub struct RoundInputs {
    /// The round.
    pub round: RoundId,
    /// 1 for the first closing, 2 and up for amendments.
    pub revision: u32,
    /// The commit that they were read from.
    pub commit: ObjectId,
    /// The files.
    pub files: Files,
    /// The statements of that commit.
    pub record: Record,
}

impl RoundInputs {
    /// Those of a closed or an open round; of a closed one the revision that is named, else the newest.
    pub fn read(
        session: &Session,
        repository: &Repository,
        name: &str,
        revision: Option<u32>,
    ) -> Result<Self, Problems> {
        repository.demand_complete_history()?;
        let tip = Tip::read(repository, None)?;
        let history = History::read(repository, tip.commit, &StatementCache::default())?;
        match closing_of(&history, name, revision)? {
            Some(closing) => Self::of_closed(session, repository, &history, closing),
            None => Self::of_open(session, repository, &tip, name),
        }
    }

    /// Those of an open round, as the tip has them.
    pub fn of_open(
        session: &Session,
        repository: &Repository,
        tip: &Tip,
        name: &str,
    ) -> Result<Self, Problems> {
        let round = tip.open_round(name)?.clone();
        let lfs = session.lfs_folders(repository);
        let files = snapshot::read_files(repository, tip.tree, &tip.ledger, (&round, 1), &tip.record, &lfs)?;
        Ok(Self { round, revision: 1, commit: tip.commit, files, record: tip.record.clone() })
    }

    /// Those of a closed round, as the parent of its closing commit has them.
    pub fn of_closed(
        session: &Session,
        repository: &Repository,
        history: &History,
        closing: &Closing,
    ) -> Result<Self, Problems> {
        Self::of_closed_with(&session.lfs_folders(repository), repository, history, closing)
    }

    /// The same with the folders of Git LFS, for work that several processors share.
    pub fn of_closed_with(
        lfs: &LfsFolders,
        repository: &Repository,
        history: &History,
        closing: &Closing,
    ) -> Result<Self, Problems> {
        let place = Place::file(&closing.path);
        let no_inputs = || Error::RecordInvalid {
            place: place.clone(),
            reason: "the commit before its own does not hold the inputs: was the close squashed or rebased?"
                .to_owned(),
        };
        let recorded = closing.recorded.as_ref().map_err(|_| no_inputs())?;
        let predicate = &recorded.statement.predicate;
        let (round, revision) = (RoundId::parse(&predicate.round, &place)?, predicate.revision);
        let parent = history.at(closing.commit).and_then(|commit| commit.parents.first());
        let parent = parent.and_then(|place| history.at(*place)).ok_or_else(no_inputs)?;
        let (commit, tree) = (parent.node.id, parent.node.tree);
        let ledger = snapshot::read_ledger(repository, tree)?;
        if !snapshot::read_rounds(repository, tree, &ledger)?.contains(&round) {
            return Err(no_inputs().into());
        }
        let record = snapshot::read_record(repository, tree, &ledger, &StatementCache::default())?;
        let files = snapshot::read_files(repository, tree, &ledger, (&round, revision), &record, lfs)?;
        Ok(Self { round, revision, commit, files, record })
    }

    /// What the pipeline reads.
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot { files: &self.files, record: &self.record }
    }
}

/// The closing of a revision of a round: of the one that is named, else of the newest. None where the round
/// is open.
///
/// Errors: the round has no such revision.
pub fn closing_of<'a>(
    history: &'a History,
    name: &str,
    revision: Option<u32>,
) -> Result<Option<&'a Closing>, Error> {
    let revision_of = |closing: &Closing| {
        let predicate = &closing.recorded.as_ref().ok()?.statement.predicate;
        (predicate.round == name).then_some(predicate.revision)
    };
    let of_round = || history.closings.iter().filter(|closing| revision_of(closing).is_some());
    let Some(revision) = revision else {
        return Ok(of_round().max_by_key(|closing| revision_of(closing)));
    };
    let found = of_round().find(|closing| revision_of(closing) == Some(revision));
    found.map(Some).ok_or_else(|| Error::Usage {
        message: format!("--revision: {} has no closed revision {revision}", Shown::from(name)),
        hint: match of_round().filter_map(revision_of).max() {
            Some(newest) => format!("its newest is {newest}"),
            None => "the round is not closed".to_owned(),
        },
    })
}
