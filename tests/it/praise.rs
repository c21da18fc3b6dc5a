//! The tables and pages of praise-v1 on made-up rounds: what is in them to the letter, what the pages
//! say, what settings are refused.

use meed::calculate::Results;
use meed::files::{Content, Files};
use meed::report::Page;
use serde_json::{Value, json};

use crate::support;

/// Three quantifiers. Rows: agreed; a duplicate that one saw (of 9.67, whose integer part counts) and
/// one slot that did not act; dismissed by all; dismissed by one; nobody acted.
const PRAISE: &str = "\
ID,DATE,TO USER ACCOUNT,TO USER ACCOUNT ID,TO ETH ADDRESS,FROM USER ACCOUNT,REASON,SCORE 1,SCORE 2,SCORE 3,DUPLICATE ID 1,DUPLICATE ID 2,DUPLICATE ID 3,DISMISSED 1,DISMISSED 2,DISMISSED 3,QUANTIFIER 1 USERNAME,QUANTIFIER 2 USERNAME,QUANTIFIER 3 USERNAME,QUANTIFIER 1 ETH ADDRESS,QUANTIFIER 2 ETH ADDRESS,QUANTIFIER 3 ETH ADDRESS,AVG SCORE
p1,2026-01-05T10:00:00Z,Ada,a1,0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,Bob,\"for writing, and Hosting the 3 meetings\",9.67,5,13,,,,false,false,false,Quin,Ria,Sol,,,,9.22
p2,2026-01-06T10:00:00Z,Ada,a1,0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1,Cid,=for the workshop,0,3,0,p1,,,false,false,false,Quin,Ria,Sol,,,,1.5
p3,2026-01-06T11:00:00Z,Bob,b2,0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2,Ada,spam,0,0,0,,,,true,true,true,Quin,Ria,Sol,,,,0
p4,2026-01-07T10:00:00Z,Bob,b2,0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2,Ada,for joining us,0,8,8,,,,true,false,false,Quin,Ria,Sol,,,,5.33
p5,2026-01-08T10:00:00Z,Bob,b2,0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2,Ada,,0,0,0,,,,false,false,false,Quin,Ria,Sol,,,,0
";

