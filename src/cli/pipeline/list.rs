//! `pipeline list` and `pipeline status`.

use crate::cli::Global;
use crate::cli::document::{Outcome, RunSummary, RunsDocument};
use crate::cli::pipeline::flags::{Root, StatusArgs};
use crate::cli::pipeline::open;
use crate::cli::pipeline::place::Place;
use crate::error::{Error, Result};
use crate::journal::resume::Progress;
use crate::layout::RunLayout;
use crate::manifest::Manifest;
use crate::pipeline::event::Stage;
use crate::ui::Printer;
use crate::ui::format::count;
use std::fmt::Write as _;

/// `pipeline list`.
pub fn list(args: &Root, global: &Global, printer: Printer) -> Result<Outcome> {
    let place = open::place(args, global, printer)?;
    let found = place.runs()?;
    let mut runs: Vec<RunSummary> = found.readable.iter().map(|m| summarise(&place, m)).collect();
    runs.extend(found.damaged.iter().map(|(run_id, error)| unreadable(&place, run_id, error)));
    let text = if runs.is_empty() {
        format!("No runs under {} yet. Start one: sentistack pipeline run\n", place.name())
    } else {
        table(&runs)
    };
    Ok(Outcome::ok(text, &RunsDocument { runs }))
}

/// `pipeline status`.
pub fn status(args: &StatusArgs, global: &Global, printer: Printer) -> Result<Outcome> {
    let place = open::place(&args.name.root, global, printer)?;
    let run_id = place.choose(args.name.run.as_deref())?;
    let mut run = summarise(&place, &place.manifest(&run_id)?);
    // A bucket is asked less often: each look is a few requests.
    let every = std::time::Duration::from_millis(if place.path().is_some() { 500 } else { 3_000 });
    while args.follow && run.state == "running" {
        std::thread::sleep(every);
        run = summarise(&place, &place.manifest(&run_id)?);
    }
    let text = describe(&run);
    Ok(Outcome::ok(text, &RunsDocument { runs: vec![run] }))
}

fn summarise(place: &Place, manifest: &Manifest) -> RunSummary {
    let layout = RunLayout::new(&manifest.run_id);
    let records = place.records(&manifest.run_id);
    let damage = records.as_ref().err().map(ToString::to_string);
    let progress = records.map(|records| Progress::of(&records)).unwrap_or_default();
    let primary = crate::id::model_folder(&manifest.settings.model);
    let next = progress.next_stage(&primary);
    let state = match (damage.is_some(), place.is_held(&manifest.run_id), next) {
        (true, _, _) => "damaged",
        (_, true, _) => "running",
        (_, _, None) => "finished",
        (_, _, Some(_)) => "stopped",
    };
    let counted = progress.counts.as_ref().map_or(0, |counts| counts.kept);
    RunSummary {
        run_id: manifest.run_id.clone(),
        run_dir: place.store.uri(layout.dir()),
        topic: manifest.topic.clone(),
        source: manifest.source.clone(),
        synthetic: manifest.synthetic,
        started: whole_seconds(manifest.started),
        finished: manifest.finished.map(whole_seconds),
        state: state.to_owned(),
        next_stage: next.map(|stage| stage.to_string()),
        tweets: counted,
        models: progress
            .models
            .iter()
            .filter(|(_, m)| m.done.contains(&Stage::Score))
            .map(|(name, _)| name.clone())
            .collect(),
        last_failure: damage.or(progress.last_failure),
    }
}

fn unreadable(place: &Place, run_id: &str, error: &Error) -> RunSummary {
    RunSummary {
        run_id: run_id.to_owned(),
        run_dir: place.store.uri(RunLayout::new(run_id).dir()),
        topic: String::new(),
        source: String::new(),
        synthetic: false,
        started: String::new(),
        finished: None,
        state: "damaged".to_owned(),
        next_stage: None,
        tweets: 0,
        models: Vec::new(),
        last_failure: Some(error.to_string()),
    }
}

fn table(runs: &[RunSummary]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["RUN", "STATE", "TOPIC", "SOURCE", "POSTS", "MODELS"]);
    for run in runs {
        let posts = count(run.tweets);
        let models = run.models.join(", ");
        table.add_row([&run.run_id, &run.state, &run.topic, &run.source, &posts, &models]);
    }
    let mut text = String::new();
    for line in table.to_string().lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn describe(run: &RunSummary) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<9} {value}");
    };
    line("run", &run.run_id);
    line("state", &run.state);
    line("topic", &run.topic);
    let source = if run.synthetic { format!("{} (synthetic)", run.source) } else { run.source.clone() };
    line("source", &source);
    line("started", &run.started);
    if let Some(finished) = &run.finished {
        line("finished", finished);
    }
    line("posts", &count(run.tweets));
    line("models", &run.models.join(", "));
    if let Some(stage) = &run.next_stage {
        line("next", stage);
    }
    if let Some(failure) = &run.last_failure {
        line("because", failure);
    }
    if run.state == "stopped" {
        line("go on", &format!("sentistack pipeline resume {}", run.run_id));
    }
    line("folder", &run.run_dir);
    out
}

fn whole_seconds(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
