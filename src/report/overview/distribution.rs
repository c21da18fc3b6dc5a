//! Who gets what, and the files to pay it with.

use super::recipient;
use super::words;
use crate::address::Address;
use crate::ledger::payout_format::PayoutFormat;
use crate::payouts::{PAYOUTS_FOLDER, README_FILE};
use crate::report::Material;
use crate::report::page::{Block, Section, Table};
use crate::report::recipients::{Listed, RewardColumn};
use crate::report::text;

/// With more reward columns than these only totals are shown: the table must fit a screen.
const REWARDS_MOST: usize = 8;
/// What stands in place of the address of somebody who has none.
const IS_HELD: &str = "held: no address yet";

/// The first rows of distribution.csv.
pub fn section(material: &Material<'_>) -> Section {
    let recipients = material.recipients;
    let shows_rewards = recipients.rewards.len() <= REWARDS_MOST;
    let row = |listed: &Listed| -> Vec<String> {
        let short = |address: Address| text::short_address(&address.checksummed());
        let address = listed.address.map_or_else(|| IS_HELD.to_owned(), short);
        let is_named = !text::is_blank(&listed.name) && listed.name != listed.key;
        let name = listed.address.filter(|_| !is_named).map(short);
        // The total stands second: on a phone the rest is a swipe away.
        let total = words::amount(material, listed.total);
        let mut row = vec![name.unwrap_or_else(|| recipient(listed)), total];
        if shows_rewards {
            let rewards = recipients.rewards.iter().zip(&listed.amounts);
            row.extend(rewards.map(|(reward, amount)| words::balance(material, reward.signed(*amount))));
        }
        row.push(address);
        row
    };
    let rewards: Vec<String> = recipients.rewards.iter().map(|reward| format!("#{}", reward.name)).collect();
    let rewards = rewards.iter().map(String::as_str).filter(|_| shows_rewards);
    let titles: Vec<&str> = ["recipient", "#total"].into_iter().chain(rewards).chain(["paid to"]).collect();
    let caption = format!("Who gets what, in {}", material.plan.token.symbol);
    let rows: Vec<Vec<String>> = recipients.listed.iter().map(row).collect();
    let mut table = Table::new("distribution-table", &caption, &titles, rows);
    table.csv = Some("../distribution.csv".to_owned());
    table.total = recipients.count;
    table.interactive = true;
    let mut text = String::from("Everybody who takes part in this round, the largest totals first.");
    if material.revision > 1 {
        text.push_str(" These are the amounts of the corrected round, most of them paid before.");
    }
    if recipients.rewards.iter().any(RewardColumn::is_offset) {
        text.push_str(
            " What stands under offset was paid too much before, as an amendment found, and is taken off now.",
        );
    }
    if recipients.count > recipients.listed.len() {
        text.push_str(&format!(
            " The first {} of {} are listed here; all stand in distribution.csv.",
            recipients.listed.len(),
            recipients.count
        ));
    }
    if !shows_rewards {
        text.push_str(" The single rewards stand in distribution.csv.");
    }
    if recipients.listed.iter().any(|listed| listed.address.is_none()) {
        text.push_str(
            " An amount that is held waits until the person names an address; it is paid in a later round.",
        );
    }
    text.push_str(
        " Amounts are rounded and addresses shortened for reading; distribution.csv has them in full.",
    );
    let blocks = if recipients.count == 0 {
        vec![Block::text("Nobody gets anything in this round.")]
    } else {
        vec![Block::text(text), Block::Table(table)]
    };
    Section::new("distribution", "Who gets what", blocks)
}

/// The files to pay with; no section where there are none.
pub fn payouts(material: &Material<'_>) -> Option<Section> {
    let mut names: Vec<&str> =
        material.results.keys().filter_map(|name| name.strip_prefix(PAYOUTS_FOLDER)).collect();
    // First what pays, then the books, then the file about the files.
    names.sort_by_key(|name| format_of(name).map_or(2, |format| u8::from(format.is_book()))); // stable
    if names.is_empty() {
        return None;
    }
    let link = |name: &&str| Block::Link {
        text: purpose(name).map_or_else(|| (*name).to_owned(), |purpose| format!("{name}: {purpose}")),
        target: format!("../{PAYOUTS_FOLDER}{name}"),
    };
    let is_way = |name: &&&str| {
        let format = format_of(name);
        format.is_some_and(|format| !format.is_book())
    };
    let text = match names.iter().filter(is_way).count() {
        1.. if material.revision > 1 => {
            "These files pay what this amendment pays now, and nothing that was paid before. Use one way of them, once: two ways pay twice."
        }
        0 => "These files pay nothing by themselves.",
        1 => "The first file pays all of the round. Whoever holds the funds loads it once.",
        _ => {
            "Each way to pay below pays all of the round: use one of them. Two ways pay everybody twice. Who split a way over several files pays all of its files."
        }
    };
    let blocks: Vec<Block> = std::iter::once(Block::text(text)).chain(names.iter().map(link)).collect();
    Some(Section::new("payouts", "Files to pay with", blocks))
}

/// The format that a payout file is in, by its name.
fn format_of(name: &str) -> Option<PayoutFormat> {
    let stem = name.split('.').next().unwrap_or(name);
    // Large rounds are split: `safe-airdrop-2.csv`.
    let whole = stem.trim_end_matches(|character: char| character.is_ascii_digit());
    let stem = whole.strip_suffix('-').filter(|_| whole != stem).unwrap_or(stem);
    Some(match stem {
        "aragon" => PayoutFormat::AragonCsv,
        "safe-airdrop" => PayoutFormat::SafeCsv,
        "safe-batch" => PayoutFormat::SafeBatch,
        "disperse" => PayoutFormat::Disperse,
        "merkle" | "proofs" => PayoutFormat::Merkle,
        "merkle-distributor" => PayoutFormat::MerkleDistributor,
        "ledger" if name.ends_with("beancount") => PayoutFormat::Beancount,
        "ledger" => PayoutFormat::Hledger,
        _ => return None,
    })
}

/// What a payout file is for, in a few words.
fn purpose(name: &str) -> Option<&'static str> {
    if name == README_FILE {
        return Some("what each file is for");
    }
    if name.starts_with("proofs") {
        return Some("what each person needs to claim from that contract");
    }
    Some(match format_of(name)? {
        PayoutFormat::AragonCsv => "upload it to Aragon where a batch of transfers is proposed",
        PayoutFormat::SafeCsv => "load it in Safe's app CSV Airdrop",
        PayoutFormat::SafeBatch => "drag it into Safe's app Transaction Builder",
        PayoutFormat::Disperse => "paste its lines at disperse.app",
        PayoutFormat::Merkle => "for a contract that people claim from (OpenZeppelin's StandardMerkleTree)",
        PayoutFormat::MerkleDistributor => {
            "for a contract that people claim from (Uniswap's merkle-distributor)"
        }
        PayoutFormat::Beancount => "the books, for the program beancount; it pays nothing",
        PayoutFormat::Hledger => "the books, for the program hledger; it pays nothing",
    })
}
