//! The sentiment model that is built into sentistack: tokenizer, features, a linear model with calibrated
//! probabilities, VADER's rules to compare with, training, evaluation, and shares with intervals.
//!
//! A pure library: it reads no file, clock or environment and prints nothing. How good the model is, what it was
//! trained on and how it fails stands in `MODEL.md`.
//!
//! ```
//! use sentistack_sentiment::{Label, Model, Scorer};
//!
//! let mut session = Model::embedded().session();
//! assert_eq!(session.score("I love this, thank you so much! :)").label, Label::Positive);
//! ```

// Loops over three classes and four statistics read like the formulas they come from.
#![allow(clippy::needless_range_loop)]

mod calibrate;
mod cross_validate;
mod dataset;
mod emoticon;
mod entities;
mod evaluate;
mod features;
mod format;
mod group;
mod hash;
mod index;
mod label;
mod lexicon;
mod math;
mod model;
mod optimise;
#[cfg(any(test, feature = "packed-weights"))]
mod packed;
pub mod recipe;
mod rng;
mod score;
mod scorer;
mod session;
mod shares;
mod table;
pub mod tokenize;
mod train;
pub mod vader;

pub use cross_validate::{CrossValidation, cross_validate, split_for_calibration};
pub use evaluate::{BAG_POSTS, BAGS, Evaluation, evaluate};
pub use format::{FEATURES_VERSION, FORMAT_VERSION, ModelError};
pub use group::{group_key, k_fold_by_group};
pub use label::{Label, UnknownLabel};
pub use model::Model;
pub use score::Score;
pub use scorer::{ScoreSession, Scorer};
pub use session::Session;
pub use shares::{ShareEstimator, ShareInterval, Totals};
pub use train::{Example, Prior, TrainError, TrainOptions, train};
pub use vader::Vader;
