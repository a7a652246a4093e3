//! The bucket: what it holds, templates that are too long to be sent, and emptying it.

use std::collections::BTreeSet;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures_util::future::try_join_all;

use super::{Account, send};
use crate::error::{Error, Result};
use crate::limits;
use crate::stack::change::Upload;
use crate::stack::state::BucketContents;

/// Keys that one call deletes at most.
const KEYS: usize = 1_000;

/// Calls under way at once.
const AT_ONCE: usize = 8;

/// One version of one object.
struct Version {
    key: String,
    id: Option<String>,
}

impl Account {
    pub(super) async fn put_template(&self, bucket: &str, key: &str, text: &str) -> Result<String> {
        send!(self, s3, "put the template into the bucket", |c| c
            .put_object()
            .bucket(bucket)
            .key(key)
            .body(ByteStream::from(text.as_bytes().to_vec())))?;
        Ok(format!("https://{bucket}.s3.{}.amazonaws.com/{key}", self.access.region))
    }

    /// Puts an object that is named by its content; one that is there already is left alone.
    pub(super) async fn put_upload(&self, bucket: &str, upload: &Upload) -> Result<()> {
        if self.has_object(bucket, &upload.key).await? {
            return Ok(());
        }
        if upload.body.len() > limits::UPLOAD_PART_BYTES {
            return self.put_large(bucket, &upload.key, &upload.body).await;
        }
        let what = format!("put {} into the bucket", upload.key);
        send!(self, s3, &what, |c| c
            .put_object()
            .bucket(bucket)
            .key(&upload.key)
            .body(ByteStream::from(upload.body.to_vec())))?;
        Ok(())
    }

    /// Keys that begin so, as many as one call gives.
    pub(super) async fn keys_of(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        match send!(self, s3, "list what the bucket holds", |c| c
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix))
        {
            Ok(page) => {
                Ok(page.contents().iter().filter_map(|object| object.key()).map(str::to_owned).collect())
            }
            Err(failure) if failure.is_not_found() => Ok(Vec::new()),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn contents(&self, bucket: &str) -> Result<Option<BucketContents>> {
        let mut contents = BucketContents::default();
        let mut runs = BTreeSet::new();
        let mut marker = (None, None);
        loop {
            let Some(page) = self.versions(bucket, &marker).await? else { return Ok(None) };
            for version in page.versions() {
                contents.objects += 1;
                contents.bytes += version.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                note_run(version.key().unwrap_or_default(), &mut runs, &mut contents);
            }
            contents.objects += u64::try_from(page.delete_markers().len()).unwrap_or(0);
            if !page.is_truncated().unwrap_or(false) {
                break;
            }
            marker =
                (page.next_key_marker().map(str::to_owned), page.next_version_id_marker().map(str::to_owned));
        }
        contents.runs = u64::try_from(runs.len()).unwrap_or(u64::MAX);
        Ok(Some(contents))
    }

    async fn versions(
        &self,
        bucket: &str,
        marker: &(Option<String>, Option<String>),
    ) -> Result<Option<aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput>> {
        match send!(self, s3, "list what the bucket holds", |c| c
            .list_object_versions()
            .bucket(bucket)
            .set_key_marker(marker.0.clone())
            .set_version_id_marker(marker.1.clone()))
        {
            Ok(page) => Ok(Some(page)),
            Err(failure) if failure.is_not_found() => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Deletes page after page from the start, several calls at once, until nothing is listed.
    pub(super) async fn empty(&self, bucket: &str, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<u64> {
        let mut gone = 0;
        loop {
            let mut batch = Vec::new();
            let mut marker = (None, None);
            while batch.len() < KEYS * AT_ONCE {
                let Some(page) = self.versions(bucket, &marker).await? else { return Ok(gone) };
                batch.extend(page.versions().iter().filter_map(|v| version(v.key(), v.version_id())));
                batch.extend(page.delete_markers().iter().filter_map(|v| version(v.key(), v.version_id())));
                if !page.is_truncated().unwrap_or(false) {
                    break;
                }
                marker = (
                    page.next_key_marker().map(str::to_owned),
                    page.next_version_id_marker().map(str::to_owned),
                );
            }
            if batch.is_empty() {
                self.drop_uploads(bucket).await?;
                return Ok(gone);
            }
            try_join_all(batch.chunks(KEYS).map(|keys| self.delete_versions(bucket, keys))).await?;
            gone += u64::try_from(batch.len()).unwrap_or(0);
            progress(gone);
        }
    }

    async fn delete_versions(&self, bucket: &str, versions: &[Version]) -> Result<()> {
        let keys: Vec<ObjectIdentifier> = versions
            .iter()
            .filter_map(|v| ObjectIdentifier::builder().key(&v.key).set_version_id(v.id.clone()).build().ok())
            .collect();
        let delete = Delete::builder()
            .set_objects(Some(keys))
            .quiet(true)
            .build()
            .map_err(|e| Error::failed("cannot empty the bucket").because(e))?;
        let answer =
            send!(self, s3, "delete objects", |c| c.delete_objects().bucket(bucket).delete(delete.clone()))?;
        match answer.errors().first() {
            None => Ok(()),
            Some(error) => {
                Err(Error::failed(format!("cannot delete {}", error.key().unwrap_or("an object")))
                    .because(error.message().unwrap_or("no reason was given"))
                    .hint("the caller lacks a right: compare with `sentistack doctor --policy`"))
            }
        }
    }

    /// Parts of uploads that were never finished are not listed, and bill.
    async fn drop_uploads(&self, bucket: &str) -> Result<()> {
        let answer =
            send!(self, s3, "list unfinished uploads", |c| c.list_multipart_uploads().bucket(bucket))?;
        for upload in answer.uploads() {
            let (Some(key), Some(id)) = (upload.key(), upload.upload_id()) else { continue };
            send!(self, s3, "end an unfinished upload", |c| c
                .abort_multipart_upload()
                .bucket(bucket)
                .key(key)
                .upload_id(id))?;
        }
        Ok(())
    }
}

fn version(key: Option<&str>, id: Option<&str>) -> Option<Version> {
    // Without versioning S3 says "null", which is an id all the same.
    Some(Version { key: key?.to_owned(), id: id.map(str::to_owned) })
}

/// `<root>/runs/<run_id>/staging/<window>/<packet>`.
fn note_run(key: &str, runs: &mut BTreeSet<String>, contents: &mut BucketContents) {
    let mut parts = key.split('/').skip_while(|part| *part != "runs").skip(1);
    let Some(run) = parts.next() else { return };
    if parts.clone().next().is_none() {
        return;
    }
    runs.insert(run.to_owned());
    if parts.next() == Some("staging") {
        contents.staging_packets += 1;
    }
}
