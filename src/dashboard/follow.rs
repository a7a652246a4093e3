//! What a page is told while it is open: how far its run has come, whenever that changes, and once a second at most.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::port::{Desk, Look};
use crate::limits;

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Message {
    look: Option<Look>,
    /// The newest run, which may be another one.
    newest: Option<String>,
    /// What went wrong with looking, in words.
    error: Option<String>,
}

/// Follows one run for one page.
struct Follower {
    desk: Arc<dyn Desk>,
    run_id: Option<String>,
    stopping: watch::Receiver<bool>,
    told: Option<Message>,
    /// A place among those who follow.
    _place: OwnedSemaphorePermit,
}

/// The stream of messages; it ends when the server does.
pub fn messages(
    desk: Arc<dyn Desk>,
    run_id: Option<String>,
    stopping: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let follower = Follower { desk, run_id, stopping, told: None, _place: place };
    let stream = unfold(follower, |mut follower| async move {
        let message = follower.next().await?;
        // Numbers and strings: there is nothing in it that could not be written.
        let event = Event::default().event("look").json_data(message).ok()?;
        Some((Ok(event), follower))
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(limits::DASHBOARD_ALIVE_SECONDS));
    Sse::new(stream).keep_alive(alive)
}

impl Follower {
    /// The next message that says something new; `None` when the server ends.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if *self.stopping.borrow() {
                return None;
            }
            if let Some(told) = &self.told {
                let wait = Duration::from_millis(self.pause(told));
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = self.stopping.wait_for(|stop| *stop) => return None,
                }
            }
            let message = self.look().await;
            if self.told.as_ref() != Some(&message) {
                self.told = Some(message.clone());
                return Some(message);
            }
        }
    }

    /// Milliseconds until the next look.
    fn pause(&self, told: &Message) -> u64 {
        let (running, resting) = self.desk.look_every();
        let runs = told.look.as_ref().is_some_and(|look| look.state == "running");
        if runs { running } else { resting }
    }

    async fn look(&self) -> Message {
        let named = self.desk.look(self.run_id.as_deref());
        let looked = match &self.run_id {
            None => named.await.map(|look| (look.as_ref().map(|l| l.run_id.clone()), look)),
            Some(_) => match named.await {
                Ok(look) => self.desk.newest().await.map(|newest| (newest, look)),
                Err(error) => Err(error),
            },
        };
        match looked {
            Ok((newest, look)) => Message { look, newest, error: None },
            Err(error) => Message { look: None, newest: None, error: Some(error.to_string()) },
        }
    }
}
