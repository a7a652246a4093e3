//! Makes a run's packets of what was delivered, as if ingest and score had made them: from there on the run is one
//! like any other.

use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, Result};
use crate::journal::format::{Entry, IngestCounts};
use crate::live::note::SentNote;
use crate::model::{PacketName, Score, StagedPost};
use crate::pipeline::context::Context;
use crate::pipeline::event::Stage;
use crate::pipeline::gate::{ClosedWindow, Gate};
use crate::pipeline::packet::{PacketBuilder, packets};
use crate::pipeline::port::Durability;
use crate::pipeline::run;
use crate::wire::{self, LiveRow};

/// Puts the rows, each record once, into the run as packets of `model`; what was there before is replaced. `gate`
/// must remember identifiers and give no window a cap.
///
/// # Errors
/// Those of store and journal.
pub async fn bring(
    context: &Context,
    model: &str,
    mut gate: Gate,
    note: &SentNote,
    rows: Vec<LiveRow>,
) -> Result<u64> {
    for gone in &note.taken_back {
        gate.forget(gone);
    }
    let mut scores = HashMap::with_capacity(rows.len());
    for row in rows {
        // Whoever scored it in the model's place: the endpoint's post that the function's own model took over.
        scores.insert(row.tweet_id.clone(), (row.score(), row.model != model));
        gate.readmit(staged(row));
    }
    run::redo(context, Stage::Ingest, model).await?;
    let mut facts = BTreeMap::new();
    for window in gate.open_windows() {
        let ClosedWindow { facts: of_window, posts } = gate.close(window, Vec::new(), note.ended);
        for packet in packets(window, posts) {
            let (name, packet) = packet?;
            put(context, model, &scores, name, packet).await?;
        }
        facts.insert(window, of_window);
    }
    let windows = wire::json_lines(facts.values())?;
    context.store.put(&context.layout.windows(), windows, Durability::Power).await?;
    let counts = counts(&note.counts, gate.counts());
    let kept = counts.kept;
    context.log(Entry::Ingested { counts, complete: true })?;
    let scored = Entry::StageFinished {
        stage: Stage::Score,
        model: Some(model.to_owned()),
        seconds: 0.0,
        result: None,
    };
    context.log(scored)?;
    context.journal.sync()?;
    Ok(kept)
}

/// What the producer counted, of what is here now: posts that it kept and that are not here were taken back, or did not
/// arrive. One that was killed has sent more than it noted.
fn counts(sent: &IngestCounts, here: &IngestCounts) -> IngestCounts {
    let mut counts = IngestCounts { kept: here.kept, windows: here.windows, ..sent.clone() };
    counts.read += here.kept.saturating_sub(sent.kept);
    let mut gone = sent.kept.saturating_sub(here.kept);
    for (reason, posts) in &here.dropped_by {
        let of_these = gone.min(*posts);
        *counts.dropped_by.entry(reason.clone()).or_default() += of_these;
        gone -= of_these;
    }
    if gone > 0 {
        *counts.dropped_by.entry("undelivered".to_owned()).or_default() += gone;
    }
    counts
}

async fn put(
    context: &Context,
    model: &str,
    scores: &HashMap<String, (Option<Score>, bool)>,
    name: PacketName,
    packet: PacketBuilder,
) -> Result<()> {
    let PacketBuilder { lines, tweets } = packet;
    let (posts, bytes) = (tweets.len() as u64, lines.len() as u64);
    let staging = context.layout.staging_packet(&name);
    context.store.put(&staging, lines, Durability::Process).await?;
    context.log(Entry::Staged { name: name.clone(), posts, bytes })?;
    let mut sentiments = Vec::with_capacity(tweets.len() * 128);
    let (mut scored, mut fallback) = (0, 0);
    for tweet in &tweets {
        let (score, by_other) = scores
            .get(tweet.tweet_id.as_str())
            .ok_or_else(|| Error::failed(format!("no score was kept of a post in {name}")))?;
        scored += u64::from(score.is_some());
        fallback += u64::from(score.is_some() && *by_other);
        wire::write_sentiment_line(&tweet.tweet_id, score.as_ref(), &mut sentiments);
    }
    let bytes = sentiments.len() as u64;
    let key = context.layout.sentiment_packet(model, &name);
    context.store.put(&key, sentiments, Durability::Process).await?;
    let model = model.to_owned();
    context.log(Entry::Scored { model, name, scored, unscored: posts - scored, fallback, bytes })
}

fn staged(row: LiveRow) -> StagedPost {
    StagedPost {
        tweet_id: row.tweet_id,
        created_at: row.created_at,
        author_id: row.author_id,
        username: row.username,
        name: row.name,
        location: row.location,
        verified: row.verified,
        lang: row.lang,
        referenced_tweet_id: row.referenced_tweet_id,
        referenced_type: row.referenced_type,
        post_url: row.post_url,
        text: row.text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(read: u64, kept: u64, dropped: &[(&str, u64)]) -> IngestCounts {
        let dropped_by = dropped.iter().map(|(reason, posts)| ((*reason).to_owned(), *posts)).collect();
        IngestCounts { read, kept, dropped_by, ..IngestCounts::default() }
    }

    #[test]
    fn every_post_that_was_read_is_kept_or_has_a_reason() {
        let sent = of(110, 100, &[("duplicate", 10)]);
        for (here, reasons) in [
            (of(0, 100, &[]), vec![("duplicate", 10)]),
            (of(0, 90, &[("deleted", 4)]), vec![("deleted", 4), ("duplicate", 10), ("undelivered", 6)]),
            // Killed before it noted the last ones.
            (of(0, 120, &[]), vec![("duplicate", 10)]),
        ] {
            let counts = counts(&sent, &here);
            assert_eq!(counts.dropped_by, of(0, 0, &reasons).dropped_by);
            assert_eq!(counts.read, counts.kept + counts.dropped_by.values().sum::<u64>());
        }
    }
}
