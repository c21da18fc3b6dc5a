//! `merkle.json` and `proofs.json`: a tree of claims as OpenZeppelin's StandardMerkleTree has it.
//!
//! Source: npm `@openzeppelin/merkle-tree`, dump format `standard-v1`. A leaf is keccak256(keccak256(
//! abi.encode(address, uint256))), the amount in the token's smallest unit. The leaves are sorted by
//! their hashes and stand at the end of the list of nodes, the smallest last; the node i is the digest
//! of its children 2i + 1 and 2i + 2, the smaller first; node 0 is the root, which the contract holds.
//!
//! `merkle.json` is that library's dump, with the values in the order of distribution.csv, addresses as
//! EIP-55 spells them.
//! `proofs.json` gives for each address its amount and its proof, from the leaf upwards: what a page
//! needs with which people claim. It is left out above [`PROOFS_LIMIT`] payments, where it would grow
//! past what git servers take; `meed prove` prints the proof of one person. A round that pays nobody has
//! neither file: there is no tree without leaves.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::merkle_tree::{Hash, HashText, above, root_of, uint256};
use super::{Payment, PayoutFiles, Payouts};
use crate::address::{Address, keccak256};
use crate::amount::Amount;
use crate::error::{Place, Shown};
use crate::{files, parallel, statement};

/// The dump of the tree.
pub const TREE_FILE: &str = "merkle.json";
/// The proofs by address.
pub const PROOFS_FILE: &str = "proofs.json";
/// Most payments of which proofs.json holds the proofs: some 60 MB.
pub const PROOFS_LIMIT: usize = 50_000;

/// The format of the dump.
const FORMAT: &str = "standard-v1";
/// The types of a leaf.
const LEAF_ENCODING: [&str; 2] = ["address", "uint256"];

/// A tree of payments.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The root first, the leaves last, the smallest at the end. Empty where nobody is paid.
    nodes: Vec<Hash>,
    /// For each payment the index of its leaf among the nodes.
    places: Vec<usize>,
}

/// The leaf of a payment.
pub fn leaf(payment: &Payment) -> Hash {
    let mut bytes = [0; 64];
    let (address, amount) = bytes.split_at_mut(32);
    for (byte, value) in address.iter_mut().skip(12).zip(payment.address.bytes()) {
        *byte = *value;
    }
    amount.copy_from_slice(&uint256(payment.amount.units()));
    keccak256(&keccak256(&bytes))
}

impl Tree {
    /// The tree of payments. The order in which they stand changes no node.
    pub fn of(payments: &[Payment]) -> Self {
        let mut leaves: Vec<(Hash, usize)> =
            parallel::map(payments, leaf).into_iter().zip(0_usize..).collect();
        parallel::sort_by_key(&mut leaves, |(hash, _)| *hash);
        let count = leaves.len();
        let inner = count.saturating_sub(1);
        let mut places = vec![0; count];
        let mut nodes = vec![[0; 32]; inner];
        for (place, (hash, payment)) in (inner..).zip(leaves.into_iter().rev()) {
            nodes.push(hash);
            if let Some(of_payment) = places.get_mut(payment) {
                *of_payment = place;
            }
        }
        // The nodes of a level are independent of each other: level by level, from below.
        let levels = usize::BITS - inner.leading_zeros();
        for level in (0..levels).rev() {
            let start = (1 << level) - 1;
            let Some((upper, children)) = nodes.split_at_mut_checked(2 * start + 1) else { continue };
            let (pairs, _) = children.as_chunks::<2>();
            let own = upper.get_mut(start..inner.min(2 * start + 1)).unwrap_or_default();
            let pairs = pairs.get(..own.len()).unwrap_or_default();
            own.copy_from_slice(&parallel::map(pairs, |[left, right]| above(left, right)));
        }
        Self { nodes, places }
    }

    /// The root; `None` where nobody is paid.
    pub fn root(&self) -> Option<Hash> {
        self.nodes.first().copied()
    }

