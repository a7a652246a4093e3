//! Score, where another does it: the stack's function reads the stream and writes the sentiment packets. Here they are
//! looked for in the store, held against staging, and journaled as if they had been made here, so that nothing after
//! score can tell the difference. It knows no Lambda: only that packets which are put on the stream come out as objects.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use smol_str::SmolStr;
use tokio::task::{JoinHandle, JoinSet};

use super::score::{self, split, staged};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::Entry;
use crate::limits;
use crate::model::PacketName;
use crate::pipeline::context::Context;
use crate::pipeline::event::{Event, Stage};
use crate::pipeline::port::Stream;
use crate::wire::{self, SentimentLine};

/// Who scores in this process's place, and how long it is waited for.
#[derive(Clone, Debug)]
pub struct Other {
    /// Where it says what went wrong, for people.
    pub log: String,
    /// Without anything new for so long, packets are put on the stream again; after as long again the run ends.
    pub patience: Duration,
    /// What waits are multiplied by; tests have little time.
    pub pace: f64,
}

/// What is known of the packets of one run and model. Looks go on in the background from the start.
pub struct Follower {
    state: Arc<State>,
    looking: JoinHandle<Result<()>>,
}

struct State {
    context: Arc<Context>,
    model: String,
    other: Other,
    done: Mutex<BTreeSet<PacketName>>,
    posts: AtomicU64,
}

impl Follower {
    /// `done`: packets whose scores are journaled and there.
    pub fn start(context: &Arc<Context>, model: &str, other: &Other, done: BTreeSet<PacketName>) -> Self {
        let state = Arc::new(State {
            context: Arc::clone(context),
            model: model.to_owned(),
            other: other.clone(),
            done: Mutex::new(done),
            posts: AtomicU64::new(0),
        });
        let background = Arc::clone(&state);
        let looking = tokio::spawn(async move {
            loop {
                let began = Instant::now();
                background.look().await?;
                tokio::time::sleep(background.rest(began.elapsed())).await;
            }
        });
        Self { state, looking }
    }

    /// Puts on the stream what is staged and was neither scored nor published, and waits until every packet has its
    /// scores. Gives the number of posts that were scored meanwhile.
    ///
    /// # Errors
    /// `Outside` where nothing has come for the whole patience, twice: packets are put on the stream again in between.
    pub async fn finish(
        self,
        context: &Arc<Context>,
        stream: &dyn Stream,
        published: &BTreeSet<PacketName>,
    ) -> Result<u64> {
        let Self { state, looking } = self;
        looking.abort();
        // One that was aborted has nothing to say; one that had ended before has failed.
        if let Ok(ended) = looking.await {
            ended?;
        }
        // What the function did while nobody looked is not asked for again.
        state.look().await?;
        score::feed(context, stream, &state.model, published).await?;
        let wanted: BTreeSet<PacketName> =
            score::packets(context, &context.layout.staging()).await?.into_keys().collect();
        loop {
            state.wait_for(&wanted, stream).await?;
            // The journal has the last word: an object may have been replaced, or taken away, since it was seen.
            let missing = score::unscored_packets(context, &state.model).await?;
            if missing.is_empty() {
                stream.close().await;
                // What was put again may still be on its way to the stream: an error of it is one.
                stream.consume().await?;
                return Ok(state.posts.load(Ordering::Relaxed));
            }
            for name in missing {
                state.forget(&name);
                stream.publish(staged(context, name).await?).await?;
            }
        }
    }

    /// Ends looking. An error that ended it before, if there is one.
    pub async fn abandon(self) -> Result<()> {
        self.looking.abort();
        self.looking.await.unwrap_or(Ok(()))
    }
}

