//! `live run`: the producer. Sends posts to the function, through Firehose or in this process.

use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use super::delivery;
use crate::cli::backends::{self, SystemClock};
use crate::cli::document::{Cost, CostItem, Outcome};
use crate::cli::pipeline::flags::{Root, RunArgs};
use crate::cli::pipeline::place::Place;
use crate::cli::pipeline::session::Session;
use crate::cli::pipeline::{open, run as pipeline, summary};
use crate::cli::{Global, settings, signals};
use crate::config::duration;
use crate::config::settings::{Settings, SourceKind};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::{Entry, JOURNAL_VERSION, Record};
use crate::live::note::SentNote;
use crate::live::send::{Producer, SendOptions};
use crate::manifest::Manifest;
use crate::model::Tally;
use crate::pipeline::context::Stop;
use crate::pipeline::event::Event;
use crate::pipeline::gate::{Gate, GateOptions};
use crate::pipeline::port::{Clock, SourceInfo};
use crate::pipeline::privacy::Veil;
use crate::ui::Printer;
use crate::ui::format::{count, plural};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The function runs in this process, and files take the place of the bucket: needs no account
    #[arg(long)]
    pub local: bool,
    /// Folder or s3:// of runs [default: the stack's bucket; with --local ./sentistack-data]
    #[arg(long, value_name = "ROOT")]
    pub root: Option<std::path::PathBuf>,
    /// sample, replay, bluesky or x-stream [default: replay with --input, else sample]
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Files, folders or globs to replay; - is standard input
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub input: Vec<String>,
    /// What to search for
    #[arg(long)]
    pub query: Option<String>,
    /// Languages to score; `all` for every one [default: en]
    #[arg(long, value_name = "LANG", value_delimiter = ',')]
    pub lang: Vec<String>,
    /// Posts to send at most
    #[arg(long, value_name = "N")]
    pub limit: Option<String>,
    /// Send for so long at most: 10m, 2h
    #[arg(long, value_name = "D")]
    pub duration: Option<String>,
    /// Dollars that the posts of x-stream may cost at most [default: 5]
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<String>,
    /// Records a second at most [default: as many as are taken]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
    /// Name of the topic in the tables [default: from the query or the file]
    #[arg(long)]
    pub topic: Option<String>,
    /// pseudonym, keep or aggregate: what is kept of the authors
    #[arg(long, value_name = "PRIVACY")]
    pub privacy: Option<String>,
    /// What `live load` makes the tables with: embedded, emr or emr-serverless [default: emr; with --local embedded]
    #[arg(long, value_name = "TRANSFORM")]
    pub transform: Option<String>,
    /// Where `live load` brings them: sqlite, redshift, redshift-serverless or none [default: redshift; with --local sqlite]
    #[arg(long, value_name = "WAREHOUSE")]
    pub warehouse: Option<String>,
    /// Name of the run [default: time and six random digits]
    #[arg(long, value_name = "RUN")]
    pub run_id: Option<String>,
    /// Seed of the sample
    #[arg(long, value_name = "N")]
    pub seed: Option<String>,
}

impl Args {
    /// The same as flags of a run: a live run's tables are made as any other's.
    fn run_args(&self) -> RunArgs {
        let on = if self.local { "local" } else { "aws" };
        // The time for which it sends is a span of posts only where they come as they are written.
        let timeless = matches!(self.source.as_deref(), None | Some("sample" | "replay"));
        RunArgs {
            root: Root { root: self.root.clone(), on: Some(on.to_owned()) },
            source: self.source.clone(),
            input: self.input.clone(),
            query: self.query.clone(),
            lang: self.lang.clone(),
            limit: self.limit.clone(),
            duration: self.duration.clone().filter(|_| !timeless),
            topic: self.topic.clone(),
            privacy: self.privacy.clone(),
            transform: self.transform.clone(),
            warehouse: self.warehouse.clone(),
            run_id: self.run_id.clone(),
            seed: self.seed.clone(),
            max_cost: self.max_cost.clone(),
            ..RunArgs::default()
        }
    }
}

