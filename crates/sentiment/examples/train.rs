//! Trains the shipped weights: `train tweeteval-semeval.jsonl.gz tse.jsonl.gz embedded.bin`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::Read;

use sentistack_sentiment::{Example, Label, recipe, train};

/// One line of a data file.
#[derive(serde::Deserialize)]
struct Line {
    text: String,
    label: Label,
    split: String,
}

fn read(path: &str) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path)?).read_to_string(&mut text)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn split(lines: &[Line], name: &str, weight: f32) -> Vec<Example> {
    let of_split = lines.iter().filter(|line| line.split == name);
    of_split.map(|line| Example { text: line.text.clone(), label: line.label, weight }).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tweeteval, tse, out] = arguments.as_slice() else {
        return Err("give three files: tweeteval-semeval.jsonl.gz tse.jsonl.gz model.bin".into());
    };
    let (tweeteval, tse) = (read(tweeteval)?, read(tse)?);
    let mut examples = split(&tweeteval, "train", 1.0);
    examples.extend(split(&tse, "train", 1.0));
    let mut held_out = split(&tweeteval, "val", 1.0);
    let of_tse = tse.iter().filter(|line| line.split == "val").count();
    held_out.extend(split(&tse, "val", recipe::tse_calibration_weight(held_out.len(), of_tse)));
    let model = train(&examples, &held_out, &recipe::shipped_options())?;
    let bytes = model.to_bytes();
    std::fs::write(out, &bytes)?;
    println!("{} examples, {} features, {} bytes", examples.len(), model.features(), bytes.len());
    Ok(())
}
