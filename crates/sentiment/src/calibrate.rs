//! Calibration: a temperature, and for an empirical prior an offset by class, fitted on held-out examples.

use crate::format;
use crate::math;
use crate::model::{Head, Model};
use crate::train::{Example, Prior};

/// Gives the model back with its head fitted to the examples, and the share estimator measured on them.
pub(crate) fn fit(model: &Model, examples: &[Example], prior: Prior) -> Model {
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
            let weight = match prior {
                Prior::Empirical => f64::from(example.weight),
                Prior::Uniform => f64::from(example.weight) / mass[class],
            };
            Row { logits: model.head.logits(sums, &signals), class, weight }
        })
        .collect();
    let fitted = descend(&rows, prior);
    let head = model.head.adjusted(fitted.temperature, fitted.offset);
    let shares = crate::shares::ShareEstimator::average(0.04);
    format::assemble(&model.name, model.table.clone(), head, shares)
}

struct Row {
    logits: [f64; 3],
    class: usize,
    weight: f64,
}

struct Fitted {
    temperature: f64,
    offset: [f64; 2],
}

/// Minimises the log loss over the inverse temperature and two offsets by Newton-free gradient descent.
fn descend(rows: &[Row], prior: Prior) -> Fitted {
    let total: f64 = rows.iter().map(|r| r.weight).sum();
    let mut inverse = 1.0f64;
    let mut offset = [0.0f64; 2];
    if total <= 0.0 {
        return Fitted { temperature: inverse, offset };
    }
    for _ in 0..200 {
        let mut slope = [0.0f64; 3];
        for row in rows {
            let z = [
                row.logits[0] * inverse + offset[0],
                row.logits[1] * inverse + offset[1],
                row.logits[2] * inverse,
            ];
            let p = math::softmax(z);
            for k in 0..3 {
                let error = (p[k] - if k == row.class { 1.0 } else { 0.0 }) * row.weight / total;
                slope[2] += error * row.logits[k];
                if k < 2 {
                    slope[k] += error;
                }
            }
        }
        inverse -= 0.5 * slope[2];
        if prior == Prior::Empirical {
            offset[0] -= slope[0];
            offset[1] -= slope[1];
        }
        inverse = inverse.clamp(0.05, 20.0);
    }
    Fitted { temperature: inverse, offset }
}

impl Head {
    fn adjusted(&self, inverse: f64, offset: [f64; 2]) -> Head {
        let mut head = self.clone();
        head.scale *= inverse;
        head.signals.iter_mut().flatten().for_each(|w| *w *= inverse);
        for k in 0..2 {
            head.bias[k] = head.bias[k] * inverse + offset[k];
        }
        head
    }
}
