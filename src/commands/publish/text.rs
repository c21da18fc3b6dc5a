//! What `meed publish` says: of what was done, and of what would be.

use serde::Serialize;
use serde_json::Value;

use super::super::{Output, Session};
use crate::error::{Shown, visible};
use crate::github::publish::{Action, Content, Publication, Published, TargetName};

/// What was published, for `--format json`.
#[derive(Debug, Serialize)]
struct Made<'a> {
    repository: String,
    round: String,
    commit: String,
    dry_run: bool,
    actions: Vec<Request<'a>>,
    links: Vec<Link>,
    notes: &'a [String],
}

/// A request that was sent, or would be.
#[derive(Debug, Serialize)]
struct Request<'a> {
    target: TargetName,
    action: &'a str,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'a>>,
}

/// A file that is uploaded.
#[derive(Debug, Serialize)]
struct File<'a> {
    name: &'a str,
    bytes: usize,
    sha256: &'a str,
}

/// A page.
#[derive(Debug, Serialize)]
struct Link {
    target: TargetName,
    url: String,
}

/// What was done, or with `--dry-run` what would be, request by request.
pub(super) fn report(
    publication: &Publication<'_>,
    published: &Published,
    dry_run: bool,
    session: &Session,
) -> Output {
    let links = links(published, session);
    let (repository, round) = (publication.repository.to_string(), publication.name());
    if session.json {
        return Output::json(&Made {
            repository,
            round,
            commit: publication.commit(),
            dry_run,
            actions: published.actions.iter().map(request).collect(),
            links,
            notes: &published.notes,
        });
    }
    let mut text = if published.actions.is_empty() {
        format!("nothing to do: {repository} has {round} as it is\n")
    } else if dry_run {
        format!("would publish {round} in {repository}\n")
    } else {
        format!("published {round} in {repository}\n")
    };
    for action in &published.actions {
        if dry_run {
            text += &request_in_words(action);
        } else {
            text += &format!("  {:<10}  {}\n", action.target.as_str(), action.words);
        }
    }
    for link in links {
        text += &format!("  {:<10}  {}\n", link.target.as_str(), link.url);
    }
    let mut notes: Vec<String> = published.notes.iter().map(|note| format!("note: {note}")).collect();
    notes.extend(dry_run.then(|| "dry run: nothing was sent".to_owned()));
    Output::text(text).with_notes(notes)
}

/// The pages, as far as they lie on the server itself: an address elsewhere would be followed by people
/// who trust this output.
fn links(published: &Published, session: &Session) -> Vec<Link> {
    let server = format!("{}/", session.github.server_url());
    let own = published.links.iter().filter(|(_, url)| url.starts_with(&server));
    own.map(|(target, url)| Link { target: *target, url: Shown::from(url).to_string() }).collect()
}

/// A request, for JSON.
fn request(action: &Action) -> Request<'_> {
    let (mut content, mut file) = (None, None);
    match &action.content {
        Content::Nothing => {}
        Content::Json(value) | Content::Mutation(_, value) => content = Some(value),
        Content::File(asset) => {
            file = Some(File { name: &asset.name, bytes: asset.bytes.len(), sha256: &asset.sha256 });
        }
    }
    Request {
        target: action.target,
        action: &action.words,
        method: action.method.as_str(),
        path: &action.path,
        content,
        file,
    }
}

/// A request with all that it would send. Each line of a text stands behind a bar: none can pass for one
/// of ours, nor for a command to a workflow.
fn request_in_words(action: &Action) -> String {
    let mut text = format!("\n{} {}\n  {}\n", action.method, action.path, action.words);
    match &action.content {
        Content::Nothing => {}
        Content::File(asset) => {
            text += &format!("  {} bytes, sha256 {}\n", asset.bytes.len(), asset.sha256);
        }
        Content::Json(value) | Content::Mutation(_, value) => fields("", value, &mut text),
    }
    text
}

/// The fields of a value, those of inner ones by their paths.
fn fields(name: &str, value: &Value, text: &mut String) {
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                let path = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                fields(&path, value, text);
            }
        }
        Value::String(value) if value.contains('\n') => {
            *text += &format!("  {name}:\n");
            for line in value.lines() {
                text.push_str("  | ");
                text.extend(line.chars().map(visible));
                text.push('\n');
            }
        }
        Value::String(value) => {
            *text += &format!("  {name}: {}\n", value.chars().map(visible).collect::<String>());
        }
        value => *text += &format!("  {name}: {value}\n"),
    }
}
