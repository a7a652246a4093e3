//! A real HTTP server on loopback stands for the service, and misbehaves as one does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode as Status};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use sentistack_sentiment::Label;
use serde_json::{Value, json};

use super::*;

/// What the service does with one request. Without one it answers well.
#[derive(Clone, Debug)]
enum Act {
    Status(u16),
    RetryAfter(u16, &'static str),
    Body(&'static str),
    Hang,
    /// The head promises a body, and the connection is cut in the middle of it.
    Cut,
    FewerScores,
    Redirect,
}

#[derive(Default)]
struct Service {
    acts: Mutex<VecDeque<Act>>,
    /// Sizes of the requests, in order.
    requests: Mutex<Vec<usize>>,
    tokens: Mutex<Vec<Option<String>>>,
    /// Requests that are being answered, and the most that there were.
    busy: Mutex<(usize, usize)>,
}

/// The score of a text: it follows from the text alone, so that order can be checked.
/// Texts without a language, for short.
trait Plain {
    async fn plain(&self, texts: Vec<String>) -> Result<Vec<Score>>;
}

impl<M: Model + ?Sized> Plain for M {
    async fn plain(&self, texts: Vec<String>) -> Result<Vec<Score>> {
        let texts = texts.into_iter().map(|text| Text { text, lang: None }).collect();
        Ok(self.score(texts).await?.scores)
    }
}

fn score_of(text: &str) -> Value {
    let part = (text.bytes().map(usize::from).sum::<usize>() % 7) as f64 / 10.0;
    json!({ "label": "neutral", "positive": part, "negative": 0.1, "neutral": 0.9 - part, "mixed": 0.0 })
}

async fn predict(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    {
        let mut busy = service.busy.lock().unwrap();
        busy.0 += 1;
        busy.1 = busy.1.max(busy.0);
    }
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let texts = asked["texts"].as_array().unwrap().clone();
    service.requests.lock().unwrap().push(texts.len());
    let token = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    service.tokens.lock().unwrap().push(token);
    let act = service.acts.lock().unwrap().pop_front();
    tokio::task::yield_now().await;
    let scores: Vec<Value> = texts.iter().map(|text| score_of(text.as_str().unwrap())).collect();
    let good = |scores: &[Value]| json!({ "model": "test", "scores": scores }).to_string().into_response();
    let answer = match act {
        None => good(&scores),
        Some(Act::Status(status)) => Status::from_u16(status).unwrap().into_response(),
        Some(Act::RetryAfter(status, after)) => {
            (Status::from_u16(status).unwrap(), [("retry-after", after)]).into_response()
        }
        Some(Act::Body(body)) => body.into_response(),
        Some(Act::Hang) => std::future::pending().await,
        Some(Act::Cut) => ([("content-length", "1000")], "{\"scores\": [").into_response(),
        Some(Act::FewerScores) => good(&scores[1..]),
        Some(Act::Redirect) => (Status::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response(),
    };
    service.busy.lock().unwrap().0 -= 1;
    answer
}

/// Starts the service; gives it and its address.
async fn start(acts: impl IntoIterator<Item = Act>) -> (Arc<Service>, String) {
    let service = Arc::new(Service { acts: Mutex::new(acts.into_iter().collect()), ..Service::default() });
    let router = Router::new().route("/predict", post(predict)).with_state(Arc::clone(&service));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/predict", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (service, url)
}

fn settings(url: &str) -> EndpointSettings {
    EndpointSettings { url: url.to_owned(), batch: 10, timeout_seconds: 30, concurrency: 3, token: None }
}

fn patience() -> Patience {
    Patience {
        tries: 50,
        wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        circuit: circuit::Limits {
            failures: 4,
            rest: Duration::from_millis(5),
            give_up: Duration::from_secs(60),
        },
    }
}

fn texts(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("post {i} \u{1f30d} \"quoted\"\n")).collect()
}

fn wanted(texts: &[String]) -> Vec<Score> {
    let body = json!({ "scores": texts.iter().map(|text| score_of(text)).collect::<Vec<_>>() });
    answer::read(body.to_string().as_bytes(), texts.len()).unwrap()
}

#[tokio::test]
async fn scores_come_back_in_order_in_batches_some_at_a_time() {
    let (service, url) = start([]).await;
    let model = Endpoint::new(&settings(&url), None).unwrap();
    assert_eq!(model.name(), "endpoint");
    let texts = texts(95);
    let scores = model.plain(texts.clone()).await.unwrap();
    assert_eq!(scores, wanted(&texts));
    assert!(scores.iter().all(|score| score.label == Label::Neutral));
    let mut sizes = service.requests.lock().unwrap().clone();
    sizes.sort_unstable();
    assert_eq!(sizes, [5, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    assert!(service.busy.lock().unwrap().1 <= 3);
    assert_eq!(model.plain(Vec::new()).await.unwrap(), []);
    assert!(service.tokens.lock().unwrap().iter().all(Option::is_none));
}

#[tokio::test]
async fn the_limit_on_requests_is_over_all_packets() {
    let (service, url) = start([]).await;
    let model = Endpoint::new(&EndpointSettings { batch: 1, ..settings(&url) }, None).unwrap();
    let packets = (0..6).map(|_| model.plain(texts(8)));
    for scored in futures_util::future::join_all(packets).await {
        assert_eq!(scored.unwrap(), wanted(&texts(8)));
    }
    assert!(service.busy.lock().unwrap().1 <= 3, "{:?}", service.busy);
}

#[tokio::test]
async fn a_token_is_sent_and_never_shown() {
    let (service, url) = start([Act::Status(401)]).await;
    let token = Some(Secret::new("hunter2"));
    let model = Endpoint::with(&settings(&url), token, patience()).unwrap();
    let error = model.plain(texts(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Outside);
    assert!(error.hint.as_deref().unwrap().contains("endpoint.token"));
    assert!(!format!("{error:?}").contains("hunter2"));
    model.plain(texts(1)).await.unwrap();
    assert_eq!(*service.tokens.lock().unwrap(), vec![Some("Bearer hunter2".to_owned()); 2]);
}

#[tokio::test]
async fn what_passes_by_itself_is_waited_for() {
    let storm = (0..20).map(|i| match i % 5 {
        0 => Act::Status(503),
        1 => Act::RetryAfter(429, "0"),
        2 => Act::Cut,
        3 => Act::RetryAfter(500, "Sun, 06 Nov 1994 08:49:37 GMT"),
        _ => Act::Status(408),
    });
    let (service, url) = start(storm).await;
    let model = Endpoint::with(&settings(&url), None, patience()).unwrap();
    let texts = texts(60);
    assert_eq!(model.plain(texts.clone()).await.unwrap(), wanted(&texts));
    assert_eq!(service.requests.lock().unwrap().len(), 26, "20 that failed, and 6 that did not");
}

#[tokio::test]
async fn a_service_that_hangs_is_not_waited_for_forever() {
    let (service, url) = start([Act::Hang]).await;
    let hasty = EndpointSettings { timeout_seconds: 1, ..settings(&url) };
    let model = Endpoint::with(&hasty, None, patience()).unwrap();
    assert_eq!(model.plain(texts(3)).await.unwrap(), wanted(&texts(3)));
    assert_eq!(service.requests.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_open_circuit_spares_the_service_and_closes_again() {
    let (service, url) = start((0..30).map(|_| Act::Status(503))).await;
    let mut patience = patience();
    patience.circuit.failures = 2;
    let one = EndpointSettings { concurrency: 8, batch: 1, ..settings(&url) };
    let model = Endpoint::with(&one, None, patience).unwrap();
    let texts = texts(40);
    assert_eq!(model.plain(texts.clone()).await.unwrap(), wanted(&texts));
    // While it is open one request goes out for each rest, so 30 failures are not 30 for each of the eight.
    assert_eq!(service.requests.lock().unwrap().len(), 70);
}

#[tokio::test]
async fn a_service_that_does_not_come_back_ends_the_run_resumably() {
    let (_, url) = start((0..1_000).map(|_| Act::Status(503))).await;
    let mut short = patience();
    short.circuit.give_up = Duration::from_millis(50);
    let mut few = patience();
    few.tries = 3;
    for patience in [short, few] {
        let model = Endpoint::with(&settings(&url), None, patience).unwrap();
        let error = model.plain(texts(30)).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Outside, "the endpoint does not score"));
        assert_eq!(error.causes, ["HTTP 503 Service Unavailable"]);
        assert!(error.hint.unwrap().contains("resume"));
    }
    // Nobody there at all.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}/predict", listener.local_addr().unwrap());
    drop(listener);
    let mut few = patience();
    few.tries = 2;
    let error = Endpoint::with(&settings(&nowhere), None, few).unwrap().plain(texts(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Outside);
    assert!(error.causes[0].contains("refused"), "{error}");
}

#[tokio::test]
async fn a_wrong_answer_is_an_error_that_names_it() {
    let long: &'static str = Box::leak("x".repeat(1024 * 1024).into_boxed_str());
    for (act, kind, message, cause) in [
        (Act::Body("<html>"), ErrorKind::Failed, "the endpoint's answer cannot be used", "not as documented"),
        (Act::FewerScores, ErrorKind::Failed, "the endpoint's answer cannot be used", "2 scores for 3 texts"),
        (
            Act::Body(long),
            ErrorKind::Failed,
            "the endpoint's answer cannot be used",
            "longer than scores can be",
        ),
        (Act::Status(404), ErrorKind::Failed, "the endpoint refused: HTTP 404 Not Found", ""),
        (Act::Status(413), ErrorKind::Failed, "the endpoint refused: HTTP 413 Payload Too Large", ""),
        (Act::Redirect, ErrorKind::Failed, "the endpoint refused: HTTP 307 Temporary Redirect", ""),
    ] {
        let (service, url) = start([act]).await;
        let model = Endpoint::with(&settings(&url), None, patience()).unwrap();
        let error = model.plain(texts(3)).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (kind, message));
        assert!(error.causes.join(" ").contains(cause), "{error}");
        assert!(error.hint.is_some() && error.resource.as_deref() == Some(url.as_str()));
        assert_eq!(service.requests.lock().unwrap().len(), 1, "it is not tried again");
    }
}
