//! Paths, and what is answered at each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sentistack_sentiment::Scorer;
use serde_json::json;
use tokio::sync::Semaphore;

use super::answer::Answer;
use super::body::Incoming;
use super::metrics::{self, Metrics};
use super::openapi;
use super::refusal::Refusal;
use super::scoring::Scoring;
use super::texts::{self, Wrong};
use crate::config::ServeSettings;
use crate::error::Result;
use crate::listen::Watcher;

const PREDICT: &str = "/predict";
const HEALTH: &str = "/health";
const METRICS: &str = "/metrics";
const OPENAPI: &str = "/openapi.json";

/// What all requests share.
pub struct App {
    pub settings: ServeSettings,
    pub metrics: Metrics,
    /// Set when the service was told to stop.
    pub stopping: AtomicBool,
    scoring: Scoring,
    /// Requests to `/predict` under way; there is no queue.
    slots: Semaphore,
    model: String,
    fingerprint: String,
    description: String,
}

impl App {
    pub fn new(settings: &ServeSettings, scorer: &'static dyn Scorer) -> Result<Self> {
        Ok(Self {
            settings: settings.clone(),
            metrics: Metrics::new(),
            stopping: AtomicBool::new(false),
            scoring: Scoring::new(scorer),
            slots: Semaphore::new(settings.concurrency),
            model: scorer.name().to_owned(),
            fingerprint: scorer.fingerprint(),
            description: openapi::json()?,
        })
    }

    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route(PREDICT, post(predict))
            .route(HEALTH, get(health))
            .route(METRICS, get(measurements))
            .route(OPENAPI, get(description))
            .fallback(|| async { Refusal::no_such_path() })
            .method_not_allowed_fallback(|| async { Refusal::no_such_method() })
            .layer(from_fn_with_state(Arc::clone(self), counted))
            .with_state(Arc::clone(self))
    }
}

impl Watcher for App {
    fn opened(&self) {
        self.metrics.connections.inc();
    }

    fn closed(&self) {
        self.metrics.connections.dec();
    }

    fn turned_away(&self) {
        self.metrics.turned_away.inc();
    }

    fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// A number that goes down again whatever becomes of the request.
struct InFlight<'a>(&'a Metrics);

impl<'a> InFlight<'a> {
    fn new(metrics: &'a Metrics) -> Self {
        metrics.in_flight.inc();
        Self(metrics)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

async fn counted(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = [PREDICT, HEALTH, METRICS, OPENAPI].into_iter().find(|path| *path == request.uri().path());
    let _in_flight = InFlight::new(&app.metrics);
    let response = next.run(request).await;
    let predict = (route == Some(PREDICT)).then(|| began.elapsed());
    app.metrics.answered(route.unwrap_or("other"), response.status(), predict);
    response
}

async fn predict(State(app): State<Arc<App>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut body = Incoming::new(body, head.headers.contains_key(EXPECT));
    let answered = {
        // Who finds no place is told to come back: a queue without end would make everybody late.
        match app.slots.try_acquire() {
            Err(_) => Err(Refusal::busy()),
            Ok(_slot) => {
                let seconds = app.settings.timeout_seconds;
                let work = scored(&app, &head.headers, &mut body);
                let done = tokio::time::timeout(Duration::from_secs(seconds), work).await;
                done.unwrap_or_else(|_| Err(Refusal::late(seconds)))
            }
        }
    };
    match answered {
        Ok(answer) => ([(CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(refusal) => {
            if refusal.status != StatusCode::REQUEST_TIMEOUT {
                body.discard().await;
            }
            refusal.into_response()
        }
    }
}

/// The answer's bytes.
async fn scored(
    app: &App,
    headers: &HeaderMap,
    body: &mut Incoming,
) -> std::result::Result<Vec<u8>, Refusal> {
    if !is_json(headers) {
        return Err(Refusal::no_json());
    }
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Refusal::packed());
    }
    let bytes = body.whole(app.settings.max_body).await?;
    let texts = texts::read(&bytes, app.settings.max_texts).map_err(|wrong| match wrong {
        Wrong::Shape(why) => Refusal::shape(&why),
        Wrong::TooMuch(what) => Refusal::too_much(&what),
    })?;
    let scores = app.scoring.scores(&texts).await;
    app.metrics.scored(&scores);
    serde_json::to_vec(&Answer { model: &app.model, scores }).map_err(|_| Refusal::broken())
}

/// `application/json`, whatever its parameters: JSON is UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = named.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

async fn health(State(app): State<Arc<App>>) -> Response {
    let (status, word) = match app.stopping.load(Ordering::Relaxed) {
        false => (StatusCode::OK, "ok"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    let body = json!({ "status": word, "model": app.model, "fingerprint": app.fingerprint });
    fresh((status, axum::Json(body)).into_response())
}

async fn measurements(State(app): State<Arc<App>>) -> Response {
    match app.metrics.text() {
        Ok(text) => fresh(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()),
        Err(_) => Refusal::broken().into_response(),
    }
}

async fn description(State(app): State<Arc<App>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], app.description.clone()).into_response()
}

/// What is true for this moment alone.
fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
