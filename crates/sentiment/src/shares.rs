//! Shares of the labels over many posts, with an interval, from sums and counts alone.
//!
//! The average of probabilities is pulled towards the shares that the model was calibrated on, and so is the count
//! of labels. Both are corrected at once: on held-out posts we measured what averages and counts each true class
//! gives (`response`) and how they scatter (`spread`). For a window, the likelihood of every division of the posts
//! into three classes follows, as that of a normal distribution around the response that the division would give.
//! The estimate is the mean of the divisions under that likelihood and a mild prior, the interval its 2.5 % and 97.5 % points. The
//! scatter has three parts: that of posts of one class, that of drawing posts from a population, and the method's
//! own error (`method_sd`), which more posts do not make smaller. This is the adjusted probabilistic count (PACC)
//! of Bella et al. 2010, in Bayesian form, over two statistics. `mixed` is a rule and is averaged as it is.

use crate::label::Label;
use crate::math;
use crate::score::Score;

/// Statistics of a window: mean probability of positive and negative, share labelled positive and negative.
pub(crate) const STATISTICS: usize = 4;
/// Steps of the grid over divisions, along one share.
const STEPS: usize = 40;
/// Divisions on the grid.
const CELLS: usize = (STEPS + 1) * (STEPS + 2) / 2;
/// Exponent of each share in the prior (a Dirichlet distribution of 1 + this): windows of one class only are rare.
const PRIOR: f64 = 1.0;
/// What is outside the interval on either side.
const TAIL: f64 = 0.025;

