//! Model endpoints over HTTP: `sentistack serve`, and VADER behind FastAPI, one after the other, under the same
//! client on the same machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::table::{Table, grouped, times};
use super::{Session, parse, say, scorers};
use crate::error::{Error, Result};
use crate::process;
use crate::python::{self, Python};
use crate::system::{self, WRK};

/// Texts of one request.
const BATCHES: [usize; 2] = [25, 1];

/// Connections of the client, each with one request at a time.
const CONNECTIONS: &str = "32";

/// Seconds that do not count, and seconds that do.
const WARM: &str = "2s";
const MEASURED: &str = "10s";

/// How long a service may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the client's script prints.
#[derive(Deserialize)]
struct Wrk {
    requests: u64,
    microseconds: u64,
    /// Microseconds below which half of all answers were there, and 99 of 100.
    p50: u64,
    p99: u64,
    failed: u64,
}

impl Wrk {
    fn texts_per_second(&self, batch: usize) -> f64 {
        self.requests as f64 * batch as f64 / (self.microseconds as f64 / 1e6)
    }
}

/// A service that ends with this value.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // In order: its workers go with it.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

pub fn table(session: &Session, skip_python: bool) -> Result<String> {
    system::ensure(&[WRK], false)?;
    let texts = texts(&scorers::sample_texts(session)?)?;
    let bodies: Vec<(usize, PathBuf)> = BATCHES
        .into_iter()
        .map(|batch| Ok((batch, write_bodies(&session.scratch, &texts, batch)?)))
        .collect::<Result<_>>()?;
    say("sentistack serve");
    let ours = {
        let (_service, address) = ours(session)?;
        all(session, address, &bodies)?
    };
    let mut theirs = Vec::new();
    if !skip_python {
        say("FastAPI and VADER");
        let (_service, address) = fastapi(session)?;
        theirs = all(session, address, &bodies)?;
    }
    let title = format!(
        "Endpoints, {CONNECTIONS} connections, client and service on the same cores, {MEASURED} each"
    );
    let head = ["", "texts of a request", "texts a second", "p50, ms", "p99, ms", "ours is faster by"];
    let mut table = Table::new(title, &head);
    let milliseconds = |micros: u64| format!("{:.2}", micros as f64 / 1e3);
    for (name, found) in [("sentistack serve", &ours), ("FastAPI, uvicorn, VADER, 2 workers", &theirs)] {
        for ((batch, wrk), (_, own)) in BATCHES.into_iter().zip(found).zip(BATCHES.into_iter().zip(&ours)) {
            let speed = wrk.texts_per_second(batch);
            table.row([
                name.to_owned(),
                batch.to_string(),
                grouped(speed as u64),
                milliseconds(wrk.p50),
                milliseconds(wrk.p99),
                times(own.texts_per_second(batch), speed),
            ]);
        }
    }
    Ok(table.markdown())
}

fn all(session: &Session, address: SocketAddr, bodies: &[(usize, PathBuf)]) -> Result<Vec<Wrk>> {
    bodies
        .iter()
        .map(|(_, path)| {
            wrk(session, address, path, WARM)?;
            wrk(session, address, path, MEASURED)
        })
        .collect()
}

fn wrk(session: &Session, address: SocketAddr, bodies: &Path, time: &str) -> Result<Wrk> {
    let mut command = process::command("wrk");
    command.args(["-t1", "-c", CONNECTIONS, "-d", time, "--timeout", "10s", "-s"]);
    command.arg(session.workspace.root.join("benches/reference/predict.lua"));
    command.arg(format!("http://{address}/predict")).env("BODIES", bodies);
    let printed = process::read(&mut command)?;
    let found: Wrk = parse(printed.lines().last().unwrap_or_default())?;
    if found.failed > 0 || found.requests == 0 {
        return Err(Error::new(format!(
            "{} of {} requests to {address} failed",
            found.failed, found.requests
        )));
    }
    Ok(found)
}

/// `sentistack serve`, ready.
fn ours(session: &Session) -> Result<(Service, SocketAddr)> {
    let mut command = process::command(&session.binary);
    command.args(["serve", "--port", "0", "--output", "ndjson", "--quiet"]).current_dir(&session.scratch);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| Error::new(format!("cannot run {}: {e}", process::line(&command))))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    let service = Service(child);
    #[derive(Deserialize)]
    struct Listening {
        url: String,
    }
    let listening: Listening = parse(&line)?;
    let address = listening.url.trim_start_matches("http://").parse();
    let address = address.map_err(|e| Error::new(format!("{} is no address: {e}", listening.url)))?;
    Ok((service, address))
}

/// The reference, ready: as many workers as it has cores in its name.
fn fastapi(session: &Session) -> Result<(Service, SocketAddr)> {
    let python = Python::ready(&session.workspace, python::SERVE)?;
    // Free a moment ago; uvicorn does not tell its port where it chooses one itself.
    let address = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|e| Error::new(format!("there is no free port: {e}")))?;
    let mut command = python.module("uvicorn");
    command.args(["serve_vader:app", "--host", "127.0.0.1", "--workers", "2", "--no-access-log"]);
    command.args(["--log-level", "warning", "--port", &address.port().to_string(), "--app-dir"]);
    command.arg(session.workspace.root.join("benches/reference"));
    let child =
        command.spawn().map_err(|e| Error::new(format!("cannot run {}: {e}", process::line(&command))))?;
    let service = Service(child);
    let began = Instant::now();
    while !healthy(address) {
        if began.elapsed() > PATIENCE {
            return Err(Error::new("the service of FastAPI does not come up"));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok((service, address))
}

fn healthy(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let mut answer = String::new();
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// The texts of posts, one JSON object a line.
fn texts(path: &Path) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Post {
        text: String,
    }
    let lines = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, &e))?;
    let posts: Result<Vec<Post>> = lines.lines().filter(|line| !line.is_empty()).map(parse).collect();
    Ok(posts?.into_iter().map(|post| post.text).collect())
}

fn write_bodies(folder: &Path, texts: &[String], batch: usize) -> Result<PathBuf> {
    let mut lines = String::new();
    for texts in texts.chunks_exact(batch) {
        lines.push_str(&serde_json::json!({ "texts": texts }).to_string());
        lines.push('\n');
    }
    let path = folder.join(format!("bodies-{batch}.jsonl"));
    std::fs::write(&path, lines).map_err(|e| Error::io("write", &path, &e))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_whole_batches() {
        let folder = tempfile::tempdir().unwrap();
        let texts: Vec<String> = ["a", "b\n", "c", "d", "e"].map(str::to_owned).to_vec();
        let path = write_bodies(folder.path(), &texts, 2).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "{\"texts\":[\"a\",\"b\\n\"]}\n{\"texts\":[\"c\",\"d\"]}\n");
    }

    #[test]
    fn texts_a_second_are_requests_times_their_size() {
        let wrk: Wrk =
            parse(r#"{"requests": 8000, "microseconds": 10000000, "p50": 1, "p99": 2, "failed": 0}"#)
                .unwrap();
        assert_eq!(wrk.texts_per_second(25), 20_000.0);
    }
}
