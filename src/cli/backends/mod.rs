//! Builds what a run works with, from its settings. The only place that names adapters.

use std::sync::Arc;

use jiff::Timestamp;

#[cfg(feature = "aws")]
use crate::aws::pipeline::comprehend::Comprehend;
use crate::cli::pipeline::place::Place;
use crate::cli::pipeline::session::Session;
use crate::config::settings::{Privacy, Settings, SourceKind, StreamKind, TransformKind, WarehouseKind};
use crate::error::{Error, Result};
use crate::limits;
use crate::local::model;
use crate::local::stream::MemoryStream;
use crate::manifest::Manifest;
use crate::pipeline::event::Stage;
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
        SourceKind::XSearch | SourceKind::Bluesky => Err(Error::usage(format!(
            "the source {} is not in this version of the tool",
            settings.source.as_str()
        ))
        .hint("use --source replay --input FILE, or --source sample")),
    }
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
    #[cfg(feature = "aws")]
    if let Some(cloud) = &place.cloud {
        place.wait(aws::check(cloud, place, settings))?;
    }
    Ok(())
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
            veil: Veil::new(settings.privacy, &place.key(&session.manifest.run_id)?),
        }),
        None => None,
    };
    Ok(Backends {
        source,
        gate,
        stream: stream(session, plan)?,
        model: model(place, settings, model_name)?,
        transform: transform(session, plan)?,
        tables: place.tables()?,
        warehouse: warehouse(session, plan)?,
    })
}

/// The model of this name.
fn model(place: &Place, settings: &Settings, name: &str) -> Result<Arc<dyn Model>> {
    let _ = settings;
    match name {
        #[cfg(feature = "aws")]
        "comprehend" => {
            let embedded = model::by_name("embedded")?;
            Ok(Arc::new(Comprehend::new(Arc::clone(&aws::cloud(place)?.account), embedded)))
        }
        name => model::by_name(name),
    }
}

fn stream(session: &Session, plan: &RunPlan) -> Result<Arc<dyn Stream>> {
    match session.manifest.settings.stream {
        #[cfg(feature = "aws")]
        StreamKind::Kinesis if plan.does(Stage::Score) => aws::stream(session),
        StreamKind::Memory | StreamKind::Kinesis => Ok(Arc::new(MemoryStream::new(limits::STREAM_PACKETS))),
    }
}

fn transform(session: &Session, plan: &RunPlan) -> Result<Arc<dyn Transform>> {
    match session.manifest.settings.transform {
        #[cfg(feature = "aws")]
        kind @ (TransformKind::Emr | TransformKind::EmrServerless) if plan.does(Stage::Transform) => {
            aws::transform(session, kind)
        }
        TransformKind::Embedded | TransformKind::Emr | TransformKind::EmrServerless => {
            Ok(session.place.transform())
        }
    }
}

fn warehouse(session: &Session, plan: &RunPlan) -> Result<Option<Arc<dyn Warehouse>>> {
    match session.manifest.settings.warehouse {
        WarehouseKind::None => Ok(None),
        #[cfg(feature = "aws")]
        kind @ (WarehouseKind::Redshift | WarehouseKind::RedshiftServerless) if plan.does(Stage::Load) => {
            aws::warehouse(session, kind).map(Some)
        }
        WarehouseKind::Sqlite | WarehouseKind::Redshift | WarehouseKind::RedshiftServerless => {
            session.place.warehouse().map(|(warehouse, _)| Some(warehouse))
        }
    }
}

/// What is in an account.
#[cfg(feature = "aws")]
mod aws {
    use std::sync::Mutex;

    use super::*;
    use crate::aws::pipeline::emr::EmrTransform;
    use crate::aws::pipeline::emr_serverless::EmrServerlessTransform;
    use crate::aws::pipeline::kinesis::{KinesisOptions, KinesisStream};
    use crate::aws::pipeline::redshift::{Redshift, Target};
    use crate::aws::pipeline::BucketStore;
    use crate::cli::cloud::Cloud;

    pub fn cloud(place: &Place) -> Result<&Arc<Cloud>> {
        place.cloud.as_ref().ok_or_else(|| Error::failed("no account was opened"))
    }

