//! CloudWatch's log groups, read.

use jiff::Timestamp;

use super::{Account, send};
use crate::error::{Error, Result};
use crate::limits;

/// An event of a log group.
#[derive(Clone, Debug)]
pub struct LogEvent {
    /// Its identifier in the group.
    pub id: String,
    pub at: Timestamp,
    pub text: String,
}

impl Account {
    /// The events of a group from `since` on, oldest first, [`limits::LOG_EVENTS`] at most: then the newest of them.
    ///
    /// # Errors
    /// Of kind `Usage` where there is no such group.
    pub async fn log_events(&self, group: &str, since: Timestamp) -> Result<Vec<LogEvent>> {
        let mut found = std::collections::VecDeque::new();
        let mut token: Option<String> = None;
        loop {
            let what = format!("read the log group {group}");
            let answer = send!(self, logs, &what, |c| c
                .filter_log_events()
                .log_group_name(group)
                .start_time(since.as_millisecond())
                .set_next_token(token.clone()))
            .map_err(|failure| match failure.is_not_found() {
                true => Error::usage(format!("there is no log group {group}"))
                    .hint("bring the live path up first: `sentistack stack up --only live`"),
                false => failure.into(),
            })?;
            for event in answer.events() {
                let at = event.timestamp().and_then(|ms| Timestamp::from_millisecond(ms).ok());
                if found.len() == limits::LOG_EVENTS {
                    found.pop_front();
                }
                found.push_back(LogEvent {
                    id: event.event_id().unwrap_or_default().to_owned(),
                    at: at.unwrap_or(since),
                    text: event.message().unwrap_or_default().to_owned(),
                });
            }
            let next = answer.next_token().map(str::to_owned);
            if next.is_none() || next == token {
                return Ok(found.into());
            }
            token = next;
        }
    }
}
