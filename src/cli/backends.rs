//! Builds what a run works with, from its settings. The only place that names adapters.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::cli::pipeline::session::Session;
use crate::config::settings::{Privacy, Settings, SourceKind, WarehouseKind};
use crate::error::{Error, Result};
use crate::layout::{self, RunLayout};
use crate::limits;
use crate::local::files::Files;
use crate::local::stream::MemoryStream;
use crate::local::tables::LocalTables;
use crate::local::transform::EmbeddedTransform;
use crate::local::warehouse::SqliteWarehouse;
use crate::local::{keys, model};
use crate::manifest::Manifest;
use crate::pipeline::event::{Events, Silent};
use crate::pipeline::gate::GateOptions;
use crate::pipeline::port::{Clock, Durability, Source, Warehouse};
use crate::pipeline::privacy::Veil;
use crate::pipeline::run::Backends;
use crate::source::{Limited, Replay, ReplayOptions, Sample, SampleOptions};
#[cfg(all(feature = "online", feature = "stack"))]
use crate::{
    cli::secrets,
    config::resolve::defaults,
    cost::Prices,
    source::x::{Backoff, Rates, XOptions, XSearch},
};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A source that was opened, and how to tell whether it changed.
pub struct Opened {
    pub source: Box<dyn Source>,
    pub fingerprint: Option<String>,
    /// What was passed over.
    pub notes: Vec<String>,
}

/// Opens the source that the settings name. Nobody is told what takes long.
pub fn source(settings: &Settings) -> Result<Opened> {
    source_with(settings, Arc::new(Silent))
}

/// Opens the source that the settings name; `events` are told what takes long while it is read.
pub fn source_with(settings: &Settings, events: Arc<dyn Events>) -> Result<Opened> {
    match settings.source {
        SourceKind::Sample => {
            let options = SampleOptions {
                posts: settings.limit.unwrap_or(SampleOptions::default().posts),
                seed: settings.seed,
                start: settings.start,
                end: settings.end,
                window_seconds: settings.window_seconds,
            };
            Ok(Opened { source: Box::new(Sample::new(options)?), fingerprint: None, notes: Vec::new() })
        }
        SourceKind::Replay => {
            let options = ReplayOptions {
                strict: settings.strict,
                keep_excerpts: settings.privacy == Privacy::Keep,
                stdin: None,
            };
            let replay = Replay::open(&settings.input, options)?;
            let fingerprint = Some(replay.fingerprint());
            let notes = replay.notes().to_vec();
            Ok(Opened { source: Limited::wrap(Box::new(replay), settings.limit), fingerprint, notes })
        }
        SourceKind::XSearch => x_search(settings, events),
        SourceKind::Bluesky => Err(not_in_this_build(settings.source)),
    }
}

fn not_in_this_build(source: SourceKind) -> Error {
    Error::usage(format!("the source {} is not in this version of the tool", source.as_str()))
        .hint("use --source replay --input FILE, or --source sample")
}

/// X's recent search. What it costs is in the price table, which comes with the stack.
#[cfg(all(feature = "online", feature = "stack"))]
fn x_search(settings: &Settings, events: Arc<dyn Events>) -> Result<Opened> {
    let missing = |what: &str| Error::config(format!("x-search needs {what}"));
    let x = settings.x.clone().unwrap_or_default();
    let options = XOptions {
        query: settings.query.clone().ok_or_else(|| missing("a query"))?,
        start: settings.start.ok_or_else(|| missing("a start"))?,
        end: settings.end.ok_or_else(|| missing("an end"))?,
        window_seconds: settings.window_seconds,
        max_per_window: settings.max_per_window.unwrap_or(defaults::X_MAX_PER_WINDOW),
        limit: settings.limit,
        token: secrets::read(&x.token, "x.token")?,
        settings: x,
        rates: Rates::of(&Prices::built_in())?,
        backoff: Backoff::default(),
        clock: Arc::new(SystemClock),
        events,
    };
    Ok(Opened { source: Box::new(XSearch::new(options)?), fingerprint: None, notes: Vec::new() })
}

#[cfg(not(all(feature = "online", feature = "stack")))]
fn x_search(settings: &Settings, _: Arc<dyn Events>) -> Result<Opened> {
    Err(not_in_this_build(settings.source))
}

/// A random number for a run's id.
pub fn random() -> Result<u32> {
    getrandom::u32().map_err(|e| Error::failed("the system gives no random bytes").because(e))
}

/// Makes the run's folder with its manifest in it: the first thing that is written.
pub fn create_run(root: &Path, manifest: &Manifest) -> Result<()> {
    let folder = root.join(RunLayout::new(&manifest.run_id).dir());
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", folder.display(), &e))?;
    let layout = RunLayout::new(&manifest.run_id);
    Files::new(root).write(&layout.manifest(), &manifest.to_bytes()?, Durability::Power)
}

/// The span that posts must lie in: the planned one, or what was given of it.
fn span(manifest: &Manifest) -> Option<(Timestamp, Timestamp)> {
    match (&manifest.planned, manifest.settings.start, manifest.settings.end) {
        (Some(planned), _, _) => Some((planned.start, planned.end)),
        (None, None, None) => None,
        (None, start, end) => Some((start.unwrap_or(Timestamp::MIN), end.unwrap_or(Timestamp::MAX))),
    }
}

/// Everything on this machine.
pub fn local(session: &Session, model: &str, source: Option<Box<dyn Source>>) -> Result<Backends> {
    let settings = &session.manifest.settings;
    let unique = source.as_ref().is_some_and(|source| source.info().unique_ids);
    let gate = match &source {
        Some(_) => Some(GateOptions {
            window_seconds: settings.window_seconds,
            span: span(&session.manifest),
            max_per_window: settings.max_per_window,
            collapse_retweets: settings.collapse_retweets,
            remember_ids: !unique,
            veil: Veil::new(settings.privacy, &keys::of_run(&session.root, &session.manifest.run_id)?),
        }),
        None => None,
    };
    let warehouse: Option<Arc<dyn Warehouse>> = match settings.warehouse {
        WarehouseKind::None => None,
        WarehouseKind::Sqlite | WarehouseKind::Redshift | WarehouseKind::RedshiftServerless => {
            Some(Arc::new(SqliteWarehouse::open(session.root.join(layout::WAREHOUSE))))
        }
    };
    Ok(Backends {
        source,
        gate,
        stream: Arc::new(MemoryStream::new(limits::STREAM_PACKETS)),
        model: model::by_name(model)?,
        transform: Arc::new(EmbeddedTransform::new(&session.root)),
        tables: Arc::new(LocalTables::new(&session.root)),
        warehouse,
    })
}
