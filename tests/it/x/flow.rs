//! X's filtered stream on loopback: rules over real HTTP, and connections that do what a test says, piece by piece. It
//! keeps a book of the rules, of every connection and of every post that it sent.
//!
//! It names nothing of the tool, so that unit tests take it in by its path as well.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::server::{TOKEN, World};

/// What a connection does, one after the other. After the last it beats for ever.
#[derive(Clone, Debug)]
pub enum Act {
    Send(Vec<u8>),
    /// In pieces of so many bytes, one by one on the wire.
    Pieces(Vec<u8>, usize),
    /// The post of this place in the world, as the stream writes it, by our rule.
    Post(usize),
    /// So many posts from this place on, in one piece.
    Burst(usize, usize),
    /// A post by a rule that is not ours.
    Foreign(usize),
    Wait(Duration),
    /// Nothing more, and the connection stays.
    Silence,
    /// The connection breaks off.
    Reset,
    /// X ends it in order.
    Close,
}

/// How a request for the stream is answered.
pub enum Reply {
    Stream(Vec<Act>),
    Status(u16, Vec<(&'static str, String)>, Value),
}

/// A request for the stream that was let in.
pub struct Connecting {
    /// From 0, those that were refused by the plan included.
    pub number: usize,
}

/// A request about rules: what it asks for (`null`: the list), and its number from 0.
pub struct Asked<'a> {
    pub number: usize,
    pub body: &'a Value,
}

type Plan = Box<dyn Fn(&Connecting) -> Reply + Send + Sync>;
type RulePlan = Box<dyn Fn(&Asked<'_>) -> Option<(u16, Value)> + Send + Sync>;

/// How the server behaves.
pub struct Behaviour {
    pub stream: Plan,
    /// In place of what is right.
    pub rules: RulePlan,
    /// Between two keep-alives.
    pub beat: Duration,
    /// Rules that are there before: identifier, value, tag.
    pub there: Vec<(&'static str, &'static str, &'static str)>,
    /// Rules that the app may have.
    pub most_rules: usize,
}

impl Behaviour {
    pub fn of(stream: impl Fn(&Connecting) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            rules: Box::new(|_| None),
            beat: Duration::from_millis(20),
            there: Vec::new(),
            most_rules: 1_000,
        }
    }
}

#[derive(Default)]
struct Book {
    rules: Vec<(String, String, String)>,
    asked_rules: Vec<Value>,
    /// When, and with which parameters.
    connects: Vec<(Instant, BTreeMap<String, String>)>,
    open: usize,
    most_open: usize,
    sent: Vec<String>,
}

struct Shared {
    world: World,
    behaviour: Behaviour,
    book: Mutex<Book>,
}

/// A server that runs until it is dropped.
pub struct FlowServer {
    pub base_url: String,
    shared: Arc<Shared>,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl FlowServer {
    pub fn start(world: World, behaviour: Behaviour) -> Self {
        let own = |(id, value, tag): &(&str, &str, &str)| {
            ((*id).to_owned(), (*value).to_owned(), (*tag).to_owned())
        };
        let rules = behaviour.there.iter().map(own).collect();
        let book = Mutex::new(Book { rules, ..Book::default() });
        let shared = Arc::new(Shared { world, behaviour, book });
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let inner = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let router = Router::new()
                    .route("/2/tweets/search/stream", get(stream))
                    .route("/2/tweets/search/stream/rules", get(list).post(change))
                    .with_state(inner);
                tokio::select! {
                    served = async { axum::serve(listener, router).await } => served.unwrap(),
                    _ = ended => {}
                }
            });
        });
        let address: SocketAddr = told.recv().unwrap();
        Self { base_url: format!("http://{address}"), shared, end: Some(end), thread: Some(thread) }
    }

    /// Value and tag of the rules that are there now.
    pub fn rules(&self) -> Vec<(String, String)> {
        self.book().rules.iter().map(|(_, value, tag)| (value.clone(), tag.clone())).collect()
    }

    /// What was asked of the rules, in order; `null` for the list.
    pub fn asked_rules(&self) -> Vec<Value> {
        self.book().asked_rules.clone()
    }

    /// Seconds between the requests for the stream.
    pub fn waits(&self) -> Vec<f64> {
        let book = self.book();
        book.connects.windows(2).map(|two| two[1].0.duration_since(two[0].0).as_secs_f64()).collect()
    }

    pub fn connects(&self) -> usize {
        self.book().connects.len()
    }

    /// Parameters of the first request for the stream.
    pub fn parameters(&self) -> BTreeMap<String, String> {
        self.book().connects[0].1.clone()
    }

    /// The most connections at once.
    pub fn most_open(&self) -> usize {
        self.book().most_open
    }

    /// Identifiers of the posts that went out, one for each time.
    pub fn sent(&self) -> Vec<String> {
        self.book().sent.clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap()
    }
}

