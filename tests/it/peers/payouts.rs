//! Payout files in the hands of ethers and of Python's csv module.

use meed::ledger::payout_format::PayoutFormat;
use meed::payouts::Payouts;
use serde_json::json;

use super::{node, python};
use crate::payouts::{payments, plan};

/// Amounts of all sizes that the token can have: from one unit to 2^120 of them.
fn amounts(count: u32) -> Vec<u128> {
    (0..count)
        .map(|number| (0x9e37_79b9_7f4a_7c15_u128 * u128::from(number)) % (1 << (number % 121)) + 1)
        .collect()
}

/// Writes the payout files of that many payments in a token of these decimals, beside what they
/// should say.
fn write(decimals: u8, count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (plan, payments) = (plan("T$.o-k_1", decimals), payments(&amounts(count)));
    let payouts = Payouts { plan: &plan, payments: &payments };
    for format in
        [PayoutFormat::AragonCsv, PayoutFormat::SafeCsv, PayoutFormat::SafeBatch, PayoutFormat::Disperse]
    {
        for (name, bytes) in payouts.files(format) {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
    }
    let token = &plan.token;
    let payment = |payment: &meed::payouts::Payment| json!({"address": payment.address.checksummed(), "units": payment.amount.units().to_string()});
    let expected = json!({
        "token": {
            "symbol": token.symbol, "decimals": decimals, "chain_id": token.chain_id,
            "address": token.address.unwrap().checksummed(), "created_at": "2026-02-01T00:00:00.000Z"
        },
        "payments": payments.iter().map(payment).collect::<Vec<_>>()
    });
    std::fs::write(folder.path().join("expected.json"), expected.to_string()).unwrap();
    folder
}

#[test]
fn ethers_reads_addresses_amounts_calls_and_checksums() {
    for (decimals, count) in [(0, 1), (6, 100), (18, 201), (36, 401)] {
        let folder = write(decimals, count);
        let Some(run) = node("payouts.cjs", &[folder.path().to_str().unwrap()]) else { return };
        let read =
            ["aragon", "disperse", "safe-csv", "safe-batch"].map(|format| format!("{format} {count}\n"));
        assert_eq!(run.ok(), read.concat());
    }
}

/// A reader that takes everything would make the test above worthless.
#[test]
fn ethers_notices_what_is_wrong() {
    for (name, from, to) in [
        ("aragon.csv", "0x71", "0x17"),
        ("aragon.csv", ",0.000001,", ",0.000002,"),
        ("safe-airdrop.csv", "erc20,", "native,"),
        ("safe-batch.json", "\"value\": \"1\"", "\"value\": \"2\""),
        ("safe-batch.json", "\"createdAt\": 1769904000000", "\"createdAt\": 1769904000001"),
        ("safe-batch.json", "\"name\": \"transfer\"", "\"name\": \"approve\""),
    ] {
        let folder = write(6, 3);
        let path = folder.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name}: {from}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let Some(run) = node("payouts.cjs", &[folder.path().to_str().unwrap()]) else { return };
        let _ = run.fails(1);
    }
}

#[test]
fn python_reads_the_tables() {
    for (decimals, count) in [(0, 200), (36, 1), (18, 450)] {
        let folder = write(decimals, count);
        let Some(run) = python("payouts.py", &[folder.path().to_str().unwrap()]) else { return };
        let read = ["aragon", "disperse", "safe-csv"].map(|format| format!("{format} {count}\n"));
        assert_eq!(run.ok(), read.concat());
    }
}
