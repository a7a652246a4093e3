//! The rule: set for the time of reading, and nobody else's touched.

use serde_json::{Value, json};

use super::*;
use crate::error::ErrorKind;

fn start(world: &World, there: Vec<(&'static str, &'static str, &'static str)>) -> FlowServer {
    let behaviour = Behaviour { there, ..Behaviour::of(|_| Reply::Stream(posts(0..5))) };
    FlowServer::start(world.clone(), behaviour)
}

fn five(server: &FlowServer, told: &Arc<Told>) -> XStreamOptions {
    XStreamOptions { limit: Some(5), ..options(server, told) }
}

/// Kinds of the requests about rules.
fn asked(server: &FlowServer) -> Vec<&'static str> {
    let kind = |body: &Value| match body {
        Value::Null => "list",
        body if body.get("add").is_some() => "add",
        _ => "delete",
    };
    server.asked_rules().iter().map(kind).collect()
}

#[tokio::test]
async fn the_rule_is_there_while_it_is_read_and_gone_after() {
    let world = world(5);
    let server = start(&world, vec![("1", "cats", "cats")]);
    let told = Arc::default();
    let mut source = XStream::new(options(&server, &told)).unwrap();
    source.next().await.unwrap().unwrap();
    let ours = ("(tea) lang:en".to_owned(), "sentistack:tea".to_owned());
    assert_eq!(server.rules(), [("cats".to_owned(), "cats".to_owned()), ours]);
    source.stop();
    while source.next().await.unwrap().is_some() {}
    assert_eq!(server.rules(), [("cats".to_owned(), "cats".to_owned())]);
    assert!(told.says("the app's stream has 1 other rule"), "{:?}", told.messages());
    assert_eq!(asked(&server), ["list", "add", "delete"]);
}

#[tokio::test]
async fn what_a_killed_run_left_is_taken_over_or_removed() {
    let world = world(5);
    for (there, requests, says) in [
        (vec![("1", "(tea) lang:en", "sentistack:tea")], vec!["list", "delete"], "is taken over"),
        (vec![("1", "coffee", "sentistack:tea")], vec!["list", "delete", "add", "delete"], "was removed"),
        (
            vec![("1", "coffee", "sentistack:tea"), ("2", "(tea) lang:en", "sentistack:tea")],
            vec!["list", "delete", "delete"],
            "is taken over",
        ),
    ] {
        let server = start(&world, there);
        let told = Arc::default();
        let read = read(five(&server, &told)).await;
        assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..5)));
        assert_eq!((server.rules(), asked(&server)), (vec![], requests));
        assert!(told.says(says), "{:?}", told.messages());
    }
}

#[tokio::test]
async fn rules_of_others_stay_and_what_they_bring_is_left_out_and_paid_for() {
    let world = world(20);
    let acts = vec![Act::Foreign(5), Act::Foreign(6), Act::Burst(0, 5)];
    let behaviour = Behaviour {
        there: vec![("7", "cats", "cats"), ("8", "dogs", "sentistack:dogs"), ("9", "birds", "")],
        ..Behaviour::of(move |_| Reply::Stream(acts.clone()))
    };
    let server = FlowServer::start(world.clone(), behaviour);
    let told = Arc::default();
    let read = read(five(&server, &told)).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..5)));
    let dropped: Vec<_> = read.batches.iter().flat_map(|batch| batch.dropped.clone()).collect();
    assert_eq!((dropped, read.tally.posts), (vec![("other_rule", 2)], 7));
    assert_eq!(server.rules().len(), 3);
    assert!(told.says("3 other rules") && told.says("sentistack:dogs"), "{:?}", told.messages());
}

