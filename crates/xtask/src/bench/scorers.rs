//! Scorers on one core, over the same texts: ours, VADER's rules in Rust and in Python, fastText.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::table::{Table, grouped, times};
use super::{Session, one_core, parse};
use crate::error::{Error, Result};
use crate::process;
use crate::score_texts::Speed;
use crate::tool::{self, Run};

const TEXTS: &str = "data/tweets/airline-2015-02.jsonl.gz";
const TRAIN: [&str; 2] = ["data/labelled/tweeteval-semeval.jsonl.gz", "data/labelled/tse.jsonl.gz"];
const TEST: &str = "data/labelled/tweeteval-semeval.jsonl.gz";

pub fn table(session: &Session) -> Result<String> {
    let (texts, what) = match session.workspace.shared_file(TEXTS) {
        Some(path) => (path, "airline posts"),
        None => (sample_texts(session)?, "posts of the sample"),
    };
    let test = session.workspace.shared_file(TEST);
    let ours = ours(session, &texts, test.as_deref())?;
    let theirs = references(session, &texts, test.as_deref())?;
    let base = ours.get("embedded").map_or(0.0, |speed| speed.per_second);
    let head = ["", "posts a second", "ours is faster by", "accuracy, TweetEval test"];
    let mut table = Table::new(format!("Scorers on one core, {what}"), &head);
    let mut row = |name: &str, speed: &Speed| {
        let accuracy = speed.accuracy.map_or_else(|| "-".to_owned(), |accuracy| format!("{accuracy:.3}"));
        table.row([
            name.to_owned(),
            grouped(speed.per_second as u64),
            times(base, speed.per_second),
            accuracy,
        ]);
    };
    for (name, speed) in &ours {
        row(&format!("sentistack, {name}"), speed);
    }
    for (name, speed) in &theirs {
        row(&format!("Python, {name}"), speed);
    }
    Ok(table.markdown())
}

fn ours(session: &Session, texts: &Path, test: Option<&Path>) -> Result<BTreeMap<String, Speed>> {
    // The program that is built in release, whatever this one was built in.
    let mut command = process::command(session.workspace.binary("release", "xtask"));
    command.arg("score-texts").arg(texts);
    if let Some(test) = test {
        command.arg("--test").arg(test);
    }
    parse(&process::read(&mut command)?)
}

fn references(session: &Session, texts: &Path, test: Option<&Path>) -> Result<BTreeMap<String, Speed>> {
    let Some(python) = &session.python else { return Ok(BTreeMap::new()) };
    let mut command = python.script(session.workspace.root.join("benches/reference/scorers.py"));
    command.arg(texts);
    if let Some(test) = test {
        command.arg("--test").arg(test);
    }
    let train: Vec<PathBuf> = TRAIN.iter().filter_map(|path| session.workspace.shared_file(path)).collect();
    if train.is_empty() {
        eprintln!("fastText is left out: there are no labelled posts to train it on");
    } else {
        command.arg("--train").args(train);
    }
    parse(&process::read(one_core(&mut command))?)
}

/// The posts of a small run, in one file.
pub fn sample_texts(session: &Session) -> Result<PathBuf> {
    let root = session.scratch.join("texts");
    let mut command = tool::pipeline_run(&session.binary);
    command.args(["--source", "sample", "--limit", "15000", "--to-stage", "ingest", "--root"]).arg(&root);
    let run = Run::parse(&process::read(&mut command)?)?;
    let staging = run.run_dir.join("staging");
    let mut text = Vec::new();
    let folders = |dir: &Path| -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(dir).map_err(|e| Error::io("read", dir, &e))?;
        Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
    };
    for window in folders(&staging)? {
        for packet in folders(&window)? {
            text.extend(std::fs::read(&packet).map_err(|e| Error::io("read", &packet, &e))?);
        }
    }
    let path = session.scratch.join("texts.jsonl");
    std::fs::write(&path, text).map_err(|e| Error::io("write", &path, &e))?;
    Ok(path)
}
