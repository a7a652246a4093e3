//! Staging and sentiments of a run of any size, for measuring: about what a run on X leaves behind.
//! The same number gives the same bytes.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use sentistack::config::settings::TableFormat;
use sentistack::layout::RunLayout;
use sentistack::limits::{PACKET_BYTES, PACKET_POSTS};
use sentistack::model::{PacketName, ReferenceKind, Score, StagedPost, Window, WindowFacts, WindowStatus};
use sentistack::pipeline::merge::LABELS;
use sentistack::pipeline::port::TransformRequest;
use sentistack::wire::{write_sentiment_line, write_staging_line};

pub const RUN: &str = "bench";
pub const MODEL: &str = "embedded";
const SECONDS: u32 = 900;
const DAYS: u64 = 4;
const START: i64 = 1_772_323_200;

const WORDS: &str = "the flight was late again and nobody told us why so we waited three hours at the gate \
great crew though thanks for the help love this airline never again my bag is still missing 😡 service customer \
update please 🎉 @airline #travel http://t.co/abc123 don't won't \"really\" coffee morning weather delayed cancelled";

/// xorshift64*: enough for text.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// The `n`th of `total` posts.
fn post(n: u64, total: u64, words: &[&str]) -> (StagedPost, Option<Score>) {
    let mut random = Random(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    random.next();
    let millis = START * 1000 + (n * DAYS * 86_400_000 / total) as i64;
    let mut text = String::new();
    for _ in 0..8 + random.below(16) {
        text.push_str(words[random.below(words.len() as u64) as usize]);
        text.push(if random.below(60) == 0 { '\n' } else { ' ' });
    }
    text.pop();
    let author = random.below(200_000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let kind = match random.below(10) {
        0 | 1 => Some(ReferenceKind::Retweeted),
        2 => Some(ReferenceKind::RepliedTo),
        _ => None,
    };
    let post = StagedPost {
        tweet_id: (2_028_000_000_000_000_000 + n * 20_000_000 + random.below(10_000_000)).to_string(),
        created_at: Timestamp::from_millisecond(millis).unwrap_or_default(),
        author_id: Some(format!("{author:016x}{:016x}", author.rotate_left(17))),
        lang: Some(if random.below(20) == 0 { "de" } else { "en" }.to_owned()),
        referenced_tweet_id: kind.map(|_| (2_027_000_000_000_000_000 + random.next()).to_string()),
        referenced_type: kind,
        text,
        ..StagedPost::default()
    };
    let score = (post.lang.as_deref() == Some("en")).then(|| {
        let mut parts = [0; 4].map(|_| 1 + random.below(1000));
        let sum: u64 = parts.iter().sum();
        parts = parts.map(|part| part * 10_000_000 / sum);
        parts[3] = 10_000_000 - parts[0] - parts[1] - parts[2];
        let best = (0..4).max_by_key(|i| parts[*i]).unwrap_or(0);
        let [positive, negative, neutral, mixed] = parts.map(|part| part as f64 / 1e7);
        Score { label: LABELS[best], positive, negative, neutral, mixed }
    });
    (post, score)
}

/// Writes a run of `total` posts over four days below `root`, packets filled as the sample source fills them.
pub fn generate(root: &Path, total: u64) -> std::io::Result<TransformRequest> {
    let words: Vec<_> = WORDS.split_whitespace().collect();
    let mut windows: Vec<WindowFacts> = Vec::new();
    let mut packet = Packet::default();
    for n in 0..total {
        let (post, score) = post(n, total, &words);
        let window = Window::of(post.created_at, SECONDS);
        let new_window = windows.last().is_none_or(|facts| facts.window != window);
        if new_window || packet.posts == PACKET_POSTS || packet.staging.len() + 2048 > PACKET_BYTES {
            packet.write(root)?;
            let number = if new_window { 1 } else { packet.number + 1 };
            packet = Packet { window: Some(window), number, ..Packet::default() };
        }
        if new_window {
            let status = WindowStatus::Complete;
            windows.push(WindowFacts {
                window,
                status,
                posts: 0,
                collapsed: 0,
                count_available: None,
                fetched_at: None,
            });
        }
        if let Some(facts) = windows.last_mut() {
            facts.posts += 1;
        }
        write_staging_line(&post, &mut packet.staging)?;
        write_sentiment_line(&post.tweet_id, score.as_ref(), &mut packet.sentiments);
        packet.posts += 1;
    }
    packet.write(root)?;
    fs::write(
        root.join("request.jsonl"),
        windows.iter().filter_map(|w| serde_json::to_string(w).ok()).collect::<Vec<_>>().join("\n"),
    )?;
    Ok(request(windows))
}

/// The request for a run that `generate` wrote earlier.
#[allow(dead_code, reason = "the benchmark generates its own")]
pub fn reopen(root: &Path) -> std::io::Result<TransformRequest> {
    let lines = fs::read_to_string(root.join("request.jsonl"))?;
    Ok(request(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?))
}

fn request(windows: Vec<WindowFacts>) -> TransformRequest {
    TransformRequest {
        run_id: RUN.to_owned(),
        topic: "bench".to_owned(),
        source: "sample".to_owned(),
        model: MODEL.to_owned(),
        window_seconds: SECONDS,
        windows,
        format: TableFormat::Parquet,
    }
}

#[derive(Default)]
struct Packet {
    window: Option<Window>,
    number: u32,
    posts: usize,
    staging: Vec<u8>,
    sentiments: Vec<u8>,
}

impl Packet {
    fn write(&self, root: &Path) -> std::io::Result<()> {
        let Some(window) = self.window else { return Ok(()) };
        let (layout, name) = (RunLayout::new(RUN), PacketName::numbered(window, self.number));
        for (key, body) in [
            (layout.staging_packet(&name), &self.staging),
            (layout.sentiment_packet(MODEL, &name), &self.sentiments),
        ] {
            let path = root.join(key);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(path, body)?;
        }
        Ok(())
    }
}
