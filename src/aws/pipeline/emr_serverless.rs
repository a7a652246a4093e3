//! Transform as a job of the stack's EMR Serverless application. The service knows a job by the token that it was
//! started with, so starting it again gives the same job.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_emrserverless::types::{JobDriver, JobRun, JobRunState, SparkSubmit};

use super::BucketStore;
use super::emr::token;
use super::spark::Job;
use crate::aws::{Account, missing, send};
use crate::error::{Error, Result};
use crate::journal::format::{Billed, TransformCounts};
use crate::limits;
use crate::pipeline::event::{Event, Events};
use crate::pipeline::port::{Submissions, Transform, TransformRequest};

/// A job on an application.
pub struct EmrServerlessTransform {
    pub account: Arc<Account>,
    pub store: BucketStore,
    pub scripts: BucketStore,
    pub application: String,
    /// Role of the job.
    pub role: String,
    /// What waits are multiplied by; tests have little time.
    pub pace: f64,
}

impl EmrServerlessTransform {
    async fn start(&self, request: &TransformRequest, job: &Job, token: &str) -> Result<String> {
        let submit = SparkSubmit::builder()
            .entry_point(&job.script)
            .set_entry_point_arguments(Some(job.arguments.clone()))
            .build()
            .map_err(|e| Error::failed("the job cannot be described").because(e))?;
        let name = format!("sentistack {} {}", request.run_id, request.model);
        let answer = send!(self.account, emr_serverless, "start the Spark job", |c| c
            .start_job_run()
            .application_id(&self.application)
            .client_token(token)
            .execution_role_arn(&self.role)
            .name(&name)
            .job_driver(JobDriver::SparkSubmit(submit.clone())))?;
        Ok(answer.job_run_id().to_owned())
    }

    async fn follow(
        &self,
        id: &str,
        job: &Job,
        spent: &mut Billed,
        events: &dyn Events,
    ) -> Result<Result<()>> {
        let mut said = None;
        loop {
            let answer = send!(self.account, emr_serverless, "look at the Spark job", |c| c
                .get_job_run()
                .application_id(&self.application)
                .job_run_id(id))?;
            let run = answer.job_run().ok_or_else(|| missing("the job"))?;
            let state = run.state().clone();
            if said.as_ref() != Some(&state) {
                events.emit(Event::Note { message: format!("transform job {id} is {}", state.as_str()) });
                said = Some(state.clone());
            }
            let is_over =
                matches!(state, JobRunState::Success | JobRunState::Failed | JobRunState::Cancelled);
            if is_over && let Some(message) = bill(run, spent) {
                events.emit(Event::Note { message });
            }
            match state {
                JobRunState::Success => return Ok(Ok(())),
                JobRunState::Failed | JobRunState::Cancelled => {
                    let trouble = job.trouble(&self.store).await;
                    return Ok(Err(Error::failed(format!("the Spark job ended {}", state.as_str()))
                        .because(trouble.as_deref().unwrap_or(run.state_details()))
                        .hint("its log is in the bucket under logs/emr-serverless/; then resume the run")
                        .resource(id)));
                }
                // On its way, or a state of a later day.
                _ => {}
            }
            tokio::time::sleep(Duration::from_secs(limits::STEP_EVERY_SECONDS).mul_f64(self.pace)).await;
        }
    }
}

/// Adds what the service says that it bills for a job, and says it.
fn bill(run: &JobRun, spent: &mut Billed) -> Option<String> {
    let billed = run.billed_resource_utilization()?;
    let (vcpu, memory, storage) = (billed.v_cpu_hour()?, billed.memory_gb_hour()?, billed.storage_gb_hour()?);
    spent.vcpu_hours += vcpu;
    spent.memory_gb_hours += memory;
    spent.storage_gb_hours += storage;
    Some(format!(
        "EMR Serverless bills {vcpu:.3} vCPU-hours, {memory:.3} GB-hours of memory and {storage:.3} GB-hours of storage"
    ))
}

#[async_trait]
impl Transform for EmrServerlessTransform {
    async fn transform(
        &self,
        request: &TransformRequest,
        submissions: &dyn Submissions,
        events: &dyn Events,
    ) -> Result<TransformCounts> {
        let mut open = submissions.open();
        let mut spent = Billed { region: self.account.region().to_owned(), ..Billed::default() };
        for attempt in 1..=limits::STEP_TRIES {
            let (job, token) = match open.take() {
                Some(token) => (Job::named(&self.store, &self.scripts, request), token),
                None => {
                    let job = Job::prepare(&self.store, &self.scripts, request).await?;
                    let token = token()?;
                    submissions.begin(&token)?;
                    (job, token)
                }
            };
            let id = self.start(request, &job, &token).await?;
            match self.follow(&id, &job, &mut spent, events).await? {
                Ok(()) => {
                    let made = job.made(&self.store, request).await?;
                    return Ok(TransformCounts { billed: (spent.vcpu_hours > 0.0).then_some(spent), ..made });
                }
                Err(error) if attempt == limits::STEP_TRIES => return Err(error),
                Err(error) => {
                    events.emit(Event::Warning { message: format!("{error}; starting it once more") });
                }
            }
        }
        Err(Error::failed("the Spark job was given up"))
    }
}
