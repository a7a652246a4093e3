//! How the weights that ship were trained, so that anybody can train them again, byte for byte.
//!
//! Training examples: of `tweeteval-semeval` the lines with `split` = `train`, in file order, then those of `tse`.
//! Calibration examples: the lines with `split` = `val` of both, in the same order. Every training example has
//! weight 1. A calibration example of `tse` has weight [`tse_calibration_weight`], so that both sets weigh the
//! same. Nothing else is read: the licences of the other sets do not allow weights to ship.

use crate::train::{Prior, TrainOptions};

/// The name of the shipped model.
pub const NAME: &str = "embedded";

/// The sets that the shipped weights are trained on, in order: names of `<name>.jsonl.gz`.
pub const DATA_SETS: [&str; 2] = ["tweeteval-semeval", "tse"];

/// The options of the shipped weights.
#[must_use]
pub fn shipped_options() -> TrainOptions {
    TrainOptions {
        name: NAME.to_owned(),
        // A topic's shares are what the tool is to find out: it must not expect those of the training set.
        prior: Prior::Uniform,
        rate: 0.05,
        // The model is surer of itself on new topics than it should be; measured in MODEL.md.
        caution: 0.9,
        share_method_sd: 0.04,
        share_width: 1.5,
        ..TrainOptions::default()
    }
}

/// Weight of a calibration example of `tse`, given how many each set has.
#[must_use]
pub fn tse_calibration_weight(tweeteval: usize, tse: usize) -> f32 {
    if tse == 0 { 1.0 } else { tweeteval as f32 / tse as f32 }
}
