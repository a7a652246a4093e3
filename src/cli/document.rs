//! The JSON documents that commands print. Field names are a contract; `docs/schema/` is made from these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::exit;
use crate::error::{Error, ErrorKind};

/// Version of all documents.
pub const SCHEMA_VERSION: u32 = 1;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// There was nothing to do.
    Unchanged,
    Failed,
    /// Stopped, and can go on where it was.
    Resumable,
    /// Refused by a limit.
    Refused,
}

impl Status {
    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Failed
            | ErrorKind::Input
            | ErrorKind::Usage
            | ErrorKind::Config
            | ErrorKind::Leftovers
            | ErrorKind::Rejected => Self::Failed,
            ErrorKind::Outside | ErrorKind::Interrupted | ErrorKind::Terminated => Self::Resumable,
            ErrorKind::CostLimit => Self::Refused,
        }
    }
}

/// What every document has.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    pub schema_version: u32,
    pub command: &'a str,
    pub status: Status,
    pub error: Option<&'a Error>,
    #[serde(flatten)]
    pub body: &'a serde_json::Map<String, serde_json::Value>,
}

/// What a command gives back.
#[derive(Debug)]
pub struct Outcome {
    pub status: Status,
    pub text: String,
    pub body: serde_json::Map<String, serde_json::Value>,
    pub error: Option<Error>,
    /// An exit code other than that of the error, or of none.
    pub exit: Option<u8>,
}

impl Outcome {
    /// A good end.
    pub fn ok<B: Serialize>(text: impl Into<String>, body: &B) -> Self {
        Self { status: Status::Ok, text: text.into(), body: map(body), error: None, exit: None }
    }

    /// A bad end of which something is known all the same.
    pub fn failed<B: Serialize>(error: Error, text: impl Into<String>, body: &B) -> Self {
        Self {
            status: Status::of(error.kind),
            text: text.into(),
            body: map(body),
            error: Some(error),
            exit: None,
        }
    }

    /// There was nothing to do.
    #[must_use]
    pub fn unchanged(mut self) -> Self {
        self.status = Status::Unchanged;
        self
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        let of_error = self.error.as_ref().map_or(exit::OK, |error| exit::code(error.kind));
        self.exit.unwrap_or(of_error)
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Self::failed(error, "", &BTreeMap::<String, String>::new())
    }
}

fn map<B: Serialize>(body: &B) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(body) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    }
}

/// What `pipeline run`, `resume` and `score` print.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RunDocument {
    pub run_id: String,
    /// The run's own folder, absolute.
    pub run_dir: String,
    pub topic: String,
    pub source: String,
    pub model: String,
    /// Posts written by a program, not by people.
    pub synthetic: bool,
    /// Posts in the tables.
    pub tweets: u64,
    /// Windows in the tables.
    pub windows: u64,
    pub scored: u64,
    /// Posts in a language that was not asked for.
    pub unscored: u64,
    /// Of those scored, the ones that the model could not do and the embedded one did.
    pub fallback: u64,
    /// Retweets left out because they repeat one that was kept.
    pub collapsed: u64,
    /// Posts left out, all reasons.
    pub dropped: u64,
    pub dropped_by: BTreeMap<String, u64>,
    /// Lines that could not be read.
    pub rejected: u64,
    /// Scored posts by label.
    pub labels: BTreeMap<String, u64>,
    /// Estimated shares by label, with 95 % intervals.
    pub shares: BTreeMap<String, ShareDocument>,
    pub outputs: Outputs,
    /// A machine of the stack works on it; the counts are not known yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remote: bool,
    /// That machine, as EC2 calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Seconds by stage.
    pub seconds: BTreeMap<String, f64>,
    pub cost: Cost,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ShareDocument {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// Where a run's results are: absolute paths, or URIs; `null` for what was not made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outputs {
    pub tweet: Option<String>,
    pub sentiment: Option<String>,
    pub report: Option<String>,
}

/// Money.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cost {
    pub currency: String,
    pub estimated: f64,
    pub measured: f64,
    pub items: Vec<CostItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostItem {
    pub name: String,
    pub amount: f64,
    pub measured: bool,
}

impl Default for Cost {
    fn default() -> Self {
        Self { currency: "USD".to_owned(), estimated: 0.0, measured: 0.0, items: Vec::new() }
    }
}

/// A run in `pipeline list` and `pipeline status`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunSummary {
    pub run_id: String,
    pub run_dir: String,
    pub topic: String,
    pub source: String,
    pub synthetic: bool,
    pub started: String,
    pub finished: Option<String>,
    /// `finished`, `running`, `stopped` (can be resumed) or `damaged`.
    pub state: String,
    /// The first stage that is left.
    pub next_stage: Option<String>,
    pub tweets: u64,
    pub models: Vec<String>,
    /// Why the last attempt ended, if it said so.
    pub last_failure: Option<String>,
    /// The machine of the stack that works on it, or did last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteSummary>,
}

/// The machine of a remote run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RemoteSummary {
    /// As EC2 calls it.
    pub instance: String,
    /// As EC2 says it: `pending`, `running`, `shutting-down`, …; `terminated` also where EC2 knows it no more.
    pub state: String,
    /// What it printed, copied now and then and at its end.
    pub log: String,
    /// Whether it works, or will.
    #[serde(skip)]
    pub alive: bool,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RunsDocument {
    pub runs: Vec<RunSummary>,
}

/// What `sql` prints.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct SqlDocument {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<serde_json::Value>>,
}
