//! The batches that are sent to Redshift's Data API. A batch is one transaction: there is no BEGIN and no COMMIT in it.

use super::sql::{Value, fill};
use crate::config::settings::TableFormat;
use crate::error::{Error, Result};
use crate::limits::{DATA_API_STATEMENT_BYTES, DATA_API_STATEMENTS};
use crate::pipeline::stages::StageRow;

/// Statements that are done together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub steps: Vec<Step>,
    /// The step, from 1, whose rows are the answer.
    pub answer: Option<usize>,
}

/// One statement of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does, as its file under `redshift/` is called.
    pub name: &'static str,
    pub sql: String,
}

impl Batch {
    fn of(steps: &[(&'static str, &[(&str, Value<'_>)])], answer: Option<usize>) -> Result<Self> {
        let steps = steps
            .iter()
            .map(|(name, values)| Ok(Step { name, sql: fill(name, values)? }))
            .collect::<Result<Vec<_>>>()?;
        Self { steps, answer }.within_limits()
    }

    fn within_limits(self) -> Result<Self> {
        let long = self.steps.iter().find(|step| step.sql.len() > DATA_API_STATEMENT_BYTES);
        if let Some(step) = long {
            return Err(Error::failed(format!(
                "the statement {} has {} bytes, and Redshift's Data API takes {DATA_API_STATEMENT_BYTES}",
                step.name,
                step.sql.len()
            )));
        }
        if self.steps.len() > DATA_API_STATEMENTS {
            return Err(Error::failed(format!(
                "a batch of {} statements, and Redshift's Data API takes {DATA_API_STATEMENTS}",
                self.steps.len()
            )));
        }
        Ok(self)
    }

    /// The statements, in order, as BatchExecuteStatement takes them.
    pub fn statements(&self) -> Vec<String> {
        self.steps.iter().map(|step| step.sql.clone()).collect()
    }

    /// What GetStatementResult is asked for, once the batch `id` has finished.
    pub fn answer_of(&self, id: &str) -> Option<String> {
        self.answer.map(|step| format!("{id}:{step}"))
    }

    /// What step `number`, from 1, does.
    pub fn name_of(&self, number: usize) -> Option<&'static str> {
        self.steps.get(number.checked_sub(1)?).map(|step| step.name)
    }
}

/// Asks for the version of the schema. The answer is one row of one number: what to call [`migrate`] with.
pub fn open() -> Result<Batch> {
    Batch::of(&[("create-warehouse-version", &[]), ("read-version", &[])], Some(2))
}

/// What each version of the schema adds to the one before, the first one first. A version, once published, stays as it
/// is: columns are only ever appended, nullable, by `migrate-NNNN-….sql` of a version of its own.
const VERSIONS: &[&[&str]] = &[
    &["create-tweet", "create-sentiment", "create-loaded-run", "protect-schema"],
    &["create-tweet-lang", "create-run-stage"],
];

/// Brings the schema from version `found` to the newest; `None` when it is there.
///
/// # Errors
/// If it is of a newer version than this tool knows.
pub fn migrate(found: u32, tool_version: &str) -> Result<Option<Batch>> {
    migrate_through(VERSIONS, found, tool_version)
}

fn migrate_through(versions: &[&[&'static str]], found: u32, tool_version: &str) -> Result<Option<Batch>> {
    let newest = u32::try_from(versions.len()).unwrap_or(u32::MAX);
    if found > newest {
        return Err(Error::input(format!(
            "the warehouse was made by a newer version of this tool (schema {found}, this one knows {newest})"
        ))
        .hint("use the newer version, or bring up a stack of another name"));
    }
    if found == newest {
        return Ok(None);
    }
    let written = [("version", Value::Number(newest.into())), ("tool_version", Value::Text(tool_version))];
    let mut steps: Vec<(&'static str, &[(&str, Value<'_>)])> = vec![("lock-version", &[])];
    steps.extend(
        versions.iter().skip(found as usize).flat_map(|names| names.iter()).map(|name| (*name, &[][..])),
    );
    steps.push(("write-version", &written));
    Batch::of(&steps, None).map(Some)
}

/// What is loaded, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    pub run_id: &'a str,
    pub model: &'a str,
    pub topic: &'a str,
    pub source: &'a str,
    pub tool_version: &'a str,
    /// ARN of the role that COPY reads the bucket with.
    pub role: &'a str,
    pub format: TableFormat,
    /// `s3://` URIs of the manifests, see [`super::manifest`]. `None` where a table has no file, and for posts that are
    /// not to be kept (`privacy: aggregate`): what an earlier load brought goes all the same.
    pub tweet_manifest: Option<&'a str>,
    pub sentiment_manifest: Option<&'a str>,
}