#[tokio::test]
async fn the_same_rule_of_somebody_else_is_used_and_stays() {
    let world = world(5);
    let server = start(&world, vec![("7", "(tea) lang:en", "theirs")]);
    let told = Arc::default();
    let mut source = XStream::new(options(&server, &told)).unwrap();
    // The server takes rules of our tag for ours: this post says that it matched theirs.
    source.stop();
    assert_eq!(source.next().await, Ok(None));
    let mut options = options(&server, &told);
    options.end = Some(Timestamp::now() + SignedDuration::from_millis(300));
    let read = read(options).await;
    assert_eq!((read.error, server.rules().len(), asked(&server)), (None, 1, vec!["list"]));
    assert!(told.says("of another tag: it is used, and it stays"), "{:?}", told.messages());
}

#[tokio::test]
async fn a_rule_that_x_refuses_is_one_clear_error() {
    let world = world(1);
    let long = "x".repeat(1_100);
    for (query, kind, says) in [
        ("tea (", ErrorKind::Config, "X rejects the rule: missing ')' (at position 6)"),
        (long.as_str(), ErrorKind::Config, "X rejects the rule: Rules must be at most 1024 characters long"),
    ] {
        let server = start(&world, vec![]);
        let error = read(XStreamOptions { query: query.to_owned(), ..five(&server, &Arc::default()) })
            .await
            .error
            .unwrap();
        assert_eq!((error.kind, error.message.as_str()), (kind, says));
        assert!(error.hint.unwrap().contains(&query[..5]));
        assert_eq!((server.connects(), server.rules().len()), (0, 0));
    }
    let full = Behaviour {
        there: vec![("1", "cats", "cats")],
        most_rules: 1,
        ..Behaviour::of(|_| Reply::Stream(posts(0..1)))
    };
    let server = FlowServer::start(world, full);
    let error = read(five(&server, &Arc::default())).await.error.unwrap();
    assert_eq!(error.kind, ErrorKind::Outside);
    assert!(
        error.message.starts_with("the app has as many rules as X lets it have: RulesCapExceeded"),
        "{error}"
    );
    assert_eq!(server.rules().len(), 1);
}

#[tokio::test]
async fn answers_about_rules_that_are_lost_are_asked_for_again() {
    let world = world(5);
    // A rule that was made, though its answer was an error: the next try says that it is there.
    let plan = |asked: &flow::Asked<'_>| match asked.number {
        0 | 2 => Some((503, json!({"title": "Service Unavailable"}))),
        _ => None,
    };
    let behaviour = Behaviour { rules: Box::new(plan), ..Behaviour::of(|_| Reply::Stream(posts(0..5))) };
    let server = FlowServer::start(world.clone(), behaviour);
    let read = read(five(&server, &Arc::default())).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..5)));
    assert_eq!((asked(&server), server.rules()), (vec!["list", "list", "add", "add", "delete"], vec![]));
}

#[tokio::test]
async fn a_rule_that_cannot_be_taken_away_is_said_and_is_no_failure() {
    let world = world(5);
    let plan = |asked: &flow::Asked<'_>| {
        asked.body.get("delete").map(|_| (403, json!({"title": "Forbidden", "detail": "not now"})))
    };
    let behaviour = Behaviour { rules: Box::new(plan), ..Behaviour::of(|_| Reply::Stream(posts(0..5))) };
    let server = FlowServer::start(world.clone(), behaviour);
    let told = Arc::default();
    let read = read(five(&server, &told)).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..5)));
    assert!(told.says("the rule of this run stays with X") && told.says("not now"), "{:?}", told.messages());
}

#[tokio::test]
async fn a_rule_that_somebody_removed_is_set_again() {
    let world = world(10);
    let plan = |connecting: &flow::Connecting| match connecting.number {
        0 => Reply::Stream([posts(0..5), vec![Act::Reset]].concat()),
        1 => Reply::Status(
            409,
            vec![],
            json!({"title": "ConnectionException",
            "connection_issue": "RuleConfigurationIssue", "detail": "You must define rules."}),
        ),
        _ => Reply::Stream(posts(5..10)),
    };
    let server = FlowServer::start(world.clone(), Behaviour::of(plan));
    let read = read(XStreamOptions { limit: Some(10), ..options(&server, &Arc::default()) }).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..10)));
    assert_eq!((asked(&server).len(), server.rules()), (4, vec![]));
}
