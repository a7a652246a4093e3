//! `cargo xtask score-texts`: how fast our scorers are on one core, measured like those of the references: in
//! seconds of CPU, over the same texts, after a round that does not count.

use std::collections::BTreeMap;
use std::path::PathBuf;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use sentistack_sentiment::{Model, ScoreSession, Scorer, Vader};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::labelled;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Posts: one JSON document a line, with the field `text`
    texts: PathBuf,
    /// Seconds of CPU for each scorer
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Labelled posts whose split `test` the accuracy is over
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
}

/// What one scorer did. The references' script prints the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    pub posts: u64,
    pub cpu_seconds: f64,
    pub per_second: f64,
    #[serde(default)]
    pub accuracy: Option<f64>,
}

pub fn run(args: &Args) -> Result<()> {
    let texts: Vec<String> = labelled::read(&args.texts)?.into_iter().map(|line| line.text).collect();
    if texts.is_empty() {
        return Err(Error::new(format!("{} holds no posts", args.texts.display())));
    }
    let test = match &args.test {
        Some(path) => labelled::read(path)?,
        None => Vec::new(),
    };
    let vader = Vader::new();
    let scorers: [&dyn Scorer; 2] = [Model::embedded(), &vader];
    let mut speeds = BTreeMap::new();
    for scorer in scorers {
        let mut session = scorer.session();
        let accuracy = accuracy(session.as_mut(), &test);
        let speed = speed(session.as_mut(), &texts, args.seconds)?;
        speeds.insert(scorer.name().to_owned(), Speed { accuracy, ..speed });
    }
    println!("{}", serde_json::to_string(&speeds).map_err(|e| Error::new(e.to_string()))?);
    Ok(())
}

fn speed(session: &mut dyn ScoreSession, texts: &[String], seconds: f64) -> Result<Speed> {
    let mut round = || {
        for text in texts {
            std::hint::black_box(session.score(std::hint::black_box(text)));
        }
    };
    round();
    let started = cpu()?;
    let mut posts = 0;
    loop {
        round();
        posts += texts.len() as u64;
        let cpu_seconds = cpu()? - started;
        if cpu_seconds >= seconds {
            return Ok(Speed { posts, cpu_seconds, per_second: posts as f64 / cpu_seconds, accuracy: None });
        }
    }
}

/// Seconds of CPU that this process has used.
fn cpu() -> Result<f64> {
    let used = getrusage(UsageWho::RUSAGE_SELF)
        .map_err(|e| Error::new(format!("the system does not say what this program used: {e}")))?;
    Ok((used.user_time() + used.system_time()).num_microseconds() as f64 / 1e6)
}

/// Over the split `test`. The sets know no `mixed`: the likeliest of the other three stands for it.
fn accuracy(session: &mut dyn ScoreSession, lines: &[labelled::Line]) -> Option<f64> {
    let test: Vec<_> = lines.iter().filter(|line| line.split.as_deref() == Some("test")).collect();
    let right = test.iter().filter(|line| {
        let score = session.score(&line.text);
        let three = [("positive", score.positive), ("negative", score.negative), ("neutral", score.neutral)];
        let choice = three.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(label, _)| label);
        choice == line.label.as_deref()
    });
    let right = right.count();
    (!test.is_empty()).then(|| right as f64 / test.len() as f64)
}
