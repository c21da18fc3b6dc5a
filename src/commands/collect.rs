//! `meed collect`: inputs of a round from what people did elsewhere.

mod partial;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde::Serialize;

use super::disk::file_system;
use super::table::{render, shown};
use super::{Output, Session};
use crate::error::{Error, Problems, Shown};
use crate::github::collect::{
    Collected, Contribution, Journal, Kind, LeftOut, Rule, Wanted, collect, contributions_csv, praise_csv,
};
use crate::github::{Client, Repository};
use crate::report::text::counted;
use crate::tables;
use partial::{Head, Partial};

/// Subcommands of `meed collect`.
#[derive(Debug, Clone, Subcommand)]
pub enum Options {
    /// Collect merged pull requests, reviews, closed issues and comments of a repository on GitHub
    #[command(after_help = "\
Examples:
  meed collect github acme/ledger --since 2026-03-01 --until 2026-03-31 --out rounds/2026-03/github.csv
  meed collect github acme/ledger --since 2026-03-01 --until 2026-03-31 --kind reviews,comments --out -
  meed collect github acme/ledger --since 2026-03-01 --until 2026-03-31 --as praise --out praise.csv

The token is that of GITHUB_TOKEN or GH_TOKEN; public repositories can be read without, at 60 requests
an hour. Whoever interrupts it runs the same command again: it goes on where it stopped, from
FILE.partial. Nothing is left out silently: what the rules leave out is counted.")]
    Github(GithubOptions),
}

/// Options of `meed collect github`.
#[derive(Debug, Clone, Args)]
pub struct GithubOptions {
    /// The repository
    #[arg(value_name = "OWNER/REPO")]
    pub repository: String,
    /// The first day of the period, in UTC
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub since: Date,
    /// The last day of the period, in UTC; it is part of it
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub until: Date,
    /// The file to write; `-` prints it, and an interrupted run begins anew then
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write over FILE if it exists
    #[arg(long)]
    pub force: bool,
    /// What is collected
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        default_value = "pull-requests,reviews,issues,comments"
    )]
    pub kind: Vec<KindArgument>,
    /// For which method the file is
    #[arg(long = "as", value_name = "TABLE", default_value = "contributions")]
    pub table: TableArgument,
    /// With `--as praise`, how many quantifiers score each row
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub quantifiers: u8,
    /// Keep what bots did
    #[arg(long)]
    pub bots: bool,
    /// Leave out what this account did; may be given several times
    #[arg(long, value_name = "LOGIN", value_delimiter = ',')]
    pub without: Vec<String>,
}

/// A kind of contribution, on the command line. (The comments are what `--help` shows.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArgument {
    /// Pull requests merged in the period: their authors'
    PullRequests,
    /// Reviews submitted in the period: their reviewers'
    Reviews,
    /// Issues closed in the period: those' who opened them
    Issues,
    /// Comments written in the period, on issues, pull requests and their lines
    Comments,
}

/// A table, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableArgument {
    /// For weighted-v1: a row a contribution, a column of ones and zeros a kind
    Contributions,
    /// For praise-v1: a row a contribution, with empty slots for the scores of quantifiers
    Praise,
}

/// What was collected, as JSON.
#[derive(Debug, Serialize)]
struct CollectedJson<'a> {
    repository: &'a str,
    since: String,
    until: String,
    file: String,
    contributions: usize,
    people: usize,
    /// One entry a kind that was asked for.
    kinds: Vec<CountJson>,
    left_out: LeftOut,
}

#[derive(Debug, Serialize)]
struct CountJson {
    kind: &'static str,
    contributions: usize,
}

/// Reads a day, for the command line.
fn day(text: &str) -> Result<Date, String> {
    tables::day(text).ok_or_else(|| "write a day as YYYY-MM-DD".to_owned())
}

