//! `cargo xtask`: the commands of those who work on sentistack. It knows the tool only from outside, by its
//! command line, and the sentiment crate by its public API.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod cache;
mod campaign;
mod docs;
mod error;
mod function;
mod labelled;
mod measure;
mod process;
mod python;
mod score_texts;
mod system;
mod test;
mod testbed;
mod tool;
mod train;
mod workspace;

/// Commands for those who work on sentistack
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything that CI runs
    Test(test::Args),
    /// Kill runs at many random moments, resume them and compare: the crash tests in full
    Campaign(campaign::Args),
    /// Run the local AWS that tests use, in the foreground or around a command
    Testbed(testbed::Args),
    /// Train the shipped weights again and compare them with those in the tree
    Train(train::Args),
    /// Measure the tool and the references side by side, and print a table
    Bench(bench::Args),
    /// Build the live path's function, linked statically
    Function(function::Args),
    /// Write the generated documents anew
    Docs,
    /// Run a command and report its CPU time and peak memory
    #[command(hide = true)]
    Measure(measure::Args),
    /// Score texts on one core and report the speed
    #[command(hide = true)]
    ScoreTexts(score_texts::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Test(args) => test::run(&args),
        Command::Campaign(args) => campaign::run(&args),
        Command::Testbed(args) => testbed::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Function(args) => function::run(&args),
        Command::Docs => docs::run(),
        Command::Measure(args) => return measure::run(&args),
        Command::ScoreTexts(args) => score_texts::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
