//! A source that ends early: `--limit N` for sources that do not count by themselves.

use async_trait::async_trait;

use crate::error::Result;
use crate::pipeline::port::{Mark, Quote, Source, SourceBatch, SourceInfo, Tally};

/// At most so many posts of another source.
pub struct Limited {
    inner: Box<dyn Source>,
    left: u64,
}

impl Limited {
    /// `inner`, or its first `limit` posts.
    pub fn wrap(inner: Box<dyn Source>, limit: Option<u64>) -> Box<dyn Source> {
        match limit {
            Some(left) => Box::new(Self { inner, left }),
            None => inner,
        }
    }
}

#[async_trait]
impl Source for Limited {
    fn info(&self) -> SourceInfo {
        let info = self.inner.info();
        SourceInfo { total: info.total.map(|total| total.min(self.left)), ..info }
    }

    async fn quote(&mut self) -> Result<Option<Quote>> {
        self.inner.quote().await
    }

    fn resume(&mut self, kept: &[Mark]) -> Result<()> {
        self.inner.resume(kept)
    }

    fn kept(&mut self, mark: &Mark) {
        self.inner.kept(mark);
    }

    fn tally(&self) -> Option<Tally> {
        self.inner.tally()
    }

    fn stop(&mut self) {
        self.inner.stop();
    }

    async fn next(&mut self) -> Result<Option<SourceBatch>> {
        if self.left == 0 {
            return Ok(None);
        }
        let Some(mut batch) = self.inner.next().await? else { return Ok(None) };
        batch.posts.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= batch.posts.len() as u64;
        Ok(Some(batch))
    }
}
