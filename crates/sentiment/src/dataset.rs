//! Examples as sparse rows for training: every feature by its own number, without collisions.

use std::collections::HashMap;

use crate::features::{self, Signals, Sink, Traits};
use crate::math;
use crate::tokenize::{Token, Tokens};
use crate::train::{Example, TrainOptions};

/// Sparse rows. The value of feature f in row i is `scale[f] / sqrt(n_i)`, n_i being the features of the row.
#[derive(Debug, Default)]
pub(crate) struct Dataset {
    /// Where each row begins in `ids`; one more at the end.
    pub starts: Vec<usize>,
    /// Feature numbers, row after row.
    pub ids: Vec<u32>,
    /// Dense inputs by row.
    pub signals: Vec<Signals>,
    /// Hash of each feature.
    pub hashes: Vec<u64>,
    /// Rows that hold each feature.
    pub frequency: Vec<u32>,
    /// Scale of each feature.
    pub scale: Vec<f32>,
}

impl Dataset {
    /// Reads the examples; keeps the features that are in `options.min_posts` of them at least. Features are
    /// numbered by where they first occur.
    pub fn read(examples: &[Example], options: &TrainOptions) -> Dataset {
        let mut tokens = Tokens::new();
        let mut collector = Collector::default();
        let mut starts = vec![0];
        let mut data = Dataset { starts: vec![0], ..Dataset::default() };
        for example in examples {
            tokens.read(&example.text);
            data.signals.push(features::extract(&tokens, &mut collector));
            starts.push(collector.0.len());
        }
        // Rows of each feature and the last of them, then the feature's number if it is kept.
        let mut rows: HashMap<u64, (u32, u32)> = HashMap::new();
        for (row, bounds) in starts.windows(2).enumerate() {
            for hash in &collector.0[bounds[0]..bounds[1]] {
                let (count, last) = rows.entry(*hash).or_insert((0, u32::MAX));
                *count += u32::from(*last != row as u32);
                *last = row as u32;
            }
        }
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        for bounds in starts.windows(2) {
            for hash in &collector.0[bounds[0]..bounds[1]] {
                let count = rows.get(hash).map_or(0, |(count, _)| *count);
                if count < options.min_posts {
                    continue;
                }
                let number = *numbers.entry(*hash).or_insert(data.hashes.len() as u32);
                if number as usize == data.hashes.len() {
                    data.hashes.push(*hash);
                    data.frequency.push(count);
                }
                data.ids.push(number);
            }
            data.starts.push(data.ids.len());
        }
        data.set_scales(examples, options);
        data
    }

    /// Scales features by their inverse document frequency and by how much they tell: the largest log ratio of
    /// a feature's rate in one class to that in the others (Wang and Manning 2012, "Baselines and Bigrams"),
    /// on top of `options.telling_floor`.
    fn set_scales(&mut self, examples: &[Example], options: &TrainOptions) {
        let mut counts = vec![[1.0f64; 3]; self.hashes.len()];
        for (row, example) in examples.iter().enumerate() {
            for &id in self.row(row) {
                counts[id as usize][example.label.index()] += f64::from(example.weight);
            }
        }
        let total: [f64; 3] = std::array::from_fn(|k| counts.iter().map(|count| count[k]).sum());
        let all: f64 = total.iter().sum();
        let rows = self.rows() as f64;
        let scales = self.frequency.iter().zip(&counts).map(|(frequency, count)| {
            let here: f64 = count.iter().sum();
            let ratio =
                |k: usize| math::ln((count[k] / total[k]) / ((here - count[k]) / (all - total[k]))).abs();
            let telling = ratio(0).max(ratio(1)).max(ratio(2));
            let rarity = math::ln((1.0 + rows) / (1.0 + f64::from(*frequency))) + 1.0;
            (options.feature_scale * rarity * (options.telling_floor + telling)) as f32
        });
        self.scale = scales.collect();
    }

    /// Rows there are.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The features of a row.
    pub fn row(&self, at: usize) -> &[u32] {
        &self.ids[self.starts[at]..self.starts[at + 1]]
    }

    /// One over the root of the number of features of a row.
    pub fn unit(&self, at: usize) -> f32 {
        1.0 / (self.row(at).len().max(1) as f32).sqrt()
    }
}

/// Hashes of features, post after post.
#[derive(Default)]
struct Collector(Vec<u64>);

impl Sink for Collector {
    fn word(&mut self, token: &Token, normal: &[u8], fresh: bool) -> Traits {
        let traits = Traits::of(token, normal);
        if fresh {
            features::word_features(token, normal, traits.valence, |hash| self.0.push(hash));
        }
        traits
    }

    fn feature(&mut self, hash: u64) {
        self.0.push(hash);
    }
}
