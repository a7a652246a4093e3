//! HTTP/1.1 connections for whoever answers over them: so many at a time, each with so much time, and an end in order.
//! What is answered, and who is told of it, it does not know.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use crate::limits;

/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at the same time.
    pub connections: usize,
    /// For who reads an answer to read on, and for what is under way when it ends.
    pub longest: Duration,
    /// For which it still answers when it was told to stop.
    pub drain: Duration,
}

/// Who is told of connections.
pub trait Watcher: Send + Sync + 'static {
    /// One was taken.
    fn opened(&self) {}
    /// One that was taken is over.
    fn closed(&self) {}
    /// There was no place for one.
    fn turned_away(&self) {}
    /// It was told to stop.
    fn stopping(&self) {}
}

/// What connections lead to.
pub struct House<W> {
    pub router: Router,
    pub bounds: Bounds,
    pub watcher: Arc<W>,
    /// The answer for which there is no place.
    pub crowded: fn() -> Response,
}

/// Takes connections until `stop` is there and the time to drain is over, then answers what is under way.
/// How many connections were cut off, since that took too long.
pub async fn serve<W: Watcher>(
    listener: TcpListener,
    house: House<W>,
    stop: impl Future<Output = ()>,
) -> u64 {
    let (closing, _) = watch::channel(false);
    let mut open = JoinSet::new();
    let longest = house.bounds.longest + Duration::from_secs(limits::SERVE_DISCARD_SECONDS);
    {
        let mut stop = pin!(drained(Arc::clone(&house.watcher), house.bounds.drain, stop));
        let mut door = Door::new(house, &closing);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_) = open.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => door.admit(stream, &mut open),
                    Err(error) => wait_after(&error).await,
                },
            }
        }
    }
    closing.send_replace(true);
    // From here on the system refuses new connections.
    drop(listener);
    let ended = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(longest, ended).await.is_ok() {
        return 0;
    }
    let cut = open.len() as u64;
    open.shutdown().await;
    cut
}

/// Ends when `stop` is there and, after it, the time to drain is over.
async fn drained<W: Watcher>(watcher: Arc<W>, drain: Duration, stop: impl Future<Output = ()>) {
    stop.await;
    watcher.stopping();
    if !drain.is_zero() {
        tokio::time::sleep(drain).await;
    }
}

/// A connection that was gone before it was taken is nothing; without descriptors, waiting is all that helps.
async fn wait_after(error: &io::Error) {
    use io::ErrorKind as K;
    if !matches!(error.kind(), K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused) {
        tokio::time::sleep(Duration::from_millis(limits::SERVE_EXHAUSTED_MILLIS)).await;
    }
}

/// Who comes in.
struct Door<'a, W> {
    house: House<W>,
    closing: &'a watch::Sender<bool>,
    places: Arc<Semaphore>,
    /// Places for those who are told that there is no place.
    porch: Arc<Semaphore>,
}

impl<'a, W: Watcher> Door<'a, W> {
    fn new(house: House<W>, closing: &'a watch::Sender<bool>) -> Self {
        let places = Arc::new(Semaphore::new(house.bounds.connections));
        Self { house, closing, places, porch: Arc::new(Semaphore::new(limits::SERVE_TURNED_AWAY)) }
    }

    fn admit(&mut self, stream: TcpStream, open: &mut JoinSet<()>) {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            let held = Held::new(Arc::clone(&self.house.watcher), place);
            let router = self.house.router.clone();
            open.spawn(connection(stream, router, self.house.bounds.longest, held, self.closing.subscribe()));
            return;
        }
        self.house.watcher.turned_away();
        // Without a place even there, the connection is closed: what an attack costs must have an end.
        if let Ok(place) = Arc::clone(&self.porch).try_acquire_owned() {
            open.spawn(turned_away(stream, self.house.crowded, place));
        }
    }
}

/// A place, and whoever counts it.
struct Held<W: Watcher> {
    watcher: Arc<W>,
    _place: OwnedSemaphorePermit,
}

impl<W: Watcher> Held<W> {
    fn new(watcher: Arc<W>, place: OwnedSemaphorePermit) -> Self {
        watcher.opened();
        Self { watcher, _place: place }
    }
}

impl<W: Watcher> Drop for Held<W> {
    fn drop(&mut self) {
        self.watcher.closed();
    }
}

/// One connection to its end.
async fn connection<W: Watcher>(
    stream: TcpStream,
    router: Router,
    longest: Duration,
    _held: Held<W>,
    mut closing: watch::Receiver<bool>,
) {
    let working = AtomicBool::new(false);
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        working.store(true, Ordering::Relaxed);
        let answer = router.call(request);
        let working = &working;
        async move {
            let answer = answer.await;
            working.store(false, Ordering::Relaxed);
            answer
        }
    });
    let head = Duration::from_secs(limits::SERVE_HEAD_SECONDS);
    let mut http = pin!(http(head).serve_connection(io(stream, longest), service));
    // How a connection breaks is its client's affair.
    tokio::select! {
        _ = &mut http => return,
        _ = closing.wait_for(|closing| *closing) => http.as_mut().graceful_shutdown(),
    }
    // Who has not said yet what it wants is not waited for long; an answer that is being written is.
    let short = Duration::from_millis(limits::SERVE_STOP_MILLIS);
    let ended = match working.load(Ordering::Relaxed) {
        true => false,
        false => tokio::time::timeout(short, &mut http).await.is_ok(),
    };
    if !ended && working.load(Ordering::Relaxed) {
        let _ = http.await;
    }
}

/// Says 503 to one that there is no place for.
async fn turned_away(stream: TcpStream, crowded: fn() -> Response, _place: OwnedSemaphorePermit) {
    let longest = Duration::from_secs(limits::SERVE_TURNED_AWAY_SECONDS);
    let service = service_fn(|_: hyper::Request<Incoming>| async {
        let mut response: Response = crowded();
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        Ok::<hyper::Response<Body>, Infallible>(response)
    });
    let conversation = http(longest).serve_connection(io(stream, longest), service);
    let _ = tokio::time::timeout(longest, conversation).await;
}

/// HTTP/1.1 with a head of so many bytes, that comes in time.
fn http(head: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(limits::SERVE_HEAD_BYTES);
    http
}

type Io = TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>>;

/// The stream, without delay, and with so much time for who reads to read.
fn io(stream: TcpStream, longest: Duration) -> Io {
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(longest));
    TokioIo::new(Box::pin(stream))
}
