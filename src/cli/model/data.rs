//! Labelled posts: JSON lines `{text, label, split}`, plain, gzip or zstd.

use std::path::Path;

use sentistack_sentiment::{Example, Label};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::source::replay::text::for_each_line;

/// A labelled post and the split that it belongs to, if the file says.
#[derive(Debug)]
pub struct Labelled {
    pub example: Example,
    pub split: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    label: String,
    #[serde(default)]
    split: Option<String>,
    #[serde(default)]
    weight: Option<f32>,
}

/// Reads one file. Every line must be right: a model is no better than its data.
pub fn read(path: &Path) -> Result<Vec<Labelled>> {
    let shown = path.display();
    let mut rows = Vec::new();
    for_each_line(path, |number, line| {
        if !line.trim().is_empty() {
            rows.push(parse(line).map_err(|e| e.because(format!("{shown}:{number}")).resource(&shown))?);
        }
        Ok(())
    })?;
    if rows.is_empty() {
        return Err(Error::input(format!("{shown} has no labelled posts"))
            .hint("one JSON object a line: {\"text\": \"…\", \"label\": \"positive\", \"split\": \"train\"}")
            .resource(shown.to_string()));
    }
    Ok(rows)
}

fn parse(line: &str) -> Result<Labelled> {
    let hint = "one JSON object a line: {\"text\": \"…\", \"label\": \"positive\", \"split\": \"train\"}";
    let line: Line = serde_json::from_str(line)
        .map_err(|e| Error::input("a line is no labelled post").because(e).hint(hint))?;
    let label: Label = line.label.parse().map_err(|e| {
        Error::input("a label is unknown").because(e).hint("positive, negative, neutral or mixed")
    })?;
    let weight = line.weight.unwrap_or(1.0);
    if !(weight.is_finite() && weight >= 0.0) {
        return Err(Error::input(format!("the weight {weight} is not a number from 0 up")).hint(hint));
    }
    Ok(Labelled { example: Example { text: line.text, label, weight }, split: line.split })
}

/// The last path component, for tables.
pub fn short(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
