//! One place for all requests: octocrab's client, with what GitHub asks of its callers.
//!
//! Reads are tried again after a failing server or connection, up to [`ATTEMPTS`] times. Writes are not: a
//! write of which nobody knows whether it was done is done twice that way. Where GitHub asks to wait, the
//! request was not carried out: both wait, say so, and go on.

use std::error::Error as _;
use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode, Uri};
use octocrab::Octocrab;
use octocrab::service::middleware::retry::RetryConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::access::Access;
use super::limits::seconds_to_wait;
use crate::error::{Error, Shown};

/// How often a read is tried.
const ATTEMPTS: u32 = 4;
/// How often a request waits because GitHub asks for it.
const WAITS_MOST: u32 = 5;
/// The longest wait that is waited for, in seconds: limits are reset each hour.
const WAIT_LONGEST_SECONDS: u64 = 3_700;
/// After what a connection or an answer is given up.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client of one GitHub.
pub struct Client<'session> {
    octocrab: Octocrab,
    runtime: Runtime,
    api_url: String,
    graphql_url: String,
    say: &'session dyn Fn(&str),
}

/// One page of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What it holds.
    pub content: T,
    /// Where the next one is, if there is one: an address for [`Client::get`].
    pub next: Option<String>,
}

/// What is sent.
struct Body {
    media_type: String,
    bytes: Vec<u8>,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl<'session> Client<'session> {
    /// A client for the server of `access`, with its token if it has one. `say` tells the user why it
    /// waits. Nothing is sent yet.
    pub fn connect(access: &Access, say: &'session dyn Fn(&str)) -> Result<Self, Error> {
        let api_url = access.api_url()?;
        let graphql_url = access.graphql_url()?;
        let failed = |message: String| Error::GithubUnreachable {
            request: Shown::from(&api_url),
            message: Shown::sentence(&message),
            is_write: false,
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        // octocrab starts tasks of its own.
        let octocrab = runtime.block_on(async {
            let mut builder = Octocrab::builder()
                .add_retry_config(RetryConfig::None)
                .set_connect_timeout(Some(TIMEOUT))
                .set_read_timeout(Some(TIMEOUT))
                .set_write_timeout(Some(TIMEOUT))
                .base_uri(origin(&api_url))
                .and_then(|builder| builder.upload_uri(upload_url(&api_url)))?;
            if let Some(token) = &access.token {
                builder = builder.personal_token(token.secret());
            }
            builder.build()
        });
        let octocrab = octocrab.map_err(|error| failed(chain(&error)))?;
        Ok(Self { octocrab, runtime, api_url, graphql_url, say })
    }

    /// Reads one page of `path` (`/repos/...`, or the address of a next page).
    pub fn get<T: DeserializeOwned>(&self, path: &str, permission: &'static str) -> Result<Page<T>, Error> {
        let answer = self.request(&Method::GET, path, None, permission)?;
        let request = name(&Method::GET, path);
        let next = answer.headers.get("link").and_then(|link| link.to_str().ok()).and_then(next_link);
        // A page elsewhere would be read without the token, and nobody asked for it.
        if let Some(next) = next.as_ref().filter(|next| origin(next) != origin(&self.api_url)) {
            let message = format!("its next page lies at {next}");
            return Err(Error::GithubAnswer { request, message: Shown::sentence(&message) });
        }
        Ok(Page { content: parse(&answer, request)?, next })
    }

    /// Reads `path`; none where GitHub does not find it.
    pub fn find<T: DeserializeOwned>(
        &self,
        path: &str,
        permission: &'static str,
    ) -> Result<Option<T>, Error> {
        match self.get(path, permission) {
            Ok(page) => Ok(Some(page.content)),
            Err(Error::GithubNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes: `method` (POST, PATCH, PUT) on `path` with `body` as JSON.
    pub fn send<T: DeserializeOwned>(
        &self,
        method: &Method,
        path: &str,
        body: &impl Serialize,
        permission: &'static str,
    ) -> Result<T, Error> {
        let request = name(method, path);
        let bytes = serde_json::to_vec(body).map_err(|error| Error::GithubAnswer {
            request: request.clone(),
            message: Shown::from(error.to_string()),
        })?;
        let body = Body { media_type: "application/json".to_owned(), bytes };
        parse(&self.request(method, path, Some(&body), permission)?, request)
    }

    /// Uploads `bytes` to `url`, which a release names; to no other server than GitHub's for uploads.
    pub fn upload<T: DeserializeOwned>(
        &self,
        url: &str,
        media_type: &str,
        bytes: Vec<u8>,
        permission: &'static str,
    ) -> Result<T, Error> {
        let request = name(&Method::POST, url);
        if ![origin(&self.api_url), origin(&upload_url(&self.api_url))].contains(&origin(url)) {
            let message = format!("files go to {url}, which is another server");
            return Err(Error::GithubAnswer { request, message: Shown::sentence(&message) });
        }
        let body = Body { media_type: media_type.to_owned(), bytes };
        parse(&self.request(&Method::POST, url, Some(&body), permission)?, request)
    }

    /// Deletes what is at `path`.
    pub fn delete(&self, path: &str, permission: &'static str) -> Result<(), Error> {
        self.request(&Method::DELETE, path, None, permission).map(|_| ())
    }

    /// Asks in GraphQL; `is_write` of mutations. The answer is its `data`.
    pub fn graphql<T: DeserializeOwned>(
        &self,
        query: &str,
        variables: &Value,
        is_write: bool,
        permission: &'static str,
    ) -> Result<T, Error> {
        let method = if is_write { Method::POST } else { Method::GET };
        let request = name(&Method::POST, &self.graphql_url);
        let body = json!({ "query": query, "variables": variables });
        let body = Body { media_type: "application/json".to_owned(), bytes: body.to_string().into_bytes() };
        // A query is sent with POST, too, but may be tried again as a GET may.
        let answer = self.request_as(&Method::POST, &method, &self.graphql_url, Some(&body), permission)?;
        graphql_data(&answer, &request, permission)
    }

    /// Sends a request until it is answered, and refuses answers that are no success.
    fn request(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Body>,
        permission: &'static str,
    ) -> Result<Answer, Error> {
        self.request_as(method, method, path, body, permission)
    }

    /// As [`request`](Self::request); it is tried again as a request of `kind` may be.
    fn request_as(
        &self,
        method: &Method,
        kind: &Method,
        path: &str,
        body: Option<&Body>,
        permission: &'static str,
    ) -> Result<Answer, Error> {
        let request = name(method, path);
        let is_write = kind != Method::GET;
        let (mut attempts, mut waits) = (1, 0);
        loop {
            let outcome = self.runtime.block_on(self.once(method, path, body));
            let again = !is_write && attempts < ATTEMPTS;
            let answer = match outcome {
                Ok(answer) if answer.status.is_success() => return Ok(answer),
                Ok(answer) => answer,
                Err(_) if again => {
                    attempts += 1;
                    self.wait(u64::from(attempts - 1));
                    continue;
                }
                Err(message) => {
                    return Err(Error::GithubUnreachable {
                        request,
                        message: Shown::sentence(&message),
                        is_write,
                    });
                }
            };
            if let Some(seconds) = seconds_to_wait(answer.status, &answer.headers, &answer.text) {
                if waits == WAITS_MOST || seconds > WAIT_LONGEST_SECONDS {
                    return Err(Error::GithubLimited { request, seconds });
                }
                waits += 1;
                (self.say)(&format!("GitHub wants no more requests for {seconds} s: waiting"));
                self.wait(seconds);
            } else if answer.status.is_server_error() && again {
                attempts += 1;
                self.wait(u64::from(attempts - 1));
            } else {
                return Err(refusal(&answer, request, is_write, permission));
            }
        }
    }

    /// Sends a request once. The error says why there is no answer.
    async fn once(&self, method: &Method, path: &str, body: Option<&Body>) -> Result<Answer, String> {
        // In full: on an Enterprise server the API has a path, and files go beside it.
        let base = if path.starts_with('/') { self.api_url.as_str() } else { "" };
        let uri: Uri = format!("{base}{path}").parse().map_err(|_| format!("`{path}` is not an address"))?;
        let builder = Request::builder()
            .method(method.clone())
            .uri(uri)
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        let request = match body {
            None => self.octocrab.build_request(builder, None::<&()>).map_err(|error| chain(&error))?,
            Some(body) => builder
                .header("content-type", &body.media_type)
                .body(body.bytes.clone().into())
                .map_err(|error| error.to_string())?,
        };
        let exchange = async {
            let response = self.octocrab.execute(request).await.map_err(|error| chain(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let text = self.octocrab.body_to_string(response).await.map_err(|error| chain(&error))?;
            Ok(Answer { status, headers, text })
        };
        // The whole exchange as well: a server that sends a byte a minute would never end it.
        let limit = TIMEOUT * 10;
        tokio::time::timeout(limit, exchange)
            .await
            .unwrap_or_else(|_| Err("no answer in ten minutes".to_owned()))
    }

    fn wait(&self, seconds: u64) {
        // A sleep is made inside the runtime, whose clock it uses.
        self.runtime.block_on(async { tokio::time::sleep(Duration::from_secs(seconds)).await });
    }
}

/// Scheme and server of an address.
fn origin(url: &str) -> &str {
    let from = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(from..).unwrap_or_default().find(['/', '?', '#']).map_or(url.len(), |at| from + at);
    url.get(..end).unwrap_or_default()
}

/// Text as one segment of a path or one value of a query.
pub fn segment(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Where assets are uploaded to: `uploads.` in place of `api.`; an Enterprise server has one address.
fn upload_url(api_url: &str) -> String {
    api_url.replacen("://api.", "://uploads.", 1)
}

/// A request as messages name it; without the query, which may be long.
fn name(method: &Method, path: &str) -> Shown {
    let path = path.split('?').next().unwrap_or(path);
    Shown::from(format!("{method} {path}"))
}

/// An error with its causes.
fn chain(error: &octocrab::Error) -> String {
    let mut parts = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        parts.push(error.to_string());
        cause = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

/// The address with `rel="next"` of a Link header.
fn next_link(header: &str) -> Option<String> {
    let link =
        header.split(',').find(|link| link.split(';').skip(1).any(|part| part.trim() == "rel=\"next\""))?;
    let link = link.split(';').next()?.trim();
    link.strip_prefix('<')?.strip_suffix('>').map(str::to_owned)
}

/// The JSON of an answer; one without content is `null`.
fn parse<T: DeserializeOwned>(answer: &Answer, request: Shown) -> Result<T, Error> {
    let text = if answer.text.trim().is_empty() { "null" } else { &answer.text };
    serde_json::from_str(text)
        .map_err(|error| Error::GithubAnswer { request, message: Shown::sentence(&error.to_string()) })
}

/// The data of an answer in GraphQL, whose errors come with status 200.
fn graphql_data<T: DeserializeOwned>(
    answer: &Answer,
    request: &Shown,
    permission: &'static str,
) -> Result<T, Error> {
    let mut value: Value = parse(answer, request.clone())?;
    if let Some(error) = value.get("errors").and_then(|errors| errors.get(0)) {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        let (request, message) = (request.clone(), Shown::sentence(text("message")));
        return Err(match text("type") {
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => {
                Error::GithubForbidden { request, message, permission: Shown::from(permission) }
            }
            "NOT_FOUND" => Error::GithubNotFound { request, message, permission },
            _ => Error::GithubUnprocessable { request, message },
        });
    }
    let data = value.get_mut("data").map(Value::take).unwrap_or_default();
    serde_json::from_value(data).map_err(|error| Error::GithubAnswer {
        request: request.clone(),
        message: Shown::sentence(&error.to_string()),
    })
}

/// The error that an answer stands for.
fn refusal(answer: &Answer, request: Shown, is_write: bool, permission: &'static str) -> Error {
    let message = Shown::sentence(&said(answer));
    match answer.status.as_u16() {
        401 => Error::GithubUnauthorized { request, message },
        403 => {
            // GitHub often names it itself.
            let named =
                answer.headers.get("x-accepted-github-permissions").and_then(|named| named.to_str().ok());
            let named = named.map(|named| named.replace('=', ": ")).filter(|named| !named.is_empty());
            Error::GithubForbidden {
                request,
                message,
                permission: Shown::from(named.as_deref().unwrap_or(permission)),
            }
        }
        404 | 410 => Error::GithubNotFound { request, message, permission },
        400 | 409 | 422 => Error::GithubUnprocessable { request, message },
        301 | 302 | 307 | 308 => {
            let message = Shown::from("the repository has moved: name its new place with --repository");
            Error::GithubAnswer { request, message }
        }
        status if status < 500 => {
            Error::GithubAnswer { request, message: Shown::sentence(&format!("{status} {message}")) }
        }
        status => Error::GithubFailing { request, status, message, is_write },
    }
}

/// What GitHub says in an answer: its message, and what is wrong with which field.
fn said(answer: &Answer) -> String {
    let Ok(value) = serde_json::from_str::<Value>(&answer.text) else {
        return answer.status.canonical_reason().unwrap_or("no reason given").to_owned();
    };
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut parts = vec![text(&value, "message")];
    for error in value.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let message = text(error, "message");
        let plain = [text(error, "resource"), text(error, "field"), text(error, "code")].join(" ");
        parts.push(if message.is_empty() { plain.trim().to_owned() } else { message });
    }
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() { "no reason given".to_owned() } else { parts.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found() {
        let header = "<https://api.github.com/x?page=1>; rel=\"prev\", <https://api.github.com/x?page=3>; rel=\"next\"";
        assert_eq!(next_link(header).as_deref(), Some("https://api.github.com/x?page=3"));
        assert_eq!(next_link("<https://api.github.com/x?page=1>; rel=\"first\""), None);
        assert_eq!(next_link("next"), None);
    }

    #[test]
    fn a_segment_has_no_meaning_in_an_address() {
        assert_eq!(segment("round/2026-03 ?#&é"), "round%2F2026-03%20%3F%23%26%C3%A9");
    }

    #[test]
    fn a_server_is_told_from_another() {
        assert_eq!(origin("https://ghe.example.org/api/v3"), "https://ghe.example.org");
        assert_eq!(origin("https://api.github.com"), "https://api.github.com");
        assert_eq!(origin("https://api.github.com@evil.example/x"), "https://api.github.com@evil.example");
        assert_eq!(origin("https://api.github.com?@evil.example/x"), "https://api.github.com");
    }

    #[test]
    fn assets_go_where_a_server_takes_them() {
        assert_eq!(upload_url("https://api.github.com"), "https://uploads.github.com");
        assert_eq!(upload_url("https://ghe.example.org/api/v3"), "https://ghe.example.org/api/v3");
    }
}
