//! Builds what a run works with, from its settings. The only place that names adapters.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::cli::pipeline::session::Session;
#[cfg(feature = "online")]
use crate::cli::secret;
use crate::config::settings::{Privacy, Settings, SourceKind, WarehouseKind};
use crate::error::{Error, Result};
use crate::layout::{self, RunLayout};
use crate::limits;
use crate::local::files::Files;
use crate::local::stream::MemoryStream;
use crate::local::tables::LocalTables;
use crate::local::transform::EmbeddedTransform;
use crate::local::warehouse::SqliteWarehouse;
use crate::local::{self, keys};
use crate::manifest::Manifest;
use crate::pipeline::gate::GateOptions;
use crate::pipeline::port::{Clock, Durability, Model, Source, Warehouse};
use crate::pipeline::privacy::Veil;
use crate::pipeline::run::Backends;
use crate::source::{Limited, Replay, ReplayOptions, Sample, SampleOptions};

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

/// Opens the source that the settings name.
pub fn source(settings: &Settings) -> Result<Opened> {
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
        #[cfg(feature = "online")]
        SourceKind::Bluesky => {
            let source = bluesky(settings, Arc::new(SystemClock))?;
            Ok(Opened { source, fingerprint: None, notes: Vec::new() })
        }
        #[cfg(not(feature = "online"))]
        SourceKind::Bluesky => Err(not_here(settings.source)),
        SourceKind::XSearch => Err(not_here(settings.source)),
    }
}

#[cfg(feature = "online")]
fn bluesky(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Box<dyn Source>> {
    use crate::source::{Bluesky, BlueskyOptions, bluesky::Pace};
    let options = BlueskyOptions {
        urls: settings.bluesky.clone().unwrap_or_default().url,
        query: settings.query.clone(),
        lang: settings.lang.clone(),
        start: settings.start,
        end: settings.end,
        limit: settings.limit,
        pace: Pace::default(),
        clock,
    };
    Ok(Box::new(Bluesky::new(options)?))
}

fn not_here(source: SourceKind) -> Error {
    Error::usage(format!("the source {source} is not in this version of the tool"))
        .hint("use --source replay --input FILE, or --source sample")
}

/// Finds a model by name: one that runs in this process, or a service that the settings name.
#[cfg_attr(not(feature = "online"), expect(unused_variables, reason = "nothing of them is a service here"))]
pub fn model(settings: &Settings, name: &str) -> Result<Arc<dyn Model>> {
    match name {
        #[cfg(feature = "online")]
        "endpoint" => {
            let endpoint = settings.endpoint.as_ref().ok_or_else(|| {
                Error::config("the model endpoint needs endpoint.url")
                    .hint("say where the service is when the run is made: endpoint.url in the settings file")
            })?;
            let token =
                endpoint.token.as_ref().map(|place| secret::read(place, "endpoint.token")).transpose()?;
            Ok(Arc::new(crate::online::Endpoint::new(endpoint, token)?))
        }
        name => local::model::by_name(name),
    }
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
        model: self::model(settings, model)?,
        transform: Arc::new(EmbeddedTransform::new(&session.root)),
        tables: Arc::new(LocalTables::new(&session.root)),
        warehouse,
    })
}
