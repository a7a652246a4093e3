//! Training and evaluating on one set, by folds of groups.

use crate::evaluate::{Evaluation, evaluate};
use crate::group::k_fold_by_group;
use crate::train::{Example, TrainError, TrainOptions, train};

/// One part in this many of the training examples calibrates.
const CALIBRATION_PARTS: usize = 10;

/// The figures of each fold, and those of all folds together.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct CrossValidation {
    pub folds: Vec<Evaluation>,
    pub pooled: Evaluation,
}

/// Parts examples into those to train on and a tenth to calibrate on, groups kept whole; order is kept.
#[must_use]
pub fn split_for_calibration(examples: &[Example], seed: u64) -> (Vec<Example>, Vec<Example>) {
    let parts = k_fold_by_group(examples.iter().map(|e| e.text.as_str()), CALIBRATION_PARTS, seed);
    let of = |wanted: bool| {
        let chosen = examples.iter().zip(&parts).filter(|(_, part)| (**part == 0) == wanted);
        chosen.map(|(example, _)| example.clone()).collect()
    };
    (of(false), of(true))
}

/// Trains on all folds but one and evaluates on that one, for each of them. A tenth of what is trained on
/// calibrates.
///
/// # Errors
/// What [`train`] refuses; a fold can lack a class that the whole set has.
pub fn cross_validate(
    examples: &[Example],
    folds: usize,
    seed: u64,
    options: &TrainOptions,
) -> Result<CrossValidation, TrainError> {
    let homes = k_fold_by_group(examples.iter().map(|e| e.text.as_str()), folds, seed);
    let mut evaluations = Vec::new();
    for fold in 0..folds.max(1) {
        let of = |inside: bool| -> Vec<Example> {
            let chosen = examples.iter().zip(&homes).filter(|(_, home)| (**home == fold) == inside);
            chosen.map(|(example, _)| example.clone()).collect()
        };
        let (fit, calibrate) = split_for_calibration(&of(false), seed);
        let model = train(&fit, &calibrate, options)?;
        evaluations.push(evaluate(&model, &of(true), seed));
    }
    let pooled = Evaluation::pooled(&evaluations);
    Ok(CrossValidation { folds: evaluations, pooled })
}
