//! How fast posts come from X, and how fast packets go through Kinesis, against servers on loopback: X takes 300 ms for
//! each answer, and the stream has eight shards with their limits.

use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde::Deserialize;

use super::table::{Table, grouped, seconds, times};
use super::{Session, parse, say};
use crate::error::{Error, Result};
use crate::measure::{self, Usage};
use crate::process;
use crate::python::{self, Python};

/// Posts that go through the stream, and its shards.
const POSTS: u64 = 500_000;
const SHARDS: u64 = 8;

#[derive(Deserialize)]
struct Ingest {
    searches: u64,
    counts: u64,
    at_once: u64,
    latency: f64,
    seconds: f64,
}

#[derive(Deserialize)]
struct Through {
    packets: u64,
    posts: u64,
}

pub fn table(session: &Session, skip_python: bool) -> Result<String> {
    let root = &session.workspace.root;
    let mut build = process::cargo(root);
    process::show(build.args(["build", "--release", "--example", "ingest", "--example", "stream"]))?;
    let example = |name: &str| session.workspace.binary("release", "examples").join(name);
    say("reading from X");
    let (json, _) = measure::of(process::command(example("ingest")).arg(&session.binary), &session.scratch)?;
    let ingest = ingest(&parse(&json)?);

    let posts = session.scratch.join("posts");
    process::show(process::command(example("stream")).arg("prepare").arg(&posts).arg(POSTS.to_string()))?;
    let python = Python::ready(&session.workspace, python::TESTBED)?;
    let bed = Bed::start(&python, root)?;
    let script = root.join("benches/reference/kinesis_boto3.py");
    // A stream for each: who begins to read now also reads what came a minute ago.
    let through = |program: Command, stream: &str| -> Result<Usage> {
        process::show(bed.lend(python.script(&script)).args(["create", stream, &SHARDS.to_string()]))?;
        through(session, bed.lend(program).args(["run", stream]).arg(&posts))
    };
    say("the way through Kinesis");
    let ours = through(process::command(example("stream")), "tool")?;
    let title = format!(
        "Through Kinesis and back, {} posts in packets of 100, {SHARDS} shards with their limits",
        grouped(POSTS)
    );
    let mut table = Table::new(title, &["", "CPU, s", "wall, s", "posts/s", "CPU ratio"]);
    table.row(row("sentistack", ours, ours));
    if !skip_python {
        say("the same with boto3");
        let theirs = through(python.script(&script), "boto3")?;
        table.row(row("Python: boto3, a thread a shard", theirs, ours));
    }
    Ok(format!("{ingest}\n\n{}", table.markdown()))
}

fn ingest(found: &Ingest) -> String {
    let all = found.searches + found.counts;
    format!(
        "Reading {} windows from X, {} ms an answer, {} pages of counts before them: **{:.1} s**, with {} requests at \
         once. One after the other they would wait for {:.0} s.",
        grouped(found.searches),
        found.latency * 1_000.0,
        found.counts,
        found.seconds,
        found.at_once,
        found.latency * all as f64,
    )
}

fn through(session: &Session, command: &Command) -> Result<Usage> {
    let (json, usage) = measure::of(command, &session.scratch)?;
    let Through { packets, posts } = parse(&json)?;
    match (packets, posts) == (POSTS / 100, POSTS) {
        true => Ok(usage),
        false => Err(Error::new(format!("{posts} posts came back of {POSTS}, in {packets} packets"))),
    }
}

fn row(name: &str, usage: Usage, ours: Usage) -> [String; 5] {
    let rate = (POSTS as f64 / usage.wall) as u64;
    [
        name.to_owned(),
        seconds(usage.cpu()),
        seconds(usage.wall),
        grouped(rate),
        times(usage.cpu(), ours.cpu()),
    ]
}

/// The local AWS, for as long as this lives.
struct Bed {
    process: Child,
    _stdin: Option<ChildStdin>,
    env: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Ready {
    env: std::collections::BTreeMap<String, String>,
}

impl Bed {
    fn start(python: &Python, root: &Path) -> Result<Self> {
        let mut command = python.script(root.join("testbed"));
        command.arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process =
            command.spawn().map_err(|e| Error::new(format!("the test bed does not start: {e}")))?;
        let mut line = String::new();
        if let Some(out) = process.stdout.take() {
            let read = std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line);
            read.map_err(|e| Error::new(format!("the test bed says nothing: {e}")))?;
        }
        let ready: Ready = parse(&line)?;
        Ok(Self { _stdin: process.stdin.take(), process, env: ready.env.into_iter().collect() })
    }

    fn lend(&self, mut command: Command) -> Command {
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        // Its standard input ends, and it with that.
        drop(self._stdin.take());
        let _ = self.process.wait();
    }
}
