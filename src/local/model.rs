//! The models that run in this process: the embedded one, VADER's rules, and model files.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sentistack_sentiment::{Model as Trained, ScoreSession, Scorer, ShareEstimator, Vader};

use crate::error::{Error, Result};
use crate::model::Score;
use crate::pipeline::port::{Model, Scores, Text};

/// A scorer behind the port, with sessions that keep their caches from one packet to the next.
pub struct InProcess {
    scorer: &'static dyn Scorer,
    name: String,
    sessions: Mutex<Vec<Box<dyn ScoreSession>>>,
}

impl InProcess {
    fn new(scorer: &'static dyn Scorer, name: String) -> Arc<Self> {
        Arc::new(Self { scorer, name, sessions: Mutex::new(Vec::new()) })
    }
}

/// Finds a model by name: `embedded`, `vader`, or the path of a file that `model train` wrote.
pub fn by_name(name: &str) -> Result<Arc<dyn Model>> {
    let scorer = scorer(name)?;
    Ok(InProcess::new(scorer, crate::id::model_folder(name)))
}

/// The scorer itself, for commands that need no port. Lives as long as the process.
pub fn scorer(name: &str) -> Result<&'static dyn Scorer> {
    match name {
        "embedded" => Ok(Trained::embedded()),
        "vader" => Ok(Box::leak(Box::new(Vader::new()))),
        path => from_file(Path::new(path)),
    }
}

fn from_file(path: &Path) -> Result<&'static dyn Scorer> {
    let bytes = std::fs::read(path).map_err(|e| {
        let error = Error::io("read the model", path.display(), &e);
        if e.kind() == std::io::ErrorKind::NotFound {
            return error
                .hint("models are embedded, vader, or a file that `sentistack model train --save` wrote");
        }
        error
    })?;
    let model = Trained::from_bytes(&bytes).map_err(|e| {
        Error::input(format!("{} is not a usable model", path.display()))
            .because(e)
            .hint("train it again with `sentistack model train --save`")
            .resource(path.display())
    })?;
    Ok(Box::leak(Box::new(model)))
}

#[async_trait]
impl Model for InProcess {
    fn name(&self) -> &str {
        &self.name
    }

    async fn score(&self, texts: Vec<Text>) -> Result<Scores> {
        let pooled = self.sessions.lock().ok().and_then(|mut pool| pool.pop());
        let mut session = pooled.unwrap_or_else(|| self.scorer.session());
        let scores: Vec<Score> = texts.iter().map(|text| session.score(&text.text)).collect();
        if let Ok(mut pool) = self.sessions.lock() {
            pool.push(session);
        }
        Ok(scores.into())
    }

    fn shares(&self) -> &ShareEstimator {
        self.scorer.shares()
    }
}
