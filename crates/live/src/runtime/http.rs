//! HTTP/1.1 to one server over one connection, kept open. Certificates are those that are compiled in: the function's
//! image may be nothing but the function.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::origin::Origin;
use super::tls::{self, Tls};

/// Bytes of an answer's head at most.
const HEAD_BYTES: usize = 64 * 1024;
/// Headers of an answer at most.
const HEADERS: usize = 64;
/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;
/// A body up to here goes out in one piece with its head.
const SMALL_BYTES: usize = 16 * 1024;

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub connect: Duration,
    /// For the whole answer; `None`: without end.
    pub answer: Option<Duration>,
}

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Fault {
    Connect(String),
    /// The connection broke, or what came is not HTTP.
    Broken(String),
    TimeOut,
    /// The body is longer than is taken.
    TooLong,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(why) => write!(f, "cannot connect: {why}"),
            Self::Broken(why) => write!(f, "the connection broke: {why}"),
            Self::TimeOut => f.write_str("no answer in time"),
            Self::TooLong => f.write_str("the answer is too long"),
        }
    }
}

fn broken(why: &str) -> Fault {
    Fault::Broken(why.to_owned())
}

/// See the module's text.
pub struct Client {
    pub origin: Origin,
    pub times: Times,
    tls: Option<tls::Config>,
    open: Option<Connection>,
}

impl Client {
    pub fn new(origin: Origin, times: Times) -> Self {
        Self { origin, times, tls: None, open: None }
    }

    /// Sends a request and reads the answer, of at most `limit` bytes.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        limit: usize,
    ) -> Result<Answer, Fault> {
        let mut head =
            format!("{method} {}{path} HTTP/1.1\r\nhost: {}\r\n", self.origin.path, self.origin.authority());
        for (name, value) in headers {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        }
        if method != "GET" {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        // A connection that was kept may be closed by now, most of all after the process was frozen.
        let kept = self.open.is_some();
        match self.once(head.as_bytes(), body, limit) {
            Err(Fault::Broken(_)) if kept => self.once(head.as_bytes(), body, limit),
            answer => answer,
        }
    }

    fn once(&mut self, head: &[u8], body: &[u8], limit: usize) -> Result<Answer, Fault> {
        let mut connection = match self.open.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        connection.until = self.times.answer.map(|time| Instant::now() + time);
        connection.write(head, body)?;
        let (answer, keeps) = connection.read(limit)?;
        if keeps {
            self.open = Some(connection);
        }
        Ok(answer)
    }

    fn connect(&mut self) -> Result<Connection, Fault> {
        let failed = |e: io::Error| match e.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::TimeOut,
            _ => Fault::Connect(e.to_string()),
        };
        let until = Instant::now() + self.times.connect;
        let found = (self.origin.host.as_str(), self.origin.port).to_socket_addrs().map_err(failed)?;
        let mut last = Fault::Connect("the name has no address".to_owned());
        for address in found {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::TimeOut);
            }
            match TcpStream::connect_timeout(&address, left) {
                Ok(socket) => {
                    // An answer is one small packet behind another: it must not wait for an acknowledgement.
                    socket.set_nodelay(true).map_err(failed)?;
                    let stream = if self.origin.tls {
                        let config = match &self.tls {
                            Some(config) => config,
                            None => self.tls.insert(tls::config().map_err(Fault::Connect)?),
                        };
                        let tls = tls::over(config, &self.origin.host, socket).map_err(Fault::Connect)?;
                        Stream::Tls(Box::new(tls))
                    } else {
                        Stream::Plain(socket)
                    };
                    return Ok(Connection { stream, until: None, buffer: Vec::new() });
                }
                Err(error) => last = failed(error),
            }
        }
        Err(last)
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<Tls>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => &tls.sock,
        }
    }
}

struct Connection {
    stream: Stream,
    /// When the answer has to be here.
    until: Option<Instant>,
    /// What came and is not used yet.
    buffer: Vec<u8>,
}

/// Status and headers.
type Head = (u16, Vec<(String, String)>);

/// What an answer's head says of its body.
enum Length {
    Known(usize),
    Chunked,
    ToTheEnd,
}

