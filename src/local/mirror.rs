//! Runs that lie in another store, worked on here: what is needed is brought into a folder, and what was made is
//! put back. The store is a port; whose it is, nobody here knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::JoinSet;

use super::files::Files;
use super::tables::LocalTables;
use super::transform::EmbeddedTransform;
use super::warehouse::SqliteWarehouse;
use crate::error::{Error, Result};
use crate::journal::format::TransformCounts;
use crate::layout::RunLayout;
use crate::model::Label;
use crate::pipeline::event::Events;
use crate::pipeline::port::{
    Durability, ObjectEntry, QueryRows, Store, Submissions, Tables, Transform, TransformRequest, Warehouse,
    WindowRow,
};
use crate::pipeline::stages::StageRow;

/// A folder that goes with its owner.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder among the system's temporary ones, readable by the owner alone.
    pub fn new() -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let number =
            getrandom::u64().map_err(|e| Error::failed("the system gives no random bytes").because(e))?;
        let path = std::env::temp_dir().join(format!("sentistack-{number:016x}"));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|e| Error::io("create", path.display(), &e))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed, the system's own cleaning will.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Brings everything under `prefix/` here, under the same keys. What is here with the same size stays. Gives what
/// there is.
pub async fn fetch(store: &Arc<dyn Store>, prefix: &str, files: &Files) -> Result<Vec<ObjectEntry>> {
    let entries = store.list(prefix).await?;
    let here = files.entries(prefix)?;
    let mut moving = JoinSet::new();
    for entry in entries.iter().filter(|entry| here.binary_search(entry).is_err()).cloned() {
        if moving.len() >= store.parallel() {
            joined(moving.join_next().await)?;
        }
        let (store, files) = (Arc::clone(store), files.clone());
        moving.spawn(async move {
            let gone = || Error::failed("an object went away while it was read").resource(&entry.key);
            let body = store.get(&entry.key).await?.ok_or_else(gone)?;
            files.put(&entry.key, body, Durability::Process).await
        });
    }
    while !moving.is_empty() {
        joined(moving.join_next().await)?;
    }
    Ok(entries)
}

fn joined(ended: Option<Result<Result<()>, tokio::task::JoinError>>) -> Result<()> {
    match ended {
        None => Ok(()),
        Some(ended) => ended.unwrap_or_else(|e| Err(Error::failed("a copying task broke down").because(e))),
    }
}

/// The tables of runs in another store.
pub struct MirrorTables {
    store: Arc<dyn Store>,
    scratch: Scratch,
}

impl MirrorTables {
    pub fn new(store: Arc<dyn Store>) -> Result<Self> {
        Ok(Self { store, scratch: Scratch::new()? })
    }

    async fn bring(&self, run_id: &str, model: &str, table: &str) -> Result<LocalTables> {
        let files = Files::new(self.scratch.path());
        fetch(&self.store, &RunLayout::new(run_id).table(model, table), &files).await?;
        Ok(LocalTables::new(self.scratch.path()))
    }
}

#[async_trait]
impl Tables for MirrorTables {
    async fn windows(&self, run_id: &str, model: &str) -> Result<Vec<WindowRow>> {
        self.bring(run_id, model, "sentiment").await?.windows(run_id, model).await
    }

    async fn texts(&self, run_id: &str, model: &str, limit: u64) -> Result<(Vec<(Label, String)>, u64)> {
        self.bring(run_id, model, "sentiment").await?;
        self.bring(run_id, model, "tweet").await?.texts(run_id, model, limit).await
    }
}

/// The embedded transform over a run in another store.
pub struct MirrorTransform {
    store: Arc<dyn Store>,
}

impl MirrorTransform {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Transform for MirrorTransform {
    async fn transform(
        &self,
        request: &TransformRequest,
        submissions: &dyn Submissions,
        events: &dyn Events,
    ) -> Result<TransformCounts> {
        let scratch = Scratch::new()?;
        let files = Files::new(scratch.path());
        let layout = RunLayout::new(&request.run_id);
        fetch(&self.store, &layout.staging(), &files).await?;
        fetch(&self.store, &layout.sentiments(&request.model), &files).await?;
        let counts = EmbeddedTransform::new(scratch.path()).transform(request, submissions, events).await?;
        self.store.delete_prefix(&layout.tables(&request.model)).await?;
        for entry in files.entries(&layout.tables(&request.model))? {
            let body = files.get(&entry.key).await?.unwrap_or_default();
            self.store.put(&entry.key, body, Durability::Power).await?;
        }
        Ok(counts)
    }
}

/// SQLite over runs in another store. The file is on this machine: it can be made again from the tables.
pub struct MirrorWarehouse {
    store: Arc<dyn Store>,
    file: PathBuf,
}

impl MirrorWarehouse {
    pub fn new(store: Arc<dyn Store>, file: PathBuf) -> Self {
        Self { store, file }
    }
}

#[async_trait]
impl Warehouse for MirrorWarehouse {
    async fn load(
        &self,
        run_id: &str,
        model: &str,
        keep_tweets: bool,
        events: &dyn Events,
    ) -> Result<(u64, u64)> {
        let scratch = Scratch::new()?;
        fetch(&self.store, &RunLayout::new(run_id).tables(model), &Files::new(scratch.path())).await?;
        let warehouse = SqliteWarehouse::open(&self.file).with_root(scratch.path());
        warehouse.load(run_id, model, keep_tweets, events).await
    }

    async fn record(&self, run_id: &str, model: &str, stages: &[StageRow]) -> Result<()> {
        SqliteWarehouse::open(&self.file).record(run_id, model, stages).await
    }

    async fn query(&self, sql: &str) -> Result<QueryRows> {
        SqliteWarehouse::open(&self.file).query(sql).await
    }

    async fn query_surest(&self, sql: &str, rows: usize) -> Result<QueryRows> {
        SqliteWarehouse::open(&self.file).query_surest(sql, rows).await
    }
}
