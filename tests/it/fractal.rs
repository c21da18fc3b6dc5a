//! fractal-v1: the Genesis data set, when ../shared is beside the project, and made-up meetings.
#![allow(clippy::float_arithmetic)] // statistics are compared

use std::collections::BTreeMap;
use std::fs;

use meed::calculate::Results;
use meed::files::{Content, Files};
use meed::tables::Table;
use serde_json::{Value, json};

use crate::support::{self, said};

const HEADER: &str = "MemberID,Name,MeetingID,Group,Rank,TeamID,TeamName\n";

/// A round with one allocation of fractal-v1, over January 2026, with six decimals.
fn round(files: &[(&str, &str)], pool: Option<&str>, settings: &Value) -> Result<Results, String> {
    let names = files.iter().map(|(name, _)| (name.trim_end_matches(".csv").to_owned(), json!(name)));
    let mut allocation = json!({"name": "fractal", "method": "fractal-v1",
        "inputs": names.collect::<serde_json::Map<_, _>>(), "settings": settings});
    if let Some(pool) = pool {
        allocation["pool"] = json!(pool);
    }
    let round = json!({"format": 1, "period": {"start": "2026-01-01", "end": "2026-01-31"},
        "allocations": [allocation]});
    let mut contents = Files::default();
    let mut insert = |path: &str, text: &str| {
        contents.insert(path.to_owned(), Content::File(text.as_bytes().to_vec()));
    };
    insert("ledger.json", &support::ledger_json("TOK", 6, "{}"));
    insert("rounds/r/round.json", &round.to_string());
    for (name, text) in files {
        insert(&format!("rounds/r/{name}"), text);
    }
    support::results_of(&contents, "r").map_err(|problems| problems.to_string())
}

/// The same with rows of ranks alone, each Respect paying one token.
fn ranked(rows: &str, settings: &Value) -> Result<Results, String> {
    let mut all = json!({"meetings": "all", "tokens_per_respect": "1"});
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    round(&[("ranks.csv", &format!("{HEADER}{rows}"))], None, &all)
}

/// distribution.csv.
fn distribution(results: &Results) -> String {
    String::from_utf8(results.files["distribution.csv"].clone()).unwrap()
}

/// Recipient, rewards and total of each row of distribution.csv.
fn paid(results: &Results) -> Vec<String> {
    let text = distribution(results);
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        [&fields[..1], &fields[4..]].concat().join(" ")
    };
    text.lines().skip(1).map(row).collect()
}

fn warnings(results: &Results) -> Vec<String> {
    let texts = results.warnings.iter().map(ToString::to_string);
    texts.filter(|text| text.contains("ranks.csv") || text.contains("tokens_per_respect")).collect()
}

// ---- the Genesis data set

/// A round that pays all meetings of the Genesis data set.
fn genesis(offset: u64, team_reward: bool) -> Option<(Results, Value)> {
    let folder = support::conformance("the Genesis fractal's data set")?.join("fractal");
    let ranks = fs::read_to_string(folder.join("genesis-weekly_rank.csv")).unwrap();
    let settings = json!({"meetings": "all", "tokens_per_respect": "1", "respect_offset": offset,
        "first_meeting": "2022-02-26", "interval_days": 7, "skipped_weeks": [7], "team_reward": team_reward});
    let results = round(&[("ranks.csv", &ranks)], None, &settings).unwrap();
    let expected = fs::read(folder.join(format!("expected-offset-{offset}.json"))).unwrap();
    Some((results, serde_json::from_slice(&expected).unwrap()))
}

