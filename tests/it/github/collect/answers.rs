//! Hostile texts are data, and answers that lie are errors.

use meed::tables::Table;
use serde_json::json;

use super::*;

#[test]
fn hostile_texts_pass_as_text() {
    let sandbox = Sandbox::new();
    let titles = [
        "$(rm -rf /); `id` && \"quoted\" 'single' | tee, more",
        "${{ secrets.GITHUB_TOKEN }}",
        "::set-output name=x::y\n::error::boo\r\nthree",
        "<script>alert(1)</script> [link](javascript:x) ![](x)",
        "\u{202e}desrever\u{2066} \u{1b}[31mred\u{7}",
        "=1+1",
        "@SUM(A1)",
        "'-1",
        "\t\r",
    ];
    let logins = [
        "=cmd|'/c calc'!A0",
        "+1",
        "$(id)",
        "${{ github.token }}",
        "a\u{202e}b",
        "<b>",
        "a\nb",
        "'x",
        "ü, \"y\"",
    ];
    let server = server(|activity| {
        for ((number, title), login) in (1..).zip(titles).zip(logins) {
            let mut pull = pull(number, &user(login, number), "2026-02-01T00:00:00Z", &march(number));
            pull["title"] = title.into();
            pull["html_url"] = format!("=HYPERLINK(\"{number}\")").into();
            activity.pulls.push(pull);
        }
        let mut large = pull(99, &user("a\0b", 99), "2026-02-01T00:00:00Z", &march(99));
        large["title"] = "é".repeat(1024 * 1024).into();
        activity.pulls.push(large);
    });
    let out = sandbox.key("out.csv");
    for (layout, name, account, url) in [
        ("contributions", "recipient", "account", "url"),
        ("praise", "to user account", "to user account id", "source id"),
    ] {
        let run = collect(&sandbox, &server, &["--out", &out, "--force", "--as", layout]);
        let said = run.stderr.clone() + &run.clone().ok();
        assert!(!said.contains(['\u{1b}', '\u{202e}', '$', '<', '=']), "{said}");
        let bytes = fs::read(&out).unwrap();
        let table = Table::read("out.csv", &bytes, &[name]).unwrap();
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(rows.len(), titles.len() + 1);
        for (number, row) in rows[..titles.len()].iter().enumerate() {
            assert_eq!(row.field(name), logins[number]);
            assert_eq!(row.field(account), format!("github:{}", number + 1));
            assert_eq!(row.field(url), format!("=HYPERLINK(\"{}\")", number + 1));
            if layout == "praise" {
                assert_eq!(
                    row.field("reason"),
                    format!("merged pull request #{}: {}", number + 1, titles[number])
                );
            }
        }
        assert_eq!(rows[titles.len()].field(name), "a\u{fffd}b");
        assert!(bytes.len() < 10_000, "a title of a megabyte is kept whole");
        // No cell is one that a spreadsheet computes.
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
        for record in reader.records() {
            let record = record.unwrap();
            assert!(
                !record.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
                "{record:?}"
            );
        }
    }
}

#[test]
fn answers_that_lie_are_refused() {
    let sandbox = Sandbox::new();
    let out = sandbox.key("out.csv");
    let with = |field: &str, value: Value| {
        let mut pull = pull(1, &person(1), "2026-02-01T00:00:00Z", &march(1));
        if value == "MISSING" {
            pull.as_object_mut().unwrap().remove(field);
        } else {
            pull[field] = value;
        }
        json!([pull])
    };
    let lies = [
        (json!({"message": "fine"}), "expected a sequence"),
        (json!(null), "expected a sequence"),
        (json!(["x"]), "expected struct PullRequest"),
        (with("merged_at", "MISSING".into()), "missing field `merged_at`"),
        (with("user", "MISSING".into()), "missing field `user`"),
        (with("title", Value::Null), "expected a string"),
        (with("merged_at", "yesterday".into()), "`yesterday` is not an instant"),
        (with("updated_at", "2026-02-30T00:00:00Z".into()), "`2026-02-30T00:00:00Z` is not an instant"),
        (with("created_at", "2026-03-01T00:00:00".into()), "is not an instant"),
        (with("number", (-1).into()), "invalid value"),
        (
            with("user", json!({"login": "x".repeat(201), "id": 1, "type": "User"})),
            "a login has 1 to 200 bytes",
        ),
        (with("user", json!({"login": " ", "id": 1, "type": "User"})), "a login has 1 to 200 bytes"),
        (with("html_url", "x".repeat(2_001).into()), "an address has at most 2000 bytes"),
    ];
    for (body, expected) in lies {
        let server = server(|_| {});
        server.fail("GET", "/pulls", Kind::Answer(Answer::json(200, &body)));
        let told = collect(&sandbox, &server, &["--out", &out]).fails(3);
        assert!(
            told.contains("GitHub's answer is not understood") && told.contains(expected),
            "{expected}: {told}"
        );
        assert!(told.len() < 5_000 && !sandbox.path("out.csv").exists());
        fs::remove_file(sandbox.path("out.csv.partial")).unwrap();
    }
}

#[test]
fn pages_without_end_are_refused() {
    let sandbox = Sandbox::new();
    for path in ["/pulls", "/pulls/1/reviews", "/issues", "/issues/comments"] {
        let server = server(|activity| {
            activity.pulls.push(pull(1, &person(1), "2026-02-01T00:00:00Z", &march(1)));
        });
        let body = json!([]);
        let address = format!("{}/repos/acme/ledger{path}", server.url());
        for next in ["?page=2", "?page=3", "?page=2"] {
            let link = format!("<{address}{next}>; rel=\"next\"");
            server.fail("GET", path, Kind::Answer(Answer::json(200, &body).with("link", &link)));
        }
        let told = collect(&sandbox, &server, &["--out", "-"]).fails(3);
        assert!(told.contains("its next pages lead back to it"), "{path}: {told}");
    }
}
