//! What is there and what is wanted, turned into what is to be done. Pure: nothing is sent here.

use http::Method;
use serde_json::{Value, json};

use super::found::{DiscussionFound, Found, Post, Release, ReleaseFound, Status};
use super::publication::{Asset, CHECK_NAME, Publication};
use super::targets::{Permission, Targets};
use crate::error::{Error, Problems, Shown};
use crate::github::client::segment;

/// The path of GraphQL, in plans.
const GRAPHQL: &str = "/graphql";
/// Stands in paths for the number of the release that an earlier action makes.
pub const NEW_RELEASE: &str = "{release}";

/// What is to be done, in this order.
#[derive(Debug, Default)]
pub struct Plan {
    /// The requests that write.
    pub actions: Vec<Action>,
    /// Where the files of the release go, when it is there already.
    pub upload_url: Option<String>,
    /// What is there and stays or is changed: of which target, and its page.
    pub links: Vec<(TargetName, String)>,
    /// What people should look at.
    pub notes: Vec<String>,
}

/// Which target an action is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetName {
    /// The release, its tag and files.
    Release,
    /// The comment.
    Comment,
    /// The discussion.
    Discussion,
    /// The check run.
    Check,
    /// The status.
    Status,
}

/// One request that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it is for.
    pub target: TargetName,
    /// What it does, in words.
    pub words: String,
    /// The method.
    pub method: Method,
    /// The path; `{release}` in it is filled in when the release is made.
    pub path: String,
    /// What is sent.
    pub content: Content,
    /// What a token needs for it.
    pub permission: &'static str,
}

/// What an action sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// A value.
    Json(Value),
    /// A mutation of GraphQL and its variables.
    Mutation(&'static str, Value),
    /// A file.
    File(Asset),
}

impl TargetName {
    /// Its name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Comment => "comment",
            Self::Discussion => "discussion",
            Self::Check => "check",
            Self::Status => "status",
        }
    }
}

impl Plan {
    /// What has to be done so that the round stands in all targets as it is. All that is in the way at
    /// once.
    ///
    /// Errors: the tag points elsewhere, or its release was made by somebody else.
    pub fn new(publication: &Publication<'_>, targets: &Targets, found: &Found) -> Result<Self, Problems> {
        let mut plan = Self::default();
        let mut problems = Vec::new();
        if let Some(release) = &found.release {
            problems.extend(plan.release(publication, release));
        }
        if let Some(issue) = targets.comment {
            plan.comment(publication, issue, &found.comments);
        }
        if let Some(discussion) = &found.discussion {
            plan.discussion(publication, discussion);
        }
        if targets.check {
            plan.check(publication, found);
        }
        if targets.status {
            plan.status(publication, found.status.as_ref());
        }
        Problems::unless_empty(problems, plan)
    }

    /// The tag first, then a draft, its files, and only then everybody sees it: nobody meets a release
    /// without its files, and a release that GitHub lets nobody change later is complete.
    fn release(&mut self, publication: &Publication<'_>, found: &ReleaseFound) -> Vec<Error> {
        let problems = in_the_way(publication, found);
        let ours = found.ours(publication);
        if !problems.is_empty() {
            return problems;
        }
        let (repository, tag, commit) = (&publication.repository, publication.tag(), publication.commit());
        let (title, notes) = (publication.title(), publication.notes());
        if found.tag.is_none() {
            let content = json!({"ref": format!("refs/tags/{tag}"), "sha": commit});
            let words = format!("make the tag {tag}");
            self.write(Method::POST, repository.path("git/refs"), words, Content::Json(content));
        }
        let number = match ours {
            Some(release) => {
                self.upload_url = Some(release.upload_url.clone());
                self.links.push((TargetName::Release, release.html_url.clone()));
                release.id.to_string()
            }
            None => {
                let content = json!({
                    "tag_name": tag, "target_commitish": commit, "name": title, "body": notes,
                    "draft": true, "prerelease": false,
                });
                let words = format!("draft the release {tag}");
                self.write(Method::POST, repository.path("releases"), words, Content::Json(content));
                NEW_RELEASE.to_owned()
            }
        };
        self.files(publication, found, &number);
        let mut content = json!({});
        if let Some(release) = ours.filter(|release| !is_same(release, &title, &notes)) {
            self.notes
                .extend(release.draft.then(|| format!("the release {tag} is a draft yet: it is finished")));
            content = json!({"name": title, "body": notes});
        }
        if ours.is_none_or(|release| release.draft) {
            for (key, value) in [("tag_name", json!(tag)), ("draft", json!(false))] {
                if let Some(content) = content.as_object_mut() {
                    content.insert(key.to_owned(), value);
                }
            }
        }
        if content.as_object().is_some_and(|content| !content.is_empty()) {
            let verb = if content.get("draft").is_some() { "publish" } else { "update" };
            let path = repository.path(&format!("releases/{number}"));
            self.write(Method::PATCH, path, format!("{verb} the release {tag}"), Content::Json(content));
        }
        self.others(publication, found);
        problems
    }

