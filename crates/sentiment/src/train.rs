//! Training: examples in, a model out. Deterministic: the same bytes for the same examples, order and options.

use crate::calibrate;
use crate::dataset::Dataset;
use crate::features::SIGNALS;
use crate::format;
use crate::label::Label;
use crate::model::{Head, Model};
use crate::optimise::{self, Target, Weights};
use crate::shares::ShareEstimator;
use crate::table::Table;

/// One labelled post.
#[derive(Clone, PartialEq, Debug)]
pub struct Example {
    pub text: String,
    pub label: Label,
    /// How much it counts; 1 for an ordinary one.
    pub weight: f32,
}

/// Which prior the probabilities are to follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prior {
    /// That of the examples: best where posts to come have the shares of the training set.
    Empirical,
    /// Equal for the three classes: best where nothing is known of the posts to come.
    Uniform,
}

/// How to train. The defaults are for a user's own file.
#[derive(Clone, PartialEq, Debug)]
pub struct TrainOptions {
    /// Name that the model goes by, 64 bytes at most.
    pub name: String,
    pub prior: Prior,
    /// Passes of AdaGrad over the examples, and its first rate.
    pub epochs: u32,
    pub rate: f32,
    /// L2 penalty of AdaGrad.
    pub l2: f32,
    /// Passes of the SVM, and the cost of an error in it.
    pub svm_epochs: u32,
    pub svm_cost: f32,
    /// Part of the weights, 0 to 1, that comes from the SVM.
    pub svm_share: f32,
    /// Posts that a feature must occur in.
    pub min_posts: u32,
    /// Scale of all features, against the lexicon's signals.
    pub feature_scale: f64,
    /// What is added to how much a feature tells before features are scaled by it; large means all alike.
    pub telling_floor: f64,
    /// Factor on the fitted sharpness: below 1 for a model that will meet topics it has not seen.
    pub caution: f64,
    /// Standard deviation of the share estimator's own error in each of its statistics.
    pub share_method_sd: f64,
    /// Factor on the widths of its intervals.
    pub share_width: f64,
    /// Places in the weight table, 4 bytes each.
    pub slots: usize,
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        TrainOptions {
            name: "trained".to_owned(),
            prior: Prior::Empirical,
            epochs: 5,
            rate: 0.1,
            l2: 1e-5,
            svm_epochs: 8,
            svm_cost: 0.2,
            svm_share: 0.5,
            min_posts: 2,
            feature_scale: 0.12,
            telling_floor: 0.3,
            caution: 1.0,
            share_method_sd: 0.03,
            share_width: 1.3,
            slots: 900_000,
            seed: 1,
        }
    }
}

/// Why nothing was trained.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrainError {
    #[error(
        "no example is labelled {0}; training needs positive, negative and neutral ones, or two of these at least"
    )]
    OneClass(Label),
    #[error("there are no examples to train on")]
    NoExamples,
    #[error("an example's weight is {0}; weights are above 0 and finite")]
    Weight(String),
    #[error("examples labelled mixed cannot be trained on: mixed is a rule over the other three")]
    Mixed,
}

/// Trains on `train`; fits temperature, prior and share estimation on `calibrate` (on `train` if that is empty).
///
/// # Errors
/// If there are no examples, fewer than two classes, a `mixed` example, or a weight that is not above 0.
pub fn train(train: &[Example], calibrate: &[Example], options: &TrainOptions) -> Result<Model, TrainError> {
    check(train)?;
    check_weights(calibrate)?;
    let data = Dataset::read(train, options);
    let targets = targets(train, options.prior);
    let mut weights = optimise::softmax_regression(&data, &targets, options);
    weights.blend(&optimise::svm(&data, &targets, options), options.svm_share);
    let (table, scale) = pack(&data, &weights, options.slots);
    let mut head = Head { scale, signals: [[0.0; 2]; SIGNALS], bias: [0.0; 2] };
    for k in 0..2 {
        for j in 0..SIGNALS {
            head.signals[j][k] = f64::from(weights.signals[j][k] - weights.signals[j][2]);
        }
        head.bias[k] = f64::from(weights.bias[k] - weights.bias[2]);
    }
    let raw = format::assemble(&options.name, table, head, ShareEstimator::measure(&[], 0.0, 1.0));
    let held_out = if calibrate.is_empty() { train } else { calibrate };
    Ok(calibrate::fit(&raw, held_out, options))
}

fn check(train: &[Example]) -> Result<(), TrainError> {
    if train.is_empty() {
        return Err(TrainError::NoExamples);
    }
    check_weights(train)?;
    let missing: Vec<Label> =
        Label::ALL[..3].iter().copied().filter(|l| !train.iter().any(|e| e.label == *l)).collect();
    match missing.as_slice() {
        [first, _, ..] => Err(TrainError::OneClass(*first)),
        _ => Ok(()),
    }
}

fn check_weights(examples: &[Example]) -> Result<(), TrainError> {
    for example in examples {
        if example.label == Label::Mixed {
            return Err(TrainError::Mixed);
        }
        if !(example.weight.is_finite() && example.weight > 0.0) {
            return Err(TrainError::Weight(example.weight.to_string()));
        }
    }
    Ok(())
}

/// Classes and weights; with a uniform prior every class weighs the same in sum.
fn targets(examples: &[Example], prior: Prior) -> Vec<Target> {
    let mut mass = [0.0f64; 3];
    for example in examples {
        mass[example.label.index()] += f64::from(example.weight);
    }
    let present = mass.iter().filter(|m| **m > 0.0).count().max(1) as f64;
    let total: f64 = mass.iter().sum();
    examples
        .iter()
        .map(|example| {
            let class = example.label.index();
            let factor = match prior {
                Prior::Empirical => examples.len() as f64 / total,
                Prior::Uniform => examples.len() as f64 / (present * mass[class]),
            };
            Target { class, weight: (f64::from(example.weight) * factor) as f32 }
        })
        .collect()
}

/// Folds scales into weights, measures positive and negative from neutral, rounds to 8 bits, fills the table with
/// the weightiest features first. Gives the table and the worth of one unit.
fn pack(data: &Dataset, weights: &Weights, slots: usize) -> (Table, f64) {
    let folded: Vec<[f32; 2]> = weights
        .features
        .iter()
        .zip(&data.scale)
        .map(|(w, scale)| [(w[0] - w[2]) * scale, (w[1] - w[2]) * scale])
        .collect();
    let mut sizes: Vec<f32> = folded.iter().map(|w| w[0].abs().max(w[1].abs())).collect();
    sizes.sort_by(f32::total_cmp);
    // The few largest are clipped, so that the many small ones keep their precision.
    let top = sizes.get(sizes.len().saturating_sub(1 + sizes.len() / 100_000)).copied().unwrap_or(0.0);
    let unit = if top > 0.0 { top / 127.0 } else { 1.0 };
    let mut order: Vec<usize> = (0..folded.len()).collect();
    let worth = |at: usize| {
        let w = folded[at];
        (w[0] * w[0] + w[1] * w[1]) * data.frequency[at] as f32
    };
    order.sort_by(|a, b| worth(*b).total_cmp(&worth(*a)).then(data.hashes[*a].cmp(&data.hashes[*b])));
    let mut table = Table::with_slots(slots.min(order.len() * 5 / 4 + 4));
    for at in order {
        let small = folded[at].map(|w| (w / unit).round().clamp(-127.0, 127.0) as i8);
        table.insert(data.hashes[at], small);
    }
    (table, f64::from(unit))
}
