//! Posts a second on one core, for both built-in scorers, over the real airline tweets if the data folder is there.
#![allow(clippy::print_stdout)]

use std::io::Read;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sentistack_sentiment::{Model, Scorer, Vader};

/// The airline tweets, or a reason to print and text of our own.
fn posts() -> Vec<String> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/labelled/airline.jsonl.gz");
    let mut lines = String::new();
    let read = std::fs::File::open(&path)
        .and_then(|file| flate2::read::MultiGzDecoder::new(file).read_to_string(&mut lines));
    match read {
        Ok(_) => lines
            .lines()
            .filter_map(|line| {
                Some(serde_json::from_str::<serde_json::Value>(line).ok()?["text"].as_str()?.to_owned())
            })
            .collect(),
        Err(error) => {
            println!("{}: {error}; measuring over synthetic posts instead", path.display());
            synthetic()
        }
    }
}

/// Posts put together from a short list of words, in no order that means anything.
fn synthetic() -> Vec<String> {
    let words = "the flight was late again thanks for nothing @united love this crew :) delayed #fail great seat http://t.co/x"
        .split(' ')
        .collect::<Vec<_>>();
    (0..10_000usize)
        .map(|post| {
            (0..18)
                .map(|at| words[(post * 31 + at * at * 7 + post / 13) % words.len()])
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

/// Seconds of CPU that this thread has had, where the system tells; unlike wall time it does not count what other
/// programs do meanwhile.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Prints posts by second of CPU: the best of ten rounds.
fn by_cpu(scorer: &dyn Scorer, posts: &[String]) {
    let mut session = scorer.session();
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let Some(from) = cpu_seconds() else { return };
        let sum: f64 = posts.iter().map(|post| session.score(post).positive).sum();
        let Some(to) = cpu_seconds() else { return };
        best = best.min(to - from + sum * 0.0);
    }
    println!("{}: {:.0} posts by second of CPU", scorer.name(), posts.len() as f64 / best);
}

fn scorers(criterion: &mut Criterion) {
    let posts = posts();
    let model = Model::embedded();
    let mut counter = model.open();
    let known: u64 = posts.iter().map(|post| u64::from(counter.known_features(post))).sum();
    let seen: u64 = posts.iter().map(|post| counter.features(post)).sum();
    let mean = |sum: u64| sum as f64 / posts.len() as f64;
    println!(
        "{} posts, {:.0} features each, of which the model knows {:.0}",
        posts.len(),
        mean(seen),
        mean(known)
    );
    let vader = Vader::new();
    let mut group = criterion.benchmark_group("score");
    group.throughput(Throughput::Elements(posts.len() as u64));
    group.sample_size(20);
    for scorer in [model as &dyn Scorer, &vader] {
        by_cpu(scorer, &posts);
        let mut session = scorer.session();
        group.bench_function(scorer.name(), |bencher| {
            bencher.iter(|| posts.iter().map(|post| session.score(post).positive).sum::<f64>());
        });
    }
    group.finish();
}

criterion_group!(benches, scorers);
criterion_main!(benches);
