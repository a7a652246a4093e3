//! Progress as plain lines, for logs and pipes: one when a stage ends, and now and then in a long one.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::pipeline::event::{Event, Events, Stage};
use crate::ui::format;
use crate::ui::printer::Verbosity;

/// Time between two progress lines of one stage.
const EVERY: Duration = Duration::from_secs(10);

pub struct Lines {
    verbosity: Verbosity,
    last: Mutex<Instant>,
}

impl Lines {
    pub fn new(verbosity: Verbosity) -> Self {
        Self { verbosity, last: Mutex::new(Instant::now()) }
    }

    fn is_due(&self) -> bool {
        let Ok(mut last) = self.last.lock() else { return false };
        if last.elapsed() < EVERY {
            return false;
        }
        *last = Instant::now();
        true
    }
}

impl Events for Lines {
    fn emit(&self, event: Event) {
        let line = match event {
            Event::RunStarted { run_id, source, model, resumed, .. } => {
                let verb = if resumed { "resuming" } else { "run" };
                Some(format!("{verb} {run_id} (source {source}, model {model})"))
            }
            Event::StageStarted { stage } if self.verbosity == Verbosity::Verbose => {
                Some(format!("{stage:<9} started"))
            }
            Event::StageStarted { .. } => None,
            Event::Progress { stage, done, total } => {
                self.is_due().then(|| progress_line(stage, done, total))
            }
            Event::StageSkipped { stage } => Some(format!("{stage:<9} already done")),
            Event::StageFinished { stage, done, seconds } => {
                Some(format!("{stage:<9} {:<16} {}", amount(stage, done), format::seconds(seconds)))
            }
            Event::Warning { message } => Some(format!("warning: {message}")),
            Event::Note { message } => Some(message),
            Event::Stopping { signal } => Some(stopping(&signal)),
        };
        if let Some(line) = line {
            anstream::eprintln!("{line}");
        }
    }
}

/// What a stage counts.
pub fn amount(stage: Stage, done: u64) -> String {
    match stage {
        Stage::Ingest | Stage::Score | Stage::Load => format::plural(done, "post", "posts"),
        Stage::Transform => format::plural(done, "window", "windows"),
        Stage::Report => format::plural(done, "page", "pages"),
    }
}

/// What the first Ctrl-C answers.
pub fn stopping(signal: &str) -> String {
    format!("{signal}: stopping in order; once more stops at once")
}

fn progress_line(stage: Stage, done: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{stage:<9} {} of {}", format::count(done), amount(stage, total)),
        None => format!("{stage:<9} {}", amount(stage, done)),
    }
}
