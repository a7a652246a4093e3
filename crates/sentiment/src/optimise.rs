//! The two optimisers whose weights are blended: softmax regression by AdaGrad and a squared-hinge SVM by dual
//! coordinate descent. One thread and a fixed order: the same weights for the same input.

use crate::dataset::Dataset;
use crate::features::SIGNALS;
use crate::math;
use crate::rng::Rng;
use crate::train::TrainOptions;

/// What one unit of an SVM's decision value is worth in log-odds, roughly; calibration does the rest.
const SVM_TO_LOGITS: f32 = 2.0;

/// Weights before they are folded and made small, for positive, negative, neutral.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// By feature; still to be multiplied by the feature's scale.
    pub features: Vec<[f32; 3]>,
    pub signals: [[f32; 3]; SIGNALS],
    pub bias: [f32; 3],
}

impl Weights {
    /// Moves these weights to `share` of the other ones, those brought to log-odds.
    pub fn blend(&mut self, svm: &Weights, share: f32) {
        let features = self.features.iter_mut().zip(&svm.features);
        let dense = self.signals.iter_mut().zip(&svm.signals).chain([(&mut self.bias, &svm.bias)]);
        for (mine, other) in features.chain(dense) {
            for k in 0..3 {
                mine[k] = mine[k] * (1.0 - share) + other[k] * SVM_TO_LOGITS * share;
            }
        }
    }
}

/// One training target: the class (0 to 2) and the example's weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub class: usize,
    pub weight: f32,
}

/// A weight by class and the sum of its squared gradients, side by side in memory.
#[derive(Clone, Copy)]
struct Cell {
    weight: [f32; 3],
    squares: [f32; 3],
}

const FRESH: Cell = Cell { weight: [0.0; 3], squares: [1e-8; 3] };

impl Cell {
    #[inline]
    fn step(&mut self, gradient: [f32; 3], rate: f32, l2: f32) {
        for k in 0..3 {
            let slope = gradient[k] + l2 * self.weight[k];
            self.squares[k] += slope * slope;
            self.weight[k] -= rate * slope / (self.squares[k].sqrt() + 1e-6);
        }
    }
}

/// Softmax regression: `options.epochs` passes of AdaGrad with a rate that falls to nothing.
pub(crate) fn softmax_regression(data: &Dataset, targets: &[Target], options: &TrainOptions) -> Weights {
    let mut cells = vec![FRESH; data.hashes.len()];
    let mut signals = [FRESH; SIGNALS];
    let mut bias = FRESH;
    let mut order: Vec<usize> = (0..data.rows()).collect();
    let mut rng = Rng::new(options.seed);
    for epoch in 0..options.epochs {
        rng.shuffle(&mut order);
        let rate = options.rate * (1.0 - epoch as f32 / options.epochs as f32);
        for &row in &order {
            let unit = data.unit(row);
            let mut z = bias.weight;
            for &id in data.row(row) {
                let value = data.scale[id as usize] * unit;
                let weight = &cells[id as usize].weight;
                for k in 0..3 {
                    z[k] += weight[k] * value;
                }
            }
            for (signal, cell) in data.signals[row].iter().zip(&signals) {
                for k in 0..3 {
                    z[k] += signal * cell.weight[k];
                }
            }
            let target = targets[row];
            let mut error = math::softmax(z.map(f64::from)).map(|p| p as f32);
            error[target.class] -= 1.0;
            let error = error.map(|e| e * target.weight);
            for &id in data.row(row) {
                let value = data.scale[id as usize] * unit;
                cells[id as usize].step(error.map(|e| e * value), rate, options.l2);
            }
            for (signal, cell) in data.signals[row].iter().zip(&mut signals) {
                cell.step(error.map(|e| e * signal), rate, options.l2);
            }
            bias.step(error, rate, 0.0);
        }
    }
    Weights {
        features: cells.into_iter().map(|cell| cell.weight).collect(),
        signals: signals.map(|cell| cell.weight),
        bias: bias.weight,
    }
}

/// The weights of one class against the others.
struct Plane {
    features: Vec<f32>,
    signals: [f32; SIGNALS],
    bias: f32,
}

/// Three SVMs, one class against the others each: squared hinge loss, L2 (Hsieh et al. 2008, algorithm 1). An
/// example of the class counts with its weight, the others with 1, which lifts rare classes a little.
pub(crate) fn svm(data: &Dataset, targets: &[Target], options: &TrainOptions) -> Weights {
    let planes: [Plane; 3] = std::array::from_fn(|class| one_against_others(data, targets, class, options));
    let by_class = |get: &dyn Fn(&Plane) -> f32| -> [f32; 3] { std::array::from_fn(|k| get(&planes[k])) };
    Weights {
        features: (0..data.hashes.len()).map(|id| by_class(&|plane| plane.features[id])).collect(),
        signals: std::array::from_fn(|j| by_class(&|plane| plane.signals[j])),
        bias: by_class(&|plane| plane.bias),
    }
}

fn one_against_others(data: &Dataset, targets: &[Target], class: usize, options: &TrainOptions) -> Plane {
    let mut plane = Plane { features: vec![0.0; data.hashes.len()], signals: [0.0; SIGNALS], bias: 0.0 };
    let mut alpha = vec![0.0f32; data.rows()];
    let mut order: Vec<usize> = (0..data.rows()).collect();
    let mut rng = Rng::new(options.seed);
    for _ in 0..options.svm_epochs {
        rng.shuffle(&mut order);
        for &row in &order {
            let unit = data.unit(row);
            let signals = &data.signals[row];
            let (mut decision, mut square) = (0.0f32, 0.0f32);
            for &id in data.row(row) {
                let scale = data.scale[id as usize];
                decision += plane.features[id as usize] * scale;
                square += scale * scale;
            }
            decision = decision * unit + plane.bias;
            square = square * unit * unit + 1.0;
            for (signal, weight) in signals.iter().zip(&plane.signals) {
                decision += signal * weight;
                square += signal * signal;
            }
            let (sign, weight) =
                if targets[row].class == class { (1.0, targets[row].weight) } else { (-1.0, 1.0) };
            let diagonal = 0.5 / (options.svm_cost * weight);
            let slope = sign * decision - 1.0 + diagonal * alpha[row];
            let next = (alpha[row] - slope / (square + diagonal)).max(0.0);
            let step = (next - alpha[row]) * sign;
            if step == 0.0 {
                continue;
            }
            alpha[row] = next;
            for &id in data.row(row) {
                plane.features[id as usize] += step * unit * data.scale[id as usize];
            }
            for (signal, weight) in signals.iter().zip(&mut plane.signals) {
                *weight += step * signal;
            }
            plane.bias += step;
        }
    }
    plane
}
