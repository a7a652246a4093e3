//! The gate: the one way by which a post enters a run. Here duplicates, superseded edits, repeated
//! retweets, the cap and privacy are settled, once, before anything is staged.
//! Pure: it knows no file, no clock and no stream. Ingest feeds it and stages what it gives back.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use jiff::Timestamp;
use rustc_hash::FxHashSet;

use crate::journal::format::IngestCounts;
use crate::limits;
use crate::model::{Deleted, Post, ReferenceKind, StagedPost, Window, WindowFacts, WindowStatus};
use crate::pipeline::privacy::Veil;

/// What the gate lets through, and how.
pub struct GateOptions {
    pub window_seconds: u32,
    /// Posts outside `[start, end)` are left out.
    pub span: Option<(Timestamp, Timestamp)>,
    pub max_per_window: Option<u64>,
    pub collapse_retweets: bool,
    /// Remember identifiers, because the source may give one twice.
    pub remember_ids: bool,
    /// A post that comes again with another text is a change of the one before, and takes its place.
    pub replaces: bool,
    pub veil: Veil,
}

/// See the module's text.
pub struct Gate {
    options: GateOptions,
    seen: FxHashSet<u64>,
    superseded: FxHashSet<u64>,
    deleted: FxHashSet<u64>,
    deleted_prefixes: Vec<String>,
    open: BTreeMap<Window, Vec<StagedPost>>,
    held_bytes: usize,
    counts: IngestCounts,
}

/// A window whose posts are final.
#[derive(Debug, PartialEq)]
pub struct ClosedWindow {
    pub facts: WindowFacts,
    /// In order of time, then of identifier.
    pub posts: Vec<StagedPost>,
}

impl Gate {
    pub fn new(options: GateOptions) -> Self {
        Self {
            options,
            seen: FxHashSet::default(),
            superseded: FxHashSet::default(),
            deleted: FxHashSet::default(),
            deleted_prefixes: Vec::new(),
            open: BTreeMap::new(),
            held_bytes: 0,
            counts: IngestCounts::default(),
        }
    }

    /// Takes a post in, or counts why not. Gives it as it was taken in.
    pub fn admit(&mut self, post: Post) -> Option<&StagedPost> {
        self.counts.read += 1;
        if self.options.replaces && self.seen.contains(&fingerprint(&post.id)) {
            return self.replace(post);
        }
        if let Some(reason) = self.refusal(&post) {
            self.drop_counted(reason, 1);
            return None;
        }
        for earlier in post.superseded() {
            self.supersede(&earlier);
        }
        let staged = self.stage(post);
        self.hold(staged)
    }

    /// Takes in again what was taken in by an earlier attempt, and counted then.
    pub fn readmit(&mut self, post: StagedPost) {
        let is_new = !self.options.remember_ids || self.seen.insert(fingerprint(&post.tweet_id));
        match self.held(&post.tweet_id, post.created_at) {
            Some(held) if !is_new => *held = post,
            Some(_) | None => {
                self.hold(post);
            }
        }
    }

    /// Takes the place of what this post was before, as long as its window is open.
    fn replace(&mut self, post: Post) -> Option<&StagedPost> {
        let changed = self.stage(post);
        let (id, at) = (changed.tweet_id.clone(), changed.created_at);
        let replaced = self.held(&id, at).is_some_and(|held| {
            let differs = held.text != changed.text;
            if differs {
                *held = changed;
            }
            differs
        });
        // The version before is what is left out.
        self.drop_counted(if replaced { "edited" } else { "duplicate" }, 1);
        if replaced { self.held(&id, at).map(|held| &*held) } else { None }
    }

    /// A post of an open window.
    fn held(&mut self, id: &str, at: Timestamp) -> Option<&mut StagedPost> {
        let window = Window::of(at, self.options.window_seconds);
        self.open.get_mut(&window)?.iter_mut().find(|post| post.tweet_id == id)
    }

    fn hold(&mut self, post: StagedPost) -> Option<&StagedPost> {
        let window = Window::of(post.created_at, self.options.window_seconds);
        self.held_bytes += weight(&post);
        let posts = self.open.entry(window).or_default();
        posts.push(post);
        posts.last()
    }

