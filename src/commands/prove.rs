//! `meed prove`: the Merkle proof with which somebody claims what a closed round pays them, and the
//! check of one.
//!
//! A proof is printed from the tree of the round's distribution.csv, whose digest must be that of the
//! statement; a committed tree must have the same root. `--check` makes no tree: it goes from the leaf
//! up to the committed root.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::disk::file_system;
use super::{Output, Session};
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems, Shown};
use crate::files::{self, sha256_hex};
use crate::git::{ObjectId, Repository};
use crate::payouts::merkle_tree::{Hash, HashText};
use crate::payouts::{PAYOUTS_FOLDER, Payment, merkle, merkle_distributor};
use crate::snapshot::{self, StatementCache};
use crate::statement::{DISTRIBUTION_FILE, Recorded};
use crate::tables::stream::for_each_row;

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
    /// Who claims
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Check the committed proof against the committed root
    #[arg(long)]
    pub check: bool,
    /// With --check: check the proof in this file instead, one that `prove --format json` printed, or a
    /// proofs.json
    #[arg(long, value_name = "FILE", requires = "check")]
    pub file: Option<PathBuf>,
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
struct Proof<'a> {
    round: &'a str,
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

/// A claim as a file gives it: that of `prove --format json`, of proofs.json, or of
/// merkle-distributor.json.
#[derive(Debug, Deserialize)]
struct ClaimFile {
    amount: String,
    proof: Vec<String>,
    #[serde(default)]
    index: Option<u64>,
}

/// What `--check` found.
#[derive(Debug, Serialize)]
struct Checked {
    holds: bool,
    detail: String,
}

/// A closed round as the commit holds it.
struct Round<'a> {
    repository: &'a Repository,
    tree: ObjectId,
    recorded: &'a Recorded,
}

