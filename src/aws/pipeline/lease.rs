//! One process a run, in S3: a small object says who has the run and until when. Only one of two that write it at
//! the same time succeeds. Whoever has it writes it again before it ends; a process that died lets it end.

use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::BucketStore;
use crate::aws::{Account, send};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::pipeline::port::Store;

/// Name of the object in the run's folder.
pub const NAME: &str = "lease.json";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    owner: String,
    expires: Timestamp,
}

/// Held as long as it lives, and let go at [`Lease::release`].
pub struct Lease {
    account: Arc<Account>,
    bucket: String,
    key: String,
    renewing: tokio::task::JoinHandle<()>,
}

impl Lease {
    /// Takes the run in the folder `folder` of the store, or says who has it. `is_gone` tells of an owner whether it
    /// is known to have ended. Must be called inside a runtime.
    pub async fn take(
        account: &Arc<Account>,
        store: &BucketStore,
        folder: &str,
        owner: &str,
        is_gone: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let bucket = store.bucket().to_owned();
        let short = format!("{folder}/{NAME}");
        let key = store.full(&short);
        let held = store.get(&short).await?.and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
        if let Some(note) = &held
            && note.expires > Timestamp::now()
            && !is_gone(&note.owner)
        {
            return Err(taken(note, store, folder));
        }
        let etag = match held {
            Some(_) => etag(account, &bucket, &key).await?,
            None => None,
        };
        let Some(mut ours) = write(account, &bucket, &key, owner, &Expect::of(etag)).await? else {
            let note = Note { owner: "another process".to_owned(), expires: Timestamp::now() };
            return Err(taken(&note, store, folder));
        };
        let (renewed, in_bucket, at, by) =
            (Arc::clone(account), bucket.clone(), key.clone(), owner.to_owned());
        let renewing = tokio::spawn(async move {
            loop {
                let half = limits::LEASE_SECONDS / 2;
                tokio::time::sleep(std::time::Duration::from_secs(half)).await;
                match write(&renewed, &in_bucket, &at, &by, &Expect::Version(ours.clone())).await {
                    Ok(Some(newer)) => ours = newer,
                    // This machine slept, and another process has the run: the journal refuses what comes from here.
                    Ok(None) => return,
                    // A network that is away for a moment is no reason to stop: nobody takes the run before it ends.
                    Err(_) => {}
                }
            }
        });
        Ok(Self { account: Arc::clone(account), bucket, key, renewing })
    }

    /// Whether some process works on the run in `folder`.
    pub async fn is_taken(store: &BucketStore, folder: &str) -> Result<bool> {
        let note = store.get(&format!("{folder}/{NAME}")).await?;
        let note = note.and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
        Ok(note.is_some_and(|note| note.expires > Timestamp::now()))
    }

    /// Lets the run go at once. Without it the lease ends by itself.
    pub async fn release(self) {
        self.renewing.abort();
        let _ = send!(self.account, s3, "let the run go", |c| c
            .delete_object()
            .bucket(&self.bucket)
            .key(&self.key));
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

fn taken(note: &Note, store: &BucketStore, folder: &str) -> Error {
    Error::new(ErrorKind::Outside, "another process works on this run")
        .because(format!("{} has it until {}", note.owner, note.expires.strftime("%H:%M:%SZ")))
        .hint("wait for it to end, or stop it; `sentistack pipeline status` shows how far it is")
        .resource(store.uri(folder))
}

/// What must be there for a write to count.
enum Expect {
    Nothing,
    Version(String),
}

impl Expect {
    fn of(etag: Option<String>) -> Self {
        etag.map_or(Self::Nothing, Self::Version)
    }
}

async fn etag(account: &Account, bucket: &str, key: &str) -> Result<Option<String>> {
    match send!(account, s3, "look at the run's lease", |c| c.head_object().bucket(bucket).key(key)) {
        Ok(head) => Ok(head.e_tag().map(str::to_owned)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// The version that was written; `None` when what was expected is no longer so.
async fn write(
    account: &Account,
    bucket: &str,
    key: &str,
    owner: &str,
    expect: &Expect,
) -> Result<Option<String>> {
    let seconds = i64::try_from(limits::LEASE_SECONDS).unwrap_or(60);
    let expires = Timestamp::now() + SignedDuration::from_secs(seconds);
    let body = serde_json::to_vec(&Note { owner: owner.to_owned(), expires })
        .map_err(|e| Error::failed("the lease cannot be written as JSON").because(e))?;
    let (none, matches) = match expect {
        Expect::Nothing => (Some("*".to_owned()), None),
        Expect::Version(etag) => (None, Some(etag.clone())),
    };
    let written = send!(account, s3, "take the run", |c| c
        .put_object()
        .bucket(bucket)
        .key(key)
        .set_if_none_match(none.clone())
        .set_if_match(matches.clone())
        .body(ByteStream::from(body.clone())));
    match written {
        Ok(put) => Ok(Some(put.e_tag().unwrap_or_default().to_owned())),
        Err(failure) if failure.is_conflict() => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}
