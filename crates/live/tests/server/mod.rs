//! Servers on loopback for tests and measurements: HTTP/1.1 as plain as it gets, one thread a connection, and on top
//! of it Lambda's Runtime API. Standard library alone: what is measured must not wait for the server.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A request, whole.
pub struct Request {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// When its last byte was here.
    pub at: Instant,
}

/// What is done with a request.
pub enum Reply {
    Good(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The head promises a body, and the connection is closed in the middle of it.
    Cut,
    /// Nothing comes for so long, then the connection is closed.
    Hang(Duration),
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self::Good(status, Vec::new(), Vec::new())
    }
}

/// Serves on a free port of loopback for as long as the process lives.
pub fn serve(handler: impl Fn(Request) -> Reply + Send + Sync + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let handler = Arc::new(handler);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = Arc::clone(&handler);
            std::thread::spawn(move || drop(connection(stream, &*handler)));
        }
    });
    Ok(address)
}

fn connection(mut stream: TcpStream, handler: &dyn Fn(Request) -> Reply) -> io::Result<()> {
    // Without it the second packet of an answer waits for the acknowledgement of the first: 40 ms.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        match handler(request) {
            Reply::Good(status, headers, body) => {
                let mut out =
                    format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\n", body.len()).into_bytes();
                for (name, value) in headers {
                    out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
                }
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(&body);
                stream.write_all(&out)?;
            }
            Reply::Cut => {
                stream.write_all(b"HTTP/1.1 200 -\r\nContent-Length: 1000\r\n\r\n{\"scores\": [")?;
                return stream.shutdown(std::net::Shutdown::Both);
            }
            Reply::Hang(time) => {
                std::thread::sleep(time);
                return stream.shutdown(std::net::Shutdown::Both);
            }
        }
    }
    Ok(())
}

fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let (method, path) =
        (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, path, headers, body, at: Instant::now() }))
}

/// What the function made of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answer(Vec<u8>),
    Error(String),
    /// It could not start.
    InitError(String),
}

/// Lambda's Runtime API for one process of a function.
pub struct RuntimeApi {
    address: SocketAddr,
    events: Sender<Vec<u8>>,
    outcomes: Receiver<(Outcome, Instant)>,
    /// When the event that is being answered was handed over.
    handed: Arc<Mutex<Option<Instant>>>,
}

impl RuntimeApi {
    /// A server whose events may take `limit`.
    pub fn start(limit: Duration) -> io::Result<Self> {
        let (events, to_hand) = channel::<Vec<u8>>();
        let (told, outcomes) = channel();
        let (to_hand, told) = (Mutex::new(to_hand), Mutex::new(told));
        let handed = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&handed);
        let address = serve(move |request| {
            let text = || String::from_utf8_lossy(&request.body).into_owned();
            let outcome = match request.path.rsplit('/').next() {
                Some("next") => {
                    let Ok(Ok(event)) = to_hand.lock().map(|events| events.recv()) else {
                        return Reply::status(500);
                    };
                    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                    let headers = vec![
                        ("Content-Type", "application/json".to_owned()),
                        ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
                        ("Lambda-Runtime-Deadline-Ms", (now + limit).as_millis().to_string()),
                    ];
                    if let Ok(mut noted) = noted.lock() {
                        *noted = Some(Instant::now());
                    }
                    return Reply::Good(200, headers, event);
                }
                Some("response") => Outcome::Answer(request.body),
                Some("error") if request.path.contains("/init/") => Outcome::InitError(text()),
                Some("error") => Outcome::Error(text()),
                _ => return Reply::status(404),
            };
            let _ = told.lock().map(|told| told.send((outcome, request.at)));
            Reply::status(202)
        })?;
        Ok(Self { address, events, outcomes, handed })
    }

    /// `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Puts an event there for the function to fetch.
    pub fn put(&self, event: Vec<u8>) {
        let _ = self.events.send(event);
    }

    /// What came of the event, and when. `None` when nothing comes for `patience`.
    pub fn outcome(&self, patience: Duration) -> Option<(Outcome, Instant)> {
        self.outcomes.recv_timeout(patience).ok()
    }

    /// Hands an event over; what came of it, and how long that took from the event's first byte to the answer's last.
    pub fn invoke(&self, event: Vec<u8>, patience: Duration) -> Option<(Outcome, Duration)> {
        self.put(event);
        let (outcome, at) = self.outcome(patience)?;
        let handed = self.handed.lock().ok().and_then(|handed| *handed)?;
        Some((outcome, at.duration_since(handed)))
    }
}
