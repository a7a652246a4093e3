//! When the next request may go, by what the headers of the answers say. `Rate` is the account, pure; `Pace` lets
//! requests wait for it and tells of the waiting. It knows nothing of pages.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::stop::Stop;
use crate::pipeline::event::{Event, Events};
use crate::pipeline::port::Clock;

/// Milliseconds by which two clocks may differ before it counts.
const SKEW_MILLIS: i64 = 3_000;

/// What the headers of an answer say of the rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that may still be sent (`x-rate-limit-remaining`).
    pub remaining: i64,
    /// When there are new ones, in seconds since the Unix epoch (`x-rate-limit-reset`).
    pub reset: i64,
}

/// A request that is on its way.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// Answers that had come when it was sent.
    ended_before: u64,
}

/// Whether a request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Go,
    /// When one of those on their way has ended.
    AfterAnswer,
    At(Timestamp),
}

/// The account of one rate limit.
#[derive(Debug, Default)]
pub struct Rate {
    /// Requests that may be sent; `None`: not known.
    left: Option<i64>,
    reset: i64,
    sent: u64,
    ended: u64,
    /// An answer came without these headers: there is nothing to go by.
    silent: bool,
    /// Until when nothing goes, whatever is left.
    shut_until: Option<Timestamp>,
}

impl Rate {
    fn on_their_way(&self) -> u64 {
        self.sent - self.ended
    }

    /// Whether a request may go at `now`. While nothing is known of the limit one goes ahead of the others.
    pub fn turn(&mut self, now: Timestamp) -> Turn {
        if let Some(until) = self.shut_until {
            if now < until {
                return Turn::At(until);
            }
            self.shut_until = None;
        }
        let reset = Timestamp::from_second(self.reset).unwrap_or_default();
        if self.left.is_some_and(|left| left <= 0) && now >= reset {
            (self.left, self.silent) = (None, false);
        }
        match self.left {
            Some(left) if left > 0 => Turn::Go,
            // An answer that is still to come may know of more that is left.
            _ if self.on_their_way() > 0 && !(self.left.is_none() && self.silent) => Turn::AfterAnswer,
            Some(_) => Turn::At(reset),
            None => Turn::Go,
        }
    }

    pub fn send(&mut self) -> Ticket {
        self.sent += 1;
        self.left = self.left.map(|left| left - 1);
        Ticket { ended_before: self.ended }
    }

    /// A request has ended, with what its answer said of the limit.
    pub fn end(&mut self, ticket: Ticket, limits: Option<Limits>) {
        self.ended += 1;
        let Some(limits) = limits else {
            self.silent = true;
            return;
        };
        if self.left.is_some() && limits.reset < self.reset {
            return; // of a time that is over
        }
        // Requests that were sent before this answer and that X may not have counted when it gave it.
        let uncounted = i64::try_from(self.sent - ticket.ended_before - 1).unwrap_or(i64::MAX);
        let least = (limits.remaining - uncounted).max(0);
        let known = self.left.filter(|_| limits.reset == self.reset);
        self.left = Some(known.unwrap_or(least).clamp(least, limits.remaining.max(0)));
        self.reset = limits.reset;
    }

    /// A request ended without an answer.
    pub fn lost(&mut self) {
        self.ended += 1;
    }

    /// Nothing goes before `until`.
    pub fn shut(&mut self, until: Timestamp) {
        self.shut_until = Some(self.shut_until.map_or(until, |known| known.max(until)));
    }
}

/// Lets requests wait for their turn.
pub struct Pace {
    rate: Mutex<Rate>,
    changed: Notify,
    clock: Arc<dyn Clock>,
    events: Arc<dyn Events>,
    /// The moment that was last told as the end of a wait, in seconds.
    told: Mutex<Option<i64>>,
    /// Milliseconds by which X's clock is ahead of ours: its limits start anew by its own.
    ahead: AtomicI64,
}

impl Pace {
    pub fn new(clock: Arc<dyn Clock>, events: Arc<dyn Events>) -> Self {
        let changed = Notify::new();
        Self {
            rate: Mutex::default(),
            changed,
            clock,
            events,
            told: Mutex::default(),
            ahead: AtomicI64::new(0),
        }
    }

    /// Waits for the turn of a request; `None` where reading is stopped meanwhile.
    pub async fn turn(&self, stop: &mut Stop) -> Option<Ticket> {
        loop {
            if stop.is_raised() {
                return None;
            }
            // Registered before the account is looked at, so that no change is missed.
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = self.now();
            let turn = {
                let mut rate = self.rate();
                match rate.turn(now) {
                    Turn::Go => return Some(rate.send()),
                    turn => turn,
                }
            };
            let wait = match turn {
                Turn::At(at) => {
                    self.tell(at);
                    after(now, at)
                }
                Turn::AfterAnswer | Turn::Go => Duration::MAX,
            };
            tokio::select! {
                () = changed => {}
                () = sleep(wait) => {}
                () = stop.raised() => return None,
            }
        }
    }

    /// What X's clock says.
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead.load(Ordering::Relaxed));
        let here = self.clock.now();
        here.checked_add(ahead).unwrap_or(here)
    }

    /// X says what time it is, to the second. Small differences are of the way and of the rounding.
    pub fn set(&self, there: Timestamp) {
        let ahead = there.as_millisecond() - self.clock.now().as_millisecond();
        self.ahead.store(if ahead.abs() > SKEW_MILLIS { ahead } else { 0 }, Ordering::Relaxed);
    }

    pub fn end(&self, ticket: Ticket, limits: Option<Limits>) {
        self.rate().end(ticket, limits);
        self.changed.notify_waiters();
    }

    pub fn lost(&self) {
        self.rate().lost();
        self.changed.notify_waiters();
    }

    pub fn shut(&self, until: Timestamp) {
        self.rate().shut(until);
        self.changed.notify_waiters();
    }

    /// Once for each wait, however many requests wait.
    fn tell(&self, until: Timestamp) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.replace(until.as_second()) == Some(until.as_second()) {
            return;
        }
        let at = until.strftime("%H:%M:%SZ");
        self.events.emit(Event::Warning { message: format!("X's rate limit is used up; going on at {at}") });
    }

    fn rate(&self) -> MutexGuard<'_, Rate> {
        self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From `now` to `at`; nothing where it has passed.
fn after(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now).max(SignedDuration::ZERO)).unwrap_or_default()
}

async fn sleep(wait: Duration) {
    match wait {
        Duration::MAX => std::future::pending().await,
        wait => tokio::time::sleep(wait).await,
    }
}

#[cfg(test)]
#[path = "tests/rate.rs"]
mod tests;
