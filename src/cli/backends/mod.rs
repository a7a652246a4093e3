//! Builds what a run works with, from its settings. The only place that names adapters.

#[cfg(feature = "aws")]
mod cloud;
#[cfg(not(feature = "aws"))]
#[path = "no_cloud.rs"]
mod cloud;

use std::sync::Arc;

use jiff::Timestamp;

use crate::cli::pipeline::cost;
use crate::cli::pipeline::place::Place;
use crate::cli::pipeline::session::Session;
#[cfg(feature = "online")]
use crate::cli::secret;
use crate::config::settings::{Privacy, Settings, SourceKind, StreamKind, TransformKind, WarehouseKind};
use crate::error::{Error, Result};
use crate::limits;
use crate::local::model;
use crate::local::stream::MemoryStream;
use crate::manifest::Manifest;
use crate::pipeline::event::{Events, Stage};
use crate::pipeline::follow::Other;
use crate::pipeline::gate::GateOptions;
use crate::pipeline::plan::RunPlan;
use crate::pipeline::port::{Clock, Model, Source, Stream, Transform, Warehouse};
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

/// Opens the source that the settings name; `events` are told what takes long while it is read.
pub fn source(place: &Place, settings: &Settings, events: Arc<dyn Events>) -> Result<Opened> {
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
        SourceKind::XSearch => x_search(place, settings, events),
        SourceKind::XStream => x_stream(place, settings, events),
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

/// X's recent search. What it costs is in the price table, which comes with the stack.
#[cfg(all(feature = "online", feature = "stack"))]
fn x_search(place: &Place, settings: &Settings, events: Arc<dyn Events>) -> Result<Opened> {
    use crate::config::resolve::defaults;
    use crate::cost::Prices;
    use crate::source::x::{Backoff, Rates, XOptions, XSearch};

    let missing = |what: &str| Error::config(format!("x-search needs {what}"));
    let x = settings.x.clone().unwrap_or_default();
    let options = XOptions {
        query: settings.query.clone().ok_or_else(|| missing("a query"))?,
        start: settings.start.ok_or_else(|| missing("a start"))?,
        end: settings.end.ok_or_else(|| missing("an end"))?,
        window_seconds: settings.window_seconds,
        max_per_window: settings.max_per_window.unwrap_or(defaults::X_MAX_PER_WINDOW),
        limit: settings.limit,
        token: secret::read(place, &x.token, "x.token")?,
        settings: x,
        rates: Rates::of(&Prices::built_in())?,
        backoff: Backoff::default(),
        clock: Arc::new(SystemClock),
        events,
    };
    Ok(Opened { source: Box::new(XSearch::new(options)?), fingerprint: None, notes: Vec::new() })
}

/// X's filtered stream.
#[cfg(all(feature = "online", feature = "stack"))]
fn x_stream(place: &Place, settings: &Settings, events: Arc<dyn Events>) -> Result<Opened> {
    use crate::cost::Prices;
    use crate::source::x::stream::{StreamPace, XStream, XStreamOptions};
    use crate::source::x::{Backoff, Rates};

    let x = settings.x.clone().unwrap_or_default();
    let options = XStreamOptions {
        query: settings.query.clone().ok_or_else(|| Error::config("x-stream needs a query"))?,
        lang: settings.lang.clone(),
        topic: settings.topic.clone(),
        end: settings.end,
        limit: settings.limit,
        max_cost: settings.max_cost,
        token: secret::read(place, &x.token, "x.token")?,
        settings: x,
        rates: Rates::of(&Prices::built_in())?,
        backoff: Backoff::default(),
        pace: StreamPace::default(),
        clock: Arc::new(SystemClock),
        events,
    };
    Ok(Opened { source: Box::new(XStream::new(options)?), fingerprint: None, notes: Vec::new() })
}

#[cfg(not(all(feature = "online", feature = "stack")))]
fn x_stream(_: &Place, settings: &Settings, _: Arc<dyn Events>) -> Result<Opened> {
    Err(not_here(settings.source))
}

#[cfg(not(all(feature = "online", feature = "stack")))]
fn x_search(_: &Place, settings: &Settings, _: Arc<dyn Events>) -> Result<Opened> {
    Err(not_here(settings.source))
}

#[cfg(not(all(feature = "online", feature = "stack")))]
fn not_here(source: SourceKind) -> Error {
    Error::usage(format!("the source {source} is not in this version of the tool"))
        .hint("use --source replay --input FILE, or --source sample")
}

/// A random number for a run's id.
pub fn random() -> Result<u32> {
    getrandom::u32().map_err(|e| Error::failed("the system gives no random bytes").because(e))
}

/// The span that posts must lie in: the planned one, or what was given of it.
fn span(manifest: &Manifest) -> Option<(Timestamp, Timestamp)> {
    match (&manifest.planned, manifest.settings.start, manifest.settings.end) {
        (Some(planned), _, _) => Some((planned.start, planned.end)),
        (None, None, None) => None,
        (None, start, end) => Some((start.unwrap_or(Timestamp::MIN), end.unwrap_or(Timestamp::MAX))),
    }
}

/// What can be known to be wrong before anything is written.
pub fn check(place: &Place, settings: &Settings) -> Result<()> {
    model(place, settings, &settings.model)?;
    cloud::check(place, settings)
}

/// Everything that a run works with. Must be called inside the place's runtime.
pub fn build(
    session: &Session,
    model_name: &str,
    plan: &RunPlan,
    source: Option<Box<dyn Source>>,
) -> Result<Backends> {
    let settings = &session.manifest.settings;
    let place = &session.place;
    let unique = source.as_ref().is_some_and(|source| source.info().unique_ids);
    let gate = match &source {
        Some(_) => Some(GateOptions {
            window_seconds: settings.window_seconds,
            span: span(&session.manifest),
            max_per_window: settings.max_per_window,
            collapse_retweets: settings.collapse_retweets,
            remember_ids: !unique,
            replaces: source.as_ref().is_some_and(|source| source.info().keeps_pages),
            veil: Veil::new(settings.privacy, &place.key(&session.manifest.run_id)?),
        }),
        None => None,
    };
    let (of_run, of_model) = (settings.clone(), model_name.to_owned());
    Ok(Backends {
        costs: Box::new(move |progress| cost::by_stage(&of_run, progress, &of_model)),
        source,
        gate,
        stream: stream(session, plan, model_name)?,
        model: model(place, settings, model_name)?,
        scored_by: scored_by(session, plan, model_name)?,
        transform: transform(session, plan)?,
        tables: place.tables()?,
        warehouse: warehouse(session, plan)?,
    })
}

/// The model of this name that runs in this process; the embedded one for a service.
#[cfg(feature = "stack")]
pub fn model_by_name(name: &str) -> Result<Arc<dyn Model>> {
    match name {
        "comprehend" | "endpoint" => model::by_name("embedded"),
        name => model::by_name(name),
    }
}

/// The model of this name: one that runs in this process, or a service.
fn model(place: &Place, settings: &Settings, name: &str) -> Result<Arc<dyn Model>> {
    match name {
        "comprehend" => cloud::comprehend(place, model::by_name("embedded")?),
        "endpoint" => endpoint(place, settings),
        name => model::by_name(name),
    }
}

/// An HTTP service that the settings name.
#[cfg(feature = "online")]
fn endpoint(place: &Place, settings: &Settings) -> Result<Arc<dyn Model>> {
    let endpoint = settings.endpoint.as_ref().ok_or_else(|| {
        Error::config("the model endpoint needs endpoint.url")
            .hint("say where the service is when the run is made: endpoint.url in the settings file")
    })?;
    let token = endpoint.token.as_ref().map(|secret| secret::read(place, secret, "endpoint.token"));
    Ok(Arc::new(crate::online::Endpoint::new(endpoint, token.transpose()?)?))
}

#[cfg(not(feature = "online"))]
fn endpoint(_: &Place, _: &Settings) -> Result<Arc<dyn Model>> {
    Err(Error::usage("this build reaches nothing over the network")
        .hint("use embedded, vader, or a model file"))
}

/// The stack's warehouse, for queries; `None` where there is none.
pub fn stack_warehouse(place: &Place) -> Result<Option<Arc<dyn Warehouse>>> {
    cloud::stack_warehouse(place)
}

/// Who scores in this process's place.
fn scored_by(session: &Session, plan: &RunPlan, model_name: &str) -> Result<Option<Other>> {
    match session.manifest.settings.function_scores(model_name) {
        Some(score) if plan.does(Stage::Score) => cloud::scored_by(session, score).map(Some),
        Some(_) | None => Ok(None),
    }
}

fn stream(session: &Session, plan: &RunPlan, model_name: &str) -> Result<Arc<dyn Stream>> {
    match session.manifest.settings.stream {
        StreamKind::Kinesis if plan.does(Stage::Score) => cloud::stream(session, model_name),
        StreamKind::Memory | StreamKind::Kinesis => Ok(Arc::new(MemoryStream::new(limits::STREAM_PACKETS))),
    }
}

fn transform(session: &Session, plan: &RunPlan) -> Result<Arc<dyn Transform>> {
    match session.manifest.settings.transform {
        kind @ (TransformKind::Emr | TransformKind::EmrServerless) if plan.does(Stage::Transform) => {
            cloud::transform(session, kind)
        }
        TransformKind::Embedded | TransformKind::Emr | TransformKind::EmrServerless => {
            Ok(session.place.transform())
        }
    }
}

fn warehouse(session: &Session, plan: &RunPlan) -> Result<Option<Arc<dyn Warehouse>>> {
    match session.manifest.settings.warehouse {
        WarehouseKind::None => Ok(None),
        kind @ (WarehouseKind::Redshift | WarehouseKind::RedshiftServerless) if plan.does(Stage::Load) => {
            cloud::warehouse(session, kind).map(Some)
        }
        WarehouseKind::Sqlite | WarehouseKind::Redshift | WarehouseKind::RedshiftServerless => {
            session.place.warehouse().map(|(warehouse, _)| Some(warehouse))
        }
    }
}
