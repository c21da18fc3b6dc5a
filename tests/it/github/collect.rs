//! `meed collect github`, the real program against a server that holds a repository of our own making.

mod answers;
mod rounds;
mod whole;

use std::fs;

use serde_json::Value;

use super::stand_in::collecting::{Activity, Deed, issue, issue_comment, pull, review, review_comment, user};
use super::stand_in::{Answer, Kind, StandIn, TOKEN};
use crate::support::sandbox::{Run, Sandbox};

/// Runs it for March 2026 with the server's token.
fn collect(sandbox: &Sandbox, server: &StandIn, args: &[&str]) -> Run {
    collect_of(sandbox, server, "2026-03-31", args)
}

/// Runs it for a period that begins with March 2026.
fn collect_of(sandbox: &Sandbox, server: &StandIn, until: &str, args: &[&str]) -> Run {
    let fixed = ["collect", "github", "acme/ledger", "--since", "2026-03-01", "--until", until];
    let mut command = sandbox.meed_command(&[&fixed[..], args].concat());
    Run::of_command(command.envs(server.environment()))
}

/// A server whose repository is made so.
fn server(fill: impl FnOnce(&mut Activity)) -> StandIn {
    let server = StandIn::start();
    fill(&mut server.state().activity);
    server
}

/// The table that a run prints.
#[track_caller]
fn printed(sandbox: &Sandbox, server: &StandIn, args: &[&str]) -> String {
    collect(sandbox, server, &[&["--out", "-"], args].concat()).ok()
}

/// The `number`th person.
fn person(number: u64) -> Value {
    user(&format!("person-{number}"), 100 + number)
}

/// A second of March 2026.
fn march(second: u64) -> String {
    let (day, rest) = (second / 86_400, second % 86_400);
    format!("2026-03-{:02}T{:02}:{:02}:{:02}Z", day + 1, rest / 3_600, rest / 60 % 60, rest % 60)
}

/// A repository with `count` pull requests merged in March, a review and a comment on each, comments on
/// the lines of every third, a closed issue for every tenth; and others of other months.
fn busy(activity: &mut Activity, count: u64) {
    for number in 1..=count {
        let at = |hours: u64| march((number * 2_000 + hours * 3_600) % (31 * 86_400));
        activity.pulls.push(pull(number, &person(number % 20), "2026-02-10T00:00:00Z", &at(1)));
        activity
            .reviews
            .insert(number, vec![review(number, number, &person(number % 7), "APPROVED", &at(2))]);
        activity.issue_comments.push(issue_comment(number, number, &person(number % 9), &at(3)));
        if number % 3 == 0 {
            activity.review_comments.push(review_comment(number, number, &person(number % 5), &at(4)));
        }
        if number % 10 == 0 {
            activity.issues.push(issue(count + number, &person(number % 4), "2026-01-01T00:00:00Z", &at(5)));
        }
        // What is older or newer, or still open, is no contribution of March.
        if number % 20 == 0 {
            let others = 2 * count + 3 * number;
            let pulls = [
                ("2026-02-01", "2026-02-20T00:00:00Z"),
                ("2026-02-01", "2026-04-02T00:00:00Z"),
                ("2026-03-05", ""),
            ];
            for (index, (created, merged)) in (0..).zip(pulls) {
                let created = format!("{created}T00:00:00Z");
                activity.pulls.push(pull(others + index, &person(1), &created, merged));
                let late =
                    review(others + index, others + index, &person(2), "COMMENTED", "2026-04-01T10:00:00Z");
                activity.reviews.insert(others + index, vec![late]);
            }
            activity.issue_comments.push(issue_comment(others, 1, &person(1), "2026-04-01T00:00:00Z"));
        }
    }
}

