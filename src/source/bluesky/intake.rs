//! From events to batches: what the query and the languages want, each post once, without those that were taken
//! back. Pure: the events come from elsewhere, and so does the time.

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashSet;

use super::cursor::Cursor;
use super::event::{Broken, Event, What, Written, hash};
use super::query::Query;
use super::recent::Recent;
use crate::limits;
use crate::model::{Post, Reject};
use crate::pipeline::port::{Deleted, Mark, SourceBatch};

/// The one stretch of this source.
pub const STRETCH: &str = "jetstream";

/// What is wanted of the stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    pub query: Query,
    /// Languages; none: all.
    pub lang: Vec<String>,
    /// Posts at most.
    pub limit: Option<u64>,
}

/// See the module's text.
pub struct Intake {
    wanted: Wanted,
    recent: Recent,
    /// Posts that were handed over, and their accounts, as hashes.
    handed: FxHashSet<u64>,
    accounts: FxHashSet<u64>,
    /// Posts of this batch of which no earlier version was handed over.
    fresh: FxHashSet<u64>,
    /// An earlier attempt handed posts over that are not among those: every deletion may be of one of them.
    resumed: bool,
    /// How far the stream has come, microseconds since 1970; 0: not begun.
    at: i64,
    posts: u64,
    page: u32,
    bytes: u64,
    batch: SourceBatch,
}

