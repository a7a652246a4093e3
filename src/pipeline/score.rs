//! Score: takes packets from the stream, has the model score them, and writes one sentiment packet for
//! each staging packet. Runs beside ingest. Staging is the truth: what never came through the stream
//! is fed again from there. Where another scores (`follow`), packets are put on the stream and its work is waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use smol_str::SmolStr;
use tokio::task::JoinSet;

use crate::error::{Error, Result};
use crate::journal::format::Entry;
use crate::journal::resume::Progress;
use crate::layout;
use crate::model::{Packet, PacketName, PacketTweet};
use crate::pipeline::context::Context;
use crate::pipeline::event::{Event, Stage};
use crate::pipeline::follow::{Follower, Other};
use crate::pipeline::port::{Durability, Model, Scores, Stream, Text};
use crate::wire::{self, StagingText};

pub use sentistack_wire::is_wanted;

/// The scoring of one run by one model.
pub struct Scoring {
    model: Arc<dyn Model>,
    work: Work,
    scored: BTreeSet<PacketName>,
    /// Put on the stream by ingest, scored by now or not.
    published: Mutex<BTreeSet<PacketName>>,
    posts: Arc<AtomicU64>,
}

/// Who does it.
enum Work {
    /// Workers that take packets until the stream closes.
    Here(JoinSet<Result<()>>),
    /// Another; its work is watched.
    Other(Follower),
}

impl Scoring {
    /// Starts one worker a core; or, where `other` scores, to watch what comes of it.
    pub async fn start(
        context: &Arc<Context>,
        stream: &Arc<dyn Stream>,
        model: &Arc<dyn Model>,
        other: Option<&Other>,
    ) -> Result<Self> {
        let scored = scored_packets(context, model.name()).await?;
        let posts = Arc::new(AtomicU64::new(0));
        let published = Mutex::new(BTreeSet::new());
        if let Some(other) = other {
            let work = Work::Other(Follower::start(context, model.name(), other, scored.clone()));
            return Ok(Self { model: Arc::clone(model), work, scored, published, posts });
        }
        let mut workers = JoinSet::new();
        // A stream may bring a packet twice, or one that an earlier attempt has scored.
        let taken = Arc::new(Mutex::new(scored.clone()));
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // With a store far away most of the time is waiting.
        for _ in 0..cores.max(context.store.parallel() / 2) {
            let worker = Worker {
                context: Arc::clone(context),
                stream: Arc::clone(stream),
                model: Arc::clone(model),
                posts: Arc::clone(&posts),
                taken: Arc::clone(&taken),
            };
            workers.spawn(worker.work());
        }
        Ok(Self { model: Arc::clone(model), work: Work::Here(workers), scored, published, posts })
    }

    /// Whether the packet has no scores yet and is to be put on the stream, which it is then taken to be.
    pub fn claims(&self, name: &PacketName) -> bool {
        let Ok(mut published) = self.published.lock() else { return false };
        !self.scored.contains(name) && published.insert(name.clone())
    }

    /// Feeds what staging has and the stream did not bring, and waits until every packet has its
    /// scores. Gives the number of posts scored now.
    pub async fn finish(self, context: &Arc<Context>, stream: &Arc<dyn Stream>) -> Result<u64> {
        let Self { model, work, published, posts, .. } = self;
        let published = published.into_inner().unwrap_or_default();
        let mut workers = match work {
            Work::Other(follower) => return follower.finish(context, stream.as_ref(), &published).await,
            Work::Here(workers) => workers,
        };
        let fed = feed(context, stream.as_ref(), model.name(), &published).await;
        stream.close().await;
        join(&mut workers).await?;
        fed?;
        mop_up(context, &model, &posts).await?;
        Ok(posts.load(Ordering::Relaxed))
    }

    /// Stops because ingest failed with `cause`. A worker's own error, if there is one, is the real cause.
    pub async fn abandon(self, stream: &Arc<dyn Stream>, cause: Error) -> Error {
        stream.close().await;
        let ended = match self.work {
            Work::Here(mut workers) => join(&mut workers).await,
            Work::Other(follower) => follower.abandon().await,
        };
        ended.err().unwrap_or(cause)
    }
}

/// Scores what no stream brought: packets that it lost, and those that were changed after they were scored.
async fn mop_up(context: &Arc<Context>, model: &Arc<dyn Model>, posts: &Arc<AtomicU64>) -> Result<()> {
    let missing = unscored_packets(context, model.name()).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("{} packets did not come back from the stream: scored from staging", missing.len());
    context.emit(Event::Warning { message });
    let worker = Worker {
        context: Arc::clone(context),
        stream: Arc::new(NoStream),
        model: Arc::clone(model),
        posts: Arc::clone(posts),
        taken: Arc::default(),
    };
    for name in missing {
        context.stop.check()?;
        worker.score(staged(context, name).await?).await?;
    }
    Ok(())
}

/// Waits for all; the first error.
async fn join(workers: &mut JoinSet<Result<()>>) -> Result<()> {
    let mut first = Ok(());
    while let Some(ended) = workers.join_next().await {
        let ended = ended.unwrap_or_else(|e| Err(Error::failed("a scoring worker broke down").because(e)));
        if first.is_ok() {
            first = ended;
        }
    }
    first
}

struct Worker {
    context: Arc<Context>,
    stream: Arc<dyn Stream>,
    model: Arc<dyn Model>,
    posts: Arc<AtomicU64>,
    taken: Arc<Mutex<BTreeSet<PacketName>>>,
}

impl Worker {
    async fn work(self) -> Result<()> {
        let ended = self.take_packets().await;
        if ended.is_err() {
            // Nobody may wait for a worker that is gone.
            self.stream.close().await;
        }
        ended
    }

