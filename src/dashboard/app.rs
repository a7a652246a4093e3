//! Paths, and what is answered at each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use super::ask::Wish;
use super::assets::Assets;
use super::cache::Cache;
use super::port::Desk;
use super::refusal::Refusal;
use super::{follow, guard};
use crate::error::Result;
use crate::limits;
use crate::listen::Watcher;
use crate::panels;

type Answered = std::result::Result<Response, Refusal>;
type Pairs = std::result::Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>;

/// What all requests share.
pub struct App {
    desk: Arc<dyn Desk>,
    assets: Assets,
    port: u16,
    /// What the page begins with, where its address does not say it.
    start: Start,
    queries: Semaphore,
    followers: Arc<Semaphore>,
    cache: Cache,
    stopping: watch::Sender<bool>,
}

/// What the page begins with.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Start {
    /// Where the tables are, for people.
    pub place: String,
    /// The run that was named on the command line.
    pub run: Option<String>,
    pub tool_version: String,
}

/// The rows of one panel.
#[derive(Serialize)]
struct Rows<'a> {
    name: &'a str,
    title: &'a str,
    description: &'a str,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    /// Milliseconds that the query took.
    took: f64,
}

/// One filter, and what there is to choose.
#[derive(Serialize)]
struct Choices {
    name: &'static str,
    label: &'static str,
    many: bool,
    values: Vec<Value>,
}

impl App {
    pub fn new(desk: Arc<dyn Desk>, port: u16, start: Start) -> Result<Self> {
        Ok(Self {
            desk,
            assets: Assets::new()?,
            port,
            start,
            queries: Semaphore::new(limits::DASHBOARD_QUERIES),
            followers: Arc::new(Semaphore::new(limits::DASHBOARD_FOLLOWERS)),
            cache: Cache::default(),
            stopping: watch::channel(false).0,
        })
    }

    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(index))
            .route("/assets/{version}/{name}", get(asset))
            .route("/api/runs", get(runs))
            .route("/api/filters/{name}", get(filter))
            .route("/api/panels/{name}", get(panel))
            .route("/api/events", get(events))
            .fallback(|| async { Refusal::no_such_path() })
            .layer(from_fn_with_state(Arc::clone(self), guarded))
            .with_state(Arc::clone(self))
    }

    /// Runs a statement of ours, with others waiting for their turn, up to a time.
    async fn ask(
        &self,
        sql: &str,
        surest: Option<usize>,
    ) -> std::result::Result<crate::pipeline::port::QueryRows, Refusal> {
        let seconds = limits::DASHBOARD_QUERY_SECONDS;
        let work = async {
            // Nobody closes it.
            let _turn = self.queries.acquire().await.map_err(|_| Refusal::broken())?;
            let answer = match surest {
                Some(rows) => self.desk.query_surest(sql, rows).await,
                None => self.desk.query(sql).await,
            };
            answer.map_err(Refusal::from)
        };
        let rows = tokio::time::timeout(Duration::from_secs(seconds), work)
            .await
            .map_err(|_| Refusal::late(seconds))??;
        match rows.rows.len() > limits::DASHBOARD_ROWS {
            true => Err(Refusal::too_many_rows(limits::DASHBOARD_ROWS)),
            false => Ok(rows),
        }
    }

    /// The answer to a statement: the one that was given before, or a new one.
    async fn kept<F>(&self, key: &str, make: F) -> std::result::Result<Bytes, Refusal>
    where
        F: AsyncFnOnce() -> std::result::Result<Bytes, Refusal>,
    {
        // Asked before the query: an answer must not be newer than what it is kept under.
        let version = self.desk.version().await;
        if let Some(answer) = version.as_deref().and_then(|version| self.cache.get(version, key)) {
            return Ok(answer);
        }
        let answer = make().await?;
        if let Some(version) = version {
            self.cache.put(&version, key, &answer);
        }
        Ok(answer)
    }
}

impl Watcher for App {
    fn stopping(&self) {
        self.stopping.send_replace(true);
    }
}

async fn guarded(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = match guard::check(request.method(), request.headers(), app.port) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    for (name, value) in guard::HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

async fn index(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    app.assets.index(&headers)
}

async fn asset(
    State(app): State<Arc<App>>,
    Path((version, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    app.assets.file(&version, &name, &headers)
}

async fn runs(State(app): State<Arc<App>>) -> Answered {
    let runs = app.desk.runs().await?;
    json_of(&json!({ "start": app.start, "runs": runs }))
}

/// What there is to choose in one filter, with what is chosen in the others.
async fn filter(State(app): State<Arc<App>>, Path(name): Path<String>, pairs: Pairs) -> Answered {
    let found = panels::variables().iter().find(|variable| variable.name == name);
    let variable = found.ok_or_else(Refusal::no_such_path)?;
    let wish = wish(pairs)?;
    let panels::Variable { name, label, many, fixed, sql } = *variable;
    let Some(sql) = sql else {
        return json_of(&Choices { name, label, many, values: fixed.iter().map(|v| (*v).into()).collect() });
    };
    let sql = panels::expand(sql, app.desk.dialect(), &wish.span, &wish.filters)?;
    let body = app
        .kept(&sql, async || {
            let rows = app.ask(&sql, None).await?.rows;
            let values = rows.into_iter().filter_map(|row| row.into_iter().next()).collect();
            serde_json::to_vec(&Choices { name, label, many, values })
                .map(Bytes::from)
                .map_err(|_| Refusal::broken())
        })
        .await?;
    Ok(fresh(body))
}

async fn panel(State(app): State<Arc<App>>, Path(name): Path<String>, pairs: Pairs) -> Answered {
    let panel = panels::panel(&name).ok_or_else(Refusal::no_such_path)?;
    let wish = wish(pairs)?;
    let sql = panels::expand(panel.sql, app.desk.dialect(), &wish.span, &wish.filters)?;
    let body = app
        .kept(&sql, async || {
            let began = Instant::now();
            let found = app.ask(&sql, panel.surest()).await?;
            let took = (began.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
            let panels::Panel { name, title, description, .. } = *panel;
            let rows = Rows { name, title, description, columns: found.columns, rows: found.rows, took };
            serde_json::to_vec(&rows).map(Bytes::from).map_err(|_| Refusal::broken())
        })
        .await?;
    Ok(fresh(body))
}

async fn events(State(app): State<Arc<App>>, pairs: Pairs) -> Answered {
    let pairs = pairs.map_err(|_| Refusal::unclear("the address cannot be read"))?.0;
    let run = match pairs.as_slice() {
        [] => None,
        [(name, run)] if name == "run" && crate::id::is_valid_run_id(run) => Some(run.clone()),
        _ => return Err(Refusal::unclear("one run can be followed")),
    };
    let place = Arc::clone(&app.followers).try_acquire_owned().map_err(|_| Refusal::crowded())?;
    let messages = follow::messages(Arc::clone(&app.desk), run, app.stopping.subscribe(), place);
    Ok(messages.into_response())
}

fn wish(pairs: Pairs) -> std::result::Result<Wish, Refusal> {
    Wish::of(&pairs.map_err(|_| Refusal::unclear("the address cannot be read"))?.0)
}

fn json_of(value: &impl Serialize) -> Answered {
    serde_json::to_vec(value).map(|body| fresh(body.into())).map_err(|_| Refusal::broken())
}

/// JSON that is true for this moment alone.
fn fresh(body: Bytes) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
