//! Prints the tables of MODEL.md: `eval FOLDER` (of `*.jsonl.gz`), `eval FOLDER --trained` for the slow ones too.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::Read;

use sentistack_sentiment::{
    Evaluation, Example, Label, Model, Score, Scorer, TrainOptions, Vader, cross_validate, evaluate, train,
};

const SETS: [&str; 6] = ["tweeteval-semeval", "tse", "airline", "gop-debate", "brands", "vader-ground-truth"];

/// One line of a data file.
#[derive(serde::Deserialize)]
struct Line {
    text: String,
    label: Label,
    split: String,
}

fn read(folder: &str, set: &str) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut text = String::new();
    let file = std::fs::File::open(format!("{folder}/{set}.jsonl.gz"))?;
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn split(lines: &[Line], name: &str) -> Vec<Example> {
    let chosen = lines.iter().filter(|line| name.is_empty() || line.split == name);
    chosen.map(|line| Example { text: line.text.clone(), label: line.label, weight: 1.0 }).collect()
}

fn row(name: &str, scorer: &str, e: &Evaluation) {
    println!(
        "| {name} ({}) | {scorer} | {:.3} | {:.3} | {:.3} | {:.3} | {:+.3} | {:.3} / {:.2} | {:.3} / {:.2} |",
        e.n,
        e.accuracy,
        e.macro_f1,
        e.macro_recall,
        e.ece,
        e.overconfidence,
        e.share_error,
        e.share_coverage,
        e.natural_share_error,
        e.natural_share_coverage
    );
}

/// Saerens et al. 2002: shares by expectation maximisation over single posts. `p` are under equal shares.
fn emq(p: &[[f64; 3]]) -> [f64; 3] {
    let mut shares = [1.0 / 3.0; 3];
    for _ in 0..100 {
        let mut sum = [0.0; 3];
        for post in p {
            let weighed: [f64; 3] = std::array::from_fn(|k| post[k] * shares[k]);
            let whole: f64 = weighed.iter().sum();
            (0..3).for_each(|k| sum[k] += weighed[k] / whole.max(1e-300));
        }
        shares = sum.map(|s| s / p.len().max(1) as f64);
    }
    shares
}

/// A deterministic number below `bound`.
fn draw(state: &mut u64, bound: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 33) as usize) % bound
}

/// Mean absolute share error of four methods over bags of 100 posts, uniform shares and the set's own.
fn methods(name: &str, examples: &[Example], scorer: &dyn Scorer) {
    let mut session = scorer.session();
    let scored: Vec<(usize, Score)> =
        examples.iter().map(|e| (e.label.index(), session.score(&e.text))).collect();
    let pools: Vec<Vec<&Score>> = (0..3)
        .map(|k| scored.iter().filter(|(truth, _)| *truth == k).map(|(_, score)| score).collect())
        .collect();
    let mut state = 7;
    for natural in [false, true] {
        let mut errors = [0.0f64; 4];
        for _ in 0..500 {
            let mut cuts = [draw(&mut state, 101), draw(&mut state, 101)];
            cuts.sort_unstable();
            let mut counts = [cuts[0], cuts[1] - cuts[0], 100 - cuts[1]];
            if natural {
                counts = [0; 3];
                (0..100).for_each(|_| counts[scored[draw(&mut state, scored.len())].0] += 1);
            }
            let mut totals = sentistack_sentiment::Totals::default();
            let mut posts = Vec::new();
            for (pool, count) in pools.iter().zip(counts) {
                for _ in 0..count {
                    let score = pool[draw(&mut state, pool.len())];
                    totals.add(score);
                    posts.push([score.positive, score.negative, score.neutral]);
                }
            }
            let found = [
                std::array::from_fn(|k| totals.counts[k] as f64 / 100.0),
                std::array::from_fn(|k| totals.sums[k] / 100.0),
                emq(&posts),
                std::array::from_fn(|k| scorer.shares().estimate(&totals)[k].share),
            ];
            for (error, shares) in errors.iter_mut().zip(found) {
                let shares: [f64; 3] = shares;
                let gaps: f64 = (0..3).map(|k| (shares[k] - counts[k] as f64 / 100.0).abs()).sum();
                *error += gaps / 1500.0;
            }
        }
        let kind = if natural { "its own" } else { "uniform" };
        println!(
            "| {name} | {kind} | {:.3} | {:.3} | {:.3} | {:.3} |",
            errors[0], errors[1], errors[2], errors[3]
        );
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("give the folder of the labelled sets")?;
    println!(
        "| test split | scorer | accuracy | macro-F1 | recall | ECE | too sure | share error, uniform / cover | own / cover |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let vader = Vader::new();
    for set in SETS {
        let examples = split(&read(folder, set)?, "test");
        for scorer in [&vader as &dyn Scorer, Model::embedded()] {
            row(set, scorer.name(), &evaluate(scorer, &examples, 1));
        }
        let mut session = Model::embedded().session();
        let mixed = examples.iter().filter(|e| session.score(&e.text).label == Label::Mixed).count();
        println!("mixed: {:.2} %", 100.0 * mixed as f64 / examples.len() as f64);
    }
    println!("\n| test split | shares | count | average | EMQ | ours |\n|---|---|---|---|---|---|");
    for set in &SETS[..5] {
        methods(set, &split(&read(folder, set)?, "test"), Model::embedded());
    }
    if arguments.iter().any(|a| a == "--trained") {
        let (mut fit, mut calibrate) = (Vec::new(), Vec::new());
        for set in &SETS[..5] {
            fit.extend(split(&read(folder, set)?, "train"));
            calibrate.extend(split(&read(folder, set)?, "val"));
        }
        let all = train(&fit, &calibrate, &TrainOptions::default())?;
        for set in &SETS[..5] {
            row(set, "all sets", &evaluate(&all, &split(&read(folder, set)?, "test"), 1));
        }
        for set in ["gop-debate", "airline"] {
            let examples = split(&read(folder, set)?, "");
            row(set, "5 folds", &cross_validate(&examples, 5, 1, &TrainOptions::default())?.pooled);
        }
    }
    Ok(())
}
