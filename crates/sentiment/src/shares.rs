//! Shares of the labels over many posts, with an interval, from sums and counts alone.

use crate::label::Label;

/// What is summed over the posts of a window or of a run, in the order of [`Label::ALL`].
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Totals {
    /// Posts scored.
    pub n: u64,
    /// Posts by label.
    pub counts: [u64; 4],
    /// Sum of each probability.
    pub sums: [f64; 4],
}

impl Totals {
    /// Counts one more post.
    pub fn add(&mut self, score: &crate::score::Score) {
        self.n += 1;
        self.counts[score.label.index()] += 1;
        for (sum, p) in self.sums.iter_mut().zip(score.probabilities()) {
            *sum += p;
        }
    }

    /// Adds the totals of other posts.
    pub fn merge(&mut self, other: &Totals) {
        self.n += other.n;
        for at in 0..4 {
            self.counts[at] += other.counts[at];
            self.sums[at] += other.sums[at];
        }
    }
}

/// A share, as a fraction of 1, with the ends of its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug, Default, serde::Serialize)]
pub struct ShareInterval {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// Estimates shares. Part of a model: what it corrects is that model's own errors.
#[derive(Clone, PartialEq, Debug)]
pub struct ShareEstimator {
    /// Mean probabilities of posts by true label: row = truth, column = probability.
    pub(crate) response: [[f64; 3]; 3],
    /// Covariance of the probabilities among posts of one true label.
    pub(crate) spread: [[[f64; 3]; 3]; 3],
    /// How much of the correction is applied, 0 (average of probabilities) to 1 (adjusted in full).
    pub(crate) strength: f64,
    /// Standard deviation of the method's own error, which more posts do not make smaller.
    pub(crate) method_sd: f64,
}

impl ShareEstimator {
    pub(crate) const NUMBERS: usize = 9 + 27 + 2;

    /// The plain average of probabilities, for a scorer about which nothing was measured.
    #[must_use]
    pub fn average(method_sd: f64) -> ShareEstimator {
        let mut response = [[0.0; 3]; 3];
        for (at, row) in response.iter_mut().enumerate() {
            row[at] = 1.0;
        }
        ShareEstimator { response, spread: [[[0.0; 3]; 3]; 3], strength: 0.0, method_sd }
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = f64> {
        let response = self.response.into_iter().flatten();
        let spread = self.spread.into_iter().flatten().flatten();
        response.chain(spread).chain([self.strength, self.method_sd])
    }

    pub(crate) fn from_numbers(numbers: &[f64; Self::NUMBERS]) -> ShareEstimator {
        let mut next = numbers.iter().copied();
        let mut take = || next.next().unwrap_or(0.0);
        let mut made = ShareEstimator::average(0.0);
        made.response.iter_mut().flatten().for_each(|x| *x = take());
        made.spread.iter_mut().flatten().flatten().for_each(|x| *x = take());
        made.strength = take();
        made.method_sd = take();
        made
    }

    /// The shares of the four labels. With no posts, every share is 0 and every interval the whole of 0 to 1.
    #[must_use]
    pub fn estimate(&self, totals: &Totals) -> [ShareInterval; 4] {
        if totals.n == 0 {
            return [ShareInterval { share: 0.0, low: 0.0, high: 1.0 }; 4];
        }
        let n = totals.n as f64;
        Label::ALL.map(|label| {
            let share = (totals.sums[label.index()] / n).clamp(0.0, 1.0);
            let half = 1.96 * (share * (1.0 - share) / n + self.method_sd * self.method_sd).sqrt();
            ShareInterval { share, low: (share - half).max(0.0), high: (share + half).min(1.0) }
        })
    }
}
