//! What the stand-in knows of repositories, tags, releases, comments, discussions, checks and statuses.
//! The objects have the fields of GitHub's documentation (REST 2022-11-28), with made-up values.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::collecting::repository;
use super::{Answer, REPOSITORY, Seen, State};

/// The page of the repository.
const HTML: &str = "https://github.com/acme/ledger";
/// A time in all objects: no test depends on it.
const TIME: &str = "2026-11-22T06:00:00Z";

/// What there is to be published to.
pub struct Publishing {
    /// Whose the token is: `bea`, or an app such as `github-actions[bot]`.
    pub login: String,
    /// The commits that were pushed.
    pub commits: Vec<String>,
    /// References by name (`tags/round-1`): kind and id of what they point to.
    pub references: BTreeMap<String, (String, String)>,
    /// Annotated tags by their id: the commit that each points to.
    pub tags: BTreeMap<String, String>,
    /// Releases; their files stand in them.
    pub releases: Vec<Value>,
    /// Comments; `issue_url` ends with the number of the issue.
    pub comments: Vec<Value>,
    /// Issues and pull requests that there are.
    pub issues: Vec<u64>,
    /// Discussions, the oldest first, with `category` and `by`.
    pub discussions: Vec<Value>,
    /// Categories: name and slug.
    pub categories: Vec<(&'static str, &'static str)>,
    /// Check runs.
    pub checks: Vec<Value>,
    /// Statuses, the oldest first.
    pub statuses: Vec<Value>,
    /// Whether files have digests: an old server gives none.
    pub has_digests: bool,
    /// The last number that was given out.
    pub last_id: u64,
}

impl Default for Publishing {
    fn default() -> Self {
        Self {
            login: "github-actions[bot]".to_owned(),
            commits: Vec::new(),
            references: BTreeMap::new(),
            tags: BTreeMap::new(),
            releases: Vec::new(),
            comments: Vec::new(),
            issues: vec![7, 12],
            discussions: Vec::new(),
            categories: vec![("Announcements", "announcements"), ("Reward rounds", "reward-rounds")],
            checks: Vec::new(),
            statuses: Vec::new(),
            has_digests: true,
            last_id: 1000,
        }
    }
}

impl Publishing {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Adds a comment by `login` on an issue.
    pub fn comment(&mut self, issue: u64, login: &str, body: &str) -> Value {
        let id = self.next_id();
        let api = format!("https://api.github.com/repos/{REPOSITORY}");
        let comment = json!({
            "id": id, "node_id": format!("IC_{id}"), "url": format!("{api}/issues/comments/{id}"),
            "html_url": format!("{HTML}/issues/{issue}#issuecomment-{id}"),
            "issue_url": format!("{api}/issues/{issue}"), "body": body, "user": user(login),
            "created_at": TIME, "updated_at": TIME, "author_association": "MEMBER",
            "performed_via_github_app": null,
        });
        self.comments.push(comment.clone());
        comment
    }

    /// Adds a release as somebody else makes it.
    pub fn release(&mut self, content: &Value, upload_base: &str) -> Value {
        let id = self.next_id();
        let tag = content["tag_name"].as_str().unwrap();
        let is_draft = content["draft"] == true;
        let api = format!("https://api.github.com/repos/{REPOSITORY}/releases/{id}");
        let release = json!({
            "id": id, "node_id": format!("RE_{id}"), "tag_name": tag,
            "target_commitish": content["target_commitish"], "name": content["name"],
            "body": content["body"], "draft": is_draft, "prerelease": content["prerelease"] == true,
            "immutable": false, "created_at": TIME, "updated_at": TIME,
            "published_at": if is_draft { Value::Null } else { json!(TIME) },
            "url": api, "assets_url": format!("{api}/assets"),
            "upload_url": format!("{upload_base}/repos/{REPOSITORY}/releases/{id}/assets{{?name,label}}"),
            "html_url": release_page(is_draft, tag, id),
            "tarball_url": null, "zipball_url": null, "author": user(&self.login), "assets": [],
        });
        self.releases.push(release.clone());
        release
    }

