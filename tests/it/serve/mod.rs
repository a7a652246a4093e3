//! The model endpoint, as a program of its own: what it answers, what it refuses, and how it ends.

mod abuse;
mod answers;
mod client;
mod end;
mod shape;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{self, Ran};

/// For an answer that should be there at once: long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// `sentistack serve`, which ends with the test.
struct Serving {
    child: Option<Child>,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Serving {
    fn new() -> Self {
        Self::with(&[])
    }

    /// With settings, by their names in the environment: `("MAX_TEXTS", "3")`.
    fn with(settings: &[(&str, &str)]) -> Self {
        Self::at("0", settings)
    }

    /// At a port of its own; 0: any.
    fn at(port: &str, settings: &[(&str, &str)]) -> Self {
        let folder = support::folder();
        let mut command = serve(folder.path());
        command.args(["--port", port]);
        for (name, value) in settings {
            command.env(format!("SENTISTACK_SERVE_{name}"), value);
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        // One byte at a time: what follows is for who waits for the end.
        let stdout = child.stdout.as_mut().unwrap();
        while !line.ends_with('\n') {
            let mut byte = [0];
            if stdout.read(&mut byte).unwrap() == 0 {
                let ran = child.wait_with_output().unwrap();
                panic!("it ended: {}", String::from_utf8_lossy(&ran.stderr));
            }
            line.push(char::from(byte[0]));
        }
        let listening: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(listening["event"], "listening");
        let address = listening["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
        Self { child: Some(child), address, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn get(&self, path: &str) -> Answer {
        ask(self.connect(), &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), b"")
    }

    fn predict(&self, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        ask(self.connect(), &head(body.len(), "Connection: close\r\n"), body)
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Waits for the end.
    fn end(mut self) -> Ran {
        support::ran(self.child.take().unwrap().wait_with_output().unwrap())
    }

    /// Ends it in order, and holds that it could.
    fn stop(self) -> Value {
        self.signal("-TERM");
        let ran = self.end().expect(0);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap()
    }

    /// Kilobytes of memory: `VmRSS` now, `VmHWM` at most so far.
    fn memory(&self, what: &str) -> u64 {
        let id = self.child.as_ref().unwrap().id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn serve(folder: &Path) -> Command {
    let mut command = support::tool(folder);
    command.args(["serve", "-o", "ndjson"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The head of a request to `/predict`.
fn head(length: usize, more: &str) -> String {
    format!(
        "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"
    )
}

/// An answer as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}\n{}", self.head, String::from_utf8_lossy(&self.body)))
    }

    /// A refusal with this status, whose message and hint are JSON.
    #[track_caller]
    fn refuses(&self, status: u16, says: &str) {
        assert_eq!(self.status, status, "{} {}", self.head, String::from_utf8_lossy(&self.body));
        let error = &self.json()["error"];
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(says), "{message}");
        assert!(!error["hint"].as_str().unwrap().is_empty());
        assert!(self.head.contains("content-type: application/json"), "{}", self.head);
    }
}

/// Sends a request and reads its answer. A connection that breaks while the body is sent may have answered before.
fn ask(mut stream: TcpStream, head: &str, body: &[u8]) -> Answer {
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.write_all(body);
    answer(&mut BufReader::new(stream)).unwrap()
}

/// Reads one answer; `None` where the connection ends, or breaks, before it.
fn answer(stream: &mut impl BufRead) -> Option<Answer> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some(Answer { status, head, body })
}
