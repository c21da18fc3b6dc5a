//! Reads what is on GitHub already. Writes nothing.

mod discussions;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::json;

use super::found::{AssetFound, CheckRun, Found, Post, Release, ReleaseFound, Status};
use super::publication::{CHECK_NAME, Publication};
use super::targets::{Permission, Targets};
use crate::error::{Error, Problems, Shown};
use crate::github::client::{Client, segment};

/// Most pages of a list that are read: 10,000 entries.
const PAGES_MOST: usize = 100;
/// Most annotated tags that point to one another.
const TAGS_DEEP_MOST: usize = 5;

/// An object that a reference or a tag points to.
#[derive(Debug, Deserialize)]
struct Reference {
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Object {
    sha: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Comment {
    id: u64,
    body: Option<String>,
    html_url: String,
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, Deserialize)]
struct CheckRuns {
    check_runs: Vec<CheckRun>,
}

/// Who asks.
struct Reader<'a> {
    client: &'a Client<'a>,
    publication: &'a Publication<'a>,
    /// The owner of the token, once somebody asked.
    login: Option<String>,
}

impl Found {
    /// Reads what is there of the targets.
    ///
    /// Errors: what the client refuses; a repository that does not know the closing commit; a category of
    /// discussions that does not exist.
    pub fn read(
        client: &Client<'_>,
        publication: &Publication<'_>,
        targets: &Targets,
    ) -> Result<Self, Problems> {
        let mut reader = Reader { client, publication, login: None };
        reader.demand_commit()?;
        let mut found = Self::default();
        if targets.release {
            found.release = Some(reader.release()?);
        }
        if let Some(issue) = targets.comment {
            found.comments = reader.comments(issue)?;
        }
        if let Some(category) = &targets.discussion {
            found.discussion = Some(reader.discussion(category)?);
        }
        if targets.check {
            found.checks = reader.checks()?;
        }
        if targets.status {
            found.status = reader.status()?;
        }
        Ok(found)
    }
}

