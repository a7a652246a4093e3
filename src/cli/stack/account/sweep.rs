//! `stack sweep`: what is left of a stack that is not in any stack any more, and a stack past its expiry.

use std::fmt::Write as _;

use serde_json::Map;

use super::document::DownDocument;
use super::open::{Intent, Session};
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::error::{Error, ErrorKind, Result};
use crate::stack::names::Part;
use crate::stack::port::{Observe, Operate, Pace};
use crate::stack::state::Found;
use crate::stack::{sweep, teardown, ttl};
use crate::ui::Printer;

pub async fn run(global: &Global, printer: Printer) -> Result<Outcome> {
    let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
    let account = &session.identity.account;
    let mut left = sweep::leftovers(session.account.as_ref(), &session.names, account).await?;
    let overdue = overdue(&session).await?;
    let mut deleted = Vec::new();
    if !left.is_empty() {
        printer.note(&lines(&left));
        // What only has our name, and not our tag, is somebody's to look at.
        let ours: Vec<Found> = left.iter().filter(|found| found.owner.is_some()).cloned().collect();
        if !ours.is_empty() && agreed(&session, ours.len()) {
            deleted = delete(&session, &ours, printer).await;
            left = settled(&session).await?;
        }
    }
    let document = DownDocument {
        name: session.names.name.clone(),
        account: account.clone(),
        region: session.names.region.clone(),
        deleted: deleted.clone(),
        leftovers: left.iter().map(Into::into).collect(),
        ..DownDocument::default()
    };
    let mut text = String::new();
    for what in &deleted {
        let _ = writeln!(text, "deleted {what}");
    }
    let error = teardown::leftover_error(&left).or(overdue);
    match error {
        Some(error) => Ok(Outcome::failed(error, text, &document)),
        None => {
            text.push_str("nothing left over: every service was asked, by name and by tag\n");
            let outcome = Outcome::ok(text, &document);
            Ok(if deleted.is_empty() { outcome.unchanged() } else { outcome })
        }
    }
}

/// A look is what `sweep` is without a yes: where nobody can be asked, nothing is deleted.
fn agreed(session: &Session, count: usize) -> bool {
    session.answers.confirm(&format!("Delete these {count}?"), "--yes").unwrap_or(false)
}

async fn delete(session: &Session, ours: &[Found], printer: Printer) -> Vec<String> {
    let mut deleted = Vec::new();
    for found in ours {
        match session.account.delete(found).await {
            Ok(()) => deleted.push(format!("{} {}", found.kind.words(), found.id)),
            Err(error) => printer.note(&format!("{} {}: {error}", found.kind.words(), found.id)),
        }
    }
    deleted
}

/// Services take a while to forget.
async fn settled(session: &Session) -> Result<Vec<Found>> {
    let mut wait = std::time::Duration::from_millis(300);
    for _ in 0..6 {
        let left =
            sweep::leftovers(session.account.as_ref(), &session.names, &session.identity.account).await?;
        if left.is_empty() {
            return Ok(left);
        }
        session.pace.sleep(wait).await?;
        wait *= 2;
    }
    sweep::leftovers(session.account.as_ref(), &session.names, &session.identity.account).await
}

fn lines(left: &[Found]) -> String {
    let mut out = String::from("left over:");
    for found in left {
        let untagged = if found.owner.is_some() { "" } else { "  (by name only: not deleted)" };
        let _ = write!(out, "\n  {:<26} {} ({}){untagged}", found.kind.words(), found.id, found.state);
    }
    out
}

/// A stack that should have ended by itself.
async fn overdue(session: &Session) -> Result<Option<Error>> {
    let schedules = session.account.schedules(&session.names).await?;
    for part in [Part::Batch, Part::Live] {
        let Some(at) = ttl::expiry(&session.names, part, &schedules).filter(|at| *at < session.pace.now())
        else {
            continue;
        };
        let stack = session.names.stack(part);
        if session.account.stack(&stack).await?.is_some() {
            return Ok(Some(
                Error::new(
                    ErrorKind::Leftovers,
                    format!("{stack} expired at {} and is still there", ttl::minute(at)),
                )
                .hint("take it down: `sentistack stack down`")
                .resource(stack),
            ));
        }
    }
    Ok(None)
}
