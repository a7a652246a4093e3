//! Transform: says what there is to merge and lets the backend merge it.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::journal::format::{Entry, TransformCounts};
use crate::journal::resume::Progress;
use crate::model::{Window, WindowFacts, WindowStatus};
use crate::pipeline::context::Context;
use crate::pipeline::event::Stage;
use crate::pipeline::port::{Submissions, Transform, TransformRequest};
use crate::wire;

/// Makes both tables of `model`. A stop ends it between two windows; nothing half-written is left.
pub async fn transform(context: &Context, backend: &dyn Transform, model: &str) -> Result<TransformCounts> {
    let manifest = &context.manifest;
    let request = TransformRequest {
        run_id: manifest.run_id.clone(),
        topic: manifest.topic.clone(),
        source: manifest.source.clone(),
        model: model.to_owned(),
        window_seconds: manifest.settings.window_seconds,
        windows: windows(context).await?,
        format: manifest.settings.table_format,
    };
    let submitted = Submitted { context, stage: Stage::Transform, model };
    let mut stop = context.stop.clone();
    tokio::select! {
        stopped = stop.asked() => Err(stopped),
        counts = backend.transform(&request, &submitted, context.events.as_ref()) => counts,
    }
}

/// The journal's memory of what was handed to a service.
struct Submitted<'a> {
    context: &'a Context,
    stage: Stage,
    model: &'a str,
}

impl Submissions for Submitted<'_> {
    fn open(&self) -> Option<String> {
        let progress = Progress::of(&self.context.journal.read().ok()?);
        progress.models.get(self.model)?.submitted.get(&self.stage).cloned()
    }

    fn begin(&self, token: &str) -> Result<()> {
        let (stage, model) = (self.stage, self.model.to_owned());
        self.context.log(Entry::Submitted { stage, model, id: token.to_owned() })?;
        self.context.journal.sync()
    }
}

/// The run's windows: every planned one, and those that were seen.
async fn windows(context: &Context) -> Result<Vec<WindowFacts>> {
    let key = context.layout.windows();
    let lines = context.store.get(&key).await?.ok_or_else(|| {
        Error::failed("the run's list of windows is not there")
            .hint("ingest did not end: resume the run")
            .resource(&key)
    })?;
    let mut all = BTreeMap::new();
    for line in wire::lines::<WindowFacts>(&lines) {
        let facts = line.map_err(|e| Error::failed(format!("{key} cannot be read")).because(e))?;
        all.insert(facts.window, facts);
    }
    if let Some(planned) = &context.manifest.planned {
        // Where reading did not end, a window without posts may be one that was never asked for.
        let ingested = Progress::of(&context.journal.read()?).ingested;
        let status = if ingested { WindowStatus::Empty } else { WindowStatus::Partial };
        for window in planned.windows(context.manifest.settings.window_seconds) {
            all.entry(window).or_insert_with(|| without_posts(window, status));
        }
    }
    Ok(all.into_values().collect())
}

fn without_posts(window: Window, status: WindowStatus) -> WindowFacts {
    WindowFacts { window, status, posts: 0, collapsed: 0, count_available: None, fetched_at: None }
}
