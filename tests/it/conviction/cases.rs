//! The published cases: arithmetic, the contract's integers, whole funds.

use meed::amount::{Amount, Decimal, Wide, scaled_text};
use meed::error::Place;
use meed::methods::conviction_v1::arithmetic::{Alpha, Trigger};
use serde_json::{Value, json};

use super::{Fund, core, rows, table};

/// Digits behind the point at which texts are compared.
const SCALE: usize = 60;

/// A decimal times 10^60.
fn wide(text: &str) -> Wide {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= SCALE, "{text}");
    format!("{whole}{fraction:0<SCALE$}").parse().unwrap()
}

/// Whether the two are equal to one part in 10^15.
fn near(found: &str, expected: &str) -> bool {
    let (found, expected) = (wide(found), wide(expected));
    found.abs_diff(expected) * Wide::from(10_u64.pow(15)) <= expected
}

/// An amount of a token of 18 decimals, in its units.
fn units(text: &str) -> u128 {
    Amount::parse(text, 18, &Place::file("core.json"), "amount").unwrap().units()
}

fn text(units: u128) -> String {
    Amount::from_units(units).to_text(18)
}

/// An integer of 10^-18.
fn part(text: &str) -> u64 {
    u64::try_from(units(text)).unwrap()
}

fn half_life(steps: &str) -> Alpha {
    Alpha::of_half_life(Decimal::parse(steps, &Place::file("core.json"), "half_life").unwrap()).unwrap()
}

/// `0.9` or `2^(-1/3)`.
fn alpha(text: &str) -> Alpha {
    text.strip_prefix("2^(-1/")
        .map_or_else(|| Alpha::new(part(text)).unwrap(), |steps| half_life(steps.trim_end_matches(')')))
}

/// A text field of a case.
fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"))
}