impl State {
    fn done(&self) -> std::sync::MutexGuard<'_, BTreeSet<PacketName>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, name: &PacketName) {
        self.done().remove(name);
    }

    /// Time until the next look, after one that took `took`.
    fn rest(&self, took: Duration) -> Duration {
        let least = Duration::from_millis(limits::SCORED_EVERY_MILLIS);
        let most = Duration::from_millis(limits::SCORED_LONGEST_MILLIS);
        (took * limits::SCORED_REST).clamp(least, most).mul_f64(self.other.pace)
    }

    /// Looks until all of `wanted` is done.
    async fn wait_for(self: &Arc<Self>, wanted: &BTreeSet<PacketName>, stream: &dyn Stream) -> Result<()> {
        let patience = self.other.patience.mul_f64(self.other.pace);
        let mut stop = self.context.stop.clone();
        let mut moved = Instant::now();
        let mut asked_again = false;
        loop {
            let began = Instant::now();
            if self.look().await? > 0 {
                moved = Instant::now();
                asked_again = false;
            }
            let missing: Vec<PacketName> = wanted.difference(&self.done()).cloned().collect();
            if missing.is_empty() {
                return Ok(());
            }
            if moved.elapsed() >= patience {
                if asked_again {
                    return Err(self.gave_up(&missing, wanted.len()));
                }
                self.ask_again(&missing, stream).await?;
                asked_again = true;
                moved = Instant::now();
            }
            tokio::select! {
                biased;
                error = stop.asked() => return Err(error),
                // It ends only when the stream breaks: nothing is consumed here.
                ended = stream.consume() => { ended?; }
                () = tokio::time::sleep(self.rest(began.elapsed())) => {}
            }
        }
    }

    async fn ask_again(&self, missing: &[PacketName], stream: &dyn Stream) -> Result<()> {
        let message = format!(
            "nothing has come of the function for {} s: {} packets are put on the stream again",
            self.other.patience.as_secs(),
            missing.len()
        );
        self.context.emit(Event::Warning { message });
        for name in missing {
            self.context.stop.check()?;
            stream.publish(staged(&self.context, name.clone()).await?).await?;
        }
        Ok(())
    }

    fn gave_up(&self, missing: &[PacketName], of: usize) -> Error {
        let first = missing.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Error::new(
            ErrorKind::Outside,
            format!(
                "the function has not scored {} of {of} packets, and nothing new has come of it for {} s",
                missing.len(),
                self.other.patience.as_secs()
            ),
        )
        .because(format!("missing are {first}{}", if missing.len() > 3 { ", …" } else { "" }))
        .hint(format!("look at {}; then `sentistack pipeline resume` goes on from here", self.other.log))
    }

    /// Takes in the sentiment packets that are there and not done. How many they were.
    async fn look(self: &Arc<Self>) -> Result<usize> {
        let present = score::packets(&self.context, &self.context.layout.sentiments(&self.model)).await?;
        let new: Vec<PacketName> = {
            let done = self.done();
            present.into_keys().filter(|name| !done.contains(name)).collect()
        };
        let mut taken = 0;
        let mut reading: JoinSet<Result<bool>> = JoinSet::new();
        let mut new = new.into_iter();
        loop {
            while reading.len() < self.context.store.parallel().max(1) {
                let Some(name) = new.next() else { break };
                let state = Arc::clone(self);
                reading.spawn(async move { state.take(name).await });
            }
            let Some(ended) = reading.join_next().await else { return Ok(taken) };
            let ended = ended.unwrap_or_else(|e| Err(Error::failed("a reading task broke down").because(e)));
            taken += usize::from(ended?);
        }
    }

    /// Takes a sentiment packet in if it is that of the staging packet as it is now: the same posts in the same order,
    /// and a score for each that is to have one.
    async fn take(&self, name: PacketName) -> Result<bool> {
        let context = &self.context;
        let key = context.layout.sentiment_packet(&self.model, &name);
        let Some(lines) = context.store.get(&key).await? else { return Ok(false) };
        // Somebody's that is none of the run's, or whose posts were taken back.
        if context.store.get(&context.layout.staging_packet(&name)).await?.is_none() {
            return Ok(false);
        }
        let packet = staged(context, name.clone()).await?;
        let (ids, texts) = split(packet.tweets, &context.manifest.settings.lang);
        if !is_of(&lines, &ids) {
            return Ok(false);
        }
        let (posts, scored) = (ids.len() as u64, texts.len() as u64);
        let (model, bytes) = (self.model.clone(), lines.len() as u64);
        let entry =
            Entry::Scored { model, name: name.clone(), scored, unscored: posts - scored, fallback: 0, bytes };
        context.log(entry)?;
        self.done().insert(name);
        let done = self.posts.fetch_add(posts, Ordering::Relaxed) + posts;
        context.emit(Event::Progress { stage: Stage::Score, done, total: None });
        Ok(true)
    }
}

/// Whether these are the scores of these posts: each in its place, and scored if it is to be.
fn is_of(lines: &[u8], posts: &[(SmolStr, bool)]) -> bool {
    let mut posts = posts.iter();
    let fits = wire::lines::<SentimentLine<'_>>(lines).all(|line| match (line, posts.next()) {
        (Ok(line), Some((id, wanted))) => *id == *line.tweet_id && *wanted == line.score().is_some(),
        (Err(_), _) | (_, None) => false,
    });
    fits && posts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Label, Score};

    #[test]
    fn scores_are_those_of_the_posts_as_they_are_now_or_none() {
        let score = Score { label: Label::Positive, positive: 1.0, negative: 0.0, neutral: 0.0, mixed: 0.0 };
        let packet = |posts: &[(&str, bool)]| {
            let posts: Vec<_> = posts.iter().map(|(id, wanted)| (SmolStr::new(id), *wanted)).collect();
            let wanted = posts.iter().filter(|(_, wanted)| *wanted).count();
            (wire::sentiment_packet(&posts, &vec![score; wanted]).unwrap(), posts)
        };
        let (lines, posts) = packet(&[("1", true), ("2", false), ("3", true)]);
        assert!(is_of(&lines, &posts) && is_of(b"", &[]));
        for other in [
            &[("1", true), ("2", false)][..],
            &[("1", true), ("2", false), ("3", true), ("4", true)],
            &[("2", false), ("1", true), ("3", true)],
            &[("1", true), ("2", true), ("3", true)],
        ] {
            assert!(!is_of(&packet(other).0, &posts), "{other:?}");
        }
        assert!(!is_of(&lines[..lines.len() - 9], &posts), "an object that was cut");
    }
}
