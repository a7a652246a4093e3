//! The pictures that prove a live run: labels as bars and the words of the posts, from the delivered rows themselves.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sentistack_report::{Picture, WordCounts};
use sentistack_sentiment::ShareEstimator;

use crate::error::Result;
use crate::manifest::Manifest;
use crate::model::{Label, Window, WindowStatus};
use crate::pipeline::port::WindowRow;
use crate::pipeline::report::{self, Drawn};
use crate::wire::LiveRow;

/// Those that are drawn.
pub const NAMES: [&str; 3] = ["share-by-label", "word-cloud", "tweets-per-window"];

/// Sums and words of rows, taken in one by one.
pub struct Drawing {
    window_seconds: u32,
    windows: BTreeMap<Window, WindowRow>,
    words: WordCounts,
    posts: u64,
}

impl Drawing {
    pub fn new(window_seconds: u32) -> Self {
        Self { window_seconds, windows: BTreeMap::new(), words: WordCounts::new(), posts: 0 }
    }

    pub fn add(&mut self, row: &LiveRow) {
        let window = Window::of(row.created_at, self.window_seconds);
        let of = self.windows.entry(window).or_insert_with(|| empty(window));
        of.tweets += 1;
        let Some(score) = row.score() else {
            of.unscored += 1;
            return;
        };
        let values = [score.positive, score.negative, score.neutral, score.mixed];
        let at = Label::ALL.iter().position(|label| *label == score.label).unwrap_or(0);
        of.counts[at] += 1;
        for (sum, value) in of.sums.iter_mut().zip(values) {
            *sum += value;
        }
        self.posts += 1;
        if self.posts <= report::WORD_POSTS {
            self.words.add(report::label4(score.label), &row.text);
        }
    }

    /// Draws them.
    ///
    /// # Errors
    /// Where a picture cannot be painted.
    pub fn close(
        self,
        manifest: &Manifest,
        model: &str,
        shares: &ShareEstimator,
        now: Timestamp,
    ) -> Result<Vec<Picture>> {
        let rows: Vec<WindowRow> = self.windows.into_values().map(averaged).collect();
        let sampled = (self.posts.min(report::WORD_POSTS), self.posts);
        let drawn = Drawn { manifest, counts: Default::default(), now, model, shares };
        let pictures = drawn.render(&rows, self.words, sampled)?.pictures;
        Ok(pictures.into_iter().filter(|picture| NAMES.contains(&picture.name)).collect())
    }
}

fn empty(window: Window) -> WindowRow {
    WindowRow {
        window,
        status: WindowStatus::Complete,
        tweets: 0,
        unscored: 0,
        collapsed: 0,
        counts: [0; 4],
        sums: [0.0; 4],
        avg: None,
    }
}

fn averaged(mut row: WindowRow) -> WindowRow {
    let scored = row.tweets - row.unscored;
    row.avg = (scored > 0).then(|| row.sums.map(|sum| sum / scored as f64));
    row
}