    /// The files of the release: those that are missing or differ. Files of other names are not ours.
    fn files(&mut self, publication: &Publication<'_>, found: &ReleaseFound, number: &str) {
        let repository = &publication.repository;
        for asset in &publication.assets {
            let there = found.assets.iter().find(|there| there.name == asset.name);
            if let Some(there) = there {
                let digest = format!("sha256:{}", asset.sha256);
                let is_same = match &there.digest {
                    Some(there) => *there == digest,
                    None => there.size == asset.bytes.len() as u64,
                };
                if is_same && there.state == "uploaded" {
                    continue;
                }
                let path = repository.path(&format!("releases/assets/{}", there.id));
                self.write(Method::DELETE, path, format!("delete the old {}", asset.name), Content::Nothing);
            }
            let path = repository.path(&format!("releases/{number}/assets?name={}", segment(&asset.name)));
            let words = format!("upload {}", asset.name);
            self.write(Method::POST, path, words, Content::File(asset.clone()));
        }
    }

    /// Files of the release that meed did not put there, and releases of the tag besides ours.
    fn others(&mut self, publication: &Publication<'_>, found: &ReleaseFound) {
        for asset in &found.assets {
            let wanted = publication.assets.iter().find(|wanted| wanted.name == asset.name);
            let name = Shown::from(&asset.name);
            match wanted {
                None => self.notes.push(format!("the release has a file that is not of this round: {name}")),
                Some(_) if asset.digest.is_none() => {
                    self.notes
                        .push(format!("the server names no digest of {name}: only its size was compared"));
                }
                Some(_) => {}
            }
        }
        let ours = found.ours(publication).map(|release| release.id);
        for other in found.releases.iter().filter(|other| Some(other.id) != ours) {
            let tag = publication.tag();
            self.notes.push(format!(
                "another draft of the release {tag} is left alone (number {}): delete it if nobody needs it",
                other.id
            ));
        }
    }

    /// Adds an action for the release.
    fn write(&mut self, method: Method, path: String, words: String, content: Content) {
        let (target, permission) = (TargetName::Release, Permission::CONTENTS);
        self.actions.push(Action { target, words, method, path, content, permission });
    }

    fn comment(&mut self, publication: &Publication<'_>, issue: u64, found: &[Post]) {
        let text = publication.comment();
        let ours = self.ours(TargetName::Comment, found);
        let (method, path, words) = match ours {
            Some(comment) if same_text(&comment.body, &text) => return,
            Some(comment) => {
                let path = format!("issues/comments/{}", comment.id);
                (Method::PATCH, path, format!("update the comment on #{issue}"))
            }
            None => (Method::POST, format!("issues/{issue}/comments"), format!("comment on #{issue}")),
        };
        self.actions.push(Action {
            target: TargetName::Comment,
            words,
            method,
            path: publication.repository.path(&path),
            content: Content::Json(json!({"body": text})),
            permission: Permission::ISSUES,
        });
    }

    fn discussion(&mut self, publication: &Publication<'_>, found: &DiscussionFound) {
        let (title, text) = (publication.title(), publication.discussion());
        let ours = self.ours(TargetName::Discussion, &found.posts);
        let (mutation, variables, words) = match ours {
            Some(post) if same_text(&post.body, &text) && post.title == title => return,
            Some(post) => (
                "mutation($id: ID!, $title: String!, $body: String!) { discussion: updateDiscussion(\
                 input: {discussionId: $id, title: $title, body: $body}) { discussion { url } } }",
                json!({"id": post.id, "title": title, "body": text}),
                "update the discussion",
            ),
            None => (
                "mutation($repository: ID!, $category: ID!, $title: String!, $body: String!) { discussion: \
                 createDiscussion(input: {repositoryId: $repository, categoryId: $category, title: $title, \
                 body: $body}) { discussion { url } } }",
                json!({
                    "repository": found.repository, "category": found.category, "title": title, "body": text,
                }),
                "start a discussion",
            ),
        };
        if ours.is_none() && found.is_cut {
            let note = "only the newest 2,000 discussions of the category were looked at";
            self.notes.push(note.to_owned());
        }
        self.actions.push(Action {
            target: TargetName::Discussion,
            words: words.to_owned(),
            method: Method::POST,
            path: GRAPHQL.to_owned(),
            content: Content::Mutation(mutation, variables),
            permission: Permission::DISCUSSIONS,
        });
    }

