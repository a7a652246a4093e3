//! `stack cost`: what the stack costs, a row a resource; from the deployed stack where there is one.

use std::fmt::Write as _;

use serde_json::Map;

use super::open::{Intent, Session};
use super::priced;
use crate::cli::document::Outcome;
use crate::cli::{Global, settings};
use crate::cost::{self, CostDocument, money};
use crate::error::Result;
use crate::stack::names::Part;
use crate::stack::port::{Observe, Pace};
use crate::ui::Printer;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Price the settings alone; asks no account
    #[arg(long)]
    pub offline: bool,
}

pub async fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    if args.offline {
        let stack = settings::for_stack(global)?;
        let estimate = priced::estimate(&stack.settings);
        let document = CostDocument::new(&estimate, &stack.settings.region, None);
        return Ok(Outcome::ok(cost::table::estimate(&estimate, 80), &document));
    }
    let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
    let deployed = priced::deployed(session.account.as_ref(), &session.names).await?;
    let settings = deployed.as_ref().unwrap_or(&session.stack.settings);
    let estimate = priced::estimate(settings);
    let mut text = String::new();
    let mut measured = None;
    let now = session.pace.now();
    for part in Part::ALL {
        let Some(state) = session.account.stack(&session.names.stack(part)).await? else { continue };
        let Some(created) = state.created else { continue };
        let hours = priced::hours(created, now);
        let spent = hours * priced::hourly(&estimate, &[part]);
        *measured.get_or_insert(0.0) += spent;
        let _ = writeln!(text, "{:<32} {hours:>8.2} h  {:>10}", state.name, money::dollars(spent));
    }
    let _ = match measured {
        Some(spent) => writeln!(text, "so far, by its hours: {}\n", money::dollars(spent)),
        None => writeln!(text, "{} is not up: this is what it would cost\n", session.names.name),
    };
    text.push_str(&cost::table::estimate(&estimate, 80));
    Ok(Outcome::ok(text, &CostDocument::new(&estimate, &session.names.region, measured)))
}
