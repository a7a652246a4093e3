//! The scorer, used by as many threads as the runtime has.
//!
//! Texts are scored where the request is answered: one costs some microseconds, and handing it to another thread and
//! back costs more. A large request gives way to others after each turn.

use std::borrow::Cow;
use std::sync::Mutex;

use sentistack_sentiment::{ScoreSession, Scorer};

use super::answer::Scored;
use crate::limits;

pub struct Scoring {
    scorer: &'static dyn Scorer,
    /// One is out only while a thread scores: there are never more than threads.
    sessions: Mutex<Vec<Box<dyn ScoreSession>>>,
}

impl Scoring {
    pub fn new(scorer: &'static dyn Scorer) -> Self {
        Self { scorer, sessions: Mutex::new(Vec::new()) }
    }

    /// One score for each text, in order.
    pub async fn scores(&self, texts: &[Cow<'_, str>]) -> Vec<Scored> {
        let mut scores = Vec::with_capacity(texts.len());
        let mut left = texts;
        while !left.is_empty() {
            let (now, later) = left.split_at(turn(left));
            self.score(now, &mut scores);
            left = later;
            if !left.is_empty() {
                tokio::task::yield_now().await;
            }
        }
        scores
    }

    fn score(&self, texts: &[Cow<'_, str>], scores: &mut Vec<Scored>) {
        let pooled = self.sessions.lock().ok().and_then(|mut pool| pool.pop());
        let mut session = pooled.unwrap_or_else(|| self.scorer.session());
        scores.extend(texts.iter().map(|text| Scored::from(session.score(text))));
        if let Ok(mut pool) = self.sessions.lock() {
            pool.push(session);
        }
    }
}

/// How many texts are one turn: one at least.
fn turn(texts: &[Cow<'_, str>]) -> usize {
    let mut bytes = 0;
    let fits = texts.iter().take_while(|text| {
        bytes += text.len();
        bytes <= limits::SERVE_TURN_BYTES
    });
    fits.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_so_many_bytes_and_one_text_at_least() {
        let of = |lengths: &[usize]| {
            let texts: Vec<Cow<'_, str>> = lengths.iter().map(|length| "x".repeat(*length).into()).collect();
            turn(&texts)
        };
        let most = limits::SERVE_TURN_BYTES;
        assert_eq!(of(&[most - 1, 1, 1]), 2);
        assert_eq!(of(&[most + 1, 1]), 1);
        assert_eq!(of(&[0, 0, 0]), 3);
    }

    #[tokio::test]
    async fn turns_change_no_score() {
        let scorer = sentistack_sentiment::Model::embedded();
        let texts: Vec<Cow<'_, str>> =
            (0..500).map(|n| format!("flight {n} was {} great", "not ".repeat(n % 40)).into()).collect();
        let mut session = scorer.session();
        let wanted: Vec<Scored> = texts.iter().map(|text| session.score(text).into()).collect();
        assert_eq!(Scoring::new(scorer).scores(&texts).await, wanted);
    }
}
