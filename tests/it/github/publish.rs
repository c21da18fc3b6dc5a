//! `meed publish` against the stand-in: what stands there afterwards, what is not sent, and that a second
//! run repairs what an outage left.

use meed::git::Repository;
use meed::github::Client;
use meed::github::publish::{Publication, Published, Targets, publish};
use meed::snapshot;
use meed::verification::VerifiedRound;
use serde_json::{Value, json};

use super::access;
use super::stand_in::publishing::write_of;
use super::stand_in::{Answer, Kind, StandIn, TOKEN};
use crate::support::sandbox::{Run, Sandbox};
use crate::support::stage::{Start, edit, stage};

/// All targets at once, as options.
const ALL: &[&str] = &["--release", "--comment", "7", "--discussion", "Reward rounds", "--check", "--status"];

/// A ledger whose round 2026-01 is closed, with payout files.
fn ledger() -> Sandbox {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "ledger.json", "{", "{\n  \"payouts\": [\"safe-csv\", \"merkle\"],");
    let token = "\"decimals\": 18, \"address\": \"0x5a175a175a175a175a175a175a175a175a175a17\"";
    edit(&sandbox, "ledger.json", "\"decimals\": 18", token);
    let _ = sandbox.close(&[]).ok();
    sandbox
}

/// A server that has the ledger's commits.
fn server_of(sandbox: &Sandbox) -> StandIn {
    let server = StandIn::start();
    let commits = sandbox.git_ok(&["rev-list", "--all"]);
    server.state().publishing.commits = commits.lines().map(str::to_owned).collect();
    server
}

/// Runs `meed publish 2026-01` against a server.
fn run(sandbox: &Sandbox, server: &StandIn, args: &[&str]) -> Run {
    run_with(sandbox, server, &[&["publish", "2026-01"], args].concat(), &[])
}

fn run_with(sandbox: &Sandbox, server: &StandIn, args: &[&str], env: &[(&str, &str)]) -> Run {
    let mut command = sandbox.meed_command(args);
    command.envs(server.environment()).envs(env.iter().copied());
    let run = Run::of_command(&mut command);
    assert!(!format!("{run:?}").contains(TOKEN), "the token is printed: {run:?}");
    run
}

/// What was written on a server so far.
fn writes(server: &StandIn) -> Vec<String> {
    server.state().seen.iter().filter_map(write_of).collect()
}

/// Publishes 2026-01 to all targets of a server; an error is the text of all problems.
type Publish<'a> = &'a dyn Fn(&StandIn) -> Result<Published, String>;

