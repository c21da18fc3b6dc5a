//! `meed prove`: the Merkle proof with which somebody claims what a closed round pays them, and the
//! check of one.
//!
//! A proof is printed from the tree of the round's distribution.csv, whose digest must be that of the
//! statement; a committed tree must have the same root. `--check` makes no tree: it goes from the leaf
//! up to the committed root.

mod check;
mod round;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Output, Session};
use crate::address::Address;
use crate::error::{Error, Place, Problems, Shown};
use crate::git::{ObjectId, Repository};
use crate::payouts::merkle_tree::{Hash, HashText};
use crate::payouts::{PAYOUTS_FOLDER, Payment, merkle, merkle_distributor};
use crate::snapshot::{self, StatementCache};
use crate::statement::{Record, Recorded};
use check::{Checked, check};
use round::Round;

/// Options of `meed prove`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  meed prove 2026-03 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
  meed prove 2026-03 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --format json > proof.json
  meed prove 2026-03 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --check
  meed prove 2026-03 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed --check --file proof.json

Exit status: 0 printed, or the proof holds, 1 it does not, 2 usage or bad input, 3 could not be done.")]
pub struct Options {
    /// The closed round
    #[arg(value_name = "ROUND")]
    pub round: String,
    /// Who claims; of an amended round what its revision pays
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Check the committed proof against the committed root
    #[arg(long)]
    pub check: bool,
    /// With --check: check the proof in this file instead, one that `prove --format json` printed, or a
    /// proofs.json
    #[arg(long, value_name = "FILE", requires = "check")]
    pub file: Option<PathBuf>,
    /// The revision: 1 for the first closing [default: the newest that pays the address]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub revision: Option<u32>,
    /// Which tree [default: the one that the round committed, else merkle]
    #[arg(long, value_name = "FORMAT")]
    pub payout: Option<TreeFormat>,
    /// The commit in which the round is looked up
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub rev: String,
}

/// The format of a tree, spelled as in `payouts` of ledger.json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TreeFormat {
    /// OpenZeppelin's StandardMerkleTree
    Merkle,
    /// Uniswap's merkle-distributor
    MerkleDistributor,
}

impl TreeFormat {
    const fn id(self) -> &'static str {
        match self {
            Self::Merkle => "merkle",
            Self::MerkleDistributor => "merkle-distributor",
        }
    }

    /// The file that holds the root.
    const fn file(self) -> &'static str {
        match self {
            Self::Merkle => merkle::TREE_FILE,
            Self::MerkleDistributor => merkle_distributor::FILE,
        }
    }
}

/// A proof as `--format json` prints it. `amount` and `proof` are as the contract takes them.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    round: &'a str,
    /// Of an amendment only.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    address: String,
    /// In the token's smallest unit.
    amount: String,
    /// The same in token units.
    tokens: String,
    symbol: &'a str,
    payout: &'static str,
    root: HashText,
    /// Of Uniswap's tree only.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    proof: Vec<HashText>,
    /// Where the root comes from.
    source: String,
}

/// Prints or checks a proof.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tree = repository.tree_of(repository.commit_of(&options.rev)?)?;
    let ledger = snapshot::read_ledger(&repository, tree)?;
    let record = snapshot::read_record(&repository, tree, &ledger, &StatementCache::default())?;
    let address = Address::parse(&options.address, &Place::file("meed prove"), "ADDRESS")?;
    let Paying { round, payments, at, payment } = paying(options, &repository, tree, &record, address)?;
    let format = options.payout.unwrap_or_else(|| round.format());
    let made = || made(format, &payments, at);
    if options.check {
        let checked = check(&round, format, payment, &made, options.file.as_deref())?;
        return Ok(show_check(&checked, session));
    }
    let proof = proof(&round, payment, format, made())?;
    Ok(if session.json { Output::json(&proof) } else { Output::text(describe(&proof)) })
}

/// A revision that pays somebody.
struct Paying<'a> {
    round: Round<'a>,
    payments: Vec<Payment>,
    /// The place of their payment, and what it is.
    at: usize,
    payment: Payment,
}

