//! `meed round new`: the file of the next round, copied from the last one's settings.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::disk::write_file;
use super::tip::Tip;
use super::{Output, Session};
use crate::error::{Error, Place, Problems};
use crate::files;
use crate::git::Repository;
use crate::ledger::FORMAT;
use crate::ledger::revision::folder_of;
use crate::ledger::round_file::{InputFile, OneOrMany, PeriodFile, RoundFile};
use crate::ledger::round_id::{RAD_FILE, ROUND_FILE, RoundId};
use crate::statement::json_bytes;
use crate::tables::day;

/// Subcommands of `meed round`.
#[derive(Debug, Clone, Subcommand)]
pub enum Options {
    /// Write the round file of a new round into the work tree
    #[command(after_help = "\
Examples:
  meed round new 2026-04                  settings of the last round, the period after it
  meed round new 2026-04 --from 2026-01   settings of another round")]
    New(NewOptions),
}

/// Options of `meed round new`.
#[derive(Debug, Clone, Args)]
pub struct NewOptions {
    /// The id of the new round: its folder
    #[arg(value_name = "ID")]
    pub id: String,
    /// The round whose settings are copied [default: the last one]
    #[arg(long, value_name = "ROUND")]
    pub from: Option<String>,
}

/// Writes a round file.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let Options::New(options) = options;
    let repository = session.repository()?;
    let tip = Tip::read(&repository, None)?;
    let root = work_tree(&repository)?;
    let id = RoundId::parse(&options.id, &Place::file(&tip.ledger.rounds))?;
    let folder = tip.ledger.folder_of(&id);
    for name in [ROUND_FILE, RAD_FILE] {
        let path = format!("{folder}/{name}");
        if root.join(&path).symlink_metadata().is_ok() || repository.entry(tip.tree, &path)?.is_some() {
            return Err(Error::ExistsAlready { place: Place::file(&path) }.into());
        }
    }
    let (path, bytes, inputs, from) = match source(&tip, options.from.as_deref())? {
        None => (format!("{folder}/{ROUND_FILE}"), first_round(&id, session.today()), Vec::new(), None),
        Some(from) => {
            let (name, bytes, inputs) = copied(&repository, &tip, &from, &id)?;
            (format!("{folder}/{name}"), bytes, inputs, Some(from))
        }
    };
    write_file(&root.join(&path), &bytes)?;
    Ok(Output::text(describe(&path, &inputs, from.as_ref())))
}

/// The work tree, into which a round file is written.
pub(super) fn work_tree(repository: &Repository) -> Result<PathBuf, Error> {
    repository.work_tree().ok_or_else(|| Error::Usage {
        message: "this repository is bare: there is no work tree to write a round file into".to_owned(),
        hint: "run it in a clone".to_owned(),
    })
}

/// The round to copy from: the named one, else the last of those that are open and the last closed
/// one, in natural order.
fn source(tip: &Tip, named: Option<&str>) -> Result<Option<RoundId>, Error> {
    if let Some(named) = named {
        return tip.round(named).cloned().map(Some);
    }
    let last_closed = tip.record.last_closed().map(|last| last.statement.predicate.round.as_str());
    let closed = tip.rounds.iter().find(|round| Some(round.as_str()) == last_closed);
    // An open round is later than the last closed one, and its period is taken.
    Ok(tip.open().into_iter().chain(closed).max().or_else(|| tip.rounds.last()).cloned())
}

/// File name, bytes and input files of a round copied from another.
fn copied(
    repository: &Repository,
    tip: &Tip,
    from: &RoundId,
    id: &RoundId,
) -> Result<(&'static str, Vec<u8>, Vec<PathBuf>), Problems> {
    // An amended round has its settings in the revision's file.
    let revision = tip.record.latest(from.as_str()).map_or(1, |last| last.statement.predicate.revision);
    let round = tip.ledger.folder_of(from);
    let read = |folder: &str, name: &str| -> Result<Option<Vec<u8>>, Error> {
        let entry = repository.entry(tip.tree, &format!("{folder}/{name}"))?;
        entry.map(|entry| repository.blob(entry.id)).transpose()
    };
    let newest = |name: &str| -> Result<Option<(String, Vec<u8>)>, Error> {
        for number in (1..=revision).rev() {
            let folder = folder_of(&round, number);
            if let Some(bytes) = read(&folder, name)? {
                return Ok(Some((format!("{folder}/{name}"), bytes)));
            }
        }
        Ok(None)
    };
    if let Some((path, bytes)) = newest(ROUND_FILE)? {
        let mut file: RoundFile = files::read_json(&path, &bytes)?;
        if file.revises.take().is_some() {
            file.schema = file.schema.map(|schema| schema.replacen("../../../../", "../../", 1));
        }
        file.period = next_period(&file.period);
        let inputs = file.allocations.iter().flat_map(|allocation| allocation.inputs.values());
        return Ok((ROUND_FILE, json_bytes(&file), inputs.flat_map(paths_of).collect()));
    }
    let missing = || Error::RoundFileMissing { place: Place::file(&round) };
    let (path, bytes) = newest(RAD_FILE)?.ok_or_else(missing)?;
    let mut file: serde_json::Map<String, serde_json::Value> = files::read_json(&path, &bytes)?;
    let name = Path::new(id.as_str()).file_name().map(|name| name.to_string_lossy().into_owned());
    file.insert("distribution_name".to_owned(), name.unwrap_or_default().into());
    let inputs = file.get("system_settings").and_then(|systems| systems.as_object()).into_iter().flatten();
    let inputs = inputs
        .filter_map(|(_, settings)| settings.get("input_files")?.as_object())
        .flatten()
        .filter(|(name, _)| *name != "cross_period_root")
        .filter_map(|(_, path)| path.as_str().map(PathBuf::from));
    let inputs = inputs.collect();
    Ok((RAD_FILE, json_bytes(&file), inputs))
}

