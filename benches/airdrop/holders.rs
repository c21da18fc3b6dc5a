//! Made-up holders of a token, the same in every run: snapshots of any size for the benches.
//!
//! Every address begins with `0x71de`; no chain has them. A snapshot has as many rows as there are
//! holders; the next one has lost the first sixty-fourth of them and found as many new ones. Three
//! quarters hold a thousand tokens or more, in all snapshots in which they stand.

use std::io::{self, Write};

/// The snapshots of a round.
pub const SNAPSHOTS: u64 = 4;

/// The name of a snapshot's file.
pub fn file_name(snapshot: u64) -> String {
    format!("snapshot-{snapshot}.csv")
}

/// Writes a snapshot as a block explorer exports it.
pub fn write_snapshot(out: &mut dyn Write, snapshot: u64, holders: u64) -> io::Result<()> {
    out.write_all(b"\"HolderAddress\",\"Balance\",\"PendingBalanceUpdate\"\n")?;
    let first = snapshot * (holders / 64);
    for holder in first..first + holders {
        let [one, two, three] = [1, 2, 3].map(|salt| mixed(holder * 4 + salt));
        let power = [1, 2, 3, 3, 4, 4, 5, 5][usize::try_from(one % 8).unwrap_or_default()];
        let whole = (1 + two % 9) * 10_u64.pow(power);
        let grown = whole + whole * (mixed(three ^ snapshot) % 50) / 1000;
        writeln!(
            out,
            "\"0x71de{one:016x}{two:016x}{:04x}\",\"{grown}.{:08}\",\"No\"",
            three >> 48,
            three % 100_000_000
        )?;
    }
    Ok(())
}

/// The file of a round that shares a pool equally, by balance and by its logarithm.
pub fn round_json(threshold: &str) -> String {
    format!(
        r#"{{
  "format": 1,
  "period": {{"start": "2026-01-01", "end": "2026-01-31"}},
  "allocations": [{{
    "name": "airdrop", "method": "airdrop-v1", "pool": "1375000",
    "inputs": {{"snapshots": {{"holders": "holders"}}}},
    "settings": {{"balance_decimals": 8, "threshold": "{threshold}", "balance": "minimum", "pools": [
      {{"reward": "equal", "amount": "275000", "categories": ["holders"], "weight": "equal"}},
      {{"reward": "stake", "amount": "275000", "categories": ["holders"], "weight": "balance"}},
      {{"reward": "balance", "amount": "825000", "categories": ["holders"], "weight": "log10"}}]}}
  }}]
}}
"#
    )
}

/// The file of the ledger.
pub fn ledger_json() -> &'static str {
    r#"{
  "format": 1,
  "id": "71de71de71de71de",
  "name": "Made-up Holders",
  "token": {"symbol": "TIDE", "decimals": 18},
  "rounds": "rounds",
  "display_decimals": 2
}
"#
}

/// A number that looks like no other (SplitMix64).
fn mixed(seed: u64) -> u64 {
    let mut value = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x71de);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