    async fn take_packets(&self) -> Result<()> {
        loop {
            self.context.stop.check()?;
            let Some(packet) = self.stream.consume().await? else { return Ok(()) };
            let name = packet.name.clone();
            let is_new = self.taken.lock().is_ok_and(|mut taken| taken.insert(name.clone()));
            if is_new {
                self.score(packet).await?;
            }
            if let Some(checkpoint) = self.stream.scored(&name) {
                self.context.log(Entry::Checkpoint { checkpoint })?;
            }
        }
    }

    async fn score(&self, packet: Packet) -> Result<()> {
        let Packet { name, tweets, .. } = packet;
        let wanted = &self.context.manifest.settings.lang;
        let (ids, texts) = split(tweets, wanted);
        let posts = ids.len() as u64;
        let Scores { scores, fallback } = self.model.score(texts).await?;
        let scored = scores.len() as u64;
        let lines = wire::sentiment_packet(&ids, &scores).map_err(|e| {
            Error::failed(format!("the model {} did not score the packet {name}", self.model.name()))
                .because(e)
        })?;
        let bytes = lines.len() as u64;
        let model = self.model.name().to_owned();
        let key = self.context.layout.sentiment_packet(&model, &name);
        self.context.store.put(&key, lines, Durability::Process).await?;
        self.context.log(Entry::Scored { model, name, scored, unscored: posts - scored, fallback, bytes })?;
        let done = self.posts.fetch_add(posts, Ordering::Relaxed) + posts;
        self.context.emit(Event::Progress { stage: Stage::Score, done, total: None });
        Ok(())
    }
}

/// Identifiers with whether each is scored, and the texts of those that are.
pub(super) fn split(tweets: Vec<PacketTweet>, wanted: &[String]) -> (Vec<(SmolStr, bool)>, Vec<Text>) {
    let mut texts = Vec::with_capacity(tweets.len());
    let mut ids = Vec::with_capacity(tweets.len());
    for tweet in tweets {
        let is_scored = is_wanted(tweet.lang.as_deref(), wanted);
        ids.push((tweet.tweet_id, is_scored));
        if is_scored {
            texts.push(Text { text: tweet.text, lang: tweet.lang });
        }
    }
    (ids, texts)
}

/// Packets whose scores are journaled and there, whole.
async fn scored_packets(context: &Context, model: &str) -> Result<BTreeSet<PacketName>> {
    let progress = Progress::of(&context.journal.read()?);
    let Some(of_model) = progress.models.get(model) else { return Ok(BTreeSet::new()) };
    let present: BTreeMap<PacketName, u64> = packets(context, &context.layout.sentiments(model)).await?;
    let is_whole = |name: &PacketName, bytes: u64| present.get(name) == Some(&bytes);
    // Posts that were taken back are gone from a packet that was scored with them.
    let fits = |name: &PacketName, posts: u64| progress.staged_posts.get(name).is_none_or(|n| *n == posts);
    Ok(of_model
        .scored
        .iter()
        .filter(|(name, facts)| is_whole(name, facts.bytes) && fits(name, facts.scored + facts.unscored))
        .map(|(name, _)| name.clone())
        .collect())
}

/// Staged packets that have no scores, in order.
pub(super) async fn unscored_packets(context: &Context, model: &str) -> Result<Vec<PacketName>> {
    let scored = scored_packets(context, model).await?;
    let staged = packets(context, &context.layout.staging()).await?;
    Ok(staged.into_keys().filter(|name| !scored.contains(name)).collect())
}

pub(super) async fn packets(context: &Context, prefix: &str) -> Result<BTreeMap<PacketName, u64>> {
    let entries = context.store.list(prefix).await?;
    Ok(entries
        .into_iter()
        .filter_map(|entry| Some((layout::packet_of_key(&entry.key)?, entry.bytes)))
        .collect())
}

/// Puts every staged packet without scores on the stream again, but for those that are on it already.
pub(super) async fn feed(
    context: &Arc<Context>,
    stream: &dyn Stream,
    model: &str,
    published: &BTreeSet<PacketName>,
) -> Result<()> {
    for name in unscored_packets(context, model).await? {
        context.stop.check()?;
        if published.contains(&name) {
            continue;
        }
        stream.publish(staged(context, name).await?).await?;
    }
    Ok(())
}

/// A packet as the stream carries it, from staging.
pub(super) async fn staged(context: &Context, name: PacketName) -> Result<Packet> {
    let key = context.layout.staging_packet(&name);
    let lines = context
        .store
        .get(&key)
        .await?
        .ok_or_else(|| Error::failed("a staged packet is gone").hint("start a new run").resource(&key))?;
    let mut tweets = Vec::new();
    for line in wire::lines::<StagingText>(&lines) {
        let line = line.map_err(|e| {
            Error::failed(format!("{key} cannot be read"))
                .because(e)
                .hint("redo the run with --from-stage ingest")
                .resource(&key)
        })?;
        tweets.push(PacketTweet {
            tweet_id: line.tweet_id.into(),
            text: line.text.into_owned(),
            lang: line.lang.map(Into::into),
        });
    }
    Ok(Packet { run_id: context.manifest.run_id.clone(), name, score: None, tweets })
}

/// For a worker that is handed its packets.
struct NoStream;

#[async_trait::async_trait]
impl Stream for NoStream {
    async fn publish(&self, _: Packet) -> Result<()> {
        Ok(())
    }

    async fn consume(&self) -> Result<Option<Packet>> {
        Ok(None)
    }

    async fn close(&self) {}
}