/// Hands out what publishes through the library.
fn in_process(sandbox: &Sandbox, then: &mut dyn FnMut(Publish<'_>)) {
    let git = Repository::open(&sandbox.path("ledger")).unwrap();
    let tip = git.branch_tip("main").unwrap().unwrap();
    let tree = git.tree_of(tip).unwrap();
    let ledger = snapshot::read_ledger(&git, tree).unwrap();
    let record = snapshot::read_record(&git, tree, &ledger, &snapshot::StatementCache::default()).unwrap();
    let recorded = record.find("2026-01", 1).unwrap();
    let round = VerifiedRound::verify(&git, tip, recorded, None, &|_, _| {}).unwrap();
    let repository = meed::github::Repository::parse("acme/ledger").unwrap();
    let publication = Publication::read(&git, &round, repository).unwrap();
    let targets = Targets {
        release: true,
        comment: Some(7),
        discussion: Some("reward-rounds".to_owned()),
        check: true,
        status: true,
    };
    then(&|server: &StandIn| {
        let silent = |_: &str| {};
        let client = Client::connect(&access(server), &silent).unwrap();
        publish(&client, &publication, &targets, false).map_err(|problems| problems.to_string())
    });
}

#[test]
fn a_round_is_published_once() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    let commit = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let text = run(&sandbox, &server, ALL).ok();
    assert!(text.starts_with("published 2026-01 in acme/ledger\n"), "{text}");
    for link in [
        "release     https://github.com/acme/ledger/releases/tag/round-2026-01",
        "comment     https://github.com/acme/ledger/issues/7#issuecomment-",
        "discussion  https://github.com/acme/ledger/discussions/",
        "check       https://github.com/acme/ledger/runs/",
    ] {
        assert!(text.contains(link), "{link}\n{text}");
    }
    {
        let state = server.state();
        let there = &state.publishing;
        assert_eq!(there.references["tags/round-2026-01"], ("commit".to_owned(), commit.clone()));
        let [release] = there.releases.as_slice() else { panic!("{} releases", there.releases.len()) };
        assert_eq!(release["draft"], false);
        assert_eq!(release["target_commitish"], *commit);
        assert_eq!(release["name"], "Test Commons rewards: 2026-01, 2026-01-01 to 2026-01-28");
        let marker = "<!-- meed:2026-01 revision 1 ledger 0123456789abcdef0123456789abcdef -->";
        let posts = [&release["body"], &there.comments[0]["body"], &there.discussions[0]["body"]];
        for body in posts.map(|body| body.as_str().unwrap()) {
            assert_eq!(body.lines().next(), Some(marker));
            assert!(body.contains("| Bea | 57.86 |"), "{body}");
            assert!(body.contains(&format!("`meed verify 2026-01 --known {commit}`")), "{body}");
        }
        let mut names = Vec::new();
        for asset in release["assets"].as_array().unwrap() {
            let name = asset["name"].as_str().unwrap();
            let path = name.replacen("payouts-", "payouts/", 1).replace("report.html", "report/report.html");
            let bytes = std::fs::read(sandbox.at(&format!("rounds/2026-01/results/{path}"))).unwrap();
            assert_eq!(asset["digest"], format!("sha256:{}", meed::files::sha256_hex(&bytes)), "{name}");
            names.push(name.to_owned());
        }
        for name in ["distribution.csv", "report.html", "statement.json", "payouts-merkle.json"] {
            assert!(names.iter().any(|found| found == name), "{name} is missing: {names:?}");
        }
        assert_eq!((there.comments.len(), there.discussions.len()), (1, 1));
        assert_eq!((there.checks.len(), there.statuses.len()), (1, 1));
        assert_eq!(there.checks[0]["conclusion"], "success");
        assert_eq!(there.checks[0]["head_sha"], *commit);
        assert_eq!(
            (&there.statuses[0]["state"], &there.statuses[0]["sha"]),
            (&json!("success"), &json!(commit))
        );
    }
    let before = writes(&server);
    let again = run(&sandbox, &server, ALL).ok();
    assert!(again.starts_with("nothing to do: acme/ledger has 2026-01 as it is\n"), "{again}");
    assert_eq!(writes(&server), before);
}

/// At every request that writes, in every way in which it can go wrong: the second run repairs it.
#[test]
fn an_outage_at_any_write_is_repaired_by_a_second_run() {
    let sandbox = ledger();
    in_process(&sandbox, &mut |publish| {
        let undisturbed = server_of(&sandbox);
        let published = publish(&undisturbed).unwrap();
        let expected = undisturbed.state().publishing.summary();
        let files_in_all = expected["releases"][0]["assets"].as_array().unwrap().len();
        let seen = undisturbed.state().seen.clone();
        let places: Vec<usize> = (0..seen.len()).filter(|place| write_of(&seen[*place]).is_some()).collect();
        assert_eq!(places.len(), published.actions.len());
        assert!(places.len() > 10, "{places:?}");
        let outage = || Answer::refusal(502, "Server Error");
        for place in places {
            let hit = &seen[place];
            let same = |other: &&super::stand_in::Seen| {
                other.method == hit.method && other.path.ends_with(hit.path.as_str())
            };
            let skip = seen[..place].iter().filter(same).count();
            let method: &'static str = hit.method.clone().leak();
            let path: &'static str = hit.path.clone().leak();
            for kind in [Kind::Lost, Kind::LostAfterwards, Kind::Answer(outage())] {
                let server = server_of(&sandbox);
                server.fail(method, path, kind.clone());
                server.state().faults[0].skip = skip;
                let error = publish(&server).unwrap_err();
                assert!(error.contains("whether it was done is not known"), "{error}");
                assert!(error.contains("\nerror: published in part; done: "), "{error}");
                assert!(server.state().faults.is_empty());
                // Nobody saw a release without its files.
                for release in &server.state().publishing.releases {
                    let files = release["assets"].as_array().unwrap().len();
                    assert!(
                        release["draft"] == true || files == files_in_all,
                        "{files} files, {kind:?} at {path}"
                    );
                }
                let _ = publish(&server).unwrap();
                assert_eq!(server.state().publishing.summary(), expected, "{kind:?} at {method} {path}");
            }
        }
    });
}

