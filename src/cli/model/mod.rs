//! `sentistack model …`: train, evaluate, score.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::document::Outcome;
use crate::ui::Printer;

pub mod data;
pub mod eval;
pub mod score;
pub mod train;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a model on labelled posts
    Train(TrainArgs),
    /// Measure a model on labelled posts
    Eval(EvalArgs),
    /// Score texts given as arguments, or lines of standard input
    Score(ScoreArgs),
}

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Labelled posts: JSON lines {text, label, split}, plain, .gz or .zst
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub data: Vec<PathBuf>,
    /// Where to write the model
    #[arg(long, value_name = "FILE")]
    pub save: PathBuf,
    /// Train on every split, not just on split=train
    #[arg(long)]
    pub all_splits: bool,
    /// Seed of the training order
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Labelled posts: JSON lines {text, label, split}, plain, .gz or .zst
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub data: Vec<PathBuf>,
    /// embedded, vader, or a model file
    #[arg(long, value_name = "MODEL", default_value = "embedded", conflicts_with = "folds")]
    pub model: String,
    /// Split to measure on [default: test where there is one, else everything]
    #[arg(long, value_name = "SPLIT", conflicts_with = "folds")]
    pub split: Option<String>,
    /// Train and measure on N folds of each file instead, groups of like posts kept together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=100))]
    pub folds: Option<u32>,
    /// Seed of folds and of bags
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// Texts; without any, each line of standard input is one
    #[arg(value_name = "TEXT")]
    pub texts: Vec<String>,
    /// embedded, vader, or a model file
    #[arg(long, value_name = "MODEL", default_value = "embedded")]
    pub model: String,
}

/// What `model eval` prints.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct EvalDocument {
    pub model: String,
    pub results: Vec<EvalRow>,
}

/// One file's figures.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvalRow {
    pub file: String,
    pub split: String,
    /// Posts measured.
    pub n: usize,
    pub accuracy: f64,
    pub macro_f1: f64,
    pub macro_recall: f64,
    /// Expected calibration error.
    pub ece: f64,
    /// Mean absolute error of the shares over bags of 100 posts of varied prevalence: true shares drawn uniformly.
    pub share_error: f64,
    /// Part of the 95 % intervals that held the true share of those bags.
    pub share_coverage: f64,
    /// The same error over bags of 100 posts drawn from the file as it is.
    pub natural_share_error: f64,
    /// Part of the 95 % intervals that held the true share of those bags.
    pub natural_share_coverage: f64,
    /// Rows: truth, columns: choice; positive, negative, neutral, mixed.
    pub confusion: [[u64; 4]; 4],
}

impl Command {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Train(_) => "model train",
            Self::Eval(_) => "model eval",
            Self::Score(_) => "model score",
        }
    }
}

pub fn run(command: Command, printer: Printer) -> Outcome {
    let done = match command {
        Command::Train(args) => train::run(&args, printer),
        Command::Eval(args) => eval::run(&args, printer),
        Command::Score(args) => score::run(&args),
    };
    done.unwrap_or_else(Outcome::from)
}