type Vector = [f64; STATISTICS];
type Matrix = [Vector; STATISTICS];

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
    pub fn add(&mut self, score: &Score) {
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

    /// The statistics among the part that is not mixed.
    fn statistics(&self) -> Vector {
        let soft = (self.n as f64 - self.sums[3]).max(1e-9);
        let hard = (self.n.saturating_sub(self.counts[3]) as f64).max(1e-9);
        [self.sums[0] / soft, self.sums[1] / soft, self.counts[0] as f64 / hard, self.counts[1] as f64 / hard]
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
    /// Mean statistics of posts by true class: positive, negative, neutral.
    pub(crate) response: [Vector; 3],
    /// Covariance of the statistics among posts of one class.
    pub(crate) spread: [Matrix; 3],
    /// Standard deviation of the method's own error in each statistic.
    pub(crate) method_sd: f64,
    /// Factor on the distance of both ends from the estimate, for posts unlike those measured on.
    pub(crate) width: f64,
}

impl ShareEstimator {
    /// Numbers that make up an estimator.
    pub const NUMBERS: usize = 3 * STATISTICS + 3 * STATISTICS * STATISTICS + 2;

    /// Measures an estimator on scored posts of known class, each with a weight. A class that none of them has is
    /// taken to answer perfectly.
    #[must_use]
    pub fn measure(scored: &[(Label, f64, Score)], method_sd: f64, width: f64) -> ShareEstimator {
        let mut made = ShareEstimator {
            response: [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [0.0; STATISTICS]],
            spread: [[[0.0; STATISTICS]; STATISTICS]; 3],
            method_sd,
            width,
        };
        for (class, label) in Label::ALL.into_iter().take(3).enumerate() {
            let mut rows = Vec::new();
            let mut weights = 0.0;
            let mut mean = [0.0; STATISTICS];
            for (_, weight, score) in scored.iter().filter(|(truth, _, _)| *truth == label) {
                let mut totals = Totals::default();
                totals.add(score);
                let row = if score.label == Label::Mixed {
                    let [p, n, ..] = totals.statistics();
                    [p, n, 0.0, 0.0]
                } else {
                    totals.statistics()
                };
                weights += weight;
                mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
                rows.push((*weight, row));
            }
            if weights <= 0.0 {
                continue;
            }
            let mean = mean.map(|sum| sum / weights);
            made.response[class] = mean;
            for (weight, row) in rows {
                for a in 0..STATISTICS {
                    for b in 0..STATISTICS {
                        made.spread[class][a][b] +=
                            weight / weights * (row[a] - mean[a]) * (row[b] - mean[b]);
                    }
                }
            }
        }
        made
    }

    /// For a scorer that nobody measured: it is believed, so shares are those of its labels (`mixed` is averaged, as
    /// everywhere) and the interval tells of sampling alone. The truth may lie outside by the scorer's own errors.
    #[must_use]
    pub fn unmeasured() -> ShareEstimator {
        // So uncertain that averages of probabilities tell nothing beside counts of labels: a stranger's
        // probabilities need not be calibrated.
        const UNKNOWN: f64 = 1e12;
        // Half a step of the grid: with less, an estimate would snap to its points.
        let mut made = ShareEstimator::measure(&[], 0.5 / STEPS as f64, 1.0);
        for class in &mut made.spread {
            class[0][0] = UNKNOWN;
            class[1][1] = UNKNOWN;
        }
        made
    }

    /// The numbers of this estimator, for a file: response, spread, method error, width.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let response = self.response.into_iter().flatten();
        let spread = self.spread.into_iter().flatten().flatten();
        response.chain(spread).chain([self.method_sd, self.width])
    }

    /// The estimator that has these numbers.
    #[must_use]
    pub fn from_numbers(numbers: &[f64; Self::NUMBERS]) -> ShareEstimator {
        let mut made = ShareEstimator::measure(&[], 0.0, 1.0);
        let slots = made.response.iter_mut().flatten().chain(made.spread.iter_mut().flatten().flatten());
        for (slot, number) in slots.chain([&mut made.method_sd, &mut made.width]).zip(numbers) {
            *slot = *number;
        }
        made
    }

    /// The shares of the four labels; they sum to 1. With no posts, every share is 0 and every interval the whole
    /// of 0 to 1. With few posts the shares lie near a third each: so little do few posts tell.
    #[must_use]
    pub fn estimate(&self, totals: &Totals) -> [ShareInterval; 4] {
        if totals.n == 0 {
            return [ShareInterval { share: 0.0, low: 0.0, high: 1.0 }; 4];
        }
        let n = totals.n as f64;
        let seen = totals.statistics();
        // The scatter depends on the shares: once with equal ones, once with those that this gives.
        let first = self.grid(&seen, n, [1.0 / 3.0; 3]);
        let pilot = first.map(|margin| margin.mean());
        let margins = self.grid(&seen, n, pilot);
        let mixed = (totals.sums[3] / n).clamp(0.0, 1.0);
        let half = 1.96 * (mixed * (1.0 - mixed) / n + 0.25 * mixed * mixed).sqrt();
        let [positive, negative, neutral] = margins.map(|margin| margin.interval(self.width, 1.0 - mixed));
        let mixed =
            ShareInterval { share: mixed, low: (mixed - half).max(0.0), high: (mixed + half).min(1.0) };
        [positive, negative, neutral, mixed]
    }

    /// The posterior of each share, over a grid of divisions, with the scatter at `shares`.
    fn grid(&self, seen: &Vector, n: f64, shares: [f64; 3]) -> [Margin; 3] {
        let precision = inverse(self.covariance(n, shares));
        let prior: [f64; STEPS + 1] =
            std::array::from_fn(|steps| math::ln((steps as f64 + 0.5) / STEPS as f64));
        let mut logs = [0.0; CELLS];
        let mut best = f64::NEG_INFINITY;
        for (log, division) in logs.iter_mut().zip(divisions()) {
            let gap = difference(seen, &self.expected(division.map(|steps| steps as f64 / STEPS as f64)));
            let prior: f64 = division.iter().map(|steps| prior[*steps]).sum();
            *log = PRIOR * prior - 0.5 * quadratic(&precision, &gap);
            best = best.max(*log);
        }
        let mut margins = [Margin([0.0; STEPS + 1]); 3];
        for (log, division) in logs.iter().zip(divisions()) {
            let weight = math::exp(log - best);
            for (margin, steps) in margins.iter_mut().zip(division) {
                margin.0[steps] += weight;
            }
        }
        margins
    }

    /// The statistics that a division into positive, negative and neutral gives on average.
    fn expected(&self, shares: [f64; 3]) -> Vector {
        let mut mean = [0.0; STATISTICS];
        for (share, response) in shares.iter().zip(&self.response) {
            for (sum, x) in mean.iter_mut().zip(response) {
                *sum += share * x;
            }
        }
        mean
    }

    fn covariance(&self, n: f64, shares: [f64; 3]) -> Matrix {
        let mean = self.expected(shares);
        let mut sum = [[0.0; STATISTICS]; STATISTICS];
        for a in 0..STATISTICS {
            for b in 0..STATISTICS {
                for class in 0..3 {
                    let between = (self.response[class][a] - mean[a]) * (self.response[class][b] - mean[b]);
                    sum[a][b] += shares[class] * (self.spread[class][a][b] + between) / n;
                }
            }
            sum[a][a] += self.method_sd * self.method_sd + 1e-5;
        }
        sum
    }
}

/// Every division of [`STEPS`] steps among three classes.
fn divisions() -> impl Iterator<Item = [usize; 3]> {
    (0..=STEPS)
        .flat_map(|first| (0..=STEPS - first).map(move |second| [first, second, STEPS - first - second]))
}

/// Weights of the values 0, 1/STEPS, ... 1 of one share.
#[derive(Clone, Copy)]
struct Margin([f64; STEPS + 1]);

impl Margin {
    fn mean(&self) -> f64 {
        let total: f64 = self.0.iter().sum();
        let sum: f64 = self.0.iter().enumerate().map(|(steps, weight)| steps as f64 * weight).sum();
        sum / (total * STEPS as f64)
    }

