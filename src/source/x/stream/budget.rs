//! What the stream costs, post by post, and when it has to stop. Pure.

use std::sync::{Arc, Mutex, PoisonError};

use crate::config::x::Expand;
use crate::limits;
use crate::model::Tally;
use crate::source::x::Rates;

/// Dollars that are taken for none: sums of prices are not exact.
const NOTHING: f64 = 1e-9;

/// What may be spent, and on what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    pub rates: Rates,
    pub expand: Expand,
    /// US dollars at most; `None`: whatever it costs.
    pub most: Option<f64>,
}

impl Budget {
    /// US dollars of one post, at least and at most.
    pub fn post(&self) -> (f64, f64) {
        let beside = f64::from(limits::X_STREAM_BESIDE) * self.rates.post;
        let more = match self.expand {
            Expand::None => 0.0,
            Expand::Users => self.rates.user,
            Expand::References => beside,
            Expand::All => beside + self.rates.user,
        };
        (self.rates.post, self.rates.post + more)
    }

    /// Whether the dearest post would still be paid for.
    pub fn has_room(&self, tally: &Tally) -> bool {
        self.most.is_none_or(|most| tally.usd_high + self.post().1 <= most + NOTHING)
    }

    fn price(&self, tally: &mut Tally) {
        let posts = (tally.posts + tally.beyond) as f64;
        tally.usd_low = posts * self.rates.post;
        let beside = tally.beside as f64 * self.rates.post + tally.users as f64 * self.rates.user;
        tally.usd_high = tally.usd_low + beside;
    }
}

/// The account of a stream: written where it is read, looked at by whoever asks.
#[derive(Clone)]
pub struct Account {
    budget: Budget,
    tally: Arc<Mutex<Tally>>,
}

impl Account {
    pub fn new(budget: Budget) -> Self {
        Self { budget, tally: Arc::default() }
    }

    pub fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    pub fn has_room(&self) -> bool {
        self.budget.has_room(&self.tally())
    }

    /// A line came: posts, and what stood beside them.
    pub fn came(&self, posts: u64, beside: u64, users: u64) {
        self.change(|tally| {
            tally.posts += posts;
            tally.beside += beside;
            tally.users += users;
        });
    }

    /// A post had come that is not taken any more.
    pub fn came_too_late(&self) {
        self.change(|tally| tally.beyond += 1);
    }

    /// The stream was away for so long.
    pub fn was_away(&self, seconds: f64) {
        self.change(|tally| {
            tally.gaps += 1;
            tally.gap_seconds += seconds;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut tally);
        self.budget.price(&mut tally);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { post: 0.005, user: 0.01, count: 0.005 };

    #[test]
    fn it_stops_before_the_post_that_would_pass_the_limit() {
        for (expand, posts) in
            [(Expand::None, 100), (Expand::Users, 98), (Expand::References, 98), (Expand::All, 96)]
        {
            let account = Account::new(Budget { rates: RATES, expand, most: Some(0.5) });
            while account.has_room() {
                account.came(1, 0, 0);
            }
            assert_eq!(account.tally().posts, posts, "{expand:?}");
        }
        // With everything beside them: 2.5 cents each.
        let account = Account::new(Budget { rates: RATES, expand: Expand::All, most: Some(0.5) });
        while account.has_room() {
            account.came(1, 2, 1);
        }
        let tally = account.tally();
        assert_eq!(tally.posts, 20);
        assert!((tally.usd_high - 0.5).abs() < 1e-9 && (tally.usd_low - 0.1).abs() < 1e-9, "{tally:?}");
    }

    #[test]
    fn what_came_too_late_is_in_the_bill() {
        let account = Account::new(Budget { rates: RATES, expand: Expand::None, most: Some(0.01) });
        account.came(2, 0, 0);
        assert!(!account.has_room());
        account.came_too_late();
        account.was_away(1.5);
        let tally = account.tally();
        assert_eq!((tally.posts, tally.beyond, tally.gaps, tally.gap_seconds), (2, 1, 1, 1.5));
        assert!((tally.usd_low - 0.015).abs() < 1e-9);
    }
}