/// Collects.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let Options::Github(options) = options;
    let wanted = options.wanted(session)?;
    let partial = if options.prints() { None } else { Some(Partial::open(options, &wanted, session)?) };
    let (partial, collected) = read(&wanted, partial, session)?;
    let rule = Rule { bots: options.bots, without: options.without.clone() };
    let Collected { repository, has_issues, contributions } = collected;
    let (contributions, left_out) = rule.sift(contributions);
    let bytes = match options.table {
        TableArgument::Contributions => contributions_csv(&contributions),
        TableArgument::Praise => praise_csv(&contributions, &repository, options.quantifiers),
    };
    let told =
        Told { options, wanted: &wanted, repository: &repository, contributions: &contributions, left_out };
    let mut notes = told.notes(session);
    if options.kind.contains(&KindArgument::Issues) && !has_issues {
        notes.push(format!("{repository} has no issues: they are switched off there"));
    }
    let Some(partial) = partial else {
        notes.extend(told.text().lines().map(str::to_owned));
        return Ok(Output::text(String::from_utf8_lossy(&bytes).into_owned()).with_notes(notes));
    };
    write(&options.out, &bytes, options.force)?;
    partial.remove()?;
    let output = if session.json { Output::json(&told.json()) } else { Output::text(told.text()) };
    Ok(output.with_notes(notes))
}

/// Reads everything, and keeps it in the partial file, if there is one, until it is written.
fn read(
    wanted: &Wanted,
    mut partial: Option<Partial>,
    session: &Session,
) -> Result<(Option<Partial>, Collected), Problems> {
    if session.github.token.is_none() {
        (session.say)(
            "no GITHUB_TOKEN: GitHub shows public repositories only, at 60 requests an hour (5,000 with a token)",
        );
    }
    let client = Client::connect(&session.github, &*session.say)?;
    let (name, reads) = partial.as_mut().map(Partial::reads).unwrap_or_default();
    if !reads.is_empty() {
        (session.say)(&format!("going on behind {} of {name}", counted(reads.len(), "request", "requests")));
    }
    let mut keep = |read: &_| partial.as_mut().map_or(Ok(()), |partial| partial.keep(read));
    let journal = Journal { name: &name, reads, keep: &mut keep };
    match collect(&client, wanted, journal, &*session.progress) {
        Ok(collected) => Ok((partial, collected)),
        Err(error) => {
            if let Some(partial) = partial.map(Partial::close).transpose()?.filter(|kept| *kept > 0) {
                let requests = counted(partial, "request", "requests");
                (session.say)(&format!("{name} keeps {requests}: the same command goes on behind them"));
            }
            Err(error.into())
        }
    }
}

impl GithubOptions {
    /// Whether the table is printed, not written.
    fn prints(&self) -> bool {
        self.out == Path::new("-")
    }

    /// What is to be collected; all that is wrong with it at once.
    fn wanted(&self, session: &Session) -> Result<Wanted, Problems> {
        let mut problems: Vec<Error> = Repository::parse(&self.repository).err().into_iter().collect();
        if self.until < self.since {
            problems.push(Error::Usage {
                message: format!("--until {} lies before --since {}", self.until, self.since),
                hint: "exchange the two days".to_owned(),
            });
        }
        if self.prints() && session.json {
            problems.push(Error::Usage {
                message: "--out - prints the table, and --format json prints the counts".to_owned(),
                hint: "give a file, or leave --format out".to_owned(),
            });
        }
        if !self.prints() && !self.force && self.out.symlink_metadata().is_ok() {
            problems.push(exists(&self.out));
        }
        Problems::unless_empty(problems, ())?;
        let kinds = self.kind.iter().flat_map(|kind| kind.kinds().iter().copied()).collect();
        let repository = Repository::parse(&self.repository)?;
        Ok(Wanted { repository, since: self.since, until: self.until, kinds })
    }
}

impl KindArgument {
    /// The kinds that it means.
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::PullRequests => &[Kind::PullRequest],
            Self::Reviews => &[Kind::Review],
            Self::Issues => &[Kind::Issue],
            Self::Comments => &[Kind::IssueComment, Kind::ReviewComment],
        }
    }

    /// What several are called.
    fn name(self) -> &'static str {
        match self {
            Self::PullRequests => "pull requests",
            Self::Reviews => "reviews",
            Self::Issues => "issues",
            Self::Comments => "comments",
        }
    }
}

/// Everything that is told of a collection.
struct Told<'a> {
    options: &'a GithubOptions,
    wanted: &'a Wanted,
    repository: &'a str,
    contributions: &'a [Contribution],
    left_out: LeftOut,
}

