//! The pages of a source that keeps them: each an object of its own in the spool, made durable before the source goes
//! on, and read back by the next attempt. The first line of a page says how far it brings the source and what was
//! counted; the others are its posts, as the gate let them in. It knows no source and no store by name.

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::journal::format::IngestCounts;
use crate::model::{Deleted, Mark, Reject, StagedPost, Window};
use crate::pipeline::context::Context;
use crate::pipeline::gate::Gate;
use crate::pipeline::port::SourceBatch;
use crate::wire;

/// What stands at the head of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageHead {
    pub mark: Mark,
    /// What admitting this page's posts counted.
    pub counts: IngestCounts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<Deleted>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<Reject>,
}

/// A page that was read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub head: PageHead,
    pub posts: Vec<StagedPost>,
}

impl Page {
    /// Passes a batch through the gate; gives the page that says so. `None` for a batch without a mark. Posts of
    /// windows before `settled` come too late, and are counted.
    pub fn admit(gate: &mut Gate, settled: Option<Window>, batch: SourceBatch) -> Option<Self> {
        let SourceBatch { posts, rejects, dropped, mark, deleted, .. } = batch;
        let mark = mark?;
        let before = gate.counts().clone();
        gate.reject(rejects.len() as u64);
        for (reason, left_out) in dropped {
            gate.drop_at_source(reason, left_out);
        }
        let mut superseded = Vec::new();
        let mut admitted = Vec::with_capacity(posts.len());
        for post in posts {
            if settled.is_some_and(|settled| gate.window_of(post.created_at) < settled) {
                gate.drop_at_source("late", 1);
                continue;
            }
            superseded.extend(post.superseded());
            admitted.extend(gate.admit(post).cloned());
        }
        for gone in &deleted {
            gate.forget(gone);
        }
        let counts = gate.counts().since(&before);
        Some(Self { head: PageHead { mark, counts, superseded, deleted, rejects }, posts: admitted })
    }

    /// Puts a page that was read back through the gate again: it comes out as it went in.
    pub fn readmit(self, gate: &mut Gate) -> PageHead {
        gate.count(&self.head.counts);
        for id in &self.head.superseded {
            gate.supersede(id);
        }
        for post in self.posts {
            gate.readmit(post);
        }
        for gone in &self.head.deleted {
            gate.forget(gone);
        }
        self.head
    }

    /// The page as it is stored.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let broken = |e: serde_json::Error| Error::failed("a page cannot be written as JSON").because(e);
        let mut out = serde_json::to_vec(&self.head).map_err(broken)?;
        out.push(b'\n');
        for post in &self.posts {
            wire::write_staging_line(post, &mut out).map_err(broken)?;
        }
        Ok(out)
    }

    fn parse(bytes: &[u8], key: &str) -> Result<Self> {
        let broken = |why: &dyn std::fmt::Display| {
            Error::failed("a page that was kept cannot be read back")
                .because(why)
                .hint("redo the run with --from-stage ingest, which reads (and pays for) everything again")
                .resource(key)
        };
        let end = memchr::memchr(b'\n', bytes).ok_or_else(|| broken(&"it has no first line"))?;
        let head = serde_json::from_slice(&bytes[..end]).map_err(|e| broken(&e))?;
        let posts = wire::lines(&bytes[end..]).collect::<Result<_, _>>().map_err(|e| broken(&e))?;
        Ok(Self { head, posts })
    }
}

/// Every page that earlier attempts kept, by stretch and in order.
pub async fn read_all(context: &Context) -> Result<Vec<Page>> {
    let entries = context.store.list(&context.layout.pages()).await?;
    let mut reading = JoinSet::new();
    let mut pages = Vec::with_capacity(entries.len());
    for (number, entry) in entries.into_iter().enumerate() {
        if reading.len() >= context.store.parallel() {
            pages.extend(reading.join_next().await.map(joined).transpose()?);
        }
        let store = std::sync::Arc::clone(&context.store);
        reading.spawn(async move {
            let gone = || Error::failed("a page that was kept is gone").resource(&entry.key);
            let bytes = store.get(&entry.key).await?.ok_or_else(gone)?;
            Ok((number, Page::parse(&bytes, &entry.key)?))
        });
    }
    while let Some(read) = reading.join_next().await {
        pages.push(joined(read)?);
    }
    pages.sort_by_key(|(number, _)| *number);
    Ok(pages.into_iter().map(|(_, page)| page).collect())
}

fn joined<T>(ended: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    ended.unwrap_or_else(|e| Err(Error::failed("a task broke down").because(e)))
}
