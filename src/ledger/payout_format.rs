//! The payout formats that `ledger.json` may choose.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Token;

/// A format of payout files, each for the tool that its users pay with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PayoutFormat {
    /// `aragon.csv`: address, amount, symbol.
    AragonCsv,
    /// `safe-airdrop.csv`: the CSV Airdrop app of Safe.
    SafeCsv,
    /// `safe-batch.json`: the Transaction Builder of Safe.
    SafeBatch,
    /// `disperse.txt`: disperse.app.
    Disperse,
    /// `merkle.json` and `proofs.json`: OpenZeppelin's StandardMerkleTree.
    Merkle,
    /// `merkle-distributor.json`: Uniswap's merkle-distributor.
    MerkleDistributor,
    /// `ledger.beancount`: the books, for beancount.
    Beancount,
    /// `ledger.journal`: the books, for hledger.
    Hledger,
}

impl PayoutFormat {
    /// All formats, in the order in which they are documented.
    pub const ALL: [Self; 8] = [
        Self::AragonCsv,
        Self::SafeCsv,
        Self::SafeBatch,
        Self::Disperse,
        Self::Merkle,
        Self::MerkleDistributor,
        Self::Beancount,
        Self::Hledger,
    ];

    /// The one spelling of the format, in `ledger.json` and on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AragonCsv => "aragon-csv",
            Self::SafeCsv => "safe-csv",
            Self::SafeBatch => "safe-batch",
            Self::Disperse => "disperse",
            Self::Merkle => "merkle",
            Self::MerkleDistributor => "merkle-distributor",
            Self::Beancount => "beancount",
            Self::Hledger => "hledger",
        }
    }

    /// The format with that id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// Whether the token's contract must be known.
    pub const fn needs_contract(self) -> bool {
        matches!(self, Self::SafeCsv | Self::SafeBatch)
    }

    /// Whether the chain of the token's contract must be known.
    pub const fn needs_chain(self) -> bool {
        matches!(self, Self::SafeBatch)
    }

    /// Whether the format is for accountants: nobody pays with it.
    pub const fn is_book(self) -> bool {
        matches!(self, Self::Beancount | Self::Hledger)
    }

    /// The field of the token that the format needs and the token lacks.
    pub const fn lacks(self, token: &Token) -> Option<&'static str> {
        if self.needs_contract() && token.address.is_none() {
            return Some("token.address");
        }
        if self.needs_chain() && token.chain_id.is_none() { Some("token.chain_id") } else { None }
    }
}
