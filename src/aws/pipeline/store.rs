//! Objects in S3 as the store. What comes in pieces is read whole, and its length is checked.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures_util::future::try_join_all;
use sentistack_wire::keys::RAW_TAG;

use crate::aws::error::Failure;
use crate::aws::{Account, send};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::pipeline::port::{Durability, ObjectEntry, Store};

/// Keys that one call deletes at most.
const KEYS: usize = 1_000;

/// A bucket, and a prefix in it.
#[derive(Clone)]
pub struct BucketStore {
    account: Arc<Account>,
    bucket: String,
    /// Empty, or without a slash at its end.
    prefix: String,
}

impl BucketStore {
    pub fn new(account: Arc<Account>, bucket: impl Into<String>, prefix: &str) -> Self {
        Self { account, bucket: bucket.into(), prefix: prefix.trim_matches('/').to_owned() }
    }

    /// Without slashes at its ends, or empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The object's own name in the bucket.
    pub fn full(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }

    fn short(&self, full: &str) -> Option<String> {
        if self.prefix.is_empty() {
            return Some(full.to_owned());
        }
        Some(full.strip_prefix(&self.prefix)?.strip_prefix('/')?.to_owned())
    }

    fn failed(&self, failure: Failure) -> Error {
        let no_bucket = failure.is("NoSuchBucket");
        let error = Error::from(failure).resource(format!("s3://{}", self.bucket));
        if no_bucket {
            let hint = "bring the stack up first (`sentistack stack up`), or name another --root";
            return Error { kind: ErrorKind::Usage, ..error }.hint(hint);
        }
        error
    }

    async fn page(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        token: Option<String>,
    ) -> Result<ListObjectsV2Output> {
        let answer = send!(self.account, s3, &format!("list s3://{}/{prefix}", self.bucket), |c| c
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_delimiter(delimiter.map(str::to_owned))
            .set_continuation_token(token.clone()));
        answer.map_err(|failure| self.failed(failure))
    }

    /// Writes an object that must not be there; says so when another one is. An answer that was lost and asked for
    /// again finds its own object, which is none of somebody else's.
    pub async fn put_new(&self, key: &str, body: Vec<u8>) -> Result<bool> {
        let full = self.full(key);
        let put = send!(self.account, s3, &format!("write s3://{}/{full}", self.bucket), |c| c
            .put_object()
            .bucket(&self.bucket)
            .key(&full)
            .if_none_match("*")
            .body(ByteStream::from(body.clone())));
        match put {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_conflict() => Ok(self.fetch(&full).await?.as_deref() == Some(&body)),
            Err(failure) => Err(self.failed(failure)),
        }
    }

    async fn fetch(&self, full: &str) -> Result<Option<Vec<u8>>> {
        let what = format!("read s3://{}/{full}", self.bucket);
        let mut tries = 0;
        loop {
            let got = send!(self.account, s3, &what, |c| c.get_object().bucket(&self.bucket).key(full));
            let object = match got {
                Ok(object) => object,
                Err(failure) if failure.is("NoSuchKey") => return Ok(None),
                Err(failure) => return Err(self.failed(failure)),
            };
            let expected = object.content_length().and_then(|n| usize::try_from(n).ok());
            let cut = match object.body.collect().await {
                Ok(body) => {
                    let body = body.to_vec();
                    if expected.is_none_or(|n| n == body.len()) {
                        return Ok(Some(body));
                    }
                    format!("{} of {} bytes came", body.len(), expected.unwrap_or_default())
                }
                Err(e) => e.to_string(),
            };
            // The SDK tries requests again, not bodies that break off.
            tries += 1;
            if tries == limits::BODY_TRIES {
                return Err(Error::new(ErrorKind::Outside, format!("cannot {what}"))
                    .because(cut)
                    .hint("check the network, then try again"));
            }
            tokio::time::sleep(Duration::from_millis(100 << tries)).await;
        }
    }
}

/// Whether an object holds posts or scores one by one.
fn is_raw(key: &str) -> bool {
    ["/staging/", "/sentiments/", "/spool/"].iter().any(|part| key.contains(part))
        || key.ends_with("/rejected.jsonl")
}

#[async_trait]
impl Store for BucketStore {
    fn uri(&self, key: &str) -> String {
        format!("s3://{}/{}", self.bucket, self.full(key))
    }

    async fn put(&self, key: &str, body: Vec<u8>, _: Durability) -> Result<()> {
        let full = self.full(key);
        let tag = is_raw(key).then(|| RAW_TAG.to_owned());
        let put = send!(self.account, s3, &format!("write s3://{}/{full}", self.bucket), |c| c
            .put_object()
            .bucket(&self.bucket)
            .key(&full)
            .set_tagging(tag.clone())
            .body(ByteStream::from(body.clone())));
        put.map(|_| ()).map_err(|failure| self.failed(failure))
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.fetch(&self.full(key)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectEntry>> {
        let full = self.full(&format!("{prefix}/"));
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let page = self.page(&full, None, token).await?;
            for object in page.contents() {
                let Some(key) = object.key().and_then(|key| self.short(key)) else { continue };
                let bytes = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                found.push(ObjectEntry { key, bytes });
            }
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                found.sort_unstable();
                return Ok(found);
            }
        }
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>> {
        let full = self.full(&format!("{prefix}/"));
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let page = self.page(&full, Some("/"), token).await?;
            let names = page.common_prefixes().iter().filter_map(|folder| folder.prefix());
            found.extend(
                names.filter_map(|name| Some(name.strip_prefix(&full)?.trim_end_matches('/').to_owned())),
            );
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                found.sort_unstable();
                return Ok(found);
            }
        }
    }

    async fn delete_prefix(&self, prefix: &str) -> Result<()> {
        let entries = self.list(prefix).await?;
        let calls = entries.chunks(KEYS).map(|entries| async move {
            let keys = entries
                .iter()
                .filter_map(|entry| ObjectIdentifier::builder().key(self.full(&entry.key)).build().ok());
            let delete = Delete::builder()
                .set_objects(Some(keys.collect()))
                .quiet(true)
                .build()
                .map_err(|e| Error::failed("cannot delete objects").because(e))?;
            let what = format!("delete s3://{}/{}", self.bucket, self.full(prefix));
            let answer = send!(self.account, s3, &what, |c| c
                .delete_objects()
                .bucket(&self.bucket)
                .delete(delete.clone()))
            .map_err(|failure| self.failed(failure))?;
            match answer.errors().first() {
                None => Ok(()),
                Some(error) => Err(Error::failed(format!("cannot {what}"))
                    .because(error.message().unwrap_or("no reason was given"))
                    .hint("the caller lacks a right: compare with `sentistack doctor --policy`")),
            }
        });
        try_join_all(calls).await.map(|_| ())
    }

    fn parallel(&self) -> usize {
        limits::OBJECTS_AT_ONCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_posts_is_tagged_for_deletion() {
        for raw in
            ["runs/r/staging/w/1.jsonl", "runs/r/sentiments/m/w/1.jsonl", "runs/r/spool/pages/w-1.jsonl"]
        {
            assert!(is_raw(raw), "{raw}");
        }
        for kept in ["runs/r/manifest.json", "runs/r/tables/m/tweet/dt=2026-01-01/part-0000.parquet"] {
            assert!(!is_raw(kept), "{kept}");
        }
    }
}
