//! A batch of a Kinesis stream: the packets of a run, scored, written where the tool's own consumer would write them,
//! byte for byte.
//!
//! A packet says itself which languages are scored; one that does not is scored in the function's own. What anybody
//! else put on the stream is passed over, as the tool does. A packet that could not be scored or written
//! is reported with every one behind it: Lambda brings the shard again from the first that is reported.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sentistack_wire::{Packet, is_valid_packet, is_valid_run_id, is_wanted, keys, sentiment_packet};

use crate::event::KinesisRecord;
use crate::scorer::Scorer;
use crate::settings::Settings;

/// Where objects go.
pub trait Objects {
    /// Writes an object whole, in the place of the one that was there.
    ///
    /// # Errors
    /// Why not, in words without anything of the object.
    fn put(&mut self, key: &str, body: Vec<u8>) -> Result<(), String>;
}

/// How records fared, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub records: usize,
    /// Packets written.
    pub packets: usize,
    /// Posts scored in them.
    pub scored: usize,
    /// Posts in a language that is not asked for.
    pub unscored: usize,
    /// Records that are no packet.
    pub passed_over: usize,
    /// Records that are to come again.
    pub failed: usize,
    /// Why the first of them failed.
    pub cause: Option<String>,
}

/// Answers the event: the sequence numbers of the records that are to come again.
pub fn consume<S: Scorer, O: Objects>(
    records: &[KinesisRecord<'_>],
    settings: &Settings,
    scorer: &mut S,
    objects: &mut O,
) -> (Vec<u8>, Tally) {
    let mut tally = Tally { records: records.len(), ..Tally::default() };
    let mut done = 0;
    for record in records {
        let Some(packet) = read(record) else {
            tally.passed_over += 1;
            done += 1;
            continue;
        };
        if let Err(cause) = one(packet, settings, scorer, objects, &mut tally) {
            tally.cause = Some(cause);
            break;
        }
        done += 1;
    }
    let failed = records.get(done..).unwrap_or_default();
    tally.failed = failed.len();
    let mut out = b"{\"batchItemFailures\":[".to_vec();
    for (at, record) in failed.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"".as_slice() } else { b"," });
        out.extend_from_slice(b"{\"itemIdentifier\":");
        // A str into a Vec: there is nothing to fail.
        let _ = serde_json::to_writer(&mut out, &record.kinesis.sequence);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    (out, tally)
}

/// The packet of a record, if it is one. Its names become a key, so they are not believed.
fn read(record: &KinesisRecord<'_>) -> Option<Packet> {
    let data = STANDARD.decode(record.kinesis.data.as_bytes()).ok()?;
    let packet: Packet = serde_json::from_slice(&data).ok()?;
    (is_valid_run_id(&packet.run_id) && is_valid_packet(&packet.name.packet)).then_some(packet)
}

fn one<S: Scorer, O: Objects>(
    packet: Packet,
    settings: &Settings,
    scorer: &mut S,
    objects: &mut O,
    tally: &mut Tally,
) -> Result<(), String> {
    let lang = packet.score.as_ref().map_or(&settings.lang, |order| &order.lang);
    let mut texts = Vec::with_capacity(packet.tweets.len());
    let mut posts = Vec::with_capacity(packet.tweets.len());
    for tweet in packet.tweets {
        let wanted = is_wanted(tweet.lang.as_deref(), lang);
        posts.push((tweet.tweet_id, wanted));
        if wanted {
            texts.push(tweet.text);
        }
    }
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let scored = if borrowed.is_empty() { Vec::new() } else { scorer.score(&borrowed) };
    let judge = scorer.judge();
    // A packet has no column for whose its scores are: those of a fallback are none of this model's.
    let scores: Option<Vec<_>> =
        scored.into_iter().map(|one| one.filter(|one| one.judge == judge).map(|one| one.score)).collect();
    let scores = scores.ok_or_else(|| format!("the model {} did not score a packet", judge.as_str()))?;
    let lines = sentiment_packet(&posts, &scores).map_err(|e| e.to_string())?;
    let folder = keys::run_folder(&packet.run_id);
    objects.put(&keys::sentiment_packet(&folder, judge.as_str(), &packet.name), lines)?;
    tally.packets += 1;
    tally.scored += scores.len();
    tally.unscored += posts.len() - scores.len();
    Ok(())
}