    /// Mean and tail points, these `width` times as far away, all times `part`. Each value's weight is spread evenly over the cell around it.
    fn interval(&self, width: f64, part: f64) -> ShareInterval {
        let share = self.mean();
        let low = (share - width * (share - self.quantile(TAIL)).max(0.0)).max(0.0);
        let high = (share + width * (self.quantile(1.0 - TAIL) - share).max(0.0)).min(1.0);
        ShareInterval { share: share * part, low: low * part, high: high * part }
    }

    fn quantile(&self, at: f64) -> f64 {
        let total: f64 = self.0.iter().sum();
        let mut below = 0.0;
        for (steps, weight) in self.0.iter().enumerate() {
            if below + weight >= at * total && *weight > 0.0 {
                let inside = (at * total - below) / weight;
                return ((steps as f64 - 0.5 + inside) / STEPS as f64).clamp(0.0, 1.0);
            }
            below += weight;
        }
        1.0
    }
}

fn difference(a: &Vector, b: &Vector) -> Vector {
    std::array::from_fn(|at| a[at] - b[at])
}

fn quadratic(matrix: &Matrix, vector: &Vector) -> f64 {
    let row = |row: &Vector| row.iter().zip(vector).map(|(m, v)| m * v).sum::<f64>();
    matrix.iter().zip(vector).map(|(m, v)| v * row(m)).sum()
}

/// The inverse of a symmetric positive definite matrix (Gauss-Jordan; no pivoting is needed for these).
fn inverse(mut matrix: Matrix) -> Matrix {
    let mut result: Matrix = std::array::from_fn(|a| std::array::from_fn(|b| if a == b { 1.0 } else { 0.0 }));
    for at in 0..STATISTICS {
        let pivot = 1.0 / matrix[at][at];
        for column in 0..STATISTICS {
            matrix[at][column] *= pivot;
            result[at][column] *= pivot;
        }
        for row in (0..STATISTICS).filter(|row| *row != at) {
            let factor = matrix[row][at];
            for column in 0..STATISTICS {
                matrix[row][column] -= factor * matrix[at][column];
                result[row][column] -= factor * result[at][column];
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::scorer::Scorer;

    fn totals(n: u64, shares: [f64; 4]) -> Totals {
        Totals {
            n,
            counts: shares.map(|s| (s * n as f64).round() as u64),
            sums: shares.map(|s| s * n as f64),
        }
    }

    #[test]
    fn nothing_seen_is_nothing_known() {
        let nothing = ShareInterval { share: 0.0, low: 0.0, high: 1.0 };
        assert_eq!(Model::embedded().shares().estimate(&Totals::default()), [nothing; 4]);
    }

    #[test]
    fn a_perfect_scorer_is_believed() {
        let found = ShareEstimator::measure(&[], 0.001, 1.0).estimate(&totals(100_000, [0.5, 0.2, 0.3, 0.0]));
        for (one, truth) in found.iter().zip([0.5, 0.2, 0.3, 0.0]) {
            assert!((one.share - truth).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn an_unmeasured_scorer_is_counted_and_its_probabilities_are_not_looked_at() {
        let counts = [513_700, 201_100, 285_200, 0];
        let timid = Totals { n: 1_000_000, counts, sums: [300_000.0, 250_000.0, 450_000.0, 0.0] };
        let found = ShareEstimator::unmeasured().estimate(&timid);
        for (one, truth) in found.iter().zip([0.5137, 0.2011, 0.2852, 0.0]) {
            assert!((one.share - truth).abs() < 0.004, "{found:?}");
            assert!(one.low <= truth + 1e-9 && truth <= one.high + 1e-9, "{found:?}");
            assert!(one.high - one.low < 0.09, "{found:?}");
        }
        let few = ShareEstimator::unmeasured().estimate(&totals(10, [0.5, 0.2, 0.3, 0.0]));
        assert!(few[0].high - few[0].low > 0.4, "{few:?}");
        let sum: f64 = found.iter().map(|one| one.share).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_few_posts_tell_little_and_many_leave_the_methods_own_error() {
        let width = |n| {
            let [one, ..] = Model::embedded().shares().estimate(&totals(n, [0.4, 0.3, 0.28, 0.02]));
            one.high - one.low
        };
        let widths = [1, 100, 10_000, 1_000_000].map(width);
        assert!(widths[0] > 0.6 && widths[1] < 0.5 && widths[2] < widths[1]);
        assert!(widths[3] > 0.1 && widths[2] - widths[3] < 0.02);
    }

    #[test]
    fn numbers_bring_the_estimator_back() {
        let shares = Model::embedded().shares();
        let mut numbers = [0.0; ShareEstimator::NUMBERS];
        numbers.iter_mut().zip(shares.numbers()).for_each(|(slot, number)| *slot = number);
        assert_eq!(&ShareEstimator::from_numbers(&numbers), shares);
    }
}
