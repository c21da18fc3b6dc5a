//! What the two Merkle formats share: the hash, pairs of hashes, their texts, and the way from a leaf
//! up to the root, by which a contract and `meed prove --check` verify a proof.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::address::keccak256;

/// A Keccak-256 digest: a node of a tree.
pub type Hash = [u8; 32];

/// The node above two nodes: the digest of the smaller, then the larger. A proof need not say which
/// of the two stood on which side.
pub fn above(one: &Hash, other: &Hash) -> Hash {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let mut bytes = [0; 64];
    let (left, right) = bytes.split_at_mut(32);
    left.copy_from_slice(first);
    right.copy_from_slice(second);
    keccak256(&bytes)
}

/// The root that a proof leads to from a leaf: step by step upwards, the rest of the tree unknown.
///
/// ```
/// use meed::payouts::merkle_tree::{above, root_of};
/// let (heron, wren, marsh) = ([1; 32], [2; 32], [3; 32]);
/// let root = above(&above(&heron, &wren), &marsh);
/// assert_eq!(root_of(wren, &[heron, marsh]), root);
/// assert_eq!(root_of(marsh, &[above(&heron, &wren)]), root);
/// ```
pub fn root_of(leaf: Hash, proof: &[Hash]) -> Hash {
    proof.iter().fold(leaf, |node, beside| above(&node, beside))
}

/// An integer as the 32 bytes of a uint256.
pub fn uint256(value: u128) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (_, low) = bytes.split_at_mut(16);
    low.copy_from_slice(&value.to_be_bytes());
    bytes
}

/// A hash that shows as `0x` and 64 lower-case digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HashText(pub Hash);

impl HashText {
    /// Reads `0x` and 64 lower-case digits; `None` for every other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 64)?;
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut hash = [0; 32];
        let (pairs, _) = digits.as_bytes().as_chunks::<2>();
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            *byte = value(*high)? << 4 | value(*low)?;
        }
        Some(Self(hash))
    }

    /// Reads the texts of a proof; `None` when one is no hash.
    pub fn parse_all(texts: &[String]) -> Option<Vec<Hash>> {
        texts.iter().map(|text| Self::parse(text).map(|hash| hash.0)).collect()
    }
}

impl fmt::Display for HashText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'0'; 66];
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
        let digits = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        for (place, digit) in text.iter_mut().skip(1).zip(std::iter::once(b'x').chain(digits)) {
            *place = digit;
        }
        formatter.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for HashText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for HashText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_keccak_as_ethereum_has_it() {
        let empty = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(HashText(keccak256(b"")).to_string(), empty);
        assert_eq!(HashText::parse(empty), Some(HashText(keccak256(b""))));
    }

    #[test]
    fn other_texts_are_no_hashes() {
        let text = HashText([0xab; 32]).to_string();
        for wrong in ["", "0x", &text[2..], &text[..65], &text.to_uppercase(), &text.replace('a', "A")] {
            assert_eq!(HashText::parse(wrong), None, "{wrong}");
        }
        assert_eq!(HashText::parse(&format!("{text}0")), None);
        assert_eq!(HashText::parse(&text.replace("ab", "é")), None);
    }

    #[test]
    fn amounts_fill_the_low_end_of_a_word() {
        let word = uint256(0x0102);
        assert_eq!((&word[..30], &word[30..]), (&[0; 30][..], &[1, 2][..]));
        assert_eq!(uint256(u128::MAX)[15..17], [0, 255]);
    }
}
