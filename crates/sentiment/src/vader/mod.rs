//! VADER, the rule-based scorer, to compare with.
//!
//! Written from the paper (Hutto and Gilbert, ICWSM-14) and from what the Python package 3.3.2 answers; the tests
//! hold our compound scores against that package's. The lexicon is theirs, see `lexicon/README.md`.
//!
//! VADER gives no probabilities. Ours are a softmax over the compound score c: k (c - 0.05) for positive,
//! k (-c - 0.05) for negative, 0 for neutral, so that the likeliest label is VADER's own with its thresholds of
//! ±0.05. k is 2, which no data
//! chose: compare VADER by its labels and shares, not by its probabilities.

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

/// What [`ShareEstimator::measure`] found for this scorer on the validation splits of the two sets that the
/// shipped weights are trained on, each set weighing the same; then the method's own
/// error and the width of the intervals.
#[rustfmt::skip]
const SHARES: [f64; ShareEstimator::NUMBERS] = [
    0.6079, 0.1420, 0.7882, 0.0687, 0.2417, 0.4761, 0.2070, 0.6362, 0.4052, 0.2842, 0.3922, 0.1796,
    0.0429, -0.0311, 0.0730, -0.0320, -0.0311, 0.0242, -0.0551, 0.0292, 0.0730, -0.0551, 0.1669, -0.0541,
    -0.0320, 0.0292, -0.0541, 0.0639, 0.0434, -0.0468, 0.0717, -0.0845, -0.0468, 0.0539, -0.0717, 0.0958,
    0.0717, -0.0717, 0.1642, -0.1317, -0.0845, 0.0958, -0.1317, 0.2315, 0.0394, -0.0336, 0.0831, -0.0474,
    -0.0336, 0.0310, -0.0673, 0.0509, 0.0831, -0.0673, 0.2384, -0.0704, -0.0474, 0.0509, -0.0704, 0.1473,
    0.0500, 1.5,
];

/// The VADER scorer. It has no state.
#[derive(Clone, Debug)]
pub struct Vader {
    shares: ShareEstimator,
}

impl Vader {
    /// A scorer.
    #[must_use]
    pub fn new() -> Vader {
        Vader { shares: ShareEstimator::from_numbers(&SHARES) }
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
