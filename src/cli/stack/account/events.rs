//! `stack events`: what CloudFormation did, oldest first; and `stack explain`: why it failed.

use std::fmt::Write as _;

use clap::Args as ClapArgs;
use serde_json::Map;

use super::document::{EventLine, EventsDocument, ExplainDocument};
use super::open::{Intent, Session};
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cli::stack::render::Only;
use crate::error::Result;
use crate::stack::names::Part;
use crate::stack::plan;
use crate::stack::port::Observe;
use crate::stack::reason;
use crate::stack::state::{StackEvent, StackState};
use crate::stack::status::{Footing, Outlook};
use crate::stack::watch::{self, From};
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// These stacks alone: storage, batch, live [default: all that are there]
    #[arg(long, value_name = "STACKS", value_delimiter = ',')]
    pub only: Vec<Only>,
    /// Go on until nothing is in progress any more
    #[arg(long)]
    pub follow: bool,
}

pub async fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
    let mut document = EventsDocument { name: session.names.name.clone(), events: Vec::new() };
    let mut text = String::new();
    for (part, state) in there(&session, &args.only).await? {
        let events = session.account.events(&state.id, None).await?;
        for event in &events {
            text.push_str(&line(event));
        }
        document.events.extend(events.iter().map(told));
        if args.follow && state.status.footing() == Footing::Moving {
            // What was is shown before what comes.
            if printer.format == crate::ui::OutputFormat::Text {
                let _ = printer.text(&std::mem::take(&mut text));
            }
            let since = events.last().map(|event| event.id.clone());
            let from = From { part, stack_id: state.id.clone(), since: since.clone() };
            watch::settle(session.account.as_ref(), &session.pace, session.events.as_ref(), &from).await?;
            let news = session.account.events(&state.id, since.as_deref()).await?;
            document.events.extend(news.iter().map(told));
        }
    }
    if document.events.is_empty() {
        text = format!("there is no stack of {}\n", session.names.name);
    }
    Ok(Outcome::ok(text, &document))
}

/// The stacks that are there, in the order in which they come up.
async fn there(session: &Session, only: &[Only]) -> Result<Vec<(Part, StackState)>> {
    let mut found = Vec::new();
    for part in Part::ALL {
        if !only.is_empty() && !only.iter().any(|only| only.part() == part) {
            continue;
        }
        let Some(state) = session.account.stack(&session.names.stack(part)).await? else { continue };
        plan::refuse_foreign(&state, &session.names)?;
        found.push((part, state));
    }
    Ok(found)
}

fn told(event: &StackEvent) -> EventLine {
    EventLine {
        at: event.at.to_string(),
        stack: event.stack.clone(),
        logical_id: event.logical_id.clone(),
        kind: event.kind.clone(),
        status: event.status.to_string(),
        reason: event.reason.clone(),
    }
}

fn line(event: &StackEvent) -> String {
    let kind = event.kind.strip_prefix("AWS::").unwrap_or(&event.kind);
    let at = event.at.strftime("%H:%M:%S");
    let mut out = format!("{at} {:<20} {} {kind}", event.status.as_str(), event.logical_id);
    if let Some(why) = event.reason.as_deref().filter(|_| event.status.outlook() == Outlook::Bad) {
        let _ = write!(out, "\n         {}", reason::tidy(why));
    }
    out.push('\n');
    out
}

/// `stack explain`.
pub async fn explain(global: &Global, printer: Printer) -> Result<Outcome> {
    let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
    let mut document = ExplainDocument { name: session.names.name.clone(), causes: Vec::new() };
    let mut text = String::new();
    let stacks = there(&session, &[]).await?;
    for (_, state) in &stacks {
        let events = session.account.events(&state.id, None).await?;
        let good = state.status.outlook() == Outlook::Good;
        // A stack that came to rest well may have failed long ago: that is history.
        let Some(cause) = reason::root_cause(&events).filter(|_| !good) else { continue };
        let _ = writeln!(text, "{}: {}", state.name, cause.line());
        if let Some(hint) = &cause.hint {
            let _ = writeln!(text, "  hint: {hint}");
        }
        document.causes.push(cause);
    }
    if document.causes.is_empty() {
        text = match stacks.as_slice() {
            [] => format!("there is no stack of {}: nothing has failed\n", session.names.name),
            _ => "nothing has failed\n".to_owned(),
        };
    }
    Ok(Outcome::ok(text, &document))
}
