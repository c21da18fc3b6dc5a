//! How anybody checks the round.
//!
//! Neither the statement's digest nor a commit's id stands here: both depend on this page.

use crate::error::Shown;
use crate::files;
use crate::report::Material;
use crate::report::page::{Block, Section};
use crate::statement::DISTRIBUTION_FILE;

/// Most inputs whose digests are listed; all stand in statement.json.
const INPUTS_MOST: usize = 50;

/// The command, and the digests of what went in and what came out.
pub fn section(material: &Material<'_>) -> Section {
    let round = material.plan.round.as_str();
    let command = format!("git clone ADDRESS-OF-THIS-LEDGER ledger\ncd ledger\nmeed verify {round}");
    let results = results_folder(material);
    let bytes = material.results.get(DISTRIBUTION_FILE).map(Vec::as_slice).unwrap_or_default();
    let mut digests = vec![format!("{}  {results}/{DISTRIBUTION_FILE}", files::sha256_hex(bytes))];
    let inputs = material.inputs.iter().take(INPUTS_MOST);
    digests.extend(inputs.map(|input| format!("{}  {}", input.digest.sha256, Shown::from(&input.name))));
    let mut after = String::from(
        "These are the SHA-256 digests (fingerprints of bytes) of the table of who gets what, and of the files it was computed from. Saved to a file in the ledger's folder, the command sha256sum -c FILE compares them. Files of the whole ledger, such as members.csv, may have changed since.",
    );
    if material.inputs.len() > INPUTS_MOST {
        let rest = material.inputs.len() - INPUTS_MOST;
        after.push_str(&format!(" {rest} more inputs stand in statement.json."));
    }
    let blocks = vec![
        Block::text(
            "Anybody can compute this round again and compare. Get the whole ledger (a plain git clone brings its full history; after a clone with --depth, run git fetch --unshallow), install meed, and run:",
        ),
        Block::Code { text: command },
        Block::text(
            "It computes every amount from the inputs, compares all files of the results byte for byte, and checks who signed. No line may say that something fails; the last lines say how many statements verified.",
        ),
        Block::text(after),
        Block::Code { text: digests.join("\n") },
        Block::Link {
            text: "The record of this round: statement.json".into(),
            target: "../statement.json".into(),
        },
    ];
    Section::new("check", "Check it yourself", blocks)
}

/// The results folder, from the ledger's root.
pub fn results_folder(material: &Material<'_>) -> String {
    match material.revision {
        1 => format!("{}/results", material.plan.folder),
        revision => format!("{}/revisions/{revision}/results", material.plan.folder),
    }
}
