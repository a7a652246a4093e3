//! An X on loopback: recent search and counts over posts that a test gives, over real HTTP, with the real one's
//! headers, limits and refusals. It misbehaves when it is told to, and keeps a book of every page that it sold.
//!
//! It names nothing of the tool, so that unit tests take it in by its path as well.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[path = "answers.rs"]
mod answers;
#[path = "brittle.rs"]
pub(crate) mod brittle;

use answers::check;
use brittle::{Brittle, Wire};

/// The only bearer token that is let in.
pub const TOKEN: &str = "AAAAtestAAAAtoken";

/// What to do with a request instead of answering it.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// This status with this body, and rate headers as always.
    Status(u16, Value),
    /// A 429 that says by `Retry-After` when to come back, and nothing else.
    RetryAfter(u64),
    /// A 429 without a header.
    BareTooMany,
    /// The connection is reset before an answer.
    Reset,
    /// The page is made and sold, and the connection breaks after so many bytes of it.
    Cut(usize),
    /// No answer for so long.
    Hang(Duration),
    /// The page before, with its token, again.
    Repeat,
    /// A page without posts that says there is a next one.
    Hollow,
}

/// A request, as the plan of misbehaviour sees it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// From 0, of this endpoint.
    pub number: usize,
    pub is_count: bool,
    pub parameters: BTreeMap<String, String>,
}

/// A page that was sold.
#[derive(Clone, Debug, PartialEq)]
pub struct Sale {
    pub start: String,
    pub end: String,
    pub token: Option<String>,
    pub ids: Vec<String>,
    /// Whether all of it went out.
    pub whole: bool,
}

type Plan = Box<dyn Fn(&Asked) -> Option<Fault> + Send + Sync>;

/// How the server behaves.
pub struct Behaviour {
    /// Before each answer.
    pub latency: Duration,
    /// Requests in a span of so many seconds; `None`: no rate headers.
    pub limit: Option<(i64, i64)>,
    pub faults: Plan,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { latency: Duration::ZERO, limit: Some((450, 900)), faults: Box::new(|_| None) }
    }
}

/// What is there to be found.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Posts as X writes them.
    pub posts: Vec<Value>,
    /// What may be asked for beside them, by kind (`users`, `tweets`).
    pub includes: BTreeMap<String, Vec<Value>>,
}

struct Shared {
    world: World,
    /// Second, identifier and place of each post, newest first.
    order: Vec<(i64, String, usize)>,
    behaviour: Behaviour,
    book: Mutex<Book>,
    /// Requests that are being answered at this moment, and the most there ever were.
    inside: AtomicUsize,
    most_inside: AtomicUsize,
}

#[derive(Default)]
struct Book {
    sales: Vec<Sale>,
    searches: usize,
    counts: usize,
    /// Requests beyond the limit.
    refused: usize,
    /// The span of the rate limit, and requests in it.
    rate: (i64, i64),
    reset: i64,
    last: Option<Value>,
}