    /// The proof of the payment at an index: the hashes beside the way up, the lowest first.
    pub fn proof(&self, payment: usize) -> Vec<Hash> {
        let mut at = self.places.get(payment).copied().unwrap_or(0);
        let mut proof = Vec::new();
        while at > 0 {
            let beside = if at % 2 == 0 { at - 1 } else { at + 1 };
            proof.extend(self.nodes.get(beside));
            at = (at - 1) / 2;
        }
        proof
    }
}

/// The files.
pub fn write(payouts: &Payouts<'_>) -> PayoutFiles {
    files_of(payouts.payments)
}

fn files_of(payments: &[Payment]) -> PayoutFiles {
    let mut written = BTreeMap::new();
    if payments.is_empty() {
        return written;
    }
    let tree = Tree::of(payments);
    let values = payments.iter().zip(&tree.places).map(|(payment, place)| Value(*payment, *place));
    let dump = DumpOut {
        format: FORMAT,
        leaf_encoding: LEAF_ENCODING,
        tree: tree.nodes.iter().map(|hash| HashText(*hash)).collect(),
        values: values.collect(),
    };
    written.insert(TREE_FILE.to_owned(), statement::json_bytes(&dump));
    if payments.len() <= PROOFS_LIMIT {
        let proofs = ProofsOut { payments, tree: &tree };
        written.insert(PROOFS_FILE.to_owned(), statement::json_bytes(&proofs));
    }
    written
}

/// The dump as it is written.
#[derive(Serialize)]
struct DumpOut {
    format: &'static str,
    #[serde(rename = "leafEncoding")]
    leaf_encoding: [&'static str; 2],
    tree: Vec<HashText>,
    values: Vec<Value>,
}

/// A payment and the index of its leaf.
struct Value(Payment, usize);

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(payment, place) = self;
        let mut value = serializer.serialize_struct("Value", 2)?;
        value
            .serialize_field("value", &[payment.address.checksummed(), payment.amount.units().to_string()])?;
        value.serialize_field("treeIndex", place)?;
        value.end()
    }
}

/// The proofs as they are written: each is made when its turn comes.
struct ProofsOut<'a> {
    payments: &'a [Payment],
    tree: &'a Tree,
}

impl Serialize for ProofsOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claim = |(index, payment): (usize, &Payment)| {
            let proof = self.tree.proof(index).into_iter().map(HashText).collect();
            (payment.address.checksummed(), ClaimOut { amount: payment.amount.units().to_string(), proof })
        };
        serializer.collect_map(self.payments.iter().enumerate().map(claim))
    }
}

/// A claim as it is written.
#[derive(Serialize)]
struct ClaimOut {
    amount: String,
    proof: Vec<HashText>,
}

/// The dump as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DumpIn {
    format: String,
    #[serde(rename = "leafEncoding")]
    leaf_encoding: Vec<String>,
    tree: Vec<String>,
    values: Vec<ValueIn>,
}

/// A value of the dump as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueIn {
    value: (String, String),
    #[serde(rename = "treeIndex")]
    tree_index: usize,
}

/// A claim of proofs.json: what an address may claim, and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The amount in the token's smallest unit.
    pub amount: String,
    /// The hashes beside the way up, the lowest first.
    pub proof: Vec<String>,
}

impl Claim {
    /// Whether the claim of an address leads to the root. Looks at nothing but the claim.
    pub fn leads_to(&self, address: Address, root: Hash) -> bool {
        let amount = parse_units(&self.amount);
        let proof = HashText::parse_all(&self.proof);
        let Some((amount, proof)) = amount.zip(proof) else { return false };
        root_of(leaf(&Payment { address, amount }), &proof) == root
    }
}

/// Reads the claims of proofs.json by EIP-55 address, as it is written.
pub fn read_claims(name: &str, bytes: &[u8]) -> Result<BTreeMap<String, Claim>, String> {
    files::read_json(name, bytes).map_err(|error| error.to_string())
}

