//! Calibration on held-out examples: a temperature, offsets by class, and the share estimator.

use crate::format;
use crate::label::Label;
use crate::math;
use crate::model::{Head, Model};
use crate::score::Score;
use crate::shares::ShareEstimator;
use crate::train::{Example, Prior, TrainOptions};

/// Steps of gradient descent; the loss is convex in three numbers and is flat long before.
const STEPS: usize = 300;

/// One held-out example.
struct Row {
    logits: [f64; 3],
    class: usize,
    weight: f64,
}

/// Gives the model back with its head fitted to the examples, and the share estimator measured on them.
pub(crate) fn fit(model: &Model, examples: &[Example], options: &TrainOptions) -> Model {
    let mut session = model.open();
    let mut mass = [0.0f64; 3];
    for example in examples {
        mass[example.label.index()] += f64::from(example.weight);
    }
    let rows: Vec<Row> = examples
        .iter()
        .map(|example| {
            let (sums, signals) = session.inputs(&example.text);
            let class = example.label.index();
            let share = match options.prior {
                Prior::Empirical => 1.0,
                Prior::Uniform => mass[class],
            };
            Row {
                logits: model.head.logits(sums, &signals),
                class,
                weight: f64::from(example.weight) / share,
            }
        })
        .collect();
    let (sharpness, offset) = descend(&rows);
    let head = model.head.adjusted(sharpness * options.caution, offset.map(|o| o * options.caution));
    let fitted =
        format::assemble(&model.name, model.table.clone(), head, ShareEstimator::measure(&[], 0.0, 1.0));
    let mut session = fitted.open();
    let scored: Vec<(Label, f64, Score)> = examples
        .iter()
        .map(|e| (e.label, f64::from(e.weight), crate::scorer::ScoreSession::score(&mut session, &e.text)))
        .collect();
    let shares = ShareEstimator::measure(&scored, options.share_method_sd, options.share_width);
    format::assemble(&fitted.name, fitted.table.clone(), fitted.head.clone(), shares)
}

/// Minimises the log loss over the sharpness (inverse temperature) and the offsets of positive and negative.
fn descend(rows: &[Row]) -> (f64, [f64; 2]) {
    let total: f64 = rows.iter().map(|r| r.weight).sum();
    let (mut sharpness, mut offset) = (1.0f64, [0.0f64; 2]);
    if total <= 0.0 {
        return (sharpness, offset);
    }
    for _ in 0..STEPS {
        let (mut steeper, mut higher) = (0.0, [0.0f64; 2]);
        for row in rows {
            let z = row.logits.map(|z| z * sharpness);
            let p = math::softmax([z[0] + offset[0], z[1] + offset[1], z[2]]);
            for k in 0..3 {
                let truth = if k == row.class { 1.0 } else { 0.0 };
                let error = (p[k] - truth) * row.weight / total;
                steeper += error * row.logits[k];
                if k < 2 {
                    higher[k] += error;
                }
            }
        }
        sharpness = (sharpness - 0.5 * steeper).clamp(0.05, 20.0);
        offset[0] -= higher[0];
        offset[1] -= higher[1];
    }
    (sharpness, offset)
}

impl Head {
    fn adjusted(&self, sharpness: f64, offset: [f64; 2]) -> Head {
        let mut head = self.clone();
        head.scale *= sharpness;
        head.signals.iter_mut().flatten().for_each(|w| *w *= sharpness);
        for k in 0..2 {
            head.bias[k] = head.bias[k] * sharpness + offset[k];
        }
        head
    }
}
