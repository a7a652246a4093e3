//! How a stack's progress looks: a tree of resources that moves on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::stack::event::{Doing, Event, Events};
use crate::stack::status::Outlook;
use crate::stack::ttl;
use crate::ui::format::seconds;

/// Lines on stderr, one for each resource that came to rest.
pub struct StackLines {
    /// Whether each step is told, not only the last.
    pub verbose: bool,
    began: Mutex<BTreeMap<String, Timestamp>>,
}

impl StackLines {
    pub fn new(verbose: bool) -> Self {
        Self { verbose, began: Mutex::default() }
    }
}

impl Events for StackLines {
    fn emit(&self, event: Event) {
        let took = match self.began.lock() {
            Ok(mut began) => note(&mut began, &event),
            Err(_) => None,
        };
        if let Some(line) = line(&event, took, self.verbose) {
            let _ = writeln!(anstream::stderr().lock(), "{line}");
        }
    }
}

/// A spinner for each resource that is on its way; what is done scrolls up above them.
pub struct StackTree {
    area: MultiProgress,
    bars: Mutex<BTreeMap<String, ProgressBar>>,
    began: Mutex<BTreeMap<String, Timestamp>>,
}

impl StackTree {
    pub fn new() -> Self {
        Self { area: MultiProgress::new(), bars: Mutex::default(), began: Mutex::default() }
    }

    fn moves(&self, key: &str, text: String) {
        let Ok(mut bars) = self.bars.lock() else { return };
        let bar = bars.entry(key.to_owned()).or_insert_with(|| {
            let bar = self.area.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {wide_msg} {elapsed:>4}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_message(text);
    }

    fn rests(&self, key: &str) {
        let Ok(mut bars) = self.bars.lock() else { return };
        if let Some(bar) = bars.remove(key) {
            bar.finish_and_clear();
            self.area.remove(&bar);
        }
    }
}

impl Default for StackTree {
    fn default() -> Self {
        Self::new()
    }
}

impl Events for StackTree {
    fn emit(&self, event: Event) {
        let took = match self.began.lock() {
            Ok(mut began) => note(&mut began, &event),
            Err(_) => None,
        };
        if let Event::Resource { part, logical_id, kind, settled, .. } = &event {
            let key = format!("{part}/{logical_id}");
            match settled {
                true => self.rests(&key),
                false => self.moves(&key, format!("{logical_id} {}", short(kind))),
            }
        }
        if let Some(line) = line(&event, took, false) {
            let _ = self.area.println(line);
        }
    }
}

/// Remembers when a resource began; gives the seconds it took when it comes to rest.
fn note(began: &mut BTreeMap<String, Timestamp>, event: &Event) -> Option<f64> {
    let Event::Resource { part, logical_id, settled, at, .. } = event else { return None };
    let key = format!("{part}/{logical_id}");
    match settled {
        true => began.remove(&key).map(|start| at.duration_since(start).as_secs_f64().max(0.0)),
        false => {
            began.entry(key).or_insert(*at);
            None
        }
    }
}

/// What is said of an event; `None`: nothing.
pub fn line(event: &Event, took: Option<f64>, verbose: bool) -> Option<String> {
    match event {
        Event::PartStarted { stack, what, .. } => {
            let verb = match what {
                Doing::Create => "creating",
                Doing::Update => "updating",
                Doing::Wait => "waiting for",
                Doing::Delete => "deleting",
            };
            Some(format!("{verb} {stack}"))
        }
        Event::Resource { kind, .. } if kind == "AWS::CloudFormation::Stack" && !verbose => None,
        Event::Resource { logical_id, kind, status, outlook, settled, reason, .. } => {
            if !settled && !verbose {
                return None;
            }
            let mark = match outlook {
                Outlook::Good => "✓",
                Outlook::Bad => "✗",
                Outlook::Progress => "…",
            };
            let took = took.map(|s| format!("  {}", seconds(s))).unwrap_or_default();
            let why = reason.as_deref().filter(|_| *outlook == Outlook::Bad).map(crate::stack::reason::tidy);
            let why = why.map(|why| format!("\n      {why}")).unwrap_or_default();
            let word = status.replace('_', " ").to_lowercase();
            Some(format!("  {mark} {logical_id} {} {word}{took}{why}", short(kind)))
        }
        Event::PartFinished { part, changed: false, .. } => Some(format!("{part}: nothing to change")),
        Event::PartFinished { part, status, seconds: s, .. } => {
            Some(format!("{part}: {} after {}", status.replace('_', " ").to_lowercase(), seconds(*s)))
        }
        Event::Armed { expires_at } => {
            Some(format!("everything that bills is deleted by itself at {}", ttl::minute(*expires_at)))
        }
        Event::Healed { what } => Some(format!("healed: {what}")),
        Event::Stopping { what } => Some(format!("stopping {what}")),
        Event::Note { text } => Some(text.clone()),
    }
}

/// `AWS::Redshift::Cluster` as `Redshift::Cluster`.
fn short(kind: &str) -> &str {
    kind.strip_prefix("AWS::").unwrap_or(kind)
}

/// Each event as a line of JSON on stdout.
pub struct StackJson;

impl Events for StackJson {
    fn emit(&self, event: Event) {
        let mut out = std::io::stdout().lock();
        if serde_json::to_writer(&mut out, &event).is_ok() {
            let _ = out.write_all(b"\n");
            let _ = out.flush();
        }
    }
}
