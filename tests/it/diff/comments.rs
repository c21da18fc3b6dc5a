//! The difference as a comment on a pull request: whatever names hold, and however long it would be.

use std::fs;

use serde_json::Value;

use super::diff;
use crate::peers;
use crate::support::sandbox::{Sandbox, praise_csv};

/// Names that try to be something else in a comment.
const HOSTILE: [&str; 16] = [
    "<script>alert(1)</script>",
    "</details></table><h1>paid",
    "a | b | c",
    "[Bea](javascript:alert(1))",
    "![x](http://example.org/x.png)",
    "**Bea** _x_ `y` ~~z~~",
    "```",
    "@everyone",
    "bea@example.org",
    "heron#0001",
    "GH-12",
    "=cmd|'/C calc'!A1",
    "# heading",
    "--- | ---",
    "<!-- x",
    "&lt;b&gt;",
];

/// A ledger with an open round in whose work tree everybody with a hostile name is new.
fn hostile_ledger(names: &[&str]) -> Sandbox {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let mut table = praise_csv("01");
    let row = table.lines().nth(1).unwrap().to_owned();
    for (index, name) in names.iter().enumerate() {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let row = row
            .replace("p-01-1", &format!("\"{} {index}\"", name.replace('"', "\"\"")))
            .replace(",Ada,", &format!(",{quoted},"))
            .replace("acc-ada", &format!("acc-{index}"))
            .replace("for work", &quoted)
            .replace(&"a".repeat(40), &format!("{:040x}", 0xbad0 + index));
        table += &(row + "\n");
    }
    sandbox.write("rounds/2026-01/praise.csv", table);
    sandbox
}

fn markdown(sandbox: &Sandbox) -> String {
    sandbox.meed(&["diff", "2026-01", "--format", "markdown"]).ok()
}

/// A parser of Markdown that is not ours finds the names as they are, and nothing that came of them.
#[test]
fn hostile_names_stay_text() {
    let sandbox = hostile_ledger(&HOSTILE);
    let text = markdown(&sandbox);
    // What a backslash stands before is text.
    let mut characters = text.chars();
    let mut bare = String::new();
    while let Some(character) = characters.next() {
        if character == '\\' { _ = characters.next() } else { bare.push(character) }
    }
    for raw in [
        "<s",
        "<h1",
        "</t",
        "[x]",
        "](",
        "**",
        "_x_",
        "`",
        "~~",
        "@everyone",
        "bea@example",
        "heron#0001",
        "GH-12",
        "&lt",
    ] {
        let found = bare.replace("<summary>", "").contains(raw);
        assert!(!found, "{raw} in\n{text}");
    }
    let path = sandbox.path("comment.md");
    fs::write(&path, &text).unwrap();
    let Some(run) = peers::node("markdown.cjs", &[path.to_str().unwrap()]) else { return };
    let found: Value = serde_json::from_str(&run.ok()).unwrap();
    let texts = |what: &str| -> Vec<String> {
        found[what].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let cells = texts("cells");
    for hostile in HOSTILE {
        assert!(cells.iter().any(|cell| cell == hostile), "no cell is {hostile}: {cells:?}");
        assert!(
            cells.iter().any(|cell| cell.starts_with(&format!("{hostile} "))),
            "no row is known by {hostile}"
        );
    }
    for html in texts("html") {
        let html = html.trim();
        let is_ours = html == "<!-- -->"
            || html == "</details>"
            || html
                .strip_prefix("<details><summary>")
                .and_then(|rest| rest.strip_suffix(" rows</summary>"))
                .is_some_and(|count| count.parse::<usize>().is_ok());
        assert!(is_ours, "{html}");
    }
    for what in ["links", "images", "marks"] {
        assert_eq!(found[what].as_array().unwrap().len(), 0, "{what}: {}", found[what]);
    }
    let headings = texts("headings");
    assert_eq!(headings.len(), 5, "{headings:?}");
    assert_eq!(headings[0], "2026-01 (open, as it is committed) → 2026-01 (files of the work tree)");
    // Every row of every table has as many cells as its head.
    for table in text.split("\n\n").filter(|block| block.starts_with("| ")) {
        let borders = |line: &str| line.replace("\\|", "").matches('|').count();
        let head = borders(table.lines().next().unwrap());
        assert!(table.lines().all(|line| borders(line) == head), "{table}");
    }
}

/// Characters that a comment or a terminal would obey are seen instead.
#[test]
fn control_and_bidirectional_characters_are_seen() {
    let names = ["\u{202e}evil\u{2066}", "bell\u{7}", "esc\u{1b}[31m", "two\nlines", "line\u{2028}separator"];
    let sandbox = hostile_ledger(&names);
    for text in [markdown(&sandbox), sandbox.meed(&["diff", "2026-01", "-v"]).ok()] {
        let is_bad = |character: &char| {
            (character.is_control() && *character != '\n') || "\u{202e}\u{2066}\u{2028}".contains(*character)
        };
        assert_eq!(text.chars().find(is_bad), None, "{text}");
        assert!(text.contains("\u{fffd}evil\u{fffd}") && !text.contains("two\nlines"), "{text}");
    }
    // Programs get what stands there.
    let json = diff(&sandbox, &["2026-01"]).to_string();
    assert!(json.contains("two\\nlines"), "{json}");
}

/// Thousands of recipients and rows: GitHub still takes it, and it says what is left out.
#[test]
fn a_comment_is_never_too_long() {
    let sandbox = Sandbox::ledger();
    sandbox.add_round("2026-01");
    let row = praise_csv("01").lines().nth(1).unwrap().to_owned();
    let more = (0..1_500).map(|index| {
        row.replace("p-01-1", &format!("m-{index}"))
            .replace(",Ada,", &format!(",{} {index},", "|".repeat(60)))
            .replace("acc-ada", &format!("acc-{index}"))
            .replace(&"a".repeat(40), &format!("{:040x}", 0xabc_0000 + index))
            + "\n"
    });
    sandbox.write("rounds/2026-01/praise.csv", praise_csv("01") + &more.collect::<String>());
    let text = markdown(&sandbox);
    assert!(text.len() < 65_536 && text.len() > 60_000, "{} bytes", text.len());
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("Left out, since GitHub takes no more than 65,536 characters: "), "{last}");
    assert!(last.contains(" recipients") && last.contains(" rows of praise.csv"), "{last}");
    let shown = text.lines().filter(|line| line.contains("| \\+") || line.contains("| +")).count();
    let left: usize =
        last.split(" recipients").next().unwrap().rsplit(['(', ' ']).next().unwrap().parse().unwrap();
    let all = diff(&sandbox, &["2026-01"])["recipients"]["changed"].as_array().unwrap().len();
    assert!(left > 1_000 && shown > 50 && left < all, "{left} of {all} left out, {shown} shown");
    // The table form is short, -v is not.
    let table = sandbox.meed(&["diff", "2026-01"]).ok();
    assert!(table.lines().count() < 80 && table.contains("more (`meed -v diff` shows all)"), "{table}");
    assert!(sandbox.meed(&["diff", "2026-01", "-v"]).ok().lines().count() > 3_000);
}
