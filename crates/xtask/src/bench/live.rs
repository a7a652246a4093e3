//! The live path's function against a Runtime API on loopback: from exec to the first answer, warm, memory, size.

use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sentistack_wire::StagedPost;
use sentistack_wire::live::LiveRecord;
use serde_json::json;

use super::table::{Table, grouped, megabytes};
use crate::error::{Error, Result};
use crate::function::{self, Arch};
use crate::workspace::Workspace;
use crate::{labelled, process};

// The function's own tests run against the same server.
#[path = "../../../live/tests/server/mod.rs"]
#[allow(dead_code)]
mod server;

use server::{Outcome, RuntimeApi};

const TEXTS: &str = "data/labelled/airline.jsonl.gz";
/// Starts of the process, of which the median and the least are told.
const STARTS: usize = 30;
const PATIENCE: Duration = Duration::from_secs(20);

pub fn table(workspace: &Workspace) -> Result<String> {
    let program = function::build(workspace, Arch::X86_64)?;
    let bytes = std::fs::read(&program).map_err(|e| Error::io("read", &program, &e))?;
    let texts = texts(workspace)?;
    let (one, many, most) = (event(&texts, 1)?, event(&texts, 500)?, event(&texts, 5_500)?);
    let mut first = Vec::new();
    for _ in 0..STARTS {
        let api = api()?;
        api.put(one.clone());
        let started = Instant::now();
        let running = start(&program, &api)?;
        let (_, at) = good(api.outcome(PATIENCE))?;
        first.push(at.duration_since(started));
        drop(running);
    }
    let api = api()?;
    let running = start(&program, &api)?;
    let small = rounds(&api, &one, 2_000)?;
    let large = rounds(&api, &many, 300)?;
    let memory = running.peak()?;
    rounds(&api, &most, 3)?;
    let memory_full = running.peak()?;
    drop(running);
    let mut table = Table::new(
        "The live path's function, x86_64, against a Runtime API on loopback",
        &["", "median", "least"],
    );
    let mut times = |what: &str, mut times: Vec<Duration>| {
        times.sort_unstable();
        let millis = |time: Option<&Duration>| {
            time.map_or_else(String::new, |t| format!("{:.2} ms", t.as_secs_f64() * 1e3))
        };
        table.row([what.to_owned(), millis(times.get(times.len() / 2)), millis(times.first())]);
    };
    times(&format!("from exec to the first answer, {STARTS} starts"), first);
    times("warm, a batch of 1 post", small);
    times(&format!("warm, a batch of 500 posts ({} kB)", grouped(many.len() as u64 / 1_000)), large);
    table.row(["largest memory after 500 posts".to_owned(), format!("{:.1} MB", memory as f64 / 1e6)]);
    table.row([
        format!("largest memory after {} MB in one batch", megabytes(most.len() as u64)),
        format!("{:.1} MB", memory_full as f64 / 1e6),
    ]);
    table.row(["program".to_owned(), format!("{:.2} MB", bytes.len() as f64 / 1e6)]);
    table.row(["program in a zip".to_owned(), format!("{:.2} MB", function::zipped(&bytes)? as f64 / 1e6)]);
    Ok(table.markdown())
}

fn api() -> Result<RuntimeApi> {
    RuntimeApi::start(Duration::from_secs(60))
        .map_err(|e| Error::new(format!("cannot serve on loopback: {e}")))
}

/// The function's process, ended with its value.
struct Running(Child);

impl Running {
    /// Its largest memory so far, in bytes, as the system tells it.
    fn peak(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.0.id());
        let mut status = String::new();
        std::fs::File::open(&path)
            .and_then(|mut file| file.read_to_string(&mut status))
            .map_err(|e| Error::io("read", &path, &e))?;
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes * 1024)
            .ok_or_else(|| Error::new(format!("{path} does not tell the largest memory")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(program: &std::path::Path, api: &RuntimeApi) -> Result<Running> {
    let mut command = process::command(program);
    command.env_clear().env("AWS_LAMBDA_RUNTIME_API", api.address()).stdout(Stdio::null());
    let child = command.spawn().map_err(|e| Error::io("run", program, &e))?;
    Ok(Running(child))
}

fn rounds(api: &RuntimeApi, event: &[u8], rounds: usize) -> Result<Vec<Duration>> {
    (0..rounds).map(|_| good(api.invoke(event.to_vec(), PATIENCE)).map(|(_, took)| took)).collect()
}

/// An answer in which nothing failed; one that did would have been quicker.
fn good<T>(outcome: Option<(Outcome, T)>) -> Result<(Vec<u8>, T)> {
    match outcome {
        Some((Outcome::Answer(body), took)) if !body.windows(16).any(|part| part == b"ProcessingFailed") => {
            Ok((body, took))
        }
        Some((Outcome::Answer(_), _)) => Err(Error::new("the function gave records back")),
        Some((Outcome::Error(error) | Outcome::InitError(error), _)) => {
            Err(Error::new(format!("the function failed: {error}")))
        }
        None => Err(Error::new("the function did not answer in time")),
    }
}

fn texts(workspace: &Workspace) -> Result<Vec<String>> {
    match workspace.shared_file(TEXTS) {
        Some(path) => Ok(labelled::read(&path)?.into_iter().map(|line| line.text).collect()),
        None => Ok((0..1_000)
            .map(|at| {
                format!("@united flight {at} was late again, thanks for nothing \u{1f621} http://t.co/x")
            })
            .collect()),
    }
}

/// Firehose's event with `count` posts.
fn event(texts: &[String], count: usize) -> Result<Vec<u8>> {
    let mut records = Vec::with_capacity(count);
    for (at, text) in texts.iter().cycle().take(count).enumerate() {
        let post = StagedPost {
            tweet_id: (567_588_278_875_213_824 + at as u64).to_string(),
            lang: Some("en".to_owned()),
            author_id: Some("c3ab8ff13720e8ad9047dd39466b3c89".to_owned()),
            text: text.clone(),
            ..StagedPost::default()
        };
        let mut line = Vec::new();
        LiveRecord::of(&post, "airline", "replay", "20260301T123000Z-001234", at as u64)
            .write(&mut line)
            .map_err(|e| Error::new(e.to_string()))?;
        records.push(json!({
            "recordId": format!("{at:056}000000"),
            "approximateArrivalTimestamp": 1_510_772_160_000_u64,
            "data": STANDARD.encode(line),
        }));
    }
    let event = json!({
        "invocationId": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/sentistack",
        "region": "eu-west-1",
        "records": records,
    });
    Ok(event.to_string().into_bytes())
}