/// The root that merkle.json states, its other nodes not looked at.
pub fn read_root(name: &str, bytes: &[u8]) -> Result<Hash, String> {
    let dump: DumpIn = files::read_json(name, bytes).map_err(|error| error.to_string())?;
    let root = dump.tree.first().and_then(|root| HashText::parse(root));
    root.map(|root| root.0).ok_or_else(|| format!("{name}: has no root"))
}

/// Reads the files back: what they pay, in the order of the values. Everything in them is held
/// against each other: every leaf against its value, every node against its children, every proof
/// against the root. Error: what does not hold.
pub fn read(written: &PayoutFiles) -> Result<Vec<Payment>, String> {
    let Some(bytes) = written.get(TREE_FILE) else {
        let stray = written.contains_key(PROOFS_FILE);
        return if stray { Err(format!("{PROOFS_FILE} without {TREE_FILE}")) } else { Ok(Vec::new()) };
    };
    let dump: DumpIn = files::read_json(TREE_FILE, bytes).map_err(|error| error.to_string())?;
    let wrong = |what: &str| Err(format!("{TREE_FILE}: {what}"));
    if dump.format != FORMAT || dump.leaf_encoding != LEAF_ENCODING {
        return wrong("is not a standard-v1 tree of address and uint256");
    }
    let Some(nodes) = HashText::parse_all(&dump.tree) else { return wrong("a node is no hash") };
    if nodes.len() + 1 != 2 * dump.values.len() {
        return wrong("it does not have two nodes a value, less one");
    }
    let mut payments = Vec::with_capacity(dump.values.len());
    for value in &dump.values {
        let payment = parse_payment(&value.value)?;
        if nodes.get(value.tree_index) != Some(&leaf(&payment)) {
            return wrong(&format!("the leaf of {} does not stand at its place", payment.address));
        }
        payments.push(payment);
    }
    let (children, _) = nodes.get(1..).unwrap_or_default().as_chunks::<2>();
    if children.iter().zip(&nodes).any(|([left, right], node)| above(left, right) != *node) {
        return wrong("a node is not the digest of its children");
    }
    match (written.get(PROOFS_FILE), nodes.first()) {
        (Some(bytes), Some(root)) => check_proofs(bytes, &payments, *root)?,
        _ if payments.len() <= PROOFS_LIMIT => return Err(format!("{PROOFS_FILE} is missing")),
        _ => {}
    }
    Ok(payments)
}

/// Every payment has its claim, and every claim leads to the root.
fn check_proofs(bytes: &[u8], payments: &[Payment], root: Hash) -> Result<(), String> {
    let claims = read_claims(PROOFS_FILE, bytes)?;
    if claims.len() != payments.len() {
        return Err(format!("{PROOFS_FILE}: has {} claims, not {}", claims.len(), payments.len()));
    }
    let holds = |payment: &Payment| {
        let claim = claims.get(&payment.address.checksummed());
        claim.is_some_and(|claim| {
            claim.amount == payment.amount.units().to_string() && claim.leads_to(payment.address, root)
        })
    };
    let sound = parallel::map(payments, holds);
    match payments.iter().zip(sound).find(|(_, holds)| !holds) {
        Some((payment, _)) => Err(format!("{PROOFS_FILE}: the claim of {} does not hold", payment.address)),
        None => Ok(()),
    }
}

/// The payment of a value of the dump.
fn parse_payment((address, amount): &(String, String)) -> Result<Payment, String> {
    let place = Place::file(TREE_FILE);
    let text = address;
    let address = Address::parse(text, &place, "address").map_err(|error| error.to_string())?;
    if address.checksummed() != *text {
        return Err(format!("{TREE_FILE}: {address} is not spelled with its EIP-55 checksum"));
    }
    let amount = parse_units(amount)
        .ok_or_else(|| format!("{TREE_FILE}: `{}` is not an amount in units", Shown::from(amount)))?;
    Ok(Payment { address, amount })
}

