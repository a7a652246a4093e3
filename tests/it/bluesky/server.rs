//! A Jetstream on loopback: a real websocket server that plays events from a cursor, and misbehaves as it is told,
//! connection by connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// What goes wrong with a connection; the number is how many events it plays before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mishap {
    /// The handshake is answered with this status.
    Refuse(u16),
    /// The connection is cut in the middle of a message.
    CutInside(usize),
    /// It is closed in good order.
    Close(usize),
    /// Text that is no JSON and a binary message come between the events.
    Garbage(usize),
    /// Nothing comes any more, pings are not answered, and the connection stays.
    Freeze(usize),
    /// Nothing comes any more, but pings are answered.
    Stall(usize),
    /// A message of so many bytes comes after the first event.
    Huge(usize),
}

/// What is played.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Events, each with when it is passed on (microseconds since 1970), in order. `"time_us":0` in the text is
    /// replaced by that time.
    pub events: Vec<(i64, String)>,
    /// Microseconds by which this instance's clock is ahead.
    pub skew: i64,
    /// What goes wrong with each connection, in order; the ones after that are good.
    pub mishaps: Vec<Mishap>,
}

struct Shared {
    script: Script,
    mishaps: Mutex<VecDeque<Mishap>>,
    cursors: Mutex<Vec<i64>>,
    asked: Mutex<Vec<String>>,
}

/// A running server; it ends with this value.
pub struct Jetstream {
    pub url: String,
    shared: Arc<Shared>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Jetstream {
    /// Starts a server on a thread of its own, so that it serves other processes too.
    pub fn start(script: Script) -> Self {
        let shared = Arc::new(Shared {
            mishaps: Mutex::new(script.mishaps.iter().copied().collect()),
            script,
            cursors: Mutex::default(),
            asked: Mutex::default(),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = accept(listener, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// The cursors that were asked for, in order.
    pub fn cursors(&self) -> Vec<i64> {
        self.shared.cursors.lock().unwrap().clone()
    }

    /// Path and query of each handshake, in order.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for Jetstream {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(socket, Arc::clone(&shared)));
    }
}

async fn serve(socket: TcpStream, shared: Arc<Shared>) {
    let mishap = shared.mishaps.lock().unwrap().pop_front();
    let mut cursor = i64::MAX;
    #[allow(clippy::result_large_err)]
    let check = |request: &Request, response: Response| {
        let asked = request.uri().to_string();
        let given = asked.split(['?', '&']).find_map(|part| part.strip_prefix("cursor="));
        cursor = given.and_then(|cursor| cursor.parse().ok()).unwrap_or(i64::MAX);
        shared.cursors.lock().unwrap().push(cursor);
        shared.asked.lock().unwrap().push(asked);
        match mishap {
            Some(Mishap::Refuse(status)) => {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = status.try_into().unwrap();
                Err(refusal)
            }
            _ => Ok(response),
        }
    };
    let accepted = accept_hdr_async(socket, check).await;
    if let Ok(socket) = accepted {
        // An error is the client's going away.
        let _ = play(socket, &shared.script, cursor, mishap).await;
    }
}

type Played = Result<(), tokio_tungstenite::tungstenite::Error>;

async fn play(
    mut socket: WebSocketStream<TcpStream>,
    script: &Script,
    cursor: i64,
    mishap: Option<Mishap>,
) -> Played {
    let events = script.events.iter().map(|(at, text)| (at + script.skew, text));
    for (number, (at, text)) in events.filter(|(at, _)| *at >= cursor).enumerate() {
        let text = text.replace("\"time_us\":0", &format!("\"time_us\":{at}"));
        match mishap {
            Some(Mishap::CutInside(after)) if number == after => return cut(socket, &text).await,
            Some(Mishap::Close(after)) if number == after => return socket.close(None).await,
            Some(Mishap::Freeze(after)) if number == after => {
                socket.flush().await?;
                return std::future::pending().await;
            }
            Some(Mishap::Stall(after)) if number == after => break,
            Some(Mishap::Garbage(after)) if number == after => {
                socket.feed(Message::text("{\"kind\": \"commit\", garbage")).await?;
                socket.feed(Message::binary(vec![0, 159, 146, 150])).await?;
            }
            Some(Mishap::Huge(bytes)) if number == 1 => {
                socket.feed(Message::text("x".repeat(bytes))).await?;
            }
            _ => {}
        }
        socket.feed(Message::text(text)).await?;
    }
    socket.flush().await?;
    // Pings are answered while it is read.
    while let Some(message) = socket.next().await {
        message?;
    }
    Ok(())
}

/// The head of a frame and half of what it promises.
async fn cut(mut socket: WebSocketStream<TcpStream>, text: &str) -> Played {
    socket.flush().await?;
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    let mut frame = vec![0x81, 126];
    frame.extend(length.to_be_bytes());
    frame.extend(&text.as_bytes()[..text.len() / 2]);
    let stream = socket.get_mut();
    stream.write_all(&frame).await?;
    stream.shutdown().await?;
    Ok(())
}
