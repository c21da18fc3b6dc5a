//! Data that stands in two rounds: the same bytes, perhaps paid a second time.

use super::recompute::Data;

/// A file of a round, and the first other round that has the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct Reused<'a> {
    /// The file.
    pub data: &'a Data,
    /// The round that has it too.
    pub other_round: &'a str,
    /// The file there.
    pub other: &'a Data,
}

/// Of the files `mine` of a round, those that a round before it has too. `before` are the files of the
/// rounds before, with their rounds, in order.
pub fn reused<'a>(mine: &'a [Data], before: &'a [(String, Data)]) -> Vec<Reused<'a>> {
    let first = |data: &'a Data| {
        let other = before.iter().find(|(_, other)| other.sha256 == data.sha256);
        other.map(|(round, other)| Reused { data, other_round: round, other })
    };
    mine.iter().filter_map(first).collect()
}

impl Reused<'_> {
    /// The sentence for people.
    pub fn sentence(&self, symbol: &str) -> String {
        let Data { allocation, declared, .. } = self.data;
        let pools = if *declared == self.other.declared {
            format!("under the same pool of {declared} {symbol}")
        } else {
            format!("under another pool: here {declared} {symbol}, there {} {symbol}", self.other.declared)
        };
        format!(
            "the data of `{allocation}` is byte for byte that of {} ({}), {pools}; was it paid twice?",
            self.other_round, self.other.path
        )
    }
}
