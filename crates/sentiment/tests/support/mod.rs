//! Reads the labelled posts, which are not part of the project.

#![allow(clippy::print_stdout)]

use std::io::Read;
use std::path::PathBuf;

use sentistack_sentiment::{Example, Label};

/// One labelled post and the split that it is in.
#[derive(serde::Deserialize)]
pub struct Line {
    pub text: String,
    pub label: Label,
    pub split: String,
}

/// The lines of a set; nothing, with the reason printed, if the data folder is not there.
pub fn labelled(name: &str) -> Option<Vec<Line>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/labelled");
    let path = folder.join(format!("{name}.jsonl.gz"));
    let mut text = String::new();
    let read = std::fs::File::open(&path)
        .and_then(|f| flate2::read::MultiGzDecoder::new(f).read_to_string(&mut text));
    if let Err(error) = read {
        #[allow(clippy::print_stdout)]
        {
            println!("skipped: {}: {error}", path.display());
        }
        return None;
    }
    match text.lines().map(serde_json::from_str).collect() {
        Ok(lines) => Some(lines),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// The examples of one split, in file order.
pub fn split(lines: &[Line], name: &str) -> Vec<Example> {
    lines.iter().filter(|line| line.split == name).map(example).collect()
}

/// A line as an example of weight 1.
pub fn example(line: &Line) -> Example {
    Example { text: line.text.clone(), label: line.label, weight: 1.0 }
}
