//! `merkle-distributor.json`: a tree of claims as Uniswap's merkle-distributor has it.
//!
//! Source: github.com/Uniswap/merkle-distributor. The claims are in the byte order of their EIP-55
//! addresses (digits, upper case, lower case), and a claim's index is its place there. A leaf is
//! keccak256 of the 84 bytes of uint256 index, address, uint256 amount in the token's smallest unit.
//! The leaves are sorted by their hashes; a node is the digest of two beside each other, the smaller
//! first, and one that is left over at the end of a layer goes up as it is. Numbers are hexadecimal
//! with an even number of digits, as ethers wrote them. A round that pays nobody has no file.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::merkle_tree::{Hash, HashText, above, root_of, uint256};
use super::{Payment, PayoutFiles, Payouts};
use crate::address::{Address, keccak256};
use crate::amount::Amount;
use crate::error::Place;
use crate::{files, parallel, statement};

/// The file.
pub const FILE: &str = "merkle-distributor.json";

/// A tree of claims.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The EIP-55 address and the payment of each claim, in the order of their indices.
    claims: Vec<(String, Payment)>,
    /// The leaves, then layer by layer up to the root. Empty where nobody is paid.
    layers: Vec<Vec<Hash>>,
    /// For each claim the place of its leaf in the lowest layer.
    places: Vec<usize>,
}

/// The leaf of a payment with its index.
pub fn leaf(index: u64, payment: &Payment) -> Hash {
    let (index, amount) = (uint256(index.into()), uint256(payment.amount.units()));
    let mut bytes = [0; 84];
    let fields = index.iter().chain(payment.address.bytes()).chain(&amount);
    for (byte, value) in bytes.iter_mut().zip(fields) {
        *byte = *value;
    }
    keccak256(&bytes)
}

impl Tree {
    /// The tree of payments. The order in which they stand does not matter.
    pub fn of(payments: &[Payment]) -> Self {
        let mut claims = parallel::map(payments, |payment| (payment.address.checksummed(), *payment));
        claims.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let indexed: Vec<(u64, Payment)> = (0..).zip(claims.iter().map(|(_, payment)| *payment)).collect();
        let leaves = parallel::map(&indexed, |(index, payment)| leaf(*index, payment));
        let mut sorted: Vec<(Hash, usize)> = leaves.into_iter().zip(0..).collect();
        parallel::sort_by_key(&mut sorted, |(hash, _)| *hash);
        let mut places = vec![0; claims.len()];
        for (place, (_, claim)) in sorted.iter().enumerate() {
            if let Some(of_claim) = places.get_mut(*claim) {
                *of_claim = place;
            }
        }
        let lowest: Vec<Hash> = sorted.into_iter().map(|(hash, _)| hash).collect();
        let mut layers = if lowest.is_empty() { Vec::new() } else { vec![lowest] };
        while let Some(layer) = layers.last().filter(|layer| layer.len() > 1) {
            let (pairs, left_over) = layer.as_chunks::<2>();
            let mut next = parallel::map(pairs, |[left, right]| above(left, right));
            next.extend(left_over);
            layers.push(next);
        }
        Self { claims, layers, places }
    }

    /// The root; `None` where nobody is paid.
    pub fn root(&self) -> Option<Hash> {
        self.layers.last().and_then(|layer| layer.first()).copied()
    }

    /// The proof of the claim with an index: the hashes beside the way up, the lowest first.
    pub fn proof(&self, claim: usize) -> Vec<Hash> {
        let mut at = self.places.get(claim).copied().unwrap_or(0);
        let mut proof = Vec::new();
        for layer in &self.layers {
            let beside = if at % 2 == 0 { at + 1 } else { at - 1 };
            proof.extend(layer.get(beside)); // none beside one that is left over, and beside the root
            at /= 2;
        }
        proof
    }

    /// The index of an address.
    pub fn index_of(&self, address: Address) -> Option<usize> {
        self.claims.binary_search_by(|(text, _)| text.as_str().cmp(&address.checksummed())).ok()
    }
}

/// The file.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    files_of(payouts.payments)
}

