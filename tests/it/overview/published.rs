//! The TEC's rounds beside what was published of them, when ../shared is beside the project.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use meed::calculate::Results;

use super::{round_cell, text_of};
use crate::support::{self, ledger_json, results_of, round_files};

/// Round, Gini over the recipients with praise, Nakamoto coefficient.
const CONCENTRATION: [(&str, &str, &str); 7] = [
    ("round-1", "0.6734", "9"),
    ("round-13", "0.6541", "14"),
    ("round-17", "0.6336", "10"),
    ("round-20", "0.4705", "7"),
    ("round-21", "0.5511", "5"),
    ("round-25", "0.2337", "6"),
    ("round-33", "0.6490", "5"),
];
/// Round 20 reuses round 17's SourceCred file under a third of its pool.
const OVERRIDES: &str = r#"{"round-20": {"sourcecred": {"over_pool": "record"}}}"#;

fn results(tec: &Path, round: &str) -> Results {
    let overrides = if round == "round-20" { OVERRIDES } else { "{}" };
    let ledger =
        ledger_json("TEC", 18, overrides).replace("\"display_decimals\": 0", "\"display_decimals\": 18");
    let files = round_files(&tec.join(round), round, &ledger);
    results_of(&files, round).unwrap_or_else(|problems| panic!("{round}: {problems}"))
}

#[test]
fn concentration_is_that_of_the_published_rounds() {
    let Some(folder) = support::conformance("Gini and Nakamoto of 7 TEC rounds") else { return };
    for (round, gini, nakamoto) in CONCENTRATION {
        let results = results(&folder.join("tec"), round);
        let found: f64 = round_cell(&results, "gini").parse().unwrap();
        assert_eq!(format!("{found:.4}"), gini, "{round}");
        assert_eq!(round_cell(&results, "nakamoto"), nakamoto, "{round}");
        assert_eq!(round_cell(&results, "measured_over"), "praise");
    }
}

/// The rows of the table in a post: name and amount. RAD numbers the rows of some posts.
fn rows_of(post: &str) -> Vec<(String, String)> {
    let rows = post.lines().filter(|line| line.starts_with('|') && !line.contains("--"));
    let cells = rows.map(|row| {
        let cells: Vec<String> =
            row.trim_matches('|').split(" |").map(|cell| unescaped(cell.trim())).collect();
        let [.., name, amount] = cells.as_slice() else { panic!("{row}") };
        (name.clone(), amount.clone())
    });
    cells.filter(|(_, amount)| amount.parse::<f64>().is_ok()).collect()
}

/// A name without the marks that keep Markdown from reading it.
fn unescaped(cell: &str) -> String {
    let mut text = String::new();
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            Some(next) if character == '\\' && next.is_ascii_punctuation() => {}
            _ => text.push(character),
        }
    }
    text.replace("<!-- -->", "")
}

/// The same people as in RAD's post, with the same amounts as far as its six digits go.
#[test]
fn forum_posts_are_those_that_were_published() {
    let Some(folder) = support::conformance("5 published forum posts of the TEC") else { return };
    let tec = folder.join("tec");
    let mut compared = 0;
    // The posts of rounds that divide praise alone: in others RAD's sums are of its own joins.
    for round in ["round-1", "round-13", "round-21", "round-33"] {
        let path = tec.join(round).join("published/revision-1/forum_post.md");
        let published = rows_of(&fs::read_to_string(path).unwrap());
        let results = results(&tec, round);
        let post = text_of(&results, "forum-post.md");
        // Two people may have one name.
        let mut ours: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (name, amount) in rows_of(post) {
            ours.entry(name).or_default().push(amount.parse().unwrap());
        }
        assert_eq!(ours.values().map(Vec::len).sum::<usize>(), results.recipients.len(), "{round}");
        let mut seen = 0;
        for (name, amount) in published {
            let theirs: f64 = amount.parse().unwrap();
            // RAD's word for board members of whom only the address is known.
            let name = match name.as_str() {
                "missing username" => {
                    ours.keys().find(|name| name.starts_with("0x") && name.len() == 42).unwrap().clone()
                }
                _ => name,
            };
            let named = ours.get_mut(&name).unwrap_or_else(|| panic!("{round}: `{name}` is missing"));
            let is_it = |ours: &f64| (ours - theirs).abs() <= theirs.abs() * 5.1e-6;
            let at = named.iter().position(is_it);
            let _ = named.remove(at.unwrap_or_else(|| panic!("{round}: {name}: {named:?}, {theirs}")));
            seen += 1;
        }
        let left_out: Vec<&f64> = ours.values().flatten().filter(|amount| **amount > 0.0).collect();
        assert!(left_out.is_empty() && seen > 5, "{round}: {seen}, not published: {left_out:?}");
        compared += seen;
    }
    assert!(compared > 100, "{compared}");
}
