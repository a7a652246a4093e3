//! What a run made, for people and as a document: read from the journal, so that a run that was done
//! long ago says the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sentistack_sentiment::ShareEstimator;

use crate::cli::document::{Outcome, Outputs, RunDocument, ShareDocument};
use crate::cli::pipeline::cost;
use crate::cli::pipeline::session::Session;
use crate::config::settings::Privacy;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::{IngestCounts, StageResult};
use crate::journal::resume::Progress;
use crate::local::model;
use crate::model::Label;
use crate::pipeline::context::transform_counts;
use crate::pipeline::event::Stage;
use crate::pipeline::port::WindowRow;
use crate::ui::format::{count, percent, plural};

/// The outcome of a run that `worked`, or did not.
pub fn outcome(session: &Session, model: &str, worked: Result<()>) -> Outcome {
    let progress = session.journal.read().map(|records| Progress::of(&records)).unwrap_or_default();
    let document = document(session, &progress, model);
    match worked {
        Err(error) => {
            let error = with_resume(error, session, &progress);
            Outcome::failed(error, "", &document)
        }
        Ok(()) => {
            let text = text(&document);
            match progress.counts.as_ref().and_then(|counts| too_many_rejected(session, counts)) {
                Some(error) => Outcome::failed(error, text, &document),
                None => Outcome::ok(text, &document),
            }
        }
    }
}

/// Says how to go on, where going on makes sense.
fn with_resume(error: Error, session: &Session, progress: &Progress) -> Error {
    let resume = format!("sentistack pipeline resume {}", session.manifest.run_id);
    match error.kind {
        ErrorKind::Interrupted | ErrorKind::Terminated => error.hint(format!("go on with: {resume}")),
        ErrorKind::Outside => {
            let first = error.hint.clone().unwrap_or_else(|| "mend the cause".to_owned());
            error.hint(format!("{first}: {resume}"))
        }
        ErrorKind::Input if !progress.staged.is_empty() && !progress.ingested => {
            let kept = progress.counts.as_ref().map_or(0, |counts| counts.kept);
            let first = error.hint.clone().map(|hint| format!("{hint}; ")).unwrap_or_default();
            error.hint(format!(
                "{first}{} read before it are kept: sentistack pipeline run --run-id {} --from-stage score",
                plural(kept, "post", "posts"),
                session.manifest.run_id
            ))
        }
        _ => error,
    }
}

/// What is wrong where more could not be read than is allowed.
pub fn too_many_rejected(session: &Session, counts: &IngestCounts) -> Option<Error> {
    let all = counts.read + counts.rejected;
    let allowed = session.manifest.settings.max_rejected;
    if counts.rejected == 0 || counts.rejected as f64 <= allowed * all as f64 {
        return None;
    }
    let rejected = session.store.uri(&session.layout.rejected());
    Some(
        Error::new(
            ErrorKind::Rejected,
            format!(
                "{} of {} could not be read, and {} is allowed",
                count(counts.rejected),
                plural(all, "line", "lines"),
                percent(allowed)
            ),
        )
        .hint(format!("the run is done; see {rejected}, or allow more with --max-rejected"))
        .resource(rejected),
    )
}

/// The document of a run.
pub fn document(session: &Session, progress: &Progress, model: &str) -> RunDocument {
    let manifest = &session.manifest;
    let counts = progress.counts.clone().unwrap_or_default();
    let made = transform_counts(progress, model).cloned();
    let layout = &session.layout;
    let table = |name: &str| made.as_ref().map(|_| session.store.uri(&layout.table(model, name)));
    let is_dropped = manifest.settings.privacy == Privacy::Aggregate && progress.is_done(Stage::Load, model);
    let tweet_table = if is_dropped { None } else { table("tweet") };
    let outputs = Outputs {
        tweet: tweet_table,
        sentiment: table("sentiment"),
        report: report(session, progress, model),
    };
    let shares = made.as_ref().and_then(|_| shares(session, model));
    let made = made.unwrap_or_default();
    let fallback = progress.models.get(model).map_or(0, |of_model| of_model.fallback());
    RunDocument {
        run_id: manifest.run_id.clone(),
        run_dir: session.store.uri(layout.dir()),
        topic: manifest.topic.clone(),
        source: manifest.source.clone(),
        model: model.to_owned(),
        synthetic: manifest.synthetic,
        tweets: if made.windows > 0 { made.tweets } else { counts.kept },
        windows: if made.windows > 0 { made.windows } else { counts.windows },
        scored: made.scored,
        unscored: made.unscored,
        collapsed: counts.collapsed,
        dropped: counts.dropped(),
        dropped_by: counts.dropped_by.clone(),
        rejected: counts.rejected,
        labels: Label::ALL.map(|l| (l.as_str().to_owned(), made.labels[l.index()])).into(),
        shares: shares.unwrap_or_default(),
        outputs,
        remote: false,
        instance: None,
        seconds: progress.seconds.iter().map(|(stage, s)| (stage.to_string(), *s)).collect(),
        fallback,
        cost: cost::of_run(&manifest.settings, progress, model),
    }
}

