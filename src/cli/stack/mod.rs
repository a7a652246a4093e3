//! `stack`: the AWS half. Each subcommand has a file of its own.

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::ui::Printer;

#[cfg(feature = "aws")]
pub mod cost;
#[cfg(feature = "aws")]
pub mod document;
#[cfg(feature = "aws")]
pub mod down;
#[cfg(feature = "aws")]
pub mod events;
#[cfg(feature = "aws")]
pub mod extend;
#[cfg(feature = "aws")]
mod flags;
#[cfg(feature = "aws")]
pub mod list;
#[cfg(feature = "aws")]
pub mod open;
#[cfg(feature = "aws")]
pub mod plan;
#[cfg(feature = "aws")]
mod priced;
pub mod render;
#[cfg(feature = "aws")]
pub mod status;
#[cfg(feature = "aws")]
pub mod sweep;
#[cfg(feature = "aws")]
pub mod up;

#[cfg(feature = "aws")]
pub use flags::StackFlags;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the CloudFormation templates that the settings make; needs no account
    Render(render::Args),
    /// Show what `up` would do and what it would cost; changes nothing
    #[cfg(feature = "aws")]
    Plan(plan::Args),
    /// Bring the stack up, with a time to live
    #[cfg(feature = "aws")]
    Up(up::Args),
    /// Show what is there
    #[cfg(feature = "aws")]
    Status,
    /// Show what CloudFormation did
    #[cfg(feature = "aws")]
    Events(events::Args),
    /// Say why it failed, in one line
    #[cfg(feature = "aws")]
    Explain,
    /// Give the stack a longer life
    #[cfg(feature = "aws")]
    Extend(extend::Args),
    /// Show what the stack costs, a row a resource
    #[cfg(feature = "aws")]
    Cost(cost::Args),
    /// List every sentistack stack of the account and region
    #[cfg(feature = "aws")]
    List,
    /// Take the stack down, and prove that nothing is left that bills
    #[cfg(feature = "aws")]
    Down(down::Args),
    /// Find what is left over of a stack; with --yes, delete it
    #[cfg(feature = "aws")]
    Sweep,
}

impl Command {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Render(_) => "stack render",
            #[cfg(feature = "aws")]
            Self::Plan(_) => "stack plan",
            #[cfg(feature = "aws")]
            Self::Up(_) => "stack up",
            #[cfg(feature = "aws")]
            Self::Status => "stack status",
            #[cfg(feature = "aws")]
            Self::Events(_) => "stack events",
            #[cfg(feature = "aws")]
            Self::Explain => "stack explain",
            #[cfg(feature = "aws")]
            Self::Extend(_) => "stack extend",
            #[cfg(feature = "aws")]
            Self::Cost(_) => "stack cost",
            #[cfg(feature = "aws")]
            Self::List => "stack list",
            #[cfg(feature = "aws")]
            Self::Down(_) => "stack down",
            #[cfg(feature = "aws")]
            Self::Sweep => "stack sweep",
        }
    }
}

#[cfg(not(feature = "aws"))]
pub fn run(command: Command, global: &Global, _: Printer) -> Outcome {
    match command {
        Command::Render(args) => render::run(&args, global),
    }
}

#[cfg(feature = "aws")]
pub fn run(command: Command, global: &Global, printer: Printer) -> Outcome {
    if let Command::Render(args) = &command {
        return render::run(args, global);
    }
    // The work waits for the network: one thread is enough, and quicker to start.
    let runtime = match crate::cli::pipeline::small_runtime() {
        Ok(runtime) => runtime,
        Err(error) => return error.into(),
    };
    let work = async {
        match command {
            Command::Render(args) => Ok(render::run(&args, global)),
            Command::Plan(args) => plan::run(&args, global, printer).await,
            Command::Up(args) => up::run(&args, global, printer).await,
            Command::Status => status::run(global, printer).await,
            Command::Events(args) => events::run(&args, global, printer).await,
            Command::Explain => events::explain(global, printer).await,
            Command::Extend(args) => extend::run(&args, global, printer).await,
            Command::Cost(args) => cost::run(&args, global, printer).await,
            Command::List => list::run(global, printer).await,
            Command::Down(args) => down::run(&args, global, printer).await,
            Command::Sweep => sweep::run(global, printer).await,
        }
    };
    runtime.block_on(work).unwrap_or_else(Outcome::from)
}
