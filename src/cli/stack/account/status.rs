//! `stack status`: what is there, in what state, since when, for how long, at what price.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Map;

use super::document::{StackStatusDocument, StatusDocument};
use super::open::{Intent, Session};
use super::priced;
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cost::money;
use crate::error::{Error, ErrorKind, Result};
use crate::stack::names::Part;
use crate::stack::plan;
use crate::stack::port::{Observe, Pace};
use crate::stack::state::{Resource, StackState};
use crate::stack::ttl;
use crate::ui::Printer;

pub async fn run(global: &Global, printer: Printer) -> Result<Outcome> {
    let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
    let document = look(&session).await?;
    let text = text(&document);
    Ok(match expired(&document) {
        Some(error) => Outcome::failed(error, text, &document),
        None => Outcome::ok(text, &document),
    })
}

async fn look(session: &Session) -> Result<StatusDocument> {
    let names = &session.names;
    let now = session.pace.now();
    let mut document = StatusDocument {
        name: names.name.clone(),
        account: session.identity.account.clone(),
        region: names.region.clone(),
        ..StatusDocument::default()
    };
    let mut outputs = BTreeMap::new();
    let mut there = Vec::new();
    for part in Part::ALL {
        let Some(state) = session.account.stack(&names.stack(part)).await? else { continue };
        plan::refuse_foreign(&state, names)?;
        let resources = session.account.resources(&state.name).await?;
        let emr = emr_state(session, &resources).await?;
        outputs.extend(state.outputs.clone());
        there.push(part);
        document.stacks.push(one(part, &state, resources.len(), emr, now));
    }
    document.exists = !document.stacks.is_empty();
    document.outputs = outputs;
    // A schedule of a stack that is gone says nothing.
    let expires = ttl::first_expiry(names, &there, &session.account.schedules(names).await?);
    document.expires_at = expires.map(|at| at.to_string());
    document.expired = expires.is_some_and(|at| at < now);
    if let Some(settings) = priced::deployed(session.account.as_ref(), names).await? {
        let estimate = priced::estimate(&settings);
        document.usd_per_hour = Some(priced::hourly(&estimate, &there));
    }
    Ok(document)
}

fn one(
    part: Part,
    state: &StackState,
    resources: usize,
    emr: Option<String>,
    now: jiff::Timestamp,
) -> StackStatusDocument {
    StackStatusDocument {
        name: state.name.clone(),
        part: part.to_string(),
        status: state.status.to_string(),
        reason: state.reason.clone(),
        created: state.created.map(|at| at.to_string()),
        hours: state.created.map(|at| priced::hours(at, now)),
        resources,
        emr,
    }
}

async fn emr_state(session: &Session, resources: &[Resource]) -> Result<Option<String>> {
    let cluster = resources.iter().find(|resource| resource.kind == "AWS::EMR::Cluster");
    match cluster.and_then(|cluster| cluster.physical_id.as_deref()) {
        None => Ok(None),
        Some(id) => Ok(Some(session.account.emr_state(id).await?.unwrap_or_else(|| "gone".to_owned()))),
    }
}

fn expired(document: &StatusDocument) -> Option<Error> {
    document.expired.then(|| {
        let at = document.expires_at.as_deref().unwrap_or_default();
        Error::new(ErrorKind::Leftovers, format!("{} expired at {at} and is still there", document.name))
            .hint("take it down: `sentistack stack down`; `sentistack stack explain` says why it did not end itself")
            .resource(&document.name)
    })
}

fn text(document: &StatusDocument) -> String {
    let mut out =
        format!("Stack {} in account {}, region {}\n", document.name, document.account, document.region);
    if !document.exists {
        out.push_str(
            "It is not there: nothing bills. `sentistack stack plan` shows what `stack up` would make.\n",
        );
        return out;
    }
    for stack in &document.stacks {
        let hours = stack.hours.map(|hours| format!("{hours:.1} h")).unwrap_or_default();
        let _ = writeln!(
            out,
            "  {:<29} {:<24} {:>3} resources {hours:>9}",
            stack.name, stack.status, stack.resources
        );
        if let Some(emr) = &stack.emr {
            let _ = writeln!(out, "    the EMR cluster is {}", emr.to_lowercase());
        }
        if let Some(reason) = &stack.reason {
            let _ = writeln!(out, "    {}", crate::stack::reason::tidy(reason));
        }
    }
    for (key, value) in &document.outputs {
        let _ = writeln!(out, "  {key:<30} {value}");
    }
    if let Some(usd) = document.usd_per_hour {
        let _ = writeln!(out, "{} as far as prices are known", money::hourly(usd));
    }
    let storage_alone = document.stacks.iter().all(|stack| stack.part == Part::Storage.as_str());
    let _ = match &document.expires_at {
        Some(at) => writeln!(out, "deleted by itself at {at}"),
        None if storage_alone => writeln!(out, "storage is kept: it does not expire"),
        None => writeln!(out, "no time to live: it bills until `sentistack stack down`"),
    };
    out
}