/// Integers and texts equal, reals to 1e-12, keys and lists in the same order.
fn compare(ours: &Value, expected: &Value, place: &str) {
    match (ours, expected) {
        (Value::Object(ours), Value::Object(expected)) => {
            let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            // The statistics have more than the published file behind it: what it only draws.
            let published = keys(expected);
            assert_eq!(keys(ours)[..published.len()], published, "{place}: keys");
            assert!(
                place.starts_with("offset ") && !place.contains('.') || ours.len() == published.len(),
                "{place}: keys"
            );
            for (key, value) in expected {
                compare(&ours[key], value, &format!("{place}.{key}"));
            }
        }
        (Value::Array(ours), Value::Array(expected)) => {
            assert_eq!(ours.len(), expected.len(), "{place}: length");
            for (index, (ours, expected)) in ours.iter().zip(expected).enumerate() {
                compare(ours, expected, &format!("{place}[{index}]"));
            }
        }
        (Value::Number(number), Value::Number(wanted)) if wanted.as_u64().is_none() => {
            let (number, wanted) = (number.as_f64().unwrap(), wanted.as_f64().unwrap());
            assert!((number - wanted).abs() <= 1e-12, "{place}: {number} is not {wanted}");
        }
        _ => assert_eq!(ours, expected, "{place}"),
    }
}

/// A cell of a table against a JSON value: null is empty.
fn compare_cell(cell: &str, expected: &Value, place: &str) {
    match expected {
        Value::Null => assert_eq!(cell, "", "{place}"),
        Value::String(text) => assert_eq!(cell, text, "{place}"),
        Value::Number(number) if number.as_u64().is_some() => assert_eq!(cell, number.to_string(), "{place}"),
        Value::Number(number) => {
            let (cell, wanted): (f64, f64) = (cell.parse().unwrap(), number.as_f64().unwrap());
            assert!((cell - wanted).abs() <= 1e-12, "{place}: {cell} is not {wanted}");
        }
        _ => panic!("{place}: {expected} is no cell"),
    }
}

/// Header and rows of a table of the report.
fn table_of(results: &Results, name: &str) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let bytes = &results.files[&format!("report/tables/{name}.csv")];
    let text = std::str::from_utf8(bytes).unwrap();
    let header: Vec<String> = text.lines().next().unwrap().split(',').map(str::to_owned).collect();
    let table = Table::read(name, bytes, &[]).unwrap();
    let row = |row: meed::tables::Row<'_>| {
        header.iter().map(|column| (column.clone(), row.field(column).to_owned())).collect()
    };
    let rows = table.rows().map(row).collect();
    (header, rows)
}

