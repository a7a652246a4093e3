//! What X refuses, and when it wants to be left alone.

use serde_json::{Value, json};

use super::*;
use crate::error::ErrorKind;

/// A server that gives `reply` for the first requests for the stream, then posts.
fn at_first(
    world: &World,
    times: usize,
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
) -> FlowServer {
    let plan = move |connecting: &flow::Connecting| match connecting.number < times {
        true => Reply::Status(status, headers.clone(), body.clone()),
        false => Reply::Stream(posts(0..10)),
    };
    FlowServer::start(world.clone(), Behaviour::of(plan))
}

fn ten(server: &FlowServer, told: &Arc<Told>) -> XStreamOptions {
    XStreamOptions { limit: Some(10), ..options(server, told) }
}

#[tokio::test]
async fn storms_are_waited_out_ever_more_slowly() {
    let world = world(10);
    for (status, body, waits) in [
        (503, json!({"title": "Service Unavailable"}), [0.01, 0.02, 0.04, 0.08, 0.08]),
        (500, json!("no JSON of X"), [0.01, 0.02, 0.04, 0.08, 0.08]),
        (429, json!({"title": "Too Many Requests"}), [0.04, 0.08, 0.16, 0.32, 0.64]),
    ] {
        let server = at_first(&world, 5, status, vec![], body);
        let read = read(ten(&server, &Arc::default())).await;
        assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..10)), "{status}");
        let found = server.waits();
        assert!(
            found.len() == 5 && found.iter().zip(waits).all(|(found, least)| *found >= least),
            "{found:?}"
        );
        assert_eq!(read.tally.gaps, 0, "nothing was missed before it began");
    }
}

#[tokio::test]
async fn a_429_that_says_when_is_obeyed() {
    let world = world(10);
    let reset = Timestamp::now().as_second() + 2;
    for (header, value) in [("x-rate-limit-reset", reset.to_string()), ("retry-after", "1".to_owned())] {
        let headers = vec![(header, value)];
        let server = at_first(&world, 1, 429, headers, json!({"title": "Too Many Requests"}));
        let mut options = ten(&server, &Arc::default());
        // By itself it would wait for an hour, and give up.
        options.pace.rate = Duration::from_secs(3_600);
        let read = read(options).await;
        assert_eq!((read.error.as_ref(), read.ids().len()), (None, 10), "{header}");
        match header {
            "retry-after" => assert!(server.waits()[0] >= 0.9, "{:?}", server.waits()),
            _ => assert!(Timestamp::now().as_second() >= reset),
        }
    }
}

#[tokio::test]
async fn a_storm_that_does_not_end_is_given_up_with_what_came_before() {
    let world = world(10);
    let plan = |connecting: &flow::Connecting| match connecting.number {
        0 => Reply::Stream([posts(0..10), vec![Act::Reset]].concat()),
        _ => Reply::Status(503, vec![], json!({"title": "Service Unavailable"})),
    };
    let server = FlowServer::start(world.clone(), Behaviour::of(plan));
    let mut options = options(&server, &Arc::default());
    options.pace.patience = Duration::from_millis(500);
    let read = read(options).await;
    assert_eq!(read.ids(), ids(&world, 0..10));
    let error = read.error.unwrap();
    assert_eq!((error.kind, error.causes), (ErrorKind::Outside, vec!["Service Unavailable".to_owned()]));
    assert_eq!((read.tally.gaps, server.rules().len()), (1, 0));
}