impl Connection {
    /// Gives the socket what is left of the time.
    fn allow(&self) -> Result<(), Fault> {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Fault::TimeOut);
        }
        let socket = self.stream.socket();
        socket.set_read_timeout(left).and_then(|()| socket.set_write_timeout(left)).map_err(fault)
    }

    fn write(&mut self, head: &[u8], body: &[u8]) -> Result<(), Fault> {
        self.allow()?;
        let small = body.len() <= SMALL_BYTES;
        let first = if small { [head, body].concat() } else { head.to_vec() };
        for piece in [first.as_slice(), if small { &[] } else { body }] {
            match &mut self.stream {
                Stream::Plain(socket) => socket.write_all(piece),
                Stream::Tls(tls) => tls.write_all(piece),
            }
            .map_err(fault)?;
        }
        match &mut self.stream {
            Stream::Plain(_) => Ok(()),
            Stream::Tls(tls) => tls.flush().map_err(fault),
        }
    }

    /// Reads what is there, at most as much as `room` holds; 0 at the end.
    fn some(&mut self, room: &mut [u8]) -> Result<usize, Fault> {
        self.allow()?;
        loop {
            let read = match &mut self.stream {
                Stream::Plain(socket) => socket.read(room),
                Stream::Tls(tls) => tls.read(room),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read.map_err(fault),
            }
        }
    }

    /// Reads some more into the buffer.
    fn more(&mut self) -> Result<usize, Fault> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let had = buffer.len();
        buffer.resize(had + READ_BYTES, 0);
        let read = buffer.get_mut(had..).map_or(Ok(0), |room| self.some(room));
        buffer.truncate(had + *read.as_ref().unwrap_or(&0));
        self.buffer = buffer;
        read
    }

    /// The answer, and whether the connection may be used again.
    fn read(&mut self, limit: usize) -> Result<(Answer, bool), Fault> {
        let (status, headers) = loop {
            if let Some((status, headers)) = self.head()? {
                // What is not final is followed by what is.
                if !(100..200).contains(&status) {
                    break (status, headers);
                }
                continue;
            }
            if self.buffer.len() > HEAD_BYTES {
                return Err(broken("its head is too long"));
            }
            if self.more()? == 0 {
                return Err(broken("it was closed before an answer came"));
            }
        };
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = length(&answer)?;
        let keeps = !matches!(length, Length::ToTheEnd)
            && !answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        answer.body = match length {
            Length::Known(length) if length > limit => return Err(Fault::TooLong),
            Length::Known(length) => self.exactly(length)?,
            Length::Chunked => self.chunks(limit)?,
            Length::ToTheEnd => self.rest(limit)?,
        };
        Ok((answer, keeps))
    }

    /// Takes the head off the buffer, once it is whole.
    fn head(&mut self) -> Result<Option<Head>, Fault> {
        let mut room = [httparse::EMPTY_HEADER; HEADERS];
        let mut response = httparse::Response::new(&mut room);
        match response.parse(&self.buffer) {
            Err(_) => Err(broken("what came is not HTTP")),
            Ok(httparse::Status::Partial) => Ok(None),
            Ok(httparse::Status::Complete(end)) => {
                let status = response.code.unwrap_or(0);
                let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                let headers = response
                    .headers
                    .iter()
                    .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
                    .collect();
                self.buffer.drain(..end);
                Ok(Some((status, headers)))
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Fault> {
        let here = length.min(self.buffer.len());
        let mut body = Vec::with_capacity(length);
        body.extend(self.buffer.drain(..here));
        body.resize(length, 0);
        let mut at = here;
        while let Some(room) = body.get_mut(at..).filter(|room| !room.is_empty()) {
            match self.some(room)? {
                0 => return Err(broken("it was closed in the middle of an answer")),
                read => at += read,
            }
        }
        Ok(body)
    }

    fn chunks(&mut self, limit: usize) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        loop {
            let (head, size) = match httparse::parse_chunk_size(&self.buffer) {
                Err(_) => return Err(broken("a piece of its answer has no length")),
                Ok(httparse::Status::Complete((head, size))) => {
                    (head, usize::try_from(size).unwrap_or(usize::MAX))
                }
                Ok(httparse::Status::Partial) => {
                    if self.buffer.len() > HEAD_BYTES || self.more()? == 0 {
                        return Err(broken("it was closed in the middle of an answer"));
                    }
                    continue;
                }
            };
            self.buffer.drain(..head);
            if size > limit - body.len() {
                return Err(Fault::TooLong);
            }
            body.append(&mut self.exactly(size)?);
            // A line's end; behind the last piece there may be more headers, which nobody sends.
            if self.exactly(2)? != b"\r\n" {
                return Err(broken("a piece of its answer has no end"));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn rest(&mut self, limit: usize) -> Result<Vec<u8>, Fault> {
        while self.buffer.len() <= limit {
            if self.more()? == 0 {
                return Ok(std::mem::take(&mut self.buffer));
            }
        }
        Err(Fault::TooLong)
    }
}

fn length(answer: &Answer) -> Result<Length, Fault> {
    if answer.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return Ok(Length::Chunked);
    }
    match answer.header("content-length") {
        Some(length) => {
            length.trim().parse().map(Length::Known).map_err(|_| broken("its length is no number"))
        }
        None if matches!(answer.status, 204 | 304) => Ok(Length::Known(0)),
        None => Ok(Length::ToTheEnd),
    }
}

fn fault(error: io::Error) -> Fault {
    match error.kind() {
        // As the system calls a time-out on a socket.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Fault::TimeOut,
        _ => Fault::Broken(error.to_string()),
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
