//! The charts: each draws itself into a scene of a given size. They know the numbers and the shapes, not the page.

mod axis;
mod cloud;
mod frame;
mod overview;
mod scores;
mod shares;
mod volume;

pub use frame::framed;
pub use overview::overview;
pub use shares::interval;

use crate::bins::Bins;
use crate::data::ReportData;
use crate::font::Fonts;
use crate::limits::{MAX_BARS, MAX_LINE_CHARS, MAX_POINTS, WORDS_PER_LABEL};
use crate::num;
use crate::scene::Scene;
use crate::text::one_line;
use crate::words::TopWord;

/// The numbers of a report, ready to draw.
pub struct View<'a> {
    pub data: &'a ReportData,
    pub fonts: Fonts,
    /// The topic, cleaned.
    pub title: String,
    /// Windows for bars and for lines; None without windows.
    pub bars: Option<Bins>,
    pub points: Option<Bins>,
    pub words: [Vec<TopWord>; 4],
}

impl<'a> View<'a> {
    pub fn new(data: &'a ReportData) -> Result<Self, ttf_parser::FaceParsingError> {
        let title = one_line(&data.title, MAX_LINE_CHARS);
        Ok(Self {
            data,
            fonts: Fonts::load()?,
            title: if title.is_empty() { "No topic".to_owned() } else { title },
            bars: Bins::new(&data.windows, data.facts.window_seconds, MAX_BARS),
            points: Bins::new(&data.windows, data.facts.window_seconds, MAX_POINTS),
            words: data.words.top_all(WORDS_PER_LABEL),
        })
    }

    /// `17 Feb 2015, 00:00 – 21 Feb 2015, 00:00 UTC`, from the first window to the end of the last.
    pub fn period(&self) -> Option<String> {
        let first = self.data.windows.iter().map(|w| w.start_unix).min()?;
        let last = self.data.windows.iter().map(|w| w.start_unix).max()?;
        let end = last.saturating_add(i64::from(self.data.facts.window_seconds.max(1)));
        Some(format!("{} UTC", num::stretch(first, end)))
    }
}

/// Logical pixels of a chart.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub w: f64,
    pub h: f64,
}

/// Below this width a chart is drawn for a telephone.
const NARROW: f64 = 480.0;

impl Size {
    pub fn narrow(self) -> bool {
        self.w < NARROW
    }
}

/// The four charts of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    Volume,
    Scores,
    Shares,
    Cloud,
}

impl Chart {
    pub const ALL: [Self; 4] = [Self::Volume, Self::Scores, Self::Shares, Self::Cloud];

    /// The name of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volume => "tweets-per-window",
            Self::Scores => "average-scores",
            Self::Shares => "share-by-label",
            Self::Cloud => "word-cloud",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Volume => "Tweets per window",
            Self::Scores => "Average scores over time",
            Self::Shares => "Share by label",
            Self::Cloud => "Words that tell the labels apart",
        }
    }

    /// What is drawn, in a sentence or two.
    pub fn caption(self, view: &View<'_>) -> String {
        match self {
            Self::Volume => volume::caption(view),
            Self::Scores => scores::caption(view),
            Self::Shares => shares::caption(view),
            Self::Cloud => cloud::caption(view),
        }
    }

    pub fn draw(self, view: &View<'_>, size: Size) -> Scene {
        let mut scene = match self {
            Self::Volume => volume::draw(view, size),
            Self::Scores => scores::draw(view, size),
            Self::Shares => shares::draw(view, size),
            Self::Cloud => cloud::draw(view, size),
        };
        self.title().clone_into(&mut scene.title);
        scene
    }

    pub const fn wide(self) -> Size {
        match self {
            Self::Volume => Size { w: 800.0, h: 250.0 },
            Self::Scores => Size { w: 800.0, h: 280.0 },
            Self::Shares => Size { w: 800.0, h: 360.0 },
            Self::Cloud => Size { w: 800.0, h: 400.0 },
        }
    }

    pub const fn for_telephone(self) -> Size {
        match self {
            Self::Volume => Size { w: 360.0, h: 220.0 },
            Self::Scores => Size { w: 360.0, h: 250.0 },
            Self::Shares => Size { w: 360.0, h: 350.0 },
            Self::Cloud => Size { w: 360.0, h: 420.0 },
        }
    }
}
