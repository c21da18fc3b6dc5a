//! Bytes, JSON, paths and rounds that no honest hand would write.

use std::fs;
use std::os::unix::fs::symlink;

use meed::files::sha256_hex;

use super::Expected::{Closes, Refused, Same};
use super::{Case, PRAISE, ROUND, case, replaced};
use crate::large_inputs::{object_path, pointer};
use crate::support::sandbox::Sandbox;

const BOARD: &str = "rounds/2026-01/rewardboard.csv";

/// The praise table is what `change` makes of it.
fn praise(
    name: &'static str,
    expected: super::Expected,
    change: impl Fn(&str) -> Vec<u8> + Sync + 'static,
) -> Case {
    case(name, expected, move |sandbox| sandbox.write(PRAISE, change(&sandbox.read(PRAISE))))
}

/// The text in UTF-16, with a byte-order mark.
fn utf16(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(encode).collect()
}

pub fn bytes() -> Vec<Case> {
    vec![
        praise("byte-order mark", Same, |text| format!("\u{feff}{text}").into()),
        praise("CRLF", Same, |text| text.replace('\n', "\r\n").into()),
        praise("CR alone", Same, |text| text.replace('\n', "\r").into()),
        praise("no last line end", Same, |text| text.trim_end().into()),
        praise("blank lines", Same, |text| text.replace('\n', "\n\n\n").into()),
        praise("header in lower case", Same, |text| {
            text.replacen("TO USER ACCOUNT", "to user account", 9).into()
        }),
        praise("unnamed columns", Same, |text| text.replace('\n', ",,\n").into()),
        praise("everything quoted", Same, |text| {
            let lines: Vec<String> =
                text.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect();
            lines.concat().into()
        }),
        praise("NUL", Refused("text-holds-nul"), |text| text.replace("Bea", "B\0a").into()),
        praise("NUL at the end", Refused("text-holds-nul"), |text| format!("{text}\0").into()),
        praise("invalid UTF-8", Refused("text-not-utf8"), |text| [text.as_bytes(), b"\xc3\x28"].concat()),
        praise("overlong UTF-8", Refused("text-not-utf8"), |text| [text.as_bytes(), b"\xc0\xaf"].concat()),
        praise("surrogate in UTF-8", Refused("text-not-utf8"), |text| {
            [text.as_bytes(), b"\xed\xa0\x80"].concat()
        }),
        praise("UTF-16 little-endian", Refused("text-is-utf16"), |text| utf16(text, u16::to_le_bytes)),
        praise("UTF-16 big-endian", Refused("text-is-utf16"), |text| utf16(text, u16::to_be_bytes)),
        praise("UTF-16 without mark", Refused("text-holds-nul"), |text| {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }),
        praise("field of 10 MB", Refused("table-field-too-long"), |text| {
            text.replace("for work", &"x".repeat(10_000_000)).into()
        }),
        praise("a million columns", Refused("table-too-wide"), |_| "c,".repeat(1_000_000).into()),
        praise("a million columns in a row", Refused("table-ragged"), |text| {
            format!("{text}{}\n", ",".repeat(1_000_000)).into()
        }),
        praise("a hundred thousand ragged rows", Refused("table-ragged"), |text| {
            format!("{text}{}", "1,2\n".repeat(500)).into()
        }),
        praise("unbalanced quote", Refused("table-quote-open"), |text| {
            text.replacen("for work", "\"for work", 1).into()
        }),
        praise("text behind a quote", Refused("table-quote-stray"), |text| {
            text.replacen("for work", "\"for\" work", 1).into()
        }),
        praise("duplicate header", Refused("table-column-twice"), |text| {
            text.replacen("AVG SCORE", "AVG SCORE,avg score", 1).into()
        }),
        praise("header with an escape sequence", Refused("table-columns-missing"), |text| {
            text.replacen("AVG SCORE", "\u{1b}[31mAVG SCORE", 1).into()
        }),
        praise("header twice with an escape sequence", Refused("table-column-twice"), |text| {
            text.replacen("AVG SCORE", "AVG SCORE,\u{1b}[31m,\u{1b}[31m", 1).into()
        }),
        praise("semicolons", Refused("table-separator"), |text| text.replace(',', ";").into()),
        praise("tabs", Refused("table-separator"), |text| text.replace(',', "\t").into()),
        praise("ragged row", Refused("table-ragged"), |text| {
            text.replacen("for work", "for work,more", 1).into()
        }),
        praise("empty file", Refused("table-empty"), |_| Vec::new()),
        praise("byte-order mark alone", Refused("table-empty"), |_| b"\xef\xbb\xbf".to_vec()),
        praise("only line ends", Refused("table-empty"), |_| b"\n\r\n\n".to_vec()),
        praise("header alone", Closes, |text| format!("{}\n", text.lines().next().unwrap()).into()),
        praise("LFS pointer with a short oid", Refused("lfs-pointer-invalid"), |_| {
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n".to_vec()
        }),
        praise("LFS pointer whose oid is a path", Refused("lfs-pointer-invalid"), |text| {
            let oid = format!("sha256:{}", "../".repeat(21) + "x");
            pointer(text.as_bytes())
                .replacen(&format!("sha256:{}", sha256_hex(text.as_bytes())), &oid, 1)
                .into()
        }),
        praise("LFS pointer with an extension", Refused("lfs-pointer-invalid"), |text| {
            let pointer = pointer(text.as_bytes());
            pointer.replace("\noid", &format!("\next-0-x sha256:{}\noid", "0".repeat(64))).into()
        }),
        praise("LFS pointer with CRLF", Refused("lfs-pointer-invalid"), |text| {
            pointer(text.as_bytes()).replace('\n', "\r\n").into()
        }),
        praise("LFS pointer with a table behind it", Refused("lfs-pointer-invalid"), |text| {
            (pointer(text.as_bytes()) + text).into()
        }),
        praise("LFS pointer with a negative size", Refused("lfs-pointer-invalid"), |text| {
            pointer(text.as_bytes()).replace("size ", "size -").into()
        }),
        praise("LFS pointer to 5 GiB", Refused("file-too-large"), |_| {
            let oid = "0".repeat(64);
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 5368709120\n").into()
        }),
        praise("LFS pointer to more than memory holds", Refused("file-too-large"), |_| {
            let oid = "0".repeat(64);
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 4294967296\n").into()
        }),
        case("LFS pointer to itself", Refused("text-is-lfs-pointer"), |sandbox| {
            let inner = pointer(b"x");
            sandbox.write(&object_path(".git/lfs/objects", inner.as_bytes()), &inner);
            sandbox.write(PRAISE, pointer(inner.as_bytes()));
        }),
        case("LFS object", Same, |sandbox| {
            let text = sandbox.read(PRAISE);
            sandbox.write(&object_path(".git/lfs/objects", text.as_bytes()), &text);
            sandbox.write(PRAISE, pointer(text.as_bytes()));
        }),
        case("zero rows with a cutoff", Closes, |sandbox| {
            let header = sandbox.read(PRAISE).lines().next().unwrap().to_owned();
            sandbox.write(PRAISE, header);
            sandbox.write(
                ROUND,
                sandbox.read(ROUND).replace("\"quantifiers\"", "\"ceiling_cutoff\": 10, \"quantifiers\""),
            );
        }),
        case("empty board", Refused("table-empty"), |sandbox| sandbox.write(BOARD, "")),
        case("board without rows", Closes, |sandbox| sandbox.write(BOARD, "ID\n")),
        replaced(
            "wrong checksum",
            Refused("address-checksum"),
            BOARD,
            "0x3333333333333333333333333333333333333333",
            "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        ),
        replaced(
            "address with a homoglyph",
            Refused("address-invalid"),
            BOARD,
            "0x3333333333333333333333333333333333333333",
            "0x333333333333333333333333333333333333333\u{437}",
        ),
        replaced("address of 41 digits", Refused("address-invalid"), BOARD, "0x33", "0x333"),
        replaced("duplicate of itself", Refused("duplicate-of-itself"), PRAISE, "5,3,,,", "5,3,p-01-1,,"),
        replaced("praise twice", Refused("praise-twice"), PRAISE, "p-01-3", "p-01-1"),
    ]
}

pub fn json() -> Vec<Case> {
    vec![
        case("round file with a byte-order mark", Closes, |sandbox| {
            sandbox.write(ROUND, format!("\u{feff}{}", sandbox.read(ROUND)));
        }),
        case("round file in UTF-16", Refused("text-is-utf16"), |sandbox| {
            sandbox.write(ROUND, utf16(&sandbox.read(ROUND), u16::to_le_bytes));
        }),
        case("JSON nested 10,000 deep", Refused("json-invalid"), |sandbox| {
            sandbox.write(ROUND, "[".repeat(10_000) + &"]".repeat(10_000));
        }),
        case("settings nested 10,000 deep", Refused("json-invalid"), |sandbox| {
            let deep =
                format!("\"deep\": {}1{}, \"quantifiers\"", "{\"a\":".repeat(10_000), "}".repeat(10_000));
            sandbox.write(ROUND, sandbox.read(ROUND).replace("\"quantifiers\"", &deep));
        }),
        case("empty round file", Refused("json-invalid"), |sandbox| sandbox.write(ROUND, "")),
        case("two values in a file", Refused("json-invalid"), |sandbox| {
            sandbox.write(ROUND, sandbox.read(ROUND) + "{}");
        }),
        case("a comment", Refused("json-invalid"), |sandbox| {
            sandbox.write(ROUND, "// mine\n".to_owned() + &sandbox.read(ROUND));
        }),
        replaced(
            "duplicate key",
            Refused("json-key-twice"),
            ROUND,
            "\"pool\": \"100\"",
            "\"pool\": \"100\", \"pool\": \"999\"",
        ),
        replaced(
            "duplicate key by an escape",
            Refused("json-key-twice"),
            ROUND,
            "\"pool\": \"100\"",
            "\"pool\": \"100\", \"p\\u006fol\": \"999\"",
        ),
        replaced(
            "duplicate key in settings",
            Refused("json-key-twice"),
            ROUND,
            "\"quantifiers\": 2",
            "\"quantifiers\": 2, \"quantifiers\": 3",
        ),
        replaced(
            "key with an escape sequence twice",
            Refused("json-key-twice"),
            ROUND,
            "\"quantifiers\": 2",
            "\"\\u001b[31m\": 2, \"\\u001b[31m\": 3",
        ),
        replaced(
            "unknown key with an escape sequence",
            Refused("settings-invalid"),
            ROUND,
            "\"quantifiers\": 2",
            "\"\\u001b[31m\": 2",
        ),
        replaced(
            "unknown key of a megabyte",
            Refused("json-unexpected"),
            ROUND,
            "\"pool\"",
            format!("\"{}\"", "k".repeat(1024 * 1024)),
        ),
        replaced("lone surrogate", Refused("json-invalid"), ROUND, "praise-v1", "\\ud800"),
        replaced(
            "method with an escape sequence",
            Refused("method-unknown"),
            ROUND,
            "praise-v1",
            "\\u001b[2Jpraise-v1",
        ),
        replaced(
            "ledger name with a control",
            Refused("ledger-value"),
            "ledger.json",
            "Test Commons",
            "Test\\u001b[31m",
        ),
        replaced(
            "ledger name with a bidirectional control",
            Refused("ledger-value"),
            "ledger.json",
            "Test Commons",
            "Test\\u202e",
        ),
        replaced("token symbol with markup", Refused("ledger-value"), "ledger.json", "TOK", "<b>"),
        replaced(
            "token of 255 decimals",
            Refused("ledger-value"),
            "ledger.json",
            "\"decimals\": 18",
            "\"decimals\": 255",
        ),
        replaced(
            "token of 256 decimals",
            Refused("json-unexpected"),
            "ledger.json",
            "\"decimals\": 18",
            "\"decimals\": 256",
        ),
        replaced(
            "rounds outside the ledger",
            Refused("ledger-value"),
            "ledger.json",
            "\"rounds\": \"rounds\"",
            "\"rounds\": \"../other\"",
        ),
    ]
}

/// The round reads its praise from this path.
fn path(name: &'static str, code: &'static str, path: &str) -> Case {
    replaced(name, Refused(code), ROUND, "praise.csv", path)
}

pub fn paths() -> Vec<Case> {
    vec![
        path("path with ..", "path-leaves-folder", "../2025-12/praise.csv"),
        path("path with .. inside", "path-leaves-folder", "a/../../../ledger.json"),
        path("absolute path", "path-leaves-folder", "/etc/passwd"),
        path("backslash", "path-invalid", "..\\\\..\\\\ledger.json"),
        path("drive letter", "path-invalid", "C:/praise.csv"),
        path("URL", "path-invalid", "https://example.org/praise.csv"),
        path("path with .", "path-invalid", "./praise.csv"),
        path("empty path", "path-invalid", ""),
        path("slash at the end", "path-invalid", "praise.csv/"),
        path("NUL in a path", "path-invalid", "praise.csv\\u0000.png"),
        path("newline in a path", "path-invalid", "praise\\n.csv"),
        path("escape sequence in a path", "path-invalid", "\\u001b[31mpraise.csv"),
        path("home", "file-missing", "~/praise.csv"),
        path("path of a megabyte", "file-missing", &"p".repeat(1024 * 1024)),
        path("other letter case", "file-missing", "Praise.csv"),
        path("own results", "file-missing", "results/distribution.csv"),
        path("folder with two files", "input-not-one-file", "tables").and(|sandbox| {
            sandbox.write("rounds/2026-01/tables/a.csv", "");
            sandbox.write("rounds/2026-01/tables/b.csv", "");
        }),
        path("symbolic link", "not-a-regular-file", "link.csv").and(|sandbox| {
            symlink("/etc/passwd", sandbox.at("rounds/2026-01/link.csv")).unwrap();
        }),
        path("symbolic link to an input", "not-a-regular-file", "link.csv").and(|sandbox| {
            symlink("praise.csv", sandbox.at("rounds/2026-01/link.csv")).unwrap();
        }),
        path("through a linked folder", "file-missing", "linked/praise.csv").and(|sandbox| {
            symlink(".", sandbox.at("rounds/2026-01/linked")).unwrap();
        }),
        path("linked folder", "not-a-regular-file", "linked").and(|sandbox| {
            symlink("..", sandbox.at("rounds/2026-01/linked")).unwrap();
        }),
        path("submodule", "not-a-regular-file", "inner").and(|sandbox| {
            let inner = sandbox.key("ledger/rounds/2026-01/inner");
            let _ = sandbox.git(&["init", "-q", &inner]).ok();
            let _ = sandbox.git(&["-C", &inner, "commit", "-q", "--allow-empty", "-m", "Inner"]).ok();
        }),
        case("git-ignored input", Refused("file-missing"), |sandbox| {
            let _ = sandbox.git(&["rm", "-q", "--cached", PRAISE]).ok();
            sandbox.write(".gitignore", "praise.csv\n");
        }),
        case("two files that differ by case", Refused("paths-differ-by-case"), |sandbox| {
            sandbox.write("rounds/2026-01/PRAISE.csv", "");
        }),
    ]
}

impl Case {
    /// The same with more preparation.
    fn and(self, more: impl Fn(&Sandbox) + Sync + 'static) -> Self {
        let prepare = self.prepare;
        Self { prepare: Box::new(move |sandbox| (prepare(sandbox), more(sandbox)).0), ..self }
    }
}

pub fn rounds() -> Vec<Case> {
    let another = |name: &'static str, expected, path: &'static str| {
        case(name, expected, move |sandbox| sandbox.write(path, "{}"))
    };
    vec![
        another("empty round folder", Same, "rounds/2026-02/.gitkeep"),
        another("round.json as a folder", Same, "rounds/2026-02/round.json/notes.md"),
        another("round inside a round", Same, "rounds/2026-01/inner/round.json"),
        another("round called results", Same, "rounds/results/round.json"),
        another("round called Results", Refused("round-id-invalid"), "rounds/Results/round.json"),
        another("round with a space", Refused("round-id-invalid"), "rounds/2026 02/round.json"),
        another("round with an escape sequence", Refused("round-id-invalid"), "rounds/\u{1b}[31m/round.json"),
        another("round with a newline", Refused("round-id-invalid"), "rounds/a\nSequence: 9/round.json"),
        another(
            "round with letters of another script",
            Refused("round-id-invalid"),
            "rounds/\u{440}ound/round.json",
        ),
        another("round that is hidden", Refused("round-id-invalid"), "rounds/.2026-02/round.json"),
        another("round like an option", Refused("round-id-invalid"), "rounds/--all/round.json"),
        another("both round files", Refused("round-files-both"), "rounds/2026-01/parameters.json"),
        case("rounds that differ by case", Refused("round-ids-differ-by-case"), |sandbox| {
            sandbox.write("rounds/x/round.json", "{}");
            sandbox.write("rounds/X/round.json", "{}");
        }),
        case("round file as a link", Refused("not-a-regular-file"), |sandbox| {
            fs::rename(sandbox.at(ROUND), sandbox.at("round.json")).unwrap();
            symlink("../../round.json", sandbox.at(ROUND)).unwrap();
        }),
        case("round folder as a link", Same, |sandbox| {
            symlink("2026-01", sandbox.at("rounds/2026-02")).unwrap();
        }),
        replaced(
            "allocation called total",
            Refused("allocation-name"),
            ROUND,
            "\"name\": \"praise\"",
            "\"name\": \"total\"",
        ),
        replaced(
            "allocation called held",
            Refused("allocation-name"),
            ROUND,
            "\"name\": \"praise\"",
            "\"name\": \"held\"",
        ),
        replaced(
            "allocation called recipient",
            Refused("allocation-name"),
            ROUND,
            "\"name\": \"praise\"",
            "\"name\": \"recipient\"",
        ),
        replaced(
            "allocation as a formula",
            Refused("allocation-name"),
            ROUND,
            "\"name\": \"praise\"",
            "\"name\": \"=1+1\"",
        ),
        replaced(
            "allocation with an escape sequence",
            Refused("allocation-name"),
            ROUND,
            "\"name\": \"praise\"",
            "\"name\": \"\\u001b[31mx\"",
        ),
        case("100 allocations", Closes, |sandbox| allocations(sandbox, 100, "sourcecred-v1")),
        case("1,000 allocations", Refused("allocations-too-many"), |sandbox| {
            allocations(sandbox, 1000, "sourcecred-v1");
        }),
        case("100 unknown methods", Refused("method-unknown"), |sandbox| {
            allocations(sandbox, 100, "magic-v1");
        }),
        case("a megabyte of account ids", Refused("name-too-long"), many_accounts),
    ]
}

/// The round has so many allocations.
fn allocations(sandbox: &Sandbox, count: usize, method: &str) {
    let mut round: serde_json::Value = serde_json::from_str(&sandbox.read(ROUND)).unwrap();
    let allocation = |number| serde_json::json!({"name": format!("a{number}"), "method": method, "pool": "1", "inputs": {"sourcecred": "cred.csv"}});
    round["allocations"] = (0..count).map(allocation).collect();
    sandbox.write(ROUND, round.to_string());
    sandbox.write("rounds/2026-01/cred.csv", "name,address,vested_amount\nAda,,1\nBea,,2\n");
}

/// One address under 6,000 account ids of 190 bytes each.
fn many_accounts(sandbox: &Sandbox) {
    let table = sandbox.read(PRAISE);
    let row = table.lines().nth(1).unwrap();
    let rows = (0..6000).map(|number| {
        row.replace("p-01-1", &format!("more-{number}")).replace("acc-ada", &format!("{number:0190}")) + "\n"
    });
    sandbox.write(PRAISE, table.clone() + &rows.collect::<String>());
}