/// An amount in the token's smallest unit as a plain integer, without sign and zeros in front.
fn parse_units(text: &str) -> Option<Amount> {
    let units: u128 = text.parse().ok()?;
    (units.to_string() == text).then(|| Amount::from_units(units))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Payments to distinct made-up addresses.
    pub(in crate::payouts) fn payments(most: usize) -> impl Strategy<Value = Vec<Payment>> {
        let any = prop::collection::btree_map(any::<[u8; 20]>(), 1..=u128::MAX >> 40, 1..=most);
        any.prop_map(|amounts| {
            amounts.into_iter().map(|(address, units)| payment(address, units)).collect::<Vec<_>>()
        })
        .prop_shuffle()
    }

    pub(in crate::payouts) fn payment(address: [u8; 20], units: u128) -> Payment {
        let text = format!("0x{}", files::hex(&address));
        let address = Address::parse(&text, &Place::file("test"), "address").unwrap();
        Payment { address, amount: Amount::from_units(units) }
    }

    proptest! {
        #[test]
        fn every_proof_leads_to_the_root(payments in payments(40)) {
            let tree = Tree::of(&payments);
            for (index, payment) in payments.iter().enumerate() {
                prop_assert_eq!(Some(root_of(leaf(payment), &tree.proof(index))), tree.root());
            }
        }

        #[test]
        fn nothing_else_leads_to_the_root(payments in payments(20), chosen in any::<prop::sample::Index>(),
            unit in 1..1000_u128, byte in 0..32_usize, bit in 0..8_u8) {
            let tree = Tree::of(&payments);
            let index = chosen.index(payments.len());
            let (payment, proof) = (payments[index], tree.proof(index));
            let more = Payment { amount: Amount::from_units(payment.amount.units() + unit), ..payment };
            prop_assert_ne!(Some(root_of(leaf(&more), &proof)), tree.root());
            let mut bytes = *payment.address.bytes();
            bytes[byte % 20] ^= 1 << bit;
            let other = Payment { amount: payment.amount, ..super::tests::payment(bytes, 1) };
            prop_assert_ne!(Some(root_of(leaf(&other), &proof)), tree.root());
            for step in 0..proof.len() {
                let mut damaged = proof.clone();
                damaged[step][byte] ^= 1 << bit;
                prop_assert_ne!(Some(root_of(leaf(&payment), &damaged)), tree.root());
                damaged.remove(step);
                prop_assert_ne!(Some(root_of(leaf(&payment), &damaged)), tree.root());
            }
        }

        #[test]
        fn the_order_of_payments_does_not_matter(payments in payments(40)) {
            let mut sorted = payments.clone();
            sorted.sort_by_key(|payment| payment.address);
            prop_assert_eq!(Tree::of(&payments).root(), Tree::of(&sorted).root());
        }

        #[test]
        fn reading_undoes_writing(payments in payments(30)) {
            prop_assert_eq!(read(&files_of(&payments)), Ok(payments));
        }

        #[test]
        fn damage_is_seen(payments in payments(6), name in 0..2_usize, at in any::<prop::sample::Index>(), digit in 0..10_u8) {
            let mut written = files_of(&payments);
            let bytes = written.get_mut([TREE_FILE, PROOFS_FILE][name]).unwrap();
            let digits: Vec<usize> =
                (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
            let at = digits[at.index(digits.len())];
            prop_assume!(bytes[at] != b'0' + digit);
            bytes[at] = b'0' + digit;
            prop_assert!(read(&written).is_err());
        }
    }

    #[test]
    fn a_round_that_pays_nobody_has_no_tree() {
        assert_eq!(files_of(&[]), BTreeMap::new());
        assert_eq!(read(&BTreeMap::new()), Ok(Vec::new()));
        assert_eq!(Tree::of(&[]).root(), None);
    }
}