#[test]
fn what_does_not_verify_is_not_published() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    sandbox.write("rounds/2026-01/results/distribution.csv", "recipient,total\nMallory,1000\n");
    sandbox.commit("More for me");
    let error = run(&sandbox, &server, &[]).fails(2);
    assert!(error.contains("round `2026-01` does not verify: append-only: "), "{error}");
    assert!(server.state().seen.is_empty(), "something was asked");
}

#[test]
fn a_round_under_review_is_not_published() {
    let sandbox = stage(Start::Open);
    edit(&sandbox, "ledger.json", "{", "{\n  \"review\": {\"days\": 7, \"approvals\": 1},");
    let _ = sandbox.close(&[]).ok();
    let server = server_of(&sandbox);
    let error = run(&sandbox, &server, &[]).fails(3);
    assert!(error.contains("0 of 1 approval") && error.contains("until"), "{error}");
    assert!(server.state().seen.is_empty(), "something was asked");
}

/// The requests of a plan, with the number of the release filled in.
fn planned(plan: &Value, server: &StandIn) -> Vec<String> {
    let number = server.state().publishing.releases[0]["id"].to_string();
    let actions = plan["actions"].as_array().unwrap().iter();
    let path = |action: &Value| {
        let path = action["path"].as_str().unwrap().replace("{release}", &number);
        format!("{} {}", action["method"].as_str().unwrap(), path.split('?').next().unwrap())
    };
    actions.map(path).collect()
}

#[test]
fn a_dry_run_shows_what_is_done_then() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    let dry = [ALL, &["--dry-run"]].concat();
    let text = run(&sandbox, &server, &dry).ok();
    let plan = run(&sandbox, &server, &[dry.as_slice(), &["--format", "json"]].concat()).ok();
    assert_eq!(writes(&server), [""; 0]);
    let _ = run(&sandbox, &server, ALL).ok();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(planned(&plan, &server), writes(&server));
    // Word for word: titles, bodies, files.
    let state = server.state();
    let sent = state.seen.iter().filter(|seen| write_of(seen).is_some());
    for (action, sent) in plan["actions"].as_array().unwrap().iter().zip(sent) {
        if let Some(file) = action.get("file") {
            assert_eq!(file["sha256"], meed::files::sha256_hex(&sent.body));
            assert_eq!(file["bytes"], sent.body.len());
            assert_eq!(Some(file["name"].as_str().unwrap()), sent.value("name"));
            assert!(text.contains(&format!(
                "  {} bytes, sha256 {}\n",
                file["bytes"],
                file["sha256"].as_str().unwrap()
            )));
        } else if sent.path == "/graphql" {
            assert_eq!(action["content"], sent.json()["variables"]);
        } else {
            assert_eq!(action["content"], sent.json());
        }
    }
    let comment = state.publishing.comments[0]["body"].as_str().unwrap();
    for line in comment.lines() {
        assert!(text.contains(&format!("\n  | {line}\n")), "{line}");
    }
    assert!(
        text.contains("\nPOST /repos/acme/ledger/releases/{release}/assets?name=report.html\n"),
        "{text}"
    );
}

