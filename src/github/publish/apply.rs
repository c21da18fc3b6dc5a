//! Does what a plan says, in its order, and stops at the first failure.

use http::Method;
use serde::Deserialize;

use super::found::Found;
use super::plan::{Action, Content, NEW_RELEASE, Plan, TargetName};
use super::publication::Publication;
use super::targets::Targets;
use crate::error::{Error, Problems, Shown};
use crate::github::client::{Client, segment};

/// What was published, or would be.
#[derive(Debug, Default)]
pub struct Published {
    /// What was done; of a dry run what would be.
    pub actions: Vec<Action>,
    /// The pages of what stands there now.
    pub links: Vec<(TargetName, String)>,
    /// What people should look at.
    pub notes: Vec<String>,
}

/// A plan that came to its end, or did not.
struct Outcome {
    /// What was done.
    done: Vec<Action>,
    /// What was not, and why the first of it was not.
    left: Vec<Action>,
    error: Option<Error>,
    /// The pages.
    links: Vec<(TargetName, String)>,
}

/// What GitHub answers to a write, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
struct Made {
    id: Option<u64>,
    html_url: Option<String>,
    upload_url: Option<String>,
    digest: Option<String>,
    discussion: Option<MadeDiscussion>,
}

#[derive(Debug, Deserialize)]
struct MadeDiscussion {
    discussion: Option<DiscussionLink>,
}

#[derive(Debug, Deserialize)]
struct DiscussionLink {
    url: String,
}

/// What later actions need of the release that an earlier one made.
#[derive(Default)]
struct NewRelease {
    number: Option<u64>,
    upload_url: Option<String>,
}

/// Reads what is there, plans, and does it; with `dry_run` only the first two.
///
/// Another run may do the same at the same time, and then GitHub refuses a duplicate (422): what is there
/// is read again and the rest planned anew, once.
///
/// Errors: those of reading what is there, of the plan and of the client; after a failure half way a second one
/// that says what was done and what was not.
pub fn publish(
    client: &Client<'_>,
    publication: &Publication<'_>,
    targets: &Targets,
    dry_run: bool,
) -> Result<Published, Problems> {
    let plan = plan_now(client, publication, targets)?;
    if dry_run {
        return Ok(Published { actions: plan.actions, links: plan.links, notes: plan.notes });
    }
    let mut notes = plan.notes.clone();
    let mut outcome = apply(client, plan);
    if matches!(outcome.error, Some(Error::GithubUnprocessable { .. })) {
        let again = match plan_now(client, publication, targets) {
            Ok(again) => again,
            Err(problems) => return interrupted(problems.into_iter().collect(), &outcome),
        };
        // Where the same is to be done first nobody was faster: it is refused for itself.
        let is_same = |(left, right): (&Action, &Action)| {
            (&left.words, &left.content) == (&right.words, &right.content)
        };
        if !outcome.left.first().zip(again.actions.first()).is_some_and(is_same) {
            notes.clone_from(&again.notes);
            let second = apply(client, again);
            outcome.done.extend(second.done);
            outcome = Outcome { done: outcome.done, ..second };
        }
    }
    match outcome.error.take() {
        Some(error) => interrupted(vec![error], &outcome),
        None => Ok(Published { actions: outcome.done, links: outcome.links, notes }),
    }
}

/// What is to be done by what is there now.
fn plan_now(client: &Client<'_>, publication: &Publication<'_>, targets: &Targets) -> Result<Plan, Problems> {
    let found = Found::read(client, publication, targets).or_else(|problems| {
        Problems::unless_empty(problems.into_iter().map(named).collect(), Found::default())
    })?;
    Plan::new(publication, targets, &found)
}

/// Does the actions of a plan in their order, until one fails.
fn apply(client: &Client<'_>, plan: Plan) -> Outcome {
    let mut outcome = Outcome { done: Vec::new(), left: Vec::new(), error: None, links: plan.links };
    let mut release = NewRelease { number: None, upload_url: plan.upload_url };
    let mut actions = plan.actions.into_iter();
    for action in actions.by_ref() {
        match act(client, &action, &mut release) {
            Ok(made) => {
                let url = made.html_url.or(made.discussion.and_then(|it| it.discussion).map(|it| it.url));
                // An asset has no page, and a draft's is another one later.
                if let Some(url) = url.filter(|_| !matches!(action.content, Content::File(_))) {
                    outcome.links.retain(|(target, _)| *target != action.target);
                    outcome.links.push((action.target, url));
                }
                outcome.done.push(action);
            }
            Err(error) => {
                outcome.error = Some(error);
                outcome.left.push(action);
                break;
            }
        }
    }
    outcome.left.extend(actions);
    outcome
}

/// Does one action.
fn act(client: &Client<'_>, action: &Action, release: &mut NewRelease) -> Result<Made, Error> {
    let path = match release.number {
        Some(number) => action.path.replace(NEW_RELEASE, &number.to_string()),
        None => action.path.clone(),
    };
    match &action.content {
        Content::Nothing => client.delete(&path, action.permission).map(|()| Made::default()),
        Content::Json(content) => {
            let made: Made = client.send(&action.method, &path, content, action.permission)?;
            if action.target == TargetName::Release && made.upload_url.is_some() {
                release.number = made.id;
                release.upload_url.clone_from(&made.upload_url);
            }
            Ok(made)
        }
        Content::Mutation(mutation, variables) => {
            client.graphql(mutation, variables, true, action.permission)
        }
        Content::File(asset) => {
            let request = Shown::from(format!("{} {path}", Method::POST));
            // `https://uploads.github.com/.../assets{?name,label}`
            let url = release.upload_url.as_deref().and_then(|url| url.split('{').next());
            let url = url.ok_or_else(|| Error::GithubAnswer {
                request: request.clone(),
                message: Shown::from("the release says nothing of where files go"),
            })?;
            let url = format!("{url}?name={}", segment(&asset.name));
            let made: Made = client.upload(&url, asset.media_type, asset.bytes.clone(), action.permission)?;
            if made.digest.as_ref().is_some_and(|digest| *digest != format!("sha256:{}", asset.sha256)) {
                let message = Shown::from("what arrived there is not what was sent");
                return Err(Error::GithubAnswer { request, message });
            }
            Ok(made)
        }
    }
}

/// The failure, and what was done before it.
fn interrupted(errors: Vec<Error>, outcome: &Outcome) -> Result<Published, Problems> {
    let mut errors: Vec<Error> = errors.into_iter().map(named).collect();
    if outcome.done.len() + outcome.left.len() > 1 {
        let words = |actions: &[Action]| {
            let words: Vec<&str> = actions.iter().map(|action| action.words.as_str()).collect();
            Shown::sentence(&if words.is_empty() { "nothing".to_owned() } else { words.join(", ") })
        };
        let (done, left) = (words(&outcome.done), words(&outcome.left));
        errors.push(Error::GithubInterrupted { done, left });
    }
    Problems::unless_empty(errors, Published::default())
}

/// What refuses check runs is the kind of the token, not its permissions.
fn named(error: Error) -> Error {
    match error {
        Error::GithubForbidden { request, message, .. } if request.to_string().contains("/check-runs") => {
            Error::GithubChecksForbidden { request, message }
        }
        error => error,
    }
}
