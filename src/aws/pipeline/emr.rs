//! Transform as a step of the stack's EMR cluster. A step is submitted once: its name carries a token that was
//! written down before, and a process that takes the run up looks for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_emr::types::{ActionOnFailure, HadoopJarStepConfig, StepConfig, StepState, StepStatus};
use flate2::read::MultiGzDecoder;

use super::BucketStore;
use super::spark::{self, Job};
use crate::aws::{Account, missing, send};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::TransformCounts;
use crate::limits;
use crate::pipeline::event::{Event, Events};
use crate::pipeline::port::{Store, Submissions, Transform, TransformRequest};

/// A step on a cluster.
pub struct EmrTransform {
    pub account: Arc<Account>,
    /// Where the run is.
    pub store: BucketStore,
    /// The stack's own bucket.
    pub scripts: BucketStore,
    pub cluster: String,
    /// What waits are multiplied by; tests have little time.
    pub pace: f64,
}

/// How a step ended.
enum Ended {
    Well,
    Badly(Error),
}

impl EmrTransform {
    async fn check_cluster(&self) -> Result<()> {
        let state = crate::stack::port::Observe::emr_state(self.account.as_ref(), &self.cluster).await?;
        match state.as_deref() {
            Some("STARTING" | "BOOTSTRAPPING" | "RUNNING" | "WAITING") => Ok(()),
            other => Err(Error::new(ErrorKind::Outside, "the EMR cluster has ended")
                .because(format!("its state is {}", other.unwrap_or("unknown")))
                .hint("`sentistack stack up` makes a new one (it ends after 15 idle minutes); then resume")
                .resource(&self.cluster)),
        }
    }

    fn step_name(request: &TransformRequest, token: &str) -> String {
        format!("sentistack {} {} {token}", request.run_id, request.model)
    }

    /// The step that was submitted under this token, if it came to be.
    async fn find(&self, name: &str) -> Result<Option<String>> {
        let mut marker: Option<String> = None;
        loop {
            let page = send!(self.account, emr, "list the cluster's steps", |c| c
                .list_steps()
                .cluster_id(&self.cluster)
                .set_marker(marker.clone()))?;
            if let Some(step) = page.steps().iter().find(|step| step.name() == Some(name)) {
                return Ok(step.id().map(str::to_owned));
            }
            marker = page.marker().map(str::to_owned);
            if marker.is_none() {
                return Ok(None);
            }
        }
    }

    async fn submit(&self, name: &str, job: &Job) -> Result<String> {
        let spark = ["spark-submit", "--deploy-mode", "client", job.script.as_str()];
        let arguments = spark.iter().map(|s| (*s).to_owned()).chain(job.arguments.iter().cloned());
        let jar = HadoopJarStepConfig::builder()
            .jar("command-runner.jar")
            .set_args(Some(arguments.collect()))
            .build();
        // The cluster is the stack's: what ends it is the stack's time to live.
        let step = StepConfig::builder()
            .name(name)
            .action_on_failure(ActionOnFailure::Continue)
            .hadoop_jar_step(jar)
            .build();
        let answer = send!(self.account, emr, "submit the Spark step", |c| c
            .add_job_flow_steps()
            .job_flow_id(&self.cluster)
            .steps(step.clone()))?;
        answer.step_ids().first().cloned().ok_or_else(|| missing("the step's id"))
    }

    async fn follow(&self, step: &str, job: &Job, events: &dyn Events) -> Result<Ended> {
        let mut said = None;
        loop {
            let answer = send!(self.account, emr, "look at the Spark step", |c| c
                .describe_step()
                .cluster_id(&self.cluster)
                .step_id(step))?;
            let status =
                answer.step().and_then(|step| step.status()).ok_or_else(|| missing("the step's status"))?;
            let state = status.state().cloned().unwrap_or(StepState::Pending);
            if said.as_ref() != Some(&state) {
                events.emit(Event::Note { message: format!("transform step {step} is {}", state.as_str()) });
                said = Some(state.clone());
            }
            match state {
                StepState::Completed => return Ok(Ended::Well),
                StepState::Failed | StepState::Cancelled | StepState::Interrupted => {
                    return Ok(Ended::Badly(self.why(step, job, status).await));
                }
                // Pending, running, being cancelled, or a state of a later day.
                _ => {}
            }
            tokio::time::sleep(Duration::from_secs(limits::STEP_EVERY_SECONDS).mul_f64(self.pace)).await;
        }
    }

    /// Why a step failed, from what EMR says and from its log.
    async fn why(&self, step: &str, job: &Job, status: &StepStatus) -> Error {
        let state = status.state().map_or("FAILED", StepState::as_str);
        let mut error = Error::failed(format!("the Spark step ended {state}")).resource(step);
        let details = status.failure_details();
        let log = format!("logs/emr/{}/steps/{step}/stderr.gz", self.cluster);
        let uri = details.and_then(|d| d.log_file()).map_or_else(|| self.scripts.uri(&log), str::to_owned);
        if let Some(trouble) = job.trouble(&self.store).await {
            error = error.because(trouble);
        } else if let Some(line) = self.log(&log).await.as_deref().and_then(spark::cause) {
            error = error.because(line);
        } else if let Some(why) = details.and_then(|d| d.message().or(d.reason())) {
            error = error.because(why);
        }
        error.hint(format!("its log is (or will be in five minutes) at {uri}; then resume the run"))
    }

    /// A log lags behind: it is waited for a little.
    async fn log(&self, key: &str) -> Option<String> {
        for _ in 0..limits::LOG_TRIES {
            if let Ok(Some(bytes)) = self.scripts.get(key).await {
                let mut text = Vec::new();
                std::io::Read::read_to_end(&mut MultiGzDecoder::new(bytes.as_slice()), &mut text).ok()?;
                return Some(String::from_utf8_lossy(&text).into_owned());
            }
            tokio::time::sleep(Duration::from_secs(2).mul_f64(self.pace)).await;
        }
        None
    }
}

#[async_trait]
impl Transform for EmrTransform {
    async fn transform(
        &self,
        request: &TransformRequest,
        submissions: &dyn Submissions,
        events: &dyn Events,
    ) -> Result<TransformCounts> {
        self.check_cluster().await?;
        let mut open = submissions.open();
        for attempt in 1..=limits::STEP_TRIES {
            let taken_up = match &open {
                Some(token) => self.find(&Self::step_name(request, token)).await?,
                None => None,
            };
            let job = match taken_up {
                // Its inputs lie where it looks for them.
                Some(_) => Job::named(&self.store, &self.scripts, request),
                None => Job::prepare(&self.store, &self.scripts, request).await?,
            };
            let step = match taken_up {
                Some(step) => step,
                None => {
                    let token = token()?;
                    submissions.begin(&token)?;
                    self.submit(&Self::step_name(request, &token), &job).await?
                }
            };
            match self.follow(&step, &job, events).await? {
                Ended::Well => return job.made(&self.store, request).await,
                Ended::Badly(error) if attempt == limits::STEP_TRIES => return Err(error),
                Ended::Badly(error) => {
                    events.emit(Event::Warning { message: format!("{error}; submitting it once more") });
                    open = None;
                }
            }
        }
        Err(Error::failed("the Spark step was given up"))
    }
}

/// Tells one submission from all others.
pub(super) fn token() -> Result<String> {
    let number =
        getrandom::u64().map_err(|e| Error::failed("the system gives no random bytes").because(e))?;
    Ok(format!("{number:016x}"))
}