#[test]
fn limits_are_waited_for() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    server.fail("POST", "/comments", Kind::Answer(Answer::limited(1)));
    let run = run(&sandbox, &server, &["--comment", "12"]);
    assert!(run.stderr.contains("GitHub wants no more requests for 1 s: waiting"), "{run:?}");
    let _ = run.ok();
    assert_eq!(server.state().publishing.comments.len(), 1);
}

/// Another run makes the same thing between our reading and our writing.
#[test]
fn duplicates_of_another_run_are_found() {
    let sandbox = ledger();
    in_process(&sandbox, &mut |publish| {
        let undisturbed = server_of(&sandbox);
        let _ = publish(&undisturbed).unwrap();
        let expected = undisturbed.state().publishing.summary();
        let duplicates = [
            ("POST", "/git/refs", Answer::refusal(422, "Reference already exists")),
            ("POST", "/assets", Answer::duplicate("ReleaseAsset", "name")),
            ("PATCH", "", Answer::duplicate("Release", "tag_name")),
        ];
        for (method, path, refusal) in duplicates {
            let server = server_of(&sandbox);
            server.fail(method, path, Kind::Overtaken(refusal));
            let _ = publish(&server).unwrap();
            assert_eq!(server.state().publishing.summary(), expected, "{method} {path}");
        }
        // What is refused for itself is not sent again.
        let server = server_of(&sandbox);
        server.fail("POST", "/git/refs", Kind::Answer(Answer::refusal(422, "Object does not exist")));
        let error = publish(&server).unwrap_err();
        assert!(error.contains("(422): Object does not exist"), "{error}");
        assert_eq!(writes(&server), ["POST /repos/acme/ledger/git/refs"]);
    });
}

#[test]
fn hostile_names_are_text() {
    let sandbox = stage(Start::Open);
    let name = "@everyone acme/ledger#1 GH-2 <img src=x> ${{ github.token }} [x](y) | ::set-output name=a::b";
    let praise = sandbox.read("rounds/2026-01/praise.csv");
    sandbox.write("rounds/2026-01/praise.csv", praise.replace("Bea", name));
    sandbox.commit("A name");
    let _ = sandbox.close(&[]).ok();
    let server = server_of(&sandbox);
    let shown = run(&sandbox, &server, &[ALL, &["--dry-run"]].concat()).ok();
    assert!(!shown.lines().any(|line| line.trim_start().starts_with("::")), "{shown}");
    let _ = run(&sandbox, &server, ALL).ok();
    let state = server.state();
    let there = &state.publishing;
    let texts = [
        &there.releases[0]["body"],
        &there.releases[0]["name"],
        &there.comments[0]["body"],
        &there.discussions[0]["body"],
        &there.discussions[0]["title"],
        &there.checks[0]["output"]["summary"],
        &there.statuses[0]["description"],
    ];
    let mut named = 0;
    for text in texts.map(|text| text.as_str().unwrap()) {
        named += usize::from(text.contains("everyone"));
        let followed = |sign: char, by: fn(char) -> bool| {
            text.match_indices(sign).any(|(at, _)| text[at + 1..].starts_with(by))
        };
        assert!(!followed('@', char::is_alphanumeric), "{text}");
        assert!(!followed('#', |next| next.is_ascii_digit()), "{text}");
        assert!(!text.contains("GH-2") && !text.replace("\\<", "").contains("<img"), "{text}");
        assert!(!text.contains("[x]("), "{text}");
    }
    assert_eq!(named, 3, "the name should stand in release, comment and discussion");
}

