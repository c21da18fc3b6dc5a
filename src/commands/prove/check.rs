//! The check of a proof: from the leaf of the payment up to the committed root.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::round::Round;
use super::{Made, TreeFormat};
use crate::address::Address;
use crate::commands::disk::file_system;
use crate::error::{Error, Place, Problems, Shown};
use crate::files;
use crate::payouts::merkle_tree::{Hash, HashText, root_of};
use crate::payouts::{Payment, merkle, merkle_distributor};

/// A claim as a file gives it: that of `prove --format json`, of proofs.json, or of
/// merkle-distributor.json.
#[derive(Debug, Deserialize)]
pub(super) struct ClaimFile {
    amount: String,
    proof: Vec<String>,
    #[serde(default)]
    index: Option<u64>,
}

/// What `--check` found.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    pub holds: bool,
    pub detail: String,
}

/// The claim of an address in a file: the file is one claim, or has claims by address.
pub(super) fn claim_in(path: &str, bytes: &[u8], address: Address) -> Result<ClaimFile, Error> {
    let value: serde_json::Value = files::read_json(path, bytes)?;
    let texts = [address.to_string(), address.checksummed()];
    let claims = value.get("claims").unwrap_or(&value);
    let claim = texts.iter().find_map(|text| claims.get(text));
    let unexpected = |reason: String| {
        Error::Usage {
        message: format!("{}: {}", Place::file(path), Shown::sentence(&reason)),
        hint: "give the file that `meed prove ROUND ADDRESS --format json` printed for this address, or proofs.json".to_owned(),
    }
    };
    if claim.is_none() && value.get("proof").is_none() {
        return Err(unexpected(format!("has no claim of {address}")));
    }
    serde_json::from_value(claim.unwrap_or(&value).clone())
        .map_err(|error| unexpected(files::plain_words(&error.to_string())))
}

/// Goes from the leaf of the payment up to the committed root. Only where the round committed no tree
/// or no proofs are they `made`, and the answer says so.
pub(super) fn check(
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
    let reached = root_of(leaf, &proof);
    (reached != root).then(|| {
        format!("the proof for {address} leads to {}, not to the root {}", HashText(reached), HashText(root))
    })
}