/// A server that runs until it is dropped.
pub struct XServer {
    pub base_url: String,
    shared: Arc<Shared>,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Starts a server that behaves.
pub fn start_x_server(posts: Vec<Value>) -> XServer {
    XServer::start(World { posts, ..World::default() }, Behaviour::default())
}

impl XServer {
    pub fn start(world: World, behaviour: Behaviour) -> Self {
        let time =
            |post: &Value| post["created_at"].as_str().unwrap().parse::<Timestamp>().unwrap().as_second();
        let id = |post: &Value| post["id"].as_str().unwrap().to_owned();
        let mut order: Vec<(i64, String, usize)> =
            world.posts.iter().enumerate().map(|(place, post)| (time(post), id(post), place)).collect();
        order.sort_by(|a, b| b.cmp(a));
        let shared = Arc::new(Shared {
            world,
            order,
            behaviour,
            book: Mutex::default(),
            inside: AtomicUsize::new(0),
            most_inside: AtomicUsize::new(0),
        });
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let inner = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = Brittle(TcpListener::bind("127.0.0.1:0").await.unwrap());
                tell.send(listener.local_addr().unwrap()).unwrap();
                let router = Router::new()
                    .route("/2/tweets/search/recent", get(search))
                    .route("/2/tweets/counts/recent", get(counts))
                    .with_state(inner)
                    .into_make_service_with_connect_info::<Wire>();
                tokio::select! {
                    served = async { axum::serve(listener, router).await } => served.unwrap(),
                    _ = ended => {}
                }
            });
        });
        let address: SocketAddr = told.recv().unwrap();
        Self { base_url: format!("http://{address}"), shared, end: Some(end), thread: Some(thread) }
    }

    /// Every page that was sold, in order.
    pub fn sales(&self) -> Vec<Sale> {
        self.book().sales.clone()
    }

    /// Requests for pages, refused ones included.
    pub fn searches(&self) -> usize {
        self.book().searches
    }

    /// Requests to the counts.
    pub fn counts(&self) -> usize {
        self.book().counts
    }

    /// Requests that went beyond the rate limit.
    pub fn refused(&self) -> usize {
        self.book().refused
    }

    /// The most requests that were being answered at once.
    pub fn most_at_once(&self) -> usize {
        self.shared.most_inside.load(Ordering::SeqCst)
    }

    /// Pages that went out whole more than once.
    pub fn sold_twice(&self) -> Vec<Sale> {
        let mut seen = BTreeSet::new();
        let sales = self.sales().into_iter().filter(|sale| sale.whole);
        sales
            .filter(|sale| !seen.insert((sale.start.clone(), sale.end.clone(), sale.token.clone())))
            .collect()
    }

    /// Identifiers of all posts that were sold whole, one for each time.
    pub fn sold_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> =
            self.sales().into_iter().filter(|sale| sale.whole).flat_map(|sale| sale.ids).collect();
        ids.sort();
        ids
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap()
    }
}

impl Drop for XServer {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// `per_minute` posts in each minute of `[start, end)`, in English, by a few authors; every fifth repeats another.
pub fn generated(start: Timestamp, end: Timestamp, per_minute: u32) -> World {
    let mut world = World::default();
    let (mut number, mut at) = (0u64, start.as_second());
    while at < end.as_second() {
        for n in 0..per_minute {
            let second = at + i64::from(n) * 60 / i64::from(per_minute);
            if second >= end.as_second() {
                break;
            }
            let id = (1_500_000_000_000_000_000 + number).to_string();
            let time = Timestamp::from_second(second).unwrap().to_string();
            let mood = ["great", "terrible", "on the table"][(number % 3) as usize];
            let mut post = json!({
                "id": id, "created_at": time, "lang": "en", "author_id": (number % 7).to_string(),
                "text": format!("tea number {number} is {mood}"), "edit_history_tweet_ids": [id],
                "public_metrics": {"like_count": 1},
            });
            if number % 5 == 4 {
                let of = format!("9{number}");
                let full = format!("tea number {number} is {mood}, and that is the whole of it");
                post["text"] = json!(format!("RT @tea: {}…", &full[..12]));
                post["referenced_tweets"] = json!([{"type": "retweeted", "id": of}]);
                world.includes.entry("tweets".to_owned()).or_default().push(json!({"id": of, "text": full}));
            }
            world.posts.push(post);
            number += 1;
        }
        at += 60;
    }
    let users = (0..7).map(|n| {
        json!({"id": n.to_string(), "username": format!("user{n}"), "name": format!("User {n}"), "verified": n == 1})
    });
    world.includes.insert("users".to_owned(), users.collect());
    world
}

type Parameters = Query<BTreeMap<String, String>>;

async fn search(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    Query(parameters): Parameters,
) -> Response {
    answer(shared, wire, headers, parameters, false).await
}

async fn counts(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    Query(parameters): Parameters,
) -> Response {
    answer(shared, wire, headers, parameters, true).await
}

async fn answer(
    shared: Arc<Shared>,
    wire: Wire,
    headers: HeaderMap,
    parameters: BTreeMap<String, String>,
    is_count: bool,
) -> Response {
    let inside = shared.inside.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most_inside.fetch_max(inside, Ordering::SeqCst);
    let (fault, rate) = {
        let mut book = shared.book.lock().unwrap();
        let count = if is_count { &mut book.counts } else { &mut book.searches };
        let asked = Asked { number: *count, is_count, parameters: parameters.clone() };
        *count += 1;
        let rate = if is_count { None } else { shared.rate(&mut book) };
        ((shared.behaviour.faults)(&asked), rate)
    };
    tokio::time::sleep(shared.behaviour.latency).await;
    if let Some(Fault::Hang(long)) = &fault {
        tokio::time::sleep(*long).await;
    }
    let mut response = shared.respond(&wire, &headers, &parameters, is_count, fault.as_ref(), rate);
    let silent = matches!(fault, Some(Fault::RetryAfter(_) | Fault::BareTooMany));
    if let Some((remaining, reset)) = rate.filter(|_| !silent) {
        let limit = shared.behaviour.limit.map_or(0, |limit| limit.0);
        let mut put = |name: &'static str, value: i64| response.headers_mut().insert(name, value.into());
        put("x-rate-limit-limit", limit);
        put("x-rate-limit-remaining", remaining.max(0));
        put("x-rate-limit-reset", reset);
    }
    shared.inside.fetch_sub(1, Ordering::SeqCst);
    response
}

impl Shared {
    /// Counts a request; what remains (below 0: too many), and when that starts anew.
    fn rate(&self, book: &mut Book) -> Option<(i64, i64)> {
        let (limit, seconds) = self.behaviour.limit?;
        let now = Timestamp::now().as_second();
        if now >= book.reset {
            (book.reset, book.rate) = (now + seconds, (now, 0));
        }
        book.rate.1 += 1;
        let remaining = limit - book.rate.1;
        if remaining < 0 {
            book.refused += 1;
        }
        Some((remaining, book.reset))
    }

