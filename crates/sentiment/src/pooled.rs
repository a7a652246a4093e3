//! Figures of several evaluations put together, as folds need them.

use crate::evaluate::{Evaluation, macro_averages};

impl Evaluation {
    /// The figures of all `parts` together: accuracy and macro averages from the summed confusion, the rest as
    /// means weighted by the number of examples.
    #[must_use]
    pub fn pooled(parts: &[Evaluation]) -> Evaluation {
        let n: usize = parts.iter().map(|part| part.n).sum();
        let mut confusion = [[0u64; 4]; 4];
        for part in parts {
            for (row, given) in confusion.iter_mut().zip(&part.confusion) {
                for (cell, count) in row.iter_mut().zip(given) {
                    *cell += count;
                }
            }
        }
        let right: u64 = (0..4).map(|i| confusion[i][i]).sum();
        let (macro_f1, macro_recall) = macro_averages(&confusion);
        let mean = |of: fn(&Evaluation) -> f64| {
            parts.iter().map(|part| of(part) * part.n as f64).sum::<f64>() / n.max(1) as f64
        };
        Evaluation {
            n,
            accuracy: right as f64 / n.max(1) as f64,
            macro_f1,
            macro_recall,
            ece: mean(|part| part.ece),
            share_error: mean(|part| part.share_error),
            share_coverage: mean(|part| part.share_coverage),
            natural_share_error: mean(|part| part.natural_share_error),
            natural_share_coverage: mean(|part| part.natural_share_coverage),
            overconfidence: mean(|part| part.overconfidence),
            confusion,
        }
    }
}
