//! Runs made by hand, for tests: staging and sentiments as the data contract says, nothing else.

use std::collections::BTreeMap;

use crate::config::settings::TableFormat;
use crate::error::Result;
use crate::journal::format::TransformCounts;
use crate::layout::RunLayout;
use crate::model::{PacketName, Score, StagedPost, Window, WindowFacts, WindowStatus};
use crate::pipeline::event::Silent;
use crate::pipeline::merge::LABELS;
use crate::pipeline::port::Unsubmitted;
use crate::pipeline::port::{Durability, QueryRows, Store, Transform, TransformRequest, Warehouse};
use crate::wire::{write_sentiment_line, write_staging_line};

use super::table_files::Sizes;
use super::{EmbeddedTransform, Files, LocalTables, SqliteWarehouse};

pub const SECONDS: u32 = 900;
pub const MODEL: &str = "embedded";

pub struct World {
    pub dir: tempfile::TempDir,
    pub files: Files,
}

/// A post and what it was scored.
pub type Scored = (StagedPost, Option<Score>);

pub fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

pub fn window(text: &str) -> Window {
    Window::of(at(text), SECONDS)
}

pub fn post(id: &str, time: &str, text: &str) -> StagedPost {
    StagedPost { tweet_id: id.into(), created_at: at(time), text: text.into(), ..Default::default() }
}

/// A score out of a number: any, but always the same.
pub fn score(n: u64) -> Score {
    let mut parts = [n * 7919 % 1000 + 1, n * 104_729 % 1000 + 1, n * 31 % 1000 + 1, n * 17 % 100 + 1]
        .map(|part| part as f64);
    let sum: f64 = parts.iter().sum();
    for part in &mut parts {
        *part = (*part / sum * 1e7).round() / 1e7;
    }
    let best = (0..4).max_by(|a, b| parts[*a].total_cmp(&parts[*b])).unwrap();
    Score { label: LABELS[best], positive: parts[0], negative: parts[1], neutral: parts[2], mixed: parts[3] }
}

/// `count` posts, `step_seconds` apart, from `start` on; every tenth is not scored.
pub fn posts(prefix: &str, start: &str, count: u64, step_seconds: i64) -> Vec<Scored> {
    let start = at(start).as_second();
    (0..count)
        .map(|n| {
            let mut post = StagedPost {
                tweet_id: format!("{prefix}{n:06}"),
                created_at: jiff::Timestamp::from_millisecond((start + n as i64 * step_seconds) * 1000 + 7)
                    .unwrap(),
                text: format!("post {n} \"so\" good\n🎉 e\u{301} no, {}", "x".repeat(n as usize % 50)),
                ..Default::default()
            };
            if n % 3 == 0 {
                post.author_id = Some(format!("author{}", n % 5));
                post.lang = Some("en".into());
                post.verified = Some(n % 2 == 0);
                post.location = Some("Köln".into());
            }
            if n % 4 == 0 {
                post.referenced_tweet_id = Some("99".into());
                post.referenced_type = Some(crate::model::ReferenceKind::Quoted);
                post.post_url = Some("https://example.org/99".into());
            }
            (post, (n % 10 != 9).then(|| score(n)))
        })
        .collect()
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path());
        Self { dir, files }
    }

    /// Stages and scores posts, `per_packet` at a time; gives what is to be transformed. Planned windows may be added.
    pub async fn run(
        &self,
        run_id: &str,
        topic: &str,
        posts: &[Scored],
        per_packet: usize,
    ) -> TransformRequest {
        let layout = RunLayout::new(run_id);
        let mut by_window: BTreeMap<Window, Vec<&Scored>> = BTreeMap::new();
        for scored in posts {
            by_window.entry(Window::of(scored.0.created_at, SECONDS)).or_default().push(scored);
        }
        let mut windows = Vec::new();
        for (window, posts) in by_window {
            for (number, packet) in (1..).zip(posts.chunks(per_packet)) {
                let name = PacketName::numbered(window, number);
                let (mut staging, mut sentiments) = (Vec::new(), Vec::new());
                for (post, score) in packet {
                    write_staging_line(post, &mut staging).unwrap();
                    write_sentiment_line(&post.tweet_id, score.as_ref(), &mut sentiments);
                }
                self.put(&layout.staging_packet(&name), staging).await;
                self.put(&layout.sentiment_packet(MODEL, &name), sentiments).await;
            }
            windows.push(facts(window, WindowStatus::Complete, posts.len() as u64));
        }
        TransformRequest {
            run_id: run_id.into(),
            topic: topic.into(),
            source: "replay".into(),
            model: MODEL.into(),
            window_seconds: SECONDS,
            windows,
            format: TableFormat::Parquet,
        }
    }

    pub async fn put(&self, key: &str, body: Vec<u8>) {
        self.files.put(key, body, Durability::Process).await.unwrap();
    }

    pub fn transformer(&self) -> EmbeddedTransform {
        EmbeddedTransform::new(self.dir.path())
    }

    pub async fn transform(&self, request: &TransformRequest) -> Result<TransformCounts> {
        self.transformer().transform(request, &Unsubmitted, &Silent).await
    }

    /// Transform with row groups and files so small that there are many.
    pub async fn transform_small(&self, request: &TransformRequest) -> Result<TransformCounts> {
        let sizes = Sizes { group_rows: 7, group_bytes: 2_000, file_bytes: 8_000 };
        self.transformer().with_sizes(sizes).transform(request, &Unsubmitted, &Silent).await
    }

    pub fn tables(&self) -> LocalTables {
        LocalTables::new(self.dir.path())
    }

    pub fn warehouse(&self) -> SqliteWarehouse {
        SqliteWarehouse::open(self.dir.path().join(crate::layout::WAREHOUSE))
    }

    pub async fn load(&self, run_id: &str) -> Result<(u64, u64)> {
        self.warehouse().load(run_id, MODEL, true, &Silent).await
    }

    pub async fn query(&self, sql: &str) -> QueryRows {
        self.warehouse().query(sql).await.unwrap()
    }

    /// A query's one value.
    pub async fn value(&self, sql: &str) -> serde_json::Value {
        self.query(sql).await.rows.remove(0).remove(0)
    }
}

pub fn facts(window: Window, status: WindowStatus, posts: u64) -> WindowFacts {
    WindowFacts { window, status, posts, collapsed: 0, count_available: None, fetched_at: None }
}