    /// The first post that the owner of the token wrote. Others with the same marker are somebody else's,
    /// or one too many: both are told and left alone.
    fn ours<'a>(&mut self, target: TargetName, found: &'a [Post]) -> Option<&'a Post> {
        let ours = found.iter().find(|post| post.is_ours);
        for post in found.iter().filter(|post| ours.is_none_or(|ours| ours.id != post.id)) {
            let (target, url) = (target.as_str(), Shown::from(&post.url));
            self.notes.push(if post.is_ours {
                format!("a second {target} of this round is left alone: {url}")
            } else {
                let author = Shown::from(&post.author);
                format!("a {target} with the marker of this round is by {author}, so it is left alone: {url}")
            });
        }
        self.links.extend(ours.map(|post| (target, post.url.clone())));
        ours
    }

    fn check(&mut self, publication: &Publication<'_>, found: &Found) {
        let (title, summary) = publication.check();
        let ours = found.checks.iter().find(|run| run.is_ours);
        let others = found.checks.len() - usize::from(ours.is_some());
        if others > 0 {
            self.notes.push(format!("{others} more check runs of this round are left alone"));
        }
        let mut content = json!({
            "name": CHECK_NAME, "external_id": publication.identity(), "status": "completed",
            "conclusion": "success", "output": {"title": title, "summary": summary},
        });
        let (method, path, words) = match ours {
            Some(run) => {
                self.links.extend(run.html_url.clone().map(|url| (TargetName::Check, url)));
                let is_same = run.conclusion.as_deref() == Some("success")
                    && run.output.title.as_deref() == Some(&title)
                    && run.output.summary.as_deref().is_some_and(|there| same_text(there, &summary));
                if is_same {
                    return;
                }
                (Method::PATCH, format!("check-runs/{}", run.id), "update the check run")
            }
            None => {
                if let Some(content) = content.as_object_mut() {
                    content.insert("head_sha".to_owned(), json!(publication.commit()));
                }
                (Method::POST, "check-runs".to_owned(), "make the check run")
            }
        };
        self.actions.push(Action {
            target: TargetName::Check,
            words: format!("{words} `{CHECK_NAME}`"),
            method,
            path: publication.repository.path(&path),
            content: Content::Json(content),
            permission: Permission::CHECKS,
        });
    }

    fn status(&mut self, publication: &Publication<'_>, found: Option<&Status>) {
        let description = publication.description();
        let is_same = |found: &Status| {
            found.state == "success" && found.description.as_deref() == Some(description.as_str())
        };
        if found.is_some_and(is_same) {
            return;
        }
        let path = publication.repository.path(&format!("statuses/{}", publication.commit()));
        let content = json!({"state": "success", "context": CHECK_NAME, "description": description});
        self.actions.push(Action {
            target: TargetName::Status,
            words: format!("set the status `{CHECK_NAME}`"),
            method: Method::POST,
            path,
            content: Content::Json(content),
            permission: Permission::STATUSES,
        });
    }
}

/// Why there can be no release: the tag points to another commit; somebody else published one.
fn in_the_way(publication: &Publication<'_>, found: &ReleaseFound) -> Vec<Error> {
    let (tag, commit) = (Shown::from(publication.tag()), publication.commit());
    let mut problems = Vec::new();
    if let Some(points_to) = found.tag.as_ref().filter(|points_to| **points_to != commit) {
        let found = Shown::from(points_to);
        problems.push(Error::GithubTagElsewhere { tag: tag.clone(), found, expected: commit });
    }
    let foreign = |release: &&Release| !release.draft && !publication.is_marked(release.body.as_deref());
    if found.releases.iter().any(|release| foreign(&release)) {
        problems.push(Error::GithubReleaseForeign { tag, marker: publication.marker() });
    }
    problems
}

/// Whether a release says what it should.
fn is_same(release: &Release, title: &str, notes: &str) -> bool {
    release.name.as_deref() == Some(title)
        && release.body.as_deref().is_some_and(|there| same_text(there, notes))
}

/// Whether two texts are the same but for line ends, which forms in a browser change.
fn same_text(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    plain(left) == plain(right)
}