/// Every expected key against its table, or its rows of summary.csv.
fn compare_tables(results: &Results, expected: &Value) {
    let (_, summary) = table_of(results, "summary");
    let single = |name: &str| {
        let row = summary.iter().find(|row| row["statistic"] == name);
        row.unwrap_or_else(|| panic!("summary.csv has no {name}"))["value"].clone()
    };
    for (key, value) in expected.as_object().unwrap() {
        match value {
            Value::Array(pair) if pair.iter().all(Value::is_number) => {
                compare_cell(&single(&format!("{key}.mean")), &pair[0], key);
                compare_cell(&single(&format!("{key}.standard_deviation")), &pair[1], key);
            }
            Value::Array(list) => {
                let (header, rows) = table_of(results, key);
                assert_eq!(rows.len(), list.len(), "{key}");
                for (row, wanted) in rows.iter().zip(list) {
                    assert_eq!(header, wanted.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
                    for column in &header {
                        compare_cell(&row[column], &wanted[column], &format!("{key}: {column}"));
                    }
                }
            }
            Value::Object(map) => {
                let (_, rows) = table_of(results, key);
                assert_eq!(rows.len(), map.len(), "{key}");
                for (row, (date, share)) in rows.iter().zip(map) {
                    assert_eq!(&row["MeetingDate"], date, "{key}");
                    compare_cell(&row["TeamRepresentation"], share, &format!("{key}: {date}"));
                }
            }
            value => compare_cell(&single(key), value, key),
        }
    }
}

#[test]
fn genesis_statistics_equal_the_published_analysis() {
    for offset in [2, 1] {
        let Some((results, expected)) = genesis(offset, false) else { return };
        compare(&results.statistics[0].statistics, &expected, &format!("offset {offset}"));
        compare_tables(&results, &expected);
    }
}

#[test]
fn genesis_pays_each_respect_one_token() {
    for (offset, member, team) in [(2, 3627_u64, 867_u64), (1, 2239, 536)] {
        let Some((results, expected)) = genesis(offset, true) else { return };
        let sums = &results.statement.predicate.allocations[0].sums;
        assert_eq!(sums.pool.0, (member + team).to_string());
        assert_eq!((&sums.declared.0, &sums.held.0), (&sums.pool.0, &sums.pool.0));
        let table = Table::read("d", &results.files["distribution.csv"], &["key", "member", "team"]).unwrap();
        let paid: BTreeMap<&str, [&str; 2]> =
            table.rows().map(|row| (row.field("key"), [row.field("member"), row.field("team")])).collect();
        for board in ["member_leader_board", "team_leader_board"] {
            for row in expected[board].as_array().unwrap() {
                let respect = row["AccumulatedRespect"].to_string();
                let (key, wanted) = match row["MemberID"].as_str() {
                    Some(member) => (format!("name:{member}"), [respect.as_str(), "0"]),
                    None => (format!("team:{}", row["TeamName"].as_str().unwrap()), ["0", &respect]),
                };
                assert_eq!(paid[key.as_str()], wanted, "offset {offset}: {key}");
            }
        }
        assert_eq!(paid.len(), 99 + 4);
    }
}

#[test]
fn genesis_is_warned_about_equal_ranks_and_one_name() {
    let Some((results, _)) = genesis(2, false) else { return };
    let warnings = warnings(&results);
    let count = |text: &str| warnings.iter().filter(|warning| warning.contains(text)).count();
    assert_eq!((count("members have rank"), count("in an earlier meeting"), warnings.len()), (2, 1, 3));
}

#[test]
fn genesis_line_and_histogram_stand_in_tables() {
    let Some((results, expected)) = genesis(2, false) else { return };
    let (_, histogram) = table_of(&results, "attendance_consistency_histogram");
    let members = expected["member_summary_stats"].as_array().unwrap();
    assert_eq!(histogram.len(), 12);
    for row in histogram {
        let attended: u64 = row["AttendanceCount"].parse().unwrap();
        let count = members.iter().filter(|member| member["AttendanceCount"] == json!(attended));
        assert_eq!(row["MemberCount"], count.count().to_string());
    }
    // The least-squares line goes through the means, and its slope is r x sy / sx.
    let rows = expected["rank_by_attendance_count"].as_array().unwrap();
    let real = |row: &Value, column: &str| row[column].as_f64().unwrap();
    let mean = |column: &str| rows.iter().map(|row| real(row, column)).sum::<f64>() / 12.0;
    let square =
        |column: &str| rows.iter().map(|row| (real(row, column) - mean(column)).powi(2)).sum::<f64>();
    let slope = expected["attendance_vs_mean_rank_correlation"].as_f64().unwrap()
        * (square("Mean") / square("AttendanceCount")).sqrt();
    let (_, summary) = table_of(&results, "summary");
    let value = |name: &str| {
        let row =
            summary.iter().find(|row| row["statistic"] == format!("attendance_vs_mean_rank_line.{name}"));
        row.unwrap()["value"].parse::<f64>().unwrap()
    };
    assert!((value("slope") - slope).abs() < 1e-12);
    assert!((value("intercept") - (mean("Mean") - slope * mean("AttendanceCount"))).abs() < 1e-12);
}

// ---- made-up meetings

const ROWS: &str = "heron,Hera Heron,1,1,6,,\nwren,,1,1,1,7.0,Marsh\nheron,Hera Heron,2,1,2,,\n";

#[test]
fn the_worked_example_holds() {
    let plain = ranked(ROWS, &json!({"tokens_per_respect": "3"})).unwrap();
    assert_eq!(paid(&plain), ["Hera Heron 72 72", "wren 6 6"]);
    let teams = ranked(ROWS, &json!({"tokens_per_respect": "3", "team_reward": true})).unwrap();
    assert_eq!(paid(&teams), ["Hera Heron 72 0 72", "Marsh 0 6 6", "wren 6 0 6"]);
    let offset = ranked(ROWS, &json!({"respect_offset": 1})).unwrap();
    assert_eq!(paid(&offset), ["Hera Heron 15 15", "wren 1 1"]);
    let listed = ranked(ROWS, &json!({"meetings": [1]})).unwrap();
    assert_eq!(paid(&listed), ["Hera Heron 21 21", "wren 2 2"]);
    // The statistics are of the whole history, with or without dates.
    let statistics = &listed.statistics[0].statistics;
    assert_eq!((&statistics["total_meetings"], &statistics["last_meeting_date"]), (&json!(2), &Value::Null));
    assert_eq!(statistics["team_representation_by_date"], json!({"1": 0.5, "2": null}));
}

#[test]
fn a_pool_is_shared_by_members_and_teams() {
    let files = [("ranks.csv", &*format!("{HEADER}{ROWS}"))];
    let members = round(&files, Some("26"), &json!({"meetings": "all"})).unwrap();
    assert_eq!(paid(&members), ["Hera Heron 24 24", "wren 2 2"]);
    let all = round(&files, Some("28"), &json!({"meetings": "all", "team_reward": true})).unwrap();
    assert_eq!(paid(&all), ["Hera Heron 24 0 24", "Marsh 0 2 2", "wren 2 0 2"]);
}

#[test]
fn the_period_chooses_meetings_by_table_or_calendar() {
    let ranks = format!("{HEADER}heron,,1,1,1,,\nheron,,2,1,2,,\nheron,,3,1,3,,\nheron,,4,1,4,,\n");
    let rate = |more: Value| {
        let mut settings = json!({"tokens_per_respect": "1"});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    let table =
        "MeetingID,MeetingDate\n1,2025-12-31\n2,2026-01-01\n3.0,2026-01-31\n4,2026-02-01\n5,2026-01-15\n";
    let files = [("ranks.csv", ranks.as_str()), ("meetings.csv", table)];
    let by_table = round(&files, None, &rate(json!({}))).unwrap();
    assert_eq!(paid(&by_table), ["heron 8 8"]);
    assert_eq!(warnings(&by_table), ["rounds/r/ranks.csv: no rows of meetings that lie in the period: 5"]);
    // 2025-12-25, then 01-01, the skipped 01-08 and 01-15, 01-22 and 02-05 behind two skips.
    let calendar = json!({"first_meeting": "2025-12-25", "skipped_weeks": [3, 2, 2]});
    let by_calendar = round(&files[..1], None, &rate(calendar)).unwrap();
    let earned = &by_calendar.statistics[0].statistics["respect_new_and_returning"];
    let dates: Vec<&str> =
        earned.as_array().unwrap().iter().map(|row| row["MeetingDate"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2025-12-25", "2026-01-01", "2026-01-22", "2026-02-05"]);
    assert_eq!(paid(&by_calendar), ["heron 8 8"]);
    let elsewhere = rate(json!({"first_meeting": "2020-01-01"}));
    let none = round(&files[..1], None, &elsewhere).unwrap();
    assert_eq!(paid(&none), [""; 0]);
    assert_eq!(
        warnings(&none),
        ["rounds/r/ranks.csv: no meeting lies in the period 2026-01-01 to 2026-01-31: nothing is paid"]
    );
}

#[test]
fn nothing_to_pay_leaves_the_pool() {
    let files = [("ranks.csv", HEADER)];
    let empty = round(&files, Some("5"), &json!({"meetings": "all", "team_reward": true})).unwrap();
    assert_eq!(empty.statement.predicate.allocations[0].sums.unallocated.0, "5");
    assert_eq!(
        warnings(&empty),
        ["rounds/r/ranks.csv: the round has no meeting: the pool stays unallocated"]
    );
    let statistics = &empty.statistics[0].statistics;
    assert_eq!(statistics["attendance_stats"], json!([null, null]));
    assert_eq!(statistics["team_representation_by_date"], json!({}));
    let free = ranked(ROWS, &json!({"tokens_per_respect": "0"})).unwrap();
    assert_eq!(paid(&free), ["Hera Heron 0 0", "wren 0 0"]);
    assert!(warnings(&free)[0].ends_with("`tokens_per_respect` is 0: nothing is paid"));
}

#[test]
fn addresses_come_from_the_table_of_members() {
    let address = "0x".to_owned() + &"b".repeat(40);
    let members = format!("MemberID,Address,Note\n heron ,{address},x\nwren,{address},\nnobody,,\n");
    let ranks = format!("{HEADER}{ROWS}dove,,1,1,2,,\n");
    let files = [("ranks.csv", ranks.as_str()), ("members.csv", &members)];
    let results = round(&files, None, &json!({"meetings": "all", "tokens_per_respect": "0.5"})).unwrap();
    let wanted = format!(
        "recipient,address,key,accounts,member,total\nHera Heron,{address},,,13,13\ndove,,name:dove,,1.5,1.5\n"
    );
    assert_eq!(distribution(&results), wanted);
    let read: Vec<&str> =
        results.statement.predicate.inputs.iter().map(|input| input.name.as_str()).collect();
    assert!(
        read.ends_with(&["rounds/r/members.csv", "rounds/r/ranks.csv", "rounds/r/round.json"]),
        "{read:?}"
    );
    // Ids in another form are those of nobody who is paid.
    let says = "nobody who is paid has an address in the table of members";
    let told = |results: &Results| warnings(results).iter().any(|warning| warning.contains(says));
    assert!(!told(&results));
    let members = members.replace("heron", "heron.0").replace("wren", "wren.0");
    let files = [("ranks.csv", ranks.as_str()), ("members.csv", &members)];
    let results = round(&files, None, &json!({"meetings": "all", "tokens_per_respect": "0.5"})).unwrap();
    assert!(told(&results), "{:?}", warnings(&results));
}

#[test]
fn programs_write_columns_and_numbers_their_way() {
    let plain = ranked(ROWS, &json!({"team_reward": true})).unwrap();
    let header = "Index,memberid,NAME,MeetingID,Group,Rank,TeamID,TeamName,,\n";
    let rows =
        "9,wren,,1.0,1.0,1.0,7,Marsh,,\n\n9,heron,Hera Heron,2,1,2,,,,\nx,heron,Hera Heron,1,1,6,,,,\n";
    let settings = json!({"meetings": "all", "tokens_per_respect": 1, "team_reward": true});
    let exported = round(&[("ranks.csv", &format!("{header}{rows}"))], None, &settings).unwrap();
    for (name, bytes) in &plain.files {
        if !["statement.json", "report/report.html", "report/report.md"].contains(&name.as_str()) {
            assert_eq!(exported.files[name], *bytes, "{name}");
        }
    }
    assert_eq!(said(&exported), said(&plain));
    assert_eq!(exported.statistics[0].statistics, plain.statistics[0].statistics);
    let ragged = round(&[("ranks.csv", &format!("{header}9,wren,,1,1,1,7,Marsh\n"))], None, &settings);
    assert!(ragged.unwrap_err().contains("ranks.csv:2: 8 fields; the header has 10"));
}

#[test]
fn names_and_ranks_that_do_not_fit_are_warned_about() {
    let rows = "heron,Herra,2,1,1,,\nheron,Hera,1,1,2,,\nwren,,1,1,2,,\ndove,,1,2,2,,\nwren,Wren,2,,1,,\n";
    let results = ranked(rows, &json!({})).unwrap();
    assert_eq!(paid(&results), ["Hera 5 5", "Wren 5 5", "dove 3 3"]);
    assert_eq!(
        warnings(&results),
        [
            "rounds/r/ranks.csv:4: meeting 1, group 1: 2 members have rank 2 (lines 3, 4)",
            "rounds/r/ranks.csv:2: member `heron` is called `Herra` here and `Hera` in an earlier meeting, which counts",
        ]
    );
    // What is not paid in this round is not warned about again.
    assert_eq!(
        warnings(&ranked(&rows.replace("heron,Hera,", "stork,,"), &json!({"meetings": [2]})).unwrap()),
        [""; 0]
    );
}

#[test]
fn the_largest_ranks_are_exact() {
    // F(102) x 10^6 units.
    let results = ranked("heron,,1,1,92,,\n", &json!({"respect_offset": 10})).unwrap();
    assert_eq!(paid(&results), ["heron 927372692193078999176 927372692193078999176"]);
    let statistics = &results.statistics[0].statistics;
    assert_eq!(statistics["total_member_respect"], json!("927372692193078999176"));
    let error =
        ranked("heron,,1,1,1,,\nwren,,1,1,92,,\n", &json!({"tokens_per_respect": "100000000000000000000"}));
    let error = error.unwrap_err();
    assert!(error.contains("ranks.csv:3: the sum of the tokens up to this row is too large"), "{error}");
}

#[test]
fn what_cannot_be_paid_is_refused() {
    let cases = [
        ("heron,,1,1,0,,\n", json!({}), "ranks.csv:2: Rank `0` is not a whole number from 1 to 92"),
        ("heron,,1,1,93,,\n", json!({}), "ranks.csv:2: Rank `93` is not a whole number from 1 to 92"),
        ("heron,,1,1,1.5,,\n", json!({}), "Rank `1.5` is not a whole number"),
        ("heron,,1,1,-1,,\n", json!({}), "Rank `-1` is below zero"),
        ("heron,,1,1,1e1,,\n", json!({}), "Rank `1e1` is not a number: it has an exponent"),
        ("heron,,1,1,,,\n", json!({}), "ranks.csv:2: Rank is empty"),
        ("heron,,0,1,1,,\n", json!({}), "MeetingID `0` is not a whole number from 1 to 999999999"),
        ("heron,,,1,1,,\n", json!({}), "MeetingID is empty"),
        (",,1,1,1,,\n", json!({}), "MemberID is empty"),
        ("heron,,1,1,1,3,\n", json!({}), "TeamName is empty"),
        (
            "heron,,1,1,1,,\n heron,,1,2,2,,\n",
            json!({}),
            "ranks.csv:3: member `heron` in meeting 1 stands already at rounds/r/ranks.csv:2",
        ),
        (
            "heron,,1,1,1,3,Marsh\nwren,,1,1,2,3.0,Moor\n",
            json!({}),
            "ranks.csv:3: team `3.0` is called `Moor` here and `Marsh` at rounds/r/ranks.csv:2",
        ),
        (ROWS, json!({"meetings": [1, 9]}), "round.json: allocation `fractal` pays meeting 9, of which"),
        (ROWS, json!({"meetings": null}), "the meetings have no dates"),
        (ROWS, json!({"meetings": "some"}), "`meetings` must be \"all\" or a list"),
        (ROWS, json!({"respect_offset": 11}), "`respect_offset` is 11; it must be 0 to 10"),
        (ROWS, json!({"first_meeting": "2026-1-1"}), "first_meeting `2026-1-1` is not a date"),
        (ROWS, json!({"interval_days": 0}), "`interval_days` is 0; it must be 1 to 366"),
        (
            ROWS,
            json!({"first_meeting": "2026-01-01", "skipped_weeks": [0]}),
            "`skipped_weeks` is 0; it must be 1 to 999999999",
        ),
        (
            "heron,,999999999,1,1,,\n",
            json!({"first_meeting": "2026-01-01", "interval_days": 366}),
            "MeetingID `999999999` is not a meeting before the year 10000",
        ),
        (ROWS, json!({"tokens_per_respect": "-1"}), "tokens_per_respect `-1` is below zero"),
        (ROWS, json!({"tokens_per_respect": "0.0000001"}), "has more than 6 decimals"),
        (ROWS, json!({"tokens_per_respect": null}), "neither `pool` nor `tokens_per_respect` is given"),
        (ROWS, json!({"respect": 2}), "unknown field `respect`"),
    ];
    for (rows, settings, says) in cases {
        let error = ranked(rows, &settings).expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
}

#[test]
fn tables_that_contradict_are_refused() {
    let ranks = format!("{HEADER}heron,,1,1,1,,\nheron,,2,1,1,,\n");
    let settings = json!({"tokens_per_respect": "1"});
    for (name, table, says) in [
        ("meetings.csv", "MeetingID,MeetingDate\n1,2026-01-01\n", "ranks.csv:3: meeting 2 has no date"),
        (
            "meetings.csv",
            "MeetingID,MeetingDate\n1,2026-01-01\n1.0,2026-01-01\n2,2026-01-08\n",
            "meetings.csv:3: meeting 1 stands already at rounds/r/meetings.csv:2",
        ),
        (
            "meetings.csv",
            "MeetingID,MeetingDate\n1,01.01.2026\n",
            "meetings.csv:2: MeetingDate `01.01.2026` is not",
        ),
        ("meetings.csv", "MeetingID,MeetingDate\n1,\n", "meetings.csv:2: MeetingDate is empty"),
        ("meetings.csv", "MeetingID,Day\n", "column missing: MeetingDate"),
        ("members.csv", "MemberID,Address\nheron,heron.eth\n", "members.csv:2: Address `heron.eth` is not"),
        (
            "members.csv",
            "MemberID,Address\nheron,\nheron,\n",
            "members.csv:3: member `heron` stands already at",
        ),
        ("members.csv", "MemberID,Address\n,\n", "members.csv:2: MemberID is empty"),
    ] {
        let error = round(&[("ranks.csv", &ranks), (name, table)], None, &settings).expect_err(says);
        assert!(error.contains(says), "{says}: {error}");
    }
    let both =
        round(&[("ranks.csv", &ranks)], Some("5"), &json!({"tokens_per_respect": "1", "meetings": "all"}));
    assert!(both.unwrap_err().contains("both `pool` and `tokens_per_respect` are given"));
    let dated = "MeetingID,MeetingDate\n1,2026-01-01\n2,2026-01-08\n";
    let settings = json!({"tokens_per_respect": "1", "first_meeting": "2026-01-01"});
    let twice = round(&[("ranks.csv", &ranks), ("meetings.csv", dated)], None, &settings);
    assert!(twice.unwrap_err().contains("`first_meeting` is for rounds without the input `meetings`"));
}

/// All problems of all tables at once, and none that only follows from another.
#[test]
fn problems_are_told_at_once() {
    let files = [
        ("ranks.csv", &*format!("{HEADER}heron,,1,1,0,,\n,,0,1,1,3,\n")),
        ("meetings.csv", "MeetingID,MeetingDate\n1,\n"),
        ("members.csv", "MemberID,Address\nheron,0x1\n"),
        ("sheet.csv", ""),
    ];
    let error = round(&files, None, &json!({"respect_offset": 99, "meetings": [7]})).unwrap_err();
    let told: Vec<&str> = error.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(told.len(), 9, "{error}");
    assert!(!error.contains("pays meeting 7"), "{error}");
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// The order of the rows changes no byte of the money and no statistic.
        #[test]
        fn order_of_rows_does_not_matter(
            rows in prop::collection::btree_map((0_u8..5, 1_u8..5), (1_u8..7, 0_u8..3), 1..16),
            swaps in prop::collection::vec((0_usize..16, 0_usize..16), 0..16),
            teams: bool,
        ) {
            let mut lines: Vec<String> = rows.iter().map(|((member, meeting), (rank, team))| {
                let team = if *team == 0 { ",".to_owned() } else { format!("{team},Team {team}") };
                format!("m{member},Name {member},{meeting},{rank},{rank},{team}\n")
            }).collect();
            let settings = json!({"meetings": [rows.keys().next().unwrap().1], "team_reward": teams});
            let pay = |lines: &[String]| {
                round(&[("ranks.csv", &format!("{HEADER}{}", lines.concat()))], Some("0.000101"), &settings).unwrap()
            };
            let before = pay(&lines);
            for (left, right) in swaps {
                let count = lines.len();
                lines.swap(left % count, right % count);
            }
            let after = pay(&lines);
            prop_assert_eq!(distribution(&before), distribution(&after));
            prop_assert_eq!(&before.statistics[0].statistics, &after.statistics[0].statistics);
            prop_assert_eq!(&before.statement.predicate.allocations[0].sums.held.0, "0.000101");
            for (name, bytes) in before.files.iter().filter(|(name, _)| name.starts_with("report/tables/")) {
                prop_assert_eq!(&after.files[name], bytes);
            }
            prop_assert_eq!(said(&before), said(&after));
        }
    }
}
