//! Everything is found, whatever happens meanwhile: pages, interruptions, outages, limits, changes.

use super::*;

/// What a run of its own prints of the repository.
#[track_caller]
fn undisturbed(sandbox: &Sandbox, fill: impl FnOnce(&mut Activity)) -> String {
    printed(sandbox, &server(fill), &[])
}

#[test]
fn a_thousand_pull_requests_are_read_in_pages() {
    let sandbox = Sandbox::new();
    let server = server(|activity| busy(activity, 1_000));
    let out = sandbox.key("out.csv");
    let run = collect(&sandbox, &server, &["--out", &out, "--format", "json"]).ok();
    let told: Value = serde_json::from_str(&run).unwrap();
    let counts: Vec<_> =
        told["kinds"].as_array().unwrap().iter().map(|kind| &kind["contributions"]).collect();
    assert_eq!(counts, [1_000, 1_000, 100, 1_333], "{told}");
    assert_eq!((&told["contributions"], &told["people"]), (&3_433.into(), &20.into()));
    let table = fs::read_to_string(&out).unwrap();
    let rows = rows(&table);
    assert_eq!(rows.len(), 3_433);
    assert!(rows.is_sorted_by_key(|row| row[2]), "not by time");
    let urls: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[4]).collect();
    assert_eq!(urls.len(), rows.len(), "a contribution stands twice");
    let pages = |path: &str| server.state().seen.iter().filter(|seen| seen.path.ends_with(path)).count();
    // 1,150 pull requests, of which 50 were changed in February last: the page with the first of them is
    // the last that is read; then the head of the list once more.
    assert_eq!(pages("/ledger/pulls"), 12 + 1);
    assert!(pages("/issues/comments") >= 11 && pages("/pulls/comments") >= 4);
    assert_eq!(pages("/reviews"), 1_100);
    drop(server);

    // Months later many were commented on, and stand elsewhere in the lists.
    let changed = undisturbed(&sandbox, |activity| {
        busy(activity, 1_000);
        change_later(activity);
    });
    assert_eq!(changed, table);
}

/// The requests of a collection are read again from what was kept, at whichever it was interrupted.
#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let sandbox = Sandbox::new();
    let expected = undisturbed(&sandbox, |activity| busy(activity, 60));
    let server = server(|activity| busy(activity, 60));
    let (out, partial) = (sandbox.key("out.csv"), sandbox.path("out.csv.partial"));
    let places =
        ["/acme/ledger", "/pulls", "/pulls/7/reviews", "/issues", "/issues/comments", "/pulls/comments"];
    for (index, path) in places.into_iter().enumerate() {
        // A limit of a day is not waited for.
        server.fail("GET", path, Kind::Answer(Answer::limited(86_400)));
        let told = collect(&sandbox, &server, &["--out", &out]).fails(3);
        assert!(told.contains("GitHub wants no more requests for 86400 s"), "{told}");
        assert!(!sandbox.path("out.csv").exists());
        assert_eq!(partial.exists(), index > 0, "{path}: {told}");
        assert_eq!(told.contains("the same command goes on"), index > 0, "{path}: {told}");
    }
    let kept = fs::read_to_string(&partial).unwrap();
    assert!(!kept.contains(TOKEN));
    // No request but the refused ones was made twice.
    let lines = kept.lines().count() - 1;
    assert_eq!(server.state().seen.len(), lines + places.len());

    let told = collect(&sandbox, &server, &["--out", &out]);
    assert!(told.stderr.contains(&format!("going on behind {lines} requests of ")), "{}", told.stderr);
    let _ = told.ok();
    assert_eq!(fs::read_to_string(&out).unwrap(), expected);
    assert!(!partial.exists());

    // As if it had been killed behind each request, and while it wrote down the next one.
    let lines: Vec<&str> = kept.split_inclusive('\n').collect();
    for count in (0..lines.len()).step_by(5) {
        let half = &lines[count][..lines[count].len() / 2];
        fs::write(&partial, lines[..count].concat() + half).unwrap();
        let _ = collect(&sandbox, &server, &["--out", &out, "--force"]).ok();
        assert_eq!(fs::read_to_string(&out).unwrap(), expected, "interrupted behind line {count}");
        assert!(!partial.exists());
    }
}