#[test]
fn the_published_arithmetic_is_ours() {
    let core = core();
    let cases = core["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 69);
    for case in cases {
        let (input, out) = (&case["in"], &case["out"]);
        let holds = match field(case, "kind") {
            "alpha_from_halflife" => {
                let found = wide(&scaled_text(Wide::from(half_life(field(input, "half_life")).units()), 18));
                // Rounded to the nearest 10^-18.
                found.abs_diff(wide(field(out, "dec"))) * Wide::from(2) <= wide("0.000000000000000001")
            }
            "halflife_from_alpha" => {
                let steps = alpha(field(input, "alpha")).half_life().unwrap();
                near(&scaled_text(Wide::from(steps), 18), field(out, "dec"))
            }
            "max_conviction" => {
                let alpha =
                    input["alpha"].as_str().map_or_else(|| half_life(field(input, "alpha_halflife")), alpha);
                near(&text(alpha.maximum(units(field(input, "x"))).unwrap()), field(out, "dec"))
            }
            "recursion" => recursion_holds(input, &out["y"]),
            "closed_form" => {
                let (y, x) = (units(field(input, "y0")), units(field(input, "x")));
                let found = alpha(field(input, "alpha")).after(y, x, input["k"].as_u64().unwrap()).unwrap();
                near(&text(found), field(out, "dec"))
            }
            kind @ ("trigger_v1" | "trigger_v3") => {
                trigger_holds(kind == "trigger_v3", input, field(out, "dec"))
            }
            "max_achievable_request" => {
                let trigger = trigger(input["form"] != "v1", input);
                text(trigger.largest_request(units(field(input, "funds")))) == field(out, "dec")
            }
            "steps_to_pass" => {
                let [y, x, threshold] = ["y0", "x", "threshold"].map(|name| units(field(input, name)));
                alpha(field(input, "alpha")).steps_to_pass(y, x, threshold) == out["k"].as_u64()
            }
            "contract_conviction" => contract_conviction(input).to_string() == field(out, "int"),
            "contract_threshold" => {
                contract_threshold(input).map(|threshold| threshold.to_string()).as_deref()
                    == out["int"].as_str()
            }
            kind => panic!("cases of kind {kind} are not known"),
        };
        assert!(holds, "{case}");
    }
}

fn recursion_holds(input: &Value, expected: &Value) -> bool {
    let alpha = alpha(field(input, "alpha"));
    let mut conviction = units(field(input, "y0"));
    let stakes = input["x"].as_array().unwrap().iter().zip(expected.as_array().unwrap());
    stakes.into_iter().all(|(stake, expected)| {
        conviction = alpha.next(conviction, units(stake.as_str().unwrap())).unwrap();
        near(&text(conviction), expected.as_str().unwrap())
    })
}

fn trigger(normalised: bool, input: &Value) -> Trigger {
    let alpha = input["alpha"].as_str().map_or_else(|| Alpha::new(0).unwrap(), alpha);
    Trigger { alpha, beta: part(field(input, "beta")), rho: part(field(input, "rho")), normalised }
}

/// The threshold, and that conviction passes it from the next unit on.
fn trigger_holds(normalised: bool, input: &Value, expected: &str) -> bool {
    let [requested, funds, supply] = ["requested", "funds", "supply"].map(|name| units(field(input, name)));
    let threshold = trigger(normalised, input).threshold(requested, funds, supply);
    threshold.map_or(expected == "inf", |threshold| {
        let floor = threshold.floor().unwrap();
        assert!(!threshold.is_passed_by(floor) && threshold.is_passed_by(floor + 1));
        expected != "inf" && near(&threshold.to_text(18), expected)
    })
}

/// What the 1Hive contract counts in: decays are parts of 10^7, fractions have 128 bits.
const DECAY_ONE: u64 = 10_000_000;

fn contract_multiply(left: Wide, right: Wide) -> Wide {
    (left * right + (Wide::ONE << 127)) >> 128
}

fn contract_power(mut base: Wide, mut exponent: u64) -> Wide {
    let mut power = Wide::ONE << 128;
    while exponent > 0 {
        if exponent.is_multiple_of(2) {
            base = contract_multiply(base, base);
            exponent /= 2;
        } else {
            power = contract_multiply(power, base);
            exponent -= 1;
        }
    }
    power
}

fn contract_conviction(input: &Value) -> Wide {
    let (decay, blocks) = (input["decay"].as_u64().unwrap(), input["blocks"].as_u64().unwrap());
    let [last, amount] = ["last", "amount"].map(|name| field(input, name).parse::<Wide>().unwrap());
    let power = contract_power((Wide::from(decay) << 128) / Wide::from(DECAY_ONE), blocks);
    let grown = amount * Wide::from(DECAY_ONE) * ((Wide::ONE << 128) - power) / Wide::from(DECAY_ONE - decay);
    (power * last + grown + (Wide::ONE << 127)) >> 128
}

fn contract_threshold(input: &Value) -> Option<Wide> {
    let number = |name: &str| Wide::from(input[name].as_u64().unwrap());
    let [requested, funds, staked] =
        ["requested", "funds", "staked"].map(|name| field(input, name).parse::<Wide>().unwrap());
    let (decay, ratio, one) = (number("decay"), number("maxRatio"), Wide::from(DECAY_ONE));
    if ratio * funds <= requested * one {
        return None;
    }
    let distance = (ratio << 64) / one - (requested << 64) / funds;
    let weight = (number("weight") << 128) / one / ((distance * distance) >> 64);
    Some((weight * one / (one - decay) * staked) >> 64)
}

/// A published example as a fund, its pool and its steps.
fn fund_of(example: &Value) -> (Fund, &str, u64) {
    let parameters = &example["params"];
    let order = if parameters["order"] == "v1" { "check-then-stake" } else { "stake-then-check" };
    let release = if parameters["sequential_release"] == true { "sequential" } else { "simultaneous" };
    let threshold = if parameters["trigger_form"] == "v3" { "normalised" } else { "plain" };
    let settings = json!({
        "alpha": parameters["alpha"], "beta": parameters["beta"], "rho": parameters["rho"],
        "threshold": threshold, "supply": "holdings", "min_age": parameters["tmin"],
        "inflow_per_step": parameters["inflow_per_step"], "order": order, "release": release,
    });
    let mut proposals = "proposal,title,beneficiary,address,requested,step\n".to_owned();
    for (id, proposal) in example["proposals"].as_object().unwrap() {
        let (requested, step) = (field(proposal, "requested"), &proposal["first_step"]);
        proposals += &format!("{id},Title of {id},team {id},,{requested},{step}\n");
    }
    let mut holdings = "participant,amount,step\n".to_owned();
    for (participant, amount) in example["holdings"].as_object().unwrap() {
        holdings += &format!("{participant},{},\n", amount.as_str().unwrap());
    }
    let mut stakes = "step,participant,proposal,amount\n".to_owned();
    for event in example["events"].as_array().unwrap() {
        let (step, who, amount) = (&event["t"], field(event, "who"), field(event, "amount"));
        match field(event, "type") {
            "stake" => stakes += &format!("{step},{who},{},{amount}\n", field(event, "proposal")),
            "holdings" => holdings += &format!("{who},{amount},{step}\n"),
            other => panic!("{other}"),
        }
    }
    let steps = example["expected"]["rows"].as_array().unwrap().len() as u64;
    (Fund { settings, proposals, stakes, holdings: Some(holdings) }, field(parameters, "funds0"), steps)
}

#[test]
fn the_published_funds_are_ours() {
    let core = core();
    let examples = core["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 6);
    for example in examples {
        let (fund, pool, steps) = fund_of(example);
        let results = fund.rounds(&[(pool, steps)]).unwrap_or_else(|problems| panic!("{problems}"));
        let conviction = table(&results[0], "conviction");
        compare_rows(example, &conviction);
        compare_passes(example, &conviction, &table(&results[0], "funds"));
        let allocation = &results[0].statement.predicate.allocations[0];
        assert!(near(&allocation.sums.kept.0, field(&example["expected"], "funds_final")));
        // Nobody has an address: all grants are held.
        let mut granted =
            rows(&String::from_utf8_lossy(&results[0].files["distribution.csv"]), &["recipient", "grant"]);
        let passes = example["expected"]["passes"].as_array().unwrap();
        let mut expected: Vec<Vec<String>> = passes
            .iter()
            .map(|pass| {
                vec![format!("team {}", field(pass, "proposal")), text(units(field(pass, "released")))]
            })
            .collect();
        granted.sort();
        expected.sort();
        assert_eq!(granted, expected);
    }
}

const COLUMNS: [&str; 8] =
    ["step", "proposal", "status", "staked", "conviction", "threshold", "funds", "supply"];

/// Every cell of every row.
fn compare_rows(example: &Value, conviction: &str) {
    let mut found = rows(conviction, &COLUMNS).into_iter();
    for row in example["expected"]["rows"].as_array().unwrap() {
        for (id, status) in row["status"].as_object().unwrap() {
            if status == "none" {
                assert_eq!((&row["conviction"][id], field(&row["staked"], id)), (&Value::Null, "0.0"));
                continue;
            }
            let found = found.next().unwrap();
            let status = if status == "passed" { "active" } else { status.as_str().unwrap() };
            assert_eq!(found[..3], [row["t"].to_string(), id.clone(), status.to_owned()], "{example}");
            let numbers = [
                row["staked"][id].as_str(),
                row["conviction"][id].as_str(),
                row["threshold"].get(id).and_then(Value::as_str),
                row["funds"].as_str(),
                row["supply"].as_str(),
            ];
            for (found, expected) in found[3..].iter().zip(numbers) {
                let holds = match expected {
                    None => found.is_empty(),
                    Some("inf") => found == "inf",
                    Some(expected) => near(found, expected),
                };
                assert!(holds, "{}: {row}: {found} is not {expected:?}", example["name"]);
            }
        }
    }
    assert_eq!(found.next(), None);
}

/// Which proposal passed when, and the funds behind the last of each step.
fn compare_passes(example: &Value, conviction: &str, funds: &str) {
    let passes = example["expected"]["passes"].as_array().unwrap();
    let rows_found = rows(conviction, &COLUMNS);
    let first_active = |id: &str| {
        let row = rows_found.iter().find(|row| row[1] == id && row[2] == "active").unwrap();
        row[0].clone()
    };
    for pass in passes {
        assert_eq!(first_active(field(pass, "proposal")), pass["t"].to_string());
    }
    let funds = rows(funds, &["step", "funds"]);
    for (index, pass) in passes.iter().enumerate() {
        let is_last_of_its_step = passes.get(index + 1).is_none_or(|next| next["t"] != pass["t"]);
        let step = pass["t"].to_string();
        let row = funds.iter().find(|row| row[0] == step).unwrap();
        assert!(!is_last_of_its_step || near(&row[1], field(pass, "funds_after")));
    }
}

/// Every published fund, cut in two at every step, gives what it gives in one piece.
#[test]
fn the_published_funds_can_be_cut() {
    for example in core()["examples"].as_array().unwrap() {
        let (fund, pool, steps) = fund_of(example);
        for cut in 1..steps {
            super::rounds::assert_cut(&fund, pool, steps, cut);
        }
    }
}

#[test]
fn proposals_are_paid_until_one_does_not_fit() {
    let core = core();
    let case = &core["over_release"];
    let accepted = case["accepted"].as_array().unwrap();
    let proposals: String = accepted
        .iter()
        .map(|proposal| format!("{},,team {0},,{},1\n", proposal["id"], field(proposal, "requested")))
        .collect();
    // With alpha 0 conviction is the stake.
    let stakes: String = accepted
        .iter()
        .map(|proposal| format!("1,someone,{},{}\n", proposal["id"], field(proposal, "conviction")))
        .collect();
    let mut fund = Fund {
        // A threshold of 0.0001 x 1 / (0.2 - 0.19)^2 = 1, which all pass in step 2.
        settings: json!({
            "alpha": "0", "beta": "0.2", "rho": "0.0001", "threshold": "plain", "supply": "1", "min_age": 1,
            "release": "simultaneous",
        }),
        proposals: format!("proposal,title,beneficiary,address,requested,step\n{proposals}"),
        stakes: format!("step,participant,proposal,amount\n{stakes}"),
        holdings: None,
    };
    let active = |fund: &Fund| -> (Vec<i64>, String) {
        let results = fund.rounds(&[(field(case, "funds"), 2)]).unwrap();
        let rows = rows(&table(&results[0], "conviction"), &["step", "proposal", "status", "funds"]);
        let last = rows.iter().filter(|row| row[0] == "2");
        let active = last.filter(|row| row[2] == "active").map(|row| row[1].parse().unwrap());
        (active.collect(), rows.last().unwrap()[3].clone())
    };
    let expected = &case["expected_correct"];
    let released: Vec<i64> =
        expected["released_ids"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect();
    assert_eq!(active(&fund), (released, field(expected, "funds_after").to_owned()));
    // One after the other, the first leaves 810, of which 190 is more than a fifth.
    fund.settings["release"] = json!("sequential");
    assert_eq!(active(&fund), (vec![0], "810".to_owned()));
}
