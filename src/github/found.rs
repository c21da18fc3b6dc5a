//! What is on GitHub already of what is to be published. Reads only.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::client::Client;
use super::publication::{CHECK_NAME, Publication};
use super::targets::{Permission, Targets};
use crate::error::{Error, Problems, Shown};

/// Most pages of a list that are read: 10,000 entries.
const PAGES_MOST: usize = 100;
/// Most pages of discussions that are read, the newest first: 2,000.
const DISCUSSION_PAGES_MOST: usize = 20;
/// Most annotated tags that point to one another.
const TAGS_DEEP_MOST: usize = 5;

/// What is there already; of each target that is wanted.
#[derive(Debug, Default)]
pub struct Found {
    /// The release, its tag and its files.
    pub release: Option<ReleaseFound>,
    /// The comments with our marker, by whomever, the oldest first.
    pub comments: Vec<Post>,
    /// Discussions and their category.
    pub discussion: Option<DiscussionFound>,
    /// Check runs with our name and identity.
    pub checks: Vec<CheckRun>,
    /// The newest status of our context.
    pub status: Option<Status>,
}

/// What is there of a release.
#[derive(Debug, Default)]
pub struct ReleaseFound {
    /// The commit that the tag points to.
    pub tag: Option<String>,
    /// All releases of that tag, drafts too.
    pub releases: Vec<Release>,
    /// The files of the one that is ours.
    pub assets: Vec<AssetFound>,
}

/// A release.
#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    /// Its number.
    pub id: u64,
    /// Its tag.
    pub tag_name: String,
    /// Its title.
    pub name: Option<String>,
    /// Its notes.
    pub body: Option<String>,
    /// Whether it is not published yet.
    pub draft: bool,
    /// Where its files are uploaded to.
    pub upload_url: String,
    /// Its page.
    pub html_url: String,
}

/// A file of a release.
#[derive(Debug, Clone, Deserialize)]
pub struct AssetFound {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `uploaded`, or `starter` when the upload broke off.
    pub state: String,
    /// How many bytes it has.
    pub size: u64,
    /// `sha256:` and the digest, where the server knows it.
    #[serde(default)]
    pub digest: Option<String>,
}

/// A comment or a discussion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its number, or in GraphQL its id.
    pub id: String,
    /// Its title; empty of comments.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Its page.
    pub url: String,
    /// Whether the owner of the token wrote it.
    pub is_ours: bool,
    /// Who wrote it.
    pub author: String,
}

/// What is there of a discussion.
#[derive(Debug)]
pub struct DiscussionFound {
    /// The id of the repository.
    pub repository: String,
    /// The id of the category.
    pub category: String,
    /// Discussions with our marker, by whomever, the oldest first.
    pub posts: Vec<Post>,
    /// Whether older ones were not looked at.
    pub is_cut: bool,
}

/// A check run.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckRun {
    /// Its number.
    pub id: u64,
    /// What its maker calls it.
    pub external_id: Option<String>,
    /// `success`, or none while it runs.
    pub conclusion: Option<String>,
    /// Its page.
    pub html_url: Option<String>,
    /// Title and text.
    pub output: CheckOutput,
    /// The app that made it.
    pub app: Option<App>,
    /// Whether the owner of the token made it.
    #[serde(skip)]
    pub is_ours: bool,
}

/// What a check run says.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckOutput {
    /// Its title.
    pub title: Option<String>,
    /// Its text.
    pub summary: Option<String>,
}

/// An app of GitHub.
#[derive(Debug, Clone, Deserialize)]
pub struct App {
    /// Its name in addresses.
    pub slug: Option<String>,
}