    /// The post of this identifier is an earlier version of another one.
    pub fn supersede(&mut self, id: &str) {
        self.superseded.insert(fingerprint(id));
    }

    /// These posts were taken back. Those of open windows go when their window is closed.
    pub fn forget(&mut self, gone: &Deleted) {
        match gone {
            Deleted::Post(id) => {
                self.deleted.insert(fingerprint(id));
            }
            Deleted::Prefix(prefix) => self.deleted_prefixes.push(prefix.clone()),
        }
    }

    /// Whether the post was taken back.
    pub fn is_deleted(&self, id: &str) -> bool {
        self.deleted.contains(&fingerprint(id))
            || self.deleted_prefixes.iter().any(|prefix| id.starts_with(prefix.as_str()))
    }

    /// Counts posts of a closed window that were taken back later: they are not kept after all.
    pub fn forgot(&mut self, posts: u64) {
        self.counts.kept -= posts;
        self.drop_counted("deleted", posts);
    }

    /// Counts what an earlier attempt counted.
    pub fn count(&mut self, counts: &IngestCounts) {
        self.counts.add(counts);
    }

    /// Counts posts that the source left out by itself.
    pub fn drop_at_source(&mut self, reason: &str, posts: u64) {
        self.counts.read += posts;
        self.drop_counted(reason, posts);
    }

    /// Counts lines that could not be read.
    pub fn reject(&mut self, lines: u64) {
        self.counts.rejected += lines;
    }

    /// Bytes of posts held, about.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// The open windows, in order of time.
    pub fn open_windows(&self) -> Vec<Window> {
        self.open.keys().copied().collect()
    }

    /// The window that `at` falls in.
    pub fn window_of(&self, at: Timestamp) -> Window {
        Window::of(at, self.options.window_seconds)
    }

    /// Gives away the posts of the window that weighs most, to be brought back at [`Gate::close`].
    pub fn spill_heaviest(&mut self) -> Option<(Window, Vec<StagedPost>)> {
        let heaviest = self
            .open
            .iter()
            .map(|(window, posts)| (posts.iter().map(weight).sum::<usize>(), *window))
            .max()?
            .1;
        let posts = std::mem::take(self.open.get_mut(&heaviest)?);
        self.held_bytes -= posts.iter().map(weight).sum::<usize>();
        Some((heaviest, posts))
    }

    /// Settles a window: what was spilled of it comes back first.
    pub fn close(&mut self, window: Window, spilled: Vec<StagedPost>, whole: bool) -> ClosedWindow {
        let held = self.open.remove(&window).unwrap_or_default();
        self.held_bytes -= held.iter().map(weight).sum::<usize>();
        let mut posts = spilled;
        posts.extend(held);
        posts.sort_by(|a, b| (a.created_at, &a.tweet_id).cmp(&(b.created_at, &b.tweet_id)));
        self.drop_superseded(&mut posts);
        self.drop_deleted(&mut posts);
        let collapsed = if self.options.collapse_retweets { collapse(&mut posts) } else { 0 };
        let capped = self.cap(&mut posts);
        self.counts.collapsed += collapsed;
        self.counts.kept += posts.len() as u64;
        self.counts.windows += 1;
        let status = match (whole, capped, posts.is_empty()) {
            (false, _, _) => WindowStatus::Partial,
            (true, true, _) => WindowStatus::Capped,
            (true, false, true) => WindowStatus::Empty,
            (true, false, false) => WindowStatus::Complete,
        };
        let facts = WindowFacts {
            window,
            status,
            posts: posts.len() as u64,
            collapsed,
            count_available: None,
            fetched_at: None,
        };
        ClosedWindow { facts, posts }
    }

    /// What was counted so far.
    pub fn counts(&self) -> &IngestCounts {
        &self.counts
    }

