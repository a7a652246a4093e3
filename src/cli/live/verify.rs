//! `live verify`: accounts for every record that was sent, and draws what came.

use std::collections::BTreeMap;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use super::session::{Arrived, LiveRun};
use crate::cli::Global;
use crate::cli::backends::{self, SystemClock};
use crate::cli::document::Outcome;
use crate::cli::exit;
use crate::cli::pipeline::flags::RunName;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::RunLayout;
use crate::live::picture::Drawing;
use crate::model::Label;
use crate::pipeline::port::{Clock, Durability};
use crate::ui::Printer;
use crate::ui::format::{count, plural};

#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    pub name: RunName,
    /// Wait so long at most until everything has arrived: Firehose delivers a buffer at a time
    #[arg(long, value_name = "D")]
    pub wait: Option<String>,
}

/// What `live verify` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct VerifyDocument {
    pub run_id: String,
    /// Whether the producer came to its end.
    pub ended: bool,
    pub sent: u64,
    /// Records that came, each counted once.
    pub delivered: u64,
    pub missing: u64,
    /// Numbers of some that are missing.
    pub missing_numbers: Vec<u64>,
    /// Records that came more than once.
    pub twice: u64,
    /// Records that the function could not score; they are under `processing-failed/`.
    pub failed: u64,
    /// Records that came although the producer does not know that they were taken.
    pub beyond: u64,
    pub labels: BTreeMap<String, u64>,
    pub unscored: u64,
    /// Objects that were read.
    pub objects: u64,
    /// Lines that cannot be read, as `key:line`.
    pub unreadable: Vec<String>,
    /// Pictures, by name.
    pub outputs: BTreeMap<String, String>,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    verify(args, global, printer).unwrap_or_else(Outcome::from)
}

fn verify(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let patience = args.wait.as_deref().map(super::run::length).transpose()?.unwrap_or_default();
    let began = std::time::Instant::now();
    loop {
        let run = LiveRun::open(&args.name.root, args.name.run.as_deref(), global, printer)?;
        let mut drawing = Drawing::new(run.manifest.settings.window_seconds);
        let arrived = run.arrived(&mut |row| drawing.add(&row))?;
        if !arrived.totals.is_whole() && began.elapsed() < patience {
            std::thread::sleep(std::time::Duration::from_secs(2).min(patience));
            continue;
        }
        return told(&run, arrived, drawing);
    }
}

fn told(run: &LiveRun, arrived: Arrived, drawing: Drawing) -> Result<Outcome> {
    let Arrived { totals, seen } = arrived;
    let run_id = &run.manifest.run_id;
    let mut document = VerifyDocument {
        run_id: run_id.clone(),
        ended: run.note.ended,
        sent: totals.sent,
        delivered: totals.delivered,
        missing: totals.missing,
        missing_numbers: totals.missing_numbers.clone(),
        twice: totals.twice,
        failed: totals.failed,
        beyond: totals.beyond,
        unscored: totals.unscored,
        objects: seen.objects,
        unreadable: seen.unreadable.clone(),
        ..VerifyDocument::default()
    };
    for (label, number) in Label::ALL.into_iter().zip(totals.labels) {
        document.labels.insert(label.as_str().to_owned(), number);
    }
    if totals.delivered > 0 {
        document.outputs = draw(run, drawing)?;
    }
    let text = text(&document, run);
    let Some(problem) = problem(&document, seen.nameless) else {
        return Ok(Outcome::ok(text, &document));
    };
    let mut outcome = Outcome::failed(problem, text, &document);
    if document.sent > 0 || document.delivered > 0 {
        outcome.exit = Some(exit::DIFFERENCES);
    }
    Ok(outcome)
}

/// Draws the pictures into the run's folder; where they are, by name.
fn draw(run: &LiveRun, drawing: Drawing) -> Result<BTreeMap<String, String>> {
    let manifest = &run.manifest;
    let model = backends::model_by_name(&manifest.settings.model)?;
    let pictures = drawing.close(manifest, model.name(), model.shares(), SystemClock.now())?;
    let folder = RunLayout::new(&manifest.run_id).live_pictures();
    let store = &run.place.store;
    let mut outputs = BTreeMap::new();
    for picture in pictures {
        for (kind, body) in [("svg", picture.svg.into_bytes()), ("png", picture.png)] {
            let key = format!("{folder}/{}.{kind}", picture.name);
            run.place.wait(store.put(&key, body, Durability::Process))?;
            outputs.insert(format!("{}.{kind}", picture.name), store.uri(&key));
        }
    }
    Ok(outputs)
}

/// What is not as it was sent: exit 3, with what to do.
fn problem(document: &VerifyDocument, nameless: u64) -> Option<Error> {
    let VerifyDocument { sent, missing, failed, .. } = document;
    let error = |text: String| Some(Error::failed(text));
    if *sent == 0 && document.delivered == 0 {
        return Some(Error::new(ErrorKind::Usage, "nothing was sent in this run"));
    }
    if *missing == 0 && *failed == 0 && document.unreadable.is_empty() {
        return None;
    }
    if *missing == *sent && nameless > 0 {
        return error("the delivered lines name no run: they hold text, label and scores alone".to_owned())
            .map(|e| {
                e.hint(
                    "with live.include: row (then `stack up --only live`) every record can be accounted for",
                )
            });
    }
    if let (0, 0, Some(first)) = (*missing, *failed, document.unreadable.first()) {
        let more = plural(document.unreadable.len() as u64, "line", "lines");
        return error(format!("{more} cannot be read, the first is {first}"));
    }
    let hint = match (*missing, document.ended) {
        (0, _) => {
            "`sentistack live logs` may say why; once it is mended, `sentistack live redrive` sends them again"
        }
        (_, false) => {
            "the producer did not come to its end: what it sent last may be on its way, or was not taken"
        }
        (_, true) => {
            "Firehose delivers a buffer at a time: wait a little (--wait 5m), or look at the function's log group in CloudWatch"
        }
    };
    error(format!(
        "of {} sent, {} missing and {} failed",
        plural(*sent, "record", "records"),
        count(*missing),
        count(*failed)
    ))
    .map(|e| e.hint(hint))
}

fn text(document: &VerifyDocument, run: &LiveRun) -> String {
    let mut text = format!("run {}, to {}\n", document.run_id, run.note.to);
    let rows = [
        ("sent", document.sent),
        ("delivered", document.delivered),
        ("missing", document.missing),
        ("failed", document.failed),
        ("more than once", document.twice),
        ("not known as sent", document.beyond),
    ];
    for (name, number) in rows {
        text.push_str(&format!("  {name:<18} {:>12}\n", count(number)));
    }
    text.push_str("labels\n");
    for (label, number) in &document.labels {
        text.push_str(&format!("  {label:<18} {:>12}\n", count(*number)));
    }
    text.push_str(&format!("  {:<18} {:>12}\n", "not scored", count(document.unscored)));
    for path in document.outputs.values().filter(|path| path.ends_with(".png")) {
        text.push_str(&format!("drawn: {path}\n"));
    }
    text
}