    /// Everything that readers see, without numbers and times: what two histories are compared by.
    pub fn summary(&self) -> Value {
        let releases = self.releases.iter().map(|release| {
            let mut assets: Vec<Value> = release["assets"].as_array().unwrap().clone();
            assets.sort_by_key(|asset| asset["name"].as_str().unwrap().to_owned());
            let assets = assets.iter().map(|asset| {
                json!([asset["name"], asset["state"], asset["size"], asset["digest"], asset["content_type"]])
            });
            json!({
                "tag": release["tag_name"], "name": release["name"], "body": release["body"],
                "draft": release["draft"], "assets": assets.collect::<Vec<_>>(),
            })
        });
        let comments =
            self.comments.iter().map(|it| json!([it["issue_url"], it["user"]["login"], it["body"]]));
        let discussions = self.discussions.iter().map(|it| json!([it["category"], it["title"], it["body"]]));
        let checks =
            self.checks.iter().map(|it| json!([it["head_sha"], it["name"], it["conclusion"], it["output"]]));
        let statuses =
            self.statuses.iter().map(|it| json!([it["sha"], it["context"], it["state"], it["description"]]));
        json!({
            "references": self.references, "releases": releases.collect::<Vec<_>>(),
            "comments": comments.collect::<Vec<_>>(), "discussions": discussions.collect::<Vec<_>>(),
            "checks": checks.collect::<Vec<_>>(), "statuses": statuses.collect::<Vec<_>>(),
        })
    }
}

/// A user or an app's user.
pub fn user(login: &str) -> Value {
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    json!({
        "login": login, "id": 1, "node_id": "U_1", "avatar_url": "https://avatars.example/1", "type": kind,
        "url": format!("https://api.github.com/users/{login}"), "site_admin": false,
        "html_url": format!("https://github.com/{login}"),
    })
}

fn release_page(is_draft: bool, tag: &str, id: u64) -> String {
    if is_draft { format!("{HTML}/releases/tag/untagged-{id}") } else { format!("{HTML}/releases/tag/{tag}") }
}

/// What a request writes, if it does: `METHOD path`.
pub fn write_of(seen: &Seen) -> Option<String> {
    let is_query = seen.json()["query"].as_str().is_some_and(|query| query.starts_with("query"));
    (seen.method != "GET" && !is_query).then(|| format!("{} {}", seen.method, seen.path))
}

/// What GitHub answers, to the requests that are about publishing.
pub fn answer(seen: &Seen, state: &mut State, base: &str) -> Option<Answer> {
    // An Enterprise server has its interfaces below /api.
    let mut seen = seen.clone();
    let mut uploads = base.to_owned();
    for start in ["/api/v3", "/api/uploads", "/api"] {
        if let Some(path) = seen.path.strip_prefix(start) {
            seen.path = path.to_owned();
            uploads = format!("{base}/api/uploads");
            break;
        }
    }
    let seen = &seen;
    let has_issues = !state.activity.has_no_issues;
    let publishing = &mut state.publishing;
    if seen.path == "/graphql" {
        return Some(graphql(seen, publishing));
    }
    if seen.path == format!("/repos/{REPOSITORY}") {
        return Some(Answer::json(200, &repository(has_issues)));
    }
    let path = seen.in_repository()?.to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let answer = match (seen.method.as_str(), parts.as_slice()) {
        ("GET", ["git", "commits", sha]) => commit(publishing, sha),
        ("GET", ["git", "ref", "tags", name]) => reference(publishing, &format!("tags/{name}")),
        ("GET", ["git", "tags", sha]) => annotated(publishing, sha),
        ("POST", ["git", "refs"]) => make_reference(publishing, &seen.json()),
        ("GET", ["releases"]) => Answer::page(seen, &publishing.releases, base),
        ("POST", ["releases"]) => make_release(publishing, &seen.json(), &uploads),
        ("DELETE", ["releases", "assets", id]) => delete_asset(publishing, id),
        ("PATCH", ["releases", id]) => update_release(publishing, id, &seen.json()),
        ("GET", ["releases", id, "assets"]) => match find(&mut publishing.releases, id) {
            Some(release) => Answer::page(seen, release["assets"].as_array().unwrap(), base),
            None => Answer::not_found(),
        },
        ("POST", ["releases", id, "assets"]) => upload(publishing, id, seen),
        ("GET", ["issues", issue, "comments"]) => comments(publishing, issue, seen, base),
        ("POST", ["issues", issue, "comments"]) => make_comment(publishing, issue, &seen.json()),
        ("PATCH", ["issues", "comments", id]) => {
            update(&mut publishing.comments, id, &seen.json(), &["body"])
        }
        ("GET", ["commits", sha, "check-runs"]) => check_runs(publishing, sha, seen),
        ("POST", ["check-runs"]) => make_check(publishing, &seen.json()),
        ("PATCH", ["check-runs", id]) => update_check(publishing, id, &seen.json()),
        ("GET", ["commits", sha, "statuses"]) => {
            let of_commit = publishing.statuses.iter().rev().filter(|status| status["sha"] == **sha);
            Answer::page(seen, &of_commit.cloned().collect::<Vec<_>>(), base)
        }
        ("POST", ["statuses", sha]) => make_status(publishing, sha, &seen.json()),
        _ => return None,
    };
    Some(answer)
}