fn report(session: &Session, progress: &Progress, model: &str) -> Option<String> {
    match progress.models.get(model)?.result(Stage::Report)? {
        StageResult::Report { html, .. } => Some(session.store.uri(html)),
        StageResult::Transform(_) | StageResult::Load { .. } => None,
    }
}

/// The shares over the whole run, from the sums and counts of its windows.
fn shares(session: &Session, name: &str) -> Option<BTreeMap<String, ShareDocument>> {
    let settings = &session.manifest.settings;
    let known = crate::id::model_folder(&settings.model) == name;
    let estimator = match name {
        // Nobody measured what is behind an address.
        "endpoint" => ShareEstimator::unmeasured(),
        "comprehend" => model::scorer("embedded").ok()?.shares().clone(),
        name => model::scorer(if known { &settings.model } else { name }).ok()?.shares().clone(),
    };
    let tables = session.place.tables().ok()?;
    let rows = session.place.wait(tables.windows(&session.manifest.run_id, name)).ok()?;
    let totals = WindowRow::totals(&rows);
    if totals.n == 0 {
        return None;
    }
    let estimates = estimator.estimate(&totals);
    Some(
        Label::ALL
            .map(|label| {
                let e = &estimates[label.index()];
                (label.as_str().to_owned(), ShareDocument { share: e.share, low: e.low, high: e.high })
            })
            .into(),
    )
}

/// Columns of the bar of a share.
const BAR: f64 = 30.0;

fn text(run: &RunDocument) -> String {
    let mut out = String::new();
    let synthetic = if run.synthetic { " (synthetic posts)" } else { "" };
    let _ = writeln!(
        out,
        "\n{} — {} in {}{synthetic}",
        run.topic,
        plural(run.tweets, "post", "posts"),
        plural(run.windows, "window", "windows")
    );
    if !run.shares.is_empty() {
        out.push('\n');
        for label in Label::ALL {
            let Some(share) = run.shares.get(label.as_str()) else { continue };
            let bar = "█".repeat((share.share * BAR).round() as usize);
            let interval = format!("{:.1}–{:.1}", share.low * 100.0, share.high * 100.0);
            let _ = writeln!(out, "  {:<9} {:>7}  ({interval})  {bar}", label.as_str(), percent(share.share));
        }
        out.push('\n');
    }
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<9} {value}");
    };
    if run.unscored > 0 {
        line("unscored", format!("{} in other languages", plural(run.unscored, "post", "posts")));
    }
    if run.collapsed > 0 {
        line("collapsed", plural(run.collapsed, "repeated retweet", "repeated retweets"));
    }
    if run.dropped > 0 {
        let reasons: Vec<String> = run
            .dropped_by
            .iter()
            .map(|(reason, n)| format!("{} {}", count(*n), reason.replace('_', " ")))
            .collect();
        line("left out", format!("{} ({})", plural(run.dropped, "post", "posts"), reasons.join(", ")));
    }
    if run.fallback > 0 {
        line("fallback", format!("{} scored by the embedded model", plural(run.fallback, "post", "posts")));
    }
    let cost = run.cost.estimated + run.cost.measured;
    if cost > 0.0 {
        // A cent at the least: nothing that is paid for looks free.
        line("cost", format!("about ${:.2} beside the stack", cost.max(0.01)));
    }
    if run.rejected > 0 {
        line("rejected", format!("{}, see rejected.jsonl", plural(run.rejected, "line", "lines")));
    }
    let total: f64 = run.seconds.values().sum();
    if total > 0.0 {
        let parts: Vec<String> = Stage::ALL
            .iter()
            .filter_map(|stage| Some(format!("{stage} {:.1}", run.seconds.get(stage.as_str())?)))
            .collect();
        line("seconds", parts.join(", "));
    }
    line("run", run.run_id.clone());
    if let Some(report) = &run.outputs.report {
        line("report", report.clone());
    }
    out
}