fn files_of(payments: &[Payment]) -> PayoutFiles {
    let tree = Tree::of(payments);
    let Some(root) = tree.root() else { return BTreeMap::new() };
    BTreeMap::from([(FILE.to_owned(), statement::json_bytes(&FileOut { root: HashText(root), tree: &tree }))])
}

/// The file as it is written: each proof is made when its turn comes.
struct FileOut<'a> {
    root: HashText,
    tree: &'a Tree,
}

impl Serialize for FileOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What is paid fits into the total of a statement, so its sum fits.
        let total = Amount::sum(self.tree.claims.iter().map(|(_, payment)| payment.amount));
        let mut file = serializer.serialize_struct("File", 3)?;
        file.serialize_field("merkleRoot", &self.root)?;
        file.serialize_field("tokenTotal", &hexadecimal(total.unwrap_or_default()))?;
        file.serialize_field("claims", &ClaimsOut(self.tree))?;
        file.end()
    }
}

/// The claims by address.
struct ClaimsOut<'a>(&'a Tree);

impl Serialize for ClaimsOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claim = |(index, (address, payment)): (usize, &'_ (String, Payment))| {
            let proof = self.0.proof(index).into_iter().map(|hash| HashText(hash).to_string()).collect();
            (address.clone(), Claim { index: index as u64, amount: hexadecimal(payment.amount), proof })
        };
        serializer.collect_map(self.0.claims.iter().enumerate().map(claim))
    }
}

/// A claim of the file: what an address may claim, and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The place in the byte order of the EIP-55 addresses.
    pub index: u64,
    /// The amount in the token's smallest unit, hexadecimal.
    pub amount: String,
    /// The hashes beside the way up, the lowest first.
    pub proof: Vec<String>,
}

impl Claim {
    /// Whether the claim of an address leads to the root. Looks at nothing but the claim.
    pub fn leads_to(&self, address: Address, root: Hash) -> bool {
        let amount = parse_hexadecimal(&self.amount);
        let proof = HashText::parse_all(&self.proof);
        let Some((amount, proof)) = amount.zip(proof) else { return false };
        root_of(leaf(self.index, &Payment { address, amount }), &proof) == root
    }
}

/// The file as it is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIn {
    #[serde(rename = "merkleRoot")]
    root: String,
    #[serde(rename = "tokenTotal")]
    total: String,
    claims: BTreeMap<String, Claim>,
}

/// The root and the claims by EIP-55 address, as they are written.
pub fn read_claims(name: &str, bytes: &[u8]) -> Result<(Hash, BTreeMap<String, Claim>), String> {
    let file: FileIn = files::read_json(name, bytes).map_err(|error| error.to_string())?;
    let root = HashText::parse(&file.root).ok_or_else(|| format!("{name}: merkleRoot is no hash"))?;
    Ok((root.0, file.claims))
}

/// Reads the file back: what it pays, in the order of the indices. Every claim is held against the
/// root, and their sum against the total. Error: what does not hold.
pub fn read(written: &PayoutFiles) -> Result<Vec<Payment>, String> {
    let Some(bytes) = written.get(FILE) else { return Ok(Vec::new()) };
    let file: FileIn = files::read_json(FILE, bytes).map_err(|error| error.to_string())?;
    let root = HashText::parse(&file.root).ok_or_else(|| format!("{FILE}: merkleRoot is no hash"))?.0;
    let entries: Vec<(u64, (String, Claim))> = (0..).zip(file.claims).collect();
    let read = parallel::map(&entries, |(index, (text, claim))| payment_of(*index, text, claim, root));
    let payments: Vec<Payment> = read.into_iter().collect::<Result<_, _>>()?;
    let sum = Amount::sum(payments.iter().map(|payment| payment.amount));
    if payments.is_empty() || sum.map(hexadecimal) != Some(file.total) {
        return Err(format!("{FILE}: tokenTotal is not the sum of the claims"));
    }
    Ok(payments)
}

