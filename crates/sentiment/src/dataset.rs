//! Examples as sparse rows for training: every feature by its own number, without collisions.

use std::collections::HashMap;

use crate::features::{self, Group, SIGNALS, Signals, Sink};
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
    /// Family of each feature.
    pub groups: Vec<Group>,
    /// Rows that hold each feature.
    pub frequency: Vec<u32>,
    /// Scale of each feature.
    pub scale: Vec<f32>,
}

impl Dataset {
    /// Reads the examples; keeps the features that are in `options.min_posts` of them at least.
    pub fn read(examples: &[Example], options: &TrainOptions) -> Dataset {
        let (mut collector, starts, signals) = collect(examples);
        let mut frequency: HashMap<u64, (u32, u32)> = HashMap::new();
        for row in 0..examples.len() {
            for hash in &collector.hashes[starts[row]..starts[row + 1]] {
                let (count, last) = frequency.entry(*hash).or_insert((0, u32::MAX));
                if *last != row as u32 {
                    *count += 1;
                    *last = row as u32;
                }
            }
        }
        let mut data = Dataset { starts: vec![0], signals, ..Dataset::default() };
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        for row in 0..examples.len() {
            for at in starts[row]..starts[row + 1] {
                let hash = collector.hashes[at];
                let count = frequency.get(&hash).map_or(0, |(count, _)| *count);
                if count < options.min_posts {
                    continue;
                }
                let number = *numbers.entry(hash).or_insert_with(|| {
                    data.hashes.push(hash);
                    data.groups.push(collector.groups[at]);
                    data.frequency.push(count);
                    (data.hashes.len() - 1) as u32
                });
                data.ids.push(number);
            }
            data.starts.push(data.ids.len());
        }
        collector.hashes.clear();
        data.set_scales(examples, options);
        data
    }

    fn set_scales(&mut self, examples: &[Example], options: &TrainOptions) {
        let rows = self.rows() as f64;
        let mut counts = vec![[1.0f64; 3]; self.hashes.len()];
        for (row, example) in examples.iter().enumerate() {
            for &id in self.row(row) {
                counts[id as usize][example.label.index()] += f64::from(example.weight);
            }
        }
        let mut total = [0.0; 3];
        for count in &counts {
            for k in 0..3 {
                total[k] += count[k];
            }
        }
        let all: f64 = total.iter().sum();
        self.scale = self
            .frequency
            .iter()
            .zip(&self.groups)
            .zip(&counts)
            .map(|((df, group), count)| {
                let here: f64 = count.iter().sum();
                let telling = (0..3)
                    .map(|k| math::ln((count[k] / total[k]) / ((here - count[k]) / (all - total[k]))).abs())
                    .fold(0.0, f64::max);
                let idf = math::ln((1.0 + rows) / (1.0 + f64::from(*df))) + 1.0;
                let idf = math::exp(options.idf_power * math::ln(idf));
                let nb = if options.nb < 0.0 {1.0} else {options.nb + telling};
                (idf * nb * options.group_scale[*group as usize]) as f32
            })
            .collect();
    }

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

#[derive(Default)]
struct Collector {
    hashes: Vec<u64>,
    groups: Vec<Group>,
}

impl Sink for Collector {
    fn word(&mut self, token: &Token, normal: &[u8], fresh: bool) -> f32 {
        let valence = features::valence(token, normal);
        if fresh {
            features::word_features(token, normal, valence, |group, hash| self.feature(group, hash));
        }
        valence
    }

    fn feature(&mut self, group: Group, hash: u64) {
        self.hashes.push(hash);
        self.groups.push(group);
    }
}

fn collect(examples: &[Example]) -> (Collector, Vec<usize>, Vec<[f32; SIGNALS]>) {
    let mut tokens = Tokens::new();
    let mut collector = Collector::default();
    let mut starts = vec![0];
    let mut signals = Vec::with_capacity(examples.len());
    for example in examples {
        tokens.read(&example.text);
        signals.push(features::extract(&tokens, &mut collector));
        starts.push(collector.hashes.len());
    }
    (collector, starts, signals)
}