impl Drop for FlowServer {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A 429 that says that another connection is open.
pub fn crowded() -> Value {
    json!({
        "title": "ConnectionException", "connection_issue": "TooManyConnections",
        "detail": "This stream is currently at the maximum allowed connection limit.",
        "type": "https://api.x.com/2/problems/streaming-connection"
    })
}

/// What X writes before it breaks off.
pub fn leaving() -> Vec<u8> {
    let line = json!({"errors": [{
        "title": "operational-disconnect", "disconnect_type": "UpstreamOperationalDisconnect",
        "detail": "This stream has been disconnected upstream for operational reasons.",
        "type": "https://api.x.com/2/problems/operational-disconnect"
    }]});
    format!("{line}\r\n").into_bytes()
}

/// The post as a line of the stream, with what was asked for beside it.
pub fn line(
    world: &World,
    place: usize,
    rule: (&str, &str),
    parameters: &BTreeMap<String, String>,
) -> Vec<u8> {
    let post = &world.posts[place];
    let expansions = parameters.get("expansions").map(String::as_str).unwrap_or_default();
    let mut includes = json!({});
    let pick = |kind: &str, id: &Value| -> Vec<Value> {
        let there = world.includes.get(kind).into_iter().flatten();
        there.filter(|one| one["id"] == *id).cloned().collect()
    };
    if expansions.contains("author_id") {
        includes["users"] = json!(pick("users", &post["author_id"]));
    }
    if expansions.contains("referenced_tweets.id") && !post["referenced_tweets"].is_null() {
        includes["tweets"] = json!(pick("tweets", &post["referenced_tweets"][0]["id"]));
    }
    let mut line = json!({"data": post, "matching_rules": [{"id": rule.0, "tag": rule.1}]});
    if includes.as_object().is_some_and(|kinds| !kinds.is_empty()) {
        line["includes"] = includes;
    }
    format!("{line}\r\n").into_bytes()
}

fn refusal(headers: &HeaderMap) -> Option<Response> {
    let authorized = headers.get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
    let body =
        json!({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"});
    (!authorized).then(|| (StatusCode::UNAUTHORIZED, Json(body)).into_response())
}

async fn list(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    rules(&shared, &headers, Value::Null)
}

async fn change(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    rules(&shared, &headers, body)
}

fn rules(shared: &Shared, headers: &HeaderMap, body: Value) -> Response {
    if let Some(refusal) = refusal(headers) {
        return refusal;
    }
    let mut book = shared.book.lock().unwrap();
    let number = book.asked_rules.len();
    book.asked_rules.push(body.clone());
    if let Some((status, body)) = (shared.behaviour.rules)(&Asked { number, body: &body }) {
        return (StatusCode::from_u16(status).unwrap(), Json(body)).into_response();
    }
    let meta = json!({"sent": "2026-11-22T10:00:00.000Z"});
    if let Some(ids) = body["delete"]["ids"].as_array() {
        book.rules.retain(|(id, _, _)| !ids.contains(&json!(id)));
        return Json(json!({"meta": meta})).into_response();
    }
    let Some(rule) = body["add"].get(0) else {
        let data: Vec<Value> =
            book.rules.iter().map(|(id, value, tag)| json!({"id": id, "value": value, "tag": tag})).collect();
        let mut answer = json!({"meta": meta});
        if !data.is_empty() {
            answer["data"] = json!(data);
        }
        return Json(answer).into_response();
    };
    let (value, tag) = (rule["value"].as_str().unwrap().to_owned(), rule["tag"].as_str().unwrap().to_owned());
    let wrong =
        |error: Value| (StatusCode::CREATED, Json(json!({"meta": meta, "errors": [error]}))).into_response();
    if let Some((id, _, _)) = book.rules.iter().find(|(_, known, _)| *known == value) {
        return wrong(json!({"value": value, "id": id, "title": "DuplicateRule",
            "type": "https://api.x.com/2/problems/duplicate-rules"}));
    }
    if value.matches('(').count() != value.matches(')').count() || value.chars().count() > 1_024 {
        let why = match value.chars().count() > 1_024 {
            true => "Rules must be at most 1024 characters long",
            false => "missing ')' (at position 6)",
        };
        return wrong(json!({"value": value, "details": [why], "title": "UnprocessableEntity",
            "type": "https://api.x.com/2/problems/invalid-rules"}));
    }
    if book.rules.len() >= shared.behaviour.most_rules {
        let body = json!({"title": "RulesCapExceeded", "detail": "Rules cap exceeded for the app.",
            "type": "https://api.x.com/2/problems/rule-cap"});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
    }
    let id = (1_377_649_934_414_049_282_u64 + number as u64).to_string();
    book.rules.push((id.clone(), value.clone(), tag.clone()));
    let made = json!({"data": [{"id": id, "value": value, "tag": tag}], "meta": meta});
    (StatusCode::CREATED, Json(made)).into_response()
}

/// Counts a connection for as long as it is open.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        let mut book = shared.book.lock().unwrap();
        book.open += 1;
        book.most_open = book.most_open.max(book.open);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.book.lock().unwrap().open -= 1;
    }
}

async fn stream(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let (number, rule) = {
        let mut book = shared.book.lock().unwrap();
        book.connects.push((Instant::now(), parameters.clone()));
        (
            book.connects.len() - 1,
            book.rules.iter().rev().find(|rule| rule.2.starts_with("sentistack:")).cloned(),
        )
    };
    let acts = match (shared.behaviour.stream)(&Connecting { number }) {
        Reply::Stream(acts) => acts,
        Reply::Status(status, headers, body) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), Json(body)).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            return response;
        }
    };
    let rule = rule.map_or_else(|| ("0".to_owned(), String::new()), |(id, _, tag)| (id, tag));
    let (to, from) = tokio::sync::mpsc::channel::<std::io::Result<Vec<u8>>>(1);
    let open = Open::new(&shared);
    tokio::spawn(async move {
        let _ = act(&shared, acts, &rule, &parameters, &to).await;
        drop(open);
    });
    let body =
        futures_util::stream::unfold(from, |mut from| async { from.recv().await.map(|piece| (piece, from)) });
    Body::from_stream(body).into_response()
}

