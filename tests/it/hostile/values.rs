//! Numbers and dates that no honest hand would write.

use super::Expected::{Closes, Refused, Rows, Same};
use super::{Case, PRAISE, ROUND, case, replaced};
use crate::support::sandbox::Sandbox;

pub fn numbers() -> Vec<Case> {
    let refused = [
        ("decimal comma", "not-a-number", "\"5,0\""),
        ("NaN", "not-a-number", "NaN"),
        ("inf", "not-a-number", "inf"),
        ("minus infinity", "not-a-number", "-Infinity"),
        ("1e400", "not-a-number", "1e400"),
        ("1e1", "not-a-number", "1e1"),
        ("minus zero", "number-negative", "-0"),
        ("minus one", "number-negative", "-1"),
        ("plus five", "not-a-number", "+5"),
        ("hexadecimal", "not-a-number", "0x10"),
        (
            "80 digits",
            "number-too-large",
            "99999999999999999999999999999999999999999999999999999999999999999999999999999999",
        ),
        (
            "80 decimals",
            "number-too-large",
            "0.00000000000000000000000000000000000000000000000000000000000000000000000000000001",
        ),
        ("thousands commas", "not-a-number", "\"1,000\""),
        ("thousands points", "not-a-number", "1.000.000"),
        ("thousands apostrophes", "not-a-number", "1'000"),
        ("thousands spaces", "not-a-number", "1 000"),
        ("full-width digits", "not-a-number", "\u{ff11}\u{ff12}"),
        ("Arabic digits", "not-a-number", "\u{661}\u{662}"),
        ("Unicode minus", "not-a-number", "\u{2212}1"),
        ("underscore", "not-a-number", "1_000"),
        ("point alone", "not-a-number", "."),
        ("escape sequence", "not-a-number", "\u{1b}[31m5"),
        ("a megabyte of digits", "number-too-large", ""),
    ];
    let scores = refused.into_iter().map(|(name, code, score)| {
        let score = if score.is_empty() { "9".repeat(1024 * 1024) } else { score.to_owned() };
        replaced(name, Refused(code), PRAISE, "5,3,", format!("{score},3,"))
    });
    let pools = [
        ("pool of 1e400 as a JSON number", "not-a-number", "1e400"),
        ("pool of -1 as a JSON number", "number-negative", "-1"),
        ("pool of NaN", "json-invalid", "NaN"),
        ("pool of Infinity", "json-invalid", "Infinity"),
        ("pool of 0x10", "json-invalid", "0x10"),
        ("pool of 2^128 units", "number-too-large", "\"340282366920938463463.374607431768211456\""),
        ("pool of null", "json-unexpected", "{}"),
    ];
    let pools =
        pools.into_iter().map(|(name, code, pool)| replaced(name, Refused(code), ROUND, "\"100\"", pool));
    scores
        .chain(pools)
        .chain([
            replaced("pool of 100.000 as a JSON number", Same, ROUND, "\"100\"", "100.000"),
            replaced("scores with zeros behind", Same, PRAISE, "5,3,", "5.000,03,"),
            replaced(
                "negative quantifiers",
                Refused("settings-invalid"),
                ROUND,
                "\"quantifiers\": 2",
                "\"quantifiers\": -2",
            ),
            replaced(
                "2^64 quantifiers",
                Refused("settings-invalid"),
                ROUND,
                "\"quantifiers\": 2",
                "\"quantifiers\": 18446744073709551616",
            ),
            replaced("a share of 1e400", Refused("not-a-number"), ROUND, "\"0.9\"", "1e400"),
            replaced(
                "shares that wrap around",
                Refused("shares-above-one"),
                ROUND,
                "\"0.9\"",
                "\"340282366920938463463374607431768211455\"",
            ),
            case("huge allowed_values", Refused("setting-out-of-range"), |sandbox| {
                let values: Vec<String> = (0..200_000).map(|value| value.to_string()).collect();
                let values = format!("\"allowed_values\": [{}], \"quantifiers\"", values.join(","));
                sandbox.write(ROUND, sandbox.read(ROUND).replace("\"quantifiers\"", &values));
            }),
            case("scores that overflow", Refused("overflow"), |sandbox| {
                let table = sandbox.read(PRAISE);
                let header = table.lines().next().unwrap().to_owned() + "\n";
                let row = table.lines().nth(1).unwrap();
                let rows = (1..=400).map(|number| {
                    let row = row.replace("p-01-1", &number.to_string());
                    let score = if number == 1 {
                        "0.000000000000000000000000000000000001"
                    } else {
                        "300000000000000000000000000000000000000"
                    };
                    row.strip_suffix(",4").unwrap().to_owned() + "," + score + "\n"
                });
                sandbox.write(PRAISE, header + &rows.collect::<String>());
            }),
        ])
        .collect()
}

