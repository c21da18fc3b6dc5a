//! Rounds of work-v1 and grain-v1 that no honest hand would write.

use super::Expected::{self, Closes, Refused, Rows};
use super::{Case, ROUND, case};
use crate::support::sandbox::Sandbox;

/// Most that a decimal may hold.
const MOST: &str = "340282366920938463463374607431768211455";

/// Replaces the round by one allocation, with its tables.
fn round(sandbox: &Sandbox, allocation: &str, tables: &[(&str, String)]) {
    let period = r#""period": {"start": "2026-01-01", "end": "2026-01-28"}"#;
    sandbox.write(ROUND, format!("{{\"format\": 1, {period}, \"allocations\": [{allocation}]}}"));
    for (name, text) in tables {
        sandbox.write(&format!("rounds/2026-01/{name}"), text);
    }
}

/// A round of work-v1 with these settings and rows.
fn work(name: &'static str, expected: Expected, settings: &'static str, rows: impl Into<String>) -> Case {
    let rows = rows.into();
    case(name, expected, move |sandbox| {
        let allocation = format!(
            r#"{{"name": "fund", "method": "work-v1", "inputs": {{"contributions": "work.csv"}}, "settings": {settings}}}"#
        );
        round(sandbox, &allocation, &[("work.csv", format!("contributor,address,week,impact\n{rows}"))]);
    })
}

/// A round of grain-v1 with these policies, accounts and cred.
fn grain(
    name: &'static str,
    expected: Expected,
    policies: impl Into<String>,
    accounts: impl Into<String>,
    cred: impl Into<String>,
) -> Case {
    let (policies, accounts, cred) = (policies.into(), accounts.into(), cred.into());
    case(name, expected, move |sandbox| {
        let allocation = format!(
            r#"{{"name": "grain", "method": "grain-v1", "pool": "10", "inputs": {{"accounts": "accounts.csv", "cred": "cred.csv"}}, "settings": {{"policies": {policies}}}}}"#
        );
        let tables = [
            ("accounts.csv", format!("name,address,active\n{accounts}")),
            ("cred.csv", format!("name,interval,cred\n{cred}")),
        ];
        round(sandbox, &allocation, &tables);
    })
}

pub fn cases() -> Vec<Case> {
    let immediate = r#"[{"policy": "immediate", "budget": "10", "lookback": 1}]"#;
    let one_policy = r#"{"policy": "immediate", "budget": "10", "lookback": 1}"#;
    let accounts: String = (0..20_000).map(|number| format!("n{number},,true\n")).collect();
    let cred: String = (0..20_000).map(|number| format!("n{number},{},1\n", number % 10)).collect();
    vec![
        work("impact of 1e400", Refused("not-a-number"), r#"{"weeks": 1}"#, "Ada,,1,1e400\n"),
        work("week of 2^64", Refused("number-too-large"), r#"{"weeks": 1}"#, "Ada,,18446744073709551616,1\n"),
        work("week of 2^64 - 1", Closes, r#"{"weeks": 1}"#, "Ada,,18446744073709551615,1\n"),
        work(
            "a mint that wraps around",
            Refused("overflow"),
            r#"{"weeks": 1000, "weekly_mint": "340282366920938463463"}"#,
            "Ada,,1,1\n",
        ),
        work(
            "contributor as a formula",
            Rows("'=cmd|'/C calc'!A1,,name:=cmd|'/C calc'!A1,,1,1", 1),
            r#"{"weeks": 1}"#,
            "=cmd|'/C calc'!A1,,1,1\n",
        ),
        work(
            "contributors with an escape sequence, in rows and in a warning",
            Rows("\u{1b}[31mAda", 2),
            r#"{"weeks": 1}"#,
            "\u{1b}[31mAda,,1,1\n\u{1b}[31mAda,0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,1,1\n",
        ),
        work(
            "contributor of a megabyte",
            Refused("name-too-long"),
            r#"{"weeks": 1}"#,
            "x".repeat(1 << 20) + ",,1,1\n",
        ),
        grain("cred of NaN", Refused("not-a-number"), immediate, "Ada,,true\n", "Ada,1,NaN\n"),
        grain("cred of 2^128 - 1", Closes, immediate, "Ada,,true\n", format!("Ada,1,{MOST}\n")),
        grain(
            "cred beyond 256 bits",
            Refused("overflow"),
            r#"[{"policy": "balanced", "budget": "10", "lookback": 0}]"#,
            "Ada,,true\n",
            (1..=100).map(|interval| format!("Ada,{interval},{MOST}\n")).collect::<String>(),
        ),
        grain(
            "interval of 80 digits",
            Refused("interval-invalid"),
            immediate,
            "Ada,,true\n",
            format!("Ada,{},1\n", "9".repeat(80)),
        ),
        grain(
            "interval with an escape sequence",
            Refused("interval-invalid"),
            immediate,
            "Ada,,true\n",
            "Ada,\u{1b}[31m,1\n",
        ),
        grain(
            "100,000 policies",
            Refused("setting-out-of-range"),
            format!("[{}]", vec![one_policy; 100_000].join(",")),
            "Ada,,true\n",
            "",
        ),
        grain(
            "reward as a formula",
            Refused("reward-name"),
            r#"[{"policy": "immediate", "budget": "10", "lookback": 1, "reward": "=1+1"}]"#,
            "Ada,,true\n",
            "",
        ),
        grain(
            "memo of a megabyte",
            Refused("setting-out-of-range"),
            format!(
                r#"[{{"policy": "special", "budget": "10", "recipient": "Ada", "memo": "{}"}}]"#,
                "m".repeat(1 << 20)
            ),
            "Ada,,true\n",
            "Ada,1,1\n",
        ),
        grain(
            "lookback of 2^64",
            Refused("settings-invalid"),
            r#"[{"policy": "immediate", "budget": "10", "lookback": 18446744073709551616}]"#,
            "Ada,,true\n",
            "Ada,1,1\n",
        ),
        grain(
            "20,000 accounts",
            Rows(",,name:n", 20_000),
            r#"[{"policy": "recent", "budget": "5", "discount": "0.5"}, {"policy": "balanced", "budget": "5", "lookback": 0}]"#,
            accounts,
            cred,
        ),
    ]
}
