//! `README.txt`: which payout file is for which tool, and that one of them is paid.

use std::fmt::Write as _;

use super::{Payment, Payouts, safe_batch, safe_csv};
use crate::amount::Amount;
use crate::error::counted;
use crate::ledger::payout_format::PayoutFormat;
use crate::statement::Figure;

/// The file. It holds no text from people: round ids and symbols have a few plain characters only.
pub(super) fn write(
    payouts: &Payouts<'_>,
    paid: &Figure,
    formats: &[(PayoutFormat, Vec<String>)],
) -> Vec<u8> {
    let plan = payouts.plan;
    let token = &plan.token;
    let contract = token.address.map(|address| format!(", {}", address.checksummed()));
    let chain = token.chain_id.map(|chain| format!(", chain {chain}"));
    let mut text = format!(
        "Payouts of {}, {} to {}\n\n  paid   {} {} to {}\n  token  {}, {} decimals{}{}\n",
        plan.round,
        plan.period.start,
        plan.period.end,
        paid.0,
        token.symbol,
        counted(payouts.payments.len(), "address", "addresses"),
        token.symbol,
        token.decimals,
        contract.unwrap_or_default(),
        chain.unwrap_or_default(),
    );
    let (books, ways): (Vec<_>, Vec<_>) = formats.iter().partition(|(format, _)| format.is_book());
    match ways.as_slice() {
        [] => {}
        [_] => text.push_str("\nPay this ONCE:\n"),
        _ => text.push_str("\nPay ONE of these. Each pays all of the round, and two pay it twice.\n"),
    }
    for (format, names) in ways {
        entry(payouts, *format, names, &mut text);
    }
    if !books.is_empty() {
        text.push_str("\nFor the books; these pay nothing:\n");
    }
    for (format, names) in books {
        entry(payouts, *format, names, &mut text);
    }
    text.into_bytes()
}

/// A format: its files, what for, and what each of several files pays.
fn entry(payouts: &Payouts<'_>, format: PayoutFormat, names: &[String], text: &mut String) {
    let parts: Vec<(String, &[Payment])> = match format {
        PayoutFormat::SafeCsv => safe_csv::split(payouts.payments).collect(),
        PayoutFormat::SafeBatch => safe_batch::split(payouts.payments).collect(),
        _ => Vec::new(),
    };
    let names = match parts.as_slice() {
        [(first, _), .., (last, _)] => format!("{first} to {last}, all {} of them", parts.len()),
        _ => names.join(", "),
    };
    let _ = writeln!(text, "\n  {names}\n    {}", tool(format)); // writing to a String cannot fail
    if parts.len() < 2 {
        return;
    }
    let token = &payouts.plan.token;
    for (name, payments) in parts {
        let sum = Amount::sum(payments.iter().map(|payment| payment.amount)).unwrap_or_default();
        let (count, sum) = (counted(payments.len(), "payment", "payments"), sum.to_text(token.decimals));
        let _ = writeln!(text, "      {name}  {count}, {sum} {}", token.symbol); // cannot fail
    }
}

/// What a format is for.
const fn tool(format: PayoutFormat) -> &'static str {
    match format {
        PayoutFormat::AragonCsv => "Aragon: upload it where a batch of transfers is proposed.",
        PayoutFormat::SafeCsv => "Safe, app CSV Airdrop: load it, look at the sum, submit.",
        PayoutFormat::SafeBatch => "Safe, app Transaction Builder: drag the file in, create the batch.",
        PayoutFormat::Disperse => "disperse.app: choose the token, paste the lines.",
        PayoutFormat::Merkle => {
            "OpenZeppelin StandardMerkleTree: fund a contract with the root; people claim with their proofs."
        }
        PayoutFormat::MerkleDistributor => {
            "Uniswap merkle-distributor: deploy and fund it with the root; people claim with their proofs."
        }
        PayoutFormat::Beancount => "beancount: include it.",
        PayoutFormat::Hledger => "hledger: include it.",
    }
}
