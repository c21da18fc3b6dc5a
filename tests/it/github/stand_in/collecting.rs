//! What people did in the repository: pull requests, reviews, issues, comments, as GitHub's REST API lists
//! them (https://docs.github.com/en/rest/pulls, /issues): whole objects, filters, order, pages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, REPOSITORY, Seen, State};

/// What the repository holds.
#[derive(Default)]
pub struct Activity {
    /// Pull requests.
    pub pulls: Vec<Value>,
    /// Reviews by the number of their pull request, in their order.
    pub reviews: BTreeMap<u64, Vec<Value>>,
    /// Issues, without those that are pull requests.
    pub issues: Vec<Value>,
    /// Comments on issues and pull requests.
    pub issue_comments: Vec<Value>,
    /// Comments on lines of pull requests.
    pub review_comments: Vec<Value>,
    /// Whether issues are switched off.
    pub has_no_issues: bool,
    /// What others do meanwhile: after so many requests for a list, to the items of that list.
    pub meanwhile: Vec<(&'static str, usize, Deed)>,
    /// How often each list was asked for.
    asked: BTreeMap<String, usize>,
}

/// What somebody does in the repository.
pub type Deed = fn(&mut Activity);

/// An account.
pub fn user(login: &str, id: u64) -> Value {
    let base = format!("https://api.github.com/users/{login}");
    json!({
        "login": login, "id": id, "node_id": format!("U_{id}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"), "gravatar_id": "",
        "url": base, "html_url": format!("https://github.com/{login}"),
        "followers_url": format!("{base}/followers"), "following_url": format!("{base}/following{{/other_user}}"),
        "gists_url": format!("{base}/gists{{/gist_id}}"), "starred_url": format!("{base}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{base}/subscriptions"), "organizations_url": format!("{base}/orgs"),
        "repos_url": format!("{base}/repos"), "events_url": format!("{base}/events{{/privacy}}"),
        "received_events_url": format!("{base}/received_events"),
        "type": if login.ends_with("[bot]") { "Bot" } else { "User" },
        "user_view_type": "public", "site_admin": false,
    })
}

/// A pull request, open when `merged_at` is empty.
pub fn pull(number: u64, author: &Value, created_at: &str, merged_at: &str) -> Value {
    let page = format!("https://github.com/{REPOSITORY}/pull/{number}");
    let api = format!("https://api.github.com/repos/{REPOSITORY}");
    let merged = (!merged_at.is_empty()).then_some(merged_at);
    let end = |name: &str| {
        json!({"label": format!("acme:{name}"), "ref": name, "sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
               "user": user("acme", 1), "repo": null})
    };
    json!({
        "url": format!("{api}/pulls/{number}"), "id": 7_000_000 + number, "node_id": format!("PR_{number}"),
        "html_url": page, "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
        "issue_url": format!("{api}/issues/{number}"), "commits_url": format!("{api}/pulls/{number}/commits"),
        "review_comments_url": format!("{api}/pulls/{number}/comments"),
        "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
        "comments_url": format!("{api}/issues/{number}/comments"),
        "statuses_url": format!("{api}/statuses/6dcb09b5b57875f334f61aebed695e2e4193db5e"),
        "number": number, "state": if merged.is_some() { "closed" } else { "open" }, "locked": false,
        "title": format!("Change {number}"), "user": author, "body": "What it does.", "labels": [],
        "milestone": null, "active_lock_reason": null, "created_at": created_at,
        "updated_at": merged.unwrap_or(created_at), "closed_at": merged, "merged_at": merged,
        "merge_commit_sha": "e5bd3914e2e596debea16f433f57875b5b90bcd6", "assignee": null, "assignees": [],
        "requested_reviewers": [], "requested_teams": [], "head": end("topic"), "base": end("main"),
        "_links": {"self": {"href": format!("{api}/pulls/{number}")}, "html": {"href": page}},
        "author_association": "CONTRIBUTOR", "auto_merge": null, "draft": false,
    })
}

/// A review of pull request `number`.
pub fn review(id: u64, number: u64, author: &Value, state: &str, submitted_at: &str) -> Value {
    let page = format!("https://github.com/{REPOSITORY}/pull/{number}");
    json!({
        "id": id, "node_id": format!("PRR_{id}"), "user": author, "body": "", "state": state,
        "html_url": format!("{page}#pullrequestreview-{id}"),
        "pull_request_url": format!("https://api.github.com/repos/{REPOSITORY}/pulls/{number}"),
        "author_association": "MEMBER", "submitted_at": submitted_at,
        "commit_id": "ecdd80bb57125d7ba9641ffaa4d7d2c19d3f3091",
        "_links": {"html": {"href": page}, "pull_request": {"href": page}},
    })
}

/// An issue, open when `closed_at` is empty.
pub fn issue(number: u64, author: &Value, created_at: &str, closed_at: &str) -> Value {
    let api = format!("https://api.github.com/repos/{REPOSITORY}");
    let closed = (!closed_at.is_empty()).then_some(closed_at);
    json!({
        "url": format!("{api}/issues/{number}"), "repository_url": api,
        "labels_url": format!("{api}/issues/{number}/labels{{/name}}"),
        "comments_url": format!("{api}/issues/{number}/comments"),
        "events_url": format!("{api}/issues/{number}/events"),
        "html_url": format!("https://github.com/{REPOSITORY}/issues/{number}"),
        "id": 8_000_000 + number, "node_id": format!("I_{number}"), "number": number,
        "title": format!("Fault {number}"), "user": author, "labels": [],
        "state": if closed.is_some() { "closed" } else { "open" }, "locked": false, "assignee": null,
        "assignees": [], "milestone": null, "comments": 0, "created_at": created_at,
        "updated_at": closed.unwrap_or(created_at), "closed_at": closed, "author_association": "NONE",
        "active_lock_reason": null, "body": "It does not work.", "closed_by": user("closer", 999),
        "timeline_url": format!("{api}/issues/{number}/timeline"), "performed_via_github_app": null,
        "state_reason": closed.map(|_| "completed"),
    })
}

/// A comment on issue or pull request `number`.
pub fn issue_comment(id: u64, number: u64, author: &Value, created_at: &str) -> Value {
    let api = format!("https://api.github.com/repos/{REPOSITORY}");
    json!({
        "id": id, "node_id": format!("IC_{id}"), "url": format!("{api}/issues/comments/{id}"),
        "html_url": format!("https://github.com/{REPOSITORY}/issues/{number}#issuecomment-{id}"),
        "issue_url": format!("{api}/issues/{number}"), "user": author, "body": "Me too.",
        "created_at": created_at, "updated_at": created_at, "author_association": "NONE",
        "performed_via_github_app": null,
    })
}

/// A comment on a line of pull request `number`.
pub fn review_comment(id: u64, number: u64, author: &Value, created_at: &str) -> Value {
    let api = format!("https://api.github.com/repos/{REPOSITORY}");
    json!({
        "url": format!("{api}/pulls/comments/{id}"), "pull_request_review_id": 42, "id": id,
        "node_id": format!("PRRC_{id}"), "diff_hunk": "@@ -1 +1 @@", "path": "file.rs", "position": 1,
        "original_position": 1, "commit_id": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
        "original_commit_id": "9c48853fa3dc5c1c3d6f1f1cd1f2743e72652840", "user": author, "body": "Why?",
        "created_at": created_at, "updated_at": created_at, "author_association": "NONE",
        "html_url": format!("https://github.com/{REPOSITORY}/pull/{number}#discussion_r{id}"),
        "pull_request_url": format!("{api}/pulls/{number}"), "_links": {}, "line": 1, "side": "RIGHT",
    })
}

/// The answer to a request for what people did.
pub fn answer(seen: &Seen, state: &mut State, base: &str) -> Option<Answer> {
    if seen.method != "GET" {
        return None;
    }
    let activity = &mut state.activity;
    let path = seen.in_repository()?.to_owned();
    let items = match path.as_str() {
        "pulls" => of_state(&activity.pulls, seen.value("state")),
        "issues" if activity.has_no_issues => {
            return Some(Answer::refusal(410, "Issues are disabled for this repo"));
        }
        "issues" => {
            let pulls = activity.pulls.iter().map(as_issue);
            let all: Vec<Value> = activity.issues.iter().cloned().chain(pulls).collect();
            of_state(&all, seen.value("state"))
        }
        "issues/comments" => activity.issue_comments.clone(),
        "pulls/comments" => activity.review_comments.clone(),
        _ => {
            let number = path.strip_prefix("pulls/")?.strip_suffix("/reviews")?.parse().ok()?;
            activity.reviews.get(&number).cloned().unwrap_or_default()
        }
    };
    let items = if path.ends_with("/reviews") { items } else { ordered(items, seen) };
    let answer = Answer::page(seen, &items, base);
    let count = activity.asked.entry(path.clone()).or_default();
    *count += 1;
    let now = *count;
    let due: Vec<_> =
        activity.meanwhile.iter().filter(|(list, after, _)| *list == path && *after == now).collect();
    let acts: Vec<Deed> = due.into_iter().map(|(_, _, act)| *act).collect();
    for act in acts {
        act(activity);
    }
    Some(answer)
}

/// A repository, in the fields of GitHub's that say what it is.
pub fn repository(has_issues: bool) -> Value {
    json!({
        "id": 1_296_269, "node_id": "R_1", "name": "ledger", "full_name": REPOSITORY, "private": false,
        "owner": user("acme", 1), "html_url": format!("https://github.com/{REPOSITORY}"), "description": null,
        "fork": false, "url": format!("https://api.github.com/repos/{REPOSITORY}"), "has_issues": has_issues,
        "has_projects": true, "has_wiki": true, "has_discussions": true, "archived": false, "disabled": false,
        "visibility": "public", "default_branch": "main", "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2026-05-01T00:00:00Z", "pushed_at": "2026-05-01T00:00:00Z",
    })
}

/// A pull request as the list of issues has it.
fn as_issue(pull: &Value) -> Value {
    let mut issue = issue(pull["number"].as_u64().unwrap(), &pull["user"], "2026-01-01T00:00:00Z", "");
    for field in ["state", "title", "created_at", "updated_at", "closed_at", "html_url"] {
        issue[field] = pull[field].clone();
    }
    issue["pull_request"] =
        json!({"url": pull["url"], "html_url": pull["html_url"], "merged_at": pull["merged_at"]});
    issue
}

/// Those of a state; `open` where none is asked for.
fn of_state(items: &[Value], state: Option<&str>) -> Vec<Value> {
    let state = state.unwrap_or("open");
    items.iter().filter(|item| state == "all" || item["state"] == state).cloned().collect()
}

/// What was changed since `since`, ordered by `sort` and `direction`; by id without.
fn ordered(mut items: Vec<Value>, seen: &Seen) -> Vec<Value> {
    // All times are written alike, so their texts are in their order.
    let text = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
    if let Some(since) = seen.value("since") {
        items.retain(|item| text(item, "updated_at").as_str() >= since);
    }
    match seen.value("sort") {
        Some("updated") => items.sort_by_key(|item| text(item, "updated_at")),
        Some(_) => items.sort_by_key(|item| text(item, "created_at")),
        None => items.sort_by_key(|item| item["id"].as_u64()),
    }
    if seen.value("direction") == Some("desc") {
        items.reverse();
    }
    items
}
