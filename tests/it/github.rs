//! What meed asks of GitHub, and what it makes of the answers; against a server of our own.

mod collect;
mod publish;
pub mod stand_in;

use meed::error::Error;
use meed::github::{Access, Client, Token};
use serde_json::{Value, json};
use stand_in::{Answer, Kind, REPOSITORY, StandIn, TOKEN};

/// The access to a server, with its token.
fn access(server: &StandIn) -> Access {
    Access {
        token: Some(Token::new(TOKEN)),
        repository: Some(REPOSITORY.to_owned()),
        api_url: Some(server.url()),
        ..Access::default()
    }
}

const PATH: &str = "/repos/acme/ledger/thing";

/// What the client makes of one answer to a read.
fn refused(answer: Answer) -> Error {
    let server = StandIn::start();
    server.fail("GET", "", Kind::Answer(answer));
    let silent = |_: &str| {};
    let client = Client::connect(&access(&server), &silent).unwrap();
    client.get::<Value>(PATH, "contents: read").unwrap_err()
}

#[test]
fn reads_survive_an_outage_and_writes_are_not_repeated() {
    let server = StandIn::start();
    server.fail("GET", "", Kind::Lost);
    server.fail("GET", "", Kind::Answer(Answer::refusal(502, "Server Error")));
    server.fail("GET", "", Kind::Answer(Answer::json(200, &json!({"here": true}))));
    let silent = |_: &str| {};
    let client = Client::connect(&access(&server), &silent).unwrap();
    let page = client.get::<Value>(PATH, "contents: read").unwrap();
    assert_eq!((page.content, page.next), (json!({"here": true}), None));
    assert_eq!(server.state().seen.len(), 3);

    for kind in [Kind::Lost, Kind::LostAfterwards, Kind::Answer(Answer::refusal(502, "Server Error"))] {
        let before = server.state().seen.len();
        server.fail("POST", "", kind);
        let error =
            client.send::<Value>(&http::Method::POST, PATH, &json!({"a": 1}), "contents: write").unwrap_err();
        assert!(error.to_string().ends_with("whether it was done is not known"), "{error}");
        assert_eq!(server.state().seen.len(), before + 1, "a write was repeated");
    }
    let state = server.state();
    let sent = state.seen.last().unwrap();
    assert_eq!(sent.json(), json!({"a": 1}));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.header("x-github-api-version"), Some("2022-11-28"));
}

#[test]
fn a_limit_is_waited_for_and_told() {
    let server = StandIn::start();
    server.fail("POST", "", Kind::Answer(Answer::limited(1)));
    server.fail("POST", "", Kind::Answer(Answer::json(201, &json!({"id": 7}))));
    let said = std::cell::RefCell::new(Vec::new());
    let say = |line: &str| said.borrow_mut().push(line.to_owned());
    let client = Client::connect(&access(&server), &say).unwrap();
    let made = client.send::<Value>(&http::Method::POST, PATH, &json!({}), "issues: write").unwrap();
    assert_eq!(made, json!({"id": 7}));
    assert_eq!(*said.borrow(), ["GitHub wants no more requests for 1 s: waiting"]);
}

#[test]
fn a_limit_without_end_is_an_error() {
    let day = Answer::limited(86_400);
    assert!(matches!(refused(day), Error::GithubLimited { seconds: 86_400, .. }));
}

#[test]
fn refusals_say_what_is_missing() {
    let error = refused(Answer::refusal(401, "Bad credentials"));
    assert_eq!(
        error.to_string(),
        "GET /repos/acme/ledger/thing: GitHub does not accept the token (401): Bad credentials"
    );
    let error = refused(
        Answer::refusal(403, "Resource not accessible by integration")
            .with("x-accepted-github-permissions", "checks=write"),
    );
    assert!(error.to_string().ends_with("it needs the permission checks: write"), "{error}");
    let error = refused(Answer::refusal(403, "Resource not accessible by integration"));
    assert!(error.to_string().ends_with("it needs the permission contents: read"), "{error}");
    assert!(matches!(refused(Answer::not_found()), Error::GithubNotFound { .. }));
    let error = refused(Answer::duplicate("Release", "tag_name"));
    assert!(error.to_string().ends_with("Validation Failed; Release tag_name already_exists"), "{error}");
    let error = refused(Answer { status: 200, headers: Vec::new(), body: b"<html>".to_vec() });
    assert!(matches!(error, Error::GithubAnswer { .. }), "{error}");
    // A moved repository is not followed with a write, nor with the token to another server.
    let elsewhere = Answer::json(200, &json!([])).with("link", "<https://evil.example/x>; rel=\"next\"");
    assert!(matches!(refused(elsewhere), Error::GithubAnswer { .. }));
}

#[test]
fn hostile_messages_are_text() {
    let error = refused(Answer::refusal(422, "::error::\u{202e}\u{1b}[31m<b>\n::set-output name=x::y"));
    let text = error.to_string();
    assert!(!text.contains(['\n', '\u{1b}', '\u{202e}']), "{text:?}");
}
