//! VADER, the rule-based scorer, to compare with.
//!
//! Written from the paper (Hutto and Gilbert, ICWSM-14) and from what the Python package 3.3.2 answers; the tests
//! hold our compound scores against that package's. The lexicon is theirs, see `lexicon/README.md`.
//!
//! VADER gives no probabilities. Ours are a softmax over the compound score c: k (c - 0.05) for positive,
//! k (-c - 0.05) for negative, 0 for neutral, so that the likeliest label is VADER's own with its thresholds of
//! ±0.05. k was set once on the validation splits named in MODEL.md.

mod rules;
mod words;

use crate::label::Label;
use crate::math;
use crate::score::Score;
use crate::scorer::{ScoreSession, Scorer};
use crate::shares::ShareEstimator;

pub use rules::{Polarity, polarity};

/// Compound score from which a post is positive; at or below its negative, negative.
const THRESHOLD: f64 = 0.05;
/// Log-odds of positive against neutral for one unit of compound score.
const STEEPNESS: f64 = 2.0;
/// Where the weaker of the proportions `positive` and `negative` makes a post mixed.
const MIXED_AT: f64 = 0.25;
/// Name and version of the rules and the lexicon; the scorer has nothing else to tell apart.
const FINGERPRINT: &str = "7661646572332e33";

/// The VADER scorer. It has no state.
#[derive(Clone, Debug)]
pub struct Vader {
    shares: ShareEstimator,
}

impl Vader {
    /// A scorer.
    #[must_use]
    pub fn new() -> Vader {
        Vader { shares: ShareEstimator::measure(&[], 0.05) }
    }
}

impl Default for Vader {
    fn default() -> Self {
        Vader::new()
    }
}

impl Scorer for Vader {
    fn name(&self) -> &str {
        "vader"
    }

    fn fingerprint(&self) -> String {
        FINGERPRINT.to_owned()
    }

    fn session(&self) -> Box<dyn ScoreSession + '_> {
        Box::new(VaderSession)
    }

    fn shares(&self) -> &ShareEstimator {
        &self.shares
    }
}

struct VaderSession;

impl ScoreSession for VaderSession {
    fn score(&mut self, text: &str) -> Score {
        let found = polarity(text);
        let c = found.compound;
        let three = math::softmax([STEEPNESS * (c - THRESHOLD), STEEPNESS * (-c - THRESHOLD), 0.0]);
        let weaker = found.positive.min(found.negative).powi(4);
        let mixed = weaker / (weaker + MIXED_AT.powi(4));
        let label = if mixed >= 0.5 {
            Label::Mixed
        } else if c >= THRESHOLD {
            Label::Positive
        } else if c <= -THRESHOLD {
            Label::Negative
        } else {
            Label::Neutral
        };
        let rest = 1.0 - mixed;
        Score::quantised(label, [three[0] * rest, three[1] * rest, three[2] * rest, mixed])
    }
}