fn commit(publishing: &Publishing, sha: &str) -> Answer {
    if publishing.commits.is_empty() {
        return Answer::refusal(409, "Git Repository is empty.");
    }
    if !publishing.commits.iter().any(|known| known == sha) {
        return Answer::not_found();
    }
    let person = json!({"name": "Treasurer", "email": "treasurer@example.org", "date": TIME});
    let commit = json!({
        "sha": sha, "node_id": "C_1", "url": "https://api.github.com/x", "html_url": format!("{HTML}/commit/{sha}"),
        "author": person, "committer": person, "message": "Close", "parents": [],
        "tree": {"sha": sha, "url": "https://api.github.com/x"}, "verification": {"verified": true},
    });
    Answer::json(200, &commit)
}

fn reference_value(name: &str, (kind, sha): &(String, String)) -> Value {
    json!({
        "ref": format!("refs/{name}"), "node_id": "REF_1", "url": "https://api.github.com/x",
        "object": {"type": kind, "sha": sha, "url": "https://api.github.com/x"},
    })
}

fn reference(publishing: &Publishing, name: &str) -> Answer {
    let found = publishing.references.get(name);
    found.map_or_else(Answer::not_found, |found| Answer::json(200, &reference_value(name, found)))
}

fn annotated(publishing: &Publishing, sha: &str) -> Answer {
    let Some(commit) = publishing.tags.get(sha) else { return Answer::not_found() };
    let tag = json!({
        "node_id": "T_1", "tag": "a tag", "sha": sha, "url": "https://api.github.com/x", "message": "by hand",
        "tagger": {"name": "Wren", "email": "wren@example.org", "date": TIME},
        "object": {"type": "commit", "sha": commit, "url": "https://api.github.com/x"},
    });
    Answer::json(200, &tag)
}

fn make_reference(publishing: &mut Publishing, content: &Value) -> Answer {
    let name = content["ref"].as_str().unwrap().strip_prefix("refs/").unwrap().to_owned();
    let sha = content["sha"].as_str().unwrap().to_owned();
    if publishing.references.contains_key(&name) {
        return Answer::refusal(422, "Reference already exists");
    }
    if !publishing.commits.contains(&sha) {
        return Answer::refusal(422, "Object does not exist");
    }
    publishing.references.insert(name.clone(), ("commit".to_owned(), sha));
    Answer::json(201, &reference_value(&name, &publishing.references[&name]))
}

fn is_published(publishing: &Publishing, tag: &str) -> bool {
    publishing.releases.iter().any(|release| release["tag_name"] == tag && release["draft"] == false)
}

fn make_release(publishing: &mut Publishing, content: &Value, uploads: &str) -> Answer {
    let tag = content["tag_name"].as_str().unwrap();
    if content["body"].as_str().is_some_and(|body| body.chars().count() > 125_000) {
        return Answer::refusal(422, "body is too long (maximum is 125000 characters)");
    }
    if content["draft"] != true && is_published(publishing, tag) {
        return Answer::duplicate("Release", "tag_name");
    }
    Answer::json(201, &publishing.release(content, uploads))
}

fn find<'a>(items: &'a mut [Value], id: &str) -> Option<&'a mut Value> {
    items.iter_mut().find(|item| item["id"].as_u64() == id.parse().ok())
}

/// Changes the fields of one of the items that are given.
fn update(items: &mut [Value], id: &str, content: &Value, fields: &[&str]) -> Answer {
    let Some(item) = find(items, id) else { return Answer::not_found() };
    for field in fields.iter().filter(|field| content.get(**field).is_some()) {
        item[*field] = content[*field].clone();
    }
    Answer::json(200, item)
}