/// The newest revision of the round that pays the address, or the one that is named.
fn paying<'a>(
    options: &'a Options,
    repository: &'a Repository,
    tree: ObjectId,
    record: &'a Record,
    address: Address,
) -> Result<Paying<'a>, Problems> {
    let is_named = |recorded: &&Recorded| {
        options.revision.is_none_or(|revision| recorded.statement.predicate.revision == revision)
    };
    for recorded in record.revisions(&options.round).rev().filter(is_named) {
        let round = Round { repository, tree, recorded };
        let payments = round.payments()?;
        let at = payments.iter().position(|payment| payment.address == address);
        if let Some((at, payment)) = at.and_then(|at| Some((at, *payments.get(at)?))) {
            return Ok(Paying { round, payments, at, payment });
        }
    }
    let round = || Shown::from(&options.round);
    let recorded = record.revisions(&options.round).rev().find(is_named);
    let Some(recorded) = recorded else {
        let name = |it: &Recorded| match (options.revision, it.statement.predicate.revision) {
            (None, _) | (_, 1) => it.statement.predicate.round.clone(),
            (_, revision) => format!("{} revision {revision}", it.statement.predicate.round),
        };
        let known: Vec<String> = record.statements().iter().map(name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Error::RoundNotClosed { round: round(), known }.into());
    };
    let (table, _) = recorded.statement.table_of_payments();
    let place = Place::file(&format!("{}/{table}", recorded.folder));
    Err(Error::NothingPaid { place, address: address.to_string(), round: round() }.into())
}

/// A proof that was made from all payments.
struct Made {
    root: Hash,
    index: Option<u64>,
    proof: Vec<Hash>,
}

/// The root and the proof of the payment at `at`, from all payments.
fn made(format: TreeFormat, payments: &[Payment], at: usize) -> Made {
    match format {
        TreeFormat::Merkle => {
            let tree = merkle::Tree::of(payments);
            Made { root: tree.root().unwrap_or_default(), index: None, proof: tree.proof(at) }
        }
        TreeFormat::MerkleDistributor => {
            let tree = merkle_distributor::Tree::of(payments);
            let index = payments.get(at).and_then(|payment| tree.index_of(payment.address)).unwrap_or(at);
            let proof = tree.proof(index);
            Made { root: tree.root().unwrap_or_default(), index: Some(index as u64), proof }
        }
    }
}

/// The proof to print. Error: the committed tree is another.
fn proof<'a>(
    round: &Round<'a>,
    payment: Payment,
    format: TreeFormat,
    made: Made,
) -> Result<Printed<'a>, Error> {
    let source = match round.committed_root(format)? {
        Some(root) if root == made.root => format.file().to_owned(),
        Some(_) => {
            let place = Place::file(&format!("{}/{PAYOUTS_FOLDER}{}", round.recorded.folder, format.file()));
            let reason = "its root is not that of the distribution".to_owned();
            return Err(Error::RecordInvalid { place, reason });
        }
        None => format!(
            "{}; the round wrote no {}",
            round.recorded.statement.table_of_payments().0,
            format.file()
        ),
    };
    let predicate = &round.recorded.statement.predicate;
    Ok(Printed {
        round: &predicate.round,
        revision: Some(predicate.revision).filter(|revision| *revision > 1),
        address: payment.address.checksummed(),
        amount: payment.amount.units().to_string(),
        tokens: payment.amount.to_text(predicate.token.decimals),
        symbol: &predicate.token.symbol,
        payout: format.id(),
        root: HashText(made.root),
        index: made.index,
        proof: made.proof.into_iter().map(HashText).collect(),
        source,
    })
}

/// A proof for people.
fn describe(proof: &Printed<'_>) -> String {
    let mut text = format!(
        "round    {}{}\naddress  {}\namount   {} {} ({} of the smallest unit)\ntree     {}, from {}\nroot     {}\n",
        Shown::from(proof.round),
        proof.revision.map_or_else(String::new, |revision| format!(", revision {revision}")),
        proof.address,
        proof.tokens,
        Shown::from(proof.symbol),
        proof.amount,
        proof.payout,
        proof.source,
        proof.root
    );
    if let Some(index) = proof.index {
        text += &format!("index    {index}\n");
    }
    if proof.proof.is_empty() {
        text += "proof    empty: the round pays nobody else\n";
    }
    for (step, hash) in proof.proof.iter().enumerate() {
        text += &format!("{}{hash}\n", if step == 0 { "proof    " } else { "         " });
    }
    text
}

/// What was found, with exit status 1 where it does not hold.
fn show_check(checked: &Checked, session: &Session) -> Output {
    let status = u8::from(!checked.holds);
    let output = if session.json {
        Output::json(checked)
    } else {
        let word = if checked.holds { "holds" } else { "fails" };
        Output::text(format!("{word}: {}\n", checked.detail))
    };
    Output { status, ..output }
}
