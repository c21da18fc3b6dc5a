//! Errors of GitHub, met by `meed publish` and a stand-in for the server.

use serde_json::json;

use super::{Example, Sandbox, Start, code, compare, example, normalised, stage};
use crate::github::stand_in::{Answer, Kind, StandIn};
use crate::support::sandbox::Run;

const PUBLISH: &[&str] = &["publish", "2026-01"];

/// A situation with a server.
struct Answered {
    name: &'static str,
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    prepare: fn(&Sandbox, &StandIn),
}

/// The examples that need a server.
pub const NAMES: [&str; 15] = [
    "github-unauthorized",
    "github-forbidden",
    "github-not-found",
    "github-not-found--issue",
    "github-unprocessable",
    "github-unreachable",
    "github-failing",
    "github-limited",
    "github-answer",
    "github-commit-unknown",
    "github-tag-elsewhere",
    "github-release-foreign",
    "github-category-unknown",
    "github-checks-forbidden",
    "github-interrupted",
];

/// The examples without a server.
pub fn examples() -> Vec<Example> {
    let refused = |name, env| example(name, |_| {}).start(Start::Closed).args(PUBLISH).env(env);
    vec![
        refused("github-token-missing", &[("GITHUB_REPOSITORY", "acme/ledger")]),
        refused("github-repository-unknown", &[("GITHUB_TOKEN", "made-up")]),
        refused(
            "github-repository-invalid",
            &[("GITHUB_TOKEN", "made-up"), ("GITHUB_REPOSITORY", "acme/ledger/more")],
        ),
        refused(
            "github-address-invalid",
            &[
                ("GITHUB_TOKEN", "made-up"),
                ("GITHUB_REPOSITORY", "acme/ledger"),
                ("GITHUB_API_URL", "http://ghe.example.org/api/v3"),
            ],
        ),
    ]
}

/// Refused at the first request.
fn at_once(name: &'static str, prepare: fn(&Sandbox, &StandIn)) -> Answered {
    Answered { name, args: &["publish", "2026-01", "--comment", "7"], env: &[], prepare }
}

fn answered() -> Vec<Answered> {
    let answered = vec![
        Answered { env: &[("GITHUB_TOKEN", "expired")], ..at_once("github-unauthorized", |_, _| {}) },
        at_once("github-forbidden", |_, server| {
            let refusal = Answer::refusal(403, "Resource not accessible by integration");
            let refusal = refusal.with("x-accepted-github-permissions", "issues=write");
            server.fail("POST", "/comments", Kind::Answer(refusal));
        }),
        Answered {
            args: &["publish", "2026-01", "--repository", "acme/leger"],
            ..at_once("github-not-found", |_, _| {})
        },
        Answered {
            args: &["publish", "2026-01", "--comment", "99"],
            ..at_once("github-not-found--issue", |_, _| {})
        },
        at_once("github-unprocessable", |_, server| {
            let refusal = Answer::refusal(422, "Validation Failed");
            server.fail("POST", "/comments", Kind::Answer(refusal));
        }),
        at_once("github-unreachable", |_, server| server.fail("POST", "/comments", Kind::Lost)),
        at_once("github-failing", |_, server| {
            server.fail("POST", "/comments", Kind::Answer(Answer::refusal(502, "Server Error")));
        }),
        at_once("github-limited", |_, server| {
            server.fail("GET", "/comments", Kind::Answer(Answer::limited(86_400)));
        }),
        at_once("github-answer", |_, server| {
            let page = Answer { status: 200, headers: Vec::new(), body: b"<html>".to_vec() };
            server.fail("GET", "/ledger", Kind::Answer(page));
        }),
        at_once("github-commit-unknown", |_, server| server.state().publishing.commits.clear()),
        Answered {
            args: PUBLISH,
            ..at_once("github-tag-elsewhere", |sandbox, server| {
                let elsewhere = ("commit".to_owned(), sandbox.git_ok(&["rev-parse", "HEAD"]));
                server.state().publishing.references.insert("tags/round-2026-01".to_owned(), elsewhere);
            })
        },
        Answered {
            args: PUBLISH,
            ..at_once("github-release-foreign", |_, server| {
                let release = json!({"tag_name": "round-2026-01", "body": "By hand", "draft": false});
                server.state().publishing.release(&release, "https://uploads.example");
            })
        },
        Answered {
            args: &["publish", "2026-01", "--discussion", "gossip"],
            ..at_once("github-category-unknown", |_, _| {})
        },
        Answered {
            args: &["publish", "2026-01", "--check"],
            ..at_once("github-checks-forbidden", |_, server| {
                "bea".clone_into(&mut server.state().publishing.login);
            })
        },
        Answered {
            args: PUBLISH,
            ..at_once("github-interrupted", |_, server| server.fail("POST", "/assets", Kind::Lost))
        },
    ];
    assert_eq!(answered.iter().map(|example| example.name).collect::<Vec<_>>(), NAMES);
    answered
}

/// Runs an example with a server of its own.
fn run(example: &Answered, sandbox: &Sandbox, more: &[&str]) -> (Run, String) {
    let server = StandIn::start();
    let commits = sandbox.git_ok(&["rev-list", "--all"]);
    server.state().publishing.commits = commits.lines().map(str::to_owned).collect();
    (example.prepare)(sandbox, &server);
    let mut command = sandbox.meed_command(&[example.args, more].concat());
    command.envs(server.environment()).envs(example.env.iter().copied());
    (Run::of_command(&mut command), server.url())
}

#[test]
fn every_refusal_of_github_says_what_it_said() {
    let sandbox = stage(Start::Closed);
    for example in answered() {
        let (said, url) = run(&example, &sandbox, &[]);
        let text = format!(
            "$ meed {}\nexit status {}\n{}{}",
            example.args.join(" "),
            said.status,
            said.stdout,
            said.stderr
        );
        compare(example.name, &normalised(&text.replace(&url, "SERVER"), &sandbox)).unwrap();
        let (said, _) = run(&example, &sandbox, &["--format", "json"]);
        let errors: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        let mut codes = errors["errors"].as_array().unwrap().iter().map(|error| &error["code"]);
        assert!(codes.any(|found| found == code(example.name)), "{}: {errors}", example.name);
    }
}
