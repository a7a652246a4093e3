//! Softmax regression by AdaGrad. One thread, a fixed order: the same weights for the same input.

use crate::dataset::Dataset;
use crate::features::SIGNALS;
use crate::math;
use crate::rng::Rng;
use crate::train::TrainOptions;

/// Weights before they are folded and made small.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// By feature, for positive, negative, neutral; still to be multiplied by the feature's scale.
    pub features: Vec<[f32; 3]>,
    pub signals: [[f32; 3]; SIGNALS],
    pub bias: [f32; 3],
}

impl Weights {
    fn zero(features: usize) -> Weights {
        Weights { features: vec![[0.0; 3]; features], signals: [[0.0; 3]; SIGNALS], bias: [0.0; 3] }
    }

    /// Log-odds of one row.
    pub fn logits(&self, data: &Dataset, row: usize) -> [f32; 3] {
        let unit = data.unit(row);
        let mut z = [0.0f32; 3];
        for &id in data.row(row) {
            let (w, s) = (&self.features[id as usize], data.scale[id as usize]);
            for k in 0..3 {
                z[k] += w[k] * s;
            }
        }
        for k in 0..3 {
            z[k] = z[k] * unit + self.bias[k];
        }
        for (signal, weight) in data.signals[row].iter().zip(&self.signals) {
            for k in 0..3 {
                z[k] += signal * weight[k];
            }
        }
        z
    }
}

/// One training target: the class (0 to 2) and the example's weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub class: usize,
    pub weight: f32,
}

/// Trains, and averages the weights over `options.runs` runs with different orders.
pub(crate) fn softmax_regression(data: &Dataset, targets: &[Target], options: &TrainOptions) -> Weights {
    let mut mean = Weights::zero(data.hashes.len());
    let share = 1.0 / options.runs.max(1) as f32;
    for run in 0..options.runs.max(1) {
        let one = train_once(data, targets, options, options.seed.wrapping_add(u64::from(run)));
        let pairs = mean.features.iter_mut().zip(&one.features);
        let pairs = pairs.chain(mean.signals.iter_mut().zip(&one.signals));
        for (sum, add) in pairs.chain(std::iter::once((&mut mean.bias, &one.bias))) {
            for k in 0..3 {
                sum[k] += add[k] * share;
            }
        }
    }
    mean
}

/// A weight and the sum of its squared gradients, side by side in memory.
#[derive(Clone, Copy)]
struct Cell {
    w: [f32; 3],
    g: [f32; 3],
}

const FRESH: Cell = Cell { w: [0.0; 3], g: [1e-8; 3] };

impl Cell {
    #[inline]
    fn step(&mut self, gradient: [f32; 3], rate: f32, l2: f32) {
        for k in 0..3 {
            let g = gradient[k] + l2 * self.w[k];
            self.g[k] += g * g;
            self.w[k] -= rate * g / (self.g[k].sqrt() + 1e-6);
        }
    }
}

fn train_once(data: &Dataset, targets: &[Target], options: &TrainOptions, seed: u64) -> Weights {
    let mut cells = vec![FRESH; data.hashes.len()];
    let mut signals = [FRESH; SIGNALS];
    let mut bias = FRESH;
    let mut order: Vec<u32> = (0..data.rows() as u32).collect();
    let mut rng = Rng::new(seed);
    for epoch in 0..options.epochs {
        rng.shuffle(&mut order);
        let rate = options.rate * (1.0 - epoch as f32 / options.epochs as f32);
        for &row in &order {
            let row = row as usize;
            let unit = data.unit(row);
            let mut z = bias.w;
            for &id in data.row(row) {
                let value = data.scale[id as usize] * unit;
                let w = &cells[id as usize].w;
                for k in 0..3 {
                    z[k] += w[k] * value;
                }
            }
            for (signal, cell) in data.signals[row].iter().zip(&signals) {
                for k in 0..3 {
                    z[k] += signal * cell.w[k];
                }
            }
            let target = targets[row];
            let p = math::softmax(z.map(f64::from));
            let mut error = [0.0f32; 3];
            for k in 0..3 {
                let want = if k == target.class { 1.0 - options.smoothing } else { options.smoothing / 2.0 };
                error[k] = (p[k] as f32 - want) * target.weight;
            }
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
        features: cells.into_iter().map(|c| c.w).collect(),
        signals: signals.map(|c| c.w),
        bias: bias.w,
    }
}

pub(crate) fn svm(data: &Dataset, targets: &[Target], options: &TrainOptions) -> Weights {
    let n = data.rows();
    let mut out = Weights::zero(data.hashes.len());
    let ss = options.signal_scale;
    let norm: Vec<f32> = (0..n)
        .map(|row| {
            let u = data.unit(row);
            let a: f32 = data.row(row).iter().map(|id| (data.scale[*id as usize] * u).powi(2)).sum();
            let b: f32 = data.signals[row].iter().map(|s| (s * ss).powi(2)).sum();
            a + b + 1.0
        })
        .collect();
    for class in 0..3 {
        let mut w = vec![0.0f32; data.hashes.len()];
        let mut ws = [0.0f32; SIGNALS];
        let mut b = 0.0f32;
        let mut alpha = vec![0.0f32; n];
        let mut order: Vec<u32> = (0..n as u32).collect();
        let mut rng = Rng::new(options.seed);
        for _ in 0..8 {
            rng.shuffle(&mut order);
            for &row in &order {
                let row = row as usize;
                let u = data.unit(row);
                let y = if targets[row].class == class { 1.0 } else { -1.0 };
                let mut z = 0.0f32;
                for &id in data.row(row) {
                    z += w[id as usize] * data.scale[id as usize];
                }
                z = z * u + b;
                for (s, q) in data.signals[row].iter().zip(&ws) {
                    z += s * ss * q;
                }
                let d = 0.5 / (options.cost * if y > 0.0 { targets[row].weight } else { 1.0 });
                let g = y * z - 1.0 + d * alpha[row];
                let new = (alpha[row] - g / (norm[row] + d)).max(0.0);
                let step = (new - alpha[row]) * y;
                if step.abs() < 1e-9 {
                    continue;
                }
                alpha[row] = new;
                for &id in data.row(row) {
                    w[id as usize] += step * u * data.scale[id as usize];
                }
                for (s, q) in data.signals[row].iter().zip(&mut ws) {
                    *q += s * ss * step;
                }
                b += step;
            }
        }
        for (o, v) in out.features.iter_mut().zip(&w) {
            o[class] = *v;
        }
        for (o, v) in out.signals.iter_mut().zip(&ws) {
            o[class] = *v * ss;
        }
        out.bias[class] = b;
    }
    out
}