/// Changes many entries after the period, so that every list stands in another order.
fn change_later(activity: &mut Activity) {
    let Activity { pulls, issues, issue_comments, review_comments, .. } = activity;
    let lists = [pulls, issues, issue_comments, review_comments];
    for item in lists.into_iter().flatten() {
        let id = item["id"].as_u64().unwrap();
        if id.is_multiple_of(3) {
            item["updated_at"] = format!("2026-04-{:02}T{:02}:00:00Z", 10 + id % 17, id % 23).into();
        }
    }
}

/// The header, and the parts of all rows.
fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

const HEADER: &str = "recipient,account,time,kind,url,pull_requests,reviews,issues,comments\n";

#[test]
fn each_kind_has_its_row() {
    let sandbox = Sandbox::new();
    let server = server(|activity| {
        activity.pulls.push(pull(1, &person(1), "2026-02-01T00:00:00Z", "2026-03-04T05:06:07Z"));
        activity.pulls.push(pull(2, &person(2), "2026-03-01T00:00:00Z", ""));
        activity.reviews.insert(1, vec![review(5, 1, &person(2), "APPROVED", "2026-03-04T05:06:07Z")]);
        // Not submitted: its author alone sees it, and it has no time.
        let mut pending = review(6, 2, &person(1), "PENDING", "");
        pending.as_object_mut().unwrap().remove("submitted_at");
        let own = review(7, 2, &person(2), "COMMENTED", "2026-03-03T00:00:00Z");
        activity.reviews.insert(2, vec![pending, own]);
        activity.issues.push(issue(3, &person(3), "2025-12-24T00:00:00Z", "2026-03-05T00:00:00Z"));
        activity.issues.push(issue(4, &person(3), "2026-03-05T00:00:00Z", ""));
        activity.issue_comments.push(issue_comment(9, 3, &person(4), "2026-03-02T00:00:00Z"));
        activity.review_comments.push(review_comment(9, 1, &person(1), "2026-03-02T00:00:00Z"));
    });
    let page = "https://github.com/acme/ledger";
    let expected = [
        HEADER,
        &format!("person-4,github:104,2026-03-02T00:00:00Z,comment,{page}/issues/3#issuecomment-9,0,0,0,1\n"),
        &format!("person-1,github:101,2026-03-02T00:00:00Z,comment,{page}/pull/1#discussion_r9,0,0,0,1\n"),
        &format!(
            "person-2,github:102,2026-03-03T00:00:00Z,review,{page}/pull/2#pullrequestreview-7,0,1,0,0\n"
        ),
        &format!("person-1,github:101,2026-03-04T05:06:07Z,pull-request,{page}/pull/1,1,0,0,0\n"),
        &format!(
            "person-2,github:102,2026-03-04T05:06:07Z,review,{page}/pull/1#pullrequestreview-5,0,1,0,0\n"
        ),
        &format!("person-3,github:103,2026-03-05T00:00:00Z,issue,{page}/issues/3,0,0,1,0\n"),
    ];
    assert_eq!(printed(&sandbox, &server, &[]), expected.concat());
    let praise = printed(&sandbox, &server, &["--as", "praise", "--quantifiers", "1"]);
    let lines: Vec<&str> = praise.lines().collect();
    assert_eq!(
        lines[0],
        "ID,DATE,TO USER ACCOUNT,TO USER ACCOUNT ID,TO ETH ADDRESS,FROM USER ACCOUNT,FROM USER ACCOUNT ID,FROM ETH ADDRESS,\
         REASON,SOURCE ID,SOURCE NAME,SCORE 1,DUPLICATE ID 1,DISMISSED 1,QUANTIFIER 1 USERNAME,QUANTIFIER 1 ETH ADDRESS,AVG SCORE"
    );
    let row = |id: &str, at: &str, who: u64, reason: &str, url: &str| {
        format!(
            "{id},{at},person-{who},github:10{who},,acme/ledger,,,{reason},{page}{url},acme/ledger,,,,,,0"
        )
    };
    assert_eq!(
        lines[1..],
        [
            row(
                "github-issue-comment-9",
                "2026-03-02T00:00:00Z",
                4,
                "comment on #3",
                "/issues/3#issuecomment-9"
            ),
            row(
                "github-review-comment-9",
                "2026-03-02T00:00:00Z",
                1,
                "comment on #1",
                "/pull/1#discussion_r9"
            ),
            row(
                "github-review-7",
                "2026-03-03T00:00:00Z",
                2,
                "review of #2: Change 2",
                "/pull/2#pullrequestreview-7"
            ),
            row(
                "github-pull-request-7000001",
                "2026-03-04T05:06:07Z",
                1,
                "merged pull request #1: Change 1",
                "/pull/1"
            ),
            row(
                "github-review-5",
                "2026-03-04T05:06:07Z",
                2,
                "review of #1: Change 1",
                "/pull/1#pullrequestreview-5"
            ),
            row("github-issue-8000003", "2026-03-05T00:00:00Z", 3, "closed issue #3: Fault 3", "/issues/3"),
        ]
    );
}