pub fn dates() -> Vec<Case> {
    let date = |name, expected, date: &str| replaced(name, expected, PRAISE, "2026-01-01T12:00:00Z", date);
    vec![
        date("day that is not", Refused("not-a-date"), "2026-02-30"),
        date("instant that is not", Refused("not-a-date"), "2026-02-30T00:00:00Z"),
        date("hour 25", Refused("not-a-date"), "2026-01-01T25:00:00Z"),
        date("offset of 99 hours", Refused("not-a-date"), "2026-01-01T12:00:00+99:00"),
        date("no offset", Refused("not-a-date"), "2026-01-01T12:00:00"),
        date("leap second", Same, "2026-01-01T23:59:60Z"),
        date("year 9999", Closes, "9999-12-30T00:00:00Z"),
        date("last day of year 9999", Refused("not-a-date"), "9999-12-31"),
        date("year 10000", Refused("not-a-date"), "10000-01-01"),
        date("year 0", Closes, "0000-01-01T00:00:00Z"),
        date("year -1", Refused("not-a-date"), "-1-01-01"),
        date("week", Refused("not-a-date"), "2026-W05-1"),
        date("day of the year", Refused("not-a-date"), "2026-032"),
        date("Buddhist year", Closes, "2569-01-01"),
        date("Islamic calendar", Refused("not-a-date"), "1447 Rajab 12"),
        date("American order", Refused("not-a-date"), "01/31/2026"),
        date("seconds since 1970", Refused("not-a-date"), "1767268800"),
        date("number of a spreadsheet", Refused("not-a-date"), "46023.5"),
        date("empty date", Refused("value-missing"), ""),
        date("date with an escape sequence", Refused("not-a-date"), "\u{1b}[31m2026-01-01"),
        replaced("period in another calendar", Refused("not-a-date"), ROUND, "2026-01-01", "2026-W01-1"),
        replaced("period of year -1", Refused("not-a-date"), ROUND, "2026-01-01", "-000001-01-01"),
        replaced("period to year 9999", Refused("period-not-over"), ROUND, "2026-01-28", "9999-12-31"),
        replaced("period with a newline", Refused("not-a-date"), ROUND, "2026-01-28", "2026-01-28\\n"),
    ]
}

/// Tables of ranks that no honest hand would write.
pub fn ranks() -> Vec<Case> {
    const ALL: &str = r#""meetings": "all", "tokens_per_respect": "1""#;
    const DATED: &str = r#""first_meeting": "2026-01-01", "tokens_per_respect": "1""#;
    let ranked = |name, expected, rows: String, settings: &'static str| {
        case(name, expected, move |sandbox: &Sandbox| {
            let header = "MemberID,Name,MeetingID,Group,Rank,TeamID,TeamName";
            sandbox.write("rounds/2026-01/ranks.csv", format!("{header}\n{rows}"));
            let allocation = format!(
                r#"{{"name": "fractal", "method": "fractal-v1", "inputs": {{"ranks": "ranks.csv"}},
                    "settings": {{"team_reward": true, {settings}}}}}"#
            );
            let period = r#""period": {"start": "2026-01-01", "end": "2026-01-28"}"#;
            sandbox.write(ROUND, format!(r#"{{"format": 1, {period}, "allocations": [{allocation}]}}"#));
        })
    };
    let row = |rank: &str| format!("heron,Heron,1,1,{rank},,\n");
    let digits = "9".repeat(80);
    vec![
        ranked("rank of 1e400", Refused("not-a-number"), row("1e400"), ALL),
        ranked("rank of NaN", Refused("not-a-number"), row("NaN"), ALL),
        ranked("rank of -0", Refused("number-negative"), row("-0"), ALL),
        ranked("rank of 80 digits", Refused("number-too-large"), row(&digits), ALL),
        ranked("rank of 2^64 + 1", Refused("number-out-of-range"), row("18446744073709551617"), ALL),
        ranked("rank just above one", Refused("number-out-of-range"), row("1.000000000000000001"), ALL),
        ranked(
            "respect that overflows",
            Refused("overflow"),
            row("92"),
            r#""meetings": "all", "tokens_per_respect": "340282366920938463463""#,
        ),
        ranked(
            "offset of 2^64 - 1",
            Refused("setting-out-of-range"),
            row("1"),
            r#""meetings": "all", "tokens_per_respect": "1", "respect_offset": 18446744073709551615"#,
        ),
        ranked(
            "meeting of 2^64 in the list",
            Refused("settings-invalid"),
            row("1"),
            r#""meetings": [18446744073709551616], "tokens_per_respect": "1""#,
        ),
        ranked(
            "meeting behind the calendar",
            Refused("number-out-of-range"),
            "heron,,999999999,1,1,,\n".to_owned(),
            DATED,
        ),
        ranked(
            "megabyte of a name",
            Refused("name-too-long"),
            row("1").replace("Heron", &"H".repeat(1_000_000)),
            ALL,
        ),
        ranked(
            "names of formulas and controls",
            Rows("\"'=HYPERLINK(\"\"x\"\")\"", 1),
            "heron,\"=HYPERLINK(\"\"x\"\")\",1,1,1,=1+1,\u{202e}<b>\n@wren,\u{1b}[31m,1,1,1,,\n".to_owned(),
            ALL,
        ),
    ]
}
