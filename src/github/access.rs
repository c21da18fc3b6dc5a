//! What the environment says of GitHub: token, repository, server.

use std::fmt;

use crate::error::{Error, Shown};

/// The API of github.com.
const API_URL: &str = "https://api.github.com";
/// The address of github.com.
const SERVER_URL: &str = "https://github.com";

/// A secret that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token, without the white space that files and shells leave at its ends.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself, for the header of a request.
    pub(super) fn secret(&self) -> String {
        self.0.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(***)")
    }
}

/// The environment's variables for GitHub, those that are set; in Actions all are.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// `GITHUB_TOKEN`, else `GH_TOKEN`.
    pub token: Option<Token>,
    /// `GITHUB_REPOSITORY`: `owner/name`.
    pub repository: Option<String>,
    /// `GITHUB_API_URL`: where requests go.
    pub api_url: Option<String>,
    /// `GITHUB_GRAPHQL_URL`.
    pub graphql_url: Option<String>,
    /// `GITHUB_SERVER_URL`: where people go.
    pub server_url: Option<String>,
}

impl Access {
    /// Where requests go, without a slash at the end.
    ///
    /// Errors: not an address; plain http to another machine, which would hand the token to the network.
    pub fn api_url(&self) -> Result<String, Error> {
        safe_address("GITHUB_API_URL", self.api_url.as_deref().unwrap_or(API_URL))
    }

    /// Where GraphQL goes: `GITHUB_GRAPHQL_URL`, else beside the API (`/graphql`; on an Enterprise server
    /// `/api/graphql`).
    pub fn graphql_url(&self) -> Result<String, Error> {
        if let Some(url) = &self.graphql_url {
            return safe_address("GITHUB_GRAPHQL_URL", url);
        }
        let api = self.api_url()?;
        Ok(format!("{}/graphql", api.strip_suffix("/v3").unwrap_or(&api)))
    }

    /// Where people go, without a slash at the end.
    pub fn server_url(&self) -> &str {
        self.server_url.as_deref().unwrap_or(SERVER_URL).trim_end_matches('/')
    }

    /// Refuses to go on without a token.
    pub fn demand_token(&self) -> Result<(), Error> {
        self.token.as_ref().map(|_| ()).ok_or(Error::GithubTokenMissing)
    }

    /// The repository that is meant: `named` (an option), else `GITHUB_REPOSITORY`, else that of `remote`,
    /// the address of git's remote `origin`.
    pub fn repository(&self, named: Option<&str>, remote: Option<&str>) -> Result<Repository, Error> {
        if let Some(text) = named.or(self.repository.as_deref()) {
            return Repository::parse(text);
        }
        let unknown = |reason: &str| Error::GithubRepositoryUnknown { reason: Shown::from(reason) };
        let remote =
            remote.ok_or_else(|| unknown("GITHUB_REPOSITORY is not set, and there is no remote `origin`"))?;
        Repository::of_remote(remote, self.server_url())
            .ok_or_else(|| unknown(&format!("the remote `origin` does not lie on {}", self.server_url())))
    }
}

/// An address to which a token may be sent: https, or http to this machine. Without the slash at its end.
fn safe_address(variable: &'static str, value: &str) -> Result<String, Error> {
    let invalid = |reason| Error::GithubAddressInvalid { variable, value: Shown::from(value), reason };
    let address: http::Uri =
        value.trim_end_matches('/').parse().map_err(|_| invalid("it is not a web address"))?;
    let authority = address.authority().ok_or_else(|| invalid("it names no server"))?;
    if authority.as_str().contains('@') {
        return Err(invalid("it holds a user or password"));
    }
    let is_here = ["127.0.0.1", "[::1]", "localhost"].contains(&authority.host());
    match address.scheme_str() {
        Some("https") => {}
        Some("http") if is_here => {}
        Some("http") => return Err(invalid("http shows the token to everybody on the way")),
        _ => return Err(invalid("it does not begin with https://")),
    }
    if address.query().is_some() {
        return Err(invalid("it holds a query"));
    }
    Ok(value.trim_end_matches('/').to_owned())
}

/// A repository on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// Reads `owner/name`: letters, digits, `-`, `_`, `.`, so that it can stand in any path.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::GithubRepositoryInvalid { value: Shown::from(text), reason };
        let (owner, name) = text.split_once('/').ok_or_else(|| invalid("it has no `/`"))?;
        for part in [owner, name] {
            let is_plain =
                part.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
            if part.is_empty()
                || part.len() > 100
                || !is_plain
                || part.chars().all(|character| character == '.')
            {
                return Err(invalid("owner and name have 1 to 100 letters, digits, `-`, `_` or `.`"));
            }
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// The repository behind a remote of git on `server_url`: `https://HOST/owner/name.git`,
    /// `ssh://git@HOST/owner/name` or `git@HOST:owner/name.git`. None when it lies elsewhere.
    pub fn of_remote(remote: &str, server_url: &str) -> Option<Self> {
        let host = server_url.split_once("://").map_or(server_url, |(_, host)| host);
        let (place, path) = match remote.split_once("://") {
            Some((_, rest)) => rest.split_once('/')?,
            None => remote.split_once(':')?,
        };
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let same = place.eq_ignore_ascii_case(host)
            || place.split_once(':').is_some_and(|(place, _)| place.eq_ignore_ascii_case(host));
        let path = path.trim_matches('/');
        same.then(|| Self::parse(path.strip_suffix(".git").unwrap_or(path)).ok()).flatten()
    }

    /// Whose it is.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of the repository itself in the API.
    pub fn root(&self) -> String {
        format!("/repos/{}/{}", self.owner, self.name)
    }

    /// A path of the API below the repository: `/repos/owner/name/...`.
    pub fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.root())
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_names_its_repository() {
        let expected = Repository::parse("acme/ledger").unwrap();
        let server = "https://github.com";
        for remote in [
            "https://github.com/acme/ledger",
            "https://github.com/acme/ledger.git",
            "https://x-access-token:secret@github.com/acme/ledger.git",
            "git@github.com:acme/ledger.git",
            "ssh://git@github.com/acme/ledger.git",
            "ssh://git@github.com:22/acme/ledger",
        ] {
            assert_eq!(Repository::of_remote(remote, server).as_ref(), Some(&expected), "{remote}");
        }
        for remote in ["https://example.org/acme/ledger", "/srv/ledger.git", "git@github.com:ledger", ""] {
            assert_eq!(Repository::of_remote(remote, server), None, "{remote}");
        }
    }

    #[test]
    fn tokens_go_to_https_or_to_this_machine() {
        let of = |url: &str| Access { api_url: Some(url.to_owned()), ..Access::default() };
        for url in ["https://api.github.com/", "https://ghe.example.org/api/v3", "http://127.0.0.1:8080"] {
            assert_eq!(of(url).api_url(), Ok(url.trim_end_matches('/').to_owned()));
        }
        for url in [
            "http://ghe.example.org/api/v3",
            "ftp://x.example",
            "api.github.com",
            "https://a:b@c.example",
            "",
        ] {
            assert!(of(url).api_url().is_err(), "{url}");
        }
        assert_eq!(
            of("https://ghe.example.org/api/v3").graphql_url(),
            Ok("https://ghe.example.org/api/graphql".to_owned())
        );
        assert_eq!(Access::default().graphql_url(), Ok("https://api.github.com/graphql".to_owned()));
    }

    #[test]
    fn a_token_is_not_printed() {
        assert!(!format!("{:?}", Token::new("ghp_secret\n")).contains("secret"));
    }
}
