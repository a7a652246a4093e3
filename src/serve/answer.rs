//! The shape of an answer.

use sentistack_sentiment::{Label, Score};
use serde::Serialize;

/// One score for each text, in order.
#[derive(Serialize)]
pub struct Answer<'a> {
    pub model: &'a str,
    pub scores: Vec<Scored>,
}

/// Four probabilities with seven decimals that sum to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scored {
    pub label: Label,
    pub positive: f64,
    pub negative: f64,
    pub neutral: f64,
    pub mixed: f64,
}

impl From<Score> for Scored {
    fn from(score: Score) -> Self {
        let Score { label, positive, negative, neutral, mixed } = score;
        Self { label, positive, negative, neutral, mixed }
    }
}