impl Told<'_> {
    /// How many contributions there are of each kind that was asked for.
    fn counts(&self) -> Vec<(KindArgument, usize)> {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for contribution in self.contributions {
            *counts.entry(contribution.kind).or_default() += 1;
        }
        let asked = KindArgument::value_variants().iter().filter(|kind| self.options.kind.contains(kind));
        asked.map(|kind| (*kind, kind.kinds().iter().filter_map(|kind| counts.get(kind)).sum())).collect()
    }

    fn people(&self) -> usize {
        let authors = self.contributions.iter().filter_map(|contribution| contribution.author.as_ref());
        authors.map(|author| author.id).collect::<BTreeSet<_>>().len()
    }

    /// For people.
    fn text(&self) -> String {
        let Wanted { since, until, .. } = self.wanted;
        let mut text = format!(
            "{}, {since} to {until}: {} of {}\n\n",
            self.repository,
            counted(self.contributions.len(), "contribution", "contributions"),
            counted(self.people(), "person", "people"),
        );
        let rows =
            self.counts().into_iter().map(|(kind, count)| vec![kind.name().to_owned(), count.to_string()]);
        text.push_str(&render(&["kind", "contributions"], rows.collect(), &["contributions"]));
        let LeftOut { bots, deleted, without } = self.left_out;
        text.push_str(&format!(
            "\nleft out: {bots} of bots, {deleted} of deleted accounts, {without} by --without\n"
        ));
        if !self.options.prints() {
            text.push_str(&format!("wrote {}\n", shown(&self.options.out.display().to_string())));
        }
        text
    }

    /// What people should know besides.
    fn notes(&self, session: &Session) -> Vec<String> {
        let mut notes = Vec::new();
        if session.now_seconds < self.wanted.ends() {
            notes.push(format!(
                "warning: the period is not over before the end of {} (UTC): collected again, the file will hold more",
                self.wanted.until
            ));
        }
        if self.contributions.is_empty() {
            notes.push("warning: nothing was found: the table has its header alone".to_owned());
        }
        notes
    }

    fn json(&self) -> CollectedJson<'_> {
        let kinds = self.counts().into_iter();
        CollectedJson {
            repository: self.repository,
            since: self.wanted.since.to_string(),
            until: self.wanted.until.to_string(),
            file: self.options.out.display().to_string(),
            contributions: self.contributions.len(),
            people: self.people(),
            kinds: kinds.map(|(kind, count)| CountJson { kind: kind.name(), contributions: count }).collect(),
            left_out: self.left_out,
        }
    }
}

/// Writes the file beside its place and moves it there, so that it is there whole or not at all.
fn write(out: &Path, bytes: &[u8], force: bool) -> Result<(), Error> {
    let failed = |error: &std::io::Error| file_system(out, "written", error);
    let folder = partial::folder(out);
    let beside = tempfile::Builder::new().prefix(".meed-").tempdir_in(folder);
    let beside = beside.map_err(|error| failed(&error))?;
    let written = beside.path().join("table.csv");
    std::fs::write(&written, bytes).map_err(|error| failed(&error))?;
    // It may have come while GitHub was read, which takes long.
    if !force && out.symlink_metadata().is_ok() {
        return Err(exists(out));
    }
    std::fs::rename(&written, out).map_err(|error| failed(&error))
}

/// The error of a file that is in the way.
fn exists(out: &Path) -> Error {
    Error::Usage {
        message: format!("{}: exists already", Shown::from(out.display().to_string())),
        hint: "choose another name, or write over it with --force".to_owned(),
    }
}

impl Head {
    /// What a partial file says at its beginning of the collection it is of.
    fn of(wanted: &Wanted, session: &Session) -> Result<Self, Error> {
        let kinds: BTreeSet<&str> = wanted.kinds.iter().map(|kind| kind.name()).collect();
        Ok(Self {
            meed_collection: partial::FORMAT,
            server: session.github.api_url()?,
            repository: wanted.repository.to_string().to_ascii_lowercase(),
            since: wanted.since.to_string(),
            until: wanted.until.to_string(),
            kinds: kinds.into_iter().map(str::to_owned).collect(),
            begun: session.now_seconds,
        })
    }
}
