//! `live logs`: what the function and Firehose wrote, oldest first.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args as ClapArgs;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

use crate::aws::logs::LogEvent;
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cli::stack::account::open::{Intent, Session};
use crate::error::{Error, Result};
use crate::limits;
use crate::live::log;
use crate::ui::{OutputFormat, Printer};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Go on until Ctrl-C
    #[arg(long)]
    pub follow: bool,
    /// How far back to begin: 10m, 2h, 3d
    #[arg(long, value_name = "D", default_value = "1h")]
    pub since: String,
    /// Lambda's own lines, too: starts, ends, reports
    #[arg(long)]
    pub all: bool,
}

/// A line of one of the two logs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LogLine {
    pub at: String,
    /// `function` or `firehose`.
    pub of: String,
    /// `ERROR`, `WARN`, `INFO`, `platform` for Lambda's own, or nothing where the line does not say.
    pub level: String,
    pub message: String,
}

/// What `live logs` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LogsDocument {
    /// The log groups that were read.
    pub groups: Vec<String>,
    pub lines: Vec<LogLine>,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    let read =
        crate::cli::pipeline::runtime().and_then(|runtime| runtime.block_on(read(args, global, printer)));
    read.unwrap_or_else(Outcome::from)
}

async fn read(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let back = super::run::length(&args.since)?;
    if args.follow && printer.format == OutputFormat::Json {
        return Err(Error::usage("--follow has no end, and one JSON document has")
            .hint("say -o ndjson: a document for each line"));
    }
    let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
    let prefix = session.names.log_prefix();
    let groups = ["function", "firehose"].map(|of| Group {
        of,
        name: format!("{prefix}/{of}"),
        seen: BTreeSet::new(),
    });
    let now = Timestamp::now();
    let back = SignedDuration::try_from(back).unwrap_or(SignedDuration::MAX);
    let since = now.checked_sub(back).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut reader = Reader { session, groups, all: args.all };
    let lines = reader.lines(since).await?;
    if args.follow {
        return reader.follow(lines, printer).await;
    }
    let text = match lines.as_slice() {
        [] => format!("nothing was logged in the last {}\n", args.since),
        lines => lines.iter().map(line).collect(),
    };
    let groups = reader.groups.iter().map(|group| group.name.clone()).collect();
    Ok(Outcome::ok(text, &LogsDocument { groups, lines }))
}

/// A log group, and which of its newest events were told.
struct Group {
    of: &'static str,
    name: String,
    seen: BTreeSet<String>,
}

struct Reader {
    session: Session,
    groups: [Group; 2],
    all: bool,
}

impl Reader {
    /// What was not told yet of both, by time.
    async fn lines(&mut self, since: Timestamp) -> Result<Vec<LogLine>> {
        let mut found: Vec<(Timestamp, LogLine)> = Vec::new();
        for group in &mut self.groups {
            let events = self.session.account.log_events(&group.name, since).await?;
            let now: BTreeSet<String> = events.iter().map(|event| event.id.clone()).collect();
            let seen = std::mem::replace(&mut group.seen, now);
            let new = events.into_iter().filter(|event| event.id.is_empty() || !seen.contains(&event.id));
            found.extend(new.filter_map(|event| Some((event.at, told(group.of, event, self.all)?))));
        }
        found.sort_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, line)| line).collect())
    }

    /// Tells what comes until the process is ended.
    async fn follow(&mut self, mut lines: Vec<LogLine>, printer: Printer) -> Result<Outcome> {
        let every = Duration::from_secs(limits::LOG_LOOK_SECONDS).mul_f64(self.session.pace.scale());
        loop {
            for one in &lines {
                printer.event(one);
                if printer.format == OutputFormat::Text {
                    printer.text(&line(one)).map_err(|e| Error::io("write to", "standard output", &e))?;
                }
            }
            tokio::time::sleep(every).await;
            // Events may be found some seconds after their time.
            let late = SignedDuration::from_secs(limits::LOG_LATE_SECONDS);
            lines = self.lines(Timestamp::now() - late).await?;
        }
    }
}

fn told(of: &str, event: LogEvent, all: bool) -> Option<LogLine> {
    let told = log::tell(&event.text);
    if told.level == "platform" && !all {
        return None;
    }
    Some(LogLine { at: event.at.to_string(), of: of.to_owned(), level: told.level, message: told.text })
}

fn line(line: &LogLine) -> String {
    let time = line.at.get(11..19).unwrap_or(&line.at);
    format!("{time} {:<8} {:<8} {}\n", line.of, line.level, line.message)
}
