//! `stack list`: every sentistack stack of the account and region.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Map;

use super::document::{ListDocument, Listed};
use super::open::{Intent, Session};
use super::priced;
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cost::money;
use crate::error::Result;
use crate::stack::names::{Names, Part};
use crate::stack::port::{Observe, Pace};
use crate::stack::state::StackState;
use crate::stack::ttl;
use crate::ui::Printer;

pub async fn run(global: &Global, printer: Printer) -> Result<Outcome> {
    let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
    let mut by_name: BTreeMap<String, Vec<StackState>> = BTreeMap::new();
    for state in session.account.stacks().await? {
        if let Some(owner) = state.owner() {
            by_name.entry(owner.to_owned()).or_default().push(state);
        }
    }
    let mut document = ListDocument {
        account: session.identity.account.clone(),
        region: session.names.region.clone(),
        ..ListDocument::default()
    };
    for (name, states) in by_name {
        document.stacks.push(listed(&session, name, &states).await?);
    }
    document.usd_per_hour = document.stacks.iter().filter_map(|stack| stack.usd_per_hour).sum::<f64>() + 0.0;
    Ok(Outcome::ok(text(&document), &document))
}

async fn listed(session: &Session, name: String, states: &[StackState]) -> Result<Listed> {
    let names = Names::new(name.clone(), session.names.region.clone());
    let now = session.pace.now();
    let parts: Vec<Part> = states.iter().filter_map(StackState::part).collect();
    let schedules = session.account.schedules(&names).await?;
    // A schedule of a stack that is gone says nothing.
    let expires = ttl::first_expiry(&names, &parts, &schedules);
    let bills = parts.iter().any(|part| *part != Part::Storage);
    let usd = priced::deployed(session.account.as_ref(), &names).await?.map(|settings| {
        let estimate = priced::estimate(&settings);
        priced::hourly(&estimate, &parts)
    });
    let created = states.iter().filter_map(|state| state.created).min();
    // The one that came up last says most.
    let status = states.iter().max_by_key(|state| state.part()).map(|state| state.status.to_string());
    Ok(Listed {
        name,
        parts: parts.iter().map(ToString::to_string).collect(),
        status: status.unwrap_or_default(),
        created: created.map(|at| at.to_string()),
        age_hours: created.map(|at| priced::hours(at, now)),
        expires_at: expires.map(|at| at.to_string()),
        expired: bills && expires.is_some_and(|at| at < now),
        usd_per_hour: usd,
    })
}

fn text(document: &ListDocument) -> String {
    if document.stacks.is_empty() {
        return format!("no sentistack stack in account {}, region {}\n", document.account, document.region);
    }
    let mut out = String::new();
    let _ = writeln!(out, "{:<20} {:<20} {:>7} {:>9} expires", "NAME", "STATUS", "AGE", "$/HOUR");
    for stack in &document.stacks {
        let age = stack.age_hours.map(|hours| format!("{hours:.1} h")).unwrap_or_default();
        let usd = stack.usd_per_hour.map_or_else(|| "unknown".to_owned(), |usd| format!("{usd:.4}"));
        let expires = match (&stack.expires_at, stack.expired) {
            (Some(at), true) => format!("{} PAST", short(at)),
            (Some(at), false) => short(at),
            (None, _) if stack.parts.iter().all(|part| part == Part::Storage.as_str()) => "kept".to_owned(),
            (None, _) => "never".to_owned(),
        };
        let _ = writeln!(out, "{:<20} {:<20} {age:>7} {usd:>9} {expires}", stack.name, stack.status);
    }
    let _ = writeln!(out, "together {}", money::hourly(document.usd_per_hour));
    out
}

/// `2026-11-22T07:30:00Z` as `2026-11-22 07:30`.
fn short(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}
