//! Waits for what CloudFormation does, and tells of it as it happens.

use std::time::Duration;

use super::event::{Event, Events};
use super::names::Part;
use super::port::{Observe, Pace};
use super::state::{StackEvent, StackState};
use super::status::{ResourceStatus, StackStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;

/// Where the watching of a stack begins.
#[derive(Clone, Debug)]
pub struct From {
    pub part: Part,
    /// The ARN: it names the stack also when it is deleted.
    pub stack_id: String,
    /// The last event that is no news.
    pub since: Option<String>,
}

/// The newest event of a stack.
pub async fn last_event(observe: &dyn Observe, stack: &str) -> Result<Option<String>> {
    Ok(observe.events(stack, None).await?.last().map(|event| event.id.clone()))
}

/// Waits until an operation that began after `from` has settled. Gives the stack as it then is; `None`: it is gone.
///
/// # Errors
/// Of kind `Outside` when it takes longer than [`limits::STACK_WAIT_SECONDS`]: it goes on, and can be watched again.
pub async fn settle(
    observe: &dyn Observe,
    pace: &dyn Pace,
    events: &dyn Events,
    from: &From,
) -> Result<Option<StackState>> {
    let mut since = from.since.clone();
    let started = pace.now();
    let mut wait = Duration::from_millis(limits::POLL_FIRST_MILLIS);
    loop {
        let news = observe.events(&from.stack_id, since.as_deref()).await?;
        for event in &news {
            events.emit(told(from.part, event));
            since = Some(event.id.clone());
        }
        // The stack's own status may lag behind, and its last operation's be taken for this one's: an event counts.
        if news.iter().any(is_end) {
            return observe.stack(&from.stack_id).await;
        }
        match observe.stack(&from.stack_id).await? {
            None => return Ok(None),
            Some(stack) if stack.status == StackStatus::DeleteComplete => return Ok(Some(stack)),
            Some(_) => {}
        }
        let waited = pace.now().duration_since(started).as_secs();
        if waited > i64::try_from(limits::STACK_WAIT_SECONDS).unwrap_or(i64::MAX) {
            return Err(Error::new(
                ErrorKind::Outside,
                format!("{} is still in progress after {} minutes", from.stack_id, waited / 60),
            )
            .hint(
                "it goes on by itself: `sentistack stack up` waits for it again, `stack events` shows it",
            ));
        }
        wait = match news.is_empty() {
            true => (wait * 3 / 2).min(Duration::from_millis(limits::POLL_LONGEST_MILLIS)),
            false => Duration::from_millis(limits::POLL_FIRST_MILLIS),
        };
        pace.sleep(wait).await?;
    }
}

/// The stack as a whole came to rest.
fn is_end(event: &StackEvent) -> bool {
    event.is_of_stack()
        && event.physical_id.as_deref().is_none_or(|id| id.contains(&event.stack) || id == event.logical_id)
        && event.logical_id == event.stack
        && StackStatus::parse(event.status.as_str()).is_settled()
        && event.status != ResourceStatus::ReviewInProgress
}

fn told(part: Part, event: &StackEvent) -> Event {
    Event::Resource {
        part,
        logical_id: event.logical_id.clone(),
        kind: event.kind.clone(),
        status: event.status.to_string(),
        outlook: event.status.outlook(),
        settled: event.status.is_settled(),
        at: event.at,
        reason: event.reason.clone(),
    }
}
