//! What the page asks for, in its own words: figures out of the tables, the runs that there are, and how far one has
//! come. Whoever implements it knows where the tables and runs are; the page does not.

use async_trait::async_trait;
use serde::Serialize;

use crate::error::Result;
use crate::panels::Dialect;
use crate::pipeline::port::QueryRows;

/// A run, to be picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunCard {
    pub run_id: String,
    pub topic: String,
    pub source: String,
    /// The model that it was begun with, as the tables name it, then the others.
    pub models: Vec<String>,
    /// Posts written by a program, not by people.
    pub synthetic: bool,
    /// RFC 3339, whole seconds.
    pub started: String,
    /// As `pipeline list` has it: running, finished, stopped, damaged.
    pub state: String,
    /// Posts that were staged.
    pub tweets: u64,
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Look {
    pub run_id: String,
    /// As in [`RunCard`].
    pub state: String,
    /// The stage that is under way or comes next; nothing when all are done.
    pub stage: Option<String>,
    /// How often a load of this run ended: another number means other tables.
    pub loads: u64,
    /// Posts staged, and posts that have a score or were found to need none.
    pub staged: u64,
    pub scored: u64,
    /// Windows that posts were staged of, and how many the run will have, if it was planned.
    pub windows: u64,
    pub planned: Option<u64>,
    /// Posts staged by window, in order: RFC 3339, and how many. Empty once the tables are there.
    pub by_window: Vec<(String, u64)>,
    /// Why the last attempt ended, if it did not end well.
    pub failure: Option<String>,
}

/// Tables and runs.
#[async_trait]
pub trait Desk: Send + Sync {
    /// How its SQL is spelled.
    fn dialect(&self) -> Dialect;

    /// Milliseconds between two looks at a run that is going on, and at one that is not: some looks are paid for.
    fn look_every(&self) -> (u64, u64);

    /// A word that changes with the tables; `None` where that cannot be told without asking them.
    async fn version(&self) -> Option<String>;

    /// Runs one read-only statement. A future that is dropped stops it.
    async fn query(&self, sql: &str) -> Result<QueryRows>;

    /// The same for one that gives the `rows` scored tweets whose label has the highest probability.
    async fn query_surest(&self, sql: &str, rows: usize) -> Result<QueryRows>;

    /// All runs, the newest first.
    async fn runs(&self) -> Result<Vec<RunCard>>;

    /// The id of the newest run.
    async fn newest(&self) -> Result<Option<String>>;

    /// The run of this id, or the newest; `None` where there is none.
    async fn look(&self, run_id: Option<&str>) -> Result<Option<Look>>;
}
