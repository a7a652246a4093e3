//! Makes a run's packets of what was delivered, as if ingest and score had made them: from there on the run is one
//! like any other.

use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, Result};
use crate::journal::format::Entry;
use crate::live::note::SentNote;
use crate::model::{PacketName, Score, StagedPost};
use crate::pipeline::context::Context;
use crate::pipeline::event::Stage;
use crate::pipeline::gate::{ClosedWindow, Gate};
use crate::pipeline::packet::PacketBuilder;
use crate::pipeline::port::Durability;
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
    context.log(Entry::Redo { stage: Stage::Ingest, model: None })?;
    let layout = &context.layout;
    for prefix in [layout.staging(), layout.sentiments(model)] {
        context.store.delete_prefix(&prefix).await?;
    }
    let mut facts = BTreeMap::new();
    for window in gate.open_windows() {
        let ClosedWindow { facts: of_window, posts } = gate.close(window, Vec::new(), note.ended);
        let mut packet = PacketBuilder::default();
        let mut number = 1;
        for post in posts {
            if packet.is_full() {
                let name = PacketName::numbered(window, number);
                put(context, model, &scores, name, std::mem::take(&mut packet)).await?;
                number += 1;
            }
            packet.push(post)?;
        }
        if !packet.tweets.is_empty() {
            put(context, model, &scores, PacketName::numbered(window, number), packet).await?;
        }
        facts.insert(window, of_window);
    }
    let windows = wire::json_lines(facts.values())?;
    context.store.put(&layout.windows(), windows, Durability::Power).await?;
    let kept = gate.counts().kept;
    let mut counts = note.counts.clone();
    counts.windows = gate.counts().windows;
    // What was kept on the way in and is not here now did not arrive, or was taken back.
    let gone = counts.kept.saturating_sub(kept);
    counts.kept = kept;
    if gone > 0 {
        *counts.dropped_by.entry("undelivered".to_owned()).or_default() += gone;
    }
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
            .get(&tweet.tweet_id)
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
