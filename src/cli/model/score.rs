//! `model score`.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal};

use serde::Serialize;

use crate::cli::document::Outcome;
use crate::cli::model::ScoreArgs;
use crate::error::{Error, Result};
use crate::local::model;
use crate::model::Label;

#[derive(Serialize)]
struct Document {
    model: String,
    results: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    text: String,
    label: Label,
    positive: f64,
    negative: f64,
    neutral: f64,
    mixed: f64,
}

pub fn run(args: &ScoreArgs) -> Result<Outcome> {
    let scorer = model::scorer(&args.model)?;
    let texts = if args.texts.is_empty() { from_stdin()? } else { args.texts.clone() };
    let mut session = scorer.session();
    let results: Vec<Row> = texts
        .into_iter()
        .map(|text| {
            let s = session.score(&text);
            Row {
                label: s.label,
                positive: s.positive,
                negative: s.negative,
                neutral: s.neutral,
                mixed: s.mixed,
                text,
            }
        })
        .collect();
    let mut out = String::new();
    let _ = writeln!(out, "{:<9} {:>5} {:>5} {:>5} {:>5}  text", "label", "pos", "neg", "neu", "mix");
    for r in &results {
        let shown: String = r.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(
            out,
            "{:<9} {:>5.2} {:>5.2} {:>5.2} {:>5.2}  {shown}",
            r.label.as_str(),
            r.positive,
            r.negative,
            r.neutral,
            r.mixed
        );
    }
    Ok(Outcome::ok(out, &Document { model: scorer.name().to_owned(), results }))
}

fn from_stdin() -> Result<Vec<String>> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Error::usage("no text was given")
            .hint("sentistack model score \"what a day\", or pipe lines into it"));
    }
    let mut texts = Vec::new();
    for line in stdin.lock().lines() {
        let line = line.map_err(|e| Error::input("standard input is not text").because(e))?;
        if !line.trim().is_empty() {
            texts.push(line);
        }
    }
    if texts.is_empty() {
        return Err(Error::input("standard input has no text").hint("one text a line"));
    }
    Ok(texts)
}
