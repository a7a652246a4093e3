//! How good a scorer is on labelled posts.

use serde::Serialize;

use crate::label::Label;
use crate::rng::Rng;
use crate::scorer::Scorer;
use crate::shares::Totals;
use crate::train::Example;

/// Bags of posts that the share error is measured over.
pub const BAGS: usize = 1000;
/// Posts of one bag.
pub const BAG_POSTS: usize = 100;
const BINS: usize = 15;

/// Figures of one scorer on one set. Labels that no example has are left out of the macro averages; where no
/// example is `mixed`, the scorer's choice is the likeliest of the other three.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Evaluation {
    /// Examples.
    pub n: usize,
    pub accuracy: f64,
    pub macro_f1: f64,
    pub macro_recall: f64,
    /// Expected calibration error, 15 bins of equal width over the probability of the chosen label.
    pub ece: f64,
    /// Mean probability of the chosen label minus accuracy: above 0, the scorer is too sure of itself.
    pub overconfidence: f64,
    /// Mean absolute error of the shares of positive, negative and neutral over [`BAGS`] bags of [`BAG_POSTS`]
    /// whose true shares are drawn uniformly over all divisions, the hardest protocol.
    pub share_error: f64,
    /// Part of the 95 % intervals that held the bag's true share.
    pub share_coverage: f64,
    /// The same two for bags drawn from the set as it is.
    pub natural_share_error: f64,
    pub natural_share_coverage: f64,
    /// Rows: truth, columns: choice, both in the order of [`Label::ALL`].
    pub confusion: [[u64; 4]; 4],
}

impl Evaluation {
    /// The figures of several sets together: counts added up, calibration and share figures averaged by posts.
    #[must_use]
    pub fn pooled(parts: &[Evaluation]) -> Evaluation {
        let n: usize = parts.iter().map(|part| part.n).sum();
        let mut confusion = [[0u64; 4]; 4];
        for part in parts {
            for (sum, add) in confusion.iter_mut().flatten().zip(part.confusion.iter().flatten()) {
                *sum += add;
            }
        }
        let mean = |figure: fn(&Evaluation) -> f64| {
            parts.iter().map(|part| figure(part) * part.n as f64).sum::<f64>() / n.max(1) as f64
        };
        let (macro_f1, macro_recall) = macro_averages(&confusion);
        Evaluation {
            n,
            accuracy: mean(|part| part.accuracy),
            macro_f1,
            macro_recall,
            ece: mean(|part| part.ece),
            overconfidence: mean(|part| part.overconfidence),
            share_error: mean(|part| part.share_error),
            share_coverage: mean(|part| part.share_coverage),
            natural_share_error: mean(|part| part.natural_share_error),
            natural_share_coverage: mean(|part| part.natural_share_coverage),
            confusion,
        }
    }
}

struct Judged {
    truth: usize,
    choice: usize,
    confidence: f64,
    totals: Totals,
}

/// Evaluates. `seed` draws the bags: their shares are uniform over all three-part divisions.
#[must_use]
pub fn evaluate(scorer: &dyn Scorer, examples: &[Example], seed: u64) -> Evaluation {
    let has_mixed = examples.iter().any(|e| e.label == Label::Mixed);
    let mut session = scorer.session();
    let judged: Vec<Judged> = examples
        .iter()
        .map(|example| {
            let score = session.score(&example.text);
            let four = score.probabilities();
            let classes = if has_mixed { 4 } else { 3 };
            let mut choice = score.label.index();
            if choice >= classes {
                choice = (0..3).rev().max_by(|a, b| four[*a].total_cmp(&four[*b])).unwrap_or(0);
            }
            let whole: f64 = four[..classes].iter().sum();
            let confidence = if whole > 0.0 { four[choice] / whole } else { 0.0 };
            let mut totals = Totals::default();
            totals.add(&score);
            Judged { truth: example.label.index(), choice, confidence, totals }
        })
        .collect();
    let mut confusion = [[0u64; 4]; 4];
    for one in &judged {
        confusion[one.truth][one.choice] += 1;
    }
    let (macro_f1, macro_recall) = macro_averages(&confusion);
    let right = judged.iter().filter(|j| j.truth == j.choice).count();
    let (share_error, share_coverage) = bags(scorer, &judged, seed, Bags::Uniform);
    let (natural_share_error, natural_share_coverage) = bags(scorer, &judged, seed, Bags::Natural);
    Evaluation {
        n: judged.len(),
        accuracy: right as f64 / judged.len().max(1) as f64,
        macro_f1,
        macro_recall,
        ece: calibration_error(&judged),
        overconfidence: (judged.iter().map(|j| j.confidence).sum::<f64>() - right as f64)
            / judged.len().max(1) as f64,
        share_error,
        share_coverage,
        natural_share_error,
        natural_share_coverage,
        confusion,
    }
}