impl Reader<'_> {
    /// Refuses when the server does not know the repository, or the repository the closing commit.
    fn demand_commit(&self) -> Result<(), Error> {
        let (repository, commit) = (&self.publication.repository, self.publication.commit());
        let _known: IgnoredAny = self.client.get(&repository.root(), Permission::CONTENTS_READ)?.content;
        let path = repository.path(&format!("git/commits/{commit}"));
        match self.client.find::<IgnoredAny>(&path, Permission::CONTENTS_READ) {
            Ok(Some(_)) => Ok(()),
            // 409 of a repository without any commit.
            Ok(None) | Err(Error::GithubUnprocessable { .. }) => Err(Error::GithubCommitUnknown {
                repository: Shown::from(repository.to_string()),
                commit,
                round: Shown::from(self.publication.name()),
            }),
            Err(error) => Err(error),
        }
    }

    /// Gives every entry of a list to `take`, page by page, until it wants no more.
    fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        permission: &'static str,
        mut take: impl FnMut(T) -> bool,
    ) -> Result<(), Error> {
        let mut next = Some(path.to_owned());
        for _ in 0..PAGES_MOST {
            let Some(path) = next else { return Ok(()) };
            let page = self.client.get::<T>(&path, permission)?;
            next = if take(page.content) { page.next } else { None };
        }
        // Not as if it ended here: what is not found is made, and would be there twice.
        next.map_or(Ok(()), |next| {
            let message = format!("the list has more than {PAGES_MOST} pages");
            Err(Error::GithubAnswer { request: Shown::from(next), message: Shown::sentence(&message) })
        })
    }

    /// The login of the token's owner: `bea`, or `github-actions[bot]` in a workflow. In GraphQL, since
    /// the other interface does not tell it to apps.
    fn login(&mut self) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Data {
            viewer: User,
        }
        if let Some(login) = &self.login {
            return Ok(login.clone());
        }
        let data: Data =
            self.client.graphql("query { viewer { login } }", &json!({}), false, Permission::METADATA)?;
        Ok(self.login.insert(data.viewer.login).clone())
    }

    fn release(&self) -> Result<ReleaseFound, Error> {
        let (repository, tag) = (&self.publication.repository, self.publication.tag());
        let mut found = ReleaseFound { tag: self.tag(&tag)?, ..ReleaseFound::default() };
        // Not by its tag: drafts are found in the list only.
        let path = repository.path("releases?per_page=100");
        self.pages(&path, Permission::CONTENTS_READ, |page: Vec<Release>| {
            found.releases.extend(page.into_iter().filter(|release| release.tag_name == tag));
            true
        })?;
        found.releases.sort_by_key(|release| (release.draft, release.id));
        if let Some(ours) = found.ours(self.publication) {
            let path = repository.path(&format!("releases/{}/assets?per_page=100", ours.id));
            let mut assets = Vec::new();
            self.pages(&path, Permission::CONTENTS_READ, |page: Vec<AssetFound>| {
                assets.extend(page);
                true
            })?;
            found.assets = assets;
        }
        Ok(found)
    }

    /// The commit that a tag points to, an annotated one too.
    fn tag(&self, tag: &str) -> Result<Option<String>, Error> {
        let repository = &self.publication.repository;
        let path = repository.path(&format!("git/ref/tags/{tag}"));
        let found: Option<Reference> = self.client.find(&path, Permission::CONTENTS_READ)?;
        let Some(Reference { mut object }) = found else { return Ok(None) };
        for _ in 0..TAGS_DEEP_MOST {
            if object.kind != "tag" {
                break;
            }
            let sha: String = object.sha.chars().filter(char::is_ascii_hexdigit).collect();
            let path = repository.path(&format!("git/tags/{sha}"));
            object = self.client.get::<Reference>(&path, Permission::CONTENTS_READ)?.content.object;
        }
        Ok(Some(object.sha))
    }

    fn comments(&mut self, issue: u64) -> Result<Vec<Post>, Error> {
        let path = self.publication.repository.path(&format!("issues/{issue}/comments?per_page=100"));
        let mut marked = Vec::new();
        self.pages(&path, Permission::ISSUES, |page: Vec<Comment>| {
            let is_marked = |comment: &Comment| self.publication.is_marked(comment.body.as_deref());
            marked.extend(page.into_iter().filter(is_marked));
            true
        })?;
        if marked.is_empty() {
            return Ok(Vec::new());
        }
        let login = self.login()?;
        let post = |comment: Comment| {
            let author = comment.user.map(|user| user.login).unwrap_or_default();
            Post {
                id: comment.id.to_string(),
                title: String::new(),
                body: comment.body.unwrap_or_default(),
                url: comment.html_url,
                is_ours: author == login,
                author,
            }
        };
        Ok(marked.into_iter().map(post).collect())
    }

    fn checks(&mut self) -> Result<Vec<CheckRun>, Error> {
        let name = segment(CHECK_NAME);
        let commit = self.publication.commit();
        let path = format!("commits/{commit}/check-runs?check_name={name}&filter=all&per_page=100");
        let path = self.publication.repository.path(&path);
        let identity = self.publication.identity();
        let mut found = Vec::new();
        self.pages(&path, Permission::CHECKS, |page: CheckRuns| {
            let runs = page.check_runs.into_iter();
            found.extend(runs.filter(|run| run.external_id.as_deref() == Some(&identity)));
            true
        })?;
        if found.is_empty() {
            return Ok(found);
        }
        let login = self.login()?;
        for run in &mut found {
            let slug = run.app.as_ref().and_then(|app| app.slug.as_deref());
            run.is_ours = slug.is_some() && slug == login.strip_suffix("[bot]");
        }
        found.sort_by_key(|run| run.id);
        Ok(found)
    }

    fn status(&self) -> Result<Option<Status>, Error> {
        let path = format!("commits/{}/statuses?per_page=100", self.publication.commit());
        let path = self.publication.repository.path(&path);
        let mut found = None;
        self.pages(&path, Permission::STATUSES, |page: Vec<Status>| {
            found = page.into_iter().find(|status| status.context == CHECK_NAME);
            found.is_none()
        })?;
        Ok(found)
    }
}
