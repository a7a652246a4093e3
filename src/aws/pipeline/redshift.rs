//! Redshift as the warehouse, a cluster or Serverless, through its Data API: one batch is one transaction. What the
//! statements are is `crate::redshift`'s to say.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::types::{Field, StatusString};
use serde_json::Value;

use super::BucketStore;
use super::emr::token;
use crate::aws::{Account, missing, send};
use crate::config::settings::TableFormat;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::RunLayout;
use crate::limits;
use crate::pipeline::event::{Event, Events};
use crate::pipeline::port::{Durability, QueryRows, Store, Warehouse};
use crate::pipeline::stages::StageRow;
use crate::redshift::batch::{self, Batch, Load};
use crate::redshift::guard;
use crate::redshift::manifest::{self, TableFile};
use crate::redshift::reason;

/// Where statements go.
#[derive(Clone, Debug)]
pub enum Target {
    /// A cluster, as the user whose password the secret holds.
    Cluster { id: String, secret: String },
    /// A workgroup of Serverless, likewise.
    Workgroup { name: String, secret: String },
}

/// The warehouse of one run.
pub struct Redshift {
    pub account: Arc<Account>,
    pub store: BucketStore,
    pub target: Target,
    pub database: String,
    /// ARN of the role that COPY reads with.
    pub role: String,
    pub format: TableFormat,
    pub topic: String,
    pub source: String,
    /// Who may read the tables: the user of the dashboards.
    pub reader: Option<String>,
    /// What waits are multiplied by; tests have little time.
    pub pace: f64,
}

/// A batch that came to nothing.
struct Failed {
    error: Error,
    passing: bool,
    has_details: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, passing: false, has_details: false }
    }
}

impl Redshift {
    fn names(&self) -> (Option<String>, Option<String>, Option<String>) {
        match &self.target {
            Target::Cluster { id, secret } => (Some(id.clone()), None, Some(secret.clone())),
            Target::Workgroup { name, secret } => (None, Some(name.clone()), Some(secret.clone())),
        }
    }