pub(crate) fn macro_averages(confusion: &[[u64; 4]; 4]) -> (f64, f64) {
    let (mut f1, mut recall, mut present) = (0.0, 0.0, 0.0);
    for label in 0..4 {
        let truth: u64 = confusion[label].iter().sum();
        if truth == 0 {
            continue;
        }
        let chosen: u64 = confusion.iter().map(|row| row[label]).sum();
        let hit = confusion[label][label] as f64;
        present += 1.0;
        recall += hit / truth as f64;
        f1 += 2.0 * hit / (truth + chosen) as f64;
    }
    let present = f64::max(present, 1.0);
    (f1 / present, recall / present)
}

fn calibration_error(judged: &[Judged]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for one in judged {
        let bin = ((one.confidence * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += one.confidence;
        bins[bin].1 += f64::from(u8::from(one.truth == one.choice));
    }
    bins.iter().map(|(sum, right)| (sum - right).abs()).sum::<f64>() / judged.len().max(1) as f64
}

/// Shares by the scorer's estimator against the truth, over bags whose shares are drawn uniformly.
fn bags(scorer: &dyn Scorer, judged: &[Judged], seed: u64, kind: Bags) -> (f64, f64) {
    let pools: [Vec<&Judged>; 3] =
        std::array::from_fn(|label| judged.iter().filter(|j| j.truth == label).collect());
    let mut rng = Rng::new(seed);
    let (mut error, mut covered, mut measured) = (0.0, 0.0, 0.0);
    for _ in 0..BAGS {
        let Some(counts) = draw_counts(&mut rng, &pools, kind) else { break };
        let mut totals = Totals::default();
        for (pool, count) in pools.iter().zip(counts) {
            for _ in 0..count {
                totals.merge(&pool[rng.below(pool.len())].totals);
            }
        }
        let shares = scorer.shares().estimate(&totals);
        let three: f64 = shares[..3].iter().map(|s| s.share).sum();
        for (share, count) in shares.iter().zip(counts) {
            let truth = count as f64 / BAG_POSTS as f64;
            error += (share.share / three.max(1e-9) - truth).abs();
            covered += f64::from(u8::from(share.low <= truth && truth <= share.high));
            measured += 1.0;
        }
    }
    let measured = f64::max(measured, 1.0);
    (error / measured, covered / measured)
}

/// How the true shares of bags are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bags {
    Uniform,
    Natural,
}

/// How many posts of each of three classes a bag has: uniform over the divisions (Kraemer's cuts), classes that
/// no example has left empty.
fn draw_counts(rng: &mut Rng, pools: &[Vec<&Judged>; 3], kind: Bags) -> Option<[usize; 3]> {
    let present: Vec<usize> = (0..3).filter(|at| !pools[*at].is_empty()).collect();
    if present.is_empty() {
        return None;
    }
    if kind == Bags::Natural {
        let all: usize = pools.iter().map(Vec::len).sum();
        let mut counts = [0; 3];
        for _ in 0..BAG_POSTS {
            let at = rng.below(all);
            let class =
                if at < pools[0].len() { 0 } else { 1 + usize::from(at >= pools[0].len() + pools[1].len()) };
            counts[class] += 1;
        }
        return Some(counts);
    }
    let mut cuts: Vec<usize> = (1..present.len()).map(|_| rng.below(BAG_POSTS + 1)).collect();
    cuts.sort_unstable();
    cuts.push(BAG_POSTS);
    let mut counts = [0; 3];
    let mut from = 0;
    for (at, cut) in present.into_iter().zip(cuts) {
        counts[at] = cut - from;
        from = cut;
    }
    Some(counts)
}
