//! A registry on loopback that keeps what it is given as OCI's distribution specification says, and misbehaves when it
//! is told to. It keeps a book of every request.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use futures_util::StreamExt;
use sentistack::live::package::Digest;
use tokio::net::TcpListener;

use crate::x::server::brittle::{Brittle, Wire};

/// What to do with a request instead of, or beside, answering it.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status and this body, and nothing is done.
    Status(u16, &'static str),
    /// This status with one header.
    Header(u16, &'static str, String),
    /// The connection is reset after the first bytes of the request's body, and nothing is done.
    Reset,
    /// What is asked for is done, and the answer is lost.
    Lost,
    /// What is asked for is done, and the answer has this digest, or none.
    Digest(Option<&'static str>),
    /// A manifest is read back as these bytes.
    Garbage(&'static str),
    /// No answer for so long.
    Hang(Duration),
}

/// A request, as the plan of misbehaviour sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: Method,
    pub kind: Kind,
    /// From 0, among those of this method and kind.
    pub number: usize,
    pub authorization: Option<String>,
    /// Bytes of the body that were taken in.
    pub bytes: usize,
    pub query: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Blob,
    Upload,
    Manifest,
    Token,
    Other,
}

type Plan = Box<dyn Fn(&Asked) -> Option<Fault> + Send + Sync>;

/// How the registry behaves.
pub struct Behaviour {
    /// Who is let in: the whole header `Authorization`.
    pub lets_in: Option<&'static str>,
    /// What a 401 says to do.
    pub challenge: Option<&'static str>,
    /// What the place of tokens answers; it is this registry's own, at `/token`.
    pub token: &'static str,
    /// Whether a tag may not be moved, as in the stack's own repository.
    pub immutable: bool,
    /// Where uploads go: another registry's address.
    pub uploads_at: Option<String>,
    pub faults: Plan,
}

impl Default for Behaviour {
    fn default() -> Self {
        let token = r#"{"token": "t0ken-of-the-test"}"#;
        let (lets_in, challenge, uploads_at) = (None, None, None);
        Self { lets_in, challenge, token, immutable: false, uploads_at, faults: Box::new(|_| None) }
    }
}

/// Misbehaves at requests of one method and kind, as long as their number is below `times`.
pub fn at(method: Method, kind: Kind, times: usize, fault: Fault) -> Behaviour {
    let hit = move |asked: &Asked| asked.method == method && asked.kind == kind && asked.number < times;
    Behaviour { faults: Box::new(move |asked| hit(asked).then(|| fault.clone())), ..Behaviour::default() }
}

#[derive(Default)]
struct Book {
    asked: Vec<Asked>,
    blobs: BTreeMap<String, Vec<u8>>,
    manifests: BTreeMap<String, Vec<u8>>,
    tags: BTreeMap<String, String>,
}

struct Shared {
    address: SocketAddr,
    behaviour: Behaviour,
    book: Mutex<Book>,
}

/// A registry that runs until it is dropped.
pub struct Registry {
    /// `127.0.0.1:port`.
    pub name: String,
    shared: Arc<Shared>,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Registry {
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { address, behaviour, book: Mutex::default() });
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let inner = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = Brittle(TcpListener::from_std(listener).unwrap());
                assert_eq!(listener.local_addr().unwrap(), inner.address);
                let router = Router::new()
                    .fallback(answer)
                    .with_state(inner)
                    .into_make_service_with_connect_info::<Wire>();
                tokio::select! {
                    served = async { axum::serve(listener, router).await } => served.unwrap(),
                    _ = ended => {}
                }
            });
        });
        Self { name: address.to_string(), shared, end: Some(end), thread: Some(thread) }
    }

    /// Every request of a method and a kind, in order.
    pub fn asked(&self, method: &Method, kind: Kind) -> Vec<Asked> {
        let fits = |asked: &&Asked| asked.method == *method && asked.kind == kind;
        self.book().asked.iter().filter(fits).cloned().collect()
    }

    /// The digest that a tag names.
    pub fn tag(&self, tag: &str) -> Option<String> {
        self.book().tags.get(tag).cloned()
    }

    /// Whether every digest that is kept is that of its bytes, and how many blobs there are.
    pub fn blobs(&self) -> usize {
        let book = self.book();
        for (digest, bytes) in book.blobs.iter().chain(&book.manifests) {
            assert_eq!(Digest::of(bytes).as_str(), digest);
        }
        book.blobs.len()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The error body that all registries share.
fn refusal(status: StatusCode, code: &str) -> Response {
    (status, format!(r#"{{"errors":[{{"code":"{code}","message":"said by the test"}}]}}"#)).into_response()
}

fn kind(path: &str) -> Kind {
    match path {
        "/token" => Kind::Token,
        _ if path.contains("/blobs/uploads/") => Kind::Upload,
        _ if path.contains("/blobs/") => Kind::Blob,
        _ if path.contains("/manifests/") => Kind::Manifest,
        _ => Kind::Other,
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let kind = kind(&path);
    let header = |headers: &HeaderMap, name| {
        headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned())
    };
    let mut asked = Asked {
        method: parts.method.clone(),
        kind,
        number: shared.number(&parts.method, kind),
        authorization: header(&parts.headers, "authorization"),
        bytes: 0,
        query: parts.uri.query().unwrap_or_default().to_owned(),
    };
    let fault = (shared.behaviour.faults)(&asked);
    if let Some(Fault::Reset) = fault {
        let first = body.into_data_stream().next().await;
        asked.bytes = first.map_or(0, |piece| piece.map_or(0, |piece| piece.len()));
        shared.book.lock().unwrap().asked.push(asked);
        wire.cut_after(0);
        return Body::from("x").into_response();
    }
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
    asked.bytes = body.len();
    shared.book.lock().unwrap().asked.push(asked.clone());
    match fault {
        Some(Fault::Status(status, body)) => {
            return (StatusCode::from_u16(status).unwrap(), body).into_response();
        }
        Some(Fault::Header(status, name, value)) => {
            return (StatusCode::from_u16(status).unwrap(), [(name, value)]).into_response();
        }
        Some(Fault::Garbage(bytes)) => return bytes.into_response(),
        Some(Fault::Hang(long)) => tokio::time::sleep(long).await,
        Some(Fault::Reset | Fault::Lost | Fault::Digest(_)) | None => {}
    }
    let mut response = shared.respond(&asked, &path, body);
    match fault {
        Some(Fault::Lost) => wire.cut_after(0),
        Some(Fault::Digest(digest)) => {
            response.headers_mut().remove("docker-content-digest");
            if let Some(digest) = digest {
                response.headers_mut().insert("docker-content-digest", digest.parse().unwrap());
            }
        }
        _ => {}
    }
    response
}

impl Shared {
    fn number(&self, method: &Method, kind: Kind) -> usize {
        let book = self.book.lock().unwrap();
        book.asked.iter().filter(|asked| asked.method == *method && asked.kind == kind).count()
    }

    fn respond(&self, asked: &Asked, path: &str, body: Vec<u8>) -> Response {
        let behaviour = &self.behaviour;
        if asked.kind == Kind::Token {
            return behaviour.token.into_response();
        }
        let lets_in = behaviour.lets_in.is_none_or(|wanted| asked.authorization.as_deref() == Some(wanted));
        if !lets_in {
            let mut response = refusal(StatusCode::UNAUTHORIZED, "UNAUTHORIZED");
            if let Some(challenge) = behaviour.challenge {
                let challenge = challenge.replace("HERE", &self.address.to_string());
                response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
            }
            return response;
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        let mut book = self.book.lock().unwrap();
        match (&asked.method, asked.kind) {
            (&Method::HEAD, Kind::Blob) if book.blobs.contains_key(last) => StatusCode::OK.into_response(),
            (&Method::POST, Kind::Upload) => {
                let other = behaviour.uploads_at.clone().unwrap_or_default();
                let location = format!("{other}{path}an-upload?_state=x");
                (StatusCode::ACCEPTED, [("location", location)]).into_response()
            }
            (&Method::PUT, Kind::Upload) => {
                let digest = Digest::of(&body).to_string();
                if asked.query != format!("_state=x&digest={}", digest.replace(':', "%3A")) {
                    return refusal(StatusCode::BAD_REQUEST, "DIGEST_INVALID");
                }
                book.blobs.insert(digest.clone(), body);
                (StatusCode::CREATED, [("docker-content-digest", digest)]).into_response()
            }
            (&Method::PUT, Kind::Manifest) => put_manifest(&mut book, last, body, behaviour.immutable),
            (&Method::HEAD | &Method::GET, Kind::Manifest) => {
                let digest = book.tags.get(last).cloned().unwrap_or(last.to_owned());
                match book.manifests.get(&digest) {
                    Some(bytes) => ([("docker-content-digest", digest)], bytes.clone()).into_response(),
                    None => refusal(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN"),
                }
            }
            _ => refusal(StatusCode::NOT_FOUND, "BLOB_UNKNOWN"),
        }
    }
}

fn put_manifest(book: &mut Book, tag: &str, body: Vec<u8>, immutable: bool) -> Response {
    let manifest: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let named = [&manifest["config"], &manifest["layers"][0]];
    if named.iter().any(|blob| !book.blobs.contains_key(blob["digest"].as_str().unwrap())) {
        return refusal(StatusCode::BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN");
    }
    if immutable && book.tags.contains_key(tag) {
        return refusal(StatusCode::BAD_REQUEST, "TAG_INVALID");
    }
    let digest = Digest::of(&body).to_string();
    book.manifests.insert(digest.clone(), body);
    book.tags.insert(tag.to_owned(), digest.clone());
    (StatusCode::CREATED, [("docker-content-digest", digest)]).into_response()
}