#[tokio::test]
async fn a_refusal_is_one_error_and_the_rule_is_taken_away() {
    let world = world(10);
    let cap = json!({"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly product cap",
        "type": "https://api.x.com/2/problems/usage-capped"});
    for (status, body, kind, says) in [
        (
            403,
            json!({"title": "Client Forbidden", "detail": "Attach the app to a Project."}),
            ErrorKind::Outside,
            "X refuses this app: Client Forbidden: Attach the app to a Project.",
        ),
        (
            402,
            json!({"title": "CreditsDepleted"}),
            ErrorKind::Outside,
            "X wants to be paid first: CreditsDepleted",
        ),
        (429, cap, ErrorKind::Outside, "the posts that X sells this app in a month are used up"),
        (429, flow::crowded(), ErrorKind::Outside, "X gives this app no other connection to its stream"),
        (404, json!({}), ErrorKind::Config, "there is no X API at that address"),
        (302, json!({}), ErrorKind::Config, "there is no X API at that address"),
    ] {
        let server = at_first(&world, 9, status, vec![], body);
        let read = read(ten(&server, &Arc::default())).await;
        let error = read.error.unwrap();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.starts_with(says), "{error}");
        assert!(!error.hint.as_deref().unwrap().contains("resume"), "{error:?}");
        assert_eq!((server.connects(), server.rules().len(), read.tally.posts), (1, 0, 0));
    }
}

#[tokio::test]
async fn a_wrong_token_costs_one_request_and_is_not_said() {
    let server = steady(&world(1), posts(0..1));
    let told = Arc::new(Told::default());
    let options = XStreamOptions { token: Secret::new("wrong-token"), ..options(&server, &told) };
    let error = read(options).await.error.unwrap();
    assert_eq!((error.kind, server.connects(), server.asked_rules().len()), (ErrorKind::Outside, 0, 0));
    assert!(error.message.starts_with("X does not accept the token"), "{error}");
    assert!(!format!("{error:?} {:?}", told.messages()).contains("wrong-token"));
}

#[tokio::test]
async fn the_connection_that_broke_off_may_count_for_a_while() {
    let world = world(20);
    let plan = |connecting: &flow::Connecting| match connecting.number {
        0 => Reply::Stream([posts(0..10), vec![Act::Reset]].concat()),
        1 | 2 => Reply::Status(429, vec![], flow::crowded()),
        _ => Reply::Stream(posts(10..20)),
    };
    let server = FlowServer::start(world.clone(), Behaviour::of(plan));
    let read = read(XStreamOptions { limit: Some(20), ..options(&server, &Arc::default()) }).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..20)));
    assert_eq!((server.connects(), read.tally.gaps), (4, 1));
    assert!(server.waits()[1] >= 0.04 && server.waits()[2] >= 0.08, "{:?}", server.waits());
}

#[tokio::test]
async fn what_x_says_in_the_stream_is_heard() {
    let world = world(10);
    let line = |value: Value| format!("{value}\r\n").into_bytes();
    let cap = json!({"errors": [{"title": "UsageCapExceeded", "detail": "Monthly product cap",
        "type": "https://api.x.com/2/problems/usage-capped"}]});
    let server = steady(&world, [posts(0..10), vec![Act::Send(line(cap))]].concat());
    let used_up = read(options(&server, &Arc::default())).await;
    assert_eq!(used_up.ids().len(), 10);
    let error = used_up.error.unwrap();
    assert!(error.message.contains("are used up: Monthly product cap"), "{error}");

    let plan = move |connecting: &flow::Connecting| match connecting.number {
        0 => Reply::Stream([posts(0..5), vec![Act::Send(line(flow::crowded())), Act::Silence]].concat()),
        _ => Reply::Stream(posts(5..10)),
    };
    let server = FlowServer::start(world.clone(), Behaviour::of(plan));
    let crowded = read(ten(&server, &Arc::default())).await;
    assert_eq!((crowded.error.as_ref(), crowded.ids()), (None, ids(&world, 0..10)));
    assert!(server.waits()[0] >= 0.04, "{:?}", server.waits());
}

#[tokio::test]
async fn nobody_there_is_an_outside_cause() {
    let server = steady(&world(1), vec![]);
    let options = options(&server, &Arc::default());
    drop(server);
    let error = read(options).await.error.unwrap();
    assert_eq!(error.kind, ErrorKind::Outside);
    assert!(error.causes.iter().any(|cause| cause.contains("refused")), "{error:?}");
}
