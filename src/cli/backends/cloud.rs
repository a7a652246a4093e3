//! Backends in an AWS account, from what the stack says of itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::pipeline::BucketStore;
use crate::aws::pipeline::comprehend::Comprehend;
use crate::aws::pipeline::emr::EmrTransform;
use crate::aws::pipeline::emr_serverless::EmrServerlessTransform;
use crate::aws::pipeline::kinesis::{KinesisOptions, KinesisStream};
use crate::aws::pipeline::redshift::{Redshift, Target};
use crate::cli::cloud::Cloud;
use crate::cli::pipeline::place::{self, Place};
use crate::cli::pipeline::session::Session;
use crate::config::settings::{
    ScoreSettings, Settings, StreamKind, TableFormat, TransformKind, WarehouseKind,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::ScoreOrder;
use crate::pipeline::follow::Other;
use crate::pipeline::plan;
use crate::pipeline::port::{Model, Stream, Transform, Warehouse};
use crate::redshift;
use crate::stack::names::{Role, SCORER_LOG};

fn cloud(place: &Place) -> Result<&Arc<Cloud>> {
    place.cloud.as_ref().ok_or_else(|| Error::failed("no account was opened"))
}

/// Comprehend, with another model for what it cannot do.
pub fn comprehend(place: &Place, other: Arc<dyn Model>) -> Result<Arc<dyn Model>> {
    Ok(Arc::new(Comprehend::new(Arc::clone(&cloud(place)?.account), other)))
}

/// What can be known to be wrong before anything is written.
pub fn check(place: &Place, settings: &Settings) -> Result<()> {
    match &place.cloud {
        Some(cloud) => place.wait(check_stack(cloud, place, settings)),
        None => Ok(()),
    }
}

/// Whether the stack has what the settings ask for.
async fn check_stack(cloud: &Cloud, place: &Place, settings: &Settings) -> Result<()> {
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
            return Err(Error::usage(format!(
                "the stack {} has no {}",
                cloud.names.name,
                without_article(what)
            ))
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
    if settings.score.is_some() && !outputs.contains_key("ScorerFunctionName") {
        return Err(Error::usage(format!("the stack {} has no function that scores", cloud.names.name))
            .hint(
            "give it one: `score.on: lambda` in the settings file, then `sentistack stack up`; or say --score-on here",
        ));
    }
    if let Some(store) = place.bucket_store()
        && settings.score.is_some()
        && (store.bucket() != cloud.bucket() || !store.prefix().is_empty())
    {
        return Err(Error::usage("the function writes scores into the stack's own bucket alone")
            .hint("leave --root out: the stack's own bucket is used; or say --score-on here"));
    }
    cloud.check_expiry(plan::time_needed(settings, jiff::Timestamp::now())).await
}

fn without_article(what: &str) -> &str {
    what.strip_prefix("a ").or(what.strip_prefix("an ")).unwrap_or(what)
}

fn output(session: &Session, name: &str) -> Result<String> {
    let place = &session.place;
    let outputs = place.wait(cloud(place)?.outputs())?;
    of_outputs(outputs, name)
}

fn of_outputs(outputs: &BTreeMap<String, String>, name: &str) -> Result<String> {
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
    Ok((store.ok_or_else(|| place::needs_bucket("a run of EMR or Redshift"))?, scripts))
}

/// The stack's function, which scores the packets of the stream.
pub fn scored_by(session: &Session, score: &ScoreSettings) -> Result<Other> {
    let cloud = cloud(&session.place)?;
    // A stack that was made anew may have none any more: nothing would ever come.
    output(session, "ScorerFunctionName")?;
    let log = format!(
        "the log group {} in CloudWatch, and at the queue {}, which has what it gave up",
        cloud.names.log_group(SCORER_LOG),
        cloud.names.scorer_failed()
    );
    Ok(Other { log, patience: Duration::from_secs(score.wait_seconds), pace: cloud.pace() })
}

pub fn stream(session: &Session, model_name: &str) -> Result<Arc<dyn Stream>> {
    let cloud = cloud(&session.place)?;
    let settings = &session.manifest.settings;
    let options = KinesisOptions {
        stream: output(session, "StreamName")?,
        run_id: session.manifest.run_id.clone(),
        since: session.manifest.started,
        checkpoints: session.progress.checkpoints.clone(),
        order: settings.function_scores(model_name).map(|_| ScoreOrder::function(&settings.lang)),
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
    Ok(Arc::new(EmrServerlessTransform { account, store, scripts, application, role, pace }))
}

pub fn warehouse(session: &Session, kind: WarehouseKind) -> Result<Arc<dyn Warehouse>> {
    let (store, _) = stores(session)?;
    let place = &session.place;
    let cloud = cloud(place)?;
    let outputs = place.wait(cloud.outputs())?;
    let mut redshift = redshift_of(place, cloud, store, outputs, kind)?;
    redshift.format = session.manifest.settings.table_format;
    redshift.topic.clone_from(&session.manifest.topic);
    redshift.source.clone_from(&session.manifest.source);
    Ok(Arc::new(redshift))
}

/// The warehouse of the stack, for queries; `None` where it has none, or is not up.
pub fn stack_warehouse(place: &Place) -> Result<Option<Arc<dyn Warehouse>>> {
    let (Some(cloud), Some(store)) = (&place.cloud, place.bucket_store()) else { return Ok(None) };
    let outputs = match place.wait(cloud.outputs()) {
        Ok(outputs) => outputs,
        // There is none: the tables in the bucket are there all the same.
        Err(error) if error.kind == ErrorKind::Usage => return Ok(None),
        Err(error) => return Err(error),
    };
    let kind = if outputs.contains_key("RedshiftClusterId") {
        WarehouseKind::Redshift
    } else if outputs.contains_key("RedshiftWorkgroupName") {
        WarehouseKind::RedshiftServerless
    } else {
        return Ok(None);
    };
    Ok(Some(Arc::new(redshift_of(place, cloud, store.clone(), outputs, kind)?)))
}

fn redshift_of(
    place: &Place,
    cloud: &Cloud,
    store: BucketStore,
    outputs: &BTreeMap<String, String>,
    kind: WarehouseKind,
) -> Result<Redshift> {
    let output = |name: &str| of_outputs(outputs, name);
    let grafana = cloud.names.role(Role::Grafana);
    let reader = outputs.contains_key("GrafanaInstanceId").then(|| match kind {
        WarehouseKind::RedshiftServerless => redshift::serverless_reader(&grafana),
        WarehouseKind::Redshift | WarehouseKind::Sqlite | WarehouseKind::None => redshift::READER.to_owned(),
    });
    let target = match kind {
        WarehouseKind::RedshiftServerless => {
            let namespace = output("RedshiftNamespaceName")?;
            let secret = place.wait(cloud.account.namespace_secret(&namespace))?;
            Target::Workgroup { name: output("RedshiftWorkgroupName")?, secret }
        }
        WarehouseKind::Redshift | WarehouseKind::Sqlite | WarehouseKind::None => {
            Target::Cluster { id: output("RedshiftClusterId")?, secret: output("RedshiftSecretArn")? }
        }
    };
    Ok(Redshift {
        account: Arc::clone(&cloud.account),
        store,
        target,
        database: output("RedshiftDatabase")?,
        role: output("RedshiftRoleArn")?,
        format: TableFormat::default(),
        topic: String::new(),
        source: String::new(),
        reader,
        pace: cloud.pace(),
    })
}
