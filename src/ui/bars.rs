//! Progress on a terminal: a bar a stage, with rate and time left.

use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::pipeline::event::{Event, Events, Stage};
use crate::ui::format;
use crate::ui::lines::{amount, stopping};

/// Redraws a second at most.
const HERTZ: u8 = 12;

pub struct Bars {
    all: MultiProgress,
    bars: Mutex<Vec<(Stage, ProgressBar)>>,
}

impl Bars {
    pub fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(HERTZ));
        Self { all, bars: Mutex::new(Vec::new()) }
    }

    fn bar(&self, stage: Stage) -> ProgressBar {
        let Ok(mut bars) = self.bars.lock() else { return ProgressBar::hidden() };
        if let Some((_, bar)) = bars.iter().find(|(of, _)| *of == stage) {
            return bar.clone();
        }
        let bar = self.all.add(ProgressBar::no_length());
        bar.set_style(style(Look::Unknown));
        bar.set_prefix(stage.as_str());
        bar.enable_steady_tick(Duration::from_millis(120));
        bars.push((stage, bar.clone()));
        bar
    }

    fn progress(&self, stage: Stage, done: u64, total: Option<u64>) {
        let bar = self.bar(stage);
        if let (Some(total), None) = (total, bar.length()) {
            bar.set_length(total);
            bar.set_style(style(Look::Known));
        }
        bar.set_position(done);
        // Score's total is ingest's.
        if stage == Stage::Ingest && total.is_some() {
            let scoring = self.bar(Stage::Score);
            if scoring.length().is_none() {
                scoring.set_length(total.unwrap_or(0));
                scoring.set_style(style(Look::Known));
            }
        }
    }
}

impl Default for Bars {
    fn default() -> Self {
        Self::new()
    }
}

impl Events for Bars {
    fn emit(&self, event: Event) {
        match event {
            Event::RunStarted { run_id, resumed, .. } => {
                let verb = if resumed { "resuming" } else { "run" };
                let _ = self.all.println(format!("{verb} {run_id}"));
            }
            Event::StageStarted { stage } => {
                self.bar(stage);
            }
            Event::Progress { stage, done, total } => self.progress(stage, done, total),
            Event::StageSkipped { stage } => {
                let bar = self.bar(stage);
                bar.set_style(style(Look::Done));
                bar.finish_with_message("already done");
            }
            Event::StageFinished { stage, done, seconds } => {
                let bar = self.bar(stage);
                bar.set_style(style(Look::Done));
                let took = format::seconds(seconds);
                bar.finish_with_message(format!("{:<16} {took:>10}", amount(stage, done)));
            }
            Event::Warning { message } => {
                let _ = self.all.println(format!("warning: {message}"));
            }
            Event::Note { message } => {
                let _ = self.all.println(message);
            }
            Event::Stopping { signal } => {
                let _ = self.all.println(stopping(&signal));
            }
        }
    }
}

enum Look {
    Unknown,
    Known,
    Done,
}

fn style(look: Look) -> ProgressStyle {
    let (template, fallback) = match look {
        Look::Unknown => ("{prefix:<9} {spinner} {human_pos} ({rate})", ProgressStyle::default_spinner()),
        Look::Known => (
            "{prefix:<9} {bar:24} {human_pos:>9} of {human_len:<9} {rate:>12} {eta:>5}",
            ProgressStyle::default_bar(),
        ),
        Look::Done => ("{prefix:<9} {msg}", ProgressStyle::default_bar()),
    };
    ProgressStyle::with_template(template)
        .unwrap_or(fallback)
        .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            // Nothing can be done where a line of progress cannot be written.
            let _ = write!(out, "{}/s", format::count(state.per_sec().round() as u64));
        })
        .progress_chars("█▉▊▋▌▍▎▏ ")
}