#[test]
fn an_enterprise_server_has_its_api_elsewhere() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    let api = format!("{}/api/v3", server.url());
    let env = [("GITHUB_API_URL", api.as_str()), ("GITHUB_SERVER_URL", "https://ghe.example.org")];
    for round in 0..40 {
        let body = format!("Comment {round}");
        server.state().publishing.comment(7, "wren", &body);
    }
    let args = [&["publish", "2026-01"], ALL].concat();
    let text = run_with(&sandbox, &server, &args, &env).ok();
    // The stand-in gives addresses on github.com, which is another server then.
    assert!(!text.contains("https://"), "{text}");
    let again = run_with(&sandbox, &server, &args, &env).ok();
    assert!(again.starts_with("nothing to do"), "{again}");
    let state = server.state();
    assert!(state.seen.iter().all(|seen| seen.path.starts_with("/api/")));
    assert!(state.seen.iter().any(|seen| seen.path.starts_with("/api/uploads/repos/acme/ledger/releases/")));
    assert!(state.seen.iter().any(|seen| seen.path == "/api/graphql"));
}

#[test]
fn only_our_own_comment_is_changed() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    let marker = "<!-- meed:2026-01 revision 1 ledger 0123456789abcdef0123456789abcdef -->";
    let bot = "github-actions[bot]";
    {
        let mut state = server.state();
        let there = &mut state.publishing;
        for (login, body) in [
            ("mallory", format!("{marker}\n\nGet rich")),
            (bot, format!("See this:\n{marker}")),
            (bot, marker.replace("revision 1", "revision 12")),
            (bot, marker.replace("2026-01", "2026-011")),
            (bot, marker.replace("0123", "3210")),
        ] {
            there.comment(7, login, &body);
        }
        for number in 0..250 {
            there.comment(7, "wren", &format!("Comment {number}"));
        }
        there.comment(7, bot, &format!("{marker}\r\n\r\nOld"));
        there.comment(7, bot, marker);
    }
    let before = server.state().publishing.comments.clone();
    let done = run(&sandbox, &server, &["--comment", "7"]);
    assert!(done.stderr.contains("by mallory, so it is left alone"), "{done:?}");
    assert!(done.stderr.contains("a second comment of this round is left alone"), "{done:?}");
    let _ = done.ok();
    let after = server.state().publishing.comments.clone();
    assert_eq!(after.len(), before.len());
    let changed: Vec<usize> = (0..after.len()).filter(|at| after[*at] != before[*at]).collect();
    assert_eq!(changed, [255]);
    assert!(after[255]["body"].as_str().unwrap().contains("| Bea |"));
    let _ = run(&sandbox, &server, &["--comment", "7"]).ok();
    assert_eq!(writes(&server).len(), 1);
}

#[test]
fn tags_and_releases_of_others_are_left_alone() {
    let sandbox = ledger();
    let commit = sandbox.git_ok(&["rev-parse", "HEAD"]);
    let parent = sandbox.git_ok(&["rev-parse", "HEAD~1"]);

    let server = server_of(&sandbox);
    let pointed = ("commit".to_owned(), parent);
    server.state().publishing.references.insert("tags/round-2026-01".to_owned(), pointed);
    let draft = json!({"tag_name": "round-2026-01", "name": "Mine", "body": "By hand", "draft": false});
    server.state().publishing.release(&draft, "https://uploads.example");
    let error = run(&sandbox, &server, &["--release"]).fails(3);
    assert!(error.contains("error: tag round-2026-01 on GitHub points to "), "{error}");
    assert!(error.contains("error: the release round-2026-01 on GitHub was not made by meed"), "{error}");
    assert_eq!(writes(&server), [""; 0]);

    // An annotated tag at the closing commit is as good; a hundred other releases are passed over; a
    // draft of somebody else stays.
    let server = server_of(&sandbox);
    {
        let mut state = server.state();
        let tag = "7".repeat(40);
        state.publishing.references.insert("tags/round-2026-01".to_owned(), ("tag".to_owned(), tag.clone()));
        state.publishing.tags.insert(tag, commit);
        for number in 0..150 {
            let other = json!({"tag_name": format!("v{number}"), "body": "Software", "draft": false});
            state.publishing.release(&other, "https://uploads.example");
        }
        let draft = json!({"tag_name": "round-2026-01", "name": "Mine", "body": "By hand", "draft": true});
        state.publishing.release(&draft, "https://uploads.example");
    }
    let done = run(&sandbox, &server, &["--release"]);
    assert!(done.stderr.contains("another draft of the release round-2026-01 is left alone"), "{done:?}");
    let _ = done.ok();
    assert!(!writes(&server).iter().any(|write| write.ends_with("/git/refs")));
    assert_eq!(server.state().publishing.releases.len(), 152);
    let before = writes(&server).len();
    let _ = run(&sandbox, &server, &["--release"]).ok();
    assert_eq!(writes(&server).len(), before);
}

