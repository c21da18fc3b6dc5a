//! What is collected is an input: a round is made of it, closed and verified.

use serde_json::json;

use super::*;

/// Writes a round of March 2026 of one allocation.
fn write_round(sandbox: &Sandbox, allocation: &Value) {
    let period = json!({"start": "2026-03-01", "end": "2026-03-31"});
    let round = json!({"format": 1, "period": period, "allocations": [allocation]});
    sandbox.write("rounds/2026-03/round.json", round.to_string());
}

/// A repository of three people: 2 pull requests, 1 review and 1 comment of the first, 1 pull request and 2
/// reviews of the second, 4 comments of the third.
fn small(activity: &mut Activity) {
    for (number, author) in [(1, 1), (2, 1), (3, 2)] {
        activity.pulls.push(pull(number, &person(author), "2026-02-01T00:00:00Z", &march(number * 1_000)));
    }
    activity.pulls[0]["title"] = "=HYPERLINK(\"https://evil.example\"), ${{ x }}".into();
    activity.reviews.insert(1, vec![review(1, 1, &person(2), "APPROVED", &march(100))]);
    activity.reviews.insert(2, vec![review(2, 2, &person(2), "APPROVED", &march(200))]);
    activity.reviews.insert(3, vec![review(3, 3, &person(1), "APPROVED", &march(300))]);
    for (id, author) in [(1, 3), (2, 3), (3, 3), (4, 3), (5, 1)] {
        activity.issue_comments.push(issue_comment(id, 1, &person(author), &march(id * 10)));
    }
}

/// The settings are those of the README.
#[test]
fn contributions_become_a_round() {
    let sandbox = Sandbox::ledger();
    let server = server(small);
    let readme = fs::read_to_string(crate::support::package().join("README.md")).unwrap();
    let section = readme.split("## Collecting contributions from GitHub").nth(1).unwrap();
    let example = section.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    write_round(&sandbox, &serde_json::from_str(example).unwrap());
    let _ = collect(&sandbox, &server, &["--out", "rounds/2026-03/github.csv"]).ok();
    sandbox.write(
        "members.csv",
        "name,keys,address,from_round\nperson-1,id:github:101,0x1111111111111111111111111111111111111111,\n",
    );
    let checked = sandbox.meed(&["check", "--worktree"]).ok();
    assert!(checked.contains("person-3"), "{checked}");
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    // 5 a pull request, 2 a review, 1 a comment: 13 + 9 + 4 = 26 of 1,300.
    let distribution = sandbox.read("rounds/2026-03/results/distribution.csv");
    let totals: Vec<(&str, &str)> = distribution
        .lines()
        .skip(1)
        .map(|line| (line.split(',').next().unwrap(), line.rsplit(',').next().unwrap()))
        .collect();
    assert_eq!(totals, [("person-1", "650"), ("person-2", "450"), ("person-3", "200")]);
}

#[test]
fn praise_becomes_a_round() {
    let sandbox = Sandbox::ledger();
    let server = server(small);
    let settings = json!({
        "contributor_share": "1", "quantifier_share": "0", "rewardboard_share": "0", "quantifiers": 2,
    });
    let allocation = json!({
        "name": "praise", "method": "praise-v1", "pool": "110",
        "inputs": {"praise": "praise.csv", "rewardboard": "board.csv"}, "settings": settings,
    });
    write_round(&sandbox, &allocation);
    sandbox.write("rounds/2026-03/board.csv", "ID\n");
    let args = ["--out", "rounds/2026-03/praise.csv", "--as", "praise", "--quantifiers", "2"];
    let _ = collect(&sandbox, &server, &args).ok();
    let unscored = sandbox.meed(&["check", "--worktree"]).ok();
    assert!(unscored.contains("unallocated"), "{unscored}");

    // Somebody scores: 10 for each row, and one of them twice as much.
    let table = sandbox.read("rounds/2026-03/praise.csv");
    assert_eq!(table.lines().count(), 1 + 11);
    let mut scored = String::new();
    for (index, line) in table.lines().enumerate() {
        let line = match (index, line.strip_suffix(",0")) {
            (0, _) | (_, None) => line.to_owned(),
            (_, Some(row)) if row.starts_with("github-pull-request-7000003") => format!("{row},20"),
            (_, Some(row)) => format!("{row},10"),
        };
        scored += &(line + "\n");
    }
    sandbox.write("rounds/2026-03/praise.csv", scored);
    sandbox.commit("Inputs");
    let _ = sandbox.close(&[]).ok();
    assert_eq!(sandbox.failing(&[]), [""; 0]);
    let distribution = sandbox.read("rounds/2026-03/results/distribution.csv");
    assert!(distribution.contains("person-2,,id:github:102,github:102,"), "{distribution}");
    let pages = sandbox.read("rounds/2026-03/results/report/report.html");
    assert!(!pages.contains("href=\"https://evil.example"), "a title became a link");
}
