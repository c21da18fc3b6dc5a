//! What is on GitHub already of what is to be published.

use serde::Deserialize;

use super::publication::Publication;

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

impl ReleaseFound {
    /// The release that meed made for this revision: the published one, else the oldest draft.
    pub fn ours(&self, publication: &Publication<'_>) -> Option<&Release> {
        self.releases.iter().find(|release| publication.is_marked(release.body.as_deref()))
    }
}