/// The payment of the claim that stands at an index in the byte order of the addresses.
fn payment_of(index: u64, text: &str, claim: &Claim, root: Hash) -> Result<Payment, String> {
    let address = Address::parse(text, &Place::file(FILE), "address").map_err(|error| error.to_string())?;
    let amount = parse_hexadecimal(&claim.amount);
    let amount = amount.filter(|_| claim.index == index && claim.leads_to(address, root));
    let amount = amount.filter(|_| address.checksummed() == text);
    amount
        .map(|amount| Payment { address, amount })
        .ok_or_else(|| format!("{FILE}: the claim of {address} does not hold"))
}

/// An amount as ethers writes it: `0x` and an even number of lower-case digits.
fn hexadecimal(amount: Amount) -> String {
    let digits = format!("{:x}", amount.units());
    if digits.len() % 2 == 0 { format!("0x{digits}") } else { format!("0x0{digits}") }
}

/// The amount that is written so, and no other way.
fn parse_hexadecimal(text: &str) -> Option<Amount> {
    let digits = text.strip_prefix("0x")?;
    let amount = Amount::from_units(u128::from_str_radix(digits, 16).ok()?);
    (hexadecimal(amount) == text).then_some(amount)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::merkle::tests::{payment, payments};
    use super::*;

    proptest! {
        #[test]
        fn every_proof_leads_to_the_root_and_no_other(payments in payments(40),
            chosen in any::<prop::sample::Index>(), byte in 0..32_usize, bit in 0..8_u8) {
            let tree = Tree::of(&payments);
            let paid = payments[chosen.index(payments.len())];
            let index = tree.index_of(paid.address).unwrap();
            let (number, proof) = (index as u64, tree.proof(index));
            prop_assert_eq!(Some(root_of(leaf(number, &paid), &proof)), tree.root());
            let more = Payment { amount: Amount::from_units(paid.amount.units() + 1), ..paid };
            prop_assert_ne!(Some(root_of(leaf(number, &more), &proof)), tree.root());
            prop_assert_ne!(Some(root_of(leaf(number + 1, &paid), &proof)), tree.root());
            let mut bytes = *paid.address.bytes();
            bytes[byte % 20] ^= 1 << bit;
            let other = payment(bytes, paid.amount.units());
            prop_assert_ne!(Some(root_of(leaf(number, &other), &proof)), tree.root());
            for step in 0..proof.len() {
                let mut damaged = proof.clone();
                damaged[step][byte] ^= 1 << bit;
                prop_assert_ne!(Some(root_of(leaf(number, &paid), &damaged)), tree.root());
            }
        }

        #[test]
        fn the_order_of_payments_does_not_matter(payments in payments(20)) {
            let mut sorted = payments.clone();
            sorted.sort_by_key(|payment| payment.address);
            prop_assert_eq!(files_of(&payments), files_of(&sorted));
        }

        #[test]
        fn reading_undoes_writing(payments in payments(30)) {
            let mut read = read(&files_of(&payments)).unwrap();
            let mut written = payments;
            read.sort_by_key(|payment| payment.address);
            written.sort_by_key(|payment| payment.address);
            prop_assert_eq!(read, written);
        }

        #[test]
        fn damage_is_seen(payments in payments(6), at in any::<prop::sample::Index>(), digit in 0..10_u8) {
            let mut written = files_of(&payments);
            let bytes = written.get_mut(FILE).unwrap();
            let digits: Vec<usize> =
                (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
            let at = digits[at.index(digits.len())];
            prop_assume!(bytes[at] != b'0' + digit);
            bytes[at] = b'0' + digit;
            prop_assert!(read(&written).is_err());
        }
    }

    #[test]
    fn numbers_have_an_even_number_of_digits() {
        for (units, text) in [(15, "0x0f"), (255, "0xff"), (256, "0x0100"), (750, "0x02ee")] {
            let amount = Amount::from_units(units);
            assert_eq!((hexadecimal(amount), parse_hexadecimal(text)), (text.to_owned(), Some(amount)));
        }
        for text in ["0xf", "0x0F", "0x", "15", "0x000f", "0x+f"] {
            assert_eq!(parse_hexadecimal(text), None, "{text}");
        }
    }
}