    /// Whether the stack has what the settings ask for.
    pub async fn check(cloud: &Cloud, place: &Place, settings: &Settings) -> Result<()> {
        let uses_stack = settings.stream == StreamKind::Kinesis
            || settings.transform != TransformKind::Embedded
            || matches!(settings.warehouse, WarehouseKind::Redshift | WarehouseKind::RedshiftServerless);
        if !uses_stack {
            return Ok(());
        }
        let outputs = cloud.outputs().await?;
        for (wanted, output, what) in [
            (settings.stream == StreamKind::Kinesis, "StreamName", "a Kinesis stream"),
            (settings.transform == TransformKind::Emr, "EmrClusterId", "an EMR cluster"),
            (settings.transform == TransformKind::EmrServerless, "EmrApplicationId", "EMR Serverless"),
            (settings.warehouse == WarehouseKind::Redshift, "RedshiftClusterId", "a Redshift cluster"),
            (
                settings.warehouse == WarehouseKind::RedshiftServerless,
                "RedshiftWorkgroupName",
                "Redshift Serverless",
            ),
        ] {
            if wanted && !outputs.contains_key(output) {
                return Err(Error::usage(format!("the stack {} has no {}", cloud.names.name, without_article(what)))
                    .hint(format!("bring it up with {what} (the settings of `stack`), or choose another backend")));
            }
        }
        if let Some(store) = place.bucket_store()
            && settings.transform != TransformKind::Embedded
            && store.bucket() != cloud.bucket()
        {
            return Err(Error::usage(format!("EMR may not read the bucket {}", store.bucket()))
                .hint("leave --root out: the stack's own bucket is used; or use --transform embedded"));
        }
        cloud.check_expiry(crate::pipeline::plan::time_needed(settings, jiff::Timestamp::now())).await
    }

    fn without_article(what: &str) -> &str {
        what.strip_prefix("a ").or(what.strip_prefix("an ")).unwrap_or(what)
    }

    fn output(session: &Session, name: &str) -> Result<String> {
        let place = &session.place;
        let outputs = place.wait(cloud(place)?.outputs())?;
        outputs.get(name).cloned().ok_or_else(|| {
            Error::usage(format!("the stack has no {name}"))
                .hint("bring it up with the settings of this run: `sentistack stack up`")
        })
    }

    fn stores(session: &Session) -> Result<(BucketStore, BucketStore)> {
        let place = &session.place;
        let cloud = cloud(place)?;
        let scripts = BucketStore::new(Arc::clone(&cloud.account), cloud.bucket(), "");
        let store = place.bucket_store().cloned();
        Ok((store.ok_or_else(|| crate::cli::pipeline::place::needs_bucket("a run of EMR or Redshift"))?, scripts))
    }

    pub fn stream(session: &Session) -> Result<Arc<dyn Stream>> {
        let cloud = cloud(&session.place)?;
        let options = KinesisOptions {
            stream: output(session, "StreamName")?,
            run_id: session.manifest.run_id.clone(),
            since: session.manifest.started,
            checkpoints: session.progress.checkpoints.clone(),
            pace: cloud.pace(),
        };
        Ok(Arc::new(KinesisStream::open(Arc::clone(&cloud.account), options)))
    }

    pub fn transform(session: &Session, kind: TransformKind) -> Result<Arc<dyn Transform>> {
        let cloud = cloud(&session.place)?;
        let account = Arc::clone(&cloud.account);
        let (store, scripts) = stores(session)?;
        let pace = cloud.pace();
        if kind == TransformKind::Emr {
            let cluster = output(session, "EmrClusterId")?;
            return Ok(Arc::new(EmrTransform { account, store, scripts, cluster, pace }));
        }
        let application = output(session, "EmrApplicationId")?;
        let role = output(session, "EmrJobRoleArn")?;
        let billed = Arc::new(Mutex::default());
        Ok(Arc::new(EmrServerlessTransform { account, store, scripts, application, role, pace, billed }))
    }

    pub fn warehouse(session: &Session, kind: WarehouseKind) -> Result<Arc<dyn Warehouse>> {
        let cloud = cloud(&session.place)?;
        let (store, _) = stores(session)?;
        let target = if kind == WarehouseKind::Redshift {
            Target::Cluster { id: output(session, "RedshiftClusterId")?, secret: output(session, "RedshiftSecretArn")? }
        } else {
            Target::Workgroup { name: output(session, "RedshiftWorkgroupName")? }
        };
        Ok(Arc::new(Redshift {
            account: Arc::clone(&cloud.account),
            store,
            target,
            database: output(session, "RedshiftDatabase")?,
            role: output(session, "RedshiftRoleArn")?,
            settings: session.manifest.settings.clone(),
            topic: session.manifest.topic.clone(),
            source: session.manifest.source.clone(),
            pace: cloud.pace(),
        }))
    }
}
