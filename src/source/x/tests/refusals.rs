//! What X refuses, and what is refused before X is asked.

use serde_json::{Value, json};

use super::server::{Asked, Fault};
use super::*;
use crate::error::ErrorKind;

/// Reads against a server that gives this refusal to every request from number `from` on.
async fn refused(status: u16, body: Value, from: usize) -> (Read, XServer) {
    let plan = move |asked: &Asked| (asked.number >= from).then(|| Fault::Status(status, body.clone()));
    let span = quarters(30);
    let behaviour = Behaviour { faults: Box::new(plan), ..Behaviour::default() };
    let server = XServer::start(generated(span.0, span.1, 1), behaviour);
    let read = read(&mut source(&server, span)).await;
    (read, server)
}

#[tokio::test]
async fn a_refusal_is_one_error_and_what_was_sold_before_it_comes() {
    let forbidden = json!({"title": "Client Forbidden", "detail": "Attach the app to a Project."});
    for (status, body, kind, says) in [
        (
            403,
            forbidden,
            ErrorKind::Outside,
            "X refuses this app: Client Forbidden: Attach the app to a Project.",
        ),
        (
            402,
            json!({"title": "CreditsDepleted"}),
            ErrorKind::Outside,
            "X wants to be paid first: CreditsDepleted",
        ),
        (
            429,
            json!({"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly product cap"}),
            ErrorKind::Outside,
            "the posts that X sells this app in a month are used up: UsageCapExceeded: Usage cap exceeded: Monthly product cap",
        ),
    ] {
        let (read, server) = refused(status, body, 5).await;
        let error = read.error.as_ref().unwrap();
        assert_eq!((error.kind, error.message.as_str()), (kind, says));
        assert!(error.hint.as_deref().unwrap().contains("pipeline resume"), "{error:?}");
        assert_eq!(read.ids(), server.sold_ids());
        assert_eq!(read.batches.len(), 5);
    }
}

#[tokio::test]
async fn a_wrong_token_costs_one_request() {
    let span = quarters(30);
    let server = XServer::start(World::default(), Behaviour::default());
    let told = Arc::new(Told::default());
    let options = XOptions { token: Secret::new("wrong"), ..options(&server, span, &told) };
    let error = read(&mut XSearch::new(options).unwrap()).await.error.unwrap();
    assert_eq!((error.kind, server.searches()), (ErrorKind::Outside, 1), "{error:?}");
    assert!(!format!("{error:?} {:?}", told.messages()).contains("wrong"));
}

#[tokio::test]
async fn a_query_that_x_rejects_is_shown() {
    let span = quarters(3);
    let server = XServer::start(World::default(), Behaviour::default());
    let query = "tea (".to_owned();
    let mut source = XSearch::new(XOptions { query, ..options(&server, span, &Arc::default()) }).unwrap();
    let error = source.quote().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Config);
    assert!(error.message.ends_with("missing ')'"), "{error}");
    assert!(error.hint.unwrap().ends_with("it was: tea ("));
}

#[tokio::test]
async fn a_token_that_cannot_be_one_is_refused_before_anything_is_asked() {
    let span = quarters(1);
    let server = XServer::start(World::default(), Behaviour::default());
    for token in ["", "two words", "line\nbreak", "tökén"] {
        let options = XOptions { token: Secret::new(token), ..options(&server, span, &Arc::default()) };
        let error = XSearch::new(options).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Outside);
        assert!(token.is_empty() || !format!("{error:?}").contains(token));
    }
}

#[tokio::test]
async fn nobody_there_is_an_outside_cause() {
    let span = quarters(1);
    let server = XServer::start(World::default(), Behaviour::default());
    let mut options = options(&server, span, &Arc::default());
    options.backoff.tries = 2;
    drop(server);
    let error = read(&mut XSearch::new(options).unwrap()).await.error.unwrap();
    assert_eq!(error.kind, ErrorKind::Outside);
    assert!(error.causes.iter().any(|cause| cause.contains("refused")), "{error:?}");
}

#[tokio::test]
async fn windows_that_x_no_longer_has_are_named_when_the_others_are_read() {
    let end = some_hours_ago();
    let span = (end - SignedDuration::from_secs(900 * 8), end);
    let world = generated(span.0, span.1, 1);
    let server = XServer::start(world, Behaviour::default());
    // So late that four of the eight windows, and half of the fifth, are more than seven days old.
    let middle = span.0.as_second() + 900 * 4 + 450;
    let ahead = middle + limits::X_REACH_SECONDS - Timestamp::now().as_second();
    let mut options = options(&server, span, &Arc::default());
    options.clock = Arc::new(Shifted(ahead));
    let read = read(&mut XSearch::new(options).unwrap()).await;
    let error = read.error.as_ref().unwrap();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.message.starts_with("4 windows up to "), "{error}");
    assert_eq!(read.windows().len(), 4);
    assert!(read.ids().len() < 60 && read.ids().len() > 45, "{}", read.ids().len());
}
