//! Report: makes the page and the pictures from the tables, so that they can be made again wherever
//! the tables are.

use sentistack_report::{
    Facts, Label4, Report, ReportData, ShareTile, WindowPoint, WindowStatus as Shown, WordCounts,
};
use sentistack_sentiment::{ShareEstimator, Totals};

use crate::error::{Error, Result};
use crate::journal::format::{IngestCounts, StageResult};
use crate::journal::resume::Progress;
use crate::manifest::Manifest;
use crate::model::{Label, WindowStatus};
use crate::pipeline::context::Context;
use crate::pipeline::port::{Durability, Tables, WindowRow};

/// Posts read for the word cloud at most. More would change no word that can be seen.
pub const WORD_POSTS: u64 = 20_000;

/// How shares are made, in one sentence, for the report.
const SHARE_METHOD: &str = "Shares are estimated from the scores of all scored posts, corrected for the errors \
    that the model was measured to make; the interval covers 95 % of what sampling and the method's own error do.";

/// Renders the report of `model` and puts it into the store.
pub async fn report(
    context: &Context,
    tables: &dyn Tables,
    model: &str,
    shares: &ShareEstimator,
) -> Result<StageResult> {
    let run_id = &context.manifest.run_id;
    let rows = tables.windows(run_id, model).await?;
    let (texts, of) = tables.texts(run_id, model, WORD_POSTS).await?;
    let mut words = WordCounts::new();
    for (label, text) in &texts {
        words.add(label4(*label), text);
    }
    let sampled = (texts.len() as u64, of);
    let counts = Progress::of(&context.journal.read()?).counts.unwrap_or_default();
    let drawn = Drawn { manifest: &context.manifest, counts, now: context.clock.now(), model, shares };
    let rendered = drawn.render(&rows, words, sampled)?;
    let folder = context.layout.report(own_model(context, model));
    let mut files = Vec::new();
    let mut put = async |name: String, body: Vec<u8>| {
        let key = format!("{folder}/{name}");
        context.store.put(&key, body, Durability::Process).await?;
        files.push(key);
        Ok::<(), Error>(())
    };
    for picture in rendered.pictures {
        put(format!("{}.svg", picture.name), picture.svg.into_bytes()).await?;
        put(format!("{}.png", picture.name), picture.png).await?;
    }
    put("report.html".to_owned(), rendered.html.into_bytes()).await?;
    let html = format!("{folder}/report.html");
    Ok(StageResult::Report { html, files })
}

/// The model, unless it is the one that the run was started with: that one's report is the run's.
fn own_model<'a>(context: &Context, model: &'a str) -> Option<&'a str> {
    (crate::id::model_folder(&context.manifest.settings.model) != model).then_some(model)
}

/// What is drawn beside the rows.
pub struct Drawn<'a> {
    pub manifest: &'a Manifest,
    pub counts: IngestCounts,
    pub now: jiff::Timestamp,
    pub model: &'a str,
    pub shares: &'a ShareEstimator,
}

impl Drawn<'_> {
    /// The page and its pictures. `sampled` says how many posts the words are of, and of how many.
    ///
    /// # Errors
    /// Where a picture cannot be painted.
    pub fn render(self, rows: &[WindowRow], words: WordCounts, sampled: (u64, u64)) -> Result<Report> {
        sentistack_report::render(&assemble(self, rows, words, sampled))
            .map_err(|e| Error::failed("the report cannot be drawn").because(e))
    }
}

fn assemble(drawn: Drawn<'_>, rows: &[WindowRow], words: WordCounts, sampled: (u64, u64)) -> ReportData {
    let Drawn { manifest, counts, now, model, shares: estimator } = drawn;
    let totals = WindowRow::totals(rows);
    let seen: Vec<&WindowRow> = rows.iter().filter(|row| row.tweets > 0).collect();
    let length = i64::from(manifest.settings.window_seconds);
    let rfc = |unix: i64| jiff::Timestamp::from_second(unix).map(|t| t.to_string()).ok();
    let facts = Facts {
        run_id: manifest.run_id.clone(),
        topic: manifest.topic.clone(),
        source: manifest.source.clone(),
        model: model.to_owned(),
        tool_version: manifest.tool_version.clone(),
        lang: manifest.settings.lang.clone(),
        window_seconds: manifest.settings.window_seconds,
        started: whole_seconds(manifest.started),
        finished: whole_seconds(now),
        first_post: seen.first().and_then(|row| rfc(row.window.unix())),
        last_post: seen.last().and_then(|row| rfc(row.window.unix() + length)),
        tweets: rows.iter().map(|row| row.tweets).sum(),
        scored: totals.n,
        unscored: rows.iter().map(|row| row.unscored).sum(),
        collapsed: rows.iter().map(|row| row.collapsed).sum(),
        rejected: counts.rejected,
        dropped: counts.dropped(),
        dropped_by: counts.dropped_by.into_iter().collect(),
        share_method: SHARE_METHOD.to_owned(),
        notes: notes(manifest),
        words_sampled: (sampled.0 < sampled.1).then_some(sampled),
    };
    ReportData {
        title: manifest.topic.clone(),
        shares: tiles(&totals, estimator),
        windows: rows.iter().map(point).collect(),
        synthetic: manifest.synthetic,
        facts,
        words,
    }
}

fn notes(manifest: &Manifest) -> Vec<String> {
    let mut notes = Vec::new();
    if manifest.synthetic {
        notes.push("These posts were written by a program. They say nothing about anybody.".to_owned());
    }
    notes
}

fn tiles(totals: &Totals, estimator: &ShareEstimator) -> [ShareTile; 4] {
    let estimates = estimator.estimate(totals);
    let known = totals.n > 0;
    Label::ALL.map(|label| {
        let shown = label4(label);
        let estimate = &estimates[shown.index()];
        ShareTile {
            label: shown,
            share: known.then_some(estimate.share),
            low: known.then_some(estimate.low),
            high: known.then_some(estimate.high),
            count: totals.counts[shown.index()],
        }
    })
}

fn point(row: &WindowRow) -> WindowPoint {
    WindowPoint {
        start_unix: row.window.unix(),
        status: match row.status {
            WindowStatus::Complete => Shown::Complete,
            WindowStatus::Capped => Shown::Capped,
            WindowStatus::Partial => Shown::Partial,
            WindowStatus::Empty => Shown::Empty,
        },
        tweets: row.tweets,
        unscored: row.unscored,
        collapsed: row.collapsed,
        counts: row.counts,
        avg: row.avg,
        sums: row.sums,
    }
}

/// The report's word for a label.
pub fn label4(label: Label) -> Label4 {
    match label {
        Label::Positive => Label4::Positive,
        Label::Negative => Label4::Negative,
        Label::Neutral => Label4::Neutral,
        Label::Mixed => Label4::Mixed,
    }
}

fn whole_seconds(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