fn update_release(publishing: &mut Publishing, id: &str, content: &Value) -> Answer {
    let Some(release) = find(&mut publishing.releases, id) else { return Answer::not_found() };
    let (tag, number) = (release["tag_name"].as_str().unwrap().to_owned(), release["id"].as_u64().unwrap());
    let appears = release["draft"] == true && content["draft"] == false;
    if appears && is_published(publishing, &tag) {
        return Answer::duplicate("Release", "tag_name");
    }
    let fields = ["name", "body", "draft", "prerelease", "tag_name", "target_commitish"];
    let _ = update(&mut publishing.releases, id, content, &fields);
    let release = find(&mut publishing.releases, id).unwrap();
    release["html_url"] = json!(release_page(release["draft"] == true, &tag, number));
    Answer::json(200, release)
}

fn delete_asset(publishing: &mut Publishing, id: &str) -> Answer {
    for release in &mut publishing.releases {
        let assets = release["assets"].as_array_mut().unwrap();
        let before = assets.len();
        assets.retain(|asset| asset["id"].as_u64() != id.parse().ok());
        if assets.len() < before {
            return Answer { status: 204, headers: Vec::new(), body: Vec::new() };
        }
    }
    Answer::not_found()
}

fn upload(publishing: &mut Publishing, id: &str, seen: &Seen) -> Answer {
    let (asset_id, has_digests) = (publishing.next_id(), publishing.has_digests);
    let login = publishing.login.clone();
    let Some(release) = find(&mut publishing.releases, id) else { return Answer::not_found() };
    let name = seen.value("name").unwrap();
    let assets = release["assets"].as_array_mut().unwrap();
    if assets.iter().any(|asset| asset["name"] == name) {
        return Answer::duplicate("ReleaseAsset", "name");
    }
    let digest = has_digests.then(|| format!("sha256:{}", meed::files::sha256_hex(&seen.body)));
    let asset = json!({
        "id": asset_id, "node_id": format!("RA_{asset_id}"), "name": name, "label": "", "state": "uploaded",
        "content_type": seen.header("content-type"), "size": seen.body.len(), "digest": digest,
        "download_count": 0, "created_at": TIME, "updated_at": TIME, "uploader": user(&login),
        "url": format!("https://api.github.com/repos/{REPOSITORY}/releases/assets/{asset_id}"),
        "browser_download_url": format!("{HTML}/releases/download/x/{name}"),
    });
    assets.push(asset.clone());
    Answer::json(201, &asset)
}

fn comments(publishing: &Publishing, issue: &str, seen: &Seen, base: &str) -> Answer {
    if !publishing.issues.iter().any(|known| known.to_string() == issue) {
        return Answer::not_found();
    }
    let end = format!("/issues/{issue}");
    let own = publishing.comments.iter().filter(|it| it["issue_url"].as_str().unwrap().ends_with(&end));
    Answer::page(seen, &own.cloned().collect::<Vec<_>>(), base)
}

fn make_comment(publishing: &mut Publishing, issue: &str, content: &Value) -> Answer {
    let body = content["body"].as_str().unwrap();
    if body.chars().count() > 65_536 {
        return Answer::refusal(422, "body is too long (maximum is 65536 characters)");
    }
    let login = publishing.login.clone();
    Answer::json(201, &publishing.comment(issue.parse().unwrap(), &login, body))
}

fn check_runs(publishing: &Publishing, sha: &str, seen: &Seen) -> Answer {
    let name = seen.value("check_name");
    let fits = |run: &&Value| run["head_sha"] == *sha && name.is_none_or(|name| run["name"] == *name);
    let runs: Vec<&Value> = publishing.checks.iter().filter(fits).collect();
    Answer::json(200, &json!({"total_count": runs.len(), "check_runs": runs}))
}

/// Only apps make check runs.
fn refuse_people(publishing: &Publishing) -> Option<Answer> {
    let message = "Resource not accessible by personal access token";
    (!publishing.login.ends_with("[bot]"))
        .then(|| Answer::refusal(403, message).with("x-accepted-github-permissions", "checks=write"))
}

fn make_check(publishing: &mut Publishing, content: &Value) -> Answer {
    if let Some(refusal) = refuse_people(publishing) {
        return refusal;
    }
    let id = publishing.next_id();
    let slug = publishing.login.trim_end_matches("[bot]").to_owned();
    let output = &content["output"];
    let run = json!({
        "id": id, "node_id": format!("CR_{id}"), "head_sha": content["head_sha"], "name": content["name"],
        "external_id": content["external_id"], "status": content["status"],
        "conclusion": content["conclusion"], "started_at": TIME, "completed_at": TIME,
        "url": format!("https://api.github.com/repos/{REPOSITORY}/check-runs/{id}"),
        "html_url": format!("{HTML}/runs/{id}"), "details_url": format!("{HTML}/runs/{id}"),
        "output": {
            "title": output["title"], "summary": output["summary"], "text": null, "annotations_count": 0,
            "annotations_url": "https://api.github.com/x",
        },
        "check_suite": {"id": 5}, "pull_requests": [],
        "app": {"id": 15368, "slug": slug, "node_id": "A_1", "name": "An app", "owner": user("github")},
    });
    publishing.checks.push(run.clone());
    Answer::json(201, &run)
}