/// Prints or checks a proof.
pub fn run(options: &Options, session: &Session) -> Result<Output, Problems> {
    let repository = session.repository()?;
    let tree = repository.tree_of(repository.commit_of(&options.rev)?)?;
    let ledger = snapshot::read_ledger(&repository, tree)?;
    let record = snapshot::read_record(&repository, tree, &ledger, &StatementCache::default())?;
    let of_round = |it: &&Recorded| it.statement.predicate.round == options.round;
    let recorded = record.statements().iter().rfind(of_round).ok_or_else(|| {
        let known: Vec<&str> =
            record.statements().iter().map(|it| it.statement.predicate.round.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Error::RoundNotClosed { round: Shown::from(&options.round), known }
    })?;
    let address = Address::parse(&options.address, &Place::file("meed prove"), "ADDRESS")?;
    let round = Round { repository: &repository, tree, recorded };
    let payments = round.payments()?;
    let at = payments.iter().position(|payment| payment.address == address);
    let (at, payment) = at.and_then(|at| Some((at, *payments.get(at)?))).ok_or_else(|| {
        let place = Place::file(&format!("{}/{DISTRIBUTION_FILE}", recorded.folder));
        Error::NothingPaid { place, address: address.to_string(), round: Shown::from(&options.round) }
    })?;
    let format = options.payout.unwrap_or_else(|| round.format());
    let made = || made(format, &payments, at);
    if options.check {
        let checked = check(&round, format, payment, &made, options.file.as_deref())?;
        return Ok(show_check(checked, session));
    }
    let proof = round.proof(payment, format, made())?;
    Ok(if session.json { Output::json(&proof) } else { Output::text(describe(&proof)) })
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

impl<'a> Round<'a> {
    /// The bytes of a file of the results that the statement lists, its digest checked.
    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let subject = &self.recorded.statement.subject;
        let Some(stated) = subject.iter().find(|file| file.name == name) else { return Ok(None) };
        let path = format!("{}/{name}", self.recorded.folder);
        let missing = || Error::FileMissing { place: Place::file(&path) };
        let entry = self.repository.entry(self.tree, &path)?.ok_or_else(missing)?;
        let bytes = self.repository.blob(entry.id)?;
        if sha256_hex(&bytes) != stated.digest.sha256 {
            return Err(Error::CarryDigest { place: Place::file(&path) });
        }
        Ok(Some(bytes))
    }

    /// The bytes of a payout file.
    fn payout_file(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.file(&format!("{PAYOUTS_FOLDER}{name}"))
    }

    /// What the round pays, in the order of distribution.csv.
    fn payments(&self) -> Result<Vec<Payment>, Problems> {
        let path = format!("{}/{DISTRIBUTION_FILE}", self.recorded.folder);
        let missing = || Error::FileMissing { place: Place::file(&path) };
        let bytes = self.file(DISTRIBUTION_FILE)?.ok_or_else(missing)?;
        let decimals = self.recorded.statement.predicate.token.decimals;
        let mut payments = Vec::new();
        let read = for_each_row(&path, &mut bytes.as_slice(), &[&["address"], &["total"]], &mut |row| {
            let amount = Amount::parse(row.text(1), decimals, &row.place(), "total")?;
            if amount != Amount::ZERO && !row.text(0).is_empty() {
                payments
                    .push(Payment { address: Address::parse(row.text(0), &row.place(), "address")?, amount });
            }
            Ok(())
        });
        match read {
            Ok(()) => Ok(payments),
            Err(problems) => Problems::unless_empty(problems, payments),
        }
    }

    /// The format of the tree that the round committed.
    fn format(&self) -> TreeFormat {
        let has = |format: TreeFormat| {
            let name = format!("{PAYOUTS_FOLDER}{}", format.file());
            self.recorded.statement.subject.iter().any(|file| file.name == name)
        };
        let only_other = has(TreeFormat::MerkleDistributor) && !has(TreeFormat::Merkle);
        if only_other { TreeFormat::MerkleDistributor } else { TreeFormat::Merkle }
    }

    /// The root of the committed tree; `None` where the round committed none.
    fn committed_root(&self, format: TreeFormat) -> Result<Option<Hash>, Error> {
        let name = format.file();
        let Some(bytes) = self.payout_file(name)? else { return Ok(None) };
        let root = match format {
            TreeFormat::Merkle => merkle::read_root(name, &bytes),
            TreeFormat::MerkleDistributor => merkle_distributor::read_claims(name, &bytes).map(|it| it.0),
        };
        let place = Place::file(&format!("{}/{PAYOUTS_FOLDER}{name}", self.recorded.folder));
        root.map(Some).map_err(|reason| Error::RecordInvalid { place, reason })
    }

    /// The claim that the round committed; `None` where it committed none.
    fn committed_claim(&self, format: TreeFormat, address: Address) -> Result<Option<ClaimFile>, Error> {
        let name = match format {
            TreeFormat::Merkle => merkle::PROOFS_FILE,
            TreeFormat::MerkleDistributor => merkle_distributor::FILE,
        };
        let Some(bytes) = self.payout_file(name)? else { return Ok(None) };
        let path = format!("{}/{PAYOUTS_FOLDER}{name}", self.recorded.folder);
        claim_in(&path, &bytes, address).map(Some)
    }

    /// The proof to print. Error: the committed tree is another.
    fn proof(&self, payment: Payment, format: TreeFormat, made: Made) -> Result<Proof<'a>, Error> {
        let source = match self.committed_root(format)? {
            Some(root) if root == made.root => format.file().to_owned(),
            Some(_) => {
                let place =
                    Place::file(&format!("{}/{PAYOUTS_FOLDER}{}", self.recorded.folder, format.file()));
                let reason = "its root is not that of the distribution".to_owned();
                return Err(Error::RecordInvalid { place, reason });
            }
            None => format!("{DISTRIBUTION_FILE}; the round wrote no {}", format.file()),
        };
        let predicate = &self.recorded.statement.predicate;
        Ok(Proof {
            round: &predicate.round,
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
}

/// The claim of an address in a file: the file is one claim, or has claims by address.
fn claim_in(path: &str, bytes: &[u8], address: Address) -> Result<ClaimFile, Error> {
    let value: serde_json::Value = files::read_json(path, bytes)?;
    let texts = [address.to_string(), address.checksummed()];
    let claims = value.get("claims").unwrap_or(&value);
    let claim = texts.iter().find_map(|text| claims.get(text));
    let unexpected = |reason: String| Error::Usage {
        message: format!("{}: {}", Place::file(path), Shown::sentence(&reason)),
        hint: "give the file that `meed prove ROUND ADDRESS --format json` printed for this address, or proofs.json".to_owned(),
    };
    if claim.is_none() && value.get("proof").is_none() {
        return Err(unexpected(format!("has no claim of {address}")));
    }
    serde_json::from_value(claim.unwrap_or(&value).clone())
        .map_err(|error| unexpected(files::plain_words(&error.to_string())))
}

/// Goes from the leaf of the payment up to the committed root. Only where the round committed no tree
/// or no proofs are they `made`, and the answer says so.
fn check(
    round: &Round<'_>,
    format: TreeFormat,
    payment: Payment,
    made: &dyn Fn() -> Made,
    file: Option<&Path>,
) -> Result<Checked, Problems> {
    let Payment { address, amount } = payment;
    let claim = match file {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| file_system(path, "read", &error))?;
            Some(claim_in(&path.display().to_string(), &bytes, address)?)
        }
        None => round.committed_claim(format, address)?,
    };
    let root = round.committed_root(format)?;
    let mut detail = String::new();
    if root.is_none() {
        detail += &format!("; the root was recomputed, the round wrote no {}", format.file());
    }
    if claim.is_none() {
        detail += "; the proof was recomputed, the round wrote none";
    }
    let root = root.unwrap_or_else(|| made().root);
    let claim = claim.unwrap_or_else(|| {
        let Made { index, proof, .. } = made();
        let proof = proof.into_iter().map(|hash| HashText(hash).to_string()).collect();
        ClaimFile { amount: amount.units().to_string(), proof, index }
    });
    let fault = fault_of(format, claim, payment, root);
    let holds = fault.is_none();
    let sentence = fault.unwrap_or_else(|| {
        let decimals = round.recorded.statement.predicate.token.decimals;
        let symbol = &round.recorded.statement.predicate.token.symbol;
        let amount = amount.to_text(decimals);
        format!("the proof of {amount} {symbol} for {address} leads to the root {}", HashText(root))
    });
    Ok(Checked { holds, detail: sentence + &detail })
}

/// Why a claim does not hold.
fn fault_of(format: TreeFormat, claim: ClaimFile, payment: Payment, root: Hash) -> Option<String> {
    let Payment { address, amount } = payment;
    let ClaimFile { amount: claimed, proof, index } = claim;
    // Uniswap's file writes amounts in hexadecimal, `prove` and proofs.json in decimal digits.
    let units = match claimed.strip_prefix("0x") {
        Some(digits) => u128::from_str_radix(digits, 16).ok(),
        None => claimed.parse().ok(),
    };
    if units != Some(amount.units()) {
        return Some(format!(
            "the proof is for `{}`, and the round pays {} (in the smallest unit)",
            Shown::from(&claimed),
            amount.units()
        ));
    }
    let Some(proof) = HashText::parse_all(&proof) else {
        return Some("a step of the proof is not `0x` and 64 hexadecimal digits".to_owned());
    };
    let leaf = match (format, index) {
        (TreeFormat::Merkle, _) => merkle::leaf(&payment),
        (TreeFormat::MerkleDistributor, Some(index)) => merkle_distributor::leaf(index, &payment),
        (TreeFormat::MerkleDistributor, None) => return Some("the proof has no index".to_owned()),
    };
    let reached = crate::payouts::merkle_tree::root_of(leaf, &proof);
    (reached != root).then(|| {
        format!("the proof for {address} leads to {}, not to the root {}", HashText(reached), HashText(root))
    })
}

/// A proof for people.
fn describe(proof: &Proof<'_>) -> String {
    let mut text = format!(
        "round    {}\naddress  {}\namount   {} {} ({} of the smallest unit)\ntree     {}, from {}\nroot     {}\n",
        Shown::from(proof.round),
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
fn show_check(checked: Checked, session: &Session) -> Output {
    let status = u8::from(!checked.holds);
    let output = if session.json {
        Output::json(&checked)
    } else {
        let word = if checked.holds { "holds" } else { "fails" };
        Output::text(format!("{word}: {}\n", checked.detail))
    };
    Output { status, ..output }
}
