//! What the engines need of an account. Reading and changing are two traits, so that a planner cannot change
//! anything: it is never handed the second.

use async_trait::async_trait;
use jiff::Timestamp;

use super::change::{Change, ChangeSet, Desired, OnFailure};
use super::names::Names;
use super::state::{BucketContents, Found, Identity, Kind, Resource, Schedule, StackEvent, StackState};
use crate::error::Result;

/// Reads an account. Nothing that lasts is changed by any of it.
#[async_trait]
pub trait Observe: Send + Sync {
    async fn identity(&self) -> Result<Identity>;

    /// The stack of this name or ARN; a deleted one only by ARN.
    async fn stack(&self, name: &str) -> Result<Option<StackState>>;

    /// All stacks of the account and region that are not deleted.
    async fn stacks(&self) -> Result<Vec<StackState>>;

    /// The template it was last given, byte for byte.
    async fn template(&self, stack: &str) -> Result<Option<String>>;

    async fn resources(&self, stack: &str) -> Result<Vec<Resource>>;

    /// Events newer than `since`, oldest first; all of them without it.
    async fn events(&self, stack_id: &str, since: Option<&str>) -> Result<Vec<StackEvent>>;

    /// What would change in a stack that exists. The change set it takes is deleted again before this returns,
    /// also when it fails.
    async fn preview(&self, desired: &Desired) -> Result<Vec<Change>>;

    /// The state of an EMR cluster, as EMR says it; `None`: it does not know it.
    async fn emr_state(&self, cluster_id: &str) -> Result<Option<String>>;

    /// Everything of one kind that carries the name or the tag.
    async fn find(&self, kind: Kind, names: &Names, account: &str) -> Result<Vec<Found>>;

    async fn schedules(&self, names: &Names) -> Result<Vec<Schedule>>;

    /// Keys of a bucket that begin so, 1,000 at the most; none where there is no such bucket.
    async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>>;

    /// `None`: there is no such bucket.
    async fn bucket(&self, bucket: &str) -> Result<Option<BucketContents>>;
}

/// Changes an account.
#[async_trait]
pub trait Operate: Observe {
    /// Works out a change set; the stack comes to be as an empty shell if it does not exist.
    async fn create_change_set(&self, desired: &Desired, on_failure: OnFailure) -> Result<ChangeSet>;

    async fn delete_change_set(&self, set: &ChangeSet) -> Result<()>;

    async fn execute(&self, set: &ChangeSet) -> Result<()>;

    /// Starts to delete a stack. `retain`: logical ids that are left alone (only after a failed deletion).
    async fn delete_stack(&self, stack: &str, role_arn: Option<&str>, retain: &[String]) -> Result<()>;

    /// Puts a schedule there, or makes the one of this name equal to it.
    async fn put_schedule(&self, schedule: &Schedule) -> Result<()>;

    async fn delete_schedule(&self, schedule: &Schedule) -> Result<()>;

    /// Begins to end what bills; what is ending already is left alone.
    async fn stop_meter(&self, found: &Found) -> Result<()>;

    /// Deletes what was found, whatever it is.
    async fn delete(&self, found: &Found) -> Result<()>;

    /// Sets the RPU-hours a month after which a workgroup of Redshift Serverless is deactivated. Whether anything
    /// changed.
    async fn cap_usage(&self, workgroup: &str, rpu_hours: u64) -> Result<bool>;

    /// Takes back the rules by which the groups of the stack's network name each other, and removes interfaces
    /// that nothing uses. Gives what was done.
    async fn loosen_network(&self, names: &Names) -> Result<Vec<String>>;

    /// Deletes all versions of all objects. `progress` is told how many are gone.
    async fn empty_bucket(&self, bucket: &str, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<u64>;
}

/// Time, so that tests need not wait.
#[async_trait]
pub trait Pace: Send + Sync {
    fn now(&self) -> Timestamp;
    /// Returns early, with an error, when the user asked to stop.
    async fn sleep(&self, time: std::time::Duration) -> Result<()>;
}
