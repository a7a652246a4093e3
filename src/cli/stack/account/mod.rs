//! The commands of `stack` that an account is needed for. Each has a file of its own.

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::ui::Printer;

mod code;
pub mod cost;
pub mod document;
pub mod down;
pub mod events;
pub mod extend;
mod flags;
pub mod list;
pub mod open;
pub mod plan;
pub mod priced;
pub mod prices;
pub mod status;
pub mod sweep;
pub mod up;

pub use flags::StackFlags;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what `up` would do and what it would cost; changes nothing
    Plan(plan::Args),
    /// Bring the stack up, with a time to live
    Up(up::Args),
    /// Show what is there
    Status,
    /// Show what CloudFormation did
    Events(events::Args),
    /// Say why it failed, in one line
    Explain,
    /// Give the stack a longer life
    Extend(extend::Args),
    /// Show what the stack costs, a row a resource
    Cost(cost::Args),
    /// Show the price table; with --refresh, read AWS's own price list
    Prices(prices::Args),
    /// List every sentistack stack of the account and region
    List,
    /// Take the stack down, and prove that nothing is left that bills
    Down(down::Args),
    /// Find what is left over of a stack; with --yes, delete it
    Sweep,
}

impl Command {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "stack plan",
            Self::Up(_) => "stack up",
            Self::Status => "stack status",
            Self::Events(_) => "stack events",
            Self::Explain => "stack explain",
            Self::Extend(_) => "stack extend",
            Self::Cost(_) => "stack cost",
            Self::Prices(_) => "stack prices",
            Self::List => "stack list",
            Self::Down(_) => "stack down",
            Self::Sweep => "stack sweep",
        }
    }
}

pub fn run(command: Command, global: &Global, printer: Printer) -> Outcome {
    // The work waits for the network: one thread is enough, and quicker to start.
    let runtime = match crate::cli::pipeline::small_runtime() {
        Ok(runtime) => runtime,
        Err(error) => return error.into(),
    };
    let work = async {
        match command {
            Command::Plan(args) => plan::run(&args, global, printer).await,
            Command::Up(args) => up::run(&args, global, printer).await,
            Command::Status => status::run(global, printer).await,
            Command::Events(args) => events::run(&args, global, printer).await,
            Command::Explain => events::explain(global, printer).await,
            Command::Extend(args) => extend::run(&args, global, printer).await,
            Command::Cost(args) => cost::run(&args, global, printer).await,
            Command::Prices(args) => prices::run(&args, global, printer).await,
            Command::List => list::run(global, printer).await,
            Command::Down(args) => down::run(&args, global, printer).await,
            Command::Sweep => sweep::run(global, printer).await,
        }
    };
    runtime.block_on(work).unwrap_or_else(Outcome::from)
}
