//! The linear model: weights by feature, dense weights for the lexicon's signals, a calibrated softmax.
//!
//! For the features f of a post that the table holds, n of them, and the signals s:
//! z_k = scale * sum_f w(f, k) / sqrt(n) + sum_j d(j, k) s_j + b_k for positive and negative, z = 0 for neutral;
//! the probabilities are the softmax of z. The sum runs over small integers, so it is exact in any order.

use std::sync::LazyLock;

use crate::features::{SIGNALS, Signals};
use crate::format::{self, ModelError};
use crate::label::Label;
use crate::math;
use crate::score::Score;
use crate::scorer::{ScoreSession, Scorer};
use crate::session::Session;
use crate::shares::ShareEstimator;
use crate::table::Table;

#[cfg(not(feature = "packed-weights"))]
fn embedded_file() -> &'static [u8] {
    include_bytes!("../weights/embedded.bin")
}

/// Put together once, for as long as the program lives.
#[cfg(feature = "packed-weights")]
fn embedded_file() -> &'static [u8] {
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/embedded.packed"));
    crate::packed::unpack(packed).unwrap_or_default().leak()
}

/// A trained model. See the module for what it computes.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) table: Table,
    pub(crate) head: Head,
    pub(crate) shares: ShareEstimator,
    pub(crate) fingerprint: String,
}

/// The dense part of a model: what turns a post's sums into probabilities.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Head {
    /// What one unit of a stored weight is worth, temperature included.
    pub scale: f64,
    /// Weight of each signal for positive and negative.
    pub signals: [[f64; 2]; SIGNALS],
    /// Offset of positive and negative.
    pub bias: [f64; 2],
}

/// Sums over one post's features.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub weights: [i32; 2],
    pub count: u32,
}

/// Where a post counts as mixed: `min(p_pos, p_neg)`, damped by the weaker side of the lexicon's valences.
const MIXED_AT: f64 = 0.3;

impl Head {
    /// Log-odds of positive, negative and neutral against neutral.
    pub fn logits(&self, sums: Sums, signals: &Signals) -> [f64; 3] {
        let unit = self.scale / f64::from(sums.count.max(1)).sqrt();
        let mut z = [self.bias[0], self.bias[1], 0.0];
        for k in 0..2 {
            z[k] += unit * f64::from(sums.weights[k]);
            for (signal, weight) in signals.iter().zip(&self.signals) {
                z[k] += f64::from(*signal) * weight[k];
            }
        }
        z
    }

    /// The score of a post.
    pub fn score(&self, sums: Sums, signals: &Signals) -> Score {
        with_mixed(
            math::softmax(self.logits(sums, signals)),
            f64::from(crate::features::ambivalence(signals)),
        )
    }
}

/// Takes the share of `mixed` out of the three probabilities. No labelled data has it, so this is a rule: both
/// sides must be likely for the model and present in the lexicon (`ambivalence`, 0 to 1).
pub(crate) fn with_mixed(three: [f64; 3], ambivalence: f64) -> Score {
    let strength = (three[0].min(three[1]) * ambivalence).powi(4);
    let mixed = strength / (strength + MIXED_AT.powi(4));
    let four = [three[0] * (1.0 - mixed), three[1] * (1.0 - mixed), three[2] * (1.0 - mixed), mixed];
    Score::quantised(argmax(&four), four)
}

/// The label of the largest of four values; the earlier one of equals.
pub(crate) fn argmax(four: &[f64; 4]) -> Label {
    let mut best = Label::Positive;
    for label in Label::ALL {
        if four[label.index()] > four[best.index()] {
            best = label;
        }
    }
    best
}

impl Model {
    /// The model that ships with the tool.
    ///
    /// # Panics
    /// If the program itself is damaged: the weights are part of it, and a test reads them.
    #[must_use]
    pub fn embedded() -> &'static Model {
        static MODEL: LazyLock<Model> = LazyLock::new(|| match format::read_static(embedded_file()) {
            Ok(model) => model,
            Err(error) => panic!("the weights inside this program are damaged: {error}"),
        });
        &MODEL
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// If the bytes are no model, of another version, cut short, or changed in any place.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, ModelError> {
        format::read(bytes)
    }

    /// The bytes of the model file; [`Model::from_bytes`] gives the same model back.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        format::write(self)
    }

    /// Features that the model has weights for.
    #[must_use]
    pub fn features(&self) -> usize {
        self.table.held()
    }

    /// A session with its concrete type, which spares a virtual call per post and can count features.
    #[must_use]
    pub fn open(&self) -> Session<'_> {
        Session::new(self)
    }
}

impl Scorer for Model {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    fn session(&self) -> Box<dyn ScoreSession + '_> {
        Box::new(self.open())
    }

    fn shares(&self) -> &ShareEstimator {
        &self.shares
    }
}
