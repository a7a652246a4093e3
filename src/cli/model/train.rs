//! `model train`.

use sentistack_sentiment::{Example, TrainOptions, split_for_calibration, train};
use serde::Serialize;

use crate::cli::document::Outcome;
use crate::cli::model::TrainArgs;
use crate::cli::model::data::{self, Labelled};
use crate::error::{Error, Result};
use crate::ui::Printer;
use crate::ui::format::{plural, seconds};

#[derive(Serialize)]
struct Document {
    model: String,
    file: String,
    bytes: usize,
    train: usize,
    calibrate: usize,
    seconds: f64,
}

pub fn run(args: &TrainArgs, printer: Printer) -> Result<Outcome> {
    if args.save.exists() && !args.force {
        return Err(Error::usage(format!("{} exists already", args.save.display()))
            .hint("choose another --save, or replace it with --force")
            .resource(args.save.display()));
    }
    let mut rows = Vec::new();
    for path in &args.data {
        rows.extend(data::read(path)?);
    }
    let options = options(args);
    let (learn, calibrate) = split(rows, args.all_splits, options.seed)?;
    printer.note(&format!(
        "training on {}, calibrating on {}",
        plural(learn.len() as u64, "post", "posts"),
        plural(calibrate.len() as u64, "post", "posts")
    ));
    let started = std::time::Instant::now();
    let model = train(&learn, &calibrate, &options)
        .map_err(|e| Error::input("no model can be trained on this").because(e))?;
    let bytes = model.to_bytes();
    std::fs::write(&args.save, &bytes).map_err(|e| Error::io("write", args.save.display(), &e))?;
    let file = std::path::absolute(&args.save).unwrap_or_else(|_| args.save.clone());
    let took = started.elapsed().as_secs_f64();
    let text = format!(
        "wrote {} ({:.1} MB, {})\nNext: sentistack model eval --model {} --data FILE\n",
        file.display(),
        bytes.len() as f64 / 1e6,
        seconds(took),
        args.save.display()
    );
    let document = Document {
        model: options.name,
        file: file.display().to_string(),
        bytes: bytes.len(),
        train: learn.len(),
        calibrate: calibrate.len(),
        seconds: took,
    };
    Ok(Outcome::ok(text, &document))
}

fn options(args: &TrainArgs) -> TrainOptions {
    let stem = args.save.file_stem().and_then(|stem| stem.to_str()).unwrap_or("model");
    let defaults = TrainOptions::default();
    TrainOptions { name: stem.to_owned(), seed: args.seed.unwrap_or(defaults.seed), ..defaults }
}

/// What is learnt from and what is calibrated on. `test` is never touched without `--all-splits`.
fn split(rows: Vec<Labelled>, all: bool, seed: u64) -> Result<(Vec<Example>, Vec<Example>)> {
    let has_splits = rows.iter().any(|row| row.split.is_some());
    let mut learn = Vec::new();
    let mut calibrate = Vec::new();
    for row in rows {
        match row.split.as_deref() {
            _ if all => learn.push(row.example),
            Some("train") => learn.push(row.example),
            Some("val") => calibrate.push(row.example),
            None if !has_splits => learn.push(row.example),
            Some(_) | None => {}
        }
    }
    if learn.is_empty() {
        return Err(Error::input("the data has no posts with split=train")
            .hint("use --all-splits to train on every split"));
    }
    if calibrate.is_empty() {
        // Nothing is set apart for it: a tenth is.
        (learn, calibrate) = split_for_calibration(&learn, seed);
    }
    Ok((learn, calibrate))
}