type To = tokio::sync::mpsc::Sender<std::io::Result<Vec<u8>>>;

/// Does what was planned, then beats. An error: the other side is gone.
async fn act(
    shared: &Shared,
    acts: Vec<Act>,
    rule: &(String, String),
    parameters: &BTreeMap<String, String>,
    to: &To,
) -> Result<(), tokio::sync::mpsc::error::SendError<std::io::Result<Vec<u8>>>> {
    for act in acts {
        match act {
            Act::Send(bytes) => to.send(Ok(bytes)).await?,
            Act::Pieces(bytes, size) => {
                for piece in bytes.chunks(size) {
                    to.send(Ok(piece.to_vec())).await?;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            Act::Post(place) => {
                let bytes = line(&shared.world, place, (&rule.0, &rule.1), parameters);
                to.send(Ok(bytes)).await?;
                let id = shared.world.posts[place]["id"].as_str().unwrap().to_owned();
                shared.book.lock().unwrap().sent.push(id);
            }
            Act::Burst(from, posts) => {
                let places = from..from + posts;
                let lines =
                    places.clone().map(|place| line(&shared.world, place, (&rule.0, &rule.1), parameters));
                to.send(Ok(lines.collect::<Vec<_>>().concat())).await?;
                let id = |place: usize| shared.world.posts[place]["id"].as_str().unwrap().to_owned();
                shared.book.lock().unwrap().sent.extend(places.map(id));
            }
            Act::Foreign(place) => {
                to.send(Ok(line(&shared.world, place, ("77", "cats"), parameters))).await?;
            }
            Act::Wait(long) => tokio::time::sleep(long).await,
            Act::Silence => {
                to.closed().await;
                return Ok(());
            }
            Act::Reset => {
                return to.send(Err(std::io::ErrorKind::ConnectionReset.into())).await;
            }
            Act::Close => return Ok(()),
        }
    }
    loop {
        to.send(Ok(b"\r\n".to_vec())).await?;
        tokio::time::sleep(shared.behaviour.beat).await;
    }
}