    fn respond(
        &self,
        wire: &Wire,
        headers: &HeaderMap,
        parameters: &BTreeMap<String, String>,
        is_count: bool,
        fault: Option<&Fault>,
        rate: Option<(i64, i64)>,
    ) -> Response {
        match fault {
            Some(Fault::Status(status, body)) => {
                return (StatusCode::from_u16(*status).unwrap(), Json(body.clone())).into_response();
            }
            Some(Fault::RetryAfter(seconds)) => {
                return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds.to_string())])
                    .into_response();
            }
            Some(Fault::BareTooMany) => return StatusCode::TOO_MANY_REQUESTS.into_response(),
            Some(Fault::Reset) => {
                wire.cut_after(0);
                return Body::from("x").into_response();
            }
            Some(Fault::Hollow) => {
                let mut book = self.book.lock().unwrap();
                let token = format!("hollow{}", book.searches);
                book.sales.push(sale(parameters, Vec::new(), true));
                return Json(json!({"meta": {"result_count": 0, "next_token": token}})).into_response();
            }
            _ => {}
        }
        let authorized =
            headers.get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
        if !authorized {
            let body = json!({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"});
            return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
        }
        if rate.is_some_and(|(remaining, _)| remaining < 0) {
            let body = json!({"title": "Too Many Requests", "status": 429, "detail": "Too Many Requests"});
            return (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
        }
        if let Err(refusal) = check(parameters, is_count) {
            return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
        }
        if is_count {
            return Json(self.minutes(parameters)).into_response();
        }
        let repeated = self.book.lock().unwrap().last.clone().filter(|_| fault == Some(&Fault::Repeat));
        let page = repeated.unwrap_or_else(|| self.page(parameters));
        let ids = page["data"].as_array().into_iter().flatten();
        let ids = ids.map(|post| post["id"].as_str().unwrap().to_owned()).collect();
        let cut = match fault {
            Some(Fault::Cut(bytes)) => Some(*bytes),
            _ => None,
        };
        let mut book = self.book.lock().unwrap();
        book.sales.push(sale(parameters, ids, cut.is_none()));
        book.last = Some(page.clone());
        if let Some(bytes) = cut {
            wire.cut_after(bytes);
        }
        Json(page).into_response()
    }
}

fn sale(parameters: &BTreeMap<String, String>, ids: Vec<String>, whole: bool) -> Sale {
    let (start, end) = (parameters["start_time"].clone(), parameters["end_time"].clone());
    Sale { start, end, token: parameters.get("next_token").cloned(), ids, whole }
}