    fn refusal(&mut self, post: &Post) -> Option<&'static str> {
        if post.id.is_empty() || post.id.len() > limits::width::TWEET_ID {
            return Some("bad_id");
        }
        if post.text.len() > limits::TEXT_BYTES {
            return Some("too_long");
        }
        if let Some((start, end)) = self.options.span
            && (post.created_at < start || post.created_at >= end)
        {
            return Some("outside");
        }
        if self.options.remember_ids && !self.seen.insert(fingerprint(&post.id)) {
            return Some("duplicate");
        }
        None
    }

    fn stage(&mut self, post: Post) -> StagedPost {
        let text = if post.text.as_bytes().contains(&0) {
            self.counts.nul_replaced += 1;
            post.text.replace('\0', "\u{fffd}")
        } else {
            post.text
        };
        let author = self.options.veil.author(post.author);
        StagedPost {
            tweet_id: without_nul(post.id),
            created_at: post.created_at,
            author_id: author.id.map(without_nul),
            username: author.username.map(without_nul),
            name: author.name.map(without_nul),
            location: author.location.map(without_nul),
            verified: author.verified,
            lang: post.lang.map(without_nul),
            referenced_type: post.reference.as_ref().map(|r| r.kind),
            referenced_tweet_id: post.reference.map(|r| without_nul(r.id)),
            post_url: post.post_url.map(without_nul),
            text,
        }
    }

    fn drop_superseded(&mut self, posts: &mut Vec<StagedPost>) {
        if self.superseded.is_empty() {
            return;
        }
        let before = posts.len();
        posts.retain(|post| !self.superseded.contains(&fingerprint(&post.tweet_id)));
        self.drop_counted("edited", (before - posts.len()) as u64);
    }

    fn drop_deleted(&mut self, posts: &mut Vec<StagedPost>) {
        if self.deleted.is_empty() && self.deleted_prefixes.is_empty() {
            return;
        }
        let before = posts.len();
        posts.retain(|post| !self.is_deleted(&post.tweet_id));
        self.drop_counted("deleted", (before - posts.len()) as u64);
    }

    /// Keeps `max_per_window` posts, spread evenly over the window rather than its first seconds.
    fn cap(&mut self, posts: &mut Vec<StagedPost>) -> bool {
        let Some(cap) = self.options.max_per_window.and_then(|cap| usize::try_from(cap).ok()) else {
            return false;
        };
        let all = posts.len();
        if all <= cap {
            return false;
        }
        let mut index = 0;
        let mut kept = 0;
        posts.retain(|_| {
            let keep = kept < cap && index * cap >= kept * all;
            index += 1;
            kept += usize::from(keep);
            keep
        });
        self.drop_counted("capped", (all - posts.len()) as u64);
        true
    }

    fn drop_counted(&mut self, reason: &str, posts: u64) {
        if posts > 0 {
            *self.counts.dropped_by.entry(reason.to_owned()).or_default() += posts;
        }
    }
}

/// Leaves of each retweeted post only the oldest retweet. `posts` are in order of time.
fn collapse(posts: &mut Vec<StagedPost>) -> u64 {
    let mut kept = FxHashSet::default();
    let before = posts.len();
    posts.retain(|post| match (&post.referenced_type, &post.referenced_tweet_id) {
        (Some(ReferenceKind::Retweeted), Some(of)) => kept.insert(fingerprint(of)),
        _ => true,
    });
    (before - posts.len()) as u64
}

/// 64 bits that stand for an identifier. Digits that fit stand for themselves, so that X's
/// identifiers never collide; of ten million others, two do with a chance of three in a million.
fn fingerprint(id: &str) -> u64 {
    if id.len() < 20
        && !id.starts_with('0')
        && let Ok(number) = id.parse::<u64>()
    {
        return number;
    }
    // SipHash with fixed keys: the same on every machine, and hard to make collide by hand.
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish() | 1 << 63
}

fn without_nul(text: String) -> String {
    if text.as_bytes().contains(&0) { text.replace('\0', "\u{fffd}") } else { text }
}

/// Bytes that a held post takes, about.
fn weight(post: &StagedPost) -> usize {
    std::mem::size_of::<StagedPost>() + post.text.len() + post.tweet_id.len() + 64
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
