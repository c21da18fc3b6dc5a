//! Discussions, which GitHub gives in GraphQL only.

use serde::Deserialize;
use serde_json::json;

use super::super::found::{DiscussionFound, Post};
use super::super::targets::Permission;
use super::{Reader, User};
use crate::error::{Error, Shown};

/// Most pages that are read, the newest first: 2,000 discussions.
const PAGES_MOST: usize = 20;

impl Reader<'_> {
    /// The category of that name, and what stands in it with our marker.
    pub(super) fn discussion(&self, category: &str) -> Result<DiscussionFound, Error> {
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
        for _ in 0..PAGES_MOST {
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
}