#[test]
fn the_period_is_kept_to_the_second() {
    let sandbox = Sandbox::new();
    let times =
        ["2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z"];
    let server = server(|activity| {
        for (number, at) in (1..).zip(times) {
            activity.pulls.push(pull(number, &person(1), "2026-02-01T00:00:00Z", at));
            activity.issues.push(issue(number + 10, &person(1), "2026-02-01T00:00:00Z", at));
            activity.issue_comments.push(issue_comment(number, 1, &person(1), at));
            activity.review_comments.push(review_comment(number, 1, &person(1), at));
        }
        // All on one that was changed in the period.
        let reviews = (1..).zip(times).map(|(id, at)| review(id, 3, &person(1), "APPROVED", at));
        activity.reviews.insert(3, reviews.collect());
    });
    let table = printed(&sandbox, &server, &[]);
    let found: Vec<(&str, &str)> = rows(&table).iter().map(|row| (row[2], row[3])).collect();
    let kinds = ["pull-request", "review", "issue", "comment", "comment"];
    let expected: Vec<_> = times[1..3].iter().flat_map(|at| kinds.map(|kind| (*at, kind))).collect();
    assert_eq!(found, expected);
}

#[test]
fn bots_deleted_accounts_and_the_named_are_left_out_and_counted() {
    let sandbox = Sandbox::new();
    let mut app = user("helper", 6);
    app["type"] = "Bot".into();
    let mut renovate = user("renovate[bot]", 5);
    renovate["type"] = "User".into();
    let authors = [person(1), user("Tidewater-CI", 4), renovate, app, Value::Null, user("ghost", 10_137)];
    let server = server(|activity| {
        for (id, author) in (1..).zip(authors) {
            activity.issue_comments.push(issue_comment(id, 1, &author, &march(id)));
        }
    });
    let who = |args: &[&str]| {
        let run = collect(&sandbox, &server, &[&["--out", "-", "--kind", "comments"], args].concat());
        let notes = run.stderr.clone();
        let table = run.ok();
        let names: Vec<String> = rows(&table).iter().map(|row| row[0].to_owned()).collect();
        let left_out = notes.lines().find(|line| line.starts_with("left out: ")).unwrap().to_owned();
        (names, left_out)
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let told =
        |bots, without| format!("left out: {bots} of bots, 2 of deleted accounts, {without} by --without");
    assert_eq!(who(&[]), (names(&["person-1", "Tidewater-CI"]), told(2, 0)));
    assert_eq!(who(&["--without", "@tidewater-ci"]), (names(&["person-1"]), told(2, 1)));
    assert_eq!(
        who(&["--bots", "--without", "helper,nobody"]),
        (names(&["person-1", "Tidewater-CI", "renovate[bot]"]), told(0, 1))
    );
}

#[test]
fn only_what_is_wanted_is_asked_for() {
    let sandbox = Sandbox::new();
    for (kind, expected) in [
        ("pull-requests", &["/pulls"][..]),
        ("reviews", &["/pulls", "/pulls/1/reviews"]),
        ("issues", &["/issues"]),
        ("comments", &["/issues/comments", "/pulls/comments"]),
    ] {
        let server = server(|activity| {
            activity.pulls.push(pull(1, &person(1), "2026-02-01T00:00:00Z", &march(1)));
            activity.pulls.push(pull(2, &person(1), "2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z"));
        });
        let _ = printed(&sandbox, &server, &["--kind", kind]);
        let state = server.state();
        let asked: Vec<&str> = state.seen[1..]
            .iter()
            .map(|seen| seen.path.strip_prefix("/repos/acme/ledger").unwrap())
            .collect();
        assert_eq!(asked, expected, "{kind}");
        assert!(state.seen.iter().all(|seen| seen.method == "GET"));
    }
}

#[test]
fn without_a_token_it_says_what_that_means() {
    let sandbox = Sandbox::new();
    let server = server(|activity| busy(activity, 3));
    let args =
        ["collect", "github", "acme/ledger", "--since", "2026-03-01", "--until", "2026-03-31", "--out", "-"];
    let run = Run::of_command(sandbox.meed_command(&args).env("GITHUB_API_URL", server.url()));
    assert!(run.stderr.contains("60 requests an hour"), "{}", run.stderr);
    assert_eq!(run.ok(), printed(&sandbox, &server, &[]));
    assert!(server.state().seen[0].header("authorization").is_none());
}

#[test]
fn an_empty_period_is_a_header_and_a_warning() {
    let sandbox = Sandbox::new();
    let server = server(|activity| activity.has_no_issues = true);
    let out = sandbox.key("out.csv");
    let run = collect(&sandbox, &server, &["--out", &out, "--format", "json"]);
    assert!(
        run.stderr.contains("warning: nothing was found: the table has its header alone"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("acme/ledger has no issues: they are switched off there"), "{}", run.stderr);
    let told: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!((&told["contributions"], &told["people"]), (&0.into(), &0.into()));
    assert_eq!(fs::read_to_string(&out).unwrap(), HEADER);

    // It is not written over.
    let refused = collect(&sandbox, &server, &["--out", &out]).fails(2);
    assert!(refused.contains("exists already") && refused.contains("--force"), "{refused}");
    let asked = server.state().seen.len();
    assert_eq!(asked, 4, "GitHub was asked for what cannot be written");
    let _ = collect(&sandbox, &server, &["--out", &out, "--force", "--as", "praise"]).ok();
    assert!(fs::read_to_string(&out).unwrap().starts_with("ID,DATE,"));
}

/// Everything that is wrong with the options is told at once, before GitHub is asked.
#[test]
fn wrong_options_are_refused() {
    let sandbox = Sandbox::new();
    let server = server(|_| {});
    let args = ["collect", "github", "acme", "--since", "2026-04-01", "--until", "2026-03-01", "--out", "-"];
    let mut command = sandbox.meed_command(&[&args[..], &["--format", "json"]].concat());
    let run = Run::of_command(command.envs(server.environment()));
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, told["errors"].as_array().unwrap().len()), (2, 3), "{told}");
    for (option, value) in [("--kind", "stars"), ("--as", "xlsx"), ("--quantifiers", "21")] {
        let refused = collect(&sandbox, &server, &["--out", "-", option, value]).fails(2);
        assert!(refused.contains(value), "{refused}");
    }
    let args =
        ["collect", "github", "acme/ledger", "--since", "2026-3-1", "--until", "2026-03-31", "--out", "-"];
    let refused = sandbox.meed(&args).fails(2);
    assert!(refused.contains("write a day as YYYY-MM-DD"), "{refused}");
    let missing = sandbox.key("nowhere/out.csv");
    let refused = collect(&sandbox, &server, &["--out", &missing]).fails(3);
    assert!(refused.contains("nowhere/out.csv.partial: cannot be opened"), "{refused}");
    assert!(server.state().seen.is_empty());
}