/// What `live run` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct LiveRunDocument {
    pub run_id: String,
    /// The run's own folder.
    pub run_dir: String,
    pub topic: String,
    pub source: String,
    /// The delivery stream, or where else the records went.
    pub to: String,
    /// Posts that the source gave.
    pub read: u64,
    /// Records that were taken.
    pub sent: u64,
    pub bytes: u64,
    /// Records that had to be put again.
    pub again: u64,
    /// Posts left out, by reason.
    pub dropped_by: std::collections::BTreeMap<String, u64>,
    /// Lines that could not be read.
    pub rejected: u64,
    pub seconds: f64,
    /// What the posts cost, of a source that is paid for: at most, as far as the source's prices say.
    pub cost: Cost,
    /// Times that a stream broke off, and seconds in which posts may be missing.
    pub gaps: u64,
    pub gap_seconds: f64,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    live(args, global, printer).unwrap_or_else(Outcome::from)
}

fn live(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let run_args = args.run_args();
    let duration = args.duration.as_deref().map(length).transpose()?;
    let resolved = settings::for_live_run(&run_args, global)?;
    let place = open::for_run(&resolved.root, &resolved.settings, global, printer)?;
    refuse_paid(&resolved.settings)?;
    pipeline::existing(&run_args, &place)?;
    let events = printer.events();
    let opened = backends::source(&place, &resolved.settings, Arc::clone(&events))?;
    let info = opened.source.info();
    // What comes is what there is: no window is waited for.
    let manifest =
        Manifest { planned: None, ..pipeline::manifest(args.run_id.as_deref(), resolved.settings, &opened)? };
    let delivery::Opened { delivery, notes } =
        delivery::open(args.local, &place, &manifest, &manifest.run_id, global)?;
    place.create(&manifest)?;
    let session = Session::with(&place, manifest)?;
    let manifest = &session.manifest;
    let began = Entry::Opened { tool_version: env!("CARGO_PKG_VERSION").to_owned(), resumed: false };
    session.journal.append(&Record { v: JOURNAL_VERSION, at: SystemClock.now(), entry: began })?;
    for message in opened.notes.iter().chain(&notes) {
        events.emit(Event::Warning { message: message.clone() });
    }
    let (sender, stop) = Stop::new();
    let producer = Producer {
        options: SendOptions {
            run_id: manifest.run_id.clone(),
            topic: manifest.topic.clone(),
            source: manifest.source.clone(),
            rate: args.rate,
            duration,
        },
        gate: gate(&place, manifest, Some(&info))?,
        delivery: &*delivery,
        store: Arc::clone(&place.store),
        clock: Arc::new(SystemClock),
        events: Arc::clone(&events),
        stop,
        rejects: Vec::new(),
    };
    let started = std::time::Instant::now();
    let sent = place.wait(async {
        signals::watch(sender, move |signal| events.emit(Event::Stopping { signal: signal.to_owned() }))?;
        producer.run(opened.source).await
    });
    let place = if args.local { "" } else { " --on aws" };
    outcome(&session, sent, started.elapsed(), place)
}

pub fn length(text: &str) -> Result<Duration> {
    duration::parse(text).map_err(|e| e.about(text).hint("say 90s, 10m or 2h"))
}

/// Pages that are paid for are kept by `pipeline run`. Here they would be lost with what breaks on the way.
fn refuse_paid(settings: &Settings) -> Result<()> {
    match settings.source {
        // It flows by: there are no pages to keep, and what it costs ends it.
        SourceKind::XStream => Ok(()),
        SourceKind::Sample | SourceKind::Replay | SourceKind::Bluesky => Ok(()),
        SourceKind::XSearch => Err(Error::usage(
            "a live run does not read from x-search, which is paid for by the post",
        )
        .because("it keeps no pages: what breaks on the way would have to be bought again")
        .hint(
            "read it with `sentistack pipeline run --source x-search`, or what is written now with x-stream",
        )),
    }
}

