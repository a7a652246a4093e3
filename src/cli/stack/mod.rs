//! `stack`: the AWS half. Each subcommand has a file of its own.

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::document::Outcome;

pub mod render;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the CloudFormation templates that the settings make; needs no account
    Render(render::Args),
}

impl Command {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Render(_) => "stack render",
        }
    }
}

pub fn run(command: Command, global: &Global) -> Outcome {
    match command {
        Command::Render(args) => render::run(&args, global),
    }
}
