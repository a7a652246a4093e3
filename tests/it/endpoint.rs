//! The whole tool with a model that is a service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use crate::support;

/// The token that the service wants.
pub const TOKEN: &str = "s3cret";

/// Starts a service that wants `TOKEN`, on a thread of its own; it ends with the process. Gives its address and how
/// many texts it has scored. Of each `hang` requests the first is not answered for a minute; 0: all are.
pub fn service(hang: u64) -> (String, Arc<AtomicU64>) {
    let texts = Arc::new(AtomicU64::new(0));
    let (counted, requests) = (Arc::clone(&texts), Arc::new(AtomicU64::new(0)));
    let answer = move |headers: HeaderMap, body: Bytes| {
        let (counted, number) = (Arc::clone(&counted), requests.fetch_add(1, Ordering::Relaxed));
        async move {
            if hang > 0 && number.is_multiple_of(hang) {
                tokio::time::sleep(std::time::Duration::from_secs(60)).await;
            }
            answer(&headers, &body, &counted)
        }
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/predict", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, Router::new().route("/predict", post(answer))).await.unwrap();
        });
    });
    (url, texts)
}

fn answer(headers: &HeaderMap, body: &[u8], counted: &AtomicU64) -> Response {
    if headers.get("authorization").is_none_or(|value| value != format!("Bearer {TOKEN}").as_str()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let asked: Value = serde_json::from_slice(body).unwrap();
    let texts = asked["texts"].as_array().unwrap();
    counted.fetch_add(texts.len() as u64, Ordering::Relaxed);
    let score = |text: &Value| match text.as_str().unwrap().contains("great") {
        true => json!({"positive": 0.9, "negative": 0.05, "neutral": 0.05, "mixed": 0.0}),
        false => json!({"label": "negative", "positive": 0.1, "negative": 0.6, "neutral": 0.3, "mixed": 0.0}),
    };
    json!({ "model": "test", "scores": texts.iter().map(score).collect::<Vec<_>>() })
        .to_string()
        .into_response()
}

#[test]
fn a_run_is_scored_again_by_a_service_and_resumes_after_a_wrong_token() {
    let folder = support::folder();
    let (url, texts) = service(0);
    std::fs::write(folder.path().join("posts.jsonl"), support::lines(300)).unwrap();
    std::fs::write(folder.path().join("token"), "wrong\n").unwrap();
    support::finish(
        support::tool(folder.path())
            .env("SENTISTACK_ENDPOINT_URL", &url)
            .env("SENTISTACK_ENDPOINT_TOKEN", format!("file:{}", folder.path().join("token").display()))
            .args(["pipeline", "run", "--input", "posts.jsonl", "--run-id", "r"]),
    )
    .expect(0);
    let score =
        || support::run(folder.path(), ["pipeline", "score", "r", "--model", "endpoint", "-o", "json"]);
    let refused = score().expect(4).says(&["HTTP 401", "endpoint.token"]);
    assert!(!refused.stdout.contains("wrong") && !refused.stderr.contains("wrong"));
    std::fs::write(folder.path().join("token"), "s3cret\n").unwrap();
    let scored = score().expect(0).json();
    assert_eq!((&scored["tweets"], &scored["scored"]), (&300.into(), &300.into()), "{scored}");
    assert_eq!(scored["labels"], json!({"positive": 100, "negative": 200, "neutral": 0, "mixed": 0}));
    let share = scored["shares"]["positive"]["share"].as_f64().unwrap();
    assert!((share - 1.0 / 3.0).abs() < 0.02, "labels are counted: {scored}");
    assert_eq!(texts.load(Ordering::Relaxed), 300, "each text was sent once");
    for (path, bytes) in support::tree(folder.path()) {
        let secret = bytes.windows(6).any(|word| word == b"s3cret");
        assert!(!secret || path == "token", "the token is in {path}");
    }
}
