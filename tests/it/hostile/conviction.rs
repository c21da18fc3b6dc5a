//! Funds that no honest hand would write.

use super::Expected::{Closes, Refused, Rows};
use super::{Case, Expected, ROUND, case, replace};
use crate::support::sandbox::Sandbox;

const PROPOSALS: &str = "rounds/2026-01/proposals.csv";
const STAKES: &str = "rounds/2026-01/stakes.csv";
const HOLDINGS: &str = "rounds/2026-01/holdings.csv";

/// Puts a fund in the place of the round; `well` is funded in its second step.
fn fund(sandbox: &Sandbox) {
    sandbox.write(
        ROUND,
        r#"{"format": 1, "period": {"start": "2026-01-01", "end": "2026-01-28"}, "allocations": [{
  "name": "fund", "method": "conviction-v1", "pool": "1000",
  "inputs": {"proposals": "proposals.csv", "stakes": "stakes.csv", "holdings": "holdings.csv"},
  "settings": {"alpha": "0.5", "beta": "0.2", "rho": "0.0025", "supply": "holdings", "steps": 3}
}]}"#,
    );
    sandbox.write(PROPOSALS, "proposal,title,beneficiary,address,requested,step\nwell,A well,Ada,,100,1\n");
    sandbox.write(STAKES, "step,participant,proposal,amount\n1,Cid,well,60\n");
    sandbox.write(HOLDINGS, "participant,amount,step\nCid,70,\n");
}

/// The fund with a text of a file replaced.
fn edited(
    name: &'static str,
    expected: Expected,
    path: &'static str,
    from: &'static str,
    to: impl Into<String>,
) -> Case {
    let to = to.into();
    case(name, expected, move |sandbox| {
        fund(sandbox);
        replace(sandbox, path, from, &to);
    })
}

pub fn funds() -> Vec<Case> {
    let numbers = [
        ("NaN", "not-a-number", "NaN".to_owned()),
        ("1e400", "not-a-number", "1e400".to_owned()),
        ("minus zero", "number-negative", "-0".to_owned()),
        ("80 digits", "number-too-large", "9".repeat(80)),
        ("a megabyte of digits", "number-too-large", "9".repeat(1024 * 1024)),
        ("escape sequence", "not-a-number", "\u{1b}[31m5".to_owned()),
    ];
    let numbers = numbers.into_iter().flat_map(|(name, code, number)| {
        let refused = |path, from, to| edited(name, Refused(code), path, from, to);
        [
            refused(STAKES, "60", number.clone()),
            refused(STAKES, "1,Cid", format!("{number},Cid")),
            refused(PROPOSALS, "100,1", format!("{number},1")),
            refused(PROPOSALS, "100,1", format!("100,{number}")),
            refused(HOLDINGS, "70", number.clone()),
            refused(ROUND, "\"0.5\"", format!("\"{}\"", number.replace('\u{1b}', "\\u001b"))),
        ]
    });
    let long = || "w".repeat(1024 * 1024);
    let others = [
        edited("fund as it is", Rows("Ada,,name:Ada,,100,100", 1), STAKES, "well", "well"),
        edited("half a step", Refused("too-many-decimals"), STAKES, "1,Cid", "1.5,Cid"),
        edited("step of 2^64", Refused("number-too-large"), STAKES, "1,Cid", "18446744073709551616,Cid"),
        edited("id of a megabyte", Refused("name-too-long"), PROPOSALS, "well", long()),
        edited("participant of a megabyte", Refused("name-too-long"), STAKES, "Cid", long()),
        edited("title of a field's size", Closes, PROPOSALS, "A well", long()),
        edited("title with markup", Closes, PROPOSALS, "A well", "<script>alert(1)</script>"),
        edited("id with an escape sequence", Refused("proposal-not-open"), STAKES, "well", "\u{1b}[31mwell"),
        edited("beneficiary as a formula", Rows("'=1+1,,name:=1+1,,100,100", 1), PROPOSALS, "Ada", "=1+1"),
        edited(
            "participant with an escape sequence",
            Refused("stakes-above-holdings"),
            STAKES,
            "Cid",
            "\u{1b}[2J",
        ),
        edited(
            "half-life of 0",
            Refused("setting-out-of-range"),
            ROUND,
            "\"alpha\": \"0.5\"",
            "\"half_life\": \"0\"",
        ),
        edited(
            "tiny half-life",
            Closes,
            ROUND,
            "\"alpha\": \"0.5\"",
            "\"half_life\": \"0.000000000000000000000000000000000001\"",
        ),
        edited(
            "steps of 2^64",
            Refused("settings-invalid"),
            ROUND,
            "\"steps\": 3",
            "\"steps\": 18446744073709551616",
        ),
        edited("no steps", Refused("setting-out-of-range"), ROUND, "\"steps\": 3", "\"steps\": 0"),
        edited("most steps", Closes, ROUND, "\"steps\": 3", "\"steps\": 100000"),
        edited("most age", Closes, ROUND, "\"steps\": 3", "\"steps\": 3, \"min_age\": 18446744073709551615"),
        edited(
            "supply of an object",
            Refused("settings-invalid"),
            ROUND,
            "\"holdings\", \"steps\"",
            "{}, \"steps\"",
        ),
        case("100,000 proposals", Refused("steps-too-many"), |sandbox| {
            fund(sandbox);
            let rows: String = (0..100_000).map(|id| format!("p{id},,Ada,,1,1\n")).collect();
            sandbox.write(PROPOSALS, sandbox.read(PROPOSALS) + &rows);
        }),
        case("100,000 stakes in a step", Closes, |sandbox| {
            fund(sandbox);
            let stakes: String = (0..100_000).map(|id| format!("1,m{id},well,0.5\n")).collect();
            sandbox.write(STAKES, sandbox.read(STAKES) + &stakes);
            let holdings: String = (0..100_000).map(|id| format!("m{id},1,\n")).collect();
            sandbox.write(HOLDINGS, sandbox.read(HOLDINGS) + &holdings);
        }),
    ];
    numbers.chain(others).collect()
}
