//! Names that want to be something else: markup, formulas, terminal commands, other people.

use super::Expected::{Named, Refused, Rows};
use super::{Case, PRAISE, replaced};

/// The name of the receiver with address 0xbb.. is `name`; distribution.csv shows it as `cell`.
fn named(case: &'static str, name: &str, cell: &str) -> Case {
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    replaced(case, Named { cell: cell.to_owned(), name: name.to_owned() }, PRAISE, "Bea", quoted)
}

pub fn names() -> Vec<Case> {
    let z_composed = "Zo\u{eb}";
    let z_combining = "Zoe\u{308}";
    vec![
        named("HTML", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        named("HTML attribute", "\" onload=\"x", "\"\"\" onload=\"\"x\""),
        named("Markdown", "[Bea](http://example.org) **|** `x`", "[Bea](http://example.org) **|** `x`"),
        named("comma and quote", "Bea, \"B\"", "\"Bea, \"\"B\"\"\""),
        named("formula", "=cmd|'/C calc'!A1", "'=cmd|'/C calc'!A1"),
        named(
            "formula with comma",
            "=HYPERLINK(\"http://example.org\",\"x\")",
            "\"'=HYPERLINK(\"\"http://example.org\"\",\"\"x\"\")\"",
        ),
        named("plus", "+1", "'+1"),
        named("minus", "-1", "'-1"),
        named("at sign", "@bea", "'@bea"),
        named("apostrophe", "'Bea", "''Bea"),
        // The first of two is a guard, as our own files write it.
        replaced(
            "two apostrophes",
            Named { cell: "''Bea".into(), name: "'Bea".into() },
            PRAISE,
            "Bea",
            "''Bea",
        ),
        named("right-to-left override", "Bea\u{202e}adA", "Bea\u{202e}adA"),
        named("isolates", "\u{2066}Bea\u{2069}", "\u{2066}Bea\u{2069}"),
        named("zero width", "Be\u{200b}a", "Be\u{200b}a"),
        named("byte-order mark inside", "Be\u{feff}a", "Be\u{feff}a"),
        named("line separator", "Be\u{2028}a", "Be\u{2028}a"),
        named("newline", "Be\na", "\"Be\na\""),
        named("carriage return", "Be\ra", "\"Be\ra\""),
        named("newline as a trailer", "Bea\n\nSequence: 9", "\"Bea\n\nSequence: 9\""),
        named("escape sequence", "\u{1b}[2J\u{1b}[31mBea", "\u{1b}[2J\u{1b}[31mBea"),
        named("C1 control", "Bea\u{9b}31m", "Bea\u{9b}31m"),
        named("bell and backspace", "Bea\u{7}\u{8}", "Bea\u{7}\u{8}"),
        named("longest name", &"B".repeat(200), &"B".repeat(200)),
        replaced("name too long", Refused("name-too-long"), PRAISE, "Bea", "B".repeat(201)),
        replaced("name of a megabyte", Refused("name-too-long"), PRAISE, "Bea", "B".repeat(1024 * 1024)),
        replaced(
            "name of 201 bytes in 67 characters",
            Refused("name-too-long"),
            PRAISE,
            "Bea",
            "\u{20ac}".repeat(67),
        ),
        replaced(
            "quantifier with an escape sequence",
            Named { cell: "Bea".into(), name: "Bea".into() },
            PRAISE,
            "Quill",
            "\u{1b}[31mQuill",
        ),
        // Two spellings of one name are one person, and the one row shows the first.
        two_praises("one name in NFC and NFD", z_composed, z_combining, 1),
        two_praises("one name with spaces around", z_composed, " Zo\u{eb} ", 1),
        two_praises("two names that look alike", "Zoe", "Z\u{3bf}e", 2),
        two_praises("two names that differ in letter case", "Zoe", "zoe", 2),
        account("account id as a formula", "=1+1", 1),
        account("account id with an escape sequence", "\u{1b}[31mx", 1),
    ]
}

/// The first and the third praise go to these names, without address or account id.
fn two_praises(name: &'static str, first: &str, second: &str, rows: usize) -> Case {
    let (first, second) = (first.to_owned(), second.to_owned());
    super::case(name, Rows("name:", rows), move |sandbox| {
        let text = sandbox.read(PRAISE);
        let text = text
            .replace("Ada,acc-ada,0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &format!("{first},,"))
            .replace("Cid,acc-cid,", &format!("{second},,"));
        sandbox.write(PRAISE, text);
    })
}

/// The receiver without address has this account id; the guard stands where a formula would.
fn account(name: &'static str, account: &'static str, rows: usize) -> Case {
    let cell = if account.starts_with('=') { ",id:=1+1,'=1+1," } else { ",id:\u{1b}[31mx,\u{1b}[31mx," };
    replaced(name, Rows(cell, rows), PRAISE, "acc-cid", account)
}