    /// Sends a batch and waits for it; what passes by itself is tried again. Gives the rows of its answer.
    async fn run(&self, batch: &Batch) -> Result<QueryRows> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once(batch).await {
                Ok(rows) => return Ok(rows),
                Err(failed) if failed.passing && tries < limits::BATCH_TRIES => {
                    tokio::time::sleep(Duration::from_secs(2 << tries).mul_f64(self.pace)).await;
                }
                Err(failed) if failed.has_details => return Err(self.with_details(failed.error).await),
                Err(failed) => return Err(failed.error),
            }
        }
    }

    async fn once(&self, batch: &Batch) -> Result<QueryRows, Failed> {
        let (cluster, workgroup, secret) = self.names();
        // The same for every attempt of one call: an answer that was lost does not make it run twice.
        let token = token()?;
        let sent = send!(self.account, redshift_data, "send statements to Redshift", |c| c
            .batch_execute_statement()
            .client_token(&token)
            .database(&self.database)
            .set_cluster_identifier(cluster.clone())
            .set_workgroup_name(workgroup.clone())
            .set_secret_arn(secret.clone())
            .set_sqls(Some(batch.statements())));
        let sent = sent.map_err(Error::from)?;
        let id = sent.id().ok_or_else(|| missing("the statement's id"))?.to_owned();
        let done = self.wait(&id).await?;
        if done.status() != Some(&StatusString::Finished) {
            return Err(failure(batch, &done));
        }
        match batch.answer_of(&id) {
            Some(answer) => Ok(self.rows(&answer).await?),
            None => Ok(QueryRows::default()),
        }
    }

    async fn wait(&self, id: &str) -> Result<DescribeStatementOutput> {
        let mut wait = Duration::from_millis(200);
        loop {
            let described = send!(self.account, redshift_data, "look at a statement of Redshift", |c| c
                .describe_statement()
                .id(id))?;
            // Others are on their way, or states of a later day.
            if let Some(StatusString::Finished | StatusString::Failed | StatusString::Aborted) =
                described.status()
            {
                return Ok(described);
            }
            tokio::time::sleep(wait.mul_f64(self.pace)).await;
            wait = (wait * 2).min(Duration::from_secs(3));
        }
    }

    async fn rows(&self, id: &str) -> Result<QueryRows> {
        let mut rows = QueryRows::default();
        let mut token: Option<String> = None;
        loop {
            let page = send!(self.account, redshift_data, "read what Redshift answers", |c| c
                .get_statement_result()
                .id(id)
                .set_next_token(token.clone()))?;
            if rows.columns.is_empty() {
                let name = |column: &aws_sdk_redshiftdata::types::ColumnMetadata| {
                    column.label().or(column.name()).unwrap_or_default().to_owned()
                };
                rows.columns = page.column_metadata().iter().map(name).collect();
            }
            rows.rows.extend(page.records().iter().map(|row| row.iter().map(value).collect()));
            if rows.rows.len() > limits::QUERY_ROWS {
                return Err(Error::input(format!("the query gives more than {} rows", limits::QUERY_ROWS))
                    .hint("add a LIMIT, or aggregate"));
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Which line of which file COPY refused.
    async fn with_details(&self, error: Error) -> Error {
        let Ok(batch) = batch::load_errors(&self.store.uri("")) else { return error };
        let Ok(rows) = self.once(&batch).await else { return error };
        rows.rows.iter().fold(error, |error, row| {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| cell.as_str().map_or_else(|| cell.to_string(), |text| text.trim().to_owned()))
                .collect();
            error.because(cells.join(", "))
        })
    }

    /// The schema as this version of the tool wants it, and a user who may read it.
    async fn prepare(&self) -> Result<()> {
        let version = number(&self.run(&batch::open()?).await?, 0, 0);
        let found = u32::try_from(version).unwrap_or(0);
        if let Some(migration) = batch::migrate(found, env!("CARGO_PKG_VERSION"))? {
            self.run(&migration).await?;
        }
        if let Some(reader) = &self.reader {
            let exists = number(&self.run(&batch::find_user(reader)?).await?, 0, 0) > 0;
            self.run(&batch::reader(reader, exists)?).await?;
        }
        Ok(())
    }

    /// The URI of a table's manifest, written anew; `None` where the table has no file.
    async fn manifest(&self, run_id: &str, model: &str, table: &str) -> Result<Option<String>> {
        let layout = RunLayout::new(run_id);
        let entries = self.store.list(&layout.table(model, table)).await?;
        let is_data = |key: &str| key.ends_with(".parquet") || key.ends_with(".csv");
        let files: Vec<TableFile> = entries
            .into_iter()
            .filter(|entry| is_data(&entry.key) && entry.bytes > 0)
            .map(|entry| TableFile { url: self.store.uri(&entry.key), bytes: entry.bytes })
            .collect();
        if files.is_empty() {
            return Ok(None);
        }
        let key = manifest::key(&layout, model, table);
        self.store.put(&key, manifest::bytes(&files)?, Durability::Power).await?;
        Ok(Some(self.store.uri(&key)))
    }
}

impl Account {
    /// The secret with the password of a namespace of Serverless.
    pub async fn namespace_secret(&self, namespace: &str) -> Result<String> {
        let answer = send!(self, redshift_serverless, "describe the namespace", |c| c
            .get_namespace()
            .namespace_name(namespace))?;
        let namespace = answer.namespace().ok_or_else(|| missing("the namespace"))?;
        Ok(namespace.admin_password_secret_arn().ok_or_else(|| missing("the password's secret"))?.to_owned())
    }
}

/// What a batch failed of, in words.
fn failure(batch: &Batch, done: &DescribeStatementOutput) -> Failed {
    if done.status() == Some(&StatusString::Aborted) {
        let error = Error::new(ErrorKind::Outside, "Redshift stopped the statements")
            .because("somebody cancelled them")
            .hint("resume the run");
        return error.into();
    }
    let reason = reason::read(done.error().unwrap_or_default());
    let step = reason.step.and_then(|step| batch.name_of(step));
    let what = step.map_or_else(|| "a batch".to_owned(), |step| format!("the statement {step}"));
    let kind = if reason.passing { ErrorKind::Outside } else { ErrorKind::Failed };
    let error = Error::new(kind, format!("Redshift refused {what}; nothing of it was kept"))
        .because(&reason.cause)
        .hint("what it says is of the tables or of the stack; resume the run when it is mended");
    Failed { error, passing: reason.passing, has_details: reason.has_details }
}

fn number(rows: &QueryRows, row: usize, column: usize) -> u64 {
    let cell = rows.rows.get(row).and_then(|row| row.get(column));
    cell.and_then(Value::as_u64).unwrap_or(0)
}

fn value(field: &Field) -> Value {
    match field {
        Field::BooleanValue(flag) => Value::from(*flag),
        Field::DoubleValue(number) => Value::from(*number),
        Field::LongValue(number) => Value::from(*number),
        Field::StringValue(text) => Value::from(text.as_str()),
        // Null, bytes, or a type of a later day.
        _ => Value::Null,
    }
}

#[async_trait]
impl Warehouse for Redshift {
    async fn load(
        &self,
        run_id: &str,
        model: &str,
        keep_tweets: bool,
        events: &dyn Events,
    ) -> Result<(u64, u64)> {
        self.prepare().await?;
        let tweets = if keep_tweets { self.manifest(run_id, model, "tweet").await? } else { None };
        let sentiment = self.manifest(run_id, model, "sentiment").await?;
        events.emit(Event::Note { message: format!("loading into Redshift as {}", self.role_name()) });
        let load = Load {
            run_id,
            model,
            topic: &self.topic,
            source: &self.source,
            tool_version: env!("CARGO_PKG_VERSION"),
            role: &self.role,
            format: self.format,
            tweet_manifest: tweets.as_deref(),
            sentiment_manifest: sentiment.as_deref(),
        };
        let counted = self.run(&batch::load(&load)?).await?;
        Ok((number(&counted, 0, 0), number(&counted, 0, 1)))
    }

    async fn record(&self, run_id: &str, model: &str, stages: &[StageRow]) -> Result<()> {
        self.run(&batch::stages(run_id, model, stages)?).await.map(|_| ())
    }

    async fn query(&self, sql: &str) -> Result<QueryRows> {
        let sql = guard::read_only(sql)?;
        let (cluster, workgroup, secret) = self.names();
        let sent = send!(self.account, redshift_data, "send the query to Redshift", |c| c
            .execute_statement()
            .database(&self.database)
            .set_cluster_identifier(cluster.clone())
            .set_workgroup_name(workgroup.clone())
            .set_secret_arn(secret.clone())
            .sql(sql))?;
        let id = sent.id().ok_or_else(|| missing("the statement's id"))?.to_owned();
        let done = self.wait(&id).await?;
        if done.status() != Some(&StatusString::Finished) {
            let reason = reason::read(done.error().unwrap_or("it was stopped"));
            return Err(Error::input("Redshift refused the query")
                .because(reason.cause)
                .hint("the tables are tweet, sentiment, tweet_lang and run_stage; docs/data-contract.md has their columns"));
        }
        if done.has_result_set() != Some(true) {
            return Ok(QueryRows::default());
        }
        self.rows(&id).await
    }
}

impl Redshift {
    fn role_name(&self) -> &str {
        self.role.rsplit('/').next().unwrap_or(&self.role)
    }
}
