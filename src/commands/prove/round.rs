//! A closed round as `meed prove` reads it: what it pays, and what it committed of its tree.

use super::TreeFormat;
use super::check::{ClaimFile, claim_in};
use crate::address::Address;
use crate::amount::Amount;
use crate::error::{Error, Place, Problems};
use crate::files::sha256_hex;
use crate::git::{ObjectId, Repository};
use crate::payouts::merkle_tree::Hash;
use crate::payouts::{PAYOUTS_FOLDER, Payment, merkle, merkle_distributor};
use crate::statement::Recorded;
use crate::tables::stream::for_each_row;

/// A closed round as the commit holds it.
pub(super) struct Round<'a> {
    pub repository: &'a Repository,
    pub tree: ObjectId,
    pub recorded: &'a Recorded,
}

impl Round<'_> {
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

    /// What the round pays, in the order of distribution.csv; an amendment what adjustments.csv says.
    pub fn payments(&self) -> Result<Vec<Payment>, Problems> {
        let (name, column) = self.recorded.statement.table_of_payments();
        let path = format!("{}/{name}", self.recorded.folder);
        let missing = || Error::FileMissing { place: Place::file(&path) };
        let bytes = self.file(name)?.ok_or_else(missing)?;
        let decimals = self.recorded.statement.predicate.token.decimals;
        let mut payments = Vec::new();
        let read = for_each_row(&path, &mut bytes.as_slice(), &[&["address"], &[column]], &mut |row| {
            let amount = Amount::parse(row.text(1), decimals, &row.place(), column)?;
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
    pub fn format(&self) -> TreeFormat {
        let has = |format: TreeFormat| {
            let name = format!("{PAYOUTS_FOLDER}{}", format.file());
            self.recorded.statement.subject.iter().any(|file| file.name == name)
        };
        let only_other = has(TreeFormat::MerkleDistributor) && !has(TreeFormat::Merkle);
        if only_other { TreeFormat::MerkleDistributor } else { TreeFormat::Merkle }
    }

    /// The root of the committed tree; `None` where the round committed none.
    pub fn committed_root(&self, format: TreeFormat) -> Result<Option<Hash>, Error> {
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
    pub fn committed_claim(&self, format: TreeFormat, address: Address) -> Result<Option<ClaimFile>, Error> {
        let name = match format {
            TreeFormat::Merkle => merkle::PROOFS_FILE,
            TreeFormat::MerkleDistributor => merkle_distributor::FILE,
        };
        let Some(bytes) = self.payout_file(name)? else { return Ok(None) };
        let path = format!("{}/{PAYOUTS_FOLDER}{name}", self.recorded.folder);
        claim_in(&path, &bytes, address).map(Some)
    }
}
