//! Ethereum-style addresses: 20 bytes, written as `0x` and 40 hexadecimal digits.

use std::fmt;

use tiny_keccak::{Hasher, Keccak};

use crate::error::{Error, Place, Shown};

/// An address of 20 bytes. Shown in lower case; [`Address::checksummed`] gives EIP-55.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 20]);

impl Address {
    /// Reads `0x` and 40 hexadecimal digits. All lower or all upper case is taken as it is; in
    /// mixed case the EIP-55 checksum must hold.
    ///
    /// `place` and `what` (the column) go into the error.
    pub fn parse(text: &str, place: &Place, what: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::AddressInvalid {
            place: place.clone(),
            what: what.to_owned(),
            value: Shown::from(text),
            reason,
        };
        let digits = text
            .strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .ok_or_else(|| invalid("it does not start with 0x"))?;
        if digits.len() != 40 {
            return Err(invalid("it does not have 40 digits"));
        }
        let mut bytes = [0_u8; 20];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |value, digit| Some(value * 16 + hex_value(*digit)?))
                .ok_or_else(|| invalid("a character is not a hexadecimal digit"))?;
        }
        let address = Self(bytes);
        let mixed = digits.bytes().any(|byte| byte.is_ascii_lowercase())
            && digits.bytes().any(|byte| byte.is_ascii_uppercase());
        if mixed {
            let expected = address.checksummed();
            if expected.get(2..) != Some(digits) {
                return Err(Error::AddressChecksum {
                    place: place.clone(),
                    value: Shown::from(text),
                    expected,
                });
            }
        }
        Ok(address)
    }

    /// Reads `0x` and 40 lower-case digits, quickly, for tables of millions; `None` for every other
    /// text, which [`Address::parse`] may still take.
    pub fn parse_lower_case(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 40)?;
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0_u8; 20];
        let (pairs, _) = digits.as_bytes().as_chunks::<2>();
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = value(*high)? << 4 | value(*low)?;
        }
        Some(Self(bytes))
    }

    /// The text: `0x` and 40 lower-case digits.
    fn lower_case(self) -> [u8; 42] {
        let mut text = *b"0x0000000000000000000000000000000000000000";
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
        let digits = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        for (place, digit) in text.iter_mut().skip(2).zip(digits) {
            *place = digit;
        }
        text
    }

    /// Whether all 20 bytes are zero: nobody's address, where tokens are lost.
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 20]
    }

    /// The 20 bytes.
    pub fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The EIP-55 spelling: a letter is upper case where the Keccak-256 digest of the lower-case
    /// digits has a hexadecimal digit of 8 or more at its place.
    ///
    /// ```
    /// use meed::{address::Address, error::Place};
    /// let text = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
    /// let address = Address::parse(text, &Place::file("doc"), "address").unwrap();
    /// assert_eq!(address.checksummed(), "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    /// assert_eq!(address.to_string(), text);
    /// ```
    pub fn checksummed(&self) -> String {
        let lower = self.to_string();
        let digits = lower.trim_start_matches("0x");
        let digest = keccak256(digits.as_bytes());
        let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let spelled = digits
            .chars()
            .zip(nibbles)
            .map(|(digit, nibble)| if nibble >= 8 { digit.to_ascii_uppercase() } else { digit });
        "0x".chars().chain(spelled).collect()
    }
}

/// The Keccak-256 digest, by which Ethereum checks addresses.
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Keccak::v256();
    hasher.update(bytes);
    let mut digest = [0_u8; 32];
    hasher.finalize(&mut digest);
    digest
}

/// The value of a hexadecimal digit in either letter case.
fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(std::str::from_utf8(&self.lower_case()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, Error> {
        Address::parse(text, &Place::line("praise.csv", 3), "TO ETH ADDRESS")
    }

    /// The examples of EIP-55 itself.
    #[test]
    fn checksums_of_the_standard_hold() {
        for text in [
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
            "0xde709f2102306220921060314715629080e2fb77",
            "0x27b1fdb04752bbc536007a920d24acb045561c26",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            assert_eq!(parse(text).map(|address| address.checksummed()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_wrong_letter_case_fails_and_the_right_one_is_named() {
        let error = parse("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
        let Err(Error::AddressChecksum { expected, .. }) = error else { panic!("{error:?}") };
        assert_eq!(expected, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "0x",
            "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0x5aaeb6",
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd",
            "0xéééééééééééééééééééé",
        ] {
            assert!(matches!(parse(text), Err(Error::AddressInvalid { .. })), "{text}");
            assert_eq!(Address::parse_lower_case(text), None, "{text}");
        }
    }

    #[test]
    fn the_quick_way_reads_lower_case_alone() {
        let text = "0x0123456789abcdef5aaeb6053f3e94c9b9a09f33";
        assert_eq!(Address::parse_lower_case(text).map(|address| address.to_string()), Some(text.to_owned()));
        assert_eq!(Address::parse_lower_case(text), parse(text).ok());
        for text in
            [text.to_uppercase(), text.replace('a', "A"), text.replace('f', "g"), text.replace('f', "/")]
        {
            assert_eq!(Address::parse_lower_case(&text), None, "{text}");
        }
    }
}
