//! A circuit breaker: after some failures in a row a service is left alone, then one request finds out whether it is
//! back. It knows nothing of the service; the time is its caller's.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// When it opens, for how long, and when it gives up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open before one request is let through.
    pub rest: Duration,
    /// Without one success for so long, it is over.
    pub give_up: Duration,
}

/// What a request may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leave {
    Go,
    /// Ask again after this.
    Wait(Duration),
    /// Nothing came back for too long.
    Over,
}

/// See the module's text.
pub struct Circuit {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// When the first failure since the last success was.
    since: Option<Instant>,
    open_until: Option<Instant>,
}

impl Circuit {
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// Whether a request may go out now. Through an open circuit goes one request for each rest.
    pub fn ask(&self, now: Instant) -> Leave {
        let mut state = self.lock();
        if state.since.is_some_and(|since| now.duration_since(since) >= self.limits.give_up) {
            return Leave::Over;
        }
        match state.open_until {
            None => Leave::Go,
            Some(until) if now < until => Leave::Wait(until - now),
            Some(_) => {
                // This one finds out; the others wait for what it finds.
                state.open_until = Some(now + self.limits.rest);
                Leave::Go
            }
        }
    }

    /// An answer came, good or bad: the service is there.
    pub fn succeeded(&self) {
        *self.lock() = State::default();
    }

    /// No answer came, or one that trying again may cure.
    pub fn failed(&self, now: Instant) {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        state.since.get_or_insert(now);
        if state.failures >= self.limits.failures {
            state.open_until = Some(now + self.limits.rest);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_lets_one_through_and_closes() {
        let limits = Limits { failures: 3, rest: Duration::from_secs(10), give_up: Duration::from_secs(60) };
        let circuit = Circuit::new(limits);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        circuit.failed(at(0));
        circuit.failed(at(1));
        assert_eq!(circuit.ask(at(1)), Leave::Go, "two failures are none too many");
        circuit.failed(at(2));
        assert_eq!(circuit.ask(at(3)), Leave::Wait(Duration::from_secs(9)));
        assert_eq!(circuit.ask(at(12)), Leave::Go, "one finds out");
        assert_eq!(circuit.ask(at(13)), Leave::Wait(Duration::from_secs(9)), "the others wait");
        circuit.failed(at(14));
        assert_eq!(circuit.ask(at(15)), Leave::Wait(Duration::from_secs(9)));
        assert_eq!(circuit.ask(at(24)), Leave::Go);
        circuit.succeeded();
        assert_eq!(circuit.ask(at(25)), Leave::Go);
        circuit.failed(at(26));
        assert_eq!(circuit.ask(at(27)), Leave::Go, "it counts from the beginning");
        assert_eq!(circuit.ask(at(86)), Leave::Over);
    }

    #[test]
    fn a_probe_that_was_never_heard_of_is_not_waited_for_forever() {
        let limits = Limits { failures: 1, rest: Duration::from_secs(1), give_up: Duration::from_secs(60) };
        let circuit = Circuit::new(limits);
        let start = Instant::now();
        circuit.failed(start);
        assert_eq!(circuit.ask(start + Duration::from_secs(1)), Leave::Go);
        assert_eq!(circuit.ask(start + Duration::from_secs(2)), Leave::Go);
    }
}