fn settings(more: &Value) -> Value {
    let mut settings = json!({"contributor_share": "0.9", "quantifier_share": "0.07",
        "rewardboard_share": "0.03", "quantifiers": 3, "unlisted_scores": "accept"});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// A round over a month of 2026, behind others whose results are given.
fn round(month: u32, praise: &str, settings: &Value, before: &[&Results]) -> Result<Results, String> {
    let round = json!({"format": 1, "period": {"start": format!("2026-{month:02}-01"), "end": format!("2026-{month:02}-28")},
        "allocations": [{"name": "praise", "method": "praise-v1", "pool": "100",
            "inputs": {"praise": "praise.csv", "rewardboard": "rewardboard.csv"}, "settings": settings}]});
    let mut files = Files::default();
    let mut insert = |path: String, bytes: Vec<u8>| {
        files.insert(path, Content::File(bytes));
    };
    let id = format!("r{month}");
    insert("ledger.json".to_owned(), support::ledger_json("TOK", 6, "{}").into_bytes());
    insert(format!("rounds/{id}/round.json"), round.to_string().into_bytes());
    insert(format!("rounds/{id}/praise.csv"), praise.as_bytes().to_vec());
    let board = b"ID\n0xc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3\n".to_vec();
    insert(format!("rounds/{id}/rewardboard.csv"), board);
    for results in before {
        for (name, bytes) in results.files.iter().filter(|(name, _)| name.starts_with("report/tables/")) {
            insert(format!("{}/{name}", results.folder), bytes.clone());
        }
    }
    support::results_after(&files, &id, before).map_err(|problems| problems.to_string())
}

fn january() -> Results {
    round(1, PRAISE, &settings(&json!({})), &[]).unwrap()
}

/// A table without its header.
fn rows(results: &Results, name: &str) -> String {
    let bytes = results.files[&format!("report/tables/{name}.csv")].clone();
    String::from_utf8(bytes).unwrap().split_once('\n').unwrap().1.to_owned()
}

/// The blocks of a section of the page, as templates see them.
fn section(page: &Page, id: &str) -> String {
    let section = page.sections.iter().find(|section| section.id == id);
    serde_json::to_string(&section.unwrap_or_else(|| panic!("no section {id}")).blocks).unwrap()
}

#[test]
fn judgements_are_tabled() {
    let results = january();
    // p3 was dismissed by all. p2: the duplicate counts 9, the slot of Sol did not act. p5 has no score.
    assert_eq!(
        rows(&results, "praise_outliers"),
        "0,p1,2026-01-05T10:00:00Z,Ada,Bob,\"for writing, and Hosting the 3 meetings\",9.67,5,13,,,,False,False,False,Quin,Ria,Sol,9.22,8\n\
         3,p4,2026-01-07T10:00:00Z,Bob,Ada,for joining us,0,8,8,,,,True,False,False,Quin,Ria,Sol,5.33,8\n\
         1,p2,2026-01-06T10:00:00Z,Ada,Cid,'=for the workshop,9,3,,p1,,,False,False,False,Quin,Ria,Sol,1.5,6\n\
         4,p5,2026-01-08T10:00:00Z,Bob,Ada,,,,,,,,False,False,False,Quin,Ria,Sol,0,\n"
    );
    assert_eq!(
        rows(&results, "duplication_examination"),
        "2,1,p2,2026-01-06T10:00:00Z,Ada,Cid,'=for the workshop,p1,0,0,Quin,Ria,Sol,1.5,9,False,'=for the workshop\n"
    );
    assert_eq!(
        rows(&results, "dismissal_disagreed"),
        "1,3,p4,2026-01-07T10:00:00Z,Bob,Ada,for joining us,True,False,False,Quin,Ria,Sol,5.33,8,False,for joining us\n"
    );
}

#[test]
fn reasons_are_sorted_into_categories() {
    let results = january();
    // `writing` is searched as it stands, and reasons hold stems: it cannot match; `host` does.
    assert_eq!(
        rows(&results, "categorized_praise"),
        "p1,2026-01-05T10:00:00Z,Ada,Bob,\"for writing, and Hosting the 3 meetings\",write host  meet,9.22,lead\n\
         p4,2026-01-07T10:00:00Z,Bob,Ada,for joining us,join us,5.33,attendance\n\
         p2,2026-01-06T10:00:00Z,Ada,Cid,'=for the workshop, workshop,1.5,work\n"
    );
    assert_eq!(rows(&results, "uncategorized_praise"), "");
    let own = settings(&json!({"type_keywords": {"meetings": "meet", "other": "nowhere|writing"}}));
    let results = round(1, PRAISE, &own, &[]).unwrap();
    assert!(rows(&results, "categorized_praise").ends_with("9.22,meetings\n"));
    assert_eq!(rows(&results, "uncategorized_praise").lines().count(), 2);
    let warnings: Vec<String> = results.warnings.iter().map(ToString::to_string).collect();
    let named = warnings.iter().find(|warning| warning.contains("match no reason")).unwrap();
    assert!(named.ends_with(": nowhere, writing"), "{named}");
    assert_eq!(rows(&results, "praise_category_days"), "2026-01-05,meetings,1,9.22\n");
}

/// Own score less the mean of the two others, where there are two: p1 and p4. What Quin took for a
/// duplicate is no score of Quin's. Quin: 9.67 - 9 and
/// 0 - 8, so -3.665; Ria: 5 - 11.335 and 8 - 4, so -1.1675; Sol: 13 - 7.335 and 8 - 4, so 4.8325. Two
/// points always lie on a line: correlation 1 or -1.
#[test]
fn quantifiers_are_compared() {
    assert_eq!(
        rows(&january(), "quantifiers"),
        "Ria,5,3,5.333333,2,-1.167500,-1.000000\n\
         Sol,5,2,10.500000,2,4.832500,1.000000\n\
         Quin,4,2,4.835000,2,-3.665000,1.000000\n"
    );
}

#[test]
fn days_add_up_to_the_round() {
    let results = january();
    // Scores 9.22, 1.5, 5.33 of 16.05 share 90 tokens.
    assert_eq!(
        rows(&results, "praise_days"),
        "2026-01-05,Bob,Ada,1,9.22,51.700934\n\
         2026-01-06,Ada,Bob,1,0,0\n\
         2026-01-06,Cid,Ada,1,1.5,8.411214\n\
         2026-01-07,Ada,Bob,1,5.33,29.88785\n\
         2026-01-08,Ada,Bob,1,0,0\n"
    );
    assert_eq!(
        rows(&results, "praise_quantifier_days"),
        "2026-01-05,Quin,1\n2026-01-05,Ria,1\n2026-01-05,Sol,1\n2026-01-06,Quin,2\n2026-01-06,Ria,2\n\
         2026-01-06,Sol,1\n2026-01-07,Quin,1\n2026-01-07,Ria,1\n2026-01-07,Sol,1\n"
    );
}

#[test]
fn the_page_says_what_the_tables_hold() {
    let results = january();
    let page = &results.page;
    let rule = section(page, "praise-rule");
    for text in
        ["90 % of the TOK go to members who were praised", "7 % go to the quantifiers", "worth 10 % of"]
    {
        assert!(rule.contains(text), "{text}: {rule}");
    }
    let best = section(page, "praise-ratings");
    assert!(
        best.contains(r#"["9.22","Ada","for writing, and Hosting the 3 meetings","Bob","2026-01-05"]"#),
        "{best}"
    );
    assert!(section(page, "praise-giving").contains("praise.flow"));
    let agreement = section(page, "praise-agreement");
    assert!(
        agreement.contains(
            "3 of 4 praises (75.0 %); called a duplicate by at least one quantifier: 1, of these not by all alike: 1"
        ),
        "{agreement}"
    );
    assert!(agreement.contains(r#""dismissed by all (not counted above)","value":"1""#), "{agreement}");
    let categories = section(page, "praise-categories");
    assert!(categories.contains(r#"["attendance","1","5.33","5.33","5.33"]"#), "{categories}");
    for chart in [
        "ratings",
        "giving",
        "flow",
        "scores",
        "displacement",
        "correlation",
        "spread",
        "categories",
        "category-scores",
    ] {
        assert!(page.charts().any(|drawn| drawn.name == format!("praise.{chart}")), "{chart}");
    }
    let told = &results.statistics[0].statistics;
    assert_eq!((&told["praises"], &told["judged"], &told["score"]), (&json!(5), &json!(4), &json!("16.05")));
}

/// Two rounds, a month apart, in steps of four weeks: who stayed, came and left.
#[test]
fn trends_read_what_earlier_rounds_committed() {
    let weeks = settings(&json!({"cross_period_weeks": 8, "cross_period_step_weeks": 4}));
    let february = PRAISE.replace("2026-01", "2026-02").replace("Cid", "Dee").replace("9.22", "0");
    let alone = round(2, &february, &weeks, &[]).unwrap();
    assert!(section(&alone.page, "praise-trends").contains("not enough praise yet"));
    let results = round(2, &february, &weeks, &[&january()]).unwrap();
    let trends = section(&results.page, "praise-trends");
    // The last praise is of February 8th: steps begin on December 15th and January 12th, but the first
    // holds January's praises, of which that of the 8th is the last.
    let first = r#"["2025-12-15","5","3","2","3","","","","1","50.0 %"]"#;
    let second = r#"["2026-01-12","5","3","2","3","1","1","0","1","50.0 %"]"#;
    assert!(trends.contains(first) && trends.contains(second), "{trends}");
    for chart in
        ["praises", "people", "members", "nakamoto", "nakamoto-ratio", "categories", "category-scores"]
    {
        assert!(results.page.charts().any(|drawn| drawn.name == format!("praise.trend-{chart}")), "{chart}");
    }
}

#[test]
fn settings_of_pages_have_ranges() {
    let long = "x".repeat(101);
    let many: serde_json::Map<String, Value> = (0..51).map(|at| (format!("c{at}"), json!("a"))).collect();
    for (setting, says) in [
        (json!({"cross_period_weeks": 0}), "`cross_period_weeks` is 0; it must be 1 to 260"),
        (json!({"cross_period_step_weeks": 261}), "`cross_period_step_weeks` is 261"),
        (json!({"type_keywords": {"": "a"}}), "`type_keywords` is a table with a category ``"),
        (json!({"type_keywords": {"a|b": "a"}}), "without `|`"),
        (json!({"type_keywords": {long: "a"}}), "1 to 100 bytes"),
        (json!({"type_keywords": {"a": "b".repeat(1_001)}}), "keywords of 1001 bytes"),
        (json!({"type_keywords": many}), "a table of 51 categories"),
        (json!({"type_keywords": ["a"]}), "settings"),
    ] {
        let refused = round(1, PRAISE, &settings(&setting), &[]).expect_err(says);
        assert!(refused.contains(says), "{says}: {refused}");
    }
}

#[test]
fn settings_of_pages_in_rad_folders_are_read() {
    let folder = support::package().join("tests/vectors/praise-v1/rad-folder");
    let mut files = support::round_files(&folder, "rad-folder", &support::ledger_json("TOK", 18, "{}"));
    let path = "rounds/rad-folder/parameters.json";
    let mut parameters: Value = serde_json::from_slice(files.bytes(path).unwrap()).unwrap();
    let praise = &mut parameters["system_settings"]["praise"];
    praise["cross_period_settings"] =
        json!({"cross_period_week_num": 40, "cross_period_step_size": 2, "cross_period_colour": "red"});
    praise["categorization_settings"] = json!({"type_keywords": {"mine": "nowhere"}});
    files.insert(path.to_owned(), Content::File(parameters.to_string().into_bytes()));
    let results = support::results_of(&files, "rad-folder").unwrap();
    let told = &results.statistics[0].statistics;
    let weeks =
        ["cross_period_weeks", "cross_period_step_weeks"].map(|name| told["parameters"][name].clone());
    assert_eq!((weeks, &told["categories"][0]["name"]), ([json!(40), json!(2)], &json!("mine")));
    let warnings: Vec<String> = results.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings.iter().any(|warning| warning.contains("cross_period_colour` is not known")),
        "{warnings:?}"
    );
}

/// Reasons and names of people who mean harm come through as text, in tables and pages; large scores
/// and long words end nothing.
#[test]
fn hostile_texts_are_texts() {
    let long = format!("{} {}", "yyyyed".repeat(20_000), "i".repeat(50_000));
    for reason in [
        "<script>alert(1)</script>",
        "=HYPERLINK(1)",
        "\u{202e}rtl \u{0}"[..7].trim(),
        "|||",
        "#",
        "'s",
        &long,
    ] {
        for score in
            ["9.22", "99999999999999999999999999999999999999", "0.000000000000000000000000000000000001"]
        {
            let praise = PRAISE
                .replace("for joining us", reason)
                .replace("9.22", score)
                .replace("Bob", "<b>Bob|\u{202e}");
            let results = round(1, &praise, &settings(&json!({})), &[]).unwrap();
            let page = serde_json::to_string(&results.page).unwrap();
            for section in results.page.sections.iter().filter(|section| section.id.starts_with("praise-")) {
                let shown = serde_json::to_string(&section.blocks).unwrap();
                assert!(!shown.contains('\u{202e}'), "a bidirectional character stands in {}", section.id);
            }
            assert!(page.len() < 600_000, "{}", page.len());
        }
    }
    // As long as a field may be: a guard or longer lower-case letters must not make the tables unreadable.
    for longest in [format!("={}", "x".repeat((1 << 20) - 1)), "\u{130}".repeat(1 << 19)] {
        let praise = PRAISE.replace("for joining us", &longest);
        let results = round(1, &praise, &settings(&json!({})), &[]).unwrap();
        assert_eq!(
            results.files["report/tables/praise_outliers.csv"].split(|byte| *byte == b'\n').count(),
            6
        );
    }
    let none = PRAISE.split_once('\n').unwrap().0.to_owned() + "\n";
    let results = round(1, &none, &settings(&json!({})), &[]).unwrap();
    assert!(section(&results.page, "praise-giving").contains("Nobody gave praise."));
}
