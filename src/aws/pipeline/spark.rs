//! What both kinds of EMR have in common: the script and its inputs in the bucket, its arguments, and what it wrote.

use sha2::{Digest, Sha256};

use serde::Deserialize;

use super::BucketStore;
use crate::assets::EMR_SCRIPT;
use crate::config::settings::TableFormat;
use crate::error::{Error, Result};
use crate::journal::format::TransformCounts;
use crate::layout::RunLayout;
use crate::pipeline::port::{Durability, Store, TransformRequest};
use crate::wire;

/// A job, ready to be submitted.
pub struct Job {
    /// `s3://…/emr-script-<hash>.py`.
    pub script: String,
    pub arguments: Vec<String>,
    /// Where the script says what it made.
    summary: String,
}

/// What the script writes when it is done.
#[derive(Debug, Deserialize)]
struct Summary {
    tweets: u64,
    windows: u64,
    scored: u64,
    unscored: u64,
    labels: [u64; 4],
    truncated: u64,
    corrupt: Corrupt,
}

/// Lines of packets that are not what the data contract says.
#[derive(Debug, Default, Deserialize)]
struct Corrupt {
    staging: u64,
    sentiments: u64,
}

/// What it writes when it is not.
#[derive(Debug, Deserialize)]
struct Trouble {
    error: String,
}

impl Job {
    /// The job of a request, without putting anything there.
    pub fn named(store: &BucketStore, scripts: &BucketStore, request: &TransformRequest) -> Self {
        let layout = RunLayout::new(&request.run_id);
        let format = match request.format {
            TableFormat::Parquet => "parquet",
            TableFormat::Csv => "csv",
        };
        let (windows, summary) = (key(request, "windows.jsonl"), key(request, "summary.json"));
        let arguments = [
            ("--staging", store.uri(&layout.staging())),
            ("--sentiments", store.uri(&layout.sentiments(&request.model))),
            ("--windows", store.uri(&windows)),
            ("--output", store.uri(&layout.tables(&request.model))),
            ("--summary", store.uri(&summary)),
            ("--run-id", request.run_id.clone()),
            ("--topic", request.topic.clone()),
            ("--source", request.source.clone()),
            ("--model", request.model.clone()),
            ("--window-seconds", request.window_seconds.to_string()),
            ("--format", format.to_owned()),
        ];
        Self {
            script: scripts.uri(&script()),
            arguments: arguments.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect(),
            summary,
        }
    }

    /// The job of a request, with the script and the list of windows put there. `scripts` is the stack's bucket.
    pub async fn prepare(
        store: &BucketStore,
        scripts: &BucketStore,
        request: &TransformRequest,
    ) -> Result<Self> {
        let job = Self::named(store, scripts, request);
        if scripts.get(&script()).await?.is_none() {
            scripts.put(&script(), EMR_SCRIPT.as_bytes().to_vec(), Durability::Power).await?;
        }
        // One of an earlier attempt must not pass for this one's.
        store.delete_prefix(folder_of(&job.summary)).await?;
        store
            .put(&key(request, "windows.jsonl"), wire::json_lines(&request.windows)?, Durability::Power)
            .await?;
        Ok(job)
    }

    /// What the script itself says went wrong, if it came to say it.
    pub async fn trouble(&self, store: &BucketStore) -> Option<String> {
        let bytes = store.get(&self.summary).await.ok()??;
        Some(serde_json::from_slice::<Trouble>(&bytes).ok()?.error)
    }

    /// What it made, once it has ended well.
    pub async fn made(&self, store: &BucketStore, request: &TransformRequest) -> Result<TransformCounts> {
        let gone = || {
            Error::failed("the job ended well and left no summary")
                .hint("run it again with --from-stage transform")
                .resource(store.uri(&self.summary))
        };
        let bytes = store.get(&self.summary).await?.ok_or_else(gone)?;
        let summary: Summary =
            serde_json::from_slice(&bytes).map_err(|e| gone().because(format!("it cannot be read: {e}")))?;
        let corrupt = summary.corrupt.staging + summary.corrupt.sentiments;
        if corrupt > 0 {
            return Err(Error::failed(format!("{corrupt} lines of packets could not be read by Spark"))
                .hint("redo the run with --from-stage score; if that does not help, with --from-stage ingest")
                .resource(store.uri(&format!("{}/corrupt", folder_of(&self.summary)))));
        }
        let tables = RunLayout::new(&request.run_id).tables(&request.model);
        let files = store.list(&tables).await?.into_iter().map(|entry| entry.key);
        Ok(TransformCounts {
            tweets: summary.tweets,
            windows: summary.windows,
            scored: summary.scored,
            unscored: summary.unscored,
            labels: summary.labels,
            truncated: summary.truncated,
            files: files.filter(|key| !key.ends_with("/_SUCCESS")).collect(),
            billed: None,
        })
    }
}

/// The script's key: by its content, so that one version never takes another's place.
fn script() -> String {
    let hash = Sha256::digest(EMR_SCRIPT.as_bytes());
    let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("scripts/emr-script-{hash}.py")
}

/// The key of a file that the tool and the script hand to each other.
fn key(request: &TransformRequest, name: &str) -> String {
    format!("{}/emr/{}/{name}", RunLayout::new(&request.run_id).dir(), request.model)
}

fn folder_of(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(folder, _)| folder)
}

/// The line of a job's log that says why it failed: the last one of Python's or Java's that names an error.
pub fn cause(log: &str) -> Option<String> {
    let says = |line: &&str| {
        let line = line.trim();
        let named = line.split([':', ' ']).next().unwrap_or_default();
        let is_error = ["Error", "Exception"].iter().any(|end| named.ends_with(end));
        is_error && !line.starts_with("at ")
    };
    let line = log.lines().rev().find(says)?.trim();
    Some(line.chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_the_last_error_that_is_named() {
        let log = "INFO x\nTraceback (most recent call last):\n  File \"a.py\", line 1\nValueError: no window\nINFO end";
        assert_eq!(cause(log).as_deref(), Some("ValueError: no window"));
        let java = "org.apache.spark.SparkException: Job aborted\n\tat a.b.C(D.java:1)\n";
        assert_eq!(cause(java).as_deref(), Some("org.apache.spark.SparkException: Job aborted"));
        assert_eq!(cause("all is well"), None);
    }
}