#[test]
fn commits_that_were_not_pushed_are_named() {
    let sandbox = ledger();
    let server = StandIn::start();
    for commits in [vec![], vec!["a".repeat(40)]] {
        server.state().publishing.commits = commits;
        let error = run(&sandbox, &server, &[]).fails(3);
        assert!(error.contains("error: acme/ledger on GitHub does not have commit "), "{error}");
        assert!(error.contains("hint: push the branch"), "{error}");
    }
    assert_eq!(writes(&server), [""; 0]);
}

/// GitHub lets apps make check runs only. Nothing else is done in its place.
#[test]
fn a_personal_token_sets_a_status() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    server.state().publishing.login = "bea".to_owned();
    let error = run(&sandbox, &server, &["--check"]).fails(3);
    assert!(error.contains("give --status in place of --check"), "{error}");
    assert!(server.state().publishing.statuses.is_empty());
    // By default, too: the release is there, and what is missing is said.
    let error = run(&sandbox, &server, &[]).fails(3);
    assert!(error.contains("publish the release round-2026-01; not done: make the check run"), "{error}");
    let text = run(&sandbox, &server, &["--release", "--status"]).ok();
    assert!(text.contains("  status      set the status `ledger verified`\n"), "{text}");
    assert_eq!(server.state().publishing.statuses.len(), 1);
}

#[test]
fn files_that_differ_are_replaced() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    let _ = run(&sandbox, &server, &["--release"]).ok();
    let expected = server.state().publishing.summary();
    let files = expected["releases"][0]["assets"].as_array().unwrap().len();
    let before = writes(&server).len();
    {
        let mut state = server.state();
        let assets = state.publishing.releases[0]["assets"].as_array_mut().unwrap();
        let by_name = |name: &str, assets: &[Value]| assets.iter().position(|it| it["name"] == name).unwrap();
        let other = by_name("statement.json", assets);
        assets[other]["digest"] = json!(format!("sha256:{}", "0".repeat(64)));
        let broken = by_name("report.html", assets);
        assets[broken]["state"] = json!("starter");
        assets.retain(|asset| asset["name"] != "distribution.csv");
    }
    let text = run(&sandbox, &server, &["--release"]).ok();
    for words in ["delete the old report.html", "upload report.html", "delete the old statement.json"] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(writes(&server).len(), before + 5, "{text}");
    assert_eq!(server.state().publishing.summary(), expected);

    // Files of other names are not ours; notes that somebody changed are written again.
    server.state().publishing.releases[0]["body"] =
        json!(expected["releases"][0]["body"].as_str().unwrap().replace("Bea", "Mallory"));
    let mut foreign = server.state().publishing.releases[0]["assets"][0].clone();
    foreign["id"] = json!(1);
    foreign["name"] = json!("notes-of-the-treasurer.txt");
    server.state().publishing.releases[0]["assets"].as_array_mut().unwrap().push(foreign);
    let text = run(&sandbox, &server, &["--release"]).ok();
    assert!(text.contains("update the release round-2026-01"), "{text}");
    assert_eq!(writes(&server).len(), before + 6, "{text}");
    assert_eq!(server.state().publishing.releases[0]["assets"].as_array().unwrap().len(), files + 1);

    // A server without digests: the size has to do.
    for asset in server.state().publishing.releases[0]["assets"].as_array_mut().unwrap() {
        asset["digest"] = Value::Null;
    }
    let text = run(&sandbox, &server, &["--release"]).ok();
    assert!(text.starts_with("nothing to do"), "{text}");
}