fn update_check(publishing: &mut Publishing, id: &str, content: &Value) -> Answer {
    if let Some(refusal) = refuse_people(publishing) {
        return refusal;
    }
    update(&mut publishing.checks, id, content, &["name", "external_id", "status", "conclusion", "output"])
}

fn make_status(publishing: &mut Publishing, sha: &str, content: &Value) -> Answer {
    if content["description"].as_str().is_some_and(|text| text.chars().count() > 140) {
        return Answer::refusal(422, "description is too long (maximum is 140 characters)");
    }
    let id = publishing.next_id();
    let status = json!({
        "id": id, "node_id": format!("S_{id}"), "sha": sha, "state": content["state"],
        "context": content["context"], "description": content["description"],
        "target_url": content["target_url"], "created_at": TIME, "updated_at": TIME, "avatar_url": null,
        "url": format!("https://api.github.com/repos/{REPOSITORY}/statuses/{sha}"),
        "creator": user(&publishing.login),
    });
    publishing.statuses.push(status.clone());
    Answer::json(201, &status)
}

fn graphql(seen: &Seen, publishing: &mut Publishing) -> Answer {
    if seen.header("authorization").is_none() {
        return Answer::refusal(401, "This endpoint requires you to be authenticated.");
    }
    let content = seen.json();
    let (query, variables) = (content["query"].as_str().unwrap(), &content["variables"]);
    let data = if query.contains("viewer {") {
        json!({"viewer": {"login": publishing.login}})
    } else if query.contains("discussionCategories") {
        let nodes = publishing.categories.iter();
        let nodes =
            nodes.map(|(name, slug)| json!({"id": format!("DIC_{slug}"), "name": name, "slug": slug}));
        json!({"repository": {"id": "R_1", "discussionCategories": {"nodes": nodes.collect::<Vec<_>>()}}})
    } else if query.contains("discussions(") {
        discussions(publishing, variables)
    } else if query.contains("createDiscussion") {
        let id = publishing.next_id();
        let discussion = json!({
            "id": format!("D_{id}"), "title": variables["title"], "body": variables["body"],
            "category": variables["category"], "by": publishing.login, "url": format!("{HTML}/discussions/{id}"),
        });
        publishing.discussions.push(discussion.clone());
        json!({"discussion": {"discussion": {"url": discussion["url"]}}})
    } else if query.contains("updateDiscussion") {
        let found = publishing.discussions.iter_mut().find(|it| it["id"] == variables["id"]);
        let found = found.expect("a discussion that exists");
        assert_eq!(found["by"], *publishing.login, "somebody else's discussion is changed");
        found["title"] = variables["title"].clone();
        found["body"] = variables["body"].clone();
        json!({"discussion": {"discussion": {"url": found["url"]}}})
    } else {
        let error = json!({"message": "Parse error", "type": "UNPROCESSABLE"});
        return Answer::json(200, &json!({"data": null, "errors": [error]}));
    };
    Answer::json(200, &json!({"data": data}))
}

/// A page of discussions, the newest first.
fn discussions(publishing: &Publishing, variables: &Value) -> Value {
    let own = publishing.discussions.iter().rev().filter(|it| it["category"] == variables["category"]);
    let own: Vec<&Value> = own.collect();
    let from: usize = variables["after"].as_str().map_or(0, |after| after.parse().unwrap());
    let to = (from + 100).min(own.len());
    let nodes = own[from..to].iter().map(|it| {
        json!({
            "id": it["id"], "title": it["title"], "body": it["body"], "url": it["url"],
            "viewerDidAuthor": it["by"] == *publishing.login,
            "author": {"login": it["by"].as_str().unwrap().trim_end_matches("[bot]")},
        })
    });
    let nodes: Vec<Value> = nodes.collect();
    let page = json!({"hasNextPage": to < own.len(), "endCursor": to.to_string()});
    json!({"repository": {"discussions": {"pageInfo": page, "nodes": nodes}}})
}