/// The gate of a live run: every post once, nothing collapsed and nothing capped, since there is no window to wait for.
pub fn gate(place: &Place, manifest: &Manifest, source: Option<&SourceInfo>) -> Result<Gate> {
    let settings = &manifest.settings;
    Ok(Gate::new(GateOptions {
        window_seconds: settings.window_seconds,
        span: None,
        max_per_window: None,
        collapse_retweets: false,
        remember_ids: source.is_none_or(|info| !info.unique_ids),
        replaces: false,
        veil: Veil::new(settings.privacy, &place.key(&manifest.run_id)?),
    }))
}

/// What the posts of a paid stream cost. X alone knows what it bills.
fn cost(tally: &Tally) -> Cost {
    let item = |name: &str, amount| CostItem { name: name.to_owned(), amount, measured: false };
    let mut items = vec![item("posts read from X", tally.usd_low)];
    if tally.usd_high > tally.usd_low {
        items.push(item("what came beside them, if X bills it", tally.usd_high - tally.usd_low));
    }
    Cost { estimated: tally.usd_high, items, ..Cost::default() }
}

/// The same, and what may be missing, in a line.
fn said(tally: &Tally) -> String {
    let posts = plural(tally.posts + tally.beyond, "post", "posts");
    let usd = match tally.usd_high > tally.usd_low {
        true => format!("${:.2} to ${:.2}", tally.usd_low, tally.usd_high),
        false => format!("${:.2}", tally.usd_low),
    };
    let gaps = match tally.gaps {
        0 => String::new(),
        gaps => format!(
            "; it broke off {}, and what was written in {:.1} s may be missing",
            plural(gaps, "time", "times"),
            tally.gap_seconds
        ),
    };
    format!("X gave {posts}, for {usd}{gaps}\n")
}

/// A signal is how a live run without an end is ended: then it is done.
fn outcome(session: &Session, sent: Result<SentNote>, took: Duration, place: &str) -> Result<Outcome> {
    let manifest = &session.manifest;
    let run_id = &manifest.run_id;
    let next = format!("look at what arrived: sentistack live verify {run_id}{place}");
    let (note, error) = match sent {
        Ok(note) => (note, None),
        Err(error) => {
            let note = super::session::sent(&session.place, run_id)?;
            (note.unwrap_or_else(|| SentNote::new(String::new(), manifest.started)), Some(error))
        }
    };
    let endless = matches!(manifest.settings.source, SourceKind::Bluesky | SourceKind::XStream);
    let stopped =
        matches!(&error, Some(e) if matches!(e.kind, ErrorKind::Interrupted | ErrorKind::Terminated));
    let tally = note.tally.as_ref();
    let document = LiveRunDocument {
        run_id: run_id.clone(),
        run_dir: session.store.uri(session.layout.dir()),
        topic: manifest.topic.clone(),
        source: manifest.source.clone(),
        to: note.to.clone(),
        read: note.counts.read,
        sent: note.sent,
        bytes: note.bytes,
        again: note.again,
        dropped_by: note.counts.dropped_by.clone(),
        rejected: note.counts.rejected,
        seconds: took.as_secs_f64(),
        cost: tally.map(cost).unwrap_or_default(),
        gaps: tally.map_or(0, |tally| tally.gaps),
        gap_seconds: tally.map_or(0.0, |tally| tally.gap_seconds),
    };
    let rate = note.sent as f64 / took.as_secs_f64().max(0.001);
    let text = format!(
        "run {run_id}: {} sent to {} in {:.1} s ({} a second), {} put again\n{}{next}\n",
        plural(note.sent, "post", "posts"),
        note.to,
        took.as_secs_f64(),
        count(rate as u64),
        count(note.again),
        tally.map(said).unwrap_or_default(),
    );
    let rejected = summary::too_many_rejected(session, &note.counts);
    Ok(match (error, rejected) {
        (Some(error), _) if !(stopped && endless) => Outcome::failed(error.hint(next), text, &document),
        (_, Some(rejected)) => Outcome::failed(rejected, text, &document),
        (_, None) => Outcome::ok(text, &document),
    })
}