#[test]
fn a_revision_is_published_beside_the_first() {
    let sandbox = ledger();
    sandbox.correct("2026-01", 2);
    let _ = sandbox.amend("2026-01", &[]).ok();
    let server = server_of(&sandbox);
    let first = [&["publish", "2026-01", "--revision", "1"], ALL].concat();
    let _ = run_with(&sandbox, &server, &first, &[]).ok();
    let text = run(&sandbox, &server, ALL).ok();
    assert!(text.starts_with("published 2026-01 revision 2 in acme/ledger\n"), "{text}");
    let state = server.state();
    let there = &state.publishing;
    let tags: Vec<&String> = there.references.keys().collect();
    assert_eq!(tags, ["tags/round-2026-01", "tags/round-2026-01-revision-2"]);
    assert_eq!((there.releases.len(), there.comments.len(), there.discussions.len()), (2, 2, 2));
    let title = there.releases[1]["name"].as_str().unwrap();
    assert!(title.ends_with(", corrected (revision 2)"), "{title}");
    let assets = there.releases[1]["assets"].as_array().unwrap();
    assert!(assets.iter().any(|asset| asset["name"] == "adjustments.csv"));
}

/// A token goes to GitHub's own servers only.
#[test]
fn files_go_to_no_other_server() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    let elsewhere = StandIn::start();
    let body = "<!-- meed:2026-01 revision 1 ledger 0123456789abcdef0123456789abcdef -->";
    let draft = json!({"tag_name": "round-2026-01", "body": body, "draft": true});
    server.state().publishing.release(&draft, &elsewhere.url());
    let error = run(&sandbox, &server, &["--release"]).fails(3);
    assert!(error.contains("which is another server"), "{error}");
    assert!(elsewhere.state().seen.is_empty());
}

#[test]
fn a_text_that_is_too_long_is_cut() {
    let sandbox = stage(Start::Open);
    sandbox.write(
        "templates/forum-post.md",
        "# Long\n{% for i in range(4000) %}\n{{ i }} and some words to fill the line\n{% endfor %}\n",
    );
    sandbox.commit("A long page");
    let _ = sandbox.close(&[]).ok();
    let server = server_of(&sandbox);
    let _ = run(&sandbox, &server, ALL).ok();
    let state = server.state();
    for (body, most) in [
        (&state.publishing.releases[0]["body"], 125_000),
        (&state.publishing.comments[0]["body"], 65_536),
        (&state.publishing.discussions[0]["body"], 65_536),
    ] {
        let body = body.as_str().unwrap();
        assert!(body.chars().count() <= most && body.chars().count() > most - 2_000, "{}", body.len());
        let end = body.lines().rev().take(6).collect::<Vec<_>>().join("\n");
        assert!(
            end.contains(
                "**The rest is too long to stand here**: look into `rounds/2026-01/results/report`."
            ),
            "{end}"
        );
        assert!(end.contains("Closed by commit "), "{end}");
    }
}

#[test]
fn a_category_that_is_not_there_is_named() {
    let sandbox = ledger();
    let server = server_of(&sandbox);
    let error = run(&sandbox, &server, &["--discussion", "Gossip"]).fails(2);
    assert!(error.contains("`Gossip`") && error.contains("announcements, reward-rounds"), "{error}");
    let text = run(&sandbox, &server, &["--discussion", "REWARD-ROUNDS"]).ok();
    assert!(text.contains("start a discussion"), "{text}");
    // Of somebody else with our marker: another one is started.
    server.state().publishing.discussions[0]["by"] = json!("mallory");
    let done = run(&sandbox, &server, &["--discussion", "reward-rounds"]);
    assert!(done.stderr.contains("by mallory, so it is left alone"), "{done:?}");
    assert_eq!(server.state().publishing.discussions.len(), 2);
}
