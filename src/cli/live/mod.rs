//! `sentistack live …`: one file a command.

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::ui::Printer;

#[cfg(feature = "online")]
mod credentials;
mod function;
pub mod package;
#[cfg(feature = "online")]
mod push;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pack the function for Lambda, as a zip and as an image, without Docker; needs no account
    Package(package::Args),
}

impl Command {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Package(_) => "live package",
        }
    }
}

pub fn run(command: &Command, global: &Global, printer: Printer) -> Outcome {
    match command {
        Command::Package(args) => package::run(args, global, printer),
    }
}