impl Intake {
    pub fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            recent: Recent::new(3 * limits::JETSTREAM_REWIND_SECONDS * 1_000_000),
            handed: FxHashSet::default(),
            accounts: FxHashSet::default(),
            fresh: FxHashSet::default(),
            resumed: false,
            at: 0,
            posts: 0,
            page: 0,
            bytes: 0,
            batch: SourceBatch::default(),
        }
    }

    /// Goes on where page `page` of an earlier attempt ended.
    pub fn resume(&mut self, page: u32, cursor: Cursor) {
        self.resumed = true;
        self.page = page;
        self.at = cursor.at;
        self.posts = cursor.posts;
        self.recent.recall(cursor.at, cursor.recent);
    }

    /// How far the stream has come, microseconds since 1970.
    pub fn at(&self) -> i64 {
        self.at
    }

    /// Whether as many posts were handed over as are wanted.
    pub fn is_sated(&self) -> bool {
        self.wanted.limit.is_some_and(|limit| self.posts >= limit)
    }

    /// Whether there is nothing to hand over but how far the stream has come.
    pub fn is_empty(&self) -> bool {
        self.size() == 0
    }

    /// Posts, deletions and rejects that are to be handed over.
    pub fn size(&self) -> usize {
        self.batch.posts.len() + self.batch.deleted.len() + self.batch.rejects.len()
    }

    /// Takes in one message of `bytes`, which came from `host`.
    pub fn take(&mut self, read: Result<Event, Broken>, bytes: u64, host: &str) {
        self.bytes += bytes;
        let (at, key) = match &read {
            Ok(event) => (Some(event.at), event.key),
            Err(broken) => (broken.at, broken.key),
        };
        self.at = self.at.max(at.unwrap_or(0));
        if !self.recent.is_new(self.at, key) {
            return;
        }
        match read {
            Ok(event) => match event.what {
                What::Post(written) => self.post(event.at, *written),
                What::Deleted { uri } => self.deleted(uri),
                What::Gone { did } => self.gone(&did),
                What::Other => {}
            },
            Err(broken) => {
                self.recent.last_counts();
                self.batch.rejects.push(Reject {
                    file: host.to_owned(),
                    line: None,
                    byte: None,
                    reason: broken.reason.to_owned(),
                    excerpt: None,
                });
            }
        }
    }

    fn post(&mut self, at: i64, written: Written) {
        let Written { post, changed, langs, tags } = written;
        let uri = hash(&[&post.id]);
        let matches = states(&langs, &self.wanted.lang) && self.wanted.query.matches(&post.text, &tags);
        // The changed text may match no longer, or match now.
        if changed && (self.handed.contains(&uri) || self.resumed) {
            let held = self.batch.posts.iter_mut().find(|held| held.id == post.id);
            match (held, matches) {
                (Some(held), true) => {
                    *held = post;
                    self.recent.last_counts();
                    return;
                }
                (None, true) => {}
                (_, false) => {
                    let id = post.id;
                    self.deleted(id);
                    return;
                }
            }
        }
        if !matches {
            self.batch.passed_over += 1;
            return;
        }
        if self.is_sated() {
            return;
        }
        self.recent.last_counts();
        if post.created_at.as_microsecond() < at.saturating_sub(limits::JETSTREAM_LATE_SECONDS * 1_000_000) {
            self.drop("late", 1);
            return;
        }
        // After a resume, an earlier version of a changed post may have been kept.
        if self.handed.insert(uri) && !(changed && self.resumed) {
            self.fresh.insert(uri);
            self.posts += 1;
        }
        if let Some(did) = &post.author.id {
            self.accounts.insert(hash(&[did]));
        }
        self.batch.posts.push(post);
    }

    /// A post is gone. What was not handed over yet is not; what may have been is told.
    fn deleted(&mut self, uri: String) {
        let key = hash(&[&uri]);
        if !self.handed.contains(&key) && !self.resumed {
            return;
        }
        self.recent.last_counts();
        let fresh = self.fresh.contains(&key);
        self.take_out(|post| post.id == uri);
        if !fresh {
            self.batch.deleted.push(Deleted::Post(uri));
        }
    }

    fn gone(&mut self, did: &str) {
        if !self.accounts.contains(&hash(&[did])) && !self.resumed {
            return;
        }
        self.recent.last_counts();
        self.take_out(|post| post.author.id.as_deref() == Some(did));
        self.batch.deleted.push(Deleted::Prefix(format!("at://{did}/")));
    }

    fn take_out(&mut self, is_gone: impl Fn(&Post) -> bool) {
        let before = self.batch.posts.len();
        let fresh = &self.fresh;
        let mut not_handed = 0;
        self.batch.posts.retain(|post| {
            let goes = is_gone(post);
            not_handed += u64::from(goes && fresh.contains(&hash(&[&post.id])));
            !goes
        });
        self.posts -= not_handed;
        let out = (before - self.batch.posts.len()) as u64;
        if out > 0 {
            self.drop("deleted", out);
        }
    }

    fn drop(&mut self, reason: &'static str, posts: u64) {
        match self.batch.dropped.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += posts,
            None => self.batch.dropped.push((reason, posts)),
        }
    }

    /// The batch as it is, with its mark; the last one says that the stretch is whole.
    pub fn flush(&mut self, last: bool) -> SourceBatch {
        self.page += 1;
        let cursor = Cursor { at: self.at, posts: self.posts, recent: self.recent.counted() };
        let mark = Mark {
            stretch: STRETCH.to_owned(),
            page: self.page,
            next: (!last).then(|| cursor.to_string()),
            window: None,
        };
        self.fresh.clear();
        let mut batch = std::mem::take(&mut self.batch);
        batch.mark = Some(mark);
        batch.bytes_read = self.bytes;
        batch.settled_before = self.settled();
        batch
    }

    /// No post of before this moment comes any more: a rewound stream repeats a few seconds, and an author's clock
    /// may be late by so much as is not taken for late.
    fn settled(&self) -> Option<Timestamp> {
        if self.at == 0 {
            return None;
        }
        let back = limits::JETSTREAM_LATE_SECONDS + limits::JETSTREAM_REWIND_SECONDS;
        Timestamp::from_microsecond(self.at).ok()?.checked_sub(SignedDuration::from_secs(back)).ok()
    }
}

/// Whether a post that states `langs` is wanted: one that states none is.
fn states(langs: &[String], wanted: &[String]) -> bool {
    let known = || langs.iter().filter(|lang| !lang.eq_ignore_ascii_case("und"));
    wanted.is_empty()
        || known().next().is_none()
        || known().any(|lang| {
            let main = lang.split(['-', '_']).next().unwrap_or_default();
            wanted.iter().any(|want| lang.eq_ignore_ascii_case(want) || main.eq_ignore_ascii_case(want))
        })
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
