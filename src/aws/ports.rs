//! The account as the engines see it.

use async_trait::async_trait;
use aws_credential_types::provider::ProvideCredentials;

use super::{Account, missing, send};
use crate::error::Result;
use crate::stack::change::{Change, ChangeSet, Desired, OnFailure};
use crate::stack::names::Names;
use crate::stack::port::{Observe, Operate};
use crate::stack::state::{
    BucketContents, Found, Identity, Kind, Resource, Schedule, StackEvent, StackState,
};

#[async_trait]
impl Observe for Account {
    async fn identity(&self) -> Result<Identity> {
        let identity = self
            .identity
            .get_or_try_init(|| async {
                let answer =
                    send!(self, sts, "ask who the credentials belong to", |c| c.get_caller_identity())?;
                let expires = match self.clients().config.credentials_provider() {
                    Some(provider) => {
                        provider.provide_credentials().await.ok().and_then(|found| found.expiry())
                    }
                    None => None,
                };
                Ok::<_, crate::error::Error>(Identity {
                    account: answer.account().ok_or_else(|| missing("an account"))?.to_owned(),
                    arn: answer.arn().unwrap_or_default().to_owned(),
                    expires: expires.and_then(|at| jiff::Timestamp::try_from(at).ok()),
                })
            })
            .await?;
        Ok(identity.clone())
    }

    async fn stack(&self, name: &str) -> Result<Option<StackState>> {
        self.describe(name).await
    }

    async fn stacks(&self) -> Result<Vec<StackState>> {
        self.list_stacks().await
    }

    async fn template(&self, stack: &str) -> Result<Option<String>> {
        self.template_of(stack).await
    }

    async fn resources(&self, stack: &str) -> Result<Vec<Resource>> {
        self.list_resources(stack).await
    }

    async fn events(&self, stack_id: &str, since: Option<&str>) -> Result<Vec<StackEvent>> {
        self.list_events(stack_id, since).await
    }

    async fn preview(&self, desired: &Desired) -> Result<Vec<Change>> {
        let set = self.work_out(desired, OnFailure::Rollback).await?;
        self.discard(&set.id).await?;
        Ok(set.changes)
    }

    async fn emr_state(&self, cluster_id: &str) -> Result<Option<String>> {
        self.cluster_state(cluster_id).await
    }

    async fn find(&self, kind: Kind, names: &Names, account: &str) -> Result<Vec<Found>> {
        self.look_for(kind, names, account).await
    }

    async fn schedules(&self, names: &Names) -> Result<Vec<Schedule>> {
        self.list_schedules(names).await
    }

    async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        self.keys_of(bucket, prefix).await
    }

    async fn bucket(&self, bucket: &str) -> Result<Option<BucketContents>> {
        self.contents(bucket).await
    }
}

#[async_trait]
impl Operate for Account {
    async fn create_change_set(&self, desired: &Desired, on_failure: OnFailure) -> Result<ChangeSet> {
        if let Some(bucket) = &desired.bucket {
            for upload in &desired.uploads {
                self.put_upload(bucket, upload).await?;
            }
        }
        self.work_out(desired, on_failure).await
    }

    async fn delete_change_set(&self, set: &ChangeSet) -> Result<()> {
        self.discard(&set.id).await
    }

    async fn execute(&self, set: &ChangeSet) -> Result<()> {
        self.carry_out(set).await
    }

    async fn delete_stack(&self, stack: &str, role_arn: Option<&str>, retain: &[String]) -> Result<()> {
        let what = format!("delete the stack {stack}");
        let retain = (!retain.is_empty()).then(|| retain.to_vec());
        match send!(self, cloudformation, &what, |c| c
            .delete_stack()
            .stack_name(stack)
            .set_role_arn(role_arn.map(str::to_owned))
            .set_retain_resources(retain.clone()))
        {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_no_stack() => Ok(()),
            Err(failure) if failure.message.contains("cannot be assumed") => Err(crate::error::Error::from(
                failure,
            )
            .hint(
                "the roles of the storage stack are gone: `sentistack stack up --only storage`, then again",
            )),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn put_schedule(&self, schedule: &Schedule) -> Result<()> {
        self.write_schedule(schedule).await
    }

    async fn delete_schedule(&self, schedule: &Schedule) -> Result<()> {
        self.remove_schedule(&schedule.group, &schedule.name).await
    }

    async fn stop_meter(&self, found: &Found) -> Result<()> {
        self.stop(found).await
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        self.remove(found).await
    }

    async fn cap_usage(&self, workgroup: &str, rpu_hours: u64) -> Result<bool> {
        self.cap(workgroup, rpu_hours).await
    }

    async fn loosen_network(&self, names: &Names) -> Result<Vec<String>> {
        self.loosen(names).await
    }

    async fn empty_bucket(&self, bucket: &str, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<u64> {
        self.empty(bucket, progress).await
    }
}
