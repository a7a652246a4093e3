//! `sentistack pipeline …`: one file a command.

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::error::{Error, Result};
use crate::ui::Printer;

pub mod compare;
pub mod cost;
#[cfg(feature = "aws")]
pub mod ephemeral;
pub mod flags;
pub mod list;
pub mod open;
pub mod place;
#[cfg(feature = "aws")]
pub mod pull;
pub mod quote;
#[cfg(feature = "aws")]
pub mod remote;
pub mod run;
pub mod session;
pub mod summary;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a run, or redo part of one with --from-stage
    Run(Box<flags::RunArgs>),
    /// Go on with a run that was stopped
    Resume(flags::ResumeArgs),
    /// Say what a run has done and what is left
    Status(flags::StatusArgs),
    /// List all runs
    List(flags::Root),
    /// Score a run's posts with another model, without fetching them again
    Score(flags::ScoreArgs),
    /// Set two models' scores of one run side by side
    Compare(compare::Args),
    /// Bring a run from a bucket into a folder
    #[cfg(feature = "aws")]
    Pull(pull::Args),
}

impl Command {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "pipeline run",
            Self::Resume(_) => "pipeline resume",
            Self::Status(_) => "pipeline status",
            Self::List(_) => "pipeline list",
            Self::Score(_) => "pipeline score",
            Self::Compare(_) => "pipeline compare",
            #[cfg(feature = "aws")]
            Self::Pull(_) => "pipeline pull",
        }
    }
}

pub fn run(command: Command, global: &Global, printer: Printer) -> Outcome {
    match command {
        Command::Run(args) => run::run(&args, global, printer),
        Command::Resume(name) => run::resume(&name, global, printer),
        Command::Status(args) => list::status(&args, global, printer).unwrap_or_else(Outcome::from),
        Command::List(root) => list::list(&root, global, printer).unwrap_or_else(Outcome::from),
        Command::Score(args) => run::score(&args, global, printer),
        #[cfg(feature = "aws")]
        Command::Pull(args) => pull::run(&args, global, printer).unwrap_or_else(Outcome::from),
        Command::Compare(args) => compare::run(&args, global, printer).unwrap_or_else(Outcome::from),
    }
}

/// A runtime for the engines: one thread a core for work and one for signals.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores + 1)
        .enable_all()
        .build()
        .map_err(|e| Error::failed("cannot start the runtime").because(e))
}

/// A runtime for commands that wait for a network.
#[cfg(all(feature = "online", feature = "stack"))]
pub fn small_runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::failed("cannot start the runtime").because(e))
}