#[test]
fn a_partial_file_of_another_collection_is_left_alone() {
    let sandbox = Sandbox::new();
    let server = server(|activity| busy(activity, 3));
    let (out, partial) = (sandbox.key("out.csv"), sandbox.path("out.csv.partial"));
    server.fail("GET", "/pulls/2/reviews", Kind::Answer(Answer::limited(86_400)));
    let _ = collect(&sandbox, &server, &["--out", &out]).fails(3);
    let kept = fs::read(&partial).unwrap();
    let asked = server.state().seen.len();
    let refused = collect_of(&sandbox, &server, "2026-03-30", &["--out", &out, "--kind", "reviews"]).fails(2);
    assert!(
        refused.contains(
            "until 2026-03-31, not 2026-03-30; kinds comment,issue,pull-request,review, not review"
        ),
        "{refused}"
    );
    // What is not ours, or was changed, is neither read nor written over.
    for damaged in
        ["mine\n".to_owned(), String::from_utf8(kept.clone()).unwrap().replace("reviews?", "reviews?page=2&")]
    {
        fs::write(&partial, &damaged).unwrap();
        let refused = collect(&sandbox, &server, &["--out", &out]).fails(2);
        assert!(refused.contains("is not the beginning of this collection"), "{refused}");
        assert_eq!(fs::read_to_string(&partial).unwrap(), damaged);
    }
    assert_eq!(server.state().seen.len(), asked);
    // Who is left out, and the table, may be chosen anew.
    fs::write(&partial, kept).unwrap();
    let _ = collect(&sandbox, &server, &["--out", &out, "--bots", "--as", "praise"]).ok();
}

/// The first answers of a period that was not over do not hold its last days.
#[test]
fn a_run_begun_before_the_end_of_the_period_begins_anew() {
    let sandbox = Sandbox::new();
    let server = server(|activity| busy(activity, 3));
    let out = sandbox.key("out.csv");
    server.fail("GET", "/issues", Kind::Answer(Answer::limited(86_400)));
    let _ = collect_of(&sandbox, &server, "2026-12-31", &["--out", &out]).fails(3);
    let late = review(77, 1, &person(6), "APPROVED", "2026-06-01T00:00:00Z");
    server.state().activity.reviews.get_mut(&1).unwrap().push(late);
    let run = collect_of(&sandbox, &server, "2026-12-31", &["--out", &out]);
    assert!(run.stderr.contains("was begun before the period was over: beginning anew"), "{}", run.stderr);
    assert!(run.stderr.contains("warning: the period is not over before the end of 2026-12-31 (UTC)"));
    let _ = run.ok();
    assert!(fs::read_to_string(&out).unwrap().contains("#pullrequestreview-77"));
}

#[test]
fn outages_and_limits_are_survived() {
    let sandbox = Sandbox::new();
    let expected = undisturbed(&sandbox, |activity| busy(activity, 5));
    let server = server(|activity| busy(activity, 5));
    server.fail("GET", "/pulls", Kind::Answer(Answer::refusal(502, "Server Error")));
    server.fail("GET", "/pulls/2/reviews", Kind::Answer(Answer::limited(1)));
    server.fail("GET", "/pulls/3/reviews", Kind::Lost);
    let run = collect(&sandbox, &server, &["--out", "-"]);
    assert!(run.stderr.contains("GitHub wants no more requests for 1 s: waiting"), "{}", run.stderr);
    assert_eq!(run.ok(), expected);
}

/// People go on working while the lists are read: what moves to another page is found all the same.
#[test]
fn nothing_is_missed_when_lists_move() {
    let sandbox = Sandbox::new();
    let expected = undisturbed(&sandbox, |activity| busy(activity, 350));
    // Some of the last page come to the head of the list after its first page was read, some while it is
    // read again.
    let first: Deed = |activity| {
        for number in 1..=30 {
            activity.pulls.iter_mut().find(|pull| pull["number"] == number).unwrap()["updated_at"] =
                "2026-05-01T00:00:00Z".into();
        }
    };
    let second: Deed = |activity| {
        activity.pulls.iter_mut().find(|pull| pull["number"] == 40).unwrap()["updated_at"] =
            "2026-05-02T00:00:00Z".into();
    };
    // Those of the first page move to the end, and all others move up.
    let edited: Deed = |activity| {
        for comment in activity.issue_comments.iter_mut().take(50) {
            comment["updated_at"] = "2026-05-01T00:00:00Z".into();
        }
    };
    let server = server(|activity| {
        busy(activity, 350);
        activity.meanwhile.push(("pulls", 1, first));
        activity.meanwhile.push(("pulls", 3, second));
        activity.meanwhile.push(("issues/comments", 1, edited));
    });
    assert_eq!(printed(&sandbox, &server, &[]), expected);
}

/// A whole page of one second cannot be passed by asking for what came later.
#[test]
fn many_of_one_second_are_read() {
    let sandbox = Sandbox::new();
    let server = server(|activity| {
        for id in 1..=350 {
            let at = if id <= 20 { march(5) } else { march(60) };
            activity.issue_comments.push(issue_comment(id, 1, &person(1), &at));
        }
    });
    let table = printed(&sandbox, &server, &["--kind", "comments"]);
    assert_eq!(rows(&table).len(), 350);
}