/// A status of a commit.
#[derive(Debug, Clone, Deserialize)]
pub struct Status {
    /// What it is about.
    pub context: String,
    /// `success` and others.
    pub state: String,
    /// A line of text.
    pub description: Option<String>,
}

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
        let _known: serde::de::IgnoredAny =
            self.client.get(&repository.root(), Permission::CONTENTS_READ)?.content;
        let path = repository.path(&format!("git/commits/{commit}"));
        match self.client.find::<serde::de::IgnoredAny>(&path, Permission::CONTENTS_READ) {
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

    fn discussion(&self, category: &str) -> Result<DiscussionFound, Error> {
        #[derive(Deserialize)]
        struct Data {
            repository: RepositoryData,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct RepositoryData {
            id: String,
            discussion_categories: Categories,
        }
        #[derive(Deserialize)]
        struct Categories {
            nodes: Vec<Category>,
        }
        #[derive(Deserialize)]
        struct Category {
            id: String,
            name: String,
            slug: String,
        }
        let repository = &self.publication.repository;
        let variables = json!({"owner": repository.owner(), "name": repository.name()});
        let query = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id \
                     discussionCategories(first: 100) { nodes { id name slug } } } }";
        let data: Data = self.client.graphql(query, &variables, false, Permission::DISCUSSIONS)?;
        let categories = data.repository.discussion_categories.nodes;
        let is_meant = |given: &str| given.eq_ignore_ascii_case(category.trim());
        let by_slug = categories.iter().find(|found| is_meant(&found.slug));
        let chosen = by_slug.or_else(|| categories.iter().find(|found| is_meant(&found.name)));
        let Some(chosen) = chosen else {
            let known: Vec<&str> = categories.iter().map(|found| found.slug.as_str()).collect();
            return Err(Error::GithubCategoryUnknown {
                repository: Shown::from(repository.to_string()),
                category: Shown::from(category),
                known: Shown::sentence(&if known.is_empty() { "none".to_owned() } else { known.join(", ") }),
            });
        };
        let (posts, is_cut) = self.discussions(&chosen.id)?;
        Ok(DiscussionFound { repository: data.repository.id, category: chosen.id.clone(), posts, is_cut })
    }

    /// The discussions of a category that carry our marker, the oldest first, and whether there are older
    /// ones that were not read.
    fn discussions(&self, category: &str) -> Result<(Vec<Post>, bool), Error> {
        #[derive(Deserialize)]
        struct Data {
            repository: RepositoryData,
        }
        #[derive(Deserialize)]
        struct RepositoryData {
            discussions: Discussions,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Discussions {
            nodes: Vec<Discussion>,
            page_info: PageInfo,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct PageInfo {
            has_next_page: bool,
            end_cursor: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Discussion {
            id: String,
            title: String,
            body: String,
            url: String,
            viewer_did_author: bool,
            author: Option<User>,
        }
        let query = "query($owner: String!, $name: String!, $category: ID!, $after: String) { \
                     repository(owner: $owner, name: $name) { discussions(first: 100, after: $after, \
                     categoryId: $category, orderBy: {field: CREATED_AT, direction: DESC}) { \
                     pageInfo { hasNextPage endCursor } \
                     nodes { id title body url viewerDidAuthor author { login } } } } }";
        let repository = &self.publication.repository;
        let (mut posts, mut after) = (Vec::new(), None);
        for _ in 0..DISCUSSION_PAGES_MOST {
            let variables = json!({
                "owner": repository.owner(), "name": repository.name(), "category": category, "after": after,
            });
            let data: Data = self.client.graphql(query, &variables, false, Permission::DISCUSSIONS)?;
            let Discussions { nodes, page_info } = data.repository.discussions;
            let marked = nodes.into_iter().filter(|node| self.publication.is_marked(Some(&node.body)));
            posts.extend(marked.map(|node| Post {
                id: node.id,
                title: node.title,
                body: node.body,
                url: node.url,
                is_ours: node.viewer_did_author,
                author: node.author.map(|user| user.login).unwrap_or_default(),
            }));
            after = page_info.end_cursor.filter(|_| page_info.has_next_page);
            if after.is_none() {
                break;
            }
        }
        posts.reverse();
        Ok((posts, after.is_some()))
    }

    fn checks(&mut self) -> Result<Vec<CheckRun>, Error> {
        let name = super::client::segment(CHECK_NAME);
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

impl ReleaseFound {
    /// The release that meed made for this revision: the published one, else the oldest draft.
    pub fn ours(&self, publication: &Publication<'_>) -> Option<&Release> {
        self.releases.iter().find(|release| publication.is_marked(release.body.as_deref()))
    }
}
