//! `pipeline list` and `pipeline status`.

use crate::cli::Global;
use crate::cli::document::{Outcome, RemoteSummary, RunSummary, RunsDocument};
use crate::cli::pipeline::flags::{Root, StatusArgs};
use crate::cli::pipeline::open;
use crate::cli::pipeline::place::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::{Entry, Record};
use crate::journal::resume::Progress;
use crate::layout::RunLayout;
use crate::limits;
use crate::manifest::Manifest;
use crate::pipeline::event::Stage;
use crate::ui::Printer;
use crate::ui::format::count;
use std::fmt::Write as _;

/// `pipeline list`.
pub fn list(args: &Root, global: &Global, printer: Printer) -> Result<Outcome> {
    let place = open::place(args, global, printer)?;
    let found = place.runs()?;
    let summarised = |manifest| summarise(&place, manifest, &place.records(&manifest.run_id));
    let mut runs: Vec<RunSummary> = found.readable.iter().map(summarised).collect();
    runs.extend(found.damaged.iter().map(|(run_id, error)| unreadable(&place, run_id, error)));
    if runs.iter().any(is_open)
        && let Some((run_id, machine)) = place.remote()
    {
        let on_it = runs.iter_mut().find(|run| is_open(run) && run.run_id == run_id);
        on_it.into_iter().for_each(|run| works_on(run, machine.clone()));
    }
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
    // A bucket is asked less often: each look is a few requests.
    let every = std::time::Duration::from_millis(if place.path().is_some() { 500 } else { 3_000 });
    let mut told = 0;
    let run = loop {
        let (run, records) = look(&place, &run_id)?;
        if !args.follow {
            break run;
        }
        for line in records.get(told..).unwrap_or_default().iter().filter_map(|record| tell(&record.entry)) {
            printer.note(&line);
        }
        told = records.len();
        if run.state != "running" {
            break run;
        }
        std::thread::sleep(every);
    };
    let gone = run.remote.as_ref().filter(|machine| run.state == "stopped" && !machine.alive);
    let printed = gone.map(|machine| last_lines(&place, &run_id, machine)).unwrap_or_default();
    let text = describe(&run, &printed);
    let error = gone.filter(|_| args.follow).map(|machine| without_end(&run, machine));
    let document = RunsDocument { runs: vec![run] };
    Ok(match error {
        None => Outcome::ok(text, &document),
        Some(error) => Outcome::failed(error, text, &document),
    })
}

/// What there is to say of a run, and the records that say it.
fn look(place: &Place, run_id: &str) -> Result<(RunSummary, Vec<Record>)> {
    let summarised = || -> Result<(RunSummary, Vec<Record>)> {
        let manifest = place.manifest(run_id)?;
        let records = place.records(run_id);
        Ok((summarise(place, &manifest, &records), records.unwrap_or_default()))
    };
    let (run, records) = summarised()?;
    let machine = place.remote().filter(|(of, _)| is_open(&run) && of == run_id);
    let Some((_, machine)) = machine else { return Ok((run, records)) };
    // A machine that was seen to be gone may have ended its run just before.
    let (mut run, records) = if machine.alive { (run, records) } else { summarised()? };
    if is_open(&run) {
        works_on(&mut run, machine);
    }
    Ok((run, records))
}

/// Whether something may still come of it.
fn is_open(run: &RunSummary) -> bool {
    run.state == "stopped" || run.state == "running"
}

/// A machine of the stack was given this run. It takes it up when it has started, and again when an outside cause has
/// stopped it: until it is gone, the run goes on.
fn works_on(run: &mut RunSummary, machine: RemoteSummary) {
    if machine.alive {
        "running".clone_into(&mut run.state);
    }
    run.remote = Some(machine);
}

/// What one who watches is told.
fn tell(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Opened { resumed: false, .. } => Some("begun".to_owned()),
        Entry::Opened { resumed: true, .. } => Some("taken up".to_owned()),
        Entry::StageStarted { stage, .. } => Some(format!("{stage} …")),
        Entry::StageFinished { stage, seconds, .. } => Some(format!("{stage} done in {seconds:.1} s")),
        Entry::Failed { message, .. } => Some(format!("failed: {message}")),
        Entry::Interrupted { signal } => Some(format!("stopped by {signal}")),
        Entry::Finished => Some("finished".to_owned()),
        Entry::Redo { .. }
        | Entry::Staged { .. }
        | Entry::Ingested { .. }
        | Entry::Scored { .. }
        | Entry::Checkpoint { .. }
        | Entry::Submitted { .. } => None,
    }
}

/// The end of what the machine printed.
fn last_lines(place: &Place, run_id: &str, machine: &RemoteSummary) -> Vec<String> {
    let key = RunLayout::new(run_id).remote_log();
    let Ok(Some(bytes)) = place.wait(place.store.get(&key)) else {
        return vec![format!("{} is not there: the machine never came to say anything", machine.log)];
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(limits::REMOTE_LOG_LINES);
    lines.get(from..).unwrap_or_default().iter().map(|line| (*line).to_owned()).collect()
}

fn without_end(run: &RunSummary, machine: &RemoteSummary) -> Error {
    let message = format!("the machine {} is {}, and the run has not ended", machine.instance, machine.state);
    let error = Error::new(ErrorKind::Outside, message).hint(format!(
        "go on here: sentistack pipeline resume {0} --on aws; or on another machine of the stack: sentistack pipeline \
         resume {0} --on aws --remote",
        run.run_id
    ));
    let error = error.resource(&machine.log);
    match &run.last_failure {
        None => error,
        Some(failure) => error.because(failure),
    }
}

/// What a run's manifest and journal say of it.
pub fn summarise(place: &Place, manifest: &Manifest, records: &Result<Vec<Record>>) -> RunSummary {
    let layout = RunLayout::new(&manifest.run_id);
    let damage = records.as_ref().err().map(ToString::to_string);
    let progress = match records {
        Ok(records) => Progress::of(records),
        Err(_) => Progress::default(),
    };
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
        remote: None,
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
        remote: None,
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

fn describe(run: &RunSummary, printed: &[String]) -> String {
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
    if let Some(machine) = &run.remote {
        line("machine", &format!("{} ({})", machine.instance, machine.state));
        line("log", &machine.log);
    }
    if run.state == "stopped" {
        let there = if run.remote.is_some() { " --on aws, or there: --remote" } else { "" };
        line("go on", &format!("sentistack pipeline resume {}{there}", run.run_id));
    }
    line("folder", &run.run_dir);
    for printed in printed {
        let _ = writeln!(out, "  {printed}");
    }
    out
}

fn whole_seconds(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
