//! `stack`: the AWS half. What needs an account is in `account`, and in the tool where the SDK is.

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::ui::Printer;

#[cfg(feature = "aws")]
pub mod account;
pub mod render;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the CloudFormation templates that the settings make; needs no account
    Render(render::Args),
    #[cfg(feature = "aws")]
    #[command(flatten)]
    Account(account::Command),
}

impl Command {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Render(_) => "stack render",
            #[cfg(feature = "aws")]
            Self::Account(command) => command.name(),
        }
    }
}

// Without the feature `aws` nothing here watches anything.
#[cfg_attr(not(feature = "aws"), allow(unused_variables))]
pub fn run(command: Command, global: &Global, printer: Printer) -> Outcome {
    match command {
        Command::Render(args) => render::run(&args, global, printer),
        #[cfg(feature = "aws")]
        Command::Account(command) => account::run(command, global, printer),
    }
}
