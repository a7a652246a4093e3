//! What a scorer says of one post.

use crate::label::Label;

/// Units of the last decimal place that a probability is kept to: 1e-7.
const UNITS: u32 = 10_000_000;

/// One post's label and the four probabilities.
///
/// Each probability is a multiple of 1e-7 and the four sum to 1 as decimals of seven places, so that writing them
/// with seven decimals loses nothing. Only [`Score::quantised`] makes one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Score {
    pub label: Label,
    pub positive: f64,
    pub negative: f64,
    pub neutral: f64,
    pub mixed: f64,
}

impl Score {
    /// Rounds four non-negative weights, in the order of [`Label::ALL`], to probabilities of seven decimals that
    /// sum to exactly 1 (largest remainder). Weights need not sum to 1; a weight that is negative or not finite
    /// counts as 0; if nothing is left, the score is neutral with certainty.
    #[must_use]
    pub fn quantised(label: Label, weights: [f64; 4]) -> Score {
        let clean = weights.map(|w| if w.is_finite() && w > 0.0 { w } else { 0.0 });
        let total: f64 = clean.iter().sum();
        let clean =
            if total > 0.0 && total.is_finite() { clean.map(|w| w / total) } else { [0.0, 0.0, 1.0, 0.0] };
        let scaled = clean.map(|w| w * f64::from(UNITS));
        let mut units = scaled.map(|w| w.floor() as u32);
        let missing = UNITS.saturating_sub(units.iter().sum());
        for _ in 0..missing {
            let mut best = 0;
            for at in 1..4 {
                let gap = |i: usize| scaled[i] - f64::from(units[i]);
                if gap(at) > gap(best) {
                    best = at;
                }
            }
            units[best] += 1;
        }
        let [positive, negative, neutral, mixed] = units.map(|u| f64::from(u) / f64::from(UNITS));
        Score { label, positive, negative, neutral, mixed }
    }

    /// The four probabilities in the order of [`Label::ALL`].
    #[must_use]
    pub const fn probabilities(&self) -> [f64; 4] {
        [self.positive, self.negative, self.neutral, self.mixed]
    }
}
