//! `sentistack live …`: one file a command.

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::ui::Printer;

#[cfg(feature = "online")]
mod credentials;
mod delivery;
pub mod function;
pub mod load;
#[cfg(feature = "aws")]
pub mod logs;
pub mod package;
#[cfg(feature = "online")]
mod push;
pub mod redrive;
pub mod run;
mod session;
pub mod verify;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pack the function for Lambda, as a zip and as an image, without Docker; needs no account
    Package(package::Args),
    /// Send posts through the function: by Firehose, or in this process with --local
    Run(Box<run::Args>),
    /// Account for every record that was sent, and draw what came
    Verify(verify::Args),
    /// Send again what the function could not score, once what failed is mended
    Redrive(redrive::Args),
    /// Bring what was delivered into the tables of all runs
    Load(load::Args),
    /// What the function and Firehose wrote to their logs
    #[cfg(feature = "aws")]
    Logs(logs::Args),
}

impl Command {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Package(_) => "live package",
            Self::Run(_) => "live run",
            Self::Verify(_) => "live verify",
            Self::Redrive(_) => "live redrive",
            Self::Load(_) => "live load",
            #[cfg(feature = "aws")]
            Self::Logs(_) => "live logs",
        }
    }
}

pub fn run(command: &Command, global: &Global, printer: Printer) -> Outcome {
    match command {
        Command::Package(args) => package::run(args, global, printer),
        Command::Run(args) => run::run(args, global, printer),
        Command::Verify(args) => verify::run(args, global, printer),
        Command::Redrive(args) => redrive::run(args, global, printer),
        Command::Load(args) => load::run(args, global, printer),
        #[cfg(feature = "aws")]
        Command::Logs(args) => logs::run(args, global, printer),
    }
}
