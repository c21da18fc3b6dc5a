//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::commands::{
    amend, approve, audit, check, close, collect, demo, diff, explain, export, held, import, init, log,
    members, prove, publish, report, round, settle, signers, simulate, site, statement, verify,
};

/// A git-backed reward ledger: deterministic distributions, signed commits, rounds anybody can recompute
#[derive(Debug, Clone, Parser)]
#[command(
    name = "meed",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Examples:
  meed demo                 build, close and verify a whole example ledger
  meed check                what would be distributed now
  meed close                close the open round in one signed commit
  meed verify               recompute all closed rounds

Exit status: 0 done, 1 something does not verify, 2 usage or bad input, 3 could not be done.")]
pub struct Arguments {
    /// The ledger's folder
    #[arg(long, global = true, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub ledger: PathBuf,
    /// Where objects of Git LFS lie, besides the repository's own folder: the folder `objects`, or the
    /// one above it [env: MEED_LFS_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub lfs_dir: Option<PathBuf>,
    /// How data is printed
    #[arg(long, global = true, value_name = "FORMAT", default_value = "table")]
    pub format: Format,
    /// Print errors and results only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more; twice: the steps too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Table,
    /// JSON for programs
    Json,
    /// CSV, from commands whose output is a table for a spreadsheet
    Csv,
    /// Markdown, from commands whose output is for a pull request
    Markdown,
}

impl Command {
    /// Whether the command can print CSV.
    pub const fn prints_csv(&self) -> bool {
        matches!(self, Self::Held(_) | Self::Simulate(_) | Self::Statement(_))
    }

    /// Whether the command can print Markdown.
    pub const fn prints_markdown(&self) -> bool {
        matches!(self, Self::Diff(_))
    }
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Make a ledger, in a new repository or in one that is there
    Init(init::Options),
    /// Make a verified ledger out of a RAD repository
    Import(import::Options),
    /// Show what would be distributed, and everything that is wrong or odd; writes nothing
    Check(check::Options),
    /// Close rounds: one signed commit each
    Close(close::Options),
    /// Correct a closed round: a new revision in one signed commit, the old one untouched
    Amend(amend::Options),
    /// Recompute closed rounds and check the record
    Verify(verify::Options),
    /// Sign that a closed round may count, as somebody else than its closer: one commit
    Approve(approve::Options),
    /// Record that a transaction paid a closed round: one signed commit
    Settle(settle::Options),
    /// Publish a closed round on GitHub: as release, comment, discussion, check
    Publish(publish::Options),
    /// Recompute rounds closed by other means, and compare them with what was published
    Audit(audit::Options),
    /// Show the record, a line a statement
    Log(log::Options),
    /// Print the Merkle proof with which somebody claims what a closed round pays them, or check one
    Prove(prove::Options),
    /// Show what one person got over all closed rounds
    Statement(statement::Options),
    /// Print all closed rounds as books, as CSV or as JSON
    Export(export::Options),
    /// Compare two rounds, two revisions, or a round and its changed files
    Diff(diff::Options),
    /// Show in words and arithmetic how an amount came about
    Explain(explain::Options),
    /// Make the pages of a round again, as Markdown, as HTML or for the forum
    Report(report::Options),
    /// Make inputs of a round from what people did elsewhere
    #[command(
        subcommand,
        after_help = "Examples:\n  meed collect github acme/ledger --since 2026-03-01 --until 2026-03-31 --out march.csv"
    )]
    Collect(collect::Options),
    /// Write a static site of the whole ledger: rounds, members, trends, search
    Site(site::Options),
    /// Try rules before they count: run a model many times
    Simulate(simulate::Options),
    /// Show who waits for an address, for how much, since when
    Held(held::Options),
    /// Look after members.csv
    #[command(subcommand, after_help = "Examples:\n  meed members check\n  meed members check --format json")]
    Members(members::Options),
    /// Work on rounds that are not closed yet
    #[command(
        subcommand,
        after_help = "Examples:\n  meed round new 2026-04\n  meed round new 2026-04 --from 2026-01"
    )]
    Round(round::Options),
    /// Show and change who may close rounds
    #[command(
        subcommand,
        after_help = "Examples:\n  meed signers list\n  meed signers add wren.pub --key ~/.ssh/meed\n  meed signers remove wren@example.org"
    )]
    Signers(signers::Options),
    /// Build, close and verify a whole example ledger
    Demo(demo::Options),
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  meed completions bash > ~/.local/share/bash-completion/completions/meed"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the JSON Schemas of all files, for `$schema` in an editor
    #[command(
        after_help = "Examples:\n  meed schemas schemas   then \"$schema\": \"../../schemas/round.schema.json\" in rounds/<id>/round.json"
    )]
    Schemas {
        /// The folder for the schemas
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Write the manual pages
    #[command(after_help = "Examples:\n  meed man ~/.local/share/man/man1")]
    Man {
        /// The folder for the pages
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}