/// The files and folders of an input, whatever its form.
pub(super) fn paths_of(input: &InputFile) -> Vec<PathBuf> {
    let listed = |list: &OneOrMany| match list {
        OneOrMany::One(path) => vec![PathBuf::from(path)],
        OneOrMany::Many(paths) => paths.iter().map(PathBuf::from).collect(),
    };
    match input {
        InputFile::One(path) => vec![PathBuf::from(path)],
        InputFile::Many(paths) => paths.iter().map(PathBuf::from).collect(),
        InputFile::Labelled(lists) => lists.iter().flat_map(|(_, list)| listed(list)).collect(),
    }
}

/// The period after another: the next calendar months where it was whole months, else as many days.
fn next_period(last: &PeriodFile) -> PeriodFile {
    let next = day(&last.start).zip(day(&last.end)).and_then(|(start, end)| {
        let first = end.tomorrow().ok()?;
        let whole_months = start.day() == 1 && first.day() == 1;
        let length = if whole_months {
            let months =
                i32::from(first.year() - start.year()) * 12 + i32::from(first.month() - start.month());
            months.months()
        } else {
            Span::new().days(start.until(first).ok()?.get_days())
        };
        Some((first, first.checked_add(length).ok()?.yesterday().ok()?))
    });
    let text = |day: Date| day.to_string();
    next.map_or_else(|| last.clone(), |(start, end)| PeriodFile { start: text(start), end: text(end) })
}

/// The file of a ledger's first round: praise, with the usual shares, over the month that the id
/// names, else the present one.
fn first_round(id: &RoundId, today: Date) -> Vec<u8> {
    let month = day(&format!("{id}-01")).unwrap_or(today);
    let period =
        PeriodFile { start: month.first_of_month().to_string(), end: month.last_of_month().to_string() };
    json_bytes(&serde_json::json!({
        "format": FORMAT,
        "period": period,
        "allocations": [{
            "name": "praise",
            "method": "praise-v1",
            "pool": "1000",
            "inputs": {"praise": "praise.csv", "rewardboard": "rewardboard.csv"},
            "settings": {
                "contributor_share": "0.9",
                "quantifier_share": "0.07",
                "rewardboard_share": "0.03",
                "quantifiers": 4
            }
        }]
    }))
}

/// What was written and what to do next.
fn describe(path: &str, inputs: &[PathBuf], from: Option<&RoundId>) -> String {
    let settings = from
        .map_or_else(|| "with example settings".to_owned(), |from| format!("with the settings of {from}"));
    let mut inputs: Vec<String> = inputs.iter().map(|path| path.display().to_string()).collect();
    inputs.sort();
    inputs.dedup();
    let next = if inputs.is_empty() { "its inputs".to_owned() } else { inputs.join(", ") };
    format!(
        "wrote {path} {settings}: check its period and pools\nnext: put {next} beside it, `meed check --worktree`, commit, `meed close`\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_period_keeps_months_or_days() {
        for (start, end, next_start, next_end) in [
            ("2026-01-01", "2026-01-31", "2026-02-01", "2026-02-28"),
            ("2026-01-01", "2026-03-31", "2026-04-01", "2026-06-30"),
            ("2026-01-05", "2026-01-18", "2026-01-19", "2026-02-01"),
            ("2025-12-01", "2025-12-31", "2026-01-01", "2026-01-31"),
        ] {
            let next = next_period(&PeriodFile { start: start.to_owned(), end: end.to_owned() });
            assert_eq!((next.start.as_str(), next.end.as_str()), (next_start, next_end));
        }
    }
}