/// Loads both tables of a run and a model, replacing rows of the same key, and what an earlier load of the same run
/// and model brought. The answer is one row of two numbers: tweets and windows that are there of this run now.
pub fn load(load: &Load<'_>) -> Result<Batch> {
    let run = [("run_id", Value::Text(load.run_id)), ("model", Value::Text(load.model))];
    let all = [
        run[0],
        run[1],
        ("topic", Value::Text(load.topic)),
        ("source", Value::Text(load.source)),
        ("tool_version", Value::Text(load.tool_version)),
    ];
    let copy = |manifest| [("manifest", Value::Text(manifest)), ("role", Value::Text(load.role))];
    let csv = load.format == TableFormat::Csv;
    let (tweet_copy, sentiment_copy) = (load.tweet_manifest.map(copy), load.sentiment_manifest.map(copy));
    let mut steps: Vec<(&'static str, &[(&str, Value<'_>)])> = vec![("lock-loads", &[])];
    if let Some(values) = &tweet_copy {
        steps.push(("stage-tweet", &[]));
        steps.push((if csv { "copy-tweet-csv" } else { "copy-tweet-parquet" }, values));
        if csv {
            steps.push(("empty-to-null-tweet", &[]));
        }
    }
    if let Some(values) = &sentiment_copy {
        steps.push(("stage-sentiment", &[]));
        steps.push((if csv { "copy-sentiment-csv" } else { "copy-sentiment-parquet" }, values));
    }
    steps.push(("forget-tweet", &run));
    steps.push(("forget-sentiment", &run));
    if tweet_copy.is_some() {
        steps.extend([("replace-tweet", &[][..]), ("insert-tweet", &[]), ("drop-stage-tweet", &[])]);
    }
    if sentiment_copy.is_some() {
        steps.extend([
            ("replace-sentiment", &[][..]),
            ("insert-sentiment", &[]),
            ("drop-stage-sentiment", &[]),
        ]);
    }
    steps.push(("forget-loaded-run", &run));
    steps.push(("insert-loaded-run", &all));
    steps.push(("count-run", &run));
    let answer = steps.len();
    Batch::of(&steps, Some(answer))
}

/// Writes down what the stages of a run took, in the place of what was written before.
pub fn stages(run_id: &str, model: &str, stages: &[StageRow]) -> Result<Batch> {
    let run = [("run_id", Value::Text(run_id)), ("model", Value::Text(model))];
    let written: Vec<[String; 3]> = stages
        .iter()
        .map(|row| {
            let at = row.finished_at.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string();
            [at, row.seconds.to_string(), row.cost_usd.to_string()]
        })
        .collect();
    let values: Vec<[(&str, Value<'_>); 6]> = stages
        .iter()
        .zip(&written)
        .map(|(row, [at, seconds, cost])| {
            let stage = ("stage", Value::Text(row.stage.as_str()));
            let (at, seconds) = (("finished_at", Value::Text(at)), ("seconds", Value::Text(seconds)));
            [run[0], run[1], stage, at, seconds, ("cost_usd", Value::Text(cost))]
        })
        .collect();
    let mut steps: Vec<(&'static str, &[(&str, Value<'_>)])> =
        vec![("lock-loads", &[]), ("forget-run-stage", &run)];
    steps.extend(values.iter().map(|values| ("insert-run-stage", &values[..])));
    Batch::of(&steps, None)
}

/// Asks how many tweets and windows the last load of a run and model brought. No row: it was not loaded.
pub fn count(run_id: &str, model: &str) -> Result<Batch> {
    Batch::of(&[("count-run", &[("run_id", Value::Text(run_id)), ("model", Value::Text(model))])], Some(1))
}

/// Asks whether there is a user. The answer is one row of one number: 0 or 1, what to call [`reader`] with.
pub fn find_user(user: &str) -> Result<Batch> {
    Batch::of(&[("find-user", &[("user", Value::Text(user))])], Some(1))
}

/// Lets `user` ([`super::READER`], or [`super::serverless_reader`]) read, and nothing else; makes the user that is not there.
pub fn reader(user: &str, exists: bool) -> Result<Batch> {
    let named = [("user", Value::Text(user))];
    let mut steps: Vec<(&'static str, &[(&str, Value<'_>)])> = Vec::new();
    if !exists {
        steps.push(("create-user", &named));
    }
    steps.extend([("grant-usage", &named[..]), ("grant-select", &named)]);
    Batch::of(&steps, None)
}

/// Asks why the last COPY of CSV files whose URIs start with `prefix` failed: file, line, column (null: none of them),
/// reason; three rows at most.
pub fn load_errors(prefix: &str) -> Result<Batch> {
    Batch::of(&[("load-errors", &[("prefix", Value::Text(prefix))])], Some(1))
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
