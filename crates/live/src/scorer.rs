//! Who scores: the model inside the function, or whatever else implements [`Scorer`].

use sentistack_sentiment::{Model, Score, ScoreSession, Session};

/// Who gave a score: the `model` of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The model inside the function.
    Embedded,
    /// A service behind an address.
    Endpoint,
}

impl Judge {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Endpoint => "endpoint",
        }
    }
}

/// A score, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    pub judge: Judge,
    pub score: Score,
}

/// Scores texts.
pub trait Scorer {
    /// Whose the scores are when all is well.
    fn judge(&self) -> Judge;

    /// One outcome for each text, in order; `None` where the text could not be scored.
    fn score(&mut self, texts: &[&str]) -> Vec<Option<Scored>>;
}

/// The model inside the function, with a session that keeps its caches from one event to the next.
pub struct Embedded {
    session: Session<'static>,
}

impl Default for Embedded {
    fn default() -> Self {
        Self { session: Model::embedded().open() }
    }
}

impl Embedded {
    /// The score of one text. Never fails.
    pub fn one(&mut self, text: &str) -> Scored {
        Scored { judge: Judge::Embedded, score: self.session.score(text) }
    }
}

impl Scorer for Embedded {
    fn judge(&self) -> Judge {
        Judge::Embedded
    }

    fn score(&mut self, texts: &[&str]) -> Vec<Option<Scored>> {
        texts.iter().map(|text| Some(self.one(text))).collect()
    }
}
